/* pixels_png.c -- libspng's and libwebp's sides of pixels.h: both decode to four bytes a pixel, whole. */
#include "engine/office/pixels.h"

#include "engine/office/picture.h"

#include <assert.h>
#include <spng.h>
#include <string.h>
#include <webp/decode.h>

enum { PNG_SIDE_MAX = 16384, PNG_CHUNK_BYTES_MAX = 4 << 20, PNG_CACHE_BYTES_MAX = 16 << 20 };

static enum refusal png_pixels(struct arena *a, spng_ctx *png, struct pixels *out)
{
    struct spng_ihdr head;
    size_t bytes = 0;
    if (spng_get_ihdr(png, &head))
        return REFUSE_DAMAGED;
    if (head.width > PNG_SIDE_MAX || head.height > PNG_SIDE_MAX ||
        (uint64_t)head.width * head.height > PICTURE_PIXELS_MAX)
        return REFUSE_PIXELS;
    if (spng_decoded_image_size(png, SPNG_FMT_RGBA8, &bytes) || bytes != (size_t)head.width * head.height * 4)
        return REFUSE_DAMAGED;
    out->width = (int)head.width;
    out->height = (int)head.height;
    out->channels = 4;
    out->bytes = arena_alloc(a, bytes);
    if (spng_decode_image(png, out->bytes, bytes, SPNG_FMT_RGBA8, SPNG_DECODE_TRNS))
        return REFUSE_DAMAGED;
    struct spng_exif exif;
    if (!spng_get_exif(png, &exif))
        out->turn = exif_turn((struct str){ exif.data, exif.length });
    return REFUSE_NONE;
}

enum refusal png_decode(struct arena *a, struct str bytes, struct pixels *ret_pixels)
{
    spng_ctx *png = spng_ctx_new(0);
    if (!png)
        return REFUSE_DAMAGED;
    struct pixels out = { 0 };
    enum refusal why = REFUSE_DAMAGED;
    if (!spng_set_chunk_limits(png, PNG_CHUNK_BYTES_MAX, PNG_CACHE_BYTES_MAX) &&
        !spng_set_png_buffer(png, bytes.p, bytes.n))
        why = png_pixels(a, png, &out);
    spng_ctx_free(png);
    if (why == REFUSE_NONE)
        *ret_pixels = out;
    return why;
}

/* RIFF chunks: four letters, a little-endian length, and the bytes, padded to an even count. */
static int webp_turn(struct str bytes)
{
    for (struct str rest = str_from(bytes, 12); rest.n >= 8;) {
        const uint8_t *p = (const uint8_t *)rest.p;
        size_t n = (size_t)p[4] | (size_t)p[5] << 8 | (size_t)p[6] << 16 | (size_t)p[7] << 24;
        if (str_starts(rest, S("EXIF")))
            return exif_turn(str_head(str_from(rest, 8), n));
        rest = str_from(rest, 8 + n + (n & 1));
    }
    return 0;
}

enum refusal webp_decode(struct arena *a, struct str bytes, struct pixels *ret_pixels)
{
    WebPBitstreamFeatures head;
    if (WebPGetFeatures((const uint8_t *)bytes.p, bytes.n, &head) != VP8_STATUS_OK || head.has_animation)
        return REFUSE_DAMAGED;
    if ((uint64_t)head.width * (uint64_t)head.height > PICTURE_PIXELS_MAX)
        return REFUSE_PIXELS;
    struct pixels out = { .width = head.width, .height = head.height, .channels = 4 };
    size_t size = (size_t)out.width * (size_t)out.height * 4;
    out.bytes = arena_alloc(a, size);
    if (!WebPDecodeRGBAInto((const uint8_t *)bytes.p, bytes.n, out.bytes, size, out.width * 4))
        return REFUSE_DAMAGED;
    out.turn = webp_turn(bytes);
    *ret_pixels = out;
    return REFUSE_NONE;
}
