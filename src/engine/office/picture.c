/* picture.c -- see picture.h. */
#include "engine/office/picture.h"

#include "engine/office/pixels.h"

#include <assert.h>

enum { MAIN_QUALITY = 82, THUMB_QUALITY = 75 };

static enum refusal decode(struct arena *a, struct str bytes, struct pixels *ret_pixels)
{
    if (str_starts(bytes, S("\xff\xd8\xff")))
        return jpeg_decode(a, bytes, PICTURE_MAIN_PX, ret_pixels);
    if (str_starts(bytes, S("\x89PNG\r\n\x1a\n")))
        return png_decode(a, bytes, ret_pixels);
    if (str_starts(bytes, S("RIFF")) && str_starts(str_from(bytes, 8), S("WEBP")))
        return webp_decode(a, bytes, ret_pixels);
    return REFUSE_PICTURE_KIND;
}

enum refusal picture_read(struct arena *a, struct str bytes, struct picture *ret_picture)
{
    assert(ret_picture);
    if (bytes.n > PICTURE_FILE_BYTES_MAX)
        return REFUSE_FILE_BYTES;
    struct pixels raw = { 0 };
    enum refusal why = decode(a, bytes, &raw);
    if (why != REFUSE_NONE)
        return why;
    struct pixels small = pixels_shrink(a, &raw, PICTURE_MAIN_PX), main = pixels_upright(a, &small);
    struct pixels thumb = pixels_shrink(a, &main, PICTURE_THUMB_PX);
    struct picture out = { .width = main.width, .height = main.height };
    out.main = jpeg_encode(a, &main, MAIN_QUALITY);
    out.thumb = jpeg_encode(a, &thumb, THUMB_QUALITY);
    if (out.main.n == 0 || out.thumb.n == 0)
        return REFUSE_DAMAGED;
    out.qr_count = qr_find(a, pixels_grey(a, &main), main.width, main.height, out.qr);
    *ret_picture = out;
    return REFUSE_NONE;
}
