/* routes_device_told.c -- what a device told, what its own codes mean, and what the office asks of it; see engine/device.h,
 * device_meaning.h and device_query.h. Seen and asked by the staff of the place where it hangs. */
#include "http/http.h"

#include "engine/device_meaning.h"
#include "engine/device_query.h"
#include "engine/rule.h"

enum { TOLD_MAX = 100, QUERIES_MAX = 50 };

SQL(select_told, "select id, kind, data, at, device_at, matter, applied_at from signal where device = $1 order by id desc limit $2");

static void put_kind(struct req *r, struct str kind)
{
    const struct rule_entry *e = rule_entry(rule_set(rules_of(r->tx), "signal_kinds"), kind);
    json_key_str(&r->out, "kind", kind);
    json_key_str(&r->out, "kind_label", e ? label_in(e->label, r->lang) : kind);
}

static void told_show(struct req *r)
{
    struct device d = { 0 };
    struct str kind, data;
    int64_t id = 0, matter = 0;
    ms at = 0, device_at = 0, applied = 0;
    if (!device_seen(r, r->id, &d))
        return;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = db_get(r->tx, select_told, IN(d.id, TOLD_MAX));
    while (db_row(&rows, OUT(&id, &kind, &data, &at, &device_at, &matter, &applied))) {
        json_obj(&r->out);
        json_key_int(&r->out, "id", id);
        put_kind(r, kind);
        json_key_time(&r->out, "at", at);
        json_key_time(&r->out, "device_at", device_at);
        json_key_id(&r->out, "matter", matter);
        json_key_bool(&r->out, "understood", applied != 0);
        json_key(&r->out, "data");
        if (data.n)
            json_raw(&r->out, data);
        else
            json_nil(&r->out);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

/* --- meanings -------------------------------------------------------------------------------------------------------------- */

struct meaning_form { struct has has; struct str code, zone, kind, reason; };
static const struct field meaning_form[] = {
    FIELD(struct meaning_form, code, TEXT, .label = L("设备代码", "Code"), .required = true, .max = 40,
          .help = L("与信号记录中的 code 一致，如 1101、QA、part_state/1", "as in the code of a signal: 1101, QA, part_state/1")),
    FIELD(struct meaning_form, zone, TEXT, .label = L("防区或部件", "Zone"), .max = 40, .help = L("不填为所有防区", "any zone when left out")),
    FIELD(struct meaning_form, kind, RULE, .label = L("含义", "Kind"), .ref = "signal_kinds", .help = L("不填则恢复为通用含义", "left out: as everywhere")),
    FIELD(struct meaning_form, reason, TEXT, .label = L("说明", "Reason"), .required = true, .min = 2, .max = 200), {0} };

static void meanings_show(struct req *r)
{
    struct device d = { 0 };
    struct device_meaning m;
    if (!device_seen(r, r->id, &d))
        return;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = device_meaning_list(r->tx, d.id);
    while (device_meaning_row(&rows, &m)) {
        json_obj(&r->out);
        json_key_str(&r->out, "code", m.code);
        json_key_str(&r->out, "zone", m.zone);
        put_kind(r, m.kind);
        json_key_str(&r->out, "reason", m.reason);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

static void meaning_apply(struct req *r)
{
    const struct meaning_form *f = r->form;
    struct device d = { 0 };
    if (device_seen(r, r->id, &d))
        device_meaning_put(r->tx, r->who, &(struct device_meaning){ d.id, f->code, f->zone, f->kind, f->reason });
}

/* --- questions -------------------------------------------------------------------------------------------------------------- */

static const struct choice questions[] = {
    { "patrol", L("查岗", "Patrol") }, { "clock", L("校时", "Set the clock") }, { "state", L("读取状态", "Read the state") }, {0} };
static const struct choice outcomes[] = {
    { "waiting", L("等待发送", "Waiting") }, { "sent", L("已发送", "Sent") }, { "confirmed", L("设备已收到", "Confirmed by the device") },
    { "answered", L("已应答", "Answered") }, { "unanswered", L("无人应答", "Nobody answered") }, { "failed", L("设备无回应", "No response") },
    { "refused", L("设备拒绝", "Refused by the device") }, {0} };

struct question_form { struct has has; struct str what; int64_t minutes; };
static const struct field question_form[] = {
    FIELD(struct question_form, what, CHOICE, .label = L("查询", "Question"), .required = true, .choices = questions),
    FIELD(struct question_form, minutes, INT, .label = L("应答时限（分钟）", "Minutes to answer"), .min = 1, .max = 60,
          .help = L("仅用于查岗", "for a patrol only")), {0} };

static struct str label_of(const struct choice *c, struct str name, enum lang lang)
{
    while (c->name && !str_is(name, c->name))
        c++;
    return c->name ? label_in(c->label, lang) : name;
}

static void query_write(struct req *r, const struct device_query *q)
{
    struct json *j = &r->out;
    json_obj(j);
    json_key_int(j, "id", q->id);
    json_key_int(j, "device", q->device);
    json_key_str(j, "what", q->what);
    json_key_str(j, "what_label", label_of(questions, q->what, r->lang));
    json_key_str(j, "state", q->state);
    json_key_str(j, "state_label", label_of(outcomes, q->state, r->lang));
    if (str_is(q->what, "patrol"))
        json_key_int(j, "minutes", q->minutes);
    json_key_int(j, "tries", q->tries);
    json_key_id(j, "asked_by", q->asked_by);
    json_key_time(j, "asked_at", q->asked_at);
    json_key_time(j, "confirmed_at", q->confirmed_at);
    json_key_time(j, "ended_at", q->ended_at);
    json_key(j, "answer");
    if (q->answer.n)
        json_raw(j, q->answer);
    else
        json_nil(j);
    json_end(j);
}

static void queries_show(struct req *r)
{
    struct device d = { 0 };
    struct device_query q;
    if (!device_seen(r, r->id, &d))
        return;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = device_query_list(r->tx, d.id, QUERIES_MAX);
    while (device_query_row(&rows, &q))
        query_write(r, &q);
    json_end(&r->out);
    json_end(&r->out);
}

static void query_apply(struct req *r)
{
    const struct question_form *f = r->form;
    struct device d = { 0 };
    int64_t *id = arena_new(r->arena, int64_t);
    r->state = id;
    if (device_seen(r, r->id, &d))
        *id = device_query_put(r->tx, r->who, &(struct device_query){ .device = d.id, .what = f->what, .minutes = f->minutes });
    r->location = arena_format(r->arena, "/api/v1/devices/%lld/queries", (long long)r->id);
}

static void query_show(struct req *r)
{
    struct device_query q = { 0 };
    if (device_query_get(r->tx, *(int64_t *)r->state, &q))
        query_write(r, &q);
}

const struct route device_told_routes[] = {
    { GET, "/devices/{id}/signals", R_STAFF, .show = told_show, .about = L("设备最近发来的信号", "What a device told lately") },
    { GET, "/devices/{id}/meanings", R_STAFF, .show = meanings_show, .about = L("设备自己的代码含义", "What a device's own codes mean") },
    { PUT, "/devices/{id}/meanings", R_STAFF, .apply = meaning_apply, .show = meanings_show, .form = meaning_form,
      .form_size = sizeof(struct meaning_form),
      .about = L("设定一个代码在此设备上的含义，如某防区是跌倒传感器", "Says what a code means at this device: a zone that is a fall detector") },
    { GET, "/devices/{id}/queries", R_STAFF, .show = queries_show, .about = L("查岗、校时等查询的记录", "What was asked of a device, and the answers") },
    { POST, "/devices/{id}/query", R_STAFF, .apply = query_apply, .show = query_show, .form = question_form,
      .form_size = sizeof(struct question_form), .about = L("查岗、校时或读取状态（GB/T 26875.3 设备）", "Asks a fire alarm transmitter: patrol, clock, state") },
    {0} };
