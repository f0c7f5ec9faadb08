/* clock_test.c -- instants by `date -u -d ... +%s` of GNU coreutils. */
#include "base/clock.h"
#include "test/test.h"

static struct arena arena;

TEST(days_begin_at_midnight_of_the_office)
{
    CHECK_INT(day_number(0), 19700101);
    CHECK_INT(day_number(1773532799999), 20260315);          /* 2026-03-15 07:59:59.999 +08:00 */
    CHECK_INT(day_start(1773534605000), 1773504000000);
    CHECK_INT(day_number(1773503999999), 20260314);
    CHECK_INT(day_number_ms(20260315), 1773504000000);
    CHECK_INT(day_number(day_number_ms(20240229)), 20240229);
    CHECK_INT(day_number_ms(20240301) - day_number_ms(20240228), DAYS(2));
    CHECK_INT(day_number_ms(21000301) - day_number_ms(21000228), DAYS(1));   /* 2100 has no leap day */
}

TEST(civil_time_goes_there_and_back)
{
    for (ms at = -62135596800000; at < 253402300800000; at += 86400000LL * 97 + 12345678) {
        struct civil c = civil_of(at);
        CHECK_INT(civil_ms(c), at);
        CHECK(c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= 31 && c.weekday >= 0 && c.weekday < 7);
    }
    struct civil c = civil_of(1773534605123);
    CHECK_INT(c.year * 10000 + c.month * 100 + c.day, 20260315);
    CHECK_INT(c.hour * 10000 + c.minute * 100 + c.second, 83005);
    CHECK_INT(c.milli, 123);
    CHECK_INT(c.weekday, 0);                                 /* a Sunday */
    CHECK_INT(civil_of(0).weekday, 4);                       /* 1970-01-01 was a Thursday */
}

TEST(times_are_written_and_read_as_rfc_3339)
{
    ms at = 0;
    CHECK_STR(ms_rfc3339(&arena, 1773534605000), "2026-03-15T08:30:05+08:00");
    CHECK_STR(ms_rfc3339(&arena, 1773534605020), "2026-03-15T08:30:05.020+08:00");
    CHECK(ms_from_rfc3339(S("2026-03-15T08:30:05+08:00"), &at) && at == 1773534605000);
    CHECK(ms_from_rfc3339(S("2026-03-15T00:30:05Z"), &at) && at == 1773534605000);
    CHECK(ms_from_rfc3339(S("2026-03-14t19:30:05.0209-05:00"), &at) && at == 1773534605020);
    static const char *const wrong[] = {
        "", "2026-03-15", "2026-03-15T08:30:05", "2026-02-29T08:30:05Z", "2026-03-15T24:00:00Z", "2026-03-15T08:60:00Z",
        "2026-03-15T08:30:05+8:00", "2026-03-15T08:30:05.Z", "2026-03-15T08:30:05+08:00 ", "2026-3-15T08:30:05+08:00",
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK(!ms_from_rfc3339(str_of(wrong[i]), &at));
    CHECK_INT(at, 1773534605020);
    arena_free(&arena);
}

TEST(a_day_is_a_date_that_exists)
{
    int day = 0;
    CHECK(day_from_text(S("2024-02-29"), &day) && day == 20240229);
    CHECK(!day_from_text(S("2023-02-29"), &day));
    CHECK(!day_from_text(S("2026-04-31"), &day));
    CHECK(!day_from_text(S("2026-00-10"), &day));
    CHECK(!day_from_text(S("2026-01-01 "), &day));
}

TEST(a_fake_clock_says_what_it_is_told)
{
    struct clock_fake fake;
    clock_fake_init(&fake, 1000);
    CHECK_INT(fake.clock.now(&fake.clock), 1000);
    fake.at += MINUTES(31);
    CHECK_INT(fake.clock.now(&fake.clock), 1000 + 31 * 60000);
}
