/* order_test.c -- a key orders a meal once; a provider accepts, delivers, another one confirms; refusals go to the next; a voice order
 * is heard by a human first, with the usual basket beside it; the figures open to their rows. */
#include "modules/order/order.h"
#include "engine/file.h"
#include "engine/recognise.h"
#include "test/world.h"

struct act { struct world *w; int64_t person, device, canteen, social, matter, matter2; struct str kind, raw; const char *sequence; };

static const char *text(struct world *w, const char *format, int64_t a, int64_t b)
{
    return arena_format(&w->arena, format, (long long)a, (long long)b).p;
}

static void live(struct tx *tx, void *arg)
{
    struct act *a = arg;
    struct person p = { .area = a->w->unit, .name = S("示范钱多"), .phone = S("13800000081") };
    a->person = person_put(tx, &who_system, &p, "test");
    struct device d = { .kind = S("button"), .protocol = S("mqtt"), .account = S("key-1"), .state = S("active"), .person = a->person, .area = a->w->unit };
    a->device = device_put(tx, &who_system, &d);
    struct org canteen = { .code = S("O-CANTEEN"), .name = S("桂花小食堂"), .kind = S("canteen"), .area = a->w->community1 };
    struct org social = { .code = S("O-SOCIAL"), .name = S("示范助老服务社"), .kind = S("social"), .area = a->w->street };
    struct org far = { .code = S("O-FAR"), .name = S("槐花食堂"), .kind = S("canteen"), .area = a->w->community3 };
    a->canteen = org_put(tx, &canteen);
    a->social = org_put(tx, &social);
    org_put(tx, &far);
}

static void press(struct tx *tx, void *arg)
{
    struct act *a = arg;
    struct signal_in in = { .protocol = S("mqtt"), .account = S("key-1"), .sequence = str_of(a->sequence), .kind = a->kind, .raw = a->raw };
    struct signal s = { 0 };
    bool fresh = false;
    int64_t id = signal_put(tx, &in, &fresh);
    if (fresh)
        signal_apply(tx, id);
    a->matter = signal_get(tx, id, &s) ? s.matter : 0;
}

static int64_t pressed(struct act *a, const char *kind, const char *sequence)
{
    a->kind = str_of(kind);
    a->sequence = sequence;
    world_write(a->w, press, a, NULL);
    return a->matter;
}

static struct act lived(struct world *w)
{
    struct act a = { .w = w };
    world_write(w, live, &a, NULL);
    return a;
}

static struct answer see(struct world *w, int64_t id)
{
    struct answer a = world_get(w, &w->clerk, text(w, "/matters/%lld", id, 0));
    CHECK_INT(a.status, 200);
    return a;
}

TEST_WORLD(a_meal_key_makes_one_order_for_the_nearest_canteen)
{
    struct act act = lived(w);
    int64_t id = pressed(&act, "meal", "1");
    CHECK(id != 0);
    CHECK_INT(pressed(&act, "meal", "2"), id);                /* pressed again while it waits */
    struct answer a = see(w, id);
    CHECK(str_starts(answer_str(w, &a, "number"), S("DD-261123-")));
    CHECK_STR(answer_str(w, &a, "fields.provider.name"), "桂花小食堂");
    CHECK(!str_has(a.body, S("示范钱多")));                    /* masked */
    ms due = 0;
    CHECK(ms_from_rfc3339(answer_str(w, &a, "due_at"), &due));
    CHECK_INT(due - w->clock.at, MINUTES(10));                /* the meal's own clock */
    CHECK_INT(world_get(w, &w->clerk_far, text(w, "/matters/%lld", id, 0)).status, 404);
    CHECK_INT(world_move(w, &w->clerk, id, "accept", "{\"eta_at\":\"2026-11-23T08:00:00+08:00\"}"), 422);
    CHECK_INT(world_move(w, &w->clerk, id, "accept", "{\"eta_at\":\"2026-11-23T11:30:00+08:00\"}"), 200);
    CHECK(pressed(&act, "meal", "3") != id);                  /* the next one is another meal */
    CHECK_INT(world_move(w, &w->worker1, id, "confirm", "{\"by\":\"本人\",\"satisfied\":true}"), 409);
    w->clock.at += HOURS(1);
    CHECK_INT(world_move(w, &w->clerk, id, "deliver", "{\"text\":\"已送到门口\"}"), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "confirm", "{\"by\":\"本人\",\"satisfied\":true}"), 403);   /* not by who brought it */
    CHECK_INT(world_move(w, &w->worker1, id, "not_received", "{\"reason\":\"门口没有\"}"), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "deliver", "{\"text\":\"再送一次\"}"), 200);
    CHECK_INT(world_move(w, &w->worker1, id, "confirm", "{\"by\":\"本人\",\"satisfied\":true}"), 200);
    a = world_get(w, &w->leader, "/figures/order.accepted_in_time");
    CHECK_INT(answer_int(w, &a, "numerator"), 1);
    CHECK_INT(answer_int(w, &a, "denominator"), 1);
    a = world_get(w, &w->leader, "/figures/order.delivered_in_time");
    CHECK_INT(answer_int(w, &a, "numerator"), 1);
}

TEST_WORLD(a_refusal_goes_to_the_next_provider_and_at_last_to_the_street)
{
    struct act act = lived(w);
    int64_t id = pressed(&act, "meal", "1");
    CHECK_INT(world_move(w, &w->clerk, id, "refuse", "{}"), 422);
    w->clock.at += MINUTES(9);
    CHECK_INT(world_move(w, &w->clerk, id, "refuse", "{\"reason\":\"今日停灶\"}"), 200);
    struct answer a = see(w, id);
    CHECK_STR(answer_str(w, &a, "fields.provider.name"), "示范助老服务社");
    world_advance(w, MINUTES(5));
    a = see(w, id);
    CHECK_INT(answer_int(w, &a, "late"), 0);                  /* a clock of his own */
    CHECK_INT(world_move(w, &w->clerk, id, "refuse", "{\"reason\":\"人手不足\"}"), 200);
    a = see(w, id);
    CHECK_INT(answer_int(w, &a, "fields.provider.id"), 0);
    CHECK_INT(answer_int(w, &a, "fields.refusals"), 2);
    CHECK(str_has(a.body, S("由街道安排")));
    CHECK_INT(world_move(w, &w->clerk, id, "reassign", "{\"provider\":99999}"), 422);
    CHECK_INT(world_move(w, &w->clerk, id, "reassign", text(w, "{\"provider\":%lld,\"reason\":\"说好了\"}", act.canteen, 0)), 200);
    a = see(w, id);
    CHECK_STR(answer_str(w, &a, "fields.provider.name"), "桂花小食堂");
    world_advance(w, MINUTES(11));
    a = see(w, id);
    CHECK_INT(answer_int(w, &a, "late"), 1);                  /* nobody forgets it */
    a = world_get(w, &w->clerk, text(w, "/orders/providers?type=meal&area=%lld", w->unit, 0));
    CHECK_INT(answer_count(w, &a, "items"), 2);
    CHECK_INT(answer_int(w, &a, "items.0.id"), act.canteen);
    CHECK_INT(world_get(w, &w->clerk_far, text(w, "/orders/providers?type=meal&area=%lld", w->unit, 0)).status, 404);
}

#define ITEMS "{\"items\":[{\"name\":\"鸡蛋\",\"amount\":10,\"unit\":\"个\"},{\"name\":\"酱油\",\"amount\":1,\"unit\":\"瓶\"}]}"

static void through(struct world *w, int64_t id)
{
    CHECK_INT(world_move(w, &w->clerk, id, "heard", ITEMS), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "accept", "{}"), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "deliver", "{\"text\":\"已送到\"}"), 200);
    CHECK_INT(world_move(w, &w->worker1, id, "confirm", "{\"by\":\"本人\",\"satisfied\":true}"), 200);
}

static bool hear_eggs(const struct recogniser *r, struct arena *a, struct str audio, struct str type, struct str *ret_text)
{
    (void)r, (void)a;
    *ret_text = S("十个鸡蛋");
    return str_starts(audio, S("#!AMR")) && str_is(type, "audio/amr");
}

TEST_WORLD(a_voice_order_is_heard_by_a_human_with_the_usual_basket_beside_it)
{
    struct act act = lived(w);
    act.raw = S("#!AMR\n示范录音");
    int64_t first = pressed(&act, "voice", "1");
    CHECK_INT(world_move(w, &w->clerk, first, "accept", "{}"), 409);          /* nobody has listened */
    struct answer a = see(w, first);
    CHECK_INT(answer_int(w, &a, "fields.has_recording"), 1);
    CHECK_INT(answer_count(w, &a, "fields.usual"), 0);
    a = world_get(w, &w->clerk, text(w, "/orders/%lld/recording", first, 0));
    CHECK_INT(a.status, 200);
    CHECK_STR(a.type, "audio/amr");
    CHECK_INT(world_get(w, &w->clerk_far, text(w, "/orders/%lld/recording", first, 0)).status, 404);
    a = world_get(w, &w->clerk, text(w, "/orders/%lld/heard", first, 0));
    CHECK_STR(answer_str(w, &a, "recogniser"), "null");
    CHECK_INT(answer_int(w, &a, "heard"), 0);
    static const struct recogniser eggs = { .name = "eggs", .hear = hear_eggs };
    recogniser_use(&eggs);
    a = world_get(w, &w->clerk, text(w, "/orders/%lld/heard", first, 0));
    CHECK_STR(answer_str(w, &a, "text"), "十个鸡蛋");
    recogniser_use(NULL);
    a = world_post(w, &w->clerk, text(w, "/matters/%lld/heard", first, 0), "{\"items\":[{\"amount\":1}]}");
    CHECK_INT(a.status, 422);
    CHECK(str_has(a.body, S("items.0.name")) || str_has(a.body, S("items[0].name")));
    through(w, first);
    int64_t second = pressed(&act, "voice", "2");
    CHECK(second != first);
    a = see(w, second);
    CHECK_INT(answer_count(w, &a, "fields.usual"), 2);
    CHECK_INT(answer_int(w, &a, "fields.usual.0.times"), 1);
    CHECK_INT(answer_count(w, &a, "fields.items"), 0);        /* a suggestion, never an order by itself */
}

TEST_WORLD(an_order_by_hand_goes_where_the_person_lives)
{
    struct act act = lived(w);
    struct answer a = world_post(w, &w->clerk, "/orders", text(w, "{\"type\":\"cleaning\",\"person\":%lld,\"text\":\"擦玻璃\",\"channel\":\"phone\"}", act.person, 0));
    CHECK_INT(a.status, 201);
    CHECK_STR(answer_str(w, &a, "fields.provider.name"), "示范助老服务社");
    CHECK_INT(answer_int(w, &a, "area"), w->unit);
    CHECK_INT(world_post(w, &w->clerk, "/orders", "{\"type\":\"cleaning\"}").status, 422);
    CHECK_INT(world_post(w, &w->clerk, "/orders", "{\"type\":\"helicopter\"}").status, 422);
    CHECK_INT(world_post(w, &w->clerk, "/orders", "{\"type\":\"meal\",\"person\":99999}").status, 422);
    CHECK_INT(world_post(w, &w->clerk, "/orders", text(w, "{\"type\":\"meal\",\"area\":%lld}", w->grid4, 0)).status, 403);
    CHECK_INT(world_post(w, &w->urban, "/orders", text(w, "{\"type\":\"meal\",\"area\":%lld}", w->grid1, 0)).status, 403);
    int64_t id = answer_int(w, &a, "id");
    CHECK_INT(world_move(w, &w->clerk, id, "cancel", "{\"reason\":\"老人说不要了\"}"), 200);
}
