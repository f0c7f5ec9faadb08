/* intake.h -- where gateways hand over signals. `done` hears ERR_OK only when the signal is on disk: in the store, or, if
 * that cannot be reached within INTAKE_STORE_MS, in DIR/intake (intake_file.h); only then may a device be acknowledged. What
 * waits in the file comes into the store when it is back, each signal once, by the device's own sequence.
 * Alarms (signal_class) go ahead of everything. A heartbeat of a registered device is answered from memory and written
 * later (device_book.h). A signal of a device that nobody registered is refused and counted as a stranger's.
 * Faults of a signal: NOT_FOUND, INVALID, TOO_LARGE; UNAVAILABLE or STORE_FULL: it could not be kept, send it again.
 * Memory: texts are copied. Threading: any number of gateways. */
#ifndef WUXING_ENGINE_INTAKE_H
#define WUXING_ENGINE_INTAKE_H

#include "engine/device_book.h"
#include "engine/intake_file.h"

enum { INTAKE_STORE_MS = 3000 };

struct intake;
struct intake *intake_open(struct engine *, struct fault *);
void intake_close(struct intake *);                    /* waits for what is under way; takes NULL */
void intake_start(struct intake *);                    /* from now on a thread takes a turn each second */

/* `done` may be called before intake_submit returns, or on any other thread later: it hands over and never works. */
typedef void intake_done(void *owner, enum err);
void intake_submit(struct intake *, const struct signal_in *, intake_done *, void *owner);
bool intake_take(struct intake *, const struct signal_in *, struct fault *);           /* waits */

struct device_book *intake_book(struct intake *);
struct engine *intake_engine(struct intake *);
void intake_turn(struct intake *);                     /* drains the file, turns the book */
int intake_drain(struct intake *);                     /* records brought in */
int64_t intake_waiting_bytes(struct intake *);

/* Tests put a store in front that fails, and shorten the wait for a store that hangs. */
void intake_set_put(struct intake *, intake_put *);
void intake_set_store_ms(struct intake *, int store_ms);
intake_put intake_store_put;

#endif
