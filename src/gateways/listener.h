/* listener.h -- a TCP port of a gateway: a thread that accepts and one for each connection, which runs `serve` until the other
 * side closes or the listener stops. At most LISTENER_CONNS_MAX at once; who comes later is turned away at the door.
 * Faults: UNAVAILABLE when the port cannot be had. Memory: its own. Threading: one thread starts and stops; stop waits for
 * all connections, so that whatever was acknowledged is on disk. */
#ifndef WUXING_GATEWAYS_LISTENER_H
#define WUXING_GATEWAYS_LISTENER_H

#include "engine/intake.h"

enum { LISTENER_CONNS_MAX = 64 };

typedef void listener_serve(struct intake *, int fd);

struct listener;
struct listener *listener_start(const char *address, int port, listener_serve *, struct intake *, struct fault *);
int listener_port(const struct listener *);            /* the real one when 0 was asked for */
void listener_stop(struct listener *);                 /* takes NULL */

#endif
