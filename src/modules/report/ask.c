/* ask.c -- extension and suspension are asked by one and granted by another; a return goes to the dispatcher
 * once. On a mirror the same verbs are requests to the upstream (engine/mirror.h), and its answer decides. */
#include "modules/report/report.h"

SQL(insert_request, "insert into report_request(id, report, verb, account, at, reason, until_at) values ($1,"
                    " $2, $3, $4, $5, $6, $7)");
SQL(select_waiting, "select id, account, until_at from report_request where report = $1 and verb = $2 and"
                    " answered_at is null"
                    " order by id limit 1");
SQL(update_answer, "update report_request set answered_at = $1, answered_by = $2, accepted = $3, answer = $4"
                   " where id = $5 and answered_at is null");
SQL(select_requests, "select id, verb, at, reason, until_at, answered_at, accepted, answer from"
                     " report_request where report = $1 order by id");
SQL(count_extension, "update report set extends = extends + 1 where id = $1");
SQL(keep_left, "update report set left_ms = due_close - $1, due_close = null where id = $2");
SQL(count_return, "update report set returns = returns + 1, return_basis = $1, return_reason = $2 where id ="
                  " $3");
SQL(select_asked_return, "select 1 from mirror_request where matter = $1 and verb = 'return' limit 1");
SQL(select_asked_extends, "select count(*) from mirror_request where matter = $1 and verb = 'extend' and"
                          " accepted = 1");

const struct field report_extend_form[] = {
    FIELD(struct extend_form, until, TIME, .label = L("延期至", "Until"), .required = true),
    FIELD(struct extend_form, reason, LONG_TEXT, .label = L("理由", "Reason"), .required = true, .min = 2,
          .max = 500), { 0 } };
const struct field report_return_form[] = {
    FIELD(struct reject_form, basis, RULE, .label = L("履职事项清单依据", "Item of the duty list"),
          .required = true, .ref = "duty_list"),
    FIELD(struct reject_form, reason, LONG_TEXT, .label = L("理由", "Reason"), .required = true, .min = 2,
          .max = 500), { 0 } };

bool report_waits(struct tx *tx, int64_t id, const char *verb, struct report_waiting *ret)
{
    struct report_waiting w = { 0 };
    if (!db_one(tx, select_waiting, IN(id, verb), OUT(&w.id, &w.account, &w.until)))
        return false;
    *ret = w;
    return true;
}

static bool not_asked(struct tx *tx, const struct moving *mv, const char *verb)
{
    struct report_waiting w;
    struct mirror_request upstream;
    if (!report_waits(tx, mv->m.id, verb, &w) && !mirror_waiting(tx, mv->m.id, str_of(verb), &upstream))
        return true;
    tx_refuse(tx, ERR_EXISTS, "同样的申请正在等待答复", "The same request is waiting for an answer");
    return false;
}

static void ask(struct tx *tx, const struct moving *mv, const char *verb, struct str reason, ms until)
{
    if (report_is_mirror(tx, mv->m.id))
        mirror_ask(tx, mv, verb, reason, until);
    else
        db_run(tx, insert_request,
               IN(db_id(tx, "report_request"), mv->m.id, verb, REF0(mv->who->account), mv->at, reason,
                  REF0(until)));
}

static bool asked_by_another(struct tx *tx, const struct moving *mv, const char *verb)
{
    struct report_waiting w;
    if (!report_waits(tx, mv->m.id, verb, &w))
        tx_refuse(tx, ERR_STATE, "没有等待答复的申请", "No request is waiting");
    else if (w.account && w.account == mv->who->account)
        tx_refuse(tx, ERR_DENIED, "不能审批自己的申请", "One's own request is granted by somebody else");
    return !tx_failed(tx);
}

static void answer(struct tx *tx, const struct moving *mv, const char *verb, bool accepted, struct str text)
{
    struct report_waiting w;
    if (report_waits(tx, mv->m.id, verb, &w) &&
        db_run(tx, update_answer, IN(mv->at, REF0(mv->who->account), accepted, text, w.id)) != 1)
        tx_refuse(tx, ERR_CONFLICT);
}

static struct str note_text(const struct moving *mv)
{
    const struct note_form *f = mv->form;
    return f ? f->note : S("");
}

static struct str reason_text(const struct moving *mv)
{
    const struct reason_form *f = mv->form;
    return f ? f->reason : S("");
}

/* --- extension: only before the limit has passed ------------------------------------------------ */

bool report_extend_ok(struct tx *tx, struct moving *mv)
{
    const struct extend_form *f = mv->form;
    struct report_row r;
    int64_t upstream = 0;
    if (!f || !report_get(tx, mv->m.id, &r) || !not_asked(tx, mv, "extend"))
        return false;
    db_one(tx, select_asked_extends, IN(mv->m.id), OUT(&upstream));
    if (r.due_close && mv->at >= r.due_close)
        tx_refuse(tx, ERR_STATE, "办理时限已过，不能再申请延期",
                  "The limit has passed; an extension must be asked before it");
    else if (r.extends + upstream >= report_setting(tx, "extend.times", 1))
        tx_refuse(tx, ERR_STATE, "此件已延期过，不能再次延期", "It was extended before and cannot be extended again");
    else if (f->until <= r.due_close)
        fault_field(&tx->fault, (struct bad_field){ .field = S("until"),
                                                    .bad = BAD_RULE,
                                                    .label = L("延期至", "Until"),
                                                    .rule = L("应晚于现在的办理时限",
                                                              "must be later than the present limit") });
    return !tx_failed(tx);
}

void report_extend(struct tx *tx, struct moving *mv)
{
    const struct extend_form *f = mv->form;
    ask(tx, mv, "extend", f->reason, f->until);
}

bool report_extend_asked(struct tx *tx, struct moving *mv)
{
    return asked_by_another(tx, mv, "extend");
}

void report_extend_approve(struct tx *tx, struct moving *mv)
{
    struct report_waiting w;
    if (!report_waits(tx, mv->m.id, "extend", &w))
        return;
    answer(tx, mv, "extend", true, note_text(mv));
    db_run(tx, count_extension, IN(mv->m.id));
    report_due(tx, mv, w.until);
}

void report_extend_refuse(struct tx *tx, struct moving *mv)
{
    answer(tx, mv, "extend", false, reason_text(mv));
}

/* --- suspension (挂账): what is left of the limit is kept ----------------------------------------- */

bool report_suspend_ok(struct tx *tx, struct moving *mv)
{
    return not_asked(tx, mv, "suspend");
}

void report_suspend(struct tx *tx, struct moving *mv)
{
    ask(tx, mv, "suspend", reason_text(mv), 0);
}

bool report_suspend_asked(struct tx *tx, struct moving *mv)
{
    return asked_by_another(tx, mv, "suspend");
}

void report_pause(struct tx *tx, struct moving *mv)
{
    db_run(tx, keep_left, IN(mv->at, mv->m.id));
}

void report_suspend_approve(struct tx *tx, struct moving *mv)
{
    answer(tx, mv, "suspend", true, note_text(mv));
    report_pause(tx, mv);
}

void report_suspend_refuse(struct tx *tx, struct moving *mv)
{
    answer(tx, mv, "suspend", false, reason_text(mv));
}

void report_resume(struct tx *tx, struct moving *mv)
{
    struct report_row r;
    if (report_get(tx, mv->m.id, &r))
        report_due(tx, mv, mv->at + r.left_ms);
}

/* --- the signed request sheet (engine/scan.h): grants the one that waits ------------------------ */

bool report_grant_ok(struct tx *tx, struct moving *mv)
{
    struct report_waiting w;
    return asked_by_another(tx, mv, report_waits(tx, mv->m.id, "extend", &w) ? "extend" : "suspend");
}

void report_grant(struct tx *tx, struct moving *mv)
{
    struct report_waiting w;
    if (report_waits(tx, mv->m.id, "extend", &w)) {
        report_extend_approve(tx, mv);
    } else {
        answer(tx, mv, "suspend", true, note_text(mv));
        mv->note = S("挂账");                   /* the subscription goes on from it */
    }
}

void report_after_grant(struct tx *tx, const struct matter *m, const struct moving *mv)
{
    struct moving next = { .who = &who_system, .note = S("申请单已签批") };
    if (str_is(str_of(mv->move->verb), "grant") && str_is(mv->note, "挂账") && m->state == REPORT_HANDLING)
        matter_move(tx, m->id, "suspended", &next);
}

/* --- return (退单): once, in time, with an item of the duty list ---------------------------------- */

static bool return_in_time(struct tx *tx, const struct moving *mv, const struct report_row *r)
{
    struct limit limit = rule_limit(tx, "report.return", mv->m.category, mv->m.urgency);
    return !limit.entry || !r->assigned_at || mv->at <= limit_end(tx, limit, r->assigned_at, NULL);
}

bool report_return_ok(struct tx *tx, struct moving *mv)
{
    const struct reject_form *f = mv->form;
    struct report_row r;
    bool mirror = report_is_mirror(tx, mv->m.id);
    int64_t before = 0;
    if (!f ||
        !rule_check(tx, "duty_list", f->basis, "basis",
                    (struct label)L("履职事项清单依据", "Item of the duty list")) ||
        !report_get(tx, mv->m.id, &r) || !not_asked(tx, mv, "return"))
        return false;
    if (mirror)
        db_one(tx, select_asked_return, IN(mv->m.id), OUT(&before));
    bool at_desk = mv->m.state == REPORT_NEW || mv->m.state == REPORT_ACCEPTED;
    if (before || r.returns > 0)
        tx_refuse(tx, ERR_STATE, "此件已退单过一次，不能再次退单",
                  "It was returned once already; a second return is refused");
    else if (at_desk && !mirror)
        tx_refuse(tx, ERR_STATE, "还没有派单的件请用“不予受理”", "Nothing was assigned yet: turn it away instead");
    else if (!at_desk && !return_in_time(tx, mv, &r))
        tx_refuse(tx, ERR_STATE, "已超过退单时限", "The time for a return has passed");
    return !tx_failed(tx);
}

void report_return(struct tx *tx, struct moving *mv)
{
    const struct reject_form *f = mv->form;
    db_run(tx, count_return, IN(f->basis, f->reason, mv->m.id));
    if (report_is_mirror(tx, mv->m.id))
        mirror_ask(tx, mv, "return", f->reason, 0);
}

bool report_return_here(struct tx *tx, struct moving *mv)
{
    struct mirror_request waiting;
    if (!mirror_waiting(tx, mv->m.id, S("return"), &waiting))
        return true;
    tx_refuse(tx, ERR_STATE, "正在等待上级对退单的答复", "The upstream has not answered the return yet");
    return false;
}

/* --- as the matter's page shows them ------------------------------------------------------------ */

void report_requests_write(struct tx *tx, struct json *j, int64_t id, enum lang lang)
{
    struct str verb = { 0 }, reason = { 0 }, text = { 0 };
    int64_t request = 0;
    ms at = 0, until = 0, answered_at = 0;
    bool accepted = false;
    struct label waiting = L("待审批", "Waiting"), yes = L("同意", "Granted"), no = L("不同意", "Refused");
    struct rows rows = db_get(tx, select_requests, IN(id));
    json_key_list(j, "requests");
    while (db_row(&rows, OUT(&request, &verb, &at, &reason, &until, &answered_at, &accepted, &text))) {
        json_obj(j);
        json_key_int(j, "id", request);
        json_key_str(j, "verb", verb);
        json_key_str(j, "state", !answered_at ? S("waiting") : accepted ? S("accepted") : S("refused"));
        json_key_str(j, "state_label", label_in(!answered_at ? waiting : accepted ? yes : no, lang));
        json_key_time(j, "at", at);
        json_key_str(j, "reason", reason);
        json_key_time(j, "until", until);
        json_key_time(j, "answered_at", answered_at);
        json_key_str(j, "answer", text);
        json_end(j);
    }
    json_end(j);
}
