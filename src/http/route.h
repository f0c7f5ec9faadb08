/* route.h -- what a module sees of HTTP: a table of routes and the request they are given.
 *
 * A write runs in three parts. prepare: on a worker, over a read snapshot, may be slow. apply: inside the transaction,
 * SQL only, short, may run again. show: after the commit, on a reader. A read has only show. All three get the same
 * struct req with r->tx set for the part; what prepare finds out for apply is kept in r->state (arena memory).
 * Log-in, role, body size, decoding by the field table, CSRF, idempotency and the request log happen before, from the row.
 * Scope (does the grant cover this place?) is the engine's: matter_see, matter_move, who_may.
 * Faults: set on r->tx; the server's epilogue turns the first one into problem+json, and nothing of show is sent.
 * Threading: one request is on one thread at a time. Modules never block, sleep, log or send. */
#ifndef WUXING_HTTP_ROUTE_H
#define WUXING_HTTP_ROUTE_H

#include "base/field.h"
#include "engine/engine.h"

enum method { GET = 1, POST, PUT, PATCH, DELETE };

struct upload { struct str name, type, bytes; };

struct req {
    struct tx *tx;
    struct arena *arena;
    const struct who *who;             /* never NULL; account 0 for the public */
    enum lang lang;
    const struct route *route;
    int64_t id;                        /* the first {id} of the path; an apply that makes something sets it to the new one's */
    struct str part[3];                /* the other {names} of the path, percent-decoded, in order */
    void *form;                        /* route->form_size bytes decoded from the body; zeroed without one */
    void *query;                       /* route->query_size bytes decoded from the query */
    struct str body;                   /* ROUTE_RAW: the bytes as they came */
    const struct upload *uploads;      /* ROUTE_UPLOAD: multipart parts, or the raw body as one */
    int upload_count;
    struct str idempotency_key, if_match, address, agent, host, signature;      /* signature: X-Wuxing-Signature */
    bool secure;                       /* came over TLS */
    void *state;                       /* from prepare to apply to show */
    /* the answer */
    int status;                        /* 0: 200, or 201 when location is set */
    struct json out;                   /* ready to be written in show */
    struct str location, etag, next;   /* next: the cursor of Link rel="next" */
    struct str type, bytes;            /* instead of JSON: media type and bytes; */
    struct str download_name;          /* Content-Disposition, UTF-8 */
    struct str set_cookie;             /* the session's value; "-" ends it */
    enum lane lane;                    /* apply's lane; LANE_NORMAL unless prepare says otherwise */
};

enum route_flags {
    ROUTE_RAW = 1,                     /* body is not decoded: r->body */
    ROUTE_UPLOAD = 2,                  /* up to 20 MiB, multipart or raw: r->uploads */
    ROUTE_LOGS_READ = 4,               /* a GET that must write its access log: apply is allowed */
    ROUTE_NO_CSRF = 8,                 /* public forms and webhooks: authenticated otherwise */
    ROUTE_SLOW_DOWN = 16,              /* rate-limited by address: rules/security.yaml */
    ROUTE_FIRST_PASSWORD = 32,         /* open although the first password must be changed */
    ROUTE_ROOT = 64,                   /* the path is from the root, not from /api/v1 */
    ROUTE_SYSTEM = 128,                /* not in openapi.json (static pages) */
    ROUTE_SECRET_ANSWER = 1 << 19,     /* the answer holds a secret once: never kept for Idempotency-Key */
};

struct route {
    enum method method;
    const char *path;                  /* "/reports/{id}/photos"; {id} is a number, other {names} are texts */
    uint32_t who;                      /* R(CLERK) | ...; R_PUBLIC: no log-in */
    void (*prepare)(struct req *);
    void (*apply)(struct req *);
    void (*show)(struct req *);
    const struct field *form;
    size_t form_size;
    const struct field *query;
    size_t query_size;
    unsigned flags;
    struct label about;
    const char *answers;               /* name of the answer's schema in openapi.json, or NULL: an object */
};

/* The common head of list pages: `after`, `limit` (1..200, 50). */
struct page { struct has has; struct str after; int64_t limit; };
extern const struct field page_query[];
int64_t page_limit(const struct page *);

/* JSON into a form by its table, as a route's body is decoded: strict, every wrong field named. */
bool form_json(struct str text, const struct field *table, void *form, struct arena *, struct fault *);

/* Everything the server and the tests need to run routes: the joined table, sorted for matching. */
struct api;
struct api *api_new(struct engine *);
void api_free(struct api *);
int api_routes(const struct api *, const struct route *const **ret_routes);

/* One call without a socket: the whole path of a request in this thread (tests, CLI, Open311 and bots inside). */
struct call {
    enum method method;
    struct str path;                   /* with query */
    struct str body, content_type;
    struct str bearer, cookie, idempotency_key, if_match, accept_language, address, signature;
    const struct who *who;             /* instead of bearer or cookie */
};
struct answer {
    int status;
    struct str type, body, location, etag, link, set_cookie;
};
void api_call(struct api *, struct arena *, const struct call *, struct answer *ret_answer);

/* The same in parts, for a player of past time (the demo) that puts many calls into one transaction of its own. NULL: the
 * answer stands without a write, as it does after every refusal. api_apply may run again, like every apply; it returns the
 * id of what was made, and nothing is shown. */
struct work;
struct work *api_prepare(struct api *, struct arena *, const struct call *, struct answer *ret_answer);
int64_t api_apply(struct tx *, struct work *);
void api_drop(struct work *);

#endif
