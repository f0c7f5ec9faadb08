/* watch_test.c -- the watcher's file is read with clear refusals, and a pulse that is none is no pulse. */
#include "cli/watch.h"
#include "test/test.h"

#define WELL "server: https://office.test\naccount: watch-1\nkey: a-lamp-in-the-window\ntell:\n  - {kind: wecom, to: 'https://robot.test/x'}\n"

static const char *reason(const char *text)
{
    static struct arena arena;
    struct watch_config config;
    struct fault fault = { 0 };
    arena_free(&arena);
    arena_init(&arena, 0);
    return watch_read(&arena, str_of(text), &config, &fault) ? "" : fault.what.en;
}

TEST(watcher_reads_its_file_and_has_limits_that_keep_the_promise)
{
    struct arena arena_scoped arena;
    struct watch_config c;
    struct fault fault = { 0 };
    arena_init(&arena, 0);
    CHECK(watch_read(&arena, S(WELL "  - {kind: http, to: 'http://voice.test/?n={number}&t={text}', numbers: '13900000001,13900000002'}\n"),
                     &c, &fault));
    CHECK_INT(c.tell_count, 2);
    CHECK_STR(str_of(c.tell[1].numbers), "13900000001,13900000002");
    struct watch_limits limits = watch_limits_of(&c);
    CHECK(limits.silent + SECONDS(c.pace_s) <= SECONDS(90));           /* within 90 s a human is told */
}

TEST(watcher_says_what_is_wrong_with_its_file)
{
    CHECK_STR(str_of(reason(WELL)), "");
    CHECK(str_has(str_of(reason("server: https://x\n")), S("account")));
    CHECK(str_has(str_of(reason(WELL "  - {kind: pigeon, to: 'https://x'}\n")), S("kind in tell")));
    CHECK(str_has(str_of(reason(WELL "  - {kind: command, to: relative}\n")), S("full path")));
    CHECK(str_has(str_of(reason(WELL "  - {kind: http, to: 'http://x/{number}'}\n")), S("numbers")));
    CHECK(str_has(str_of(reason(WELL "silent_s: 5\n")), S("pace_s")));
    CHECK(str_has(str_of(reason(WELL "colour: red\n")), S("colour")));
    CHECK(reason("")[0] && reason("[")[0]);
}

TEST(watcher_takes_only_a_whole_pulse)
{
    struct watch_look look = { 0 };
    CHECK(watch_read_pulse(S("{\"at_ms\":5,\"writable\":true,\"oldest_wait_ms\":7,\"turned_at_ms\":4,\"gateways\":[{\"name\":\"mqtt\",\"trouble\":\"\"}]}"), &look));
    CHECK(look.heard && look.writable && look.at == 5 && look.turn_at == 4 && look.oldest_wait == 7 && !look.gateway_trouble);
    CHECK(watch_read_pulse(S("{\"at_ms\":5,\"writable\":false,\"turned_at_ms\":4,\"gateways\":[{\"trouble\":\"away\"}]}"), &look));
    CHECK(!look.writable && look.gateway_trouble);
    static const char *const none[] = { "", "[]", "{}", "<html>", "{\"at_ms\":\"5\"}", "{\"at_ms\":5,\"writable\":true,\"turned_at_ms\":4}" };
    for (size_t i = 0; i < COUNT(none); i++)
        CHECK(!watch_read_pulse(str_of(none[i]), &look) && !look.heard);
}
