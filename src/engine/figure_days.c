/* figure_days.c -- marks and sums by day; see figure_days.h. Where the folding stands is the row figure_days of cursor_of: seq is the
 * last event that was folded, holder the version of the figures' texts, until_at the last matter while the first marks are
 * being made (none: they are made). What costs time is done on a reader; the writer only gets what changed. */
#include "engine/figure_days.h"

#include "engine/figure_text.h"
#include "engine/outbox.h"

#include <assert.h>
#include <string.h>

SQL(select_place, "select seq, holder, until_at, until_at is null from cursor_of where name = 'figure_days'");
SQL(insert_place, "insert into cursor_of(name, seq, holder, until_at) values ('figure_days', $1, $2, 0)");
SQL(begin_anew, "update cursor_of set seq = $1, holder = $2, until_at = 0 where name = 'figure_days'");
SQL(go_on, "update cursor_of set seq = $1, until_at = $2 where name = 'figure_days' and seq = $3 and coalesce(until_at, -1) = $4"
           " and holder = $5");
SQL(drop_marks, "delete from figure_mark where matter in (select matter from figure_mark limit 5000)");
SQL(drop_days, "delete from figure_day");
SQL(select_mark, "select cells from figure_mark where matter = $1");
SQL(put_mark, "insert into figure_mark(matter, cells) values ($1, $2) on conflict (matter) do update set cells = excluded.cells");
SQL(delete_mark, "delete from figure_mark where matter = $1");
SQL(add_day, "insert into figure_day(part, area, day, n) values ($1, $2, $3, $4)"
             " on conflict (part, area, day) do update set n = figure_day.n + excluded.n");
SQL(select_sum, "select coalesce(sum(n), 0) from figure_day where part = $1 and area = $2 and day >= $3 and day < $4");
SQL(select_matters, "select id, kind from matter where id > $1 order by id limit 500");
SQL(select_days, "select part, area, day, n from figure_day where n <> 0");
SQL(count_marks, "select count(*) from figure_mark");

enum { BATCH = 500, UNFOLDED_MAX = 64, CELLS_MAX = 62, SUMS_FIRST = 1024 };

/* --- what a matter counts as ------------------------------------------------------------------------------------------------- */

struct cell { int32_t column, day; int64_t parts; };       /* column: group * GROUP_TIMES + time; parts: bits of the group's */
struct cells { int64_t street, community; struct cell items[CELLS_MAX]; };
static size_t bytes_of(int count) { return 2 * sizeof(int64_t) + sizeof(struct cell) * (size_t)count; }

static int64_t parts_of_time(const struct figure_group *g, int time)
{
    int64_t bits = 0;
    for (int i = 0; i < g->part_count; i++)
        bits |= g->parts[i].time == time ? (int64_t)1 << i : 0;
    return bits;
}

static int add_group(struct tx *tx, const struct figure_set *set, int group, int64_t matter, struct cells *c, int count)
{
    const struct figure_group *g = &set->groups[group];
    int64_t street = 0, community = 0, parts = 0, at[GROUP_TIMES];
    static_assert(GROUP_TIMES == 8, "one column each");
    if (!(db_one)(tx, &g->sql, IN(matter), OUT(&street, &community, &at[0], &at[1], &at[2], &at[3], &at[4], &at[5], &at[6], &at[7],
                                               &parts)))
        return count;
    c->street = street;
    c->community = community;
    for (int time = 0; time < g->time_count; time++) {
        int64_t mine = parts & parts_of_time(g, time);
        if (!mine || at[time] <= 0)
            continue;
        assert(count < CELLS_MAX);
        c->items[count++] = (struct cell){ group * GROUP_TIMES + time, day_number(at[time]), mine };
    }
    return count;
}

/* Empty when it counts as nothing; else the bytes stand in `c`. */
static struct str mark_of(struct tx *tx, const struct figure_set *set, int64_t matter, struct str kind, struct cells *c)
{
    int count = 0;
    for (int i = 0; i < set->group_count; i++)
        if (set->groups[i].kind.n == 0 || str_eq(set->groups[i].kind, kind))
            count = add_group(tx, set, i, matter, c, count);
    return count ? (struct str){ (const char *)c, bytes_of(count) } : S("");
}

static struct str kept_mark(struct tx *tx, int64_t matter)
{
    struct blob cells = { S("") };
    return db_one(tx, select_mark, IN(matter), OUT(&cells)) ? cells.bytes : S("");
}

/* --- sums of differences: a table in the arena -------------------------------------------------------------------------------- */

struct sum { int64_t part, area, day, n; bool used; };
struct sums { struct arena *arena; struct sum *items; size_t room, count; };

static struct sum *sum_at(struct sums *s, int64_t part, int64_t area, int64_t day)
{
    uint64_t hash = ((uint64_t)part * 1000003u + (uint64_t)area) * 1000003u + (uint64_t)day;
    hash = (hash ^ hash >> 29) * 0xbf58476d1ce4e5b9u;
    for (size_t i = hash % s->room;; i = (i + 1) % s->room) {
        struct sum *at = &s->items[i];
        if (!at->used || (at->part == part && at->area == area && at->day == day))
            return at;
    }
}

static void sum_add(struct sums *s, int64_t part, int64_t area, int64_t day, int64_t n)
{
    if (s->count * 2 >= s->room) {
        struct sums larger = { .arena = s->arena, .room = s->room ? s->room * 2 : SUMS_FIRST };
        larger.items = arena_array(s->arena, struct sum, larger.room);
        for (size_t i = 0; i < s->room; i++)
            if (s->items[i].used) {
                *sum_at(&larger, s->items[i].part, s->items[i].area, s->items[i].day) = s->items[i];
                larger.count++;
            }
        *s = larger;
    }
    struct sum *at = sum_at(s, part, area, day);
    s->count += !at->used;
    *at = (struct sum){ part, area, day, at->n + n, true };
}

static void add_mark(struct sums *s, const struct figure_set *set, struct str mark, int64_t n)
{
    struct cells c;
    assert(mark.n <= sizeof c);
    if (mark.n < bytes_of(1))
        return;
    memcpy(&c, mark.p, mark.n);
    for (size_t i = 0; bytes_of((int)i + 1) <= mark.n; i++) {
        const struct figure_group *g = &set->groups[c.items[i].column / GROUP_TIMES];
        for (int part = 0; part < g->part_count; part++) {
            if (!(c.items[i].parts >> part & 1))
                continue;
            const int64_t areas[] = { 0, c.street, c.community };
            for (size_t k = 0; k < COUNT(areas); k++)
                if (k == 0 || areas[k])
                    sum_add(s, g->parts[part].slot, areas[k], c.items[i].day, n);
        }
    }
}

/* --- where the folding stands --------------------------------------------------------------------------------------------------- */

struct place_in { int64_t seq, until; struct str version; bool found, made, current; };

static struct place_in place_in(struct tx *tx, const struct figure_set *set)
{
    struct place_in p = { 0 };
    p.found = db_one(tx, select_place, IN(), OUT(&p.seq, &p.version, &p.until, &p.made));
    p.current = p.found && str_is(p.version, set->version);
    p.until = p.made ? -1 : p.until;
    return p;
}

bool figure_days_waiting(struct tx *tx)
{
    const struct figure_set *set = figure_set_of(engine_of(tx));
    struct place_in p = place_in(tx, set);
    return set->figure_count && (!p.current || !p.made || outbox_last(tx) > p.seq);
}

/* --- folding ------------------------------------------------------------------------------------------------------------------ */

struct marked { int64_t matter; struct str mark; };
struct batch {
    const struct figure_set *set;
    struct place_in from;
    int64_t seq, until;                                    /* where it gets to; until -1: made */
    struct marked marked[BATCH];
    int count, events;
    struct sums sums;
    bool did;
};

static void mark_matter(struct tx *tx, struct batch *b, int64_t matter, struct str kind)
{
    for (int i = 0; i < b->count; i++)
        if (b->marked[i].matter == matter)
            return;
    struct cells cells;
    struct str before = kept_mark(tx, matter), now = mark_of(tx, b->set, matter, kind, &cells);
    if (tx_failed(tx) || str_eq(before, now))
        return;
    add_mark(&b->sums, b->set, before, -1);
    add_mark(&b->sums, b->set, now, 1);
    b->marked[b->count++] = (struct marked){ matter, now.n ? arena_copy(tx->arena, now) : now };
}

/* The last one's number, 0 without any. */
static int64_t mark_events(struct tx *tx, struct batch *b, struct rows rows, int limit)
{
    struct event *events = arena_array(tx->arena, struct event, (size_t)limit);
    int count = 0;
    while (count < limit && outbox_row(&rows, &events[count]))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count && !tx_failed(tx); i++)
        if (events[i].matter)
            mark_matter(tx, b, events[i].matter, events[i].kind);
    b->events = count;
    return count ? events[count - 1].seq : 0;
}

static void mark_next_matters(struct tx *tx, struct batch *b)
{
    int64_t ids[BATCH];
    struct str kinds[BATCH];
    int count = 0;
    struct rows rows = db_get(tx, select_matters, IN(b->from.until));
    while (count < BATCH && db_row(&rows, OUT(&ids[count], &kinds[count])))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count && !tx_failed(tx); i++)
        mark_matter(tx, b, ids[i], kinds[i]);
    b->until = count == BATCH ? ids[count - 1] : -1;
}

/* The marks were read before: the place must still be where it was. */
static void apply_batch(struct tx *tx, void *arg)
{
    struct batch *b = arg;
    struct in until = b->until < 0 ? (struct in){ 0 } : in_i64(b->until);
    b->did = db_run(tx, go_on, IN(b->seq, until, b->from.seq, b->from.until, b->set->version)) == 1;
    if (!b->did)
        return;
    for (int i = 0; i < b->count; i++) {
        if (b->marked[i].mark.n)
            db_run(tx, put_mark, IN(b->marked[i].matter, ((struct blob){ b->marked[i].mark })));
        else
            db_run(tx, delete_mark, IN(b->marked[i].matter));
    }
    for (size_t i = 0; i < b->sums.room; i++) {
        const struct sum *s = &b->sums.items[i];
        if (s->used && s->n)
            db_run(tx, add_day, IN(s->part, s->area, s->day, s->n));
    }
}

/* A first start, or figures with other texts: what was kept goes, some at a time, and all begins anew. */
static void apply_anew(struct tx *tx, void *arg)
{
    struct batch *b = arg;
    b->did = true;
    if (!b->from.found) {
        db_run(tx, insert_place, IN(outbox_last(tx), b->set->version));
    } else if (db_run(tx, drop_marks, IN()) == 0) {
        db_run(tx, drop_days, IN());
        db_run(tx, begin_anew, IN(outbox_last(tx), b->set->version));
    }
}

bool figure_days_turn(struct engine *e)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct batch *b = arena_new(&arena, struct batch);
    b->set = figure_set_of(e);
    b->sums.arena = &arena;
    if (!b->set->figure_count)
        return false;
    struct tx *tx = read_begin(e->store, &arena);
    b->from = place_in(tx, b->set);
    b->seq = b->from.seq;
    b->until = b->from.until;
    int64_t last = 0;
    if (b->from.current && b->from.made)
        last = mark_events(tx, b, outbox_after(tx, b->from.seq, BATCH), BATCH);
    else if (b->from.current)
        mark_next_matters(tx, b);
    b->seq = last ? last : b->seq;
    bool ok = !tx_failed(tx), idle = b->from.current && b->seq == b->from.seq && b->until == b->from.until;
    read_end(tx);
    if (!ok || idle)
        return false;
    struct write w = { .apply = b->from.current ? apply_batch : apply_anew, .arg = b, .arena = &arena, .lane = LANE_BULK };
    store_write(e->store, &w);
    bool more = !b->from.current || !b->from.made || b->events == BATCH;       /* a small batch waits for the next turn */
    return w.fault.code == ERR_OK && b->did && more;
}

/* --- reading -------------------------------------------------------------------------------------------------------------------- */

bool figure_days_sum(struct tx *tx, const struct figure *f, int64_t area, ms from, ms to, int64_t counts[])
{
    const struct figure_set *set = figure_set_of(engine_of(tx));
    int slot = figure_slot(set, f), first = day_number(from), end = day_number(to);
    struct batch *b = arena_new(tx->arena, struct batch);
    b->set = set;
    b->from = place_in(tx, set);
    b->sums.arena = tx->arena;
    if (slot < 0 || !b->from.current || !b->from.made)
        return false;
    mark_events(tx, b, outbox_after(tx, b->from.seq, UNFOLDED_MAX), UNFOLDED_MAX);
    if (!store_is_ordered(tx->store))
        mark_events(tx, b, outbox_waiting(tx), UNFOLDED_MAX);
    for (int part = 0; part < FIGURE_PARTS; part++) {
        int64_t n = 0;
        if (figure_part_of(f, part) && db_one(tx, select_sum, IN(slot + part, area, first, end), OUT(&n)))
            counts[part] += n;
    }
    for (size_t i = 0; i < b->sums.room; i++) {
        const struct sum *s = &b->sums.items[i];
        if (s->used && s->area == area && s->part >= slot && s->part < slot + FIGURE_PARTS && s->day >= first && s->day < end)
            counts[s->part - slot] += s->n;
    }
    return !tx_failed(tx);
}

/* --- check ---------------------------------------------------------------------------------------------------------------------- */

static bool compare_days(struct tx *tx, struct sums *want, void (*bad)(void *, struct str), void *arg)
{
    int64_t part, area, day, n;
    bool ok = true;
    struct rows rows = db_get(tx, select_days, IN());
    while (db_row(&rows, OUT(&part, &area, &day, &n)))
        sum_add(want, part, area, day, -n);
    for (size_t i = 0; i < want->room; i++) {
        const struct sum *s = &want->items[i];
        if (!s->used || !s->n)
            continue;
        bad(arg, arena_format(tx->arena, "figure: part %lld, area %lld, day %lld: the kept sum is %lld too small", (long long)s->part,
                              (long long)s->area, (long long)s->day, (long long)s->n));
        ok = false;
    }
    return ok;
}

bool figure_days_check(struct tx *tx, void (*bad)(void *, struct str), void *arg)
{
    const struct figure_set *set = figure_set_of(engine_of(tx));
    struct sums sums = { .arena = tx->arena };
    struct place_in p = place_in(tx, set);
    int64_t last = 0, marks = 0, kept = 0;
    bool ok = true;
    if (!p.current || !p.made || outbox_last(tx) > p.seq)
        return true;                           /* not folded yet */
    for (int count = BATCH; count == BATCH && !tx_failed(tx);) {
        int64_t ids[BATCH];
        struct str kinds[BATCH];
        struct cells cells;
        struct rows rows = db_get(tx, select_matters, IN(last));
        for (count = 0; count < BATCH && db_row(&rows, OUT(&ids[count], &kinds[count]));)
            count++;
        rows_end(&rows);
        for (int i = 0; i < count; i++) {
            struct str mark = mark_of(tx, set, ids[i], kinds[i], &cells);
            marks += mark.n > 0;
            add_mark(&sums, set, mark, 1);
            if (!str_eq(mark, kept_mark(tx, ids[i]))) {
                bad(arg, arena_format(tx->arena, "figure: matter %lld does not count as it is kept", (long long)ids[i]));
                ok = false;
            }
        }
        last = count ? ids[count - 1] : last;
    }
    if (db_one(tx, count_marks, IN(), OUT(&kept)) && kept != marks) {
        bad(arg, arena_format(tx->arena, "figure: %lld matters count, %lld are kept", (long long)marks, (long long)kept));
        ok = false;
    }
    return compare_days(tx, &sums, bad, arg) && ok && !tx_failed(tx);
}
