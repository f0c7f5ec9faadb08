/* area_text.c -- finds the place that an address or a message names ("市场街75号院墙歪了"). All names of streets down to
 * buildings, their short forms and the aliases stand in one immutable table in memory, loaded again when a name has
 * changed; a text is walked once, each position hashed forward as far as the longest name reaches.
 * Measured with 20,000 areas: see area_test.c. */
#include "engine/area_name.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

SQL(select_version, "select seq from cursor_of where name = 'area_names'");
SQL(bump_version, "insert into cursor_of(name, seq) values ('area_names', 1)"
    " on conflict(name) do update set seq = cursor_of.seq + 1");
SQL(select_names, "select id, parent, level, name from area where valid_to is null and level between $1 and $2");
SQL(select_aliases, "select l.area, l.alias from area_alias l join area a on a.id = l.area where a.valid_to is null");

enum { NAME_CHARS_MAX = 24, TEXT_CHARS_MAX = 2000, MATCHES_MAX = 256 };

struct node { int64_t id, parent; int level; };                    /* sorted by id */
struct name {
    uint64_t hash;
    struct str text;
    int32_t node, next;                                            /* next with the same hash slot, -1: none */
    bool common;                                                   /* 75号院, 3号楼: says nothing without a parent */
};
struct names {
    const struct store *store;
    int64_t version;
    struct arena arena;
    struct node *nodes;
    struct name *items;
    int32_t *slots, node_count, count, room;
    uint32_t slot_mask;
    uint32_t lengths;                                              /* bit n: a name of n characters exists */
};

static struct names *current;
static pthread_rwlock_t current_lock = PTHREAD_RWLOCK_INITIALIZER;

void area_names_changed(struct tx *tx)
{
    db_run(tx, bump_version, IN());
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static uint64_t hash_more(uint64_t hash, const char *p, size_t n)  /* FNV-1a, one character at a time */
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)p[i]) * 0x100000001b3u;
    return hash;
}
#define HASH_START 0xcbf29ce484222325u

static bool is_common(struct str name)
{
    static const char *const tails[] = { "号院", "号楼", "栋", "幢", "号", "单元", "楼", "院", "组", "网格" };
    struct str rest = name;
    for (size_t i = 0; i < COUNT(tails); i++) {
        if (!str_ends(name, str_of(tails[i])))
            continue;
        rest = str_head(name, name.n - strlen(tails[i]));
        break;
    }
    bool part = rest.n > 0 && rest.n < name.n;
    for (size_t i = 0; i < rest.n && part; i++)
        part = (rest.p[i] >= '0' && rest.p[i] <= '9') || (rest.p[i] >= 'A' && rest.p[i] <= 'Z') || rest.p[i] == '-';
    return part || str_chars(name) < 2;
}

static void add(struct names *t, struct str text, int32_t node)
{
    size_t chars = str_chars(text);
    if (chars < 2 || chars > NAME_CHARS_MAX || t->count == t->room)
        return;
    uint64_t hash = hash_more(HASH_START, text.p, text.n);
    int32_t *slot = &t->slots[hash & t->slot_mask];
    t->lengths |= 1u << chars;
    t->items[t->count] = (struct name){ hash, text, node, *slot, is_common(text) };
    *slot = t->count++;
}

/* 市场街社区 is also called 市场街, 建设路街道 建设路, 石羊寺村 石羊寺. */
static struct str short_form(struct str name, int level)
{
    static const char *const tails[] = { "社区", "街道", "街道办事处", "办事处", "村", "镇" };
    for (size_t i = 0; i < COUNT(tails) && (level == LEVEL_STREET || level == LEVEL_COMMUNITY); i++) {
        struct str head = str_head(name, name.n > strlen(tails[i]) ? name.n - strlen(tails[i]) : 0);
        if (str_ends(name, str_of(tails[i])) && str_chars(head) >= 2)
            return head;
    }
    return S("");
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct node *)a)->id, y = ((const struct node *)b)->id;
    return (x > y) - (x < y);
}

static int32_t node_of(const struct names *t, int64_t id)
{
    const struct node key = { .id = id };
    const struct node *at = bsearch(&key, t->nodes, (size_t)t->node_count, sizeof key, by_id);
    return at ? (int32_t)(at - t->nodes) : -1;
}

struct raw { int64_t id, parent; int level; struct str name; struct raw *next; };

static struct raw *read_names(struct tx *tx, struct arena *a, int32_t *ret_count)
{
    struct raw *all = NULL, r = { 0 };
    struct rows rows = db_get(tx, select_names, IN(LEVEL_STREET, LEVEL_BUILDING));
    while (db_row(&rows, OUT(&r.id, &r.parent, &r.level, &r.name))) {
        struct raw *kept = arena_new(a, struct raw);
        *kept = r;
        kept->name = arena_copy(a, r.name);
        kept->next = all;
        all = kept;
        ++*ret_count;
    }
    return all;
}

static struct raw *read_aliases(struct tx *tx, struct arena *a, int32_t *ret_count)
{
    struct raw *all = NULL, r = { 0 };
    struct rows rows = db_get(tx, select_aliases, IN());
    while (db_row(&rows, OUT(&r.id, &r.name))) {
        struct raw *kept = arena_new(a, struct raw);
        *kept = r;
        kept->name = arena_copy(a, r.name);
        kept->next = all;
        all = kept;
        ++*ret_count;
    }
    return all;
}

static void names_free(struct names *t)
{
    if (!t)
        return;
    arena_free(&t->arena);
    free(t);
}

static void fill(struct names *t, struct raw *areas, struct raw *aliases)
{
    int32_t i = 0;
    for (struct raw *r = areas; r; r = r->next)
        t->nodes[i++] = (struct node){ r->id, r->parent, r->level };
    qsort(t->nodes, (size_t)t->node_count, sizeof *t->nodes, by_id);
    for (struct raw *r = areas; r; r = r->next) {
        add(t, r->name, node_of(t, r->id));
        add(t, short_form(r->name, r->level), node_of(t, r->id));
    }
    for (struct raw *r = aliases; r; r = r->next)
        if (node_of(t, r->id) >= 0)
            add(t, r->name, node_of(t, r->id));
}

/* NULL after a fault. */
static struct names *names_load(struct tx *tx, int64_t version)
{
    struct names *t = calloc(1, sizeof *t);
    int32_t areas = 0, aliases = 0;
    if (!t)
        abort();
    arena_init(&t->arena, (size_t)256 << 20);
    struct raw *area_list = read_names(tx, &t->arena, &areas), *alias_list = read_aliases(tx, &t->arena, &aliases);
    t->store = tx->store;
    t->version = version;
    t->node_count = areas;
    t->room = 2 * areas + aliases;
    uint32_t slots = 16;
    while (slots < 2 * (uint32_t)t->room)
        slots *= 2;
    t->slot_mask = slots - 1;
    t->nodes = arena_array(&t->arena, struct node, (size_t)areas + 1);
    t->items = arena_array(&t->arena, struct name, (size_t)t->room + 1);
    t->slots = arena_array(&t->arena, int32_t, slots);
    memset(t->slots, 0xff, slots * sizeof *t->slots);
    fill(t, area_list, alias_list);
    if (tx_failed(tx)) {
        names_free(t);
        return NULL;
    }
    return t;
}

/* --- looking ------------------------------------------------------------------------------------------------------ */

struct match { size_t from, to; int32_t node; bool common; };      /* bytes of the text */
struct matches { struct match items[MATCHES_MAX]; int count; };

static bool is_digit_at(struct str text, size_t at)
{
    return at < text.n && text.p[at] >= '0' && text.p[at] <= '9';
}

/* 175号院 does not hold 75号院. */
static bool cuts_number(struct str text, size_t from, size_t to)
{
    return (from > 0 && is_digit_at(text, from) && is_digit_at(text, from - 1)) ||
           (to > from && is_digit_at(text, to - 1) && is_digit_at(text, to));
}

static void look_up(const struct names *t, struct str text, size_t from, size_t to, uint64_t hash, struct matches *m)
{
    struct str part = str_head(str_from(text, from), to - from);
    for (int32_t i = t->slots[hash & t->slot_mask]; i >= 0; i = t->items[i].next) {
        const struct name *n = &t->items[i];
        if (n->hash == hash && str_eq(n->text, part) && m->count < MATCHES_MAX && !cuts_number(text, from, to))
            m->items[m->count++] = (struct match){ from, to, n->node, n->common };
    }
}

static void walk(const struct names *t, struct str text, struct matches *m)
{
    for (struct str rest = text; rest.n > 0;) {
        size_t from = (size_t)(rest.p - text.p);
        struct str ahead = rest;
        uint64_t hash = HASH_START;
        for (int chars = 1; chars <= NAME_CHARS_MAX && ahead.n > 0; chars++) {
            const char *p = ahead.p;
            if (!str_next(&ahead))
                break;
            hash = hash_more(hash, p, (size_t)(ahead.p - p));
            if (t->lengths >> chars & 1)
                look_up(t, text, from, (size_t)(ahead.p - text.p), hash, m);
        }
        if (!str_next(&rest))
            break;
    }
}

/* 航海西路 inside 航海西路街道 is no match of its own. */
static void drop_contained(struct matches *m)
{
    int kept = 0;
    for (int i = 0; i < m->count; i++) {
        const struct match *a = &m->items[i];
        bool inside = false;
        for (int k = 0; k < m->count && !inside; k++) {
            const struct match *b = &m->items[k];
            inside = b->from <= a->from && a->to <= b->to && b->to - b->from > a->to - a->from;
        }
        if (!inside)
            m->items[kept++] = *a;             /* a kept longer one only moves to the front, so it is still found */
    }
    m->count = kept;
}

static size_t length_of(const struct matches *m, int32_t node, size_t *ret_end)
{
    size_t best = 0;
    for (int i = 0; i < m->count; i++)
        if (m->items[i].node == node && m->items[i].to - m->items[i].from > best) {
            best = m->items[i].to - m->items[i].from;
            *ret_end = m->items[i].to;
        }
    return best;
}

/* Bytes of the text that speak for this area: its own name and those of the areas around it. */
static size_t weight(const struct names *t, const struct matches *m, const struct match *own)
{
    size_t total = own->to - own->from, end;
    bool supported = !own->common;
    int32_t at = own->node;
    for (int depth = 0; depth < 12; depth++) {
        at = node_of(t, t->nodes[at].parent);
        if (at < 0)
            break;
        size_t more = length_of(m, at, &end);
        total += more;
        supported |= more > 0;
    }
    return supported ? total : 0;
}

/* The finest level at which one area has more of the text than every other; an equal claim of two says nothing. */
static int32_t choose(const struct names *t, const struct matches *m)
{
    for (int level = LEVEL_BUILDING; level >= LEVEL_STREET; level--) {
        size_t best = 0;
        int32_t node = -1;
        bool tie = false;
        for (int i = 0; i < m->count; i++) {
            if (t->nodes[m->items[i].node].level != level)
                continue;
            size_t w = weight(t, m, &m->items[i]);
            if (w > best) {
                best = w;
                node = m->items[i].node;
                tie = false;
            } else if (w == best && w > 0 && m->items[i].node != node) {
                tie = true;
            }
        }
        if (node >= 0 && !tie)
            return node;
    }
    return -1;
}

static int64_t find_in(const struct names *t, struct str text)
{
    static _Thread_local struct matches m;
    m.count = 0;
    walk(t, str_head_chars(text, TEXT_CHARS_MAX), &m);
    drop_contained(&m);
    int32_t node = choose(t, &m);
    return node < 0 ? 0 : t->nodes[node].id;
}

/* With the table of this version, loading it when it is not there. A write may see names that never get committed, so its
 * table is its own. */
static int64_t find(struct tx *tx, struct str text)
{
    int64_t version = 0, id = 0;
    db_one(tx, select_version, IN(), OUT(&version));
    pthread_rwlock_rdlock(&current_lock);
    bool fits = current && current->store == tx->store && current->version == version;
    if (fits)
        id = find_in(current, text);
    pthread_rwlock_unlock(&current_lock);
    if (fits || tx_failed(tx))
        return id;
    struct names *made = names_load(tx, version);
    if (!made)
        return 0;
    id = find_in(made, text);
    if (!tx->writes) {
        pthread_rwlock_wrlock(&current_lock);
        struct names *old = current;
        current = made;
        made = old;
        pthread_rwlock_unlock(&current_lock);
    }
    names_free(made);
    return id;
}

bool area_in_text(struct tx *tx, struct str address, struct area *ret_area)
{
    int64_t id = find(tx, address);
    return id != 0 && area_get(tx, id, ret_area);
}
