/* open.c -- blowing a whistle: POST /whistles. The departments are matters of their own from the first second, so that
 * their numbers stand on the notice; they are told only when the whistle is blown. See whistle.h. */
#include "modules/whistle/whistle.h"

#include "engine/rule.h"

SQL(insert_whistle, "insert into whistle(id, type, cannot_because, lead, source, made_by) values ($1, $2, $3, $4, $5, $6)");

const struct choice whistle_types[] = {
    { "hard", L("重点难点", "Hard problem") },
    { "enforce", L("综合执法", "Joint enforcement") },
    { "emergency", L("应急处置", "Emergency") },
    { 0 },
};

static const struct field reply_by_rows[] = {
    FIELD(struct reply_by, org, ID, .label = L("部门", "Department"), .required = true, .ref = "org"),
    FIELD(struct reply_by, due_at, TIME, .label = L("报到时限", "Report in by"), .required = true),
    { 0 },
};

const struct field whistle_open_form[] = {
    FIELD(struct open_form, type, CHOICE, .label = L("哨种", "Type"), .required = true, .choices = whistle_types),
    FIELD(struct open_form, title, TEXT, .label = L("标题", "Title"), .required = true, .min = 2, .max = 100),
    FIELD(struct open_form, text, LONG_TEXT, .label = L("情况说明", "What it is about"), .required = true, .min = 2,
          .max = 4000),
    FIELD(struct open_form, area, ID, .label = L("地点", "Area"), .ref = "area",
          .help = L("不填时取来源事项的地点，否则取本人所在街道", "Left out: that of the matter it follows, else your own")),
    FIELD(struct open_form, lat, DEGREE, .label = L("纬度", "Latitude"), .min = -900000000, .max = 900000000),
    FIELD(struct open_form, lon, DEGREE, .label = L("经度", "Longitude"), .min = -1800000000, .max = 1800000000),
    FIELD(struct open_form, address, TEXT, .label = L("详细地址", "Address"), .max = 200),
    FIELD(struct open_form, departments, IDS, .label = L("召集部门", "Departments"), .required = true, .ref = "org"),
    FIELD(struct open_form, lead, ID, .label = L("牵头部门", "Lead department"), .ref = "org"),
    FIELD(struct open_form, cannot_because, RULE, .label = L("街道为何不能独自解决", "Why the street cannot solve it alone"),
          .ref = "duty_list"),
    FIELD(struct open_form, reply_by, LIST, .label = L("各部门报到时限", "Report in by, per department"),
          .sub = reply_by_rows, .sub_size = sizeof(struct reply_by), .max = 64),
    FIELD(struct open_form, from, ID, .label = L("来源事项", "From which matter"), .ref = "matter"),
    { 0 },
};

/* --- what must hold ------------------------------------------------------------------------------------------------- */

static void wrong(struct req *r, const char *field, struct label label, struct label rule)
{
    fault_field(&r->tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_RULE, .label = label, .rule = rule });
}

static bool is_emergency(const struct open_form *form)
{
    return str_is(form->type, "emergency");
}

static bool names(const struct ids *ids, int64_t id)
{
    for (int64_t i = 0; i < ids->count; i++)
        if (ids->items[i] == id)
            return true;
    return false;
}

static void check_departments(struct req *r, const struct open_form *form)
{
    const struct label label = L("召集部门", "Departments");
    const struct rule_entry *most = rule_entry(rule_set(rules_of(r->tx), "whistle"), S("departments"));
    struct str name;
    if (form->departments.count == 0)
        wrong(r, "departments", label, (struct label)L("至少选择一个部门", "Choose at least one department"));
    if (form->departments.count > rule_int(most, "max", 20))
        fault_field(&r->tx->fault, (struct bad_field){ .field = S("departments"), .bad = BAD_MANY, .label = label,
            .arg = rule_prop(most, "max") });
    if (tx_failed(r->tx))
        return;
    for (int64_t i = 0; i < form->departments.count; i++) {
        const struct ids before = { form->departments.items, i };
        if (names(&before, form->departments.items[i]))
            wrong(r, "departments", label, (struct label)L("同一部门出现了两次", "A department appears twice"));
        if (!whistle_can_call(r->tx, form->departments.items[i], "departments", &name))
            return;
    }
    if (form->lead && !names(&form->departments, form->lead))
        wrong(r, "lead", (struct label)L("牵头部门", "Lead department"),
              (struct label)L("牵头部门须在召集部门之中", "The lead department must be one of those called"));
}

static void check_limits(struct req *r, const struct open_form *form)
{
    const struct reply_by *rows = form->reply_by.items;
    for (int64_t i = 0; i < form->reply_by.count; i++) {
        if (!names(&form->departments, rows[i].org))
            wrong(r, "reply_by", (struct label)L("各部门报到时限", "Report in by"),
                  (struct label)L("只能为召集的部门设时限", "Limits can be set for called departments only"));
        else if (rows[i].due_at <= r->tx->now)
            wrong(r, "reply_by", (struct label)L("各部门报到时限", "Report in by"),
                  (struct label)L("时限必须晚于现在", "The limit must lie ahead"));
    }
}

/* In an emergency nobody looks up a list first; otherwise the item is what the leader reviews. */
static void check_reason(struct req *r, const struct open_form *form)
{
    const struct label label = L("街道为何不能独自解决", "Why the street cannot solve it alone");
    if (form->cannot_because.n == 0 && !is_emergency(form))
        fault_field(&r->tx->fault, (struct bad_field){ .field = S("cannot_because"), .bad = BAD_MISSING, .label = label });
    rule_check(r->tx, "duty_list", form->cannot_because, "cannot_because", label);
}

static bool find_place(struct req *r, const struct open_form *form, struct place *place)
{
    struct matter from;
    if (form->area && !area_place(r->tx, form->area, place)) {
        fault_clear(&r->tx->fault);
        fault_field(&r->tx->fault, (struct bad_field){ .field = S("area"), .bad = BAD_REF, .arg = S("地点"),
            .label = L("地点", "Area") });
        return false;
    }
    if (!form->area && form->from && matter_see(r->tx, r->who, form->from, &from))
        *place = from.place;
    else if (!form->area)
        *place = whistle_home(r->tx, r->who);
    if (place->area == 0)
        fault_field(&r->tx->fault, (struct bad_field){ .field = S("area"), .bad = BAD_MISSING, .label = L("地点", "Area") });
    else if (!who_may(r->who, WHISTLE_CALLERS, *place, 0))
        tx_refuse(r->tx, ERR_DENIED, "该地点不在您的管辖范围内", "This place is outside of your area");
    return !tx_failed(r->tx);
}

/* --- making it ------------------------------------------------------------------------------------------------------ */

static ms reply_by_of(const struct open_form *form, int64_t org)
{
    const struct reply_by *rows = form->reply_by.items;
    for (int64_t i = 0; i < form->reply_by.count; i++)
        if (rows[i].org == org)
            return rows[i].due_at;
    return 0;
}

/* One thread: the whistle follows the report; a phone whistle that did not help ends by becoming one. */
static void follow(struct req *r, const struct matter *source, const struct matter *whistle)
{
    matter_link(r->tx, source->id, whistle->id, LINK_FOLLOWS);
    if (source->kind != &whistle_phone_kind || !phase_unfinished(source->phase))
        return;
    struct who who = whistle_acting(r->who);
    struct moving raise = { .who = &who, .note = matter_number(r->arena, whistle->kind, whistle->opened_at, whistle->id) };
    matter_move(r->tx, source->id, "raise", &raise);
}

static int64_t make(struct req *r, const struct open_form *form, struct place place, int64_t lead)
{
    struct matter m = {
        .kind = &whistle_kind, .title = form->title, .text = form->text, .place = place, .address = form->address,
        .lat = form->lat, .lon = form->lon, .owner_org = whistle_office(r->tx, place),
        .urgency = is_emergency(form) ? URGENCY_URGENT : URGENCY_NORMAL,
    };
    struct matter source;
    if (form->from && matter_see(r->tx, r->who, form->from, &source)) {
        m.secrecy = source.secrecy;
        if (source.secrecy == SECRECY_SEALED)
            tx_refuse(r->tx, ERR_DENIED, "保密事项不能据此吹哨", "A sealed matter cannot become a whistle");
    }
    int64_t id = matter_open(r->tx, r->who, &m, 0, S(""));
    if (id == 0)
        return 0;
    db_run(r->tx, insert_whistle, IN(id, form->type, form->cannot_because.n ? in_str(form->cannot_because) : in_nil(NIL),
                                     lead, REF0(form->from), REF0(r->who->account)));
    if (form->from)
        follow(r, &source, &m);
    for (int64_t i = 0; i < form->departments.count && !tx_failed(r->tx); i++) {
        int64_t org = form->departments.items[i];
        whistle_call_open(r->tx, r->who, &m, org, org == lead, reply_by_of(form, org));
    }
    return tx_failed(r->tx) ? 0 : id;
}

static bool skips_review(struct req *r, const struct open_form *form)
{
    struct str key = arena_join(r->arena, S("type."), form->type);
    return rule_int(rule_entry(rule_set(rules_of(r->tx), "whistle"), key), "review", 1) == 0;
}

void whistle_open_apply(struct req *r)
{
    const struct open_form *form = r->form;
    struct place place = { 0 };
    if (!find_place(r, form, &place))
        return;
    check_departments(r, form);
    check_limits(r, form);
    check_reason(r, form);
    if (tx_failed(r->tx))
        return;
    int64_t id = make(r, form, place, form->lead ? form->lead : form->departments.items[0]);
    struct moving blow = { .who = r->who };
    if (id && skips_review(r, form))
        matter_move(r->tx, id, "blow", &blow);
    r->id = id;
    r->location = arena_format(r->arena, "/api/v1/matters/%lld", (long long)id);
}

void whistle_open_show(struct req *r)
{
    struct matter m;
    if (!matter_see(r->tx, r->who, r->id, &m))
        return;
    r->status = 201;
    json_obj(&r->out);
    whistle_head_write(r->tx, r->who, &r->out, &m);
    whistle_show(r->tx, r->who, r->id, &r->out);
    json_key_list(&r->out, "similar");
    json_end(&r->out);
    json_end(&r->out);
}
