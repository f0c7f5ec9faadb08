/* dc09_port_test.c -- panels and pendants at a real port: what becomes a signal, and what is answered when. */
#include "gateways/dc09_port.h"
#include "engine/device_meaning.h"
#include "test/harbour.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define KEY "0123456789ABCDEF"
#define NOW 1773563415000                                             /* 2026-03-15 08:30:15 GMT: ten seconds after the vectors */
#define PENDANT "\n91CE003F\"ADM-CID\"0001L0#A1B2C3[#A1B2C3|1101 00 001]_08:30:05,03-15-2026\r"
#define EMERGENCY "\n489F002B\"SIA-DCS\"0002L0#A1B2C3[#A1B2C3|Nri00/QA001]\r"
#define BEAT "\n1DEA0015\"NULL\"0003L0#A1B2C3[]\r"

SQL(count_signals, "select count(*) from signal");
SQL(count_strangers, "select coalesce(sum(times), 0) from device_stranger where reason = $1");
SQL(last_signal, "select kind, data, sequence, coalesce(device_at, 0) from signal order by id desc limit 1");

static void open_at(struct harbour *h, struct test_db *db)
{
    harbour_open(h, db, &dc09_protocol, "A1B2C3", "");
    harbour_device(h, "panel", "dc09", "080027E62A64", "");
    harbour_device(h, "panel", "dc09", "000000", "");
    harbour_device(h, "panel", "dc09", "006969", "");
    harbour_device(h, "panel", "dc09", "5EA1ED", KEY);
    harbour_know(h);
    atomic_store(&h->office.clock.at, NOW);
}

static int64_t count_of(struct harbour *h, const struct sql *sql, const char *reason)
{
    int64_t n = 0;
    struct tx *tx = office_read(&h->office);
    CHECK((db_one)(tx, sql, reason ? IN(reason) : IN(), OUT(&n)));
    read_end(tx);
    return n;
}

struct last { struct str kind, data, sequence; ms device_at; };
static struct last last_of(struct harbour *h)
{
    struct last s = { 0 };
    struct tx *tx = office_read(&h->office);
    CHECK(db_one(tx, last_signal, IN(), OUT(&s.kind, &s.data, &s.sequence, &s.device_at)));
    read_end(tx);
    return s;
}

static struct str made(struct harbour *h, const char *id, const char *address, const char *body, ms at, const char *key)
{
    struct arena *a = &h->office.arena;
    return dc09_frame(a, str_of(id), str_of(address), at ? arena_join(a, str_of(body), dc09_stamp(a, at)) : str_of(body), str_of(key));
}

TEST_STORES(dc09_presses_become_signals_and_are_acknowledged)
{
    struct harbour h;
    open_at(&h, db);
    struct arena *a = &h.office.arena;
    int fd = harbour_call(&h, SOCK_STREAM);
    harbour_say(fd, S(PENDANT));
    harbour_expect(&h, fd, made(&h, "ACK", "0001L0#A1B2C3", "]", NOW, ""));
    struct last s = last_of(&h);
    CHECK_STR(s.kind, "rescue");
    CHECK_INT(s.device_at, NOW - 10000);
    CHECK(str_has(s.data, S("\"code\":\"1101\"")) && str_has(s.data, S("\"zone\":\"1\"")) && str_has(s.data, S("个人紧急呼叫")));
    harbour_say(fd, S(PENDANT));                                       /* sent again: answered again, kept once */
    harbour_expect(&h, fd, made(&h, "ACK", "0001L0#A1B2C3", "]", NOW, ""));
    CHECK_INT(count_of(&h, &count_signals, NULL), 1);
    harbour_say(fd, S(EMERGENCY));
    harbour_expect(&h, fd, made(&h, "ACK", "0002L0#A1B2C3", "]", 0, ""));
    CHECK_STR(last_of(&h).kind, "rescue");
    harbour_say(fd, S(BEAT));
    harbour_expect(&h, fd, made(&h, "ACK", "0003L0#A1B2C3", "]", 0, ""));
    CHECK_INT(count_of(&h, &count_signals, NULL), 2);
    /* a frame in crumbs, two in one write, several events in one frame */
    struct str smoke = made(&h, "SIA-DCS", "0004L0#A1B2C3", "#A1B2C3|Nri1/FA7^kitchen^/YT0]", 0, "");
    for (size_t i = 0; i < smoke.n; i++)
        harbour_say(fd, str_head(str_from(smoke, i), 1));
    harbour_expect(&h, fd, made(&h, "ACK", "0004L0#A1B2C3", "]", 0, ""));
    CHECK_INT(count_of(&h, &count_signals, NULL), 4);
    CHECK_INT(harbour_signals(&h, "battery_low") + harbour_signals(&h, "fire"), 2);
    harbour_say(fd, arena_join(a, S(BEAT), S("\n02130047garbage\r" BEAT)));
    harbour_expect(&h, fd, arena_join(a, made(&h, "ACK", "0003L0#A1B2C3", "]", 0, ""), made(&h, "ACK", "0003L0#A1B2C3", "]", 0, "")));
    CHECK_INT(ports_gateway(h.ports, "dc09")->malformed, 1);
    close(fd);
    harbour_close(&h);
}

TEST_STORES(dc09_speaks_over_datagrams_too)
{
    struct harbour h;
    open_at(&h, db);
    int fd = harbour_call(&h, SOCK_DGRAM);
    harbour_say(fd, S(PENDANT));
    harbour_expect(&h, fd, made(&h, "ACK", "0001L0#A1B2C3", "]", NOW, ""));
    harbour_say(fd, S("\n489F002B\"SIA-DCS\"0002L0#A1B2C3[#A1B2C3|Nri00/QA001]"));       /* without its <CR> */
    harbour_expect(&h, fd, made(&h, "ACK", "0002L0#A1B2C3", "]", 0, ""));
    harbour_say(fd, S("SR0001L0001    006969XX    [ID00000000]"));
    harbour_expect(&h, fd, S("\"ACK\""));
    CHECK_INT(count_of(&h, &count_signals, NULL), 2);
    close(fd);
    harbour_close(&h);
}

TEST_STORES(dc09_tells_its_time_to_a_wrong_clock)
{
    struct harbour h;
    open_at(&h, db);
    int fd = harbour_call(&h, SOCK_STREAM);
    struct str nak = dc09_reply(&h.office.arena, &(struct dc09){ 0 }, DC09_NAK, NOW);
    for (int64_t s = -41; s <= 21; s += 62) {
        harbour_say(fd, made(&h, "NULL", "0001L0#A1B2C3", "]", NOW + SECONDS(s), ""));
        harbour_expect(&h, fd, nak);
    }
    for (int64_t s = -40; s <= 20; s += 60) {
        harbour_say(fd, made(&h, "NULL", "0001L0#A1B2C3", "]", NOW + SECONDS(s), ""));
        harbour_expect(&h, fd, made(&h, "ACK", "0001L0#A1B2C3", "]", NOW, ""));
    }
    /* an alarm in the clear whose sender cannot set its clock is heard the second time; a test is not, nor a recording */
    struct str alarm = made(&h, "ADM-CID", "0002L0#A1B2C3", "#A1B2C3|1101 00 001]", NOW - DAYS(400), "");
    harbour_say(fd, alarm);
    harbour_expect(&h, fd, nak);
    CHECK_INT(count_of(&h, &count_signals, NULL), 0);
    harbour_say(fd, alarm);
    harbour_expect(&h, fd, made(&h, "ACK", "0002L0#A1B2C3", "]", NOW, ""));
    CHECK(str_has(last_of(&h).data, S("\"clock\":\"wrong\"")) && last_of(&h).device_at == 0);
    struct str test = made(&h, "ADM-CID", "0003L0#A1B2C3", "#A1B2C3|1602 00 001]", NOW - DAYS(400), "");
    struct str recorded = made(&h, "ADM-CID", "0004L0#5EA1ED", "#5EA1ED|1101 00 001]", NOW - DAYS(400), KEY);
    for (int i = 0; i < 3; i++) {
        harbour_say(fd, test);
        harbour_expect(&h, fd, nak);
        harbour_say(fd, recorded);
        harbour_expect(&h, fd, nak);
    }
    CHECK_INT(count_of(&h, &count_signals, NULL), 1);
    close(fd);
    harbour_close(&h);
}

TEST_STORES(dc09_knows_devices_by_their_keys)
{
    struct harbour h;
    struct dc09 f;
    size_t used;
    open_at(&h, db);
    struct arena *a = &h.office.arena;
    int fd = harbour_call(&h, SOCK_STREAM);
    struct str ack = made(&h, "ACK", "0001L0#5EA1ED", "]", NOW, KEY), cut;
    harbour_say(fd, made(&h, "ADM-CID", "0001L0#5EA1ED", "#5EA1ED|1110 01 007]", NOW, KEY));
    struct str answer = harbour_read(&h, fd, ack.n);
    CHECK(dc09_cut(answer, false, &cut, &used) && dc09_parse(cut, &f) && f.encrypted && dc09_open(a, S(KEY), &f) && f.at == NOW);
    CHECK_STR(last_of(&h).kind, "fire");
    struct str duh = made(&h, "DUH", "0002L0#5EA1ED", "]", 0, "");
    harbour_say(fd, made(&h, "ADM-CID", "0002L0#5EA1ED", "#5EA1ED|1110 01 007]", NOW, "another key 1234"));
    harbour_expect(&h, fd, duh);
    harbour_say(fd, made(&h, "NULL", "0002L0#5EA1ED", "]", NOW, ""));                   /* a heartbeat that anybody could have written */
    harbour_expect(&h, fd, duh);
    harbour_say(fd, made(&h, "ADM-CID", "0002L0#5EA1ED", "#5EA1ED|1406 01 007]", NOW, ""));
    harbour_expect(&h, fd, duh);
    harbour_say(fd, made(&h, "ADM-CID", "0003L0#5EA1ED", "#5EA1ED|1101 01 007]", NOW, ""));      /* but somebody may be in need */
    harbour_expect(&h, fd, made(&h, "ACK", "0003L0#5EA1ED", "]", NOW, ""));
    harbour_say(fd, made(&h, "ADM-CID", "0001L0#BEEF", "#BEEF|1101 01 007]", NOW, ""));
    harbour_expect(&h, fd, made(&h, "DUH", "0001L0#BEEF", "]", 0, ""));
    harbour_say(fd, made(&h, "ADM-CID", "0001L0#BEEF", "#BEEF|1101 01 007]", NOW, KEY));
    harbour_expect(&h, fd, made(&h, "DUH", "0001L0#BEEF", "]", 0, ""));
    harbour_say(fd, made(&h, "SIA-PUL", "0001L0#A1B2C3", "#A1B2C3|x]", 0, ""));
    harbour_expect(&h, fd, made(&h, "DUH", "0001L0#A1B2C3", "]", 0, ""));
    harbour_say(fd, made(&h, "ADM-CID", "0001L0#A1B2C3", "#A1B2C3|what]", 0, ""));
    harbour_expect(&h, fd, made(&h, "DUH", "0001L0#A1B2C3", "]", 0, ""));
    CHECK_INT(count_of(&h, &count_signals, NULL), 2);
    atomic_fetch_add(&h.office.clock.at, MINUTES(1));
    CHECK(device_book_turn(intake_book(h.intake)));
    CHECK_INT(count_of(&h, &count_strangers, "key"), 3);
    CHECK_INT(count_of(&h, &count_strangers, "unknown"), 2);
    close(fd);
    harbour_close(&h);
}

static void say_and_expect(struct harbour *h, int fd, const char *number, const char *data)
{
    struct arena *a = &h->office.arena;
    struct str address = arena_format(a, "%sL0#A1B2C3", number);
    harbour_say(fd, made(h, data[0] == 'N' ? "SIA-DCS" : "ADM-CID", address.p, arena_format(a, "#A1B2C3|%s]", data).p, 0, ""));
    harbour_expect(h, fd, made(h, "ACK", address.p, "]", 0, ""));
}

static void put_meanings(struct tx *tx, void *arg)
{
    struct device d = { 0 };
    (void)arg;
    CHECK(device_by_account(tx, S("dc09"), S("A1B2C3"), &d));
    device_meaning_put(tx, &who_system, &(struct device_meaning){ d.id, S("1101"), S("5"), S("fall"), S("腰挂跌倒传感器") });
    device_meaning_put(tx, &who_system, &(struct device_meaning){ d.id, S("QA"), S(""), S("meal"), S("") });
}

TEST_STORES(dc09_codes_mean_what_the_device_says_first)
{
    static const struct { const char *data, *kind; } rows[] = {
        { "1100 00 001", "rescue" }, { "3100 00 001", "info" }, { "6110 00 001", "fire" }, { "1154 00 001", "water" }, { "1151 00 001", "gas" },
        { "1102 00 001", "inactivity" }, { "1301 00 000", "mains_fail" }, { "3301 00 000", "mains_ok" }, { "1384 00 004", "battery_low" },
        { "3384 00 004", "battery_ok" }, { "1381 00 004", "link_fail" }, { "1137 00 000", "tamper" }, { "1602 00 000", "test" },
        { "1406 00 001", "cancel" }, { "1199 00 001", "rescue" }, { "1399 00 001", "fault" }, { "1999 00 001", "fault" },
        { "NFA1", "fire" }, { "NYR0", "battery_ok" }, { "NQQ99", "fault" }, { "NRP0", "test" }, { "NNA0", "inactivity" },
        { "1101 00 005", "fall" }, { "1101 00 006", "rescue" }, { "NQA3", "meal" },
    };
    struct harbour h;
    open_at(&h, db);
    office_write(&h.office, put_meanings, NULL);
    int fd = harbour_call(&h, SOCK_STREAM);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char number[8];
        snprintf(number, sizeof number, "%04zu", i + 1);
        say_and_expect(&h, fd, number, rows[i].data);
        CHECK_STR(last_of(&h).kind, rows[i].kind);
    }
    harbour_say(fd, S("\n02130047\"HENG-BO\"0000R1234L6789#000000[#000000|3400 00 000]_17:15:29,12-09-2015\r"));
    harbour_expect(&h, fd, dc09_reply(&h.office.arena, &(struct dc09){ 0 }, DC09_NAK, NOW));
    harbour_say(fd, made(&h, "HENG-BO", "0001R1234L6789#000000", "#000000|1709 00 000]", NOW, ""));
    harbour_expect(&h, fd, made(&h, "ACK", "0001R1234L6789#000000", "]", NOW, ""));
    CHECK_STR(last_of(&h).kind, "rescue");
    close(fd);
    harbour_close(&h);
}

/* A pendant counts from 1 again after its battery was changed: the same bytes are another press then. */
TEST_STORES(dc09_a_repetition_is_known_for_a_while_only)
{
    struct harbour h;
    open_at(&h, db);
    int fd = harbour_call(&h, SOCK_STREAM);
    for (int i = 0; i < 4; i++) {
        say_and_expect(&h, fd, "0001", "1101 00 001");
        atomic_fetch_add(&h.office.clock.at, SECONDS(60));
    }
    CHECK_INT(count_of(&h, &count_signals, NULL), 1);
    say_and_expect(&h, fd, "0001", "1101 00 001");
    CHECK_INT(count_of(&h, &count_signals, NULL), 2);
    say_and_expect(&h, fd, "0001", "1101 00 002");
    CHECK_INT(count_of(&h, &count_signals, NULL), 3);
    close(fd);
    harbour_close(&h);
}

/* Killed between the write and the acknowledgement: the retry of the device ends in the same signal. */
TEST_STORES(dc09_a_press_that_was_kept_and_not_answered_is_one_press)
{
    struct harbour h;
    open_at(&h, db);
    struct fault fault = { 0 };
    int fd = harbour_call(&h, SOCK_STREAM);
    harbour_say(fd, S(PENDANT));
    harbour_expect(&h, fd, made(&h, "ACK", "0001L0#A1B2C3", "]", NOW, ""));       /* pretend that this was lost */
    close(fd);
    ports_stop(h.ports);
    intake_close(h.intake);
    h.intake = intake_open(h.office.engine, &fault);
    h.ports = ports_new(h.intake, NULL);
    h.port = ports_listen(h.ports, &dc09_protocol, "127.0.0.1", 0, &fault);
    ports_start(h.ports);
    fd = harbour_call(&h, SOCK_STREAM);
    atomic_fetch_add(&h.office.clock.at, SECONDS(20));
    harbour_say(fd, S(PENDANT));
    harbour_expect(&h, fd, made(&h, "ACK", "0001L0#A1B2C3", "]", NOW + SECONDS(20), ""));
    CHECK_INT(count_of(&h, &count_signals, NULL), 1);
    close(fd);
    harbour_close(&h);
}

/* Nobody's bytes may stop the port for others. */
TEST_STORES(dc09_survives_what_is_not_its_protocol)
{
    static const char *const hostile[] = { "GET / HTTP/1.1\r\n\r\n", "\n\n\n\r\r\r", "\nFFFFFFFF\"\"\r", "\"\"\"\"\"\"\"\"\r", "SRSRSRSR]\r",
        "\n0000FFFF\"*ADM-CID\"0001L0#A1B2C3[\r" };
    struct harbour h;
    char flood[5000];
    open_at(&h, db);
    int fd = harbour_call(&h, SOCK_STREAM), udp = harbour_call(&h, SOCK_DGRAM);
    for (size_t i = 0; i < COUNT(hostile); i++) {
        harbour_say(fd, str_of(hostile[i]));
        harbour_say(udp, str_of(hostile[i]));
    }
    harbour_say(fd, S(BEAT));
    harbour_expect(&h, fd, made(&h, "ACK", "0003L0#A1B2C3", "]", 0, ""));
    harbour_say(udp, S(BEAT));
    harbour_expect(&h, udp, made(&h, "ACK", "0003L0#A1B2C3", "]", 0, ""));
    int other = harbour_call(&h, SOCK_STREAM);
    memset(flood, '7', sizeof flood);
    harbour_say(other, (struct str){ flood, sizeof flood });
    harbour_say(fd, S(BEAT));
    harbour_expect(&h, fd, made(&h, "ACK", "0003L0#A1B2C3", "]", 0, ""));
    CHECK(read(other, flood, sizeof flood) <= 0);                      /* cut: it would go on for ever */
    close(other);
    close(udp);
    close(fd);
    harbour_close(&h);
}
