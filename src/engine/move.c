/* move.c -- performing a move: find, see, allow, check, effect, update, clocks, history, outbox, subscriptions: one
 * transaction, one order, for every kind. See matter.h. */
#include "engine/deadline.h"
#include "engine/engine.h"
#include "engine/history.h"
#include "engine/matter.h"
#include "engine/outbox.h"
#include "engine/ring.h"

#include <assert.h>

SQL(update_moved, "update matter set state = $1, phase = $2, owner_org = $3, owner_account = $4, changed_at = $5, due_at = $6,"
                  " closed_at = $7, late = $8, version = version + 1 where id = $9 and version = $10");
SQL(select_resolver, "select account from history where matter = $1 and to_state = $2 and (from_state is null or from_state <> to_state)"
                     " order by seq desc limit 1");

enum { MOVES_MAX = 64 };              /* open to one state */

static bool from_fits(const struct kind *kind, const struct move *move, int state)
{
    bool unfinished = phase_unfinished(kind->states[state].phase);
    return move->from == state || move->from == STATE_ANY || (move->from == STATE_ANY_UNFINISHED && unfinished) ||
           (move->from == STATE_ANY_FINISHED && !unfinished);
}

const struct move *kind_move(const struct kind *kind, int state, struct str verb)
{
    for (const struct move *move = kind->moves; move->verb; move++)
        if (str_is(verb, move->verb) && from_fits(kind, move, state))
            return move;
    return NULL;
}

static bool verb_known(const struct kind *kind, struct str verb)
{
    for (const struct move *move = kind->moves; move->verb; move++)
        if (str_is(verb, move->verb))
            return true;
    return false;
}

/* The account that brought the matter into its present state: the one whose work a call-back asks about. */
static int64_t resolver_of(struct tx *tx, const struct matter *m)
{
    int64_t account = 0;
    db_one(tx, select_resolver, IN(m->id, m->kind->states[m->state].name), OUT(&account));
    return account;
}

static bool allowed(struct tx *tx, const struct who *who, const struct matter *m, const struct move *move, bool by_link)
{
    if (who->system)
        return true;
    if (move->flags & MOVE_SYSTEM)
        return false;
    if (by_link)
        return move->flags & (MOVE_REPORTER | MOVE_RECIPIENT);
    bool in_scope = move->flags & MOVE_OTHER_OWNER ? who_has(who, move->who) : who_may(who, move->who, m->place, m->owner_org);
    if (!in_scope)
        return false;
    return !(move->flags & MOVE_NOT_OWNER) || (who->account != m->owner_account && who->account != resolver_of(tx, m));
}

/* A check that has no form to look at answers the same on the page as on the press. */
static bool check_stands(struct tx *tx, const struct who *who, const struct matter *m, const struct move *move)
{
    if (!move->check || move->form || move->flags & MOVE_BY_SHEET)       /* the sheet is what such a check looks at */
        return true;
    struct moving mv = { .m = *m, .who = who, .move = move, .at = tx->now };
    bool stands = move->check(tx, &mv) && !tx_failed(tx);
    if (err_status(tx->fault.code) < 500)
        fault_clear(&tx->fault);
    return stands;
}

void matter_moves(struct tx *tx, const struct who *who, const struct matter *m, void (*fn)(void *, const struct move *), void *arg)
{
    const struct move *open[MOVES_MAX];
    int count = 0;
    for (const struct move *move = m->kind->moves; move->verb; move++)
        if (from_fits(m->kind, move, m->state) && allowed(tx, who, m, move, false) && check_stands(tx, who, m, move)) {
            assert(count < MOVES_MAX);
            open[count++] = move;
        }
    if (m->kind->offers && count)
        count = m->kind->offers(tx, who, m, open, count);
    for (int i = 0; i < count; i++)
        fn(arg, open[i]);
}

static const struct move *find_move(struct tx *tx, int64_t id, const char *verb, struct moving *mv)
{
    if (!matter_get(tx, id, &mv->m))
        return NULL;
    if (!mv->by_link && !matter_visible(tx, mv->who, &mv->m)) {
        tx_refuse(tx, ERR_NOT_FOUND);
        return NULL;
    }
    const struct move *move = kind_move(mv->m.kind, mv->m.state, str_of(verb));
    if (!move && verb_known(mv->m.kind, str_of(verb)))
        tx_refuse(tx, ERR_STATE);
    else if (!move)
        tx_refuse(tx, ERR_NOT_FOUND, "没有这种办理方式", "There is no such move");
    else if (!allowed(tx, mv->who, &mv->m, move, mv->by_link))
        tx_refuse(tx, ERR_DENIED);
    else if (mv->version && mv->version != mv->m.version)
        tx_refuse(tx, ERR_STALE);
    return tx_failed(tx) ? NULL : move;
}

/* The note of the history: the move's own, or what the form calls note, reason or text. */
static struct str note_of(const struct moving *mv)
{
    static const char *const names[] = { "note", "reason", "text", "result" };
    if (mv->note.n || !mv->form || !mv->move->form)
        return mv->note;
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct field *row = field_find(mv->move->form, str_of(names[i]));
        if (row && (row->type == TEXT || row->type == LONG_TEXT)) {
            const struct str *text = field_at(mv->form, row);
            if (text->n)
                return *text;
        }
    }
    return S("");
}

/* The form as JSON for the history, without secrets and personal data, which live sealed in their own rows. */
static struct str form_of(struct tx *tx, const struct moving *mv)
{
    if (!mv->form || !mv->move->form)
        return S("");
    struct json j = json_in(tx->arena);
    json_obj(&j);
    field_write(&j, mv->move->form, mv->form, false, true);
    json_end(&j);
    return json_done(&j);
}

static void move_clocks(struct tx *tx, const struct moving *mv, const struct state *from, const struct state *to, bool was_open)
{
    const struct matter *m = &mv->m;
    bool open = phase_unfinished(to->phase);
    if (!open && was_open) {
        deadline_stop(tx, m->id, NULL, mv->at);
        return;
    }
    if (!open)
        return;
    if (!was_open && m->kind->total_clock)
        deadline_start(tx, m, m->kind->total_clock, mv->at);
    bool same = was_open && from->clock && to->clock && str_is(str_of(from->clock), to->clock);
    if (from != to && was_open && !same)
        deadline_stop(tx, m->id, from->clock, mv->at);
    if (from != to && !same && to->clock) {
        if (mv->due_override)
            deadline_start_until(tx, m, to->clock, mv->at, mv->due_override);
        else
            deadline_start(tx, m, to->clock, mv->at);
    } else if (mv->due_override && to->clock) {
        deadline_extend(tx, m->id, to->clock, mv->due_override);
    }
}

static void announce(struct tx *tx, struct moving *mv, const struct state *from, const struct state *to, bool was_late,
                     bool was_unclaimed)
{
    const struct matter *m = &mv->m;
    bool open_now = phase_unfinished(to->phase);
    mv->note = note_of(mv);
    struct history_entry entry = {
        .matter = m->id, .at = mv->at, .logged_at = tx->now, .account = mv->who->account, .who_name = mv->who->name,
        .verb = str_of(mv->move->verb), .from = str_of(from->name), .to = str_of(to->name),
        .channel = str_of(mv->who->channel ? mv->who->channel : "web"), .note = mv->note, .form = form_of(tx, mv), .file = mv->file,
    };
    history_add(tx, &entry);
    struct event event = {
        .at = tx->now, .kind = str_of(m->kind->name), .verb = entry.verb, .from = entry.from, .to = entry.to,
        .from_phase = from->phase, .to_phase = to->phase, .matter = m->id, .place = m->place, .org = m->owner_org,
        .category = m->category, .channel = entry.channel, .urgency = m->urgency, .secrecy = m->secrecy, .title = m->title,
        .silent = mv->silent, .late_delta = m->late - was_late,
        .unclaimed_delta = (open_now && !m->owner_account) - was_unclaimed, .step = entry.seq,
    };
    if (mv->silent)
        event.at = mv->at;
    outbox_put(tx, &event);
}

/* A matter that changes its place leaves one area's counts and enters another's. */
static void announce_place(struct tx *tx, const struct moving *mv, struct place before, enum phase phase, bool was_late, bool was_unclaimed)
{
    const struct matter *m = &mv->m;
    struct event event = {
        .at = mv->at, .kind = str_of(m->kind->name), .verb = S("placed_out"), .from_phase = phase, .matter = m->id,
        .place = before, .org = m->owner_org, .category = m->category, .channel = m->channel, .urgency = m->urgency,
        .secrecy = m->secrecy, .silent = true, .late_delta = -was_late, .unclaimed_delta = -was_unclaimed,
    };
    outbox_put(tx, &event);
    event.verb = S("placed_in");
    event.from_phase = PHASE_NONE;
    event.to_phase = phase;
    event.place = m->place;
    event.late_delta = was_late;
    event.unclaimed_delta = was_unclaimed;
    outbox_put(tx, &event);
}

static void tell_subscribers(struct tx *tx, const struct moving *mv, enum phase before)
{
    const struct matter *m = &mv->m;
    for (const struct module *const *module = engine_of(tx)->modules; *module; module++)
        for (const struct subscription *on = (*module)->on; on && on->kind; on++)
            if (str_is(str_of(on->kind), m->kind->name) && (on->phase == PHASE_NONE || (on->phase == m->phase && before != m->phase)))
                on->fn(tx, m, mv);
}

static bool kind_rings(const struct kind *kind)
{
    for (const struct state *state = kind->states; state->name; state++)
        if (state->late == LATE_RING)
            return true;
    return false;
}

/* Telephones ring as long as a matter stands in a state that says so, whatever a module forgets. */
static void move_ring(struct tx *tx, const struct moving *mv, const struct state *from, const struct state *to)
{
    bool rang = from->late == LATE_RING, rings = to->late == LATE_RING;
    if (rang && !rings)
        ring_stop(tx, mv->who, mv->m.id);
    else if (rings && !rang)
        ring_start(tx, mv->m.id);
    if (phase_unfinished(from->phase) && !phase_unfinished(to->phase) && kind_rings(mv->m.kind))
        ring_end(tx, mv->m.id);
}

static void set_owner(struct moving *mv)
{
    struct matter *m = &mv->m;
    if (mv->to_org)
        m->owner_org = mv->to_org;
    if (mv->clear_account || (mv->to_org && !mv->to_account))
        m->owner_account = 0;
    if (mv->to_account)
        m->owner_account = mv->to_account;
    if (mv->move->flags & MOVE_CLAIMS && mv->who->account)
        m->owner_account = mv->who->account;
}

bool matter_move(struct tx *tx, int64_t id, const char *verb, struct moving *mv)
{
    assert(mv->who && tx->writes);
    const struct move *move = find_move(tx, id, verb, mv);
    if (!move)
        return false;
    mv->move = move;
    mv->at = mv->at ? mv->at : tx->now;
    if (move->check && !move->check(tx, mv)) {
        tx_refuse(tx, ERR_DENIED);            /* a check that refuses without a fault of its own */
        return false;
    }
    struct matter *m = &mv->m;
    const struct state *from = &m->kind->states[m->state];
    const struct state *to = move->to >= 0 ? &m->kind->states[move->to] : from;
    bool was_open = phase_unfinished(from->phase), was_late = m->late, was_unclaimed = was_open && !m->owner_account;
    int64_t version = m->version;
    struct place place = m->place;
    if (move->effect)
        move->effect(tx, mv);
    if (place.area != m->place.area && was_open)
        announce_place(tx, mv, place, from->phase, was_late, was_unclaimed);
    set_owner(mv);
    move_clocks(tx, mv, from, to, was_open);
    m->state = (int)(to - m->kind->states);
    m->phase = to->phase;
    m->late = phase_unfinished(to->phase) && deadline_is_late(tx, m->id);
    m->due_at = phase_unfinished(to->phase) ? deadline_next(tx, m->id) : 0;
    m->closed_at = phase_unfinished(to->phase) ? 0 : was_open ? mv->at : m->closed_at;
    m->changed_at = mv->at;
    m->version = version + 1;
    if (db_run(tx, update_moved,
               IN(to->name, m->phase, m->owner_org, REF0(m->owner_account), m->changed_at, REF0(m->due_at), REF0(m->closed_at),
                  m->late, id, version)) != 1)
        tx_refuse(tx, ERR_CONFLICT);
    move_ring(tx, mv, from, to);
    announce(tx, mv, from, to, was_late, was_unclaimed);
    if (was_open && !phase_unfinished(m->phase))
        matter_tell_sources(tx, m);
    tell_subscribers(tx, mv, from->phase);
    return !tx_failed(tx);
}
