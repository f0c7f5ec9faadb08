/* figure_days_test.c -- kept days say what the records say: over moves of older days, places and reopening, with and without events
 * that are not folded; a wrong sum is found, and figures with other texts are counted anew. */
#include "engine/figure.h"
#include "engine/figure_days.h"
#include "test/stores.h"
#include "test/world.h"

TEST_SQL(forget, "update cursor_of set until_at = $1 where name = 'figure_days'");
TEST_SQL(remember, "update cursor_of set until_at = null where name = 'figure_days' and coalesce(until_at, 0) >= $1");
TEST_SQL(other_texts, "update cursor_of set holder = $1 where name = 'figure_days'");
TEST_SQL(spoil, "update figure_day set n = n + $1 where area = 0");
TEST_SQL(count_days, "select count(*) from figure_day");

struct asked { struct world *w; const struct figure *f; struct figure_query q; struct figure_value v; int64_t days; int bad; };

static void ask(struct tx *tx, void *arg)
{
    struct asked *a = arg;
    a->v = (struct figure_value){ 0 };
    CHECK(figure_value(tx, &who_system, a->f, &a->q, &a->v));
    CHECK(db_one(tx, count_days, IN(), OUT(&a->days)));
}

static void run_forget(struct tx *tx, void *arg) { (void)arg; db_run(tx, forget, IN(0)); }
static void run_remember(struct tx *tx, void *arg) { (void)arg; db_run(tx, remember, IN(0)); }
static void run_other(struct tx *tx, void *arg) { (void)arg; db_run(tx, other_texts, IN("of a program before this one")); }
static void run_spoil(struct tx *tx, void *arg) { db_run(tx, spoil, IN(*(int *)arg)); }
static void found(void *arg, struct str text) { (void)text; ++*(int *)arg; }
static void check(struct tx *tx, void *arg) { figure_check(tx, found, &((struct asked *)arg)->bad); }

static int found_bad(struct world *w)
{
    struct asked a = { .bad = 0 };
    world_read(w, check, &a);
    return a.bad;
}

/* Every figure, for areas of each level, from kept days and from the records alone; returns how many were not 0. */
static int compare(struct world *w, ms from, ms to)
{
    const int64_t areas[] = { w->district, w->street, w->street2, w->community1, w->community2, w->grid1 };
    int told = 0;
    for (const struct module *const *m = w->engine->modules; *m; m++)
        for (const struct figure *f = (*m)->figures; f && f->name; f++)
            for (size_t i = 0; i < COUNT(areas); i++) {
                struct asked kept = { .w = w, .f = f, .q = { areas[i], from, to } }, counted = kept;
                world_read(w, ask, &kept);
                world_write(w, run_forget, NULL, NULL);
                world_read(w, ask, &counted);
                world_write(w, run_remember, NULL, NULL);
                if (kept.v.numerator != counted.v.numerator || kept.v.denominator != counted.v.denominator)
                    check_failed(__FILE__, __LINE__, f->name);
                for (int k = 0; k < counted.v.exclusion_count; k++)
                    CHECK_INT(kept.v.excluded[k], counted.v.excluded[k]);
                told += counted.v.numerator > 0 || counted.v.denominator > 0;
            }
    return told;
}

static int64_t opened(struct world *w, int64_t area)
{
    const char *json = arena_format(&w->arena, "{\"text\":\"井盖坏了，请来看看\",\"category\":\"E0110\",\"area\":%lld,"
                                               "\"reporter\":{\"name\":\"测试人\",\"phone\":\"13700001234\"}}", (long long)area).p;
    struct answer a = world_post(w, &w->clerk, "/reports", json);
    CHECK_INT(a.status, 201);
    return answer_int(w, &a, "id");
}

static void handled(struct world *w, int64_t id)
{
    CHECK_INT(world_move(w, &w->clerk, id, "accept", NULL), 200);
    const char *to = arena_format(&w->arena, "{\"account\":%lld}", (long long)w->worker1.account).p;
    CHECK_INT(world_move(w, &w->clerk, id, "assign", to), 200);
    CHECK_INT(world_move(w, &w->worker1, id, "take", NULL), 200);
}

TEST_WORLD(kept_days_say_what_the_records_say)
{
    static const char done[] = "{\"result\":\"fixed\",\"text\":\"已换井盖\"}",
                      called[] = "{\"outcome\":\"reached\",\"responded\":\"yes\",\"resolved\":\"yes\",\"satisfied\":\"yes\"}";
    ms from = day_start(WORLD_MORNING);
    world_turn(w);
    int64_t first = opened(w, w->grid1), second = opened(w, w->grid2);
    handled(w, first);
    world_advance(w, DAYS(1));
    int64_t third = opened(w, w->grid1);
    CHECK_INT(world_move(w, &w->clerk, second, "reject", "{\"basis\":\"contract\",\"reason\":\"合同争议，已告知\"}"), 200);
    CHECK_INT(world_move(w, &w->worker1, first, "resolve", done), 200);
    world_advance(w, DAYS(1));
    world_turn(w);
    CHECK(compare(w, from, from + DAYS(2)) > 5);
    CHECK_INT(world_move(w, &w->clerk, first, "callback", called), 200);           /* not folded yet, but seen */
    handled(w, third);
    CHECK(compare(w, from, from + DAYS(2)) > 5);
    world_advance(w, DAYS(2));
    CHECK_INT(world_move(w, &w->clerk, first, "reopen", "{\"reason\":\"又坏了\"}"), 200);
    CHECK(compare(w, from + HOURS(3), w->clock.at) > 5);                            /* the ends of a period are counted */
    world_turn(w);
    CHECK(compare(w, from, from + DAYS(4)) > 5);
    CHECK_INT(found_bad(w), 0);
}

TEST_WORLD(a_wrong_sum_is_found_and_other_texts_count_anew)
{
    int off = 1, back = -1;
    handled(w, opened(w, w->grid1));
    world_advance(w, DAYS(1));
    world_turn(w);
    struct asked a = { .w = w, .f = figure_find(w->engine, S("report.opened")),
                       .q = { w->district, day_start(WORLD_MORNING), day_start(WORLD_MORNING) + DAYS(1) } };
    world_read(w, ask, &a);
    CHECK_INT(a.v.numerator, 1);
    CHECK(a.days > 0);
    world_write(w, run_spoil, &off, NULL);
    world_read(w, ask, &a);
    CHECK_INT(a.v.numerator, 2);                                                   /* it is the kept sum that answers */
    CHECK(found_bad(w) > 0);
    world_write(w, run_spoil, &back, NULL);
    CHECK_INT(found_bad(w), 0);
    world_write(w, run_spoil, &off, NULL);
    world_write(w, run_other, NULL, NULL);
    world_read(w, ask, &a);
    CHECK_INT(a.v.numerator, 1);                                                   /* from the records meanwhile */
    world_turn(w);
    world_read(w, ask, &a);
    CHECK_INT(a.v.numerator, 1);
    CHECK_INT(found_bad(w), 0);
}
