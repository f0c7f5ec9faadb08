/* store.h -- what the files of the store share; nothing outside src/store includes it.
 *
 * A driver is one engine (SQLite, PostgreSQL) behind a table of functions; a conn is one connection with its prepared
 * statements; a cursor is one open result of a tx. The common part (store.c, queue.c, ids.c, migrate.c) knows no engine.
 * Memory: stores, connections and cached texts are malloc'ed and live as long as the store; cursors live in the tx's
 * arena. Threading: a conn is used by one thread at a time; queue, ids and pool lock themselves. */
#ifndef WUXING_STORE_STORE_H
#define WUXING_STORE_STORE_H

#include "store/db.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum {
    QUEUE_MAX = 10000, GROUP_STEP = 64, GROUP_MAX = 128, GROUP_BULK_MAX = 1, LANES = 3,
    QUEUE_IDLE = -1, IDLE_MS = 2000, STATEMENTS_MAX = 400, ID_BLOCK = 1000, CONNECTIONS_DEFAULT = 6, DEADLINE_DEFAULT_MS = 10000,
};

/* --- prepared statements of one connection (cache.c) ---------------------------------------------------------------- */

struct statement {
    const struct sql *sql;            /* the key: texts are constants, so the pointer is enough */
    struct statement *chain, *newer, *older;
    void *handle;                     /* SQLite: sqlite3_stmt */
    uint64_t number;                  /* PostgreSQL: its name is "s<number>" */
    int params;
    bool busy;                        /* a cursor is open on it */
};
struct statements {
    struct statement *bucket[512], *newest, *oldest;
    int count;
};
struct statement *statements_find(struct statements *, const struct sql *);    /* and marks it newest; NULL */
struct statement *statements_add(struct statements *, const struct sql *);
struct statement *statements_spare(struct statements *);   /* the oldest idle one when the cache is full, else NULL */
void statements_drop(struct statements *, struct statement *);

/* --- connections ------------------------------------------------------------------------------------------------------ */

struct cursor {
    struct cursor *next;
    struct statement *statement;      /* SQLite */
    const struct sql *sql;            /* PostgreSQL */
    void *result;                     /* PostgreSQL: PGresult */
    int at, rows;
    bool open, own;                   /* own: its statement is not in the cache */
};
struct conn {
    struct store *store;
    struct conn *next;                /* in the pool */
    struct statements statements;
    struct cursor *cursors;           /* all of the present tx */
    enum err trouble;                 /* the engine itself failed: the fault every write of the group gets */
    bool again;                       /* PostgreSQL: the apply may simply be run again */
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct conn *idle;
    int made;
};

/* --- the queue of writes (queue.c) ------------------------------------------------------------------------------------ */

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct write *head[LANES], *tail[LANES];
    int waiting, sleepers;
    bool closing;
};
void queue_init(struct queue *);
void queue_free(struct queue *);
bool queue_put(struct queue *, struct write *);            /* false when full or closing */
/* Waits; 0 when closing and empty, QUEUE_IDLE when nothing came for idle_ms (0: waits for ever). */
int queue_take(struct queue *, struct write **ret_list, int max, int idle_ms);
/* More for a group that is being run, without waiting: only when at least max wait; never bulk work. */
int queue_take_more(struct queue *, struct write **ret_list, int max);
void queue_close(struct queue *);
ms queue_oldest(struct queue *, int *ret_waiting);         /* 0 when none waits */

/* --- ids (ids.c) ------------------------------------------------------------------------------------------------------ */

struct id_block {
    const char *table;
    int64_t next, end;
    uint64_t claimed_in;              /* number of the savepoint that claimed it */
};
struct ids {
    pthread_mutex_t lock;
    struct id_block blocks[256];
    int count;
    uint64_t savepoint;               /* SQLite: the present one */
};
void ids_savepoint(struct ids *);                          /* a new savepoint begins */
void ids_undo(struct ids *, uint64_t since);               /* forgets blocks claimed in savepoints >= since */

/* The words of migrations that each engine spells its own way. */
struct ddl_words {
    const char *id, *ref, *text_c, *blob, *keyed;
};

/* --- drivers ---------------------------------------------------------------------------------------------------------- */

struct driver {
    bool ordered;
    struct ddl_words words;
    const struct migration *migrations;                    /* tables only this engine needs, ended by {0}; or NULL */
    void (*migrate_lock)(struct tx *);                     /* against other processes; NULL when the folder lock does it */
    bool (*open)(struct store *, struct fault *);          /* the first connection; nothing else runs yet */
    bool (*start)(struct store *, struct fault *);         /* the write threads, after the migrations */
    void (*close)(struct store *);                         /* after the write threads have ended; takes half-built ones */
    struct conn *(*connect)(struct store *, struct fault *);   /* one more reader */
    void (*disconnect)(struct conn *);

    void (*begin)(struct tx *);                            /* reads: a snapshot; writes: only before start */
    void (*commit)(struct tx *);                           /* rolls back when there is a fault */

    int64_t (*run)(struct tx *, const struct sql *, struct ins);
    bool (*one)(struct tx *, const struct sql *, struct ins, struct outs);
    void (*get)(struct tx *, const struct sql *, struct ins, struct cursor *);
    bool (*row)(struct tx *, struct cursor *, struct outs);
    void (*end)(struct conn *, struct cursor *);
    void (*script)(struct tx *, const char *text);         /* several statements: migrations only */
    void (*check)(struct tx *, const struct sql *, bool may_lack_tables);   /* prepares and forgets */
    int64_t (*claim)(struct tx *, const char *table);      /* the first id of a new block */

    void (*idle)(struct store *);                          /* on the write thread after IDLE_MS without a write; or NULL */
    void (*health)(struct store *, struct store_health *);
    bool (*blob_put)(struct store *, struct str bytes, const char *hash, struct fault *);
    bool (*blob_get)(struct store *, const char *hash, struct arena *, struct str *ret_bytes, struct fault *);
    bool (*blob_exists)(struct store *, const char *hash);
    void (*blob_remove)(struct store *, const char *hash);
    bool (*copy)(struct store *, const char *to_path, struct fault *);
    bool (*integrity)(struct store *, struct arena *, struct str *ret_report);
};
extern const struct driver sqlite_driver, postgres_driver;

struct store {
    const struct driver *driver;
    struct store_config config;       /* its texts are copies of ours */
    struct clock *clock;
    int lock_fd;
    struct queue queue;
    struct pool pool;
    struct ids ids;
    struct conn *writer;              /* SQLite: the writer's; PostgreSQL: the one migrations run on */
    struct kept *kept;                /* SQLite */
    pthread_t *threads;
    int thread_count;
    void *own;                        /* the driver's */
    _Atomic int64_t commits, writes, reruns;
    _Atomic bool unwritable;          /* the last group was refused by the engine */
    void (*_Atomic wake)(void *);
    void *_Atomic wake_arg;
};

/* --- store.c ---------------------------------------------------------------------------------------------------------- */

struct keep {
    struct keep *next;
    void (*fn)(struct tx *, void *);
    void *arg;
};

void tx_init(struct tx *, struct store *, struct conn *, struct arena *, bool writes);
void hex_of(const void *bytes, size_t n, char *ret_hex);   /* 2n digits and a NUL */
void tx_close_cursors(struct tx *);
/* A refused apply's keep rows, run on a tx of their own that the caller has opened. */
struct keep *keeps_oldest_first(struct keep *);
void keeps_run(struct tx *, void *oldest);
void store_committed(struct store *, int writes);          /* counts and wakes the feed */
struct timespec deadline_after(int wait_ms);               /* on the monotonic clock */
void cond_init_monotonic(pthread_cond_t *);
/* Runs fn on every reader that nobody uses now. */
void pool_each_idle(struct store *, void (*fn)(struct conn *));
bool store_thread(struct store *, void *(*body)(void *), void *arg);
/* A sentence with values in it, for faults of store_open: lives in this thread until 8 more were made. */
const char *store_sentence(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- kept.c ----------------------------------------------------------------------------------------------------------- */

struct kept *kept_new(void);
void kept_free(struct kept *);
void kept_changed(struct kept *, const char *table, int64_t id, int64_t commit);   /* by the writer, in the commit of that number */

/* --- sql.c ------------------------------------------------------------------------------------------------------------ */

/* The tests' own statements (files named *_test.c) name tables the program does not have. */
bool sql_params_in_order(const char *text, int *ret_params);
bool sql_skip_quoted(const char **at);                     /* over a literal, quoted name or comment that starts here */
const struct sql *list_text(const struct sql_list *, uint32_t mask);
void sql_tell(const struct sql *, const char *message);    /* to the hook of store_on_sql_error */

/* --- migrate.c -------------------------------------------------------------------------------------------------------- */

bool migrate(struct store *, struct fault *);
const char *migration_text(struct arena *, const char *text, const struct ddl_words *);

/* --- files.c ---------------------------------------------------------------------------------------------------------- */

bool folder_make(const char *path, struct fault *);
int folder_lock(const char *dir, struct fault *);          /* -1: another process holds it */
bool folder_sync(const char *path);
enum err errno_err(int code);                              /* ENOSPC -> STORE_FULL, EROFS -> READ_ONLY ... */

#endif
