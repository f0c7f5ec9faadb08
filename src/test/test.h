/* test.h -- tests register themselves by a linker section; main.c runs each in a process of its own.
 * TEST(name) { ... }          static void name(void)
 * TEST_STORES(name) { ... }   static void name(struct test_db *db), once per store (stores.h)
 * TEST_WORLD(name) { ... }    static void name(struct world *w), once per store, on a fresh engine and http (world.h)
 * A failed CHECK prints where and both sides and ends the process, so it may stand in any thread and any helper
 * function. A crash, a sanitizer report, a leak or 180 seconds of silence fail the test too.
 * Memory: what a test leaves in its process dies with it; leaks are reported all the same. */
#ifndef WUXING_TEST_TEST_H
#define WUXING_TEST_TEST_H

#include "base/str.h"

struct test_db;
struct world;

struct test {
    const char *name, *file;
    int line;
    void (*plain)(void);
    void (*stores)(struct test_db *);
    void (*world)(struct world *);
    void (*told)(struct world *, const char *file);        /* a file of stories/ (story.h) */
};

/* Pointers, because gcc pads structs in a section and clang does not. */
#define TEST_ROW(id, ...) \
    static const struct test id##_row = { .name = #id, .file = __FILE__, .line = __LINE__, __VA_ARGS__ }; \
    static const struct test *const id##_entry __attribute__((section("wuxing_tests"), used)) = &id##_row
#define TEST(id) \
    static void id(void); \
    TEST_ROW(id, .plain = id); \
    static void id(void)
#define TEST_STORES(id) \
    static void id(struct test_db *db); \
    TEST_ROW(id, .stores = id); \
    static void id(__attribute__((unused)) struct test_db *db)
#define TEST_WORLD(id) \
    static void id(struct world *w); \
    TEST_ROW(id, .world = id); \
    static void id(__attribute__((unused)) struct world *w)

/* CHECK_STR compares a slice with a C string; CHECK_INT any two integers. */
#define CHECK(condition) \
    do { \
        if (!(condition)) \
            check_failed(__FILE__, __LINE__, #condition); \
    } while (0)
#define CHECK_INT(got, want) check_int(__FILE__, __LINE__, #got, (int64_t)(got), (int64_t)(want))
#define CHECK_STR(got, want) check_str(__FILE__, __LINE__, #got, (got), str_of(want))
#define CHECK_EQ(got, want) check_str(__FILE__, __LINE__, #got, (got), (want))

_Noreturn void check_failed(const char *file, int line, const char *what);
void check_int(const char *file, int line, const char *what, int64_t got, int64_t want);
void check_str(const char *file, int line, const char *what, struct str got, struct str want);

/* What main.c needs of the upper layers. stores.c and world.c define these; a binary without them refuses their tests. */
bool test_stores_start(void);                               /* once, before any fork: a PostgreSQL of our own */
void test_stores_stop(void);
struct test_db *test_db_open(bool postgres);                /* fresh and empty */
void test_db_close(struct test_db *);
struct world *world_open(struct test_db *);
void world_close(struct world *);
const struct test *const *story_tests(int *ret_count);

#endif
