/* alarm_open.c -- how an alarm begins: a signal of a device, or a human's hand (POST /alarms). A further press belongs to the
 * open alarm of the same elder and danger; it is an event of its own there, raises the priority and rings the next seat at
 * once. Another danger opens beside it. After the outcome a press is a new alarm. See care.h. */
#include "modules/care/care_route.h"

#include "engine/matter_view.h"
#include "engine/ring.h"
#include "engine/rule.h"

SQL(select_open_elder, "select id from care_alarm where elder = $1 and family = $2 and outcome_at is null and ended_at is null and drill = $3"
                       " order by id desc limit 1");
SQL(select_open_device, "select id from care_alarm where device = $1 and family = $2 and outcome_at is null and ended_at is null and drill = $3"
                        " order by id desc limit 1");
SQL(select_beside, "select id from care_alarm where elder = $1 and ended_at is null and drill = $2 order by id desc limit 1");
SQL(insert_alarm, "insert into care_alarm(id, elder, device, said, family, drill, presses, pressed_at, device_at, priority)"
                  " values ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9)");
SQL(update_press, "update care_alarm set presses = presses + 1, pressed_at = $1, priority = $2, said = $3 where id = $4");
SQL(insert_event, "insert into care_event(id, matter, at, device_at, said, device, signal, data) values ($1, $2, $3, $4, $5, $6, $7, $8)");
SQL(select_device_alarm, "select id from care_alarm where device = $1 and ended_at is null order by id desc limit 1");

struct press {
    int64_t elder, device, signal;
    struct place place;
    struct str said, text, channel, address;
    ms at, device_at;
    bool drill;
};

static const struct rule_entry *kind_rule(struct tx *tx, struct str said)
{
    return rule_entry(rule_set(rules_of(tx), "alarm_kinds"), said);
}

struct str care_family_of(struct tx *tx, struct str said)
{
    return rule_prop(kind_rule(tx, said), "family");
}

void care_event_add(struct tx *tx, int64_t matter, const struct device *d, const struct signal *s)
{
    db_run(tx, insert_event, IN(db_id(tx, "care_event"), matter, s->at, REF0(s->device_at), s->kind, REF0(d->id), REF0(s->id), s->data));
}

static int64_t open_one(struct tx *tx, const struct press *p)
{
    struct str family = care_family_of(tx, p->said);
    int64_t id = 0;
    if (p->elder)
        db_one(tx, select_open_elder, IN(p->elder, family, p->drill), OUT(&id));
    else if (p->device)
        db_one(tx, select_open_device, IN(p->device, family, p->drill), OUT(&id));
    return id;
}

/* Where and what, never who: titles stand in lists, feeds and messages. */
static struct str title_of(struct tx *tx, const struct press *p)
{
    return arena_format(tx->arena, "%s" STR_FMT "：" STR_FMT, p->drill ? "【演练】" : "",
                        STR_ARG(care_rule_label(tx, "alarm_kinds", p->said, ZH)), STR_ARG(care_area_name(tx, p->place.area)));
}

/* The elder stands as the one who reported it: masked on the page, found again when the same telephone rings, and erased with
 * everything else. */
static void add_reporter(struct tx *tx, int64_t alarm, const struct press *p)
{
    struct person person = { 0 };
    if (!alarm || !p->elder || p->drill || !person_clear(tx, p->elder, &person) || person.phone.n == 0)
        return;
    struct reporter reporter = { .name = person.name, .phone = person.phone, .channel = p->channel.n ? p->channel : S("web"), .at = p->at };
    reporter_add(tx, alarm, &reporter);
}

static int64_t open_new(struct tx *tx, const struct who *who, const struct press *p)
{
    const struct rule_entry *rule = kind_rule(tx, p->said);
    int64_t beside = 0;
    struct matter m = {
        .kind = &care_alarm_kind, .title = title_of(tx, p), .text = p->text, .place = p->place, .channel = p->channel,
        .address = p->address, .urgency = URGENCY_ALARM, .owner_org = org_of_place(tx, p->place),
    };
    struct area a = { 0 };
    if (p->elder)
        db_one(tx, select_beside, IN(p->elder, p->drill), OUT(&beside));
    if (area_get(tx, p->place.area, &a)) {
        m.lat = a.lat;
        m.lon = a.lon;
    }
    int64_t id = matter_open(tx, who, &m, p->at < tx->now ? p->at : 0, S(""));
    if (id == 0)
        return 0;
    int64_t priority = rule_int(rule, "priority", 300);
    struct elder e;
    if (care_elder_get(tx, p->elder, &e))
        priority += 10 * care_risk_rank(e.risk);
    db_run(tx, insert_alarm, IN(id, REF0(p->elder), REF0(p->device), p->said, rule_prop(rule, "family"), p->drill, p->at, REF0(p->device_at),
                                p->drill ? 0 : priority));
    add_reporter(tx, id, p);
    if (beside)
        matter_link(tx, beside, id, LINK_FOLLOWS);
    return tx_failed(tx) ? 0 : id;
}

/* The kind that is worse names the alarm from then on: a fall after a press is a fall. */
static void press_again(struct tx *tx, int64_t id, const struct press *p)
{
    struct care_alarm a;
    if (!care_alarm_get(tx, id, &a))
        return;
    const struct rule_entry *now = kind_rule(tx, p->said), *was = kind_rule(tx, a.said);
    int64_t higher = rule_int(now, "priority", 0) - rule_int(was, "priority", 0);
    int64_t priority = a.priority + rule_int(now, "press", 10) + (higher > 0 ? higher : 0);
    db_run(tx, update_press, IN(p->at, a.drill ? 0 : priority, higher > 0 ? p->said : a.said, id));
    struct moving mv = { .who = &who_system,
                         .note = arena_format(tx->arena, "第 %lld 次呼叫：" STR_FMT, (long long)a.presses + 1,
                                              STR_ARG(care_rule_label(tx, "alarm_kinds", p->said, ZH))) };
    matter_move(tx, id, "press", &mv);
    struct matter m;
    if (matter_get(tx, id, &m) && m.state == ALARM_RINGING)
        ring_start(tx, id);
}

static int64_t press(struct tx *tx, const struct who *who, const struct press *p, bool *ret_new)
{
    int64_t id = open_one(tx, p);
    *ret_new = id == 0;
    if (id == 0)
        return open_new(tx, who, p);
    press_again(tx, id, p);
    return tx_failed(tx) ? 0 : id;
}

/* --- a device calls ------------------------------------------------------------------------------------------------------- */

int64_t care_alarm_signal(struct tx *tx, const struct device *d, const struct signal *s)
{
    struct press p = { .elder = d->person, .device = d->id, .signal = s->id, .said = s->kind, .text = S(""), .channel = S("device"),
                       .at = s->at, .device_at = s->device_at };
    struct elder e;
    bool is_new;
    if (!area_place(tx, d->area, &p.place))
        return 0;
    p.address = care_elder_get(tx, d->person, &e) ? S("") : care_area_name(tx, d->area);
    int64_t id = press(tx, &who_system, &p, &is_new);
    if (id)
        care_event_add(tx, id, d, s);
    return id;
}

/* The device says that it was a mistake, or something that nothing follows from: written to its open alarm, never closing it. */
int64_t care_info_signal(struct tx *tx, const struct device *d, const struct signal *s)
{
    int64_t id = 0;
    if (!db_one(tx, select_device_alarm, IN(d->id), OUT(&id)))
        return 0;
    struct moving mv = { .who = &who_system, .note = str_is(s->kind, "cancel") ? S("设备上按了撤销，须听到老人本人说明才能结束")
                                                                                : care_rule_label(tx, "signal_kinds", s->kind, ZH) };
    care_event_add(tx, id, d, s);
    matter_move(tx, id, "device_says", &mv);
    return id;
}

/* --- by hand --------------------------------------------------------------------------------------------------------------- */

struct open_form {
    struct has has;
    struct str said, text, address;
    int64_t elder, device, area;
    bool drill;
};
static const struct field open_form[] = {
    FIELD(struct open_form, said, RULE, .label = L("警情种类", "Kind"), .required = true, .ref = "alarm_kinds"),
    FIELD(struct open_form, elder, ID, .label = L("老人", "Elder"), .ref = "person"),
    FIELD(struct open_form, device, ID, .label = L("设备", "Device"), .ref = "device"),
    FIELD(struct open_form, area, ID, .label = L("地点", "Area"), .ref = "area", .help = L("选了老人或设备时可不填", "Known from the elder or the device")),
    FIELD(struct open_form, text, LONG_TEXT, .label = L("情况", "What is known"), .max = 2000),
    FIELD(struct open_form, address, TEXT, .label = L("详细地址", "Address"), .max = 200),
    FIELD(struct open_form, drill, BOOL, .label = L("演练", "Drill"), .help = L("标题、大屏和提示都标明演练，不计入统计", "Marked everywhere, counted nowhere")),
    { 0 },
};

static bool find_place(struct req *r, const struct open_form *f, struct press *p)
{
    struct device d = { 0 };
    struct person person = { 0 };
    struct tx *tx = r->tx;
    int64_t area = f->area;
    if (f->device && device_get(tx, f->device, &d)) {
        p->device = d.id;
        p->elder = d.person;
        area = area ? area : d.area;
    }
    p->elder = f->elder ? f->elder : p->elder;
    if (p->elder && person_masked(tx, p->elder, &person))
        area = area ? area : person.area;
    if (!tx_failed(tx) && area == 0)
        fault_field(&tx->fault, (struct bad_field){ .field = S("area"), .bad = BAD_MISSING, .label = L("地点", "Area") });
    if (tx_failed(tx) || !area_place(tx, area, &p->place))
        return false;
    if (!who_may(r->who, CARE_STAFF | R(API), p->place, 0))
        tx_refuse(tx, ERR_DENIED, "该地点不在您的管辖范围内", "This place is outside of your area");
    return !tx_failed(tx);
}

struct opened {
    int64_t id;
    bool is_new;
};

static void open_apply(struct req *r)
{
    const struct open_form *f = r->form;
    struct opened *o = arena_new(r->arena, struct opened);
    struct press p = { .said = f->said, .text = f->text, .address = f->address, .at = r->tx->now, .drill = f->drill };
    r->state = o;
    rule_check(r->tx, "alarm_kinds", f->said, "said", (struct label)L("警情种类", "Kind"));
    if (tx_failed(r->tx) || !find_place(r, f, &p))
        return;
    o->id = press(r->tx, r->who, &p, &o->is_new);
    if (o->is_new)
        r->location = arena_format(r->arena, "/api/v1/matters/%lld", (long long)o->id);
}

static void open_show(struct req *r)
{
    const struct opened *o = r->state;
    struct matter_item item;
    struct matter m;
    if (!matter_see(r->tx, r->who, o->id, &m) || !item_get(r->tx, o->id, &item))
        return;
    r->status = o->is_new ? 201 : 200;
    json_obj(&r->out);
    item_members(r->tx, &r->out, &item, r->lang);
    json_key_bool(&r->out, "existing", !o->is_new);
    json_key(&r->out, "deadlines");
    matter_write_deadlines(r->tx, &r->out, &m, r->lang);
    care_alarm_show(r->tx, r->who, o->id, &r->out);
    json_key_list(&r->out, "similar");
    json_end(&r->out);
    json_end(&r->out);
}

static void urgent(struct req *r)
{
    r->lane = LANE_URGENT;
}

const struct route care_alarm_routes[] = {
    { POST, "/alarms", CARE_STAFF | R(API), .prepare = urgent, .apply = open_apply, .show = open_show, .form = open_form,
      .form_size = sizeof(struct open_form), .about = L("报警：人工登记一起警情或演练", "Open an alarm or a drill by hand") },
    { GET, "/alarms", CARE_STAFF | R(KIOSK), .show = care_board_show, .query = care_board_query, .query_size = sizeof(struct board_query),
      .about = L("未了结的警情，最急的在前", "Open alarms, the worst first") },
    { 0 },
};
