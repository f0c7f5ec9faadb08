/* watch_port.h -- the port of locating watches, TCP 9033: frames of watch.h become signals of devices of the protocol "watch",
 * whose account is the ID of the watch. An alarm is answered when it is on disk, a heartbeat (LK) at once.
 * Threading: see port.h. */
#ifndef WUXING_GATEWAYS_WATCH_PORT_H
#define WUXING_GATEWAYS_WATCH_PORT_H

#include "gateways/port.h"

extern const struct port_protocol watch_protocol;

#endif
