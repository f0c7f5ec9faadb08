/* table.h -- a table of texts, whatever file it came from: every row has the same number of cells, an
 * absent one is "".
 * Units: rows and columns count from 0; bytes of UTF-8. Memory: cells and their text live in the arena
 * they were read into, which is charged for them; a request's 8 MiB arena is too small for a large table,
 * so give imports their own.
 * Refusals: ROWS, COLS, CELLS, CELL, UNPACKED. Threading: values, one thread while building. */
#ifndef WUXING_ENGINE_OFFICE_TABLE_H
#define WUXING_ENGINE_OFFICE_TABLE_H

#include "base/arena.h"
#include "engine/office/refusal.h"

enum {
    TABLE_ROWS_MAX = 200000,
    TABLE_COLS_MAX = 200,
    TABLE_CELLS_MAX = 4000000,             /* 64 MB of slices: 200,000 rows of 20 columns */
    TABLE_CELL_BYTES_MAX = 32 << 10,
    TABLE_FILE_BYTES_MAX = 64 << 20,       /* of the file as it comes */
    TABLE_TEXT_BYTES_MAX = 64 << 20,       /* of all cells together */
};

struct table {
    struct str *cells;                     /* rows * cols, row by row */
    int rows, cols;
};

struct str table_at(const struct table *, int row, int col);       /* "" outside */

/* Builds one: cells in any order, later ones win; trailing empty rows and columns disappear. */
struct table_row {
    struct str *cells;
    int count, room;
};
struct table_builder {
    struct arena *arena;
    struct table_row *rows;
    int row_count, row_room, col_count;
    size_t text_bytes;
};

struct table_builder table_build(struct arena *);
/* `text` is not copied: it lives at least as long as the sheet. */
enum refusal table_put(struct table_builder *, int64_t row, int64_t col, struct str text) MUST_USE;
enum refusal table_done(struct table_builder *, struct table *ret_table) MUST_USE;

#endif
