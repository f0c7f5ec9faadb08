/* items.c -- what is open in a street when a shift ends; see duty.h. Read from the engine's tables only: a section names clocks, not
 * modules. */
#include "modules/duty/duty.h"

#include "engine/area.h"
#include "engine/device.h"
#include "engine/phone_call.h"
#include "engine/rule.h"

SQL(select_handover, "select outgoing, incoming, offered_at, taken_at from duty_handover where id = $1");
SQL(select_alarms, "select id from matter where street = $1 and urgency = 2 and phase < 4 order by id limit 200");
SQL(select_owed, "select m.id, d.due_at from matter m join deadline d on d.matter = m.id where m.phase < 4 and m.due_at < $1 and m.street = $2"
    " and d.name = $3 and d.done_at is null order by m.due_at, m.id limit 200");
SQL(select_own, "select id from matter where owner_account = $1 and phase < 4 and urgency < 2 and kind <> 'handover' order by opened_at, id limit 100");
SQL(select_lines, "select id, section, ref, body, receiver, receiver_name from duty_line where handover = $1 order by id limit 600");

bool duty_get(struct tx *tx, int64_t id, struct duty_row *row)
{
    *row = (struct duty_row){ .id = id };
    return db_one(tx, select_handover, IN(id), OUT(&row->outgoing, &row->incoming, &row->offered_at, &row->taken_at));
}

/* --- texts: of what is open and of what has ended since ---------------------------------------------------------------- */

SQL(select_promise, "select matter, body from promise where id = $1");

static struct str matter_text(struct tx *tx, const struct who *who, int64_t id)
{
    struct matter_item m;
    if (!item_get(tx, id, &m) || !matter_visible(tx, who, &m.m))
        return S("");
    return arena_format(tx->arena, STR_FMT " " STR_FMT "（%s）", STR_ARG(matter_number(tx->arena, m.m.kind, m.m.opened_at, id)),
                        STR_ARG(m.m.title), m.m.kind->states[m.m.state].label.zh);
}

static struct str promise_text(struct tx *tx, int64_t id)
{
    int64_t matter = 0;
    struct str body;
    struct matter m;
    if (!db_one(tx, select_promise, IN(id), OUT(&matter, &body)) || !matter_get(tx, matter, &m))
        return S("");
    return arena_format(tx->arena, STR_FMT " " STR_FMT, STR_ARG(matter_number(tx->arena, m.kind, m.opened_at, matter)), STR_ARG(body));
}

static struct str call_text(struct tx *tx, int64_t id)
{
    struct phone_call c;
    if (!phone_call_get(tx, id, &c))
        return S("");
    return arena_format(tx->arena, STR_FMT " 来电 " STR_FMT, STR_ARG(duty_when(tx->arena, c.at)),
                        STR_ARG(mask_text(tx->arena, MASK_PHONE, c.number)));
}

static struct str device_text(struct tx *tx, int64_t id)
{
    struct device d = { 0 };
    if (!device_get(tx, id, &d))
        return S("");
    struct str place = d.area ? area_full_name(tx, d.area) : S("");
    struct str seen = d.seen_at ? duty_when(tx->arena, d.seen_at) : S("从未");
    return arena_format(tx->arena, STR_FMT " " STR_FMT "，最后联系 " STR_FMT, STR_ARG(place), STR_ARG(d.account), STR_ARG(seen));
}

struct str duty_text(struct tx *tx, const struct who *who, struct str section, int64_t ref)
{
    if (str_is(section, "promise"))
        return promise_text(tx, ref);
    if (str_is(section, "call"))
        return call_text(tx, ref);
    if (str_is(section, "device"))
        return device_text(tx, ref);
    return matter_text(tx, who, ref);
}

/* --- items ----------------------------------------------------------------------------------------------------------- */

struct gather {
    struct tx *tx;
    const struct who *who;
    struct duty_item *items;
    int count;
    int64_t street, outgoing;
};

static const struct rule_entry *section(struct tx *tx, const char *key)
{
    return rule_entry(rule_set(rules_of(tx), "handover"), str_of(key));
}

static bool has_matter(const struct gather *g, int64_t matter)
{
    for (int i = 0; i < g->count; i++)
        if (g->items[i].matter == matter && !str_is(g->items[i].section->key, "promise"))
            return true;
    return false;
}

static struct duty_item *add(struct gather *g, const char *key, int64_t ref)
{
    struct duty_item *item = &g->items[g->count];
    const struct rule_entry *entry = section(g->tx, key);
    if (!entry || g->count == DUTY_ITEMS_MAX)
        return NULL;
    g->count++;
    *item = (struct duty_item){ .section = entry, .ref = ref };
    return item;
}

static void add_matter(struct gather *g, const char *key, int64_t id)
{
    struct matter m;
    struct str text = has_matter(g, id) ? S("") : duty_text(g->tx, g->who, str_of(key), id);
    struct duty_item *item = text.n && matter_get(g->tx, id, &m) ? add(g, key, id) : NULL;
    if (!item)
        return;
    item->matter = id;
    item->due_at = m.due_at;
    item->text = text;
}

static void add_all(struct gather *g, const char *key, struct rows rows)
{
    int64_t ids[200];
    int count = 0;
    while (count < 200 && db_row(&rows, OUT(&ids[count])))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++)
        add_matter(g, key, ids[i]);
}

static ms within(struct tx *tx, const char *key)
{
    return HOURS(rule_int(section(tx, key), "within_hours", 24));
}

static void add_owed(struct gather *g)
{
    struct str clocks = rule_prop(section(g->tx, "callback"), "clocks"), clock;
    while (str_cut(&clocks, ' ', &clock)) {
        int64_t ids[200], due;
        int count = 0;
        struct rows rows = db_get(g->tx, select_owed, IN(g->tx->now + within(g->tx, "callback"), g->street, clock));
        while (count < 200 && db_row(&rows, OUT(&ids[count], &due)))
            count++;
        rows_end(&rows);
        for (int i = 0; i < count; i++)
            add_matter(g, "callback", ids[i]);
    }
}

static void add_promises(struct gather *g)
{
    struct promise found[100];
    const struct who maker = { .account = g->outgoing };
    int count = 0;
    struct rows rows = promise_mine(g->tx, &maker, 100);
    while (count < 100 && promise_row(&rows, &found[count]))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        struct duty_item *item = add(g, "promise", found[i].id);
        if (!item)
            return;
        item->matter = found[i].matter;
        item->due_at = found[i].due_at;
        item->text = promise_text(g->tx, found[i].id);
    }
}

static void add_calls(struct gather *g)
{
    struct phone_call found[50];
    int count = 0;
    ms since = g->tx->now - within(g->tx, "call");
    struct rows rows = phone_call_open(g->tx, 50);
    while (count < 50 && phone_call_row(&rows, &found[count]))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        struct duty_item *item = found[i].at >= since ? add(g, "call", found[i].id) : NULL;
        if (item)
            item->text = call_text(g->tx, found[i].id);
    }
}

static void add_devices(struct gather *g)
{
    struct device found[100];
    int count = 0;
    struct rows rows = device_silent(g->tx, 100);
    while (count < 100 && device_row(&rows, &found[count]))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        struct place place = { 0 };
        bool here = found[i].area && area_place(g->tx, found[i].area, &place) && place.street == g->street;
        struct duty_item *item = here ? add(g, "device", found[i].id) : NULL;
        if (item)
            item->text = device_text(g->tx, found[i].id);
    }
}

int duty_items(struct tx *tx, const struct who *who, int64_t street, int64_t outgoing, struct duty_item *items)
{
    struct gather g = { .tx = tx, .who = who, .items = items, .street = street, .outgoing = outgoing };
    add_owed(&g);                                      /* first: an alarm that waits for its call-back is one of these */
    add_all(&g, "alarm", db_get(tx, select_alarms, IN(street)));
    add_promises(&g);
    add_calls(&g);
    add_all(&g, "own", db_get(tx, select_own, IN(outgoing)));
    add_devices(&g);
    return g.count;
}

/* --- lines ----------------------------------------------------------------------------------------------------------- */

static int item_of(const struct duty_item *items, int count, struct str key, int64_t ref)
{
    for (int i = 0; i < count; i++)
        if (ref && items[i].ref == ref && str_eq(items[i].section->key, key))
            return i;
    return -1;
}

int duty_lines(struct tx *tx, int64_t handover, const struct duty_item *items, int item_count, struct duty_line *lines)
{
    bool *told = arena_array(tx->arena, bool, (size_t)item_count + 1);
    int count = 0;
    struct duty_line *l = lines;
    struct rows rows = db_get(tx, select_lines, IN(handover));
    while (count < DUTY_LINES_MAX && db_row(&rows, OUT(&l->id, &l->section, &l->ref, &l->body, &l->receiver, &l->receiver_name))) {
        l->item = item_of(items, item_count, l->section, l->ref);
        if (l->item >= 0)
            told[l->item] = true;
        l = &lines[++count];
    }
    rows_end(&rows);
    for (int i = 0; i < item_count && count < DUTY_LINES_MAX; i++)
        if (!told[i])
            lines[count++] = (struct duty_line){ .section = items[i].section->key, .ref = items[i].ref, .item = i };
    return count;
}

int duty_missing(struct tx *tx, const struct duty_item *items, const struct duty_line *lines, int count, struct str *ret_which)
{
    struct buf b = buf_in(tx->arena);
    int missing = 0;
    for (int i = 0; i < count; i++) {
        if (lines[i].item < 0 || lines[i].receiver || lines[i].receiver_name.n)
            continue;
        const struct duty_item *item = &items[lines[i].item];
        if (rule_int(item->section, "receiver", 0) != 1)
            continue;
        if (missing++ < 5)
            buf_format(&b, "%s" STR_FMT, b.n ? "；" : "", STR_ARG(item->text));
    }
    *ret_which = buf_str(&b);
    return missing;
}

/* A hand-over that is over shows what it was, not what is open now. */
void duty_read(struct tx *tx, const struct who *who, const struct matter *m, struct duty_state_of *s)
{
    *s = (struct duty_state_of){ 0 };
    s->items = arena_array(tx->arena, struct duty_item, DUTY_ITEMS_MAX);
    s->lines = arena_array(tx->arena, struct duty_line, DUTY_LINES_MAX);
    if (!duty_get(tx, m->id, &s->row))
        return;
    s->item_count = duty_items(tx, who, m->place.street, s->row.outgoing, s->items);
    s->line_count = duty_lines(tx, m->id, s->items, s->item_count, s->lines);
    if (!phase_unfinished(m->phase)) {
        int kept = 0;
        for (int i = 0; i < s->line_count; i++)
            if (s->lines[i].id)
                s->lines[kept++] = s->lines[i];
        s->line_count = kept;
    }
    s->missing = phase_unfinished(m->phase) ? duty_missing(tx, s->items, s->lines, s->line_count, &s->which) : 0;
}
