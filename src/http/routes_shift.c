/* routes_shift.c -- who sits when, by the week, and who is on duty now and who is rung next; see engine/org.h, engine/ring.h
 * and roster.h. A week is shown with its gaps: times when nobody answers. */
#include "http/roster.h"

#include "engine/account.h"
#include "engine/area.h"
#include "engine/ring.h"
#include "engine/rule.h"

enum { SHIFTS_MAX = 2000, ORDER_MAX = 100, NEXT_MAX = 50 };

static const struct choice shift_kinds[] = {
    { "day", L("白班", "Day") }, { "night", L("夜班", "Night") }, { "holiday", L("节假日", "Holiday") },
    { "a", L("A 岗", "Post A") }, { "b", L("B 岗", "Post B") }, {0} };

static struct str kind_label(struct req *r, struct str kind)
{
    for (const struct choice *c = shift_kinds; c->name; c++)
        if (str_is(kind, c->name))
            return label_in(c->label, r->lang);
    return kind;
}

struct sitting { struct shift shift; struct seat seat; };

static int read_shifts(struct tx *tx, int64_t org, ms from, ms to, struct sitting *found, int max)
{
    int count = 0;
    struct rows rows = shift_list(tx, org, from, to);
    while (count < max && shift_row(&rows, &found[count].shift, &found[count].seat))
        count++;
    rows_end(&rows);
    return count;
}

static void shift_members(struct req *r, const struct sitting *s, bool clear)
{
    struct json *j = &r->out;
    json_obj(j);
    json_key_int(j, "id", s->shift.id);
    json_key_int(j, "seat", s->shift.seat);
    json_key_int(j, "org", s->seat.org);
    json_key_str(j, "seat_kind", s->seat.kind);
    json_key_str(j, "seat_label", rule_label(r, "seats", s->seat.kind));
    json_key_str(j, "name", s->seat.name);
    json_key_str(j, "phone", seat_phone(r, &s->seat, clear));
    json_key_str(j, "kind", s->shift.kind);
    json_key_str(j, "kind_label", kind_label(r, s->shift.kind));
    json_key_time(j, "from", s->shift.from);
    json_key_time(j, "to", s->shift.to);
    json_key_bool(j, "may_change", clear);
    json_key_str(j, "etag", shift_etag(r->arena, &s->shift));
    json_end(j);
}

/* --- the week ---------------------------------------------------------------------------------------------------------- */

struct week_query { struct has has; int64_t org, week; };
static const struct field week_query[] = {
    FIELD(struct week_query, org, ID, .label = L("单位", "Organisation"), .ref = "org"),
    FIELD(struct week_query, week, DAY, .label = L("周", "Week"), .help = L("周内任一天；不填为本周", "any day of it; this week when left out")), {0} };

static ms monday_of(ms at)
{
    ms day = day_start(at);
    return day - DAYS((civil_of(day).weekday + 6) % 7);
}

static bool answers(struct req *r, const struct sitting *s)
{
    const struct rule_set *seats = rule_set(rules_of(r->tx), "seats");
    const struct rule_entry *e = seats ? rule_entry(seats, s->seat.kind) : NULL;
    return rule_int(e, "duty", 0) == 1 && s->seat.phone.n > 0;
}

/* Shifts come in the order of their beginning. */
static void write_gaps(struct req *r, const struct sitting *found, int count, ms from, ms to)
{
    ms covered = from;
    json_key_list(&r->out, "gaps");
    for (int i = 0; i <= count; i++) {
        ms next = i < count ? found[i].shift.from : to;
        if (i < count && !answers(r, &found[i]))
            continue;
        if (next > covered) {
            json_obj(&r->out);
            json_key_time(&r->out, "from", covered);
            json_key_time(&r->out, "to", next);
            json_end(&r->out);
        }
        if (i < count && found[i].shift.to > covered)
            covered = found[i].shift.to;
    }
    json_end(&r->out);
}

static void write_days(struct req *r, ms monday)
{
    json_key_list(&r->out, "days");
    for (int i = 0; i < 7; i++) {
        int day = day_number(monday + DAYS(i));
        json_obj(&r->out);
        json_key(&r->out, "day");
        json_day(&r->out, day);
        json_key_bool(&r->out, "working", working_day(r->tx, day));
        json_end(&r->out);
    }
    json_end(&r->out);
}

static void week_show(struct req *r)
{
    const struct week_query *q = r->query;
    ms monday = monday_of(q->week ? day_number_ms((int)q->week) : r->tx->now);
    struct sitting *found = arena_array(r->arena, struct sitting, SHIFTS_MAX);
    int count = read_shifts(r->tx, q->org, monday, monday + DAYS(7), found, SHIFTS_MAX), kept = 0;
    for (int i = 0; i < count; i++)
        if (roster_may(r, R_STAFF, found[i].seat.org, found[i].seat.area))
            found[kept++] = found[i];
    json_obj(&r->out);
    json_key(&r->out, "week");
    json_day(&r->out, day_number(monday));
    write_days(r, monday);
    write_gaps(r, found, kept, monday, monday + DAYS(7));
    json_key_list(&r->out, "items");
    for (int i = 0; i < kept; i++)
        shift_members(r, &found[i], roster_may(r, KEEPS_SHIFTS, found[i].seat.org, found[i].seat.area));
    json_end(&r->out);
    json_end(&r->out);
}

/* --- one shift ---------------------------------------------------------------------------------------------------------- */

struct shift_form { struct has has; int64_t seat; struct str kind; ms from, to; };
static const struct field shift_form[] = {
    FIELD(struct shift_form, seat, ID, .label = L("岗位", "Seat"), .required = true, .ref = "seat"),
    FIELD(struct shift_form, kind, CHOICE, .label = L("班次", "Shift"), .required = true, .choices = shift_kinds),
    FIELD(struct shift_form, from, TIME, .label = L("上班时间", "Beginning"), .required = true),
    FIELD(struct shift_form, to, TIME, .label = L("下班时间", "End"), .required = true), {0} };

static bool seat_kept(struct req *r, int64_t id)
{
    struct seat s = { 0 };
    if (seat_get(r->tx, id, &s))
        return roster_must(r, KEEPS_SHIFTS, s.org, s.area);
    fault_field(&r->tx->fault, (struct bad_field){ .field = S("seat"), .bad = BAD_REF, .label = L("岗位", "Seat"),
        .arg = label_in((struct label)L("岗位", "Seat"), r->lang) });
    return false;
}

static bool is_free(struct req *r, const struct shift *h)
{
    if (!shift_overlaps(r->tx, h))
        return true;
    fault_field(&r->tx->fault, (struct bad_field){ .field = S("from"), .bad = BAD_RULE, .label = L("上班时间", "Beginning"),
        .rule = L("这个岗位在此时段已有班次", "This seat has a shift at that time already") });
    return false;
}

static struct shift shift_from_form(struct req *r, int64_t id)
{
    const struct shift_form *f = r->form;
    return (struct shift){ .id = id, .seat = f->seat, .kind = f->kind, .from = f->from, .to = f->to };
}

static void shift_one_show(struct req *r)
{
    struct sitting s = { 0 };
    if (!shift_get(r->tx, r->id, &s.shift, &s.seat) || !roster_must(r, R_STAFF, s.seat.org, s.seat.area))
        return;
    shift_members(r, &s, roster_may(r, KEEPS_SHIFTS, s.seat.org, s.seat.area));
    r->etag = arena_format(r->arena, "\"" STR_FMT "\"", STR_ARG(shift_etag(r->arena, &s.shift)));
}

static void shift_add_apply(struct req *r)
{
    struct shift h = shift_from_form(r, 0);
    if (!seat_kept(r, h.seat) || !is_free(r, &h))
        return;
    r->id = shift_put(r->tx, &h);
    audit(r->tx, r->who, "add", "shift", r->id, h.kind);
    r->location = arena_format(r->arena, "/api/v1/shifts/%lld", (long long)r->id);
}

static bool shift_mine(struct req *r, int64_t id, struct shift *old)
{
    struct seat s = { 0 };
    return shift_get(r->tx, id, old, &s) && roster_must(r, KEEPS_SHIFTS, s.org, s.area);
}

static void shift_put_apply(struct req *r)
{
    struct shift old = { 0 }, h = shift_from_form(r, r->id);
    if (!shift_mine(r, r->id, &old) || !etag_held(r, shift_etag(r->arena, &old)) || !seat_kept(r, h.seat) || !is_free(r, &h))
        return;
    shift_put(r->tx, &h);
    audit(r->tx, r->who, "change", "shift", r->id, h.kind);
}

static void shift_remove_apply(struct req *r)
{
    struct shift old = { 0 };
    if (!shift_mine(r, r->id, &old) || !etag_held(r, shift_etag(r->arena, &old)))
        return;
    shift_remove(r->tx, r->id);
    audit(r->tx, r->who, "remove", "shift", r->id, old.kind);
}

/* --- copy, swap ---------------------------------------------------------------------------------------------------------- */

struct copy_form { struct has has; int64_t org, week; };
static const struct field copy_form[] = {
    FIELD(struct copy_form, org, ID, .label = L("单位", "Organisation"), .required = true, .ref = "org"),
    FIELD(struct copy_form, week, DAY, .label = L("排班的周", "Week to fill"), .required = true), {0} };
struct copied { int64_t copied, skipped; ms monday; };

static void copy_apply(struct req *r)
{
    const struct copy_form *f = r->form;
    struct copied *c = arena_new(r->arena, struct copied);
    struct sitting *found = arena_array(r->arena, struct sitting, SHIFTS_MAX);
    r->state = c;
    c->monday = monday_of(day_number_ms((int)f->week));
    if (!roster_must(r, KEEPS_SHIFTS, f->org, 0))
        return;
    int count = read_shifts(r->tx, f->org, c->monday - DAYS(7), c->monday, found, SHIFTS_MAX);
    for (int i = 0; i < count; i++) {
        struct shift h = found[i].shift;
        if (h.from < c->monday - DAYS(7))
            continue;                                  /* it began in the week before */
        h = (struct shift){ .seat = h.seat, .kind = h.kind, .from = h.from + DAYS(7), .to = h.to + DAYS(7) };
        if (shift_overlaps(r->tx, &h)) {
            c->skipped++;                              /* what was planned by hand stays */
            continue;
        }
        shift_put(r->tx, &h);
        c->copied++;
    }
    audit(r->tx, r->who, "copy", "shift", f->org, S(""));
}

static void copy_show(struct req *r)
{
    const struct copied *c = r->state;
    json_obj(&r->out);
    json_key_int(&r->out, "copied", c->copied);
    json_key_int(&r->out, "skipped", c->skipped);
    json_key(&r->out, "week");
    json_day(&r->out, day_number(c->monday));
    write_days(r, c->monday);                          /* a holiday among them wants another look */
    json_end(&r->out);
}

struct swap_form { struct has has; int64_t one, other; struct str one_etag, other_etag; };
static const struct field swap_form[] = {
    FIELD(struct swap_form, one, ID, .label = L("班次", "Shift"), .required = true, .ref = "shift"),
    FIELD(struct swap_form, other, ID, .label = L("换成的班次", "The other shift"), .required = true, .ref = "shift"),
    FIELD(struct swap_form, one_etag, TEXT, .label = L("班次版本", "Its ETag"), .max = 40),
    FIELD(struct swap_form, other_etag, TEXT, .label = L("另一班次版本", "The other's ETag"), .max = 40), {0} };

/* Both leave first, so that neither stands in the other's way. */
static void swap_apply(struct req *r)
{
    const struct swap_form *f = r->form;
    struct shift one = { 0 }, other = { 0 };
    if (!shift_mine(r, f->one, &one) || !shift_mine(r, f->other, &other))
        return;
    if ((f->one_etag.n && !str_eq(f->one_etag, shift_etag(r->arena, &one))) ||
        (f->other_etag.n && !str_eq(f->other_etag, shift_etag(r->arena, &other)))) {
        tx_refuse(r->tx, ERR_STALE);
        return;
    }
    int64_t seat = one.seat;
    one.seat = other.seat;
    other.seat = seat;
    shift_put(r->tx, &one);
    shift_put(r->tx, &other);
    if (!tx_failed(r->tx) && one.seat != other.seat && is_free(r, &one))
        is_free(r, &other);
    audit(r->tx, r->who, "swap", "shift", one.id, S(""));
}

static void swap_show(struct req *r)
{
    const struct swap_form *f = r->form;
    const int64_t ids[2] = { f->one, f->other };
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; i < 2; i++) {
        struct sitting s = { 0 };
        if (shift_get(r->tx, ids[i], &s.shift, &s.seat))
            shift_members(r, &s, true);
    }
    json_end(&r->out);
    json_end(&r->out);
}

/* --- now ----------------------------------------------------------------------------------------------------------------- */

struct now_query { struct has has; int64_t area; };
static const struct field now_query[] = {
    FIELD(struct now_query, area, ID, .label = L("地点", "Place"), .ref = "area", .help = L("不填为本人辖区", "the caller's own when left out")), {0} };

static int64_t own_area(const struct who *who)
{
    for (int i = 0; i < who->grant_count; i++)
        if (who->grants[i].area && who->grants[i].role != ROLE_ADMIN)
            return who->grants[i].area;
    return 0;
}

static void write_order(struct req *r, const struct ring_seat *order, int count, bool clear)
{
    json_key_list(&r->out, "order");
    for (int i = 0; i < count; i++) {
        const struct ring_seat *s = &order[i];
        json_obj(&r->out);
        json_key_id(&r->out, "seat", s->seat);
        json_key_int(&r->out, "org", s->org);
        json_key_str(&r->out, "kind", s->kind);
        json_key_str(&r->out, "kind_label", s->seat ? rule_label(r, "seats", s->kind) : label_in(s->circle, r->lang));
        json_key_str(&r->out, "name", s->name);
        json_key_str(&r->out, "phone", clear ? s->number : mask_text(r->arena, MASK_PHONE, s->number));
        json_key_int(&r->out, "circle", s->circle_no);
        json_key_str(&r->out, "circle_label", label_in(s->circle, r->lang));
        json_key_bool(&r->out, "on_shift", s->on_shift);
        json_key_time(&r->out, "until", s->until);
        json_end(&r->out);
    }
    json_end(&r->out);
}

static void now_show(struct req *r)
{
    const struct now_query *q = r->query;
    int64_t area = q->area ? q->area : own_area(r->who);
    struct place place = { 0 };
    if (!area || !area_place(r->tx, area, &place) || !who_may(r->who, R_STAFF & ~R(ADMIN), place, 0)) {
        fault_clear(&r->tx->fault);
        tx_refuse(r->tx, ERR_NOT_FOUND);
        return;
    }
    bool clear = who_may(r->who, KEEPS_SHIFTS & ~R(ADMIN), place, 0);
    int64_t org = org_of_place(r->tx, place);
    struct ring_seat *order = arena_array(r->arena, struct ring_seat, ORDER_MAX);
    struct sitting *next = arena_array(r->arena, struct sitting, SHIFTS_MAX);
    int count = ring_order(r->tx, place, org, order, ORDER_MAX), shown = 0;
    int coming = read_shifts(r->tx, 0, r->tx->now, r->tx->now + HOURS(24), next, SHIFTS_MAX);
    json_obj(&r->out);
    json_key_time(&r->out, "now", r->tx->now);
    json_key_int(&r->out, "area", area);
    json_key_bool(&r->out, "nobody", count == 0 || !order[0].on_shift);
    write_order(r, order, count, clear);
    json_key_list(&r->out, "next");
    for (int i = 0; i < coming && shown < NEXT_MAX; i++) {
        if (next[i].shift.from <= r->tx->now || !roster_may(r, R_STAFF, next[i].seat.org, next[i].seat.area))
            continue;
        shift_members(r, &next[i], clear);
        shown++;
    }
    json_end(&r->out);
    json_end(&r->out);
}

const struct route shift_routes[] = {
    { GET, "/duty", R_STAFF & ~R(ADMIN), .show = now_show, .query = now_query, .query_size = sizeof(struct now_query),
      .about = L("现在谁值班、接下来叫谁、下一班是谁", "Who is on duty now, who is rung next, who comes next") },
    { GET, "/shifts", R_STAFF, .show = week_show, .query = week_query, .query_size = sizeof(struct week_query),
      .about = L("一周排班和空档", "A week of shifts, and its gaps") },
    { GET, "/shifts/{id}", R_STAFF, .show = shift_one_show, .about = L("一个班次", "One shift") },
    { POST, "/shifts", KEEPS_SHIFTS, .apply = shift_add_apply, .show = shift_one_show, .form = shift_form, .form_size = sizeof(struct shift_form),
      .about = L("排班", "Add a shift") },
    { PUT, "/shifts/{id}", KEEPS_SHIFTS, .apply = shift_put_apply, .show = shift_one_show, .form = shift_form,
      .form_size = sizeof(struct shift_form), .about = L("修改班次（If-Match 防止覆盖他人的修改）", "Change a shift; If-Match keeps another's change") },
    { DELETE, "/shifts/{id}", KEEPS_SHIFTS, .apply = shift_remove_apply, .about = L("取消班次", "Remove a shift") },
    { POST, "/shifts/copy", KEEPS_SHIFTS, .apply = copy_apply, .show = copy_show, .form = copy_form, .form_size = sizeof(struct copy_form),
      .about = L("复制上周排班", "Copy last week") },
    { POST, "/shifts/swap", KEEPS_SHIFTS, .apply = swap_apply, .show = swap_show, .form = swap_form, .form_size = sizeof(struct swap_form),
      .about = L("换班", "Swap two shifts") },
    {0} };
