/* promise.c -- see promise.h. */
#include "engine/promise.h"

#include "engine/outbox.h"
#include "engine/rule.h"
#include "engine/text_time.h"

#include <assert.h>

#define PROMISE_COLUMNS "id, matter, account, body, at, due_at, rung_at, done_at"
SQL(insert_promise, "insert into promise(id, matter, account, body, at, due_at) values ($1, $2, $3, $4, $5,"
                    " $6)");
SQL(select_promise, "select " PROMISE_COLUMNS " from promise where id = $1 and account = $2");
SQL(keep_promise, "update promise set done_at = $1 where id = $2 and done_at is null");
SQL(give_promise, "update promise set account = $1, rung_at = null where id = $2 and account = $3 and done_at is null");
SQL(select_of_matter,
    "select " PROMISE_COLUMNS " from promise where matter = $1 and account = $2 order by due_at, id");
SQL(select_mine, "select " PROMISE_COLUMNS
                 " from promise where account = $1 and done_at is null order by due_at, id limit $2");
SQL(select_due,
    "select " PROMISE_COLUMNS " from promise where due_at <= $1 and done_at is null and rung_at is null"
    " order by due_at, id limit 50");
SQL(mark_rung, "update promise set rung_at = $1 where id = $2 and rung_at is null");

enum { PROMISE_CHARS_MAX = 200, RING_MINUTES = 60 };

int64_t promise_add(struct tx *tx, const struct who *who, int64_t matter, struct str text, ms due_at)
{
    if (who->account == 0) {
        tx_refuse(tx, ERR_DENIED);
        return 0;
    }
    int64_t id = db_id(tx, "promise");
    db_run(tx, insert_promise,
           IN(id, matter, who->account, str_head_chars(text, PROMISE_CHARS_MAX), tx->now, due_at));
    return tx_failed(tx) ? 0 : id;
}

static bool works(void *tx, int day)
{
    return working_day(tx, day);
}

int64_t promise_from_text(struct tx *tx, const struct who *who, int64_t matter, struct str text)
{
    struct text_time found;
    if (who->account == 0 || !text_time(text, tx->now, works, tx, &found) || found.at <= tx->now)
        return 0;
    return promise_add(tx, who, matter, text, found.at);
}

void promise_keep(struct tx *tx, const struct who *who, int64_t id)
{
    struct promise p;
    struct rows rows = db_get(tx, select_promise, IN(id, who->account));
    if (!promise_row(&rows, &p)) {
        tx_refuse(tx, ERR_NOT_FOUND);
        return;
    }
    rows_end(&rows);
    if (db_run(tx, keep_promise, IN(tx->now, id)) != 1)
        tx_refuse(tx, ERR_STATE);
}

void promise_give(struct tx *tx, int64_t id, int64_t from_account, int64_t to_account)
{
    db_run(tx, give_promise, IN(to_account, id, from_account));
}

struct rows promise_of_matter(struct tx *tx, const struct who *who, int64_t matter)
{
    return db_get(tx, select_of_matter, IN(matter, who->account));
}

struct rows promise_mine(struct tx *tx, const struct who *who, int limit)
{
    return db_get(tx, select_mine, IN(who->account, limit));
}

bool promise_row(struct rows *rows, struct promise *p)
{
    return db_row(
        rows, OUT(&p->id, &p->matter, &p->account, &p->text, &p->at, &p->due_at, &p->rung_at, &p->done_at));
}

void promise_members(struct json *j, const struct who *who, const struct promise *p)
{
    json_key_int(j, "id", p->id);
    json_key_int(j, "matter", p->matter);
    json_key_str(j, "text", p->text);
    json_key_time(j, "at", p->at);
    json_key_time(j, "due_at", p->due_at);
    json_key_time(j, "rung_at", p->rung_at);
    json_key_time(j, "done_at", p->done_at);
    json_key_bool(j, "mine", p->account == who->account);
}

void promise_write(struct json *j, const struct who *who, const struct promise *p)
{
    json_obj(j);
    promise_members(j, who, p);
    json_end(j);
}

static void ring(struct tx *tx, const struct promise *p)
{
    struct matter m;
    if (db_run(tx, mark_rung, IN(tx->now, p->id)) != 1 || !matter_get(tx, p->matter, &m))
        return;
    struct str state = str_of(m.kind->states[m.state].name);
    struct event event = {
        .at = tx->now,
        .kind = str_of(m.kind->name),
        .verb = S("promise"),
        .from = state,
        .to = state,
        .from_phase = m.phase,
        .to_phase = m.phase,
        .matter = m.id,
        .place = m.place,
        .org = m.owner_org,
        .category = m.category,
        .channel = S("clock"),
        .urgency = m.urgency,
        .secrecy = m.secrecy,
        .title = m.title,
    };
    outbox_put(tx, &event);
}

int promise_ring(struct tx *tx)
{
    struct promise due[50];
    int count = 0;
    int64_t minutes = rule_int(rule_entry(rule_set(rules_of(tx), "report"), S("promise.ring")), "value",
                               RING_MINUTES);
    struct rows rows = db_get(tx, select_due, IN(tx->now + MINUTES(minutes)));
    while (count < (int)COUNT(due) && promise_row(&rows, &due[count]))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++)
        ring(tx, &due[i]);
    return count;
}
