/* store_bench.c -- group commit through store_submit against raw SQLite group commit: the same tables and the same
 * four inserts and one update (PERFORMANCE.md A2), alternating runs on fresh files in one folder, medians and their ratio.
 * usage: bench-store_bench [FOLDER [SECONDS [CLIENTS [RUNS]]]]      (default: . 3 64 3) */
#include "store/db.h"

#include <ftw.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const char tables[] =
    "create table cases(id ID, no TEXT_C not null unique, street bigint not null, community bigint not null,"
    " grid bigint not null, kind bigint not null, source bigint not null, state bigint not null, assignee bigint,"
    " reporter_phone TEXT_C, title TEXT_C not null, body TEXT_C not null, lng double precision, lat double precision,"
    " created bigint not null, updated bigint not null, ver bigint not null default 1);"
    "create index cases_grid on cases(grid, state, created desc);"
    "create index cases_state on cases(community, state, created desc);"
    "create index cases_assignee on cases(assignee, state, created desc);"
    "create index cases_phone on cases(reporter_phone);"
    "create table case_event(id ID, case_id bigint not null, seq bigint not null, kind bigint not null,"
    " actor bigint not null, at bigint not null, payload TEXT_C not null, unique(case_id, seq));"
    "create table deadline(id ID, case_id bigint not null, kind bigint not null, due bigint not null,"
    " done bigint not null default 0);"
    "create index deadline_due on deadline(done, due); create index deadline_case on deadline(case_id);"
    "create table outbox(id ID, topic bigint not null, case_id bigint not null, at bigint not null,"
    " sent bigint not null default 0, payload TEXT_C not null);"
    "create index outbox_sent on outbox(sent, id);"
    "create table counter(grid ID, n bigint not null, last bigint not null);"
    "insert into counter(grid, n, last) with recursive g(i) as (select 0 union all select i + 1 from g where i < 399)"
    " select i, 0, 0 from g;";
static const struct migration list[] = { { "bench", 1, tables }, { 0 } };
static const struct migration *const migrations[] = { list, NULL };

#define CASE_SQL "insert into cases(id, no, street, community, grid, kind, source, state, assignee, reporter_phone, title," \
    " body, lng, lat, created, updated) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)"
#define EVENT_SQL "insert into case_event(id, case_id, seq, kind, actor, at, payload) values ($1, $2, 1, 1, $3, $4, $5)"
#define DEADLINE_SQL "insert into deadline(id, case_id, kind, due) values ($1, $2, 1, $3)"
#define OUTBOX_SQL "insert into outbox(id, topic, case_id, at, payload) values ($1, 3, $2, $3, $4)"
#define COUNTER_SQL "update counter set n = n + 1, last = $1 where grid = $2"
static const struct sql insert_case = { "insert_case", CASE_SQL, __FILE__, __LINE__ };
static const struct sql insert_event = { "insert_event", EVENT_SQL, __FILE__, __LINE__ };
static const struct sql insert_deadline = { "insert_deadline", DEADLINE_SQL, __FILE__, __LINE__ };
static const struct sql insert_outbox = { "insert_outbox", OUTBOX_SQL, __FILE__, __LINE__ };
static const struct sql update_counter = { "update_counter", COUNTER_SQL, __FILE__, __LINE__ };

enum { CLIENTS_MAX = 1024, RUNS_MAX = 15, WAITS_MAX = 1 << 20 };

/* --- one made-up request -------------------------------------------------------------------------------------------------- */

struct request {
    char no[24], phone[16], body[301];
    int64_t grid, kind, state, assignee, at;
};

static uint64_t seed = 88172645463325252ULL;

static unsigned any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 11);
}

static void fill(struct request *r)
{
    static uint64_t number;
    static int64_t at = 1760000000000;
    snprintf(r->no, sizeof r->no, "ZZ%014llu", (unsigned long long)++number);
    snprintf(r->phone, sizeof r->phone, "138%08u", any() % 100000000);
    if (!r->body[0])
        memset(r->body, 'x', 300);
    for (int i = 0; i < 24; i++)
        r->body[any() % 300] = (char)('a' + any() % 26);
    r->grid = any() % 400;
    r->kind = any() % 8;
    r->state = any() % 6;
    r->assignee = any() % 1200;
    r->at = at += 7;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu_seconds(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

/* --- raw SQLite ------------------------------------------------------------------------------------------------------------- */

static void must(sqlite3 *db, int rc)
{
    if (rc == SQLITE_OK || rc == SQLITE_DONE)
        return;
    fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *text)
{
    sqlite3_stmt *stmt = NULL;
    must(db, sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL));
    return stmt;
}

static void step(sqlite3 *db, sqlite3_stmt *stmt)
{
    must(db, sqlite3_step(stmt));
    sqlite3_reset(stmt);
}

static void raw_one(sqlite3 *db, sqlite3_stmt **q, struct request *r, int64_t id)
{
    fill(r);
    const int64_t numbers[] = { r->grid / 100, r->grid / 10, r->grid, r->kind, r->kind, r->state, r->assignee };
    sqlite3_bind_int64(q[0], 1, id);
    sqlite3_bind_text(q[0], 2, r->no, -1, SQLITE_STATIC);
    for (int i = 0; i < 7; i++)
        sqlite3_bind_int64(q[0], 3 + i, numbers[i]);
    sqlite3_bind_text(q[0], 10, r->phone, -1, SQLITE_STATIC);
    sqlite3_bind_text(q[0], 11, "楼道灯不亮", -1, SQLITE_STATIC);
    sqlite3_bind_text(q[0], 12, r->body, 300, SQLITE_STATIC);
    sqlite3_bind_double(q[0], 13, 113.6);
    sqlite3_bind_double(q[0], 14, 34.7);
    sqlite3_bind_int64(q[0], 15, r->at);
    step(db, q[0]);
    sqlite3_bind_int64(q[1], 1, id);
    sqlite3_bind_int64(q[1], 2, id);
    sqlite3_bind_int64(q[1], 3, r->assignee);
    sqlite3_bind_int64(q[1], 4, r->at);
    sqlite3_bind_text(q[1], 5, r->body, 120, SQLITE_STATIC);
    step(db, q[1]);
    sqlite3_bind_int64(q[2], 1, id);
    sqlite3_bind_int64(q[2], 2, id);
    sqlite3_bind_int64(q[2], 3, r->at + 7200000);
    step(db, q[2]);
    sqlite3_bind_int64(q[3], 1, id);
    sqlite3_bind_int64(q[3], 2, id);
    sqlite3_bind_int64(q[3], 3, r->at);
    sqlite3_bind_text(q[3], 4, r->body, 150, SQLITE_STATIC);
    step(db, q[3]);
    sqlite3_bind_int64(q[4], 1, r->at);
    sqlite3_bind_int64(q[4], 2, r->grid);
    step(db, q[4]);
}

struct result {
    double rate, cpu_us, p50_ms, p99_ms;
};

/* The tables are made by the store, so that both sides have the same file. */
static struct result raw(const char *path, double run_s, int group)
{
    sqlite3 *db;
    static struct request r;
    must(NULL, sqlite3_open(path, &db));
    must(db, sqlite3_exec(db, "pragma journal_mode=wal; pragma synchronous=full; pragma wal_autocheckpoint=16000;"
                              "pragma cache_size=-65536", NULL, NULL, NULL));
    sqlite3_stmt *q[] = { prepare(db, CASE_SQL), prepare(db, EVENT_SQL), prepare(db, DEADLINE_SQL), prepare(db, OUTBOX_SQL),
                          prepare(db, COUNTER_SQL), prepare(db, "begin immediate"), prepare(db, "commit") };
    int64_t id = 0;
    double started = seconds(), cpu = cpu_seconds();
    while (seconds() - started < run_s) {
        step(db, q[5]);
        for (int i = 0; i < group; i++)
            raw_one(db, q, &r, ++id);
        step(db, q[6]);
    }
    struct result result = { .rate = (double)id / (seconds() - started),
                             .cpu_us = (cpu_seconds() - cpu) * 1e6 / (double)id };
    for (size_t i = 0; i < COUNT(q); i++)
        sqlite3_finalize(q[i]);
    sqlite3_close(db);
    return result;
}

/* --- through the store ------------------------------------------------------------------------------------------------------ */

static void intake(struct tx *tx, void *arg)
{
    struct request *r = arg;
    int64_t id = db_id(tx, "cases");
    db_run(tx, insert_case, IN(id, r->no, r->grid / 100, r->grid / 10, r->grid, r->kind, r->kind, r->state, r->assignee,
                               r->phone, S("楼道灯不亮"), ((struct str){ r->body, 300 }), 113.6, 34.7, r->at));
    db_run(tx, insert_event, IN(db_id(tx, "case_event"), id, r->assignee, r->at, ((struct str){ r->body, 120 })));
    db_run(tx, insert_deadline, IN(db_id(tx, "deadline"), id, r->at + 7200000));
    db_run(tx, insert_outbox, IN(db_id(tx, "outbox"), id, r->at, ((struct str){ r->body, 150 })));
    db_run(tx, update_counter, IN(r->at, r->grid));
}

/* The done list: what the writer hands over, the pump fills and submits again. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct write *first;
} landed = { .lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER };

static void land(struct write *w)
{
    pthread_mutex_lock(&landed.lock);
    w->next = landed.first;
    landed.first = w;
    if (!w->next)
        pthread_cond_signal(&landed.filled);
    pthread_mutex_unlock(&landed.lock);
}

static struct write *take_landed(void)
{
    pthread_mutex_lock(&landed.lock);
    while (!landed.first)
        pthread_cond_wait(&landed.filled, &landed.lock);
    struct write *all = landed.first;
    landed.first = NULL;
    pthread_mutex_unlock(&landed.lock);
    return all;
}

static int by_wait(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static struct result pump(struct store *s, int clients, double run_s)
{
    static struct write writes[CLIENTS_MAX];
    static struct request requests[CLIENTS_MAX];
    static struct arena arenas[CLIENTS_MAX];
    static double sent[CLIENTS_MAX], waits_ms[WAITS_MAX];
    int64_t done = 0;
    int in_flight = clients;
    double started = seconds(), cpu = cpu_seconds();
    for (int i = 0; i < clients; i++) {
        fill(&requests[i]);
        writes[i] = (struct write){ .apply = intake, .arg = &requests[i], .arena = &arenas[i], .lane = LANE_NORMAL,
                                    .done = land };
        sent[i] = seconds();
        store_submit(s, &writes[i]);
    }
    while (in_flight > 0) {
        for (struct write *w = take_landed(), *next; w; w = next) {
            next = w->next;
            waits_ms[done % WAITS_MAX] = (seconds() - sent[w - writes]) * 1e3;
            done++;
            if (w->fault.code != ERR_OK) {
                fprintf(stderr, "write refused: %s\n", err_wire(w->fault.code));
                exit(1);
            }
            if (seconds() - started >= run_s) {
                in_flight--;
                continue;
            }
            arena_reset(w->arena);
            fill(w->arg);
            sent[w - writes] = seconds();
            store_submit(s, w);
        }
    }
    struct result result = { .rate = (double)done / (seconds() - started),
                             .cpu_us = (cpu_seconds() - cpu) * 1e6 / (double)done };
    int64_t kept = done < WAITS_MAX ? done : WAITS_MAX;
    qsort(waits_ms, (size_t)kept, sizeof *waits_ms, by_wait);
    result.p50_ms = waits_ms[kept / 2];
    result.p99_ms = waits_ms[kept * 99 / 100];
    for (int i = 0; i < clients; i++)
        arena_free(&arenas[i]);
    return result;
}

/* --- both ------------------------------------------------------------------------------------------------------------------- */

static struct store *open_in(const char *dir)
{
    struct fault fault = { 0 };
    struct store *s = store_open(&(struct store_config){ .dir = dir, .migrations = migrations }, &fault);
    if (!s) {
        fprintf(stderr, "store: %s\n", fault.what.en ? fault.what.en : err_wire(fault.code));
        exit(1);
    }
    return s;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static struct result one_run(const char *folder, bool through_store, double run_s, int clients)
{
    char dir[4096], path[4200];
    snprintf(dir, sizeof dir, "%s/store-bench-%d", folder, (int)getpid());
    snprintf(path, sizeof path, "%s/wuxing.db", dir);
    struct store *s = open_in(dir);
    struct result result = { 0 };
    if (through_store)
        result = pump(s, clients, run_s);
    store_close(s);
    if (!through_store)
        result = raw(path, run_s, clients < 32 ? clients : clients < 1000 ? 32 : 512);   /* the goals' anchors */
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return result;
}

static int by_rate(const void *a, const void *b)
{
    const struct result *x = a, *y = b;
    return (x->rate > y->rate) - (x->rate < y->rate);
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    double run_s = argc > 2 ? strtod(argv[2], NULL) : 3;
    int clients = argc > 3 ? atoi(argv[3]) : 64, runs = argc > 4 ? atoi(argv[4]) : 3;
    static struct result raws[RUNS_MAX], stores[RUNS_MAX];
    if (clients < 1 || clients > CLIENTS_MAX || runs < 1 || runs > RUNS_MAX)
        return 2;
    for (int i = 0; i < runs; i++) {
        raws[i] = one_run(folder, false, run_s, clients);
        stores[i] = one_run(folder, true, run_s, clients);
        printf("raw %8.0f/s %5.1f us cpu    store %8.0f/s %5.1f us cpu  p50 %.2f p99 %.2f ms\n", raws[i].rate,
               raws[i].cpu_us, stores[i].rate, stores[i].cpu_us, stores[i].p50_ms, stores[i].p99_ms);
    }
    qsort(raws, (size_t)runs, sizeof *raws, by_rate);
    qsort(stores, (size_t)runs, sizeof *stores, by_rate);
    struct result r = raws[runs / 2], t = stores[runs / 2];
    printf("store_group_commit clients=%d raw=%.0f/s store=%.0f/s ratio=%.2f cpu_ratio=%.2f p99_ms=%.2f\n", clients, r.rate,
           t.rate, t.rate / r.rate, t.cpu_us / r.cpu_us, t.p99_ms);
    return 0;
}
