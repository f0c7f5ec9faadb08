/* session.c -- logging in, and who a cookie is; see account.h. The password is judged in prepare, the lock-out again in
 * apply: a hundred guesses that were prepared together must not slip through together. */
#include "engine/account.h"
#include "engine/keys.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

/* Wrong attempts since the last success; those made while locked are kept as 'locked' and do not prolong the lock. */
SQL(select_bad, "select b.at from login_attempt b where b.login = $1 and b.outcome = 'bad' and b.at > $2"
    " and not exists (select 1 from login_attempt k where k.login = b.login and k.outcome in ('ok', 'reset')"
    " and (k.at > b.at or (k.at = b.at and k.id > b.id))) order by b.at desc, b.id desc limit $3");
SQL(count_address, "select count(*) from login_attempt where address = $1 and at > $2 and outcome = 'bad'");
SQL(insert_attempt, "insert into login_attempt(id, at, login, address, outcome) values ($1, $2, $3, $4, $5)");
SQL(delete_attempts, "delete from login_attempt where at < $1");
SQL(insert_session, "insert into session(id, account, digest, made_at, seen_at, agent, address)"
    " values ($1, $2, $3, $4, $4, $5, $6)");
SQL(select_session, "select s.id, s.seen_at, s.made_at, a.id, a.login, a.name, a.lang, a.must_change from session s"
    " join account a on a.id = s.account where s.digest = $1 and s.ended_at is null and a.disabled = 0");
SQL(end_one, "update session set ended_at = $1 where id = $2 and ended_at is null");
SQL(end_digest, "update session set ended_at = $1 where digest = $2 and ended_at is null");
SQL(end_account, "update session set ended_at = $1 where account = $2 and ended_at is null");
SQL(end_surplus, "update session set ended_at = $1 where account = $2 and ended_at is null and id not in"
    " (select id from session where account = $2 and ended_at is null order by made_at desc, id desc limit $3)");
SQL(select_owner, "select account from session where id = $1");
SQL(select_open, "select id, made_at, seen_at, agent, address from session where account = $1 and ended_at is null"
    " order by seen_at desc, id desc");
SQL(update_seen, "update session set seen_at = $1 where id = $2 and seen_at < $1");

/* Nobody's hash: an unknown login costs the same time as a known one. */
static const char nobody[crypto_pwhash_STRBYTES] =
    "$argon2id$v=19$m=65536,t=2,p=1$e26U1D++al1wrsBUuxWC/Q$hvA0US6/qze10eNrKau2TH9r7naG/3zsJFbzzdT9ZjE";

static struct blob digest_of(struct tx *tx, struct str clear)
{
    uint8_t *mac = arena_alloc(tx->arena, 32);
    keys_mac(engine_of(tx)->keys, KEY_SESSION, clear, mac);
    return (struct blob){ { (char *)mac, 32 } };
}

/* --- lock-out ----------------------------------------------------------------------------------------------------- */

static bool login_locked(struct tx *tx, struct str login)
{
    int64_t most = security_rule(tx, "lockout", "attempts", 5);
    ms window = MINUTES(security_rule(tx, "lockout", "window_minutes", 15));
    ms length = MINUTES(security_rule(tx, "lockout", "lock_minutes", 15));
    ms at = 0, newest = 0, oldest = 0;
    int64_t count = 0;
    struct rows rows = db_get(tx, select_bad, IN(login, tx->now - window - length, most));
    while (db_row(&rows, OUT(&at))) {
        newest = count++ ? newest : at;
        oldest = at;
    }
    return count >= most && newest - oldest <= window && tx->now - newest < length;
}

static bool address_locked(struct tx *tx, struct str address)
{
    int64_t count = 0, most = security_rule(tx, "lockout", "address_attempts", 50);
    if (address.n == 0)
        return false;
    db_one(tx, count_address, IN(address, tx->now - MINUTES(security_rule(tx, "lockout", "window_minutes", 15))), OUT(&count));
    return count >= most;
}

static bool is_locked(struct tx *tx, const struct login *login)
{
    return login_locked(tx, login->login) || address_locked(tx, login->address);
}

struct attempt { struct str login, address; const char *outcome; };

static void attempt_write(struct tx *tx, void *arg)
{
    const struct attempt *a = arg;
    db_run(tx, insert_attempt, IN(db_id(tx, "login_attempt"), tx->now, a->login, a->address, a->outcome));
}

static void refuse(struct tx *tx, const struct login *login, const char *outcome, enum err code, struct label what)
{
    struct attempt *a = arena_new(tx->arena, struct attempt);
    *a = (struct attempt){ login->login, login->address, outcome };
    tx_keep(tx, attempt_write, a);
    fault_set_at(&tx->fault, code, what, __FILE__, __LINE__);
}

int64_t login_attempts_expire(struct tx *tx)
{
    return db_run(tx, delete_attempts, IN(tx->now - DAYS(security_rule(tx, "login_attempts", "keep_days", 190))));
}

/* --- logging in --------------------------------------------------------------------------------------------------- */

void login_prepare(struct tx *tx, struct login *login)
{
    struct account account = { 0 };
    bool known = account_by_login(tx, login->login, &account) && !account.disabled;
    login->login = known ? account.login : arena_copy(tx->arena, str_head(str_trim(login->login), 100));
    login->session_token = random_token(tx->arena, 32);
    login->locked = is_locked(tx, login);
    if (login->locked)
        return;
    if (!known) {
        (void)!crypto_pwhash_str_verify(nobody, login->password.p, login->password.n);
        return;
    }
    login->account = account.id;
    login->password_ok = password_ok(tx, account.id, login->password);
    login->otp_needed = account.has_otp;
    int64_t step;
    if (login->password_ok && login->otp_needed && login->otp.n > 0 && otp_step(tx, account.id, login->otp, &step)) {
        login->otp_ok = true;
        login->otp_used = arena_format(tx->arena, "%lld", (long long)step);
    }
}

/* False after a refusal. A right password without its code is no wrong attempt. */
static bool login_judge(struct tx *tx, const struct login *login)
{
    struct account account = { 0 };
    int64_t step = 0;
    if (login->locked || is_locked(tx, login)) {
        refuse(tx, login, "locked", ERR_LOCKED, (struct label){ 0 });
    } else if (!login->password_ok || !account_get(tx, login->account, &account) || account.disabled) {
        refuse(tx, login, "bad", ERR_BAD_LOGIN, (struct label){ 0 });
    } else if (account.has_otp && login->otp.n == 0) {
        refuse(tx, login, "otp", ERR_OTP_NEEDED, (struct label){ 0 });
    } else if (account.has_otp && (!login->otp_ok || !str_to_i64(login->otp_used, &step) ||
                                   !otp_use(tx, account.id, step))) {
        refuse(tx, login, "bad", ERR_BAD_LOGIN,
               (struct label)L("动态口令不对或已经用过", "The one-time code is wrong or was used already"));
    }
    return !tx_failed(tx);
}

void login_apply(struct tx *tx, struct login *login)
{
    if (!login_judge(tx, login))
        return;
    if (login->cookie.n > 0)
        db_run(tx, end_digest, IN(tx->now, digest_of(tx, login->cookie)));
    login->session = session_add(tx, login->account, login->session_token, login->agent, login->address);
    attempt_write(tx, &(struct attempt){ login->login, login->address, "ok" });
    struct who who = { .account = login->account };
    audit(tx, &who, "log_in", "session", login->session, login->address);
}

int64_t session_add(struct tx *tx, int64_t account, struct str clear, struct str agent, struct str address)
{
    int64_t id = db_id(tx, "session");
    db_run(tx, insert_session, IN(id, account, digest_of(tx, clear), tx->now, str_head_chars(agent, 200),
                                  str_head(address, 64)));
    db_run(tx, end_surplus, IN(tx->now, account, security_rule(tx, "session", "sessions_max", 20)));
    return tx_failed(tx) ? 0 : id;
}

/* One's own, or anybody's for an administrator. */
void session_end(struct tx *tx, const struct who *who, int64_t session)
{
    int64_t owner = 0;
    db_one(tx, select_owner, IN(session), OUT(&owner));
    if (owner == 0 || (owner != who->account && !who_has(who, R(ADMIN)))) {
        tx_refuse(tx, ERR_NOT_FOUND, 0);
        return;
    }
    if (db_run(tx, end_one, IN(tx->now, session)) > 0)
        audit(tx, who, "log_out", "session", session, S(""));
}

void sessions_end(struct tx *tx, int64_t account)
{
    db_run(tx, end_account, IN(tx->now, account));
}

struct rows session_list(struct tx *tx, int64_t account)
{
    return db_get(tx, select_open, IN(account));
}

bool session_row(struct rows *rows, struct session_item *s)
{
    return db_row(rows, OUT(&s->id, &s->made_at, &s->seen_at, &s->agent, &s->address));
}

/* --- who is it ---------------------------------------------------------------------------------------------------- */

/* When a session was last used, until the engine's next turn writes it: a write per read would be a poor bargain. Lost
 * in a crash, which costs a session at most the minutes since the last turn of its idle time. */
enum { SEEN_SLOTS = 4096, SEEN_NEAR = 16 };
static struct seen { const struct store *store; int64_t session; ms at, written; } seen[SEEN_SLOTS];
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;

/* The session's slot, or of its neighbourhood the one with the least left to write. Called with the lock held. */
static struct seen *slot_of(const struct store *store, int64_t session)
{
    struct seen *spare = NULL;
    for (uint64_t i = 0; i < SEEN_NEAR; i++) {
        struct seen *s = &seen[((uint64_t)session + i) % SEEN_SLOTS];
        if (s->store == store && s->session == session)
            return s;
        if (!spare || s->at - s->written < spare->at - spare->written)
            spare = s;
    }
    return spare;
}

static ms session_seen(const struct tx *tx, int64_t session, ms stored)
{
    pthread_mutex_lock(&seen_lock);
    struct seen *s = slot_of(tx->store, session);
    if (s->store != tx->store || s->session != session)
        *s = (struct seen){ tx->store, session, stored, stored };
    ms last = s->at > stored ? s->at : stored;
    pthread_mutex_unlock(&seen_lock);
    return last;
}

static void session_touch(const struct tx *tx, int64_t session)
{
    pthread_mutex_lock(&seen_lock);
    struct seen *s = slot_of(tx->store, session);
    if (s->store == tx->store && s->session == session && s->at < tx->now)
        s->at = tx->now;
    pthread_mutex_unlock(&seen_lock);
}

void sessions_fold(struct tx *tx)
{
    for (int i = 0; i < SEEN_SLOTS && !tx_failed(tx); i++) {
        pthread_mutex_lock(&seen_lock);
        struct seen s = seen[i];
        if (s.store == tx->store)
            seen[i].written = s.at;
        pthread_mutex_unlock(&seen_lock);
        if (s.store == tx->store && s.at >= s.written + MINUTES(1))
            db_run(tx, update_seen, IN(s.at, s.session));
    }
}

bool session_who(struct tx *tx, struct str cookie, struct who *ret_who)
{
    ms seen_at = 0, made_at = 0;
    int64_t session = 0;
    struct account a = { 0 };
    if (cookie.n < 20 || cookie.n > 100)
        return false;
    if (!db_one(tx, select_session, IN(digest_of(tx, cookie)), OUT(&session, &seen_at, &made_at, &a.id, &a.login, &a.name,
                                                                   &a.lang, &a.must_change)))
        return false;
    seen_at = session_seen(tx, session, seen_at);
    if (tx->now - seen_at >= MINUTES(security_rule(tx, "session", "idle_minutes", 720)) ||
        tx->now - made_at >= HOURS(security_rule(tx, "session", "life_hours", 168)))
        return false;
    struct who who = { 0 };
    if (!account_who(tx, a.id, &who))
        return false;
    session_touch(tx, session);
    who.session = session;
    *ret_who = who;
    return true;
}
