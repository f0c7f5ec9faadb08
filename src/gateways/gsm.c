/* gsm.c -- see gsm.h. */
#include "gateways/gsm.h"

#include <string.h>

enum { LINE_BYTES_MAX = 512, ALONE = 70, IN_PART = 67, DIGITS_MAX = 20 };

/* --- lines ------------------------------------------------------------------------------------------------------------------- */

static enum gsm_line kind_of(struct str line)
{
    static const struct { const char *text; enum gsm_line kind; } finals[] = {
        { "OK", GSM_OK }, { "ERROR", GSM_ERROR }, { "BUSY", GSM_BUSY }, { "NO CARRIER", GSM_NO_CARRIER }, { "NO DIALTONE", GSM_NO_CARRIER },
        { "NO ANSWER", GSM_NO_ANSWER } };
    for (size_t i = 0; i < COUNT(finals); i++)
        if (str_is(line, finals[i].text))
            return finals[i].kind;
    return str_starts(line, S("+CME ERROR")) || str_starts(line, S("+CMS ERROR")) ? GSM_ERROR : line.n ? GSM_INFO : GSM_NOTHING;
}

size_t gsm_next(struct str bytes, enum gsm_line *ret_kind, struct str *ret_text)
{
    size_t blank = 0;
    while (blank < bytes.n && (bytes.p[blank] == '\r' || bytes.p[blank] == '\n' || bytes.p[blank] == 0))
        blank++;
    struct str rest = str_from(bytes, blank);
    *ret_kind = GSM_NOTHING;
    *ret_text = S("");
    if (str_starts(rest, S("> "))) {
        *ret_kind = GSM_PROMPT;
        return blank + 2;
    }
    const char *end = rest.n ? memchr(rest.p, '\n', rest.n) : NULL;
    const char *other = rest.n ? memchr(rest.p, '\r', rest.n) : NULL;
    if (!end || (other && other < end))
        end = other;
    if (!end)
        return rest.n > LINE_BYTES_MAX ? bytes.n : blank;
    *ret_text = str_trim(str_head(rest, (size_t)(end - rest.p)));
    *ret_kind = kind_of(*ret_text);
    return blank + (size_t)(end - rest.p) + 1;
}

static bool number_at(struct str *rest, int64_t *ret_number)
{
    struct str part;
    return str_cut(rest, ',', &part) && str_to_i64(str_trim(part), ret_number);
}

/* +CLCC: index,direction,state,mode,...: direction 0 is ours, mode 0 is voice. */
bool gsm_call_state(struct str line, enum gsm_call *ret_state)
{
    int64_t index = 0, direction = 0, state = 0, mode = 0;
    if (!str_starts(line, S("+CLCC:")))
        return false;
    struct str rest = str_from(line, 6);
    if (!number_at(&rest, &index) || !number_at(&rest, &direction) || !number_at(&rest, &state) || !number_at(&rest, &mode) ||
        direction != 0 || mode != 0 || state < GSM_ACTIVE || state > GSM_ALERTING)
        return false;
    *ret_state = (enum gsm_call)state;
    return true;
}

/* +CREG: n,state: 1 at home, 5 roaming. */
bool gsm_has_network(struct str line)
{
    int64_t how = 0, state = 0;
    if (!str_starts(line, S("+CREG:")))
        return false;
    struct str rest = str_from(line, 6);
    return number_at(&rest, &how) && number_at(&rest, &state) && (state == 1 || state == 5);
}

/* --- texts ------------------------------------------------------------------------------------------------------------------- */

static void put_byte(struct buf *b, unsigned byte)
{
    buf_format(b, "%02X", byte & 0xff);
}

static bool put_number(struct buf *b, struct str number)
{
    bool abroad = number.n && number.p[0] == '+';
    struct str digits = str_from(number, abroad);
    if (digits.n == 0 || digits.n > DIGITS_MAX)
        return false;
    for (size_t i = 0; i < digits.n; i++)
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return false;
    put_byte(b, (unsigned)digits.n);
    put_byte(b, abroad ? 0x91 : 0x81);
    for (size_t i = 0; i < digits.n; i += 2)
        put_byte(b, (unsigned)(digits.p[i] - '0') | (i + 1 < digits.n ? (unsigned)(digits.p[i + 1] - '0') : 0xf) << 4);
    return true;
}

/* UTF-16, as telephones have read UCS2 for long. */
static size_t units_of(struct str text, uint16_t *units, size_t room)
{
    size_t n = 0;
    while (text.n) {
        uint32_t c = str_next(&text);
        if (n + 2 > room)
            return room;
        if (c >= 0x10000) {
            units[n++] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
            units[n++] = (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff));
        } else
            units[n++] = (uint16_t)c;
    }
    return n;
}

static bool put_part(struct arena *a, struct str number, const uint16_t *units, size_t n, int part, int parts, uint8_t mark,
                     struct gsm_pdu *ret)
{
    struct buf b = buf_in(a);
    put_byte(&b, 0);                                   /* the service centre that the card knows */
    put_byte(&b, parts > 1 ? 0x41 : 0x01);
    put_byte(&b, 0);
    if (!put_number(&b, number))
        return false;
    put_byte(&b, 0);
    put_byte(&b, 8);
    put_byte(&b, (unsigned)(n * 2 + (parts > 1 ? 6 : 0)));
    if (parts > 1) {
        uint8_t head[] = { 5, 0, 3, mark, (uint8_t)parts, (uint8_t)(part + 1) };
        for (size_t i = 0; i < sizeof head; i++)
            put_byte(&b, head[i]);
    }
    for (size_t i = 0; i < n; i++) {
        put_byte(&b, units[i] >> 8);
        put_byte(&b, units[i] & 0xff);
    }
    *ret = (struct gsm_pdu){ buf_str(&b), (int)(b.n / 2) - 1 };
    return true;
}

int gsm_text(struct arena *a, struct str number, struct str text, uint8_t mark, struct gsm_pdu parts[GSM_TEXT_PARTS_MAX])
{
    uint16_t units[GSM_TEXT_PARTS_MAX * IN_PART + 2];
    size_t n = units_of(text, units, COUNT(units)), each = n <= ALONE ? ALONE : IN_PART, at = 0;
    int count = (int)((n + each - 1) / each), part = 0;
    if (n == 0 || n > (size_t)GSM_TEXT_PARTS_MAX * IN_PART)
        return 0;
    for (; at < n; part++) {
        size_t take = n - at < each ? n - at : each;
        if (!put_part(a, number, units + at, take, part, count, mark, &parts[part]))
            return 0;
        at += take;
    }
    return part;
}
