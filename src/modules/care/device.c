/* device.c -- a device from delivery to its replacement. Delivered is not live: the agreement is signed, the first test call is
 * heard and confirmed by a human, the address is read back; only then is it supervised. A call is heard at any step. The
 * monthly test is a row whoever made it. See care.h. */
#include "modules/care/care_route.h"

#include "engine/account.h"
#include "engine/area.h"
#include "engine/rule.h"

SQL(select_device, "select state, delivered_at, agreed_at, agreed_by, tested_at, read_back_at, read_back, live_at, last_test_at, replaces,"
                   " replaced_by, fails from care_device where id = $1");
SQL(insert_device, "insert into care_device(id, state, delivered_at) values ($1, 'delivered', $2) on conflict do nothing");
SQL(update_agreed, "update care_device set state = 'agreed', agreed_at = $1, agreed_by = $2 where id = $3");
SQL(update_tested, "update care_device set state = 'tested', tested_at = $1, last_test_at = $2 where id = $3");
SQL(update_read_back, "update care_device set state = 'read_back', read_back_at = $1, read_back = $2 where id = $3");
SQL(update_live, "update care_device set state = 'live', live_at = $1 where id = $2");
SQL(update_last_test, "update care_device set last_test_at = $1 where id = $2");
SQL(update_retired, "update care_device set state = 'retired', replaced_by = $1 where id = $2");
SQL(update_replaces, "update care_device set replaces = $1 where id = $2");
SQL(select_call, "select max(at) from signal where device = $1 and kind in ('test', 'rescue', 'call', 'fall', 'fire') and at >= $2");
SQL(insert_test, "insert into care_test(id, device, at, signal, ok, kind, account, note) values ($1, $2, $3, $4, $5, $6, $7, $8)");
SQL(select_tests, "select t.at, t.ok, t.kind, t.note, c.name from care_test t left join account c on c.id = t.account where t.device = $1"
                  " order by t.id desc limit 24");
SQL(select_upkeeps, "select u.id, u.fault, u.since, u.how, u.ended_at, m.opened_at, m.state from care_upkeep u join matter m on m.id = u.id"
                    " where u.device = $1 order by u.id desc limit 24");

bool care_device_get(struct tx *tx, int64_t id, struct care_device *ret)
{
    struct care_device d = { .id = id, .state = S("delivered") };
    bool found = db_one(tx, select_device, IN(id), OUT(&d.state, &d.delivered_at, &d.agreed_at, &d.agreed_by, &d.tested_at, &d.read_back_at,
                                                       &d.read_back, &d.live_at, &d.last_test_at, &d.replaces, &d.replaced_by, &d.fails));
    *ret = d;
    return found;
}

/* A test of the device itself, by key or by its own clock: it shows that the way works, not that somebody answers, so the
 * monthly test stays owed. */
int64_t care_test_signal(struct tx *tx, const struct device *d, const struct signal *s)
{
    int64_t alarm = care_info_signal(tx, d, s);
    db_run(tx, insert_test, IN(db_id(tx, "care_test"), d->id, s->at, s->id, (int64_t)1, "device", REF0(0), s->data.n ? s->data : S("")));
    return alarm;
}

void care_test_answered(struct tx *tx, const struct who *who, int64_t device, ms at)
{
    db_run(tx, insert_device, IN(device, tx->now));
    db_run(tx, insert_test, IN(db_id(tx, "care_test"), device, at, REF0(0), (int64_t)1, "call", REF0(who->account), ""));
    db_run(tx, update_last_test, IN(at, device));
}

/* --- steps -------------------------------------------------------------------------------------------------------------------- */

static const struct choice steps[] = {
    { "agreed", L("协议已签", "Agreement signed") }, { "tested", L("首次试呼已应答", "First test call answered") },
    { "read_back", L("地址已核读", "Address read back") }, { "live", L("投入使用", "Live") }, { 0 },
};
const struct choice care_device_states[] = {
    { "delivered", L("已送达，未启用", "Delivered, not live") }, { "agreed", L("协议已签", "Agreement signed") },
    { "tested", L("首次试呼已应答", "First test call answered") }, { "read_back", L("地址已核读", "Address read back") },
    { "live", L("已启用", "Live") }, { "retired", L("已停用", "Retired") }, { 0 },
};
struct step_form {
    struct has has;
    struct str step, text;
};
static const struct field step_form[] = {
    FIELD(struct step_form, step, CHOICE, .label = L("步骤", "Step"), .required = true, .choices = steps),
    FIELD(struct step_form, text, LONG_TEXT, .label = L("签字人、应答人或核读的地址", "Who signed, who answered, or the address as read back"),
          .max = 300),
    { 0 },
};

static bool device_seen(struct req *r, int64_t id, struct device *d)
{
    struct place place = { 0 };
    if (device_get(r->tx, id, d) && d->area && area_place(r->tx, d->area, &place) && who_may(r->who, CARE_STAFF, place, 0))
        return true;
    fault_clear(&r->tx->fault);
    tx_refuse(r->tx, ERR_NOT_FOUND, 0);
    return false;
}

static void refuse_step(struct req *r, const char *zh, const char *en)
{
    tx_refuse(r->tx, ERR_STATE, zh, en);
}

static void set_state(struct req *r, const struct device *d, const char *state)
{
    struct device changed = *d;
    changed.state = str_of(state);
    changed.key = S("");
    device_put(r->tx, r->who, &changed);
}

static void need_text(struct req *r, const struct step_form *f, const char *zh, const char *en)
{
    if (str_chars(str_trim(f->text)) < 2)
        care_bad(r->tx, "text", (struct label)L("说明", "Remark"), (struct label){ zh, en });
}

static void agree(struct req *r, const struct device *d, const struct step_form *f)
{
    need_text(r, f, "请填写签字人", "Say who signed");
    if (d->person && !care_has_consent(r->tx, d->person, "device"))
        care_bad(r->tx, "step", (struct label)L("步骤", "Step"),
                 (struct label)L("请先登记老人对安装设备的同意", "Record the elder's consent to the device first"));
    db_run(r->tx, update_agreed, IN(r->tx->now, f->text, d->id));
}

/* A human confirms that the call of this device was heard and answered; it must have come after the agreement. */
static void first_test(struct req *r, const struct device *d, const struct care_device *c, const struct step_form *f)
{
    ms at = 0, from = r->tx->now - MINUTES(care_setting(r->tx, "activation.minutes", 60));
    need_text(r, f, "请填写谁应答的", "Say who answered");
    db_one(r->tx, select_call, IN(d->id, c->agreed_at > from ? c->agreed_at : from), OUT(&at));
    if (at == 0)
        refuse_step(r, "没有收到这台设备最近的试呼，请老人按一次键", "No recent call of this device was heard; have the key pressed once");
    db_run(r->tx, insert_test, IN(db_id(r->tx, "care_test"), d->id, at, REF0(0), (int64_t)1, "first", REF0(r->who->account), f->text));
    db_run(r->tx, update_tested, IN(r->tx->now, at, d->id));
}

static void step_apply(struct req *r)
{
    const struct step_form *f = r->form;
    struct device d = { 0 };
    struct care_device c;
    if (!device_seen(r, r->id, &d))
        return;
    care_device_get(r->tx, r->id, &c);
    if (str_is(d.state, "retired"))
        refuse_step(r, "设备已停用", "The device is retired");
    db_run(r->tx, insert_device, IN(d.id, r->tx->now));
    bool from_delivered = str_is(c.state, "delivered"), from_agreed = str_is(c.state, "agreed"), from_tested = str_is(c.state, "tested");
    if (str_is(f->step, "agreed") && from_delivered) {
        agree(r, &d, f);
        set_state(r, &d, "testing");
    } else if (str_is(f->step, "tested") && from_agreed) {
        first_test(r, &d, &c, f);
    } else if (str_is(f->step, "read_back") && from_tested) {
        need_text(r, f, "请逐字填写核读的地址", "Write the address as it was read back");
        db_run(r->tx, update_read_back, IN(r->tx->now, f->text, d.id));
    } else if (str_is(f->step, "live") && str_is(c.state, "read_back")) {
        db_run(r->tx, update_live, IN(r->tx->now, d.id));
        set_state(r, &d, "active");
    } else {
        refuse_step(r, "请按顺序：协议、首次试呼、核读地址、投入使用", "The order is: agreement, first test call, address read back, live");
    }
    audit(r->tx, r->who, "step", "device", d.id, f->step);
}

/* --- tests and replacement ---------------------------------------------------------------------------------------------------- */

struct test_form {
    struct has has;
    bool ok;
    struct str text;
};
static const struct field test_form[] = {
    FIELD(struct test_form, ok, BOOL, .label = L("试呼成功", "The test call worked"), .required = true),
    FIELD(struct test_form, text, LONG_TEXT, .label = L("情况", "Remark"), .max = 300),
    { 0 },
};

/* A test that failed is a fault from that moment. */
static void test_apply(struct req *r)
{
    const struct test_form *f = r->form;
    struct device d = { 0 };
    if (!device_seen(r, r->id, &d))
        return;
    db_run(r->tx, insert_device, IN(d.id, r->tx->now));
    db_run(r->tx, insert_test, IN(db_id(r->tx, "care_test"), d.id, r->tx->now, REF0(0), f->ok, "monthly", REF0(r->who->account), f->text));
    if (f->ok)
        db_run(r->tx, update_last_test, IN(r->tx->now, d.id));
    else
        care_upkeep_open(r->tx, &d, S("fault"), r->tx->now);
}

struct replace_form {
    struct has has;
    int64_t device;
};
static const struct field replace_form[] = {
    FIELD(struct replace_form, device, ID, .label = L("新设备", "The new device"), .required = true, .ref = "device"),
    { 0 },
};

/* The old one keeps its history and is still heard; the new one goes through its own steps. */
static void replace_apply(struct req *r)
{
    const struct replace_form *f = r->form;
    struct device old = { 0 }, new = { 0 };
    struct care_device c;
    if (!device_seen(r, r->id, &old) || !device_seen(r, f->device, &new))
        return;
    care_device_get(r->tx, old.id, &c);
    if (old.id == new.id || c.replaced_by || new.person != old.person)
        care_bad(r->tx, "device", (struct label)L("新设备", "The new device"),
                 (struct label)L("须是同一位老人的另一台设备，且旧设备尚未被替换", "Another device of the same elder, and the old one not replaced yet"));
    db_run(r->tx, insert_device, IN(old.id, r->tx->now));
    db_run(r->tx, insert_device, IN(new.id, r->tx->now));
    db_run(r->tx, update_retired, IN(new.id, old.id));
    db_run(r->tx, update_replaces, IN(old.id, new.id));
    set_state(r, &old, "retired");
}

/* --- one device ------------------------------------------------------------------------------------------------------------ */

static void tests_write(struct req *r)
{
    struct str kind, note, by;
    bool ok = false;
    ms at = 0;
    json_key_list(&r->out, "tests");
    struct rows rows = db_get(r->tx, select_tests, IN(r->id));
    while (db_row(&rows, OUT(&at, &ok, &kind, &note, &by))) {
        json_obj(&r->out);
        json_key_time(&r->out, "at", at);
        json_key_bool(&r->out, "ok", ok);
        json_key_str(&r->out, "kind", kind);
        json_key_str(&r->out, "note", note);
        json_key_str(&r->out, "by", by);
        json_end(&r->out);
    }
    json_end(&r->out);
}

static void upkeeps_write(struct req *r)
{
    struct str fault, how, state;
    int64_t id = 0;
    ms since = 0, ended_at = 0, opened_at = 0;
    json_key_list(&r->out, "upkeeps");
    struct rows rows = db_get(r->tx, select_upkeeps, IN(r->id));
    while (db_row(&rows, OUT(&id, &fault, &since, &how, &ended_at, &opened_at, &state))) {
        json_obj(&r->out);
        json_key_int(&r->out, "id", id);
        json_key_str(&r->out, "number", matter_number(r->arena, &care_upkeep_kind, opened_at, id));
        json_key_str(&r->out, "fault", fault);
        json_key_time(&r->out, "since", since);
        json_key_str(&r->out, "state", state);
        json_key_str(&r->out, "how", how);
        json_key_time(&r->out, "ended_at", ended_at);
        json_end(&r->out);
    }
    json_end(&r->out);
}

static void device_show(struct req *r)
{
    struct device d = { 0 };
    struct care_device c;
    struct json *j = &r->out;
    if (!device_seen(r, r->id, &d))
        return;
    care_device_get(r->tx, r->id, &c);
    json_obj(j);
    json_key_int(j, "id", d.id);
    json_key_str(j, "kind_label", care_rule_label(r->tx, "device_kinds", d.kind, r->lang));
    json_key_str(j, "vendor", d.vendor);
    json_key_str(j, "protocol", d.protocol);
    json_key_str(j, "account", d.account);
    json_key_id(j, "elder", d.person);
    json_key_str(j, "area_name", care_area_name(r->tx, d.area));
    json_key_str(j, "state", d.state);
    json_key_time(j, "seen_at", d.seen_at);
    json_key_str(j, "activation", c.state);
    json_key_str(j, "activation_label", label_in(care_choice(care_device_states, c.state), r->lang));
    json_key_time(j, "delivered_at", c.delivered_at);
    json_key_time(j, "agreed_at", c.agreed_at);
    json_key_str(j, "agreed_by", c.agreed_by);
    json_key_time(j, "tested_at", c.tested_at);
    json_key_time(j, "read_back_at", c.read_back_at);
    json_key_str(j, "read_back", c.read_back);
    json_key_time(j, "live_at", c.live_at);
    json_key_time(j, "last_test_at", c.last_test_at);
    json_key_time(j, "test_due", c.last_test_at ? c.last_test_at + DAYS(care_setting(r->tx, "test.days", 30)) : 0);
    json_key_id(j, "replaces", c.replaces);
    json_key_id(j, "replaced_by", c.replaced_by);
    tests_write(r);
    upkeeps_write(r);
    json_key(j, "step_form");
    field_describe(j, step_form, r->lang);
    json_end(j);
}

const struct route care_device_routes[] = {
    { GET, "/care/devices", CARE_STAFF, .show = care_devices_show, .query = care_devices_query, .query_size = sizeof(struct devices_query),
      .about = L("设备清单：失联最久、从未试呼、试呼到期、未启用、故障", "Devices: silent, never tested, test due, not live, faulty") },
    { GET, "/care/devices/{id}", CARE_STAFF, .show = device_show, .about = L("一台设备的启用、试呼和故障", "One device: activation, tests, faults") },
    { POST, "/care/devices/{id}/steps", CARE_STAFF, .apply = step_apply, .show = device_show, .form = step_form,
      .form_size = sizeof(struct step_form), .about = L("启用步骤：协议、首次试呼、核读地址、投入使用", "A step of the activation") },
    { POST, "/care/devices/{id}/tests", CARE_STAFF, .apply = test_apply, .show = device_show, .form = test_form,
      .form_size = sizeof(struct test_form), .about = L("登记每月试呼", "Log the monthly test") },
    { POST, "/care/devices/{id}/replace", CARE_STAFF, .apply = replace_apply, .show = device_show, .form = replace_form,
      .form_size = sizeof(struct replace_form), .about = L("更换设备，历史保留", "Replace a device; its history stays") },
    { GET, "/care/calendar", CARE_STAFF, .show = care_calendar_show, .query = care_calendar_query, .query_size = sizeof(struct calendar_query),
      .about = L("试呼日历", "The calendar of tests") },
    { GET, "/care/vendors", CARE_STAFF, .show = care_vendors_show, .query = care_calendar_query, .query_size = sizeof(struct calendar_query),
      .about = L("按厂商：失联率、故障和试呼失败", "By vendor: silent rate, faults, failed tests") },
    { 0 },
};
