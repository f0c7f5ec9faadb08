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

/* What the port knows of a device that has called: for frames to it. Bytes of ports_note. */
struct gb_note { uint64_t centre; uint8_t version[2], time, none[5]; };
_Static_assert(sizeof(struct gb_note) == PORT_NOTE_BYTES, "a note must fit");

/* Sends what is due to devices that are connected (engine/device_query.h) and marks it sent; how many. A thread does it twice
 * a second between start and stop; stop before the ports. */
int gb26875_ask_turn(struct engine *, struct ports *);
struct gb_asking;
struct gb_asking *gb26875_ask_start(struct engine *, struct ports *);
void gb26875_ask_stop(struct gb_asking *);             /* takes NULL */
/* The port heard a reply; written on the store's threads, not waited for. */
void gb26875_ask_heard(struct engine *, struct str account, int serial, const char *what, int reply, struct str answer);

#endif
