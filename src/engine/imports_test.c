/* imports_test.c -- tables of areas, organisations, seats, contacts, residents and log-ins, each twice, on both stores. */
#include "engine/import.h"
#include "engine/office/csv.h"
#include "engine/person.h"
#include "test/office.h"

#include <string.h>

struct run { int counts[IMPORT_FATES]; int bads; struct texts dropped; };

static struct run run(struct office *o, const char *kind, const struct who *who, const char *csv)
{
    struct fault fault = { 0 };
    struct table table = { 0 };
    struct import im = { 0 };
    CHECK(csv_read(&o->arena, str_of(csv), NULL, &table) == REFUSE_NONE);
    CHECK(import_read(&im, importer_find(engine_importers, str_of(kind)), &o->arena, &table, &fault));
    struct tx *tx = office_read(o);
    CHECK(import_preview(&im, tx, who));
    read_end(tx);
    struct run r = { .dropped = im.dropped };
    CHECK(import_apply(&im, o->engine->store, who, NULL, NULL, &fault));
    memcpy(r.counts, im.counts, sizeof r.counts);
    r.bads = im.bad_count;
    return r;
}

static void check_run(struct run r, int fresh, int changed, int same, int wrong)
{
    CHECK_INT(r.counts[IMPORT_NEW], fresh);
    CHECK_INT(r.counts[IMPORT_CHANGED], changed);
    CHECK_INT(r.counts[IMPORT_SAME], same);
    CHECK_INT(r.counts[IMPORT_WRONG], wrong);
}

/* The form of the statistics office's table, with places that do not exist. */
static const char division[] =
    "code,name,level,parent_code\n"
    "999902,示例区,county,9999\n"
    "999902001,杨树街道,township,999902\n"
    "999902001001,杨树社区居委会,village,999902001\n"
    "999902001002,柳园社区居民委员会,village,999902001\n"
    "999902001003,湖光社区,village,999902001\n"
    "999902001201,石桥村委会,village,999902001\n"
    "999902001202,大石村村委会,village,999902001\n"
    "999902001203,小石村民委员会,village,999902001\n";

TEST_STORES(a_division_table_becomes_the_tree_with_the_names_people_use)
{
    static const char *const names[][2] = {
        { "999902001001", "杨树社区" }, { "999902001002", "柳园社区" }, { "999902001003", "湖光社区" },
        { "999902001201", "石桥村" }, { "999902001202", "大石村" }, { "999902001203", "小石村" },
    };
    struct office o;
    struct area a = { 0 }, street = { 0 };
    office_open(&o, db);
    check_run(run(&o, "areas", &who_system, division), 8, 0, 0, 0);
    struct tx *tx = office_read(&o);
    CHECK(area_by_code(tx, S("999902001"), &street));
    CHECK_INT(street.child_count, 6);
    CHECK_INT(street.level, LEVEL_STREET);
    for (size_t i = 0; i < COUNT(names); i++) {
        CHECK(area_by_code(tx, str_of(names[i][0]), &a));
        CHECK_STR(a.name, names[i][1]);
        CHECK_INT(a.place.street, street.id);
        CHECK_INT(a.level, LEVEL_COMMUNITY);
        struct org office = { 0 };                     /* a place nobody answers for could not take a report */
        CHECK(org_get(tx, a.org, &office));
        CHECK_STR(office.kind, "community");
        CHECK_INT(org_of_place(tx, a.place), office.id);
    }
    read_end(tx);
    check_run(run(&o, "areas", &who_system, division), 0, 0, 8, 0);
    check_run(run(&o, "orgs", &who_system, "编码,名称,类型,区域编码\nO-YS,杨树社区居委会,community,999902001001\n"), 1, 0, 0, 0);
    struct org real = { 0 };
    tx = office_read(&o);
    CHECK(org_by_code(tx, S("O-YS"), &real) && area_by_code(tx, S("999902001001"), &a));
    CHECK_INT(a.org, real.id);                                       /* the office's own list goes before the stand-in */
    read_end(tx);
    office_close(&o);
}

TEST_STORES(an_areas_table_in_chinese_marks_what_is_wrong_and_takes_the_rest)
{
    static const char csv[] =
        "编码*,名称*,层级,上级编码,别名,纬度,经度\n"
        "999901001001002,桂花二网格,,,,34.7012,113.6012\n"               /* level and parent by the code itself */
        "YD-2,桂花路2号院,楼院,999901001001002,纺织厂家属院,,\n"
        "YD-3,无处院,楼院,NOWHERE,,,\n"
        "YD-4,错层院,楼院子,999901001001002,,,\n"
        "YD-2,重复院,楼院,999901001001002,,,\n";
    struct office o;
    struct area a = { 0 };
    office_open(&o, db);
    struct run r = run(&o, "areas", &who_system, csv);
    CHECK_INT(r.counts[IMPORT_WRONG], 3);
    struct tx *tx = office_read(&o);
    CHECK(area_by_code(tx, S("999901001001002"), &a) && a.level == LEVEL_GRID && a.parent == o.community);
    CHECK_INT(a.lat, 347012000);
    CHECK(area_by_code(tx, S("YD-2"), &a));
    CHECK_STR(a.name, "桂花路2号院");
    CHECK(!area_by_code(tx, S("YD-3"), &a) && !area_by_code(tx, S("YD-4"), &a));
    CHECK(area_in_text(tx, S("纺织厂家属院下水道堵了"), &a));
    CHECK_STR(a.code, "YD-2");
    read_end(tx);
    office_close(&o);
}

TEST_STORES(orgs_seats_and_contacts_are_put_once)
{
    static const char orgs[] =
        "编码,名称,类型,上级单位编码,区域编码,电话\n"
        "O-C1,桂花社区居委会,community,O-STREET,999901001001,0371-60000001\n"
        "O-WY,示范物业,物业服务企业,,999901001001001-Y01,\n"
        "O-CG,示范城管局,区直部门,,,\n"
        "O-X,不明单位,行会,,,\n";
    static const char seats[] =
        "单位编码,岗位,区域编码,姓名,电话\n"
        "O-WY,物业兜底岗,999901001001001-Y01,物业甲,13800000031\n"
        "O-C1,direct,999901001001,,\n"
        "O-C1,皇帝,999901001001,某某,\n";
    static const char contacts[] =
        "部门编码,街道编码,姓名,电话,A/B岗\n"
        "O-CG,999901001,城管甲,13800000041,A岗\n"
        "O-CG,999901001,城管乙,13800000042,B\n";
    struct office o;
    struct area a = { 0 };
    struct seat four[4];
    office_open(&o, db);
    check_run(run(&o, "orgs", &who_system, orgs), 2, 1, 0, 1);
    check_run(run(&o, "orgs", &who_system, orgs), 0, 0, 3, 1);
    check_run(run(&o, "seats", &who_system, seats), 2, 0, 0, 1);
    check_run(run(&o, "seats", &who_system, seats), 0, 0, 2, 1);
    check_run(run(&o, "contacts", &who_system, contacts), 2, 0, 0, 0);
    check_run(run(&o, "contacts", &who_system, contacts), 0, 0, 2, 0);
    struct tx *tx = office_read(&o);
    CHECK(area_get(tx, o.community, &a));
    CHECK_INT(a.org, o.org_community);                               /* the committee runs its community */
    CHECK(area_get(tx, o.courtyard, &a));
    CHECK_INT(a.org, 0);                                             /* a property company runs no courtyard of the tree */
    CHECK_INT(org_of_place(tx, (struct place){ .community = o.community }), o.org_community);
    CHECK_INT(seat_bound(tx, (struct place){ .area = o.courtyard }, four), 2);
    CHECK_STR(four[2].name, "物业甲");
    read_end(tx);
    office_close(&o);
}

SQL(count_persons, "select count(*) from person");

TEST_STORES(residents_come_in_once_and_special_columns_stay_out)
{
    static const char csv[] =
        "姓名,身份证号,手机号,所属网格,住址,民族,精神障碍\n"
        "示范甲,410102195001010014,13800000051,999901001001001,示范区桂花路1号院101,某族,是\n"
        "示范乙,,13800000052,999901001001001,示范区桂花路1号院102,某族,否\n"
        "示范丙,410102195001010015,,999901001001001,,,\n"               /* the check digit is wrong */
        "示范丁,,13800000053,999901002001001,,,\n";                      /* no such grid */
    struct office o;
    int64_t count = 0;
    office_open(&o, db);
    struct grant g = { ROLE_GRID, o.grid, LEVEL_GRID, 0 }, far = { ROLE_GRID, 1, LEVEL_GRID, 0 };
    struct who worker = { .account = 7, .grants = &g, .grant_count = 1, .roles = R(GRID), .channel = "web" };
    struct who stranger = { .account = 8, .grants = &far, .grant_count = 1, .roles = R(GRID), .channel = "web" };
    struct run r = run(&o, "people", &worker, csv);
    check_run(r, 2, 0, 0, 2);
    CHECK_INT(r.dropped.count, 2);
    check_run(run(&o, "people", &worker, csv), 0, 0, 2, 2);
    struct tx *tx = office_read(&o);
    CHECK(db_one(tx, count_persons, IN(), OUT(&count)));
    CHECK_INT(count, 2);
    read_end(tx);
    check_run(run(&o, "people", &stranger, csv), 0, 0, 0, 4);        /* another's grid */
    office_close(&o);
}

TEST_STORES(log_ins_come_without_a_password_and_with_their_grant)
{
    static const char csv[] =
        "账号,姓名,角色,管辖区域编码,单位编码\n"
        "zhang,示范甲,网格员,999901001001001,O-C1\n"
        "zhang,示范甲,community,999901001001,O-C1\n"
        "li,示范乙,部门人员,,O-STREET\n"
        "wang,示范丙,皇帝,999901001,\n"
        "zhao,示范丁,网格员,,\n";
    struct office o;
    struct account a = { 0 };
    struct who who = { 0 };
    office_open(&o, db);
    check_run(run(&o, "accounts", &who_system, csv), 3, 0, 0, 2);
    check_run(run(&o, "accounts", &who_system, csv), 0, 0, 3, 2);
    struct tx *tx = office_read(&o);
    CHECK(account_by_login(tx, S("zhang"), &a) && a.must_change);
    CHECK(account_who(tx, a.id, &who));
    CHECK_INT(who.grant_count, 2);
    CHECK(!password_ok(tx, a.id, S("")) && !password_ok(tx, a.id, S("!")));
    CHECK(account_by_login(tx, S("li"), &a) && account_who(tx, a.id, &who));
    CHECK(who.grant_count == 1 && who.grants[0].org == o.org_street && who.grants[0].area == 0);
    read_end(tx);
    office_close(&o);
}
