/* who_test.c -- the matrix of roles and scopes. */
#include "engine/who.h"
#include "test/test.h"

enum { DISTRICT = 1, STREET = 10, STREET2 = 20, COMMUNITY = 11, COMMUNITY2 = 12, GRID = 111, YARD = 1111, OURS = 7, THEIRS = 8 };
static const struct place here = { YARD, STREET, COMMUNITY, GRID };
static const struct place next_door = { COMMUNITY2, STREET, COMMUNITY2, 0 };
static const struct place far = { STREET2, STREET2, 0, 0 };

static bool may(struct grant g, uint32_t roles, struct place place, int64_t org)
{
    struct who who = { .account = 1, .grants = &g, .grant_count = 1, .roles = 1u << g.role };
    return who_may(&who, roles, place, org);
}

TEST(a_grant_reaches_down_from_its_area_and_no_further)
{
    static const struct { int64_t area; enum level level; bool here, next_door, far; } rows[] = {
        { DISTRICT, LEVEL_DISTRICT, true, true, true },
        { STREET, LEVEL_STREET, true, true, false },
        { COMMUNITY, LEVEL_COMMUNITY, true, false, false },
        { GRID, LEVEL_GRID, true, false, false },
        { YARD, LEVEL_COURTYARD, true, false, false },
        { COMMUNITY2, LEVEL_COMMUNITY, false, true, false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct grant g = { .role = ROLE_CLERK, .area = rows[i].area, .level = rows[i].level };
        CHECK_INT(may(g, R_STAFF, here, OURS), rows[i].here);
        CHECK_INT(may(g, R_STAFF, next_door, OURS), rows[i].next_door);
        CHECK_INT(may(g, R_STAFF, far, OURS), rows[i].far);
        CHECK(!may(g, R(DEPT) | R(AUDITOR), here, OURS));          /* another role */
    }
}

TEST(every_role_needs_its_own_bit)
{
    for (int role = 0; role < ROLE_COUNT; role++)
        for (int asked = 0; asked < ROLE_COUNT; asked++)
            CHECK_INT(may((struct grant){ .role = (enum role)role, .area = STREET, .level = LEVEL_STREET }, 1u << asked, here, 0),
                      role == asked);
}

TEST(an_org_grant_covers_what_the_org_owns_wherever_it_is)
{
    struct grant by_org = { .role = ROLE_DEPT, .org = OURS };
    CHECK(may(by_org, R(DEPT), far, OURS));
    CHECK(!may(by_org, R(DEPT), far, THEIRS));
    CHECK(!may(by_org, R(DEPT), far, 0));
    struct grant both = { .role = ROLE_DEPT, .area = STREET, .level = LEVEL_STREET, .org = OURS };
    CHECK(may(both, R(DEPT), here, OURS));
    CHECK(!may(both, R(DEPT), far, OURS));
    CHECK(!may(both, R(DEPT), here, THEIRS));
}

TEST(nothing_else_grants_anything)
{
    struct grant empty = { .role = ROLE_CLERK };
    CHECK(!may(empty, R_ANY, here, OURS));
    CHECK(!may((struct grant){ .role = ROLE_CLERK, .area = STREET, .level = LEVEL_STREET }, R_PUBLIC, here, OURS));
    struct who nobody = { 0 };
    CHECK(!who_may(&nobody, ~0u, here, OURS));
    CHECK(!who_has(&nobody, ~0u));
    CHECK(who_may(&who_system, R(CLERK), here, OURS));
    /* 0 is "not known that finely", never an area of its own */
    CHECK(!may((struct grant){ .role = ROLE_GRID, .area = GRID, .level = LEVEL_GRID }, R_STAFF, next_door, 0));
}

TEST(an_administrator_manages_and_does_not_read)
{
    struct grant admin = { .role = ROLE_ADMIN, .area = DISTRICT, .level = LEVEL_DISTRICT };
    CHECK(!may(admin, R_STAFF, here, OURS));
    CHECK(!may(admin, R_ANY, here, OURS));
    CHECK(may(admin, R(ADMIN), here, OURS));
}

TEST(roles_and_levels_have_names_both_ways)
{
    enum role role;
    enum level level;
    for (int i = 0; i < ROLE_COUNT; i++)
        CHECK(role_from_wire(str_of(role_wire((enum role)i)), &role) && (int)role == i && role_label(role).zh && role_label(role).en);
    for (int i = 0; i < LEVEL_COUNT; i++)
        CHECK(level_from_wire(str_of(level_wire((enum level)i)), &level) && (int)level == i && level_label(level).zh);
    CHECK(!role_from_wire(S("root"), &role) && !level_from_wire(S(""), &level));
}
