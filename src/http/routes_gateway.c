/* routes_gateway.c -- devices that tell by HTTP: POST /gateway/http/{account}, signed with the device's key. The answer
 * comes after the signal is on disk; a vendor that hears nothing sends again, and the same `seq` is the same signal.
 * An account of the kind `platform` is a vendor's platform: what it pushes is read by signal_map, and tells of devices of
 * the same vendor only. A device of it that nobody registered is a stranger for a human, not a refusal: it would be pushed
 * for ever. No limit by address: all devices of a vendor come from one. A wrong signature and an unknown account look alike.
 * And what a human wants to know of gateways: their counters and troubles, and who called that is not registered. */
#include "http/http.h"

#include "engine/device_book.h"
#include "engine/gateway.h"
#include "engine/signal_map.h"

struct posted {
    struct device sender;
    struct mapped mapped;
    bool platform, fresh;
    int taken, refused;
};

static enum lane lane_of(struct req *r, const struct mapped *m)
{
    for (int i = 0; i < m->count; i++)
        if (signal_class(engine_of(r->tx), m->list[i].kind) == SIGNAL_ALARM)
            return LANE_URGENT;
    return LANE_NORMAL;
}

/* A push without a number of its own: the same device, time and kind is the same signal; without a time, the same words. */
static void name_signals(struct req *r, struct mapped *m)
{
    for (int i = 0; i < m->count; i++) {
        struct signal_in *s = &m->list[i];
        if (s->sequence.n == 0 && s->device_at)
            s->sequence = arena_format(r->arena, "at %lld " STR_FMT, (long long)s->device_at, STR_ARG(s->kind));
        else if (s->sequence.n == 0)
            s->sequence = arena_format(r->arena, "h%016llx " STR_FMT, (unsigned long long)str_hash(s->raw), STR_ARG(s->kind));
    }
}

static void read_push(struct req *r, struct posted *p)
{
    signal_map_push(engine_of(r->tx)->signal_map, r->arena, p->sender.vendor, r->body, true, &p->mapped);
    name_signals(r, &p->mapped);
    if (!p->mapped.understood)
        tx_refuse(r->tx, ERR_MALFORMED, "没有与此消息对应的对照", "No entry of the map fits this message");
}

static void signal_prepare(struct req *r)
{
    struct posted *p = arena_new(r->arena, struct posted);
    struct gateway *g = &work_of(r)->api->webhook;
    bool known = device_by_account(r->tx, S("http"), r->part[0], &p->sender);
    r->state = p;
    atomic_fetch_add(&g->frames, 1);
    if (!known || !device_signed(device_key(r->tx, p->sender.id), r->body, r->signature)) {
        atomic_fetch_add(&g->refused, 1);
        tx_refuse(r->tx, ERR_DENIED, "设备未登记，或签名不对", "The device is not registered, or the signature is wrong");
        return;
    }
    atomic_store(&g->heard_at, r->tx->now);
    p->platform = str_is(p->sender.kind, "platform");
    if (p->platform) {
        read_push(r, p);
    } else if (signal_read(engine_of(r->tx), r->arena, arena_join(r->arena, S("http "), r->part[0]), r->body, &p->mapped.list[0],
                           &r->tx->fault)) {
        p->mapped.list[0].account = r->part[0];
        p->mapped.count = 1;
    }
    atomic_fetch_add(tx_failed(r->tx) ? &g->malformed : &g->signals, tx_failed(r->tx) ? 1 : p->mapped.count);
    r->lane = lane_of(r, &p->mapped);
}

/* A platform speaks for the devices of its vendor, and for nobody else's. */
static bool may_tell(struct tx *tx, const struct posted *p, const struct signal_in *s)
{
    struct device d = { 0 };
    return !p->platform || (device_by_account(tx, S("http"), s->account, &d) && str_eq(d.vendor, p->sender.vendor));
}

static void signal_apply_post(struct req *r)
{
    struct posted *p = r->state;
    p->taken = p->refused = 0;
    for (int i = 0; i < p->mapped.count && !tx_failed(r->tx); i++) {
        struct signal_in *s = &p->mapped.list[i];
        s->protocol = S("http");
        if (may_tell(r->tx, p, s)) {
            signal_put(r->tx, s, &p->fresh);
            p->taken++;
        } else {
            stranger_put(r->tx, &(struct stranger){ .protocol = s->protocol, .account = s->account, .reason = S("unknown"),
                                                    .first_at = r->tx->now, .last_at = r->tx->now, .times = 1 });
            p->refused++;
        }
    }
    if (p->platform)
        device_heard(r->tx, p->sender.id, r->tx->now);
}

static void signal_show(struct req *r)
{
    const struct posted *p = r->state;
    json_obj(&r->out);
    if (p->platform) {
        json_key_int(&r->out, "taken", p->taken);
        json_key_int(&r->out, "unknown_devices", p->refused);
    } else {
        json_key_str(&r->out, "seq", p->mapped.list[0].sequence);
        json_key_str(&r->out, "type", p->mapped.list[0].kind);
        json_key_bool(&r->out, "new", p->fresh);
    }
    json_end(&r->out);
}

/* --- for humans ---------------------------------------------------------------------------------------------------------- */

static void gateway_show(struct req *r, struct gateway *g)
{
    struct json *j = &r->out;
    const struct gateway_trouble *trouble = atomic_load(&g->trouble);
    json_obj(j);
    json_key_str(j, "name", str_of(g->name));
    json_key_str(j, "label", label_in(g->label, r->lang));
    json_key_str(j, "where", str_of(g->where));
    json_key_int(j, "frames", atomic_load(&g->frames));
    json_key_int(j, "signals", atomic_load(&g->signals));
    json_key_int(j, "refused", atomic_load(&g->refused));
    json_key_int(j, "malformed", atomic_load(&g->malformed));
    json_key_int(j, "turned_away", atomic_load(&g->turned_away));
    json_key_int(j, "peers", atomic_load(&g->peers));
    json_key_time(j, "heard_at", atomic_load(&g->heard_at));
    json_key_str(j, "trouble", trouble ? str_of(trouble->name) : S(""));
    json_key_str(j, "trouble_label", trouble ? label_in(trouble->label, r->lang) : S(""));
    json_key_time(j, "trouble_since", atomic_load(&g->trouble_since));
    json_end(j);
}

static void gateways_show(struct req *r)
{
    struct gateway *list[GATEWAYS_MAX];
    int count = gateway_list(engine_of(r->tx), list);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; i < count; i++)
        gateway_show(r, list[i]);
    json_end(&r->out);
    json_end(&r->out);
}

static void strangers_show(struct req *r)
{
    struct stranger s = { 0 };
    struct rows rows = stranger_list(r->tx, 200);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    while (stranger_row(&rows, &s)) {
        json_obj(&r->out);
        json_key_str(&r->out, "protocol", s.protocol);
        json_key_str(&r->out, "account", s.account);
        json_key_str(&r->out, "reason", s.reason);
        json_key_time(&r->out, "first_at", s.first_at);
        json_key_time(&r->out, "last_at", s.last_at);
        json_key_int(&r->out, "times", s.times);
        json_key_time(&r->out, "hour_at", s.hour_at);
        json_key_int(&r->out, "hour_times", s.hour_times);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

const struct route gateway_routes[] = {
    { POST, "/gateway/http/{account}", R_PUBLIC, signal_prepare, signal_apply_post, signal_show,
      .flags = ROUTE_ROOT | ROUTE_RAW | ROUTE_NO_CSRF,
      .about = L("设备或厂商平台推送信号，用其密钥签名（X-Wuxing-Signature: sha256=...）",
                 "A device or a vendor's platform tells a signal, signed with its key (X-Wuxing-Signature: sha256=...)") },
    { GET, "/gateways", R_STAFF, .show = gateways_show,
      .about = L("设备网关：收到多少、最近何时、有无故障", "Gateways of devices: how much was heard, when last, what is wrong") },
    { GET, "/devices/strangers", R_STAFF, .show = strangers_show,
      .about = L("未登记或认证失败的设备", "Devices that called and are not registered, or could not prove who they are") },
    {0} };
