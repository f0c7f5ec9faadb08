/* own.h -- the engine and api of this process, for a command that runs without a server; and for the server itself.
 * Faults: those of engine_open. Threading: one thread opens and closes. */
#ifndef WUXING_CLI_OWN_H
#define WUXING_CLI_OWN_H

#include "cli/cli.h"
#include "engine/engine.h"
#include "http/route.h"

/* What engine_open is told, from --data and the settings. */
struct engine_config own_config(struct cli *);
/* Makes the data folder, readable by its owner only, and what leads to it; false after a message. */
bool own_make_folder(struct cli *);
/* False with NOT_FOUND and what to run, when nothing was ever made in the folder. */
bool own_exists(const struct cli *, struct fault *);
bool own_open(struct cli *, struct fault *);
void own_close(struct cli *);

/* A write in one transaction, by the system; false and the fault printed. */
bool own_write(struct cli *, void (*apply)(struct tx *, void *arg), void *arg);
/* A call of the HTTP interface by the system itself, from inside; the answer's problem is printed when it is one. */
bool own_call(struct cli *, enum method, const char *path, struct str body, struct answer *ret_answer);

#endif
