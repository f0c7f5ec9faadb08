/* roster.c -- who is bound to a place, who supervises it, and who is on duty; see org.h. */
#include "engine/org.h"
#include "engine/rule.h"

#include <string.h>

#define SEAT_COLUMNS "s.id, s.org, s.area, s.account, s.kind, s.name, s.phone"
#define SEAT_OUT(s) &(s)->id, &(s)->org, &(s)->area, &(s)->account, &(s)->kind, &(s)->name, &(s)->phone

/* From the exact area upward; of one area a filled seat goes before a vacant one. */
SQL(select_bound, "with recursive up(id, parent, level) as (select id, parent, level from area where id = $1"
    " union all select a.id, a.parent, a.level from area a join up on a.id = up.parent)"
    " select " SEAT_COLUMNS " from up join seat s on s.area = up.id"
    " where s.kind in ('coordinate', 'direct', 'backup', 'branch', 'leader', 'district')"
    " order by up.level desc, case when coalesce(s.name, '') = '' and s.account is null then 1 else 0 end, s.id");
SQL(select_shift, "select id from shift where seat = $1 and kind = $2 and from_at = $3");
SQL(insert_shift, "insert into shift(id, seat, org, kind, from_at, to_at) values ($1, $2, $3, $4, $5, $6)");
SQL(update_shift, "update shift set seat = $1, org = $2, kind = $3, from_at = $4, to_at = $5 where id = $6");
SQL(delete_shift, "delete from shift where id = $1");

SQL(select_one_shift, "select h.id, h.seat, h.from_at, h.to_at, h.kind, " SEAT_COLUMNS " from shift h join seat s on s.id = h.seat where h.id = $1");
SQL(select_overlap, "select 1 from shift where seat = $1 and to_at > $2 and from_at < $3 and id <> $4 limit 1");

static const struct filter shift_filters[] = { { "h.org = ?", 1 }, { 0 } };
static const struct sql_list shifts = {
    .name = "shift_on", .head = "select h.id, h.seat, h.from_at, h.to_at, h.kind, " SEAT_COLUMNS
    " from shift h join seat s on s.id = h.seat where true",
    .tail = "and h.to_at > ? and h.from_at <= ? order by case s.kind when 'duty_leader' then 1 when 'duty_officer' then 2"
    " else 3 end, h.kind, h.id", .filters = shift_filters, .tail_params = 2,
};

static const struct sql_list shift_span = {
    .name = "shift_span", .head = "select h.id, h.seat, h.from_at, h.to_at, h.kind, " SEAT_COLUMNS
    " from shift h join seat s on s.id = h.seat where true",
    .tail = "and h.to_at > ? and h.from_at < ? order by h.from_at, h.kind, h.id limit 2000", .filters = shift_filters, .tail_params = 2,
};

static const char *const bound_kinds[4] = { "coordinate", "direct", "backup", "branch" };
static const char *const supervisors[] = { "coordinate", "leader", "district" };

static int64_t finest(struct place p)
{
    return p.area ? p.area : p.grid ? p.grid : p.community ? p.community : p.street;
}

int seat_bound(struct tx *tx, struct place place, struct seat ret_seats[4])
{
    struct seat s = { 0 };
    int bound = 0;
    for (int i = 0; i < 4; i++)
        ret_seats[i] = (struct seat){ .kind = str_of(bound_kinds[i]) };
    struct rows rows = db_get(tx, select_bound, IN(finest(place)));
    while (db_row(&rows, OUT(SEAT_OUT(&s)))) {
        for (int i = 0; i < 4; i++) {
            if (ret_seats[i].id || !str_is(s.kind, bound_kinds[i]))
                continue;
            ret_seats[i] = s;
            bound++;
        }
    }
    return bound;
}

static bool is_filled(const struct seat *s)
{
    return s->id && (s->name.n > 0 || s->account);
}

/* A round whose seat is vacant passes to the next one up; when none is left, to the nearest below: somebody always has it. */
bool seat_supervisor(struct tx *tx, struct place place, int64_t round, struct seat *ret_seat)
{
    enum { ROUNDS = COUNT(supervisors) };
    struct seat found[ROUNDS] = { 0 }, s = { 0 };
    struct rows rows = db_get(tx, select_bound, IN(finest(place)));
    while (db_row(&rows, OUT(SEAT_OUT(&s))))
        for (int i = 0; i < ROUNDS; i++)
            if (!is_filled(&found[i]) && str_is(s.kind, supervisors[i]))
                found[i] = s;
    int first = round < 1 ? 0 : round > ROUNDS ? ROUNDS - 1 : (int)round - 1;
    for (int i = first; i < ROUNDS; i++)
        if (is_filled(&found[i])) {
            *ret_seat = found[i];
            return true;
        }
    for (int i = first - 1; i >= 0; i--)
        if (is_filled(&found[i])) {
            *ret_seat = found[i];
            return true;
        }
    return false;
}

/* --- shifts ------------------------------------------------------------------------------------------------------- */

int64_t shift_put(struct tx *tx, const struct shift *given)
{
    static const char *const kinds[] = { "day", "night", "holiday", "a", "b" };
    struct shift copy = *given, *h = &copy;
    struct seat seat = { 0 };
    bool kind_ok = false;
    for (size_t i = 0; i < COUNT(kinds); i++)
        kind_ok |= str_is(h->kind, kinds[i]);
    if (!kind_ok)
        fault_field(&tx->fault, (struct bad_field){ .field = S("kind"), .bad = BAD_CHOICE, .arg = S("day, night, holiday, a, b"),
            .label = L("班次", "Shift") });
    if (h->to <= h->from || h->to - h->from > DAYS(31))
        fault_field(&tx->fault, (struct bad_field){ .field = S("to"), .bad = BAD_RULE, .label = L("下班时间", "End"),
            .rule = L("下班应晚于上班，且一班不超过 31 天", "A shift ends after it begins, within 31 days") });
    if (!seat_get(tx, h->seat, &seat))
        tx_refuse(tx, ERR_NOT_FOUND, "没有这个岗位", "There is no such seat");
    if (tx_failed(tx))
        return 0;
    if (h->id == 0)
        db_one(tx, select_shift, IN(h->seat, h->kind, h->from), OUT(&h->id));
    if (h->id == 0) {
        h->id = db_id(tx, "shift");
        db_run(tx, insert_shift, IN(h->id, h->seat, seat.org, h->kind, h->from, h->to));
    } else if (db_run(tx, update_shift, IN(h->seat, seat.org, h->kind, h->from, h->to, h->id)) == 0) {
        tx_refuse(tx, ERR_NOT_FOUND, 0);
    }
    return tx_failed(tx) ? 0 : h->id;
}

void shift_remove(struct tx *tx, int64_t id)
{
    if (db_run(tx, delete_shift, IN(id)) == 0)
        tx_refuse(tx, ERR_NOT_FOUND, 0);
}

struct rows shift_on(struct tx *tx, int64_t org, ms at)
{
    return org ? db_list(tx, shifts, 1, IN(org, at, at)) : db_list(tx, shifts, 0, IN(at, at));
}

bool shift_row(struct rows *rows, struct shift *h, struct seat *s)
{
    return db_row(rows, OUT(&h->id, &h->seat, &h->from, &h->to, &h->kind, SEAT_OUT(s)));
}

struct rows shift_list(struct tx *tx, int64_t org, ms from, ms to)
{
    return org ? db_list(tx, shift_span, 1, IN(org, from, to)) : db_list(tx, shift_span, 0, IN(from, to));
}

bool shift_get(struct tx *tx, int64_t id, struct shift *h, struct seat *s)
{
    if (db_one(tx, select_one_shift, IN(id), OUT(&h->id, &h->seat, &h->from, &h->to, &h->kind, SEAT_OUT(s))))
        return true;
    tx_refuse(tx, ERR_NOT_FOUND, "没有这个班次", "There is no such shift");
    return false;
}

bool shift_overlaps(struct tx *tx, const struct shift *h)
{
    int64_t one = 0;
    return db_one(tx, select_overlap, IN(h->seat, h->from, h->to, h->id), OUT(&one));
}
