/* simulate.h -- weeks of alarms in minutes, on a clock of its own: elders press keys, packets come twice or late, telephones ring,
 * are busy or broken, people take alarms, do not take them, take them and fall silent; the server is restarted, its clock jumps,
 * the devices' broker is away for hours. After each step what must never be is looked for: an alarm that nobody rings for, a
 * press without an alarm, a press that counts twice. The same seed plays the same weeks, to the last event.
 * The engine, the module and the ringer are the real ones; only time, telephones and people are played.
 * Memory: its own. Threading: one thread. */
#ifndef WUXING_CLI_SIMULATE_H
#define WUXING_CLI_SIMULATE_H

#include "base/clock.h"
#include "base/fault.h"

struct simulate_config {
    const char *dir, *url;             /* an empty folder, and perhaps a database */
    uint64_t seed;
    int64_t presses;                   /* how many keys are pressed */
    void (*progress)(void *, const char *what, int64_t done, int64_t total);
    void *progress_arg;
};
struct simulate_result {
    int64_t presses, packets, alarms, rings, claims, released, restarts, jumps, outages, closed;
    ms simulated, longest_quiet;       /* longest_quiet: between two rings for an alarm that nobody had taken */
    ms claim_p50, claim_p99;           /* from the press to the first claim, by the played people's slowness */
    uint64_t digest;                   /* of everything that happened, in order */
};
/* False and a fault that names the seed and what was wrong: the first thing that must never be. */
bool simulate_care(const struct simulate_config *, struct simulate_result *ret_result, struct fault *);

#endif
