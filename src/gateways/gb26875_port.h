/* gb26875_port.h -- the port of GB/T 26875.3 (TCP and UDP 9026): frames become signals of the devices of the protocol
 * "gb26875", whose account is the source address as 12 hexadecimal digits. What leaves, and when:
 *   confirm (3)   the signals of the frame are on disk; a frame without a unit is a heartbeat
 *   deny (6)      unknown device, wrong sum, a command or a unit that is not understood
 *   nothing       it could not be kept just now: the device sends again
 * Meanings of bits, types and quantities: rules/gb26875.yaml. A set bit is told with every frame that has it; that one was
 * cleared is told once (and once for each after a restart). What the office asks of a device: gb26875_ask.h.
 * Threading: see port.h. */
#ifndef WUXING_GATEWAYS_GB26875_PORT_H
#define WUXING_GATEWAYS_GB26875_PORT_H

#include "engine/rule.h"
#include "gateways/gb26875.h"
#include "gateways/port.h"

extern const struct port_protocol gb26875_protocol;

/* The signals of one unit, the most urgent first; at most `room`. `base` gives account, raw, at and repeat_ms; sequence is
 * its beginning. Returns how many: 0 when the unit is not understood. */
struct gb_meaning { const struct rules *rules; struct arena *arena; enum gb_time time; };
int gb26875_signals(const struct gb_meaning *, struct str unit, const struct signal_in *base, struct signal_in *ret_signals, int room);

#endif
