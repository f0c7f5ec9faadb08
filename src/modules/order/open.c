/* open.c -- an order comes: from a device's key, or by hand; see order.h. */
#include "modules/order/order.h"

#include "engine/area.h"
#include "engine/person.h"
#include "engine/rule.h"

SQL(insert_order, "insert into service_order(id, type, person, device, signal, provider, source) values ($1, $2, $3, $4, $5, $6, $7)");
SQL(delete_items, "delete from service_item where order_id = $1");
SQL(insert_item, "insert into service_item(order_id, line, name, amount, unit) values ($1, $2, $3, $4, $5)");

const struct choice order_types[] = {
    { "meal", L("订餐", "Meal") }, { "cleaning", L("保洁", "Cleaning") }, { "voice", L("语音代购", "Voice shopping") }, { 0 } };

const struct field order_item_rows[] = {
    FIELD(struct order_item, name, TEXT, .label = L("品名", "What"), .required = true, .min = 1, .max = 60),
    FIELD(struct order_item, amount, INT, .label = L("数量", "How many"), .min = 1, .max = 999),
    FIELD(struct order_item, unit, TEXT, .label = L("单位", "Unit"), .max = 10), { 0 } };

void order_put_items(struct tx *tx, int64_t id, const struct list *items)
{
    const struct order_item *rows = items->items;
    db_run(tx, delete_items, IN(id));
    for (int64_t i = 0; i < items->count; i++)
        db_run(tx, insert_item, IN(id, i + 1, rows[i].name, rows[i].amount ? rows[i].amount : 1, rows[i].unit));
}

static struct label type_label(struct str type)
{
    for (const struct choice *c = order_types; c->name; c++)
        if (str_is(type, c->name))
            return c->label;
    return (struct label)L("订单", "Order");
}

int64_t order_open(struct tx *tx, const struct who *who, const struct order_new *n)
{
    struct matter m = {
        .kind = &order_kind, .place = n->place, .address = n->address, .category = n->type, .channel = n->channel, .text = n->text,
        .title = arena_format(tx->arena, "%s：" STR_FMT, type_label(n->type).zh, STR_ARG(area_full_name(tx, n->place.area))),
    };
    int64_t provider = n->provider ? n->provider : order_next_provider(tx, 0, n->type, n->place);
    m.owner_org = provider ? provider : org_of_place(tx, n->place);
    if (!m.text.n)
        m.text = m.title;
    int64_t id = matter_open(tx, who, &m, 0, provider ? S("") : S("附近没有服务单位，由街道安排"));
    if (!id)
        return 0;
    db_run(tx, insert_order, IN(id, n->type, REF0(n->person), REF0(n->device), REF0(n->signal), REF0(provider), REF0(n->source)));
    if (n->source)
        matter_link(tx, n->source, id, LINK_FOLLOWS);
    return tx_failed(tx) ? 0 : id;
}

/* A key pressed twice for the same thing is one order as long as nobody has accepted the first. */
SQL(select_waiting, "select o.id from service_order o join matter m on m.id = o.id where o.device = $1 and o.type = $2 and m.state = 'asked'"
                    " and o.type <> 'voice' order by o.id desc limit 1");

int64_t order_signal(struct tx *tx, const struct device *d, const struct signal *s)
{
    struct order_new n = { .type = s->kind, .person = d->person, .device = d->id, .signal = s->id, .channel = S("device") };
    int64_t waiting = 0;
    if (!str_is(d->state, "active") || !d->area || !area_place(tx, d->area, &n.place)) {
        fault_clear(&tx->fault);
        return 0;                                      /* a device under test orders nothing */
    }
    n.place.area = d->area;
    if (db_one(tx, select_waiting, IN(d->id, s->kind), OUT(&waiting)))
        return waiting;
    return order_open(tx, &who_system, &n);
}

/* --- by hand ---------------------------------------------------------------------------------------------------------- */

const struct field order_form[] = {
    FIELD(struct order_form, type, CHOICE, .label = L("类型", "Type"), .required = true, .choices = order_types),
    FIELD(struct order_form, text, LONG_TEXT, .label = L("要求", "What is wanted"), .max = 1000),
    FIELD(struct order_form, channel, RULE, .label = L("来源", "Channel"), .ref = "channels"),
    FIELD(struct order_form, area, ID, .label = L("送到哪里", "Where to"), .ref = "area", .help = L("不填为本人住址", "the person's own place when left out")),
    FIELD(struct order_form, person, ID, .label = L("下单人", "For whom"), .ref = "person"),
    FIELD(struct order_form, source, ID, .label = L("来源事项", "From which matter"), .ref = "matter"),
    FIELD(struct order_form, provider, ID, .label = L("服务单位", "Provider"), .ref = "org"),
    FIELD(struct order_form, items, LIST, .label = L("清单", "Items"), .sub = order_item_rows, .sub_size = sizeof(struct order_item),
          .max = ORDER_ITEMS_MAX), { 0 } };

static void wrong_ref(struct tx *tx, const char *field, struct label label)
{
    fault_clear(&tx->fault);
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_REF, .label = label, .arg = str_of(label.zh) });
}

static bool place_of(struct req *r, const struct order_form *f, struct order_new *n)
{
    struct person p = { 0 };
    if (f->person && !person_masked(r->tx, f->person, &p)) {
        wrong_ref(r->tx, "person", (struct label)L("下单人", "For whom"));
        return false;
    }
    int64_t area = f->area ? f->area : p.area;
    if (!area) {
        fault_field(&r->tx->fault, (struct bad_field){ .field = S("area"), .bad = BAD_MISSING, .label = L("送到哪里", "Where to") });
        return false;
    }
    if (!area_place(r->tx, area, &n->place)) {
        wrong_ref(r->tx, "area", (struct label)L("送到哪里", "Where to"));
        return false;
    }
    n->place.area = area;
    if (!who_may(r->who, ORDER_DESK, n->place, 0))
        tx_refuse(r->tx, ERR_DENIED, "该地点不在您的管辖范围内", "This place is outside of your area");
    return !tx_failed(r->tx);
}

void order_post_apply(struct req *r)
{
    const struct order_form *f = r->form;
    struct order_new n = { .type = f->type, .text = f->text, .person = f->person, .source = f->source, .provider = f->provider,
                           .channel = f->channel };
    struct org o;
    struct matter source;
    if (!place_of(r, f, &n) || (f->source && !matter_see(r->tx, r->who, f->source, &source)))
        return;
    if (f->provider && !org_get(r->tx, f->provider, &o)) {
        wrong_ref(r->tx, "provider", (struct label)L("服务单位", "Provider"));
        return;
    }
    r->id = order_open(r->tx, r->who, &n);
    if (r->id && f->items.count)
        order_put_items(r->tx, r->id, &f->items);
    r->location = arena_format(r->arena, "/api/v1/matters/%lld", (long long)r->id);
}

void order_post_show(struct req *r)
{
    matter_write(r->tx, &r->out, r->who, r->id, r->lang);
}
