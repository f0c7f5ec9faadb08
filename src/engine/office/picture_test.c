/* picture_test.c -- pictures come out small, upright and bare: pixels and nothing else. */
#include "engine/office/jail.h"
#include "engine/office/pixels.h"
#include "test/test.h"

#include <string.h>
#include <webp/encode.h>

/* Red left half, blue right half, with a black corner at the top left. */
static struct pixels painted(struct arena *a, int width, int height)
{
    struct pixels p = { arena_alloc(a, (size_t)width * (size_t)height * 3), width, height, 3, 0 };
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            bool corner = x < width / 4 && y < height / 4;
            uint8_t *at = p.bytes + ((size_t)y * (size_t)width + (size_t)x) * 3;
            at[0] = !corner && x < width / 2 ? 220 : 20;
            at[1] = 20;
            at[2] = !corner && x >= width / 2 ? 220 : 20;
        }
    }
    return p;
}

/* An EXIF block as phones write it: orientation, a GPS block with a recognisable text, and a maker's name. */
static struct str exif_with(struct arena *a, int turn)
{
    struct buf b = buf_in(a);
    buf_put(&b, (struct str){ "\xff\xe1\x00\x4a" "Exif\0\0II*\0\x08\0\0\0\x03\0", 20 });
    buf_put(&b, (struct str){ "\x0f\x01\x02\0\x08\0\0\0\x32\0\0\0", 12 });            /* Make, at 50 */
    buf_put(&b, (struct str){ "\x12\x01\x03\0\x01\0\0\0", 8 });
    buf_char(&b, (char)turn);
    buf_put(&b, (struct str){ "\0\0\0", 3 });
    buf_put(&b, (struct str){ "\x25\x88\x04\0\x01\0\0\0\x3a\0\0\0\0\0\0\0", 16 });    /* GPS, at 58 */
    buf_put(&b, (struct str){ "MakerXY\0GPS34.7N", 16 });
    CHECK_INT(b.n, 76);
    return buf_str(&b);
}

static struct str with_exif(struct arena *a, struct str jpeg, int turn)
{
    struct buf b = buf_in(a);
    buf_put(&b, str_head(jpeg, 2));
    buf_put(&b, exif_with(a, turn));
    buf_put(&b, S("\xff\xfe\x00\x14" "comment: GPS 113E"));
    buf_char(&b, 0);
    struct str rest = str_from(jpeg, 2);
    buf_put(&b, rest);
    struct str out = buf_str(&b);
    return out;
}

/* Markers between SOI and SOS: only what decoding needs may be there. */
static void check_bare(struct str jpeg)
{
    CHECK(str_starts(jpeg, S("\xff\xd8")));
    size_t at = 2;
    for (;;) {
        CHECK(at + 4 <= jpeg.n && (uint8_t)jpeg.p[at] == 0xff);
        uint8_t marker = (uint8_t)jpeg.p[at + 1];
        size_t n = (size_t)(uint8_t)jpeg.p[at + 2] << 8 | (uint8_t)jpeg.p[at + 3];
        bool needed = marker == 0xdb || marker == 0xc4 || marker == 0xc0 || marker == 0xda;
        bool jfif = marker == 0xe0 && n == 16;                    /* version and density, no thumbnail */
        CHECK(needed || jfif);
        if (marker == 0xda)
            break;
        at += 2 + n;
    }
    CHECK(!str_has(jpeg, S("Exif")) && !str_has(jpeg, S("GPS")) && !str_has(jpeg, S("MakerXY")));
}

static const uint8_t *pixel(const struct pixels *p, int x, int y)
{
    return p->bytes + ((size_t)y * (size_t)p->width + (size_t)x) * 3;
}

static struct pixels decoded(struct arena *a, struct str jpeg)
{
    struct pixels p;
    CHECK_INT(jpeg_decode(a, jpeg, PICTURE_MAIN_PX, &p), REFUSE_NONE);
    return p;
}

TEST(no_exif_gps_or_comment_survives)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    CHECK(jail_start());
    struct pixels p = painted(&a, 800, 600);
    struct str photo = with_exif(&a, jpeg_encode(&a, &p, 90), 1);
    CHECK(str_has(photo, S("GPS34.7N")) && str_has(photo, S("GPS 113E")));
    struct picture out;
    struct fault f = { 0 };
    CHECK(jail_picture(&a, photo, &out, &f));
    check_bare(out.main);
    check_bare(out.thumb);
    CHECK_INT(out.width, 800);
    CHECK_INT(out.height, 600);
    struct pixels thumb = decoded(&a, out.thumb);
    CHECK_INT(thumb.width, 480);
    CHECK_INT(thumb.height, 360);
    jail_stop();
}

/* Where the black corner of the stored picture is after turning: EXIF's row-0 and column-0 of each orientation. */
TEST(orientation_is_applied)
{
    static const struct { int turn; bool right, bottom, swapped;
    } cases[] = { { 1, false, false, false }, { 2, true, false, false }, { 3, true, true, false },
                  { 4, false, true, false },  { 5, false, false, true }, { 6, true, false, true },
                  { 7, true, true, true },    { 8, false, true, true } };
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct pixels p = painted(&a, 160, 120);
    struct str stored = jpeg_encode(&a, &p, 95);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct picture out;
        CHECK_INT(picture_read(&a, with_exif(&a, stored, cases[i].turn), &out), REFUSE_NONE);
        CHECK_INT(out.width, cases[i].swapped ? 120 : 160);
        CHECK_INT(out.height, cases[i].swapped ? 160 : 120);
        struct pixels shown = decoded(&a, out.main);
        for (int corner = 0; corner < 4; corner++) {
            bool right = corner & 1, bottom = corner & 2;
            const uint8_t *at = pixel(&shown, right ? shown.width - 8 : 8, bottom ? shown.height - 8 : 8);
            bool black = at[0] < 70 && at[2] < 70;
            CHECK_INT(black, right == cases[i].right && bottom == cases[i].bottom);
        }
    }
    CHECK_INT(exif_turn(S("II*")), 0);
    CHECK_INT(exif_turn((struct str){ "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0", 22 }), 6);
    CHECK_INT(exif_turn((struct str){ "MM\0*\xff\xff\xff\xff", 8 }), 0);
}

TEST(large_pictures_shrink)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct pixels p = painted(&a, 6000, 4000);
    struct picture out;
    CHECK_INT(picture_read(&a, jpeg_encode(&a, &p, 60), &out), REFUSE_NONE);
    CHECK_INT(out.width, 2560);
    CHECK_INT(out.height, 1706);
    struct pixels thin = painted(&a, 5000, 2);
    CHECK_INT(picture_read(&a, jpeg_encode(&a, &thin, 60), &out), REFUSE_NONE);
    CHECK_INT(out.height, 1);
}

TEST(png_and_webp_lie_on_white)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    CHECK(jail_start());
    struct picture out;
    struct fault f = { 0 };
    struct str png = qr_png(&a, S("BG-261123-4711"), 6);
    CHECK(jail_picture(&a, png, &out, &f));
    check_bare(out.main);
    CHECK_INT(out.qr_count, 1);
    CHECK_STR(out.qr[0], "BG-261123-4711");

    uint8_t *clear = arena_alloc(&a, 64 * 64 * 4), *webp = NULL;          /* all transparent black */
    size_t n = WebPEncodeLosslessRGBA(clear, 64, 64, 64 * 4, &webp);
    CHECK(jail_picture(&a, (struct str){ (const char *)webp, n }, &out, &f));
    WebPFree(webp);
    struct pixels shown = decoded(&a, out.main);
    CHECK(pixel(&shown, 32, 32)[0] > 250);
    jail_stop();
}

/* A sheet photographed askew: the code stands small on a grey page, a little turned and out of the middle. */
TEST(qr_is_found_on_a_photographed_page)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct pixels code;
    CHECK_INT(png_decode(&a, qr_png(&a, S("https://example.invalid/m/CS-261123-77"), 8), &code), REFUSE_NONE);
    struct pixels page = { arena_alloc(&a, 1600 * 1200 * 3), 1600, 1200, 3, 0 };
    for (int y = 0; y < page.height; y++) {
        for (int x = 0; x < page.width; x++) {
            double dx = x - 1000, dy = y - 300, c = 0.978, s = 0.208;     /* 12 degrees */
            int cx = (int)(dx * c + dy * s), cy = (int)(-dx * s + dy * c);
            bool on = cx >= 0 && cy >= 0 && cx < code.width && cy < code.height;
            uint8_t grey = on ? code.bytes[((size_t)cy * (size_t)code.width + (size_t)cx) * 4] : 235;
            memset(page.bytes + ((size_t)y * 1600 + (size_t)x) * 3, grey ? grey - 30 + (x + y) % 20 : 25, 3);
        }
    }
    struct picture out;
    CHECK_INT(picture_read(&a, jpeg_encode(&a, &page, 70), &out), REFUSE_NONE);
    CHECK_INT(out.qr_count, 1);
    CHECK_STR(out.qr[0], "https://example.invalid/m/CS-261123-77");
}

static void expect_refusal(struct arena *a, struct str bytes, enum refusal want)
{
    struct picture out;
    struct fault f = { 0 };
    CHECK(!jail_picture(a, bytes, &out, &f));
    CHECK_STR(label_in(f.what, EN), refusal_label(want).en);
}

TEST(hostile_pictures_end_as_refusals)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    CHECK(jail_start());
    struct pixels p = painted(&a, 400, 300);
    struct str jpeg = jpeg_encode(&a, &p, 90), png = qr_png(&a, S("x"), 4);
    expect_refusal(&a, str_head(jpeg, jpeg.n / 2), REFUSE_DAMAGED);
    expect_refusal(&a, str_head(png, png.n / 2), REFUSE_DAMAGED);
    expect_refusal(&a, S("GIF89a......"), REFUSE_PICTURE_KIND);
    expect_refusal(&a, S(""), REFUSE_PICTURE_KIND);
    expect_refusal(&a, (struct str){ "\0\0\0\x18" "ftypheic", 12 }, REFUSE_PICTURE_KIND);

    /* IHDR: 60000 x 60000, its CRC made right again */
    char *huge = (char *)(uintptr_t)arena_copy(&a, png).p;
    memcpy(huge + 16, "\0\0\xea\x60\0\0\xea\x60\x08\0\0\0\0", 13);
    uint32_t crc = 0xffffffff;
    for (int i = 12; i < 29; i++) {
        crc ^= (uint8_t)huge[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    crc = ~crc;
    for (int i = 0; i < 4; i++)
        huge[29 + i] = (char)(crc >> (24 - 8 * i));
    expect_refusal(&a, (struct str){ huge, png.n }, REFUSE_PIXELS);

    char *wide = (char *)(uintptr_t)arena_copy(&a, jpeg).p;             /* SOF0 says 65000 x 65000 */
    for (size_t i = 0; i + 9 < jpeg.n; i++) {
        if ((uint8_t)wide[i] == 0xff && (uint8_t)wide[i + 1] == 0xc0) {
            memcpy(wide + i + 5, "\xfd\xe8\xfd\xe8", 4);
            break;
        }
    }
    expect_refusal(&a, (struct str){ wide, jpeg.n }, REFUSE_PIXELS);
    jail_stop();
}

TEST(qr_svg_is_a_picture_that_names_itself)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct str svg = qr_svg(&a, S("a<b"));
    CHECK(str_starts(svg, S("<svg xmlns=\"http://www.w3.org/2000/svg\"")));
    CHECK(str_has(svg, S("aria-label=\"a&lt;b\"")) && str_has(svg, S("viewBox=\"0 0 29 29\"")));
    CHECK_INT(qr_svg(&a, S("")).n, 0);
    char long_text[QR_TEXT_BYTES_MAX + 1];
    memset(long_text, 'x', sizeof long_text);
    CHECK_INT(qr_svg(&a, (struct str){ long_text, sizeof long_text }).n, 0);
}
