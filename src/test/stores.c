/* stores.c -- see stores.h. The watcher holds one end of a pipe: when the run is over, however it ended, the pipe closes,
 * and the watcher stops the server and removes the folder. */
#include "test/stores.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <stdarg.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PG_BIN "/usr/lib/postgresql/15/bin/"

static struct server {
    char root[64];                    /* of the whole run */
    pid_t watcher;
    int alive;                        /* the write end; closing it ends everything */
    bool postgres;
    int *postmaster;                  /* shared with the watcher */
} server = { .alive = -1 };

/* --- folders ------------------------------------------------------------------------------------------------------------ */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

static const char *temp_root(void)
{
    const char *set = getenv("TMPDIR");
    return set ? set : access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

/* --- the server ----------------------------------------------------------------------------------------------------------- */

/* The server refuses to run as root. */
static struct passwd *server_user(void)
{
    struct passwd *who = geteuid() == 0 ? getpwnam("postgres") : getpwuid(geteuid());
    return who ? who : getpwnam("nobody");
}

static void drop_root(void)
{
    struct passwd *who = server_user();
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(who->pw_gid) != 0 || setuid(who->pw_uid) != 0))
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
}

static pid_t spawn(const char *log_path, char *const argv[])
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    drop_root();
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0666), null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    dup2(log, 1);
    dup2(log, 2);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execv(argv[0], argv);
    _exit(127);
}

static bool run(const char *log, char *const argv[])
{
    int status = -1;
    waitpid(spawn(log, argv), &status, 0);
    return status == 0;
}

static bool initialise(const char *log, char *data)
{
    char *init[] = { PG_BIN "initdb", "-D", data, "-U", "wuxing", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync",
                     "--wal-segsize=1", NULL };
    return run(log, init);
}

/* initdb takes most of a second, a copy of its folder a few hundredths: the first run of a machine leaves one behind. */
static bool make_data(const char *log, char *data)
{
    char kept[80], making[100];
    struct stat st;
    struct passwd *who = server_user();
    snprintf(kept, sizeof kept, "%.40s/wuxing-initdb-15-%d", temp_root(), who ? (int)who->pw_uid : 0);
    if (stat(kept, &st) != 0) {
        snprintf(making, sizeof making, "%s.%d", kept, (int)getpid());
        if (initialise(log, making) && rename(making, kept) != 0)
            remove_tree(making);
    }
    char *copy[] = { "/bin/cp", "-a", kept, data, NULL };
    bool ours = stat(kept, &st) == 0 && who && st.st_uid == who->pw_uid;
    return (ours && run(log, copy)) || initialise(log, data);
}

static pid_t start_server(void)
{
    char data[80], log[80], sockets[100];
    snprintf(data, sizeof data, "%s/pg", server.root);
    snprintf(log, sizeof log, "%s/log", server.root);
    snprintf(sockets, sizeof sockets, "unix_socket_directories=%s", server.root);
    char *server_run[] = { PG_BIN "postgres", "-D", data, "-c", sockets, "-c", "listen_addresses=", "-c", "fsync=off", "-c",
                    "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum=off", "-c", "jit=off", "-c",
                    "max_connections=300", "-c", "shared_buffers=64MB", "-c", "log_min_messages=fatal", NULL };
    return make_data(log, data) ? spawn(log, server_run) : -1;
}

static void watch(int over, bool postgres)
{
    char byte;
    setpgid(0, 0);
    pid_t pid = postgres ? start_server() : -1;
    *server.postmaster = pid;
    while (read(over, &byte, 1) < 0 && errno == EINTR)
        ;
    if (pid > 0) {
        kill(pid, SIGCONT);
        kill(pid, SIGQUIT);
        waitpid(pid, NULL, 0);
    }
    remove_tree(server.root);
    _exit(0);
}

static const char *url_of(const char *database)
{
    static char urls[4][256];
    static unsigned turn;
    char *url = urls[turn++ % COUNT(urls)];
    snprintf(url, sizeof urls[0], "postgresql://wuxing@/%s?host=%s", database, server.root);
    return url;
}

static bool is_ready(void)
{
    for (int i = 0; i < 1200 && *server.postmaster >= 0; i++) {
        if (*server.postmaster > 0 && PQping(url_of("postgres")) == PQPING_OK)
            return true;
        nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
    }
    return false;
}

static void start(bool postgres)
{
    int ends[2];
    snprintf(server.root, sizeof server.root, "%.40s/wuxing-XXXXXX", temp_root());
    CHECK(mkdtemp(server.root) != NULL);
    CHECK(chmod(server.root, 0777) == 0);     /* the server's user makes its folder and socket here */
    server.postmaster = mmap(NULL, sizeof *server.postmaster, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(server.postmaster != MAP_FAILED);
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    fflush(NULL);
    server.watcher = fork();
    CHECK(server.watcher >= 0);
    if (server.watcher == 0) {
        close(ends[1]);
        watch(ends[0], postgres);
    }
    close(ends[0]);
    server.alive = ends[1];
    server.postgres = postgres;
}

bool test_stores_start(void)
{
    start(true);
    return is_ready();
}

void test_stores_stop(void)
{
    if (server.alive < 0)
        return;
    close(server.alive);
    server.alive = -1;
    waitpid(server.watcher, NULL, 0);
}

int test_postgres_pid(void)
{
    return server.postgres ? *server.postmaster : 0;
}

/* --- databases ------------------------------------------------------------------------------------------------------------ */

static void command(const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    PGconn *pg = PQconnectdb(url_of("postgres"));
    PGresult *r = PQexec(pg, text);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) {
        fprintf(stderr, "  %s: %s\n", text, PQerrorMessage(pg));
        check_failed(__FILE__, __LINE__, "the test server takes the command");
    }
    PQclear(r);
    PQfinish(pg);
}

static void tell(const struct sql *sql, const char *message)
{
    fprintf(stderr, "  %s:%d: %s: %s\n", sql->file, sql->line, sql->name, message);
}

static struct test_db *db_new(bool postgres, char *ret_name, size_t name_size)
{
    static int made;
    char dir[128];
    store_on_sql_error(tell);
    if (!server.root[0])
        start(false);                         /* a run of SQLite only: each test's process has a folder of its own */
    CHECK(!postgres || server.postgres);
    snprintf(ret_name, name_size, "t%d_%d", (int)getpid(), ++made);
    snprintf(dir, sizeof dir, "%s/%s", server.root, ret_name);
    CHECK(mkdir(dir, 0700) == 0);
    struct test_db *db = calloc(1, sizeof *db);
    CHECK(db != NULL);
    db->dir = strdup(dir);
    db->url = postgres ? strdup(url_of(ret_name)) : NULL;
    return db;
}

struct test_db *test_db_open(bool postgres)
{
    char name[64];
    struct test_db *db = db_new(postgres, name, sizeof name);
    if (postgres)
        command("create database %s template template0", name);
    return db;
}

void test_db_close(struct test_db *db)
{
    if (!db)
        return;
    if (db->url)
        command("drop database if exists %s with (force)", strrchr(db->dir, '/') + 1);
    remove_tree(db->dir);
    free((char *)db->dir);
    free((char *)db->url);
    free(db);
}

/* --- filled ones ------------------------------------------------------------------------------------------------------------ */

static bool database_exists(const char *name)
{
    PGconn *pg = PQconnectdb(url_of("postgres"));
    const char *values[] = { name };
    PGresult *r = PQexecParams(pg, "select 1 from pg_database where datname = $1", 1, NULL, values, NULL, NULL, 0);
    bool found = PQntuples(r) == 1;
    PQclear(r);
    PQfinish(pg);
    return found;
}

static void copy_file(const char *from, const char *to)
{
    char bytes[65536];
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(in >= 0 && out >= 0);
    for (ssize_t n; (n = read(in, bytes, sizeof bytes)) > 0;)
        CHECK(write(out, bytes, (size_t)n) == n);
    close(in);
    close(out);
}

static struct test_db *filled_database(const char *key, void (*fill)(const struct test_db *))
{
    char name[64], model[80], making[96];
    struct test_db *db = db_new(true, name, sizeof name);
    snprintf(model, sizeof model, "filled_%s", key);
    snprintf(making, sizeof making, "making_%s", key);
    if (!database_exists(model)) {
        command("drop database if exists %s with (force)", making);
        command("create database %s template template0", making);
        fill(&(struct test_db){ db->dir, url_of(making) });
        command("alter database %s rename to %s", making, model);
    }
    command("create database %s template %s", name, model);
    return db;
}

static struct test_db *filled_folder(const char *key, void (*fill)(const struct test_db *))
{
    char name[64], model[160], making[180], from[200], to[200];
    struct test_db *db = db_new(false, name, sizeof name);
    snprintf(model, sizeof model, "%s/filled_%s", server.root, key);
    snprintf(making, sizeof making, "%s_making", model);
    if (access(model, F_OK) != 0) {
        remove_tree(making);
        CHECK(mkdir(making, 0700) == 0);
        fill(&(struct test_db){ making, NULL });
        CHECK(rename(making, model) == 0);
    }
    snprintf(from, sizeof from, "%s/wuxing.db", model);
    snprintf(to, sizeof to, "%s/wuxing.db", db->dir);
    copy_file(from, to);
    return db;
}

/* The first maker works under a lock: the tests of one run are processes of their own. */
struct test_db *test_db_open_filled(bool postgres, const char *key, void (*fill)(const struct test_db *))
{
    char path[160];
    if (!server.root[0])
        start(false);
    snprintf(path, sizeof path, "%s/lock_%s", server.root, key);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(lock >= 0 && flock(lock, LOCK_EX) == 0);
    struct test_db *db = postgres ? filled_database(key, fill) : filled_folder(key, fill);
    close(lock);
    return db;
}

struct store *test_store_open(const struct test_db *db, struct store_config config)
{
    static struct clock_fake clock;
    struct fault fault = { 0 };
    if (!config.clock) {
        clock_fake_init(&clock, day_number_ms(20261123));
        config.clock = &clock.clock;
    }
    config.dir = db->dir;
    config.url = db->url;
    struct store *s = store_open(&config, &fault);
    if (!s) {
        fprintf(stderr, "  %s: %s\n", err_wire(fault.code), fault.what.en ? fault.what.en : "");
        check_failed(__FILE__, __LINE__, "the store opens");
    }
    return s;
}
