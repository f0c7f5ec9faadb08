/* report.c -- states and moves of a report; see report.h. A call-back and an upstream's answer are recorded
 * without a change of state; what follows from them (close, redo, suspend) is a move of the system, run by a
 * subscription in the same transaction, so that the table stays a table: one verb, one way. */
#include "modules/report/report.h"

#include "engine/import.h"
#include "engine/promise.h"

#define DESK         (R(CLERK) | R(LEADER) | R(DUTY))
#define DOERS        (R(GRID) | R(COMMUNITY) | R(DEPT) | R(DUTY) | R(CLERK))
#define LOCAL        (R(GRID) | R(COMMUNITY) | R(DUTY))
#define ANY_HAND     (R_STAFF | R(DEPT) | R(API))

extern const struct migration report_migrations[];

SQL(select_report, "select nature, slip, accused, danger, disputed, joined, joined_at, bundle, assigned_at,"
                   " contacted_at, due_close,"
                   " left_ms, done_at, resolver, result, returns, extends, redos, attempts, called_at,"
                   " caller, outcome, called_by,"
                   " responded, resolved, satisfied, up_responded, up_resolved, up_satisfied, up_at from"
                   " report where id = $1");
SQL(select_account_org, "select org from account where id = $1");
SQL(select_org_parent, "select parent from org where id = $1");

bool report_get(struct tx *tx, int64_t id, struct report_row *ret)
{
    struct report_row r = { .id = id };
    if (!db_one(tx, select_report, IN(id),
                OUT(&r.nature, &r.slip, &r.accused, &r.danger, &r.disputed, &r.joined, &r.joined_at,
                    &r.bundle, &r.assigned_at, &r.contacted_at, &r.due_close, &r.left_ms, &r.done_at,
                    &r.resolver, &r.result, &r.returns, &r.extends, &r.redos, &r.attempts, &r.called_at,
                    &r.caller, &r.outcome, &r.called_by, &r.responded, &r.resolved, &r.satisfied,
                    &r.up_responded, &r.up_resolved, &r.up_satisfied, &r.up_at))) {
        tx_refuse(tx, ERR_NOT_FOUND);
        return false;
    }
    *ret = r;
    return true;
}

/* --- who may see a tip-off ---------------------------------------------------------------------- */

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
    return who_may(who, R(LEADER) | R(CLERK), m.place, m.owner_org) ||
           (who->account && who->account == m.owner_account) ||
           (!who_has(who, R(LEADER) | R(CLERK)) && who_may(who, R(DEPT), (struct place){ 0 }, m.owner_org));
}

/* --- small things ------------------------------------------------------------------------------- */

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
    struct char_set chars = char_set_of(text);
    for (int i = 0; set && i < set->count; i++) {
        struct str words = rule_prop(&set->entries[i], "words"), word;
        while (str_cut(&words, '|', &word))
            if (word.n && char_set_may_have(&chars, word) && str_has(text, word))
                return &set->entries[i];
    }
    return NULL;
}

enum urgency report_urgency(struct str wire)
{
    return str_is(wire, "alarm") ? URGENCY_ALARM : str_is(wire, "urgent") ? URGENCY_URGENT : URGENCY_NORMAL;
}

/* --- tables ------------------------------------------------------------------------------------- */

const struct choice report_natures[] = {
    { "consult", L("咨询", "Question") }, { "help", L("求助", "Request for help") },
    { "complaint", L("投诉", "Complaint") },
    { "tipoff", L("举报", "Tip-off") }, { "suggestion", L("建议", "Suggestion") },
    { "praise", L("表扬", "Praise") }, { 0 },
};
const struct choice report_urgencies[] = {
    { "normal", L("一般", "Normal") }, { "urgent", L("紧急", "Urgent") }, { 0 } };

const struct field report_reason_form[] = {
    FIELD(struct reason_form, reason, LONG_TEXT, .label = L("理由", "Reason"), .required = true, .min = 2,
          .max = 500), { 0 } };
const struct field report_note_form[] = {
    FIELD(struct note_form, note, LONG_TEXT, .label = L("说明", "Note"), .max = 500), { 0 } };
const struct field report_text_form[] = {
    FIELD(struct text_form, text, LONG_TEXT, .label = L("内容", "Text"), .required = true, .min = 1,
          .max = 2000), { 0 } };

/* clang-format off */
#define FORM(name)         report_##name##_form, sizeof(struct name##_form)
#define AS(name, type)     report_##name##_form, sizeof(struct type##_form)
#define NO_FORM            NULL, 0
#define IF(check)          report_##check, NULL
#define DO(effect)         NULL, report_##effect
#define IF_DO(check, effect) report_##check, report_##effect
#define NOTHING            NULL, NULL
enum { NEW = REPORT_NEW, ACCEPTED = REPORT_ACCEPTED, ASSIGNED = REPORT_ASSIGNED, HANDLING = REPORT_HANDLING,
       RETURNED = REPORT_RETURNED, SUSPENDED = REPORT_SUSPENDED, RESOLVED = REPORT_RESOLVED, MERGED = REPORT_MERGED,
       BUNDLED = REPORT_BUNDLED, CLOSED = REPORT_CLOSED, REJECTED = REPORT_REJECTED, WITHDRAWN = REPORT_WITHDRAWN,
       GIVEN_BACK = REPORT_GIVEN_BACK, ANY = STATE_ANY, UNFINISHED = STATE_ANY_UNFINISHED, SAME = STATE_SAME };

#define CLOCK(name)        "report." name, LATE_SUPERVISE, NULL
#define ENDED              NULL, LATE_NONE, NULL
static const struct state states[] = {
    [NEW]        = { "new",        L("待受理", "New"),                  PHASE_OPEN,    CLOCK("accept") },
    [ACCEPTED]   = { "accepted",   L("待派单", "Accepted"),             PHASE_OPEN,    CLOCK("assign") },
    [ASSIGNED]   = { "assigned",   L("待签收", "Assigned"),             PHASE_OPEN,    CLOCK("take") },
    [HANDLING]   = { "handling",   L("办理中", "In hand"),              PHASE_ACTIVE,  CLOCK("handle") },
    [RETURNED]   = { "returned",   L("退单待答复", "Return asked"),     PHASE_OPEN,    CLOCK("return_review") },
    [SUSPENDED]  = { "suspended",  L("已挂账", "Suspended"),            PHASE_WAITING, CLOCK("suspend") },
    [RESOLVED]   = { "resolved",   L("待回访", "Resolved"),             PHASE_WAITING, CLOCK("callback") },
    [MERGED]     = { "merged",     L("已合并", "Merged"),               PHASE_WAITING, CLOCK("follow") },
    [BUNDLED]    = { "bundled",    L("已并案", "Bundled"),              PHASE_WAITING, CLOCK("follow") },
    [CLOSED]     = { "closed",     L("已办结", "Closed"),               PHASE_DONE,    ENDED },
    [REJECTED]   = { "rejected",   L("不予受理", "Not taken"),          PHASE_VOID,    ENDED },
    [WITHDRAWN]  = { "withdrawn",  L("已撤回", "Withdrawn"),            PHASE_VOID,    ENDED },
    [GIVEN_BACK] = { "given_back", L("已退回上级", "Given back upstream"), PHASE_VOID,    ENDED },
    { 0 },
};

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
    { "accept",       NEW,      ACCEPTED,  DESK | R(COMMUNITY) | R(API), ACCEPT,
      FORM(accept), IF_DO(accept_ok, accept), MOVE_PRIMARY },
    { "reject",       NEW,      REJECTED,  DESK, REJECT, FORM(reject), IF(reject_ok), MOVE_DANGER },
    { "reject",       ACCEPTED, REJECTED,  DESK, REJECT, FORM(reject), IF(reject_ok), MOVE_DANGER },
    { "assign",       ACCEPTED, ASSIGNED,  DESK | R(COMMUNITY) | R(API), ASSIGN,
      FORM(assign), IF_DO(assign_ok, assign), MOVE_PRIMARY },
    { "assign",       RETURNED, ASSIGNED,  DESK, L("同意退单并改派", "Accept the return and reassign"),
      FORM(assign), IF_DO(assign_ok, assign), MOVE_PRIMARY },
    { "assign",       ASSIGNED, ASSIGNED,  DESK | R(COMMUNITY), L("改派", "Reassign"),
      FORM(assign), IF_DO(assign_ok, assign), 0 },
    { "assign",       HANDLING, ASSIGNED,  DESK, L("改派", "Reassign"),
      FORM(assign), IF_DO(assign_ok, assign), 0 },
    { "take",         ASSIGNED, HANDLING,  DOERS, TAKE,
      FORM(note), IF_DO(take_ok, take), MOVE_PRIMARY | MOVE_CLAIMS },
    { "take",         NEW,      HANDLING,  LOCAL, L("即采即办", "Handle on the spot"),
      FORM(note), IF_DO(self_ok, take), MOVE_CLAIMS },
    { "take",         ACCEPTED, HANDLING,  LOCAL, L("自行办理", "Handle it ourselves"),
      FORM(note), IF_DO(self_ok, take), MOVE_CLAIMS },
    { "take",         HANDLING, SAME, DOERS, L("接手办理", "Take it over"),
      FORM(note), IF(vacant), MOVE_CLAIMS },

    { "contact",      ASSIGNED, SAME, DOERS, CONTACT, FORM(note), DO(contact), 0 },
    { "contact",      HANDLING, SAME, DOERS, CONTACT, FORM(note), DO(contact), 0 },
    { "reply",        ASSIGNED, SAME, DOERS, REPLY, FORM(reply), DO(reply), 0 },
    { "reply",        HANDLING, SAME, DOERS, REPLY, FORM(reply), DO(reply), 0 },
    { "reply",        SUSPENDED, SAME, DOERS, REPLY, FORM(reply), DO(reply), 0 },
    { "resolve",      HANDLING, RESOLVED,  DOERS, L("办结反馈", "Resolve"),
      FORM(resolve), IF_DO(resolve_ok, resolve), MOVE_PRIMARY },

    { "extend",       HANDLING, SAME, DOERS, L("申请延期", "Ask for an extension"),
      FORM(extend), IF_DO(extend_ok, extend), 0 },
    { "approve_extend", HANDLING, SAME, DESK, L("同意延期", "Grant the extension"),
      FORM(note), IF_DO(extend_asked, extend_approve), 0 },
    { "refuse_extend", HANDLING, SAME, DESK, L("不同意延期", "Refuse the extension"),
      FORM(reason), IF_DO(extend_asked, extend_refuse), 0 },
    { "grant",        HANDLING, SAME, DESK, L("申请单已签批", "The signed request was granted"),
      FORM(note), IF_DO(grant_ok, grant), MOVE_BY_SHEET },
    { "suspended",    HANDLING, SUSPENDED, 0, L("挂账", "Suspended"), NO_FORM, DO(pause), MOVE_SYSTEM },
    { "suspend",      HANDLING, SAME, DOERS, L("申请挂账", "Ask for suspension"),
      FORM(reason), IF_DO(suspend_ok, suspend), 0 },
    { "approve_suspend", HANDLING, SUSPENDED, DESK, L("同意挂账", "Grant the suspension"),
      FORM(note), IF_DO(suspend_asked, suspend_approve), 0 },
    { "refuse_suspend", HANDLING, SAME, DESK, L("不同意挂账", "Refuse the suspension"),
      FORM(reason), IF_DO(suspend_asked, suspend_refuse), 0 },
    { "resume",       SUSPENDED, HANDLING,  DOERS | R(LEADER), L("恢复办理", "Resume"),
      FORM(note), DO(resume), MOVE_PRIMARY },
    { "return",       ASSIGNED, RETURNED,  DOERS, RETURN,
      AS(return, reject), IF_DO(return_ok, return), MOVE_DANGER },
    { "return",       HANDLING, RETURNED,  DOERS, RETURN,
      AS(return, reject), IF_DO(return_ok, return), MOVE_DANGER },
    { "return",       NEW,      RETURNED,  DESK, L("向上级退单", "Return upstream"),
      AS(return, reject), IF_DO(return_ok, return), MOVE_DANGER },
    { "return",       ACCEPTED, RETURNED,  DESK, L("向上级退单", "Return upstream"),
      AS(return, reject), IF_DO(return_ok, return), MOVE_DANGER },
    { "refuse_return", RETURNED, ASSIGNED,  DESK, L("不同意退单", "Refuse the return"),
      FORM(reason), IF(return_here), 0 },

    { "raise",        ACCEPTED, SAME, DOERS | R(LEADER), RAISE,
      FORM(reason), IF_DO(raise_ok, raise), 0 },
    { "raise",        ASSIGNED, SAME, DOERS | R(LEADER), RAISE,
      FORM(reason), IF_DO(raise_ok, raise), 0 },
    { "raise",        HANDLING, SAME, DOERS | R(LEADER), RAISE,
      FORM(reason), IF_DO(raise_ok, raise), 0 },

    { "merge",        NEW,      MERGED,    DESK | R(COMMUNITY), MERGE,
      FORM(into), IF_DO(merge_ok, merge), 0 },
    { "merge",        ACCEPTED, MERGED,    DESK | R(COMMUNITY), MERGE,
      FORM(into), IF_DO(merge_ok, merge), 0 },
    { "merge",        ASSIGNED, MERGED,    DESK | R(COMMUNITY), MERGE,
      FORM(into), IF_DO(merge_ok, merge), 0 },
    { "merge",        HANDLING, MERGED,    DESK | R(COMMUNITY), MERGE,
      FORM(into), IF_DO(merge_ok, merge), 0 },
    { "unmerge",      MERGED,   ACCEPTED,  DESK | R(COMMUNITY), UNMERGE, FORM(reason), DO(unmerge), 0 },
    { "bundle",       NEW,      BUNDLED,   DESK, BUNDLE, FORM(into), IF_DO(bundle_ok, bundle), 0 },
    { "bundle",       ACCEPTED, BUNDLED,   DESK, BUNDLE, FORM(into), IF_DO(bundle_ok, bundle), 0 },
    { "bundle",       ASSIGNED, BUNDLED,   DESK, BUNDLE, FORM(into), IF_DO(bundle_ok, bundle), 0 },
    { "unmerge",      BUNDLED,  ACCEPTED,  DESK, UNMERGE, FORM(reason), DO(unmerge), 0 },
    { "follow",       MERGED,   CLOSED,    0, L("随主件办结", "Closed with its lead"),
      NO_FORM, NOTHING, MOVE_SYSTEM },
    { "follow",       BUNDLED,  CLOSED,    0, L("随主件办结", "Closed with its lead"),
      NO_FORM, NOTHING, MOVE_SYSTEM },

    { "callback",     RESOLVED, SAME, DESK | R(COMMUNITY), L("回访", "Call back"),
      FORM(call), IF_DO(call_ok, call), MOVE_PRIMARY },
    { "rate",         RESOLVED, SAME, 0, L("诉求人评价", "Rated by the reporter"),
      AS(rate, call), IF_DO(rate_ok, rate), MOVE_REPORTER },
    { "rate",         CLOSED,   SAME, 0, L("诉求人评价", "Rated by the reporter"),
      AS(rate, call), IF_DO(rate_ok, rate), MOVE_REPORTER },
    { "close",        RESOLVED, CLOSED,    0, L("办结", "Close"), NO_FORM, NOTHING, MOVE_SYSTEM },
    { "redo",         RESOLVED, HANDLING,  DESK, REDO, FORM(reason), DO(redo), 0 },
    { "reopen",       CLOSED,   ACCEPTED,  DESK | R(COMMUNITY), REOPEN,
      FORM(reason), IF_DO(reopen_ok, reopen), MOVE_REPORTER },
    { "reopen",       REJECTED, ACCEPTED,  DESK, REOPEN, FORM(reason), IF_DO(reopen_ok, reopen), 0 },

    { "withdraw",     NEW,      WITHDRAWN, DESK | R(COMMUNITY), WITHDRAW,
      FORM(reason), IF(withdraw_ok), MOVE_REPORTER | MOVE_DANGER },
    { "withdraw",     ACCEPTED, WITHDRAWN, DESK | R(COMMUNITY), WITHDRAW,
      FORM(reason), IF(withdraw_ok), MOVE_REPORTER | MOVE_DANGER },
    { "withdraw",     ASSIGNED, WITHDRAWN, DESK | R(COMMUNITY), WITHDRAW,
      FORM(reason), IF(withdraw_ok), MOVE_REPORTER | MOVE_DANGER },
    { "withdraw",     HANDLING, WITHDRAWN, DESK | R(COMMUNITY), WITHDRAW,
      FORM(reason), IF(withdraw_ok), MOVE_REPORTER | MOVE_DANGER },
    { "withdraw",     MERGED,   WITHDRAWN, DESK | R(COMMUNITY), WITHDRAW,
      FORM(reason), IF(withdraw_ok), MOVE_REPORTER | MOVE_DANGER },
    { "withdraw",     BUNDLED,  WITHDRAWN, DESK | R(COMMUNITY), WITHDRAW,
      FORM(reason), IF(withdraw_ok), MOVE_REPORTER | MOVE_DANGER },

    { "mirror_answer", ANY, SAME, DESK | R(API), L("记录上级答复", "Record the upstream's answer"),
      FORM(answer), IF_DO(answer_ok, answer), 0 },
    { "upstream_return", RETURNED, GIVEN_BACK, 0, L("上级同意退单", "Upstream took it back"),
      NO_FORM, NOTHING, MOVE_SYSTEM },
    { "upstream_no_return", RETURNED, ACCEPTED,  0, L("上级不同意退单", "Upstream refused the return"),
      NO_FORM, NOTHING, MOVE_SYSTEM },
    { "upstream_suspend", HANDLING, SUSPENDED, 0, L("上级同意挂账", "Upstream suspended it"),
      NO_FORM, DO(pause), MOVE_SYSTEM },

    { "set_category", UNFINISHED, SAME, DESK | R(COMMUNITY), L("改分类", "Change the class"),
      FORM(category), IF_DO(category_ok, set_category), 0 },
    { "set_urgency",  UNFINISHED, SAME, DESK | R(COMMUNITY), L("改紧急程度", "Change the urgency"),
      FORM(urgency), DO(set_urgency), 0 },
    { "set_place",    UNFINISHED, SAME, DESK | LOCAL, L("改地点", "Change the place"),
      FORM(place), IF_DO(place_ok, place), 0 },
    { "set_accused",  UNFINISHED, SAME, DESK, L("登记被举报单位", "Name the accused unit"),
      FORM(accused), IF_DO(accused_ok, set_accused), 0 },
    { "urge",         UNFINISHED, SAME, DESK, L("催办", "Urge"), FORM(note), NOTHING, 0 },
    { "note",         ANY, SAME, ANY_HAND, L("备注", "Note"), FORM(text), NOTHING, 0 },

    { 0 },
};
/* clang-format on */

static const struct choice papers[] = {
    { "undertake", L("承办单", "Undertaking sheet") },
    { "request", L("退单/延期申请", "Request to return or extend") },
    { "supervise", L("督办单", "Supervision order") }, { "reply", L("答复", "Reply") }, { 0 },
};
static const struct sheet sheets[] = { { "request", "grant" }, { 0 } };

const struct kind report_kind = {
    .name = "report", .prefix = "BG", .label = L("诉求", "Report"), .total_clock = "report.total", .states = states,
    .moves = moves, .offers = report_offers, .show = report_show, .may_see = report_sealed_visible, .papers = papers,
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
    { POST, "/reports", WRITERS, report_open_prepare, report_open_apply, report_open_show,
      .form = report_open_form, .form_size = sizeof(struct open_form),
      .about = L("登记一件诉求；答复里带相似件、查询码和可粘贴的一行回音",
               "A report; the answer carries similar ones, the tracking code and one line to paste back"), .answers = "report" },
    { GET, "/reports/{id}/copy", R_ANY, NULL, NULL, report_copy_show,
      .about = L("按上级平台表单的顺序复制答复", "The reply in the order of the upstream's form") },
    { GET, "/similar", R_ANY, NULL, NULL, report_similar_show,
      .query = report_similar_query, .query_size = sizeof(struct similar_form),
      .about = L("相似的在办诉求", "Similar open reports") },
    { POST, "/matters/{id}/promises", R_ANY & ~R(AUDITOR), NULL, report_promise_apply, report_promise_show,
      .form = report_promise_form, .form_size = sizeof(struct promise_form),
      .about = L("记下自己的承诺，到期前提醒", "A promise of one's own, rung before it is due") },
    { GET, "/promises", R_ANY, NULL, NULL, report_promises_mine,
      .query = report_promise_query, .query_size = sizeof(struct promise_query),
      .about = L("我答应过的", "My promises") },
    { POST, "/promises/{id}/keep", R_ANY & ~R(AUDITOR), NULL, report_promise_keep, NULL,
      .about = L("承诺已兑现", "The promise was kept") },
    { POST, "/public/reports", R_PUBLIC, report_public_prepare, report_open_apply, report_public_show,
      .form = report_track_form, .form_size = sizeof(struct track_form),
      .flags = OPEN, .about = L("居民反映问题，不用登录", "A resident's report, without a log-in") },
    { GET, "/public/track/{code}", R_PUBLIC, NULL, NULL, report_track_show,
      .flags = ROUTE_SLOW_DOWN, .about = L("凭查询码看进展，只有状态", "Progress by the code: state only") },
    { POST, "/public/track/{code}/reopen", R_PUBLIC, NULL, report_track_reopen, report_track_show,
      .form = report_reason_form, .form_size = sizeof(struct reason_form),
      .flags = OPEN, .about = L("居民要求重办", "Asked again by the resident") },
    { POST, "/public/track/{code}/rate", R_PUBLIC, NULL, report_track_rate, report_track_show,
      .form = report_rate_form, .form_size = sizeof(struct call_form),
      .flags = OPEN, .about = L("居民评价", "Rated by the resident") },
    { POST, "/public/track/{code}/withdraw", R_PUBLIC, NULL, report_track_withdraw, report_track_show,
      .form = report_reason_form, .form_size = sizeof(struct reason_form),
      .flags = OPEN, .about = L("居民撤回", "Withdrawn by the resident") },
    { POST, "/public/track/{code}/files", R_PUBLIC, report_track_files_prepare, report_track_files_apply, report_track_show,
      .flags = OPEN | ROUTE_UPLOAD, .about = L("居民补充图片", "Pictures added by the resident") },
    { GET, "/public/similar", R_PUBLIC, NULL, NULL, report_public_similar,
      .query = report_place_query, .query_size = sizeof(struct place_query),
      .flags = ROUTE_SLOW_DOWN, .about = L("附近公共设施的在办问题", "Open troubles of public facilities nearby") },
    { GET, "/public/categories", R_PUBLIC, NULL, NULL, report_public_categories,
      .about = L("诉求分类", "Classes of reports") },
    { 0 },
};
/* clang-format on */

static const struct importer *const importers[] = { &report_orders, &report_sheet, NULL };
static const struct kind *const kinds[] = { &report_kind, NULL };
const struct module report = {
    .name = "report", .label = L("诉求办理", "Reports"), .kinds = kinds, .routes = routes,
    .migrations = report_migrations, .on = on, .figures = report_figures, .importers = importers, .tick = tick,
};
