/* intake.c -- see intake.h. A signal under way is written and understood in one transaction; if the module refuses it, it is
 * written alone and waits for the engine's turn. The helper thread does what a writer's thread must not: it keeps signals
 * in the file when the store is away or hangs, many with one sync, and takes the turns. A write that comes back after its
 * signal was told already only frees it. */
#include "engine/intake.h"

#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { KEEP_MAX = 256, TURN_EVERY_MS = 1000, IDLE_WAIT_MS = 60000 };
enum place_of { AT_STORE, TO_KEEP, KEEPING };

struct under_way {
    struct intake *intake;
    struct under_way *previous, *next;
    struct arena arena;
    struct signal_in in;
    struct write write;
    intake_done *done;
    void *owner;
    ms since;                          /* monotonic */
    enum place_of state;
    bool apply, at_store, telling;     /* at_store: the write still holds it */
};
struct intake {
    struct engine *engine;
    struct device_book *book;
    struct intake_file *file;
    intake_put *put;                   /* NULL: the store, without waiting */
    pthread_mutex_t lock;
    pthread_cond_t changed, stop;
    pthread_t helper, turner;
    struct under_way *first, *last;    /* oldest first */
    int to_keep, store_ms;
    bool closing, turns;
    _Atomic bool away;
};

static ms steady_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (ms)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- the store ------------------------------------------------------------------------------------------------------- */

struct putting { const struct signal_in *in; bool apply; };
static void put(struct tx *tx, void *arg)
{
    const struct putting *p = arg;
    bool fresh = false;
    int64_t id = signal_put(tx, p->in, &fresh);
    if (id && fresh && p->apply)
        signal_apply(tx, id);
}

static enum err put_once(struct engine *e, const struct signal_in *in, bool apply, struct fault *fault)
{
    struct arena arena_scoped a;
    struct putting p = { in, apply };
    arena_init(&a, 0);
    struct write w = { .apply = put, .arg = &p, .arena = &a, .lane = LANE_URGENT };
    store_write(e->store, &w);
    if (w.fault.code != ERR_OK)
        *fault = (struct fault){ .code = w.fault.code, .file = w.fault.file, .line = w.fault.line };
    return w.fault.code;
}

bool intake_store_put(struct engine *e, const struct signal_in *in, struct fault *fault)
{
    struct fault first = { 0 };
    return put_once(e, in, true, &first) == ERR_OK || put_once(e, in, false, fault) == ERR_OK;
}

/* --- under way -------------------------------------------------------------------------------------------------------- */

static void put_signal(struct tx *tx, void *arg)
{
    const struct under_way *u = arg;
    struct putting p = { &u->in, u->apply };
    put(tx, &p);
}

static void unlink_it(struct under_way *u)                     /* under the lock */
{
    struct intake *in = u->intake;
    *(u->previous ? &u->previous->next : &in->first) = u->next;
    *(u->next ? &u->next->previous : &in->last) = u->previous;
    if (!in->first)
        pthread_cond_broadcast(&in->changed);
}

static void release(struct under_way *u)
{
    arena_free(&u->arena);
    free(u);
}

/* Tells the gateway, and forgets it unless the store still has it. Not under the lock. */
static void tell(struct under_way *u, enum err code)
{
    struct intake *in = u->intake;
    intake_done *done = u->done;
    void *owner = u->owner;
    if (code == ERR_NOT_FOUND)
        device_book_stranger(in->book, u->in.protocol, u->in.account, "unknown", u->in.at);
    pthread_mutex_lock(&in->lock);
    u->done = NULL;
    u->telling = true;
    pthread_mutex_unlock(&in->lock);
    done(owner, code);                         /* before it leaves the list: intake_close waits for that */
    pthread_mutex_lock(&in->lock);
    u->telling = false;
    bool free_it = !u->at_store;
    if (free_it)
        unlink_it(u);
    pthread_mutex_unlock(&in->lock);
    if (free_it)
        release(u);
}

/* On the writer's thread. */
static void landed(struct write *w)
{
    struct under_way *u = w->owner;
    struct intake *in = u->intake;
    enum err code = w->fault.code;
    bool away = intake_is_away(code);
    if (code == ERR_OK)
        atomic_store(&in->away, false);
    if (code != ERR_OK && !away && u->apply) {
        u->apply = false;
        store_submit(in->engine->store, w);
        return;
    }
    pthread_mutex_lock(&in->lock);
    u->at_store = false;
    bool told = !u->done, ours = u->state == AT_STORE, free_it = told && !u->telling;
    if (free_it) {
        unlink_it(u);
    } else if (!told && ours && away) {
        atomic_store(&in->away, true);
        u->state = TO_KEEP;
        in->to_keep++;
        pthread_cond_signal(&in->changed);
    } else if (!told && ours) {
        u->state = KEEPING;                    /* nobody else tells it */
    }
    pthread_mutex_unlock(&in->lock);
    if (free_it)
        release(u);
    else if (!told && ours && !away)
        tell(u, code);
}

static void submit_to_store(struct under_way *u)
{
    bool alarm = signal_class(u->intake->engine, u->in.kind) == SIGNAL_ALARM;
    u->write = (struct write){ .apply = put_signal, .arg = u, .arena = &u->arena, .done = landed, .owner = u,
                               .lane = alarm ? LANE_URGENT : LANE_NORMAL };
    store_submit(u->intake->engine->store, &u->write);
}

static struct under_way *under_way_new(struct intake *in, const struct signal_in *s, intake_done *done, void *owner)
{
    struct under_way *u = calloc(1, sizeof *u);
    if (!u)
        abort();
    arena_init(&u->arena, ARENA_CAP_BYTES);
    u->intake = in;
    u->in = (struct signal_in){
        .protocol = arena_copy(&u->arena, s->protocol), .account = arena_copy(&u->arena, s->account),
        .sequence = arena_copy(&u->arena, s->sequence), .kind = arena_copy(&u->arena, s->kind),
        .data = arena_copy(&u->arena, s->data), .raw = arena_copy(&u->arena, s->raw), .code = arena_copy(&u->arena, s->code),
        .zone = arena_copy(&u->arena, s->zone), .device_at = s->device_at, .at = s->at, .repeat_ms = s->repeat_ms };
    u->done = done;
    u->owner = owner;
    u->apply = true;
    u->since = steady_ms();
    return u;
}

static void enlist(struct under_way *u, bool keep)
{
    struct intake *in = u->intake;
    pthread_mutex_lock(&in->lock);
    u->state = keep ? TO_KEEP : AT_STORE;
    u->at_store = !keep;
    in->to_keep += keep;
    u->previous = in->last;
    *(in->last ? &in->last->next : &in->first) = u;
    in->last = u;
    if (keep || !u->previous)
        pthread_cond_signal(&in->changed);
    pthread_mutex_unlock(&in->lock);
}

void intake_submit(struct intake *in, const struct signal_in *signal, intake_done *done, void *owner)
{
    struct signal_in s = *signal;
    struct fault fault = { 0 };
    enum signal_class class = signal_class(in->engine, s.kind);
    if (s.at == 0)
        s.at = in->engine->clock->now(in->engine->clock);
    if (s.raw.n > SIGNAL_RAW_BYTES_MAX || s.data.n > SIGNAL_DATA_BYTES_MAX || s.sequence.n > 100 || s.protocol.n + s.account.n > 120) {
        done(owner, ERR_TOO_LARGE);
        return;
    }
    if (class == SIGNAL_HEARTBEAT && device_book_heard(in->book, s.protocol, s.account, s.at)) {
        done(owner, ERR_OK);
        return;
    }
    bool stands = in->put && in->put(in->engine, &s, &fault);
    if (in->put && (stands || !intake_is_away(fault.code))) {
        done(owner, fault.code);
        return;
    }
    bool keep = in->put || (atomic_load(&in->away) && intake_file_bytes(in->file) > 0);
    struct under_way *u = under_way_new(in, &s, done, owner);
    enlist(u, keep);
    if (!keep)
        submit_to_store(u);
}

struct waiter { sem_t landed; enum err code; };
static void wake_waiter(void *owner, enum err code)
{
    struct waiter *w = owner;
    w->code = code;
    sem_post(&w->landed);
}

bool intake_take(struct intake *in, const struct signal_in *s, struct fault *fault)
{
    struct waiter w = { .code = ERR_OK };
    sem_init(&w.landed, 0, 0);
    intake_submit(in, s, wake_waiter, &w);
    while (sem_wait(&w.landed) != 0)
        ;                                                      /* EINTR only */
    sem_destroy(&w.landed);
    if (w.code != ERR_OK)
        fault_set(fault, w.code, 0);
    return w.code == ERR_OK;
}

/* --- the helper -------------------------------------------------------------------------------------------------------- */

/* Those that must be kept in the file, and those for which the store takes too long. Under the lock. */
static int take_late(struct intake *in, struct under_way **list)
{
    int count = 0;
    ms late = steady_ms() - in->store_ms;
    for (struct under_way *u = in->first; u && count < KEEP_MAX; u = u->next) {
        bool hangs = u->state == AT_STORE && u->since <= late;
        if (u->state != TO_KEEP && !hangs)
            continue;
        if (hangs)
            atomic_store(&in->away, true);
        in->to_keep -= u->state == TO_KEEP;
        u->state = KEEPING;
        list[count++] = u;
    }
    return count;
}

/* Nobody's signals must not fill the file: what the book does not know is to be sent again. */
static void keep(struct intake *in, struct under_way **list, int count)
{
    const struct signal_in *signals[KEEP_MAX];
    enum err codes[KEEP_MAX];
    int kept = 0;
    for (int i = 0; i < count; i++) {
        struct device_known known;
        struct arena arena_scoped a;
        arena_init(&a, 0);
        bool ours = !device_book_loaded(in->book) ||
                    device_book_find(in->book, list[i]->in.protocol, list[i]->in.account, &a, &known);
        bool row = signal_class(in->engine, list[i]->in.kind) != SIGNAL_HEARTBEAT;
        codes[i] = ours && row ? ERR_OK : ERR_UNAVAILABLE;
        if (codes[i] == ERR_OK)
            signals[kept++] = &list[i]->in;
    }
    enum err all = kept == 0 || intake_file_keep(in->file, signals, kept) ? ERR_OK : ERR_STORE_FULL;
    for (int i = 0; i < count; i++)
        tell(list[i], codes[i] != ERR_OK ? codes[i] : all);
}

static void wait_for(struct intake *in, pthread_cond_t *what, int wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += wait_ms % 1000 * 1000000L;
    until.tv_sec += wait_ms / 1000 + until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(what, &in->lock, &until);
}

static void *help(void *arg)
{
    struct intake *in = arg;
    struct under_way *list[KEEP_MAX];
    pthread_setname_np(pthread_self(), "intake");
    pthread_mutex_lock(&in->lock);
    while (!in->closing || in->first) {
        int count = take_late(in, list);
        if (count) {
            pthread_mutex_unlock(&in->lock);
            keep(in, list, count);
            pthread_mutex_lock(&in->lock);
        } else if (in->to_keep == 0) {
            wait_for(in, &in->changed, in->first ? in->store_ms / 4 + 1 : IDLE_WAIT_MS);
        }
    }
    pthread_mutex_unlock(&in->lock);
    return NULL;
}

/* A thread of its own: a store that hangs must not keep the helper from the file. */
static void *turn_each_second(void *arg)
{
    struct intake *in = arg;
    pthread_setname_np(pthread_self(), "intake-turn");
    pthread_mutex_lock(&in->lock);
    while (!in->closing) {
        pthread_mutex_unlock(&in->lock);
        intake_turn(in);
        pthread_mutex_lock(&in->lock);
        if (!in->closing)
            wait_for(in, &in->stop, TURN_EVERY_MS);
    }
    pthread_mutex_unlock(&in->lock);
    return NULL;
}

void intake_turn(struct intake *in)
{
    intake_drain(in);
    device_book_turn(in->book);
}

int intake_drain(struct intake *in)
{
    bool away = false;
    bool waits = intake_file_bytes(in->file) > 0;
    int done = intake_file_drain(in->file, in->put ? in->put : intake_store_put, &away);
    if (waits)
        atomic_store(&in->away, away);
    return done;
}

/* --- life ---------------------------------------------------------------------------------------------------------------- */

struct intake *intake_open(struct engine *e, struct fault *fault)
{
    struct intake_file *file = intake_file_open(e, fault);
    pthread_condattr_t attr;
    if (!file)
        return NULL;
    struct intake *in = calloc(1, sizeof *in);
    if (!in)
        abort();
    in->engine = e;
    in->file = file;
    in->store_ms = INTAKE_STORE_MS;
    in->book = device_book_open(e);
    pthread_mutex_init(&in->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&in->changed, &attr);
    pthread_cond_init(&in->stop, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&in->helper, NULL, help, in) != 0)
        abort();
    return in;
}

void intake_start(struct intake *in)
{
    in->turns = pthread_create(&in->turner, NULL, turn_each_second, in) == 0;
    if (!in->turns)
        abort();
}

void intake_close(struct intake *in)
{
    if (!in)
        return;
    pthread_mutex_lock(&in->lock);
    in->closing = true;
    pthread_cond_broadcast(&in->changed);
    pthread_cond_broadcast(&in->stop);
    pthread_mutex_unlock(&in->lock);
    if (in->turns)
        pthread_join(in->turner, NULL);
    pthread_join(in->helper, NULL);
    device_book_close(in->book);
    intake_file_close(in->file);
    pthread_mutex_destroy(&in->lock);
    pthread_cond_destroy(&in->changed);
    pthread_cond_destroy(&in->stop);
    free(in);
}

struct device_book *intake_book(struct intake *in)
{
    return in->book;
}

struct engine *intake_engine(struct intake *in)
{
    return in->engine;
}

int64_t intake_waiting_bytes(struct intake *in)
{
    return intake_file_bytes(in->file);
}

void intake_set_put(struct intake *in, intake_put *to)
{
    in->put = to;
}

void intake_set_store_ms(struct intake *in, int store_ms)
{
    pthread_mutex_lock(&in->lock);
    in->store_ms = store_ms;
    pthread_cond_broadcast(&in->changed);
    pthread_mutex_unlock(&in->lock);
}
