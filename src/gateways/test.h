/* test.h -- a gateway for trying devices out without any: lines of text over TCP or UDP, one signal each,
 *   ACCOUNT SEQUENCE KIND [TEXT]
 * of devices of the protocol "test". The answer is "ok SEQUENCE" once the signal is on disk, "no SEQUENCE" when it never
 * will be, "busy SEQUENCE" when it is to be sent again, "no malformed" for a line that is none of this.
 * Limits: 1,000 bytes a line. Threading: see port.h. */
#ifndef WUXING_GATEWAYS_TEST_H
#define WUXING_GATEWAYS_TEST_H

#include "gateways/port.h"

extern const struct port_protocol test_protocol;

#endif
