/* imports.h -- inside the engine's importers (imports*.c): what their rows have in common.
 * Memory: tx->arena. Threading: as the tx. */
#ifndef WUXING_ENGINE_IMPORTS_H
#define WUXING_ENGINE_IMPORTS_H

#include "engine/import.h"

extern const struct importer import_areas, import_orgs, import_seats, import_contacts, import_people, import_accounts;

/* The key of a rule's entry that a cell names by key or by either label; a fault at `field` when there is none. */
struct str import_rule_key(struct tx *, const char *rule, struct str cell, const char *field, struct label label);
/* An area or an org by its code (or, an area, by its full name); 0 for the empty cell. `must`: a fault when missing. */
int64_t import_area(struct tx *, struct str code, const char *field, bool must);
int64_t import_org(struct tx *, struct str code, const char *field, bool must);
enum import_fate import_fate_of(bool known, bool same);

#endif
