/* xlsx_read.c -- see xlsx_read.h. The walk: package relations -> workbook -> its relations -> styles,
 * shared strings -> the worksheet. A formula's cached value is what counts; nothing is computed. */
#include "engine/office/xlsx_read.h"

#include "engine/office/csv.h"
#include "engine/office/xlsx_number.h"
#include "engine/office/xlsx_part.h"

#include <assert.h>
#include <string.h>

enum { STRINGS_MAX = TABLE_CELLS_MAX, STYLES_MAX = 65536, MERGES_MAX = 100000, SHEETS_MAX = 1000 };

struct strings { struct str *items; int count, room; size_t bytes; };      /* shared strings */
struct format { int64_t id; enum number_kind kind; };
struct styles {
    /* the file's own number formats */
    struct format *formats; int format_count, format_room;
    enum number_kind *kinds; int count, room;                               /* per cell style */
    bool in_cell_styles;
};
struct merge { int64_t row, col, row_last, col_last; };

struct reading {
    struct str wanted, sheet_id, sheet_path, workbook_path, styles_path, strings_path;
    bool sheet_found, date1904;
    int sheets;
    struct strings strings;
    struct styles styles;
    struct table_builder table;
    struct merge *merges; int merge_count, merge_room;

    /* the place in the part being walked */
    struct buf text;
    bool takes_text, in_phonetic;
    int64_t row, col;
    /* n s i(nline) b e, d(ate), t(ext of a formula) */
    char type;
    enum number_kind kind;
};

/* Room for one more item in an array of the arena. */
#define GROW(book, items, count, room, most) \
    grow((book), (void **)&(items), (count), &(room), sizeof *(items), (most))
static bool grow(struct book *b, void **items, int count, int *room, size_t item_bytes, int most)
{
    if (count >= most) {
        book_refuse(b, REFUSE_CELLS);
        return false;
    }
    if (count < *room)
        return true;
    int more = *room ? *room * 2 : 64;
    void *p = arena_alloc(b->arena, item_bytes * (size_t)more);
    if (count)
        memcpy(p, *items, item_bytes * (size_t)count);
    *items = p;
    *room = more;
    return true;
}

/* --- relations ------------------------------------------------------------------------------------------ */

/* "../sharedStrings.xml" as seen from a part in `folder` ("xl/worksheets/"); "/xl/..." is from the root. */
static struct str path_in(struct arena *a, struct str folder, struct str target)
{
    if (str_starts(target, S("/")))
        return arena_copy(a, str_from(target, 1));
    if (str_starts(target, S("./")))
        target = str_from(target, 2);
    while (str_starts(target, S("../"))) {
        target = str_from(target, 3);
        if (folder.n)
            folder.n--;
        while (folder.n && folder.p[folder.n - 1] != '/')
            folder.n--;
    }
    return arena_join(a, folder, target);
}

static struct str folder_of(struct str path)
{
    while (path.n && path.p[path.n - 1] != '/')
        path.n--;
    return path;
}

static void root_relation(struct book *b, void *state, const char *name, const char **at)
{
    struct reading *r = state;
    if (!strcmp(name, "Relationship") && str_ends(attribute(at, "Type"), S("/officeDocument")))
        r->workbook_path = path_in(b->arena, S(""), attribute(at, "Target"));
}

static void workbook_relation(struct book *b, void *state, const char *name, const char **at)
{
    struct reading *r = state;
    if (strcmp(name, "Relationship"))
        return;
    struct str type = attribute(at, "Type");
    struct str path = path_in(b->arena, folder_of(r->workbook_path), attribute(at, "Target"));
    if (str_ends(type, S("/styles")))
        r->styles_path = path;
    if (str_ends(type, S("/sharedStrings")))
        r->strings_path = path;
    if (str_ends(type, S("/worksheet")) && str_eq(attribute(at, "Id"), r->sheet_id))
        r->sheet_path = path;
}

static void workbook_open(struct book *b, void *state, const char *name, const char **at)
{
    struct reading *r = state;
    if (!strcmp(name, "workbookPr")) {
        struct str flag = attribute(at, "date1904");
        r->date1904 = str_is(flag, "1") || str_is(flag, "true");
    }
    if (strcmp(name, "sheet") || r->sheet_found)
        return;
    if (++r->sheets > SHEETS_MAX)
        book_refuse(b, REFUSE_ENTRIES);
    struct str shown = attribute(at, "state");
    if (r->wanted.n ? str_eq(attribute(at, "name"), r->wanted) : shown.n == 0 || str_is(shown, "visible")) {
        r->sheet_found = true;
        r->sheet_id = arena_copy(b->arena, attribute(at, "id"));
    }
}

/* --- styles --------------------------------------------------------------------------------------------- */

static enum number_kind kind_of_format(const struct styles *s, int64_t id)
{
    for (int i = 0; i < s->format_count; i++)
        if (s->formats[i].id == id)
            return s->formats[i].kind;
    return number_kind_builtin(id);
}

static void styles_open(struct book *b, void *state, const char *name, const char **at)
{
    struct styles *s = &((struct reading *)state)->styles;
    int64_t id = 0;
    if (!strcmp(name, "numFmt") && str_to_i64(attribute(at, "numFmtId"), &id)) {
        if (GROW(b, s->formats, s->format_count, s->format_room, 4096))
            s->formats[s->format_count++] = (struct format){ id,
                                                             number_kind_of(attribute(at, "formatCode")) };
    } else if (!strcmp(name, "cellXfs")) {
        s->in_cell_styles = true;
    } else if (!strcmp(name, "xf") && s->in_cell_styles && GROW(b, s->kinds, s->count, s->room, STYLES_MAX)) {
        bool given = str_to_i64(attribute(at, "numFmtId"), &id);
        s->kinds[s->count++] = given ? kind_of_format(s, id) : NUMBER_PLAIN;
    }
}

static void styles_close(struct book *b, void *state, const char *name)
{
    (void)b;
    if (!strcmp(name, "cellXfs"))
        ((struct reading *)state)->styles.in_cell_styles = false;
}

/* --- texts ---------------------------------------------------------------------------------------------- */

/* Excel writes a control character as _x000D_, and an underscore that would read so as _x005F_. */
static struct str unescape(struct arena *a, struct str s)
{
    if (!str_has(s, S("_x")))
        return s;
    struct buf out = buf_in(a);
    for (size_t i = 0; i < s.n; i++) {
        uint8_t code[2];
        if (i + 7 <= s.n && s.p[i] == '_' && s.p[i + 1] == 'x' && s.p[i + 6] == '_' &&
            str_hex(str_head(str_from(s, i + 2), 4), code, 2) && code[0] == 0 &&
            (code[1] == 0x5f || (code[1] < 0x20 && code[1]))) {
            buf_char(&out, (char)code[1]);
            i += 6;
        } else {
            buf_char(&out, s.p[i]);
        }
    }
    return buf_str(&out);
}

static void text_begin(struct reading *r)
{
    r->text.n = 0;
    r->takes_text = false;
}

static struct str text_take(struct book *b, struct reading *r)
{
    struct str text = unescape(b->arena, buf_str(&r->text));
    if (text.n && text.p == r->text.p)                    /* the builder is used again for the next one */
        text = arena_copy(b->arena, text);
    return text;
}

static void on_text(struct book *b, void *state, struct str text)
{
    struct reading *r = state;
    if (!r->takes_text || r->in_phonetic)
        return;
    if (r->text.n + text.n > TABLE_CELL_BYTES_MAX)
        book_refuse(b, REFUSE_CELL);
    else
        buf_put(&r->text, text);
}

static void strings_open(struct book *b, void *state, const char *name, const char **at)
{
    (void)b, (void)at;
    struct reading *r = state;
    if (!strcmp(name, "si"))
        text_begin(r);
    r->in_phonetic |= !strcmp(name, "rPh");
    r->takes_text = !strcmp(name, "t");
}

static void strings_close(struct book *b, void *state, const char *name)
{
    struct reading *r = state;
    r->takes_text = false;
    if (!strcmp(name, "rPh"))
        r->in_phonetic = false;
    if (strcmp(name, "si") || !GROW(b, r->strings.items, r->strings.count, r->strings.room, STRINGS_MAX))
        return;
    struct str text = text_take(b, r);
    r->strings.bytes += text.n;
    if (r->strings.bytes > TABLE_TEXT_BYTES_MAX)
        book_refuse(b, REFUSE_UNPACKED);
    r->strings.items[r->strings.count++] = text;
}

/* --- the worksheet -------------------------------------------------------------------------------------- */

/* "AB12" -> row 11, column 27; false if it is anything else. */
static bool cell_place(struct str ref, int64_t *ret_row, int64_t *ret_col)
{
    size_t i = 0;
    int64_t col = 0, row = 0;
    for (; i < ref.n && i < 4 && ref.p[i] >= 'A' && ref.p[i] <= 'Z'; i++)
        col = col * 26 + (ref.p[i] - 'A' + 1);
    if (col == 0 || !str_to_i64(str_from(ref, i), &row) || row < 1)
        return false;
    *ret_row = row - 1;
    *ret_col = col - 1;
    return true;
}

static void cell_open(struct book *b, struct reading *r, const char **at)
{
    struct str ref = attribute(at, "r"), type = attribute(at, "t");
    r->col++;
    if (ref.n && !cell_place(ref, &r->row, &r->col))
        book_refuse(b, REFUSE_DAMAGED);
    r->type = type.n == 0 ? 'n' : str_is(type, "inlineStr") ? 'i' : str_is(type, "str") ? 't' : type.p[0];
    int64_t style = 0;
    bool styled = str_to_i64(attribute(at, "s"), &style) && style >= 0 && style < r->styles.count;
    r->kind = styled ? r->styles.kinds[style] : NUMBER_PLAIN;
    text_begin(r);
}

static struct str cell_text(struct book *b, struct reading *r)
{
    struct str text = buf_str(&r->text);
    int64_t index;
    switch (r->type) {
    case 's':
        return str_to_i64(str_trim(text), &index) && index >= 0 && index < r->strings.count
                   ? r->strings.items[index]
                   : S("");
    case 'b':
        return str_is(text, "1") ? S("true") : text.n ? S("false") : S("");
    case 'n':
        text = number_text(b->arena, text, r->kind, r->date1904);
        return text.p == r->text.p && text.n ? arena_copy(b->arena, text) : text;
    default:
        return text_take(b, r);
    }
}

static void merge_open(struct book *b, struct reading *r, struct str range)
{
    struct merge m;
    struct str first;
    if (str_cut(&range, ':', &first) && range.p && cell_place(first, &m.row, &m.col) &&
        cell_place(range, &m.row_last, &m.col_last) &&
        GROW(b, r->merges, r->merge_count, r->merge_room, MERGES_MAX))
        r->merges[r->merge_count++] = m;
}

static void sheet_open(struct book *b, void *state, const char *name, const char **at)
{
    struct reading *r = state;
    int64_t row;
    if (!strcmp(name, "row")) {
        r->row = str_to_i64(attribute(at, "r"), &row) && row > 0 ? row - 1 : r->row + 1;
        r->col = -1;
    } else if (!strcmp(name, "c")) {
        cell_open(b, r, at);
    } else if (!strcmp(name, "mergeCell")) {
        merge_open(b, r, attribute(at, "ref"));
    }
    r->in_phonetic |= !strcmp(name, "rPh");
    r->takes_text = r->type == 'i' ? !strcmp(name, "t") : !strcmp(name, "v");
}

static void sheet_close(struct book *b, void *state, const char *name)
{
    struct reading *r = state;
    r->takes_text = false;
    if (!strcmp(name, "rPh"))
        r->in_phonetic = false;
    if (strcmp(name, "c"))
        return;
    enum refusal why = table_put(&r->table, r->row, r->col, cell_text(b, r));
    if (why != REFUSE_NONE)
        book_refuse(b, why);
    r->type = 0;
}

/* Ledgers merge a building's name down all its flats: each of them gets it. Only within what the sheet really uses. */
static enum refusal merges_apply(struct reading *r)
{
    int64_t rows = r->table.row_count, cols = r->table.col_count;
    size_t filled = 0;
    for (int i = 0; i < r->merge_count; i++) {
        struct merge m = r->merges[i];
        if (m.row >= rows || m.col >= r->table.rows[m.row].count)
            continue;
        struct str text = r->table.rows[m.row].cells[m.col];
        for (int64_t row = m.row; text.n && row <= m.row_last && row < rows; row++) {
            for (int64_t col = m.col; col <= m.col_last && col < cols; col++) {
                if (++filled > TABLE_CELLS_MAX)
                    return REFUSE_CELLS;
                enum refusal why = table_put(&r->table, row, col, text);
                if (why != REFUSE_NONE)
                    return why;
            }
        }
    }
    return REFUSE_NONE;
}

/* --- all ------------------------------------------------------------------------------------------------ */

static const struct part_walk root_walk = { .open = root_relation };
static const struct part_walk workbook_walk = { .open = workbook_open };
static const struct part_walk relation_walk = { .open = workbook_relation };
static const struct part_walk styles_walk = { styles_open, styles_close, NULL };
static const struct part_walk strings_walk = { strings_open, strings_close, on_text };
static const struct part_walk sheet_walk = { sheet_open, sheet_close, on_text };

static enum refusal find_parts(struct book *b, struct reading *r)
{
    enum refusal why = book_walk(b, "_rels/.rels", &root_walk, r);
    if (why == REFUSE_NONE && r->workbook_path.n == 0)
        why = REFUSE_DAMAGED;
    if (why == REFUSE_NONE)
        why = book_walk(b, arena_z(b->arena, r->workbook_path), &workbook_walk, r);
    if (why == REFUSE_NONE && !r->sheet_found)
        why = REFUSE_NO_SHEET;
    if (why != REFUSE_NONE)
        return why;
    struct str folder = folder_of(r->workbook_path);
    struct str relations = arena_format(b->arena, STR_FMT "_rels/" STR_FMT ".rels", STR_ARG(folder),
                                        STR_ARG(str_from(r->workbook_path, folder.n)));
    why = book_walk(b, arena_z(b->arena, relations), &relation_walk, r);
    return why == REFUSE_NONE && r->sheet_path.n == 0 ? REFUSE_DAMAGED : why;
}

static enum refusal read_book(struct book *b, struct reading *r)
{
    enum refusal why = find_parts(b, r);
    const char *styles = arena_z(b->arena, r->styles_path), *strings = arena_z(b->arena, r->strings_path);
    if (why == REFUSE_NONE && r->styles_path.n && book_has(b, styles))
        why = book_walk(b, styles, &styles_walk, r);
    if (why == REFUSE_NONE && r->strings_path.n && book_has(b, strings))
        why = book_walk(b, strings, &strings_walk, r);
    r->row = r->col = -1;
    if (why == REFUSE_NONE)
        why = book_walk(b, arena_z(b->arena, r->sheet_path), &sheet_walk, r);
    return why == REFUSE_NONE ? merges_apply(r) : why;
}

enum refusal xlsx_read(struct arena *a, struct str bytes, struct str name, struct table *ret_table)
{
    assert(ret_table);
    if (bytes.n > TABLE_FILE_BYTES_MAX)
        return REFUSE_FILE_BYTES;
    struct book b;
    enum refusal why = book_open(a, bytes, &b);
    if (why != REFUSE_NONE)
        return why;
    struct reading r = { .wanted = name, .text = buf_in(a), .table = table_build(a) };
    why = read_book(&b, &r);
    book_close(&b);
    return why == REFUSE_NONE ? table_done(&r.table, ret_table) : why;
}

enum refusal table_read(struct arena *a, struct str bytes, struct str name, void *gb18030,
                        struct table *ret_table)
{
    if (bytes.n > TABLE_FILE_BYTES_MAX)
        return REFUSE_FILE_BYTES;
    if (str_starts(bytes, S("PK\x03\x04")) || str_starts(bytes, S("PK\x05\x06")))
        return xlsx_read(a, bytes, name, ret_table);
    if (str_starts(bytes, S("\xd0\xcf\x11\xe0")))           /* a compound file: .xls, or an encrypted .xlsx */
        return REFUSE_OLD_EXCEL;
    if (memchr(bytes.p, 0, bytes.n))
        return REFUSE_SHEET_KIND;
    return csv_read(a, bytes, gb18030, ret_table);
}
