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
    CHECK_INT(str_of(NULL).n, 0);
}
