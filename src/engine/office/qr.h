/* qr.h -- QR codes (ISO/IEC 18004): text to SVG for print pages, text to PNG for .docx, picture to texts.
 * Level M, quiet zone of 4 modules. Memory: the arena. Faults: none; text longer than QR_TEXT_BYTES_MAX
 * gives "". qr_find reads hostile pixels: inside the jail only. Threading: any, no state. */
#ifndef WUXING_ENGINE_OFFICE_QR_H
#define WUXING_ENGINE_OFFICE_QR_H

#include "base/arena.h"

enum { QR_TEXT_BYTES_MAX = 1024, QR_FOUND_MAX = 8 };

struct str qr_svg(struct arena *, struct str text);                       /* <svg ...>, to stand inside HTML */
struct str qr_png(struct arena *, struct str text, int module_px);
/* `grey` is width * height bytes, 0 black. Returns how many codes were found and copied to ret_texts. */
int qr_find(struct arena *, const uint8_t *grey, int width, int height, struct str ret_texts[QR_FOUND_MAX]);

#endif
