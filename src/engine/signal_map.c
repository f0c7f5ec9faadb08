/* signal_map.c -- see signal_map.h. Entries are read from the present rules at each message, so that an override holds at
 * once; a message concerns few of them, found by topic or vendor first. */
#include "engine/signal_map.h"

#include "engine/motion.h"
#include "engine/rule.h"

#define json_null jansson_null              /* base/json.h has that name */
#include <jansson.h>
#undef json_null
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 1 << 20 };

struct memory { uint64_t key, value; };
struct signal_map {
    struct engine *engine;
    struct arena arena;
    struct rule_set own;
    pthread_mutex_t lock;
    struct memory *memory;
};
struct message {                       /* the one under way */
    struct signal_map *map;
    struct arena *arena;
    json_t *root;                      /* NULL: it is no JSON */
    struct str text;
    bool again;
    struct mapped *out;
};

/* --- values of a message ------------------------------------------------------------------------------------------------ */

static struct str text_of(struct arena *a, const json_t *v)
{
    char number[40];
    if (json_is_string(v))
        return arena_copy(a, (struct str){ json_string_value(v), json_string_length(v) });
    if (json_is_integer(v))
        return arena_format(a, "%lld", (long long)json_integer_value(v));
    if (json_is_boolean(v))
        return json_is_true(v) ? S("true") : S("false");
    if (!json_is_real(v))
        return S("");
    snprintf(number, sizeof number, "%.10g", json_real_value(v));
    return arena_copy(a, str_of(number));
}

static const json_t *step(const json_t *at, struct str name)
{
    int64_t index;
    if (json_is_array(at) && str_to_i64(name, &index) && index >= 0)
        return json_array_get(at, (size_t)index);
    char key[80];
    if (!json_is_object(at) || name.n >= sizeof key)
        return NULL;
    memcpy(key, name.p, name.n);
    key[name.n] = 0;
    return json_object_get(at, key);
}

/* "a.b.0@45:2" */
static struct str value_at(const struct message *m, struct str path)
{
    size_t cut = str_find(path, S("@"));
    struct str names = str_head(path, cut), slice = str_from(path, cut + 1), name, from;
    const json_t *at = m->root;
    int64_t offset, length;
    if (path.n == 0)
        return str_trim(m->text);
    while (at && str_cut(&names, '.', &name))
        at = step(at, name);
    struct str text = at ? str_trim(text_of(m->arena, at)) : S("");
    if (cut < path.n && str_cut(&slice, ':', &from) && str_to_i64(from, &offset) && str_to_i64(slice, &length))
        return offset >= 0 && length > 0 && (size_t)(offset + length) <= text.n ? str_head(str_from(text, (size_t)offset), (size_t)length)
                                                                                : S("");
    return text;
}

static bool pair_cut(struct str *rest, char between, struct str *ret_left, struct str *ret_right)
{
    struct str pair;
    if (rest->n == 0 || !str_cut(rest, '|', &pair))
        return false;
    size_t at = str_find(pair, between == '=' ? S("=") : S(":"));
    *ret_left = str_head(pair, at);
    *ret_right = str_from(pair, at + 1);
    return true;
}

static bool within(struct str range, struct str value)
{
    size_t dots = str_find(range, S(".."));
    int64_t low, high, number;
    return dots < range.n && str_to_i64(str_head(range, dots), &low) && str_to_i64(str_from(range, dots + 2), &high) &&
           str_to_i64(value, &number) && number >= low && number <= high;
}

static struct str kind_of(struct str values, struct str value)
{
    struct str wanted, kind;
    while (pair_cut(&values, '=', &wanted, &kind))
        if (str_is(wanted, "*") || str_eq(wanted, value) || within(wanted, value))
            return kind;
    return S("");
}

static bool holds(const struct message *m, struct str conditions)
{
    struct str path, wanted;
    while (pair_cut(&conditions, '=', &path, &wanted))
        if (!str_eq(value_at(m, path), wanted))
            return false;
    return true;
}

/* RFC 3339, 20200520T021156Z, or Unix seconds or milliseconds; 0 when it is none. */
static ms time_of(struct arena *a, struct str text)
{
    int64_t number;
    ms at = 0;
    if (text.n >= 9 && str_to_i64(text, &number) && number > 0)
        return number > 100000000000 ? number : number * 1000;
    if (text.n == 16 && text.p[8] == 'T' && text.p[15] == 'Z')
        text = arena_format(a, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text.p, text.p + 4, text.p + 6, text.p + 9, text.p + 11, text.p + 13);
    return ms_from_rfc3339(text, &at) ? at : 0;
}

static struct str data_of(const struct message *m, struct str wanted, enum signal_class class)
{
    struct json j = json_in(m->arena);
    struct str name, path;
    bool any = false;
    json_obj(&j);
    while (pair_cut(&wanted, ':', &name, &path)) {
        struct str value = value_at(m, path);
        bool place = str_is(name, "lat") || str_is(name, "lon");       /* where somebody is, only while he needs help */
        if (value.n == 0 || value.n > 400 || name.n > 40 || (place && class != SIGNAL_ALARM))
            continue;
        json_key_str(&j, arena_z(m->arena, name), value);
        any = true;
    }
    json_end(&j);
    return any ? json_done(&j) : S("");
}

/* --- what is remembered ------------------------------------------------------------------------------------------------- */

/* True when the value is another one than before; a slot that is taken by another pair is taken over. */
static bool changed(struct signal_map *map, struct str entry, struct str account, struct str value, enum signal_class class)
{
    uint64_t key = str_hash(entry) * 31 + str_hash(account), now = str_hash(value) | 1;
    struct memory *slot = &map->memory[(key ^ key >> 32) % MAP_MEMORY];
    pthread_mutex_lock(&map->lock);
    bool known = slot->key == key && slot->value;
    bool differs = known ? slot->value != now : class != SIGNAL_END;
    *slot = (struct memory){ key, now };
    pthread_mutex_unlock(&map->lock);
    return differs;
}

/* --- entries ------------------------------------------------------------------------------------------------------------ */

static void take_entry(struct message *m, const struct rule_entry *e, struct str account)
{
    struct engine *engine = m->map->engine;
    struct str path = rule_prop(e, "account");
    account = path.n ? value_at(m, path) : account;
    struct str value = value_at(m, rule_prop(e, "path")), kind = kind_of(rule_prop(e, "values"), value);
    enum signal_class class = signal_class(engine, kind);
    if (value.n == 0 || account.n == 0 || account.n > 100 || !holds(m, rule_prop(e, "where")))
        return;
    m->out->understood |= kind.n > 0;
    bool only_changes = str_is(rule_prop(e, "change"), "true");
    bool new = !only_changes || changed(m->map, e->key, account, value, class) || (m->again && class != SIGNAL_END);
    if (class == SIGNAL_UNKNOWN || !new || m->out->count == MAPPED_MAX)
        return;
    struct signal_in *s = &m->out->list[m->out->count++];
    *s = (struct signal_in){ .account = account, .kind = kind, .raw = m->text, .data = data_of(m, rule_prop(e, "data"), class) };
    s->sequence = rule_prop(e, "sequence").n ? value_at(m, rule_prop(e, "sequence")) : S("");
    s->device_at = rule_prop(e, "at").n ? time_of(m->arena, value_at(m, rule_prop(e, "at"))) : 0;
}

/* A heartbeat beside a signal of the same device says nothing more. */
static void drop_idle_heartbeats(const struct engine *engine, struct mapped *out)
{
    int kept = 0;
    for (int i = 0; i < out->count; i++) {
        bool idle = signal_class(engine, out->list[i].kind) == SIGNAL_HEARTBEAT && (kept > 0 || i + 1 < out->count);
        if (!idle)
            out->list[kept++] = out->list[i];
    }
    out->count = kept;
}

static bool topic_fits(struct str pattern, struct str topic, struct str *ret_account)
{
    struct str want, got;
    while (str_cut(&pattern, '/', &want)) {
        if (str_is(want, "#"))
            return true;
        if (!str_cut(&topic, '/', &got))
            return false;
        if (str_is(want, "{account}"))
            *ret_account = got;
        else if (!str_is(want, "+") && !str_eq(want, got))
            return false;
    }
    return !str_cut(&topic, '/', &got);
}

typedef bool entry_fits(const struct rule_entry *, const void *arg, struct str *ret_account);
static bool fits_topic(const struct rule_entry *e, const void *arg, struct str *ret_account)
{
    return str_is(rule_prop(e, "via"), "mqtt") && topic_fits(rule_prop(e, "topic"), *(const struct str *)arg, ret_account);
}

static bool fits_vendor(const struct rule_entry *e, const void *arg, struct str *ret_account)
{
    (void)ret_account;
    return str_is(rule_prop(e, "via"), "http") && str_eq(rule_prop(e, "vendor"), *(const struct str *)arg);
}

static void take_message(struct signal_map *map, struct arena *a, struct str text, bool again, entry_fits *fits, const void *arg,
                         struct mapped *out)
{
    const struct rule_set *sets[] = { &map->own, rule_set(atomic_load(&map->engine->rules), "signal_map") };
    struct message m = { .map = map, .arena = a, .text = text, .again = again, .out = out };
    *out = (struct mapped){ 0 };
    if (text.n == 0 || text.n > SIGNAL_RAW_BYTES_MAX)
        return;
    m.root = json_loadb(text.p, text.n, 0, NULL);
    for (size_t s = 0; s < COUNT(sets); s++)
        for (int i = 0; sets[s] && i < sets[s]->count; i++) {
            struct str account = S("");
            if (fits(&sets[s]->entries[i], arg, &account))
                take_entry(&m, &sets[s]->entries[i], account);
        }
    json_decref(m.root);
    drop_idle_heartbeats(map->engine, out);
}

void signal_map_topic(struct signal_map *map, struct arena *a, struct str topic, struct str message, bool again, struct mapped *out)
{
    take_message(map, a, message, again, fits_topic, &topic, out);
}

void signal_map_push(struct signal_map *map, struct arena *a, struct str vendor, struct str message, bool again, struct mapped *out)
{
    *out = (struct mapped){ 0 };
    if (vendor.n)
        take_message(map, a, message, again, fits_vendor, &vendor, out);
}

static void add_filter(struct arena *a, struct str pattern, struct str *list, int *count)
{
    size_t at = str_find(pattern, S("{account}"));
    struct str filter = at < pattern.n ? arena_join(a, arena_join(a, str_head(pattern, at), S("+")), str_from(pattern, at + 9)) : pattern;
    for (int i = 0; i < *count; i++)
        if (str_eq(list[i], filter))
            return;
    if (filter.n && *count < MAP_FILTERS_MAX)
        list[(*count)++] = filter;
}

int signal_map_filters(struct signal_map *map, struct arena *a, struct str ret_filters[MAP_FILTERS_MAX])
{
    const struct rule_set *sets[] = { &map->own, rule_set(atomic_load(&map->engine->rules), "signal_map") };
    int count = 0;
    for (size_t s = 0; s < COUNT(sets); s++)
        for (int i = 0; sets[s] && i < sets[s]->count; i++)
            if (str_is(rule_prop(&sets[s]->entries[i], "via"), "mqtt"))
                add_filter(a, arena_copy(a, rule_prop(&sets[s]->entries[i], "topic")), ret_filters, &count);
    return count;
}

/* --- our own JSON --------------------------------------------------------------------------------------------------------- */

static void wrong(struct fault *fault, const char *field, struct label label, struct label rule)
{
    fault_field(fault, (struct bad_field){ .field = str_of(field), .bad = BAD_RULE, .label = label, .rule = rule });
}

static void read_members(const struct engine *e, struct arena *a, json_t *root, struct signal_in *s, struct fault *fault)
{
    char *data = json_is_object(json_object_get(root, "data")) ? json_dumps(json_object_get(root, "data"), JSON_COMPACT | JSON_SORT_KEYS)
                                                               : NULL;
    struct str at = text_of(a, json_object_get(root, "at"));
    s->kind = text_of(a, json_object_get(root, "type"));
    s->sequence = text_of(a, json_object_get(root, "seq"));
    s->data = data ? arena_copy(a, str_of(data)) : S("");
    free(data);
    enum signal_class class = signal_class(e, s->kind);
    if (class == SIGNAL_UNKNOWN)
        wrong(fault, "type", (struct label)L("类型", "Type"), (struct label)L("不是已知的信号类型", "is no known kind of signal"));
    if (at.n && !ms_from_rfc3339(at, &s->device_at))
        wrong(fault, "at", (struct label)L("时间", "Time"), (struct label)L("应为带时区的时间", "must be a time with its offset"));
    if (s->sequence.n == 0 && at.n)
        s->sequence = arena_format(a, "at %lld " STR_FMT, (long long)s->device_at, STR_ARG(s->kind));
    if (s->sequence.n == 0 && class != SIGNAL_HEARTBEAT)
        wrong(fault, "seq", (struct label)L("序号", "Sequence"), (struct label)L("请给出 seq 或 at", "give seq or at"));
}

/* What is kept of samples is the fall. */
static void read_motion(const struct engine *e, struct arena *a, struct str device, struct str message, struct signal_in *s,
                        struct fault *fault)
{
    if (motion_take(e->motion, a, device, message, e->clock->now(e->clock), s, fault) != 1)
        s->kind = S("heartbeat");
    s->raw = S("");
}

bool signal_read(const struct engine *e, struct arena *a, struct str device, struct str message, struct signal_in *s,
                 struct fault *fault)
{
    json_t *root = message.n <= SIGNAL_RAW_BYTES_MAX ? json_loadb(message.p ? message.p : "", message.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    s->raw = message;
    if (json_object_get(root, "samples"))
        read_motion(e, a, device, message, s, fault);
    else if (json_is_object(root))
        read_members(e, a, root, s, fault);
    else
        fault_set(fault, ERR_MALFORMED, 0);
    json_decref(root);
    return fault->code == ERR_OK;
}

/* --- life ------------------------------------------------------------------------------------------------------------------ */

static bool read_file(struct signal_map *map, const char *path, struct fault *fault)
{
    FILE *f = fopen(path, "rbe");
    char *text = arena_alloc(&map->arena, FILE_BYTES_MAX + 1);
    size_t n = f ? fread(text, 1, FILE_BYTES_MAX + 1, f) : 0;
    if (f)
        fclose(f);
    if (!f || n > FILE_BYTES_MAX) {
        struct str why = arena_format(&map->arena, f ? "%s: larger than 1 MiB" : "%s: cannot be read", path);
        fault_set(fault, ERR_INVALID, why.p, why.p);
        return false;
    }
    text[n] = 0;
    return rule_set_read(&map->arena, path, text, &map->own, fault);
}

struct signal_map *signal_map_open(struct engine *e, const char *file, struct fault *fault)
{
    struct signal_map *map = calloc(1, sizeof *map);
    if (!map)
        abort();
    map->engine = e;
    arena_init(&map->arena, 0);
    pthread_mutex_init(&map->lock, NULL);
    map->memory = calloc(MAP_MEMORY, sizeof *map->memory);
    if (!map->memory)
        abort();
    if (!file || read_file(map, file, fault))
        return map;
    static char why[400];                              /* the sentence outlives the map: the process stops after it */
    snprintf(why, sizeof why, "%s", fault->what.en);
    fault->code = ERR_INVALID;
    fault->what = (struct label){ why, why };
    signal_map_close(map);
    return NULL;
}

void signal_map_close(struct signal_map *map)
{
    if (!map)
        return;
    arena_free(&map->arena);
    pthread_mutex_destroy(&map->lock);
    free(map->memory);
    free(map);
}
