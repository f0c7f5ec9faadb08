/* dc09_port.h -- the port of SIA DC-09 (TCP and UDP 9009): frames become signals of the devices of the protocol "dc09", whose
 * account is the account in the frame's head, in capitals. What leaves, and when:
 *   ACK      the signals of the frame are on disk (a supervision NULL, an empty SIA-DCS and the old keep-alive: heartbeat)
 *   NAK      the time is outside the window of rules/dc09.yaml; carries ours
 *   DUH      unknown device, not by its key, a kind of message or data that is not understood
 *   nothing  wrong CRC, no frame, or it could not be kept just now: the device sends again
 * Of a device with a key only alarms are taken in the clear: somebody may be in need while a panel lost its set-up; all
 * else could be forged. Meanings of codes: rules/contact_id.yaml and rules/sia_codes.yaml.
 * Threading: see port.h. */
#ifndef WUXING_GATEWAYS_DC09_PORT_H
#define WUXING_GATEWAYS_DC09_PORT_H

#include "engine/rule.h"
#include "gateways/dc09.h"
#include "gateways/port.h"

extern const struct port_protocol dc09_protocol;

/* The rule that an event falls under: its own code, else that of its kind; never NULL with our rules. `ret_kind`: of
 * rules/signal_kinds.yaml. `id`: the message's, because HENG-BO has codes of its own. */
const struct rule_entry *dc09_meaning(const struct rules *, struct str id, const struct dc09_event *, struct str *ret_kind);

#endif
