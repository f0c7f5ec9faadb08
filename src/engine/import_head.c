/* import_head.c -- see import_head.h. */
#include "engine/import_head.h"

#include <assert.h>

enum { HEAD_BYTES_MAX = 240 };

struct str half_width(struct arena *a, struct str s)
{
    bool plain = true;
    for (size_t i = 0; i < s.n && plain; i++)
        plain = (unsigned char)s.p[i] < 0x80;
    if (plain)
        return s;
    struct buf b = buf_in(a);
    while (s.n) {
        uint32_t c = str_next(&s);
        buf_utf8(&b, c >= 0xff01 && c <= 0xff5e ? c - 0xfee0 : c == 0x3000 ? ' ' : c);
    }
    return buf_str(&b);
}

struct str head_plain(struct arena *a, struct str head)
{
    struct str half = half_width(a, head);
    struct buf b = buf_in(a);
    for (size_t i = 0; i < half.n; i++) {
        char c = half.p[i];
        if (c == '(' || c == '[')                         /* 面积(平方米), 姓名(必填) */
            break;
        if (c > ' ' || (unsigned char)c >= 0x80) {
            if (c != '*' && c != ':')
                buf_char(&b, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
        }
    }
    return buf_str(&b);
}

/* PRACTICE 19 and the words that mean the same. */
bool head_is_special(struct str plain)
{
    static const char *const words[] = {
        "刑释",
        "刑满",
        "安置帮教",
        "社区矫正",
        "矫正对象",
        "前科",
        "精神障碍",
        "精神病",
        "吸毒",
        "戒毒",
        "涉毒",
        "艾滋",
        "hiv",
        "宗教",
        "信教",
        "信仰",
        "邪教",
        "民族",
        "政治面貌",
        "党派",
        "religio",
        "ethnic",
        "nationality",
        "politicalstatus",
        "politicalaffil",
        "criminal",
        "mentaldis",
        "mentalill",
        "drugabuse",
        "drugaddict",
    };
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_has(plain, str_of(words[i])))
            return true;
    return false;
}

/* Every name a column may have, made plain once. */
struct head_name {
    struct str plain;
    const struct field *field;
};
struct head_names {
    struct head_name *items;
    int count;
};

static void add_name(struct arena *a, struct head_names *names, const char *name, const struct field *field)
{
    struct str plain = head_plain(a, str_of(name));
    if (plain.n && field)
        names->items[names->count++] = (struct head_name){ plain, field };
}

static struct head_names names_of(struct arena *a, const struct importer *importer)
{
    int room = field_count(importer->fields) * 3;
    for (const struct import_alias *as = importer->aliases; as && as->head; as++)
        room++;
    struct head_names names = { arena_array(a, struct head_name, (size_t)room), 0 };
    for (const struct field *f = importer->fields; f->name; f++) {
        if (!xlsx_has_column(f))
            continue;
        add_name(a, &names, f->name, f);
        add_name(a, &names, f->label.zh, f);
        add_name(a, &names, f->label.en, f);
    }
    for (const struct import_alias *as = importer->aliases; as && as->head; as++)
        add_name(a, &names, as->head, field_find(importer->fields, str_of(as->field)));
    return names;
}

static const struct field *field_of_head(struct arena *a, const struct head_names *names, struct str head)
{
    if (head.n == 0 || head.n > HEAD_BYTES_MAX)
        return NULL;
    struct str plain = head_plain(a, head);
    for (int i = 0; i < names->count; i++)
        if (str_eq(plain, names->items[i].plain))
            return names->items[i].field;
    return NULL;
}

static int known_heads(struct import *im, const struct head_names *names, int row)
{
    int known = 0;
    for (int col = 0; col < im->table->cols; col++)
        known += field_of_head(im->arena, names, table_at(im->table, row, col)) != NULL;
    return known;
}

static void add_text(struct arena *a, struct texts *list, struct str text)
{
    if (!list->items)
        list->items = arena_array(a, struct str, TABLE_COLS_MAX);
    assert(list->count < TABLE_COLS_MAX);
    list->items[list->count++] = text;
}

static bool is_error_head(struct str head)
{
    return str_is(str_trim(head), xlsx_errors_label().zh) || str_is(str_trim(head), xlsx_errors_label().en);
}

static bool take_columns(struct import *im, const struct head_names *names, struct fault *f)
{
    for (int col = 0; col < im->table->cols; col++) {
        struct str head = table_at(im->table, im->head_row, col);
        const struct field *field = field_of_head(im->arena, names, head);
        if (head.n && head_is_special(head_plain(im->arena, head))) {
            im->left_out[col] = true;
            add_text(im->arena, &im->dropped, head);
            continue;
        }
        im->left_out[col] = is_error_head(head);
        for (int before = 0; field && before < col; before++) {
            if (im->columns[before] == field) {
                fault_field(f, (struct bad_field){
                                   .field = str_of(field->name), .bad = BAD_TWICE, .label = field->label });
                return false;
            }
        }
        im->columns[col] = field;
        if (!field && head.n && !im->left_out[col])
            add_text(im->arena, &im->unknown, head);
    }
    return true;
}

static bool has_column(const struct import *im, const struct field *field)
{
    for (int col = 0; col < im->table->cols; col++)
        if (im->columns[col] == field)
            return true;
    return false;
}

bool import_head(struct import *im, struct fault *f)
{
    struct head_names names = names_of(im->arena, im->importer);
    int best = 0;
    for (int row = 0; row < im->table->rows && row < IMPORT_HEAD_ROWS; row++) {
        int known = known_heads(im, &names, row);
        /* of the names row and the labels row the later one counts */
        if (known >= best && known > 0) {
            best = known;
            im->head_row = row;
        }
    }
    if (best == 0) {
        fault_set(f, ERR_INVALID, "没有认出任何一列，请使用模板的表头",
                  "No column was recognised; use the head of the template");
        return false;
    }
    im->first_row = im->head_row + 1;
    if (!take_columns(im, &names, f))
        return false;
    for (const struct field *field = im->importer->fields; field->name; field++)
        if (field->required && !has_column(im, field))
            fault_field(f, (struct bad_field){
                               .field = str_of(field->name), .bad = BAD_MISSING, .label = field->label });
    return f->code == ERR_OK;
}
