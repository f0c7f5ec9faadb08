/* field.c -- tables and what comes in; what goes out is field_show.c, the checks of numbers are in number.c.
 * People type into spreadsheets what a program would not send: beside the wire form a label stands for its choice,
 * 2026/3/5 and 2026年3月5日 for a day, and a date and time without an offset is the office's own. */
#include "base/field.h"

#include <assert.h>
#include <string.h>

enum { TEXT_CHARS_MAX = 200, LONG_TEXT_CHARS_MAX = 4000, RULE_CHARS_MAX = 100, SECRET_BYTES_MAX = 200 };

int field_count(const struct field *table)
{
    int count = 0;
    while (table[count].name)
        count++;
    assert(count <= FORM_FIELDS_MAX);
    return count;
}

const struct field *field_find(const struct field *table, struct str name)
{
    for (const struct field *row = table; row->name; row++)
        if (str_is(name, row->name))
            return row;
    return NULL;
}

static uint64_t row_bit(const struct field *table, const struct field *row)
{
    assert(row >= table && row - table < FORM_FIELDS_MAX);
    return (uint64_t)1 << (row - table);
}

bool field_has_row(const struct field *table, const void *form, const struct field *row)
{
    return (((const struct has *)form)->bits & row_bit(table, row)) != 0;
}

bool field_has(const struct field *table, const void *form, const char *name)
{
    const struct field *row = field_find(table, str_of(name));
    assert(row);
    return field_has_row(table, form, row);
}

void field_mark(const struct field *table, void *form, const struct field *row)
{
    ((struct has *)form)->bits |= row_bit(table, row);
}

void *field_at(void *form, const struct field *row)
{
    assert(row->offset >= sizeof(struct has));       /* a form begins with its presence bits */
    return (char *)form + row->offset;
}

/* --- refusals ------------------------------------------------------------------------------------------------------ */

static bool refuse(struct fault *f, const struct field *row, enum bad bad)
{
    fault_field(f, (struct bad_field){ .field = str_of(row->name), .bad = bad, .label = row->label,
                                       .choices = row->choices });
    return false;
}

static bool refuse_bound(struct fault *f, const struct field *row, enum bad bad, int64_t bound)
{
    if (row->type == DEGREE)
        bound /= 10000000;                           /* spoken in whole degrees */
    fault_field(f, (struct bad_field){ .field = str_of(row->name), .bad = bad, .label = row->label, .bound = bound });
    return false;
}

static bool refuse_type(struct fault *f, const struct field *row)
{
    fault_field(f, (struct bad_field){ .field = str_of(row->name), .bad = BAD_TYPE, .label = row->label,
                                       .arg = str_of(field_type_name(row->type)) });
    return false;
}

/* --- one value of each type ---------------------------------------------------------------------------------------- */

static bool in_bounds(const struct field *row, int64_t value, struct fault *f)
{
    if (row->min == 0 && row->max == 0)
        return true;
    if (value < row->min)
        return refuse_bound(f, row, BAD_LOW, row->min);
    if (row->max < row->min)                         /* only a lower bound was given */
        return true;
    return value <= row->max || refuse_bound(f, row, BAD_HIGH, row->max);
}

static bool has_control(struct str s, bool lines_allowed)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == 0x7f || (c < 0x20 && c != '\t' && !(lines_allowed && (c == '\n' || c == '\r'))))
            return true;
    }
    return false;
}

static bool text_ok(const struct field *row, struct str value, int64_t chars_max, struct fault *f)
{
    if (has_control(value, row->type == LONG_TEXT))
        return refuse_type(f, row);
    int64_t chars = (int64_t)str_chars(value);
    if (chars > chars_max)
        return refuse_bound(f, row, BAD_LONG, chars_max);
    /* An optional text may be emptied; one that is given at all has its shortest length. */
    return chars >= row->min || value.n == 0 || refuse_bound(f, row, BAD_SHORT, row->min);
}

static bool choice_of(const struct field *row, struct str value, struct str *ret_name)
{
    for (const struct choice *c = row->choices; c && c->name; c++) {
        if (str_is(value, c->name) || str_is(value, c->label.zh) || str_is(value, c->label.en)) {
            *ret_name = str_of(c->name);
            return true;
        }
    }
    return false;
}

static bool bool_of(struct str value, bool *ret_value)
{
    static const struct { const char *text; bool value; } words[] = {
        { "true", true }, { "1", true }, { "是", true }, { "yes", true },
        { "false", false }, { "0", false }, { "否", false }, { "no", false },
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        if (str_is(value, words[i].text)) {
            *ret_value = words[i].value;
            return true;
        }
    }
    return false;
}

/* Cuts the digits at the front off *rest. */
static bool take_number(struct str *rest, size_t digits_max, int64_t *ret_value)
{
    size_t n = 0;
    while (n < rest->n && n < digits_max && rest->p[n] >= '0' && rest->p[n] <= '9')
        n++;
    struct str digits = str_head(*rest, n);
    *rest = str_from(*rest, n);
    return str_to_i64(digits, ret_value);
}

static bool take(struct str *rest, struct str what)
{
    if (!str_starts(*rest, what))
        return false;
    *rest = str_from(*rest, what.n);
    return true;
}

static bool day_of_number(int64_t number, int *ret_day)
{
    int64_t y = number / 10000, m = number / 100 % 100, d = number % 100;
    if (y < 1900 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 31)
        return false;
    ms at = civil_ms((struct civil){ .year = (int)y, .month = (int)m, .day = (int)d });
    if (day_number(at) != number)                    /* the 31st of a short month became another day */
        return false;
    *ret_day = (int)number;
    return true;
}

/* 2026-03-05, 2026-3-5, 2026/3/5, 20260305, 2026年3月5日; what follows stays in *rest. */
static bool take_day(struct str *rest, int *ret_day)
{
    int64_t y, m, d, number;
    struct str whole = *rest;
    if (take_number(&whole, 8, &number) && number > 9999) {
        *rest = whole;
        return day_of_number(number, ret_day);
    }
    struct str s = *rest;
    if (!take_number(&s, 4, &y))
        return false;
    struct str sep = str_starts(s, S("年")) ? S("年") : str_head(s, 1);
    bool spoken = str_is(sep, "年");
    if ((!spoken && !str_is(sep, "-") && !str_is(sep, "/")) || !take(&s, sep) || !take_number(&s, 2, &m) ||
        !take(&s, spoken ? S("月") : sep) || !take_number(&s, 2, &d) || (spoken && !take(&s, S("日"))))
        return false;
    *rest = s;
    return m <= 12 && d <= 31 && day_of_number(y * 10000 + m * 100 + d, ret_day);
}

static bool day_of_text(struct str value, int *ret_day)
{
    return take_day(&value, ret_day) && value.n == 0;
}

static bool time_of_text(struct str value, ms *ret_at)
{
    if (ms_from_rfc3339(value, ret_at))
        return true;
    int day;
    int64_t hour = 0, minute = 0, second = 0;
    if (!take_day(&value, &day) || !take(&value, S(" ")) || !take_number(&value, 2, &hour) || !take(&value, S(":")) ||
        !take_number(&value, 2, &minute) || (take(&value, S(":")) && !take_number(&value, 2, &second)) || value.n ||
        hour > 23 || minute > 59 || second > 59)
        return false;
    *ret_at = day_number_ms(day) + HOURS(hour) + MINUTES(minute) + SECONDS(second);
    return true;
}

static struct str upper(struct arena *a, struct str s)
{
    struct str copy = arena_copy(a, s);
    for (size_t i = 0; i < copy.n; i++)
        if (copy.p[i] >= 'a' && copy.p[i] <= 'z')
            ((char *)copy.p)[i] -= 'a' - 'A';
    return copy;
}

/* --- numbers ------------------------------------------------------------------------------------------------------- */

static bool set_number(const struct field *row, void *at, struct str value, struct fault *f)
{
    int day;
    int64_t number;
    switch (row->type) {
    case BOOL:
        return bool_of(value, at) || refuse_type(f, row);
    case INT:
        if (!str_to_i64(value, &number))
            return refuse_type(f, row);
        if (!in_bounds(row, number, f))
            return false;
        break;
    case ID:
        if (!str_to_i64(value, &number) || number <= 0 || number >= (int64_t)1 << 53)
            return refuse_type(f, row);
        break;
    case DEGREE:
        if (!str_to_degree(value, &number))
            return refuse_type(f, row);
        if (!in_bounds(row, number, f))
            return false;
        break;
    case TIME:
        if (!time_of_text(value, &number))
            return refuse(f, row, BAD_DATE);
        break;
    case DAY:
        if (!day_of_text(value, &day))
            return refuse(f, row, BAD_DAY);
        number = day;
        break;
    default:
        assert(!"a number type");
        return false;
    }
    *(int64_t *)at = number;
    return true;
}

bool field_from_int(const struct field *table, const struct field *row, void *form, int64_t value, struct fault *f)
{
    void *at = field_at(form, row);
    int day;
    switch (row->type) {
    case BOOL:
        if (value != 0 && value != 1)
            return refuse_type(f, row);
        *(bool *)at = value;
        break;
    case INT:
        if (!in_bounds(row, value, f))
            return false;
        *(int64_t *)at = value;
        break;
    case ID:
        if (value <= 0 || value >= (int64_t)1 << 53)
            return refuse_type(f, row);
        *(int64_t *)at = value;
        break;
    case DEGREE:
        if (value < -180 || value > 180)
            return refuse_type(f, row);
        if (!in_bounds(row, value * 10000000, f))
            return false;
        *(int64_t *)at = value * 10000000;
        break;
    case DAY:
        if (!day_of_number(value, &day))
            return refuse(f, row, BAD_DAY);
        *(int64_t *)at = day;
        break;
    case TIME:
        return refuse(f, row, BAD_DATE);
    default:
        return refuse_type(f, row);
    }
    field_mark(table, form, row);
    return true;
}

/* --- texts and lists ----------------------------------------------------------------------------------------------- */

static int64_t entries_of(const struct field *row, const void *form)
{
    const void *at = (const char *)form + row->offset;
    return row->type == IDS ? ((const struct ids *)at)->count
           : row->type == TEXTS ? ((const struct texts *)at)->count
           : ((const struct list *)at)->count;
}

static int64_t entries_max(const struct field *row)
{
    return row->max > 0 && row->max < FORM_LIST_MAX ? row->max : FORM_LIST_MAX;
}

static bool set_text(const struct field *row, struct str *at, struct str value, struct arena *a, struct fault *f)
{
    struct str kept;
    switch (row->type) {
    case TEXT:
        if (!text_ok(row, value, row->max ? row->max : TEXT_CHARS_MAX, f))
            return false;
        break;
    case LONG_TEXT:
        if (!text_ok(row, value, row->max ? row->max : LONG_TEXT_CHARS_MAX, f))
            return false;
        break;
    case RULE:
        if (!text_ok(row, value, RULE_CHARS_MAX, f))
            return false;
        break;
    case CHOICE:
        return choice_of(row, value, at) || refuse(f, row, BAD_CHOICE);
    case PHONE:
        return phone_normal(a, value, at) || refuse(f, row, BAD_PHONE);
    case IDCARD:
    case USCC:
        kept = upper(a, value);
        if (row->type == IDCARD ? !idcard_ok(kept) : !uscc_ok(kept))
            return refuse(f, row, row->type == IDCARD ? BAD_IDCARD : BAD_USCC);
        *at = kept;
        return true;
    case SECRET:
        if (value.n > SECRET_BYTES_MAX)
            return refuse_bound(f, row, BAD_LONG, SECRET_BYTES_MAX);
        break;
    default:
        return refuse_type(f, row);
    }
    *at = arena_copy(a, value);
    return true;
}

/* Room for one more of `size` bytes: the array doubles at each power of two. */
static void *grown(void *items, int64_t count, size_t size, struct arena *a)
{
    if (count != 0 && (count & (count - 1)) != 0)
        return items;
    void *more = arena_alloc(a, (size_t)(count ? count * 2 : 1) * size);
    if (count)
        memcpy(more, items, (size_t)count * size);
    return more;
}

static bool add_id(const struct field *row, struct ids *ids, struct str value, struct arena *a, struct fault *f)
{
    int64_t id;
    if (!str_to_i64(value, &id) || id <= 0 || id >= (int64_t)1 << 53)
        return refuse_type(f, row);
    ids->items = grown(ids->items, ids->count, sizeof *ids->items, a);
    ids->items[ids->count++] = id;
    return true;
}

static bool add_text(const struct field *row, struct texts *texts, struct str value, struct arena *a, struct fault *f)
{
    if (has_control(value, false))
        return refuse_type(f, row);
    if (str_chars(value) > TEXT_CHARS_MAX)
        return refuse_bound(f, row, BAD_LONG, TEXT_CHARS_MAX);
    texts->items = grown(texts->items, texts->count, sizeof *texts->items, a);
    texts->items[texts->count++] = arena_copy(a, value);
    return true;
}

bool field_add_text(const struct field *table, const struct field *row, void *form, struct str value, struct arena *a,
                    struct fault *f)
{
    assert(row->type == IDS || row->type == TEXTS);
    if (!str_utf8_ok(value))
        return refuse(f, row, BAD_UTF8);
    value = str_trim(value);
    field_mark(table, form, row);
    if (value.n == 0)
        return true;
    if (entries_of(row, form) >= entries_max(row))
        return refuse_bound(f, row, BAD_MANY, entries_max(row));
    void *at = field_at(form, row);
    return row->type == IDS ? add_id(row, at, value, a, f) : add_text(row, at, value, a, f);
}

void *field_add_entry(const struct field *table, const struct field *row, void *form, struct arena *a, struct fault *f)
{
    assert(row->type == LIST && row->sub && row->sub_size >= sizeof(struct has));
    struct list *list = field_at(form, row);
    if (list->count >= entries_max(row)) {
        refuse_bound(f, row, BAD_MANY, entries_max(row));
        return NULL;
    }
    field_mark(table, form, row);
    list->items = grown(list->items, list->count, row->sub_size, a);
    return (char *)list->items + (size_t)list->count++ * row->sub_size;
}

static size_t comma_bytes(struct str s)
{
    if (s.p[0] == ',' || s.p[0] == ';')
        return 1;
    return str_starts(s, S("，")) || str_starts(s, S("、")) || str_starts(s, S("；")) ? 3 : 0;
}

static bool add_all(const struct field *table, const struct field *row, void *form, struct str value, struct arena *a,
                    struct fault *f)
{
    size_t start = 0;
    memset(field_at(form, row), 0, row->type == IDS ? sizeof(struct ids) : sizeof(struct texts));
    for (size_t i = 0; i < value.n;) {
        size_t comma = comma_bytes(str_from(value, i));
        if (comma && !field_add_text(table, row, form, str_head(str_from(value, start), i - start), a, f))
            return false;
        start = comma ? i + comma : start;
        i += comma ? comma : 1;
    }
    return field_add_text(table, row, form, str_from(value, start), a, f);
}

bool field_from_text(const struct field *table, const struct field *row, void *form, struct str value, struct arena *a,
                     struct fault *f)
{
    assert(row->type > FIELD_END && row->type <= LIST);
    if (!str_utf8_ok(value))
        return refuse(f, row, BAD_UTF8);
    if (row->type == IDS || row->type == TEXTS)
        return add_all(table, row, form, value, a, f);
    if (row->type != SECRET)
        value = str_trim(value);
    bool may_be_emptied = (row->type == TEXT || row->type == LONG_TEXT) && !row->required;
    if (value.n == 0 && !may_be_emptied)
        return true;                                 /* an empty cell is no answer; field_require says so if need be */
    bool is_number = row->type >= BOOL && row->type <= ID;
    is_number = is_number || row->type == TIME || row->type == DAY || row->type == DEGREE;
    bool ok = is_number ? set_number(row, field_at(form, row), value, f)
                        : set_text(row, field_at(form, row), value, a, f);
    if (ok)
        field_mark(table, form, row);
    return ok;
}

/* --- what must be there -------------------------------------------------------------------------------------------- */

static bool refused_already(const struct fault *f, struct str name)
{
    for (int i = 0; i < f->field_count; i++)
        if (str_eq(f->fields[i].field, name))
            return true;
    return false;
}

static void require_list(const struct field *row, const struct list *list, struct str name, struct arena *a,
                         struct fault *f)
{
    for (int64_t i = 0; i < list->count; i++)
        field_require(row->sub, (const char *)list->items + (size_t)i * row->sub_size,
                      arena_format(a, STR_FMT "[%lld].", STR_ARG(name), (long long)i), a, f);
}

void field_require(const struct field *table, const void *form, struct str prefix, struct arena *a, struct fault *f)
{
    for (const struct field *row = table; row->name; row++) {
        struct str name = prefix.n ? arena_join(a, prefix, str_of(row->name)) : str_of(row->name);
        bool has_entries = row->type == IDS || row->type == TEXTS || row->type == LIST;
        bool there = field_has_row(table, form, row);
        if (has_entries && row->required && entries_of(row, form) == 0)
            there = false;
        if (!there) {
            if (row->required && !refused_already(f, name))
                fault_field(f, (struct bad_field){ .field = name, .bad = BAD_MISSING, .label = row->label });
            continue;
        }
        if (has_entries && entries_of(row, form) < row->min && !refused_already(f, name))
            fault_field(f, (struct bad_field){ .field = name, .bad = BAD_FEW, .label = row->label, .bound = row->min });
        if (row->type == OBJECT)
            field_require(row->sub, (const char *)form + row->offset, arena_join(a, name, S(".")), a, f);
        else if (row->type == LIST)
            require_list(row, (const void *)((const char *)form + row->offset), name, a, f);
    }
}
