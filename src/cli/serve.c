/* serve.c -- the server's life: store, api, port, control socket, then a wait for SIGTERM. Signals are blocked before
 * the first thread, so that every thread inherits that and only this one takes them. systemd learns readiness and life
 * through its notify socket, written here because libsystemd would bring more than these twenty lines. */
#include "cli/run.h"

#include "base/log.h"
#include "cli/control.h"
#include "cli/gateways.h"
#include "cli/own.h"
#include "cli/ringing.h"
#include "http/server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof name.sun_path)
        return;
    memcpy(name.sun_path, path, strlen(path));
    if (path[0] == '@')
        name.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&name,
           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
    close(fd);
}

/* Half of what systemd allows between two signs of life; 0: it does not watch. */
static int64_t watchdog_ms(void)
{
    const char *text = getenv("WATCHDOG_USEC");
    int64_t usec = 0;
    return text && str_to_i64(str_of(text), &usec) ? usec / 2000 : 0;
}

/* Alive means that a request is answered, not that this thread turns. */
static bool is_alive(struct cli *cli)
{
    struct arena arena;
    struct answer answer = { 0 };
    struct call call = { .method = GET, .path = S("/healthz") };
    arena_init(&arena, 0);
    api_call(cli->api, &arena, &call, &answer);
    arena_free(&arena);
    return answer.status == 200;
}

static int64_t steady_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void wait_for_end(struct cli *cli, const sigset_t *ends)
{
    const struct timespec second = { 1, 0 };
    int64_t every_ms = watchdog_ms(), told_ms = steady_ms();
    for (;;) {
        if (sigtimedwait(ends, NULL, &second) > 0)
            return;
        if (every_ms && steady_ms() - told_ms >= every_ms && is_alive(cli)) {
            notify("WATCHDOG=1");
            told_ms = steady_ms();
        }
    }
}

static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void set_log(const struct settings *s)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    for (int i = 0; i < (int)COUNT(names); i++)
        if (!strcmp(s->values[SET_LOG], names[i]))
            log_set_level((enum log_level)i);
}

static void print_ready(struct cli *cli, const char *address, struct server *server)
{
    const char *scheme = server_secure(server) ? "https" : "http";
    if (strchr(address, ':'))
        cli_print(cli, "ready %s://[%s]:%d\n", scheme, address, server_port(server));
    else
        cli_print(cli, "ready %s://%s:%d\n", scheme, address, server_port(server));
}

static int serve_until_end(struct cli *cli, const sigset_t *ends)
{
    struct fault fault = { 0 };
    const char *address = NULL;
    int port = 0;
    if (!listen_split(&cli->arena, str_of(cli->settings.values[SET_LISTEN]), &address, &port))
        return cli_fail(cli, (struct label)L("监听地址不对", "the address to listen on is wrong"));
    struct server_config config = {
        .address = address, .port = port, .tls_cert = cli->settings.values[SET_TLS_CERT],
        .tls_key = cli->settings.values[SET_TLS_KEY], .workers = (int)settings_int(&cli->settings, SET_WORKERS),
    };
    struct server *server = server_start(cli->api, &config, &fault);
    if (!server)
        return cli_fault(cli, &fault);
    struct control *control = control_start(cli->data, cli->engine, cli->api, &fault);
    if (!control) {
        server_stop(server);
        return cli_fault(cli, &fault);
    }
    print_ready(cli, address, server);
    notify("READY=1");
    wait_for_end(cli, ends);
    notify("STOPPING=1");
    control_stop(control);
    server_stop(server);
    return 0;
}

/* Gateways are there before the first request and stay until the last: a call for help does not wait for a page. */
static int serve_with_gateways(struct cli *cli, const sigset_t *ends)
{
    struct fault fault = { 0 };
    struct intake *intake = intake_open(cli->engine, &fault);
    if (intake)
        intake_start(intake);
    struct ringing *ringing = intake ? ringing_start(cli, &fault) : NULL;
    struct gateways *gateways = ringing ? gateways_start(cli, intake, &fault) : NULL;
    int code = gateways ? serve_until_end(cli, ends) : cli_fault(cli, &fault);
    gateways_stop(gateways);
    ringing_stop(ringing);
    intake_close(intake);
    return code;
}

int run_serve(struct cli *cli)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    set_log(&cli->settings);

    struct fault fault = { 0 };
    struct engine_config config = own_config(cli);
    config.background = true;
    cli->engine = own_exists(cli, &fault) ? engine_open(&config, &fault) : NULL;
    if (!cli->engine)
        return cli_fault(cli, &fault);
    cli->api = api_new(cli->engine);
    int code = serve_with_gateways(cli, &ends);
    own_close(cli);
    return code;
}
