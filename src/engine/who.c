/* who.c -- rights are compared here and nowhere else. An empty mask is "nobody": pages without log-in are let through by
 * the server before it asks, so that a forgotten mask of a move refuses instead of opening it. */
#include "engine/who.h"

#include <assert.h>

static const struct { const char *wire; struct label label; } roles[ROLE_COUNT] = {
#define X(NAME, wire, zh, en) [ROLE_##NAME] = { wire, L(zh, en) },
#include "engine/role.def"
#undef X
};

static const struct { const char *wire; struct label label; } levels[LEVEL_COUNT] = {
#define X(NAME, wire, zh, en) [LEVEL_##NAME] = { wire, L(zh, en) },
#include "engine/level.def"
#undef X
};

const struct who who_system = {
    .login = { "", 0 }, .name = { "系统", 6 }, .channel = "system", .system = true,
};

const char *role_wire(enum role role)
{
    assert(role < ROLE_COUNT);
    return roles[role].wire;
}

struct label role_label(enum role role)
{
    assert(role < ROLE_COUNT);
    return roles[role].label;
}

bool role_from_wire(struct str wire, enum role *ret_role)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (!str_is(wire, roles[i].wire))
            continue;
        *ret_role = (enum role)i;
        return true;
    }
    return false;
}

const char *level_wire(enum level level)
{
    assert(level < LEVEL_COUNT);
    return levels[level].wire;
}

struct label level_label(enum level level)
{
    assert(level < LEVEL_COUNT);
    return levels[level].label;
}

bool level_from_wire(struct str wire, enum level *ret_level)
{
    for (int i = 0; i < LEVEL_COUNT; i++) {
        if (!str_is(wire, levels[i].wire))
            continue;
        *ret_level = (enum level)i;
        return true;
    }
    return false;
}

static bool area_covers(const struct grant *g, struct place place)
{
    switch (g->level) {
    case LEVEL_DISTRICT:
        return true;                                  /* one district per installation (DESIGN, head) */
    case LEVEL_STREET:
        return place.street == g->area;
    case LEVEL_COMMUNITY:
        return place.community == g->area;
    case LEVEL_GRID:
        return place.grid == g->area;
    default:
        return place.area == g->area;
    }
}

/* A grant with both an area and an org is narrowed by each: least privilege. One with neither covers nothing. */
static bool grant_covers(const struct grant *g, struct place place, int64_t org)
{
    if (g->area == 0 && g->org == 0)
        return false;
    if (g->area && !area_covers(g, place))
        return false;
    return g->org == 0 || g->org == org;
}

bool who_may(const struct who *who, uint32_t mask, struct place place, int64_t org)
{
    if (who->system)
        return true;
    for (int i = 0; i < who->grant_count; i++) {
        const struct grant *g = &who->grants[i];
        if (!(mask & (1u << g->role)))
            continue;
        if (g->role == ROLE_ADMIN && mask != R(ADMIN))
            continue;                                 /* managing the system is no right to read its matters */
        if (grant_covers(g, place, org))
            return true;
    }
    return false;
}

bool who_has(const struct who *who, uint32_t mask)
{
    return who->system || (who->roles & mask) != 0;
}
