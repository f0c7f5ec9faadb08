/* matter_list.c -- lists of matters by optional filters, newest first or nearest due first, a page at a time.
 *
 * What a caller may see is put into the statement as equality with the one street, community, grid or org of his grant,
 * because those have indexes that end in (opened_at, id); whoever has several gets the wider condition. Either is only the
 * first cut: every row is asked again with matter_visible, which alone decides. */
#include "engine/area.h"
#include "engine/matter_view.h"

#include <assert.h>

enum {
    F_KIND, F_STATE, F_PHASE, F_UNFINISHED, F_STREET, F_COMMUNITY, F_GRID, F_BELOW, F_ACCOUNT, F_ORG,
        F_CATEGORY, F_CHANNEL, F_URGENCY,
    F_FROM, F_TO, F_OVERDUE, F_UNCLAIMED, F_ONLY, F_MY_STREET, F_MY_COMMUNITY, F_MY_GRID, F_MY_ORG, F_MINE,
        F_AFTER, F_DUE_AFTER, F_DUE,
    F_OTHER_KIND, F_URGENT, F_STREET_TOO, F_MY_STREET_TOO, F_CATEGORY_TOO, F_RARE_PHASE,
};
static const struct filter filters[] = {
    [F_KIND] = { "m.kind = ?", 1 },
    [F_STATE] = { "m.state = ?", 1 },
    [F_PHASE] = { "m.phase = ?", 1 },
    [F_UNFINISHED] = { "m.phase < 4", 0 },
    [F_STREET] = { "m.street = ?", 1 },
    [F_COMMUNITY] = { "m.community = ?", 1 },
    [F_GRID] = { "m.grid = ?", 1 },
    [F_BELOW] = { "m.area in (with recursive below(id) as (select cast(? as bigint) union all select b.id from area b"
                  " join below on b.parent = below.id) select id from below)", 1 },
    [F_ACCOUNT] = { "m.owner_account = ?", 1 },
    [F_ORG] = { "m.owner_org = ?", 1 },
    [F_CATEGORY] = { "m.category = ?", 1 },
    [F_CHANNEL] = { "m.channel = ?", 1 },
    [F_URGENCY] = { "m.urgency = ?", 1 },
    [F_FROM] = { "m.opened_at >= ?", 1 },
    [F_TO] = { "m.opened_at < ?", 1 },
    [F_OVERDUE] = { "m.late = 1 and m.phase < 4", 0 },
    [F_UNCLAIMED] = { "m.phase < 4 and m.owner_account is null", 0 },
    [F_ONLY] = { "m.id = ?", 1 },
    [F_MY_STREET] = { "m.street = ?", 1 },
    [F_MY_COMMUNITY] = { "m.community = ?", 1 },
    [F_MY_GRID] = { "m.grid = ?", 1 },
    [F_MY_ORG] = { "(m.owner_org = ? or m.id in (select l.from_id from matter_link l join matter k on k.id = l.to_id"
                   " where l.type = 1 and k.owner_org = ?))", 2 },
    [F_MINE] = { "(m.street in (?, ?, ?, ?) or m.community in (?, ?, ?, ?) or m.grid in (?, ?, ?, ?) or m.owner_org in (?, ?, ?, ?)"
                 " or m.owner_account = ?)", 17 },
    [F_AFTER] = { "(m.opened_at, m.id) < (?, ?)", 2 },
    [F_DUE_AFTER] = { "(m.due_at, m.id) > (?, ?)", 2 },
    [F_DUE] = { "m.due_at is not null and m.phase < 4", 0 },
    [F_OTHER_KIND] = { "m.kind = ? and m.kind <> 'report'", 1 },      /* these say what the partial indexes hold */
    [F_URGENT] = { "m.urgency = ? and m.urgency > 0", 1 },
    [F_STREET_TOO] = { "+m.street = ?", 1 },                          /* checked, but not the way in */
    [F_MY_STREET_TOO] = { "+m.street = ?", 1 },
    [F_CATEGORY_TOO] = { "+m.category = ?", 1 },
    [F_RARE_PHASE] = { "m.phase = ? and m.phase in (2, 3, 5)", 1 },
    {0} };
#define LIST_HEAD "select " ITEM_COLUMNS ITEM_FROM " where m.secrecy < 2 and true"
static const struct sql_list newest_list = { "matter_newest", LIST_HEAD,
        " order by m.opened_at desc, m.id desc limit ?", filters, 0, 1 };
static const struct sql_list due_list = { "matter_due", LIST_HEAD, " order by m.due_at, m.id limit ?", filters, 0, 1 };

enum { VALUES_MAX = 64, SCOPES_MAX = 4, BATCH_MAX = 200, ROUNDS_MAX = 25 };
struct asking {
    uint32_t mask;
    struct in values[32][4];           /* per filter; F_MINE has its own */
    struct in mine[17];
};

static void ask(struct asking *a, int filter, struct in value)
{
    a->mask |= 1u << filter;
    a->values[filter][0] = value;
}

static void ask_two(struct asking *a, int filter, int64_t x, int64_t y)
{
    ask(a, filter, in_i64(x));
    a->values[filter][1] = in_i64(y);
}

/* --- what the caller may see at most --------------------------------------------------------------------------------------- */

static int level_column(const struct grant *g)
{
    return g->level == LEVEL_STREET ? 0 : g->level == LEVEL_COMMUNITY ? 1 : g->level == LEVEL_GRID ? 2 : -1;
}

static void ask_one_scope(struct asking *a, const struct grant *g)
{
    if (g->area && level_column(g) >= 0)
        ask(a, F_MY_STREET + level_column(g), in_i64(g->area));
    else if (!g->area && g->org)
        ask_two(a, F_MY_ORG, g->org, g->org);
}

/* 4 streets, 4 communities, 4 grids, 4 orgs, me. False: he has more than fit, or one finer than a grid. */
static bool ask_scopes(struct asking *a, const struct who *who)
{
    int count[4] = { 0 };
    for (int i = 0; i < 17; i++)
        a->mine[i] = in_i64(0);
    for (int i = 0; i < who->grant_count; i++) {
        const struct grant *g = &who->grants[i];
        int column = g->area ? level_column(g) : g->org ? 3 : -1;
        if (g->role == ROLE_ADMIN)
            continue;
        if (column < 0 || count[column] == SCOPES_MAX)
            return false;
        a->mine[column * SCOPES_MAX + count[column]++] = in_i64(g->area ? g->area : g->org);
    }
    a->mine[16] = in_i64(who->account);
    a->mask |= 1u << F_MINE;
    return true;
}

static void ask_rights(struct asking *a, const struct who *who)
{
    const struct grant *only = NULL;
    int count = 0;
    for (int i = 0; i < who->grant_count; i++) {
        if (who->grants[i].role == ROLE_ADMIN)
            continue;
        if (who->grants[i].area && who->grants[i].level == LEVEL_DISTRICT && !who->grants[i].org)
            return;                                       /* all of the district */
        only = &who->grants[i];
        count++;
    }
    if (who->system)
        return;
    uint32_t before = a->mask;
    if (count == 1)
        ask_one_scope(a, only);
    else if (!ask_scopes(a, who))
        a->mask = before;
}

/* --- what he asks for ----------------------------------------------------------------------------------------------------- */

static void ask_area(struct tx *tx, struct asking *a, int64_t id)
{
    struct area area;
    if (!area_get(tx, id, &area))
        return;
    switch (area.level) {
    case LEVEL_DISTRICT:
        break;
    case LEVEL_STREET:
        ask(a, F_STREET, in_i64(id));
        break;
    case LEVEL_COMMUNITY:
        ask(a, F_COMMUNITY, in_i64(id));
        break;
    case LEVEL_GRID:
        ask(a, F_GRID, in_i64(id));
        break;
    default:
        if (area.place.grid)
            ask(a, F_GRID, in_i64(area.place.grid));
        ask(a, F_BELOW, in_i64(id));
    }
}

static void ask_after(struct tx *tx, struct asking *a, const struct matter_query *q)
{
    struct str rest = q->after, at, id;
    int64_t at_value = 0, id_value = 0;
    if (q->after.n == 0)
        return;
    if (!str_cut(&rest, '-', &at) || !str_cut(&rest, '-', &id) || !str_to_i64(at, &at_value) || !str_to_i64(id,
            &id_value)) {
        fault_field(&tx->fault, (struct bad_field){ .field = S("after"), .bad = BAD_RULE, .label = L("起点", "After"),
            .rule = L("应为上一页给出的 next", "must be the next of the page before") });
        return;
    }
    ask_two(a, q->by_due ? F_DUE_AFTER : F_AFTER, at_value, id_value);
}

/* The phase stands in the indexes, the state does not: a state that has the same phase in every kind asks for it too. */
static void ask_phase_of(struct tx *tx, struct asking *a, struct str state)
{
    enum phase phase = PHASE_NONE;
    for (const struct module *const *module = engine_of(tx)->modules; *module; module++)
        for (const struct kind *const *kind = (*module)->kinds; kind && *kind; kind++)
            for (const struct state *s = (*kind)->states; s->name; s++) {
                if (!str_is(state, s->name))
                    continue;
                if (phase != PHASE_NONE && phase != s->phase)
                    return;
                phase = s->phase;
            }
    if (phase != PHASE_NONE)
        ask(a, F_PHASE, in_i64(phase));
}

static void swap(struct asking *a, int from, int to)
{
    if (!(a->mask & 1u << from))
        return;
    a->mask &= ~(1u << from);
    ask(a, to, a->values[from][0]);
}

/* A street is an eighth of everything: what is rarer, or gives the order, leads to the rows instead. */
static void prefer_rarer(struct asking *a, bool by_due)
{
    const uint32_t rarer = 1u << F_CATEGORY | 1u << F_OTHER_KIND | 1u << F_URGENT | 1u << F_OVERDUE | 1u << F_ACCOUNT;
    const uint32_t others = (rarer & ~(1u << F_CATEGORY)) | 1u << F_ORG | 1u << F_MY_ORG | 1u << F_MINE | 1u << F_BELOW | 1u << F_ONLY;
    const uint32_t small = 1u << F_COMMUNITY | 1u << F_GRID | 1u << F_MY_COMMUNITY | 1u << F_MY_GRID;
    bool rare_phase = a->mask & 1u << F_PHASE && a->values[F_PHASE][0].i != PHASE_OPEN && a->values[F_PHASE][0].i != PHASE_DONE;
    if (a->mask & small)
        swap(a, F_CATEGORY, F_CATEGORY_TOO);
    else if (rare_phase && a->mask & 1u << F_CATEGORY && !by_due && !(a->mask & others))
        swap(a, F_PHASE, F_RARE_PHASE);
    if (!by_due && !(a->mask & rarer))
        return;
    swap(a, F_STREET, F_STREET_TOO);
    swap(a, F_MY_STREET, F_MY_STREET_TOO);
}

static void ask_all(struct tx *tx, struct asking *a, const struct matter_query *q)
{
    const struct { struct str value; int filter; } texts[] = {
        { q->kind, str_is(q->kind, "report") ? F_KIND : F_OTHER_KIND }, { q->state, F_STATE }, { q->category,
              F_CATEGORY }, { q->channel, F_CHANNEL } };
    for (size_t i = 0; i < COUNT(texts); i++)
        if (texts[i].value.n)
            ask(a, texts[i].filter, in_str(texts[i].value));
    const struct { int64_t value; int filter; } numbers[] = {
        { q->phase, F_PHASE }, { q->owner_account, F_ACCOUNT }, { q->owner_org, F_ORG }, { q->from, F_FROM },
              { q->to, F_TO },
        { q->only, F_ONLY } };
    for (size_t i = 0; i < COUNT(numbers); i++)
        if (numbers[i].value)
            ask(a, numbers[i].filter, in_i64(numbers[i].value));
    if (q->urgency)
        ask(a, q->urgency > 1 ? F_URGENT : F_URGENCY, in_i64(q->urgency - 1));
    if (q->state.n && !q->phase)
        ask_phase_of(tx, a, q->state);
    a->mask |= q->overdue ? 1u << F_OVERDUE : 0;
    a->mask |= q->unfinished ? 1u << F_UNFINISHED : 0;
    a->mask |= q->unclaimed ? 1u << F_UNCLAIMED : 0;
    a->mask |= q->by_due ? 1u << F_DUE : 0;
    if (q->area)
        ask_area(tx, a, q->area);
    ask_after(tx, a, q);
}

static struct rows rows_of(struct tx *tx, const struct asking *a, bool by_due, int64_t limit)
{
    struct in *values = arena_array(tx->arena, struct in, VALUES_MAX);
    int count = 0;
    for (int f = 0; filters[f].text; f++)
        for (int i = 0; a->mask & 1u << f && i < filters[f].params; i++)
            values[count++] = f == F_MINE ? a->mine[i] : a->values[f][i];
    values[count++] = in_i64(limit);
    assert(count <= VALUES_MAX);
    struct ins in = { values, count };
    return by_due ? db_list(tx, due_list, a->mask, in) : db_list(tx, newest_list, a->mask, in);
}

/* Rows are copied out before fn and matter_visible ask more, in rounds until the page is full: a refused row costs no
 * place on the page. */
struct str matter_list(struct tx *tx, const struct who *who, const struct matter_query *q, void (*fn)(void *,
        struct matter_item *),
                       void *arg)
{
    struct asking *a = arena_new(tx->arena, struct asking);
    struct matter_item *batch = arena_array(tx->arena, struct matter_item, (size_t)q->limit);
    int64_t shown = 0;
    assert(q->limit > 0 && q->limit <= BATCH_MAX);
    if (!who->system && !(who->roles & R_ANY & ~R(ADMIN)))
        return (struct str){ 0 };                            /* wall screens and mere administrators see no matter */
    ask_all(tx, a, q);
    if (!q->only)
        ask_rights(a, who);                                  /* for one row the exact check is cheaper than a wide condition */
    prefer_rarer(a, q->by_due);
    for (int round = 0; round < ROUNDS_MAX && !tx_failed(tx); round++) {
        int count = 0;
        struct rows rows = rows_of(tx, a, q->by_due, q->limit);
        while (count < q->limit && item_row(&rows, &batch[count]))
            count++;
        rows_end(&rows);
        for (int i = 0; i < count; i++) {
            const struct matter *m = &batch[i].m;
            ms key = q->by_due ? m->due_at : m->opened_at;
            if (matter_visible(tx, who, m)) {
                fn(arg, &batch[i]);
                shown++;
            }
            if (shown == q->limit && (i + 1 < count || count == q->limit))
                return arena_format(tx->arena, "%lld-%lld", (long long)key, (long long)m->id);
            ask_two(a, q->by_due ? F_DUE_AFTER : F_AFTER, key, m->id);
        }
        if (count < q->limit)
            return (struct str){ 0 };
    }
    return tx_failed(tx) ? (struct str){ 0 } : arena_format(tx->arena, "%lld-%lld",
        (long long)a->values[q->by_due ? F_DUE_AFTER : F_AFTER][0].i,
            (long long)a->values[q->by_due ? F_DUE_AFTER : F_AFTER][1].i);
}
