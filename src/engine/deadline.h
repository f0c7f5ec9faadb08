/* deadline.h -- clocks as rows, never timers in memory. Two kinds per matter: the present state's own, and the total
 * one that runs from the first second and is never reset. Clocks start from history, so editing a matter resets none.
 * Extension, suspension and return shift a clock only when approved, and leave their trace in the row.
 * Faults: INTERNAL when a limit does not exist (the boot proof excludes it). */
#ifndef WUXING_ENGINE_DEADLINE_H
#define WUXING_ENGINE_DEADLINE_H

#include "engine/matter.h"

/* Starts a clock by its limit; returns when it ends. */
ms deadline_start(struct tx *, const struct matter *, const char *name, ms from);
void deadline_start_until(struct tx *, const struct matter *, const char *name, ms from, ms due_at);
void deadline_stop(struct tx *, int64_t matter, const char *name, ms at);               /* met; NULL: all of the matter */
void deadline_pause(struct tx *, int64_t matter, ms at);                                /* approved suspension */
void deadline_resume(struct tx *, int64_t matter, ms at);                               /* shifts by the paused time */
void deadline_extend(struct tx *, int64_t matter, const char *name, ms due_at);
ms deadline_next(struct tx *, int64_t matter);                                          /* nearest running one, or 0 */
bool deadline_is_late(struct tx *, int64_t matter);                                     /* a running one has fired */

struct deadline {
    int64_t matter, round;             /* round: how often this clock was started for this matter, from 1 */
    struct str name;
    ms started_at, due_at, done_at, late_at, paused_at;
};
struct rows deadline_get(struct tx *, int64_t matter);
bool deadline_row(struct rows *, struct deadline *ret_deadline);

/* Fires up to 50 rows whose time has come, oldest first: the matter becomes late, the next supervising seat is added with
 * a dossier of what was tried (again after the limit `supervise.again`, three rounds), the state's late_verb is performed.
 * A LATE_RING state's clock marks the alarm late once; who is rung, and when again, is ring.h's. For one apply of the scheduler; returns how many. */
int deadline_fire(struct tx *);

/* The seats that escalation has added. */
struct supervision { int64_t seat, round; ms at; struct str reason; };
struct rows supervision_get(struct tx *, int64_t matter);
bool supervision_row(struct rows *, struct supervision *ret_supervision);

#endif
