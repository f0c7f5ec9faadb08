/* device_list.c -- what the morning asks of devices: who is silent, oldest first; who was never tested; whose test is due; who
 * is not live yet; who is in trouble; the calendar of tests; and vendors beside each other. See care.h. */
#include "modules/care/care_route.h"

#include "engine/area.h"

#define DEVICE_HEAD "select d.id, d.person, d.area, d.kind, d.vendor, d.account, d.state, coalesce(d.seen_at, d.made_at), d.seen_at," \
    " coalesce(c.state, 'delivered'), coalesce(c.last_test_at, 0), coalesce(e.risk, 'low')," \
    " (select count(*) from care_upkeep u where u.device = d.id and u.ended_at is null) from device d" \
    " join area a on a.id = d.area left join care_device c on c.id = d.id left join care_elder e on e.id = d.person" \
    " where d.state <> 'retired'"
#define RISK_ORDER "case coalesce(e.risk, 'low') when 'high' then 1 when 'middle' then 2 else 3 end"

static const struct filter filters[] = { CARE_AREA_FILTERS, { "d.id > ?", 1 }, { 0 } };
static const struct sql_list silent_list = { .name = "care_silent", .head = DEVICE_HEAD " and d.interval_s > 0 and d.state = 'active'",
    .tail = "and coalesce(d.seen_at, d.made_at) + d.interval_s * 3000 < ? order by coalesce(d.seen_at, d.made_at), d.id limit ?",
    .filters = filters, .tail_params = 2 };
static const struct sql_list untested_list = { .name = "care_untested", .head = DEVICE_HEAD " and c.last_test_at is null",
    .tail = "order by " RISK_ORDER ", d.id limit ?", .filters = filters, .tail_params = 1 };
static const struct sql_list due_list = { .name = "care_test_due", .head = DEVICE_HEAD " and c.last_test_at is not null",
    .tail = "and c.last_test_at < ? order by c.last_test_at, d.id limit ?", .filters = filters, .tail_params = 2 };
static const struct sql_list waiting_list = { .name = "care_not_live", .head = DEVICE_HEAD " and coalesce(c.state, 'delivered') <> 'live'",
    .tail = "order by " RISK_ORDER ", d.id limit ?", .filters = filters, .tail_params = 1 };
static const struct sql_list faulty_list = { .name = "care_faulty", .head = DEVICE_HEAD
    " and exists (select 1 from care_upkeep u where u.device = d.id and u.ended_at is null)",
    .tail = "order by " RISK_ORDER ", d.id limit ?", .filters = filters, .tail_params = 1 };
static const struct sql_list all_list = { .name = "care_devices", .head = DEVICE_HEAD, .tail = "order by d.id limit ?",
    .filters = filters, .tail_params = 1 };

static const struct choice lists[] = {
    { "all", L("全部", "All") }, { "silent", L("失联，最久的在前", "Silent, oldest first") }, { "never_tested", L("从未试呼", "Never tested") },
    { "test_due", L("试呼到期", "Test due") }, { "not_live", L("未启用", "Not live") }, { "faulty", L("有故障", "Faulty") }, { 0 },
};
enum { DEVICES_MAX = 200, AFTER = 16 };
const struct field care_devices_query[] = {
    FIELD(struct devices_query, list, CHOICE, .label = L("清单", "List"), .choices = lists),
    FIELD(struct devices_query, area, ID, .label = L("区域", "Area"), .ref = "area"),
    FIELD(struct devices_query, after, TEXT, .label = L("起点", "After"), .max = 40),
    FIELD(struct devices_query, limit, INT, .label = L("条数", "How many"), .min = 1, .max = DEVICES_MAX),
    { 0 },
};

struct listed {
    int64_t id, person, area, upkeeps;
    struct str kind, vendor, account, state, activation, risk;
    ms heard_at, seen_at, last_test_at;
};

static void listed_write(struct req *r, const struct listed *d, ms test_every)
{
    struct json *j = &r->out;
    struct person p = { 0 };
    json_obj(j);
    json_key_int(j, "id", d->id);
    json_key_str(j, "kind", d->kind);
    json_key_str(j, "kind_label", care_rule_label(r->tx, "device_kinds", d->kind, r->lang));
    json_key_str(j, "vendor", d->vendor);
    json_key_str(j, "account", d->account);
    json_key_str(j, "state", d->state);
    json_key_str(j, "activation", d->activation);
    json_key_str(j, "activation_label", label_in(care_choice(care_device_states, d->activation), r->lang));
    json_key_id(j, "elder", d->person);
    if (d->person && person_masked(r->tx, d->person, &p))
        json_key_str(j, "elder_name", p.name);
    json_key_str(j, "risk", d->risk);
    json_key_str(j, "risk_label", label_in(care_choice(care_risks, d->risk), r->lang));
    json_key_str(j, "area_name", care_area_name(r->tx, d->area));
    json_key_time(j, "seen_at", d->seen_at);
    json_key_int(j, "silent_s", (r->tx->now - d->heard_at) / 1000);
    json_key_time(j, "last_test_at", d->last_test_at);
    json_key_time(j, "test_due", d->last_test_at ? d->last_test_at + test_every : 0);
    json_key_int(j, "open_upkeeps", d->upkeeps);
    json_end(j);
}

static struct rows list_rows(struct req *r, struct str list, uint32_t mask, struct in *in, int n, int64_t limit)
{
    ms test_every = DAYS(care_setting(r->tx, "test.days", 30));
    bool silent = str_is(list, "silent"), due = str_is(list, "test_due");
    if (silent)
        in[n++] = in_i64(r->tx->now);
    if (due)
        in[n++] = in_i64(r->tx->now - test_every);
    in[n++] = in_i64(limit);
    struct ins ins = { in, n };
    if (silent)
        return db_list(r->tx, silent_list, mask, ins);
    if (due)
        return db_list(r->tx, due_list, mask, ins);
    if (str_is(list, "never_tested"))
        return db_list(r->tx, untested_list, mask, ins);
    if (str_is(list, "not_live"))
        return db_list(r->tx, waiting_list, mask, ins);
    return str_is(list, "faulty") ? db_list(r->tx, faulty_list, mask, ins) : db_list(r->tx, all_list, mask, ins);
}

void care_devices_show(struct req *r)
{
    const struct devices_query *q = r->query;
    struct listed *list = arena_array(r->arena, struct listed, DEVICES_MAX), d = { 0 };
    int64_t value = 0, after = 0, limit = q->limit ? q->limit : 50;
    struct in in[5];
    uint32_t mask = 0;
    int n = 0, count = 0;
    bool paged = q->list.n == 0 || str_is(q->list, "all");
    if (!care_scope(r, q->area, &mask, &value))
        return;
    if (mask)
        in[n++] = in_i64(value);
    if (paged && str_to_i64(q->after, &after) && after > 0)
        mask |= AFTER, in[n++] = in_i64(after);
    struct rows rows = list_rows(r, q->list, mask, in, n, limit);
    while (count < limit && db_row(&rows, OUT(&d.id, &d.person, &d.area, &d.kind, &d.vendor, &d.account, &d.state, &d.heard_at, &d.seen_at,
                                              &d.activation, &d.last_test_at, &d.risk, &d.upkeeps)))
        list[count++] = d;
    rows_end(&rows);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; i < count; i++)
        listed_write(r, &list[i], DAYS(care_setting(r->tx, "test.days", 30)));
    json_end(&r->out);
    r->next = paged && count == limit ? arena_format(r->arena, "%lld", (long long)list[count - 1].id) : (struct str){ 0 };
    json_key_str(&r->out, "next", r->next);
    json_end(&r->out);
}

/* --- the calendar of tests ------------------------------------------------------------------------------------------------------ */

static const struct sql_list calendar = { .name = "care_calendar",
    .head = "select d.id, d.person, d.area, c.last_test_at from device d join area a on a.id = d.area join care_device c on c.id = d.id"
            " where d.state <> 'retired' and c.last_test_at is not null",
    .tail = "and c.last_test_at >= ? and c.last_test_at < ? order by c.last_test_at, d.id limit ?", .filters = filters, .tail_params = 3 };
enum { CALENDAR_MAX = 2000, CALENDAR_DAYS = 62 };
const struct field care_calendar_query[] = {
    FIELD(struct calendar_query, area, ID, .label = L("区域", "Area"), .ref = "area"),
    FIELD(struct calendar_query, from, DAY, .label = L("从哪天", "From"), .help = L("不填为今天", "Today when empty")),
    FIELD(struct calendar_query, days, INT, .label = L("几天", "Days"), .min = 1, .max = CALENDAR_DAYS),
    { 0 },
};

static void days_write(struct req *r, const struct listed *list, int count, ms from, int64_t days, ms every)
{
    int at = 0;
    json_key_list(&r->out, "days");
    for (int64_t day = 0; day < days; day++) {
        int first = at;
        while (at < count && list[at].last_test_at + every < from + DAYS(day + 1))
            at++;
        if (at == first)
            continue;
        json_obj(&r->out);
        json_key(&r->out, "day");
        json_day(&r->out, day_number(from + DAYS(day)));
        json_key_int(&r->out, "count", at - first);
        json_key_list(&r->out, "devices");
        for (int i = first; i < at; i++) {
            json_obj(&r->out);
            json_key_int(&r->out, "id", list[i].id);
            json_key_id(&r->out, "elder", list[i].person);
            json_key_str(&r->out, "area_name", care_area_name(r->tx, list[i].area));
            json_end(&r->out);
        }
        json_end(&r->out);
        json_end(&r->out);
    }
    json_end(&r->out);
}

void care_calendar_show(struct req *r)
{
    const struct calendar_query *q = r->query;
    struct listed *list = arena_array(r->arena, struct listed, CALENDAR_MAX), d = { 0 };
    int64_t value = 0, days = q->days ? q->days : 31;
    ms from = q->from ? day_number_ms((int)q->from) : day_start(r->tx->now), every = DAYS(care_setting(r->tx, "test.days", 30));
    struct in in[5];
    uint32_t mask = 0;
    int n = 0, count = 0;
    if (!care_scope(r, q->area, &mask, &value))
        return;
    if (mask)
        in[n++] = in_i64(value);
    in[n++] = in_i64(from - every);
    in[n++] = in_i64(from + DAYS(days) - every);
    in[n++] = in_i64(CALENDAR_MAX);
    struct rows rows = db_list(r->tx, calendar, mask, ((struct ins){ in, n }));
    while (count < CALENDAR_MAX && db_row(&rows, OUT(&d.id, &d.person, &d.area, &d.last_test_at)))
        list[count++] = d;
    rows_end(&rows);
    json_obj(&r->out);
    json_key_int(&r->out, "every_days", every / DAYS(1));
    days_write(r, list, count, from, days, every);
    json_end(&r->out);
}

/* --- vendors --------------------------------------------------------------------------------------------------------------------- */

static const struct sql_list vendors = { .name = "care_vendors",
    .head = "select coalesce(d.vendor, ''), count(*), sum(case when d.interval_s > 0 and d.state = 'active' then 1 else 0 end),"
            " sum(case when d.interval_s > 0 and d.state = 'active' and coalesce(d.seen_at, d.made_at) + d.interval_s * 3000 < x.at then 1 else 0 end),"
            " sum((select count(*) from care_upkeep u where u.device = d.id and u.since >= x.since)),"
            " sum((select count(*) from care_test t where t.device = d.id and t.ok = 0 and t.at >= x.since)),"
            " sum((select count(*) from care_test t where t.device = d.id and t.at >= x.since))"
            " from device d join area a on a.id = d.area cross join (select cast(? as bigint) as at, cast(? as bigint) as since) x"
            " where d.state <> 'retired'",
    .tail = "group by coalesce(d.vendor, '') order by 1 limit ?", .filters = filters, .head_params = 2, .tail_params = 1 };

static void rate_write(struct json *j, const char *key, int64_t part, int64_t whole)
{
    json_key(j, key);
    if (whole)
        json_num(j, (double)part / (double)whole);
    else
        json_nil(j);
}

void care_vendors_show(struct req *r)
{
    const struct calendar_query *q = r->query;
    struct str vendor;
    int64_t value = 0, all = 0, watched = 0, silent = 0, faults = 0, failed = 0, tests = 0;
    ms since = q->from ? day_number_ms((int)q->from) : day_start(r->tx->now) - DAYS(30);
    struct in in[4];
    uint32_t mask = 0;
    int n = 0;
    if (!care_scope(r, q->area, &mask, &value))
        return;
    in[n++] = in_i64(r->tx->now);
    in[n++] = in_i64(since);
    if (mask)
        in[n++] = in_i64(value);
    in[n++] = in_i64(100);
    json_obj(&r->out);
    json_key_time(&r->out, "since", since);
    json_key_list(&r->out, "items");
    struct rows rows = db_list(r->tx, vendors, mask, ((struct ins){ in, n }));
    while (db_row(&rows, OUT(&vendor, &all, &watched, &silent, &faults, &failed, &tests))) {
        json_obj(&r->out);
        json_key_str(&r->out, "vendor", vendor);
        json_key_int(&r->out, "devices", all);
        json_key_int(&r->out, "supervised", watched);
        json_key_int(&r->out, "silent", silent);
        rate_write(&r->out, "silent_rate", silent, watched);
        json_key_int(&r->out, "faults", faults);
        json_key_int(&r->out, "tests", tests);
        json_key_int(&r->out, "tests_failed", failed);
        rate_write(&r->out, "test_failed_rate", failed, tests);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}
