/* morning.c -- 昨夜今晨: what the morning meeting needs on one A4 page, as data and as paper; see duty.h. Each line names its matter (or
 * the device, the visit, the call it is about), so that it opens. Sealed matters leave no trace here. */
#include "modules/duty/duty.h"

#include "engine/area.h"
#include "engine/device.h"
#include "engine/org.h"
#include "engine/paper.h"
#include "engine/phone_call.h"
#include "engine/ring.h"
#include "engine/visit.h"

SQL(select_night, "select id from matter where urgency = 2 and urgency > 0 and opened_at >= $1 and street = $2 order by opened_at, id limit 200");
SQL(select_older, "select id from matter where street = $1 and urgency = 2 and phase < 4 and opened_at < $2 order by id limit 100");
SQL(select_breaking, "select id from matter where phase < 4 and due_at >= $1 and due_at < $2 and street = $3 and urgency < 2"
                     " order by due_at, id limit 200");
SQL(select_late, "select id from matter where late = 1 and phase < 4 and street = $1 order by due_at, id limit 200");
SQL(select_handover, "select id from matter where kind = 'handover' and kind <> 'report' and street = $1 order by opened_at desc, id desc limit 1");

enum { LINES_MAX = 200, PAPER_LINES = 8, NIGHT_FROM_HOUR = 18 };

struct line { int64_t matter, ref; const char *what; struct str text; ms at; };
struct part {
    const char *key;
    struct label label;
    struct line *lines;
    int count;
};
enum { PART_NIGHT, PART_OLDER, PART_BREAKING, PART_LATE, PART_VISITS, PART_DEVICES, PART_CALLS, PART_HANDOVER, PARTS };
static const struct { const char *key; struct label label; } part_names[PARTS] = {
    [PART_NIGHT] = { "night_alarms", L("昨夜警情", "Alarms of the night") },
    [PART_OLDER] = { "open_alarms", L("此前未了结的警情", "Older alarms still open") },
    [PART_BREAKING] = { "breaking_today", L("今日到期", "Limits that break today") },
    [PART_LATE] = { "late", L("已超时", "Late already") },
    [PART_VISITS] = { "visits", L("今日应上门", "Visits due") },
    [PART_DEVICES] = { "silent_devices", L("失联设备", "Silent devices") },
    [PART_CALLS] = { "calls", L("未接办来电", "Calls nobody took") },
    [PART_HANDOVER] = { "handover", L("交接班", "Hand-over") },
};
struct morning {
    struct tx *tx;
    const struct who *who;
    struct area street;
    ms night_from, day_end;
    struct part parts[PARTS];
    struct ring_seat *order;
    int sitting;
};

const struct field duty_morning_query[] = {
    FIELD(struct morning_query, area, ID, .label = L("街道", "Street"), .ref = "area", .help = L("不填为本人所在街道", "the caller's own when left out")),
    { 0 } };

/* --- reading ----------------------------------------------------------------------------------------------------------- */

static struct line *add(struct morning *m, int part, const char *what)
{
    struct part *p = &m->parts[part];
    if (p->count == LINES_MAX)
        return NULL;
    struct line *l = &p->lines[p->count++];
    *l = (struct line){ .what = what };
    return l;
}

static void add_matters(struct morning *m, int part, struct rows rows, bool by_due)
{
    int64_t ids[LINES_MAX];
    int count = 0;
    while (count < LINES_MAX && db_row(&rows, OUT(&ids[count])))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        struct str text = duty_text(m->tx, m->who, S("own"), ids[i]);
        struct matter_item item;
        struct line *l = text.n && item_get(m->tx, ids[i], &item) ? add(m, part, "matter") : NULL;
        if (!l)
            continue;
        l->matter = ids[i];
        l->text = item.account_name.n ? arena_format(m->tx->arena, STR_FMT "　" STR_FMT, STR_ARG(text), STR_ARG(item.account_name)) : text;
        l->at = by_due ? item.m.due_at : item.m.opened_at;
    }
}

static void add_visits(struct morning *m)
{
    struct visit_wish w;
    struct rows rows = visit_open(m->tx, m->street.id, LINES_MAX);
    while (visit_wish_row(&rows, &w)) {
        struct line *l = w.due_at && w.due_at < m->day_end ? add(m, PART_VISITS, "visit") : NULL;
        if (!l)
            continue;
        l->matter = w.matter;
        l->ref = w.id;
        l->at = w.due_at;
        l->text = arena_format(m->tx->arena, STR_FMT "　" STR_FMT, STR_ARG(w.area_name), STR_ARG(w.note.n ? w.note : w.purpose));
    }
}

static void add_devices(struct morning *m)
{
    struct device found[100];
    int count = 0;
    struct rows rows = device_silent(m->tx, 100);
    while (count < 100 && device_row(&rows, &found[count]))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        struct place place = { 0 };
        bool here = found[i].area && area_place(m->tx, found[i].area, &place) && place.street == m->street.id;
        struct line *l = here ? add(m, PART_DEVICES, "device") : NULL;
        if (!l)
            continue;
        l->ref = found[i].id;
        l->at = found[i].seen_at;
        l->text = duty_text(m->tx, m->who, S("device"), found[i].id);
    }
}

static void add_calls(struct morning *m)
{
    struct phone_call found[50];
    int count = 0;
    struct rows rows = phone_call_open(m->tx, 50);
    while (count < 50 && phone_call_row(&rows, &found[count]))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        struct line *l = found[i].at >= m->night_from ? add(m, PART_CALLS, "call") : NULL;
        if (!l)
            continue;
        l->ref = found[i].id;
        l->at = found[i].at;
        l->text = duty_text(m->tx, m->who, S("call"), found[i].id);
    }
}

static void add_handover(struct morning *m)
{
    int64_t id = 0;
    struct matter h;
    struct duty_state_of s;
    if (!db_one(m->tx, select_handover, IN(m->street.id), OUT(&id)) || !matter_see(m->tx, m->who, id, &h))
        return;
    duty_read(m->tx, m->who, &h, &s);
    struct line *l = add(m, PART_HANDOVER, "matter");
    struct str text = duty_text(m->tx, m->who, S("own"), id);
    l->matter = id;
    l->at = h.changed_at;
    l->text = s.missing ? arena_format(m->tx->arena, STR_FMT "　还有 %d 项没有接收人", STR_ARG(text), s.missing) : text;
}

static bool read_morning(struct req *r, struct morning *m)
{
    const struct morning_query *q = r->query;
    struct place place = { 0 };
    int64_t area = q ? q->area : 0;
    for (int i = 0; i < r->who->grant_count && !area; i++)
        if (area_place(r->tx, r->who->grants[i].area, &place) && place.street)
            area = place.street;
    *m = (struct morning){ .tx = r->tx, .who = r->who };
    if (!area || !area_place(r->tx, area, &place) || !place.street || !who_may(r->who, R_STAFF & ~R(ADMIN), place, 0) ||
        !area_get(r->tx, place.street, &m->street)) {
        fault_clear(&r->tx->fault);
        tx_refuse(r->tx, ERR_NOT_FOUND);
        return false;
    }
    ms today = day_start(r->tx->now);
    m->night_from = today - HOURS(24 - NIGHT_FROM_HOUR);
    m->day_end = today + DAYS(1);
    for (int i = 0; i < PARTS; i++)
        m->parts[i] = (struct part){ part_names[i].key, part_names[i].label, arena_array(r->arena, struct line, LINES_MAX), 0 };
    add_matters(m, PART_NIGHT, db_get(r->tx, select_night, IN(m->night_from, m->street.id)), false);
    add_matters(m, PART_OLDER, db_get(r->tx, select_older, IN(m->street.id, m->night_from)), false);
    add_matters(m, PART_BREAKING, db_get(r->tx, select_breaking, IN(r->tx->now, m->day_end, m->street.id)), true);
    add_matters(m, PART_LATE, db_get(r->tx, select_late, IN(m->street.id)), true);
    add_visits(m);
    add_devices(m);
    add_calls(m);
    add_handover(m);
    struct place street = { .area = m->street.id, .street = m->street.id };
    m->order = arena_array(r->arena, struct ring_seat, 50);
    int order = ring_order(r->tx, street, org_of_place(r->tx, street), m->order, 50);
    while (m->sitting < order && m->order[m->sitting].on_shift)
        m->sitting++;
    return !tx_failed(r->tx);
}

/* --- as data ----------------------------------------------------------------------------------------------------------- */

static void write_line(struct json *j, const struct line *l)
{
    json_obj(j);
    json_key_str(j, "type", str_of(l->what));
    json_key_id(j, "matter", l->matter);
    json_key_id(j, "ref", l->ref);
    json_key_str(j, "text", l->text);
    json_key_time(j, "at", l->at);
    json_end(j);
}

void duty_morning_show(struct req *r)
{
    struct morning m;
    if (!read_morning(r, &m))
        return;
    struct json *j = &r->out;
    json_obj(j);
    json_key(j, "day");
    json_day(j, day_number(r->tx->now));
    json_key_int(j, "area", m.street.id);
    json_key_str(j, "area_name", m.street.name);
    json_key_time(j, "night_from", m.night_from);
    json_key_list(j, "on_duty");
    for (int i = 0; i < m.sitting; i++) {
        json_obj(j);
        json_key_id(j, "seat", m.order[i].seat);
        json_key_str(j, "kind", m.order[i].kind);
        json_key_str(j, "name", m.order[i].name);
        json_key_time(j, "until", m.order[i].until);
        json_end(j);
    }
    json_end(j);
    json_key_list(j, "parts");
    for (int i = 0; i < PARTS; i++) {
        json_obj(j);
        json_key_str(j, "key", str_of(m.parts[i].key));
        json_key_str(j, "label", label_in(m.parts[i].label, r->lang));
        json_key_int(j, "count", m.parts[i].count);
        json_key_list(j, "lines");
        for (int k = 0; k < m.parts[i].count; k++)
            write_line(j, &m.parts[i].lines[k]);
        json_end(j);
        json_end(j);
    }
    json_end(j);
    json_end(j);
}

/* --- as paper ---------------------------------------------------------------------------------------------------------- */

static struct str part_text(struct arena *a, const struct part *p)
{
    struct buf b = buf_in(a);
    for (int i = 0; i < p->count && i < PAPER_LINES; i++)
        buf_format(&b, "%s%d. " STR_FMT "　" STR_FMT, i ? "\n" : "", i + 1, STR_ARG(duty_when(a, p->lines[i].at)), STR_ARG(p->lines[i].text));
    if (p->count > PAPER_LINES)
        buf_format(&b, "\n另有 %d 项，见系统", p->count - PAPER_LINES);
    return b.n ? buf_str(&b) : S("无");
}

static bool morning_paper(struct req *r, struct paper *p)
{
    struct morning m;
    struct buf names = buf_in(r->arena);
    if (!read_morning(r, &m))
        return false;
    struct civil c = civil_of(r->tx->now);
    *p = (struct paper){
        .issuer = m.street.name, .title = S("昨夜今晨"), .day = day_number(r->tx->now), .demo = engine_of(r->tx)->demo,
        .number = arena_format(r->arena, "%d-%02d-%02d", c.year, c.month, c.day),
        .subject = arena_format(r->arena, "%d月%d日晨会", c.month, c.day),
        .foot = arena_format(r->arena, "打印：" STR_FMT "　" STR_FMT "　每一行的事项编号都可在系统中打开。", STR_ARG(r->who->name),
                             STR_ARG(duty_when(r->arena, r->tx->now))),
    };
    for (int i = 0; i < m.sitting; i++)
        buf_format(&names, "%s" STR_FMT, i ? "、" : "", STR_ARG(m.order[i].name));
    paper_row(p, S("今日值班"), names.n ? buf_str(&names) : S("未排班"));
    for (int i = 0; i < PARTS; i++)
        paper_block(p, arena_format(r->arena, "%s（%d）", m.parts[i].label.zh, m.parts[i].count), part_text(r->arena, &m.parts[i]), 0);
    return true;
}

void duty_morning_page(struct req *r)
{
    struct paper p;
    if (!morning_paper(r, &p))
        return;
    r->type = S("text/html; charset=utf-8");
    r->bytes = paper_html(r->arena, &p);
}

void duty_morning_docx(struct req *r)
{
    struct paper p;
    if (!morning_paper(r, &p))
        return;
    r->type = S("application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    r->bytes = paper_docx(r->arena, &p);
    r->download_name = arena_format(r->arena, "%s昨夜今晨-" STR_FMT ".docx", p.demo ? "演示数据-" : "", STR_ARG(p.number));
}
