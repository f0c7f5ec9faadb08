/* routes_device.c -- devices of persons and places; see engine/device.h. The key of a device goes in and never out: that one
 * is kept is all that is told. A device is seen and kept by the staff of the place where it hangs, and by administrators. */
#include "http/http.h"

#include "engine/area.h"
#include "engine/device.h"
#include "engine/rule.h"

enum { DEVICE_BATCH = 200 };

static const struct choice protocols[] = {
    { "mqtt", L("物联网消息（MQTT）", "MQTT") }, { "dc09", L("报警传输（SIA DC-09）", "SIA DC-09") },
    { "gb26875", L("消防传输（GB/T 26875.3）", "GB/T 26875.3") }, { "scaip", L("养老呼叫（SCAIP）", "SCAIP") },
    { "watch", L("手表", "Watch") }, { "http", L("厂商推送", "Vendor webhook") },
    { "test", L("测试", "Test") }, {0} };
static const struct choice states[] = {
    { "active", L("在用", "Active") }, { "testing", L("调试", "Testing") }, { "retired", L("停用", "Retired") }, {0} };

static const struct choice clocks[] = { { "binary", L("二进制", "Binary") }, { "bcd", L("BCD", "BCD") }, {0} };

struct device_form {
    struct has has;
    struct str kind, vendor, protocol, account, key, state, clock;
    int64_t person, area, interval_s;
};
#define DEVICE_FIELDS(must) \
    FIELD(struct device_form, kind, RULE, .label = L("设备类型", "Kind"), .required = must, .ref = "device_kinds"), \
    FIELD(struct device_form, vendor, TEXT, .label = L("厂商", "Vendor"), .max = 60), \
    FIELD(struct device_form, key, SECRET, .label = L("密钥", "Key")), \
    FIELD(struct device_form, person, ID, .label = L("使用人", "Person"), .ref = "person"), \
    FIELD(struct device_form, area, ID, .label = L("安装位置", "Place"), .ref = "area", \
          .help = L("不填则取使用人的住址", "the person's own place when left out")), \
    FIELD(struct device_form, interval_s, INT, .label = L("心跳间隔（秒）", "Interval in seconds"), .min = 0, .max = 30 * 86400), \
    FIELD(struct device_form, clock, CHOICE, .label = L("时间写法", "Clock"), .choices = clocks, \
          .help = L("GB/T 26875.3 设备：不填则按每帧自动判断", "GB/T 26875.3: found out from each frame when left out")), \
    FIELD(struct device_form, state, CHOICE, .label = L("状态", "State"), .choices = states)
static const struct field device_form[] = {
    DEVICE_FIELDS(true),
    FIELD(struct device_form, protocol, CHOICE, .label = L("协议", "Protocol"), .required = true, .choices = protocols),
    FIELD(struct device_form, account, TEXT, .label = L("设备编号", "Account"), .required = true, .max = 100), {0} };
static const struct field device_change[] = { DEVICE_FIELDS(false), {0} };

/* An area that is gone hides nothing from an administrator and everything from others. */
static bool may_keep(struct tx *tx, const struct who *who, int64_t area)
{
    struct place place = { 0 };
    if (who_has(who, R(ADMIN)))
        return true;
    return area && area_place(tx, area, &place) && who_may(who, R_STAFF, place, 0);
}

/* What the form gives over what is known; a device without a place hangs where its person lives. */
static bool fill(struct req *r, const struct field *table, struct device *d)
{
    const struct device_form *f = r->form;
    struct person p = { 0 };
    d->kind = f->kind.n ? f->kind : d->kind;
    d->vendor = field_has(table, f, "vendor") ? f->vendor : d->vendor;
    d->state = f->state.n ? f->state : d->state;
    d->clock = field_has(table, f, "clock") ? f->clock : d->clock;
    d->interval_s = field_has(table, f, "interval_s") ? f->interval_s : d->interval_s;
    d->key = f->key;
    d->area = f->area ? f->area : d->area;
    if (f->person) {
        if (!person_masked(r->tx, f->person, &p))
            return false;
        d->person = f->person;
        d->area = d->area ? d->area : p.area;
        if (!may_keep(r->tx, r->who, p.area))
            tx_refuse(r->tx, ERR_NOT_FOUND, 0);
    }
    return !tx_failed(r->tx);
}

static void device_keep(struct req *r, const struct field *table, struct device *d)
{
    int64_t *id = arena_new(r->arena, int64_t);
    r->state = id;
    if (fill(r, table, d))
        *id = device_put(r->tx, r->who, d);
}

/* Registering twice corrects the first; an account that hangs in somebody else's street is not to be had that way. */
static void device_add_apply(struct req *r)
{
    const struct device_form *f = r->form;
    struct device d = { .protocol = f->protocol, .account = f->account };
    bool known = device_by_account(r->tx, f->protocol, f->account, &d);
    if (known && !may_keep(r->tx, r->who, d.area)) {
        fault_clear(&r->tx->fault);
        tx_refuse(r->tx, ERR_EXISTS, "此编号的设备已在别处登记", "A device of this account is registered elsewhere");
        return;
    }
    device_keep(r, device_form, &d);
    if (!known)
        r->location = arena_format(r->arena, "/api/v1/devices/%lld", (long long)*(int64_t *)r->state);
}

bool device_seen(struct req *r, int64_t id, struct device *d)
{
    if (!device_get(r->tx, id, d))
        return false;
    if (!may_keep(r->tx, r->who, d->area)) {
        fault_clear(&r->tx->fault);
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
        return false;
    }
    return true;
}

static void device_change_apply(struct req *r)
{
    struct device d = { 0 };
    if (device_seen(r, r->id, &d))
        device_keep(r, device_change, &d);
}

/* --- what is told ---------------------------------------------------------------------------------------------------------- */

static struct label state_label(struct str state)
{
    for (const struct choice *c = states; c->name; c++)
        if (str_is(state, c->name))
            return c->label;
    return (struct label)L("", "");
}

static void device_members(struct req *r, const struct device *d)
{
    struct json *j = &r->out;
    const struct rule_set *kinds = rule_set(rules_of(r->tx), "device_kinds");
    const struct rule_entry *kind = kinds ? rule_entry(kinds, d->kind) : NULL;
    json_key_int(j, "id", d->id);
    json_key_str(j, "kind", d->kind);
    json_key_str(j, "kind_label", kind ? label_in(kind->label, r->lang) : d->kind);
    json_key_str(j, "vendor", d->vendor);
    json_key_str(j, "protocol", d->protocol);
    json_key_str(j, "account", d->account);
    json_key_str(j, "state", d->state);
    json_key_str(j, "state_label", label_in(state_label(d->state), r->lang));
    json_key_id(j, "person", d->person);
    json_key_id(j, "area", d->area);
    json_key_str(j, "area_name", d->area ? area_full_name(r->tx, d->area) : S(""));
    json_key_int(j, "interval_s", d->interval_s);
    if (d->clock.n)
        json_key_str(j, "clock", d->clock);
    json_key_time(j, "seen_at", d->seen_at);
}

static void device_write(struct req *r, int64_t id)
{
    struct device d = { 0 };
    struct person p = { 0 };
    if (!device_seen(r, id, &d))
        return;
    json_obj(&r->out);
    device_members(r, &d);
    if (d.person && person_masked(r->tx, d.person, &p))
        json_key_str(&r->out, "person_name", p.name);
    json_key_bool(&r->out, "has_key", device_key(r->tx, id).n > 0);
    json_end(&r->out);
}

static void device_put_show(struct req *r)
{
    device_write(r, *(int64_t *)r->state);
}

static void device_show(struct req *r)
{
    device_write(r, r->id);
}

struct device_query { struct has has; int64_t area, limit; struct str after; };
static const struct field device_query[] = {
    FIELD(struct device_query, area, ID, .label = L("区域", "Area"), .ref = "area"),
    FIELD(struct device_query, after, TEXT, .label = L("起点", "After"), .max = 40),
    FIELD(struct device_query, limit, INT, .label = L("条数", "How many"), .min = 1, .max = DEVICE_BATCH), {0} };

/* One batch of all devices; those of other places are stepped over. True when it was full: there may be more. */
static bool device_batch(struct req *r, int64_t area, int64_t *after, int64_t *left)
{
    struct device all[DEVICE_BATCH];
    int count = 0;
    struct rows rows = device_list(r->tx, area, *after, DEVICE_BATCH);
    while (count < DEVICE_BATCH && device_row(&rows, &all[count]))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count && *left > 0; i++) {
        *after = all[i].id;
        if (!may_keep(r->tx, r->who, all[i].area))
            continue;
        json_obj(&r->out);
        device_members(r, &all[i]);
        json_end(&r->out);
        --*left;
    }
    return count == DEVICE_BATCH;
}

static void devices_show(struct req *r)
{
    const struct device_query *q = r->query;
    int64_t after = 0, left = q->limit ? q->limit : 50;
    struct area a = { 0 };
    if (q->after.n && !str_to_i64(q->after, &after))
        after = 0;
    if (q->area && !area_get(r->tx, q->area, &a))
        return;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    bool more = true;
    while (more && left > 0 && !tx_failed(r->tx))
        more = device_batch(r, q->area, &after, &left);
    json_end(&r->out);
    r->next = left == 0 ? arena_format(r->arena, "%lld", (long long)after) : (struct str){ 0 };
    json_key_str(&r->out, "next", r->next);
    json_end(&r->out);
}

const struct route device_routes[] = {
    { GET, "/devices", R_STAFF, .show = devices_show, .query = device_query, .query_size = sizeof(struct device_query),
      .about = L("设备", "Devices") },
    { POST, "/devices", R_STAFF, .apply = device_add_apply, .show = device_put_show, .form = device_form,
      .form_size = sizeof(struct device_form), .about = L("登记设备；密钥只进不出", "Register a device; its key is never shown again") },
    { GET, "/devices/{id}", R_STAFF, .show = device_show, .about = L("一台设备", "One device") },
    { PATCH, "/devices/{id}", R_STAFF, .apply = device_change_apply, .show = device_put_show, .form = device_change,
      .form_size = sizeof(struct device_form), .about = L("修改或停用设备", "Change or retire a device") },
    {0} };
