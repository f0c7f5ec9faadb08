/* device_book.h -- what gateways must know of devices without asking the store: who is registered, with which key; and
 * what may reach the store late: when each was last heard, and which strangers called. A device that is changed is known
 * here at the next turn; heartbeats are written together, each device at most once in FLUSH_MS, at once if it counted as
 * silent; strangers are counted by protocol, account and reason, with how often in the present hour.
 * Times in ms. Memory: its own; keys stay sealed. Faults: none; a turn that fails is tried again. Threading: any thread;
 * one at a time turns. */
#ifndef WUXING_ENGINE_DEVICE_BOOK_H
#define WUXING_ENGINE_DEVICE_BOOK_H

#include "engine/device.h"

enum { STRANGERS_KEPT_MAX = 5000, STRANGERS_WAITING_MAX = 1000 };

struct device_book;
struct device_book *device_book_open(struct engine *);
void device_book_close(struct device_book *);          /* writes what waits; takes NULL */

struct device_known { int64_t id, interval_s; struct str key, vendor, clock; };        /* key: opened; all in the arena, or empty */
bool device_book_find(struct device_book *, struct str protocol, struct str account, struct arena *, struct device_known *ret_known);
bool device_book_loaded(struct device_book *);         /* false: the store was not read yet */
bool device_book_heard(struct device_book *, struct str protocol, struct str account, ms at);      /* false: not registered */
/* reason: "unknown", "key" (encrypted or signed wrongly), "replayed", "malformed". */
void device_book_stranger(struct device_book *, struct str protocol, struct str account, const char *reason, ms at);
/* Reads what changed and writes what waits; false when the store is away. */
bool device_book_turn(struct device_book *);

struct stranger {
    int64_t id, times, hour_times;     /* hour_times: in the hour that began at hour_at */
    struct str protocol, account, reason;
    ms first_at, last_at, hour_at;
};
void stranger_put(struct tx *, const struct stranger *);               /* hour_ is made of last_at and times */
struct rows stranger_list(struct tx *, int limit);     /* last heard first */
bool stranger_row(struct rows *, struct stranger *ret_stranger);

#endif
