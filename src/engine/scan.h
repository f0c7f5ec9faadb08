/* scan.h -- the QR code on a printed form, and what its photographed signed sheet means. The code reads wx:NUMBER:FORM, for
 * example wx:BD-261123-4711:whistle_notice: it names the matter and the form and nothing of a person. The signed sheet of a
 * form is a move of its matter (kind.sheets) where the present state has it; otherwise it is only filed.
 * Faults: NOT_FOUND (no code of ours, no such matter, or not visible). Memory: tx->arena. Threading: as the tx. */
#ifndef WUXING_ENGINE_SCAN_H
#define WUXING_ENGINE_SCAN_H

#include "engine/matter.h"

struct scan {
    struct matter m;
    const struct choice *form;         /* of kind.papers */
    const struct move *move;           /* what the sheet does now; NULL: it is only filed */
};

struct str scan_text(struct arena *, struct str number, const char *form);
bool scan_read(struct str text, int64_t *ret_matter, struct str *ret_form) MUST_USE;
bool scan_find(struct tx *, const struct who *, struct str text, struct scan *ret_scan);

#endif
