/* sqlite.c -- SQLite as a driver: how a connection is opened and hardened, what its result codes mean.
 * FULL, because NORMAL loses acknowledged commits at power loss (62 % of crash states measured) and gains nothing once
 * writes are grouped. Checkpoints at 16,000 pages, because 1,000 costs a third of the throughput. */
#include "store/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { BUSY_MS = 5000, CHECKPOINT_PAGES = 16000, WRITER_CACHE_KIB = 65536, READER_CACHE_KIB = 4096 };

static pthread_once_t configured = PTHREAD_ONCE_INIT;

/* Process-wide, before the first connection; refused (harmlessly, only slower) if somebody opened one earlier. A
 * statement journal over 64 KiB would spill to a file and cost 30 %. A reader drops its pages with every new snapshot: without
 * the thresholds malloc gives them to the kernel each time and faults them in again. */
static void configure(void)
{
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
    mallopt(M_TOP_PAD, 256 << 10);
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* --- result codes ------------------------------------------------------------------------------------------------------- */

/* A commit's own errors never reach sqlite3_system_errno; the WAL's file object knows. */
static int system_errno(struct sqlite_conn *c)
{
    int code = sqlite3_system_errno(c->db);
    sqlite3_file *wal = NULL;
    if (code == 0 && sqlite3_file_control(c->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) == SQLITE_OK && wal &&
        wal->pMethods)
        wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &code);
    return code;
}

static enum err storage_err(struct sqlite_conn *c, int rc)
{
    int code = system_errno(c);
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return ERR_STORE_FULL;
    case SQLITE_READONLY:
        return ERR_READ_ONLY;
    case SQLITE_IOERR: case SQLITE_CANTOPEN:
        return code == ENOENT || code == 0 ? ERR_UNAVAILABLE : errno_err(code);
    case SQLITE_BUSY: case SQLITE_LOCKED: case SQLITE_PROTOCOL: case SQLITE_NOMEM: case SQLITE_CORRUPT: case SQLITE_NOTADB:
        return ERR_UNAVAILABLE;
    default:
        return ERR_OK;
    }
}

static enum err statement_err(int rc, struct label *ret_what)
{
    switch (rc) {
    case SQLITE_CONSTRAINT_UNIQUE: case SQLITE_CONSTRAINT_PRIMARYKEY: case SQLITE_CONSTRAINT_ROWID:
        return ERR_EXISTS;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        *ret_what = (struct label){ "所引用的记录不存在", "A record it refers to does not exist" };
        return ERR_INVALID;
    case SQLITE_TOOBIG:
        return ERR_TOO_LARGE;
    default:
        return ERR_INTERNAL;
    }
}

void sqlite_fault(struct sqlite_conn *c, int rc, const struct sql *sql, struct fault *fault)
{
    struct label what = { 0 };
    int extended = sqlite3_extended_errcode(c->db);
    if ((extended & 0xff) != (rc & 0xff))
        extended = rc;
    enum err storage = storage_err(c, extended), code = storage ? storage : statement_err(extended, &what);
    if ((extended & 0xff) == SQLITE_CORRUPT || (extended & 0xff) == SQLITE_NOTADB)
        what = (struct label){ "数据库文件损坏，请从备份恢复", "The database file is damaged; restore a backup" };
    if (storage)
        c->conn.trouble = storage;
    if (storage || code == ERR_INTERNAL)
        sql_tell(sql, sqlite3_errmsg(c->db));
    fault_set_at(fault, code, what, sql->file, sql->line);
}

bool sqlite_fixed(struct sqlite_conn *c, enum fixed which, struct fault *fault)
{
    static const struct sql place = { "transaction", "", __FILE__, __LINE__ };
    int rc = sqlite3_step(c->fixed[which]);
    if (rc != SQLITE_DONE)
        sqlite_fault(c, rc, &place, fault);
    sqlite3_reset(c->fixed[which]);
    return rc == SQLITE_DONE;
}

/* --- connections -------------------------------------------------------------------------------------------------------- */

struct str sqlite_path(struct store *s, struct arena *arena)
{
    return arena_format(arena, "%s/wuxing.db", s->config.dir);
}

static const char *const fixed_texts[FIX_COUNT] = {
    [FIX_READ] = "begin", [FIX_WRITE] = "begin immediate", [FIX_COMMIT] = "commit", [FIX_ROLLBACK] = "rollback",
    [FIX_SAVE] = "savepoint apply", [FIX_RELEASE] = "release apply", [FIX_BACK] = "rollback to apply",
};

static bool harden(struct sqlite_conn *c, bool writes)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    const char *settings = arena_format(&arena,
        "pragma journal_mode=wal; pragma synchronous=%s; pragma foreign_keys=on; pragma trusted_schema=off;"
        "pragma cell_size_check=on; pragma wal_autocheckpoint=%d; pragma cache_size=-%d; pragma temp_store=memory;"
        "pragma query_only=%s",
        c->conn.store->config.unsafe_normal ? "normal" : "full", CHECKPOINT_PAGES,
        writes ? WRITER_CACHE_KIB : READER_CACHE_KIB, writes ? "off" : "on").p;
    sqlite3_busy_timeout(c->db, BUSY_MS);
    sqlite3_extended_result_codes(c->db, 1);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    /* One plan per text. Else a value that a partial index's condition is compared with (phase < 4) is looked at while
     * planning, and the statement is prepared again whenever that value is bound. */
    sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    if (sqlite3_exec(c->db, settings, NULL, NULL, NULL) != SQLITE_OK)
        return false;
    for (int i = 0; i < FIX_COUNT; i++)
        if (sqlite3_prepare_v3(c->db, fixed_texts[i], -1, SQLITE_PREPARE_PERSISTENT, &c->fixed[i], NULL) != SQLITE_OK)
            return false;
    return true;
}

struct conn *sqlite_connect(struct store *s, bool writes, struct fault *fault)
{
    static const struct sql place = { "open", "", __FILE__, __LINE__ };
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct sqlite_conn *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->conn.store = s;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (writes ? SQLITE_OPEN_CREATE : 0);
    bool gathers = writes && !s->config.unsafe_normal;
    int rc = sqlite3_open_v2(sqlite_path(s, &arena).p, &c->db, flags, gathers ? sqlite_wal_vfs(s->config.vfs) : s->config.vfs);
    if (rc == SQLITE_OK && harden(c, writes))
        return &c->conn;
    sqlite_fault(c, rc == SQLITE_OK ? sqlite3_extended_errcode(c->db) : rc, &place, fault);
    sqlite_disconnect(&c->conn);
    return NULL;
}

void sqlite_disconnect(struct conn *conn)
{
    if (!conn)
        return;
    struct sqlite_conn *c = sqlite_of(conn);
    while (conn->statements.newest) {
        sqlite3_finalize(conn->statements.newest->handle);
        statements_drop(&conn->statements, conn->statements.newest);
    }
    for (int i = 0; i < FIX_COUNT; i++)
        sqlite3_finalize(c->fixed[i]);
    int rc = sqlite3_close(c->db);
    assert(rc == SQLITE_OK);                  /* BUSY here means a statement was lost */
    free(c);
}

/* --- the driver --------------------------------------------------------------------------------------------------------- */

static void row_changed(void *arg, int what, const char *database, const char *table, sqlite3_int64 id)
{
    struct store *s = arg;
    (void)what;
    (void)database;
    kept_changed(s->kept, table, id, atomic_load(&s->commits) + 1);
}

static bool driver_open(struct store *s, struct fault *fault)
{
    pthread_once(&configured, configure);
    s->kept = kept_new();
    s->writer = sqlite_connect(s, true, fault);
    if (s->writer)
        sqlite3_update_hook(sqlite_of(s->writer)->db, row_changed, s);
    return s->writer != NULL;
}

static bool driver_start(struct store *s, struct fault *fault)
{
    folder_sync(s->config.dir);
    folder_blob_tidy(s);
    if (!store_thread(s, writer_main, s))
        fault_set(fault, ERR_UNAVAILABLE, 0);
    return fault->code == ERR_OK;
}

static void driver_close(struct store *s)
{
    sqlite_disconnect(s->writer);
    s->writer = NULL;
    kept_free(s->kept);
    s->kept = NULL;
}

static struct conn *driver_connect(struct store *s, struct fault *fault)
{
    return sqlite_connect(s, false, fault);
}

static void driver_begin(struct tx *tx)
{
    sqlite_fixed(sqlite_of(tx->conn), tx->writes ? FIX_WRITE : FIX_READ, &tx->fault);
}

static void driver_commit(struct tx *tx)
{
    struct sqlite_conn *c = sqlite_of(tx->conn);
    if (!tx_failed(tx))
        sqlite_fixed(c, FIX_COMMIT, &tx->fault);
    if (!sqlite3_get_autocommit(c->db))
        sqlite_fixed(c, FIX_ROLLBACK, &tx->fault);
}

static void release(struct conn *conn)
{
    sqlite3_db_release_memory(sqlite_of(conn)->db);
}

/* A quiet moment: what the WAL holds is moved to the file now rather than inside a later commit, and the page caches,
 * which a rush has filled, are given back. PASSIVE waits for nobody; it is done by the writer itself, because one that
 * runs beside a busy writer keeps the WAL growing. */
static void driver_idle(struct store *s)
{
    sqlite3_wal_checkpoint_v2(sqlite_of(s->writer)->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    release(s->writer);
    pool_each_idle(s, release);
    malloc_trim(0);
}

static int64_t file_bytes(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_size : 0;
}

static void driver_health(struct store *s, struct store_health *h)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct str path = sqlite_path(s, &arena);
    h->size_bytes = file_bytes(path.p);
    h->wal_bytes = file_bytes(arena_format(&arena, "%s-wal", path.p).p);
    snprintf(h->engine, sizeof h->engine, "sqlite %s", sqlite3_libversion());
}

const struct driver sqlite_driver = {
    .ordered = true,
    .words = { "integer primary key", "bigint", "text", "blob", "without rowid" },
    .open = driver_open, .start = driver_start, .close = driver_close,
    .connect = driver_connect, .disconnect = sqlite_disconnect,
    .begin = driver_begin, .commit = driver_commit,
    .run = sqlite_run, .one = sqlite_one, .get = sqlite_get, .row = sqlite_row, .end = sqlite_end,
    .script = sqlite_script, .check = sqlite_check, .claim = sqlite_claim,
    .idle = driver_idle, .health = driver_health,
    .blob_put = folder_blob_put, .blob_get = folder_blob_get, .blob_exists = folder_blob_exists,
    .blob_remove = folder_blob_remove,
    .copy = sqlite_copy, .integrity = sqlite_integrity,
};
