/* upkeep.c -- 设备失效: a device that is silent, empty, off the mains or broken is a task with an owner, a substitute measure
 * within two hours and a repair within its limit. It ends when the device itself is heard to work, or a human says what was
 * done. See care.h; rules/care.yaml names the measure by risk. */
#include "modules/care/alarm_form.h"

#include "engine/area.h"
#include "engine/deadline.h"
#include "engine/rule.h"

SQL(insert_upkeep, "insert into care_upkeep(id, device, elder, fault, risk, since) values ($1, $2, $3, $4, $5, $6)");
SQL(select_upkeep, "select device, elder, fault, risk, since, substitute, substitute_at, repaired_at, how, outage, ended_at"
                   " from care_upkeep where id = $1");
SQL(select_open, "select id from care_upkeep where device = $1 and fault = $2 and ended_at is null");
SQL(select_open_any, "select id, fault from care_upkeep where device = $1 and ended_at is null order by id limit 20");
SQL(update_substitute, "update care_upkeep set substitute = $1, substitute_at = $2 where id = $3");
SQL(update_repaired, "update care_upkeep set repaired_at = $1, how = $2 where id = $3");
SQL(update_ended, "update care_upkeep set ended_at = $1 where id = $2");

struct upkeep {
    int64_t device, elder, outage;
    struct str fault, risk, substitute, how;
    ms since, substitute_at, repaired_at, ended_at;
};

static bool upkeep_get(struct tx *tx, int64_t id, struct upkeep *u)
{
    return db_one(tx, select_upkeep, IN(id), OUT(&u->device, &u->elder, &u->fault, &u->risk, &u->since, &u->substitute, &u->substitute_at,
                                                 &u->repaired_at, &u->how, &u->outage, &u->ended_at));
}

static struct str fault_label(struct tx *tx, struct str fault, enum lang lang)
{
    if (str_is(fault, "silent"))
        return lang == ZH ? S("失联") : S("Silent");
    return care_rule_label(tx, "signal_kinds", fault, lang);
}

int64_t care_upkeep_find(struct tx *tx, int64_t device, struct str fault)
{
    int64_t id = 0;
    db_one(tx, select_open, IN(device, fault), OUT(&id));
    return id;
}

int64_t care_upkeep_open(struct tx *tx, const struct device *d, struct str fault, ms since)
{
    struct elder e = { .risk = S("low") };
    struct matter m = { .kind = &care_upkeep_kind, .channel = S("device"), .text = S("") };
    int64_t id = care_upkeep_find(tx, d->id, fault);
    if (id || !area_place(tx, d->area, &m.place))
        return id;
    care_elder_get(tx, d->person, &e);
    m.urgency = str_is(e.risk, "high") ? URGENCY_URGENT : URGENCY_NORMAL;
    m.title = arena_format(tx->arena, STR_FMT STR_FMT "：" STR_FMT, STR_ARG(care_rule_label(tx, "device_kinds", d->kind, ZH)),
                           STR_ARG(fault_label(tx, fault, ZH)), STR_ARG(care_area_name(tx, d->area)));
    id = matter_open(tx, &who_system, &m, 0, S(""));
    if (id)
        db_run(tx, insert_upkeep, IN(id, d->id, REF0(d->person), fault, e.risk, since));
    return tx_failed(tx) ? 0 : id;
}

/* --- signals -------------------------------------------------------------------------------------------------------------- */

static void device_says(struct tx *tx, int64_t id, const struct device *d, const struct signal *s)
{
    struct moving mv = { .who = &who_system, .note = care_rule_label(tx, "signal_kinds", s->kind, ZH) };
    care_event_add(tx, id, d, s);
    matter_move(tx, id, "device_says", &mv);
}

int64_t care_fault_signal(struct tx *tx, const struct device *d, const struct signal *s)
{
    int64_t id = care_upkeep_find(tx, d->id, s->kind);
    if (str_is(d->state, "retired"))
        return 0;
    if (id) {
        device_says(tx, id, d, s);
        return id;
    }
    id = care_upkeep_open(tx, d, s->kind, s->at);
    if (id)
        care_event_add(tx, id, d, s);
    return id;
}

/* `restore` takes back every fault of the device, the other words their own. Silence ends by being heard (silent.c). */
int64_t care_restore_signal(struct tx *tx, const struct device *d, const struct signal *s)
{
    struct str ends = rule_prop(rule_entry(rule_set(rules_of(tx), "signal_kinds"), s->kind), "ends"), fault[20];
    int64_t open[20], last = 0;
    int count = 0;
    struct rows rows = db_get(tx, select_open_any, IN(d->id));
    while (count < (int)COUNT(open) && db_row(&rows, OUT(&open[count], &fault[count])))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        if (!str_is(s->kind, "restore") && !str_eq(fault[i], ends))
            continue;
        struct moving mv = { .who = &who_system, .note = care_rule_label(tx, "signal_kinds", s->kind, ZH) };
        care_event_add(tx, open[i], d, s);
        matter_move(tx, open[i], "restore", &mv);
        last = open[i];
    }
    return last;
}

/* --- moves ------------------------------------------------------------------------------------------------------------------ */

struct cover_form {
    struct has has;
    struct str text;
};
static const struct field cover_form[] = {
    FIELD(struct cover_form, text, LONG_TEXT, .label = L("替代措施", "Substitute measure"), .max = 500,
          .help = L("不填则按风险等级的规定措施", "The measure of the risk grade when empty")),
    { 0 },
};
static const struct choice hows[] = {
    { "repaired", L("修好", "Repaired") }, { "battery", L("换电池", "New battery") }, { "replaced", L("换新设备", "Replaced") },
    { "power", L("恢复供电", "Power is back") }, { "known", L("已说明原因（住院、外出等）", "Explained: in hospital, away ...") }, { 0 },
};
struct repair_form {
    struct has has;
    struct str how, text;
};
static const struct field repair_form[] = {
    FIELD(struct repair_form, how, CHOICE, .label = L("怎样处理", "How"), .required = true, .choices = hows),
    FIELD(struct repair_form, text, LONG_TEXT, .label = L("说明", "Remark"), .required = true, .min = 2, .max = 500),
    { 0 },
};

static const struct rule_entry *measure(struct tx *tx, struct str risk)
{
    return rule_entry(rule_set(rules_of(tx), "care"), arena_join(tx->arena, S("substitute."), risk));
}

static const char *check_clock(struct str risk)
{
    return str_is(risk, "high") ? "upkeep.check.high" : str_is(risk, "middle") ? "upkeep.check.middle" : "upkeep.check.low";
}

static void cover(struct tx *tx, struct moving *mv)
{
    const struct cover_form *form = mv->form;
    struct upkeep u = { 0 };
    if (!upkeep_get(tx, mv->m.id, &u))
        return;
    mv->note = form->text.n ? form->text : rule_prop(measure(tx, u.risk), "text_zh");
    db_run(tx, update_substitute, IN(mv->note, mv->at, mv->m.id));
    deadline_start(tx, &mv->m, check_clock(u.risk), mv->at);
}

/* The measure was carried out; its clock starts again, until the device works. */
static void checked(struct tx *tx, struct moving *mv)
{
    struct upkeep u = { 0 };
    if (!upkeep_get(tx, mv->m.id, &u))
        return;
    deadline_stop(tx, mv->m.id, check_clock(u.risk), mv->at);
    deadline_start(tx, &mv->m, check_clock(u.risk), mv->at);
}

static void repaired(struct tx *tx, struct moving *mv)
{
    const struct repair_form *form = mv->form;
    db_run(tx, update_repaired, IN(mv->at, form->how, mv->m.id));
}

static void restored(struct tx *tx, struct moving *mv)
{
    db_run(tx, update_repaired, IN(mv->at, "restored", mv->m.id));
}

void care_on_upkeep_end(struct tx *tx, const struct matter *m, const struct moving *mv)
{
    db_run(tx, update_ended, IN(mv->at, m->id));
}

void care_upkeep_show(struct tx *tx, const struct who *who, int64_t id, struct json *j)
{
    struct upkeep u = { 0 };
    struct device d = { 0 };
    if (!upkeep_get(tx, id, &u) || !device_get(tx, u.device, &d))
        return;
    const struct rule_entry *rule = measure(tx, u.risk);
    json_key_int(j, "device", u.device);
    json_key_str(j, "device_kind_label", care_rule_label(tx, "device_kinds", d.kind, who->lang));
    json_key_str(j, "vendor", d.vendor);
    json_key_str(j, "account", d.account);
    json_key_time(j, "seen_at", d.seen_at);
    json_key_id(j, "elder", u.elder);
    json_key_str(j, "fault", u.fault);
    json_key_str(j, "fault_label", fault_label(tx, u.fault, who->lang));
    json_key_str(j, "risk", u.risk);
    json_key_str(j, "risk_label", label_in(care_choice(care_risks, u.risk), who->lang));
    json_key_time(j, "since", u.since);
    json_key_str(j, "measure", rule_prop(rule, who->lang == ZH ? "text_zh" : "text_en"));
    json_key_str(j, "substitute", u.substitute);
    json_key_time(j, "substitute_at", u.substitute_at);
    json_key_time(j, "repaired_at", u.repaired_at);
    json_key_str(j, "how", u.how);
    json_key_str(j, "how_label", label_in(care_choice(hows, u.how), who->lang));
    json_key_id(j, "outage", u.outage);
}

/* clang-format off */
static const struct state states[] = {
    [UPKEEP_FAULT]    = { "fault",    L("待处理", "Fault"),                   PHASE_OPEN,   "upkeep.substitute", LATE_SUPERVISE, NULL },
    [UPKEEP_COVERED]  = { "covered",  L("替代措施中", "Covered meanwhile"),     PHASE_ACTIVE, "upkeep.repair",     LATE_SUPERVISE, NULL },
    [UPKEEP_REPAIRED] = { "repaired", L("已处理", "Dealt with"),              PHASE_DONE,   NULL, LATE_NONE, NULL },
    [UPKEEP_RESTORED] = { "restored", L("设备自行恢复", "The device is back"), PHASE_DONE,   NULL, LATE_NONE, NULL },
    [UPKEEP_JOINED]   = { "joined",   L("并入集中失联", "Part of an outage"),  PHASE_VOID,   NULL, LATE_NONE, NULL },
    { 0 },
};
#define FORM(table) table, sizeof(struct table)
#define NO_FORM NULL, 0
static const struct move moves[] = {
    { "take", STATE_ANY_UNFINISHED, STATE_SAME, CARE_STAFF, L("接手", "Take"), NO_FORM, NULL, NULL, MOVE_CLAIMS },
    { "substitute", UPKEEP_FAULT, UPKEEP_COVERED, CARE_STAFF, L("采取替代措施", "Cover meanwhile"), FORM(cover_form), NULL, cover, MOVE_PRIMARY },
    { "checked", UPKEEP_COVERED, STATE_SAME, CARE_STAFF, L("已按替代措施联系老人", "Looked in on the elder"), care_note_form,
      sizeof(struct said_form), NULL, checked, 0 },
    { "repair", UPKEEP_FAULT, UPKEEP_REPAIRED, CARE_STAFF, L("已处理", "Dealt with"), FORM(repair_form), NULL, repaired, 0 },
    { "repair", UPKEEP_COVERED, UPKEEP_REPAIRED, CARE_STAFF, L("已处理", "Dealt with"), FORM(repair_form), NULL, repaired, MOVE_PRIMARY },
    { "restore", STATE_ANY_UNFINISHED, UPKEEP_RESTORED, 0, L("设备恢复", "Restored"), NO_FORM, NULL, restored, MOVE_SYSTEM },
    { "join", STATE_ANY_UNFINISHED, UPKEEP_JOINED, 0, L("并入集中失联", "Joined to an outage"), NO_FORM, NULL, NULL, MOVE_SYSTEM },
    { "device_says", STATE_ANY_UNFINISHED, STATE_SAME, 0, L("设备消息", "The device says"), NO_FORM, NULL, NULL, MOVE_SYSTEM },
    { "note", STATE_ANY, STATE_SAME, CARE_STAFF, L("备注", "Note"), care_note_form, sizeof(struct said_form), NULL, NULL, 0 },
    { 0 },
};
/* clang-format on */

const struct kind care_upkeep_kind = {
    .name = "upkeep", .prefix = "SB", .label = L("设备失效", "Device upkeep"), .total_clock = "upkeep.total", .states = states, .moves = moves,
    .show = care_upkeep_show,
};
