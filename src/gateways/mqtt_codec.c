/* mqtt_codec.c -- see mqtt_codec.h. Properties of version 5 are walked by a table of their kinds: one that is unknown makes
 * the packet malformed, because its length is not known. */
#include "gateways/mqtt_codec.h"

#include <assert.h>

/* --- reading ----------------------------------------------------------------------------------------------------------- */

struct cut { struct str rest; bool bad; };

static uint32_t cut_number(struct cut *c, int bytes)
{
    uint32_t n = 0;
    if (c->rest.n < (size_t)bytes) {
        c->bad = true;
        return 0;
    }
    for (int i = 0; i < bytes; i++)
        n = n << 8 | (unsigned char)c->rest.p[i];
    c->rest = str_from(c->rest, (size_t)bytes);
    return n;
}

/* A length in 7-bit groups; at most 4 bytes. */
static uint32_t cut_length(struct cut *c)
{
    uint32_t n = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t byte = cut_number(c, 1);
        n |= (byte & 0x7f) << (7 * i);
        if (!(byte & 0x80) || c->bad)
            return n;
    }
    c->bad = true;
    return 0;
}

static struct str cut_bytes(struct cut *c, size_t n)
{
    if (c->bad || c->rest.n < n) {
        c->bad = true;
        return S("");
    }
    struct str bytes = str_head(c->rest, n);
    c->rest = str_from(c->rest, n);
    return bytes;
}

static struct str cut_text(struct cut *c)
{
    struct str text = cut_bytes(c, cut_number(c, 2));
    if (!str_utf8_ok(text))
        c->bad = true;
    return text;
}

enum kind { NO_PROPERTY, BYTE, TWO, FOUR, LENGTH, TEXT, BINARY, PAIR };
static const uint8_t property_kinds[] = {
    [0x01] = BYTE, [0x02] = FOUR, [0x03] = TEXT, [0x08] = TEXT, [0x09] = BINARY, [0x0b] = LENGTH, [0x11] = FOUR, [0x12] = TEXT,
    [0x13] = TWO, [0x15] = TEXT, [0x16] = BINARY, [0x17] = BYTE, [0x18] = FOUR, [0x19] = BYTE, [0x1a] = TEXT, [0x1c] = TEXT,
    [0x1f] = TEXT, [0x21] = TWO, [0x22] = TWO, [0x23] = TWO, [0x24] = BYTE, [0x25] = BYTE, [0x26] = PAIR, [0x27] = FOUR,
    [0x28] = BYTE, [0x29] = BYTE, [0x2a] = BYTE,
};
enum { SERVER_KEEP_ALIVE = 0x13, RECEIVE_MAX = 0x21, TOPIC_ALIAS = 0x23, PACKET_MAX = 0x27 };

static void take_property(struct mqtt_packet *p, uint32_t which, uint32_t value)
{
    if (which == SERVER_KEEP_ALIVE)
        p->keep_alive_s = value;
    else if (which == RECEIVE_MAX)
        p->receive_max = value;
    else if (which == PACKET_MAX)
        p->packet_bytes_max = value;
}

static uint32_t cut_property(struct cut *c, enum kind kind)
{
    switch (kind) {
    case BYTE: return cut_number(c, 1);
    case TWO: return cut_number(c, 2);
    case FOUR: return cut_number(c, 4);
    case LENGTH: return cut_length(c);
    case TEXT: cut_text(c); return 0;
    case BINARY: cut_bytes(c, cut_number(c, 2)); return 0;
    case PAIR: cut_text(c); cut_text(c); return 0;
    case NO_PROPERTY: break;
    }
    c->bad = true;
    return 0;
}

static void cut_properties(struct cut *c, struct mqtt_packet *p)
{
    struct cut own = { cut_bytes(c, cut_length(c)), false };
    while (own.rest.n && !own.bad && !c->bad) {
        uint32_t which = cut_length(&own);
        enum kind kind = which < COUNT(property_kinds) ? (enum kind)property_kinds[which] : NO_PROPERTY;
        take_property(p, which, cut_property(&own, kind));
        if (which == TOPIC_ALIAS)                              /* we said that we take none */
            own.bad = true;
    }
    c->bad = c->bad || own.bad;
}

static void read_publish(struct cut *c, int flags, int version, struct mqtt_packet *p)
{
    p->retain = flags & 1;
    p->qos = flags >> 1 & 3;
    p->dup = flags & 8;
    p->topic = cut_text(c);
    p->id = p->qos ? (uint16_t)cut_number(c, 2) : 0;
    if (version == MQTT_5)
        cut_properties(c, p);
    p->payload = c->rest;
    c->rest = S("");
    if (p->qos > 1 || (p->qos && p->id == 0) || (p->dup && p->qos == 0) || !mqtt_topic_ok(p->topic))
        c->bad = true;
}

/* A reason and properties that version 5 may leave out. */
static void read_reason(struct cut *c, int version, struct mqtt_packet *p)
{
    if (version == MQTT_5 && c->rest.n)
        p->reason = (int)cut_number(c, 1);
    if (version == MQTT_5 && c->rest.n)
        cut_properties(c, p);
}

static void read_body(struct cut *c, int flags, int version, struct mqtt_packet *p)
{
    switch (p->type) {
    case MQTT_PUBLISH:
        read_publish(c, flags, version, p);
        return;
    case MQTT_CONNACK:
        p->session_present = cut_number(c, 1) & 1;
        p->reason = (int)cut_number(c, 1);
        if (version == MQTT_5 && c->rest.n)                    /* an old broker refuses with the old form */
            cut_properties(c, p);
        break;
    case MQTT_PUBACK:
        p->id = (uint16_t)cut_number(c, 2);
        read_reason(c, version, p);
        break;
    case MQTT_SUBACK:
        p->id = (uint16_t)cut_number(c, 2);
        if (version == MQTT_5)
            cut_properties(c, p);
        p->reasons = c->rest;
        c->rest = S("");
        c->bad = c->bad || p->reasons.n == 0;
        break;
    case MQTT_PINGRESP:
        break;
    case MQTT_DISCONNECT:
        read_reason(c, version, p);
        c->bad = c->bad || version != MQTT_5;
        break;
    default:
        c->bad = true;
    }
    c->bad = c->bad || flags != 0 || c->rest.n != 0;
}

long mqtt_decode(struct str bytes, int version, struct mqtt_packet *ret_packet)
{
    struct cut c = { bytes, false };
    if (bytes.n < 2)
        return 0;
    uint32_t first = cut_number(&c, 1), length = cut_length(&c);
    if (c.bad)
        return bytes.n < 5 ? 0 : -1;
    if (length > MQTT_PACKET_BYTES_MAX)
        return -1;
    if (c.rest.n < length)
        return 0;
    size_t whole = bytes.n - c.rest.n + length;
    struct cut body = { str_head(c.rest, length), false };
    struct mqtt_packet p = { .type = (enum mqtt_type)(first >> 4) };
    read_body(&body, (int)(first & 15), version, &p);
    if (body.bad)
        return -1;
    *ret_packet = p;
    return (long)whole;
}

/* --- writing ----------------------------------------------------------------------------------------------------------- */

static void put_number(struct buf *b, uint32_t n, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        buf_char(b, (char)(n >> (8 * i)));
}

static void put_length(struct buf *b, size_t n)
{
    do
        buf_char(b, (char)((n & 0x7f) | (n > 0x7f ? 0x80 : 0)));
    while (n >>= 7);
}

static void put_text(struct buf *b, struct str text)
{
    assert(text.n <= UINT16_MAX);
    put_number(b, (uint32_t)text.n, 2);
    buf_put(b, text);
}

static void put_packet(struct buf *b, enum mqtt_type type, int flags, struct str body)
{
    buf_char(b, (char)(type << 4 | flags));
    put_length(b, body.n);
    buf_put(b, body);
}

void mqtt_put_connect(struct buf *b, const struct mqtt_connect *c)
{
    struct buf body = buf_in(b->arena);
    put_text(&body, S("MQTT"));
    buf_char(&body, (char)c->version);
    buf_char(&body, (char)((c->clean ? 2 : 0) | (c->user.n ? 0x80 : 0) | (c->user.n && c->password.n ? 0x40 : 0)));
    put_number(&body, (uint32_t)c->keep_alive_s, 2);
    if (c->version == MQTT_5) {
        bool limited = c->receive_max > 0;
        put_length(&body, limited ? 13 : 10);
        buf_char(&body, 0x11);
        put_number(&body, c->session_expiry_s, 4);
        if (limited) {
            buf_char(&body, 0x21);
            put_number(&body, c->receive_max, 2);
        }
        buf_char(&body, 0x27);
        put_number(&body, MQTT_PACKET_BYTES_MAX, 4);
    }
    put_text(&body, c->client);
    if (c->user.n)
        put_text(&body, c->user);
    if (c->user.n && c->password.n)
        put_text(&body, c->password);
    put_packet(b, MQTT_CONNECT, 0, buf_str(&body));
}

void mqtt_put_subscribe(struct buf *b, int version, uint16_t id, const struct str *filters, int count)
{
    struct buf body = buf_in(b->arena);
    put_number(&body, id, 2);
    if (version == MQTT_5)
        put_length(&body, 0);
    for (int i = 0; i < count; i++) {
        put_text(&body, filters[i]);
        buf_char(&body, version == MQTT_5 ? 0x11 : 1);         /* QoS 1; retained ones only for a new subscription */
    }
    put_packet(b, MQTT_SUBSCRIBE, 2, buf_str(&body));
}

void mqtt_put_publish(struct buf *b, int version, struct str topic, struct str payload, int qos, uint16_t id, bool dup)
{
    struct buf body = buf_in(b->arena);
    put_text(&body, topic);
    if (qos)
        put_number(&body, id, 2);
    if (version == MQTT_5)
        put_length(&body, 0);
    buf_put(&body, payload);
    put_packet(b, MQTT_PUBLISH, (dup ? 8 : 0) | qos << 1, buf_str(&body));
}

void mqtt_put_puback(struct buf *b, int version, uint16_t id)
{
    struct buf body = buf_in(b->arena);
    (void)version;                                             /* success has the same short form in both */
    put_number(&body, id, 2);
    put_packet(b, MQTT_PUBACK, 0, buf_str(&body));
}

void mqtt_put_ping(struct buf *b)
{
    put_packet(b, MQTT_PINGREQ, 0, S(""));
}

void mqtt_put_disconnect(struct buf *b, int version)
{
    (void)version;
    put_packet(b, MQTT_DISCONNECT, 0, S(""));
}

/* --- topics ------------------------------------------------------------------------------------------------------------- */

bool mqtt_topic_ok(struct str topic)
{
    return topic.n > 0 && topic.n <= UINT16_MAX && str_utf8_ok(topic) && !str_has(topic, S("+")) && !str_has(topic, S("#"));
}

static struct str level(struct str *rest, bool *ret_more)
{
    size_t end = str_find(*rest, S("/"));
    struct str part = str_head(*rest, end);
    *ret_more = end < rest->n;
    *rest = str_from(*rest, end + 1);
    return part;
}

/* `#` also takes the level above it; wildcards at the beginning take no topic that begins with $. */
bool mqtt_matches(struct str filter, struct str topic)
{
    bool more = true, has = true;
    if (topic.n && topic.p[0] == '$' && filter.n && (filter.p[0] == '+' || filter.p[0] == '#'))
        return false;
    while (more) {
        struct str want = level(&filter, &more);
        if (str_is(want, "#"))
            return true;
        if (!has)
            return false;
        struct str got = level(&topic, &has);
        if (!str_is(want, "+") && !str_eq(want, got))
            return false;
        if (!has && more && str_is(filter, "#"))
            return true;
    }
    return !has;
}
