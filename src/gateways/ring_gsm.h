/* ring_gsm.h -- telephones rung and texts sent by a GSM modem on a serial line: the way that works when the network is down.
 *   alerting (+CLCC state 3)   it rang;   active: answered, then hung up;   BUSY: busy
 *   nobody takes it in ring_ms rang when it alerted, else failed
 * A text (number and link) goes first, once per matter and number; it counts for nothing. A modem that only sends texts (a data
 * stick) fails each call, and the next port is asked.
 * Limits: one call at a time. Faults: none at the start: a modem that is not there fails each call until it is.
 * Memory: the port owns copies. Threading: one line. */
#ifndef WUXING_GATEWAYS_RING_GSM_H
#define WUXING_GATEWAYS_RING_GSM_H

#include "engine/ring_port.h"

struct ring_gsm_config {
    const char *tty;                       /* /dev/ttyUSB2 */
    const char *pin;                       /* of the card, or NULL */
    ms setup_ms, ring_ms;                  /* 0: 15 s, 30 s */
};
struct ring_port *ring_gsm_new(const struct ring_gsm_config *);
void ring_gsm_free(struct ring_port *);    /* takes NULL */

#endif
