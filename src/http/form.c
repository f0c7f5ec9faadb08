/* form.c -- bodies and queries into structs, by field tables. jansson reads JSON because it is the strict one of the
 * three measured (PERFORMANCE.md C): bad UTF-8, lone surrogates, \u0000 and text after the end are refused by it; nesting
 * is counted here before it is built. Absent is not zero: null and a missing member both leave the row's bit unset. */
#include "http/http.h"
#include "engine/rule.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

struct reading {
    struct arena *arena;
    struct fault *fault;
};

struct str form_field_name(struct str prefix, const char *name, struct arena *arena)
{
    return prefix.n ? arena_join(arena, prefix, str_of(name)) : str_of(name);
}

static void wrong(struct reading *rd, struct str prefix, const struct field *row, enum bad bad)
{
    fault_field(rd->fault, (struct bad_field){ .field = form_field_name(prefix, row->name, rd->arena), .bad = bad,
        .label = row->label, .arg = bad == BAD_TYPE ? str_of(field_type_name(row->type)) : (struct str){ 0 } });
}

/* The setters of base name the row only; a nested one is known by its whole path. */
static void prefix_since(struct reading *rd, int first, struct str prefix)
{
    for (int i = first; prefix.n && i < rd->fault->field_count; i++)
        rd->fault->fields[i].field = arena_join(rd->arena, prefix, rd->fault->fields[i].field);
}

static void read_object(struct reading *, const json_t *, const struct field *table, void *form, struct str prefix);

static struct str text_of(const json_t *value)
{
    return (struct str){ json_string_value(value), json_string_length(value) };
}

static void read_real(struct reading *rd, const struct field *table, const struct field *row, void *form, double value,
                      struct str prefix)
{
    if (row->type != DEGREE) {
        wrong(rd, prefix, row, BAD_TYPE);
        return;
    }
    char text[64];
    int n = snprintf(text, sizeof text, "%.7f", value);
    struct str digits = n > 0 && (size_t)n < sizeof text ? (struct str){ text, (size_t)n } : S("x");
    int first = rd->fault->field_count;
    field_from_text(table, row, form, digits, rd->arena, rd->fault);
    prefix_since(rd, first, prefix);
}

static void read_entries(struct reading *rd, const struct field *table, const struct field *row, void *form,
                         const json_t *value, struct str prefix)
{
    size_t at;
    const json_t *entry;
    char digits[24];
    field_mark(table, form, row);
    json_array_foreach((json_t *)value, at, entry) {
        int first = rd->fault->field_count;
        struct str text = json_is_string(entry) ? text_of(entry) : (struct str){ 0 };
        if (row->type == IDS && json_is_integer(entry))
            text = (struct str){ digits, (size_t)snprintf(digits, sizeof digits, "%lld",
                                                          (long long)json_integer_value(entry)) };
        bool right = row->type == IDS ? json_is_integer(entry) : json_is_string(entry);
        if (!right)
            wrong(rd, prefix, row, BAD_TYPE);
        else if (!field_add_text(table, row, form, text, rd->arena, rd->fault))
            prefix_since(rd, first, prefix);
        if (rd->fault->field_count > first)
            return;
    }
}

static void read_list(struct reading *rd, const struct field *table, const struct field *row, void *form,
                      const json_t *value, struct str prefix)
{
    size_t at;
    const json_t *entry;
    field_mark(table, form, row);
    json_array_foreach((json_t *)value, at, entry) {
        int first = rd->fault->field_count;
        void *item = json_is_object(entry) ? field_add_entry(table, row, form, rd->arena, rd->fault) : NULL;
        if (!item) {
            if (!json_is_object(entry))
                wrong(rd, prefix, row, BAD_TYPE);
            else
                prefix_since(rd, first, prefix);
            return;
        }
        read_object(rd, entry, row->sub, item, arena_format(rd->arena, STR_FMT "%s[%zu].", STR_ARG(prefix),
            row->name, at));
    }
}

static void read_value(struct reading *rd, const struct field *table, const struct field *row, void *form,
                       const json_t *value, struct str prefix)
{
    int first = rd->fault->field_count;
    bool entries = row->type == IDS || row->type == TEXTS;
    if (json_is_null(value))
        return;
    if (row->type == OBJECT && json_is_object(value)) {
        field_mark(table, form, row);
        read_object(rd, value, row->sub, field_at(form, row), arena_format(rd->arena, STR_FMT "%s.",
            STR_ARG(prefix), row->name));
    } else if (row->type == LIST && json_is_array(value)) {
        read_list(rd, table, row, form, value, prefix);
    } else if (entries && json_is_array(value)) {
        read_entries(rd, table, row, form, value, prefix);
    } else if (row->type == OBJECT || row->type == LIST || entries || json_is_object(value) || json_is_array(value)) {
        wrong(rd, prefix, row, BAD_TYPE);
    } else if (json_is_string(value)) {
        field_from_text(table, row, form, text_of(value), rd->arena, rd->fault);
        prefix_since(rd, first, prefix);
    } else if (json_is_integer(value)) {
        field_from_int(table, row, form, json_integer_value(value), rd->fault);
        prefix_since(rd, first, prefix);
    } else if (json_is_real(value)) {
        read_real(rd, table, row, form, json_real_value(value), prefix);
    } else if (row->type == BOOL) {
        field_from_int(table, row, form, json_is_true(value), rd->fault);
    } else {
        wrong(rd, prefix, row, BAD_TYPE);
    }
}

static void read_object(struct reading *rd, const json_t *object, const struct field *table, void *form,
        struct str prefix)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) {
        const struct field *row = table ? field_find(table, str_of(key)) : NULL;
        if (row)
            read_value(rd, table, row, form, value, prefix);
        else
            fault_field(rd->fault, (struct bad_field){ .bad = BAD_UNKNOWN,
                .field = arena_copy(rd->arena, form_field_name(prefix, key, rd->arena)) });
    }
}

static bool too_nested(struct str text)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > JSON_NEST_MAX)
                return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

/* jansson says: duplicate object key near '"title"' */
static void refuse_json(struct reading *rd, const json_error_t *e)
{
    struct str text = str_of(e->text);
    if (json_error_code(e) == json_error_duplicate_key) {
        struct str name = str_from(text, str_find(text, S("near '\"")) + 7);
        fault_field(rd->fault, (struct bad_field){ .bad = BAD_TWICE,
            .field = arena_copy(rd->arena, str_head(name, str_find(name, S("\"")))) });
        return;
    }
    fault_set(rd->fault, ERR_MALFORMED,
        arena_format(rd->arena, "JSON 第 %d 行第 %d 列有错", e->line, e->column).p,
        arena_format(rd->arena, "JSON is wrong at line %d, column %d", e->line, e->column).p);
}

bool form_json(struct str text, const struct field *table, void *form, struct arena *arena, struct fault *fault)
{
    struct reading rd = { arena, fault };
    json_error_t e;
    if (!str_utf8_ok(text)) {
        fault_set(fault, ERR_MALFORMED, "内容不是 UTF-8 文字", "The content is not UTF-8 text");
        return false;
    }
    if (too_nested(text)) {
        fault_set(fault, ERR_MALFORMED, "JSON 嵌套太深", "The JSON is nested too deeply");
        return false;
    }
    json_t *root = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &e);
    if (!root)
        refuse_json(&rd, &e);
    else if (!json_is_object(root))
        fault_set(fault, ERR_MALFORMED, "内容应为一个 JSON 对象", "The content must be a JSON object");
    else
        read_object(&rd, root, table, form, (struct str){ 0 });
    json_decref(root);
    if (table && fault->code != ERR_MALFORMED)
        field_require(table, form, S(""), arena, fault);
    return fault->code == ERR_OK;
}

/* --- pairs -------------------------------------------------------------------------------------------------------------- */

static int hex_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' &&
            c <= 'F' ? c - 'A' + 10 : -1;
}

bool percent_decode(struct arena *arena, struct str text, bool plus_is_blank, struct str *ret_text)
{
    char *out = arena_alloc(arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '%') {
            int high = i + 2 < text.n ? hex_of(text.p[i + 1]) : -1;
            int low = high >= 0 ? hex_of(text.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        out[n++] = c;
    }
    *ret_text = (struct str){ out, n };
    return true;
}

struct str percent_encode(struct arena *arena, struct str text)
{
    static const char hex[] = "0123456789ABCDEF";
    struct buf b = buf_in(arena);
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c);
        if (plain && c) {
            buf_char(&b, (char)c);
        } else {
            char three[3] = { '%', hex[c >> 4], hex[c & 15] };
            buf_put(&b, (struct str){ three, 3 });
        }
    }
    return buf_str(&b);
}

bool pair_next(struct str *rest, struct arena *arena, struct str *ret_name, struct str *ret_value, bool *ret_ok)
{
    struct str pair;
    do {
        if (!str_cut(rest, '&', &pair))
            return false;
    } while (pair.n == 0);
    size_t eq = str_find(pair, S("="));
    *ret_ok = percent_decode(arena, str_head(pair, eq), true, ret_name) &&
              percent_decode(arena, str_from(pair, eq + 1), true, ret_value) && str_utf8_ok(*ret_name);
    return true;
}

struct str query_value(struct arena *arena, struct str query, const char *name)
{
    struct str key, value;
    bool ok;
    while (pair_next(&query, arena, &key, &value, &ok))
        if (ok && str_is(key, name))
            return value;
    return (struct str){ 0 };
}

/* "reporter.name" reaches into an OBJECT row. */
static const struct field *row_of(const struct field **table, void **form, struct str name)
{
    for (;;) {
        size_t dot = str_find(name, S("."));
        const struct field *row = *table ? field_find(*table, str_head(name, dot)) : NULL;
        if (!row || dot == name.n)
            return row;
        if (row->type != OBJECT)
            return NULL;
        field_mark(*table, *form, row);
        *form = field_at(*form, row);
        *table = row->sub;
        name = str_from(name, dot + 1);
    }
}

static void read_pair(struct reading *rd, const struct field *table, void *form, struct str name, struct str value)
{
    int first = rd->fault->field_count;
    const struct field *row = row_of(&table, &form, name);
    if (!row || row->type == OBJECT || row->type == LIST) {
        fault_field(rd->fault, (struct bad_field){ .field = name, .bad = BAD_UNKNOWN });
        return;
    }
    bool entries = row->type == IDS || row->type == TEXTS;
    if (!entries && field_has_row(table, form, row))
        fault_field(rd->fault, (struct bad_field){ .field = name, .bad = BAD_TWICE, .label = row->label });
    else if (entries && field_has_row(table, form, row))
        field_add_text(table, row, form, value, rd->arena, rd->fault);
    else
        field_from_text(table, row, form, value, rd->arena, rd->fault);
    for (int i = first; i < rd->fault->field_count; i++)
        rd->fault->fields[i].field = name;
}

bool form_pairs(struct str text, const struct field *table, void *form, bool is_query, struct arena *arena,
                struct fault *fault)
{
    struct reading rd = { arena, fault };
    struct str name, value, rest = text;
    bool ok;
    while (pair_next(&rest, arena, &name, &value, &ok)) {
        if (!ok) {
            fault_set(fault, ERR_MALFORMED, "地址或表单中有无法解码的字符",
                "The address or form holds characters that cannot be decoded");
            return false;
        }
        if (!(is_query && str_is(name, "lang")))
            read_pair(&rd, table, form, name, value);
    }
    if (table)
        field_require(table, form, S(""), arena, fault);
    return fault->code == ERR_OK;
}

static void check_rules(struct tx *tx, const struct field *table, void *form, struct str prefix)
{
    for (const struct field *row = table; row && row->name; row++) {
        if (!field_has_row(table, form, row))
            continue;
        const char *name = form_field_name(prefix, row->name, tx->arena).p;
        if (row->type == RULE && row->ref)
            rule_check(tx, row->ref, *(struct str *)field_at(form, row), name, row->label);
        else if (row->type == OBJECT)
            check_rules(tx, row->sub, field_at(form, row), arena_format(tx->arena, "%s.", name));
    }
}

static bool is_urlencoded(struct str content_type, struct str body)
{
    return str_starts(content_type, S("application/x-www-form-urlencoded")) && body.p[0] != '{';
}

void *form_body(struct tx *tx, struct str body, struct str content_type, const struct field *table, size_t size)
{
    void *form = arena_alloc(tx->arena, size > sizeof(struct has) ? size : sizeof(struct has));
    body = str_trim(body);
    if (body.n == 0) {
        if (table)
            field_require(table, form, S(""), tx->arena, &tx->fault);
    } else if (is_urlencoded(content_type, body)) {
        form_pairs(body, table, form, false, tx->arena, &tx->fault);
    } else {
        form_json(body, table, form, tx->arena, &tx->fault);
    }
    if (!tx_failed(tx) || tx->fault.code == ERR_INVALID)     /* all that is wrong is told in one answer */
        check_rules(tx, table, form, (struct str){ 0 });
    return tx_failed(tx) ? NULL : form;
}
