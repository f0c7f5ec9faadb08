/* paper_forms_test.c -- a matter's papers: its facts, its code, what the kind adds, and who may not see
 * them. */
#include "engine/mirror.h"
#include "engine/paper.h"
#include "engine/scan.h"
#include "test/office.h"

enum { OPEN_STATE, DONE_STATE };
static const struct state states[] = {
    [OPEN_STATE] = { "open_now", L("在办", "Open"), PHASE_OPEN, "report.handle", LATE_SUPERVISE, NULL },
    [DONE_STATE] = { "done", L("办结", "Done"), PHASE_DONE, NULL, LATE_NONE, NULL }, { 0 } };
static const struct move moves[] = {
    { "resolve", OPEN_STATE, DONE_STATE, R(CLERK), L("办结", "Resolve"), NULL, 0, NULL, NULL, 0 }, { 0 } };
static const struct choice papers[] = {
    { "undertake", L("承办单", "Undertaking sheet") }, { "request", L("退单/延期申请", "Request") },
    { "supervise", L("督办单", "Supervision order") }, { "reply", L("答复", "Reply") },
    { "own_form", L("自定文书", "Own form") },         { 0 }
};

static void add_own(struct tx *tx, const struct who *who, const struct matter *m, const char *form,
                    struct paper *p)
{
    (void)tx, (void)who, (void)m;
    if (str_is(str_of(form), "own_form"))
        paper_row(p, S("本模块"), S("自己加的一行"));
}

static const struct kind wall = { .name = "wall", .prefix = "QT", .label = L("围墙", "Wall"), .total_clock = "report.total", .states = states,
                                  .moves = moves, .papers = papers, .paper = add_own };
static const struct kind *const kinds[] = { &wall, NULL };
static const struct module walls = { .name = "wall", .label = L("围墙", "Wall"), .kinds = kinds };
static const struct module *const wall_modules[] = { &walls, NULL };

struct scene {
    struct office o;
    struct grant grant;
    struct who clerk, stranger;
    int64_t id;
};

static void open_wall(struct tx *tx, void *arg)
{
    struct scene *s = arg;
    struct matter m = { .kind = &wall,
                        .title = S("示例墙歪了"),
                        .text = S("靠路一侧<倾斜>\n有人经过"),
                        .address = S("大门东侧"),
                        .channel = S("phone"),
                        .place = { s->o.courtyard, s->o.street, s->o.community, s->o.grid } };
    s->id = matter_open(tx, &s->clerk, &m, 0, S(""));
    reporter_add(tx, s->id,
                 &(struct reporter){ .name = S("张示例"), .phone = S("13800000000"), .channel = S("phone") });
    reporter_add(
        tx, s->id,
        &(struct reporter){
            .name = S("李示例"), .phone = S("13900000000"), .confidential = true, .channel = S("web") });
    mirror_put(tx, &(struct mirror){ .matter = s->id, .upstream = S("12345"), .number = S("SJ-0001") });
    struct moving ask = { .who = &s->clerk, .at = tx->now };
    matter_get(tx, s->id, &ask.m);
    mirror_ask(tx, &ask, "extend", S("需要鉴定"), tx->now + DAYS(3));
}

static void resolve_wall(struct tx *tx, void *arg)
{
    struct scene *s = arg;
    struct moving mv = { .who = &s->clerk, .note = S("已加固并设围挡") };
    matter_move(tx, s->id, "resolve", &mv);
}

static struct scene *scene_open(struct test_db *db)
{
    static struct scene s;
    office_open_with(&s.o, db, wall_modules);
    s.grant = (struct grant){ .role = ROLE_CLERK, .area = s.o.street, .level = LEVEL_STREET };
    s.clerk = (struct who){ .account = 1,
                            .name = S("热线员"),
                            .grants = &s.grant,
                            .grant_count = 1,
                            .roles = R(CLERK),
                            .channel = "web" };
    office_write(&s.o, open_wall, &s);
    return &s;
}

static struct paper paper(struct scene *s, struct tx *tx, const char *form)
{
    struct paper p = { 0 };
    CHECK(paper_of(tx, &s->clerk, s->id, str_of(form), &p));
    return p;
}

static struct str row(const struct paper *p, const char *label)
{
    for (int i = 0; i < p->row_count; i++)
        if (str_is(p->rows[i].label, label))
            return p->rows[i].value;
    return S("(no row)");
}

static struct str block(const struct paper *p, const char *label)
{
    for (int i = 0; i < p->block_count; i++)
        if (str_is(p->blocks[i].label, label))
            return p->blocks[i].text;
    return S("(no block)");
}

TEST_STORES(papers_hold_the_facts_of_their_matter)
{
    struct scene *s = scene_open(db);
    struct tx *tx = office_read(&s->o);
    struct paper p = paper(s, tx, "undertake");
    CHECK_STR(p.title, "承办单");
    CHECK_STR(p.issuer, "梧桐街道办事处");
    CHECK_STR(row(&p, "事项"), "示例墙歪了");
    CHECK(str_has(row(&p, "地点"), S("桂花路1号院")) && str_ends(row(&p, "地点"), S("大门东侧")));
    CHECK_STR(row(&p, "上级工单号"), "SJ-0001");
    CHECK_STR(row(&p, "来源"), "电话");
    CHECK_STR(row(&p, "受理时间"), "2026年11月23日 09:00");
    CHECK(str_ends(row(&p, "反映人"), S("；（保密）")));
    struct str html = paper_html(tx->arena, &p);
    CHECK(!str_has(html, S("13800000000")) && !str_has(html, S("李示例")) && !str_has(html, S("张示例")));
    CHECK(str_has(html, S("靠路一侧&lt;倾斜&gt;")));

    int64_t found = 0;
    struct str form = S("");
    CHECK(scan_read(p.qr, &found, &form));                     /* the code leads back */
    CHECK_INT(found, s->id);
    CHECK_STR(form, "undertake");

    p = paper(s, tx, "request");
    CHECK_STR(row(&p, "申请类型"), "□ 退单　☑ 延期　□ 挂账　□ 办结");
    CHECK_STR(row(&p, "申请延至"), "2026年11月26日 09:00");
    CHECK_STR(block(&p, "申请理由及依据"), "需要鉴定");
    p = paper(s, tx, "own_form");
    CHECK_STR(row(&p, "本模块"), "自己加的一行");
    read_end(tx);
    office_close(&s->o);
}

TEST_STORES(a_reply_tells_how_the_matter_ended)
{
    struct scene *s = scene_open(db);
    office_write(&s->o, resolve_wall, s);
    struct tx *tx = office_read(&s->o);
    struct paper p = paper(s, tx, "reply");
    CHECK(p.is_letter);
    CHECK_STR(p.subject, "关于示例墙歪了的答复");
    CHECK_STR(block(&p, "二、办理情况"), "已加固并设围挡");
    CHECK(paper_docx(tx->arena, &p).n > 0);
    p = paper(s, tx, "supervise");
    CHECK(str_has(block(&p, "已办经过"), S("办结：已加固并设围挡")));
    read_end(tx);
    office_close(&s->o);
}

TEST_STORES(papers_are_refused_to_whom_the_matter_is)
{
    struct scene *s = scene_open(db);
    struct paper p;
    struct tx *tx = office_read(&s->o);
    CHECK(!paper_of(tx, &s->stranger, s->id, S("undertake"), &p));
    CHECK_INT(tx->fault.code, ERR_NOT_FOUND);
    read_end(tx);
    tx = office_read(&s->o);
    CHECK(!paper_of(tx, &s->clerk, s->id, S("no_such_form"), &p));
    CHECK_INT(tx->fault.code, ERR_NOT_FOUND);
    read_end(tx);
    office_close(&s->o);
}
