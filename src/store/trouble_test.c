/* trouble_test.c -- a full disk, a hung or lost server: nothing is acknowledged, nothing hangs, and all is well again
 * without a restart. */
#include "store/store.h"
#include "test/stores.h"
#include "test/stores_power.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const struct migration thing_migrations[] = { { "thing", 1, "create table thing(id ID, name TEXT_C)" }, { 0 } };
static const struct migration *const migrations[] = { thing_migrations, NULL };

TEST_SQL(insert_thing, "insert into thing(id, name) values ($1, $2)");
TEST_SQL(count_things, "select count(*) from thing");

static void add(struct tx *tx, void *arg)
{
    db_run(tx, insert_thing, IN(db_id(tx, "thing"), (const char *)arg));
}

static enum err write_one(struct store *s, const char *name)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct write w = { .apply = add, .arg = (void *)name, .arena = &arena, .lane = LANE_NORMAL };
    store_write(s, &w);
    return w.fault.code;
}

static enum err read_one(struct store *s, int64_t *ret_count)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct tx *tx = read_begin(s, &arena);
    db_one(tx, count_things, IN(), OUT(ret_count));
    enum err code = tx->fault.code;
    read_end(tx);
    return code;
}

static int64_t mono_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- a full disk ------------------------------------------------------------------------------------------------------------- */

static void file_bytes_max(rlim_t bytes)
{
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = bytes;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

TEST_STORES(a_full_disk_refuses_and_recovers)
{
    if (db->url)
        return;                               /* its disk is the server's */
    static char large[64 << 10];
    memset(large, 'x', sizeof large - 1);
    signal(SIGXFSZ, SIG_IGN);
    struct store *s = test_store_open(db, (struct store_config){ .migrations = migrations });
    struct store_health health;
    int64_t count = 0;
    int written = 0;
    CHECK_INT(write_one(s, "before"), ERR_OK);
    file_bytes_max(1 << 20);
    while (written < 1000 && write_one(s, large) == ERR_OK)
        written++;
    CHECK(written > 0 && written < 1000);
    CHECK_INT(write_one(s, large), ERR_STORE_FULL);
    store_health(s, &health);
    CHECK(!health.writable);
    CHECK_INT(read_one(s, &count), ERR_OK);
    CHECK_INT(count, written + 1);
    char hash[65];
    static char blob[2 << 20];
    struct fault fault = { 0 };
    CHECK(!blob_put(s, (struct str){ blob, sizeof blob }, hash, &fault));
    CHECK_INT(fault.code, ERR_STORE_FULL);
    file_bytes_max(RLIM_INFINITY);
    CHECK_INT(write_one(s, large), ERR_OK);
    store_health(s, &health);
    CHECK(health.writable);
    CHECK_INT(read_one(s, &count), ERR_OK);
    CHECK_INT(count, written + 2);
    store_close(s);
}

/* --- every call of the file system fails once, and from then on ---------------------------------------------------------------- */

/* Five writes while a call fails; returns how many were acknowledged. */
static int write_five(struct store *s)
{
    int acked = 0;
    for (int i = 0; i < 5; i++) {
        enum err code = write_one(s, "five");
        CHECK(code == ERR_OK || code == ERR_UNAVAILABLE || code == ERR_STORE_FULL || code == ERR_READ_ONLY);
        acked += code == ERR_OK;
    }
    return acked;
}

static int sweep(struct store *s, bool for_ever, int code, int64_t *expected)
{
    int64_t count = 0, calls = 0;
    int refused = 0;
    for (int64_t at = 1; at <= calls || at == 1; at += 1 + at / 24) {
        power_fail(at, for_ever, code);
        int acked = write_five(s);
        s->driver->idle(s);                   /* the writer sleeps now: a checkpoint meets the fault too */
        calls = power_fail(0, false, 0);
        refused += 5 - acked;
        *expected += acked + 1;
        CHECK_INT(write_one(s, "after"), ERR_OK);
        CHECK_INT(read_one(s, &count), ERR_OK);
        CHECK_INT(count, *expected);
    }
    return refused;
}

TEST_STORES(any_failing_call_of_the_file_system_is_survived)
{
    if (db->url)
        return;
    int64_t expected = 0;
    struct str report;
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    power_start();
    struct store *s = test_store_open(db, (struct store_config){ .migrations = migrations, .vfs = POWER_VFS });
    store_on_sql_error(NULL);
    CHECK(sweep(s, false, SQLITE_IOERR, &expected) > 0);
    CHECK(sweep(s, true, SQLITE_IOERR, &expected) > 0);
    CHECK(sweep(s, true, SQLITE_FULL, &expected) > 0);
    CHECK(store_integrity(s, &arena, &report));
    store_close(s);
    s = test_store_open(db, (struct store_config){ .migrations = migrations });
    int64_t count = 0;
    CHECK_INT(read_one(s, &count), ERR_OK);
    CHECK_INT(count, expected);
    store_close(s);
    power_forget();
}

TEST_STORES(a_quiet_moment_moves_the_wal_into_the_file)
{
    if (db->url)
        return;
    struct store *s = test_store_open(db, (struct store_config){ .migrations = migrations });
    struct store_health before, after;
    static char large[64 << 10];
    memset(large, 'x', sizeof large - 1);
    CHECK_INT(write_one(s, large), ERR_OK);
    store_health(s, &before);
    s->driver->idle(s);
    store_health(s, &after);
    CHECK(after.size_bytes > before.size_bytes + (64 << 10));
    CHECK_INT(write_one(s, "small"), ERR_OK);
    store_health(s, &after);
    CHECK_INT(after.wal_bytes, before.wal_bytes);   /* begun anew */
    store_close(s);
}

/* --- a hung server ------------------------------------------------------------------------------------------------------------- */

enum { BACKENDS_MAX = 64 };

static PGconn *spy(const struct test_db *db)
{
    PGconn *pg = PQconnectdb(db->url);
    CHECK(PQstatus(pg) == CONNECTION_OK);
    return pg;
}

static int backends(PGconn *pg, pid_t *pids)
{
    PGresult *r = PQexec(pg, "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
    int count = PQntuples(r);
    CHECK(count <= BACKENDS_MAX);
    for (int i = 0; i < count; i++)
        pids[i] = (pid_t)strtol(PQgetvalue(r, i, 0), NULL, 10);
    PQclear(r);
    return count;
}

TEST_STORES(a_hung_server_hangs_no_request)
{
    if (!db->url)
        return;
    struct store *s = test_store_open(db, (struct store_config){ .migrations = migrations, .connections = 1,
                                                                 .query_deadline_ms = 300 });
    int64_t count = 0, started;
    pid_t pids[BACKENDS_MAX];
    CHECK_INT(write_one(s, "before"), ERR_OK);
    CHECK_INT(read_one(s, &count), ERR_OK);
    PGconn *pg = spy(db);
    int stopped = backends(pg, pids);
    CHECK(stopped >= 2);
    for (int i = 0; i < stopped; i++)
        CHECK(kill(pids[i], SIGSTOP) == 0);
    started = mono_ms();
    CHECK_INT(write_one(s, "hung"), ERR_TIMEOUT);
    CHECK_INT(read_one(s, &count), ERR_TIMEOUT);
    CHECK(mono_ms() - started < 3000);
    CHECK_INT(write_one(s, "after"), ERR_OK);    /* on new connections: only the old ones hang */
    CHECK_INT(read_one(s, &count), ERR_OK);
    CHECK_INT(count, 2);
    for (int i = 0; i < stopped; i++)
        kill(pids[i], SIGCONT);
    PQfinish(pg);
    store_close(s);
}

TEST_STORES(lost_connections_are_replaced_without_a_fault)
{
    if (!db->url)
        return;
    struct store *s = test_store_open(db, (struct store_config){ .migrations = migrations });
    int64_t count = 0;
    CHECK_INT(write_one(s, "before"), ERR_OK);
    CHECK_INT(read_one(s, &count), ERR_OK);
    PGconn *pg = spy(db);
    PQclear(PQexec(pg, "select pg_terminate_backend(pid) from pg_stat_activity"
                       " where datname = current_database() and pid <> pg_backend_pid()"));
    for (int i = 0; i < 10; i++)
        CHECK_INT(write_one(s, "after"), ERR_OK);
    CHECK_INT(read_one(s, &count), ERR_OK);
    CHECK_INT(count, 11);
    PQfinish(pg);
    store_close(s);
}

/* A listener that accepts at the TCP level and never says a word: what a stopped host looks like. */
static int black_hole(int *ret_port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 16) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&at, &size) == 0);
    *ret_port = ntohs(at.sin_port);
    return fd;
}

TEST_STORES(a_silent_host_is_passed_over)
{
    if (!db->url)
        return;
    int port, hole = black_hole(&port);
    char url[300];
    struct fault fault = { 0 };
    struct store_config config = { .url = url, .migrations = migrations, .query_deadline_ms = 300 };
    int64_t started = mono_ms();
    snprintf(url, sizeof url, "postgresql://wuxing@127.0.0.1:%d/nothing?sslmode=disable", port);
    CHECK(store_open(&config, &fault) == NULL);
    CHECK_INT(fault.code, ERR_UNAVAILABLE);
    const char *folder = strstr(db->url, "host=") + 5, *name = strrchr(db->dir, '/') + 1;
    snprintf(url, sizeof url, "postgresql://wuxing@/%s?host=127.0.0.1,%s&port=%d,5432&sslmode=disable", name, folder, port);
    struct store *s = store_open(&config, &fault);
    CHECK(s != NULL);
    CHECK_INT(write_one(s, "there"), ERR_OK);
    CHECK(mono_ms() - started < 3000);
    store_close(s);
    close(hole);
}

TEST(a_wrong_address_is_refused_with_a_sentence)
{
    struct fault fault = { 0 };
    CHECK(store_open(&(struct store_config){ .url = "postgresql://%zz" }, &fault) == NULL);
    CHECK_INT(fault.code, ERR_UNAVAILABLE);
    CHECK(str_has(str_of(fault.what.en), S("address is wrong")));
}
