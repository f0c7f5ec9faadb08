/* handover.c -- the hand-over as a kind of matter: its moves, and what may not be left without a name; see duty.h. */
#include "modules/duty/duty.h"

#include "engine/account.h"
#include "engine/area.h"
#include "engine/org.h"
#include "engine/rule.h"

SQL(select_running, "select h.id from duty_handover h join matter m on m.id = h.id where h.outgoing = $1 and m.phase < 4 limit 1");
SQL(insert_handover, "insert into duty_handover(id, outgoing, incoming) values ($1, $2, $3)");
SQL(update_offered, "update duty_handover set offered_at = $1 where id = $2");
SQL(update_taken, "update duty_handover set taken_at = $1 where id = $2");
SQL(insert_line, "insert into duty_line(id, handover, section, ref, body, receiver, receiver_name, made_at) values ($1, $2, $3, $4, $5, $6, $7, $8)"
                 " on conflict do nothing");
SQL(update_receiver, "update duty_line set receiver = $1, receiver_name = $2 where id = $3 and handover = $4");
SQL(delete_line, "delete from duty_line where id = $1 and handover = $2 and ref is null");

static void wrong(struct tx *tx, const char *field, struct label label, struct label rule)
{
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_RULE, .label = label, .rule = rule });
}

/* --- opening --------------------------------------------------------------------------------------------------------- */

const struct field duty_open_form[] = {
    FIELD(struct duty_open, incoming, ID, .label = L("接班人", "Who takes over"), .required = true, .ref = "account"), { 0 } };

static struct place street_of(struct tx *tx, const struct who *who)
{
    struct place place = { 0 };
    for (int i = 0; i < who->grant_count; i++)
        if ((1u << who->grants[i].role) & DUTY_PEOPLE && who->grants[i].area && area_place(tx, who->grants[i].area, &place) && place.street)
            return (struct place){ .area = place.street, .street = place.street };
    return (struct place){ 0 };
}

/* Somebody who works there and has a log-in of his own. */
static bool works_there(struct tx *tx, int64_t account, struct place place, uint32_t roles)
{
    struct who who;
    return account && account_who(tx, account, &who) && who_may(&who, roles, place, 0);
}

static struct str account_name(struct tx *tx, int64_t id)
{
    struct account a = { 0 };
    return id && account_get(tx, id, &a) ? a.name : S("");
}

static void put_line(struct tx *tx, int64_t handover, struct str section, int64_t ref, struct str body, int64_t receiver, struct str name)
{
    db_run(tx, insert_line, IN(db_id(tx, "duty_line"), handover, section, REF0(ref), body, REF0(receiver), name, tx->now));
}

/* Items that came since get their line, so that a receiver can be named. */
static void refresh(struct tx *tx, const struct who *who, const struct matter *m, struct duty_state_of *s)
{
    duty_read(tx, who, m, s);
    for (int i = 0; i < s->line_count; i++)
        if (!s->lines[i].id)
            put_line(tx, m->id, s->lines[i].section, s->lines[i].ref, S(""), 0, S(""));
}

void duty_open_apply(struct req *r)
{
    const struct duty_open *f = r->form;
    struct matter m = { .kind = &duty_kind, .place = street_of(r->tx, r->who), .owner_account = r->who->account };
    int64_t running = 0;
    struct duty_state_of s;
    if (!m.place.street) {
        tx_refuse(r->tx, ERR_DENIED, "只有街道值班人员可以交班", "Only a street's duty people hand over");
        return;
    }
    if (f->incoming == r->who->account || !works_there(r->tx, f->incoming, m.place, DUTY_PEOPLE))
        wrong(r->tx, "incoming", (struct label)L("接班人", "Who takes over"), (struct label)L("应是本街道的另一名值班人员", "Must be another duty person of this street"));
    else if (db_one(r->tx, select_running, IN(r->who->account), OUT(&running)))
        tx_refuse(r->tx, ERR_EXISTS, "您已有一份未完成的交接", "You have a hand-over under way already");
    if (tx_failed(r->tx))
        return;
    struct civil c = civil_of(r->tx->now);
    m.title = arena_format(r->arena, "%d月%d日 %02d:%02d 值班交接：" STR_FMT " → " STR_FMT, c.month, c.day, c.hour, c.minute,
                           STR_ARG(r->who->name), STR_ARG(account_name(r->tx, f->incoming)));
    m.text = m.title;
    m.owner_org = org_of_place(r->tx, m.place);
    r->id = matter_open(r->tx, r->who, &m, 0, S(""));
    if (!r->id)
        return;
    db_run(r->tx, insert_handover, IN(r->id, r->who->account, f->incoming));
    refresh(r->tx, r->who, &m, &s);
    r->location = arena_format(r->arena, "/api/v1/matters/%lld", (long long)r->id);
}

void duty_open_show(struct req *r)
{
    matter_write(r->tx, &r->out, r->who, r->id, r->lang);
}

/* --- moves ----------------------------------------------------------------------------------------------------------- */

static bool is_outgoing(struct tx *tx, struct moving *mv)
{
    struct duty_row row;
    if (duty_get(tx, mv->m.id, &row) && row.outgoing == mv->who->account)
        return true;
    tx_refuse(tx, ERR_DENIED, "由交班人办理", "This is for the outgoing side");
    return false;
}

static bool is_incoming(struct tx *tx, struct moving *mv)
{
    struct duty_row row;
    if (duty_get(tx, mv->m.id, &row) && row.incoming == mv->who->account)
        return true;
    tx_refuse(tx, ERR_DENIED, "由接班人本人办理", "This is for the incoming side alone");
    return false;
}

static bool nothing_missing(struct tx *tx, struct moving *mv)
{
    struct duty_state_of s;
    duty_read(tx, mv->who, &mv->m, &s);
    if (!s.missing)
        return !tx_failed(tx);
    struct str zh = arena_format(tx->arena, "还有 %d 项没有接收人：" STR_FMT, s.missing, STR_ARG(s.which));
    struct str en = arena_format(tx->arena, "%d lines have no receiving name: " STR_FMT, s.missing, STR_ARG(s.which));
    tx_refuse(tx, ERR_STATE, zh.p, en.p);
    return false;
}

static bool may_offer(struct tx *tx, struct moving *mv)
{
    return is_outgoing(tx, mv) && nothing_missing(tx, mv);
}

static bool may_take(struct tx *tx, struct moving *mv)
{
    return is_incoming(tx, mv) && nothing_missing(tx, mv);
}

struct receive_form { struct has has; struct ids lines; int64_t receiver; struct str receiver_name; };
static const struct field receive_form[] = {
    FIELD(struct receive_form, lines, IDS, .label = L("项目", "Lines"), .required = true, .min = 1, .max = 200, .ref = "duty_line"),
    FIELD(struct receive_form, receiver, ID, .label = L("接收人", "Receiver"), .ref = "account"),
    FIELD(struct receive_form, receiver_name, TEXT, .label = L("接收人姓名", "Receiver's name"), .max = 40,
          .help = L("没有账号的人填姓名", "for somebody without a log-in")), { 0 } };

static bool receiver_ok(struct tx *tx, const struct matter *m, int64_t receiver, struct str name, bool required)
{
    if (receiver && !works_there(tx, receiver, m->place, R_STAFF & ~R(ADMIN)))
        wrong(tx, "receiver", (struct label)L("接收人", "Receiver"), (struct label)L("应是本街道的工作人员", "Must be staff of this street"));
    else if (required && !receiver && name.n < 2)
        wrong(tx, "receiver", (struct label)L("接收人", "Receiver"), (struct label)L("请选择接收人或填写姓名", "Choose a receiver or give a name"));
    return !tx_failed(tx);
}

static void set_receivers(struct tx *tx, struct moving *mv)
{
    const struct receive_form *f = mv->form;
    if (!receiver_ok(tx, &mv->m, f->receiver, f->receiver_name, true))
        return;
    struct str name = f->receiver ? account_name(tx, f->receiver) : f->receiver_name;
    for (int64_t i = 0; i < f->lines.count; i++)
        if (db_run(tx, update_receiver, IN(REF0(f->receiver), name, f->lines.items[i], mv->m.id)) != 1)
            wrong(tx, "lines", (struct label)L("项目", "Lines"), (struct label)L("不是这份交接里的项目", "No line of this hand-over"));
    mv->note = arena_format(tx->arena, "%lld 项由 " STR_FMT " 接收", (long long)f->lines.count, STR_ARG(name));
}

static const struct choice hand_sections[] = {
    { "key", L("钥匙和物品", "Keys and things") }, { "order", L("领导交办", "Leaders' orders") }, { "other", L("其他", "Other") }, { 0 } };
struct line_form { struct has has; struct str section, body, receiver_name; int64_t receiver; };
static const struct field line_form[] = {
    FIELD(struct line_form, section, CHOICE, .label = L("栏目", "Section"), .required = true, .choices = hand_sections),
    FIELD(struct line_form, body, LONG_TEXT, .label = L("内容", "What"), .required = true, .min = 2, .max = 500),
    FIELD(struct line_form, receiver, ID, .label = L("接收人", "Receiver"), .ref = "account"),
    FIELD(struct line_form, receiver_name, TEXT, .label = L("接收人姓名", "Receiver's name"), .max = 40), { 0 } };

static void add_line(struct tx *tx, struct moving *mv)
{
    const struct line_form *f = mv->form;
    if (receiver_ok(tx, &mv->m, f->receiver, f->receiver_name, false))
        put_line(tx, mv->m.id, f->section, 0, f->body, f->receiver, f->receiver ? account_name(tx, f->receiver) : f->receiver_name);
    mv->note = f->body;
}

struct drop_form { struct has has; int64_t line; };
static const struct field drop_form[] = {
    FIELD(struct drop_form, line, ID, .label = L("项目", "Line"), .required = true, .ref = "duty_line"), { 0 } };

static void drop_line(struct tx *tx, struct moving *mv)
{
    const struct drop_form *f = mv->form;
    if (db_run(tx, delete_line, IN(f->line, mv->m.id)) != 1)
        wrong(tx, "line", (struct label)L("项目", "Line"), (struct label)L("只能删除手写的项目", "Only a line written by hand can go"));
}

static void do_refresh(struct tx *tx, struct moving *mv)
{
    struct duty_state_of s;
    refresh(tx, mv->who, &mv->m, &s);
}

static void do_offer(struct tx *tx, struct moving *mv)
{
    do_refresh(tx, mv);
    db_run(tx, update_offered, IN(tx->now, mv->m.id));
}

/* What was received changes hands now; who received it stands in the history of each matter. */
static void do_take(struct tx *tx, struct moving *mv)
{
    struct duty_state_of s;
    refresh(tx, mv->who, &mv->m, &s);
    db_run(tx, update_taken, IN(tx->now, mv->m.id));
    struct str from = account_name(tx, s.row.outgoing);
    for (int i = 0; i < s.line_count && !tx_failed(tx); i++) {
        const struct duty_line *l = &s.lines[i];
        const struct duty_item *item = l->item >= 0 ? &s.items[l->item] : NULL;
        struct matter m;
        if (!item || !l->receiver_name.n)
            continue;
        if (str_is(l->section, "promise") && l->receiver)
            promise_give(tx, l->ref, s.row.outgoing, l->receiver);
        if (!item->matter || !matter_get(tx, item->matter, &m))
            continue;
        struct str note = arena_format(tx->arena, "值班交接：" STR_FMT " 交 " STR_FMT, STR_ARG(from), STR_ARG(l->receiver_name));
        if (l->receiver && m.owner_account == s.row.outgoing && !str_is(l->section, "promise"))
            matter_hand_over(tx, mv->who, &m, l->receiver, note);
        else
            matter_record(tx, mv->who, &m, "handed_over", note);
    }
}

struct reason_form { struct has has; struct str reason; };
static const struct field reason_form[] = {
    FIELD(struct reason_form, reason, LONG_TEXT, .label = L("理由", "Reason"), .required = true, .min = 2, .max = 300), { 0 } };

#define FORM(table) table, sizeof(struct table)
/* clang-format off */
static const struct state states[] = {
    [DUTY_DRAFT]     = { "draft",     L("填写交接", "Draft"),       PHASE_OPEN,    "handover.draft",   LATE_SUPERVISE, NULL },
    [DUTY_OFFERED]   = { "offered",   L("待接班确认", "Offered"),   PHASE_WAITING, "handover.confirm", LATE_SUPERVISE, NULL },
    [DUTY_DONE]      = { "done",      L("已交接", "Handed over"),   PHASE_DONE,    NULL, LATE_NONE, NULL },
    [DUTY_WITHDRAWN] = { "withdrawn", L("已撤回", "Withdrawn"),     PHASE_VOID,    NULL, LATE_NONE, NULL }, { 0 } };
static const struct move moves[] = {
    { "receive",   DUTY_DRAFT,   STATE_SAME, DUTY_PEOPLE, L("填接收人", "Name a receiver"), FORM(receive_form), is_outgoing, set_receivers, 0 },
    { "line",      DUTY_DRAFT,   STATE_SAME, DUTY_PEOPLE, L("加一项", "Add a line"), FORM(line_form), is_outgoing, add_line, 0 },
    { "drop",      DUTY_DRAFT,   STATE_SAME, DUTY_PEOPLE, L("删一项", "Drop a line"), FORM(drop_form), is_outgoing, drop_line, 0 },
    { "refresh",   DUTY_DRAFT,   STATE_SAME, DUTY_PEOPLE, L("更新清单", "Read anew"), NULL, 0, is_outgoing, do_refresh, 0 },
    { "offer",     DUTY_DRAFT,   DUTY_OFFERED, DUTY_PEOPLE, L("交班确认", "Outgoing confirms"), NULL, 0, may_offer, do_offer, MOVE_PRIMARY },
    { "take_over", DUTY_OFFERED, DUTY_DONE, DUTY_PEOPLE, L("接班确认", "Incoming confirms"), NULL, 0, may_take, do_take, MOVE_PRIMARY },
    { "refuse",    DUTY_OFFERED, DUTY_DRAFT, DUTY_PEOPLE, L("退回补充", "Send back"), FORM(reason_form), is_incoming, NULL, 0 },
    { "withdraw",  DUTY_DRAFT,   DUTY_WITHDRAWN, DUTY_PEOPLE, L("撤回", "Withdraw"), FORM(reason_form), is_outgoing, NULL, MOVE_DANGER },
    { "withdraw",  DUTY_OFFERED, DUTY_WITHDRAWN, DUTY_PEOPLE, L("撤回", "Withdraw"), FORM(reason_form), is_outgoing, NULL, MOVE_DANGER },
    { 0 } };
/* clang-format on */

static const struct choice papers[] = { { "handover", L("值班交接登记表", "Duty hand-over sheet") }, { 0 } };

const struct kind duty_kind = {
    .name = "handover", .prefix = "JB", .label = L("交接班", "Hand-over"), .total_clock = "handover.total", .states = states, .moves = moves,
    .show = duty_show, .papers = papers, .paper = duty_paper,
};
