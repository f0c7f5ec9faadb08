/* providers.c -- who delivers what where; see order.h. */
#include "modules/order/order.h"

#include "engine/area.h"
#include "engine/rule.h"

SQL(select_near, "with recursive up(id, parent, level) as (select id, parent, level from area where id = $1"
    " union all select a.id, a.parent, a.level from area a join up on a.id = up.parent)"
    " select o.id, o.name, o.kind, o.phone from up join org o on o.area = up.id where o.kind = $2 order by up.level desc, o.id limit 50");
SQL(select_refused, "select 1 from service_refusal where order_id = $1 and org = $2 limit 1");
SQL(insert_refusal, "insert into service_refusal(order_id, org, at, reason) values ($1, $2, $3, $4) on conflict do nothing");
SQL(count_refusal, "update service_order set refusals = refusals + 1 where id = $1");

static int64_t finest(struct place p)
{
    return p.area ? p.area : p.grid ? p.grid : p.community ? p.community : p.street;
}

int order_providers(struct tx *tx, struct str type, struct place place, struct org *orgs, int max)
{
    struct str kinds = rule_prop(rule_entry(rule_set(rules_of(tx), "orders"), type), "providers"), kind;
    int count = 0;
    while (str_cut(&kinds, ' ', &kind)) {
        struct org o = { 0 };
        struct rows rows = db_get(tx, select_near, IN(finest(place), kind));
        while (count < max && db_row(&rows, OUT(&o.id, &o.name, &o.kind, &o.phone)))
            orgs[count++] = o;
        rows_end(&rows);
    }
    return count;
}

int64_t order_next_provider(struct tx *tx, int64_t order, struct str type, struct place place)
{
    struct org *orgs = arena_array(tx->arena, struct org, ORDER_PROVIDERS_MAX);
    int count = order_providers(tx, type, place, orgs, ORDER_PROVIDERS_MAX);
    for (int i = 0; i < count; i++) {
        int64_t one = 0;
        if (!order || !db_one(tx, select_refused, IN(order, orgs[i].id), OUT(&one)))
            return orgs[i].id;
    }
    return 0;
}

void order_refused(struct tx *tx, int64_t order, int64_t org, struct str reason)
{
    db_run(tx, insert_refusal, IN(order, org, tx->now, reason));
    db_run(tx, count_refusal, IN(order));
}

const struct field order_provider_query[] = {
    FIELD(struct provider_query, type, CHOICE, .label = L("类型", "Type"), .required = true, .choices = order_types),
    FIELD(struct provider_query, area, ID, .label = L("地点", "Place"), .required = true, .ref = "area"), { 0 } };

void order_providers_show(struct req *r)
{
    const struct provider_query *q = r->query;
    struct place place = { 0 };
    if (!area_place(r->tx, q->area, &place) || !who_may(r->who, ORDER_DESK, place, 0)) {
        fault_clear(&r->tx->fault);
        tx_refuse(r->tx, ERR_NOT_FOUND);
        return;
    }
    struct org *orgs = arena_array(r->arena, struct org, ORDER_PROVIDERS_MAX);
    int count = order_providers(r->tx, q->type, place, orgs, ORDER_PROVIDERS_MAX);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; i < count; i++) {
        json_obj(&r->out);
        json_key_int(&r->out, "id", orgs[i].id);
        json_key_str(&r->out, "name", orgs[i].name);
        json_key_str(&r->out, "kind", orgs[i].kind);
        json_key_str(&r->out, "phone", orgs[i].phone);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}
