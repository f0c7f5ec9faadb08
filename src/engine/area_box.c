/* area_box.c -- see area_box.h. A range of latitudes cuts no index down to a few rows (15 ms among 20,000 boundaries), so
 * the present boxes stand in one immutable array in memory, loaded again when a boundary has changed: walking all of them
 * takes 20 us. The past is asked rarely and of the store. */
#include "engine/area_box.h"

#include <pthread.h>
#include <stdlib.h>

#define HOLDS(lat, lon) "lat_min <= " lat " and lat_max >= " lat " and lon_min <= " lon " and lon_max >= " lon
SQL(select_version, "select seq from cursor_of where name = 'area_boxes'");
SQL(bump_version, "insert into cursor_of(name, seq) values ('area_boxes', 1)"
    " on conflict(name) do update set seq = cursor_of.seq + 1");
SQL(count_boxes, "select count(*) from area_polygon where valid_to is null and level <= $1");
SQL(select_boxes, "select area, valid_from, level, lat_min, lat_max, lon_min, lon_max from area_polygon"
    " where valid_to is null and level <= $1 order by level desc, area limit $2");
SQL(select_now, "select area, valid_from, level from area_polygon where valid_to is null and level <= $1 and "
    HOLDS("$2", "$3") " order by level desc, area limit $4");
SQL(select_then, "select area, valid_from, level from area_polygon where valid_from <= $1 and (valid_to is null or valid_to > $1)"
    " and level <= $2 and " HOLDS("$3", "$4") " order by level desc, area limit $5");
SQL(select_layer, "select p.area, p.valid_from, p.level from area_polygon p join area a on a.id = p.area where p.valid_to is null"
    " and p.level = $1 and a.layer = $2 and p.lat_min <= $3 and p.lat_max >= $3 and p.lon_min <= $4 and p.lon_max >= $4"
    " order by p.area limit $5");

struct box { int64_t area; ms valid_from; int level; int32_t lat_min, lat_max, lon_min, lon_max; };
struct boxes {
    const struct store *store;
    int64_t version, count;
    struct box items[];
};
static struct boxes *current;
static pthread_rwlock_t current_lock = PTHREAD_RWLOCK_INITIALIZER;

void boxes_changed(struct tx *tx)
{
    db_run(tx, bump_version, IN());
}

/* NULL after a fault. */
static struct boxes *load(struct tx *tx, int64_t version)
{
    int64_t count = 0, lat_min = 0, lat_max = 0, lon_min = 0, lon_max = 0;
    struct box b = { 0 };
    db_one(tx, count_boxes, IN(LEVEL_HOUSEHOLD), OUT(&count));
    struct boxes *all = calloc(1, sizeof *all + (size_t)count * sizeof *all->items);
    if (!all)
        abort();
    all->store = tx->store;
    all->version = version;
    struct rows rows = db_get(tx, select_boxes, IN(LEVEL_HOUSEHOLD, count));
    while (db_row(&rows, OUT(&b.area, &b.valid_from, &b.level, &lat_min, &lat_max, &lon_min, &lon_max))) {
        b.lat_min = (int32_t)lat_min;                  /* 180 degrees of 1e-7 fit into 31 bits */
        b.lat_max = (int32_t)lat_max;
        b.lon_min = (int32_t)lon_min;
        b.lon_max = (int32_t)lon_max;
        all->items[all->count++] = b;
    }
    if (!tx_failed(tx))
        return all;
    free(all);
    return NULL;
}

static int walk(const struct boxes *all, int64_t lat, int64_t lon, struct box_hit ret_hits[BOX_HITS_MAX])
{
    int hits = 0;
    for (int64_t i = 0; i < all->count && hits < BOX_HITS_MAX; i++) {
        const struct box *b = &all->items[i];
        if (b->lat_min <= lat && b->lat_max >= lat && b->lon_min <= lon && b->lon_max >= lon)
            ret_hits[hits++] = (struct box_hit){ b->area, b->valid_from, b->level };
    }
    return hits;
}

static int collect(struct rows rows, struct box_hit ret_hits[BOX_HITS_MAX])
{
    struct box_hit h = { 0 };
    int hits = 0;
    while (hits < BOX_HITS_MAX && db_row(&rows, OUT(&h.area, &h.valid_from, &h.level)))
        ret_hits[hits++] = h;
    rows_end(&rows);
    return hits;
}

int boxes_at(struct tx *tx, int64_t lat, int64_t lon, struct box_hit ret_hits[BOX_HITS_MAX])
{
    int64_t version = 0;
    int hits = 0;
    if (tx->writes)                                    /* may see what never gets committed: nothing of it is kept */
        return collect(db_get(tx, select_now, IN(LEVEL_HOUSEHOLD, lat, lon, BOX_HITS_MAX)), ret_hits);
    db_one(tx, select_version, IN(), OUT(&version));
    pthread_rwlock_rdlock(&current_lock);
    bool fits = current && current->store == tx->store && current->version == version;
    if (fits)
        hits = walk(current, lat, lon, ret_hits);
    pthread_rwlock_unlock(&current_lock);
    if (fits || tx_failed(tx))
        return hits;
    struct boxes *made = load(tx, version);
    if (!made)
        return 0;
    hits = walk(made, lat, lon, ret_hits);
    pthread_rwlock_wrlock(&current_lock);
    struct boxes *old = current;
    current = made;
    pthread_rwlock_unlock(&current_lock);
    free(old);
    return hits;
}

int boxes_at_time(struct tx *tx, int64_t lat, int64_t lon, ms at, struct box_hit ret_hits[BOX_HITS_MAX])
{
    return collect(db_get(tx, select_then, IN(at, LEVEL_HOUSEHOLD, lat, lon, BOX_HITS_MAX)), ret_hits);
}

int boxes_of_layer(struct tx *tx, const char *layer, int64_t lat, int64_t lon, struct box_hit ret_hits[BOX_HITS_MAX])
{
    return collect(db_get(tx, select_layer, IN(LEVEL_LAYER, layer, lat, lon, BOX_HITS_MAX)), ret_hits);
}
