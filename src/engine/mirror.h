/* mirror.h -- a matter that another platform owns (12345, the city grid): its number, limits and state there.
 * Our return, extension, suspension and closing of it are requests in state 待上级 until the upstream's
 * answer is recorded, typed or imported (PRACTICE 8). At most one request of a verb waits at a time. Faults:
 * EXISTS (a request of that verb waits), NOT_FOUND. Memory: tx->arena. Threading: as the tx. */
#ifndef WUXING_ENGINE_MIRROR_H
#define WUXING_ENGINE_MIRROR_H

#include "engine/matter.h"

struct mirror {
    int64_t matter;
    struct str upstream,
        number; /* a platform of rules/upstreams.yaml; the order's number there, unique per platform */
    struct str state, limits;          /* as the upstream words them, or empty */
    struct str form;                   /* the rest of the order's form as JSON, or empty */
    ms due_at;                         /* the upstream's limit; 0 unknown */
};
void mirror_put(struct tx *, const struct mirror *);
bool mirror_get(struct tx *, int64_t matter,
                struct mirror *ret_mirror); /* false and no fault: not a mirror */
bool mirror_find(struct tx *, struct str upstream, struct str number,
                 int64_t *ret_matter);                                           /* no fault when missing */
void mirror_set_state(struct tx *, int64_t matter, struct str state, ms due_at); /* empty and 0: as it was */

struct mirror_request {
    int64_t id, matter, account;
    struct str verb, note, answer;     /* verb: return, extend, suspend, close */
    ms at, until, answered_at;         /* until: asked by an extension */
    bool accepted;
};
void mirror_ask(struct tx *, const struct moving *, const char *verb, struct str note, ms until);
/* The oldest waiting request (of that verb, unless it is empty); false and no fault: none waits. */
bool mirror_waiting(struct tx *, int64_t matter, struct str verb, struct mirror_request *ret_request);
void mirror_answered(struct tx *, int64_t request, bool accepted, struct str answer, ms at);
struct rows mirror_requests(struct tx *, int64_t matter);
bool mirror_request_row(struct rows *, struct mirror_request *ret_request);

/* Writes {upstream, number, due_at, state, limits, requests: [...]}, or null when the matter is no mirror. */
void mirror_write(struct tx *, struct json *, int64_t matter, enum lang);

#endif
