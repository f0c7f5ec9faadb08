/* watch_test.c -- the frames of STANDARDS and of the usual makes: what they tell, what they are answered, and what is not kept. */
#include "gateways/watch.h"
#include "test/test.h"

static const ms now = 1577440064000;                   /* 2019-12-27 09:47:44 UTC, as the recorded frame says */

static struct watch_frame frame(struct str bytes, size_t *ret_used)
{
    struct watch_frame f = { 0 };
    bool found = false;
    size_t used = watch_next(bytes, &found, &f);
    CHECK(found);
    if (ret_used)
        *ret_used = used;
    else
        CHECK_INT(used, bytes.n);
    return f;
}

static struct str answer(struct arena *a, struct str bytes)
{
    struct watch_frame f = frame(bytes, NULL);
    return watch_answer(a, &f);
}

static int tell(struct arena *a, struct str bytes, struct watch_signal *signals)
{
    struct watch_frame f = frame(bytes, NULL);
    return watch_signals(a, &f, now, signals);
}

TEST(a_watch_is_answered_in_its_own_header)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    CHECK_STR(answer(&a, S("[3G*8809008845*0002*LK]")), "[3G*8809008845*0002*LK]");
    CHECK_STR(answer(&a, S("[SG*8809008845*000B*LK,51,0,100]")), "[SG*8809008845*0002*LK]");
    CHECK_STR(answer(&a, S("[ZJ*5678901234*00A1*000C*LK,51,0,1001]")), "[ZJ*5678901234*00A1*0002*LK]");
    CHECK_STR(answer(&a, S("[CS*8800000015*0003*TKQ]")), "[CS*8800000015*0003*TKQ]");
    CHECK_STR(answer(&a, S("[3G*8800000015*0004*INIT]")), "[3G*8800000015*0006*INIT,1]");
    CHECK_STR(answer(&a, S("[3G*8800000015*0013*bphrt,123,85,73,,,]")), "");
    CHECK_STR(answer(&a, S("[3G*8809008845*00C0*AL,271219,094744,V,00.000000,N, 0.0000000,E,0.00,0.0,0.0,0,100,81,0,0,00010000]")),
              "[3G*8809008845*0002*AL]");
}

TEST(the_recorded_sos_is_a_rescue_without_a_place)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct watch_signal s[WATCH_SIGNALS_MAX];
    struct str sos = S("[3G*8809008845*00C0*AL,271219,094744,V,00.000000,N, 0.0000000,E,0.00,0.0,0.0,0,100,81,0,0,00010000,"
                       "7,0,460,0,9336,3981,141]");
    CHECK_INT(tell(&a, sos, s), 2);
    CHECK_STR(s[0].kind, "rescue");
    CHECK_STR(s[0].data, "{\"code\":\"00010000\",\"means\":\"SOS 求助\",\"means_en\":\"SOS\",\"battery\":81}");
    CHECK_INT(s[0].device_at, now);
    CHECK_EQ(s[0].raw, sos);
    CHECK_STR(s[1].kind, "heartbeat");
}

TEST(the_recorded_fall_carries_its_place)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct watch_signal s[WATCH_SIGNALS_MAX];
    CHECK_INT(tell(&a, S("[3G*8308373902*0080*AL,230817,095346,A,47.083950,N,15.4821850,E,7.60,273.8,0.0,4,15,44,0,0,00200010,1]"), s), 2);
    CHECK_STR(s[0].kind, "fall");
    CHECK_STR(s[0].data, "{\"code\":\"00200010\",\"means\":\"跌倒\",\"means_en\":\"Fall\",\"battery\":44,\"lat\":47.0839500,\"lon\":15.4821850}");
    CHECK_INT(tell(&a, S("[3G*8308373902*0080*AL,230817,095346,A,33.856900,S,70.6482690,W,7.60,273.8,0.0,4,15,44,0,0,00400000]"), s), 2);
    CHECK_STR(s[0].kind, "fall");
    CHECK(str_has(s[0].data, S("\"lat\":-33.8569000,\"lon\":-70.6482690")));
}

TEST(where_somebody_is_stays_unknown_unless_an_alarm_says_it)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct watch_signal s[WATCH_SIGNALS_MAX];
    CHECK_INT(tell(&a, S("[3G*1*0080*UD,271219,094744,A,47.083950,N,15.4821850,E,7.60,273.8,0.0,4,15,44,0,0,00000000,7,0,460,0,9336]"), s), 1);
    CHECK_STR(s[0].kind, "heartbeat");
    CHECK_INT(s[0].raw.n, 0);
    int n = tell(&a, S("[3G*1*0080*UD_LTE,271219,094744,A,47.083950,N,15.4821850,E,7.60,273.8,0.0,4,15,9,0,0,00060009,7,0,460,0,9336]"), s);
    CHECK_INT(n, 4);
    CHECK_STR(s[0].kind, "battery_low");
    CHECK_STR(s[1].kind, "tamper");
    CHECK_STR(s[2].kind, "info");
    for (int i = 0; i < n; i++)
        CHECK(!str_has(s[i].raw, S("47.08")) && !str_has(s[i].data, S("47.08")) && !str_has(s[i].raw, S("9336")));
    CHECK_STR(s[0].raw, "[3G*1*UD_LTE,271219,094744,-,9,00060009]");
}

TEST(a_press_in_an_ordinary_position_is_still_a_press)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct watch_signal s[WATCH_SIGNALS_MAX];
    CHECK_INT(tell(&a, S("[3G*1*0080*UD,271219,094744,V,0,N,0,E,0,0,0,0,100,81,0,0,00210001]"), s), 4);
    CHECK_STR(s[0].kind, "rescue");
    CHECK_STR(s[1].kind, "fall");
    CHECK_STR(s[2].kind, "battery_low");
}

TEST(an_alarm_that_cannot_be_read_is_a_rescue)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct watch_signal s[WATCH_SIGNALS_MAX];
    static const char *const frames[] = {
        "[3G*1*0002*AL]", "[3G*1*0010*AL,271219,094744]", "[3G*1*0050*AL,271219,094744,V,0,N,0,E,0,0,0,0,100,81,0,0,00000000]",
        "[3G*1*0050*AL_LTE,271219,094744,V,0,N,0,E,0,0,0,0,100,81,0,0,01000000]",
        "[3G*1*0050*AL,271219,094744,V,0,N,0,E,0,0,0,0,100,81,0,0,NONSENSE]" };
    for (size_t i = 0; i < COUNT(frames); i++) {
        CHECK(tell(&a, str_of(frames[i]), s) >= 2);
        CHECK_STR(s[0].kind, "rescue");
    }
}

TEST(a_repeated_alarm_is_one_and_a_second_press_is_another)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct watch_signal s[WATCH_SIGNALS_MAX], again[WATCH_SIGNALS_MAX];
    struct str press = S("[3G*1*0050*AL,271219,094744,V,0,N,0,E,0,0,0,0,100,81,0,0,00010000]");
    struct watch_frame f = frame(press, NULL);
    watch_signals(&a, &f, now, s);
    watch_signals(&a, &f, now + MINUTES(3), again);
    CHECK_EQ(s[0].sequence, again[0].sequence);
    tell(&a, S("[3G*1*0050*AL,271219,094750,V,0,N,0,E,0,0,0,0,100,81,0,0,00010000]"), again);
    CHECK(!str_eq(s[0].sequence, again[0].sequence));
    struct str stopped[] = { S("[3G*1*0050*AL,000000,000000,V,0,N,0,E,0,0,0,0,100,81,0,0,00010000]"),
                             S("[3G*1*0050*AL,010100,000000,V,0,N,0,E,0,0,0,0,100,81,0,0,00010000]"),
                             S("[3G*1*0050*AL,310219,000000,V,0,N,0,E,0,0,0,0,100,81,0,0,00010000]") };
    for (size_t i = 0; i < COUNT(stopped); i++) {                    /* a clock that stands must not swallow the second press */
        f = frame(stopped[i], NULL);
        watch_signals(&a, &f, now, s);
        watch_signals(&a, &f, now + SECONDS(30), again);
        CHECK(!str_eq(s[0].sequence, again[0].sequence));
    }
}

TEST(a_low_battery_is_told_once_a_day)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct watch_signal s[WATCH_SIGNALS_MAX], later[WATCH_SIGNALS_MAX];
    tell(&a, S("[3G*1*0050*UD,271219,094744,V,0,N,0,E,0,0,0,0,100,9,0,0,00000001]"), s);
    tell(&a, S("[3G*1*0050*UD,271219,105000,V,0,N,0,E,0,0,0,0,100,9,0,0,00020001]"), later);
    CHECK_STR(s[0].kind, "battery_low");
    CHECK_EQ(s[0].sequence, later[0].sequence);
    tell(&a, S("[3G*1*0050*UD,261219,094744,V,0,N,0,E,0,0,0,0,100,9,0,0,00000001]"), later);
    CHECK(!str_eq(s[0].sequence, later[0].sequence));
}

TEST(frames_are_found_again_after_anything)
{
    struct str stream = S("junk[3G*1*0002*LK][3G*2*0F02*LK]\r\n[3G*3*00[ZJ*4*0001*0002*LK][3G*5*00G2*LK][XYZ*6*0002*LK][]"
                          "[3G*7*0000*][SG*8*0002*LK][3G*9*0002*L");
    static const char *const ids[] = { "1", "2", "4", "8" };
    static const bool exact[] = { true, false, true, true };
    size_t seen = 0;
    for (;;) {
        struct watch_frame f = { 0 };
        bool found = false;
        size_t used = watch_next(stream, &found, &f);
        if (found) {
            CHECK(seen < COUNT(ids));
            CHECK_STR(f.id, ids[seen]);
            CHECK(f.exact == exact[seen]);
            seen++;
        }
        if (used == 0)
            break;
        stream = str_from(stream, used);
    }
    CHECK_INT(seen, COUNT(ids));
    CHECK_STR(stream, "[3G*9*0002*L");                               /* waits for its end */
}

TEST(a_frame_that_never_ends_is_let_go)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct buf b = buf_in(&a);
    buf_put(&b, S("[3G*1*FFFF*TK,"));
    for (int i = 0; i < WATCH_FRAME_BYTES_MAX; i++)
        buf_char(&b, 'x');
    struct watch_frame f = { 0 };
    bool found = true;
    CHECK_INT(watch_next(buf_str(&b), &found, &f), b.n);
    CHECK(!found);
}
