/* promise.h -- 我答应过的: "before Friday" said in a reply becomes a private promise that rings its maker
 * before it is due. A promise belongs to the account that made it; nobody else sees or keeps it. It rings
 * once, the setting `promise.ring` of rules/report.yaml before its end: an event `promise` on the matter, and
 * a mark in the maker's list. Faults: NOT_FOUND for another's promise, STATE when kept before. Memory:
 * tx->arena. Threading: as the tx. */
#ifndef WUXING_ENGINE_PROMISE_H
#define WUXING_ENGINE_PROMISE_H

#include "engine/matter.h"

struct promise {
    int64_t id, matter, account;
    struct str text;
    ms at, due_at, rung_at, done_at;
};
int64_t promise_add(struct tx *, const struct who *, int64_t matter, struct str text, ms due_at);
/* Makes a promise of what a text says about time ("周五前修好"); 0 when it names no time to come. */
int64_t promise_from_text(struct tx *, const struct who *, int64_t matter, struct str text);
void promise_keep(struct tx *, const struct who *, int64_t id);
/* At a hand-over: the maker's open promise becomes another's to keep. */
void promise_give(struct tx *, int64_t id, int64_t from_account, int64_t to_account);
struct rows promise_of_matter(struct tx *, const struct who *, int64_t matter);  /* the maker's own only */
struct rows promise_mine(struct tx *, const struct who *, int limit); /* open ones, the nearest first */
bool promise_row(struct rows *, struct promise *ret_promise);
void promise_members(struct json *, const struct who *,
                     const struct promise *); /* of an object that is open */
void promise_write(struct json *, const struct who *, const struct promise *);   /* one object */
int promise_ring(struct tx *); /* each minute; how many rang */

#endif
