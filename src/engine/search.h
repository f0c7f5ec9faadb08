/* search.h -- full text over matters: a derived store of its own (SQLite: a second file with FTS5; PostgreSQL: a table
 * with tsvector), fed from the outbox by its own thread, at most 2 s behind, rebuilt by a command. Text is cut into
 * overlapping two-character pieces for Han and words for the rest, because FTS5's trigram index cannot find two-character
 * words (RELIABILITY row 17). A query is the AND of its pieces, then an exact check of each phrase in C. */
#ifndef WUXING_ENGINE_SEARCH_H
#define WUXING_ENGINE_SEARCH_H

#include "engine/engine.h"

struct search;
struct search *search_open(struct engine *, struct fault *);
void search_close(struct search *);
/* Indexes what is new; events read, or 0. Meeting an erasure (erase.h) it empties the index and begins again, because
 * postings cannot be taken out without the text that was. */
int search_feed(struct search *, int limit);
bool search_rebuild(struct search *, struct fault *);
struct search_query {
    const struct who *who;             /* what is out of his reach is passed over early; what he may see is for the caller to ask */
    struct str words;
    int64_t before;                    /* matters older than this one; 0: all */
};
/* Ids of matters that hold every phrase of the words, newest first. It looks at some thousand candidates: *ret_next is the
 * `before` to go on with, 0 when nothing is left. */
int search_find(struct search *, struct arena *, const struct search_query *, int limit, int64_t *ret_ids, int64_t *ret_next);
struct str search_cut(struct arena *, struct str text);             /* the pieces, space separated: also for similar reports */
/* Shared pieces of two texts / pieces of the smaller: 0..1. */
double search_likeness(struct arena *, struct str a, struct str b);

#endif
