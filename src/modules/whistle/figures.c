/* figures.c -- the numbers of whistles; see engine/figure.h. Whoever was excused, called off or still has time is no part
 * of a rate and stands beside it as an exclusion. */
#include "modules/whistle/whistle.h"

#define CALLS "from matter m join whistle_call c on c.id = m.id where m.kind = 'call' and c.called_at is not null"
#define SETTLED " and m.state not in ('excused', 'cancelled') and (c.answered_at is not null or c.missed_at is not null)"
#define PHONES "from matter m join phone_whistle p on p.id = m.id where m.kind = 'phone'"

static const struct figure_part answered_exclusions[] = {
    { L("裁定免于报到", "Excused by ruling"), CALLS " and m.state = 'excused'" },
    { L("已撤哨", "Called off"), CALLS " and m.state = 'cancelled'" },
    { L("时限未到", "Still in time"),
      CALLS " and m.state not in ('excused', 'cancelled') and c.answered_at is null and c.missed_at is null" },
    { .from = NULL },
};
static const struct figure_part silent_exclusions[] = {
    { L("没有报到", "Did not answer"), CALLS " and c.answered_at is null" },
    { .from = NULL },
};
static const struct figure_part ruling_exclusions[] = {
    { L("尚未裁定", "Not ruled yet"), CALLS " and c.declined_at is not null and c.ruling is null" },
    { .from = NULL },
};
static const struct figure_part phone_exclusions[] = {
    { L("企业尚未确认", "Not confirmed yet"), PHONES " and m.phase < 4" },
    { L("已转吹哨", "Became a whistle"), PHONES " and m.state = 'raised'" },
    { L("已撤回", "Withdrawn"), PHONES " and m.state = 'withdrawn'" },
    { .from = NULL },
};

const struct figure whistle_figures[] = {
    { .name = "whistle.blown", .label = L("吹哨次数", "Whistles blown"),
      .formula = L("已吹出的哨", "Whistles that were blown"), .unit = L("次", "times"), .time_column = "m.opened_at",
      .numerator = { L("吹哨", "Blown"), "from matter m join whistle w on w.id = m.id where m.kind = 'whistle'"
                                        " and w.blown_at is not null" } },
    { .name = "whistle.answered_in_time", .label = L("按时报到率", "Answered in time"),
      .formula = L("按时报到的部门 ÷（已报到或已逾期的部门）", "Departments in time / departments that answered or were late"),
      .unit = L("%", "%"), .rule = "limits", .time_column = "m.opened_at",
      .numerator = { L("按时报到", "In time"), CALLS SETTLED " and c.in_time = 1" },
      .denominator = { L("应报到", "Should answer"), CALLS SETTLED }, .exclusions = answered_exclusions },
    { .name = "whistle.answer_minutes", .label = L("报到用时中位数", "Median time to answer"),
      .formula = L("从吹哨到应哨的分钟数，取中位数", "Minutes from the whistle to the answer, the median"),
      .unit = L("分钟", "minutes"), .time_column = "m.opened_at",
      .numerator = { L("已报到", "Answered"), CALLS " and c.answered_at is not null" },
      .exclusions = silent_exclusions, .measure = "c.answered_at - c.called_at", .measure_unit = 60000 },
    { .name = "whistle.never_answered", .label = L("未应哨后督办", "Put under supervision"),
      .formula = L("逾期未应哨而转督办的部门", "Departments under supervision for silence"), .unit = L("个", "departments"),
      .rule = "limits", .time_column = "m.opened_at",
      .numerator = { L("督办", "Supervised"), CALLS " and c.supervised_at is not null" } },
    { .name = "whistle.upheld", .label = L("裁定应当报到率", "Rulings that a department must come"),
      .formula = L("裁定应当报到 ÷ 已裁定的异议", "Upheld / objections ruled on"), .unit = L("%", "%"),
      .time_column = "m.opened_at",
      .numerator = { L("裁定应当报到", "Upheld"), CALLS " and c.declined_at is not null and c.ruling = 'upheld'" },
      .denominator = { L("已裁定", "Ruled"), CALLS " and c.declined_at is not null and c.ruling is not null" },
      .exclusions = ruling_exclusions },
    { .name = "phone.made", .label = L("电话直达哨", "Phone whistles"),
      .formula = L("登记的电话直达哨", "Phone whistles logged"), .unit = L("次", "times"), .time_column = "m.opened_at",
      .numerator = { L("直达哨", "Phone whistles"), PHONES } },
    { .name = "phone.solved", .label = L("企业确认解决率", "Solved, as firms confirm"),
      .formula = L("企业确认已解决 ÷ 企业已确认", "Confirmed as solved / confirmed"), .unit = L("%", "%"),
      .time_column = "m.opened_at",
      .numerator = { L("已解决", "Solved"), PHONES " and p.result = 'solved'" },
      .denominator = { L("企业已确认", "Confirmed"), PHONES " and m.state = 'confirmed'" },
      .exclusions = phone_exclusions },
    { 0 },
};
