/* listener.c -- see listener.h. A connection's socket is closed by whoever reaps its thread, never by the thread itself: a
 * number that was given to another file meanwhile must not be shut down. */
#include "gateways/listener.h"

#include "base/log.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 64, PAUSE_MS = 100 };

struct conn {
    struct listener *listener;
    pthread_t thread;
    int fd;
    bool used;
    atomic_bool done;
};
struct listener {
    listener_serve *serve;
    struct intake *intake;
    int fd, stop, port;
    pthread_t thread;
    struct conn conns[LISTENER_CONNS_MAX];             /* of the accepting thread, until it was joined */
};

static void *serve(void *arg)
{
    struct conn *c = arg;
    c->listener->serve(c->listener->intake, c->fd);
    shutdown(c->fd, SHUT_RDWR);                        /* the other side hears of the end before the socket is reaped */
    atomic_store(&c->done, true);
    return NULL;
}

static void reap(struct conn *c)
{
    pthread_join(c->thread, NULL);
    close(c->fd);
    c->used = false;
}

static struct conn *free_conn(struct listener *l)
{
    struct conn *found = NULL;
    for (int i = 0; i < LISTENER_CONNS_MAX; i++) {
        struct conn *c = &l->conns[i];
        if (c->used && atomic_load(&c->done))
            reap(c);
        if (!c->used)
            found = c;
    }
    return found;
}

static void take(struct listener *l, int fd)
{
    struct conn *c = free_conn(l);
    int on = 1;
    /* A device that lost its power must not hold a place for ever. */
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (c) {
        c->listener = l;
        c->fd = fd;
        atomic_store(&c->done, false);
        c->used = pthread_create(&c->thread, NULL, serve, c) == 0;
    }
    if (!c || !c->used) {
        log_line(LOG_WARN, "gateway port=%d full", l->port);
        close(fd);
    }
}

static void *accept_all(void *arg)
{
    struct listener *l = arg;
    struct pollfd polled[] = { { .fd = l->fd, .events = POLLIN }, { .fd = l->stop, .events = POLLIN } };
    pthread_setname_np(pthread_self(), "gateway");
    for (;;) {
        if (poll(polled, COUNT(polled), -1) < 0) {
            if (errno == EINTR)
                continue;
            return NULL;
        }
        if (polled[1].revents)
            return NULL;
        int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            take(l, fd);
        else if (errno == EMFILE || errno == ENFILE)
            poll(NULL, 0, PAUSE_MS);
    }
}

static int bound(const char *address, int port)
{
    char service[16];
    struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    int on = 1;
    snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(address, service, &hints, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
              bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0;
    freeaddrinfo(found);
    if (!ok && fd >= 0)
        close(fd);
    return ok ? fd : -1;
}

static int port_of(int fd)
{
    struct sockaddr_storage name = { 0 };
    socklen_t n = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &n) != 0)
        return 0;
    return ntohs(name.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&name)->sin6_port
                                            : ((struct sockaddr_in *)&name)->sin_port);
}

struct listener *listener_start(const char *address, int port, listener_serve *fn, struct intake *in, struct fault *fault)
{
    struct listener *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    l->serve = fn;
    l->intake = in;
    l->stop = eventfd(0, EFD_CLOEXEC);
    l->fd = bound(address, port);
    l->port = l->fd < 0 ? 0 : port_of(l->fd);
    if (l->stop >= 0 && l->fd >= 0 && pthread_create(&l->thread, NULL, accept_all, l) == 0)
        return l;
    fault_set(fault, ERR_UNAVAILABLE, "网关的端口无法使用", "The port of a gateway cannot be had");
    if (l->fd >= 0)
        close(l->fd);
    if (l->stop >= 0)
        close(l->stop);
    free(l);
    return NULL;
}

int listener_port(const struct listener *l)
{
    return l->port;
}

void listener_stop(struct listener *l)
{
    if (!l)
        return;
    eventfd_write(l->stop, 1);
    pthread_join(l->thread, NULL);
    for (int i = 0; i < LISTENER_CONNS_MAX; i++)
        if (l->conns[i].used)
            shutdown(l->conns[i].fd, SHUT_RDWR);
    for (int i = 0; i < LISTENER_CONNS_MAX; i++)
        if (l->conns[i].used)
            reap(&l->conns[i]);
    close(l->fd);
    close(l->stop);
    free(l);
}
