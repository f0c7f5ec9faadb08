/* fault.h -- why a request is refused. One fault per apply: the first wins, and after it every db, form and reply
 * call is inert, so bodies read straight down and only the server's epilogue decides.
 * Memory: the texts are literals or belong to the request's arena. Threading: a fault belongs to one tx. */
#ifndef WUXING_BASE_FAULT_H
#define WUXING_BASE_FAULT_H

#include "base/str.h"

/* A text that a user sees, in both languages. */
struct label {
    const char *zh, *en;
};
#define L(zh_text, en_text) { zh_text, en_text }
enum lang { ZH, EN };
struct str label_in(struct label, enum lang);

enum err {
#define X(name, status, wire, zh, en) ERR_##name,
#include "base/err.def"
#undef X
    ERR_COUNT
};

enum bad {
    BAD_NONE,
#define X(name, wire, zh, en) BAD_##name,
#include "base/bad.def"
#undef X
    BAD_COUNT
};

/* One wrong field; `arg` fills the %s of its message; where it is empty, `bound` or `choices` do. */
struct choice;
struct bad_field {
    struct str field;
    enum bad bad;
    struct str arg;
    int64_t bound;
    const struct choice *choices;   /* base/field.h */
    struct label label;             /* the field's own label */
    struct label rule;              /* BAD_RULE only: the sentence itself */
};

enum { FAULT_FIELDS_MAX = 24 };
struct fault {
    enum err code;
    struct label what;              /* a sentence that is more exact than the code's own, or empty */
    const char *file;               /* where it was set: for the log, never for the reply */
    int line;
    int field_count;
    struct bad_field fields[FAULT_FIELDS_MAX];
};

/* Sets code and sentence unless a fault is already there. */
#define fault_set(fault, code, ...) fault_set_at((fault), (code), (struct label){ __VA_ARGS__ }, __FILE__, __LINE__)
void fault_set_at(struct fault *, enum err, struct label what, const char *file, int line);
/* Adds a wrong field; the code becomes ERR_INVALID unless an earlier fault stands. */
void fault_field(struct fault *, struct bad_field);
void fault_clear(struct fault *);

int err_status(enum err);
const char *err_wire(enum err);
struct label err_label(enum err);
const char *bad_wire(enum bad);
struct label bad_label(enum bad);

#endif
