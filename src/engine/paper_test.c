/* paper_test.c -- a paper as a page and as .docx: everything escaped, the code readable, demo data marked.
 * What stands on a matter's papers is tried with the modules that print them. */
#include "engine/paper.h"

#include "engine/office/picture.h"
#include "engine/office/qr.h"
#include "engine/office/xlsx_part.h"
#include "test/test.h"

#include <string.h>

static struct paper sample(void)
{
    struct paper p = { .issuer = S("示例街道办事处"),
                       .title = S("吹哨通知单"),
                       .number = S("CS-261123-77"),
                       .subject = S("<script>alert(1)</script>"),
                       .qr = S("wx:CS-261123-77:whistle_notice"),
                       .day = 20261123,
                       .foot = S("打印：示例 & 测试") };
    paper_row(&p, S("事项"), p.subject);
    paper_row(&p, S("地点"), S("示例路\"1\"号"));
    paper_block(&p, S("部门回执"), S("第一行\n第二行"), 2);
    paper_box(&p, S("街道办事处（盖章）"));
    return p;
}

TEST(paper_page_escapes_and_carries_its_code)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct paper p = sample();
    struct str html = paper_html(&a, &p);
    CHECK(str_starts(html, S("<!DOCTYPE html>\n<html lang=\"zh-CN\">")));
    CHECK(!str_has(html, S("<script")) && str_has(html, S("&lt;script&gt;alert(1)")));
    CHECK(str_has(html, S("<title>吹哨通知单 CS-261123-77</title>")) && str_has(html, S("打印：示例 &amp; 测试")));
    CHECK(str_has(html, S("<svg ")) && str_has(html, S("wx:CS-261123-77:whistle_notice")));
    /* CSP: styles come by link only */
    CHECK(!str_has(html, S("style=")) && !str_has(html, S("<style")));
    CHECK(str_has(html, S(PAPER_CSS_PATH)) && str_has(paper_css(), S("@page{size:A4")));
    CHECK(!str_has(html, S("演示数据")));
    p.demo = true;
    CHECK(str_has(paper_html(&a, &p), S("演示数据")));
}

TEST(paper_takes_no_more_than_it_has_room_for)
{
    struct paper p = { 0 };
    for (int i = 0; i < 100; i++) {
        paper_row(&p, S("a"), S("b"));
        paper_block(&p, S("a"), S("b"), 1);
        paper_box(&p, S("a"));
    }
    CHECK_INT(p.row_count, PAPER_ROWS_MAX);
    CHECK_INT(p.block_count, PAPER_BLOCKS_MAX);
    CHECK_INT(p.box_count, PAPER_BOXES_MAX);
}

struct found { struct arena *arena; struct buf text; };

static void on_open(struct book *b, void *state, const char *name, const char **at)
{
    (void)b, (void)state, (void)name, (void)at;
}

static void on_text(struct book *b, void *state, struct str text)
{
    (void)b;
    buf_put(&((struct found *)state)->text, text);
}

static struct str text_of(struct arena *a, struct str docx)
{
    static const struct part_walk walk = { .open = on_open, .text = on_text };
    struct found f = { a, buf_in(a) };
    struct book b;
    CHECK_INT(book_open(a, docx, &b), REFUSE_NONE);
    CHECK_INT(book_walk(&b, "word/document.xml", &walk, &f), REFUSE_NONE);
    book_close(&b);
    return buf_str(&f.text);
}

TEST(paper_and_letter_leave_as_docx)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct paper p = sample();
    struct str form = text_of(&a, paper_docx(&a, &p));
    CHECK(str_has(form, S("吹哨通知单")) && str_has(form, S("街道办事处（盖章）")) && str_has(form, S("示例路\"1\"号")));
    p.is_letter = true;
    p.box_count = 0;
    p.subject = S("关于路灯的答复");
    p.to = S("反映人");
    struct str letter = text_of(&a, paper_docx(&a, &p));
    CHECK(str_has(letter, S("关于路灯的答复反映人：")) && str_has(letter, S("示例街道办事处2026年11月23日")));
    /* a letter is prose, without the table */
    CHECK(!str_has(letter, S("示例路")));
}
