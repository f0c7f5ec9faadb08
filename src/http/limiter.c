/* limiter.c -- how often a caller may do what is dear or guessable: a bucket per key that refills with time. A table of
 * fixed size; under a flood of keys the fullest bucket of a row is given up, so a flood can only help other callers. */
#include "http/http.h"

#include <stdlib.h>

enum { ROWS = 2048, WAYS = 8 };

struct bucket {
    uint64_t key;
    int64_t used_milli;                /* thousandths of a token taken and not yet refilled */
    ms at;
};
struct limiter {
    pthread_mutex_t lock;
    struct clock *clock;
    struct bucket buckets[ROWS][WAYS];
};

struct limiter *limiter_new(struct clock *clock)
{
    struct limiter *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    l->clock = clock;
    pthread_mutex_init(&l->lock, NULL);
    return l;
}

void limiter_free(struct limiter *l)
{
    if (!l)
        return;
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static struct bucket *bucket_of(struct limiter *l, uint64_t key)
{
    struct bucket *row = l->buckets[key % ROWS], *best = row;
    for (int i = 0; i < WAYS; i++) {
        if (row[i].key == key)
            return &row[i];
        if (row[i].used_milli < best->used_milli)
            best = &row[i];
    }
    *best = (struct bucket){ .key = key };
    return best;
}

bool limiter_take(struct limiter *l, struct str key, int64_t burst, int64_t per_minute)
{
    uint64_t hash = str_hash(key);
    ms now = l->clock->now(l->clock);
    pthread_mutex_lock(&l->lock);
    struct bucket *b = bucket_of(l, hash ? hash : 1);
    ms passed = now > b->at ? now - b->at : 0;
    if (passed > HOURS(1))
        passed = HOURS(1);
    int64_t refilled = passed * per_minute / 60;          /* per minute over 60,000 ms, in thousandths */
    if (b->at == 0 || refilled > 0) {
        b->used_milli = b->used_milli > refilled ? b->used_milli - refilled : 0;
        b->at = now;
    }
    bool may = b->used_milli + 1000 <= burst * 1000;
    if (may)
        b->used_milli += 1000;
    pthread_mutex_unlock(&l->lock);
    return may;
}
