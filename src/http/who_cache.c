/* who_cache.c -- sessions and tokens that were verified within the last 5 s, so that a busy browser does not cost three
 * statements per request. Keyed by a digest: the secret itself is not kept. Everything is forgotten when any log-in,
 * password or grant changes here; another process of the same store learns of it within the 5 s. */
#include "http/http.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2048, WAYS = 4, KEPT_MS = 5000, GRANTS_MAX = 16, TEXT_BYTES_MAX = 160 };

struct slot {
    uint8_t digest[32];
    ms until;
    struct who who;
    struct grant grants[GRANTS_MAX];
    char login[TEXT_BYTES_MAX], name[TEXT_BYTES_MAX];
};
struct who_cache {
    pthread_mutex_t lock;
    struct clock *clock;
    uint64_t generation;
    struct slot *slots[SLOTS];
};

struct who_cache *who_cache_new(struct clock *clock)
{
    struct who_cache *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->clock = clock;
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

void who_cache_free(struct who_cache *c)
{
    if (!c)
        return;
    for (int i = 0; i < SLOTS; i++)
        free(c->slots[i]);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

struct str who_cache_key(struct arena *arena, struct str secret, char kind)
{
    char *digest = arena_alloc(arena, 32);
    struct buf b = buf_in(arena);
    buf_char(&b, kind);
    buf_put(&b, secret);
    struct str whole = buf_str(&b);
    crypto_generichash((unsigned char *)digest, 32, (const unsigned char *)whole.p, whole.n, NULL, 0);
    return (struct str){ digest, 32 };
}

static size_t slot_of(struct str key)
{
    uint32_t hash;
    memcpy(&hash, key.p, sizeof hash);
    return hash % (SLOTS / WAYS) * WAYS;
}

bool who_cache_get(struct who_cache *c, struct arena *arena, struct str key, struct who *ret_who)
{
    bool found = false;
    ms now = c->clock->now(c->clock);
    size_t first = slot_of(key);
    pthread_mutex_lock(&c->lock);
    for (size_t i = first; i < first + WAYS && !found; i++) {
        const struct slot *s = c->slots[i];
        if (!s || s->until <= now || s->until > now + KEPT_MS || memcmp(s->digest, key.p, 32) != 0)
            continue;
        found = true;
        *ret_who = s->who;
        struct grant *grants = arena_array(arena, struct grant, (size_t)s->who.grant_count);
        memcpy(grants, s->grants, sizeof *grants * (size_t)s->who.grant_count);
        ret_who->grants = grants;
        ret_who->login = arena_copy(arena, s->who.login);
        ret_who->name = arena_copy(arena, s->who.name);
    }
    pthread_mutex_unlock(&c->lock);
    return found;
}

uint64_t who_cache_generation(struct who_cache *c)
{
    pthread_mutex_lock(&c->lock);
    uint64_t generation = c->generation;
    pthread_mutex_unlock(&c->lock);
    return generation;
}

static void fill(struct slot *s, struct str key, const struct who *who, ms until)
{
    memcpy(s->digest, key.p, 32);
    s->until = until;
    s->who = *who;
    memcpy(s->grants, who->grants, sizeof *s->grants * (size_t)who->grant_count);
    memcpy(s->login, who->login.p, who->login.n);
    memcpy(s->name, who->name.p, who->name.n);
    s->who.grants = s->grants;
    s->who.login.p = s->login;
    s->who.name.p = s->name;
}

void who_cache_put(struct who_cache *c, struct str key, const struct who *who, uint64_t generation)
{
    if (who->grant_count > GRANTS_MAX || who->login.n > TEXT_BYTES_MAX || who->name.n > TEXT_BYTES_MAX)
        return;
    ms now = c->clock->now(c->clock);
    size_t first = slot_of(key), oldest = first;
    pthread_mutex_lock(&c->lock);
    for (size_t i = first; i < first + WAYS; i++) {
        if (!c->slots[i]) {
            c->slots[i] = calloc(1, sizeof **c->slots);
            if (!c->slots[i])
                abort();
        }
        if (memcmp(c->slots[i]->digest, key.p, 32) == 0 || c->slots[i]->until == 0) {
            oldest = i;
            break;
        }
        if (c->slots[i]->until < c->slots[oldest]->until)
            oldest = i;
    }
    if (generation == c->generation)
        fill(c->slots[oldest], key, who, now + KEPT_MS);
    pthread_mutex_unlock(&c->lock);
}

void who_cache_forget(struct who_cache *c)
{
    pthread_mutex_lock(&c->lock);
    c->generation++;
    for (int i = 0; i < SLOTS; i++)
        if (c->slots[i])
            c->slots[i]->until = 0;
    pthread_mutex_unlock(&c->lock);
}
