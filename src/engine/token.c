/* token.c -- bearer tokens of other systems, and the link of the first set-up; see account.h. Only keyed digests are stored:
 * who reads the database can neither call the interface nor open the link. */
#include "engine/account.h"
#include "engine/keys.h"

SQL(insert_token, "insert into token(id, account, digest, name, made_at) values ($1, $2, $3, $4, $5)");
SQL(count_tokens, "select count(*) from token where account = $1 and ended_at is null");
SQL(select_token, "select id, account from token where digest = $1 and ended_at is null");
SQL(select_tokens, "select id, account, name, made_at from token where ended_at is null and (cast($1 as bigint) = 0 or account = $1)"
    " order by id desc");
SQL(end_token, "update token set ended_at = $1 where id = $2 and ended_at is null");
SQL(select_token_owner, "select account from token where id = $1");
SQL(insert_link, "insert into one_time(digest, purpose, noun_id, made_at, expires_at) values ($1, 'setup', 0, $2, $3)");
SQL(select_link, "select noun_id from one_time where digest = $1 and purpose = 'setup' and used_at is null and expires_at > $2");
SQL(take_link, "update one_time set used_at = $1 where digest = $2 and purpose = 'setup' and used_at is null"
    " and expires_at > $1");
SQL(any_account, "select id from account limit 1");

#define TOKEN_PREFIX S("wxt_")

static struct blob digest_of(struct tx *tx, enum key_purpose purpose, struct str clear)
{
    uint8_t *mac = arena_alloc(tx->arena, 32);
    keys_mac(engine_of(tx)->keys, purpose, clear, mac);
    return (struct blob){ { (char *)mac, 32 } };
}

struct str token_add(struct tx *tx, const struct who *who, int64_t account, struct str name, struct str clear)
{
    struct account a = { 0 };
    int64_t count = 0;
    if (!account_get(tx, account, &a))
        return S("");
    db_one(tx, count_tokens, IN(account), OUT(&count));
    if (count >= security_rule(tx, "token", "tokens_max", 20)) {
        tx_refuse(tx, ERR_TOO_MANY, "这个账号的令牌太多，请先停用旧的", "This account has too many tokens; end an old one first");
        return S("");
    }
    struct str whole = arena_join(tx->arena, TOKEN_PREFIX, clear);
    int64_t id = db_id(tx, "token");
    db_run(tx, insert_token, IN(id, account, digest_of(tx, KEY_SESSION, whole), name, tx->now));
    audit(tx, who, "add", "token", id, name);
    return whole;
}

bool token_who(struct tx *tx, struct str bearer, struct who *ret_who)
{
    int64_t id = 0, account = 0;
    struct who who = { 0 };
    if (!str_starts(bearer, TOKEN_PREFIX) || bearer.n > 200)
        return false;
    if (!db_one(tx, select_token, IN(digest_of(tx, KEY_SESSION, bearer)), OUT(&id, &account)))
        return false;
    if (!account_who(tx, account, &who))
        return false;
    who.token = id;
    who.channel = "api";
    *ret_who = who;
    return true;
}

struct rows token_list(struct tx *tx, int64_t account)
{
    return db_get(tx, select_tokens, IN(account));
}

bool token_row(struct rows *rows, struct token_item *t)
{
    return db_row(rows, OUT(&t->id, &t->account, &t->name, &t->made_at));
}

void token_end(struct tx *tx, const struct who *who, int64_t token)
{
    int64_t owner = 0;
    db_one(tx, select_token_owner, IN(token), OUT(&owner));
    if (owner == 0 || (owner != who->account && !who_has(who, R(ADMIN))))
        tx_refuse(tx, ERR_NOT_FOUND, 0);
    else if (db_run(tx, end_token, IN(tx->now, token)) > 0)
        audit(tx, who, "end", "token", token, S(""));
}

/* --- the first set-up ------------------------------------------------------------------------------------------------ */

struct str setup_token_make(struct tx *tx, struct str clear)
{
    ms until = tx->now + HOURS(security_rule(tx, "setup_link", "life_hours", 168));
    db_run(tx, insert_link, IN(digest_of(tx, KEY_LINK, clear), tx->now, until));
    return clear;
}

static bool set_up_already(struct tx *tx)
{
    int64_t id = 0;
    return db_one(tx, any_account, IN(), OUT(&id));
}

bool setup_token_ok(struct tx *tx, struct str clear)
{
    int64_t none = 0;
    return clear.n > 0 && clear.n <= 200 && !set_up_already(tx) &&
           db_one(tx, select_link, IN(digest_of(tx, KEY_LINK, clear), tx->now), OUT(&none));
}

bool setup_token_take(struct tx *tx, struct str clear)
{
    if (!set_up_already(tx) && db_run(tx, take_link, IN(tx->now, digest_of(tx, KEY_LINK, clear))) == 1)
        return true;
    tx_refuse(tx, ERR_GONE, 0);
    return false;
}
