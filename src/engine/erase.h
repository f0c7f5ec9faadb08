/* erase.h -- the places where personal data of a resident may stand, each with what erasing does there (PIPL article 47).
 * A module that keeps personal data registers its own place at start, before threads; person_erase walks all of them in
 * one transaction. What stays is said in doc/why/erasure.md: that a matter happened, its times and its chain of digests.
 * Memory: places are constants. Threading: erase_register before threads. */
#ifndef WUXING_ENGINE_ERASE_H
#define WUXING_ENGINE_ERASE_H

#include "engine/person.h"

struct erasing {
    struct person person;              /* clear, as it was */
    struct str phone_blind;            /* empty: no telephone known */
    const int64_t *matters;            /* he reported them */
    int matter_count;
};
struct erase_place {
    const char *name;                  /* table, or table.column */
    struct label what;
    void (*erase)(struct tx *, const struct erasing *);
};
void erase_register(const struct erase_place *);
int erase_places(const struct erase_place **ret_places, int room);

/* The text without the resident's name, telephone and identity number; `ret_changed` when something was taken out. */
struct str erase_text(struct tx *, const struct erasing *, struct str text, bool *ret_changed);

#endif
