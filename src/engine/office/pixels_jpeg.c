/* pixels_jpeg.c -- libjpeg-turbo's side of pixels.h. Its errors arrive by longjmp; each function here
 * keeps nothing in locals across the setjmp but what it set before. */
#include "engine/office/pixels.h"

#include "engine/office/picture.h"

#include <stdio.h>

#include <assert.h>
#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum { SCANS_MAX = 100, EXIF_BYTES_MAX = 65533 };

struct jpeg_errors {
    struct jpeg_error_mgr base;              /* first: libjpeg knows only this part */
    jmp_buf escape;
};

static void on_error(j_common_ptr info)
{
    longjmp(((struct jpeg_errors *)info->err)->escape, 1);
}

/* A picture that ends too early is filled with grey and a warning; a grey half is no evidence of anything. */
static void on_message(j_common_ptr info, int level)
{
    int code = info->err->msg_code;
    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER))
        on_error(info);
}

/* A progressive file of a thousand scans costs a thousand passes. */
static void on_progress(j_common_ptr info)
{
    if (((j_decompress_ptr)info)->input_scan_number > SCANS_MAX)
        on_error(info);
}

static struct jpeg_error_mgr *errors_init(struct jpeg_errors *e)
{
    jpeg_std_error(&e->base);
    e->base.error_exit = on_error;
    e->base.emit_message = on_message;
    return &e->base;
}

struct decoding {
    struct jpeg_decompress_struct info;
    struct jpeg_errors errors;
    struct jpeg_progress_mgr progress;
    struct pixels out;
    enum refusal why;
    uint8_t *line;
};

static void cmyk_line(const uint8_t *cmyk, uint8_t *rgb, int width, bool inverted)
{
    for (int x = 0; x < width; x++, cmyk += 4, rgb += 3)
        for (int c = 0; c < 3; c++)
            rgb[c] = inverted ? (uint8_t)(cmyk[c] * cmyk[3] / 255)
                              : (uint8_t)((255 - cmyk[c]) * (255 - cmyk[3]) / 255);
}

static void choose_scale(struct decoding *d, int useful_px)
{
    int64_t longest = d->info.image_width > d->info.image_height ? d->info.image_width : d->info.image_height;
    d->info.scale_num = 1;
    for (d->info.scale_denom = 8; d->info.scale_denom > 1 && longest / d->info.scale_denom < useful_px;)
        d->info.scale_denom /= 2;
    bool cmyk = d->info.jpeg_color_space == JCS_CMYK || d->info.jpeg_color_space == JCS_YCCK;
    d->info.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
}

static void read_exif(struct decoding *d)
{
    for (jpeg_saved_marker_ptr m = d->info.marker_list; m && !d->out.turn; m = m->next)
        if (m->marker == JPEG_APP0 + 1)
            d->out.turn = exif_turn((struct str){ (const char *)m->data, m->data_length });
}

static void read_lines(struct arena *a, struct decoding *d)
{
    bool cmyk = d->info.out_color_space == JCS_CMYK;
    d->out.width = (int)d->info.output_width;
    d->out.height = (int)d->info.output_height;
    d->out.channels = 3;
    d->out.bytes = arena_alloc(a, (size_t)d->out.width * (size_t)d->out.height * 3);
    d->line = arena_alloc(a, (size_t)d->out.width * 4);
    while (d->info.output_scanline < d->info.output_height) {
        uint8_t *to = d->out.bytes + (size_t)d->info.output_scanline * (size_t)d->out.width * 3;
        uint8_t *line = cmyk ? d->line : to;
        jpeg_read_scanlines(&d->info, &line, 1);
        if (cmyk)
            cmyk_line(d->line, to, d->out.width, d->info.saw_Adobe_marker);
    }
}

static void decode(struct arena *a, struct str bytes, int useful_px, struct decoding *d)
{
    d->why = REFUSE_DAMAGED;
    if (setjmp(d->errors.escape))
        return;
    jpeg_create_decompress(&d->info);
    d->progress.progress_monitor = on_progress;
    d->info.progress = &d->progress;
    jpeg_mem_src(&d->info, (const unsigned char *)bytes.p, bytes.n);
    jpeg_save_markers(&d->info, JPEG_APP0 + 1, EXIF_BYTES_MAX);
    jpeg_read_header(&d->info, TRUE);
    if ((uint64_t)d->info.image_width * d->info.image_height > PICTURE_JPEG_PIXELS_MAX) {
        d->why = REFUSE_PIXELS;
        return;
    }
    read_exif(d);
    choose_scale(d, useful_px);
    jpeg_start_decompress(&d->info);
    read_lines(a, d);
    jpeg_finish_decompress(&d->info);
    d->why = REFUSE_NONE;
}

enum refusal jpeg_decode(struct arena *a, struct str bytes, int useful_px, struct pixels *ret_pixels)
{
    struct decoding *d = arena_new(a, struct decoding);
    d->info.err = errors_init(&d->errors);
    decode(a, bytes, useful_px, d);
    jpeg_destroy_decompress(&d->info);
    if (d->why == REFUSE_NONE)
        *ret_pixels = d->out;
    return d->why;
}

/* --- encoding ------------------------------------------------------------------------------------------- */

struct encoding {
    struct jpeg_compress_struct info;
    struct jpeg_errors errors;
    unsigned char *bytes;
    unsigned long n;
    bool ok;
};

static void encode(struct encoding *e, const struct pixels *from, int quality)
{
    if (setjmp(e->errors.escape))
        return;
    jpeg_create_compress(&e->info);
    jpeg_mem_dest(&e->info, &e->bytes, &e->n);
    e->info.image_width = (JDIMENSION)from->width;
    e->info.image_height = (JDIMENSION)from->height;
    e->info.input_components = 3;
    e->info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&e->info);
    jpeg_set_quality(&e->info, quality, TRUE);
    e->info.optimize_coding = TRUE;
    jpeg_start_compress(&e->info, TRUE);
    while (e->info.next_scanline < e->info.image_height) {
        uint8_t *line = from->bytes + (size_t)e->info.next_scanline * (size_t)from->width * 3;
        jpeg_write_scanlines(&e->info, &line, 1);
    }
    jpeg_finish_compress(&e->info);
    e->ok = true;
}

struct str jpeg_encode(struct arena *a, const struct pixels *from, int quality)
{
    assert(from->channels == 3);
    struct encoding *e = arena_new(a, struct encoding);
    e->info.err = errors_init(&e->errors);
    encode(e, from, quality);
    struct str out = e->ok ? arena_copy(a, (struct str){ (const char *)e->bytes, e->n }) : S("");
    jpeg_destroy_compress(&e->info);
    free(e->bytes);
    return out;
}
