/* device_test.c -- silence, faults, outages, activation and tests of devices, on both stores. */
#include "modules/care/care_test.h"
#include "test/test.h"

static int64_t only(struct world *w, const char *kind)
{
    struct answer a = world_get(w, &w->clerk, arena_format(&w->arena, "/matters?kind=%s&phase=open", kind).p);
    CHECK_INT(answer_count(w, &a, "items"), 1);
    return answer_int(w, &a, "items.0.id");
}

static int count_of(struct world *w, const char *kind)
{
    struct answer a = world_get(w, &w->clerk, arena_format(&w->arena, "/matters?kind=%s", kind).p);
    return answer_count(w, &a, "items");
}

TEST_WORLD(care_a_silent_device_is_somebodys_task_until_it_is_heard)
{
    int64_t elder = care_elder(w, "演示老人甲", ",\"id_number\":\"41010219400101001X\"");
    care_device(w, "HUB-1", elder, 600, "示范厂");
    care_tell(w, "HUB-1", "info", "0");
    world_advance(w, MINUTES(29));
    CHECK_INT(count_of(w, "upkeep"), 0);
    world_advance(w, MINUTES(3));
    int64_t id = only(w, "upkeep");
    struct answer a = care_see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "fields.fault"), "silent");
    CHECK_STR(answer_str(w, &a, "fields.risk"), "high");          /* 80 and over, alone */
    CHECK(str_has(answer_str(w, &a, "fields.measure"), S("4 小时")));
    a = world_get(w, &w->clerk, "/care/devices?list=silent");
    CHECK_INT(answer_count(w, &a, "items"), 1);
    world_advance(w, HOURS(2) + MINUTES(1));
    a = care_see(w, &w->clerk, id);
    CHECK_INT(answer_int(w, &a, "late"), 1);                      /* two hours without a substitute measure */
    CHECK_STR(answer_str(w, &a, "state"), "fault");               /* and never shown as cleared */
    CHECK_INT(world_move(w, &w->worker1, id, "substitute", "{}"), 200);
    a = care_see(w, &w->clerk, id);
    CHECK_STR(answer_str(w, &a, "state"), "covered");
    CHECK(str_has(answer_str(w, &a, "fields.substitute"), S("4 小时")));
    CHECK(str_has(a.body, S("upkeep.check.high")));               /* the measure has a clock of its own */
    world_advance(w, HOURS(3));
    CHECK_INT(world_move(w, &w->worker1, id, "checked", "{\"text\":\"电话里说一切都好\"}"), 200);
    world_advance(w, HOURS(3));
    a = care_see(w, &w->clerk, id);
    CHECK_INT(answer_int(w, &a, "late"), 0);
    world_advance(w, HOURS(1) + MINUTES(1));                      /* four hours without a word: somebody is told */
    a = care_see(w, &w->clerk, id);
    CHECK_INT(answer_int(w, &a, "late"), 1);
    care_tell(w, "HUB-1", "info", "1");
    world_advance(w, MINUTES(1));
    CHECK_STR(care_state(w, id), "restored");
    CHECK_INT(count_of(w, "upkeep"), 1);
}

TEST_WORLD(care_faults_are_told_once_and_end_by_the_device_or_a_human)
{
    int64_t elder = care_elder(w, "演示老人甲", ""), device = care_device(w, "HUB-1", elder, 0, "示范厂");
    care_tell(w, "HUB-1", "battery_low", "1");
    int64_t id = only(w, "upkeep");
    care_tell(w, "HUB-1", "battery_low", "2");
    CHECK_INT(count_of(w, "upkeep"), 1);
    care_tell(w, "HUB-1", "mains_ok", "3");                       /* another fault's end ends nothing */
    CHECK_STR(care_state(w, id), "fault");
    care_tell(w, "HUB-1", "battery_ok", "4");
    CHECK_STR(care_state(w, id), "restored");
    care_tell(w, "HUB-1", "mains_fail", "5");
    id = only(w, "upkeep");
    CHECK_INT(world_move(w, &w->clerk, id, "repair", "{\"how\":\"power\"}"), 422);
    CHECK_INT(world_move(w, &w->clerk, id, "repair", "{\"how\":\"power\",\"text\":\"插头松了\"}"), 200);
    struct answer a = world_get(w, &w->clerk, arena_format(&w->arena, "/care/devices/%lld", (long long)device).p);
    CHECK_INT(answer_count(w, &a, "upkeeps"), 2);
    a = world_get(w, &w->clerk, "/care/vendors");
    CHECK_INT(answer_int(w, &a, "items.0.faults"), 2);
}

TEST_WORLD(care_many_of_one_vendor_silent_together_are_one_matter)
{
    for (int i = 0; i < 6; i++) {
        int64_t elder = care_elder(w, arena_format(&w->arena, "演示老人%d", i).p,
            i == 4 ? ",\"id_number\":\"41010219400101001X\"" : ",\"risk\":\"low\",\"risk_note\":\"与子女同楼\"");
        care_device(w, arena_format(&w->arena, "HUB-%d", i).p, elder, i < 2 ? 300 : 600, "示范厂");
    }
    care_device(w, "OTHER-1", 0, 600, "别家厂");
    care_tell(w, "OTHER-1", "info", "1");
    world_advance(w, MINUTES(16));                                /* the two quick ones are missed first */
    CHECK_INT(count_of(w, "upkeep"), 2);
    care_tell(w, "OTHER-1", "info", "2");
    world_advance(w, MINUTES(15));
    int64_t id = only(w, "outage");
    struct answer a = care_see(w, &w->clerk, id);
    CHECK_INT(answer_int(w, &a, "fields.devices"), 6);            /* they joined the others */
    CHECK_INT(count_of(w, "upkeep"), 2);
    CHECK_STR(answer_str(w, &a, "fields.knocks.0.risk"), "high"); /* whose door comes first */
    CHECK_STR(answer_str(w, &a, "fields.vendor"), "示范厂");
    int64_t device = answer_int(w, &a, "fields.knocks.0.device");
    CHECK_INT(world_move(w, &w->clerk, id, "take", NULL), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "close", "{\"text\":\"厂商服务器故障\"}"), 409);
    CHECK_INT(world_move(w, &w->worker1, id, "knock", arena_format(&w->arena, "{\"device\":%lld,\"found\":\"no_answer\"}", (long long)device).p), 200);
    int64_t alarm = care_alarm_now(w);                            /* nobody opened: an alarm, not a tick on a list */
    CHECK_STR(care_state(w, alarm), "ringing");
    for (int i = 0; i < 6; i++)
        care_tell(w, arena_format(&w->arena, "HUB-%d", i).p, "info", "7");
    world_advance(w, MINUTES(1));
    CHECK_STR(care_state(w, id), "ended");
    CHECK_STR(care_state(w, alarm), "ringing");                   /* a device that is back says nothing of its elder */
}

TEST_WORLD(care_a_test_counts_when_somebody_answered)
{
    int64_t elder = care_elder(w, "演示老人甲", ""), device = care_device(w, "KEY-1", elder, 0, "示范厂");
    struct str path = arena_format(&w->arena, "/care/devices/%lld", (long long)device);
    care_tell(w, "KEY-1", "test", "1");
    struct answer a = world_get(w, &w->clerk, path.p);
    CHECK_INT(answer_count(w, &a, "tests"), 1);                   /* the device tested itself: written down, */
    a = world_get(w, &w->clerk, "/care/devices?list=never_tested");
    CHECK_INT(answer_count(w, &a, "items"), 1);                   /* and the monthly test is still owed */
    care_tell(w, "KEY-1", "rescue", "2");
    int64_t id = care_alarm_now(w);
    CHECK_INT(world_move(w, &w->clerk, id, "claim", NULL), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "outcome", "{\"outcome\":\"test\"}"), 409);
    CHECK_INT(world_move(w, &w->clerk, id, "spoke", "{\"text\":\"试一下\"}"), 200);
    CHECK_INT(world_move(w, &w->clerk, id, "outcome", "{\"outcome\":\"test\"}"), 200);
    a = world_get(w, &w->clerk, path.p);
    CHECK_INT(answer_count(w, &a, "tests"), 2);
    a = world_get(w, &w->clerk, "/care/devices?list=never_tested");
    CHECK_INT(answer_count(w, &a, "items"), 0);
}

TEST_WORLD(care_delivered_is_not_live)
{
    int64_t elder = care_elder(w, "演示老人甲", ""), id = care_device(w, "KEY-1", elder, 0, "示范厂");
    struct str path = arena_format(&w->arena, "/care/devices/%lld/steps", (long long)id);
    struct answer a = world_get(w, &w->clerk, "/care/devices?list=not_live");
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK_INT(world_post(w, &w->clerk, path.p, "{\"step\":\"live\"}").status, 409);
    CHECK_INT(world_post(w, &w->clerk, path.p, "{\"step\":\"agreed\",\"text\":\"演示老人甲\"}").status, 422);      /* no consent yet */
    CHECK_INT(care_consent(w, elder, "device"), 200);
    CHECK_INT(world_post(w, &w->clerk, path.p, "{\"step\":\"agreed\",\"text\":\"演示老人甲\"}").status, 200);
    CHECK_INT(world_post(w, &w->clerk, path.p, "{\"step\":\"tested\",\"text\":\"专员甲应答\"}").status, 409);       /* it never called */
    world_advance(w, SECONDS(5));
    care_tell(w, "KEY-1", "rescue", "1");
    CHECK_STR(care_state(w, care_alarm_now(w)), "ringing");       /* a call is heard at any step */
    CHECK_INT(world_post(w, &w->clerk, path.p, "{\"step\":\"tested\",\"text\":\"专员甲应答\"}").status, 200);
    CHECK_INT(world_post(w, &w->clerk, path.p, "{\"step\":\"read_back\",\"text\":\"桂花路1号院1单元302\"}").status, 200);
    a = world_post(w, &w->clerk, path.p, "{\"step\":\"live\"}");
    CHECK_STR(answer_str(w, &a, "activation"), "live");
    CHECK_STR(answer_str(w, &a, "state"), "active");
    a = world_get(w, &w->clerk, "/care/devices?list=not_live");
    CHECK_INT(answer_count(w, &a, "items"), 0);
    a = world_get(w, &w->clerk, "/care/calendar");
    CHECK_INT(answer_count(w, &a, "days"), 1);
    world_advance(w, DAYS(31));
    a = world_get(w, &w->clerk, "/care/devices?list=test_due");
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK_INT(world_post(w, &w->clerk, arena_format(&w->arena, "/care/devices/%lld/tests", (long long)id).p, "{\"ok\":false,\"text\":\"没有声音\"}").status, 200);
    only(w, "upkeep");                                            /* a failed test is a fault */
    int64_t other = care_device(w, "KEY-2", elder, 0, "示范厂");
    a = world_post(w, &w->clerk, arena_format(&w->arena, "/care/devices/%lld/replace", (long long)id).p,
                   arena_format(&w->arena, "{\"device\":%lld}", (long long)other).p);
    CHECK_INT(answer_int(w, &a, "replaced_by"), other);
    CHECK_INT(answer_count(w, &a, "tests"), 2);                   /* history stays */
}
