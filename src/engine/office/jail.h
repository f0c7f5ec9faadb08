/* jail.h -- hostile files are decoded in a process that can do nothing but compute: `main` forks a helper
 * before any thread exists, the helper forks one short-lived decoder per file, and a crash or a loop there
 * is a refusal here.
 * A decoder has no files, no network, no new processes, no executable memory (seccomp, Landlock where the
 * kernel has it, no new privileges), and limited memory and time; what it answers is checked like any
 * other input.
 * Units: bytes. Memory: results live in the caller's arena and are charged to it, also beyond its cap.
 * Faults: MEDIA_TYPE, TOO_LARGE (refusal.def), UNAVAILABLE when too many wait or the helper is gone.
 * Threading: jail_start and jail_stop once, from main; the rest from any thread, JAIL_DECODERS_MAX at a
 * time. */
#ifndef WUXING_ENGINE_OFFICE_JAIL_H
#define WUXING_ENGINE_OFFICE_JAIL_H

#include "engine/office/picture.h"
#include "engine/office/table.h"

enum { JAIL_DECODERS_MAX = 4 };

bool jail_start(void);                   /* before any thread; true also when it runs already */
void jail_stop(void);

/* False with the fault set. */
bool jail_picture(struct arena *, struct str bytes, struct picture *ret_picture, struct fault *);
/* .xlsx or .csv by its bytes; `name` picks a worksheet, "" the first visible one. */
bool jail_sheet(struct arena *, struct str bytes, struct str name, struct table *ret_table, struct fault *);

/* Tries from inside what must be impossible; for `wuxing check` and the tests. */
#define JAIL_PROBES(X) X(OPEN) X(SOCKET) X(FORK) X(EXEC) X(KILL) X(EXECUTABLE_MEMORY) X(UNLINK) X(PTRACE) X(LOOP) X(CRASH) X(MEMORY)
enum jail_probe {
#define X(name) JAIL_PROBE_##name,
    JAIL_PROBES(X)
#undef X
    JAIL_PROBE_COUNT
};
const char *jail_probe_name(enum jail_probe);
bool jail_holds(enum jail_probe);        /* false: the attempt succeeded, or there is no jail */

#endif
