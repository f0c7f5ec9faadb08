/* engine.h -- the engine: everything a matter needs, over one store. One per process; tx->env points to it.
 * Threading: what it holds is fixed after engine_open, but for the rules, which are swapped whole (rules_of), and the gateways. */
#ifndef WUXING_ENGINE_ENGINE_H
#define WUXING_ENGINE_ENGINE_H

#include "engine/module.h"

struct keys;
struct rules;
struct feed;
struct search;
struct motion;
struct gateway;
struct signal_map;
struct engine {
    struct store *store;
    struct clock *clock;
    const struct module *const *modules;
    struct keys *keys;                 /* engine/keys.h: subkeys by purpose from the master key file */
    struct rules *_Atomic rules;       /* engine/rule.h */
    struct feed *feed;                 /* engine/feed.h */
    struct search *search;             /* engine/search.h */
    struct signal_map *signal_map;     /* engine/signal_map.h */
    struct motion *motion;             /* engine/motion.h: samples of accelerometers */
    struct gateway *_Atomic gateways[32];  /* engine/gateway.h */
    char dir[512], url[512];           /* data folder; database URL, empty for SQLite */
    bool demo;                         /* 演示数据 on every page and export */
    _Atomic ms turned_at;              /* when the background duties were last looked at by this process; 0: they do not run */
};
static inline struct engine *engine_of(const struct tx *tx) { return tx->env; }

struct engine_config {
    const char *dir, *url;             /* as store_config */
    struct clock *clock;
    const struct module *const *modules;
    const char *signal_map;            /* the street's own file beside rules/signal_map.yaml, or NULL */
    bool create;                       /* init: make the folder and the master key */
    const char *vfs;
    bool unsafe_normal;
    bool background;                   /* starts the engine's threads (scheduler, feed numberer, folder, search) */
};
/* Opens store, keys and rules, migrates, proves every kind. NULL and a fault if anything is wrong. */
struct engine *engine_open(const struct engine_config *, struct fault *);
void engine_close(struct engine *);

const struct kind *engine_kind(const struct engine *, struct str name);

/* One turn of each background duty at the clock's time, for tests and the simulator: fires due deadlines, numbers and
 * folds the outbox, runs the modules' ticks. True if there is more to do. */
bool engine_turn(struct engine *);
/* What a turn does by the clock, inside the caller's transaction and at its tx->now: clocks that ran out, the modules'
 * ticks, the seal. For past time that is played in large transactions (the demo); engine_turn does the rest. */
void engine_tick(struct tx *);

#endif
