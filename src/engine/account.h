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
    struct str cookie;                 /* the session presented with the log-in, if any: the new one replaces it */
    int64_t account;
    bool password_ok, otp_ok, otp_needed, locked;
    struct str session_token;          /* the cookie's value, made in prepare */
    struct str otp_used;               /* the 30-second step of the code, in digits */
    int64_t session;                   /* set by login_apply */
};
void login_prepare(struct tx *read, struct login *);
void login_apply(struct tx *, struct login *);         /* session row and audit, or a fault with its keep row */
void session_end(struct tx *, const struct who *, int64_t session);
bool session_who(struct tx *, struct str cookie, struct who *ret_who);            /* also updates nothing: seen_at is folded later */
bool token_who(struct tx *, struct str bearer, struct who *ret_who);

struct str password_hash(struct arena *, struct str password);                    /* slow: prepare only */
bool password_strong(struct str password, struct fault *, const char *field);     /* length 10..200 and not a known weak one */
/* Like every put of the engine: returns the id and leaves the struct as it is, because an apply may be run again. */
int64_t account_put(struct tx *, const struct who *, const struct account *, struct str password_hash);
bool account_get(struct tx *, int64_t id, struct account *ret_account);
bool account_by_login(struct tx *, struct str login, struct account *ret_account);
void account_set_password(struct tx *, int64_t id, struct str hash, bool must_change);
void account_disable(struct tx *, const struct who *, int64_t id, bool disabled);
void grant_add(struct tx *, const struct who *, int64_t account, enum role, int64_t area, int64_t org, ms from, ms to);
void grant_end(struct tx *, const struct who *, int64_t grant);
struct str token_add(struct tx *, const struct who *, int64_t account, struct str name, struct str clear);   /* clear: of random_token */
struct str setup_token_make(struct tx *, struct str clear);
bool setup_token_ok(struct tx *, struct str clear);    /* and no account exists */
/* The operation log: what was changed outside of matters. The note holds no personal data. */
void audit(struct tx *, const struct who *, const char *verb, const char *noun, int64_t id, struct str note);

/* The grants of an account at the tx's time, without a session: jobs, demo, tests. False when disabled or missing. */
bool account_who(struct tx *, int64_t account, struct who *ret_who);
bool password_ok(struct tx *, int64_t account, struct str password);              /* slow: prepare only */
int64_t session_add(struct tx *, int64_t account, struct str clear, struct str agent, struct str address);
void sessions_end(struct tx *, int64_t account);                                 /* all of them */
/* seen_at of the sessions used since the last call; each minute, by the engine's turn. */
void sessions_fold(struct tx *);
int64_t login_attempts_expire(struct tx *);                                      /* older than the rule says; rows gone */
int64_t security_rule(const struct tx *, const char *entry, const char *prop, int64_t otherwise);

/* Lists for pages: rows in the order a page shows them. */
struct rows account_list(struct tx *, struct str like, int64_t after, int limit);
bool account_row(struct rows *, struct account *ret_account);
struct grant_item { int64_t id, area, org; enum role role; struct str area_name, org_name; ms from, to; };   /* to 0: open */
struct rows grant_list(struct tx *, int64_t account);                            /* in force now or later */
bool grant_row(struct rows *, struct grant_item *ret_grant);
struct session_item { int64_t id; ms made_at, seen_at; struct str agent, address; };
struct rows session_list(struct tx *, int64_t account);
bool session_row(struct rows *, struct session_item *ret_session);
struct token_item { int64_t id, account; struct str name; ms made_at; };
struct rows token_list(struct tx *, int64_t account);                            /* 0: all */
bool token_row(struct rows *, struct token_item *ret_token);
void token_end(struct tx *, const struct who *, int64_t token);
struct audit_item { int64_t id, account, noun_id; ms at; struct str login, verb, noun, note; };
struct rows audit_list(struct tx *, int64_t before, int limit);                  /* newest first; before 0: from the end */
bool audit_row(struct rows *, struct audit_item *ret_item);

bool setup_token_take(struct tx *, struct str clear);                            /* marks it used, or GONE; while no account */

/* TOTP (RFC 6238: SHA-1, 6 digits, 30 s, one step of tolerance to each side). A step works once per account. */
void otp_offer(struct tx *, const struct who *, struct str secret);              /* 20 random bytes, made in prepare */
void otp_confirm(struct tx *, const struct who *, struct str code);              /* the first code switches it on */
void otp_remove(struct tx *, const struct who *, int64_t account);               /* after the caller asked the password */
bool otp_step(struct tx *, int64_t account, struct str code, int64_t *ret_step); /* a fitting, unused step */
bool otp_use(struct tx *, int64_t account, int64_t step);                        /* false: somebody used it meanwhile */
struct str otp_text(struct arena *, struct str secret);                          /* base32, as people type it */
struct str otp_uri(struct arena *, struct str issuer, struct str login, struct str secret);

#endif
