/* deadline_test.c -- clocks run out, wake a human, pause and go on; editing a matter resets none. */
#include "engine/deadline.h"
#include "engine/rule.h"
#include "test/errand.h"
#include "test/world.h"

struct look {
    int64_t id;
    struct matter m;
    struct deadline d[16];
    struct supervision s[8];
    int clocks, rounds;
    int64_t seats[8];
};

static void read_all(struct tx *tx, void *arg)
{
    struct look *l = arg;
    matter_get(tx, l->id, &l->m);
    struct rows rows = deadline_get(tx, l->id);
    for (l->clocks = 0; deadline_row(&rows, &l->d[l->clocks]); l->clocks++)
        continue;
    rows = supervision_get(tx, l->id);
    for (l->rounds = 0; supervision_row(&rows, &l->s[l->rounds]); l->rounds++)
        continue;
}

static struct look look(struct world *w, int64_t id)
{
    struct look l = { .id = id };
    world_read(w, read_all, &l);
    return l;
}

struct act { const struct who *who; int64_t id; const char *verb; struct place place; };
static void do_open(struct tx *tx, void *arg)
{
    struct act *a = arg;
    a->id = errand_open(tx, a->who, a->place, "fetch the stamp");
}

static void do_move(struct tx *tx, void *arg)
{
    struct act *a = arg;
    struct moving mv = { .who = a->who };
    matter_move(tx, a->id, a->verb, &mv);
}

static int64_t open_errand(struct world *w)
{
    struct act a = { .who = &w->clerk, .place = { .area = w->grid1, .street = w->street, .community = w->community1, .grid = w->grid1 } };
    world_write(w, do_open, &a, NULL);
    return a.id;
}

static void move(struct world *w, const struct who *who, int64_t id, const char *verb)
{
    world_write(w, do_move, &(struct act){ who, id, verb, { 0 } }, NULL);
}

TEST_STORES(silence_adds_a_supervising_seat_and_keeps_the_doing_seat)
{
    struct world *w = world_open_with(db, errand_modules);
    int64_t id = open_errand(w);
    struct look before = look(w, id);
    CHECK_INT(before.clocks, 2);                              /* the state's own and the one from the first second */
    world_advance(w, before.m.due_at - w->clock.at - 1);
    CHECK_INT(look(w, id).m.late, 0);                         /* not a millisecond too early */
    world_advance(w, 1);
    struct look after = look(w, id);
    CHECK_INT(after.m.late, 1);
    CHECK_INT(after.rounds, 1);
    CHECK_INT(after.m.owner_org, before.m.owner_org);
    CHECK(str_has(after.s[0].reason, S("超时")));
    world_advance(w, DAYS(3));                                /* still nobody: the next supervising seat, once a round */
    CHECK(look(w, id).rounds >= 2);
    CHECK(look(w, id).rounds <= 3);
    world_close(w);
}

TEST_STORES(the_total_clock_is_never_reset)
{
    struct world *w = world_open_with(db, errand_modules);
    int64_t id = open_errand(w);
    ms total = 0;
    struct look l = look(w, id);
    for (int i = 0; i < l.clocks; i++)
        if (str_is(l.d[i].name, "report.total"))
            total = l.d[i].due_at;
    world_advance(w, HOURS(1));
    move(w, &w->secretary, id, "note");
    move(w, &w->secretary, id, "take");
    l = look(w, id);
    for (int i = 0; i < l.clocks; i++)
        if (str_is(l.d[i].name, "report.total"))
            CHECK_INT(l.d[i].due_at, total);
    world_close(w);
}

TEST_STORES(an_approved_pause_shifts_a_clock_by_its_length)
{
    struct world *w = world_open_with(db, errand_modules);
    int64_t id = open_errand(w);
    move(w, &w->secretary, id, "take");
    ms due = look(w, id).m.due_at;
    world_advance(w, HOURS(1));
    move(w, &w->secretary, id, "wait");
    CHECK_INT(look(w, id).m.due_at, 0);
    world_advance(w, DAYS(20));
    CHECK_INT(look(w, id).m.late, 0);                         /* what stands still is not late */
    move(w, &w->secretary, id, "go_on");
    CHECK_INT(look(w, id).m.due_at, due + DAYS(20));
    world_close(w);
}

TEST_STORES(overdue_steps_fire_at_once_after_a_restart)
{
    struct world *w = world_open_with(db, errand_modules);
    int64_t id = open_errand(w);
    w->clock.at += DAYS(2);                                   /* the server was off: nothing turned */
    CHECK_INT(look(w, id).m.late, 0);
    world_turn(w);
    CHECK_INT(look(w, id).m.late, 1);
    int rounds = look(w, id).rounds;
    world_turn(w);
    CHECK_INT(look(w, id).rounds, rounds);                    /* and once only */
    world_close(w);
}

/* --- the calendar ----------------------------------------------------------------------------------------------------------- */

static ms at(int day, int hour, int minute)
{
    return day_number_ms(day) + HOURS(hour) + MINUTES(minute);
}

static void calendar_cases(struct tx *tx, void *arg)
{
    (void)arg;
    bool assumed;
    struct limit hours = { 4, UNIT_WORKING_HOUR, NULL }, days = { 3, UNIT_WORKING_DAY, NULL };
    CHECK(!working_day(tx, 20261001));                        /* National Day, a Thursday */
    CHECK(working_day(tx, 20260228));                         /* a Saturday that makes up for the Spring Festival */
    CHECK(!working_day(tx, 20261122));                        /* an ordinary Sunday */
    CHECK_INT(limit_end(tx, hours, at(20261123, 9, 0), &assumed), at(20261123, 15, 0));    /* over the noon break */
    CHECK(!assumed);
    CHECK_INT(limit_end(tx, hours, at(20261120, 16, 0), &assumed), at(20261123, 10, 30));  /* Friday afternoon to Monday */
    CHECK_INT(limit_end(tx, hours, at(20261122, 3, 0), &assumed), at(20261123, 14, 30));    /* Sunday night starts on Monday */
    CHECK_INT(limit_end(tx, days, at(20261123, 9, 0), &assumed), at(20261126, 18, 0));     /* the first day does not count */
    CHECK_INT(limit_end(tx, days, at(20260930, 10, 0), &assumed), at(20261010, 18, 0));    /* 1-7 October are off, Saturday 10 works */
    CHECK_INT(limit_end(tx, days, at(20261230, 10, 0), &assumed), at(20270104, 18, 0));
    CHECK(assumed);                                           /* 2027 is not published: provisional */
    CHECK_INT(working_ms_between(tx, at(20261120, 17, 0), at(20261123, 9, 0)), MINUTES(90));
}

TEST_STORES(limits_follow_holidays_and_make_up_days)
{
    struct world *w = world_open_with(db, errand_modules);
    world_read(w, calendar_cases, NULL);
    world_close(w);
}
