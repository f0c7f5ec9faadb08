/* power_test.c -- power loss over the real store: with FULL no acknowledged write is ever missing and no file is ever
 * corrupt; the same run with NORMAL must lose some, or the test proves nothing. WUXING_LONG=1 adds 20 workloads of 5,000
 * crash states each (bar R2). */
#include "test/stores.h"
#include "test/stores_power.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct migration row_migrations[] = {
    { "row", 1, "create table row_of(id ID, payload TEXT_C not null); create index row_payload on row_of(payload);"
                "create table total(id ID, rows bigint not null); insert into total(id, rows) values (1, 0)" },
    { 0 },
};
static const struct migration *const migrations[] = { row_migrations, NULL };

TEST_SQL(insert_row, "insert into row_of(id, payload) values ($1, $2)");
TEST_SQL(raise_total, "update total set rows = rows + 1 where id = 1");

static int workload;                  /* varies the sizes and how many write at once */

enum { THREADS_MAX = 5, WRITES_PER_THREAD = 6, SESSIONS = 4 };

struct client {
    struct store *store;
    _Atomic int *next;
};

struct row {
    int number;
    struct str payload;
};

static void add(struct tx *tx, void *arg)
{
    struct row *r = arg;
    db_run(tx, insert_row, IN(r->number, r->payload));
    db_run(tx, raise_total, IN());
}

static void *write_some(void *arg)
{
    struct client *c = arg;
    static char text[3000];
    for (int i = 0; i < WRITES_PER_THREAD; i++) {
        struct arena arena_scoped arena;
        arena_init(&arena, 0);
        int number = atomic_fetch_add(c->next, 1);
        struct row r = { number, { text, (size_t)(number * (977 + 2 * workload) % 2500 + 10) } };
        struct write w = { .apply = add, .arg = &r, .arena = &arena, .lane = LANE_NORMAL };
        store_write(c->store, &w);
        CHECK_INT(w.fault.code, ERR_OK);
        power_ack(number);
    }
    return NULL;
}

/* Moves pages from the WAL into the file between and during the writes, as the 16,000-page threshold would. */
static void checkpoint(const char *dir)
{
    char path[512];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/wuxing.db", dir);
    CHECK(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, POWER_VFS) == SQLITE_OK);
    sqlite3_exec(db, "pragma synchronous=full", NULL, NULL, NULL);
    sqlite3_exec(db, "pragma wal_checkpoint(restart)", NULL, NULL, NULL);
    sqlite3_close(db);
}

static void one_session(const struct test_db *db, bool unsafe, _Atomic int *next)
{
    struct store *s = test_store_open(db, (struct store_config){ .migrations = migrations, .vfs = POWER_VFS,
                                                                 .unsafe_normal = unsafe });
    struct client client = { s, next };
    int count = (workload + 2) % THREADS_MAX + 1;
    for (int round = 0; round < 2; round++) {
        pthread_t threads[THREADS_MAX];
        for (int i = 0; i < count; i++)
            CHECK(pthread_create(&threads[i], NULL, write_some, &client) == 0);
        checkpoint(db->dir);
        for (int i = 0; i < count; i++)
            pthread_join(threads[i], NULL);
        if (!unsafe)
            checkpoint(db->dir);
    }
    store_close(s);
}

static bool present(sqlite3 *db, bool *there)
{
    sqlite3_stmt *rows = NULL;
    int64_t count = 0, total = 0;
    if (sqlite3_prepare_v2(db, "select id from row_of union all select -1 - rows from total", -1, &rows, NULL) != SQLITE_OK)
        return sqlite3_errcode(db) == SQLITE_ERROR;   /* crashed before the tables were made: no acknowledgement yet */
    while (sqlite3_step(rows) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(rows, 0);
        if (id < 0) {
            total = -1 - id;
        } else {
            there[id % POWER_ACKS_MAX] = true;
            count++;
        }
    }
    return sqlite3_finalize(rows) == SQLITE_OK && count == total;
}

static struct power_result lose_power(const struct test_db *db, bool unsafe, int64_t states)
{
    _Atomic int next = 0;
    char crashed[512];
    power_start();
    for (int i = 0; i < SESSIONS; i++)
        one_session(db, unsafe, &next);
    snprintf(crashed, sizeof crashed, "%s/crashed", db->dir);
    mkdir(crashed, 0700);
    struct power_result r = power_crash(crashed, states, (uint64_t)(20261123 + workload), present);
    printf("%lld events, %lld crash states: %lld corrupt, %lld with lost acknowledgements\n", (long long)r.events,
           (long long)r.states, (long long)r.corrupt, (long long)r.lost);
    power_forget();
    return r;
}

static void nothing_is_lost(const struct test_db *db, int64_t states)
{
    struct power_result r = lose_power(db, false, states);
    CHECK(r.states >= states - 1);
    CHECK_INT(r.corrupt, 0);
    CHECK_INT(r.lost, 0);
}

TEST_STORES(P1_power_loss_keeps_every_acknowledged_write)
{
    if (!db->url)
        nothing_is_lost(db, 600);
}

TEST_STORES(P1_power_loss_with_normal_loses_some_so_the_test_bites)
{
    if (db->url)
        return;
    struct power_result r = lose_power(db, true, 300);
    CHECK_INT(r.corrupt, 0);
    CHECK(r.lost > 0);
}

#define LONG(n) \
    TEST_STORES(P1_power_loss_long_##n) \
    { \
        const char *set = getenv("WUXING_LONG"); \
        workload = n; \
        if (!db->url && set && *set == '1') \
            nothing_is_lost(db, 5000); \
    }
LONG(1) LONG(2) LONG(3) LONG(4) LONG(5) LONG(6) LONG(7) LONG(8) LONG(9) LONG(10)
LONG(11) LONG(12) LONG(13) LONG(14) LONG(15) LONG(16) LONG(17) LONG(18) LONG(19) LONG(20)
