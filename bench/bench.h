/* bench.h -- what the programs of bench/ share: the other side (raw SQLite group commit), a whole server in a process of its
 * own, a crowd of keep-alive callers over loopback, and the line that says must / reach / measured.
 * Everything here ends the process on a failure: a bench that goes on after one measures nothing. One thread. */
#ifndef WUXING_BENCH_H
#define WUXING_BENCH_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { BENCH_STREETS = 8, BENCH_COMMUNITIES = 5, BENCH_GRIDS = 50, RUNS_MAX = 9, WAITS_MAX = 1 << 20, CALLERS_MAX = 1024 };

double now_s(void);
_Noreturn void fail(const char *what);
uint32_t any(void);                                       /* the same numbers in every run */
double at_share(double *values, size_t count, double share);        /* sorts; 0.5: the median */
void remove_folder(const char *path);
void raise_file_limit(void);

double own_cpu_s(void);
double cpu_s(pid_t);                                      /* user and system time of another process */
double rss_mb(pid_t);
/* CPU seconds of each named thread, added up by name: "writer 1.20 worker 2.31 ...". */
void cpu_by_thread(pid_t, char *ret_text, size_t room);

/* --- the other side -------------------------------------------------------------------------------------------------------- */

struct measured { double rate, p50_ms, p99_ms, cpu_us; };      /* cpu_us: of the side that stores, per request */

/* Four inserts and an update per request, nine secondary indexes, FULL, checkpoint at 16,000 pages, as sqlitebench of
 * PERFORMANCE.md; `present` rows stand in the file before. In a process of its own: a server forked from here later must
 * find SQLite untouched. */
struct measured raw_run(const char *folder, int group, double seconds, int64_t present);

/* --- this side --------------------------------------------------------------------------------------------------------------- */

/* 8 streets of 5 communities of 10 grids; a clerk's token for each street, a leader's for the whole. */
struct office {
    int port;
    int64_t district, streets[BENCH_STREETS], communities[BENCH_STREETS][BENCH_COMMUNITIES], orgs[BENCH_STREETS][BENCH_COMMUNITIES];
    int64_t grids[BENCH_STREETS][BENCH_GRIDS], accounts[BENCH_STREETS];
    char tokens[BENCH_STREETS][96], whole[96];
};
struct site { pid_t pid; int stop; struct office office; char dir[600]; };

/* A new folder with a small district; or, given `dir`, a folder that site_make filled before. */
struct site site_open(const char *folder);
struct site site_reopen(const char *dir, const struct office *);
void site_close(struct site *, bool remove);
/* The folder without a server: migrated and with its district. */
struct office site_make(const char *dir);

/* Puts `count` synthetic matters of the last two years (95 % of them ended) straight into the tables of a folder that has a
 * district and no server, with their histories, clocks, events and counts: as if they had come in by the routes. */
void fill_matters(const char *dir, const struct office *, int64_t count);

/* --- callers ------------------------------------------------------------------------------------------------------------------ */

struct caller { int fd; double since; size_t got; int status; char in[256 << 10]; };
int dial(int port);                                       /* -1 when nobody listens */
/* Takes what has come; true when the whole answer is there. */
bool answered(struct caller *);
/* Sends one request and waits for its answer; ms it took. */
double get_once(struct caller *, const char *path, const char *token);
void post_report(const struct site *, struct caller *, int street);            /* street -1: any */
struct measured crowd_run(const struct site *, int connections, double seconds, int street);

void goal(int number, const char *what, const char *must, const char *reach, double measured, bool met, const char *note);
void note_machine(void);

#endif
