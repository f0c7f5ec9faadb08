/* csv.h -- comma-separated tables both ways (RFC 4180 and what office software really writes).
 * Reading: UTF-8 with or without BOM, else GB18030; `,` `;` or tab, whichever the first line holds most
 * of; quotes, lines inside quotes, CRLF, LF and CR. Writing: UTF-8 with BOM, CRLF, and no cell that a
 * spreadsheet would run as a formula: `'` goes before a leading = + - @ tab or CR (plain numbers
 * excepted), and reading takes that `'` away again, so that what is exported imports unchanged.
 * Memory: cells point into `bytes` where they can, else into the arena. Refusals: ENCODING, QUOTES and the
 * sheet's.
 * Threading: one thread. Source of the guard: OWASP "CSV Injection". */
#ifndef WUXING_ENGINE_OFFICE_CSV_H
#define WUXING_ENGINE_OFFICE_CSV_H

#include "engine/office/table.h"

/* iconv loads its converter from a file, so the jail opens it before the doors close and hands it in; NULL opens one. */
void *csv_gb18030_open(void);
void csv_gb18030_close(void *gb18030);

enum refusal csv_read(struct arena *, struct str bytes, void *gb18030, struct table *ret_table) MUST_USE;

/* Writes row by row: csv_begin, then csv_cell ... csv_line for each row. */
struct csv {
    struct buf out;
    bool in_line;
};
struct csv csv_begin(struct arena *);
void csv_cell(struct csv *, struct str text);
void csv_line(struct csv *);

#endif
