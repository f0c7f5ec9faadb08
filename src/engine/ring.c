/* ring.c -- the climb as rows, and what was tried; see ring.h. Each step first moves its own row: of two processes that find
 * it due, one takes it. */
#include "engine/ring.h"

#include "engine/engine.h"
#include "engine/keys.h"
#include "engine/outbox.h"
#include "engine/ring_port.h"
#include "engine/rule.h"

#include <stdio.h>

SQL(select_ring, "select started_at, step, last_at, next_at, whole, stopped_at, stopped_by from ring where matter = $1");
SQL(insert_ring, "insert into ring(matter, started_at, step, last_at, next_at) values ($1, $2, 0, $3, $4)");
SQL(restart_ring, "update ring set started_at = $1, step = 0, last_at = $2, next_at = $3, whole = 0, stopped_at = null, stopped_by = null"
    " where matter = $4 and next_at is null");
SQL(hurry_ring, "update ring set next_at = $1 where matter = $2 and next_at > $3");
SQL(take_step, "update ring set step = step + 1, last_at = $1, next_at = $2 where matter = $3 and step = $4 and next_at is not null");
SQL(set_whole, "update ring set whole = 1 where matter = $1");
SQL(stop_ring, "update ring set next_at = null, stopped_at = $1, stopped_by = $2 where matter = $3 and next_at is not null");
SQL(drop_waiting, "update ring_attempt set ended_at = $1 where matter = $2 and round > 0 and asked_at is null and ended_at is null");
SQL(drop_all, "update ring_attempt set ended_at = $1 where matter = $2 and asked_at is null and ended_at is null");
SQL(select_due, "select matter from ring where next_at <= $1 or (last_at > $2 and next_at is not null) order by next_at limit 50");
SQL(select_lost, "select id from ring_attempt where ended_at is null and (asked_at < $1 or asked_at > $2) limit 50");
SQL(select_tried, "select seat, org, ended_at, result from ring_attempt where matter = $1 and round > 0 and at >= $2");
SQL(insert_attempt, "insert into ring_attempt(id, matter, round, again, seat, org, person, who_sealed, why, at, asked_at, ended_at, result,"
    " note, said_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)");
SQL(select_list, "select id, matter, round, again, seat, org, person, who_sealed, why, at, asked_at, rang_at, ended_at, result, port, texted_at,"
    " note, said_by from ring_attempt where matter = $1 and id > $2 order by id limit $3");
SQL(select_round, "select matter, round from ring_attempt where id = $1");
SQL(select_hope, "select 1 from ring_attempt where matter = $1 and round = $2 and (ended_at is null or result in ('rang', 'answered', 'logged'))"
    " limit 1");
SQL(next_at_once, "update ring set next_at = $1 where matter = $2 and step = $3 and whole = 0 and next_at is not null");
SQL(end_attempt, "update ring_attempt set result = $1, rang_at = coalesce(rang_at, $2), ended_at = $3, note = $4 where id = $5"
    " and asked_at is not null and (ended_at is null or result = 'failed')");

enum { ORDER_MAX = 200, TRIED_MAX = 2000, SKEW_MS = 5000 };

static const struct { const char *wire; struct label label; } results[RING_RESULTS] = {
    [RING_OPEN] = { "", L("", "") },
    [RING_RANG] = { "rang", L("已振铃", "Rang") },
    [RING_ANSWERED] = { "answered", L("已接听", "Answered") },
    [RING_BUSY] = { "busy", L("占线", "Busy") },
    [RING_FAILED] = { "failed", L("未接通", "Failed") },
    [RING_NO_PORT] = { "no_port", L("无呼叫线路", "No way to ring") },
    [RING_LOGGED] = { "logged", L("人工已拨", "Dialled by hand") },
};

const char *ring_result_wire(enum ring_result r)
{
    return results[r].wire;
}

struct label ring_result_label(enum ring_result r)
{
    return results[r].label;
}

static enum ring_result result_of(struct str wire)
{
    for (int i = RING_RANG; i < RING_RESULTS; i++)
        if (str_is(wire, results[i].wire))
            return (enum ring_result)i;
    return RING_OPEN;
}

/* --- attempts ------------------------------------------------------------------------------------------------------- */

static struct str context_of(struct tx *tx, int64_t id)
{
    return arena_format(tx->arena, "ring_attempt:%lld", (long long)id);
}

static int64_t put_attempt(struct tx *tx, const struct attempt *a)
{
    int64_t id = db_id(tx, "ring_attempt");
    struct str who = arena_format(tx->arena, STR_FMT "\n" STR_FMT, STR_ARG(a->number), STR_ARG(a->name));
    struct blob sealed = { keys_seal(engine_of(tx)->keys, tx->arena, KEY_PERSON, context_of(tx, id), who) };
    struct in result = a->result ? in_z(results[a->result].wire) : in_nil(NIL);
    db_run(tx, insert_attempt, IN(id, a->matter, a->round, a->again, REF0(a->seat), REF0(a->org), REF0(a->person), sealed, a->why, tx->now,
                                  REF0(a->asked_at), REF0(a->ended_at), result, a->note, REF0(a->said_by)));
    return tx_failed(tx) ? 0 : id;
}

bool ring_row(struct rows *rows, struct attempt *a)
{
    struct tx *tx = rows->tx;
    struct blob sealed;
    struct str result, who;
    *a = (struct attempt){ 0 };
    if (!db_row(rows, OUT(&a->id, &a->matter, &a->round, &a->again, &a->seat, &a->org, &a->person, &sealed, &a->why, &a->at, &a->asked_at,
                          &a->rang_at, &a->ended_at, &result, &a->port, &a->texted_at, &a->note, &a->said_by)))
        return false;
    a->result = result_of(result);
    if (keys_open_sealed(engine_of(tx)->keys, tx->arena, KEY_PERSON, context_of(tx, a->id), sealed.bytes, &who)) {
        str_cut(&who, '\n', &a->number);
        a->name = who;
    }
    return true;
}

struct rows ring_list(struct tx *tx, int64_t matter, int64_t after, int limit)
{
    return db_get(tx, select_list, IN(matter, after, limit));
}

int64_t ring_person(struct tx *tx, int64_t matter, int64_t person, struct str name, struct str number, const char *why)
{
    struct attempt a = { .matter = matter, .person = person, .name = name, .why = str_of(why) };
    if (!phone_normal(tx->arena, number, &a.number)) {
        fault_field(&tx->fault, (struct bad_field){ .field = S("phone"), .bad = BAD_PHONE, .label = L("电话", "Telephone") });
        return 0;
    }
    return put_attempt(tx, &a);
}

int64_t ring_said(struct tx *tx, const struct who *who, int64_t matter, struct str name, struct str number, struct str what)
{
    struct attempt a = {
        .matter = matter, .name = name, .why = S("hand"), .asked_at = tx->now, .ended_at = tx->now, .result = RING_LOGGED,
        .note = what, .said_by = who->account,
    };
    if (number.n && !phone_normal(tx->arena, number, &a.number)) {
        fault_field(&tx->fault, (struct bad_field){ .field = S("phone"), .bad = BAD_PHONE, .label = L("电话", "Telephone") });
        return 0;
    }
    return put_attempt(tx, &a);
}

/* --- the climb ------------------------------------------------------------------------------------------------------ */

bool ring_get(struct tx *tx, int64_t matter, struct ring *ret)
{
    struct ring r = { .matter = matter };
    if (!db_one(tx, select_ring, IN(matter), OUT(&r.started_at, &r.step, &r.last_at, &r.next_at, &r.whole, &r.stopped_at, &r.stopped_by)))
        return false;
    *ret = r;
    return true;
}

bool ring_running(struct tx *tx, int64_t matter)
{
    struct ring r = { 0 };
    return ring_get(tx, matter, &r) && r.next_at;
}

static ms pace(const struct tx *tx, int64_t step)
{
    const struct rule_entry *entry = rule_entry(rule_set(rules_of(tx), "ring"), S("pace"));
    int64_t second = rule_int(entry, "second", 30), third = rule_int(entry, "third", 60), again = rule_int(entry, "again", 60);
    int64_t wait = step == 1 ? second : step == 2 ? third - second : again;
    return SECONDS(wait > 0 ? wait : 1);
}

/* What was tried since the climb began, so that the next one can be found. */
struct tried {
    struct { int64_t seat, org; bool open; } items[TRIED_MAX];
    int count;
    bool any_rang;
};

static struct tried *read_tried(struct tx *tx, const struct ring *r)
{
    struct tried *t = arena_new(tx->arena, struct tried);
    int64_t seat, org;
    ms ended_at;
    struct str result;
    struct rows rows = db_get(tx, select_tried, IN(r->matter, r->started_at));
    while (db_row(&rows, OUT(&seat, &org, &ended_at, &result))) {
        int i = 0;
        while (i < t->count && (t->items[i].seat != seat || t->items[i].org != org))
            i++;
        t->any_rang |= ring_counts(result_of(result));
        if (i == TRIED_MAX)
            continue;
        t->items[i].seat = seat;
        t->items[i].org = org;
        t->items[i].open |= ended_at == 0;
        t->count += i == t->count;
    }
    rows_end(&rows);
    return t;
}

static void ring_seat(struct tx *tx, const struct ring *r, const struct ring_seat *s, bool again)
{
    struct attempt a = {
        .matter = r->matter, .round = r->step, .again = again, .seat = s->seat, .org = s->org, .name = s->name, .number = s->number,
        .why = s->kind,
    };
    put_attempt(tx, &a);
}

/* Rings the first `fresh` of the order that were not rung yet, and all that were and have hung up. How many are left. */
static int ring_step(struct tx *tx, const struct ring *r, const struct ring_seat *order, int count, int fresh, struct tried *tried)
{
    int left = 0;
    for (int i = 0; i < count; i++) {
        int k = 0;
        while (k < tried->count && (tried->items[k].seat != order[i].seat || tried->items[k].org != order[i].org))
            k++;
        if (k < tried->count && !tried->items[k].open)
            ring_seat(tx, r, &order[i], true);
        else if (k == tried->count && fresh-- > 0)
            ring_seat(tx, r, &order[i], false);
        else if (k == tried->count)
            left++;
    }
    return left;
}

/* The first step rings everybody of the first circle that has anybody; without anybody on shift that is the offices. */
static int first_circle(const struct ring_seat *order, int count)
{
    int n = 0;
    while (n < count && order[n].circle_no == order[0].circle_no)
        n++;
    return n;
}

static void tell(struct tx *tx, const struct matter *m, const char *verb)
{
    struct str state = str_of(m->kind->states[m->state].name);
    struct event event = {
        .at = tx->now, .kind = str_of(m->kind->name), .verb = str_of(verb), .from = state, .to = state, .from_phase = m->phase,
        .to_phase = m->phase, .matter = m->id, .place = m->place, .org = m->owner_org, .category = m->category, .channel = S("clock"),
        .urgency = m->urgency, .secrecy = m->secrecy, .title = m->title,
    };
    outbox_put(tx, &event);
}

static void climb(struct tx *tx, int64_t matter)
{
    struct ring r = { 0 };
    struct matter m = { 0 };
    if (!ring_get(tx, matter, &r) || !r.next_at || !matter_get(tx, matter, &m))
        return;
    if (!phase_unfinished(m.phase)) {
        ring_stop(tx, NULL, matter);
        return;
    }
    if (db_run(tx, take_step, IN(tx->now, tx->now + pace(tx, r.step + 1), matter, r.step)) != 1)
        return;                                        /* another process was first */
    r.step++;
    struct ring_seat *order = arena_array(tx->arena, struct ring_seat, ORDER_MAX);
    int count = ring_order(tx, m.place, m.owner_org, order, ORDER_MAX);
    struct tried *tried = read_tried(tx, &r);
    int left = ring_step(tx, &r, order, count, r.step == 1 ? first_circle(order, count) : 1, tried);
    if (left == 0 && !r.whole)
        db_run(tx, set_whole, IN(matter));
    tell(tx, &m, count == 0 || (r.step > 1 && !tried->any_rang) ? "ring_nobody" : "ring");
}

void ring_start(struct tx *tx, int64_t matter)
{
    struct ring r = { 0 };
    bool known = ring_get(tx, matter, &r);
    if (known && r.next_at && r.last_at == tx->now)
        return;                                        /* the engine has just started it itself */
    if (known && r.next_at) {
        db_run(tx, hurry_ring, IN(tx->now, matter, tx->now));
        return;
    }
    if (known)
        db_run(tx, restart_ring, IN(tx->now, tx->now, tx->now, matter));
    else
        db_run(tx, insert_ring, IN(matter, tx->now, tx->now, tx->now));
    climb(tx, matter);
}

void ring_stop(struct tx *tx, const struct who *who, int64_t matter)
{
    if (db_run(tx, stop_ring, IN(tx->now, REF0(who ? who->account : 0), matter)) == 1)
        db_run(tx, drop_waiting, IN(tx->now, matter));
}

void ring_end(struct tx *tx, int64_t matter)
{
    ring_stop(tx, NULL, matter);
    db_run(tx, drop_all, IN(tx->now, matter));
}

/* A clock that was set back must not silence anybody: a step that seems to lie ahead is due now. */
bool ring_due(struct tx *tx)
{
    int64_t matter = 0;
    return db_one(tx, select_due, IN(tx->now, tx->now + SKEW_MS), OUT(&matter));
}

int ring_due_list(struct tx *tx, int64_t *ids, int max)
{
    int count = 0;
    struct rows rows = db_get(tx, select_due, IN(tx->now, tx->now + SKEW_MS));
    while (count < max && db_row(&rows, OUT(&ids[count])))
        count++;
    rows_end(&rows);
    return count;
}

int ring_climb(struct tx *tx)
{
    int64_t ids[50], lost[50];
    int lost_count = 0;
    ms wait = SECONDS(rule_int(rule_entry(rule_set(rules_of(tx), "ring"), S("receipt")), "value", 90));
    struct rows rows = db_get(tx, select_lost, IN(tx->now - wait, tx->now + wait));
    while (lost_count < (int)COUNT(lost) && db_row(&rows, OUT(&lost[lost_count])))
        lost_count++;
    rows_end(&rows);
    for (int i = 0; i < lost_count; i++)
        ring_receipt(tx, lost[i], RING_FAILED, 0, S("no outcome"));
    int count = ring_due_list(tx, ids, (int)COUNT(ids));
    for (int i = 0; i < count && !tx_failed(tx); i++)
        climb(tx, ids[i]);
    return tx_failed(tx) ? 0 : count;
}

bool ring_receipt(struct tx *tx, int64_t attempt, enum ring_result result, ms rang_at, struct str note)
{
    int64_t matter = 0, round = 0, one = 0;
    if (db_run(tx, end_attempt, IN(results[result].wire, REF0(rang_at), tx->now, note, attempt)) != 1)
        return false;
    if (ring_counts(result) || !db_one(tx, select_round, IN(attempt), OUT(&matter, &round)) || round == 0)
        return true;
    if (!db_one(tx, select_hope, IN(matter, round), OUT(&one)))
        db_run(tx, next_at_once, IN(tx->now, matter, round));
    return true;
}

static void receipt_mac(const struct engine *e, int64_t attempt, uint8_t mac[32])
{
    char text[48];
    int n = snprintf(text, sizeof text, "ring receipt %lld", (long long)attempt);
    keys_mac(e->keys, KEY_LINK, (struct str){ text, (size_t)n }, mac);
}

struct str ring_receipt_token(const struct engine *e, struct arena *a, int64_t attempt)
{
    uint8_t mac[32];
    struct buf b = buf_in(a);
    receipt_mac(e, attempt, mac);
    buf_format(&b, "%lld-", (long long)attempt);
    buf_hex(&b, mac, 16);
    return buf_str(&b);
}

bool ring_receipt_attempt(const struct engine *e, struct str token, int64_t *ret_attempt)
{
    uint8_t mac[32], given[16];
    struct str id;
    int64_t attempt;
    if (!str_cut(&token, '-', &id) || !str_to_i64(id, &attempt) || !str_hex(token, given, sizeof given))
        return false;
    receipt_mac(e, attempt, mac);
    if (!bytes_equal(mac, given, sizeof given))
        return false;
    *ret_attempt = attempt;
    return true;
}
