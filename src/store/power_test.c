/* power_test.c -- power loss over the real store: with FULL no acknowledged write is ever missing and no file is ever
 * corrupt; the same run with NORMAL must lose some, or the test proves nothing. WUXING_LONG=1 adds 20 workloads of 5,000
 * crash states each (bar R2). */
#include "test/stores.h"
#include "test/stores_power.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct migration row_migrations[] = {
    { "row", 1, "create table row_of(id ID, payload TEXT_C not null); create index row_payload on row_of(payload);"
                "create table total(id ID, rows bigint not null); insert into total(id, rows) values (1, 0)" },
    { 0 },
};
static const struct migration *const migrations[] = { row_migrations, NULL };

TEST_SQL(insert_row, "insert into row_of(id, payload) values ($1, $2)");
TEST_SQL(raise_total, "update total set rows = rows + 1 where id = 1");

static int workload;                  /* varies the sizes and how many write at once */

enum { THREADS_MAX = 3, WRITES_PER_THREAD = 6, SESSIONS = 4 };

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

/* --- kill -9 ------------------------------------------------------------------------------------------------------------------ */

struct killed {
    struct store *store;
    _Atomic int *next;
    int acks;
};

static void *write_for_ever(void *arg)
{
    struct killed *k = arg;
    for (;;) {
        struct arena arena_scoped arena;
        arena_init(&arena, 0);
        struct row r = { atomic_fetch_add(k->next, 1), S("kill") };
        struct write w = { .apply = add, .arg = &r, .arena = &arena, .lane = LANE_NORMAL };
        store_write(k->store, &w);
        if (w.fault.code != ERR_OK || write(k->acks, &r.number, sizeof r.number) != sizeof r.number)
            _exit(1);
    }
    return NULL;
}

static void live_until_killed(const struct test_db *db, int first, int acks)
{
    _Atomic int next = first;
    struct killed k = { test_store_open(db, (struct store_config){ .migrations = migrations }), &next, acks };
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&thread, NULL, write_for_ever, &k) == 0);
    pthread_join(thread, NULL);
    _exit(1);
}

static int live_and_die(const struct test_db *db, int first, int acks_wanted, bool *acked)
{
    int ends[2], number, acks = 0, highest = first;
    CHECK(pipe(ends) == 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        live_until_killed(db, first, ends[1]);
    }
    close(ends[1]);
    while (read(ends[0], &number, sizeof number) == sizeof number) {
        acked[number] = true;
        highest = number > highest ? number : highest;
        if (++acks == acks_wanted)
            kill(pid, SIGKILL);               /* what is in the pipe was acknowledged and is read on */
    }
    close(ends[0]);
    waitpid(pid, NULL, 0);
    CHECK(acks >= acks_wanted);
    return highest + 16;                      /* behind what may have been committed without its acknowledgement */
}

TEST_STORES(K1_kill_9_loses_no_acknowledged_write)
{
    if (db->url)
        return;
    static bool acked[POWER_ACKS_MAX], there[POWER_ACKS_MAX];
    char path[512];
    int next = 0;
    snprintf(path, sizeof path, "%s/wuxing.db", db->dir);
    for (int i = 0; i < 25 && next < POWER_ACKS_MAX - 200; i++) {
        next = live_and_die(db, next, 5 + i * 7 % 40, acked);
        sqlite3 *file = NULL;
        CHECK(sqlite3_open_v2(path, &file, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
        memset(there, 0, sizeof there);
        CHECK(present(file, there));
        sqlite3_close(file);
        for (int k = 0; k < POWER_ACKS_MAX; k++)
            CHECK(!acked[k] || there[k]);
    }
}
