/* device_book_test.c -- what gateways know without the store: devices as they are changed, heartbeats written together, and
 * strangers for a human. */
#include "engine/intake.h"
#include "test/office.h"

#include <stdio.h>

struct act { struct office *o; const char *account, *key; int64_t interval_s; };
static void put_device(struct tx *tx, void *arg)
{
    const struct act *a = arg;
    struct device d = { .kind = S("button"), .protocol = S("test"), .account = str_of(a->account), .area = a->o->courtyard,
                        .interval_s = a->interval_s, .key = str_of(a->key) };
    device_put(tx, &who_system, &d);
}

static ms seen_at(struct office *o, const char *account)
{
    struct device d = { 0 };
    struct tx *tx = office_read(o);
    CHECK(device_by_account(tx, S("test"), str_of(account), &d));
    read_end(tx);
    return d.seen_at;
}

TEST_STORES(a_device_is_known_as_it_is_now)
{
    struct office o;
    struct device_known known = { 0 };
    office_open(&o, db);
    office_write(&o, put_device, &(struct act){ &o, "B1", "first key", 60 });
    struct device_book *b = device_book_open(o.engine);
    CHECK(device_book_loaded(b) && device_book_find(b, S("test"), S("B1"), &o.arena, &known));
    CHECK_STR(known.key, "first key");
    CHECK_INT(known.interval_s, 60);
    CHECK(!device_book_find(b, S("mqtt"), S("B1"), &o.arena, &known) && !device_book_find(b, S("test"), S("B2"), &o.arena, &known));
    o.clock.at += SECONDS(5);
    office_write(&o, put_device, &(struct act){ &o, "B1", "second key", 60 });
    office_write(&o, put_device, &(struct act){ &o, "B2", "", 60 });
    CHECK(device_book_turn(b));
    CHECK(device_book_find(b, S("test"), S("B1"), &o.arena, &known));
    CHECK_STR(known.key, "second key");
    CHECK(device_book_find(b, S("test"), S("B2"), &o.arena, &known));
    CHECK_INT(known.key.n, 0);
    device_book_close(b);
    office_close(&o);
}

TEST_STORES(heartbeats_are_written_together_and_at_once_when_a_silent_device_speaks)
{
    struct office o;
    struct store_health before, after;
    office_open(&o, db);
    for (int i = 0; i < 300; i++) {
        const char *account = arena_format(&o.arena, "B%d", i).p;
        office_write(&o, put_device, &(struct act){ &o, account, "", 60 });
    }
    struct device_book *b = device_book_open(o.engine);
    for (int i = 0; i < 300; i++)
        CHECK(device_book_heard(b, S("test"), arena_format(&o.arena, "B%d", i), o.clock.at));
    CHECK(device_book_turn(b));                                      /* never heard before: at once */
    CHECK_INT(seen_at(&o, "B299"), o.clock.at);
    store_health(o.engine->store, &before);
    ms first = o.clock.at;
    for (int second = 0; second < 9; second++) {
        o.clock.at += SECONDS(1);
        for (int i = 0; i < 300; i++)
            CHECK(device_book_heard(b, S("test"), arena_format(&o.arena, "B%d", i), o.clock.at));
        CHECK(device_book_turn(b));
    }
    CHECK_INT(seen_at(&o, "B7"), first);
    store_health(o.engine->store, &after);
    CHECK_INT(after.writes, before.writes);
    o.clock.at += SECONDS(1);
    CHECK(device_book_turn(b));
    CHECK_INT(seen_at(&o, "B7"), first + SECONDS(9));
    store_health(o.engine->store, &after);
    CHECK_INT(after.writes, before.writes + 2);                      /* 300 in slices of 200 */
    o.clock.at += MINUTES(4);
    CHECK(device_book_turn(b));
    CHECK(device_book_heard(b, S("test"), S("B7"), o.clock.at));     /* silent for more than three intervals */
    o.clock.at += 100;
    CHECK(device_book_turn(b));
    CHECK_INT(seen_at(&o, "B7"), o.clock.at - 100);
    o.clock.at += SECONDS(6);
    CHECK(device_book_heard(b, S("test"), S("B7"), o.clock.at));
    device_book_close(b);                                            /* nothing is lost at the end */
    CHECK_INT(seen_at(&o, "B7"), o.clock.at);
    office_close(&o);
}

TEST_STORES(strangers_are_counted_for_a_human)
{
    struct office o;
    struct stranger s = { 0 };
    office_open(&o, db);
    struct device_book *b = device_book_open(o.engine);
    for (int i = 0; i < 3; i++)
        device_book_stranger(b, S("dc09"), S("1234"), "key", o.clock.at);
    device_book_stranger(b, S("dc09"), S("1234"), "unknown", o.clock.at);
    device_book_stranger(b, S("dc09"), S("\xff\xfe"), "unknown", o.clock.at);
    for (int i = 0; i < 2000; i++)                                   /* somebody tries names: memory is bounded */
        device_book_stranger(b, S("dc09"), arena_format(&o.arena, "try%d", i), "unknown", o.clock.at - 1);
    o.clock.at += SECONDS(10);
    CHECK(device_book_turn(b));
    o.clock.at += HOURS(1);
    device_book_stranger(b, S("dc09"), S("1234"), "key", o.clock.at);
    o.clock.at += SECONDS(10);
    CHECK(device_book_turn(b));
    struct tx *tx = office_read(&o);
    struct rows rows = stranger_list(tx, 2000);
    CHECK(stranger_row(&rows, &s));
    CHECK_STR(s.account, "1234");
    CHECK_STR(s.reason, "key");
    CHECK_INT(s.times, 4);
    CHECK_INT(s.hour_times, 1);
    int count = 1;
    while (stranger_row(&rows, &s))
        count++;
    CHECK_INT(count, STRANGERS_WAITING_MAX);
    read_end(tx);
    device_book_close(b);
    office_close(&o);
}
