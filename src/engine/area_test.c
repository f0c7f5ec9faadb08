/* area_test.c -- the tree, its history, and places found by name, on both stores. */
#include "test/office.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t child_count(struct office *o, int64_t id)
{
    struct area a = { 0 };
    struct tx *tx = office_read(o);
    CHECK(area_get(tx, id, &a));
    read_end(tx);
    return a.child_count;
}

struct step { struct office *o; int64_t a, b, c; ms at; };

static void put_again(struct tx *tx, void *arg)
{
    office_fill(tx, arg);
}

TEST_STORES(an_area_knows_its_place_and_putting_it_twice_changes_nothing)
{
    struct office o;
    struct place place = { 0 };
    office_open(&o, db);
    int64_t yard = o.courtyard;
    struct tx *tx = office_read(&o);
    CHECK(area_place(tx, yard, &place));
    CHECK_INT(place.area, yard);
    CHECK_INT(place.grid, o.grid);
    CHECK_INT(place.community, o.community);
    CHECK_INT(place.street, o.street);
    CHECK_STR(area_full_name(tx, yard), "梧桐街道 桂花社区 桂花一网格 桂花路1号院");
    CHECK_STR(area_full_name(tx, o.district), "示范区");
    read_end(tx);
    office_write(&o, put_again, &o);
    CHECK_INT(o.courtyard, yard);
    CHECK_INT(child_count(&o, o.community), 1);
    CHECK_INT(child_count(&o, yard), 0);
    office_close(&o);
}

static void move_grid(struct tx *tx, void *arg)
{
    struct step *s = arg;
    s->a = office_area(tx, s->o->street, LEVEL_COMMUNITY, "999901001002", "银杏社区");
    struct area grid = { .id = s->o->grid, .parent = s->a, .code = S("999901001002009"), .name = S("银杏九网格") };
    area_put(tx, &grid, s->at);
}

TEST_STORES(a_moved_area_takes_all_below_it_along_and_keeps_its_id)
{
    struct office o;
    struct place place = { 0 };
    struct area a = { 0 };
    office_open(&o, db);
    struct step s = { .o = &o, .at = o.clock.at };
    office_write(&o, move_grid, &s);
    struct tx *tx = office_read(&o);
    CHECK(area_place(tx, o.courtyard, &place));
    CHECK_INT(place.community, s.a);
    CHECK_INT(place.grid, o.grid);
    CHECK(!area_by_code(tx, S("999901001001001"), &a));
    CHECK(area_by_code(tx, S("999901001002009"), &a) && a.id == o.grid);
    read_end(tx);
    CHECK_INT(child_count(&o, o.community), 0);
    CHECK_INT(child_count(&o, s.a), 1);
    office_close(&o);
}

static void put_bad(struct tx *tx, void *arg)
{
    area_put(tx, arg, 0);
}

TEST_STORES(a_wrong_area_is_refused_with_its_field)
{
    struct office o;
    struct fault fault = { 0 };
    office_open(&o, db);
    struct { struct area area; const char *field; } rows[] = {
        { { .parent = o.grid, .level = LEVEL_COMMUNITY, .code = S("X1"), .name = S("倒挂社区") }, "parent" },
        { { .level = LEVEL_GRID, .code = S("X2"), .name = S("无根网格") }, "parent" },
        { { .parent = o.street, .level = LEVEL_COMMUNITY, .code = S(" "), .name = S("无码社区") }, "code" },
        { { .parent = o.street, .level = LEVEL_COMMUNITY, .code = S("X3") }, "name" },
        { { .id = o.grid, .parent = o.grid, .code = S("X4"), .name = S("自己") }, "parent" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_INT(office_try(&o, put_bad, &rows[i].area, &fault), ERR_INVALID);
        CHECK_STR(fault.fields[0].field, rows[i].field);
    }
    struct area taken = { .id = o.grid, .parent = o.community, .code = S("999901001"), .name = S("占码") };
    CHECK_INT(office_try(&o, put_bad, &taken, &fault), ERR_EXISTS);
    office_close(&o);
}

/* --- names in texts ------------------------------------------------------------------------------------------------- */

static void put_yards(struct tx *tx, void *arg)
{
    struct office *o = arg;
    int64_t market = office_area(tx, o->street, LEVEL_COMMUNITY, "999901001007", "市场街社区");
    int64_t west = office_area(tx, o->street, LEVEL_COMMUNITY, "999901001008", "西桥社区");
    int64_t grid = office_area(tx, market, LEVEL_GRID, "999901001007001", "市场街一网格");
    int64_t yard = office_area(tx, grid, LEVEL_COURTYARD, "Y75", "75号院");
    office_area(tx, west, LEVEL_COURTYARD, "Y75-W", "75号院");
    office_area(tx, west, LEVEL_COURTYARD, "Y8", "向阳花园");
    office_area(tx, yard, LEVEL_BUILDING, "Y75-3", "3号楼");
    area_alias(tx, yard, S("老纺织家属院"));
    int64_t street = office_area(tx, o->district, LEVEL_STREET, "999901005", "西桥路街道");
    office_area(tx, street, LEVEL_COMMUNITY, "999901005001", "西桥路社区");
}

static void check_text(struct tx *tx, const char *text, const char *code)
{
    struct area a = { 0 };
    bool found = area_in_text(tx, str_of(text), &a);
    if (found != (code[0] != 0) || (found && !str_is(a.code, code))) {
        fprintf(stderr, "  %s -> " STR_FMT "\n", text, STR_ARG(a.code));
        check_failed(__FILE__, __LINE__, code);
    }
}

TEST_STORES(a_place_is_found_in_what_people_write)
{
    static const char *const rows[][2] = {
        { "市场街75号院墙歪了，快倒了", "Y75" },                    /* the community's short name and the yard */
        { "市场街社区75号院3号楼漏水", "Y75-3" },
        { "西桥75号院路灯不亮", "Y75-W" },
        { "75号院墙歪了", "" },                                   /* two of them, and nothing says which */
        { "市场街175号院墙歪了", "999901001007" },                 /* not 75 */
        { "老纺织家属院门口积水", "Y75" },                         /* an alias is enough */
        { "向阳花园噪音扰民", "Y8" },
        { "我住市场街，楼下有人占道经营", "999901001007" },
        { "梧桐街道什么时候发补贴", "999901001" },
        { "西桥路街道办事处的电话", "999901005" },                 /* the longer name hides the shorter inside it */
        { "今天天气不错", "" },
        { "", "" },
    };
    struct office o;
    office_open(&o, db);
    struct tx *tx = office_read(&o);
    check_text(tx, "市场街75号院墙歪了", "");                      /* before: a snapshot without it */
    read_end(tx);
    office_write(&o, put_yards, &o);
    tx = office_read(&o);
    for (size_t i = 0; i < COUNT(rows); i++)
        check_text(tx, rows[i][0], rows[i][1]);
    read_end(tx);
    office_close(&o);
}

static void rename_yard(struct tx *tx, void *arg)
{
    struct area a = { 0 };
    CHECK(area_by_code(tx, S("Y8"), &a));
    a.name = S("朝阳花园");
    area_put(tx, &a, *(ms *)arg);
    check_text(tx, "朝阳花园漏水", "Y8");                          /* a write sees its own names */
    if (*(ms *)arg == 7)
        tx_refuse(tx, ERR_CONFLICT, 0);
}

TEST_STORES(a_new_name_is_found_and_a_refused_one_never_is)
{
    struct office o;
    office_open(&o, db);
    office_write(&o, put_yards, &o);
    ms at = 7;
    CHECK_INT(office_try(&o, rename_yard, &at, NULL), ERR_CONFLICT);
    struct tx *tx = office_read(&o);
    check_text(tx, "朝阳花园漏水", "");
    check_text(tx, "向阳花园漏水", "Y8");
    read_end(tx);
    at = o.clock.at;
    office_write(&o, rename_yard, &at);
    tx = office_read(&o);
    check_text(tx, "朝阳花园漏水", "Y8");
    check_text(tx, "向阳花园漏水", "");
    read_end(tx);
    office_close(&o);
}

static void put_many(struct tx *tx, void *arg)
{
    struct step *s = arg;
    for (int64_t i = s->a; i < s->b; i++) {
        struct str code = arena_format(tx->arena, "M%05lld", (long long)i);
        struct str name = arena_format(tx->arena, "测%c%c小区%lld号院", (char)('A' + i % 26), (char)('A' + i / 26 % 26), (long long)i);
        struct area a = { .parent = s->o->community, .level = LEVEL_COURTYARD, .code = code, .name = name };
        area_put(tx, &a, 1);
    }
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

TEST_STORES(a_place_is_found_among_thousands_without_reading_them_again)
{
    struct office o;
    office_open(&o, db);
    for (int64_t i = 0; i < 4000; i += 200)
        office_write(&o, put_many, &(struct step){ .o = &o, .a = i, .b = i + 200 });
    struct tx *tx = office_read(&o);
    check_text(tx, "测AA小区0号院", "M00000");
    double began = now_ms();
    int before = tx->sql_count;
    for (int i = 0; i < 100; i++)
        check_text(tx, "您好，我住在测XO小区3767号院北门附近，最近几天夜里一直有人施工，噪音很大，影响老人和孩子休息，请尽快处理", "M03767");
    if (tx->sql_count > before + 200)
        check_failed(__FILE__, __LINE__, "names are read again for each text");
    CHECK(now_ms() - began < 5000);
    read_end(tx);
    office_close(&o);
}

/* --- door codes ----------------------------------------------------------------------------------------------------- */

TEST_STORES(a_doors_code_is_its_place)
{
    struct office o;
    int64_t id = 0;
    office_open(&o, db);
    struct tx *tx = office_read(&o);
    struct str code = area_door_code(tx, o.courtyard);
    CHECK(area_from_door_code(tx, code, &id) && id == o.courtyard);
    CHECK(!area_from_door_code(tx, S("0000-0000-0000"), &id));
    read_end(tx);
    office_close(&o);
}
