/* webhook.c -- the rows of webhooks and deliveries, and the signature; posting is webhook_send.c. */
#include "engine/webhook.h"

#include "engine/account.h"
#include "engine/keys.h"
#include "engine/outbox.h"

#include <sodium.h>

SQL(insert_webhook, "insert into webhook(id, url, events, secret_sealed, state, made_at, account, failures)"
    " values ($1, $2, $3, $4, 'active', $5, $6, 0)");
SQL(insert_notice, "insert into webhook(id, url, events, secret_sealed, state, made_at, account, failures, kind, name, quiet_from, quiet_to,"
    " merge_s) values ($1, $2, $3, $4, 'active', $5, $6, 0, $7, $8, $9, $10, $11)");
SQL(insert_trial, "insert into delivery(id, webhook, seq, state, tries, next_at) values ($1, $2, 0, 'waiting', 0, $3)");
SQL(select_kind, "select kind, account from webhook where id = $1");
SQL(select_webhooks, "select " WEBHOOK_COLUMNS " from webhook where cast($1 as bigint) = 0 or account = $2 order by id");
SQL(select_owner, "select account from webhook where id = $1");
SQL(delete_deliveries, "delete from delivery where webhook = $1");
SQL(delete_webhook, "delete from webhook where id = $1");
SQL(count_webhooks, "select count(*) from webhook");
SQL(select_deliveries, "select id, webhook, seq, state, tries, next_at, status, note, done_at from delivery"
    " where webhook = $1 and id < $2 order by id desc limit $3");
SQL(select_delivery_owner, "select w.account from delivery d join webhook w on w.id = d.webhook where d.id = $1");
SQL(replay, "update delivery set state = 'waiting', tries = 0, next_at = $1, done_at = null where id = $2");
SQL(select_cursor, "select seq from cursor_of where name = 'webhook'");
SQL(insert_cursor, "insert into cursor_of(name, seq) values ('webhook', $1)");
SQL(move_cursor, "update cursor_of set seq = $1 where name = 'webhook'");

enum { WEBHOOKS_MAX = 50, SECRET_BYTES_MAX = 64, SECRET_BYTES_MIN = 24, SECRET_BYTES = 32 };

static bool may_manage(struct tx *tx, const struct who *who, int64_t account)
{
    if (account == who->account || who_has(who, R(ADMIN)))
        return true;
    tx_refuse(tx, ERR_NOT_FOUND, 0);
    return false;
}

static void refuse(struct tx *tx, const char *field, struct label label, struct label rule)
{
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_RULE, .label = label,
        .rule = rule });
}

static bool url_ok(struct str url)
{
    bool plain = str_starts(url, S("http://")), secure = str_starts(url, S("https://"));
    struct str rest = str_from(url, secure ? 8 : 7), host = str_head(rest, str_find(rest, S("/")));
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= 0x20 || (unsigned char)url.p[i] >= 0x7f)
            return false;
    return (plain || secure) && host.n && !str_has(host, S("@"));
}

static bool events_ok(struct str events)
{
    struct str one;
    while (str_cut(&events, ',', &one)) {
        one = str_trim(one);
        if (one.n == 0)
            return false;
        for (size_t i = 0; i < one.n; i++) {
            char c = one.p[i];
            bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '*';
            if (!plain)
                return false;
        }
    }
    return true;
}

/* The first webhook begins at the end of the feed: nobody is told the past. */
static void begin_cursor(struct tx *tx)
{
    int64_t count = 0, seq = 0, last = outbox_last(tx);
    db_one(tx, count_webhooks, IN(), OUT(&count));
    if (!db_one(tx, select_cursor, IN(), OUT(&seq)))
        db_run(tx, insert_cursor, IN(last));
    else if (count == 0)
        db_run(tx, move_cursor, IN(last));
    if (count >= WEBHOOKS_MAX)
        tx_refuse(tx, ERR_TOO_MANY, "推送地址太多，请先删除不用的", "Too many webhooks; delete unused ones first");
}

int64_t webhook_add(struct tx *tx, const struct who *who, struct str url, struct str events, struct str secret)
{
    if (!url_ok(url))
        refuse(tx, "url", (struct label)L("推送地址", "URL"), (struct label)L("应为 http 或 https 地址",
            "must be an http or https URL"));
    if (!events_ok(events))
        refuse(tx, "events", (struct label)L("事件", "Events"), (struct label)L("应为 report.accept、report.* 或 *",
            "must be like report.accept, report.* or *"));
    if (!webhook_secret_ok(secret))
        refuse(tx, "secret", (struct label)L("密钥", "Secret"), (struct label)L("应为 whsec_ 加 24 至 64 字节的 base64",
            "must be whsec_ and base64 of 24 to 64 bytes"));
    begin_cursor(tx);
    if (tx_failed(tx))
        return 0;
    int64_t id = db_id(tx, "webhook");
    struct str context = arena_format(tx->arena, "webhook:%lld", (long long)id);
    struct blob sealed = { keys_seal(engine_of(tx)->keys, tx->arena, KEY_WEBHOOK, context, secret) };
    db_run(tx, insert_webhook, IN(id, url, events, sealed, tx->now, REF0(who->account)));
    audit(tx, who, "add", "webhook", id, url);
    return id;
}

int64_t webhook_add_notice(struct tx *tx, const struct who *who, struct str kind, struct str name, struct str events,
                           struct notice_settings *s)
{
    if (!events_ok(events))
        refuse(tx, "events", (struct label)L("事件", "Events"), (struct label)L("应为 report.accept、report.* 或 *",
            "must be like report.accept, report.* or *"));
    notice_check(tx, kind, s);
    begin_cursor(tx);
    if (tx_failed(tx))
        return 0;
    int64_t id = db_id(tx, "webhook");
    struct str context = arena_format(tx->arena, "webhook:%lld", (long long)id), host = notice_host(tx->arena, s->url);
    struct blob sealed = { keys_seal(engine_of(tx)->keys, tx->arena, KEY_WEBHOOK, context, notice_seal_text(tx->arena, s)) };
    db_run(tx, insert_notice, IN(id, host, events, sealed, tx->now, REF0(who->account), kind, name, s->quiet_from, s->quiet_to,
                                 s->merge_s));
    audit(tx, who, "add", "webhook", id, host);
    return id;
}

void webhook_try_out(struct tx *tx, const struct who *who, int64_t id)
{
    int64_t account = 0;
    struct str kind = { 0 };
    if (!db_one(tx, select_kind, IN(id), OUT(&kind, &account)))
        tx_refuse(tx, ERR_NOT_FOUND, 0);
    else if (may_manage(tx, who, account) && str_is(kind, "events"))
        tx_refuse(tx, ERR_STATE, "试发只用于通知渠道", "Only a channel for notices is tried out");
    else
        db_run(tx, insert_trial, IN(db_id(tx, "delivery"), id, tx->now));
}

void webhook_remove(struct tx *tx, const struct who *who, int64_t id)
{
    int64_t account = 0;
    if (!db_one(tx, select_owner, IN(id), OUT(&account))) {
        tx_refuse(tx, ERR_NOT_FOUND, 0);
        return;
    }
    if (!may_manage(tx, who, account))
        return;
    db_run(tx, delete_deliveries, IN(id));
    db_run(tx, delete_webhook, IN(id));
    audit(tx, who, "delete", "webhook", id, S(""));
}

struct rows webhook_list(struct tx *tx, int64_t account)
{
    return db_get(tx, select_webhooks, IN(account, account));
}

bool webhook_row(struct rows *rows, struct webhook *w)
{
    return db_row(rows, OUT(&w->id, &w->url, &w->events, &w->state, &w->made_at, &w->account, &w->failures, &w->kind, &w->name,
                            &w->notice.quiet_from, &w->notice.quiet_to, &w->notice.merge_s));
}

struct rows delivery_list(struct tx *tx, int64_t webhook, int64_t before, int limit)
{
    return db_get(tx, select_deliveries, IN(webhook, before ? before : INT64_C(1) << 53, limit));
}

bool delivery_row(struct rows *rows, struct delivery *d)
{
    return db_row(rows, OUT(&d->id, &d->webhook, &d->seq, &d->state, &d->tries, &d->next_at, &d->status,
            &d->note, &d->done_at));
}

void delivery_replay(struct tx *tx, const struct who *who, int64_t id)
{
    int64_t account = 0;
    if (!db_one(tx, select_delivery_owner, IN(id), OUT(&account)))
        tx_refuse(tx, ERR_NOT_FOUND, 0);
    else if (may_manage(tx, who, account))
        db_run(tx, replay, IN(tx->now, id));
}

/* --- signature ------------------------------------------------------------------------------------------------------------- */

static bool secret_bytes(struct str secret, uint8_t out[SECRET_BYTES_MAX], size_t *ret_n)
{
    struct str text = str_from(secret, 6);
    const char *end = NULL;
    if (!str_starts(secret, S("whsec_")) ||
        sodium_base642bin(out, SECRET_BYTES_MAX, text.p, text.n, NULL, ret_n, &end,
            sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    return end == text.p + text.n && *ret_n >= SECRET_BYTES_MIN;
}

bool webhook_secret_ok(struct str secret)
{
    uint8_t bytes[SECRET_BYTES_MAX];
    size_t n = 0;
    return secret_bytes(secret, bytes, &n);
}

struct str webhook_secret(struct arena *arena)
{
    uint8_t bytes[SECRET_BYTES];
    char text[sodium_base64_ENCODED_LEN(SECRET_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    random_bytes(bytes, sizeof bytes);
    sodium_bin2base64(text, sizeof text, bytes, sizeof bytes, sodium_base64_VARIANT_ORIGINAL);
    return arena_join(arena, S("whsec_"), arena_copy(arena, str_of(text)));
}

bool webhook_sign(struct arena *arena, struct str secret, struct str id, int64_t timestamp_s, struct str body,
        struct str *ret)
{
    uint8_t key[SECRET_BYTES_MAX], mac[crypto_auth_hmacsha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(crypto_auth_hmacsha256_BYTES, sodium_base64_VARIANT_ORIGINAL)];
    crypto_auth_hmacsha256_state state;
    size_t n = 0;
    if (!secret_bytes(secret, key, &n))
        return false;
    struct str head = arena_format(arena, STR_FMT ".%lld.", STR_ARG(id), (long long)timestamp_s);
    crypto_auth_hmacsha256_init(&state, key, n);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)head.p, head.n);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)body.p, body.n);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2base64(text, sizeof text, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
    *ret = arena_join(arena, S("v1,"), arena_copy(arena, str_of(text)));
    sodium_memzero(key, sizeof key);
    return true;
}
