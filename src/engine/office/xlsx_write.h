/* xlsx_write.h -- workbooks from field tables (libxlsxwriter): a template to fill in, an export, and
 * somebody's own table back with its mistakes marked. Layout of template and export, which import.c reads
 * back: a hidden first row of machine names, a second row of labels in the user's language (required ones
 * end in *), data from the third; drop-downs for choices; identity numbers and phones as text; a sheet
 * 填写说明 that tells of each column.
 * Nested rows (OBJECT, LIST) and secrets have no column. Texts are never formulas.
 * Memory: bytes in the arena, charged to it; "" when it is full or the library fails. While writing, rows
 * wait in unlinked temporary files, not in memory. Threading: one thread per workbook. */
#ifndef WUXING_ENGINE_OFFICE_XLSX_WRITE_H
#define WUXING_ENGINE_OFFICE_XLSX_WRITE_H

#include "base/field.h"
#include "engine/office/table.h"

/* A drop-down of a RULE or TEXT row; CHOICE and BOOL rows have theirs from the table. */
struct xlsx_options {
    const char *field;
    const struct str *items;
    int count;
};
struct xlsx_plan {
    struct label title;                   /* name of the sheet */
    const struct field *fields;
    enum lang lang;
    bool masked;
    bool demo;                            /* says 演示数据 on the sheet's name, in print and in the explanation */
    const struct xlsx_options *options;   /* ended by {0}; may be NULL */
};

struct str xlsx_template(struct arena *, const struct xlsx_plan *);

struct xlsx;
struct xlsx *xlsx_begin(struct arena *, const struct xlsx_plan *);
void xlsx_row(struct xlsx *, const void *form);
struct str xlsx_done(struct xlsx *);      /* frees it, too */

/* One wrong cell; col -1: the row as a whole. Sorted by row. */
struct xlsx_mark {
    int row, col;
    struct str text;
};
struct xlsx_marked {
    struct label title;
    enum lang lang;
    const struct table *table;
    const bool *left_out;                 /* per column: not returned; may be NULL */
    int header_row;                       /* gets the head of the added column; rows above it come back as they were */
    const struct xlsx_mark *marks;
    int mark_count;
};
struct str xlsx_marked(struct arena *, const struct xlsx_marked *);
/* The head of the added column, so that importing the marked workbook again passes over it. */
struct label xlsx_errors_label(void);

bool xlsx_has_column(const struct field *);

#endif
