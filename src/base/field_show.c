/* field_show.c -- what goes out by a field table: JSON, cells, the description of a form, the message of a refusal.
 * A row with a mask and no text to mask (a number, a day) shows nothing while masked. */
#include "base/field.h"

#include <assert.h>

static bool is_there(const struct field *table, const void *form, const struct field *row)
{
    return (((const struct has *)form)->bits >> (row - table) & 1) != 0;
}

static bool is_text(enum field_type type)
{
    return type == TEXT || type == LONG_TEXT || type == CHOICE || type == RULE || type == PHONE || type == IDCARD ||
           type == USCC;
}

const char *field_type_name(enum field_type type)
{
    static const char *const names[] = {
        [FIELD_END] = "",         [BOOL] = "bool",     [INT] = "int",          [ID] = "id",           [TEXT] = "text",
        [LONG_TEXT] = "long_text", [CHOICE] = "choice", [RULE] = "rule",        [TIME] = "time",       [DAY] = "day",
        [DEGREE] = "degree",      [PHONE] = "phone",   [IDCARD] = "id_number", [USCC] = "uscc",       [SECRET] = "secret",
        [IDS] = "ids",            [TEXTS] = "texts",   [OBJECT] = "object",    [LIST] = "list",
    };
    assert((size_t)type < COUNT(names));
    return names[type];
}

/* --- JSON ---------------------------------------------------------------------------------------------------------- */

static void write_text(struct json *j, const struct field *row, struct str value, bool masked)
{
    if (value.n == 0 && row->type != TEXT && row->type != LONG_TEXT)
        json_nil(j);                            /* an absent choice or number is not an empty one */
    else
        json_str(j, masked ? mask_text(j->out.arena, row->mask, value) : value);
}

static void write_number(struct json *j, const struct field *row, const void *at, bool there)
{
    int64_t value = row->type == BOOL ? 0 : *(const int64_t *)at;
    switch (row->type) {
    case BOOL:
        json_bool(j, *(const bool *)at);
        break;
    case INT:
        json_int(j, value);
        break;
    case ID:
        if (value)
            json_int(j, value);
        else
            json_nil(j);
        break;
    case TIME:
        json_time(j, value);
        break;
    case DAY:
        json_day(j, (int)value);
        break;
    default:
        assert(row->type == DEGREE);
        if (there || value)
            json_degree(j, value);
        else
            json_nil(j);
    }
}

static void write_ids(struct json *j, const struct ids *ids)
{
    json_list(j);
    for (int64_t i = 0; i < ids->count; i++)
        json_int(j, ids->items[i]);
    json_end(j);
}

static void write_texts(struct json *j, const struct field *row, const struct texts *texts, bool masked)
{
    json_list(j);
    for (int64_t i = 0; i < texts->count; i++)
        json_str(j, masked ? mask_text(j->out.arena, row->mask, texts->items[i]) : texts->items[i]);
    json_end(j);
}

static void write_nested(struct json *j, const struct field *row, const void *form, bool all, bool masked)
{
    json_obj(j);
    field_write(j, row->sub, form, all, masked);
    json_end(j);
}

static void write_list(struct json *j, const struct field *row, const struct list *list, bool all, bool masked)
{
    json_list(j);
    for (int64_t i = 0; i < list->count; i++)
        write_nested(j, row, (const char *)list->items + (size_t)i * row->sub_size, all, masked);
    json_end(j);
}

void field_write(struct json *j, const struct field *table, const void *form, bool all, bool masked)
{
    for (const struct field *row = table; row->name; row++) {
        const void *at = (const char *)form + row->offset;
        bool there = is_there(table, form, row);
        if (row->type == SECRET || (!there && !all))
            continue;
        json_key(j, row->name);
        if (is_text(row->type))
            write_text(j, row, *(const struct str *)at, masked);
        else if (masked && row->mask != MASK_NONE && row->type != TEXTS)
            json_nil(j);
        else if (row->type == IDS)
            write_ids(j, at);
        else if (row->type == TEXTS)
            write_texts(j, row, at, masked);
        else if (row->type == OBJECT)
            write_nested(j, row, at, all, masked);
        else if (row->type == LIST)
            write_list(j, row, at, all, masked);
        else
            write_number(j, row, at, there);
    }
}

/* --- cells --------------------------------------------------------------------------------------------------------- */

static struct str choice_text(const struct field *row, struct str name)
{
    for (const struct choice *c = row->choices; c && c->name; c++)
        if (str_is(name, c->name))
            return str_of(c->label.zh);
    return name;
}

static struct str join_texts(struct arena *a, const struct field *row, const struct texts *texts, bool masked)
{
    struct buf b = buf_in(a);
    for (int64_t i = 0; i < texts->count; i++) {
        if (i)
            buf_put(&b, S("、"));
        buf_put(&b, masked ? mask_text(a, row->mask, texts->items[i]) : texts->items[i]);
    }
    return buf_str(&b);
}

static struct str join_ids(struct arena *a, const struct ids *ids)
{
    struct buf b = buf_in(a);
    for (int64_t i = 0; i < ids->count; i++) {
        if (i)
            buf_char(&b, ',');
        buf_int(&b, ids->items[i]);
    }
    return buf_str(&b);
}

static struct str degree_text(struct arena *a, int64_t e7)
{
    int64_t size = e7 < 0 ? -e7 : e7;
    return arena_format(a, "%s%lld.%07lld", e7 < 0 ? "-" : "", (long long)(size / 10000000), (long long)(size % 10000000));
}

static struct str number_text(struct arena *a, const struct field *row, int64_t value)
{
    struct civil c;
    switch (row->type) {
    case INT:
        return arena_format(a, "%lld", (long long)value);
    case DEGREE:
        return value ? degree_text(a, value) : S("");
    case DAY:
        return value ? arena_format(a, "%04d-%02d-%02d", (int)(value / 10000), (int)(value / 100 % 100), (int)(value % 100))
                     : S("");
    case TIME:
        c = civil_of(value);
        return value ? arena_format(a, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second)
                     : S("");
    default:
        return value ? arena_format(a, "%lld", (long long)value) : S("");
    }
}

struct str field_to_text(struct arena *a, const struct field *row, const void *form, bool masked)
{
    const void *at = (const char *)form + row->offset;
    if (row->type == SECRET || row->type == OBJECT || row->type == LIST)
        return S("");                            /* nested rows become columns or sheets of their own */
    if (row->type == CHOICE)
        return choice_text(row, *(const struct str *)at);
    if (is_text(row->type))
        return masked ? mask_text(a, row->mask, *(const struct str *)at) : *(const struct str *)at;
    if (row->type == TEXTS)
        return join_texts(a, row, at, masked);
    if (masked && row->mask != MASK_NONE)
        return S("***");
    if (row->type == IDS)
        return join_ids(a, at);
    if (row->type == BOOL)
        return *(const bool *)at ? S("是") : S("否");
    return number_text(a, row, *(const int64_t *)at);
}

/* --- forms --------------------------------------------------------------------------------------------------------- */

static void describe_choices(struct json *j, const struct field *row, enum lang lang)
{
    json_key_list(j, "choices");
    for (const struct choice *c = row->choices; c && c->name; c++) {
        json_obj(j);
        json_key_str(j, "name", str_of(c->name));
        json_key_str(j, "label", label_in(c->label, lang));
        json_end(j);
    }
    json_end(j);
}

static void describe_row(struct json *j, const struct field *row, enum lang lang)
{
    json_obj(j);
    json_key_str(j, "name", str_of(row->name));
    json_key_str(j, "type", str_of(field_type_name(row->type)));
    json_key_str(j, "label", label_in(row->label, lang));
    json_key_bool(j, "required", row->required);
    if (row->min || row->max) {
        json_key_int(j, "min", row->min);
        json_key_int(j, "max", row->max);
    }
    if (row->choices)
        describe_choices(j, row, lang);
    if (row->ref)
        json_key_str(j, "ref", str_of(row->ref));
    if (row->mask != MASK_NONE)
        json_key_bool(j, "masked", true);
    if (row->purpose)
        json_key_str(j, "purpose", str_of(row->purpose));
    if (row->help.zh)
        json_key_str(j, "help", label_in(row->help, lang));
    if (row->sub) {
        json_key(j, "fields");
        field_describe(j, row->sub, lang);
    }
    json_end(j);
}

void field_describe(struct json *j, const struct field *table, enum lang lang)
{
    json_list(j);
    for (const struct field *row = table; row->name; row++)
        describe_row(j, row, lang);
    json_end(j);
}

/* --- messages ------------------------------------------------------------------------------------------------------ */

/* What a value should have been, and what an id names. */
static struct str spoken(struct str word, enum lang lang)
{
    static const struct { const char *word; struct label label; } words[] = {
        { "bool", L("是或否", "yes or no") },
        { "int", L("整数", "a whole number") },
        { "id", L("编号", "an id") },
        { "text", L("一行文字", "one line of text") },
        { "long_text", L("文字", "text") },
        { "choice", L("所列选项之一（文字）", "one of the choices, as text") },
        { "time", L("日期时间", "a date and time") },
        { "day", L("日期", "a date") },
        { "rule", L("规则中的一项", "an entry of the rule") },
        { "degree", L("经纬度，例如 34.7466", "a coordinate in degrees such as 34.7466") },
        { "phone", L("电话号码", "a telephone number") },
        { "secret", L("文字", "text") },
        { "ids", L("编号的列表", "a list of ids") },
        { "texts", L("文字的列表", "a list of texts") },
        { "object", L("一组填写项", "an object") },
        { "list", L("列表", "a list") },
        { "area", L("区域", "area") },
        { "org", L("单位", "organisation") },
        { "person", L("人员", "person") },
        { "account", L("账号", "account") },
        { "seat", L("岗位", "seat") },
        { "matter", L("事项", "matter") },
        { "file", L("文件", "file") },
        { "category", L("类别", "category") },
        { "device", L("设备", "device") },
    };
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_is(word, words[i].word))
            return label_in(words[i].label, lang);
    return word;
}

static struct str choices_text(struct arena *a, const struct choice *choices, enum lang lang)
{
    struct buf b = buf_in(a);
    for (const struct choice *c = choices; c && c->name; c++) {
        if (b.n)
            buf_put(&b, lang == ZH ? S("、") : S(", "));
        struct str label = label_in(c->label, lang);
        buf_put(&b, label.n ? label : str_of(c->name));
        if (label.n && !str_is(label, c->name))
            buf_format(&b, lang == ZH ? "（%s）" : " (%s)", c->name);
    }
    return buf_str(&b);
}

static struct str argument(struct arena *a, const struct bad_field *bad, enum lang lang)
{
    if (bad->bad == BAD_RULE)
        return label_in(bad->rule, lang);
    if (bad->arg.n)
        return spoken(bad->arg, lang);
    if (bad->choices)
        return choices_text(a, bad->choices, lang);
    return arena_format(a, "%lld", (long long)bad->bound);
}

/* "标题：最多 60 个字", "Title takes at most 60 characters". A rule's own sentence stands alone. */
struct str bad_message(struct arena *a, const struct bad_field *bad, enum lang lang)
{
    struct str pattern = label_in(bad_label(bad->bad), lang), label = label_in(bad->label, lang);
    struct buf b = buf_in(a);
    if (bad->bad != BAD_RULE) {
        buf_put(&b, label.n ? label : bad->field);
        buf_put(&b, lang == ZH ? S("：") : S(" "));
    }
    size_t at = str_find(pattern, S("%s"));
    buf_put(&b, str_head(pattern, at));
    if (at < pattern.n)
        buf_put(&b, argument(a, bad, lang));
    buf_put(&b, str_from(pattern, at + 2));
    return buf_str(&b);
}
