/* geo.c -- datums, distances, and which area holds a point; see area.h. A prepared polygon is kept per process: preparing
 * costs a thousand times what a test does. GEOS contexts belong to one thread at a time, so one lock guards the one
 * context and its polygons; a test under it takes microseconds. */
#include "engine/area_box.h"

#include <assert.h>
#include <geos_c.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

SQL(select_wkb, "select wkb from area_polygon where area = $1 and valid_from = $2");
SQL(select_present, "select valid_from, wkb from area_polygon where area = $1 and valid_to is null");
SQL(end_present, "update area_polygon set valid_to = $1 where area = $2 and valid_to is null");
SQL(insert_polygon, "insert into area_polygon(area, valid_from, level, lat_min, lat_max, lon_min, lon_max, wkb)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8)");
SQL(update_point, "update area set lat = $1, lon = $2 where id = $3 and lat = 0 and lon = 0");

#define E7 1e7

/* --- datums (STANDARDS.md section 11) ------------------------------------------------------------------------------- */

#define AXIS_M 6378245.0
#define ECCENTRICITY 0.00669342162296594323

static bool in_china(double lon, double lat)
{
    return lon > 73.66 && lon < 135.05 && lat > 3.86 && lat < 53.55;
}

static double wave(double v, double a, double b)                   /* two sines that both offsets share */
{
    return (a * sin(v * M_PI) + b * sin(v / 3 * M_PI)) * 2 / 3;
}

static double common(double x)
{
    return (20 * sin(6 * x * M_PI) + 20 * sin(2 * x * M_PI)) * 2 / 3;
}

static void gcj_from_wgs(double *lon, double *lat)
{
    if (!in_china(*lon, *lat))
        return;
    double x = *lon - 105, y = *lat - 35, root = sqrt(fabs(x));
    double dlat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common(x) + wave(y, 20, 40) +
                  (160 * sin(y / 12 * M_PI) + 320 * sin(y * M_PI / 30)) * 2 / 3;
    double dlon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common(x) + wave(x, 20, 40) +
                  (150 * sin(x / 12 * M_PI) + 300 * sin(x / 30 * M_PI)) * 2 / 3;
    double phi = *lat / 180 * M_PI, m = 1 - ECCENTRICITY * sin(phi) * sin(phi);
    *lat += dlat * 180 / (AXIS_M * (1 - ECCENTRICITY) / (m * sqrt(m)) * M_PI);
    *lon += dlon * 180 / (AXIS_M / sqrt(m) * cos(phi) * M_PI);
}

#define BD_K (M_PI * 3000 / 180)

static void bd_from_gcj(double *lon, double *lat)
{
    double z = sqrt(*lon * *lon + *lat * *lat) + 2e-5 * sin(*lat * BD_K), theta = atan2(*lat, *lon) + 3e-6 * cos(*lon * BD_K);
    *lon = z * cos(theta) + 0.0065;
    *lat = z * sin(theta) + 0.006;
}

void datum_from_wgs84(enum datum datum, double *lon, double *lat)
{
    if (datum == DATUM_WGS84)
        return;
    gcj_from_wgs(lon, lat);
    if (datum == DATUM_BD09)
        bd_from_gcj(lon, lat);
}

/* The forward function is smooth and nearly the identity, so p <- p - (f(p) - g) closes in quickly: five steps reach the
 * limit of a double for GCJ-02, and the same serves BD-09, whose published inverse is off by up to 0.13 m. */
void datum_to_wgs84(enum datum datum, double *lon, double *lat)
{
    if (datum == DATUM_WGS84)
        return;
    double x = *lon, y = *lat;
    for (int i = 0; i < 12; i++) {
        double fx = x, fy = y;
        datum_from_wgs84(datum, &fx, &fy);
        x -= fx - *lon;
        y -= fy - *lat;
    }
    *lon = x;
    *lat = y;
}

double distance_m(int64_t lat1, int64_t lon1, int64_t lat2, int64_t lon2)
{
    double a1 = (double)lat1 / E7 * M_PI / 180, a2 = (double)lat2 / E7 * M_PI / 180;
    double dlat = a2 - a1, dlon = (double)(lon2 - lon1) / E7 * M_PI / 180;
    double h = sin(dlat / 2) * sin(dlat / 2) + cos(a1) * cos(a2) * sin(dlon / 2) * sin(dlon / 2);
    return 2 * 6371008.8 * asin(fmin(1, sqrt(h)));                 /* mean radius of the earth, IUGG */
}

/* --- polygons --------------------------------------------------------------------------------------------------------- */

enum { CACHE_SLOTS = 1024 };
struct kept {
    const struct store *store;
    int64_t area;
    ms valid_from;
    GEOSGeometry *geometry;
    const GEOSPreparedGeometry *prepared;
};
static struct kept cache[CACHE_SLOTS];
static GEOSContextHandle_t geos;
static pthread_mutex_t geos_lock = PTHREAD_MUTEX_INITIALIZER;

static void quiet(const char *message, void *arg)
{
    (void)message;
    (void)arg;
}

static void geos_take(void)
{
    pthread_mutex_lock(&geos_lock);
    if (geos)
        return;
    geos = GEOS_init_r();
    assert(geos);
    GEOSContext_setNoticeMessageHandler_r(geos, quiet, NULL);
    GEOSContext_setErrorMessageHandler_r(geos, quiet, NULL);
}

static void geos_give(void)
{
    pthread_mutex_unlock(&geos_lock);
}

static GEOSGeometry *from_wkb(struct str wkb)
{
    GEOSWKBReader *reader = GEOSWKBReader_create_r(geos);
    GEOSGeometry *g = GEOSWKBReader_read_r(geos, reader, (const unsigned char *)wkb.p, wkb.n);
    GEOSWKBReader_destroy_r(geos, reader);
    return g;
}

static struct kept *slot_of(const struct store *store, int64_t area, ms valid_from)
{
    uint64_t hash = ((uint64_t)area * 0x9e3779b97f4a7c15u ^ (uint64_t)valid_from * 0xff51afd7ed558ccdu) >> 40;
    struct kept *k = &cache[hash % CACHE_SLOTS];
    if (k->geometry && (k->store != store || k->area != area || k->valid_from != valid_from)) {
        GEOSPreparedGeom_destroy_r(geos, k->prepared);
        GEOSGeom_destroy_r(geos, k->geometry);
        *k = (struct kept){ 0 };
    }
    return k;
}

/* -1: it is not in the cache. Called with the lock held. */
static int kept_holds(const struct kept *k, int64_t lat, int64_t lon)
{
    if (!k->prepared)
        return -1;
    GEOSGeometry *point = GEOSGeom_createPointFromXY_r(geos, (double)lon / E7, (double)lat / E7);
    char holds = GEOSPreparedIntersects_r(geos, k->prepared, point);
    GEOSGeom_destroy_r(geos, point);
    return holds == 1;
}

static bool polygon_holds(struct tx *tx, int64_t area, ms valid_from, int64_t lat, int64_t lon)
{
    geos_take();
    int holds = kept_holds(slot_of(tx->store, area, valid_from), lat, lon);
    geos_give();
    if (holds >= 0)
        return holds;
    struct blob wkb = { S("") };
    if (!db_one(tx, select_wkb, IN(area, valid_from), OUT(&wkb)))
        return false;
    geos_take();
    struct kept *k = slot_of(tx->store, area, valid_from);
    if (!k->geometry && (k->geometry = from_wkb(wkb.bytes))) {
        k->store = tx->store;
        k->area = area;
        k->valid_from = valid_from;
        k->prepared = GEOSPrepare_r(geos, k->geometry);
    }
    holds = kept_holds(k, lat, lon);
    geos_give();
    return holds == 1;
}

struct box { double lat_min, lat_max, lon_min, lon_max, lat, lon; };

/* False when it is no valid polygon. */
static bool box_of(struct str wkb, struct box *ret_box)
{
    bool ok = false;
    geos_take();
    GEOSGeometry *g = from_wkb(wkb), *point = NULL;
    int type = g ? GEOSGeomTypeId_r(geos, g) : -1;
    struct box b = { 0 };
    if ((type == GEOS_POLYGON || type == GEOS_MULTIPOLYGON) && GEOSisValid_r(geos, g) == 1 && GEOSisEmpty_r(geos, g) == 0) {
        point = GEOSPointOnSurface_r(geos, g);
        ok = point && GEOSGeomGetX_r(geos, point, &b.lon) == 1 && GEOSGeomGetY_r(geos, point, &b.lat) == 1 &&
             GEOSGeom_getXMin_r(geos, g, &b.lon_min) && GEOSGeom_getXMax_r(geos, g, &b.lon_max) &&
             GEOSGeom_getYMin_r(geos, g, &b.lat_min) && GEOSGeom_getYMax_r(geos, g, &b.lat_max);
    }
    if (point)
        GEOSGeom_destroy_r(geos, point);
    if (g)
        GEOSGeom_destroy_r(geos, g);
    geos_give();
    if (ok)
        *ret_box = b;
    return ok;
}

/* A boundary is never changed in place: readers keep prepared polygons by (area, valid_from). Two at one moment are told
 * apart by a millisecond. */
void area_set_polygon(struct tx *tx, int64_t id, struct str wkb, ms valid_from)
{
    struct area a = { 0 };
    struct box b = { 0 };
    struct blob old = { S("") };
    ms old_from = 0;
    if (!area_get(tx, id, &a))
        return;
    if (!box_of(wkb, &b)) {
        fault_field(&tx->fault, (struct bad_field){ .field = S("polygon"), .bad = BAD_RULE, .label = L("边界", "Boundary"),
            .rule = L("边界不是有效的多边形（可能自相交）", "The boundary is no valid polygon; it may cross itself") });
        return;
    }
    bool known = db_one(tx, select_present, IN(id), OUT(&old_from, &old));
    if (known && str_eq(old.bytes, wkb))
        return;
    if (known && valid_from <= old_from)
        valid_from = old_from + 1;
    db_run(tx, end_present, IN(valid_from, id));
    db_run(tx, insert_polygon, IN(id, valid_from, a.level, (int64_t)floor(b.lat_min * E7), (int64_t)ceil(b.lat_max * E7),
        (int64_t)floor(b.lon_min * E7), (int64_t)ceil(b.lon_max * E7), (struct blob){ wkb }));
    boxes_changed(tx);
    db_run(tx, update_point, IN((int64_t)llround(b.lat * E7), (int64_t)llround(b.lon * E7), id));
}

/* --- which area ------------------------------------------------------------------------------------------------------- */

static bool first_holding(struct tx *tx, const struct box_hit *hits, int count, int64_t lat, int64_t lon, struct area *ret_area,
                          bool *ret_disputed)
{
    const struct box_hit *found = NULL;
    *ret_disputed = false;
    for (int i = 0; i < count; i++) {
        if (found && hits[i].level < found->level)
            break;
        if (!polygon_holds(tx, hits[i].area, hits[i].valid_from, lat, lon))
            continue;
        if (found) {
            *ret_disputed = true;
            break;
        }
        found = &hits[i];
    }
    return found && area_get(tx, found->area, ret_area);
}

bool area_at(struct tx *tx, int64_t lat, int64_t lon, struct area *ret_area, bool *ret_disputed)
{
    struct box_hit hits[BOX_HITS_MAX];
    int count = boxes_at(tx, lat, lon, hits);
    return first_holding(tx, hits, count, lat, lon, ret_area, ret_disputed);
}

bool area_at_time(struct tx *tx, int64_t lat, int64_t lon, ms at, struct area *ret_area, bool *ret_disputed)
{
    struct box_hit hits[BOX_HITS_MAX];
    int count = boxes_at_time(tx, lat, lon, at, hits);
    return first_holding(tx, hits, count, lat, lon, ret_area, ret_disputed);
}

bool area_of_layer(struct tx *tx, const char *layer, int64_t lat, int64_t lon, struct area *ret_area)
{
    struct box_hit hits[BOX_HITS_MAX];
    bool disputed;
    int count = boxes_of_layer(tx, layer, lat, lon, hits);
    return first_holding(tx, hits, count, lat, lon, ret_area, &disputed);
}
