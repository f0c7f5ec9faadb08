/* watch.c -- see watch.h. */
#include "gateways/watch.h"

#include "base/fault.h"
#include "base/json.h"

#include <string.h>

/* --- frames ---------------------------------------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool hex_value(struct str s, size_t digits, uint32_t *ret_value)
{
    uint32_t value = 0;
    if (s.n != digits)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (hex_digit(s.p[i]) < 0)
            return false;
        value = value << 4 | (uint32_t)hex_digit(s.p[i]);
    }
    *ret_value = value;
    return true;
}

static bool is_name(struct str s, size_t n_max)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= 'a' && s.p[i] <= 'z')))
            return false;
    return s.n > 0 && s.n <= n_max;
}

static struct str upto(struct str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
    return at ? str_head(s, (size_t)(at - s.p)) : s;
}

/* MM*ID*LLLL*CONTENT, or MM*ID*INDEX*LLLL*CONTENT: four digits that are followed by four more and a star are an index. */
static bool parse(struct str inside, struct watch_frame *f)
{
    uint32_t length = 0, second = 0;
    struct str next;
    if (!str_cut(&inside, '*', &f->maker) || !is_name(f->maker, 2) || f->maker.n != 2 || !str_cut(&inside, '*', &f->id) ||
        !is_name(f->id, 20) || !str_cut(&inside, '*', &f->length))
        return false;
    f->index = (struct str){ f->length.p, 0 };
    next = upto(inside, '*');
    if (next.n < inside.n && hex_value(next, 4, &second) && is_name(f->length, 8)) {
        f->index = f->length;
        f->length = next;
        inside = str_from(inside, next.n + 1);
    }
    if (!hex_value(f->length, 4, &length))
        return false;
    f->content = inside;
    f->verb = upto(inside, ',');
    f->exact = length == f->content.n;
    return f->verb.n > 0;
}

size_t watch_next(struct str bytes, bool *ret_found, struct watch_frame *ret_frame)
{
    *ret_found = false;
    struct str open = str_from(bytes, upto(bytes, '[').n);
    size_t skipped = bytes.n - open.n;
    if (open.n == 0)
        return skipped;
    struct str inside = upto(str_from(open, 1), ']');
    size_t again = upto(inside, '[').n;
    if (again < inside.n)                              /* the end of this one was lost */
        return skipped + 1 + again;
    if (inside.n + 1 == open.n)                        /* no end yet */
        return open.n > WATCH_FRAME_BYTES_MAX ? bytes.n : skipped;
    size_t n = inside.n + 2;
    struct watch_frame f = { .whole = str_head(open, n) };
    if (n <= WATCH_FRAME_BYTES_MAX && parse(inside, &f)) {
        *ret_found = true;
        *ret_frame = f;
    }
    return skipped + n;
}

struct str watch_answer(struct arena *a, const struct watch_frame *f)
{
    struct str says = f->verb;
    if (str_eq(f->verb, S("INIT")))
        says = S("INIT,1");
    else if (str_starts(f->verb, S("AL")))
        says = S("AL");
    else if (!str_eq(f->verb, S("LK")) && !str_eq(f->verb, S("TKQ")) && !str_eq(f->verb, S("TKQ2")))
        return S("");
    if (f->index.n)
        return arena_format(a, "[" STR_FMT "*" STR_FMT "*" STR_FMT "*%04zX*" STR_FMT "]", STR_ARG(f->maker), STR_ARG(f->id),
                            STR_ARG(f->index), says.n, STR_ARG(says));
    return arena_format(a, "[" STR_FMT "*" STR_FMT "*%04zX*" STR_FMT "]", STR_ARG(f->maker), STR_ARG(f->id), says.n, STR_ARG(says));
}

/* --- what it tells --------------------------------------------------------------------------------------------------------- */

enum { PLACE_VERB, PLACE_DATE, PLACE_TIME, PLACE_FIX, PLACE_LAT, PLACE_NS, PLACE_LON, PLACE_EW, PLACE_BATTERY = 13,
       PLACE_STATUS = 16, PLACE_FIELDS };

struct place {
    struct str fields[PLACE_FIELDS];
    uint32_t status;
};

/* The upper half is what happened, the lower half how things stand. */
static const uint32_t ALARM_BITS = 0xffff0000, KNOWN_BITS = 0x007f0000;

static const struct {
    uint32_t bits;
    const char *kind;
    bool alarm, daily;                          /* daily: a state that every frame repeats; one signal a day */
    struct label text;
} told[] = {
    { 1u << 16,                "rescue",      true,  false, L("SOS 求助", "SOS") },
    { 1u << 21 | 1u << 22,     "fall",        true,  false, L("跌倒", "Fall") },
    { 1u << 17,                "battery_low", false, true,  L("电量低", "Battery low") },
    { 1u << 0,                 "battery_low", false, true,  L("电量低", "Battery low") },
    { 1u << 20 | 1u << 3,      "tamper",      false, true,  L("手表已取下", "The watch was taken off") },
    { 1u << 14,                "fault",       false, true,  L("手表断电", "The watch lost its power") },
    { 1u << 18,                "info",        false, false, L("离开设定的范围", "Left the set area") },
    { 1u << 19,                "info",        false, false, L("进入设定的范围", "Came into the set area") },
};

static bool says_place(struct str verb)
{
    return str_starts(verb, S("AL")) || str_starts(verb, S("UD")) || str_eq(verb, S("WT"));
}

static bool place_of(const struct watch_frame *f, struct place *p)
{
    struct str rest = f->content;
    for (int i = 0; i < PLACE_FIELDS; i++)
        if (!str_cut(&rest, ',', &p->fields[i]))
            return false;
    return hex_value(p->fields[PLACE_STATUS], 8, &p->status);
}

static int two(struct str s, size_t at)
{
    int tens = s.p[at] - '0', ones = s.p[at + 1] - '0';
    return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
}

/* Watches count in UTC. A date that does not exist is not corrected: the time of receipt stands for it. */
static ms time_of(struct str date, struct str time)
{
    if (date.n != 6 || time.n != 6)
        return 0;
    struct civil c = { .day = two(date, 0), .month = two(date, 2), .year = 2000 + two(date, 4),
                       .hour = two(time, 0), .minute = two(time, 2), .second = two(time, 4) };
    if (c.day < 1 || c.month < 1 || c.month > 12 || c.year < 2000 || c.hour < 0 || c.hour > 23 || c.minute < 0 || c.minute > 59 ||
        c.second < 0 || c.second > 59)
        return 0;
    ms at = civil_ms(c);
    struct civil back = civil_of(at);
    return back.day == c.day && back.month == c.month ? at + HOURS(8) : 0;
}

static void put_degree(struct json *j, const char *key, struct str degree, bool minus)
{
    int64_t e7 = 0;
    if (!str_to_degree(str_trim(degree), &e7))
        return;
    json_key(j, key);
    json_degree(j, minus ? -e7 : e7);
}

/* The tests of 'A' and of both readings keep "no fix" from becoming 0 north, 0 east. */
static void put_place(struct json *j, const struct place *p)
{
    int64_t lat = 0, lon = 0;
    if (!str_eq(p->fields[PLACE_FIX], S("A")) || !str_to_degree(str_trim(p->fields[PLACE_LAT]), &lat) ||
        !str_to_degree(str_trim(p->fields[PLACE_LON]), &lon) || (lat == 0 && lon == 0))
        return;
    put_degree(j, "lat", p->fields[PLACE_LAT], str_eq(p->fields[PLACE_NS], S("S")));
    put_degree(j, "lon", p->fields[PLACE_LON], str_eq(p->fields[PLACE_EW], S("W")));
}

static struct str data_of(struct arena *a, const struct place *p, struct label text, bool alarm)
{
    struct json j = json_in(a);
    int64_t battery = 0;
    json_obj(&j);
    json_key_str(&j, "code", p->fields[PLACE_STATUS]);
    json_key_str(&j, "means", label_in(text, ZH));
    json_key_str(&j, "means_en", label_in(text, EN));
    if (str_to_i64(p->fields[PLACE_BATTERY], &battery) && battery >= 0 && battery <= 100)
        json_key_int(&j, "battery", battery);
    if (alarm)
        put_place(&j, p);
    json_end(&j);
    return json_done(&j);
}

/* All that the watch said, or all but where it was. */
static struct str raw_of(struct arena *a, const struct watch_frame *f, const struct place *p, bool alarm)
{
    if (alarm)
        return f->whole;
    return arena_format(a, "[" STR_FMT "*" STR_FMT "*" STR_FMT "," STR_FMT "," STR_FMT ",-," STR_FMT "," STR_FMT "]",
                        STR_ARG(f->maker), STR_ARG(f->id), STR_ARG(f->verb), STR_ARG(p->fields[PLACE_DATE]),
                        STR_ARG(p->fields[PLACE_TIME]), STR_ARG(p->fields[PLACE_BATTERY]), STR_ARG(p->fields[PLACE_STATUS]));
}

static bool already(const struct watch_signal *signals, int n, const char *kind)
{
    for (int i = 0; i < n; i++)
        if (str_is(signals[i].kind, kind) && !str_is(signals[i].kind, "info"))
            return true;
    return false;
}

enum { UNKNOWN_ROW = 99, NO_CLOCK_MS = 10000 };

/* The watch says an alarm again until it is answered: date and time make the sequence, so that it is one. A watch whose
 * clock does not run would make every press the same; there the time of receipt stands in, by ten seconds. */
static struct str sequence_of(struct arena *a, ms device_at, ms now, int row)
{
    bool runs = device_at > now - DAYS(30) && device_at < now + DAYS(1);
    if (row < UNKNOWN_ROW && told[row].daily)
        return arena_format(a, "%s-%d", told[row].kind, day_number(runs ? device_at : now));
    if (runs)
        return arena_format(a, "%d-%lld", row, (long long)device_at);
    return arena_format(a, "%d-got-%lld", row, (long long)(now / NO_CLOCK_MS));
}

/* An alarm frame whose bits name nothing we know, or that breaks off before them: somebody may have pressed all the same. */
static bool is_unknown_alarm(const struct watch_frame *f, bool known, const struct place *p)
{
    return str_starts(f->verb, S("AL")) && (!known || !(p->status & ALARM_BITS) || (p->status & ALARM_BITS & ~KNOWN_BITS));
}

int watch_signals(struct arena *a, const struct watch_frame *f, ms now, struct watch_signal signals[WATCH_SIGNALS_MAX])
{
    static const struct label unknown = L("报警内容无法辨认，按求助处理", "An alarm that cannot be read: taken as a rescue");
    struct place p = { 0 };
    bool known = says_place(f->verb) && place_of(f, &p);
    ms at = known ? time_of(p.fields[PLACE_DATE], p.fields[PLACE_TIME]) : 0;
    int n = 0;
    if (is_unknown_alarm(f, known, &p))
        signals[n++] = (struct watch_signal){ .kind = S("rescue"), .sequence = sequence_of(a, at, now, UNKNOWN_ROW), .device_at = at,
            .data = data_of(a, &p, unknown, true), .raw = f->whole };
    for (size_t i = 0; known && i < COUNT(told); i++) {
        if (!(p.status & told[i].bits) || already(signals, n, told[i].kind))
            continue;
        signals[n++] = (struct watch_signal){ .kind = str_of(told[i].kind), .sequence = sequence_of(a, at, now, (int)i),
            .device_at = at, .data = data_of(a, &p, told[i].text, told[i].alarm), .raw = raw_of(a, f, &p, told[i].alarm) };
    }
    signals[n++] = (struct watch_signal){ .kind = S("heartbeat"), .device_at = at, .data = S("{}") };
    return n;
}
