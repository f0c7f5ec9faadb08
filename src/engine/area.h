/* area.h -- the territory: one administrative tree (district, street, community, grid, courtyard, building, unit,
 * household) and any number of other layers (micro-grids, parks, police beats, property areas) joined to it.
 * Coordinates are WGS-84 in 1e-7 degree; GCJ-02 and BD-09 are converted at the edge (STANDARDS.md section 11).
 * Codes and boundaries have history (valid_from, valid_to): a re-split never changes last year's figures; an area is
 * known by its id. Polygons are kept as WKB and compared by GEOS.
 * Faults: NOT_FOUND, INVALID naming the field, EXISTS for a code in use. Memory: tx->arena. */
#ifndef WUXING_ENGINE_AREA_H
#define WUXING_ENGINE_AREA_H

#include "base/field.h"
#include "engine/who.h"

struct area {
    int64_t id, parent;
    enum level level;
    struct str code, name;             /* NBS 12 digits + configurable suffix; layers: any code */
    struct str layer;                  /* LEVEL_LAYER: which layer (micro_grid, park, police_beat, property ...) */
    struct place place;                /* this node's own street, community, grid (itself included) */
    int64_t org;                       /* the org that runs it (community committee, street office), or 0 */
    int64_t lat, lon;                  /* a point inside; 0,0 unknown */
    int64_t child_count;
};
bool area_get(struct tx *, int64_t id, struct area *ret_area);
bool area_by_code(struct tx *, struct str code, struct area *ret_area);          /* no fault when missing */
/* By id; parent 0, level LEVEL_COUNT and like "" mean any. */
struct rows area_children(struct tx *, int64_t parent, enum level level, struct str like, int64_t after, int limit);
bool area_row(struct rows *, struct area *ret_area);
struct str area_full_name(struct tx *, int64_t id);                              /* 建设路街道 市场街社区 75号院 */
/* Insert, or update by id or code; absent members keep what was. Returns the id; the struct is left as it is. */
int64_t area_put(struct tx *, const struct area *, ms valid_from);
void area_set_polygon(struct tx *, int64_t id, struct str wkb, ms valid_from);

/* Ends an area (a re-split): its rows and boundaries stay for the time before. Its parent counts one child less. */
void area_close(struct tx *, int64_t id, ms valid_to);
/* Another name people use for it: 75号院 for 市场街75号院. Nothing when it stands already. */
void area_alias(struct tx *, int64_t id, struct str alias);
/* Joins an area of the tree to one of another layer (a police beat, a park); area_layers lists them. */
void area_join(struct tx *, int64_t id, int64_t layer_area);
struct rows area_layers(struct tx *, int64_t id);                                /* area_row */

/* The place of an area id, as ids. */
bool area_place(struct tx *, int64_t id, struct place *ret_place);
/* The finest administrative area whose polygon holds the point. More than one of a level: `ret_disputed`, the first by
 * id is returned. False when none does. Uses a read snapshot; never inside an apply. */
bool area_at(struct tx *, int64_t lat, int64_t lon, struct area *ret_area, bool *ret_disputed);
/* The same with the boundaries as they were: for figures of the past. */
bool area_at_time(struct tx *, int64_t lat, int64_t lon, ms at, struct area *ret_area, bool *ret_disputed);
/* The area of another layer that holds the point: layer "police_beat", "micro_grid" ... */
bool area_of_layer(struct tx *, const char *layer, int64_t lat, int64_t lon, struct area *ret_area);
/* Areas whose name, or a known alias, stands in an address text; the finest first. */
bool area_in_text(struct tx *, struct str address, struct area *ret_area);

/* A unit door's QR carries a code that is the place. */
struct str area_door_code(struct tx *, int64_t id);
bool area_from_door_code(struct tx *, struct str, int64_t *ret_id) MUST_USE;

enum datum { DATUM_WGS84, DATUM_GCJ02, DATUM_BD09 };
void datum_to_wgs84(enum datum, double *lon, double *lat);
void datum_from_wgs84(enum datum, double *lon, double *lat);
double distance_m(int64_t lat1, int64_t lon1, int64_t lat2, int64_t lon2);

/* GeoJSON: a FeatureCollection whose features name an area by property `code` (or `name` with `parent_code`). */
struct geojson_feature {
    struct str code, name, parent_code, wkb;           /* wkb: (Multi)Polygon in WGS-84, or empty */
    int64_t lat, lon;                                  /* of a Point; 0,0: none */
};
/* Reads and checks a whole file; needs no store. A top-level member "datum" (WGS-84, GCJ-02, BD-09) goes before the
 * argument. Refuses (INVALID at "file"): other JSON, deeper than 12 levels, more than 20,000 features or 2,000,000
 * positions, rings that are open or shorter than 4 positions, coordinates out of range, another reference system. */
bool geojson_read(struct arena *, struct str text, enum datum, struct geojson_feature **ret_features, int64_t *ret_count,
                  struct fault *);
struct geojson_result { int64_t areas, points, polygons, skipped; };
/* One feature inside a write: the area by code, else made under parent_code at `level`. */
void geojson_apply(struct tx *, const struct geojson_feature *, enum level, struct geojson_result *);
bool geojson_import(struct tx *, struct str text, enum datum, enum level, struct geojson_result *ret_result);
void geojson_write(struct tx *, struct json *, int64_t under, enum level);

#endif
