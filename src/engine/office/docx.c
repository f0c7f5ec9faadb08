/* docx.c -- see docx.h. Units of WordprocessingML: twips (1/20 pt) for lengths, half points for type,
 * 1/100 character for indents, EMU (1/36000 mm) for pictures. The order of elements inside pPr, rPr and
 * sectPr is the schema's. */
#include "engine/office/docx.h"

#include "engine/office/docx_parts.h"
#include "engine/office/package.h"
#include "engine/office/qr.h"

#include <assert.h>

enum {
    TITLE_SIZE = 44,
    BODY_SIZE = 32,
    TABLE_SIZE = 28,
    LABEL_TWIPS = 2268,
    VALUE_TWIPS = 6576,
    QR_MM = 25,
    QR_MODULE_PX = 8
};

#define SONG_TITLE "方正小标宋简体"
#define FANGSONG "仿宋_GB2312"

struct para {
    const char *font;                 /* NULL: the body's */
    int size;                         /* half points; 0: the body's */
    const char *align;                /* both, center, right, left */
    int first_chars, right_chars;     /* hundredths of a character */
    const char *color;
    bool red_line, keep_next, plain_grid;
};

static void leaf_val(struct markup *m, const char *name, const char *value)
{
    markup_open(m, name);
    markup_attr(m, "w:val", str_of(value));
    markup_close(m);
}

static void red_line(struct markup *m)
{
    markup_open(m, "w:pBdr");
    markup_open(m, "w:bottom");
    markup_attr(m, "w:val", S("single"));
    markup_attr_int(m, "w:sz", 18);                       /* 2.25 pt */
    markup_attr_int(m, "w:space", 11);                    /* 4 mm below the number */
    markup_attr(m, "w:color", S("FF0000"));
    markup_close(m);
    markup_close(m);
}

static void para_open(struct markup *m, const struct para *p)
{
    markup_open(m, "w:p");
    markup_open(m, "w:pPr");
    if (p->keep_next)
        leaf_val(m, "w:keepNext", "1");
    if (p->red_line)
        red_line(m);
    if (p->plain_grid) {
        leaf_val(m, "w:snapToGrid", "0");
        markup_open(m, "w:spacing");
        markup_attr_int(m, "w:line", 240);
        markup_attr(m, "w:lineRule", S("auto"));
        markup_close(m);
    }
    if (p->first_chars || p->right_chars) {
        markup_open(m, "w:ind");
        if (p->right_chars) {
            markup_attr_int(m, "w:rightChars", p->right_chars);
            markup_attr_int(m, "w:right", p->right_chars * 320 / 100);
        }
        if (p->first_chars) {
            markup_attr_int(m, "w:firstLineChars", p->first_chars);
            markup_attr_int(m, "w:firstLine", p->first_chars * 320 / 100);
        }
        markup_close(m);
    }
    leaf_val(m, "w:jc", p->align);
    markup_close(m);
}

static void run(struct markup *m, const struct para *p, struct str text)
{
    markup_open(m, "w:r");
    markup_open(m, "w:rPr");
    if (p->font) {
        markup_open(m, "w:rFonts");
        markup_attr(m, "w:eastAsia", str_of(p->font));
        markup_attr(m, "w:hint", S("eastAsia"));
        markup_close(m);
    }
    if (p->color)
        leaf_val(m, "w:color", p->color);
    if (p->size) {
        markup_open(m, "w:sz");
        markup_attr_int(m, "w:val", p->size);
        markup_close(m);
    }
    markup_close(m);
    markup_open(m, "w:t");
    markup_attr(m, "xml:space", S("preserve"));
    markup_text(m, text);
    markup_close(m);
    markup_close(m);
}

static void para(struct markup *m, const struct para *p, struct str text)
{
    para_open(m, p);
    if (text.n)
        run(m, p, text);
    markup_close(m);
}

/* --- head ----------------------------------------------------------------------------------------------- */

static void issuer(struct docx *d)
{
    size_t chars = str_chars(d->head.issuer);
    /* one line, below the standard's 22 x 15 mm */
    int size = chars <= 8 ? 88 : chars <= 12 ? 64 : chars <= 18 ? 48 : 36;
    para(&d->body,
         &(struct para){
             .font = SONG_TITLE, .size = size, .align = "center", .color = "FF0000", .plain_grid = true },
         d->head.issuer);
    para(&d->body, &(struct para){ .align = "center" }, S(""));
    para(&d->body, &(struct para){ .align = "center", .red_line = true }, d->head.number);
    para(&d->body, &(struct para){ .align = "center" }, S(""));
}

struct docx docx_begin(struct arena *a, const struct docx_head *head)
{
    struct docx d = { .arena = a, .head = *head, .body = markup_xml(a) };
    markup_open(&d.body, "w:document");
    docx_namespaces(&d.body);
    markup_open(&d.body, "w:body");
    if (head->issuer.n)
        issuer(&d);
    else if (head->number.n)
        para(&d.body, &(struct para){ .align = "right" }, head->number);
    para(&d.body, &(struct para){ .font = SONG_TITLE, .size = TITLE_SIZE, .align = "center" }, head->title);
    para(&d.body, &(struct para){ .align = "both" }, S(""));
    if (head->to.n)
        para(&d.body, &(struct para){ .align = "both" }, arena_join(a, head->to, S("：")));
    return d;
}

/* --- body ----------------------------------------------------------------------------------------------- */

void docx_heading(struct docx *d, int level, struct str text)
{
    assert(level == 1 || level == 2);
    para(&d->body,
         &(struct para){ .font = level == 1 ? "黑体" : "楷体_GB2312",
                         .align = "both",
                         .first_chars = 200,
                         .keep_next = true },
         text);
}

void docx_text(struct docx *d, struct str text)
{
    for (struct str line; str_cut(&text, '\n', &line);) {
        line = str_trim(line);
        if (line.n)
            para(&d->body, &(struct para){ .align = "both", .first_chars = 200 }, line);
    }
}

static void cell(struct markup *m, struct str text, int width, const char *align)
{
    markup_open(m, "w:tc");
    markup_open(m, "w:tcPr");
    markup_open(m, "w:tcW");
    markup_attr_int(m, "w:w", width);
    markup_attr(m, "w:type", S("dxa"));
    markup_close(m);
    leaf_val(m, "w:vAlign", "center");
    markup_close(m);
    struct para p = { .size = TABLE_SIZE, .align = align, .plain_grid = true };
    if (text.n == 0)
        para(m, &p, S(""));                               /* a cell without a paragraph is not valid */
    for (struct str line; text.n && str_cut(&text, '\n', &line);)
        para(m, &p, line);
    markup_close(m);
}

void docx_table(struct docx *d, const struct docx_row *rows, int count)
{
    static const char *const sides[] = { "w:top", "w:left", "w:bottom", "w:right", "w:insideH", "w:insideV" };
    static const int widths[] = { LABEL_TWIPS, VALUE_TWIPS };
    struct markup *m = &d->body;
    markup_open(m, "w:tbl");
    markup_open(m, "w:tblPr");
    markup_open(m, "w:tblW");
    markup_attr_int(m, "w:w", LABEL_TWIPS + VALUE_TWIPS);
    markup_attr(m, "w:type", S("dxa"));
    markup_close(m);
    markup_open(m, "w:tblBorders");
    for (size_t i = 0; i < COUNT(sides); i++) {
        markup_open(m, sides[i]);
        markup_attr(m, "w:val", S("single"));
        markup_attr_int(m, "w:sz", 4);
        markup_attr(m, "w:color", S("000000"));
        markup_close(m);
    }
    markup_close(m);
    markup_open(m, "w:tblLayout");
    markup_attr(m, "w:type", S("fixed"));
    markup_close(m);
    markup_close(m);
    markup_open(m, "w:tblGrid");
    for (size_t i = 0; i < COUNT(widths); i++) {
        markup_open(m, "w:gridCol");
        markup_attr_int(m, "w:w", widths[i]);
        markup_close(m);
    }
    markup_close(m);
    for (int i = 0; i < count; i++) {
        markup_open(m, "w:tr");
        cell(m, rows[i].label, LABEL_TWIPS, "center");
        cell(m, rows[i].value, VALUE_TWIPS, "left");
        markup_close(m);
    }
    markup_close(m);
    para(m, &(struct para){ .align = "both" }, S(""));    /* two tables in a row would grow together */
}

void docx_qr(struct docx *d, struct str text)
{
    struct str png = qr_png(d->arena, text, QR_MODULE_PX);
    if (png.n == 0 || d->picture_count == (int)COUNT(d->pictures))
        return;
    d->pictures[d->picture_count++] = png;
    struct para right = { .align = "right", .plain_grid = true, .size = 21 };
    para_open(&d->body, &right);
    docx_picture(&d->body, d->picture_count, QR_MM, text);
    markup_close(&d->body);
    para(&d->body, &right, text);
}

/* Widths in hundredths of a character: ASCII is half as wide. */
static int width_of(struct str text)
{
    int width = 0;
    while (text.n)
        width += str_next(&text) < 0x80 ? 50 : 100;
    return width;
}

void docx_sign(struct docx *d, struct str who, int day)
{
    struct str date = arena_format(d->arena, "%d年%d月%d日", day / 10000, day / 100 % 100, day % 100);
    int centred = 400 + (width_of(date) - width_of(who)) / 2;
    para(&d->body, &(struct para){ .align = "both", .keep_next = true }, S(""));
    para(&d->body,
         &(struct para){ .align = "right", .right_chars = centred < 200 ? 200 : centred, .keep_next = true },
         who);
    para(&d->body, &(struct para){ .align = "right", .right_chars = 400 }, date);
}

/* --- package -------------------------------------------------------------------------------------------- */

struct str docx_done(struct docx *d)
{
    docx_section(&d->body, d->head.demo);
    markup_close(&d->body);
    markup_close(&d->body);
    struct package p = package_begin(d->arena);
    package_add(&p, "[Content_Types].xml", docx_content_types(d->arena, d->head.demo));
    package_add(&p, "_rels/.rels", docx_root_relations(d->arena));
    package_add(&p, "docProps/core.xml", docx_core(d->arena, d->head.title));
    package_add(&p, "word/document.xml", markup_done(&d->body));
    package_add(&p, "word/_rels/document.xml.rels", docx_relations(d->arena, d->head.demo, d->picture_count));
    package_add(&p, "word/styles.xml", docx_styles(d->arena));
    package_add(&p, "word/settings.xml", docx_settings(d->arena));
    package_add(&p, "word/fontTable.xml", docx_fonts(d->arena));
    package_add(&p, "word/footer1.xml", docx_footer(d->arena, true));
    package_add(&p, "word/footer2.xml", docx_footer(d->arena, false));
    if (d->head.demo)
        package_add(&p, "word/header1.xml", docx_demo_header(d->arena));
    for (int i = 0; i < d->picture_count; i++)
        package_add(&p, arena_format(d->arena, "word/media/image%d.png", i + 1).p, d->pictures[i]);
    struct str bytes = package_done(&p);
    return d->arena->over ? S("") : bytes;
}
