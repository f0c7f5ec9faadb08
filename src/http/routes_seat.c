/* routes_seat.c -- seats of organisations and places, and the directory of departments' people, kept by hand; see engine/org.h
 * and roster.h. What an import brings can be changed here, and the other way round. */
#include "http/roster.h"

#include "engine/account.h"
#include "engine/area.h"
#include "engine/rule.h"

/* --- shared ---------------------------------------------------------------------------------------------------------- */

bool roster_may(struct req *r, uint32_t roles, int64_t org, int64_t area)
{
    struct place place = { 0 };
    struct org o = { 0 };
    if (who_has(r->who, roles & R(ADMIN)))
        return true;
    if (!area && org && org_get(r->tx, org, &o))
        area = o.area;
    if (tx_failed(r->tx) || (area && !area_place(r->tx, area, &place)))
        return false;
    return who_may(r->who, roles & ~R(ADMIN), place, org);
}

bool roster_must(struct req *r, uint32_t roles, int64_t org, int64_t area)
{
    if (!tx_failed(r->tx) && roster_may(r, roles, org, area))
        return true;
    tx_refuse(r->tx, ERR_NOT_FOUND);
    return false;
}

static struct str digest(struct arena *a, struct str text)
{
    return arena_format(a, "%016llx", (unsigned long long)str_hash(text));
}

struct str seat_etag(struct arena *a, const struct seat *s)
{
    return digest(a, arena_format(a, "%lld %lld %lld %lld " STR_FMT "\n" STR_FMT "\n" STR_FMT, (long long)s->id, (long long)s->org,
                                  (long long)s->area, (long long)s->account, STR_ARG(s->kind), STR_ARG(s->name), STR_ARG(s->phone)));
}

struct str shift_etag(struct arena *a, const struct shift *h)
{
    return digest(a, arena_format(a, "%lld %lld %lld %lld " STR_FMT, (long long)h->id, (long long)h->seat, (long long)h->from,
                                  (long long)h->to, STR_ARG(h->kind)));
}

struct str contact_etag(struct arena *a, const struct contact *c)
{
    return digest(a, arena_format(a, "%lld %lld %lld " STR_FMT "\n" STR_FMT "\n" STR_FMT, (long long)c->id, (long long)c->org,
                                  (long long)c->street, STR_ARG(c->name), STR_ARG(c->phone), STR_ARG(c->rank)));
}

bool etag_held(struct req *r, struct str etag)
{
    struct str given = str_trim(r->if_match);
    if (str_starts(given, S("W/")))
        given = str_from(given, 2);
    if (given.n >= 2 && given.p[0] == '"')
        given = str_head(str_from(given, 1), given.n - 2);
    if (given.n == 0 || str_is(given, "*") || str_eq(given, etag))
        return true;
    tx_refuse(r->tx, ERR_STALE);
    return false;
}

struct str rule_label(struct req *r, const char *rule, struct str key)
{
    const struct rule_set *set = rule_set(rules_of(r->tx), rule);
    const struct rule_entry *e = set ? rule_entry(set, key) : NULL;
    return e ? label_in(e->label, r->lang) : key;
}

struct str seat_phone(struct req *r, const struct seat *s, bool clear)
{
    return clear ? s->phone : mask_text(r->arena, MASK_PHONE, s->phone);
}

void seat_members(struct req *r, const struct seat *s, bool clear)
{
    struct json *j = &r->out;
    struct org o = { 0 };
    json_key_int(j, "id", s->id);
    json_key_int(j, "org", s->org);
    json_key_str(j, "org_name", org_get(r->tx, s->org, &o) ? o.name : S(""));
    json_key_id(j, "area", s->area);
    json_key_str(j, "area_name", s->area ? area_full_name(r->tx, s->area) : S(""));
    json_key_str(j, "kind", s->kind);
    json_key_str(j, "kind_label", rule_label(r, "seats", s->kind));
    json_key_str(j, "name", s->name);
    json_key_str(j, "phone", seat_phone(r, s, clear));
    json_key_id(j, "account", s->account);
    json_key_bool(j, "vacant", s->name.n == 0 && s->account == 0);
    json_key_bool(j, "may_change", clear);
    json_key_str(j, "etag", seat_etag(r->arena, s));
}

/* --- seats ----------------------------------------------------------------------------------------------------------- */

struct seat_query { struct has has; int64_t org, area; struct str kind; };
static const struct field seat_query[] = {
    FIELD(struct seat_query, org, ID, .label = L("单位", "Organisation"), .ref = "org"),
    FIELD(struct seat_query, area, ID, .label = L("辖区", "Area"), .ref = "area"),
    FIELD(struct seat_query, kind, RULE, .label = L("岗位", "Seat"), .ref = "seats"), {0} };

struct seat_form { struct has has; int64_t org, area, account; struct str kind, name, phone; };
static const struct field seat_form[] = {
    FIELD(struct seat_form, org, ID, .label = L("单位", "Organisation"), .required = true, .ref = "org"),
    FIELD(struct seat_form, area, ID, .label = L("辖区", "Area"), .ref = "area"),
    FIELD(struct seat_form, kind, RULE, .label = L("岗位", "Seat"), .required = true, .ref = "seats"),
    FIELD(struct seat_form, name, TEXT, .label = L("姓名", "Name"), .max = 40, .help = L("留空为空岗", "empty: vacant")),
    FIELD(struct seat_form, phone, PHONE, .label = L("电话", "Telephone"), .help = L("夜间能叫到本人的号码", "the one that wakes him at night")),
    FIELD(struct seat_form, account, ID, .label = L("账号", "Log-in"), .ref = "account"), {0} };

static void seats_show(struct req *r)
{
    const struct seat_query *q = r->query;
    struct seat *found = arena_array(r->arena, struct seat, 2000);
    int count = 0;
    struct rows rows = seat_list(r->tx, q->org, q->area);
    while (count < 2000 && seat_row(&rows, &found[count]))
        count++;
    rows_end(&rows);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; i < count; i++) {
        if (q->kind.n && !str_eq(q->kind, found[i].kind))
            continue;
        bool keeps = roster_may(r, KEEPS_SEATS, found[i].org, found[i].area);
        if (!keeps && !roster_may(r, R_STAFF, found[i].org, found[i].area))
            continue;
        json_obj(&r->out);
        seat_members(r, &found[i], keeps);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

static void seat_show(struct req *r)
{
    struct seat s = { 0 };
    if (!seat_get(r->tx, r->id, &s))
        tx_refuse(r->tx, ERR_NOT_FOUND);
    if (!roster_must(r, R_STAFF, s.org, s.area))
        return;
    json_obj(&r->out);
    seat_members(r, &s, roster_may(r, KEEPS_SEATS, s.org, s.area));
    json_end(&r->out);
    r->etag = arena_format(r->arena, "\"" STR_FMT "\"", STR_ARG(seat_etag(r->arena, &s)));
}

/* A wrong id in a form is a wrong field, not a missing page. */
static bool ref_ok(struct req *r, const char *field, struct label label, bool known)
{
    if (known)
        return true;
    fault_clear(&r->tx->fault);
    fault_field(&r->tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_REF, .label = label, .arg = label_in(label, r->lang) });
    return false;
}

static bool org_ok(struct req *r, int64_t org)
{
    struct org o;
    return ref_ok(r, "org", (struct label)L("单位", "Organisation"), org_get(r->tx, org, &o));
}

static bool area_ok(struct req *r, const char *field, struct label label, int64_t area)
{
    struct area a;
    return ref_ok(r, field, label, area_get(r->tx, area, &a));
}

static bool seat_from_form(struct req *r, struct seat *s)
{
    const struct seat_form *f = r->form;
    struct account account;
    *s = (struct seat){ .id = s->id, .org = f->org, .area = f->area, .account = f->account, .kind = f->kind, .name = f->name, .phone = f->phone };
    return org_ok(r, s->org) && (!s->area || area_ok(r, "area", (struct label)L("辖区", "Area"), s->area)) &&
           (!s->account || ref_ok(r, "account", (struct label)L("账号", "Log-in"), account_get(r->tx, s->account, &account))) &&
           roster_must(r, KEEPS_SEATS, s->org, s->area);
}

/* Two seats of one kind may stand beside each other: unlike an import, this one never takes an existing one for the new. */
static void seat_add_apply(struct req *r)
{
    struct seat s = { 0 }, same;
    if (!seat_from_form(r, &s))
        return;
    struct rows rows = seat_list(r->tx, s.org, 0);
    while (seat_row(&rows, &same))
        if (same.area == s.area && str_eq(same.kind, s.kind) && str_eq(same.name, s.name)) {
            rows_end(&rows);
            tx_refuse(r->tx, ERR_EXISTS, "这个岗位已经登记", "This seat is there already");
            return;
        }
    r->id = seat_put(r->tx, &s);
    audit(r->tx, r->who, "add", "seat", r->id, s.kind);
    r->location = arena_format(r->arena, "/api/v1/seats/%lld", (long long)r->id);
}

static bool seat_mine(struct req *r, struct seat *old)
{
    if (!seat_get(r->tx, r->id, old))
        tx_refuse(r->tx, ERR_NOT_FOUND);
    return roster_must(r, KEEPS_SEATS, old->org, old->area) && etag_held(r, seat_etag(r->arena, old));
}

static void seat_put_apply(struct req *r)
{
    struct seat old = { 0 }, s = { .id = r->id };
    if (!seat_mine(r, &old) || !seat_from_form(r, &s))
        return;
    seat_put(r->tx, &s);
    audit(r->tx, r->who, "change", "seat", r->id, s.kind);
}

static void seat_remove_apply(struct req *r)
{
    struct seat old = { 0 };
    if (!seat_mine(r, &old))
        return;
    seat_remove(r->tx, r->id);
    audit(r->tx, r->who, "remove", "seat", r->id, old.kind);
}

/* --- the directory ---------------------------------------------------------------------------------------------------- */

struct contact_query { struct has has; int64_t street, org; };
static const struct field contact_query[] = {
    FIELD(struct contact_query, street, ID, .label = L("街道", "Street"), .ref = "area"),
    FIELD(struct contact_query, org, ID, .label = L("部门", "Department"), .ref = "org"), {0} };

static const struct choice ranks[] = { { "A", L("A 岗", "A") }, { "B", L("B 岗", "B") }, {0} };
struct contact_form { struct has has; int64_t org, street; struct str name, phone, rank; };
static const struct field contact_form[] = {
    FIELD(struct contact_form, org, ID, .label = L("部门", "Department"), .required = true, .ref = "org"),
    FIELD(struct contact_form, street, ID, .label = L("街道", "Street"), .required = true, .ref = "area"),
    FIELD(struct contact_form, name, TEXT, .label = L("姓名", "Name"), .required = true, .min = 2, .max = 40),
    FIELD(struct contact_form, phone, PHONE, .label = L("电话", "Telephone"), .required = true),
    FIELD(struct contact_form, rank, CHOICE, .label = L("岗位", "Rank"), .required = true, .choices = ranks), {0} };

static void contact_members(struct req *r, const struct contact *c)
{
    struct json *j = &r->out;
    json_key_int(j, "id", c->id);
    json_key_int(j, "org", c->org);
    json_key_str(j, "org_name", c->org_name);
    json_key_int(j, "street", c->street);
    json_key_str(j, "street_name", c->street_name);
    json_key_str(j, "name", c->name);
    json_key_str(j, "phone", c->phone);
    json_key_str(j, "rank", c->rank);
    json_key_str(j, "etag", contact_etag(r->arena, c));
}

static void contacts_show(struct req *r)
{
    const struct contact_query *q = r->query;
    struct contact *found = arena_array(r->arena, struct contact, 2000);
    int count = 0;
    struct rows rows = contact_list(r->tx, q->street, q->org);
    while (count < 2000 && contact_row(&rows, &found[count]))
        count++;
    rows_end(&rows);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; i < count; i++) {
        if (!roster_may(r, R_STAFF, 0, found[i].street))
            continue;
        json_obj(&r->out);
        contact_members(r, &found[i]);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

static void contact_show(struct req *r)
{
    struct contact c = { 0 };
    if (!contact_get(r->tx, r->id, &c) || !roster_must(r, R_STAFF, 0, c.street))
        return;
    json_obj(&r->out);
    contact_members(r, &c);
    json_end(&r->out);
    r->etag = arena_format(r->arena, "\"" STR_FMT "\"", STR_ARG(contact_etag(r->arena, &c)));
}

static struct contact contact_from_form(struct req *r)
{
    const struct contact_form *f = r->form;
    return (struct contact){ .id = r->id, .org = f->org, .street = f->street, .name = f->name, .phone = f->phone, .rank = f->rank };
}

static bool contact_refs_ok(struct req *r, const struct contact *c)
{
    return org_ok(r, c->org) && area_ok(r, "street", (struct label)L("街道", "Street"), c->street);
}

static void contact_add_apply(struct req *r)
{
    struct contact c = contact_from_form(r);
    if (!contact_refs_ok(r, &c) || !roster_must(r, KEEPS_SEATS, 0, c.street))
        return;
    r->id = contact_put(r->tx, &c);
    audit(r->tx, r->who, "add", "contact", r->id, c.rank);
    r->location = arena_format(r->arena, "/api/v1/contacts/%lld", (long long)r->id);
}

static bool contact_mine(struct req *r, struct contact *old)
{
    return contact_get(r->tx, r->id, old) && roster_must(r, KEEPS_SEATS, 0, old->street) && etag_held(r, contact_etag(r->arena, old));
}

static void contact_put_apply(struct req *r)
{
    struct contact old = { 0 }, c = contact_from_form(r), other;
    if (!contact_mine(r, &old) || !contact_refs_ok(r, &c) || !roster_must(r, KEEPS_SEATS, 0, c.street))
        return;
    struct rows rows = contact_list(r->tx, c.street, c.org);
    while (contact_row(&rows, &other))
        if (other.id != c.id && str_eq(other.rank, c.rank) && str_eq(other.name, c.name)) {
            rows_end(&rows);
            tx_refuse(r->tx, ERR_EXISTS, "通讯录里已有此人", "He is in the directory already");
            return;
        }
    contact_put(r->tx, &c);
    audit(r->tx, r->who, "change", "contact", r->id, c.rank);
}

static void contact_remove_apply(struct req *r)
{
    struct contact old = { 0 };
    if (!contact_mine(r, &old))
        return;
    contact_remove(r->tx, r->id);
    audit(r->tx, r->who, "remove", "contact", r->id, old.rank);
}

const struct route seat_routes[] = {
    { GET, "/seats", R_STAFF, .show = seats_show, .query = seat_query, .query_size = sizeof(struct seat_query),
      .about = L("岗位和值班电话", "Seats and their telephones") },
    { GET, "/seats/{id}", R_STAFF, .show = seat_show, .about = L("一个岗位", "One seat") },
    { POST, "/seats", KEEPS_SEATS, .apply = seat_add_apply, .show = seat_show, .form = seat_form, .form_size = sizeof(struct seat_form),
      .about = L("设岗", "Add a seat") },
    { PUT, "/seats/{id}", KEEPS_SEATS, .apply = seat_put_apply, .show = seat_show, .form = seat_form, .form_size = sizeof(struct seat_form),
      .about = L("修改岗位、换人、改电话（If-Match 防止覆盖他人的修改）", "Change a seat; If-Match keeps another's change") },
    { DELETE, "/seats/{id}", KEEPS_SEATS, .apply = seat_remove_apply, .about = L("撤岗", "Remove a seat") },
    { GET, "/contacts", R_STAFF, .show = contacts_show, .query = contact_query, .query_size = sizeof(struct contact_query),
      .about = L("部门通讯录", "The directory of departments") },
    { GET, "/contacts/{id}", R_STAFF, .show = contact_show, .about = L("通讯录中的一人", "One contact") },
    { POST, "/contacts", KEEPS_SEATS, .apply = contact_add_apply, .show = contact_show, .form = contact_form,
      .form_size = sizeof(struct contact_form), .about = L("登记联系人", "Add a contact") },
    { PUT, "/contacts/{id}", KEEPS_SEATS, .apply = contact_put_apply, .show = contact_show, .form = contact_form,
      .form_size = sizeof(struct contact_form), .about = L("修改联系人", "Change a contact") },
    { DELETE, "/contacts/{id}", KEEPS_SEATS, .apply = contact_remove_apply, .about = L("删除联系人", "Remove a contact") },
    {0} };
