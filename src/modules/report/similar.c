/* similar.c -- open reports like the one being written: the same place, near, recent, the same words. It runs
 * for every report that comes in, so the words are compared by pairs of characters in a small bit set made
 * once for each text, not by the index's pieces, and where the store keeps rows (SQLite) the index alone is
 * read: a candidate and its pairs are made once and kept until its matter changes. The names of the place are
 * left out of the comparison, because everybody at one address writes the address. What the caller may not
 * see is not found. */
#include "modules/report/report.h"

#include <string.h>

#define CANDIDATE  "select id, kind, title, substr(body, 1, 120), state, category, secrecy, area, street, community, grid, lat, lon," \
                   " owner_org, owner_account, opened_at from matter where "
#define RECENT     " and opened_at > $2 and phase < 4"
#define OF_REPORTS RECENT " and kind = 'report' and secrecy < 2 order by opened_at desc, id desc limit 24"
#define OF_ANY     RECENT " order by opened_at desc, id desc limit 60"
SQL(select_in_grid, CANDIDATE "grid = $1" OF_REPORTS);
SQL(select_in_community, CANDIDATE "community = $1" OF_REPORTS);
SQL(select_in_street, CANDIDATE "street = $1" OF_REPORTS);
SQL(select_anywhere, CANDIDATE "$1 = 0" OF_REPORTS);
SQL(select_candidate, CANDIDATE "id = $1");
SQL(select_ids_in_grid, "select id from matter where grid = $1" OF_ANY);
SQL(select_ids_in_community, "select id from matter where community = $1" OF_ANY);
SQL(select_ids_in_street, "select id from matter where street = $1" OF_ANY);
SQL(select_ids_anywhere, "select id from matter where $1 = 0" OF_ANY);

enum {
    PAIR_BITS = 2048,
    PAIR_CHARS = 120,
    WORDS_SHARE = 60,
    NEAR_SHARE = 25,
    CLASS_SHARE = 15,
    WORDS_LEAST = 18,
    CANDIDATES_MAX = 24
};

struct pairs {
    uint64_t bits[PAIR_BITS / 64];
    int count;
};

static bool is_word(uint32_t c)
{
    if (c < 128)
        return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
    return !((c >= 0x3000 && c <= 0x303F) || (c >= 0xFF00 && c <= 0xFF0F) || (c >= 0xFF1A && c <= 0xFF20));
}

static uint32_t pair_bit(uint32_t a, uint32_t b)
{
    return (a * 2654435761u ^ b * 40503u) >> 7 & (PAIR_BITS - 1);
}

static bool pair_has(const struct pairs *p, uint32_t a, uint32_t b)
{
    uint32_t bit = pair_bit(a, b);
    return p && (p->bits[bit / 64] >> bit % 64 & 1);
}

static bool pair_add(struct pairs *p, uint32_t a, uint32_t b, uint32_t *ret_bit)
{
    uint32_t bit = pair_bit(a, b);
    *ret_bit = bit;
    if (p->bits[bit / 64] >> bit % 64 & 1)
        return false;
    p->bits[bit / 64] |= (uint64_t)1 << bit % 64;
    p->count++;
    return true;
}

/* As str_next, but without its checks: texts of the store are valid, and this runs some thousand times a
 * request. */
static uint32_t next_char(const unsigned char **at, const unsigned char *end)
{
    const unsigned char *s = *at;
    int more = *s < 0xC0 ? 0 : *s < 0xE0 ? 1 : *s < 0xF0 ? 2 : 3;
    uint32_t c = more == 0 ? *s : *s & (0x3Fu >> more);
    for (s++; more > 0 && s < end; more--)
        c = c << 6 | (*s++ & 0x3F);
    *at = s;
    return c;
}

/* Adds the text's pairs to `p`, but those of `known`; returns how many of the new ones stand in `in` too. */
static int pairs_of(struct pairs *p, const struct pairs *in, const struct pairs *known, struct str text)
{
    const unsigned char *at = (const unsigned char *)text.p, *end = at + text.n;
    uint32_t last = 0, bit;
    int shared = 0;
    for (int left = PAIR_CHARS; left > 0 && at < end; left--) {
        uint32_t c = next_char(&at, end);
        bool word = is_word(c);
        if (word && last && !pair_has(known, last, c) && pair_add(p, last, c, &bit) && in)
            shared += in->bits[bit / 64] >> bit % 64 & 1;
        last = word ? c : 0;
    }
    return shared;
}

static int64_t share(int shared, const struct pairs *a, const struct pairs *b)
{
    int least = a->count < b->count ? a->count : b->count;
    return least < 3 ? 0 : 100 * shared / least;
}

int64_t report_likeness(struct str a, struct str b, struct str where)
{
    struct pairs pa = { .count = 0 }, pb = { .count = 0 }, known = { .count = 0 };
    pairs_of(&known, NULL, NULL, where);
    pairs_of(&pa, NULL, &known, a);
    int shared = pairs_of(&pb, &pa, &known, b);
    return share(shared, &pa, &pb);
}

struct candidate {
    struct matter m;                    /* m.kind is NULL when it is no report or sealed */
    struct pairs words;
    int state;
};

static int state_of(struct str name)
{
    for (int i = 0; report_kind.states[i].name; i++)
        if (str_is(name, report_kind.states[i].name))
            return i;
    return 0;
}

static bool candidate_row(struct rows *rows, struct candidate *c)
{
    int secrecy = 0;
    struct str kind = { 0 }, body = { 0 }, state = { 0 };
    struct matter *m = &c->m;
    *c = (struct candidate){ .state = 0 };
    if (!db_row(rows, OUT(&m->id, &kind, &m->title, &body, &state, &m->category, &secrecy, &m->place.area,
                          &m->place.street, &m->place.community, &m->place.grid, &m->lat, &m->lon, &m->owner_org,
                          &m->owner_account, &m->opened_at)))
        return false;
    m->secrecy = (enum secrecy)secrecy;
    m->kind = str_is(kind, report_kind.name) && m->secrecy < SECRECY_SEALED ? &report_kind : NULL;
    c->state = state_of(state);
    pairs_of(&c->words, NULL, NULL, m->title);
    pairs_of(&c->words, NULL, NULL, body);
    return true;
}

/* Kept as its bytes, its title and its category behind one another. */
static const struct candidate *candidate_get(struct tx *tx, int64_t id)
{
    struct str bytes;
    if (kept_get(tx, &select_candidate, id, &bytes)) {
        struct candidate *c = (struct candidate *)bytes.p;
        c->m.title.p = bytes.p + sizeof *c;
        c->m.category.p = c->m.title.p + c->m.title.n;
        return c;
    }
    struct candidate *c = arena_new(tx->arena, struct candidate);
    struct rows rows = db_get(tx, select_candidate, IN(id));
    bool found = candidate_row(&rows, c);
    rows_end(&rows);
    if (!found)
        return NULL;
    struct buf b = buf_in(tx->arena);
    buf_put(&b, (struct str){ (const char *)c, sizeof *c });
    buf_put(&b, c->m.title);
    buf_put(&b, c->m.category);
    kept_put(tx, &select_candidate, "matter", id, buf_str(&b));
    return c;
}

static int64_t nearness(const struct similar_query *q, const struct matter *m, int64_t metres_max,
                        int64_t *ret_metres)
{
    *ret_metres = -1;
    if ((q->lat || q->lon) && (m->lat || m->lon)) {
        *ret_metres = (int64_t)distance_m(q->lat, q->lon, m->lat, m->lon);
        return *ret_metres >= metres_max ? 0 : 100 - 100 * *ret_metres / metres_max;
    }
    if (q->place.area && q->place.area == m->place.area)
        return q->place.area == q->place.street ? 20 : 100;
    return q->place.grid && q->place.grid == m->place.grid                  ? 60
           : q->place.community && q->place.community == m->place.community ? 30
                                                                            : 0;
}

static int64_t same_class(struct str a, struct str b)
{
    return !a.n || !b.n ? 40 : str_eq(a, b) ? 100 : str_eq(str_head(a, 3), str_head(b, 3)) ? 50 : 0;
}

static bool is_public(struct tx *tx, struct str category)
{
    const struct rule_entry *entry = rule_entry(rule_set(rules_of(tx), "categories"), category);
    return entry && str_is(rule_prop(entry, "public"), "true");
}

static void keep_best(struct similar_list *list, const struct similar_item *item)
{
    int at = list->count;
    while (at > 0 && list->items[at - 1].score < item->score)
        at--;
    if (at == SIMILAR_MAX)
        return;
    int moved = (list->count < SIMILAR_MAX ? list->count : SIMILAR_MAX - 1) - at;
    memmove(&list->items[at + 1], &list->items[at], (size_t)moved * sizeof *item);
    list->items[at] = *item;
    list->count += list->count < SIMILAR_MAX;
}

struct weighing {
    struct tx *tx;
    const struct who *who;
    const struct similar_query *q;
    struct similar_list *list;
    struct pairs own, known;
    int64_t metres_max, least;
};

static int common(const struct pairs *a, const struct pairs *b)
{
    int count = 0;
    for (int i = 0; i < PAIR_BITS / 64; i++)
        for (uint64_t both = a->bits[i] & b->bits[i]; both; both &= both - 1)
            count++;
    return count;
}

static void weigh(const struct weighing *w, const struct candidate *c)
{
    const struct similar_query *q = w->q;
    if (q->public_only ? !is_public(w->tx, c->m.category) : !matter_visible(w->tx, w->who, &c->m))
        return;
    struct pairs theirs = { .count = c->words.count - common(&c->words, &w->known) };
    int64_t metres, words = share(common(&w->own, &c->words), &w->own, &theirs),
            near = nearness(q, &c->m, w->metres_max, &metres), class = same_class(q->category, c->m.category);
    int64_t score = (words * WORDS_SHARE + near * NEAR_SHARE + class * CLASS_SHARE) / 100;
    if (score < w->least || (words < WORDS_LEAST && (near < 80 || class < 100) && w->own.count >= 3))
        return;
    keep_best(w->list, &(struct similar_item){ .id = c->m.id,
                                               .distance_m = metres,
                                               .score = score,
                                               .title = c->m.title,
                                               .category = c->m.category,
                                               .state = c->state,
                                               .opened_at = c->m.opened_at });
}

static void weigh_rows(const struct weighing *w, struct place place, ms since)
{
    struct candidate c;
    struct rows rows = place.grid ? db_get(w->tx, select_in_grid, IN(place.grid, since))
                     : place.community ? db_get(w->tx, select_in_community, IN(place.community, since))
                     : place.street ? db_get(w->tx, select_in_street, IN(place.street, since))
                                    : db_get(w->tx, select_anywhere, IN(0, since));
    while (candidate_row(&rows, &c))
        weigh(w, &c);
}

static void weigh_kept(const struct weighing *w, struct place place, ms since)
{
    int64_t id = 0;
    struct rows rows = place.grid ? db_get(w->tx, select_ids_in_grid, IN(place.grid, since))
                     : place.community ? db_get(w->tx, select_ids_in_community, IN(place.community, since))
                     : place.street ? db_get(w->tx, select_ids_in_street, IN(place.street, since))
                                    : db_get(w->tx, select_ids_anywhere, IN(0, since));
    for (int count = 0; count < CANDIDATES_MAX && db_row(&rows, OUT(&id));) {
        const struct candidate *c = candidate_get(w->tx, id);
        if (!c || !c->m.kind)
            continue;
        weigh(w, c);
        count++;
    }
    rows_end(&rows);
}

void report_similar(struct tx *tx, const struct who *who, const struct similar_query *q,
                    struct similar_list *list)
{
    struct weighing w = { .tx = tx, .who = who, .q = q, .list = list,
                          .metres_max = report_setting(tx, "similar.distance", 300),
                          .least = report_setting(tx, "similar.score", 38) };
    ms since = tx->now - DAYS(report_setting(tx, "similar.days", 30));
    *list = (struct similar_list){ .count = 0 };
    pairs_of(&w.known, NULL, NULL, q->where);
    pairs_of(&w.own, NULL, &w.known, q->title);
    pairs_of(&w.own, NULL, &w.known, q->text);
    if (store_keeps_rows(tx->store))
        weigh_kept(&w, q->place, since);
    else
        weigh_rows(&w, q->place, since);
}

void report_similar_write(struct tx *tx, struct json *j, const struct similar_list *list, enum lang lang,
                          bool public_only)
{
    for (int i = 0; i < list->count; i++) {
        const struct similar_item *item = &list->items[i];
        const struct rule_entry *class = rule_entry(rule_set(rules_of(tx), "categories"), item->category);
        json_obj(j);
        json_key_str(j, "number", matter_number(tx->arena, &report_kind, item->opened_at, item->id));
        if (!public_only) {
            json_key_int(j, "id", item->id);
            json_key_str(j, "title", item->title);
        }
        json_key_str(j, "category", item->category);
        json_key_str(j, "category_label", class ? label_in(class->label, lang) : S(""));
        json_key_str(j, "state", str_of(report_kind.states[item->state].name));
        json_key_str(j, "state_label", label_in(report_kind.states[item->state].label, lang));
        json_key_time(j, "opened_at", item->opened_at);
        json_key(j, "distance_m");
        if (item->distance_m >= 0)
            json_int(j, item->distance_m);
        else
            json_nil(j);
        json_key_int(j, "score", item->score);
        json_end(j);
    }
}

/* --- GET /similar ------------------------------------------------------------------------------- */

const struct field report_similar_query[] = {
    FIELD(struct similar_form, text, LONG_TEXT, .label = L("内容", "Text"), .max = 4000),
    FIELD(struct similar_form, title, TEXT, .label = L("标题", "Title"), .max = 200),
    FIELD(struct similar_form, category, TEXT, .label = L("分类", "Class"), .max = 20),
    FIELD(struct similar_form, area, INT, .label = L("地点", "Place"), .max = (int64_t)1 << 53),
    FIELD(struct similar_form, lat, DEGREE, .label = L("纬度", "Latitude")),
    FIELD(struct similar_form, lon, DEGREE, .label = L("经度", "Longitude")), { 0 } };

void report_similar_show(struct req *r)
{
    const struct similar_form *f = r->query;
    struct similar_query q = {
        .title = f->title, .text = f->text, .category = f->category, .lat = f->lat, .lon = f->lon
    };
    struct similar_list list;
    struct area area;
    bool disputed = false;
    if (f->area)
        area_place(r->tx, f->area, &q.place);
    else if ((f->lat || f->lon) && area_at(r->tx, f->lat, f->lon, &area, &disputed))
        q.place = area.place;
    else if (f->text.n && area_in_text(r->tx, str_head_chars(f->text, 300), &area))
        q.place = area.place;
    else
        q.place = report_home(r->tx, r->who);
    q.where = q.place.area ? area_full_name(r->tx, q.place.area) : S("");
    report_similar(r->tx, r->who, &q, &list);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    report_similar_write(r->tx, &r->out, &list, r->lang, false);
    json_end(&r->out);
    json_end(&r->out);
}
