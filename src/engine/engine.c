/* engine.c -- opens everything in the order of the layers, and turns the background duties. See engine.h. */
#include "engine/engine.h"

#include "engine/motion.h"

#include "engine/account.h"
#include "engine/deadline.h"
#include "engine/device_query.h"
#include "engine/erase.h"
#include "engine/feed.h"
#include "engine/figure.h"
#include "engine/figure_days.h"
#include "engine/history.h"
#include "engine/idem.h"
#include "engine/job.h"
#include "engine/keys.h"
#include "engine/outbox.h"
#include "engine/ring.h"
#include "engine/rule.h"
#include "engine/search.h"
#include "engine/signal_map.h"
#include "engine/visit.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

SQL(select_demo, "select demo from office limit 1");
SQL(select_cursor, "select seq, until_at, holder from cursor_of where name = $1");
SQL(insert_cursor, "insert into cursor_of(name, seq, holder, until_at) values ($1, $2, $3, $4) on conflict do nothing");
SQL(update_lease, "update cursor_of set holder = $1, until_at = $2 where name = $3 and (until_at < $4 or holder = $5)");

enum { MIGRATION_LISTS_MAX = 64, TURN_MS = 200, LEASE_MS = 5000, BATCH = 500 };
extern const struct migration engine_migrations[];

struct background {
    pthread_t turner, searcher;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    atomic_bool stop;
    bool ring;
    char holder[33];
    ms last_minute;
};
struct engine_whole {
    struct engine engine;                     /* first: one pointer serves for both */
    struct background bg;
    bool threads;
};

static struct background *background_of(struct engine *e)
{
    return &((struct engine_whole *)e)->bg;
}

const struct kind *engine_kind(const struct engine *e, struct str name)
{
    for (const struct module *const *module = e->modules; *module; module++)
        for (const struct kind *const *kind = (*module)->kinds; kind && *kind; kind++)
            if (str_is(name, (*kind)->name))
                return *kind;
    return NULL;
}

static bool prove_kinds(struct engine *e, struct fault *fault)
{
    static struct arena arena;                /* keeps the fault's text: the process stops after it */
    for (const struct module *const *module = e->modules; *module; module++)
        for (const struct kind *const *kind = (*module)->kinds; kind && *kind; kind++)
            if (!kind_prove(*kind, &arena, fault))
                return false;
    return true;
}

static void register_all(const struct module *const *list)
{
    for (const struct module *const *module = list; *module; module++) {
        for (const struct signal_told *t = (*module)->signals; t && t->kind; t++)
            signal_register(t);
        for (const struct visit_told *t = (*module)->visits; t && t->purpose; t++)
            visit_register(t);
        for (const struct erase_place *place = (*module)->erases; place && place->name; place++)
            erase_register(place);
    }
}

static bool open_store(struct engine *e, const struct engine_config *c, struct fault *fault)
{
    static const struct migration *lists[MIGRATION_LISTS_MAX];
    int count = 0;
    lists[count++] = engine_migrations;
    for (const struct module *const *module = c->modules; *module; module++)
        if ((*module)->migrations)
            lists[count++] = (*module)->migrations;
    assert(count < MIGRATION_LISTS_MAX);
    lists[count] = NULL;
    struct store_config config = {
        .dir = c->dir, .url = c->url, .clock = c->clock, .migrations = lists, .env = e, .vfs = c->vfs, .unsafe_normal = c->unsafe_normal,
    };
    e->store = store_open(&config, fault);
    return e->store && store_check_sql(e->store, fault);
}

static bool read_office(struct engine *e, struct fault *fault)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct tx *tx = read_begin(e->store, &arena);
    int64_t demo = 0;
    db_one(tx, select_demo, IN(), OUT(&demo));
    e->demo = demo != 0;
    bool ok = rules_refresh(tx);
    if (!ok)
        *fault = tx->fault;
    read_end(tx);
    return ok;
}

/* --- background -------------------------------------------------------------------------------------------------------------- */

static void wake(void *arg)
{
    struct background *bg = arg;
    pthread_mutex_lock(&bg->lock);
    bg->ring = true;
    pthread_cond_signal(&bg->woken);
    pthread_mutex_unlock(&bg->lock);
}

static void ring_feed(void *arg)
{
    feed_ring(((struct engine *)arg)->feed);
}

/* Several processes may serve one PostgreSQL: one of them at a time does the turns. */
static void take_lease(struct tx *tx, void *arg)
{
    bool *mine = arg;
    struct background *bg = background_of(engine_of(tx));
    int64_t seq;
    if (!db_one(tx, select_cursor, IN("turn"), OUT(&seq)))
        db_run(tx, insert_cursor, IN("turn", 0, bg->holder, tx->now + LEASE_MS));
    *mine = db_run(tx, update_lease, IN(bg->holder, tx->now + LEASE_MS, "turn", tx->now, bg->holder)) == 1;
}

struct turn { bool did; };
static void turn_number(struct tx *tx, void *arg) { ((struct turn *)arg)->did |= outbox_number(tx); }
static void turn_fire(struct tx *tx, void *arg) { ((struct turn *)arg)->did |= deadline_fire(tx) > 0; }
static void turn_ring(struct tx *tx, void *arg) { ((struct turn *)arg)->did |= ring_climb(tx) > 0; }
static void turn_query(struct tx *tx, void *arg) { (void)arg; device_query_turn(tx); }
/* What is less than a batch waits for the next turn: counts of one area and day then become one row (reads add what is
 * not folded yet). */
static void turn_fold(struct tx *tx, void *arg) { ((struct turn *)arg)->did |= figure_fold(tx, BATCH); }
static void turn_job(struct tx *tx, void *arg) { ((struct turn *)arg)->did |= job_step(tx) > 0; }
static void turn_minute(struct tx *tx, void *arg)
{
    (void)arg;
    for (const struct module *const *module = engine_of(tx)->modules; *module; module++)
        if ((*module)->tick)
            (*module)->tick(tx, &who_system);
    history_seal(tx);
    idem_expire(tx);
    sessions_fold(tx);
    login_attempts_expire(tx);
}

void engine_tick(struct tx *tx)
{
    while (deadline_fire(tx) > 0)
        continue;
    turn_minute(tx, NULL);
}

static bool run(struct engine *e, void (*apply)(struct tx *, void *), void *arg, enum lane lane)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct write w = { .apply = apply, .arg = arg, .arena = &arena, .lane = lane };
    store_write(e->store, &w);
    return w.fault.code == ERR_OK;
}

/* Asks a reader first, so that an idle office writes nothing. */
SQL(ask_waiting, "select id from outbox_wait limit 1");
SQL(ask_due, "select 1 from deadline where fire_at <= $1 limit 1");
SQL(ask_unfolded, "select o.id from outbox o where o.id > (select max(seq) from cursor_of where name = 'figure') order by o.id limit 1");
SQL(ask_folding, "select seq from cursor_of where name = 'figure'");
SQL(ask_job, "select id from job where state in ('running', 'undoing') limit 1");

SQL(ask_signal, "select id from signal where applied_at is null and tries < $1 limit 1");

struct wanted { bool number, ring, fire, fold, days, job, signal, query; };
static struct wanted ask(struct engine *e)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct wanted w = { 0 };
    int64_t one = 0;
    struct tx *tx = read_begin(e->store, &arena);
    w.number = !store_is_ordered(e->store) && db_one(tx, ask_waiting, IN(), OUT(&one));
    w.ring = ring_due(tx);
    w.fire = db_one(tx, ask_due, IN(tx->now), OUT(&one));
    w.fold = !db_one(tx, ask_folding, IN(), OUT(&one)) || db_one(tx, ask_unfolded, IN(), OUT(&one));
    w.days = figure_days_waiting(tx);
    w.job = db_one(tx, ask_job, IN(), OUT(&one));
    w.query = device_query_late(tx);
    w.signal = db_one(tx, ask_signal, IN(SIGNAL_TRIES_MAX), OUT(&one));
    read_end(tx);
    return w;
}

bool engine_turn(struct engine *e)
{
    struct background *bg = background_of(e);
    struct turn turn = { false };
    struct wanted want = ask(e);
    ms now = e->clock->now(e->clock);
    bool minute = now - bg->last_minute >= MINUTES(1) || now < bg->last_minute;
    if (!want.number && !want.ring && !want.fire && !want.fold && !want.days && !want.job && !want.signal && !want.query && !minute)
        return false;
    if (want.ring)                            /* needs no lease: of two processes one takes a step */
        run(e, turn_ring, &turn, LANE_URGENT);
    bool mine = store_is_ordered(e->store);
    if (!mine && (!run(e, take_lease, &mine, LANE_NORMAL) || !mine))
        return false;
    if (want.number && run(e, turn_number, &turn, LANE_URGENT))
        feed_ring(e->feed);
    if (want.signal)
        turn.did |= signals_turn(e) > 0;
    if (want.query)
        run(e, turn_query, &turn, LANE_NORMAL);
    if (want.fire)
        run(e, turn_fire, &turn, LANE_URGENT);
    if (want.fold)
        run(e, turn_fold, &turn, LANE_BULK);
    if (want.days)
        turn.did |= figure_days_turn(e);
    if (want.job)
        run(e, turn_job, &turn, LANE_BULK);
    if (minute) {
        bg->last_minute = now;
        run(e, turn_minute, NULL, LANE_NORMAL);
    }
    return turn.did;
}

static bool wait_for_ring(struct background *bg, int64_t at_most_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t ns = until.tv_nsec + at_most_ms * 1000000;
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&bg->lock);
    while (!bg->ring && !bg->stop && pthread_cond_timedwait(&bg->woken, &bg->lock, &until) == 0)
        continue;
    bg->ring = false;
    bool go_on = !bg->stop;
    pthread_mutex_unlock(&bg->lock);
    return go_on;
}

static void *turner(void *arg)
{
    struct engine *e = arg;
    struct background *bg = background_of(e);
    bool numbers = !store_is_ordered(e->store);
    pthread_setname_np(pthread_self(), "turner");
    do {
        while (engine_turn(e) && !bg->stop)
            continue;
        atomic_store(&e->turned_at, e->clock->now(e->clock));
        if (!numbers) {                       /* a commit is no reason to hurry: what it changes is folded by the clock */
            pthread_mutex_lock(&bg->lock);
            bg->ring = false;
            pthread_mutex_unlock(&bg->lock);
        }
    } while (wait_for_ring(bg, TURN_MS));
    return NULL;
}

static void *searcher(void *arg)
{
    struct engine *e = arg;
    struct background *bg = background_of(e);
    const struct timespec pause = { 0, 300000000 };
    pthread_setname_np(pthread_self(), "searcher");
    while (!bg->stop)
        if (search_feed(e->search, BATCH) < BATCH)      /* each small batch would be a segment of the index that must be merged */
            nanosleep(&pause, NULL);
    return NULL;
}

static void start_threads(struct engine_whole *whole)
{
    struct background *bg = &whole->bg;
    whole->threads = true;
    if (!store_is_ordered(whole->engine.store))
        feed_listen(whole->engine.feed, wake, bg);
    pthread_create(&bg->turner, NULL, turner, whole);
    pthread_create(&bg->searcher, NULL, searcher, whole);
}

struct engine *engine_open(const struct engine_config *c, struct fault *fault)
{
    struct engine_whole *whole = calloc(1, sizeof *whole);
    if (!whole)
        abort();
    struct engine *e = &whole->engine;
    e->clock = c->clock ? c->clock : clock_system();
    e->modules = c->modules;
    snprintf(e->dir, sizeof e->dir, "%s", c->dir);
    snprintf(e->url, sizeof e->url, "%s", c->url ? c->url : "");
    pthread_mutex_init(&whole->bg.lock, NULL);
    pthread_cond_init(&whole->bg.woken, NULL);
    e->feed = feed_new();
    e->motion = motion_new(e);
    register_all(c->modules);
    uint8_t random[16];
    random_bytes(random, sizeof random);
    for (int i = 0; i < 16; i++)
        snprintf(whole->bg.holder + 2 * i, 3, "%02x", random[i]);
    struct engine_config config = *c;
    config.clock = e->clock;
    e->keys = keys_open(c->dir, c->create, fault);
    if (e->keys && prove_kinds(e, fault) && open_store(e, &config, fault) && read_office(e, fault) &&
        (e->search = search_open(e, fault)) && (e->signal_map = signal_map_open(e, c->signal_map, fault))) {
        store_on_commit(e->store, ring_feed, e);
        if (c->background)
            start_threads(whole);
        return e;
    }
    engine_close(e);
    return NULL;
}

void engine_close(struct engine *e)
{
    if (!e)
        return;
    struct engine_whole *whole = (struct engine_whole *)e;
    struct background *bg = &whole->bg;
    if (whole->threads) {
        pthread_mutex_lock(&bg->lock);
        bg->stop = true;
        pthread_cond_signal(&bg->woken);
        pthread_mutex_unlock(&bg->lock);
        pthread_join(bg->turner, NULL);
        pthread_join(bg->searcher, NULL);
    }
    search_close(e->search);
    signal_map_close(e->signal_map);
    motion_free(e->motion);
    store_close(e->store);
    keys_close(e->keys);
    feed_free(e->feed);
    rules_free(atomic_load(&e->rules));
    pthread_mutex_destroy(&bg->lock);
    pthread_cond_destroy(&bg->woken);
    free(whole);
}
