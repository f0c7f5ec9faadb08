/* routes_visit.c -- one door, many purposes; see engine/visit.h. What is asked of a door, who lives there, masked, and who was
 * there last: what a grid worker needs on the stairs, in one answer. */
#include "http/http.h"

#include "engine/area.h"
#include "engine/rule.h"
#include "engine/visit.h"

enum { WISHES_MAX = 200, RESIDENTS_MAX = 50, VISITS_MAX = 20 };

struct visit_query { struct has has; int64_t area; };
static const struct field visit_query[] = {
    FIELD(struct visit_query, area, ID, .label = L("地点", "Place"), .required = true, .ref = "area"), {0} };

static struct str purpose_label(struct req *r, struct str purpose)
{
    const struct rule_set *set = rule_set(rules_of(r->tx), "purposes");
    const struct rule_entry *e = set ? rule_entry(set, purpose) : NULL;
    return e ? label_in(e->label, r->lang) : purpose;
}

static void write_wishes(struct req *r, int64_t area)
{
    struct visit_wish w = { 0 };
    json_key_list(&r->out, "items");
    struct rows rows = visit_open(r->tx, area, WISHES_MAX);
    while (visit_wish_row(&rows, &w)) {
        json_obj(&r->out);
        json_key_int(&r->out, "id", w.id);
        json_key_str(&r->out, "purpose", w.purpose);
        json_key_str(&r->out, "purpose_label", purpose_label(r, w.purpose));
        json_key_str(&r->out, "note", w.note);
        json_key_id(&r->out, "matter", w.matter);
        json_key_id(&r->out, "person", w.person);
        json_key_int(&r->out, "area", w.area);
        json_key_str(&r->out, "area_name", w.area_name);
        json_key_time(&r->out, "asked_at", w.asked_at);
        json_key_time(&r->out, "due_at", w.due_at);
        json_end(&r->out);
    }
    json_end(&r->out);
}

static void write_residents(struct req *r, int64_t area)
{
    int64_t ids[RESIDENTS_MAX];
    int count = 0;
    struct rows rows = person_at(r->tx, area);
    while (count < RESIDENTS_MAX && db_row(&rows, OUT(&ids[count])))
        count++;
    rows_end(&rows);
    json_key_list(&r->out, "residents");
    for (int i = 0; i < count; i++) {
        struct person p = { 0 };
        if (!person_masked(r->tx, ids[i], &p))
            break;
        json_obj(&r->out);
        json_key_int(&r->out, "id", p.id);
        json_key_str(&r->out, "name", p.name);
        json_key_str(&r->out, "phone", p.phone);
        json_end(&r->out);
    }
    json_end(&r->out);
}

static void visit_members(struct req *r, const struct visit *v)
{
    struct str rest = v->purposes, one;
    json_key_int(&r->out, "id", v->id);
    json_key_int(&r->out, "area", v->area);
    json_key_time(&r->out, "at", v->at);
    json_key_id(&r->out, "account", v->account);
    json_key_list(&r->out, "purposes");
    while (str_cut(&rest, ' ', &one)) {
        json_obj(&r->out);
        json_key_str(&r->out, "name", one);
        json_key_str(&r->out, "label", purpose_label(r, one));
        json_end(&r->out);
    }
    json_end(&r->out);
    json_key_str(&r->out, "note", v->note);
}

static void visits_show(struct req *r)
{
    const struct visit_query *q = r->query;
    struct place place = { 0 };
    struct visit v = { 0 };
    if (!area_place(r->tx, q->area, &place))
        return;
    if (!who_may(r->who, R_STAFF, place, 0)) {
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
        return;
    }
    json_obj(&r->out);
    json_key_int(&r->out, "area", q->area);
    json_key_str(&r->out, "area_name", area_full_name(r->tx, q->area));
    write_wishes(r, q->area);
    write_residents(r, q->area);
    json_key_list(&r->out, "past");
    struct rows rows = visit_list(r->tx, q->area, VISITS_MAX);
    while (visit_row(&rows, &v)) {
        json_obj(&r->out);
        visit_members(r, &v);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

struct visit_form { struct has has; int64_t area; ms at; struct ids done, unchanged; struct str note; };
static const struct field visit_form[] = {
    FIELD(struct visit_form, area, ID, .label = L("地点", "Place"), .required = true, .ref = "area"),
    FIELD(struct visit_form, at, TIME, .label = L("走访时间", "Time of the visit"), .help = L("不填则为现在", "now when left out")),
    FIELD(struct visit_form, done, IDS, .label = L("已办的事项", "Fulfilled"), .max = WISHES_MAX, .ref = "visit_wish"),
    FIELD(struct visit_form, unchanged, IDS, .label = L("无变化的住户", "Residents without change"), .max = RESIDENTS_MAX, .ref = "person"),
    FIELD(struct visit_form, note, LONG_TEXT, .label = L("备注", "Note"), .max = 500), {0} };

static void visit_apply(struct req *r)
{
    const struct visit_form *f = r->form;
    struct visit v = { .area = f->area, .at = f->at, .done = f->done, .unchanged = f->unchanged, .note = f->note };
    int64_t *id = arena_new(r->arena, int64_t);
    r->state = id;
    *id = visit_put(r->tx, r->who, &v);
    r->status = 201;
}

/* The visit as it stands, and what is still asked of the door. */
static void visit_show(struct req *r)
{
    const struct visit_form *f = r->form;
    const int64_t *id = r->state;
    struct visit v = { 0 };
    bool found = false;
    struct rows rows = visit_list(r->tx, f->area, WISHES_MAX);
    while (!found && visit_row(&rows, &v))
        found = v.id == *id;
    rows_end(&rows);
    json_obj(&r->out);
    if (found)
        visit_members(r, &v);
    write_wishes(r, f->area);
    json_end(&r->out);
}

const struct route visit_routes[] = {
    { GET, "/visits", R_STAFF, .show = visits_show, .query = visit_query, .query_size = sizeof(struct visit_query),
      .about = L("这一户要一并办理的事项", "All that is asked of this door") },
    { POST, "/visits", R_STAFF, .apply = visit_apply, .show = visit_show, .form = visit_form, .form_size = sizeof(struct visit_form),
      .about = L("登记一次走访", "Leave a visit") },
    {0} };
