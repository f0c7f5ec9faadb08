/* gb26875_port.c -- see gb26875_port.h. */
#include "gateways/gb26875_port.h"

#include "engine/device_query.h"

#include <stdatomic.h>
#include <string.h>

enum { FRAME_MS = 15000, IDLE_MS = 600000, SIGNALS_MAX = 256, ANSWERED_BIT = 5 };

struct heard {
    struct peer *peer;
    struct gb_frame f;
    struct str raw, account;
    enum gb_time time;                     /* how this device writes times; auto: by what fits */
    ms now;
    bool known;
};

static struct str answer(const struct heard *h, enum gb_command command)
{
    enum gb_time how = h->time == GB_TIME_AUTO ? gb26875_time_of(h->f.time, h->now) : h->time;
    return gb26875_answer(peer_arena(h->peer), &h->f, command, h->now, how);
}

static void deny(const struct heard *h)
{
    peer_send(h->peer, answer(h, GB_DENY));
}

/* The address to which frames to this device go, and how they are written. */
static void remember(const struct heard *h)
{
    struct gb_note note = { .centre = h->f.destination, .version = { h->f.version[0], h->f.version[1] },
                            .time = (uint8_t)(h->time == GB_TIME_AUTO ? gb26875_time_of(h->f.time, h->now) : h->time) };
    uint8_t bytes[PORT_NOTE_BYTES];
    memcpy(bytes, &note, sizeof bytes);
    peer_speaks_for(h->peer, h->account, bytes);
}

static void take_beat(struct heard *h)
{
    struct signal_in in = { .account = h->account, .sequence = S("beat"), .kind = S("heartbeat"), .at = h->now };
    peer_signal(h->peer, &in, answer(h, GB_CONFIRM), answer(h, GB_DENY));
}

static int64_t repeat_ms(const struct rules *rules)
{
    return SECONDS(rule_int(rule_entry(rule_set(rules, "gb26875"), S("repeat")), "within_s", 0));
}

/* 查岗应答 is an operation of its own, with a serial of its own. */
static void note_patrol(const struct heard *h, const struct gb_object *o, int count)
{
    for (int i = 0; i < count; i++)
        if (o[i].flags >> ANSWERED_BIT & 1) {
            gb26875_ask_heard(peer_engine(h->peer), h->account, -1, "patrol", REPLY_ANSWERED,
                              arena_format(peer_arena(h->peer), "{\"operator\":%d}", o[i].operator));
            return;
        }
}

static int signals_of(struct heard *h, struct signal_in *list)
{
    const struct rules *rules = atomic_load(&peer_engine(h->peer)->rules);
    struct gb_meaning m = { rules, peer_arena(h->peer), h->time };
    struct signal_in base = { .account = h->account, .raw = h->raw, .at = h->now, .repeat_ms = repeat_ms(rules),
                              .sequence = arena_format(m.arena, "%d", h->f.serial) };
    return gb26875_signals(&m, h->f.unit, &base, list, SIGNALS_MAX);
}

static void take_data(struct heard *h, struct port_answers answers)
{
    struct signal_in *list = arena_array(peer_arena(h->peer), struct signal_in, SIGNALS_MAX);
    int count = signals_of(h, list);
    if (count) {
        peer_signals(h->peer, list, count, answers);
        return;
    }
    peer_malformed(h->peer);
    peer_send(h->peer, answers.refused);
}

static void take_sent(struct heard *h)
{
    struct gb_object *o = arena_array(peer_arena(h->peer), struct gb_object, GB_OBJECTS_MAX);
    struct gb_unit u = { 0 };
    if (h->known && gb26875_objects(h->f.unit, &u, o) && u.type == GB_DEVICE_OPERATION)
        note_patrol(h, o, u.count);
    take_data(h, (struct port_answers){ .durable = answer(h, GB_CONFIRM), .refused = answer(h, GB_DENY) });
}

/* What was asked for comes back with our serial and is not confirmed. */
static void take_answered(struct heard *h)
{
    struct gb_object *o = arena_array(peer_arena(h->peer), struct gb_object, GB_OBJECTS_MAX);
    struct gb_unit u = { 0 };
    if (h->known && gb26875_objects(h->f.unit, &u, o))
        gb26875_ask_heard(peer_engine(h->peer), h->account, h->f.serial, "", REPLY_ANSWERED,
                          arena_format(peer_arena(h->peer), "{\"type\":%d,\"state\":%d}", u.type, o[0].state));
    take_data(h, (struct port_answers){ 0 });
}

static void take_frame(struct heard *h)
{
    struct engine *e = peer_engine(h->peer);
    switch (h->f.command) {
    case GB_SEND:
        if (h->f.unit.n == 0)
            take_beat(h);
        else
            take_sent(h);
        return;
    case GB_CONFIRM:
    case GB_DENY:
        if (h->known)
            gb26875_ask_heard(e, h->account, h->f.serial, "", h->f.command == GB_DENY ? REPLY_REFUSED : REPLY_CONFIRMED, S(""));
        return;
    case GB_ANSWER:
        take_answered(h);
        return;
    default:
        peer_malformed(h->peer);
        deny(h);
        return;
    }
}

static enum gb_time time_of(struct str clock)
{
    return str_is(clock, "bcd") ? GB_TIME_BCD : str_is(clock, "binary") ? GB_TIME_BINARY : GB_TIME_AUTO;
}

static long take(struct peer *p, struct str bytes)
{
    struct heard h = { .peer = p, .now = peer_now(p) };
    struct device_known known = { 0 };
    size_t used;
    enum gb_cut got = gb26875_cut(bytes, &h.f, &used);
    if (got == GB_MORE) {
        if (used)
            peer_malformed(p);                         /* noise before a frame */
        return (long)used;
    }
    h.raw = str_head(bytes, used);
    h.account = gb26875_account(peer_arena(p), h.f.source);
    h.known = peer_device(p, h.account, &known);
    h.time = time_of(known.clock);
    if (h.known)
        remember(&h);
    if (got == GB_BROKEN) {
        peer_malformed(p);
        deny(&h);
    } else {
        take_frame(&h);
    }
    return (long)used;
}

const struct port_protocol gb26875_protocol = {
    .name = "gb26875", .label = L("消防传输（GB/T 26875.3）", "GB/T 26875.3"), .tcp = true, .udp = true,
    .frame_bytes_max = 2 * GB_FRAME_BYTES_MAX, .frame_ms = FRAME_MS, .idle_ms = IDLE_MS, .take = take,
};
