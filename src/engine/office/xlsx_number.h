/* xlsx_number.h -- inside xlsx_read: what a number cell shows, by its number format.
 * Source: ECMA-376-1 18.8.30 (built-in formats, among them zh-cn 27-36 and 50-58) and 18.17.4 (date
 * serials). */
#ifndef WUXING_ENGINE_OFFICE_XLSX_NUMBER_H
#define WUXING_ENGINE_OFFICE_XLSX_NUMBER_H

#include "base/clock.h"

enum number_kind { NUMBER_PLAIN, NUMBER_DAY, NUMBER_TIME_OF_DAY, NUMBER_TIME };

enum number_kind number_kind_builtin(int64_t format_id);
enum number_kind number_kind_of(struct str format_code);
/* `text` is the cell's <v>; returned as it is when it is no number or no date of the years 1900-9999. */
struct str number_text(struct arena *, struct str text, enum number_kind, bool date1904);

#endif
