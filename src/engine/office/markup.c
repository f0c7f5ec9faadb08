/* markup.c -- see markup.h. */
#include "engine/office/markup.h"

#include <assert.h>
#include <string.h>

struct markup markup_part(struct arena *a, bool html)
{
    return (struct markup){ .out = buf_in(a), .html = html };
}

struct markup markup_xml(struct arena *a)
{
    struct markup m = markup_part(a, false);
    buf_put(&m.out, S("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"));
    return m;
}

struct markup markup_html(struct arena *a)
{
    struct markup m = markup_part(a, true);
    buf_put(&m.out, S("<!DOCTYPE html>\n"));
    return m;
}

static bool is_void(const struct markup *m, const char *name)
{
    static const char *const names[] = { "br", "hr", "img", "link", "meta", "col", "input" };
    for (size_t i = 0; m->html && i < COUNT(names); i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

static void tag_end(struct markup *m)
{
    if (m->in_tag)
        buf_char(&m->out, '>');
    m->in_tag = false;
}

void markup_open(struct markup *m, const char *name)
{
    assert(m->depth < MARKUP_DEPTH_MAX);
    tag_end(m);
    buf_char(&m->out, '<');
    buf_put(&m->out, str_of(name));
    m->open[m->depth++] = name;
    m->in_tag = true;
}

static void put_escaped(struct markup *m, struct str s)
{
    if (!str_utf8_ok(s))
        return;
    size_t start = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        struct str put = c == '&'    ? S("&amp;")
                         : c == '<'  ? S("&lt;")
                         : c == '>'  ? S("&gt;")
                         : c == '"'  ? S("&quot;")
                         : c == '\'' ? S("&#39;")
                                     : S("");
        if (put.n == 0 && (c >= 0x20 || c == '\t' || c == '\n' || c == '\r'))
            /* U+FFFE and U+FFFF stay: every reader takes them */
            continue;
        buf_put(&m->out, (struct str){ s.p + start, i - start });
        buf_put(&m->out, put);
        start = i + 1;
    }
    buf_put(&m->out, str_from(s, start));
}

void markup_attr(struct markup *m, const char *name, struct str value)
{
    assert(m->in_tag);
    buf_char(&m->out, ' ');
    buf_put(&m->out, str_of(name));
    buf_put(&m->out, S("=\""));
    put_escaped(m, value);
    buf_char(&m->out, '"');
}

void markup_attr_int(struct markup *m, const char *name, int64_t value)
{
    assert(m->in_tag);
    buf_char(&m->out, ' ');
    buf_put(&m->out, str_of(name));
    buf_put(&m->out, S("=\""));
    buf_int(&m->out, value);
    buf_char(&m->out, '"');
}

void markup_text(struct markup *m, struct str s)
{
    tag_end(m);
    put_escaped(m, s);
}

void markup_raw(struct markup *m, struct str s)
{
    tag_end(m);
    buf_put(&m->out, s);
}

void markup_close(struct markup *m)
{
    assert(m->depth > 0);
    const char *name = m->open[--m->depth];
    bool empty = m->in_tag;
    if (empty && !m->html) {
        buf_put(&m->out, S("/>"));
        m->in_tag = false;
        return;
    }
    tag_end(m);
    if (empty && is_void(m, name))
        return;
    buf_put(&m->out, S("</"));
    buf_put(&m->out, str_of(name));
    buf_char(&m->out, '>');
}

void markup_leaf(struct markup *m, const char *name, struct str text)
{
    markup_open(m, name);
    if (text.n)
        markup_text(m, text);
    markup_close(m);
}

struct str markup_done(struct markup *m)
{
    assert(m->depth == 0);
    return m->out.arena->over ? S("") : buf_str(&m->out);
}
