/* deadline.c -- clocks as rows; see deadline.h. fire_at is when a row next asks for attention: its end at first, then the
 * next round of supervision, and NULL when it runs no more. */
#include "engine/deadline.h"

#include "engine/engine.h"
#include "engine/history.h"
#include "engine/org.h"
#include "engine/outbox.h"
#include "engine/ring.h"
#include "engine/rule.h"

#include <assert.h>

SQL(select_round, "select max(round) from deadline where matter = $1 and name = $2");
SQL(insert_deadline, "insert into deadline(matter, name, round, started_at, due_at, fire_at, fired)"
                     " values ($1, $2, $3, $4, $5, $6, 0)");
SQL(stop_one, "update deadline set done_at = $1, fire_at = null where matter = $2 and name = $3 and done_at is null");
SQL(stop_all, "update deadline set done_at = $1, fire_at = null where matter = $2 and done_at is null");
SQL(pause_all, "update deadline set paused_at = $1, fire_at = null where matter = $2 and done_at is null and paused_at is null");
SQL(select_paused, "select name, round, due_at, paused_at from deadline where matter = $1 and done_at is null and paused_at is not null");
SQL(resume_one, "update deadline set paused_at = null, due_at = $1, fire_at = $2 where matter = $3 and name = $4 and round = $5");
SQL(extend_one, "update deadline set due_at = $1, fire_at = $2, late_at = null, fired = 0"
                " where matter = $3 and name = $4 and done_at is null");
SQL(select_next, "select min(due_at) from deadline where matter = $1 and done_at is null and paused_at is null");
SQL(select_late, "select 1 from deadline where matter = $1 and done_at is null and late_at is not null limit 1");
SQL(select_all, "select matter, name, round, started_at, due_at, done_at, late_at, paused_at from deadline where matter = $1"
                " order by started_at, name");
SQL(select_due, "select matter, name, round, due_at, fired from deadline where fire_at <= $1 order by fire_at limit 50");
SQL(mark_fired, "update deadline set late_at = coalesce(late_at, $1), fired = fired + 1, fire_at = $2"
                " where matter = $3 and name = $4 and round = $5 and fired = $6");
SQL(insert_supervision, "insert into matter_seat(matter, seat, role, round, at, reason) values ($1, $2, 'supervise', $3, $4, $5)"
                        " on conflict do nothing");
SQL(select_supervision, "select seat, round, at, reason from matter_seat where matter = $1 and role = 'supervise' order by round");
SQL(select_tried, "select count(*), max(at) from history where matter = $1 and verb <> 'overdue'");

enum { SUPERVISION_ROUNDS = 3 };

void deadline_start_until(struct tx *tx, const struct matter *m, const char *name, ms from, ms due_at)
{
    int64_t round = 0;
    if (m->version > 1 || m->changed_at != m->opened_at)      /* a matter that is being opened has no earlier round */
        db_one(tx, select_round, IN(m->id, name), OUT(&round));
    db_run(tx, insert_deadline, IN(m->id, name, round + 1, from, due_at, due_at));
}

ms deadline_start(struct tx *tx, const struct matter *m, const char *name, ms from)
{
    if (!name)
        return 0;
    struct limit limit = rule_limit(tx, name, m->category, m->urgency);
    if (!limit.entry) {
        tx_refuse(tx, ERR_INTERNAL, "缺少时限规则", "A limit is missing in the rules");
        return 0;
    }
    ms due = limit_end(tx, limit, from, NULL);
    deadline_start_until(tx, m, name, from, due);
    return due;
}

void deadline_stop(struct tx *tx, int64_t matter, const char *name, ms at)
{
    if (name)
        db_run(tx, stop_one, IN(at, matter, name));
    else
        db_run(tx, stop_all, IN(at, matter));
}

void deadline_pause(struct tx *tx, int64_t matter, ms at)
{
    db_run(tx, pause_all, IN(at, matter));
}

void deadline_resume(struct tx *tx, int64_t matter, ms at)
{
    struct { struct str name; int64_t round; ms due_at, paused_at; } paused[16];
    int count = 0;
    struct rows rows = db_get(tx, select_paused, IN(matter));
    while (count < (int)COUNT(paused) && db_row(&rows, OUT(&paused[count].name, &paused[count].round, &paused[count].due_at, &paused[count].paused_at)))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        ms due = paused[i].due_at + (at > paused[i].paused_at ? at - paused[i].paused_at : 0);
        db_run(tx, resume_one, IN(due, due, matter, paused[i].name, paused[i].round));
    }
}

void deadline_extend(struct tx *tx, int64_t matter, const char *name, ms due_at)
{
    db_run(tx, extend_one, IN(due_at, due_at, matter, name));
}

ms deadline_next(struct tx *tx, int64_t matter)
{
    ms due = 0;
    db_one(tx, select_next, IN(matter), OUT(&due));
    return due;
}

bool deadline_is_late(struct tx *tx, int64_t matter)
{
    int64_t one = 0;
    return db_one(tx, select_late, IN(matter), OUT(&one));
}

struct rows deadline_get(struct tx *tx, int64_t matter)
{
    return db_get(tx, select_all, IN(matter));
}

bool deadline_row(struct rows *rows, struct deadline *d)
{
    return db_row(rows, OUT(&d->matter, &d->name, &d->round, &d->started_at, &d->due_at, &d->done_at, &d->late_at, &d->paused_at));
}

struct rows supervision_get(struct tx *tx, int64_t matter)
{
    return db_get(tx, select_supervision, IN(matter));
}

bool supervision_row(struct rows *rows, struct supervision *s)
{
    return db_row(rows, OUT(&s->seat, &s->round, &s->at, &s->reason));
}

/* --- when a clock runs out ------------------------------------------------------------------------------------------------ */

struct due { int64_t matter, round, fired; struct str name; ms due_at; };

/* What was tried until now, in one line: the supervisor opens the thread for the rest. */
static struct str dossier(struct tx *tx, const struct matter *m, const struct due *due, const struct seat *seat)
{
    int64_t steps = 0;
    ms last = 0;
    db_one(tx, select_tried, IN(m->id), OUT(&steps, &last));
    const struct rule_entry *limit = rule_entry(rule_set(rules_of(tx), "limits"), due->name);
    struct civil end = civil_of(due->due_at), then = civil_of(last);
    return arena_format(tx->arena, "%s 超时，应于 %02d-%02d %02d:%02d 前完成；已有 %lld 步，最后一步 %02d-%02d %02d:%02d；督办：%s",
                        limit ? limit->label.zh : due->name.p, end.month, end.day, end.hour, end.minute, (long long)steps,
                        then.month, then.day, then.hour, then.minute, seat->id ? arena_z(tx->arena, seat->name.n ? seat->name : seat->kind) : "区级");
}

static void record_overdue(struct tx *tx, struct matter *m, struct str note, bool first)
{
    const char *state = m->kind->states[m->state].name;
    struct history_entry entry = {
        .matter = m->id, .at = tx->now, .logged_at = tx->now, .who_name = S("系统"), .verb = S("overdue"),
        .from = str_of(state), .to = str_of(state), .channel = S("clock"), .note = note,
    };
    history_add(tx, &entry);
    struct event event = {
        .at = tx->now, .kind = str_of(m->kind->name), .verb = S("overdue"), .from = entry.from, .to = entry.to,
        .from_phase = m->phase, .to_phase = m->phase, .matter = m->id, .place = m->place, .org = m->owner_org,
        .category = m->category, .channel = S("clock"), .urgency = m->urgency, .secrecy = m->secrecy, .title = m->title,
        .late_delta = first, .step = entry.seq,
    };
    outbox_put(tx, &event);
}

SQL(mark_late, "update matter set late = 1, version = version + 1 where id = $1 and version = $2");

static void supervise(struct tx *tx, struct matter *m, const struct due *due)
{
    struct seat seat = { 0 };
    int64_t round = due->fired + 1;
    seat_supervisor(tx, m->place, round, &seat);
    struct str note = dossier(tx, m, due, &seat);
    if (seat.id)
        db_run(tx, insert_supervision, IN(m->id, seat.id, round, tx->now, note));
    if (db_run(tx, mark_late, IN(m->id, m->version)) != 1)
        tx_refuse(tx, ERR_CONFLICT);
    record_overdue(tx, m, note, !m->late);
}

/* An alarm's clock: told once, then the climb (ring.h) goes on by itself at its own pace. It runs already unless somebody
 * stopped it without taking the matter; then it begins anew. */
static void ring_on(struct tx *tx, struct matter *m)
{
    if (db_run(tx, mark_late, IN(m->id, m->version)) != 1)
        tx_refuse(tx, ERR_CONFLICT);
    record_overdue(tx, m, S("无人接警，继续呼叫下一岗位"), !m->late);
    if (!ring_running(tx, m->id))
        ring_start(tx, m->id);
}

static ms next_round(struct tx *tx, const struct matter *m, const struct due *due)
{
    struct limit again = rule_limit(tx, "supervise.again", m->category, m->urgency);
    if (!again.entry || due->fired + 1 >= SUPERVISION_ROUNDS)
        return 0;
    return limit_end(tx, again, tx->now, NULL);
}

static void fire(struct tx *tx, const struct due *due)
{
    struct matter m;
    if (!matter_get(tx, due->matter, &m))
        return;
    const struct state *state = &m.kind->states[m.state];
    bool own = state->clock && str_is(due->name, state->clock), rings = own && state->late == LATE_RING;
    ms again = rings ? 0 : next_round(tx, &m, due);
    if (db_run(tx, mark_fired, IN(tx->now, REF0(again), due->matter, due->name, due->round, due->fired)) != 1)
        return;                               /* another process was first */
    if (rings)
        ring_on(tx, &m);
    else
        supervise(tx, &m, due);
    if (due->fired == 0 && state->late_verb && own) {
        struct moving mv = { .who = &who_system };
        matter_move(tx, m.id, state->late_verb, &mv);
    }
}

int deadline_fire(struct tx *tx)
{
    struct due due[50];
    int count = 0;
    struct rows rows = db_get(tx, select_due, IN(tx->now));
    while (count < (int)COUNT(due) &&
           db_row(&rows, OUT(&due[count].matter, &due[count].name, &due[count].round, &due[count].due_at, &due[count].fired)))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count && !tx_failed(tx); i++)
        fire(tx, &due[i]);
    return tx_failed(tx) ? 0 : count;
}
