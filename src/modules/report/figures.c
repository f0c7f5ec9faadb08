/* figures.c -- numbers over reports. Formulas: STANDARDS 1.4 (办结率 = 已办结 / (上报 - 已驳回), 按期结案率 =
 * 按期结案 / 应结案) and 9 (三率). "应结案" are reports whose limit falls into the period. The three rates
 * are of the street's own call-back; an upstream's are figures of their own. Joined reports count once unless
 * a figure says otherwise. */
#include "modules/report/report.h"

#define REPORTS    "from matter m join report r on r.id = m.id where m.kind = 'report'"
#define ALONE      REPORTS " and r.joined is null"
#define TAKEN      ALONE " and m.state not in ('rejected', 'withdrawn', 'given_back')"
/* Periods of a report's own times start at the report: a cross join keeps SQLite to that order, and
 * PostgreSQL reads it alike. */
#define BY_REPORT  "from report r cross join matter m where m.id = r.id and m.kind = 'report'"
#define CALLBACKS  BY_REPORT " and r.called_at is not null"
#define CALLED     CALLBACKS " and r.outcome = 'reached'"
#define UPSTREAM   BY_REPORT " and r.up_at is not null"
#define DUE        BY_REPORT " and r.due_close is not null"
#define DISPATCHED BY_REPORT " and r.assigned_at is not null and r.joined is null"

static const struct figure_part not_taken[] = {
    { L("不予受理", "Not taken"), ALONE " and m.state = 'rejected'" },
    { L("诉求人撤回", "Withdrawn"), ALONE " and m.state = 'withdrawn'" },
    { L("已退回上级", "Given back upstream"), ALONE " and m.state = 'given_back'" },
    { L("已并入主件", "Joined to another"), REPORTS " and r.joined is not null" }, { { 0 }, NULL } };

static const struct figure_part not_due[] = {
    { L("不予受理、撤回或退回", "Not taken, withdrawn or given back"), DUE " and r.joined is null and m.phase = 5" },
    { L("已并入主件", "Joined to another"), DUE " and r.joined is not null" }, { { 0 }, NULL } };

static const struct figure_part not_called[] = {
    { L("未接通", "Not reached"), CALLBACKS " and r.outcome = 'unreachable'" },
    { L("拒绝回访", "Declined"), CALLBACKS " and r.outcome = 'declined'" },
    { L("没有联系方式", "No way to reach anybody"), CALLBACKS " and r.outcome = 'anonymous'" }, { { 0 }, NULL } };

#define STREET_RATE(id, zh, en, column) \
    { .name = "report." id, .label = L("街道回访" zh, "Street call-back: " en), .unit = L("%", "%"), .rule = "callback", \
      .formula = L(zh "＝回答计入的件数／有效回访件数", en ": answers that count / valid call-backs"), .time_column = "r.called_at", \
      .numerator = { L("计入", "Counted"), CALLED " and r." column " = 1" }, .denominator = { L("有效回访", "Valid call-backs"), CALLED }, \
      .exclusions = not_called }
#define UPSTREAM_RATE(id, zh, en, column) \
    { .name = "report.upstream_" id, .label = L("上级回访（导入）" zh, "Upstream's call-back (imported): " en), .unit = L("%", "%"), \
      .formula = L(zh "＝上级记为是的件数／上级有结果的件数", en ": yes upstream / rated upstream"), .time_column = "r.up_at", \
      .numerator = { L("是", "Yes"), UPSTREAM " and r." column " = 1" }, .denominator = { L("上级有结果", "Rated upstream"), UPSTREAM } }
#define COUNT_OF(id, zh, en, column, text) \
    { .name = "report." id, .label = L(zh, en), .unit = L("件", "reports"), .formula = L(zh, en), .time_column = column, \
      .numerator = { L(zh, en), text } }

const struct figure report_figures[] = {
    COUNT_OF("opened", "上报", "Opened", "m.opened_at", REPORTS),
    COUNT_OF("opened_without_joined", "上报（同一诉求并案、合并只计一件）", "Opened, joined ones once", "m.opened_at", ALONE),
    COUNT_OF("bundled", "并案的重复诉求", "Repeated reports in bundles", "m.opened_at", REPORTS " and r.joined = 'bundle'"),
    COUNT_OF("merged", "合并的同类诉求", "Merged reports", "m.opened_at", REPORTS " and r.joined = 'merge'"),
    COUNT_OF("done", "已办结", "Closed", "m.closed_at", REPORTS " and m.phase = 4"),
    COUNT_OF("done_without_joined", "已办结（并案、合并只计一件）", "Closed, joined ones once", "m.closed_at", ALONE " and m.phase = 4"),
    COUNT_OF("open", "在办", "Open now", "m.opened_at", ALONE " and m.phase < 4"),
    COUNT_OF("overdue", "超期未办结", "Open and late", "m.opened_at", ALONE " and m.phase < 4 and m.late = 1"),
    COUNT_OF("urgent", "紧急件", "Urgent", "m.opened_at", ALONE " and m.urgency > 0"),
    { .name = "report.done_rate", .label = L("办结率", "Share closed"), .unit = L("%", "%"),
      .formula = L("已办结／（上报－不予受理－撤回－退回上级）", "closed / (opened - not taken - withdrawn - given back)"),
      .time_column = "m.opened_at", .numerator = { L("已办结", "Closed"), TAKEN " and m.phase = 4" },
      .denominator = { L("上报减不予受理、撤回、退回", "Opened less those not taken"), TAKEN }, .exclusions = not_taken },
    { .name = "report.done_rate_with_joined", .label = L("办结率（并案、合并逐件计）", "Share closed, each joined one counted"), .unit = L("%", "%"),
      .formula = L("已办结／（上报－不予受理－撤回－退回上级），逐件", "closed / (opened - not taken - withdrawn - given back), each"),
      .time_column = "m.opened_at",
      .numerator = { L("已办结", "Closed"), REPORTS " and m.phase = 4" },
      .denominator = { L("上报减不予受理、撤回、退回", "Opened less those not taken"), REPORTS " and m.phase <> 5" } },
    { .name = "report.on_time_rate", .label = L("按期结案率", "Closed in time"), .unit = L("%", "%"), .rule = "limits",
      .formula = L("按期办理完成／应结案（时限落在本期）", "done in time / due in the period"), .time_column = "r.due_close",
      .numerator = { L("按期", "In time"), DUE " and r.joined is null and m.phase <> 5 and r.done_at <= r.due_close" },
      .denominator = { L("应结案", "Due"), DUE " and r.joined is null and m.phase <> 5" }, .exclusions = not_due },
    { .name = "report.returned_rate", .label = L("退单率", "Returned"), .unit = L("%", "%"),
      .formula = L("退过单的件／派过单的件", "returned once / dispatched"), .time_column = "r.assigned_at",
      .numerator = { L("退过单", "Returned"), DISPATCHED " and r.returns > 0" },
      .denominator = { L("派过单", "Dispatched"), DISPATCHED } },
    { .name = "report.redo_rate", .label = L("返工率", "Done again"), .unit = L("%", "%"),
      .formula = L("退回重办或重新办理的件／办理过的件", "done again / ever done"), .time_column = "m.opened_at",
      .numerator = { L("重办", "Again"), ALONE " and r.redos > 0" },
      .denominator = { L("办理过", "Ever done"), ALONE " and (r.redos > 0 or r.done_at is not null)" } },
    { .name = "report.handling_hours", .label = L("办理时长（中位数）", "Handling time, median"), .unit = L("小时", "hours"),
      .formula = L("从登记到办理完成的中位小时数，按办结时间", "median hours from the first word to the work's end, by closing"),
      .time_column = "m.closed_at", .numerator = { L("已办结", "Closed"), ALONE " and m.phase = 4 and r.done_at is not null" },
      .measure = "r.done_at - m.opened_at", .measure_unit = 3600000 },
    STREET_RATE("responded_rate", "响应率", "responded", "responded_counts"),
    STREET_RATE("resolved_rate", "解决率", "resolved", "resolved_counts"),
    STREET_RATE("satisfied_rate", "满意率", "satisfied", "satisfied_counts"),
    UPSTREAM_RATE("responded_rate", "响应率", "responded", "up_responded"),
    UPSTREAM_RATE("resolved_rate", "解决率", "resolved", "up_resolved"),
    UPSTREAM_RATE("satisfied_rate", "满意率", "satisfied", "up_satisfied"),
    { 0 },
};
