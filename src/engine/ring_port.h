/* ring_port.h -- how a telephone is made to ring: one struct per way (SIP, GSM modem, HTTP gateway, none at all, the
 * tests' twin). Attempts are rows (ring.h); after their commit the ringer hands them to the ports and writes back what
 * happened. Ports are tried in the order given: what the first one cannot do (failed, no_port) the next one is asked.
 * Threading: each port has `lines` threads; `ring` is called on them, may block as long as a telephone rings, and must
 * come back within 60 s or soon after `stop` turns true. Memory: everything handed to `ring` lives until it returns. */
#ifndef WUXING_ENGINE_RING_PORT_H
#define WUXING_ENGINE_RING_PORT_H

#include "engine/ring.h"

struct engine;
struct ring_call {
    int64_t attempt, matter;
    const char *number;                /* digits, perhaps a leading + */
    const char *matter_number;         /* YJ-261123-12 */
    const char *text;                  /* for an SMS: number and link only */
    const char *spoken;                /* for a voice: number only */
    bool again;                        /* rung before for this matter: an SMS was sent already */
    const _Atomic bool *stop;          /* the server ends, or the matter was taken: hang up */
};
struct ring_outcome {
    enum ring_result result;           /* RING_OPEN: accepted, the outcome comes later by ring_receipt */
    ms rang_after_ms;                  /* from being asked to the first ring; when it rang */
    bool texted;                       /* an SMS left too */
    char note[120];                    /* for the log: never a name or a number */
};
struct ring_port {
    const char *name;                  /* "sip", "gsm", "http", "null", "twin" */
    int lines;                         /* calls at the same time, 1..32 */
    void (*ring)(struct ring_port *, const struct ring_call *, struct ring_outcome *ret_outcome);
    void *own;
};

/* Says no_port at once: what an office without any gateway has. */
extern struct ring_port ring_port_null;

/* Takes due attempts and climbs. `link`: what a text's link begins with ("https://wx.example/m/"), or NULL. Ports end with
 * NULL; none at all means the null port. */
struct ringer;
struct ringer *ringer_start(struct engine *, struct ring_port *const *ports, const char *link);
void ringer_stop(struct ringer *);
/* The same without threads, for tests and the simulator: climbs, asks every port for what is due, writes back, until
 * nothing is left to do at this time. How many attempts were asked. */
struct ringer *ringer_new(struct engine *, struct ring_port *const *ports, const char *link);
int ringer_turn(struct ringer *);
void ringer_free(struct ringer *);

/* What a port learnt later (a gateway's receipt). False when the attempt is unknown or ended already. */
bool ring_receipt(struct tx *, int64_t attempt, enum ring_result, ms rang_at, struct str note);
/* The unguessable last part of the address where a gateway tells the outcome of one attempt; good for that attempt only. */
struct str ring_receipt_token(const struct engine *, struct arena *, int64_t attempt);
bool ring_receipt_attempt(const struct engine *, struct str token, int64_t *ret_attempt) MUST_USE;

/* The tests' twin: remembers who was rung; `answer` decides what happens (NULL: it rings and nobody takes it). Threads
 * may share it. */
enum { RING_TWIN_MAX = 20000 };
struct ring_twin;
struct ring_twin *ring_twin_new(enum ring_result (*answer)(void *arg, const struct ring_call *), void *arg);
void ring_twin_free(struct ring_twin *);
struct ring_port *ring_twin_port(struct ring_twin *);
int ring_twin_count(struct ring_twin *);
const char *ring_twin_number(struct ring_twin *, int i);       /* in the order they were rung */
const char *ring_twin_text(struct ring_twin *, int i);

#endif
