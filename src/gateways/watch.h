/* watch.h -- frames of locating watches, [3G*ID*LLLL*CONTENT] over TCP: what lies between the brackets, what it tells, and
 * the answer. A frame runs from '[' to the next ']' (inside, both are escaped): a wrong length does not lose an alarm, it is
 * only noted. A frame without end, or longer than WATCH_FRAME_BYTES_MAX, is skipped up to the next '['.
 * A watch says where it is with nearly everything it says. Nothing of that leaves this decoder but with an alarm (rescue,
 * fall): no place, cell or network is in the data or in the raw bytes of any other signal. Steps, turns in bed, pulse and
 * temperature are not kept at all.
 * Units: times ms UTC, places 1e-7 degree WGS-84. Memory: slices of the caller's bytes; texts in the arena. Faults: none; bytes
 * that are no frame are dropped. Threading: pure functions.
 * Source of the layout: traccar's WatchProtocolDecoder and its tests; bits 14-22 by the same. Not seen on a real watch. */
#ifndef WUXING_GATEWAYS_WATCH_H
#define WUXING_GATEWAYS_WATCH_H

#include "base/clock.h"

enum { WATCH_FRAME_BYTES_MAX = 4096, WATCH_SIGNALS_MAX = 10 };

struct watch_frame {
    struct str whole, maker, id, index, length, content, verb;     /* index: empty where the make has none */
    bool exact;                                                    /* the length says what it is */
};
/* Bytes that can be dropped from the front; a frame that lies in them, when there was one, is in `ret_frame`. */
size_t watch_next(struct str bytes, bool *ret_found, struct watch_frame *ret_frame);

struct watch_signal {
    struct str kind, sequence, data, raw;       /* data: a JSON object */
    ms device_at;                               /* 0: it did not say, or not a time that exists */
};
/* What the frame tells at `now`, worst first; the last one is a heartbeat, which every frame is. */
int watch_signals(struct arena *, const struct watch_frame *, ms now, struct watch_signal ret_signals[WATCH_SIGNALS_MAX]);
/* What the watch waits for, or empty. An alarm's answer must not leave before the alarm is on disk. */
struct str watch_answer(struct arena *, const struct watch_frame *);

#endif
