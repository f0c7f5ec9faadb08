/* dc09_port.c -- see dc09_port.h. */
#include "gateways/dc09_port.h"

#include <stdatomic.h>
#include <string.h>

enum { FRAME_MS = 30000, IDLE_MS = 3600000, TOLD_MAX = 256 };

struct heard {                             /* one frame on its way */
    struct peer *peer;
    const struct rules *rules;
    struct dc09 f;
    struct str frame, account;             /* account in capitals: of the device */
    ms now;
};

static void send_answer(struct heard *h, enum dc09_answer answer)
{
    peer_send(h->peer, dc09_reply(peer_arena(h->peer), &h->f, answer, h->now));
}

static int64_t limit_ms(const struct heard *h, const char *key, const char *prop)
{
    return SECONDS(rule_int(rule_entry(rule_set(h->rules, "dc09"), str_of(key)), prop, 0));
}

/* --- the clock --------------------------------------------------------------------------------------------------------- */

static bool is_in_window(const struct heard *h)
{
    if (h->f.at == 0)
        return !h->f.encrypted;
    return h->f.at <= h->now + limit_ms(h, "window", "ahead_s") && h->f.at >= h->now - limit_ms(h, "window", "behind_s");
}

/* Whether the same was told lately that its clock is wrong. Of the port's thread; a hint that may be lost. */
static bool was_told(const struct heard *h)
{
    static _Thread_local struct { uint64_t what; ms at; } told[TOLD_MAX];
    uint64_t what = str_hash(h->account) ^ str_hash(h->f.data);
    bool again = told[what % TOLD_MAX].what == what && h->now - told[what % TOLD_MAX].at <= limit_ms(h, "second_try", "within_s");
    told[what % TOLD_MAX].what = what;
    told[what % TOLD_MAX].at = h->now;
    return again;
}

static bool is_alarm(const struct heard *h, struct str kind)
{
    return signal_class(peer_engine(h->peer), kind) == SIGNAL_ALARM;
}

/* --- details ------------------------------------------------------------------------------------------------------------ */

/* "006E07.7777777" or "49N06.6666666": degrees, a side, minutes. */
static bool degree(struct str s, int64_t *ret_e7)
{
    size_t side = 0;
    int64_t whole = 0, minutes_e7 = 0;
    while (side < s.n && s.p[side] >= '0' && s.p[side] <= '9')
        side++;
    if (side == 0 || side > 3 || side == s.n || !strchr("NSEW", s.p[side]) || !str_to_i64(str_head(s, side), &whole) ||
        !str_to_degree(str_from(s, side + 1), &minutes_e7) || minutes_e7 < 0 || minutes_e7 >= 600000000 || whole > 180)
        return false;
    int64_t e7 = whole * 10000000 + minutes_e7 / 60;
    *ret_e7 = s.p[side] == 'S' || s.p[side] == 'W' ? -e7 : e7;
    return true;
}

static void put_text(struct json *j, const char *key, struct str text)
{
    if (text.n)
        json_key_str(j, key, text);
}

/* Where it is only goes along with an alarm. */
static void put_place(struct json *j, const struct heard *h, struct str kind)
{
    int64_t lat = 0, lon = 0;
    if (!is_alarm(h, kind) || !degree(dc09_extra(&h->f, 'Y'), &lat) || !degree(dc09_extra(&h->f, 'X'), &lon))
        return;
    json_key(j, "lat");
    json_degree(j, lat);
    json_key(j, "lon");
    json_degree(j, lon);
}

static struct str details(const struct heard *h, const struct dc09_event *e, const struct rule_entry *meaning, struct str kind)
{
    struct json j = json_in(peer_arena(h->peer));
    bool is_user = str_is(rule_prop(meaning, "user"), "true");
    struct str text = e->text.n ? e->text : str_head_chars(dc09_extra(&h->f, 'I'), 200);
    json_obj(&j);
    put_text(&j, "code", e->code);
    put_text(&j, is_user ? "user" : "zone", e->zone);
    put_text(&j, "area", e->area);
    put_text(&j, is_user ? "by" : "user", e->user);
    put_text(&j, "text", text);
    put_text(&j, "means", str_of(meaning ? meaning->label.zh : ""));
    put_text(&j, "means_en", str_of(meaning ? meaning->label.en : ""));
    if (!str_eq(h->f.owner, h->f.account))
        put_text(&j, "owner", h->f.owner);
    put_place(&j, h, kind);
    if (!is_in_window(h))
        json_key_str(&j, "clock", S("wrong"));
    json_end(&j);
    return json_done(&j);
}

/* The time of the event itself, if the device tells one, else that of the message. */
static ms occurred(const struct heard *h)
{
    struct str at = dc09_extra(&h->f, 'H');
    ms told = at.n ? dc09_stamp_ms(arena_join(peer_arena(h->peer), S("_"), at)) : 0;
    return told ? told : is_in_window(h) ? h->f.at : 0;
}

/* --- frames -------------------------------------------------------------------------------------------------------------- */

static void beat(struct heard *h)
{
    struct signal_in in = { .account = h->account, .sequence = S("beat"), .kind = S("heartbeat"), .at = h->now };
    struct arena *a = peer_arena(h->peer);
    peer_signal(h->peer, &in, dc09_reply(a, &h->f, DC09_ACK, h->now), dc09_reply(a, &h->f, DC09_DUH, h->now));
}

struct meant { struct dc09_event events[DC09_EVENTS_MAX]; struct signal_in signals[DC09_EVENTS_MAX]; int count; bool has_alarm; };

static void understand(struct heard *h, struct meant *m)
{
    struct arena *a = peer_arena(h->peer);
    m->count = dc09_events(&h->f, m->events);
    for (int i = 0; i < m->count; i++) {
        struct dc09_event *e = &m->events[i];
        struct str kind;
        const struct rule_entry *meaning = dc09_meaning(h->rules, h->f.id, e, &kind);
        m->has_alarm |= is_alarm(h, kind);
        m->signals[i] = (struct signal_in){
            .account = h->account, .kind = kind, .code = e->code, .zone = e->zone, .raw = h->frame, .at = h->now,
            .sequence = arena_format(a, STR_FMT " %016llx %d", STR_ARG(h->f.sequence), (unsigned long long)str_hash(h->f.data), i),
            .repeat_ms = limit_ms(h, "repeat", "within_s"), .data = details(h, e, meaning, kind), .device_at = occurred(h) };
    }
}

/* Why a frame is not taken, or DC09_ACK. */
static enum dc09_answer refusal(struct heard *h, const struct meant *m, struct str key)
{
    if (!is_in_window(h) && (h->f.encrypted || !m->has_alarm || !was_told(h))) {
        peer_stranger(h->peer, h->account, h->f.encrypted ? "replayed" : "clock");
        return DC09_NAK;
    }
    if (key.n && !h->f.encrypted && !m->has_alarm) {
        peer_stranger(h->peer, h->account, "key");
        return DC09_DUH;
    }
    if (m->count == 0 && h->f.data.n) {
        peer_malformed(h->peer);
        return DC09_DUH;
    }
    return DC09_ACK;
}

static void take_message(struct heard *h, struct str key)
{
    struct arena *a = peer_arena(h->peer);
    struct meant *m = arena_new(a, struct meant);
    understand(h, m);
    enum dc09_answer answer = refusal(h, m, key);
    if (answer != DC09_ACK)
        send_answer(h, answer);
    else if (m->count == 0)
        beat(h);
    else
        peer_signals(h->peer, m->signals, m->count, (struct port_answers){
            .durable = dc09_reply(a, &h->f, DC09_ACK, h->now), .refused = dc09_reply(a, &h->f, DC09_DUH, h->now) });
}

static bool is_message(struct str id)
{
    return str_is(id, "SIA-DCS") || str_is(id, "ADM-CID") || str_is(id, "HENG-BO") || str_is(id, "NULL") || str_is(id, "OH");
}

static struct str capitals(struct arena *a, struct str s)
{
    char *out = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        out[i] = (char)(s.p[i] >= 'a' && s.p[i] <= 'z' ? s.p[i] - 'a' + 'A' : s.p[i]);
    return (struct str){ out, s.n };
}

static void take_frame(struct peer *p, struct str frame)
{
    struct heard h = { .peer = p, .frame = frame, .now = peer_now(p), .rules = atomic_load(&peer_engine(p)->rules) };
    struct device_known known = { 0 };
    if (!dc09_parse(frame, &h.f) || (h.f.account.n == 0)) {
        peer_malformed(p);
        return;
    }
    h.account = capitals(peer_arena(p), h.f.account);
    bool found = peer_device(p, h.account, &known);
    if (h.f.encrypted && !found && !peer_knows_devices(p))
        return;                                        /* its key is in the store, which is away: it sends again */
    if (h.f.encrypted && !(found && dc09_open(peer_arena(p), known.key, &h.f))) {
        peer_stranger(p, h.account, found ? "key" : "unknown");
        send_answer(&h, DC09_DUH);
    } else if (!is_message(h.f.id)) {
        peer_malformed(p);
        if (!str_is(h.f.id, "ACK") && !str_is(h.f.id, "NAK") && !str_is(h.f.id, "DUH"))
            send_answer(&h, DC09_DUH);
    } else {
        take_message(&h, known.key);
    }
}

static long take(struct peer *p, struct str bytes)
{
    struct str frame;
    size_t used;
    if (dc09_cut(bytes, peer_is_udp(p), &frame, &used))
        take_frame(p, frame);
    else if (used > DC09_FRAME_BYTES_MAX)
        return -1;                                     /* noise without an end */
    return (long)used;
}

const struct port_protocol dc09_protocol = {
    .name = "dc09", .label = L("报警传输（SIA DC-09）", "SIA DC-09"), .tcp = true, .udp = true,
    .frame_bytes_max = DC09_FRAME_BYTES_MAX + 64, .frame_ms = FRAME_MS, .idle_ms = IDLE_MS, .take = take,
};
