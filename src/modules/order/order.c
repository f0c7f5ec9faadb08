/* order.c -- the order's life, and the module's tables; see order.h. */
#include "modules/order/order.h"

#include "engine/area.h"
#include "engine/erase.h"
#include "engine/rule.h"

SQL(select_order, "select type, person, device, signal, provider, source, heard_at, heard_by, accepted_at, eta_at, delivered_at, confirmed_at,"
                  " confirmed_by, satisfied, refusals from service_order where id = $1");
SQL(update_heard, "update service_order set heard_at = $1, heard_by = $2 where id = $3");
SQL(update_accepted, "update service_order set accepted_at = $1, accepted_in_time = $2, eta_at = $3, provider = $4 where id = $5");
SQL(update_delivered, "update service_order set delivered_at = $1, delivered_in_time = $2 where id = $3");
SQL(update_confirmed, "update service_order set confirmed_at = $1, confirmed_by = $2, satisfied = $3 where id = $4");
SQL(update_undelivered, "update service_order set delivered_at = null, delivered_in_time = null where id = $1");
SQL(update_provider, "update service_order set provider = $1, accepted_at = null, eta_at = null where id = $2");
SQL(erase_person, "update service_order set person = null, confirmed_by = null where person = $1");

extern const struct migration order_migrations[];

bool order_get(struct tx *tx, int64_t id, struct order_row *o)
{
    *o = (struct order_row){ .id = id };
    return db_one(tx, select_order, IN(id),
                  OUT(&o->type, &o->person, &o->device, &o->signal, &o->provider, &o->source, &o->heard_at, &o->heard_by, &o->accepted_at,
                      &o->eta_at, &o->delivered_at, &o->confirmed_at, &o->confirmed_by, &o->satisfied, &o->refusals));
}

static bool in_time(struct tx *tx, const struct moving *mv, const char *limit, ms from)
{
    return tx->now <= limit_end(tx, rule_limit(tx, limit, mv->m.category, mv->m.urgency), from, NULL);
}

/* --- forms ------------------------------------------------------------------------------------------------------------- */

struct accept_form { struct has has; ms eta_at; struct str note; };
static const struct field accept_form[] = {
    FIELD(struct accept_form, eta_at, TIME, .label = L("预计送达", "Expected at")),
    FIELD(struct accept_form, note, TEXT, .label = L("备注", "Note"), .max = 200), { 0 } };
struct reason_form { struct has has; struct str reason; };
static const struct field reason_form[] = {
    FIELD(struct reason_form, reason, LONG_TEXT, .label = L("理由", "Reason"), .required = true, .min = 2, .max = 300), { 0 } };
struct reassign_form { struct has has; int64_t provider; struct str reason; };
static const struct field reassign_form[] = {
    FIELD(struct reassign_form, provider, ID, .label = L("改派给", "To which provider"), .required = true, .ref = "org"),
    FIELD(struct reassign_form, reason, LONG_TEXT, .label = L("理由", "Reason"), .max = 300), { 0 } };
struct text_form { struct has has; struct str text; };
static const struct field text_form[] = {
    FIELD(struct text_form, text, LONG_TEXT, .label = L("说明", "Text"), .required = true, .min = 2, .max = 500), { 0 } };
struct confirm_form { struct has has; struct str by, note; bool satisfied; };
static const struct field confirm_form[] = {
    FIELD(struct confirm_form, by, TEXT, .label = L("谁确认收到", "Who confirmed"), .required = true, .min = 2, .max = 40),
    FIELD(struct confirm_form, satisfied, BOOL, .label = L("满意", "Content"), .required = true),
    FIELD(struct confirm_form, note, TEXT, .label = L("备注", "Note"), .max = 200), { 0 } };
struct heard_form { struct has has; struct list items; struct str note; };
static const struct field heard_form[] = {
    FIELD(struct heard_form, items, LIST, .label = L("清单", "Items"), .required = true, .sub = order_item_rows,
          .sub_size = sizeof(struct order_item), .min = 1, .max = ORDER_ITEMS_MAX),
    FIELD(struct heard_form, note, TEXT, .label = L("备注", "Note"), .max = 200), { 0 } };

/* --- checks and effects ------------------------------------------------------------------------------------------------ */

static bool was_heard(struct tx *tx, struct moving *mv)
{
    struct order_row o;
    bool needs = rule_int(rule_entry(rule_set(rules_of(tx), "orders"), mv->m.category), "heard", 0) == 1;
    if (!needs || (order_get(tx, mv->m.id, &o) && o.heard_at))
        return true;
    tx_refuse(tx, ERR_STATE, "请先听录音并填写清单", "Listen to the recording and write down the items first");
    return false;
}

static bool eta_ahead(struct tx *tx, struct moving *mv)
{
    const struct accept_form *f = mv->form;
    if (!was_heard(tx, mv))
        return false;
    if (!f->eta_at || f->eta_at > tx->now)
        return true;
    fault_field(&tx->fault, (struct bad_field){ .field = S("eta_at"), .bad = BAD_RULE, .label = L("预计送达", "Expected at"),
        .rule = L("必须晚于现在", "It must lie ahead") });
    return false;
}

static void do_heard(struct tx *tx, struct moving *mv)
{
    const struct heard_form *f = mv->form;
    order_put_items(tx, mv->m.id, &f->items);
    db_run(tx, update_heard, IN(tx->now, REF0(mv->who->account), mv->m.id));
}

static void do_accept(struct tx *tx, struct moving *mv)
{
    const struct accept_form *f = mv->form;
    bool punctual = in_time(tx, mv, "order.accept", mv->m.opened_at);
    db_run(tx, update_accepted, IN(tx->now, punctual, REF0(f->eta_at), mv->m.owner_org, mv->m.id));
}

/* The next one who has not refused is asked, on a clock of his own; the street when nobody is left. */
static void do_refuse(struct tx *tx, struct moving *mv)
{
    const struct reason_form *f = mv->form;
    order_refused(tx, mv->m.id, mv->m.owner_org, f->reason);
    int64_t next = order_next_provider(tx, mv->m.id, mv->m.category, mv->m.place);
    mv->to_org = next ? next : org_of_place(tx, mv->m.place);
    mv->clear_account = true;
    mv->due_override = limit_end(tx, rule_limit(tx, "order.accept", mv->m.category, mv->m.urgency), tx->now, NULL);
    db_run(tx, update_provider, IN(REF0(next), mv->m.id));
    mv->note = arena_format(tx->arena, STR_FMT "%s", STR_ARG(f->reason), next ? "" : "（已无服务单位可派，由街道安排）");
}

static void do_reassign(struct tx *tx, struct moving *mv)
{
    const struct reassign_form *f = mv->form;
    struct org o;
    if (!org_get(tx, f->provider, &o)) {
        fault_clear(&tx->fault);
        fault_field(&tx->fault, (struct bad_field){ .field = S("provider"), .bad = BAD_REF, .label = L("改派给", "To which provider"),
            .arg = S("服务单位") });
        return;
    }
    mv->to_org = f->provider;
    mv->clear_account = true;
    mv->due_override = limit_end(tx, rule_limit(tx, "order.accept", mv->m.category, mv->m.urgency), tx->now, NULL);
    db_run(tx, update_provider, IN(f->provider, mv->m.id));
    mv->note = f->reason.n ? arena_format(tx->arena, "改派 " STR_FMT "：" STR_FMT, STR_ARG(o.name), STR_ARG(f->reason))
                           : arena_format(tx->arena, "改派 " STR_FMT, STR_ARG(o.name));
}

static void do_deliver(struct tx *tx, struct moving *mv)
{
    struct order_row o;
    bool punctual = order_get(tx, mv->m.id, &o) && (o.eta_at ? tx->now <= o.eta_at : in_time(tx, mv, "order.deliver", o.accepted_at));
    db_run(tx, update_delivered, IN(tx->now, punctual, mv->m.id));
}

static void do_not_received(struct tx *tx, struct moving *mv)
{
    db_run(tx, update_undelivered, IN(mv->m.id));
}

static void do_confirm(struct tx *tx, struct moving *mv)
{
    const struct confirm_form *f = mv->form;
    db_run(tx, update_confirmed, IN(tx->now, f->by, f->satisfied, mv->m.id));
}

/* --- tables -------------------------------------------------------------------------------------------------------------- */

#define FORM(table) table, sizeof(struct table)
#define HANDLES (ORDER_DESK | R(DEPT))
/* clang-format off */
static const struct state states[] = {
    [ORDER_ASKED]     = { "asked",     L("待接单", "Asked"),         PHASE_OPEN,    "order.accept",  LATE_SUPERVISE, NULL },
    [ORDER_ACCEPTED]  = { "accepted",  L("已接单", "Accepted"),      PHASE_ACTIVE,  "order.deliver", LATE_SUPERVISE, NULL },
    [ORDER_DELIVERED] = { "delivered", L("已送达", "Delivered"),     PHASE_WAITING, "order.confirm", LATE_SUPERVISE, NULL },
    [ORDER_CONFIRMED] = { "confirmed", L("已确认", "Confirmed"),     PHASE_DONE,    NULL, LATE_NONE, NULL },
    [ORDER_CANCELLED] = { "cancelled", L("已取消", "Cancelled"),     PHASE_VOID,    NULL, LATE_NONE, NULL }, { 0 } };
static const struct move moves[] = {
    { "heard",    ORDER_ASKED,     STATE_SAME,      ORDER_DESK, L("填清单", "Write down the items"), FORM(heard_form), NULL, do_heard, 0 },
    { "accept",   ORDER_ASKED,     ORDER_ACCEPTED,  HANDLES,    L("接单", "Accept"),        FORM(accept_form), eta_ahead, do_accept, MOVE_PRIMARY | MOVE_CLAIMS },
    { "refuse",   ORDER_ASKED,     STATE_SAME,      HANDLES,    L("不能接单", "Refuse"),    FORM(reason_form), NULL, do_refuse, 0 },
    { "reassign", ORDER_ASKED,     STATE_SAME,      ORDER_DESK, L("改派", "Reassign"),      FORM(reassign_form), NULL, do_reassign, 0 },
    { "reassign", ORDER_ACCEPTED,  ORDER_ASKED,     ORDER_DESK, L("改派", "Reassign"),      FORM(reassign_form), NULL, do_reassign, 0 },
    { "deliver",  ORDER_ACCEPTED,  ORDER_DELIVERED, HANDLES,    L("送达", "Deliver"),       FORM(text_form), NULL, do_deliver, MOVE_PRIMARY },
    { "not_received", ORDER_DELIVERED, ORDER_ACCEPTED, ORDER_DESK, L("没有收到", "Not received"), FORM(reason_form), NULL, do_not_received, 0 },
    { "confirm",  ORDER_DELIVERED, ORDER_CONFIRMED, ORDER_DESK, L("确认收到", "Confirm"),   FORM(confirm_form), NULL, do_confirm, MOVE_PRIMARY | MOVE_NOT_OWNER },
    { "cancel",   STATE_ANY_UNFINISHED, ORDER_CANCELLED, ORDER_DESK, L("取消", "Cancel"),   FORM(reason_form), NULL, NULL, MOVE_DANGER },
    { "note",     STATE_ANY,       STATE_SAME,      HANDLES,    L("备注", "Note"),          FORM(text_form), NULL, NULL, 0 }, { 0 } };
/* clang-format on */

const struct kind order_kind = {
    .name = "order", .prefix = "DD", .label = L("订单", "Order"), .total_clock = "order.total", .states = states, .moves = moves, .show = order_show,
};

static void erase(struct tx *tx, const struct erasing *e)
{
    db_run(tx, erase_person, IN(e->person.id));
}
static const struct erase_place erases[] = { { "service_order", L("订单中的下单人", "For whom an order was"), erase }, { 0 } };
static const struct signal_told signals[] = { { "meal", order_signal }, { "cleaning", order_signal }, { "voice", order_signal }, { 0 } };

static const struct route routes[] = {
    { POST, "/orders", ORDER_DESK, .apply = order_post_apply, .show = order_post_show, .form = order_form, .form_size = sizeof(struct order_form),
      .about = L("代下订单：订餐、保洁、代购", "An order by hand: meal, cleaning, shopping"), .answers = "matter" },
    { GET, "/orders/providers", ORDER_DESK, .show = order_providers_show, .query = order_provider_query,
      .query_size = sizeof(struct provider_query), .about = L("可派的服务单位，由近及远", "Providers for a place, the nearest first") },
    { GET, "/orders/{id}/heard", ORDER_DESK, .show = order_heard_show,
      .about = L("语音识别的建议（未接入识别时为空）", "What a recogniser suggests; nothing without one") },
    { GET, "/orders/{id}/recording", ORDER_DESK, .show = order_recording_show, .about = L("语音下单的录音", "The recording of a voice order") },
    { 0 } };
static const struct kind *const kinds[] = { &order_kind, NULL };

extern const struct module order;
const struct module order = {
    .name = "order", .label = L("订单", "Orders"), .kinds = kinds, .routes = routes, .migrations = order_migrations, .figures = order_figures,
    .signals = signals, .erases = erases,
};
