/* paper.c -- a paper as a page to print and as .docx; see paper.h. What stands on it for a matter is
 * paper_forms.c. */
#include "engine/paper.h"

#include "engine/office/docx.h"
#include "engine/office/markup.h"
#include "engine/office/qr.h"

void paper_row(struct paper *p, struct str label, struct str value)
{
    if (p->row_count < PAPER_ROWS_MAX)
        p->rows[p->row_count++] = (struct paper_row){ label, value };
}

void paper_block(struct paper *p, struct str label, struct str text, int blank_lines)
{
    if (p->block_count < PAPER_BLOCKS_MAX)
        p->blocks[p->block_count++] = (struct paper_block){ label, text, blank_lines };
}

void paper_box(struct paper *p, struct str label)
{
    if (p->box_count < PAPER_BOXES_MAX)
        p->boxes[p->box_count++] = label;
}

/* --- page ----------------------------------------------------------------------------------------------- */

struct str paper_css(void)
{
    return S(
        "@page{size:A4;margin:18mm 18mm 16mm}"
        "*{box-sizing:border-box}"
        "body{margin:0 auto;padding:8mm 0;max-width:174mm;color:#000;background:#fff;"
        "font:12pt/1.5 \"FangSong_GB2312\",\"FangSong\",\"STFangsong\",\"Noto Serif CJK "
        "SC\",\"SimSun\",serif}"
        ".demo{position:fixed;top:45%;left:0;right:0;text-align:center;font-size:64pt;color:#c00;opacity:.12;"
        "transform:rotate(-24deg);pointer-events:none}"
        ".demo-line{color:#c00;text-align:center;font-size:10.5pt;margin:0}"
        "header{position:relative;min-height:27mm;padding:0 30mm}"
        ".issuer{text-align:center;margin:0;font-size:14pt}"
        "h1{text-align:center;margin:1mm 0 2mm;font-size:22pt;font-weight:600;letter-spacing:.08em;"
        "font-family:\"FZXiaoBiaoSong-B05S\",\"STZhongsong\",\"Noto Serif CJK SC\",\"SimSun\",serif}"
        ".number{text-align:center;margin:0}"
        ".code{position:absolute;top:0;right:0;width:26mm;text-align:center;font-size:7pt;line-height:1.2}"
        ".qr{width:26mm;height:26mm;display:block}"
        "table{width:100%;border-collapse:collapse;table-layout:fixed;margin-top:3mm}"
        "th,td{border:.35mm solid #000;padding:1.2mm "
        "2mm;vertical-align:top;text-align:left;overflow-wrap:anywhere;"
        "white-space:pre-line}"
        "th{width:28mm;text-align:center;vertical-align:middle;font-weight:400}"
        "tr{break-inside:avoid}"
        ".room{display:block;height:8mm}"
        ".boxes{display:grid;grid-template-columns:1fr 1fr;gap:0 8mm;margin-top:6mm;break-inside:avoid}"
        ".boxes>div{min-height:30mm;padding-top:2mm;break-inside:avoid}"
        ".boxes .date{margin-top:15mm;text-align:right}"
        ".to,.text{margin:3mm 0 0}.text{white-space:pre-line}"
        "footer{margin-top:5mm;border-top:.2mm solid #666;padding-top:1mm;font-size:8.5pt;color:#333}"
        ".hint{text-align:center;color:#555;font-size:10.5pt}"
        "@media screen{html{background:#e9e9e6}body{padding:16mm 18mm;max-width:210mm;margin:8mm "
        "auto;box-shadow:0 1px 6px #0003}}"
        "@media screen and "
        "(max-width:700px){body{padding:5mm;margin:0}header{padding:0}.code{position:static;margin:0 auto}"
        "th{width:20mm}.boxes{grid-template-columns:1fr}}"
        "@media print{.hint{display:none}}");
}

static void element(struct markup *m, const char *name, const char *class, struct str text)
{
    markup_open(m, name);
    if (class)
        markup_attr(m, "class", str_of(class));
    if (text.n)
        markup_text(m, text);
    markup_close(m);
}

static void meta(struct markup *m, const char *name, const char *content)
{
    markup_open(m, "meta");
    markup_attr(m, "name", str_of(name));
    markup_attr(m, "content", str_of(content));
    markup_close(m);
}

static void write_head(struct markup *m, const struct paper *p)
{
    markup_open(m, "head");
    markup_open(m, "meta");
    markup_attr(m, "charset", S("utf-8"));
    markup_close(m);
    meta(m, "viewport", "width=device-width,initial-scale=1");
    markup_open(m, "title");
    markup_text(m, p->title);
    markup_text(m, S(" "));
    markup_text(m, p->number);
    markup_close(m);
    markup_open(m, "link");
    markup_attr(m, "rel", S("stylesheet"));
    markup_attr(m, "href", S(PAPER_CSS_PATH));
    markup_close(m);
    markup_close(m);
}

static void write_title(struct markup *m, const struct paper *p)
{
    markup_open(m, "header");
    if (p->issuer.n)
        element(m, "p", "issuer", p->issuer);
    element(m, "h1", NULL, p->title);
    markup_open(m, "p");
    markup_attr(m, "class", S("number"));
    markup_text(m, S("编号："));
    markup_text(m, p->number);
    markup_close(m);
    struct str qr = qr_svg(m->out.arena, p->qr);
    if (qr.n) {
        markup_open(m, "div");
        markup_attr(m, "class", S("code"));
        markup_raw(m, qr);
        markup_text(m, p->number);
        markup_close(m);
    }
    markup_close(m);
    if (p->to.n)
        element(m, "p", "to", arena_join(m->out.arena, p->to, S("：")));
}

static void write_rows(struct markup *m, const struct paper *p)
{
    for (int i = 0; i < p->row_count; i++) {
        markup_open(m, "tr");
        element(m, "th", NULL, p->rows[i].label);
        element(m, "td", NULL, p->rows[i].value);
        markup_close(m);
    }
    for (int i = 0; i < p->block_count; i++) {
        markup_open(m, "tr");
        element(m, "th", NULL, p->blocks[i].label);
        markup_open(m, "td");
        if (p->blocks[i].text.n)
            markup_text(m, p->blocks[i].text);
        for (int line = 0; line < p->blocks[i].blank_lines; line++)
            element(m, "span", "room", S(""));
        markup_close(m);
        markup_close(m);
    }
}

static void write_boxes(struct markup *m, const struct paper *p)
{
    markup_open(m, "div");
    markup_attr(m, "class", S("boxes"));
    for (int i = 0; i < p->box_count; i++) {
        markup_open(m, "div");
        markup_text(m, p->boxes[i]);
        markup_text(m, S("："));
        element(m, "div", "date", S("年　　月　　日"));
        markup_close(m);
    }
    markup_close(m);
}

struct str paper_html(struct arena *a, const struct paper *p)
{
    struct markup m = markup_html(a);
    markup_open(&m, "html");
    markup_attr(&m, "lang", S("zh-CN"));
    write_head(&m, p);
    markup_open(&m, "body");
    element(&m, "p", "hint",
            S("按 Ctrl+P 打印（A4）。盖章签字后拍照上传，二维码会找到本事项。 / Print on A4; a photo of the "
              "signed sheet finds its matter."));
    if (p->demo) {
        element(&m, "div", "demo", S("演示数据"));
        element(&m, "p", "demo-line", S("演示数据，仅供演示"));
    }
    write_title(&m, p);
    markup_open(&m, "table");
    markup_open(&m, "tbody");
    write_rows(&m, p);
    markup_close(&m);
    markup_close(&m);
    if (p->box_count)
        write_boxes(&m, p);
    if (p->foot.n)
        element(&m, "footer", NULL, p->foot);
    markup_close(&m);
    markup_close(&m);
    return markup_done(&m);
}

/* --- .docx ---------------------------------------------------------------------------------------------- */

static void docx_blocks(struct docx *d, const struct paper *p)
{
    for (int i = 0; i < p->block_count; i++) {
        if (p->blocks[i].text.n == 0 && p->is_letter)
            continue;
        if (p->blocks[i].label.n)
            docx_heading(d, 1, p->blocks[i].label);
        docx_text(d, p->blocks[i].text.n ? p->blocks[i].text : S("（待填写）"));
    }
}

struct str paper_docx(struct arena *a, const struct paper *p)
{
    struct docx_head head = { .issuer = p->is_letter ? p->issuer : S(""), .number = p->number,
                              .title = p->is_letter ? p->subject : p->title, .to = p->to, .demo = p->demo };
    struct docx_row rows[PAPER_ROWS_MAX];
    struct docx d = docx_begin(a, &head);
    for (int i = 0; i < p->row_count; i++)
        rows[i] = (struct docx_row){ p->rows[i].label, p->rows[i].value };
    if (p->row_count && !p->is_letter)
        docx_table(&d, rows, p->row_count);
    docx_blocks(&d, p);
    for (int i = 0; i < p->box_count; i++)
        docx_text(&d, arena_join(a, p->boxes[i], S("：　　　　　　　　　　年　　月　　日")));
    if (p->is_letter)
        docx_sign(&d, p->issuer, p->day);
    docx_qr(&d, p->qr);
    return docx_done(&d);
}
