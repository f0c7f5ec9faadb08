/* account.c -- log-ins themselves and the operation log; see account.h. Passwords are only ever hashed outside the
 * writer: 63 ms of argon2id there would cost the whole office its rhythm. */
#include "engine/account.h"
#include "engine/keys.h"
#include "engine/rule.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

SQL(insert_account, "insert into account(id, login, name, org, lang, password, must_change, made_at)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8)");
SQL(update_account, "update account set login = $1, name = $2, org = $3, lang = $4 where id = $5");
SQL(select_account, "select id, org, login, name, lang, disabled, must_change,"
    " case when otp_sealed is not null and otp_last >= 0 then 1 else 0 end from account where id = $1");
SQL(select_by_login, "select id, org, login, name, lang, disabled, must_change,"
    " case when otp_sealed is not null and otp_last >= 0 then 1 else 0 end from account where login = $1");
SQL(select_list, "select id, org, login, name, lang, disabled, must_change,"
    " case when otp_sealed is not null and otp_last >= 0 then 1 else 0 end from account"
    " where id > $1 and (login like $2 or name like $2) order by id limit $3");
SQL(select_password, "select password from account where id = $1");
SQL(update_password, "update account set password = $1, must_change = $2 where id = $3");
SQL(insert_reset, "insert into login_attempt(id, at, login, outcome)"
    " select cast($1 as bigint), cast($2 as bigint), login, 'reset' from account where id = $3");
SQL(update_disabled, "update account set disabled = $1 where id = $2");
SQL(insert_audit, "insert into audit(id, at, account, verb, noun, noun_id, note) values ($1, $2, $3, $4, $5, $6, $7)");
SQL(select_audit, "select u.id, u.at, u.account, a.login, u.verb, u.noun, u.noun_id, u.note from audit u"
    " left join account a on a.id = u.account where u.id < $1 order by u.id desc limit $2");

int64_t security_rule(const struct tx *tx, const char *entry, const char *prop, int64_t otherwise)
{
    const struct rule_set *set = rule_set(rules_of(tx), "security");
    const struct rule_entry *e = set ? rule_entry(set, str_of(entry)) : NULL;
    return e ? rule_int(e, prop, otherwise) : otherwise;
}

void audit(struct tx *tx, const struct who *who, const char *verb, const char *noun, int64_t id, struct str note)
{
    if (tx_failed(tx))
        return;
    db_run(tx, insert_audit, IN(db_id(tx, "audit"), tx->now, REF0(who->account), verb, noun, REF0(id), note));
}

struct rows audit_list(struct tx *tx, int64_t before, int limit)
{
    return db_get(tx, select_audit, IN(before ? before : INT64_MAX, limit));
}

bool audit_row(struct rows *rows, struct audit_item *u)
{
    return db_row(rows, OUT(&u->id, &u->at, &u->account, &u->login, &u->verb, &u->noun, &u->noun_id, &u->note));
}

/* --- passwords ---------------------------------------------------------------------------------------------------- */

struct str password_hash(struct arena *a, struct str password)
{
    char *out = arena_alloc(a, crypto_pwhash_STRBYTES);
    int failed = crypto_pwhash_str(out, password.p, password.n, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                   crypto_pwhash_MEMLIMIT_INTERACTIVE);
    assert(!failed);                                  /* only without 64 MiB of memory */
    return str_of(out);
}

bool password_ok(struct tx *tx, int64_t account, struct str password)
{
    struct str hash = S("");
    char stored[crypto_pwhash_STRBYTES] = { 0 };
    if (!db_one(tx, select_password, IN(account), OUT(&hash)) || hash.n == 0 || hash.n >= sizeof stored)
        return false;
    memcpy(stored, hash.p, hash.n);
    return crypto_pwhash_str_verify(stored, password.p, password.n) == 0;
}

static struct str lowered(struct arena *a, struct str text)
{
    struct buf out = buf_in(a);
    for (size_t i = 0; i < text.n; i++)
        buf_char(&out, text.p[i] >= 'A' && text.p[i] <= 'Z' ? (char)(text.p[i] - 'A' + 'a') : text.p[i]);
    return buf_str(&out);
}

/* What is left when runs ("aaaa", "1234", "4321") and repeats of a part ("abab") are taken out says how much was chosen. */
static size_t chosen_characters(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        int step = i > 0 ? (unsigned char)s.p[i] - (unsigned char)s.p[i - 1] : 99;
        bool repeated = i >= 2 && s.p[i] == s.p[i - 2];
        if (step >= -1 && step <= 1)
            continue;
        if (!repeated)
            n++;
    }
    return n;
}

bool password_strong(struct str password, struct fault *fault, const char *field)
{
    static const char *const known[] = { "password", "passw0rd", "p@ssw0rd", "qwerty", "asdfgh", "zxcvbn", "iloveyou",
        "admin", "welcome", "letmein", "woaini", "abc123", "1qaz2wsx", "qazwsx", "1q2w3e4r", "zhengzhou", "jiedao", "wuxing" };
    enum { CHARS_MIN = 10, CHARS_MAX = 200, CHOSEN_MIN = 6 };
    struct arena arena_scoped a;
    arena_init(&a, 0);
    size_t chars = str_chars(password);
    struct bad_field bad = { .field = str_of(field), .label = L("口令", "Password") };
    struct str rest = lowered(&a, password);
    for (size_t i = 0; i < COUNT(known); i++) {       /* "Password2026!!" is "2026!!" */
        size_t at = str_find(rest, str_of(known[i]));
        if (at < rest.n)
            rest = arena_join(&a, str_head(rest, at), str_from(rest, at + strlen(known[i])));
    }
    if (!str_utf8_ok(password)) {
        bad.bad = BAD_UTF8;
    } else if (chars < CHARS_MIN) {
        bad.bad = BAD_SHORT;
        bad.arg = S("10");
    } else if (chars > CHARS_MAX) {
        bad.bad = BAD_LONG;
        bad.arg = S("200");
    } else if (chosen_characters(rest) < CHOSEN_MIN) {
        bad.bad = BAD_RULE;
        bad.rule = (struct label)L("口令太容易猜到，请换一个", "This password is too easy to guess; choose another");
    }
    if (bad.bad != BAD_NONE)
        fault_field(fault, bad);
    return bad.bad == BAD_NONE;
}

/* --- accounts ----------------------------------------------------------------------------------------------------- */

static bool login_ok(struct tx *tx, struct str login)
{
    bool ok = login.n >= 2 && login.n <= 40;
    for (size_t i = 0; i < login.n && ok; i++)
        ok = (unsigned char)login.p[i] > ' ' && login.p[i] != 127;
    if (!ok)
        fault_field(&tx->fault, (struct bad_field){ .field = S("login"), .bad = BAD_RULE, .label = L("账号", "Login"),
            .rule = L("账号为 2 到 40 个字节，不含空格", "A login is 2 to 40 bytes without blanks") });
    return ok;
}

static int64_t insert_one(struct tx *tx, const struct account *a, struct str hash)
{
    int64_t id = db_id(tx, "account");
    db_run(tx, insert_account, IN(id, a->login, a->name, REF0(a->org), a->lang, hash, a->must_change, tx->now));
    return id;
}

int64_t account_put(struct tx *tx, const struct who *who, const struct account *given, struct str hash)
{
    struct account copy = *given, *account = &copy;
    account->login = lowered(tx->arena, str_trim(account->login));
    if (!login_ok(tx, account->login))
        return 0;
    struct account other = { 0 };
    if (account_by_login(tx, account->login, &other) && other.id != account->id) {
        tx_refuse(tx, ERR_EXISTS, "这个账号名已有人使用", "This login is taken");
        return 0;
    }
    if (account->id == 0) {
        account->id = insert_one(tx, account, hash);
        audit(tx, who, "add", "account", account->id, account->login);
        return account->id;
    }
    if (db_run(tx, update_account, IN(account->login, account->name, REF0(account->org), account->lang, account->id)) == 0)
        tx_refuse(tx, ERR_NOT_FOUND, 0);
    if (hash.n > 0)
        account_set_password(tx, account->id, hash, account->must_change);
    audit(tx, who, "change", "account", account->id, account->login);
    return tx_failed(tx) ? 0 : account->id;
}

#define ACCOUNT_OUT(a) OUT(&(a)->id, &(a)->org, &(a)->login, &(a)->name, &(a)->lang, &(a)->disabled, &(a)->must_change, \
    &(a)->has_otp)

bool account_get(struct tx *tx, int64_t id, struct account *ret_account)
{
    if (db_one(tx, select_account, IN(id), ACCOUNT_OUT(ret_account)))
        return true;
    tx_refuse(tx, ERR_NOT_FOUND, 0);
    return false;
}

bool account_by_login(struct tx *tx, struct str login, struct account *ret_account)
{
    return db_one(tx, select_by_login, IN(lowered(tx->arena, str_trim(login))), ACCOUNT_OUT(ret_account));
}

struct rows account_list(struct tx *tx, struct str like, int64_t after, int limit)
{
    return db_get(tx, select_list, IN(after, arena_format(tx->arena, "%%" STR_FMT "%%", STR_ARG(like)), limit));
}

bool account_row(struct rows *rows, struct account *account)
{
    return db_row(rows, ACCOUNT_OUT(account));
}

/* A new password also lifts a lock-out, else nobody could help a colleague who has locked himself out. */
void account_set_password(struct tx *tx, int64_t id, struct str hash, bool must_change)
{
    if (db_run(tx, update_password, IN(hash, must_change, id)) == 0)
        tx_refuse(tx, ERR_NOT_FOUND, 0);
    if (tx_failed(tx))
        return;
    db_run(tx, insert_reset, IN(db_id(tx, "login_attempt"), tx->now, id));
    sessions_end(tx, id);
}

void account_disable(struct tx *tx, const struct who *who, int64_t id, bool disabled)
{
    if (db_run(tx, update_disabled, IN(disabled, id)) == 0)
        tx_refuse(tx, ERR_NOT_FOUND, 0);
    if (disabled)
        sessions_end(tx, id);
    audit(tx, who, disabled ? "disable" : "enable", "account", id, S(""));
}
