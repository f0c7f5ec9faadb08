/* fault.c -- see fault.h. */
#include "base/fault.h"

#include <assert.h>

static const struct {
    int status;
    const char *wire;
    struct label label;
} errs[] = {
#define X(name, status, wire, zh, en) { status, wire, { zh, en } },
#include "base/err.def"
#undef X
};

static const struct {
    const char *wire;
    struct label label;
} bads[] = {
    { "", { "", "" } },
#define X(name, wire, zh, en) { wire, { zh, en } },
#include "base/bad.def"
#undef X
};

struct str label_in(struct label l, enum lang lang)
{
    return str_of(lang == EN && l.en ? l.en : l.zh);
}

void fault_set_at(struct fault *f, enum err code, struct label what, const char *file, int line)
{
    assert(code > ERR_OK && code < ERR_COUNT);
    if (f->code != ERR_OK)
        return;
    f->code = code;
    f->what = what;
    f->file = file;
    f->line = line;
}

void fault_field(struct fault *f, struct bad_field field)
{
    assert(field.bad > BAD_NONE && field.bad < BAD_COUNT);
    if (f->code != ERR_OK && f->code != ERR_INVALID)
        return;
    f->code = ERR_INVALID;
    if (f->field_count < FAULT_FIELDS_MAX)
        f->fields[f->field_count++] = field;
}

void fault_clear(struct fault *f)
{
    *f = (struct fault){ 0 };
}

int err_status(enum err code)
{
    assert(code < ERR_COUNT);
    return errs[code].status;
}

const char *err_wire(enum err code)
{
    assert(code < ERR_COUNT);
    return errs[code].wire;
}

struct label err_label(enum err code)
{
    assert(code < ERR_COUNT);
    return errs[code].label;
}

const char *bad_wire(enum bad bad)
{
    assert(bad < BAD_COUNT);
    return bads[bad].wire;
}

struct label bad_label(enum bad bad)
{
    assert(bad < BAD_COUNT);
    return bads[bad].label;
}
