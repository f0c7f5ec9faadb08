/* server.h -- the HTTP server: routes, live stream and pages on one port, over libmicrohttpd (epoll, one thread) and a
 * few workers. Nothing here knows a module.
 * Limits: headers within 10 s, a body of at least 1 KiB/s after 10 s, a connection outside a request is shut after 15 s
 * (RELIABILITY row 12: libmicrohttpd's own timeout is an idle timer, so these are ours). Overload answers 503 at once.
 * Faults: UNAVAILABLE when the port or the certificate cannot be used. Threading: any. */
#ifndef WUXING_HTTP_SERVER_H
#define WUXING_HTTP_SERVER_H

#include "http/route.h"

struct server_config {
    const char *address;               /* NULL: 127.0.0.1 */
    int port;                          /* 0: any free one */
    const char *tls_cert, *tls_key;    /* PEM files; NULL: plain http */
    int workers;                       /* 0: 4 or 5: more would only wait for the store's readers */
    int connections_max;               /* 0: 14,000, or what the file limit allows */
    int connections_per_address;       /* 0: 512; loopback (a proxy of our own) has no cap unless this is given */
    int header_ms, body_grace_ms, idle_ms;     /* 0: 10 s, 10 s, 15 s */
    int body_bytes_per_s;              /* 0: 1024 */
    bool quiet;                        /* no line per request; faults of ours (5xx) are always logged */
};

struct server;
struct server *server_start(struct api *, const struct server_config *, struct fault *);
int server_port(const struct server *);
bool server_secure(const struct server *);
/* Takes no more connections, finishes every request that was taken, ends the streams, frees. */
void server_stop(struct server *);

#endif
