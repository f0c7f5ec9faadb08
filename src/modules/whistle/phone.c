/* phone.c -- 电话直达哨: the street rings the named person of a department about a firm's quick problem. Logged in 15 seconds:
 * whom, what was promised, by when; the rest is completed later, and the firm itself confirms the result. The street keeps
 * it: whoever rang follows it up. See whistle.h; PRACTICE.md 1. */
#include "modules/whistle/whistle.h"

#include "engine/rule.h"

#define PHONE_COLUMNS \
    "p.org, o.name, p.person, p.person_phone, p.firm, p.firm_org, p.promised, p.promised_until, p.rounds, p.source," \
    " p.complete, p.answered_at, p.answer, p.link_round, p.result, p.confirmed_by, p.confirmed_channel, p.confirmed_at"
SQL(select_phone, "select " PHONE_COLUMNS " from phone_whistle p join org o on o.id = p.org where p.id = $1");
SQL(insert_phone, "insert into phone_whistle(id, org, person, person_phone, firm, firm_org, promised, promised_until, source,"
                  " complete) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
SQL(update_complete, "update phone_whistle set firm = $1, firm_org = $2, complete = 1 where id = $3");
SQL(update_body, "update phone_whistle set promised = $1 where id = $2");
SQL(update_answered, "update phone_whistle set answered_at = $1, answer = $2 where id = $3");
SQL(update_confirmed, "update phone_whistle set result = $1, confirmed_by = $2, confirmed_channel = $3, confirmed_at = $4"
                      " where id = $5");
SQL(update_again, "update phone_whistle set promised_until = $1, rounds = rounds + 1, answered_at = null where id = $2");
SQL(update_link, "update phone_whistle set link_round = $1 where id = $2");
SQL(select_until, "select promised_until from phone_whistle where id = $1");
SQL(select_contact, "select org, name, phone from contact where id = $1");
SQL(select_firm, "select name, area from org where id = $1 and kind = 'firm'");

bool whistle_phone_get(struct tx *tx, int64_t id, struct phone_row *p)
{
    *p = (struct phone_row){ 0 };
    return db_one(tx, select_phone, IN(id),
                  OUT(&p->org, &p->org_name, &p->person, &p->person_phone, &p->firm, &p->firm_org, &p->promised,
                      &p->promised_until, &p->rounds, &p->source, &p->complete, &p->answered_at, &p->answer,
                      &p->link_round, &p->result, &p->confirmed_by, &p->confirmed_channel, &p->confirmed_at));
}

/* --- logging it ----------------------------------------------------------------------------------------------------- */

const struct field whistle_phone_form[] = {
    FIELD(struct phone_form, contact, ID, .label = L("通讯录中的人", "Person of the directory"), .ref = "contact"),
    FIELD(struct phone_form, org, ID, .label = L("部门", "Department"), .ref = "org"),
    FIELD(struct phone_form, person, TEXT, .label = L("接电话的人", "Whom you rang"), .max = 40),
    FIELD(struct phone_form, person_phone, PHONE, .label = L("电话", "Telephone")),
    FIELD(struct phone_form, firm, TEXT, .label = L("企业", "Firm"), .max = 100),
    FIELD(struct phone_form, firm_id, ID, .label = L("企业档案", "Firm on file"), .ref = "org"),
    FIELD(struct phone_form, said, LONG_TEXT, .label = L("企业诉求", "What the firm needs"), .max = 2000),
    FIELD(struct phone_form, promised, LONG_TEXT, .label = L("对方承诺", "What was promised"), .required = true, .min = 2,
          .max = 500),
    FIELD(struct phone_form, due_at, TIME, .label = L("何时办", "By when"), .required = true),
    FIELD(struct phone_form, area, ID, .label = L("地点", "Area"), .ref = "area"),
    FIELD(struct phone_form, from, ID, .label = L("来源事项", "From which matter"), .ref = "matter"),
    { 0 },
};

static void wrong_ref(struct tx *tx, const char *field, struct label label)
{
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_REF, .label = label,
        .arg = str_of(label.zh) });
}

/* Whom: a row of the directory, or a department with or without a name. */
static void find_person(struct req *r, struct phone_form *form)
{
    struct str name = S(""), phone = S("");
    if (form->contact && !db_one(r->tx, select_contact, IN(form->contact), OUT(&form->org, &name, &phone)))
        wrong_ref(r->tx, "contact", (struct label)L("通讯录中的人", "person of the directory"));
    if (!form->contact && form->org == 0)
        fault_field(&r->tx->fault, (struct bad_field){ .field = S("org"), .bad = BAD_MISSING, .label = L("部门", "Department") });
    else if (!tx_failed(r->tx) && whistle_org_name(r->tx, form->org).n == 0)
        wrong_ref(r->tx, "org", (struct label)L("部门", "department"));
    form->person = form->person.n ? form->person : name;
    form->person_phone = form->person_phone.n ? form->person_phone : phone;
}

static struct place find_place(struct req *r, struct phone_form *form)
{
    struct place place = { 0 };
    int64_t area = 0;
    if (form->firm_id && !db_one(r->tx, select_firm, IN(form->firm_id), OUT(&form->firm, &area)))
        wrong_ref(r->tx, "firm_id", (struct label)L("企业", "firm"));
    area = form->area ? form->area : area;
    if (tx_failed(r->tx) || area == 0)
        return whistle_home(r->tx, r->who);
    if (!area_place(r->tx, area, &place)) {
        fault_clear(&r->tx->fault);
        wrong_ref(r->tx, "area", (struct label)L("地点", "area"));
    } else if (!who_may(r->who, WHISTLE_CALLERS, place, 0)) {
        tx_refuse(r->tx, ERR_DENIED, "该地点不在您的管辖范围内", "This place is outside of your area");
    }
    return place;
}

static struct str title_of(struct req *r, const struct phone_form *form)
{
    struct str whom = arena_join(r->arena, whistle_org_name(r->tx, form->org), form->person);
    struct str what = str_head_chars(form->promised, 40);
    return form->firm.n ? arena_format(r->arena, STR_FMT "：" STR_FMT "承诺" STR_FMT, STR_ARG(form->firm), STR_ARG(whom), STR_ARG(what))
                        : arena_format(r->arena, STR_FMT "承诺" STR_FMT, STR_ARG(whom), STR_ARG(what));
}

static void write_row(struct req *r, const struct phone_form *form, int64_t id)
{
    bool complete = form->firm.n && form->said.n;
    db_run(r->tx, insert_phone,
           IN(id, form->org, form->person, form->person_phone, form->firm, REF0(form->firm_id), form->promised, form->due_at,
              REF0(form->from), complete));
    if (form->from)
        matter_link(r->tx, form->from, id, LINK_FOLLOWS);
}

void whistle_phone_apply(struct req *r)
{
    struct phone_form form = *(const struct phone_form *)r->form;
    find_person(r, &form);
    struct matter m = {
        .kind = &whistle_phone_kind, .place = find_place(r, &form), .text = form.said.n ? form.said : form.promised,
        .owner_account = r->who->account, .channel = S("phone"),
    };
    struct matter source;
    if (form.due_at <= r->tx->now)
        fault_field(&r->tx->fault, (struct bad_field){ .field = S("due_at"), .bad = BAD_RULE, .label = L("何时办", "By when"),
            .rule = L("必须晚于现在", "It must lie ahead") });
    if (tx_failed(r->tx) || (form.from && !matter_see(r->tx, r->who, form.from, &source)))
        return;
    m.title = title_of(r, &form);
    m.owner_org = whistle_office(r->tx, m.place);
    int64_t id = matter_open(r->tx, r->who, &m, 0, S(""));
    if (id == 0)
        return;
    write_row(r, &form, id);
    struct moving promise = { .who = &who_system };
    matter_move(r->tx, id, "promise", &promise);
    r->id = id;
    r->location = arena_format(r->arena, "/api/v1/matters/%lld", (long long)id);
}

void whistle_phone_answer(struct req *r)
{
    struct matter m;
    if (!matter_see(r->tx, r->who, r->id, &m))
        return;
    r->status = 201;
    json_obj(&r->out);
    whistle_head_write(r->tx, r->who, &r->out, &m);
    json_key_obj(&r->out, "fields");
    whistle_phone_show(r->tx, r->who, r->id, &r->out);
    json_end(&r->out);
    json_end(&r->out);
}

/* --- moves' forms ------------------------------------------------------------------------------------------------------ */

struct complete_form {
    struct has has;
    struct str firm;
    int64_t firm_id;
    struct str promised, category;
};
static const struct field complete_form[] = {
    FIELD(struct complete_form, firm, TEXT, .label = L("企业", "Firm"), .required = true, .min = 2, .max = 100),
    FIELD(struct complete_form, firm_id, ID, .label = L("企业档案", "Firm on file"), .ref = "org"),
    FIELD(struct complete_form, promised, LONG_TEXT, .label = L("对方承诺", "What was promised"), .max = 500),
    FIELD(struct complete_form, category, RULE, .label = L("分类", "Category"), .ref = "categories"),
    { 0 },
};

struct kept_form {
    struct has has;
    struct str said;
};
static const struct field kept_form[] = {
    FIELD(struct kept_form, said, LONG_TEXT, .label = L("部门答复", "What the department did"), .required = true, .min = 2,
          .max = 1000),
    { 0 },
};

static const struct choice results[] = {
    { "solved", L("已解决", "Solved") },
    { "partly", L("部分解决", "Partly solved") },
    { 0 },
};
struct confirm_form {
    struct has has;
    struct str result, who, channel, text;
};
static const struct field confirm_form[] = {
    FIELD(struct confirm_form, result, CHOICE, .label = L("企业认为", "The firm says"), .required = true, .choices = results),
    FIELD(struct confirm_form, who, TEXT, .label = L("企业确认人", "Who confirmed"), .max = 60),
    FIELD(struct confirm_form, channel, CHOICE, .label = L("方式", "By"), .choices = whistle_channels),
    FIELD(struct confirm_form, text, LONG_TEXT, .label = L("说明", "Remark"), .max = 1000),
    { 0 },
};

struct again_form {
    struct has has;
    struct str text;
    int64_t due_at;
};
static const struct field again_form[] = {
    FIELD(struct again_form, text, LONG_TEXT, .label = L("还差什么", "What is missing"), .required = true, .min = 2,
          .max = 1000),
    FIELD(struct again_form, due_at, TIME, .label = L("新的期限", "New date")),
    { 0 },
};

struct words_form {
    struct has has;
    struct str text;
};
static const struct field words_form[] = {
    FIELD(struct words_form, text, LONG_TEXT, .label = L("内容", "Text"), .required = true, .min = 2, .max = 1000),
    { 0 },
};

/* --- checks and effects --------------------------------------------------------------------------------------------------- */

static bool lies_ahead(struct tx *tx, struct moving *mv)
{
    const struct again_form *form = mv->form;
    if (form->due_at && form->due_at <= tx->now)
        fault_field(&tx->fault, (struct bad_field){ .field = S("due_at"), .bad = BAD_RULE, .label = L("新的期限", "New date"),
            .rule = L("必须晚于现在", "It must lie ahead") });
    return !tx_failed(tx);
}

static bool firm_known(struct tx *tx, struct moving *mv)
{
    const struct complete_form *form = mv->form;
    struct str name;
    int64_t area;
    if (form->firm_id && !db_one(tx, select_firm, IN(form->firm_id), OUT(&name, &area)))
        wrong_ref(tx, "firm_id", (struct label)L("企业", "firm"));
    return rule_check(tx, "categories", form->category, "category", (struct label)L("分类", "Category")) && !tx_failed(tx);
}

static void promise(struct tx *tx, struct moving *mv)
{
    db_one(tx, select_until, IN(mv->m.id), OUT(&mv->due_override));
}

static void complete(struct tx *tx, struct moving *mv)
{
    const struct complete_form *form = mv->form;
    db_run(tx, update_complete, IN(form->firm, REF0(form->firm_id), mv->m.id));
    if (form->promised.n)
        db_run(tx, update_body, IN(form->promised, mv->m.id));
    if (form->category.n)
        matter_set_category(tx, mv, form->category);
}

void whistle_phone_new_link(struct tx *tx, const struct matter *m)
{
    struct phone_row p;
    if (whistle_phone_get(tx, m->id, &p))
        db_run(tx, update_link, IN(whistle_link_next(tx, m, LINK_FIRM, p.link_round, "phone.link"), m->id));
}

static void kept(struct tx *tx, struct moving *mv)
{
    const struct kept_form *form = mv->form;
    mv->note = form->said;
    db_run(tx, update_answered, IN(mv->at, form->said, mv->m.id));
    whistle_phone_new_link(tx, &mv->m);
}

static void confirm(struct tx *tx, struct moving *mv)
{
    const struct confirm_form *form = mv->form;
    struct str who = form->who.n ? form->who : mv->who->name;
    struct str channel = mv->by_link ? S("link") : form->channel.n ? form->channel : S("phone");
    db_run(tx, update_confirmed, IN(form->result, who, channel, mv->at, mv->m.id));
}

static void again(struct tx *tx, struct moving *mv)
{
    const struct again_form *form = mv->form;
    ms until = form->due_at ? form->due_at
                            : limit_end(tx, rule_limit(tx, "phone.promise", mv->m.category, mv->m.urgency), tx->now, NULL);
    mv->due_override = until;
    db_run(tx, update_again, IN(until, mv->m.id));
}

static void relink(struct tx *tx, struct moving *mv)
{
    whistle_phone_new_link(tx, &mv->m);
}

/* --- states and moves ------------------------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct state states[] = {
    [PHONE_PROMISED]  = { "promised",  L("已承诺", "Promised"),                 PHASE_ACTIVE,  "phone.promise", LATE_SUPERVISE, NULL },
    [PHONE_ANSWERED]  = { "answered",  L("部门已办，待企业确认", "Waiting for the firm"), PHASE_WAITING, "phone.confirm", LATE_SUPERVISE, NULL },
    [PHONE_CONFIRMED] = { "confirmed", L("企业已确认", "Confirmed by the firm"), PHASE_DONE,    NULL, LATE_NONE, NULL },
    [PHONE_RAISED]    = { "raised",    L("已转吹哨", "Became a whistle"),        PHASE_DONE,    NULL, LATE_NONE, NULL },
    [PHONE_WITHDRAWN] = { "withdrawn", L("已撤回", "Withdrawn"),                PHASE_VOID,    NULL, LATE_NONE, NULL },
    { 0 },
};

#define FORM(table) table, sizeof(struct table)
static const struct move moves[] = {
    { "promise", PHONE_PROMISED, STATE_SAME, 0, L("对方承诺", "Promised"),
      NULL, 0, NULL, promise, MOVE_SYSTEM },
    { "complete", STATE_ANY_UNFINISHED, STATE_SAME, WHISTLE_CALLERS, L("补全", "Complete"),
      FORM(complete_form), firm_known, complete, 0 },
    { "kept", PHONE_PROMISED, PHONE_ANSWERED, WHISTLE_CALLERS, L("部门已办", "The department did it"),
      FORM(kept_form), NULL, kept, MOVE_PRIMARY },
    { "again", PHONE_PROMISED, STATE_SAME, WHISTLE_CALLERS, L("再次承诺", "Promised again"),
      FORM(again_form), lies_ahead, again, 0 },
    { "confirm", PHONE_ANSWERED, PHONE_CONFIRMED, WHISTLE_CALLERS, L("企业已确认", "The firm confirms"),
      FORM(confirm_form), NULL, confirm, MOVE_PRIMARY | MOVE_RECIPIENT },
    { "confirm", PHONE_PROMISED, PHONE_CONFIRMED, WHISTLE_CALLERS, L("企业已确认", "The firm confirms"),
      FORM(confirm_form), NULL, confirm, 0 },
    { "unsolved", PHONE_ANSWERED, PHONE_PROMISED, WHISTLE_CALLERS, L("企业称未解决", "The firm says: not solved"),
      FORM(again_form), lies_ahead, again, MOVE_RECIPIENT },
    { "raise", STATE_ANY_UNFINISHED, PHONE_RAISED, 0, L("转为吹哨", "Became a whistle"),
      NULL, 0, NULL, NULL, MOVE_SYSTEM },
    { "withdraw", STATE_ANY_UNFINISHED, PHONE_WITHDRAWN, WHISTLE_CALLERS, L("撤回", "Withdraw"),
      FORM(words_form), NULL, NULL, MOVE_DANGER },
    { "relink", PHONE_ANSWERED, STATE_SAME, WHISTLE_CALLERS, L("重发确认链接", "Make a new link"),
      NULL, 0, NULL, relink, 0 },
    { "note", STATE_ANY, STATE_SAME, R_STAFF, L("备注", "Note"),
      FORM(words_form), NULL, NULL, 0 },
    { 0 },
};
/* clang-format on */

const struct kind whistle_phone_kind = {
    .name = "phone", .prefix = "DH", .label = L("电话直达哨", "Phone whistle"), .total_clock = "phone.total",
    .states = states, .moves = moves, .show = whistle_phone_show,
};
