/* gateways.h -- starts the ports and clients through which devices speak, as the settings gateways.NAME... say, and stops
 * them. A port whose address was set must be had, or the server does not start; one that only has its default may be
 * somebody else's: the server then runs without it and says so (log, /metrics, the page of devices).
 * A new protocol is one line in gateways.c and one in settings.
 * Faults: UNAVAILABLE, INVALID. Memory: its own. Threading: one thread starts and stops. */
#ifndef WUXING_CLI_GATEWAYS_H
#define WUXING_CLI_GATEWAYS_H

#include "cli/cli.h"
#include "engine/intake.h"

struct gateways;
struct gateways *gateways_start(struct cli *, struct intake *, struct fault *);
void gateways_stop(struct gateways *);                 /* takes NULL; before the intake is closed */

#endif
