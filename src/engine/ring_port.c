/* ring_port.c -- the two ports without a telephone: none at all, and the tests' twin; see ring_port.h. */
#include "engine/ring_port.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void ring_nothing(struct ring_port *port, const struct ring_call *call, struct ring_outcome *outcome)
{
    (void)port;
    (void)call;
    outcome->result = RING_NO_PORT;
}

struct ring_port ring_port_null = { .name = "null", .lines = 1, .ring = ring_nothing };

/* --- the twin -------------------------------------------------------------------------------------------------------- */

struct rung { char number[24], text[200]; };
struct ring_twin {
    struct ring_port port;
    enum ring_result (*answer)(void *, const struct ring_call *);
    void *arg;
    pthread_mutex_t lock;
    struct rung *rung;
    int count;
};

static void twin_ring(struct ring_port *port, const struct ring_call *call, struct ring_outcome *outcome)
{
    struct ring_twin *twin = port->own;
    pthread_mutex_lock(&twin->lock);
    if (twin->count < RING_TWIN_MAX) {
        struct rung *r = &twin->rung[twin->count++];
        snprintf(r->number, sizeof r->number, "%s", call->number);
        snprintf(r->text, sizeof r->text, "%s", call->text);
    }
    outcome->result = twin->answer ? twin->answer(twin->arg, call) : RING_RANG;
    pthread_mutex_unlock(&twin->lock);
}

struct ring_twin *ring_twin_new(enum ring_result (*answer)(void *, const struct ring_call *), void *arg)
{
    struct ring_twin *twin = calloc(1, sizeof *twin);
    struct rung *rung = calloc(RING_TWIN_MAX, sizeof *rung);
    if (!twin || !rung)
        abort();
    twin->port = (struct ring_port){ .name = "twin", .lines = 4, .ring = twin_ring, .own = twin };
    twin->answer = answer;
    twin->arg = arg;
    twin->rung = rung;
    pthread_mutex_init(&twin->lock, NULL);
    return twin;
}

void ring_twin_free(struct ring_twin *twin)
{
    if (!twin)
        return;
    pthread_mutex_destroy(&twin->lock);
    free(twin->rung);
    free(twin);
}

struct ring_port *ring_twin_port(struct ring_twin *twin)
{
    return &twin->port;
}

int ring_twin_count(struct ring_twin *twin)
{
    pthread_mutex_lock(&twin->lock);
    int count = twin->count;
    pthread_mutex_unlock(&twin->lock);
    return count;
}

const char *ring_twin_number(struct ring_twin *twin, int i)
{
    return twin->rung[i].number;
}

const char *ring_twin_text(struct ring_twin *twin, int i)
{
    return twin->rung[i].text;
}
