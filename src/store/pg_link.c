/* pg_link.c -- connections: hosts, deadlines, loss. libpq resolves names while it blocks, so a cluster should be given by
 * address or through /etc/hosts; everything after that is bounded here. */
#include "store/pg.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t pg_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- hosts -------------------------------------------------------------------------------------------------------------- */

static const char *option(const struct pg_store *p, const char *name)
{
    for (PQconninfoOption *o = p->options; o && o->keyword; o++)
        if (strcmp(o->keyword, name) == 0)
            return o->val && *o->val ? o->val : NULL;
    return NULL;
}

/* The at-th part of a comma list; a list of one serves every host, as in libpq. */
static const char *part_of(struct arena *arena, const char *list, int at)
{
    struct str rest = str_of(list), part = S("");
    int i = 0;
    while (str_cut(&rest, ',', &part) && i < at)
        i++;
    if (i == 0 || i == at)
        return part.n ? arena_z(arena, part) : NULL;
    return NULL;
}

static int parts(const char *list)
{
    int count = list != NULL;
    for (; list && *list; list++)
        count += *list == ',';
    return count;
}

bool pg_hosts_parse(struct pg_store *p, const char *url, struct fault *fault)
{
    char *message = NULL;
    arena_init(&p->arena, 0);
    p->options = PQconninfoParse(url, &message);
    if (!p->options) {
        fault_set(fault, ERR_UNAVAILABLE, store_sentence("数据库地址写得不对：%s", message ? message : ""),
                  store_sentence("The database address is wrong: %s", message ? message : ""));
        PQfreemem(message);
        return false;
    }
    const char *host = option(p, "host"), *hostaddr = option(p, "hostaddr"), *port = option(p, "port");
    int count = parts(host) > parts(hostaddr) ? parts(host) : parts(hostaddr);
    p->host_count = count < 1 ? 1 : count > HOSTS_MAX ? HOSTS_MAX : count;
    for (int i = 0; i < p->host_count; i++)
        p->hosts[i] = (struct pg_host){ host ? part_of(&p->arena, host, i) : NULL,
                                        hostaddr ? part_of(&p->arena, hostaddr, i) : NULL,
                                        port ? part_of(&p->arena, port, i) : NULL };
    return true;
}

void pg_hosts_free(struct pg_store *p)
{
    PQconninfoFree(p->options);
    arena_free(&p->arena);
}

/* --- waiting -------------------------------------------------------------------------------------------------------------- */

/* False when the time is up. */
static bool wait_socket(PGconn *pg, short events, int64_t until_ms)
{
    for (;;) {
        int64_t left = until_ms - pg_now_ms();
        if (left <= 0)
            return false;
        struct pollfd fd = { .fd = PQsocket(pg), .events = events };
        int ready = poll(&fd, 1, left > 60000 ? 60000 : (int)left);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

static PGresult *given_up(struct pg_conn *c, PGresult *last, bool late)
{
    PQclear(last);
    if (!late)
        sql_tell(&(struct sql){ "connection", "", __FILE__, __LINE__ }, PQerrorMessage(c->pg));
    pg_drop(c);
    c->late = late;
    return NULL;
}

PGresult *pg_wait(struct pg_conn *c, bool sent, int64_t deadline_ms)
{
    int64_t until = pg_now_ms() + deadline_ms;
    PGresult *last = NULL;
    int flushed = sent ? PQflush(c->pg) : -1;
    while (flushed > 0) {
        if (!wait_socket(c->pg, POLLIN | POLLOUT, until))
            return given_up(c, last, true);
        flushed = PQconsumeInput(c->pg) ? PQflush(c->pg) : -1;
    }
    if (flushed < 0)
        return given_up(c, last, false);
    for (;;) {
        if (PQisBusy(c->pg)) {
            if (!wait_socket(c->pg, POLLIN, until))
                return given_up(c, last, true);
            if (!PQconsumeInput(c->pg))
                return given_up(c, last, false);
            continue;
        }
        PGresult *next = PQgetResult(c->pg);
        if (!next)
            return last ? last : given_up(c, last, false);
        PQclear(last);
        last = next;
    }
}

/* --- connecting ----------------------------------------------------------------------------------------------------------- */

static void no_notice(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

static PGconn *start(const struct pg_store *p, const struct pg_host *h)
{
    const char *names[PG_OPTIONS_MAX + 1], *values[PG_OPTIONS_MAX + 1];
    int count = 0;
    for (PQconninfoOption *o = p->options; o->keyword && count < PG_OPTIONS_MAX - 6; o++) {
        bool ours = !strcmp(o->keyword, "host") || !strcmp(o->keyword, "hostaddr") || !strcmp(o->keyword, "port") ||
                    !strcmp(o->keyword, "client_encoding");
        if (ours || !o->val || !*o->val)
            continue;
        names[count] = o->keyword;
        values[count++] = o->val;
    }
    const struct { const char *name, *value; } more[] = {
        { "host", h->host }, { "hostaddr", h->hostaddr }, { "port", h->port }, { "client_encoding", "UTF8" },
        { "target_session_attrs", option(p, "target_session_attrs") ? NULL : "read-write" },
        { "application_name", option(p, "application_name") ? NULL : "wuxing" },
    };
    for (size_t i = 0; i < COUNT(more); i++)
        if (more[i].value) {
            names[count] = more[i].name;
            values[count++] = more[i].value;
        }
    names[count] = values[count] = NULL;
    return PQconnectStartParams(names, values, 0);
}

static bool finish(PGconn *pg, int64_t until_ms)
{
    PostgresPollingStatusType step = PQstatus(pg) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (step != PGRES_POLLING_OK) {
        if (step == PGRES_POLLING_FAILED || !wait_socket(pg, step == PGRES_POLLING_READING ? POLLIN : POLLOUT, until_ms))
            return false;
        step = PQconnectPoll(pg);
    }
    return PQsetnonblocking(pg, 1) == 0;
}

static bool link_host(struct pg_conn *c, struct pg_store *p, int host)
{
    int64_t wait_ms = c->conn.store->config.query_deadline_ms;
    c->late = false;
    c->pg = start(p, &p->hosts[host]);
    if (!c->pg)
        abort();
    PQsetNoticeReceiver(c->pg, no_notice, NULL);
    if (finish(c->pg, pg_now_ms() + (wait_ms < CONNECT_MS ? wait_ms : CONNECT_MS)))
        return true;
    sql_tell(&(struct sql){ "connect", "", __FILE__, __LINE__ }, PQerrorMessage(c->pg));
    pg_drop(c);
    return false;
}

/* While every host is down, only one thread at a time finds that out slowly; the others refuse at once, so that a long
 * queue drains with a clear answer instead of waiting for its turn to wait. */
bool pg_link(struct pg_conn *c, struct fault *fault)
{
    struct pg_store *p = c->conn.store->own;
    if (c->pg)
        return true;
    int first = atomic_load(&p->host);
    for (int i = 0; i < p->host_count && pg_now_ms() >= atomic_load(&p->down_until_ms); i++) {
        int host = (first + i) % p->host_count;
        if (!link_host(c, p, host))
            continue;
        atomic_store(&p->host, host);
        atomic_store(&p->version, PQserverVersion(c->pg));
        return true;
    }
    if (pg_now_ms() >= atomic_load(&p->down_until_ms))
        atomic_store(&p->down_until_ms, pg_now_ms() + DOWN_MS);
    c->conn.trouble = ERR_UNAVAILABLE;
    fault_set(fault, ERR_UNAVAILABLE, "数据库暂时连接不上，请稍后再试", "The database cannot be reached; try again later");
    return false;
}

void pg_drop(struct pg_conn *c)
{
    while (c->conn.statements.newest)
        statements_drop(&c->conn.statements, c->conn.statements.newest);
    if (c->pg)
        PQfinish(c->pg);
    c->pg = NULL;
}
