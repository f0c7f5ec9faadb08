/* matter_view.c -- a matter as a row and as a page; see matter_view.h. Lists are matter_list.c. */
#include "engine/matter_view.h"

#include "engine/area.h"
#include "engine/deadline.h"
#include "engine/file.h"
#include "engine/history.h"
#include "engine/mirror.h"
#include "engine/org.h"
#include "engine/outbox.h"
#include "engine/person.h"
#include "engine/promise.h"
#include "engine/rule.h"

SQL(select_item, "select " ITEM_COLUMNS ITEM_FROM " where m.id = $1");
SQL(select_links, "select l.type, 1, l.to_id from matter_link l where l.from_id = $1"
    " union all select l.type, 0, l.from_id from matter_link l where l.to_id = $2 order by 1, 3");
SQL(select_opened, "select opened_at from matter where id = $1");
SQL(select_file_account, "select name from account where id = $1");

/* --- rows --------------------------------------------------------------------------------------------------------------- */

bool item_row(struct rows *rows, struct matter_item *ret)
{
    struct matter_item item = { 0 };
    struct matter *m = &item.m;
    struct str kind, state;
    int phase, urgency, secrecy;
    int64_t mirrors = 0;
    if (!db_row(rows, OUT(&m->id, &kind, &state, &phase, &m->title, &m->category, &urgency, &secrecy, &m->place.area,
                          &m->place.street, &m->place.community, &m->place.grid, &m->owner_org,
                              &m->owner_account, &m->channel,
                          &m->opened_at, &m->changed_at, &m->due_at, &m->late, &m->version, &item.area_name,
                              &item.org_name,
                          &item.account_name, &item.reporter_count, &mirrors)))
        return false;
    m->kind = engine_kind(engine_of(rows->tx), kind);
    m->state = -1;
    for (int i = 0; m->kind && m->kind->states[i].name; i++)
        if (str_is(state, m->kind->states[i].name))
            m->state = i;
    if (m->state < 0) {
        tx_refuse(rows->tx, ERR_NEWER_STORE, "此事项的类型或状态不在本程序中",
            "This matter has a kind or state unknown to this program");
        rows_end(rows);
        return false;
    }
    m->phase = (enum phase)phase;
    m->urgency = (enum urgency)urgency;
    m->secrecy = (enum secrecy)secrecy;
    item.mirror = mirrors > 0;
    *ret = item;
    return true;
}

bool item_get(struct tx *tx, int64_t id, struct matter_item *ret)
{
    struct rows rows = db_get(tx, select_item, IN(id));
    bool found = item_row(&rows, ret);
    rows_end(&rows);
    if (!found)
        tx_refuse(tx, ERR_NOT_FOUND);
    return found;
}

struct label category_label(const struct tx *tx, struct str category)
{
    const struct rule_set *set = rule_set(rules_of(tx), "categories");
    const struct rule_entry *entry = set && category.n ? rule_entry(set, category) : NULL;
    return entry ? entry->label : (struct label)L("", "");
}

static const char *urgency_wire(enum urgency urgency)
{
    static const char *const names[] = { "normal", "urgent", "alarm" };
    return names[urgency];
}

static void owner_write(struct json *j, const struct matter_item *item)
{
    const struct matter *m = &item->m;
    bool taken = m->owner_account != 0;
    json_key_obj(j, "owner");
    json_key_str(j, "type", taken ? S("account") : S("org"));
    json_key_int(j, "id", taken ? m->owner_account : m->owner_org);
    json_key_str(j, "name", taken ? item->account_name : item->org_name);
    json_key_int(j, "org", m->owner_org);
    json_key_str(j, "org_name", item->org_name);
    json_end(j);
}

void item_members(struct tx *tx, struct json *j, const struct matter_item *item, enum lang lang)
{
    const struct matter *m = &item->m;
    const struct state *state = &m->kind->states[m->state];
    json_key_int(j, "id", m->id);
    json_key_str(j, "number", matter_number(tx->arena, m->kind, m->opened_at, m->id));
    json_key_str(j, "kind", str_of(m->kind->name));
    json_key_str(j, "kind_label", label_in(m->kind->label, lang));
    json_key_str(j, "state", str_of(state->name));
    json_key_str(j, "state_label", label_in(state->label, lang));
    json_key_str(j, "phase", str_of(phase_wire(m->phase)));
    json_key_str(j, "title", m->title);
    json_key_str(j, "category", m->category);
    json_key_str(j, "category_label", label_in(category_label(tx, m->category), lang));
    json_key_str(j, "urgency", str_of(urgency_wire(m->urgency)));
    json_key_id(j, "area", m->place.area);
    json_key_str(j, "area_name", item->area_name);
    json_key_id(j, "street", m->place.street);
    json_key_id(j, "community", m->place.community);
    json_key_id(j, "grid", m->place.grid);
    owner_write(j, item);
    json_key_str(j, "channel", m->channel);
    json_key_time(j, "opened_at", m->opened_at);
    json_key_time(j, "changed_at", m->changed_at);
    json_key_time(j, "due_at", m->due_at);
    json_key_bool(j, "late", m->late);
    json_key_int(j, "reporter_count", item->reporter_count);
    json_key_bool(j, "confidential", m->secrecy != SECRECY_NORMAL);
}

void item_write(struct tx *tx, struct json *j, const struct matter_item *item, enum lang lang)
{
    json_obj(j);
    item_members(tx, j, item, lang);
    json_key_bool(j, "mirror", item->mirror);
    if (item->snippet.n)
        json_key_str(j, "snippet", item->snippet);
    json_end(j);
}

/* --- the page ------------------------------------------------------------------------------------------------------------ */

static void reporters_write(struct tx *tx, struct json *j, int64_t id)
{
    struct reporter p;
    json_key_list(j, "reporters");
    struct rows rows = reporter_get(tx, id);
    while (reporter_row(tx, &rows, &p)) {
        json_obj(j);
        json_key_int(j, "id", p.id);
        json_key_str(j, "name", p.name);
        json_key_str(j, "phone", p.phone);
        json_key_bool(j, "confidential", p.confidential);
        json_key_str(j, "channel", p.channel);
        json_key_time(j, "at", p.at);
        json_end(j);
    }
    json_end(j);
}

static struct label verb_label(const struct kind *kind, struct str verb)
{
    static const struct { const char *verb; struct label label; } known[] = {
        { "open", L("登记", "Opened") }, { "overdue", L("超时督办", "Overdue") }, { "supervise", L("督办", "Supervised") },
        { "promise", L("承诺到期提醒", "Promise due") }, { "file", L("上传附件", "File added") },
        { "followed", L("后续事项有结果", "What followed has ended") },
        { "handed_over", L("交接班", "Handed over") }, { "dialled", L("人工拨号", "Dialled by hand") }, { "ring", L("呼叫下一岗位", "Next seat is rung") },
        { "ring_nobody", L("无人可呼，请立即处理", "Nobody could be rung") },
    };
    for (const struct move *move = kind->moves; move->verb; move++)
        if (str_is(verb, move->verb))
            return move->label;
    for (size_t i = 0; i < COUNT(known); i++)
        if (str_is(verb, known[i].verb))
            return known[i].label;
    return (struct label)L("", "");
}

struct str event_verb(const struct engine *engine, const struct event *e, enum lang lang)
{
    const struct kind *kind = engine_kind(engine, e->kind);
    return kind ? label_in(verb_label(kind, e->verb), lang) : S("");
}

ms event_opened(struct tx *tx, const struct event *e)
{
    ms at = 0;
    if (e->matter)
        db_one(tx, select_opened, IN(e->matter), OUT(&at));
    return at;
}

void event_show(struct json *j, const struct event *e, ms opened_at, enum lang lang, const struct engine *engine)
{
    const struct kind *kind = engine_kind(engine, e->kind);
    json_obj(j);
    json_key_int(j, "seq", e->seq);
    json_key_time(j, "at", e->at);
    json_key_str(j, "kind", e->kind);
    json_key_str(j, "kind_label", kind ? label_in(kind->label, lang) : S(""));
    json_key_id(j, "matter", e->matter);
    json_key_str(j, "number", kind && e->matter ? matter_number(j->out.arena, kind, opened_at, e->matter) : S(""));
    json_key_str(j, "title", e->title);
    json_key_str(j, "verb", e->verb);
    json_key_str(j, "verb_label", kind ? label_in(verb_label(kind, e->verb), lang) : S(""));
    json_key_str(j, "state", e->to);
    json_key_str(j, "phase", str_of(phase_wire(e->to_phase)));
    json_key_id(j, "area", e->place.area);
    json_key_id(j, "street", e->place.street);
    json_key_id(j, "community", e->place.community);
    json_key_id(j, "grid", e->place.grid);
    json_key_str(j, "urgency", str_of(urgency_wire(e->urgency)));
    json_key_str(j, "category", e->category);
    json_key_str(j, "channel", e->channel);
    json_end(j);
}

static void history_write(struct tx *tx, struct json *j, const struct matter *m, enum lang lang)
{
    struct history_entry e;
    json_key_list(j, "history");
    struct rows rows = history_get(tx, m->id);
    while (history_row(&rows, &e)) {
        struct str label = label_in(verb_label(m->kind, e.verb), lang);
        json_obj(j);
        json_key_int(j, "seq", e.seq);
        json_key_time(j, "at", e.at);
        json_key_id(j, "who", e.account);
        json_key_str(j, "who_name", e.who_name);
        json_key_str(j, "verb", e.verb);
        json_key_str(j, "verb_label", label.n ? label : e.verb);
        json_key_str(j, "from", e.from);
        json_key_str(j, "to", e.to);
        json_key_str(j, "note", e.note);
        json_key_str(j, "channel", e.channel);
        if (e.file)
            json_key_int(j, "file", e.file);
        json_end(j);
    }
    json_end(j);
}

static void one_deadline(struct tx *tx, struct json *j, const struct matter *m, const struct deadline *d,
        const struct seat *bound,
                         enum lang lang)
{
    const struct rule_set *limits = rule_set(rules_of(tx), "limits");
    const struct rule_entry *entry = limits ? rule_entry(limits, d->name) : NULL;
    bool total = m->kind->total_clock && str_is(d->name, m->kind->total_clock);
    json_obj(j);
    json_key_str(j, "name", d->name);
    json_key_str(j, "label", entry ? label_in(entry->label, lang) : d->name);
    json_key_str(j, "seat", total ? S("coordinate") : S("owner"));
    json_key_str(j, "seat_name", total ? bound[0].name : S(""));
    json_key_int(j, "round", d->round);
    json_key_time(j, "started_at", d->started_at);
    json_key_time(j, "due_at", d->due_at);
    json_key_time(j, "done_at", d->done_at);
    json_key_bool(j, "late", d->late_at != 0 || (d->done_at ? d->done_at > d->due_at : !d->paused_at &&
        d->due_at < tx->now));
    json_key_bool(j, "paused", d->paused_at != 0);
    json_end(j);
}

void matter_write_deadlines(struct tx *tx, struct json *j, const struct matter *m, enum lang lang)
{
    struct deadline d;
    struct seat bound[4] = { 0 };
    seat_bound(tx, m->place, bound);
    json_list(j);
    struct rows rows = deadline_get(tx, m->id);
    while (deadline_row(&rows, &d))
        one_deadline(tx, j, m, &d, bound, lang);
    json_end(j);
}

static void supervision_write(struct tx *tx, struct json *j, int64_t id)
{
    struct supervision s;
    json_key_list(j, "supervision");
    struct rows rows = supervision_get(tx, id);
    while (supervision_row(&rows, &s)) {
        struct seat seat = { 0 };
        seat_get(tx, s.seat, &seat);
        json_obj(j);
        json_key_id(j, "seat", s.seat);
        json_key_str(j, "seat_kind", seat.kind);
        json_key_str(j, "seat_name", seat.name);
        json_key_int(j, "round", s.round);
        json_key_time(j, "at", s.at);
        json_key_str(j, "reason", s.reason);
        json_end(j);
    }
    json_end(j);
}

struct move_writing { struct json *j; enum lang lang; };

static void one_move(void *arg, const struct move *move)
{
    struct move_writing *w = arg;
    if (move->flags & MOVE_BY_SHEET)
        return;
    json_obj(w->j);
    json_key_str(w->j, "verb", str_of(move->verb));
    json_key_str(w->j, "label", label_in(move->label, w->lang));
    json_key_bool(w->j, "danger", move->flags & MOVE_DANGER);
    json_key_bool(w->j, "primary", move->flags & MOVE_PRIMARY);
    json_key(w->j, "fields");
    if (move->form) {
        field_describe(w->j, move->form, w->lang);
    } else {
        json_list(w->j);
        json_end(w->j);
    }
    json_end(w->j);
}

void matter_write_moves(struct tx *tx, struct json *j, const struct who *who, const struct matter *m, enum lang lang)
{
    struct move_writing w = { j, lang };
    json_list(j);
    matter_moves(tx, who, m, one_move, &w);
    json_end(j);
}

static const char *link_wire(int64_t type, bool outward)
{
    switch (type) {
    case LINK_CHILD:
        return outward ? "child" : "parent";
    case LINK_SAME:
        return "same";
    case LINK_BUNDLE:
        return outward ? "bundled_into" : "bundles";
    default:
        return outward ? "followed_by" : "follows";
    }
}

static void links_write(struct tx *tx, struct json *j, const struct who *who, int64_t id, enum lang lang)
{
    enum { LINKS_MAX = 200 };
    struct { int64_t type, outward, id; } links[LINKS_MAX];
    int count = 0;
    struct rows rows = db_get(tx, select_links, IN(id, id));
    while (count < LINKS_MAX && db_row(&rows, OUT(&links[count].type, &links[count].outward, &links[count].id)))
        count++;
    rows_end(&rows);
    json_key_list(j, "links");
    for (int i = 0; i < count; i++) {
        struct matter_item item;
        if (!item_get(tx, links[i].id, &item) || !matter_visible(tx, who, &item.m))
            continue;
        json_obj(j);
        json_key_str(j, "type", str_of(link_wire(links[i].type, links[i].outward)));
        json_key_int(j, "id", item.m.id);
        json_key_str(j, "number", matter_number(tx->arena, item.m.kind, item.m.opened_at, item.m.id));
        json_key_str(j, "kind", str_of(item.m.kind->name));
        json_key_str(j, "title", item.m.title);
        json_key_str(j, "state", str_of(item.m.kind->states[item.m.state].name));
        json_key_str(j, "state_label", label_in(item.m.kind->states[item.m.state].label, lang));
        json_key_str(j, "phase", str_of(phase_wire(item.m.phase)));
        json_key_str(j, "org_name", item.org_name);
        json_end(j);
    }
    json_end(j);
}

static void files_write(struct tx *tx, struct json *j, int64_t id)
{
    struct file f;
    json_key_list(j, "files");
    struct rows rows = file_list(tx, id);
    while (file_row(&rows, &f)) {
        struct str who = { 0 };
        if (f.account)
            db_one(tx, select_file_account, IN(f.account), OUT(&who));
        json_obj(j);
        json_key_int(j, "id", f.id);
        json_key_str(j, "name", f.name);
        json_key_str(j, "type", f.type);
        json_key_int(j, "bytes", f.bytes);
        json_key_int(j, "width", f.width);
        json_key_int(j, "height", f.height);
        json_key_str(j, "url", arena_format(tx->arena, "/api/v1/files/%lld", (long long)f.id));
        if (f.thumb_hash.n)
            json_key_str(j, "thumb_url", arena_format(tx->arena, "/api/v1/files/%lld/thumb", (long long)f.id));
        json_key_time(j, "at", f.at);
        json_key_str(j, "who", who);
        json_end(j);
    }
    json_end(j);
}

static void promises_write(struct tx *tx, struct json *j, const struct who *who, int64_t id)
{
    struct promise p;
    json_key_list(j, "promises");
    struct rows rows = promise_of_matter(tx, who, id);
    while (promise_row(&rows, &p))
        promise_write(j, who, &p);
    json_end(j);
}

static void papers_write(struct tx *tx, struct json *j, const struct matter *m, enum lang lang)
{
    json_key_list(j, "papers");
    for (const struct choice *paper = m->kind->papers; paper && paper->name; paper++) {
        json_obj(j);
        json_key_str(j, "form", str_of(paper->name));
        json_key_str(j, "label", label_in(paper->label, lang));
        json_key_str(j, "url", arena_format(tx->arena, "/api/v1/matters/%lld/paper/%s", (long long)m->id, paper->name));
        json_key_str(j, "docx_url", arena_format(tx->arena, "/api/v1/matters/%lld/docx/%s", (long long)m->id,
            paper->name));
        json_end(j);
    }
    json_end(j);
}

static bool open_to_reporter(const struct kind *kind)
{
    for (const struct move *move = kind->moves; move->verb; move++)
        if (move->flags & MOVE_REPORTER)
            return true;
    return false;
}

void matter_write(struct tx *tx, struct json *j, const struct who *who, int64_t id, enum lang lang)
{
    struct matter m;
    struct matter_item item;
    if (!matter_see(tx, who, id, &m) || !item_get(tx, id, &item))
        return;
    json_obj(j);
    item_members(tx, j, &item, lang);
    json_key_str(j, "text", m.text);
    if (m.lat || m.lon) {
        json_key(j, "lat");
        json_degree(j, m.lat);
        json_key(j, "lon");
        json_degree(j, m.lon);
    }
    json_key_str(j, "address", m.address);
    json_key_str(j, "place_name", area_full_name(tx, m.place.area));
    json_key_time(j, "closed_at", m.closed_at);
    json_key_int(j, "version", m.version);
    if (open_to_reporter(m.kind))
        json_key_str(j, "track_code", matter_track_code(tx, id));
    reporters_write(tx, j, id);
    history_write(tx, j, &m, lang);
    json_key(j, "deadlines");
    matter_write_deadlines(tx, j, &m, lang);
    supervision_write(tx, j, id);
    json_key(j, "moves");
    matter_write_moves(tx, j, who, &m, lang);
    links_write(tx, j, who, id, lang);
    files_write(tx, j, id);
    promises_write(tx, j, who, id);
    papers_write(tx, j, &m, lang);
    json_key(j, "mirror");
    mirror_write(tx, j, id, lang);
    json_key_obj(j, "fields");
    if (m.kind->show)
        m.kind->show(tx, who, id, j);
    json_end(j);
    json_end(j);
}
