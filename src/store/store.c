/* store.c -- opening and closing, the transaction calls every layer uses, health. What differs between the engines is
 * behind struct driver. */
#include "store/store.h"

#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* --- transactions ----------------------------------------------------------------------------------------------------- */

void tx_init(struct tx *tx, struct store *s, struct conn *conn, struct arena *arena, bool writes)
{
    *tx = (struct tx){ .arena = arena, .now = s->clock->now(s->clock), .writes = writes, .store = s, .conn = conn,
                       .env = s->config.env };
}

void tx_close_cursors(struct tx *tx)
{
    for (struct cursor *c = tx->conn->cursors; c; c = c->next)
        if (c->open)
            tx->store->driver->end(tx->conn, c);
    tx->conn->cursors = NULL;
}

static void refuse_if_over(struct tx *tx)
{
    if (tx->arena->over)
        tx_refuse(tx, ERR_TOO_LARGE, "内容太大，放不进一次请求", "Too much for one request");
}

int64_t (db_run)(struct tx *tx, const struct sql *sql, struct ins in)
{
    if (tx_failed(tx))
        return 0;
    if (!tx->writes) {
        sql_tell(sql, "a read may not write");
        fault_set_at(&tx->fault, ERR_INTERNAL, (struct label){ 0 }, sql->file, sql->line);
        return 0;
    }
    tx->sql_count++;
    return tx->store->driver->run(tx, sql, in);
}

bool (db_one)(struct tx *tx, const struct sql *sql, struct ins in, struct outs out)
{
    if (tx_failed(tx))
        return false;
    tx->sql_count++;
    bool found = tx->store->driver->one(tx, sql, in, out);
    refuse_if_over(tx);
    return found && !tx_failed(tx);
}

struct rows (db_get)(struct tx *tx, const struct sql *sql, struct ins in)
{
    if (tx_failed(tx))
        return (struct rows){ tx, NULL };
    tx->sql_count++;
    struct cursor *c = arena_new(tx->arena, struct cursor);
    tx->store->driver->get(tx, sql, in, c);
    c->next = tx->conn->cursors;
    tx->conn->cursors = c;
    return (struct rows){ tx, c };
}

struct rows (db_list)(struct tx *tx, const struct sql_list *list, uint32_t mask, struct ins in)
{
    return (db_get)(tx, list_text(list, mask), in);
}

bool db_row(struct rows *rows, struct outs out)
{
    struct cursor *c = rows->cursor;
    if (!c || !c->open)
        return false;
    bool more = !tx_failed(rows->tx) && rows->tx->store->driver->row(rows->tx, c, out);
    refuse_if_over(rows->tx);
    if (more && !tx_failed(rows->tx))
        return true;
    rows_end(rows);
    return false;
}

void rows_end(struct rows *rows)
{
    if (rows->cursor && rows->cursor->open)
        rows->tx->store->driver->end(rows->tx->conn, rows->cursor);
}

/* The engine's own trouble and a race that a new run may win concern the whole apply, never one part of it. */
static bool part_refused(const struct tx *tx)
{
    return err_status(tx->fault.code) < 500 && tx->conn->trouble == ERR_OK && !tx->conn->again;
}

/* Now, and still in the list: they are written again should the apply as a whole be refused. */
static void keep_since(struct tx *tx, const struct keep *k, const struct keep *outer)
{
    if (k == outer)
        return;
    keep_since(tx, k->next, outer);
    k->fn(tx, k->arg);
}

bool tx_try(struct tx *tx, void (*fn)(struct tx *, void *), void *arg, struct fault *ret_fault)
{
    const struct driver *d = tx->store->driver;
    struct ids *ids = &tx->store->ids;
    struct cursor *outer = tx->conn->cursors;
    const struct keep *keeps = tx->keeps;
    assert(tx->writes);
    if (tx_failed(tx))
        return false;
    d->script(tx, "savepoint part");
    if (d->ordered)
        ids_savepoint(ids);
    uint64_t began = ids->savepoint;
    if (!tx_failed(tx))
        fn(tx, arg);
    for (struct cursor *c = tx->conn->cursors; c != outer; c = c->next)
        if (c->open)
            d->end(tx->conn, c);
    tx->conn->cursors = outer;
    if (!tx_failed(tx)) {
        d->script(tx, "release part");
        return !tx_failed(tx);
    }
    if (!part_refused(tx))
        return false;
    *ret_fault = tx->fault;
    fault_clear(&tx->fault);
    d->script(tx, "rollback to part");
    d->script(tx, "release part");
    if (d->ordered)
        ids_undo(ids, began);
    keep_since(tx, tx->keeps, keeps);
    return false;
}

void tx_keep(struct tx *tx, void (*fn)(struct tx *, void *), void *arg)
{
    assert(tx->writes && fn);
    struct keep *k = arena_new(tx->arena, struct keep);
    *k = (struct keep){ tx->keeps, fn, arg };
    tx->keeps = k;
}

struct keep *keeps_oldest_first(struct keep *keeps)
{
    struct keep *oldest = NULL;
    while (keeps) {
        struct keep *next = keeps->next;
        keeps->next = oldest;
        oldest = keeps;
        keeps = next;
    }
    return oldest;
}

void keeps_run(struct tx *tx, void *oldest)
{
    for (struct keep *k = oldest; k && !tx_failed(tx); k = k->next)
        k->fn(tx, k->arg);
}

/* --- reading ---------------------------------------------------------------------------------------------------------- */

struct timespec deadline_after(int wait_ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += wait_ms / 1000;
    at.tv_nsec += wait_ms % 1000 * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

/* The newest idle connection first: its caches are warm. */
static struct conn *pool_take(struct store *s, struct fault *fault)
{
    struct pool *pool = &s->pool;
    struct timespec until = deadline_after(s->config.query_deadline_ms);
    struct conn *conn = NULL;
    bool late = false, make = false;
    pthread_mutex_lock(&pool->lock);
    while (!pool->idle && pool->made >= s->config.connections && !late)
        late = pthread_cond_timedwait(&pool->given, &pool->lock, &until) != 0;
    if (pool->idle) {
        conn = pool->idle;
        pool->idle = conn->next;
    } else if (!late) {
        make = true;
        pool->made++;
    }
    pthread_mutex_unlock(&pool->lock);
    if (make && !(conn = s->driver->connect(s, fault))) {
        pthread_mutex_lock(&pool->lock);
        pool->made--;
        pthread_cond_signal(&pool->given);
        pthread_mutex_unlock(&pool->lock);
    }
    if (!conn)
        fault_set(fault, ERR_UNAVAILABLE, 0);
    return conn;
}

static void pool_give(struct store *s, struct conn *conn)
{
    struct pool *pool = &s->pool;
    pthread_mutex_lock(&pool->lock);
    conn->next = pool->idle;
    pool->idle = conn;
    pthread_cond_signal(&pool->given);
    pthread_mutex_unlock(&pool->lock);
}

void pool_each_idle(struct store *s, void (*fn)(struct conn *))
{
    pthread_mutex_lock(&s->pool.lock);
    struct conn *mine = s->pool.idle;
    s->pool.idle = NULL;
    pthread_mutex_unlock(&s->pool.lock);
    while (mine) {
        struct conn *conn = mine;
        mine = conn->next;
        fn(conn);
        pool_give(s, conn);
    }
}

static _Thread_local struct { struct store *store; struct conn *conn; int64_t seen; bool lent; } held;

void read_hold(struct store *s)
{
    read_release(s);
    held.store = s->driver->ordered ? s : NULL;
}

void read_release(struct store *s)
{
    assert(!held.lent);
    struct conn *conn = held.conn;
    held.store = NULL;
    held.conn = NULL;
    if (!conn)
        return;
    struct tx tx;
    tx_init(&tx, s, conn, NULL, false);
    s->driver->commit(&tx);
    pool_give(s, conn);
}

struct tx *read_begin(struct store *s, struct arena *arena)
{
    struct tx *tx = arena_new(arena, struct tx);
    tx_init(tx, s, NULL, arena, false);
    bool share = held.store == s && !held.lent;
    if (share && held.conn) {
        tx->conn = held.conn;
        tx->seen = held.seen;
        held.lent = true;
        return tx;
    }
    tx->seen = atomic_load(&s->commits);
    tx->conn = pool_take(s, &tx->fault);
    if (tx->conn)
        s->driver->begin(tx);
    if (share && tx->conn && !tx_failed(tx)) {
        held.conn = tx->conn;
        held.seen = tx->seen;
        held.lent = true;
    }
    return tx;
}

void read_end(struct tx *tx)
{
    assert(!tx->writes);
    if (!tx->conn)
        return;
    tx_close_cursors(tx);
    if (tx->conn == held.conn) {
        held.lent = false;
    } else {
        tx->store->driver->commit(tx);
        pool_give(tx->store, tx->conn);
    }
    tx->conn = NULL;
}

/* --- opening ---------------------------------------------------------------------------------------------------------- */

const char *store_sentence(const char *format, ...)
{
    static _Thread_local char texts[8][400];
    static _Thread_local unsigned turn;
    char *text = texts[turn++ % COUNT(texts)];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof texts[0], format, args);
    va_end(args);
    return text;
}

void cond_init_monotonic(pthread_cond_t *cond)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static char *copied(const char *z)
{
    char *copy = z ? strdup(z) : NULL;
    if (z && !copy)
        abort();
    return copy;
}

static struct store *store_new(const struct store_config *config)
{
    struct store *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->config = *config;
    s->config.dir = copied(config->dir);
    s->config.url = copied(config->url);
    s->config.vfs = copied(config->vfs);
    if (s->config.connections <= 0)
        s->config.connections = CONNECTIONS_DEFAULT;
    if (s->config.query_deadline_ms <= 0)
        s->config.query_deadline_ms = DEADLINE_DEFAULT_MS;
    s->driver = config->url ? &postgres_driver : &sqlite_driver;
    s->clock = config->clock ? config->clock : clock_system();
    s->lock_fd = -1;
    queue_init(&s->queue);
    pthread_mutex_init(&s->ids.lock, NULL);
    pthread_mutex_init(&s->pool.lock, NULL);
    cond_init_monotonic(&s->pool.given);
    return s;
}

static bool open_all(struct store *s, struct fault *fault)
{
    if (s->config.dir) {
        if (!folder_make(s->config.dir, fault))
            return false;
        s->lock_fd = folder_lock(s->config.dir, fault);
        if (s->lock_fd < 0)
            return false;
    }
    return s->driver->open(s, fault) && migrate(s, fault) && s->driver->start(s, fault);
}

struct store *store_open(const struct store_config *config, struct fault *fault)
{
    assert(config->dir || config->url);
    fault_clear(fault);
    struct store *s = store_new(config);
    if (open_all(s, fault))
        return s;
    assert(fault->code != ERR_OK);
    store_close(s);
    return NULL;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    queue_close(&s->queue);
    for (int i = 0; i < s->thread_count; i++)
        pthread_join(s->threads[i], NULL);
    free(s->threads);
    while (s->pool.idle) {
        struct conn *conn = s->pool.idle;
        s->pool.idle = conn->next;
        s->driver->disconnect(conn);
    }
    s->driver->close(s);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    queue_free(&s->queue);
    pthread_mutex_destroy(&s->ids.lock);
    pthread_mutex_destroy(&s->pool.lock);
    pthread_cond_destroy(&s->pool.given);
    free((char *)s->config.dir);
    free((char *)s->config.url);
    free((char *)s->config.vfs);
    free(s);
}

/* Signals belong to the main thread: a store thread must never run its handlers in the middle of a commit. */
bool store_thread(struct store *s, void *(*body)(void *), void *arg)
{
    pthread_t *threads = realloc(s->threads, (size_t)(s->thread_count + 1) * sizeof *threads);
    if (!threads)
        abort();
    s->threads = threads;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&s->threads[s->thread_count], NULL, body, arg) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    s->thread_count += started;
    return started;
}

bool store_is_ordered(const struct store *s)
{
    return s->driver->ordered;
}

void store_on_commit(struct store *s, void (*wake)(void *), void *arg)
{
    atomic_store(&s->wake_arg, arg);
    atomic_store(&s->wake, wake);
}

void store_committed(struct store *s, int writes)
{
    atomic_fetch_add(&s->commits, 1);        /* before any reader is told: see kept.c */
    atomic_fetch_add_explicit(&s->writes, writes, memory_order_relaxed);
    void (*wake)(void *) = atomic_load(&s->wake);
    if (wake && writes > 0)
        wake(atomic_load(&s->wake_arg));
}

void store_health(struct store *s, struct store_health *h)
{
    *h = (struct store_health){
        .writable = !atomic_load(&s->unwritable), .commits = atomic_load(&s->commits),
        .writes = atomic_load(&s->writes), .reruns = atomic_load(&s->reruns),
    };
    ms oldest = queue_oldest(&s->queue, &h->waiting);
    h->oldest_wait_ms = oldest ? s->clock->now(s->clock) - oldest : 0;
    s->driver->health(s, h);
}

bool store_copy(struct store *s, const char *to_path, struct fault *fault)
{
    return s->driver->copy(s, to_path, fault);
}

bool store_integrity(struct store *s, struct arena *arena, struct str *ret_report)
{
    return s->driver->integrity(s, arena, ret_report);
}
