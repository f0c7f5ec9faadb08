/* cache.c -- prepared statements of one connection, by the address of their text; the least used goes first.
 * Bounded, because 800 statements on six connections cost 40 MB. */
#include "store/store.h"

#include <assert.h>
#include <stdlib.h>

static struct statement **bucket_of(struct statements *c, const struct sql *sql)
{
    uintptr_t key = (uintptr_t)sql / sizeof(void *);
    return &c->bucket[(key ^ key >> 9) % COUNT(c->bucket)];
}

static void unlink_age(struct statements *c, struct statement *s)
{
    *(s->newer ? &s->newer->older : &c->newest) = s->older;
    *(s->older ? &s->older->newer : &c->oldest) = s->newer;
}

static void link_newest(struct statements *c, struct statement *s)
{
    s->newer = NULL;
    s->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = s;
    c->newest = s;
}

struct statement *statements_find(struct statements *c, const struct sql *sql)
{
    struct statement *s = *bucket_of(c, sql);
    while (s && s->sql != sql)
        s = s->chain;
    if (s && s != c->newest) {
        unlink_age(c, s);
        link_newest(c, s);
    }
    return s;
}

struct statement *statements_add(struct statements *c, const struct sql *sql)
{
    struct statement *s = calloc(1, sizeof *s), **bucket = bucket_of(c, sql);
    if (!s)
        abort();
    s->sql = sql;
    s->chain = *bucket;
    *bucket = s;
    link_newest(c, s);
    c->count++;
    return s;
}

struct statement *statements_spare(struct statements *c)
{
    if (c->count < STATEMENTS_MAX)
        return NULL;
    struct statement *s = c->oldest;
    while (s && s->busy)
        s = s->newer;
    return s;
}

void statements_drop(struct statements *c, struct statement *s)
{
    assert(!s->busy);
    struct statement **at = bucket_of(c, s->sql);
    while (*at != s)
        at = &(*at)->chain;
    *at = s->chain;
    unlink_age(c, s);
    c->count--;
    free(s);
}
