/* join_test.c -- merges, bundles, tip-offs: what is joined, what never is, and how they end. */
#include "modules/report/report_test.h"

static int64_t said(struct world *w, const char *phone, const char *text)
{
    return opened_id(w, &w->clerk, arena_format(&w->arena, "{\"text\":\"%s\",\"reporter\":{\"name\":\"测试\",\"phone\":\"%s\"}}", text, phone).p);
}

static const char *into(struct world *w, int64_t id)
{
    return arena_format(&w->arena, "{\"into\":%lld}", (long long)id).p;
}

static void finish(struct world *w, int64_t id)
{
    ACT(clerk, id, "accept", "{}", 200);
    ACT(clerk, id, "assign", assign_json(w, w->org_community1), 200);
    ACT(worker1, id, "take", "{}", 200);
    ACT(worker1, id, "resolve", "{\"result\":\"fixed\",\"text\":\"已清运\"}", 200);
    ACT(clerk, id, "callback", CALLED_YES, 200);
}

TEST_WORLD(similar_reports_come_with_the_answer)
{
    int64_t first = said(w, "13900000021", "桂花路1号院垃圾堆了三天没人清运");
    struct answer a = opened(w, &w->clerk, "{\"text\":\"桂花路1号院垃圾堆三天了，没人来清运\"}");
    CHECK_INT(answer_count(w, &a, "similar"), 1);
    CHECK_INT(answer_int(w, &a, "similar.0.id"), first);
    a = opened(w, &w->clerk, "{\"text\":\"桂花路1号院路灯不亮\"}");
    CHECK_INT(answer_count(w, &a, "similar"), 0);
    a = world_get(w, &w->clerk, arena_format(&w->arena, "/similar?area=%lld&text=%s", (long long)w->courtyard,
        "%E5%9E%83%E5%9C%BE%E5%A0%86%E4%BA%86%E4%B8%89%E5%A4%A9%E6%B2%A1%E4%BA%BA%E6%B8%85%E8%BF%90").p);
    CHECK(answer_count(w, &a, "items") >= 1);
    a = world_get(w, &w->worker_far, arena_format(&w->arena, "/similar?area=%lld&text=%s", (long long)w->courtyard,
        "%E5%9E%83%E5%9C%BE%E5%A0%86%E4%BA%86%E4%B8%89%E5%A4%A9%E6%B2%A1%E4%BA%BA%E6%B8%85%E8%BF%90").p);
    CHECK_INT(answer_count(w, &a, "items"), 0);                    /* not in his area: not found */
}

TEST_WORLD(merged_report_keeps_its_reporters_and_ends_with_its_lead)
{
    int64_t lead = said(w, "13900000022", "桂花路1号院垃圾成堆"), other = said(w, "13900000023", "桂花路1号院垃圾成堆发臭");
    ACT(clerk, other, "merge", into(w, other), 422);
    ACT(clerk, other, "merge", "{\"into\":999999}", 404);
    ACT(worker1, other, "merge", into(w, lead), 403);
    ACT(clerk, other, "merge", into(w, lead), 200);
    CHECK_STR(state(w, other), "merged");
    ACT(clerk, other, "accept", "{}", 409);
    ACT(clerk, lead, "merge", into(w, other), 422);                /* no circles */
    struct answer p = page(w, &w->clerk, lead);
    CHECK_INT(answer_int(w, &p, "fields.merged_count"), 1);
    CHECK_INT(answer_count(w, &p, "fields.joined.0.reporters"), 1);
    CHECK_INT(number(w, other, "reporter_count"), 1);
    finish(w, lead);
    CHECK_STR(state(w, other), "closed");
}

TEST_WORLD(merged_report_comes_out_again)
{
    int64_t lead = said(w, "13900000024", "桂花路1号院垃圾成堆"), other = said(w, "13900000025", "桂花路1号院路灯坏");
    ACT(clerk, other, "merge", into(w, lead), 200);
    ACT(clerk, other, "unmerge", "{\"reason\":\"不是一回事\"}", 200);
    CHECK_STR(state(w, other), "accepted");
    finish(w, lead);
    CHECK_STR(state(w, other), "accepted");
}

TEST_WORLD(merged_report_returns_to_the_desk_when_its_lead_is_void)
{
    int64_t lead = said(w, "13900000026", "桂花路1号院垃圾成堆"), other = said(w, "13900000027", "桂花路1号院垃圾成堆");
    ACT(clerk, other, "merge", into(w, lead), 200);
    ACT(clerk, lead, "reject", "{\"basis\":\"unclear\",\"reason\":\"无法联系\"}", 200);
    CHECK_STR(state(w, other), "accepted");
}

TEST_WORLD(bundle_is_of_one_person)
{
    int64_t lead = said(w, "13900000028", "桂花路1号院广场舞太吵"), own = said(w, "13900000028", "桂花路1号院广场舞吵得睡不着"),
            other = said(w, "13900000029", "桂花路1号院广场舞太吵");
    ACT(clerk, other, "bundle", into(w, lead), 422);
    ACT(clerk, own, "bundle", into(w, lead), 200);
    CHECK_STR(state(w, own), "bundled");
    CHECK_INT(number(w, lead, "fields.bundled_count"), 1);
    ACT(clerk, own, "note", "{\"text\":\"又来电催问\"}", 200);
    CHECK_STR(state(w, own), "bundled");
    ACT(clerk, own, "note", "{\"text\":\"来电说再这样就不想活了\"}", 200);
    CHECK_STR(state(w, own), "accepted");                          /* a danger word goes to a human */
}

TEST_WORLD(two_hundred_reports_of_one_person_are_one_bundle)
{
    int64_t lead = said(w, "13900000030", "桂花路1号院广场舞太吵，晚上十点还在放音乐");
    for (int i = 1; i < 200; i++)
        said(w, "13900000030", "桂花路1号院广场舞太吵，晚上十点还在放音乐，没有人管");
    struct answer p = page(w, &w->clerk, lead);
    CHECK_INT(answer_int(w, &p, "fields.bundled_count"), 197);     /* the first three stood alone until the fourth */
    struct answer danger = opened(w, &w->clerk, "{\"text\":\"桂花路1号院广场舞太吵，晚上十点还在放音乐，我要持刀下去\",\"reporter\":{\"phone\":\"13900000030\"}}");
    CHECK_STR(answer_str(w, &danger, "state"), "new");
    CHECK_INT(answer_int(w, &danger, "left_bundle"), 1);
    struct answer fact = opened(w, &w->clerk, "{\"text\":\"桂花路1号院电梯停运了两天\",\"reporter\":{\"phone\":\"13900000030\"}}");
    CHECK_STR(answer_str(w, &fact, "state"), "new");
    CHECK_INT(answer_int(w, &fact, "left_bundle"), 1);
    struct answer with = world_get(w, &w->leader, "/figures/report.opened"),
                  without = world_get(w, &w->leader, "/figures/report.opened_without_joined");
    CHECK_INT(answer_int(w, &with, "numerator"), 202);
    CHECK_INT(answer_int(w, &without, "numerator"), 5);
    finish(w, lead);
    p = page(w, &w->clerk, lead);
    CHECK_STR(answer_str(w, &p, "fields.joined.0.state"), "closed");
    with = world_get(w, &w->leader, "/figures/report.done");
    CHECK_INT(answer_int(w, &with, "numerator"), 198);
}

TEST_WORLD(tip_off_never_reaches_the_accused_unit_and_is_never_merged)
{
    const char *json = arena_format(&w->arena, "{\"text\":\"桂花路1号院反映社区工作人员收费\",\"nature\":\"tipoff\",\"accused_org\":%lld,"
                                               "\"reporter\":{\"name\":\"测试\",\"phone\":\"13900000031\"}}", (long long)w->org_community1).p;
    int64_t id = opened_id(w, &w->clerk, json);
    CHECK_INT(number(w, id, "owner.id"), w->org_street);
    CHECK_INT(page(w, &w->secretary, id).status, 404);
    CHECK_INT(page(w, &w->worker1, id).status, 404);
    CHECK_INT(page(w, &w->clerk_far, id).status, 404);
    CHECK_INT(page(w, &w->leader, id).status, 200);
    ACT(clerk, id, "accept", "{}", 200);
    ACT(clerk, id, "assign", assign_json(w, w->org_community1), 403);
    ACT(clerk, id, "assign", arena_format(&w->arena, "{\"account\":%lld}", (long long)w->worker1.account).p, 403);
    int64_t named = said(w, "13900000031", "桂花路1号院反映社区工作人员收费");
    ACT(clerk, id, "merge", into(w, named), 422);
    ACT(clerk, named, "merge", into(w, id), 422);
    struct answer a = opened(w, &w->secretary, "{\"text\":\"桂花路1号院反映社区工作人员收费\"}");
    for (int i = 0; i < answer_count(w, &a, "similar"); i++)
        CHECK(answer_int(w, &a, arena_format(&w->arena, "similar.%d.id", i).p) != id);
    ACT(clerk, id, "assign", assign_json(w, w->org_urban), 200);
    CHECK_INT(page(w, &w->urban, id).status, 200);
}

TEST_WORLD(tip_off_against_the_street_goes_to_the_district)
{
    const char *json = arena_format(&w->arena, "{\"text\":\"桂花路1号院反映街道窗口推诿\",\"nature\":\"tipoff\",\"accused_org\":%lld}",
                                    (long long)w->org_street).p;
    struct answer a = opened(w, &w->duty, json);
    CHECK_INT(answer_int(w, &a, "owner.id"), w->org_district);
    CHECK_INT(page(w, &w->clerk, answer_int(w, &a, "id")).status, 404);
}

TEST_WORLD(tip_off_of_a_resident_is_sealed_and_its_accused_named_at_the_desk)
{
    struct answer a = world_post(w, &w->nobody, "/public/reports",
        "{\"text\":\"桂花路1号院反映街道窗口收好处\",\"nature\":\"tipoff\",\"confidential\":true,\"phone\":\"13900000091\"}");
    int64_t id = 0, plain = said(w, "13900000092", "桂花路1号院路灯不亮");
    CHECK_INT(a.status, 201);
    CHECK(matter_from_number(answer_str(w, &a, "number"), &id));
    CHECK_INT(number(w, id, "owner.id"), w->org_street);
    CHECK_INT(page(w, &w->secretary, id).status, 404);
    const char *accused = arena_format(&w->arena, "{\"org\":%lld}", (long long)w->org_street).p;
    ACT(clerk, plain, "set_accused", accused, 409);
    ACT(clerk, id, "set_accused", accused, 200);
    CHECK_INT(page(w, &w->clerk, id).status, 404);                 /* the street itself is accused */
}
