/* alarm_test.c -- one key pressed, and what follows: whole stories through the routes, on both stores, with a clock of our own. */
#include "modules/care/care_test.h"
#include "test/test.h"

#include "engine/person.h"

static int64_t pressed(struct world *w, int64_t *ret_elder)
{
    int64_t elder = care_elder(w, "演示老人甲", ",\"id_number\":\"41010219400101001X\"");
    care_device(w, "KEY-1", elder, 0, "示范厂");
    care_tell(w, "KEY-1", "rescue", "1");
    if (ret_elder)
        *ret_elder = elder;
    return care_alarm_now(w);
}

TEST_WORLD(care_a_press_is_an_alarm_in_the_same_turn_and_rings)
{
    int64_t elder, id = pressed(w, &elder);
    struct answer a = care_see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "kind"), "alarm");
    CHECK_STR(answer_str(w, &a, "state"), "ringing");
    CHECK_STR(answer_str(w, &a, "urgency"), "alarm");
    CHECK(str_starts(answer_str(w, &a, "number"), S("YJ-261123-")));
    CHECK_INT(answer_int(w, &a, "fields.ringing.now"), 1);
    CHECK_INT(answer_int(w, &a, "fields.presses"), 1);
    CHECK_INT(answer_int(w, &a, "fields.clear"), 0);
    CHECK(answer_str(w, &a, "fields.device_at").n > 0);
    CHECK(!str_has(a.body, S("演示老人甲")));                     /* before a claim nobody reads the name or the numbers */
    CHECK(!str_has(a.body, S("13800009001")));
    CHECK(!str_has(a.body, S("13800009003")));
    CHECK(!str_has(answer_str(w, &a, "title"), S("演示")));

    CHECK_INT(world_move(w, &w->duty, id, "claim", NULL), 200);   /* one key, no form */
    a = care_see(w, &w->duty, id);
    CHECK_STR(answer_str(w, &a, "state"), "taken");
    CHECK_INT(answer_int(w, &a, "fields.clear"), 1);
    CHECK_STR(answer_str(w, &a, "fields.elder.name"), "演示老人甲");
    CHECK_STR(answer_str(w, &a, "fields.contacts.0.phone"), "13800009002");
    CHECK_STR(answer_str(w, &a, "fields.prompts.0.key"), "speak_first");
    CHECK_INT(answer_int(w, &a, "fields.ringing.now"), 0);
    a = world_get(w, &w->auditor, arena_format(&w->arena, "/persons/%lld/access", (long long)elder).p);
    CHECK(str_has(answer_str(w, &a, "items.0.reason"), S("YJ-261123-")));        /* the elder can see who looked, and why */
    a = care_see(w, &w->clerk, id);
    CHECK_INT(answer_int(w, &a, "fields.clear"), 0);              /* another seat still reads masked */
    CHECK_INT(world_move(w, &w->clerk, id, "claim", NULL), 409);
}

TEST_WORLD(care_nobody_takes_it_and_it_never_goes_silent)
{
    int64_t id = pressed(w, NULL);
    struct answer a = care_see(w, &w->clerk, id);
    int64_t step = answer_int(w, &a, "fields.ringing.step");
    static const int after_s[] = { 30, 30, 60, 60, 60 };          /* 30 s, 60 s, then every 60 s */
    for (size_t i = 0; i < COUNT(after_s); i++) {
        world_advance(w, SECONDS(after_s[i]) - 1);
        a = care_see(w, &w->clerk, id);
        CHECK_INT(answer_int(w, &a, "fields.ringing.step"), step);
        world_advance(w, 1);
        a = care_see(w, &w->clerk, id);
        CHECK_INT(answer_int(w, &a, "fields.ringing.step"), ++step);
        CHECK_STR(answer_str(w, &a, "state"), "ringing");
    }
    w->clock.at += HOURS(3);                                      /* the server was down: the overdue step fires at once */
    world_turn(w);
    a = care_see(w, &w->clerk, id);
    CHECK_INT(answer_int(w, &a, "fields.ringing.step"), step + 1);
    CHECK_INT(answer_int(w, &a, "fields.ringing.now"), 1);
    CHECK_INT(world_move(w, &w->clerk, id, "claim", NULL), 200);
    world_advance(w, MINUTES(2));
    a = care_see(w, &w->clerk, id);
    CHECK_INT(answer_int(w, &a, "fields.ringing.step"), step + 1);
}

TEST_WORLD(care_a_claim_without_a_word_rings_again)
{
    int64_t id = pressed(w, NULL);
    CHECK_INT(world_move(w, &w->clerk, id, "claim", NULL), 200);
    world_advance(w, MINUTES(3) + 1);
    struct answer a = care_see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "state"), "ringing");
    CHECK_INT(answer_int(w, &a, "fields.ringing.now"), 1);
    CHECK_STR(answer_str(w, &a, "owner.type"), "org");
    CHECK_INT(answer_str(w, &a, "fields.claimed_at").n, 0);       /* and does not count as answered */
    CHECK_INT(world_move(w, &w->duty, id, "claim", NULL), 200);
}

TEST_WORLD(care_a_second_press_is_an_event_of_its_own)
{
    int64_t id = pressed(w, NULL);
    struct answer a = care_see(w, &w->clerk, id);
    int64_t priority = answer_int(w, &a, "fields.priority"), step = answer_int(w, &a, "fields.ringing.step");
    world_advance(w, SECONDS(1));
    care_tell(w, "KEY-1", "rescue", "2");
    CHECK_INT(care_alarm_now(w), id);                             /* no second alarm ... */
    a = care_see(w, &w->clerk, id);
    CHECK_INT(answer_int(w, &a, "fields.presses"), 2);            /* ... and nothing swallowed */
    CHECK_INT(answer_count(w, &a, "fields.events"), 2);
    CHECK(answer_int(w, &a, "fields.priority") > priority);
    CHECK(answer_int(w, &a, "fields.ringing.step") > step);       /* rings on at once */
    CHECK_STR(answer_str(w, &a, "history.1.verb"), "press");
    care_tell(w, "KEY-1", "rescue", "2");                         /* the device sends the same packet again */
    a = care_see(w, &w->clerk, id);
    CHECK_INT(answer_int(w, &a, "fields.presses"), 2);
    CHECK_INT(world_move(w, &w->clerk, id, "claim", NULL), 200);
    care_tell(w, "KEY-1", "fall", "3");                           /* a fall after a press is a fall, still taken */
    a = care_see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "state"), "taken");
    CHECK_STR(answer_str(w, &a, "fields.said"), "fall");
    CHECK_INT(answer_int(w, &a, "fields.presses"), 3);
    care_tell(w, "KEY-1", "cancel", "4");                         /* the device cannot end it */
    a = care_see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "state"), "taken");
    CHECK_INT(answer_count(w, &a, "fields.events"), 4);
}

TEST_WORLD(care_a_fire_opens_beside_a_press_and_prompts_119_at_once)
{
    int64_t elder, id = pressed(w, &elder);
    care_device(w, "SMOKE-1", elder, 0, "示范厂");
    care_tell(w, "SMOKE-1", "fire", "1");
    struct answer a = world_get(w, &w->clerk, "/alarms");
    CHECK_INT(answer_count(w, &a, "items"), 2);
    int64_t fire = answer_int(w, &a, "items.0.id");               /* the worst first */
    CHECK(fire != id);
    CHECK_STR(answer_str(w, &a, "items.0.said"), "fire");
    a = care_see(w, &w->clerk, fire);
    CHECK_STR(answer_str(w, &a, "fields.prompts.0.number"), "119");
    CHECK(str_has(answer_str(w, &a, "fields.prompts.0.text"), S("1单元302")));
    CHECK_INT(answer_int(w, &a, "links.0.id"), id);
    CHECK_INT(world_move(w, &w->clerk, fire, "called_119", "{\"text\":\"消防已出动\"}"), 200);      /* even before the claim */
    a = care_see(w, &w->clerk, fire);
    CHECK(answer_str(w, &a, "fields.prompts.0.done_at").n > 0);
    CHECK_STR(answer_str(w, &a, "fields.called_119_by"), "专员甲");
    CHECK_STR(answer_str(w, &a, "state"), "ringing");             /* dialling is not taking */
}

static int rung(struct world *w, const struct answer *a, const char *why)
{
    int count = answer_count(w, a, "fields.ringing.attempts"), n = 0;
    for (int i = 0; i < count; i++)
        n += str_is(answer_str(w, a, arena_format(&w->arena, "fields.ringing.attempts.%d.why", i).p), why);
    return n;
}

TEST_WORLD(care_no_answer_rings_keyholder_family_and_responder_together)
{
    int64_t id = pressed(w, NULL);
    CHECK_INT(world_move(w, &w->clerk, id, "claim", NULL), 200);
    struct answer a = care_see(w, &w->clerk, id);
    CHECK_INT(rung(w, &a, "family"), 0);
    CHECK_INT(world_move(w, &w->clerk, id, "no_answer", NULL), 200);
    a = care_see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "state"), "help");
    CHECK_INT(rung(w, &a, "keyholder"), 1);
    CHECK_INT(rung(w, &a, "family"), 1);
    CHECK_INT(rung(w, &a, "responder"), 1);                       /* the community's seat, nearest with a telephone */
    CHECK_STR(answer_str(w, &a, "fields.prompts.0.number"), "120");
    CHECK(str_has(answer_str(w, &a, "fields.prompts.0.text"), S("桂花路与梧桐路口向北")));
    CHECK_INT(world_move(w, &w->clerk, id, "called_120", "{\"by\":\"专员甲\",\"text\":\"十分钟到\"}"), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "outcome", "{\"outcome\":\"hospital\"}"), 409);
    CHECK_INT(world_move(w, &w->clerk, id, "dispatch", "{}"), 422);
    CHECK_INT(world_move(w, &w->clerk, id, "dispatch",
        arena_format(&w->arena, "{\"account\":%lld,\"minutes\":8}", (long long)w->worker1.account).p), 200);
    a = care_see(w, &w->worker1, id);
    CHECK_INT(answer_int(w, &a, "fields.clear"), 1);              /* who is sent reads the address and the numbers */
    CHECK_INT(world_move(w, &w->worker1, id, "arrive", "{\"text\":\"门锁着\"}"), 200);
    CHECK_INT(world_move(w, &w->worker1, id, "forced_entry", "{\"first\":\"网格员一\",\"second\":\"网格员一\",\"witness\":\"民警甲\","
        "\"witness_kind\":\"police\",\"reason\":\"无人应答\",\"secured\":\"换锁\"}"), 422);
    CHECK_INT(world_move(w, &w->worker1, id, "forced_entry", "{\"first\":\"网格员一\",\"second\":\"书记丙\",\"witness\":\"民警甲\","
        "\"witness_kind\":\"police\",\"reason\":\"无人应答\",\"secured\":\"换锁并交家属\"}"), 200);
    CHECK_INT(world_move(w, &w->worker1, id, "outcome", "{\"outcome\":\"hospital\",\"text\":\"送市二院\"}"), 200);
    a = care_see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "state"), "follow_up");
    CHECK_STR(answer_str(w, &a, "phase"), "waiting");
    CHECK_INT(answer_count(w, &a, "fields.forced_entries"), 1);
    world_advance(w, DAYS(1) + 1);
    a = care_see(w, &w->clerk, id);
    CHECK_INT(answer_int(w, &a, "late"), 1);                      /* the follow-up is owed, and somebody is told */
    CHECK_INT(world_move(w, &w->clerk, id, "follow_up", "{\"well\":true,\"text\":\"已出院\"}"), 200);
    CHECK_STR(care_state(w, id), "closed");
}

TEST_WORLD(care_a_mistake_counts_only_from_the_elders_mouth_and_owes_a_call)
{
    int64_t id = pressed(w, NULL);
    CHECK_INT(world_move(w, &w->clerk, id, "claim", NULL), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "spoke", "{}"), 422);
    CHECK_INT(world_move(w, &w->clerk, id, "spoke", "{\"text\":\"不小心碰到了\"}"), 200);
    struct answer a = world_post(w, &w->clerk, arena_format(&w->arena, "/matters/%lld/outcome", (long long)id).p,
                                 "{\"outcome\":\"mistake\",\"heard_from\":\"family\"}");
    CHECK_INT(a.status, 422);
    CHECK_STR(answer_str(w, &a, "errors.0.field"), "heard_from");
    CHECK_INT(world_move(w, &w->clerk, id, "outcome", "{\"outcome\":\"helped\"}"), 422);       /* nobody was there */
    CHECK_INT(world_move(w, &w->clerk, id, "outcome", "{\"outcome\":\"mistake\",\"heard_from\":\"elder\"}"), 200);
    a = care_see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "state"), "follow_up");
    CHECK_STR(answer_str(w, &a, "deadlines.0.name").n ? S("x") : S(""), "x");
    CHECK(str_has(a.body, S("alarm.follow_up")));
    care_tell(w, "KEY-1", "rescue", "9");                          /* pressed again after the outcome: a new alarm */
    a = world_get(w, &w->clerk, "/alarms");
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK(answer_int(w, &a, "items.0.id") != id);
    a = world_get(w, &w->clerk, "/alarms?follow_up=true");
    CHECK_INT(answer_count(w, &a, "items"), 2);
    CHECK_INT(world_move(w, &w->clerk, id, "danger", "{\"text\":\"次日回访时说胸口疼\"}"), 200);      /* a call-back may find danger */
    CHECK_STR(care_state(w, id), "help");
    a = world_get(w, &w->clerk, "/alarms");                       /* and stands on the board again */
    CHECK_INT(answer_count(w, &a, "items"), 2);
    a = world_get(w, &w->clerk, "/alarms?mine=true");
    CHECK_INT(answer_count(w, &a, "items"), 1);
}

TEST_WORLD(care_the_file_says_how_to_speak)
{
    int64_t elder = care_elder(w, "演示老人甲", ",\"dialect\":\"郑州话\",\"hearing\":\"deaf\"");
    care_device(w, "KEY-1", elder, 0, "示范厂");
    care_tell(w, "KEY-1", "rescue", "1");
    int64_t id = care_alarm_now(w);
    CHECK_INT(world_move(w, &w->clerk, id, "claim", NULL), 200);
    struct answer a = care_see(w, &w->clerk, id);
    CHECK_INT(answer_count(w, &a, "fields.prompts"), 3);
    CHECK_STR(answer_str(w, &a, "fields.prompts.0.key"), "deaf");
    CHECK(str_has(answer_str(w, &a, "fields.prompts.1.text"), S("郑州话")));
    CHECK_INT(answer_int(w, &a, "reporter_count"), 1);
    CHECK(str_has(a.body, S("34.70116")));                        /* the door's point, for whoever drives there */
}

TEST_WORLD(care_an_unknown_need_becomes_a_service_that_somebody_owes)
{
    int64_t id = pressed(w, NULL);
    CHECK_INT(world_move(w, &w->clerk, id, "claim", NULL), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "spoke", "{\"text\":\"想找人说说话\"}"), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "outcome", "{\"outcome\":\"service\"}"), 422);
    CHECK_INT(world_move(w, &w->clerk, id, "outcome", "{\"outcome\":\"service\",\"service\":\"company\",\"text\":\"想找人说说话\"}"), 200);
    struct answer a = care_see(w, &w->clerk, id);
    int64_t became = answer_int(w, &a, "fields.became");
    CHECK(became > 0);
    CHECK_STR(answer_str(w, &a, "fields.outcome_label"), "服务需求");
    a = care_see(w, &w->clerk, became);
    CHECK_STR(answer_str(w, &a, "kind"), "company");
    CHECK_STR(answer_str(w, &a, "state"), "owed");
    CHECK_INT(answer_count(w, &a, "deadlines"), 2);
    CHECK_INT(world_move(w, &w->secretary, became, "take", NULL), 200);
    CHECK_INT(world_move(w, &w->secretary, became, "done", "{\"text\":\"志愿者已上门\"}"), 200);
}

TEST_WORLD(care_a_meal_that_was_wanted_becomes_an_order)
{
    int64_t id = pressed(w, NULL);
    CHECK_INT(world_move(w, &w->clerk, id, "claim", NULL), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "spoke", "{\"text\":\"今天不想做饭\"}"), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "outcome", "{\"outcome\":\"service\",\"service\":\"meal\",\"text\":\"今天不想做饭\"}"), 200);
    struct answer a = care_see(w, &w->clerk, id);
    int64_t order = answer_int(w, &a, "fields.became");
    CHECK_INT(answer_int(w, &a, "links.0.id"), order);
    a = care_see(w, &w->clerk, order);
    CHECK_STR(answer_str(w, &a, "kind"), "order");                /* as if the key for meals had been pressed */
}

TEST_WORLD(care_a_drill_cannot_be_mistaken_for_an_alarm)
{
    struct str body = arena_format(&w->arena, "{\"said\":\"fire\",\"area\":%lld,\"drill\":true}", (long long)w->unit);
    struct answer a = world_post(w, &w->clerk, "/alarms", body.p);
    CHECK_INT(a.status, 201);
    int64_t id = answer_int(w, &a, "id");
    CHECK(str_starts(answer_str(w, &a, "title"), S("【演练】")));
    CHECK_INT(answer_int(w, &a, "drill"), 1);
    CHECK_INT(answer_count(w, &a, "prompts"), 1);
    CHECK_STR(answer_str(w, &a, "prompts.0.key"), "drill");
    CHECK_STR(answer_str(w, &a, "prompts.0.number"), "");
    CHECK_INT(world_move(w, &w->clerk, id, "claim", NULL), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "end_drill", NULL), 200);
    CHECK_STR(care_state(w, id), "drilled");
    a = world_get(w, &w->clerk, "/figures/alarm.opened");
    CHECK_INT(answer_int(w, &a, "numerator"), 0);
    body = arena_format(&w->arena, "{\"said\":\"fire\",\"area\":%lld}", (long long)w->unit);      /* a real one beside it */
    a = world_post(w, &w->clerk, "/alarms", body.p);
    CHECK_INT(a.status, 201);
    CHECK_INT(world_move(w, &w->clerk, answer_int(w, &a, "id"), "claim", NULL), 200);
    CHECK_INT(world_move(w, &w->clerk, answer_int(w, &a, "id"), "end_drill", NULL), 409);
}

TEST_WORLD(care_an_alarm_by_hand_is_checked)
{
    struct answer a = world_post(w, &w->clerk, "/alarms", "{\"said\":\"rescue\"}");
    CHECK_INT(a.status, 422);
    CHECK_STR(answer_str(w, &a, "errors.0.field"), "area");
    a = world_post(w, &w->clerk, "/alarms", arena_format(&w->arena, "{\"said\":\"thirst\",\"area\":%lld}", (long long)w->unit).p);
    CHECK_INT(a.status, 422);
    CHECK_STR(answer_str(w, &a, "errors.0.field"), "said");
    a = world_post(w, &w->clerk_far, "/alarms", arena_format(&w->arena, "{\"said\":\"rescue\",\"area\":%lld}", (long long)w->unit).p);
    CHECK_INT(a.status, 403);
    int64_t id = pressed(w, NULL);
    CHECK_INT(care_see(w, &w->clerk_far, id).status, 404);
    CHECK_INT(world_move(w, &w->clerk_far, id, "claim", NULL), 404);
    CHECK_INT(world_get(w, &w->kiosk, "/alarms").status, 200);
}

TEST_WORLD(care_answer_times_are_figures_that_open)
{
    static const int taken_after_s[] = { 20, 100, 300 };
    int64_t elder = care_elder(w, "演示老人甲", "");
    care_device(w, "KEY-1", elder, 0, "示范厂");
    for (size_t i = 0; i < COUNT(taken_after_s); i++) {
        care_tell(w, "KEY-1", "rescue", arena_format(&w->arena, "p%zu", i).p);
        int64_t id = care_alarm_now(w);
        world_advance(w, SECONDS(taken_after_s[i]));
        CHECK_INT(world_move(w, &w->clerk, id, "claim", NULL), 200);
        CHECK_INT(world_move(w, &w->clerk, id, "spoke", "{\"text\":\"碰到了\"}"), 200);
        CHECK_INT(world_move(w, &w->clerk, id, "outcome", "{\"outcome\":\"mistake\",\"heard_from\":\"elder\"}"), 200);
    }
    struct answer a = world_get(w, &w->leader, "/figures/alarm.answered_60");
    CHECK_INT(answer_int(w, &a, "numerator"), 1);
    CHECK_INT(answer_int(w, &a, "denominator"), 3);
    CHECK(answer_str(w, &a, "norm.source").n > 0);
    a = world_get(w, &w->leader, "/figures/alarm.answered_180?by=hour");
    CHECK_INT(answer_int(w, &a, "numerator"), 2);
    CHECK_INT(answer_count(w, &a, "series"), 24);
    CHECK_INT(answer_int(w, &a, "series.9.denominator"), 3);
    CHECK_INT(answer_int(w, &a, "series.10.denominator"), 0);
    a = world_get(w, &w->leader, "/figures/alarm.answered_60/rows?part=1");
    CHECK_INT(answer_count(w, &a, "items"), 3);
    a = world_get(w, &w->leader, "/figures/alarm.answered_60/rows?hour=10");
    CHECK_INT(answer_count(w, &a, "items"), 0);
    a = world_get(w, &w->leader, "/figures/alarm.answer_p90");
    CHECK(str_has(a.body, S("\"value\":300")));
    a = world_get(w, &w->leader, "/figures/alarm.answer_p50");
    CHECK(str_has(a.body, S("\"value\":100")));
}
