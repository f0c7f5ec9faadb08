/* store_test.c -- the call forms of db.h on both engines. */
#include "test/stores.h"

#include <string.h>

static const struct migration thing_migrations[] = {
    { "thing", 1, "create table thing(id ID, name TEXT_C, size bigint, weight double precision, bytes BLOB);\n"
                  "create unique index thing_name on thing(name);" },
    { 0 },
};
static const struct migration *const migrations[] = { thing_migrations, NULL };

TEST_SQL(insert_thing, "insert into thing(id, name, size, weight, bytes) values ($1, $2, $3, $4, $5)");
TEST_SQL(select_thing, "select name, size, weight, bytes from thing where id = $1");
TEST_SQL(select_all, "select id, name from thing order by id");
TEST_SQL(count_things, "select count(*) from thing");
TEST_SQL(rename_all, "update thing set name = name || $1");

static struct arena arena;

static enum err write_now(struct store *s, void (*apply)(struct tx *, void *), void *arg)
{
    struct write w = { .apply = apply, .arg = arg, .arena = &arena, .lane = LANE_NORMAL };
    store_write(s, &w);
    return w.fault.code;
}

static int64_t count_of(struct store *s)
{
    int64_t count = -1;
    struct tx *tx = read_begin(s, &arena);
    CHECK(db_one(tx, count_things, IN(), OUT(&count)));
    read_end(tx);
    return count;
}

static void add_two(struct tx *tx, void *arg)
{
    (void)arg;
    struct blob b = { S("\0\1\2\377") };
    CHECK_INT(db_run(tx, insert_thing, IN(db_id(tx, "thing"), S("楼道灯"), 5, 2.5, b)), 1);
    CHECK_INT(db_run(tx, insert_thing, IN(db_id(tx, "thing"), S("second"), NIL, NIL, NIL)), 1);
}

TEST_STORES(values_come_back_as_written)
{
    struct store *s = test_store_open(db, (struct store_config){ .migrations = migrations });
    struct str name;
    int64_t size = 9;
    double weight = 9;
    struct blob bytes;
    CHECK_INT(write_now(s, add_two, NULL), ERR_OK);
    struct tx *tx = read_begin(s, &arena);
    CHECK(db_one(tx, select_thing, IN(1), OUT(&name, &size, &weight, &bytes)));
    CHECK_STR(name, "楼道灯");
    CHECK_INT(size, 5);
    CHECK(weight == 2.5);
    CHECK_EQ(bytes.bytes, S("\0\1\2\377"));
    CHECK(db_one(tx, select_thing, IN(2), OUT(&name, &size, &weight, &bytes)));
    CHECK_INT(size, 0);
    CHECK(weight == 0);
    CHECK_INT(bytes.bytes.n, 0);
    CHECK(!db_one(tx, select_thing, IN(3), OUT(&name)));
    CHECK_INT(tx->fault.code, ERR_OK);
    read_end(tx);
    store_close(s);
}

static void add_then_fail(struct tx *tx, void *arg)
{
    add_two(tx, arg);
    tx_refuse(tx, ERR_DENIED, 0);
    int64_t count = -1;
    CHECK_INT(db_run(tx, rename_all, IN("x")), 0);
    CHECK(!db_one(tx, count_things, IN(), OUT(&count)));
    CHECK_INT(count, -1);
    struct rows rows = db_get(tx, select_all, IN());
    CHECK(!db_row(&rows, OUT(&count)));
    CHECK_INT(db_id(tx, "thing"), 0);
}

TEST_STORES(a_refusal_leaves_nothing)
{
    struct store *s = test_store_open(db, (struct store_config){ .migrations = migrations });
    CHECK_INT(write_now(s, add_then_fail, NULL), ERR_DENIED);
    CHECK_INT(count_of(s), 0);
    CHECK_INT(write_now(s, add_two, NULL), ERR_OK);
    CHECK_INT(count_of(s), 2);
    store_close(s);
}
