/* rule.c -- reads the files of rules/ (embedded) into immutable sets; see rule.h. One set per file: a head of scalars and a list
 * `entries` of flat maps. Anything else in a file is a mistake of ours and stops the start, naming file and line. */
#include "engine/rule.h"
#include "engine/rule_files.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

SQL(select_overrides, "select rule, entry, prop, value from rule_override where ended_at is null order by id");

enum { SETS_MAX = 64, PROPS_MAX = 32 };

struct rules {
    struct rules *older;                      /* kept: readers may still hold its texts; overrides are a handful a year */
    struct arena arena;
    struct rule_set sets[SETS_MAX];
    int count;
};

/* --- reading one file --------------------------------------------------------------------------------------------- */

struct reader {
    yaml_parser_t yaml;
    yaml_event_t event;
    struct arena *arena;
    const char *file;
    struct fault *fault;
};

static void refuse_file(struct reader *r, const char *why)
{
    struct str text = arena_format(r->arena, "%s, line %zu: %s", r->file, r->event.start_mark.line + 1, why);
    fault_set(r->fault, ERR_INTERNAL, text.p, text.p);
}

static yaml_event_type_t next(struct reader *r)
{
    yaml_event_delete(&r->event);
    if (r->fault->code != ERR_OK)
        return YAML_NO_EVENT;
    if (!yaml_parser_parse(&r->yaml, &r->event)) {
        refuse_file(r, r->yaml.problem ? r->yaml.problem : "not YAML");
        return YAML_NO_EVENT;
    }
    return r->event.type;
}

static struct str scalar(struct reader *r)
{
    if (r->event.type != YAML_SCALAR_EVENT) {
        refuse_file(r, "a plain value is expected here");
        return S("");
    }
    return arena_copy(r->arena, (struct str){ (const char *)r->event.data.scalar.value, r->event.data.scalar.length });
}

static void read_entry(struct reader *r, struct rule_entry *entry)
{
    struct rule_prop props[PROPS_MAX];
    int count = 0;
    while (next(r) == YAML_SCALAR_EVENT) {
        struct str name = scalar(r);
        next(r);
        struct str value = scalar(r);
        if (str_is(name, "key"))
            entry->key = value;
        else if (str_is(name, "zh"))
            entry->label.zh = value.p;
        else if (str_is(name, "en"))
            entry->label.en = value.p;
        else if (str_is(name, "parent"))
            entry->parent = value;
        else if (count < PROPS_MAX)
            props[count++] = (struct rule_prop){ name, value };
        else
            refuse_file(r, "an entry has too many properties");
    }
    if (r->fault->code == ERR_OK && (entry->key.n == 0 || !entry->label.zh || !entry->label.en))
        refuse_file(r, "an entry needs key, zh and en");
    struct rule_prop *kept = arena_array(r->arena, struct rule_prop, (size_t)count + 1);
    memcpy(kept, props, sizeof *props * (size_t)count);
    entry->props = kept;
    entry->prop_count = count;
}

static void read_entries(struct reader *r, struct rule_set *set)
{
    int room = 64;
    struct rule_entry *entries = arena_array(r->arena, struct rule_entry, (size_t)room);
    if (r->event.type != YAML_SEQUENCE_START_EVENT)
        refuse_file(r, "entries must be a list");
    while (next(r) == YAML_MAPPING_START_EVENT) {
        if (set->count == room) {
            struct rule_entry *more = arena_array(r->arena, struct rule_entry, (size_t)room * 2);
            memcpy(more, entries, sizeof *entries * (size_t)room);
            entries = more;
            room *= 2;
        }
        read_entry(r, &entries[set->count++]);
    }
    set->entries = entries;
}

static void read_set(struct reader *r, struct rule_set *set)
{
    while (next(r) != YAML_MAPPING_START_EVENT)
        if (r->fault->code != ERR_OK || r->event.type == YAML_STREAM_END_EVENT)
            return;
    while (next(r) == YAML_SCALAR_EVENT) {
        struct str name = scalar(r);
        next(r);
        if (str_is(name, "entries")) {
            read_entries(r, set);
            continue;
        }
        struct str value = scalar(r);
        if (str_is(name, "name"))
            set->name = value;
        else if (str_is(name, "version"))
            set->version = value;
        else if (str_is(name, "date"))
            set->date = value;
        else if (str_is(name, "source"))
            set->source = value;
        else if (str_is(name, "assumption"))
            set->assumption = str_is(value, "true");
        else if (str_is(name, "zh"))
            set->label.zh = value.p;
        else if (str_is(name, "en"))
            set->label.en = value.p;
        else
            refuse_file(r, "unknown head of a rule file");
    }
    if (r->fault->code == ERR_OK && (!set->name.n || !set->version.n || !set->source.n || !set->label.zh || !set->label.en))
        refuse_file(r, "a rule file needs name, version, date, source, zh, en and entries");
}

static void index_set(struct arena *a, struct rule_set *set, struct fault *fault)
{
    uint32_t size = 16;
    while (size < (uint32_t)set->count * 2)
        size *= 2;
    uint32_t *slots = arena_array(a, uint32_t, size);
    set->slots = slots;
    set->slot_mask = size - 1;
    for (int i = 0; i < set->count; i++) {
        if (rule_entry(set, set->entries[i].key)) {
            struct str text = arena_format(a, "rules/%s: key %s stands twice", set->name.p, set->entries[i].key.p);
            fault_set(fault, ERR_INTERNAL, text.p, text.p);
            return;
        }
        uint32_t at = (uint32_t)str_hash(set->entries[i].key) & set->slot_mask;
        while (slots[at])
            at = (at + 1) & set->slot_mask;
        slots[at] = (uint32_t)i + 1;
    }
}

bool rule_set_read(struct arena *a, const char *file, const char *text, struct rule_set *ret_set, struct fault *fault)
{
    struct reader r = { .arena = a, .file = file, .fault = fault };
    struct rule_set set = { 0 };
    yaml_parser_initialize(&r.yaml);
    yaml_parser_set_input_string(&r.yaml, (const unsigned char *)text, strlen(text));
    read_set(&r, &set);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.yaml);
    if (fault->code == ERR_OK)
        index_set(a, &set, fault);
    if (fault->code != ERR_OK)
        return false;
    *ret_set = set;
    return true;
}

struct rules *rules_load(struct fault *fault)
{
    struct rules *rules = calloc(1, sizeof *rules);
    if (!rules)
        abort();
    arena_init(&rules->arena, 0);
    for (const struct rule_file *f = rule_files; f->name && fault->code == ERR_OK; f++) {
        assert(rules->count < SETS_MAX);
        const char *file = arena_format(&rules->arena, "rules/%s", f->name).p;
        if (rule_set_read(&rules->arena, file, f->text, &rules->sets[rules->count], fault))
            rules->count++;
    }
    if (fault->code == ERR_OK)
        return rules;
    free(rules);                              /* the arena keeps the fault's text: the process stops anyway */
    return NULL;
}

/* --- looking up ---------------------------------------------------------------------------------------------------- */

struct rules *rules_of(const struct tx *tx)
{
    return atomic_load(&engine_of(tx)->rules);
}

const struct rule_set *rule_set(const struct rules *rules, const char *name)
{
    struct str wanted = str_of(name);
    for (int i = 0; i < rules->count; i++)
        if (str_eq(rules->sets[i].name, wanted))
            return &rules->sets[i];
    return NULL;
}

const struct rule_entry *rule_entry(const struct rule_set *set, struct str key)
{
    if (!set || !set->slots)
        return NULL;
    for (uint32_t at = (uint32_t)str_hash(key) & set->slot_mask; set->slots[at]; at = (at + 1) & set->slot_mask)
        if (str_eq(set->entries[set->slots[at] - 1].key, key))
            return &set->entries[set->slots[at] - 1];
    return NULL;
}

struct str rule_prop(const struct rule_entry *entry, const char *name)
{
    for (int i = 0; entry && i < entry->prop_count; i++)
        if (str_is(entry->props[i].name, name))
            return entry->props[i].value;
    return S("");
}

int64_t rule_int(const struct rule_entry *entry, const char *name, int64_t otherwise)
{
    int64_t value;
    return str_to_i64(rule_prop(entry, name), &value) ? value : otherwise;
}

bool rule_check(struct tx *tx, const char *rule, struct str key, const char *field, struct label label)
{
    const struct rule_set *set = rule_set(rules_of(tx), rule);
    if (key.n == 0 || (set && rule_entry(set, key)))
        return true;
    struct bad_field bad = { .field = str_of(field), .bad = BAD_REF, .label = label, .arg = str_of(set ? set->label.zh : rule) };
    fault_field(&tx->fault, bad);
    return false;
}

/* --- overrides ------------------------------------------------------------------------------------------------------ */

static void override(struct rules *rules, struct str rule, struct str key, struct str prop, struct str value)
{
    for (int i = 0; i < rules->count; i++) {
        struct rule_set *set = &rules->sets[i];
        if (!str_eq(set->name, rule))
            continue;
        struct rule_entry *entry = (struct rule_entry *)rule_entry(set, key);
        if (!entry)
            return;
        struct rule_prop *props = arena_array(&rules->arena, struct rule_prop, (size_t)entry->prop_count + 1);
        int n = 0;
        for (int p = 0; p < entry->prop_count; p++)
            if (!str_eq(entry->props[p].name, prop))
                props[n++] = entry->props[p];
        props[n++] = (struct rule_prop){ arena_copy(&rules->arena, prop), arena_copy(&rules->arena, value) };
        entry->props = props;
        entry->prop_count = n;
        entry->overridden = true;
    }
}

bool rules_refresh(struct tx *tx)
{
    struct rules *rules = rules_load(&tx->fault);
    if (!rules)
        return false;
    struct str rule, key, prop, value;
    struct rows rows = db_get(tx, select_overrides, IN());
    while (db_row(&rows, OUT(&rule, &key, &prop, &value)))
        override(rules, rule, key, prop, value);
    if (tx_failed(tx)) {
        rules_free(rules);
        return false;
    }
    rules->older = rules_of(tx);
    atomic_store(&engine_of(tx)->rules, rules);
    return true;
}

void rules_free(struct rules *rules)
{
    while (rules) {
        struct rules *older = rules->older;
        arena_free(&rules->arena);
        free(rules);
        rules = older;
    }
}
