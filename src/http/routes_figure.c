/* routes_figure.c -- numbers that open to their rows, and the command room's board. */
#include "http/http.h"

#include "engine/area.h"
#include "engine/figure.h"
#include "engine/matter_view.h"
#include "engine/org.h"
#include "engine/rule.h"

SQL(count_seats, "select s.kind, count(*), sum(case when s.account is null and (s.name is null or s.name = '') then 1 else 0 end)"
    " from seat s join area a on a.id = s.area where cast($1 as bigint) = 0 or a.street = $2 or a.community = $3 or a.grid = $4 or a.id = $5"
    " group by s.kind order by s.kind");

enum { SEES = R_ANY | R(KIOSK), PERIODS_MAX = 92, CHILDREN_MAX = 200 };

struct figure_form { struct has has; int64_t area, part, limit, hour; struct str by, from, to, after; };
static const struct choice splits[] = { { "day", L("按日", "By day") }, { "child", L("按下级辖区", "By area below") },
    { "hour", L("按一天中的时段", "By hour of the day") }, {0} };
static const struct field figure_form[] = {
    FIELD(struct figure_form, area, ID, .label = L("辖区", "Area"), .ref = "area"),
    FIELD(struct figure_form, from, TEXT, .label = L("从", "From"), .max = 40),
    FIELD(struct figure_form, to, TEXT, .label = L("到", "Until"), .max = 40),
    FIELD(struct figure_form, by, CHOICE, .label = L("拆分", "Split"), .choices = splits),
    FIELD(struct figure_form, hour, INT, .label = L("一天中的第几时", "Hour of the day"), .min = 0, .max = 23),
    FIELD(struct figure_form, part, INT, .label = L("部分：0 分子，1 分母，2 起为不计入",
          "Part: 0 numerator, 1 denominator, 2.. exclusions"), .min = 0, .max = 20),
    FIELD(struct figure_form, after, TEXT, .label = L("起点", "After"), .max = 40),
    FIELD(struct figure_form, limit, INT, .label = L("条数", "How many"), .min = 1, .max = 200), {0} };

static void figures_show(struct req *r)
{
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (const struct module *const *m = engine_of(r->tx)->modules; *m; m++)
        for (const struct figure *f = (*m)->figures; f && f->name; f++) {
            const struct rule_set *rule = f->rule ? rule_set(rules_of(r->tx), f->rule) : NULL;
            json_obj(&r->out);
            json_key_str(&r->out, "name", str_of(f->name));
            json_key_str(&r->out, "label", label_in(f->label, r->lang));
            json_key_str(&r->out, "unit", label_in(f->unit, r->lang));
            json_key_str(&r->out, "formula", label_in(f->formula, r->lang));
            json_key_bool(&r->out, "open_rows", true);
            json_key_str(&r->out, "rule_version", rule ? rule->version : S(""));
            json_end(&r->out);
        }
    json_end(&r->out);
    json_end(&r->out);
}

static const struct figure *figure_asked(struct req *r, struct figure_query *q)
{
    const struct figure_form *form = r->query;
    const struct figure *f = figure_find(engine_of(r->tx), r->part[0]);
    if (!f)
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
    q->area = form->area;
    q->from = when_of(r->tx, "from", form->from, false);
    q->to = when_of(r->tx, "to", form->to, true);
    q->to = q->to ? q->to : r->tx->now + 1;
    q->from = q->from ? q->from : day_start(q->to - 1) - DAYS(29);
    q->hour = field_has(figure_form, form, "hour") ? (int)form->hour + 1 : 0;
    return tx_failed(r->tx) ? NULL : f;
}

static void value_write(struct json *j, const struct figure_value *v)
{
    json_key(j, "value");
    if (v->has_value)
        json_num(j, v->value);
    else
        json_nil(j);
}

static void point_write(struct req *r, const struct figure *f, const struct figure_query *q, struct str key,
        struct str label)
{
    struct figure_value v = { 0 };
    if (!figure_value(r->tx, r->who, f, q, &v))
        return;
    json_obj(&r->out);
    json_key_str(&r->out, "key", key);
    json_key_str(&r->out, "label", label);
    value_write(&r->out, &v);
    json_key_int(&r->out, "numerator", v.numerator);
    json_key_int(&r->out, "denominator", v.denominator);
    json_end(&r->out);
}

static void series_by_day(struct req *r, const struct figure *f, const struct figure_query *whole)
{
    ms day = day_start(whole->from);
    for (int i = 0; i < PERIODS_MAX && day < whole->to; i++, day += DAYS(1)) {
        struct figure_query q = { whole->area, day > whole->from ? day : whole->from,
                day + DAYS(1) < whole->to ? day + DAYS(1) : whole->to, whole->hour };
        struct civil c = civil_of(day);
        struct str key = arena_format(r->arena, "%04d-%02d-%02d", c.year, c.month, c.day);
        point_write(r, f, &q, key, key);
    }
}

static void series_by_hour(struct req *r, const struct figure *f, const struct figure_query *whole)
{
    for (int hour = 0; hour < 24; hour++) {
        struct figure_query q = *whole;
        q.hour = hour + 1;
        struct str key = arena_format(r->arena, "%02d", hour);
        point_write(r, f, &q, key, key);
    }
}

static void series_by_child(struct req *r, const struct figure *f, const struct figure_query *whole)
{
    struct area *list = arena_array(r->arena, struct area, CHILDREN_MAX), top;
    int count = 0;
    int64_t parent = whole->area;
    if (parent == 0 && r->who->grant_count)
        parent = r->who->grants[0].area;
    if (parent == 0 || !area_get(r->tx, parent, &top))
        return;
    struct rows rows = area_children(r->tx, parent, LEVEL_COUNT, S(""), 0, CHILDREN_MAX);
    while (count < CHILDREN_MAX && area_row(&rows, &list[count]))
        count += list[count].level <= LEVEL_GRID;
    rows_end(&rows);
    for (int i = 0; i < count; i++) {
        struct figure_query q = { list[i].id, whole->from, whole->to, whole->hour };
        point_write(r, f, &q, arena_format(r->arena, "%lld", (long long)list[i].id), list[i].name);
    }
}

/* What others reach, with its source, beside our own number; never a target. */
static void norm_write(struct req *r, const struct figure *f)
{
    const struct rule_entry *norm = f->norm ? rule_entry(rule_set(rules_of(r->tx), f->rule), str_of(f->norm)) : NULL;
    if (!norm)
        return;
    json_key_obj(&r->out, "norm");
    json_key(&r->out, "value");
    json_num(&r->out, (double)rule_int(norm, "value", 0) / 1000);
    json_key_str(&r->out, "label", label_in(norm->label, r->lang));
    json_key_str(&r->out, "source", rule_prop(norm, "from"));
    json_end(&r->out);
}

static void figure_show(struct req *r)
{
    const struct figure_form *form = r->query;
    struct figure_query q = { 0 };
    struct figure_value v = { 0 };
    struct json *j = &r->out;
    const struct figure *f = figure_asked(r, &q);
    if (!f || !figure_value(r->tx, r->who, f, &q, &v))
        return;
    const struct rule_set *rule = f->rule ? rule_set(rules_of(r->tx), f->rule) : NULL;
    json_obj(j);
    json_key_str(j, "name", str_of(f->name));
    json_key_str(j, "label", label_in(f->label, r->lang));
    json_key_str(j, "unit", label_in(f->unit, r->lang));
    value_write(j, &v);
    json_key_int(j, "numerator", v.numerator);
    json_key_int(j, "denominator", v.denominator);
    json_key_list(j, "exclusions");
    for (int i = 0; i < v.exclusion_count; i++) {
        json_obj(j);
        json_key_str(j, "label", label_in(f->exclusions[i].label, r->lang));
        json_key_int(j, "count", v.excluded[i]);
        json_end(j);
    }
    json_end(j);
    json_key_str(j, "formula", label_in(f->formula, r->lang));
    json_key_str(j, "rule_version", rule ? rule->version : S(""));
    norm_write(r, f);
    json_key_time(j, "from", q.from);
    json_key_time(j, "to", q.to);
    json_key_list(j, "series");
    if (str_is(form->by, "day"))
        series_by_day(r, f, &q);
    else if (str_is(form->by, "child"))
        series_by_child(r, f, &q);
    else if (str_is(form->by, "hour"))
        series_by_hour(r, f, &q);
    json_end(j);
    json_end(j);
}

static void figure_rows_show(struct req *r)
{
    const struct figure_form *form = r->query;
    struct figure_query q = { 0 };
    int64_t after = 0, limit = form->limit ? form->limit : 50, *ids = arena_array(r->arena, int64_t, (size_t)limit);
    int count = 0;
    const struct figure *f = figure_asked(r, &q);
    if (!f)
        return;
    if (form->after.n && !str_to_i64(form->after, &after))
        after = 0;
    struct rows rows = figure_rows(r->tx, r->who, f, (int)form->part, &q, after, (int)limit);
    while (count < limit && db_row(&rows, OUT(&ids[count])))
        count++;
    rows_end(&rows);
    json_obj(&r->out);
    json_key_list(&r->out, "items");
    for (int i = 0; i < count; i++) {
        struct matter_item item;
        if (item_get(r->tx, ids[i], &item) && matter_visible(r->tx, r->who, &item.m))
            item_write(r->tx, &r->out, &item, r->lang);
    }
    json_end(&r->out);
    r->next = count == limit ? arena_format(r->arena, "%lld", (long long)ids[count - 1]) : (struct str){ 0 };
    json_key_str(&r->out, "next", r->next);
    json_end(&r->out);
}

/* --- the board ---------------------------------------------------------------------------------------------------------------- */

struct board_query { struct has has; int64_t area; };
static const struct field board_query[] = {
    FIELD(struct board_query, area, ID, .label = L("辖区", "Area"), .ref = "area"), {0} };

static void staffing_write(struct req *r, int64_t area)
{
    const struct rule_set *kinds = rule_set(rules_of(r->tx), "seats");
    struct str kind;
    int64_t all, vacant;
    json_key_list(&r->out, "staffing");
    struct rows rows = db_get(r->tx, count_seats, IN(area, area, area, area, area));
    while (db_row(&rows, OUT(&kind, &all, &vacant))) {
        const struct rule_entry *entry = kinds ? rule_entry(kinds, kind) : NULL;
        json_obj(&r->out);
        json_key_str(&r->out, "seat", kind);
        json_key_str(&r->out, "label", entry ? label_in(entry->label, r->lang) : kind);
        json_key_int(&r->out, "filled", all - vacant);
        json_key_int(&r->out, "vacant", vacant);
        json_end(&r->out);
    }
    json_end(&r->out);
}

static int64_t own_area(const struct who *who)
{
    for (int i = 0; i < who->grant_count; i++)
        if (who->grants[i].area && who->grants[i].role != ROLE_ADMIN)
            return who->grants[i].area;
    return 0;
}

static void board_show(struct req *r)
{
    const struct board_query *q = r->query;
    int64_t area = q->area ? q->area : own_area(r->who);
    struct board b = { 0 };
    if (!figure_board(r->tx, r->who, area, &b))
        return;
    json_obj(&r->out);
    json_key_obj(&r->out, "counts");
    json_key_int(&r->out, "open", b.open);
    json_key_int(&r->out, "overdue", b.overdue);
    json_key_int(&r->out, "due_today", b.due_today);
    json_key_int(&r->out, "alarms", b.alarms);
    json_key_int(&r->out, "unclaimed", b.unclaimed);
    json_key_int(&r->out, "done_today", b.done_today);
    json_key_int(&r->out, "opened_today", b.opened_today);
    json_end(&r->out);
    staffing_write(r, area);
    json_key_id(&r->out, "area", area);
    json_key_time(&r->out, "now", r->tx->now);
    json_end(&r->out);
}

const struct route figure_routes[] = {
    { GET, "/figures", SEES, .show = figures_show, .about = L("数字目录", "All figures") },
    { GET, "/figures/{name}", SEES, .show = figure_show, .query = figure_form, .query_size = sizeof(struct figure_form),
      .about = L("一个数字：分子、分母、不计入、公式", "One figure: numerator, denominator, exclusions, formula") },
    { GET, "/figures/{name}/rows", SEES, .show = figure_rows_show, .query = figure_form,
          .query_size = sizeof(struct figure_form),
      .about = L("数字背后的事项", "The rows behind a figure"), .answers = "matter_page" },
    { GET, "/board", SEES, .show = board_show, .query = board_query, .query_size = sizeof(struct board_query),
      .about = L("指挥室一屏数", "The command room's counts") },
    {0} };
