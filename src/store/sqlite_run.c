/* sqlite_run.c -- one statement on SQLite: prepare or find, bind, step, read. Values of db_run and db_one are bound
 * without a copy, because the statement ends inside the call; those of a cursor are copied. */
#include "store/sqlite.h"

#include <assert.h>
#include <string.h>

/* --- finding the statement ---------------------------------------------------------------------------------------------- */

static struct statement *prepared(struct tx *tx, struct statement *st)
{
    struct sqlite_conn *c = sqlite_of(tx->conn);
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v3(c->db, st->sql->text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (rc != SQLITE_OK) {
        sqlite_fault(c, rc, st->sql, &tx->fault);
        return NULL;
    }
    st->handle = stmt;
    st->params = sqlite3_bind_parameter_count(stmt);
    return st;
}

static struct statement *cached(struct tx *tx, const struct sql *sql)
{
    struct statements *all = &tx->conn->statements;
    struct statement *spare = statements_spare(all);
    if (spare) {
        sqlite3_finalize(spare->handle);
        statements_drop(all, spare);
    }
    struct statement *st = statements_add(all, sql);
    if (prepared(tx, st))
        return st;
    statements_drop(all, st);
    return NULL;
}

static struct statement *obtain(struct tx *tx, const struct sql *sql, struct cursor *c)
{
    struct statement *st = statements_find(&tx->conn->statements, sql);
    c->own = st && st->busy;
    if (c->own) {                             /* the same text is being read further out: a second one, for this time */
        st = arena_new(tx->arena, struct statement);
        st->sql = sql;
        st = prepared(tx, st);
    } else if (!st) {
        st = cached(tx, sql);
    }
    if (st)
        st->busy = true;
    c->statement = st;
    return st;
}

static void let_go(struct cursor *c)
{
    sqlite3_stmt *stmt = c->statement->handle;
    c->statement->busy = false;
    if (c->own)
        sqlite3_finalize(stmt);
    else
        sqlite3_reset(stmt);
}

/* --- values ------------------------------------------------------------------------------------------------------------- */

static int bind_one(sqlite3_stmt *stmt, int at, struct in v, sqlite3_destructor_type keep)
{
    static const char empty[1];
    switch (v.type) {
    case IN_NULL:
        return sqlite3_bind_null(stmt, at);
    case IN_INT:
        return sqlite3_bind_int64(stmt, at, v.i);
    case IN_DOUBLE:
        return sqlite3_bind_double(stmt, at, v.d);
    case IN_TEXT:
        return sqlite3_bind_text64(stmt, at, v.s.n ? v.s.p : empty, v.s.n, keep, SQLITE_UTF8);
    case IN_BLOB:
        return sqlite3_bind_blob64(stmt, at, v.s.n ? v.s.p : empty, v.s.n, keep);
    }
    return SQLITE_MISUSE;
}

static bool bind(struct tx *tx, struct statement *st, struct ins in, sqlite3_destructor_type keep)
{
    if (in.count != st->params) {
        sql_tell(st->sql, store_sentence("takes %d values, %d were given", st->params, in.count));
        fault_set_at(&tx->fault, ERR_INTERNAL, (struct label){ 0 }, st->sql->file, st->sql->line);
        return false;
    }
    for (int i = 0; i < in.count; i++) {
        int rc = bind_one(st->handle, i + 1, in.items[i], keep);
        if (rc != SQLITE_OK) {
            sqlite_fault(sqlite_of(tx->conn), rc, st->sql, &tx->fault);
            return false;
        }
    }
    return true;
}

static struct str column_str(struct tx *tx, sqlite3_stmt *stmt, int i, bool text)
{
    const char *p = text ? (const char *)sqlite3_column_text(stmt, i) : sqlite3_column_blob(stmt, i);
    size_t n = (size_t)sqlite3_column_bytes(stmt, i);
    return n ? arena_copy(tx->arena, (struct str){ p, n }) : S("");
}

static void columns(struct tx *tx, const struct sql *sql, sqlite3_stmt *stmt, struct outs out)
{
    if (out.count > sqlite3_column_count(stmt)) {
        sql_tell(sql, store_sentence("has %d columns, %d are read", sqlite3_column_count(stmt), out.count));
        fault_set_at(&tx->fault, ERR_INTERNAL, (struct label){ 0 }, sql->file, sql->line);
        return;
    }
    for (int i = 0; i < out.count; i++) {
        void *to = out.items[i].to;
        switch (out.items[i].type) {
        case OUT_INT:
            *(int64_t *)to = sqlite3_column_int64(stmt, i);
            break;
        case OUT_INT32:
            *(int *)to = sqlite3_column_int(stmt, i);
            break;
        case OUT_BOOL:
            *(bool *)to = sqlite3_column_int64(stmt, i) != 0;
            break;
        case OUT_DOUBLE:
            *(double *)to = sqlite3_column_double(stmt, i);
            break;
        case OUT_TEXT:
            *(struct str *)to = column_str(tx, stmt, i, true);
            break;
        case OUT_BLOB:
            ((struct blob *)to)->bytes = column_str(tx, stmt, i, false);
            break;
        }
    }
}

/* --- running ------------------------------------------------------------------------------------------------------------ */

static void count_scan(struct tx *tx, sqlite3_stmt *stmt)
{
    tx->rows_scanned += sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
}

/* Steps to the end; what a statement changes is only sure then (deferred checks run when it halts). */
static int finish(sqlite3_stmt *stmt, int rc)
{
    while (rc == SQLITE_ROW)
        rc = sqlite3_step(stmt);
    return rc;
}

int64_t sqlite_run(struct tx *tx, const struct sql *sql, struct ins in)
{
    struct cursor c = { 0 };
    int64_t changed = 0;
    if (!obtain(tx, sql, &c))
        return 0;
    sqlite3_stmt *stmt = c.statement->handle;
    if (bind(tx, c.statement, in, SQLITE_STATIC)) {
        int rc = finish(stmt, sqlite3_step(stmt));
        if (rc != SQLITE_DONE)
            sqlite_fault(sqlite_of(tx->conn), rc, sql, &tx->fault);
        else if (!sqlite3_stmt_readonly(stmt))
            changed = sqlite3_changes64(sqlite_of(tx->conn)->db);
        count_scan(tx, stmt);
    }
    let_go(&c);
    return changed;
}

bool sqlite_one(struct tx *tx, const struct sql *sql, struct ins in, struct outs out)
{
    struct cursor c = { 0 };
    bool found = false;
    if (!obtain(tx, sql, &c))
        return false;
    sqlite3_stmt *stmt = c.statement->handle;
    if (bind(tx, c.statement, in, SQLITE_STATIC)) {
        int rc = sqlite3_step(stmt);
        found = rc == SQLITE_ROW;
        if (found)
            columns(tx, sql, stmt, out);
        if (!sqlite3_stmt_readonly(stmt))
            rc = finish(stmt, rc);
        if (rc != SQLITE_DONE && rc != SQLITE_ROW)
            sqlite_fault(sqlite_of(tx->conn), rc, sql, &tx->fault);
        count_scan(tx, stmt);
    }
    let_go(&c);
    return found && !tx_failed(tx);
}

void sqlite_get(struct tx *tx, const struct sql *sql, struct ins in, struct cursor *c)
{
    if (!obtain(tx, sql, c))
        return;
    c->open = bind(tx, c->statement, in, SQLITE_TRANSIENT);
    if (!c->open)
        let_go(c);
}

bool sqlite_row(struct tx *tx, struct cursor *c, struct outs out)
{
    sqlite3_stmt *stmt = c->statement->handle;
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        columns(tx, c->statement->sql, stmt, out);
    else if (rc != SQLITE_DONE)
        sqlite_fault(sqlite_of(tx->conn), rc, c->statement->sql, &tx->fault);
    else
        count_scan(tx, stmt);
    return rc == SQLITE_ROW;
}

void sqlite_end(struct conn *conn, struct cursor *c)
{
    (void)conn;
    assert(c->open);
    c->open = false;
    let_go(c);
}

void sqlite_script(struct tx *tx, const char *text)
{
    static const struct sql migration = { "migration", "", "migration", 0 };
    int rc = sqlite3_exec(sqlite_of(tx->conn)->db, text, NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        sqlite_fault(sqlite_of(tx->conn), rc, &migration, &tx->fault);
}

void sqlite_check(struct tx *tx, const struct sql *sql, bool may_lack_tables)
{
    sqlite3_stmt *stmt = NULL;
    struct sqlite_conn *c = sqlite_of(tx->conn);
    int rc = sqlite3_prepare_v3(c->db, sql->text, -1, 0, &stmt, NULL);
    bool lacks = rc == SQLITE_ERROR && str_starts(str_of(sqlite3_errmsg(c->db)), S("no such table"));
    if (rc != SQLITE_OK && !(lacks && may_lack_tables))
        sqlite_fault(c, rc, sql, &tx->fault);
    for (int i = 1; rc == SQLITE_OK && i <= sqlite3_bind_parameter_count(stmt); i++) {
        const char *name = sqlite3_bind_parameter_name(stmt, i);
        if (!name || strcmp(name, store_sentence("$%d", i)) != 0) {
            sql_tell(sql, store_sentence("parameter %d is named %s", i, name ? name : "?"));
            fault_set_at(&tx->fault, ERR_INTERNAL, (struct label){ 0 }, sql->file, sql->line);
        }
    }
    sqlite3_finalize(stmt);
}

SQL(claim_block, "insert into id_block(name, next) values ($1, $2)"
                 " on conflict(name) do update set next = id_block.next + excluded.next - 1 returning next");

int64_t sqlite_claim(struct tx *tx, const char *table)
{
    int64_t after = 0;
    bool claimed = sqlite_one(tx, &claim_block, IN(table, (int64_t)ID_BLOCK + 1), OUT(&after));
    return claimed ? after - ID_BLOCK : 0;
}
