/* dc09_test.c -- frames of ANSI/SIA DC-09: vectors of public receivers and of the standard's text, every one by its bytes. */
#include "gateways/dc09.h"
#include "test/test.h"

#include <string.h>

static struct dc09 parsed(const char *text)
{
    struct dc09 f = { 0 };
    if (!dc09_parse(str_of(text), &f))
        check_failed(__FILE__, __LINE__, text);
    return f;
}

TEST(dc09_checks_with_crc_16_arc)
{
    CHECK_INT(dc09_crc(S("123456789")), 0xBB3D);
}

TEST(dc09_reads_the_frames_of_the_standard)
{
    static const struct { const char *text, *id, *sequence, *receiver, *line, *account, *data; } rows[] = {
        { "F4D20029\"SIA-DCS\"0001RF3L77#1234[#1234|NRR|Atest]", "SIA-DCS", "0001", "F3", "77", "1234", "NRR|Atest" },
        { "96ED0016\"SIA-DCS\"0001L0#1234[]", "SIA-DCS", "0001", "", "0", "1234", "" },
        { "E4410025\"NAK\"0000R0L0A0[]_16:20:01,09-24-2025", "NAK", "0000", "0", "0", "", "" },
        { "87CD0037\"ADM-CID\"9876R579BDFL789ABC#12345A[#12345A|1110 00 129]", "ADM-CID", "9876", "579BDF", "789ABC", "12345A", "1110 00 129" },
        { "CE110032\"SIA-DCS\"9876R579BDFL789ABC#12345A[#12345A|NFA129]", "SIA-DCS", "9876", "579BDF", "789ABC", "12345A", "NFA129" },
        { "93B30031\"NULL\"0000R1234L6789#000000[]_17:24:14,12-09-2015", "NULL", "0000", "1234", "6789", "000000", "" },
        { "F0550030\"ACK\"0000R1234L6789#000000[]_17:27:09,12-09-2015", "ACK", "0000", "1234", "6789", "000000", "" },
        { "02130047\"HENG-BO\"0000R1234L6789#000000[#000000|3400 00 000]_17:15:29,12-09-2015", "HENG-BO", "0000", "1234", "6789", "000000", "3400 00 000" },
        { "91CE003F\"ADM-CID\"0001L0#A1B2C3[#A1B2C3|1101 00 001]_08:30:05,03-15-2026", "ADM-CID", "0001", "", "0", "A1B2C3", "1101 00 001" },
        { "489F002B\"SIA-DCS\"0002L0#A1B2C3[#A1B2C3|Nri00/QA001]", "SIA-DCS", "0002", "", "0", "A1B2C3", "Nri00/QA001" },
        { "1DEA0015\"NULL\"0003L0#A1B2C3[]", "NULL", "0003", "", "0", "A1B2C3", "" },
        { "9EE60014\"DUH\"0002L0#A1B2C3[]", "DUH", "0002", "", "0", "A1B2C3", "" },
        { "B0AC0027\"ADM-CID\"0001L0#7099[#7099|1628 01 000]", "ADM-CID", "0001", "", "0", "7099", "1628 01 000" },
        { "7ea80059\"SIA-DCS\"0000Rc0ffdL1234#080027E62A64[#080027E62A64|NHB0003][E115000]_09:00:13,06-23-2015",
          "SIA-DCS", "0000", "c0ffd", "1234", "080027E62A64", "NHB0003" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dc09 f = parsed(rows[i].text);
        CHECK_STR(f.id, rows[i].id);
        CHECK_STR(f.sequence, rows[i].sequence);
        CHECK_STR(f.receiver, rows[i].receiver);
        CHECK_STR(f.line, rows[i].line);
        CHECK_STR(f.account, rows[i].account);
        CHECK_STR(f.data, rows[i].data);
        CHECK(!f.encrypted && !f.length_wrong);
    }
    struct dc09 pressed = parsed(rows[8].text);
    CHECK_INT(pressed.at, 1773563405000);                              /* 2026-03-15T08:30:05Z */
    CHECK_STR(pressed.owner, "A1B2C3");
    CHECK_INT(parsed(rows[9].text).at, 0);
}

TEST(dc09_takes_a_wrong_length_and_no_wrong_crc)
{
    struct dc09 f;
    CHECK(parsed("B0AC0099\"ADM-CID\"0001L0#7099[#7099|1628 01 000]").length_wrong);
    CHECK(!dc09_parse(S("0000006b\"SIA-DCS\"0000RC0FFDL1234#080027E62A64[#080027E62A64|NHB0003]_13:53:11,06-22-2015"), &f));
    CHECK(!dc09_parse(S("01fc003g\"ACK\"0000Rc0ffdL1234#080027E62A64[]_12:10:40,06-22-2015"), &f));
    CHECK(!dc09_parse(S(""), &f) && !dc09_parse(S("0000"), &f) && !dc09_parse(S("00000000"), &f) && !dc09_parse(S("SR0001"), &f));
}

TEST(dc09_reads_extra_blocks_and_bad_times)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct dc09 f = parsed("7C37006b\"SIA-DCS\"0000RC0FFDL1234#080027E62A64[#080027E62A64|NHB0003][X115000][X115000][X115000]_13:53:11,06-22-2015");
    CHECK_STR(dc09_extra(&f, 'X'), "115000");
    CHECK_STR(dc09_extra(&f, 'Y'), "");
    CHECK(f.at > 0);
    static const char *const never[] = { "_25:00:00,01-01-2026", "_00:60:00,01-01-2026", "_00:00:00,02-30-2026", "_00:00:00,13-01-2026", "_00:00:00,01-01-20" };
    for (size_t i = 0; i < COUNT(never); i++) {
        struct str frame = dc09_frame(&a, S("NULL"), S("0001L0#1234"), arena_join(&a, S("]"), str_of(never[i])), S("")), cut;
        size_t used;
        CHECK(dc09_cut(frame, false, &cut, &used) && used == frame.n && dc09_parse(cut, &f));
        CHECK_INT(f.at, 0);
    }
}

TEST(dc09_opens_what_is_encrypted)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct dc09 f = parsed("786D0078\"*ADM-CID\"0004L0#A1B2C3[6CF25CDE546F8B92069CC73B18072A808790A269F58657A7425A1F1EAB38B69F294AB24CF05BEDBAED5138E961EDD339");
    CHECK(f.encrypted && !dc09_open(&a, S("FEDCBA9876543210"), &f) && !dc09_open(&a, S(""), &f) && !dc09_open(&a, S("short"), &f));
    CHECK(dc09_open(&a, S("0123456789ABCDEF"), &f));
    CHECK_STR(f.data, "1101 00 001");
    CHECK_STR(f.owner, "A1B2C3");
    CHECK_INT(f.at, 1773563405000);
    f = parsed("A8700055\"*NULL\"0005L0#A1B2C3[C8C328FFAC89E0E1EFB24003C77746ADF7604E0FFCDD6CE4B6CD232AD6B7FD68");
    CHECK(dc09_open(&a, S("30313233343536373839414243444546"), &f) && f.at > 0);
    f = parsed("E88800a7\"*SIA-DCS\"0000RC0FFDL1234#080027E62A64[A054F111518361720BAB126501C6D994CD9151D2C84881C0FEA933A0790F49A9236EBD45F2AED32FAA252EB1AA18FC3CDEDE2452F33185E5931D31308D9B9882");
    CHECK(dc09_open(&a, S("ABCDABCDABCDABCDABCDABCDABCDABCD"), &f));
    CHECK_STR(f.data, "NHB0003");
    CHECK_STR(dc09_extra(&f, 'E'), "115000");
    f = parsed("E34C0062\"*ACK\"0001R5678L1234#080027E62A64[14F088FF5DCB19D1908069507EAB97C7CDB20F1C6EFA550BB59864D54B2DFA1C");
    CHECK(dc09_open(&a, S("ABCDABCDABCDABCDABCDABCDABCDABCD"), &f) && f.at > 0 && f.data.n == 0);
}

TEST(dc09_answers_in_the_way_it_was_asked)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct dc09 f = parsed("489F002B\"SIA-DCS\"0002L0#A1B2C3[#A1B2C3|Nri00/QA001]"), back;
    CHECK_STR(dc09_reply(&a, &f, DC09_DUH, 0), "\n9EE60014\"DUH\"0002L0#A1B2C3[]\r");
    f.sequence = S("0001");
    CHECK_STR(dc09_reply(&a, &f, DC09_ACK, 0), "\nEA3A0014\"ACK\"0001L0#A1B2C3[]\r");
    CHECK_STR(dc09_reply(&a, &f, DC09_NAK, 1758730801000), "\nE4410025\"NAK\"0000R0L0A0[]_16:20:01,09-24-2025\r");
    f = parsed("93B30031\"NULL\"0000R1234L6789#000000[]_17:24:14,12-09-2015");
    CHECK_STR(dc09_reply(&a, &f, DC09_ACK, 1449682029000), "\nF0550030\"ACK\"0000R1234L6789#000000[]_17:27:09,12-09-2015\r");
    static const char *const keys[] = { "0123456789ABCDEF", "0123456789ABCDEF01234567", "0123456789abcdefghijklmnopqrstuv",
        "000102030405060708090a0b0c0d0e0f", "000102030405060708090a0b0c0d0e0f1011121314151617",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" };
    for (size_t i = 0; i < COUNT(keys); i++) {
        struct str key = str_of(keys[i]), frame = dc09_frame(&a, S("NULL"), S("0007L0#1234"), S("]_16:20:01,09-24-2025"), key), cut;
        size_t used;
        CHECK(dc09_cut(frame, false, &cut, &used) && dc09_parse(cut, &f) && f.encrypted && dc09_open(&a, key, &f));
        CHECK(f.sealed.n % 32 == 0);
        struct str ack = dc09_reply(&a, &f, DC09_ACK, 1449682029000);
        CHECK(dc09_cut(ack, false, &cut, &used) && dc09_parse(cut, &back));
        CHECK_STR(back.id, "ACK");
        CHECK_STR(back.sequence, "0007");
        CHECK(back.encrypted && dc09_open(&a, key, &back));
        CHECK_INT(back.at, 1449682029000);
    }
}

TEST(dc09_knows_the_old_keep_alive)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    static const char zeros[] = "SR0001L0001\0\0\0\0001465XX\0\0 \0[ID5B9490D8]";
    struct dc09 f = parsed("SR0001L0001    006969XX    [ID00000000]");
    CHECK_STR(f.id, "OH");
    CHECK_STR(f.account, "006969");
    CHECK_STR(dc09_reply(&a, &f, DC09_ACK, 0), "\"ACK\"");
    CHECK(dc09_parse((struct str){ zeros, sizeof zeros - 1 }, &f));
    CHECK_STR(f.account, "1465");
}

TEST(dc09_finds_its_frames_in_any_stream)
{
    static const char stream[] = "\r\n\n1DEA0015\"NULL\"0003L0#A1B2C3[]\r\n9EE60014\"D\n9EE60014\"DUH\"0002L0#A1B2C3[]\r"
                                 "SR0001L0001    006969XX    [ID00000000]SR00\n1DEA0015\"NULL\"0003L0#A1B2C3[]\rnoise\r";
    static const char *const wanted[] = { "1DEA0015\"NULL\"0003L0#A1B2C3[]", "9EE60014\"DUH\"0002L0#A1B2C3[]",
        "SR0001L0001    006969XX    [ID00000000]", "1DEA0015\"NULL\"0003L0#A1B2C3[]", "noise" };
    for (size_t step = 1; step < sizeof stream; step++) {             /* in pieces of every size */
        size_t start = 0, end = 0, got = 0, used;
        struct str frame;
        while (end < sizeof stream - 1) {
            end = end + step < sizeof stream - 1 ? end + step : sizeof stream - 1;
            for (bool found = true; found; start += used) {
                found = dc09_cut((struct str){ stream + start, end - start }, false, &frame, &used);
                CHECK(used <= end - start);
                if (found)
                    CHECK_EQ(frame, str_of(wanted[got++]));
            }
        }
        CHECK_INT(got, COUNT(wanted));
        CHECK_INT(start, sizeof stream - 1);
    }
    struct str frame;
    size_t used;
    CHECK(!dc09_cut(S("1DEA0015\"NULL\"0003L0#A1B2C3[]"), false, &frame, &used) && used == 0);
    CHECK(dc09_cut(S("1DEA0015\"NULL\"0003L0#A1B2C3[]"), true, &frame, &used) && used == frame.n);
    char flood[3 * DC09_FRAME_BYTES_MAX];
    memset(flood, 'x', sizeof flood);
    CHECK(!dc09_cut((struct str){ flood, sizeof flood }, false, &frame, &used) && used == sizeof flood);
}

static void check_event(struct dc09_event e, const char *code, const char *zone, const char *area, const char *user, const char *text)
{
    CHECK_STR(e.code, code);
    CHECK_STR(e.zone, zone);
    CHECK_STR(e.area, area);
    CHECK_STR(e.user, user);
    CHECK_STR(e.text, text);
}

static int events_of(const char *id, const char *data, struct dc09_event e[DC09_EVENTS_MAX])
{
    struct dc09 f = { .id = str_of(id), .data = str_of(data) };
    return dc09_events(&f, e);
}

TEST(dc09_reads_the_events_of_its_data)
{
    struct dc09_event e[DC09_EVENTS_MAX];
    CHECK_INT(events_of("ADM-CID", "1110 00 129", e), 1);
    check_event(e[0], "1110", "129", "", "", "");
    CHECK_INT(events_of("HENG-BO", "1709 01 007", e), 1);
    check_event(e[0], "1709", "7", "1", "", "");
    CHECK_INT(events_of("ADM-CID", "110 00 129", e), 0);
    CHECK_INT(events_of("ADM-CID", "", e), 0);
    CHECK_INT(events_of("SIA-DCS", "Nri0/FA0129", e), 1);
    check_event(e[0], "FA", "129", "", "", "");
    CHECK_INT(events_of("SIA-DCS", "Nti19:44/id1/ri4/RP", e), 1);
    check_event(e[0], "RP", "", "4", "1", "");
    CHECK_INT(events_of("SIA-DCS", "Nri01^TOTAL^/LX901^centrale d'alarme JA-106K(R)^", e), 1);
    check_event(e[0], "LX", "901", "1", "", "centrale d'alarme JA-106K(R)");
    CHECK_INT(events_of("SIA-DCS", "Nri1/BA12^hall/door^/FA13|Akitchen", e), 2);
    check_event(e[0], "BA", "12", "1", "", "hall/door");
    check_event(e[1], "FA", "13", "1", "", "kitchen");
    CHECK_INT(events_of("SIA-DCS", "NRR|Atest", e), 1);
    check_event(e[0], "RR", "", "", "", "test");
    CHECK_INT(events_of("SIA-DCS", "NNA001", e), 1);
    check_event(e[0], "NA", "1", "", "", "");
    CHECK_INT(events_of("SIA-DCS", "NA001", e), 1);
    check_event(e[0], "NA", "1", "", "", "");
    CHECK_INT(events_of("SIA-DCS", "", e), 0);
    CHECK_INT(events_of("NULL", "1110 00 129", e), 0);
    CHECK_INT(events_of("SIA-DCS", "NFA1/FA2/FA3/FA4/FA5/FA6/FA7/FA8/FA9/FA1/FA2/FA3/FA4/FA5/FA6/FA7/FA8/FA9", e), DC09_EVENTS_MAX);
}
