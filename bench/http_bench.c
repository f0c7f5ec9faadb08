/* http_bench.c -- PERFORMANCE.md E, goals 1-4 (durable intake over HTTP) and 14-17 (live streams), both sides in one run: raw
 * SQLite group commit and a bare epoll broadcaster here, the whole server (log-in, rights, validation, history, clocks,
 * outbox, figures) in a process of its own. Alternating runs, medians; prints must / reach / measured.
 * usage: bench-http_bench [FOLDER [SECONDS [RUNS [STREAMS]]]]      (default: . 4 3 10000) */
#include "engine/account.h"
#include "engine/area.h"
#include "engine/keys.h"
#include "engine/org.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GRIDS = 40, STREETS = 3, RUNS_MAX = 9, WAITS_MAX = 1 << 20, CONNECTIONS_MAX = 1024, CONCERNED = 50 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "http_bench: %s\n", what);
    exit(1);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double at_share(double *values, size_t count, double share)
{
    qsort(values, count, sizeof *values, ascending);
    return count ? values[(size_t)((double)(count - 1) * share)] : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static double own_cpu_s(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* utime and stime of another process are fields 14 and 15; its name may hold blanks, but ends in the last parenthesis. */
static double cpu_s(pid_t pid)
{
    char path[64], line[1024] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *in = fopen(path, "r");
    char *at = in && fgets(line, sizeof line, in) ? strrchr(line, ')') : NULL;
    if (in)
        fclose(in);
    for (int i = 0; at && i < 12; i++)
        at = strchr(at + 1, ' ');
    double user = at ? strtod(at, &at) : 0;
    return at ? (user + strtod(at, NULL)) / (double)sysconf(_SC_CLK_TCK) : 0;
}

static uint64_t seed = 88172645463325252ULL;
static uint32_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16);
}

/* --- the other side: raw SQLite --------------------------------------------------------------------------------------------------- */

static const char raw_tables[] =
    "pragma journal_mode=wal; pragma synchronous=full; pragma wal_autocheckpoint=16000; pragma cache_size=-65536;"
    "create table cases(id integer primary key, no text not null unique, community int, grid int, state int, assignee int, phone text,"
    " title text, body text, created int, updated int);"
    "create index c1 on cases(grid, state, created desc); create index c2 on cases(community, state, created desc);"
    "create index c3 on cases(assignee, state, created desc); create index c4 on cases(phone);"
    "create table event(id integer primary key, case_id int, seq int, at int, payload text, unique(case_id, seq));"
    "create table due(id integer primary key, case_id int, at int, done int); create index d1 on due(done, at); create index d2 on due(case_id);"
    "create table outbox(id integer primary key, case_id int, at int, sent int, payload text); create index o1 on outbox(sent, id);"
    "create table counter(grid integer primary key, n int);"
    "insert into counter with recursive g(i) as (select 0 union all select i + 1 from g where i < 399) select i, 0 from g;";
static const char *const raw_sql[] = {
    "insert into cases values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)", "insert into event values(?1, ?1, 1, ?2, ?3)",
    "insert into due values(?1, ?1, ?2, 0)", "insert into outbox values(?1, ?1, ?2, 0, ?3)", "update counter set n = n + 1 where grid = ?1",
};

static void raw_request(sqlite3_stmt **st, int64_t id)
{
    char body[300];
    char no[32], phone[16];
    int grid = (int)(any() % 400);
    memset(body, 'x', sizeof body);
    snprintf(no, sizeof no, "ZZ%014lld", (long long)id);
    snprintf(phone, sizeof phone, "138%08u", any() % 100000000);
    sqlite3_bind_int64(st[0], 1, id);
    sqlite3_bind_text(st[0], 2, no, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int(st[0], 3, grid / 10);
    sqlite3_bind_int(st[0], 4, grid);
    sqlite3_bind_int(st[0], 5, (int)(any() % 6));
    sqlite3_bind_int(st[0], 6, (int)(any() % 1200));
    sqlite3_bind_text(st[0], 7, phone, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(st[0], 8, "a title of a request", -1, SQLITE_STATIC);
    sqlite3_bind_text(st[0], 9, body, 300, SQLITE_STATIC);
    sqlite3_bind_int64(st[0], 10, id);
    for (int i = 1; i < 4; i++) {
        sqlite3_bind_int64(st[i], 1, id);
        sqlite3_bind_int64(st[i], 2, id + any() % 100000);
        if (i != 2)
            sqlite3_bind_text(st[i], 3, "{\"payload\":\"of an event, some eighty bytes long, as it would be written\"}", -1, SQLITE_STATIC);
    }
    sqlite3_bind_int(st[4], 1, grid);
    for (int i = 0; i < 5; i++) {
        if (sqlite3_step(st[i]) != SQLITE_DONE)
            fail("raw sqlite refused a row");
        sqlite3_reset(st[i]);
    }
}

struct measured { double rate, p50_ms, p99_ms, cpu_us; };      /* cpu_us: of the side that stores, per request */

static struct measured raw_run(const char *folder, int group, double seconds)
{
    static double waits[WAITS_MAX];
    char path[600];
    sqlite3 *db;
    sqlite3_stmt *st[5];
    snprintf(path, sizeof path, "%s/raw-%d.db", folder, (int)getpid());
    unlink(path);
    if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, raw_tables, NULL, NULL, NULL) != SQLITE_OK)
        fail("raw sqlite cannot be opened");
    for (int i = 0; i < 5; i++)
        if (sqlite3_prepare_v2(db, raw_sql[i], -1, &st[i], NULL) != SQLITE_OK)
            fail(sqlite3_errmsg(db));
    int64_t id = 0;
    size_t commits = 0;
    double start = now_s(), end = start + seconds, cpu = own_cpu_s();
    while (now_s() < end && commits < WAITS_MAX) {
        sqlite3_exec(db, "begin immediate", NULL, NULL, NULL);
        for (int i = 0; i < group; i++)
            raw_request(st, ++id);
        double before = now_s();
        if (sqlite3_exec(db, "commit", NULL, NULL, NULL) != SQLITE_OK)
            fail("raw sqlite did not commit");
        waits[commits++] = (now_s() - before) * 1000;
    }
    struct measured m = { .rate = (double)id / (now_s() - start), .cpu_us = (own_cpu_s() - cpu) * 1e6 / (double)id };
    m.p50_ms = at_share(waits, commits, 0.5);
    m.p99_ms = at_share(waits, commits, 0.99);
    for (int i = 0; i < 5; i++)
        sqlite3_finalize(st[i]);
    sqlite3_close(db);
    nftw(path, remove_one, 4, FTW_DEPTH);
    char side[620];
    snprintf(side, sizeof side, "%s-wal", path);
    unlink(side);
    snprintf(side, sizeof side, "%s-shm", path);
    unlink(side);
    return m;
}

/* --- this side: the server, in a process of its own ------------------------------------------------------------------------------- */

struct office { int port; int64_t grids[STREETS][GRIDS]; char tokens[STREETS][96]; };
struct site { pid_t pid; int stop; struct office office; char dir[600]; };

extern const struct module *const modules[];

static int64_t put_area(struct tx *tx, int64_t parent, enum level level, const char *code, const char *name, int64_t org)
{
    struct area a = { .parent = parent, .level = level, .code = str_of(code), .name = str_of(name), .org = org, .lat = 347000000, .lon = 1136000000 };
    return area_put(tx, &a, 1);
}

static int64_t put_org(struct tx *tx, int64_t parent, const char *code, const char *name, const char *kind)
{
    struct org o = { .parent = parent, .code = str_of(code), .name = str_of(name), .kind = str_of(kind) };
    return org_put(tx, &o);
}

static void fill(struct tx *tx, void *arg)
{
    struct office *o = arg;
    int64_t top = put_org(tx, 0, "O-0", "测试区政府", "district");
    int64_t district = put_area(tx, 0, LEVEL_DISTRICT, "999901", "测试区", top);
    for (int s = 0; s < STREETS; s++) {
        int64_t office = put_org(tx, top, arena_format(tx->arena, "O-S%d", s).p, "测试街道办事处", "street");
        int64_t committee = put_org(tx, office, arena_format(tx->arena, "O-C%d", s).p, "测试社区居委会", "community");
        int64_t street = put_area(tx, district, LEVEL_STREET, arena_format(tx->arena, "99990100%d", s).p, "测试街道", office);
        int64_t community = put_area(tx, street, LEVEL_COMMUNITY, arena_format(tx->arena, "99990100%d001", s).p, "测试社区", committee);
        for (int g = 0; g < GRIDS; g++)
            o->grids[s][g] = put_area(tx, community, LEVEL_GRID, arena_format(tx->arena, "99990100%d001%03d", s, g).p, "测试网格", 0);
        struct account a = { .login = arena_format(tx->arena, "bench%d", s), .name = S("测试员") };
        int64_t account = account_put(tx, &who_system, &a, S("!"));
        grant_add(tx, &who_system, account, ROLE_CLERK, street, 0, 1, 0);
        struct str token = token_add(tx, &who_system, account, S("bench"), arena_format(tx->arena, "bench-token-of-street-%d-0123456789", s));
        snprintf(o->tokens[s], sizeof o->tokens[s], STR_FMT, STR_ARG(token));
    }
}

static _Noreturn void be_server(const char *dir, int tell, int stop)
{
    struct fault fault = { 0 };
    struct engine_config config = { .dir = dir, .clock = clock_system(), .modules = modules, .create = true, .background = true };
    struct server_config http = { .quiet = true };
    struct arena arena;
    struct office office = { 0 };
    char byte;
    arena_init(&arena, 0);
    mkdir(dir, 0700);
    struct engine *engine = engine_open(&config, &fault);
    if (!engine)
        fail(fault.what.en ? fault.what.en : "the engine does not open");
    struct write w = { .apply = fill, .arg = &office, .arena = &arena, .lane = LANE_NORMAL };
    store_write(engine->store, &w);
    struct api *api = api_new(engine);
    struct server *server = w.fault.code == ERR_OK ? server_start(api, &http, &fault) : NULL;
    if (!server)
        fail("the server does not start");
    office.port = server_port(server);
    if (write(tell, &office, sizeof office) != sizeof office)
        fail("pipe");
    while (read(stop, &byte, 1) < 0 && errno == EINTR)
        continue;
    server_stop(server);
    api_free(api);
    engine_close(engine);
    exit(0);
}

static struct site site_open(const char *folder)
{
    struct site s = { 0 };
    int tell[2], stop[2];
    snprintf(s.dir, sizeof s.dir, "%s/http-bench-%d", folder, (int)getpid());
    if (pipe2(tell, O_CLOEXEC) != 0 || pipe2(stop, O_CLOEXEC) != 0)
        fail("pipe");
    s.pid = fork();
    if (s.pid == 0) {
        close(stop[1]);
        be_server(s.dir, tell[1], stop[0]);
    }
    close(tell[1]);
    close(stop[0]);
    if (read(tell[0], &s.office, sizeof s.office) != sizeof s.office)
        fail("the server did not come up");
    close(tell[0]);
    s.stop = stop[1];
    return s;
}

static void site_close(struct site *s)
{
    close(s->stop);
    waitpid(s->pid, NULL, 0);
    nftw(s->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static double rss_mb(pid_t pid)
{
    char path[64], line[256];
    double kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *in = fopen(path, "r");
    while (in && fgets(line, sizeof line, in))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kb = strtod(line + 6, NULL);
    if (in)
        fclose(in);
    return kb / 1024;
}

/* --- the crowd -------------------------------------------------------------------------------------------------------------------- */

static int dial(int port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static size_t report_text(const struct site *s, int street, char *out, size_t room)
{
    static const char *const words[] = { "井盖破损", "路灯不亮", "垃圾堆放", "墙面脱落", "水管漏水", "占道停车", "噪音扰民", "树枝遮挡" };
    char body[1200];
    int n = snprintf(body, sizeof body, "{\"text\":\"%s，编号%u，门口位置已经多日，%s，影响老人出行，请街道派人到现场查看并尽快处理，处理以后请回电话告知结果，谢谢。\","
                     "\"title\":\"%s%u\",\"category\":\"E0110\",\"channel\":\"phone\",\"area\":%lld}", words[any() % 8], any(), words[any() % 8],
                     words[any() % 8], any() % 1000, (long long)s->office.grids[street][any() % GRIDS]);
    return (size_t)snprintf(out, room, "POST /api/v1/reports HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
                            "Content-Length: %d\r\n\r\n%s", s->office.tokens[street], n, body);
}

struct caller { int fd; double since; size_t got; char in[8192]; };

static void call_again(const struct site *s, struct caller *c, int street)
{
    char text[2000];
    size_t n = report_text(s, street, text, sizeof text);
    c->got = 0;
    c->since = now_s();
    if (send(c->fd, text, n, MSG_NOSIGNAL) != (ssize_t)n)
        fail("send");
}

/* True when the whole answer is there. */
static bool answered(struct caller *c)
{
    ssize_t n = recv(c->fd, c->in + c->got, sizeof c->in - 1 - c->got, MSG_DONTWAIT);
    if (n <= 0)
        return n < 0 && errno == EAGAIN ? false : (fail("the server hung up"), false);
    c->got += (size_t)n;
    c->in[c->got] = 0;
    char *end = strstr(c->in, "\r\n\r\n"), *length = strcasestr(c->in, "content-length:");
    if (!end || !length || c->got < (size_t)(end + 4 - c->in) + strtoul(length + 15, NULL, 10))
        return false;
    if (strncmp(c->in + 9, "201", 3) != 0) {
        fprintf(stderr, "%.*s\n", (int)c->got, c->in);
        fail("the server refused a report");
    }
    return true;
}

static struct measured crowd_run(const struct site *s, int connections, double seconds, int street)
{
    static double waits[WAITS_MAX];
    static struct caller callers[CONNECTIONS_MAX];
    struct epoll_event events[256];
    int ep = epoll_create1(EPOLL_CLOEXEC);
    size_t count = 0;
    for (int i = 0; i < connections; i++) {
        struct epoll_event e = { .events = EPOLLIN, .data.ptr = &callers[i] };
        callers[i].fd = dial(s->office.port);
        epoll_ctl(ep, EPOLL_CTL_ADD, callers[i].fd, &e);
    }
    double start = now_s(), end = start + seconds, cpu = cpu_s(s->pid);
    for (int i = 0; i < connections; i++)
        call_again(s, &callers[i], street);
    for (int open = connections; open > 0;) {
        int n = epoll_wait(ep, events, 256, 5000);
        if (n == 0)
            fail("the server is silent");
        for (int i = 0; i < n; i++) {
            struct caller *c = events[i].data.ptr;
            if (!answered(c))
                continue;
            double now = now_s();
            if (count < WAITS_MAX)
                waits[count++] = (now - c->since) * 1000;
            if (now < end)
                call_again(s, c, street);
            else
                open--;
        }
    }
    struct measured m = { .rate = (double)count / (now_s() - start), .cpu_us = (cpu_s(s->pid) - cpu) * 1e6 / (double)count };
    m.p50_ms = at_share(waits, count, 0.5);
    m.p99_ms = at_share(waits, count, 0.99);
    for (int i = 0; i < connections; i++)
        close(callers[i].fd);
    close(ep);
    return m;
}

/* --- screens ------------------------------------------------------------------------------------------------------------------------ */

static int *screens_open(int port, const char *token, int count)
{
    int *fds = calloc((size_t)count, sizeof *fds);
    char text[300], in[2048];
    if (!fds)
        abort();
    int n = snprintf(text, sizeof text, "GET /api/v1/feed HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n\r\n", token);
    for (int i = 0; i < count; i++) {
        fds[i] = dial(port);
        if (send(fds[i], text, (size_t)n, MSG_NOSIGNAL) != n)
            fail("send");
    }
    for (int i = 0; i < count; i++) {
        size_t got = 0;
        while (got < sizeof in - 1) {
            ssize_t r = recv(fds[i], in + got, sizeof in - 1 - got, 0);
            if (r <= 0)
                fail("a stream was refused");
            got += (size_t)r;
            in[got] = 0;
            if (strstr(in, "retry:"))
                break;
        }
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
    }
    return fds;
}

struct heard { double last_ms, p99_ms; };

/* From `start` until each socket has got something. */
static struct heard all_hear(const int *fds, int count, double start)
{
    static double waits[20000];
    struct epoll_event events[512];
    char in[4096];
    int ep = epoll_create1(EPOLL_CLOEXEC), heard = 0;
    for (int i = 0; i < count; i++) {
        struct epoll_event e = { .events = EPOLLIN | EPOLLONESHOT, .data.fd = fds[i] };
        epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &e);
    }
    while (heard < count) {
        int n = epoll_wait(ep, events, 512, 5000);
        if (n == 0)
            fail("some screens heard nothing");
        for (int i = 0; i < n; i++) {
            if (recv(events[i].data.fd, in, sizeof in, 0) <= 0)
                fail("a stream ended");
            if (in[0] != ':') {                              /* not a heartbeat */
                waits[heard++] = (now_s() - start) * 1000;
                continue;
            }
            struct epoll_event e = { .events = EPOLLIN | EPOLLONESHOT, .data.fd = events[i].data.fd };
            epoll_ctl(ep, EPOLL_CTL_MOD, events[i].data.fd, &e);
        }
    }
    close(ep);
    struct heard h = { .last_ms = at_share(waits, (size_t)count, 1.0) };
    h.p99_ms = at_share(waits, (size_t)count, 0.99);
    return h;
}

static void drain(const int *fds, int count)
{
    char in[4096];
    for (int i = 0; i < count; i++)
        while (recv(fds[i], in, sizeof in, MSG_DONTWAIT) > 0)
            continue;
}

static struct heard tell_screens(const struct site *s, const int *fds, int count, int street)
{
    struct caller *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->fd = dial(s->office.port);
    usleep(300000);
    drain(fds, count);
    double start = now_s();
    call_again(s, c, street);
    struct heard h = all_hear(fds, count, start);
    while (!answered(c))
        continue;
    close(c->fd);
    free(c);
    return h;
}

/* The floor: a process that does nothing but send() to each. */
static _Noreturn void be_broadcaster(int tell, int go, int count)
{
    static const char event[] = "id: 123456\nevent: matter\ndata: {\"seq\":123456,\"at\":\"2026-11-23T09:00:00+08:00\",\"kind\":\"report\",\"matter\":123456,"
        "\"title\":\"a title of a request\",\"verb\":\"open\",\"verb_label\":\"opened\",\"state\":\"new\",\"phase\":\"open\",\"area\":123456,\"street\":12,"
        "\"community\":123,\"grid\":1234,\"urgency\":0,\"category\":\"E0110\",\"channel\":\"phone\"}\n\n";
    struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof own;
    int listener = socket(AF_INET, SOCK_STREAM, 0), *fds = calloc((size_t)count, sizeof *fds);
    char byte;
    if (!fds || bind(listener, (struct sockaddr *)&own, sizeof own) != 0 || listen(listener, 4096) != 0)
        fail("bind");
    getsockname(listener, (struct sockaddr *)&own, &length);
    int port = ntohs(own.sin_port);
    if (write(tell, &port, sizeof port) != sizeof port)
        fail("pipe");
    for (int i = 0; i < count; i++) {
        char in[1024];
        fds[i] = accept(listener, NULL, NULL);
        if (fds[i] < 0 || recv(fds[i], in, sizeof in, 0) <= 0 || send(fds[i], "retry: 1\n\n", 10, MSG_NOSIGNAL) != 10)
            fail("accept");
    }
    while (read(go, &byte, 1) == 1)
        for (int i = 0; i < count; i++)
            if (send(fds[i], event, sizeof event - 1, MSG_NOSIGNAL) < 0)
                fail("broadcast");
    exit(0);
}

static double raw_broadcast(int count, int rounds)
{
    int tell[2], go[2], port = 0;
    double last[RUNS_MAX];
    if (pipe(tell) != 0 || pipe(go) != 0)
        fail("pipe");
    pid_t pid = fork();
    if (pid == 0) {
        close(go[1]);
        be_broadcaster(tell[1], go[0], count);
    }
    if (read(tell[0], &port, sizeof port) != sizeof port)
        fail("the broadcaster did not come up");
    int *fds = screens_open(port, "none", count);
    for (int i = 0; i < rounds; i++) {
        double start = now_s();
        if (write(go[1], "g", 1) != 1)
            fail("pipe");
        last[i] = all_hear(fds, count, start).last_ms;
    }
    close(go[1]);
    close(go[0]);
    close(tell[0]);
    close(tell[1]);
    for (int i = 0; i < count; i++)
        close(fds[i]);
    free(fds);
    waitpid(pid, NULL, 0);
    return at_share(last, (size_t)rounds, 0.5);
}

/* --- the goals ---------------------------------------------------------------------------------------------------------------------- */

static void goal(int number, const char *what, const char *must, const char *reach, double measured, bool met, const char *note)
{
    printf("goal %2d  %-58s must %-18s reach %-18s measured %8.2f  %s  %s\n", number, what, must, reach, measured, met ? "ok" : "MISSED", note);
    fflush(stdout);
}

static void intake_goals(const char *folder, double seconds, int runs)
{
    double ratio64[RUNS_MAX], ratio1000[RUNS_MAX], p99[RUNS_MAX], one[RUNS_MAX], rate[RUNS_MAX], raw_rate[RUNS_MAX];
    char note[200];
    for (int i = 0; i < runs; i++) {
        struct measured raw32 = raw_run(folder, 32, seconds), raw512 = raw_run(folder, 512, seconds), raw1 = raw_run(folder, 1, 2);
        struct site s = site_open(folder);
        crowd_run(&s, 64, 1, 0);                              /* warm */
        struct measured m64 = crowd_run(&s, 64, seconds, 0), m1 = crowd_run(&s, 1, 2, 0), m1000 = crowd_run(&s, 1000, seconds, 0);
        site_close(&s);
        printf("run %d: raw group 32 %.0f/s, 512 %.0f/s, single commit p50 %.3f ms; intake 64 clients %.0f/s p50 %.2f p99 %.2f ms, "
               "1000 clients %.0f/s p99 %.1f ms, one client %.0f/s p50 %.3f ms; cpu per request raw %.0f us, server %.0f us (64), %.0f us (1000)\n", i + 1, raw32.rate, raw512.rate, raw1.p50_ms, m64.rate,
               m64.p50_ms, m64.p99_ms, m1000.rate, m1000.p99_ms, m1.rate, m1.p50_ms, raw32.cpu_us, m64.cpu_us, m1000.cpu_us);
        ratio64[i] = m64.rate / raw32.rate;
        ratio1000[i] = m1000.rate / raw512.rate;
        p99[i] = m64.p99_ms;
        one[i] = m1.p50_ms / raw1.p50_ms;
        rate[i] = m64.rate;
        raw_rate[i] = raw32.rate;
    }
    size_t n = (size_t)runs;
    snprintf(note, sizeof note, "(%.0f/s against %.0f/s)", at_share(rate, n, 0.5), at_share(raw_rate, n, 0.5));
    double r64 = at_share(ratio64, n, 0.5), r1000 = at_share(ratio1000, n, 0.5), wait = at_share(p99, n, 0.5), r1 = at_share(one, n, 0.5);
    goal(1, "durable intake, 64 clients / raw group 32", ">= 0.40", ">= 0.60", r64, r64 >= 0.40, note);
    goal(2, "durable intake, 1000 clients / raw group 512", ">= 0.60", ">= 0.85", r1000, r1000 >= 0.60, "");
    goal(3, "intake p99 at 64 clients, ms", "<= 40", "<= 20", wait, wait <= 40, "");
    goal(4, "one client p50 / raw single commit p50", "<= 4", "<= 2.5", r1, r1 <= 4, "");
}

static void stream_goals(const char *folder, double seconds, int runs, int streams)
{
    double all[RUNS_MAX], few[RUNS_MAX], floor_ms = raw_broadcast(streams, runs);
    struct site s = site_open(folder);
    char note[200];
    crowd_run(&s, 16, 1, 2);
    struct measured before = crowd_run(&s, 16, seconds, 2);
    double empty_mb = rss_mb(s.pid);
    int *crowd = screens_open(s.office.port, s.office.tokens[1], streams);
    int *concerned = screens_open(s.office.port, s.office.tokens[0], CONCERNED);
    double full_mb = rss_mb(s.pid);
    for (int i = 0; i < runs; i++) {
        all[i] = tell_screens(&s, crowd, streams, 1).last_ms;
        few[i] = tell_screens(&s, concerned, CONCERNED, 0).p99_ms;
    }
    struct measured beside = crowd_run(&s, 16, seconds, 2);
    size_t n = (size_t)runs;
    double last = at_share(all, n, 0.5), p99 = at_share(few, n, 0.5), each_kb = (full_mb - empty_mb) * 1024 / streams;
    snprintf(note, sizeof note, "(%.0f ms, bare send() %.0f ms)", last, floor_ms);
    goal(14, "event to all streams, last one / bare send()", "<= 2, <= 300 ms", "<= 1.3", last / floor_ms, last / floor_ms <= 2 && last <= 300, note);
    goal(15, "event to the 50 concerned while all are open, p99 ms", "<= 10", "<= 3", p99, p99 <= 10, "");
    snprintf(note, sizeof note, "(whole server %.0f MB with %d streams)", full_mb, streams);
    goal(16, "memory per open stream, kB", "<= 8, <= 128 MB", "<= 4, <= 64 MB", each_kb, each_kb <= 8 && full_mb <= 128, note);
    snprintf(note, sizeof note, "(p50 %.2f ms against %.2f ms)", beside.p50_ms, before.p50_ms);
    double slower = beside.p50_ms / before.p50_ms;
    goal(17, "intake p50 with all streams open / with none", "<= 1.2", "<= 1.05", slower, slower <= 1.2, note);
    for (int i = 0; i < streams; i++)
        close(crowd[i]);
    free(crowd);
    free(concerned);
    site_close(&s);
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 4;
    int runs = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 3, streams = argc > 4 ? (int)strtol(argv[4], NULL, 10) : 10000;
    struct rlimit limit;
    if (runs < 1 || runs > RUNS_MAX || seconds <= 0 || streams < 1 || streams > 11000) {
        fprintf(stderr, "usage: bench-http_bench [FOLDER [SECONDS [RUNS 1..%d [STREAMS 1..11000]]]]\n", RUNS_MAX);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    intake_goals(folder, seconds, runs);
    stream_goals(folder, seconds, runs, streams);
    return 0;
}
