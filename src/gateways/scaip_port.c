/* scaip_port.c -- see scaip_port.h. */
#include "gateways/scaip_port.h"

#include "gateways/scaip.h"
#include "gateways/sip.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>

#define REALM "wuxing"
enum { NONCE_MS = 300000, SESSION_MS = 1800000, PARTS_MS = 60000, SLOTS = 2, PARTS_MAX = 3, PART_BYTES_MAX = 4000 };

/* Parts of messages that are not whole yet: of a TCP connection, or of all of UDP. */
struct parts {
    char account[64], ref[20], bytes[PART_BYTES_MAX];
    size_t ends[PARTS_MAX];
    int count;
    ms at;
};
struct scaip_state { struct parts slots[SLOTS]; };

struct asked {
    struct peer *peer;
    struct arena *arena;
    const struct rule_set *codes;
    struct sip sip;
    struct device_known device;
    struct str account;
};

static uint8_t secret[32];
static pthread_once_t secret_made = PTHREAD_ONCE_INIT;

static void make_secret(void)
{
    randombytes_buf(secret, sizeof secret);
    sip_start();
}

static struct str answer(const struct asked *q, int status, const char *reason, struct str extra, struct str body)
{
    return sip_answer(q->arena, &q->sip, peer_address(q->peer), status, reason, extra, S("application/scaip+xml"), body);
}

static void send_answer(const struct asked *q, int status, const char *reason, struct str extra)
{
    peer_send(q->peer, answer(q, status, reason, extra, S("")));
}

/* --- who is it --------------------------------------------------------------------------------------------------------------- */

/* An unknown name and a wrong password look alike. */
static bool is_known(struct asked *q)
{
    const struct sip_auth *z = &q->sip.auth;
    ms now = peer_now(q->peer);
    bool ours = q->sip.has_auth && sip_nonce_ok(z->nonce, secret, now, NONCE_MS);
    if (!ours) {
        send_answer(q, 401, "Unauthorized", sip_challenge(q->arena, REALM, sip_nonce(q->arena, secret, now), q->sip.has_auth));
        return false;
    }
    bool found = peer_device(q->peer, z->user, &q->device);
    if (!found || !sip_knows(q->arena, &q->sip, REALM, q->device.key)) {
        peer_stranger(q->peer, str_head(z->user, 100), found ? "key" : "unknown");
        send_answer(q, 403, "Forbidden", S(""));
        return false;
    }
    q->account = z->user;
    return true;
}

/* --- parts ------------------------------------------------------------------------------------------------------------------- */

static struct parts *parts_of(const struct asked *q, struct str ref)
{
    struct scaip_state *state = peer_state(q->peer);
    ms now = peer_now(q->peer);
    for (int i = 0; i < SLOTS; i++) {
        struct parts *p = &state->slots[i];
        if (p->count && now - p->at < PARTS_MS && str_is(q->account, p->account) && str_is(ref, p->ref))
            return p;
    }
    return NULL;
}

/* False when there is no room: then it has to do by itself. */
static bool keep_part(const struct asked *q, struct str ref, struct str body)
{
    struct scaip_state *state = peer_state(q->peer);
    struct parts *p = parts_of(q, ref);
    if (!p) {
        p = state->slots[0].at <= state->slots[1].at ? &state->slots[0] : &state->slots[1];
        if (q->account.n >= sizeof p->account || ref.n >= sizeof p->ref)
            return false;
        memset(p, 0, sizeof *p);
        memcpy(p->account, q->account.p, q->account.n);
        memcpy(p->ref, ref.p, ref.n);
    }
    size_t at = p->count ? p->ends[p->count - 1] : 0;
    for (int i = 0; i < p->count; i++) {
        size_t from = i ? p->ends[i - 1] : 0;
        if (str_eq(body, (struct str){ p->bytes + from, p->ends[i] - from }))
            return true;                               /* sent again */
    }
    if (p->count == PARTS_MAX || body.n > sizeof p->bytes - at)
        return false;
    memcpy(p->bytes + at, body.p, body.n);
    p->ends[p->count++] = at + body.n;
    p->at = peer_now(q->peer);
    return true;
}

static enum scaip_status read_whole(const struct asked *q, struct scaip *ret)
{
    struct scaip alone = { 0 }, earlier = { 0 };
    enum scaip_status status = scaip_read(q->arena, q->sip.body, NULL, &alone);
    struct parts *p = alone.ref.n ? parts_of(q, alone.ref) : NULL;
    *ret = alone;
    for (int i = 0; p && i < p->count; i++) {
        size_t from = i ? p->ends[i - 1] : 0;
        struct scaip one = { 0 };
        if (scaip_read(q->arena, (struct str){ p->bytes + from, p->ends[i] - from }, i ? &earlier : NULL, &one) == SCAIP_OK)
            earlier = one;
    }
    return p ? scaip_read(q->arena, q->sip.body, &earlier, ret) : status;
}

/* --- a message --------------------------------------------------------------------------------------------------------------- */

static struct str host_of(struct str uri)
{
    size_t at = str_find(uri, S("@")), colon = str_find(uri, S(":"));
    struct str host = at < uri.n ? str_from(uri, at + 1) : str_from(uri, colon + 1);
    size_t end = str_find(host, S(";"));
    return str_head(host, end);
}

/* The response as a request of ours, back to where the device's came from. */
static struct str response_message(const struct asked *q, struct str mrs)
{
    const struct sip *s = &q->sip;
    uint64_t mark = str_hash(s->call_id) ^ str_hash(mrs) * 31;
    struct str to = s->contact.n ? s->contact : s->from_uri, host = host_of(s->uri);
    struct buf b = buf_in(q->arena);
    buf_format(&b, "MESSAGE " STR_FMT " SIP/2.0\r\nVia: SIP/2.0/%s " STR_FMT ";branch=z9hG4bK%016llx%u;rport\r\n", STR_ARG(to),
               peer_is_udp(q->peer) ? "UDP" : "TCP", STR_ARG(host), (unsigned long long)mark, s->cseq);
    buf_format(&b, "From: <" STR_FMT ">;tag=wx%016llx\r\nTo: <" STR_FMT ">\r\nCall-ID: wx%016llx@" STR_FMT "\r\n", STR_ARG(s->uri),
               (unsigned long long)mark, STR_ARG(s->from_uri), (unsigned long long)mark, STR_ARG(host));
    buf_format(&b, "CSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\nContent-Type: application/scaip+xml\r\nContent-Length: %zu\r\n\r\n", mrs.n);
    buf_put(&b, mrs);
    return buf_str(&b);
}

static struct str response(const struct asked *q, bool apart, const struct scaip *s, enum scaip_status status, int64_t heartbeat_min)
{
    struct str mrs = scaip_answer(q->arena, s, status, heartbeat_min);
    return apart ? response_message(q, mrs) : answer(q, 200, "OK", S(""), mrs);
}

static bool is_scaip(struct str type)
{
    static const char *const types[] = { "application/scaip+xml", "application/xml", "text/xml" };
    struct str bare = str_trim(str_head(type, str_find(type, S(";"))));
    for (size_t i = 0; i < COUNT(types); i++)
        if (bare.n == strlen(types[i]) && strncasecmp(bare.p, types[i], bare.n) == 0)
            return true;
    return false;
}

/* A controller that the sender speaks for, when it is registered as one. */
static struct str account_of(const struct asked *q, const struct scaip *s)
{
    struct device_known controller;
    struct str account = arena_format(q->arena, STR_FMT "/" STR_FMT, STR_ARG(q->account), STR_ARG(s->cid));
    return peer_device(q->peer, account, &controller) ? account : q->account;
}

static void take_request(const struct asked *q, const struct scaip *s, bool apart)
{
    bool beats = str_is(s->mty, "PI");
    struct signal_in in = { .account = account_of(q, s), .raw = q->sip.body, .sequence = s->ref, .repeat_ms = SESSION_MS };
    scaip_signal(q->arena, q->codes, s, &in);
    peer_signals(q->peer, &in, 1, (struct port_answers){
        .durable = response(q, apart, s, SCAIP_OK, beats ? q->device.interval_s / 60 : 0),
        .refused = response(q, apart, s, SCAIP_WRONG, 0), .busy = response(q, apart, s, SCAIP_HOLD, 0) });
}

static void take_message(const struct asked *q)
{
    struct scaip s = { 0 };
    bool apart = scaip_answers_apart(q->codes, q->device.vendor);
    if (!is_scaip(q->sip.content_type)) {
        send_answer(q, 415, "Unsupported Media Type", S("Accept: application/scaip+xml, application/xml\r\n"));
        return;
    }
    enum scaip_status status = read_whole(q, &s);
    if (apart)
        send_answer(q, 200, "OK", S(""));
    if (status != SCAIP_OK) {
        peer_malformed(q->peer);
        peer_send(q->peer, response(q, apart, &s, status, 0));
    } else if (s.parts_left == 0 || !keep_part(q, s.ref, q->sip.body)) {
        take_request(q, &s, apart);
    } else if (!apart) {
        send_answer(q, 200, "OK", S(""));
    }
}

static void take_register(const struct asked *q)
{
    struct signal_in in = { .account = q->account, .kind = S("heartbeat") };
    struct str contact = q->sip.contact.n ? arena_format(q->arena, "Contact: <" STR_FMT ">;expires=3600\r\n", STR_ARG(q->sip.contact)) : S("");
    peer_signals(q->peer, &in, 1, (struct port_answers){ .durable = answer(q, 200, "OK", contact, S("")) });
}

static void take_sip(struct asked *q)
{
    struct str method = q->sip.method, allowed = S("Allow: MESSAGE, REGISTER, OPTIONS\r\n");
    bool message = str_is(method, "MESSAGE");
    if (str_is(method, "OPTIONS"))
        send_answer(q, 200, "OK", allowed);
    else if (!message && !str_is(method, "REGISTER") && !str_is(method, "ACK"))
        send_answer(q, 405, "Method Not Allowed", allowed);
    else if (!str_is(method, "ACK") && is_known(q))
        message ? take_message(q) : take_register(q);
}

static long take(struct peer *p, struct str bytes)
{
    struct asked q = { .peer = p, .arena = peer_arena(p) };
    long n = peer_is_udp(p) ? (long)bytes.n : sip_frame(bytes);
    pthread_once(&secret_made, make_secret);
    if (n <= 0)
        return n;
    struct str message = str_head(bytes, (size_t)n);
    if (str_trim(message).n == 0) {                    /* keeps the way open through a router (RFC 5626) */
        if (!peer_is_udp(p) && n >= 4)
            peer_send(p, S("\r\n"));
        return n;
    }
    if (!sip_read(q.arena, message, &q.sip)) {
        peer_malformed(p);
        return peer_is_udp(p) ? n : -1;
    }
    if (q.sip.status == 0) {
        q.codes = rule_set(atomic_load(&peer_engine(p)->rules), "scaip");
        take_sip(&q);
    }
    return n;
}

const struct port_protocol scaip_protocol = {
    .name = "scaip", .label = L("SCAIP 呼叫设备", "SCAIP care telephones"), .tcp = true, .udp = true, .frame_bytes_max = SIP_BYTES_MAX + 1,
    .frame_ms = 30000, .idle_ms = 3600000, .take = take, .state_bytes = sizeof(struct scaip_state),
};
