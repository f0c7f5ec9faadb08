/* field_test.c -- one table with a row of each type, decoded, refused, written, masked and described. */
#include "base/field.h"
#include "test/test.h"

struct reporter {
    struct has has;
    struct str name, phone;
};
struct item {
    struct has has;
    struct str what;
    int64_t count;
};
struct form {
    struct has has;
    bool urgent;
    int64_t size, area, at, day, lat;
    struct str title, text, channel, category, phone, id_number, uscc, password;
    struct ids orgs;
    struct texts tags;
    struct reporter reporter;
    struct list items;
};

static const struct choice channels[] = {
    { "phone", L("电话", "Telephone") }, { "web", L("网页", "Web") }, { 0 },
};
static const struct field reporter_form[] = {
    FIELD(struct reporter, name, TEXT, .label = L("姓名", "Name"), .required = true, .mask = MASK_NAME),
    FIELD(struct reporter, phone, PHONE, .label = L("电话", "Telephone"), .mask = MASK_PHONE),
    { 0 },
};
static const struct field item_form[] = {
    FIELD(struct item, what, TEXT, .label = L("物品", "Item"), .required = true),
    FIELD(struct item, count, INT, .label = L("数量", "Count"), .min = 1, .max = 9),
    { 0 },
};
static const struct field form[] = {
    FIELD(struct form, urgent, BOOL, .label = L("紧急", "Urgent")),
    FIELD(struct form, size, INT, .label = L("大小", "Size"), .min = 1, .max = 10),
    FIELD(struct form, area, ID, .label = L("区域", "Area"), .ref = "area"),
    FIELD(struct form, at, TIME, .label = L("时间", "Time")),
    FIELD(struct form, day, DAY, .label = L("日期", "Day")),
    FIELD(struct form, lat, DEGREE, .label = L("纬度", "Latitude"), .min = -900000000, .max = 900000000),
    FIELD(struct form, title, TEXT, .label = L("标题", "Title"), .min = 2, .max = 6),
    FIELD(struct form, text, LONG_TEXT, .label = L("内容", "Text"), .required = true),
    FIELD(struct form, channel, CHOICE, .label = L("渠道", "Channel"), .choices = channels),
    FIELD(struct form, category, RULE, .label = L("类别", "Category"), .ref = "categories"),
    FIELD(struct form, phone, PHONE, .label = L("电话", "Telephone"), .mask = MASK_PHONE),
    FIELD(struct form, id_number, IDCARD, .label = L("身份号码", "Identity number"), .mask = MASK_IDCARD),
    FIELD(struct form, uscc, USCC, .label = L("信用代码", "Credit code")),
    FIELD(struct form, password, SECRET, .label = L("密码", "Password")),
    FIELD(struct form, orgs, IDS, .label = L("单位", "Departments"), .max = 3),
    FIELD(struct form, tags, TEXTS, .label = L("标签", "Tags"), .min = 2),
    FIELD(struct form, reporter, OBJECT, .label = L("反映人", "Reporter"), .sub = reporter_form,
          .sub_size = sizeof(struct reporter)),
    FIELD(struct form, items, LIST, .label = L("物品", "Items"), .sub = item_form, .sub_size = sizeof(struct item)),
    { 0 },
};

static struct arena arena;
static struct fault fault;
static struct form f;

static bool set(const char *name, const char *value)
{
    fault_clear(&fault);
    return field_from_text(form, field_find(form, str_of(name)), &f, str_of(value), &arena, &fault);
}

/* What the one refusal says, "code: message". */
static struct str said(enum lang lang)
{
    CHECK_INT(fault.code, ERR_INVALID);
    CHECK_INT(fault.field_count, 1);
    return arena_format(&arena, "%s: " STR_FMT, bad_wire(fault.fields[0].bad),
                        STR_ARG(bad_message(&arena, &fault.fields[0], lang)));
}

#define REFUSED(name, value, zh, en) \
    do { \
        CHECK(!set(name, value)); \
        CHECK_STR(said(ZH), zh); \
        CHECK_STR(said(EN), en); \
    } while (0)

TEST(each_type_is_decoded_and_marks_its_presence)
{
    CHECK(!field_has(form, &f, "urgent"));
    CHECK(set("urgent", "true") && f.urgent && field_has(form, &f, "urgent"));
    CHECK(set("urgent", "否") && !f.urgent && field_has(form, &f, "urgent"));
    CHECK(set("size", "10") && f.size == 10);
    CHECK(set("area", " 42 ") && f.area == 42);
    CHECK(set("at", "2026-03-15T08:30:05+08:00") && f.at == 1773534605000);
    CHECK(set("at", "2026/3/15 08:30:05") && f.at == 1773534605000);
    CHECK(set("lat", "34.7466") && f.lat == 347466000);
    CHECK(set("title", " 院墙歪了 "));
    CHECK_STR(f.title, "院墙歪了");
    CHECK(set("text", "第一行\n第二行"));
    CHECK(set("channel", "电话"));
    CHECK_STR(f.channel, "phone");
    CHECK(set("password", " keeps its blanks "));
    CHECK_STR(f.password, " keeps its blanks ");
    CHECK(set("orgs", "1,2，3") && f.orgs.count == 3 && f.orgs.items[2] == 3);
    CHECK(set("tags", "墙、雨") && f.tags.count == 2);
    CHECK_STR(f.tags.items[1], "雨");
    arena_free(&arena);
}

TEST(a_day_is_read_as_people_write_it)
{
    static const char *const good[] = { "2026-03-05", "2026-3-5", "2026/3/5", "20260305", "2026年3月5日" };
    static const char *const wrong[] = { "2026-02-30", "2026-13-01", "26-3-5", "2026-3", "2026年3月5", "2026-3/5", "x", "2026-03-055" };
    for (size_t i = 0; i < COUNT(good); i++) {
        f.day = 0;
        CHECK(set("day", good[i]));
        CHECK_INT(f.day, 20260305);
    }
    for (size_t i = 0; i < COUNT(wrong); i++) {
        CHECK(!set("day", wrong[i]));
        CHECK_INT(fault.fields[0].bad, BAD_DAY);
    }
    CHECK_INT(f.day, 20260305);                      /* a refused value leaves the old one */
    arena_free(&arena);
}

TEST(an_empty_value_is_no_answer_except_for_an_optional_text)
{
    CHECK(set("size", "") && !field_has(form, &f, "size"));
    CHECK(set("text", "  ") && !field_has(form, &f, "text"));
    CHECK(set("title", "") && field_has(form, &f, "title"));
    arena_free(&arena);
}

TEST(wrong_values_are_named_in_both_languages)
{
    REFUSED("urgent", "perhaps", "type: 紧急：应为是或否", "type: Urgent must be yes or no");
    REFUSED("size", "many", "type: 大小：应为整数", "type: Size must be a whole number");
    REFUSED("size", "0", "too_low: 大小：不能小于 1", "too_low: Size must be at least 1");
    REFUSED("size", "11", "too_high: 大小：不能大于 10", "too_high: Size must be at most 10");
    REFUSED("area", "-1", "type: 区域：应为编号", "type: Area must be an id");
    REFUSED("area", "9007199254740992", "type: 区域：应为编号", "type: Area must be an id");
    REFUSED("at", "2026-03-15T08:30:05", "date: 时间：应为日期时间，例如 2026-03-15T08:30:05+08:00",
            "date: Time must be a date and time such as 2026-03-15T08:30:05+08:00");
    REFUSED("lat", "90.1", "too_high: 纬度：不能大于 90", "too_high: Latitude must be at most 90");
    REFUSED("title", "墙", "too_short: 标题：至少 2 个字", "too_short: Title needs at least 2 characters");
    REFUSED("title", "一二三四五六七", "too_long: 标题：最多 6 个字", "too_long: Title takes at most 6 characters");
    REFUSED("title", "a\nb", "type: 标题：应为一行文字", "type: Title must be one line of text");
    REFUSED("text", "a\xff", "encoding: 内容：应为 UTF-8 文字", "encoding: Text must be UTF-8 text");
    REFUSED("text", "a\x1b[0m", "type: 内容：应为文字", "type: Text must be text");
    REFUSED("channel", "pigeon", "choice: 渠道：应为下列之一：电话（phone）、网页（web）",
            "choice: Channel must be one of: Telephone (phone), Web (web)");
    REFUSED("phone", "call me", "phone: 电话：应为电话号码", "phone: Telephone must be a telephone number");
    REFUSED("id_number", "110105194912310021", "id_number: 身份号码：身份号码校验不通过",
            "id_number: Identity number is not a valid identity number");
    REFUSED("orgs", "1,2,3,4", "too_many: 单位：最多 3 项", "too_many: Departments takes at most 3 entries");
    REFUSED("orgs", "1,x", "type: 单位：应为编号的列表", "type: Departments must be a list of ids");
    REFUSED("reporter", "x", "type: 反映人：应为一组填写项", "type: Reporter must be an object");
    arena_free(&arena);
}

TEST(numbers_that_arrive_as_numbers)
{
    const struct field *size = field_find(form, S("size")), *title = field_find(form, S("title"));
    CHECK(field_from_int(form, size, &f, 7, &fault) && f.size == 7 && field_has(form, &f, "size"));
    CHECK(field_from_int(form, field_find(form, S("lat")), &f, 34, &fault) && f.lat == 340000000);
    CHECK(!field_from_int(form, title, &f, 7, &fault));
    CHECK_STR(said(EN), "type: Title must be one line of text");
    fault_clear(&fault);
    CHECK(!field_from_int(form, field_find(form, S("channel")), &f, 1, &fault));
    CHECK_STR(said(EN), "type: Channel must be one of the choices, as text");
    fault_clear(&fault);
    CHECK(!field_from_int(form, field_find(form, S("urgent")), &f, 2, &fault));
    fault_clear(&fault);
    CHECK(!field_from_int(form, field_find(form, S("day")), &f, 20260230, &fault));
    arena_free(&arena);
}

static void check_missing(const char *names)
{
    struct buf b = buf_in(&arena);
    for (int i = 0; i < fault.field_count; i++)
        buf_format(&b, STR_FMT ":%s ", STR_ARG(fault.fields[i].field), bad_wire(fault.fields[i].bad));
    CHECK_STR(buf_str(&b), names);
}

TEST(what_is_required_is_asked_for_at_every_depth)
{
    struct item *item = field_add_entry(form, field_find(form, S("items")), &f, &arena, &fault);
    item->what = S("灯");
    field_mark(item_form, item, &item_form[0]);
    field_add_entry(form, field_find(form, S("items")), &f, &arena, &fault);
    field_mark(form, &f, field_find(form, S("reporter")));
    CHECK(set("tags", "one"));
    field_require(form, &f, S(""), &arena, &fault);
    check_missing("text:missing tags:too_few reporter.name:missing items[1].what:missing ");
    arena_free(&arena);
}

TEST(a_wrong_field_is_not_reported_missing_too)
{
    CHECK(!set("text", "a\x01"));
    field_require(form, &f, S(""), &arena, &fault);
    check_missing("text:type ");
    arena_free(&arena);
}

TEST(lists_end_at_their_maximum)
{
    const struct field *row = field_find(form, S("items"));
    for (int i = 0; i < FORM_LIST_MAX; i++) {
        struct item *item = field_add_entry(form, row, &f, &arena, &fault);
        CHECK(item && item->count == 0);
        item->count = i;
    }
    CHECK(!field_add_entry(form, row, &f, &arena, &fault));
    CHECK_INT(fault.fields[0].bad, BAD_MANY);
    CHECK_INT(((struct item *)f.items.items)[FORM_LIST_MAX - 1].count, FORM_LIST_MAX - 1);
    CHECK_INT(((struct item *)f.items.items)[3].count, 3);
    arena_free(&arena);
}

static struct str written(bool all, bool masked)
{
    struct json j = json_in(&arena);
    json_obj(&j);
    field_write(&j, form, &f, all, masked);
    json_end(&j);
    return json_done(&j);
}

static void fill(void)
{
    CHECK(set("urgent", "true") && set("day", "2026-03-05") && set("lat", "34.7466") && set("channel", "web"));
    CHECK(set("phone", "+86 138 0013 8000") && set("password", "secret") && set("orgs", "7,8") && set("tags", "墙,雨"));
    CHECK(set("id_number", "11010519491231002x"));
    f.reporter.name = S("张三丰");
    field_mark(reporter_form, &f.reporter, &reporter_form[0]);
    field_mark(form, &f, field_find(form, S("reporter")));
}

TEST(what_was_given_is_written_and_a_secret_never)
{
    fill();
    CHECK_STR(written(false, false),
              "{\"urgent\":true,\"day\":\"2026-03-05\",\"lat\":34.7466000,\"channel\":\"web\",\"phone\":\"13800138000\","
              "\"id_number\":\"11010519491231002X\",\"orgs\":[7,8],\"tags\":[\"墙\",\"雨\"],\"reporter\":{\"name\":\"张三丰\"}}");
    CHECK(!str_has(written(true, false), S("secret")));
    CHECK(!str_has(written(true, false), S("password")));
    arena_free(&arena);
}

TEST(masked_values_hide_what_they_must)
{
    fill();
    CHECK_STR(written(false, true),
              "{\"urgent\":true,\"day\":\"2026-03-05\",\"lat\":34.7466000,\"channel\":\"web\",\"phone\":\"138****8000\","
              "\"id_number\":\"110105********002X\",\"orgs\":[7,8],\"tags\":[\"墙\",\"雨\"],\"reporter\":{\"name\":\"张**\"}}");
    arena_free(&arena);
}

TEST(all_rows_are_written_with_null_for_what_is_not_known)
{
    CHECK_STR(written(true, false),
              "{\"urgent\":false,\"size\":0,\"area\":null,\"at\":null,\"day\":null,\"lat\":null,\"title\":\"\",\"text\":\"\","
              "\"channel\":null,\"category\":null,\"phone\":null,\"id_number\":null,\"uscc\":null,\"orgs\":[],\"tags\":[],"
              "\"reporter\":{\"name\":\"\",\"phone\":null},\"items\":[]}");
    arena_free(&arena);
}

TEST(cells_read_back_as_what_they_were)
{
    static const char *const names[] = { "urgent", "size", "area", "at", "day", "lat", "title", "channel", "phone", "orgs", "tags" };
    struct form first;
    fill();
    CHECK(set("size", "3") && set("area", "9") && set("at", "2026-03-15T08:30:05+08:00") && set("title", "院墙"));
    first = f;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct str cell = field_to_text(&arena, field_find(form, str_of(names[i])), &first, false);
        CHECK(set(names[i], arena_z(&arena, cell)));
        CHECK_EQ(field_to_text(&arena, field_find(form, str_of(names[i])), &f, false), cell);
    }
    CHECK_STR(field_to_text(&arena, field_find(form, S("channel")), &f, false), "网页");
    CHECK_STR(field_to_text(&arena, field_find(form, S("phone")), &f, true), "138****8000");
    CHECK_STR(field_to_text(&arena, field_find(form, S("password")), &f, false), "");
    arena_free(&arena);
}

TEST(a_form_describes_itself)
{
    struct json j = json_in(&arena);
    field_describe(&j, reporter_form, EN);
    CHECK_STR(json_done(&j), "[{\"name\":\"name\",\"type\":\"text\",\"label\":\"Name\",\"required\":true,\"masked\":true},"
                             "{\"name\":\"phone\",\"type\":\"phone\",\"label\":\"Telephone\",\"required\":false,\"masked\":true}]");
    j = json_in(&arena);
    field_describe(&j, form, ZH);
    CHECK(str_has(json_done(&j), S("\"choices\":[{\"name\":\"phone\",\"label\":\"电话\"},")));
    CHECK(str_has(json_done(&j), S("\"fields\":[{\"name\":\"name\"")));
    arena_free(&arena);
}

/* --- numbers that check themselves (STANDARDS 10.4) ------------------------------------------------------------------ */

TEST(identity_numbers_by_gb_11643)
{
    CHECK(idcard_ok(S("11010519491231002X")));
    CHECK(idcard_ok(S("440524188001010014")));
    CHECK(idcard_ok(S("410102195001010014")));
    CHECK(idcard_ok(S("410102194203153027")));
    CHECK(!idcard_ok(S("11010519491231002x")));      /* folded by the field, not here */
    CHECK(!idcard_ok(S("110105194912310020")));
    CHECK(!idcard_ok(S("1101051949123100")));
    CHECK(!idcard_ok(S("11010519491331002X")));      /* month 13 */
    CHECK(!idcard_ok(S("1101051949123100２X")));
    /* one wrong digit anywhere is found */
    for (size_t i = 0; i < 17; i++) {
        char number[] = "440524188001010014";
        number[i] = number[i] == '9' ? '0' : (char)(number[i] + 1);
        CHECK(!idcard_ok(str_of(number)));
    }
}

TEST(credit_codes_by_gb_32100)
{
    CHECK(uscc_ok(S("91350100M000100Y43")));
    CHECK(uscc_ok(S("91110108MA01JWNP93")));
    CHECK(uscc_ok(S("52410102MJ0000001C")));
    CHECK(!uscc_ok(S("91350100M000100Y44")));
    CHECK(!uscc_ok(S("91350100M000100I43")));        /* I is not in the alphabet */
    CHECK(!uscc_ok(S("91350100M000100Y4")));
}

static void check_phone(const char *typed, const char *normal)
{
    struct str phone = S("");
    bool ok = phone_normal(&arena, str_of(typed), &phone);
    CHECK_INT(ok, normal != NULL);
    if (normal)
        CHECK_STR(phone, normal);
}

TEST(one_telephone_number_has_one_spelling)
{
    check_phone("138 0013-8000", "13800138000");
    check_phone("+86 138 0013 8000", "13800138000");
    check_phone("0086-13800138000", "13800138000");
    check_phone("8613800138000", "13800138000");
    check_phone("１３８００１３８０００", "13800138000");
    check_phone("(0371) 6362 1111", "037163621111");
    check_phone("+86 371 6362 1111", "037163621111");
    check_phone("+1 212 555 0100", "+12125550100");
    check_phone("110", "110");
    check_phone("12", NULL);
    check_phone("1380013800a", NULL);
    check_phone("13+800138000", NULL);
    check_phone("1234567890123456", NULL);
    arena_free(&arena);
}

TEST(masks_keep_what_the_convention_keeps)
{
    CHECK_STR(mask_text(&arena, MASK_PHONE, S("13800138000")), "138****8000");
    CHECK_STR(mask_text(&arena, MASK_PHONE, S("110")), "***");
    CHECK_STR(mask_text(&arena, MASK_PHONE, S("12345")), "***45");
    CHECK_STR(mask_text(&arena, MASK_IDCARD, S("110105199001010123")), "110105********0123");
    CHECK_STR(mask_text(&arena, MASK_NAME, S("张三")), "张*");
    CHECK_STR(mask_text(&arena, MASK_NAME, S("张三丰")), "张**");
    CHECK_STR(mask_text(&arena, MASK_NAME, S("欧阳锋")), "欧阳*");
    CHECK_STR(mask_text(&arena, MASK_NAME, S("欧阳")), "欧*");
    CHECK_STR(mask_text(&arena, MASK_ADDRESS, S("演示区市场街75号院3号楼2单元501")), "演示区市场街***");
    CHECK_STR(mask_text(&arena, MASK_ADDRESS, S("经八路12号阳光小区3号楼")), "经八路12号阳光小区***");
    CHECK_STR(mask_text(&arena, MASK_ADDRESS, S("3号楼501")), "3号楼***");
    CHECK_STR(mask_text(&arena, MASK_HIDE, S("anything")), "***");
    CHECK_STR(mask_text(&arena, MASK_NAME, S("")), "");
    arena_free(&arena);
}
