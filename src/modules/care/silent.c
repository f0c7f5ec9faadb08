/* silent.c -- each minute: who has not been heard for three of its intervals becomes a task; many of one vendor, or in one
 * community, within the window of rules/care.yaml become one outage; whoever is heard again ends its own task. Offline is
 * never shown as cleared: only a sign of life later than the task ends it. See care.h. */
#include "modules/care/care.h"

#include "engine/area.h"

/* Not yet anybody's: no open task of silence, no door in an open outage. */
SQL(select_fresh, "select d.id, d.person, d.area, d.kind, d.vendor, d.protocol, d.account, d.state, d.interval_s,"
    " coalesce(d.seen_at, d.made_at), a.community from device d join area a on a.id = d.area where d.state = 'active' and d.interval_s > 0"
    " and coalesce(d.seen_at, d.made_at) + d.interval_s * 3000 < $1"
    " and not exists (select 1 from care_upkeep u where u.device = d.id and u.ended_at is null and u.fault = 'silent')"
    " and not exists (select 1 from care_knock k where k.device = d.id and k.back_at is null)"
    " order by coalesce(d.seen_at, d.made_at), d.id limit $2");
/* Tasks of silence begun lately, for the same reason as the fresh ones perhaps. */
SQL(select_recent, "select u.id, d.id, d.person, d.area, d.kind, d.vendor, d.protocol, d.account, d.state, d.interval_s, u.since, a.community"
    " from care_upkeep u join matter m on m.id = u.id join device d on d.id = u.device join area a on a.id = d.area"
    " where u.ended_at is null and u.fault = 'silent' and m.opened_at > $1 order by u.id limit $2");
SQL(select_back, "select u.id, d.seen_at from care_upkeep u join device d on d.id = u.device join matter m on m.id = u.id"
    " where u.ended_at is null and u.fault = 'silent' and d.seen_at >= m.opened_at order by u.id limit $1");
SQL(select_knocks_back, "select k.outage, k.device, d.seen_at from care_knock k join device d on d.id = k.device join matter m on m.id = k.outage"
    " where k.back_at is null and d.seen_at >= m.opened_at order by k.outage, k.device limit $1");
SQL(update_back, "update care_knock set back_at = $1 where outage = $2 and device = $3");
SQL(select_vendor_outage, "select id from care_outage where ended_at is null and vendor = $1 and area is null order by id limit 1");
SQL(select_area_outage, "select id from care_outage where ended_at is null and area = $1 order by id limit 1");

enum { SILENT_MAX = 400 };
struct silent {
    struct device d;
    int64_t upkeep, community;
    ms since;
    bool placed;
};

static void heard_again(struct tx *tx)
{
    int64_t ids[SILENT_MAX];
    ms seen = 0;
    int count = 0;
    struct rows rows = db_get(tx, select_back, IN((int64_t)SILENT_MAX));
    while (count < SILENT_MAX && db_row(&rows, OUT(&ids[count], &seen)))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        struct moving mv = { .who = &who_system, .note = S("又收到设备信号") };
        matter_move(tx, ids[i], "restore", &mv);
    }
}

static void doors_back(struct tx *tx)
{
    struct { int64_t outage, device; ms seen; } back[SILENT_MAX];
    int count = 0;
    struct rows rows = db_get(tx, select_knocks_back, IN((int64_t)SILENT_MAX));
    while (count < SILENT_MAX && db_row(&rows, OUT(&back[count].outage, &back[count].device, &back[count].seen)))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        db_run(tx, update_back, IN(back[i].seen, back[i].outage, back[i].device));
        if (i + 1 == count || back[i + 1].outage != back[i].outage)
            care_outage_back(tx, back[i].outage);
    }
}

static int find_silent(struct tx *tx, struct silent *list)
{
    int count = 0;
    ms window = MINUTES(care_setting(tx, "outage.minutes", 30));
    struct silent s = { 0 };
    struct rows rows = db_get(tx, select_fresh, IN(tx->now, (int64_t)SILENT_MAX / 2));
    while (count < SILENT_MAX / 2 && db_row(&rows, OUT(&s.d.id, &s.d.person, &s.d.area, &s.d.kind, &s.d.vendor, &s.d.protocol, &s.d.account,
                                                       &s.d.state, &s.d.interval_s, &s.since, &s.community)))
        list[count++] = s;
    rows_end(&rows);
    if (count == 0)
        return 0;
    rows = db_get(tx, select_recent, IN(tx->now - window, (int64_t)SILENT_MAX / 2));
    while (count < SILENT_MAX && db_row(&rows, OUT(&s.upkeep, &s.d.id, &s.d.person, &s.d.area, &s.d.kind, &s.d.vendor, &s.d.protocol,
                                                   &s.d.account, &s.d.state, &s.d.interval_s, &s.since, &s.community)))
        list[count++] = s;
    rows_end(&rows);
    return count;
}

static bool alike(const struct silent *a, const struct silent *b, bool by_vendor)
{
    return by_vendor ? a->d.vendor.n > 0 && str_eq(a->d.vendor, b->d.vendor) : a->community && a->community == b->community;
}

static void into_outage(struct tx *tx, int64_t outage, struct silent *s)
{
    struct elder e = { .risk = S("low") };
    care_elder_get(tx, s->d.person, &e);
    care_knock_add(tx, outage, &s->d, e.risk, s->since);
    s->placed = true;
    if (!s->upkeep)
        return;
    struct moving mv = { .who = &who_system };
    matter_link(tx, outage, s->upkeep, LINK_CHILD);
    matter_move(tx, s->upkeep, "join", &mv);
}

static int64_t running_outage(struct tx *tx, const struct silent *s)
{
    int64_t id = 0;
    if (s->d.vendor.n && db_one(tx, select_vendor_outage, IN(s->d.vendor), OUT(&id)))
        return id;
    if (s->community)
        db_one(tx, select_area_outage, IN(s->community), OUT(&id));
    return id;
}

/* Those that are like the first one: enough of them are one outage. */
static void gather(struct tx *tx, struct silent *list, int count, int first, bool by_vendor, int64_t enough)
{
    int64_t like = 0;
    for (int i = 0; i < count; i++)
        like += !list[i].placed && alike(&list[first], &list[i], by_vendor);
    if (like < enough)
        return;
    int64_t outage = care_outage_open(tx, list[first].d.vendor, by_vendor ? 0 : list[first].community, by_vendor ? "vendor" : "place",
                                      list[first].since);
    for (int i = 0; i < count && outage; i++)
        if (!list[i].placed && (i == first || alike(&list[first], &list[i], by_vendor)))
            into_outage(tx, outage, &list[i]);
}

void care_silent_tick(struct tx *tx)
{
    struct silent *list = arena_array(tx->arena, struct silent, SILENT_MAX);
    int64_t enough = care_setting(tx, "outage.devices", 5);
    heard_again(tx);
    doors_back(tx);
    int count = find_silent(tx, list);
    for (int i = 0; i < count && !tx_failed(tx); i++) {
        int64_t outage = list[i].placed || list[i].upkeep ? 0 : running_outage(tx, &list[i]);
        if (outage)
            into_outage(tx, outage, &list[i]);
        if (!list[i].placed && !list[i].upkeep)
            gather(tx, list, count, i, true, enough);
        if (!list[i].placed && !list[i].upkeep)
            gather(tx, list, count, i, false, enough);
        if (!list[i].placed && !list[i].upkeep)
            care_upkeep_open(tx, &list[i].d, S("silent"), list[i].since);
    }
}
