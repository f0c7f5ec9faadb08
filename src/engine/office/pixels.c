/* pixels.c -- see pixels.h. EXIF: JEITA CP-3451, tag 0x0112 of IFD0. */
#include "engine/office/pixels.h"

#include <assert.h>
#include <string.h>

/* --- EXIF orientation ----------------------------------------------------------------------------------- */

static uint32_t number(struct str s, size_t at, size_t bytes, bool big)
{
    uint32_t value = 0;
    for (size_t i = 0; i < bytes && at + bytes <= s.n; i++)
        value |= (uint32_t)(uint8_t)s.p[at + i] << 8 * (big ? bytes - 1 - i : i);
    return value;
}

int exif_turn(struct str tiff)
{
    if (str_starts(tiff, (struct str){ "Exif\0\0", 6 }))
        tiff = str_from(tiff, 6);
    bool big = str_starts(tiff, S("MM"));
    if (tiff.n < 8 || (!big && !str_starts(tiff, S("II"))) || number(tiff, 2, 2, big) != 42)
        return 0;
    size_t ifd = number(tiff, 4, 4, big);
    if (ifd > tiff.n || tiff.n - ifd < 2)
        return 0;
    size_t entries = number(tiff, ifd, 2, big);
    for (size_t i = 0; i < entries && ifd + 2 + (i + 1) * 12 <= tiff.n; i++) {
        size_t at = ifd + 2 + i * 12;
        if (number(tiff, at, 2, big) == 0x0112 && number(tiff, at + 2, 2, big) == 3) {
            uint32_t turn = number(tiff, at + 8, 2, big);
            return turn >= 1 && turn <= 8 ? (int)turn : 0;
        }
    }
    return 0;
}

/* --- size ----------------------------------------------------------------------------------------------- */

/* Mean of the source pixels [x0, x1) x [y0, y1), each first laid on white by its alpha. */
static void mean(const struct pixels *from, int x0, int x1, int y0, int y1, uint8_t *to)
{
    uint64_t sum[3] = { 0 }, count = (uint64_t)(x1 - x0) * (uint64_t)(y1 - y0);
    for (int y = y0; y < y1; y++) {
        const uint8_t *p = from->bytes +
                           ((size_t)y * (size_t)from->width + (size_t)x0) * (size_t)from->channels;
        for (int x = x0; x < x1; x++, p += from->channels) {
            unsigned alpha = from->channels == 4 ? p[3] : 255;
            for (int c = 0; c < 3; c++)
                sum[c] += (p[c] * alpha + 255 * (255 - alpha)) / 255;
        }
    }
    for (int c = 0; c < 3; c++)
        to[c] = (uint8_t)((sum[c] + count / 2) / count);
}

struct pixels pixels_shrink(struct arena *a, const struct pixels *from, int side_px_max)
{
    assert(from->width > 0 && from->height > 0 && side_px_max > 0);
    int64_t longest = from->width > from->height ? from->width : from->height;
    int64_t side = longest < side_px_max ? longest : side_px_max;
    struct pixels to = { .width = (int)(from->width * side / longest),
                         .height = (int)(from->height * side / longest),
                         .channels = 3,
                         .turn = from->turn };
    to.width += to.width == 0;                            /* a picture of 5000 x 1 keeps a line */
    to.height += to.height == 0;
    to.bytes = arena_alloc(a, (size_t)to.width * (size_t)to.height * 3);
    for (int y = 0; y < to.height; y++) {
        int y0 = (int)((int64_t)y * from->height / to.height),
            y1 = (int)((int64_t)(y + 1) * from->height / to.height);
        for (int x = 0; x < to.width; x++) {
            int x0 = (int)((int64_t)x * from->width / to.width),
                x1 = (int)((int64_t)(x + 1) * from->width / to.width);
            mean(from, x0, x1, y0, y1, to.bytes + ((size_t)y * (size_t)to.width + (size_t)x) * 3);
        }
    }
    return to;
}

/* --- upright -------------------------------------------------------------------------------------------- */

struct pixels pixels_upright(struct arena *a, const struct pixels *from)
{
    assert(from->channels == 3);
    if (from->turn <= 1)
        return *from;
    bool swap = from->turn >= 5;                          /* 5-8: rows are columns */
    bool flip_x = from->turn == 2 || from->turn == 3 || from->turn == 7 || from->turn == 8;
    bool flip_y = from->turn == 3 || from->turn == 4 || from->turn == 6 || from->turn == 7;
    struct pixels to = { .width = swap ? from->height : from->width,
                         .height = swap ? from->width : from->height,
                         .channels = 3,
                         .turn = 1 };
    to.bytes = arena_alloc(a, (size_t)to.width * (size_t)to.height * 3);
    for (int y = 0; y < to.height; y++) {
        for (int x = 0; x < to.width; x++) {
            int sx = swap ? y : x, sy = swap ? x : y;
            sx = flip_x ? from->width - 1 - sx : sx;
            sy = flip_y ? from->height - 1 - sy : sy;
            memcpy(to.bytes + ((size_t)y * (size_t)to.width + (size_t)x) * 3,
                   from->bytes + ((size_t)sy * (size_t)from->width + (size_t)sx) * 3, 3);
        }
    }
    return to;
}

uint8_t *pixels_grey(struct arena *a, const struct pixels *from)
{
    assert(from->channels == 3);
    size_t count = (size_t)from->width * (size_t)from->height;
    uint8_t *grey = arena_alloc(a, count);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *p = from->bytes + i * 3;
        grey[i] = (uint8_t)((p[0] * 77 + p[1] * 150 + p[2] * 29) >> 8);       /* ITU-R BT.601 luma */
    }
    return grey;
}
