/* port_peer.c -- frames in, answers out; see port.h. An answer waits in a struct sent until all signals of its frame are
 * durable; whoever finishes the last of them hangs it up for the port's thread. The connection may be gone by then: it is
 * looked up by slot and generation. */
#include "gateways/port_own.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

/* --- answers ---------------------------------------------------------------------------------------------------------- */

static void send_datagram(struct port *port, const struct address *to, struct str bytes)
{
    if (bytes.n)
        (void)!sendto(port->udp, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&to->name, to->bytes);
}

void peer_cut(struct peer *p)
{
    p->cut = true;
}

void peer_flush(struct peer *p)
{
    size_t done = 0;
    while (done < p->out_bytes) {
        ssize_t n = send(p->fd, p->out + done, p->out_bytes - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n <= 0) {
            peer_cut(p);
            return;
        }
        done += (size_t)n;
    }
    p->out_bytes -= done;
    if (done && p->out_bytes)
        memmove(p->out, p->out + done, p->out_bytes);
    if (p->out_bytes == 0) {
        free(p->out);
        p->out = NULL;
        p->out_room = 0;
    }
}

void peer_send(struct peer *p, struct str bytes)
{
    if (p->fd < 0) {
        send_datagram(p->port, &p->address, bytes);
        return;
    }
    if (p->cut || bytes.n == 0)
        return;
    if (p->out_bytes + bytes.n > OUT_BYTES_MAX) {              /* it asks and does not read */
        peer_cut(p);
        return;
    }
    if (p->out_bytes + bytes.n > p->out_room) {
        p->out_room = (p->out_bytes + bytes.n) * 2;
        p->out = must(realloc(p->out, p->out_room));
    }
    if (p->out_bytes == 0)
        p->out_at = steady_ms();
    memcpy(p->out + p->out_bytes, bytes.p, bytes.n);
    p->out_bytes += bytes.n;
    peer_flush(p);
}

void peer_close(struct peer *p)
{
    p->closing = true;
}

/* --- signals ------------------------------------------------------------------------------------------------------------ */

/* On any thread. */
static void signal_landed(void *owner, enum err code)
{
    struct sent *s = owner;
    struct ports *ports = s->ports;
    if (code != ERR_OK && intake_is_away(code))
        atomic_store(&s->busy, true);
    else if (code != ERR_OK)
        atomic_store(&s->refused, true);
    if (atomic_fetch_sub(&s->left, 1) != 1)
        return;
    pthread_mutex_lock(&ports->lock);
    bool first = !ports->landed;
    s->next = ports->landed;
    ports->landed = s;
    if (first)                                                 /* under the lock: the thread may free all of it after */
        eventfd_write(ports->wake, 1);
    pthread_mutex_unlock(&ports->lock);
}

static bool has_alarm(struct ports *ports, const struct signal_in *list, int count)
{
    for (int i = 0; i < count; i++)
        if (signal_class(intake_engine(ports->intake), list[i].kind) == SIGNAL_ALARM)
            return true;
    return false;
}

/* Alarms are turned away only at twice the number. */
static bool too_many(struct peer *p, const struct signal_in *list, int count)
{
    struct ports *ports = p->port->ports;
    int times = has_alarm(ports, list, count) ? 2 : 1;
    return ports->under_way >= ports->limits.under_way * times ||
           (p->fd < 0 && ports->waiting[p->address.slot] >= ports->limits.under_way_per_address * times);
}

static struct sent *sent_new(struct peer *p, int count, struct port_answers answers)
{
    struct sent *s = must(calloc(1, sizeof *s));
    arena_init(&s->arena, 0);
    s->ports = p->port->ports;
    s->port = p->port;
    s->slot = p->fd < 0 ? -1 : p->slot;
    s->generation = p->generation;
    s->address = p->address;
    s->left = count;
    s->answers = (struct port_answers){ arena_copy(&s->arena, answers.durable), arena_copy(&s->arena, answers.refused),
                                        arena_copy(&s->arena, answers.busy) };
    s->ports->under_way++;
    s->ports->waiting[p->address.slot]++;
    p->under_way++;
    return s;
}

/* The answer to what has come of all its signals; forgets it. */
static void settle(struct sent *s, struct peer *p)
{
    struct str bytes = s->refused ? s->answers.refused : s->busy ? s->answers.busy : s->answers.durable;
    s->ports->under_way--;
    s->ports->waiting[s->address.slot]--;
    atomic_fetch_add(&s->port->gateway.refused, s->refused ? 1 : 0);
    atomic_fetch_add(&s->port->gateway.turned_away, s->busy && !s->refused ? 1 : 0);
    if (s->slot < 0)
        send_datagram(s->port, &s->address, bytes);
    if (p && s->slot >= 0) {
        p->under_way--;
        peer_send(p, bytes);
    }
    arena_free(&s->arena);
    free(s);
}

void peer_signals(struct peer *p, const struct signal_in *list, int count, struct port_answers answers)
{
    struct gateway *g = &p->port->gateway;
    if (too_many(p, list, count)) {
        atomic_fetch_add(&g->turned_away, 1);
        peer_send(p, answers.busy);
        return;
    }
    atomic_fetch_add(&g->signals, count);
    struct sent *s = sent_new(p, count + 1, answers);          /* one for us: a heartbeat lands while it is handed over */
    for (int i = 0; i < count; i++) {
        struct signal_in in = list[i];
        in.protocol = str_of(p->port->protocol->name);
        intake_submit(p->port->ports->intake, &in, signal_landed, s);
    }
    if (atomic_fetch_sub(&s->left, 1) == 1)
        settle(s, p);
}

void peer_signal(struct peer *p, const struct signal_in *in, struct str durable, struct str refused)
{
    peer_signals(p, in, 1, (struct port_answers){ durable, refused, S("") });
}

static void answer(struct sent *s)
{
    struct peer *p = s->slot < 0 ? NULL : s->ports->slots[s->slot];
    p = p && p->generation == s->generation ? p : NULL;
    settle(s, p);
    if (!p)
        return;
    peer_take_frames(p);                                       /* it may have been paused */
    peer_settle(p);
}

void ports_answer_landed(struct ports *ports)
{
    eventfd_t count;
    pthread_mutex_lock(&ports->lock);
    eventfd_read(ports->wake, &count);
    struct sent *list = ports->landed, *in_order = NULL;
    ports->landed = NULL;
    pthread_mutex_unlock(&ports->lock);
    while (list) {
        struct sent *next = list->next;
        list->next = in_order;
        in_order = list;
        list = next;
    }
    while (in_order) {
        struct sent *next = in_order->next;
        answer(in_order);
        in_order = next;
    }
}

/* --- frames ----------------------------------------------------------------------------------------------------------- */

static void heard_frame(struct peer *p)
{
    struct gateway *g = &p->port->gateway;
    atomic_fetch_add(&g->frames, 1);
    atomic_store(&g->heard_at, peer_now(p));
    p->heard = true;
    p->heard_at = steady_ms();
}

static bool take_one(struct peer *p, size_t *at, size_t end)
{
    long n = p->port->protocol->take(p, (struct str){ p->in + *at, end - *at });
    arena_reset(&p->port->ports->arena);
    assert(n <= (long)(end - *at));
    bool too_long = n == 0 && end - *at >= (size_t)p->port->protocol->frame_bytes_max;
    if (n < 0 || too_long) {
        peer_malformed(p);
        peer_cut(p);
        return false;
    }
    if (n == 0)
        return false;
    *at += (size_t)n;
    p->began_at = steady_ms();
    heard_frame(p);
    return true;
}

/* As many whole frames as there are, but no more than may wait for their answers. */
void peer_take_frames(struct peer *p)
{
    size_t at = 0;
    while (at < p->in_bytes && !p->closing && !p->cut && p->under_way < PEER_UNDER_WAY_MAX && take_one(p, &at, p->in_bytes))
        continue;
    p->in_bytes -= at;
    if (at && p->in_bytes)
        memmove(p->in, p->in + at, p->in_bytes);
    if (p->in_bytes == 0) {
        free(p->in);
        p->in = NULL;
        p->in_room = 0;
    }
}

void peer_take_datagram(struct port *port, const struct address *from, struct str bytes)
{
    struct peer p = { .port = port, .fd = -1, .address = *from, .state = port->udp_state };
    while (bytes.n && !p.closing) {
        long n = port->protocol->take(&p, bytes);
        arena_reset(&port->ports->arena);
        assert(n <= (long)bytes.n);
        if (n <= 0) {
            peer_malformed(&p);
            return;
        }
        heard_frame(&p);
        bytes = str_from(bytes, (size_t)n);
    }
}

/* --- what take asks ----------------------------------------------------------------------------------------------------- */

void peer_malformed(struct peer *p)
{
    atomic_fetch_add(&p->port->gateway.malformed, 1);
}

bool peer_device(struct peer *p, struct str account, struct device_known *ret_known)
{
    struct ports *ports = p->port->ports;
    return device_book_find(intake_book(ports->intake), str_of(p->port->protocol->name), account, &ports->arena, ret_known);
}

bool peer_knows_devices(const struct peer *p)
{
    return device_book_loaded(intake_book(p->port->ports->intake));
}

void peer_stranger(struct peer *p, struct str account, const char *reason)
{
    atomic_fetch_add(&p->port->gateway.refused, 1);
    device_book_stranger(intake_book(p->port->ports->intake), str_of(p->port->protocol->name), account, reason, peer_now(p));
}

struct engine *peer_engine(const struct peer *p)
{
    return intake_engine(p->port->ports->intake);
}

ms peer_now(const struct peer *p)
{
    struct clock *clock = peer_engine(p)->clock;
    return clock->now(clock);
}

bool peer_is_udp(const struct peer *p)
{
    return p->fd < 0;
}

struct str peer_address(struct peer *p)
{
    return address_text(&p->port->ports->arena, &p->address);
}

struct arena *peer_arena(struct peer *p)
{
    return &p->port->ports->arena;
}

void *peer_state(struct peer *p)
{
    return p->state;
}
