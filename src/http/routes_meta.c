/* routes_meta.c -- what changes seldom: kinds and their states, roles, channels, categories, rules. */
#include "http/http.h"

#include "engine/rule.h"

SQL(select_office, "select name from office limit 1");

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

const struct route meta_routes[] = {
    { GET, "/meta", SEES, .show = meta_show, .about = L("事项类型、状态、角色、渠道", "Kinds, states, roles, channels") },
    { GET, "/categories", SEES, .show = categories_show, .about = L("诉求分类", "Categories") },
    { GET, "/rules/{name}", SEES, .show = rule_show, .about = L("一套规则：版本、来源、条目", "A rule set: version, source, entries") },
    {0} };
