/* clock.h -- time: milliseconds since 1970-01-01 UTC, everywhere; calendar fields only at the edges.
 * The office's zone is Asia/Shanghai: +08:00 without daylight saving since 1991-09-15 (IANA tzdata), so the
 * conversion here is arithmetic and needs no zone files. Years 1970-9999.
 * Threading: a clock's now() may be called from any thread. Tests own a fake clock. */
#ifndef WUXING_BASE_CLOCK_H
#define WUXING_BASE_CLOCK_H

#include "base/arena.h"

typedef int64_t ms;
#define SECONDS(n) ((ms)(n) * 1000)
#define MINUTES(n) ((ms)(n) * 60000)
#define HOURS(n)   ((ms)(n) * 3600000)
#define DAYS(n)    ((ms)(n) * 86400000)

struct clock {
    ms (*now)(struct clock *);
};
struct clock *clock_system(void);

struct clock_fake {
    struct clock clock;
    _Atomic ms at;
};
void clock_fake_init(struct clock_fake *, ms at);

struct civil {                    /* local time of the office */
    int year, month, day;         /* month 1-12, day 1-31 */
    int hour, minute, second, milli;
    int weekday;                  /* 0 = Sunday */
};
struct civil civil_of(ms at);
ms civil_ms(struct civil);                                  /* weekday is ignored */
ms day_start(ms at);                                        /* 00:00 local of that day */
int day_number(ms at);                                      /* local date as 20261123 */
ms day_number_ms(int day_number);                           /* 00:00 local of 20261123 */

struct str ms_rfc3339(struct arena *, ms at);               /* 2026-03-15T08:30:05+08:00; millis only if not zero */
enum { RFC3339_BYTES_MAX = 30 };
size_t ms_put_rfc3339(char to[static RFC3339_BYTES_MAX], ms at);   /* the same without an arena or a NUL; how many bytes */
bool ms_from_rfc3339(struct str, ms *ret_at) MUST_USE;      /* an offset or Z is required */
bool day_from_text(struct str, int *ret_day_number) MUST_USE;   /* 2026-03-15 */

#endif
