/* stream.c -- the live feed. One thread reads each new event once, asks once per viewer (all streams of one account in one
 * language) whether it may be seen, encodes it once per language, and sends one piece to each stream.
 *
 * A stream is LIVE when it has all up to `last`; else it is BEHIND: resuming after an id, or its socket was full. One that
 * is behind is fed from the outbox in pages when its socket takes bytes again, so a slow reader costs no buffer but the
 * unsent end of one piece; after 30 s without progress it is cut and comes back with its Last-Event-ID.
 *
 * Sockets are our own here, taken over from libmicrohttpd (server.c), because 10,000 streams suspended in its daemon make
 * each API wake-up 73 % dearer (PERFORMANCE.md B3); streams over TLS stay with it and are served through a sink. */
#include "engine/feed.h"
#include "engine/matter_view.h"
#include "engine/outbox.h"
#include "http/front.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

SQL(select_alarm, "select id from outbox where id > $1 and urgency = 2 limit 1");

enum {
    PAGE = 200, PAGES_PER_TURN = 4, WAKE_MS = 10, BEATS = 15, STUCK_MS = 30000, PIECE_BYTES_MAX = 64 << 10,
        EVENTS_MAX = 256,
};

struct viewer {
    struct viewer *next;
    struct stream *streams;
    struct who who;
    enum lang lang;
    bool pinned;                       /* a walk stands on it: not freed before that moves on */
};
struct stream {
    struct stream *next, *previous;    /* of its viewer */
    struct stream *beat_next, *beat_previous;
    struct stream *behind_next;
    struct viewer *viewer;
    int fd;
    ssize_t (*sink)(void *, const char *, size_t);
    void *sink_arg;
    int64_t seq;                       /* it has all up to here */
    ms stuck_since;                    /* 0: it takes bytes */
    char *rest, *secret;
    size_t rest_at, rest_bytes;
    uint32_t address_slot;
    uint16_t beat;
    bool behind, dead, by_token, odd;
};
struct feeder {
    struct api *api;
    struct conns *conns;
    pthread_t thread;
    pthread_mutex_t lock;              /* orders only */
    struct order { struct order *next; struct stream *stream; struct who who; struct grant *grants; enum lang lang; } *orders;
    int epoll, bell;
    _Atomic bool stopping, rung;
    _Atomic int count;
    struct viewer *viewers;
    struct stream *behind, *beats[BEATS];
    int64_t last;                      /* told to all who are not behind */
    bool stale;                        /* `last` was not kept up: nobody listened */
    ms broadcast_at, beat_at;
    int beat;
};

static void ring(void *arg)
{
    struct feeder *f = arg;
    uint64_t one = 1;
    if (!atomic_exchange(&f->rung, true) && write(f->bell, &one, sizeof one) < 0)
        atomic_store(&f->rung, false);
}

void feeder_nudge(struct feeder *f)
{
    ring(f);
}

int feeder_count(struct feeder *f)
{
    return atomic_load(&f->count);
}

/* --- viewers ------------------------------------------------------------------------------------------------------------ */

static bool same_grants(const struct who *a, const struct who *b)
{
    if (a->account != b->account || a->grant_count != b->grant_count || a->roles != b->roles)
        return false;
    for (int i = 0; i < a->grant_count; i++)
        if (a->grants[i].role != b->grants[i].role || a->grants[i].area != b->grants[i].area ||
            a->grants[i].level != b->grants[i].level || a->grants[i].org != b->grants[i].org)
            return false;
    return true;
}

static struct who who_copy(const struct who *who)
{
    struct who copy = { .account = who->account, .roles = who->roles, .grant_count = who->grant_count,
            .lang = who->lang };
    struct grant *grants = calloc((size_t)who->grant_count + 1, sizeof *grants);
    if (!grants)
        abort();
    if (who->grant_count)
        memcpy(grants, who->grants, sizeof *grants * (size_t)who->grant_count);
    copy.grants = grants;
    return copy;
}

static struct viewer *viewer_of(struct feeder *f, const struct who *who, enum lang lang)
{
    for (struct viewer *v = f->viewers; v; v = v->next)
        if (v->lang == lang && same_grants(&v->who, who))
            return v;
    struct viewer *v = calloc(1, sizeof *v);
    if (!v)
        abort();
    v->who = who_copy(who);
    v->lang = lang;
    v->next = f->viewers;
    f->viewers = v;
    return v;
}

static void viewer_join(struct viewer *v, struct stream *s)
{
    s->viewer = v;
    s->previous = NULL;
    s->next = v->streams;
    if (v->streams)
        v->streams->previous = s;
    v->streams = s;
}

static void viewer_drop_if_empty(struct feeder *f, struct viewer *v)
{
    if (v->streams || v->pinned)
        return;
    struct viewer **at = &f->viewers;
    while (*at != v)
        at = &(*at)->next;
    *at = v->next;
    free((void *)v->who.grants);
    free(v);
}

static void viewer_leave(struct feeder *f, struct stream *s)
{
    struct viewer *v = s->viewer;
    if (s->previous)
        s->previous->next = s->next;
    else
        v->streams = s->next;
    if (s->next)
        s->next->previous = s->previous;
    viewer_drop_if_empty(f, v);
}

/* --- streams ------------------------------------------------------------------------------------------------------------ */

static void stream_free(struct feeder *f, struct stream *s)
{
    if (s->fd >= 0)
        close(s->fd);
    if (s->sink)
        s->sink(s->sink_arg, NULL, 0);
    if (s->fd >= 0)
        conns_release(f->conns, s->address_slot);
    free(s->rest);
    free(s->secret);
    free(s);
}

/* Out of its lists; one that is behind is freed by the walk over those. */
static void stream_cut(struct feeder *f, struct stream *s)
{
    if (s->dead)
        return;
    s->dead = true;
    viewer_leave(f, s);
    if (s->beat_previous)
        s->beat_previous->beat_next = s->beat_next;
    else
        f->beats[s->beat] = s->beat_next;
    if (s->beat_next)
        s->beat_next->beat_previous = s->beat_previous;
    atomic_fetch_sub(&f->count, 1);
    atomic_fetch_sub(&f->api->stats.streams, 1);
    if (s->fd >= 0)
        epoll_ctl(f->epoll, EPOLL_CTL_DEL, s->fd, NULL);
    if (!s->behind)
        stream_free(f, s);
}

static void fall_behind(struct feeder *f, struct stream *s)
{
    if (s->behind)
        return;
    s->behind = true;
    s->behind_next = f->behind;
    f->behind = s;
}

/* Bytes that were taken; -1 when the stream has ended. */
static ssize_t push(struct stream *s, const char *p, size_t n)
{
    if (s->sink)
        return s->sink(s->sink_arg, p, n);
    ssize_t sent = send(s->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent >= 0 ? sent : errno == EAGAIN || errno == EINTR ? 0 : -1;
}

static void watch_room(struct feeder *f, struct stream *s, bool on)
{
    struct epoll_event e = { .events = EPOLLRDHUP | (on ? EPOLLOUT : 0), .data.ptr = s };
    if (s->fd >= 0)
        epoll_ctl(f->epoll, EPOLL_CTL_MOD, s->fd, &e);
}

/* False: the stream is gone or full. What it did not take of a piece is kept; a piece it took nothing of is not. */
static bool stream_send(struct feeder *f, struct stream *s, struct str piece)
{
    ssize_t sent = push(s, piece.p, piece.n);
    if (sent < 0) {
        stream_cut(f, s);
        return false;
    }
    if ((size_t)sent == piece.n) {
        s->stuck_since = 0;
        return true;
    }
    if (sent > 0) {
        s->rest_bytes = piece.n - (size_t)sent;
        s->rest_at = 0;
        s->rest = malloc(s->rest_bytes);
        if (!s->rest)
            abort();
        memcpy(s->rest, piece.p + sent, s->rest_bytes);
    }
    if (!s->stuck_since)
        s->stuck_since = monotonic_ms();
    fall_behind(f, s);
    watch_room(f, s, true);
    return false;
}

static bool flush_rest(struct feeder *f, struct stream *s)
{
    if (!s->rest)
        return true;
    ssize_t sent = push(s, s->rest + s->rest_at, s->rest_bytes - s->rest_at);
    if (sent < 0) {
        stream_cut(f, s);
        return false;
    }
    s->rest_at += (size_t)sent;
    if (sent > 0)
        s->stuck_since = monotonic_ms();
    if (s->rest_at < s->rest_bytes)
        return false;
    free(s->rest);
    s->rest = NULL;
    s->stuck_since = 0;
    return true;
}

/* --- events ------------------------------------------------------------------------------------------------------------- */

struct batch {
    struct event events[PAGE];
    ms opened_at[PAGE];
    struct str text[PAGE][2];          /* by language, when first needed */
    int count;
};

static int read_batch(struct feeder *f, struct arena *arena, int64_t after, struct batch *b)
{
    struct tx *tx = read_begin(f->api->engine->store, arena);
    struct rows rows = outbox_after(tx, after, PAGE);
    b->count = 0;
    memset(b->text, 0, sizeof b->text);
    while (b->count < PAGE && outbox_row(&rows, &b->events[b->count]))
        b->count++;
    rows_end(&rows);
    for (int i = 0; i < b->count; i++)
        b->opened_at[i] = event_opened(tx, &b->events[i]);
    bool ok = !tx_failed(tx);
    read_end(tx);
    return ok ? b->count : -1;
}

static struct str event_text(struct feeder *f, struct arena *arena, struct batch *b, int at, enum lang lang)
{
    struct str *text = &b->text[at][lang];
    if (text->n)
        return *text;
    struct json j = json_in(arena);
    event_show(&j, &b->events[at], b->opened_at[at], lang, f->api->engine);
    struct buf out = buf_in(arena);
    buf_format(&out, "id: %lld\nevent: matter\ndata: ", (long long)b->events[at].seq);
    buf_put(&out, json_done(&j));
    buf_put(&out, S("\n\n"));
    return *text = buf_str(&out);
}

static struct str piece_for(struct feeder *f, struct arena *arena, struct batch *b, const struct viewer *v,
        int64_t after,
                            int64_t *ret_upto)
{
    struct buf out = buf_in(arena);
    *ret_upto = after;
    for (int i = 0; i < b->count && out.n < PIECE_BYTES_MAX; i++) {
        *ret_upto = b->events[i].seq;
        if (b->events[i].seq > after && event_visible(&v->who, &b->events[i]))
            buf_put(&out, event_text(f, arena, b, i, v->lang));
    }
    return buf_str(&out);
}

static void broadcast_piece(struct feeder *f, struct viewer *v, struct str piece, int64_t upto)
{
    for (struct stream *s = v->streams, *next; s; s = next) {
        next = s->next;
        if (s->behind)
            continue;
        if (piece.n == 0 || stream_send(f, s, piece)) {
            s->seq = upto;
            atomic_fetch_add_explicit(&f->api->stats.events_sent, piece.n > 0, memory_order_relaxed);
        } else if (!s->dead && s->rest) {
            s->seq = upto;             /* the rest of the piece is kept: it is not asked for again */
        }
    }
}

static void broadcast(struct feeder *f, struct arena *arena, struct batch *b)
{
    int count;
    do {
        arena_reset(arena);
        count = read_batch(f, arena, f->last, b);
        if (count <= 0)
            return;
        int64_t upto = b->events[count - 1].seq;
        for (struct viewer *v = f->viewers, *next; v; v = next) {
            v->pinned = true;
            for (int64_t from = f->last; from < upto;) {
                struct str piece = piece_for(f, arena, b, v, from, &from);
                broadcast_piece(f, v, piece, from);
            }
            next = v->next;
            v->pinned = false;
            viewer_drop_if_empty(f, v);
        }
        f->last = upto;
    } while (count == PAGE);
}

static bool catch_up(struct feeder *f, struct arena *arena, struct batch *b, struct stream *s)
{
    for (int page = 0; page < PAGES_PER_TURN && s->seq < f->last; page++) {
        arena_reset(arena);
        int count = read_batch(f, arena, s->seq, b);
        if (count < 0) {
            s->stuck_since = s->stuck_since ? s->stuck_since : monotonic_ms();
            return false;
        }
        int64_t upto = s->seq;
        struct str piece = count ? piece_for(f, arena, b, s->viewer, s->seq, &upto) : S("");
        if (count == 0)
            upto = f->last;
        bool sent = piece.n == 0 || stream_send(f, s, piece);
        if (s->dead)
            return false;
        if (sent || s->rest)
            s->seq = upto;
        if (!sent)
            return false;
    }
    return s->seq >= f->last;
}

/* Everyone who is behind gets a turn; who has caught up leaves the list. True when somebody has more to come at once. */
static bool serve_behind(struct feeder *f, struct arena *arena, struct batch *b)
{
    bool more = false;
    struct stream *list = f->behind, *kept = NULL, *next;
    f->behind = NULL;
    for (struct stream *s = list; s; s = next) {
        next = s->behind_next;
        bool done = !s->dead && flush_rest(f, s) && catch_up(f, arena, b, s);
        if (!s->dead && s->stuck_since && monotonic_ms() - s->stuck_since > STUCK_MS) {
            atomic_fetch_add(&f->api->stats.streams_cut, 1);
            stream_cut(f, s);
        }
        if (s->dead) {
            stream_free(f, s);
        } else if (done) {
            s->behind = false;
            watch_room(f, s, false);
        } else {
            more = more || !s->stuck_since;
            s->behind_next = kept;
            kept = s;
        }
    }
    f->behind = kept;
    return more;
}

/* --- beats: a comment every 15 s, so that a dead line is noticed; the session every second time -------------------------- */

static bool still_may(struct feeder *f, struct tx *tx, struct stream *s, struct who *ret_who)
{
    (void)f;
    struct str secret = str_of(s->secret);
    if (secret.n == 0)
        return true;
    bool known = s->by_token ? token_who(tx, secret, ret_who) : session_who(tx, secret, ret_who);
    bool asked = !tx_failed(tx) || tx->fault.code == ERR_NO_SESSION;
    fault_clear(&tx->fault);
    return known || !asked;            /* a store that is away for a moment ends no session */
}

static void beat(struct feeder *f, struct arena *arena)
{
    arena_reset(arena);
    struct tx *tx = read_begin(f->api->engine->store, arena);
    for (struct stream *s = f->beats[f->beat], *next; s; s = next) {
        next = s->beat_next;
        struct who now = { 0 };
        s->odd = !s->odd;
        if (s->odd && !tx_failed(tx)) {
            if (!still_may(f, tx, s, &now)) {
                stream_cut(f, s);
                continue;
            }
            if (now.account && !same_grants(&now, &s->viewer->who)) {
                struct viewer *other = viewer_of(f, &now, s->viewer->lang);
                viewer_leave(f, s);
                viewer_join(other, s);
            }
        }
        if (!s->behind)
            stream_send(f, s, S(":\n\n"));
    }
    read_end(tx);
    f->beat = (f->beat + 1) % BEATS;
}

/* --- the thread --------------------------------------------------------------------------------------------------------- */

static void attach(struct feeder *f, struct order *o)
{
    static const struct str greeting = { "retry: 2000\n\n", 13 };
    static uint16_t turn;
    struct stream *s = o->stream;
    struct epoll_event e = { .events = EPOLLRDHUP, .data.ptr = s };
    viewer_join(viewer_of(f, &o->who, o->lang), s);
    s->beat = turn++ % BEATS;
    s->beat_next = f->beats[s->beat];
    if (s->beat_next)
        s->beat_next->beat_previous = s;
    f->beats[s->beat] = s;
    if (s->fd >= 0)
        epoll_ctl(f->epoll, EPOLL_CTL_ADD, s->fd, &e);
    if (s->seq < 0)
        s->seq = f->last;
    fall_behind(f, s);                 /* served in this turn: what it missed, or nothing */
    if (push(s, greeting.p, greeting.n) < 0)
        stream_cut(f, s);
    free(o->grants);
    free(o);
}

static void first_last(struct feeder *f, struct arena *arena)
{
    arena_reset(arena);
    struct tx *tx = read_begin(f->api->engine->store, arena);
    f->last = outbox_last(tx);
    read_end(tx);
}

static void take_orders(struct feeder *f, struct arena *arena)
{
    pthread_mutex_lock(&f->lock);
    struct order *o = f->orders;
    f->orders = NULL;
    pthread_mutex_unlock(&f->lock);
    if (o && f->stale) {
        first_last(f, arena);
        f->stale = false;
    }
    while (o) {
        struct order *next = o->next;
        attach(f, o);
        o = next;
    }
}

static void hear(struct feeder *f, const struct epoll_event *e)
{
    struct stream *s = e->data.ptr;
    if (!s) {
        uint64_t n;
        if (read(f->bell, &n, sizeof n) < 0 && errno != EAGAIN)
            return;
        atomic_store(&f->rung, false);
    } else if (e->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        stream_cut(f, s);
    }
}

/* Alarms do not wait for the 10 ms. */
static bool alarm_waits(struct feeder *f, struct arena *arena)
{
    int64_t id = 0;
    arena_reset(arena);
    struct tx *tx = read_begin(f->api->engine->store, arena);
    bool waits = db_one(tx, select_alarm, IN(f->last), OUT(&id));
    read_end(tx);
    return waits;
}

static void *feeder_run(void *arg)
{
    struct feeder *f = arg;
    struct arena arena;
    struct batch *b = malloc(sizeof *b);
    struct epoll_event events[EVENTS_MAX];
    pthread_setname_np(pthread_self(), "feeder");
    if (!b)
        abort();
    arena_init(&arena, 0);
    f->stale = true;
    bool more = false, waiting = false;
    while (!atomic_load(&f->stopping)) {
        int n = epoll_wait(f->epoll, events, EVENTS_MAX, more ? 0 : waiting ? WAKE_MS : 250);
        for (int i = 0; i < n; i++)
            hear(f, &events[i]);
        waiting = waiting || n > 0;
        ms now = monotonic_ms();
        if (!f->viewers) {
            f->stale = true;                         /* nobody listens: nothing is read until somebody does */
            waiting = false;
        } else if (waiting && (now - f->broadcast_at >= WAKE_MS || alarm_waits(f, &arena))) {
            broadcast(f, &arena, b);
            f->broadcast_at = now;
            waiting = false;
        } else if (n == 0 && !more && now - f->broadcast_at >= 1000) {
            broadcast(f, &arena, b);                 /* polling suffices: a lost bell costs a second (DESIGN 3.5) */
            f->broadcast_at = now;
        }
        take_orders(f, &arena);
        more = serve_behind(f, &arena, b);
        if (f->viewers && now - f->beat_at >= 1000) {
            f->beat_at = now;
            beat(f, &arena);
        }
    }
    for (int i = 0; i < BEATS; i++)
        while (f->beats[i])
            stream_cut(f, f->beats[i]);
    serve_behind(f, &arena, b);
    arena_free(&arena);
    free(b);
    return NULL;
}

bool feeder_take(struct feeder *f, const struct stream_order *order)
{
    if (atomic_fetch_add(&f->count, 1) >= STREAMS_MAX || atomic_load(&f->stopping)) {
        atomic_fetch_sub(&f->count, 1);
        return false;
    }
    struct stream *s = calloc(1, sizeof *s);
    struct order *o = calloc(1, sizeof *o);
    struct str secret = order->bearer.n ? order->bearer : order->cookie;
    if (!s || !o)
        abort();
    *s = (struct stream){ .fd = order->fd, .sink = order->sink, .sink_arg = order->sink_arg, .seq = order->after,
                          .address_slot = order->address_slot, .by_token = order->bearer.n > 0, .odd = true };
    s->secret = calloc(1, secret.n + 1);
    if (!s->secret)
        abort();
    if (secret.n)
        memcpy(s->secret, secret.p, secret.n);
    *o = (struct order){ .stream = s, .who = who_copy(order->who), .lang = order->lang };
    o->grants = (struct grant *)o->who.grants;
    atomic_fetch_add(&f->api->stats.streams, 1);
    pthread_mutex_lock(&f->lock);
    o->next = f->orders;
    f->orders = o;
    pthread_mutex_unlock(&f->lock);
    ring(f);
    return true;
}

struct feeder *feeder_new(struct api *api, struct conns *conns)
{
    struct feeder *f = calloc(1, sizeof *f);
    if (!f)
        abort();
    f->api = api;
    f->conns = conns;
    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    f->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event e = { .events = EPOLLIN, .data.ptr = NULL };
    pthread_mutex_init(&f->lock, NULL);
    if (f->epoll < 0 || f->bell < 0 || epoll_ctl(f->epoll, EPOLL_CTL_ADD, f->bell, &e) != 0 ||
        pthread_create(&f->thread, NULL, feeder_run, f) != 0)
        abort();
    if (api->engine->feed)
        feed_listen(api->engine->feed, ring, f);
    return f;
}

static void drop_orders(struct feeder *f)
{
    pthread_mutex_lock(&f->lock);
    struct order *o = f->orders;
    f->orders = NULL;
    pthread_mutex_unlock(&f->lock);
    while (o) {
        struct order *next = o->next;
        stream_free(f, o->stream);
        free(o->grants);
        free(o);
        o = next;
    }
}

void feeder_stop(struct feeder *f)
{
    if (!f || atomic_exchange(&f->stopping, true))
        return;
    if (f->api->engine->feed)
        feed_unlisten(f->api->engine->feed, f);
    atomic_store(&f->rung, false);
    ring(f);
    pthread_join(f->thread, NULL);
    drop_orders(f);
}

void feeder_free(struct feeder *f)
{
    if (!f)
        return;
    feeder_stop(f);
    drop_orders(f);                    /* one that slipped in while it stopped */
    close(f->epoll);
    close(f->bell);
    pthread_mutex_destroy(&f->lock);
    free(f);
}
