/* mirror.c -- orders of 12345, the city grid or another platform: what we asked, what they answered, and our
 * reply copied out in the order of their form. Their three rates are kept beside ours and never mixed with
 * them. */
#include "modules/report/report.h"

SQL(select_is_mirror, "select 1 from mirror where matter = $1");
SQL(update_rates, "update report set up_responded = $1, up_resolved = $2, up_satisfied = $3, up_at = $4"
                  " where id = $5");
SQL(select_taken, "select max(at) from history where matter = $1 and verb = 'take'");
SQL(select_name, "select name from account where id = $1");

static const struct choice verbs[] = {
    { "return", L("退单", "Return") }, { "extend", L("延期", "Extension") }, { "suspend", L("挂账", "Suspension") },
    { "close", L("办结", "Closing") }, { 0 } };
const struct field report_answer_form[] = {
    FIELD(struct answer_form, verb, CHOICE, .label = L("所答复的申请", "The request answered"), .choices = verbs),
    FIELD(struct answer_form, accepted, BOOL, .label = L("上级同意", "Accepted")),
    FIELD(struct answer_form, answer, LONG_TEXT, .label = L("上级答复原文", "The upstream's words"), .max = 1000),
    FIELD(struct answer_form, until, TIME, .label = L("上级新时限", "The upstream's new limit")),
    FIELD(struct answer_form, state, TEXT, .label = L("上级状态", "State upstream"), .max = 40),
    FIELD(struct answer_form, up_responded, BOOL, .label = L("上级回访：响应", "Upstream's call-back: responded")),
    FIELD(struct answer_form, up_resolved, BOOL, .label = L("上级回访：解决", "Upstream's call-back: resolved")),
    FIELD(struct answer_form, up_satisfied, BOOL,
          .label = L("上级回访：满意", "Upstream's call-back: satisfied")), { 0 } };

bool report_is_mirror(struct tx *tx, int64_t id)
{
    int64_t one = 0;
    return db_one(tx, select_is_mirror, IN(id), OUT(&one));
}

static bool given(const struct answer_form *f, const char *name)
{
    return field_has(report_answer_form, f, name);
}

bool report_answer_ok(struct tx *tx, struct moving *mv)
{
    const struct answer_form *f = mv->form;
    struct mirror_request waiting;
    bool rates = f && (given(f, "up_responded") || given(f, "up_resolved") || given(f, "up_satisfied"));
    if (!report_is_mirror(tx, mv->m.id))
        tx_refuse(tx, ERR_STATE, "此件不是上级派单", "This is no upstream order");
    else if (!f || (!given(f, "accepted") && !rates && !f->state.n && !f->until))
        fault_field(&tx->fault, (struct bad_field){ .field = S("accepted"),
                                                    .bad = BAD_MISSING,
                                                    .label = L("上级同意", "Accepted") });
    else if (given(f, "accepted") && !mirror_waiting(tx, mv->m.id, f->verb, &waiting))
        tx_refuse(tx, ERR_STATE, "没有等待上级答复的申请", "No request waits for the upstream's answer");
    return !tx_failed(tx);
}

static void answer_request(struct tx *tx, struct moving *mv, struct answer_form *f)
{
    struct mirror_request waiting;
    if (!mirror_waiting(tx, mv->m.id, f->verb, &waiting))
        return;
    f->verb = waiting.verb;                    /* what was answered: the subscription goes on from it */
    mirror_answered(tx, waiting.id, f->accepted, f->answer, mv->at);
    ms until = f->until ? f->until : waiting.until;
    if (f->accepted && str_is(waiting.verb, "extend") && mv->m.state == REPORT_HANDLING && until)
        report_due(tx, mv, until);
    mirror_set_state(tx, mv->m.id, f->state, f->accepted ? until : f->until);
}

void report_answer(struct tx *tx, struct moving *mv)
{
    struct answer_form *f = mv->form;
    if (!mv->note.n)
        mv->note = f->answer;
    if (given(f, "accepted"))
        answer_request(tx, mv, f);
    else
        mirror_set_state(tx, mv->m.id, f->state, f->until);
    if (given(f, "up_responded") || given(f, "up_resolved") || given(f, "up_satisfied"))
        db_run(tx, update_rates, IN(f->up_responded, f->up_resolved, f->up_satisfied, mv->at, mv->m.id));
}

static void go_on(struct tx *tx, int64_t id, const char *verb, struct str note)
{
    struct reason_form reason = { .reason = note.n ? note : S("上级平台答复") };
    struct moving mv = { .who = &who_system, .note = reason.reason };
    if (str_is(str_of(verb), "redo"))
        mv.form = &reason;
    matter_move(tx, id, verb, &mv);
}

void report_after_answer(struct tx *tx, const struct matter *m, const struct moving *mv)
{
    const struct answer_form *f = mv->form;
    if (!str_is(str_of(mv->move->verb), "mirror_answer") || !f || !given(f, "accepted"))
        return;
    if (str_is(f->verb, "return") && m->state == REPORT_RETURNED)
        go_on(tx, m->id, f->accepted ? "upstream_return" : "upstream_no_return", f->answer);
    else if (str_is(f->verb, "suspend") && f->accepted && m->state == REPORT_HANDLING)
        go_on(tx, m->id, "upstream_suspend", f->answer);
    else if (str_is(f->verb, "close") && m->state == REPORT_RESOLVED)
        go_on(tx, m->id, f->accepted ? "close" : "redo", f->answer);
}

/* --- our reply in the order of their form ------------------------------------------------------- */

static struct str local_time(struct arena *a, ms at)
{
    struct civil c = civil_of(at);
    return at ? arena_format(a, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute) : S("");
}

static struct str result_label(struct str name)
{
    const struct field *row = field_find(report_resolve_form, S("result"));
    for (const struct choice *c = row->choices; c->name; c++)
        if (str_is(name, c->name))
            return str_of(c->label.zh);
    return S("");
}

static struct str copy_value(struct tx *tx, const struct matter *m, const struct report_row *r,
                             struct str field)
{
    struct org org;
    struct str name = { 0 };
    ms at = 0;
    if (str_is(field, "unit"))
        return org_get(tx, m->owner_org, &org) ? org.name : S("");
    if (str_is(field, "contacted_at"))
        return local_time(tx->arena, r->contacted_at);
    if (str_is(field, "taken_at"))
        return db_one(tx, select_taken, IN(m->id), OUT(&at)) ? local_time(tx->arena, at) : S("");
    if (str_is(field, "result"))
        return result_label(r->result);
    if (str_is(field, "reply"))
        return report_latest_reply(tx, m->id);
    if (str_is(field, "resolved_at"))
        return local_time(tx->arena, r->done_at);
    if (str_is(field, "handler") && r->resolver)
        db_one(tx, select_name, IN(r->resolver), OUT(&name));
    return name;
}

void report_copy_show(struct req *r)
{
    struct tx *tx = r->tx;
    struct matter m;
    struct report_row row;
    struct mirror mirror;
    if (!matter_see(tx, r->who, r->id, &m) || m.kind != &report_kind || !report_get(tx, m.id, &row)) {
        tx_refuse(tx, ERR_NOT_FOUND);
        return;
    }
    struct str upstream = mirror_get(tx, m.id, &mirror) ? mirror.upstream : S("other");
    const struct rule_set *set = rule_set(rules_of(tx), "upstreams");
    struct buf text = buf_in(r->arena);
    json_obj(&r->out);
    json_key_str(&r->out, "upstream", upstream);
    json_key_list(&r->out, "fields");
    for (int i = 0; set && i < set->count; i++) {
        const struct rule_entry *entry = &set->entries[i];
        if (!str_eq(entry->parent, upstream) || !str_is(rule_prop(entry, "kind"), "out"))
            continue;
        struct str value = copy_value(tx, &m, &row, rule_prop(entry, "field"));
        json_obj(&r->out);
        json_key_str(&r->out, "label", str_of(entry->label.zh));       /* their form is in Chinese */
        json_key_str(&r->out, "value", value);
        json_end(&r->out);
        buf_put(&text, str_of(entry->label.zh));
        buf_put(&text, S("："));
        buf_put(&text, value);
        buf_char(&text, '\n');
    }
    json_end(&r->out);
    json_key_str(&r->out, "text", buf_str(&text));
    json_end(&r->out);
}
