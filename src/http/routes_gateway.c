/* routes_gateway.c -- devices that tell by HTTP: POST /gateway/http/{account}, signed with the device's key. The answer
 * comes after the signal is on disk; a vendor that hears nothing sends again, and the same `seq` is the same signal.
 * No limit by address: all devices of a vendor come from one. A wrong signature and an unknown account look alike. */
#include "http/http.h"

#include "engine/device.h"

#include <jansson.h>
#include <stdlib.h>

struct posted { struct signal_in in; bool fresh; };

static void wrong(struct req *r, const char *field, struct label label, struct label rule)
{
    fault_field(&r->tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_RULE, .label = label, .rule = rule });
}

static struct str text_at(struct arena *a, json_t *root, const char *name)
{
    json_t *value = json_object_get(root, name);
    if (json_is_integer(value))
        return arena_format(a, "%lld", (long long)json_integer_value(value));
    return json_is_string(value) ? arena_copy(a, (struct str){ json_string_value(value), json_string_length(value) }) : S("");
}

static struct str object_at(struct arena *a, json_t *root, const char *name)
{
    json_t *value = json_object_get(root, name);
    char *text = json_is_object(value) ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    struct str copy = text ? arena_copy(a, str_of(text)) : S("");
    free(text);
    return copy;
}

static enum signal_class read_type(struct req *r, struct str type, struct posted *p)
{
    enum signal_class class = signal_class(engine_of(r->tx), type);
    p->in.kind = type;
    r->lane = class == SIGNAL_ALARM ? LANE_URGENT : LANE_NORMAL;
    if (class == SIGNAL_UNKNOWN)
        wrong(r, "type", (struct label)L("类型", "Type"), (struct label)L("不是已知的信号类型", "is no known kind of signal"));
    return class;
}

/* Without a number and a time two calls for help would be one: that is refused, not guessed. */
static void read_signal(struct req *r, struct posted *p)
{
    json_t *root = json_loadb(r->body.p ? r->body.p : "", r->body.n, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(root)) {
        json_decref(root);
        tx_refuse(r->tx, ERR_MALFORMED, 0);
        return;
    }
    struct str at = text_at(r->arena, root, "at");
    enum signal_class class = read_type(r, text_at(r->arena, root, "type"), p);
    p->in.sequence = text_at(r->arena, root, "seq");
    p->in.data = object_at(r->arena, root, "data");
    json_decref(root);
    if (at.n && !ms_from_rfc3339(at, &p->in.device_at))
        wrong(r, "at", (struct label)L("时间", "Time"), (struct label)L("应为带时区的时间", "must be a time with its offset"));
    if (p->in.sequence.n == 0 && at.n)
        p->in.sequence = arena_format(r->arena, "at %lld " STR_FMT, (long long)p->in.device_at, STR_ARG(p->in.kind));
    if (p->in.sequence.n == 0 && class != SIGNAL_HEARTBEAT)
        wrong(r, "seq", (struct label)L("序号", "Sequence"), (struct label)L("请给出 seq 或 at", "give seq or at"));
}

static void signal_prepare(struct req *r)
{
    struct device d = { 0 };
    struct posted *p = arena_new(r->arena, struct posted);
    bool known = device_by_account(r->tx, S("http"), r->part[0], &d);
    r->state = p;
    if (!known || !device_signed(device_key(r->tx, d.id), r->body, r->signature)) {
        tx_refuse(r->tx, ERR_DENIED, "设备未登记，或签名不对", "The device is not registered, or the signature is wrong");
        return;
    }
    p->in = (struct signal_in){ .protocol = S("http"), .account = r->part[0], .raw = r->body };
    read_signal(r, p);
}

static void signal_apply_post(struct req *r)
{
    struct posted *p = r->state;
    signal_put(r->tx, &p->in, &p->fresh);
}

static void signal_show(struct req *r)
{
    const struct posted *p = r->state;
    json_obj(&r->out);
    json_key_str(&r->out, "seq", p->in.sequence);
    json_key_str(&r->out, "type", p->in.kind);
    json_key_bool(&r->out, "new", p->fresh);
    json_end(&r->out);
}

const struct route gateway_routes[] = {
    { POST, "/gateway/http/{account}", R_PUBLIC, signal_prepare, signal_apply_post, signal_show,
      .flags = ROUTE_ROOT | ROUTE_RAW | ROUTE_NO_CSRF,
      .about = L("设备厂商推送信号，用设备密钥签名（X-Wuxing-Signature: sha256=...）",
                 "A vendor tells what a device said, signed with the device's key (X-Wuxing-Signature: sha256=...)") },
    {0} };
