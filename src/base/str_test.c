/* str_test.c */
#include "base/str.h"
#include "test/test.h"

TEST(slices_compare_by_bytes_and_length)
{
    CHECK(str_eq(S("网格"), S("网格")));
    CHECK(!str_eq(S("网格"), S("网")));
    CHECK(str_eq(S(""), (struct str){ NULL, 0 }));
    CHECK(str_cmp(S("a"), S("ab")) < 0);
    CHECK(str_cmp(S("b"), S("ab")) > 0);
    CHECK_INT(str_cmp(S("ab"), S("ab")), 0);
    CHECK(str_is(S("whistle"), "whistle"));
    CHECK(str_starts(S("whistle"), S("whi")) && !str_starts(S("wh"), S("whi")));
    CHECK(str_ends(S("whistle"), S("tle")) && !str_ends(S("le"), S("tle")));
    CHECK_INT(str_of(NULL).n, 0);
}

TEST(parts_are_found_and_cut)
{
    CHECK_INT(str_find(S("吹哨报到"), S("报到")), 6);
    CHECK_INT(str_find(S("abc"), S("x")), 3);
    CHECK(str_has(S("abc"), S("")) && !str_has(S(""), S("a")));
    CHECK_STR(str_from(S("abc"), 1), "bc");
    CHECK_STR(str_from(S("abc"), 9), "");
    CHECK_STR(str_head(S("abc"), 9), "abc");
    struct str rest = S("a,,b,"), part;
    static const char *const parts[] = { "a", "", "b", "" };
    for (size_t i = 0; i < COUNT(parts); i++) {
        CHECK(str_cut(&rest, ',', &part));
        CHECK_STR(part, parts[i]);
    }
    CHECK(!str_cut(&rest, ',', &part));
}

TEST(blanks_of_both_widths_are_trimmed)
{
    CHECK_STR(str_trim(S("\xef\xbb\xbf \t　院墙 歪了　\r\n")), "院墙 歪了");
    CHECK_STR(str_trim(S(" 　 ")), "");
}

TEST(whole_numbers_are_read_strictly)
{
    int64_t value = 7;
    CHECK(str_to_i64(S("-9223372036854775808"), &value) && value == INT64_MIN);
    CHECK(str_to_i64(S("9223372036854775807"), &value) && value == INT64_MAX);
    CHECK(str_to_i64(S("0"), &value) && value == 0);
    static const char *const wrong[] = { "", "-", "+1", " 1", "1 ", "1.0", "0x1", "9223372036854775808", "-9223372036854775809", "１" };
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK(!str_to_i64(str_of(wrong[i]), &value));
    CHECK_INT(value, 0);
}

TEST(degrees_are_read_to_a_centimetre)
{
    int64_t e7 = 0;
    CHECK(str_to_degree(S("34.7466"), &e7) && e7 == 347466000);
    CHECK(str_to_degree(S("-0.0000001"), &e7) && e7 == -1);
    CHECK(str_to_degree(S("113.12345678999"), &e7) && e7 == 1131234567);
    CHECK(str_to_degree(S("180"), &e7) && e7 == 1800000000);
    static const char *const wrong[] = { "", "-", ".5", "181", "1e2", "34,7", "nan", "1234", "34.7x" };
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK(!str_to_degree(str_of(wrong[i]), &e7));
}

TEST(only_strict_utf8_passes)
{
    CHECK(str_utf8_ok(S("a郑\xf0\x9f\x9a\xa8")));
    static const char *const wrong[] = {
        "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe4\xb8", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xff",
        "\xf5\x80\x80\x80",
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK(!str_utf8_ok(str_of(wrong[i])));
    CHECK(!str_utf8_ok(S("a\0b")));
}

TEST(characters_are_counted_and_cut_whole)
{
    CHECK_INT(str_chars(S("吹哨ab")), 4);
    CHECK_STR(str_head_chars(S("吹哨ab"), 3), "吹哨a");
    CHECK_STR(str_head_chars(S("吹哨ab"), 9), "吹哨ab");
    CHECK_STR(str_head_chars(S("吹哨"), 0), "");
    struct str s = S("a郑\xf0\x9f\x9a\xa8");
    CHECK_INT(str_next(&s), 'a');
    CHECK_INT(str_next(&s), 0x90d1);
    CHECK_INT(str_next(&s), 0x1f6a8);
    CHECK_INT(str_next(&s), 0);
}

TEST(hex_is_read_to_the_exact_length)
{
    uint8_t out[3] = { 0 };
    CHECK(str_hex(S("00fFa5"), out, 3) && out[0] == 0 && out[1] == 0xff && out[2] == 0xa5);
    CHECK(!str_hex(S("00ff"), out, 3));
    CHECK(!str_hex(S("00fg00"), out, 3));
    CHECK_INT(out[1], 0xff);
}

TEST(a_set_of_characters_never_misses_a_word)
{
    struct str text = S("市场街75号院墙歪了，fear of falling 😀");
    struct char_set set = char_set_of(text);
    for (struct str rest = text; rest.n; str_next(&rest))
        CHECK(char_set_may_have(&set, str_head_chars(rest, 3)));
    CHECK(char_set_may_have(&set, S("")));
    CHECK(!char_set_may_have(&set, S("火灾")));
    CHECK(!char_set_may_have(&set, S("院子")));
}
