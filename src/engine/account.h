/* account.h -- log-ins, grants, sessions, bearer tokens. argon2id (libsodium INTERACTIVE: 63 ms measured) runs in prepare,
 * never on the writer. Lock-out: 5 wrong attempts in 15 minutes lock the account for 15 minutes (rules/security.yaml).
 * Sessions are random 32-byte references, stored hashed; rotated at log-in, ended on disable and on password change.
 * Tokens likewise, prefix wxt_. The set-up link is a token that works once while no account exists.
 * Faults: BAD_LOGIN, LOCKED, OTP_NEEDED, EXISTS, GONE. */
#ifndef WUXING_ENGINE_ACCOUNT_H
#define WUXING_ENGINE_ACCOUNT_H

#include "engine/engine.h"

struct account {
    int64_t id, org;
    struct str login, name, lang;
    bool disabled, must_change, has_otp;
};

struct login {                         /* prepare fills, apply decides */
    struct str login, password, otp, agent, address;
    int64_t account;
    bool password_ok, otp_ok, otp_needed, locked;
    struct str session_token;          /* the cookie's value, made in prepare */
    struct str otp_used;
};
void login_prepare(struct tx *read, struct login *);
void login_apply(struct tx *, struct login *);         /* session row and audit, or a fault with its keep row */
void session_end(struct tx *, const struct who *, int64_t session);
bool session_who(struct tx *, struct str cookie, struct who *ret_who);            /* also updates nothing: seen_at is folded later */
bool token_who(struct tx *, struct str bearer, struct who *ret_who);

struct str password_hash(struct arena *, struct str password);                    /* slow: prepare only */
bool password_strong(struct str password, struct fault *, const char *field);     /* length 10..200 and not a known weak one */
int64_t account_put(struct tx *, const struct who *, struct account *, struct str password_hash);
bool account_get(struct tx *, int64_t id, struct account *ret_account);
bool account_by_login(struct tx *, struct str login, struct account *ret_account);
void account_set_password(struct tx *, int64_t id, struct str hash, bool must_change);
void account_disable(struct tx *, const struct who *, int64_t id, bool disabled);
void grant_add(struct tx *, const struct who *, int64_t account, enum role, int64_t area, int64_t org, ms from, ms to);
void grant_end(struct tx *, const struct who *, int64_t grant);
struct str token_add(struct tx *, const struct who *, int64_t account, struct str name, struct str clear);   /* clear: made before by random_token */
struct str setup_token_make(struct tx *, struct str clear);
bool setup_token_ok(struct tx *, struct str clear);    /* and no account exists */
void audit(struct tx *, const struct who *, const char *verb, const char *noun, int64_t id, struct str note);   /* operation log */

#endif
