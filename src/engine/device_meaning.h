/* device_meaning.h -- what a device's own codes mean, where the common lists do not fit: a zone of a panel that is a fall
 * detector, a key that orders meals. The most exact goes first: code and zone, then code with any zone. Applied when a signal is
 * written (signal_put), so it holds for every protocol whose gateway names codes.
 * Kinds: rules/signal_kinds.yaml. Limits: 200 of one device. Faults: INVALID, LIMIT. Memory: tx->arena. Threading: as the tx. */
#ifndef WUXING_ENGINE_DEVICE_MEANING_H
#define WUXING_ENGINE_DEVICE_MEANING_H

#include "engine/engine.h"

enum { DEVICE_MEANINGS_MAX = 200 };
struct device_meaning {
    int64_t device;
    struct str code, zone, kind, reason;       /* zone empty: any */
};
/* By device, code and zone; an empty kind takes it away. */
void device_meaning_put(struct tx *, const struct who *, const struct device_meaning *);
struct rows device_meaning_list(struct tx *, int64_t device);
bool device_meaning_row(struct rows *, struct device_meaning *ret_meaning);
struct str device_meaning_kind(struct tx *, int64_t device, struct str code, struct str zone);      /* empty: as everywhere */

#endif
