/* pixels.h -- inside picture.c: raw pixels, decoded, shrunk, turned and encoded again.
 * 3 or 4 bytes a pixel; the fourth is alpha. Memory: the arena. Threading: one thread. */
#ifndef WUXING_ENGINE_OFFICE_PIXELS_H
#define WUXING_ENGINE_OFFICE_PIXELS_H

#include "base/arena.h"
#include "engine/office/refusal.h"

struct pixels {
    uint8_t *bytes;
    int width, height, channels;
    int turn;                                /* EXIF orientation 1-8; 0: not given */
};

enum refusal jpeg_decode(struct arena *, struct str, int useful_px, struct pixels *ret_pixels) MUST_USE;
enum refusal png_decode(struct arena *, struct str, struct pixels *ret_pixels) MUST_USE;
enum refusal webp_decode(struct arena *, struct str, struct pixels *ret_pixels) MUST_USE;
struct str jpeg_encode(struct arena *, const struct pixels *, int quality);      /* "" when libjpeg fails */

int exif_turn(struct str tiff);              /* 0 unless a valid Orientation tag is there */
struct pixels pixels_shrink(struct arena *, const struct pixels *, int side_px_max);    /* to 3 channels, on white */
struct pixels pixels_upright(struct arena *, const struct pixels *);                    /* of 3 channels, by `turn` */
uint8_t *pixels_grey(struct arena *, const struct pixels *);

#endif
