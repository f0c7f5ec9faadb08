/* roster.h -- what the routes of seats, shifts and contacts share: who may keep them, and how two people who edit the same
 * row are told apart. A row's ETag is a digest of what it says; a PUT or DELETE with an older If-Match is refused (STALE). */
#ifndef WUXING_HTTP_ROSTER_H
#define WUXING_HTTP_ROSTER_H

#include "engine/org.h"
#include "http/http.h"

enum { KEEPS_SEATS = R(ADMIN) | R(LEADER) | R(CLERK), KEEPS_SHIFTS = R(ADMIN) | R(LEADER) | R(CLERK) | R(DUTY) };

/* Whether the caller keeps what belongs to this org, or hangs at this area (0: the org's own). No fault. */
bool roster_may(struct req *, uint32_t roles, int64_t org, int64_t area);
/* The same; NOT_FOUND when not. */
bool roster_must(struct req *, uint32_t roles, int64_t org, int64_t area);
struct str seat_etag(struct arena *, const struct seat *);
struct str shift_etag(struct arena *, const struct shift *);
struct str contact_etag(struct arena *, const struct contact *);
/* False and a STALE fault when If-Match names another state. */
bool etag_held(struct req *, struct str etag);
struct str rule_label(struct req *, const char *rule, struct str key);
/* Numbers of staff are for those who keep the roster; others see them masked. */
struct str seat_phone(struct req *, const struct seat *, bool clear);
void seat_members(struct req *, const struct seat *, bool clear);

#endif
