/* grant.c -- what an account may, from a day to a day; see account.h and who.h. A grant is never changed: it ends, and
 * another begins, so that it can be said of every past day who could do what. */
#include "engine/account.h"
#include "engine/area.h"
#include "engine/org.h"

SQL(select_who, "select id, login, name, lang, must_change from account where id = $1 and disabled = 0");
SQL(select_grants, "select g.role, g.area, g.org, coalesce(a.level, 0) from access_grant g left join area a on a.id = g.area"
    " where g.account = $1 and g.from_at <= $2 and (g.to_at is null or g.to_at > $2) order by g.id");
SQL(select_items, "select g.id, g.role, g.area, g.org, a.name, o.name, g.from_at, g.to_at from access_grant g"
    " left join area a on a.id = g.area left join org o on o.id = g.org"
    " where g.account = $1 and (g.to_at is null or g.to_at > $2) order by g.id");
SQL(select_same, "select id from access_grant where account = $1 and role = $2 and coalesce(area, 0) = $3"
    " and coalesce(org, 0) = $4 and to_at is null and from_at <= $5");
SQL(insert_grant, "insert into access_grant(id, account, role, area, org, from_at, to_at) values ($1, $2, $3, $4, $5, $6, $7)");
SQL(end_grant, "update access_grant set to_at = $1 where id = $2 and (to_at is null or to_at > $1)");

enum { GRANTS_MAX = 64 };

bool account_who(struct tx *tx, int64_t account, struct who *ret_who)
{
    struct who who = { .channel = "web" };
    struct str role = S(""), lang = S("");
    if (!db_one(tx, select_who, IN(account), OUT(&who.account, &who.login, &who.name, &lang, &who.must_change)))
        return false;
    struct grant *grants = arena_array(tx->arena, struct grant, GRANTS_MAX), g = { 0 };
    int level = 0;
    struct rows rows = db_get(tx, select_grants, IN(account, tx->now));
    while (who.grant_count < GRANTS_MAX && db_row(&rows, OUT(&role, &g.area, &g.org, &level))) {
        if (!role_from_wire(role, &g.role))
            continue;
        g.level = (enum level)level;
        grants[who.grant_count++] = g;
        who.roles |= 1u << g.role;
    }
    rows_end(&rows);
    who.grants = grants;
    who.lang = str_is(lang, "en") ? EN : ZH;
    if (tx_failed(tx))
        return false;
    *ret_who = who;
    return true;
}

void grant_add(struct tx *tx, const struct who *who, int64_t account, enum role role, int64_t area, int64_t org, ms from,
               ms to)
{
    struct account a = { 0 };
    struct area at = { 0 };
    struct org o = { 0 };
    int64_t same = 0;
    if (!account_get(tx, account, &a) || (area && !area_get(tx, area, &at)) || (org && !org_get(tx, org, &o)))
        return;
    if (to && to <= from) {
        fault_field(&tx->fault, (struct bad_field){ .field = S("to"), .bad = BAD_RULE, .label = L("截止", "Until"),
            .rule = L("截止时间应在开始之后", "The end comes after the beginning") });
        return;
    }
    from = from ? from : tx->now;
    if (to == 0 && db_one(tx, select_same, IN(account, role_wire(role), area, org, from), OUT(&same)))
        return;
    int64_t id = db_id(tx, "access_grant");
    db_run(tx, insert_grant, IN(id, account, role_wire(role), REF0(area), REF0(org), from, REF0(to)));
    audit(tx, who, "grant", "account", account, arena_format(tx->arena, "%s %lld %lld", role_wire(role), (long long)area,
                                                             (long long)org));
}

void grant_end(struct tx *tx, const struct who *who, int64_t grant)
{
    if (db_run(tx, end_grant, IN(tx->now, grant)) == 0) {
        tx_refuse(tx, ERR_NOT_FOUND, 0);
        return;
    }
    audit(tx, who, "end", "grant", grant, S(""));
}

struct rows grant_list(struct tx *tx, int64_t account)
{
    return db_get(tx, select_items, IN(account, tx->now));
}

bool grant_row(struct rows *rows, struct grant_item *g)
{
    struct str role = S("");
    while (db_row(rows, OUT(&g->id, &role, &g->area, &g->org, &g->area_name, &g->org_name, &g->from, &g->to)))
        if (role_from_wire(role, &g->role))
            return true;
    return false;
}
