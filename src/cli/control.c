/* control.c -- see control.h. A folder's path may be longer than a socket's name may be, hence the way through
 * /proc/self/fd. Two threads serve: one may run a long import while the other answers. */
#include "cli/control.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { FRAME_BYTES_MAX = 64 << 20, WORDS_MAX = 64, THREADS = 2 };

static bool socket_name(const char *data, struct sockaddr_un *ret_name, int *ret_folder)
{
    int folder = open(data, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return false;
    *ret_name = (struct sockaddr_un){ .sun_family = AF_UNIX };
    snprintf(ret_name->sun_path, sizeof ret_name->sun_path, "/proc/self/fd/%d/control.sock", folder);
    *ret_folder = folder;
    return true;
}

/* --- frames ---------------------------------------------------------------------------------------------------------- */

static bool send_bytes(int fd, const void *bytes, size_t n)
{
    for (const char *p = bytes; n;) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool send_frame(int fd, char kind, struct str payload)
{
    unsigned char head[5] = { (unsigned char)kind, (unsigned char)(payload.n >> 24), (unsigned char)(payload.n >> 16),
                              (unsigned char)(payload.n >> 8), (unsigned char)payload.n };
    assert(payload.n <= FRAME_BYTES_MAX);
    return send_bytes(fd, head, sizeof head) && send_bytes(fd, payload.p, payload.n);
}

static bool receive_bytes(int fd, void *bytes, size_t n)
{
    for (char *p = bytes; n;) {
        ssize_t got = recv(fd, p, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

static bool receive_frame(int fd, struct arena *a, char *ret_kind, struct str *ret_payload)
{
    unsigned char head[5];
    if (!receive_bytes(fd, head, sizeof head))
        return false;
    size_t n = (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
    if (n > FRAME_BYTES_MAX)
        return false;
    char *payload = arena_alloc(a, n + 1);
    if (!receive_bytes(fd, payload, n))
        return false;
    *ret_kind = (char)head[0];
    *ret_payload = (struct str){ payload, n };
    return true;
}

/* --- the client --------------------------------------------------------------------------------------------------------- */

int control_connect(const char *data)
{
    struct sockaddr_un name;
    int folder;
    if (!socket_name(data, &name, &folder))
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof name) != 0) {
        close(fd);
        fd = -1;
    }
    close(folder);
    return fd;
}

static bool send_command(struct cli *cli, int fd)
{
    for (int i = 0; i < cli->argc; i++)
        if (!send_frame(fd, 'a', str_of(cli->argv[i])))
            return false;
    return send_frame(fd, 'l', cli->lang == ZH ? S("zh") : S("en")) && send_frame(fd, 'i', cli->input) &&
           send_frame(fd, 'g', S(""));
}

static void show_progress(struct cli *cli, struct str payload)
{
    int64_t done, total;
    struct str first, second;
    if (str_cut(&payload, ' ', &first) && str_cut(&payload, ' ', &second) && str_to_i64(first, &done) &&
        str_to_i64(second, &total))
        cli->sink->progress(cli->sink, arena_z(&cli->arena, payload), done, total);
}

int control_ask(struct cli *cli, int fd)
{
    int code = -1;
    struct arena arena;
    char kind;
    struct str payload;
    arena_init(&arena, 0);
    bool going = send_command(cli, fd);
    while (going && code < 0 && receive_frame(fd, &arena, &kind, &payload)) {
        if (kind == 'o')
            cli->sink->out(cli->sink, payload);
        else if (kind == 'e')
            cli->sink->err(cli->sink, payload);
        else if (kind == 'f')
            cli->sink->file(cli->sink, payload);
        else if (kind == 'p')
            show_progress(cli, payload);
        else if (kind == 'x' && payload.n == 1)
            code = payload.p[0];
        arena_reset(&arena);
    }
    arena_free(&arena);
    close(fd);
    return code >= 0 ? code : cli_fail(cli, (struct label)L("服务中途断开了", "the server ended the connection"));
}

/* --- the server --------------------------------------------------------------------------------------------------------- */

struct control {
    int folder, socket;
    struct engine *engine;
    struct api *api;
    pthread_t threads[THREADS];
    atomic_bool stopping;
};

struct socket_sink {
    struct sink sink;
    int fd;
    bool broken;                             /* the client has gone; the command still runs to its end */
};

static void sink_send(struct sink *sink, char kind, struct str bytes)
{
    struct socket_sink *s = (struct socket_sink *)sink;
    for (size_t at = 0; at < bytes.n && !s->broken; at += FRAME_BYTES_MAX)
        s->broken = !send_frame(s->fd, kind, str_head(str_from(bytes, at), FRAME_BYTES_MAX));
}

static void socket_out(struct sink *sink, struct str bytes)
{
    sink_send(sink, 'o', bytes);
}

static void socket_err(struct sink *sink, struct str bytes)
{
    sink_send(sink, 'e', bytes);
}

static void socket_progress(struct sink *sink, const char *what, int64_t done, int64_t total)
{
    char text[200];
    int n = snprintf(text, sizeof text, "%lld %lld %s", (long long)done, (long long)total, what);
    sink_send(sink, 'p', (struct str){ text, (size_t)(n < (int)sizeof text ? n : (int)sizeof text - 1) });
}

static void socket_file(struct sink *sink, struct str bytes)
{
    sink_send(sink, 'f', bytes);
}

static bool may_speak(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == 0 || peer.uid == geteuid());
}

static bool receive_command(struct cli *cli, int fd, char *words[WORDS_MAX + 1], int *ret_count)
{
    char kind;
    struct str payload;
    int count = 0;
    while (receive_frame(fd, &cli->arena, &kind, &payload)) {
        if (kind == 'g') {
            words[count] = NULL;
            *ret_count = count;
            return true;
        }
        if (kind == 'a' && count < WORDS_MAX)
            words[count++] = (char *)payload.p;
        else if (kind == 'l')
            cli->lang = str_is(payload, "zh") ? ZH : EN;
        else if (kind == 'i')
            cli->input = payload;
        else
            return false;
    }
    return false;
}

static void serve_one(struct control *c, int fd)
{
    struct socket_sink sink = { { socket_out, socket_err, socket_progress, socket_file }, fd, false };
    struct cli cli;
    char *words[WORDS_MAX + 1];
    int count = 0;
    cli_init(&cli, &sink.sink);
    if (may_speak(fd) && receive_command(&cli, fd, words, &count)) {
        cli.remote = true;
        cli.engine = c->engine;
        cli.api = c->api;
        int code = cli_parse(&cli, count, words);
        if (code == 0 && !(cli.command->flags & NEEDS_STORE))
            code = 2;
        code = code < 0 ? 0 : code ? code : cli.command->run(&cli);
        char last = (char)code;
        sink_send(&sink.sink, 'x', (struct str){ &last, 1 });
    }
    cli_free(&cli);
}

static void *serve_all(void *arg)
{
    struct control *c = arg;
    while (!atomic_load(&c->stopping)) {
        int fd = accept4(c->socket, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        serve_one(c, fd);
        close(fd);
    }
    return NULL;
}

struct control *control_start(const char *data, struct engine *engine, struct api *api, struct fault *fault)
{
    struct sockaddr_un name;
    struct control *c = calloc(1, sizeof *c);
    assert(c);
    *c = (struct control){ .socket = -1, .folder = -1, .engine = engine, .api = api };
    mode_t before = umask(0077);
    bool ok = socket_name(data, &name, &c->folder);
    if (ok) {
        unlink(name.sun_path);               /* a dead server's; the folder's lock is ours */
        c->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ok = c->socket >= 0 && bind(c->socket, (struct sockaddr *)&name, sizeof name) == 0 && listen(c->socket, 16) == 0;
    }
    umask(before);
    if (!ok) {
        fault_set(fault, ERR_UNAVAILABLE, "无法在数据目录中建立控制套接字", "the control socket cannot be made in the data folder");
        if (c->socket >= 0)
            close(c->socket);
        if (c->folder >= 0)
            close(c->folder);
        free(c);
        return NULL;
    }
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&c->threads[i], NULL, serve_all, c) != 0)
            abort();
    return c;
}

void control_stop(struct control *c)
{
    if (!c)
        return;
    unlinkat(c->folder, "control.sock", 0);
    atomic_store(&c->stopping, true);
    shutdown(c->socket, SHUT_RDWR);          /* wakes every accept */
    for (int i = 0; i < THREADS; i++)
        pthread_join(c->threads[i], NULL);
    close(c->socket);
    close(c->folder);
    free(c);
}
