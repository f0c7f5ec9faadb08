/* pg_run.c -- one statement on PostgreSQL: prepared by name on first use, values bound (numbers as text, so that the
 * column's own type decides; texts and bytes as they are), the whole result fetched, because lists are limited and the
 * connection must be free for the next statement while they are read. */
#include "store/pg.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES_MAX = 256 };

/* --- errors --------------------------------------------------------------------------------------------------------------- */

/* `again`: running the same apply once more may simply succeed. `drop`: not on this connection. */
static const struct {
    const char *state;                /* SQLSTATE, or its class when shorter */
    enum err code;
    bool again, drop, quiet;
} states[] = {
    { .state = "40001", .code = ERR_UNAVAILABLE, .again = true, .quiet = true },   /* serialization failure */
    { .state = "40P01", .code = ERR_UNAVAILABLE, .again = true, .quiet = true },   /* deadlock */
    { .state = "23505", .code = ERR_EXISTS, .quiet = true },
    { .state = "23503", .code = ERR_INVALID, .quiet = true },
    { .state = "25006", .code = ERR_READ_ONLY, .again = true, .drop = true },      /* this host is a standby now */
    { .state = "53100", .code = ERR_STORE_FULL },
    { .state = "53", .code = ERR_UNAVAILABLE },
    { .state = "54", .code = ERR_TOO_LARGE },
    { .state = "57014", .code = ERR_TIMEOUT, .drop = true },
    { .state = "57P", .code = ERR_UNAVAILABLE, .again = true, .drop = true },    /* shutting down or starting up */
    { .state = "08", .code = ERR_UNAVAILABLE, .again = true, .drop = true },
    { .state = "58", .code = ERR_UNAVAILABLE },
    { .state = "XX001", .code = ERR_UNAVAILABLE },
    { .state = "XX002", .code = ERR_UNAVAILABLE },
    { .state = "", .code = ERR_INTERNAL },
};

static bool is_storage(enum err code)
{
    return code == ERR_UNAVAILABLE || code == ERR_STORE_FULL || code == ERR_READ_ONLY || code == ERR_TIMEOUT;
}

static void fault_lost(struct tx *tx, const struct sql *sql)
{
    struct pg_conn *c = pg_of(tx->conn);
    enum err code = c->late ? ERR_TIMEOUT : ERR_UNAVAILABLE;
    c->conn.trouble = code;
    c->conn.again = !c->late;
    fault_set_at(&tx->fault, code, (struct label){ 0 }, sql->file, sql->line);
}

void pg_fault(struct tx *tx, PGresult *result, const struct sql *sql)
{
    struct pg_conn *c = pg_of(tx->conn);
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    if (!state && (!result || PQstatus(c->pg) == CONNECTION_BAD)) {
        fault_lost(tx, sql);
        pg_drop(c);
        return;
    }
    const char *table = PQresultErrorField(result, PG_DIAG_TABLE_NAME);
    size_t i = 0;
    while (!str_starts(str_of(state), str_of(states[i].state)))
        i++;
    enum err code = states[i].code;
    bool idem = code == ERR_EXISTS && table && strcmp(table, "idem") == 0;   /* the other one's answer is the answer */
    if (code == ERR_READ_ONLY && !tx->writes)
        code = ERR_INTERNAL;
    c->conn.again = states[i].again || idem;
    if (is_storage(code) && strncmp(states[i].state, "40", 2) != 0)
        c->conn.trouble = code;
    if (!states[i].quiet)
        sql_tell(sql, PQresultErrorMessage(result));
    struct label what = { 0 };
    if (code == ERR_INVALID)
        what = (struct label){ "所引用的记录不存在", "A record it refers to does not exist" };
    fault_set_at(&tx->fault, code, what, sql->file, sql->line);
    if (states[i].drop || PQstatus(c->pg) == CONNECTION_BAD)
        pg_drop(c);
}

static bool is_fine(PGresult *result)
{
    ExecStatusType status = result ? PQresultStatus(result) : PGRES_FATAL_ERROR;
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

static bool checked(struct tx *tx, PGresult *result, const struct sql *sql)
{
    if (is_fine(result))
        return true;
    pg_fault(tx, result, sql);
    PQclear(result);
    return false;
}

bool pg_command(struct tx *tx, const char *text, int64_t deadline_ms)
{
    static const struct sql place = { "command", "", __FILE__, __LINE__ };
    struct pg_conn *c = pg_of(tx->conn);
    assert(c->pg);
    PGresult *result = pg_wait(c, PQsendQuery(c->pg, text), deadline_ms);
    if (!checked(tx, result, &place))
        return false;
    PQclear(result);
    return true;
}

/* --- statements ----------------------------------------------------------------------------------------------------------- */

static int64_t deadline(const struct tx *tx)
{
    return tx->store->config.query_deadline_ms;
}

static const char *name_of(const struct statement *st, char *ret_name, size_t size)
{
    snprintf(ret_name, size, "s%llu", (unsigned long long)st->number);
    return ret_name;
}

static bool forget(struct tx *tx, struct statement *st)
{
    char text[48];
    snprintf(text, sizeof text, "deallocate s%llu", (unsigned long long)st->number);
    statements_drop(&tx->conn->statements, st);
    return pg_command(tx, text, deadline(tx));
}

static struct statement *obtain(struct tx *tx, const struct sql *sql)
{
    struct pg_conn *c = pg_of(tx->conn);
    struct statements *all = &c->conn.statements;
    struct statement *st = statements_find(all, sql);
    char name[24];
    if (st)
        return st;
    struct statement *spare = statements_spare(all);
    if (spare && !forget(tx, spare))
        return NULL;
    uint64_t number = ++c->numbers;
    PGresult *result = pg_wait(c, PQsendPrepare(c->pg, name_of(&(struct statement){ .number = number }, name, sizeof name),
                                                sql->text, 0, NULL), deadline(tx));
    if (!checked(tx, result, sql))
        return NULL;
    PQclear(result);
    st = statements_add(all, sql);
    st->number = number;
    if (!sql_params_in_order(sql->text, &st->params))
        st->params = -1;
    return st;
}

struct values {
    const char *at[VALUES_MAX];
    int bytes[VALUES_MAX], binary[VALUES_MAX];
    char digits[VALUES_MAX][32];
};

static void value(struct values *v, int i, struct in in)
{
    v->bytes[i] = 0;
    v->binary[i] = 0;
    v->at[i] = v->digits[i];
    switch (in.type) {
    case IN_NULL:
        v->at[i] = NULL;
        break;
    case IN_INT:
        snprintf(v->digits[i], sizeof v->digits[i], "%lld", (long long)in.i);
        break;
    case IN_DOUBLE:
        snprintf(v->digits[i], sizeof v->digits[i], "%.17g", in.d);
        break;
    case IN_TEXT: case IN_BLOB:
        v->at[i] = in.s.n ? in.s.p : "";
        v->bytes[i] = (int)in.s.n;
        v->binary[i] = 1;
        break;
    }
}

/* NULL when there is a fault. */
static PGresult *execute(struct tx *tx, const struct sql *sql, struct ins in)
{
    struct pg_conn *c = pg_of(tx->conn);
    struct values v;
    char name[24];
    assert(in.count <= VALUES_MAX);
    struct statement *st = c->pg ? obtain(tx, sql) : NULL;
    if (!st) {
        if (!tx_failed(tx))
            fault_lost(tx, sql);
        return NULL;
    }
    if (in.count != st->params) {
        sql_tell(sql, store_sentence("takes %d values, %d were given", st->params, in.count));
        fault_set_at(&tx->fault, ERR_INTERNAL, (struct label){ 0 }, sql->file, sql->line);
        return NULL;
    }
    for (int i = 0; i < in.count; i++)
        value(&v, i, in.items[i]);
    PGresult *result = pg_wait(c, PQsendQueryPrepared(c->pg, name_of(st, name, sizeof name), in.count, v.at, v.bytes,
                                                      v.binary, 0), deadline(tx));
    return checked(tx, result, sql) ? result : NULL;
}

/* --- columns -------------------------------------------------------------------------------------------------------------- */

static int64_t integer(const char *text)
{
    return *text == 't' ? 1 : strtoll(text, NULL, 10);        /* 't' and 'f' are booleans; SQLite has 1 and 0 */
}

static struct str bytes_of(struct tx *tx, const char *text)
{
    size_t n;
    unsigned char *raw = PQunescapeBytea((const unsigned char *)text, &n);
    if (!raw)
        abort();
    struct str copy = n ? arena_copy(tx->arena, (struct str){ (char *)raw, n }) : S("");
    PQfreemem(raw);
    return copy;
}

static void column(struct tx *tx, PGresult *result, int row, int i, struct out out)
{
    const char *text = PQgetvalue(result, row, i);            /* "" for NULL */
    size_t n = (size_t)PQgetlength(result, row, i);
    switch (out.type) {
    case OUT_INT:
        *(int64_t *)out.to = integer(text);
        break;
    case OUT_INT32:
        *(int *)out.to = (int)integer(text);
        break;
    case OUT_BOOL:
        *(bool *)out.to = integer(text) != 0;
        break;
    case OUT_DOUBLE:
        *(double *)out.to = strtod(text, NULL);
        break;
    case OUT_TEXT:
        *(struct str *)out.to = n ? arena_copy(tx->arena, (struct str){ text, n }) : S("");
        break;
    case OUT_BLOB:
        ((struct blob *)out.to)->bytes = bytes_of(tx, text);
        break;
    }
}

static void columns(struct tx *tx, const struct sql *sql, PGresult *result, int row, struct outs out)
{
    if (out.count > PQnfields(result)) {
        sql_tell(sql, store_sentence("has %d columns, %d are read", PQnfields(result), out.count));
        fault_set_at(&tx->fault, ERR_INTERNAL, (struct label){ 0 }, sql->file, sql->line);
        return;
    }
    for (int i = 0; i < out.count; i++)
        column(tx, result, row, i, out.items[i]);
}

/* --- the driver's calls ------------------------------------------------------------------------------------------------------ */

int64_t pg_run(struct tx *tx, const struct sql *sql, struct ins in)
{
    PGresult *result = execute(tx, sql, in);
    if (!result)
        return 0;
    bool reads = strncmp(PQcmdStatus(result), "SELECT", 6) == 0;
    int64_t changed = reads ? 0 : strtoll(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return changed;
}

bool pg_one(struct tx *tx, const struct sql *sql, struct ins in, struct outs out)
{
    PGresult *result = execute(tx, sql, in);
    bool found = result && PQntuples(result) > 0;
    if (found)
        columns(tx, sql, result, 0, out);
    PQclear(result);
    return found && !tx_failed(tx);
}

void pg_get(struct tx *tx, const struct sql *sql, struct ins in, struct cursor *c)
{
    c->sql = sql;
    c->result = execute(tx, sql, in);
    c->open = c->result != NULL;
    c->rows = c->open ? PQntuples(c->result) : 0;
}

bool pg_row(struct tx *tx, struct cursor *c, struct outs out)
{
    if (c->at >= c->rows)
        return false;
    columns(tx, c->sql, c->result, c->at++, out);
    return true;
}

void pg_end(struct conn *conn, struct cursor *c)
{
    (void)conn;
    c->open = false;
    PQclear(c->result);
    c->result = NULL;
}

void pg_script(struct tx *tx, const char *text)
{
    pg_command(tx, text, SCRIPT_MS);
}

void pg_check(struct tx *tx, const struct sql *sql, bool may_lack_tables)
{
    struct pg_conn *c = pg_of(tx->conn);
    PGresult *result = pg_wait(c, PQsendPrepare(c->pg, "", sql->text, 0, NULL), deadline(tx));
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    bool lacks = state && strcmp(state, "42P01") == 0;
    if (!(lacks && may_lack_tables) && !checked(tx, result, sql))
        return;
    PQclear(result);
}

/* The same text as SQLite's, on a connection of its own (store->writer, under the lock of the ids) and outside of the
 * apply's transaction: a counter row inside SERIALIZABLE transactions would make them all fail in turn. */
static const struct sql claim_block = {
    "claim_block", "insert into id_block(name, next) values ($1, $2)"
    " on conflict(name) do update set next = id_block.next + excluded.next - 1 returning next", __FILE__, __LINE__
};

int64_t pg_claim(struct tx *tx, const char *table)
{
    struct pg_conn *c = pg_of(tx->store->writer);
    struct tx own;
    int64_t after = 0;
    bool claimed = false;
    for (int i = 0; i < RERUNS_MAX && !claimed; i++) {
        tx_init(&own, tx->store, &c->conn, tx->arena, true);
        c->conn.again = false;
        claimed = pg_link(c, &own.fault) && pg_one(&own, &claim_block, IN(table, (int64_t)ID_BLOCK + 1), OUT(&after));
        if (!c->conn.again)
            break;
    }
    if (!claimed && !tx_failed(tx))
        tx->fault = own.fault;
    return claimed ? after - ID_BLOCK : 0;
}
