/* text_time.c -- see text_time.h. Every phrase is tried at every character; the first one that fits wins. A
 * house number
 * ("75号院", "12号楼") must not be read as a day, so a bare day of the month needs a word such as 前 behind
 * it. */
#include "engine/text_time.h"

enum { MORNING_END = 12 * 60, WORK_END = 18 * 60, EVENING_END = 22 * 60, FRIDAY = 5 };

struct reading {
    ms now;
    bool (*works)(void *, int);
    void *arg;
};

static bool eat(struct str *s, const char *z)
{
    struct str part = str_of(z);
    if (!str_starts(*s, part))
        return false;
    *s = str_from(*s, part.n);
    return true;
}

static bool eat_any(struct str *s, const char *const *words)
{
    for (; *words; words++)
        if (eat(s, *words))
            return true;
    return false;
}

static int digit_of(struct str *s)
{
    static const char *const digits[] = { "零", "一", "二", "三", "四", "五", "六", "七", "八", "九" };
    if (s->n && s->p[0] >= '0' && s->p[0] <= '9') {
        int value = s->p[0] - '0';
        *s = str_from(*s, 1);
        return value;
    }
    for (int i = 0; i < (int)COUNT(digits); i++)
        if (eat(s, digits[i]))
            return i;
    return eat(s, "两") ? 2 : -1;
}

/* 3, 12, 三, 十, 十二, 二十, 二十五; 1..99 */
static bool eat_number(struct str *s, int *ret)
{
    struct str rest = *s;
    int first = digit_of(&rest), value = first;
    if (eat(&rest, "十")) {
        int last = digit_of(&rest);
        value = (first < 0 ? 1 : first) * 10 + (last < 0 ? 0 : last);
    } else if (first >= 0) {
        int second = rest.n && rest.p[0] >= '0' && rest.p[0] <= '9' ? digit_of(&rest) : -1;
        value = second < 0 ? first : first * 10 + second;
    }
    if (value <= 0 || (rest.n && rest.p[0] >= '0' && rest.p[0] <= '9'))
        return false;
    *s = rest;
    *ret = value;
    return true;
}

static ms at_minute(ms day, int minute)
{
    return day_start(day) + MINUTES(minute);
}

static ms working_days_later(const struct reading *r, int days)
{
    ms day = day_start(r->now);
    for (int left = days, tries = 0; left > 0 && tries < 400; tries++) {
        day += DAYS(1);
        struct civil c = civil_of(day);
        left -= r->works ? r->works(r->arg, day_number(day)) : c.weekday >= 1 && c.weekday <= 5;
    }
    return at_minute(day, WORK_END);
}

static bool eat_within(struct str *s)
{
    static const char *const words[] = { "以内", "之内", "内", "左右", "之后", "后", NULL };
    return eat_any(s, words);
}

/* 三天内, 3个工作日, 半小时内 */
static bool span(const struct reading *r, struct str *s, ms *ret)
{
    struct str rest = *s;
    int n = 0;
    bool half = eat(&rest, "半");
    if (!half && !eat_number(&rest, &n))
        return false;
    eat(&rest, "个");
    if (!half && eat(&rest, "工作日")) {
        eat_within(&rest);
        *ret = working_days_later(r, n);
    } else if (eat(&rest, "分钟") && !half) {
        *ret = r->now + MINUTES(n);
        if (!eat_within(&rest))
            return false;
    } else if (eat(&rest, "小时") || eat(&rest, "钟头")) {
        *ret = r->now + (half ? MINUTES(30) : HOURS(n));
        if (!eat_within(&rest))
            return false;
    } else {
        ms days = eat(&rest, "天") || eat(&rest, "日")                           ? 1
                  : eat(&rest, "周") || eat(&rest, "星期") || eat(&rest, "礼拜") ? 7
                  : eat(&rest, "月")                                             ? 30
                                                                                 : 0;
        if (days == 0 || !eat_within(&rest))
            return false;
        *ret = half && days == 1 ? r->now + HOURS(4)
                                 : at_minute(r->now + DAYS(half ? days / 2 : days * n), WORK_END);
    }
    *s = rest;
    return true;
}

/* 上午, 下午3点半, 15:30, 下班前: the minute of the day until which it is promised; -1 when nothing is said */
static int minute_of_day(struct str *s)
{
    static const char *const mornings[] = { "上午", "早上", "早晨", "一早", "早", "中午", NULL };
    static const char *const nights[] = { "晚上", "夜里", "晚", NULL };
    int end = -1, hour;
    bool later = false;
    if (eat_any(s, mornings)) {
        end = MORNING_END;
    } else if (eat(s, "下午")) {
        end = WORK_END;
        later = true;
    } else if (eat_any(s, nights)) {
        end = EVENING_END;
        later = true;
    } else if (eat(s, "下班")) {
        return WORK_END;
    }
    struct str rest = *s;
    if (!eat_number(&rest, &hour) || hour > 24)
        return end;
    int minute = 0;
    if (eat(&rest, "点半"))
        minute = 30;
    else if (eat(&rest, "点") || eat(&rest, ":") || eat(&rest, "："))
        minute = eat_number(&rest, &minute) && minute < 60 ? minute : 0;
    else
        return end;
    eat(&rest, "分");
    *s = rest;
    return (later && hour < 12 ? hour + 12 : hour) * 60 + minute;
}

static ms end_of(ms day, struct str *s)
{
    int minute = minute_of_day(s);
    return at_minute(day, minute < 0 ? WORK_END : minute);
}

/* 今天, 明天上午, 后天, 今晚 */
static bool near_day(const struct reading *r, struct str *s, ms *ret)
{
    static const struct { const char *word; int days; } days[] = {
        { "大后天", 3 }, { "后天", 2 }, { "明天", 1 }, { "明日", 1 }, { "明", 1 }, { "今天", 0 }, { "今日", 0 },
        { "当天", 0 }, { "今", 0 },
    };
    for (size_t i = 0; i < COUNT(days); i++) {
        struct str rest = *s;
        if (!eat(&rest, days[i].word))
            continue;
        struct str behind = rest;
        int minute = minute_of_day(&rest);
        if (str_chars(str_of(days[i].word)) == 1 && minute < 0)
            continue;                          /* 明 and 今 alone are parts of other words */
        rest = behind;
        *ret = end_of(r->now + DAYS(days[i].days), &rest);
        *s = rest;
        return true;
    }
    return false;
}

/* 周五前, 下周三上午, 本周内: weeks begin on Monday */
static bool week_day(const struct reading *r, struct str *s, ms *ret)
{
    static const char *const names[] = { "日", "一", "二", "三", "四", "五", "六" };
    struct str rest = *s;
    bool this_week = eat(&rest, "本") || eat(&rest, "这个") || eat(&rest, "这");
    bool next = !this_week && (eat(&rest, "下个") || eat(&rest, "下"));
    if (!eat(&rest, "周") && !eat(&rest, "星期") && !eat(&rest, "礼拜"))
        return false;
    int day = -1, today = (civil_of(r->now).weekday + 6) % 7;          /* 0 = Monday */
    for (int i = 0; i < (int)COUNT(names) && day < 0; i++)
        if (eat(&rest, names[i]))
            day = (i + 6) % 7;
    if (day < 0 && (eat(&rest, "天") || eat(&rest, "末")))
        day = 6;
    if (day < 0 && (this_week || next) && (eat(&rest, "内") || eat(&rest, "之内")))
        day = FRIDAY - 1;
    if (day < 0)
        return false;
    int ahead = day - today + (next ? 7 : 0);
    if (ahead < 0 && !this_week)
        ahead += 7;
    *ret = end_of(r->now + DAYS(ahead), &rest);
    *s = rest;
    return true;
}

static int month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static ms date_ms(int year, int month, int day)
{
    return civil_ms((struct civil){ .year = year, .month = month, .day = day });
}

/* 月底, 下月底, 年底 */
static bool month_end(const struct reading *r, struct str *s, ms *ret)
{
    struct str rest = *s;
    struct civil c = civil_of(r->now);
    bool next = eat(&rest, "下个") || eat(&rest, "下");
    if (!next)
        eat(&rest, "本");
    if (eat(&rest, "月底") || eat(&rest, "月末")) {
        c.year += next && c.month == 12;
        c.month = next ? c.month % 12 + 1 : c.month;
    } else if (!next && eat(&rest, "年底")) {
        c.month = 12;
    } else {
        return false;
    }
    *ret = end_of(date_ms(c.year, c.month, month_days(c.year, c.month)), &rest);
    *s = rest;
    return true;
}

/* 11月25日, 25号前 */
static bool date_of(const struct reading *r, struct str *s, ms *ret)
{
    static const char *const until[] = { "之前", "以前", "前", "上午", "下午", "晚上", NULL };
    struct str rest = *s;
    struct civil c = civil_of(r->now);
    int n, month = 0, day;
    if (!eat_number(&rest, &n))
        return false;
    if (eat(&rest, "月")) {
        month = n;
        if (!eat_number(&rest, &n))
            return false;
    }
    day = n;
    if (!eat(&rest, "日") && !eat(&rest, "号"))
        return false;
    struct str behind = rest;
    if (month == 0 && !eat_any(&behind, until))
        return false;
    int m = month ? month : c.month, y = c.year;
    if (m > 12 || day > month_days(y, m))
        return false;
    if (m < c.month || (m == c.month && day < c.day)) {
        if (month) {
            y++;
        } else {
            y += c.month == 12;
            m = c.month % 12 + 1;
        }
    }
    *ret = end_of(date_ms(y, m, day), &rest);
    *s = rest;
    return true;
}

/* 下班前, 下午3点, 中午前: today */
static bool today_at(const struct reading *r, struct str *s, ms *ret)
{
    struct str rest = *s;
    bool named = str_starts(rest, S("下班")) || str_starts(rest, S("上午")) || str_starts(rest, S("中午")) ||
                 str_starts(rest, S("下午")) || str_starts(rest, S("晚上"));
    int minute = named ? minute_of_day(&rest) : -1;
    if (minute < 0)
        return false;
    *ret = at_minute(r->now, minute);
    *s = rest;
    return *ret > r->now;
}

bool text_time(struct str text, ms now, bool (*works)(void *, int), void *arg, struct text_time *ret)
{
    static bool (*const readers[])(const struct reading *, struct str *, ms *) = {
        span, near_day, week_day, month_end, date_of, today_at,
    };
    struct reading r = { now, works, arg };
    for (struct str at = text; at.n; str_next(&at)) {
        for (size_t i = 0; i < COUNT(readers); i++) {
            struct str rest = at;
            ms found;
            if (!readers[i](&r, &rest, &found))
                continue;
            eat(&rest, "前");
            *ret = (struct text_time){ found, str_head(at, at.n - rest.n) };
            return true;
        }
        if (eat(&at, "号"))                       /* 12号楼: skip the whole number's noun */
            continue;
        while (at.n > 1 && at.p[0] >= '0' && at.p[0] <= '9' && at.p[1] >= '0' && at.p[1] <= '9')
            at = str_from(at, 1);                 /* a number is read from its first digit only */
    }
    return false;
}
