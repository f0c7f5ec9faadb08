/* ringing.h -- starts the ringer (engine/ring_port.h) with the ports that the settings ring.... name, in the order in which
 * they are asked, and stops it. Without any it runs with none: every attempt then says no_port and the screens are told.
 * A new kind of port is one line in ringing.c and its settings.
 * Faults: INVALID. Memory: its own. Threading: one thread starts and stops. */
#ifndef WUXING_CLI_RINGING_H
#define WUXING_CLI_RINGING_H

#include "cli/cli.h"

struct ringing;
struct ringing *ringing_start(struct cli *, struct fault *);
void ringing_stop(struct ringing *);                   /* takes NULL; before the engine is closed */

#endif
