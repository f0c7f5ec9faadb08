/* whistle.c -- the whistle itself: its life from review to a result, and the module's tables. See whistle.h. */
#include "modules/whistle/whistle.h"

#include "engine/rule.h"

SQL(select_whistle, "select type, cannot_because, lead, source, made_by, blown_at, approved_by, unsigned, outcome"
                    " from whistle where id = $1");
SQL(update_blown, "update whistle set blown_at = $1 where id = $2");
SQL(update_approved_by, "update whistle set approved_by = $1, unsigned = 1 where id = $2");
SQL(update_signed, "update whistle set unsigned = 0 where id = $1");
SQL(update_outcome, "update whistle set outcome = $1 where id = $2");
SQL(count_running, "select count(*) from whistle_call c join matter m on m.id = c.id where c.whistle = $1 and m.phase < 4"
                   " and c.id <> $2");
SQL(count_called, "select count(*) from whistle_call where whistle = $1 and org = $2");
SQL(count_told, "select count(*) from whistle_call where whistle = $1 and org = $2 and called_at is not null");

extern const struct migration whistle_migrations[];

bool whistle_get(struct tx *tx, int64_t id, struct whistle_row *w)
{
    *w = (struct whistle_row){ 0 };
    return db_one(tx, select_whistle, IN(id),
                  OUT(&w->type, &w->cannot_because, &w->lead, &w->source, &w->made_by, &w->blown_at, &w->approved_by,
                      &w->is_unsigned, &w->outcome));
}

/* --- forms --------------------------------------------------------------------------------------------------------- */

struct reason_form {
    struct has has;
    struct str reason;
};
static const struct field reason_form[] = {
    FIELD(struct reason_form, reason, LONG_TEXT, .label = L("理由", "Reason"), .required = true, .min = 2, .max = 500),
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

struct approval_form {
    struct has has;
    struct str who, said;
};
static const struct field approval_form[] = {
    FIELD(struct approval_form, who, TEXT, .label = L("批准人", "Approved by"), .required = true, .min = 2, .max = 40),
    FIELD(struct approval_form, said, LONG_TEXT, .label = L("批准意见", "Words of approval"), .max = 500),
    { 0 },
};

struct add_form {
    struct has has;
    int64_t department, due_at;
};
static const struct field add_form[] = {
    FIELD(struct add_form, department, ID, .label = L("部门", "Department"), .required = true, .ref = "org"),
    FIELD(struct add_form, due_at, TIME, .label = L("报到时限", "Report in by")),
    { 0 },
};

static const struct choice outcomes[] = {
    { "solved", L("已解决", "Solved") },
    { "partly", L("部分解决", "Partly solved") },
    { "unsolved", L("未解决", "Not solved") },
    { 0 },
};
struct close_form {
    struct has has;
    struct str result, outcome;
};
static const struct field close_form[] = {
    FIELD(struct close_form, result, LONG_TEXT, .label = L("办理结果", "Result"), .required = true, .min = 2, .max = 2000),
    FIELD(struct close_form, outcome, CHOICE, .label = L("是否解决", "Solved"), .choices = outcomes),
    { 0 },
};

/* --- checks and effects --------------------------------------------------------------------------------------------- */

bool whistle_has_sheet(struct tx *tx, struct moving *mv)
{
    if (mv->file)
        return true;
    tx_refuse(tx, ERR_INVALID, "请上传已签字盖章的单据照片", "Upload the photo of the signed and stamped sheet");
    return false;
}

static bool owes_signature(struct tx *tx, struct moving *mv)
{
    struct whistle_row w;
    if (!whistle_has_sheet(tx, mv) || !whistle_get(tx, mv->m.id, &w))
        return false;
    if (!w.is_unsigned)
        tx_refuse(tx, ERR_STATE, "该吹哨没有待补签的审签", "No signature is owed on this whistle");
    return !tx_failed(tx);
}

static void sign(struct tx *tx, struct moving *mv)
{
    db_run(tx, update_signed, IN(mv->m.id));
}

/* Whether a type may be blown without a leader's review is the district's rule, not code. */
static bool needs_no_review(struct tx *tx, struct moving *mv)
{
    struct whistle_row w;
    if (!whistle_get(tx, mv->m.id, &w))
        return false;
    struct str key = arena_join(tx->arena, S("type."), w.type);
    if (rule_int(rule_entry(rule_set(rules_of(tx), "whistle"), key), "review", 1))
        tx_refuse(tx, ERR_DENIED, "此类吹哨须由街道领导审签后吹出", "A leader reviews this type of whistle before it is blown");
    return !tx_failed(tx);
}

static void blow(struct tx *tx, struct moving *mv)
{
    db_run(tx, update_blown, IN(mv->at, mv->m.id));
    whistle_calls_move(tx, mv->who, mv->m.id, "ring", mv->at);
}

static void blow_by_phone(struct tx *tx, struct moving *mv)
{
    const struct approval_form *form = mv->form;
    db_run(tx, update_approved_by, IN(form->who, mv->m.id));
    mv->note = arena_format(tx->arena, STR_FMT "%s" STR_FMT, STR_ARG(form->who), form->said.n ? "：" : "",
                            STR_ARG(form->said));
    blow(tx, mv);
}

static void cancel_calls(struct tx *tx, struct moving *mv)
{
    whistle_calls_move(tx, mv->who, mv->m.id, "cancel", mv->at);
}

static bool may_add(struct tx *tx, struct moving *mv)
{
    const struct add_form *form = mv->form;
    struct str name;
    int64_t called = 0;
    if (!whistle_can_call(tx, form->department, "department", &name))
        return false;
    db_one(tx, count_called, IN(mv->m.id, form->department), OUT(&called));
    if (called)
        tx_refuse(tx, ERR_EXISTS, "该部门已在本次吹哨中", "This department is called by this whistle already");
    if (field_has(add_form, form, "due_at") && form->due_at <= tx->now)
        fault_field(&tx->fault, (struct bad_field){ .field = S("due_at"), .bad = BAD_RULE, .label = L("报到时限", "Report in by"),
            .rule = L("时限必须晚于现在", "The limit must lie ahead") });
    return !tx_failed(tx);
}

static void add_department(struct tx *tx, struct moving *mv)
{
    const struct add_form *form = mv->form;
    mv->note = whistle_org_name(tx, form->department);
    int64_t call = whistle_call_open(tx, mv->who, &mv->m, form->department, false, form->due_at);
    struct who acting = whistle_acting(mv->who);
    struct moving ring = { .who = &acting, .at = mv->at };
    if (call)
        matter_move(tx, call, "ring", &ring);
}

static void close_with_result(struct tx *tx, struct moving *mv)
{
    const struct close_form *form = mv->form;
    db_run(tx, update_outcome, IN(form->outcome.n ? in_str(form->outcome) : in_nil(NIL), mv->m.id));
}

/* A call that is cancelled goes with its whistle, which is moving itself then. */
void whistle_on_call_end(struct tx *tx, const struct matter *call, const struct moving *mv)
{
    struct call_row row;
    struct matter parent;
    int64_t running = 0;
    if (str_is(str_of(mv->move->verb), "cancel") || !whistle_call_get(tx, call->id, &row) ||
        !matter_get(tx, row.whistle, &parent) || parent.state != WHISTLE_BLOWN)
        return;
    db_one(tx, count_running, IN(row.whistle, call->id), OUT(&running));
    struct moving gather = { .who = &who_system, .at = mv->at };
    if (running == 0)
        matter_move(tx, row.whistle, "gather", &gather);
}

/* A called department sees the whistle from the moment it is blown. */
static bool may_see(struct tx *tx, const struct who *who, int64_t id)
{
    for (int i = 0; i < who->grant_count; i++) {
        int64_t told = 0;
        if (who->grants[i].role == ROLE_DEPT && who->grants[i].org &&
            db_one(tx, count_told, IN(id, who->grants[i].org), OUT(&told)) && told)
            return true;
    }
    return false;
}

/* --- states and moves ------------------------------------------------------------------------------------------------ */

/* clang-format off */
static const struct state states[] = {
    [WHISTLE_REVIEW]    = { "review",    L("待审签", "Waiting for review"),       PHASE_OPEN,    "whistle.review", LATE_SUPERVISE, NULL },
    [WHISTLE_BLOWN]     = { "blown",     L("已吹哨", "Blown"),                    PHASE_ACTIVE,  "whistle.finish", LATE_SUPERVISE, NULL },
    [WHISTLE_GATHERED]  = { "gathered",  L("部门已了结，待办结", "Departments done"), PHASE_WAITING, "whistle.close",  LATE_SUPERVISE, NULL },
    [WHISTLE_CLOSED]    = { "closed",    L("已办结", "Closed"),                   PHASE_DONE,    NULL, LATE_NONE, NULL },
    [WHISTLE_REFUSED]   = { "refused",   L("未批准", "Not approved"),             PHASE_VOID,    NULL, LATE_NONE, NULL },
    [WHISTLE_WITHDRAWN] = { "withdrawn", L("已撤回", "Withdrawn"),                PHASE_VOID,    NULL, LATE_NONE, NULL },
    { 0 },
};

#define FORM(table) table, sizeof(struct table)
#define NO_FORM NULL, 0
static const struct move moves[] = {
    { "approve", WHISTLE_REVIEW, WHISTLE_BLOWN, R(LEADER), L("同意吹哨", "Approve and blow"),
      NO_FORM, NULL, blow, MOVE_PRIMARY },
    { "log_approval", WHISTLE_REVIEW, WHISTLE_BLOWN, R(CLERK) | R(DUTY), L("登记电话批准", "Log approval by telephone"),
      FORM(approval_form), NULL, blow_by_phone, 0 },
    { "approve_on_paper", WHISTLE_REVIEW, WHISTLE_BLOWN, WHISTLE_DESK, L("签批单已签", "Approved on paper"),
      NO_FORM, whistle_has_sheet, blow, MOVE_BY_SHEET },
    { "blow", WHISTLE_REVIEW, WHISTLE_BLOWN, WHISTLE_CALLERS, L("立即吹哨", "Blow at once"),
      NO_FORM, needs_no_review, blow, 0 },
    { "refuse", WHISTLE_REVIEW, WHISTLE_REFUSED, R(LEADER), L("不同意", "Refuse"),
      FORM(reason_form), NULL, cancel_calls, MOVE_DANGER },
    { "sign", STATE_ANY, STATE_SAME, WHISTLE_DESK, L("补签归档", "File the signature"),
      NO_FORM, owes_signature, sign, MOVE_BY_SHEET },
    { "add_department", WHISTLE_BLOWN, STATE_SAME, WHISTLE_DESK, L("加哨", "Call another department"),
      FORM(add_form), may_add, add_department, 0 },
    { "add_department", WHISTLE_GATHERED, WHISTLE_BLOWN, WHISTLE_DESK, L("加哨", "Call another department"),
      FORM(add_form), may_add, add_department, 0 },
    { "joint_record", WHISTLE_BLOWN, STATE_SAME, WHISTLE_CALLERS, L("现场联合处置记录", "Joint record on site"),
      whistle_record_form, sizeof(struct record_form), whistle_record_open, whistle_record_write, 0 },
    { "joint_record", WHISTLE_GATHERED, STATE_SAME, WHISTLE_CALLERS, L("现场联合处置记录", "Joint record on site"),
      whistle_record_form, sizeof(struct record_form), whistle_record_open, whistle_record_write, 0 },
    { "sign_record", WHISTLE_BLOWN, STATE_SAME, WHISTLE_DESK, L("记录定稿", "Sign the joint record"),
      NO_FORM, whistle_record_there, whistle_record_sign, 0 },
    { "sign_record", WHISTLE_GATHERED, STATE_SAME, WHISTLE_DESK, L("记录定稿", "Sign the joint record"),
      NO_FORM, whistle_record_there, whistle_record_sign, 0 },
    { "gather", WHISTLE_BLOWN, WHISTLE_GATHERED, 0, L("部门全部了结", "All departments done"),
      NO_FORM, NULL, NULL, MOVE_SYSTEM },
    { "close", WHISTLE_GATHERED, WHISTLE_CLOSED, WHISTLE_DESK, L("办结", "Close"),
      FORM(close_form), NULL, close_with_result, MOVE_PRIMARY },
    { "withdraw", WHISTLE_REVIEW, WHISTLE_WITHDRAWN, WHISTLE_CALLERS, L("撤回", "Withdraw"),
      FORM(reason_form), NULL, cancel_calls, MOVE_DANGER },
    { "withdraw", WHISTLE_BLOWN, WHISTLE_WITHDRAWN, WHISTLE_DESK, L("撤回", "Withdraw"),
      FORM(reason_form), NULL, cancel_calls, MOVE_DANGER },
    { "note", STATE_ANY, STATE_SAME, R_STAFF | R(ARBITER), L("备注", "Note"),
      FORM(note_form), NULL, NULL, 0 },
    { 0 },
};
/* clang-format on */

static const struct choice papers[] = {
    { "whistle_notice", L("吹哨通知单", "Whistle notice") },
    { "joint_record", L("现场联合处置记录", "Joint record on site") },
    { 0 },
};
static const struct sheet sheets[] = {
    { "whistle_notice", "approve_on_paper" },
    { "whistle_notice", "sign" },
    { "joint_record", "sign_record" },
    { 0 },
};

const struct kind whistle_kind = {
    .name = "whistle", .prefix = "CS", .label = L("吹哨", "Whistle"), .total_clock = "whistle.total", .states = states,
    .moves = moves, .show = whistle_show, .may_see = may_see, .papers = papers, .sheets = sheets,
    .paper = whistle_paper,
};

/* --- routes and module ------------------------------------------------------------------------------------------------ */

/* clang-format off */
static const struct route routes[] = {
    { POST, "/whistles", WHISTLE_CALLERS, NULL, whistle_open_apply, whistle_open_show,
      whistle_open_form, sizeof(struct open_form), NULL, 0, 0,
      L("吹哨：召集一个或多个部门", "Blow a whistle: call one or more departments"), NULL },
    { GET, "/whistle-ratings", R(ARBITER), NULL, NULL, whistle_rating_list,
      NULL, 0, whistle_rating_query, sizeof(struct rating_query), 0,
      L("街道与部门的互评，仅区级考评可见", "Mutual ratings, for the district assessor only"), NULL },
    { GET, "/public/answer/{token}", R_PUBLIC, NULL, NULL, whistle_answer_read,
      NULL, 0, NULL, 0, ROUTE_SLOW_DOWN,
      L("凭一次性链接查看吹哨通知或确认事项", "What a one-time link asks for: a whistle notice or a confirmation"), NULL },
    { POST, "/public/answer/{token}", R_PUBLIC, NULL, whistle_answer_apply, whistle_answer_show,
      whistle_answer_form, sizeof(struct answer_form), NULL, 0, ROUTE_SLOW_DOWN | ROUTE_NO_CSRF,
      L("凭一次性链接应哨、说明理由、办结或确认", "Answer through a one-time link"), NULL },
    { POST, "/phone-whistles", WHISTLE_CALLERS, NULL, whistle_phone_apply, whistle_phone_answer,
      whistle_phone_form, sizeof(struct phone_form), NULL, 0, 0,
      L("登记电话直达哨：找了谁、承诺什么、何时办", "Log a phone whistle: whom, what was promised, by when"), NULL },
    { GET, "/directory", R_STAFF | R(ARBITER), NULL, NULL, whistle_directory_show,
      NULL, 0, whistle_directory_query, sizeof(struct directory_query), 0,
      L("部门下沉人员通讯录", "Directory: department, street, named person"), NULL },
    { PUT, "/directory", R(ADMIN) | R(LEADER) | R(CLERK), NULL, whistle_contact_apply, whistle_directory_show,
      whistle_contact_form, sizeof(struct contact_form), whistle_directory_query, sizeof(struct directory_query), 0,
      L("登记或更正一名下沉人员", "Write one row of the directory"), NULL },
    { POST, "/calls", WHISTLE_DESK | R(API), NULL, whistle_ring_apply, whistle_ring_show,
      whistle_ring_form, sizeof(struct ring_form), NULL, 0, 0,
      L("来电弹屏：总机告知有电话打进", "A telephone rings: told by the switchboard"), NULL },
    { GET, "/calls", WHISTLE_DESK, NULL, NULL, whistle_rings_show,
      NULL, 0, whistle_ring_query, sizeof(struct ring_query), 0,
      L("尚无人接办的来电", "Calls that nobody has taken"), NULL },
    { POST, "/calls/{id}/claim", WHISTLE_DESK, NULL, whistle_claim_apply, whistle_claim_show,
      NULL, 0, NULL, 0, 0,
      L("接办来电", "Take a call"), NULL },
    { POST, "/calls/{id}/matter", WHISTLE_DESK, NULL, whistle_bind_apply, whistle_claim_show,
      whistle_bind_form, sizeof(struct bind_form), NULL, 0, 0,
      L("记下来电说的是哪件事", "Note which matter a call was about"), NULL },
    { 0 },
};
/* clang-format on */

static const struct kind *const kinds[] = { &whistle_kind, &whistle_call_kind, &whistle_phone_kind, NULL };
static const struct subscription on[] = {
    { "call", PHASE_DONE, whistle_on_call_end },
    { "call", PHASE_VOID, whistle_on_call_end },
    { 0 },
};

extern const struct module whistle;
const struct module whistle = {
    .name = "whistle", .label = L("吹哨报到", "Whistles"), .kinds = kinds, .routes = routes,
    .migrations = whistle_migrations, .on = on, .figures = whistle_figures,
};
