/* figures.c -- the numbers of orders; see engine/figure.h. What still has time stands beside a rate as an exclusion. */
#include "modules/order/order.h"

#define ORDERS "from matter m join service_order o on o.id = m.id where m.kind = 'order'"
#define KEPT ORDERS " and m.state <> 'cancelled'"

static const struct figure_part accept_exclusions[] = {
    { L("已取消", "Cancelled"), ORDERS " and m.state = 'cancelled'" },
    { L("待接单、时限未到", "Not accepted, still in time"), KEPT " and o.accepted_at is null and m.late = 0" },
    { .from = NULL },
};
static const struct figure_part deliver_exclusions[] = {
    { L("已取消", "Cancelled"), ORDERS " and m.state = 'cancelled'" },
    { L("尚未送达、时限未到", "Not delivered, still in time"), KEPT " and o.delivered_at is null and m.late = 0" },
    { .from = NULL },
};

const struct figure order_figures[] = {
    { .name = "order.made", .label = L("订单", "Orders"), .formula = L("登记的订单", "Orders made"), .unit = L("单", "orders"),
      .time_column = "m.opened_at", .numerator = { L("订单", "Orders"), ORDERS } },
    { .name = "order.accepted_in_time", .label = L("按时接单率", "Accepted in time"),
      .formula = L("按时接单 ÷（已接单或接单超时）", "In time / accepted or late"), .unit = L("%", "%"), .rule = "limits",
      .time_column = "m.opened_at", .numerator = { L("按时接单", "In time"), KEPT " and o.accepted_in_time = 1" },
      .denominator = { L("已接单或超时", "Accepted or late"), KEPT " and (o.accepted_at is not null or m.late = 1)" },
      .exclusions = accept_exclusions },
    { .name = "order.delivered_in_time", .label = L("按时送达率", "Delivered in time"),
      .formula = L("按时送达 ÷（已送达或超时）", "In time / delivered or late"), .unit = L("%", "%"), .rule = "limits",
      .time_column = "m.opened_at", .numerator = { L("按时送达", "In time"), KEPT " and o.delivered_in_time = 1" },
      .denominator = { L("已送达或超时", "Delivered or late"), KEPT " and (o.delivered_at is not null or m.late = 1)" },
      .exclusions = deliver_exclusions },
    { 0 },
};
