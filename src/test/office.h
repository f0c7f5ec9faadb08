/* office.h -- an engine without modules or server for the engine's own tests: a fresh store, keys, rules and a clock
 * that stands at 2026-11-23 09:00 +08:00, and one street: 示范区 999901 > 梧桐街道 999901001 > 桂花社区 999901001001 >
 * 桂花一网格 > 桂花路1号院, with its office. Nobody and nothing here is real.
 * Memory: o->arena until office_close. Threading: the thread that opened it, unless a test says otherwise. */
#ifndef WUXING_TEST_OFFICE_H
#define WUXING_TEST_OFFICE_H

#include "engine/account.h"
#include "engine/org.h"
#include "test/stores.h"

struct office {
    struct engine *engine;
    struct clock_fake clock;
    struct arena arena;
    int64_t district, street, community, grid, courtyard, org_street, org_community;
};

struct office_write { void (*fn)(struct tx *, void *); void *arg; };

/* The fault's code; `ret_fault` may be NULL. */
static inline enum err office_try(struct office *o, void (*fn)(struct tx *, void *), void *arg, struct fault *ret_fault)
{
    struct write w = { .apply = fn, .arg = arg, .arena = &o->arena, .lane = LANE_NORMAL };
    store_write(o->engine->store, &w);
    if (ret_fault)
        *ret_fault = w.fault;
    return w.fault.code;
}

static inline void office_write(struct office *o, void (*fn)(struct tx *, void *), void *arg)
{
    struct fault fault = { 0 };
    if (office_try(o, fn, arg, &fault) != ERR_OK)
        check_failed(fault.file ? fault.file : __FILE__, fault.line, fault.what.en ? fault.what.en : err_wire(fault.code));
}

static inline struct tx *office_read(struct office *o)
{
    return read_begin(o->engine->store, &o->arena);
}

static inline int64_t office_area(struct tx *tx, int64_t parent, enum level level, const char *code, const char *name)
{
    struct area a = { .parent = parent, .level = level, .code = str_of(code), .name = str_of(name) };
    return area_put(tx, &a, 1);
}

static inline void office_fill(struct tx *tx, void *arg)
{
    struct office *o = arg;
    o->district = office_area(tx, 0, LEVEL_DISTRICT, "999901", "示范区");
    o->street = office_area(tx, o->district, LEVEL_STREET, "999901001", "梧桐街道");
    o->community = office_area(tx, o->street, LEVEL_COMMUNITY, "999901001001", "桂花社区");
    o->grid = office_area(tx, o->community, LEVEL_GRID, "999901001001001", "桂花一网格");
    o->courtyard = office_area(tx, o->grid, LEVEL_COURTYARD, "999901001001001-Y01", "桂花路1号院");
    struct org street = { .area = o->street, .code = S("O-STREET"), .name = S("梧桐街道办事处"), .kind = S("street") };
    o->org_street = org_put(tx, &street);
    struct org community = { .parent = o->org_street, .area = o->community, .code = S("O-C1"), .name = S("桂花社区居委会"),
                             .kind = S("community") };
    o->org_community = org_put(tx, &community);
}

static inline void office_open_with(struct office *o, struct test_db *db, const struct module *const *list)
{
    struct fault fault = { 0 };
    *o = (struct office){ 0 };
    arena_init(&o->arena, 0);
    clock_fake_init(&o->clock, 1795395600000);
    struct engine_config config = { .dir = db->dir, .url = db->url, .clock = &o->clock.clock, .modules = list, .create = true };
    o->engine = engine_open(&config, &fault);
    if (!o->engine)
        check_failed(__FILE__, __LINE__, fault.what.en ? fault.what.en : err_wire(fault.code));
    office_write(o, office_fill, o);
}

static inline void office_open(struct office *o, struct test_db *db)
{
    static const struct module *const none[] = { NULL };
    office_open_with(o, db, none);
}

static inline void office_close(struct office *o)
{
    engine_close(o->engine);
    arena_free(&o->arena);
}

#endif
