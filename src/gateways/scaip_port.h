/* scaip_port.h -- the port of SCAIP, UDP and TCP 5060: SIP MESSAGEs of care telephones become signals of devices of the
 * protocol "scaip". The account is the name by which the sender logs in (digest, with the device's key as password); a sender
 * that speaks for several controllers has a device USER/CID for each of those that is one of its own. What leaves, and when:
 *   401          whoever did not log in, or with a nonce of another time;   403  who does not know the password
 *   200 + mrs    status 0 when the signal is on disk, 3 when it never will be, 4 (hold: the device sends again in 5 to 20
 *                seconds) when it cannot be kept just now; a refusal of the body by its own number. Vendors of rules/scaip.yaml
 *                with `answer: separate` get an empty 200 at once and the mrs as a MESSAGE of ours
 *   200 empty    a part of a longer message: nothing is promised before the last one
 * REGISTER is answered so that devices which insist on it go on; it counts as a heartbeat. OPTIONS too. No voice is carried.
 * The same ref within half an hour is the same signal. Threading: see port.h; sip_start comes first. */
#ifndef WUXING_GATEWAYS_SCAIP_PORT_H
#define WUXING_GATEWAYS_SCAIP_PORT_H

#include "gateways/port.h"

extern const struct port_protocol scaip_protocol;

#endif
