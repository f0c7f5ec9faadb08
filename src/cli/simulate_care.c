/* simulate_care.c -- see simulate.h. A heap of what is to come drives the clock; between two events the engine and the ringer
 * take their turns at least every STEP while an alarm rings, as the server's own threads would. */
#include "cli/demo.h"
#include "cli/simulate.h"

#include "engine/intake.h"
#include "engine/ring.h"
#include "engine/ring_port.h"
#include "engine/rule.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

SQL(count_signals, "select count(*), count(distinct sequence), count(matter) from signal where kind in ('rescue', 'fall')");
SQL(sum_presses, "select count(*), coalesce(sum(presses), 0) from care_alarm");
SQL(select_ringing, "select id, opened_at from matter where kind = 'alarm' and state = 'ringing' order by id");
SQL(count_unfinished, "select count(*) from matter where kind = 'alarm' and phase <= 3");
SQL(select_state, "select state from matter where id = $1");

enum { ELDERS = 320, STEP_S = 5, PACE_S = 60, SOON_S = 40, RINGING_MAX = 4000, OPEN_MAX = 400 };
enum act { PRESS, PACKET, CLAIM, SPEAK, SILENCE, OUTCOME, FOLLOW_UP, RESTART, JUMP, BROKER_DOWN, BROKER_UP };

struct todo { ms at; int64_t order, matter, press; enum act act; int elder; };
struct sim {
    struct demo *demo;
    struct intake *intake;
    struct ringer *ringer;
    struct ring_twin *twin;
    const struct simulate_config *config;
    struct simulate_result r;
    struct fault *fault;
    struct todo *heap;
    int count, room;
    int64_t order;
    bool broker_down, hears;           /* hears: a ring may be answered by a claim */
    ms now, began, *claim_after;
    int64_t claim_count;
    struct { int64_t matter; ms rung_at, opened_at; bool claimed; } open[RINGING_MAX];
    int open_count;
};

/* --- what is to come ------------------------------------------------------------------------------------------------------------ */

static bool before(const struct todo *a, const struct todo *b)
{
    return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void plan(struct sim *s, struct todo t)
{
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 1024;
        s->heap = realloc(s->heap, (size_t)s->room * sizeof *s->heap);
        if (!s->heap)
            abort();
    }
    t.order = ++s->order;
    int i = s->count++;
    for (; i > 0 && before(&t, &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
        s->heap[i] = s->heap[(i - 1) / 2];
    s->heap[i] = t;
}

static struct todo next(struct sim *s)
{
    struct todo top = s->heap[0], last = s->heap[--s->count];
    int i = 0;
    for (int child; (child = 2 * i + 1) < s->count; i = child) {
        child += child + 1 < s->count && before(&s->heap[child + 1], &s->heap[child]);
        if (!before(&s->heap[child], &last))
            break;
        s->heap[i] = s->heap[child];
    }
    s->heap[i] = last;
    return top;
}

/* --- what must never be ---------------------------------------------------------------------------------------------------------- */

static bool wrong(struct sim *s, const char *what, int64_t number)
{
    static char zh[300], en[300];
    snprintf(en, sizeof en, "seed %llu, %lld s in: %s (%lld)", (unsigned long long)s->config->seed, (long long)((s->now - s->began) / 1000),
             what, (long long)number);
    snprintf(zh, sizeof zh, "种子 %llu，第 %lld 秒：%s（%lld）", (unsigned long long)s->config->seed, (long long)((s->now - s->began) / 1000),
             what, (long long)number);
    fault_set(s->fault, ERR_INTERNAL, zh, en);
    return false;
}

static void note(struct sim *s, uint64_t a, uint64_t b)
{
    for (int i = 0; i < 16; i++) {
        s->r.digest ^= (i < 8 ? a >> 8 * i : b >> 8 * (i - 8)) & 0xff;
        s->r.digest *= 0x100000001b3u;                                                  /* FNV-1a */
    }
}

/* Every alarm that nobody has is rung for at its pace, on the clock as it is now, however it jumped. */
static bool check_ringing(struct sim *s)
{
    struct arena arena_scoped arena;
    int64_t ids[OPEN_MAX];
    ms opened[OPEN_MAX];
    int count = 0;
    bool right = true;
    arena_init(&arena, 0);
    struct tx *tx = read_begin(s->demo->engine->store, &arena);
    struct rows rows = db_get(tx, select_ringing, IN());
    while (count < OPEN_MAX && db_row(&rows, OUT(&ids[count], &opened[count])))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count && right; i++) {
        struct ring ring = { 0 };
        bool rings = ring_get(tx, ids[i], &ring) && ring.next_at > 0;
        if (!rings)
            right = wrong(s, "nobody is rung for an open alarm", ids[i]);
        else if (ring.next_at > s->now + SECONDS(PACE_S))
            right = wrong(s, "the next ring is more than a pace away", ids[i]);
        else if (ring.next_at <= s->now)
            right = wrong(s, "a ring that was due has not been made", ids[i]);
    }
    if (tx_failed(tx))
        right = wrong(s, "the store failed", tx->fault.code);
    read_end(tx);
    return right;
}

/* --- turns ------------------------------------------------------------------------------------------------------------------------ */

static bool turn(struct sim *s)
{
    intake_turn(s->intake);
    while (engine_turn(s->demo->engine))
        continue;
    s->hears = true;
    while (ringer_turn(s->ringer) > 0 || engine_turn(s->demo->engine))
        continue;
    s->hears = false;
    return check_ringing(s);
}

static int open_at(struct sim *s, int64_t matter)
{
    for (int i = s->open_count - 1; i >= 0; i--)
        if (s->open[i].matter == matter)
            return i;
    return -1;
}

/* A telephone is asked to ring: what it does, and whether somebody is moved by it. */
static enum ring_result answer(void *arg, const struct ring_call *call)
{
    struct sim *s = arg;
    int at = open_at(s, call->matter), luck = demo_below(s->demo, 100);
    enum ring_result result = luck < 70 ? RING_RANG : luck < 80 ? RING_ANSWERED : luck < 90 ? RING_BUSY : RING_FAILED;
    s->r.rings++;
    note(s, (uint64_t)s->now, (uint64_t)(call->matter * 8 + result));
    if (at >= 0) {
        ms quiet = s->now - s->open[at].rung_at;
        s->r.longest_quiet = quiet > s->r.longest_quiet ? quiet : s->r.longest_quiet;
        s->open[at].rung_at = s->now;
    }
    bool stubborn = call->matter % 10 == 3;                                             /* nobody is near a telephone */
    if (ring_counts(result) && demo_chance(s->demo, stubborn ? 15 : 250))
        plan(s, (struct todo){ .at = s->now + SECONDS(3 + demo_below(s->demo, SOON_S)), .act = CLAIM, .matter = call->matter });
    return result;
}

static bool start(struct sim *s)
{
    static struct ring_port *ports[2];
    s->intake = intake_open(s->demo->engine, s->fault);
    ports[0] = ring_twin_port(s->twin);
    s->ringer = s->intake ? ringer_new(s->demo->engine, ports, NULL) : NULL;
    return s->ringer != NULL;
}

static void stop(struct sim *s)
{
    ringer_free(s->ringer);
    intake_close(s->intake);
    s->ringer = NULL;
    s->intake = NULL;
}

/* The process ends and another one begins: nothing but the store remembers. */
static bool restart(struct sim *s)
{
    struct engine_config config = { .dir = s->config->dir, .url = s->config->url, .clock = &s->demo->clock.clock, .modules = modules,
                                    .unsafe_normal = true };
    stop(s);
    api_free(s->demo->api);
    s->demo->api = NULL;
    engine_close(s->demo->engine);
    s->demo->engine = engine_open(&config, s->fault);
    if (!s->demo->engine)
        return false;
    s->demo->api = api_new(s->demo->engine);
    s->r.restarts++;
    return start(s);
}

/* --- people ------------------------------------------------------------------------------------------------------------------------ */

/* 0: done; else the status of the refusal. */
static int move(struct sim *s, int64_t matter, const char *verb, const char *body)
{
    struct arena arena_scoped arena;
    struct answer a = { 0 };
    arena_init(&arena, 0);
    struct call call = { .method = POST, .body = str_of(body), .who = &s->demo->duty[matter % STREETS], .content_type = S("application/json"),
                         .path = arena_format(&arena, "/api/v1/matters/%lld/%s", (long long)matter, verb), .address = S("127.0.0.1") };
    api_call(s->demo->api, &arena, &call, &a);
    if (a.status == 404) {                                                              /* the other street's */
        call.who = &s->demo->duty[(matter + 1) % STREETS];
        api_call(s->demo->api, &arena, &call, &a);
    }
    note(s, (uint64_t)s->now, (uint64_t)matter << 8 | (uint64_t)(unsigned char)verb[0]);
    return a.status == 200 ? 0 : a.status;
}

static bool state_is(struct sim *s, int64_t matter, const char *state)
{
    struct arena arena_scoped arena;
    struct str now = { 0 };
    arena_init(&arena, 0);
    struct tx *tx = read_begin(s->demo->engine->store, &arena);
    db_one(tx, select_state, IN(matter), OUT(&now));
    bool is = str_is(now, state);
    read_end(tx);
    return is;
}

static void claim(struct sim *s, const struct todo *t)
{
    int at = open_at(s, t->matter);
    if (!state_is(s, t->matter, "ringing") || move(s, t->matter, "claim", "{}") != 0)
        return;                                                                         /* somebody was faster */
    s->r.claims++;
    if (at >= 0 && !s->open[at].claimed && s->claim_count < s->config->presses) {
        s->open[at].claimed = true;
        s->claim_after[s->claim_count++] = s->now - s->open[at].opened_at;
    }
    bool lost_for_words = demo_chance(s->demo, 40);
    plan(s, (struct todo){ .at = s->now + SECONDS(lost_for_words ? 200 : 10 + demo_below(s->demo, 90)), .act = lost_for_words ? SILENCE : SPEAK,
                           .matter = t->matter });
}

static bool step(struct sim *s, const struct todo *t)
{
    static const struct { enum act act; const char *state, *verb, *body; enum act then; int after_s; } steps[] = {
        { SPEAK, "taken", "spoke", "{\"text\":\"演示：不小心碰到了\"}", OUTCOME, 60 },
        { OUTCOME, "spoken", "outcome", "{\"outcome\":\"mistake\",\"heard_from\":\"elder\",\"text\":\"演示：本人说误触\"}", FOLLOW_UP, 20 * 3600 },
        { FOLLOW_UP, "follow_up", "follow_up", "{\"well\":true,\"text\":\"演示：次日回访，安好\"}", FOLLOW_UP, 0 },
    };
    for (size_t i = 0; i < COUNT(steps); i++) {
        if (steps[i].act != t->act || !state_is(s, t->matter, steps[i].state))
            continue;
        int status = move(s, t->matter, steps[i].verb, steps[i].body);
        if (status)
            return wrong(s, "a step of an alarm was refused", status);
        if (steps[i].after_s)
            plan(s, (struct todo){ .at = s->now + SECONDS(steps[i].after_s), .act = steps[i].then, .matter = t->matter });
        else
            s->r.closed++;
    }
    return true;
}

/* --- devices ------------------------------------------------------------------------------------------------------------------------ */

static void press(struct sim *s, const struct todo *t)
{
    int copies = demo_chance(s->demo, 150) ? 3 : 1;                                     /* no answer heard: sent again */
    ms late = s->broker_down ? MINUTES(demo_below(s->demo, 90)) : 0;
    s->r.presses++;
    for (int i = 0; i < copies; i++)
        plan(s, (struct todo){ .at = s->now + late + SECONDS(4 * i), .act = PACKET, .elder = t->elder, .press = s->r.presses });
    if (demo_chance(s->demo, 120))                                                      /* afraid: pressed again */
        plan(s, (struct todo){ .at = s->now + SECONDS(2 + demo_below(s->demo, 60)), .act = PRESS, .elder = t->elder, .press = -1 });
}

static bool packet(struct sim *s, const struct todo *t)
{
    struct arena arena_scoped arena;
    struct fault fault = { 0 };
    arena_init(&arena, 0);
    struct signal_in in = { .protocol = S("mqtt"), .account = arena_format(&arena, "DEMO-KEY-%03d", t->elder), .kind = t->press % 9 == 4 ? S("fall") : S("rescue"),
                            .sequence = arena_format(&arena, "sim-%lld", (long long)t->press), .at = s->now, .device_at = s->now,
                            .raw = S("{}"), .data = S("{}") };
    s->r.packets++;
    note(s, (uint64_t)s->now, (uint64_t)t->press);
    return intake_take(s->intake, &in, &fault) || wrong(s, "a packet was not taken", fault.code);
}

/* New alarms, so that quiet can be measured from their first second. */
static void look_for_new(struct sim *s)
{
    struct arena arena_scoped arena;
    int64_t id;
    ms opened;
    arena_init(&arena, 0);
    struct tx *tx = read_begin(s->demo->engine->store, &arena);
    struct rows rows = db_get(tx, select_ringing, IN());
    while (db_row(&rows, OUT(&id, &opened)))
        if (open_at(s, id) < 0) {
            if (s->open_count == RINGING_MAX) {
                memmove(s->open, s->open + RINGING_MAX / 2, sizeof s->open / 2);
                s->open_count = RINGING_MAX / 2;
            }
            s->open[s->open_count].matter = id;
            s->open[s->open_count].rung_at = s->open[s->open_count].opened_at = opened;
            s->open[s->open_count++].claimed = false;
        }
    read_end(tx);
}

static bool perform(struct sim *s, const struct todo *t)
{
    switch (t->act) {
    case PRESS: press(s, t); return true;
    case PACKET: return packet(s, t);
    case CLAIM: claim(s, t); return true;
    case RESTART: return restart(s);
    case SILENCE: s->r.released++; return true;                                         /* the clock lets it ring again */
    case BROKER_DOWN: s->broker_down = true; s->r.outages++; return true;
    case BROKER_UP: s->broker_down = false; return true;
    case JUMP: s->r.jumps++; s->now += demo_chance(s->demo, 500) ? -MINUTES(1 + demo_below(s->demo, 30)) : MINUTES(1 + demo_below(s->demo, 120)); return true;
    default: return step(s, t);
    }
}

/* --- the weeks ----------------------------------------------------------------------------------------------------------------------- */

static void plan_weeks(struct sim *s)
{
    ms at = s->now;
    for (int64_t i = 0; i < s->config->presses; i++) {
        at += SECONDS(1 + demo_below(s->demo, 600));
        plan(s, (struct todo){ .at = at, .act = PRESS, .elder = demo_below(s->demo, ELDERS) });
        if (i % 40 == 11)
            plan(s, (struct todo){ .at = at + SECONDS(demo_below(s->demo, 100)), .act = RESTART });
        if (i % 60 == 31)
            plan(s, (struct todo){ .at = at + SECONDS(demo_below(s->demo, 100)), .act = JUMP });
        if (i % 90 == 51) {
            plan(s, (struct todo){ .at = at, .act = BROKER_DOWN });
            plan(s, (struct todo){ .at = at + MINUTES(20 + demo_below(s->demo, 60)), .act = BROKER_UP });
        }
    }
}

static bool any_unfinished(struct sim *s)
{
    struct arena arena_scoped arena;
    int64_t count = 0;
    arena_init(&arena, 0);
    struct tx *tx = read_begin(s->demo->engine->store, &arena);
    db_one(tx, count_unfinished, IN(), OUT(&count));
    read_end(tx);
    return count > 0;
}

static bool any_ringing(struct sim *s)
{
    struct arena arena_scoped arena;
    int64_t id = 0;
    ms opened;
    arena_init(&arena, 0);
    struct tx *tx = read_begin(s->demo->engine->store, &arena);
    struct rows rows = db_get(tx, select_ringing, IN());
    bool any = db_row(&rows, OUT(&id, &opened));
    rows_end(&rows);
    read_end(tx);
    return any;
}

static bool run(struct sim *s)
{
    ms patience = 0;
    while (s->count > 0 || any_unfinished(s)) {
        ms to = s->count > 0 ? s->heap[0].at : s->now + SECONDS(STEP_S);
        if (s->count == 0 && (patience += SECONDS(STEP_S)) > DAYS(2))
            return wrong(s, "alarms are left that nobody ends", 0);
        if (to > s->now + SECONDS(STEP_S) && any_ringing(s))
            to = s->now + SECONDS(STEP_S);
        s->now = to > s->now ? to : s->now;
        atomic_store(&s->demo->clock.at, s->now);
        while (s->count > 0 && s->heap[0].at <= s->now) {
            struct todo t = next(s);
            if (!perform(s, &t))
                return false;
            atomic_store(&s->demo->clock.at, s->now);
        }
        look_for_new(s);
        if (!turn(s))
            return false;
        if (s->config->progress)
            s->config->progress(s->config->progress_arg, "simulate", s->r.presses, s->config->presses);
    }
    return true;
}

static int by_time(const void *a, const void *b)
{
    return *(const ms *)a < *(const ms *)b ? -1 : *(const ms *)a > *(const ms *)b;
}

/* Each press is one signal, each signal is of one alarm, and the alarms know how often they were pressed. */
static bool check_books(struct sim *s)
{
    struct arena arena_scoped arena;
    int64_t signals = 0, distinct = 0, bound = 0, presses = 0;
    arena_init(&arena, 0);
    struct tx *tx = read_begin(s->demo->engine->store, &arena);
    db_one(tx, count_signals, IN(), OUT(&signals, &distinct, &bound));
    db_one(tx, sum_presses, IN(), OUT(&s->r.alarms, &presses));
    bool failed = tx_failed(tx);
    read_end(tx);
    if (failed)
        return wrong(s, "the store failed", 0);
    if (signals < s->r.presses)
        return wrong(s, "presses were lost", s->r.presses - signals);
    if (signals > s->r.presses || distinct != signals)
        return wrong(s, "packets were doubled", signals - s->r.presses);
    if (bound != signals)
        return wrong(s, "presses are of no alarm", signals - bound);
    if (presses != s->r.presses)
        return wrong(s, "the alarms count other presses", presses - s->r.presses);
    qsort(s->claim_after, (size_t)s->claim_count, sizeof *s->claim_after, by_time);
    if (s->claim_count) {
        s->r.claim_p50 = s->claim_after[s->claim_count / 2];
        s->r.claim_p99 = s->claim_after[s->claim_count * 99 / 100];
    }
    s->r.simulated = s->now - s->began;
    return true;
}

bool simulate_care(const struct simulate_config *config, struct simulate_result *ret_result, struct fault *fault)
{
    ms began = 0;
    if (!ms_from_rfc3339(S("2026-11-23T00:00:00+08:00"), &began))
        return false;
    struct demo_config town = { .dir = config->dir, .url = config->url, .seed = 1, .until = began, .reports = 1, .days = 1 };
    struct sim *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->config = config;
    s->fault = fault;
    s->began = s->now = began;
    s->r.digest = 0xcbf29ce484222325u;
    s->claim_after = calloc((size_t)config->presses + 1, sizeof *s->claim_after);
    s->twin = ring_twin_new(answer, s);
    s->demo = demo_open(&town, fault);
    bool right = s->demo && demo_town(s->demo, fault) && demo_elders(s->demo, fault);
    if (right) {
        s->demo->seed = config->seed;
        atomic_store(&s->demo->clock.at, s->now);
        right = start(s);
    }
    if (right) {
        plan_weeks(s);
        right = run(s) && check_books(s);
    }
    *ret_result = s->r;
    stop(s);
    if (s->demo)
        demo_close(s->demo);
    ring_twin_free(s->twin);
    free(s->claim_after);
    free(s->heap);
    free(s);
    return right;
}
