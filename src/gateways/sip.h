/* sip.h -- SIP messages (RFC 3261) read by libosip2's parser and written here, and digest authentication (RFC 2617, MD5: the
 * only one that devices and trunks speak): as much as an alarm receiver (scaip.h) and a telephone that rings (ring_sip.h) need.
 * No transaction layer: a receiver answers every copy of a request, since what it keeps is kept once; a caller repeats its own.
 * Limits: SIP_BYTES_MAX a message, SIP_LINES_MAX header lines. Memory: texts in the arena or slices of the message. Faults:
 * none; false when it is no SIP. Threading: sip_start once before threads; the rest pure. */
#ifndef WUXING_GATEWAYS_SIP_H
#define WUXING_GATEWAYS_SIP_H

#include "base/clock.h"

enum { SIP_BYTES_MAX = 16 << 10, SIP_LINES_MAX = 100, SIP_VIAS_MAX = 8, SIP_NONCE_BYTES = 32 };

struct sip_auth { struct str user, realm, nonce, uri, response, algorithm, cnonce, nc, qop, opaque; };
struct sip {
    int status;                            /* 0: a request */
    struct str method, uri;                /* of a request */
    struct str call_id, cseq_method, from, from_tag, from_uri, to, to_tag, contact, content_type, body;
    uint32_t cseq;
    struct str vias[SIP_VIAS_MAX], branch; /* header values, topmost first; the topmost one's branch */
    int via_count;
    struct str route;                      /* Record-Route values as one Route value, in a caller's order */
    bool has_auth, is_proxy;               /* Authorization of a request; a challenge of a 401 or (is_proxy) 407 */
    struct sip_auth auth;
};

void sip_start(void);
/* Bytes of the message at the front of a stream, 0 when it is not whole yet, -1 when this is no SIP. Line ends that keep a
 * connection alive are a "message" of their own. */
long sip_frame(struct str stream);
bool sip_read(struct arena *, struct str message, struct sip *ret_sip);

/* The answer to a request that came from `address` ("192.0.2.7:5060"); `extra` is whole header lines or empty. Every answer of
 * ours to one dialog has the same tag. */
struct str sip_answer(struct arena *, const struct sip *, struct str address, int status, const char *reason, struct str extra,
                      struct str content_type, struct str body);

/* --- digest ------------------------------------------------------------------------------------------------------------------ */

/* A nonce that says when it was made and that we made it; good for `life` from then on. */
struct str sip_nonce(struct arena *, const uint8_t secret[32], ms now);
bool sip_nonce_ok(struct str nonce, const uint8_t secret[32], ms now, ms life);
struct str sip_challenge(struct arena *, const char *realm, struct str nonce, bool stale);        /* a header line */
/* Whether the request knows the password. The nonce is asked about apart. */
bool sip_knows(struct arena *, const struct sip *, const char *realm, struct str password);
/* The header line that answers a challenge. */
struct str sip_credentials(struct arena *, const struct sip *challenge, struct str method, struct str uri, struct str user,
                           struct str password, struct str cnonce);

#endif
