/* json.h -- the only way JSON is written: typed, append-only, commas and escapes by the writer.
 * Output grows in the arena it was opened on. Numbers beyond 2^53 never leave as numbers: ids stay below it.
 * Mistakes of nesting are programmer errors and assert. Threading: one thread. */
#ifndef WUXING_BASE_JSON_H
#define WUXING_BASE_JSON_H

#include "base/clock.h"

enum { JSON_DEPTH_MAX = 32 };
struct json {
    struct buf out;
    uint32_t has_items;              /* bit d: level d has an item already */
    uint32_t is_list;                /* bit d: level d is a list */
    int depth;
    bool after_key;
};

struct json json_in(struct arena *);
void json_obj(struct json *);
void json_list(struct json *);
void json_end(struct json *);                                   /* closes the innermost object or list */
void json_key(struct json *, const char *key);
void json_int(struct json *, int64_t);
void json_num(struct json *, double);                           /* a rate or a quantile; NaN becomes null */
void json_bool(struct json *, bool);
void json_nil(struct json *);
void json_str(struct json *, struct str);                       /* invalid UTF-8 becomes U+FFFD */
void json_time(struct json *, ms);                              /* RFC 3339, 0 becomes null */
void json_day(struct json *, int day_number);                   /* 2026-03-15, 0 becomes null */
void json_degree(struct json *, int64_t e7);
void json_raw(struct json *, struct str);                       /* a value that was JSON already (stored by us) */

/* key and value in one */
void json_key_int(struct json *, const char *, int64_t);
void json_key_str(struct json *, const char *, struct str);
void json_key_bool(struct json *, const char *, bool);
void json_key_time(struct json *, const char *, ms);
void json_key_id(struct json *, const char *, int64_t);         /* 0 becomes null */
void json_key_obj(struct json *, const char *);
void json_key_list(struct json *, const char *);
struct str json_done(struct json *);                            /* asserts that all is closed */

#endif
