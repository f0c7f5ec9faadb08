/* ring_order.c -- who would be rung for a place now, in order; see ring.h. The order is data (rules/ring.yaml): here seats are
 * found, put into their circles and freed of numbers that come twice. */
#include "engine/org.h"
#include "engine/ring.h"
#include "engine/rule.h"

#include <stdio.h>
#include <stdlib.h>

/* Seats of the place and all above it; seats without an area of the owner, of who runs these areas and of contracted call centres. */
SQL(select_seats, "with recursive up(id, parent, level, org) as (select id, parent, level, org from area where id = $1"
    " union all select a.id, a.parent, a.level, a.org from area a join up on a.id = up.parent)"
    " select s.id, s.org, s.account, s.kind, s.name, s.phone, up.level, h.kind, h.to_at from up join seat s on s.area = up.id"
    " left join shift h on h.seat = s.id and h.from_at <= $2 and h.to_at > $3 where s.phone is not null and s.phone <> ''"
    " union all select s.id, s.org, s.account, s.kind, s.name, s.phone, 0, h.kind, h.to_at from seat s"
    " left join shift h on h.seat = s.id and h.from_at <= $4 and h.to_at > $5 where s.area is null and s.phone is not null and s.phone <> ''"
    " and s.org in (select $6 union all select org from up union all select o.id from org o where o.kind = 'call_centre'"
    " and (o.area is null or o.area in (select id from up)))");
SQL(select_offices, "with recursive up(id, parent, level, org) as (select id, parent, level, org from area where id = $1"
    " union all select a.id, a.parent, a.level, a.org from area a join up on a.id = up.parent)"
    " select o.id, o.name, o.phone, 99 from org o where o.id = $2 union all"
    " select o.id, o.name, o.phone, up.level from up join org o on o.id = up.org order by 4 desc, 1");

enum { CIRCLES_MAX = 16, SEATS_MAX = 300, ANY_KIND = 1000 };

struct circle {
    const struct rule_entry *entry;
    struct str seats, always;
    bool on_shift;
};
struct candidate {
    struct ring_seat seat;
    int rank, level;                   /* rank: place of its kind in the circle's list */
    bool second;                       /* sits as B: after the others of its kind */
};

static int circles_of(const struct tx *tx, struct circle *circles)
{
    const struct rule_set *rule = rule_set(rules_of(tx), "ring");
    int count = 0;
    for (int i = 1; i <= CIRCLES_MAX; i++) {
        char key[32];
        int n = snprintf(key, sizeof key, "circle-%d", i);
        const struct rule_entry *entry = rule_entry(rule, (struct str){ key, (size_t)n });
        if (!entry)
            break;
        circles[count++] = (struct circle){ entry, rule_prop(entry, "seats"), rule_prop(entry, "always"), str_is(rule_prop(entry, "when"), "shift") };
    }
    return count;
}

/* Where `kind` stands in a list of words; -1: not in it. */
static int position(struct str words, struct str kind)
{
    struct str word;
    for (int i = 0; str_cut(&words, ' ', &word); i++) {
        if (str_eq(word, kind))
            return i;
        if (str_is(word, "*"))
            return ANY_KIND;
    }
    return -1;
}

static bool put_in_circle(const struct circle *circles, int count, struct candidate *c)
{
    for (int i = 0; i < count; i++) {
        bool sits = c->seat.on_shift || position(circles[i].always, c->seat.kind) >= 0;
        c->rank = sits == circles[i].on_shift ? position(circles[i].seats, c->seat.kind) : -1;
        if (c->rank < 0)
            continue;
        c->seat.circle_no = i + 1;
        c->seat.circle = circles[i].entry->label;
        c->seat.on_shift = circles[i].on_shift;
        return true;
    }
    return false;
}

#define LESS(a, b) do { if ((a) != (b)) return (a) < (b) ? -1 : 1; } while (0)
static int compare(const void *one, const void *two)
{
    const struct candidate *a = one, *b = two;
    LESS(a->seat.circle_no, b->seat.circle_no);
    LESS(a->rank, b->rank);
    LESS(a->second, b->second);
    LESS(b->level, a->level);
    LESS(a->seat.seat, b->seat.seat);
    return 0;
}

static bool is_known(const struct ring_seat *seats, int count, const struct ring_seat *s)
{
    for (int i = 0; i < count; i++)
        if (str_eq(seats[i].number, s->number) || (s->seat && seats[i].seat == s->seat))
            return true;
    return false;
}

static int read_candidates(struct tx *tx, int64_t area, int64_t org, struct candidate *found)
{
    struct circle circles[CIRCLES_MAX];
    int circle_count = circles_of(tx, circles), count = 0;
    struct str phone, shift;
    struct candidate c = { 0 };
    struct rows rows = db_get(tx, select_seats, IN(area, tx->now, tx->now, tx->now, tx->now, org));
    while (count < SEATS_MAX && db_row(&rows, OUT(&c.seat.seat, &c.seat.org, &c.seat.account, &c.seat.kind, &c.seat.name, &phone, &c.level,
                                                  &shift, &c.seat.until))) {
        c.seat.on_shift = c.seat.until != 0;
        c.second = str_is(shift, "b");
        if (phone_normal(tx->arena, phone, &c.seat.number) && put_in_circle(circles, circle_count, &c))
            found[count++] = c;
    }
    rows_end(&rows);
    return count;
}

/* The phones of the offices: the owner's, then up from the finest area. */
static int add_offices(struct tx *tx, int64_t area, int64_t org, struct ring_seat *seats, int count, int max)
{
    struct str phone;
    int64_t level;
    struct ring_seat s = { .kind = S("office"), .circle = L("单位电话", "Office telephones") };
    struct rows rows = db_get(tx, select_offices, IN(area, org));
    while (count < max && db_row(&rows, OUT(&s.org, &s.name, &phone, &level)))
        if (phone_normal(tx->arena, phone, &s.number) && !is_known(seats, count, &s))
            seats[count++] = s;
    rows_end(&rows);
    return count;
}

int ring_order(struct tx *tx, struct place place, int64_t org, struct ring_seat *seats, int max)
{
    int64_t area = place.area ? place.area : place.grid ? place.grid : place.community ? place.community : place.street;
    struct candidate *found = arena_array(tx->arena, struct candidate, SEATS_MAX);
    int found_count = read_candidates(tx, area, org, found), count = 0;
    qsort(found, (size_t)found_count, sizeof *found, compare);
    bool offices = false;
    for (int i = 0; i < found_count && count < max; i++) {
        if (!offices && !found[i].seat.on_shift) {             /* after who sits, before who sleeps */
            count = add_offices(tx, area, org, seats, count, max);
            offices = true;
        }
        if (count < max && !is_known(seats, count, &found[i].seat))
            seats[count++] = found[i].seat;
    }
    return offices ? count : add_offices(tx, area, org, seats, count, max);
}
