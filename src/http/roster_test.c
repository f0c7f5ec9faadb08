/* roster_test.c -- seats, shifts and contacts kept by hand: wrong fields are named, foreign ones are not found, the second of two
 * people who edit the same row is told, a week shows its gaps and is copied, and who is on duty is told with whom comes next. */
#include "http/http.h"
#include "test/world.h"

static const char *text(struct world *w, const char *format, int64_t a, int64_t b)
{
    return arena_format(&w->arena, format, (long long)a, (long long)b).p;
}

static struct answer with_etag(struct world *w, const struct who *who, enum method method, const char *path, const char *json, struct str etag)
{
    struct call call = {
        .method = method, .path = arena_join(&w->arena, S("/api/v1"), str_of(path)), .body = str_of(json), .who = who,
        .content_type = json ? S("application/json") : S(""), .accept_language = S("zh-CN"), .address = S("127.0.0.1"),
        .if_match = arena_format(&w->arena, "\"" STR_FMT "\"", STR_ARG(etag)),
    };
    struct answer answer = { 0 };
    api_call(w->api, &w->arena, &call, &answer);
    return answer;
}

#define SEAT "{\"org\":%lld,\"kind\":\"duty_officer\",\"name\":\"值班员甲\",\"phone\":\"138 0000 0101\"}"

static int64_t add_seat(struct world *w, const char *name, const char *phone)
{
    struct answer a = world_post(w, &w->clerk, "/seats", arena_format(&w->arena,
        "{\"org\":%lld,\"kind\":\"duty_officer\",\"name\":\"%s\",\"phone\":\"%s\"}", (long long)w->org_street, name, phone).p);
    CHECK_INT(a.status, 201);
    return answer_int(w, &a, "id");
}

static struct answer add_shift(struct world *w, const struct who *who, int64_t seat, const char *kind, const char *from, const char *to)
{
    return world_post(w, who, "/shifts", arena_format(&w->arena, "{\"seat\":%lld,\"kind\":\"%s\",\"from\":\"%s+08:00\",\"to\":\"%s+08:00\"}",
                                                     (long long)seat, kind, from, to).p);
}

TEST_WORLD(a_seat_is_kept_by_its_street_and_by_nobody_else)
{
    struct answer a = world_post(w, &w->clerk, "/seats", text(w, SEAT, w->org_street, 0));
    CHECK_INT(a.status, 201);
    int64_t id = answer_int(w, &a, "id");
    CHECK_STR(answer_str(w, &a, "phone"), "13800000101");
    CHECK_INT(world_post(w, &w->clerk, "/seats", text(w, SEAT, w->org_street, 0)).status, 409);
    CHECK_INT(world_post(w, &w->clerk_far, "/seats", text(w, SEAT, w->org_street, 0)).status, 404);
    CHECK_INT(world_post(w, &w->worker1, "/seats", text(w, SEAT, w->org_street, 0)).status, 403);
    CHECK_INT(world_post(w, &w->urban, "/seats", text(w, SEAT, w->org_street, 0)).status, 403);
    CHECK_INT(world_get(w, &w->clerk_far, text(w, "/seats/%lld", id, 0)).status, 404);
    a = world_get(w, &w->duty, text(w, "/seats/%lld", id, 0));
    CHECK_STR(answer_str(w, &a, "phone"), "138****0101");        /* an officer is no keeper of seats */
    a = world_post(w, &w->clerk, "/seats", "{\"org\":99999,\"kind\":\"pope\",\"phone\":\"12\"}");
    CHECK_INT(a.status, 422);
    CHECK(str_has(a.body, S("\"kind\"")) && str_has(a.body, S("\"phone\"")));
    a = world_post(w, &w->clerk, "/seats", "{\"org\":99999,\"kind\":\"duty_officer\"}");
    CHECK_INT(a.status, 422);
    CHECK_STR(answer_str(w, &a, "errors.0.field"), "org");
    a = world_get(w, &w->clerk, text(w, "/seats?org=%lld", w->org_street, 0));
    CHECK(answer_count(w, &a, "items") == 3);
    a = world_get(w, &w->clerk_far, text(w, "/seats?org=%lld", w->org_street, 0));
    CHECK_INT(answer_count(w, &a, "items"), 0);
    CHECK_INT(world_call(w, &w->clerk_far, DELETE, text(w, "/seats/%lld", id, 0), NULL).status, 404);
    CHECK_INT(world_call(w, &w->clerk, DELETE, text(w, "/seats/%lld", id, 0), NULL).status, 204);
    CHECK_INT(world_get(w, &w->clerk, text(w, "/seats/%lld", id, 0)).status, 404);
}

TEST_WORLD(of_two_people_who_edit_a_seat_the_second_is_told)
{
    struct answer a = world_post(w, &w->clerk, "/seats", text(w, SEAT, w->org_street, 0));
    int64_t id = answer_int(w, &a, "id");
    struct str seen = answer_str(w, &a, "etag");
    const char *path = text(w, "/seats/%lld", id, 0);
    const char *first = text(w, "{\"org\":%lld,\"kind\":\"duty_officer\",\"name\":\"值班员乙\",\"phone\":\"13800000102\"}", w->org_street, 0);
    const char *second = text(w, "{\"org\":%lld,\"kind\":\"duty_officer\",\"name\":\"值班员丙\",\"phone\":\"13800000103\"}", w->org_street, 0);
    CHECK_INT(with_etag(w, &w->clerk, PUT, path, first, seen).status, 200);
    CHECK_INT(with_etag(w, &w->clerk_b, PUT, path, second, seen).status, 412);
    CHECK_INT(with_etag(w, &w->clerk_b, DELETE, path, NULL, seen).status, 412);
    a = world_get(w, &w->clerk, path);
    CHECK_STR(answer_str(w, &a, "name"), "值班员乙");
    CHECK_INT(with_etag(w, &w->clerk_b, PUT, path, second, answer_str(w, &a, "etag")).status, 200);
}

TEST_WORLD(a_week_shows_its_gaps_is_copied_and_two_may_swap)
{
    int64_t one = add_seat(w, "值班员甲", "13800000101"), two = add_seat(w, "值班员乙", "13800000102");
    struct answer a = add_shift(w, &w->duty, one, "night", "2026-11-23T18:00:00", "2026-11-24T08:00:00");
    CHECK_INT(a.status, 201);
    int64_t shift = answer_int(w, &a, "id");
    struct str seen = answer_str(w, &a, "etag");
    a = add_shift(w, &w->duty, two, "night", "2026-11-24T18:00:00", "2026-11-25T08:00:00");
    int64_t shift2 = answer_int(w, &a, "id");
    a = add_shift(w, &w->duty, one, "day", "2026-11-23T20:00:00", "2026-11-23T22:00:00");
    CHECK_INT(a.status, 422);
    CHECK_STR(answer_str(w, &a, "errors.0.field"), "from");
    CHECK_INT(add_shift(w, &w->duty, one, "day", "2026-11-25T20:00:00", "2026-11-25T18:00:00").status, 422);
    CHECK_INT(add_shift(w, &w->duty, one, "siesta", "2026-11-25T08:00:00", "2026-11-25T18:00:00").status, 422);
    a = add_shift(w, &w->duty, 99999, "day", "2026-11-25T08:00:00", "2026-11-25T18:00:00");
    CHECK_INT(a.status, 422);
    CHECK_STR(answer_str(w, &a, "errors.0.field"), "seat");
    CHECK_INT(add_shift(w, &w->clerk_far, one, "day", "2026-11-26T08:00:00", "2026-11-26T18:00:00").status, 404);
    CHECK_INT(add_shift(w, &w->worker1, one, "day", "2026-11-26T08:00:00", "2026-11-26T18:00:00").status, 403);

    a = world_get(w, &w->duty, "/shifts?week=2026-11-26");
    CHECK_STR(answer_str(w, &a, "week"), "2026-11-23");
    CHECK_INT(answer_count(w, &a, "items"), 2);
    CHECK_INT(answer_count(w, &a, "gaps"), 3);
    CHECK_STR(answer_str(w, &a, "gaps.1.from"), "2026-11-24T08:00:00+08:00");
    CHECK_STR(answer_str(w, &a, "gaps.1.to"), "2026-11-24T18:00:00+08:00");
    CHECK_INT(answer_int(w, &a, "days.5.working"), 0);
    a = world_get(w, &w->clerk_far, "/shifts?week=2026-11-26");
    CHECK_INT(answer_count(w, &a, "items"), 0);

    const char *copy = text(w, "{\"org\":%lld,\"week\":\"2026-12-02\"}", w->org_street, 0);
    a = world_post(w, &w->duty, "/shifts/copy", copy);
    CHECK_INT(answer_int(w, &a, "copied"), 2);
    a = world_post(w, &w->duty, "/shifts/copy", copy);
    CHECK_INT(answer_int(w, &a, "copied"), 0);
    CHECK_INT(answer_int(w, &a, "skipped"), 2);
    CHECK_INT(world_post(w, &w->clerk_far, "/shifts/copy", copy).status, 404);
    a = world_get(w, &w->duty, "/shifts?week=2026-12-01");
    CHECK_STR(answer_str(w, &a, "items.1.from"), "2026-12-01T18:00:00+08:00");

    const char *swap = text(w, "{\"one\":%lld,\"other\":%lld}", shift, shift2);
    a = world_post(w, &w->duty, "/shifts/swap", swap);
    CHECK_INT(a.status, 200);
    CHECK_INT(answer_int(w, &a, "items.0.seat"), two);
    CHECK_INT(answer_int(w, &a, "items.1.seat"), one);
    a = world_post(w, &w->duty, "/shifts/swap", arena_format(&w->arena, "{\"one\":%lld,\"other\":%lld,\"one_etag\":\"" STR_FMT "\"}",
                                                           (long long)shift, (long long)shift2, STR_ARG(seen)).p);
    CHECK_INT(a.status, 412);
    CHECK_INT(with_etag(w, &w->duty, DELETE, text(w, "/shifts/%lld", shift, 0), NULL, seen).status, 412);
    CHECK_INT(world_call(w, &w->duty, DELETE, text(w, "/shifts/%lld", shift, 0), NULL).status, 204);
    CHECK_INT(world_call(w, &w->clerk, DELETE, text(w, "/seats/%lld", one, 0), NULL).status, 409);    /* its shifts are to come */
}

TEST_WORLD(who_is_on_duty_now_and_who_is_next)
{
    struct answer a = world_get(w, &w->duty, "/duty");
    CHECK_INT(a.status, 200);
    CHECK_INT(answer_int(w, &a, "nobody"), 1);
    int64_t one = add_seat(w, "值班员甲", "13800000101"), two = add_seat(w, "值班员乙", "13800000102");
    add_shift(w, &w->duty, one, "day", "2026-11-23T08:00:00", "2026-11-23T18:00:00");
    add_shift(w, &w->duty, two, "night", "2026-11-23T18:00:00", "2026-11-24T08:00:00");
    a = world_get(w, &w->duty, text(w, "/duty?area=%lld", w->grid1, 0));
    CHECK_INT(answer_int(w, &a, "nobody"), 0);
    CHECK_INT(answer_int(w, &a, "order.0.seat"), one);
    CHECK_STR(answer_str(w, &a, "order.0.phone"), "13800000101");
    CHECK_STR(answer_str(w, &a, "order.0.until"), "2026-11-23T18:00:00+08:00");
    CHECK_INT(answer_int(w, &a, "order.1.seat"), two);           /* off shift, before the standing seats */
    CHECK_INT(answer_int(w, &a, "order.1.on_shift"), 0);
    CHECK_INT(answer_int(w, &a, "next.0.seat"), two);
    a = world_get(w, &w->worker1, text(w, "/duty?area=%lld", w->grid1, 0));
    CHECK_STR(answer_str(w, &a, "order.0.phone"), "138****0101");
    CHECK_INT(world_get(w, &w->clerk_far, text(w, "/duty?area=%lld", w->grid1, 0)).status, 404);
    w->clock.at += HOURS(10);
    a = world_get(w, &w->duty, "/duty");
    CHECK_INT(answer_int(w, &a, "order.0.seat"), two);
}

TEST_WORLD(a_contact_is_changed_by_its_street)
{
    struct answer a = world_get(w, &w->clerk, text(w, "/contacts?street=%lld", w->street, 0));
    CHECK_INT(answer_count(w, &a, "items"), 2);
    int64_t id = answer_int(w, &a, "items.0.id");
    struct str seen = answer_str(w, &a, "items.0.etag");
    const char *path = text(w, "/contacts/%lld", id, 0);
    const char *body = text(w, "{\"org\":%lld,\"street\":%lld,\"name\":\"城管甲\",\"phone\":\"13800000019\",\"rank\":\"A\"}", w->org_urban, w->street);
    CHECK_INT(world_call(w, &w->clerk_far, PUT, path, body).status, 404);
    CHECK_INT(with_etag(w, &w->clerk, PUT, path, body, seen).status, 200);
    CHECK_INT(with_etag(w, &w->clerk_b, PUT, path, body, seen).status, 412);
    a = world_get(w, &w->clerk, path);
    CHECK_STR(answer_str(w, &a, "phone"), "13800000019");
    body = text(w, "{\"org\":%lld,\"street\":%lld,\"name\":\"城管乙\",\"phone\":\"13800000019\",\"rank\":\"B\"}", w->org_urban, w->street);
    CHECK_INT(world_call(w, &w->clerk, PUT, path, body).status, 409);
    body = text(w, "{\"org\":%lld,\"street\":%lld,\"name\":\"城管丙\",\"phone\":\"13800000019\",\"rank\":\"C\"}", w->org_urban, w->grid1);
    CHECK_INT(world_post(w, &w->clerk, "/contacts", body).status, 422);
    CHECK_INT(world_call(w, &w->clerk, DELETE, path, NULL).status, 204);
    CHECK_INT(world_get(w, &w->clerk, path).status, 404);
}
