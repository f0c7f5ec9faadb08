/* ring_sip.h -- telephones rung through a SIP trunk or the office's own switchboard: REGISTER where the trunk wants it, INVITE,
 * digest (RFC 2617), and then
 *   180                     it rang: rang (also when nobody takes it and the call is cancelled after ring_ms)
 *   200                     answered: attention tones for tones_ms, then BYE; tones_ms 0: BYE at once
 *   486, 600, 603           busy (or declined)
 *   408, 480, 487 and time  rang when it rang, else failed;   anything else: failed
 * The caller's number is what the called one sees: it should be the duty telephone, so that one can call back. Who answers hears
 * tones, no words. Over UDP; a trunk that offers only TLS needs a switchboard between.
 * Limits: setup_ms until the first sign of the called side, ring_ms of ringing. Faults: INVALID for a trunk that is no HOST:PORT.
 * Memory: the port owns copies. Threading: `lines` calls at a time, each with a socket of its own. */
#ifndef WUXING_GATEWAYS_RING_SIP_H
#define WUXING_GATEWAYS_RING_SIP_H

#include "engine/ring_port.h"

struct ring_sip_config {
    const char *trunk;                     /* HOST or HOST:PORT (5060) */
    const char *user, *password;           /* of the trunk; NULL: it asks for none */
    const char *domain;                    /* of the addresses; NULL: the trunk's host */
    const char *caller;                    /* the number shown; NULL: user */
    bool registers;
    int lines;                             /* 0: 2 */
    ms setup_ms, ring_ms, tones_ms;        /* 0: 12 s, 30 s; tones_ms negative: none, 0: 5 s */
};
struct ring_port *ring_sip_new(const struct ring_sip_config *, struct fault *);
void ring_sip_free(struct ring_port *);    /* takes NULL */

#endif
