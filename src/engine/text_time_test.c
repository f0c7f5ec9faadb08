/* text_time_test.c -- the clock stands at Monday 2026-11-23 09:30 of the office. */
#include "engine/text_time.h"
#include "test/test.h"

static const struct civil MONDAY = { .year = 2026, .month = 11, .day = 23, .hour = 9, .minute = 30 };

static struct str said(const char *text)
{
    static struct arena a;
    struct text_time t;
    if (!a.cap_bytes)
        arena_init(&a, ARENA_CAP_BYTES);
    if (!text_time(str_of(text), civil_ms(MONDAY), NULL, NULL, &t))
        return S("none");
    struct civil c = civil_of(t.at);
    return arena_format(&a, "%02d-%02d %02d:%02d", c.month, c.day, c.hour, c.minute);
}

TEST(text_time_reads_days_of_the_week)
{
    CHECK_STR(said("周五前修好"), "11-27 18:00");
    CHECK_STR(said("我们星期三上午过去看"), "11-25 12:00");
    CHECK_STR(said("下周三之前给答复"), "12-02 18:00");
    CHECK_STR(said("本周内解决"), "11-27 18:00");
    CHECK_STR(said("周一下午3点"), "11-23 15:00");
    CHECK_STR(said("礼拜天前"), "11-29 18:00");
}

TEST(text_time_reads_near_days)
{
    CHECK_STR(said("明天上午派人"), "11-24 12:00");
    CHECK_STR(said("后天下午四点半到"), "11-25 16:30");
    CHECK_STR(said("今晚就来"), "11-23 22:00");
    CHECK_STR(said("今天下班前"), "11-23 18:00");
    CHECK_STR(said("下班前给您回电话"), "11-23 18:00");
    CHECK_STR(said("明天15:30"), "11-24 15:30");
}

TEST(text_time_reads_spans)
{
    CHECK_STR(said("三天内清运完"), "11-26 18:00");
    CHECK_STR(said("3个工作日内答复"), "11-26 18:00");
    CHECK_STR(said("五个工作日"), "11-30 18:00");
    CHECK_STR(said("两小时内到场"), "11-23 11:30");
    CHECK_STR(said("半小时内"), "11-23 10:00");
    CHECK_STR(said("一周内"), "11-30 18:00");
    CHECK_STR(said("十五天内"), "12-08 18:00");
}

TEST(text_time_reads_dates)
{
    CHECK_STR(said("11月25日前完成"), "11-25 18:00");
    CHECK_STR(said("25号前"), "11-25 18:00");
    CHECK_STR(said("5号前"), "12-05 18:00");
    CHECK_STR(said("月底前"), "11-30 18:00");
    CHECK_STR(said("下月底"), "12-31 18:00");
    CHECK_STR(said("1月10日"), "01-10 18:00");
}

TEST(text_time_does_not_take_houses_for_days)
{
    CHECK_STR(said("市场街75号院墙歪了"), "none");
    CHECK_STR(said("12号楼3单元停水三天了"), "none");
    CHECK_STR(said("明白了，会处理"), "none");
    CHECK_STR(said(""), "none");
    CHECK_STR(said("说明情况"), "none");
    CHECK_STR(said("前"), "none");
}

TEST(text_time_keeps_the_phrase)
{
    struct text_time t;
    CHECK(text_time(S("师傅说周五前修好"), civil_ms(MONDAY), NULL, NULL, &t));
    CHECK_STR(t.phrase, "周五前");
}
