/* clock.c -- see clock.h. Days are counted with the proleptic Gregorian calendar from 0000-03-01, because a year that
 * starts in March has its leap day last. */
#include "base/clock.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

enum { OFFSET_MS = 8 * 3600 * 1000, DAY_MS = 86400000, DAYS_TO_1970 = 719468, DAYS_400Y = 146097 };

static ms system_now(struct clock *c)
{
    (void)c;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (ms)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct clock *clock_system(void)
{
    static struct clock system = { system_now };
    return &system;
}

static ms fake_now(struct clock *c)
{
    return atomic_load(&((struct clock_fake *)c)->at);
}

void clock_fake_init(struct clock_fake *f, ms at)
{
    f->clock.now = fake_now;
    atomic_store(&f->at, at);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t days_of_date(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year, era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * DAYS_400Y + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - DAYS_TO_1970;
}

struct civil civil_of(ms at)
{
    int64_t local = at + OFFSET_MS, days = floor_div(local, DAY_MS), in_day = local - days * DAY_MS;
    int64_t z = days + DAYS_TO_1970, era = floor_div(z, DAYS_400Y), doe = z - era * DAYS_400Y;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (struct civil){
        .year = (int)(yoe + era * 400 + (month <= 2)), .month = month, .day = (int)(doy - (153 * mp + 2) / 5 + 1),
        .hour = (int)(in_day / 3600000), .minute = (int)(in_day / 60000 % 60), .second = (int)(in_day / 1000 % 60),
        .milli = (int)(in_day % 1000), .weekday = (int)(((days % 7) + 11) % 7),
    };
}

ms civil_ms(struct civil c)
{
    return days_of_date(c.year, c.month, c.day) * DAY_MS + c.hour * 3600000LL + c.minute * 60000LL +
           c.second * 1000LL + c.milli - OFFSET_MS;
}

ms day_start(ms at)
{
    return floor_div(at + OFFSET_MS, DAY_MS) * DAY_MS - OFFSET_MS;
}

int day_number(ms at)
{
    struct civil c = civil_of(at);
    return c.year * 10000 + c.month * 100 + c.day;
}

ms day_number_ms(int day)
{
    return civil_ms((struct civil){ .year = day / 10000, .month = day / 100 % 100, .day = day % 100 });
}

/* An answer holds a time in every row; printf took longer than the rest of the row. */
static void put_digits(char *to, int count, int value)
{
    for (; count-- > 0; value /= 10)
        to[count] = (char)('0' + value % 10);
}

size_t ms_put_rfc3339(char to[static RFC3339_BYTES_MAX], ms at)
{
    struct civil c = civil_of(at);
    memcpy(to, "0000-00-00T00:00:00.000", 23);
    put_digits(to, 4, c.year);
    put_digits(to + 5, 2, c.month);
    put_digits(to + 8, 2, c.day);
    put_digits(to + 11, 2, c.hour);
    put_digits(to + 14, 2, c.minute);
    put_digits(to + 17, 2, c.second);
    put_digits(to + 20, 3, c.milli);
    size_t n = c.milli ? 23 : 19;
    memcpy(to + n, "+08:00", 6);
    return n + 6;
}

struct str ms_rfc3339(struct arena *a, ms at)
{
    char text[RFC3339_BYTES_MAX];
    size_t n = ms_put_rfc3339(text, at);
    return arena_copy(a, (struct str){ text, n });
}

static bool digits(struct str s, size_t at, size_t n, int *ret_value)
{
    int value = 0;
    if (at + n > s.n)
        return false;
    for (size_t i = at; i < at + n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        value = value * 10 + (s.p[i] - '0');
    }
    *ret_value = value;
    return true;
}

static bool date_at(struct str s, struct civil *c)
{
    static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    if (!digits(s, 0, 4, &c->year) || !digits(s, 5, 2, &c->month) || !digits(s, 8, 2, &c->day) || s.p[4] != '-' ||
        s.p[7] != '-' || c->year < 1900 || c->month < 1 || c->month > 12 || c->day < 1)
        return false;
    bool leap = c->month == 2 && c->year % 4 == 0 && (c->year % 100 != 0 || c->year % 400 == 0);
    return c->day <= month_days[c->month - 1] + leap;
}

bool day_from_text(struct str s, int *ret_day)
{
    struct civil c = { 0 };
    if (s.n != 10 || !date_at(s, &c))
        return false;
    *ret_day = c.year * 10000 + c.month * 100 + c.day;
    return true;
}

bool ms_from_rfc3339(struct str s, ms *ret_at)
{
    struct civil c = { 0 };
    if (s.n < 20 || !date_at(s, &c) || (s.p[10] != 'T' && s.p[10] != 't' && s.p[10] != ' ') ||
        !digits(s, 11, 2, &c.hour) || s.p[13] != ':' || !digits(s, 14, 2, &c.minute) || s.p[16] != ':' ||
        !digits(s, 17, 2, &c.second) || c.hour > 23 || c.minute > 59 || c.second > 60)
        return false;
    size_t i = 19;
    if (s.p[i] == '.') {
        int unit = 100;
        size_t first = ++i;
        for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, unit /= 10)
            c.milli += unit * (s.p[i] - '0');
        if (i == first)
            return false;
    }
    ms offset = 0;
    if (i + 1 == s.n && (s.p[i] == 'Z' || s.p[i] == 'z')) {
        offset = 0;
    } else if (i + 6 == s.n && (s.p[i] == '+' || s.p[i] == '-')) {
        int hours, minutes;
        if (!digits(s, i + 1, 2, &hours) || s.p[i + 3] != ':' || !digits(s, i + 4, 2, &minutes) || hours > 23 ||
            minutes > 59)
            return false;
        offset = (hours * 60 + minutes) * 60000LL * (s.p[i] == '-' ? -1 : 1);
    } else {
        return false;
    }
    *ret_at = civil_ms(c) + OFFSET_MS - offset;
    return true;
}
