/* table.c -- see table.h. */
#include "engine/office/table.h"

#include <assert.h>
#include <string.h>

struct str table_at(const struct table *s, int row, int col)
{
    if (row < 0 || row >= s->rows || col < 0 || col >= s->cols)
        return S("");
    return s->cells[(size_t)row * (size_t)s->cols + (size_t)col];
}

struct table_builder table_build(struct arena *a)
{
    return (struct table_builder){ .arena = a };
}

static void rows_room(struct table_builder *b, int rows)
{
    if (rows > b->row_room) {
        int room = b->row_room ? b->row_room : 64;
        while (room < rows)
            room *= 2;
        struct table_row *more = arena_array(b->arena, struct table_row, (size_t)room);
        if (b->row_count)
            memcpy(more, b->rows, sizeof *more * (size_t)b->row_count);
        b->rows = more;
        b->row_room = room;
    }
    if (rows > b->row_count)
        b->row_count = rows;
}

static void cells_room(struct table_builder *b, struct table_row *r, int cells)
{
    if (cells > r->room) {
        /* rows tend to be as wide as the ones before */
        int room = r->room * 2 > b->col_count ? r->room * 2 : b->col_count;
        room = room < cells ? cells : room;
        struct str *more = arena_array(b->arena, struct str, (size_t)room);
        if (r->count)
            memcpy(more, r->cells, sizeof *more * (size_t)r->count);
        r->cells = more;
        r->room = room;
    }
    if (cells > r->count)
        r->count = cells;
}

enum refusal table_put(struct table_builder *b, int64_t row, int64_t col, struct str text)
{
    if (text.n == 0)
        return REFUSE_NONE;
    if (row < 0 || row >= TABLE_ROWS_MAX)
        return REFUSE_ROWS;
    if (col < 0 || col >= TABLE_COLS_MAX)
        return REFUSE_COLS;
    if (text.n > TABLE_CELL_BYTES_MAX)
        return REFUSE_CELL;
    b->text_bytes += text.n;
    if (b->text_bytes > TABLE_TEXT_BYTES_MAX)
        return REFUSE_UNPACKED;
    rows_room(b, (int)row + 1);
    struct table_row *r = &b->rows[row];
    cells_room(b, r, (int)col + 1);
    r->cells[col] = text;
    if (b->col_count <= col)
        b->col_count = (int)col + 1;
    return REFUSE_NONE;
}

enum refusal table_done(struct table_builder *b, struct table *ret_table)
{
    int64_t cells = (int64_t)b->row_count * b->col_count;
    if (cells > TABLE_CELLS_MAX)
        return REFUSE_CELLS;
    struct table s = { arena_array(b->arena, struct str, (size_t)cells), b->row_count, b->col_count };
    for (int row = 0; row < s.rows; row++) {
        struct str *to = s.cells + (size_t)row * (size_t)s.cols;
        const struct table_row *from = &b->rows[row];
        assert(from->count <= s.cols);
        for (int col = 0; col < s.cols; col++)
            to[col] = col < from->count && from->cells[col].n ? from->cells[col] : S("");
    }
    *ret_table = s;
    return REFUSE_NONE;
}
