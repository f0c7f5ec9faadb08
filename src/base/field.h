/* field.h -- field tables: one row says what a field is, and drives decoding, validation and its messages in both
 * languages, encoding, masking, forms, XLSX and CSV columns, and OpenAPI.
 * A form is a struct whose FIRST member is `struct has has;`; the table is an array of rows ended by {0}.
 * Absent is not zero: field_has() tells. Text members are `struct str` into the arena that decoded them.
 * Lengths of TEXT are characters; coordinates are int64_t of 1e-7 degree (WGS-84); times are ms, days are 20261123.
 * Faults: field_* setters add one bad_field per wrong value (ERR_INVALID). Threading: tables are const. */
#ifndef WUXING_BASE_FIELD_H
#define WUXING_BASE_FIELD_H

#include "base/fault.h"
#include "base/json.h"

struct has {
    uint64_t bits;                 /* bit i: row i of the table was given */
};

enum field_type {
    FIELD_END,
    BOOL,                          /* bool */
    INT,                           /* int64_t, min..max (both 0: no bound) */
    ID,                            /* int64_t > 0, the id of a row of the table named in .ref */
    TEXT,                          /* struct str, min..max characters (max 0: 200), one line */
    LONG_TEXT,                     /* struct str, min..max characters (max 0: 4000), lines allowed */
    CHOICE,                        /* struct str, one of .choices */
    RULE,                          /* struct str, the key of an entry of the rule named in .ref (checked by the engine) */
    TIME,                          /* ms */
    DAY,                           /* int64_t 20261123 */
    DEGREE,                        /* int64_t of 1e-7 degree */
    PHONE,                         /* struct str, normalised: digits and a leading + */
    IDCARD,                        /* struct str, GB 11643 checked, upper case X */
    USCC,                          /* struct str, GB 32100 checked */
    SECRET,                        /* struct str, never logged, echoed or exported; 1..200 bytes */
    IDS,                           /* struct ids, min..max entries (max 0: FORM_LIST_MAX) */
    TEXTS,                         /* struct texts, the same; each entry as TEXT of at most 200 characters */
    OBJECT,                        /* nested struct with its own .sub table */
    LIST,                          /* struct list of .sub rows of .sub_size bytes, min..max entries */
};

struct ids { int64_t *items; int64_t count; };
struct texts { struct str *items; int64_t count; };
struct list { void *items; int64_t count; };                     /* items: `sub_size` bytes each, each with its own has */

struct choice {
    const char *name;
    struct label label;
};

/* How a value is shown to somebody who may see the record but has given no reason (STANDARDS 10.3). */
enum mask { MASK_NONE, MASK_NAME, MASK_PHONE, MASK_IDCARD, MASK_ADDRESS, MASK_HIDE };

struct field {
    const char *name;              /* wire name, snake_case */
    enum field_type type;
    size_t offset;
    struct label label;
    bool required;
    int64_t min, max;
    const struct choice *choices;  /* CHOICE: ended by {0} */
    const struct field *sub;       /* OBJECT, LIST */
    size_t sub_size;
    const char *ref;               /* ID: the noun; RULE: the rule */
    enum mask mask;
    const char *purpose;           /* personal data only: why it is kept (purpose, legal basis and retention: rules/purposes.yaml) */
    struct label help;             /* a line under the input */
};

#define FIELD(type_name, member, field_type, ...) \
    { .name = #member, .type = (field_type), .offset = offsetof(type_name, member), __VA_ARGS__ }

enum { FORM_FIELDS_MAX = 64, FORM_LIST_MAX = 500 };

int field_count(const struct field *table);
const struct field *field_find(const struct field *table, struct str name);
bool field_has(const struct field *table, const void *form, const char *name);
bool field_has_row(const struct field *table, const void *form, const struct field *row);
void field_mark(const struct field *table, void *form, const struct field *row);   /* sets the row's presence bit */
void *field_at(void *form, const struct field *row);

/* Sets one field from text (a query, a form body, a CSV or XLSX cell). False and a bad_field when it is wrong. */
bool field_from_text(const struct field *table, const struct field *row, void *form, struct str value, struct arena *,
                     struct fault *);
/* One more entry of an IDS or TEXTS row; field_from_text takes the whole list, cut at commas (, ， 、 ;). */
bool field_add_text(const struct field *table, const struct field *row, void *form, struct str value, struct arena *,
                    struct fault *);
/* One more entry of a LIST row, zeroed, to be filled; NULL and a bad_field past the row's maximum. */
void *field_add_entry(const struct field *table, const struct field *row, void *form, struct arena *, struct fault *);
/* Sets a number that arrived as a number; TEXT rows refuse it. */
bool field_from_int(const struct field *table, const struct field *row, void *form, int64_t value, struct fault *);
/* After all values: the required ones must be there. `prefix` names the place in nested forms ("reporter.") or is "". */
void field_require(const struct field *table, const void *form, struct str prefix, struct arena *, struct fault *);

/* Writes "name": value for each present row (all rows when `all`), masked when `masked`. Inside an open object. */
void field_write(struct json *, const struct field *table, const void *form, bool all, bool masked);
/* The same as text for a CSV or XLSX cell. */
struct str field_to_text(struct arena *, const struct field *row, const void *form, bool masked);
/* Describes the table for forms: [{name,type,label,required,min,max,choices,help,...}]. */
void field_describe(struct json *, const struct field *table, enum lang);

const char *field_type_name(enum field_type);  /* "text", "id_number" ... as forms and OpenAPI name it */
struct str mask_text(struct arena *, enum mask, struct str value);
struct str bad_message(struct arena *, const struct bad_field *, enum lang);

/* Checks of STANDARDS 10.4. */
bool idcard_ok(struct str);                    /* GB 11643-1999: 18 characters, date, ISO 7064 MOD 11-2 */
bool uscc_ok(struct str);                      /* GB 32100-2015: 18 characters, mod 31 */
bool phone_normal(struct arena *, struct str, struct str *ret_phone) MUST_USE;

#endif
