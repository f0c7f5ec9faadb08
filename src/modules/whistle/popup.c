/* popup.c -- a telephone rings (screen pop): the switchboard tells the number, the desk sees who it may be and which service
 * matters of that number are open, and one person takes the call, with a draft. A number is not proof of who speaks, so
 * nothing else is shown (PRACTICE.md 19). An elder's telephone stands in front: see engine/phone_call.h. */
#include "modules/whistle/whistle.h"

#include "engine/outbox.h"
#include "engine/person.h"
#include "engine/phone_call.h"

SQL(select_org_by_phone, "select area from org where phone = $1 and area is not null order by id limit 1");

enum { OPEN_CALLS_MAX = 50, MATTERS_MAX = 10, DEVICES_MAX = 5, RING_PAST_MAX_DAYS = 7 };

const struct field whistle_ring_form[] = {
    FIELD(struct ring_form, from, TEXT, .label = L("来电号码", "Calling number"), .required = true, .max = 60,
          .help = L("对方隐藏号码时填 anonymous", "anonymous when the caller withholds it")),
    FIELD(struct ring_form, to, TEXT, .label = L("被叫号码", "Called number"), .max = 40),
    FIELD(struct ring_form, at, TIME, .label = L("来电时间", "When")),
    FIELD(struct ring_form, pbx_id, TEXT, .label = L("总机编号", "Call id of the switchboard"), .max = 100),
    { 0 },
};
const struct field whistle_ring_query[] = {
    FIELD(struct ring_query, open, BOOL, .label = L("无人接办", "Not taken yet")),
    { 0 },
};

/* --- a ring ---------------------------------------------------------------------------------------------------------- */

/* A withheld number rings all the same; anything else must be a telephone number. */
static struct str number_of(struct req *r, struct str from)
{
    static const char *const withheld[] = { "anonymous", "unknown", "private", "restricted", "withheld", "unavailable" };
    struct str number = S("");
    if (phone_normal(r->arena, from, &number))
        return number;
    for (size_t i = 0; i < COUNT(withheld); i++)
        if (str_is(from, withheld[i]))
            return S("");
    fault_field(&r->tx->fault, (struct bad_field){ .field = S("from"), .bad = BAD_PHONE, .label = L("来电号码", "Calling number") });
    return S("");
}

/* Where it rings: the office that has the called number, else where the one who tells works. */
static struct place place_of(struct req *r, struct str to)
{
    struct place place = { 0 };
    int64_t area = 0;
    if (to.n && db_one(r->tx, select_org_by_phone, IN(to), OUT(&area)) && area_place(r->tx, area, &place))
        return place;
    return whistle_home(r->tx, r->who);
}

static bool has_device(struct tx *tx, struct str number)
{
    struct phone_device d;
    struct rows rows = phone_devices(tx, number);
    bool any = phone_device_row(&rows, &d);
    rows_end(&rows);
    return any;
}

/* The feed wakes the desk; it carries no number and no name. */
static void announce(struct req *r, const struct phone_call *call, const char *verb, bool elder)
{
    struct event event = {
        .at = r->tx->now, .kind = S("phone_call"), .verb = str_of(verb), .place = place_of(r, call->to), .channel = S("phone"),
        .urgency = elder ? URGENCY_ALARM : URGENCY_NORMAL,
        .title = elder ? S("老人设备来电") : S("来电"),
    };
    outbox_put(r->tx, &event);
}

void whistle_ring_apply(struct req *r)
{
    const struct ring_form *form = r->form;
    struct phone_call *call = arena_new(r->arena, struct phone_call);
    if (form->at > r->tx->now + MINUTES(5) || (form->at && form->at < r->tx->now - DAYS(RING_PAST_MAX_DAYS)))
        fault_field(&r->tx->fault, (struct bad_field){ .field = S("at"), .bad = BAD_RULE, .label = L("来电时间", "When"),
            .rule = L("应在最近七天之内", "It lies within the last seven days") });
    *call = (struct phone_call){ .number = number_of(r, form->from), .to = form->to, .at = form->at, .pbx_id = form->pbx_id };
    r->state = call;
    if (phone_call_ring(r->tx, call) == 0 || !call->is_new)
        return;
    struct phone_device devices[DEVICES_MAX];
    int count = 0;
    struct rows rows = phone_devices(r->tx, call->number);
    while (count < DEVICES_MAX && phone_device_row(&rows, &devices[count]))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        int64_t matter = phone_signal(r->tx, call, &devices[i]);
        if (matter)
            phone_call_bind(r->tx, call->id, matter);
    }
    announce(r, call, "ring", count > 0);
}

/* --- what the desk sees -------------------------------------------------------------------------------------------------- */

static void write_matters(struct tx *tx, const struct who *who, struct json *j, struct str number)
{
    int64_t ids[MATTERS_MAX], id;
    int count = 0;
    if (number.n) {
        struct rows rows = reporter_matters(tx, number, MATTERS_MAX);
        while (count < MATTERS_MAX && db_row(&rows, OUT(&id)))
            ids[count++] = id;
        rows_end(&rows);
    }
    json_key_list(j, "matters");
    for (int i = 0; i < count; i++) {
        struct matter m;
        if (!matter_get(tx, ids[i], &m) || m.secrecy == SECRECY_SEALED || !phase_unfinished(m.phase) ||
            !matter_visible(tx, who, &m))
            continue;
        const struct state *state = &m.kind->states[m.state];
        json_obj(j);
        json_key_int(j, "id", m.id);
        json_key_str(j, "number", matter_number(tx->arena, m.kind, m.opened_at, m.id));
        json_key_str(j, "kind", str_of(m.kind->name));
        json_key_str(j, "title", m.title);
        json_key_str(j, "state", str_of(state->name));
        json_key_str(j, "state_label", label_in(state->label, who->lang));
        json_key_time(j, "opened_at", m.opened_at);
        json_key_time(j, "due_at", m.due_at);
        json_end(j);
    }
    json_end(j);
}

static void write_persons(struct tx *tx, struct json *j, struct str number)
{
    int64_t ids[5], id;
    int count = 0;
    if (number.n) {
        struct rows rows = person_by_phone(tx, number);
        while (count < (int)COUNT(ids) && db_row(&rows, OUT(&id)))
            ids[count++] = id;
        rows_end(&rows);
    }
    json_key_list(j, "maybe");
    for (int i = 0; i < count; i++) {
        struct person p;
        if (!person_masked(tx, ids[i], &p))
            continue;
        json_obj(j);
        json_key_int(j, "person", p.id);
        json_key_str(j, "name", p.name);
        json_key_str(j, "area_name", p.area ? area_full_name(tx, p.area) : S(""));
        json_end(j);
    }
    json_end(j);
}

static void write_devices(struct tx *tx, struct json *j, struct str number)
{
    struct phone_device d;
    json_key_list(j, "devices");
    struct rows rows = phone_devices(tx, number);
    while (phone_device_row(&rows, &d)) {
        json_obj(j);
        json_key_int(j, "id", d.id);
        json_key_str(j, "kind", d.kind);
        json_key_id(j, "person", d.person);
        json_key_str(j, "area_name", d.area ? area_full_name(tx, d.area) : S(""));
        json_end(j);
    }
    json_end(j);
}

/* What POST /reports takes, already filled; the number is clear only for the one who has taken the call. */
static void write_draft(struct tx *tx, struct json *j, const struct phone_call *call, bool clear)
{
    json_key_obj(j, "draft");
    json_key_str(j, "channel", S("phone"));
    json_key_str(j, "text", S(""));
    json_key_obj(j, "reporter");
    json_key_str(j, "name", S(""));
    json_key_str(j, "phone", clear ? call->number : mask_text(tx->arena, MASK_PHONE, call->number));
    json_end(j);
    json_end(j);
}

static void write_call(struct tx *tx, const struct who *who, struct json *j, const struct phone_call *call)
{
    bool elder = has_device(tx, call->number), mine = call->claimed_by && call->claimed_by == who->account;
    json_key_int(j, "id", call->id);
    json_key_str(j, "from", mask_text(tx->arena, MASK_PHONE, call->number));
    json_key_str(j, "to", call->to);
    json_key_time(j, "at", call->at);
    json_key_bool(j, "elder", elder);
    json_key_bool(j, "claim_now", elder && !call->claimed_by && !call->matter);
    json_key_id(j, "claimed_by", call->claimed_by);
    json_key_time(j, "claimed_at", call->claimed_at);
    json_key_id(j, "matter", call->matter);
    write_persons(tx, j, call->number);
    write_matters(tx, who, j, call->number);
    write_devices(tx, j, call->number);
    write_draft(tx, j, call, mine);
}

static void show_call(struct req *r, int64_t id)
{
    struct phone_call call;
    if (!phone_call_get(r->tx, id, &call))
        return;
    json_obj(&r->out);
    write_call(r->tx, r->who, &r->out, &call);
    json_end(&r->out);
}

void whistle_ring_show(struct req *r)
{
    const struct phone_call *call = r->state;
    r->status = call->is_new ? 201 : 200;
    show_call(r, call->id);
}

/* May this desk see it? A call to another street's number is that street's. */
static bool is_ours(struct req *r, const struct phone_call *call)
{
    struct place place = { 0 };
    int64_t area = 0;
    if (call->to.n == 0 || !db_one(r->tx, select_org_by_phone, IN(call->to), OUT(&area)) || !area_place(r->tx, area, &place))
        return true;
    return who_may(r->who, WHISTLE_DESK, place, 0);
}

void whistle_rings_show(struct req *r)
{
    struct phone_call *calls = arena_array(r->arena, struct phone_call, OPEN_CALLS_MAX + 1);
    int count = 0;
    struct rows rows = phone_call_open(r->tx, OPEN_CALLS_MAX);
    while (count < OPEN_CALLS_MAX && phone_call_row(&rows, &calls[count]))
        count++;
    rows_end(&rows);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int elders = 1; elders >= 0; elders--)                     /* elders' telephones first */
        for (int i = 0; i < count; i++) {
            if (has_device(r->tx, calls[i].number) != elders || !is_ours(r, &calls[i]))
                continue;
            json_obj(&r->out);
            write_call(r->tx, r->who, &r->out, &calls[i]);
            json_end(&r->out);
        }
    json_end(&r->out);
    json_end(&r->out);
}

/* --- taking it -------------------------------------------------------------------------------------------------------------- */

void whistle_claim_apply(struct req *r)
{
    struct phone_call call;
    if (!phone_call_get(r->tx, r->id, &call))
        return;
    if (!is_ours(r, &call)) {
        tx_refuse(r->tx, ERR_NOT_FOUND);
    } else if (phone_call_claim(r->tx, r->who, r->id) && call.claimed_by == 0) {
        access_log(r->tx, r->who, "phone_call", r->id, S("接办来电"));
        announce(r, &call, "claim", false);
    }
}

void whistle_claim_show(struct req *r)
{
    show_call(r, r->id);
}

/* What came of it: the matter that the call was about, or that was made of it. */
const struct field whistle_bind_form[] = {
    FIELD(struct bind_form, matter, ID, .label = L("事项", "Matter"), .required = true, .ref = "matter"),
    { 0 },
};

void whistle_bind_apply(struct req *r)
{
    const struct bind_form *form = r->form;
    struct phone_call call;
    struct matter m;
    if (!phone_call_get(r->tx, r->id, &call) || !matter_see(r->tx, r->who, form->matter, &m))
        return;
    if (call.claimed_by != r->who->account)
        tx_refuse(r->tx, ERR_DENIED, "请先接办这个来电", "Take the call first");
    else
        phone_call_bind(r->tx, r->id, form->matter);
}
