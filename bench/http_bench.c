/* http_bench.c -- PERFORMANCE.md E, goals 1-4 (durable intake over HTTP) and 14-17 (live streams), both sides in one run: raw
 * SQLite group commit and a bare epoll broadcaster here, the whole server (log-in, rights, validation, history, clocks,
 * outbox, figures) in a process of its own. Alternating runs, medians; prints must / reach / measured.
 * usage: bench-http_bench [FOLDER [SECONDS [RUNS [STREAMS]]]]      (default: . 4 3 10000; STREAMS 0: intake only) */
#include "bench/bench.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONCERNED = 50 };

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
    post_report(s, c, street);
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

static void intake_goals(const char *folder, double seconds, int runs)
{
    double ratio64[RUNS_MAX], ratio1000[RUNS_MAX], p99[RUNS_MAX], one[RUNS_MAX], rate[RUNS_MAX], raw_rate[RUNS_MAX];
    char note[200];
    for (int i = 0; i < runs; i++) {
        struct measured raw32 = raw_run(folder, 32, seconds, 0), raw512 = raw_run(folder, 512, seconds, 0), raw1 = raw_run(folder, 1, 2, 0);
        struct site s = site_open(folder);
        crowd_run(&s, 64, 1, -1);                              /* warm */
        struct measured m64 = crowd_run(&s, 64, seconds, -1), m1 = crowd_run(&s, 1, 2, -1), m1000 = crowd_run(&s, 1000, seconds, -1);
        char threads[400];
        cpu_by_thread(s.pid, threads, sizeof threads);
        site_close(&s, true);
        printf("      server threads, CPU seconds: %s\n", threads);
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
    site_close(&s, true);
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 4;
    int runs = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 3, streams = argc > 4 ? (int)strtol(argv[4], NULL, 10) : 10000;
    if (runs < 1 || runs > RUNS_MAX || seconds <= 0 || streams < 0 || streams > 11000) {
        fprintf(stderr, "usage: bench-http_bench [FOLDER [SECONDS [RUNS 1..%d [STREAMS 0..11000]]]]\n", RUNS_MAX);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    note_machine();
    intake_goals(folder, seconds, runs);
    if (streams)
        stream_goals(folder, seconds, runs, streams);
    return 0;
}
