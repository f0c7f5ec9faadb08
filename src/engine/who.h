/* who.h -- who acts, and what they may do. Rights are a table: role x verb x scope; nothing else grants anything.
 * A grant gives one role over one area (and all below it) and/or one org, from a day to a day. A route or a move names
 * the roles that may (a mask); the engine compares the grant's area with the matter's place.
 * Memory: a who lives in the request's arena. Threading: a value. */
#ifndef WUXING_ENGINE_WHO_H
#define WUXING_ENGINE_WHO_H

#include "store/db.h"

enum role {
#define X(NAME, wire, zh, en) ROLE_##NAME,
#include "engine/role.def"
#undef X
    ROLE_COUNT
};
#define R(name) (1u << ROLE_##name)
#define R_STAFF (R(ADMIN) | R(LEADER) | R(CLERK) | R(DUTY) | R(COMMUNITY) | R(GRID))   /* the street's own people */
#define R_ANY (R_STAFF | R(DEPT) | R(ARBITER) | R(AUDITOR) | R(API))                      /* any log-in but a kiosk */
#define R_PUBLIC 0u                                                                      /* no log-in needed */

const char *role_wire(enum role);
struct label role_label(enum role);
bool role_from_wire(struct str, enum role *ret_role) MUST_USE;

enum level {                                   /* of areas; LEVEL_LAYER: outside the administrative tree */
#define X(NAME, wire, zh, en) LEVEL_##NAME,
#include "engine/level.def"
#undef X
    LEVEL_COUNT
};
const char *level_wire(enum level);
struct label level_label(enum level);
bool level_from_wire(struct str, enum level *ret_level) MUST_USE;

/* Where something is, as ids of the administrative tree; 0 where it is not known that finely. `area` is the exact node. */
struct place {
    int64_t area, street, community, grid;
};

struct grant {
    enum role role;
    int64_t area;                              /* 0: only by org */
    enum level level;                          /* of area */
    int64_t org;                               /* 0: any */
};

struct who {
    int64_t account;                           /* 0: nobody (public) or the system */
    int64_t session, token;
    struct str login, name;
    const struct grant *grants;
    int grant_count;
    uint32_t roles;                            /* union of the grants' bits */
    enum lang lang;
    const char *channel;                       /* web, phone, api, paper, device, system ... (channels of rules/channels.yaml) */
    bool system;                               /* the engine itself: clocks, imports, demo */
    bool must_change;                          /* first password not yet changed */
};

extern const struct who who_system;

/* May `who` act in one of `roles` on something at `place` owned by `org`? Street-level grants cover what has that
 * street, community-level that community, grid-level that grid, a district-level grant covers all. A grant with an org
 * covers what that org owns or was called for. ROLE_ADMIN manages the system but does not thereby read matters. */
bool who_may(const struct who *, uint32_t roles, struct place, int64_t org);
bool who_has(const struct who *, uint32_t roles);

#endif
