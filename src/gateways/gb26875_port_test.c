/* gb26875_port_test.c -- fire alarm transmitters at a real port: what becomes a signal, what is answered when, and what the
 * office asks of them. */
#include "gateways/gb26875_port.h"
#include "engine/device_query.h"
#include "engine/engine.h"
#include "test/harbour.h"

#include <stdatomic.h>

#define NOW 1795395600000                                             /* 2026-11-23 09:00 */
#define ACCOUNT "000000000379"
#define FROM "790300000000385B01000000"
#define BACK "385B01000000790300000000"
#define TIME "00000917" "0B1A"                                        /* 2026-11-23 09:00:00 in plain numbers */

SQL(count_signals, "select count(*) from signal");
SQL(count_strangers, "select coalesce(sum(times), 0) from device_stranger where reason = $1");

static void open_at(struct harbour *h, struct test_db *db)
{
    harbour_open(h, db, &gb26875_protocol, "379", "");
    harbour_device(h, "fire_panel", "gb26875", "060504030201", "");
    harbour_know(h);
}

static int64_t count_of(struct harbour *h, const struct sql *sql, const char *reason)
{
    int64_t n = 0;
    struct tx *tx = office_read(&h->office);
    CHECK((db_one)(tx, sql, reason ? IN(reason) : IN(), OUT(&n)));
    read_end(tx);
    return n;
}

static struct str unhex(struct arena *a, struct str hex)
{
    uint8_t *bytes = arena_alloc(a, hex.n / 2 + 1);
    CHECK(str_hex(hex, bytes, hex.n / 2));
    return (struct str){ (const char *)bytes, hex.n / 2 };
}

/* A frame of the device 379, or with `from_us` one of the centre to it. */
static struct str frame(struct harbour *h, int serial, enum gb_command command, const char *unit_hex, bool from_us)
{
    struct arena *a = &h->office.arena;
    struct gb_frame f = { .serial = (uint16_t)serial, .version = { 1, 1 }, .source = from_us ? 0x15B38 : 0x379,
                          .destination = from_us ? 0x379 : 0x15B38, .command = (uint8_t)command, .unit = unhex(a, str_of(unit_hex)) };
    gb26875_time(h->office.clock.at, GB_TIME_BINARY, f.time);
    return gb26875_frame(a, &f);
}

static void say_and_expect(struct harbour *h, int fd, int serial, const char *unit_hex, enum gb_command answer)
{
    harbour_say(fd, frame(h, serial, GB_SEND, unit_hex, false));
    harbour_expect(h, fd, frame(h, serial, answer, "", true));
}

#define NO_NAME "00000000000000000000000000000000000000000000000000000000000000"
#define NAME "a3c1c7f8a3b1b2e3dfc8b2b8d7dfc0c8000000000000000000000000000000"
static const char smoke[] = "0201" "0101" "28" "0A000200" "0200" NAME TIME;

TEST_STORES(gb26875_fires_become_signals_and_are_confirmed)
{
    struct harbour h;
    open_at(&h, db);
    int fd = harbour_call(&h, SOCK_STREAM);
    struct str fire = frame(&h, 7, GB_SEND, smoke, false);
    for (size_t i = 0; i < fire.n; i++)                                /* in crumbs */
        harbour_say(fd, str_head(str_from(fire, i), 1));
    harbour_expect(&h, fd, frame(&h, 7, GB_CONFIRM, "", true));
    struct signal s = harbour_signal(&h, "fire");
    CHECK(str_has(s.data, S("\"zone\":\"10-2\"")) && str_has(s.data, S("Ａ区１层呷哺走廊")) && str_has(s.data, S("感烟火灾探测器")));
    CHECK(str_has(s.data, S("\"code\":\"part_state/1\"")) && str_has(s.data, S("\"address\":\"0A000200\"")));
    CHECK_INT(s.device_at, NOW);
    CHECK_EQ(s.raw, fire);
    say_and_expect(&h, fd, 7, smoke, GB_CONFIRM);                      /* sent again */
    CHECK_INT(harbour_signals(&h, "fire"), 1);
    say_and_expect(&h, fd, 8, smoke, GB_CONFIRM);                      /* told anew */
    CHECK_INT(harbour_signals(&h, "fire"), 2);
    say_and_expect(&h, fd, 9, "", GB_CONFIRM);                         /* a heartbeat writes nothing */
    CHECK_INT(count_of(&h, &count_signals, NULL), 2);
    atomic_fetch_add(&h.office.clock.at, MINUTES(10));                 /* switched off and on: it counts from 7 again */
    say_and_expect(&h, fd, 7, smoke, GB_CONFIRM);
    CHECK_INT(harbour_signals(&h, "fire"), 3);
    close(fd);
    harbour_close(&h);
}

TEST_STORES(gb26875_bits_and_parts_have_their_meaning)
{
    static const struct { const char *unit, *kind; } rows[] = {
        { "0201" "0101" "0A" "0A000300" "0200" NO_NAME TIME, "gas" },           /* the fire bit of a gas detector */
        { "0201" "0101" "28" "0A000400" "0400" NO_NAME TIME, "fault" },
        { "0201" "0101" "28" "0A000500" "0001" NO_NAME TIME, "mains_fail" },
        { "0101" "0101" "0102" TIME, "battery_low" }, { "1501" "20" TIME, "link_fail" }, { "1801" "04" "01" TIME, "fire" },
        { "1801" "40" "01" TIME, "test" }, { "0401" "0101" "08" "01" TIME, "cancel" }, { "0201" "0101" "28" "0A000200" "0200" NO_NAME, "fire" },
        { "0201" "0101" "28" "0A000600" "0200" NO_NAME "FFFFFFFFFFFF", "fire" },              /* an impossible time loses nothing */
    };
    struct harbour h;
    open_at(&h, db);
    int fd = harbour_call(&h, SOCK_STREAM);
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t before = harbour_signals(&h, rows[i].kind);
        say_and_expect(&h, fd, 100 + (int)i, rows[i].unit, GB_CONFIRM);
        if (harbour_signals(&h, rows[i].kind) != before + 1)
            check_failed(__FILE__, __LINE__, rows[i].unit);
    }
    CHECK_INT(harbour_signal(&h, "fire").device_at, 0);
    /* one frame, two parts: each is a signal */
    int64_t fires = harbour_signals(&h, "fire"), faults = harbour_signals(&h, "fault");
    say_and_expect(&h, fd, 200, "0202" "0101" "28" "0A000700" "0400" NO_NAME TIME "0101" "28" "0A000800" "0600" NO_NAME TIME, GB_CONFIRM);
    CHECK_INT(harbour_signals(&h, "fire"), fires + 1);
    CHECK_INT(harbour_signals(&h, "fault"), faults + 2);
    close(fd);
    harbour_close(&h);
}

TEST_STORES(gb26875_tells_once_that_power_is_back)
{
    struct harbour h;
    open_at(&h, db);
    int fd = harbour_call(&h, SOCK_STREAM);
    say_and_expect(&h, fd, 1, "1501" "08" TIME, GB_CONFIRM);
    CHECK_INT(harbour_signals(&h, "mains_fail"), 1);
    CHECK_INT(harbour_signals(&h, "mains_ok"), 0);
    say_and_expect(&h, fd, 2, "1501" "01" TIME, GB_CONFIRM);
    CHECK_INT(harbour_signals(&h, "mains_ok"), 1);
    say_and_expect(&h, fd, 2, "1501" "01" TIME, GB_CONFIRM);
    say_and_expect(&h, fd, 3, "1501" "01" TIME, GB_CONFIRM);
    CHECK_INT(harbour_signals(&h, "mains_ok"), 1);
    close(fd);
    harbour_close(&h);
}

TEST_STORES(gb26875_denies_what_it_cannot_take)
{
    struct harbour h;
    open_at(&h, db);
    int fd = harbour_call(&h, SOCK_STREAM);
    struct arena *a = &h.office.arena;
    say_and_expect(&h, fd, 1, "0601" "0101" "0501", GB_DENY);          /* a length that lies */
    say_and_expect(&h, fd, 2, "7F01" "01", GB_DENY);                   /* a reserved type */
    say_and_expect(&h, fd, 3, "C801" "0102", GB_CONFIRM);              /* a type of the maker's own is kept */
    harbour_say(fd, frame(&h, 4, (enum gb_command)9, "", false));
    harbour_expect(&h, fd, frame(&h, 4, GB_DENY, "", true));
    struct str broken = arena_copy(a, frame(&h, 5, GB_SEND, smoke, false));
    ((char *)(uintptr_t)broken.p)[40] ^= 1;
    harbour_say(fd, broken);
    harbour_expect(&h, fd, frame(&h, 5, GB_DENY, "", true));
    /* a device that nobody registered */
    struct gb_frame f = { .serial = 6, .version = { 1, 1 }, .source = 0x999, .destination = 0x15B38, .command = GB_SEND, .unit = unhex(a, str_of(smoke)) };
    gb26875_time(NOW, GB_TIME_BINARY, f.time);
    harbour_say(fd, gb26875_frame(a, &f));
    harbour_expect(&h, fd, gb26875_answer(a, &f, GB_DENY, NOW, GB_TIME_BINARY));
    CHECK_INT(harbour_signals(&h, "fire"), 0);
    CHECK_INT(harbour_signals(&h, "info"), 1);
    atomic_fetch_add(&h.office.clock.at, MINUTES(1));
    harbour_know(&h);
    CHECK_INT(count_of(&h, &count_strangers, "unknown"), 1);
    close(fd);
    harbour_close(&h);
}

TEST_STORES(gb26875_survives_what_is_not_its_protocol)
{
    static const char *const hostile[] = { "GET / HTTP/1.1\r\n\r\n", "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@", "####", "@@\1\1\1\1\1\1\1\1\1\1\1\1\1\1" };
    struct harbour h;
    open_at(&h, db);
    int fd = harbour_call(&h, SOCK_STREAM), udp = harbour_call(&h, SOCK_DGRAM);
    for (size_t i = 0; i < COUNT(hostile); i++) {
        harbour_say(fd, str_of(hostile[i]));
        harbour_say(udp, str_of(hostile[i]));
        say_and_expect(&h, udp, (int)i, "", GB_CONFIRM);
    }
    say_and_expect(&h, fd, 50, smoke, GB_CONFIRM);                     /* a fire gets through the noise */
    CHECK_INT(harbour_signals(&h, "fire"), 1);
    CHECK(ports_gateway(h.ports, "gb26875")->malformed > 0);
    close(udp);
    close(fd);
    harbour_close(&h);
}

/* The recorded frames of STANDARDS 2, as they are: old times and all. */
TEST_STORES(gb26875_takes_the_recorded_frames)
{
    static const char *const recorded[] = {
        "404001000101203A091A090C" FROM "30000202010101280A0002000200" "202020202020202020202020202020202020202020202020202020202020" "00"
            "023A091A090C" "462323",
        "404001000101203A091A090C" FROM "090002" "15010802" "3A091A090C" "422323",
        "40400000010118" "0d11160a14" "000000000000" "060504030201" "3000" "02" "0201010300d900060002" "00a3c1c7f8a3b1b2e3dfc8b2b8d7dfc0c8"
            "000000000000000000000000000000" "301213010814" "68" "2323" };
    struct harbour h;
    open_at(&h, db);
    int udp = harbour_call(&h, SOCK_DGRAM), fd = harbour_call(&h, SOCK_STREAM);
    for (size_t i = 0; i < COUNT(recorded); i++) {
        struct str bytes = unhex(&h.office.arena, str_of(recorded[i]));
        struct gb_frame f;
        size_t used;
        CHECK_INT(gb26875_cut(bytes, &f, &used), GB_WHOLE);
        harbour_say(i % 2 ? udp : fd, bytes);
        struct str answer = gb26875_answer(&h.office.arena, &f, i == 2 ? GB_DENY : GB_CONFIRM, NOW, GB_TIME_BINARY);
        harbour_expect(&h, i % 2 ? udp : fd, answer);                  /* the last comes from the address 0, which nobody registered */
    }
    CHECK_INT(harbour_signals(&h, "fire"), 1);
    CHECK_INT(harbour_signals(&h, "mains_fail"), 1);
    close(fd);
    close(udp);
    harbour_close(&h);
}

/* --- what the office asks ----------------------------------------------------------------------------------------------------- */

struct asked { const char *what; int64_t device, id; };
static void ask(struct tx *tx, void *arg)
{
    struct asked *q = arg;
    q->id = device_query_put(tx, &who_system, &(struct device_query){ .device = q->device, .what = str_of(q->what), .minutes = 5 });
}

static struct device_query query_of(struct harbour *h, int64_t id)
{
    struct device_query q = { 0 };
    struct tx *tx = office_read(&h->office);
    CHECK(device_query_get(tx, id, &q));
    read_end(tx);
    return q;
}

/* The port writes what it heard without waiting for it: wait for the row. */
static void await_state(struct harbour *h, int64_t id, const char *state)
{
    for (int i = 0; i < 100000 && !str_is(query_of(h, id).state, state); i++)
        poll(NULL, 0, 1);
    CHECK_STR(query_of(h, id).state, state);
}

static int64_t first_device(struct harbour *h)
{
    struct device d = { 0 };
    struct tx *tx = office_read(&h->office);
    CHECK(device_by_account(tx, S("gb26875"), S("379"), &d));
    read_end(tx);
    CHECK_STR(d.account, ACCOUNT);
    return d.id;
}

TEST_STORES(gb26875_patrols_are_sent_confirmed_and_answered)
{
    struct harbour h;
    open_at(&h, db);
    struct engine *e = h.office.engine;
    struct asked q = { .what = "patrol", .device = first_device(&h) };
    office_write(&h.office, ask, &q);
    CHECK_INT(office_try(&h.office, ask, &(struct asked){ .what = "patrol", .device = q.device }, NULL), ERR_CONFLICT);
    CHECK_INT(office_try(&h.office, ask, &(struct asked){ .what = "dance", .device = q.device }, NULL), ERR_INVALID);
    CHECK_INT(gb26875_ask_turn(e, h.ports), 0);                       /* it has not called yet */
    CHECK_STR(query_of(&h, q.id).state, "waiting");
    int fd = harbour_call(&h, SOCK_STREAM);
    say_and_expect(&h, fd, 1, "", GB_CONFIRM);
    CHECK_INT(gb26875_ask_turn(e, h.ports), 1);
    int serial = (int)query_of(&h, q.id).serial;
    harbour_expect(&h, fd, frame(&h, serial, GB_CONTROL, "5B0105", true));
    CHECK_INT(gb26875_ask_turn(e, h.ports), 0);                       /* not before its time */
    atomic_fetch_add(&h.office.clock.at, SECONDS(10));
    CHECK_INT(gb26875_ask_turn(e, h.ports), 1);                       /* it was silent: once more */
    harbour_expect(&h, fd, frame(&h, serial, GB_CONTROL, "5B0105", true));
    harbour_say(fd, frame(&h, serial, GB_CONFIRM, "", false));
    await_state(&h, q.id, "confirmed");
    say_and_expect(&h, fd, 2, "1801" "20" "03" TIME, GB_CONFIRM);
    await_state(&h, q.id, "answered");
    CHECK_STR(query_of(&h, q.id).answer, "{\"operator\":3}");
    engine_turn(e);
    CHECK_INT(harbour_signals(&h, "fault"), 0);
    close(fd);
    harbour_close(&h);
}

TEST_STORES(gb26875_silence_after_a_patrol_is_a_fault)
{
    struct harbour h;
    open_at(&h, db);
    struct engine *e = h.office.engine;
    struct asked q = { .what = "patrol", .device = first_device(&h) };
    int fd = harbour_call(&h, SOCK_STREAM);
    say_and_expect(&h, fd, 1, "", GB_CONFIRM);
    office_write(&h.office, ask, &q);
    CHECK_INT(gb26875_ask_turn(e, h.ports), 1);
    int serial = (int)query_of(&h, q.id).serial;
    harbour_expect(&h, fd, frame(&h, serial, GB_CONTROL, "5B0105", true));
    harbour_say(fd, frame(&h, serial, GB_CONFIRM, "", false));
    await_state(&h, q.id, "confirmed");
    atomic_fetch_add(&h.office.clock.at, MINUTES(5) - SECONDS(1));
    engine_turn(e);
    CHECK_STR(query_of(&h, q.id).state, "confirmed");
    atomic_fetch_add(&h.office.clock.at, SECONDS(1));
    engine_turn(e);
    CHECK_STR(query_of(&h, q.id).state, "unanswered");
    CHECK(str_has(harbour_signal(&h, "fault").data, S("查岗无人应答")));
    /* and one that is not even confirmed: three times, then the link is at fault */
    office_write(&h.office, ask, &q);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(gb26875_ask_turn(e, h.ports), 1);
        engine_turn(e);
        CHECK_STR(query_of(&h, q.id).state, "sent");
        atomic_fetch_add(&h.office.clock.at, SECONDS(10));
    }
    CHECK_INT(gb26875_ask_turn(e, h.ports), 0);
    engine_turn(e);
    CHECK_STR(query_of(&h, q.id).state, "failed");
    CHECK_INT(harbour_signals(&h, "link_fail"), 1);
    close(fd);
    harbour_close(&h);
}

TEST_STORES(gb26875_sets_clocks_and_reads_states)
{
    struct harbour h;
    open_at(&h, db);
    struct engine *e = h.office.engine;
    struct asked clock = { .what = "clock", .device = first_device(&h) }, state = { .what = "state", .device = clock.device };
    int udp = harbour_call(&h, SOCK_DGRAM);
    say_and_expect(&h, udp, 1, "", GB_CONFIRM);                        /* by datagram: its address is remembered */
    office_write(&h.office, ask, &clock);
    CHECK_INT(gb26875_ask_turn(e, h.ports), 1);
    int serial = (int)query_of(&h, clock.id).serial;
    harbour_expect(&h, udp, frame(&h, serial, GB_CONTROL, "5A01" TIME, true));
    harbour_say(udp, frame(&h, serial, GB_CONFIRM, "", false));
    await_state(&h, clock.id, "answered");
    office_write(&h.office, ask, &state);
    CHECK_INT(gb26875_ask_turn(e, h.ports), 1);
    serial = (int)query_of(&h, state.id).serial;
    harbour_expect(&h, udp, frame(&h, serial, GB_REQUEST, "510100", true));
    harbour_say(udp, frame(&h, serial, GB_ANSWER, "1501" "08" TIME, false));
    await_state(&h, state.id, "answered");
    CHECK_STR(query_of(&h, state.id).answer, "{\"type\":21,\"state\":8}");
    for (int i = 0; i < 100000 && harbour_signals(&h, "mains_fail") == 0; i++)      /* what it told counts, unconfirmed as it is */
        poll(NULL, 0, 1);
    CHECK_INT(harbour_signals(&h, "mains_fail"), 1);
    close(udp);
    harbour_close(&h);
}
