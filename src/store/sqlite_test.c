/* sqlite_test.c -- what a connection to SQLite is set to, where the common tests cannot see it. */
#include "store/sqlite.h"
#include "test/stores.h"

static const struct migration door_migrations[] = {
    { "door", 1, "create table door(id ID, yard bigint not null, phase bigint not null);\n"
                 "create index door_open on door(yard) where phase < 4" },
    { 0 },
};
static const struct migration *const migrations[] = { door_migrations, NULL };

TEST_SQL(select_doors, "select count(*) from door where yard = $1 and phase < $2");

static int prepared_again(struct tx *tx)
{
    struct statement *st = statements_find(&tx->conn->statements, &select_doors);
    CHECK(st != NULL);
    return sqlite3_stmt_status(st->handle, SQLITE_STMTSTATUS_REPREPARE, 0);
}

/* The value of $2 is compared with the partial index's condition: its plan must not hang on it. */
TEST(statements_are_prepared_once)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct test_db *db = test_db_open(false);
    struct store *s = test_store_open(db, (struct store_config){ .migrations = migrations });
    struct tx *tx = read_begin(s, &arena);
    int64_t count = -1;
    for (int phase = 0; phase < 6; phase++)
        CHECK(db_one(tx, select_doors, IN(7, phase), OUT(&count)));
    CHECK_INT(count, 0);
    CHECK_INT(prepared_again(tx), 0);
    read_end(tx);
    store_close(s);
    test_db_close(db);
}
