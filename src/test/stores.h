/* stores.h -- fresh databases for tests, on both engines. The PostgreSQL 15 server is a private one: its own folder in
 * memory, a unix socket only, a user that is not root, fsync off; one per test run, started before the first test and
 * ended by a watcher process even when the run is killed.
 * Memory: a test_db belongs to the test until test_db_close. Threading: one thread opens and closes.
 * Failure: a CHECK, which ends the test's process. */
#ifndef WUXING_TEST_STORES_H
#define WUXING_TEST_STORES_H

#include "store/db.h"
#include "test/test.h"

struct test_db {
    const char *dir;                  /* a fresh folder, on both engines */
    const char *url;                  /* postgresql://...; NULL on SQLite */
};

/* Like test_db_open, but filled: the first time `fill` makes the database of this key (migrations, a small street), and
 * every later one of the same run is a copy of it. fill must close the store it opens. Files beside the SQLite
 * database are not copied. */
struct test_db *test_db_open_filled(bool postgres, const char *key, void (*fill)(const struct test_db *));

/* The pid of the postmaster, for tests that stop or kill the server's processes; 0 without one. */
int test_postgres_pid(void);

/* Opens a store on the database; config's dir, url and clock (when NULL: a fake one that stands at 2026-11-23) are set
 * here. CHECKs that it opened. */
struct store *test_store_open(const struct test_db *, struct store_config);

/* A statement of a test's own tables. SQL() is for the program's closed set, which is checked and printed. */
#define TEST_SQL(id, sql_text) static const struct sql id = { #id, sql_text, __FILE__, __LINE__ }

#endif
