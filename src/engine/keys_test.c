/* keys_test.c -- sealing, blind indexes, the key file and the short codes. */
#include "engine/code.h"
#include "test/stores.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct keys *fresh(const struct test_db *db)
{
    struct fault fault = { 0 };
    struct keys *keys = keys_open(db->dir, true, &fault);
    CHECK_INT(fault.code, ERR_OK);
    return keys;
}

TEST(a_sealed_value_opens_only_in_its_row_for_its_purpose_and_whole)
{
    struct test_db *db = test_db_open(false);
    struct keys *keys = fresh(db);
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct str clear = S("13800000001"), out = S("");
    struct str sealed = keys_seal(keys, &a, KEY_PERSON, S("person:1:phone"), clear);
    CHECK(!str_has(sealed, clear));
    CHECK(keys_open_sealed(keys, &a, KEY_PERSON, S("person:1:phone"), sealed, &out) && str_eq(out, clear));
    CHECK(!keys_open_sealed(keys, &a, KEY_PERSON, S("person:2:phone"), sealed, &out));
    CHECK(!keys_open_sealed(keys, &a, KEY_OTP, S("person:1:phone"), sealed, &out));
    for (size_t i = 0; i < sealed.n; i++) {
        char *other = memcpy(arena_alloc(&a, sealed.n), sealed.p, sealed.n);
        other[i] ^= 1;
        CHECK(!keys_open_sealed(keys, &a, KEY_PERSON, S("person:1:phone"), (struct str){ other, sealed.n }, &out));
        CHECK(!keys_open_sealed(keys, &a, KEY_PERSON, S("person:1:phone"), str_head(sealed, i + (i == 0)), &out));
    }
    CHECK(!str_eq(sealed, keys_seal(keys, &a, KEY_PERSON, S("person:1:phone"), clear)));   /* a nonce of its own each time */
    CHECK_INT(keys_seal(keys, &a, KEY_PERSON, S("x"), S("")).n, 0);
    keys_close(keys);
    test_db_close(db);
}

TEST(blind_indexes_are_equal_for_equal_values_of_one_index_only)
{
    struct test_db *db = test_db_open(false);
    struct keys *keys = fresh(db);
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct str one = keys_blind(keys, &a, "phone", S("13800000001"));
    CHECK_INT(one.n, 16);
    CHECK_EQ(keys_blind(keys, &a, "phone", S("13800000001")), one);
    CHECK(!str_eq(keys_blind(keys, &a, "phone4", S("13800000001")), one));
    CHECK(!str_eq(keys_blind(keys, &a, "phon", S("e13800000001")), one));
    CHECK_INT(keys_blind(keys, &a, "phone", S("")).n, 0);
    keys_close(keys);
    test_db_close(db);
}

TEST(the_key_file_is_private_never_overwritten_and_the_same_after_a_restart)
{
    struct test_db *db = test_db_open(false);
    struct keys *keys = fresh(db);
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct str blind = keys_blind(keys, &a, "phone", S("1")), path = arena_format(&a, "%s/master.key", db->dir);
    struct stat st;
    CHECK(stat(path.p, &st) == 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    keys_close(keys);
    struct fault fault = { 0 };
    CHECK(!keys_open(db->dir, true, &fault));
    CHECK_INT(fault.code, ERR_EXISTS);
    fault_clear(&fault);
    keys = keys_open(db->dir, false, &fault);
    CHECK(keys);
    CHECK_EQ(keys_blind(keys, &a, "phone", S("1")), blind);
    keys_close(keys);
    CHECK(chmod(path.p, 0644) == 0);
    CHECK(!keys_open(db->dir, false, &fault));
    CHECK_INT(fault.code, ERR_UNAVAILABLE);
    fault_clear(&fault);
    CHECK(chmod(path.p, 0600) == 0 && truncate(path.p, 63) == 0);
    CHECK(!keys_open(db->dir, false, &fault) && fault.code == ERR_UNAVAILABLE);
    fault_clear(&fault);
    CHECK(unlink(path.p) == 0);
    CHECK(!keys_open(db->dir, false, &fault) && fault.code == ERR_UNAVAILABLE);
    test_db_close(db);
}

TEST(a_short_code_reads_back_and_a_changed_one_does_not)
{
    static const int64_t ids[] = { 1, 2, 999, 1000, 1048576, CODE_ID_MAX };
    struct test_db *db = test_db_open(false);
    struct keys *keys = fresh(db);
    struct arena arena_scoped a;
    arena_init(&a, 0);
    int64_t id;
    for (size_t i = 0; i < COUNT(ids); i++) {
        struct str code = code_make(keys, &a, KEY_TRACK, ids[i]);
        CHECK_INT(code.n, 14);
        CHECK(code_read(keys, KEY_TRACK, code, &id));
        CHECK_INT(id, ids[i]);
        CHECK(!code_read(keys, KEY_DOOR, code, &id));
        char typed[15];                                            /* lower case, blanks, O for 0, l for 1 */
        for (size_t k = 0; k < code.n; k++) {
            char c = code.p[k];
            typed[k] = c == '-' ? ' ' : c == '0' ? 'o' : c == '1' ? 'l' : c >= 'A' ? (char)(c + 32) : c;
        }
        CHECK(code_read(keys, KEY_TRACK, (struct str){ typed, code.n }, &id));
        CHECK_INT(id, ids[i]);
        for (size_t k = 0; k < code.n; k++) {
            if (code.p[k] == '-')
                continue;
            char *wrong = memcpy(arena_alloc(&a, code.n), code.p, code.n);
            wrong[k] = code.p[k] == 'Z' ? 'Y' : 'Z';
            CHECK(!code_read(keys, KEY_TRACK, (struct str){ wrong, code.n }, &id));
        }
        CHECK(!code_read(keys, KEY_TRACK, str_head(code, code.n - 1), &id));
    }
    CHECK(!code_read(keys, KEY_TRACK, S(""), &id) && !code_read(keys, KEY_TRACK, S("市场街市场街"), &id));
    keys_close(keys);
    test_db_close(db);
}

TEST(neighbouring_ids_have_codes_that_tell_nothing_of_each_other)
{
    struct test_db *db = test_db_open(false);
    struct keys *keys = fresh(db);
    struct arena arena_scoped a;
    arena_init(&a, 0);
    int same = 0;
    for (int64_t id = 1; id <= 500; id++) {
        struct str x = code_make(keys, &a, KEY_TRACK, id), y = code_make(keys, &a, KEY_TRACK, id + 1);
        for (size_t i = 0; i < x.n; i++)
            same += x.p[i] != '-' && x.p[i] == y.p[i];
    }
    CHECK(same < 500 * 12 / 16);                                   /* by chance 1 in 32 */
    keys_close(keys);
    test_db_close(db);
}
