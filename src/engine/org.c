/* org.c -- organisations, seats and the directory; see org.h. Everything is put by its natural key, so that an import run
 * twice changes nothing: an org by its code, a seat by org, area, kind and sitting person (a vacant one is filled first),
 * a contact by department, street, rank and name. */
#include "engine/org.h"
#include "engine/area_name.h"
#include "engine/rule.h"

SQL(select_org, "select id, parent, area, code, name, kind, phone, uscc from org where id = $1");
SQL(select_org_code, "select id, parent, area, code, name, kind, phone, uscc from org where code = $1");
SQL(insert_org, "insert into org(id, parent, area, code, name, kind, phone, uscc) values ($1, $2, $3, $4, $5, $6, $7, $8)");
SQL(update_org, "update org set parent = $1, area = $2, code = $3, name = $4, kind = $5, phone = $6, uscc = $7 where id = $8");
SQL(select_area_org, "select org from area where id = $1 and org is not null");
SQL(select_district_org, "select org from area where level = $1 and org is not null and valid_to is null order by id limit 1");
SQL(select_any_org, "select id from org where kind in ('street', 'district', 'community')"
    " order by case kind when 'street' then 1 when 'district' then 2 else 3 end, id limit 1");

#define SEAT_COLUMNS "s.id, s.org, s.area, s.account, s.kind, s.name, s.phone"
#define SEAT_OUT(s) OUT(&(s)->id, &(s)->org, &(s)->area, &(s)->account, &(s)->kind, &(s)->name, &(s)->phone)
SQL(select_seat, "select " SEAT_COLUMNS " from seat s where s.id = $1");
SQL(select_same_seat, "select " SEAT_COLUMNS " from seat s where s.org = $1 and coalesce(s.area, 0) = $2 and s.kind = $3"
    " and (s.name = $4 or coalesce(s.name, '') = '') order by case when s.name = $4 then 0 else 1 end, s.id limit 1");
SQL(insert_seat, "insert into seat(id, org, area, account, kind, name, phone) values ($1, $2, $3, $4, $5, $6, $7)");
SQL(update_seat, "update seat set org = $1, area = $2, account = $3, kind = $4, name = $5, phone = $6 where id = $7");

SQL(select_contact, "select id, phone from contact where org = $1 and street = $2 and rank = $3 and name = $4");
SQL(insert_contact, "insert into contact(id, org, street, name, phone, rank) values ($1, $2, $3, $4, $5, $6)");
SQL(update_contact, "update contact set org = $1, street = $2, name = $3, phone = $4, rank = $5 where id = $6");

SQL(select_contact_id, "select c.id, c.org, c.street, o.name, a.name, c.name, c.phone, c.rank from contact c"
    " join org o on o.id = c.org join area a on a.id = c.street where c.id = $1");
SQL(delete_contact, "delete from contact where id = $1");
SQL(select_seat_used, "select 1 from shift where seat = $1 and to_at > $2 union all select 1 from matter_seat where seat = $3"
    " union all select 1 from ring_attempt where seat = $4 limit 1");
SQL(delete_seat, "delete from seat where id = $1");

static const struct filter org_filters[] = { { "o.kind = ?", 1 }, { "o.name like ? escape '!'", 1 }, { 0 } };
static const struct sql_list orgs = {
    .name = "org_list", .head = "select o.id, o.parent, o.area, o.code, o.name, o.kind, o.phone, o.uscc from org o where true",
    .tail = "and o.id > ? order by o.id limit ?", .filters = org_filters, .tail_params = 2,
};
static const struct filter seat_filters[] = { { "s.org = ?", 1 }, { "s.area = ?", 1 }, { 0 } };
static const struct sql_list seats = {
    .name = "seat_list", .head = "select " SEAT_COLUMNS " from seat s where true",
    .tail = "order by s.org, s.kind, s.id limit ?", .filters = seat_filters, .tail_params = 1,
};
static const struct filter contact_filters[] = { { "c.street = ?", 1 }, { "c.org = ?", 1 }, { 0 } };
static const struct sql_list contacts = {
    .name = "contact_list", .head = "select c.id, c.org, c.street, o.name, a.name, c.name, c.phone, c.rank from contact c"
    " join org o on o.id = c.org join area a on a.id = c.street where true",
    .tail = "order by c.street, o.name, c.org, c.rank, c.id limit ?", .filters = contact_filters, .tail_params = 1,
};

enum { LIST_MAX = 2000 };

static void bad(struct tx *tx, const char *field, struct label label, struct label rule)
{
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_RULE, .label = label, .rule = rule });
}

/* --- orgs --------------------------------------------------------------------------------------------------------- */

#define ORG_OUT(o) OUT(&(o)->id, &(o)->parent, &(o)->area, &(o)->code, &(o)->name, &(o)->kind, &(o)->phone, &(o)->uscc)

bool org_get(struct tx *tx, int64_t id, struct org *ret_org)
{
    if (db_one_kept(tx, select_org, "org", id, ORG_OUT(ret_org)))
        return true;
    tx_refuse(tx, ERR_NOT_FOUND, "没有这个单位", "There is no such organisation");
    return false;
}

bool org_by_code(struct tx *tx, struct str code, struct org *ret_org)
{
    return db_one(tx, select_org_code, IN(code), ORG_OUT(ret_org));
}

static bool org_check(struct tx *tx, struct org *o)
{
    o->code = str_trim(o->code);
    o->name = str_trim(o->name);
    if (o->code.n == 0 || o->code.n > 60)
        bad(tx, "code", (struct label)L("编码", "Code"), (struct label)L("编码为 1 到 60 个字符", "A code has 1 to 60 characters"));
    if (o->name.n == 0 || str_chars(o->name) > 100)
        bad(tx, "name", (struct label)L("名称", "Name"), (struct label)L("名称为 1 到 100 个字", "A name has 1 to 100 characters"));
    if (o->uscc.n > 0 && !uscc_ok(o->uscc))
        fault_field(&tx->fault, (struct bad_field){ .field = S("uscc"), .bad = BAD_USCC, .label = L("统一社会信用代码", "USCC") });
    rule_check(tx, "org_kinds", o->kind, "kind", (struct label)L("类型", "Kind"));
    return !tx_failed(tx);
}

int64_t org_put(struct tx *tx, const struct org *given)
{
    struct org copy = *given, *o = &copy, old = { 0 };
    if (!org_check(tx, o))
        return 0;
    bool known = o->id ? org_get(tx, o->id, &old) : org_by_code(tx, o->code, &old);
    struct org other = { 0 };
    if (known && !str_eq(old.code, o->code) && org_by_code(tx, o->code, &other))
        tx_refuse(tx, ERR_EXISTS, "这个编码已被另一个单位使用", "This code belongs to another organisation");
    if (tx_failed(tx))
        return 0;
    if (!known) {
        o->id = db_id(tx, "org");
        db_run(tx, insert_org, IN(o->id, REF0(o->parent), REF0(o->area), o->code, o->name, o->kind, o->phone, o->uscc));
        return tx_failed(tx) ? 0 : o->id;
    }
    o->id = old.id;
    o->parent = o->parent ? o->parent : old.parent;
    o->area = o->area ? o->area : old.area;
    o->kind = o->kind.n ? o->kind : old.kind;
    o->phone = o->phone.n ? o->phone : old.phone;
    o->uscc = o->uscc.n ? o->uscc : old.uscc;
    if (o->parent != old.parent || o->area != old.area || !str_eq(o->code, old.code) || !str_eq(o->name, old.name) ||
        !str_eq(o->kind, old.kind) || !str_eq(o->phone, old.phone) || !str_eq(o->uscc, old.uscc))
        db_run(tx, update_org, IN(REF0(o->parent), REF0(o->area), o->code, o->name, o->kind, o->phone, o->uscc, o->id));
    return tx_failed(tx) ? 0 : o->id;
}

struct rows org_list(struct tx *tx, struct str kind, struct str like, int64_t after, int limit)
{
    struct in in[4];
    int n = 0;
    uint32_t mask = 0;
    if (kind.n > 0) {
        mask |= 1;
        in[n++] = in_str(kind);
    }
    if (like.n > 0) {
        mask |= 2;
        in[n++] = in_str(like_pattern(tx->arena, like));
    }
    in[n++] = in_i64(after);
    in[n++] = in_i64(limit);
    return db_list(tx, orgs, mask, ((struct ins){ in, n }));
}

bool org_row(struct rows *rows, struct org *o)
{
    return db_row(rows, ORG_OUT(o));
}

int64_t org_of_place(struct tx *tx, struct place place)
{
    const int64_t areas[] = { place.community, place.street };
    int64_t org = 0;
    for (size_t i = 0; i < COUNT(areas); i++)
        if (areas[i] && db_one_kept(tx, select_area_org, "area", areas[i], OUT(&org)))
            return org;
    if (db_one(tx, select_district_org, IN(LEVEL_DISTRICT), OUT(&org)) || db_one(tx, select_any_org, IN(), OUT(&org)))
        return org;
    tx_refuse(tx, ERR_NOT_FOUND, "尚未设置街道或社区单位", "No street or community organisation was set up yet");
    return 0;
}

/* --- seats -------------------------------------------------------------------------------------------------------- */

static bool seat_check(struct tx *tx, struct seat *s)
{
    struct org o = { 0 };
    struct area a = { 0 };
    s->name = str_trim(s->name);
    s->phone = str_trim(s->phone);
    if (s->kind.n == 0)
        bad(tx, "kind", (struct label)L("岗位", "Seat"), (struct label)L("请填写岗位", "Name the seat"));
    rule_check(tx, "seats", s->kind, "kind", (struct label)L("岗位", "Seat"));
    return org_get(tx, s->org, &o) && (s->area == 0 || area_get(tx, s->area, &a)) && !tx_failed(tx);
}

int64_t seat_put(struct tx *tx, const struct seat *given)
{
    struct seat copy = *given, *s = &copy, old = { 0 };
    if (!seat_check(tx, s))
        return 0;
    bool known = s->id ? db_one(tx, select_seat, IN(s->id), SEAT_OUT(&old))
                       : db_one(tx, select_same_seat, IN(s->org, s->area, s->kind, s->name), SEAT_OUT(&old));
    if (s->id && !known)
        tx_refuse(tx, ERR_NOT_FOUND, "没有这个岗位", "There is no such seat");
    if (!known) {
        s->id = db_id(tx, "seat");
        db_run(tx, insert_seat, IN(s->id, s->org, REF0(s->area), REF0(s->account), s->kind, s->name, s->phone));
        return tx_failed(tx) ? 0 : s->id;
    }
    if (s->id == 0) {                                  /* a file that knows no log-ins takes none away */
        s->account = s->account ? s->account : old.account;
        s->phone = s->phone.n ? s->phone : old.phone;
    }
    s->id = old.id;
    if (s->org != old.org || s->area != old.area || s->account != old.account || !str_eq(s->kind, old.kind) ||
        !str_eq(s->name, old.name) || !str_eq(s->phone, old.phone))
        db_run(tx, update_seat, IN(s->org, REF0(s->area), REF0(s->account), s->kind, s->name, s->phone, s->id));
    return tx_failed(tx) ? 0 : s->id;
}

bool seat_get(struct tx *tx, int64_t id, struct seat *ret_seat)
{
    return db_one(tx, select_seat, IN(id), SEAT_OUT(ret_seat));
}

void seat_remove(struct tx *tx, int64_t id)
{
    int64_t used = 0;
    if (db_one(tx, select_seat_used, IN(id, tx->now, id, id), OUT(&used)))
        tx_refuse(tx, ERR_STATE, "这个岗位还有班次或办理记录，不能删除；可以清空姓名", "The seat has shifts or records; empty its name instead");
    else if (db_run(tx, delete_seat, IN(id)) == 0)
        tx_refuse(tx, ERR_NOT_FOUND, 0);
}

struct rows seat_list(struct tx *tx, int64_t org, int64_t area)
{
    struct in in[3];
    int n = 0;
    uint32_t mask = 0;
    if (org) {
        mask |= 1;
        in[n++] = in_i64(org);
    }
    if (area) {
        mask |= 2;
        in[n++] = in_i64(area);
    }
    in[n++] = in_i64(LIST_MAX);
    return db_list(tx, seats, mask, ((struct ins){ in, n }));
}

bool seat_row(struct rows *rows, struct seat *s)
{
    return db_row(rows, SEAT_OUT(s));
}

/* --- the directory -------------------------------------------------------------------------------------------------- */

static bool contact_check(struct tx *tx, struct contact *c)
{
    struct org o = { 0 };
    struct area a = { 0 };
    c->name = str_trim(c->name);
    c->rank = str_trim(c->rank);
    if (!str_is(c->rank, "A") && !str_is(c->rank, "B"))
        bad(tx, "rank", (struct label)L("岗", "Post"), (struct label)L("应为 A 或 B", "Must be A or B"));
    if (c->name.n == 0 || str_chars(c->name) > 40)
        bad(tx, "name", (struct label)L("姓名", "Name"), (struct label)L("姓名为 1 到 40 个字", "A name has 1 to 40 characters"));
    if (!phone_normal(tx->arena, c->phone, &c->phone))
        fault_field(&tx->fault, (struct bad_field){ .field = S("phone"), .bad = BAD_PHONE, .label = L("电话", "Telephone") });
    if (!org_get(tx, c->org, &o) || !area_get(tx, c->street, &a))
        return false;
    if (a.level != LEVEL_STREET)
        bad(tx, "street", (struct label)L("街道", "Street"), (struct label)L("应为街道", "Must be a street"));
    return !tx_failed(tx);
}

int64_t contact_put(struct tx *tx, const struct contact *given)
{
    struct contact copy = *given, *c = &copy;
    struct str phone = S("");
    if (!contact_check(tx, c))
        return 0;
    if (c->id == 0 && !db_one(tx, select_contact, IN(c->org, c->street, c->rank, c->name), OUT(&c->id, &phone))) {
        c->id = db_id(tx, "contact");
        db_run(tx, insert_contact, IN(c->id, c->org, c->street, c->name, c->phone, c->rank));
    } else if (!str_eq(phone, c->phone)) {
        if (db_run(tx, update_contact, IN(c->org, c->street, c->name, c->phone, c->rank, c->id)) == 0)
            tx_refuse(tx, ERR_NOT_FOUND, 0);
    }
    return tx_failed(tx) ? 0 : c->id;
}

bool contact_get(struct tx *tx, int64_t id, struct contact *c)
{
    if (db_one(tx, select_contact_id, IN(id), OUT(&c->id, &c->org, &c->street, &c->org_name, &c->street_name, &c->name, &c->phone, &c->rank)))
        return true;
    tx_refuse(tx, ERR_NOT_FOUND, 0);
    return false;
}

void contact_remove(struct tx *tx, int64_t id)
{
    if (db_run(tx, delete_contact, IN(id)) == 0)
        tx_refuse(tx, ERR_NOT_FOUND, 0);
}

struct rows contact_list(struct tx *tx, int64_t street, int64_t org)
{
    struct in in[3];
    int n = 0;
    uint32_t mask = 0;
    if (street) {
        mask |= 1;
        in[n++] = in_i64(street);
    }
    if (org) {
        mask |= 2;
        in[n++] = in_i64(org);
    }
    in[n++] = in_i64(LIST_MAX);
    return db_list(tx, contacts, mask, ((struct ins){ in, n }));
}

bool contact_row(struct rows *rows, struct contact *c)
{
    return db_row(rows, OUT(&c->id, &c->org, &c->street, &c->org_name, &c->street_name, &c->name, &c->phone, &c->rank));
}
