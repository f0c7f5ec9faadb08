/* history_test.c -- P4: history cannot be changed unnoticed. */
#include "engine/history.h"
#include "test/errand.h"
#include "test/world.h"

struct act { struct world *w; int64_t id; const char *verb; int breaks; int64_t entries; };

static void do_open(struct tx *tx, void *arg)
{
    struct act *a = arg;
    struct place place = { .area = a->w->grid1, .street = a->w->street, .community = a->w->community1, .grid = a->w->grid1 };
    a->id = errand_open(tx, &a->w->clerk, place, "fetch the stamp");
}

static void do_move(struct tx *tx, void *arg)
{
    struct act *a = arg;
    struct moving mv = { .who = &a->w->secretary, .note = S("with a note") };
    matter_move(tx, a->id, a->verb, &mv);
}

static void count_break(void *arg, struct str text)
{
    (void)text;
    ++*(int *)arg;
}

static void do_seal(struct tx *tx, void *arg)
{
    (void)arg;
    history_seal(tx);
}

static int breaks(struct act *a)
{
    a->breaks = 0;
    bool ok = history_check(a->w->engine->store, count_break, &a->breaks, &a->entries);
    CHECK_INT(ok, a->breaks == 0);
    return a->breaks;
}

TEST_SQL(change_note, "update history set note = 'nothing happened' where matter = $1 and seq = 2");
TEST_SQL(change_verb, "update history set verb = 'finish' where matter = $1 and seq = 2");
TEST_SQL(change_time, "update history set at = at - 60000 where matter = $1 and seq = 2");
TEST_SQL(remove_last, "delete from history where matter = $1 and seq = 3");
TEST_SQL(remove_middle, "delete from history where matter = $1 and seq = 2");
TEST_SQL(change_state, "update matter set state = 'finished' where id = $1");
TEST_SQL(change_account, "update history set account = 1 where matter = $1 and seq = 2");
TEST_SQL(erase_note, "update history set note = '', form = '' where matter = $1 and seq = 2");
TEST_SQL(change_seal, "update seal set heads = heads + 1");

struct tamper { const struct sql *sql; int64_t id; };
static void do_tamper(struct tx *tx, void *arg)
{
    struct tamper *t = arg;
    (db_run)(tx, t->sql, t->id ? IN(t->id) : IN());
}

static void story(struct world *w, struct act *a)
{
    a->w = w;
    world_write(w, do_open, a, NULL);
    a->verb = "take";
    world_write(w, do_move, a, NULL);
    a->verb = "note";
    world_write(w, do_move, a, NULL);
}

TEST_STORES(P4_every_way_of_changing_a_chain_is_found)
{
    const struct sql *ways[] = { &change_note, &change_verb, &change_time, &remove_last, &remove_middle, &change_state, &change_account };
    struct world *w = world_open_with(db, errand_modules);
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct act a = { 0 };
        story(w, &a);
        int before = breaks(&a);
        world_write(w, do_tamper, &(struct tamper){ ways[i], a.id }, NULL);
        CHECK(breaks(&a) > before);
    }
    world_close(w);
}

TEST_STORES(P4_a_payload_can_be_erased_and_the_chain_still_holds)
{
    struct world *w = world_open_with(db, errand_modules);
    struct act a = { 0 };
    story(w, &a);
    CHECK_INT(breaks(&a), 0);
    CHECK_INT(a.entries, 3);
    world_write(w, do_tamper, &(struct tamper){ &erase_note, a.id }, NULL);
    CHECK_INT(breaks(&a), 0);
    world_close(w);
}

TEST_STORES(P4_a_sealed_day_cannot_lose_its_last_entries)
{
    struct world *w = world_open_with(db, errand_modules);
    struct act a = { 0 };
    story(w, &a);
    w->clock.at += DAYS(1);
    world_write(w, do_seal, NULL, NULL);
    CHECK_INT(breaks(&a), 0);
    world_write(w, do_tamper, &(struct tamper){ &change_seal, 0 }, NULL);
    CHECK(breaks(&a) > 0);
    world_close(w);
}
