/* move_test.c -- a matter is opened, moved and ended; who may, who may not, and what two at once get. */
#include "engine/deadline.h"
#include "engine/history.h"
#include "engine/outbox.h"
#include "test/errand.h"
#include "test/world.h"

#include <sched.h>
#include <stdatomic.h>

struct step {
    struct world *w;
    int64_t id;
    const struct who *who;
    const char *verb, *title;
    struct place place;
    int64_t version;
    struct matter m;
    int entries;
};

static void do_open(struct tx *tx, void *arg)
{
    struct step *s = arg;
    s->id = errand_open(tx, s->who, s->place, s->title);
}

static void do_move(struct tx *tx, void *arg)
{
    struct step *s = arg;
    struct moving mv = { .who = s->who, .version = s->version };
    matter_move(tx, s->id, s->verb, &mv);
}

static void do_get(struct tx *tx, void *arg)
{
    struct step *s = arg;
    matter_get(tx, s->id, &s->m);
    struct history_entry e;
    struct rows rows = history_get(tx, s->id);
    for (s->entries = 0; history_row(&rows, &e); s->entries++)
        continue;
}

static struct place grid1(const struct world *w)
{
    return (struct place){ .area = w->grid1, .street = w->street, .community = w->community1, .grid = w->grid1 };
}

static int64_t open_errand(struct world *w, const char *title)
{
    struct step s = { .w = w, .who = &w->clerk, .title = title, .place = grid1(w) };
    world_write(w, do_open, &s, NULL);
    return s.id;
}

static enum err move(struct world *w, const struct who *who, int64_t id, const char *verb)
{
    struct step s = { .w = w, .who = who, .id = id, .verb = verb };
    struct fault fault;
    world_write(w, do_move, &s, &fault);
    return fault.code;
}

static struct step look(struct world *w, int64_t id)
{
    struct step s = { .id = id };
    world_read(w, do_get, &s);
    return s;
}

#define WITH_ERRANDS(name) \
    static void name##_in(struct world *w); \
    TEST_STORES(name) \
    { \
        struct world *w = world_open_with(db, errand_modules); \
        name##_in(w); \
        world_close(w); \
    } \
    static void name##_in(struct world *w)

WITH_ERRANDS(a_matter_goes_from_its_first_state_to_its_end)
{
    errand_told = 0;
    int64_t id = open_errand(w, "fetch the stamp");
    CHECK(id > 0);
    struct step s = look(w, id);
    CHECK_INT(s.m.phase, PHASE_OPEN);
    CHECK_INT(s.m.owner_org, w->org_community1);              /* never ownerless (P3): the community's by default */
    CHECK_INT(s.m.owner_account, 0);
    CHECK(s.m.due_at > w->clock.at);
    CHECK_INT(move(w, &w->worker1, id, "take"), ERR_OK);
    s = look(w, id);
    CHECK_INT(s.m.owner_account, w->worker1.account);
    CHECK_INT(s.m.phase, PHASE_ACTIVE);
    CHECK_INT(move(w, &w->worker1, id, "finish"), ERR_OK);
    s = look(w, id);
    CHECK_INT(s.m.phase, PHASE_DONE);
    CHECK_INT(s.m.due_at, 0);
    CHECK_INT(s.m.closed_at, w->clock.at);
    CHECK_INT(s.entries, 3);
    CHECK_INT(s.m.version, 3);
    CHECK_INT(errand_told, 1);
}

WITH_ERRANDS(only_the_right_people_move_it_and_strangers_do_not_learn_of_it)
{
    int64_t id = open_errand(w, "fetch the stamp");
    CHECK_INT(move(w, &w->worker_far, id, "take"), ERR_NOT_FOUND);   /* another street: as if it were not there */
    CHECK_INT(move(w, &w->worker2, id, "take"), ERR_NOT_FOUND);      /* the neighbouring grid */
    CHECK_INT(move(w, &w->clerk, id, "take"), ERR_DENIED);           /* sees it, has not the role */
    CHECK_INT(move(w, &w->admin, id, "take"), ERR_NOT_FOUND);        /* the administrator runs the system, not the matters */
    CHECK_INT(move(w, &w->worker1, id, "finish"), ERR_STATE);
    CHECK_INT(move(w, &w->worker1, id, "fly"), ERR_NOT_FOUND);
    CHECK_INT(move(w, &w->worker1, id, "nudge"), ERR_DENIED);        /* the system's own move */
    CHECK_INT(look(w, id).entries, 1);
}

WITH_ERRANDS(a_refusal_leaves_nothing_behind)
{
    int64_t id = open_errand(w, "a locked door");
    CHECK_INT(move(w, &w->worker1, id, "take"), ERR_STATE);
    struct step s = look(w, id);
    CHECK_INT(s.m.version, 1);
    CHECK_INT(s.entries, 1);
    CHECK_INT(s.m.owner_account, 0);
}

WITH_ERRANDS(who_did_the_work_does_not_judge_it)
{
    int64_t id = open_errand(w, "fetch the stamp");
    CHECK_INT(move(w, &w->secretary, id, "take"), ERR_OK);
    CHECK_INT(move(w, &w->secretary, id, "finish"), ERR_OK);
    CHECK_INT(move(w, &w->secretary, id, "again"), ERR_DENIED);      /* MOVE_NOT_OWNER */
}

WITH_ERRANDS(what_changed_meanwhile_is_not_overwritten)
{
    int64_t id = open_errand(w, "fetch the stamp");
    CHECK_INT(move(w, &w->worker1, id, "note"), ERR_OK);
    struct step s = { .who = &w->worker1, .id = id, .verb = "take", .version = 1 };
    struct fault fault;
    world_write(w, do_move, &s, &fault);
    CHECK_INT(fault.code, ERR_STALE);
    s.version = 2;
    world_write(w, do_move, &s, &fault);
    CHECK_INT(fault.code, ERR_OK);
}

struct pair { struct write write; struct arena arena; struct step step; };

static atomic_int answered;
static void count_answer(struct write *w)
{
    (void)w;
    answered++;
}

WITH_ERRANDS(two_who_claim_at_once_get_one_claim)
{
    int64_t id = open_errand(w, "fetch the stamp");
    struct pair pairs[8] = { 0 };
    const struct who *who[2] = { &w->worker1, &w->secretary };
    for (int i = 0; i < 8; i++) {
        arena_init(&pairs[i].arena, 0);
        pairs[i].step = (struct step){ .id = id, .who = who[i % 2], .verb = "take" };
        pairs[i].write = (struct write){ .apply = do_move, .arg = &pairs[i].step, .arena = &pairs[i].arena, .lane = LANE_NORMAL,
                                          .done = count_answer };
    }
    answered = 0;
    for (int i = 1; i < 8; i++)
        store_submit(w->engine->store, &pairs[i].write);
    store_write(w->engine->store, &pairs[0].write);
    while (answered < 7)
        sched_yield();
    struct step s = look(w, id);
    CHECK(s.m.owner_account == w->worker1.account || s.m.owner_account == w->secretary.account);
    CHECK_INT(s.entries, 2);                                  /* opened, and exactly one claim */
    for (int i = 0; i < 8; i++)
        arena_free(&pairs[i].arena);
}

WITH_ERRANDS(the_numbers_tell_kind_day_and_id)
{
    int64_t id = open_errand(w, "fetch the stamp"), back = 0;
    struct step s = look(w, id);
    struct str number = matter_number(&w->arena, s.m.kind, s.m.opened_at, id);
    CHECK(str_starts(number, S("PT-261123-")));
    CHECK(matter_from_number(number, &back));
    CHECK_INT(back, id);
    CHECK(!matter_from_number(S("PT-261123"), &back));
    CHECK(!matter_from_number(S("PT-261123-0"), &back));
    CHECK(!matter_from_number(S("PT-261123-7-7"), &back));
}
