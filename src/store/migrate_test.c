/* migrate_test.c -- forward only; newer, unknown and changed databases are refused before anything is touched. */
#include "store/store.h"
#include "test/stores.h"

#include <string.h>

static const struct migration one[] = { { "thing", 1, "create table thing(id ID, name TEXT_C)" }, { 0 } };
static const struct migration two[] = {
    { "thing", 1, "create table thing(id ID, name TEXT_C)" },
    { "thing", 2, "alter table thing add column size bigint; create index thing_size on thing(size); -- two; at once\n"
                  "insert into thing(id, name, size) values (1, 'a;b', 7);" },
    { 0 },
};
static const struct migration broken[] = {
    { "thing", 1, "create table thing(id ID, name TEXT_C)" },
    { "thing", 2, "create table half(id ID); insert into thing(id, name) values (9, 'half'); create table thing(id ID)" },
    { 0 },
};
static const struct migration changed[] = { { "thing", 1, "create table thing(id ID, name text)" }, { 0 } };
static const struct migration other[] = { { "other", 3, "create table other(id ID)" }, { 0 } };

TEST_SQL(count_things, "select count(*) from thing");
TEST_SQL(find_size, "select id from thing where size = $1");
TEST_SQL(find_half, "select count(*) from half");

static struct arena arena;

static struct fault open_with(const struct test_db *db, const struct migration *a, const struct migration *b,
                              struct store **ret_store)
{
    const struct migration *lists[] = { a, b, NULL };
    struct fault fault = { 0 };
    struct store_config config = { .dir = db->dir, .url = db->url, .migrations = lists };
    *ret_store = store_open(&config, &fault);
    return fault;
}

static enum err code_with(const struct test_db *db, const struct migration *a, const struct migration *b)
{
    struct store *s;
    struct fault fault = open_with(db, a, b, &s);
    CHECK((s != NULL) == (fault.code == ERR_OK));
    store_close(s);
    return fault.code;
}

static int64_t number(struct store *s, const struct sql *sql, struct ins in)
{
    int64_t value = -1;
    struct tx *tx = read_begin(s, &arena);
    (db_one)(tx, sql, in, OUT(&value));
    read_end(tx);
    return value;
}

TEST_STORES(migrations_go_forward_once)
{
    struct store *s;
    CHECK_INT(code_with(db, one, NULL), ERR_OK);
    CHECK_INT(code_with(db, one, NULL), ERR_OK);
    CHECK_INT(open_with(db, two, other, &s).code, ERR_OK);
    CHECK_INT(number(s, &find_size, IN(7)), 1);
    store_close(s);
    CHECK_INT(open_with(db, two, other, &s).code, ERR_OK);
    CHECK_INT(number(s, &count_things, IN()), 1);
    store_close(s);
}

TEST_STORES(a_newer_database_is_refused_naming_both_versions)
{
    struct store *s;
    CHECK_INT(code_with(db, two, NULL), ERR_OK);
    struct fault fault = open_with(db, one, NULL, &s);
    CHECK_INT(fault.code, ERR_NEWER_STORE);
    CHECK_STR(str_of(fault.what.en), "The database has version 2 of \"thing\", this program knows 1; upgrade the program");
    CHECK(str_has(str_of(fault.what.zh), S("版本是 2")) && str_has(str_of(fault.what.zh), S("认识到 1")));
}

TEST_STORES(an_unknown_owner_and_a_changed_text_are_refused)
{
    CHECK_INT(code_with(db, one, other), ERR_OK);
    CHECK_INT(code_with(db, one, NULL), ERR_NEWER_STORE);
    CHECK_INT(code_with(db, changed, other), ERR_NEWER_STORE);
    CHECK_INT(code_with(db, two, other), ERR_OK);
}

TEST_STORES(a_failed_migration_leaves_nothing)
{
    struct store *s;
    CHECK_INT(code_with(db, one, NULL), ERR_OK);
    CHECK_INT(code_with(db, broken, NULL), ERR_INTERNAL);
    CHECK_INT(open_with(db, one, NULL, &s).code, ERR_OK);
    CHECK_INT(number(s, &count_things, IN()), 0);
    CHECK_INT(number(s, &find_half, IN()), -1);
    store_close(s);
    CHECK_INT(code_with(db, two, NULL), ERR_OK);
}

TEST_STORES(a_second_process_cannot_open_the_folder)
{
    struct store *first, *second;
    CHECK_INT(open_with(db, one, NULL, &first).code, ERR_OK);
    CHECK_INT(open_with(db, one, NULL, &second).code, ERR_CONFLICT);
    store_close(first);
    CHECK_INT(open_with(db, one, NULL, &second).code, ERR_OK);
    store_close(second);
}

TEST(the_words_of_each_engine)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    const char *text = "create table t(id ID, of REF, IDEA text, name TEXT_C default 'ID', b BLOB) KEYED; -- ID";
    CHECK_STR(str_of(migration_text(&a, text, &sqlite_driver.words)),
              "create table t(id integer primary key, of bigint, IDEA text, name text default 'ID', b blob) without rowid;"
              " -- ID");
    CHECK_STR(str_of(migration_text(&a, text, &postgres_driver.words)),
              "create table t(id bigint primary key not null, of bigint, IDEA text, name text collate \"C\" default 'ID',"
              " b bytea) ; -- ID");
}
