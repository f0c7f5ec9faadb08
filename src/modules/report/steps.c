/* steps.c -- from the desk to the one who does it, and its result. Returns, extensions and suspensions stand
 * in ask.c. */
#include "modules/report/report.h"

#include "engine/account.h"
#include "engine/promise.h"

SQL(update_assigned, "update report set assigned_at = $1 where id = $2");
SQL(drop_requests, "update report_request set answered_at = $1, accepted = 0, answer = '已改派' where report ="
                   " $2 and answered_at is null");
SQL(update_contacted, "update report set contacted_at = $1 where id = $2 and contacted_at is null");
SQL(update_due, "update report set due_close = $1 where id = $2");
SQL(update_done, "update report set done_at = $1, resolver = $2, result = $3 where id = $4");
SQL(insert_reply, "insert into report_reply(id, report, account, at, body, public) values ($1, $2, $3, $4,"
                  " $5, $6)");
SQL(select_latest_reply, "select body from report_reply where report = $1 and public = 1 order by id desc"
                         " limit 1");
SQL(select_account_org, "select org from account where id = $1 and disabled = 0");
SQL(select_org_kind, "select kind from org where id = $1");
SQL(update_accused, "update report set accused = $1 where id = $2");
SQL(select_unit, "select 1 from org where id = $1");

static const struct choice results[] = {
    { "fixed", L("已解决", "Solved") }, { "partly", L("部分解决", "Partly solved") },
    { "explained", L("已解释说明", "Explained") },
    { "cannot", L("客观条件不具备，暂不能解决", "Cannot be solved for now") }, { 0 },
};

const struct field report_accept_form[] = {
    FIELD(struct accept_form, category, RULE, .label = L("分类", "Class"), .ref = "categories"),
    FIELD(struct accept_form, urgency, CHOICE, .label = L("紧急程度", "Urgency"), .choices = report_urgencies),
    FIELD(struct accept_form, area, ID, .label = L("地点", "Place"), .ref = "area"),
    FIELD(struct accept_form, note, LONG_TEXT, .label = L("说明", "Note"), .max = 500), { 0 } };
const struct field report_assign_form[] = {
    FIELD(struct assign_form, org, ID, .label = L("承办单位", "Unit"), .ref = "org"),
    FIELD(struct assign_form, account, ID, .label = L("承办人", "Person"), .ref = "account"),
    FIELD(struct assign_form, area, ID, .label = L("属地社区或网格", "Community or grid"), .ref = "area"),
    FIELD(struct assign_form, note, LONG_TEXT, .label = L("派单意见", "Note"), .max = 500), { 0 } };
const struct field report_reply_form[] = {
    FIELD(struct reply_form, text, LONG_TEXT, .label = L("答复内容", "Reply"), .required = true, .min = 2,
          .max = 2000,
          .help = L("写到“周五前”一类的话，会自动记为您的承诺并提醒", "Words such as \"before Friday\" become a promise of yours that rings")),
    FIELD(struct reply_form, public, BOOL, .label = L("发给诉求人", "For the reporter")), { 0 } };
const struct field report_resolve_form[] = {
    FIELD(struct resolve_form, result, CHOICE, .label = L("办理结果", "Result"), .required = true,
          .choices = results),
    FIELD(struct resolve_form, text, LONG_TEXT, .label = L("答复内容", "Reply"), .required = true, .min = 2,
          .max = 2000), { 0 } };
const struct field report_reject_form[] = {
    FIELD(struct reject_form, basis, RULE, .label = L("依据", "Ground"), .required = true,
          .ref = "reject_grounds"),
    FIELD(struct reject_form, reason, LONG_TEXT, .label = L("说明", "Reason"), .required = true, .min = 2,
          .max = 500), { 0 } };
const struct field report_place_form[] = {
    FIELD(struct place_form, area, ID, .label = L("地点", "Place"), .required = true, .ref = "area"),
    FIELD(struct place_form, address, TEXT, .label = L("地址", "Address"), .max = 200),
    FIELD(struct place_form, lat, DEGREE, .label = L("纬度", "Latitude")),
    FIELD(struct place_form, lon, DEGREE, .label = L("经度", "Longitude")),
    FIELD(struct place_form, note, LONG_TEXT, .label = L("说明", "Note"), .max = 500), { 0 } };
const struct field report_urgency_form[] = {
    FIELD(struct urgency_form, urgency, CHOICE, .label = L("紧急程度", "Urgency"), .required = true,
          .choices = report_urgencies),
    FIELD(struct urgency_form, reason, LONG_TEXT, .label = L("理由", "Reason"), .required = true, .min = 2,
          .max = 500), { 0 } };
const struct field report_category_form[] = {
    FIELD(struct category_form, category, RULE, .label = L("分类", "Class"), .required = true,
          .ref = "categories"),
    FIELD(struct category_form, note, LONG_TEXT, .label = L("说明", "Note"), .max = 500), { 0 } };

const struct field report_accused_form[] = {
    FIELD(struct accused_form, org, ID, .label = L("被举报单位", "Accused unit"), .required = true, .ref = "org"),
    FIELD(struct accused_form, note, LONG_TEXT, .label = L("说明", "Note"), .max = 500), { 0 } };

/* --- accepting ---------------------------------------------------------------------------------- */

static bool area_ok(struct tx *tx, int64_t area)
{
    struct place place;
    return area == 0 || area_place(tx, area, &place);
}

bool report_accept_ok(struct tx *tx, struct moving *mv)
{
    const struct accept_form *f = mv->form;
    return !f || (rule_check(tx, "categories", f->category, "category", (struct label)L("分类", "Class")) &&
                  area_ok(tx, f->area));
}

void report_accept(struct tx *tx, struct moving *mv)
{
    const struct accept_form *f = mv->form;
    struct place place;
    if (!f)
        return;
    if (f->category.n)
        matter_set_category(tx, mv, f->category);
    if (f->urgency.n)
        matter_set_urgency(tx, mv, report_urgency(f->urgency));
    if (f->area && area_place(tx, f->area, &place))
        matter_set_place(tx, mv, place, mv->m.address, mv->m.lat, mv->m.lon);
}

bool report_reject_ok(struct tx *tx, struct moving *mv)
{
    const struct reject_form *f = mv->form;
    if (report_is_mirror(tx, mv->m.id)) {
        tx_refuse(tx, ERR_STATE, "上级派单不能直接不予受理，请申请退单",
                  "An upstream order cannot be turned away here; ask to return it");
        return false;
    }
    return f && rule_check(tx, "reject_grounds", f->basis, "basis", (struct label)L("依据", "Ground"));
}

bool report_withdraw_ok(struct tx *tx, struct moving *mv)
{
    if (!report_is_mirror(tx, mv->m.id))
        return true;
    tx_refuse(tx, ERR_STATE, "上级派单须在上级平台撤回", "An upstream order is withdrawn on its own platform");
    return false;
}

/* --- assigning ---------------------------------------------------------------------------------- */

/* The org that an assignment names: itself, a person's, or a place's. */
static int64_t target_org(struct tx *tx, const struct assign_form *f)
{
    int64_t org = f->org, found = 0;
    struct place place;
    if (f->account && !db_one(tx, select_account_org, IN(f->account), OUT(&org)))
        org = 0;
    else if (f->account && f->org)
        org = f->org;
    else if (f->area)
        org = area_place(tx, f->area, &place) ? org_of_place(tx, place) : 0;
    return org && db_one(tx, select_unit, IN(org), OUT(&found)) ? org : 0;
}

static bool is_same_unit(struct tx *tx, int64_t org, int64_t accused)
{
    struct org o;
    for (int depth = 0; org && depth < 8 && !tx_failed(tx); depth++) {
        if (org == accused)
            return true;
        org = org_get(tx, org, &o) ? o.parent : 0;
    }
    return false;
}

bool report_assign_ok(struct tx *tx, struct moving *mv)
{
    const struct assign_form *f = mv->form;
    struct report_row r;
    struct mirror_request waiting;
    if (!f || (!f->org && !f->account && !f->area)) {
        fault_field(&tx->fault, (struct bad_field){
                                    .field = S("org"), .bad = BAD_MISSING, .label = L("承办单位", "Unit") });
        return false;
    }
    int64_t org = target_org(tx, f);
    if (!org) {
        fault_field(&tx->fault, (struct bad_field){ .field = f->account ? S("account")
                                                             : f->area  ? S("area")
                                                                        : S("org"),
                                                    .bad = BAD_REF,
                                                    .label = L("承办单位", "Unit"),
                                                    .arg = S("unit") });
        return false;
    }
    if (!report_get(tx, mv->m.id, &r))
        return false;
    if (r.accused && is_same_unit(tx, org, r.accused))
        tx_refuse(tx, ERR_DENIED, "举报件不得转给被举报单位", "A tip-off must not reach the accused unit");
    else if (mv->m.state == REPORT_RETURNED && mirror_waiting(tx, mv->m.id, S("return"), &waiting))
        tx_refuse(tx, ERR_STATE, "正在等待上级对退单的答复", "The upstream has not answered the return yet");
    return !tx_failed(tx);
}

void report_assign(struct tx *tx, struct moving *mv)
{
    const struct assign_form *f = mv->form;
    mv->to_org = target_org(tx, f);
    mv->to_account = f->account;
    mv->clear_account = !f->account;
    db_run(tx, update_assigned, IN(mv->at, mv->m.id));
    db_run(tx, drop_requests, IN(mv->at, mv->m.id));
}

/* --- doing it ----------------------------------------------------------------------------------- */

bool report_take_ok(struct tx *tx, struct moving *mv)
{
    if (!mv->m.owner_account || mv->m.owner_account == mv->who->account || who_has(mv->who, R(CLERK)))
        return true;
    tx_refuse(tx, ERR_DENIED, "此件已指定他人办理", "It was assigned to somebody else");
    return false;
}

/* Handled on the spot by those who found it: never a tip-off, which goes through the desk. */
bool report_self_ok(struct tx *tx, struct moving *mv)
{
    if (mv->m.secrecy != SECRECY_SEALED)
        return true;
    tx_refuse(tx, ERR_DENIED, "举报件须由街道派单", "A tip-off is dispatched by the street");
    return false;
}

/* In hand, but nobody has it since it was raised: who takes it keeps the clock as it runs. */
bool report_vacant(struct tx *tx, struct moving *mv)
{
    if (!mv->m.owner_account)
        return true;
    tx_refuse(tx, ERR_CONFLICT, "已有人在办理", "Somebody is handling it already");
    return false;
}

void report_due(struct tx *tx, struct moving *mv, ms due_at)
{
    mv->due_override = due_at;
    db_run(tx, update_due, IN(due_at, mv->m.id));
}

void report_take(struct tx *tx, struct moving *mv)
{
    report_due(tx, mv, report_limit(tx, mv, "report.handle"));
}

void report_contact(struct tx *tx, struct moving *mv)
{
    db_run(tx, update_contacted, IN(mv->at, mv->m.id));
}

static void add_reply(struct tx *tx, const struct moving *mv, struct str text, bool is_public)
{
    db_run(tx, insert_reply,
           IN(db_id(tx, "report_reply"), mv->m.id, REF0(mv->who->account), mv->at, text, is_public));
}

void report_reply(struct tx *tx, struct moving *mv)
{
    const struct reply_form *f = mv->form;
    add_reply(tx, mv, f->text, f->public);
    promise_from_text(tx, mv->who, mv->m.id, f->text);
    if (f->public)
        report_contact(tx, mv);
}

struct str report_latest_reply(struct tx *tx, int64_t id)
{
    struct str text = { 0 };
    db_one(tx, select_latest_reply, IN(id), OUT(&text));
    return text;
}

bool report_resolve_ok(struct tx *tx, struct moving *mv)
{
    struct mirror_request waiting;
    if (!mirror_waiting(tx, mv->m.id, S(""), &waiting))
        return true;
    tx_refuse(tx, ERR_STATE, "有申请正在等待上级答复，答复后再办结",
              "A request waits for the upstream's answer; resolve after it");
    return false;
}

void report_resolve(struct tx *tx, struct moving *mv)
{
    const struct resolve_form *f = mv->form;
    db_run(tx, update_done, IN(mv->at, REF0(mv->who->account), f->result, mv->m.id));
    add_reply(tx, mv, f->text, true);
    report_contact(tx, mv);
    if (report_is_mirror(tx, mv->m.id))
        mirror_ask(tx, mv, "close", f->text, 0);
}

/* --- 提级办理 --------------------------------------------------------------------------------------- */

static int64_t org_above(struct tx *tx, const struct matter *m)
{
    struct place street = { m->place.street, m->place.street, 0, 0 }, district = { 0 };
    int64_t above = m->place.street ? org_of_place(tx, street) : 0;
    struct str kind = { 0 };
    if (!above || m->owner_org == above)
        above = org_of_place(tx, district);
    else if (db_one(tx, select_org_kind, IN(m->owner_org), OUT(&kind)) && str_is(kind, "district"))
        above = 0;
    return above == m->owner_org ? 0 : above;
}

bool report_raise_ok(struct tx *tx, struct moving *mv)
{
    struct report_row r;
    int64_t above = org_above(tx, &mv->m);
    if (!report_get(tx, mv->m.id, &r))
        return false;
    if (!above)
        tx_refuse(tx, ERR_STATE, "已在最高一级办理", "It is with the highest level already");
    else if (r.accused && is_same_unit(tx, above, r.accused))
        tx_refuse(tx, ERR_DENIED, "举报件不得转给被举报单位", "A tip-off must not reach the accused unit");
    return !tx_failed(tx);
}

void report_raise(struct tx *tx, struct moving *mv)
{
    mv->to_org = org_above(tx, &mv->m);
    db_run(tx, update_assigned, IN(mv->at, mv->m.id));
}

/* --- changes of fields: recorded by the move, never a new clock --------------------------------- */

bool report_place_ok(struct tx *tx, struct moving *mv)
{
    const struct place_form *f = mv->form;
    return f && area_ok(tx, f->area);
}

void report_place(struct tx *tx, struct moving *mv)
{
    const struct place_form *f = mv->form;
    struct place place;
    if (area_place(tx, f->area, &place))
        matter_set_place(tx, mv, place, f->address.n ? f->address : mv->m.address,
                         f->lat ? f->lat : mv->m.lat, f->lon ? f->lon : mv->m.lon);
}

void report_set_urgency(struct tx *tx, struct moving *mv)
{
    const struct urgency_form *f = mv->form;
    matter_set_urgency(tx, mv, report_urgency(f->urgency));
}

bool report_category_ok(struct tx *tx, struct moving *mv)
{
    const struct category_form *f = mv->form;
    return f && rule_check(tx, "categories", f->category, "category", (struct label)L("分类", "Class"));
}

void report_set_category(struct tx *tx, struct moving *mv)
{
    const struct category_form *f = mv->form;
    matter_set_category(tx, mv, f->category);
}

/* Whom a tip-off accuses is often known only when it is read. If that unit has it, it goes to the one above. */
bool report_accused_ok(struct tx *tx, struct moving *mv)
{
    const struct accused_form *f = mv->form;
    struct org org;
    if (mv->m.secrecy != SECRECY_SEALED)
        tx_refuse(tx, ERR_STATE, "只有举报件有被举报单位", "Only a tip-off accuses a unit");
    else if (!f || !org_get(tx, f->org, &org))
        tx_refuse(tx, ERR_NOT_FOUND);
    else if (is_same_unit(tx, mv->m.owner_org, f->org) && !org_above(tx, &mv->m))
        tx_refuse(tx, ERR_STATE, "没有上一级可以接办", "There is nobody above to take it");
    return !tx_failed(tx);
}

void report_set_accused(struct tx *tx, struct moving *mv)
{
    const struct accused_form *f = mv->form;
    db_run(tx, update_accused, IN(f->org, mv->m.id));
    if (is_same_unit(tx, mv->m.owner_org, f->org))
        mv->to_org = org_above(tx, &mv->m);
}
