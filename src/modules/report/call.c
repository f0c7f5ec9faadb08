/* call.c -- the street's own call-back: done by somebody other than the handler, its answers counted by
 * rules/callback.yaml on the day they were given. A resident who rates on the tracking page is a call-back
 * too. What follows is the system's move: not solved -> again in hand; answered, declined or not reached
 * often enough -> closed. On a mirror the closing waits for the upstream's answer (PRACTICE 8), and the
 * upstream's rates stand elsewhere (mirror.c). */
#include "modules/report/report.h"

SQL(update_called, "update report set called_at = $1, caller = $2, called_by = $3, outcome = $4,"
                   " responded = $5, resolved = $6, satisfied = $7, responded_counts = $8,"
                   " resolved_counts = $9, satisfied_counts = $10 where id = $11");
SQL(count_attempt, "update report set attempts = attempts + 1 where id = $1");
SQL(begin_again, "update report set redos = redos + 1, done_at = null, attempts = 0, outcome = null,"
                 " due_close = $1 where id = $2");
SQL(select_phone, "select 1 from matter_reporter where matter = $1 and phone_blind is not null limit 1");

static const struct choice outcomes[] = {
    { "reached", L("已接通并回答", "Reached") }, { "unreachable", L("未接通", "Not reached") },
    { "declined", L("拒绝回访", "Declined") }, { "anonymous", L("没有联系方式", "No way to reach anybody") }, { 0 } };
static const struct choice yes_no[] = { { "yes", L("是", "Yes") }, { "no", L("否", "No") }, { 0 } };
static const struct choice resolved[] = {
    { "yes", L("已解决", "Resolved") }, { "partly", L("部分解决", "Partly") },
    { "no", L("未解决", "Not resolved") }, { 0 } };
static const struct choice satisfied[] = {
    { "yes", L("满意", "Satisfied") }, { "basic", L("基本满意", "Fairly satisfied") },
    { "no", L("不满意", "Not satisfied") },
    { "none", L("未评价", "No opinion") }, { 0 } };

#define ANSWER_FIELDS(needed) \
    FIELD(struct call_form, responded, CHOICE, .label = L("办理人是否联系过", "Was contacted"), \
          .required = needed, .choices = yes_no), \
    FIELD(struct call_form, resolved, CHOICE, .label = L("是否解决", "Resolved"), .required = needed, \
          .choices = resolved), \
    FIELD(struct call_form, satisfied, CHOICE, .label = L("是否满意", "Satisfied"), .required = needed, \
          .choices = satisfied), \
    FIELD(struct call_form, note, LONG_TEXT, .label = L("说明", "Note"), .max = 500), { 0 }
const struct field report_call_form[] = {
    FIELD(struct call_form, outcome, CHOICE, .label = L("回访结果", "Outcome"), .required = true,
          .choices = outcomes),
    ANSWER_FIELDS(false) };
const struct field report_rate_form[] = { ANSWER_FIELDS(true) };

static bool counts(struct tx *tx, const char *question, struct str answer)
{
    struct str key = arena_format(tx->arena, "%s." STR_FMT, question, STR_ARG(answer));
    const struct rule_entry *entry = rule_entry(rule_set(rules_of(tx), "callback"), key);
    return entry && str_is(rule_prop(entry, "counts"), "true");
}

static void record(struct tx *tx, const struct moving *mv, struct str outcome, const char *called_by)
{
    const struct call_form *f = mv->form;
    db_run(tx, update_called,
           IN(mv->at, REF0(mv->who->account), called_by, outcome, f->responded, f->resolved, f->satisfied,
              counts(tx, "responded", f->responded), counts(tx, "resolved", f->resolved),
              counts(tx, "satisfied", f->satisfied), mv->m.id));
}

bool report_call_ok(struct tx *tx, struct moving *mv)
{
    const struct call_form *f = mv->form;
    struct report_row r;
    if (!f || !report_get(tx, mv->m.id, &r))
        return false;
    if (mv->who->account && (mv->who->account == r.resolver || mv->who->account == mv->m.owner_account)) {
        tx_refuse(tx, ERR_DENIED, "办理人不能回访自己办理的件，请由他人回访",
                  "The handler does not call back his own case; somebody else must");
        return false;
    }
    int64_t one = 0;
    if (str_is(f->outcome, "anonymous") && db_one(tx, select_phone, IN(mv->m.id), OUT(&one)))
        tx_refuse(tx, ERR_STATE, "此件留有电话，请先回访", "There is a telephone number; call it first");
    if (str_is(f->outcome, "reached") && (!f->responded.n || !f->resolved.n || !f->satisfied.n))
        fault_field(&tx->fault, (struct bad_field){ .bad = BAD_MISSING,
            .field = !f->responded.n ? S("responded") : !f->resolved.n ? S("resolved") : S("satisfied"),
            .label = L("接通后须填写三项回答", "All three answers of a call that was taken") });
    return !tx_failed(tx);
}

void report_call(struct tx *tx, struct moving *mv)
{
    const struct call_form *f = mv->form;
    record(tx, mv, f->outcome, "street");
    db_run(tx, count_attempt, IN(mv->m.id));
}

bool report_may_rate(const struct matter *m, const struct report_row *r)
{
    bool asked = m->state == REPORT_RESOLVED || m->state == REPORT_CLOSED;
    return asked && !str_is(r->outcome, "reached");
}

bool report_rate_ok(struct tx *tx, struct moving *mv)
{
    struct report_row r;
    if (!mv->form || !report_get(tx, mv->m.id, &r))
        return false;
    if (!report_may_rate(&mv->m, &r))
        tx_refuse(tx, ERR_STATE, "此件已评价过", "It was rated already");
    return !tx_failed(tx);
}

void report_rate(struct tx *tx, struct moving *mv)
{
    record(tx, mv, S("reached"), "resident");
}

static void follow_up(struct tx *tx, int64_t id, const char *verb, struct str why)
{
    struct reason_form reason = { .reason = why };
    struct moving mv = { .who = &who_system,
                         .form = str_is(str_of(verb), "close") ? NULL : &reason,
                         .note = why };
    matter_move(tx, id, verb, &mv);
}

void report_after_call(struct tx *tx, const struct matter *m, const struct moving *mv)
{
    struct str verb = str_of(mv->move->verb);
    struct report_row r;
    struct mirror_request waiting;
    bool rated = str_is(verb, "rate"), called = str_is(verb, "callback");
    if ((!rated && !called) || m->state != REPORT_RESOLVED || !report_get(tx, m->id, &r))
        return;
    if (str_is(r.outcome, "reached") && str_is(r.resolved, "no")) {
        follow_up(tx, m->id, "redo", S("回访未解决，退回重办"));
        return;
    }
    if (str_is(r.outcome, "unreachable") && r.attempts < report_setting(tx, "callback.attempts", 3))
        return;
    if (!mirror_waiting(tx, m->id, S("close"), &waiting))
        follow_up(tx, m->id, "close",
                  str_is(r.outcome, "reached")     ? S("回访完成")
                  : str_is(r.outcome, "declined")  ? S("诉求人拒绝回访")
                  : str_is(r.outcome, "anonymous") ? S("没有联系方式，未回访")
                                                   : S("多次回访未接通"));
}

/* --- again -------------------------------------------------------------------------------------- */

bool report_may_reopen(struct tx *tx, const struct matter *m, bool by_resident)
{
    struct limit limit = rule_limit(tx, "report.reopen", m->category, m->urgency);
    if (m->state != REPORT_CLOSED || !m->closed_at || !limit.entry)
        return m->state == REPORT_REJECTED && !by_resident;
    return !by_resident || tx->now <= limit_end(tx, limit, m->closed_at, NULL);
}

bool report_reopen_ok(struct tx *tx, struct moving *mv)
{
    if (mv->by_link && report_is_mirror(tx, mv->m.id))
        tx_refuse(tx, ERR_STATE, "此件由上级平台派来，请在原平台反映",
                  "It came from another platform; please turn to that one");
    else if (!report_may_reopen(tx, &mv->m, mv->by_link))
        tx_refuse(tx, ERR_STATE, "已超过可要求重办的期限，请重新反映",
                  "The time for reopening has passed; please report anew");
    return !tx_failed(tx);
}

void report_reopen(struct tx *tx, struct moving *mv)
{
    mv->clear_account = true;
    db_run(tx, begin_again, IN(report_limit(tx, mv, "report.total"), mv->m.id));
}

void report_redo(struct tx *tx, struct moving *mv)
{
    ms due = report_limit(tx, mv, "report.handle");
    db_run(tx, begin_again, IN(due, mv->m.id));
    mv->due_override = due;
}
