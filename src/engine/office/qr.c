/* qr.c -- see qr.h. */
#include "engine/office/qr.h"

#include "engine/office/markup.h"

#include <assert.h>
#include <qrencode.h>
#include <spng.h>
#include <stdlib.h>
#include <string.h>
#include <zbar.h>

enum { QUIET_MODULES = 4 };

static QRcode *code_of(struct str text)
{
    if (text.n == 0 || text.n > QR_TEXT_BYTES_MAX)
        return NULL;
    return QRcode_encodeData((int)text.n, (const unsigned char *)text.p, 0, QR_ECLEVEL_M);
}

static bool is_dark(const QRcode *code, int x, int y)
{
    x -= QUIET_MODULES;
    y -= QUIET_MODULES;
    return x >= 0 && y >= 0 && x < code->width && y < code->width && code->data[y * code->width + x] & 1;
}

/* One path of horizontal runs: some kilobytes less than a rectangle for each module. */
static struct str path_of(struct arena *a, const QRcode *code)
{
    struct buf path = buf_in(a);
    int side = code->width + 2 * QUIET_MODULES;
    for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
            int start = x;
            while (is_dark(code, x, y))
                x++;
            if (x > start)
                buf_format(&path, "M%d %dh%dv1h-%dz", start, y, x - start, x - start);
        }
    }
    return buf_str(&path);
}

struct str qr_svg(struct arena *a, struct str text)
{
    QRcode *code = code_of(text);
    if (!code)
        return S("");
    int side = code->width + 2 * QUIET_MODULES;
    struct markup m = markup_part(a, false);
    markup_open(&m, "svg");
    markup_attr(&m, "xmlns", S("http://www.w3.org/2000/svg"));
    markup_attr(&m, "class", S("qr"));
    markup_attr(&m, "role", S("img"));
    markup_attr(&m, "aria-label", text);
    markup_attr(&m, "viewBox", arena_format(a, "0 0 %d %d", side, side));
    markup_attr(&m, "shape-rendering", S("crispEdges"));
    markup_open(&m, "path");
    markup_attr(&m, "fill", S("#000"));
    markup_attr(&m, "d", path_of(a, code));
    markup_close(&m);
    markup_close(&m);
    QRcode_free(code);
    return markup_done(&m);
}

struct str qr_png(struct arena *a, struct str text, int module_px)
{
    assert(module_px > 0 && module_px <= 32);
    QRcode *code = code_of(text);
    if (!code)
        return S("");
    int side_px = (code->width + 2 * QUIET_MODULES) * module_px;
    uint8_t *grey = arena_alloc(a, (size_t)side_px * (size_t)side_px);
    for (int y = 0; y < side_px; y++)
        for (int x = 0; x < side_px; x++)
            grey[y * side_px + x] = is_dark(code, x / module_px, y / module_px) ? 0 : 255;
    QRcode_free(code);
    spng_ctx *png = spng_ctx_new(SPNG_CTX_ENCODER);
    struct spng_ihdr head = { .width = (uint32_t)side_px, .height = (uint32_t)side_px, .bit_depth = 8,
                              .color_type = SPNG_COLOR_TYPE_GRAYSCALE };
    struct str out = S("");
    size_t bytes = 0;
    int error = 0;
    if (png && !spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1) && !spng_set_ihdr(png, &head) &&
        !spng_encode_image(png, grey, (size_t)side_px * (size_t)side_px, SPNG_FMT_PNG,
                           SPNG_ENCODE_FINALIZE)) {
        void *made = spng_get_png_buffer(png, &bytes, &error);
        if (made)
            out = arena_copy(a, (struct str){ made, bytes });
        free(made);
    }
    spng_ctx_free(png);
    return out;
}

int qr_find(struct arena *a, const uint8_t *grey, int width, int height, struct str ret_texts[QR_FOUND_MAX])
{
    assert(width > 0 && height > 0);
    zbar_image_scanner_t *scanner = zbar_image_scanner_create();
    zbar_image_t *image = zbar_image_create();
    zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
    zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
    zbar_image_set_size(image, (unsigned)width, (unsigned)height);
    zbar_image_set_data(image, grey, (unsigned long)width * (unsigned long)height, NULL);
    zbar_scan_image(scanner, image);
    int count = 0;
    for (const zbar_symbol_t *s = zbar_image_first_symbol(image); s && count < QR_FOUND_MAX;
         s = zbar_symbol_next(s)) {
        struct str text = { zbar_symbol_get_data(s), zbar_symbol_get_data_length(s) };
        if (text.n && text.n <= QR_TEXT_BYTES_MAX && str_utf8_ok(text))
            ret_texts[count++] = arena_copy(a, text);
    }
    zbar_image_destroy(image);
    zbar_image_scanner_destroy(scanner);
    return count;
}
