/* gate.c -- what stands before every route: how often, who, with which right, from which page, and with what content.
 *
 * Cross-site requests (CSRF): only what a cookie authenticates can be forged. A write by cookie must come from a page of
 * ours: the header X-Wuxing, which another site cannot set without asking us first, and an Origin that is our own. A
 * client that is no browser sends neither Origin, Referer nor Sec-Fetch-Site and needs no header (OWASP: CSRF). */
#include "http/http.h"

#include "engine/rule.h"

enum { BURST = 60, PER_MINUTE = 60, IDEM_KEY_BYTES_MAX = 200 };

/* --- who ---------------------------------------------------------------------------------------------------------------- */

bool work_who(struct work *w)
{
    char kind = w->bearer.n ? 't' : 's';
    struct str secret = w->bearer.n ? w->bearer : w->cookie;
    if (secret.n == 0 || secret.n > 200)
        return false;
    struct str key = who_cache_key(&w->arena, secret, kind);
    if (who_cache_get(w->api->whos, &w->arena, key, &w->who))
        return true;
    uint64_t generation = who_cache_generation(w->api->whos);
    struct tx *read = work_read(w);
    struct who found = { 0 };
    bool known = kind == 't' ? token_who(read, secret, &found) : session_who(read, secret, &found);
    if (tx_failed(read) && read->fault.code != ERR_NO_SESSION)
        w->fault = read->fault;
    fault_clear(&read->fault);
    if (!known)
        return false;
    w->who = found;
    who_cache_put(w->api->whos, key, &found, generation);
    return true;
}

static void find_who(struct work *w)
{
    bool is_public = w->route->who == R_PUBLIC;
    if (w->given) {
        w->who = *w->given;
    } else if (!is_public && !work_who(w)) {
        fault_set(&w->fault, ERR_NO_SESSION, 0);
        return;
    }
    if (!w->who.channel)
        w->who.channel = w->bearer.n ? "api" : "web";
    if (is_public)
        return;
    if (!who_has(&w->who, w->route->who))
        fault_set(&w->fault, ERR_DENIED, 0);
    if (w->who.must_change && !(w->route->flags & ROUTE_FIRST_PASSWORD))
        fault_set(&w->fault, ERR_MUST_CHANGE, 0);
}

/* --- from where --------------------------------------------------------------------------------------------------------- */

static bool own_origin(struct str origin, struct str host)
{
    size_t at = str_find(origin, S("://"));
    return at < origin.n && host.n && str_eq(str_from(origin, at + 3), host);
}

static void check_origin(struct work *w)
{
    bool from_browser = w->origin.n || w->referer.n || w->fetch_site.n;
    if (w->method == GET || (w->route->flags & ROUTE_NO_CSRF) || w->bearer.n || w->given || !from_browser)
        return;
    if (w->origin.n && !own_origin(w->origin, w->r.host))
        fault_set(&w->fault, ERR_CSRF, 0);
    else if (w->cookie.n && w->route->who != R_PUBLIC && !str_is(w->own_header, "1"))
        fault_set(&w->fault, ERR_CSRF, "请求缺少 X-Wuxing 头，请刷新页面后再试", "The X-Wuxing header is missing; reload the page");
}

/* --- how often ---------------------------------------------------------------------------------------------------------- */

static void check_rate(struct work *w)
{
    if (!(w->route->flags & ROUTE_SLOW_DOWN) || w->r.address.n == 0)
        return;
    struct tx probe = { .env = w->api->engine };
    const struct rule_set *set = rule_set(rules_of(&probe), "security");
    const struct rule_entry *entry = set ? rule_entry(set, S("slow_down")) : NULL;
    int64_t burst = entry ? rule_int(entry, "burst", BURST) : BURST;
    int64_t per_minute = entry ? rule_int(entry, "per_minute", PER_MINUTE) : PER_MINUTE;
    struct str key = arena_format(&w->arena, STR_FMT " %p", STR_ARG(w->r.address), (const void *)w->route);
    if (!limiter_take(w->api->limiter, key, burst, per_minute))
        fault_set(&w->fault, ERR_TOO_MANY, 0);
}

void work_gate(struct work *w)
{
    check_rate(w);
    if (w->fault.code == ERR_OK)
        find_who(w);
    if (w->fault.code == ERR_OK)
        check_origin(w);
}

/* --- with what ---------------------------------------------------------------------------------------------------------- */

static void read_uploads(struct work *w, struct tx *tx)
{
    struct upload *uploads = arena_array(&w->arena, struct upload, UPLOADS_MAX);
    int count = 0;
    if (str_starts(w->content_type, S("multipart/form-data"))) {
        multipart_read(&w->arena, w->body, w->content_type, uploads, &count, &tx->fault);
    } else if (w->body.n) {
        struct str name;
        if (!percent_decode(&w->arena, w->file_name, false, &name) || !str_utf8_ok(name))
            name = S("");
        uploads[count++] = (struct upload){ name, w->content_type, w->body };
    }
    if (count == 0)
        tx_refuse(tx, ERR_MALFORMED, "没有收到文件", "No file was received");
    w->r.uploads = uploads;
    w->r.upload_count = count;
}

static void read_body(struct work *w, struct tx *tx)
{
    const struct route *route = w->route;
    if (w->over) {
        tx_refuse(tx, ERR_TOO_LARGE);
        return;
    }
    w->r.body = w->body;
    if (route->flags & ROUTE_UPLOAD)
        read_uploads(w, tx);
    else if (str_starts(w->content_type, S("multipart/")) && !(route->flags & ROUTE_RAW) && w->body.n)
        tx_refuse(tx, ERR_MEDIA_TYPE);
    else if (!(route->flags & ROUTE_RAW))
        w->r.form = form_body(tx, w->body, w->content_type, route->form, route->form_size);
}

static void read_key(struct work *w, struct tx *tx)
{
    struct str key = w->r.idempotency_key;
    bool secret = (w->route->flags & (ROUTE_CHANGES_WHO | ROUTE_SECRET_ANSWER)) != 0;
    w->keyed = key.n > 0 && w->method != GET && w->route->apply && !secret;
    if (key.n > IDEM_KEY_BYTES_MAX || !str_utf8_ok(key))
        tx_refuse(tx, ERR_MALFORMED, "Idempotency-Key 太长或编码不对", "The Idempotency-Key is too long or wrongly encoded");
    if (!w->keyed)
        return;
    struct buf b = buf_in(&w->arena);
    buf_format(&b, "%d ", w->method);
    buf_put(&b, w->path);
    buf_char(&b, '?');
    buf_put(&b, w->query);
    uint8_t parts[64];
    sha256(buf_str(&b), parts);
    sha256(w->body, parts + 32);
    sha256((struct str){ (const char *)parts, sizeof parts }, w->digest);
}

void work_decode(struct work *w)
{
    const struct route *route = w->route;
    /* No snapshot yet: decoding needs the arena and the rules only. */
    struct tx probe = { .arena = &w->arena, .env = w->api->engine,
            .now = w->api->engine->clock->now(w->api->engine->clock) };
    w->r.query = arena_alloc(&w->arena,
        route->query_size > sizeof(struct has) ? route->query_size : sizeof(struct has));
    if (w->query.n || route->query)
        form_pairs(w->query, route->query, w->r.query, true, &w->arena, &probe.fault);
    if (w->method == GET)
        w->r.form = arena_alloc(&w->arena,
            route->form_size > sizeof(struct has) ? route->form_size : sizeof(struct has));
    else if (!tx_failed(&probe))
        read_body(w, &probe);
    if (!tx_failed(&probe))
        read_key(w, &probe);
    if (tx_failed(&probe))
        w->fault = probe.fault;
}
