/* conns.c -- absolute deadlines for sockets. libmicrohttpd's timeout is an idle timer that each dripped byte resets: 10,000
 * slow clients were still there after it (RELIABILITY row 12). So every connection has a record with its phase, and a
 * sweeper shuts those that overstay: headers, a body below its least rate, a reader of answers that does not read.
 * A record is removed before libmicrohttpd closes its socket, under the same lock the sweeper shuts under, so that a
 * number that was given to somebody else meanwhile is never shut. */
#include "http/front.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ADDRESSES = 8192, SWEEP_MS = 200, REPLY_MS = 30000 };

struct conns {
    pthread_mutex_t lock;
    pthread_cond_t stop;
    pthread_t sweeper;
    bool stopping, draining;
    struct conn_record *first;
    int count;
    int header_ms, body_grace_ms, idle_ms, body_bytes_per_s, per_address;
    bool cap_loopback;
    int addresses[ADDRESSES];
};

ms monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (ms)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool overstays(const struct conns *cs, const struct conn_record *c, ms now)
{
    ms spent = now - c->since;
    switch (c->phase) {
    case CONN_IDLE:
        return cs->draining || spent > (c->fresh ? cs->header_ms : cs->idle_ms);
    case CONN_BODY:
        return spent > cs->body_grace_ms &&
               (int64_t)c->bytes * 1000 < (int64_t)cs->body_bytes_per_s * (spent - cs->body_grace_ms);
    case CONN_REPLY:
        return spent > REPLY_MS + (ms)(c->bytes * 1000 / (size_t)cs->body_bytes_per_s);
    case CONN_WORK:
        return false;
    }
    return false;
}

static void *sweep(void *arg)
{
    struct conns *cs = arg;
    pthread_mutex_lock(&cs->lock);
    while (!cs->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += SWEEP_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&cs->stop, &cs->lock, &until);
        ms now = monotonic_ms();
        for (struct conn_record *c = cs->first; c; c = c->next)
            if (overstays(cs, c, now))
                shutdown(c->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&cs->lock);
    return NULL;
}

struct conns *conns_new(const struct server_config *config)
{
    struct conns *cs = calloc(1, sizeof *cs);
    pthread_condattr_t attr;
    if (!cs)
        abort();
    cs->header_ms = config->header_ms ? config->header_ms : 10000;
    cs->body_grace_ms = config->body_grace_ms ? config->body_grace_ms : 10000;
    cs->idle_ms = config->idle_ms ? config->idle_ms : 15000;
    cs->body_bytes_per_s = config->body_bytes_per_s ? config->body_bytes_per_s : 1024;
    cs->per_address = config->connections_per_address ? config->connections_per_address : 512;
    cs->cap_loopback = config->connections_per_address != 0;
    pthread_mutex_init(&cs->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&cs->stop, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&cs->sweeper, NULL, sweep, cs) != 0)
        abort();
    return cs;
}

void conns_free(struct conns *cs)
{
    if (!cs)
        return;
    pthread_mutex_lock(&cs->lock);
    cs->stopping = true;
    pthread_cond_signal(&cs->stop);
    pthread_mutex_unlock(&cs->lock);
    pthread_join(cs->sweeper, NULL);
    while (cs->first) {
        struct conn_record *c = cs->first;
        cs->first = c->next;
        free(c->uri);
        free(c);
    }
    pthread_cond_destroy(&cs->stop);
    pthread_mutex_destroy(&cs->lock);
    free(cs);
}

/* IPv6 callers own a whole /64. Two addresses may share a slot: the cap is then met a little sooner. */
static uint32_t slot_of(const struct sockaddr *sa, bool *ret_loopback)
{
    struct str bytes = S("");
    *ret_loopback = false;
    if (sa && sa->sa_family == AF_INET) {
        const struct in_addr *a = &((const struct sockaddr_in *)(const void *)sa)->sin_addr;
        *ret_loopback = ntohl(a->s_addr) >> 24 == 127;
        bytes = (struct str){ (const char *)a, sizeof *a };
    } else if (sa && sa->sa_family == AF_INET6) {
        const struct in6_addr *a = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
        *ret_loopback = IN6_IS_ADDR_LOOPBACK(a);
        bytes = (struct str){ (const char *)a, 8 };
    }
    return (uint32_t)(str_hash(bytes) % (ADDRESSES - 1)) + 1;
}

bool conns_may_enter(struct conns *cs, const struct sockaddr *sa)
{
    bool loopback;
    uint32_t slot = slot_of(sa, &loopback);
    if (loopback && !cs->cap_loopback)
        return true;
    pthread_mutex_lock(&cs->lock);
    bool may = cs->addresses[slot] < cs->per_address;
    pthread_mutex_unlock(&cs->lock);
    return may;
}

struct conn_record *conns_add(struct conns *cs, int fd, const struct sockaddr *sa)
{
    bool loopback;
    struct conn_record *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->fd = fd;
    c->since = monotonic_ms();
    c->fresh = true;
    c->address_slot = slot_of(sa, &loopback);
    if (sa && sa->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, c->address, sizeof c->address);
    else if (sa && sa->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, c->address, sizeof c->address);
    pthread_mutex_lock(&cs->lock);
    c->next = cs->first;
    if (cs->first)
        cs->first->previous = c;
    cs->first = c;
    cs->count++;
    cs->addresses[c->address_slot]++;
    pthread_mutex_unlock(&cs->lock);
    return c;
}

void conns_remove(struct conns *cs, struct conn_record *c, bool keep_address)
{
    pthread_mutex_lock(&cs->lock);
    if (c->previous)
        c->previous->next = c->next;
    else
        cs->first = c->next;
    if (c->next)
        c->next->previous = c->previous;
    cs->count--;
    if (!keep_address)
        cs->addresses[c->address_slot]--;
    pthread_mutex_unlock(&cs->lock);
    free(c->uri);
    free(c);
}

void conns_release(struct conns *cs, uint32_t address_slot)
{
    pthread_mutex_lock(&cs->lock);
    cs->addresses[address_slot]--;
    pthread_mutex_unlock(&cs->lock);
}

void conns_phase(struct conns *cs, struct conn_record *c, enum conn_phase phase, size_t bytes)
{
    pthread_mutex_lock(&cs->lock);
    if (c->phase == CONN_REPLY && phase == CONN_IDLE)
        c->fresh = false;
    c->phase = phase;
    c->since = monotonic_ms();
    c->bytes = bytes;
    pthread_mutex_unlock(&cs->lock);
}

void conns_grew(struct conn_record *c, size_t bytes)
{
    __atomic_add_fetch(&c->bytes, bytes, __ATOMIC_RELAXED);
}

void conns_drain(struct conns *cs)
{
    pthread_mutex_lock(&cs->lock);
    cs->draining = true;
    pthread_mutex_unlock(&cs->lock);
}

int conns_count(struct conns *cs)
{
    pthread_mutex_lock(&cs->lock);
    int count = cs->count;
    pthread_mutex_unlock(&cs->lock);
    return count;
}
