/* test_gateway_test.c -- lines over a socket become signals, and an answer comes only for what is kept. */
#include "gateways/listener.h"
#include "gateways/test.h"
#include "test/office.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void put_device(struct tx *tx, void *arg)
{
    struct office *o = arg;
    struct device d = { .kind = S("button"), .protocol = S("test"), .account = S("B1"), .area = o->courtyard };
    device_put(tx, &who_system, &d);
}

struct served { struct intake *in; int fd; };
static void *serve(void *arg)
{
    struct served *s = arg;
    test_gateway_serve(s->in, s->fd);
    close(s->fd);
    return NULL;
}

SQL(count_signals, "select count(*) from signal");

TEST_STORES(lines_become_signals_and_are_answered_when_they_are_kept)
{
    static const char lines[] = "B1 1 rescue up\nB1 1 rescue up\nB9 1 rescue\nnonsense\nB1 2 heartbeat\r\n";
    struct office o;
    struct fault fault = { 0 };
    pthread_t thread;
    int pair[2];
    char answers[200];
    size_t n = 0;
    int64_t count = 0;
    office_open(&o, db);
    office_write(&o, put_device, &o);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    struct served served = { intake_open(o.engine, &fault), pair[1] };
    CHECK(served.in && pthread_create(&thread, NULL, serve, &served) == 0);
    for (size_t i = 0; i < sizeof lines - 1; i += 7)                 /* in crumbs, as networks do */
        CHECK(write(pair[0], lines + i, i + 7 < sizeof lines - 1 ? 7 : sizeof lines - 1 - i) > 0);
    shutdown(pair[0], SHUT_WR);
    for (ssize_t got; (got = read(pair[0], answers + n, sizeof answers - n)) > 0;)
        n += (size_t)got;
    pthread_join(thread, NULL);
    CHECK_EQ(((struct str){ answers, n }), S("ok 1\nok 1\nno not_found\nno malformed\nok 2\n"));
    struct tx *tx = office_read(&o);
    CHECK(db_one(tx, count_signals, IN(), OUT(&count)));
    CHECK_INT(count, 1);
    read_end(tx);
    close(pair[0]);
    intake_close(served.in);
    office_close(&o);
}

static int call_port(int port)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof name) == 0);
    return fd;
}

static void check_answer(int fd, const char *line, const char *wanted)
{
    char got[100];
    size_t n = 0;
    CHECK(write(fd, line, strlen(line)) == (ssize_t)strlen(line));
    while (n < strlen(wanted) && n < sizeof got) {
        ssize_t more = read(fd, got + n, sizeof got - n);
        CHECK(more > 0);
        n += (size_t)more;
    }
    CHECK_EQ(((struct str){ got, n }), str_of(wanted));
}

TEST_STORES(a_port_serves_many_connections_and_stops_with_some_still_open)
{
    enum { CALLERS = LISTENER_CONNS_MAX };
    struct office o;
    struct fault fault = { 0 };
    int fds[CALLERS];
    char byte;
    signal(SIGPIPE, SIG_IGN);                                        /* as the server does */
    office_open(&o, db);
    office_write(&o, put_device, &o);
    struct intake *in = intake_open(o.engine, &fault);
    struct listener *l = listener_start("127.0.0.1", 0, test_gateway_serve, in, &fault);
    CHECK(in && l && listener_port(l) > 0);
    CHECK(!listener_start("127.0.0.1", listener_port(l), test_gateway_serve, in, &fault) && fault.code == ERR_UNAVAILABLE);
    for (int i = 0; i < CALLERS; i++)
        fds[i] = call_port(listener_port(l));
    for (int i = 0; i < CALLERS; i++)
        check_answer(fds[i], "B1 1 rescue\n", "ok 1\n");
    int late = call_port(listener_port(l));
    CHECK(read(late, &byte, 1) <= 0);                                /* turned away */
    close(late);
    shutdown(fds[0], SHUT_WR);
    CHECK_INT(read(fds[0], &byte, 1), 0);                            /* served to its end: its place is free again */
    int next = -1;
    for (int tries = 0; tries < 1000 && next < 0; tries++) {
        next = call_port(listener_port(l));
        if (write(next, "B1 2 rescue\n", 12) != 12 || read(next, &byte, 1) != 1) {
            close(next);
            next = -1;
        }
    }
    CHECK(next >= 0);
    listener_stop(l);
    for (int i = 1; i < CALLERS; i++)
        CHECK(read(fds[i], &byte, 1) <= 0);
    for (int i = 0; i < CALLERS; i++)
        close(fds[i]);
    close(next);
    intake_close(in);
    office_close(&o);
}
