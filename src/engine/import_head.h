/* import_head.h -- inside import.c: which column is which field. */
#ifndef WUXING_ENGINE_IMPORT_HEAD_H
#define WUXING_ENGINE_IMPORT_HEAD_H

#include "engine/import.h"

enum { IMPORT_HEAD_ROWS = 20 };                 /* a title, a date and a remark may stand above the head */

/* Finds head_row, first_row, columns, left_out, dropped, unknown. */
bool import_head(struct import *, struct fault *);
/* Half-width, lower case, without blanks and decoration. */
struct str head_plain(struct arena *, struct str head);
bool head_is_special(struct str plain);
/* Full-width letters, digits and signs as ASCII. */
struct str half_width(struct arena *, struct str);

#endif
