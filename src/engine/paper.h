/* paper.h -- forms that are printed on A4, signed and chopped (承办单, 吹哨通知单, 督办单, 退单/延期申请, 现场联合处置记录): always
 * in Chinese, with number and QR code, so that the photographed signed sheet finds its matter (scan.h);
 * 演示数据 in demos.
 * A paper is filled from a matter by paper_of (what every matter has, the layout of the form, and what
 * kind.paper adds) or by hand, and written as a page for the browser or as .docx in the official layout.
 * Memory: texts and results in the arena given, or tx->arena. Faults: NOT_FOUND (no such matter, not
 * visible, or not a paper of its kind). Threading: as the tx; the rest values. */
#ifndef WUXING_ENGINE_PAPER_H
#define WUXING_ENGINE_PAPER_H

#include "engine/matter.h"

enum { PAPER_ROWS_MAX = 24, PAPER_BLOCKS_MAX = 10, PAPER_BOXES_MAX = 8 };

struct paper_row {
    struct str label, value;           /* an empty value is room to write */
};
struct paper_block {
    struct str label, text;            /* long text, lines allowed */
    int blank_lines;                   /* room to write below it */
};
struct paper {
    struct str issuer;                 /* who issues it, above the title */
    struct str title, number, subject; /* 吹哨通知单, CS-261123-7, what it is about */
    struct str to;                     /* whom it is addressed to; may be empty */
    struct str qr;                     /* text of the code */
    struct paper_row rows[PAPER_ROWS_MAX];
    struct paper_block blocks[PAPER_BLOCKS_MAX];
    struct str boxes[PAPER_BOXES_MAX]; /* each with room for a signature or a chop and a date */
    int row_count, block_count, box_count;
    struct str foot;                   /* small, at the end: who printed it and when */
    int day;                           /* 20261123 */
    bool is_letter;                    /* a reply or a brief: leaves as .docx with the issuer's head, no boxes */
    bool demo;
};
/* Past the limits nothing is added: a form has room for so much. */
void paper_row(struct paper *, struct str label, struct str value);
void paper_block(struct paper *, struct str label, struct str text, int blank_lines);
void paper_box(struct paper *, struct str label);

struct str paper_html(struct arena *, const struct paper *);   /* a whole page; its style is paper_css, by link */
struct str paper_docx(struct arena *, const struct paper *);
struct str paper_css(void);
#define PAPER_CSS_PATH "/api/v1/paper.css"                     /* CSP allows no style inside the page */

bool paper_of(struct tx *, const struct who *, int64_t matter, struct str form, struct paper *ret_paper);

#endif
