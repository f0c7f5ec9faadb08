/* figures.c -- the numbers of alarms; see engine/figure.h. Drills and tests are no part of a rate and stand beside it. Answer is
 * from the alarm's first second until a human took it; on site from the first second until somebody arrived. The norms beside
 * them are other countries' published standards (rules/care.yaml), for comparison only: a figure, never a target for a person. */
#include "modules/care/care.h"

#define ALARMS "from matter m join care_alarm a on a.id = m.id where m.kind = 'alarm'"
#define REAL ALARMS " and a.drill = 0 and coalesce(a.outcome, '') <> 'test'"
#define TAKEN REAL " and a.claimed_at is not null"
#define ARRIVED REAL " and a.arrived_at is not null"
#define ENDED REAL " and a.outcome is not null"

static const struct figure_part answer_exclusions[] = {
    { L("演练", "Drills"), ALARMS " and a.drill = 1" },
    { L("试呼", "Test calls"), ALARMS " and a.drill = 0 and a.outcome = 'test'" },
    { L("尚无人接警", "Not taken yet"), REAL " and a.claimed_at is null" },
    { .from = NULL },
};
static const struct figure_part site_exclusions[] = {
    { L("演练", "Drills"), ALARMS " and a.drill = 1" },
    { L("无须到场", "Nobody had to come"), REAL " and a.arrived_at is null" },
    { .from = NULL },
};
static const struct figure_part outcome_exclusions[] = {
    { L("演练", "Drills"), ALARMS " and a.drill = 1" },
    { L("试呼", "Test calls"), ALARMS " and a.drill = 0 and a.outcome = 'test'" },
    { L("处置中", "Not ended"), REAL " and a.outcome is null" },
    { .from = NULL },
};
static const struct figure_part follow_exclusions[] = {
    { L("时限未到", "Still in time"), ENDED " and a.followed_at is null and m.late = 0" },
    { .from = NULL },
};

#define WITHIN(NAME, ZH_TEXT, EN_TEXT, SECONDS, NORM) \
    { .name = NAME, .label = L(ZH_TEXT, EN_TEXT), .formula = L(ZH_TEXT " ÷ 已接警的警情", EN_TEXT " / alarms that were taken"), \
      .unit = L("%", "%"), .rule = "care", .norm = NORM, .time_column = "m.opened_at", \
      .numerator = { L(ZH_TEXT, EN_TEXT), TAKEN " and a.claimed_at - m.opened_at <= " #SECONDS "000" }, \
      .denominator = { L("已接警", "Taken"), TAKEN }, .exclusions = answer_exclusions }
#define ON_SITE(NAME, ZH_TEXT, EN_TEXT, SECONDS, NORM) \
    { .name = NAME, .label = L(ZH_TEXT, EN_TEXT), .formula = L(ZH_TEXT " ÷ 有人到场的警情", EN_TEXT " / alarms with an arrival"), \
      .unit = L("%", "%"), .rule = "care", .norm = NORM, .time_column = "m.opened_at", \
      .numerator = { L(ZH_TEXT, EN_TEXT), ARRIVED " and a.arrived_at - m.opened_at <= " #SECONDS "000" }, \
      .denominator = { L("已到场", "Arrived"), ARRIVED }, .exclusions = site_exclusions }
#define TOOK(NAME, ZH_TEXT, EN_TEXT, PER_MILLE) \
    { .name = NAME, .label = L(ZH_TEXT, EN_TEXT), .formula = L("从报警到接警的秒数", "Seconds from the alarm until it was taken"), \
      .unit = L("秒", "seconds"), .time_column = "m.opened_at", .numerator = { L("已接警", "Taken"), TAKEN }, \
      .exclusions = answer_exclusions, .measure = "a.claimed_at - m.opened_at", .measure_unit = 1000, .quantile = PER_MILLE }
#define CAME(NAME, ZH_TEXT, EN_TEXT, PER_MILLE) \
    { .name = NAME, .label = L(ZH_TEXT, EN_TEXT), .formula = L("从报警到到场的分钟数", "Minutes from the alarm until somebody arrived"), \
      .unit = L("分钟", "minutes"), .time_column = "m.opened_at", .numerator = { L("已到场", "Arrived"), ARRIVED }, \
      .exclusions = site_exclusions, .measure = "a.arrived_at - m.opened_at", .measure_unit = 60000, .quantile = PER_MILLE }

const struct figure care_figures[] = {
    { .name = "alarm.opened", .label = L("警情", "Alarms"), .formula = L("演练和试呼以外的警情", "Alarms but drills and tests"),
      .unit = L("起", "alarms"), .time_column = "m.opened_at", .numerator = { L("警情", "Alarms"), REAL } },
    WITHIN("alarm.answered_60", "60 秒内接警", "Taken within 60 s", 60, "norm.answer60"),
    WITHIN("alarm.answered_180", "180 秒内接警", "Taken within 180 s", 180, "norm.answer180"),
    ON_SITE("alarm.on_site_45", "45 分钟内到场", "On site within 45 min", 2700, "norm.site45"),
    ON_SITE("alarm.on_site_60", "60 分钟内到场", "On site within 60 min", 3600, "norm.site60"),
    TOOK("alarm.answer_p50", "接警用时 P50", "Time to take, P50", 500),
    TOOK("alarm.answer_p90", "接警用时 P90", "Time to take, P90", 900),
    TOOK("alarm.answer_p99", "接警用时 P99", "Time to take, P99", 990),
    CAME("alarm.arrive_p50", "到场用时 P50", "Time to arrive, P50", 500),
    CAME("alarm.arrive_p90", "到场用时 P90", "Time to arrive, P90", 900),
    CAME("alarm.arrive_p99", "到场用时 P99", "Time to arrive, P99", 990),
    { .name = "alarm.over_180", .label = L("超过 3 分钟才接警（逐起核查）", "Taken after more than 3 minutes, each looked into"),
      .formula = L("接警用时超过 180 秒的警情", "Alarms taken after 180 s"), .unit = L("起", "alarms"), .time_column = "m.opened_at",
      .numerator = { L("超过 3 分钟", "Over 3 minutes"), TAKEN " and a.claimed_at - m.opened_at > 180000" } },
    { .name = "alarm.service", .label = L("服务需求占比", "Share of service needs"),
      .formula = L("结果为服务需求 ÷ 已有结果", "Ended as a service need / ended"), .unit = L("%", "%"), .time_column = "m.opened_at",
      .numerator = { L("服务需求", "Service need"), ENDED " and a.outcome = 'service'" },
      .denominator = { L("已有结果", "Ended"), ENDED }, .exclusions = outcome_exclusions },
    { .name = "alarm.followed", .label = L("次日回访率", "Followed up"),
      .formula = L("已回访 ÷（已回访或已逾期）", "Followed up / followed up or late"), .unit = L("%", "%"), .time_column = "m.opened_at",
      .numerator = { L("已回访", "Followed up"), ENDED " and a.followed_at is not null" },
      .denominator = { L("应回访", "Owed"), ENDED " and (a.followed_at is not null or m.late = 1)" }, .exclusions = follow_exclusions },
    { .name = "upkeep.open", .label = L("未修复的设备", "Devices not repaired"), .formula = L("未了结的设备失效", "Open tasks of upkeep"),
      .unit = L("台", "devices"), .time_column = "m.opened_at",
      .numerator = { L("未修复", "Open"), "from matter m join care_upkeep u on u.id = m.id where m.kind = 'upkeep' and u.ended_at is null" } },
    { .name = "upkeep.covered", .label = L("2 小时内采取替代措施", "Covered within 2 hours"),
      .formula = L("2 小时内替代或恢复 ÷ 全部设备失效", "Covered or back within 2 h / all faults"), .unit = L("%", "%"), .rule = "limits",
      .time_column = "m.opened_at",
      .numerator = { L("2 小时内", "Within 2 h"), "from matter m join care_upkeep u on u.id = m.id where m.kind = 'upkeep' and m.state <> 'joined'"
                     " and coalesce(u.substitute_at, u.repaired_at) - m.opened_at <= 7200000" },
      .denominator = { L("设备失效", "Faults"), "from matter m join care_upkeep u on u.id = m.id where m.kind = 'upkeep' and m.state <> 'joined'" } },
    { 0 },
};
