/* calendar.c -- limits over the working calendar; see rule.h. The calendar is data: rules/calendar.yaml holds one entry a
 * day that differs from its weekday (kind: holiday | work), and one entry `year-2026` a published year. Office hours are
 * rules/office.yaml: entries am and pm with from and to in minutes of the day. */
#include "engine/rule.h"

#include <assert.h>
#include <string.h>

struct office_hours { ms from[2], to[2]; };         /* in the day */

static struct office_hours office_hours(const struct tx *tx)
{
    const struct rule_set *office = rule_set(rules_of(tx), "office");
    const struct rule_entry *am = rule_entry(office, S("am")), *pm = rule_entry(office, S("pm"));
    return (struct office_hours){
        .from = { MINUTES(rule_int(am, "from", 510)), MINUTES(rule_int(pm, "from", 840)) },
        .to = { MINUTES(rule_int(am, "to", 720)), MINUTES(rule_int(pm, "to", 1080)) },
    };
}

/* Each opening asks some ten days and limits: keys are put together without printf. */
static struct str key_with(char *text, struct str prefix, int number)
{
    char *at = text + prefix.n, digits[12];
    int count = 0;
    memcpy(text, prefix.p, prefix.n);
    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count > 0)
        *at++ = digits[--count];
    return (struct str){ text, (size_t)(at - text) };
}

bool working_day(const struct tx *tx, int day)
{
    char text[16];
    const struct rule_set *calendar = rule_set(rules_of(tx), "calendar");
    const struct rule_entry *entry = rule_entry(calendar, key_with(text, S(""), day));
    if (entry)
        return str_is(rule_prop(entry, "kind"), "work");
    int weekday = civil_of(day_number_ms(day)).weekday;
    return weekday != 0 && weekday != 6;
}

static bool year_published(const struct tx *tx, int day)
{
    char text[24];
    return rule_entry(rule_set(rules_of(tx), "calendar"), key_with(text, S("year-"), day / 10000)) != NULL;
}

/* Walks working hours from `start` until `left` of them have passed. */
static ms after_working_ms(const struct tx *tx, ms start, ms left, bool *assumed)
{
    struct office_hours hours = office_hours(tx);
    for (ms day = day_start(start);; day += DAYS(1)) {
        int number = day_number(day);
        if (!working_day(tx, number))
            continue;
        *assumed |= !year_published(tx, number);
        for (int half = 0; half < 2; half++) {
            ms from = day + hours.from[half], to = day + hours.to[half];
            if (from < start)
                from = start;
            if (from >= to)
                continue;
            if (left <= to - from)
                return from + left;
            left -= to - from;
        }
    }
}

/* n working days end at the close of the n-th working day after the day of the start (GB practice: the first day does
 * not count). */
static ms after_working_days(const struct tx *tx, ms start, int64_t days, bool *assumed)
{
    struct office_hours hours = office_hours(tx);
    ms day = day_start(start);
    while (days > 0) {
        day += DAYS(1);
        int number = day_number(day);
        *assumed |= !year_published(tx, number);
        days -= working_day(tx, number);
    }
    return day + hours.to[1];
}

ms limit_end(const struct tx *tx, struct limit limit, ms start, bool *ret_assumed)
{
    bool assumed = false;
    ms end = start;
    switch (limit.unit) {
    case UNIT_SECOND:
        end = start + SECONDS(limit.value);
        break;
    case UNIT_MINUTE:
        end = start + MINUTES(limit.value);
        break;
    case UNIT_HOUR:
        end = start + HOURS(limit.value);
        break;
    case UNIT_DAY:
        end = start + DAYS(limit.value);
        break;
    case UNIT_WORKING_HOUR:
        end = after_working_ms(tx, start, HOURS(limit.value), &assumed);
        break;
    case UNIT_WORKING_DAY:
        end = after_working_days(tx, start, limit.value, &assumed);
        break;
    }
    if (ret_assumed)
        *ret_assumed = assumed;
    return end;
}

ms working_ms_between(const struct tx *tx, ms from, ms to)
{
    struct office_hours hours = office_hours(tx);
    ms sum = 0;
    for (ms day = day_start(from); day < to; day += DAYS(1)) {
        if (!working_day(tx, day_number(day)))
            continue;
        for (int half = 0; half < 2; half++) {
            ms a = day + hours.from[half], b = day + hours.to[half];
            a = a > from ? a : from;
            b = b < to ? b : to;
            sum += b > a ? b - a : 0;
        }
    }
    return sum;
}

/* --- limits ---------------------------------------------------------------------------------------------------------- */

static bool unit_of(struct str name, enum limit_unit *ret_unit)
{
    static const char *const names[] = { "second", "minute", "hour", "working_hour", "working_day", "day" };
    for (int i = 0; i < (int)COUNT(names); i++)
        if (str_is(name, names[i])) {
            *ret_unit = (enum limit_unit)i;
            return true;
        }
    return false;
}

static bool limit_at(const struct rule_set *limits, struct limit *limit, const char *name, struct str category, bool urgent)
{
    char key[128];
    const struct str parts[] = { str_of(name), category.n ? S("/") : S(""), category, urgent ? S("!urgent") : S("") };
    size_t n = 0;
    for (size_t i = 0; i < COUNT(parts); i++) {
        if (n + parts[i].n > sizeof key)
            return false;
        if (parts[i].n)
            memcpy(key + n, parts[i].p, parts[i].n);
        n += parts[i].n;
    }
    const struct rule_entry *entry = rule_entry(limits, (struct str){ key, n });
    if (!entry || !unit_of(rule_prop(entry, "unit"), &limit->unit))
        return false;
    limit->value = rule_int(entry, "value", 0);
    limit->entry = entry;
    return limit->value > 0;
}

struct limit rule_limit(const struct tx *tx, const char *name, struct str category, enum urgency urgency)
{
    const struct rule_set *limits = rule_set(rules_of(tx), "limits");
    const struct rule_set *categories = rule_set(rules_of(tx), "categories");
    struct limit limit = { 0 };
    for (struct str at = category; at.n;) {
        if ((urgency > URGENCY_NORMAL && limit_at(limits, &limit, name, at, true)) || limit_at(limits, &limit, name, at, false))
            return limit;
        const struct rule_entry *entry = rule_entry(categories, at);
        at = entry ? entry->parent : S("");
    }
    if ((urgency > URGENCY_NORMAL && limit_at(limits, &limit, name, S(""), true)) || limit_at(limits, &limit, name, S(""), false))
        return limit;
    return (struct limit){ 0 };
}

struct str limit_text(struct arena *a, struct limit limit, enum lang lang)
{
    static const struct label units[] = {
        L("秒", "seconds"), L("分钟", "minutes"), L("小时", "hours"), L("个工作小时", "working hours"), L("个工作日", "working days"), L("天", "days"),
    };
    return arena_format(a, "%lld %s", (long long)limit.value, label_in(units[limit.unit], lang).p);
}
