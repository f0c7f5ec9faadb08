/* figure_text.h -- the statements of the figures, shared by figure.c and figure_days.c. A part's text is the middle of a
 * query; it is cut behind the first condition of its "where" into a base, which many parts have in common, and the part's own
 * condition. Parts of one base are counted by one statement, as sums over their conditions.
 * Texts are joined once from constants, at first use, and never hold a value: those are bound.
 * Memory: for the life of the process, like the statements themselves. Threading: locks itself. */
#ifndef WUXING_ENGINE_FIGURE_TEXT_H
#define WUXING_ENGINE_FIGURE_TEXT_H

#include "engine/engine.h"
#include "engine/figure.h"

enum { FIGURE_PARTS = 10, FIGURE_FILTERS = 8, FIGURE_BASES = 4 };
enum { BY_STREET = 1, BY_COMMUNITY = 2, BY_GRID = 4, BY_AREA = 8, SINCE = 16, UNTIL = 32, BELOW_ID = 64,
       AT_HOUR = 128 };      /* the filters */

const struct figure_part *figure_part_of(const struct figure *, int part);       /* 0 numerator, 1 denominator, 2.. ; NULL */

/* One figure: `counts[i]` gives the parts whose base is the i-th, in the order of their numbers. */
struct figure_text {
    const struct figure *figure;
    struct figure_text *next;
    struct filter filters[FIGURE_FILTERS + 1];
    struct sql_list counts[FIGURE_BASES], rows[FIGURE_PARTS], measure;
    int base_of[FIGURE_PARTS];                 /* -1: there is no such part */
    int base_count;
};
struct figure_text *figure_text_of(const struct figure *);

/* All figures of a program, for what is kept by day. A group is one statement that tells of one matter ($1): its street and community, the
 * times that figures go by, and one bit for each part it counts in. */
enum { GROUP_TIMES = 8, GROUP_PARTS = 60 };
struct figure_group {
    struct str kind, base;                     /* kind empty: of every kind */
    const char *times[GROUP_TIMES];
    int time_count, part_count;
    struct { int slot, time; const char *condition; } parts[GROUP_PARTS];
    struct sql sql;
};
struct figure_set {
    const struct module *const *modules;
    struct figure_set *next;
    const struct figure **figures;             /* slot = index * FIGURE_PARTS + part */
    struct figure_group *groups;
    int figure_count, group_count;
    char version[33];                          /* changes with any text */
};
const struct figure_set *figure_set_of(const struct engine *);
int figure_slot(const struct figure_set *, const struct figure *);       /* of part 0; -1: none of this program's */

#endif
