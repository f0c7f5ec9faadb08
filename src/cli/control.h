/* control.h -- the socket DIR/control.sock, by which commands that write reach the server that holds the folder: two
 * writers never meet. The client sends its command line and the bytes of its input file; the server runs the command in
 * itself and sends back what it prints. Frames: one byte of kind, four bytes of length (big-endian), payload.
 *   to the server: a argument, l language, i input, g go      to the client: o output, e error, p progress, f marked file, x exit code
 * Only the server's own user and root may speak (the file's mode and the kernel's word on who connects).
 * Faults: UNAVAILABLE when the socket cannot be made. Threading: control_start makes threads of its own. */
#ifndef WUXING_CLI_CONTROL_H
#define WUXING_CLI_CONTROL_H

#include "cli/cli.h"

int control_connect(const char *data);                 /* a socket, or -1 when no server listens there */
int control_ask(struct cli *, int socket);             /* the exit code; closes the socket */

struct control;
struct control *control_start(const char *data, struct engine *, struct api *, struct fault *);
void control_stop(struct control *);                   /* finishes the commands that run */

#endif
