/* rule.h -- rules of law and local limits as data: rules/NAME.yaml, each with version, date, source and whether it is an
 * assumption; a street overrides single values with a reason (table rule_override), which gives a new set.
 * A set is immutable; engine->rules is swapped when an override is written; texts live as long as the process.
 * Threading: read from any thread. */
#ifndef WUXING_ENGINE_RULE_H
#define WUXING_ENGINE_RULE_H

#include "base/field.h"
#include "engine/engine.h"

struct rule_prop { struct str name, value; };
struct rule_entry {
    struct str key;
    struct label label;                /* zh, en */
    struct str parent;                 /* another entry's key, or empty */
    const struct rule_prop *props;     /* every other scalar of the entry */
    int prop_count;
    bool overridden;
};
struct rule_set {
    struct str name, version, date, source;
    struct label label;
    bool assumption;
    const struct rule_entry *entries;  /* in file order */
    int count;
    const uint32_t *slots;             /* hash of keys: entry + 1, or 0 */
    uint32_t slot_mask;
};

struct rules *rules_load(struct fault *);                                        /* from the embedded files */
/* One file's text; `file` is named in faults (INTERNAL). The set lives in the arena. */
bool rule_set_read(struct arena *, const char *file, const char *text, struct rule_set *ret_set, struct fault *);
void rules_free(struct rules *);                                                 /* and all older ones */
struct rules *rules_of(const struct tx *);
bool rules_refresh(struct tx *);                                                 /* applies rule_override rows; swaps */
const struct rule_set *rule_set(const struct rules *, const char *name);         /* NULL when there is none */
const struct rule_entry *rule_entry(const struct rule_set *, struct str key);    /* by hash; NULL when there is none */
struct str rule_prop(const struct rule_entry *, const char *name);               /* empty when absent */
int64_t rule_int(const struct rule_entry *, const char *name, int64_t otherwise);
/* Refuses (BAD_CHOICE at `field`) a value that is no key of the rule. Empty values pass. */
bool rule_check(struct tx *, const char *rule, struct str key, const char *field, struct label label);

/* Limits (rules/limits.yaml): `value` and `unit` of the most exact entry: NAME/CATEGORY!urgent, NAME/CATEGORY, the
 * category's parents, NAME!urgent, NAME. Units: second, minute, hour (clock, 24 h), working_hour, working_day, day. */
enum limit_unit { UNIT_SECOND, UNIT_MINUTE, UNIT_HOUR, UNIT_WORKING_HOUR, UNIT_WORKING_DAY, UNIT_DAY };
struct limit {
    int64_t value;
    enum limit_unit unit;
    const struct rule_entry *entry;    /* NULL: no such limit */
};
struct limit rule_limit(const struct tx *, const char *name, struct str category, enum urgency);
/* When the limit ends that starts at `start`, over the calendar of rules/calendar.yaml (holidays and make-up days;
 * working hours of rules/office.yaml). Years without a published calendar count Monday-Friday, `ret_assumed` set. */
ms limit_end(const struct tx *, struct limit, ms start, bool *ret_assumed);
bool working_day(const struct tx *, int day_number);
ms working_ms_between(const struct tx *, ms from, ms to);
struct str limit_text(struct arena *, struct limit, enum lang);                  /* "4 个工作小时" */

#endif
