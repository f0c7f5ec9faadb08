/* json.c -- see json.h. */
#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <string.h>

struct json json_in(struct arena *a)
{
    return (struct json){ .out = buf_in(a) };
}

static void item(struct json *j)
{
    uint32_t level = 1u << j->depth;
    if (j->after_key) {
        j->after_key = false;
        return;
    }
    assert(j->depth == 0 || (j->is_list & level));       /* an object's item has a key */
    if (j->has_items & level)
        buf_char(&j->out, ',');
    j->has_items |= level;
}

static void open_level(struct json *j, char bracket, bool is_list)
{
    item(j);
    assert(j->depth + 1 < JSON_DEPTH_MAX);
    j->depth++;
    uint32_t level = 1u << j->depth;
    j->has_items &= ~level;
    j->is_list = is_list ? j->is_list | level : j->is_list & ~level;
    buf_char(&j->out, bracket);
}

void json_obj(struct json *j)
{
    open_level(j, '{', false);
}

void json_list(struct json *j)
{
    open_level(j, '[', true);
}

void json_end(struct json *j)
{
    assert(j->depth > 0 && !j->after_key);
    buf_char(&j->out, j->is_list & 1u << j->depth ? ']' : '}');
    j->depth--;
}

/* Of eight bytes at once: the top bit of each that JSON must escape (below 0x20, quote, backslash), or of one above it. */
static uint64_t escapes(uint64_t x)
{
    const uint64_t ones = 0x0101010101010101, tops = ones << 7;
    uint64_t quote = x ^ ones * '"', slash = x ^ ones * '\\';
    return (((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & tops;
}

/* Nearly every text: no quote, no control character, valid. */
static bool is_plain(struct str s)
{
    const uint64_t tops = 0x8080808080808080;
    uint64_t high = 0;
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        uint64_t eight;
        memcpy(&eight, s.p + i, 8);
        if (escapes(eight))
            return false;
        high |= eight;
    }
    for (; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == '"' || c == '\\')
            return false;
        high |= c;
    }
    return !(high & tops) || str_utf8_ok(s);
}

/* Between quotes, as it stands. */
static void put_plain(struct json *j, struct str s)
{
    char *to = buf_take(&j->out, s.n + 2);
    if (!to)
        return;
    to[0] = '"';
    if (s.n)
        memcpy(to + 1, s.p, s.n);
    to[s.n + 1] = '"';
}

static void quoted(struct json *j, struct str s)
{
    if (is_plain(s)) {
        put_plain(j, s);
        return;
    }

    static const char hex[] = "0123456789abcdef";
    buf_char(&j->out, '"');
    bool ok = str_utf8_ok(s);
    size_t start = 0, i = 0;
    for (; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\' && (ok || c < 0x80))
            continue;
        buf_put(&j->out, str_head(str_from(s, start), i - start));
        if (c == '"' || c == '\\') {
            char two[2] = { '\\', (char)c };
            buf_put(&j->out, (struct str){ two, 2 });
        } else if (c == '\n') {
            buf_put(&j->out, S("\\n"));
        } else if (c < 0x20) {
            char six[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
            buf_put(&j->out, (struct str){ six, 6 });
        } else {
            buf_put(&j->out, S("\xef\xbf\xbd"));
        }
        start = i + 1;
    }
    buf_put(&j->out, str_head(str_from(s, start), i - start));
    buf_char(&j->out, '"');
}

void json_key(struct json *j, const char *key)
{
    uint32_t level = 1u << j->depth;
    assert(j->depth > 0 && !(j->is_list & level) && !j->after_key);
    size_t comma = (j->has_items & level) != 0, n = strlen(key);
    char *to = buf_take(&j->out, comma + n + 3);
    j->has_items |= level;
    j->after_key = true;
    if (!to)
        return;
    to[0] = ',';
    to[comma] = '"';
    memcpy(to + comma + 1, key, n);          /* ours: nothing to escape */
    memcpy(to + comma + 1 + n, "\":", 2);
}

void json_int(struct json *j, int64_t value)
{
    item(j);
    buf_int(&j->out, value);
}

void json_num(struct json *j, double value)
{
    item(j);
    if (isfinite(value))
        buf_format(&j->out, "%.10g", value);
    else
        buf_put(&j->out, S("null"));
}

void json_bool(struct json *j, bool value)
{
    item(j);
    buf_put(&j->out, value ? S("true") : S("false"));
}

void json_nil(struct json *j)
{
    item(j);
    buf_put(&j->out, S("null"));
}

void json_str(struct json *j, struct str value)
{
    item(j);
    quoted(j, value);
}

static void put_time(struct json *j, ms at)
{
    char text[RFC3339_BYTES_MAX];
    size_t n = ms_put_rfc3339(text, at);
    item(j);
    put_plain(j, (struct str){ text, n });
}

void json_time(struct json *j, ms at)
{
    if (at == 0)
        json_nil(j);
    else
        put_time(j, at);
}

void json_day(struct json *j, int day)
{
    if (day == 0) {
        json_nil(j);
        return;
    }
    item(j);
    buf_format(&j->out, "\"%04d-%02d-%02d\"", day / 10000, day / 100 % 100, day % 100);
}

void json_degree(struct json *j, int64_t e7)
{
    item(j);
    int64_t size = e7 < 0 ? -e7 : e7;
    buf_format(&j->out, "%s%lld.%07lld", e7 < 0 ? "-" : "", (long long)(size / 10000000),
               (long long)(size % 10000000));
}

void json_raw(struct json *j, struct str value)
{
    item(j);
    buf_put(&j->out, value.n ? value : S("null"));
}

void json_key_int(struct json *j, const char *key, int64_t value)
{
    json_key(j, key);
    json_int(j, value);
}

void json_key_str(struct json *j, const char *key, struct str value)
{
    json_key(j, key);
    json_str(j, value);
}

void json_key_bool(struct json *j, const char *key, bool value)
{
    json_key(j, key);
    json_bool(j, value);
}

void json_key_time(struct json *j, const char *key, ms at)
{
    json_key(j, key);
    json_time(j, at);
}

void json_key_id(struct json *j, const char *key, int64_t id)
{
    json_key(j, key);
    if (id)
        json_int(j, id);
    else
        json_nil(j);
}

void json_key_obj(struct json *j, const char *key)
{
    json_key(j, key);
    json_obj(j);
}

void json_key_list(struct json *j, const char *key)
{
    json_key(j, key);
    json_list(j);
}

struct str json_done(struct json *j)
{
    assert(j->depth == 0 && !j->after_key);
    return buf_str(&j->out);
}
