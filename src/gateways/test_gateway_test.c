/* test_gateway_test.c -- lines over a socket become signals, and an answer comes only for what is kept. */
#include "gateways/test.h"
#include "test/office.h"

#include <pthread.h>
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
    static const char lines[] = "B1 1 help up\nB1 1 help up\nB9 1 help\nnonsense\nB1 2 heartbeat\r\n";
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
    CHECK_INT(count, 2);
    read_end(tx);
    close(pair[0]);
    intake_close(served.in);
    office_close(&o);
}
