/* picture.c -- everything a photo passes through in the jail: JPEG, PNG, WebP, EXIF, shrinking, QR.
 * This exercises: the decoders' limits and errors, orientation, the re-encoding; that what comes out is a
 * JPEG within the sizes promised. PNG checksums stop most changes: the seeds hold small files of each
 * kind. */
#include "engine/office/picture.h"
#include "engine/office/pixels.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct str file = { (const char *)bytes, n };
    int turn = exif_turn(file);
    assert(turn >= 0 && turn <= 8);
    struct picture out;
    if (picture_read(&a, file, &out) != REFUSE_NONE)
        return 0;
    assert(out.width > 0 && out.width <= PICTURE_MAIN_PX && out.height > 0 && out.height <= PICTURE_MAIN_PX);
    assert(str_starts(out.main, S("\xff\xd8\xff")) && str_starts(out.thumb, S("\xff\xd8\xff")));
    return 0;
}
