/* signal_map.h -- messages of devices into signals, by data: rules/signal_map.yaml says how, a street adds a file of its own
 * of the same form. And the JSON of our own devices: {"type", "at"?, "seq"?, "data"?} of CONTRACT.
 * A message may say several things (smoke, and a low battery). Values that count only when they change are remembered here,
 * for at most MAP_MEMORY pairs of entry and device; after a restart the first value counts again, unless it is an end.
 * Limits: 64 KiB a message. Faults: INVALID or MALFORMED with a sentence. Memory: the caller's arena; slices of the message.
 * Threading: any. */
#ifndef WUXING_ENGINE_SIGNAL_MAP_H
#define WUXING_ENGINE_SIGNAL_MAP_H

#include "engine/device.h"

enum { MAPPED_MAX = 8, MAP_FILTERS_MAX = 128, MAP_MEMORY = 1 << 16 };

struct signal_map;
/* file: the street's own, or NULL. */
struct signal_map *signal_map_open(struct engine *, const char *file, struct fault *);
void signal_map_close(struct signal_map *);            /* takes NULL */
int signal_map_filters(struct signal_map *, struct arena *, struct str ret_filters[MAP_FILTERS_MAX]);     /* MQTT topics */

struct mapped {
    struct signal_in list[MAPPED_MAX]; /* account, sequence (may be empty), kind, device_at, data; raw is the message */
    int count;
    bool understood;                   /* some entry found its value, even if it says nothing new */
};
/* `again`: the message is delivered again, so that nothing in it is unchanged. */
void signal_map_topic(struct signal_map *, struct arena *, struct str topic, struct str message, bool again, struct mapped *ret_mapped);
void signal_map_push(struct signal_map *, struct arena *, struct str vendor, struct str message, bool again, struct mapped *ret_mapped);

/* Our own JSON. Without seq and at two calls for help would be one: that is refused, not guessed. A batch of `samples` (motion.h)
 * is a fall or a heartbeat; `device` names its stream: protocol and account. */
bool signal_read(const struct engine *, struct arena *, struct str device, struct str message, struct signal_in *ret_signal, struct fault *);

#endif
