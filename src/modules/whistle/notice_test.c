/* notice_test.c -- what stands on the papers of a whistle. */
#include "engine/paper.h"
#include "test/world.h"

struct printed { struct world *w; int64_t id; const char *form; struct paper paper; struct str html; };

static void print(struct tx *tx, void *arg)
{
    struct printed *p = arg;
    CHECK(paper_of(tx, &p->w->clerk, p->id, str_of(p->form), &p->paper));
    p->html = paper_html(&p->w->arena, &p->paper);
}

static struct printed printed(struct world *w, int64_t id, const char *form)
{
    struct printed p = { .w = w, .id = id, .form = form };
    world_read(w, print, &p);
    return p;
}

static struct str row(const struct printed *p, const char *label)
{
    for (int i = 0; i < p->paper.row_count; i++)
        if (str_is(p->paper.rows[i].label, label))
            return p->paper.rows[i].value;
    return S("(no row)");
}

TEST_WORLD(papers_of_a_whistle_name_its_departments_and_reason)
{
    struct str body = arena_format(&w->arena, "{\"type\":\"hard\",\"title\":\"院墙歪斜\",\"text\":\"街道没有资质\",\"area\":%lld,"
                                   "\"departments\":[%lld,%lld],\"cannot_because\":\"cooperate.wall_safety\"}",
                                   (long long)w->courtyard, (long long)w->org_urban, (long long)w->org_housing);
    struct answer a = world_post(w, &w->clerk, "/whistles", body.p);
    CHECK_INT(a.status, 201);
    int64_t id = answer_int(w, &a, "id"), call = answer_int(w, &a, "calls.0.id");

    struct printed p = printed(w, id, "whistle_notice");               /* before the review: for the leader's signature */
    CHECK(str_has(row(&p, "牵头部门"), S("示范区城市管理局")));
    CHECK(str_has(row(&p, "牵头部门"), answer_str(w, &a, "calls.0.number")));
    CHECK(str_has(row(&p, "召集部门"), S("示范区住房保障中心")));
    CHECK_STR(row(&p, "报到"), "(no row)");
    CHECK_STR(row(&p, "街道不能独自解决的依据"), "配合履职事项——老旧院墙、附属构筑物安全隐患处置");

    CHECK_INT(world_move(w, &w->leader, id, "approve", NULL), 200);
    p = printed(w, call, "whistle_notice");
    CHECK_STR(p.paper.to, "示范区城市管理局");
    CHECK_STR(row(&p, "请于何时前报到"), "2026年11月23日 11:00");
    CHECK_STR(row(&p, "类别"), "(no row)");
    CHECK(str_has(p.html, S("吹哨通知单")) && str_has(p.html, answer_str(w, &a, "calls.0.number")));

    world_advance(w, HOURS(2) + SECONDS(1));
    world_advance(w, HOURS(4) + SECONDS(1));
    p = printed(w, call, "supervise");
    CHECK_STR(p.paper.to, "示范区政府");
    CHECK_STR(row(&p, "逾期未应哨"), "2026年11月23日 11:00");
    CHECK(str_has(p.html, S("经吹哨、催办逾期未报到")));
}

TEST_WORLD(papers_of_a_joint_record_carry_what_was_found)
{
    struct str body = arena_format(&w->arena, "{\"type\":\"emergency\",\"title\":\"院墙倒塌\",\"text\":\"压住车辆\",\"area\":%lld,"
                                   "\"departments\":[%lld]}", (long long)w->courtyard, (long long)w->org_urban);
    struct answer a = world_post(w, &w->clerk, "/whistles", body.p);
    int64_t id = answer_int(w, &a, "id");
    struct printed p = printed(w, id, "joint_record");
    CHECK_STR(row(&p, "到场人员"), "");                                 /* an empty form, to write on */
    CHECK_INT(world_move(w, &w->clerk, id, "joint_record",
                         "{\"at\":\"2026-11-23T08:40:00+08:00\",\"came\":[\"城管甲\",\"书记丙\"],\"found\":\"外倾八厘米\","
                         "\"decided\":\"三日内拆除\",\"by_when\":\"2026-11-26T18:00:00+08:00\"}"), 200);
    p = printed(w, id, "joint_record");
    CHECK_STR(row(&p, "到场人员"), "城管甲\n书记丙");
    CHECK_STR(row(&p, "到场时间"), "2026年11月23日 08:40");
    CHECK(str_has(p.html, S("外倾八厘米")) && str_has(p.html, S("三日内拆除")) && str_has(p.html, S("2026年11月26日 18:00")));
}
