/* arena_test.c -- arena and buf. */
#include "base/arena.h"
#include "test/test.h"

#include <string.h>

static bool is_zero(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

TEST(memory_is_zeroed_aligned_and_reused)
{
    struct arena a;
    arena_init(&a, 0);
    char *first = arena_alloc(&a, 100);
    CHECK(is_zero(first, 100) && (uintptr_t)first % 16 == 0);
    memset(first, 'x', 100);
    for (int i = 0; i < 100; i++) {
        char *p = arena_alloc(&a, 1000);
        CHECK(is_zero(p, 1000) && (uintptr_t)p % 16 == 0);
        memset(p, 'y', 1000);
    }
    arena_reset(&a);
    CHECK_INT(a.used_bytes, 0);
    CHECK(is_zero(arena_alloc(&a, 100), 100));
    CHECK(is_zero(arena_alloc(&a, 1 << 20), 1 << 20));   /* larger than a block */
    arena_free(&a);
}

TEST(past_its_cap_text_is_empty_and_structs_are_served)
{
    struct arena a;
    arena_init(&a, 1000);
    CHECK_STR(arena_copy(&a, S("kept")), "kept");
    struct buf b = buf_in(&a);
    for (int i = 0; i < 1000; i++)
        buf_put(&b, S("0123456789"));
    CHECK(a.over && b.n < 1000);
    CHECK_STR(arena_copy(&a, S("lost")), "");
    CHECK_STR(arena_format(&a, "%d", 1), "");
    CHECK(arena_alloc(&a, 64) != NULL);
    arena_reset(&a);
    CHECK(!a.over);
    CHECK_STR(arena_copy(&a, S("again")), "again");
    arena_free(&a);
}

TEST(copies_are_c_strings_too)
{
    struct arena a;
    arena_init(&a, 0);
    CHECK_INT(strlen(arena_z(&a, str_head(S("网格员"), 6))), 6);
    CHECK_INT(strlen(arena_z(&a, (struct str){ NULL, 0 })), 0);
    CHECK_STR(arena_join(&a, S("a"), S("b")), "ab");
    CHECK_STR(arena_format(&a, "%s-%d", "BG", 7), "BG-7");
    arena_free(&a);
}

TEST(a_builder_grows_and_writes_what_it_is_told)
{
    struct arena a;
    arena_init(&a, 0);
    struct buf b = buf_in(&a);
    CHECK_STR(buf_str(&b), "");
    buf_int(&b, INT64_MIN);
    buf_char(&b, ' ');
    buf_int(&b, 0);
    buf_format(&b, " %04d ", 42);
    buf_utf8(&b, 'a');
    buf_utf8(&b, 0xe9);
    buf_utf8(&b, 0x90d1);
    buf_utf8(&b, 0x1f6a8);
    buf_hex(&b, "\x00\xff", 2);
    CHECK_STR(buf_str(&b), "-9223372036854775808 0 0042 a\xc3\xa9郑\xf0\x9f\x9a\xa8" "00ff");
    for (int i = 0; i < 10000; i++)
        buf_format(&b, "%s", "0123456789");
    CHECK_INT(b.n, 100000 + 42);
    arena_free(&a);
}
