/* dispatch.c -- one request's road: route, gate, prepare, apply, show, answer. call.c walks it in one thread.
 *
 * One snapshot serves the log-in, the idempotency key and prepare. With a key, show runs inside the transaction and its
 * answer is kept in it, so that a repeat gets the very same bytes (RELIABILITY R5); without one, show runs on a reader
 * after the commit, because the writer's time is the dearest there is. */
#include "http/http.h"
#include "http/open311_write.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_BODY_BYTES_MAX = 64 << 10 };
static const size_t LARGE_ARENA_BYTES = (size_t)64 << 20;
const int stats_bucket_ms[STATS_BUCKETS - 1] = { 1, 2, 5, 10, 20, 40, 80, 160, 400, 1000, 5000 };

/* --- the table ---------------------------------------------------------------------------------------------------------- */

static int order_routes(const void *a, const void *b)
{
    const struct route *x = *(const struct route *const *)a, *y = *(const struct route *const *)b;
    int order = strcmp(x->path, y->path);
    return order ? order : (int)x->method - (int)y->method;
}

static void add_table(struct api *api, const struct route *table, int *room)
{
    for (const struct route *route = table; route && route->path; route++) {
        if (api->route_count == *room) {
            *room = *room ? *room * 2 : 256;
            api->routes = realloc(api->routes, sizeof(void *) * (size_t)*room);
            if (!api->routes)
                abort();
        }
        api->routes[api->route_count++] = route;
        bool added = tree_add(route->flags & ROUTE_ROOT ? api->root : api->base, str_of(route->path), route);
        assert(added);                       /* two modules claim one address: found by the first test that starts */
    }
}

struct api *api_new(struct engine *engine)
{
    struct api *api = calloc(1, sizeof *api);
    if (!api)
        abort();
    int room = 0;
    jobs_register();
    api->engine = engine;
    arena_init(&api->arena, 0);
    api->base = tree_new(&api->arena);
    api->root = tree_new(&api->arena);
    for (const struct route *const *table = own_routes; *table; table++)
        add_table(api, *table, &room);
    for (const struct module *const *m = engine->modules; m && *m; m++) {
        add_table(api, (*m)->routes, &room);
        for (const struct route *const *table = (*m)->route_tables; table && *table; table++)
            add_table(api, *table, &room);
    }
    qsort(api->routes, (size_t)api->route_count, sizeof(void *), order_routes);
    api->whos = who_cache_new(engine->clock);
    api->limiter = limiter_new(engine->clock);
    api->started_at = engine->clock->now(engine->clock);
    api->webhook.name = "http";
    api->webhook.label = (struct label)L("厂商推送", "Vendor webhook");
    snprintf(api->webhook.where, sizeof api->webhook.where, "/gateway/http/");
    gateway_add(engine, &api->webhook);
    return api;
}

void api_free(struct api *api)
{
    if (!api)
        return;
    gateway_remove(api->engine, &api->webhook);
    who_cache_free(api->whos);
    limiter_free(api->limiter);
    arena_free(&api->arena);
    free(api->routes);
    free(api);
}

int api_routes(const struct api *api, const struct route *const **ret_routes)
{
    *ret_routes = api->routes;
    return api->route_count;
}

/* --- a work's life ------------------------------------------------------------------------------------------------------ */

void work_init(struct work *w, struct api *api)
{
    *w = (struct work){ .api = api };
    arena_init(&w->arena, ARENA_CAP_BYTES);
}

void work_reset(struct work *w)
{
    struct arena arena = w->arena;
    arena_reset(&arena);
    arena.cap_bytes = ARENA_CAP_BYTES;
    *w = (struct work){ .api = w->api, .arena = arena };
}

void work_free(struct work *w)
{
    arena_free(&w->arena);
}

struct work *work_of(struct req *r)
{
    return (struct work *)((char *)r - offsetof(struct work, r));
}

struct tx *work_read(struct work *w)
{
    if (!w->read) {
        w->read = read_begin(w->api->engine->store, &w->arena);
        w->r.tx = w->read;
    }
    return w->read;
}

void work_rest(struct work *w)
{
    if (!w->read)
        return;
    w->sql_count += w->read->sql_count;
    w->rows_scanned += w->read->rows_scanned;
    if (tx_failed(w->read) && w->fault.code == ERR_OK)
        w->fault = w->read->fault;
    read_end(w->read);
    w->read = NULL;
    w->r.tx = NULL;
}

/* --- language ----------------------------------------------------------------------------------------------------------- */

static int weight_of(struct str entry)                       /* "en-GB;q=0.8" -> 800 */
{
    size_t at = str_find(entry, S("q="));
    if (at == entry.n)
        return 1000;
    struct str q = str_trim(str_from(entry, at + 2));
    int weight = q.n && q.p[0] == '1' ? 1000 : 0;
    for (size_t i = 2, unit = 100; i < q.n && unit && weight < 1000; i++, unit /= 10)
        weight += q.p[i] >= '0' && q.p[i] <= '9' ? (q.p[i] - '0') * (int)unit : 0;
    return weight;
}

enum lang lang_of(struct str asked, struct str accept_language)
{
    if (asked.n)
        return str_starts(asked, S("en")) ? EN : ZH;
    int best[2] = { 0, 0 };
    struct str entry;
    while (str_cut(&accept_language, ',', &entry)) {
        entry = str_trim(entry);
        int weight = weight_of(entry);
        int at = str_starts(entry, S("en")) ? EN : str_starts(entry, S("zh")) ? ZH : -1;
        if (at >= 0 && weight > best[at])
            best[at] = weight;
    }
    return best[EN] > best[ZH] ? EN : ZH;
}

/* --- the answer --------------------------------------------------------------------------------------------------------- */

static struct str link_next(struct work *w)
{
    struct buf b = buf_in(&w->arena);
    struct str rest = w->query, pair;
    buf_put(&b, S("</api/v1"));
    buf_put(&b, w->path);
    buf_char(&b, '?');
    while (str_cut(&rest, '&', &pair)) {
        if (pair.n == 0 || str_starts(pair, S("after=")))
            continue;
        buf_put(&b, pair);
        buf_char(&b, '&');
    }
    buf_put(&b, S("after="));
    buf_put(&b, percent_encode(&w->arena, w->r.next));
    buf_put(&b, S(">; rel=\"next\""));
    return buf_str(&b);
}

static void answer_from(struct work *w)
{
    struct req *r = &w->r;
    struct answer *a = &w->answer;
    a->type = r->type;
    a->body = r->type.n ? r->bytes : json_done(&r->out);
    if (!r->type.n && a->body.n)
        a->type = S("application/json");
    a->status = r->status ? r->status : r->location.n ? 201 : a->body.n || r->type.n ? 200 : 204;
    a->location = r->location;
    a->etag = r->etag;
    a->link = r->next.n ? link_next(w) : (struct str){ 0 };
    a->set_cookie = r->set_cookie;
    w->download_name = r->download_name;
    if (w->method == GET && a->status == 200 && r->etag.n && w->if_none_match.n && str_has(w->if_none_match, r->etag)) {
        a->status = 304;
        a->body = (struct str){ 0 };
    }
}

static void answer_fault(struct work *w)
{
    struct answer *a = &w->answer;
    w->arena.over = false;
    w->arena.cap_bytes = 0;
    *a = (struct answer){ .status = err_status(w->fault.code) };
    if (w->route && w->route->flags & ROUTE_OPEN311) {
        open311_fault(w);
    } else {
        a->type = problem_type();
        a->body = problem_json(&w->arena, &w->fault, w->lang);
    }
    if (w->fault.code == ERR_TOO_MANY)
        w->retry_after_s = 30;
    else if (a->status == 503)
        w->retry_after_s = 2;
}

static void conclude(struct work *w)
{
    work_rest(w);
    if (w->arena.over)
        fault_set(&w->fault, ERR_TOO_LARGE, "内容太大，请缩小范围", "The answer is too large; narrow the question");
    if (w->fault.code != ERR_OK)
        answer_fault(w);
    int by_class = w->answer.status / 100;
    atomic_fetch_add_explicit(&w->api->stats.by_class[by_class < 6 ? by_class : 5], 1, memory_order_relaxed);
}

/* --- the stages --------------------------------------------------------------------------------------------------------- */

static void show(struct work *w, struct tx *tx)
{
    w->r.tx = tx;
    w->r.out = json_in(&w->arena);
    if (!tx_failed(tx) && w->route->show)
        w->route->show(&w->r);
    if (!tx_failed(tx) && !w->arena.over)
        answer_from(w);
    else if (!w->read && w->fault.code == ERR_OK && tx_failed(tx) && !tx->writes)
        w->fault = tx->fault;
}

static struct tx *bare_tx(struct work *w)
{
    struct tx *tx = arena_new(&w->arena, struct tx);
    struct engine *engine = w->api->engine;
    *tx = (struct tx){ .arena = &w->arena, .env = engine, .store = engine->store, .now = engine->clock->now(engine->clock) };
    return tx;
}

static void run_apply(struct tx *tx, void *arg)
{
    struct work *w = arg;
    struct req *r = &w->r;
    r->tx = tx;
    r->status = 0;
    r->location = r->etag = r->set_cookie = (struct str){ 0 };
    w->replayed = w->shown = false;
    if (w->keyed && idem_find(tx, &w->who, r->idempotency_key, w->digest, &w->first)) {
        w->replayed = true;
        return;
    }
    if (!tx_failed(tx))
        w->route->apply(r);
    if (tx_failed(tx) || !w->keyed)
        return;
    show(w, tx);
    if (tx_failed(tx) || w->arena.over)
        return;
    bool fits = w->answer.body.n <= KEPT_BODY_BYTES_MAX && !r->type.n;
    idem_put(tx, &w->who, r->idempotency_key, w->digest, &(struct idem_answer){ .status = w->answer.status,
        .location = r->location, .id = r->id, .body = fits ? w->answer.body : (struct str){ 0 } });
    w->shown = true;
}

static void answer_again(struct work *w)
{
    w->answer = (struct answer){ .status = w->first.status, .location = w->first.location, .body = w->first.body,
        .type = w->first.body.n ? S("application/json") : (struct str){ 0 } };
}

static bool seen_before(struct work *w)
{
    if (!w->keyed)
        return false;
    struct tx *read = work_read(w);
    if (!idem_find(read, &w->who, w->r.idempotency_key, w->digest, &w->first))
        return false;
    answer_again(w);
    return true;
}

void work_route(struct work *w)
{
    static const struct str base = { "/api/v1", 7 };
    struct str path = w->path;
    bool based = str_starts(path, base) && (path.n == base.n || path.p[base.n] == '/');
    if (based) {
        w->path = path = str_from(path, base.n);
        tree_find(w->api->base, &w->arena, path, w->method, &w->found);
    } else {
        tree_find(w->api->root, &w->arena, path, w->method, &w->found);
        if (!w->found.route && !w->strict_path)
            tree_find(w->api->base, &w->arena, path, w->method, &w->found);
        w->wants_page = !w->found.route && !w->found.allowed;
    }
    w->route = w->found.route;
    w->lang = lang_of(query_value(&w->arena, w->query, "lang"), w->accept_language);
}

size_t work_body_max(const struct work *w)
{
    return w->route && w->route->flags & ROUTE_UPLOAD ? UPLOAD_BYTES_MAX : FORM_BYTES_MAX;
}

static const char *const method_names[] = { "", "GET", "POST", "PUT", "PATCH", "DELETE" };

static void refuse_unrouted(struct work *w)
{
    if (!w->found.allowed) {
        fault_set(&w->fault, ERR_NOT_FOUND, "没有这个地址", "There is no such address");
        return;
    }
    struct buf b = buf_in(&w->arena);
    for (int m = GET; m < METHODS; m++)
        if (w->found.allowed & 1u << m) {
            buf_put(&b, b.n ? S(", ") : S(""));
            buf_put(&b, str_of(method_names[m]));
        }
    w->allow = buf_str(&b);
    fault_set(&w->fault, ERR_NO_METHOD, 0);
}

static void set_request(struct work *w)
{
    struct req *r = &w->r;
    r->arena = &w->arena;
    r->who = &w->who;
    r->lang = w->lang;
    r->route = w->route;
    r->id = w->found.id;
    memcpy(r->part, w->found.part, sizeof r->part);
    r->lane = LANE_NORMAL;
    r->secure = w->api->secure;
    if (w->route->flags & (ROUTE_LARGE | ROUTE_UPLOAD))
        w->arena.cap_bytes = LARGE_ARENA_BYTES;
}

enum step work_begin(struct work *w)
{
    if (!w->route) {
        if (!(w->wants_page && w->method == GET && static_answer(w)))
            refuse_unrouted(w);
        conclude(w);
        return STEP_ANSWER;
    }
    set_request(w);
    work_gate(w);
    if (w->fault.code == ERR_OK)
        work_decode(w);
    w->who.lang = w->lang;
    if (w->fault.code != ERR_OK || seen_before(w)) {
        conclude(w);
        return STEP_ANSWER;
    }
    if (w->route->prepare)
        work_read(w);
    if (w->route->prepare && !tx_failed(w->read))
        w->route->prepare(&w->r);
    bool writes = w->route->apply && (w->method != GET || w->route->flags & ROUTE_LOGS_READ);
    bool refused = w->fault.code != ERR_OK || (w->read && tx_failed(w->read));
    if (!writes && !refused)
        show(w, w->route->flags & ROUTE_NO_STORE ? bare_tx(w) : work_read(w));
    work_rest(w);
    if (!writes || w->fault.code != ERR_OK) {
        conclude(w);
        return STEP_ANSWER;
    }
    w->write = (struct write){ .apply = run_apply, .arg = w, .arena = &w->arena, .lane = w->r.lane };
    return STEP_WRITE;
}

void work_finish(struct work *w)
{
    w->sql_count += w->write.sql_count;
    if (w->route->flags & ROUTE_CHANGES_WHO)
        who_cache_forget(w->api->whos);
    if (w->write.fault.code != ERR_OK)
        w->fault = w->write.fault;
    else if (w->replayed)
        answer_again(w);
    else if (!w->shown)
        show(w, work_read(w));
    conclude(w);
}
