/* port.c -- the thread and the connections of the device ports; see port.h. libmicrohttpd taught that an idle timer which each
 * byte resets protects nothing, so every limit here is absolute and a sweep twice a second enforces it. */
#include "gateways/port_own.h"

#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    EVENTS = 256, SWEEP_MS = 500, FIRST_MS = 30000, OUT_MS = 30000, STOP_MS = 10000, READS_MAX = 4, DATAGRAMS_MAX = 256,
};

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

static void watch(struct ports *ports, int fd, enum watched *what, uint32_t events, int op)
{
    struct epoll_event e = { .events = events, .data.ptr = what };
    if (epoll_ctl(ports->epoll, op, fd, &e) != 0)
        abort();
}

/* --- connections -------------------------------------------------------------------------------------------------------- */

static int free_slot(struct ports *ports)
{
    for (int i = 0; i < ports->slot_count; i++) {              /* from where the last one was found */
        int at = (int)((ports->generation + (uint32_t)i) % (uint32_t)ports->slot_count);
        if (!ports->slots[at])
            return at;
    }
    return -1;
}

static bool may_enter(const struct ports *ports, const struct address *a)
{
    return ports->peers < ports->limits.connections && ((a->loopback && !ports->counts_loopback) ||
           ports->per_address[a->slot] < ports->limits.per_address);
}

static void peer_new(struct port *port, int fd, const struct address *a)
{
    struct ports *ports = port->ports;
    struct peer *p = must(calloc(1, sizeof *p));
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *p = (struct peer){ .watch = WATCH_PEER, .port = port, .fd = fd, .slot = free_slot(ports), .generation = ++ports->generation,
                        .address = *a, .heard_at = steady_ms(), .next = ports->first, .events = EPOLLIN };
    assert(p->slot >= 0);
    ports->slots[p->slot] = p;
    if (ports->first)
        ports->first->previous = p;
    ports->first = p;
    ports->peers++;
    ports->per_address[a->slot]++;
    atomic_fetch_add(&port->gateway.peers, 1);
    if (port->protocol->state_bytes)
        p->state = must(calloc(1, port->protocol->state_bytes));
    watch(ports, fd, &p->watch, p->events, EPOLL_CTL_ADD);
    if (port->protocol->begin)
        port->protocol->begin(p);
}

static void peer_end(struct peer *p)
{
    struct ports *ports = p->port->ports;
    if (p->port->protocol->end)
        p->port->protocol->end(p);
    ports_forget(ports, p);
    ports->slots[p->slot] = NULL;
    *(p->previous ? &p->previous->next : &ports->first) = p->next;
    if (p->next)
        p->next->previous = p->previous;
    ports->peers--;
    ports->per_address[p->address.slot]--;
    atomic_fetch_sub(&p->port->gateway.peers, 1);
    close(p->fd);
    free(p->in);
    free(p->out);
    free(p->state);
    free(p);
}

void peer_settle(struct peer *p)
{
    bool paused = p->under_way >= PEER_UNDER_WAY_MAX;
    bool done = (p->closing || (p->ended && !paused)) && p->under_way == 0 && p->out_bytes == 0;
    if (p->cut || done) {
        if (done && !p->closing && p->in_bytes)
            peer_malformed(p);
        peer_end(p);
        return;
    }
    uint32_t events = (p->ended || p->closing || paused || p->port->ports->stopping ? 0 : (uint32_t)EPOLLIN) |
                      (p->out_bytes ? (uint32_t)EPOLLOUT : 0);
    if (events != p->events)
        watch(p->port->ports, p->fd, &p->watch, p->events = events, EPOLL_CTL_MOD);
}

static void accept_all(struct port *port)
{
    struct ports *ports = port->ports;
    for (int i = 0; i < EVENTS; i++) {
        struct address a = { .bytes = sizeof a.name };
        int fd = accept4(port->tcp, (struct sockaddr *)&a.name, &a.bytes, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0) {
            ports->starved = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
            break;
        }
        address_settle(&a);
        if (may_enter(ports, &a)) {
            peer_new(port, fd, &a);
        } else {
            atomic_fetch_add(&port->gateway.turned_away, 1);
            close(fd);
        }
    }
    for (int i = 0; ports->starved && i < ports->count; i++)   /* or epoll would spin until somebody leaves */
        if (ports->ports[i].tcp >= 0)
            watch(ports, ports->ports[i].tcp, &ports->ports[i].tcp_watch, 0, EPOLL_CTL_MOD);
}

static void put_in(struct peer *p, const char *bytes, size_t n)
{
    if (p->in_bytes == 0)
        p->began_at = steady_ms();
    if (p->in_bytes + n > p->in_room) {
        p->in_room = p->in_bytes + n;
        p->in = must(realloc(p->in, p->in_room));
    }
    memcpy(p->in + p->in_bytes, bytes, n);
    p->in_bytes += n;
}

static void peer_read(struct peer *p)
{
    struct ports *ports = p->port->ports;
    for (int i = 0; i < READS_MAX && !p->cut && !p->closing && !p->ended && p->under_way < PEER_UNDER_WAY_MAX; i++) {
        ssize_t n = recv(p->fd, ports->bytes, sizeof ports->bytes, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n < 0) {
            peer_cut(p);
        } else if (n == 0) {
            p->ended = true;
        } else {
            put_in(p, ports->bytes, (size_t)n);
            peer_take_frames(p);
        }
    }
}

static void read_datagrams(struct port *port)
{
    struct ports *ports = port->ports;
    for (int i = 0; i < DATAGRAMS_MAX; i++) {
        struct address a = { .bytes = sizeof a.name };
        ssize_t n = recvfrom(port->udp, ports->bytes, sizeof ports->bytes, MSG_DONTWAIT, (struct sockaddr *)&a.name, &a.bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return;
        address_settle(&a);
        if (n > port->protocol->frame_bytes_max)
            atomic_fetch_add(&port->gateway.malformed, 1);
        else
            peer_take_datagram(port, &a, (struct str){ ports->bytes, (size_t)n });
    }
}

/* --- the thread ----------------------------------------------------------------------------------------------------------- */

static bool overstays(const struct peer *p, ms now)
{
    const struct port_protocol *protocol = p->port->protocol;
    if (p->out_bytes && now - p->out_at > OUT_MS)
        return true;
    if (p->under_way)
        return false;
    if (p->in_bytes && now - p->began_at > protocol->frame_ms)
        return true;
    return now - p->heard_at > (p->heard || protocol->idle_ms < FIRST_MS ? protocol->idle_ms : FIRST_MS);
}

static void sweep(struct ports *ports)
{
    ms now = steady_ms();
    for (struct peer *p = ports->first, *next; p; p = next) {
        next = p->next;
        if (!overstays(p, now))
            continue;
        atomic_fetch_add(&p->port->gateway.malformed, p->in_bytes ? 1 : 0);
        peer_end(p);
    }
    for (int i = 0; ports->starved && !ports->stopping && i < ports->count; i++)
        if (ports->ports[i].tcp >= 0)
            watch(ports, ports->ports[i].tcp, &ports->ports[i].tcp_watch, EPOLLIN, EPOLL_CTL_MOD);
    ports->starved = false;
}

static void on_event(enum watched *what, uint32_t events)
{
    struct peer *p = (struct peer *)((char *)what - offsetof(struct peer, watch));
    switch (*what) {
    case WATCH_TCP:
        accept_all((struct port *)((char *)what - offsetof(struct port, tcp_watch)));
        return;
    case WATCH_UDP:
        read_datagrams((struct port *)((char *)what - offsetof(struct port, udp_watch)));
        return;
    case WATCH_WAKE:
        return;                                                /* after all others: see turn */
    case WATCH_PEER:
        if (events & EPOLLOUT)
            peer_flush(p);
        if (events & EPOLLIN)
            peer_read(p);
        if (events & (EPOLLERR | EPOLLHUP) && !(events & EPOLLIN))
            peer_cut(p);
        peer_settle(p);
        return;
    }
}

/* Everybody at the door goes; who has an answer coming stays until it has left. */
static void begin_stop(struct ports *ports)
{
    ports->stopping = true;
    for (int i = 0; i < ports->count; i++) {
        struct port *port = &ports->ports[i];
        if (port->tcp >= 0)
            watch(ports, port->tcp, &port->tcp_watch, 0, EPOLL_CTL_DEL);
        if (port->udp >= 0)
            watch(ports, port->udp, &port->udp_watch, 0, EPOLL_CTL_DEL);
    }
    for (struct peer *p = ports->first, *next; p; p = next) {
        next = p->next;
        p->closing = true;
        peer_settle(p);
    }
}

static void *serve_all(void *arg)
{
    struct ports *ports = arg;
    struct epoll_event events[EVENTS];
    ms swept = steady_ms(), until = 0;
    pthread_setname_np(pthread_self(), "ports");
    for (;;) {
        int count = epoll_wait(ports->epoll, events, EVENTS, ports->peers || ports->starved || until ? SWEEP_MS : -1);
        bool woken = false;
        for (int i = 0; i < count; i++) {
            woken |= *(enum watched *)events[i].data.ptr == WATCH_WAKE;
            on_event(events[i].data.ptr, events[i].events);
        }
        if (woken) {
            ports_answer_landed(ports);
            ports_say_all(ports);
        }
        if (steady_ms() - swept >= SWEEP_MS) {
            sweep(ports);
            swept = steady_ms();
        }
        if (atomic_load(&ports->stop) && !until) {
            begin_stop(ports);
            until = steady_ms() + STOP_MS;
        }
        if (until && ports->under_way == 0 && (!ports->first || steady_ms() >= until))
            return NULL;
    }
}

/* --- life ------------------------------------------------------------------------------------------------------------------ */

static int or_default(int given, int otherwise)
{
    return given ? given : otherwise;
}

struct ports *ports_new(struct intake *in, const struct port_limits *given)
{
    struct ports *ports = must(calloc(1, sizeof *ports));
    struct port_limits limits = given ? *given : (struct port_limits){ 0 };
    ports->intake = in;
    ports->counts_loopback = limits.per_address != 0;
    ports->limits = (struct port_limits){
        .connections = or_default(limits.connections, 10000), .per_address = or_default(limits.per_address, 512),
        .under_way = or_default(limits.under_way, 4000), .under_way_per_address = or_default(limits.under_way_per_address, 500) };
    ports->slot_count = ports->limits.connections;
    ports->slots = must(calloc((size_t)ports->slot_count, sizeof(struct peer *)));
    arena_init(&ports->arena, ARENA_CAP_BYTES);
    pthread_mutex_init(&ports->lock, NULL);
    ports->epoll = epoll_create1(EPOLL_CLOEXEC);
    ports->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ports->epoll < 0 || ports->wake < 0)
        abort();
    static enum watched wake = WATCH_WAKE;
    watch(ports, ports->wake, &wake, EPOLLIN, EPOLL_CTL_ADD);
    return ports;
}

static bool bind_both(struct port *port, const char *address, int number)
{
    const struct port_protocol *protocol = port->protocol;
    port->tcp = port->udp = -1;
    if (protocol->tcp)
        port->tcp = port_bind(address, number, SOCK_STREAM);
    if (protocol->tcp && port->tcp >= 0 && number == 0)
        number = port_number(port->tcp);
    if (protocol->udp && (!protocol->tcp || port->tcp >= 0))
        port->udp = port_bind(address, number, SOCK_DGRAM);
    bool ok = (!protocol->tcp || port->tcp >= 0) && (!protocol->udp || port->udp >= 0);
    if (!ok && port->tcp >= 0)
        close(port->tcp);
    return ok;
}

int ports_listen(struct ports *ports, const struct port_protocol *protocol, const char *address, int number, struct fault *fault)
{
    struct port *port = &ports->ports[ports->count];
    assert(!ports->started && ports->count < PORTS_MAX && protocol->frame_bytes_max <= (int)sizeof ports->bytes);
    memset(port, 0, sizeof *port);
    port->ports = ports;
    port->protocol = protocol;
    bool bound = bind_both(port, address, number);
    for (int i = 0; !bound && number == 0 && i < 20; i++)      /* any number: TCP's may be somebody else's on UDP */
        bound = bind_both(port, address, number);
    if (!bound) {
        fault_set(fault, ERR_UNAVAILABLE, "网关的端口无法使用", "The port of a gateway cannot be had");
        return 0;
    }
    number = port_number(port->tcp >= 0 ? port->tcp : port->udp);
    port->tcp_watch = WATCH_TCP;
    port->udp_watch = WATCH_UDP;
    port->udp_state = protocol->udp && protocol->state_bytes ? must(calloc(1, protocol->state_bytes)) : NULL;
    port->gateway.name = protocol->name;
    port->gateway.label = protocol->label;
    snprintf(port->gateway.where, sizeof port->gateway.where, "%s:%d %s", address, number,
             protocol->tcp && protocol->udp ? "tcp+udp" : protocol->tcp ? "tcp" : "udp");
    gateway_add(intake_engine(ports->intake), &port->gateway);
    if (port->tcp >= 0)
        watch(ports, port->tcp, &port->tcp_watch, EPOLLIN, EPOLL_CTL_ADD);
    if (port->udp >= 0)
        watch(ports, port->udp, &port->udp_watch, EPOLLIN, EPOLL_CTL_ADD);
    ports->count++;
    log_line(LOG_INFO, "gateway name=%s where=%s", protocol->name, port->gateway.where);
    return number;
}

void ports_start(struct ports *ports)
{
    ports->started = pthread_create(&ports->thread, NULL, serve_all, ports) == 0;
    if (!ports->started)
        abort();
}

struct gateway *ports_gateway(struct ports *ports, const char *name)
{
    for (int i = 0; i < ports->count; i++)
        if (!strcmp(ports->ports[i].protocol->name, name))
            return &ports->ports[i].gateway;
    return NULL;
}

void ports_stop(struct ports *ports)
{
    if (!ports)
        return;
    atomic_store(&ports->stop, true);
    eventfd_write(ports->wake, 1);
    if (ports->started)
        pthread_join(ports->thread, NULL);
    while (ports->first)
        peer_end(ports->first);
    for (int i = 0; i < ports->count; i++) {
        struct port *port = &ports->ports[i];
        gateway_remove(intake_engine(ports->intake), &port->gateway);
        if (port->tcp >= 0)
            close(port->tcp);
        if (port->udp >= 0)
            close(port->udp);
        free(port->udp_state);
    }
    close(ports->epoll);
    close(ports->wake);
    ports_free_speakers(ports);
    pthread_mutex_destroy(&ports->lock);
    arena_free(&ports->arena);
    free(ports->slots);
    free(ports);
}
