/* demo.c -- the command `wuxing demo`, and the frame of the play. See demo.h. */
#include "cli/demo.h"

#include "cli/cli.h"
#include "cli/run.h"

#include <stdlib.h>

extern const struct module *const modules[];

uint64_t demo_random(struct demo *d)
{
    uint64_t z = d->seed += 0x9e3779b97f4a7c15u;       /* splitmix64: the same street from the same seed */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

int demo_below(struct demo *d, int n)
{
    return (int)(demo_random(d) % (uint64_t)n);
}

bool demo_chance(struct demo *d, int per_mille)
{
    return demo_below(d, 1000) < per_mille;
}

struct demo *demo_open(const struct demo_config *c, struct fault *fault)
{
    struct demo *d = calloc(1, sizeof *d);
    if (!d)
        abort();
    arena_init(&d->arena, 0);
    d->seed = c->seed;
    d->to = c->until;
    d->from = day_start(c->until - DAYS(c->days ? c->days : 365));
    d->reports = c->reports ? c->reports : 19500;
    d->progress = c->progress;
    d->progress_arg = c->progress_arg;
    clock_fake_init(&d->clock, d->from);
    /* Power may fail while a demo is made: it is made again then. */
    struct engine_config config = { .dir = c->dir, .url = c->url, .clock = &d->clock.clock, .modules = modules, .create = true, .unsafe_normal = true };
    d->engine = engine_open(&config, fault);
    if (d->engine) {
        d->engine->demo = true;
        d->api = api_new(d->engine);
        return d;
    }
    demo_close(d);
    return NULL;
}

void demo_close(struct demo *d)
{
    if (!d)
        return;
    if (d->api)
        api_free(d->api);
    engine_close(d->engine);
    arena_free(&d->arena);
    free(d);
}

struct demo *demo_fill(const struct demo_config *c, struct fault *fault)
{
    struct demo *d = demo_open(c, fault);
    if (d && demo_town(d, fault) && demo_duty(d, fault) && demo_elders(d, fault) && demo_life(d, fault))
        return d;
    /* The fault's text lives in the demo's arena: whoever reports it does so before the process ends. */
    return NULL;
}
