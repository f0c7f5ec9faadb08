/* person.h -- a resident, once. Identity number and phone are sealed (keys.h) with two blind indexes each (whole, last
 * four); names and contacts of reporters likewise. Masked by default; unmasking needs a reason, which is logged and
 * visible to the person. Every field knows who wrote it and when (person_source).
 * Legal basis, purpose and retention per field: rules/purposes.yaml (PIPL articles 13, 28, 51).
 * Faults: NOT_FOUND, DENIED, INVALID. Memory: tx->arena. */
#ifndef WUXING_ENGINE_PERSON_H
#define WUXING_ENGINE_PERSON_H

#include "engine/matter.h"

struct person {
    int64_t id, area;
    struct str name, id_number, phone, address, note;
    int64_t born;                      /* day number, from the identity number where known */
};
/* By id, else by identity number, else a new one; absent members stay. Returns the id; the struct is left as it is. */
int64_t person_put(struct tx *, const struct who *, const struct person *, const char *source);
bool person_masked(struct tx *, int64_t id, struct person *ret_person);
/* Writes the access log (keep row: it survives a refusal too) and returns clear text. `reason` at least 4 characters. */
bool person_unmask(struct tx *, const struct who *, int64_t id, struct str reason, struct person *ret_person);
struct rows person_by_phone(struct tx *, struct str phone);                      /* ids */
struct rows person_by_phone_tail(struct tx *, struct str four, int limit);       /* ids */
struct rows person_at(struct tx *, int64_t area);                                /* ids of who lives at this door */
int64_t person_find(struct tx *, const struct person *);                         /* the resident an import means; 0: a new one */
bool person_clear(struct tx *, int64_t id, struct person *ret_person);           /* for the engine itself, never for a page */
void person_confirm(struct tx *, int64_t id);                                    /* 无变化: all known fields, now */
bool person_erase(struct tx *, const struct who *, int64_t id, struct str reason);

/* Reporters of matters (matter.h): sealed the same way. */
struct rows reporter_get(struct tx *, int64_t matter);
bool reporter_row(struct tx *, struct rows *, struct reporter *ret_masked);
bool reporter_unmask(struct tx *, const struct who *, int64_t matter, int64_t reporter, struct str reason,
                     struct reporter *ret_clear);
/* Open matters whose reporter has this number (screen pop, bundles). Newest first, ids. */
struct rows reporter_matters(struct tx *, struct str phone, int limit);

/* Reading personal data is logged: account, what, reason, when. */
void access_log(struct tx *, const struct who *, const char *noun, int64_t id, struct str reason);
struct access_item { ms at; int64_t account; struct str who_name, reason; };
struct rows access_list(struct tx *, const char *noun, int64_t id, int limit);   /* who looked, newest first */
bool access_row(struct rows *, struct access_item *ret_item);

#endif
