/* demo_duty.c -- who is woken in the demo street: telephones of the offices, a contracted call centre around the clock, posts A and B
 * on working days, and providers that take orders. Numbers are of the invented range 1380000xxxx. See demo.h. */
#include "cli/demo.h"

#include "engine/rule.h"

static int64_t put_org(struct tx *tx, struct demo *d, int64_t area, const char *code, int n, const char *name, const char *kind)
{
    struct arena *a = &d->arena;
    struct org o = { .area = area, .code = arena_format(a, "%s-%d", code, n + 1), .name = arena_format(a, "%s（演示）", name), .kind = str_of(kind),
                     .phone = arena_format(a, "1380000%04d", 9000 + n * 10 + (int)str_of(kind).n) };
    return org_put(tx, &o);
}

static int64_t put_seat(struct tx *tx, struct demo *d, int64_t org, int64_t area, const char *kind, const char *name, int number)
{
    struct seat s = { .org = org, .area = area, .kind = str_of(kind), .name = arena_format(&d->arena, "%s（演示）", name),
                      .phone = arena_format(&d->arena, "1380000%04d", number) };
    return seat_put(tx, &s);
}

static void put_phone(struct tx *tx, struct demo *d, int64_t org, int number)
{
    struct org o = { 0 };
    if (!org_get(tx, org, &o))
        return;
    o.phone = arena_format(&d->arena, "0371-6000%04d", number);
    org_put(tx, &o);
}

/* Working days 08:30-18:00, A before B; two weeks from the demo's end, as the other rosters. */
static void put_posts(struct tx *tx, struct demo *d, int64_t post_a, int64_t post_b)
{
    for (int i = -2; i < 14; i++) {
        ms midnight = day_start(d->to) + DAYS(i), from = midnight + HOURS(8) + MINUTES(30);
        if (!working_day(tx, day_number(midnight)))
            continue;
        struct shift a = { .seat = post_a, .kind = S("a"), .from = from, .to = midnight + HOURS(18) };
        struct shift b = { .seat = post_b, .kind = S("b"), .from = from, .to = midnight + HOURS(18) };
        shift_put(tx, &a);
        shift_put(tx, &b);
    }
}

static void put_duty(struct tx *tx, void *arg)
{
    struct demo *d = arg;
    for (int s = 0; s < STREETS; s++) {
        put_phone(tx, d, d->org_streets[s], 100 + s);
        int64_t centre = put_org(tx, d, d->streets[s], "G-CALL", s, "助老呼叫服务中心", "call_centre");
        put_seat(tx, d, centre, d->streets[s], "call_centre", "坐席一号", 9100 + s * 10);
        put_seat(tx, d, centre, d->streets[s], "call_centre", "坐席二号", 9101 + s * 10);
        int64_t a = put_seat(tx, d, d->departments[0], d->streets[s], "a_person", "下沉A岗", 9200 + s * 10);
        int64_t b = put_seat(tx, d, d->departments[0], d->streets[s], "b_person", "下沉B岗", 9201 + s * 10);
        put_posts(tx, d, a, b);
        put_org(tx, d, d->streets[s], "G-SOCIAL", s, "助老服务社", "social");
    }
    for (int c = 0; c < COMMUNITIES; c++) {
        put_phone(tx, d, d->org_communities[c], 200 + c);
        put_org(tx, d, d->communities[c], "G-CANTEEN", c, "社区小食堂", "canteen");
    }
}

bool demo_duty(struct demo *d, struct fault *fault)
{
    struct write w = { .apply = put_duty, .arg = d, .arena = &d->arena, .lane = LANE_NORMAL };
    store_write(d->engine->store, &w);
    *fault = w.fault;
    return w.fault.code == ERR_OK;
}
