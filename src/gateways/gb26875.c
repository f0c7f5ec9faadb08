/* gb26875.c -- see gb26875.h. */
#include "gateways/gb26875.h"

#include <assert.h>
#include <iconv.h>
#include <string.h>

enum { HEAD_BYTES = 27, TEXT_BYTES = 31, TIME_BYTES = 6, UNIT_HEAD_BYTES = 2 };
#define MARK S("@@")
#define END S("##")

static uint8_t byte_at(struct str s, size_t at)
{
    return (uint8_t)s.p[at];
}

static uint64_t little(struct str s, size_t at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = bytes; i-- > 0;)
        value = value << 8 | byte_at(s, at + i);
    return value;
}

static uint8_t sum_of(struct str s, size_t from, size_t to)
{
    unsigned sum = 0;
    for (size_t i = from; i < to; i++)
        sum += byte_at(s, i);
    return (uint8_t)sum;
}

/* --- frames of a stream ------------------------------------------------------------------------------------------------ */

static void read_head(struct str s, size_t n, struct gb_frame *f)
{
    *f = (struct gb_frame){ .serial = (uint16_t)little(s, 2, 2), .version = { byte_at(s, 4), byte_at(s, 5) },
                            .source = little(s, 12, 6), .destination = little(s, 18, 6), .command = byte_at(s, 26),
                            .unit = str_head(str_from(s, HEAD_BYTES), n) };
    memcpy(f->time, s.p + 6, sizeof f->time);
}

/* What begins here: GB_MORE may still become a frame, GB_BROKEN with no bytes used cannot. */
static enum gb_cut cut_here(struct str s, struct gb_frame *f, size_t *ret_bytes)
{
    *ret_bytes = 0;
    if (s.n < HEAD_BYTES)
        return GB_MORE;
    size_t n = (size_t)little(s, 24, 2), whole = GB_FRAME_BYTES_MIN + n;
    if (n > GB_UNIT_BYTES_MAX)
        return GB_BROKEN;
    if (s.n < whole)
        return GB_MORE;
    if (!str_eq(str_head(str_from(s, whole - END.n), END.n), END))
        return GB_BROKEN;
    read_head(s, n, f);
    *ret_bytes = whole;
    return sum_of(s, 2, whole - 3) == byte_at(s, whole - 3) ? GB_WHOLE : GB_BROKEN;
}

/* A frame that is whole goes before one that begins earlier and still waits for its end: that one is noise, or lost bytes,
 * and a fire must not wait behind it. */
enum gb_cut gb26875_cut(struct str bytes, struct gb_frame *ret_frame, size_t *ret_used)
{
    struct gb_frame f;
    size_t waiting = bytes.n, n = 0;
    for (size_t at = str_find(bytes, MARK); at < bytes.n; at += 1 + str_find(str_from(bytes, at + 1), MARK)) {
        enum gb_cut got = cut_here(str_from(bytes, at), &f, &n);
        if (got == GB_WHOLE || n) {
            *ret_frame = f;
            *ret_used = at + n;
            return got;
        }
        if (got == GB_MORE && waiting == bytes.n)
            waiting = at;
    }
    if (waiting == bytes.n && bytes.n && bytes.p[bytes.n - 1] == '@')
        waiting--;                                                    /* half a mark */
    *ret_used = waiting;
    return GB_MORE;
}

static void put_little(struct buf *b, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++, value >>= 8)
        buf_char(b, (char)value);
}

struct str gb26875_frame(struct arena *a, const struct gb_frame *f)
{
    struct buf b = buf_in(a);
    assert(f->unit.n <= GB_UNIT_BYTES_MAX);
    buf_put(&b, MARK);
    put_little(&b, f->serial, 2);
    buf_put(&b, (struct str){ (const char *)f->version, sizeof f->version });
    buf_put(&b, (struct str){ (const char *)f->time, sizeof f->time });
    put_little(&b, f->source, 6);
    put_little(&b, f->destination, 6);
    put_little(&b, f->unit.n, 2);
    buf_char(&b, (char)f->command);
    buf_put(&b, f->unit);
    buf_char(&b, (char)sum_of(buf_str(&b), 2, b.n));
    buf_put(&b, END);
    return buf_str(&b);
}

struct str gb26875_answer(struct arena *a, const struct gb_frame *f, enum gb_command command, ms now, enum gb_time how)
{
    struct gb_frame answer = { .serial = f->serial, .version = { f->version[0], f->version[1] }, .command = (uint8_t)command,
                               .source = f->destination, .destination = f->source };
    gb26875_time(now, how, answer.time);
    return gb26875_frame(a, &answer);
}

/* --- times, addresses, texts ---------------------------------------------------------------------------------------------- */

static int plain(uint8_t byte, bool bcd)
{
    if (!bcd)
        return byte;
    return (byte >> 4) < 10 && (byte & 15) < 10 ? (byte >> 4) * 10 + (byte & 15) : -1;
}

/* Second, minute, hour, day, month, year of the century, on the office's clock. */
static ms time_ms(const uint8_t t[6], bool bcd)
{
    struct civil c = { .second = plain(t[0], bcd), .minute = plain(t[1], bcd), .hour = plain(t[2], bcd), .day = plain(t[3], bcd),
                       .month = plain(t[4], bcd), .year = plain(t[5], bcd) };
    if (c.second < 0 || c.second > 59 || c.minute < 0 || c.minute > 59 || c.hour < 0 || c.hour > 23 || c.day < 1 || c.day > 31 ||
        c.month < 1 || c.month > 12 || c.year < 0 || c.year > 99)
        return 0;
    c.year += 2000;
    ms at = civil_ms(c);
    struct civil again = civil_of(at);
    return again.day == c.day && again.month == c.month ? at : 0;
}

static ms apart(ms a, ms b)
{
    return a > b ? a - b : b - a;
}

ms gb26875_ms(const uint8_t time[6], enum gb_time how, ms now)
{
    ms binary = how == GB_TIME_BCD ? 0 : time_ms(time, false), bcd = how == GB_TIME_BINARY ? 0 : time_ms(time, true);
    if (!binary || !bcd)
        return binary ? binary : bcd;
    return apart(bcd, now) < apart(binary, now) ? bcd : binary;
}

enum gb_time gb26875_time_of(const uint8_t time[6], ms now)
{
    ms found = gb26875_ms(time, GB_TIME_AUTO, now);
    return found && found != time_ms(time, false) ? GB_TIME_BCD : GB_TIME_BINARY;
}

void gb26875_time(ms at, enum gb_time how, uint8_t ret_time[6])
{
    struct civil c = civil_of(at);
    const int parts[TIME_BYTES] = { c.second, c.minute, c.hour, c.day, c.month, c.year % 100 };
    for (int i = 0; i < TIME_BYTES; i++)
        ret_time[i] = (uint8_t)(how == GB_TIME_BCD ? parts[i] / 10 << 4 | parts[i] % 10 : parts[i]);
}

struct str gb26875_account(struct arena *a, uint64_t address)
{
    return arena_format(a, "%012llX", (unsigned long long)address);
}

bool gb26875_address(struct str account, uint64_t *ret_address)
{
    static const char zeros[] = "000000000000";
    char digits[12];
    uint8_t bytes[6];
    if (account.n == 0 || account.n > sizeof digits)
        return false;
    memcpy(digits, zeros, sizeof digits);
    memcpy(digits + sizeof digits - account.n, account.p, account.n);
    if (!str_hex((struct str){ digits, sizeof digits }, bytes, sizeof bytes))
        return false;
    *ret_address = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        *ret_address = *ret_address << 8 | bytes[i];
    return true;
}

/* One whole character or, for a byte that begins none, its replacement. */
static void decode_step(iconv_t gb, struct buf *b, struct str *rest)
{
    char out[64], *to = out, *from = (char *)(uintptr_t)rest->p;
    size_t left = sizeof out, from_left = rest->n < 16 ? rest->n : 16;
    iconv(gb, &from, &from_left, &to, &left);
    size_t read = (size_t)(from - rest->p);
    buf_put(b, (struct str){ out, (size_t)(to - out) });
    if (read == 0)
        buf_utf8(b, 0xFFFD);
    *rest = str_from(*rest, read ? read : 1);
}

struct str gb26875_text(struct arena *a, struct str bytes)
{
    struct buf b = buf_in(a);
    struct str rest = str_trim(str_head(bytes, str_find(bytes, (struct str){ "", 1 })));
    iconv_t gb = iconv_open("UTF-8", "GB18030");
    if (gb == (iconv_t)-1)
        return S("");
    while (rest.n)
        decode_step(gb, &b, &rest);
    iconv_close(gb);
    return str_utf8_ok(buf_str(&b)) ? str_trim(buf_str(&b)) : S("");
}

/* --- units ------------------------------------------------------------------------------------------------------------ */

/* One letter a field: s system type, a system address, p part type, A part address, w state (2), b state (1), q quantity,
 * v value, f flags, o operator, V version, D text of 31 bytes, L text with its length, t time, n number, z nothing (0). */
static const struct layout { uint8_t type, max; const char *fields; } layouts[] = {
    { GB_SYSTEM_STATE, 102, "sawt" }, { GB_PART_STATE, 22, "sapAwDt" }, { GB_PART_VALUE, 63, "sapAqvt" }, { GB_OPERATION, 102, "safot" },
    { GB_SYSTEM_VERSION, 1, "saV" }, { GB_SYSTEM_SETUP, 3, "saL" }, { GB_PART_SETUP, 26, "sapAD" }, { GB_SYSTEM_TIME, 1, "sat" },
    { GB_DEVICE_STATE, 1, "bt" }, { GB_DEVICE_OPERATION, 127, "fot" }, { GB_DEVICE_VERSION, 1, "V" }, { GB_DEVICE_SETUP, 1, "L" },
    { GB_DEVICE_TIME, 1, "t" }, { 61, 102, "sa" }, { 62, 22, "saA" }, { 63, 63, "saA" }, { 64, 1, "sant" }, { 65, 1, "sa" },
    { 66, 3, "sa" }, { 67, 26, "saA" }, { 68, 1, "sa" }, { GB_READ_DEVICE_STATE, 1, "z" }, { 84, 1, "nt" }, { 85, 1, "z" },
    { 86, 1, "z" }, { 88, 1, "z" }, { GB_INITIALISE, 1, "z" }, { GB_SET_CLOCK, 1, "t" }, { GB_PATROL, 1, "n" } };

static size_t field_bytes(char field, struct str rest)
{
    switch (field) {
    case 'A': return 4;
    case 'w': case 'v': case 'V': return 2;
    case 'D': return TEXT_BYTES;
    case 't': return TIME_BYTES;
    case 'L': return 1 + (rest.n ? byte_at(rest, 0) : 0);
    default: return 1;
    }
}

static void read_field(char field, struct str s, struct gb_object *o)
{
    switch (field) {
    case 's': o->system = byte_at(s, 0); break;
    case 'a': o->system_address = byte_at(s, 0); break;
    case 'p': o->part = byte_at(s, 0); break;
    case 'A': memcpy(o->part_address, s.p, sizeof o->part_address); break;
    case 'w': o->state = (uint16_t)little(s, 0, 2); break;
    case 'b': o->state = byte_at(s, 0); break;
    case 'q': o->quantity = byte_at(s, 0); break;
    case 'v': o->value = (int16_t)little(s, 0, 2); break;
    case 'f': o->flags = byte_at(s, 0); break;
    case 'o': o->operator = byte_at(s, 0); break;
    case 'V': memcpy(o->version, s.p, sizeof o->version); break;
    case 'D': o->text = s; break;
    case 'L': o->text = str_from(s, 1); break;
    case 't': memcpy(o->time, s.p, sizeof o->time); o->has_time = true; break;
    case 'n': o->number = byte_at(s, 0); break;
    default: break;
    }
}

static bool read_object(const char *fields, struct str *rest, struct gb_object *o)
{
    *o = (struct gb_object){ .text = S("") };
    for (; *fields; fields++) {
        size_t n = field_bytes(*fields, *rest);
        if (n > rest->n)
            return false;
        read_field(*fields, str_head(*rest, n), o);
        *rest = str_from(*rest, n);
    }
    return true;
}

static const struct layout *layout_of(uint8_t type)
{
    for (size_t i = 0; i < COUNT(layouts); i++)
        if (layouts[i].type == type)
            return &layouts[i];
    return NULL;
}

/* The part states of devices that leave out the time, as some do, are 40 bytes each. */
static const char *fields_of(const struct layout *l, struct str unit)
{
    if (l->type == GB_PART_STATE && unit.n == UNIT_HEAD_BYTES + 40u * byte_at(unit, 1))
        return "sapAwD";
    return l->fields;
}

bool gb26875_objects(struct str unit, struct gb_unit *ret_unit, struct gb_object ret_objects[GB_OBJECTS_MAX])
{
    const struct layout *l = unit.n < UNIT_HEAD_BYTES ? NULL : layout_of(byte_at(unit, 0));
    if (!l)
        return false;
    struct gb_unit u = { .type = l->type, .said = byte_at(unit, 1) };
    struct str rest = str_from(unit, UNIT_HEAD_BYTES);
    int wanted = u.said < l->max ? u.said : l->max;
    const char *fields = fields_of(l, unit);
    while (u.count < wanted && read_object(fields, &rest, &ret_objects[u.count]))
        u.count++;
    u.cut_short = u.count < u.said;
    *ret_unit = u;
    return u.count > 0;
}

struct str gb26875_part(struct arena *a, const struct gb_object *o)
{
    const uint8_t *p = o->part_address;
    return arena_format(a, "%d-%d", p[0] | p[1] << 8, p[2] | p[3] << 8);
}

struct str gb26875_unit(struct arena *a, enum gb_type type, uint8_t minutes, ms at, enum gb_time how)
{
    struct buf b = buf_in(a);
    uint8_t time[TIME_BYTES];
    const struct layout *l = layout_of((uint8_t)type);
    assert(l);
    buf_char(&b, (char)type);
    buf_char(&b, 1);
    gb26875_time(at, how, time);
    if (!strcmp(l->fields, "t"))
        buf_put(&b, (struct str){ (const char *)time, sizeof time });
    else
        buf_char(&b, !strcmp(l->fields, "n") ? (char)minutes : 0);
    return buf_str(&b);
}
