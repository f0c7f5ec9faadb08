/* kept_test.c -- a kept row is the row as it stands: after a change, after one that was undone, for a snapshot from before. */
#include "store/store.h"
#include "test/stores.h"

static const struct migration thing_migrations[] = {
    { "thing", 1, "create table thing(id ID, name TEXT_C, bytes BLOB, size bigint)" },
    { 0 },
};
static const struct migration *const migrations[] = { thing_migrations, NULL };

TEST_SQL(insert_thing, "insert into thing(id, name, bytes, size) values ($1, $2, $3, $4)");
TEST_SQL(select_thing, "select name, bytes, size from thing where id = $1");
TEST_SQL(rename_thing, "update thing set name = $1 where id = $2");

static struct arena arena;

struct change { const char *name; bool refuse; };

static void add(struct tx *tx, void *arg)
{
    (void)arg;
    db_run(tx, insert_thing, IN(1, S("楼道灯"), blob_of("\0\1", 2), 7));
}

static void rename_it(struct tx *tx, void *arg)
{
    const struct change *c = arg;
    db_run(tx, rename_thing, IN(c->name, 1));
    if (c->refuse)
        tx_refuse(tx, ERR_CONFLICT);
}

static void run(struct store *s, void (*apply)(struct tx *, void *), void *arg)
{
    struct write w = { .apply = apply, .arg = arg, .arena = &arena, .lane = LANE_NORMAL };
    store_write(s, &w);
}

static struct store *open_with_one(const struct test_db *db)
{
    struct store *s = test_store_open(db, (struct store_config){ .migrations = migrations });
    run(s, add, NULL);
    return s;
}

static struct str name_in(struct tx *tx)
{
    struct str name = S("");
    struct blob bytes;
    int64_t size = 0;
    CHECK(db_one_kept(tx, select_thing, "thing", 1, OUT(&name, &bytes, &size)));
    CHECK_EQ(bytes.bytes, S("\0\1"));
    CHECK_INT(size, 7);
    return name;
}

static struct str name_now(struct store *s)
{
    struct tx *tx = read_begin(s, &arena);
    struct str name = name_in(tx);
    read_end(tx);
    return name;
}

TEST_STORES(a_kept_row_follows_every_change)
{
    struct store *s = open_with_one(db);
    CHECK_STR(name_now(s), "楼道灯");
    CHECK_STR(name_now(s), "楼道灯");
    run(s, rename_it, &(struct change){ "new", false });
    CHECK_STR(name_now(s), "new");
    run(s, rename_it, &(struct change){ "undone", true });
    CHECK_STR(name_now(s), "new");
    store_close(s);
}

TEST_STORES(a_kept_row_is_not_asked_again)
{
    struct store *s = open_with_one(db);
    name_now(s);
    struct tx *tx = read_begin(s, &arena);
    name_in(tx);
    CHECK_INT(tx->sql_count, store_keeps_rows(s) ? 0 : 1);
    read_end(tx);
    store_close(s);
}

/* It read the row before the change and would put it back after. */
TEST_STORES(an_old_snapshot_keeps_nothing)
{
    struct store *s = open_with_one(db);
    struct str name;
    struct tx *old = read_begin(s, &arena);
    CHECK(db_one(old, select_thing, IN(1), OUT(&name)));
    run(s, rename_it, &(struct change){ "new", false });
    name_in(old);
    read_end(old);
    CHECK_STR(name_now(s), "new");
    store_close(s);
}

static void rename_and_look(struct tx *tx, void *arg)
{
    rename_it(tx, arg);
    if (!tx_failed(tx))
        CHECK_STR(name_in(tx), "mine");
    tx_refuse(tx, ERR_CONFLICT);
}

TEST_STORES(a_write_sees_its_own_and_keeps_nothing)
{
    struct store *s = open_with_one(db);
    name_now(s);
    run(s, rename_and_look, &(struct change){ "mine", false });
    CHECK_STR(name_now(s), "楼道灯");
    store_close(s);
}

static int other;

TEST_STORES(bytes_are_kept_by_what_they_are_for)
{
    struct store *s = open_with_one(db);
    struct str bytes;
    struct tx *tx = read_begin(s, &arena);
    kept_put(tx, &other, "thing", 1, S("made of it"));
    CHECK(kept_get(tx, &other, 1, &bytes) == store_keeps_rows(s));
    CHECK(!kept_get(tx, &arena, 1, &bytes));
    CHECK(!kept_get(tx, &other, 4097, &bytes));            /* the same bucket */
    read_end(tx);
    run(s, rename_it, &(struct change){ "new", false });
    tx = read_begin(s, &arena);
    CHECK(!kept_get(tx, &other, 1, &bytes));
    read_end(tx);
    store_close(s);
}

TEST_STORES(more_rows_than_room_only_leave)
{
    struct store *s = open_with_one(db);
    struct tx *tx = read_begin(s, &arena);
    struct str bytes;
    for (int64_t id = 0; id < 10; id++)
        kept_put(tx, &other, "thing", 1 + id * 4096, S("x"));
    for (int64_t id = 0; store_keeps_rows(s) && id < 10; id++)
        CHECK(kept_get(tx, &other, 1 + id * 4096, &bytes) == (id >= 6));
    read_end(tx);
    store_close(s);
}
