/* figure_days.h -- what figures count by day, kept for the district, each street and community, so that a year is a sum over its days.
 * A mark says what a matter counts as now: where, and for each time that figures go by the day and the parts. After an
 * event of the matter its mark is made anew from the records, and the difference is added to the sums. Marks and sums are
 * derived: made by folding, made anew when a figure's text changes, compared with the records by `wuxing check`.
 * A sum answers as of its reader's snapshot: what is not folded yet is added, up to 64 events; of more, the rest follows with
 * the next turn. Threading: as the tx; one turner folds. */
#ifndef WUXING_ENGINE_FIGURE_DAYS_H
#define WUXING_ENGINE_FIGURE_DAYS_H

#include "engine/figure.h"

/* Adds each part's count over whole days [from, to), both midnights; area 0: everywhere, else a street or community. False, and nothing
 * added, while the sums are still being made. */
bool figure_days_sum(struct tx *, const struct figure *, int64_t area, ms from, ms to, int64_t counts[]);
bool figure_days_waiting(struct tx *);
bool figure_days_turn(struct engine *);                    /* folds some; true if there may be more */
bool figure_days_check(struct tx *, void (*bad)(void *, struct str), void *);

#endif
