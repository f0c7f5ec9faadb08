/* proof_test.c -- a state graph that could lose a matter must not start. */
#include "test/errand.h"
#include "test/test.h"

#include <string.h>

static bool proves(const struct kind *kind, const char *why)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct fault fault = { 0 };
    bool ok = kind_prove(kind, &arena, &fault);
    CHECK_INT(ok, fault.code == ERR_OK);
    if (!ok)
        CHECK(str_has(str_of(fault.what.en), str_of(why)));
    return ok;
}

/* A copy of the errand's tables that a test may break. */
static struct state states[8];
static struct move moves[16];
static struct kind broken(void)
{
    memset(states, 0, sizeof states);
    memset(moves, 0, sizeof moves);
    for (int i = 0; errand_kind.states[i].name; i++)
        states[i] = errand_kind.states[i];
    for (int i = 0; errand_kind.moves[i].verb; i++)
        moves[i] = errand_kind.moves[i];
    struct kind kind = errand_kind;
    kind.states = states;
    kind.moves = moves;
    return kind;
}

static struct move *move_named(const char *verb)
{
    struct move *m = moves;
    while (!str_is(str_of(verb), m->verb))
        m++;
    return m;
}

TEST(a_sound_kind_is_proved)
{
    struct kind kind = broken();
    CHECK(proves(&kind, ""));
}

TEST(a_state_that_nobody_reaches_is_refused)
{
    struct kind kind = broken();
    move_named("wait")->to = 1;
    CHECK(!proves(&kind, "cannot be reached: waiting"));
}

TEST(a_state_without_a_way_out_is_refused)
{
    struct kind kind = broken();
    move_named("go_on")->from = 1;
    CHECK(!proves(&kind, "no way leads from here to an end: waiting"));
}

TEST(an_unfinished_state_without_a_clock_is_refused)
{
    struct kind kind = broken();
    states[1].clock = NULL;
    CHECK(!proves(&kind, "no clock: doing"));
}

TEST(a_clock_that_ends_with_nobody_is_refused)
{
    struct kind kind = broken();
    states[1].late = LATE_NONE;
    CHECK(!proves(&kind, "does not end with a human: doing"));
}

TEST(a_move_that_nobody_may_perform_is_refused)
{
    struct kind kind = broken();
    move_named("take")->who = 0;
    CHECK(!proves(&kind, "nobody may perform a move: take"));
}

TEST(a_late_verb_must_be_a_move_of_its_state)
{
    struct kind kind = broken();
    states[1].late_verb = "nudge";
    CHECK(!proves(&kind, "the late verb is no move of its state: doing"));
}

TEST(the_drawing_shows_every_state)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct str dot = kind_dot(&errand_kind, &arena, EN);
    for (const struct state *s = errand_kind.states; s->name; s++)
        CHECK(str_has(dot, str_of(s->name)));
    CHECK(str_has(dot, S("asked -> doing [label=\"Take\"]")));
}
