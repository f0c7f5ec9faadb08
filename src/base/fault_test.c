/* fault_test.c */
#include "base/fault.h"
#include "test/test.h"

TEST(the_first_fault_wins)
{
    struct fault f = { 0 };
    fault_set(&f, ERR_CONFLICT, "先", "first");
    fault_set(&f, ERR_DENIED, "后", "second");
    fault_field(&f, (struct bad_field){ .field = S("title"), .bad = BAD_MISSING });
    CHECK_INT(f.code, ERR_CONFLICT);
    CHECK_STR(label_in(f.what, EN), "first");
    CHECK_INT(f.field_count, 0);
    fault_clear(&f);
    CHECK_INT(f.code, ERR_OK);
}

TEST(wrong_fields_gather_up_to_the_room_there_is)
{
    struct fault f = { 0 };
    for (int i = 0; i < FAULT_FIELDS_MAX + 5; i++)
        fault_field(&f, (struct bad_field){ .field = S("title"), .bad = BAD_LONG });
    CHECK_INT(f.code, ERR_INVALID);
    CHECK_INT(f.field_count, FAULT_FIELDS_MAX);
}

TEST(every_code_has_a_status_a_name_and_both_texts)
{
    for (int code = 0; code < ERR_COUNT; code++) {
        CHECK(err_status(code) >= 200 && err_status(code) < 600);
        CHECK(str_of(err_wire(code)).n && err_label(code).zh[0] && err_label(code).en[0]);
        for (int other = 0; other < code; other++)
            CHECK(!str_is(str_of(err_wire(code)), err_wire(other)));
    }
    for (int bad = 1; bad < BAD_COUNT; bad++) {
        struct str zh = label_in(bad_label(bad), ZH), en = label_in(bad_label(bad), EN);
        CHECK(bad_wire(bad)[0] && zh.n && en.n);
        CHECK_INT(str_has(zh, S("%s")), str_has(en, S("%s")));
    }
}
