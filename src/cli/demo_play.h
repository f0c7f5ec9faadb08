/* demo_play.h -- how the demo's year is played, shared by demo_play.c (when) and demo_life.c (what). A day is one
 * transaction of the engine: its reports and whistles come in by their routes, prepared on a reader as in the office, and
 * its moves are the engine's own, each at its time; clocks that run out between them are fired each hour. An apply may run
 * again on PostgreSQL: what it plans counts only after the commit, and chance starts where it started.
 * Memory: the play lives in the demo's arena, a day's texts in play.arena. Threading: one thread, and the writer's while it
 * waits. */
#ifndef WUXING_CLI_DEMO_PLAY_H
#define WUXING_CLI_DEMO_PLAY_H

#include "cli/demo.h"

enum stage { OPENS, ACCEPTS, ASSIGNS, TAKES, REPLIES, RESOLVES, CALLS_BACK, BLOWS, APPROVES, REPORTS_IN, ARRIVES, FINISHES, CLOSES,
             RINGS, KEEPS, CONFIRMS, ANSWERS,
             PRESSES_KEY, CLAIMS_ALARM, SPEAKS, SENDS, IS_THERE, ENDS, FOLLOWS_UP, SERVES, BREAKS, COVERS, MENDS };

struct event {
    ms at;
    enum stage stage;
    int64_t matter, parent;
    int grid, trouble, department;             /* department -1: the grid worker does it */
    bool urgent, anonymous, mirrored;
    int tries;
};
struct opening { struct event event; struct work *work; };
struct heap { struct event *items; int count, room; };

struct play {
    struct demo *demo;
    struct opening *openings;                  /* what comes in, in the order of time */
    int opening_count, opening_next;           /* next: the first that is not prepared */
    struct heap heap;                          /* what is planned */
    struct arena arena;
    int64_t upstream_number;
    struct tx *tx;                             /* while a day is applied */
    struct str state;                          /* where the last move led */
};

/* demo_play.c */
struct json play_body(struct play *);                      /* an open object, for a call or a move */
void play_prepare(struct play *, struct opening *, const struct who *, const char *path, struct str body);
/* A move as the route /matters/{id}/{verb} makes it, at the event's own time. False: refused, or overtaken. */
bool play_move(struct play *, const struct who *, const struct event *, const char *verb, struct json *body);
void play_plan(struct play *, struct event, enum stage, ms after);
bool play_year(struct play *, struct fault *);

/* demo_life.c */
void life_prepare(struct play *, struct opening *);        /* writes the call that brings it in */
void life_perform(struct play *, const struct event *);

/* demo_care.c: of alarms, `grid` is the elder */
void demo_presses(struct play *);                          /* plans a year of them */
void demo_care_perform(struct play *, const struct event *);

#endif
