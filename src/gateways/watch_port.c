/* watch_port.c -- see watch_port.h. */
#include "gateways/watch_port.h"

#include "gateways/watch.h"

static long take(struct peer *p, struct str bytes)
{
    struct watch_frame f = { 0 };
    struct watch_signal told[WATCH_SIGNALS_MAX];
    struct signal_in list[WATCH_SIGNALS_MAX] = { 0 };
    bool found = false;
    size_t used = watch_next(bytes, &found, &f);
    if (!found) {
        if (str_trim(str_head(bytes, used)).n)
            peer_malformed(p);
        return (long)used;
    }
    int count = watch_signals(peer_arena(p), &f, peer_now(p), told);
    for (int i = 0; i < count; i++)
        list[i] = (struct signal_in){ .account = f.id, .sequence = told[i].sequence, .kind = told[i].kind, .data = told[i].data,
            .raw = told[i].raw, .device_at = told[i].device_at };
    peer_signals(p, list, count, (struct port_answers){ .durable = watch_answer(peer_arena(p), &f) });
    return (long)used;
}

const struct port_protocol watch_protocol = {
    .name = "watch", .label = L("定位手表", "Locating watches"), .tcp = true, .frame_bytes_max = WATCH_FRAME_BYTES_MAX + 1,
    .frame_ms = 30000, .idle_ms = 900000, .take = take,
};
