/* import.h -- any table of areas, people, firms, reports ... into the engine, for `wuxing import KIND
 * FILE` and the web.
 * A module gives an importer: a field table, the fields that are a row's own key, a look and an apply. The
 * engine maps the head (Chinese label, English label, machine name or alias; blanks, width, case, `*` and
 * brackets do not matter), decodes each row, finds wrong cells and rows that stand twice, previews,
 * applies in slices, and returns the user's own workbook with the mistakes marked. An empty cell changes
 * nothing, nor does a masked one (138****0000).
 * Columns of special populations (刑释, 精神障碍, 吸毒, 艾滋, 宗教, 民族, 政治面貌) are dropped unread and named in
 * `dropped`: PRACTICE 19. Whatever is imported twice must find everything IMPORT_SAME the second time.
 *  The road: jail_sheet -> import_read -> import_preview (read tx) -> import_apply. Memory: all in the
 * arena given to import_read, which is charged for every row: 100,000 rows need about 100 MB, so use one
 * of its own, without a cap.
 * Faults: INVALID when no column is known or a required one is missing; MEDIA_TYPE for an empty table.
 * Threading: one thread per import; look runs on a reader, apply inside the store's writer. */
#ifndef WUXING_ENGINE_IMPORT_H
#define WUXING_ENGINE_IMPORT_H

#include "base/field.h"
#include "engine/office/table.h"
#include "engine/office/xlsx_write.h"
#include "engine/who.h"

enum import_fate { IMPORT_NEW, IMPORT_CHANGED, IMPORT_SAME, IMPORT_WRONG, IMPORT_FATES };
enum { IMPORT_SLICE_ROWS = 200, IMPORT_KEYS_MAX = 3 };

struct import_alias {
    const char *head, *field;                  /* {"手机号", "phone"} */
};

struct importer {
    const char *kind;                          /* wuxing import KIND FILE */
    struct label label;
    const struct field *fields;                /* the form's table, as field.h */
    size_t form_size;
    uint32_t who;                              /* roles that may import it */
    const char *keys[IMPORT_KEYS_MAX + 1];     /* fields that together name a row; two rows alike are refused; may be empty */
    const struct import_alias *aliases;        /* ended by {0}; may be NULL */
    /* What would happen to this row, over a snapshot. A wrong value: fault_field(&tx->fault, ...) as in a form. */
    enum import_fate (*look)(struct tx *, const struct who *, const void *form);
    /* Writes one row. Looks again itself, because the snapshot is old, and may be run again as any apply. */
    void (*apply)(struct tx *, const struct who *, const void *form);
    /* Drop-downs of the template for rows whose entries are in the store or the rules; may be NULL. Ended by {0}. */
    const struct xlsx_options *(*options)(struct tx *, const struct who *);
};
/* The engine's own: areas, orgs, seats, contacts, people, accounts (imports.c). Ended by NULL. */
extern const struct importer *const engine_importers[];
/* Of a list of importers as modules carry them (ended by NULL); NULL if there is none. */
const struct importer *importer_find(const struct importer *const *, struct str kind);

struct import_row {
    int row;                                   /* in the table, from 0 */
    enum import_fate fate;
    void *form;
};
struct import_bad {
    int row, col;                              /* col -1: not one cell's fault */
    struct bad_field bad;                      /* bad.bad == BAD_NONE: `what` is the sentence */
    struct label what;
};
struct import {
    const struct importer *importer;
    const struct table *table;
    struct arena *arena;
    int head_row, first_row;
    const struct field *columns[TABLE_COLS_MAX];   /* NULL: not known, or dropped */
    bool left_out[TABLE_COLS_MAX];                 /* dropped, or our own error column of an earlier round */
    struct texts dropped, unknown;                 /* heads, as written */
    struct import_row *rows;
    int row_count;
    struct import_bad *bads;
    int bad_count, bad_room;
    int counts[IMPORT_FATES];                      /* of rows */
};

bool import_read(struct import *, const struct importer *, struct arena *, const struct table *, struct fault *);
/* Sets each row's fate. False when the tx failed for another reason than a row. */
bool import_preview(struct import *, struct tx *read, const struct who *);

/* Applies what is new or changed, a slice per write; a slice that is refused is tried again row by row, so that only the
 * wrong row stays out (it becomes IMPORT_WRONG). `progress` may be NULL. False with a fault when the store failed. */
struct store;
bool import_apply(struct import *, struct store *, const struct who *,
                  void (*progress)(void *, int done, int total), void *arg, struct fault *);

/* The table without the dropped columns, as CSV: what may be kept when a preview waits for its confirmation. Rows keep
 * their numbers. */
struct str import_kept(const struct import *);
struct str import_marked(const struct import *, enum lang);        /* a workbook; "" when there is nothing wrong */
struct str import_message(const struct import *, const struct import_bad *, enum lang);
/* {"kind","rows","new","changed","same","wrong","dropped":[],"unknown":[],"columns":[],"errors":[{row,column,field,code,message}]},
 * at most 200 errors. Rows are numbered as the spreadsheet shows them. */
void import_write(struct json *, const struct import *, enum lang);
struct str import_template(struct tx *, const struct who *, const struct importer *, struct arena *, enum lang, bool demo);

#endif
