/* sql_test.c -- parameters in order, composed lists, the bounded cache. */
#include "store/store.h"
#include "test/test.h"

#include <stdlib.h>

TEST(parameters_must_first_appear_in_order)
{
    int params = -1;
    CHECK(sql_params_in_order("select $1, $2, $1 from t where a = $3", &params));
    CHECK_INT(params, 3);
    CHECK(sql_params_in_order("select 1", &params));
    CHECK_INT(params, 0);
    CHECK(sql_params_in_order("select '$9', \"$8\", $1 -- $7\n, $2", &params));
    CHECK_INT(params, 2);
    CHECK(!sql_params_in_order("select $2, $1", &params));
    CHECK(!sql_params_in_order("update t set phase = $2 where id = $1", &params));
    CHECK(!sql_params_in_order("select $1, $3", &params));
    CHECK(!sql_params_in_order("select $x", &params));
    CHECK_INT(params, 2);
}

static const struct filter filters[] = { { "a = ?", 1 }, { "b in (?, ?)", 2 }, { "c = '?'", 0 }, { 0 } };
static const struct sql_list list = {
    .name = "list", .head = "select x from t where y = ?", .head_params = 1, .filters = filters,
    .tail = "order by x limit ?", .tail_params = 1,
};

TEST(list_texts_number_their_values_and_are_made_once)
{
    CHECK_STR(str_of(list_text(&list, 0)->text), "select x from t where y = $1 order by x limit $2");
    CHECK_STR(str_of(list_text(&list, 6)->text),
              "select x from t where y = $1 and b in ($2, $3) and c = '?' order by x limit $4");
    CHECK(list_text(&list, 6) == list_text(&list, 6));
    CHECK(list_text(&list, 6) != list_text(&list, 7));
}

TEST(the_statement_cache_gives_up_the_least_used_idle_one)
{
    static struct sql texts[STATEMENTS_MAX];
    struct statements c = { 0 };
    for (int i = 0; i < STATEMENTS_MAX; i++) {
        CHECK(statements_spare(&c) == NULL);
        statements_add(&c, &texts[i]);
    }
    CHECK(statements_find(&c, &texts[0]) != NULL);
    CHECK(statements_spare(&c)->sql == &texts[1]);
    statements_find(&c, &texts[1])->busy = true;
    for (int i = 2; i < STATEMENTS_MAX; i++)
        CHECK(statements_find(&c, &texts[i]) != NULL);
    CHECK(statements_spare(&c)->sql == &texts[0]);
    statements_find(&c, &texts[1])->busy = false;
    while (c.newest)
        statements_drop(&c, c.newest);
    CHECK_INT(c.count, 0);
    CHECK(statements_find(&c, &texts[5]) == NULL);
}
