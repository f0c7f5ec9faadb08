/* geojson.c -- GeoJSON (RFC 7946) in and out; see area.h. Coordinates become WKB in WGS-84 while they are read; all limits
 * are checked before or during that, because such files come from anywhere. */
#include "engine/area.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

SQL(select_shapes, "select a.id, a.name, a.level, p.wkb from area a left join area_polygon p on p.area = a.id and"
    " p.valid_to is null where a.parent = $1 and a.level = $2 and a.valid_to is null order by a.id");
SQL(select_shapes_all, "select a.id, a.name, a.level, p.wkb from area a left join area_polygon p on p.area = a.id and"
    " p.valid_to is null where a.level = $1 and a.valid_to is null order by a.id");
SQL(select_shapes_street, "select a.id, a.name, a.level, p.wkb from area a left join area_polygon p on p.area = a.id and"
    " p.valid_to is null where a.street = $1 and a.level = $2 and a.valid_to is null order by a.id");
SQL(select_shapes_community, "select a.id, a.name, a.level, p.wkb from area a left join area_polygon p on p.area = a.id and"
    " p.valid_to is null where a.community = $1 and a.level = $2 and a.valid_to is null order by a.id");
SQL(select_point, "select lat, lon from area where id = $1");
SQL(count_street, "select coalesce(street, 0), count(*), sum(case when late = 1 then 1 else 0 end),"
    " sum(case when urgency = 2 then 1 else 0 end) from matter where phase < 4 and secrecy < 2 group by street order by 1");
SQL(count_community, "select coalesce(community, 0), count(*), sum(case when late = 1 then 1 else 0 end),"
    " sum(case when urgency = 2 then 1 else 0 end) from matter where phase < 4 and secrecy < 2 group by community order by 1");
SQL(count_grid, "select coalesce(grid, 0), count(*), sum(case when late = 1 then 1 else 0 end),"
    " sum(case when urgency = 2 then 1 else 0 end) from matter where phase < 4 and secrecy < 2 group by grid order by 1");

enum { DEPTH_MAX = 12, BYTES_MAX = 32 << 20, FEATURES_MAX = 20000, POSITIONS_MAX = 2000000, RINGS_MAX = 1000, PARTS_MAX = 1000,
       WKB_POLYGON = 3, WKB_MULTIPOLYGON = 6 };

struct reading {
    struct arena *arena;
    struct fault *fault;
    enum datum datum;
    int64_t positions;
    int64_t feature;                                   /* from 1, for messages */
};

static bool refuse(struct reading *r, const char *zh, const char *en)
{
    struct bad_field bad = { .field = S("file"), .bad = BAD_RULE, .label = L("地图文件", "Map file"), .rule = { zh, en } };
    if (r->feature)
        bad.rule = (struct label){ arena_format(r->arena, "第 %lld 个要素：%s", (long long)r->feature, zh).p,
                                   arena_format(r->arena, "feature %lld: %s", (long long)r->feature, en).p };
    fault_field(r->fault, bad);
    return false;
}

/* --- before anything is built -------------------------------------------------------------------------------------- */

static bool is_shallow(struct str text)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']'))
            depth--;
        if (depth > DEPTH_MAX)
            return false;
    }
    return true;
}

static struct str text_of(const json_t *value)
{
    return json_is_string(value) ? (struct str){ json_string_value(value), json_string_length(value) } : S("");
}

static bool read_datum(struct reading *r, const json_t *root)
{
    static const struct { const char *name; enum datum datum; } names[] = {
        { "WGS-84", DATUM_WGS84 }, { "WGS84", DATUM_WGS84 }, { "CGCS2000", DATUM_WGS84 }, { "GCJ-02", DATUM_GCJ02 },
        { "GCJ02", DATUM_GCJ02 }, { "BD-09", DATUM_BD09 }, { "BD09", DATUM_BD09 },
        { "urn:ogc:def:crs:OGC:1.3:CRS84", DATUM_WGS84 }, { "EPSG:4326", DATUM_WGS84 },
        { "urn:ogc:def:crs:EPSG::4326", DATUM_WGS84 }, { "EPSG:4490", DATUM_WGS84 },
        { "urn:ogc:def:crs:EPSG::4490", DATUM_WGS84 },
    };
    const json_t *tag = json_object_get(root, "datum");
    if (!tag)
        tag = json_object_get(json_object_get(json_object_get(root, "crs"), "properties"), "name");
    if (!tag && json_object_get(root, "crs") == NULL)
        return true;
    for (size_t i = 0; i < COUNT(names); i++) {
        if (!str_is(text_of(tag), names[i].name))
            continue;
        r->datum = names[i].datum;
        return true;
    }
    return refuse(r, "坐标系应为 WGS-84（CGCS2000）、GCJ-02 或 BD-09",
                  "the reference system must be WGS-84 (CGCS2000), GCJ-02 or BD-09");
}

/* --- geometry ------------------------------------------------------------------------------------------------------- */

static void put_u32(struct buf *out, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        buf_char(out, (char)(v >> (8 * i)));
}

static void put_double(struct buf *out, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    for (int i = 0; i < 8; i++)
        buf_char(out, (char)(bits >> (8 * i)));
}

static bool read_position(struct reading *r, const json_t *position, double *ret_lon, double *ret_lat)
{
    const json_t *x = json_array_get(position, 0), *y = json_array_get(position, 1);
    if (!json_is_number(x) || !json_is_number(y) || json_array_size(position) > 3)
        return refuse(r, "坐标应为 [经度, 纬度]", "a position is [longitude, latitude]");
    double lon = json_number_value(x), lat = json_number_value(y);
    if (!isfinite(lon) || !isfinite(lat) || fabs(lon) > 180 || fabs(lat) > 90)
        return refuse(r, "坐标超出范围（应为经度在前、纬度在后的度数）", "a coordinate is out of range (degrees, longitude first)");
    if (++r->positions > POSITIONS_MAX)
        return refuse(r, "坐标点太多，请分成几个文件", "too many positions; split the file");
    datum_to_wgs84(r->datum, &lon, &lat);
    *ret_lon = lon;
    *ret_lat = lat;
    return true;
}

static bool put_ring(struct reading *r, struct buf *out, const json_t *ring)
{
    size_t count = json_array_size(ring);
    double lon, lat;
    if (count < 4)
        return refuse(r, "一圈边界至少要 4 个点", "a ring needs at least 4 positions");
    if (!json_equal(json_array_get(ring, 0), json_array_get(ring, count - 1)))
        return refuse(r, "边界没有闭合（首尾点应相同）", "a ring is not closed (first and last position must be equal)");
    put_u32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        if (!read_position(r, json_array_get(ring, i), &lon, &lat))
            return false;
        put_double(out, lon);
        put_double(out, lat);
    }
    return true;
}

static bool put_polygon(struct reading *r, struct buf *out, const json_t *rings)
{
    size_t count = json_array_size(rings);
    if (count == 0 || count > RINGS_MAX)
        return refuse(r, "多边形没有边界或孔太多", "a polygon has no ring or too many holes");
    buf_char(out, 1);                                  /* little-endian */
    put_u32(out, WKB_POLYGON);
    put_u32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        if (!put_ring(r, out, json_array_get(rings, i)))
            return false;
    return true;
}

static bool put_multi(struct reading *r, struct buf *out, const json_t *polygons)
{
    size_t count = json_array_size(polygons);
    if (count == 0 || count > PARTS_MAX)
        return refuse(r, "多块区域为空或块数太多", "a multi-polygon is empty or has too many parts");
    buf_char(out, 1);
    put_u32(out, WKB_MULTIPOLYGON);
    put_u32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        if (!put_polygon(r, out, json_array_get(polygons, i)))
            return false;
    return true;
}

static bool read_geometry(struct reading *r, const json_t *geometry, struct geojson_feature *f)
{
    struct str type = text_of(json_object_get(geometry, "type"));
    const json_t *coordinates = json_object_get(geometry, "coordinates");
    struct buf out = buf_in(r->arena);
    double lon = 0, lat = 0;
    if (geometry == NULL || json_is_null(geometry))
        return true;
    if (str_is(type, "Point")) {
        if (!read_position(r, coordinates, &lon, &lat))
            return false;
        f->lon = llround(lon * 1e7);
        f->lat = llround(lat * 1e7);
        return true;
    }
    bool ok = str_is(type, "Polygon") ? put_polygon(r, &out, coordinates)
            : str_is(type, "MultiPolygon") ? put_multi(r, &out, coordinates)
            : refuse(r, "只接受 Point、Polygon、MultiPolygon", "only Point, Polygon and MultiPolygon are taken");
    f->wkb = buf_str(&out);
    return ok;
}

/* --- features ------------------------------------------------------------------------------------------------------- */

/* Codes often arrive as numbers. */
static struct str code_of(struct reading *r, const json_t *value)
{
    if (json_is_integer(value))
        return arena_format(r->arena, "%lld", (long long)json_integer_value(value));
    return arena_copy(r->arena, str_trim(text_of(value)));
}

static bool read_feature(struct reading *r, const json_t *feature, struct geojson_feature *f)
{
    const json_t *properties = json_object_get(feature, "properties");
    if (!str_is(text_of(json_object_get(feature, "type")), "Feature"))
        return refuse(r, "不是 Feature", "it is no Feature");
    f->code = code_of(r, json_object_get(properties, "code"));
    if (f->code.n == 0)
        f->code = code_of(r, json_object_get(properties, "adcode"));
    f->parent_code = code_of(r, json_object_get(properties, "parent_code"));
    f->name = arena_copy(r->arena, str_trim(text_of(json_object_get(properties, "name"))));
    if (f->code.n > 60 || f->parent_code.n > 60 || f->name.n > 300)
        return refuse(r, "编码或名称太长", "a code or a name is too long");
    return read_geometry(r, json_object_get(feature, "geometry"), f);
}

static bool read_root(struct reading *r, const json_t *root, struct geojson_feature **ret_features, int64_t *ret_count)
{
    const json_t *features = json_object_get(root, "features");
    size_t count = json_array_size(features);
    if (!str_is(text_of(json_object_get(root, "type")), "FeatureCollection") || !json_is_array(features))
        return refuse(r, "应为 GeoJSON FeatureCollection", "must be a GeoJSON FeatureCollection");
    if (count > FEATURES_MAX)
        return refuse(r, "要素太多，请分成几个文件", "too many features; split the file");
    if (!read_datum(r, root))
        return false;
    struct geojson_feature *list = arena_array(r->arena, struct geojson_feature, count + 1);
    for (size_t i = 0; i < count; i++) {
        r->feature = (int64_t)i + 1;
        if (!read_feature(r, json_array_get(features, i), &list[i]))
            return false;
    }
    *ret_features = list;
    *ret_count = (int64_t)count;
    return true;
}

bool geojson_read(struct arena *a, struct str text, enum datum datum, struct geojson_feature **ret_features,
                  int64_t *ret_count, struct fault *fault)
{
    struct reading r = { .arena = a, .fault = fault, .datum = datum };
    json_error_t error;
    if (str_starts(text, S("\xef\xbb\xbf")))
        text = str_from(text, 3);
    if (text.n > BYTES_MAX)
        return refuse(&r, "文件超过 32 MB", "the file is larger than 32 MB");
    if (!is_shallow(text))
        return refuse(&r, "内容嵌套太深", "the content is nested too deeply");
    json_t *root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    bool ok = root ? read_root(&r, root, ret_features, ret_count) : refuse(&r, "不是有效的 JSON", "it is not valid JSON");
    json_decref(root);
    if (ok && a->over) {
        fault_set(fault, ERR_TOO_LARGE, 0);
        return false;
    }
    return ok;
}

/* --- into the store ------------------------------------------------------------------------------------------------- */

void geojson_apply(struct tx *tx, const struct geojson_feature *f, enum level level, struct geojson_result *result)
{
    struct area a = { 0 }, parent = { 0 };
    if (f->code.n == 0 || (f->wkb.n == 0 && f->lat == 0 && f->lon == 0)) {
        result->skipped++;
        return;
    }
    if (!area_by_code(tx, f->code, &a)) {
        if (f->name.n == 0 || !area_by_code(tx, f->parent_code, &parent)) {
            result->skipped++;
            return;
        }
        a = (struct area){ .parent = parent.id, .level = level, .code = f->code, .name = f->name, .lat = f->lat, .lon = f->lon };
        a.id = area_put(tx, &a, tx->now);
        result->areas++;
    } else if (f->wkb.n == 0) {
        a.lat = f->lat;
        a.lon = f->lon;
        area_put(tx, &a, tx->now);
    }
    if (f->wkb.n > 0)
        area_set_polygon(tx, a.id, f->wkb, tx->now);
    result->points += f->wkb.n == 0;
    result->polygons += f->wkb.n > 0;
}

bool geojson_import(struct tx *tx, struct str text, enum datum datum, enum level level, struct geojson_result *ret_result)
{
    struct geojson_feature *features = NULL;
    struct geojson_result result = { 0 };
    int64_t count = 0;
    if (!geojson_read(tx->arena, text, datum, &features, &count, &tx->fault))
        return false;
    for (int64_t i = 0; i < count && !tx_failed(tx); i++)
        geojson_apply(tx, &features[i], level, &result);
    if (tx_failed(tx))
        return false;
    *ret_result = result;
    return true;
}

/* --- out of the store ----------------------------------------------------------------------------------------------- */

struct wkb { const uint8_t *at, *end; };

static uint32_t take_u32(struct wkb *w)
{
    uint32_t v = 0;
    if (w->end - w->at < 4) {
        w->at = w->end;
        return 0;
    }
    for (int i = 0; i < 4; i++)
        v |= (uint32_t)*w->at++ << (8 * i);
    return v;
}

static double take_double(struct wkb *w)
{
    uint64_t bits = 0;
    double v;
    if (w->end - w->at < 8) {
        w->at = w->end;
        return 0;
    }
    for (int i = 0; i < 8; i++)
        bits |= (uint64_t)*w->at++ << (8 * i);
    memcpy(&v, &bits, sizeof v);
    return v;
}

static void write_polygon(struct json *j, struct wkb *w)
{
    w->at += w->end > w->at;                           /* always little-endian: put_polygon wrote it */
    take_u32(w);
    json_list(j);
    for (uint32_t rings = take_u32(w); rings > 0 && w->at < w->end; rings--) {
        json_list(j);
        for (uint32_t points = take_u32(w); points > 0 && w->at < w->end; points--) {
            json_list(j);
            json_degree(j, llround(take_double(w) * 1e7));
            json_degree(j, llround(take_double(w) * 1e7));
            json_end(j);
        }
        json_end(j);
    }
    json_end(j);
}

static void write_geometry(struct json *j, struct str bytes, int64_t lat, int64_t lon)
{
    struct wkb w = { (const uint8_t *)bytes.p, (const uint8_t *)bytes.p + bytes.n };
    json_key(j, "geometry");
    if (bytes.n < 9 && lat == 0 && lon == 0) {
        json_nil(j);
        return;
    }
    json_obj(j);
    bool multi = bytes.n >= 9 && bytes.p[1] == WKB_MULTIPOLYGON;
    json_key_str(j, "type", bytes.n < 9 ? S("Point") : multi ? S("MultiPolygon") : S("Polygon"));
    json_key(j, "coordinates");
    if (bytes.n < 9) {
        json_list(j);
        json_degree(j, lon);
        json_degree(j, lat);
        json_end(j);
    } else if (multi) {
        w.at += 5;
        json_list(j);
        for (uint32_t parts = take_u32(&w); parts > 0 && w.at < w.end; parts--)
            write_polygon(j, &w);
        json_end(j);
    } else {
        write_polygon(j, &w);
    }
    json_end(j);
}

struct count { int64_t area, open, overdue, alarms; };
struct counts { struct count *items; int64_t n; };

static struct counts counts_of(struct tx *tx, enum level level)
{
    enum { AREAS_MAX = 20000 };
    struct counts c = { 0 };
    struct count one = { 0 };
    if (level != LEVEL_STREET && level != LEVEL_COMMUNITY && level != LEVEL_GRID)
        return c;
    c.items = arena_array(tx->arena, struct count, 64);
    int64_t room = 64;
    struct rows rows = level == LEVEL_STREET ? db_get(tx, count_street, IN())
                     : level == LEVEL_COMMUNITY ? db_get(tx, count_community, IN()) : db_get(tx, count_grid, IN());
    while (c.n < AREAS_MAX && db_row(&rows, OUT(&one.area, &one.open, &one.overdue, &one.alarms))) {
        if (c.n == room) {
            struct count *more = arena_array(tx->arena, struct count, (size_t)room * 2);
            memcpy(more, c.items, sizeof *more * (size_t)room);
            c.items = more;
            room *= 2;
        }
        c.items[c.n++] = one;
    }
    rows_end(&rows);
    return c;
}

static int by_area(const void *a, const void *b)
{
    int64_t x = ((const struct count *)a)->area, y = ((const struct count *)b)->area;
    return (x > y) - (x < y);
}

static struct count count_of(const struct counts *c, int64_t area)
{
    const struct count key = { .area = area };
    const struct count *found = c->n ? bsearch(&key, c->items, (size_t)c->n, sizeof key, by_area) : NULL;
    return found ? *found : key;
}

static struct rows shapes(struct tx *tx, int64_t under, enum level level)
{
    struct area up = { 0 };
    if (under == 0 || !area_get(tx, under, &up) || up.level == LEVEL_DISTRICT)
        return db_get(tx, select_shapes_all, IN(level));
    if (up.level == LEVEL_STREET)
        return db_get(tx, select_shapes_street, IN(under, level));
    if (up.level == LEVEL_COMMUNITY)
        return db_get(tx, select_shapes_community, IN(under, level));
    return db_get(tx, select_shapes, IN(under, level));
}

void geojson_write(struct tx *tx, struct json *j, int64_t under, enum level level)
{
    struct { int64_t id; struct str name; int level; struct blob wkb; } a = { 0 };
    struct counts counts = counts_of(tx, level);
    struct rows rows = shapes(tx, under, level);
    json_obj(j);
    json_key_str(j, "type", S("FeatureCollection"));
    json_key_list(j, "features");
    while (db_row(&rows, OUT(&a.id, &a.name, &a.level, &a.wkb))) {
        struct count c = count_of(&counts, a.id);
        int64_t lat = 0, lon = 0;
        if (a.wkb.bytes.n == 0)
            db_one(tx, select_point, IN(a.id), OUT(&lat, &lon));
        json_obj(j);
        json_key_str(j, "type", S("Feature"));
        json_key_int(j, "id", a.id);
        json_key_obj(j, "properties");
        json_key_int(j, "id", a.id);
        json_key_str(j, "name", a.name);
        json_key_str(j, "level", str_of(level_wire((enum level)a.level)));
        json_key_int(j, "open", c.open);
        json_key_int(j, "overdue", c.overdue);
        json_key_int(j, "alarms", c.alarms);
        json_end(j);
        write_geometry(j, a.wkb.bytes, lat, lon);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}
