/* words_test.c -- what is read out of words: titles, pasted chats, times of orders, likeness. */
#include "modules/report/report.h"
#include "test/test.h"

TEST(report_title_is_the_first_sentence)
{
    CHECK_STR(report_title(S("  楼道灯坏了。晚上看不见")), "楼道灯坏了");
    CHECK_STR(report_title(S("为什么没人管？已经三天")), "为什么没人管");
    CHECK_STR(report_title(S("")), "");
    CHECK_INT((int)str_chars(report_title(S("一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十"))), 40);
}

TEST(report_chat_keeps_words_and_first_speaker)
{
    struct arena a arena_scoped;
    struct pasted p;
    arena_init(&a, ARENA_CAP_BYTES);
    report_paste_chat(&a, S("李姐 2026/11/22 21:03:09\n楼下又积水了\n[图片]\n\n王哥：\n我家也是，13900000055\n"), &p);
    CHECK_STR(p.name, "李姐");
    CHECK_STR(p.text, "楼下又积水了\n我家也是，13900000055");
    CHECK_STR(p.phone, "13900000055");
    CHECK_INT(civil_of(p.at).day, 22);
    report_paste_chat(&a, S("只有一句话"), &p);
    CHECK_STR(p.text, "只有一句话");
    CHECK_INT((int)p.name.n, 0);
    report_paste_chat(&a, S("时间: 明天, 地点: 广场。大家来"), &p);       /* a sentence with a colon is no speaker */
    CHECK_INT((int)p.name.n, 0);
    report_paste_chat(&a, S(""), &p);
    CHECK_INT((int)p.text.n, 0);
}

TEST(report_times_of_orders_are_read)
{
    ms at;
    CHECK(report_time_in_order(S("2026-11-27 18:00"), &at) && civil_of(at).hour == 18);
    CHECK(report_time_in_order(S("2026/11/27 8:05:09"), &at) && civil_of(at).second == 9);
    CHECK(report_time_in_order(S("2026年11月27日 14时30分"), &at) && civil_of(at).minute == 30);
    CHECK(report_time_in_order(S("2026-11-27"), &at) && civil_of(at).hour == 18);
    CHECK(report_time_in_order(S("2026-11-27T18:00:00+08:00"), &at));
    CHECK(report_time_in_order(S("2026-11-27T18:00:05"), &at) && civil_of(at).second == 5);
    CHECK(report_time_in_order(S("11/13/2018 01:06:56 PM"), &at) && civil_of(at).hour == 13 && civil_of(at).month == 11);
    CHECK(report_time_in_order(S("1/3/2018 12:06 AM"), &at) && civil_of(at).hour == 0 && civil_of(at).day == 3);
    CHECK(!report_time_in_order(S("13/13/2018 10:00"), &at));
    CHECK(!report_time_in_order(S("明天"), &at));
    CHECK(!report_time_in_order(S("2026-13-01"), &at));
    CHECK(!report_time_in_order(S("2026-11-27 25:00"), &at));
}

TEST(report_likeness_is_of_pairs_of_characters)
{
    CHECK_INT(report_likeness(S("桂花路1号院垃圾成堆"), S("桂花路1号院垃圾成堆"), S("")), 100);
    CHECK(report_likeness(S("桂花路1号院垃圾成堆三天"), S("三天了，桂花路1号院垃圾成堆"), S("")) > 70);
    CHECK(report_likeness(S("桂花路1号院垃圾成堆"), S("电梯停运请尽快维修"), S("")) < 10);
    CHECK_INT(report_likeness(S("桂花路1号院垃圾成堆"), S("桂花路1号院路灯不亮"), S("桂花路1号院")), 0);
    CHECK_INT(report_likeness(S(""), S("垃圾"), S("")), 0);
    CHECK_INT(report_likeness(S("，。！？"), S("，。！？"), S("")), 0);
}
