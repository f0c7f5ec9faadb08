/* postgres.c -- PostgreSQL 15 as a driver: opening, workers, blobs in a table, health. Statements here name PostgreSQL's
 * own functions and tables, so they are not part of the SQL() set that both engines must take. */
#include "store/pg.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct migration blob_migrations[] = {
    { "store-postgres", 1, "create table blob(hash TEXT_C primary key not null, bytes BLOB not null, made_at bigint not null);" },
    { 0 },
};

#define PG_SQL(id, sql_text) static const struct sql id = { #id, sql_text, __FILE__, __LINE__ }
PG_SQL(insert_blob, "insert into blob(hash, bytes, made_at) values ($1, $2, $3) on conflict (hash) do nothing");
PG_SQL(select_blob, "select bytes from blob where hash = $1");
PG_SQL(find_blob, "select 1 from blob where hash = $1");
PG_SQL(delete_blob, "delete from blob where hash = $1");
PG_SQL(select_size, "select pg_database_size(current_database())");
PG_SQL(select_faulty, "select 'index ' || indexrelid::regclass::text || ' is invalid' from pg_index where not indisvalid"
                      " union all select 'constraint ' || conname || ' is not validated' from pg_constraint"
                      " where not convalidated");

/* --- connections -------------------------------------------------------------------------------------------------------- */

static struct conn *driver_connect(struct store *s, struct fault *fault)
{
    (void)fault;                              /* linked by the first begin: a pool outlives its server */
    struct pg_conn *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->conn.store = s;
    return &c->conn;
}

static void driver_disconnect(struct conn *conn)
{
    pg_drop(pg_of(conn));
    free(conn);
}

static bool driver_open(struct store *s, struct fault *fault)
{
    struct pg_store *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    s->own = p;
    s->writer = driver_connect(s, fault);
    return pg_hosts_parse(p, s->config.url, fault) && pg_link(pg_of(s->writer), fault);
}

static bool driver_start(struct store *s, struct fault *fault)
{
    struct pg_store *p = s->own;
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct tx tx;
    tx_init(&tx, s, s->writer, &arena, true);
    if (!pg_command(&tx, "select pg_advisory_unlock_all()", s->config.query_deadline_ms)) {
        *fault = tx.fault;
        return false;
    }
    p->workers = calloc((size_t)s->config.connections, sizeof *p->workers);
    if (!p->workers)
        abort();
    for (int i = 0; i < s->config.connections; i++) {
        p->workers[i].conn.store = s;
        if (!store_thread(s, pg_worker, &p->workers[i]))
            fault_set(fault, ERR_UNAVAILABLE, 0);
    }
    return fault->code == ERR_OK;
}

static void driver_close(struct store *s)
{
    struct pg_store *p = s->own;
    for (int i = 0; p && p->workers && i < s->config.connections; i++)
        pg_drop(&p->workers[i]);
    if (s->writer)
        driver_disconnect(s->writer);
    if (!p)
        return;
    pg_hosts_free(p);
    free(p->workers);
    free(p);
}

/* Two processes may start on one database at once: the second waits until the first has migrated. */
static void driver_migrate_lock(struct tx *tx)
{
    pg_command(tx, "select pg_advisory_lock(7810101)", SCRIPT_MS);
}

static void driver_health(struct store *s, struct store_health *h)
{
    struct pg_store *p = s->own;
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    int version = atomic_load(&p->version);
    snprintf(h->engine, sizeof h->engine, "postgresql %d.%d", version / 10000, version % 10000);
    struct tx *tx = read_begin(s, &arena);
    if (!db_one(tx, select_size, IN(), OUT(&h->size_bytes)))
        h->writable = false;
    read_end(tx);
}

/* --- blobs ---------------------------------------------------------------------------------------------------------------- */

struct blob_job {
    const char *hash;
    struct str bytes;
};

static void put(struct tx *tx, void *arg)
{
    struct blob_job *job = arg;
    db_run(tx, insert_blob, IN(job->hash, (struct blob){ job->bytes }, tx->now));
}

static void drop(struct tx *tx, void *arg)
{
    struct blob_job *job = arg;
    db_run(tx, delete_blob, IN(job->hash));
}

static bool write_blob(struct store *s, void (*apply)(struct tx *, void *), struct blob_job job, struct fault *fault)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct write w = { .apply = apply, .arg = &job, .arena = &arena, .lane = LANE_NORMAL };
    store_write(s, &w);
    if (w.fault.code != ERR_OK)
        *fault = w.fault;
    return w.fault.code == ERR_OK;
}

static bool driver_blob_put(struct store *s, struct str bytes, const char *hash, struct fault *fault)
{
    return write_blob(s, put, (struct blob_job){ hash, bytes }, fault);
}

static bool driver_blob_get(struct store *s, const char *hash, struct arena *arena, struct str *ret_bytes,
                            struct fault *fault)
{
    struct blob found;
    struct tx *tx = read_begin(s, arena);
    bool ok = db_one(tx, select_blob, IN(hash), OUT(&found));
    if (!ok && !tx_failed(tx))
        tx_refuse(tx, ERR_NOT_FOUND, 0);
    if (tx_failed(tx))
        *fault = tx->fault;
    else
        *ret_bytes = found.bytes;
    read_end(tx);
    return ok;
}

static bool driver_blob_exists(struct store *s, const char *hash)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct tx *tx = read_begin(s, &arena);
    bool found = db_one(tx, find_blob, IN(hash), OUT());
    read_end(tx);
    return found;
}

static void driver_blob_remove(struct store *s, const char *hash)
{
    struct fault ignored;                     /* a blob that stays is found again by the next retention run */
    write_blob(s, drop, (struct blob_job){ .hash = hash }, &ignored);
}

/* --- whole store ------------------------------------------------------------------------------------------------------------ */

static bool driver_copy(struct store *s, const char *to_path, struct fault *fault)
{
    (void)s;
    fault_set(fault, ERR_INVALID,
              store_sentence("PostgreSQL 数据库请用：pg_dump --format=custom --file=%s DATABASE", to_path),
              store_sentence("For PostgreSQL run: pg_dump --format=custom --file=%s DATABASE", to_path));
    return false;
}

static bool driver_integrity(struct store *s, struct arena *arena, struct str *ret_report)
{
    struct buf out = buf_in(arena);
    struct str line;
    struct tx *tx = read_begin(s, arena);
    struct rows rows = db_get(tx, select_faulty, IN());
    while (db_row(&rows, OUT(&line))) {
        buf_put(&out, line);
        buf_char(&out, '\n');
    }
    if (tx_failed(tx))
        buf_put(&out, label_in(err_label(tx->fault.code), EN));
    read_end(tx);
    bool ok = out.n == 0;
    *ret_report = ok ? S("ok") : buf_str(&out);
    return ok;
}

const struct driver postgres_driver = {
    .words = { "bigint primary key not null", "bigint", "text collate \"C\"", "bytea", "" },
    .migrations = blob_migrations, .migrate_lock = driver_migrate_lock,
    .open = driver_open, .start = driver_start, .close = driver_close,
    .connect = driver_connect, .disconnect = driver_disconnect,
    .begin = pg_begin, .commit = pg_commit,
    .run = pg_run, .one = pg_one, .get = pg_get, .row = pg_row, .end = pg_end,
    .script = pg_script, .check = pg_check, .claim = pg_claim,
    .health = driver_health,
    .blob_put = driver_blob_put, .blob_get = driver_blob_get, .blob_exists = driver_blob_exists,
    .blob_remove = driver_blob_remove,
    .copy = driver_copy, .integrity = driver_integrity,
};
