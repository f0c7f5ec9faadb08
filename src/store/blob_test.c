/* blob_test.c -- content-addressed bytes, online copies and the integrity report. */
#include "test/stores.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct migration thing_migrations[] = {
    { "thing", 1, "create table thing(id ID, name TEXT_C); create table part(id ID, thing REF references thing(id));"
                  "insert into thing(id, name) values (1, 'one')" },
    { 0 },
};
static const struct migration *const migrations[] = { thing_migrations, NULL };
TEST_SQL(count_things, "select count(*) from thing");

static struct arena arena;

static struct store *open_store(const struct test_db *db)
{
    return test_store_open(db, (struct store_config){ .migrations = migrations });
}

TEST_STORES(blobs_are_named_by_their_content)
{
    struct store *s = open_store(db);
    struct fault fault = { 0 };
    char hash[65], again[65];
    struct str bytes = S("");
    CHECK(blob_put(s, S("abc"), hash, &fault));
    CHECK_STR(str_of(hash), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(blob_put(s, S("abc"), again, &fault));
    CHECK_STR(str_of(again), hash);
    CHECK(blob_exists(s, str_of(hash)));
    CHECK(blob_get(s, str_of(hash), &arena, &bytes, &fault));
    CHECK_STR(bytes, "abc");
    CHECK(blob_put(s, S(""), hash, &fault) && blob_get(s, str_of(hash), &arena, &bytes, &fault));
    CHECK_INT(bytes.n, 0);
    blob_remove(s, str_of(again));
    CHECK(!blob_exists(s, str_of(again)));
    CHECK(!blob_get(s, str_of(again), &arena, &bytes, &fault));
    CHECK_INT(fault.code, ERR_NOT_FOUND);
    store_close(s);
}

TEST_STORES(a_blob_name_is_never_a_path)
{
    struct store *s = open_store(db);
    struct fault fault = { 0 };
    struct str bytes;
    CHECK(!blob_exists(s, S("../../../../../../../../../../../../../../../../../../../etc/passwd")));
    CHECK(!blob_get(s, S("x"), &arena, &bytes, &fault));
    CHECK_INT(fault.code, ERR_NOT_FOUND);
    store_close(s);
}

TEST_STORES(blobs_may_be_large_and_binary)
{
    struct store *s = open_store(db);
    struct fault fault = { 0 };
    char hash[65];
    size_t n = 3 << 20;
    char *large = arena_alloc(&arena, n);
    struct str bytes;
    for (size_t i = 0; i < n; i++)
        large[i] = (char)(i * 2654435761u >> 24);
    CHECK(blob_put(s, (struct str){ large, n }, hash, &fault));
    CHECK(blob_get(s, str_of(hash), &arena, &bytes, &fault));
    CHECK_EQ(bytes, ((struct str){ large, n }));
    store_close(s);
}

TEST_STORES(an_online_copy_opens_as_a_store)
{
    struct store *s = open_store(db);
    struct fault fault = { 0 };
    const char *folder = arena_format(&arena, "%s/copy", db->dir).p;
    const char *file = arena_format(&arena, "%s/wuxing.db", folder).p;
    CHECK(mkdir(folder, 0700) == 0);
    if (db->url) {
        CHECK(!store_copy(s, file, &fault));
        CHECK(str_has(str_of(fault.what.en), S("pg_dump")));
        store_close(s);
        return;
    }
    CHECK(store_copy(s, file, &fault));
    CHECK(!store_copy(s, file, &fault));
    CHECK_INT(fault.code, ERR_EXISTS);
    store_close(s);
    int64_t count = 0;
    struct store *copy = open_store(&(struct test_db){ .dir = folder });
    struct tx *tx = read_begin(copy, &arena);
    CHECK(db_one(tx, count_things, IN(), OUT(&count)));
    CHECK_INT(count, 1);
    read_end(tx);
    store_close(copy);
}

TEST_STORES(the_integrity_report_finds_a_damaged_page)
{
    struct store *s = open_store(db);
    struct str report;
    CHECK(store_integrity(s, &arena, &report));
    CHECK_STR(report, "ok");
    store_close(s);
    if (db->url)
        return;
    const char *file = arena_format(&arena, "%s/wuxing.db", db->dir).p;
    int fd = open(file, O_WRONLY);
    off_t size = lseek(fd, 0, SEEK_END);
    CHECK(pwrite(fd, "damaged", 7, size - 4096 + 1) == 7);
    close(fd);
    s = open_store(db);
    CHECK(!store_integrity(s, &arena, &report));
    CHECK(report.n > 0 && !str_is(report, "ok"));
    store_close(s);
}
