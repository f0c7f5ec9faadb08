/* elder_show.c -- elders as lists and pages: masked as a rule, in clear for a reason that is logged and that the elder may see.
 * Medical notes have a reason and a log of their own. See care.h. */
#include "modules/care/care_route.h"

#include "engine/person_seal.h"
#include "engine/rule.h"

SQL(select_keys, "select k.act, k.holder, k.matter, k.at, k.note, c.name from care_key k left join account c on c.id = k.account"
                 " where k.elder = $1 order by k.id desc limit 50");
SQL(select_consents, "select scope, given_by, day, until_day, made_at, stopped_at, stop_reason from care_consent where elder = $1"
                     " order by id desc limit 60");
SQL(select_devices, "select d.id, d.kind, d.vendor, d.account, d.state, d.seen_at, c.state from device d left join care_device c on"
                    " c.id = d.id where d.person = $1 order by d.id limit 40");
SQL(select_alarms, "select a.id, a.said, a.pressed_at, a.outcome, a.drill, m.opened_at, m.state from care_alarm a join matter m on m.id = a.id"
                   " where a.elder = $1 order by a.id desc limit 20");

static const struct filter elder_filters[] = {
    CARE_AREA_FILTERS, { "e.risk = ?", 1 }, { "e.review_due < ?", 1 }, { "e.state = ?", 1 }, { "e.id > ?", 1 }, { 0 },
};
static const struct sql_list elders = {
    .name = "elders", .head = "select e.id, e.living, e.risk, e.risk_rule, e.state, e.review_due, e.dialect, e.hearing, p.area,"
    " (select count(*) from device d where d.person = e.id and d.state <> 'retired') from care_elder e join person p on p.id = e.id"
    " join area a on a.id = p.area where true", .tail = "order by e.id limit ?", .filters = elder_filters, .tail_params = 1,
};
enum { BY_RISK = 16, BY_REVIEW = 32, BY_STATE = 64, BY_AFTER = 128, LIST_MAX = 200 };

struct elder_query {
    struct has has;
    int64_t area, limit;
    struct str risk, state, after, q;
    bool review;
};
static const struct field elder_query[] = {
    FIELD(struct elder_query, area, ID, .label = L("区域", "Area"), .ref = "area"),
    FIELD(struct elder_query, risk, CHOICE, .label = L("风险", "Risk"), .choices = care_risks),
    FIELD(struct elder_query, state, CHOICE, .label = L("服务状态", "Service"), .choices = care_elder_states),
    FIELD(struct elder_query, review, BOOL, .label = L("待复核", "Review due")),
    FIELD(struct elder_query, q, TEXT, .label = L("电话或其后四位", "Telephone or its last four"), .min = 4, .max = 20),
    FIELD(struct elder_query, after, TEXT, .label = L("起点", "After"), .max = 40),
    FIELD(struct elder_query, limit, INT, .label = L("条数", "How many"), .min = 1, .max = LIST_MAX),
    { 0 },
};

bool care_scope(struct req *r, int64_t area, uint32_t *ret_mask, int64_t *ret_value)
{
    struct area a = { 0 };
    const struct grant *widest = NULL;
    if (r->who->system && area == 0) {
        *ret_mask = 0;
        return true;
    }
    for (int i = 0; area == 0 && i < r->who->grant_count; i++)
        if (r->who->grants[i].area && (!widest || r->who->grants[i].level < widest->level))
            widest = &r->who->grants[i];
    area = area ? area : widest ? widest->area : 0;
    if (area == 0 || !area_get(r->tx, area, &a) || (!r->who->system && !who_may(r->who, CARE_STAFF, a.place, 0))) {
        fault_clear(&r->tx->fault);
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
        return false;
    }
    *ret_value = area;
    *ret_mask = a.level == LEVEL_DISTRICT ? 0 : a.level == LEVEL_STREET ? CARE_BY_STREET : a.level == LEVEL_COMMUNITY ? CARE_BY_COMMUNITY
              : a.level == LEVEL_GRID ? CARE_BY_GRID : CARE_BY_AREA;
    return true;
}

static void choice_write(struct json *j, const char *key, const char *label_key, const struct choice *choices, struct str value, enum lang lang)
{
    json_key_str(j, key, value);
    json_key_str(j, label_key, label_in(care_choice(choices, value), lang));
}

static void head_members(struct req *r, const struct elder *e, const struct person *p)
{
    struct json *j = &r->out;
    json_key_int(j, "id", e->id);
    json_key_str(j, "name", p->name);
    json_key_str(j, "phone", p->phone);
    json_key_int(j, "age", care_age(r->tx->now, p->born));
    json_key_id(j, "area", p->area);
    json_key_str(j, "area_name", care_area_name(r->tx, p->area));
    choice_write(j, "living", "living_label", care_living, e->living, r->lang);
    choice_write(j, "hearing", "hearing_label", care_hearing, e->hearing, r->lang);
    json_key_str(j, "dialect", e->dialect);
    choice_write(j, "risk", "risk_label", care_risks, e->risk, r->lang);
    json_key_str(j, "risk_rule", e->risk_rule);
    json_key_str(j, "risk_why", e->risk_rule.n ? care_rule_label(r->tx, "elder_risk", e->risk_rule, r->lang) : e->risk_note);
    choice_write(j, "state", "state_label", care_elder_states, e->state, r->lang);
    json_key_time(j, "review_due", e->review_due);
    json_key_bool(j, "review_late", e->review_due < r->tx->now);
}

/* Somebody rings and says four digits: whoever of them lives where the caller works. */
static void elders_by_phone(struct req *r, struct str text)
{
    int64_t ids[50];
    int count = 0;
    struct rows rows = text.n == 4 ? person_by_phone_tail(r->tx, text, (int)COUNT(ids)) : person_by_phone(r->tx, text);
    while (count < (int)COUNT(ids) && db_row(&rows, OUT(&ids[count])))
        count++;
    rows_end(&rows);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; i < count; i++) {
        struct elder e;
        struct person p;
        if (care_elder_see(r->tx, r->who, ids[i], &e, &p)) {
            json_obj(&r->out);
            head_members(r, &e, &p);
            json_end(&r->out);
        } else {
            fault_clear(&r->tx->fault);                /* another street's, or without a file */
        }
    }
    json_end(&r->out);
    json_key_str(&r->out, "next", S(""));
    json_end(&r->out);
}

static void elders_show(struct req *r)
{
    const struct elder_query *q = r->query;
    if (str_trim(q->q).n) {
        elders_by_phone(r, str_trim(q->q));
        return;
    }
    struct in in[10];
    struct elder list[LIST_MAX];
    int64_t devices[LIST_MAX], areas[LIST_MAX], value = 0, after = 0, limit = q->limit ? q->limit : 50;
    uint32_t mask = 0;
    int n = 0, count = 0;
    if (!care_scope(r, q->area, &mask, &value))
        return;
    if (mask)
        in[n++] = in_i64(value);
    if (q->risk.n)
        mask |= BY_RISK, in[n++] = in_str(q->risk);
    if (q->review)
        mask |= BY_REVIEW, in[n++] = in_i64(r->tx->now);
    if (q->state.n)
        mask |= BY_STATE, in[n++] = in_str(q->state);
    if (str_to_i64(q->after, &after) && after > 0)
        mask |= BY_AFTER, in[n++] = in_i64(after);
    in[n++] = in_i64(limit);
    struct rows rows = db_list(r->tx, elders, mask, ((struct ins){ in, n }));
    while (count < limit) {
        struct elder *e = &list[count];
        *e = (struct elder){ 0 };
        if (!db_row(&rows, OUT(&e->id, &e->living, &e->risk, &e->risk_rule, &e->state, &e->review_due, &e->dialect, &e->hearing,
                               &areas[count], &devices[count])))
            break;
        count++;
    }
    rows_end(&rows);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; i < count; i++) {
        struct person p = { 0 };
        if (!person_masked(r->tx, list[i].id, &p))
            break;
        json_obj(&r->out);
        head_members(r, &list[i], &p);
        json_key_int(&r->out, "devices", devices[i]);
        json_end(&r->out);
    }
    json_end(&r->out);
    r->next = count == limit ? arena_format(r->arena, "%lld", (long long)list[count - 1].id) : (struct str){ 0 };
    json_key_str(&r->out, "next", r->next);
    json_end(&r->out);
}

/* --- one elder ------------------------------------------------------------------------------------------------------------ */

static void contacts_write(struct req *r, bool clear)
{
    struct care_contact list[CONTACTS_MAX];
    int count = care_contacts(r->tx, r->id, list);
    json_key_list(&r->out, "contacts");
    for (int i = 0; i < count; i++) {
        json_obj(&r->out);
        json_key_int(&r->out, "id", list[i].id);
        choice_write(&r->out, "kind", "kind_label", care_contact_kinds, list[i].kind, r->lang);
        json_key_str(&r->out, "name", clear ? list[i].name : mask_text(r->arena, MASK_NAME, list[i].name));
        json_key_str(&r->out, "phone", clear ? list[i].phone : mask_text(r->arena, MASK_PHONE, list[i].phone));
        json_key_str(&r->out, "relation", list[i].relation);
        json_key_bool(&r->out, "has_key", list[i].has_key);
        json_key_str(&r->out, "key_note", list[i].key_note);
        json_end(&r->out);
    }
    json_end(&r->out);
}

static void day_write(struct json *j, const char *key, int64_t day)
{
    json_key(j, key);
    json_day(j, (int)day);
}

static void consents_write(struct req *r)
{
    struct str scope, giver, reason;
    int64_t day = 0, until = 0;
    ms made_at = 0, stopped_at = 0;
    json_key_list(&r->out, "consents");
    struct rows rows = db_get(r->tx, select_consents, IN(r->id));
    while (db_row(&rows, OUT(&scope, &giver, &day, &until, &made_at, &stopped_at, &reason))) {
        json_obj(&r->out);
        json_key_str(&r->out, "scope", scope);
        json_key_str(&r->out, "scope_label", care_rule_label(r->tx, "consents", scope, r->lang));
        choice_write(&r->out, "given_by", "given_by_label", care_givers, giver, r->lang);
        day_write(&r->out, "day", day);
        day_write(&r->out, "until", until);
        json_key_time(&r->out, "stopped_at", stopped_at);
        json_key_str(&r->out, "stop_reason", reason);
        json_key_bool(&r->out, "good", !stopped_at && (!until || until >= day_number(r->tx->now)));
        json_end(&r->out);
    }
    json_end(&r->out);
}

static void keys_write(struct req *r)
{
    struct str act, holder, note, by;
    int64_t matter = 0;
    ms at = 0;
    json_key_list(&r->out, "keys");
    struct rows rows = db_get(r->tx, select_keys, IN(r->id));
    while (db_row(&rows, OUT(&act, &holder, &matter, &at, &note, &by))) {
        json_obj(&r->out);
        json_key_str(&r->out, "act", act);
        json_key_str(&r->out, "holder", holder);
        json_key_id(&r->out, "matter", matter);
        json_key_time(&r->out, "at", at);
        json_key_str(&r->out, "by", by);
        json_key_str(&r->out, "note", note);
        json_end(&r->out);
    }
    json_end(&r->out);
}

static void devices_write(struct req *r)
{
    struct str kind, vendor, account, state, step;
    int64_t id = 0;
    ms seen_at = 0;
    json_key_list(&r->out, "devices");
    struct rows rows = db_get(r->tx, select_devices, IN(r->id));
    while (db_row(&rows, OUT(&id, &kind, &vendor, &account, &state, &seen_at, &step))) {
        json_obj(&r->out);
        json_key_int(&r->out, "id", id);
        json_key_str(&r->out, "kind", kind);
        json_key_str(&r->out, "kind_label", care_rule_label(r->tx, "device_kinds", kind, r->lang));
        json_key_str(&r->out, "vendor", vendor);
        json_key_str(&r->out, "account", account);
        json_key_str(&r->out, "state", state);
        json_key_str(&r->out, "activation", step.n ? step : S("delivered"));
        json_key_time(&r->out, "seen_at", seen_at);
        json_end(&r->out);
    }
    json_end(&r->out);
}

static void alarms_write(struct req *r)
{
    struct str said, outcome, state;
    int64_t id = 0;
    ms pressed_at = 0, opened_at = 0;
    bool drill = false;
    json_key_list(&r->out, "alarms");
    struct rows rows = db_get(r->tx, select_alarms, IN(r->id));
    while (db_row(&rows, OUT(&id, &said, &pressed_at, &outcome, &drill, &opened_at, &state))) {
        json_obj(&r->out);
        json_key_int(&r->out, "id", id);
        json_key_str(&r->out, "number", matter_number(r->arena, &care_alarm_kind, opened_at, id));
        json_key_str(&r->out, "said_label", care_rule_label(r->tx, "alarm_kinds", said, r->lang));
        json_key_time(&r->out, "at", opened_at);
        json_key_str(&r->out, "state", state);
        json_key_str(&r->out, "outcome_label", outcome.n ? care_rule_label(r->tx, "alarm_outcomes", outcome, r->lang) : S(""));
        json_key_bool(&r->out, "drill", drill);
        json_end(&r->out);
    }
    json_end(&r->out);
}

static void needs_write(struct req *r, struct str needs)
{
    struct str part;
    json_key_list(&r->out, "needs");
    while (str_cut(&needs, ' ', &part)) {
        json_obj(&r->out);
        json_key_str(&r->out, "key", part);
        json_key_str(&r->out, "label", care_rule_label(r->tx, "elder_needs", part, r->lang));
        json_end(&r->out);
    }
    json_end(&r->out);
}

static void elder_write(struct req *r, const struct elder *e, const struct person *p, bool clear)
{
    struct json *j = &r->out;
    head_members(r, e, p);
    json_key_str(j, "address", p->address);
    json_key_str(j, "called", clear ? e->called : mask_text(r->arena, MASK_NAME, e->called));
    json_key_str(j, "spoken", clear ? e->spoken : mask_text(r->arena, MASK_ADDRESS, e->spoken));
    json_key_bool(j, "has_door_note", e->door.n > 0);
    json_key_time(j, "reviewed_at", e->reviewed_at);
    json_key_bool(j, "family_line", care_has_consent(r->tx, r->id, "family_line"));
    json_key_bool(j, "family_link", e->family_round > 0);
    needs_write(r, e->needs);
    contacts_write(r, clear);
    consents_write(r);
    keys_write(r);
    devices_write(r);
    alarms_write(r);
}

void care_elder_show(struct req *r)
{
    struct elder e;
    struct person p;
    if (!care_elder_see(r->tx, r->who, r->id, &e, &p))
        return;
    json_obj(&r->out);
    elder_write(r, &e, &p, false);
    json_key(&r->out, "form");
    field_describe(&r->out, care_elder_form, r->lang);
    json_key(&r->out, "contacts_form");
    field_describe(&r->out, care_contacts_form, r->lang);
    json_end(&r->out);
}

/* --- with a reason ---------------------------------------------------------------------------------------------------------- */

struct open_form {
    struct has has;
    struct str reason;
    bool medical;
};
static const struct field open_form[] = {
    FIELD(struct open_form, reason, TEXT, .label = L("理由", "Reason"), .required = true, .min = 4, .max = 200),
    FIELD(struct open_form, medical, BOOL, .label = L("同时查看病史和用药", "Medical notes too")),
    { 0 },
};
struct opened {
    struct elder elder;
    struct person person;
};

static void open_apply(struct req *r)
{
    const struct open_form *f = r->form;
    struct opened *o = arena_new(r->arena, struct opened);
    struct person masked;
    r->state = o;
    if (!care_elder_see(r->tx, r->who, r->id, &o->elder, &masked) || !person_unmask(r->tx, r->who, r->id, f->reason, &o->person))
        return;
    if (f->medical)
        access_log(r->tx, r->who, "elder_medical", r->id, f->reason);
}

static void open_show(struct req *r)
{
    const struct open_form *f = r->form;
    const struct opened *o = r->state;
    json_obj(&r->out);
    elder_write(r, &o->elder, &o->person, true);
    json_key_str(&r->out, "id_number", o->person.id_number);
    json_key_str(&r->out, "door", o->elder.door);
    if (f->medical)
        json_key_str(&r->out, "medical", care_elder_medical(r->tx, r->id));
    json_end(&r->out);
}

const struct field care_text_form[] = {
    FIELD(struct text_form, text, LONG_TEXT, .label = L("说明", "Remark"), .max = 1000),
    { 0 },
};
const struct field care_reason_form[] = {
    FIELD(struct text_form, text, LONG_TEXT, .label = L("理由", "Reason"), .required = true, .min = 2, .max = 500),
    { 0 },
};

const struct route care_elder_routes[] = {
    { GET, "/elders", CARE_STAFF, .show = elders_show, .query = elder_query, .query_size = sizeof(struct elder_query),
      .about = L("老人名册（脱敏）", "Elders, masked") },
    { POST, "/elders", CARE_STAFF, .apply = care_elder_add_apply, .show = care_elder_show, .form = care_elder_form,
      .form_size = sizeof(struct elder_form), .about = L("建立老人档案", "Open an elder's file") },
    { GET, "/elders/{id}", CARE_STAFF, .show = care_elder_show, .about = L("一位老人的档案（脱敏）", "An elder's file, masked") },
    { PUT, "/elders/{id}", CARE_STAFF, .apply = care_elder_put_apply, .show = care_elder_show, .form = care_elder_form,
      .form_size = sizeof(struct elder_form), .about = L("修改老人档案；不填的不变", "Change an elder's file; what is left out stays") },
    { PUT, "/elders/{id}/contacts", CARE_STAFF, .apply = care_contacts_apply, .show = care_elder_show, .form = care_contacts_form,
      .form_size = sizeof(struct contacts_form), .about = L("联系人和持钥人，按呼叫顺序", "Family and key-holders in the order of ringing") },
    { POST, "/elders/{id}/open", CARE_STAFF, .apply = open_apply, .show = open_show, .form = open_form,
      .form_size = sizeof(struct open_form), .flags = ROUTE_SECRET_ANSWER,
      .about = L("查看老人档案原文，须说明理由并留痕", "An elder's file in clear, with a reason that is logged") },
    { POST, "/elders/{id}/review", CARE_STAFF, .apply = care_review_apply, .show = care_elder_show, .form = care_text_form,
      .form_size = sizeof(struct text_form), .about = L("年度复核：逐项确认无变化", "The yearly review: all was confirmed") },
    { 0 },
};
