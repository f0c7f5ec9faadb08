/* area_bench.c -- places found by name and by point among many areas, and a table of areas imported.
 * usage: bench-area_bench FOLDER [AREAS [TABLE.csv]]      (default 20000; the folder is new and stays) */
#include "engine/area.h"
#include "engine/engine.h"
#include "engine/import.h"
#include "engine/office/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { SLICE = 200, SIDE = 200, ROUNDS = 5000 };
static const struct module *const none[] = { NULL };

struct fill { int64_t from, to, community; };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static struct str square(struct arena *a, double west, double south, double size)
{
    const double corners[5][2] = { { west, south }, { west + size, south }, { west + size, south + size }, { west, south + size },
                                   { west, south } };
    char *p = arena_alloc(a, 13 + 80);
    memcpy(p, "\1\3\0\0\0\1\0\0\0\5\0\0\0", 13);
    memcpy(p + 13, corners, sizeof corners);
    return (struct str){ p, 13 + sizeof corners };
}

static void top(struct tx *tx, void *arg)
{
    struct area d = { .level = LEVEL_DISTRICT, .code = S("999901"), .name = S("示范区") };
    struct area s = { .parent = area_put(tx, &d, 1), .level = LEVEL_STREET, .code = S("999901001"), .name = S("梧桐街道") };
    struct area c = { .parent = area_put(tx, &s, 1), .level = LEVEL_COMMUNITY, .code = S("999901001001"), .name = S("桂花社区") };
    ((struct fill *)arg)->community = area_put(tx, &c, 1);
}

static void fill(struct tx *tx, void *arg)
{
    const struct fill *f = arg;
    for (int64_t i = f->from; i < f->to; i++) {
        struct area a = { .parent = f->community, .level = LEVEL_COURTYARD, .code = arena_format(tx->arena, "Y%06lld", (long long)i),
            .name = arena_format(tx->arena, "第%lld纺织厂%lld号院", (long long)(i / 50), (long long)i) };
        int64_t id = area_put(tx, &a, 1);
        area_set_polygon(tx, id, square(tx->arena, 113.5 + 0.002 * (double)(i % SIDE), 34.6 + 0.002 * (double)(i / SIDE), 0.002), 1);
    }
}

static void write_all(struct engine *e, void (*fn)(struct tx *, void *), void *arg)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct write w = { .apply = fn, .arg = arg, .arena = &a, .lane = LANE_BULK };
    store_write(e->store, &w);
    if (w.fault.code != ERR_OK) {
        fprintf(stderr, "refused: %s\n", w.fault.what.en ? w.fault.what.en : err_wire(w.fault.code));
        exit(1);
    }
}

static void look(struct engine *e, int64_t areas)
{
    struct arena arena_scoped a;
    arena_init(&a, (size_t)64 << 20);
    struct tx *tx = read_begin(e->store, &a);
    struct area found = { 0 };
    bool disputed;
    int hits = 0;
    double began = now_ms();
    area_in_text(tx, S("第7纺织厂355号院漏水"), &found);
    printf("names loaded            %8.1f ms\n", now_ms() - began);
    began = now_ms();
    for (int i = 0; i < ROUNDS; i++) {
        int64_t n = (int64_t)i * 7919 % areas;
        hits += area_in_text(tx, arena_format(&a, "您好，我家住第%lld纺织厂%lld号院，楼下夜里施工，影响老人孩子休息，请尽快处理。",
                                              (long long)(n / 50), (long long)n), &found);
    }
    printf("text -> place           %8.1f us   (%d of %d found)\n", (now_ms() - began) * 1e3 / ROUNDS, hits, ROUNDS);
    for (int turn = 0; turn < 2; turn++) {
        hits = 0;
        began = now_ms();
        for (int i = 0; i < ROUNDS; i++) {
            int64_t n = (int64_t)i * 7919 % areas;
            hits += area_at(tx, (int64_t)((34.601 + 0.002 * (double)(n / SIDE)) * 1e7), (int64_t)((113.501 + 0.002 * (double)(n % SIDE)) * 1e7),
                            &found, &disputed);
        }
        printf("point -> place          %8.1f us   (%d of %d found)\n", (now_ms() - began) * 1e3 / ROUNDS, hits, ROUNDS);
    }
    read_end(tx);
}

static void import_file(struct engine *e, const char *path)
{
    struct arena arena_scoped a;
    arena_init(&a, (size_t)256 << 20);
    struct fault fault = { 0 };
    struct table table;
    struct import im;
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(1);
    }
    char *bytes = arena_alloc(&a, 16 << 20);
    size_t n = fread(bytes, 1, 16 << 20, f);
    fclose(f);
    for (int turn = 0; turn < 2; turn++) {
        double began = now_ms();
        if (csv_read(&a, (struct str){ bytes, n }, NULL, &table) != REFUSE_NONE ||
            !import_read(&im, importer_find(engine_importers, S("areas")), &a, &table, &fault))
            exit(1);
        struct tx *tx = read_begin(e->store, &a);
        import_preview(&im, tx, &who_system);
        read_end(tx);
        import_apply(&im, e->store, &who_system, NULL, NULL, &fault);
        printf("%s: new %d changed %d same %d wrong %d in %.0f ms\n", path, im.counts[IMPORT_NEW], im.counts[IMPORT_CHANGED],
               im.counts[IMPORT_SAME], im.counts[IMPORT_WRONG], now_ms() - began);
        for (int i = 0; i < im.bad_count && i < 5; i++)
            printf("  " STR_FMT "\n", STR_ARG(import_message(&im, &im.bads[i], EN)));
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench-area_bench FOLDER [AREAS [TABLE.csv]]\n");
        return 2;
    }
    int64_t areas = argc > 2 ? strtoll(argv[2], NULL, 10) : 20000;
    struct fault fault = { 0 };
    mkdir(argv[1], 0700);
    struct engine *e = engine_open(&(struct engine_config){ .dir = argv[1], .modules = none, .create = true }, &fault);
    if (!e) {
        fprintf(stderr, "%s\n", fault.what.en ? fault.what.en : err_wire(fault.code));
        return 1;
    }
    struct fill f = { 0 };
    double began = now_ms();
    write_all(e, top, &f);
    for (f.from = 0; f.from < areas; f.from += SLICE) {
        f.to = f.from + SLICE;
        write_all(e, fill, &f);
    }
    printf("%lld areas with boundaries in %.0f ms\n", (long long)areas, now_ms() - began);
    look(e, areas);
    if (argc > 3)
        import_file(e, argv[3]);
    engine_close(e);
    return 0;
}
