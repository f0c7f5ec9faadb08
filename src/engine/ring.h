/* ring.h -- telephones that ring until a human has the matter. Who is rung, in which order and how soon is
 * rules/ring.yaml; what was tried is a row each (`attempt`), and the climb itself is a row: a restart, a clock that jumps
 * or a process that dies delays it by one pace at most and never ends it (P2).
 *
 * Step 1 rings all answering seats on shift at once; each later step rings the next seat of the order for the first time
 * and all earlier ones again; when everybody was rung it goes on at its own pace, without end, until ring_stop. Steps
 * follow rules/ring.yaml `pace`; when every attempt of a step has failed the next seat is rung at once. With nobody on
 * shift the phones of the owner's org, the street and the district ring first. Each step is an event `ring` of the feed,
 * `ring_nobody` when there was no number at all to ring.
 * An attempt counts only if a telephone rang (rang, answered) or a human recorded that he dialled (logged).
 *
 * Numbers and names are sealed in the rows; what leaves as text is the matter's number and a link, never a name, an
 * illness or an address. Faults: NOT_FOUND, INVALID. Memory: tx->arena. Threading: as the tx; see ring_port below. */
#ifndef WUXING_ENGINE_RING_H
#define WUXING_ENGINE_RING_H

#include "engine/matter.h"

enum ring_result { RING_OPEN, RING_RANG, RING_ANSWERED, RING_BUSY, RING_FAILED, RING_NO_PORT, RING_LOGGED, RING_RESULTS };
const char *ring_result_wire(enum ring_result);                     /* "" for RING_OPEN */
struct label ring_result_label(enum ring_result);
static inline bool ring_counts(enum ring_result r) { return r == RING_RANG || r == RING_ANSWERED || r == RING_LOGGED; }

/* Starts the climb and rings the answering seats; on a running climb (a second press) the next step is taken at once. A
 * stopped one starts again from its first step. */
void ring_start(struct tx *, int64_t matter);
/* Somebody beside the climb, in parallel: family, key-holder, responder. `person` may be 0; `why` is shown, e.g. "family".
 * Number as phone_normal gives it. The attempt's id. */
int64_t ring_person(struct tx *, int64_t matter, int64_t person, struct str name, struct str number, const char *why);
/* A human dialled by himself: whom (a name, perhaps a number) and what happened, in his words. Counts. The attempt's id. */
int64_t ring_said(struct tx *, const struct who *, int64_t matter, struct str name, struct str number, struct str what);
/* A human has it: what waits to be rung is not rung any more. `who` may be NULL (the matter ended). */
void ring_stop(struct tx *, const struct who *, int64_t matter);
/* The matter has ended: nobody at all is rung for it any more, family included. By matter_move. */
void ring_end(struct tx *, int64_t matter);
bool ring_running(struct tx *, int64_t matter);
/* A matter's state whose clock is LATE_RING ran out, or its climb is due: called by the scheduler. How many steps. */
int ring_climb(struct tx *);
bool ring_due(struct tx *);                                          /* anything for ring_climb now? reads only */

struct ring {
    int64_t matter, step, stopped_by;
    ms started_at, last_at, next_at, stopped_at;                    /* next_at 0: it does not ring */
    bool whole;                                                     /* everybody there is was rung at least once */
};
int ring_due_list(struct tx *, int64_t *ret_matters, int max);       /* those, the longest due first */
bool ring_get(struct tx *, int64_t matter, struct ring *ret_ring);   /* false: never rang */

struct attempt {
    int64_t id, matter, round, seat, org, person, said_by;
    struct str name, number;           /* clear: mask before a page unless its reader has to dial */
    struct str why, port, note;        /* why: the seat's kind, "office", "family" ... */
    ms at, asked_at, rang_at, ended_at, texted_at;
    enum ring_result result;
    bool again;
};
struct rows ring_list(struct tx *, int64_t matter, int64_t after, int limit);    /* oldest first, ids above `after` */
bool ring_row(struct rows *, struct attempt *ret_attempt);

/* Who would be rung, in order, at a place owned by an org: for "who is on duty now and who is next". At most `max`. */
struct ring_seat {
    int64_t seat, org, account;
    struct str name, number, kind;
    struct label circle;
    int circle_no;
    bool on_shift;
    ms until;                          /* end of the shift, or 0 */
};
int ring_order(struct tx *, struct place, int64_t org, struct ring_seat *ret_seats, int max);

#endif
