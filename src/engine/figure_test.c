/* figure_test.c -- the folded counts agree with the records they are folded from, also over moves, reopening and places. */
#include "engine/deadline.h"
#include "engine/figure.h"
#include "engine/outbox.h"
#include "test/errand.h"
#include "test/world.h"

struct act { struct world *w; int64_t id; const struct who *who; const char *verb; int64_t area; struct board b; int bad; enum err refused; };

static void do_open(struct tx *tx, void *arg)
{
    struct act *a = arg;
    a->id = errand_open(tx, &a->w->clerk, (struct place){ a->w->grid1, a->w->street, a->w->community1, a->w->grid1 }, "fetch");
}

static void do_move(struct tx *tx, void *arg)
{
    struct act *a = arg;
    struct moving mv = { .who = a->who };
    matter_move(tx, a->id, a->verb, &mv);
}

static void do_board(struct tx *tx, void *arg)
{
    struct act *a = arg;
    figure_board(tx, a->who, a->area, &a->b);
    a->refused = tx->fault.code;
    fault_clear(&tx->fault);
}

static void count_bad(void *arg, struct str text)
{
    (void)text;
    ++*(int *)arg;
}

static void do_check(struct tx *tx, void *arg)
{
    struct act *a = arg;
    figure_check(tx, count_bad, &a->bad);
}

static struct board board(struct act *a, const struct who *who, int64_t area)
{
    world_turn(a->w);
    a->who = who;
    a->area = area;
    world_read(a->w, do_board, a);
    return a->b;
}

static void move(struct act *a, const struct who *who, const char *verb)
{
    a->who = who;
    a->verb = verb;
    world_write(a->w, do_move, a, NULL);
}

TEST_STORES(the_board_follows_every_move)
{
    struct world *w = world_open_with(db, errand_modules);
    struct act a = { .w = w }, b = { .w = w };
    world_write(w, do_open, &a, NULL);
    world_write(w, do_open, &b, NULL);
    struct board now = board(&a, &w->clerk, 0);
    CHECK_INT(now.open, 2);
    CHECK_INT(now.unclaimed, 2);
    CHECK_INT(now.opened_today, 2);
    CHECK_INT(now.due_today, 2);
    move(&a, &w->worker1, "take");
    now = board(&a, &w->clerk, w->street);
    CHECK_INT(now.unclaimed, 1);
    move(&a, &w->worker1, "finish");
    now = board(&a, &w->clerk, w->community1);
    CHECK_INT(now.open, 1);
    CHECK_INT(now.done_today, 1);
    world_advance(w, DAYS(1));
    now = board(&b, &w->worker1, w->grid1);
    CHECK_INT(now.overdue, 1);
    CHECK_INT(now.opened_today, 0);
    move(&b, &w->secretary, "take");                          /* the clock that ran out is met: no longer late */
    CHECK_INT(board(&b, &w->clerk, 0).overdue, 0);
    move(&a, &w->secretary, "again");
    CHECK_INT(board(&a, &w->clerk, 0).open, 2);
    world_read(w, do_check, &a);
    CHECK_INT(a.bad, 0);
    world_close(w);
}

TEST_STORES(a_board_shows_no_more_than_its_viewers_area)
{
    struct world *w = world_open_with(db, errand_modules);
    struct act a = { .w = w };
    world_write(w, do_open, &a, NULL);
    CHECK_INT(board(&a, &w->clerk_far, 0).open, 0);
    board(&a, &w->worker2, w->grid1);
    CHECK_INT(a.refused, ERR_NOT_FOUND);
    CHECK_INT(board(&a, &w->kiosk, 0).open, 1);
    world_close(w);
}

TEST_SQL(spoil, "update area_now set n = n + 1 where what = 'open'");
static void do_spoil(struct tx *tx, void *arg)
{
    (void)arg;
    db_run(tx, spoil, IN());
}

TEST_STORES(a_kept_sum_that_is_wrong_is_found)
{
    struct world *w = world_open_with(db, errand_modules);
    struct act a = { .w = w };
    world_write(w, do_open, &a, NULL);
    world_turn(w);
    world_write(w, do_spoil, NULL, NULL);
    world_read(w, do_check, &a);
    CHECK_INT(a.bad, 1);
    world_close(w);
}

/* --- the feed ---------------------------------------------------------------------------------------------------------------- */

struct seen { int count; int64_t last; bool ordered, foreign; const struct who *who; };
static void read_feed(struct tx *tx, void *arg)
{
    struct seen *s = arg;
    struct event e;
    struct rows rows = outbox_after(tx, 0, 1000);
    s->ordered = true;
    while (outbox_row(&rows, &e)) {
        s->ordered &= e.seq > s->last;
        s->last = e.seq;
        s->count += event_visible(s->who, &e);
    }
}

TEST_STORES(each_event_gets_one_place_in_the_feed_and_reaches_those_who_may_see_it)
{
    struct world *w = world_open_with(db, errand_modules);
    struct act a = { .w = w };
    for (int i = 0; i < 20; i++)
        world_write(w, do_open, &a, NULL);
    world_turn(w);
    struct seen clerk = { .who = &w->clerk }, far = { .who = &w->clerk_far }, admin = { .who = &w->admin };
    world_read(w, read_feed, &clerk);
    world_read(w, read_feed, &far);
    world_read(w, read_feed, &admin);
    CHECK_INT(clerk.count, 20);
    CHECK(clerk.ordered);
    CHECK_INT(far.count, 0);
    CHECK_INT(admin.count, 0);
    world_close(w);
}
