/* visit.h -- one door, many purposes: what every module wants from this household at once, so that nobody rings the same
 * bell three times a week. Somebody asks (visit_ask), the grid worker sees all that is open at a door, confirms what has
 * not changed in one tap, and leaves one row; each purpose tells the module that asked (visit_register).
 * Purposes are the entries of rules/purposes.yaml that have `visit`. Times in ms.
 * Faults: NOT_FOUND, DENIED, INVALID. Memory: tx->arena. Threading: as the tx; visit_register before threads. */
#ifndef WUXING_ENGINE_VISIT_H
#define WUXING_ENGINE_VISIT_H

#include "engine/person.h"

struct visit_wish {
    int64_t id, area, matter, person;      /* matter, person: 0 when it is about the door itself */
    struct str purpose, note;
    ms asked_at, due_at;                   /* due_at 0: at the next visit, whenever that is */
    struct str area_name;                  /* when read */
};
/* The same wish that is still open is not asked twice. */
int64_t visit_ask(struct tx *, const struct who *, const struct visit_wish *);
void visit_forget(struct tx *, int64_t matter);    /* the matter ended otherwise: its open wishes go */
/* Open wishes at an area and all below it, the nearest due first. */
struct rows visit_open(struct tx *, int64_t area, int limit);
bool visit_wish_row(struct rows *, struct visit_wish *ret_wish);

struct visit {
    int64_t id, area, account;
    ms at;                                 /* 0: now; a phone without network sends its own time */
    struct ids done;                       /* wishes fulfilled */
    struct ids unchanged;                  /* persons whose known fields were confirmed (无变化) */
    struct str purposes, note;             /* purposes: keys, blank-separated; made from `done` */
};
int64_t visit_put(struct tx *, const struct who *, const struct visit *);
struct rows visit_list(struct tx *, int64_t area, int limit);      /* past ones of this door, newest first */
bool visit_row(struct rows *, struct visit *ret_visit);

/* Called in the same transaction for each fulfilled wish of the purpose. */
struct visit_told {
    const char *purpose;
    void (*fn)(struct tx *, const struct visit_wish *, const struct visit *);
};
void visit_register(const struct visit_told *);

#endif
