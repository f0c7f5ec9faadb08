/* call.c -- 报到: one department called by a whistle, until it has come and finished, or is excused. See whistle.h. */
#include "modules/whistle/whistle.h"

#include "engine/rule.h"

SQL(select_lead, "select w.lead from whistle_call c join whistle w on w.id = c.whistle where c.id = $1"
                 " and c.called_at is not null");
SQL(select_limit, "select due_at from deadline where matter = $1 and name = 'call.report_in' order by round desc limit 1");
SQL(select_arbiter, "select id from org where kind = $1 order by id limit 1");
SQL(update_called, "update whistle_call set called_at = $1 where id = $2");
SQL(update_link, "update whistle_call set link_round = $1 where id = $2");
SQL(update_answered, "update whistle_call set answered_at = $1, answered_by = $2, answered_phone = $3,"
                     " answered_channel = $4, in_time = $5, unsigned = $6 where id = $7");
SQL(update_missed, "update whistle_call set missed_at = coalesce(missed_at, $1), urged = urged + 1 where id = $2");
SQL(update_urged, "update whistle_call set urged = urged + 1 where id = $1");
SQL(update_supervised, "update whistle_call set supervised_at = $1, arbiter = $2 where id = $3");
SQL(update_declined, "update whistle_call set declined_at = $1, basis = $2, article = $3, ruling = null where id = $4");
SQL(update_ruled, "update whistle_call set ruling = $1, ruled_at = $2 where id = $3");
SQL(update_arrived, "update whistle_call set arrived_at = $1, came = $2 where id = $3");
SQL(update_finished, "update whistle_call set finished_at = $1 where id = $2");
SQL(update_signed, "update whistle_call set unsigned = 0 where id = $1");

/* --- forms --------------------------------------------------------------------------------------------------------- */

const struct choice whistle_channels[] = {
    { "phone", L("电话", "Telephone") },  { "counter", L("当面", "In person") },
    { "wechat", L("微信", "WeChat") },    { "fax", L("传真", "Fax") },
    { "paper", L("书面", "On paper") },   { 0 },
};

struct here_form {
    struct has has;
    struct str name, phone, text;
};
static const struct field here_form[] = {
    FIELD(struct here_form, name, TEXT, .label = L("报到人", "Who comes"), .max = 40),
    FIELD(struct here_form, phone, PHONE, .label = L("联系电话", "Telephone")),
    FIELD(struct here_form, text, LONG_TEXT, .label = L("说明", "Remark"), .max = 500),
    { 0 },
};

struct log_form {
    struct has has;
    struct str who, said, channel;
    int64_t at;
};
static const struct field log_form[] = {
    FIELD(struct log_form, who, TEXT, .label = L("对方姓名职务", "Who answered"), .required = true, .min = 1, .max = 60),
    FIELD(struct log_form, said, LONG_TEXT, .label = L("对方答复", "What they said"), .required = true, .min = 1,
          .max = 1000),
    FIELD(struct log_form, channel, CHOICE, .label = L("方式", "By"), .choices = whistle_channels),
    FIELD(struct log_form, at, TIME, .label = L("答复时间", "When")),
    { 0 },
};

struct decline_form {
    struct has has;
    struct str who, channel, basis, article, reason;
};
#define BASIS_ROWS \
    FIELD(struct decline_form, basis, RULE, .label = L("法定依据", "Legal basis"), .required = true, .ref = "duty_list"), \
    FIELD(struct decline_form, article, TEXT, .label = L("法律法规条款", "Law and article"), .max = 200), \
    FIELD(struct decline_form, reason, LONG_TEXT, .label = L("说明", "Explanation"), .required = true, .min = 5, .max = 500)
static const struct field decline_form[] = { BASIS_ROWS, { 0 } };
static const struct field log_decline_form[] = {
    FIELD(struct decline_form, who, TEXT, .label = L("对方姓名职务", "Who answered"), .required = true, .min = 1,
          .max = 60),
    FIELD(struct decline_form, channel, CHOICE, .label = L("方式", "By"), .choices = whistle_channels),
    BASIS_ROWS,
    { 0 },
};

struct ruling_form {
    struct has has;
    struct str reason;
};
static const struct field ruling_form[] = {
    FIELD(struct ruling_form, reason, LONG_TEXT, .label = L("裁定意见", "Ruling"), .required = true, .min = 2, .max = 1000),
    { 0 },
};

struct arrive_form {
    struct has has;
    struct str people;
    int64_t at;
};
static const struct field arrive_form[] = {
    FIELD(struct arrive_form, people, TEXT, .label = L("到场人员", "Who came"), .max = 200),
    FIELD(struct arrive_form, at, TIME, .label = L("到场时间", "When")),
    { 0 },
};

struct finish_form {
    struct has has;
    struct str text;
};
static const struct field finish_form[] = {
    FIELD(struct finish_form, text, LONG_TEXT, .label = L("办理情况", "What was done"), .required = true, .min = 2,
          .max = 2000),
    { 0 },
};

struct note_form {
    struct has has;
    struct str text;
};
static const struct field note_form[] = {
    FIELD(struct note_form, text, LONG_TEXT, .label = L("内容", "Text"), .required = true, .min = 1, .max = 2000),
    { 0 },
};

/* --- checks -------------------------------------------------------------------------------------------------------- */

bool whistle_is_called(const struct who *who, int64_t org)
{
    for (int i = 0; i < who->grant_count; i++)
        if (who->grants[i].role == ROLE_DEPT && who->grants[i].org == org)
            return true;
    return false;
}

/* Nobody answers for another department. A link was checked against this very call before it came here. */
static bool is_called(struct tx *tx, struct moving *mv)
{
    struct call_row c;
    if (mv->by_link || mv->who->system)
        return true;
    if (whistle_call_get(tx, mv->m.id, &c) && whistle_is_called(mv->who, c.org))
        return true;
    tx_refuse(tx, ERR_DENIED, "只有被吹哨的部门可以这样答复", "Only the department that was called can answer so");
    return false;
}

static bool time_fits(struct tx *tx, const struct moving *mv, int64_t at)
{
    struct call_row c;
    if (at == 0 || !whistle_call_get(tx, mv->m.id, &c) || (at >= c.called_at && at <= tx->now))
        return true;
    fault_field(&tx->fault, (struct bad_field){ .field = S("at"), .bad = BAD_RULE, .label = L("时间", "When"),
        .rule = L("应在吹哨之后、现在之前", "It lies between the whistle and now") });
    return false;
}

static bool log_time_fits(struct tx *tx, struct moving *mv)
{
    const struct log_form *form = mv->form;
    return time_fits(tx, mv, form->at);
}

static bool arrival_fits(struct tx *tx, struct moving *mv)
{
    const struct arrive_form *form = mv->form;
    bool street = who_may(mv->who, WHISTLE_CALLERS, mv->m.place, mv->m.owner_org);
    return (street || is_called(tx, mv)) && time_fits(tx, mv, form ? form->at : 0);
}

/* Once the district has ruled that the department must come, there is no second refusal. */
static bool not_ruled(struct tx *tx, struct moving *mv, const char *basis_field, struct str basis)
{
    struct call_row c;
    if (!whistle_call_get(tx, mv->m.id, &c))
        return false;
    if (str_is(c.ruling, "upheld"))
        tx_refuse(tx, ERR_STATE, "区里已裁定应当报到，不能再次拒绝", "The district has ruled that the department must come");
    rule_check(tx, "duty_list", basis, basis_field, (struct label)L("法定依据", "Legal basis"));
    return !tx_failed(tx);
}

static bool may_decline(struct tx *tx, struct moving *mv)
{
    const struct decline_form *form = mv->form;
    return is_called(tx, mv) && not_ruled(tx, mv, "basis", form->basis);
}

static bool may_log_decline(struct tx *tx, struct moving *mv)
{
    const struct decline_form *form = mv->form;
    return not_ruled(tx, mv, "basis", form->basis);
}

static bool owes_signature(struct tx *tx, struct moving *mv)
{
    struct call_row c;
    if (!whistle_has_sheet(tx, mv) || !whistle_call_get(tx, mv->m.id, &c))
        return false;
    if (!c.is_unsigned)
        tx_refuse(tx, ERR_STATE, "该部门没有待补签的答复", "No signature is owed on this answer");
    return !tx_failed(tx);
}

static bool has_rung(struct tx *tx, struct moving *mv)
{
    if (mv->m.state == CALL_PREPARED)
        tx_refuse(tx, ERR_STATE, "尚未吹哨，没有应哨链接", "The whistle is not blown yet: there is no link");
    return !tx_failed(tx);
}

/* --- effects ------------------------------------------------------------------------------------------------------- */

void whistle_call_new_link(struct tx *tx, const struct matter *m)
{
    struct call_row c;
    if (whistle_call_get(tx, m->id, &c))
        db_run(tx, update_link, IN(whistle_link_next(tx, m, LINK_CALL, c.link_round, "call.link"), m->id));
}

static void new_link(struct tx *tx, struct moving *mv)
{
    whistle_call_new_link(tx, &mv->m);
}

static void ring(struct tx *tx, struct moving *mv)
{
    struct call_row c;
    if (!whistle_call_get(tx, mv->m.id, &c))
        return;
    mv->to_org = c.org;
    if (c.reply_by > mv->at)
        mv->due_override = c.reply_by;
    db_run(tx, update_called, IN(mv->at, mv->m.id));
    new_link(tx, mv);
}

/* In time is decided by the answer's own time: a sheet signed before the limit and typed in after it was in time. */
static void answered(struct tx *tx, struct moving *mv, struct str by, struct str phone, struct str channel, bool owed)
{
    int64_t limit = 0;
    db_one(tx, select_limit, IN(mv->m.id), OUT(&limit));
    db_run(tx, update_answered, IN(mv->at, by, phone, channel, mv->at <= limit, owed, mv->m.id));
}

static void report_in(struct tx *tx, struct moving *mv)
{
    const struct here_form *form = mv->form;
    struct str by = form && form->name.n ? form->name : mv->who->name;
    answered(tx, mv, by, form ? form->phone : S(""), str_of(mv->who->channel ? mv->who->channel : "web"), false);
}

static void log_answer(struct tx *tx, struct moving *mv)
{
    const struct log_form *form = mv->form;
    mv->at = form->at ? form->at : mv->at;
    mv->note = arena_format(tx->arena, STR_FMT "：" STR_FMT, STR_ARG(form->who), STR_ARG(form->said));
    answered(tx, mv, form->who, S(""), form->channel.n ? form->channel : S("phone"), !str_is(form->channel, "paper"));
}

static void answer_on_paper(struct tx *tx, struct moving *mv)
{
    struct call_row c;
    if (whistle_call_get(tx, mv->m.id, &c))
        answered(tx, mv, c.org_name, S(""), S("paper"), false);
}

static void urge(struct tx *tx, struct moving *mv)
{
    const struct log_form *form = mv->form;
    if (mv->m.state == CALL_CALLED) {
        db_run(tx, update_missed, IN(mv->at, mv->m.id));
        return;
    }
    mv->at = form->at ? form->at : mv->at;
    mv->note = arena_format(tx->arena, STR_FMT "：" STR_FMT, STR_ARG(form->who), STR_ARG(form->said));
    db_run(tx, update_urged, IN(mv->m.id));
}

/* The department stays bound; the district's configured arbiter gets the supervision order. */
static void supervise(struct tx *tx, struct moving *mv)
{
    const struct rule_entry *rule = rule_entry(rule_set(rules_of(tx), "whistle"), S("arbiter"));
    int64_t arbiter = 0;
    db_one(tx, select_arbiter, IN(rule_prop(rule, "org_kind")), OUT(&arbiter));
    db_run(tx, update_supervised, IN(mv->at, REF0(arbiter), mv->m.id));
    if (arbiter)
        mv->note = whistle_org_name(tx, arbiter);
}

static void decline(struct tx *tx, struct moving *mv)
{
    const struct decline_form *form = mv->form;
    db_run(tx, update_declined, IN(mv->at, form->basis, form->article, mv->m.id));
    if (form->who.n)
        mv->note = arena_format(tx->arena, STR_FMT "：" STR_FMT, STR_ARG(form->who), STR_ARG(form->reason));
}

static void uphold(struct tx *tx, struct moving *mv)
{
    db_run(tx, update_ruled, IN("upheld", mv->at, mv->m.id));
    new_link(tx, mv);
}

static void excuse(struct tx *tx, struct moving *mv)
{
    db_run(tx, update_ruled, IN("excused", mv->at, mv->m.id));
}

static void arrive(struct tx *tx, struct moving *mv)
{
    const struct arrive_form *form = mv->form;
    if (form && form->at)
        mv->at = form->at;
    struct str people = form && form->people.n ? form->people : mv->who->name;
    mv->note = people;
    db_run(tx, update_arrived, IN(mv->at, people, mv->m.id));
}

static void finish(struct tx *tx, struct moving *mv)
{
    db_run(tx, update_finished, IN(mv->at, mv->m.id));
}

static void log_finish(struct tx *tx, struct moving *mv)
{
    const struct log_form *form = mv->form;
    mv->at = form->at ? form->at : mv->at;
    mv->note = arena_format(tx->arena, STR_FMT "：" STR_FMT, STR_ARG(form->who), STR_ARG(form->said));
    finish(tx, mv);
}

static void sign(struct tx *tx, struct moving *mv)
{
    db_run(tx, update_signed, IN(mv->m.id));
}

/* The lead department sees the other called ones: it has to work with them. */
static bool may_see(struct tx *tx, const struct who *who, int64_t id)
{
    int64_t lead = 0;
    return db_one(tx, select_lead, IN(id), OUT(&lead)) && whistle_is_called(who, lead);
}

/* --- states and moves ---------------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct state states[] = {
    [CALL_PREPARED]   = { "prepared",   L("待吹哨", "Prepared"),                PHASE_WAITING, "call.prepared",  LATE_SUPERVISE, NULL },
    [CALL_CALLED]     = { "called",     L("已吹哨，待报到", "Called"),           PHASE_OPEN,    "call.report_in", LATE_SUPERVISE, "urge" },
    [CALL_SILENT]     = { "silent",     L("未应哨，已催办", "No answer, urged"), PHASE_OPEN,    "call.urge",      LATE_SUPERVISE, "supervise" },
    [CALL_SUPERVISED] = { "supervised", L("督办中", "Under supervision"),        PHASE_OPEN,    "call.supervise", LATE_SUPERVISE, NULL },
    [CALL_HERE]       = { "here",       L("已报到", "Reported in"),             PHASE_ACTIVE,  "call.arrive",    LATE_SUPERVISE, NULL },
    [CALL_ON_SITE]    = { "on_site",    L("已到场", "On site"),                 PHASE_ACTIVE,  "call.finish",    LATE_SUPERVISE, NULL },
    [CALL_ARBITRATED] = { "arbitrated", L("待裁定", "In arbitration"),          PHASE_WAITING, "call.arbitrate", LATE_SUPERVISE, NULL },
    [CALL_FINISHED]   = { "finished",   L("已办结", "Finished"),                PHASE_DONE,    NULL, LATE_NONE, NULL },
    [CALL_EXCUSED]    = { "excused",    L("免于报到", "Excused"),               PHASE_VOID,    NULL, LATE_NONE, NULL },
    [CALL_ABSENT]     = { "absent",     L("未应哨，已记录", "Never answered, recorded"), PHASE_VOID, NULL, LATE_NONE, NULL },
    [CALL_CANCELLED]  = { "cancelled",  L("已撤哨", "Called off"),              PHASE_VOID,    NULL, LATE_NONE, NULL },
    { 0 },
};

#define FORM(table) table, sizeof(struct table)
#define NO_FORM NULL, 0
#define ANSWERS(from) \
    { "report_in", from, CALL_HERE, R(DEPT), L("报到", "Report in"), \
      FORM(here_form), is_called, report_in, MOVE_PRIMARY | MOVE_RECIPIENT | MOVE_CLAIMS }, \
    { "log_answer", from, CALL_HERE, WHISTLE_DESK, L("登记应哨", "Log an answer"), \
      FORM(log_form), log_time_fits, log_answer, 0 }, \
    { "answer_on_paper", from, CALL_HERE, WHISTLE_DESK, L("回执已盖章", "Answered on paper"), \
      NO_FORM, whistle_has_sheet, answer_on_paper, MOVE_BY_SHEET }
#define DECLINES(from) \
    { "decline", from, CALL_ARBITRATED, R(DEPT), L("提出异议", "Decline"), \
      FORM(decline_form), may_decline, decline, MOVE_DANGER | MOVE_RECIPIENT }, \
    { "log_decline", from, CALL_ARBITRATED, WHISTLE_DESK, L("登记异议", "Log a refusal"), \
      log_decline_form, sizeof(struct decline_form), may_log_decline, decline, MOVE_DANGER }
#define FINISHES(from) \
    { "finish", from, CALL_FINISHED, R(DEPT), L("办结", "Finish"), \
      FORM(finish_form), is_called, finish, MOVE_PRIMARY | MOVE_RECIPIENT }, \
    { "log_finish", from, CALL_FINISHED, WHISTLE_DESK, L("登记办结", "Log that it is finished"), \
      FORM(log_form), log_time_fits, log_finish, 0 }
static const struct move moves[] = {
    { "ring", CALL_PREPARED, CALL_CALLED, 0, L("吹哨", "Rung"),
      NO_FORM, NULL, ring, MOVE_SYSTEM },
    ANSWERS(CALL_CALLED), ANSWERS(CALL_SILENT), ANSWERS(CALL_SUPERVISED),
    { "urge", CALL_CALLED, CALL_SILENT, 0, L("未应哨，催办", "No answer: urged"),
      NO_FORM, NULL, urge, MOVE_SYSTEM },
    { "urge", CALL_SILENT, STATE_SAME, WHISTLE_DESK, L("催办", "Urge"),
      FORM(log_form), log_time_fits, urge, 0 },
    { "urge", CALL_SUPERVISED, STATE_SAME, WHISTLE_DESK, L("催办", "Urge"),
      FORM(log_form), log_time_fits, urge, 0 },
    { "supervise", CALL_SILENT, CALL_SUPERVISED, WHISTLE_DESK, L("督办", "Supervise"),
      NO_FORM, NULL, supervise, 0 },
    DECLINES(CALL_CALLED), DECLINES(CALL_SILENT),
    { "uphold", CALL_ARBITRATED, CALL_CALLED, R(ARBITER), L("裁定应当报到", "Rule: must come"),
      FORM(ruling_form), NULL, uphold, MOVE_PRIMARY },
    { "excuse", CALL_ARBITRATED, CALL_EXCUSED, R(ARBITER), L("裁定免于报到", "Rule: excused"),
      FORM(ruling_form), NULL, excuse, 0 },
    { "excuse", CALL_SUPERVISED, CALL_EXCUSED, R(ARBITER), L("裁定免于报到", "Rule: excused"),
      FORM(ruling_form), NULL, excuse, 0 },
    { "absent", CALL_SUPERVISED, CALL_ABSENT, R(ARBITER), L("记为未应哨并结束", "Record as never answered"),
      FORM(ruling_form), NULL, NULL, MOVE_DANGER },
    { "arrive", CALL_HERE, CALL_ON_SITE, R(DEPT) | WHISTLE_CALLERS, L("到场", "Arrive"),
      FORM(arrive_form), arrival_fits, arrive, MOVE_RECIPIENT },
    FINISHES(CALL_HERE), FINISHES(CALL_ON_SITE),
    { "agree_record", CALL_ON_SITE, STATE_SAME, R(DEPT), L("确认联合处置记录", "Agree to the joint record"),
      NO_FORM, whistle_record_agreeable, whistle_record_agree, MOVE_RECIPIENT },
    { "agree_record", CALL_FINISHED, STATE_SAME, R(DEPT), L("确认联合处置记录", "Agree to the joint record"),
      NO_FORM, whistle_record_agreeable, whistle_record_agree, MOVE_RECIPIENT },
    { "rate", STATE_ANY_FINISHED, STATE_SAME, R(DEPT) | R(LEADER) | R(CLERK), L("评价对方", "Rate the other side"),
      whistle_rate_form, sizeof(struct rate_form), whistle_may_rate, whistle_rate, 0 },
    { "relink", STATE_ANY_UNFINISHED, STATE_SAME, WHISTLE_DESK, L("重发应哨链接", "Make a new link"),
      NO_FORM, has_rung, new_link, 0 },
    { "sign", STATE_ANY, STATE_SAME, WHISTLE_DESK, L("补签归档", "File the signature"),
      NO_FORM, owes_signature, sign, MOVE_BY_SHEET },
    { "note", STATE_ANY, STATE_SAME, R_STAFF | R(DEPT) | R(ARBITER), L("备注", "Note"),
      FORM(note_form), NULL, NULL, 0 },
    { "bind", CALL_ON_SITE, STATE_SAME, 0, L("按联合处置记录定时限", "Bound by the joint record"),
      NO_FORM, NULL, whistle_record_bind, MOVE_SYSTEM },
    { "cancel", STATE_ANY_UNFINISHED, CALL_CANCELLED, 0, L("撤哨", "Call off"),
      NO_FORM, NULL, NULL, MOVE_SYSTEM },
    { 0 },
};
/* clang-format on */

static const struct choice papers[] = {
    { "whistle_notice", L("吹哨通知单", "Whistle notice") },
    { "supervise", L("督办单", "Supervision order") },
    { 0 },
};
static const struct sheet sheets[] = {
    { "whistle_notice", "answer_on_paper" },
    { "whistle_notice", "sign" },
    { 0 },
};

const struct kind whistle_call_kind = {
    .name = "call", .prefix = "BD", .label = L("报到", "Call"), .total_clock = "call.total", .states = states,
    .moves = moves, .show = whistle_call_show, .may_see = may_see, .papers = papers, .sheets = sheets,
    .paper = whistle_call_paper,
};
