/* answer.c -- answering without an account. The link on a notice works once; each answer gives the next link while there is
 * something left to answer. Behind it stands the same move that an officer with an account performs. See whistle.h. */
#include "modules/whistle/whistle.h"

#include "engine/one_time.h"
#include "engine/rule.h"

#include <string.h>

int64_t whistle_link_next(struct tx *tx, const struct matter *m, const char *purpose, int64_t round, const char *limit)
{
    if (round)
        one_time_end(tx, purpose, m->id, round);
    ms until = limit_end(tx, rule_limit(tx, limit, m->category, m->urgency), tx->now, NULL);
    one_time_offer(tx, purpose, m->id, round + 1, until);
    return round + 1;
}

void whistle_link_show(struct tx *tx, struct json *j, const char *purpose, int64_t id, int64_t round)
{
    ms until = one_time_until(tx, purpose, id, round);
    if (until == 0)
        return;
    json_key_str(j, "link", arena_join(tx->arena, S("/a/"), one_time_token(tx, purpose, id, round)));
    json_key_time(j, "link_until", until);
}

/* --- what a link asks for -------------------------------------------------------------------------------------------- */

/* Actions that a link may offer; the rows of the move table decide which of them the present state has. */
static const char *const call_actions[] = { "report_in", "decline", "arrive", "finish", "agree_record", NULL };
static const char *const firm_actions[] = { "confirm", "unsolved", NULL };

static const char *purpose_of(struct tx *tx, struct str token)
{
    return one_time_genuine(tx, LINK_FIRM, token) ? LINK_FIRM : LINK_CALL;
}

static const char *const *actions_of(const struct matter *m)
{
    return m->kind == &whistle_phone_kind ? firm_actions : call_actions;
}

static void write_actions(struct json *j, const struct matter *m, enum lang lang)
{
    json_key_list(j, "actions");
    for (const char *const *verb = actions_of(m); *verb; verb++)
        if (kind_move(m->kind, m->state, str_of(*verb)))
            json_str(j, str_of(*verb));
    json_end(j);
    json_key_list(j, "moves");
    for (const char *const *verb = actions_of(m); *verb; verb++) {
        const struct move *move = kind_move(m->kind, m->state, str_of(*verb));
        if (!move)
            continue;
        json_obj(j);
        json_key_str(j, "verb", str_of(*verb));
        json_key_str(j, "label", label_in(move->label, lang));
        json_key_bool(j, "danger", move->flags & MOVE_DANGER);
        json_key_bool(j, "primary", move->flags & MOVE_PRIMARY);
        json_key(j, "fields");
        if (move->form) {
            field_describe(j, move->form, lang);
        } else {
            json_list(j);
            json_end(j);
        }
        json_end(j);
    }
    json_end(j);
}

static void write_bases(struct tx *tx, struct json *j, enum lang lang)
{
    const struct rule_set *list = rule_set(rules_of(tx), "duty_list");
    json_key_list(j, "bases");
    for (int i = 0; list && i < list->count; i++) {
        if (list->entries[i].parent.n == 0)
            continue;
        json_obj(j);
        json_key_str(j, "key", list->entries[i].key);
        json_key_str(j, "label", label_in(list->entries[i].label, lang));
        json_key_str(j, "group", list->entries[i].parent);
        json_end(j);
    }
    json_end(j);
}

static void write_notice(struct tx *tx, struct json *j, const struct matter *m, enum lang lang)
{
    struct call_row c;
    struct whistle_row w;
    struct matter whistle;
    if (!whistle_call_get(tx, m->id, &c) || !whistle_get(tx, c.whistle, &w) || !matter_get(tx, c.whistle, &whistle))
        return;
    const struct rule_entry *item = rule_entry(rule_set(rules_of(tx), "duty_list"), w.cannot_because);
    json_key_str(j, "whistle_number", matter_number(tx->arena, whistle.kind, whistle.opened_at, whistle.id));
    json_key_str(j, "type", w.type);
    json_key_str(j, "org_name", c.org_name);
    json_key_str(j, "lead_name", whistle_org_name(tx, w.lead));
    json_key_bool(j, "lead", c.lead);
    json_key_str(j, "cannot_because_label", item ? label_in(item->label, lang) : S(""));
    json_key_time(j, "called_at", c.called_at);
    json_key_time(j, "answered_at", c.answered_at);
    json_key_str(j, "ruling", c.ruling);
    whistle_record_show(tx, j, c.whistle);
    if (kind_move(m->kind, m->state, S("decline")))
        write_bases(tx, j, lang);
}

static void write_promise(struct tx *tx, struct json *j, const struct matter *m)
{
    struct phone_row p;
    if (!whistle_phone_get(tx, m->id, &p))
        return;
    json_key_str(j, "org_name", p.org_name);
    json_key_str(j, "firm", p.firm);
    json_key_str(j, "promised", p.promised);
    json_key_time(j, "promised_until", p.promised_until);
    json_key_str(j, "answer", p.answer);
    json_key_time(j, "answered_at", p.answered_at);
}

/* What stands on the notice, and nothing of who reported it. */
static void write_page(struct tx *tx, struct json *j, const struct matter *m, enum lang lang)
{
    const struct state *state = &m->kind->states[m->state];
    json_key_str(j, "kind", str_of(m->kind->name));
    json_key_str(j, "number", matter_number(tx->arena, m->kind, m->opened_at, m->id));
    json_key_str(j, "title", m->title);
    json_key_str(j, "text", m->text);
    json_key_str(j, "area_name", area_full_name(tx, m->place.area));
    json_key_str(j, "office", whistle_org_name(tx, whistle_office(tx, m->place)));
    json_key_str(j, "address", m->address);
    json_key_str(j, "state", str_of(state->name));
    json_key_str(j, "state_label", label_in(state->label, lang));
    json_key_str(j, "phase", str_of(phase_wire(m->phase)));
    json_key_time(j, "due_at", m->due_at);
    if (m->kind == &whistle_call_kind)
        write_notice(tx, j, m, lang);
    else
        write_promise(tx, j, m);
    write_actions(j, m, lang);
}

void whistle_answer_read(struct req *r)
{
    struct matter m;
    int64_t id;
    if (!one_time_look(r->tx, purpose_of(r->tx, r->part[0]), r->part[0], &id) || !matter_get(r->tx, id, &m))
        return;
    json_obj(&r->out);
    write_page(r->tx, &r->out, &m, r->lang);
    json_end(&r->out);
}

/* --- answering ------------------------------------------------------------------------------------------------------ */

static const struct choice actions[] = {
    { "report_in", L("报到", "Report in") },
    { "decline", L("提出异议", "Decline") },
    { "arrive", L("到场", "Arrive") },
    { "finish", L("办结", "Finish") },
    { "agree_record", L("确认联合处置记录", "Agree to the joint record") },
    { "confirm", L("确认", "Confirm") },
    { "unsolved", L("没有解决", "Not solved") },
    { 0 },
};
const struct field whistle_answer_form[] = {
    FIELD(struct answer_form, action, CHOICE, .label = L("办理", "Action"), .required = true, .choices = actions),
    FIELD(struct answer_form, name, TEXT, .label = L("姓名", "Name"), .required = true, .min = 2, .max = 40),
    FIELD(struct answer_form, phone, PHONE, .label = L("联系电话", "Telephone"), .required = true),
    FIELD(struct answer_form, text, LONG_TEXT, .label = L("说明", "Text"), .max = 2000),
    FIELD(struct answer_form, basis, RULE, .label = L("法定依据", "Legal basis"), .ref = "duty_list"),
    FIELD(struct answer_form, article, TEXT, .label = L("法律法规条款", "Law and article"), .max = 200),
    FIELD(struct answer_form, result, TEXT, .label = L("结果", "Result"), .max = 20),
    { 0 },
};

/* Which member of the answer fills a row of the move's own form. */
static struct str given(const struct answer_form *form, const char *row)
{
    static const struct { const char *row; size_t offset; } pairs[] = {
        { "name", offsetof(struct answer_form, name) },       { "who", offsetof(struct answer_form, name) },
        { "people", offsetof(struct answer_form, name) },     { "phone", offsetof(struct answer_form, phone) },
        { "text", offsetof(struct answer_form, text) },       { "reason", offsetof(struct answer_form, text) },
        { "said", offsetof(struct answer_form, text) },       { "basis", offsetof(struct answer_form, basis) },
        { "article", offsetof(struct answer_form, article) }, { "result", offsetof(struct answer_form, result) },
    };
    for (size_t i = 0; i < COUNT(pairs); i++)
        if (strcmp(row, pairs[i].row) == 0)
            return *(const struct str *)((const char *)form + pairs[i].offset);
    return S("");
}

static void *fill_form(struct req *r, const struct move *move)
{
    if (!move->form)
        return NULL;
    void *form = arena_alloc(r->arena, move->form_size);
    for (const struct field *row = move->form; row->name; row++) {
        struct str value = given(r->form, row->name);
        if (value.n)
            field_from_text(move->form, row, form, value, r->arena, &r->tx->fault);
    }
    field_require(move->form, form, S(""), r->arena, &r->tx->fault);
    return form;
}

struct answered {
    int64_t id;
    const char *purpose;
};

void whistle_answer_apply(struct req *r)
{
    const struct answer_form *form = r->form;
    struct answered *done = arena_new(r->arena, struct answered);
    struct matter m;
    done->purpose = purpose_of(r->tx, r->part[0]);
    r->state = done;
    if (!one_time_spend(r->tx, done->purpose, r->part[0], &done->id) || !matter_get(r->tx, done->id, &m))
        return;
    const struct move *move = kind_move(m.kind, m.state, form->action);
    if (!move || !(move->flags & MOVE_RECIPIENT)) {
        tx_refuse(r->tx, ERR_STATE);
        return;
    }
    struct call_row c;
    struct phone_row p;
    bool is_call = m.kind == &whistle_call_kind;
    struct str from = is_call ? (whistle_call_get(r->tx, m.id, &c) ? c.org_name : S(""))
                              : (whistle_phone_get(r->tx, m.id, &p) ? p.firm : S(""));
    struct who who = { .name = arena_format(r->arena, STR_FMT " " STR_FMT, STR_ARG(from), STR_ARG(form->name)),
        .channel = "link", .lang = r->lang };
    struct moving mv = { .who = &who, .by_link = true, .form = fill_form(r, move) };
    if (tx_failed(r->tx) || !matter_move(r->tx, m.id, move->verb, &mv))
        return;
    if (is_call && phase_unfinished(mv.m.phase))
        whistle_call_new_link(r->tx, &mv.m);
}

void whistle_answer_show(struct req *r)
{
    const struct answered *done = r->state;
    struct matter m;
    struct call_row c;
    if (!matter_get(r->tx, done->id, &m))
        return;
    json_obj(&r->out);
    write_page(r->tx, &r->out, &m, r->lang);
    if (m.kind == &whistle_call_kind && phase_unfinished(m.phase) && whistle_call_get(r->tx, m.id, &c))
        whistle_link_show(r->tx, &r->out, LINK_CALL, c.id, c.link_round);
    json_end(&r->out);
}
