/* pg.h -- what the PostgreSQL files share. Every wait has a deadline of our own: a stopped server still acknowledges at
 * the TCP level, so neither keepalive nor statement_timeout would end it (RELIABILITY row 10). libpq is used without
 * blocking and with one host at a time; the rotation over hosts is ours. A connection that missed a deadline is dropped.
 * Threading: a pg_conn is used by one thread at a time; struct pg_store's counters are atomic. */
#ifndef WUXING_STORE_PG_H
#define WUXING_STORE_PG_H

#include "store/store.h"

#include <libpq-fe.h>

enum { HOSTS_MAX = 16, PG_OPTIONS_MAX = 64, CONNECT_MS = 3000, DOWN_MS = 1000, SCRIPT_MS = 1800000, RERUNS_MAX = 10 };

struct pg_host {
    const char *host, *hostaddr, *port;
};

struct pg_store {
    PQconninfoOption *options;        /* of the URL, parsed once */
    struct arena arena;               /* the hosts' texts */
    struct pg_host hosts[HOSTS_MAX];
    int host_count;
    _Atomic int host;                 /* the one that answered last */
    _Atomic int64_t down_until_ms;    /* monotonic: until then a new connection fails at once */
    _Atomic int version;
    struct pg_conn *workers;
};

struct pg_conn {
    struct conn conn;
    PGconn *pg;                       /* NULL when lost */
    uint64_t numbers;                 /* names given to prepared statements */
    bool late;                        /* the last wait missed its deadline */
};

static inline struct pg_conn *pg_of(struct conn *conn)
{
    return (struct pg_conn *)conn;
}

/* pg_link.c */
bool pg_hosts_parse(struct pg_store *, const char *url, struct fault *);
void pg_hosts_free(struct pg_store *);
int64_t pg_now_ms(void);                                  /* monotonic */
bool pg_link(struct pg_conn *, struct fault *);           /* connects if it is not; tries each host once */
void pg_drop(struct pg_conn *);
/* The last result of what was sent, or NULL when late or lost (the connection is dropped then). */
PGresult *pg_wait(struct pg_conn *, bool sent, int64_t deadline_ms);

/* pg_run.c */
void pg_fault(struct tx *, PGresult *, const struct sql *);
bool pg_command(struct tx *, const char *text, int64_t deadline_ms);   /* without values */
int64_t pg_run(struct tx *, const struct sql *, struct ins);
bool pg_one(struct tx *, const struct sql *, struct ins, struct outs);
void pg_get(struct tx *, const struct sql *, struct ins, struct cursor *);
bool pg_row(struct tx *, struct cursor *, struct outs);
void pg_end(struct conn *, struct cursor *);
void pg_script(struct tx *, const char *text);
void pg_check(struct tx *, const struct sql *, bool may_lack_tables);
int64_t pg_claim(struct tx *, const char *table);

/* pg_write.c */
void pg_begin(struct tx *);
void pg_commit(struct tx *);
void *pg_worker(void *pg_conn);

#endif
