/* area.c -- the tree of areas; see area.h. An area's own street, community and grid stand in its row, so that rights and
 * lists never climb; they are set here whenever a parent changes, and nowhere else. */
#include "engine/area_box.h"
#include "engine/area_name.h"

#include <assert.h>
#include <string.h>

#define AREA_COLUMNS "a.id, a.parent, a.level, a.code, a.name, a.layer, a.street, a.community, a.grid, a.org, a.lat, a.lon," \
    " a.child_count"
#define AREA_OUT(a, level) OUT(&(a)->id, &(a)->parent, &(level), &(a)->code, &(a)->name, &(a)->layer, &(a)->place.street, \
    &(a)->place.community, &(a)->place.grid, &(a)->org, &(a)->lat, &(a)->lon, &(a)->child_count)

SQL(select_area, "select " AREA_COLUMNS " from area a where a.id = $1");
SQL(select_code, "select " AREA_COLUMNS " from area a where a.code = $1 and a.valid_to is null");
SQL(select_layers, "select " AREA_COLUMNS " from area_layer l join area a on a.id = l.layer_area"
    " where l.area = $1 and a.valid_to is null order by a.layer, a.id");
SQL(insert_area, "insert into area(id, parent, level, layer, code, name, street, community, grid, org, lat, lon, valid_from)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
SQL(update_area, "update area set parent = $1, layer = $2, code = $3, name = $4, street = $5, community = $6, grid = $7,"
    " org = $8, lat = $9, lon = $10 where id = $11");
SQL(update_place, "update area set street = $1, community = $2, grid = $3 where id = $4");
SQL(update_children, "update area set child_count = child_count + $1 where id = $2");
SQL(select_child, "select id, level from area where parent = $1 and id > $2 order by id limit 1");
SQL(close_area, "update area set valid_to = $1 where id = $2 and valid_to is null");
SQL(close_code, "update area_code set valid_to = $1 where area = $2 and valid_to is null");
SQL(close_polygon, "update area_polygon set valid_to = $1 where area = $2 and valid_to is null");
SQL(last_code, "select valid_from from area_code where area = $1 order by valid_from desc limit 1");
SQL(insert_code, "insert into area_code(area, valid_from, code, name) values ($1, $2, $3, $4)");
SQL(update_code, "update area_code set code = $1, name = $2 where area = $3 and valid_from = $4");
SQL(insert_alias, "insert into area_alias(alias, area) values ($1, $2) on conflict do nothing");
SQL(insert_join, "insert into area_layer(area, layer_area) values ($1, $2) on conflict do nothing");

static const struct filter filters[] = {
    { "a.parent = ?", 1 }, { "a.level = ?", 1 }, { "a.name like ? escape '!'", 1 }, { 0 },
};
static const struct sql_list children = {
    .name = "area_children", .head = "select " AREA_COLUMNS " from area a where a.valid_to is null and true",
    .tail = "and a.id > ? order by a.id limit ?", .filters = filters, .tail_params = 2,
};

enum { DEPTH_MAX = 12 };

/* Its own place: what it inherits, and itself. */
static void place_of_self(struct area *a)
{
    a->place.area = a->id;
    if (a->level == LEVEL_STREET)
        a->place.street = a->id;
    else if (a->level == LEVEL_COMMUNITY)
        a->place.community = a->id;
    else if (a->level == LEVEL_GRID)
        a->place.grid = a->id;
}

static bool finish(struct area *a, int level)
{
    a->level = (enum level)level;
    a->place.area = a->id;
    return true;
}

bool area_get(struct tx *tx, int64_t id, struct area *ret_area)
{
    int level = 0;
    if (db_one_kept(tx, select_area, "area", id, AREA_OUT(ret_area, level)))
        return finish(ret_area, level);
    tx_refuse(tx, ERR_NOT_FOUND, "没有这个区域", "There is no such area");
    return false;
}

bool area_by_code(struct tx *tx, struct str code, struct area *ret_area)
{
    int level = 0;
    return db_one(tx, select_code, IN(code), AREA_OUT(ret_area, level)) && finish(ret_area, level);
}

struct str like_pattern(struct arena *a, struct str part)
{
    struct buf out = buf_in(a);
    buf_char(&out, '%');
    for (size_t i = 0; i < part.n; i++) {
        if (part.p[i] == '%' || part.p[i] == '_' || part.p[i] == '!')
            buf_char(&out, '!');
        buf_char(&out, part.p[i]);
    }
    buf_char(&out, '%');
    return buf_str(&out);
}

struct rows area_children(struct tx *tx, int64_t parent, enum level level, struct str like, int64_t after, int limit)
{
    struct in in[5];
    int n = 0;
    uint32_t mask = 0;
    if (parent) {
        mask |= 1;
        in[n++] = in_i64(parent);
    }
    if (level != LEVEL_COUNT) {
        mask |= 2;
        in[n++] = in_i64(level);
    }
    if (like.n > 0) {
        mask |= 4;
        in[n++] = in_str(like_pattern(tx->arena, like));
    }
    in[n++] = in_i64(after);
    in[n++] = in_i64(limit);
    return db_list(tx, children, mask, ((struct ins){ in, n }));
}

bool area_row(struct rows *rows, struct area *ret_area)
{
    int level = 0;
    return db_row(rows, AREA_OUT(ret_area, level)) && finish(ret_area, level);
}

struct str area_full_name(struct tx *tx, int64_t id)
{
    struct area a = { 0 };
    struct str name = S("");
    for (int depth = 0; id && depth < DEPTH_MAX && area_get(tx, id, &a); depth++) {
        if (a.level == LEVEL_DISTRICT && name.n > 0)
            break;
        name = name.n ? arena_format(tx->arena, STR_FMT " " STR_FMT, STR_ARG(a.name), STR_ARG(name)) : a.name;
        id = a.parent;
    }
    return name;
}

bool area_place(struct tx *tx, int64_t id, struct place *ret_place)
{
    struct area a = { 0 };
    if (!area_get(tx, id, &a))
        return false;
    *ret_place = a.place;
    return true;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static bool bad(struct tx *tx, const char *field, struct label label, struct label rule)
{
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_RULE, .label = label, .rule = rule });
    return false;
}

static bool check(struct tx *tx, struct area *a)
{
    static const struct label code = L("编码", "Code"), name = L("名称", "Name"), parent = L("上级区域", "Parent area");
    struct area up = { 0 };
    a->code = str_trim(a->code);
    a->name = str_trim(a->name);
    if (a->code.n == 0 || a->code.n > 60)
        return bad(tx, "code", code, (struct label)L("编码为 1 到 60 个字符", "A code has 1 to 60 characters"));
    if (a->name.n == 0 || str_chars(a->name) > 60)
        return bad(tx, "name", name, (struct label)L("名称为 1 到 60 个字", "A name has 1 to 60 characters"));
    if (a->parent == 0)
        return a->level == LEVEL_DISTRICT || a->level == LEVEL_LAYER ||
               bad(tx, "parent", parent, (struct label)L("除区以外都要有上级", "All but a district need a parent"));
    if (a->parent == a->id || !area_get(tx, a->parent, &up))
        return bad(tx, "parent", parent, (struct label)L("上级区域不存在", "The parent does not exist"));
    if (a->level != LEVEL_LAYER && up.level >= a->level)
        return bad(tx, "parent", parent, (struct label)L("上级区域的层级应更高", "The parent must be of a higher level"));
    a->place = up.place;
    return true;
}

/* A code or a name with its time; two changes at one moment are one. */
static void code_put(struct tx *tx, const struct area *a, ms valid_from)
{
    ms last = 0;
    if (db_one(tx, last_code, IN(a->id), OUT(&last)) && last >= valid_from) {
        db_run(tx, update_code, IN(a->code, a->name, a->id, last));
        return;
    }
    db_run(tx, close_code, IN(valid_from, a->id));
    db_run(tx, insert_code, IN(a->id, valid_from, a->code, a->name));
}

static void replace_below(struct tx *tx, const struct area *up, int depth)
{
    int64_t after = 0;
    int level = 0;
    assert(depth < DEPTH_MAX);
    while (db_one(tx, select_child, IN(up->id, after), OUT(&after, &level))) {
        struct area child = { .id = after, .level = (enum level)level, .place = up->place };
        place_of_self(&child);
        db_run(tx, update_place, IN(REF0(child.place.street), REF0(child.place.community), REF0(child.place.grid), child.id));
        replace_below(tx, &child, depth + 1);
    }
}

static void insert_one(struct tx *tx, struct area *a, ms valid_from)
{
    a->id = db_id(tx, "area");
    place_of_self(a);
    db_run(tx, insert_area, IN(a->id, REF0(a->parent), a->level, a->layer, a->code, a->name, REF0(a->place.street),
        REF0(a->place.community), REF0(a->place.grid), REF0(a->org), a->lat, a->lon, valid_from));
    code_put(tx, a, valid_from);
    db_run(tx, update_children, IN(1, a->parent));
    area_names_changed(tx);
}

static bool same_place(struct place a, struct place b)
{
    return a.street == b.street && a.community == b.community && a.grid == b.grid;
}

static void update_one(struct tx *tx, struct area *a, const struct area *old, ms valid_from)
{
    bool renamed = !str_eq(a->code, old->code) || !str_eq(a->name, old->name), moved = a->parent != old->parent;
    if (a->lat == 0 && a->lon == 0) {
        a->lat = old->lat;
        a->lon = old->lon;
    }
    a->org = a->org ? a->org : old->org;
    a->layer = a->layer.n ? a->layer : old->layer;
    place_of_self(a);
    if (!renamed && !moved && a->lat == old->lat && a->lon == old->lon && a->org == old->org && str_eq(a->layer, old->layer))
        return;
    db_run(tx, update_area, IN(REF0(a->parent), a->layer, a->code, a->name, REF0(a->place.street), REF0(a->place.community),
        REF0(a->place.grid), REF0(a->org), a->lat, a->lon, a->id));
    if (moved) {
        db_run(tx, update_children, IN(-1, old->parent));
        db_run(tx, update_children, IN(1, a->parent));
    }
    if (!same_place(a->place, old->place))
        replace_below(tx, a, 0);
    if (renamed)
        code_put(tx, a, valid_from ? valid_from : tx->now);
    if (renamed || moved)
        area_names_changed(tx);
}

int64_t area_put(struct tx *tx, const struct area *given, ms valid_from)
{
    struct area copy = *given, *a = &copy, old = { 0 }, other = { 0 };
    bool known = a->id ? area_get(tx, a->id, &old) : area_by_code(tx, a->code, &old);
    if (known) {
        a->id = old.id;
        a->level = old.level;
        a->parent = a->parent ? a->parent : old.parent;
    }
    if (tx_failed(tx) || !check(tx, a))
        return 0;
    if (known && !str_eq(a->code, old.code) && area_by_code(tx, a->code, &other)) {
        tx_refuse(tx, ERR_EXISTS, "这个编码已被另一个区域使用", "This code belongs to another area");
        return 0;
    }
    if (known)
        update_one(tx, a, &old, valid_from);
    else
        insert_one(tx, a, valid_from);
    return tx_failed(tx) ? 0 : a->id;
}

void area_close(struct tx *tx, int64_t id, ms valid_to)
{
    struct area a = { 0 };
    if (!area_get(tx, id, &a) || db_run(tx, close_area, IN(valid_to, id)) == 0)
        return;
    db_run(tx, close_code, IN(valid_to, id));
    db_run(tx, close_polygon, IN(valid_to, id));
    db_run(tx, update_children, IN(-1, a.parent));
    area_names_changed(tx);
    boxes_changed(tx);
}

void area_alias(struct tx *tx, int64_t id, struct str alias)
{
    struct area a = { 0 };
    alias = str_trim(alias);
    if (str_chars(alias) < 2 || str_chars(alias) > 60) {
        bad(tx, "alias", (struct label)L("别名", "Alias"), (struct label)L("别名为 2 到 60 个字", "An alias has 2 to 60 characters"));
        return;
    }
    if (area_get(tx, id, &a) && db_run(tx, insert_alias, IN(alias, id)) == 1)
        area_names_changed(tx);
}

void area_join(struct tx *tx, int64_t id, int64_t layer_area)
{
    db_run(tx, insert_join, IN(id, layer_area));
}

struct rows area_layers(struct tx *tx, int64_t id)
{
    return db_get(tx, select_layers, IN(id));
}
