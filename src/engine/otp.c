/* otp.c -- time-based one-time codes (RFC 6238 over RFC 4226, through liboath); see account.h. otp_last is the newest step
 * that was used, -1 while the secret is offered but not yet confirmed: a code can be used once, by whoever comes first. */
#include "engine/account.h"
#include "engine/keys.h"

#include <liboath/oath.h>

SQL(select_secret, "select otp_sealed, otp_last from account where id = $1 and otp_sealed is not null");
SQL(update_secret, "update account set otp_sealed = $1, otp_last = -1 where id = $2 and (otp_sealed is null or otp_last < 0)");
SQL(update_last, "update account set otp_last = $1 where id = $2 and otp_sealed is not null and otp_last < $1");
SQL(delete_secret, "update account set otp_sealed = null, otp_last = 0 where id = $1 and otp_sealed is not null");

enum { STEP_S = 30, DIGITS = 6 };

static struct str context_of(struct tx *tx, int64_t account)
{
    return arena_format(tx->arena, "account:%lld:otp", (long long)account);
}

static bool step_fits(struct str secret, int64_t step, struct str code)
{
    char made[DIGITS + 1];
    return oath_hotp_generate(secret.p, secret.n, (uint64_t)step, DIGITS, false, OATH_HOTP_DYNAMIC_TRUNCATION, made) == OATH_OK &&
           bytes_equal(made, code.p, DIGITS);
}

bool otp_step(struct tx *tx, int64_t account, struct str code, int64_t *ret_step)
{
    struct blob sealed = { S("") };
    struct str secret;
    int64_t last = 0, now = tx->now / SECONDS(STEP_S);
    code = str_trim(code);
    if (code.n != DIGITS || !db_one(tx, select_secret, IN(account), OUT(&sealed, &last)))
        return false;
    if (!keys_open_sealed(engine_of(tx)->keys, tx->arena, KEY_OTP, context_of(tx, account), sealed.bytes, &secret))
        return false;
    for (int64_t step = now - 1; step <= now + 1; step++) {
        if (step <= last || !step_fits(secret, step, code))
            continue;
        *ret_step = step;
        return true;
    }
    return false;
}

bool otp_use(struct tx *tx, int64_t account, int64_t step)
{
    return db_run(tx, update_last, IN(step, account)) == 1;
}

void otp_offer(struct tx *tx, const struct who *who, struct str secret)
{
    struct str sealed = keys_seal(engine_of(tx)->keys, tx->arena, KEY_OTP, context_of(tx, who->account), secret);
    if (db_run(tx, update_secret, IN((struct blob){ sealed }, who->account)) != 1)
        tx_refuse(tx, ERR_EXISTS, "动态口令已经启用；要更换请先停用", "One-time codes are on already; switch them off first");
}

void otp_confirm(struct tx *tx, const struct who *who, struct str code)
{
    struct account account = { 0 };
    int64_t step = 0;
    if (!account_get(tx, who->account, &account))
        return;
    if (account.has_otp)
        tx_refuse(tx, ERR_EXISTS, "动态口令已经启用", "One-time codes are on already");
    else if (!otp_step(tx, who->account, code, &step) || !otp_use(tx, who->account, step))
        fault_field(&tx->fault, (struct bad_field){ .field = S("code"), .bad = BAD_RULE, .label = L("动态口令", "One-time code"),
            .rule = L("动态口令不对，请核对手机时间后重试", "The code does not fit; check the phone's clock and try again") });
    audit(tx, who, "otp_on", "account", who->account, S(""));
}

void otp_remove(struct tx *tx, const struct who *who, int64_t account)
{
    if (account != who->account && !who_has(who, R(ADMIN)))
        tx_refuse(tx, ERR_DENIED, 0);
    if (db_run(tx, delete_secret, IN(account)) == 1)
        audit(tx, who, "otp_off", "account", account, S(""));
}

struct str otp_text(struct arena *a, struct str secret)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";    /* RFC 4648 */
    struct buf out = buf_in(a);
    uint32_t bits = 0;
    int held = 0;
    for (size_t i = 0; i < secret.n; i++) {
        bits = bits << 8 | (unsigned char)secret.p[i];
        held += 8;
        for (; held >= 5; held -= 5)
            buf_char(&out, alphabet[bits >> (held - 5) & 31]);
    }
    if (held > 0)
        buf_char(&out, alphabet[bits << (5 - held) & 31]);
    return buf_str(&out);
}

static void put_percent(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.')
            buf_char(out, (char)c);
        else
            buf_format(out, "%%%02X", c);
    }
}

struct str otp_uri(struct arena *a, struct str issuer, struct str login, struct str secret)
{
    struct buf out = buf_in(a);
    buf_put(&out, S("otpauth://totp/"));
    put_percent(&out, issuer);
    buf_put(&out, S(":"));
    put_percent(&out, login);
    buf_put(&out, S("?secret="));
    buf_put(&out, otp_text(a, secret));
    buf_put(&out, S("&issuer="));
    put_percent(&out, issuer);
    return buf_str(&out);
}
