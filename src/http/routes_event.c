/* routes_event.c -- the feed: live (the server takes the socket over, stream.c) or asked for page by page. */
#include "http/http.h"

#include "engine/matter_view.h"
#include "engine/outbox.h"

enum { SEES = R_ANY | R(KIOSK), SCANNED_MAX = 2000 };

struct event_query { struct has has; int64_t after, limit; };
static const struct field event_query[] = {
    FIELD(struct event_query, after, INT, .label = L("此号之后", "After this number"), .min = 0, .max = INT64_C(1) << 53),
    FIELD(struct event_query, limit, INT, .label = L("条数", "How many"), .min = 1, .max = 500), {0} };

static bool after_given(struct req *r, int64_t *ret_after)
{
    const struct event_query *q = r->query;
    struct str last = work_of(r)->last_event;
    if (last.n && str_to_i64(last, ret_after) && *ret_after >= 0)
        return true;
    *ret_after = q->after;
    return field_has(event_query, q, "after");
}

/* Called without a socket (tests, bots inside), it is the text of what is there by now. */
static void feed_show(struct req *r)
{
    struct work *w = work_of(r);
    struct event e;
    int64_t after;
    bool given = after_given(r, &after);
    r->type = S("text/event-stream");
    if (w->strict_path) {
        w->wants_stream = true;
        w->stream_after = given ? after : -1;
        return;
    }
    struct buf b = buf_in(r->arena);
    struct rows rows = outbox_after(r->tx, given ? after : outbox_last(r->tx), SCANNED_MAX);
    while (outbox_row(&rows, &e)) {
        if (!event_visible(r->who, &e))
            continue;
        struct json j = json_in(r->arena);
        event_show(&j, &e, event_opened(r->tx, &e), r->lang, engine_of(r->tx));
        buf_format(&b, "id: %lld\nevent: matter\ndata: ", (long long)e.seq);
        buf_put(&b, json_done(&j));
        buf_put(&b, S("\n\n"));
    }
    r->bytes = buf_str(&b);
}

static void events_show(struct req *r)
{
    const struct event_query *q = r->query;
    int64_t after = 0, limit = q->limit ? q->limit : 100, shown = 0, scanned = 0;
    struct event e;
    bool given = after_given(r, &after);
    int64_t next = given ? after : outbox_last(r->tx);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    struct rows rows = outbox_after(r->tx, next, SCANNED_MAX);
    while (shown < limit && scanned < SCANNED_MAX && outbox_row(&rows, &e)) {
        next = e.seq;
        scanned++;
        if (!event_visible(r->who, &e))
            continue;
        event_show(&r->out, &e, event_opened(r->tx, &e), r->lang, engine_of(r->tx));
        shown++;
    }
    rows_end(&rows);
    json_end(&r->out);
    json_key_int(&r->out, "next", next);
    json_key_bool(&r->out, "more", shown == limit || scanned == SCANNED_MAX);
    json_end(&r->out);
}

const struct route event_routes[] = {
    { GET, "/feed", SEES, .show = feed_show, .query = event_query, .query_size = sizeof(struct event_query),
      .about = L("实时动态（SSE），断线后从 Last-Event-ID 接上", "Live events (SSE), resumed after Last-Event-ID") },
    { GET, "/events", SEES, .show = events_show, .query = event_query, .query_size = sizeof(struct event_query),
      .about = L("动态，逐页取", "Events, page by page") },
    {0} };
