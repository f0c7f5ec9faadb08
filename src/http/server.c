/* server.c -- libmicrohttpd in front, workers behind. Its one thread reads requests, suspends each and gives it to a
 * worker; whoever has the answer resumes it. A suspended connection cannot vanish, so a caller who hangs up during the
 * commit costs nothing (PERFORMANCE.md B). Nothing is ever answered in the first call of the handler, but what shall
 * close the connection: a body that is declared too large.
 *
 * A live stream on plain http leaves libmicrohttpd: its socket is duplicated, the number it knows is pointed at a dead
 * socket, and it closes that one. A suspended connection is out of its epoll set, so nothing there remembers the old one. */
#include "base/log.h"
#include "engine/webhook.h"
#include "http/front.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    WAITING_MAX = 4000, POOL_BYTES = 8 << 10, SPARE_MAX = 256, BODIES_BYTES_MAX = 256 << 20, WORKERS_MAX = 8,
        STOP_MS = 20000,
    SINK_BYTES = 8 << 10, SWALLOWED_BYTES_MAX = 32 << 20, KEPT_BODY_BYTES = 16 << 10,
};
enum stage { STAGE_TAKING, STAGE_BEGIN, STAGE_FINISH, STAGE_READY, STAGE_SENT, STAGE_STOLEN };

struct exchange {
    struct work work;
    struct server *server;
    struct MHD_Connection *connection;
    struct conn_record *record;
    struct exchange *next;
    enum stage stage;
    char *body;
    size_t body_bytes, body_room;
    bool head, busy;
    int64_t number, began_us;
    int64_t entered;                   /* the line, as which */
    struct tls_stream *tls;
};
struct line {                          /* requests that wait for a worker; those with a commit behind them go first */
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct exchange *first[2], *last[2];
    int waiting, sleepers;
    int64_t entered;
    bool closing;
};
struct server {
    struct api *api;
    struct server_config config;
    struct MHD_Daemon *daemon;
    struct conns *conns;
    struct feeder *feeder;
    struct webhooks *webhooks;
    struct line line;
    pthread_t workers[WORKERS_MAX];
    int worker_count, port, dead_socket;
    bool secure;
    _Atomic bool draining;
    _Atomic int in_flight;
    _Atomic size_t bodies_bytes;
    _Atomic int64_t numbers;
    struct exchange *spare;            /* libmicrohttpd's thread only */
    int spare_count;
    char *cert, *key;
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* --- the line ------------------------------------------------------------------------------------------------------------ */

static bool line_put(struct line *l, struct exchange *x, bool ahead)
{
    pthread_mutex_lock(&l->lock);
    bool taken = ahead || l->waiting < WAITING_MAX;
    if (taken) {
        int at = ahead ? 0 : 1;
        x->entered = ++l->entered;
        x->next = NULL;
        if (l->first[at])
            l->last[at]->next = x;
        else
            l->first[at] = x;
        l->last[at] = x;
        l->waiting++;
        if (l->sleepers)
            pthread_cond_signal(&l->filled);
    }
    pthread_mutex_unlock(&l->lock);
    return taken;
}

/* NULL at the end, or with `wait` false when the line is empty. *ret_entered: how many have entered until now. */
static struct exchange *line_take(struct line *l, bool wait, int64_t *ret_entered)
{
    struct exchange *x = NULL;
    pthread_mutex_lock(&l->lock);
    while (wait && l->waiting == 0 && !l->closing) {
        l->sleepers++;
        pthread_cond_wait(&l->filled, &l->lock);
        l->sleepers--;
    }
    int at = l->first[0] ? 0 : 1;
    if (l->first[at]) {
        x = l->first[at];
        l->first[at] = x->next;
        l->waiting--;
    }
    *ret_entered = l->entered;
    pthread_mutex_unlock(&l->lock);
    return x;
}

/* --- answers --------------------------------------------------------------------------------------------------------------- */

static void log_request(const struct exchange *x)
{
    const struct work *w = &x->work;
    bool ours = w->answer.status >= 500;
    if (x->server->config.quiet && !ours)
        return;
    log_line(ours ? LOG_ERROR : LOG_INFO,
        "request id=%lld route=%s who=%lld status=%d ms=%.1f sql=%d rows=%lld fault=%s at=%s:%d",
             (long long)x->number, w->route ? w->route->path : "-", (long long)w->who.account, w->answer.status,
             (double)(now_us() - x->began_us) / 1000, w->sql_count, (long long)w->rows_scanned,
             w->fault.code ? err_wire(w->fault.code) : "-", w->fault.file ? w->fault.file : "-", w->fault.line);
}

static void count_time(struct api *api, int64_t us)
{
    int at = 0;
    while (at < STATS_BUCKETS - 1 && us > (int64_t)stats_bucket_ms[at] * 1000)
        at++;
    atomic_fetch_add_explicit(&api->stats.took[at], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&api->stats.took_us, us, memory_order_relaxed);
}

static void ready(struct exchange *x)
{
    x->stage = STAGE_READY;
    count_time(x->server->api, now_us() - x->began_us);
    log_request(x);
    MHD_resume_connection(x->connection);
}

static void header(struct MHD_Response *response, const char *name, struct work *w, struct str value)
{
    if (value.n)
        MHD_add_response_header(response, name, arena_z(&w->arena, value));
}

static void cookie_header(struct MHD_Response *response, struct exchange *x)
{
    struct work *w = &x->work;
    struct str value = w->answer.set_cookie;
    if (value.n == 0)
        return;
    bool ends = str_is(value, "-");
    header(response, "Set-Cookie", w, arena_format(&w->arena,
        "wx=" STR_FMT "; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s",
        STR_ARG(ends ? S("") : value), ends ? 0 : 604800, x->server->secure ? "; Secure" : ""));
}

static void page_headers(struct MHD_Response *response)
{
    MHD_add_response_header(response, "Content-Security-Policy", "default-src 'self'; img-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    MHD_add_response_header(response, "X-Frame-Options", "DENY");
    MHD_add_response_header(response, "Referrer-Policy", "same-origin");
}

static struct MHD_Response *response_of(struct exchange *x)
{
    struct work *w = &x->work;
    struct answer *a = &w->answer;
    struct MHD_Response *response = MHD_create_response_from_buffer(a->body.n, (void *)a->body.p,
            MHD_RESPMEM_PERSISTENT);
    if (!response)
        return NULL;
    w->arena.cap_bytes = 0;
    header(response, "Content-Type", w, a->type);
    header(response, "Location", w, a->location);
    header(response, "ETag", w, a->etag);
    header(response, "Link", w, a->link);
    header(response, "Allow", w, w->allow);
    header(response, "Content-Encoding", w, w->encoding);
    header(response, "Cache-Control", w, w->cache.n ? w->cache : S("no-store"));
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    cookie_header(response, x);
    if (str_starts(a->type, S("text/html")) || str_starts(a->type, S("image/svg")))
        page_headers(response);
    if (w->encoding.n)
        MHD_add_response_header(response, "Vary", "Accept-Encoding");
    if (w->download_name.n)
        header(response, "Content-Disposition", w, arena_format(&w->arena, "attachment; filename*=UTF-8''" STR_FMT,
            STR_ARG(percent_encode(&w->arena, w->download_name))));
    if (w->retry_after_s)
        header(response, "Retry-After", w, arena_format(&w->arena, "%d", w->retry_after_s));
    if (a->status == 401)
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    if (atomic_load(&x->server->draining))
        MHD_add_response_header(response, "Connection", "close");
    return response;
}

static enum MHD_Result send_answer(struct exchange *x)
{
    struct MHD_Response *response = response_of(x);
    if (!response)
        return MHD_NO;
    conns_phase(x->server->conns, x->record, CONN_REPLY, x->work.answer.body.n);
    enum MHD_Result result = MHD_queue_response(x->connection, (unsigned)x->work.answer.status, response);
    MHD_destroy_response(response);
    x->stage = STAGE_SENT;
    return result;
}

/* Overload: said at once, by libmicrohttpd's own thread, before anything was done. */
static enum MHD_Result send_refusal(struct exchange *x, enum err code)
{
    struct work *w = &x->work;
    fault_set(&w->fault, code, 0);
    w->answer = (struct answer){ .status = err_status(code), .type = problem_type(),
        .body = problem_json(&w->arena, &w->fault, w->lang) };
    w->retry_after_s = code == ERR_UNAVAILABLE ? 2 : 0;
    atomic_fetch_add_explicit(&w->api->stats.refused_busy, code == ERR_UNAVAILABLE, memory_order_relaxed);
    return send_answer(x);
}

/* --- live streams ---------------------------------------------------------------------------------------------------------- */

/* Over TLS: a small buffer between the feeder and libmicrohttpd's reader; a full one counts as a slow socket. */
struct tls_stream {
    pthread_mutex_t lock;
    struct feeder *feeder;
    struct MHD_Connection *connection;
    char bytes[SINK_BYTES];
    size_t used;
    bool suspended, cut, left, wants_room;
};

static void tls_free_if_alone(struct tls_stream *t)            /* takes the lock, and keeps it only by freeing it */
{
    bool alone = t->cut && t->left;
    pthread_mutex_unlock(&t->lock);
    if (!alone)
        return;
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static ssize_t tls_sink(void *arg, const char *p, size_t n)
{
    struct tls_stream *t = arg;
    pthread_mutex_lock(&t->lock);
    ssize_t taken = -1;
    if (!p) {
        t->cut = true;
    } else if (!t->left) {
        size_t room = SINK_BYTES - t->used;
        taken = (ssize_t)(n < room ? n : room);
        memcpy(t->bytes + t->used, p, (size_t)taken);
        t->used += (size_t)taken;
        t->wants_room = (size_t)taken < n;
    }
    if (t->suspended && !t->left) {
        t->suspended = false;
        MHD_resume_connection(t->connection);
    }
    tls_free_if_alone(t);
    return taken;
}

static ssize_t tls_read(void *cls, uint64_t at, char *to, size_t room)
{
    struct tls_stream *t = cls;
    (void)at;
    pthread_mutex_lock(&t->lock);
    size_t n = t->used < room ? t->used : room;
    memcpy(to, t->bytes, n);
    memmove(t->bytes, t->bytes + n, t->used - n);
    t->used -= n;
    bool nudge = n > 0 && t->wants_room, end = n == 0 && t->cut;
    t->wants_room = t->wants_room && !nudge;
    if (n == 0 && !end) {
        t->suspended = true;
        MHD_suspend_connection(t->connection);
    }
    pthread_mutex_unlock(&t->lock);
    if (nudge)
        feeder_nudge(t->feeder);
    return end ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)n;
}

static void tls_left(void *cls)
{
    struct tls_stream *t = cls;
    pthread_mutex_lock(&t->lock);
    t->left = true;
    tls_free_if_alone(t);
}

static void event_headers(struct MHD_Response *response)
{
    MHD_add_response_header(response, "Content-Type", "text/event-stream");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Accel-Buffering", "no");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
}

static struct stream_order order_of(struct exchange *x)
{
    struct work *w = &x->work;
    return (struct stream_order){ .fd = -1, .who = &w->who, .lang = w->lang, .bearer = w->bearer, .cookie = w->cookie,
                                  .after = w->stream_after, .address_slot = x->record->address_slot };
}

static enum MHD_Result start_tls_stream(struct exchange *x)
{
    struct tls_stream *t = calloc(1, sizeof *t);
    if (!t)
        abort();
    pthread_mutex_init(&t->lock, NULL);
    t->feeder = x->server->feeder;
    t->connection = x->connection;
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 2048, tls_read, t, tls_left);
    if (!response)
        abort();
    event_headers(response);
    conns_phase(x->server->conns, x->record, CONN_WORK, 0);
    struct stream_order order = order_of(x);
    order.sink = tls_sink;
    order.sink_arg = t;
    if (!feeder_take(x->server->feeder, &order))
        t->cut = true;
    enum MHD_Result result = MHD_queue_response(x->connection, 200, response);
    MHD_destroy_response(response);
    x->stage = STAGE_SENT;
    return result;
}

/* In a worker, while the connection is suspended. */
static void start_stream(struct exchange *x)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
                               "X-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
    int fd = fcntl(x->record->fd, F_DUPFD_CLOEXEC, 0);
    struct stream_order order = order_of(x);
    if (fd < 0 || dup3(x->server->dead_socket, x->record->fd, O_CLOEXEC) < 0)
        fault_set(&x->work.fault, ERR_UNAVAILABLE, 0);
    order.fd = fd;
    x->stage = STAGE_STOLEN;
    if (x->work.fault.code == ERR_OK && send(fd, head, sizeof head - 1,
            MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof head - 1 &&
        feeder_take(x->server->feeder, &order)) {
        x->work.stream_taken = true;
    } else if (fd >= 0) {
        close(fd);
    }
    log_request(x);
    MHD_resume_connection(x->connection);
}

/* --- workers --------------------------------------------------------------------------------------------------------------- */

/* On the writer's thread. What was shown inside the transaction needs no worker any more. */
static void landed(struct write *write)
{
    struct exchange *x = write->owner;
    struct work *w = &x->work;
    if (w->shown && write->fault.code == ERR_OK && !(w->route->flags & ROUTE_CHANGES_WHO)) {
        work_finish(w);
        ready(x);
        return;
    }
    x->stage = STAGE_FINISH;
    line_put(&x->server->line, x, true);
}

static void work_on(struct exchange *x)
{
    struct work *w = &x->work;
    if (x->stage == STAGE_FINISH) {
        work_finish(w);
        ready(x);
        return;
    }
    if (work_begin(w) == STEP_WRITE) {
        w->write.done = landed;
        w->write.owner = x;
        store_submit(w->api->engine->store, &w->write);
    } else if (w->wants_stream && !x->server->secure) {
        start_stream(x);
    } else {
        ready(x);
    }
}

static void *work_all_day(void *arg)
{
    struct server *s = arg;
    struct store *store = s->api->engine->store;
    int64_t entered, shown = 0;        /* whoever entered as `shown` or before may read what this thread's snapshot shows */
    pthread_setname_np(pthread_self(), "worker");
    for (;;) {
        struct exchange *x = line_take(&s->line, false, &entered);
        if (!x) {
            read_release(store);
            x = line_take(&s->line, true, &entered);
        }
        if (!x)
            return NULL;
        if (x->entered > shown) {
            read_hold(store);
            shown = entered;
        }
        work_on(x);
    }
}

/* --- taking requests: libmicrohttpd's thread -------------------------------------------------------------------------------- */

static struct str header_of(struct MHD_Connection *connection, const char *name)
{
    return str_of(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

static struct exchange *exchange_new(struct server *s)
{
    struct exchange *x = s->spare;
    if (x) {
        s->spare = x->next;
        s->spare_count--;
        char *body = x->body;
        size_t body_room = x->body_room;
        work_reset(&x->work);
        memset(&x->server, 0, sizeof *x - offsetof(struct exchange, server));
        x->server = s;
        x->body = body;
        x->body_room = body_room;
    } else {
        x = calloc(1, sizeof *x);
        if (!x)
            abort();
        x->server = s;
        work_init(&x->work, s->api);
    }
    x->number = atomic_fetch_add_explicit(&s->numbers, 1, memory_order_relaxed) + 1;
    x->began_us = now_us();
    return x;
}

static void exchange_end(struct server *s, struct exchange *x)
{
    bool spare = s->spare_count < SPARE_MAX;
    if (x->busy)
        atomic_fetch_sub(&s->in_flight, 1);
    if (!spare || x->body_room > KEPT_BODY_BYTES) {
        atomic_fetch_sub(&s->bodies_bytes, x->body_room);
        free(x->body);
        x->body = NULL;
        x->body_room = 0;
    }
    if (spare) {
        x->next = s->spare;
        s->spare = x;
        s->spare_count++;
    } else {
        work_free(&x->work);
        free(x);
    }
}

static enum method method_of(const char *name, bool *ret_head)
{
    static const char *const names[] = { "", "GET", "POST", "PUT", "PATCH", "DELETE" };
    *ret_head = strcmp(name, "HEAD") == 0;
    if (*ret_head)
        return GET;
    for (int m = GET; m < METHODS; m++)
        if (strcmp(name, names[m]) == 0)
            return (enum method)m;
    return 0;
}

static struct str cookie_of(struct MHD_Connection *connection)
{
    struct str rest = header_of(connection, "Cookie"), pair;
    while (str_cut(&rest, ';', &pair)) {
        pair = str_trim(pair);
        if (str_starts(pair, S("wx=")))
            return str_from(pair, 3);
    }
    return (struct str){ 0 };
}

/* A proxy on this machine says who called; nobody else is believed. */
static struct str address_of(struct exchange *x)
{
    struct str address = str_of(x->record->address), forwarded = header_of(x->connection, "X-Forwarded-For"), part;
    if (!forwarded.n || !(str_starts(address, S("127.")) || str_is(address, "::1")))
        return address;
    while (str_cut(&forwarded, ',', &part))
        address = str_trim(part);
    return str_head(address, 48);
}

static void take_headers(struct exchange *x, const char *method)
{
    struct work *w = &x->work;
    struct MHD_Connection *c = x->connection;
    struct str uri = { x->record->uri, x->record->uri_bytes }, authorization = header_of(c, "Authorization");
    uri = arena_copy(&w->arena, uri);
    size_t mark = str_find(uri, S("?"));
    w->strict_path = true;
    w->method = method_of(method, &x->head);
    w->path = str_head(uri, mark);
    w->query = str_from(uri, mark + 1);
    w->content_type = header_of(c, "Content-Type");
    w->accept_language = header_of(c, "Accept-Language");
    w->accept = header_of(c, "Accept");
    w->accept_encoding = header_of(c, "Accept-Encoding");
    w->if_none_match = header_of(c, "If-None-Match");
    w->origin = header_of(c, "Origin");
    w->referer = header_of(c, "Referer");
    w->fetch_site = header_of(c, "Sec-Fetch-Site");
    w->own_header = header_of(c, "X-Wuxing");
    w->file_name = header_of(c, "X-File-Name");
    w->last_event = header_of(c, "Last-Event-ID");
    w->cookie = cookie_of(c);
    if (str_starts(authorization, S("Bearer ")))
        w->bearer = str_trim(str_from(authorization, 7));
    w->r.idempotency_key = header_of(c, "Idempotency-Key");
    w->r.if_match = header_of(c, "If-Match");
    w->r.agent = header_of(c, "User-Agent");
    w->r.host = header_of(c, "Host");
    w->r.signature = header_of(c, "X-Wuxing-Signature");
    w->r.address = address_of(x);
    work_route(w);
}

static enum MHD_Result first_call(struct server *s, struct MHD_Connection *connection, const char *method,
        void **con_cls)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (!info || !info->socket_context)
        return MHD_NO;
    struct exchange *x = exchange_new(s);
    *con_cls = x;
    x->connection = connection;
    x->record = info->socket_context;
    take_headers(x, method);
    conns_phase(s->conns, x->record, CONN_BODY, 0);
    int64_t declared = 0;
    struct str length = header_of(connection, "Content-Length");
    /* A little too much is read and thrown away, so that the caller hears why; more than that closes the connection. */
    if (length.n && str_to_i64(length, &declared) && declared > (int64_t)work_body_max(&x->work) + SWALLOWED_BYTES_MAX)
        return send_refusal(x, ERR_TOO_LARGE);
    return MHD_YES;
}

static void take_bytes(struct exchange *x, const char *p, size_t n)
{
    struct server *s = x->server;
    struct work *w = &x->work;
    conns_grew(x->record, n);
    if (w->over || x->body_bytes + n > work_body_max(w)) {
        w->over = true;
        return;
    }
    if (x->body_bytes + n > x->body_room) {
        size_t room = x->body_room ? x->body_room : 1024;
        while (room < x->body_bytes + n)
            room *= 2;
        if (atomic_fetch_add(&s->bodies_bytes, room - x->body_room) + room > BODIES_BYTES_MAX) {
            atomic_fetch_sub(&s->bodies_bytes, room - x->body_room);
            w->over = true;
            return;
        }
        x->body = realloc(x->body, room);
        if (!x->body)
            abort();
        x->body_room = room;
    }
    memcpy(x->body + x->body_bytes, p, n);
    x->body_bytes += n;
}

static enum MHD_Result hand_over(struct exchange *x)
{
    struct server *s = x->server;
    x->work.body = (struct str){ x->body, x->body_bytes };
    x->stage = STAGE_BEGIN;
    x->busy = true;
    atomic_fetch_add(&s->in_flight, 1);
    conns_phase(s->conns, x->record, CONN_WORK, 0);
    MHD_suspend_connection(x->connection);
    if (line_put(&s->line, x, false))
        return MHD_YES;
    x->stage = STAGE_TAKING;
    MHD_resume_connection(x->connection);                /* it was suspended by us: the refusal goes out in the next call */
    x->work.refused = true;
    return MHD_YES;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *data_size, void **con_cls)
{
    struct exchange *x = *con_cls;
    (void)url;
    (void)version;
    if (!x)
        return first_call(cls, connection, method, con_cls);
    if (*data_size) {
        take_bytes(x, data, *data_size);
        *data_size = 0;
        return MHD_YES;
    }
    switch (x->stage) {
    case STAGE_TAKING:
        return x->work.refused ? send_refusal(x, ERR_UNAVAILABLE) : hand_over(x);
    case STAGE_READY:
        return x->work.wants_stream && x->server->secure &&
                x->work.answer.status == 200 ? start_tls_stream(x) : send_answer(x);
    case STAGE_SENT:
        return MHD_YES;
    default:
        return MHD_NO;                                   /* stolen: closes the dead socket it now has */
    }
}

static void completed(void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_RequestTerminationCode why)
{
    struct exchange *x = *con_cls;
    (void)connection;
    (void)why;
    if (!x)
        return;
    *con_cls = NULL;
    x->record->stolen = x->work.stream_taken;
    conns_phase(x->server->conns, x->record, CONN_IDLE, 0);
    exchange_end(cls, x);
}

static void *note_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct conn_record *c = info ? info->socket_context : NULL;
    size_t n = strlen(uri);
    (void)cls;
    if (!c)
        return NULL;
    if (n > c->uri_room) {
        c->uri = realloc(c->uri, n);
        if (!c->uri)
            abort();
        c->uri_room = n;
    }
    memcpy(c->uri, uri, n);
    c->uri_bytes = n;
    return NULL;
}

static void noted(void *cls, struct MHD_Connection *connection, void **context,
        enum MHD_ConnectionNotificationCode code)
{
    struct server *s = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        int number = fd->connect_fd;
        const union MHD_ConnectionInfo *address = MHD_get_connection_info(connection,
                MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        *context = conns_add(s->conns, number, address ? address->client_addr : NULL);
    } else if (*context) {
        struct conn_record *c = *context;
        *context = NULL;
        conns_remove(s->conns, c, c->stolen);
    }
}

static enum MHD_Result may_enter(void *cls, const struct sockaddr *address, socklen_t length)
{
    struct server *s = cls;
    (void)length;
    return conns_may_enter(s->conns, address) ? MHD_YES : MHD_NO;
}

/* --- start and stop ----------------------------------------------------------------------------------------------------------- */

static char *file_text(const char *path, struct fault *fault)
{
    FILE *in = fopen(path, "re");
    char *text = calloc(1, 256 << 10);
    if (!text)
        abort();
    if (!in || fread(text, 1, (256 << 10) - 1, in) == 0)
        fault_set(fault, ERR_UNAVAILABLE, "证书或密钥文件无法读取", "The certificate or key file cannot be read");
    if (in)
        fclose(in);
    return text;
}

static int connections_allowed(const struct server_config *config)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 800;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int64_t most = limit.rlim_cur > 100000 ? 100000 : (int64_t)limit.rlim_cur;
    int64_t wanted = config->connections_max ? config->connections_max : 14000;
    return (int)(wanted < most - 200 ? wanted : most > 400 ? most - 200 : most / 2);
}

static bool resolve(const struct server_config *config, struct sockaddr_storage *ret_address, struct fault *fault)
{
    struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
            .ai_socktype = SOCK_STREAM }, *found;
    char port[16];
    snprintf(port, sizeof port, "%d", config->port);
    if (getaddrinfo(config->address ? config->address : "127.0.0.1", port, &hints, &found) != 0) {
        fault_set(fault, ERR_INVALID, "监听地址应为 IP 地址", "The address to listen on must be an IP address");
        return false;
    }
    memcpy(ret_address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

static void silent(void *cls, const char *format, va_list args)
{
    (void)cls;
    (void)format;
    (void)args;
}

static bool daemon_start(struct server *s, struct fault *fault)
{
    struct sockaddr_storage address = { 0 };
    if (!resolve(&s->config, &address, fault))
        return false;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    if (s->secure)
        flags |= MHD_USE_TLS;
    if (address.ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, s->cert },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, s->key },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" },
        { MHD_OPTION_END, 0, NULL },
    };
    struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
    s->daemon = MHD_start_daemon(flags, 0, may_enter, s, handle, s,
        MHD_OPTION_EXTERNAL_LOGGER, silent, NULL,
        MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)connections_allowed(&s->config),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, 60u,
        MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u,
        MHD_OPTION_NOTIFY_COMPLETED, completed, s,
        MHD_OPTION_NOTIFY_CONNECTION, noted, s,
        MHD_OPTION_URI_LOG_CALLBACK, note_uri, s,
        MHD_OPTION_ARRAY, s->secure ? tls : none,
        MHD_OPTION_END);
    if (!s->daemon) {
        fault_set(fault, ERR_UNAVAILABLE, "无法监听该地址和端口，或证书与密钥不匹配",
                  "Cannot listen on that address and port, or certificate and key do not match");
        return false;
    }
    s->port = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    return true;
}

static int dead_socket(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        abort();
    close(pair[1]);
    return pair[0];
}

static void server_free(struct server *s)
{
    pthread_mutex_lock(&s->line.lock);
    s->line.closing = true;
    pthread_cond_broadcast(&s->line.filled);
    pthread_mutex_unlock(&s->line.lock);
    for (int i = 0; i < s->worker_count; i++)
        pthread_join(s->workers[i], NULL);
    webhooks_stop(s->webhooks);
    feeder_free(s->feeder);
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    conns_free(s->conns);
    while (s->spare) {
        struct exchange *x = s->spare;
        s->spare = x->next;
        work_free(&x->work);
        free(x->body);
        free(x);
    }
    close(s->dead_socket);
    pthread_cond_destroy(&s->line.filled);
    pthread_mutex_destroy(&s->line.lock);
    free(s->cert);
    free(s->key);
    free(s);
}

struct server *server_start(struct api *api, const struct server_config *config, struct fault *fault)
{
    struct server *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->api = api;
    s->config = *config;
    s->secure = config->tls_cert && config->tls_key;
    s->dead_socket = dead_socket();
    pthread_mutex_init(&s->line.lock, NULL);
    pthread_cond_init(&s->line.filled, NULL);
    if (s->secure) {
        s->cert = file_text(config->tls_cert, fault);
        s->key = file_text(config->tls_key, fault);
    }
    api->secure = s->secure;
    s->conns = conns_new(config);
    s->feeder = feeder_new(api, s->conns);
    s->webhooks = webhooks_start(api->engine);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int wanted = config->workers ? config->workers : processors < 3 ? 4 : 5;
    for (; s->worker_count < wanted && s->worker_count < WORKERS_MAX; s->worker_count++)
        if (pthread_create(&s->workers[s->worker_count], NULL, work_all_day, s) != 0)
            abort();
    if (fault->code != ERR_OK || !daemon_start(s, fault)) {
        server_free(s);
        return NULL;
    }
    return s;
}

int server_port(const struct server *s)
{
    return s->port;
}

bool server_secure(const struct server *s)
{
    return s->secure;
}

void server_stop(struct server *s)
{
    if (!s)
        return;
    atomic_store(&s->draining, true);
    MHD_socket listener = MHD_quiesce_daemon(s->daemon);
    if (listener != MHD_INVALID_SOCKET)
        close(listener);
    conns_drain(s->conns);
    feeder_stop(s->feeder);                                  /* streams over TLS count as requests under way */
    ms until = monotonic_ms() + STOP_MS;
    while (atomic_load(&s->in_flight) > 0 && monotonic_ms() < until)
        usleep(5000);
    server_free(s);
}
