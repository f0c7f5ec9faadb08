/* routes_person.c -- residents: masked as a rule, in clear for a reason that is logged, and erased. Outside one's area a
 * resident is not found. An administrator finds and erases, and does not read in clear. */
#include "http/http.h"

#include "engine/area.h"
#include "engine/erase.h"
#include "engine/rule.h"

enum { FOUND_MAX = 50, ACCESS_MAX = 200, PLACES_MAX = 128 };

static bool person_near(struct req *r, uint32_t roles, const struct person *p)
{
    struct place place = { 0 };
    if (who_has(r->who, R(ADMIN)))
        return true;
    return (p->area == 0 || area_place(r->tx, p->area, &place)) && who_may(r->who, roles, place, 0);
}

static bool person_seen(struct req *r, uint32_t roles, struct person *ret_masked)
{
    if (!person_masked(r->tx, r->id, ret_masked))
        return false;
    if (person_near(r, roles, ret_masked))
        return true;
    fault_clear(&r->tx->fault);
    tx_refuse(r->tx, ERR_NOT_FOUND, 0);
    return false;
}

static void person_members(struct req *r, const struct person *p)
{
    struct json *j = &r->out;
    json_key_int(j, "id", p->id);
    json_key_str(j, "name", p->name);
    json_key_str(j, "phone", p->phone);
    json_key_str(j, "id_number", p->id_number);
    json_key_str(j, "address", p->address);
    json_key_id(j, "area", p->area);
    json_key_str(j, "area_name", p->area ? area_full_name(r->tx, p->area) : S(""));
}

/* --- finding and reading ------------------------------------------------------------------------------------------------------ */

struct person_query { struct has has; struct str q; };
static const struct field person_query[] = {
    FIELD(struct person_query, q, TEXT, .label = L("电话或其后四位", "Telephone or its last four"), .required = true, .min = 4, .max = 20), {0} };

static void persons_show(struct req *r)
{
    const struct person_query *q = r->query;
    struct str text = str_trim(q->q);
    int64_t ids[FOUND_MAX];
    int count = 0;
    struct rows rows = text.n == 4 ? person_by_phone_tail(r->tx, text, FOUND_MAX) : person_by_phone(r->tx, text);
    while (count < FOUND_MAX && db_row(&rows, OUT(&ids[count])))
        count++;
    rows_end(&rows);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; i < count; i++) {
        struct person p = { 0 };
        if (!person_masked(r->tx, ids[i], &p) || !person_near(r, R_STAFF, &p))
            continue;
        json_obj(&r->out);
        person_members(r, &p);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

static void person_show(struct req *r)
{
    struct person p = { 0 };
    if (!person_seen(r, R_STAFF, &p))
        return;
    json_obj(&r->out);
    person_members(r, &p);
    json_end(&r->out);
}

static void access_show(struct req *r)
{
    struct person p = { 0 };
    struct access_item item = { 0 };
    if (!person_seen(r, R_STAFF | R(AUDITOR), &p))
        return;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = access_list(r->tx, "person", r->id, ACCESS_MAX);
    while (access_row(&rows, &item)) {
        json_obj(&r->out);
        json_key_time(&r->out, "at", item.at);
        json_key_id(&r->out, "who", item.account);
        json_key_str(&r->out, "who_name", item.who_name);
        json_key_str(&r->out, "reason", item.reason);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

/* --- with a reason ------------------------------------------------------------------------------------------------------------- */

struct reason_form { struct has has; struct str reason; };
static const struct field reason_form[] = {
    FIELD(struct reason_form, reason, TEXT, .label = L("理由", "Reason"), .required = true, .min = 4, .max = 200), {0} };

static void unmask_apply(struct req *r)
{
    const struct reason_form *form = r->form;
    struct person *clear = arena_new(r->arena, struct person);
    r->state = clear;
    person_unmask(r->tx, r->who, r->id, form->reason, clear);
}

static void unmask_show(struct req *r)
{
    const struct person *clear = r->state;
    json_obj(&r->out);
    person_members(r, clear);
    json_key_str(&r->out, "note", clear->note);
    json_end(&r->out);
}

static void erase_apply(struct req *r)
{
    const struct reason_form *form = r->form;
    person_erase(r->tx, r->who, r->id, form->reason);
}

static void erase_show(struct req *r)
{
    const struct erase_place *places[PLACES_MAX];
    int count = erase_places(places, PLACES_MAX);
    json_obj(&r->out);
    json_key_int(&r->out, "id", r->id);
    json_key_list(&r->out, "places");
    for (int i = 0; i < count; i++) {
        json_obj(&r->out);
        json_key_str(&r->out, "name", str_of(places[i]->name));
        json_key_str(&r->out, "label", label_in(places[i]->what, r->lang));
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

const struct route person_routes[] = {
    { GET, "/persons", R_STAFF, .show = persons_show, .query = person_query, .query_size = sizeof(struct person_query),
      .about = L("按电话查居民（脱敏）", "Residents by telephone, masked") },
    { GET, "/persons/{id}", R_STAFF, .show = person_show, .about = L("一位居民（脱敏）", "A resident, masked") },
    { POST, "/persons/{id}/unmask", R_STAFF & ~R(ADMIN), .apply = unmask_apply, .show = unmask_show, .form = reason_form,
      .form_size = sizeof(struct reason_form), .flags = ROUTE_SECRET_ANSWER,
      .about = L("查看居民信息，须说明理由并留痕", "A resident in clear, with a reason that is logged") },
    { GET, "/persons/{id}/access", R_STAFF | R(AUDITOR), .show = access_show,
      .about = L("谁查看过这位居民的信息", "Who looked at this resident's data") },
    { POST, "/persons/{id}/erase", R(ADMIN), .apply = erase_apply, .show = erase_show, .form = reason_form,
      .form_size = sizeof(struct reason_form), .about = L("删除居民的个人信息", "Erase a resident's personal data") },
    {0} };
