/* phone_call.h -- telephones that ring at the office, told by a switchboard (PBX) or a clerk: who it may be, who took it.
 * The number is sealed, with the blind index that reporters and persons have, so that only equality can be asked. The same
 * pbx_id names the same call. A number is not proof of who speaks: nothing but open service matters is shown for it.
 * A device whose account is the number is an elder's telephone: the ring is a signal of it, of kind `call`, for the module
 * that takes such signals (device.h). Where none does, the call itself stands in front, to be claimed at once.
 * Faults: CONFLICT (claimed by somebody else), NOT_FOUND. Memory: tx->arena. Threading: as the tx. */
#ifndef WUXING_ENGINE_PHONE_CALL_H
#define WUXING_ENGINE_PHONE_CALL_H

#include "engine/engine.h"

struct phone_call {
    int64_t id;
    struct str number, to, pbx_id;     /* number: normalised, clear; empty when it is withheld */
    ms at;
    int64_t claimed_by;
    ms claimed_at;
    int64_t matter;                    /* what came of it, or 0 */
    bool is_new;                       /* phone_call_ring: false when the switchboard told it twice */
};
/* Fill number, to, at, pbx_id; returns the id. */
int64_t phone_call_ring(struct tx *, struct phone_call *);
bool phone_call_get(struct tx *, int64_t id, struct phone_call *ret_call);
/* Nobody's yet, newest first. */
struct rows phone_call_open(struct tx *, int limit);
bool phone_call_row(struct rows *, struct phone_call *ret_call);
bool phone_call_claim(struct tx *, const struct who *, int64_t id);
void phone_call_bind(struct tx *, int64_t id, int64_t matter);

/* The devices whose account is this number. */
struct phone_device { int64_t id, person, area; struct str kind, protocol; };
struct rows phone_devices(struct tx *, struct str number);
bool phone_device_row(struct rows *, struct phone_device *ret_device);
/* The ring as a signal of the device, once per call, applied at once: the matter that a module opened for it, or 0. */
int64_t phone_signal(struct tx *, const struct phone_call *, const struct phone_device *);

#endif
