/* proof.c -- the start-up proof of a kind's state graph and its drawing; see matter.h. A kind that can lose a matter must
 * not start: a state nobody reaches, an unfinished state without a way out or without a clock, a clock that ends nowhere. */
#include "engine/engine.h"
#include "engine/matter.h"
#include "engine/rule.h"

#include <assert.h>

struct proof {
    const struct kind *kind;
    struct arena *arena;
    struct fault *fault;
    int states;
};

static bool disprove(struct proof *p, const char *what, const char *which)
{
    struct str text = arena_format(p->arena, "kind %s: %s: %s", p->kind->name, what, which);
    fault_set(p->fault, ERR_INTERNAL, text.p, text.p);
    return false;
}

static bool leads(const struct kind *k, const struct move *move, int from)
{
    bool unfinished = phase_unfinished(k->states[from].phase);
    return move->from == from || move->from == STATE_ANY || (move->from == STATE_ANY_UNFINISHED && unfinished) ||
           (move->from == STATE_ANY_FINISHED && !unfinished);
}

static uint64_t reach(const struct kind *k, uint64_t from)
{
    for (uint64_t before = 0; before != from;) {
        before = from;
        for (int s = 0; k->states[s].name; s++)
            for (const struct move *move = k->moves; from >> s & 1 && move->verb; move++)
                if (leads(k, move, s) && move->to >= 0)
                    from |= (uint64_t)1 << move->to;
    }
    return from;
}

static bool state_holds(struct proof *p, int s, uint64_t finished)
{
    const struct state *state = &p->kind->states[s];
    if (!state->label.zh || !state->label.en)
        return disprove(p, "a state lacks a label", state->name);
    if (!phase_unfinished(state->phase))
        return true;
    if (!state->clock)
        return disprove(p, "an unfinished state has no clock", state->name);
    if (state->late == LATE_NONE)
        return disprove(p, "a clock does not end with a human", state->name);
    if (state->late_verb && !kind_move(p->kind, s, str_of(state->late_verb)))
        return disprove(p, "the late verb is no move of its state", state->name);
    if (!(reach(p->kind, (uint64_t)1 << s) & finished))
        return disprove(p, "no way leads from here to an end", state->name);
    return true;
}

static bool move_holds(struct proof *p, const struct move *move)
{
    if (!move->label.zh || !move->label.en)
        return disprove(p, "a move lacks a label", move->verb);
    if (move->to >= p->states || move->from >= p->states || (move->to < 0 && move->to != STATE_SAME))
        return disprove(p, "a move leads nowhere", move->verb);
    if (move->who == 0 && !(move->flags & (MOVE_SYSTEM | MOVE_REPORTER | MOVE_RECIPIENT)))
        return disprove(p, "nobody may perform a move", move->verb);
    if ((move->form == NULL) != (move->form_size == 0))
        return disprove(p, "a move's form and its size disagree", move->verb);
    for (const struct move *other = p->kind->moves; other < move; other++)
        if (str_is(str_of(other->verb), move->verb) && other->from == move->from)
            return disprove(p, "a verb stands twice for one state", move->verb);
    return true;
}

bool kind_prove(const struct kind *kind, struct arena *arena, struct fault *fault)
{
    struct proof p = { kind, arena, fault, 0 };
    uint64_t finished = 0;
    for (; kind->states[p.states].name; p.states++)
        if (!phase_unfinished(kind->states[p.states].phase))
            finished |= (uint64_t)1 << p.states;
    if (p.states == 0 || p.states > 63 || !kind->total_clock)
        return disprove(&p, "needs 1 to 63 states and a total clock", kind->name);
    uint64_t reached = reach(kind, 1);
    for (int s = 0; s < p.states; s++) {
        if (!(reached >> s & 1))
            return disprove(&p, "a state cannot be reached", kind->states[s].name);
        if (!state_holds(&p, s, finished))
            return false;
    }
    for (const struct move *move = kind->moves; move->verb; move++)
        if (!move_holds(&p, move))
            return false;
    return true;
}

static void dot_edge(struct buf *b, const struct kind *k, int from, const struct move *move, enum lang lang)
{
    int to = move->to >= 0 ? move->to : from;
    if (to == from)
        return;                               /* notes and the like would only blacken the picture */
    buf_format(b, "  %s -> %s [label=\"%s\"%s];\n", k->states[from].name, k->states[to].name, label_in(move->label, lang).p,
               move->flags & MOVE_SYSTEM ? ", style=dashed" : "");
}

struct str kind_dot(const struct kind *k, struct arena *arena, enum lang lang)
{
    struct buf b = buf_in(arena);
    buf_format(&b, "digraph %s {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n", k->name);
    for (const struct state *s = k->states; s->name; s++)
        buf_format(&b, "  %s [label=\"%s\\n%s%s%s\"%s];\n", s->name, label_in(s->label, lang).p, phase_wire(s->phase),
                   s->clock ? "\\n" : "", s->clock ? s->clock : "", phase_unfinished(s->phase) ? "" : ", peripheries=2");
    for (int s = 0; k->states[s].name; s++)
        for (const struct move *move = k->moves; move->verb; move++)
            if (leads(k, move, s))
                dot_edge(&b, k, s, move, lang);
    buf_put(&b, S("}\n"));
    return buf_str(&b);
}
