/* idem.c -- see idem.h. */
#include "engine/idem.h"
#include "engine/keys.h"

SQL(select_idem, "select digest, status, location, noun_id, body from idem where key = $1");
SQL(insert_idem, "insert into idem(key, at, digest, status, location, noun_id, body, forever) values ($1, $2, $3, $4, $5, $6, $7, $8)");
SQL(delete_idem, "delete from idem where forever = 0 and at < $1");

/* Two accounts may choose the same key. */
static struct str scoped(struct tx *tx, const struct who *who, struct str key)
{
    return arena_format(tx->arena, "%lld:%.*s", (long long)who->account, STR_ARG(key));
}

bool idem_find(struct tx *tx, const struct who *who, struct str key, const uint8_t digest[32], struct idem_answer *ret)
{
    struct blob first;
    struct idem_answer answer = { 0 };
    if (!db_one(tx, select_idem, IN(scoped(tx, who, key)), OUT(&first, &answer.status, &answer.location, &answer.id, &answer.body)))
        return false;
    if (first.bytes.n != 32 || !bytes_equal(first.bytes.p, digest, 32)) {
        tx_refuse(tx, ERR_IDEM_MISMATCH);
        return false;
    }
    *ret = answer;
    return true;
}

void idem_put(struct tx *tx, const struct who *who, struct str key, const uint8_t digest[32], const struct idem_answer *a)
{
    db_run(tx, insert_idem, IN(scoped(tx, who, key), tx->now, blob_of(digest, 32), a->status, a->location,
                               REF0(a->id), a->body, 0));
}

int idem_expire(struct tx *tx)
{
    return (int)db_run(tx, delete_idem, IN(tx->now - DAYS(1)));
}
