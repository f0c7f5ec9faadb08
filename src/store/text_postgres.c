/* text_postgres.c -- postings as tsvector of the 'simple' configuration over the same pieces; see text.h. One connection
 * for each use, opened again when it was lost; each statement has the server's own time limit, because nothing here is
 * acknowledged to anybody. */
#include "store/text.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINKS = 3 };                            /* link 0 puts, the others find */

struct link {
    PGconn *pg;
    pthread_mutex_t lock;
};
struct text_postgres_index {
    struct text_index base;
    char *url;
    struct link links[LINKS];
    atomic_uint next;
};

static const char *const schema[] = {
    "create table if not exists text_doc(number bigint primary key, pieces tsvector not null)",
    "create index if not exists text_doc_pieces on text_doc using gin(pieces)",
    "create table if not exists text_cursor(one bigint primary key, seq bigint not null)",
    "insert into text_cursor values (1, 0), (2, 0) on conflict do nothing",      /* 1: what was read; 2: what was erased before that */
    "set statement_timeout = 10000",
};

static bool trouble(struct fault *fault)
{
    fault_set(fault, ERR_UNAVAILABLE, "全文检索库暂不可用", "The search store is away");
    return false;
}

static bool done(PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static bool link_ready(struct text_postgres_index *x, struct link *link)
{
    if (link->pg && PQstatus(link->pg) == CONNECTION_OK)
        return true;
    PQfinish(link->pg);
    link->pg = PQconnectdb(x->url);
    bool ok = PQstatus(link->pg) == CONNECTION_OK;
    for (size_t i = link == x->links ? 0 : COUNT(schema) - 1; ok && i < COUNT(schema); i++)
        ok = done(PQexec(link->pg, schema[i]));
    return ok;
}

static void text_postgres_close(struct text_index *t)
{
    struct text_postgres_index *x = (struct text_postgres_index *)t;
    for (int i = 0; i < LINKS; i++) {
        PQfinish(x->links[i].pg);
        pthread_mutex_destroy(&x->links[i].lock);
    }
    free(x->url);
    free(x);
}

static void quiet(void *arg, const char *message)
{
    (void)arg, (void)message;                  /* "already exists" is what we ask for */
}

static struct text_index *text_postgres_open(const char *url, struct fault *fault)
{
    struct text_postgres_index *x = calloc(1, sizeof *x);
    if (!x)
        abort();
    x->base.driver = &text_postgres;
    x->url = strdup(url);
    for (int i = 0; i < LINKS; i++)
        pthread_mutex_init(&x->links[i].lock, NULL);
    x->links[0].pg = PQconnectdb(x->url);
    PQsetNoticeProcessor(x->links[0].pg, quiet, NULL);
    bool ok = PQstatus(x->links[0].pg) == CONNECTION_OK;
    for (size_t i = 0; ok && i < COUNT(schema); i++)
        ok = done(PQexec(x->links[0].pg, schema[i]));
    if (ok)
        return &x->base;
    trouble(fault);
    text_postgres_close(&x->base);
    return NULL;
}

static bool exec_int(PGconn *pg, const char *text, int64_t value)
{
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)value);
    const char *values[] = { number };
    return done(PQexecParams(pg, text, 1, NULL, values, NULL, NULL, 0));
}

static bool put_doc(PGconn *pg, const struct text_doc *doc)
{
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)doc->number);
    char *pieces = strndup(doc->pieces.p, doc->pieces.n);
    const char *values[] = { number, pieces };
    bool ok = done(PQexecParams(pg, "insert into text_doc values ($1, to_tsvector('simple', $2)) on conflict (number)"
                                    " do update set pieces = excluded.pieces", 2, NULL, values, NULL, NULL, 0));
    free(pieces);
    return ok;
}

static bool text_postgres_put(struct text_index *t, const struct text_doc *docs, int count, int64_t cursor, struct fault *fault)
{
    struct text_postgres_index *x = (struct text_postgres_index *)t;
    struct link *link = &x->links[0];
    pthread_mutex_lock(&link->lock);
    bool ok = link_ready(x, link) && done(PQexec(link->pg, "begin"));
    for (int i = 0; ok && i < count; i++)
        ok = put_doc(link->pg, &docs[i]);
    ok = ok && exec_int(link->pg, "update text_cursor set seq = $1 where one = 1", cursor) && done(PQexec(link->pg, "commit"));
    if (!ok) {
        done(PQexec(link->pg, "rollback"));
        trouble(fault);
    }
    pthread_mutex_unlock(&link->lock);
    return ok;
}

static bool get(struct text_index *t, const char *text, int64_t *ret)
{
    struct text_postgres_index *x = (struct text_postgres_index *)t;
    struct link *link = &x->links[0];
    pthread_mutex_lock(&link->lock);
    bool ok = link_ready(x, link);
    PGresult *result = ok ? PQexec(link->pg, text) : NULL;
    ok = ok && PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 && str_to_i64(str_of(PQgetvalue(result, 0, 0)), ret);
    PQclear(result);
    pthread_mutex_unlock(&link->lock);
    return ok;
}

static bool text_postgres_cursor(struct text_index *t, int64_t *ret)
{
    return get(t, "select seq from text_cursor where one = 1", ret);
}

static bool text_postgres_clean_to(struct text_index *t, int64_t *ret)
{
    return get(t, "select seq from text_cursor where one = 2", ret);
}

static bool text_postgres_clear(struct text_index *t, int64_t clean_to, struct fault *fault)
{
    struct text_postgres_index *x = (struct text_postgres_index *)t;
    struct link *link = &x->links[0];
    pthread_mutex_lock(&link->lock);
    bool ok = link_ready(x, link) && done(PQexec(link->pg, "begin")) && done(PQexec(link->pg, "truncate text_doc")) &&
              exec_int(link->pg, "update text_cursor set seq = $1 where one = 1", 0) &&
              exec_int(link->pg, "update text_cursor set seq = $1 where one = 2", clean_to) && done(PQexec(link->pg, "commit"));
    if (!ok) {
        done(PQexec(link->pg, "rollback"));
        trouble(fault);
    }
    pthread_mutex_unlock(&link->lock);
    return ok;
}

/* Each piece as a quoted lexeme: '漏水' & 'abc':* */
static const char *expression(struct arena *a, const struct str *pieces, int count)
{
    struct buf b = buf_in(a);
    for (int i = 0; i < count; i++) {
        bool prefix = str_ends(pieces[i], S("*"));
        struct str piece = prefix ? str_head(pieces[i], pieces[i].n - 1) : pieces[i];
        buf_put(&b, i ? S(" & '") : S("'"));
        for (size_t k = 0; k < piece.n; k++)
            buf_put(&b, piece.p[k] == '\'' ? S("''") : piece.p[k] == '\\' ? S("\\\\") : (struct str){ piece.p + k, 1 });
        buf_put(&b, prefix ? S("':*") : S("'"));
    }
    return arena_z(a, buf_str(&b));
}

static int text_postgres_find(struct text_index *t, struct arena *a, const struct str *pieces, int piece_count, int64_t before,
                              int limit, int64_t *ret)
{
    struct text_postgres_index *x = (struct text_postgres_index *)t;
    struct link *link = &x->links[1 + x->next++ % (LINKS - 1)];
    const char *values[] = { expression(a, pieces, piece_count), arena_format(a, "%lld", (long long)(before ? before : INT64_MAX)).p,
                             arena_format(a, "%d", limit).p };
    int count = 0;
    pthread_mutex_lock(&link->lock);
    PGresult *result = !link_ready(x, link) ? NULL :
        PQexecParams(link->pg, "select number from text_doc where pieces @@ to_tsquery('simple', $1) and number < $2"
                               " order by number desc limit $3", 3, NULL, values, NULL, NULL, 0);
    int rows = result && PQresultStatus(result) == PGRES_TUPLES_OK ? PQntuples(result) : 0;
    while (count < rows && count < limit && str_to_i64(str_of(PQgetvalue(result, count, 0)), &ret[count]))
        count++;
    PQclear(result);
    pthread_mutex_unlock(&link->lock);
    return count;
}

const struct text_driver text_postgres = {
    text_postgres_open, text_postgres_close, text_postgres_put, text_postgres_cursor, text_postgres_clean_to,
    text_postgres_clear, text_postgres_find,
};
