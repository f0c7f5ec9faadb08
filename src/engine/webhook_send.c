/* webhook_send.c -- from the feed to deliveries, and from deliveries to other systems; see webhook.h. The network is never
 * touched inside a transaction: what is due is read, posted, and the outcome written. A lost outcome means one more post
 * with the same webhook-id, which receivers are told to ignore. */
#include "engine/account.h"
#include "engine/keys.h"
#include "engine/matter_view.h"
#include "engine/outbox.h"
#include "engine/webhook_own.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

SQL(any_active, "select id from webhook where state = 'active' limit 1");
SQL(any_due, "select id from delivery where state = 'waiting' and next_at <= $1 limit 1");
SQL(cursor_seq, "select seq from cursor_of where name = 'webhook'");
SQL(set_cursor, "update cursor_of set seq = $1 where name = 'webhook'");
SQL(select_active, "select " WEBHOOK_COLUMNS " from webhook where state = 'active' order by id");
SQL(insert_delivery, "insert into delivery(id, webhook, seq, state, tries, next_at) values ($1, $2, $3, 'waiting', 0, $4)");
SQL(select_due, "select d.id, d.webhook, d.seq, d.tries, w.url, w.secret_sealed from delivery d join webhook w on w.id = d.webhook"
    " where d.state = 'waiting' and d.next_at <= $1 and w.state = 'active' and w.kind = 'events' order by d.next_at, d.id limit $2");
SQL(set_outcome, "update delivery set state = $1, tries = tries + 1, next_at = $2, status = $3, note = $4, done_at = $5"
    " where id = $6 and state = 'waiting'");
SQL(set_failures, "update webhook set failures = case when $1 = 1 then 0 else failures + 1 end where id = $2");
SQL(set_gone, "update webhook set state = 'gone' where id = $1");
SQL(office_name, "select name from office limit 1");

enum { EVENTS_PER_TURN = 200, POSTS_PER_TURN = 8, WEBHOOKS_MAX = 50, PAUSE_MS = 500 };
static const ms again_after[] = { SECONDS(5), MINUTES(5), MINUTES(30), HOURS(2), HOURS(5), HOURS(10),
        HOURS(14), HOURS(20), HOURS(24) };

bool webhook_write(struct engine *e, struct arena *arena, void (*apply)(struct tx *, void *), void *arg)
{
    struct write w = { .apply = apply, .arg = arg, .arena = arena, .lane = LANE_BULK };
    store_write(e->store, &w);
    return w.fault.code == ERR_OK;
}

/* --- new events ------------------------------------------------------------------------------------------------------------ */

static bool fits(struct str events, const struct event *e)
{
    struct str one;
    while (str_cut(&events, ',', &one)) {
        one = str_trim(one);
        size_t dot = str_find(one, S("."));
        struct str kind = str_head(one, dot), verb = str_from(one, dot + 1);
        bool right_kind = str_is(kind, "*") || str_eq(kind, e->kind);
        if (right_kind && (dot == one.n || str_is(verb, "*") || str_eq(verb, e->verb)))
            return true;
    }
    return false;
}

static ms leaves_at(const struct webhook *w, const struct event *e, ms now)
{
    return str_is(w->kind, "events") ? now : notice_when(&w->notice, e->urgency, e->at, now);
}

struct spread { bool did; };

static void spread(struct tx *tx, void *arg)
{
    struct spread *out = arg;
    struct webhook hooks[WEBHOOKS_MAX];
    struct who who[WEBHOOKS_MAX];
    struct event *events = arena_array(tx->arena, struct event, EVENTS_PER_TURN);
    int64_t seq = 0;
    int count = 0, event_count = 0;
    out->did = false;
    if (!db_one(tx, cursor_seq, IN(), OUT(&seq)))
        return;
    struct rows rows = db_get(tx, select_active, IN());
    while (count < WEBHOOKS_MAX && webhook_row(&rows, &hooks[count]))
        count++;
    rows_end(&rows);
    rows = outbox_after(tx, seq, EVENTS_PER_TURN);
    while (event_count < EVENTS_PER_TURN && outbox_row(&rows, &events[event_count]))
        event_count++;
    rows_end(&rows);
    for (int h = 0; h < count; h++)
        if (!account_who(tx, hooks[h].account, &who[h]))
            who[h] = (struct who){ 0 };
    for (int i = 0; i < event_count; i++)
        for (int h = 0; h < count; h++)
            if (fits(hooks[h].events, &events[i]) && (str_is(hooks[h].kind, "events") || !events[i].silent) && event_visible(&who[h], &events[i]))
                db_run(tx, insert_delivery, IN(db_id(tx, "delivery"), hooks[h].id, events[i].seq, leaves_at(&hooks[h], &events[i], tx->now)));
    if (event_count)
        db_run(tx, set_cursor, IN(events[event_count - 1].seq));
    out->did = event_count > 0;
}

/* --- posting ---------------------------------------------------------------------------------------------------------------- */

struct post {
    int64_t id, webhook, seq, tries;
    struct str url, secret, body;
    long status;
    const char *trouble;
};

static bool is_private(const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET) {
        uint32_t a = ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr);
        return a >> 24 == 0 || a >> 24 == 10 || a >> 24 == 127 || a >> 20 == (172 << 4 | 1) ||
                a >> 16 == (192 << 8 | 168) ||
               a >> 16 == (169 << 8 | 254) || a >> 22 == (100 << 2 | 1) || a >> 28 >= 14;
    }
    if (sa->sa_family != AF_INET6)
        return true;
    const struct in6_addr *a = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(a)) {
        struct sockaddr_in four = { .sin_family = AF_INET };
        memcpy(&four.sin_addr, a->s6_addr + 12, 4);
        return is_private((const struct sockaddr *)&four);
    }
    return IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_LINKLOCAL(a) ||
            IN6_IS_ADDR_MULTICAST(a) ||
           (a->s6_addr[0] & 0xfe) == 0xfc;
}

/* Asked for each address after the name was resolved: a name that points inside gets no further than this. */
static curl_socket_t open_public(void *allow, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    if (!*(const bool *)allow && is_private(&address->addr))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void *webhook_curl(const char *url, const bool *allow_private)
{
    CURL *curl = curl_easy_init();
    if (!curl)
        abort();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "Wuxing/" WUXING_VERSION);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)WEBHOOK_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_public);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, allow_private);
    return curl;
}

static size_t forget(char *p, size_t size, size_t n, void *arg)
{
    (void)p;
    (void)arg;
    return size * n;
}

static struct curl_slist *add_header(struct curl_slist *list, struct arena *arena, const char *name, struct str value)
{
    return curl_slist_append(list, arena_format(arena, "%s: " STR_FMT, name, STR_ARG(value)).p);
}

static void post_one(struct arena *arena, struct post *p, const struct webhook_config *config, ms now)
{
    struct str id = arena_format(arena, "msg_%lld", (long long)p->id), signature;
    bool allow = config->allow_private;
    if (p->body.n == 0 || !webhook_sign(arena, p->secret, id, now / 1000, p->body, &signature)) {
        p->trouble = "the event or the secret is gone";
        return;
    }
    CURL *curl = webhook_curl(arena_z(arena, p->url), &allow);
    struct curl_slist *headers = add_header(NULL, arena, "Content-Type",
            S("application/cloudevents+json; charset=utf-8"));
    headers = add_header(headers, arena, "webhook-id", id);
    headers = add_header(headers, arena, "webhook-timestamp", arena_format(arena, "%lld", (long long)(now / 1000)));
    headers = add_header(headers, arena, "webhook-signature", signature);
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, p->body.p);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)p->body.n);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, forget);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &p->status);
    p->trouble = code == CURLE_OK ? NULL : curl_easy_strerror(code);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
}

static struct str event_body(struct tx *tx, int64_t seq)
{
    struct event e;
    struct str office = { 0 };
    struct rows rows = outbox_after(tx, seq - 1, 1);
    bool found = outbox_row(&rows, &e) && e.seq == seq;
    rows_end(&rows);
    if (!found)
        return (struct str){ 0 };
    db_one(tx, office_name, IN(), OUT(&office));
    struct json j = json_in(tx->arena);
    json_obj(&j);
    json_key_str(&j, "specversion", S("1.0"));
    json_key_str(&j, "id", arena_format(tx->arena, "%lld", (long long)e.seq));
    json_key_str(&j, "source", S("urn:wuxing:office"));
    json_key_str(&j, "type", arena_format(tx->arena, "cn.wuxing." STR_FMT "." STR_FMT, STR_ARG(e.kind),
        STR_ARG(e.verb)));
    json_key_str(&j, "subject", arena_format(tx->arena, "matters/%lld", (long long)e.matter));
    json_key_time(&j, "time", e.at);
    json_key_str(&j, "datacontenttype", S("application/json"));
    json_key_str(&j, "office", office);
    json_key(&j, "data");
    event_show(&j, &e, event_opened(tx, &e), ZH, engine_of(tx));
    json_end(&j);
    return json_done(&j);
}

static int read_due(struct engine *e, struct arena *arena, struct post *posts)
{
    struct tx *tx = read_begin(e->store, arena);
    struct blob sealed[POSTS_PER_TURN];
    int count = 0;
    struct rows rows = db_get(tx, select_due, IN(tx->now, POSTS_PER_TURN));
    while (count < POSTS_PER_TURN && db_row(&rows, OUT(&posts[count].id, &posts[count].webhook,
            &posts[count].seq, &posts[count].tries,
                                                       &posts[count].url, &sealed[count])))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        struct str context = arena_format(arena, "webhook:%lld", (long long)posts[i].webhook);
        if (!keys_open_sealed(e->keys, arena, KEY_WEBHOOK, context, sealed[i].bytes, &posts[i].secret))
            posts[i].secret = (struct str){ 0 };
        posts[i].body = event_body(tx, posts[i].seq);
    }
    if (tx_failed(tx))
        count = 0;
    read_end(tx);
    return count;
}

struct outcome { const struct post *posts; int count; };

void webhook_note_try(struct tx *tx, const struct webhook_try *t)
{
    bool ok = !t->trouble && t->status >= 200 && t->status < 300, dead = !ok && t->tries + 1 > (int64_t)COUNT(again_after);
    struct str note = t->trouble ? str_of(t->trouble) : arena_format(tx->arena, "HTTP %ld", t->status);
    ms next = ok || dead ? tx->now : tx->now + again_after[t->tries];
    dead = dead || t->status == 410;
    db_run(tx, set_outcome, IN(ok ? "done" : dead ? "dead" : "waiting", next, (int64_t)t->status, note,
        REF0(ok || dead ? tx->now : 0), t->delivery));
    db_run(tx, set_failures, IN(ok ? 1 : 0, t->webhook));
    if (t->status == 410)
        db_run(tx, set_gone, IN(t->webhook));
}

static void write_outcome(struct tx *tx, void *arg)
{
    const struct outcome *o = arg;
    for (int i = 0; i < o->count; i++) {
        const struct post *p = &o->posts[i];
        webhook_note_try(tx, &(struct webhook_try){ p->id, p->webhook, p->tries, p->status, p->trouble });
    }
}

static bool send_due(struct engine *e, const struct webhook_config *config)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct post posts[POSTS_PER_TURN] = { 0 };
    int count = read_due(e, &arena, posts);
    for (int i = 0; i < count; i++)
        post_one(&arena, &posts[i], config, e->clock->now(e->clock));
    struct outcome o = { posts, count };
    if (count)
        webhook_write(e, &arena, write_outcome, &o);
    return count > 0;
}

static bool is_wanted(struct engine *e, bool *ret_private)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    int64_t id = 0, seq = 0;
    struct tx *tx = read_begin(e->store, &arena);
    bool wanted = db_one(tx, any_active, IN(), OUT(&id)) && db_one(tx, cursor_seq, IN(), OUT(&seq)) &&
                  (outbox_last(tx) > seq || db_one(tx, any_due, IN(tx->now), OUT(&id)));
    *ret_private = security_rule(tx, "webhook", "allow_private", 0) != 0;
    read_end(tx);
    return wanted;
}

bool webhook_turn(struct engine *e, const struct webhook_config *config)
{
    bool allow = false;
    if (!is_wanted(e, &allow))
        return false;
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct spread s = { 0 };
    struct webhook_config own = { config->allow_private || allow };
    webhook_write(e, &arena, spread, &s);
    bool sent = send_due(e, &own), told = webhook_send_notices(e, own.allow_private);
    return s.did || sent || told;
}

/* --- the thread -------------------------------------------------------------------------------------------------------------- */

struct webhooks {
    struct engine *engine;
    pthread_t thread;
    _Atomic bool stop;
};

static void *run(void *arg)
{
    struct webhooks *w = arg;
    const struct webhook_config config = { 0 };
    const struct timespec pause = { 0, PAUSE_MS * 1000000L };
    pthread_setname_np(pthread_self(), "webhooks");
    while (!atomic_load(&w->stop))
        if (!webhook_turn(w->engine, &config))
            nanosleep(&pause, NULL);
    return NULL;
}

struct webhooks *webhooks_start(struct engine *engine)
{
    struct webhooks *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    w->engine = engine;
    if (pthread_create(&w->thread, NULL, run, w) != 0)
        abort();
    return w;
}

void webhooks_stop(struct webhooks *w)
{
    if (!w)
        return;
    atomic_store(&w->stop, true);
    pthread_join(w->thread, NULL);
    free(w);
}
