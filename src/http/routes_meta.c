/* routes_meta.c -- what changes seldom: kinds and their states, roles, channels, categories, rules. */
#include "http/http.h"

#include "engine/rule.h"
#include "engine/rule_files.h"

SQL(select_office, "select name from office limit 1");
SQL(end_override, "update rule_override set ended_at = $1 where rule = $2 and entry = $3 and prop = $4 and ended_at is null");
SQL(insert_override, "insert into rule_override(id, rule, entry, prop, value, reason, at, account) values ($1, $2, $3, $4, $5, $6, $7, $8)");

enum { SEES = R_ANY | R(KIOSK) };

static void name_label(struct json *j, const char *name, struct label label, enum lang lang)
{
    json_obj(j);
    json_key_str(j, "name", str_of(name));
    json_key_str(j, "label", label_in(label, lang));
    json_end(j);
}

static void write_kind(struct json *j, const struct kind *kind, enum lang lang)
{
    json_obj(j);
    json_key_str(j, "name", str_of(kind->name));
    json_key_str(j, "label", label_in(kind->label, lang));
    json_key_str(j, "prefix", str_of(kind->prefix));
    json_key_list(j, "states");
    for (const struct state *state = kind->states; state->name; state++) {
        json_obj(j);
        json_key_str(j, "name", str_of(state->name));
        json_key_str(j, "label", label_in(state->label, lang));
        json_key_str(j, "phase", str_of(phase_wire(state->phase)));
        json_end(j);
    }
    json_end(j);
    json_key_list(j, "moves");
    for (const struct move *move = kind->moves; move->verb; move++) {
        bool again = false;
        for (const struct move *before = kind->moves; before < move; before++)
            again = again || str_is(str_of(before->verb), move->verb);
        if (!again)
            json_str(j, str_of(move->verb));
    }
    json_end(j);
    json_end(j);
}

static void write_rule_choices(struct tx *tx, struct json *j, const char *rule, enum lang lang)
{
    const struct rule_set *set = rule_set(rules_of(tx), rule);
    for (int i = 0; set && i < set->count; i++) {
        json_obj(j);
        json_key_str(j, "name", set->entries[i].key);
        json_key_str(j, "label", label_in(set->entries[i].label, lang));
        json_end(j);
    }
}

static void meta_show(struct req *r)
{
    static const struct choice urgencies[] = {
        { "normal", L("一般", "Normal") }, { "urgent", L("紧急", "Urgent") }, { "alarm", L("报警", "Alarm") }, {0} };
    struct json *j = &r->out;
    const struct engine *engine = engine_of(r->tx);
    struct str office = { 0 };
    db_one(r->tx, select_office, IN(), OUT(&office));
    json_obj(j);
    json_key_list(j, "kinds");
    for (const struct module *const *m = engine->modules; *m; m++)
        for (const struct kind *const *kind = (*m)->kinds; kind && *kind; kind++)
            write_kind(j, *kind, r->lang);
    json_end(j);
    json_key_list(j, "phases");
    for (int p = PHASE_OPEN; p <= PHASE_VOID; p++) {
        json_obj(j);
        json_key_str(j, "value", str_of(phase_wire((enum phase)p)));
        json_key_str(j, "label", label_in(phase_label((enum phase)p), r->lang));
        json_end(j);
    }
    json_end(j);
    json_key_list(j, "channels");
    write_rule_choices(r->tx, j, "channels", r->lang);
    json_end(j);
    json_key_list(j, "urgencies");
    for (const struct choice *u = urgencies; u->name; u++)
        name_label(j, u->name, u->label, r->lang);
    json_end(j);
    json_key_list(j, "roles");
    for (int i = 0; i < ROLE_COUNT; i++)
        name_label(j, role_wire((enum role)i), role_label((enum role)i), r->lang);
    json_end(j);
    json_key_list(j, "levels");
    for (int i = 0; i < LEVEL_COUNT; i++)
        name_label(j, level_wire((enum level)i), level_label((enum level)i), r->lang);
    json_end(j);
    json_key_bool(j, "demo", engine->demo);
    json_key_str(j, "office", office);
    json_key_str(j, "version", S(WUXING_VERSION));
    json_end(j);
}

static void write_props(struct json *j, const struct rule_entry *e)
{
    for (int i = 0; i < e->prop_count; i++) {
        const struct rule_prop *p = &e->props[i];
        json_key(j, p->name.p);
        if (str_is(p->value, "true") || str_is(p->value, "false"))
            json_bool(j, str_is(p->value, "true"));
        else
            json_str(j, p->value);
    }
}

static void categories_show(struct req *r)
{
    const struct rule_set *set = rule_set(rules_of(r->tx), "categories");
    struct json *j = &r->out;
    json_obj(j);
    json_key_list(j, "items");
    for (int i = 0; set && i < set->count; i++) {
        const struct rule_entry *e = &set->entries[i];
        struct str top = e->parent.n ? e->parent : e->key;
        json_obj(j);
        json_key_str(j, "code", e->key);
        json_key_str(j, "label", label_in(e->label, r->lang));
        json_key(j, "parent");
        if (e->parent.n)
            json_str(j, e->parent);
        else
            json_nil(j);
        json_key_str(j, "kind", rule_prop(e, "kind"));
        json_key_str(j, "group", top);
        json_end(j);
    }
    json_end(j);
    json_key_str(j, "version", set ? set->version : S(""));
    json_end(j);
}

static void rule_show(struct req *r)
{
    const struct rule_set *set = rule_set(rules_of(r->tx), arena_z(r->arena, r->part[0]));
    struct json *j = &r->out;
    if (!set) {
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
        return;
    }
    json_obj(j);
    json_key_str(j, "name", set->name);
    json_key_str(j, "label", label_in(set->label, r->lang));
    json_key_str(j, "version", set->version);
    json_key_str(j, "date", set->date);
    json_key_str(j, "source", set->source);
    json_key_bool(j, "assumption", set->assumption);
    json_key_list(j, "items");
    for (int i = 0; i < set->count; i++) {
        const struct rule_entry *e = &set->entries[i];
        json_obj(j);
        json_key_str(j, "key", e->key);
        json_key_str(j, "label", label_in(e->label, r->lang));
        json_key_str(j, "parent", e->parent);
        json_key_bool(j, "overridden", e->overridden);
        json_key_obj(j, "props");
        write_props(j, e);
        json_end(j);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

static void rules_show(struct req *r)
{
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (const struct rule_file *f = rule_files; f->name; f++) {
        const struct rule_set *set = rule_set(rules_of(r->tx), f->name);
        if (!set)
            continue;
        json_obj(&r->out);
        json_key_str(&r->out, "name", set->name);
        json_key_str(&r->out, "label", label_in(set->label, r->lang));
        json_key_str(&r->out, "version", set->version);
        json_key_str(&r->out, "date", set->date);
        json_key_bool(&r->out, "assumption", set->assumption);
        json_key_int(&r->out, "count", set->count);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

/* --- a street's own value, with a reason --------------------------------------------------------------------------------------- */

struct override_form { struct has has; struct str entry, prop, value, reason; };
static const struct field override_form[] = {
    FIELD(struct override_form, entry, TEXT, .label = L("条目", "Entry"), .required = true, .max = 100),
    FIELD(struct override_form, prop, TEXT, .label = L("项目", "Property"), .required = true, .max = 60),
    FIELD(struct override_form, value, TEXT, .label = L("数值", "Value"), .max = 200, .help = L("留空恢复原值",
          "Left empty, the rule's own value returns")),
    FIELD(struct override_form, reason, TEXT, .label = L("理由", "Reason"), .required = true, .min = 4,
          .max = 200), {0} };

static void refuse_override(struct tx *tx, const char *field, struct label label, struct label rule)
{
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_RULE, .label = label,
        .rule = rule });
}

/* Only a value that is there may be changed, and a number stays a number: what reads it expects one. */
static void override_prepare(struct req *r)
{
    const struct override_form *form = r->form;
    const struct rule_set *set = rule_set(rules_of(r->tx), arena_z(r->arena, r->part[0]));
    const struct rule_entry *entry = set ? rule_entry(set, form->entry) : NULL;
    struct str value = entry ? rule_prop(entry, arena_z(r->arena, form->prop)) : (struct str){ 0 };
    int64_t number;
    if (!set)
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
    else if (!entry)
        refuse_override(r->tx, "entry", override_form[0].label, (struct label)L("没有这个条目", "is no entry of this rule"));
    else if (!value.n)
        refuse_override(r->tx, "prop", override_form[1].label, (struct label)L("没有这个项目",
            "is no property of this entry"));
    else if (form->value.n && str_to_i64(value, &number) && !str_to_i64(form->value, &number))
        refuse_override(r->tx, "value", override_form[2].label, (struct label)L("应为整数", "must be a whole number"));
}

static void override_apply(struct req *r)
{
    const struct override_form *form = r->form;
    db_run(r->tx, end_override, IN(r->tx->now, r->part[0], form->entry, form->prop));
    if (form->value.n)
        db_run(r->tx, insert_override, IN(db_id(r->tx, "rule_override"), r->part[0], form->entry, form->prop,
            form->value, form->reason,
                                          r->tx->now, REF0(r->who->account)));
    audit(r->tx, r->who, "override", "rule", 0, arena_format(r->arena,
        STR_FMT " " STR_FMT " " STR_FMT " = " STR_FMT ": " STR_FMT, STR_ARG(r->part[0]),
          STR_ARG(form->entry), STR_ARG(form->prop), STR_ARG(form->value), STR_ARG(form->reason)));
}

static void override_show(struct req *r)
{
    if (rules_refresh(r->tx))
        rule_show(r);
}

const struct route meta_routes[] = {
    { GET, "/meta", SEES, .show = meta_show, .about = L("事项类型、状态、角色、渠道", "Kinds, states, roles, channels") },
    { GET, "/categories", SEES, .show = categories_show, .about = L("诉求分类", "Categories") },
    { GET, "/rules", SEES, .show = rules_show, .about = L("全部规则", "All rule sets") },
    { POST, "/rules/{name}", R(ADMIN) | R(LEADER), override_prepare, override_apply, override_show,
          override_form, sizeof(struct override_form),
      .flags = ROUTE_SECRET_ANSWER, .about = L("街道自定数值，须说明理由", "A street's own value, with a reason") },
    { GET, "/rules/{name}", SEES, .show = rule_show, .about = L("一套规则：版本、来源、条目",
          "A rule set: version, source, entries") },
    {0} };
