/* duty_test.c -- nobody is released while an open alarm or promise has no receiving name; both sides confirm; what was received
 * changes hands; the sheet prints; the morning page opens to its matters. */
#include "modules/duty/duty.h"
#include "test/world.h"

static const char *text(struct world *w, const char *format, int64_t a, int64_t b)
{
    return arena_format(&w->arena, format, (long long)a, (long long)b).p;
}

static void make_alarm(struct tx *tx, void *arg)
{
    struct moving mv = { 0 };
    if (matter_get(tx, *(int64_t *)arg, &mv.m))
        matter_set_urgency(tx, &mv, URGENCY_ALARM);
}

static int64_t open_report(struct world *w, const char *what)
{
    struct answer a = world_post(w, &w->clerk, "/reports", arena_format(&w->arena, "{\"text\":\"%s\",\"area\":%lld,\"channel\":\"phone\"}", what,
                                                                      (long long)w->grid1).p);
    CHECK_INT(a.status, 201);
    return answer_int(w, &a, "id");
}

static int64_t open_alarm(struct world *w)
{
    int64_t id = open_report(w, "独居老人按键无人应答");
    world_write(w, make_alarm, &id, NULL);
    return id;
}

static int64_t begin(struct world *w, struct answer *ret)
{
    *ret = world_post(w, &w->duty, "/handovers", text(w, "{\"incoming\":%lld}", w->clerk_b.account, 0));
    CHECK_INT(ret->status, 201);
    return answer_int(w, ret, "id");
}

/* The line of a hand-over that is about something; 0: none. */
static int64_t line_of(struct world *w, const struct answer *a, const char *section, int64_t ref)
{
    for (int i = 0; i < answer_count(w, a, "fields.lines"); i++)
        if (str_is(answer_str(w, a, arena_format(&w->arena, "fields.lines.%d.section", i).p), section) &&
            (!ref || answer_int(w, a, arena_format(&w->arena, "fields.lines.%d.ref", i).p) == ref))
            return answer_int(w, a, arena_format(&w->arena, "fields.lines.%d.id", i).p);
    return 0;
}

static struct answer see(struct world *w, int64_t id)
{
    return world_get(w, &w->duty, text(w, "/matters/%lld", id, 0));
}

TEST_WORLD(nobody_is_released_while_an_alarm_or_a_promise_has_no_receiver)
{
    int64_t alarm = open_alarm(w), other = open_report(w, "路灯不亮");
    struct answer p = world_post(w, &w->duty, text(w, "/matters/%lld/promises", other, 0),
                                 "{\"text\":\"明早给李阿姨回电话\",\"due_at\":\"2026-11-24T09:00:00+08:00\"}");
    CHECK_INT(p.status / 100, 2);
    struct answer a;
    int64_t id = begin(w, &a);
    CHECK_STR(answer_str(w, &a, "state"), "draft");
    CHECK_INT(answer_int(w, &a, "fields.missing"), 2);
    int64_t alarm_line = line_of(w, &a, "alarm", alarm), promise_line = line_of(w, &a, "promise", 0);
    CHECK(alarm_line && promise_line);
    a = world_post(w, &w->duty, text(w, "/matters/%lld/offer", id, 0), "{}");
    CHECK_INT(a.status, 409);
    CHECK(str_has(a.body, S("还有 2 项没有接收人")) && str_has(a.body, S("BG-261123-")));
    const char *to = text(w, "{\"lines\":[%lld],\"receiver\":%lld}", alarm_line, w->clerk_b.account);
    CHECK_INT(world_move(w, &w->clerk_b, id, "receive", to), 403);            /* the outgoing side writes */
    CHECK_INT(world_move(w, &w->duty, id, "receive", text(w, "{\"lines\":[%lld]}", alarm_line, 0)), 422);
    CHECK_INT(world_move(w, &w->duty, id, "receive", text(w, "{\"lines\":[%lld],\"receiver\":%lld}", alarm_line, w->clerk_far.account)), 422);
    CHECK_INT(world_move(w, &w->duty, id, "receive", text(w, "{\"lines\":[%lld],\"receiver\":%lld}", 999999, w->clerk_b.account)), 422);
    CHECK_INT(world_move(w, &w->duty, id, "receive", to), 200);
    CHECK_INT(world_move(w, &w->duty, id, "offer", "{}"), 409);
    CHECK_INT(world_move(w, &w->duty, id, "receive", text(w, "{\"lines\":[%lld],\"receiver\":%lld}", promise_line, w->clerk_b.account)), 200);
    CHECK_INT(world_move(w, &w->duty, id, "line", "{\"section\":\"key\",\"body\":\"3号柜钥匙两把\"}"), 200);
    CHECK_INT(world_move(w, &w->duty, id, "take_over", "{}"), 409);           /* not offered yet */
    CHECK_INT(world_move(w, &w->duty, id, "offer", "{}"), 200);
    CHECK_INT(world_move(w, &w->duty, id, "take_over", "{}"), 403);           /* not by himself */
    CHECK_INT(world_move(w, &w->clerk, id, "take_over", "{}"), 403);          /* nor by a third */

    int64_t late = open_alarm(w);                                             /* while they talk, another one comes */
    CHECK_INT(world_move(w, &w->clerk_b, id, "take_over", "{}"), 409);
    CHECK_INT(world_move(w, &w->clerk_b, id, "refuse", "{\"reason\":\"又来一个警报\"}"), 200);
    CHECK_INT(world_move(w, &w->duty, id, "refresh", "{}"), 200);
    a = see(w, id);
    CHECK_INT(world_move(w, &w->duty, id, "receive", text(w, "{\"lines\":[%lld],\"receiver_name\":\"门卫老张\"}", line_of(w, &a, "alarm", late), 0)), 200);
    CHECK_INT(world_move(w, &w->duty, id, "offer", "{}"), 200);
    CHECK_INT(world_move(w, &w->clerk_b, id, "take_over", "{}"), 200);
    a = see(w, id);
    CHECK_STR(answer_str(w, &a, "state"), "done");
    CHECK_INT(answer_int(w, &a, "fields.released"), 1);

    a = world_get(w, &w->clerk_b, "/promises?mine=1");                         /* the promise has a new keeper */
    CHECK_INT(answer_count(w, &a, "items"), 1);
    a = world_get(w, &w->duty, "/promises?mine=1");
    CHECK_INT(answer_count(w, &a, "items"), 0);
    a = see(w, alarm);
    CHECK_STR(answer_str(w, &a, "history.1.verb"), "handed_over");
    CHECK(str_has(a.body, S("值班甲 交 专员乙")));
}

TEST_WORLD(the_sheet_prints_what_was_handed_over_with_its_receivers)
{
    int64_t alarm = open_alarm(w);
    struct answer a;
    int64_t id = begin(w, &a);
    CHECK_INT(world_post(w, &w->duty, "/handovers", text(w, "{\"incoming\":%lld}", w->clerk_b.account, 0)).status, 409);
    CHECK_INT(world_move(w, &w->duty, id, "receive", text(w, "{\"lines\":[%lld],\"receiver\":%lld}", line_of(w, &a, "alarm", alarm),
                                                        w->clerk_b.account)), 200);
    CHECK_INT(world_move(w, &w->duty, id, "line", "{\"section\":\"order\",\"body\":\"明早八点半报雨情\",\"receiver_name\":\"专员乙\"}"), 200);
    CHECK_INT(world_move(w, &w->duty, id, "line", "{\"section\":\"alarm\",\"body\":\"假的\"}"), 422);
    a = see(w, id);
    CHECK_INT(world_move(w, &w->duty, id, "drop", text(w, "{\"line\":%lld}", line_of(w, &a, "alarm", alarm), 0)), 422);
    CHECK_INT(world_move(w, &w->duty, id, "offer", "{}"), 200);
    CHECK_INT(world_move(w, &w->clerk_b, id, "take_over", "{}"), 200);
    a = world_get(w, &w->duty, text(w, "/matters/%lld/paper/handover", id, 0));
    CHECK_INT(a.status, 200);
    CHECK(str_has(a.body, S("值班交接登记表")) && str_has(a.body, S("JB-261123-")) && str_has(a.body, S("明早八点半报雨情")));
    CHECK(str_has(a.body, S("BG-261123-")) && str_has(a.body, S("接收人：专员乙")) && str_has(a.body, S("接班人（签字）")));
    CHECK_INT(world_get(w, &w->duty, text(w, "/matters/%lld/docx/handover", id, 0)).status, 200);
    a = world_get(w, &w->duty, "/handovers");
    CHECK_INT(answer_count(w, &a, "items"), 1);
    a = world_get(w, &w->clerk_far, "/handovers");
    CHECK_INT(answer_count(w, &a, "items"), 0);
}

TEST_WORLD(who_may_hand_over_and_to_whom)
{
    CHECK_INT(world_post(w, &w->duty, "/handovers", "{}").status, 422);
    CHECK_INT(world_post(w, &w->duty, "/handovers", text(w, "{\"incoming\":%lld}", w->duty.account, 0)).status, 422);
    CHECK_INT(world_post(w, &w->duty, "/handovers", text(w, "{\"incoming\":%lld}", w->clerk_far.account, 0)).status, 422);
    CHECK_INT(world_post(w, &w->duty, "/handovers", text(w, "{\"incoming\":%lld}", w->worker1.account, 0)).status, 422);
    CHECK_INT(world_post(w, &w->worker1, "/handovers", text(w, "{\"incoming\":%lld}", w->duty.account, 0)).status, 403);
    struct answer a;
    int64_t id = begin(w, &a);
    CHECK_INT(world_move(w, &w->duty, id, "offer", "{}"), 200);               /* a quiet night needs no names */
    world_advance(w, MINUTES(31));
    a = see(w, id);
    CHECK_INT(answer_int(w, &a, "late"), 1);                                  /* and nobody waits for ever */
    CHECK_INT(world_move(w, &w->duty, id, "withdraw", "{\"reason\":\"接班人未到\"}"), 200);
}

TEST_WORLD(the_morning_page_opens_to_its_matters)
{
    w->clock.at -= HOURS(3);                                                  /* six in the morning */
    int64_t alarm = open_alarm(w);
    w->clock.at += HOURS(2) + MINUTES(20);
    struct answer a = world_get(w, &w->leader, "/morning");
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "day"), "2026-11-23");
    CHECK_STR(answer_str(w, &a, "parts.0.key"), "night_alarms");
    CHECK_INT(answer_int(w, &a, "parts.0.lines.0.matter"), alarm);
    CHECK(str_has(answer_str(w, &a, "parts.0.lines.0.text"), S("BG-261123-")));
    open_report(w, "今天到期的事");
    w->clock.at += MINUTES(1);
    a = world_get(w, &w->leader, "/morning");
    CHECK_INT(answer_int(w, &a, "parts.2.count"), 1);                         /* its acceptance ends this afternoon */
    CHECK_INT(world_get(w, &w->clerk_far, text(w, "/morning?area=%lld", w->street, 0)).status, 404);
    CHECK_INT(world_get(w, &w->urban, "/morning").status, 403);
    a = world_get(w, &w->clerk_far, "/morning");
    CHECK_INT(answer_int(w, &a, "parts.0.count"), 0);
    a = world_get(w, &w->leader, "/morning/paper");
    CHECK(str_has(a.body, S("昨夜今晨")) && str_has(a.body, S("BG-261123-")) && str_has(a.body, S("未排班")));
    CHECK_INT(world_get(w, &w->leader, "/morning/docx").status, 200);
}
