/* text_sqlite.c -- postings in FTS5, contentless, in a file of its own; see text.h. Full durability is not needed: what is
 * lost in a crash is indexed again, because the cursor is lost with it. */
#include "store/text.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { READERS = 4 };

struct reader {
    sqlite3 *db;
    sqlite3_stmt *find;
    pthread_mutex_t lock;
};
struct text_sqlite_index {
    struct text_index base;
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *rollback, *insert, *cursor_get, *cursor_set, *clear, *clean_get, *clean_set;
    pthread_mutex_t lock;
    struct reader readers[READERS];
    atomic_uint next;
};

static const char schema[] =
    "create virtual table if not exists posting using fts5(pieces, content='', columnsize=0, detail=none, tokenize='unicode61');"
    "create table if not exists cursor_of(one integer primary key, seq integer not null);"
    "insert or ignore into cursor_of values (1, 0), (2, 0);";      /* 1: what was read; 2: what was erased before that */

static bool trouble(sqlite3 *db, struct fault *fault)
{
    int code = db ? sqlite3_errcode(db) & 0xff : SQLITE_NOMEM;
    fault_set(fault, code == SQLITE_FULL ? ERR_STORE_FULL : ERR_UNAVAILABLE, "全文检索库暂不可用", "The search store is away");
    return false;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *text)
{
    sqlite3_stmt *stmt = NULL;
    sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    return stmt;
}

static void text_sqlite_close(struct text_index *t)
{
    struct text_sqlite_index *x = (struct text_sqlite_index *)t;
    sqlite3_stmt *all[] = { x->begin, x->commit, x->rollback, x->insert, x->cursor_get, x->cursor_set, x->clear,
                            x->clean_get, x->clean_set };
    for (size_t i = 0; i < COUNT(all); i++)
        sqlite3_finalize(all[i]);
    sqlite3_close(x->db);
    for (int i = 0; i < READERS; i++) {
        sqlite3_finalize(x->readers[i].find);
        sqlite3_close(x->readers[i].db);
        pthread_mutex_destroy(&x->readers[i].lock);
    }
    pthread_mutex_destroy(&x->lock);
    free(x);
}

static bool open_one(const char *path, sqlite3 **ret, int flags)
{
    if (sqlite3_open_v2(path, ret, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return false;
    sqlite3_busy_timeout(*ret, 5000);
    return true;
}

static struct text_index *text_sqlite_open(const char *path, struct fault *fault)
{
    struct text_sqlite_index *x = calloc(1, sizeof *x);
    if (!x)
        abort();
    x->base.driver = &text_sqlite;
    pthread_mutex_init(&x->lock, NULL);
    for (int i = 0; i < READERS; i++)
        pthread_mutex_init(&x->readers[i].lock, NULL);
    bool ok = open_one(path, &x->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) &&
              sqlite3_exec(x->db, "pragma journal_mode=wal; pragma synchronous=normal; pragma cache_size=-8192;", NULL, NULL, NULL) == SQLITE_OK &&
              sqlite3_exec(x->db, schema, NULL, NULL, NULL) == SQLITE_OK;
    if (ok) {
        x->begin = prepare(x->db, "begin immediate");
        x->commit = prepare(x->db, "commit");
        x->rollback = prepare(x->db, "rollback");
        x->insert = prepare(x->db, "insert into posting(rowid, pieces) values ($1, $2)");
        x->cursor_get = prepare(x->db, "select seq from cursor_of where one = 1");
        x->cursor_set = prepare(x->db, "update cursor_of set seq = $1 where one = 1");
        x->clear = prepare(x->db, "insert into posting(posting) values ('delete-all')");
        x->clean_get = prepare(x->db, "select seq from cursor_of where one = 2");
        x->clean_set = prepare(x->db, "update cursor_of set seq = $1 where one = 2");
        ok = x->begin && x->commit && x->rollback && x->insert && x->cursor_get && x->cursor_set && x->clear && x->clean_get &&
             x->clean_set;
    }
    for (int i = 0; ok && i < READERS; i++) {
        ok = open_one(path, &x->readers[i].db, SQLITE_OPEN_READONLY);
        x->readers[i].find = ok ? prepare(x->readers[i].db, "select rowid from posting where posting match $1 and rowid < $2"
                                                             " order by rowid desc limit $3") : NULL;
        ok = ok && x->readers[i].find;
    }
    if (ok)
        return &x->base;
    trouble(x->db, fault);
    text_sqlite_close(&x->base);
    return NULL;
}

static bool step(sqlite3_stmt *stmt)
{
    int code = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    return code == SQLITE_DONE || code == SQLITE_ROW;
}

static bool text_sqlite_put(struct text_index *t, const struct text_doc *docs, int count, int64_t cursor, struct fault *fault)
{
    struct text_sqlite_index *x = (struct text_sqlite_index *)t;
    pthread_mutex_lock(&x->lock);
    bool ok = step(x->begin);
    for (int i = 0; ok && i < count; i++) {
        sqlite3_bind_int64(x->insert, 1, docs[i].number);
        sqlite3_bind_text(x->insert, 2, docs[i].pieces.p, (int)docs[i].pieces.n, SQLITE_STATIC);
        ok = step(x->insert);
    }
    sqlite3_bind_int64(x->cursor_set, 1, cursor);
    ok = ok && step(x->cursor_set) && step(x->commit);
    if (!ok) {
        trouble(x->db, fault);
        if (!sqlite3_get_autocommit(x->db))
            step(x->rollback);
    }
    pthread_mutex_unlock(&x->lock);
    return ok;
}

static bool get(struct text_sqlite_index *x, sqlite3_stmt *stmt, int64_t *ret)
{
    pthread_mutex_lock(&x->lock);
    bool ok = sqlite3_step(stmt) == SQLITE_ROW;
    if (ok)
        *ret = sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    pthread_mutex_unlock(&x->lock);
    return ok;
}

static bool text_sqlite_cursor(struct text_index *t, int64_t *ret)
{
    struct text_sqlite_index *x = (struct text_sqlite_index *)t;
    return get(x, x->cursor_get, ret);
}

static bool text_sqlite_clean_to(struct text_index *t, int64_t *ret)
{
    struct text_sqlite_index *x = (struct text_sqlite_index *)t;
    return get(x, x->clean_get, ret);
}

/* Freed pages are overwritten and the log is cut off: what was erased must not be readable in the file either. */
static bool text_sqlite_clear(struct text_index *t, int64_t clean_to, struct fault *fault)
{
    struct text_sqlite_index *x = (struct text_sqlite_index *)t;
    pthread_mutex_lock(&x->lock);
    sqlite3_exec(x->db, "pragma secure_delete=on", NULL, NULL, NULL);
    sqlite3_bind_int64(x->cursor_set, 1, 0);
    sqlite3_bind_int64(x->clean_set, 1, clean_to);
    bool ok = step(x->begin) && step(x->clear) && step(x->cursor_set) && step(x->clean_set) && step(x->commit);
    if (!ok) {
        trouble(x->db, fault);
        if (!sqlite3_get_autocommit(x->db))
            step(x->rollback);
    }
    sqlite3_exec(x->db, "pragma secure_delete=off; pragma wal_checkpoint(truncate)", NULL, NULL, NULL);
    pthread_mutex_unlock(&x->lock);
    return ok;
}

/* Pieces are letters, digits and Han only (search.c); quoting keeps FTS5's own words out of them all the same. */
static struct str expression(struct arena *a, const struct str *pieces, int count)
{
    struct buf b = buf_in(a);
    for (int i = 0; i < count; i++) {
        bool prefix = str_ends(pieces[i], S("*"));
        struct str piece = prefix ? str_head(pieces[i], pieces[i].n - 1) : pieces[i];
        buf_put(&b, i ? S(" AND \"") : S("\""));
        for (size_t k = 0; k < piece.n; k++)
            buf_put(&b, piece.p[k] == '"' ? S("\"\"") : (struct str){ piece.p + k, 1 });
        buf_put(&b, prefix ? S("\"*") : S("\""));
    }
    return buf_str(&b);
}

static int text_sqlite_find(struct text_index *t, struct arena *a, const struct str *pieces, int piece_count, int64_t before,
                            int limit, int64_t *ret)
{
    struct text_sqlite_index *x = (struct text_sqlite_index *)t;
    struct reader *r = &x->readers[atomic_fetch_add(&x->next, 1) % READERS];
    struct str match = expression(a, pieces, piece_count);
    int count = 0;
    pthread_mutex_lock(&r->lock);
    sqlite3_bind_text(r->find, 1, match.p, (int)match.n, SQLITE_STATIC);
    sqlite3_bind_int64(r->find, 2, before ? before : INT64_MAX);
    sqlite3_bind_int(r->find, 3, limit);
    while (count < limit && sqlite3_step(r->find) == SQLITE_ROW)
        ret[count++] = sqlite3_column_int64(r->find, 0);
    sqlite3_reset(r->find);
    pthread_mutex_unlock(&r->lock);
    return count;
}

const struct text_driver text_sqlite = {
    text_sqlite_open, text_sqlite_close, text_sqlite_put, text_sqlite_cursor, text_sqlite_clean_to,
    text_sqlite_clear, text_sqlite_find,
};
