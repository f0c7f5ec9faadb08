/* stores_power.h -- power loss for SQLite: a VFS that stands before the real one, logs every write, sync, truncation,
 * creation and removal, and afterwards makes the files as a crash after any of these events could have left them.
 * Model: what was synced is there. Of what was not, every 512-byte sector may be old, new or (only where it was being
 * written) garbage; a creation or removal is sure after the directory was synced, which SQLite does with the first sync
 * of a WAL or journal and with a removal that asks for it. Without modelling removals the test lies (RELIABILITY row 2).
 * Memory: the log is kept until power_forget. Threading: logging locks; the rest is for one thread. */
#ifndef WUXING_TEST_STORES_POWER_H
#define WUXING_TEST_STORES_POWER_H

#include "base/str.h"

#include <sqlite3.h>

#define POWER_VFS "power"
enum { POWER_ACKS_MAX = 4096 };

void power_start(void);               /* registers the VFS; the log is empty */
void power_ack(int number);           /* this write was acknowledged now; 0 <= number < POWER_ACKS_MAX */
void power_forget(void);

/* The at-th call from now that reads, writes, syncs, truncates or opens fails with this code (SQLITE_IOERR_WRITE,
 * SQLITE_FULL ...), and with `for_ever` every one after it. at 0: none fails. Returns how many calls came since the last
 * power_fail. */
int64_t power_fail(int64_t at, bool for_ever, int code);

struct power_result {
    int64_t states, corrupt, lost;    /* lost: states without a write that had been acknowledged */
    int64_t events;
};

/* Makes about `states` crash states in dir, spread over the whole log, and opens each with the plain VFS. `present` reads
 * which writes are there; false means that the database contradicts itself. */
struct power_result power_crash(const char *dir, int64_t states, uint64_t seed,
                                bool (*present)(sqlite3 *, bool ret_there[POWER_ACKS_MAX]));

#endif
