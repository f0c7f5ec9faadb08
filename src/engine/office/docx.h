/* docx.h -- replies and briefs as .docx in the layout of official documents.
 * Source: GB/T 9704-2012 (党政机关公文格式): A4, type area 156 x 225 mm behind margins of 37 mm above and 28 mm
 * left, 22 lines of 28 characters; body 仿宋_GB2312 三号 (16 pt), headings 黑体 and 楷体_GB2312, title 方正小标宋简体 二号
 * (22 pt) centred, page numbers 宋体 四号 between dashes, right on odd pages and left on even ones; date four
 * characters from the right, the issuer centred above it. Fonts are named, not embedded: where one is
 * missing the word processor takes its own.
 * Memory: the arena; texts are copied into it. Faults: none; docx_done gives "" when the arena is full.
 * Threading: one thread per document. */
#ifndef WUXING_ENGINE_OFFICE_DOCX_H
#define WUXING_ENGINE_OFFICE_DOCX_H

#include "base/clock.h"
#include "engine/office/markup.h"

struct docx_head {
    struct str issuer;                /* 红头: the issuing organisation in red above a red line; "" leaves both out */
    struct str number;                /* 发文字号, e.g. 航办函〔2026〕12号; "" none */
    struct str title;
    struct str to;                    /* 主送机关, without the colon; "" none */
    bool demo;                        /* 演示数据 at the head of every page */
};
struct docx_row {
    struct str label, value;
};

struct docx {
    struct arena *arena;
    struct markup body;
    struct docx_head head;
    struct str pictures[8];           /* PNG */
    int picture_count;
};

struct docx docx_begin(struct arena *, const struct docx_head *);
void docx_heading(struct docx *, int level, struct str text);       /* 1: 黑体, 2: 楷体; numbering is the caller's */
void docx_text(struct docx *, struct str text);                     /* a paragraph for each line, indented by two characters */
void docx_table(struct docx *, const struct docx_row *rows, int count);
void docx_qr(struct docx *, struct str text);                       /* 25 mm, right, with the text below; "" none */
void docx_sign(struct docx *, struct str issuer, int day_number);   /* signature and 2026年11月23日 */
struct str docx_done(struct docx *);

#endif
