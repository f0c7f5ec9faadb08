/* watch.c -- the command `wuxing watch`; see watch.h. It sleeps between looks and ends on SIGTERM. */
#include "cli/watch.h"

#include "base/log.h"
#include "cli/run.h"

#include <curl/curl.h>
#include <signal.h>
#include <sodium.h>
#include <time.h>

static ms steady(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (ms)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct str sentence(struct arena *arena, const struct watch_config *c, const struct watch_word *w)
{
    struct label what = watch_part_trouble(w->part);
    if (w->well)
        return arena_format(arena, "【五星守望】已恢复（历时 %lld 秒）：%s / back to normal after %lld s: %s (%s)",
                            (long long)(w->lasted / 1000), what.zh, (long long)(w->lasted / 1000), what.en, c->server);
    return arena_format(arena, "【五星守望】%s，已 %lld 秒，请立即查看 / %s for %lld s, look at once (%s)", what.zh,
                        (long long)(w->lasted / 1000), what.en, (long long)(w->lasted / 1000), c->server);
}

static void look_once(const struct watch_config *c, struct watch_state *state)
{
    struct arena arena_scoped arena;
    struct watch_word words[WATCH_PARTS];
    struct watch_limits limits = watch_limits_of(c);
    arena_init(&arena, 0);
    struct watch_look look = watch_look_at(&arena, c);
    ms wall = clock_system()->now(clock_system());
    int count = watch_step(state, &limits, steady(), wall, &look, words);
    for (int i = 0; i < count; i++) {
        struct str text = sentence(&arena, c, &words[i]);
        int told = watch_tell(&arena, c, text);
        log_line(words[i].well ? LOG_INFO : LOG_ERROR, "watch told=%d text=\"" STR_FMT "\"", told, STR_ARG(text));
        if (told == 0 && !words[i].well)
            watch_untold(state, words[i].part);
    }
}

static int try_channels(struct cli *cli, const struct watch_config *c)
{
    int told = watch_tell(&cli->arena, c, S("【五星守望】这是一次试报，不是故障 / this is a test, nothing is wrong"));
    struct watch_look look = watch_look_at(&cli->arena, c);
    cli_print(cli, "%s: %s\n", c->server, !look.heard ? "no answer" : !look.beat ? "answers, but does not take our sign of life" : "well");
    cli_print(cli, "%d of %u channels took the test\n", told, c->tell_count);
    return told == (int)c->tell_count && look.heard && look.beat ? 0 : 1;
}

int run_watch(struct cli *cli)
{
    struct watch_config config = { 0 };
    struct watch_state state = { 0 };
    struct fault fault = { 0 };
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (!watch_read(&cli->arena, cli->input, &config, &fault))
        return cli_fault(cli, &fault);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || sodium_init() < 0)
        return cli_fail(cli, (struct label)L("网络库无法使用", "the network library cannot be used"));
    if (cli_switch(cli, "try"))
        return try_channels(cli, &config);
    cli_print(cli, "watching %s\n", config.server);
    const struct timespec pace = { config.pace_s, 0 };
    do
        look_once(&config, &state);
    while (sigtimedwait(&ends, NULL, &pace) < 0);
    return 0;
}
