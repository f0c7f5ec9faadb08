/* common.c -- see bench.h. */
#include "bench/bench.h"

#include "engine/account.h"
#include "engine/area.h"
#include "engine/keys.h"
#include "engine/org.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/tcp.h>
#include <poll.h>
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

double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

_Noreturn void fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double at_share(double *values, size_t count, double share)
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

void remove_folder(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

uint32_t any(void)
{
    static uint64_t seed = 88172645463325252ULL;
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16);
}

/* --- what a process used ---------------------------------------------------------------------------------------------------- */

double own_cpu_s(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* utime and stime are fields 14 and 15; the name before them may hold blanks, but ends in the last parenthesis. */
static double stat_cpu_s(const char *path, char *ret_name, size_t room)
{
    char line[1024] = "";
    FILE *in = fopen(path, "r");
    char *at = in && fgets(line, sizeof line, in) ? strrchr(line, ')') : NULL;
    if (in)
        fclose(in);
    if (at && ret_name)
        snprintf(ret_name, room, "%.*s", (int)(at - strchr(line, '(') - 1), strchr(line, '(') + 1);
    for (int i = 0; at && i < 12; i++)
        at = strchr(at + 1, ' ');
    double user = at ? strtod(at, &at) : 0;
    return at ? (user + strtod(at, NULL)) / (double)sysconf(_SC_CLK_TCK) : 0;
}

double cpu_s(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    return stat_cpu_s(path, NULL, 0);
}

void cpu_by_thread(pid_t pid, char *ret_text, size_t room)
{
    struct { char name[32]; double cpu; } threads[64];
    char path[400];
    int count = 0;
    size_t used = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir)) && count < 64;) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/stat", (int)pid, e->d_name);
        char name[32] = "";
        double cpu = stat_cpu_s(path, name, sizeof name);
        int i = 0;
        while (i < count && strcmp(threads[i].name, name) != 0)
            i++;
        if (i == count) {
            memcpy(threads[count].name, name, sizeof name);
            threads[count++].cpu = 0;
        }
        threads[i].cpu += cpu;
    }
    if (dir)
        closedir(dir);
    ret_text[0] = 0;
    for (int i = 0; i < count && used < room; i++)
        used += (size_t)snprintf(ret_text + used, room - used, "%s %.2f  ", threads[i].name, threads[i].cpu);
}

double rss_mb(pid_t pid)
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

/* --- the other side: raw SQLite ---------------------------------------------------------------------------------------------- */

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


static void raw_commits(sqlite3 *db, sqlite3_stmt **st, int group, double seconds, int64_t present, struct measured *m)
{
    static double waits[WAITS_MAX];
    int64_t id = present;
    size_t commits = 0;
    double start = now_s(), end = start + seconds, cpu = own_cpu_s();
    while (now_s() < end && commits < WAITS_MAX) {
        double before = now_s();
        sqlite3_exec(db, "begin immediate", NULL, NULL, NULL);
        for (int i = 0; i < group; i++)
            raw_request(st, ++id);
        if (sqlite3_exec(db, "commit", NULL, NULL, NULL) != SQLITE_OK)
            fail("raw sqlite did not commit");
        waits[commits++] = (now_s() - before) * 1000;
    }
    m->rate = (double)(id - present) / (now_s() - start);
    m->cpu_us = (own_cpu_s() - cpu) * 1e6 / (double)(id - present);
    m->p50_ms = at_share(waits, commits, 0.5);
    m->p99_ms = at_share(waits, commits, 0.99);
}

static struct measured raw_here(const char *folder, int group, double seconds, int64_t present)
{
    struct measured m = { 0 };
    char dir[600], path[640];
    sqlite3 *db;
    sqlite3_stmt *st[5];
    snprintf(dir, sizeof dir, "%s/raw-%d", folder, (int)getpid());
    snprintf(path, sizeof path, "%s/raw.db", dir);
    mkdir(dir, 0700);
    if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, raw_tables, NULL, NULL, NULL) != SQLITE_OK)
        fail("raw sqlite cannot be opened");
    for (int i = 0; i < 5; i++)
        if (sqlite3_prepare_v2(db, raw_sql[i], -1, &st[i], NULL) != SQLITE_OK)
            fail(sqlite3_errmsg(db));
    sqlite3_exec(db, "pragma synchronous=off; begin immediate", NULL, NULL, NULL);
    for (int64_t id = 1; id <= present; id++)
        raw_request(st, id);
    sqlite3_exec(db, "commit; pragma synchronous=full", NULL, NULL, NULL);
    raw_commits(db, st, group, seconds, present, &m);
    for (int i = 0; i < 5; i++)
        sqlite3_finalize(st[i]);
    sqlite3_close(db);
    remove_folder(dir);
    return m;
}

struct measured raw_run(const char *folder, int group, double seconds, int64_t present)
{
    struct measured m;
    int tell[2];
    if (pipe(tell) != 0)
        fail("pipe");
    pid_t pid = fork();
    if (pid == 0) {
        m = raw_here(folder, group, seconds, present);
        exit(write(tell[1], &m, sizeof m) == sizeof m ? 0 : 1);
    }
    close(tell[1]);
    if (read(tell[0], &m, sizeof m) != sizeof m)
        fail("raw sqlite did not end");
    close(tell[0]);
    waitpid(pid, NULL, 0);
    return m;
}

/* --- this side: the server, in a process of its own ---------------------------------------------------------------------------- */

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

static void fill_street(struct tx *tx, struct office *o, int s, int64_t top)
{
    struct arena *a = tx->arena;
    int64_t office = put_org(tx, top, arena_format(a, "O-S%d", s).p, "测试街道办事处", "street");
    o->streets[s] = put_area(tx, o->district, LEVEL_STREET, arena_format(a, "99990100%d", s).p, arena_format(a, "测试%d街道", s).p, office);
    for (int c = 0; c < BENCH_COMMUNITIES; c++) {
        o->orgs[s][c] = put_org(tx, office, arena_format(a, "O-C%d%d", s, c).p, arena_format(a, "测试%d%d社区居委会", s, c).p, "community");
        o->communities[s][c] = put_area(tx, o->streets[s], LEVEL_COMMUNITY, arena_format(a, "99990100%d00%d", s, c).p,
                                        arena_format(a, "测试%d%d社区", s, c).p, o->orgs[s][c]);
    }
    for (int g = 0; g < BENCH_GRIDS; g++) {
        int c = g * BENCH_COMMUNITIES / BENCH_GRIDS;
        o->grids[s][g] = put_area(tx, o->communities[s][c], LEVEL_GRID, arena_format(a, "99990100%d00%d%03d", s, c, g).p,
                                  arena_format(a, "测试%d%d网格%d", s, c, g).p, 0);
    }
}

static int64_t put_account(struct tx *tx, const char *login, enum role role, int64_t area, char ret_token[static 96])
{
    struct account a = { .login = str_of(login), .name = S("测试员") };
    int64_t account = account_put(tx, &who_system, &a, S("!"));
    grant_add(tx, &who_system, account, role, area, 0, 1, 0);
    struct str token = token_add(tx, &who_system, account, S("bench"), arena_format(tx->arena, "bench-token-of-%s-0123456789abcdef", login));
    snprintf(ret_token, 96, STR_FMT, STR_ARG(token));
    return account;
}

static void fill(struct tx *tx, void *arg)
{
    struct office *o = arg;
    int64_t top = put_org(tx, 0, "O-0", "测试区政府", "district");
    o->district = put_area(tx, 0, LEVEL_DISTRICT, "999901", "测试区", top);
    for (int s = 0; s < BENCH_STREETS; s++) {
        fill_street(tx, o, s, top);
        o->accounts[s] = put_account(tx, arena_format(tx->arena, "bench%d", s).p, ROLE_CLERK, o->streets[s], o->tokens[s]);
    }
    put_account(tx, "benchwhole", ROLE_LEADER, o->district, o->whole);
}

static _Noreturn void be_server(const char *dir, struct office *office, int tell, int stop, bool make)
{
    struct fault fault = { 0 };
    struct engine_config config = { .dir = dir, .clock = clock_system(), .modules = modules, .create = make, .background = stop >= 0 };
    struct server_config http = { .quiet = true };
    struct arena arena;
    char byte;
    arena_init(&arena, 0);
    if (make)
        mkdir(dir, 0700);
    struct engine *engine = engine_open(&config, &fault);
    if (!engine)
        fail(fault.what.en ? fault.what.en : "the engine does not open");
    struct write w = { .apply = fill, .arg = office, .arena = &arena, .lane = LANE_NORMAL };
    if (make)
        store_write(engine->store, &w);
    struct api *api = api_new(engine);
    struct server *server = w.fault.code == ERR_OK && stop >= 0 ? server_start(api, &http, &fault) : NULL;
    if (stop >= 0 && !server)
        fail("the server does not start");
    office->port = server ? server_port(server) : 0;
    if (write(tell, office, sizeof *office) != sizeof *office)
        fail("pipe");
    while (stop >= 0 && read(stop, &byte, 1) < 0 && errno == EINTR)
        continue;
    if (server)
        server_stop(server);
    api_free(api);
    engine_close(engine);
    exit(0);
}

static struct site start(const char *dir, const struct office *known, bool serve)
{
    struct site s = { .stop = -1 };
    int tell[2], stop[2];
    snprintf(s.dir, sizeof s.dir, "%s", dir);
    if (known)
        s.office = *known;
    if (pipe2(tell, O_CLOEXEC) != 0 || pipe2(stop, O_CLOEXEC) != 0)
        fail("pipe");
    fflush(stdout);
    s.pid = fork();
    if (s.pid == 0) {
        close(stop[1]);
        be_server(s.dir, &s.office, tell[1], serve ? stop[0] : -1, !known);
    }
    close(tell[1]);
    close(stop[0]);
    if (read(tell[0], &s.office, sizeof s.office) != sizeof s.office)
        fail("the server did not come up");
    close(tell[0]);
    s.stop = stop[1];
    return s;
}

struct site site_open(const char *folder)
{
    char dir[600];
    static int count;
    snprintf(dir, sizeof dir, "%s/bench-%d-%d", folder, (int)getpid(), ++count);
    return start(dir, NULL, true);
}

struct site site_reopen(const char *dir, const struct office *office)
{
    return start(dir, office, true);
}

struct office site_make(const char *dir)
{
    struct site s = start(dir, NULL, false);
    site_close(&s, false);
    return s.office;
}

void site_close(struct site *s, bool remove)
{
    close(s->stop);
    waitpid(s->pid, NULL, 0);
    if (remove)
        remove_folder(s->dir);
}

/* --- the crowd ------------------------------------------------------------------------------------------------------------------ */

int dial(int port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0)
        fail("socket");
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static size_t report_text(const struct site *s, int street, char *out, size_t room)
{
    static const char *const words[] = { "井盖破损", "路灯不亮", "垃圾堆放", "墙面脱落", "水管漏水", "占道停车", "噪音扰民", "树枝遮挡" };
    char body[1200];
    int n = snprintf(body, sizeof body, "{\"text\":\"%s，编号%u，门口位置已经多日，%s，影响老人出行，请街道派人到现场查看并尽快处理，处理以后请回电话告知结果，谢谢。\","
                     "\"title\":\"%s%u\",\"category\":\"E0110\",\"channel\":\"phone\",\"area\":%lld}", words[any() % 8], any(), words[any() % 8],
                     words[any() % 8], any() % 1000, (long long)s->office.grids[street][any() % BENCH_GRIDS]);
    return (size_t)snprintf(out, room, "POST /api/v1/reports HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
                            "Content-Length: %d\r\n\r\n%s", s->office.tokens[street], n, body);
}


static void ask(struct caller *c, const char *text, size_t n)
{
    c->got = 0;
    c->since = now_s();
    if (send(c->fd, text, n, MSG_NOSIGNAL) != (ssize_t)n)
        fail("send");
}

void post_report(const struct site *s, struct caller *c, int street)
{
    char text[2000];
    ask(c, text, report_text(s, street < 0 ? (int)(any() % BENCH_STREETS) : street, text, sizeof text));
}

bool answered(struct caller *c)
{
    ssize_t n = recv(c->fd, c->in + c->got, sizeof c->in - 1 - c->got, MSG_DONTWAIT);
    if (n <= 0)
        return n < 0 && errno == EAGAIN ? false : (fail("the server hung up"), false);
    c->got += (size_t)n;
    c->in[c->got] = 0;
    char *end = strstr(c->in, "\r\n\r\n"), *length = strcasestr(c->in, "content-length:");
    if (!end || !length || c->got < (size_t)(end + 4 - c->in) + strtoul(length + 15, NULL, 10))
        return false;
    c->status = atoi(c->in + 9);
    if (c->status >= 300) {
        fprintf(stderr, "%.*s\n", (int)c->got, c->in);
        fail("the server refused");
    }
    return true;
}

double get_once(struct caller *c, const char *path, const char *token)
{
    char text[2000];
    int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n\r\n", path, token);
    ask(c, text, (size_t)n);
    struct pollfd wait = { .fd = c->fd, .events = POLLIN };
    while (!answered(c))
        if (poll(&wait, 1, 60000) == 0)
            fail("the server is silent");
    return (now_s() - c->since) * 1000;
}

struct measured crowd_run(const struct site *s, int connections, double seconds, int street)
{
    static double waits[WAITS_MAX];
    static struct caller callers[CALLERS_MAX];
    struct epoll_event events[256];
    int ep = epoll_create1(EPOLL_CLOEXEC);
    size_t count = 0;
    for (int i = 0; i < connections; i++) {
        struct epoll_event e = { .events = EPOLLIN, .data.ptr = &callers[i] };
        callers[i].fd = dial(s->office.port);
        if (callers[i].fd < 0)
            fail("connect");
        epoll_ctl(ep, EPOLL_CTL_ADD, callers[i].fd, &e);
    }
    double start = now_s(), end = start + seconds, cpu = cpu_s(s->pid);
    for (int i = 0; i < connections; i++)
        post_report(s, &callers[i], street);
    for (int open = connections; open > 0;) {
        int n = epoll_wait(ep, events, 256, 15000);
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
                post_report(s, c, street);
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

/* --- saying it --------------------------------------------------------------------------------------------------------------------- */

void goal(int number, const char *what, const char *must, const char *reach, double measured, bool met, const char *note)
{
    printf("goal %2d  %-52s must %-16s reach %-16s measured %9.2f  %-6s %s\n", number, what, must, reach, measured, met ? "ok" : "MISSED", note);
    fflush(stdout);
}

void note_machine(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);          /* before forks: a child would print what waits once more */
    double load[3] = { 0 };
    if (getloadavg(load, 3) < 0)
        load[0] = -1;
    printf("%ld processors, load %.1f. A load above 1 means that others work here too: then trust ratios of alternating runs and CPU time "
           "per request, not rates.\n", sysconf(_SC_NPROCESSORS_ONLN), load[0]);
    fflush(stdout);
}
