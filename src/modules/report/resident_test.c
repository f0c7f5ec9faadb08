/* resident_test.c -- what somebody without a log-in can do with a code, and all that a code does not show. */
#include "modules/report/report_test.h"

static const char *track(struct world *w, struct str code, const char *verb)
{
    return arena_format(&w->arena, "/public/track/" STR_FMT "%s", STR_ARG(code), verb).p;
}

static struct str code_of(struct world *w, int64_t id)
{
    return value(w, id, "track_code");
}

TEST_WORLD(code_shows_the_state_and_nothing_that_was_written)
{
    int64_t id = in_hand(w);
    struct answer a = world_get(w, &w->nobody, track(w, code_of(w, id), ""));
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "state_label"), "办理中");
    CHECK_INT(answer_count(w, &a, "steps"), 3);
    CHECK_INT(answer_int(w, &a, "can_reopen"), 0);
    CHECK_INT(answer_int(w, &a, "can_rate"), 0);
    const char *const hidden[] = { "院墙", "桂花", "测试甲", "139", "居委会", "网格员" };
    for (size_t i = 0; i < COUNT(hidden); i++)
        CHECK(!str_has(a.body, str_of(hidden[i])));
    CHECK_INT(world_get(w, &w->nobody, "/public/track/ABCD-EFGH-JKMN").status, 404);
    CHECK_INT(world_get(w, &w->nobody, "/public/track/x").status, 404);
}

TEST_WORLD(resident_reports_and_follows)
{
    struct answer a = world_post(w, &w->nobody, "/public/reports", "{\"text\":\"桂花路1号院门口井盖松动\",\"category\":\"P0103\",\"phone\":\"13900000061\",\"client_id\":\"web-0000001\"}");
    CHECK_INT(a.status, 201);
    CHECK(!str_has(a.body, S("\"similar\"")));
    struct answer again = world_post(w, &w->nobody, "/public/reports", "{\"text\":\"桂花路1号院门口井盖松动\",\"client_id\":\"web-0000001\"}");
    CHECK_INT(again.status, 200);
    CHECK_EQ(answer_str(w, &again, "number"), answer_str(w, &a, "number"));
    CHECK_INT(world_post(w, &w->nobody, "/public/reports", "{}").status, 422);
    int64_t id = 0;
    CHECK(matter_from_number(answer_str(w, &a, "number"), &id));
    CHECK_INT(number(w, id, "area"), w->courtyard);
    CHECK_STR(value(w, id, "channel"), "mobile");
    CHECK_EQ(code_of(w, id), answer_str(w, &a, "track_code"));
}

TEST_WORLD(resident_rates_once_and_it_counts_as_a_call_back)
{
    int64_t id = resolved_one(w);
    struct str code = code_of(w, id);
    CHECK_INT(world_post(w, &w->nobody, track(w, code, "/rate"), "{\"responded\":\"yes\"}").status, 422);
    CHECK_INT(world_post(w, &w->nobody, track(w, code, "/rate"), "{\"responded\":\"yes\",\"resolved\":\"yes\",\"satisfied\":\"yes\"}").status, 200);
    CHECK_STR(state(w, id), "closed");
    CHECK_STR(value(w, id, "fields.callback.by"), "resident");
    CHECK_INT(world_post(w, &w->nobody, track(w, code, "/rate"), "{\"responded\":\"yes\",\"resolved\":\"yes\",\"satisfied\":\"yes\"}").status, 409);
}

TEST_WORLD(resident_says_not_solved_and_it_goes_back_to_work)
{
    int64_t id = resolved_one(w);
    CHECK_INT(world_post(w, &w->nobody, track(w, code_of(w, id), "/rate"), "{\"responded\":\"yes\",\"resolved\":\"no\",\"satisfied\":\"no\"}").status, 200);
    CHECK_STR(state(w, id), "handling");
}

TEST_WORLD(resident_reopens_with_a_reason_while_it_is_time)
{
    int64_t id = resolved_one(w);
    struct str code = code_of(w, id);
    CHECK_INT(world_post(w, &w->nobody, track(w, code, "/reopen"), "{\"reason\":\"没修好\"}").status, 409);
    ACT(clerk, id, "callback", CALLED_YES, 200);
    struct answer a = world_get(w, &w->nobody, track(w, code, ""));
    CHECK_INT(answer_int(w, &a, "can_reopen"), 1);
    CHECK_INT(world_post(w, &w->nobody, track(w, code, "/reopen"), "{}").status, 422);
    CHECK_INT(world_post(w, &w->nobody, track(w, code, "/reopen"), "{\"reason\":\"又裂了\"}").status, 200);
    CHECK_STR(state(w, id), "accepted");
    CHECK_INT(world_post(w, &w->nobody, track(w, code, "/reopen"), "{\"reason\":\"又裂了\"}").status, 409);
    int64_t late = resolved_one(w);
    ACT(clerk, late, "callback", CALLED_YES, 200);
    world_advance(w, DAYS(20));
    CHECK_INT(world_post(w, &w->nobody, track(w, code_of(w, late), "/reopen"), "{\"reason\":\"又裂了\"}").status, 409);
}

TEST_WORLD(resident_withdraws_and_moves_nothing_else)
{
    int64_t id = wall(w);
    struct str code = code_of(w, id);
    CHECK_INT(world_post(w, &w->nobody, track(w, code, "/accept"), "{}").status, 404);
    CHECK_INT(world_post(w, &w->nobody, arena_format(&w->arena, "/matters/%lld/withdraw", (long long)id).p, "{\"reason\":\"x不办\"}").status, 403);
    CHECK_INT(world_post(w, &w->nobody, track(w, code, "/withdraw"), "{\"reason\":\"已自行处理\"}").status, 200);
    CHECK_STR(state(w, id), "withdrawn");
}

TEST_WORLD(resident_sees_similar_troubles_of_public_facilities_only)
{
    opened(w, &w->clerk, "{\"text\":\"桂花路1号院门口井盖松动\",\"category\":\"P0103\",\"lat\":34.70115,\"lon\":113.60115}");
    opened(w, &w->clerk, "{\"text\":\"桂花路1号院邻居井盖放在楼道\",\"category\":\"E0604\",\"lat\":34.70115,\"lon\":113.60115}");
    struct answer a = world_get(w, &w->nobody, "/public/similar?lat=34.70115&lon=113.60115&text=%E4%BA%95%E7%9B%96%E6%9D%BE%E5%8A%A8");
    CHECK_INT(a.status, 200);
    CHECK(!str_has(a.body, S("邻居")) && !str_has(a.body, S("\"title\"")));
    CHECK_INT(world_get(w, &w->nobody, "/public/categories").status, 200);
}

/* --- promises ----------------------------------------------------------------------------------- */

TEST_WORLD(promise_said_in_a_reply_rings_its_maker)
{
    int64_t id = in_hand(w);
    ACT(worker1, id, "reply", "{\"text\":\"师傅周五前修好\"}", 200);
    struct answer mine = world_get(w, &w->worker1, "/promises?mine=1"), other = world_get(w, &w->clerk, "/promises?mine=1");
    if (mine.status != 200) check_failed(__FILE__, __LINE__, arena_z(&w->arena, mine.body));
    CHECK_INT(answer_count(w, &mine, "items"), 1);
    CHECK_INT(answer_count(w, &other, "items"), 0);
    CHECK_STR(answer_str(w, &mine, "items.0.due_at"), "2026-11-27T18:00:00+08:00");
    world_advance(w, DAYS(4) + HOURS(8) + MINUTES(30));            /* Friday 17:30: half an hour is left */
    struct answer p = page(w, &w->worker1, id);
    CHECK(str_has(p.body, S("\"rung_at\":\"2026-11-27")) || answer_count(w, &p, "promises") == 1);
    int64_t promise = answer_int(w, &mine, "items.0.id");
    CHECK_INT(world_post(w, &w->clerk, arena_format(&w->arena, "/promises/%lld/keep", (long long)promise).p, "{}").status, 404);
    CHECK(world_post(w, &w->worker1, arena_format(&w->arena, "/promises/%lld/keep", (long long)promise).p, "{}").status < 300);
    CHECK_INT(world_post(w, &w->worker1, arena_format(&w->arena, "/promises/%lld/keep", (long long)promise).p, "{}").status, 409);
    mine = world_get(w, &w->worker1, "/promises?mine=1");
    CHECK_INT(answer_count(w, &mine, "items"), 0);
}
