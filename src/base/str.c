/* str.c -- slices; see str.h. */
#include "base/str.h"

#include <assert.h>
#include <string.h>

struct str str_of(const char *z)
{
    return z ? (struct str){ z, strlen(z) } : S("");
}

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_is(struct str a, const char *z)
{
    return z ? a.n == 0 ? z[0] == 0 : strncmp(a.p, z, a.n) == 0 && z[a.n] == 0 : a.n == 0;
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq(str_head(s, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq(str_from(s, s.n - suffix.n), suffix);
}

size_t str_find(struct str s, struct str part)
{
    if (part.n == 0)
        return 0;
    const char *at = s.n ? memmem(s.p, s.n, part.p, part.n) : NULL;
    return at ? (size_t)(at - s.p) : s.n;
}

bool str_has(struct str s, struct str part)
{
    return part.n == 0 || str_find(s, part) < s.n;
}

struct str str_from(struct str s, size_t start)
{
    if (start > s.n)
        start = s.n;
    return (struct str){ start ? s.p + start : s.p, s.n - start };    /* NULL + 0 is undefined in C */
}

struct str str_head(struct str s, size_t n)
{
    return (struct str){ s.p, n < s.n ? n : s.n };
}

static size_t blank_bytes(struct str s)
{
    if (s.n && (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r')))
        return 1;
    return str_starts(s, S("\xe3\x80\x80")) || str_starts(s, S("\xef\xbb\xbf")) ? 3 : 0;
}

struct str str_trim(struct str s)
{
    for (size_t blank; (blank = blank_bytes(s)) > 0;)
        s = str_from(s, blank);
    for (;;) {
        if (s.n && blank_bytes(str_from(s, s.n - 1)) == 1)
            s.n -= 1;
        else if (s.n >= 3 && blank_bytes(str_from(s, s.n - 3)) == 3)
            s.n -= 3;
        else
            return s;
    }
}

bool str_cut(struct str *rest, char sep, struct str *ret_part)
{
    if (!rest->p)
        return false;
    const char *at = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
    size_t n = at ? (size_t)(at - rest->p) : rest->n;
    *ret_part = str_head(*rest, n);
    *rest = at ? str_from(*rest, n + 1) : (struct str){ NULL, 0 };
    return true;
}

bool str_to_i64(struct str s, int64_t *ret_value)
{
    bool minus = s.n && s.p[0] == '-';
    size_t i = minus ? 1 : 0;
    if (i == s.n || s.n > 20)
        return false;
    int64_t value = 0;
    for (; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, s.p[i] - '0', &value))    /* negative side: it holds INT64_MIN too */
            return false;
    }
    if (!minus && value == INT64_MIN)
        return false;
    *ret_value = minus ? value : -value;
    return true;
}

bool str_to_degree(struct str s, int64_t *ret_e7)
{
    bool minus = s.n && s.p[0] == '-';
    size_t i = minus ? 1 : 0, digits = 0;
    int64_t whole = 0, part = 0, unit = 10000000;
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && digits < 4; i++, digits++)
        whole = whole * 10 + (s.p[i] - '0');
    if (digits == 0 || digits > 3)
        return false;
    if (i < s.n && s.p[i] == '.') {
        for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
            unit /= 10;                       /* digits beyond 1e-7 degree (1 cm) are cut, not refused */
            part += unit * (s.p[i] - '0');
        }
    }
    if (i != s.n || whole > 180)
        return false;
    int64_t e7 = whole * 10000000 + part;
    *ret_e7 = minus ? -e7 : e7;
    return true;
}

/* Length of the valid UTF-8 sequence at s, or 0. The ranges are table 3-7 of the Unicode Standard. */
static size_t utf8_bytes(struct str s)
{
    const uint8_t *p = (const uint8_t *)s.p;
    if (s.n == 0 || p[0] == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xc2 && p[0] <= 0xdf ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : 0;
    if (n == 0 || s.n < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

bool str_utf8_ok(struct str s)
{
    const uint8_t *p = (const uint8_t *)s.p, *end = p + s.n;
    while (p < end) {
        size_t n = 1;
        if (*p >= 0x80 || *p == 0)            /* most are Han of three bytes: e1 to ec know no exceptions */
            n = end - p >= 3 && *p >= 0xe1 && *p <= 0xec && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80
                    ? 3 : utf8_bytes((struct str){ (const char *)p, (size_t)(end - p) });
        if (n == 0)
            return false;
        p += n;
    }
    return true;
}

size_t str_chars(struct str s)
{
    size_t chars = 0;
    for (size_t i = 0; i < s.n; i++)
        chars += (s.p[i] & 0xc0) != 0x80;
    return chars;
}

struct str str_head_chars(struct str s, size_t chars)
{
    size_t i = 0;
    for (; i < s.n; i++)
        if ((s.p[i] & 0xc0) != 0x80 && chars-- == 0)
            break;
    return str_head(s, i);
}

uint32_t str_next(struct str *rest)
{
    size_t n = utf8_bytes(*rest);
    if (n == 0) {
        *rest = str_from(*rest, 1);
        return rest->n ? 0xfffd : 0;
    }
    const uint8_t *p = (const uint8_t *)rest->p;
    uint32_t c = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3f);
    *rest = str_from(*rest, n);
    return c;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint32_t char_bit(uint32_t c)
{
    return c * 2654435761u >> 22;
}

struct char_set char_set_of(struct str text)
{
    struct char_set set = { .bits = { 0 } };
    while (text.n) {
        uint32_t bit = char_bit(str_next(&text));
        set.bits[bit / 64] |= (uint64_t)1 << bit % 64;
    }
    return set;
}

bool char_set_may_have(const struct char_set *set, struct str word)
{
    while (word.n) {
        uint32_t bit = char_bit(str_next(&word));
        if (!(set->bits[bit / 64] >> bit % 64 & 1))
            return false;
    }
    return true;
}

bool str_hex(struct str hex, uint8_t *out, size_t out_bytes)
{
    if (hex.n != out_bytes * 2)
        return false;
    for (size_t i = 0; i < hex.n; i++)
        if (hex_digit(hex.p[i]) < 0)
            return false;
    for (size_t i = 0; i < out_bytes; i++)
        out[i] = (uint8_t)(hex_digit(hex.p[2 * i]) << 4 | hex_digit(hex.p[2 * i + 1]));
    return true;
}

uint64_t str_hash(struct str s)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < s.n; i++)
        hash = (hash ^ (uint8_t)s.p[i]) * 0x100000001b3u;
    return hash;
}
