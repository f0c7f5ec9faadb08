/* sip_call.c -- see sip_call.h. */
#include "gateways/sip_call.h"

#include "gateways/port_own.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { T1_MS = 500, T2_MS = 4000, LOOK_MS = 100, CANCEL_MS = 2000, BYE_MS = 2000, REGISTER_MS = 8000 };

struct invite { unsigned cseq; struct str branch, sdp, credentials; ms again, every; bool proceeding, cancelled, challenged; };

static struct str any_name(struct arena *a)
{
    uint8_t bytes[8];
    struct buf b = buf_in(a);
    randombytes_buf(bytes, sizeof bytes);
    buf_hex(&b, bytes, sizeof bytes);
    return buf_str(&b);
}

/* --- the line ---------------------------------------------------------------------------------------------------------------- */

static int connected(const char *host, const char *port)
{
    struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV }, *found = NULL;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

static bool own_name(int fd, struct arena *a, struct str *ret_host, int *ret_port)
{
    struct sockaddr_storage name = { 0 };
    socklen_t n = sizeof name;
    char host[64], port[16];
    if (getsockname(fd, (struct sockaddr *)&name, &n) != 0 ||
        getnameinfo((struct sockaddr *)&name, n, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return false;
    int64_t number = 0;
    *ret_host = arena_copy(a, str_of(host));
    *ret_port = str_to_i64(str_of(port), &number) ? (int)number : 0;
    return true;
}

bool sip_call_open(struct sip_call *c, const struct sip_party *party, const _Atomic bool *stop)
{
    int port = 0;
    *c = (struct sip_call){ .party = party, .stop = stop, .sound = -1, .began = steady_ms() };
    arena_init(&c->arena, 0);
    c->socket = connected(party->host, party->port);
    if (c->socket < 0 || !own_name(c->socket, &c->arena, &c->host, &port))
        return false;
    bool six = str_find(c->host, S(":")) < c->host.n;
    c->local = arena_format(&c->arena, six ? "[" STR_FMT "]:%d" : STR_FMT ":%d", STR_ARG(c->host), port);
    c->id = any_name(&c->arena);
    c->tag = any_name(&c->arena);
    return true;
}

void sip_call_close(struct sip_call *c)
{
    if (c->socket >= 0)
        close(c->socket);
    if (c->sound >= 0)
        close(c->sound);
    arena_free(&c->arena);
}

static void say(struct sip_call *c, struct str text)
{
    (void)!send(c->socket, text.p, text.n, MSG_NOSIGNAL);      /* what is lost is said again */
}

/* The next message of this call, or false when `until` comes first. Nobody listening yet reads like silence. */
static bool hear(struct sip_call *c, ms until, struct sip *ret)
{
    char bytes[SIP_BYTES_MAX];
    for (;;) {
        ssize_t n = recv(c->socket, bytes, sizeof bytes, 0);
        if (n > 0 && sip_read(&c->arena, arena_copy(&c->arena, (struct str){ bytes, (size_t)n }), ret) && str_eq(ret->call_id, c->id))
            return true;
        if (n > 0)
            continue;
        ms left = until - steady_ms();
        struct pollfd polled = { .fd = c->socket, .events = POLLIN };
        if (left <= 0)
            return false;
        poll(&polled, 1, (int)left);
    }
}

/* --- requests ---------------------------------------------------------------------------------------------------------------- */

struct request { const char *method; struct str uri, branch, extra, body; unsigned cseq; bool early; };    /* early: without the other's tag */

static struct str written(struct sip_call *c, const struct request *r)
{
    const struct sip_party *p = c->party;
    struct buf b = buf_in(&c->arena);
    buf_format(&b, "%s " STR_FMT " SIP/2.0\r\nVia: SIP/2.0/UDP " STR_FMT ";branch=z9hG4bK" STR_FMT ";rport\r\nMax-Forwards: 70\r\n", r->method,
               STR_ARG(r->uri), STR_ARG(c->local), STR_ARG(r->branch));
    buf_format(&b, "From: <sip:%s@%s>;tag=" STR_FMT "\r\nTo: ", p->caller, p->domain, STR_ARG(c->tag));
    if (c->to.n && !r->early)
        buf_put(&b, c->to);
    else
        buf_format(&b, "<" STR_FMT ">", STR_ARG(c->uri));
    buf_format(&b, "\r\nCall-ID: " STR_FMT "\r\nCSeq: %u %s\r\nContact: <sip:%s@" STR_FMT ">\r\n", STR_ARG(c->id), r->cseq, r->method, p->caller,
               STR_ARG(c->local));
    if (c->route.n && !r->early)
        buf_format(&b, "Route: " STR_FMT "\r\n", STR_ARG(c->route));
    buf_put(&b, r->extra);
    if (r->body.n)
        buf_put(&b, S("Content-Type: application/sdp\r\n"));
    buf_format(&b, "Content-Length: %zu\r\n\r\n", r->body.n);
    buf_put(&b, r->body);
    return buf_str(&b);
}

static struct str credentials(struct sip_call *c, const struct sip *challenge, const char *method, struct str uri)
{
    if (!challenge->has_auth || !c->party->password)
        return S("");
    return sip_credentials(&c->arena, challenge, str_of(method), uri, str_of(c->party->user), str_of(c->party->password),
                           any_name(&c->arena));
}

static void answer_request(struct sip_call *c, const struct sip *s)
{
    if (!str_is(s->method, "ACK"))
        say(c, sip_answer(&c->arena, s, S(""), 200, "OK", S(""), S(""), S("")));
}

/* Anything but INVITE: repeated until there is a final answer or the time is up. */
static int transact(struct sip_call *c, struct request r, ms time)
{
    struct sip s;
    ms every = T1_MS, end = steady_ms() + time, again = 0;
    bool challenged = false;
    for (;;) {
        ms now = steady_ms();
        if (now >= end)
            return 0;
        if (now >= again) {
            say(c, written(c, &r));
            again = now + every;
            every = every * 2 > T2_MS ? T2_MS : every * 2;
        }
        if (!hear(c, again < end ? again : end, &s))
            continue;
        if (!s.status)
            answer_request(c, &s);
        else if (s.cseq == r.cseq && str_is(s.cseq_method, r.method) && s.status >= 200) {
            struct str knows = challenged || (s.status != 401 && s.status != 407) ? S("") : credentials(c, &s, r.method, r.uri);
            if (!knows.n)
                return s.status;
            challenged = true;
            r.extra = arena_join(&c->arena, r.extra, knows);
            r.cseq = ++c->cseq;
            r.branch = any_name(&c->arena);
            again = 0;
        }
    }
}

int sip_call_register(struct sip_call *c, int seconds)
{
    c->uri = arena_format(&c->arena, "sip:%s@%s", c->party->user, c->party->domain);
    return transact(c, (struct request){ .method = "REGISTER", .uri = arena_format(&c->arena, "sip:%s", c->party->domain),
        .branch = any_name(&c->arena), .cseq = ++c->cseq, .extra = arena_format(&c->arena, "Expires: %d\r\n", seconds) }, REGISTER_MS);
}

/* --- INVITE ------------------------------------------------------------------------------------------------------------------ */

static void say_invite(struct sip_call *c, const struct invite *v)
{
    say(c, written(c, &(struct request){ .method = "INVITE", .uri = c->uri, .branch = v->branch, .cseq = v->cseq, .extra = v->credentials,
                                         .body = v->sdp, .early = true }));
}

static void begin_invite(struct sip_call *c, struct invite *v)
{
    v->cseq = ++c->cseq;
    v->branch = any_name(&c->arena);
    v->every = T1_MS;
    v->again = steady_ms() + v->every;
    v->proceeding = false;
    say_invite(c, v);
}

static void acknowledge(struct sip_call *c, const struct invite *v, bool taken)
{
    say(c, written(c, &(struct request){ .method = "ACK", .uri = taken ? c->target : c->uri, .cseq = v->cseq,
                                         .branch = taken ? any_name(&c->arena) : v->branch }));
}

static void note_ringing(struct sip_call *c)
{
    if (!c->rang)
        c->rang_after = steady_ms() - c->began;
    c->rang = true;
}

static void take_answer(struct sip_call *c, const struct invite *v, const struct sip *s)
{
    c->answered = true;
    note_ringing(c);
    c->target = s->contact.n ? s->contact : c->uri;
    c->route = s->route;
    c->has_media = media_read(s->body, &c->media);
    acknowledge(c, v, true);
}

/* True when the call is decided. */
static bool take_response(struct sip_call *c, struct invite *v, const struct sip *s)
{
    if (!str_is(s->cseq_method, "INVITE") || s->cseq != v->cseq)
        return false;
    v->proceeding = true;
    if (s->status == 180)
        note_ringing(c);
    if (s->status < 200)
        return false;
    c->to = s->to;
    if (s->status < 300) {
        c->status = s->status;
        take_answer(c, v, s);
        return true;
    }
    acknowledge(c, v, false);
    c->to = S("");
    struct str knows = !v->challenged && (s->status == 401 || s->status == 407) ? credentials(c, s, "INVITE", c->uri) : S("");
    if (!knows.n || v->cancelled) {
        c->status = s->status;
        return true;
    }
    v->challenged = true;
    v->credentials = knows;
    begin_invite(c, v);
    return false;
}

static void cancel(struct sip_call *c, struct invite *v)
{
    say(c, written(c, &(struct request){ .method = "CANCEL", .uri = c->uri, .branch = v->branch, .cseq = v->cseq, .early = true }));
    v->cancelled = true;
}

/* A port for the tones, on the address that the trunk sees. */
static struct str offer(struct sip_call *c)
{
    struct sockaddr_storage name = { 0 };
    socklen_t n = sizeof name;
    struct str host;
    int port = 0;
    if (getsockname(c->socket, (struct sockaddr *)&name, &n) != 0)
        return S("");
    if (name.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&name)->sin6_port = 0;
    else
        ((struct sockaddr_in *)&name)->sin_port = 0;
    c->sound = socket(name.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->sound < 0 || bind(c->sound, (struct sockaddr *)&name, n) != 0 || !own_name(c->sound, &c->arena, &host, &port))
        return S("");
    return media_offer(&c->arena, host, port);
}

void sip_call_invite(struct sip_call *c, const char *number, ms setup, ms ring)
{
    struct invite v = { .sdp = offer(c) };
    struct sip s;
    ms given_up = 0;
    c->uri = arena_format(&c->arena, "sip:%s@%s", number, c->party->domain);
    begin_invite(c, &v);
    for (bool decided = false; !decided;) {
        ms now = steady_ms(), end = c->rang ? c->began + c->rang_after + ring : c->began + setup;
        bool over = now >= end || atomic_load(c->stop);
        if (given_up && now >= given_up)
            return;
        if (over && !given_up)
            given_up = now + CANCEL_MS;
        if (over && v.proceeding && !v.cancelled)      /* what was not heard of yet cannot be cancelled */
            cancel(c, &v);
        if (!v.proceeding && now >= v.again) {
            v.every = v.every * 2 > T2_MS ? T2_MS : v.every * 2;
            v.again = now + v.every;
            say_invite(c, &v);
        }
        if (!hear(c, now + LOOK_MS, &s))
            continue;
        if (!s.status)
            answer_request(c, &s);
        else
            decided = take_response(c, &v, &s);
    }
}

/* --- tones ------------------------------------------------------------------------------------------------------------------- */

static void play(struct sip_call *c, const struct sockaddr *to, socklen_t to_bytes, uint32_t n, uint32_t mark)
{
    uint8_t packet[MEDIA_PACKET_BYTES];
    media_packet(&c->media, n, mark, packet);
    (void)!sendto(c->sound, packet, sizeof packet, MSG_NOSIGNAL, to, to_bytes);
}

/* True when the other side hung up. */
static bool play_until(struct sip_call *c, ms tones)
{
    struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV }, *to = NULL;
    struct str port = arena_format(&c->arena, "%d", c->media.port);
    uint32_t mark = randombytes_random(), n = 0;
    ms start = steady_ms();
    bool ended = false, hears = c->has_media && c->sound >= 0 && getaddrinfo(c->media.address, port.p, &hints, &to) == 0;
    while (!ended && !atomic_load(c->stop) && steady_ms() - start < tones) {
        struct sip s;
        if (hears)
            play(c, to->ai_addr, to->ai_addrlen, n, mark);
        n++;
        if (!hear(c, start + (ms)n * MEDIA_PACKET_MS, &s))
            continue;
        ended = str_is(s.method, "BYE");
        if (!s.status)
            answer_request(c, &s);
        else if (str_is(s.cseq_method, "INVITE") && s.status >= 200)
            acknowledge(c, &(struct invite){ .cseq = s.cseq }, true);           /* ours was lost */
    }
    if (to)
        freeaddrinfo(to);
    return ended;
}

void sip_call_tones_and_bye(struct sip_call *c, ms tones)
{
    if (!play_until(c, tones))
        transact(c, (struct request){ .method = "BYE", .uri = c->target, .branch = any_name(&c->arena), .cseq = ++c->cseq }, BYE_MS);
}
