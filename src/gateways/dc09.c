/* dc09.c -- see dc09.h. */
#include "gateways/dc09.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { HEAD_BYTES = 8, STAMP_BYTES = 20, OLD_BYTES_MAX = 64, BLOCK_BYTES = 16 };

/* --- frames of a stream ------------------------------------------------------------------------------------------------ */

static bool is_filler(char c)
{
    return c == 0 || c == '\r' || c == '\n' || c == ' ';
}

/* The old text ends with its bracket, with or without <CR>; one that a new frame begins in is given up. */
static bool cut_old(struct str bytes, struct str *ret_frame, size_t *used)
{
    struct str text = str_head(bytes, OLD_BYTES_MAX);
    size_t next = str_find(text, S("\n")), end = str_find(str_head(text, next), S("]"));
    if (end < next) {
        *ret_frame = str_head(text, end + 1);
        *used += end + 1;
        return true;
    }
    *used += next < text.n ? next : bytes.n > OLD_BYTES_MAX ? 1 : 0;
    return false;
}

static bool cut_one(struct str bytes, bool ended, struct str *ret_frame, size_t *used)
{
    const char *cr = memchr(bytes.p, '\r', bytes.n);
    size_t n = cr ? (size_t)(cr - bytes.p) : bytes.n;
    if (!cr && !ended) {
        if (n > DC09_FRAME_BYTES_MAX)
            *used += n;
        return false;
    }
    *used += cr ? n + 1 : n;
    const char *lf = memrchr(bytes.p, '\n', n);                       /* what stands before the last <LF> is half a frame */
    struct str frame = lf ? (struct str){ lf + 1, n - (size_t)(lf + 1 - bytes.p) } : str_head(bytes, n);
    if (frame.n == 0 || frame.n > DC09_FRAME_BYTES_MAX)
        return false;
    *ret_frame = frame;
    return true;
}

bool dc09_cut(struct str bytes, bool ended, struct str *ret_frame, size_t *ret_used)
{
    size_t used = 0;
    bool found = false;
    for (;;) {
        while (used < bytes.n && is_filler(bytes.p[used]))
            used++;
        size_t before = used;
        struct str rest = str_from(bytes, used);
        if (rest.n == 0)
            break;
        if (rest.n == 1 && rest.p[0] == 'S' && !ended)
            break;
        found = str_starts(rest, S("SR")) ? cut_old(rest, ret_frame, &used) : cut_one(rest, ended, ret_frame, &used);
        if (found || used == before)
            break;
    }
    *ret_used = used;
    return found;
}

/* --- reading ------------------------------------------------------------------------------------------------------------ */

uint16_t dc09_crc(struct str s)
{
    uint16_t crc = 0;
    for (size_t i = 0; i < s.n; i++) {
        crc ^= (uint8_t)s.p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? (uint16_t)(crc >> 1 ^ 0xA001) : (uint16_t)(crc >> 1);
    }
    return crc;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool hex16(struct str digits, uint16_t *ret_value)
{
    uint8_t bytes[2];
    if (!str_hex(digits, bytes, sizeof bytes))
        return false;
    *ret_value = (uint16_t)(bytes[0] << 8 | bytes[1]);
    return true;
}

/* Cuts as many characters as pass off the front; false when there are fewer than `min` or more than `max`. */
static bool cut_while(struct str *rest, bool (*passes)(char), size_t min, size_t max, struct str *ret_part)
{
    size_t n = 0;
    while (n < rest->n && passes(rest->p[n]))
        n++;
    if (n < min || n > max)
        return false;
    *ret_part = str_head(*rest, n);
    *rest = str_from(*rest, n);
    return true;
}

static bool cut_char(struct str *rest, char c)
{
    if (rest->n == 0 || rest->p[0] != c)
        return false;
    *rest = str_from(*rest, 1);
    return true;
}

static bool number_at(struct str s, size_t at, size_t digits, int *ret_value)
{
    int value = 0;
    for (size_t i = at; i < at + digits; i++) {
        if (i >= s.n || !is_digit(s.p[i]))
            return false;
        value = value * 10 + (s.p[i] - '0');
    }
    *ret_value = value;
    return true;
}

/* _HH:MM:SS,MM-DD-YYYY, GMT. A day that does not exist is no time. */
ms dc09_stamp_ms(struct str s)
{
    struct civil c = { 0 };
    if (s.n < STAMP_BYTES || s.p[0] != '_' || s.p[3] != ':' || s.p[6] != ':' || s.p[9] != ',' || s.p[12] != '-' || s.p[15] != '-' ||
        !number_at(s, 1, 2, &c.hour) || !number_at(s, 4, 2, &c.minute) || !number_at(s, 7, 2, &c.second) ||
        !number_at(s, 10, 2, &c.month) || !number_at(s, 13, 2, &c.day) || !number_at(s, 16, 4, &c.year))
        return 0;
    if (c.hour > 23 || c.minute > 59 || c.second > 59 || c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31 || c.year < 1970)
        return 0;
    ms local = civil_ms(c);
    struct civil again = civil_of(local);
    return again.day == c.day && again.month == c.month ? local + HOURS(8) : 0;
}

/* From behind "[" (or behind the pad's "|"): [#account|]data] [xdata]... [_time] */
static bool read_body(struct str body, struct dc09 *f)
{
    size_t end = str_find(body, S("]"));
    if (end == body.n)
        return false;
    struct str content = str_head(body, end), rest = str_from(body, end + 1);
    f->owner = S("");
    f->data = content;
    size_t bar = str_find(content, S("|"));
    if (bar < content.n && (bar == 0 || content.p[0] == '#')) {
        f->owner = str_from(str_head(content, bar), 1);
        f->data = str_from(content, bar + 1);
    }
    struct str from = rest;
    while (rest.n && rest.p[0] == '[' && str_find(rest, S("]")) < rest.n)
        rest = str_from(rest, str_find(rest, S("]")) + 1);
    f->extra = str_head(from, from.n - rest.n);
    f->at = dc09_stamp_ms(rest);
    return true;
}

static bool read_old(struct str frame, struct dc09 *f)
{
    struct str rest = frame, mark;
    if (!cut_char(&rest, 'S') || !cut_char(&rest, 'R') || !cut_while(&rest, is_digit, 4, 4, &f->receiver) ||
        !cut_char(&rest, 'L') || !cut_while(&rest, is_digit, 4, 4, &f->line))
        return false;
    while (rest.n && is_filler(rest.p[0]))
        rest = str_from(rest, 1);
    if (!cut_while(&rest, is_hex, 4, 8, &f->account))
        return false;
    if (str_starts(rest, S("XX")))
        rest = str_from(rest, 2);
    while (rest.n && is_filler(rest.p[0]))
        rest = str_from(rest, 1);
    if (!str_starts(rest, S("[ID")))
        return false;
    rest = str_from(rest, 3);
    f->id = S("OH");
    f->sequence = S("0000");
    f->old_keep_alive = true;
    return cut_while(&rest, is_hex, 1, 16, &mark) && rest.n == 1 && rest.p[0] == ']';
}

/* seq4 [R...] L... #account [ ; a NAK of our own writes A0 for the account. */
static bool read_address(struct str *rest, struct dc09 *f)
{
    if (!cut_while(rest, is_digit, 4, 4, &f->sequence))
        return false;
    if (cut_char(rest, 'R') && !cut_while(rest, is_hex, 1, 6, &f->receiver))
        return false;
    if (!cut_char(rest, 'L') || (!str_starts(*rest, S("0A0[")) && !cut_while(rest, is_hex, 1, 6, &f->line)))
        return false;
    if (str_starts(*rest, S("0A0["))) {
        f->line = str_head(*rest, 1);
        *rest = str_from(*rest, 3);
    } else if (!cut_char(rest, '#') || !cut_while(rest, is_hex, 3, 16, &f->account)) {
        return false;
    }
    return cut_char(rest, '[');
}

bool dc09_parse(struct str frame, struct dc09 *ret_frame)
{
    struct dc09 f = { 0 };
    uint16_t crc = 0, length = 0;
    if (str_starts(frame, S("SR"))) {
        if (!read_old(frame, &f))
            return false;
        *ret_frame = f;
        return true;
    }
    struct str region = str_from(frame, HEAD_BYTES), rest = region;
    if (!hex16(str_head(frame, 4), &crc) || !hex16(str_head(str_from(frame, 4), 4), &length) || crc != dc09_crc(region))
        return false;
    if (!cut_char(&rest, '"') || str_find(rest, S("\"")) == rest.n)
        return false;
    f.id = str_head(rest, str_find(rest, S("\"")));
    rest = str_from(rest, f.id.n + 1);
    f.encrypted = cut_char(&f.id, '*');
    f.length_wrong = length != region.n;
    if (f.id.n == 0 || f.id.n > 16 || !read_address(&rest, &f))
        return false;
    if (f.encrypted)
        f.sealed = rest;
    else if (!read_body(rest, &f))
        return false;
    *ret_frame = f;
    return true;
}

struct str dc09_extra(const struct dc09 *f, char name)
{
    struct str rest = f->extra;
    while (rest.n >= 2) {
        size_t end = str_find(rest, S("]"));
        if (rest.p[1] == name)
            return str_from(str_head(rest, end), 2);
        rest = str_from(rest, end + 1);
    }
    return S("");
}

/* --- AES-CBC with an IV of zeros ---------------------------------------------------------------------------------------- */

static bool crypt_cbc(const uint8_t *key, size_t key_bytes, bool encrypt, const uint8_t *in, size_t n, uint8_t *out)
{
    static const uint8_t iv[BLOCK_BYTES];
    const EVP_CIPHER *cipher = key_bytes == 16 ? EVP_aes_128_cbc() : key_bytes == 24 ? EVP_aes_192_cbc() : EVP_aes_256_cbc();
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int got = 0;
    bool ok = c && EVP_CipherInit_ex(c, cipher, NULL, key, iv, encrypt) == 1 && EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
              EVP_CipherUpdate(c, out, &got, in, (int)n) == 1 && (size_t)got == n;
    EVP_CIPHER_CTX_free(c);
    return ok;
}

static bool is_key_size(size_t bytes)
{
    return bytes == 16 || bytes == 24 || bytes == 32;
}

/* 32 hexadecimal digits may be AES-128 in hexadecimal or AES-256 as characters: the first reading, then the second. */
static size_t key_of(struct str text, bool as_hex, uint8_t ret_key[DC09_KEY_BYTES_MAX])
{
    if (as_hex)
        return is_key_size(text.n / 2) && str_hex(text, ret_key, text.n / 2) ? text.n / 2 : 0;
    if (!is_key_size(text.n))
        return 0;
    memcpy(ret_key, text.p, text.n);
    return text.n;
}

static bool open_with(struct arena *a, struct dc09 *f, const uint8_t *key, size_t key_bytes)
{
    size_t n = f->sealed.n / 2;
    uint8_t *sealed = arena_alloc(a, n + 1), *clear = arena_alloc(a, n + 1);
    if (n == 0 || n % BLOCK_BYTES || !str_hex(f->sealed, sealed, n) || !crypt_cbc(key, key_bytes, false, sealed, n, clear))
        return false;
    struct str text = { (const char *)clear, n };
    struct dc09 opened = *f;
    size_t bar = str_find(text, S("|"));
    if (bar == n || !read_body(str_from(text, bar + 1), &opened))
        return false;
    if (opened.at == 0 && opened.owner.n == 0)                         /* a wrong key gives noise, which has neither */
        return false;
    memcpy(opened.key, key, key_bytes);
    opened.key_bytes = key_bytes;
    *f = opened;
    return true;
}

bool dc09_open(struct arena *a, struct str key, struct dc09 *f)
{
    uint8_t bytes[DC09_KEY_BYTES_MAX];
    bool done = false;
    for (int as_hex = 1; as_hex >= 0 && !done; as_hex--) {
        size_t n = key_of(key, as_hex, bytes);
        done = n && open_with(a, f, bytes, n);
    }
    sodium_memzero(bytes, sizeof bytes);
    return done;
}

/* --- writing ------------------------------------------------------------------------------------------------------------ */

struct str dc09_stamp(struct arena *a, ms at)
{
    struct civil c = civil_of(at - HOURS(8));
    return arena_format(a, "_%02d:%02d:%02d,%02d-%02d-%04d", c.hour, c.minute, c.second, c.month, c.day, c.year);
}

static struct str whole_frame(struct arena *a, struct str region)
{
    return arena_format(a, "\n%04X%04X" STR_FMT "\r", dc09_crc(region), (unsigned)region.n, STR_ARG(region));
}

/* pad | body, as hexadecimal digits; a body that fits exactly gets a block of padding more. */
static struct str sealed_body(struct arena *a, const uint8_t *key, size_t key_bytes, struct str body)
{
    size_t pad = BLOCK_BYTES - (body.n + 1) % BLOCK_BYTES, n = pad + 1 + body.n;
    uint8_t *clear = arena_alloc(a, n), *sealed = arena_alloc(a, n);
    for (size_t i = 0; i < pad; i++)
        clear[i] = (uint8_t)('A' + randombytes_uniform(26));
    clear[pad] = '|';
    memcpy(clear + pad + 1, body.p, body.n);
    struct buf hex = buf_in(a);
    if (crypt_cbc(key, key_bytes, true, clear, n, sealed))
        for (size_t i = 0; i < n; i++)
            buf_format(&hex, "%02X", sealed[i]);
    return buf_str(&hex);
}

struct str dc09_frame(struct arena *a, struct str id, struct str address, struct str body, struct str key)
{
    uint8_t bytes[DC09_KEY_BYTES_MAX];
    size_t n = key_of(key, true, bytes);
    n = n ? n : key_of(key, false, bytes);
    if (n)
        body = sealed_body(a, bytes, n, body);
    return whole_frame(a, arena_format(a, "\"%s" STR_FMT "\"" STR_FMT "[" STR_FMT, n ? "*" : "", STR_ARG(id), STR_ARG(address),
                                       STR_ARG(body)));
}

static struct str address_of(struct arena *a, const struct dc09 *f)
{
    return arena_format(a, STR_FMT "%s" STR_FMT "L" STR_FMT "#" STR_FMT, STR_ARG(f->sequence), f->receiver.n ? "R" : "",
                        STR_ARG(f->receiver), STR_ARG(f->line), STR_ARG(f->account));
}

struct str dc09_reply(struct arena *a, const struct dc09 *f, enum dc09_answer answer, ms now)
{
    struct str stamp = dc09_stamp(a, now), body = arena_join(a, S("]"), answer == DC09_ACK && f->at ? stamp : S(""));
    if (f->old_keep_alive)
        return answer == DC09_ACK ? S("\"ACK\"") : S("");
    if (answer == DC09_NAK)
        return whole_frame(a, arena_join(a, S("\"NAK\"0000R0L0A0[]"), stamp));
    if (answer == DC09_ACK && f->key_bytes)
        return whole_frame(a, arena_format(a, "\"*ACK\"" STR_FMT "[" STR_FMT, STR_ARG(address_of(a, f)),
                                           STR_ARG(sealed_body(a, f->key, f->key_bytes, arena_join(a, S("]"), stamp)))));
    return whole_frame(a, arena_format(a, "\"%s\"" STR_FMT "[" STR_FMT, answer == DC09_ACK ? "ACK" : "DUH",
                                       STR_ARG(address_of(a, f)), STR_ARG(body)));
}
