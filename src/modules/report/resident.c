/* resident.c -- pages without a log-in: report, look by a random code, ask again, rate, withdraw, add a
 * picture. The code shows the state and its steps, and nothing that was written: no text, name, place or unit
 * (PRACTICE 20). */
#include "modules/report/report.h"

#include "engine/file.h"

SQL(select_steps, "select verb, to_state, at from history where matter = $1 order by seq");
SQL(count_files, "select count(*) from file where matter = $1");

enum { FILES_MAX = 9 };

const struct field report_track_form[] = {
    FIELD(struct track_form, text, LONG_TEXT, .label = L("诉求内容", "Text"), .required = true, .min = 2,
          .max = 2000),
    FIELD(struct track_form, place, TEXT, .label = L("门牌二维码", "Code of a door"), .max = 40),
    FIELD(struct track_form, category, RULE, .label = L("分类", "Class"), .ref = "categories"),
    FIELD(struct track_form, nature, CHOICE, .label = L("诉求类型", "Kind of request"), .choices = report_natures),
    FIELD(struct track_form, confidential, BOOL, .label = L("要求保密", "Confidential")),
    FIELD(struct track_form, lat, DEGREE, .label = L("纬度", "Latitude")),
    FIELD(struct track_form, lon, DEGREE, .label = L("经度", "Longitude")),
    FIELD(struct track_form, name, TEXT, .label = L("称呼", "Name"), .max = 40, .mask = MASK_NAME,
          .purpose = "reporter"),
    FIELD(struct track_form, phone, PHONE, .label = L("联系电话", "Telephone"), .mask = MASK_PHONE,
          .purpose = "reporter"),
    FIELD(struct track_form, client_id, TEXT, .label = L("设备上的编号", "The phone's own id"), .min = 8,
          .max = 64), { 0 } };
const struct field report_place_query[] = {
    FIELD(struct place_query, place, TEXT, .label = L("门牌二维码", "Code of a door"), .max = 40),
    FIELD(struct place_query, text, LONG_TEXT, .label = L("内容", "Text"), .max = 500),
    FIELD(struct place_query, lat, DEGREE, .label = L("纬度", "Latitude")),
    FIELD(struct place_query, lon, DEGREE, .label = L("经度", "Longitude")), { 0 } };

/* What a resident is told of a state or a step; an inner step is not told. */
static const struct label public_states[] = {
    [REPORT_NEW] = L("已登记", "Registered"),
    [REPORT_ACCEPTED] = L("已受理", "Accepted"),
    [REPORT_ASSIGNED] = L("已受理", "Accepted"),
    [REPORT_HANDLING] = L("办理中", "In hand"),
    [REPORT_RETURNED] = L("已受理", "Accepted"),
    [REPORT_SUSPENDED] = L("暂缓办理", "Put off"),
    [REPORT_RESOLVED] = L("已办理，待回访", "Done, awaiting a call-back"),
    [REPORT_MERGED] = L("已并入同类件办理", "Handled with a similar one"),
    [REPORT_BUNDLED] = L("已并入同类件办理", "Handled with a similar one"),
    [REPORT_CLOSED] = L("已办结", "Closed"),
    [REPORT_REJECTED] = L("不予受理", "Not taken"),
    [REPORT_WITHDRAWN] = L("已撤回", "Withdrawn"),
    [REPORT_GIVEN_BACK] = L("已退回原平台", "Given back to its platform"),
};

/* --- reporting ---------------------------------------------------------------------------------- */

void report_public_prepare(struct req *r)
{
    const struct track_form *f = r->form;
    struct open_form *o = arena_new(r->arena, struct open_form);
    o->text = f->text;
    o->place = f->place;
    o->channel = f->place.n ? (struct str){ 0 } : S("mobile");      /* the residents' page is the phone page */
    o->category = f->category;
    o->lat = f->lat;
    o->lon = f->lon;
    o->client_id = f->client_id;
    o->nature = f->nature;
    o->reporter.confidential = f->confidential;
    o->reporter.name = f->name;
    o->reporter.phone = f->phone;
    if (field_has(report_track_form, f, "lat"))
        field_mark(report_open_form, o, field_find(report_open_form, S("lat")));
    if (field_has(report_track_form, f, "lon"))
        field_mark(report_open_form, o, field_find(report_open_form, S("lon")));
    r->state = report_opening(r, o);
}

void report_public_show(struct req *r)
{
    struct matter m;
    if (!matter_get(r->tx, r->id, &m))
        return;
    r->status = report_opening_existed(r->state) ? 200 : 201;
    json_obj(&r->out);
    json_key_str(&r->out, "track_code", matter_track_code(r->tx, m.id));
    json_key_str(&r->out, "number", matter_number(r->arena, m.kind, m.opened_at, m.id));
    json_key_str(&r->out, "state_label", label_in(public_states[m.state], r->lang));
    json_key_time(&r->out, "due_at", m.due_at);
    json_end(&r->out);
}

/* --- the code ----------------------------------------------------------------------------------- */

static bool tracked(struct req *r, struct matter *ret)
{
    int64_t id = 0;
    if (matter_from_track_code(r->tx, r->part[0], &id) && matter_get(r->tx, id, ret) &&
        ret->kind == &report_kind)
        return true;
    fault_clear(&r->tx->fault);
    tx_refuse(r->tx, ERR_NOT_FOUND, "没有这个查询码，请核对后再试", "There is no such code; check it and try again");
    return false;
}

static void steps_write(struct req *r, int64_t id)
{
    struct str verb = { 0 }, to = { 0 };
    const char *last = NULL;
    ms at = 0;
    struct rows rows = db_get(r->tx, select_steps, IN(id));
    json_key_list(&r->out, "steps");
    while (db_row(&rows, OUT(&verb, &to, &at))) {
        int state = 0;
        while (report_kind.states[state].name && !str_is(to, report_kind.states[state].name))
            state++;
        const char *zh = report_kind.states[state].name ? public_states[state].zh : NULL;
        if (!zh || (last && str_is(str_of(last), zh)))
            continue;
        last = zh;
        json_obj(&r->out);
        json_key_time(&r->out, "at", at);
        json_key_str(&r->out, "label", label_in(public_states[state], r->lang));
        json_end(&r->out);
    }
    json_end(&r->out);
}

void report_track_show(struct req *r)
{
    struct matter m;
    struct report_row row;
    if (!tracked(r, &m) || !report_get(r->tx, m.id, &row))
        return;
    json_obj(&r->out);
    json_key_str(&r->out, "number", matter_number(r->arena, m.kind, m.opened_at, m.id));
    json_key_str(&r->out, "state", str_of(m.kind->states[m.state].name));
    json_key_str(&r->out, "state_label", label_in(public_states[m.state], r->lang));
    json_key_str(&r->out, "phase", str_of(phase_wire(m.phase)));
    steps_write(r, m.id);
    json_key_time(&r->out, "due_at", m.due_at);
    json_key_bool(&r->out, "can_reopen",
                  report_may_reopen(r->tx, &m, true) && !report_is_mirror(r->tx, m.id));
    json_key_bool(&r->out, "can_rate", report_may_rate(&m, &row));
    json_key_bool(&r->out, "can_withdraw",
                  phase_unfinished(m.phase) && kind_move(m.kind, m.state, S("withdraw")) &&
                      !report_is_mirror(r->tx, m.id));
    json_end(&r->out);
}

static void move_by_code(struct req *r, const char *verb)
{
    struct matter m;
    if (!tracked(r, &m))
        return;
    struct moving mv = { .who = r->who, .form = r->form, .by_link = true };
    matter_move(r->tx, m.id, verb, &mv);
}

void report_track_reopen(struct req *r)
{
    move_by_code(r, "reopen");
}

void report_track_rate(struct req *r)
{
    move_by_code(r, "rate");
}

void report_track_withdraw(struct req *r)
{
    move_by_code(r, "withdraw");
}

/* --- pictures ----------------------------------------------------------------------------------- */

void report_track_files_prepare(struct req *r)
{
    struct matter m;
    int64_t there = 0;
    struct file *files = arena_array(r->arena, struct file, (size_t)r->upload_count + 1);
    if (!tracked(r, &m))
        return;
    db_one(r->tx, count_files, IN(m.id), OUT(&there));
    if (!phase_unfinished(m.phase))
        tx_refuse(r->tx, ERR_STATE, "此件已办结，不能再加图片", "It is finished; nothing can be added");
    else if (r->upload_count == 0)
        tx_refuse(r->tx, ERR_MALFORMED, "没有收到文件", "No file arrived");
    else if (there + r->upload_count > FILES_MAX)
        tx_refuse(r->tx, ERR_TOO_MANY, "图片太多", "There are too many pictures");
    for (int i = 0; i < r->upload_count && !tx_failed(r->tx); i++)
        file_prepare(r->tx, r->uploads[i].name, r->uploads[i].type, r->uploads[i].bytes, &files[i]);
    r->state = files;
}

void report_track_files_apply(struct req *r)
{
    struct matter m;
    struct file *files = r->state;
    if (!tracked(r, &m))
        return;
    for (int i = 0; i < r->upload_count; i++)
        file_add(r->tx, r->who, m.id, &files[i]);
}

/* --- before reporting --------------------------------------------------------------------------- */

void report_public_categories(struct req *r)
{
    const struct rule_set *set = rule_set(rules_of(r->tx), "categories");
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; set && i < set->count; i++) {
        json_obj(&r->out);
        json_key_str(&r->out, "code", set->entries[i].key);
        json_key_str(&r->out, "label", label_in(set->entries[i].label, r->lang));
        json_key_str(&r->out, "parent", set->entries[i].parent);
        json_key_str(&r->out, "kind", rule_prop(&set->entries[i], "kind"));
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

void report_public_similar(struct req *r)
{
    const struct place_query *f = r->query;
    struct similar_query q = { .text = f->text, .lat = f->lat, .lon = f->lon, .public_only = true };
    struct similar_list list = { .count = 0 };
    struct area area;
    int64_t door = 0;
    bool disputed = false;
    if (f->place.n && area_from_door_code(r->tx, f->place, &door))
        area_place(r->tx, door, &q.place);
    else if ((f->lat || f->lon) && area_at(r->tx, f->lat, f->lon, &area, &disputed))
        q.place = area.place;
    if (q.place.area)
        q.where = area_full_name(r->tx, q.place.area);
    if (q.place.area)
        report_similar(r->tx, r->who, &q, &list);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    report_similar_write(r->tx, &r->out, &list, r->lang, true);
    json_end(&r->out);
    json_end(&r->out);
}
