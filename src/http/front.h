/* front.h -- what the server's own files share: the connections with their deadlines (conns.c), the live streams
 * (stream.c), the server itself (server.c).
 * Times here are CLOCK_MONOTONIC ms: they guard sockets, not matters. Threading: each says. */
#ifndef WUXING_HTTP_FRONT_H
#define WUXING_HTTP_FRONT_H

#include "http/http.h"
#include "http/server.h"

#include <sys/socket.h>

ms monotonic_ms(void);

/* --- connections: made and ended by libmicrohttpd's thread, watched by the sweeper --------------------------------------- */

enum conn_phase { CONN_IDLE, CONN_BODY, CONN_WORK, CONN_REPLY };
struct conn_record {
    struct conn_record *previous, *next;
    int fd;
    enum conn_phase phase;
    ms since;
    size_t bytes;                      /* of the body so far; of the answer */
    bool fresh;                        /* no request was finished on it yet */
    bool stolen;                       /* its socket is a stream's now, which releases the address */
    uint32_t address_slot;
    char address[48];
    char *uri;
    size_t uri_bytes, uri_room;
};
struct conns;
struct conns *conns_new(const struct server_config *);
void conns_free(struct conns *);
bool conns_may_enter(struct conns *, const struct sockaddr *);     /* the cap per address */
struct conn_record *conns_add(struct conns *, int fd, const struct sockaddr *);
void conns_remove(struct conns *, struct conn_record *, bool keep_address);
void conns_release(struct conns *, uint32_t address_slot);         /* of a stream that has ended */
void conns_phase(struct conns *, struct conn_record *, enum conn_phase, size_t bytes);
void conns_grew(struct conn_record *, size_t bytes);
void conns_drain(struct conns *);                                  /* from now on idle connections are shut at once */
int conns_count(struct conns *);

/* --- streams -------------------------------------------------------------------------------------------------------------- */

enum { STREAMS_MAX = 12000 };
struct feeder;
struct feeder *feeder_new(struct api *, struct conns *);
void feeder_stop(struct feeder *);     /* ends every stream; takes no more */
void feeder_free(struct feeder *);
/* Takes a socket over (fd >= 0, its own from now on) or serves through `sink`, which is called with bytes and says how
 * many it took, -1 when it is gone; and with NULL when the stream is cut. False: there are too many streams. */
struct stream_order {
    int fd;
    ssize_t (*sink)(void *, const char *, size_t);
    void *sink_arg;
    const struct who *who;
    enum lang lang;
    struct str bearer, cookie;         /* asked again every 30 s: a stream does not outlive its session */
    int64_t after;                     /* -1: from now on */
    uint32_t address_slot;
};
bool feeder_take(struct feeder *, const struct stream_order *);
void feeder_nudge(struct feeder *);    /* a sink has room again */
int feeder_count(struct feeder *);

#endif
