/* import.c -- see import.h. */
#include "engine/import.h"

#include "engine/import_head.h"
#include "engine/office/csv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BADS_MAX = 20000, ERRORS_SHOWN_MAX = 200 };

const struct importer *importer_find(const struct importer *const *list, struct str kind)
{
    for (; list && *list; list++)
        if (str_is(kind, (*list)->kind))
            return *list;
    return NULL;
}

/* --- wrong cells ---------------------------------------------------------------------------------------- */

static void add_bad(struct import *im, struct import_bad bad)
{
    if (im->bad_count == BADS_MAX)
        return;
    if (im->bad_count == im->bad_room) {
        int room = im->bad_room ? im->bad_room * 2 : 32;
        struct import_bad *more = arena_array(im->arena, struct import_bad, (size_t)room);
        if (im->bad_count)
            memcpy(more, im->bads, sizeof *more * (size_t)im->bad_count);
        im->bads = more;
        im->bad_room = room;
    }
    im->bads[im->bad_count++] = bad;
}

static int column_of(const struct import *im, struct str field)
{
    for (int col = 0; col < im->table->cols; col++)
        if (im->columns[col] && str_is(field, im->columns[col]->name))
            return col;
    return -1;
}

/* The texts of a fault may live in a transaction's arena. */
static void keep_fault(struct import *im, struct import_row *r, const struct fault *f)
{
    for (int i = 0; i < f->field_count; i++) {
        struct bad_field bad = f->fields[i];
        bad.field = arena_copy(im->arena, bad.field);
        bad.arg = arena_copy(im->arena, bad.arg);
        add_bad(im, (struct import_bad){ .row = r->row, .col = column_of(im, bad.field), .bad = bad });
    }
    if (f->field_count == 0)
        add_bad(im, (struct import_bad){
                        .row = r->row, .col = -1, .what = f->what.zh ? f->what : err_label(f->code) });
    r->fate = IMPORT_WRONG;
}

/* --- reading -------------------------------------------------------------------------------------------- */

static bool is_one_of(struct str s, const char *const *words)
{
    for (; *words; words++)
        if (str_is(s, *words))
            return true;
    return false;
}

static struct str without_commas(struct arena *a, struct str s)
{
    struct buf b = buf_in(a);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ',')
            buf_char(&b, s.p[i]);
    struct str plain = buf_str(&b);
    return str_ends(plain, S(".0")) ? str_head(plain, plain.n - 2) : plain;
}

/* What people write in a cell, as field_from_text takes it. */
static struct str cell_plain(struct arena *a, const struct field *f, struct str cell)
{
    static const char *const yes[] = {
        "√", "✓", "✔", "有", "对", "Y", "y", "Yes", "YES", "True", "TRUE", NULL
    };
    static const char *const no[] = { "×", "✗", "无", "N", "n", "No", "NO", "False", "FALSE", NULL };
    cell = str_trim(cell);
    size_t at;
    if (cell.n == 0)
        return cell;
    switch (f->type) {
    case TEXT: case LONG_TEXT: case CHOICE: case RULE: case TEXTS: case SECRET:
        return cell;
    case BOOL:
        return is_one_of(cell, yes) ? S("true") : is_one_of(cell, no) ? S("false") : cell;
    case INT: case ID:
        return without_commas(a, half_width(a, cell));
    case DAY:                                             /* the day of a cell that holds a time as well */
        cell = half_width(a, cell);
        at = str_find(cell, S("T00:00:00"));
        return at < cell.n ? str_head(cell, at) : cell;
    case TIME:
        cell = half_width(a, cell);
        return str_has(cell, S(":")) ? cell : arena_join(a, cell, S(" 00:00"));
    default:
        return half_width(a, cell);
    }
}

/* A masked value of an export says that its reader may not see it, not that it shall become asterisks. */
static bool is_masked(const struct field *f, struct str cell)
{
    return f->mask != MASK_NONE && str_has(cell, S("*"));
}

/* False for a row without a value in a known column. */
static bool read_row(struct import *im, int row, struct import_row *r)
{
    const struct importer *importer = im->importer;
    struct fault f = { 0 };
    *r = (struct import_row){ .row = row, .fate = IMPORT_NEW };
    for (int col = 0; col < im->table->cols; col++) {
        const struct field *field = im->columns[col];
        struct str cell = field ? cell_plain(im->arena, field, table_at(im->table, row, col)) : S("");
        if (cell.n == 0 || is_masked(field, cell))
            continue;
        if (!r->form)
            r->form = arena_alloc(im->arena, importer->form_size);
        field_from_text(importer->fields, field, r->form, cell, im->arena, &f);
    }
    if (!r->form)
        return false;
    field_require(importer->fields, r->form, S(""), im->arena, &f);
    if (f.code != ERR_OK)
        keep_fault(im, r, &f);
    return true;
}

/* The values of the key fields with a separator no text holds; "" when one is missing. */
static struct str key_of(struct import *im, const struct import_row *r)
{
    struct buf b = buf_in(im->arena);
    for (int i = 0; i < IMPORT_KEYS_MAX && im->importer->keys[i]; i++) {
        const struct field *f = field_find(im->importer->fields, str_of(im->importer->keys[i]));
        assert(f);
        if (!field_has(im->importer->fields, r->form, f->name))
            return S("");
        buf_put(&b, field_to_text(im->arena, f, r->form, false));
        buf_char(&b, '\n');
    }
    return buf_str(&b);
}

static void find_twice(struct import *im)
{
    size_t room = 64;
    while (room < (size_t)im->row_count * 2)
        room *= 2;
    struct slot { struct str key; } *slots = arena_array(im->arena, struct slot, room);
    for (int i = 0; i < im->row_count; i++) {
        struct import_row *r = &im->rows[i];
        struct str key = r->fate == IMPORT_WRONG ? S("") : key_of(im, r);
        if (key.n == 0)
            continue;
        size_t at = str_hash(key) & (room - 1);
        while (slots[at].key.n && !str_eq(slots[at].key, key))
            at = (at + 1) & (room - 1);
        if (slots[at].key.n) {
            const struct field *f = field_find(im->importer->fields, str_of(im->importer->keys[0]));
            struct fault twice = { 0 };
            fault_field(&twice,
                        (struct bad_field){ .field = str_of(f->name), .bad = BAD_TWICE, .label = f->label });
            keep_fault(im, r, &twice);
        }
        slots[at].key = key;
    }
}

static void count_fates(struct import *im)
{
    memset(im->counts, 0, sizeof im->counts);
    for (int i = 0; i < im->row_count; i++)
        im->counts[im->rows[i].fate]++;
}

bool import_read(struct import *ret_import, const struct importer *importer, struct arena *a,
                 const struct table *table, struct fault *f)
{
    assert(importer->form_size >= sizeof(struct has) && importer->look && importer->apply);
    if (f->code != ERR_OK)
        return false;
    *ret_import = (struct import){ .importer = importer, .table = table, .arena = a };
    if (!import_head(ret_import, f))
        return false;
    int room = table->rows - ret_import->first_row;
    ret_import->rows = arena_array(a, struct import_row, (size_t)room + 1);
    for (int row = ret_import->first_row; row < table->rows; row++)
        ret_import->row_count += read_row(ret_import, row, &ret_import->rows[ret_import->row_count]);
    if (importer->keys[0])
        find_twice(ret_import);
    count_fates(ret_import);
    return true;
}

/* --- preview and apply ---------------------------------------------------------------------------------- */

/* A refusal that speaks of this row alone; anything else is the store's. */
static bool is_about_row(const struct fault *f)
{
    return err_status(f->code) < 500 && f->code != ERR_TOO_MANY;
}

bool import_preview(struct import *im, struct tx *tx, const struct who *who)
{
    for (int i = 0; i < im->row_count && !tx_failed(tx); i++) {
        struct import_row *r = &im->rows[i];
        if (r->fate == IMPORT_WRONG)
            continue;
        enum import_fate fate = im->importer->look(tx, who, r->form);
        if (!tx_failed(tx)) {
            r->fate = fate;
        } else if (is_about_row(&tx->fault)) {
            keep_fault(im, r, &tx->fault);
            fault_clear(&tx->fault);
        }
    }
    count_fates(im);
    return !tx_failed(tx);
}

struct slice {
    struct import *im;
    const struct who *who;
    int first, count;
};

static void apply_slice(struct tx *tx, void *arg)
{
    struct slice *s = arg;
    for (int i = s->first; i < s->first + s->count && !tx_failed(tx); i++) {
        const struct import_row *r = &s->im->rows[i];
        if (r->fate == IMPORT_NEW || r->fate == IMPORT_CHANGED)
            s->im->importer->apply(tx, s->who, r->form);
    }
}

static void write_slice(struct store *store, struct slice *s, struct fault *ret_fault)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct write w = { .apply = apply_slice, .arg = s, .arena = &a, .lane = LANE_BULK };
    store_write(store, &w);
    *ret_fault = w.fault;
    if (w.fault.code != ERR_OK && is_about_row(&w.fault) && s->count == 1)
        keep_fault(s->im, &s->im->rows[s->first], &w.fault);
}

bool import_apply(struct import *im, struct store *store, const struct who *who,
                  void (*progress)(void *, int done, int total), void *arg, struct fault *f)
{
    for (int at = 0; at < im->row_count; at += IMPORT_SLICE_ROWS) {
        int left = im->row_count - at, count = left < IMPORT_SLICE_ROWS ? left : IMPORT_SLICE_ROWS;
        struct fault refused;
        write_slice(store, &(struct slice){ im, who, at, count }, &refused);
        for (int i = 0; i < count && refused.code != ERR_OK && is_about_row(&refused); i++) {
            struct fault one;
            write_slice(store, &(struct slice){ im, who, at + i, 1 }, &one);
            if (one.code != ERR_OK && !is_about_row(&one))
                refused = one;
        }
        if (refused.code != ERR_OK && !is_about_row(&refused)) {
            *f = refused;
            count_fates(im);
            return false;
        }
        if (progress)
            progress(arg, at + count, im->row_count);
    }
    count_fates(im);
    return true;
}

/* --- what the user gets --------------------------------------------------------------------------------- */

struct str import_message(const struct import *im, const struct import_bad *bad, enum lang lang)
{
    return bad->bad.bad == BAD_NONE ? label_in(bad->what, lang) : bad_message(im->arena, &bad->bad, lang);
}

struct str import_kept(const struct import *im)
{
    struct csv c = csv_begin(im->arena);
    for (int row = 0; row < im->table->rows; row++) {
        for (int col = 0; col < im->table->cols; col++)
            if (!im->left_out[col])
                csv_cell(&c, table_at(im->table, row, col));
        csv_line(&c);
    }
    return buf_str(&c.out);
}

static int by_row(const void *a, const void *b)
{
    const struct xlsx_mark *x = a, *y = b;
    return x->row != y->row ? (x->row > y->row) - (x->row < y->row) : x->col - y->col;
}

struct str import_marked(const struct import *im, enum lang lang)
{
    if (im->bad_count == 0)
        return S("");
    struct xlsx_mark *marks = arena_array(im->arena, struct xlsx_mark, (size_t)im->bad_count);
    for (int i = 0; i < im->bad_count; i++)
        marks[i] = (struct xlsx_mark){ im->bads[i].row, im->bads[i].col,
                                       import_message(im, &im->bads[i], lang) };
    qsort(marks, (size_t)im->bad_count, sizeof *marks, by_row);
    struct xlsx_marked m = { .title = im->importer->label,
                             .lang = lang,
                             .table = im->table,
                             .left_out = im->left_out,
                             .header_row = im->head_row,
                             .marks = marks,
                             .mark_count = im->bad_count };
    return xlsx_marked(im->arena, &m);
}

static void write_texts(struct json *j, const char *key, const struct texts *texts)
{
    json_key_list(j, key);
    for (int64_t i = 0; i < texts->count; i++)
        json_str(j, texts->items[i]);
    json_end(j);
}

static void write_columns(struct json *j, const struct import *im, enum lang lang)
{
    json_key_list(j, "columns");
    for (int col = 0; col < im->table->cols; col++) {
        if (!im->columns[col])
            continue;
        json_obj(j);
        json_key_str(j, "head", table_at(im->table, im->head_row, col));
        json_key_str(j, "field", str_of(im->columns[col]->name));
        json_key_str(j, "label", label_in(im->columns[col]->label, lang));
        json_end(j);
    }
    json_end(j);
}

void import_write(struct json *j, const struct import *im, enum lang lang)
{
    json_obj(j);
    json_key_str(j, "kind", str_of(im->importer->kind));
    json_key_str(j, "label", label_in(im->importer->label, lang));
    json_key_int(j, "rows", im->row_count);
    json_key_int(j, "new", im->counts[IMPORT_NEW]);
    json_key_int(j, "changed", im->counts[IMPORT_CHANGED]);
    json_key_int(j, "same", im->counts[IMPORT_SAME]);
    json_key_int(j, "wrong", im->counts[IMPORT_WRONG]);
    write_texts(j, "dropped", &im->dropped);
    write_texts(j, "unknown", &im->unknown);
    write_columns(j, im, lang);
    json_key_list(j, "errors");
    for (int i = 0; i < im->bad_count && i < ERRORS_SHOWN_MAX; i++) {
        const struct import_bad *b = &im->bads[i];
        json_obj(j);
        json_key_int(j, "row", b->row + 1);
        json_key_int(j, "column", b->col + 1);            /* 0: not one column's */
        json_key_str(j, "field", b->bad.field);
        json_key_str(j, "code", str_of(b->bad.bad == BAD_NONE ? "refused" : bad_wire(b->bad.bad)));
        json_key_str(j, "message", import_message(im, b, lang));
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

struct str import_template(struct tx *tx, const struct who *who, const struct importer *importer,
                           struct arena *a, enum lang lang, bool demo)
{
    struct xlsx_plan plan = { .title = importer->label,
                              .fields = importer->fields,
                              .lang = lang,
                              .demo = demo,
                              .options = importer->options ? importer->options(tx, who) : NULL };
    return xlsx_template(a, &plan);
}
