/* pulse.c -- what a server answers its watcher, and the watcher's own file.
 * This exercises: watch_read_pulse (src/cli/watch_net.c), watch_read (src/cli/watch_config.c). Held: a look that was heard
 * came from a whole pulse; a file that was taken names a server and somebody to tell. */
#include "cli/watch.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct str text = { (const char *)data, n };
    struct watch_look look = { 0 };
    struct watch_config config = { 0 };
    struct fault fault = { 0 };
    struct arena arena;
    arena_init(&arena, 0);
    if (watch_read_pulse(text, &look) != look.heard)
        abort();
    if (watch_read(&arena, text, &config, &fault) && (!config.server || config.tell_count == 0))
        abort();
    arena_free(&arena);
    return 0;
}
