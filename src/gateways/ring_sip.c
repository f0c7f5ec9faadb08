/* ring_sip.c -- see ring_sip.h. */
#include "gateways/ring_sip.h"

#include "gateways/port_own.h"
#include "gateways/sip_call.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 2, SETUP_MS = 12000, RING_MS = 30000, TONES_MS = 5000, REGISTERED_S = 600 };

struct ring_sip {
    struct ring_port port;
    struct sip_party party;
    char *host, *number, *user, *password, *domain, *caller;
    bool registers;
    ms setup_ms, ring_ms, tones_ms, registered_until;
    pthread_mutex_t lock;                              /* of registered_until: one line registers, the others wait for it */
};

static void note(struct ring_outcome *o, enum ring_result result, const char *what, int status)
{
    o->result = result;
    snprintf(o->note, sizeof o->note, status ? "sip: %s %d" : "sip: %s", what, status);
}

static bool is_registered(struct ring_sip *r, const struct ring_call *call, struct ring_outcome *o)
{
    if (!r->registers)
        return true;
    pthread_mutex_lock(&r->lock);
    int status = 200;
    if (steady_ms() >= r->registered_until) {
        struct sip_call c;
        status = sip_call_open(&c, &r->party, call->stop) ? sip_call_register(&c, REGISTERED_S) : 0;
        sip_call_close(&c);
        if (status == 200)
            r->registered_until = steady_ms() + REGISTERED_S * 1000 / 2;
    }
    pthread_mutex_unlock(&r->lock);
    if (status != 200)
        note(o, RING_FAILED, "not registered", status);
    return status == 200;
}

/* The trunk does not know us any more. */
static void forget(struct ring_sip *r)
{
    pthread_mutex_lock(&r->lock);
    r->registered_until = 0;
    pthread_mutex_unlock(&r->lock);
}

static void judge(const struct sip_call *c, struct ring_outcome *o)
{
    o->rang_after_ms = c->rang ? c->rang_after : 0;
    switch (c->status) {
    case 200: case 202:
        note(o, RING_ANSWERED, "answered", 0);
        break;
    case 486: case 600: case 603:
        note(o, RING_BUSY, "busy", c->status);
        break;
    case 0: case 408: case 480: case 487:
        note(o, c->rang ? RING_RANG : RING_FAILED, c->rang ? "no answer" : "no ringing", c->status);
        break;
    default:
        note(o, RING_FAILED, "refused", c->status);
    }
}

static void ring(struct ring_port *port, const struct ring_call *call, struct ring_outcome *o)
{
    struct ring_sip *r = port->own;
    struct sip_call c;
    if (!is_registered(r, call, o))
        return;
    if (sip_call_open(&c, &r->party, call->stop)) {
        sip_call_invite(&c, call->number, r->setup_ms, r->ring_ms);
        judge(&c, o);
        if (c.answered)
            sip_call_tones_and_bye(&c, r->tones_ms);
        if (c.status == 403)
            forget(r);
    } else
        note(o, RING_FAILED, "no way to the trunk", 0);
    sip_call_close(&c);
}

static char *kept(const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        abort();
    return copy;
}

static bool split_trunk(struct ring_sip *r, const char *trunk)
{
    struct str s = str_of(trunk), host = s, port = S("5060");
    size_t colon = s.n;
    int64_t number = 0;
    while (colon > 0 && s.p[colon - 1] != ':' && s.p[colon - 1] != ']')
        colon--;
    if (colon > 0 && s.p[colon - 1] == ':') {
        host = str_head(s, colon - 1);
        port = str_from(s, colon);
    }
    if (str_starts(host, S("[")) && str_ends(host, S("]")))
        host = (struct str){ host.p + 1, host.n - 2 };
    if (host.n == 0 || !str_to_i64(port, &number) || number < 1 || number > 65535)
        return false;
    r->host = strndup(host.p, host.n);
    r->number = strndup(port.p, port.n);
    if (!r->host || !r->number)
        abort();
    return true;
}

/* Nothing of these may end a header line or an address. */
static bool is_plain(const char *text)
{
    return !text || !strpbrk(text, "\r\n<>\"@; ");
}

struct ring_port *ring_sip_new(const struct ring_sip_config *config, struct fault *fault)
{
    struct ring_sip *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    pthread_mutex_init(&r->lock, NULL);
    if (!split_trunk(r, config->trunk) || !is_plain(config->user) || !is_plain(config->domain) || !is_plain(config->caller) ||
        (config->registers && !config->user)) {
        fault_set(fault, ERR_INVALID, "SIP 中继的设置不对：ring.sip_trunk 应为 主机:端口，登记需要 ring.sip_user",
                  "the SIP trunk's settings are wrong: ring.sip_trunk must be HOST:PORT, and registering needs ring.sip_user");
        ring_sip_free(&r->port);
        return NULL;
    }
    r->user = kept(config->user);
    r->password = kept(config->password);
    r->domain = kept(config->domain ? config->domain : r->host);
    r->caller = kept(config->caller ? config->caller : config->user ? config->user : "wuxing");
    r->registers = config->registers;
    r->setup_ms = config->setup_ms ? config->setup_ms : SETUP_MS;
    r->ring_ms = config->ring_ms ? config->ring_ms : RING_MS;
    r->tones_ms = config->tones_ms ? config->tones_ms : TONES_MS;
    r->party = (struct sip_party){ r->host, r->number, r->user ? r->user : r->caller, r->password, r->domain, r->caller };
    r->port = (struct ring_port){ .name = "sip", .lines = config->lines ? config->lines : LINES, .ring = ring, .own = r };
    sip_start();
    return &r->port;
}

void ring_sip_free(struct ring_port *port)
{
    if (!port)
        return;
    struct ring_sip *r = (struct ring_sip *)((char *)port - offsetof(struct ring_sip, port));
    pthread_mutex_destroy(&r->lock);
    free(r->host);
    free(r->number);
    free(r->user);
    free(r->password);
    free(r->domain);
    free(r->caller);
    free(r);
}
