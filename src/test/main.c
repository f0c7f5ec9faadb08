/* main.c -- runs the tests of this binary; see test.h.
 *   --list            names only
 *   --filter TEXT     tests whose "file:name" contains TEXT; may be given several times
 *   --store WHICH     sqlite, postgres or both (default)
 *   --shard I/N       every N-th test, starting with the I-th (1..N)
 *   -j N              processes at once (default: the number of processors)
 *   -v                one line per passed test too
 * The last line is `N passed, N failed`; exit code 0 only if nothing failed. */
#include "test/test.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#pragma weak test_stores_start
#pragma weak test_stores_stop
#pragma weak test_db_open
#pragma weak test_db_close
#pragma weak world_open
#pragma weak world_close
#pragma weak story_tests

enum { JOBS_MAX = 16, FILTERS_MAX = 16, TEST_SECONDS_MAX = 180, OUTPUT_BYTES_MAX = 16 << 10 };

extern const struct test *const __start_wuxing_tests[] __attribute__((weak));
extern const struct test *const __stop_wuxing_tests[] __attribute__((weak));

struct run {
    const struct test *test;
    bool postgres;
};

struct job {
    pid_t pid;
    const struct run *run;
    int output;                              /* an unlinked file with all the test printed */
    double started_s;
    bool overdue;
};

static struct options {
    const char *filters[FILTERS_MAX];
    int filter_count;
    bool sqlite, postgres, list, verbose;
    int shard, shards, jobs;
} options = { .sqlite = true, .postgres = true, .shard = 1, .shards = 1 };

static struct job jobs[JOBS_MAX];
static int passed, failed;

_Noreturn void check_failed(const char *file, int line, const char *what)
{
    fprintf(stderr, "  %s:%d: %s\n", file, line, what);
    fflush(NULL);
    _exit(1);
}

void check_int(const char *file, int line, const char *what, int64_t got, int64_t want)
{
    if (got == want)
        return;
    fprintf(stderr, "  got %lld, wanted %lld\n", (long long)got, (long long)want);
    check_failed(file, line, what);
}

void check_str(const char *file, int line, const char *what, struct str got, struct str want)
{
    if (str_eq(got, want))
        return;
    fprintf(stderr, "  got    \"" STR_FMT "\"\n  wanted \"" STR_FMT "\"\n", STR_ARG(got), STR_ARG(want));
    check_failed(file, line, what);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void usage(void)
{
    fprintf(stderr, "usage: wuxing-tests [--list] [--filter TEXT]... [--store sqlite|postgres|both] [--shard I/N] [-j N] [-v]\n");
    exit(2);
}

static void read_options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(name, "--list")) {
            options.list = true;
            continue;
        }
        if (!strcmp(name, "-v")) {
            options.verbose = true;
            continue;
        }
        if (!strncmp(name, "-j", 2) && name[2]) {
            options.jobs = (int)strtol(name + 2, NULL, 10);
            continue;
        }
        i++;
        if (!strcmp(name, "--filter") && options.filter_count < FILTERS_MAX) {
            options.filters[options.filter_count++] = value;
        } else if (!strcmp(name, "--store")) {
            options.sqlite = strcmp(value, "postgres") != 0;
            options.postgres = strcmp(value, "sqlite") != 0;
            if (strcmp(value, "both") && options.sqlite && options.postgres)
                usage();
        } else if (!strcmp(name, "--shard")) {
            if (sscanf(value, "%d/%d", &options.shard, &options.shards) != 2 || options.shard < 1 ||
                options.shard > options.shards)
                usage();
        } else if (!strcmp(name, "-j")) {
            options.jobs = (int)strtol(value, NULL, 10);
        } else {
            usage();
        }
    }
    if (options.jobs < 1)
        options.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (options.jobs > JOBS_MAX)
        options.jobs = JOBS_MAX;
}

/* --- which -------------------------------------------------------------------------------------------------------- */

static const char *short_file(const struct test *t)
{
    const char *src = strstr(t->file, "src/"), *story = strstr(t->file, "stories/");
    return t->told && story ? story : src ? src + 4 : t->file;
}

static bool is_wanted(const struct test *t)
{
    if (options.filter_count == 0)
        return true;
    char name[512];
    snprintf(name, sizeof name, "%s:%s", short_file(t), t->name);
    for (int i = 0; i < options.filter_count; i++)
        if (strstr(name, options.filters[i]))
            return true;
    return false;
}

static int by_place(const void *a, const void *b)
{
    const struct run *x = a, *y = b;
    int order = strcmp(x->test->file, y->test->file);
    order = order ? order : x->test->line - y->test->line;
    return order ? order : x->postgres - y->postgres;
}

static int add_runs(const struct test *t, struct run *runs, int count)
{
    if (!is_wanted(t))
        return count;
    if (t->plain)
        runs[count++] = (struct run){ t, false };
    if (!t->plain && options.sqlite)
        runs[count++] = (struct run){ t, false };
    if (!t->plain && options.postgres)
        runs[count++] = (struct run){ t, true };
    return count;
}

static int collect(struct run **ret_runs)
{
    int stories = 0, count = 0, kept = 0;
    const struct test *const *story = story_tests ? story_tests(&stories) : NULL;
    size_t tests = (size_t)(__stop_wuxing_tests - __start_wuxing_tests);
    struct run *runs = calloc((tests + (size_t)stories) * 2 + 1, sizeof *runs);
    assert(runs);
    for (size_t i = 0; i < tests; i++)
        count = add_runs(__start_wuxing_tests[i], runs, count);
    for (int i = 0; i < stories; i++)
        count = add_runs(story[i], runs, count);
    qsort(runs, (size_t)count, sizeof *runs, by_place);
    for (int i = 0; i < count; i++)
        if (i % options.shards == options.shard - 1)
            runs[kept++] = runs[i];
    *ret_runs = runs;
    return kept;
}

static void print_name(const struct run *r)
{
    printf("%s:%s%s", short_file(r->test), r->test->name,
           r->test->plain ? "" : r->postgres ? " (postgres)" : " (sqlite)");
}

/* --- one test, in its own process ------------------------------------------------------------------------------------ */

static void run_test(const struct run *r)
{
    if (r->test->plain) {
        r->test->plain();
        return;
    }
    if (!test_db_open || (!r->test->stores && !world_open))
        check_failed(r->test->file, r->test->line, "this binary is linked without stores.c or world.c");
    struct test_db *db = test_db_open(r->postgres);
    if (r->test->stores) {
        r->test->stores(db);
    } else {
        struct world *w = world_open(db);
        if (r->test->told)
            r->test->told(w, r->test->file);
        else
            r->test->world(w);
        world_close(w);
    }
    test_db_close(db);
}

static void start_job(struct job *job, const struct run *r)
{
    *job = (struct job){ .run = r, .output = memfd_create("test", MFD_CLOEXEC), .started_s = now_s() };
    assert(job->output >= 0);
    fflush(NULL);
    job->pid = fork();
    assert(job->pid >= 0);
    if (job->pid > 0)
        return;
    setpgid(0, 0);                           /* what the test leaves running is ended with it */
    dup2(job->output, STDOUT_FILENO);
    dup2(job->output, STDERR_FILENO);
    run_test(r);
    exit(0);                                 /* not _exit: the leak check runs at exit */
}

static void print_output(int fd)
{
    char text[4096];
    off_t size = lseek(fd, 0, SEEK_END), at = size > OUTPUT_BYTES_MAX ? size - OUTPUT_BYTES_MAX : 0;
    for (ssize_t n; (n = pread(fd, text, sizeof text, at)) > 0; at += n)
        fwrite(text, 1, (size_t)n, stdout);
}

static void end_job(struct job *job, int status)
{
    bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    kill(-job->pid, SIGKILL);
    if (ok) {
        passed++;
    } else {
        failed++;
        printf("FAILED ");
        print_name(job->run);
        if (job->overdue)
            printf(": no end after %d s", TEST_SECONDS_MAX);
        else if (WIFSIGNALED(status))
            printf(": %s", strsignal(WTERMSIG(status)));
        printf("\n");
        print_output(job->output);
    }
    if (ok && options.verbose) {
        printf("ok     ");
        print_name(job->run);
        printf("  %.0f ms\n", (now_s() - job->started_s) * 1000);
    }
    fflush(stdout);
    close(job->output);
    job->pid = 0;
}

/* --- all ------------------------------------------------------------------------------------------------------------ */

static void end_overdue(void)
{
    for (int i = 0; i < options.jobs; i++) {
        if (jobs[i].pid && !jobs[i].overdue && now_s() - jobs[i].started_s > TEST_SECONDS_MAX) {
            jobs[i].overdue = true;
            kill(-jobs[i].pid, SIGABRT);     /* a sanitizer prints the stack it hung in */
        } else if (jobs[i].pid && now_s() - jobs[i].started_s > TEST_SECONDS_MAX + 10) {
            kill(-jobs[i].pid, SIGKILL);
        }
    }
}

/* Waits until a job ends; SIGALRM interrupts the wait so that overdue jobs are seen. */
static void wait_one(void)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, 0);
        for (int i = 0; pid > 0 && i < options.jobs; i++) {
            if (jobs[i].pid == pid) {
                end_job(&jobs[i], status);
                return;
            }
        }
        if (pid < 0 && errno == ECHILD)
            return;
        end_overdue();
    }
}

static int running(void)
{
    int count = 0;
    for (int i = 0; i < options.jobs; i++)
        count += jobs[i].pid != 0;
    return count;
}

static void run_all(const struct run *runs, int count)
{
    for (int next = 0; next < count;) {
        int slot = 0;
        while (slot < options.jobs && jobs[slot].pid)
            slot++;
        if (slot == options.jobs)
            wait_one();
        else
            start_job(&jobs[slot], &runs[next++]);
    }
    while (running())
        wait_one();
}

static void tick(int signal_number)
{
    (void)signal_number;
}

static void start_ticking(void)
{
    struct sigaction on_tick = { .sa_handler = tick };
    sigaction(SIGALRM, &on_tick, NULL);
    timer_t timer;
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
    struct itimerspec each_second = { { 1, 0 }, { 1, 0 } };
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0)
        timer_settime(timer, 0, &each_second, NULL);
}

static bool needs_postgres(const struct run *runs, int count)
{
    for (int i = 0; i < count; i++)
        if (runs[i].postgres)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    struct run *runs;
    int count = collect(&runs);
    if (options.list) {
        for (int i = 0; i < count; i++) {
            print_name(&runs[i]);
            printf("\n");
        }
        free(runs);
        return 0;
    }
    bool with_stores = needs_postgres(runs, count) && test_stores_start;
    if (with_stores && !test_stores_start())
        printf("PostgreSQL did not start: its tests will fail\n");
    start_ticking();
    run_all(runs, count);
    if (with_stores)
        test_stores_stop();
    free(runs);
    printf("%d passed, %d failed\n", passed, failed);
    return failed || count == 0;
}
