/* intake.h -- where gateways hand over signals. intake_take returns true only when the signal is on disk: in the store, or,
 * if that cannot be reached, in DIR/intake (sealed records, fdatasync after each); only then may a device be acknowledged.
 * intake_drain brings the file into the store when it is back: each record once, by the device's own sequence. A record
 * of an unknown device stays in DIR/intake.refused for a human.
 * Limits: 64 MiB of waiting records. Faults: NOT_FOUND (unknown device), INVALID, STORE_FULL. Memory: its own.
 * Threading: any number of gateways; a mutex guards the file. */
#ifndef WUXING_ENGINE_INTAKE_H
#define WUXING_ENGINE_INTAKE_H

#include "engine/device.h"

struct intake;
struct intake *intake_open(struct engine *, struct fault *);
void intake_close(struct intake *);                    /* takes NULL */
bool intake_take(struct intake *, const struct signal_in *, struct fault *);
int intake_drain(struct intake *);                     /* records brought in; each second, by whoever opened it */
int64_t intake_waiting_bytes(struct intake *);

/* Tests put a store in front that fails. */
typedef bool intake_put(struct engine *, const struct signal_in *, struct fault *);
void intake_set_put(struct intake *, intake_put *);
intake_put intake_store_put;

#endif
