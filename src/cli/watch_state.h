/* watch_state.h -- what a watcher knows of a server, look by look, and what it has to tell people: the thinking of
 * `wuxing watch` without clock, network or files. A part that was well is told as down once it has not been well for
 * `silent`, again every `again` while it lasts, and once more when it is well. While the server does not answer nothing is
 * known of its other parts, and nothing is said of them.
 * Times in ms: `now` on a clock that only runs forward, `wall` Unix time. Memory: the caller's. Threading: one thread. */
#ifndef WUXING_CLI_WATCH_STATE_H
#define WUXING_CLI_WATCH_STATE_H

#include "base/clock.h"
#include "base/fault.h"

enum watch_part {
    WATCH_SERVER,                      /* it answers */
    WATCH_WRITER,                      /* what waits to be written is written */
    WATCH_TURN,                        /* clocks are looked at */
    WATCH_GATEWAY,                     /* device ports and the broker are in order */
    WATCH_CLOCK,                       /* its time is ours */
    WATCH_BEAT,                        /* it hears us: else it would miss our own end too */
    WATCH_PARTS
};
struct label watch_part_trouble(enum watch_part);     /* "%s": since when; what is wrong */

struct watch_limits { ms silent, again, late, skew; };
struct watch_look {                    /* one look at the server */
    bool heard, writable, beat;
    ms at, turn_at, oldest_wait;       /* at: the server's own time */
    bool gateway_trouble;
};
struct watch_state {
    struct { ms well_at, told_at; bool begun, down, tell_again; } parts[WATCH_PARTS];
};
struct watch_word { enum watch_part part; bool well; ms lasted; };

/* Returns how many words there are. */
int watch_step(struct watch_state *, const struct watch_limits *, ms now, ms wall, const struct watch_look *,
               struct watch_word ret_words[WATCH_PARTS]);
/* Nobody could be told: the next step says it again. */
void watch_untold(struct watch_state *, enum watch_part);

#endif
