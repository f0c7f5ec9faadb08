/* writer.c -- SQLite's group commit. Takes what waits, opens one transaction, runs every apply under its own fault, commits
 * once, then tells each. No timer: a single write is committed at once, a crowd shares the sync. When a full step still
 * waits after the first has run, the group grows by it, but not past an alarm. A larger group gains the store a tenth and costs
 * the server more: workers and writer then wait for each other (1,000 clients over HTTP: 512 a group 1,100/s, 128 1,600/s).
 *
 * A savepoint copies every page its apply touches, a quarter of the whole cost, and nearly every refusal comes before the
 * first change. So a group first runs bare: an apply that was refused and changed nothing needs no undoing. When one has
 * changed something, the group is rolled back and runs again with a savepoint each, as do the next WARY_WRITES writes.
 *
 * Some errors make SQLite roll back the whole transaction. If the engine itself is in trouble (full, read-only, input or
 * output errors) the group is refused as a whole and the next group tries afresh. If not, one apply has taken the
 * others down with it: each then runs again in a transaction of its own. */
#include "store/sqlite.h"

#include <assert.h>
#include <string.h>

enum { WARY_WRITES = 500 };
enum outcome { OUT_KEPT, OUT_REFUSED, OUT_LOST };

struct group {
    struct store *store;
    struct sqlite_conn *conn;
    struct write **writes;
    int count, kept;
    int step;                         /* how many came last */
    bool may_grow;                    /* the first run of a group from the queue */
    bool bare;                        /* without savepoints */
    bool undo;                        /* why a bare group was lost: an apply changed something and was refused */
    int wary;                         /* writes that still get a savepoint */
    int64_t changes;                  /* of the connection, when the apply began */
    uint64_t savepoint;               /* of the apply; its parts have later ones */
    uint64_t first_savepoint;
    struct tx tx;                     /* of the apply that runs */
};

static bool in_transaction(const struct group *g)
{
    return !sqlite3_get_autocommit(g->conn->db);
}

static void savepoint_begin(struct group *g, struct write *w, bool bare)
{
    tx_init(&g->tx, g->store, &g->conn->conn, w->arena, true);
    ids_savepoint(&g->store->ids);
    g->savepoint = g->store->ids.savepoint;
    g->changes = sqlite3_total_changes64(g->conn->db);
    if (!bare)
        sqlite_fixed(g->conn, FIX_SAVE, &g->tx.fault);
}

static enum outcome savepoint_end(struct group *g, bool bare)
{
    tx_close_cursors(&g->tx);
    if (!in_transaction(g) || g->conn->conn.trouble)
        return OUT_LOST;
    if (bare) {
        g->undo = tx_failed(&g->tx) && sqlite3_total_changes64(g->conn->db) != g->changes;
        return !tx_failed(&g->tx) ? OUT_KEPT : g->undo ? OUT_LOST : OUT_REFUSED;
    }
    if (!tx_failed(&g->tx) && sqlite_fixed(g->conn, FIX_RELEASE, &g->tx.fault))
        return OUT_KEPT;
    struct fault ignored = { 0 };
    if (!sqlite_fixed(g->conn, FIX_BACK, &ignored) || !sqlite_fixed(g->conn, FIX_RELEASE, &ignored))
        return OUT_LOST;
    ids_undo(&g->store->ids, g->savepoint);
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
    savepoint_begin(g, w, g->bare);
    if (!tx_failed(&g->tx))
        w->apply(&g->tx, w->arg);
    enum outcome outcome = savepoint_end(g, g->bare);
    note_result(w, &g->tx);
    if (outcome != OUT_REFUSED || !g->tx.keeps)
        return outcome;
    struct keep *keeps = keeps_oldest_first(g->tx.keeps);
    savepoint_begin(g, w, false);
    if (!tx_failed(&g->tx))
        keeps_run(&g->tx, keeps);
    outcome = savepoint_end(g, false);
    if (outcome == OUT_REFUSED)               /* what must be recorded was not: the refusal may not be told as one */
        w->fault = g->tx.fault;
    return outcome == OUT_LOST ? OUT_LOST : OUT_REFUSED;
}

static void refuse_all(struct group *g, const struct fault *why)
{
    for (int i = 0; i < g->count; i++)
        g->writes[i]->fault = *why;
}

static bool has_alarm(const struct group *g, int from)
{
    for (int i = from; i < g->count; i++)
        if (g->writes[i]->lane == LANE_URGENT)
            return true;
    return false;
}

static bool grow(struct group *g)
{
    if (!g->may_grow || g->count + GROUP_STEP > GROUP_MAX || has_alarm(g, g->count - g->step))
        return false;
    g->step = queue_take_more(&g->store->queue, g->writes + g->count, GROUP_STEP);
    g->count += g->step;
    return g->step > 0;
}

/* False when the whole transaction is gone; why says what happened. */
static bool run_all(struct group *g, struct fault *why)
{
    g->first_savepoint = g->store->ids.savepoint + 1;
    g->kept = 0;
    g->undo = false;
    if (!sqlite_fixed(g->conn, FIX_WRITE, why))
        return false;
    for (int i = 0; i < g->count || grow(g); i++) {
        enum outcome outcome = run_apply(g, g->writes[i]);
        if (outcome == OUT_LOST) {
            *why = g->tx.fault;
            return false;
        }
        g->kept += outcome == OUT_KEPT;
    }
    return sqlite_fixed(g->conn, FIX_COMMIT, why);
}

static void give_up(struct group *g)
{
    struct fault ignored = { 0 };
    if (in_transaction(g))
        sqlite_fixed(g->conn, FIX_ROLLBACK, &ignored);
    ids_undo(&g->store->ids, g->first_savepoint);
}

static void group_run(struct group *g)
{
    struct fault why = { 0 };
    g->conn->conn.trouble = ERR_OK;
    g->bare = g->wary <= 0;
    bool done = run_all(g, &why);
    if (!done && g->undo) {
        give_up(g);
        fault_clear(&why);
        g->may_grow = false;
        g->bare = false;
        g->wary = WARY_WRITES;
        atomic_fetch_add(&g->store->reruns, g->count);
        done = run_all(g, &why);
    }
    g->wary -= g->wary > 0 ? g->count : 0;
    if (done) {
        atomic_store_explicit(&g->store->unwritable, false, memory_order_relaxed);
        store_committed(g->store, g->kept);
        return;
    }
    enum err trouble = g->conn->conn.trouble;
    give_up(g);
    if (trouble != ERR_OK || g->count == 1) {
        atomic_store(&g->store->unwritable, trouble != ERR_OK);
        fault_set(&why, trouble ? trouble : ERR_INTERNAL, 0);
        refuse_all(g, &why);
        return;
    }
    for (int i = 0; i < g->count; i++) {
        struct group alone = { .store = g->store, .conn = g->conn, .writes = &g->writes[i], .count = 1,
                               .wary = WARY_WRITES };
        atomic_fetch_add(&g->store->reruns, 1);
        group_run(&alone);
    }
}

void *writer_main(void *arg)
{
    struct store *s = arg;
    struct write *writes[GROUP_MAX];
    struct group g = { .store = s, .conn = sqlite_of(s->writer), .writes = writes };
    bool rested = true;
    pthread_setname_np(pthread_self(), "writer");
    while ((g.count = queue_take(&s->queue, writes, GROUP_STEP, rested ? 0 : IDLE_MS)) != 0) {
        g.step = g.count;
        g.may_grow = true;
        rested = g.count == QUEUE_IDLE;
        if (rested) {
            s->driver->idle(s);
            continue;
        }
        group_run(&g);
        for (int i = 0; i < g.count; i++)
            writes[i]->done(writes[i]);
    }
    return NULL;
}
