/* json.c -- see json.h. */
#include "base/json.h"

#include <assert.h>
#include <math.h>

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

/* Nearly every text: no quote, no control character, valid. */
static bool is_plain(struct str s)
{
    unsigned char high = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || c == '"' || c == '\\')
            return false;
        high |= c;
    }
    return high < 0x80 || str_utf8_ok(s);
}

static void quoted(struct json *j, struct str s)
{
    if (is_plain(s)) {
        buf_char(&j->out, '"');
        buf_put(&j->out, s);
        buf_char(&j->out, '"');
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
    if (j->has_items & level)
        buf_char(&j->out, ',');
    j->has_items |= level;
    buf_char(&j->out, '"');
    buf_put(&j->out, str_of(key));           /* ours: nothing to escape */
    buf_put(&j->out, S("\":"));
    j->after_key = true;
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

void json_time(struct json *j, ms at)
{
    if (at == 0)
        json_nil(j);
    else
        json_str(j, ms_rfc3339(j->out.arena, at));
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
