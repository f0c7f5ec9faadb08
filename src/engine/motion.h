/* motion.h -- accelerometers that stream their samples: batches of a device come in, falls (base/fall.h) come out as signals.
 * A batch is a JSON object, from a webhook or a broker:
 *   {"samples":[[x,y,z], ...], "hz":50, "place":"wrist", "unit":"mg", "at":"2026-11-23T02:10:00+08:00"}
 * `unit` mg (when absent), g or m/s2; `place` an entry of rules/fall.yaml; `at` the time of the first sample, with its
 * offset, or milliseconds since 1970; `seq` instead of `at` where the device has no clock. A batch that comes again (the same at or seq)
 * is answered as before, so that a fall whose signal was not kept is told again; a gap starts the watching anew.
 * Samples are judged and forgotten: nothing of them is stored, and the fall's signal says only when and how hard.
 * Limits: MOTION_STREAMS_MAX devices at once (the one unheard the longest gives way), MOTION_SAMPLES_MAX samples a batch.
 * Faults: INVALID with the member's name, MALFORMED. Memory: its own; the signal's texts are the arena's. Threading: any; a
 * mutex inside. */
#ifndef WUXING_ENGINE_MOTION_H
#define WUXING_ENGINE_MOTION_H

#include "base/fall.h"
#include "engine/device.h"

enum { MOTION_STREAMS_MAX = 4096, MOTION_SAMPLES_MAX = 6000 };

struct motion;
struct motion *motion_new(const struct engine *);
void motion_free(struct motion *);                     /* takes NULL */
/* 1: a fall; kind, sequence, data and device_at of `ret_signal` are filled. 0: none. -1: refused by the fault. `device`
 * names the stream: the protocol's account, or its id. */
int motion_take(struct motion *, struct arena *, struct str device, struct str batch, ms now, struct signal_in *ret_signal,
                struct fault *);

/* The model of a wearing place; false when the rule has no such entry. */
struct rule_set;
bool motion_model(const struct rule_set *, struct str place, struct fall_model *ret_model);
bool motion_shipped_model(struct str place, struct fall_model *ret_model);       /* of the rule as it is in the program */

#endif
