/* motion_test.c -- batches of samples become one fall, whatever the network does to them. */
#include "engine/motion.h"
#include "engine/rule.h"
#include "test/office.h"

#include <stdatomic.h>

static const ms now = 1795395600000;

struct world_of { struct engine engine; struct motion *motion; struct arena arena; struct signal_in signal; struct fault fault; };

static void open_motion(struct world_of *w)
{
    struct fault fault = { 0 };
    *w = (struct world_of){ 0 };
    arena_init(&w->arena, 0);
    atomic_store(&w->engine.rules, rules_load(&fault));
    CHECK(fault.code == ERR_OK);
    w->motion = motion_new(&w->engine);
}

static void close_motion(struct world_of *w)
{
    motion_free(w->motion);
    rules_free(atomic_load(&w->engine.rules));
    arena_free(&w->arena);
}

/* Half a second of standing, of the fall's second 5, or of lying. */
static void put_half_second(struct json *j, double scale, int half)
{
    for (int i = 0; i < 10; i++) {
        int k = (half - 10) * 10 + i;                                /* of the fall: 8 samples free, then the blow, at 20 Hz */
        double x = k < 8 ? 0 : k < 10 ? 3500 : 1000, z = k < 0 ? 1000 : k < 8 ? 150 : k < 10 ? 2500 : 50;
        json_list(j);
        json_num(j, x * scale);
        json_num(j, (i % 2 ? 15 : -15) * scale);
        json_num(j, z * scale);
        json_end(j);
    }
}

static struct str batch(struct arena *a, int first_half, int halves, ms at, const char *unit, double scale)
{
    struct json j = json_in(a);
    json_obj(&j);
    json_key(&j, "samples");
    json_list(&j);
    for (int i = 0; i < halves; i++)
        put_half_second(&j, scale, first_half + i);
    json_end(&j);
    json_key_int(&j, "hz", 20);
    json_key_str(&j, "place", S("waist"));
    json_key_str(&j, "unit", str_of(unit));
    if (at)
        json_key_int(&j, "at", at);
    else
        json_key_int(&j, "seq", first_half);
    json_end(&j);
    return json_done(&j);
}

static int take(struct world_of *w, struct str device, struct str text, ms at)
{
    fault_clear(&w->fault);
    w->signal = (struct signal_in){ 0 };
    return motion_take(w->motion, &w->arena, device, text, at, &w->signal, &w->fault);
}

TEST(a_fall_over_several_batches_is_told_once_and_again_when_asked_again)
{
    struct world_of w;
    open_motion(&w);
    int falls = 0;
    for (int i = 0; i < 40; i += 2) {
        struct str text = batch(&w.arena, i, 2, now + i * 500, "mg", 1);
        int got = take(&w, S("W1"), text, now + i * 500 + 1000);
        CHECK(got >= 0);
        falls += got;
        if (got) {
            struct signal_in first = w.signal;
            CHECK_STR(first.kind, "fall");
            CHECK(first.device_at > now + 5000 && first.device_at < now + 5600);
            CHECK(str_has(first.data, S("\"part\":\"waist\"")) && str_has(first.data, S("\"peak_g\":4")));
            CHECK_INT(take(&w, S("W1"), text, now + i * 500 + 9000), 1);      /* its signal was not kept: the batch comes again */
            CHECK_EQ(w.signal.sequence, first.sequence);
        }
    }
    CHECK_INT(falls, 1);
    close_motion(&w);
}

TEST(units_and_devices_are_kept_apart)
{
    struct world_of w;
    open_motion(&w);
    int falls = 0, others = 0;
    for (int i = 0; i < 40; i += 4) {
        falls += take(&w, S("G"), batch(&w.arena, i, 4, now + i * 500, "g", 0.001), now + i * 500);
        falls += take(&w, S("M"), batch(&w.arena, i, 4, now + i * 500, "m/s2", 0.00980665), now + i * 500);
        others += take(&w, S("S"), batch(&w.arena, 0, 4, now + i * 500, "mg", 1), now + i * 500);       /* stands all the time */
        falls += take(&w, S("N"), batch(&w.arena, i, 4, 0, "mg", 1), now + i * 500);                     /* has no clock */
    }
    CHECK_INT(falls, 3);
    CHECK_INT(others, 0);
    close_motion(&w);
}

TEST(a_gap_begins_anew)
{
    struct world_of w;
    open_motion(&w);
    CHECK_INT(take(&w, S("W1"), batch(&w.arena, 0, 10, now, "mg", 1), now), 0);
    /* The blow was lost; lying after standing is no fall. */
    CHECK_INT(take(&w, S("W1"), batch(&w.arena, 14, 20, now + 60000, "mg", 1), now + 60000), 0);
    close_motion(&w);
}

static void refused(struct world_of *w, const char *text, const char *field)
{
    CHECK_INT(take(w, S("W1"), str_of(text), now), -1);
    CHECK(w->fault.code == (*field ? ERR_INVALID : ERR_MALFORMED));
    CHECK(!*field || (w->fault.field_count > 0 && str_is(w->fault.fields[0].field, field)));
}

TEST(a_wrong_batch_is_refused_by_the_name_of_its_member)
{
    struct world_of w;
    open_motion(&w);
    refused(&w, "", "");
    refused(&w, "[1]", "");
    refused(&w, "{\"samples\":[[1,2,3]],\"hz\":5,\"place\":\"waist\",\"seq\":1}", "hz");
    refused(&w, "{\"samples\":[[1,2,3]],\"hz\":50,\"place\":\"hat\",\"seq\":1}", "place");
    refused(&w, "{\"samples\":[[1,2,3]],\"hz\":50,\"place\":\"waist\"}", "seq");
    refused(&w, "{\"samples\":[[1,2,3]],\"hz\":50,\"place\":\"waist\",\"at\":\"2026-11-23\"}", "at");
    refused(&w, "{\"samples\":[],\"hz\":50,\"place\":\"waist\",\"seq\":1}", "samples");
    refused(&w, "{\"samples\":[[1,2]],\"hz\":50,\"place\":\"waist\",\"seq\":1}", "samples");
    refused(&w, "{\"samples\":[[1,2,3]],\"hz\":50,\"place\":\"waist\",\"seq\":1,\"unit\":\"lb\"}", "unit");
    close_motion(&w);
}

TEST(the_unheard_give_way_to_the_heard)
{
    struct world_of w;
    open_motion(&w);
    for (int i = 0; i < MOTION_STREAMS_MAX + 10; i++)
        CHECK_INT(take(&w, arena_format(&w.arena, "D%d", i), S("{\"samples\":[[0,0,1000]],\"hz\":20,\"place\":\"wrist\",\"seq\":1}"), now + i), 0);
    close_motion(&w);
}
