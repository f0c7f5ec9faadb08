/* json_form.c -- a body as JSON or as an encoded form, decoded by a table that has every type of field, also nested.
 * This exercises: src/http/form.c over jansson; src/base/field.c; problem+json of whatever was refused.
 * Held: nothing crashes; a form that is accepted, written by its own table and read again, is accepted. */
#include "http/http.h"

#include <stdlib.h>
#include <string.h>

struct inner { struct has has; struct str name; int64_t age; };
struct outer {
    struct has has;
    struct str title, text, pick, phone, card, uscc, secret, rule;
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
    FIELD(struct outer, title, TEXT, .label = L("标题", "Title"), .min = 2, .max = 50),
    FIELD(struct outer, text, LONG_TEXT, .label = L("正文", "Text")),
    FIELD(struct outer, pick, CHOICE, .label = L("选项", "Pick"), .choices = picks),
    FIELD(struct outer, phone, PHONE, .label = L("电话", "Phone")),
    FIELD(struct outer, card, IDCARD, .label = L("身份号码", "Identity number")),
    FIELD(struct outer, uscc, USCC, .label = L("信用代码", "Credit code")),
    FIELD(struct outer, secret, SECRET, .label = L("口令", "Secret")),
    FIELD(struct outer, rule, RULE, .label = L("规则", "Rule"), .ref = "categories"),
    FIELD(struct outer, count, INT, .label = L("数量", "Count"), .min = -5, .max = 9),
    FIELD(struct outer, id, ID, .label = L("编号", "Id")),
    FIELD(struct outer, lat, DEGREE, .label = L("纬度", "Latitude")),
    FIELD(struct outer, day, DAY, .label = L("日期", "Day")),
    FIELD(struct outer, at, TIME, .label = L("时间", "Time")),
    FIELD(struct outer, on, BOOL, .label = L("开关", "On")),
    FIELD(struct outer, ids, IDS, .label = L("编号们", "Ids"), .max = 20),
    FIELD(struct outer, words, TEXTS, .label = L("词", "Words"), .max = 20),
    FIELD(struct outer, who, OBJECT, .label = L("人", "Who"), .sub = inner_table, .sub_size = sizeof(struct inner)),
    FIELD(struct outer, list, LIST, .label = L("名单", "List"), .sub = inner_table, .sub_size = sizeof(struct inner), .max = 9), {0} };

static void explain(struct arena *arena, const struct fault *fault)
{
    if (!str_utf8_ok(problem_json(arena, fault, ZH)) || !str_utf8_ok(problem_json(arena, fault, EN)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct str text = { (const char *)data, n };
    struct arena arena;
    struct fault fault = { 0 };
    struct outer form = { 0 }, again = { 0 };
    arena_init(&arena, 0);
    if (form_json(text, table, &form, &arena, &fault)) {
        struct json j = json_in(&arena);
        json_obj(&j);
        field_write(&j, table, &form, false, false);
        json_end(&j);
        if (!form_json(json_done(&j), table, &again, &arena, &fault))
            abort();
    }
    explain(&arena, &fault);
    fault_clear(&fault);
    memset(&form, 0, sizeof form);
    form_pairs(text, table, &form, false, &arena, &fault);
    explain(&arena, &fault);
    arena_free(&arena);
    return 0;
}
