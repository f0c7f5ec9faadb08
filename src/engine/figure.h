/* figure.h -- a figure is a named number: its query, numerator, denominator, exclusions and rule version. Every number on
 * every screen is a figure and opens to formula, rows, evidence.
 * A part is the middle of a query over `matter m` (joins allowed); the engine puts "select count(*)" or the rows' columns
 * before it, and the area, the period and the cursor behind it, so that the number and its rows cannot disagree.
 * Counts that screens show all the time are folded (figure_counts). So is what each part counts on each day of its time column,
 * for the district, streets and communities (figure_days.h): a record that a figure looks at changes only with an event of its
 * matter, as every move leaves one. Hours at the ends of a period, smaller areas and quantiles are counted when asked.
 * An empty denominator gives no value ("—"), never 0 or 100 %. Small cells (< 5) are hidden from the public only. */
#ifndef WUXING_ENGINE_FIGURE_H
#define WUXING_ENGINE_FIGURE_H

#include "engine/matter.h"

struct figure_part {
    struct label label;                /* of an exclusion: why it does not count */
    const char *from;                  /* "from matter m join report r on r.id = m.id where m.kind = 'report' and ..." */
};
struct figure {
    const char *name;                  /* report.resolved_rate */
    struct label label, formula, unit;
    const char *rule;                  /* the rule set whose version is shown, or NULL */
    const char *time_column;           /* m.opened_at, m.closed_at ... the period is about this one */
    struct figure_part numerator;
    struct figure_part denominator;    /* .from NULL: a plain count */
    const struct figure_part *exclusions;      /* ended by {0}; may be NULL */
    /* Instead of a count: the median (or `quantile`) over the numerator's rows of this expression ("c.answered_at - c.called_at"), shown
     * in units of `measure_unit`. No rows: no value. */
    const char *measure;
    int64_t measure_unit;
    int quantile;                      /* per mille: 900 is P90, by nearest rank; 0: the median */
    const char *norm;                  /* an entry of `rule` whose `value` (per mille) others reach, or NULL */
};

struct figure_value {
    bool has_value;
    double value;
    int64_t numerator, denominator;
    int64_t excluded[8];
    int exclusion_count;
};
struct figure_query { int64_t area; ms from, to; int hour; };      /* hour: of the day + 1; 0: any */
struct engine;
const struct figure *figure_find(const struct engine *, struct str name);
bool figure_value(struct tx *, const struct who *, const struct figure *, const struct figure_query *,
                  struct figure_value *ret_value);
/* Ids of the rows behind a part (0 numerator, 1 denominator, 2.. exclusions), newest first. */
struct rows figure_rows(struct tx *, const struct who *, const struct figure *, int part, const struct figure_query *,
                        int64_t after, int limit);

/* Folded counts by day and area from the outbox. */
bool figure_fold(struct tx *, int limit);                 /* true if there is more to fold */
struct board { int64_t open, overdue, due_today, alarms, unclaimed, done_today, opened_today; };
bool figure_board(struct tx *, const struct who *, int64_t area, struct board *ret_board);
/* Rebuilds the counts from history and compares. */
bool figure_check(struct tx *, void (*bad)(void *, struct str), void *);

#endif
