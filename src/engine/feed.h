/* feed.h -- wakes those who wait for new events. The feed itself is the outbox table; this is only the bell: each commit
 * rings it (alarms at once, the rest at most every 10 ms), and polling by a slow clock would suffice without it.
 * Threading: any. */
#ifndef WUXING_ENGINE_FEED_H
#define WUXING_ENGINE_FEED_H

#include "engine/engine.h"

struct feed *feed_new(void);
void feed_free(struct feed *);
void feed_ring(struct feed *);
/* Calls fn (which must only wake something) at each ring; several listeners. */
void feed_listen(struct feed *, void (*fn)(void *), void *arg);
void feed_unlisten(struct feed *, void *arg);

#endif
