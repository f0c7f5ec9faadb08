/* demo.h -- the demo street: a synthetic district from a fixed seed, so that somebody who tries the program meets an
 * office at work and not empty lists. The four streets that the founding document names stand in it with their
 * communities and nothing else; all troubles, people, firms and bureaus are invented and live in two invented streets.
 * The year is played through the program's own routes and moves, with a clock of its own: every rule, clock and history entry is
 * what the real work would have left. Every page and export says 演示数据.
 * Memory: a demo lives until demo_close. Threading: one thread. */
#ifndef WUXING_CLI_DEMO_H
#define WUXING_CLI_DEMO_H

#include "engine/engine.h"
#include "engine/org.h"
#include "http/route.h"

enum { STREETS = 2, COLUMNS = 8, ROWS = 5, GRIDS = STREETS * COLUMNS * ROWS, COMMUNITIES = STREETS * COLUMNS,
       YARDS_PER_GRID = 6, DEPARTMENTS = 9, FIRMS = 168, LOGINS_MAX = 20 };

struct demo_grid {
    int64_t id, yards[YARDS_PER_GRID];
    struct str name, yard_names[YARDS_PER_GRID];
    int64_t lat, lon;
    int community, street;                     /* indexes */
    struct who worker;
};
struct demo_login { struct str login, name; enum role role; struct str area; };

struct demo {
    struct engine *engine;
    struct api *api;
    struct clock_fake clock;
    struct arena arena;                        /* the town */
    uint64_t seed;
    ms from, to;                               /* the year that is played */
    int reports;                               /* how many reports the year brings */
    int64_t district, streets[STREETS], communities[COMMUNITIES];
    int64_t org_district, org_streets[STREETS], org_communities[COMMUNITIES], departments[DEPARTMENTS], firms[FIRMS];
    struct str department_names[DEPARTMENTS], firm_names[FIRMS];
    struct demo_grid grids[GRIDS];
    struct who admin, leader[STREETS], clerk[STREETS], clerk_b[STREETS], duty[STREETS], secretary[COMMUNITIES],
        officer[DEPARTMENTS], arbiter, auditor, kiosk;
    struct demo_login logins[LOGINS_MAX];
    int login_count;
    void (*progress)(void *, const char *what, int64_t done, int64_t total);
    void *progress_arg;
    int64_t refused;                           /* calls of the play that the program refused: 0, or the play is wrong */
    struct str first_refusal;
};

#define DEMO_PASSWORD "wuxing-demo-2026"

struct demo_config {
    const char *dir, *url;
    uint64_t seed;
    ms until;                                  /* the year (the days) before this moment is played */
    int reports, days;                         /* 0: 20,000 matters in all, in 365 days */
    void (*progress)(void *, const char *what, int64_t done, int64_t total);
    void *progress_arg;
};
struct demo *demo_open(const struct demo_config *, struct fault *);
bool demo_town(struct demo *, struct fault *);           /* territory, orgs, seats, rosters, people, accounts (demo_town.c) */
bool demo_duty(struct demo *, struct fault *);           /* telephones, a call centre, posts A and B, providers (demo_duty.c) */
bool demo_elders(struct demo *, struct fault *);         /* their files, contacts, keys (demo_care.c) */
bool demo_life(struct demo *, struct fault *);           /* the year (demo_life.c) */
void demo_close(struct demo *);

/* A whole demo street; the log-ins are in the result until demo_close. */
struct demo *demo_fill(const struct demo_config *, struct fault *);

uint64_t demo_random(struct demo *);
int demo_below(struct demo *, int n);                    /* 0 .. n-1 */
bool demo_chance(struct demo *, int per_mille);

#endif
