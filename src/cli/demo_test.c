/* demo_test.c -- a few days of the demo street: nothing it plays is refused, and what it leaves holds. */
#include "cli/demo.h"

#include "engine/figure.h"
#include "engine/history.h"
#include "test/stores.h"

TEST_SQL(select_counts, "select count(*), sum(case when kind = 'report' then 1 else 0 end), sum(case when phase = 4 then 1 else 0 end),"
                        " min(opened_at), max(changed_at) from matter");
TEST_SQL(select_openings, "select count(*) from history h join matter m on m.id = h.matter where h.seq = 1 and h.at = m.opened_at"
                          " and h.logged_at = h.at");
TEST_SQL(select_disorder, "select count(*) from history a join history b on b.matter = a.matter and b.seq = a.seq + 1 where b.at < a.at");
TEST_SQL(select_unfired, "select count(*) from deadline where fire_at <= $1");
TEST_SQL(select_seals, "select count(*) from seal");

enum { PLAYED_DAYS = 6, REPORTS = 90 };

static void found(void *arg, struct str what)
{
    (void)arg;
    CHECK_EQ(what, S(""));
}

TEST_STORES(demo_days_are_played_as_in_the_office)
{
    struct fault fault = { 0 };
    ms until = civil_ms((struct civil){ .year = 2026, .month = 3, .day = 20, .hour = 10, .minute = 17 });
    struct demo_config config = { .dir = db->dir, .url = db->url, .seed = 7, .until = until, .reports = REPORTS, .days = PLAYED_DAYS };
    struct demo *d = demo_fill(&config, &fault);
    CHECK_INT(fault.code, ERR_OK);
    CHECK(d && d->refused == 0);
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    int64_t all = 0, reports = 0, done = 0, first = 0, last = 0, openings = 0, disorder = -1, unfired = -1, seals = 0, entries = 0;
    struct tx *tx = read_begin(d->engine->store, &arena);
    CHECK(db_one(tx, select_counts, IN(), OUT(&all, &reports, &done, &first, &last)));
    CHECK(reports > REPORTS / 2 && reports <= REPORTS && all >= reports && done > 0);
    CHECK(first >= d->from && last < until && last > until - DAYS(1));
    CHECK(db_one(tx, select_openings, IN(), OUT(&openings)));
    CHECK_INT(openings, all);
    CHECK(db_one(tx, select_disorder, IN(), OUT(&disorder)));
    CHECK_INT(disorder, 0);
    CHECK(db_one(tx, select_unfired, IN(until), OUT(&unfired)));
    CHECK_INT(unfired, 0);
    CHECK(db_one(tx, select_seals, IN(), OUT(&seals)));
    CHECK_INT(seals, PLAYED_DAYS + 1);
    CHECK(figure_check(tx, found, NULL));
    read_end(tx);
    CHECK(history_check(d->engine->store, found, NULL, &entries));
    CHECK(entries > all);
    demo_close(d);
}
