/* phone_call.c -- see phone_call.h. */
#include "engine/phone_call.h"

#include "engine/device.h"
#include "engine/keys.h"

#define CALL_COLUMNS "id, number_sealed, to_number, at, pbx_id, claimed_by, claimed_at, matter"
SQL(insert_call, "insert into phone_call(id, number_sealed, number_blind, to_number, at, pbx_id) values ($1, $2, $3, $4, $5, $6)");
SQL(select_by_pbx, "select id from phone_call where pbx_id = $1");
SQL(select_call, "select " CALL_COLUMNS " from phone_call where id = $1");
SQL(select_open, "select " CALL_COLUMNS " from phone_call where claimed_by is null order by id desc limit $1");
SQL(claim_call, "update phone_call set claimed_by = $1, claimed_at = $2 where id = $3 and claimed_by is null");
SQL(bind_call, "update phone_call set matter = $1 where id = $2");
SQL(select_devices, "select id, person, area, kind, protocol from device where account = $1 and protocol in"
                    " ('phone', 'mqtt', 'dc09', 'gb26875', 'scaip', 'watch', 'http') order by id limit 20");

static struct str context_of(struct tx *tx, int64_t id)
{
    return arena_format(tx->arena, "phone_call:%lld", (long long)id);
}

int64_t phone_call_ring(struct tx *tx, struct phone_call *call)
{
    const struct keys *keys = engine_of(tx)->keys;
    if (call->pbx_id.n && db_one(tx, select_by_pbx, IN(call->pbx_id), OUT(&call->id)))
        return call->id;
    call->id = db_id(tx, "phone_call");
    call->is_new = true;
    call->at = call->at ? call->at : tx->now;
    struct blob sealed = { keys_seal(keys, tx->arena, KEY_PERSON, context_of(tx, call->id), call->number) };
    struct in blind = call->number.n ? in_blob((struct blob){ keys_blind(keys, tx->arena, "phone", call->number) }) : in_nil(NIL);
    db_run(tx, insert_call, IN(call->id, sealed, blind, call->to, call->at, call->pbx_id.n ? in_str(call->pbx_id) : in_nil(NIL)));
    return tx_failed(tx) ? 0 : call->id;
}

bool phone_call_row(struct rows *rows, struct phone_call *call)
{
    struct tx *tx = rows->tx;
    struct blob sealed;
    *call = (struct phone_call){ 0 };
    if (!db_row(rows, OUT(&call->id, &sealed, &call->to, &call->at, &call->pbx_id, &call->claimed_by, &call->claimed_at, &call->matter)))
        return false;
    if (!keys_open_sealed(engine_of(tx)->keys, tx->arena, KEY_PERSON, context_of(tx, call->id), sealed.bytes, &call->number))
        call->number = S("");                        /* erased, or sealed under a key that is gone */
    return true;
}

bool phone_call_get(struct tx *tx, int64_t id, struct phone_call *ret)
{
    struct rows rows = db_get(tx, select_call, IN(id));
    struct phone_call call;
    if (!phone_call_row(&rows, &call)) {
        tx_refuse(tx, ERR_NOT_FOUND);
        return false;
    }
    rows_end(&rows);
    *ret = call;
    return true;
}

struct rows phone_call_open(struct tx *tx, int limit)
{
    return db_get(tx, select_open, IN(limit));
}

bool phone_call_claim(struct tx *tx, const struct who *who, int64_t id)
{
    struct phone_call call;
    if (!phone_call_get(tx, id, &call))
        return false;
    if (call.claimed_by == who->account)
        return true;                                 /* pressed twice */
    if (db_run(tx, claim_call, IN(who->account, tx->now, id)) == 1)
        return true;
    tx_refuse(tx, ERR_CONFLICT, "这个来电已有人接办", "Somebody else has taken this call");
    return false;
}

void phone_call_bind(struct tx *tx, int64_t id, int64_t matter)
{
    db_run(tx, bind_call, IN(matter, id));
}

struct rows phone_devices(struct tx *tx, struct str number)
{
    return db_get(tx, select_devices, IN(number));
}

bool phone_device_row(struct rows *rows, struct phone_device *d)
{
    return db_row(rows, OUT(&d->id, &d->person, &d->area, &d->kind, &d->protocol));
}

int64_t phone_signal(struct tx *tx, const struct phone_call *call, const struct phone_device *d)
{
    struct signal_in in = {
        .protocol = d->protocol, .account = call->number, .kind = S("call"), .at = call->at,
        .sequence = arena_format(tx->arena, "call-%lld", (long long)call->id),
    };
    struct signal s = { 0 };
    bool fresh = false;
    int64_t id = signal_put(tx, &in, &fresh);
    if (id && fresh)
        signal_apply(tx, id);
    return id && signal_get(tx, id, &s) ? s.matter : 0;
}
