/* show.c -- an order on its page: what is wanted, the recording, and the usual basket of the last orders beside it; see order.h. */
#include "modules/order/order.h"

#include "engine/file.h"
#include "engine/person.h"
#include "engine/recognise.h"

SQL(select_items, "select name, amount, unit from service_item where order_id = $1 order by line limit 60");
SQL(select_basket, "select i.name, i.unit, count(*), max(i.amount), max(o.confirmed_at) from service_item i join service_order o on o.id = i.order_id"
    " where o.person = $1 and o.type = $2 and o.id <> $3 and o.confirmed_at is not null group by i.name, i.unit order by 3 desc, 5 desc, i.name limit 12");

static void write_items(struct tx *tx, int64_t id, struct json *j)
{
    struct str name, unit;
    int64_t amount;
    json_key_list(j, "items");
    struct rows rows = db_get(tx, select_items, IN(id));
    while (db_row(&rows, OUT(&name, &amount, &unit))) {
        json_obj(j);
        json_key_str(j, "name", name);
        json_key_int(j, "amount", amount);
        json_key_str(j, "unit", unit);
        json_end(j);
    }
    json_end(j);
}

static void write_basket(struct tx *tx, const struct order_row *o, struct json *j)
{
    struct str name, unit;
    int64_t times, amount, last;
    json_key_list(j, "usual");
    if (o->person) {
        struct rows rows = db_get(tx, select_basket, IN(o->person, o->type, o->id));
        while (db_row(&rows, OUT(&name, &unit, &times, &amount, &last))) {
            json_obj(j);
            json_key_str(j, "name", name);
            json_key_str(j, "unit", unit);
            json_key_int(j, "times", times);
            json_key_int(j, "amount", amount);
            json_key_time(j, "last_at", last);
            json_end(j);
        }
    }
    json_end(j);
}

/* The newest sound among its files. */
static bool sound_of(struct tx *tx, int64_t id, struct file *ret)
{
    struct file f;
    bool found = false;
    struct rows rows = file_list(tx, id);
    while (file_row(&rows, &f))
        if (str_starts(f.type, S("audio/"))) {
            *ret = f;
            found = true;
        }
    return found;
}

/* What came with the signal itself, when it begins like a sound. */
static struct str signal_sound(struct tx *tx, int64_t id, struct str *ret_type)
{
    struct signal s = { 0 };
    if (!id || !signal_get(tx, id, &s))
        return S("");
    *ret_type = str_starts(s.raw, S("#!AMR")) ? S("audio/amr") : str_starts(s.raw, S("OggS")) ? S("audio/ogg")
                : str_starts(s.raw, S("RIFF")) ? S("audio/wav") : S("");
    return ret_type->n ? s.raw : S("");
}

void order_show(struct tx *tx, const struct who *who, int64_t id, struct json *j)
{
    struct order_row o;
    struct org provider = { 0 };
    struct person p = { 0 };
    struct file sound;
    struct str type = S("");
    (void)who;
    if (!order_get(tx, id, &o))
        return;
    json_key_str(j, "type", o.type);
    json_key_obj(j, "provider");
    json_key_id(j, "id", o.provider);
    json_key_str(j, "name", o.provider && org_get(tx, o.provider, &provider) ? provider.name : S(""));
    json_key_str(j, "phone", provider.phone);
    json_end(j);
    json_key_obj(j, "person");
    json_key_id(j, "id", o.person);
    json_key_str(j, "name", o.person && person_masked(tx, o.person, &p) ? p.name : S(""));
    json_key_str(j, "phone", p.phone);
    json_end(j);
    json_key_id(j, "device", o.device);
    json_key_id(j, "source", o.source);
    json_key_time(j, "heard_at", o.heard_at);
    json_key_time(j, "accepted_at", o.accepted_at);
    json_key_time(j, "eta_at", o.eta_at);
    json_key_time(j, "delivered_at", o.delivered_at);
    json_key_time(j, "confirmed_at", o.confirmed_at);
    json_key_str(j, "confirmed_by", o.confirmed_by);
    json_key_bool(j, "satisfied", o.satisfied != 0);
    json_key_int(j, "refusals", o.refusals);
    json_key_bool(j, "has_recording", sound_of(tx, id, &sound) || signal_sound(tx, o.signal, &type).n > 0);
    write_items(tx, id, j);
    write_basket(tx, &o, j);
}

/* --- the recording -------------------------------------------------------------------------------------------------------- */

static bool recording(struct req *r, struct str *ret_bytes, struct str *ret_type)
{
    struct order_row o;
    struct matter m;
    struct file f;
    if (!matter_see(r->tx, r->who, r->id, &m) || m.kind != &order_kind || !order_get(r->tx, r->id, &o)) {
        tx_refuse(r->tx, ERR_NOT_FOUND);
        return false;
    }
    if (sound_of(r->tx, r->id, &f)) {
        *ret_type = f.type;
        return blob_get(r->tx->store, f.hash, r->arena, ret_bytes, &r->tx->fault);
    }
    *ret_bytes = signal_sound(r->tx, o.signal, ret_type);
    if (ret_bytes->n == 0)
        tx_refuse(r->tx, ERR_NOT_FOUND, "这份订单没有录音", "This order has no recording");
    return ret_bytes->n > 0;
}

void order_recording_show(struct req *r)
{
    struct str bytes, type;
    if (!recording(r, &bytes, &type))
        return;
    r->type = type;
    r->bytes = bytes;
}

void order_heard_show(struct req *r)
{
    struct str bytes, type, text = S("");
    const struct recogniser *by = recogniser_of();
    if (!recording(r, &bytes, &type))
        return;
    bool heard = by->hear(by, r->arena, bytes, type, &text);
    json_obj(&r->out);
    json_key_str(&r->out, "recogniser", str_of(by->name));
    json_key_bool(&r->out, "heard", heard);
    json_key_str(&r->out, "text", heard ? text : S(""));
    json_end(&r->out);
}
