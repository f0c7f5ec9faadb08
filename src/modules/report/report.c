/* report.c -- states and moves of a report; see report.h. A call-back and an upstream's answer are recorded without a change
 * of state; what follows from them (close, redo, suspend) is a move of the system, run by a subscription in the same
 * transaction, so that the table stays a table: one verb, one way. */
#include "modules/report/report.h"

#include "engine/import.h"
#include "engine/promise.h"

#define STREET_STAFF (R(CLERK) | R(LEADER) | R(DUTY))
#define DOERS        (R(GRID) | R(COMMUNITY) | R(DEPT) | R(DUTY) | R(CLERK))
#define LOCAL        (R(GRID) | R(COMMUNITY) | R(DUTY))
#define ANY_HAND     (R_STAFF | R(DEPT) | R(API))

extern const struct migration report_migrations[];

SQL(select_report, "select nature, slip, accused, danger, disputed, joined, joined_at, bundle, assigned_at, contacted_at, due_close,"
                   " left_ms, done_at, resolver, result, returns, extends, redos, attempts, called_at, caller, outcome, called_by,"
                   " responded, resolved, satisfied, up_responded, up_resolved, up_satisfied, up_at from report where id = $1");
SQL(select_account_org, "select org from account where id = $1");
SQL(select_org_parent, "select parent from org where id = $1");

bool report_get(struct tx *tx, int64_t id, struct report_row *ret)
{
    struct report_row r = { .id = id };
    if (!db_one(tx, select_report, IN(id),
                OUT(&r.nature, &r.slip, &r.accused, &r.danger, &r.disputed, &r.joined, &r.joined_at, &r.bundle, &r.assigned_at,
                    &r.contacted_at, &r.due_close, &r.left_ms, &r.done_at, &r.resolver, &r.result, &r.returns, &r.extends,
                    &r.redos, &r.attempts, &r.called_at, &r.caller, &r.outcome, &r.called_by, &r.responded, &r.resolved,
                    &r.satisfied, &r.up_responded, &r.up_resolved, &r.up_satisfied, &r.up_at))) {
        tx_refuse(tx, ERR_NOT_FOUND);
        return false;
    }
    *ret = r;
    return true;
}

/* --- who may see a tip-off --------------------------------------------------------------------------------------------- */

/* Is `org` the unit, or a part of it? */
static bool belongs_to(struct tx *tx, int64_t org, int64_t unit)
{
    for (int depth = 0; org && depth < 8; depth++) {
        if (org == unit)
            return true;
        int64_t parent = 0;
        db_one(tx, select_org_parent, IN(org), OUT(&parent));
        org = parent;
    }
    return false;
}

static bool is_accused(struct tx *tx, const struct who *who, int64_t accused)
{
    int64_t own = 0;
    if (!accused)
        return false;
    if (who->account)
        db_one(tx, select_account_org, IN(who->account), OUT(&own));
    if (belongs_to(tx, own, accused))
        return true;
    for (int i = 0; i < who->grant_count; i++)
        if (belongs_to(tx, who->grants[i].org, accused))
            return true;
    return false;
}

bool report_sealed_visible(struct tx *tx, const struct who *who, int64_t id)
{
    struct matter m;
    struct report_row r;
    if (!matter_get(tx, id, &m) || m.secrecy != SECRECY_SEALED || !report_get(tx, id, &r))
        return false;
    if (is_accused(tx, who, r.accused))
        return false;
    return who_may(who, R(LEADER) | R(CLERK), m.place, m.owner_org) || (who->account && who->account == m.owner_account) ||
           (!who_has(who, R(LEADER) | R(CLERK)) && who_may(who, R(DEPT), (struct place){ 0 }, m.owner_org));
}

/* --- small things --------------------------------------------------------------------------------------------------------- */

int64_t report_setting(struct tx *tx, const char *key, int64_t otherwise)
{
    const struct rule_entry *entry = rule_entry(rule_set(rules_of(tx), "report"), str_of(key));
    return entry ? rule_int(entry, "value", otherwise) : otherwise;
}

ms report_limit(struct tx *tx, const struct moving *mv, const char *name)
{
    struct limit limit = rule_limit(tx, name, mv->m.category, mv->m.urgency);
    return limit.entry ? limit_end(tx, limit, mv->at, NULL) : mv->at + DAYS(1);
}

const struct rule_entry *report_danger(struct tx *tx, struct str text)
{
    const struct rule_set *set = rule_set(rules_of(tx), "danger_words");
    for (int i = 0; set && i < set->count; i++) {
        struct str words = rule_prop(&set->entries[i], "words"), word;
        while (str_cut(&words, '|', &word))
            if (word.n && str_has(text, word))
                return &set->entries[i];
    }
    return NULL;
}

enum urgency report_urgency(struct str wire)
{
    return str_is(wire, "alarm") ? URGENCY_ALARM : str_is(wire, "urgent") ? URGENCY_URGENT : URGENCY_NORMAL;
}

/* --- tables ------------------------------------------------------------------------------------------------------------------ */

const struct choice report_natures[] = {
    { "consult", L("咨询", "Question") }, { "help", L("求助", "Request for help") }, { "complaint", L("投诉", "Complaint") },
    { "tipoff", L("举报", "Tip-off") }, { "suggestion", L("建议", "Suggestion") }, { "praise", L("表扬", "Praise") }, { 0 },
};
const struct choice report_urgencies[] = { { "normal", L("一般", "Normal") }, { "urgent", L("紧急", "Urgent") }, { 0 } };

const struct field report_reason_form[] = {
    FIELD(struct reason_form, reason, LONG_TEXT, .label = L("理由", "Reason"), .required = true, .min = 2, .max = 500), { 0 } };
const struct field report_note_form[] = {
    FIELD(struct note_form, note, LONG_TEXT, .label = L("说明", "Note"), .max = 500), { 0 } };
const struct field report_text_form[] = {
    FIELD(struct text_form, text, LONG_TEXT, .label = L("内容", "Text"), .required = true, .min = 1, .max = 2000), { 0 } };

/* clang-format off */
static const struct state states[] = {
    [REPORT_NEW]        = { "new",        L("待受理", "New"),                    PHASE_OPEN,    "report.accept",        LATE_SUPERVISE, NULL },
    [REPORT_ACCEPTED]   = { "accepted",   L("待派单", "Accepted"),               PHASE_OPEN,    "report.assign",        LATE_SUPERVISE, NULL },
    [REPORT_ASSIGNED]   = { "assigned",   L("待签收", "Assigned"),               PHASE_OPEN,    "report.take",          LATE_SUPERVISE, NULL },
    [REPORT_HANDLING]   = { "handling",   L("办理中", "In hand"),                PHASE_ACTIVE,  "report.handle",        LATE_SUPERVISE, NULL },
    [REPORT_RETURNED]   = { "returned",   L("退单待答复", "Return asked"),       PHASE_OPEN,    "report.return_review", LATE_SUPERVISE, NULL },
    [REPORT_SUSPENDED]  = { "suspended",  L("已挂账", "Suspended"),              PHASE_WAITING, "report.suspend",       LATE_SUPERVISE, NULL },
    [REPORT_RESOLVED]   = { "resolved",   L("待回访", "Resolved"),               PHASE_WAITING, "report.callback",      LATE_SUPERVISE, NULL },
    [REPORT_MERGED]     = { "merged",     L("已合并", "Merged"),                 PHASE_WAITING, "report.follow",        LATE_SUPERVISE, NULL },
    [REPORT_BUNDLED]    = { "bundled",    L("已并案", "Bundled"),                PHASE_WAITING, "report.follow",        LATE_SUPERVISE, NULL },
    [REPORT_CLOSED]     = { "closed",     L("已办结", "Closed"),                 PHASE_DONE,    NULL, LATE_NONE, NULL },
    [REPORT_REJECTED]   = { "rejected",   L("不予受理", "Not taken"),            PHASE_VOID,    NULL, LATE_NONE, NULL },
    [REPORT_WITHDRAWN]  = { "withdrawn",  L("已撤回", "Withdrawn"),              PHASE_VOID,    NULL, LATE_NONE, NULL },
    [REPORT_GIVEN_BACK] = { "given_back", L("已退回上级", "Given back upstream"), PHASE_VOID,   NULL, LATE_NONE, NULL },
    { 0 },
};

#define FORM(name) report_##name##_form, sizeof(struct name##_form)
#define NO_FORM    NULL, 0
#define ACCEPT     L("受理", "Accept")
#define ASSIGN     L("派单", "Assign")
#define TAKE       L("签收办理", "Take")
#define RETURN     L("退单", "Return")
#define RAISE      L("提级办理", "Raise")
#define MERGE      L("合并", "Merge")
#define BUNDLE     L("并案", "Bundle")
#define UNMERGE    L("拆出单独办理", "Take out again")
#define WITHDRAW   L("撤回", "Withdraw")
#define REJECT     L("不予受理", "Do not take")
#define REPLY      L("答复", "Reply")
#define CONTACT    L("已联系诉求人", "Contacted the reporter")
#define REOPEN     L("要求重办", "Reopen")
#define REDO       L("退回重办", "Do again")

static const struct move moves[] = {
    { "accept",   REPORT_NEW,      REPORT_ACCEPTED, STREET_STAFF | R(COMMUNITY) | R(API), ACCEPT, FORM(accept), report_accept_ok, report_accept, MOVE_PRIMARY },
    { "reject",   REPORT_NEW,      REPORT_REJECTED, STREET_STAFF, REJECT, FORM(reject), report_reject_ok, NULL, MOVE_DANGER },
    { "reject",   REPORT_ACCEPTED, REPORT_REJECTED, STREET_STAFF, REJECT, FORM(reject), report_reject_ok, NULL, MOVE_DANGER },
    { "assign",   REPORT_ACCEPTED, REPORT_ASSIGNED, STREET_STAFF | R(COMMUNITY) | R(API), ASSIGN, FORM(assign), report_assign_ok, report_assign, MOVE_PRIMARY },
    { "assign",   REPORT_RETURNED, REPORT_ASSIGNED, STREET_STAFF, L("同意退单并改派", "Accept the return and reassign"), FORM(assign), report_assign_ok, report_assign, MOVE_PRIMARY },
    { "assign",   REPORT_ASSIGNED, REPORT_ASSIGNED, STREET_STAFF | R(COMMUNITY), L("改派", "Reassign"), FORM(assign), report_assign_ok, report_assign, 0 },
    { "assign",   REPORT_HANDLING, REPORT_ASSIGNED, STREET_STAFF, L("改派", "Reassign"), FORM(assign), report_assign_ok, report_assign, 0 },
    { "take",     REPORT_ASSIGNED, REPORT_HANDLING, DOERS, TAKE, FORM(note), report_take_ok, report_take, MOVE_PRIMARY | MOVE_CLAIMS },
    { "take",     REPORT_NEW,      REPORT_HANDLING, LOCAL, L("即采即办", "Handle on the spot"), FORM(note), report_self_ok, report_take, MOVE_CLAIMS },
    { "take",     REPORT_ACCEPTED, REPORT_HANDLING, LOCAL, L("自行办理", "Handle it ourselves"), FORM(note), report_self_ok, report_take, MOVE_CLAIMS },
    { "take",     REPORT_HANDLING, STATE_SAME,      DOERS, L("接手办理", "Take it over"), FORM(note), report_vacant, NULL, MOVE_CLAIMS },

    { "contact",  REPORT_ASSIGNED, STATE_SAME, DOERS, CONTACT, FORM(note), NULL, report_contact, 0 },
    { "contact",  REPORT_HANDLING, STATE_SAME, DOERS, CONTACT, FORM(note), NULL, report_contact, 0 },
    { "reply",    REPORT_ASSIGNED, STATE_SAME, DOERS, REPLY, FORM(reply), NULL, report_reply, 0 },
    { "reply",    REPORT_HANDLING, STATE_SAME, DOERS, REPLY, FORM(reply), NULL, report_reply, 0 },
    { "reply",    REPORT_SUSPENDED, STATE_SAME, DOERS, REPLY, FORM(reply), NULL, report_reply, 0 },
    { "resolve",  REPORT_HANDLING, REPORT_RESOLVED, DOERS, L("办结反馈", "Resolve"), FORM(resolve), report_resolve_ok, report_resolve, MOVE_PRIMARY },

    { "extend",         REPORT_HANDLING, STATE_SAME, DOERS, L("申请延期", "Ask for an extension"), FORM(extend), report_extend_ok, report_extend, 0 },
    { "approve_extend", REPORT_HANDLING, STATE_SAME, STREET_STAFF, L("同意延期", "Grant the extension"), FORM(note), report_extend_asked, report_extend_approve, 0 },
    { "refuse_extend",  REPORT_HANDLING, STATE_SAME, STREET_STAFF, L("不同意延期", "Refuse the extension"), FORM(reason), report_extend_asked, report_extend_refuse, 0 },
    { "grant",          REPORT_HANDLING, STATE_SAME, STREET_STAFF, L("申请单已签批", "The signed request was granted"), FORM(note), report_grant_ok, report_grant, 0 },
    { "suspended",      REPORT_HANDLING, REPORT_SUSPENDED, 0, L("挂账", "Suspended"), NO_FORM, NULL, report_pause, MOVE_SYSTEM },
    { "suspend",         REPORT_HANDLING, STATE_SAME, DOERS, L("申请挂账", "Ask for suspension"), FORM(reason), report_suspend_ok, report_suspend, 0 },
    { "approve_suspend", REPORT_HANDLING, REPORT_SUSPENDED, STREET_STAFF, L("同意挂账", "Grant the suspension"), FORM(note), report_suspend_asked, report_suspend_approve, 0 },
    { "refuse_suspend",  REPORT_HANDLING, STATE_SAME, STREET_STAFF, L("不同意挂账", "Refuse the suspension"), FORM(reason), report_suspend_asked, report_suspend_refuse, 0 },
    { "resume",          REPORT_SUSPENDED, REPORT_HANDLING, DOERS | R(LEADER), L("恢复办理", "Resume"), FORM(note), NULL, report_resume, MOVE_PRIMARY },
    { "return",          REPORT_ASSIGNED, REPORT_RETURNED, DOERS, RETURN, report_return_form, sizeof(struct reject_form), report_return_ok, report_return, MOVE_DANGER },
    { "return",          REPORT_HANDLING, REPORT_RETURNED, DOERS, RETURN, report_return_form, sizeof(struct reject_form), report_return_ok, report_return, MOVE_DANGER },
    { "return",          REPORT_NEW,      REPORT_RETURNED, STREET_STAFF, L("向上级退单", "Return upstream"), report_return_form, sizeof(struct reject_form), report_return_ok, report_return, MOVE_DANGER },
    { "return",          REPORT_ACCEPTED, REPORT_RETURNED, STREET_STAFF, L("向上级退单", "Return upstream"), report_return_form, sizeof(struct reject_form), report_return_ok, report_return, MOVE_DANGER },
    { "refuse_return",   REPORT_RETURNED, REPORT_ASSIGNED, STREET_STAFF, L("不同意退单", "Refuse the return"), FORM(reason), report_return_here, NULL, 0 },

    { "raise",    REPORT_ACCEPTED, STATE_SAME,      DOERS | R(LEADER), RAISE, FORM(reason), report_raise_ok, report_raise, 0 },
    { "raise",    REPORT_ASSIGNED, STATE_SAME,      DOERS | R(LEADER), RAISE, FORM(reason), report_raise_ok, report_raise, 0 },
    { "raise",    REPORT_HANDLING, STATE_SAME,      DOERS | R(LEADER), RAISE, FORM(reason), report_raise_ok, report_raise, 0 },

    { "merge",    REPORT_NEW,      REPORT_MERGED, STREET_STAFF | R(COMMUNITY), MERGE, FORM(into), report_merge_ok, report_merge, 0 },
    { "merge",    REPORT_ACCEPTED, REPORT_MERGED, STREET_STAFF | R(COMMUNITY), MERGE, FORM(into), report_merge_ok, report_merge, 0 },
    { "merge",    REPORT_ASSIGNED, REPORT_MERGED, STREET_STAFF | R(COMMUNITY), MERGE, FORM(into), report_merge_ok, report_merge, 0 },
    { "merge",    REPORT_HANDLING, REPORT_MERGED, STREET_STAFF | R(COMMUNITY), MERGE, FORM(into), report_merge_ok, report_merge, 0 },
    { "unmerge",  REPORT_MERGED,   REPORT_ACCEPTED, STREET_STAFF | R(COMMUNITY), UNMERGE, FORM(reason), NULL, report_unmerge, 0 },
    { "bundle",   REPORT_NEW,      REPORT_BUNDLED, STREET_STAFF, BUNDLE, FORM(into), report_bundle_ok, report_bundle, 0 },
    { "bundle",   REPORT_ACCEPTED, REPORT_BUNDLED, STREET_STAFF, BUNDLE, FORM(into), report_bundle_ok, report_bundle, 0 },
    { "bundle",   REPORT_ASSIGNED, REPORT_BUNDLED, STREET_STAFF, BUNDLE, FORM(into), report_bundle_ok, report_bundle, 0 },
    { "unmerge",  REPORT_BUNDLED,  REPORT_ACCEPTED, STREET_STAFF, UNMERGE, FORM(reason), NULL, report_unmerge, 0 },
    { "follow",   REPORT_MERGED,   REPORT_CLOSED, 0, L("随主件办结", "Closed with its lead"), NO_FORM, NULL, NULL, MOVE_SYSTEM },
    { "follow",   REPORT_BUNDLED,  REPORT_CLOSED, 0, L("随主件办结", "Closed with its lead"), NO_FORM, NULL, NULL, MOVE_SYSTEM },

    { "callback", REPORT_RESOLVED, STATE_SAME, STREET_STAFF | R(COMMUNITY), L("回访", "Call back"), FORM(call), report_call_ok, report_call, MOVE_PRIMARY },
    { "rate",     REPORT_RESOLVED, STATE_SAME, 0, L("诉求人评价", "Rated by the reporter"), report_rate_form, sizeof(struct call_form), report_rate_ok, report_rate, MOVE_REPORTER },
    { "rate",     REPORT_CLOSED,   STATE_SAME, 0, L("诉求人评价", "Rated by the reporter"), report_rate_form, sizeof(struct call_form), report_rate_ok, report_rate, MOVE_REPORTER },
    { "close",    REPORT_RESOLVED, REPORT_CLOSED, 0, L("办结", "Close"), NO_FORM, NULL, NULL, MOVE_SYSTEM },
    { "redo",     REPORT_RESOLVED, REPORT_HANDLING, STREET_STAFF, REDO, FORM(reason), NULL, report_redo, 0 },
    { "reopen",   REPORT_CLOSED,   REPORT_ACCEPTED, STREET_STAFF | R(COMMUNITY), REOPEN, FORM(reason), report_reopen_ok, report_reopen, MOVE_REPORTER },
    { "reopen",   REPORT_REJECTED, REPORT_ACCEPTED, STREET_STAFF, REOPEN, FORM(reason), report_reopen_ok, report_reopen, 0 },

    { "withdraw", REPORT_NEW,      REPORT_WITHDRAWN, STREET_STAFF | R(COMMUNITY), WITHDRAW, FORM(reason), report_withdraw_ok, NULL, MOVE_REPORTER | MOVE_DANGER },
    { "withdraw", REPORT_ACCEPTED, REPORT_WITHDRAWN, STREET_STAFF | R(COMMUNITY), WITHDRAW, FORM(reason), report_withdraw_ok, NULL, MOVE_REPORTER | MOVE_DANGER },
    { "withdraw", REPORT_ASSIGNED, REPORT_WITHDRAWN, STREET_STAFF | R(COMMUNITY), WITHDRAW, FORM(reason), report_withdraw_ok, NULL, MOVE_REPORTER | MOVE_DANGER },
    { "withdraw", REPORT_HANDLING, REPORT_WITHDRAWN, STREET_STAFF | R(COMMUNITY), WITHDRAW, FORM(reason), report_withdraw_ok, NULL, MOVE_REPORTER | MOVE_DANGER },
    { "withdraw", REPORT_MERGED,   REPORT_WITHDRAWN, STREET_STAFF | R(COMMUNITY), WITHDRAW, FORM(reason), report_withdraw_ok, NULL, MOVE_REPORTER | MOVE_DANGER },
    { "withdraw", REPORT_BUNDLED,  REPORT_WITHDRAWN, STREET_STAFF | R(COMMUNITY), WITHDRAW, FORM(reason), report_withdraw_ok, NULL, MOVE_REPORTER | MOVE_DANGER },

    { "mirror_answer", STATE_ANY,  STATE_SAME, STREET_STAFF | R(API), L("记录上级答复", "Record the upstream's answer"), FORM(answer), report_answer_ok, report_answer, 0 },
    { "upstream_return",    REPORT_RETURNED, REPORT_GIVEN_BACK, 0, L("上级同意退单", "Upstream took it back"), NO_FORM, NULL, NULL, MOVE_SYSTEM },
    { "upstream_no_return", REPORT_RETURNED, REPORT_ACCEPTED,   0, L("上级不同意退单", "Upstream refused the return"), NO_FORM, NULL, NULL, MOVE_SYSTEM },
    { "upstream_suspend",   REPORT_HANDLING, REPORT_SUSPENDED,  0, L("上级同意挂账", "Upstream suspended it"), NO_FORM, NULL, report_pause, MOVE_SYSTEM },

    { "set_category", STATE_ANY_UNFINISHED, STATE_SAME, STREET_STAFF | R(COMMUNITY), L("改分类", "Change the class"), FORM(category), report_category_ok, report_set_category, 0 },
    { "set_urgency",  STATE_ANY_UNFINISHED, STATE_SAME, STREET_STAFF | R(COMMUNITY), L("改紧急程度", "Change the urgency"), FORM(urgency), NULL, report_set_urgency, 0 },
    { "set_place",    STATE_ANY_UNFINISHED, STATE_SAME, STREET_STAFF | LOCAL, L("改地点", "Change the place"), FORM(place), report_place_ok, report_place, 0 },
    { "urge",         STATE_ANY_UNFINISHED, STATE_SAME, STREET_STAFF, L("催办", "Urge"), FORM(note), NULL, NULL, 0 },
    { "note",         STATE_ANY, STATE_SAME, ANY_HAND, L("备注", "Note"), FORM(text), NULL, NULL, 0 },
    { 0 },
};
/* clang-format on */

static const struct choice papers[] = {
    { "undertake", L("承办单", "Undertaking sheet") }, { "request", L("退单/延期申请", "Request to return or extend") },
    { "supervise", L("督办单", "Supervision order") }, { "reply", L("答复", "Reply") }, { 0 },
};
static const struct sheet sheets[] = { { "request", "grant" }, { 0 } };

const struct kind report_kind = {
    .name = "report", .prefix = "BG", .label = L("诉求", "Report"), .total_clock = "report.total", .states = states,
    .moves = moves, .show = report_show, .may_see = report_sealed_visible, .papers = papers,
    .sheets = sheets, .paper = report_paper,
};

/* A danger word in a note on a bundled report is a new fact: it leaves the bundle and a human looks at it. */
static void leave_bundle_on_danger(struct tx *tx, const struct matter *m, const struct moving *mv)
{
    if (m->state != REPORT_BUNDLED || !str_is(str_of(mv->move->verb), "note") || !report_danger(tx, mv->note))
        return;
    struct reason_form reason = { .reason = S("补充内容含危险词，转人工办理") };
    struct moving out = { .who = &who_system, .form = &reason };
    matter_move(tx, m->id, "unmerge", &out);
}

static void after_move(struct tx *tx, const struct matter *m, const struct moving *mv)
{
    report_after_call(tx, m, mv);
    report_after_answer(tx, m, mv);
    report_after_grant(tx, m, mv);
    leave_bundle_on_danger(tx, m, mv);
}

static const struct subscription on[] = {
    { "report", PHASE_NONE, after_move }, { "report", PHASE_DONE, report_on_lead_done },
    { "report", PHASE_VOID, report_on_lead_void }, { 0 },
};

static void tick(struct tx *tx, const struct who *who)
{
    (void)who;
    promise_ring(tx);
}

/* clang-format off */
#define WRITERS (R_STAFF | R(DEPT) | R(API))
#define OPEN    (ROUTE_SLOW_DOWN | ROUTE_NO_CSRF)
static const struct route routes[] = {
    { POST, "/reports", WRITERS, report_open_prepare, report_open_apply, report_open_show, report_open_form, sizeof(struct open_form), NULL, 0, 0,
      L("登记一件诉求；答复里带相似件、查询码和可粘贴的一行回音", "A report; the answer carries similar ones, the tracking code and one line to paste back"), "report" },
    { GET, "/reports/{id}/copy", R_ANY, NULL, NULL, report_copy_show, NULL, 0, NULL, 0, 0,
      L("按上级平台表单的顺序复制答复", "The reply in the order of the upstream's form"), NULL },
    { GET, "/similar", R_ANY, NULL, NULL, report_similar_show, NULL, 0, report_similar_query, sizeof(struct similar_form), 0,
      L("相似的在办诉求", "Similar open reports"), NULL },

    { POST, "/matters/{id}/promises", R_ANY & ~R(AUDITOR), NULL, report_promise_apply, report_promise_show, report_promise_form, sizeof(struct promise_form), NULL, 0, 0,
      L("记下自己的承诺，到期前提醒", "A promise of one's own, rung before it is due"), NULL },
    { GET, "/promises", R_ANY, NULL, NULL, report_promises_mine, NULL, 0, report_promise_query, sizeof(struct promise_query), 0, L("我答应过的", "My promises"), NULL },
    { POST, "/promises/{id}/keep", R_ANY & ~R(AUDITOR), NULL, report_promise_keep, NULL, NULL, 0, NULL, 0, 0, L("承诺已兑现", "The promise was kept"), NULL },
    { POST, "/public/reports", R_PUBLIC, report_public_prepare, report_open_apply, report_public_show, report_track_form, sizeof(struct track_form), NULL, 0, OPEN,
      L("居民反映问题，不用登录", "A resident's report, without a log-in"), NULL },
    { GET, "/public/track/{code}", R_PUBLIC, NULL, NULL, report_track_show, NULL, 0, NULL, 0, ROUTE_SLOW_DOWN, L("凭查询码看进展，只有状态", "Progress by the code: state only"), NULL },
    { POST, "/public/track/{code}/reopen", R_PUBLIC, NULL, report_track_reopen, report_track_show, FORM(reason), NULL, 0, OPEN, L("居民要求重办", "Asked again by the resident"), NULL },
    { POST, "/public/track/{code}/rate", R_PUBLIC, NULL, report_track_rate, report_track_show, report_rate_form, sizeof(struct call_form), NULL, 0, OPEN, L("居民评价", "Rated by the resident"), NULL },
    { POST, "/public/track/{code}/withdraw", R_PUBLIC, NULL, report_track_withdraw, report_track_show, FORM(reason), NULL, 0, OPEN, L("居民撤回", "Withdrawn by the resident"), NULL },
    { POST, "/public/track/{code}/files", R_PUBLIC, report_track_files_prepare, report_track_files_apply, report_track_show, NULL, 0, NULL, 0, OPEN | ROUTE_UPLOAD, L("居民补充图片", "Pictures added by the resident"), NULL },
    { GET, "/public/similar", R_PUBLIC, NULL, NULL, report_public_similar, NULL, 0, report_place_query, sizeof(struct place_query), ROUTE_SLOW_DOWN, L("附近公共设施的在办问题", "Open troubles of public facilities nearby"), NULL },
    { GET, "/public/categories", R_PUBLIC, NULL, NULL, report_public_categories, NULL, 0, NULL, 0, 0, L("诉求分类", "Classes of reports"), NULL },
    { 0 },
};
/* clang-format on */

static const struct importer *const importers[] = { &report_orders, &report_sheet, NULL };
static const struct kind *const kinds[] = { &report_kind, NULL };
const struct module report = {
    .name = "report", .label = L("诉求办理", "Reports"), .kinds = kinds, .routes = routes,
    .migrations = report_migrations, .on = on, .figures = report_figures, .importers = importers, .tick = tick,
};
