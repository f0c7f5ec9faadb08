/* csv.c -- the reader and the writer of comma-separated tables.
 * This exercises: both encodings, separators, quotes, limits; that what was read, written again, reads the
 * same. */
#include "engine/office/csv.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static void *gb18030;
    if (!gb18030)
        gb18030 = csv_gb18030_open();
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct table t, again;
    if (csv_read(&a, (struct str){ (const char *)bytes, n }, gb18030, &t) != REFUSE_NONE || t.rows == 0)
        return 0;
    struct csv c = csv_begin(&a);
    for (int row = 0; row < t.rows; row++) {
        for (int col = 0; col < t.cols; col++) {
            assert(str_utf8_ok(table_at(&t, row, col)));
            csv_cell(&c, table_at(&t, row, col));
        }
        csv_line(&c);
    }
    /* one column: the first line may look like another separator's */
    if (t.cols < 2)
        return 0;
    assert(csv_read(&a, buf_str(&c.out), gb18030, &again) == REFUSE_NONE);
    assert(again.rows == t.rows && again.cols == t.cols);
    for (int i = 0; i < t.rows * t.cols; i++)
        assert(str_eq(t.cells[i], again.cells[i]));
    return 0;
}
