/* world.h -- a whole office for a test: engine, modules and routes on a fresh store, a fake clock that stands at Monday
 * 2026-11-23 09:00 +08:00, and a small fictional district (示范区) with two streets:
 *
 *   示范区 999901 ── 梧桐街道 999901001 ─┬─ 桂花社区 999901001001 ─┬─ 桂花一网格 ── 桂花路1号院 ── 1单元
 *                │                    │                        └─ 桂花二网格
 *                │                    └─ 银杏社区 999901001002 ─── 银杏一网格
 *                └─ 榆树街道 999901002 ─── 槐花社区 999901002001 ─── 槐花一网格
 *
 * and one account for each role at 梧桐街道 (w->clerk, w->grid1 ...), plus the same roles elsewhere for refusals.
 * Nobody and nothing here is real. Memory: everything lives in w->arena until the world closes. */
#ifndef WUXING_TEST_WORLD_H
#define WUXING_TEST_WORLD_H

#include "engine/engine.h"
#include "engine/org.h"
#include "http/route.h"
#include "test/stores.h"

struct world {
    struct engine *engine;
    struct api *api;
    struct clock_fake clock;
    struct arena arena;
    struct test_db *db;
    /* areas */
    int64_t district, street, street2, community1, community2, community3, grid1, grid2, grid3, grid4, courtyard, unit;
    /* orgs */
    int64_t org_district, org_street, org_street2, org_community1, org_community2, org_urban, org_housing, org_market, org_firm;
    /* people */
    struct who admin, leader, clerk, clerk_b, duty, secretary, secretary2, worker1, worker2, worker_far, clerk_far, urban, housing,
        arbiter, auditor, kiosk, integration, nobody;
};

/* The same office with other modules: for tests of the engine, which bring a kind of their own. */
struct world *world_open_with(struct test_db *, const struct module *const *);

#define WORLD_MORNING 1795395600000        /* 2026-11-23T09:00:00+08:00 */

/* One call through the whole path of a request. `path` is below /api/v1 unless it starts with "//" (root). */
struct answer world_call(struct world *, const struct who *, enum method, const char *path, const char *json);
struct answer world_call_with_key(struct world *, const struct who *, enum method, const char *path, const char *json, const char *key);
#define world_get(w, who, path) world_call((w), (who), GET, (path), NULL)
#define world_post(w, who, path, json) world_call((w), (who), POST, (path), (json))
/* POST /matters/{id}/{verb}; the status. */
int world_move(struct world *, const struct who *, int64_t id, const char *verb, const char *json);

/* Members by a dotted path, list items by number: "deadlines.0.name". Missing gives 0 or the empty slice. */
int64_t answer_int(struct world *, const struct answer *, const char *path);
struct str answer_str(struct world *, const struct answer *, const char *path);
int answer_count(struct world *, const struct answer *, const char *path);     /* items of a list; -1: no list */

/* Moves the clock and lets the engine do all that has fallen due. */
void world_advance(struct world *, ms by);
void world_turn(struct world *);

/* Runs fn in one write, or over one read; CHECKs that it was not refused, unless `ret_fault` is given. */
void world_write(struct world *, void (*fn)(struct tx *, void *), void *arg, struct fault *ret_fault);
void world_read(struct world *, void (*fn)(struct tx *, void *), void *arg);

#endif
