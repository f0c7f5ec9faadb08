/* outbox.c -- see outbox.h. */
#include "engine/outbox.h"

#include "engine/engine.h"
#include "engine/rule.h"

#define EVENT_COLUMNS "id, at, kind, verb, from_state, to_state, from_phase, to_phase, matter, area, street, community, grid, org," \
                      " category, channel, urgency, secrecy, title, silent, late_delta, unclaimed_delta, step"
#define EVENT_VALUES " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)"
SQL(insert_numbered, "insert into outbox(" EVENT_COLUMNS ")" EVENT_VALUES);
SQL(insert_waiting, "insert into outbox_wait(" EVENT_COLUMNS ")" EVENT_VALUES);
SQL(select_waiting, "select " EVENT_COLUMNS " from outbox_wait order by id limit 500");
SQL(delete_waiting, "delete from outbox_wait where id = $1");
SQL(select_after, "select " EVENT_COLUMNS " from outbox where id > $1 order by id limit $2");
SQL(select_last, "select max(id) from outbox");

static void put(struct tx *tx, const struct sql *sql, int64_t id, const struct event *e)
{
    (db_run)(tx, sql, IN(id, e->at, e->kind, e->verb, e->from, e->to, e->from_phase, e->to_phase, REF0(e->matter),
                         REF0(e->place.area), REF0(e->place.street), REF0(e->place.community), REF0(e->place.grid), REF0(e->org),
                         e->category, e->channel, e->urgency, e->secrecy, e->secrecy == SECRECY_SEALED ? S("") : e->title,
                         e->silent, e->late_delta, e->unclaimed_delta, e->step));
}

void outbox_put(struct tx *tx, const struct event *e)
{
    bool ordered = store_is_ordered(tx->store);
    put(tx, ordered ? &insert_numbered : &insert_waiting, db_id(tx, ordered ? "outbox" : "outbox_wait"), e);
}

struct rows outbox_after(struct tx *tx, int64_t seq, int limit)
{
    return db_get(tx, select_after, IN(seq, limit));
}

bool outbox_row(struct rows *rows, struct event *e)
{
    int from_phase, to_phase, urgency, secrecy;
    if (!db_row(rows, OUT(&e->seq, &e->at, &e->kind, &e->verb, &e->from, &e->to, &from_phase, &to_phase, &e->matter, &e->place.area,
                          &e->place.street, &e->place.community, &e->place.grid, &e->org, &e->category, &e->channel, &urgency,
                          &secrecy, &e->title, &e->silent, &e->late_delta, &e->unclaimed_delta,
                          &e->step)))
        return false;
    e->from_phase = (enum phase)from_phase;
    e->to_phase = (enum phase)to_phase;
    e->urgency = (enum urgency)urgency;
    e->secrecy = (enum secrecy)secrecy;
    return true;
}

int64_t outbox_last(struct tx *tx)
{
    int64_t last = 0;
    db_one(tx, select_last, IN(), OUT(&last));
    return last;
}

struct rows outbox_waiting(struct tx *tx)
{
    return db_get(tx, select_waiting, IN());
}

bool outbox_number(struct tx *tx)
{
    enum { BATCH = 500 };
    if (store_is_ordered(tx->store))
        return false;
    struct event *events = arena_array(tx->arena, struct event, BATCH);
    int count = 0;
    struct rows rows = outbox_waiting(tx);
    while (count < BATCH && outbox_row(&rows, &events[count]))
        count++;
    rows_end(&rows);
    int64_t seq = count ? outbox_last(tx) : 0;
    for (int i = 0; i < count; i++) {
        put(tx, &insert_numbered, ++seq, &events[i]);
        db_run(tx, delete_waiting, IN(events[i].seq));
    }
    return count > 0;
}

/* Sealed matters leave no trace in the feed; a silent event is history, not news. */
bool event_visible(const struct who *who, const struct event *e)
{
    if (e->secrecy == SECRECY_SEALED || e->silent)
        return false;
    return who->system || who_may(who, (R_ANY | R(KIOSK)) & ~R(ADMIN), e->place, e->org);
}
