/* geo_test.c -- datums against the published vectors, points in boundaries and their history, GeoJSON, on both stores. */
#include "test/office.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- datums: STANDARDS.md section 11 ----------------------------------------------------------------------------------- */

static bool near(double a, double b, double within)
{
    return fabs(a - b) <= within;
}

TEST(the_published_vectors_of_gcj02_and_bd09_are_met)
{
    static const struct { double lon, lat; enum datum to; double want_lon, want_lat, within; } rows[] = {
        { 116.404, 39.915, DATUM_GCJ02, 116.41024449916938, 39.91640428150164, 1e-12 },
        { 113.6253, 34.7466, DATUM_GCJ02, 113.6313466, 34.7454173, 6e-8 },
        { 113.6253, 34.7466, DATUM_BD09, 113.6377475, 34.7517222, 6e-8 },
        { 113.615, 34.740, DATUM_GCJ02, 113.6210394, 34.7388014, 6e-8 },
        { 113.615, 34.740, DATUM_BD09, 113.6274837, 34.7449880, 6e-8 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        double lon = rows[i].lon, lat = rows[i].lat;
        datum_from_wgs84(rows[i].to, &lon, &lat);
        CHECK(near(lon, rows[i].want_lon, rows[i].within) && near(lat, rows[i].want_lat, rows[i].within));
        datum_to_wgs84(rows[i].to, &lon, &lat);
        CHECK(near(lon, rows[i].lon, 1e-9) && near(lat, rows[i].lat, 1e-9));
    }
    double lon = -0.1278, lat = 51.5074;                             /* outside China nothing is shifted */
    datum_from_wgs84(DATUM_GCJ02, &lon, &lat);
    CHECK(lon == -0.1278 && lat == 51.5074);
}

TEST(the_inverse_closes_to_a_tenth_of_a_millimetre_over_the_district)
{
    double worst = 0, shift = 0;
    for (int i = 0; i < 2000; i++) {
        double lon = 113.4 + (i % 50) * 0.01, lat = 34.5 + (double)(i / 50) * 0.01;
        for (enum datum d = DATUM_GCJ02; d <= DATUM_BD09; d++) {
            double x = lon, y = lat;
            datum_from_wgs84(d, &x, &y);
            shift = fmax(shift, fabs(x - lon));
            datum_to_wgs84(d, &x, &y);
            worst = fmax(worst, fmax(fabs(x - lon), fabs(y - lat)));
        }
    }
    CHECK(worst < 1e-9);                                             /* 0.1 mm */
    CHECK(shift > 0.004);                                            /* and it is not the identity */
}

TEST(a_distance_is_that_of_the_globe)
{
    CHECK(near(distance_m(347000000, 1136000000, 347000000, 1136000000), 0, 1e-9));
    CHECK(near(distance_m(347000000, 1136000000, 348000000, 1136000000), 11119.5, 1));
    CHECK(near(distance_m(0, 0, 0, 1800000000), 20015115, 10));
}

/* --- boundaries ------------------------------------------------------------------------------------------------------ */

#define SQUARE(w, s, e, n) "[[[" #w "," #s "],[" #e "," #s "],[" #e "," #n "],[" #w "," #n "],[" #w "," #s "]]]"
#define FEATURE(code, more, type, coordinates) "{\"type\":\"Feature\",\"properties\":{\"code\":\"" code "\"" more "},\"geometry\":" \
    "{\"type\":\"" type "\",\"coordinates\":" coordinates "}}"
#define FILE_OF(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"
#define NEW_C2 ",\"name\":\"银杏社区\",\"parent_code\":\"999901001\""

struct import { const char *text; enum datum datum; struct geojson_result result; };
static void import(struct tx *tx, void *arg)
{
    struct import *i = arg;
    geojson_import(tx, str_of(i->text), i->datum, LEVEL_COMMUNITY, &i->result);
}

static const char two[] = FILE_OF(
    FEATURE("999901001", "", "Polygon", SQUARE(113.60, 34.70, 113.64, 34.72)) ","
    FEATURE("999901001001", "", "Polygon", SQUARE(113.60, 34.70, 113.62, 34.72)) ","
    FEATURE("999901001002", NEW_C2, "Polygon", SQUARE(113.62, 34.70, 113.64, 34.72)));

static const char *code_at(struct office *o, double lon, double lat, ms at, bool *ret_disputed)
{
    struct area a = { 0 };
    struct tx *tx = office_read(o);
    int64_t x = llround(lon * 1e7), y = llround(lat * 1e7);
    bool found = at ? area_at_time(tx, y, x, at, &a, ret_disputed) : area_at(tx, y, x, &a, ret_disputed);
    const char *code = found ? arena_z(&o->arena, a.code) : "";
    read_end(tx);
    return code;
}

static void check_at(struct office *o, double lon, double lat, ms at, const char *code, bool disputed)
{
    bool is_disputed = false;
    CHECK_STR(str_of(code_at(o, lon, lat, at, &is_disputed)), code);
    CHECK_INT(is_disputed, disputed);
}

TEST_STORES(a_point_falls_into_the_finest_area_that_holds_it)
{
    struct office o;
    office_open(&o, db);
    struct import i = { two, DATUM_WGS84, { 0 } };
    office_write(&o, import, &i);
    CHECK_INT(i.result.areas, 1);
    CHECK_INT(i.result.polygons, 3);
    CHECK_INT(i.result.skipped, 0);
    for (int turn = 0; turn < 2; turn++) {                           /* the second time from the kept polygons */
        check_at(&o, 113.61, 34.71, 0, "999901001001", false);
        check_at(&o, 113.63, 34.71, 0, "999901001002", false);
        check_at(&o, 113.62, 34.71, 0, "999901001001", true);        /* on the common border: claimed by two */
        check_at(&o, 113.70, 34.71, 0, "", false);
    }
    struct area a = { 0 };
    struct tx *tx = office_read(&o);
    CHECK(area_by_code(tx, S("999901001002"), &a));
    CHECK(near((double)a.lon / 1e7, 113.63, 0.011) && near((double)a.lat / 1e7, 34.71, 0.011));
    read_end(tx);
    office_write(&o, import, &i);                                    /* once more changes nothing */
    CHECK_INT(i.result.areas, 0);
    office_close(&o);
}

SQL(count_polygons, "select count(*) from area_polygon");

TEST_STORES(a_re_split_keeps_last_years_boundaries)
{
    static const char later[] = FILE_OF(
        FEATURE("999901001001", "", "Polygon", SQUARE(113.60, 34.70, 113.61, 34.72)) ","
        FEATURE("999901001002", "", "Polygon", SQUARE(113.61, 34.70, 113.64, 34.72)));
    struct office o;
    int64_t count = 0;
    office_open(&o, db);
    struct import i = { two, DATUM_WGS84, { 0 } };
    office_write(&o, import, &i);
    ms last_year = o.clock.at + DAYS(1);
    check_at(&o, 113.615, 34.71, 0, "999901001001", false);
    o.clock.at += DAYS(365);
    i.text = later;
    office_write(&o, import, &i);
    office_write(&o, import, &i);
    check_at(&o, 113.615, 34.71, 0, "999901001002", false);
    check_at(&o, 113.615, 34.71, last_year, "999901001001", false);
    check_at(&o, 113.615, 34.71, o.clock.at, "999901001002", false);
    check_at(&o, 113.615, 34.71, last_year - DAYS(2), "", false);    /* before the first boundary */
    struct tx *tx = office_read(&o);
    CHECK(db_one(tx, count_polygons, IN(), OUT(&count)));
    CHECK_INT(count, 5);                                             /* three, and the two that changed, once */
    read_end(tx);
    office_close(&o);
}

TEST_STORES(two_claims_on_one_point_are_disputed_until_settled)
{
    static const char overlap[] = FILE_OF(
        FEATURE("999901001001", "", "Polygon", SQUARE(113.60, 34.70, 113.63, 34.72)) ","
        FEATURE("999901001002", NEW_C2, "Polygon", SQUARE(113.62, 34.70, 113.64, 34.72)));
    struct office o;
    office_open(&o, db);
    office_write(&o, import, &(struct import){ overlap, DATUM_WGS84, { 0 } });
    check_at(&o, 113.625, 34.71, 0, "999901001001", true);
    check_at(&o, 113.635, 34.71, 0, "999901001002", false);
    o.clock.at += DAYS(1);
    office_write(&o, import, &(struct import){ two, DATUM_WGS84, { 0 } });
    check_at(&o, 113.625, 34.71, 0, "999901001002", false);
    office_close(&o);
}

TEST_STORES(a_file_in_gcj02_lands_where_it_belongs)
{
    /* 桂花社区's western square again, its corners as a Chinese web map shows them */
    static const char tagged[] = "{\"type\":\"FeatureCollection\",\"datum\":\"GCJ-02\",\"features\":["
        FEATURE("999901001001", "", "Point", "[113.6313466, 34.7454173]") "]}";
    struct office o;
    struct area a = { 0 };
    office_open(&o, db);
    struct import i = { tagged, DATUM_WGS84, { 0 } };                /* the file's own tag goes first */
    office_write(&o, import, &i);
    CHECK_INT(i.result.points, 1);
    struct tx *tx = office_read(&o);
    CHECK(area_by_code(tx, S("999901001001"), &a));
    CHECK(near((double)a.lon / 1e7, 113.6253, 2e-7) && near((double)a.lat / 1e7, 34.7466, 2e-7));
    read_end(tx);
    office_close(&o);
}

TEST_STORES(what_is_no_sound_map_is_refused_with_a_reason)
{
    static const char *const bad[] = {
        "", "{", "[]", "{\"type\":\"FeatureCollection\"}", "{\"type\":\"Feature\",\"features\":[]}",
        "{\"type\":\"FeatureCollection\",\"datum\":\"Beijing54\",\"features\":[]}",
        "{\"type\":\"FeatureCollection\",\"crs\":{\"properties\":{\"name\":\"EPSG:3857\"}},\"features\":[]}",
        FILE_OF(FEATURE("A", "", "LineString", "[[1,2],[3,4]]")),
        FILE_OF(FEATURE("A", "", "Polygon", "[[[1,1],[2,1],[2,2],[1,2]]]")),            /* open */
        FILE_OF(FEATURE("A", "", "Polygon", "[[[1,1],[2,1],[1,1]]]")),                  /* three positions */
        FILE_OF(FEATURE("A", "", "Polygon", "[]")),
        FILE_OF(FEATURE("A", "", "Polygon", "[[[34.7,113.6],[34.8,113.6],[34.8,113.7],[34.7,113.6]]]")),   /* latitude first */
        FILE_OF(FEATURE("A", "", "Point", "[181,0]")), FILE_OF(FEATURE("A", "", "Point", "[\"1\",0]")),
        FILE_OF(FEATURE("A", "", "Point", "[1]")), FILE_OF("{\"type\":\"Feature\",\"type\":\"Feature\"}"),
        FILE_OF(FEATURE("999901001001", "", "Polygon", "[[[1,1],[2,2],[2,1],[1,2],[1,1]]]")),               /* a bow-tie */
    };
    struct office o;
    office_open(&o, db);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct fault fault = { 0 };
        if (office_try(&o, import, &(struct import){ bad[i], DATUM_WGS84, { 0 } }, &fault) != ERR_INVALID)
            check_failed(__FILE__, __LINE__, bad[i]);
        CHECK(fault.field_count > 0 && fault.fields[0].rule.zh && fault.fields[0].rule.en);
    }
    char *deep = arena_alloc(&o.arena, 300001);
    memset(deep, '[', 300000);
    CHECK_INT(office_try(&o, import, &(struct import){ deep, DATUM_WGS84, { 0 } }, NULL), ERR_INVALID);
    struct import unknown = { FILE_OF(FEATURE("NOBODY", "", "Point", "[113.6,34.7]")), DATUM_WGS84, { 0 } };
    office_write(&o, import, &unknown);
    CHECK_INT(unknown.result.skipped, 1);
    office_close(&o);
}

TEST_STORES(what_went_in_comes_out)
{
    struct office o;
    office_open(&o, db);
    office_write(&o, import, &(struct import){ two, DATUM_WGS84, { 0 } });
    struct tx *tx = office_read(&o);
    struct json j = json_in(&o.arena);
    geojson_write(tx, &j, o.street, LEVEL_COMMUNITY);
    CHECK(!tx_failed(tx));
    read_end(tx);
    struct str text = json_done(&j);
    json_t *root = json_loadb(text.p, text.n, 0, NULL), *features = json_object_get(root, "features");
    CHECK_INT(json_array_size(features), 2);
    json_t *first = json_array_get(features, 0), *properties = json_object_get(first, "properties");
    CHECK_STR(str_of(json_string_value(json_object_get(properties, "name"))), "桂花社区");
    CHECK_STR(str_of(json_string_value(json_object_get(properties, "level"))), "community");
    CHECK(json_is_integer(json_object_get(properties, "open")) && json_is_integer(json_object_get(properties, "alarms")));
    json_t *ring = json_array_get(json_object_get(json_object_get(first, "geometry"), "coordinates"), 0);
    CHECK_INT(json_array_size(ring), 5);
    CHECK(near(json_number_value(json_array_get(json_array_get(ring, 2), 0)), 113.62, 1e-9));
    json_decref(root);
    struct geojson_feature *again = NULL;
    int64_t count = 0;
    struct fault fault = { 0 };
    CHECK(geojson_read(&o.arena, text, DATUM_WGS84, &again, &count, &fault) && count == 2);
    office_close(&o);
}
