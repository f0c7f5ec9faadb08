/* alarm_show.c -- what the console sees of an alarm: what to say and dial next, whom to ring, the address to read out; and the
 * board of open alarms. Names, numbers and notes stand in clear only for those who have taken a hand in it, which is logged;
 * before that they are masked. See care.h. */
#include "modules/care/care_route.h"

#include "engine/matter_view.h"
#include "engine/ring.h"
#include "engine/rule.h"

SQL(select_events, "select at, device_at, said, device, data from care_event where matter = $1 order by id limit 200");
SQL(select_forced, "select at, first, second, witness, witness_kind, reason, secured from care_forced where alarm = $1 order by id limit 5");

enum { BOARD_MAX = 200 };

static bool has_word(struct str words, const char *word)
{
    struct str part;
    while (str_cut(&words, ' ', &part))
        if (str_is(part, word))
            return true;
    return false;
}

static ms done_at(const struct care_alarm *a, struct str once)
{
    return str_is(once, "call119") ? a->call119_at : str_is(once, "call120") ? a->call120_at : str_is(once, "spoken") ? a->spoken_at
         : str_is(once, "sent") ? a->sent_at : str_is(once, "arrived") ? a->arrived_at : 0;
}

/* {address} in a prompt becomes the address as it is spoken. */
static struct str filled(struct arena *a, struct str text, const char *mark, struct str value)
{
    struct buf b = buf_in(a);
    size_t at = str_find(text, str_of(mark));
    buf_put(&b, str_head(text, at));
    if (at < text.n) {
        buf_put(&b, value);
        buf_put(&b, str_from(text, at + str_of(mark).n));
    }
    return buf_str(&b);
}

/* Some are for those who hear badly, or who are understood in their dialect only: PRACTICE 14. */
static bool for_this_elder(const struct rule_entry *entry, const struct elder *e)
{
    struct str hearing = rule_prop(entry, "hearing");
    bool own_dialect = e->dialect.n && !str_is(e->dialect, "普通话");
    return (hearing.n == 0 || (e->hearing.n && str_has(hearing, e->hearing))) && (!rule_int(entry, "dialect", 0) || own_dialect);
}

static void prompts_write(struct tx *tx, const struct who *who, const struct matter *m, const struct care_alarm *a, const struct elder *elder,
                          struct str address, struct json *j)
{
    const struct rule_set *set = rule_set(rules_of(tx), "alarm_prompts");
    const char *state = m->kind->states[m->state].name;
    json_key_list(j, "prompts");
    if (a->drill) {
        json_obj(j);
        json_key_str(j, "key", S("drill"));
        json_key_str(j, "text", who->lang == ZH ? S("这是演练：不要拨打 119、120，不要派人破门。") : S("This is a drill: do not dial 119 or 120, force no door."));
        json_key_str(j, "number", S(""));
        json_key_time(j, "done_at", 0);
        json_end(j);
    }
    for (int i = 0; set && !a->drill && i < set->count; i++) {
        const struct rule_entry *e = &set->entries[i];
        if (!has_word(rule_prop(e, "families"), arena_z(tx->arena, a->family)) || !has_word(rule_prop(e, "states"), state) ||
            !for_this_elder(e, elder))
            continue;
        json_obj(j);
        json_key_str(j, "key", e->key);
        json_key_str(j, "text", filled(tx->arena, filled(tx->arena, label_in(e->label, who->lang), "{address}", address), "{dialect}", elder->dialect));
        json_key_str(j, "number", rule_prop(e, "number"));
        json_key_str(j, "address", address);
        json_key_time(j, "done_at", done_at(a, rule_prop(e, "once")));
        json_end(j);
    }
    json_end(j);
}

static void contacts_write(struct tx *tx, const struct who *who, int64_t elder, bool clear, struct json *j)
{
    struct care_contact list[CONTACTS_MAX];
    int count = elder ? care_contacts(tx, elder, list) : 0;
    json_key_list(j, "contacts");
    for (int i = 0; i < count; i++) {
        json_obj(j);
        json_key_str(j, "kind", list[i].kind);
        json_key_str(j, "kind_label", label_in(care_choice(care_contact_kinds, list[i].kind), who->lang));
        json_key_str(j, "name", clear ? list[i].name : mask_text(tx->arena, MASK_NAME, list[i].name));
        json_key_str(j, "phone", clear ? list[i].phone : mask_text(tx->arena, MASK_PHONE, list[i].phone));
        json_key_str(j, "relation", list[i].relation);
        json_key_bool(j, "has_key", list[i].has_key);
        if (clear)
            json_key_str(j, "key_note", list[i].key_note);
        json_end(j);
    }
    json_end(j);
}

static void elder_write(struct tx *tx, const struct who *who, const struct care_alarm *a, const struct elder *e, bool clear, struct json *j)
{
    struct person p = { 0 };
    if (clear)
        person_clear(tx, a->elder, &p);
    else
        person_masked(tx, a->elder, &p);
    json_key_obj(j, "elder");
    json_key_int(j, "id", a->elder);
    json_key_str(j, "name", p.name);
    json_key_str(j, "phone", p.phone);
    json_key_int(j, "age", care_age(tx->now, p.born));
    json_key_str(j, "called", clear ? e->called : S(""));
    json_key_str(j, "living_label", label_in(care_choice(care_living, e->living), who->lang));
    json_key_str(j, "hearing", e->hearing);
    json_key_str(j, "hearing_label", label_in(care_choice(care_hearing, e->hearing), who->lang));
    json_key_str(j, "dialect", e->dialect);
    json_key_str(j, "risk", e->risk);
    json_key_str(j, "risk_label", label_in(care_choice(care_risks, e->risk), who->lang));
    json_key_bool(j, "may_force", care_has_consent(tx, a->elder, "forced_entry"));
    if (clear) {
        json_key_str(j, "door", e->door);
        json_key_str(j, "medical", care_elder_medical(tx, a->elder));
    }
    json_end(j);
}

static void steps_write(struct json *j, const struct care_alarm *a)
{
    json_key_time(j, "pressed_at", a->pressed_at);
    json_key_time(j, "device_at", a->device_at);
    json_key_time(j, "claimed_at", a->claimed_at);
    json_key_time(j, "spoken_at", a->spoken_at);
    json_key_str(j, "heard", a->heard);
    json_key_time(j, "help_at", a->help_at);
    json_key_time(j, "called_119_at", a->call119_at);
    json_key_str(j, "called_119_by", a->call119_by);
    json_key_time(j, "called_120_at", a->call120_at);
    json_key_str(j, "called_120_by", a->call120_by);
    json_key_time(j, "sent_at", a->sent_at);
    json_key_str(j, "sent", a->sent);
    json_key_time(j, "arrived_at", a->arrived_at);
    json_key_str(j, "arrived", a->arrived);
    json_key_time(j, "outcome_at", a->outcome_at);
    json_key_str(j, "heard_from", a->heard_from);
    json_key_id(j, "became", a->became);
    json_key_time(j, "followed_at", a->followed_at);
}

static void events_write(struct tx *tx, const struct who *who, int64_t id, struct json *j)
{
    struct str said, data;
    int64_t device = 0;
    ms at = 0, device_at = 0;
    json_key_list(j, "events");
    struct rows rows = db_get(tx, select_events, IN(id));
    while (db_row(&rows, OUT(&at, &device_at, &said, &device, &data))) {
        json_obj(j);
        json_key_time(j, "at", at);
        json_key_time(j, "device_at", device_at);
        json_key_str(j, "said", said);
        json_key_str(j, "said_label", care_rule_label(tx, "signal_kinds", said, who->lang));
        json_key_id(j, "device", device);
        if (data.n) {
            json_key(j, "data");
            json_raw(j, data);
        }
        json_end(j);
    }
    json_end(j);
}

static void forced_write(struct tx *tx, int64_t id, struct json *j)
{
    struct str first, second, witness, kind, reason, secured;
    ms at = 0;
    json_key_list(j, "forced_entries");
    struct rows rows = db_get(tx, select_forced, IN(id));
    while (db_row(&rows, OUT(&at, &first, &second, &witness, &kind, &reason, &secured))) {
        json_obj(j);
        json_key_time(j, "at", at);
        json_key_str(j, "first", first);
        json_key_str(j, "second", second);
        json_key_str(j, "witness", witness);
        json_key_str(j, "witness_kind", kind);
        json_key_str(j, "reason", reason);
        json_key_str(j, "secured", secured);
        json_end(j);
    }
    json_end(j);
}

static void rings_write(struct tx *tx, const struct who *who, int64_t id, bool clear, struct json *j)
{
    struct ring ring;
    struct attempt t;
    bool runs = ring_get(tx, id, &ring);
    json_key_obj(j, "ringing");
    json_key_bool(j, "now", runs && ring.next_at != 0);
    json_key_int(j, "step", runs ? ring.step : 0);
    json_key_time(j, "next_at", runs ? ring.next_at : 0);
    json_key_list(j, "attempts");
    struct rows rows = ring_list(tx, id, 0, 200);
    while (ring_row(&rows, &t)) {
        json_obj(j);
        json_key_int(j, "id", t.id);
        json_key_int(j, "round", t.round);
        json_key_str(j, "why", t.why);
        json_key_str(j, "name", clear || t.seat ? t.name : mask_text(tx->arena, MASK_NAME, t.name));
        json_key_str(j, "number", clear ? t.number : mask_text(tx->arena, MASK_PHONE, t.number));
        json_key_time(j, "at", t.at);
        json_key_time(j, "ended_at", t.ended_at);
        json_key_str(j, "result", str_of(ring_result_wire(t.result)));
        json_key_str(j, "result_label", label_in(ring_result_label(t.result), who->lang));
        json_key_str(j, "note", t.note);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

static void head_write(struct tx *tx, const struct who *who, const struct care_alarm *a, struct json *j)
{
    json_key_bool(j, "drill", a->drill);
    json_key_str(j, "said", a->said);
    json_key_str(j, "said_label", care_rule_label(tx, "alarm_kinds", a->said, who->lang));
    json_key_str(j, "family", a->family);
    json_key_int(j, "presses", a->presses);
    json_key_int(j, "priority", a->priority);
    json_key_id(j, "device", a->device);
    json_key_str(j, "outcome", a->outcome);
    json_key_str(j, "outcome_label", a->outcome.n ? care_rule_label(tx, "alarm_outcomes", a->outcome, who->lang) : S(""));
}

void care_alarm_show(struct tx *tx, const struct who *who, int64_t id, struct json *j)
{
    struct care_alarm a;
    struct matter m;
    struct elder e = { .id = 0 };
    if (!care_alarm_get(tx, id, &a) || !matter_get(tx, id, &m))
        return;
    bool clear = care_is_hand(tx, who, id), staff = who_may(who, CARE_STAFF, m.place, m.owner_org);
    care_elder_get(tx, a.elder, &e);            /* who has a device may have no file yet */
    struct str place = m.address.n ? m.address : care_area_name(tx, m.place.area);
    struct str address = (clear || staff) && e.spoken.n ? e.spoken : place;
    head_write(tx, who, &a, j);
    json_key_bool(j, "clear", clear);
    json_key_str(j, "spoken_address", address);
    prompts_write(tx, who, &m, &a, &e, address, j);
    steps_write(j, &a);
    if (a.elder)
        elder_write(tx, who, &a, &e, clear, j);
    contacts_write(tx, who, a.elder, clear, j);
    events_write(tx, who, id, j);
    forced_write(tx, id, j);
    rings_write(tx, who, id, clear, j);
}

/* --- the board ------------------------------------------------------------------------------------------------------------- */

const struct field care_board_query[] = {
    FIELD(struct board_query, area, ID, .label = L("区域", "Area"), .ref = "area"),
    FIELD(struct board_query, mine, BOOL, .label = L("我参与的", "Those I have a hand in")),
    FIELD(struct board_query, follow_up, BOOL, .label = L("含待回访", "Those waiting for a call too")),
    FIELD(struct board_query, limit, INT, .label = L("条数", "How many"), .min = 1, .max = BOARD_MAX),
    { 0 },
};
static const struct filter board_filters[] = {
    { "m.street = ?", 1 }, { "m.community = ?", 1 }, { "m.grid = ?", 1 }, { "m.area = ?", 1 }, { "a.outcome_at is null", 0 },
    { "exists (select 1 from care_hand h where h.alarm = a.id and h.account = ?)", 1 }, { 0 },
};
static const struct sql_list board = {
    .name = "alarm_board", .head = "select a.id from care_alarm a join matter m on m.id = a.id where a.ended_at is null",
    .tail = "order by a.priority desc, a.id limit ?", .filters = board_filters, .tail_params = 1,
};

static void board_item(struct req *r, int64_t id)
{
    struct matter_item item;
    struct care_alarm a;
    struct ring ring;
    if (!item_get(r->tx, id, &item) || !care_alarm_get(r->tx, id, &a))
        return;
    json_obj(&r->out);
    item_members(r->tx, &r->out, &item, r->lang);
    head_write(r->tx, r->who, &a, &r->out);
    json_key_time(&r->out, "pressed_at", a.pressed_at);
    json_key_time(&r->out, "claimed_at", a.claimed_at);
    json_key_bool(&r->out, "rings", ring_get(r->tx, id, &ring) && ring.next_at != 0);
    json_key_int(&r->out, "waiting_s", a.claimed_at ? 0 : (r->tx->now - item.m.opened_at) / 1000);
    json_end(&r->out);
}

/* A wall screen sees what and where, by its own area; people stand behind GET /matters/{id}, which it may not open. */
static bool board_scope(struct req *r, int64_t area, uint32_t *mask, int64_t *value)
{
    struct area a = { 0 };
    for (int i = 0; area == 0 && i < r->who->grant_count; i++)
        area = r->who->grants[i].area;
    if (area == 0 || !area_get(r->tx, area, &a) || !who_may(r->who, CARE_STAFF | R(KIOSK), a.place, 0)) {
        fault_clear(&r->tx->fault);
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
        return false;
    }
    *value = area;
    *mask = a.level == LEVEL_DISTRICT ? 0 : a.level == LEVEL_STREET ? CARE_BY_STREET : a.level == LEVEL_COMMUNITY ? CARE_BY_COMMUNITY
          : a.level == LEVEL_GRID ? CARE_BY_GRID : CARE_BY_AREA;
    return true;
}

void care_board_show(struct req *r)
{
    const struct board_query *q = r->query;
    int64_t ids[BOARD_MAX], value = 0, limit = q->limit ? q->limit : 50;
    uint32_t mask = 0;
    struct in in[4];
    int n = 0, count = 0;
    if (!board_scope(r, q->area, &mask, &value))
        return;
    if (mask)
        in[n++] = in_i64(value);
    if (q->mine)
        in[n++] = in_i64(r->who->account);
    in[n++] = in_i64(limit);
    mask |= (q->follow_up ? 0 : 16) | (q->mine ? 32 : 0);
    struct rows rows = db_list(r->tx, board, mask, ((struct ins){ in, n }));
    while (count < limit && db_row(&rows, OUT(&ids[count])))
        count++;
    rows_end(&rows);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; i < count; i++)
        board_item(r, ids[i]);
    json_end(&r->out);
    json_key_time(&r->out, "now", r->tx->now);
    json_end(&r->out);
}
