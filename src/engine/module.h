/* module.h -- what a module is: one const struct, exported as its only symbol; src/modules.c lists them all.
 * Routes are declared in http/route.h; the engine only carries the pointer. */
#ifndef WUXING_ENGINE_MODULE_H
#define WUXING_ENGINE_MODULE_H

#include "engine/matter.h"

struct route;
struct figure;
struct importer;
struct signal_told;
struct visit_told;
struct erase_place;

/* Runs in the same transaction as the move that brings a matter of `kind` to `phase` (0: any move). */
struct subscription {
    const char *kind;
    enum phase phase;
    void (*fn)(struct tx *, const struct matter *, const struct moving *);
};

struct module {
    const char *name;
    struct label label;
    const struct kind *const *kinds;             /* ended by NULL; may be NULL */
    const struct route *routes;                  /* ended by {0}; may be NULL */
    const struct route *const *route_tables;     /* a large module's others, ended by NULL; may be NULL */
    const struct migration *migrations;          /* ended by {0}; may be NULL */
    const struct subscription *on;               /* ended by {0}; may be NULL */
    const struct figure *figures;                /* ended by {0}; may be NULL */
    const struct importer *const *importers;     /* ended by NULL; may be NULL */
    void (*tick)(struct tx *, const struct who *);   /* each minute on the writer, short; may be NULL */
    /* Registered by engine_open, each once per process: the kinds of signals it takes (device.h), the purposes of visits it
     * asked for (visit.h), and where it keeps personal data (erase.h). Ended by {0}; may be NULL. */
    const struct signal_told *signals;
    const struct visit_told *visits;
    const struct erase_place *erases;
};
extern const struct module *const modules[];     /* ended by NULL; src/modules.c */

#endif
