/* mirror_test.c -- orders of 12345: our moves on them are requests until the upstream's answer is recorded. */
#include "modules/report/report_test.h"

#include "engine/import.h"
#include "engine/office/xlsx_read.h"

extern const struct module report;

static int64_t order(struct world *w)
{
    return opened_id(w, &w->clerk, "{\"text\":\"桂花路1号院下水道冒水\",\"mirror\":{\"upstream\":\"12345\",\"number\":\"ZZ20261123001\","
                                   "\"due_at\":\"2026-11-30T18:00:00+08:00\"},\"reporter\":{\"phone\":\"13900000041\"}}");
}

static int64_t order_in_hand(struct world *w)
{
    int64_t id = order(w);
    ACT(clerk, id, "accept", "{}", 200);
    ACT(clerk, id, "assign", assign_json(w, w->org_community1), 200);
    ACT(worker1, id, "take", "{}", 200);
    return id;
}

#define NOT_OURS "{\"basis\":\"cooperate.drainage\",\"reason\":\"属水务部门\"}"

TEST_WORLD(order_is_a_mirror_with_its_own_number_and_limit)
{
    int64_t id = order(w);
    CHECK_STR(value(w, id, "mirror.number"), "ZZ20261123001");
    CHECK_STR(value(w, id, "mirror.upstream"), "12345");
    CHECK_STR(value(w, id, "channel"), "12345");
    struct answer again = world_post(w, &w->clerk, "/reports", "{\"text\":\"桂花路1号院下水道冒水\",\"mirror\":{\"upstream\":\"12345\",\"number\":\"ZZ20261123001\"}}");
    CHECK_INT(again.status, 200);
    CHECK_INT(answer_int(w, &again, "id"), id);
    CHECK_INT(world_post(w, &w->clerk, "/reports", "{\"text\":\"x水\",\"mirror\":{\"upstream\":\"nowhere\",\"number\":\"1\"}}").status, 422);
    CHECK_INT(world_post(w, &w->clerk, "/reports", "{\"text\":\"x水\",\"mirror\":{\"upstream\":\"12345\"}}").status, 422);
}

TEST_WORLD(order_is_neither_turned_away_nor_withdrawn_nor_merged_here)
{
    int64_t id = order(w), other = opened_id(w, &w->clerk, "{\"text\":\"桂花路1号院下水道冒水\"}");
    ACT(clerk, id, "reject", "{\"basis\":\"elsewhere\",\"reason\":\"不归我们\"}", 409);
    ACT(clerk, id, "withdraw", "{\"reason\":\"来电撤回\"}", 409);
    ACT(clerk, id, "merge", arena_format(&w->arena, "{\"into\":%lld}", (long long)other).p, 422);
    ACT(clerk, other, "merge", arena_format(&w->arena, "{\"into\":%lld}", (long long)id).p, 200);
}

TEST_WORLD(order_return_waits_for_the_upstream)
{
    int64_t id = order(w);
    ACT(clerk, id, "return", NOT_OURS, 200);
    CHECK_STR(state(w, id), "returned");
    CHECK_STR(value(w, id, "mirror.requests.0.state_label"), "待上级");
    ACT(clerk, id, "assign", assign_json(w, w->org_community1), 409);
    ACT(clerk, id, "refuse_return", "{\"reason\":\"x不可\"}", 409);
    ACT(clerk, id, "mirror_answer", "{}", 422);
    ACT(clerk, id, "mirror_answer", "{\"accepted\":false,\"answer\":\"属地办理\"}", 200);
    CHECK_STR(state(w, id), "accepted");
    CHECK_STR(value(w, id, "mirror.requests.0.state"), "refused");
    ACT(clerk, id, "return", NOT_OURS, 409);                       /* once */
    ACT(clerk, id, "mirror_answer", "{\"accepted\":true}", 409);   /* nothing waits */
}

TEST_WORLD(order_given_back_leaves_us)
{
    int64_t id = order_in_hand(w);
    ACT(worker1, id, "return", NOT_OURS, 200);
    ACT(clerk, id, "mirror_answer", "{\"verb\":\"return\",\"accepted\":true,\"answer\":\"转水务局\"}", 200);
    CHECK_STR(state(w, id), "given_back");
    CHECK_STR(value(w, id, "phase"), "void");
}

TEST_WORLD(order_extension_counts_only_when_the_upstream_says_so)
{
    int64_t id = order_in_hand(w);
    struct str due = value(w, id, "fields.due_close");
    ACT(worker1, id, "extend", "{\"until\":\"" LATER "\",\"reason\":\"需开挖\"}", 200);
    CHECK_EQ(value(w, id, "fields.due_close"), due);
    ACT(leader, id, "approve_extend", "{}", 409);                  /* not ours to grant */
    ACT(worker1, id, "resolve", "{\"result\":\"fixed\",\"text\":\"已疏通\"}", 409);
    ACT(clerk, id, "mirror_answer", "{\"accepted\":true}", 200);
    CHECK_STR(value(w, id, "fields.due_close"), LATER);
    CHECK_STR(value(w, id, "mirror.due_at"), LATER);
}

TEST_WORLD(order_suspension_counts_only_when_the_upstream_says_so)
{
    int64_t id = order_in_hand(w);
    ACT(worker1, id, "suspend", "{\"reason\":\"等管网改造\"}", 200);
    CHECK_STR(state(w, id), "handling");
    ACT(clerk, id, "mirror_answer", "{\"accepted\":true,\"answer\":\"同意挂账\"}", 200);
    CHECK_STR(state(w, id), "suspended");
    ACT(worker1, id, "resume", "{}", 200);
}

TEST_WORLD(order_closes_when_the_upstream_says_so)
{
    int64_t id = order_in_hand(w);
    ACT(worker1, id, "resolve", "{\"result\":\"fixed\",\"text\":\"已疏通下水道\"}", 200);
    ACT(clerk, id, "callback", CALLED_YES, 200);
    CHECK_STR(state(w, id), "resolved");                           /* our call-back does not close theirs */
    ACT(clerk, id, "mirror_answer", "{\"accepted\":false,\"answer\":\"诉求人反映仍冒水\"}", 200);
    CHECK_STR(state(w, id), "handling");
    ACT(worker1, id, "resolve", "{\"result\":\"fixed\",\"text\":\"更换管道\"}", 200);
    ACT(clerk, id, "mirror_answer", "{\"accepted\":true,\"up_responded\":true,\"up_resolved\":true,\"up_satisfied\":false}", 200);
    CHECK_STR(state(w, id), "closed");
    struct answer ours = world_get(w, &w->leader, "/figures/report.satisfied_rate"),
                  theirs = world_get(w, &w->leader, "/figures/report.upstream_satisfied_rate");
    CHECK_INT(answer_int(w, &ours, "denominator"), 0);             /* done again since: that call-back was of the first answer */
    CHECK_INT(answer_int(w, &theirs, "denominator"), 1);
    CHECK_INT(answer_int(w, &theirs, "numerator"), 0);
}

TEST_WORLD(order_is_pasted_as_it_stands_on_their_page)
{
    struct answer a = opened(w, &w->clerk, "{\"mirror\":{\"upstream\":\"12345\"},\"text_pasted\":\"工单编号：ZZ20261123009\\n诉求标题：路灯不亮\\n"
        "诉求内容：桂花路1号院路灯不亮\\n已经一周\\n来电号码：13900000042\\n诉求人：测试丁\\n是否保密：是\\n截止时间：2026-11-27 18:00\\n\"}");
    int64_t id = answer_int(w, &a, "id");
    CHECK_STR(value(w, id, "mirror.number"), "ZZ20261123009");
    CHECK_STR(value(w, id, "title"), "路灯不亮");
    CHECK_STR(value(w, id, "text"), "桂花路1号院路灯不亮\n已经一周");
    CHECK_STR(value(w, id, "mirror.due_at"), "2026-11-27T18:00:00+08:00");
    CHECK_INT(number(w, id, "confidential"), 1);
}

TEST_WORLD(order_reply_is_copied_out_in_their_order)
{
    int64_t id = order_in_hand(w);
    ACT(worker1, id, "resolve", "{\"result\":\"fixed\",\"text\":\"已疏通下水道\"}", 200);
    struct answer a = world_get(w, &w->clerk, arena_format(&w->arena, "/reports/%lld/copy", (long long)id).p);
    CHECK_STR(answer_str(w, &a, "fields.0.label"), "承办单位");
    CHECK_STR(answer_str(w, &a, "fields.0.value"), "桂花社区居委会");
    CHECK_STR(answer_str(w, &a, "fields.4.value"), "已疏通下水道");
    CHECK(str_has(answer_str(w, &a, "text"), S("答复内容：已疏通下水道\n")));
}

/* --- the upstream's sheet ----------------------------------------------------------------------- */

struct upstream_sheet { struct world *w; struct table table; struct import im; };

static void preview(struct tx *tx, void *arg)
{
    struct upstream_sheet *s = arg;
    CHECK(import_preview(&s->im, tx, &s->w->clerk));
}

static void import(struct upstream_sheet *s, const char *csv)
{
    const struct importer *orders = importer_find(report.importers, S("orders"));
    struct fault f = { 0 };
    CHECK(orders != NULL);
    CHECK_INT(table_read(&s->w->arena, str_of(csv), S(""), NULL, &s->table), 0);
    CHECK(import_read(&s->im, orders, &s->w->arena, &s->table, &f));
    world_read(s->w, preview, s);
}

static void apply(struct upstream_sheet *s)
{
    struct fault f = { 0 };
    CHECK(import_apply(&s->im, s->w->engine->store, &s->w->clerk, NULL, NULL, &f));
}

TEST_WORLD(orders_are_imported_and_a_second_time_change_nothing)
{
    const char *csv = "工单编号,诉求内容,事发地址,来电号码,办理时限,工单状态\n"
                      "ZZ1,桂花路1号院垃圾成堆,桂花路1号院,13900000051,2026-11-27 18:00,处理中\nZZ2,银杏社区路灯不亮,银杏社区,,2026-11-28,处理中\nZZ3,,,,,\n";
    struct upstream_sheet s = { .w = w };
    import(&s, csv);
    CHECK_INT(s.im.counts[IMPORT_NEW], 2);
    CHECK_INT(s.im.counts[IMPORT_WRONG], 1);
    apply(&s);
    import(&s, csv);
    CHECK_INT(s.im.counts[IMPORT_SAME], 2);
    CHECK_INT(s.im.counts[IMPORT_NEW], 0);
    import(&s, "工单编号,工单状态,是否响应,是否解决,是否满意\nZZ1,已办结,是,是,否\n");
    CHECK_INT(s.im.counts[IMPORT_CHANGED], 1);
    apply(&s);
    struct answer a = world_get(w, &w->leader, "/figures/report.upstream_resolved_rate");
    CHECK_INT(answer_int(w, &a, "numerator"), 1);
    import(&s, "工单编号,工单状态,是否响应,是否解决,是否满意\nZZ1,已办结,是,是,否\n");
    CHECK_INT(s.im.counts[IMPORT_SAME], 1);
}
