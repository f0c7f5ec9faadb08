/* mqtt_codec_test.c -- packets by the examples of the two standards, and what is none. */
#include "gateways/mqtt_codec.h"
#include "test/test.h"

#include <string.h>

#define BYTES(text) ((struct str){ text, sizeof text - 1 })

static struct arena arena;

static struct buf begin(void)
{
    arena_free(&arena);
    arena_init(&arena, 0);
    return buf_in(&arena);
}

TEST(what_a_client_says_is_as_the_standards_write_it)
{
    struct mqtt_connect c = { .version = MQTT_3, .client = S("w"), .user = S("u"), .password = S("p"), .keep_alive_s = 10 };
    const struct str filters[] = { S("a/b"), S("c/+") };
    struct buf b = begin();
    mqtt_put_connect(&b, &c);
    CHECK_EQ(buf_str(&b), BYTES("\x10\x13\0\4MQTT\4\xc0\0\x0a\0\1w\0\1u\0\1p"));
    b = begin();
    c = (struct mqtt_connect){ .version = MQTT_5, .client = S("w"), .keep_alive_s = 60, .clean = true, .session_expiry_s = 0x15180,
                               .receive_max = 20 };
    mqtt_put_connect(&b, &c);
    CHECK_EQ(buf_str(&b), BYTES("\x10\x1b\0\4MQTT\5\2\0\x3c\x0d\x11\0\1\x51\x80\x21\0\x14\x27\0\2\0\0\0\1w"));
    b = begin();
    mqtt_put_subscribe(&b, MQTT_3, 10, filters, 2);
    CHECK_EQ(buf_str(&b), BYTES("\x82\x0e\0\x0a\0\3a/b\1\0\3c/+\1"));
    b = begin();
    mqtt_put_publish(&b, MQTT_3, S("a/b"), S("hi"), 1, 0x1234, true);
    CHECK_EQ(buf_str(&b), BYTES("\x3a\x09\0\3a/b\x12\x34hi"));
    b = begin();
    mqtt_put_puback(&b, MQTT_5, 0x1234);
    mqtt_put_ping(&b);
    mqtt_put_disconnect(&b, MQTT_5);
    CHECK_EQ(buf_str(&b), BYTES("\x40\2\x12\x34\xc0\0\xe0\0"));
}

TEST(a_long_packet_has_a_long_length)
{
    static char much[70000];
    struct mqtt_packet p;
    struct buf b = begin();
    memset(much, 'x', sizeof much);
    mqtt_put_publish(&b, MQTT_5, S("t"), BYTES(much), 0, 0, false);
    struct str bytes = buf_str(&b);
    CHECK_INT(mqtt_decode(bytes, MQTT_5, &p), (long)bytes.n);
    CHECK_INT(p.payload.n, sizeof much - 1);
    for (size_t n = 0; n < bytes.n; n += n < 10 ? 1 : 9973)
        CHECK_INT(mqtt_decode(str_head(bytes, n), MQTT_5, &p), 0);
}

TEST(what_a_broker_says_is_understood)
{
    struct mqtt_packet p;
    CHECK_INT(mqtt_decode(BYTES("\x20\2\1\0"), MQTT_3, &p), 4);
    CHECK(p.type == MQTT_CONNACK && p.session_present && p.reason == 0);
    CHECK_INT(mqtt_decode(BYTES("\x20\x0b\0\0\x08\x13\0\x1e\x21\0\x14\x2a\0more"), MQTT_5, &p), 13);
    CHECK(p.keep_alive_s == 30 && p.receive_max == 20 && !p.session_present);
    CHECK_INT(mqtt_decode(BYTES("\x20\2\0\1"), MQTT_5, &p), 4);              /* an old broker to a new client */
    CHECK_INT(p.reason, 1);
    CHECK_INT(mqtt_decode(BYTES("\x90\4\0\x0a\1\x80"), MQTT_3, &p), 6);
    CHECK(p.id == 10 && p.reasons.n == 2);
    CHECK_INT(mqtt_decode(BYTES("\x3b\x09\0\3a/b\x12\x34hi"), MQTT_3, &p), 11);
    CHECK(p.type == MQTT_PUBLISH && p.qos == 1 && p.dup && p.retain && p.id == 0x1234);
    CHECK_STR(p.topic, "a/b");
    CHECK_STR(p.payload, "hi");
    CHECK_INT(mqtt_decode(BYTES("\x30\x0e\0\1a\x08\x26\0\1k\0\2vvhi"), MQTT_5, &p), 16);
    CHECK_STR(p.payload, "hi");
    CHECK_INT(mqtt_decode(BYTES("\xe0\2\x8e\0"), MQTT_5, &p), 4);
    CHECK_INT(p.reason, 0x8e);
    CHECK_INT(mqtt_decode(BYTES("\xd0\0"), MQTT_3, &p), 2);
}

TEST(what_is_no_packet_is_refused)
{
    static const struct { struct str bytes; int version; } wrong[] = {
        { BYTES("\x10\0"), MQTT_3 },                          /* a broker does not connect */
        { BYTES("\x34\5\0\1a\0\1"), MQTT_3 },                 /* QoS 2 was never granted */
        { BYTES("\x32\5\0\1a\0\0"), MQTT_3 },                 /* no packet has number 0 */
        { BYTES("\x38\3\0\1a"), MQTT_3 },                     /* dup at QoS 0 */
        { BYTES("\x30\3\0\1+"), MQTT_3 },                     /* a filter is no topic */
        { BYTES("\x30\3\0\1\xff"), MQTT_3 },
        { BYTES("\x30\3\0\2a"), MQTT_3 },
        { BYTES("\x30\2\0\0"), MQTT_3 },
        { BYTES("\x30\x09\0\1a\3\x23\0\1hi"), MQTT_5 },       /* an alias that we said we do not take */
        { BYTES("\x30\x08\0\1a\2\x77\0hi"), MQTT_5 },         /* an unknown property */
        { BYTES("\x30\x84\x80\x80\x40"), MQTT_3 },            /* longer than we take */
        { BYTES("\x30\x80\x80\x80\x80\1"), MQTT_3 },          /* a length of five bytes */
        { BYTES("\x21\2\0\0"), MQTT_3 }, { BYTES("\xd0\1x"), MQTT_3 }, { BYTES("\xe0\0"), MQTT_3 }, { BYTES("\x90\2\0\1"), MQTT_3 },
    };
    struct mqtt_packet p;
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (mqtt_decode(wrong[i].bytes, wrong[i].version, &p) != -1)
            check_failed(__FILE__, (int)i, "taken");
    CHECK_INT(mqtt_decode(BYTES("\x30"), MQTT_3, &p), 0);
    CHECK_INT(mqtt_decode(BYTES("\x30\x80\x80"), MQTT_3, &p), 0);
}

TEST(filters_match_as_section_4_7_says)
{
    static const struct { const char *filter, *topic; bool matches; } rows[] = {
        { "sport/tennis/player1/#", "sport/tennis/player1", true }, { "sport/tennis/player1/#", "sport/tennis/player1/ranking", true },
        { "sport/#", "sport", true }, { "#", "a/b", true }, { "sport/tennis/+", "sport/tennis/player1", true },
        { "sport/tennis/+", "sport/tennis/player1/ranking", false }, { "sport/+", "sport", false }, { "sport/+", "sport/", true },
        { "+/+", "/finance", true }, { "/+", "/finance", true }, { "+", "/finance", false }, { "#", "$SYS/x", false },
        { "+/monitor/Clients", "$SYS/monitor/Clients", false }, { "$SYS/#", "$SYS/x", true }, { "a/b", "a/b", true },
        { "a/b", "a", false }, { "a", "a/b", false }, { "a/+/c/#", "a/b/c", true }, { "a/#", "ab", false },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (mqtt_matches(str_of(rows[i].filter), str_of(rows[i].topic)) != rows[i].matches)
            check_failed(__FILE__, (int)i, rows[i].filter);
}
