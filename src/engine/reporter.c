/* reporter.c -- who reported a matter; see person.h and matter.h. Somebody who asked to stay unnamed is shown to nobody by
 * default, and unmasked only by the desk that has to call back and by the street's leader. */
#include "engine/person.h"
#include "engine/person_seal.h"

SQL(insert_reporter, "insert into matter_reporter(id, matter, name_sealed, phone_sealed, phone_blind, confidential, channel, at)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8)");
SQL(select_reporters, "select id, name_sealed, phone_sealed, confidential, channel, at from matter_reporter where matter = $1"
    " order by at, id");
SQL(select_reporter, "select id, name_sealed, phone_sealed, confidential, channel, at from matter_reporter where matter = $1"
    " and id = $2");
SQL(select_matters, "select m.id from matter_reporter r join matter m on m.id = r.matter"
    " where r.phone_blind = $1 and m.phase < $2 group by m.id, m.opened_at order by m.opened_at desc, m.id desc limit $3");

int64_t reporter_add(struct tx *tx, int64_t matter, const struct reporter *r)
{
    if (tx_failed(tx))
        return 0;
    int64_t id = db_id(tx, "matter_reporter");
    struct str phone = phone_or_text(tx, r->phone);
    db_run(tx, insert_reporter, IN(id, matter, sealed_in(tx, "reporter", id, "name", str_trim(r->name)),
        sealed_in(tx, "reporter", id, "phone", phone), blind_in(tx, "phone", phone), r->confidential,
        r->channel, r->at ? r->at : tx->now));
    return tx_failed(tx) ? 0 : id;
}

struct rows reporter_get(struct tx *tx, int64_t matter)
{
    return db_get(tx, select_reporters, IN(matter));
}

static void open_sealed(struct tx *tx, struct reporter *r, struct blob name, struct blob phone)
{
    r->name = sealed_out(tx, "reporter", r->id, "name", name);
    r->phone = sealed_out(tx, "reporter", r->id, "phone", phone);
}

bool reporter_row(struct tx *tx, struct rows *rows, struct reporter *ret_masked)
{
    struct blob name = { S("") }, phone = name;
    struct reporter r = { 0 };
    if (!db_row(rows, OUT(&r.id, &name, &phone, &r.confidential, &r.channel, &r.at)))
        return false;
    open_sealed(tx, &r, name, phone);
    r.name = mask_text(tx->arena, r.confidential ? MASK_HIDE : MASK_NAME, r.name);
    r.phone = mask_text(tx->arena, r.confidential ? MASK_HIDE : MASK_PHONE, r.phone);
    *ret_masked = r;
    return true;
}

bool reporter_unmask(struct tx *tx, const struct who *who, int64_t matter, int64_t reporter, struct str reason,
                     struct reporter *ret_clear)
{
    struct blob name = { S("") }, phone = name;
    struct reporter r = { 0 };
    struct matter m = { 0 };
    access_log(tx, who, "reporter", reporter, reason);
    if (!matter_see(tx, who, matter, &m))
        return false;
    if (!db_one(tx, select_reporter, IN(matter, reporter), OUT(&r.id, &name, &phone, &r.confidential, &r.channel, &r.at))) {
        tx_refuse(tx, ERR_NOT_FOUND, 0);
        return false;
    }
    uint32_t may = r.confidential ? R(CLERK) | R(LEADER) : R_STAFF | R(DEPT);
    if (!who_may(who, may, m.place, m.owner_org))
        tx_refuse(tx, ERR_DENIED, 0);
    if (!reason_given(tx, reason) || tx_failed(tx))
        return false;
    open_sealed(tx, &r, name, phone);
    *ret_clear = r;
    return true;
}

struct rows reporter_matters(struct tx *tx, struct str phone, int limit)
{
    return db_get(tx, select_matters, IN(blind_in(tx, "phone", phone_or_text(tx, phone)), PHASE_DONE, limit));
}
