/* report_test.c -- a report's way from each channel to its end, and every refusal on it. */
#include "modules/report/report_test.h"

/* --- coming in ---------------------------------------------------------------------------------- */

TEST_WORLD(report_needs_only_words)
{
    struct answer a = opened(w, &w->clerk, "{\"text\":\"楼道灯坏了。晚上看不见路\"}");
    CHECK_STR(answer_str(w, &a, "title"), "楼道灯坏了");
    CHECK_STR(answer_str(w, &a, "state"), "new");
    CHECK_STR(answer_str(w, &a, "phase"), "open");
    CHECK_STR(answer_str(w, &a, "channel"), "web");
    CHECK_INT(answer_int(w, &a, "area"), w->street);
    CHECK_INT(answer_int(w, &a, "owner.id"), w->org_street);
    CHECK_INT(answer_count(w, &a, "deadlines"), 2);
    CHECK(str_starts(answer_str(w, &a, "number"), S("BG-261123-")));
    CHECK_INT((int)answer_str(w, &a, "track_code").n, 14);
    CHECK(str_has(answer_str(w, &a, "reply_line"), answer_str(w, &a, "number")));
    CHECK(a.location.n > 0);
}

TEST_WORLD(report_without_words_is_refused)
{
    struct answer a = world_post(w, &w->clerk, "/reports", "{\"title\":\"x\"}");
    CHECK_INT(a.status, 422);
    CHECK_STR(answer_str(w, &a, "errors.0.field"), "text");
    CHECK_INT(world_post(w, &w->clerk, "/reports", "{\"text\":\"灯坏了\",\"category\":\"E9999\"}").status, 422);
    struct answer both = world_post(w, &w->clerk, "/reports", "{\"text\":\"灯坏了\",\"category\":\"E9999\",\"urgency\":\"very\"}");
    CHECK_INT(both.status, 422);
    CHECK(str_has(both.body, S("\"field\":\"category\"")) && str_has(both.body, S("\"field\":\"urgency\"")));   /* in one answer */
    CHECK_INT(world_post(w, &w->clerk, "/reports", "{\"text\":\"灯坏了\",\"channel\":\"device\"}").status, 422);
    CHECK_INT(world_post(w, &w->clerk, "/reports", "{\"text\":\"灯坏了\",\"lat\":34.70}").status, 422);
    CHECK_INT(world_post(w, &w->clerk, "/reports", "{\"text\":\"灯坏了\",\"at\":\"2027-01-01T00:00:00+08:00\"}").status, 422);
    CHECK_INT(world_post(w, &w->kiosk, "/reports", "{\"text\":\"灯坏了\"}").status, 403);
    CHECK_INT(world_post(w, &w->auditor, "/reports", "{\"text\":\"灯坏了\"}").status, 403);
}

TEST_WORLD(report_finds_its_place_in_the_words)
{
    int64_t id = wall(w);
    CHECK_INT(number(w, id, "area"), w->courtyard);
    CHECK_INT(number(w, id, "grid"), w->grid1);
    CHECK_INT(number(w, id, "owner.id"), w->org_community1);
    struct answer a = opened(w, &w->worker1, "{\"text\":\"这里有垃圾\",\"channel\":\"patrol\"}");
    CHECK_INT(answer_int(w, &a, "area"), w->grid1);
    CHECK_STR(answer_str(w, &a, "suggested_category"), "E0102");
}

static void door_code(struct tx *tx, void *arg)
{
    struct { struct world *w; struct str code; } *door = arg;
    door->code = arena_copy(&door->w->arena, area_door_code(tx, door->w->unit));
}

TEST_WORLD(report_by_the_code_on_a_door_has_the_door_as_its_place)
{
    struct { struct world *w; struct str code; } door = { .w = w };
    world_read(w, door_code, &door);
    struct answer a = world_post(w, &w->nobody, "/public/reports",
        arena_format(&w->arena, "{\"text\":\"单元门关不上\",\"place\":\"" STR_FMT "\",\"client_id\":\"aaaa-bbbb-0001\"}", STR_ARG(door.code)).p);
    CHECK_INT(a.status, 201);
    int64_t id = 0;
    CHECK(matter_from_number(answer_str(w, &a, "number"), &id));
    CHECK_INT(number(w, id, "area"), w->unit);
    CHECK_STR(value(w, id, "channel"), "qr");
    CHECK_INT(world_post(w, &w->nobody, "/public/reports", "{\"text\":\"单元门关不上\",\"place\":\"XXXX\"}").status, 422);
}

TEST_WORLD(report_sent_twice_by_a_phone_is_one_report)
{
    const char *json = "{\"text\":\"巡查发现井盖松动\",\"channel\":\"patrol\",\"client_id\":\"phone-7-000123\"}";
    struct answer first = opened(w, &w->worker1, json), again = world_post(w, &w->worker1, "/reports", json);
    CHECK_INT(again.status, 200);
    CHECK_INT(answer_int(w, &again, "id"), answer_int(w, &first, "id"));
    CHECK_EQ(answer_str(w, &again, "track_code"), answer_str(w, &first, "track_code"));
    CHECK_INT(answer_int(w, &again, "existing"), 1);
    struct answer other = opened(w, &w->worker2, json);         /* another phone's same number is another report */
    CHECK(answer_int(w, &other, "id") != answer_int(w, &first, "id"));
}

TEST_WORLD(report_with_a_danger_word_is_urgent_and_says_what_to_do)
{
    struct answer a = opened(w, &w->clerk, "{\"text\":\"桂花路1号院闻到煤气味，像是漏气\"}");
    CHECK_STR(answer_str(w, &a, "urgency"), "urgent");
    CHECK(answer_str(w, &a, "advice").n > 0);
    struct answer calm = opened(w, &w->clerk, "{\"text\":\"桂花路1号院要换路灯\"}");
    CHECK_STR(answer_str(w, &calm, "urgency"), "normal");
}

TEST_WORLD(report_pasted_from_a_group_keeps_the_first_speaker_only)
{
    struct answer a = opened(w, &w->clerk, "{\"text_pasted\":\"3号楼王阿姨:\\n桂花路1号院垃圾三天没人收了\\n李四 2026/11/23 8:30\\n是啊，电话13900000077\\n[图片]\"}");
    int64_t id = answer_int(w, &a, "id");
    CHECK_STR(answer_str(w, &a, "channel"), "wechat");
    CHECK_STR(answer_str(w, &a, "title"), "桂花路1号院垃圾三天没人收了");
    CHECK(!str_has(answer_str(w, &a, "reply_line"), answer_str(w, &a, "track_code")));   /* a group reads it */
    struct answer p = page(w, &w->clerk, id);
    CHECK_INT(answer_count(w, &p, "reporters"), 1);
    CHECK(!str_has(answer_str(w, &p, "text"), S("李四")));
}

TEST_WORLD(report_from_the_police_carries_number_place_request_and_telephone_only)
{
    const char *json = "{\"text\":\"桂花路1号院邻里噪声，请社区跟进\",\"slip\":{\"number\":\"YJD-0007\"},\"reporter\":{\"phone\":\"13900000009\"}}";
    struct answer a = opened(w, &w->clerk, json);
    CHECK_STR(answer_str(w, &a, "channel"), "police");
    CHECK_INT(world_post(w, &w->clerk, "/reports", json).status, 200);          /* the same slip */
    CHECK_INT(world_post(w, &w->clerk, "/reports", "{\"text\":\"x噪声\",\"slip\":{\"number\":\"YJD-0008\"},"
                                                    "\"reporter\":{\"name\":\"测试乙\"}}").status, 422);
}

TEST_WORLD(report_hides_a_confidential_reporter)
{
    int64_t id = opened_id(w, &w->clerk, "{\"text\":\"桂花路1号院有人占道\",\"reporter\":{\"name\":\"测试丙\",\"phone\":\"13900000010\",\"confidential\":true}}");
    struct answer p = page(w, &w->secretary, id);
    CHECK_INT(answer_int(w, &p, "confidential"), 1);
    CHECK(!str_has(p.body, S("测试丙")) && !str_has(p.body, S("13900000010")));
}

/* --- from the desk to the end ------------------------------------------------------------------- */

TEST_WORLD(report_goes_from_the_desk_to_its_end)
{
    int64_t id = wall(w);
    ACT(clerk, id, "take", "{}", 403);
    ACT(clerk, id, "assign", assign_json(w, w->org_urban), 409);                 /* not accepted yet */
    ACT(worker_far, id, "accept", "{}", 404);
    ACT(clerk, id, "accept", "{\"category\":\"E0408\",\"urgency\":\"urgent\"}", 200);
    CHECK_STR(value(w, id, "category"), "E0408");
    ACT(clerk, id, "assign", "{}", 422);
    ACT(clerk, id, "assign", "{\"org\":999999}", 422);
    ACT(clerk, id, "assign", assign_json(w, w->org_urban), 200);
    ACT(housing, id, "take", "{}", 404);                                         /* nobody answers for another department */
    ACT(urban, id, "take", "{}", 200);
    CHECK_STR(state(w, id), "handling");
    ACT(urban, id, "reply", "{\"text\":\"师傅周五前来加固\",\"public\":true}", 200);
    ACT(urban, id, "resolve", "{\"result\":\"fixed\"}", 422);
    ACT(urban, id, "resolve", "{\"result\":\"fixed\",\"text\":\"已加固院墙\"}", 200);
    CHECK_STR(state(w, id), "resolved");
    ACT(urban, id, "callback", CALLED_YES, 403);
    ACT(clerk, id, "callback", "{\"outcome\":\"reached\",\"responded\":\"yes\"}", 422);
    ACT(clerk, id, "callback", CALLED_YES, 200);
    CHECK_STR(state(w, id), "closed");
    CHECK_STR(value(w, id, "phase"), "done");
    ACT(clerk, id, "callback", CALLED_YES, 409);
}

TEST_WORLD(report_found_on_patrol_is_handled_on_the_spot)
{
    int64_t id = opened_id(w, &w->worker1, "{\"text\":\"巡查清理小广告\",\"channel\":\"patrol\"}");
    ACT(worker1, id, "take", "{}", 200);
    ACT(worker1, id, "resolve", "{\"result\":\"fixed\",\"text\":\"当场清理干净\"}", 200);
    ACT(worker1, id, "callback", CALLED_YES, 403);
    ACT(secretary, id, "callback", "{\"outcome\":\"anonymous\"}", 200);
    CHECK_STR(state(w, id), "closed");
}

TEST_WORLD(report_is_turned_away_with_a_ground)
{
    int64_t id = wall(w);
    ACT(clerk, id, "reject", "{\"reason\":\"不归我们\"}", 422);
    ACT(clerk, id, "reject", "{\"basis\":\"because\",\"reason\":\"不归我们\"}", 422);
    ACT(worker1, id, "reject", "{\"basis\":\"elsewhere\",\"reason\":\"不归我们\"}", 403);
    ACT(clerk, id, "reject", "{\"basis\":\"elsewhere\",\"reason\":\"在邻街道\"}", 200);
    CHECK_STR(state(w, id), "rejected");
    ACT(clerk, id, "accept", "{}", 409);
    ACT(clerk, id, "reopen", "{\"reason\":\"核实在本街道\"}", 200);
    CHECK_STR(state(w, id), "accepted");
}

TEST_WORLD(report_is_taken_by_one_of_two)
{
    int64_t id = wall(w);
    ACT(clerk, id, "accept", "{}", 200);
    ACT(clerk, id, "assign", assign_json(w, w->org_community1), 200);
    ACT(worker1, id, "take", "{}", 200);
    ACT(secretary, id, "take", "{}", 409);
    CHECK_INT(number(w, id, "owner.id"), w->worker1.account);
}

TEST_WORLD(report_named_for_one_person_is_taken_by_that_person)
{
    int64_t id = wall(w);
    ACT(clerk, id, "accept", "{}", 200);
    ACT(clerk, id, "assign", arena_format(&w->arena, "{\"account\":%lld}", (long long)w->worker1.account).p, 200);
    ACT(secretary, id, "take", "{}", 403);
    ACT(worker1, id, "take", "{}", 200);
}

TEST_WORLD(report_that_is_raised_keeps_its_clock_and_waits_for_a_hand)
{
    int64_t id = in_hand(w);
    struct str due = value(w, id, "fields.due_close");
    w->clock.at += HOURS(1);
    ACT(worker1, id, "raise", "{\"reason\":\"需要街道协调资金\"}", 200);
    CHECK_INT(number(w, id, "owner.id"), w->org_street);
    CHECK_EQ(value(w, id, "fields.due_close"), due);
    ACT(duty, id, "take", "{}", 200);
    ACT(clerk, id, "take", "{}", 409);
    CHECK_EQ(value(w, id, "fields.due_close"), due);
    ACT(duty, id, "raise", "{\"reason\":\"需要区里协调\"}", 200);
    CHECK_INT(number(w, id, "owner.id"), w->org_district);
    ACT(leader, id, "raise", "{\"reason\":\"再提一级\"}", 409);
}

TEST_WORLD(report_changes_of_fields_start_no_clock_again)
{
    int64_t id = wall(w);
    struct str due = value(w, id, "due_at");
    w->clock.at += MINUTES(20);
    ACT(clerk, id, "set_category", "{\"category\":\"E0101\"}", 200);
    ACT(clerk, id, "set_urgency", "{\"urgency\":\"urgent\",\"reason\":\"有人路过\"}", 200);
    ACT(clerk, id, "set_place", arena_format(&w->arena, "{\"area\":%lld}", (long long)w->grid2).p, 200);
    ACT(clerk, id, "note", "{\"text\":\"已电话核实\"}", 200);
    CHECK_EQ(value(w, id, "due_at"), due);
    CHECK_INT(number(w, id, "grid"), w->grid2);
    CHECK_STR(value(w, id, "category"), "E0101");
    ACT(clerk, id, "set_category", "{\"category\":\"nothing\"}", 422);
}

TEST_WORLD(report_nobody_touches_becomes_late_and_supervised)
{
    int64_t id = wall(w);
    world_advance(w, HOURS(9));
    CHECK_INT(number(w, id, "late"), 1);
    CHECK_STR(state(w, id), "new");
    struct answer p = page(w, &w->clerk, id);
    CHECK(answer_count(w, &p, "supervision") >= 1);
    CHECK_INT(number(w, id, "owner.id"), w->org_community1);                      /* the doing seat stays bound */
}

/* --- asked and answered ------------------------------------------------------------------------- */

TEST_WORLD(report_is_extended_before_its_limit_and_by_another)
{
    int64_t id = in_hand(w);
    ACT(worker1, id, "extend", "{\"until\":\"2026-11-23T09:30:00+08:00\",\"reason\":\"雨天\"}", 422);
    ACT(worker1, id, "extend", "{\"until\":\"" LATER "\",\"reason\":\"雨天无法施工\"}", 200);
    ACT(worker1, id, "extend", "{\"until\":\"" LATER "\",\"reason\":\"再请一次\"}", 409);
    ACT(worker1, id, "approve_extend", "{}", 403);
    ACT(clerk, id, "approve_extend", "{}", 200);
    CHECK_STR(value(w, id, "fields.due_close"), LATER);
    ACT(clerk, id, "approve_extend", "{}", 409);
    ACT(worker1, id, "extend", "{\"until\":\"2026-12-30T18:00:00+08:00\",\"reason\":\"还要\"}", 409);
}

TEST_WORLD(report_is_not_extended_after_its_limit)
{
    int64_t id = in_hand(w);
    world_advance(w, DAYS(8));
    ACT(worker1, id, "extend", "{\"until\":\"" LATER "\",\"reason\":\"忘记了\"}", 409);
    CHECK_INT(number(w, id, "late"), 1);
}

TEST_WORLD(report_extension_is_not_granted_by_who_asked)
{
    int64_t id = wall(w);
    ACT(clerk, id, "accept", "{}", 200);
    ACT(clerk, id, "assign", assign_json(w, w->org_street), 200);
    ACT(clerk, id, "take", "{}", 200);
    ACT(clerk, id, "extend", "{\"until\":\"" LATER "\",\"reason\":\"协调中\"}", 200);
    ACT(clerk, id, "approve_extend", "{}", 403);
    ACT(leader, id, "refuse_extend", "{\"reason\":\"按期办\"}", 200);
    ACT(clerk, id, "extend", "{\"until\":\"" LATER "\",\"reason\":\"再次说明\"}", 200);
    ACT(clerk_b, id, "approve_extend", "{}", 200);
}

static bool offered(struct world *w, const struct who *who, int64_t id, const char *verb)
{
    struct answer a = page(w, who, id);
    CHECK_INT(a.status, 200);
    return str_has(a.body, arena_format(&w->arena, "\"verb\":\"%s\",\"label\"", verb));
}

TEST_WORLD(report_offers_no_move_that_can_only_be_refused)
{
    int64_t id = in_hand(w);
    CHECK(offered(w, &w->worker1, id, "resolve") && offered(w, &w->worker1, id, "extend"));
    CHECK(!offered(w, &w->worker1, id, "take"));                              /* it has somebody */
    CHECK(!offered(w, &w->clerk, id, "mirror_answer"));                       /* no upstream knows it */
    CHECK(!offered(w, &w->clerk, id, "approve_extend") && !offered(w, &w->clerk, id, "refuse_suspend"));
    ACT(worker1, id, "extend", "{\"until\":\"" LATER "\",\"reason\":\"材料未到\"}", 200);
    CHECK(offered(w, &w->clerk, id, "approve_extend") && offered(w, &w->clerk, id, "refuse_extend"));
    CHECK(!offered(w, &w->clerk, id, "approve_suspend"));
    CHECK(!offered(w, &w->worker1, id, "extend"));                            /* it is asked already */
    ACT(clerk, id, "approve_extend", "{}", 200);
    CHECK(!offered(w, &w->worker1, id, "extend"));                            /* once is all */
    CHECK(!offered(w, &w->clerk, wall(w), "return"));                         /* nothing was assigned yet */
}

TEST_WORLD(report_suspended_keeps_what_was_left_of_its_limit)
{
    int64_t id = in_hand(w);                                                     /* 24 hours for this class */
    world_advance(w, HOURS(5));
    ACT(worker1, id, "suspend", "{\"reason\":\"等年度大修资金\"}", 200);
    CHECK_STR(state(w, id), "handling");                                         /* asked, not granted */
    ACT(leader, id, "approve_suspend", "{}", 200);
    CHECK_STR(state(w, id), "suspended");
    world_advance(w, DAYS(10));
    ACT(worker1, id, "resume", "{}", 200);
    struct str due = value(w, id, "fields.due_close");
    ms at = 0;
    CHECK(ms_from_rfc3339(due, &at));
    CHECK(at > w->clock.at && at <= w->clock.at + HOURS(19));
    CHECK_INT(number(w, id, "late"), 0);
}

#define NOT_OURS "{\"basis\":\"cooperate.road\",\"reason\":\"属市政设施部门\"}"

TEST_WORLD(report_is_returned_once)
{
    int64_t id = in_hand(w);
    ACT(worker1, id, "return", "{\"reason\":\"不归我们\"}", 422);
    ACT(worker1, id, "return", "{\"basis\":\"nothing\",\"reason\":\"不归我们\"}", 422);
    ACT(worker1, id, "return", NOT_OURS, 200);
    CHECK_STR(state(w, id), "returned");
    ACT(clerk, id, "refuse_return", "{\"reason\":\"属地社区负责\"}", 200);
    CHECK_STR(state(w, id), "assigned");
    ACT(worker1, id, "return", NOT_OURS, 409);                                   /* a refused return is final */
    ACT(worker1, id, "take", "{}", 200);
    ACT(worker1, id, "return", NOT_OURS, 409);
    int64_t other = wall(w);
    ACT(clerk, other, "return", NOT_OURS, 409);                                  /* nothing was assigned yet */
}

TEST_WORLD(report_return_is_accepted_by_assigning_anew)
{
    int64_t id = in_hand(w);
    ACT(worker1, id, "return", NOT_OURS, 200);
    ACT(clerk, id, "assign", assign_json(w, w->org_urban), 200);
    ACT(urban, id, "take", "{}", 200);
    ACT(urban, id, "return", NOT_OURS, 409);                                     /* once, whoever asks */
}

TEST_WORLD(report_is_not_returned_late)
{
    int64_t id = in_hand(w);
    world_advance(w, DAYS(4));
    ACT(worker1, id, "return", NOT_OURS, 409);
}

/* --- call-back ---------------------------------------------------------------------------------- */

TEST_WORLD(report_is_not_called_back_by_its_handler)
{
    int64_t id = wall(w);
    ACT(clerk, id, "accept", "{}", 200);
    ACT(clerk, id, "assign", assign_json(w, w->org_street), 200);
    ACT(clerk, id, "take", "{}", 200);
    ACT(clerk, id, "resolve", "{\"result\":\"explained\",\"text\":\"已当面说明\"}", 200);
    ACT(clerk, id, "callback", CALLED_YES, 403);
    ACT(clerk_b, id, "callback", CALLED_YES, 200);
}

TEST_WORLD(report_not_solved_goes_back_to_work)
{
    int64_t id = resolved_one(w);
    ACT(clerk, id, "callback", CALLED_NO, 200);
    CHECK_STR(state(w, id), "handling");
    CHECK_INT(number(w, id, "owner.id"), w->worker1.account);
    CHECK_INT(number(w, id, "fields.redos"), 1);
    ACT(worker1, id, "resolve", "{\"result\":\"fixed\",\"text\":\"重新加固\"}", 200);
    ACT(clerk, id, "callback", CALLED_YES, 200);
    CHECK_STR(state(w, id), "closed");
}

TEST_WORLD(report_whose_reporter_cannot_be_reached_is_tried_three_times)
{
    int64_t id = resolved_one(w);
    ACT(clerk, id, "callback", "{\"outcome\":\"anonymous\"}", 409);
    for (int i = 0; i < 2; i++)
        ACT(clerk, id, "callback", "{\"outcome\":\"unreachable\"}", 200);
    CHECK_STR(state(w, id), "resolved");
    ACT(clerk, id, "callback", "{\"outcome\":\"unreachable\"}", 200);
    CHECK_STR(state(w, id), "closed");
}

TEST_WORLD(report_is_reopened_once_by_two_at_the_same_time)
{
    int64_t id = resolved_one(w);
    ACT(clerk, id, "callback", CALLED_YES, 200);
    ACT(clerk, id, "reopen", "{}", 422);
    ACT(clerk, id, "reopen", "{\"reason\":\"又裂了\"}", 200);
    ACT(clerk_b, id, "reopen", "{\"reason\":\"又裂了\"}", 409);
    CHECK_STR(state(w, id), "accepted");
}

TEST_WORLD(report_rates_show_what_they_leave_out)
{
    int64_t one = resolved_one(w), two = resolved_one(w), three = resolved_one(w);
    ACT(clerk, one, "callback", CALLED_YES, 200);
    ACT(clerk, two, "callback", "{\"outcome\":\"reached\",\"responded\":\"yes\",\"resolved\":\"partly\",\"satisfied\":\"no\"}", 200);
    ACT(clerk, three, "callback", "{\"outcome\":\"declined\"}", 200);
    struct answer a = world_get(w, &w->leader, "/figures/report.resolved_rate");
    CHECK_INT(answer_int(w, &a, "numerator"), 1);
    CHECK_INT(answer_int(w, &a, "denominator"), 2);
    CHECK_INT(answer_int(w, &a, "exclusions.1.count"), 1);
    a = world_get(w, &w->leader, "/figures/report.upstream_resolved_rate");
    CHECK_INT(answer_int(w, &a, "denominator"), 0);
}

TEST_WORLD(report_handling_time_is_a_median)
{
    const int hours[] = { 2, 4, 9 };
    for (size_t i = 0; i < COUNT(hours); i++) {
        int64_t id = opened_id(w, &w->worker1, "{\"text\":\"巡查清理小广告\"}");
        ACT(worker1, id, "take", "{}", 200);
        w->clock.at += HOURS(hours[i]);
        ACT(worker1, id, "resolve", "{\"result\":\"fixed\",\"text\":\"当场清理\"}", 200);
        ACT(clerk, id, "callback", "{\"outcome\":\"anonymous\"}", 200);
    }
    world_advance(w, HOURS(1));
    struct answer a = world_get(w, &w->leader, "/figures/report.handling_hours");
    CHECK_INT(answer_int(w, &a, "numerator"), 3);
    CHECK(str_has(a.body, S("\"value\":4")));
}
