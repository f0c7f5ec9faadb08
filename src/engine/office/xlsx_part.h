/* xlsx_part.h -- inside xlsx_read: an opened archive, its limits, and one XML part walked by three
 * handlers.
 * Names arrive without prefix ("row", not "x:row"). The first refusal stops the walk and sticks in
 * `book.why`.
 * Memory: the archive and parser are freed by book_close and by the end of a walk; texts are the parser's,
 * copy them. */
#ifndef WUXING_ENGINE_OFFICE_XLSX_PART_H
#define WUXING_ENGINE_OFFICE_XLSX_PART_H

#include "engine/office/table.h"

struct zip;
struct XML_ParserStruct;
struct book;

struct part_walk {
    void (*open)(struct book *, void *state, const char *name, const char **attributes);
    void (*close)(struct book *, void *state, const char *name);
    void (*text)(struct book *, void *state, struct str);
};

struct book {
    struct arena *arena;
    struct zip *zip;
    struct XML_ParserStruct *parser;
    const struct part_walk *walk;
    void *state;
    int depth;
    size_t unpacked_bytes;
    enum refusal why;
};

enum refusal book_open(struct arena *, struct str bytes, struct book *ret_book) MUST_USE;
void book_close(struct book *);
bool book_has(struct book *, const char *path);
/* Walks the part; a missing one is REFUSE_DAMAGED. */
enum refusal book_walk(struct book *, const char *path, const struct part_walk *, void *state) MUST_USE;
void book_refuse(struct book *, enum refusal);             /* from a handler */

struct str attribute(const char **attributes, const char *name);   /* by local name; "" if absent */

#endif
