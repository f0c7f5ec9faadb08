/* device_told_test.c -- what devices told, their own meanings of codes, and what is asked of them, through the routes. */
#include "engine/device.h"
#include "test/world.h"

static const char *path(struct world *w, const char *format, int64_t id)
{
    return arena_format(&w->arena, format, (long long)id).p;
}

static int64_t add(struct world *w, const char *format)
{
    struct answer a = world_post(w, &w->clerk, "/devices", path(w, format, w->courtyard));
    CHECK_INT(a.status, 201);
    return answer_int(w, &a, "id");
}
#define PANEL "{\"kind\":\"panel\",\"protocol\":\"dc09\",\"account\":\"a1b2c3\",\"area\":%lld}"
#define TRANSMITTER "{\"kind\":\"fire_panel\",\"protocol\":\"gb26875\",\"account\":\"379\",\"clock\":\"bcd\",\"area\":%lld}"

static void tell(struct tx *tx, void *arg)
{
    const struct signal_in *in = arg;
    bool fresh = false;
    CHECK(signal_put(tx, in, &fresh) > 0 && fresh);
}

TEST_WORLD(a_zone_of_a_panel_means_what_the_office_says)
{
    int64_t id = add(w, PANEL);
    struct signal_in in = { .protocol = S("dc09"), .account = S("A1B2C3"), .sequence = S("1"), .kind = S("rescue"), .code = S("1101"), .zone = S("7"),
                            .data = S("{\"code\":\"1101\",\"zone\":\"7\"}") };
    struct answer a = world_call(w, &w->clerk, PUT, path(w, "/devices/%lld/meanings", id),
                                 "{\"code\":\"1101\",\"zone\":\"7\",\"kind\":\"fall\",\"reason\":\"七号防区接跌倒传感器\"}");
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "items.0.kind"), "fall");
    world_write(w, tell, &in, NULL);
    a = world_get(w, &w->clerk, path(w, "/devices/%lld/signals", id));
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK_STR(answer_str(w, &a, "items.0.kind"), "fall");
    CHECK_STR(answer_str(w, &a, "items.0.data.zone"), "7");
    CHECK_INT(world_call(w, &w->clerk, PUT, path(w, "/devices/%lld/meanings", id), "{\"code\":\"1101\",\"kind\":\"dance\",\"reason\":\"试试\"}").status, 422);
    CHECK_INT(world_call(w, &w->clerk, PUT, path(w, "/devices/%lld/meanings", id), "{\"code\":\"1101\",\"kind\":\"fall\"}").status, 422);
    a = world_call(w, &w->clerk, PUT, path(w, "/devices/%lld/meanings", id), "{\"code\":\"1101\",\"zone\":\"7\",\"reason\":\"传感器已拆\"}");
    CHECK_INT(answer_count(w, &a, "items"), 0);
    CHECK_INT(world_get(w, &w->clerk_far, path(w, "/devices/%lld/meanings", id)).status, 404);
    CHECK_INT(world_get(w, &w->clerk_far, path(w, "/devices/%lld/signals", id)).status, 404);
    CHECK_INT(world_call(w, &w->clerk_far, PUT, path(w, "/devices/%lld/meanings", id), "{\"code\":\"1101\",\"kind\":\"fall\",\"reason\":\"试试\"}").status, 404);
}

TEST_WORLD(a_transmitter_is_asked_and_a_panel_is_not)
{
    int64_t panel = add(w, PANEL), id = add(w, TRANSMITTER);
    struct answer a = world_get(w, &w->clerk, path(w, "/devices/%lld", id));
    CHECK_STR(answer_str(w, &a, "account"), "000000000379");
    CHECK_STR(answer_str(w, &a, "clock"), "bcd");
    a = world_post(w, &w->clerk, path(w, "/devices/%lld/query", id), "{\"what\":\"patrol\",\"minutes\":5}");
    CHECK_INT(a.status, 201);
    CHECK_STR(answer_str(w, &a, "state"), "waiting");
    CHECK_INT(answer_int(w, &a, "minutes"), 5);
    CHECK_INT(world_post(w, &w->clerk, path(w, "/devices/%lld/query", id), "{\"what\":\"patrol\"}").status, 409);
    CHECK_INT(world_post(w, &w->clerk, path(w, "/devices/%lld/query", id), "{\"what\":\"dance\"}").status, 422);
    CHECK_INT(world_post(w, &w->clerk, path(w, "/devices/%lld/query", id), "{\"what\":\"patrol\",\"minutes\":61}").status, 422);
    CHECK_INT(world_post(w, &w->clerk, path(w, "/devices/%lld/query", panel), "{\"what\":\"patrol\"}").status, 409);
    CHECK_INT(world_post(w, &w->clerk_far, path(w, "/devices/%lld/query", id), "{\"what\":\"state\"}").status, 404);
    world_advance(w, SECONDS(61));                                     /* it was never connected: that is a fault of its link */
    a = world_get(w, &w->clerk, path(w, "/devices/%lld/queries", id));
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK_STR(answer_str(w, &a, "items.0.state"), "failed");
    a = world_get(w, &w->clerk, path(w, "/devices/%lld/signals", id));
    CHECK_STR(answer_str(w, &a, "items.0.kind"), "link_fail");
    a = world_get(w, &w->clerk, path(w, "/devices/%lld", id));
    CHECK_INT(answer_str(w, &a, "seen_at").n, 0);                      /* what the office says of it is not heard from it */
}

TEST_WORLD(accounts_are_written_one_way)
{
    struct answer a = world_post(w, &w->clerk, "/devices", path(w, "{\"kind\":\"panel\",\"protocol\":\"dc09\",\"account\":\"12\",\"area\":%lld}", w->courtyard));
    CHECK_INT(a.status, 422);
    CHECK_STR(answer_str(w, &a, "errors.0.field"), "account");
    int64_t id = add(w, PANEL);
    a = world_post(w, &w->clerk, "/devices", path(w, "{\"kind\":\"panel\",\"protocol\":\"dc09\",\"account\":\"A1B2C3\",\"area\":%lld}", w->courtyard));
    CHECK_INT(a.status, 200);
    CHECK_INT(answer_int(w, &a, "id"), id);
}
