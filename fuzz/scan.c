/* scan.c -- the text of a QR code from a photographed sheet. This exercises: scan_read, matter_from_number. What is read
 * must write back to a code that reads the same. */
#include "engine/scan.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = { (const char *)data, size }, form, again;
    int64_t id = 0, same = 0;
    if (!scan_read(text, &id, &form))
        return 0;
    assert(id > 0 && form.n > 0 && form.n < size);
    struct arena arena_scoped a;
    arena_init(&a, ARENA_CAP_BYTES);
    struct str number = arena_format(&a, "BG-261123-%lld", (long long)id);
    struct str code = scan_text(&a, number, arena_z(&a, form));
    assert(scan_read(code, &same, &again) && same == id && str_eq(again, form));
    return 0;
}
