/* notice_test.c -- when a notice leaves, what it says, and the shape each platform wants. Keys and numbers are invented. */
#include "engine/notice.h"
#include "test/test.h"

static ms at(const char *text)
{
    ms t = 0;
    CHECK(ms_from_rfc3339(str_of(text), &t));
    return t;
}

TEST(notice_waits_for_its_window_and_through_the_night_and_an_alarm_waits_for_nothing)
{
    struct notice_settings s = { .quiet_from = 22 * 60, .quiet_to = 7 * 60, .merge_s = 60 };
    CHECK_INT(notice_when(&s, URGENCY_NORMAL, at("2026-11-23T10:00:05+08:00"), at("2026-11-23T10:00:05+08:00")), at("2026-11-23T10:01:00+08:00"));
    CHECK_INT(notice_when(&s, URGENCY_URGENT, at("2026-11-23T10:00:59+08:00"), at("2026-11-23T10:00:59+08:00")), at("2026-11-23T10:01:00+08:00"));
    CHECK_INT(notice_when(&s, URGENCY_NORMAL, at("2026-11-23T21:59:30+08:00"), at("2026-11-23T21:59:30+08:00")), at("2026-11-24T07:00:00+08:00"));
    CHECK_INT(notice_when(&s, URGENCY_URGENT, at("2026-11-24T03:00:00+08:00"), at("2026-11-24T03:00:00+08:00")), at("2026-11-24T07:00:00+08:00"));
    CHECK_INT(notice_when(&s, URGENCY_NORMAL, at("2026-11-24T06:59:59+08:00"), at("2026-11-24T06:59:59+08:00")), at("2026-11-24T07:00:00+08:00"));
    CHECK_INT(notice_when(&s, URGENCY_ALARM, at("2026-11-24T03:00:00+08:00"), at("2026-11-24T03:00:00+08:00")), at("2026-11-24T03:00:00+08:00"));
    CHECK_INT(notice_when(&s, URGENCY_NORMAL, at("2026-11-23T20:00:00+08:00"), at("2026-11-23T23:00:00+08:00")),
              at("2026-11-24T07:00:00+08:00"));                /* the server was down in between */
    s.quiet_from = 12 * 60;
    s.quiet_to = 14 * 60;
    CHECK_INT(notice_when(&s, URGENCY_NORMAL, at("2026-11-23T12:30:00+08:00"), at("2026-11-23T12:30:00+08:00")), at("2026-11-23T14:00:00+08:00"));
    CHECK_INT(notice_when(&s, URGENCY_NORMAL, at("2026-11-23T15:00:00+08:00"), at("2026-11-23T15:00:00+08:00")), at("2026-11-23T15:01:00+08:00"));
}

TEST(notice_says_numbers_and_never_words_of_people)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    const struct notice_line lines[] = {
        { S("报警"), S("YJ-261123-7"), S("登记"), S("桂花社区"), 7, URGENCY_ALARM },
        { S("诉求"), S("BG-261123-8"), S("派单"), S(""), 8, URGENCY_NORMAL },
    };
    CHECK_STR(notice_text(&arena, S("梧桐街道"), lines + 1, 1, 0, S("")), "【梧桐街道】诉求 BG-261123-8 派单");
    CHECK_STR(notice_text(&arena, S("梧桐街道"), lines, 2, 3, S("https://office.test/m/")),
              "【梧桐街道】5 件有新情况\n[报警] 报警 YJ-261123-7 登记（桂花社区） https://office.test/m/7\n"
              "诉求 BG-261123-8 派单 https://office.test/m/8\n还有 3 件，请在系统中查看");
}

TEST(notice_has_the_shape_each_platform_wants)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    ms now = 1614265330000;
    struct notice_settings s = { .url = S("https://robot.test/send?key=abc") };
    struct notice_post p = notice_post(&arena, S("wecom"), &s, S(""), S("你好\"1\""), now);
    CHECK_STR(p.body, "{\"msgtype\":\"text\",\"text\":{\"content\":\"你好\\\"1\\\"\"}}");
    CHECK_STR(p.url, "https://robot.test/send?key=abc");
    s.secret = S("SEC-of-a-robot");
    p = notice_post(&arena, S("dingtalk"), &s, S(""), S("x"), now);
    CHECK_STR(p.url, "https://robot.test/send?key=abc&timestamp=1614265330000&sign=LztNN7yPA3PkR%2Fl6xpRF3JC12mUcCg%2FuGkqBpe9vk%2FQ%3D");
    p = notice_post(&arena, S("feishu"), &s, S(""), S("x"), now);
    CHECK_STR(p.body, "{\"timestamp\":\"1614265330\",\"sign\":\"lOQ632XeB57dR2ptdH+lBuL8Jtfjoz6ZG50HjCEfOig=\",\"msg_type\":\"text\",\"content\":{\"text\":\"x\"}}");
    s.url = S("https://sms.test/?to={number}&m={text}&again={number}");
    p = notice_post(&arena, S("sms"), &s, S("+8613900000001"), S("1 件&"), now);
    CHECK_STR(p.url, "https://sms.test/?to=%2B8613900000001&m=1%20%E4%BB%B6%26&again=%2B8613900000001");
    CHECK_INT(p.body.n, 0);
    s.to = S("duty@office.test");
    p = notice_post(&arena, S("mail"), &s, S(""), S("【街道】第一行\n第二行"), now);
    CHECK(str_has(p.body, S("Subject: =?UTF-8?B?44CQ6KGX6YGT44CR56ys5LiA6KGM?=\r\n")) && str_has(p.body, S("To: duty@office.test\r\n")));
    CHECK_STR(notice_host(&arena, S("https://user:pass@robot.test/send?key=abc")), "https://robot.test/...");
}

TEST(notice_settings_come_back_from_their_sealed_text)
{
    struct arena arena_scoped arena;
    struct notice_settings s = { .url = S("https://x/?k=\"1\""), .secret = S("a"), .to = S("b"), .link = S("c") }, back = { 0 };
    arena_init(&arena, 0);
    CHECK(notice_unseal_text(&arena, notice_seal_text(&arena, &s), &back));
    CHECK_EQ(back.url, s.url);
    CHECK(str_eq(back.secret, s.secret) && str_eq(back.to, s.to) && str_eq(back.link, s.link));
    CHECK(!notice_unseal_text(&arena, S("[]"), &back) && !notice_unseal_text(&arena, S(""), &back));
}
