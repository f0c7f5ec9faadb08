/* test.h -- a gateway for trying devices out without any: lines of text on a connection, one signal each,
 *   ACCOUNT SEQUENCE KIND [TEXT]
 * of devices of the protocol "test". The answer is "ok SEQUENCE" once the signal is on disk, or "no REASON".
 * Limits: 1,000 bytes a line. Memory: the caller's arena. Threading: one thread per connection. */
#ifndef WUXING_GATEWAYS_TEST_H
#define WUXING_GATEWAYS_TEST_H

#include "engine/intake.h"

struct str test_gateway_line(struct intake *, struct arena *, struct str line);
void test_gateway_serve(struct intake *, int fd);      /* until the other side closes */

#endif
