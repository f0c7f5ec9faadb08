/* device_query.c -- see device_query.h. */
#include "engine/device_query.h"

#include "engine/account.h"
#include "engine/rule.h"

#define QUERY_COLUMNS "q.id, q.device, q.minutes, q.asked_by, q.tries, q.serial, q.what, q.state, q.answer, q.asked_at, q.next_at," \
    " q.confirmed_at, q.ended_at"
#define QUERY_OUT(q) &(q)->id, &(q)->device, &(q)->minutes, &(q)->asked_by, &(q)->tries, &(q)->serial, &(q)->what, &(q)->state, \
    &(q)->answer, &(q)->asked_at, &(q)->next_at, &(q)->confirmed_at, &(q)->ended_at
SQL(insert_query, "insert into device_query(id, device, what, state, minutes, asked_by, asked_at, tries, serial, next_at)"
    " values ($1, $2, $3, 'waiting', $4, $5, $6, 0, $7, $8)");
SQL(count_open, "select count(*) from device_query where device = $1 and what = $2 and next_at is not null");
SQL(select_query, "select " QUERY_COLUMNS " from device_query q where q.id = $1");
SQL(select_queries, "select " QUERY_COLUMNS " from device_query q where q.device = $1 order by q.id desc limit $2");
SQL(select_due, "select d.account, " QUERY_COLUMNS " from device_query q join device d on d.id = q.device"
    " where q.next_at <= $1 and d.protocol = $2 and q.state in ('waiting', 'sent') and q.tries < $3 order by q.next_at limit $4");
SQL(mark_sent, "update device_query set state = 'sent', tries = tries + 1, next_at = $1 where id = $2 and state in ('waiting', 'sent')");
SQL(select_open, "select " QUERY_COLUMNS " from device_query q where q.device = $1 and q.next_at is not null"
    " and (cast($2 as bigint) < 0 or q.serial = $3) and (cast($4 as text) = '' or q.what = $5) order by q.id desc limit 1");
SQL(mark_confirmed, "update device_query set state = 'confirmed', confirmed_at = $1, next_at = $2 where id = $3");
SQL(mark_ended, "update device_query set state = $1, ended_at = $2, next_at = null, answer = $3 where id = $4");
SQL(select_late, "select " QUERY_COLUMNS " from device_query q where q.next_at <= $1"
    " and (q.state = 'confirmed' or q.tries >= $2 or q.asked_at <= $3) order by q.next_at limit 20");

enum { MINUTES_MAX = 60, SERIALS = 65536 };

static int64_t limit(struct tx *tx, const char *key, const char *prop)
{
    return rule_int(rule_entry(rule_set(rules_of(tx), "device_query"), str_of(key)), prop, 1);
}

int64_t device_query_put(struct tx *tx, const struct who *who, const struct device_query *q)
{
    struct device d = { 0 };
    int64_t open = 0, id = db_id(tx, "device_query"), minutes = q->minutes ? q->minutes : limit(tx, "patrol", "minutes");
    const struct label what = L("查询", "Query"), minute = L("应答时限（分钟）", "Minutes to answer");
    const struct label kinds = L("应为 patrol、clock 或 state", "patrol, clock or state"), bounds = L("应为 1 到 60", "from 1 to 60");
    if (!str_is(q->what, "patrol") && !str_is(q->what, "clock") && !str_is(q->what, "state"))
        fault_field(&tx->fault, (struct bad_field){ .field = S("what"), .bad = BAD_RULE, .label = what, .rule = kinds });
    if (minutes < 1 || minutes > MINUTES_MAX)
        fault_field(&tx->fault, (struct bad_field){ .field = S("minutes"), .bad = BAD_RULE, .label = minute, .rule = bounds });
    if (device_get(tx, q->device, &d) && !str_is(d.protocol, "gb26875"))
        tx_refuse(tx, ERR_STATE, "这种设备不能远程查询", "A device of this protocol cannot be asked");
    db_one(tx, count_open, IN(q->device, q->what), OUT(&open));
    if (open && !tx_failed(tx))
        tx_refuse(tx, ERR_CONFLICT, "上一次同样的查询还没有结果", "The same was asked and is not over yet");
    db_run(tx, insert_query, IN(id, q->device, q->what, minutes, REF0(who->account), tx->now, id % SERIALS, tx->now));
    audit(tx, who, "ask", "device", q->device, q->what);
    return tx_failed(tx) ? 0 : id;
}

bool device_query_get(struct tx *tx, int64_t id, struct device_query *q)
{
    return db_one(tx, select_query, IN(id), OUT(QUERY_OUT(q)));
}

struct rows device_query_list(struct tx *tx, int64_t device, int n)
{
    return db_get(tx, select_queries, IN(device, n));
}

bool device_query_row(struct rows *rows, struct device_query *q)
{
    return db_row(rows, OUT(QUERY_OUT(q)));
}

/* --- for gateways -------------------------------------------------------------------------------------------------------- */

struct rows device_query_due(struct tx *tx, struct str protocol, int n)
{
    return db_get(tx, select_due, IN(tx->now, protocol, limit(tx, "reply", "tries"), n));
}

bool device_query_due_row(struct rows *rows, struct device_query_due *due)
{
    return db_row(rows, OUT(&due->account, QUERY_OUT(&due->query)));
}

void device_query_sent(struct tx *tx, int64_t id)
{
    db_run(tx, mark_sent, IN(tx->now + SECONDS(limit(tx, "reply", "within_s")), id));
}

static void end_query(struct tx *tx, int64_t id, const char *state, struct str answer)
{
    db_run(tx, mark_ended, IN(str_of(state), tx->now, answer, id));
}

bool device_query_heard(struct tx *tx, struct str protocol, struct str account, int serial, struct str what, enum device_reply reply,
                        struct str answer)
{
    struct device d = { 0 };
    struct device_query q = { 0 };
    if (!device_by_account(tx, protocol, account, &d) || !db_one(tx, select_open, IN(d.id, serial, serial, what, what), OUT(QUERY_OUT(&q))))
        return false;
    if (reply == REPLY_REFUSED)
        end_query(tx, q.id, "refused", answer);
    else if (reply == REPLY_ANSWERED || str_is(q.what, "clock"))
        end_query(tx, q.id, "answered", answer);
    else if (!str_is(q.state, "confirmed"))
        db_run(tx, mark_confirmed, IN(tx->now, tx->now + (str_is(q.what, "patrol") ? MINUTES(q.minutes) : SECONDS(limit(tx, "reply", "within_s"))), q.id));
    return true;
}

/* --- what nobody answered ---------------------------------------------------------------------------------------------------- */

static struct rows late(struct tx *tx)
{
    return db_get(tx, select_late, IN(tx->now, limit(tx, "reply", "tries"), tx->now - SECONDS(limit(tx, "unsent", "within_s"))));
}

bool device_query_late(struct tx *tx)
{
    struct device_query q;
    struct rows rows = late(tx);
    bool found = device_query_row(&rows, &q);
    rows_end(&rows);
    return found;
}

/* The fault is written as a signal of the device, in the same transaction. */
static void give_up(struct tx *tx, const struct device_query *q)
{
    struct device d = { 0 };
    bool unanswered = str_is(q->state, "confirmed") && str_is(q->what, "patrol"), fresh = false;
    end_query(tx, q->id, unanswered ? "unanswered" : "failed", S(""));
    if (!device_get(tx, q->device, &d))
        return;
    struct json j = json_in(tx->arena);
    json_obj(&j);
    json_key_str(&j, "code", arena_format(tx->arena, "query/" STR_FMT, STR_ARG(q->what)));
    json_key_str(&j, "means", unanswered ? S("查岗无人应答") : S("设备没有回应查询"));
    json_key_str(&j, "means_en", unanswered ? S("Nobody answered the patrol") : S("The device did not respond to a query"));
    json_key_int(&j, "query", q->id);
    json_end(&j);
    struct signal_in in = { .protocol = d.protocol, .account = d.account, .kind = unanswered ? S("fault") : S("link_fail"), .at = tx->now, .ours = true,
                            .sequence = arena_format(tx->arena, "query %lld", (long long)q->id), .data = json_done(&j) };
    int64_t id = signal_put(tx, &in, &fresh);
    if (id && fresh)
        signal_apply(tx, id);
}

void device_query_turn(struct tx *tx)
{
    struct device_query all[20];
    int count = 0;
    struct rows rows = late(tx);
    while (count < (int)COUNT(all) && device_query_row(&rows, &all[count]))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count && !tx_failed(tx); i++)
        give_up(tx, &all[i]);
}
