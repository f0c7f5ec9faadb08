/* test_gateway_test.c -- the ports with the gateway for trying out: lines over sockets become signals, an answer comes only
 * for what is kept, and nobody can harm another. */
#include "gateways/test.h"
#include "test/office.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

SQL(count_signals, "select count(*) from signal");
SQL(count_strangers, "select coalesce(sum(times), 0) from device_stranger where reason = $1");

struct harbour {
    struct office office;
    struct intake *intake;
    struct ports *ports;
    int port;
};

static void put_device(struct tx *tx, void *arg)
{
    struct office *o = arg;
    struct device d = { .kind = S("button"), .protocol = S("test"), .account = S("B1"), .area = o->courtyard, .interval_s = 60 };
    device_put(tx, &who_system, &d);
}

static void harbour_open(struct harbour *h, struct test_db *db, const struct port_protocol *protocol, const struct port_limits *limits)
{
    struct fault fault = { 0 };
    signal(SIGPIPE, SIG_IGN);                                        /* as the server does */
    office_open(&h->office, db);
    office_write(&h->office, put_device, &h->office);
    h->intake = intake_open(h->office.engine, &fault);
    CHECK(h->intake);
    h->ports = ports_new(h->intake, limits);
    h->port = ports_listen(h->ports, protocol, "127.0.0.1", 0, &fault);
    CHECK(h->port > 0);
    ports_start(h->ports);
}

static void harbour_close(struct harbour *h)
{
    ports_stop(h->ports);
    intake_close(h->intake);
    office_close(&h->office);
}

static int64_t number(struct harbour *h, const struct sql *sql, const char *reason)
{
    int64_t n = 0;
    struct tx *tx = office_read(&h->office);
    CHECK((db_one)(tx, sql, reason ? IN(reason) : IN(), OUT(&n)));
    read_end(tx);
    return n;
}

static int call(int port, int type)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof name) == 0);
    return fd;
}

static void say(int fd, const char *text)
{
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void hear(int fd, const char *wanted)
{
    char got[200];
    size_t n = 0;
    while (n < strlen(wanted)) {
        ssize_t more = read(fd, got + n, strlen(wanted) - n);
        CHECK(more > 0);
        n += (size_t)more;
    }
    CHECK_EQ(((struct str){ got, n }), str_of(wanted));
}

static bool is_ended(int fd)
{
    char byte;
    return read(fd, &byte, 1) <= 0;
}

TEST_STORES(lines_become_signals_and_are_answered_when_they_are_kept)
{
    static const char crumbs[] = "B1 1 rescue up\nB1 2 fire\r\n";
    struct harbour h;
    harbour_open(&h, db, &test_protocol, NULL);
    int fd = call(h.port, SOCK_STREAM);
    for (size_t i = 0; i < sizeof crumbs - 1; i += 7)                /* in crumbs, as networks do */
        CHECK(write(fd, crumbs + i, i + 7 < sizeof crumbs - 1 ? 7 : sizeof crumbs - 1 - i) > 0);
    char answers[12];
    for (size_t n = 0; n < 10;) {
        ssize_t got = read(fd, answers + n, 10 - n);
        CHECK(got > 0);
        n += (size_t)got;
    }
    CHECK(!memcmp(answers, "ok 1\nok 2\n", 10) || !memcmp(answers, "ok 2\nok 1\n", 10));
    say(fd, "B1 1 rescue up\n");
    hear(fd, "ok 1\n");                                              /* sent again: the same answer, nothing new */
    say(fd, "nonsense\n");
    hear(fd, "no malformed\n");
    say(fd, "B9 1 rescue\n");
    hear(fd, "no 1\n");
    say(fd, "B1 3 dance\n");
    hear(fd, "no 3\n");
    say(fd, "B1 4 heartbeat\n");
    shutdown(fd, SHUT_WR);
    hear(fd, "ok 4\n");                                              /* a half-closed caller still gets its answer */
    CHECK(is_ended(fd));
    close(fd);
    CHECK_INT(number(&h, &count_signals, NULL), 2);
    struct gateway *g = ports_gateway(h.ports, "test");
    CHECK_INT(g->frames, 7);
    CHECK_INT(g->malformed, 1);
    CHECK_INT(g->refused, 2);
    CHECK_INT(g->heard_at, h.office.clock.at);
    h.office.clock.at += MINUTES(1);
    CHECK(device_book_turn(intake_book(h.intake)));
    CHECK_INT(number(&h, &count_strangers, "unknown"), 1);
    harbour_close(&h);
}

TEST_STORES(datagrams_become_signals_too)
{
    struct harbour h;
    harbour_open(&h, db, &test_protocol, NULL);
    int fd = call(h.port, SOCK_DGRAM);
    say(fd, "B1 1 rescue");
    hear(fd, "ok 1\n");
    say(fd, "B1 1 rescue");
    hear(fd, "ok 1\n");
    say(fd, "B9 7 rescue");
    hear(fd, "no 7\n");
    CHECK_INT(number(&h, &count_signals, NULL), 1);
    close(fd);
    harbour_close(&h);
}

/* A store that fails, and one that hangs until it is let go. */
static atomic_bool away;
static bool maybe_away(struct engine *e, const struct signal_in *s, struct fault *fault)
{
    if (!atomic_load(&away))
        return intake_store_put(e, s, fault);
    fault_set(fault, ERR_UNAVAILABLE, 0);
    return false;
}

TEST_STORES(without_a_store_a_device_is_answered_from_the_file)
{
    struct harbour h;
    harbour_open(&h, db, &test_protocol, NULL);
    intake_set_put(h.intake, maybe_away);
    atomic_store(&away, true);
    int fd = call(h.port, SOCK_STREAM);
    say(fd, "B1 1 rescue\n");
    hear(fd, "ok 1\n");
    CHECK(intake_waiting_bytes(h.intake) > 0);
    CHECK_INT(number(&h, &count_signals, NULL), 0);
    say(fd, "B9 1 rescue\n");
    hear(fd, "busy 1\n");                                            /* nobody's: neither kept nor refused for ever */
    say(fd, "B1 2 heartbeat\n");
    hear(fd, "ok 2\n");
    atomic_store(&away, false);
    CHECK_INT(intake_drain(h.intake), 1);
    CHECK_INT(number(&h, &count_signals, NULL), 1);
    close(fd);
    harbour_close(&h);
}

struct gate { atomic_bool open, inside; };
static void hold_writer(struct tx *tx, void *arg)
{
    struct gate *g = arg;
    (void)tx;
    atomic_store(&g->inside, true);
    while (!atomic_load(&g->open))
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
}
static void held(struct write *w)
{
    atomic_store((atomic_bool *)w->owner, true);
}

/* SQLite has one writer: an apply that does not end is a store that hangs. */
TEST(a_store_that_hangs_does_not_keep_a_device_waiting)
{
    struct harbour h;
    struct gate gate = { false, false };
    atomic_bool done = false;
    struct test_db *db = test_db_open(false);
    harbour_open(&h, db, &test_protocol, NULL);
    intake_set_store_ms(h.intake, 50);
    struct write w = { .apply = hold_writer, .arg = &gate, .arena = &h.office.arena, .lane = LANE_URGENT, .done = held, .owner = &done };
    store_submit(h.office.engine->store, &w);
    while (!atomic_load(&gate.inside))
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    int fd = call(h.port, SOCK_STREAM);
    say(fd, "B1 1 rescue\n");
    hear(fd, "ok 1\n");
    CHECK(intake_waiting_bytes(h.intake) > 0);
    say(fd, "B1 2 fire\n");
    hear(fd, "ok 2\n");
    atomic_store(&gate.open, true);
    while (!atomic_load(&done))
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    intake_drain(h.intake);                                          /* the late write and the file bring the same signal */
    CHECK_INT(intake_waiting_bytes(h.intake), 0);
    say(fd, "B1 3 fire\n");
    hear(fd, "ok 3\n");
    CHECK_INT(number(&h, &count_signals, NULL), 3);
    close(fd);
    harbour_close(&h);
    test_db_close(db);
}

/* --- slow and hostile ----------------------------------------------------------------------------------------------------- */

static struct port_protocol hurried(void)
{
    struct port_protocol p = test_protocol;
    p.frame_ms = 300;
    p.idle_ms = 1500;
    return p;
}

TEST(nobody_can_harm_another)
{
    enum { CALLERS = 200 };
    static const struct port_limits limits = { .connections = CALLERS + 3 };
    struct harbour h;
    int fds[CALLERS];
    char much[3000];
    struct port_protocol protocol = hurried();
    struct test_db *db = test_db_open(false);
    harbour_open(&h, db, &protocol, &limits);
    int dripper = call(h.port, SOCK_STREAM), glutton = call(h.port, SOCK_STREAM), mute = call(h.port, SOCK_STREAM);
    for (int i = 0; i < CALLERS; i++)
        fds[i] = call(h.port, SOCK_STREAM);
    memset(much, 'x', sizeof much);
    CHECK(write(glutton, much, sizeof much) > 0);
    CHECK(is_ended(glutton));                                        /* a line without an end */
    for (int i = 0; i < CALLERS; i++)
        say(fds[i], "B1 1 rescue\n");
    for (int i = 0; i < CALLERS; i++)
        hear(fds[i], "ok 1\n");
    for (int i = 0; i < 100000; i++) {                               /* a byte now and then buys no time */
        struct pollfd polled = { .fd = dripper, .events = POLLIN };
        if (send(dripper, "x", 1, MSG_NOSIGNAL) != 1 || (poll(&polled, 1, 20) == 1 && is_ended(dripper)))
            break;
        CHECK(i < 99999);
    }
    CHECK(is_ended(mute));
    CHECK_INT(number(&h, &count_signals, NULL), 1);
    CHECK(ports_gateway(h.ports, "test")->malformed >= 2);
    ports_stop(h.ports);
    h.ports = NULL;
    for (int i = 0; i < CALLERS; i++) {
        CHECK(is_ended(fds[i]));
        close(fds[i]);
    }
    close(dripper);
    close(glutton);
    close(mute);
    harbour_close(&h);
    test_db_close(db);
}

TEST(who_comes_too_often_is_turned_away_alone)
{
    static const struct port_limits limits = { .per_address = 2 };
    struct harbour h;
    struct fault fault = { 0 };
    struct test_db *db = test_db_open(false);
    harbour_open(&h, db, &test_protocol, &limits);
    int one = call(h.port, SOCK_STREAM), two = call(h.port, SOCK_STREAM);
    say(one, "B1 1 rescue\n");
    hear(one, "ok 1\n");
    say(two, "B1 1 rescue\n");
    hear(two, "ok 1\n");
    int three = call(h.port, SOCK_STREAM);
    CHECK(is_ended(three));
    close(three);
    shutdown(one, SHUT_WR);
    CHECK(is_ended(one));
    close(one);
    int four = call(h.port, SOCK_STREAM);                            /* its place is free again */
    say(four, "B1 2 rescue\n");
    hear(four, "ok 2\n");
    CHECK_INT(ports_gateway(h.ports, "test")->turned_away, 1);
    struct ports *others = ports_new(h.intake, NULL);
    CHECK_INT(ports_listen(others, &test_protocol, "127.0.0.1", h.port, &fault), 0);
    CHECK_INT(fault.code, ERR_UNAVAILABLE);
    ports_stop(others);
    close(two);
    close(four);
    harbour_close(&h);
    test_db_close(db);
}

/* One connection that pours: reading pauses while its signals wait, and all are answered. */
TEST_STORES(a_flood_on_one_connection_is_answered_to_the_last)
{
    enum { LINES = 1500 };
    struct harbour h;
    char line[40];
    int answers = 0;
    harbour_open(&h, db, &test_protocol, NULL);
    int fd = call(h.port, SOCK_STREAM);
    for (int i = 0; i < LINES; i++) {
        snprintf(line, sizeof line, "B1 %d %s\n", i, i % 3 ? "info" : "rescue");
        say(fd, line);
    }
    shutdown(fd, SHUT_WR);
    char got[4096];
    for (ssize_t n; (n = read(fd, got, sizeof got)) > 0;)
        for (ssize_t i = 0; i < n; i++)
            answers += got[i] == '\n';
    CHECK_INT(answers, LINES);
    intake_drain(h.intake);                                          /* lost races on PostgreSQL may have waited in the file */
    CHECK_INT(number(&h, &count_signals, NULL), LINES);
    close(fd);
    harbour_close(&h);
}
