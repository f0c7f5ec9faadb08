/* alarm_bench.c -- goal 13 of PERFORMANCE.md section E: alarms a second from many connections, each acknowledged when it is on
 * disk. Panels speak SIA DC-09 over TCP on loopback to a server of its own process, with all modules, so that every press
 * opens an alarm or joins the one that rings; each panel presses again as soon as it was answered.
 * usage: bench-alarm_bench [FOLDER [SECONDS [CONNECTIONS]]]      (default: . 5 1000) */
#include "bench/bench.h"

#include "engine/device.h"
#include "gateways/dc09_port.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PANELS_MAX = 10000, PANELS_A_WRITE = 100, ACCOUNT_FROM = 0xA00000, EVENTS = 256 };

/* --- the server ------------------------------------------------------------------------------------------------------------- */

struct batch { int from, to; const struct office *office; };
static void put_panels(struct tx *tx, void *arg)
{
    const struct batch *b = arg;
    for (int i = b->from; i < b->to; i++) {
        struct device d = { .kind = S("panel"), .protocol = S("dc09"), .account = arena_format(tx->arena, "%X", ACCOUNT_FROM + i),
                            .area = b->office->grids[i % BENCH_STREETS][i / BENCH_STREETS % BENCH_GRIDS] };
        device_put(tx, &who_system, &d);
    }
}

static void add_panels(struct engine *e, const struct office *office, int count)
{
    for (int i = 0; i < count; i += PANELS_A_WRITE) {
        struct arena arena_scoped a;
        struct batch b = { i, i + PANELS_A_WRITE < count ? i + PANELS_A_WRITE : count, office };
        arena_init(&a, 0);
        struct write w = { .apply = put_panels, .arg = &b, .arena = &a, .lane = LANE_NORMAL };
        store_write(e->store, &w);
        if (w.fault.code != ERR_OK)
            fail("a panel could not be registered");
    }
}

SQL(count_told, "select count(*) from signal where applied_at is not null");

/* Until `stop` is closed; then says how many signals are in the store, so that no acknowledgement was a lie. */
static void serve(const char *dir, const struct office *office, int count, int told, int stop)
{
    struct fault fault = { 0 };
    struct port_limits limits = { .connections = PANELS_MAX + 10 };
    struct engine_config config = { .dir = dir, .clock = clock_system(), .modules = modules, .background = true };
    struct engine *e = engine_open(&config, &fault);
    if (!e)
        fail("the engine did not open");
    add_panels(e, office, count);
    struct intake *in = intake_open(e, &fault);
    struct ports *ports = in ? ports_new(in, &limits) : NULL;
    int64_t port = ports ? ports_listen(ports, &dc09_protocol, "127.0.0.1", 0, &fault) : 0, kept = 0;
    char byte;
    if (port == 0)
        fail("no port");
    intake_start(in);
    ports_start(ports);
    if (write(told, &port, sizeof port) != sizeof port)
        fail("pipe");
    (void)!read(stop, &byte, 1);
    ports_stop(ports);
    intake_close(in);
    struct arena a;
    arena_init(&a, 0);
    struct tx *tx = read_begin(e->store, &a);
    db_one(tx, count_told, IN(), OUT(&kept));
    read_end(tx);
    if (write(told, &kept, sizeof kept) != sizeof kept)
        fail("pipe");
    arena_free(&a);
    engine_close(e);
    _exit(0);
}

/* --- the panels --------------------------------------------------------------------------------------------------------------- */

struct panel { int fd, number, sequence; double since; };

static void press(struct panel *p)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    p->sequence = p->sequence % 9999 + 1;
    struct str frame = dc09_frame(&a, S("ADM-CID"), arena_format(&a, "%04dL0#%X", p->sequence, ACCOUNT_FROM + p->number),
                                  arena_format(&a, "#%X|1101 00 %03d]", ACCOUNT_FROM + p->number, p->sequence % 1000), S(""));
    p->since = now_s();
    if (write(p->fd, frame.p, frame.n) != (ssize_t)frame.n)
        fail("a panel was cut off");
}

static struct measured press_all(int port, int count, double seconds, int64_t *ret_acknowledged)
{
    static struct panel panels[PANELS_MAX];
    static double waits[WAITS_MAX];
    struct epoll_event events[EVENTS];
    size_t done = 0;
    int watch = epoll_create1(EPOLL_CLOEXEC), busy = count;
    for (int i = 0; i < count; i++) {
        panels[i] = (struct panel){ .fd = dial(port), .number = i };
        if (panels[i].fd < 0 || epoll_ctl(watch, EPOLL_CTL_ADD, panels[i].fd, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = &panels[i] }) != 0)
            fail("no connection");
    }
    double from = now_s();
    for (int i = 0; i < count; i++)
        press(&panels[i]);
    while (busy > 0) {
        int n = epoll_wait(watch, events, EVENTS, 10000);
        if (n <= 0)
            fail("an acknowledgement did not come within 10 s");
        for (int i = 0; i < n; i++) {
            struct panel *p = events[i].data.ptr;
            char answer[128];
            ssize_t got = read(p->fd, answer, sizeof answer);
            if (got < 10 || answer[got - 1] != '\r' || memcmp(answer + 9, "\"ACK\"", 5) != 0)
                fail("not an acknowledgement");
            if (done < WAITS_MAX)
                waits[done++] = (now_s() - p->since) * 1000;
            if (now_s() - from < seconds)
                press(p);
            else
                busy--;
        }
    }
    *ret_acknowledged = (int64_t)done;
    struct measured m = { .rate = (double)done / (now_s() - from), .p50_ms = at_share(waits, done, 0.5), .p99_ms = at_share(waits, done, 0.99) };
    for (int i = 0; i < count; i++)
        close(panels[i].fd);
    close(watch);
    return m;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 5;
    int count = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 1000, told[2], stop[2];
    char dir[600], note[200];
    int64_t port = 0, kept = 0, acknowledged = 0;
    if (count < 1 || count > PANELS_MAX || seconds <= 0 || pipe(told) != 0 || pipe(stop) != 0)
        fail("usage: bench-alarm_bench [FOLDER [SECONDS [CONNECTIONS]]]");
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    note_machine();
    snprintf(dir, sizeof dir, "%s/alarm_bench.%d", folder, (int)getpid());
    struct office office = site_make(dir);
    pid_t server = fork();
    if (server == 0) {
        close(stop[1]);
        serve(dir, &office, count, told[1], stop[0]);
    }
    close(stop[0]);
    if (read(told[0], &port, sizeof port) != sizeof port)
        fail("the server did not start");
    struct measured m = press_all((int)port, count, seconds, &acknowledged);
    double cpu = cpu_s(server);
    close(stop[1]);
    if (read(told[0], &kept, sizeof kept) != sizeof kept || waitpid(server, NULL, 0) != server)
        fail("the server did not end");
    if (kept != acknowledged)
        fail("what was acknowledged is not what was kept");
    snprintf(note, sizeof note, "(%d connections: p50 %.1f ms, p99 %.1f ms; %lld acknowledged, %lld kept; server %.0f us each)", count,
             m.p50_ms, m.p99_ms, (long long)acknowledged, (long long)kept, cpu * 1e6 / (double)(acknowledged ? acknowledged : 1));
    goal(13, "durable alarms a second", ">= 3000", ">= 8000", m.rate, m.rate >= 3000, note);
    remove_folder(dir);
    return 0;
}
