/* scan.c -- see scan.h. */
#include "engine/scan.h"

struct str scan_text(struct arena *a, struct str number, const char *form)
{
    return arena_format(a, "wx:" STR_FMT ":%s", STR_ARG(number), form);
}

/* As kind.papers names them. */
static bool is_form(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!(name.p[i] >= 'a' && name.p[i] <= 'z') && name.p[i] != '_')
            return false;
    return name.n > 0;
}

bool scan_read(struct str text, int64_t *ret_matter, struct str *ret_form)
{
    struct str rest = str_trim(text), mark, number, form;
    int64_t id;
    if (!str_cut(&rest, ':', &mark) || !str_cut(&rest, ':', &number) || !str_cut(&rest, ':', &form) || rest.p)
        return false;
    if (!str_is(mark, "wx") || !is_form(form) || !matter_from_number(number, &id))
        return false;
    *ret_matter = id;
    *ret_form = form;
    return true;
}

static const struct choice *form_of(const struct kind *kind, struct str name)
{
    for (const struct choice *c = kind->papers; c && c->name; c++)
        if (str_is(name, c->name))
            return c;
    return NULL;
}

struct wanted {
    const char *verb;
    const struct move *found;
};

static void keep_wanted(void *arg, const struct move *move)
{
    struct wanted *w = arg;
    if (!w->found && str_is(str_of(w->verb), move->verb))
        w->found = move;
}

/* Would its check let it through? Asked of moves without a form only: other checks read what is filled in later. */
static bool passes(struct tx *tx, const struct who *who, const struct matter *m, const struct move *move)
{
    struct moving mv = { .m = *m, .who = who, .move = move, .at = tx->now, .file = -1 };
    if (tx_failed(tx) || !move->check || move->form)
        return !tx_failed(tx);
    bool ok = move->check(tx, &mv) && !tx_failed(tx);
    fault_clear(&tx->fault);                     /* a question, not an attempt */
    return ok;
}

/* The first row of kind.sheets whose move this person may do now. */
static const struct move *move_of(struct tx *tx, const struct who *who, const struct scan *scan)
{
    for (const struct sheet *sheet = scan->m.kind->sheets; sheet && sheet->form; sheet++) {
        if (!str_is(str_of(sheet->form), scan->form->name))
            continue;
        struct wanted w = { .verb = sheet->verb };
        matter_moves(tx, who, &scan->m, keep_wanted, &w);
        if (w.found && passes(tx, who, &scan->m, w.found))
            return w.found;
    }
    return NULL;
}

bool scan_find(struct tx *tx, const struct who *who, struct str text, struct scan *ret)
{
    int64_t id;
    struct str name;
    struct scan scan = { 0 };
    if (!scan_read(text, &id, &name)) {
        tx_refuse(tx, ERR_NOT_FOUND, "照片上没有本系统的二维码，请把二维码拍全拍清",
                  "There is no QR code of this system in the photo; take it again with the whole code in it");
        return false;
    }
    if (!matter_see(tx, who, id, &scan.m))
        return false;
    scan.form = form_of(scan.m.kind, name);
    if (!scan.form) {
        tx_refuse(tx, ERR_NOT_FOUND, "二维码上的文书与该事项不符", "The form named by the QR code does not belong to this matter");
        return false;
    }
    scan.move = move_of(tx, who, &scan);
    *ret = scan;
    return !tx_failed(tx);
}
