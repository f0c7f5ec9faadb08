#include "store/store.h"
static bool driver_open(struct store *s, struct fault *fault)
{
    (void)s;
    fault_set(fault, ERR_UNAVAILABLE, "此版本尚未包含 PostgreSQL", "This build has no PostgreSQL yet");
    return false;
}
static void driver_close(struct store *s)
{
    (void)s;
}
const struct driver postgres_driver = { .open = driver_open, .close = driver_close };
