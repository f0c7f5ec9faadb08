/* http.h -- what the files of http share; nothing outside src/http includes it.
 *
 * A request is a struct work. Whoever has one (the server, api_call) fills what came in and calls
 *   work_begin(w)   on a worker: route, rights, forms, idempotency, prepare   -> STEP_ANSWER or STEP_WRITE
 *   store_submit    of w->write, when STEP_WRITE
 *   work_finish(w)  on a worker, after the write: show                         -> the answer stands in w->answer
 * so that the server may hand the work from thread to thread while api_call does it all in its own.
 * Memory: all of a request's lives in w->arena. Threading: one thread has a work at a time; an api is shared. */
#ifndef WUXING_HTTP_HTTP_H
#define WUXING_HTTP_HTTP_H

#include "engine/account.h"
#include "engine/gateway.h"
#include "engine/idem.h"
#include "engine/keys.h"
#include "http/route.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    FORM_BYTES_MAX = 1 << 20, UPLOAD_BYTES_MAX = (20 << 20) + (64 << 10), PATH_BYTES_MAX = 4096,
    JSON_NEST_MAX = 16,
};
#define METHODS ((int)DELETE + 1)
enum own_route_flags {
    ROUTE_CHANGES_WHO = 1 << 16,       /* log-ins or grants change: forget the remembered ones */
    ROUTE_LARGE = 1 << 17,             /* the answer may be larger than an arena's usual cap (files, exports) */
    ROUTE_OPEN311 = 1 << 18,           /* errors in Open311's own words and format */
    ROUTE_NO_STORE = 1 << 20,          /* show gets a tx without a snapshot: the store may be away */
};

/* --- matching (tree.c) ------------------------------------------------------------------------------------------------ */

struct tree;
struct found {
    const struct route *route;         /* NULL: nothing matches; see allowed */
    unsigned allowed;                  /* bit per method that the path would take */
    int64_t id;
    struct str part[3];
};
struct tree *tree_new(struct arena *);
bool tree_add(struct tree *, struct str path, const struct route *);      /* false: the same method and path twice */
void tree_find(const struct tree *, struct arena *, struct str path, enum method, struct found *ret_found);

/* --- who was here a moment ago (who_cache.c) --------------------------------------------------------------------------- */

struct who_cache;
struct who_cache *who_cache_new(struct clock *);
void who_cache_free(struct who_cache *);
struct str who_cache_key(struct arena *, struct str secret, char kind);
bool who_cache_get(struct who_cache *, struct arena *, struct str key, struct who *ret_who);
uint64_t who_cache_generation(struct who_cache *);
/* Kept for 5 s at most, and not at all if anything was forgotten since `generation`. */
void who_cache_put(struct who_cache *, struct str key, const struct who *, uint64_t generation);
void who_cache_forget(struct who_cache *);

/* --- how often (limiter.c): a bucket per key that refills by the clock --------------------------------------------------- */

struct limiter;
struct limiter *limiter_new(struct clock *);
void limiter_free(struct limiter *);
bool limiter_take(struct limiter *, struct str key, int64_t burst, int64_t per_minute);

/* --- the api ------------------------------------------------------------------------------------------------------------ */

enum { STATS_BUCKETS = 12 };
struct stats {
    _Atomic int64_t by_class[6];       /* answers by hundreds of the status */
    _Atomic int64_t took[STATS_BUCKETS];       /* by stats_bucket_ms; the last one is everything above */
    _Atomic int64_t took_us, refused_busy, streams, streams_cut, events_sent;
};
extern const int stats_bucket_ms[STATS_BUCKETS - 1];

struct feeder;
struct api {
    struct engine *engine;
    struct arena arena;                /* the trees */
    struct tree *base, *root;          /* below /api/v1; everything else */
    const struct route **routes;
    int route_count;
    struct who_cache *whos;
    struct limiter *limiter;
    struct stats stats;
    struct gateway webhook;            /* POST /gateway/http/{account} */
    ms started_at;
    bool secure;                       /* the server speaks TLS */
    _Atomic bool stopping;
};

enum step { STEP_ANSWER, STEP_WRITE };
struct work {
    struct api *api;
    struct arena arena;
    /* what came in */
    enum method method;
    struct str path, query, body, content_type, bearer, cookie, accept_language, origin, referer, fetch_site, own_header,
        file_name, last_event, accept, accept_encoding, if_none_match;
    const struct who *given;           /* api_call only */
    bool strict_path;                  /* from outside: base routes need their /api/v1 */
    bool over;                         /* the body was longer than it may be */
    /* under way */
    struct found found;
    const struct route *route;
    enum lang lang;
    struct who who;
    struct req r;
    struct tx *read;
    struct fault fault;
    uint8_t digest[32];
    bool keyed, replayed, shown, wants_page;
    struct idem_answer first;
    struct write write;
    int sql_count;
    int64_t rows_scanned;
    /* what goes out */
    struct answer answer;
    struct str allow, download_name, cache, encoding;
    int retry_after_s;
    bool wants_stream, stream_taken, refused;
    int64_t stream_after;              /* -1: from now on */
};

void work_init(struct work *, struct api *);
void work_reset(struct work *);
void work_free(struct work *);
struct work *work_of(struct req *);
void work_route(struct work *);            /* finds the route: what the body may be is known from here */
size_t work_body_max(const struct work *);
enum step work_begin(struct work *);
void work_finish(struct work *);
struct tx *work_read(struct work *);       /* the request's one snapshot, begun when first asked for */
void work_rest(struct work *);             /* ends it for now, where a reader of its own is about to be used */
void work_gate(struct work *);             /* gate.c: who, may they, how often, from where */
bool work_who(struct work *);              /* gate.c: w->who from bearer or cookie; false and a fault */
void work_decode(struct work *);           /* gate.c: query, body, uploads */
enum lang lang_of(struct str query, struct str accept_language);

/* --- forms (form.c) ----------------------------------------------------------------------------------------------------- */

bool form_pairs(struct str text, const struct field *table, void *form, bool is_query, struct arena *, struct fault *);
/* Decodes a body by its media type into a new form of `size` bytes, RULE rows checked; NULL and a fault. The tx needs no
 * snapshot: only its arena, env and fault are used. */
void *form_body(struct tx *, struct str body, struct str content_type, const struct field *table, size_t size);
struct str form_field_name(struct str prefix, const char *name, struct arena *);

/* Next pair of an encoded query; false at the end. A wrong escape gives *ret_ok false. */
bool pair_next(struct str *rest, struct arena *, struct str *ret_name, struct str *ret_value, bool *ret_ok);
bool percent_decode(struct arena *, struct str, bool plus_is_blank, struct str *ret_text) MUST_USE;
struct str percent_encode(struct arena *, struct str);
struct str query_value(struct arena *, struct str query, const char *name);

/* --- multipart (multipart.c) --------------------------------------------------------------------------------------------- */

enum { UPLOADS_MAX = 20 };
/* Slices point into `body`; names are decoded into the arena. Parts without a file name are left out. */
bool multipart_read(struct arena *, struct str body, struct str content_type, struct upload *ret_uploads, int *ret_count,
                    struct fault *);

/* --- answers ------------------------------------------------------------------------------------------------------------- */

struct str problem_json(struct arena *, const struct fault *, enum lang);
struct str problem_type(void);
bool static_answer(struct work *);         /* true when the path is a page or an asset */

/* --- the tables of http's own routes -------------------------------------------------------------------------------------- */

extern const struct route *const own_routes[];     /* tables ended by {0}, ended by NULL (own.c) */
extern const struct route session_routes[], account_routes[], matter_routes[], list_routes[], meta_routes[], place_routes[],
    figure_routes[], job_routes[], webhook_routes[], import_routes[], export_routes[], install_routes[], event_routes[], ops_routes[], openapi_routes[],
    paper_routes[], open311_routes[], device_routes[], device_told_routes[], gateway_routes[], person_routes[], visit_routes[], ring_routes[], seat_routes[], shift_routes[];
/* routes_device.c: gives the device if this caller may see it, else a fault. */
struct device;
bool device_seen(struct req *, int64_t id, struct device *ret_device);
/* The filters of a list of matters, as lists and exports take them (routes_list.c). */
struct list_query {
    struct has has;
    struct str kind, phase, state, owner, category, q, channel, urgency, sort, after, from, to;
    int64_t area, limit;
    bool overdue, unclaimed;
};
extern const struct field matter_list_query[];
struct matter_query;
void matter_query_of(struct req *, struct matter_query *);
void jobs_register(void);                          /* routes_job.c: before threads */
void escaped(struct buf *, struct str);            /* page.c: text into XML or HTML */
/* page.c: a moment or a day of a query; a day as an end is the midnight after it. 0 when empty. */
ms when_of(struct tx *, const char *field, struct str text, bool is_end);

#endif
