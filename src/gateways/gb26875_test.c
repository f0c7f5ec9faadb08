/* gb26875_test.c -- frames of GB/T 26875.3: the examples A-J and H of public codecs and their odd relatives, by their bytes. */
#include "gateways/gb26875.h"
#include "test/test.h"

#include <string.h>

static const ms now = 1351303200000;                                  /* 2012-10-27 10:00 */
#define HEAD "404001000101"
#define TAG "203A091A090C"
#define UP "790300000000385B01000000"
#define DOWN "385B01000000790300000000"
#define FIRE HEAD TAG UP "30000202010101280A0002000200" \
    "202020202020202020202020202020202020202020202020202020202020" "00" "023A091A090C" "46" "2323"
#define CHINESE "4040000001011" "80d11160a14" "000000000000" "060504030201" "3000" "02" "02010103" "00" "d9000600" "0200" \
    "a3c1c7f8a3b1b2e3dfc8b2b8d7dfc0c8" "000000000000000000000000000000" "301213010814" "68" "2323"

static struct str unhex(struct arena *a, const char *hex)
{
    struct str s = str_of(hex);
    uint8_t *bytes = arena_alloc(a, s.n / 2 + 1);
    CHECK(str_hex(s, bytes, s.n / 2));
    return (struct str){ (const char *)bytes, s.n / 2 };
}

static struct gb_frame frame_of(struct arena *a, const char *hex)
{
    struct str bytes = unhex(a, hex);
    struct gb_frame f;
    size_t used;
    CHECK_INT(gb26875_cut(bytes, &f, &used), GB_WHOLE);
    CHECK_INT(used, bytes.n);
    CHECK_EQ(gb26875_frame(a, &f), bytes);                            /* and written again it is the same */
    return f;
}

static int objects_of(struct str unit, struct gb_unit *u, struct gb_object *o)
{
    CHECK(gb26875_objects(unit, u, o));
    return u->count;
}

TEST(gb26875_reads_a_fire_and_answers_it)
{
    struct arena arena_scoped a;
    struct gb_unit u;
    struct gb_object o[GB_OBJECTS_MAX];
    arena_init(&a, 0);
    struct gb_frame f = frame_of(&a, FIRE);
    CHECK_INT(f.serial, 1);
    CHECK_INT(f.source, 0x379);
    CHECK_INT(f.destination, 0x15B38);
    CHECK_INT(f.command, GB_SEND);
    CHECK_INT(objects_of(f.unit, &u, o), 1);
    CHECK_INT(u.type, GB_PART_STATE);
    CHECK(o[0].system == 1 && o[0].system_address == 1 && o[0].part == 40 && o[0].state == 2 && o[0].has_time && !u.cut_short);
    CHECK_STR(gb26875_part(&a, &o[0]), "10-2");
    CHECK_STR(gb26875_text(&a, o[0].text), "");
    CHECK_INT(gb26875_ms(o[0].time, GB_TIME_AUTO, now), 1348624682000);     /* 2012-09-26 09:58:02 */
    struct gb_frame ack = frame_of(&a, HEAD "233A091A090C" DOWN "0000" "03" "AB" "2323");
    struct gb_frame nak = frame_of(&a, HEAD "233A091A090C" DOWN "0000" "06" "AE" "2323");
    ms at = gb26875_ms(ack.time, GB_TIME_BINARY, now);
    CHECK_EQ(gb26875_answer(&a, &f, GB_CONFIRM, at, GB_TIME_AUTO), gb26875_frame(&a, &ack));
    CHECK_EQ(gb26875_answer(&a, &f, GB_DENY, at, GB_TIME_BINARY), gb26875_frame(&a, &nak));
}

TEST(gb26875_reads_chinese_names_of_parts)
{
    struct arena arena_scoped a;
    struct gb_unit u;
    struct gb_object o[GB_OBJECTS_MAX];
    arena_init(&a, 0);
    struct gb_frame f = frame_of(&a, CHINESE);
    CHECK_INT(objects_of(f.unit, &u, o), 1);
    CHECK_STR(gb26875_text(&a, o[0].text), "Ａ区１层呷哺走廊");
    CHECK_STR(gb26875_part(&a, &o[0]), "217-6");
    CHECK(o[0].state == 2 && o[0].system_address == 3 && o[0].part == 0);
    CHECK_STR(gb26875_account(&a, f.destination), "010203040506");
    CHECK_STR(gb26875_text(&a, S("  \xd5\xe2\xff\xca\xc7  ")), "这\xef\xbf\xbd是");
    CHECK_STR(gb26875_text(&a, S("\xd5")), "\xef\xbf\xbd");
    CHECK_STR(gb26875_text(&a, S("")), "");
}

TEST(gb26875_reads_what_centre_and_device_ask_each_other)
{
    struct arena arena_scoped a;
    struct gb_unit u;
    struct gb_object o[GB_OBJECTS_MAX];
    arena_init(&a, 0);
    struct gb_frame power = frame_of(&a, HEAD TAG UP "0900" "02" "15010802" "3A091A090C" "42" "2323");
    CHECK(objects_of(power.unit, &u, o) == 1 && u.type == GB_DEVICE_STATE && o[0].state == 8);
    struct gb_frame patrol = frame_of(&a, HEAD TAG DOWN "0300" "01" "5B010A" "0F" "2323");
    CHECK(patrol.command == GB_CONTROL && objects_of(patrol.unit, &u, o) == 1 && o[0].number == 10);
    CHECK_EQ(gb26875_unit(&a, GB_PATROL, 10, now, GB_TIME_AUTO), patrol.unit);
    struct gb_frame answered = frame_of(&a, HEAD TAG UP "0A00" "02" "18012001023A091A090C" "5F" "2323");
    CHECK(objects_of(answered.unit, &u, o) == 1 && o[0].flags == 0x20 && o[0].operator == 1);
    struct gb_frame sync = frame_of(&a, HEAD TAG DOWN "0800" "01" "5A01023A091A090C" "7D" "2323");
    CHECK(objects_of(sync.unit, &u, o) == 1 && u.type == GB_SET_CLOCK);
    CHECK_EQ(gb26875_unit(&a, GB_SET_CLOCK, 0, gb26875_ms(o[0].time, GB_TIME_BINARY, now), GB_TIME_BINARY), sync.unit);
    struct gb_frame beat = frame_of(&a, "404000000101" TAG UP "0000" "02" "A6" "2323");
    CHECK(beat.unit.n == 0 && beat.serial == 0);
    struct gb_frame ask = frame_of(&a, HEAD TAG DOWN "0300" "04" "510100" "FE" "2323");
    CHECK_EQ(gb26875_unit(&a, GB_READ_DEVICE_STATE, 0, now, GB_TIME_AUTO), ask.unit);
    struct gb_frame told = frame_of(&a, HEAD TAG UP "0900" "05" "150108023A091A090C" "45" "2323");
    CHECK(told.command == GB_ANSWER && objects_of(told.unit, &u, o) == 1);
    struct gb_frame begin = frame_of(&a, "4040010000010500090207150504030201000b0a09080706030004590100d12323");
    CHECK(begin.command == GB_REQUEST && objects_of(begin.unit, &u, o) == 1 && u.type == GB_INITIALISE);
}

TEST(gb26875_reads_every_type)
{
    static const struct { const char *hex; int type, count, system, address, part, state, flags, quantity, value; } rows[] = {
        { "010101020402040009020715", GB_SYSTEM_STATE, 1, 1, 2, 0, 0x204, 0, 0, 0 },
        { "0201010279010203040402d5e2cac7d2bbb8f6d7aac2ebb2e2cad4000000000000000000000000000000040009020715", GB_PART_STATE, 1, 1, 2, 0x79, 0x204, 0, 0, 0 },
        { "030101022801020304032003040009020715", GB_PART_VALUE, 1, 1, 2, 40, 0, 0, 3, 0x320 },
        { "03010102280102030403ceff040009020715", GB_PART_VALUE, 1, 1, 2, 40, 0, 0, 3, -50 },
        { "0401010284fa040009020715", GB_OPERATION, 1, 1, 2, 0, 0, 0x84, 0, 0 },
        { "050101020304", GB_SYSTEM_VERSION, 1, 1, 2, 0, 0, 0, 0, 0 }, { "06010101024142", GB_SYSTEM_SETUP, 1, 1, 1, 0, 0, 0, 0, 0 },
        { "08010102040009020715", GB_SYSTEM_TIME, 1, 1, 2, 0, 0, 0, 0, 0 }, { "150108040009020715", GB_DEVICE_STATE, 1, 0, 0, 0, 8, 0, 0, 0 },
        { "19010304", GB_DEVICE_VERSION, 1, 0, 0, 0, 0, 0, 0, 0 }, { "1a01024142", GB_DEVICE_SETUP, 1, 0, 0, 0, 0, 0, 0, 0 },
        { "1c01050009020715", GB_DEVICE_TIME, 1, 0, 0, 0, 0, 0, 0, 0 }, { "3d0201010d02", 61, 2, 1, 1, 0, 0, 0, 0, 0 },
    };
    struct arena arena_scoped a;
    struct gb_unit u;
    struct gb_object o[GB_OBJECTS_MAX];
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_INT(objects_of(unhex(&a, rows[i].hex), &u, o), rows[i].count);
        CHECK_INT(u.type, rows[i].type);
        CHECK(!u.cut_short && o[0].system == rows[i].system && o[0].system_address == rows[i].address && o[0].part == rows[i].part);
        CHECK(o[0].state == rows[i].state && o[0].flags == rows[i].flags && o[0].quantity == rows[i].quantity && o[0].value == rows[i].value);
    }
    CHECK_INT(gb26875_ms(o[0].time, GB_TIME_AUTO, now), 0);
}

TEST(gb26875_takes_no_lie_about_lengths)
{
    struct arena arena_scoped a;
    struct gb_unit u;
    struct gb_object o[GB_OBJECTS_MAX];
    arena_init(&a, 0);
    CHECK(!gb26875_objects(unhex(&a, "060101010501"), &u, o));        /* a text of five bytes with one left */
    CHECK(!gb26875_objects(unhex(&a, "0201"), &u, o) && !gb26875_objects(unhex(&a, "02"), &u, o) && !gb26875_objects(S(""), &u, o));
    CHECK(!gb26875_objects(unhex(&a, "0100"), &u, o) && !gb26875_objects(unhex(&a, "7f0101010101010101"), &u, o));
    CHECK_INT(objects_of(unhex(&a, "010301020402040009020715" "0103"), &u, o), 1);      /* three were said, one is there */
    CHECK(u.cut_short && u.said == 3);
    struct str untimed = unhex(&a, "020101030" "0d90006000200" "a3c1c7f8a3b1b2e3dfc8b2b8d7dfc0c8000000000000000000000000000000");
    CHECK_INT(objects_of(untimed, &u, o), 1);
    CHECK(!o[0].has_time && o[0].state == 2);
}

TEST(gb26875_reads_times_of_both_kinds)
{
    static const uint8_t binary[6] = { 5, 30, 8, 15, 3, 26 }, bcd[6] = { 0x05, 0x30, 0x08, 0x15, 0x03, 0x26 }, both[6] = { 1, 2, 3, 4, 5, 6 };
    static const uint8_t never[][6] = { { 60, 0, 0, 1, 1, 26 }, { 0, 0, 24, 1, 1, 26 }, { 0, 0, 0, 31, 2, 26 }, { 0, 0, 0, 0, 1, 26 },
        { 0, 0, 0, 1, 13, 26 }, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, { 0 } };
    const ms at = 1773534605000;                                       /* 2026-03-15 08:30:05 */
    uint8_t out[6];
    CHECK_INT(gb26875_ms(binary, GB_TIME_BINARY, at), at);
    CHECK_INT(gb26875_ms(binary, GB_TIME_AUTO, at), at);
    CHECK_INT(gb26875_ms(bcd, GB_TIME_BCD, at), at);
    CHECK_INT(gb26875_ms(bcd, GB_TIME_AUTO, at), at);
    CHECK_INT(gb26875_ms(bcd, GB_TIME_BINARY, at) == at, false);
    CHECK_INT(gb26875_ms(both, GB_TIME_AUTO, at), gb26875_ms(both, GB_TIME_BCD, at));
    for (size_t i = 0; i < COUNT(never); i++)
        CHECK_INT(gb26875_ms(never[i], GB_TIME_AUTO, at), 0);
    gb26875_time(at, GB_TIME_BCD, out);
    CHECK(memcmp(out, bcd, sizeof out) == 0);
    gb26875_time(at, GB_TIME_AUTO, out);
    CHECK(memcmp(out, binary, sizeof out) == 0);
}

TEST(gb26875_knows_addresses)
{
    struct arena arena_scoped a;
    uint64_t address = 0;
    arena_init(&a, 0);
    CHECK_STR(gb26875_account(&a, 0x379), "000000000379");
    CHECK(gb26875_address(S("379"), &address) && address == 0x379);
    CHECK(gb26875_address(S("ffffffffffff"), &address) && address == 0xffffffffffffu);
    CHECK(!gb26875_address(S(""), &address) && !gb26875_address(S("1234567890123"), &address) && !gb26875_address(S("12G4"), &address));
}

static struct str joined(struct arena *a, const char *const *parts)
{
    struct str all = S("");
    for (; *parts; parts++)
        all = arena_join(a, all, unhex(a, *parts));
    return all;
}

TEST(gb26875_finds_its_frames_in_any_stream)
{
    static const char *const parts[] = { "00ff40", FIRE, "4040", "404001000101" TAG UP "ffff02", "40", CHINESE,
        "40400000010118", FIRE, FIRE, "40", NULL };
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct str stream = joined(&a, parts);
    for (size_t step = 1; step <= stream.n; step += step < 40 ? 1 : 37) {
        size_t start = 0, end = 0, used;
        int whole = 0;
        while (end < stream.n) {
            struct gb_frame f;
            enum gb_cut got;
            end = end + step < stream.n ? end + step : stream.n;
            do {
                got = gb26875_cut(str_head(str_from(stream, start), end - start), &f, &used);
                CHECK(got != GB_BROKEN && used <= end - start);
                start += used;
                whole += got == GB_WHOLE;
            } while (got == GB_WHOLE);
        }
        CHECK_INT(whole, 4);
        CHECK_INT(start, stream.n - 1);                                /* the half mark at the end stays */
    }
}

TEST(gb26875_does_not_let_a_fire_wait_behind_half_a_frame)
{
    static const char *const parts[] = { "404001000101" TAG UP "000402", FIRE, NULL };
    struct arena arena_scoped a;
    struct gb_frame f;
    size_t used;
    arena_init(&a, 0);
    struct str stream = joined(&a, parts);                             /* the first says 1,024 bytes more and never sends them */
    CHECK_INT(gb26875_cut(stream, &f, &used), GB_WHOLE);
    CHECK_INT(used, stream.n);
}

TEST(gb26875_gives_a_wrong_sum_back)
{
    struct arena arena_scoped a;
    struct gb_frame f;
    size_t used;
    arena_init(&a, 0);
    struct str bytes = unhex(&a, "4040000001011" "80d11160a14000000000000" "000000000000" "3000" "02" "0201010300d900060002"
        "00a3c1c7f8a3b1b2e3dfc8b2b8d7dfc0c8000000000000000000000000000000" "301213010814" "43" "2323");
    CHECK_INT(gb26875_cut(bytes, &f, &used), GB_BROKEN);
    CHECK_INT(used, bytes.n);
    CHECK_INT(f.serial, 0);
}
