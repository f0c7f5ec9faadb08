/* docx_parts.c -- see docx_parts.h. Lengths of GB/T 9704-2012 in twips: 1 mm is 56.69. */
#include "engine/office/docx_parts.h"

#define NS_W "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#define NS_R "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define NS_WP "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
#define NS_A "http://schemas.openxmlformats.org/drawingml/2006/main"
#define NS_PIC "http://schemas.openxmlformats.org/drawingml/2006/picture"
#define NS_PACKAGE "http://schemas.openxmlformats.org/package/2006/"
#define WORD_TYPE "application/vnd.openxmlformats-officedocument.wordprocessingml."

enum {
    PAGE_WIDTH = 11906, PAGE_HEIGHT = 16838,
    TOP = 2098, BOTTOM = 1984, LEFT = 1587, RIGHT = 1474,       /* 37, 35, 28, 26 mm: 156 x 225 mm remain */
    /* 23 mm: the dash stands 7 mm below the type area */
    FOOTER = 1304,
    LINE = 579,                                                 /* 225 mm / 22 lines = 28.95 pt */
    /* 28 characters in 156 mm: 15.79 pt each instead of 16 */
    CHAR_SPACE = -5,
    EMU_PER_MM = 36000,
};

/* Attributes as name, value pairs ended by NULL. */
static void tag(struct markup *m, const char *name, const char *const *attributes)
{
    markup_open(m, name);
    for (; *attributes; attributes += 2)
        markup_attr(m, attributes[0], str_of(attributes[1]));
}
#define TAG(m, name, ...) tag((m), (name), (const char *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL })
#define LEAF(m, name, ...) (TAG((m), (name), __VA_ARGS__), markup_close(m))

static void leaf_int(struct markup *m, const char *name, const char *attribute, int64_t value)
{
    markup_open(m, name);
    markup_attr_int(m, attribute, value);
    markup_close(m);
}

void docx_namespaces(struct markup *m)
{
    markup_attr(m, "xmlns:w", S(NS_W));
    markup_attr(m, "xmlns:r", S(NS_R));
    markup_attr(m, "xmlns:wp", S(NS_WP));
}

void docx_section(struct markup *m, bool demo)
{
    markup_open(m, "w:sectPr");
    if (demo) {
        LEAF(m, "w:headerReference", "w:type", "default", "r:id", "rHeader");
        LEAF(m, "w:headerReference", "w:type", "even", "r:id", "rHeader");
    }
    LEAF(m, "w:footerReference", "w:type", "default", "r:id", "rFooterOdd");
    LEAF(m, "w:footerReference", "w:type", "even", "r:id", "rFooterEven");
    markup_open(m, "w:pgSz");
    markup_attr_int(m, "w:w", PAGE_WIDTH);
    markup_attr_int(m, "w:h", PAGE_HEIGHT);
    markup_close(m);
    markup_open(m, "w:pgMar");
    markup_attr_int(m, "w:top", TOP);
    markup_attr_int(m, "w:right", RIGHT);
    markup_attr_int(m, "w:bottom", BOTTOM);
    markup_attr_int(m, "w:left", LEFT);
    markup_attr_int(m, "w:header", 851);
    markup_attr_int(m, "w:footer", FOOTER);
    markup_attr_int(m, "w:gutter", 0);
    markup_close(m);
    markup_open(m, "w:docGrid");
    /* a grid of characters too would be 19 a line in LibreOffice */
    markup_attr(m, "w:type", S("lines"));
    markup_attr_int(m, "w:linePitch", LINE);
    markup_close(m);
    markup_close(m);
}

static void square(struct markup *m, const char *name, const char *x, const char *y, int64_t side)
{
    markup_open(m, name);
    markup_attr_int(m, x, side);
    markup_attr_int(m, y, side);
    markup_close(m);
}

static void picture_body(struct markup *m, int64_t side, const char *id, struct str about)
{
    TAG(m, "a:graphic", "xmlns:a", NS_A);
    TAG(m, "a:graphicData", "uri", NS_PIC);
    TAG(m, "pic:pic", "xmlns:pic", NS_PIC);
    markup_open(m, "pic:nvPicPr");
    TAG(m, "pic:cNvPr", "id", id, "name", "QR");
    markup_attr(m, "descr", about);
    markup_close(m);
    LEAF(m, "pic:cNvPicPr");
    markup_close(m);
    markup_open(m, "pic:blipFill");
    markup_open(m, "a:blip");
    markup_attr(m, "r:embed", arena_format(m->out.arena, "rImage%s", id));
    markup_close(m);
    markup_open(m, "a:stretch");
    LEAF(m, "a:fillRect");
    markup_close(m);
    markup_close(m);
    markup_open(m, "pic:spPr");
    markup_open(m, "a:xfrm");
    LEAF(m, "a:off", "x", "0", "y", "0");
    square(m, "a:ext", "cx", "cy", side);
    markup_close(m);
    TAG(m, "a:prstGeom", "prst", "rect");
    LEAF(m, "a:avLst");
    markup_close(m);
    markup_close(m);
    markup_close(m);
    markup_close(m);
    markup_close(m);
}

void docx_picture(struct markup *m, int picture, int side_mm, struct str about)
{
    int64_t side = (int64_t)side_mm * EMU_PER_MM;
    const char *id = arena_format(m->out.arena, "%d", picture).p;
    markup_open(m, "w:r");
    markup_open(m, "w:drawing");
    TAG(m, "wp:inline", "distT", "0", "distB", "0", "distL", "0", "distR", "0");
    square(m, "wp:extent", "cx", "cy", side);
    TAG(m, "wp:docPr", "id", id, "name", "QR");
    markup_attr(m, "descr", about);
    markup_close(m);
    picture_body(m, side, id, about);
    markup_close(m);
    markup_close(m);
    markup_close(m);
}

/* --- parts ---------------------------------------------------------------------------------------------- */

struct str docx_content_types(struct arena *a, bool demo)
{
    struct markup m = markup_xml(a);
    TAG(&m, "Types", "xmlns", NS_PACKAGE "content-types");
    LEAF(&m, "Default", "Extension", "rels", "ContentType",
         "application/vnd.openxmlformats-package.relationships+xml");
    LEAF(&m, "Default", "Extension", "xml", "ContentType", "application/xml");
    LEAF(&m, "Default", "Extension", "png", "ContentType", "image/png");
    LEAF(&m, "Override", "PartName", "/word/document.xml", "ContentType", WORD_TYPE "document.main+xml");
    LEAF(&m, "Override", "PartName", "/word/styles.xml", "ContentType", WORD_TYPE "styles+xml");
    LEAF(&m, "Override", "PartName", "/word/settings.xml", "ContentType", WORD_TYPE "settings+xml");
    LEAF(&m, "Override", "PartName", "/word/fontTable.xml", "ContentType", WORD_TYPE "fontTable+xml");
    LEAF(&m, "Override", "PartName", "/word/footer1.xml", "ContentType", WORD_TYPE "footer+xml");
    LEAF(&m, "Override", "PartName", "/word/footer2.xml", "ContentType", WORD_TYPE "footer+xml");
    if (demo)
        LEAF(&m, "Override", "PartName", "/word/header1.xml", "ContentType", WORD_TYPE "header+xml");
    LEAF(&m, "Override", "PartName", "/docProps/core.xml", "ContentType",
         "application/vnd.openxmlformats-package.core-properties+xml");
    markup_close(&m);
    return markup_done(&m);
}

static void relation(struct markup *m, const char *id, const char *type, const char *target)
{
    LEAF(m, "Relationship", "Id", id, "Type", type, "Target", target);
}

struct str docx_root_relations(struct arena *a)
{
    struct markup m = markup_xml(a);
    TAG(&m, "Relationships", "xmlns", NS_PACKAGE "relationships");
    relation(&m, "rDocument", NS_R "/officeDocument", "word/document.xml");
    relation(&m, "rCore", NS_PACKAGE "relationships/metadata/core-properties", "docProps/core.xml");
    markup_close(&m);
    return markup_done(&m);
}

struct str docx_relations(struct arena *a, bool demo, int pictures)
{
    struct markup m = markup_xml(a);
    TAG(&m, "Relationships", "xmlns", NS_PACKAGE "relationships");
    relation(&m, "rStyles", NS_R "/styles", "styles.xml");
    relation(&m, "rSettings", NS_R "/settings", "settings.xml");
    relation(&m, "rFonts", NS_R "/fontTable", "fontTable.xml");
    relation(&m, "rFooterOdd", NS_R "/footer", "footer1.xml");
    relation(&m, "rFooterEven", NS_R "/footer", "footer2.xml");
    if (demo)
        relation(&m, "rHeader", NS_R "/header", "header1.xml");
    for (int i = 1; i <= pictures; i++)
        relation(&m, arena_format(a, "rImage%d", i).p, NS_R "/image",
                 arena_format(a, "media/image%d.png", i).p);
    markup_close(&m);
    return markup_done(&m);
}

/* The title only: who wrote it and when stays in Wuxing's own history. */
struct str docx_core(struct arena *a, struct str title)
{
    struct markup m = markup_xml(a);
    TAG(&m, "cp:coreProperties", "xmlns:cp", NS_PACKAGE "metadata/core-properties", "xmlns:dc",
        "http://purl.org/dc/elements/1.1/");
    markup_leaf(&m, "dc:title", title);
    markup_close(&m);
    return markup_done(&m);
}

struct str docx_styles(struct arena *a)
{
    struct markup m = markup_xml(a);
    TAG(&m, "w:styles", "xmlns:w", NS_W);
    markup_open(&m, "w:docDefaults");
    markup_open(&m, "w:rPrDefault");
    markup_open(&m, "w:rPr");
    LEAF(&m, "w:rFonts", "w:ascii", "Times New Roman", "w:hAnsi", "Times New Roman", "w:eastAsia",
         "仿宋_GB2312", "w:cs", "Times New Roman");
    leaf_int(&m, "w:spacing", "w:val", CHAR_SPACE);
    leaf_int(&m, "w:sz", "w:val", 32);
    leaf_int(&m, "w:szCs", "w:val", 32);
    LEAF(&m, "w:lang", "w:val", "en-US", "w:eastAsia", "zh-CN");
    markup_close(&m);
    markup_close(&m);
    markup_close(&m);
    TAG(&m, "w:style", "w:type", "paragraph", "w:default", "1", "w:styleId", "Normal");
    LEAF(&m, "w:name", "w:val", "Normal");
    markup_open(&m, "w:pPr");
    LEAF(&m, "w:widowControl", "w:val", "0");
    markup_open(&m, "w:spacing");
    markup_attr_int(&m, "w:line", LINE);
    markup_attr(&m, "w:lineRule", S("exact"));
    markup_close(&m);
    LEAF(&m, "w:jc", "w:val", "both");
    markup_close(&m);
    markup_close(&m);
    markup_close(&m);
    return markup_done(&m);
}

struct str docx_settings(struct arena *a)
{
    struct markup m = markup_xml(a);
    TAG(&m, "w:settings", "xmlns:w", NS_W);
    LEAF(&m, "w:evenAndOddHeaders", "w:val", "1");
    markup_close(&m);
    return markup_done(&m);
}

struct str docx_fonts(struct arena *a)
{
    static const char *const fonts[][2] = { { "方正小标宋简体", "宋体" },
                                            { "仿宋_GB2312", "仿宋" },
                                            { "楷体_GB2312", "楷体" },
                                            { "黑体", "SimHei" } };
    struct markup m = markup_xml(a);
    TAG(&m, "w:fonts", "xmlns:w", NS_W);
    for (size_t i = 0; i < COUNT(fonts); i++) {
        TAG(&m, "w:font", "w:name", fonts[i][0]);
        LEAF(&m, "w:altName", "w:val", fonts[i][1]);
        markup_close(&m);
    }
    markup_close(&m);
    return markup_done(&m);
}

static void small_text(struct markup *m, const char *color, struct str text)
{
    markup_open(m, "w:r");
    markup_open(m, "w:rPr");
    LEAF(m, "w:rFonts", "w:ascii", "宋体", "w:hAnsi", "宋体", "w:eastAsia", "宋体");
    if (color)
        LEAF(m, "w:color", "w:val", color);
    leaf_int(m, "w:sz", "w:val", 28);
    markup_close(m);
    TAG(m, "w:t", "xml:space", "preserve");
    markup_text(m, text);
    markup_close(m);
    markup_close(m);
}

struct str docx_footer(struct arena *a, bool odd)
{
    struct markup m = markup_xml(a);
    TAG(&m, "w:ftr", "xmlns:w", NS_W);
    markup_open(&m, "w:p");
    markup_open(&m, "w:pPr");
    if (odd)
        LEAF(&m, "w:ind", "w:rightChars", "100", "w:right", "280");
    else
        LEAF(&m, "w:ind", "w:leftChars", "100", "w:left", "280");
    LEAF(&m, "w:jc", "w:val", odd ? "right" : "left");
    markup_close(&m);
    small_text(&m, NULL, S("— "));
    TAG(&m, "w:fldSimple", "w:instr", " PAGE ");
    small_text(&m, NULL, S("1"));
    markup_close(&m);
    small_text(&m, NULL, S(" —"));
    markup_close(&m);
    markup_close(&m);
    return markup_done(&m);
}

struct str docx_demo_header(struct arena *a)
{
    struct markup m = markup_xml(a);
    TAG(&m, "w:hdr", "xmlns:w", NS_W);
    markup_open(&m, "w:p");
    markup_open(&m, "w:pPr");
    LEAF(&m, "w:jc", "w:val", "center");
    markup_close(&m);
    small_text(&m, "C00000", S("演示数据"));
    markup_close(&m);
    markup_close(&m);
    return markup_done(&m);
}
