/* xlsx_read.h -- reads one worksheet of an .xlsx file (ECMA-376 / ISO 29500, transitional and strict) into
 * a sheet.
 * Cells become text: shared and inline strings, numbers with 15 digits as Excel shows them and never with
 * an exponent, dates and times by their cell style (2026-03-15; 2026-03-15T08:30:05+08:00, the office's
 * zone; 08:30), booleans as true / false; a merged range holds its first cell's text in every cell.
 * `name` picks a worksheet, "" the first visible one. Run it inside the jail only (jail.h): files are
 * hostile.
 * Limits: 64 MiB file, 2,000 entries, 256 MiB unpacked, 200 times per entry, 64 levels of XML, no DTD,
 * table.h's own.
 * Memory: everything in the arena. Refusals: DAMAGED, DTD, NO_SHEET, ENTRIES, RATIO, UNPACKED, DEPTH and
 * the sheet's.
 * Threading: one thread. */
#ifndef WUXING_ENGINE_OFFICE_XLSX_READ_H
#define WUXING_ENGINE_OFFICE_XLSX_READ_H

#include "engine/office/table.h"

enum refusal xlsx_read(struct arena *, struct str bytes, struct str name, struct table *ret_table) MUST_USE;

/* Any table by its first bytes: xlsx_read or csv_read; `gb18030` as in csv.h. */
enum refusal table_read(struct arena *, struct str bytes, struct str name, void *gb18030, struct table *ret_table) MUST_USE;

#endif
