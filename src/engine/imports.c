/* imports.c -- areas, organisations and seats from tables. Among them the division tables of the statistics office
 * (code, name, level, parent_code; 9-digit streets, 12-digit communities): committees are shown by the name people use,
 * 碧沙岗社区居委会 as 碧沙岗社区. In a preview the rows above may be what a row stands on, so a missing parent is judged
 * only when the row is applied. */
#include "engine/imports.h"

#include "engine/org.h"
#include "engine/rule.h"

#include <string.h>

const struct importer *const engine_importers[] = {
    &import_areas, &import_orgs, &import_seats, &import_contacts, &import_people, &import_accounts, NULL,
};

/* --- common ----------------------------------------------------------------------------------------------------------- */

enum import_fate import_fate_of(bool known, bool same)
{
    return !known ? IMPORT_NEW : same ? IMPORT_SAME : IMPORT_CHANGED;
}

struct str import_rule_key(struct tx *tx, const char *rule, struct str cell, const char *field, struct label label)
{
    const struct rule_set *set = rule_set(rules_of(tx), rule);
    for (int i = 0; set && cell.n > 0 && i < set->count; i++) {
        const struct rule_entry *e = &set->entries[i];
        if (str_eq(cell, e->key) || str_is(cell, e->label.zh) || str_is(cell, e->label.en))
            return e->key;
    }
    if (cell.n > 0)
        rule_check(tx, rule, cell, field, label);
    return S("");
}

static int64_t missing(struct tx *tx, const char *field, struct label label, const char *what)
{
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_REF, .arg = str_of(what), .label = label });
    return 0;
}

int64_t import_area(struct tx *tx, struct str code, const char *field, bool must)
{
    struct area a = { 0 };
    if (code.n == 0)
        return 0;
    if (area_by_code(tx, code, &a) || (str_chars(code) > 3 && area_in_text(tx, code, &a)))
        return a.id;
    return must ? missing(tx, field, (struct label)L("区域编码", "Area code"), "区域 area") : 0;
}

int64_t import_org(struct tx *tx, struct str code, const char *field, bool must)
{
    struct org o = { 0 };
    if (code.n == 0)
        return 0;
    if (org_by_code(tx, code, &o))
        return o.id;
    return must ? missing(tx, field, (struct label)L("单位编码", "Organisation code"), "单位 organisation") : 0;
}

/* --- areas -------------------------------------------------------------------------------------------------------------- */

struct area_form {
    struct has has;
    struct str code, name, level, parent_code, layer, org_code, alias;
    int64_t lat, lon;
};
static const struct field area_form[] = {
    FIELD(struct area_form, code, TEXT, .label = L("编码", "Code"), .required = true, .min = 1, .max = 60,
        .help = L("国家统计局 12 位编码，网格以下可自行加尾号", "NBS 12 digits; below a community with a suffix of your own")),
    FIELD(struct area_form, name, TEXT, .label = L("名称", "Name"), .required = true, .min = 1, .max = 60),
    FIELD(struct area_form, level, TEXT, .label = L("层级", "Level"), .max = 20,
        .help = L("区、街道、社区、网格、楼院、楼栋、单元、户；不填按编码位数", "district ... household; by the length of the code when empty")),
    FIELD(struct area_form, parent_code, TEXT, .label = L("上级编码", "Parent code"), .max = 60,
        .help = L("不填按编码前几位", "by the head of the code when empty")),
    FIELD(struct area_form, layer, TEXT, .label = L("图层", "Layer"), .max = 40),
    FIELD(struct area_form, org_code, TEXT, .label = L("管理单位编码", "Organisation code"), .max = 60),
    FIELD(struct area_form, alias, TEXT, .label = L("别名", "Alias"), .max = 60),
    FIELD(struct area_form, lat, DEGREE, .label = L("纬度", "Latitude")),
    FIELD(struct area_form, lon, DEGREE, .label = L("经度", "Longitude")),
    { 0 },
};

static bool read_level(struct str text, struct str code, enum level *ret_level)
{
    static const struct { const char *name; enum level level; } names[] = {
        { "county", LEVEL_DISTRICT }, { "township", LEVEL_STREET }, { "village", LEVEL_COMMUNITY }, { "社区", LEVEL_COMMUNITY },
        { "村", LEVEL_COMMUNITY }, { "小区", LEVEL_COURTYARD }, { "办事处", LEVEL_STREET }, { "乡镇", LEVEL_STREET },
        { "微网格", LEVEL_LAYER },
    };
    static const struct { size_t digits; enum level level; } lengths[] = {
        { 6, LEVEL_DISTRICT }, { 9, LEVEL_STREET }, { 12, LEVEL_COMMUNITY }, { 15, LEVEL_GRID },
    };
    for (size_t i = 0; i < COUNT(lengths); i++)
        if (text.n == 0 && code.n == lengths[i].digits) {
            *ret_level = lengths[i].level;
            return true;
        }
    for (int l = 0; l < LEVEL_COUNT; l++)
        if (str_is(text, level_label((enum level)l).zh) || str_is(text, level_label((enum level)l).en)) {
            *ret_level = (enum level)l;
            return true;
        }
    for (size_t i = 0; i < COUNT(names); i++)
        if (str_is(text, names[i].name)) {
            *ret_level = names[i].level;
            return true;
        }
    return text.n > 0 && level_from_wire(text, ret_level);
}

static struct str display_name(struct arena *a, struct str name, enum level level)
{
    static const struct { const char *tail, *kept; } tails[] = {
        { "社区居民委员会", "社区" }, { "社区居委会", "社区" }, { "村民委员会", "村" }, { "村委会", "村" },
        { "居民委员会", "社区" }, { "居委会", "社区" },
    };
    name = str_trim(name);
    for (size_t i = 0; i < COUNT(tails) && level == LEVEL_COMMUNITY; i++) {
        struct str head = str_head(name, name.n - strlen(tails[i].tail) * (name.n > strlen(tails[i].tail)));
        if (head.n == name.n || !str_ends(name, str_of(tails[i].tail)))
            continue;
        return str_ends(head, str_of(tails[i].kept)) ? head : arena_join(a, head, str_of(tails[i].kept));
    }
    return name;
}

/* The parent's code where the row names none: the part of its own code that stands for the level above. */
static struct str parent_code_of(const struct area_form *f, enum level level)
{
    static const size_t digits[] = { [LEVEL_STREET] = 6, [LEVEL_COMMUNITY] = 9, [LEVEL_GRID] = 12, [LEVEL_COURTYARD] = 15 };
    if (f->parent_code.n > 0 || level < LEVEL_STREET || level > LEVEL_COURTYARD || f->code.n <= digits[level])
        return f->parent_code;
    return str_head(f->code, digits[level]);
}

static bool area_of_form(struct tx *tx, const struct area_form *f, bool must, struct area *ret_area)
{
    struct area a = { .code = f->code, .lat = f->lat, .lon = f->lon, .layer = f->layer };
    if (!read_level(str_trim(f->level), f->code, &a.level)) {
        fault_field(&tx->fault, (struct bad_field){ .field = S("level"), .bad = BAD_CHOICE, .label = L("层级", "Level"),
            .arg = S("区 district, 街道 street, 社区 community, 网格 grid, 楼院 courtyard, 楼栋 building, 单元 unit, 户 household") });
        return false;
    }
    a.name = display_name(tx->arena, f->name, a.level);
    if (a.level != LEVEL_DISTRICT)                     /* a district's own parent, the city, is outside */
        a.parent = import_area(tx, parent_code_of(f, a.level), "parent_code", must);
    a.org = import_org(tx, f->org_code, "org_code", must);
    *ret_area = a;
    return !tx_failed(tx);
}

static enum import_fate look_area(struct tx *tx, const struct who *who, const void *form)
{
    struct area a = { 0 }, old = { 0 };
    (void)who;
    if (!area_of_form(tx, form, false, &a))
        return IMPORT_WRONG;
    bool known = area_by_code(tx, a.code, &old);
    return import_fate_of(known, str_eq(a.name, old.name) && (a.parent == 0 || a.parent == old.parent) &&
        (a.org == 0 || a.org == old.org) && ((a.lat == 0 && a.lon == 0) || (a.lat == old.lat && a.lon == old.lon)));
}

/* A territory without an office could not take a single report: each new district, street and community gets the one
 * that is there by law, under the area's own code, until the office's list of organisations says more. */
static void give_office(struct tx *tx, int64_t id)
{
    static const struct { const char *kind, *suffix; } offices[] = {
        [LEVEL_DISTRICT] = { "district", "政府" }, [LEVEL_STREET] = { "street", "办事处" }, [LEVEL_COMMUNITY] = { "community", "居委会" },
    };
    struct area a = { 0 }, parent = { 0 };
    if (!area_get(tx, id, &a) || a.org || a.level > LEVEL_COMMUNITY)
        return;
    if (a.parent)
        area_get(tx, a.parent, &parent);
    bool village = a.level == LEVEL_COMMUNITY && str_ends(a.name, S("村"));
    struct org o = { .parent = parent.org, .area = id, .code = arena_join(tx->arena, S("A-"), a.code), .kind = str_of(offices[a.level].kind),
                     .name = arena_join(tx->arena, a.name, village ? S("委会") : str_of(offices[a.level].suffix)) };
    a.org = org_put(tx, &o);
    area_put(tx, &a, 0);
}

static void apply_area(struct tx *tx, const struct who *who, const void *form)
{
    const struct area_form *f = form;
    struct area a = { 0 };
    (void)who;
    if (!area_of_form(tx, f, true, &a))
        return;
    int64_t id = area_put(tx, &a, 0);
    if (f->alias.n > 0 && id)
        area_alias(tx, id, f->alias);
    if (id)
        give_office(tx, id);
}

static const struct import_alias area_aliases[] = {
    { "区划代码", "code" }, { "代码", "code" }, { "区域名称", "name" }, { "社区名称", "name" }, { "级别", "level" },
    { "上级代码", "parent_code" }, { "父级编码", "parent_code" }, { "parent", "parent_code" }, { 0 },
};
const struct importer import_areas = {
    .kind = "areas", .label = L("区域", "Areas"), .fields = area_form, .form_size = sizeof(struct area_form), .who = R(ADMIN),
    .keys = { "code" }, .aliases = area_aliases, .look = look_area, .apply = apply_area,
};

/* --- organisations -------------------------------------------------------------------------------------------------------- */

struct org_form {
    struct has has;
    struct str code, name, kind, parent_code, area_code, phone, uscc;
};
static const struct field org_form[] = {
    FIELD(struct org_form, code, TEXT, .label = L("编码", "Code"), .required = true, .min = 1, .max = 60),
    FIELD(struct org_form, name, TEXT, .label = L("名称", "Name"), .required = true, .min = 1, .max = 100),
    FIELD(struct org_form, kind, TEXT, .label = L("类型", "Kind"), .required = true, .max = 40),
    FIELD(struct org_form, parent_code, TEXT, .label = L("上级单位编码", "Parent code"), .max = 60),
    FIELD(struct org_form, area_code, TEXT, .label = L("区域编码", "Area code"), .max = 60),
    FIELD(struct org_form, phone, PHONE, .label = L("电话", "Telephone")),
    FIELD(struct org_form, uscc, USCC, .label = L("统一社会信用代码", "Unified social credit code")),
    { 0 },
};

static struct org org_of_form(struct tx *tx, const struct org_form *f, bool must)
{
    return (struct org){ .code = f->code, .name = f->name, .phone = f->phone, .uscc = f->uscc,
        .kind = import_rule_key(tx, "org_kinds", f->kind, "kind", (struct label)L("类型", "Kind")),
        .parent = import_org(tx, f->parent_code, "parent_code", must),
        .area = import_area(tx, f->area_code, "area_code", must) };
}

static bool absent_or_same(struct str now, struct str old)
{
    return now.n == 0 || str_eq(now, old);
}

static enum import_fate look_org(struct tx *tx, const struct who *who, const void *form)
{
    struct org old = { 0 }, o = org_of_form(tx, form, false);
    (void)who;
    bool known = org_by_code(tx, o.code, &old);
    return import_fate_of(known, str_eq(o.name, old.name) && str_eq(o.kind, old.kind) && absent_or_same(o.phone, old.phone) &&
        absent_or_same(o.uscc, old.uscc) && (o.parent == 0 || o.parent == old.parent) && (o.area == 0 || o.area == old.area));
}

/* A street office runs its street, a committee its community: what happens there is theirs by default. */
static void run_area(struct tx *tx, const struct org *o)
{
    struct area a = { 0 };
    struct org now = { 0 };
    if (o->area == 0 || !area_get(tx, o->area, &a))
        return;
    bool stands_in = a.org && org_get(tx, a.org, &now) && str_starts(now.code, S("A-"));     /* give_office made it */
    if (str_is(o->kind, level_wire(a.level)) && (a.org == 0 || stands_in)) {
        a.org = o->id;
        area_put(tx, &a, 0);
    }
}

static void apply_org(struct tx *tx, const struct who *who, const void *form)
{
    struct org o = org_of_form(tx, form, true);
    (void)who;
    o.id = tx_failed(tx) ? 0 : org_put(tx, &o);
    if (o.id)
        run_area(tx, &o);
}

const struct importer import_orgs = {
    .kind = "orgs", .label = L("单位", "Organisations"), .fields = org_form, .form_size = sizeof(struct org_form), .who = R(ADMIN),
    .keys = { "code" }, .look = look_org, .apply = apply_org,
};

/* --- seats ------------------------------------------------------------------------------------------------------------------ */

struct seat_form {
    struct has has;
    struct str org_code, kind, area_code, name, phone;
};
static const struct field seat_form[] = {
    FIELD(struct seat_form, org_code, TEXT, .label = L("单位编码", "Organisation code"), .required = true, .max = 60),
    FIELD(struct seat_form, kind, TEXT, .label = L("岗位", "Seat"), .required = true, .max = 40),
    FIELD(struct seat_form, area_code, TEXT, .label = L("区域编码", "Area code"), .max = 60),
    FIELD(struct seat_form, name, TEXT, .label = L("姓名", "Name"), .max = 40, .purpose = "staff",
        .help = L("空缺的岗位留空", "left empty for a vacancy")),
    FIELD(struct seat_form, phone, PHONE, .label = L("电话", "Telephone"), .purpose = "staff"),
    { 0 },
};

static struct seat seat_of_form(struct tx *tx, const struct seat_form *f)
{
    return (struct seat){ .name = f->name, .phone = f->phone,
        .kind = import_rule_key(tx, "seats", f->kind, "kind", (struct label)L("岗位", "Seat")),
        .org = import_org(tx, f->org_code, "org_code", true), .area = import_area(tx, f->area_code, "area_code", true) };
}

static enum import_fate look_seat(struct tx *tx, const struct who *who, const void *form)
{
    struct seat old = { 0 }, s = seat_of_form(tx, form);
    (void)who;
    if (tx_failed(tx))
        return IMPORT_WRONG;
    struct rows rows = seat_list(tx, s.org, s.area);
    enum import_fate fate = IMPORT_NEW;
    while (seat_row(&rows, &old)) {
        if (old.area != s.area || !str_eq(old.kind, s.kind))
            continue;
        if (str_eq(old.name, s.name)) {
            fate = import_fate_of(true, absent_or_same(s.phone, old.phone));
            break;
        }
        if (old.name.n == 0)
            fate = IMPORT_CHANGED;
    }
    rows_end(&rows);
    return fate;
}

static void apply_seat(struct tx *tx, const struct who *who, const void *form)
{
    struct seat s = seat_of_form(tx, form);
    (void)who;
    if (!tx_failed(tx))
        seat_put(tx, &s);
}

const struct importer import_seats = {
    .kind = "seats", .label = L("岗位", "Seats"), .fields = seat_form, .form_size = sizeof(struct seat_form), .who = R(ADMIN),
    .look = look_seat, .apply = apply_seat,
};
