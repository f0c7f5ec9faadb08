/* routes_export.c -- the list of matters as a workbook or CSV, by the same filters; who took what out is logged. */
#include "http/http.h"

#include "engine/matter_view.h"
#include "engine/office/csv.h"
#include "engine/office/xlsx_write.h"

enum { ROWS_MAX = 20000, PAGE = 200 };

struct export_row {
    struct has has;
    struct str number, kind, state, title, category, urgency, area, owner, channel;
    ms opened_at, changed_at, due_at;
    bool late;
    int64_t reporters;
};
static const struct field export_fields[] = {
    FIELD(struct export_row, number, TEXT, .label = L("编号", "Number")),
    FIELD(struct export_row, kind, TEXT, .label = L("类型", "Kind")),
    FIELD(struct export_row, state, TEXT, .label = L("状态", "State")),
    FIELD(struct export_row, title, TEXT, .label = L("标题", "Title")),
    FIELD(struct export_row, category, TEXT, .label = L("类别", "Category")),
    FIELD(struct export_row, urgency, TEXT, .label = L("紧急程度", "Urgency")),
    FIELD(struct export_row, area, TEXT, .label = L("辖区", "Area")),
    FIELD(struct export_row, owner, TEXT, .label = L("承办", "Owner")),
    FIELD(struct export_row, channel, TEXT, .label = L("渠道", "Channel")),
    FIELD(struct export_row, opened_at, TIME, .label = L("登记时间", "Opened")),
    FIELD(struct export_row, changed_at, TIME, .label = L("最近变化", "Changed")),
    FIELD(struct export_row, due_at, TIME, .label = L("到期", "Due")),
    FIELD(struct export_row, late, BOOL, .label = L("已超时", "Late")),
    FIELD(struct export_row, reporters, INT, .label = L("反映人数", "Reporters")), {0} };

struct exporting { struct req *r; struct xlsx *xlsx; struct csv csv; int rows; };

static void put_row(void *arg, struct matter_item *item)
{
    static const struct label urgencies[] = { L("一般", "Normal"), L("紧急", "Urgent"), L("报警", "Alarm") };
    struct exporting *e = arg;
    struct req *r = e->r;
    const struct matter *m = &item->m;
    struct export_row row = {
        .has.bits = ~UINT64_C(0), .number = matter_number(r->arena, m->kind, m->opened_at, m->id),
            .kind = label_in(m->kind->label, r->lang),
        .state = label_in(m->kind->states[m->state].label, r->lang), .title = m->title,
        .category = label_in(category_label(r->tx, m->category), r->lang),
            .urgency = label_in(urgencies[m->urgency], r->lang),
        .area = item->area_name, .owner = m->owner_account ? item->account_name : item->org_name, .channel = m->channel,
        .opened_at = m->opened_at, .changed_at = m->changed_at, .due_at = m->due_at, .late = m->late,
            .reporters = item->reporter_count };
    e->rows++;
    if (e->xlsx) {
        xlsx_row(e->xlsx, &row);
        return;
    }
    for (const struct field *f = export_fields; f->name; f++)
        csv_cell(&e->csv, field_to_text(r->arena, f, &row, true));
    csv_line(&e->csv);
}

static void all_pages(struct exporting *e)
{
    struct matter_query q;
    matter_query_of(e->r, &q);
    q.limit = PAGE;
    q.after = (struct str){ 0 };
    do {
        q.after = matter_list(e->r->tx, e->r->who, &q, put_row, e);
    } while (q.after.n && e->rows < ROWS_MAX && !tx_failed(e->r->tx) && !e->r->arena->over);
    if (q.after.n && !tx_failed(e->r->tx))
        tx_refuse(e->r->tx, ERR_TOO_LARGE, "超过 20000 行，请缩小范围", "More than 20,000 rows; narrow the filters");
}

static struct str file_name(struct req *r, const char *end)
{
    return arena_format(r->arena, "%s%s-%d.%s", engine_of(r->tx)->demo ? "演示数据-" : "", r->lang == EN ? "matters" : "事项",
                        day_number(r->tx->now), end);
}

static void xlsx_show(struct req *r)
{
    struct xlsx_plan plan = { .title = L("事项", "Matters"), .fields = export_fields, .lang = r->lang,
            .demo = engine_of(r->tx)->demo };
    struct exporting e = { .r = r, .xlsx = xlsx_begin(r->arena, &plan) };
    all_pages(&e);
    r->bytes = xlsx_done(e.xlsx);
    r->type = S("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    r->download_name = file_name(r, "xlsx");
}

static void csv_show(struct req *r)
{
    struct exporting e = { .r = r, .csv = csv_begin(r->arena) };
    for (const struct field *f = export_fields; f->name; f++)
        csv_cell(&e.csv, label_in(f->label, r->lang));
    csv_line(&e.csv);
    all_pages(&e);
    r->bytes = buf_str(&e.csv.out);
    r->type = S("text/csv; charset=utf-8");
    r->download_name = file_name(r, "csv");
}

static void export_apply(struct req *r)
{
    audit(r->tx, r->who, "export", "matter", 0, str_head_chars(work_of(r)->query, 200));
}

enum { TAKERS = R(LEADER) | R(CLERK) | R(DUTY) | R(COMMUNITY) | R(AUDITOR) | R(ARBITER) | R(API) };
const struct route export_routes[] = {
    { GET, "/exports/matters.xlsx", TAKERS, .apply = export_apply, .show = xlsx_show, .query = matter_list_query,
      .query_size = sizeof(struct list_query), .flags = ROUTE_LARGE | ROUTE_LOGS_READ, .about = L("导出事项（XLSX）",
          "Matters as a workbook") },
    { GET, "/exports/matters.csv", TAKERS, .apply = export_apply, .show = csv_show, .query = matter_list_query,
      .query_size = sizeof(struct list_query), .flags = ROUTE_LARGE | ROUTE_LOGS_READ, .about = L("导出事项（CSV）",
          "Matters as CSV") },
    {0} };
