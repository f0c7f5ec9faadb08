/* routes_ops.c -- alive, ready, measured. /healthz asks nothing of the store, so that a supervisor does not kill a server
 * whose database is away for a moment; /readyz does. No personal data and no names of places in /metrics. */
#include "http/http.h"

#include "engine/gateway.h"

SQL(select_one, "select 1");

static void healthz_show(struct req *r)
{
    json_obj(&r->out);
    json_key_str(&r->out, "status", S("ok"));
    json_end(&r->out);
}

static void readyz_show(struct req *r)
{
    struct store_health health = { 0 };
    int64_t one = 0;
    store_health(r->tx->store, &health);
    db_one(r->tx, select_one, IN(), OUT(&one));
    bool ready = one == 1 && health.writable && !atomic_load(&work_of(r)->api->stopping);
    if (!ready) {
        tx_refuse(r->tx, ERR_UNAVAILABLE);
        return;
    }
    json_obj(&r->out);
    json_key_str(&r->out, "status", S("ready"));
    json_key_str(&r->out, "store", str_of(health.engine));
    json_key_int(&r->out, "waiting", health.waiting);
    json_end(&r->out);
}

/* For a watcher on another machine (wuxing watch): whether what must never stop has moved lately. */
static void pulse_show(struct req *r)
{
    struct engine *e = engine_of(r->tx);
    struct gateway *list[GATEWAYS_MAX];
    struct store_health health = { 0 };
    store_health(e->store, &health);
    json_obj(&r->out);
    json_key_int(&r->out, "at_ms", e->clock->now(e->clock));
    json_key_bool(&r->out, "writable", health.writable);
    json_key_int(&r->out, "oldest_wait_ms", health.oldest_wait_ms);
    json_key_int(&r->out, "turned_at_ms", atomic_load(&e->turned_at));
    json_key_list(&r->out, "gateways");
    for (int i = 0, count = gateway_list(e, list); i < count; i++) {
        const struct gateway_trouble *trouble = atomic_load(&list[i]->trouble);
        json_obj(&r->out);
        json_key_str(&r->out, "name", str_of(list[i]->name));
        json_key_str(&r->out, "trouble", trouble ? str_of(trouble->name) : S(""));
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

static void metric(struct buf *b, const char *name, const char *type, const char *help, int64_t value)
{
    bool counter = str_is(str_of(type), "counter");
    buf_format(b, "# TYPE %s %s\n# HELP %s %s\n%s%s %lld\n", name, type, name, help, name,
        counter ? "_total" : "", (long long)value);
}

static void write_answers(struct buf *b, struct stats *s)
{
    buf_put(b, S("# TYPE wuxing_http_answers counter\n# HELP wuxing_http_answers Answers by class of status.\n"));
    for (int i = 2; i < 6; i++)
        buf_format(b, "wuxing_http_answers_total{class=\"%dxx\"} %lld\n", i, (long long)atomic_load(&s->by_class[i]));
    buf_put(b, S("# TYPE wuxing_http_seconds histogram\n# UNIT wuxing_http_seconds seconds\n"
                 "# HELP wuxing_http_seconds Time from the last byte of a request to its answer.\n"));
    int64_t sum = 0;
    for (int i = 0; i < STATS_BUCKETS; i++) {
        sum += atomic_load(&s->took[i]);
        if (i < STATS_BUCKETS - 1)
            buf_format(b, "wuxing_http_seconds_bucket{le=\"%.3f\"} %lld\n", stats_bucket_ms[i] / 1000.0,
                (long long)sum);
        else
            buf_format(b, "wuxing_http_seconds_bucket{le=\"+Inf\"} %lld\n", (long long)sum);
    }
    buf_format(b, "wuxing_http_seconds_count %lld\nwuxing_http_seconds_sum %.6f\n", (long long)sum,
               (double)atomic_load(&s->took_us) / 1e6);
}

struct gateway_metric { const char *name, *type, *help; size_t at; };
static const struct gateway_metric gateway_metrics[] = {
    { "frames", "counter", "Whole frames heard.", offsetof(struct gateway, frames) },
    { "signals", "counter", "Signals in them.", offsetof(struct gateway, signals) },
    { "refused", "counter", "Signals of unknown devices, or wrongly signed.", offsetof(struct gateway, refused) },
    { "malformed", "counter", "Frames that nobody could read.", offsetof(struct gateway, malformed) },
    { "turned_away", "counter", "Connections and frames turned away because there were too many.", offsetof(struct gateway, turned_away) },
    { "peers", "gauge", "Open connections.", offsetof(struct gateway, peers) },
    { "heard_ms", "gauge", "When something was last heard, Unix time in ms; 0: never.", offsetof(struct gateway, heard_at) },
    { "trouble_since_ms", "gauge", "Since when the gateway is in trouble, Unix time in ms; 0: it is in order.",
      offsetof(struct gateway, trouble_since) },
};

static void write_gateways(struct buf *b, struct engine *e)
{
    struct gateway *list[GATEWAYS_MAX];
    int count = gateway_list(e, list);
    for (size_t i = 0; i < COUNT(gateway_metrics) && count > 0; i++) {
        const struct gateway_metric *m = &gateway_metrics[i];
        buf_format(b, "# TYPE wuxing_gateway_%s %s\n# HELP wuxing_gateway_%s %s\n", m->name, m->type, m->name, m->help);
        for (int g = 0; g < count; g++)
            buf_format(b, "wuxing_gateway_%s%s{gateway=\"%s\"} %lld\n", m->name, str_is(str_of(m->type), "counter") ? "_total" : "",
                       list[g]->name, (long long)atomic_load((_Atomic int64_t *)(void *)((char *)list[g] + m->at)));
    }
}

static void metrics_show(struct req *r)
{
    struct api *api = work_of(r)->api;
    struct stats *s = &api->stats;
    struct store_health h = { 0 };
    struct buf b = buf_in(r->arena);
    store_health(r->tx->store, &h);
    buf_format(&b, "# TYPE wuxing_build info\n# HELP wuxing_build Version and store.\nwuxing_build_info{version=\"%s\",store=\"%s\"} 1\n",
               WUXING_VERSION, h.engine);
    metric(&b, "wuxing_started_seconds", "gauge", "When this process began, Unix time.", api->started_at / 1000);
    write_answers(&b, s);
    metric(&b, "wuxing_http_busy", "counter", "Requests refused because too many waited.",
        atomic_load(&s->refused_busy));
    metric(&b, "wuxing_feed_streams", "gauge", "Open live streams.", atomic_load(&s->streams));
    metric(&b, "wuxing_feed_cut", "counter", "Streams cut because their reader was slow.",
        atomic_load(&s->streams_cut));
    metric(&b, "wuxing_feed_sent", "counter", "Pieces sent to streams.", atomic_load(&s->events_sent));
    metric(&b, "wuxing_store_writable", "gauge", "1 when the last commit succeeded.", h.writable);
    metric(&b, "wuxing_store_waiting", "gauge", "Writes in the queue.", h.waiting);
    metric(&b, "wuxing_store_oldest_wait_ms", "gauge", "Age of the oldest waiting write.", h.oldest_wait_ms);
    metric(&b, "wuxing_store_commits", "counter", "Transactions committed.", h.commits);
    metric(&b, "wuxing_store_writes", "counter", "Writes in them.", h.writes);
    metric(&b, "wuxing_store_reruns", "counter", "Applies run again after a conflict.", h.reruns);
    metric(&b, "wuxing_store_size_bytes", "gauge", "Size of the store.", h.size_bytes);
    metric(&b, "wuxing_store_wal_bytes", "gauge", "Size of the write-ahead log.", h.wal_bytes);
    write_gateways(&b, api->engine);
    buf_put(&b, S("# EOF\n"));
    r->type = S("application/openmetrics-text; version=1.0.0; charset=utf-8");
    r->bytes = buf_str(&b);
}

const struct route ops_routes[] = {
    { GET, "/healthz", R_PUBLIC, .show = healthz_show, .flags = ROUTE_ROOT | ROUTE_NO_STORE,
          .about = L("进程在运行", "The process lives") },
    { GET, "/readyz", R_PUBLIC, .show = readyz_show, .flags = ROUTE_ROOT, .about = L("可以读写", "It can read and write") },
    { GET, "/pulse", R_PUBLIC, .show = pulse_show, .flags = ROUTE_ROOT | ROUTE_NO_STORE,
          .about = L("给守望程序看的脉搏：时间、写入、计时、设备接入", "What a watcher looks at: time, writing, clocks, gateways") },
    { GET, "/metrics", R_PUBLIC, .show = metrics_show, .flags = ROUTE_ROOT | ROUTE_NO_STORE, .about = L("运行指标",
          "Measurements (OpenMetrics)") },
    {0} };
