/* watch_state_test.c -- a watcher's nights, on a clock of the test's own. */
#include "cli/watch_state.h"
#include "test/test.h"

static const struct watch_limits limits = { .silent = SECONDS(60), .again = MINUTES(10), .late = SECONDS(20), .skew = SECONDS(30) };

struct night { struct watch_state state; struct watch_word words[WATCH_PARTS]; ms now; int said; };

/* Looks every 15 s for so long; how often somebody was told something. `at` is how far the server's clock is ahead, `turn_at`
 * how long ago its clocks were looked at. */
static int pass(struct night *n, ms how_long, struct watch_look how)
{
    int said = 0;
    for (ms end = n->now + how_long; n->now < end;) {
        n->now += SECONDS(15);
        struct watch_look look = how;
        look.at = n->now + how.at;
        look.turn_at = look.at - how.turn_at;
        n->said = watch_step(&n->state, &limits, n->now, n->now, &look, n->words);
        said += n->said;
    }
    return said;
}

static const struct watch_look well = { .heard = true, .writable = true, .beat = true };
static const struct watch_look silence = { 0 };

TEST(watcher_says_nothing_while_all_is_well)
{
    struct night n = { .now = DAYS(100) };
    CHECK_INT(pass(&n, HOURS(8), well), 0);
}

TEST(watcher_tells_of_a_silent_server_within_90_seconds_and_goes_on)
{
    struct night n = { .now = DAYS(100) };
    pass(&n, MINUTES(5), well);
    CHECK_INT(pass(&n, SECONDS(90), silence), 1);              /* one word: of what cannot be seen it says nothing */
    CHECK_INT(pass(&n, HOURS(1), silence), 6);
    CHECK_INT(pass(&n, SECONDS(15), well), 1);
    CHECK(n.words[0].part == WATCH_SERVER && n.words[0].well && n.words[0].lasted >= HOURS(1));
    CHECK_INT(pass(&n, HOURS(1), well), 0);
}

TEST(watcher_is_not_woken_by_a_restart)
{
    struct night n = { .now = DAYS(100) };
    pass(&n, MINUTES(5), well);
    for (int i = 0; i < 20; i++) {
        CHECK_INT(pass(&n, SECONDS(45), silence), 0);
        CHECK_INT(pass(&n, SECONDS(30), well), 0);
    }
}

TEST(watcher_knows_a_server_that_answers_and_does_nothing)
{
    static const struct { struct watch_look look; enum watch_part part; } halves[] = {
        { { .heard = true, .beat = true }, WATCH_WRITER },
        { { .heard = true, .writable = true, .beat = true, .oldest_wait = SECONDS(21) }, WATCH_WRITER },
        { { .heard = true, .writable = true, .beat = true, .turn_at = HOURS(1) }, WATCH_TURN },
        { { .heard = true, .writable = true, .beat = true, .gateway_trouble = true }, WATCH_GATEWAY },
        { { .heard = true, .writable = true, .beat = true, .at = DAYS(1) }, WATCH_CLOCK },
        { { .heard = true, .writable = true }, WATCH_BEAT },
    };
    for (size_t i = 0; i < COUNT(halves); i++) {
        struct night n = { .now = DAYS(100) };
        pass(&n, MINUTES(5), well);
        CHECK_INT(pass(&n, SECONDS(60), halves[i].look), 1);
        CHECK_INT(n.words[0].part, halves[i].part);
        CHECK(watch_part_trouble(n.words[0].part).zh && !n.words[0].well);
        CHECK_INT(pass(&n, MINUTES(2), silence), 1);           /* then it dies: another word, for another part */
        CHECK_INT(pass(&n, SECONDS(15), well), 2);             /* both are over */
    }
}

TEST(watcher_that_reached_nobody_says_it_again)
{
    struct night n = { .now = DAYS(100) };
    pass(&n, MINUTES(5), well);
    CHECK_INT(pass(&n, SECONDS(60), silence), 1);
    watch_untold(&n.state, WATCH_SERVER);
    CHECK_INT(pass(&n, SECONDS(15), silence), 1);
    CHECK_INT(pass(&n, SECONDS(15), silence), 0);
}
