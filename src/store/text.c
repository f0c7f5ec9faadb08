/* text.c -- picks the engine; see text.h. */
#include "store/text.h"

#include <stdio.h>

struct text_index *text_open(const char *dir, const char *url, struct fault *fault)
{
    if (url)
        return text_postgres.open(url, fault);
    char path[1024];
    snprintf(path, sizeof path, "%s/search.db", dir);
    return text_sqlite.open(path, fault);
}

void text_close(struct text_index *t)
{
    if (t)
        t->driver->close(t);
}

bool text_put(struct text_index *t, const struct text_doc *docs, int count, int64_t cursor, struct fault *fault)
{
    return t->driver->put(t, docs, count, cursor, fault);
}

bool text_cursor(struct text_index *t, int64_t *ret_cursor)
{
    return t->driver->cursor(t, ret_cursor);
}

bool text_clean_to(struct text_index *t, int64_t *ret_clean_to)
{
    return t->driver->clean_to(t, ret_clean_to);
}

bool text_clear(struct text_index *t, int64_t clean_to, struct fault *fault)
{
    return t->driver->clear(t, clean_to, fault);
}

int text_find(struct text_index *t, struct arena *a, const struct str *pieces, int piece_count, int64_t before, int limit,
              int64_t *ret_numbers)
{
    return t->driver->find(t, a, pieces, piece_count, before, limit, ret_numbers);
}
