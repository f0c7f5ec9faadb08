/* form_test.c -- each way a body can be wrong is named, by its field, in both languages; nothing else gets through. */
#include "http/http.h"
#include "test/test.h"

#include <string.h>

struct inner { struct has has; struct str name; int64_t age; };
struct outer {
    struct has has;
    struct str title, text, pick, phone;
    int64_t count, id, lat, day;
    ms at;
    bool on;
    struct ids ids;
    struct texts words;
    struct inner who;
    struct list list;
};
static const struct choice picks[] = { { "one", L("一", "One") }, { "two", L("二", "Two") }, {0} };
static const struct field inner_table[] = {
    FIELD(struct inner, name, TEXT, .label = L("姓名", "Name"), .required = true),
    FIELD(struct inner, age, INT, .label = L("年龄", "Age"), .min = 1, .max = 120), {0} };
static const struct field table[] = {
    FIELD(struct outer, title, TEXT, .label = L("标题", "Title"), .required = true, .min = 2, .max = 5),
    FIELD(struct outer, text, LONG_TEXT, .label = L("正文", "Text")),
    FIELD(struct outer, pick, CHOICE, .label = L("选项", "Pick"), .choices = picks),
    FIELD(struct outer, phone, PHONE, .label = L("电话", "Phone")),
    FIELD(struct outer, count, INT, .label = L("数量", "Count"), .min = 1, .max = 9),
    FIELD(struct outer, id, ID, .label = L("编号", "Id")),
    FIELD(struct outer, lat, DEGREE, .label = L("纬度", "Latitude")),
    FIELD(struct outer, day, DAY, .label = L("日期", "Day")),
    FIELD(struct outer, at, TIME, .label = L("时间", "Time")),
    FIELD(struct outer, on, BOOL, .label = L("开关", "On")),
    FIELD(struct outer, ids, IDS, .label = L("多个编号", "Ids"), .max = 3),
    FIELD(struct outer, words, TEXTS, .label = L("词", "Words")),
    FIELD(struct outer, who, OBJECT, .label = L("人", "Who"), .sub = inner_table, .sub_size = sizeof(struct inner)),
    FIELD(struct outer, list, LIST, .label = L("名单", "List"), .sub = inner_table,
          .sub_size = sizeof(struct inner), .max = 2), {0} };

static struct arena arena;
static struct fault fault;
static struct outer form;

static bool read_json(const char *text)
{
    arena_free(&arena);
    arena_init(&arena, 0);
    fault_clear(&fault);
    memset(&form, 0, sizeof form);
    return form_json(str_of(text), table, &form, &arena, &fault);
}

static bool read_pairs(const char *text)
{
    arena_free(&arena);
    arena_init(&arena, 0);
    fault_clear(&fault);
    memset(&form, 0, sizeof form);
    return form_pairs(str_of(text), table, &form, true, &arena, &fault);
}

static void refused(const char *json, const char *field, enum bad bad)
{
    CHECK(!read_json(json));
    CHECK_INT(fault.code, ERR_INVALID);
    CHECK(fault.field_count >= 1);
    CHECK_STR(fault.fields[0].field, field);
    CHECK_INT(fault.fields[0].bad, bad);
}

static void malformed(struct str text)
{
    arena_free(&arena);
    arena_init(&arena, 0);
    fault_clear(&fault);
    memset(&form, 0, sizeof form);
    CHECK(!form_json(text, table, &form, &arena, &fault));
    CHECK_INT(fault.code, ERR_MALFORMED);
}

TEST(a_whole_form_is_read_and_what_is_absent_is_absent)
{
    CHECK(read_json("{\"title\":\" 漏水 \",\"pick\":\"two\",\"count\":3,\"id\":9007199254740991,\"lat\":34.7466,\"day\":\"2026-03-05\","
                    "\"at\":\"2026-03-15T08:30:05+08:00\",\"on\":true,\"ids\":[3,1],\"words\":[\"a\",\"二\"],\"text\":null,"
                    "\"who\":{\"name\":\"甲\",\"age\":30},\"list\":[{\"name\":\"乙\"},{\"name\":\"丙\",\"age\":5}]}"));
    CHECK_STR(form.title, "漏水");
    CHECK_STR(form.pick, "two");
    CHECK_INT(form.id, INT64_C(9007199254740991));
    CHECK_INT(form.lat, 347466000);
    CHECK_INT(form.day, 20260305);
    CHECK_INT(form.at, INT64_C(1773534605000));
    CHECK(form.on && field_has(table, &form, "on"));
    CHECK(!field_has(table, &form, "text") && !field_has(table, &form, "phone"));
    CHECK_INT(form.ids.count, 2);
    CHECK_INT(form.ids.items[1], 1);
    CHECK_STR(form.words.items[1], "二");
    CHECK_STR(form.who.name, "甲");
    CHECK_INT(form.list.count, 2);
    CHECK_INT(((struct inner *)form.list.items)[1].age, 5);
    CHECK(read_json("{\"title\":\"ab\",\"count\":1,\"ids\":[],\"on\":false}"));
    CHECK(!form.on && field_has(table, &form, "on") && field_has(table, &form, "ids"));
    arena_free(&arena);
}

TEST(each_wrong_field_is_named)
{
    refused("{}", "title", BAD_MISSING);
    refused("{\"title\":null}", "title", BAD_MISSING);
    refused("{\"title\":\"a\"}", "title", BAD_SHORT);
    refused("{\"title\":\"一二三四五六\"}", "title", BAD_LONG);
    refused("{\"title\":5}", "title", BAD_TYPE);
    refused("{\"title\":[]}", "title", BAD_TYPE);
    refused("{\"title\":{}}", "title", BAD_TYPE);
    refused("{\"title\":\"a\\u0001b\"}", "title", BAD_TYPE);
    refused("{\"title\":\"ab\",\"pick\":\"three\"}", "pick", BAD_CHOICE);
    refused("{\"title\":\"ab\",\"phone\":\"abc\"}", "phone", BAD_PHONE);
    refused("{\"title\":\"ab\",\"count\":0}", "count", BAD_LOW);
    refused("{\"title\":\"ab\",\"count\":10}", "count", BAD_HIGH);
    refused("{\"title\":\"ab\",\"count\":1.5}", "count", BAD_TYPE);
    refused("{\"title\":\"ab\",\"id\":0}", "id", BAD_TYPE);
    refused("{\"title\":\"ab\",\"id\":9007199254740992}", "id", BAD_TYPE);
    refused("{\"title\":\"ab\",\"lat\":1e9}", "lat", BAD_TYPE);
    refused("{\"title\":\"ab\",\"day\":\"2026-02-30\"}", "day", BAD_DAY);
    refused("{\"title\":\"ab\",\"at\":\"yesterday\"}", "at", BAD_DATE);
    refused("{\"title\":\"ab\",\"on\":2}", "on", BAD_TYPE);
    refused("{\"title\":\"ab\",\"ids\":[1,\"x\"]}", "ids", BAD_TYPE);
    refused("{\"title\":\"ab\",\"ids\":[1,2,3,4]}", "ids", BAD_MANY);
    refused("{\"title\":\"ab\",\"words\":[1]}", "words", BAD_TYPE);
    refused("{\"title\":\"ab\",\"who\":[]}", "who", BAD_TYPE);
    refused("{\"title\":\"ab\",\"nonsense\":1}", "nonsense", BAD_UNKNOWN);
    arena_free(&arena);
}

TEST(a_nested_field_is_named_by_its_whole_path)
{
    refused("{\"title\":\"ab\",\"who\":{\"name\":\"甲\",\"age\":200}}", "who.age", BAD_HIGH);
    refused("{\"title\":\"ab\",\"who\":{}}", "who.name", BAD_MISSING);
    refused("{\"title\":\"ab\",\"who\":{\"name\":\"甲\",\"x\":1}}", "who.x", BAD_UNKNOWN);
    refused("{\"title\":\"ab\",\"list\":[{\"name\":\"甲\"},{\"name\":3}]}", "list[1].name", BAD_TYPE);
    refused("{\"title\":\"ab\",\"list\":[{\"name\":\"甲\"},{\"name\":\"乙\"},{\"name\":\"丙\"}]}", "list", BAD_MANY);
    refused("{\"title\":\"ab\",\"list\":[7]}", "list", BAD_TYPE);
    arena_free(&arena);
}

TEST(several_wrong_fields_are_told_together_in_both_languages)
{
    CHECK(!read_json("{\"count\":99,\"pick\":\"x\"}"));
    CHECK_INT(fault.field_count, 3);
    struct str zh = problem_json(&arena, &fault, ZH), en = problem_json(&arena, &fault, EN);
    CHECK(str_has(zh, S("\"field\":\"count\"")) && str_has(zh, S("数量：不能大于 9")));
    CHECK(str_has(en, S("Count must be at most 9")) && str_has(en, S("\"code\":\"too_high\"")));
    CHECK(str_has(zh, S("\"status\":422")) && str_has(zh, S("\"code\":\"invalid\"")));
    arena_free(&arena);
}

TEST(hostile_json_is_refused_whole)
{
    static const char *const texts[] = {
        "", "{", "[]", "null", "{\"title\":\"ab\"} x", "{'title':1}", "{\"title\":\"\\ud800\"}",
            "{\"title\":\"\\u0000\"}",
        "{\"title\":1e}", "{\"count\":99999999999999999999}", "{\"title\":\"a\nb\"}",
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        malformed(str_of(texts[i]));
    malformed(S("{\"title\":\"\xff\xfe\"}"));
    malformed(S("{\"title\":\"\xc0\x80\"}"));
    malformed(S("{\"title\":\"a\0b\"}"));
    refused("{\"title\":\"ab\",\"title\":\"cd\"}", "title", BAD_TWICE);
    char deep[2100];
    memset(deep, '[', 1000);
    memcpy(deep, "{\"list\":", 8);
    malformed((struct str){ deep, 1000 });
    arena_free(&arena);
}

TEST(every_prefix_of_a_body_is_refused_and_none_crashes)
{
    static const char whole[] = "{\"title\":\"漏水\",\"who\":{\"name\":\"甲\"},\"ids\":[1,2],\"at\":\"2026-03-15T08:30:05+08:00\"}";
    for (size_t n = 0; n < sizeof whole - 1; n++)
        malformed((struct str){ whole, n });
    CHECK(read_json(whole));
    arena_free(&arena);
}

TEST(queries_are_decoded_and_checked_like_bodies)
{
    CHECK(read_pairs("title=%E6%BC%8F+%E6%B0%B4&count=2&ids=4,5&lang=en&who.name=%E7%94%B2&on=1"));
    CHECK_STR(form.title, "漏 水");
    CHECK_INT(form.ids.count, 2);
    CHECK_STR(form.who.name, "甲");
    CHECK(form.on);
    CHECK(!read_pairs("title=ab&nope=1"));
    CHECK_STR(fault.fields[0].field, "nope");
    CHECK_INT(fault.fields[0].bad, BAD_UNKNOWN);
    CHECK(!read_pairs("title=ab&count=1&count=2"));
    CHECK_INT(fault.fields[0].bad, BAD_TWICE);
    CHECK(!read_pairs("title=ab&count=%zz"));
    CHECK_INT(fault.code, ERR_MALFORMED);
    CHECK(!read_pairs("title=%ff%fe"));
    CHECK_INT(fault.fields[0].bad, BAD_UTF8);
    CHECK(!read_pairs("title=ab&who.age=500"));
    CHECK_STR(fault.fields[0].field, "who.age");
    arena_free(&arena);
}

TEST(percent_escapes_round_trip)
{
    struct str text = S("街道 a/b?c=d&e+f%~中"), back;
    arena_init(&arena, 0);
    CHECK(percent_decode(&arena, percent_encode(&arena, text), true, &back));
    CHECK_EQ(back, text);
    static const char *const wrong[] = { "%", "%a", "%g0", "a%2" };
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK(!percent_decode(&arena, str_of(wrong[i]), true, &back));
    arena_free(&arena);
}

TEST(the_language_is_what_the_caller_prefers)
{
    CHECK_INT(lang_of((struct str){ 0 }, S("")), ZH);
    CHECK_INT(lang_of((struct str){ 0 }, S("en-GB,en;q=0.9,zh;q=0.8")), EN);
    CHECK_INT(lang_of((struct str){ 0 }, S("zh-CN,zh;q=0.9,en;q=0.8")), ZH);
    CHECK_INT(lang_of((struct str){ 0 }, S("en;q=0.3, zh;q=0.35")), ZH);
    CHECK_INT(lang_of((struct str){ 0 }, S("fr, de")), ZH);
    CHECK_INT(lang_of(S("en"), S("zh")), EN);
    CHECK_INT(lang_of(S("zh"), S("en")), ZH);
}

/* --- multipart ------------------------------------------------------------------------------------------------------------------- */

#define TYPE S("multipart/form-data; boundary=\"b7\"")

static int parts(struct str body, struct str type, struct upload *uploads)
{
    int count = 0;
    arena_free(&arena);
    arena_init(&arena, 0);
    fault_clear(&fault);
    return multipart_read(&arena, body, type, uploads, &count, &fault) ? count : -1;
}

TEST(multipart_files_are_slices_of_the_body)
{
    struct upload u[UPLOADS_MAX];
    struct str body = S("--b7\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nnot a file\r\n"
                        "--b7\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\dir\\a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
                        "\xff\xd8--b7x\r\n-\r\n--b7\r\ncontent-disposition: form-data; name=f; filename*=utf-8''%E5%9B%BE.png; filename=x\r\n\r\n\r\n--b7--\r\n");
    CHECK_INT(parts(body, TYPE, u), 2);
    CHECK_STR(u[0].name, "a.jpg");
    CHECK_STR(u[0].type, "image/jpeg");
    CHECK_EQ(u[0].bytes, S("\xff\xd8--b7x\r\n-"));
    CHECK_STR(u[1].name, "图.png");
    CHECK_INT(u[1].bytes.n, 0);
    for (size_t n = 0; n < body.n - 4; n++)
        CHECK_INT(parts(str_head(body, n), TYPE, u), -1);
    arena_free(&arena);
}

TEST(broken_multipart_is_refused)
{
    struct upload u[UPLOADS_MAX];
    CHECK_INT(parts(S(""), TYPE, u), -1);
    CHECK_INT(parts(S("--b7--"), S("multipart/form-data"), u), -1);
    CHECK_INT(parts(S("--b7\r\nX: y\r\n\r\nz"), TYPE, u), -1);
    CHECK_INT(parts(S("--b7"), TYPE, u), -1);
    CHECK_INT(parts(S("--b7\r\n\r\n"), TYPE, u), -1);
    CHECK_INT(fault.code, ERR_MALFORMED);
    struct buf many = { 0 };
    struct arena own;
    arena_init(&own, 0);
    many = buf_in(&own);
    for (int i = 0; i < UPLOADS_MAX + 1; i++)
        buf_put(&many, S("--b7\r\nContent-Disposition: form-data; filename=a\r\n\r\nz\r\n"));
    buf_put(&many, S("--b7--"));
    CHECK_INT(parts(buf_str(&many), TYPE, u), -1);
    CHECK_INT(fault.code, ERR_TOO_LARGE);
    arena_free(&own);
    arena_free(&arena);
}
