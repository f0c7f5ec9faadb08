/* folder_test.c -- the life of an installation from the command line, on both stores: made, given accounts, checked,
 * backed up, restored; alone and through a running server. */
#include "cli/capture.h"
#include "test/stores.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct capture c;

static void setup(struct test_db *db)
{
    capture_init(&c);
    unsetenv("WUXING_CONFIG");
    if (db->url)
        setenv("WUXING_DATABASE", db->url, 1);
    else
        unsetenv("WUXING_DATABASE");
}

#define DONE(...) \
    do { \
        int code_ = RUN(&c, __VA_ARGS__); \
        CHECK_STR(buf_str(&c.err), ""); \
        CHECK_INT(code_, 0); \
    } while (0)
#define REFUSED(what, ...) \
    do { \
        CHECK_INT(RUN(&c, __VA_ARGS__), 1); \
        CHECK(str_has(buf_str(&c.err), S(what))); \
        CHECK_INT(str_find(buf_str(&c.err), S("\n")), buf_str(&c.err).n - 1);    /* one line of reason */ \
    } while (0)

TEST_STORES(an_installation_is_made_used_and_checked)
{
    setup(db);
    const char *dir = arena_format(&c.arena, "%s/office", db->dir).p;
    REFUSED("there is no installation", "user", "list", "--data", dir);
    REFUSED("there is no installation", "serve", "--data", dir);
    DONE("init", "--data", dir, "--json");
    CHECK(str_has(buf_str(&c.out), S("/setup?token=")));
    struct stat st;
    CHECK_INT(stat(arena_format(&c.arena, "%s/master.key", dir).p, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    DONE("user", "add", "wang", "--name", "王演示", "--role", "admin", "--data", dir);
    CHECK_INT(buf_str(&c.out).n, 13);                        /* twelve characters and a line end */
    REFUSED("taken", "user", "add", "wang", "--data", dir);
    REFUSED("no such role", "user", "grant", "wang", "--role", "king", "--data", dir);
    REFUSED("no such account", "user", "disable", "zhao", "--data", dir);
    DONE("user", "list", "--data", dir, "--json");
    CHECK(str_has(buf_str(&c.out), S("\"login\":\"wang\",\"name\":\"王演示\",\"disabled\":false,\"must_change\":true")));
    DONE("user", "password", "wang", "--data", dir);
    DONE("user", "disable", "wang", "--data", dir);
    DONE("user", "enable", "wang", "--data", dir);
    DONE("token", "add", "--login", "wang", "--data", dir);
    CHECK(str_starts(buf_str(&c.out), S("wxt_")) && str_ends(buf_str(&c.out), S("\n")));
    DONE("token", "list", "--data", dir, "--json");
    CHECK(str_has(buf_str(&c.out), S("\"name\":\"cli\"")) && !str_has(buf_str(&c.out), S("wxt_")));
    DONE("migrate", "--data", dir);
    DONE("check", "--data", dir);
    capture_free(&c);
}

TEST_STORES(a_backup_is_restored_into_an_empty_folder_only)
{
    setup(db);
    if (db->url) {                                           /* pg_dump's work there: refused with a word on what to run */
        DONE("init", "--data", arena_format(&c.arena, "%s/office", db->dir).p);
        REFUSED("pg_dump", "backup", "--data", arena_format(&c.arena, "%s/office", db->dir).p, arena_format(&c.arena, "%s/b", db->dir).p);
        capture_free(&c);
        return;
    }
    const char *dir = arena_format(&c.arena, "%s/office", db->dir).p, *copy = arena_format(&c.arena, "%s/copy", db->dir).p;
    const char *file = arena_format(&c.arena, "%s/backup.tar.zst", db->dir).p;
    DONE("init", "--data", dir);
    DONE("user", "add", "wang", "--data", dir);
    DONE("backup", "--data", dir, file);
    REFUSED("holds data already", "restore", file, "--data", dir);
    DONE("restore", file, "--data", copy, "--json");
    REFUSED("", "check", "--data", copy);                    /* without the key */
    CHECK_INT(link(arena_format(&c.arena, "%s/master.key", dir).p, arena_format(&c.arena, "%s/master.key", copy).p), 0);
    DONE("check", "--data", copy);
    DONE("user", "list", "--data", copy);
    CHECK(str_has(buf_str(&c.out), S("wang")));
    capture_free(&c);
}

TEST(a_damaged_backup_leaves_no_installation)
{
    struct test_db *db = test_db_open(false);
    setup(db);
    const char *dir = arena_format(&c.arena, "%s/office", db->dir).p, *copy = arena_format(&c.arena, "%s/copy", db->dir).p;
    const char *file = arena_format(&c.arena, "%s/backup.tar.zst", db->dir).p;
    DONE("init", "--data", dir);
    DONE("backup", "--data", dir, file);
    struct stat st;
    CHECK_INT(stat(file, &st), 0);
    for (off_t size = st.st_size - 1; size > 0; size -= 4999) {
        CHECK_INT(truncate(file, size), 0);
        REFUSED("damaged", "restore", file, "--data", copy);
        CHECK(access(arena_format(&c.arena, "%s/wuxing.db", copy).p, F_OK) != 0);
    }
    REFUSED("", "restore", "/nowhere", "--data", copy);
    capture_free(&c);
    test_db_close(db);
}

/* --- through a running server -------------------------------------------------------------------------------------------- */

/* A port that nobody has at the moment. */
static int free_port(void)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof name;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&name, n) == 0 && getsockname(fd, (struct sockaddr *)&name, &n) == 0);
    close(fd);
    return ntohs(name.sin_port);
}

static void check_gateway(int port)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    char answer[40] = "";
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof name) == 0);
    CHECK(write(fd, "B9 1 rescue\n", 12) == 12 && shutdown(fd, SHUT_WR) == 0);
    for (size_t n = 0; n + 1 < sizeof answer && read(fd, answer + n, 1) == 1;)
        n++;
    CHECK_STR(str_of(answer), "no 1\n");
    close(fd);
}

static pid_t start_server(const char *dir, int gateway_port, char *ret_ready, size_t room)
{
    int ends[2];
    CHECK_INT(pipe(ends), 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        const char *words[] = { "wuxing", "serve", "--data", dir, "--listen", "127.0.0.1:0", "--log", "error",
            "--gateways-test-listen", arena_format(&c.arena, "%d", gateway_port).p, NULL };
        _exit(cli_main(10, (char **)words));
    }
    close(ends[1]);
    size_t n = 0;
    while (n + 1 < room && read(ends[0], ret_ready + n, 1) == 1 && ret_ready[n] != '\n')
        n++;
    ret_ready[n] = 0;
    close(ends[0]);
    return pid;
}

TEST_STORES(commands_reach_a_running_server)
{
    setup(db);
    const char *dir = arena_format(&c.arena, "%s/office", db->dir).p;
    char ready[200];
    DONE("init", "--data", dir);
    int gateway_port = free_port();
    pid_t pid = start_server(dir, gateway_port, ready, sizeof ready);
    CHECK(str_starts(str_of(ready), S("ready http://127.0.0.1:")));
    check_gateway(gateway_port);
    DONE("user", "add", "wang", "--role", "admin", "--data", dir);
    REFUSED("taken", "user", "add", "wang", "--data", dir);
    DONE("user", "list", "--data", dir, "--json");
    CHECK(str_has(buf_str(&c.out), S("\"login\":\"wang\"")));
    CHECK_INT(RUN(&c, "user", "add", "--data", dir), 2);
    REFUSED("stop it first", "migrate", "--data", dir);
    DONE("check", "--data", dir);
    if (!db->url) {
        const char *file = arena_format(&c.arena, "%s/b", db->dir).p;
        DONE("backup", "--data", dir, file);
        CHECK_INT(access(file, R_OK), 0);
    }
    CHECK_INT(kill(pid, SIGTERM), 0);
    int status = -1;
    CHECK_INT(waitpid(pid, &status, 0), pid);
    CHECK_INT(status, 0);
    CHECK(access(arena_format(&c.arena, "%s/control.sock", dir).p, F_OK) != 0);
    DONE("user", "list", "--data", dir);
    CHECK(str_has(buf_str(&c.out), S("wang")));
    capture_free(&c);
}
