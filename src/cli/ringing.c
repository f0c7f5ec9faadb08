/* ringing.c -- see ringing.h. */
#include "cli/ringing.h"

#include "base/log.h"
#include "gateways/ring_gsm.h"
#include "gateways/ring_http.h"
#include "gateways/ring_sip.h"

#include <stdlib.h>
#include <string.h>

static struct ring_port *http_port(struct cli *cli, struct fault *fault)
{
    const char *const *v = cli->settings.values;
    struct ring_http_config config = {
        .voice_url = v[SET_RING_VOICE_URL], .voice_body = v[SET_RING_VOICE_BODY], .text_url = v[SET_RING_TEXT_URL],
        .text_body = v[SET_RING_TEXT_BODY], .header = v[SET_RING_HEADER], .secret = v[SET_RING_SECRET],
    };
    return config.voice_url || config.text_url ? ring_http_new(&config, cli->engine, fault) : NULL;
}

static struct ring_port *sip_port(struct cli *cli, struct fault *fault)
{
    const char *const *v = cli->settings.values;
    struct ring_sip_config config = {
        .trunk = v[SET_RING_SIP_TRUNK], .user = v[SET_RING_SIP_USER], .password = v[SET_RING_SIP_PASSWORD],
        .domain = v[SET_RING_SIP_DOMAIN], .caller = v[SET_RING_SIP_CALLER],
        .registers = v[SET_RING_SIP_REGISTER] && strcmp(v[SET_RING_SIP_REGISTER], "yes") == 0,
        .lines = (int)settings_int(&cli->settings, SET_RING_SIP_LINES),
    };
    return config.trunk ? ring_sip_new(&config, fault) : NULL;
}

static struct ring_port *gsm_port(struct cli *cli, struct fault *fault)
{
    const char *const *v = cli->settings.values;
    (void)fault;                                       /* a modem may be plugged in later */
    return v[SET_RING_GSM_TTY] ? ring_gsm_new(&(struct ring_gsm_config){ .tty = v[SET_RING_GSM_TTY], .pin = v[SET_RING_GSM_PIN] }) : NULL;
}

/* Asked in this order; a port that is not set up is left out. */
static const struct { struct ring_port *(*make)(struct cli *, struct fault *); void (*free)(struct ring_port *); } kinds[] = {
    { sip_port, ring_sip_free }, { http_port, ring_http_free }, { gsm_port, ring_gsm_free },
};

struct ringing {
    struct ringer *ringer;
    struct ring_port *made[COUNT(kinds)], *ports[COUNT(kinds) + 1];
};

struct ringing *ringing_start(struct cli *cli, struct fault *fault)
{
    struct ringing *r = calloc(1, sizeof *r);
    int count = 0;
    if (!r)
        abort();
    for (size_t i = 0; i < COUNT(kinds); i++) {
        r->made[i] = kinds[i].make(cli, fault);
        if (fault->code != ERR_OK) {
            ringing_stop(r);
            return NULL;
        }
        if (r->made[i]) {
            r->ports[count++] = r->made[i];
            log_line(LOG_INFO, "ring port=%s lines=%d", r->made[i]->name, r->made[i]->lines);
        }
    }
    if (!count)
        log_line(LOG_WARN, "ring port=null: no telephone rings; set ring.sip_trunk, ring.voice_url or ring.gsm_tty");
    r->ringer = ringer_start(cli->engine, r->ports, cli->settings.values[SET_RING_LINK]);
    return r;
}

void ringing_stop(struct ringing *r)
{
    if (!r)
        return;
    ringer_stop(r->ringer);
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (r->made[i])
            kinds[i].free(r->made[i]);
    free(r);
}
