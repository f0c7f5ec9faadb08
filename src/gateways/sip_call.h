/* sip_call.h -- one caller's side of SIP over UDP: requests that are repeated until answered, challenges answered once, and
 * INVITE with all that follows. Blocking, on the caller's thread, until `stop` turns true or its time is up.
 * Times in ms of the monotonic clock. Memory: the call's own arena. Faults: none; what happened is in the call. Threading: one
 * thread per call. Source: RFC 3261 (13, 17), 2617. */
#ifndef WUXING_GATEWAYS_SIP_CALL_H
#define WUXING_GATEWAYS_SIP_CALL_H

#include "gateways/sip.h"
#include "gateways/sip_media.h"

struct sip_party {
    const char *host, *port;               /* where requests go */
    const char *user, *password, *domain, *caller;
};
struct sip_call {
    const struct sip_party *party;
    const _Atomic bool *stop;
    struct arena arena;
    struct str id, tag, local, host, uri, to, target, route;       /* local: ADDRESS:PORT of ours; to: with the other's tag */
    unsigned cseq;
    int socket, sound;                     /* sound: the socket of the tones */
    ms began;
    bool rang, answered;
    ms rang_after;
    int status;                            /* the final answer, 0: none came */
    struct media media;
    bool has_media;
};

/* False when there is no way to the trunk (no such host, no network). */
bool sip_call_open(struct sip_call *, const struct sip_party *, const _Atomic bool *stop);
void sip_call_close(struct sip_call *);
/* The status of the answer, 0 when none came. */
int sip_call_register(struct sip_call *, int seconds);
/* Until it is answered, refused, cancelled after `ring` of ringing or `setup` without, or stopped. */
void sip_call_invite(struct sip_call *, const char *number, ms setup, ms ring);
/* After an answer: tones for that long or until the other side hangs up; then BYE. */
void sip_call_tones_and_bye(struct sip_call *, ms tones);

#endif
