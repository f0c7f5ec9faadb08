/* pg_write.c -- transactions on PostgreSQL, and the workers that run the queue's writes, each on its own connection.
 * SERIALIZABLE finds two clients who both checked before they wrote; the loser's apply simply runs again. After a commit
 * was sent nothing is run again: its answer may be lost although it happened, and only the caller's idempotency key
 * can tell. */
#include "store/pg.h"

#include <assert.h>
#include <sodium.h>
#include <time.h>

/* A pooled connection may have died while it was idle: the first failure of begin gets one fresh connection. */
void pg_begin(struct tx *tx)
{
    struct pg_conn *c = pg_of(tx->conn);
    const char *text = tx->writes ? "begin isolation level serializable"
                                  : "begin isolation level repeatable read read only";
    c->conn.again = false;
    bool pooled = c->pg != NULL;
    if (pg_link(c, &tx->fault) && !pg_command(tx, text, tx->store->config.query_deadline_ms) && pooled && !c->late &&
        !c->pg) {
        fault_clear(&tx->fault);
        if (pg_link(c, &tx->fault))
            pg_command(tx, text, tx->store->config.query_deadline_ms);
    }
}

static void roll_back(struct tx *tx)
{
    struct pg_conn *c = pg_of(tx->conn);
    struct tx own;
    if (!c->pg || PQtransactionStatus(c->pg) == PQTRANS_IDLE)
        return;
    bool again = c->conn.again;
    tx_init(&own, tx->store, tx->conn, tx->arena, tx->writes);
    if (!pg_command(&own, "rollback", tx->store->config.query_deadline_ms))
        pg_drop(c);
    c->conn.again = again;
}

/* A fault already in tx rolls back; one that commit itself meets is put there. */
void pg_commit(struct tx *tx)
{
    struct pg_conn *c = pg_of(tx->conn);
    if (tx_failed(tx)) {
        roll_back(tx);
        return;
    }
    if (!c->pg) {
        tx_refuse(tx, ERR_UNAVAILABLE, 0);
        return;
    }
    c->conn.again = false;
    PGresult *result = pg_wait(c, PQsendQuery(c->pg, "commit"), tx->store->config.query_deadline_ms);
    static const struct sql place = { "commit", "", __FILE__, __LINE__ };
    bool done = result && PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!done) {
        pg_fault(tx, result, &place);
        const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
        c->conn.again = c->conn.again && state && str_starts(str_of(state), S("40"));
    } else if (!str_is(str_of(PQcmdStatus(result)), "COMMIT")) {
        tx_refuse(tx, ERR_INTERNAL, 0);       /* "ROLLBACK": the transaction had failed without our noticing */
    }
    PQclear(result);
}

/* --- writes --------------------------------------------------------------------------------------------------------------- */

static void pause_before(int rerun)
{
    uint32_t most_us = 500u << (rerun < 6 ? rerun : 6);
    long wait_us = (long)randombytes_uniform(most_us) + 100;
    nanosleep(&(struct timespec){ 0, wait_us * 1000 }, NULL);
}

/* Runs body in a transaction of its own, again if that may help. */
static void transact(struct pg_conn *c, struct tx *tx, struct arena *arena, void (*body)(struct tx *, void *), void *arg)
{
    struct store *s = c->conn.store;
    int64_t started_ms = pg_now_ms();
    for (int run = 0;; run++) {
        tx_init(tx, s, &c->conn, arena, true);
        c->conn.trouble = ERR_OK;
        pg_begin(tx);
        if (!tx_failed(tx))
            body(tx, arg);
        tx_close_cursors(tx);
        pg_commit(tx);
        bool late = pg_now_ms() - started_ms >= s->config.query_deadline_ms;
        if (!tx_failed(tx) || !c->conn.again || run >= RERUNS_MAX || late)
            return;
        atomic_fetch_add_explicit(&s->reruns, 1, memory_order_relaxed);
        pause_before(run);
    }
}

static void run_write(struct pg_conn *c, struct write *w)
{
    struct store *s = c->conn.store;
    struct tx tx;
    transact(c, &tx, w->arena, w->apply, w->arg);
    enum err trouble = c->conn.trouble;
    fault_clear(&w->fault);
    if (tx_failed(&tx))
        w->fault = tx.fault;
    w->at = tx.now;
    w->sql_count = tx.sql_count;
    bool lost = trouble != ERR_OK && tx_failed(&tx);
    atomic_store_explicit(&s->unwritable, lost, memory_order_relaxed);
    if (!tx_failed(&tx))
        store_committed(s, 1);
    struct keep *keeps = tx_failed(&tx) && !lost ? keeps_oldest_first(tx.keeps) : NULL;
    if (!keeps)
        return;
    transact(c, &tx, w->arena, keeps_run, keeps);
    if (tx_failed(&tx))
        w->fault = tx.fault;                  /* what must be recorded was not: the refusal may not be told as one */
    else
        store_committed(s, 0);
}

void *pg_worker(void *arg)
{
    struct pg_conn *c = arg;
    struct write *w;
    while (queue_take(&c->conn.store->queue, &w, 1, 0) > 0) {
        run_write(c, w);
        w->done(w);
    }
    return NULL;
}
