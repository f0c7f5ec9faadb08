/* paper_test.c -- what a report adds to its papers, and the signed request sheet that is the move. */
#include "modules/report/report_test.h"

#include "engine/paper.h"

struct printed { struct world *w; int64_t id; const char *form; struct paper paper; };

static void print(struct tx *tx, void *arg)
{
    struct printed *p = arg;
    CHECK(paper_of(tx, &p->w->clerk, p->id, str_of(p->form), &p->paper));
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

static struct str block(const struct printed *p, const char *label)
{
    for (int i = 0; i < p->paper.block_count; i++)
        if (str_is(p->paper.blocks[i].label, label))
            return p->paper.blocks[i].text;
    return S("(no block)");
}

TEST_WORLD(papers_of_a_report_carry_its_request_and_reply)
{
    int64_t id = in_hand(w);
    ACT(worker1, id, "extend", "{\"until\":\"" LATER "\",\"reason\":\"雨天无法施工\"}", 200);
    struct printed p = printed(w, id, "request");
    CHECK(str_starts(row(&p, "申请类型"), S("□ 退单　☑ 延期")));
    CHECK_STR(row(&p, "申请延至"), "2026年12月20日 18:00");
    CHECK_STR(block(&p, "申请理由及依据"), "雨天无法施工");
    ACT(worker1, id, "resolve", "{\"result\":\"fixed\",\"text\":\"院墙已加固\"}", 200);
    p = printed(w, id, "reply");
    CHECK_STR(block(&p, "二、办理情况"), "院墙已加固");
}

TEST_WORLD(papers_of_a_return_name_the_item_of_the_duty_list)
{
    int64_t id = in_hand(w);
    ACT(worker1, id, "return", "{\"basis\":\"cooperate.road\",\"reason\":\"路面属市政\"}", 200);
    struct printed p = printed(w, id, "request");
    CHECK(str_starts(row(&p, "申请类型"), S("☑ 退单")));
    CHECK_STR(block(&p, "申请理由及依据"), "路面属市政（履职事项清单：道路、井盖和路灯养护）");
}

TEST_WORLD(signed_request_sheet_grants_what_waits)
{
    int64_t id = in_hand(w);
    ACT(clerk, id, "grant", "{}", 409);
    ACT(worker1, id, "extend", "{\"until\":\"" LATER "\",\"reason\":\"雨天无法施工\"}", 200);
    ACT(clerk, id, "grant", "{}", 200);
    CHECK_STR(value(w, id, "fields.due_close"), LATER);
    ACT(worker1, id, "suspend", "{\"reason\":\"等资金\"}", 200);
    ACT(clerk, id, "grant", "{}", 200);
    CHECK_STR(state(w, id), "suspended");
}
