/* visit.c -- see visit.h. A wish is fulfilled once: of two workers at one door the second still leaves his visit, and
 * nothing is told twice. */
#include "engine/visit.h"

#include "engine/area.h"
#include "engine/rule.h"

#include <assert.h>

#define WISH_COLUMNS "w.id, w.area, w.matter, w.person, w.purpose, w.note, w.asked_at, w.due_at, a.name"
#define WISH_OUT(w) OUT(&(w)->id, &(w)->area, &(w)->matter, &(w)->person, &(w)->purpose, &(w)->note, &(w)->asked_at, &(w)->due_at, \
    &(w)->area_name)
SQL(select_same, "select id from visit_wish where area = $1 and purpose = $2 and done_at is null"
    " and coalesce(matter, 0) = $3 and coalesce(person, 0) = $4");
SQL(insert_wish, "insert into visit_wish(id, area, purpose, matter, person, asked_at, asked_by, due_at, note)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
SQL(forget_wishes, "delete from visit_wish where matter = $1 and done_at is null");
SQL(select_open, "with recursive down(id) as (select cast($1 as bigint) union all select a.id from area a join down d on a.parent = d.id)"
    " select " WISH_COLUMNS " from visit_wish w join down on down.id = w.area join area a on a.id = w.area where w.done_at is null"
    " order by coalesce(w.due_at, 9000000000000000), w.area, w.id limit $2");
SQL(select_wish, "select " WISH_COLUMNS " from visit_wish w join area a on a.id = w.area where w.id = $1");
SQL(fulfil_wish, "update visit_wish set done_at = $1, visit = $2 where id = $3 and done_at is null");
SQL(is_inside, "with recursive up(id, parent) as (select id, parent from area where id = $1"
    " union all select a.id, a.parent from area a join up on a.id = up.parent) select id from up where id = $2");
SQL(insert_visit, "insert into visit(id, area, account, at, purposes, note) values ($1, $2, $3, $4, $5, $6)");
SQL(select_visits, "select id, area, account, at, purposes, note from visit where area = $1 order by at desc, id desc limit $2");
SQL(select_person_area, "select area from person where id = $1");

enum { TOLD_MAX = 32, OPEN_MAX = 500, LATE_MS_MAX = 7 * 86400000 };
static const struct visit_told *told[TOLD_MAX];
static int told_count;

void visit_register(const struct visit_told *t)
{
    for (int i = 0; i < told_count; i++)
        if (told[i] == t)
            return;
    assert(told_count < TOLD_MAX);
    told[told_count++] = t;
}

static bool check_purpose(struct tx *tx, struct str purpose)
{
    const struct rule_set *set = rule_set(rules_of(tx), "purposes");
    const struct rule_entry *e = set ? rule_entry(set, purpose) : NULL;
    if (e && rule_int(e, "visit", 0) != 0)
        return true;
    fault_field(&tx->fault, (struct bad_field){ .field = S("purpose"), .bad = BAD_RULE, .label = L("走访目的", "Purpose"),
        .rule = L("不是可以入户办理的目的", "is no purpose of a visit") });
    return false;
}

int64_t visit_ask(struct tx *tx, const struct who *who, const struct visit_wish *w)
{
    int64_t id = 0;
    struct area a = { 0 };
    if (!check_purpose(tx, w->purpose) || !area_get(tx, w->area, &a))
        return 0;
    if (db_one(tx, select_same, IN(w->area, w->purpose, w->matter, w->person), OUT(&id)))
        return id;
    id = db_id(tx, "visit_wish");
    db_run(tx, insert_wish, IN(id, w->area, w->purpose, REF0(w->matter), REF0(w->person), tx->now, REF0(who->account),
                               REF0(w->due_at), w->note));
    return tx_failed(tx) ? 0 : id;
}

void visit_forget(struct tx *tx, int64_t matter)
{
    db_run(tx, forget_wishes, IN(matter));
}

struct rows visit_open(struct tx *tx, int64_t area, int limit)
{
    return db_get(tx, select_open, IN(area, limit < OPEN_MAX ? limit : OPEN_MAX));
}

bool visit_wish_row(struct rows *rows, struct visit_wish *w)
{
    return db_row(rows, WISH_OUT(w));
}

static bool stands_inside(struct tx *tx, int64_t area, int64_t door)
{
    int64_t id = 0;
    return db_one(tx, is_inside, IN(area, door), OUT(&id));
}

static void fulfil(struct tx *tx, struct visit *v, int64_t id, struct buf *purposes)
{
    struct visit_wish w = { 0 };
    if (!db_one(tx, select_wish, IN(id), WISH_OUT(&w)) || !stands_inside(tx, w.area, v->area)) {
        tx_refuse(tx, ERR_NOT_FOUND, "这一项不属于这一户", "This purpose belongs to another door");
        return;
    }
    if (!str_has(buf_str(purposes), w.purpose)) {
        if (purposes->n > 0)
            buf_char(purposes, ' ');
        buf_put(purposes, w.purpose);
    }
    if (db_run(tx, fulfil_wish, IN(v->at, v->id, id)) != 1)
        return;                                        /* somebody was here an hour ago: the visit stays, nothing is told twice */
    for (int i = 0; i < told_count; i++)
        if (str_is(w.purpose, told[i]->purpose))
            told[i]->fn(tx, &w, v);
}

static void confirm(struct tx *tx, const struct visit *v, int64_t person)
{
    int64_t area = 0;
    if (!db_one(tx, select_person_area, IN(person), OUT(&area)) || area == 0 || !stands_inside(tx, area, v->area))
        tx_refuse(tx, ERR_NOT_FOUND, "这位居民不住这里", "This resident does not live here");
    person_confirm(tx, person);
}

int64_t visit_put(struct tx *tx, const struct who *who, const struct visit *given)
{
    struct visit copy = *given, *v = &copy;
    struct place place = { 0 };
    if (!area_place(tx, v->area, &place))
        return 0;
    if (!who_may(who, R_STAFF, place, 0))
        tx_refuse(tx, ERR_DENIED, 0);
    v->at = v->at ? v->at : tx->now;
    if (v->at > tx->now + MINUTES(5) || v->at < tx->now - LATE_MS_MAX)
        fault_field(&tx->fault, (struct bad_field){ .field = S("at"), .bad = BAD_RULE, .label = L("走访时间", "Time of the visit"),
            .rule = L("应在最近七天之内", "must be within the last seven days") });
    if (tx_failed(tx))
        return 0;
    struct buf purposes = buf_in(tx->arena);
    v->id = db_id(tx, "visit");
    v->account = who->account;
    for (int64_t i = 0; i < v->done.count; i++)
        fulfil(tx, v, v->done.items[i], &purposes);
    for (int64_t i = 0; i < v->unchanged.count; i++)
        confirm(tx, v, v->unchanged.items[i]);
    v->purposes = buf_str(&purposes);
    db_run(tx, insert_visit, IN(v->id, v->area, REF0(v->account), v->at, v->purposes, v->note));
    return tx_failed(tx) ? 0 : v->id;
}

struct rows visit_list(struct tx *tx, int64_t area, int limit)
{
    return db_get(tx, select_visits, IN(area, limit));
}

bool visit_row(struct rows *rows, struct visit *v)
{
    return db_row(rows, OUT(&v->id, &v->area, &v->account, &v->at, &v->purposes, &v->note));
}
