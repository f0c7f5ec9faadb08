/* scale_bench.c -- PERFORMANCE.md E, goals 5-10 and 18-20: what a million matters do to intake, lists, search, figures, start and
 * memory. The folder is filled once (fill.c), searched, listed and written to over HTTP while intake runs beside, and kept
 * for the next time when it was named.
 * usage: bench-scale_bench [FOLDER [MATTERS [SECONDS [BUSY [PART]]]]]  (default: . 1000000 4 1; BUSY 0: nothing beside the reads;
 * PART lists, search or figures: only that table)
 * Peers of goals 6-8 are the figures of PERFORMANCE.md D1 and D2, measured on this kind of machine on 2026-11-23. */
#include "bench/bench.h"

#include "engine/engine.h"
#include "engine/search.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const double rt_tickets = 9.8, redmine_tickets = 49, rt_list_ms = 18, redmine_list_ms = 111, redmine_page_ms = 67, redmine_pss_mb = 407,
                    redmine_start_ms = 3100;

enum { ASKS = 200, FEW_ASKS = 30, ASK_S = 10 };

extern const struct module *const modules[];

/* In a process of its own, as everything that opens SQLite. */
static void index_all(const char *dir)
{
    pid_t pid = fork();
    int status = 0;
    if (pid == 0) {
        struct fault fault = { 0 };
        struct engine_config config = { .dir = dir, .clock = clock_system(), .modules = modules };
        struct engine *engine = engine_open(&config, &fault);
        if (!engine)
            fail(fault.what.en ? fault.what.en : "the engine does not open");
        while (search_feed(engine->search, 5000) > 0)
            continue;
        while (engine_turn(engine))
            continue;
        engine_close(engine);
        exit(0);
    }
    waitpid(pid, &status, 0);
    if (status != 0)
        fail("indexing failed");
}

/* The folder, filled: made now or found from an earlier run. */
static struct office filled(const char *dir, int64_t count)
{
    char path[700];
    struct office office = { 0 };
    snprintf(path, sizeof path, "%s/office", dir);
    FILE *known = fopen(path, "r");
    if (known) {
        if (fread(&office, sizeof office, 1, known) != 1)
            fail("the folder's office cannot be read");
        fclose(known);
        return office;
    }
    double start = now_s();
    office = site_make(dir);
    fill_matters(dir, &office, count);
    double filled_s = now_s() - start;
    index_all(dir);
    printf("filled %lld matters in %.0f s, indexed their texts and counted their days in %.0f s\n", (long long)count, filled_s, now_s() - start - filled_s);
    known = fopen(path, "w");
    if (!known || fwrite(&office, sizeof office, 1, known) != 1 || fclose(known) != 0)
        fail("the folder's office cannot be written");
    return office;
}

/* --- asking ------------------------------------------------------------------------------------------------------------------------- */

struct ask { const char *name, *path, *token; };
struct times { double p50, p95, p99, worst; };

static struct times ask_many(const struct site *s, const char *path, const char *token, int count)
{
    static struct caller c;
    static double waits[ASKS];
    c.fd = dial(s->office.port);
    if (c.fd < 0)
        fail("connect");
    get_once(&c, path, token);
    size_t n = 0;
    for (double end = now_s() + ASK_S; n < (size_t)count && now_s() < end; n++)
        waits[n] = get_once(&c, path, token);
    close(c.fd);
    return (struct times){ at_share(waits, n, 0.5), at_share(waits, n, 0.95), at_share(waits, n, 0.99), at_share(waits, n, 1) };
}

static struct times worst(struct times a, struct times b)
{
    return (struct times){ a.p50 > b.p50 ? a.p50 : b.p50, a.p95 > b.p95 ? a.p95 : b.p95, a.p99 > b.p99 ? a.p99 : b.p99,
                           a.worst > b.worst ? a.worst : b.worst };
}

static struct times table(const struct site *s, const struct ask *asks, int count)
{
    struct times all = { 0 };
    for (; asks->name; asks++) {
        struct times t = ask_many(s, asks->path, asks->token, count);
        printf("      %-46s p50 %8.2f  p95 %8.2f  p99 %8.2f ms\n", asks->name, t.p50, t.p95, t.p99);
        fflush(stdout);
        all = worst(all, t);
    }
    return all;
}

static char *path_of(const char *format, int64_t a, int64_t b)
{
    char *path = malloc(300);
    if (!path)
        abort();
    snprintf(path, 300, format, (long long)a, (long long)b);
    return path;
}

static struct times lists(const struct site *s)
{
    const struct office *o = &s->office;
    const char *all = o->whole, *clerk = o->tokens[1];
    int64_t street = o->streets[1], community = o->communities[1][2], grid = o->grids[1][20];
    const struct ask asks[] = {
        { "newest of the district", "/api/v1/matters", all },
        { "newest of a clerk's street", "/api/v1/matters", clerk },
        { "a street", path_of("/api/v1/matters?area=%lld", street, 0), all },
        { "a community", path_of("/api/v1/matters?area=%lld", community, 0), all },
        { "a grid", path_of("/api/v1/matters?area=%lld", grid, 0), all },
        { "mine", "/api/v1/matters?owner=me", clerk },
        { "mine, unfinished", "/api/v1/matters?owner=me&phase=unfinished", clerk },
        { "mine, nearest due", "/api/v1/matters?owner=me&sort=due", clerk },
        { "unfinished", "/api/v1/matters?phase=unfinished", all },
        { "unfinished of a street", "/api/v1/matters?phase=unfinished", clerk },
        { "done", "/api/v1/matters?phase=done", all },
        { "void", "/api/v1/matters?phase=void", all },
        { "active of a grid", path_of("/api/v1/matters?phase=active&area=%lld", grid, 0), all },
        { "overdue", "/api/v1/matters?overdue=true", all },
        { "overdue of a street", "/api/v1/matters?overdue=true", clerk },
        { "overdue of a grid", path_of("/api/v1/matters?overdue=true&area=%lld", grid, 0), all },
        { "unclaimed", "/api/v1/matters?unclaimed=true", all },
        { "unclaimed of a street", "/api/v1/matters?unclaimed=true", clerk },
        { "nearest due", "/api/v1/matters?sort=due", all },
        { "nearest due of a street", "/api/v1/matters?sort=due", clerk },
        { "a category", "/api/v1/matters?category=E0603", all },
        { "a category of a street", "/api/v1/matters?category=E0603", clerk },
        { "a category that nobody used", "/api/v1/matters?category=E0701", all },
        { "a category that nobody used, a street", "/api/v1/matters?category=E0701", clerk },
        { "a category of a grid, unfinished", path_of("/api/v1/matters?category=E0603&phase=unfinished&area=%lld", grid, 0), all },
        { "a category, unfinished", "/api/v1/matters?category=E0603&phase=unfinished", all },
        { "a category, overdue, a street", "/api/v1/matters?category=E0603&overdue=true", clerk },
        { "reports", "/api/v1/matters?kind=report", all },
        { "whistles (there are none)", "/api/v1/matters?kind=whistle", all },
        { "whistles of a street (none)", "/api/v1/matters?kind=whistle", clerk },
        { "a channel of a street", "/api/v1/matters?channel=patrol", clerk },
        { "urgent (there are few)", "/api/v1/matters?urgency=urgent", all },
        { "a state", "/api/v1/matters?state=handling", all },
        { "a state of a street, category", "/api/v1/matters?state=handling&category=E0603", clerk },
        { "a month of a year ago, a street", "/api/v1/matters?from=2025-10-01&to=2025-11-01", clerk },
        { "unfinished of a year ago", "/api/v1/matters?phase=unfinished&to=2025-11-01", all },
        { 0 } };
    return table(s, asks, ASKS);
}

static struct times searches(const struct site *s)
{
    const char *all = s->office.whole, *clerk = s->office.tokens[1];
    const struct ask asks[] = {
        { "漏水 (in 1 of 10 texts)", "/api/v1/search?q=%E6%BC%8F%E6%B0%B4", all },
        { "漏水, a street", "/api/v1/search?q=%E6%BC%8F%E6%B0%B4", clerk },
        { "水管漏水", "/api/v1/search?q=%E6%B0%B4%E7%AE%A1%E6%BC%8F%E6%B0%B4", all },
        { "电梯停运 三单元", "/api/v1/search?q=%E7%94%B5%E6%A2%AF%E5%81%9C%E8%BF%90%20%E4%B8%89%E5%8D%95%E5%85%83", all },
        { "燃气异味 楼顶, a street", "/api/v1/search?q=%E7%87%83%E6%B0%94%E5%BC%82%E5%91%B3%20%E6%A5%BC%E9%A1%B6", clerk },
        { "查看 (in 1 of 4 texts)", "/api/v1/search?q=%E6%9F%A5%E7%9C%8B", all },
        { "街道安排 (in every text)", "/api/v1/search?q=%E8%A1%97%E9%81%93%E5%AE%89%E6%8E%92", all },
        { "不存在的词 (in no text)", "/api/v1/search?q=%E4%B8%8D%E5%AD%98%E5%9C%A8%E7%9A%84%E8%AF%8D", all },
        { "a number out of a text", "/api/v1/search?q=E0110", all },
        { 0 } };
    return table(s, asks, ASKS);
}

static struct times figures(const struct site *s)
{
    const char *all = s->office.whole, *clerk = s->office.tokens[1];
    const struct ask asks[] = {
        { "board of the district", "/api/v1/board", all },
        { "board of a street", "/api/v1/board", clerk },
        { "figure report.opened", "/api/v1/figures/report.opened", all },
        { "figure report.opened, a street", "/api/v1/figures/report.opened", clerk },
        { "figure report.done_rate", "/api/v1/figures/report.done_rate", all },
        { "figure report.on_time_rate", "/api/v1/figures/report.on_time_rate", all },
        { "figure report.responded_rate", "/api/v1/figures/report.responded_rate", all },
        { "figure report.satisfied_rate, a street", "/api/v1/figures/report.satisfied_rate", clerk },
        { "rows of report.satisfied_rate, a street", "/api/v1/figures/report.satisfied_rate/rows", clerk },
        { "figure report.opened by day, a street", "/api/v1/figures/report.opened?by=day", clerk },
        { "figure report.done_rate, a year", "/api/v1/figures/report.done_rate?from=2025-11-23", all },
        { "figure report.on_time_rate, a year", "/api/v1/figures/report.on_time_rate?from=2025-11-23", all },
        { "figure report.satisfied_rate, a year, a street", "/api/v1/figures/report.satisfied_rate?from=2025-11-23", clerk },
        { "figure report.done_rate of a community", path_of("/api/v1/figures/report.done_rate?area=%lld", s->office.communities[1][2], 0), all },
        { "figure report.done_rate of a community, a year",
          path_of("/api/v1/figures/report.done_rate?from=2025-11-23&area=%lld", s->office.communities[1][2], 0), all },
        { "figure report.done_rate by street", "/api/v1/figures/report.done_rate?by=child", all },
        { "figure report.handling_hours (a median)", "/api/v1/figures/report.handling_hours", all },
        { 0 } };
    return table(s, asks, FEW_ASKS);
}

/* --- start and rest ------------------------------------------------------------------------------------------------------------------- */

static double start_ms(const char *dir, const struct office *office)
{
    double start = now_s();
    struct site s = site_reopen(dir, office);
    static struct caller c;
    c.fd = dial(s.office.port);
    get_once(&c, "/api/v1/matters", office->whole);
    double took = (now_s() - start) * 1000;
    close(c.fd);
    site_close(&s, false);
    return took;
}

/* --- intake beside: a crowd of eight in a process of its own --------------------------------------------------------------------------- */

static pid_t crowd_beside(const struct site *s)
{
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            crowd_run(s, 8, 2, -1);
    return pid;
}

static void end_crowd(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void small_goals(const char *folder, double seconds)
{
    char note[200];
    struct site s = site_open(folder);
    crowd_run(&s, 8, 1, -1);
    struct measured m8 = crowd_run(&s, 8, seconds, -1);
    struct times list = ask_many(&s, "/api/v1/matters", s.office.whole, ASKS);
    site_close(&s, true);
    snprintf(note, sizeof note, "(x RT; x Redmine: %.0f; must 50. %.0f/s against %.1f and %.0f)", m8.rate / redmine_tickets, m8.rate, rt_tickets, redmine_tickets);
    goal(6, "tickets/s, 8 clients / RT5 with a cookie", ">= 250", ">= 500", m8.rate / rt_tickets, m8.rate / rt_tickets >= 250 && m8.rate / redmine_tickets >= 50, note);
    snprintf(note, sizeof note, "(1/%.0f of RT5, 1/%.0f of Redmine)", rt_list_ms / list.p50, redmine_list_ms / list.p50);
    goal(7, "50 newest over HTTP, p50 ms", "<= 0.9", "<= 0.3", list.p50, list.p50 <= 0.9, note);
    snprintf(note, sizeof note, "(data of a page; the page itself is one file kept by the browser. Redmine %.0f ms)", redmine_page_ms);
    goal(8, "first screen of a list, ms", "<= 6.7", "<= 2.2", list.p50, list.p50 <= redmine_page_ms / 10, note);
}

static void large_goals(const char *folder, int64_t count, double seconds, bool busy)
{
    char dir[600], note[200];
    snprintf(dir, sizeof dir, "%s/bench-%lld", folder, (long long)count);
    struct office office = filled(dir, count);
    double starts[5];
    for (int i = 0; i < 5; i++)
        starts[i] = start_ms(dir, &office);
    double first = at_share(starts, 5, 0.5);
    struct site s = site_reopen(dir, &office);
    sleep(4);                                  /* what start-up has used is given back after two quiet seconds */
    double idle_mb = rss_mb(s.pid);
    pid_t beside = busy ? crowd_beside(&s) : 0;
    struct times list = lists(&s), found = searches(&s), figure = figures(&s);
    end_crowd(beside);
    site_close(&s, false);
    goal(9, "lists, worst of all filters: p50 ms", "<= 1", "<= 0.4", list.p50, list.p50 <= 1, "");
    goal(9, "lists, worst of all filters: p99 ms", "<= 10", "<= 5", list.p99, list.p99 <= 10, "");
    goal(10, "search, worst of all words: p95 ms", "<= 30", "<= 12", found.p95, found.p95 <= 30, "");
    goal(10, "board and figures, worst p95 ms", "<= 100", "", figure.p95, figure.p95 <= 100, "(not a goal of section E)");
    snprintf(note, sizeof note, "(Redmine %.0f MB)", redmine_pss_mb);
    goal(18, "resident at rest, MB", "<= 100", "<= 48", idle_mb, idle_mb <= 100, note);
    snprintf(note, sizeof note, "(Redmine %.0f ms)", redmine_start_ms);
    goal(19, "start to the first 200, ms", "<= 300", "<= 80", first, first <= 300, note);
    double shares[3];
    for (int i = 0; i < 3; i++) {
        struct site empty = site_open(folder);
        crowd_run(&empty, 64, 1, -1);
        struct measured e = crowd_run(&empty, 64, seconds, -1);
        site_close(&empty, true);
        s = site_reopen(dir, &office);
        crowd_run(&s, 64, 1, -1);
        struct measured f = crowd_run(&s, 64, seconds, -1);
        site_close(&s, false);
        printf("      intake, 64 clients: empty %.0f/s %.0f us, full %.0f/s %.0f us CPU per request\n", e.rate, e.cpu_us, f.rate, f.cpu_us);
        shares[i] = f.rate / e.rate;
    }
    double share = at_share(shares, 3, 0.5);
    goal(5, "intake with all present / on an empty file", ">= 0.45", ">= 0.70", share, share >= 0.45, "");
}

static void only_part(const char *folder, int64_t count, bool busy, const char *part)
{
    char dir[600];
    snprintf(dir, sizeof dir, "%s/bench-%lld", folder, (long long)count);
    struct office office = filled(dir, count);
    struct site s = site_reopen(dir, &office);
    pid_t beside = busy ? crowd_beside(&s) : 0;
    if (strcmp(part, "lists") == 0)
        lists(&s);
    else if (strcmp(part, "search") == 0)
        searches(&s);
    else
        figures(&s);
    end_crowd(beside);
    site_close(&s, false);
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : ".";
    int64_t count = argc > 2 ? strtoll(argv[2], NULL, 10) : 1000000;
    double seconds = argc > 3 ? strtod(argv[3], NULL) : 4;
    bool busy = argc <= 4 || strcmp(argv[4], "0") != 0;
    if (count < 100 || seconds <= 0) {
        fprintf(stderr, "usage: bench-scale_bench [FOLDER [MATTERS [SECONDS [BUSY [PART]]]]]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    note_machine();
    if (argc > 5) {
        only_part(folder, count, busy, argv[5]);
        return 0;
    }
    small_goals(folder, seconds);
    large_goals(folder, count, seconds, busy);
    return 0;
}
