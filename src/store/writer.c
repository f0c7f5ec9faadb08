/* writer.c -- SQLite's group commit. Takes what waits, opens one transaction, runs every apply under its own savepoint and
 * fault, commits once, then tells each. No timer: a single write is committed at once, a crowd shares the sync.
 *
 * Some errors make SQLite roll back the whole transaction. If the engine itself is in trouble (full, read-only, input or
 * output errors) the group is refused as a whole and the next group tries afresh. If not, one apply has taken the
 * others down with it: each then runs again in a transaction of its own. */
#include "store/sqlite.h"

#include <assert.h>
#include <string.h>

enum outcome { OUT_KEPT, OUT_REFUSED, OUT_LOST };

struct group {
    struct store *store;
    struct sqlite_conn *conn;
    struct write **writes;
    int count, kept;
    uint64_t first_savepoint;
    struct tx tx;                     /* of the apply that runs */
};

static bool in_transaction(const struct group *g)
{
    return !sqlite3_get_autocommit(g->conn->db);
}

static void savepoint_begin(struct group *g, struct write *w)
{
    tx_init(&g->tx, g->store, &g->conn->conn, w->arena, true);
    ids_savepoint(&g->store->ids);
    sqlite_fixed(g->conn, FIX_SAVE, &g->tx.fault);
}

static enum outcome savepoint_end(struct group *g)
{
    tx_close_cursors(&g->tx);
    if (!in_transaction(g) || g->conn->conn.trouble)
        return OUT_LOST;
    if (!tx_failed(&g->tx) && sqlite_fixed(g->conn, FIX_RELEASE, &g->tx.fault))
        return OUT_KEPT;
    struct fault ignored = { 0 };
    if (!sqlite_fixed(g->conn, FIX_BACK, &ignored) || !sqlite_fixed(g->conn, FIX_RELEASE, &ignored))
        return OUT_LOST;
    ids_undo(&g->store->ids, g->store->ids.savepoint);
    return OUT_REFUSED;
}

static void note_result(struct write *w, const struct tx *tx)
{
    if (tx->fault.code != ERR_OK)
        w->fault = tx->fault;
    else
        fault_clear(&w->fault);
    w->at = tx->now;
    w->sql_count = tx->sql_count;
}

static enum outcome run_apply(struct group *g, struct write *w)
{
    savepoint_begin(g, w);
    if (!tx_failed(&g->tx))
        w->apply(&g->tx, w->arg);
    enum outcome outcome = savepoint_end(g);
    note_result(w, &g->tx);
    if (outcome != OUT_REFUSED || !g->tx.keeps)
        return outcome;
    struct keep *keeps = keeps_oldest_first(g->tx.keeps);
    savepoint_begin(g, w);
    if (!tx_failed(&g->tx))
        keeps_run(&g->tx, keeps);
    outcome = savepoint_end(g);
    if (outcome == OUT_REFUSED)               /* what must be recorded was not: the refusal may not be told as one */
        w->fault = g->tx.fault;
    return outcome == OUT_LOST ? OUT_LOST : OUT_REFUSED;
}

static void refuse_all(struct group *g, const struct fault *why)
{
    for (int i = 0; i < g->count; i++)
        g->writes[i]->fault = *why;
}

/* False when the whole transaction is gone; why says what happened. */
static bool run_all(struct group *g, struct fault *why)
{
    if (!sqlite_fixed(g->conn, FIX_WRITE, why))
        return false;
    g->first_savepoint = g->store->ids.savepoint + 1;
    g->kept = 0;
    for (int i = 0; i < g->count; i++) {
        enum outcome outcome = run_apply(g, g->writes[i]);
        if (outcome == OUT_LOST) {
            *why = g->tx.fault;
            return false;
        }
        g->kept += outcome == OUT_KEPT;
    }
    return sqlite_fixed(g->conn, FIX_COMMIT, why);
}

static void group_run(struct group *g)
{
    struct fault why = { 0 }, ignored = { 0 };
    g->conn->conn.trouble = ERR_OK;
    if (run_all(g, &why)) {
        atomic_store_explicit(&g->store->unwritable, false, memory_order_relaxed);
        store_committed(g->store, g->kept);
        return;
    }
    enum err trouble = g->conn->conn.trouble;
    if (in_transaction(g))
        sqlite_fixed(g->conn, FIX_ROLLBACK, &ignored);
    ids_undo(&g->store->ids, g->first_savepoint);
    if (trouble != ERR_OK || g->count == 1) {
        atomic_store(&g->store->unwritable, trouble != ERR_OK);
        fault_set(&why, trouble ? trouble : ERR_INTERNAL, 0);
        refuse_all(g, &why);
        return;
    }
    for (int i = 0; i < g->count; i++) {
        struct group alone = { .store = g->store, .conn = g->conn, .writes = &g->writes[i], .count = 1 };
        atomic_fetch_add(&g->store->reruns, 1);
        group_run(&alone);
    }
}

void *writer_main(void *arg)
{
    struct store *s = arg;
    struct write *writes[GROUP_MAX];
    struct group g = { .store = s, .conn = sqlite_of(s->writer), .writes = writes };
    while ((g.count = queue_take(&s->queue, writes, GROUP_MAX)) > 0) {
        group_run(&g);
        for (int i = 0; i < g.count; i++)
            writes[i]->done(writes[i]);
    }
    return NULL;
}
