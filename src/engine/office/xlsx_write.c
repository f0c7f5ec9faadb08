/* xlsx_write.c -- see xlsx_write.h. libxlsxwriter writes only to files by name: a memfd has one. In
 * constant-memory mode rows must be written in order, and the format of a row before its cells. */
#include "engine/office/xlsx_write.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum {
    NAMES_ROW, LABELS_ROW, FIRST_ROW,
    CELL_CHARS_MAX = 32767,               /* Excel's own limits */
    SHEET_NAME_CHARS_MAX = 31,
    RULE_CHARS_MAX = 255,
    NOTES_MAX = 10000,                    /* comments are heavy; beyond this the error column alone tells */
    LAST_ROW = TABLE_ROWS_MAX - 1,
};

struct xlsx {
    struct arena *arena;
    struct arena scratch;                 /* of the row being written: the library copies every text */
    const struct xlsx_plan *plan;
    int fd;
    lxw_workbook *book;
    lxw_worksheet *data;
    lxw_format *head, *must_head, *text, *day, *time, *number, *wrong, *title, *body;
    uint32_t row;
};

bool xlsx_has_column(const struct field *row)
{
    return row->type != SECRET && row->type != OBJECT && row->type != LIST;
}

struct label xlsx_errors_label(void)
{
    return (struct label)L("错误说明（重新导入时忽略）", "Errors (ignored when imported again)");
}

/* --- the file ------------------------------------------------------------------------------------------- */

static bool file_open(struct xlsx *x, struct arena *a)
{
    x->arena = a;
    arena_init(&x->scratch, 0);
    x->fd = memfd_create("xlsx", MFD_CLOEXEC);
    if (x->fd < 0)
        return false;
    lxw_workbook_options options = { .constant_memory = LXW_TRUE };
    x->book = workbook_new_opt(arena_format(a, "/proc/self/fd/%d", x->fd).p, &options);
    return x->book != NULL;
}

static struct str file_close(struct xlsx *x)
{
    struct str bytes = S("");
    struct stat stat;
    if (x->book && workbook_close(x->book) == LXW_NO_ERROR && fstat(x->fd, &stat) == 0 && stat.st_size > 0) {
        char *p = arena_alloc(x->arena, (size_t)stat.st_size + 1);
        if (pread(x->fd, p, (size_t)stat.st_size, 0) == stat.st_size)
            bytes = (struct str){ p, (size_t)stat.st_size };
        x->arena->over |= x->arena->cap_bytes && x->arena->used_bytes > x->arena->cap_bytes;
    }
    arena_free(&x->scratch);
    if (x->fd >= 0)
        close(x->fd);
    return x->arena->over ? S("") : bytes;
}

static lxw_format *format_of(struct xlsx *x, const char *number, bool bold, lxw_color_t fill, bool wrap)
{
    lxw_format *f = workbook_add_format(x->book);
    format_set_align(f, LXW_ALIGN_VERTICAL_TOP);
    if (number)
        format_set_num_format(f, number);
    if (bold)
        format_set_bold(f);
    if (fill != LXW_COLOR_UNSET) {
        format_set_bg_color(f, fill);
        format_set_border(f, LXW_BORDER_THIN);
    }
    if (wrap)
        format_set_text_wrap(f);
    return f;
}

static void formats_make(struct xlsx *x)
{
    x->head = format_of(x, "@", true, 0xDDE8F3, true);
    x->must_head = format_of(x, "@", true, 0xFCE4D6, true);
    x->text = format_of(x, "@", false, LXW_COLOR_UNSET, false);
    x->day = format_of(x, "yyyy-mm-dd", false, LXW_COLOR_UNSET, false);
    x->time = format_of(x, "yyyy-mm-dd hh:mm", false, LXW_COLOR_UNSET, false);
    x->number = format_of(x, "0", false, LXW_COLOR_UNSET, false);
    x->wrong = format_of(x, "@", false, 0xFFC7CE, false);
    x->title = format_of(x, NULL, true, LXW_COLOR_UNSET, false);
    format_set_font_size(x->title, 16);
    x->body = format_of(x, "@", false, LXW_COLOR_UNSET, true);
}

/* Without the characters Excel forbids, at most 31 long. */
static struct str sheet_name(struct arena *a, struct str title, bool demo)
{
    struct buf b = buf_in(a);
    for (size_t i = 0; i < title.n; i++)
        buf_char(&b, strchr("[]:*?/\\'", title.p[i]) ? ' ' : title.p[i]);
    struct str name = str_head_chars(buf_str(&b), demo ? SHEET_NAME_CHARS_MAX - 6 : SHEET_NAME_CHARS_MAX);
    return demo ? arena_join(a, name, S("（演示数据）")) : arena_copy(a, name);
}

static void write_text(struct xlsx *x, lxw_worksheet *sheet, uint32_t row, int col, struct str text,
                       lxw_format *format)
{
    text = str_head_chars(text, CELL_CHARS_MAX);
    if (text.n)
        worksheet_write_string(sheet, row, (lxw_col_t)col, arena_z(&x->scratch, text), format);
    else if (format)
        worksheet_write_blank(sheet, row, (lxw_col_t)col, format);
}

/* --- columns -------------------------------------------------------------------------------------------- */

static const struct choice yes_no[] = { { "true", L("是", "yes") }, { "false", L("否", "no") }, { 0 } };

static const struct choice *choices_of(const struct field *row)
{
    return row->type == BOOL ? yes_no : row->type == CHOICE ? row->choices : NULL;
}

static const struct xlsx_options *options_of(const struct xlsx_plan *plan, const struct field *row)
{
    for (const struct xlsx_options *o = plan->options; o && o->field; o++)
        if (!strcmp(o->field, row->name))
            return o;
    return NULL;
}

static int option_count(const struct xlsx_plan *plan, const struct field *row)
{
    int count = 0;
    for (const struct choice *c = choices_of(row); c && c->name; c++)
        count++;
    const struct xlsx_options *o = count ? NULL : options_of(plan, row);
    return o ? o->count : count;
}

static struct str option_text(const struct xlsx_plan *plan, const struct field *row, int i)
{
    const struct choice *choices = choices_of(row);
    return choices ? label_in(choices[i].label, plan->lang) : options_of(plan, row)->items[i];
}

static lxw_format *column_format(const struct xlsx *x, const struct field *row)
{
    return row->type == DAY ? x->day : row->type == TIME ? x->time : row->type == INT ? x->number : x->text;
}

static double column_width(const struct field *row, struct str label)
{
    double width = row->type == LONG_TEXT                                          ? 48
                   : row->type == TEXT || row->type == IDCARD || row->type == USCC ? 22
                   : row->type == TIME                                             ? 18
                                                                                   : 13;
    /* three bytes a Chinese character, two columns wide */
    double head = (double)label.n * 0.75 + 3;
    return head > width ? head : width;
}

static struct str head_note(struct arena *a, const struct field *row, enum lang lang)
{
    struct str help = label_in(row->help, lang);
    return arena_format(a, "%s\n%s%s" STR_FMT, row->name,
                        row->required ? lang == ZH ? "必填" : "required"
                        : lang == ZH  ? "选填"
                                      : "optional",
                        help.n ? "\n" : "", STR_ARG(help));
}

static void write_head(struct xlsx *x)
{
    lxw_row_col_options hidden = { .hidden = LXW_TRUE };
    enum lang lang = x->plan->lang;
    int col = 0;
    for (const struct field *row = x->plan->fields; row->name; row++) {
        if (!xlsx_has_column(row))
            continue;
        worksheet_set_column(x->data, (lxw_col_t)col, (lxw_col_t)col,
                             column_width(row, label_in(row->label, lang)), column_format(x, row));
        col++;
    }
    worksheet_set_row_opt(x->data, NAMES_ROW, LXW_DEF_ROW_HEIGHT, NULL, &hidden);
    col = 0;
    for (const struct field *row = x->plan->fields; row->name; row++)
        if (xlsx_has_column(row))
            write_text(x, x->data, NAMES_ROW, col++, str_of(row->name), x->text);
    worksheet_set_row(x->data, LABELS_ROW, 30, NULL);
    col = 0;
    for (const struct field *row = x->plan->fields; row->name; row++) {
        if (!xlsx_has_column(row))
            continue;
        struct str label = label_in(row->label, lang);
        label = label.n ? label : str_of(row->name);
        write_text(x, x->data, LABELS_ROW, col, row->required ? arena_join(&x->scratch, label, S(" *")) : label,
                   row->required ? x->must_head : x->head);
        worksheet_write_comment(x->data, LABELS_ROW, (lxw_col_t)col, head_note(&x->scratch, row, lang).p);
        col++;
    }
    worksheet_freeze_panes(x->data, FIRST_ROW, 0);
    worksheet_repeat_rows(x->data, LABELS_ROW, LABELS_ROW);
    worksheet_set_landscape(x->data);
    worksheet_set_paper(x->data, 9);                      /* A4 */
    worksheet_set_footer(x->data, x->plan->demo ? "&L演示数据&C&P / &N" : "&C&P / &N");
    x->row = FIRST_ROW;
}

/* A list may stand inside the rule up to 255 characters, without commas of its own. */
static bool fits_in_rule(const struct xlsx_plan *plan, const struct field *row)
{
    size_t chars = 0;
    int count = option_count(plan, row);
    for (int i = 0; i < count; i++) {
        struct str text = option_text(plan, row, i);
        chars += str_chars(text) + 1;
        if (chars > RULE_CHARS_MAX || str_has(text, S(",")) || str_has(text, S("\"")))
            return false;
    }
    return true;
}

static void add_rule(struct xlsx *x, int col, lxw_data_validation *rule)
{
    rule->error_type = LXW_VALIDATION_ERROR_TYPE_WARNING;     /* the importer judges; Excel only advises */
    worksheet_data_validation_range(x->data, FIRST_ROW, (lxw_col_t)col, LAST_ROW, (lxw_col_t)col, rule);
}

static void add_short_list(struct xlsx *x, const struct field *row, int col)
{
    int count = option_count(x->plan, row);
    char **list = arena_array(x->arena, char *, (size_t)count + 1);
    for (int i = 0; i < count; i++)
        list[i] = (char *)(uintptr_t)arena_z(x->arena, option_text(x->plan, row, i));
    add_rule(x, col, &(lxw_data_validation){ .validate = LXW_VALIDATION_TYPE_LIST, .value_list = list });
}

/* libxlsxwriter 1.1.4 loses the formula's own copy, some 20 bytes for each long list. */
static void add_long_list(struct xlsx *x, lxw_worksheet *sheet, int list, const struct field *row, int col)
{
    char first[LXW_MAX_CELL_NAME_LENGTH], last[LXW_MAX_CELL_NAME_LENGTH];
    int count = option_count(x->plan, row);
    lxw_rowcol_to_cell_abs(first, 0, (lxw_col_t)list, 1, 1);
    lxw_rowcol_to_cell_abs(last, (lxw_row_t)count - 1, (lxw_col_t)list, 1, 1);
    char *range = (char *)(uintptr_t)arena_format(x->arena, "=%s!%s:%s", sheet->name, first, last).p;
    add_rule(x, col,
             &(lxw_data_validation){ .validate = LXW_VALIDATION_TYPE_LIST_FORMULA, .value_formula = range });
}

static bool has_long_list(const struct xlsx_plan *plan, const struct field *row)
{
    return xlsx_has_column(row) && option_count(plan, row) > 0 && !fits_in_rule(plan, row);
}

/* Row by row, as constant memory asks. */
static void fill_lists(struct xlsx *x, lxw_worksheet *sheet, int most)
{
    for (int i = 0; i < most; i++) {
        int list = 0;
        for (const struct field *row = x->plan->fields; row->name; row++) {
            if (!has_long_list(x->plan, row))
                continue;
            if (i < option_count(x->plan, row))
                write_text(x, sheet, (uint32_t)i, list, option_text(x->plan, row, i), NULL);
            list++;
        }
    }
}

static void write_options(struct xlsx *x)
{
    int most = 0, col = 0, list = 0;
    for (const struct field *row = x->plan->fields; row->name; row++)
        if (has_long_list(x->plan, row) && option_count(x->plan, row) > most)
            most = option_count(x->plan, row);
    lxw_worksheet *sheet = most ? workbook_add_worksheet(x->book, "options") : NULL;
    if (sheet) {
        worksheet_hide(sheet);
        fill_lists(x, sheet, most);
    }
    for (const struct field *row = x->plan->fields; row->name; row++) {
        if (sheet && has_long_list(x->plan, row))
            add_long_list(x, sheet, list++, row, col);
        else if (xlsx_has_column(row) && option_count(x->plan, row))
            add_short_list(x, row, col);
        col += xlsx_has_column(row);
    }
}

/* --- 填写说明 ----------------------------------------------------------------------------------------------- */

static struct str type_words(struct arena *a, const struct xlsx_plan *plan, const struct field *row)
{
    static const struct label words[] = {
        [BOOL] = L("是或否", "yes or no"),
        [INT] = L("整数", "whole number"),
        [ID] = L("编号", "id"),
        [TEXT] = L("一行文字", "one line of text"),
        [LONG_TEXT] = L("文字，可换行", "text, several lines"),
        [CHOICE] = L("选择一项", "one of the list"),
        [RULE] = L("选择一项", "one of the list"),
        [TIME] = L("日期时间，例如 2026-03-15 08:30", "date and time such as 2026-03-15 08:30"),
        [DAY] = L("日期，例如 2026-03-15", "date such as 2026-03-15"),
        [DEGREE] = L("经纬度，例如 34.7466", "degrees such as 34.7466"),
        [PHONE] = L("电话号码", "telephone number"),
        [IDCARD] = L("18 位身份证号（文本格式）", "18-character identity number, as text"),
        [USCC] = L("18 位统一社会信用代码", "18-character social credit code"),
        [SECRET] = L("", ""),
        [IDS] = L("编号，用逗号分开", "ids, with commas between"),
        [TEXTS] = L("多项，用顿号或逗号分开", "several, with commas between"),
        [OBJECT] = L("", ""),
        [LIST] = L("", ""),
        [FIELD_END] = L("", ""),
    };
    assert((size_t)row->type < COUNT(words));
    struct buf b = buf_in(a);
    buf_put(&b, label_in(words[row->type], plan->lang));
    int count = option_count(plan, row);
    for (int i = 0; i < count && i < 30; i++) {
        buf_put(&b, i ? S(" / ") : S(": "));
        buf_put(&b, option_text(plan, row, i));
    }
    if (count > 30)
        buf_put(&b, S(" ..."));
    if (row->max && (row->type == TEXT || row->type == LONG_TEXT))
        buf_format(&b, plan->lang == ZH ? "，最多 %lld 个字" : ", at most %lld characters", (long long)row->max);
    else if (row->max && row->type == INT)
        buf_format(&b, ", %lld - %lld", (long long)row->min, (long long)row->max);
    return buf_str(&b);
}

static void write_explanation(struct xlsx *x)
{
    static const struct label heads[] = { L("列", "Column"), L("是否必填", "Required"), L("怎样填", "What to enter"), L("说明", "Note"), L("系统名称", "Machine name") };
    static const struct label lines[] = {
        L("从第三行起每行填一条。表头不要改动；列的顺序可以变，不需要的列可以删除。",
          "One record a row, from the third row on. Leave the head as it is; columns may be moved or "
          "deleted."),
        L("留空表示不修改。同一份表再次导入不会产生重复。",
          "An empty cell changes nothing. Importing the same table again changes nothing."),
        L("请勿填写刑释、精神障碍、吸毒、艾滋、宗教、民族、政治面貌等信息，导入时会丢弃这些列。",
          "Do not enter criminal, mental-health, drug, HIV, religious, ethnic or political information; such "
          "columns are dropped."),
    };
    enum lang lang = x->plan->lang;
    lxw_worksheet *sheet = workbook_add_worksheet(x->book, lang == ZH ? "填写说明" : "How to fill in");
    static const double widths[COUNT(heads)] = { 22, 10, 48, 48, 22 };
    for (size_t i = 0; i < COUNT(heads); i++)
        worksheet_set_column(sheet, (lxw_col_t)i, (lxw_col_t)i, widths[i], x->body);
    uint32_t row = 0;
    write_text(x, sheet, row++, 0, label_in(x->plan->title, lang), x->title);
    if (x->plan->demo)
        write_text(x, sheet, row++, 0, lang == ZH ? S("演示数据") : S("Demo data (演示数据)"), x->title);
    for (size_t i = 0; i < COUNT(lines); i++)
        write_text(x, sheet, row++, 0, label_in(lines[i], lang), NULL);
    row++;
    for (size_t i = 0; i < COUNT(heads); i++)
        write_text(x, sheet, row, (int)i, label_in(heads[i], lang), x->head);
    for (const struct field *f = x->plan->fields; f->name; f++) {
        if (!xlsx_has_column(f))
            continue;
        row++;
        write_text(x, sheet, row, 0, label_in(f->label, lang), x->body);
        write_text(x, sheet, row, 1, !f->required ? S("") : lang == ZH ? S("必填") : S("required"), x->body);
        write_text(x, sheet, row, 2, type_words(&x->scratch, x->plan, f), x->body);
        write_text(x, sheet, row, 3, label_in(f->help, lang), x->body);
        write_text(x, sheet, row, 4, str_of(f->name), x->body);
    }
}

/* --- template and export -------------------------------------------------------------------------------- */

struct xlsx *xlsx_begin(struct arena *a, const struct xlsx_plan *plan)
{
    struct xlsx *x = arena_new(a, struct xlsx);
    x->plan = plan;
    if (!file_open(x, a))
        return x;
    formats_make(x);
    x->data = workbook_add_worksheet(x->book, sheet_name(a, label_in(plan->title, plan->lang), plan->demo).p);
    if (x->data)
        write_head(x);
    return x;
}

static struct str cell_text(struct xlsx *x, const struct field *f, const void *form)
{
    if (f->type == CHOICE) {                             /* field_to_text speaks Chinese only */
        struct str name = *(const struct str *)((const char *)form + f->offset);
        for (const struct choice *c = f->choices; c && c->name; c++)
            if (str_is(name, c->name))
                return label_in(c->label, x->plan->lang);
        return name;
    }
    if (f->type == BOOL && x->plan->lang == EN)
        return *(const bool *)((const char *)form + f->offset) ? S("yes") : S("no");
    return field_to_text(&x->scratch, f, form, x->plan->masked);
}

void xlsx_row(struct xlsx *x, const void *form)
{
    if (!x->data || x->row > LAST_ROW + FIRST_ROW)
        return;
    int col = 0;
    uint64_t bit = 1;
    for (const struct field *f = x->plan->fields; f->name; f++, bit <<= 1) {
        if (!xlsx_has_column(f))
            continue;
        bool there = ((const struct has *)form)->bits & bit;
        bool number = f->type == INT && !(x->plan->masked && f->mask != MASK_NONE);
        if (there && number)
            worksheet_write_number(x->data, x->row, (lxw_col_t)col,
                                   (double)*(const int64_t *)((const char *)form + f->offset), x->number);
        else if (there)
            write_text(x, x->data, x->row, col, cell_text(x, f, form), x->text);
        col++;
    }
    x->row++;
    arena_reset(&x->scratch);
}

struct str xlsx_done(struct xlsx *x)
{
    if (x->data) {
        write_explanation(x);
        write_options(x);
    }
    return file_close(x);
}

struct str xlsx_template(struct arena *a, const struct xlsx_plan *plan)
{
    return xlsx_done(xlsx_begin(a, plan));
}

/* --- marked --------------------------------------------------------------------------------------------- */

static bool is_left_out(const struct xlsx_marked *m, int col)
{
    return m->left_out && m->left_out[col];
}

/* The row's messages from *at on, joined; *at moves to the next row's first. */
static struct str row_messages(struct arena *a, const struct xlsx_marked *m, int row, int *at)
{
    struct buf b = buf_in(a);
    for (; *at < m->mark_count && m->marks[*at].row <= row; ++*at) {
        if (m->marks[*at].row < row)
            continue;
        if (b.n)
            buf_put(&b, m->lang == ZH ? S("；") : S("; "));
        buf_put(&b, m->marks[*at].text);
    }
    return buf_str(&b);
}

static void write_marked_row(struct xlsx *x, const struct xlsx_marked *m, int row, int *at, int *notes)
{
    int first = *at, to = 0;
    struct str messages = row_messages(&x->scratch, m, row, at);
    for (int col = 0; col < m->table->cols; col++) {
        if (is_left_out(m, col))
            continue;
        const struct xlsx_mark *mark = NULL;
        for (int i = first; i < *at && !mark; i++)
            if (m->marks[i].row == row && m->marks[i].col == col)
                mark = &m->marks[i];
        write_text(x, x->data, (uint32_t)row, to, table_at(m->table, row, col),
                   mark                   ? x->wrong
                   : row == m->header_row ? x->head
                                          : NULL);
        if (mark && ++*notes <= NOTES_MAX)
            worksheet_write_comment(x->data, (uint32_t)row, (lxw_col_t)to, arena_z(&x->scratch, mark->text));
        to++;
    }
    if (row == m->header_row)
        write_text(x, x->data, (uint32_t)row, to, label_in(xlsx_errors_label(), m->lang), x->must_head);
    else if (messages.n)
        write_text(x, x->data, (uint32_t)row, to, messages, x->wrong);
}

struct str xlsx_marked(struct arena *a, const struct xlsx_marked *m)
{
    struct xlsx *x = arena_new(a, struct xlsx);
    if (!file_open(x, a))
        return file_close(x);
    formats_make(x);
    x->data = workbook_add_worksheet(x->book, sheet_name(a, label_in(m->title, m->lang), false).p);
    int at = 0, notes = 0;
    if (x->data) {
        worksheet_set_column(x->data, 0, TABLE_COLS_MAX, 18, x->text);
        for (int row = 0; row < m->table->rows; row++) {
            write_marked_row(x, m, row, &at, &notes);
            arena_reset(&x->scratch);
        }
        worksheet_freeze_panes(x->data, (lxw_row_t)m->header_row + 1, 0);
    }
    return file_close(x);
}
