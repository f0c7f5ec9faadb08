/* outbox.h -- every external effect is a row written in the transaction that causes it. After the commit the row gets
 * its place in the feed (`seq`) and goes to screens, webhooks and messengers; nothing leaves without a commit, nothing
 * is lost after one. The same rows are the delta log that the figure counts are folded from.
 * On SQLite the row's block id is its seq, because one writer commits in the order ids are given; on PostgreSQL rows wait
 * in outbox_wait until the numberer (a lease holder) moves them, in commit order as it sees it. */
#ifndef WUXING_ENGINE_OUTBOX_H
#define WUXING_ENGINE_OUTBOX_H

#include "engine/matter.h"

struct event {
    int64_t seq;
    ms at;
    struct str kind, verb, from, to;
    enum phase from_phase, to_phase;
    int64_t matter;
    struct place place;
    int64_t org;                       /* owner after the move */
    struct str category, channel;
    enum urgency urgency;
    enum secrecy secrecy;
    struct str title;                  /* what a screen shows; empty for sealed matters */
    bool silent;
    int late_delta, unclaimed_delta;   /* +1, -1, 0: for the folded counts */
    int64_t step;                      /* seq of the history entry it tells of, or 0 */
};
void outbox_put(struct tx *, const struct event *);

/* Events after `seq` in order, at most `limit`, all of them: the caller filters by event_visible. */
struct rows outbox_after(struct tx *, int64_t seq, int limit);
struct rows outbox_waiting(struct tx *);                   /* PostgreSQL: some that have no number yet */
bool outbox_row(struct rows *, struct event *ret_event);
int64_t outbox_last(struct tx *);
bool event_visible(const struct who *, const struct event *);
bool outbox_number(struct tx *);       /* PostgreSQL: moves waiting rows; true if any */

#endif
