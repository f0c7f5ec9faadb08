/* intake_file.h -- DIR/intake: signals that wait on disk while the store is away. Sealed records, one fdatasync for as many
 * as came together. Bringing them in holds no lock while the store is asked, so that more can be kept meanwhile; a record
 * that the store refuses stays in DIR/intake.refused for a human.
 * Limits: 64 MiB of waiting records. Faults: UNAVAILABLE when the files cannot be opened. Memory: its own.
 * Threading: any; one at a time drains. */
#ifndef WUXING_ENGINE_INTAKE_FILE_H
#define WUXING_ENGINE_INTAKE_FILE_H

#include "engine/device.h"

struct intake_file;
typedef bool intake_put(struct engine *, const struct signal_in *, struct fault *);
struct intake_file *intake_file_open(struct engine *, struct fault *);
void intake_file_close(struct intake_file *);          /* takes NULL */
bool intake_file_keep(struct intake_file *, const struct signal_in *const *list, int count);      /* all or none */
/* How many were brought in; *ret_away: the store could not be reached. */
int intake_file_drain(struct intake_file *, intake_put *, bool *ret_away);
int64_t intake_file_bytes(struct intake_file *);       /* that wait */
bool intake_is_away(enum err);                         /* this fault says that the store cannot be reached */

#endif
