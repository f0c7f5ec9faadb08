/* figure.c -- numbers over records, and the few counts that are folded; see figure.h.
 * Whole days of the district, a street or a community are kept sums (figure_days.c); the hours at the ends of a period, smaller areas and medians
 * are counted from the records, all parts in one scan. */
#include "engine/figure.h"

#include "engine/area.h"
#include "engine/engine.h"
#include "engine/figure_days.h"
#include "engine/figure_text.h"
#include "engine/outbox.h"

#include <assert.h>
#include <string.h>

const struct figure *figure_find(const struct engine *e, struct str name)
{
    for (const struct module *const *module = e->modules; *module; module++)
        for (const struct figure *f = (*module)->figures; f && f->name; f++)
            if (str_is(name, f->name))
                return f;
    return NULL;
}

/* The area asked for, if the caller may see it; 0 becomes the widest area of the caller's grants. */
static bool scope_area(struct tx *tx, const struct who *who, int64_t area, struct area *ret)
{
    const struct grant *widest = NULL;
    for (int i = 0; area == 0 && i < who->grant_count; i++)
        if (who->grants[i].area && (!widest || who->grants[i].level < widest->level))
            widest = &who->grants[i];
    area = widest ? widest->area : area;
    if (who->system && area <= 0) {
        *ret = (struct area){ .level = LEVEL_DISTRICT };
        return true;
    }
    if (area <= 0 || !area_get(tx, area, ret)) {
        tx_refuse(tx, ERR_NOT_FOUND);
        return false;
    }
    if (!who->system && !who_may(who, R_ANY | R(KIOSK), ret->place, 0)) {
        tx_refuse(tx, ERR_NOT_FOUND);
        return false;
    }
    return true;
}

static uint32_t area_bit(const struct area *a)
{
    switch (a->level) {
    case LEVEL_DISTRICT:
        return 0;
    case LEVEL_STREET:
        return BY_STREET;
    case LEVEL_COMMUNITY:
        return BY_COMMUNITY;
    case LEVEL_GRID:
        return BY_GRID;
    default:
        return BY_AREA;
    }
}

static uint32_t asked(const struct figure_query *q)
{
    return (q->from ? SINCE : 0) | (q->to ? UNTIL : 0) | (q->hour ? AT_HOUR : 0);
}

/* The values in the order of the bits. */
static struct ins filter_values(struct arena *arena, uint32_t mask, const struct area *area, const struct figure_query *q,
                                int64_t below, int limit)
{
    struct in *in = arena_array(arena, struct in, FIGURE_FILTERS + 2);
    int n = 0;
    if (mask & (BY_STREET | BY_COMMUNITY | BY_GRID | BY_AREA))
        in[n++] = in_i64(area->id);
    if (mask & SINCE)
        in[n++] = in_i64(q->from);
    if (mask & UNTIL)
        in[n++] = in_i64(q->to);
    if (mask & BELOW_ID)
        in[n++] = in_i64(below);
    if (mask & AT_HOUR)
        in[n++] = in_i64(q->hour - 1);
    if (limit)
        in[n++] = in_i64(limit);
    return (struct ins){ in, n };
}

/* Adds what the records of a period say to each part's count. */
static void count_parts(struct tx *tx, struct figure_text *t, const struct area *area, const struct figure_query *q, int64_t counts[])
{
    uint32_t mask = area_bit(area) | asked(q);
    for (int base = 0; base < t->base_count; base++) {
        int64_t n[FIGURE_PARTS] = { 0 };
        struct out out[FIGURE_PARTS];
        int columns = 0;
        for (int part = 0; part < FIGURE_PARTS; part++)
            if (t->base_of[part] == base)
                out[columns++] = out_i64(&n[part]);
        struct rows rows = db_list(tx, t->counts[base], mask, filter_values(tx->arena, mask, area, q, 0, 0));
        db_row(&rows, (struct outs){ out, columns });
        rows_end(&rows);
        for (int part = 0; part < FIGURE_PARTS; part++)
            counts[part] += n[part];
    }
}

/* Whole days from what is kept, the rest of the period from the records. */
static void count_period(struct tx *tx, struct figure_text *t, const struct area *area, const struct figure_query *q, int64_t counts[])
{
    bool kept = area->level <= LEVEL_COMMUNITY && q->from && q->to && !q->hour && !t->figure->measure;
    ms first = kept ? day_start(q->from + DAYS(1) - 1) : 0, end = kept ? day_start(q->to) : 0;
    if (first >= end || !figure_days_sum(tx, t->figure, area->level == LEVEL_DISTRICT ? 0 : area->id, first, end, counts)) {
        count_parts(tx, t, area, q, counts);
        return;
    }
    if (q->from < first)
        count_parts(tx, t, area, &(struct figure_query){ q->area, q->from, first, 0 }, counts);
    if (end < q->to)
        count_parts(tx, t, area, &(struct figure_query){ q->area, end, q->to, 0 }, counts);
}

/* The one in the middle, or the mean of the two: of `n` rows in order; another quantile by its nearest rank. */
static double quantile(struct tx *tx, struct figure_text *t, int64_t n, const struct area *area, const struct figure_query *q)
{
    uint32_t mask = area_bit(area) | asked(q);
    struct ins filters = filter_values(tx->arena, mask, area, q, 0, 0);
    struct in *in = arena_array(tx->arena, struct in, (size_t)filters.count + 2);
    memcpy(in, filters.items, sizeof *in * (size_t)filters.count);
    int64_t per_mille = t->figure->quantile ? t->figure->quantile : 500;
    bool middle = per_mille == 500;
    in[filters.count] = in_i64(middle ? 2 - n % 2 : 1);
    in[filters.count + 1] = in_i64(middle ? (n - 1) / 2 : (n * per_mille + 999) / 1000 - 1);
    int64_t value, sum = 0, count = 0;
    struct rows rows = db_list(tx, t->measure, mask, ((struct ins){ in, filters.count + 2 }));
    for (; db_row(&rows, OUT(&value)); count++)
        sum += value;
    return count ? (double)sum / (double)count / (double)t->figure->measure_unit : 0;
}

bool figure_value(struct tx *tx, const struct who *who, const struct figure *f, const struct figure_query *q, struct figure_value *ret)
{
    struct area area;
    if (!scope_area(tx, who, q->area, &area))
        return false;
    struct figure_text *t = figure_text_of(f);
    int64_t counts[FIGURE_PARTS] = { 0 };
    count_period(tx, t, &area, q, counts);
    bool rate = f->denominator.from != NULL;
    struct figure_value v = { .numerator = counts[0], .denominator = counts[1] };
    for (int i = 0; figure_part_of(f, i + 2) && i < (int)COUNT(v.excluded); i++)
        v.excluded[v.exclusion_count++] = counts[i + 2];
    v.has_value = f->measure ? v.numerator > 0 : !rate || v.denominator > 0;
    if (v.has_value && f->measure)
        v.value = quantile(tx, t, v.numerator, &area, q);
    else if (v.has_value)
        v.value = rate ? (double)v.numerator / (double)v.denominator : (double)v.numerator;
    *ret = v;
    return !tx_failed(tx);
}

struct rows figure_rows(struct tx *tx, const struct who *who, const struct figure *f, int part, const struct figure_query *q,
                        int64_t after, int limit)
{
    struct area area;
    if (part < 0 || !figure_part_of(f, part))
        tx_refuse(tx, ERR_NOT_FOUND);
    if (tx_failed(tx) || !scope_area(tx, who, q->area, &area))
        return (struct rows){ .tx = tx };
    uint32_t mask = area_bit(&area) | asked(q) | (after ? BELOW_ID : 0);
    return db_list(tx, figure_text_of(f)->rows[part], mask, filter_values(tx->arena, mask, &area, q, after, limit));
}

/* --- folded counts ------------------------------------------------------------------------------------------------------------- */

SQL(select_cursor, "select seq from cursor_of where name = 'figure'");
SQL(insert_cursor, "insert into cursor_of(name, seq) values ('figure', $1)");
SQL(update_cursor, "update cursor_of set seq = $1 where name = 'figure'");
SQL(add_count, "insert into figure_count(day, area, kind, what, n) values ($1, $2, $3, $4, $5)"
               " on conflict (day, area, kind, what) do update set n = figure_count.n + excluded.n");
SQL(add_now, "insert into area_now(area, kind, what, n) values ($1, $2, $3, $4)"
             " on conflict (area, kind, what) do update set n = area_now.n + excluded.n");

struct delta { int64_t day, area, n; struct str kind; const char *what; };
struct deltas { struct delta *items; int count, room; };

static void delta_add(struct deltas *d, int64_t day, const struct event *e, const char *what, int64_t n)
{
    if (n == 0)
        return;
    for (int i = 0; i < d->count; i++) {
        struct delta *at = &d->items[i];
        if (at->day == day && at->area == e->place.area && at->what == what && str_eq(at->kind, e->kind)) {
            at->n += n;
            return;
        }
    }
    assert(d->count < d->room);
    d->items[d->count++] = (struct delta){ day, e->place.area, n, e->kind, what };
}

/* What one event changes. Day 0 means: the counts of now. A change of place takes the matter out of one area and puts it
 * into another without opening it again. */
static void delta_of(struct deltas *d, const struct event *e)
{
    if (e->matter == 0)
        return;
    bool before = e->from_phase != PHASE_NONE && phase_unfinished(e->from_phase);
    bool after = e->to_phase != PHASE_NONE && phase_unfinished(e->to_phase);
    bool moved = str_is(e->verb, "placed_out") || str_is(e->verb, "placed_in");
    int64_t day = day_number(e->at);
    delta_add(d, 0, e, "open", after - before);
    delta_add(d, 0, e, "late", e->late_delta);
    delta_add(d, 0, e, "unclaimed", e->unclaimed_delta);
    if (moved)
        return;
    delta_add(d, day, e, "opened", e->from_phase == PHASE_NONE);
    delta_add(d, day, e, "done", e->to_phase == PHASE_DONE && e->from_phase != PHASE_DONE);
    delta_add(d, day, e, "void", e->to_phase == PHASE_VOID && e->from_phase != PHASE_VOID);
    delta_add(d, day, e, "reopened", !before && e->from_phase != PHASE_NONE && after);
    delta_add(d, day, e, "overdue", e->late_delta > 0);
}

bool figure_fold(struct tx *tx, int limit)
{
    int64_t seq = 0, last = 0;
    int count = 0;
    if (!db_one(tx, select_cursor, IN(), OUT(&seq)))
        db_run(tx, insert_cursor, IN(0));
    struct deltas d = { .room = limit * 8 };
    d.items = arena_array(tx->arena, struct delta, (size_t)d.room);
    struct event e;
    struct rows rows = outbox_after(tx, seq, limit);
    while (outbox_row(&rows, &e)) {
        delta_of(&d, &e);
        last = e.seq;
        count++;
    }
    for (int i = 0; i < d.count; i++) {
        struct delta *at = &d.items[i];
        if (at->day)
            db_run(tx, add_count, IN(at->day, at->area, at->kind, at->what, at->n));
        else if (at->n)
            db_run(tx, add_now, IN(at->area, at->kind, at->what, at->n));
    }
    if (last)
        db_run(tx, update_cursor, IN(last));
    return count == limit;
}

/* --- the board ------------------------------------------------------------------------------------------------------------------- */

static const struct filter area_filters[] = { { "a.street = ?", 1 }, { "a.community = ?", 1 }, { "a.grid = ?", 1 }, { "a.id = ?", 1 }, { 0 } };
static const struct sql_list now_counts = { "now_counts",
    "select n.what, case when n.kind = 'alarm' then 1 else 0 end, sum(n.n) from area_now n join area a on a.id = n.area where true",
    "group by n.what, case when n.kind = 'alarm' then 1 else 0 end", area_filters, 0, 0 };
static const struct sql_list day_counts = { "day_counts",
    "select c.what, sum(c.n) from figure_count c join area a on a.id = c.area where c.day = ?", "group by c.what", area_filters, 1, 0 };
static const struct filter due_filters[] = {           /* the clocks lead to the matters, never the area */
    { "+m.street = ?", 1 }, { "+m.community = ?", 1 }, { "+m.grid = ?", 1 }, { "+m.area = ?", 1 }, { 0 } };
static const struct sql_list due_count = { "due_count",
    "select count(distinct m.id) from deadline d join matter m on m.id = d.matter where d.fire_at is not null and d.fire_at <= ?"
    " and d.late_at is null", "", due_filters, 1, 0 };

static void board_now(struct tx *tx, uint32_t mask, int64_t area, struct board *b)
{
    struct str what;
    int64_t alarm, n;
    struct rows rows = db_list(tx, now_counts, mask, mask ? IN(area) : IN());
    while (db_row(&rows, OUT(&what, &alarm, &n))) {
        if (str_is(what, "open")) {
            b->open += n;
            b->alarms += alarm ? n : 0;
        } else if (str_is(what, "late")) {
            b->overdue += n;
        } else if (str_is(what, "unclaimed")) {
            b->unclaimed += n;
        }
    }
}

bool figure_board(struct tx *tx, const struct who *who, int64_t area_id, struct board *ret)
{
    struct area area;
    if (!scope_area(tx, who, area_id, &area))
        return false;
    uint32_t mask = area_bit(&area);
    struct board b = { 0 };
    board_now(tx, mask, area.id, &b);
    struct str what;
    int64_t n, today = day_number(tx->now);
    struct rows rows = db_list(tx, day_counts, mask, mask ? IN(today, area.id) : IN(today));
    while (db_row(&rows, OUT(&what, &n))) {
        if (str_is(what, "opened"))
            b.opened_today = n;
        else if (str_is(what, "done"))
            b.done_today = n;
    }
    ms end = day_start(tx->now) + DAYS(1);
    rows = db_list(tx, due_count, mask, mask ? IN(end, area.id) : IN(end));
    db_row(&rows, OUT(&b.due_today));
    rows_end(&rows);
    *ret = b;
    return !tx_failed(tx);
}

/* --- check ------------------------------------------------------------------------------------------------------------------------- */

SQL(select_open_now, "select m.kind, count(*), sum(m.late) from matter m where m.phase < 4 group by m.kind order by m.kind");
SQL(select_folded, "select coalesce(sum(case when what = 'open' then n else 0 end), 0), coalesce(sum(case when what = 'late' then n else 0 end), 0)"
                   " from area_now where kind = $1");
SQL(select_opened, "select kind, count(*) from matter group by kind order by kind");
SQL(select_opened_folded, "select coalesce(sum(n), 0) from figure_count where kind = $1 and what = 'opened'");
SQL(select_behind, "select count(*) from outbox where id > $1");

bool figure_check(struct tx *tx, void (*bad)(void *, struct str), void *arg)
{
    int64_t seq = 0, behind = 0, n, late, folded, folded_late;
    bool ok = true;
    db_one(tx, select_cursor, IN(), OUT(&seq));
    db_one(tx, select_behind, IN(seq), OUT(&behind));
    if (behind > 0)
        return true;                          /* not folded yet: the caller turns the engine first */
    struct str kind;
    struct rows rows = db_get(tx, select_open_now, IN());
    while (db_row(&rows, OUT(&kind, &n, &late))) {
        db_one(tx, select_folded, IN(kind), OUT(&folded, &folded_late));
        if (folded != n || folded_late != late) {
            bad(arg, arena_format(tx->arena, "figure: %.*s: open %lld counted, %lld kept; late %lld counted, %lld kept", STR_ARG(kind),
                                  (long long)n, (long long)folded, (long long)late, (long long)folded_late));
            ok = false;
        }
    }
    rows = db_get(tx, select_opened, IN());
    while (db_row(&rows, OUT(&kind, &n))) {
        db_one(tx, select_opened_folded, IN(kind), OUT(&folded));
        if (folded != n) {
            bad(arg, arena_format(tx->arena, "figure: %.*s: opened %lld counted, %lld kept", STR_ARG(kind), (long long)n, (long long)folded));
            ok = false;
        }
    }
    ok = figure_days_check(tx, bad, arg) && ok;
    return ok && !tx_failed(tx);
}
