/* json_test.c */
#include "base/json.h"
#include "test/test.h"

#include <math.h>
#include <string.h>

static struct arena arena;

TEST(json_nests_with_commas_where_they_belong)
{
    struct json j = json_in(&arena);
    json_obj(&j);
    json_key_int(&j, "id", 9007199254740991);
    json_key_list(&j, "items");
    json_obj(&j);
    json_end(&j);
    json_list(&j);
    json_int(&j, 1);
    json_int(&j, -2);
    json_end(&j);
    json_nil(&j);
    json_raw(&j, S("{\"a\":1}"));
    json_end(&j);
    json_key_bool(&j, "open", true);
    json_key_id(&j, "owner", 0);
    json_key_obj(&j, "empty");
    json_end(&j);
    json_end(&j);
    CHECK_STR(json_done(&j), "{\"id\":9007199254740991,\"items\":[{},[1,-2],null,{\"a\":1}],\"open\":true,\"owner\":null,\"empty\":{}}");
    arena_free(&arena);
}

static struct str quoted(struct str s)
{
    struct json j = json_in(&arena);
    json_str(&j, s);
    return json_done(&j);
}

TEST(json_escapes_what_it_must_and_nothing_else)
{
    CHECK_STR(quoted(S("院墙 \"75\\\" </script>\n\t\x01")), "\"院墙 \\\"75\\\\\\\" </script>\\n\\u0009\\u0001\"");
    CHECK_STR(quoted(S("a\xff" "b")), "\"a\xef\xbf\xbd" "b\"");
    CHECK_STR(quoted(S("")), "\"\"");
    arena_free(&arena);
}

/* Eight bytes are looked at together: what must be escaped is found wherever it stands among them. */
TEST(json_finds_what_it_must_escape_at_every_place)
{
    const char wrong[] = { '"', '\\', '\n', 1, 0x1f };
    for (size_t n = 1; n <= 20; n++)
        for (size_t at = 0; at < n; at++)
            for (size_t i = 0; i < sizeof wrong; i++) {
                char text[20];
                memset(text, at % 2 ? 'x' : 0x7f, sizeof text);
                text[at] = wrong[i];
                CHECK(quoted((struct str){ text, n }).n > n + 2);
                text[at] = ' ';
                CHECK(quoted((struct str){ text, n }).n == n + 2);
            }
    CHECK_STR(quoted(S("1234567\xff")), "\"1234567\xef\xbf\xbd\"");
    arena_free(&arena);
}

TEST(json_numbers_days_times_and_degrees)
{
    struct json j = json_in(&arena);
    json_list(&j);
    json_num(&j, 0.979899);
    json_num(&j, NAN);
    json_num(&j, INFINITY);
    json_time(&j, 1773534605000);
    json_time(&j, 0);
    json_day(&j, 20260305);
    json_day(&j, 0);
    json_degree(&j, 1137466000);
    json_degree(&j, -1);
    json_end(&j);
    CHECK_STR(json_done(&j), "[0.979899,null,null,\"2026-03-15T08:30:05+08:00\",null,\"2026-03-05\",null,113.7466000,-0.0000001]");
    arena_free(&arena);
}
