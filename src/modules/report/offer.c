/* offer.c -- which of the allowed moves a page offers: a button that can only be refused teaches people to distrust
 * buttons. The checks themselves stay with the moves; here is only what they refuse whatever the form says. */
#include "engine/mirror.h"
#include "modules/report/report.h"

struct facts {
    struct report_row r;
    bool mirror, upstream_waits, extend_asked, suspend_asked;
    bool extend_mine, suspend_mine;    /* asked by the one who looks */
    bool may_extend;
};

static bool asked(struct tx *tx, const struct who *who, int64_t id, const char *verb, bool *ret_mine)
{
    struct report_waiting w;
    bool waits = report_waits(tx, id, verb, &w);
    *ret_mine = waits && w.account && w.account == who->account;
    return waits;
}

static bool fits(const struct facts *f, const struct who *who, const struct matter *m, const struct move *move)
{
    struct str verb = str_of(move->verb);
    bool at_desk = m->state == REPORT_NEW || m->state == REPORT_ACCEPTED;
    if (str_is(verb, "mirror_answer"))
        return f->mirror;
    if (str_is(verb, "withdraw") || str_is(verb, "reject"))
        return !f->mirror;
    if (str_is(verb, "return"))
        return f->r.returns == 0 && !f->upstream_waits && (f->mirror || !at_desk);
    if (str_is(verb, "refuse_return") || str_is(verb, "resolve"))
        return !f->upstream_waits;
    if (str_is(verb, "extend"))
        return !f->extend_asked && !f->upstream_waits && f->may_extend;
    if (str_is(verb, "suspend"))
        return !f->suspend_asked && !f->upstream_waits;
    if (str_is(verb, "approve_extend") || str_is(verb, "refuse_extend"))
        return f->extend_asked && !f->extend_mine;
    if (str_is(verb, "approve_suspend") || str_is(verb, "refuse_suspend"))
        return f->suspend_asked && !f->suspend_mine;
    if (str_is(verb, "take") && move->to == STATE_SAME)
        return m->owner_account == 0;
    if (str_is(verb, "take") && at_desk)
        return m->secrecy != SECRECY_SEALED;
    if (str_is(verb, "set_accused"))
        return m->secrecy == SECRECY_SEALED;
    if (str_is(verb, "callback"))
        return who->account != f->r.resolver && who->account != m->owner_account;
    return true;
}

int report_offers(struct tx *tx, const struct who *who, const struct matter *m, const struct move **moves, int count)
{
    struct facts f = { 0 };
    struct mirror_request waiting;
    int kept = 0;
    if (!report_get(tx, m->id, &f.r))
        return 0;
    f.mirror = report_is_mirror(tx, m->id);
    f.upstream_waits = f.mirror && mirror_waiting(tx, m->id, S(""), &waiting);
    f.extend_asked = asked(tx, who, m->id, "extend", &f.extend_mine);
    f.suspend_asked = asked(tx, who, m->id, "suspend", &f.suspend_mine);
    f.may_extend = (!f.r.due_close || tx->now < f.r.due_close) && f.r.extends < report_setting(tx, "extend.times", 1);
    for (int i = 0; i < count; i++)
        if (fits(&f, who, m, moves[i]))
            moves[kept++] = moves[i];
    return kept;
}
