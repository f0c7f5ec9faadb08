/* demo_play.c -- plays the year of the demo street day by day, its events in the order of their time. See demo_play.h. */
#include "cli/demo_play.h"

#include <stdlib.h>
#include <string.h>

/* --- what is planned ---------------------------------------------------------------------------------------------------- */

static void heap_put(struct heap *h, struct event e)
{
    if (h->count == h->room) {
        h->room = h->room ? h->room * 2 : 1024;
        h->items = realloc(h->items, sizeof *h->items * (size_t)h->room);
        if (!h->items)
            abort();
    }
    int i = h->count++;
    for (; i > 0 && h->items[(i - 1) / 2].at > e.at; i = (i - 1) / 2)
        h->items[i] = h->items[(i - 1) / 2];
    h->items[i] = e;
}

static struct event heap_take(struct heap *h)
{
    struct event first = h->items[0], last = h->items[--h->count];
    int i = 0;
    for (int child; (child = 2 * i + 1) < h->count; i = child) {
        child += child + 1 < h->count && h->items[child + 1].at < h->items[child].at;
        if (last.at <= h->items[child].at)
            break;
        h->items[i] = h->items[child];
    }
    h->items[i] = last;
    return first;
}

void play_plan(struct play *p, struct event e, enum stage stage, ms after)
{
    e.stage = stage;
    e.at += after > 0 ? after : MINUTES(1);
    if (e.at < p->demo->to)
        heap_put(&p->heap, e);
}

/* --- acting -------------------------------------------------------------------------------------------------------------- */

static void note_refusal(struct demo *d, const char *what, const struct who *who, struct str why)
{
    if (d->refused++ == 0)
        d->first_refusal = arena_format(&d->arena, "%s by %.*s: %.*s", what, STR_ARG(who->login), STR_ARG(why));
}

struct json play_body(struct play *p)
{
    struct json j = json_in(&p->arena);
    json_obj(&j);
    return j;
}

void play_prepare(struct play *p, struct opening *o, const struct who *who, const char *path, struct str body)
{
    struct demo *d = p->demo;
    struct call call = { .method = POST, .path = str_of(path), .body = body, .who = who, .content_type = S("application/json"), .address = S("127.0.0.1") };
    struct answer answer = { 0 };
    d->clock.at = o->event.at;
    o->work = api_prepare(d->api, &p->arena, &call, &answer);
    if (!o->work)
        note_refusal(d, path, who, answer.body);
}

bool play_move(struct play *p, const struct who *who, const struct event *e, const char *verb, struct json *body)
{
    struct tx *tx = p->tx;
    struct matter m;
    struct moving mv = { .who = who };
    p->state = S("");
    if (!matter_get(tx, e->matter, &m))
        return false;
    const struct move *row = kind_move(m.kind, m.state, str_of(verb));
    if (!row)
        return false;                          /* overtaken: it was bundled, or the upstream closed it */
    if (row->form) {
        mv.form = arena_alloc(tx->arena, row->form_size);
        form_json(json_done(body), row->form, mv.form, tx->arena, &tx->fault);
    }
    if (tx_failed(tx) || !matter_move(tx, e->matter, verb, &mv)) {
        note_refusal(p->demo, verb, who, arena_format(tx->arena, "matter %lld in state %s: %s", (long long)e->matter,
                                                      m.kind->states[m.state].name, err_wire(tx->fault.code)));
        return false;
    }
    p->state = str_of(mv.m.kind->states[mv.m.state].name);
    return true;
}

/* --- a day --------------------------------------------------------------------------------------------------------------- */

struct day {
    struct play *play;
    ms from, to;
    int first, end;                            /* its openings */
    uint64_t seed;
    struct event *planned;                     /* the heap when it began */
    int planned_count;
};

static ms earliest(const struct day *d, int opening)
{
    const struct play *p = d->play;
    ms opens = opening < d->end ? p->openings[opening].event.at : d->to, moves = p->heap.count ? p->heap.items[0].at : d->to;
    return opens < moves ? opens : moves;
}

static void apply_day(struct tx *tx, void *arg)
{
    struct day *d = arg;
    struct play *p = d->play;
    p->tx = tx;
    p->demo->seed = d->seed;
    p->heap.count = 0;
    for (int i = 0; i < d->planned_count; i++)
        heap_put(&p->heap, d->planned[i]);
    int opening = d->first;
    for (ms hour = d->from; hour < d->to && !tx_failed(tx);) {
        hour = hour + HOURS(1) < d->to ? hour + HOURS(1) : d->to;
        for (ms at; (at = earliest(d, opening)) < hour && !tx_failed(tx);) {
            bool opens = opening < d->end && p->openings[opening].event.at == at;
            struct event e = opens ? p->openings[opening].event : heap_take(&p->heap);
            tx->now = at;
            if (opens)
                e.matter = api_apply(tx, p->openings[opening++].work);
            life_perform(p, &e);
        }
        tx->now = hour;
        engine_tick(tx);
    }
    p->tx = NULL;
}

static void prepare_day(struct day *d)
{
    struct play *p = d->play;
    d->first = d->end = p->opening_next;
    while (d->end < p->opening_count && p->openings[d->end].event.at < d->to && p->demo->refused == 0)
        life_prepare(p, &p->openings[d->end++]);
    p->opening_next = d->end;
    d->planned = arena_array(&p->arena, struct event, (size_t)p->heap.count + 1);
    d->planned_count = p->heap.count;
    if (p->heap.count)
        memcpy(d->planned, p->heap.items, sizeof *d->planned * (size_t)p->heap.count);
    d->seed = p->demo->seed;
}

static bool play_day(struct play *p, ms from, ms to, struct fault *fault)
{
    struct day day = { .play = p, .from = from, .to = to };
    arena_reset(&p->arena);
    prepare_day(&day);
    p->demo->clock.at = to;
    if (p->demo->refused == 0) {
        struct write w = { .apply = apply_day, .arg = &day, .arena = &p->arena, .lane = LANE_NORMAL };
        store_write(p->demo->engine->store, &w);
        *fault = w.fault;
    }
    for (int i = day.first; i < day.end; i++)
        api_drop(p->openings[i].work);
    return p->demo->refused == 0 && fault->code == ERR_OK;
}

bool play_year(struct play *p, struct fault *fault)
{
    struct demo *d = p->demo;
    bool ok = true;
    arena_init(&p->arena, 0);
    for (ms from = d->from; ok && from < d->to; from += DAYS(1)) {
        ms to = from + DAYS(1) < d->to ? from + DAYS(1) : d->to;
        ok = play_day(p, from, to, fault);
        if (d->progress)
            d->progress(d->progress_arg, "year", (to - d->from) / DAYS(1), (d->to - d->from) / DAYS(1));
    }
    while (ok && engine_turn(d->engine))       /* what is counted is counted once, at the end */
        continue;
    free(p->heap.items);
    p->heap = (struct heap){ 0 };
    if (d->refused) {
        fault_clear(fault);
        fault_set(fault, ERR_INTERNAL, d->first_refusal.p, d->first_refusal.p);
    }
    if (ok)                                    /* else a fault's text may live there, until the process ends */
        arena_free(&p->arena);
    return ok;
}
