/* routes_place.c -- the territory and who works in it: areas, their boundaries, points, door codes, organisations. The
 * names of areas and organisations are no secret within the office; telephones of seats are masked. */
#include "http/http.h"

#include "engine/area.h"
#include "engine/org.h"
#include "engine/rule.h"

enum { SEES = R_ANY | R(KIOSK), ANCESTORS_MAX = 12 };

static void area_members(struct req *r, const struct area *a)
{
    struct json *j = &r->out;
    json_key_int(j, "id", a->id);
    json_key_str(j, "code", a->code);
    json_key_str(j, "name", a->name);
    json_key_str(j, "level", str_of(level_wire(a->level)));
    json_key_str(j, "level_label", label_in(level_label(a->level), r->lang));
    json_key_id(j, "parent", a->parent);
    json_key_id(j, "street", a->place.street);
    json_key_id(j, "community", a->place.community);
    json_key_id(j, "grid", a->place.grid);
    json_key_id(j, "org", a->org);
    if (a->layer.n)
        json_key_str(j, "layer", a->layer);
    if (a->lat || a->lon) {
        json_key(j, "lat");
        json_degree(j, a->lat);
        json_key(j, "lon");
        json_degree(j, a->lon);
    }
    json_key_int(j, "child_count", a->child_count);
}

struct area_query { struct has has; int64_t under, limit; struct str level, q, after; };
static const struct field area_query[] = {
    FIELD(struct area_query, under, ID, .label = L("上级", "Under"), .ref = "area"),
    FIELD(struct area_query, level, TEXT, .label = L("层级", "Level"), .max = 20),
    FIELD(struct area_query, q, TEXT, .label = L("名称", "Name"), .max = 60),
    FIELD(struct area_query, after, TEXT, .label = L("起点", "After"), .max = 40),
    FIELD(struct area_query, limit, INT, .label = L("条数", "How many"), .min = 1, .max = 1000), {0} };

static enum level level_asked(struct req *r, struct str name)
{
    enum level level = LEVEL_COUNT;
    if (name.n && !level_from_wire(name, &level))
        fault_field(&r->tx->fault, (struct bad_field){ .field = S("level"), .bad = BAD_RULE, .label = L("层级", "Level"),
            .rule = L("没有这个层级", "There is no such level") });
    return level;
}

static void areas_show(struct req *r)
{
    const struct area_query *q = r->query;
    int64_t after = 0, limit = q->limit ? q->limit : 200;
    enum level level = level_asked(r, q->level);
    struct area a;
    int count = 0;
    int64_t last = 0;
    if (q->after.n && !str_to_i64(q->after, &after))
        after = 0;
    if (tx_failed(r->tx))
        return;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = area_children(r->tx, q->under, level, q->q, after, (int)limit);
    while (area_row(&rows, &a)) {
        json_obj(&r->out);
        area_members(r, &a);
        json_end(&r->out);
        last = a.id;
        count++;
    }
    json_end(&r->out);
    r->next = count == limit ? arena_format(r->arena, "%lld", (long long)last) : (struct str){ 0 };
    json_key_str(&r->out, "next", r->next);
    json_end(&r->out);
}

static void seats_write(struct req *r, const struct area *a)
{
    const struct rule_set *kinds = rule_set(rules_of(r->tx), "seats");
    struct seat bound[4] = { 0 }, seat;
    struct place place = a->place;
    json_key_list(&r->out, "seats");
    seat_bound(r->tx, place, bound);
    struct seat *list = arena_array(r->arena, struct seat, 100);
    int count = 0;
    for (int i = 0; i < 4; i++)
        list[count++] = bound[i];
    struct rows rows = seat_list(r->tx, 0, a->id);
    while (count < 100 && seat_row(&rows, &seat)) {
        bool known = false;
        for (int i = 0; i < 4; i++)
            known = known || bound[i].id == seat.id;
        if (!known)
            list[count++] = seat;
    }
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        const struct rule_entry *kind = kinds ? rule_entry(kinds, list[i].kind) : NULL;
        json_obj(&r->out);
        json_key_id(&r->out, "id", list[i].id);
        json_key_str(&r->out, "seat", list[i].kind);
        json_key_str(&r->out, "label", kind ? label_in(kind->label, r->lang) : list[i].kind);
        json_key_str(&r->out, "person_name", list[i].name);
        json_key_str(&r->out, "phone_masked", mask_text(r->arena, MASK_PHONE, list[i].phone));
        json_key_bool(&r->out, "vacant", list[i].id == 0 || (list[i].name.n == 0 && list[i].account == 0));
        json_key_bool(&r->out, "gap", list[i].id == 0);
        json_key_bool(&r->out, "bound", i < 4);
        json_end(&r->out);
    }
    json_end(&r->out);
}

static void area_show(struct req *r)
{
    struct area a, up, layer;
    struct area ancestors[ANCESTORS_MAX];
    int count = 0;
    if (!area_get(r->tx, r->id, &a))
        return;
    for (int64_t parent = a.parent; parent && count < ANCESTORS_MAX && area_get(r->tx, parent, &up); parent = up.parent)
        ancestors[count++] = up;
    json_obj(&r->out);
    area_members(r, &a);
    json_key_str(&r->out, "path", area_full_name(r->tx, a.id));
    json_key_list(&r->out, "ancestors");
    while (count--) {
        json_obj(&r->out);
        area_members(r, &ancestors[count]);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_key_list(&r->out, "layers");
    struct rows rows = area_layers(r->tx, a.id);
    while (area_row(&rows, &layer)) {
        json_obj(&r->out);
        json_key_int(&r->out, "id", layer.id);
        json_key_str(&r->out, "name", layer.name);
        json_key_str(&r->out, "kind", layer.layer);
        json_end(&r->out);
    }
    json_end(&r->out);
    seats_write(r, &a);
    if (who_has(r->who, R_STAFF))
        json_key_str(&r->out, "door_code", area_door_code(r->tx, a.id));
    json_end(&r->out);
}

static void geojson_show(struct req *r)
{
    const struct area_query *q = r->query;
    enum level level = level_asked(r, q->level);
    if (tx_failed(r->tx))
        return;
    geojson_write(r->tx, &r->out, q->under, level == LEVEL_COUNT ? LEVEL_GRID : level);
    r->type = S("application/geo+json");
    r->bytes = json_done(&r->out);
}

struct point_query { struct has has; int64_t lat, lon; };
static const struct field point_query[] = {
    FIELD(struct point_query, lat, DEGREE, .label = L("纬度", "Latitude"), .required = true, .min = -900000000,
          .max = 900000000),
    FIELD(struct point_query, lon, DEGREE, .label = L("经度", "Longitude"), .required = true, .min = -1800000000,
          .max = 1800000000), {0} };

static void place_show(struct req *r)
{
    const struct point_query *q = r->query;
    struct area a;
    bool disputed = false;
    if (!area_at(r->tx, q->lat, q->lon, &a, &disputed)) {
        tx_refuse(r->tx, ERR_NOT_FOUND, "此处不在任何辖区内", "No area holds this point");
        return;
    }
    json_obj(&r->out);
    json_key_int(&r->out, "area", a.id);
    json_key_str(&r->out, "name", area_full_name(r->tx, a.id));
    json_key_id(&r->out, "grid", a.place.grid);
    json_key_id(&r->out, "community", a.place.community);
    json_key_id(&r->out, "street", a.place.street);
    json_key_bool(&r->out, "disputed", disputed);
    json_end(&r->out);
}

/* The QR on a unit door is the place: whoever stands before it may read its name, and nothing else. */
static void door_show(struct req *r)
{
    int64_t id;
    struct area a;
    if (!area_from_door_code(r->tx, r->part[0], &id) || !area_get(r->tx, id, &a)) {
        fault_clear(&r->tx->fault);
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
        return;
    }
    json_obj(&r->out);
    json_key_str(&r->out, "code", r->part[0]);
    json_key_str(&r->out, "name", a.name);
    json_key_str(&r->out, "full_name", area_full_name(r->tx, id));
    json_end(&r->out);
}

struct org_query { struct has has; struct str kind, q, after; int64_t limit; };
static const struct field org_query[] = {
    FIELD(struct org_query, kind, TEXT, .label = L("类型", "Kind"), .max = 40),
    FIELD(struct org_query, q, TEXT, .label = L("名称", "Name"), .max = 60),
    FIELD(struct org_query, after, TEXT, .label = L("起点", "After"), .max = 40),
    FIELD(struct org_query, limit, INT, .label = L("条数", "How many"), .min = 1, .max = 500), {0} };

static void orgs_show(struct req *r)
{
    const struct org_query *q = r->query;
    const struct rule_set *kinds = rule_set(rules_of(r->tx), "org_kinds");
    int64_t after = 0, limit = q->limit ? q->limit : 200, last = 0;
    struct org o;
    int count = 0;
    if (q->after.n && !str_to_i64(q->after, &after))
        after = 0;
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = org_list(r->tx, q->kind, q->q, after, (int)limit);
    while (org_row(&rows, &o)) {
        const struct rule_entry *kind = kinds ? rule_entry(kinds, o.kind) : NULL;
        json_obj(&r->out);
        json_key_int(&r->out, "id", o.id);
        json_key_str(&r->out, "code", o.code);
        json_key_str(&r->out, "name", o.name);
        json_key_str(&r->out, "kind", o.kind);
        json_key_str(&r->out, "kind_label", kind ? label_in(kind->label, r->lang) : o.kind);
        json_key_id(&r->out, "parent", o.parent);
        json_key_id(&r->out, "area", o.area);
        json_key_str(&r->out, "phone", o.phone);
        json_end(&r->out);
        last = o.id;
        count++;
    }
    json_end(&r->out);
    r->next = count == limit ? arena_format(r->arena, "%lld", (long long)last) : (struct str){ 0 };
    json_key_str(&r->out, "next", r->next);
    json_end(&r->out);
}

const struct route place_routes[] = {
    { GET, "/areas", SEES, .show = areas_show, .query = area_query, .query_size = sizeof(struct area_query),
      .about = L("辖区", "The territory") },
    { GET, "/areas/{id}", SEES, .show = area_show, .about = L("一个辖区：上级、岗位、图层", "One area: ancestors, seats, layers") },
    { GET, "/areas.geojson", SEES, .show = geojson_show, .query = area_query, .query_size = sizeof(struct area_query),
      .flags = ROUTE_LARGE, .about = L("辖区边界", "Boundaries as GeoJSON") },
    { GET, "/place", SEES, .show = place_show, .query = point_query, .query_size = sizeof(struct point_query),
      .about = L("坐标所在的网格", "The grid that holds a point") },
    { GET, "/places/{code}", R_PUBLIC, .show = door_show, .flags = ROUTE_SLOW_DOWN,
      .about = L("门牌二维码对应的地点", "The place a door's QR code stands for") },
    { GET, "/orgs", SEES, .show = orgs_show, .query = org_query, .query_size = sizeof(struct org_query),
          .about = L("单位", "Organisations") },
    {0} };
