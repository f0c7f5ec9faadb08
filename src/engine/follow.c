/* follow.c -- a matter that was opened out of another (a whistle out of a report, an order out of an alarm) tells it when it
 * ends: an entry of the other's history and an event to whoever has it, so that nobody has to go and look. See matter.h. */
#include "engine/engine.h"
#include "engine/history.h"
#include "engine/matter.h"
#include "engine/outbox.h"

SQL(select_sources, "select l.from_id from matter_link l join matter m on m.id = l.from_id where l.to_id = $1 and l.type = $2"
                    " and m.phase <= 3 order by l.from_id limit 50");
SQL(count_entry, "update matter set version = version + 1 where id = $1 and version = $2");

static void tell(struct tx *tx, const struct matter *m, struct str note)
{
    struct str state = str_of(m->kind->states[m->state].name);
    struct history_entry entry = {
        .matter = m->id, .at = tx->now, .logged_at = tx->now, .who_name = S("系统"), .verb = S("followed"), .from = state, .to = state,
        .channel = S("system"), .note = note,
    };
    if (db_run(tx, count_entry, IN(m->id, m->version)) != 1)
        tx_refuse(tx, ERR_CONFLICT);
    history_add(tx, &entry);
    struct event event = {
        .at = tx->now, .kind = str_of(m->kind->name), .verb = entry.verb, .from = state, .to = state, .from_phase = m->phase,
        .to_phase = m->phase, .matter = m->id, .place = m->place, .org = m->owner_org, .category = m->category,
        .channel = entry.channel, .urgency = m->urgency, .secrecy = m->secrecy, .title = m->title, .step = entry.seq,
    };
    outbox_put(tx, &event);
}

void matter_tell_sources(struct tx *tx, const struct matter *ended)
{
    int64_t sources[50];
    size_t count = 0;
    struct matter m;
    struct rows rows = db_get(tx, select_sources, IN(ended->id, LINK_FOLLOWS));
    while (count < COUNT(sources) && db_row(&rows, OUT(&sources[count])))
        count++;
    rows_end(&rows);
    if (!count)
        return;
    struct str number = matter_number(tx->arena, ended->kind, ended->opened_at, ended->id);
    struct str note = arena_format(tx->arena, "%s " STR_FMT " %s", ended->kind->label.zh, STR_ARG(number),
                                   ended->kind->states[ended->state].label.zh);
    for (size_t i = 0; i < count; i++)
        if (matter_get(tx, sources[i], &m))
            tell(tx, &m, note);
}
