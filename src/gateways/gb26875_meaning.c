/* gb26875_meaning.c -- from units to the office's kinds of signals; see gb26875_port.h. */
#include "gateways/gb26875_port.h"

#include <string.h>

enum { WORDS = 4096, VALUES_TOLD_MAX = 20, BITS = 16, USER_TYPES = 128 };

struct telling {
    const struct gb_meaning *m;
    const struct rule_set *rules, *kinds;
    const struct signal_in *base;
    struct signal_in *out;
    int count, room;
    uint64_t unit_hash;
};

static const struct rule_entry *entry(const struct telling *t, const char *prefix, int number)
{
    return rule_entry(t->rules, arena_format(t->m->arena, "%s/%d", prefix, number));
}

static bool is_alarm(const struct telling *t, struct str kind)
{
    return str_is(rule_prop(rule_entry(t->kinds, kind), "class"), "alarm");
}

/* Alarms stand before the rest, each in the order it was read. */
static void tell(struct telling *t, struct signal_in in)
{
    int at = t->count;
    if (t->count == t->room)
        return;
    if (is_alarm(t, in.kind))
        while (at > 0 && !is_alarm(t, t->out[at - 1].kind))
            at--;
    memmove(t->out + at + 1, t->out + at, (size_t)(t->count - at) * sizeof *t->out);
    in.account = t->base->account;
    in.raw = t->base->raw;
    in.at = t->base->at;
    in.repeat_ms = t->base->repeat_ms;
    in.sequence = arena_format(t->m->arena, STR_FMT " %016llx %d", STR_ARG(t->base->sequence), (unsigned long long)t->unit_hash, t->count);
    t->out[at] = in;
    t->count++;
}

/* --- what was said before --------------------------------------------------------------------------------------------------- */

/* The word that this one follows; `ret_known` false: none since the start. The same frame again has the same answer. Of the
 * port's thread, and only to tell once what is over. */
static uint16_t word_before(uint64_t what, uint64_t frame, uint16_t word, bool *ret_known)
{
    static _Thread_local struct { uint64_t what, frame; uint16_t word, before; bool known; } words[WORDS];
    size_t i = what % WORDS;
    bool ours = words[i].what == what, again = ours && words[i].frame == frame;
    if (!again) {
        words[i].before = ours ? words[i].word : 0xFFFF;
        words[i].known = ours;
        words[i].what = what;
        words[i].frame = frame;
        words[i].word = word;
    }
    *ret_known = words[i].known;
    return words[i].before;
}

/* --- details ---------------------------------------------------------------------------------------------------------------- */

static void put_name(struct json *j, const char *zh, const char *en, const struct rule_entry *e)
{
    if (!e)
        return;
    json_key_str(j, zh, str_of(e->label.zh));
    json_key_str(j, en, str_of(e->label.en));
}

static bool has_part(uint8_t type)
{
    return type == GB_PART_STATE || type == GB_PART_VALUE || type == GB_PART_SETUP;
}

static struct json details(const struct telling *t, uint8_t type, const struct gb_object *o, struct str code, struct str zone)
{
    struct json j = json_in(t->m->arena);
    struct str text = gb26875_text(t->m->arena, o->text);
    json_obj(&j);
    json_key_str(&j, "code", code);
    if (zone.n)
        json_key_str(&j, "zone", zone);
    if (text.n)
        json_key_str(&j, "text", text);
    if (type < GB_DEVICE_STATE) {
        put_name(&j, "system", "system_en", entry(t, "system", o->system));
        json_key_int(&j, "system_address", o->system_address);
    }
    if (has_part(type)) {
        const uint8_t *a = o->part_address;
        put_name(&j, "part", "part_en", entry(t, "part", o->part));
        json_key_str(&j, "address", arena_format(t->m->arena, "%02X%02X%02X%02X", a[0], a[1], a[2], a[3]));
    }
    return j;
}

static struct str zone_of(const struct telling *t, uint8_t type, const struct gb_object *o)
{
    if (has_part(type))
        return gb26875_part(t->m->arena, o);
    return type < GB_DEVICE_STATE ? arena_format(t->m->arena, "%d", o->system_address) : S("");
}

static ms time_of(const struct telling *t, const struct gb_object *o)
{
    return o->has_time ? gb26875_ms(o->time, t->m->time, t->base->at) : 0;
}

/* --- states and operations ------------------------------------------------------------------------------------------------ */

struct bit { struct str kind; const struct rule_entry *rule; int number; bool over; };

static const char *prefix_of(uint8_t type)
{
    switch (type) {
    case GB_SYSTEM_STATE: return "system_state";
    case GB_PART_STATE: return "part_state";
    case GB_DEVICE_STATE: return "device_state";
    case GB_OPERATION: return "operation";
    case GB_DEVICE_OPERATION: return "device_operation";
    default: return NULL;
    }
}

static struct str kind_of_bit(const struct telling *t, uint8_t type, const struct gb_object *o, const struct rule_entry *rule)
{
    struct str own = type == GB_PART_STATE ? rule_prop(entry(t, "part", o->part), "kind") : S("");
    struct str kind = rule_prop(rule, "kind");
    return own.n && str_is(kind, "fire") ? own : kind;
}

static int bits_of(const struct telling *t, uint8_t type, const struct gb_object *o, struct bit out[BITS])
{
    const char *prefix = prefix_of(type);
    bool is_state = type != GB_OPERATION && type != GB_DEVICE_OPERATION, known = true;
    uint16_t word = is_state ? o->state : o->flags, before = 0;
    int count = 0;
    if (is_state) {
        uint64_t where = str_hash((struct str){ (const char *)o->part_address, sizeof o->part_address });
        uint64_t what = str_hash(t->base->account) ^ where * 31 ^ (uint64_t)type << 40 ^ (uint64_t)o->system << 48 ^ (uint64_t)o->system_address << 56;
        before = word_before(what, t->unit_hash ^ str_hash(t->base->sequence), word, &known);
    }
    for (int n = is_state; n < BITS; n++) {
        const struct rule_entry *rule = word >> n & 1 || before >> n & 1 ? entry(t, prefix, n) : NULL;
        struct str end = rule_prop(rule, "end");
        if (rule && word >> n & 1)
            out[count++] = (struct bit){ kind_of_bit(t, type, o, rule), rule, n, false };
        else if (rule && (known || end.n))
            out[count++] = (struct bit){ end.n ? end : S("info"), rule, n, true };
    }
    return count;
}

static struct str all_names(const struct telling *t, const struct bit *bits, int count, bool zh)
{
    struct buf b = buf_in(t->m->arena);
    for (int i = 0; i < count; i++) {
        if (b.n)
            buf_put(&b, zh ? S("、") : S(", "));
        buf_put(&b, str_of(zh ? bits[i].rule->label.zh : bits[i].rule->label.en));
        if (bits[i].over)
            buf_put(&b, zh ? S("（恢复）") : S(" (over)"));
    }
    return buf_str(&b);
}

static void tell_bit(struct telling *t, uint8_t type, const struct gb_object *o, const struct bit *bits, int count, const struct bit *bit)
{
    struct str code = bit ? arena_format(t->m->arena, "%s/%d", prefix_of(type), bit->number) : str_of(prefix_of(type));
    struct str zone = zone_of(t, type, o);
    struct json j = details(t, type, o, code, zone);
    if (count) {
        json_key_str(&j, "means", all_names(t, bits, count, true));
        json_key_str(&j, "means_en", all_names(t, bits, count, false));
    }
    if (prefix_of(type) && type != GB_OPERATION && type != GB_DEVICE_OPERATION)
        json_key_int(&j, "state", o->state);
    else if (o->operator)
        json_key_int(&j, "operator", o->operator);
    json_end(&j);
    tell(t, (struct signal_in){ .kind = bit ? bit->kind : S("info"), .code = code, .zone = zone, .device_at = time_of(t, o), .data = json_done(&j) });
}

/* One signal for each kind among the bits; what only informs goes along with the rest, or alone. */
static void tell_bits(struct telling *t, uint8_t type, const struct gb_object *o)
{
    struct bit bits[BITS];
    int count = bits_of(t, type, o, bits), told = 0;
    for (int i = 0; i < count; i++) {
        bool again = str_is(bits[i].kind, "info");
        for (int k = 0; k < i; k++)
            again |= str_eq(bits[k].kind, bits[i].kind);
        if (!again) {
            tell_bit(t, type, o, bits, count, &bits[i]);
            told++;
        }
    }
    if (told == 0)
        tell_bit(t, type, o, bits, count, count ? &bits[0] : NULL);
}

/* --- what only informs -------------------------------------------------------------------------------------------------------- */

static void put_value(const struct telling *t, struct json *j, const struct gb_object *o)
{
    const struct rule_entry *q = entry(t, "quantity", o->quantity);
    struct str step = rule_prop(q, "step");
    int decimals = str_is(step, "0.1") ? 1 : str_is(step, "0.01") ? 2 : 0, power = decimals == 2 ? 100 : decimals ? 10 : 1;
    json_obj(j);
    json_key_str(j, "zone", gb26875_part(t->m->arena, o));
    put_name(j, "quantity", "quantity_en", q);
    json_key(j, "value");
    json_num(j, (double)o->value / power);
    json_key_str(j, "unit", rule_prop(q, "unit"));
    json_end(j);
}

static void tell_values(struct telling *t, const struct gb_object *o, int count)
{
    struct json j = details(t, GB_PART_VALUE, o, S("part_value"), gb26875_part(t->m->arena, o));
    json_key_list(&j, "values");
    for (int i = 0; i < count && i < VALUES_TOLD_MAX; i++)
        put_value(t, &j, &o[i]);
    json_end(&j);
    json_end(&j);
    tell(t, (struct signal_in){ .kind = S("info"), .code = S("part_value"), .zone = gb26875_part(t->m->arena, o),
                                .device_at = time_of(t, o), .data = json_done(&j) });
}

static void tell_other(struct telling *t, uint8_t type, const struct gb_object *o)
{
    struct str code = arena_format(t->m->arena, "type/%d", type), zone = zone_of(t, type, o);
    struct json j = details(t, type, o, code, zone);
    if (type == GB_SYSTEM_VERSION || type == GB_DEVICE_VERSION)
        json_key_str(&j, "version", arena_format(t->m->arena, "%d.%d", o->version[0], o->version[1]));
    if (o->has_time)
        json_key_time(&j, "device_time", time_of(t, o));
    json_end(&j);
    tell(t, (struct signal_in){ .kind = S("info"), .code = code, .zone = zone, .device_at = time_of(t, o), .data = json_done(&j) });
}

int gb26875_signals(const struct gb_meaning *m, struct str unit, const struct signal_in *base, struct signal_in *ret_signals, int room)
{
    struct gb_object *o = arena_array(m->arena, struct gb_object, GB_OBJECTS_MAX);
    struct gb_unit u;
    struct telling t = { .m = m, .rules = rule_set(m->rules, "gb26875"), .kinds = rule_set(m->rules, "signal_kinds"), .base = base,
                         .out = ret_signals, .room = room, .unit_hash = str_hash(unit) };
    uint8_t type = unit.n ? (uint8_t)unit.p[0] : 0;
    if (type >= USER_TYPES)
        tell_other(&t, type, &(struct gb_object){ .text = S("") });
    else if (!gb26875_objects(unit, &u, o) || (type > GB_DEVICE_TIME))
        return 0;
    else if (type == GB_PART_VALUE)
        tell_values(&t, o, u.count);
    else
        for (int i = 0; i < u.count; i++) {
            if (prefix_of(type))
                tell_bits(&t, type, &o[i]);
            else
                tell_other(&t, type, &o[i]);
        }
    return t.count;
}
