/* db.h -- the store: one set of SQL statements over two engines, SQLite (embedded) and PostgreSQL 15.
 *
 * Reading:  struct tx *tx = read_begin(store, arena);  db_one(tx, find_org, IN(id), OUT(&name));  read_end(tx);
 * Writing:  fill a struct write with an apply and submit it. Applies are short, SQL only, and may be run again: they
 *           take ids and the time from the tx and leave nothing behind outside it. The write is done when its `done` is
 *           called: after the commit is on disk, or with a fault and nothing written.
 *
 * Faults: the first error of a tx stays in tx->fault; after it each db_ call does nothing and yields zero or false.
 * Memory: rows' texts live in tx->arena. Threading: a tx belongs to one thread; a store may be used by all.
 * SQLite: one writer thread, group commit of what waits (a step of 64, twice that when another waits), urgent lane first, each undone alone;
 * readers are snapshots of their own. PostgreSQL: a pool, SERIALIZABLE, run again on 40001, 40P01 and on a lost
 * race for an idempotency key, at most 10 times; every query has a deadline (DESIGN section 3). */
#ifndef WUXING_STORE_DB_H
#define WUXING_STORE_DB_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"

struct store;
struct conn;

/* --- statements -------------------------------------------------------------------------------------------------- */

/* SQL text stands beside its caller as a named constant. Parameters are $1, $2 ... and must first appear in that order
 * (SQLite numbers them by first appearance; the boot check refuses anything else). */
struct sql {
    const char *name, *text, *file;
    int line;
};
#define SQL(id, sql_text) \
    static const struct sql id = { #id, sql_text, __FILE__, __LINE__ }; \
    static const struct sql *const id##_entry __attribute__((section("wuxing_sql"), used)) = &id

/* A list page with optional filters. Each filter holds `?` marks for its own values; the composed text is
 * head + the fragments in the mask, joined by and + tail, and is prepared on first use of each mask. */
struct filter {
    const char *text;                 /* "m.street = ?" */
    int params;                       /* how many ? it holds */
};
struct sql_list {
    const char *name, *head, *tail;   /* head ends in "where true"; tail holds order and "limit ?" */
    const struct filter *filters;     /* at most 32, ended by {0} */
    int head_params, tail_params;
};

/* --- values ------------------------------------------------------------------------------------------------------ */

struct nil { char none; };
#define NIL ((struct nil){ 0 })
struct blob { struct str bytes; };                 /* binary column */
static inline struct blob blob_of(const void *p, size_t n) { return (struct blob){ { p, n } }; }
struct ref { int64_t id; };                        /* 0 is stored as NULL */
#define REF0(id) ((struct ref){ (id) })

enum in_type { IN_NULL, IN_INT, IN_TEXT, IN_BLOB, IN_DOUBLE };
struct in {
    enum in_type type;
    union { int64_t i; double d; struct str s; };
};
enum out_type { OUT_INT, OUT_INT32, OUT_BOOL, OUT_TEXT, OUT_DOUBLE, OUT_BLOB };
struct out {
    enum out_type type;
    void *to;                         /* NULL columns give 0, false or the empty slice */
};

static inline struct in in_i64(int64_t v) { return (struct in){ IN_INT, { .i = v } }; }
static inline struct in in_double(double v) { return (struct in){ IN_DOUBLE, { .d = v } }; }
static inline struct in in_str(struct str v) { return (struct in){ IN_TEXT, { .s = v } }; }
static inline struct in in_z(const char *v) { return v ? in_str(str_of(v)) : (struct in){ 0 }; }
static inline struct in in_nil(struct nil v) { (void)v; return (struct in){ 0 }; }
static inline struct in in_blob(struct blob v) { return (struct in){ IN_BLOB, { .s = v.bytes } }; }
static inline struct in in_ref(struct ref v) { return v.id ? in_i64(v.id) : (struct in){ 0 }; }
static inline struct in in_in(struct in v) { return v; }
#define IN_ONE(v) _Generic((v), struct str: in_str, char *: in_z, const char *: in_z, double: in_double, \
    struct nil: in_nil, struct blob: in_blob, struct ref: in_ref, struct in: in_in, default: in_i64)(v)

static inline struct out out_i64(int64_t *p) { return (struct out){ OUT_INT, p }; }
static inline struct out out_int(int *p) { return (struct out){ OUT_INT32, p }; }
static inline struct out out_bool(bool *p) { return (struct out){ OUT_BOOL, p }; }
static inline struct out out_str(struct str *p) { return (struct out){ OUT_TEXT, p }; }
static inline struct out out_double(double *p) { return (struct out){ OUT_DOUBLE, p }; }
static inline struct out out_blob(struct blob *p) { return (struct out){ OUT_BLOB, p }; }
#define OUT_ONE(p) _Generic((p), int64_t *: out_i64, int *: out_int, bool *: out_bool, struct str *: out_str, \
    double *: out_double, struct blob *: out_blob)(p)

/* MAP(f, a, b, ...) -> f(a), f(b), ... for up to 256 arguments */
#define MAP_PARENS ()
#define MAP_EXPAND(...) MAP_E4(MAP_E4(MAP_E4(MAP_E4(__VA_ARGS__))))
#define MAP_E4(...) MAP_E3(MAP_E3(MAP_E3(MAP_E3(__VA_ARGS__))))
#define MAP_E3(...) MAP_E2(MAP_E2(MAP_E2(MAP_E2(__VA_ARGS__))))
#define MAP_E2(...) __VA_ARGS__
#define MAP(f, ...) __VA_OPT__(MAP_EXPAND(MAP_STEP(f, __VA_ARGS__)))
#define MAP_STEP(f, a, ...) f(a) __VA_OPT__(, MAP_AGAIN MAP_PARENS (f, __VA_ARGS__))
#define MAP_AGAIN() MAP_STEP

struct ins { const struct in *items; int count; };
struct outs { const struct out *items; int count; };
#define IN(...) ((struct ins){ (const struct in[]){ MAP(IN_ONE, __VA_ARGS__) __VA_OPT__(,) { 0 } }, \
    (int)(sizeof((const struct in[]){ MAP(IN_ONE, __VA_ARGS__) __VA_OPT__(,) { 0 } }) / sizeof(struct in)) - 1 })
#define OUT(...) ((struct outs){ (const struct out[]){ MAP(OUT_ONE, __VA_ARGS__) }, \
    (int)(sizeof((const struct out[]){ MAP(OUT_ONE, __VA_ARGS__) }) / sizeof(struct out)) })

/* --- transactions ------------------------------------------------------------------------------------------------ */

struct tx {
    struct arena *arena;
    struct fault fault;
    ms now;                           /* the store's clock at the start of this apply or read */
    bool writes;
    struct store *store;
    struct conn *conn;
    void *env;                        /* store_config.env: the engine */
    struct keep *keeps;
    int64_t seen;                     /* reading: the snapshot holds every commit up to this number */
    int sql_count;                    /* for the request log */
    int64_t rows_scanned;             /* SQLite only */
};

/* After every fault of a tx: `if (tx_failed(tx)) return;` is needed only before work that is not inert by itself. */
static inline bool tx_failed(const struct tx *tx) { return tx->fault.code != ERR_OK; }
#define tx_refuse(tx, code, ...) fault_set(&(tx)->fault, (code), __VA_ARGS__)

int64_t db_run(struct tx *, const struct sql *, struct ins);               /* rows changed */
bool db_one(struct tx *, const struct sql *, struct ins, struct outs);     /* first row; false when none */
struct rows {
    struct tx *tx;
    struct cursor *cursor;
};
struct rows db_get(struct tx *, const struct sql *, struct ins);
struct rows db_list(struct tx *, const struct sql_list *, uint32_t mask, struct ins);   /* values in text order */
bool db_row(struct rows *, struct outs);               /* false at the end; the cursor closes itself there */
void rows_end(struct rows *);                          /* to stop early */

/* db_one by id, remembered in memory until that row changes: for what every request asks and what seldom changes. `table`, a
 * literal, is the only one the statement reads, by its id. A row that changes while a read goes on may be shown as it
 * is after the change. SQLite only: on PostgreSQL other processes write too, so that there it is asked each time. */
bool db_one_kept(struct tx *, const struct sql *, const char *table, int64_t id, struct outs);
/* The same for what a caller made of a row, under an address of its own (`what`). Bytes are copied in and out. */
enum { KEPT_BYTES_MAX = 4 << 10 };
bool store_keeps_rows(const struct store *);
bool kept_get(struct tx *, const void *what, int64_t id, struct str *ret_bytes);
void kept_put(struct tx *, const void *what, const char *table, int64_t id, struct str bytes);

/* The macros below let SQL() constants be passed by name. */
#define db_run(tx, sql, ...) (db_run)((tx), &(sql), __VA_ARGS__)
#define db_one(tx, sql, ...) (db_one)((tx), &(sql), __VA_ARGS__)
#define db_one_kept(tx, sql, ...) (db_one_kept)((tx), &(sql), __VA_ARGS__)
#define db_get(tx, sql, ...) (db_get)((tx), &(sql), __VA_ARGS__)
#define db_list(tx, list, ...) (db_list)((tx), &(list), __VA_ARGS__)

/* Ids: per table, from blocks of 1,000 claimed from a counter row; gaps are normal; below 2^53. Only while writing.
 * `table` is a literal: its address is kept. */
int64_t db_id(struct tx *, const char *table);

/* A row that must survive a refusal (a failed log-in, a refused access, a sensitive read): fn runs in a following
 * transaction before the reply, if the apply was refused. `arg` must live in the request's arena. */
void tx_keep(struct tx *, void (*fn)(struct tx *, void *arg), void *arg);

/* A part of an apply that may be refused without the rest. True: fn's writes stand. False with the tx well: fn was refused,
 * nothing of it was written and ret_fault says why. False with the tx failed: the store's own trouble, not fn's refusal.
 * A refused part's keep rows are written, whatever becomes of the rest. */
bool tx_try(struct tx *, void (*fn)(struct tx *, void *arg), void *arg, struct fault *ret_fault);

/* True when commits happen in the order ids are given (SQLite's one writer); then feed numbers are given at once. */
bool store_is_ordered(const struct store *);

/* --- opening ------------------------------------------------------------------------------------------------------ */

/* A migration: a file migrations/NNN_name.sql of one owner, applied once, in the order of the list. In its text ID, REF,
 * TEXT_C, BLOB and KEYED stand for each engine's own words (see migrate.c). */
struct migration {
    const char *owner;                /* "engine", "report" ... */
    int version;
    const char *text;
};

struct store_config {
    const char *dir;                  /* data folder: SQLite file, blobs, lock, intake file; NULL with url only in tests */
    const char *url;                  /* postgresql://...; NULL: SQLite in dir */
    struct clock *clock;
    const struct migration *const *migrations;   /* lists ended by {0}, ended by NULL, lower layers first */
    void *env;
    int connections;                  /* readers (SQLite) or pool (PostgreSQL); 0: 6 */
    int query_deadline_ms;            /* PostgreSQL; 0: 10,000 */
    const char *vfs;                  /* SQLite VFS, tests only; NULL: the default */
    bool unsafe_normal;               /* synchronous=NORMAL: only for the test that shows FULL is needed */
};

/* Faults: NEWER_STORE, UNAVAILABLE, READ_ONLY, STORE_FULL, CONFLICT (another process holds the folder). */
struct store *store_open(const struct store_config *, struct fault *);
void store_close(struct store *);                     /* finishes what was accepted */
/* Prepares every SQL() statement once, read connection only; false and a fault naming the first wrong one. */
bool store_check_sql(struct store *, struct fault *);
/* Where the engine's own words about a failed statement go (the server logs them; a user sees only the fault). */
void store_on_sql_error(void (*tell)(const struct sql *, const char *message));
void store_print_sql(void (*line)(void *, const struct sql *), void *);   /* the closed set, sorted by file and line */

struct tx *read_begin(struct store *, struct arena *);   /* a read-only snapshot; never NULL, look at its fault */
void read_end(struct tx *);
/* From here until read_release this thread's reads share one connection and one snapshot, which begins with the first of
 * them: pages it has read stay read. For a caller that knows that each of its readers came before the snapshot began.
 * On PostgreSQL, where one failed statement spoils a transaction, nothing is shared. */
void read_hold(struct store *);
void read_release(struct store *);

enum lane { LANE_URGENT, LANE_NORMAL, LANE_BULK };      /* alarms; people; jobs */
struct write {
    void (*apply)(struct tx *, void *arg);
    void *arg;
    struct arena *arena;              /* the request's own */
    enum lane lane;
    void (*done)(struct write *);     /* on the writer's thread: hand over, never work here */
    void *owner;                      /* the caller's */
    /* filled by the store */
    struct fault fault;
    ms at;                            /* the apply's time */
    int sql_count;
    struct write *next;
};
void store_submit(struct store *, struct write *);      /* returns at once; refused with UNAVAILABLE when 10,000 wait */
void store_write(struct store *, struct write *);       /* waits; done is not called */

/* Called by the writer after each commit with something new for the feed (any thread; must only wake). */
void store_on_commit(struct store *, void (*wake)(void *), void *arg);

struct store_health {
    bool writable;
    int waiting;                      /* writes in the queue */
    int64_t commits, writes, reruns;
    int64_t size_bytes, wal_bytes;
    ms oldest_wait_ms;
    char engine[32];                  /* "sqlite 3.40.1", "postgresql 15.18" */
};
void store_health(struct store *, struct store_health *);

/* --- files --------------------------------------------------------------------------------------------------------- */

/* Content-addressed bytes: a folder beside SQLite, a table on PostgreSQL. On disk before the row that names them.
 * `hash` is lower-case hex SHA-256 (64 characters). Faults: STORE_FULL, NOT_FOUND. */
bool blob_put(struct store *, struct str bytes, char ret_hash[65], struct fault *);
bool blob_get(struct store *, struct str hash, struct arena *, struct str *ret_bytes, struct fault *);
bool blob_exists(struct store *, struct str hash);
void blob_remove(struct store *, struct str hash);      /* erasure and retention only */

/* --- whole-store commands ------------------------------------------------------------------------------------------ */

/* An online copy with its check (SQLite: backup API, integrity_check; PostgreSQL: pg_dump's job, refused here with what to run). */
bool store_copy(struct store *, const char *to_path, struct fault *);
bool store_integrity(struct store *, struct arena *, struct str *ret_report);

#endif
