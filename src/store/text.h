/* text.h -- the full-text store: derived, rebuildable, apart from the facts (its own file beside SQLite, its own table on
 * PostgreSQL), so that intake never pays for it. It knows documents of pieces, not languages: engine/search.c cuts.
 * A document's number orders it; larger is newer. Contents are not kept, only postings.
 * Faults: UNAVAILABLE, STORE_FULL. Threading: one thread puts, any thread finds. */
#ifndef WUXING_STORE_TEXT_H
#define WUXING_STORE_TEXT_H

#include "store/db.h"

struct text_index;
struct text_doc {
    int64_t number;
    struct str pieces;                 /* words without blanks, separated by one blank */
};

struct text_index *text_open(const char *dir, const char *url, struct fault *);
void text_close(struct text_index *);
/* All documents and the cursor in one transaction. */
bool text_put(struct text_index *, const struct text_doc *, int count, int64_t cursor, struct fault *);
bool text_cursor(struct text_index *, int64_t *ret_cursor);
/* Empties it and sets the cursor to 0, in one transaction. `clean_to`: whoever is erased up to that event stands in no text
 * that is read from now on. Nothing of the old pieces stays on the disk. */
bool text_clear(struct text_index *, int64_t clean_to, struct fault *);
bool text_clean_to(struct text_index *, int64_t *ret_clean_to);        /* 0: never emptied */
/* Numbers of documents that hold every piece, newest first, below `before` (0: all). A piece that ends in * is a prefix. */
int text_find(struct text_index *, struct arena *, const struct str *pieces, int piece_count, int64_t before, int limit,
              int64_t *ret_numbers);

struct text_driver {
    struct text_index *(*open)(const char *where, struct fault *);
    void (*close)(struct text_index *);
    bool (*put)(struct text_index *, const struct text_doc *, int count, int64_t cursor, struct fault *);
    bool (*cursor)(struct text_index *, int64_t *ret_cursor);
    bool (*clean_to)(struct text_index *, int64_t *ret_clean_to);
    bool (*clear)(struct text_index *, int64_t clean_to, struct fault *);
    int (*find)(struct text_index *, struct arena *, const struct str *, int, int64_t, int, int64_t *);
};
struct text_index { const struct text_driver *driver; };
extern const struct text_driver text_sqlite, text_postgres;

#endif
