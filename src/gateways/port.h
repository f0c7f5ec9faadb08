/* port.h -- device ports: one epoll thread serves the TCP and UDP ports of all protocols. A protocol is a constant table
 * with `take`, which consumes one whole frame of what came and says what it meant; the port does all the rest: sockets,
 * buffers, limits, and answers that leave only when the signal is on disk (intake.h), alarms ahead of everything.
 *
 * take(peer, bytes) runs on the port's thread and must not block: it decodes, calls peer_signal, peer_send ... and returns
 *   n > 0  so many bytes were one frame (an unusable one that can be skipped counts too: see peer_malformed)
 *   0      the frame is not whole yet (TCP only; an incomplete datagram is malformed)
 *   -1     this is not the protocol: a TCP peer is cut, a datagram forgotten
 * A datagram is handed over at once and whole; bytes that take leaves of it are handed over again.
 *
 * Limits: frame_bytes_max per frame (at most 64 KiB + 1 KiB); a frame that has begun ends within frame_ms and a connection
 * says a whole frame every idle_ms, however slowly bytes drip; struct port_limits for the rest. Whoever exceeds one is cut
 * or turned away alone. Times are monotonic ms, but at(peer): the engine's clock.
 * Memory: what take makes in peer_arena lives until take returns; peer_state as long as the connection. Texts handed over
 * are copied. Threading: ports_listen before ports_start; take and all peer_ functions on the port's thread only. */
#ifndef WUXING_GATEWAYS_PORT_H
#define WUXING_GATEWAYS_PORT_H

#include "engine/gateway.h"
#include "engine/intake.h"

struct ports;
struct peer;

struct port_protocol {
    const char *name;                  /* "dc09": of the metrics, and device.protocol of its devices */
    struct label label;
    bool tcp, udp;
    int frame_bytes_max, frame_ms, idle_ms;
    long (*take)(struct peer *, struct str bytes);
    void (*begin)(struct peer *);      /* a TCP connection was made; may be NULL */
    void (*end)(struct peer *);        /* and ended; may be NULL */
    size_t state_bytes;                /* of peer_state: zeroed, one per TCP connection, one for all of UDP */
};

/* 0: the default. per_address does not count loopback unless it is given. */
struct port_limits { int connections, per_address, under_way, under_way_per_address; };

struct ports *ports_new(struct intake *, const struct port_limits *);
/* Binds TCP and/or UDP on the same number; the number (port 0 asks for any), or 0 and UNAVAILABLE. */
int ports_listen(struct ports *, const struct port_protocol *, const char *address, int port, struct fault *);
void ports_start(struct ports *);
void ports_stop(struct ports *);       /* takes no more, answers what is under way, closes, frees; takes NULL */
struct gateway *ports_gateway(struct ports *, const char *name);       /* its counters; NULL when it does not listen */

/* What the office says on its own: to whoever spoke last for an account (peer_speaks_for), from any thread. `note` is what take
 * left there. False: nobody speaks for it now; true is no promise that it arrives. */
enum { PORT_NOTE_BYTES = 16 };
bool ports_note(struct ports *, const char *name, struct str account, uint8_t ret_note[PORT_NOTE_BYTES]);
bool ports_say(struct ports *, const char *name, struct str account, struct str bytes);

/* --- what take may do ------------------------------------------------------------------------------------------------- */

/* The protocol is filled in. `durable` leaves when it is on disk; `refused` when it never will be (unknown device,
 * unusable signal). When it cannot be kept just now nothing leaves: the device sends again. Empty answers are not sent. */
void peer_signal(struct peer *, const struct signal_in *, struct str durable, struct str refused);
/* Several signals of one frame with one answer; `busy` for when they cannot all be kept now. Over TCP answers leave in the
 * order the signals became durable. */
struct port_answers { struct str durable, refused, busy; };
void peer_signals(struct peer *, const struct signal_in *list, int count, struct port_answers);
void peer_send(struct peer *, struct str bytes);       /* at once */
void peer_close(struct peer *);                        /* once everything owed has left */
/* What ports_say sends to this account goes here from now on: while the connection lasts, or for UDP_SPEAKS_MS. Only for
 * devices that are registered: strangers must not fill the list. */
enum { UDP_SPEAKS_MS = 300000 };
void peer_speaks_for(struct peer *, struct str account, const uint8_t note[PORT_NOTE_BYTES]);
void peer_malformed(struct peer *);                    /* counts a frame that could be skipped but not understood */
bool peer_device(struct peer *, struct str account, struct device_known *ret_known);   /* registered, and its key */
bool peer_knows_devices(const struct peer *);          /* false: the store was away since the start; nobody is a stranger yet */
void peer_stranger(struct peer *, struct str account, const char *reason);             /* see device_book.h */
struct engine *peer_engine(const struct peer *);
ms peer_now(const struct peer *);                      /* the engine's clock */
bool peer_is_udp(const struct peer *);
struct str peer_address(struct peer *);                /* "127.0.0.1:40112" */
struct arena *peer_arena(struct peer *);
void *peer_state(struct peer *);

#endif
