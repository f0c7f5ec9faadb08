/* feed.c -- the bell; see feed.h. */
#include "engine/feed.h"

#include <pthread.h>
#include <stdlib.h>

enum { LISTENERS_MAX = 16 };

struct feed {
    pthread_mutex_t lock;
    struct { void (*fn)(void *); void *arg; } listeners[LISTENERS_MAX];
};

struct feed *feed_new(void)
{
    struct feed *feed = calloc(1, sizeof *feed);
    if (!feed)
        abort();
    pthread_mutex_init(&feed->lock, NULL);
    return feed;
}

void feed_free(struct feed *feed)
{
    if (!feed)
        return;
    pthread_mutex_destroy(&feed->lock);
    free(feed);
}

void feed_ring(struct feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    for (int i = 0; i < LISTENERS_MAX; i++)
        if (feed->listeners[i].fn)
            feed->listeners[i].fn(feed->listeners[i].arg);
    pthread_mutex_unlock(&feed->lock);
}

void feed_listen(struct feed *feed, void (*fn)(void *), void *arg)
{
    pthread_mutex_lock(&feed->lock);
    int free_at = 0;
    while (free_at < LISTENERS_MAX && feed->listeners[free_at].fn)
        free_at++;
    if (free_at == LISTENERS_MAX)
        abort();                              /* a fixed, small set of threads listens: more is a mistake of ours */
    feed->listeners[free_at].fn = fn;
    feed->listeners[free_at].arg = arg;
    pthread_mutex_unlock(&feed->lock);
}

void feed_unlisten(struct feed *feed, void *arg)
{
    pthread_mutex_lock(&feed->lock);
    for (int i = 0; i < LISTENERS_MAX; i++)
        if (feed->listeners[i].arg == arg)
            feed->listeners[i].fn = NULL;
    pthread_mutex_unlock(&feed->lock);
}
