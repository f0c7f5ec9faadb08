/* outage.c -- 集中失联: many devices of one vendor, or in one community, silent together. Probably a server or a power cut, and
 * behind any door it may be more: one matter with a list of doors, the worst risk first, each to be knocked at or heard again.
 * It cannot end while a door of high risk is neither. See care.h. */
#include "modules/care/alarm_form.h"

#include "engine/area.h"
#include "engine/rule.h"

SQL(insert_outage, "insert into care_outage(id, vendor, area, cause, since) values ($1, $2, $3, $4, $5)");
SQL(select_outage, "select vendor, area, cause, since, ended_at from care_outage where id = $1");
SQL(update_ended, "update care_outage set ended_at = $1 where id = $2");
SQL(insert_knock, "insert into care_knock(outage, device, elder, risk, since) values ($1, $2, $3, $4, $5) on conflict do nothing");
SQL(select_knocks, "select k.device, k.elder, k.risk, k.since, k.knocked_at, k.found, k.note, k.back_at, c.name, d.area from care_knock k"
    " join device d on d.id = k.device left join account c on c.id = k.account where k.outage = $1 order by case when k.knocked_at is null"
    " and k.back_at is null then 0 else 1 end, case k.risk when 'high' then 1 when 'middle' then 2 else 3 end, k.since, k.device limit $2");
SQL(count_knocks, "select count(*), sum(case when back_at is null and knocked_at is null then 1 else 0 end), sum(case when back_at is null then 1"
    " else 0 end) from care_knock where outage = $1");
SQL(count_high, "select count(*) from care_knock where outage = $1 and risk = 'high' and back_at is null and knocked_at is null");
SQL(update_knock, "update care_knock set knocked_at = $1, account = $2, found = $3, note = $4 where outage = $5 and device = $6");
SQL(close_knocks, "update care_knock set back_at = $1 where outage = $2 and back_at is null");
SQL(select_vendor_street, "select a.street from device d join area a on a.id = d.area where d.vendor = $1 and d.state = 'active' and"
    " a.street is not null order by d.id limit 1");

SQL(select_door, "select k.device from care_knock k join device d on d.id = k.device join area a on a.id = d.area where k.outage = $1"
    " and (a.grid = $2 or a.community = $3 or a.street = $4 or a.id = $5) limit 1");
SQL(select_door_area, "select d.area from care_knock k join device d on d.id = k.device where k.outage = $1 and k.device = $2");

enum { KNOCKS_MAX = 500 };

/* A vendor's outage is the street's, a place's outage the community's. */
static bool place_of(struct tx *tx, struct str vendor, int64_t area, struct place *ret_place)
{
    int64_t at = area;
    if (at == 0)
        db_one(tx, select_vendor_street, IN(vendor), OUT(&at));
    return at && area_place(tx, at, ret_place);
}

int64_t care_outage_open(struct tx *tx, struct str vendor, int64_t area, const char *cause, ms since)
{
    struct matter m = { .kind = &care_outage_kind, .channel = S("device"), .urgency = URGENCY_URGENT, .text = S("") };
    if (!place_of(tx, vendor, area, &m.place))
        return 0;
    m.title = area ? arena_format(tx->arena, "多台设备同时失联：" STR_FMT, STR_ARG(care_area_name(tx, area)))
                   : arena_format(tx->arena, "多台设备同时失联：厂商 " STR_FMT, STR_ARG(vendor));
    int64_t id = matter_open(tx, &who_system, &m, 0, S(""));
    if (id)
        db_run(tx, insert_outage, IN(id, area ? in_nil(NIL) : in_str(vendor), REF0(area), cause, since));
    return tx_failed(tx) ? 0 : id;
}

void care_knock_add(struct tx *tx, int64_t outage, const struct device *d, struct str risk, ms since)
{
    db_run(tx, insert_knock, IN(outage, d->id, REF0(d->person), risk, since));
}

/* Some were heard again; when all were, nobody needs to knock any more. */
void care_outage_back(struct tx *tx, int64_t outage)
{
    int64_t all = 0, waiting = 0, silent = 0;
    db_one(tx, count_knocks, IN(outage), OUT(&all, &waiting, &silent));
    struct moving mv = { .who = &who_system, .note = arena_format(tx->arena, "仍失联 %lld 台，共 %lld 台", (long long)silent, (long long)all) };
    matter_move(tx, outage, silent ? "device_says" : "restore", &mv);
}

void care_on_outage_end(struct tx *tx, const struct matter *m, const struct moving *mv)
{
    db_run(tx, update_ended, IN(mv->at, m->id));
    db_run(tx, close_knocks, IN(mv->at, m->id));
}

/* --- moves ------------------------------------------------------------------------------------------------------------------ */

static const struct choice finds[] = {
    { "well", L("见到本人，平安", "Seen, well") }, { "help", L("需要救助", "Needs help") }, { "away", L("外出，已联系上", "Away, reached") },
    { "no_answer", L("无人应门", "Nobody opened") }, { 0 },
};
struct knock_form {
    struct has has;
    int64_t device;
    struct str found, text;
};
static const struct field knock_form[] = {
    FIELD(struct knock_form, device, ID, .label = L("哪台设备", "Which device"), .required = true, .ref = "device"),
    FIELD(struct knock_form, found, CHOICE, .label = L("敲门情况", "What was found"), .required = true, .choices = finds),
    FIELD(struct knock_form, text, LONG_TEXT, .label = L("说明", "Remark"), .max = 500),
    { 0 },
};

/* A vendor's outage is the street's, its doors are everybody's: whoever works where one of them is sees it, and knocks there. */
static bool may_see(struct tx *tx, const struct who *who, int64_t id)
{
    for (int i = 0; i < who->grant_count; i++) {
        const struct grant *g = &who->grants[i];
        int64_t device = 0;
        if (((1u << g->role) & CARE_STAFF) && g->area && db_one(tx, select_door, IN(id, g->area, g->area, g->area, g->area), OUT(&device)))
            return true;
    }
    return false;
}

static bool works_there(struct tx *tx, const struct who *who, int64_t area)
{
    struct place place = { 0 };
    return area && area_place(tx, area, &place) && who_may(who, CARE_STAFF, place, 0);
}

static bool my_door(struct tx *tx, struct moving *mv)
{
    const struct knock_form *form = mv->form;
    int64_t area = 0;
    if (!db_one(tx, select_door_area, IN(mv->m.id, form->device), OUT(&area)) || (!mv->who->system && !works_there(tx, mv->who, area)))
        fault_field(&tx->fault, (struct bad_field){ .field = S("device"), .bad = BAD_REF, .arg = S("设备"), .label = L("哪台设备", "Which device") });
    return !tx_failed(tx);
}

/* Who needs help, or does not open, is an alarm from that moment. */
static void knocked(struct tx *tx, struct moving *mv)
{
    const struct knock_form *form = mv->form;
    db_run(tx, update_knock, IN(mv->at, REF0(mv->who->account), form->found, form->text, mv->m.id, form->device));
    mv->note = arena_format(tx->arena, "%s%s" STR_FMT, care_choice(finds, form->found).zh, form->text.n ? "：" : "", STR_ARG(form->text));
    if (!str_is(form->found, "help") && !str_is(form->found, "no_answer"))
        return;
    struct device d = { 0 };
    if (!device_get(tx, form->device, &d))
        return;
    struct signal s = { .kind = str_is(form->found, "help") ? S("rescue") : S("inactivity"), .at = mv->at, .data = S("") };
    int64_t alarm = care_alarm_signal(tx, &d, &s);
    if (alarm)
        matter_link(tx, mv->m.id, alarm, LINK_FOLLOWS);
}

static bool doors_done(struct tx *tx, struct moving *mv)
{
    int64_t high = 0;
    db_one(tx, count_high, IN(mv->m.id), OUT(&high));
    if (high)
        fault_set(&tx->fault, ERR_STATE, arena_format(tx->arena, "还有 %lld 户高风险老人没有敲门也没有恢复", (long long)high).p,
                  arena_format(tx->arena, "%lld doors of high risk were neither knocked at nor heard again", (long long)high).p);
    return !tx_failed(tx);
}

static void knock_write(struct tx *tx, const struct who *who, struct json *j, int64_t device, int64_t elder, struct str risk, int64_t area)
{
    struct person p = { 0 };
    struct elder e;
    json_key_int(j, "device", device);
    json_key_id(j, "elder", elder);
    if (elder && person_masked(tx, elder, &p))
        json_key_str(j, "name", p.name);
    json_key_str(j, "risk", risk);
    json_key_str(j, "risk_label", label_in(care_choice(care_risks, risk), who->lang));
    json_key_str(j, "area_name", care_area_name(tx, area));
    if (care_elder_get(tx, elder, &e))
        json_key_str(j, "spoken_address", e.spoken);
}

void care_outage_show(struct tx *tx, const struct who *who, int64_t id, struct json *j)
{
    struct knock { int64_t device, elder, area; struct str risk, found, note, by; ms since, knocked_at, back_at; } *list, k = { 0 };
    struct str vendor, cause;
    int64_t area = 0, all = 0, waiting = 0, silent = 0;
    ms since = 0, ended_at = 0;
    int count = 0;
    if (!db_one(tx, select_outage, IN(id), OUT(&vendor, &area, &cause, &since, &ended_at)))
        return;
    db_one(tx, count_knocks, IN(id), OUT(&all, &waiting, &silent));
    json_key_str(j, "vendor", vendor);
    json_key_str(j, "cause", cause);
    json_key_str(j, "outage_area", care_area_name(tx, area));
    json_key_time(j, "since", since);
    json_key_int(j, "devices", all);
    json_key_int(j, "still_silent", silent);
    json_key_int(j, "to_knock", waiting);
    list = arena_array(tx->arena, struct knock, KNOCKS_MAX);
    struct rows rows = db_get(tx, select_knocks, IN(id, (int64_t)KNOCKS_MAX));
    while (count < KNOCKS_MAX && db_row(&rows, OUT(&k.device, &k.elder, &k.risk, &k.since, &k.knocked_at, &k.found, &k.note, &k.back_at, &k.by, &k.area)))
        list[count++] = k;
    rows_end(&rows);
    json_key_list(j, "knocks");
    for (int i = 0; i < count; i++) {
        if (!works_there(tx, who, list[i].area))
            continue;
        json_obj(j);
        knock_write(tx, who, j, list[i].device, list[i].elder, list[i].risk, list[i].area);
        json_key_time(j, "since", list[i].since);
        json_key_time(j, "knocked_at", list[i].knocked_at);
        json_key_str(j, "knocked_by", list[i].by);
        json_key_str(j, "found_label", label_in(care_choice(finds, list[i].found), who->lang));
        json_key_str(j, "note", list[i].note);
        json_key_time(j, "back_at", list[i].back_at);
        json_end(j);
    }
    json_end(j);
}

/* clang-format off */
static const struct state states[] = {
    [OUTAGE_OUT]      = { "out",      L("集中失联", "Silent together"),  PHASE_OPEN,   "outage.start", LATE_SUPERVISE, NULL },
    [OUTAGE_KNOCKING] = { "knocking", L("逐户敲门", "Knocking"),         PHASE_ACTIVE, "outage.knock", LATE_SUPERVISE, NULL },
    [OUTAGE_ENDED]    = { "ended",    L("已结束", "Ended"),              PHASE_DONE,   NULL, LATE_NONE, NULL },
    { 0 },
};
#define KNOCKS(from, to) \
    { "knock", from, to, CARE_STAFF, L("登记敲门", "Log a knock"), knock_form, sizeof(struct knock_form), my_door, knocked, MOVE_PRIMARY | MOVE_OTHER_OWNER }
static const struct move moves[] = {
    { "take", OUTAGE_OUT, OUTAGE_KNOCKING, CARE_STAFF, L("接手并开始敲门", "Take and start to knock"), NULL, 0, NULL, NULL, MOVE_CLAIMS },
    KNOCKS(OUTAGE_OUT, OUTAGE_KNOCKING), KNOCKS(OUTAGE_KNOCKING, STATE_SAME),
    { "close", OUTAGE_KNOCKING, OUTAGE_ENDED, CARE_STAFF, L("结束", "End"), care_reason_form, sizeof(struct text_form), doors_done, NULL, 0 },
    { "restore", STATE_ANY_UNFINISHED, OUTAGE_ENDED, 0, L("设备全部恢复", "All heard again"), NULL, 0, NULL, NULL, MOVE_SYSTEM },
    { "device_says", STATE_ANY_UNFINISHED, STATE_SAME, 0, L("部分恢复", "Some heard again"), NULL, 0, NULL, NULL, MOVE_SYSTEM },
    { "note", STATE_ANY, STATE_SAME, CARE_STAFF, L("备注", "Note"), care_note_form, sizeof(struct said_form), NULL, NULL, 0 },
    { 0 },
};
/* clang-format on */

const struct kind care_outage_kind = {
    .name = "outage", .prefix = "DX", .label = L("集中失联", "Outage"), .total_clock = "outage.total", .states = states, .moves = moves,
    .show = care_outage_show, .may_see = may_see,
};
