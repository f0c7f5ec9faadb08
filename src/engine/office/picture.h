/* picture.h -- a JPEG, PNG or WebP as it comes from a phone -> two fresh JPEGs that carry pixels and
 * nothing else:
 * `main` at most 2560 px a side, `thumb` at most 480 px, turned upright by the EXIF orientation,
 * transparent parts on white; no EXIF, GPS, profile, comment or thumbnail of the original survives,
 * because nothing of it is copied.
 * QR codes in the picture are read on the way. Units: pixels, bytes. Memory: the arena. Run it inside the
 * jail only.
 * Refusals: PICTURE_KIND, DAMAGED (cut off, corrupt), PIXELS, FILE_BYTES. Threading: one thread. */
#ifndef WUXING_ENGINE_OFFICE_PICTURE_H
#define WUXING_ENGINE_OFFICE_PICTURE_H

#include "engine/office/qr.h"
#include "engine/office/refusal.h"

enum {
    PICTURE_FILE_BYTES_MAX = 32 << 20,
    PICTURE_JPEG_PIXELS_MAX = 64 << 20,      /* decoded at a reduced scale */
    PICTURE_PIXELS_MAX = 40 << 20,           /* PNG and WebP, decoded whole */
    PICTURE_MAIN_PX = 2560,
    PICTURE_THUMB_PX = 480,
};

struct picture {
    struct str main, thumb;                  /* JPEG */
    int width, height;                       /* of main */
    struct str qr[QR_FOUND_MAX];
    int qr_count;
};

enum refusal picture_read(struct arena *, struct str bytes, struct picture *ret_picture) MUST_USE;

#endif
