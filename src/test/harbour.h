/* harbour.h -- a device port on the loopback over an engine of its own (office.h): registers a device, opens the port, and
 * counts what became signals. One device is there from the start; more by harbour_device. Everything ends the test on a failure.
 * Threading: the test's thread. */
#ifndef WUXING_TEST_HARBOUR_H
#define WUXING_TEST_HARBOUR_H

#include "gateways/port.h"
#include "test/office.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TEST_SQL(harbour_count, "select count(*) from signal where kind = $1");
TEST_SQL(harbour_last, "select coalesce(max(id), 0) from signal where kind = $1");

struct harbour {
    struct office office;
    struct intake *intake;
    struct ports *ports;
    struct device device;
    int port;
};

static inline void harbour_put(struct tx *tx, void *arg)
{
    struct harbour *h = arg;
    h->device.area = h->office.courtyard;
    device_put(tx, &who_system, &h->device);
}

static inline void harbour_device(struct harbour *h, const char *kind, const char *protocol, const char *account, const char *key)
{
    h->device = (struct device){ .kind = str_of(kind), .protocol = str_of(protocol), .account = str_of(account), .key = str_of(key),
                                 .interval_s = 600 };
    office_write(&h->office, harbour_put, h);
}

/* Devices that came after the port was opened are known to it from now on. */
static inline void harbour_know(struct harbour *h)
{
    CHECK(device_book_turn(intake_book(h->intake)));
}

static inline void harbour_open(struct harbour *h, struct test_db *db, const struct port_protocol *protocol, const char *account,
                                const char *key)
{
    struct fault fault = { 0 };
    signal(SIGPIPE, SIG_IGN);                                        /* as the server does */
    office_open(&h->office, db);
    harbour_device(h, "button", protocol->name, account, key);
    h->intake = intake_open(h->office.engine, &fault);
    CHECK(h->intake);
    h->ports = ports_new(h->intake, NULL);
    h->port = ports_listen(h->ports, protocol, "127.0.0.1", 0, &fault);
    CHECK(h->port > 0);
    ports_start(h->ports);
}

static inline void harbour_close(struct harbour *h)
{
    ports_stop(h->ports);
    intake_close(h->intake);
    office_close(&h->office);
}

static inline int64_t harbour_signals(struct harbour *h, const char *kind)
{
    int64_t n = 0;
    struct tx *tx = office_read(&h->office);
    CHECK(db_one(tx, harbour_count, IN(kind), OUT(&n)));
    read_end(tx);
    return n;
}

/* The last one of that kind; its texts live in the office's arena. */
static inline struct signal harbour_signal(struct harbour *h, const char *kind)
{
    int64_t id = 0;
    struct signal s = { 0 };
    struct tx *tx = office_read(&h->office);
    CHECK(db_one(tx, harbour_last, IN(kind), OUT(&id)) && signal_get(tx, id, &s));
    read_end(tx);
    return s;
}

static inline int harbour_call(struct harbour *h, int type)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons((uint16_t)h->port) };
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof name) == 0);
    return fd;
}

static inline void harbour_say(int fd, struct str text)
{
    CHECK(write(fd, text.p, text.n) == (ssize_t)text.n);
}

/* Exactly `n` bytes of a stream, or one datagram of that size. */
static inline struct str harbour_read(struct harbour *h, int fd, size_t n)
{
    char *bytes = arena_alloc(&h->office.arena, n + 1);
    for (size_t got = 0; got < n;) {
        ssize_t more = read(fd, bytes + got, n - got);
        CHECK(more > 0);
        got += (size_t)more;
    }
    return (struct str){ bytes, n };
}
#define harbour_expect(h, fd, wanted) CHECK_EQ(harbour_read((h), (fd), (wanted).n), (wanted))

/* Reads until it has heard exactly this. */
static inline void harbour_hear(int fd, const char *wanted)
{
    char got[4096];
    size_t n = 0;
    while (n < strlen(wanted)) {
        ssize_t more = read(fd, got + n, strlen(wanted) - n);
        CHECK(more > 0);
        n += (size_t)more;
    }
    CHECK_EQ(((struct str){ got, n }), str_of(wanted));
}

#endif
