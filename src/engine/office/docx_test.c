/* docx_test.c -- a reply in the official layout: sound parts, the standard's measures, text that cannot
 * break out. */
#include "engine/office/docx.h"
#include "engine/office/xlsx_part.h"
#include "test/test.h"

#include <string.h>

struct seen {
    struct arena *arena;
    struct buf text;
    struct str title_size, margins, page, first_line;
    int paragraphs, rows, pictures;
    bool in_text;
};

static void on_open(struct book *b, void *state, const char *name, const char **at)
{
    struct seen *s = state;
    (void)b;
    s->in_text = !strcmp(name, "t");
    s->paragraphs += !strcmp(name, "p");
    s->rows += !strcmp(name, "tr");
    s->pictures += !strcmp(name, "blip");
    if (!strcmp(name, "sz") && s->title_size.n == 0)
        s->title_size = arena_copy(s->arena, attribute(at, "val"));
    if (!strcmp(name, "pgMar"))
        s->margins = arena_format(s->arena, STR_FMT " " STR_FMT " " STR_FMT " " STR_FMT,
                                  STR_ARG(attribute(at, "top")), STR_ARG(attribute(at, "right")),
                                  STR_ARG(attribute(at, "bottom")), STR_ARG(attribute(at, "left")));
    if (!strcmp(name, "pgSz"))
        s->page = arena_format(s->arena, STR_FMT "x" STR_FMT, STR_ARG(attribute(at, "w")),
                               STR_ARG(attribute(at, "h")));
}

static void on_close(struct book *b, void *state, const char *name)
{
    struct seen *s = state;
    (void)b;
    s->in_text = false;
    if (!strcmp(name, "p"))
        buf_char(&s->text, '\n');
}

static void on_text(struct book *b, void *state, struct str text)
{
    struct seen *s = state;
    (void)b;
    if (s->in_text)
        buf_put(&s->text, text);
}

static const struct part_walk walk = { on_open, on_close, on_text };

static struct seen walk_part(struct arena *a, struct str docx, const char *path)
{
    struct seen s = { .arena = a, .text = buf_in(a) };
    struct book b;
    CHECK_INT(book_open(a, docx, &b), REFUSE_NONE);
    CHECK_INT(book_walk(&b, path, &walk, &s), REFUSE_NONE);
    book_close(&b);
    return s;
}

static struct str reply(struct arena *a, bool demo)
{
    struct docx d = docx_begin(a, &(struct docx_head){ .issuer = S("示例街道办事处文件"),
                                                       .number = S("示街办函〔2026〕12号"),
                                                       .title = S("关于<围墙>倾斜问题的答复"),
                                                       .to = S("示例社区居民委员会"),
                                                       .demo = demo });
    docx_heading(&d, 1, S("一、办理经过"));
    docx_text(&d, S("11月20日收到反映。\n\n  “A & B”两家已到场。\x01"));
    docx_table(&d,
               (const struct docx_row[]){ { S("编号"), S("BG-261123-4711") },
                                          { S("地点"), S("示例路1号\n二单元") },
                                          { S("备注"), S("") } },
               3);
    docx_sign(&d, S("示例街道办事处"), 20261123);
    docx_qr(&d, S("BG-261123-4711"));
    return docx_done(&d);
}

TEST(docx_has_the_measures_of_gbt_9704)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct str bytes = reply(&a, false);
    struct seen s = walk_part(&a, bytes, "word/document.xml");
    CHECK_STR(s.page, "11906x16838");
    CHECK_STR(s.margins, "2098 1474 1984 1587");
    CHECK_STR(buf_str(&s.text), "示例街道办事处文件\n\n示街办函〔2026〕12号\n\n关于<围墙>倾斜问题的答复\n\n示例社区居民委员会：\n一、办理经过\n"
                                "11月20日收到反映。\n“A & B”两家已到场。\n编号\nBG-261123-4711\n地点\n示例路1号\n二单元\n备注\n\n\n"
                                "\n示例街道办事处\n2026年11月23日\n\nBG-261123-4711\n");
    CHECK_INT(s.rows, 3);
    CHECK_INT(s.pictures, 1);
    struct seen styles = walk_part(&a, bytes, "word/styles.xml");
    CHECK_STR(styles.title_size, "32");
    struct seen footer = walk_part(&a, bytes, "word/footer1.xml");
    CHECK_STR(buf_str(&footer.text), "— 1 —\n");
}

TEST(docx_parts_are_all_sound_xml_and_the_same_twice)
{
    static const char *const parts[] = { "[Content_Types].xml",
                                         "_rels/.rels",
                                         "docProps/core.xml",
                                         "word/document.xml",
                                         "word/_rels/document.xml.rels",
                                         "word/styles.xml",
                                         "word/settings.xml",
                                         "word/fontTable.xml",
                                         "word/footer1.xml",
                                         "word/footer2.xml",
                                         "word/header1.xml" };
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct str bytes = reply(&a, true);
    for (size_t i = 0; i < COUNT(parts); i++)
        walk_part(&a, bytes, parts[i]);
    struct seen header = walk_part(&a, bytes, "word/header1.xml");
    CHECK_STR(buf_str(&header.text), "演示数据\n");
    CHECK_EQ(reply(&a, true), bytes);
    struct arena small arena_scoped;
    arena_init(&small, 3000);
    CHECK_INT(reply(&small, false).n, 0);
}
