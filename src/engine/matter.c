/* matter.c -- opening, reading and changing matters; see matter.h. Moves stand in move.c. */
#include "engine/matter.h"

#include "engine/deadline.h"
#include "engine/engine.h"
#include "engine/history.h"
#include "engine/org.h"
#include "engine/outbox.h"
#include "engine/ring.h"
#include "engine/rule.h"

#include <assert.h>
#include <string.h>

SQL(insert_matter, "insert into matter(id, kind, state, phase, title, body, category, channel, urgency, secrecy, area, street,"
                   " community, grid, address, lat, lon, owner_org, owner_account, opened_at, changed_at, due_at, late, version)"
                   " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,"
                   " $22, 0, 1)");
SQL(select_matter, "select kind, state, phase, title, body, category, channel, urgency, secrecy, area, street, community, grid,"
                   " address, lat, lon, owner_org, owner_account, lead, opened_at, changed_at, due_at, closed_at, late, version"
                   " from matter where id = $1");
SQL(select_first_reporter, "select min(id) from matter_reporter where matter = $1");
SQL(update_category, "update matter set category = $1 where id = $2");
SQL(update_place, "update matter set area = $1, street = $2, community = $3, grid = $4, address = $5, lat = $6, lon = $7"
                  " where id = $8");
SQL(update_urgency, "update matter set urgency = $1 where id = $2");
SQL(give_owner, "update matter set owner_account = $1 where id = $2 and owner_account is not null");
SQL(add_version, "update matter set version = version + 1 where id = $1 and version = $2");
SQL(update_lead, "update matter set lead = $1 where id = $2");
SQL(insert_link, "insert into matter_link(from_id, to_id, type, at) values ($1, $2, $3, $4) on conflict do nothing");

static const struct { const char *wire; struct label label; } phases[] = {
    [PHASE_NONE] = { "none", L("无", "None") },
    [PHASE_OPEN] = { "open", L("待受理", "Open") },
    [PHASE_ACTIVE] = { "active", L("办理中", "Active") },
    [PHASE_WAITING] = { "waiting", L("等待中", "Waiting") },
    [PHASE_DONE] = { "done", L("已办结", "Done") },
    [PHASE_VOID] = { "void", L("已作废", "Void") },
};

const char *phase_wire(enum phase p)
{
    assert(p <= PHASE_VOID);
    return phases[p].wire;
}

struct label phase_label(enum phase p)
{
    assert(p <= PHASE_VOID);
    return phases[p].label;
}

static int state_index(const struct kind *kind, struct str name)
{
    for (int i = 0; kind->states[i].name; i++)
        if (str_is(name, kind->states[i].name))
            return i;
    return -1;
}

static bool place_complete(struct tx *tx, struct matter *m)
{
    if (m->place.area == 0)
        m->place.area = m->place.grid ? m->place.grid : m->place.community ? m->place.community : m->place.street;
    if (m->place.area == 0) {
        tx_refuse(tx, ERR_INVALID, "请说明地点所在的街道、社区或网格", "Say in which street, community or grid it is");
        return false;
    }
    if (m->owner_org == 0)
        m->owner_org = org_of_place(tx, m->place);
    if (m->owner_org == 0 && !tx_failed(tx))
        tx_refuse(tx, ERR_INTERNAL, "该地点没有负责的单位", "No organisation is responsible for this place");
    return !tx_failed(tx);
}

static void write_opening(struct tx *tx, const struct who *who, const struct matter *m, struct str note)
{
    const struct state *state = &m->kind->states[0];
    struct history_entry entry = {
        .matter = m->id, .seq = 1, .at = m->opened_at, .logged_at = tx->now, .account = who->account, .who_name = who->name,
        .verb = S("open"), .to = str_of(state->name), .channel = m->channel, .note = note,
    };
    history_add(tx, &entry);
    struct event event = {
        .at = m->opened_at, .kind = str_of(m->kind->name), .verb = S("open"), .to = str_of(state->name),
        .to_phase = m->phase, .matter = m->id, .place = m->place, .org = m->owner_org, .category = m->category,
        .channel = m->channel, .urgency = m->urgency, .secrecy = m->secrecy, .title = m->title,
        .silent = m->opened_at < tx->now - DAYS(1), .unclaimed_delta = m->owner_account ? 0 : 1, .step = entry.seq,
    };
    outbox_put(tx, &event);
}

int64_t matter_open(struct tx *tx, const struct who *who, struct matter *m, ms at, struct str note)
{
    assert(m->kind && m->kind->states[0].name);
    if (!place_complete(tx, m))
        return 0;
    const struct state *state = &m->kind->states[0];
    m->id = db_id(tx, "matter");
    m->state = 0;
    m->phase = state->phase;
    m->opened_at = at ? at : tx->now;
    m->changed_at = m->opened_at;
    m->version = 1;
    if (m->channel.n == 0)
        m->channel = str_of(who->channel ? who->channel : "web");
    ms own = deadline_start(tx, m, state->clock, m->opened_at);
    ms total = m->kind->total_clock ? deadline_start(tx, m, m->kind->total_clock, m->opened_at) : 0;
    m->due_at = total && (own == 0 || total < own) ? total : own;
    db_run(tx, insert_matter,
           IN(m->id, m->kind->name, state->name, m->phase, m->title, m->text, m->category, m->channel, m->urgency,
              m->secrecy, m->place.area, REF0(m->place.street), REF0(m->place.community), REF0(m->place.grid), m->address,
              m->lat, m->lon, m->owner_org, REF0(m->owner_account), m->opened_at, m->changed_at, REF0(m->due_at)));
    write_opening(tx, who, m, note);
    if (state->late == LATE_RING && m->opened_at >= tx->now - DAYS(1))      /* older ones are imports of the past */
        ring_start(tx, m->id);
    return tx_failed(tx) ? 0 : m->id;
}

bool matter_get(struct tx *tx, int64_t id, struct matter *ret)
{
    struct matter m = { .id = id };
    struct str kind, state;
    int phase, urgency, secrecy;
    if (!db_one(tx, select_matter, IN(id),
                OUT(&kind, &state, &phase, &m.title, &m.text, &m.category, &m.channel, &urgency, &secrecy, &m.place.area,
                    &m.place.street, &m.place.community, &m.place.grid, &m.address, &m.lat, &m.lon, &m.owner_org,
                    &m.owner_account, &m.lead, &m.opened_at, &m.changed_at, &m.due_at, &m.closed_at, &m.late,
                    &m.version))) {
        tx_refuse(tx, ERR_NOT_FOUND);
        return false;
    }
    m.kind = engine_kind(engine_of(tx), kind);
    m.state = m.kind ? state_index(m.kind, state) : -1;
    if (m.state < 0) {
        tx_refuse(tx, ERR_NEWER_STORE, "此事项的类型或状态不在本程序中", "This matter has a kind or state unknown to this program");
        return false;
    }
    m.phase = (enum phase)phase;
    m.urgency = (enum urgency)urgency;
    m.secrecy = (enum secrecy)secrecy;
    *ret = m;
    return true;
}

/* Sealed matters are for the roles their kind's may_see names; everybody else sees by area, org or ownership. */
bool matter_visible(struct tx *tx, const struct who *who, const struct matter *m)
{
    if (who->system)
        return true;
    if (m->secrecy == SECRECY_SEALED)
        return m->kind->may_see && m->kind->may_see(tx, who, m->id);
    if (who_may(who, R_ANY & ~R(ADMIN), m->place, m->owner_org))
        return true;
    if (who->account && who->account == m->owner_account)
        return true;
    return m->kind->may_see && m->kind->may_see(tx, who, m->id);
}

bool matter_see(struct tx *tx, const struct who *who, int64_t id, struct matter *ret)
{
    struct matter m;
    if (!matter_get(tx, id, &m))
        return false;
    if (!matter_visible(tx, who, &m)) {
        tx_refuse(tx, ERR_NOT_FOUND);         /* not DENIED: its existence is nobody else's business */
        return false;
    }
    db_one(tx, select_first_reporter, IN(id), OUT(&m.reporter));
    *ret = m;
    return !tx_failed(tx);
}

/* --- numbers ----------------------------------------------------------------------------------------------------------- */

struct str matter_number(struct arena *a, const struct kind *kind, ms opened_at, int64_t id)
{
    char day[6];
    for (int i = 5, left = day_number(opened_at) % 1000000; i >= 0; i--, left /= 10)
        day[i] = (char)('0' + left % 10);
    struct buf b = buf_in(a);
    buf_put(&b, str_of(kind->prefix));
    buf_char(&b, '-');
    buf_put(&b, (struct str){ day, sizeof day });
    buf_char(&b, '-');
    buf_int(&b, id);
    return buf_str(&b);
}

bool matter_from_number(struct str number, int64_t *ret_id)
{
    struct str rest = str_trim(number), prefix, day, id;
    int64_t day_value;
    return str_cut(&rest, '-', &prefix) && str_cut(&rest, '-', &day) && str_cut(&rest, '-', &id) && !rest.p &&
           prefix.n == 2 && day.n == 6 && str_to_i64(day, &day_value) && str_to_i64(id, ret_id) && *ret_id > 0;
}

/* --- changes by effects -------------------------------------------------------------------------------------------------- */

void matter_set_category(struct tx *tx, struct moving *mv, struct str category)
{
    mv->m.category = category;
    db_run(tx, update_category, IN(category, mv->m.id));
}

void matter_set_place(struct tx *tx, struct moving *mv, struct place place, struct str address, int64_t lat, int64_t lon)
{
    assert(place.area);
    mv->m.place = place;
    mv->m.address = address;
    mv->m.lat = lat;
    mv->m.lon = lon;
    db_run(tx, update_place, IN(place.area, REF0(place.street), REF0(place.community), REF0(place.grid), address, lat, lon, mv->m.id));
}

void matter_set_urgency(struct tx *tx, struct moving *mv, enum urgency urgency)
{
    mv->m.urgency = urgency;
    db_run(tx, update_urgency, IN(urgency, mv->m.id));
}

void matter_set_lead(struct tx *tx, struct moving *mv, int64_t lead)
{
    mv->m.lead = lead;
    db_run(tx, update_lead, IN(REF0(lead), mv->m.id));
}

void matter_record(struct tx *tx, const struct who *who, const struct matter *m, const char *verb, struct str note)
{
    struct str state = str_of(m->kind->states[m->state].name);
    if (db_run(tx, add_version, IN(m->id, m->version)) != 1)
        tx_refuse(tx, ERR_CONFLICT);
    struct history_entry entry = {
        .matter = m->id, .at = tx->now, .logged_at = tx->now, .account = who->account, .who_name = who->name, .verb = str_of(verb),
        .from = state, .to = state, .channel = str_of(who->channel ? who->channel : "web"), .note = note,
    };
    history_add(tx, &entry);
    struct event event = {
        .at = tx->now, .kind = str_of(m->kind->name), .verb = entry.verb, .from = state, .to = state, .from_phase = m->phase,
        .to_phase = m->phase, .matter = m->id, .place = m->place, .org = m->owner_org, .category = m->category, .channel = entry.channel,
        .urgency = m->urgency, .secrecy = m->secrecy, .title = m->title, .step = entry.seq,
    };
    outbox_put(tx, &event);
}

void matter_hand_over(struct tx *tx, const struct who *who, const struct matter *m, int64_t to_account, struct str note)
{
    db_run(tx, give_owner, IN(to_account, m->id));
    matter_record(tx, who, m, "handed_over", note);
}

void matter_link(struct tx *tx, int64_t from, int64_t to, enum link_type type)
{
    assert(from && to && from != to);
    db_run(tx, insert_link, IN(from, to, type, tx->now));
}
