/* store_test.c -- the call forms of db.h mean the same on both engines: values, NULLs, cursors, lists, faults. */
#include "store/store.h"
#include "test/stores.h"

#include <stdatomic.h>
#include <string.h>

static const struct migration thing_migrations[] = {
    { "thing", 1, "create table thing(id ID, name TEXT_C, size bigint, weight double precision, bytes BLOB);\n"
                  "create unique index thing_name on thing(name);\n"
                  "create table part(id ID, thing REF references thing(id), seen smallint not null default 0)" },
    { 0 },
};
static const struct migration *const migrations[] = { thing_migrations, NULL };

TEST_SQL(insert_thing, "insert into thing(id, name, size, weight, bytes) values ($1, $2, $3, $4, $5)");
TEST_SQL(select_thing, "select name, size, weight, bytes from thing where id = $1");
TEST_SQL(select_all, "select id, name from thing order by id");
TEST_SQL(count_things, "select count(*) from thing");
TEST_SQL(rename_all, "update thing set name = name || $1");
TEST_SQL(insert_part, "insert into part(id, thing, seen) values ($1, $2, $3)");
TEST_SQL(select_orphan, "select thing is null, thing, seen from part where id = $1");
TEST_SQL(insert_returning, "insert into thing(id, name) values ($1, $2) returning id * 10, name");
TEST_SQL(total_size, "select sum(size), avg(size), max(size) > 3 from thing");
TEST_SQL(nonsense, "select nought from nowhere");

static struct arena arena;

static struct store *open_store(const struct test_db *db)
{
    return test_store_open(db, (struct store_config){ .migrations = migrations });
}

static struct write write_now(struct store *s, void (*apply)(struct tx *, void *), void *arg)
{
    struct write w = { .apply = apply, .arg = arg, .arena = &arena, .lane = LANE_NORMAL };
    store_write(s, &w);
    return w;
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
    CHECK_INT(db_run(tx, insert_thing, IN(db_id(tx, "thing"), "second", NIL, NIL, NIL)), 1);
}

TEST_STORES(values_come_back_as_written)
{
    struct store *s = open_store(db);
    struct str name;
    int64_t size = 9;
    double weight = 9;
    struct blob bytes;
    CHECK_INT(write_now(s, add_two, NULL).fault.code, ERR_OK);
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
    CHECK_INT(tx->sql_count, 3);
    read_end(tx);
    store_close(s);
}

static void add_parts(struct tx *tx, void *arg)
{
    add_two(tx, arg);
    db_run(tx, insert_part, IN(1, REF0(0), true));
    db_run(tx, insert_part, IN(2, REF0(1), false));
}

TEST_STORES(a_ref_of_zero_is_null)
{
    struct store *s = open_store(db);
    bool orphan, seen;
    int64_t thing;
    CHECK_INT(write_now(s, add_parts, NULL).fault.code, ERR_OK);
    struct tx *tx = read_begin(s, &arena);
    CHECK(db_one(tx, select_orphan, IN(1), OUT(&orphan, &thing, &seen)));
    CHECK(orphan && seen && thing == 0);
    CHECK(db_one(tx, select_orphan, IN(2), OUT(&orphan, &thing, &seen)));
    CHECK(!orphan && !seen && thing == 1);
    read_end(tx);
    store_close(s);
}

TEST_STORES(sums_and_comparisons_read_alike)
{
    struct store *s = open_store(db);
    int64_t sum;
    double average;
    bool large;
    CHECK_INT(write_now(s, add_two, NULL).fault.code, ERR_OK);
    struct tx *tx = read_begin(s, &arena);
    CHECK(db_one(tx, total_size, IN(), OUT(&sum, &average, &large)));
    CHECK(sum == 5 && average == 5.0 && large);
    read_end(tx);
    store_close(s);
}

static void add_returning(struct tx *tx, void *arg)
{
    (void)arg;
    int ten_fold;
    struct str name;
    CHECK(db_one(tx, insert_returning, IN(7, "seven"), OUT(&ten_fold, &name)));
    CHECK_INT(ten_fold, 70);
    CHECK_STR(name, "seven");
    CHECK_INT(db_run(tx, insert_returning, IN(8, "eight")), 1);
    CHECK_INT(db_run(tx, rename_all, IN("!")), 2);
    CHECK_INT(db_run(tx, select_all, IN()), 0);
}

TEST_STORES(returning_and_changed_rows)
{
    struct store *s = open_store(db);
    CHECK_INT(write_now(s, add_returning, NULL).fault.code, ERR_OK);
    CHECK_INT(count_of(s), 2);
    store_close(s);
}

TEST_STORES(cursors_nest_even_on_one_statement)
{
    struct store *s = open_store(db);
    CHECK_INT(write_now(s, add_two, NULL).fault.code, ERR_OK);
    int64_t outer, inner, pairs = 0;
    struct tx *tx = read_begin(s, &arena);
    struct rows rows = db_get(tx, select_all, IN());
    while (db_row(&rows, OUT(&outer))) {
        struct rows again = db_get(tx, select_all, IN());
        while (db_row(&again, OUT(&inner)))
            pairs++;
        CHECK(!db_row(&again, OUT(&inner)));
    }
    CHECK_INT(pairs, 4);
    struct rows left = db_get(tx, select_all, IN());
    CHECK(db_row(&left, OUT(&outer)));
    struct rows stopped = db_get(tx, select_all, IN());
    rows_end(&stopped);
    rows_end(&stopped);
    read_end(tx);                             /* closes what was left open */
    store_close(s);
}

static const struct sql_list thing_list = {
    .name = "thing_list", .head = "select id from thing where true",
    .filters = (const struct filter[]){
        { "name = ?", 1 }, { "size between ? and ?", 2 }, { "name <> '?'", 0 }, { 0 } },
    .tail = "order by id limit ?", .tail_params = 1,
};

static int64_t first_of_list(struct store *s, uint32_t mask, struct ins in)
{
    int64_t id = 0;
    struct tx *tx = read_begin(s, &arena);
    struct rows rows = db_list(tx, thing_list, mask, in);
    bool found = db_row(&rows, OUT(&id));
    CHECK_INT(tx->fault.code, ERR_OK);
    read_end(tx);
    return found ? id : 0;
}

TEST_STORES(lists_take_any_set_of_filters)
{
    struct store *s = open_store(db);
    CHECK_INT(write_now(s, add_two, NULL).fault.code, ERR_OK);
    CHECK_INT(first_of_list(s, 0, IN(10)), 1);
    CHECK_INT(first_of_list(s, 1, IN("second", 10)), 2);
    CHECK_INT(first_of_list(s, 2, IN(5, 6, 10)), 1);
    CHECK_INT(first_of_list(s, 3, IN("second", 5, 6, 10)), 0);
    CHECK_INT(first_of_list(s, 4, IN(10)), 1);
    CHECK_INT(first_of_list(s, 7, IN("楼道灯", 1, 9, 10)), 1);
    CHECK_INT(first_of_list(s, 0, IN(0)), 0);
    store_close(s);
}

/* --- faults --------------------------------------------------------------------------------------------------------------- */

static void add_then_refuse(struct tx *tx, void *arg)
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
    tx_refuse(tx, ERR_GONE, 0);               /* the first wins */
}

static void refuse_while_reading(struct tx *tx, void *arg)
{
    int64_t id;
    add_two(tx, arg);
    struct rows rows = db_get(tx, select_all, IN());
    CHECK(db_row(&rows, OUT(&id)));
    tx_refuse(tx, ERR_STATE, 0);
    CHECK(!db_row(&rows, OUT(&id)));
}

TEST_STORES(a_refusal_leaves_nothing_and_is_inert)
{
    struct store *s = open_store(db);
    CHECK_INT(write_now(s, add_then_refuse, NULL).fault.code, ERR_DENIED);
    CHECK_INT(write_now(s, refuse_while_reading, NULL).fault.code, ERR_STATE);
    CHECK_INT(count_of(s), 0);
    CHECK_INT(write_now(s, add_two, NULL).fault.code, ERR_OK);
    CHECK_INT(count_of(s), 2);
    store_close(s);
}

static void add_same_name(struct tx *tx, void *arg)
{
    (void)arg;
    CHECK_INT(db_run(tx, insert_thing, IN(db_id(tx, "thing"), "same", NIL, NIL, NIL)), 1);
    CHECK_INT(db_run(tx, insert_thing, IN(db_id(tx, "thing"), "same", NIL, NIL, NIL)), 0);
}

static void add_part_of_nothing(struct tx *tx, void *arg)
{
    (void)arg;
    db_run(tx, insert_part, IN(db_id(tx, "part"), 4711, 0));
}

TEST_STORES(broken_constraints_are_told_apart)
{
    struct store *s = open_store(db);
    CHECK_INT(write_now(s, add_same_name, NULL).fault.code, ERR_EXISTS);
    struct write w = write_now(s, add_part_of_nothing, NULL);
    CHECK_INT(w.fault.code, ERR_INVALID);
    CHECK(str_ends(str_of(w.fault.file), S("store_test.c")));
    CHECK_INT(count_of(s), 0);
    struct store_health health;
    store_health(s, &health);
    CHECK(health.writable);
    store_close(s);
}

static struct store *told_store;
static int told;

static void count_told(const struct sql *sql, const char *message)
{
    CHECK(sql->name && message && *message);
    told++;
}

static void run_nonsense(struct tx *tx, void *arg)
{
    (void)arg;
    db_run(tx, nonsense, IN());
}

static void run_miscounted(struct tx *tx, void *arg)
{
    (void)arg;
    db_run(tx, rename_all, IN());
}

TEST_STORES(a_wrong_statement_is_an_internal_fault_and_is_told)
{
    told_store = open_store(db);
    store_on_sql_error(count_told);
    CHECK_INT(write_now(told_store, run_nonsense, NULL).fault.code, ERR_INTERNAL);
    CHECK_INT(write_now(told_store, run_miscounted, NULL).fault.code, ERR_INTERNAL);
    CHECK_INT(told, 2);
    struct tx *tx = read_begin(told_store, &arena);
    int64_t a, b, c;
    CHECK(!db_one(tx, count_things, IN(), OUT(&a, &b, &c)));   /* one column, three read */
    CHECK_INT(tx->fault.code, ERR_INTERNAL);
    read_end(tx);
    tx = read_begin(told_store, &arena);
    CHECK_INT(db_run(tx, rename_all, IN("a read may not write")), 0);
    CHECK_INT(tx->fault.code, ERR_INTERNAL);
    read_end(tx);
    CHECK_INT(write_now(told_store, add_two, NULL).fault.code, ERR_OK);
    store_close(told_store);
}

static void read_too_much(struct store *s)
{
    struct arena arena_scoped small;
    arena_init(&small, 4096);
    struct str name;
    struct blob bytes;
    int64_t size;
    double weight;
    struct tx *tx = read_begin(s, &small);
    CHECK(!db_one(tx, select_thing, IN(1), OUT(&name, &size, &weight, &bytes)));
    CHECK_INT(tx->fault.code, ERR_TOO_LARGE);
    read_end(tx);
}

static void add_large(struct tx *tx, void *arg)
{
    (void)arg;
    static char large[10000];
    memset(large, 'x', sizeof large);
    db_run(tx, insert_thing, IN(1, ((struct str){ large, sizeof large }), NIL, NIL, NIL));
}

TEST_STORES(more_than_the_arena_takes_is_too_large)
{
    struct store *s = open_store(db);
    CHECK_INT(write_now(s, add_large, NULL).fault.code, ERR_OK);
    read_too_much(s);
    CHECK_INT(count_of(s), 1);
    store_close(s);
}

/* --- snapshots, health ------------------------------------------------------------------------------------------------------ */

TEST_STORES(a_read_sees_one_snapshot)
{
    struct store *s = open_store(db);
    int64_t before = -1, after = -1;
    struct tx *tx = read_begin(s, &arena);
    CHECK(db_one(tx, count_things, IN(), OUT(&before)));
    CHECK_INT(write_now(s, add_two, NULL).fault.code, ERR_OK);
    CHECK(db_one(tx, count_things, IN(), OUT(&after)));
    read_end(tx);
    CHECK_INT(before, 0);
    CHECK_INT(after, 0);
    CHECK_INT(count_of(s), 2);
    store_close(s);
}

TEST_STORES(more_readers_than_connections_are_refused_in_time)
{
    struct store *s = test_store_open(db, (struct store_config){ .migrations = migrations, .connections = 2,
                                                                 .query_deadline_ms = 100 });
    struct tx *a = read_begin(s, &arena), *b = read_begin(s, &arena), *c = read_begin(s, &arena);
    CHECK_INT(a->fault.code, ERR_OK);
    CHECK_INT(b->fault.code, ERR_OK);
    CHECK_INT(c->fault.code, ERR_UNAVAILABLE);
    read_end(c);
    read_end(a);
    struct tx *d = read_begin(s, &arena);
    CHECK_INT(d->fault.code, ERR_OK);
    read_end(d);
    read_end(b);
    store_close(s);
}

static void wake(void *arg)
{
    atomic_fetch_add((_Atomic int *)arg, 1);
}

TEST_STORES(health_counts_and_the_feed_is_woken)
{
    _Atomic int woken = 0;
    struct store *s = open_store(db);
    struct store_health health;
    store_on_commit(s, wake, &woken);
    CHECK_INT(write_now(s, add_then_refuse, NULL).fault.code, ERR_DENIED);
    CHECK_INT(woken, 0);
    CHECK_INT(write_now(s, add_two, NULL).fault.code, ERR_OK);
    CHECK_INT(woken, 1);
    store_health(s, &health);
    CHECK(health.writable && health.waiting == 0 && health.size_bytes > 0);
    CHECK_INT(health.writes, 1);
    CHECK(str_starts(str_of(health.engine), db->url ? S("postgresql 15.") : S("sqlite 3.")));
    CHECK_INT(store_is_ordered(s), !db->url);
    store_close(s);
}

/* --- the closed set --------------------------------------------------------------------------------------------------------- */

static void one_line(void *arg, const struct sql *sql)
{
    const struct sql **last = arg;
    CHECK(!str_ends(str_of(sql->file), S("_test.c")));
    CHECK(!*last || strcmp((*last)->file, sql->file) < 0 || (*last)->line < sql->line);
    *last = sql;
}

TEST(the_printed_set_is_sorted_and_without_tests)
{
    const struct sql *last = NULL;
    store_print_sql(one_line, &last);
    CHECK(last != NULL);
}

/* --- the check at the start --------------------------------------------------------------------------------------------------- */

static enum err check_code(struct store *s, const struct sql *sql, bool may_lack_tables)
{
    struct tx *tx = read_begin(s, &arena);
    s->driver->check(tx, sql, may_lack_tables);
    enum err code = tx->fault.code;
    read_end(tx);
    return code;
}

TEST_STORES(the_check_finds_wrong_statements_before_they_run)
{
    static const struct sql no_column = { "no_column", "select nought from thing", __FILE__, __LINE__ };
    struct store *s = open_store(db);
    CHECK_INT(check_code(s, &insert_thing, false), ERR_OK);
    CHECK_INT(check_code(s, &nonsense, false), ERR_INTERNAL);
    CHECK_INT(check_code(s, &nonsense, true), ERR_OK);   /* of a module that this store was opened without */
    CHECK_INT(check_code(s, &no_column, true), ERR_INTERNAL);
    CHECK_INT(check_code(s, &select_all, false), ERR_OK);
    store_close(s);
}
