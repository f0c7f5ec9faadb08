/* one_time.c -- see one_time.h. */
#include "engine/one_time.h"

#include "engine/keys.h"

#include <assert.h>

SQL(insert_link, "insert into one_time(digest, purpose, noun_id, made_at, expires_at) values ($1, $2, $3, $4, $5)");
SQL(select_link, "select expires_at, used_at from one_time where digest = $1 and purpose = $2");
SQL(spend_link, "update one_time set used_at = $1 where digest = $2 and used_at is null and expires_at > $3");

enum { MAC_BYTES = 16 };

struct str one_time_token(struct tx *tx, const char *purpose, int64_t id, int64_t round)
{
    assert(id > 0 && round > 0);
    uint8_t mac[32];
    struct str signed_part = arena_format(tx->arena, "%s %lld %lld", purpose, (long long)id, (long long)round);
    keys_mac(engine_of(tx)->keys, KEY_LINK, signed_part, mac);
    struct buf b = buf_in(tx->arena);
    buf_format(&b, "%lld-%lld-", (long long)id, (long long)round);
    buf_hex(&b, mac, MAC_BYTES);
    return buf_str(&b);
}

static struct blob digest_of(struct tx *tx, struct str token)
{
    uint8_t *hash = arena_alloc(tx->arena, 32);
    sha256(token, hash);
    return (struct blob){ { (const char *)hash, 32 } };
}

void one_time_offer(struct tx *tx, const char *purpose, int64_t id, int64_t round, ms expires_at)
{
    db_run(tx, insert_link, IN(digest_of(tx, one_time_token(tx, purpose, id, round)), purpose, id, tx->now, expires_at));
}

void one_time_end(struct tx *tx, const char *purpose, int64_t id, int64_t round)
{
    db_run(tx, spend_link, IN(tx->now, digest_of(tx, one_time_token(tx, purpose, id, round)), tx->now));
}

static bool genuine(struct tx *tx, const char *purpose, struct str token, int64_t *ret_id)
{
    struct str rest = token, id_text, round_text;
    int64_t id, round;
    if (token.n > 80 || !str_cut(&rest, '-', &id_text) || !str_cut(&rest, '-', &round_text) || !str_to_i64(id_text, &id) ||
        !str_to_i64(round_text, &round) || id <= 0 || round <= 0)
        return false;
    struct str right = one_time_token(tx, purpose, id, round);
    if (right.n != token.n || !bytes_equal(right.p, token.p, right.n))
        return false;
    *ret_id = id;
    return true;
}

bool one_time_genuine(struct tx *tx, const char *purpose, struct str token)
{
    int64_t id;
    return genuine(tx, purpose, token, &id);
}

bool one_time_look(struct tx *tx, const char *purpose, struct str token, int64_t *ret_id)
{
    int64_t id = 0, expires_at = 0, used_at = 0;
    if (!genuine(tx, purpose, token, &id))
        tx_refuse(tx, ERR_NOT_FOUND, "链接不完整或不正确，请核对", "The link is incomplete or wrong; check it");
    else if (!db_one(tx, select_link, IN(digest_of(tx, token), purpose), OUT(&expires_at, &used_at)) || used_at ||
             expires_at <= tx->now)
        tx_refuse(tx, ERR_GONE);
    if (tx_failed(tx))
        return false;
    *ret_id = id;
    return true;
}

bool one_time_spend(struct tx *tx, const char *purpose, struct str token, int64_t *ret_id)
{
    int64_t id = 0;
    if (!one_time_look(tx, purpose, token, &id))
        return false;
    if (db_run(tx, spend_link, IN(tx->now, digest_of(tx, token), tx->now)) != 1) {
        tx_refuse(tx, ERR_GONE);
        return false;
    }
    *ret_id = id;
    return true;
}

ms one_time_until(struct tx *tx, const char *purpose, int64_t id, int64_t round)
{
    int64_t expires_at = 0, used_at = 0;
    if (round <= 0 || !db_one(tx, select_link, IN(digest_of(tx, one_time_token(tx, purpose, id, round)), purpose), OUT(&expires_at, &used_at)))
        return 0;
    return used_at || expires_at <= tx->now ? 0 : expires_at;
}
