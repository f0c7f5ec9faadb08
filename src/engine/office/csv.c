/* csv.c -- see csv.h. */
#include "engine/office/csv.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

void *csv_gb18030_open(void)
{
    iconv_t gb = iconv_open("UTF-8", "GB18030");
    return gb == (iconv_t)-1 ? NULL : gb;
}

void csv_gb18030_close(void *gb18030)
{
    if (gb18030)
        iconv_close(gb18030);
}

static bool gb18030_to_utf8(struct arena *a, struct str bytes, iconv_t gb, struct str *ret_text)
{
    /* two bytes of GB become three: 1.5 at most */
    size_t room = bytes.n * 2 + 16, left = room, from_left = bytes.n;
    char *out = arena_alloc(a, room), *to = out, *from = (char *)(uintptr_t)bytes.p;
    iconv(gb, NULL, NULL, NULL, NULL);
    if (iconv(gb, &from, &from_left, &to, &left) == (size_t)-1)
        return false;
    struct str text = { out, (size_t)(to - out) };
    if (!str_utf8_ok(text))                               /* a NUL passes iconv */
        return false;
    *ret_text = text;
    return true;
}

static bool text_of(struct arena *a, struct str bytes, void *gb18030, struct str *ret_text)
{
    if (str_starts(bytes, S("\xef\xbb\xbf")))
        bytes = str_from(bytes, 3);
    if (str_utf8_ok(bytes)) {
        *ret_text = bytes;
        return true;
    }
    void *own = gb18030 ? NULL : csv_gb18030_open();
    void *gb = gb18030 ? gb18030 : own;
    bool ok = gb && gb18030_to_utf8(a, bytes, gb, ret_text);
    csv_gb18030_close(own);
    return ok;
}

static char separator_of(struct str text)
{
    static const char kinds[] = { ',', ';', '\t' };
    size_t counts[COUNT(kinds)] = { 0 }, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n && (quoted || (text.p[i] != '\n' && text.p[i] != '\r')); i++) {
        quoted ^= text.p[i] == '"';
        for (size_t k = 0; k < COUNT(kinds) && !quoted; k++)
            counts[k] += text.p[i] == kinds[k];
    }
    for (size_t k = 1; k < COUNT(kinds); k++)
        if (counts[k] > counts[best])
            best = k;
    return kinds[best];
}

/* --- guard ---------------------------------------------------------------------------------------------- */

static bool is_plain_number(struct str s)
{
    size_t digits = 0, points = 0;
    for (size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+'); i < s.n; i++) {
        if (s.p[i] >= '0' && s.p[i] <= '9')
            digits++;
        else if (s.p[i] == '.' && points == 0)
            points++;
        else
            return false;
    }
    return digits > 0;
}

/* Any number of ' and then a character that starts a formula: one more or one less ' keeps the two ways exact. */
static bool is_formula_like(struct str s)
{
    size_t i = 0;
    while (i < s.n && s.p[i] == '\'')
        i++;
    return i < s.n && memchr("=+-@\t\r", s.p[i], 6) && !(i == 0 && is_plain_number(s));
}

static struct str unguard(struct str s)
{
    return s.n > 1 && s.p[0] == '\'' && is_formula_like(str_from(s, 1)) ? str_from(s, 1) : s;
}

/* --- reading -------------------------------------------------------------------------------------------- */

/* The cell at *at, which is just behind its opening quote; *at moves behind the closing one. */
static bool quoted_cell(struct arena *a, struct str text, size_t *at, struct str *ret_cell)
{
    size_t start = *at, i = start, doubled = 0;
    for (;;) {
        const char *quote = i < text.n ? memchr(text.p + i, '"', text.n - i) : NULL;
        if (!quote)
            return false;
        i = (size_t)(quote - text.p);
        if (i + 1 >= text.n || text.p[i + 1] != '"')
            break;
        doubled++;
        i += 2;
    }
    struct str cell = { text.p + start, i - start };
    if (doubled) {
        char *out = arena_alloc(a, cell.n - doubled + 1);
        size_t n = 0;
        for (size_t k = 0; k < cell.n; k++) {
            out[n++] = cell.p[k];
            k += cell.p[k] == '"';
        }
        cell = (struct str){ out, n };
    }
    *at = i + 1;
    *ret_cell = cell;
    return true;
}

static size_t bare_end(struct str text, size_t at, char separator)
{
    while (at < text.n && text.p[at] != separator && text.p[at] != '\n' && text.p[at] != '\r')
        at++;
    return at;
}

/* One cell and what ends it; `*ret_last` when it was the last of its line. */
static enum refusal read_cell(struct arena *a, struct str text, char separator, size_t *at,
                              struct str *ret_cell, bool *ret_last)
{
    struct str cell = S("");
    if (*at < text.n && text.p[*at] == '"') {
        *at += 1;
        if (!quoted_cell(a, text, at, &cell))
            return REFUSE_QUOTES;
        *at = bare_end(text, *at, separator);             /* "a"b: what follows the quote is dropped */
    } else {
        size_t end = bare_end(text, *at, separator);
        cell = (struct str){ text.p + *at, end - *at };
        *at = end;
    }
    *ret_last = *at >= text.n || text.p[*at] != separator;
    if (*at + 1 < text.n && text.p[*at] == '\r' && text.p[*at + 1] == '\n')
        *at += 1;
    *at += 1;
    *ret_cell = unguard(cell);
    return REFUSE_NONE;
}

enum refusal csv_read(struct arena *a, struct str bytes, void *gb18030, struct table *ret_table)
{
    struct str text;
    if (!text_of(a, bytes, gb18030, &text))
        return REFUSE_ENCODING;
    char separator = separator_of(text);
    struct table_builder b = table_build(a);
    int64_t row = 0, col = 0;
    for (size_t at = 0; at < text.n;) {
        struct str cell;
        bool last;
        enum refusal why = read_cell(a, text, separator, &at, &cell, &last);
        if (why == REFUSE_NONE)
            why = table_put(&b, row, col, cell);
        if (why != REFUSE_NONE)
            return why;
        row += last;
        col = last ? 0 : col + 1;
    }
    return table_done(&b, ret_table);
}

/* --- writing -------------------------------------------------------------------------------------------- */

struct csv csv_begin(struct arena *a)
{
    struct csv c = { .out = buf_in(a) };
    buf_put(&c.out, S("\xef\xbb\xbf"));
    return c;
}

void csv_cell(struct csv *c, struct str text)
{
    if (c->in_line)
        buf_char(&c->out, ',');
    c->in_line = true;
    bool guard = is_formula_like(text), quote = guard;
    for (size_t i = 0; i < text.n && !quote; i++)
        quote = memchr(",;\t\"\r\n", text.p[i], 6) != NULL;
    if (!quote) {
        buf_put(&c->out, text);
        return;
    }
    buf_put(&c->out, guard ? S("\"'") : S("\""));
    for (struct str part; str_cut(&text, '"', &part);) {
        buf_put(&c->out, part);
        if (text.p)
            buf_put(&c->out, S("\"\""));
    }
    buf_char(&c->out, '"');
}

void csv_line(struct csv *c)
{
    buf_put(&c->out, S("\r\n"));
    c->in_line = false;
}
