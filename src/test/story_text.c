/* story_text.c -- the words of a story: tokens, values, what an answer must hold. See story.h. */
#include "test/story.h"

#include <stdlib.h>
#include <string.h>

/* --- tokens -------------------------------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* One token: bare characters and quoted parts, in which \n, \" and \\ are read. */
static struct token one_token(struct story *s, struct str *rest)
{
    struct buf b = buf_in(&s->w->arena);
    struct token token = { .quoted_at = SIZE_MAX };
    bool quoted = false;
    size_t i = 0;
    for (; i < rest->n && (quoted || !is_blank(rest->p[i])); i++) {
        char c = rest->p[i];
        if (c == '"') {
            quoted = !quoted;
            if (token.quoted_at == SIZE_MAX)
                token.quoted_at = buf_str(&b).n;
        } else if (quoted && c == '\\' && i + 1 < rest->n) {
            c = rest->p[++i];
            buf_char(&b, c == 'n' ? '\n' : c);
        } else {
            buf_char(&b, c);
        }
    }
    if (quoted)
        story_failed(s, S("a quotation mark is missing"));
    *rest = str_from(*rest, i);
    token.text = buf_str(&b);
    if (token.quoted_at > token.text.n)
        token.quoted_at = token.text.n;
    return token;
}

void story_tokens(struct story *s, struct str statement)
{
    s->token_count = 0;
    for (;;) {
        while (statement.n && is_blank(statement.p[0]))
            statement = str_from(statement, 1);
        if (statement.n == 0)
            return;
        if (s->token_count == STORY_TOKENS_MAX)
            story_failed(s, S("the statement is too long"));
        s->tokens[s->token_count++] = one_token(s, &statement);
    }
}

/* --- what names stand for ---------------------------------------------------------------------------------------------- */

static int64_t place_id(struct story *s, struct str name)
{
    const struct world *w = s->w;
    const struct { const char *name; int64_t id; } places[] = {
        { "示范区", w->district }, { "梧桐街道", w->street }, { "榆树街道", w->street2 }, { "桂花社区", w->community1 },
        { "银杏社区", w->community2 }, { "槐花社区", w->community3 }, { "桂花一网格", w->grid1 }, { "桂花二网格", w->grid2 },
        { "银杏一网格", w->grid3 }, { "槐花一网格", w->grid4 }, { "桂花路1号院", w->courtyard }, { "1单元", w->unit },
        { "示范区政府", w->org_district }, { "梧桐街道办事处", w->org_street }, { "榆树街道办事处", w->org_street2 },
        { "桂花社区居委会", w->org_community1 }, { "银杏社区居委会", w->org_community2 }, { "城市管理局", w->org_urban },
        { "住房保障中心", w->org_housing }, { "市场监管局", w->org_market }, { "演示科技公司", w->org_firm },
    };
    for (size_t i = 0; i < COUNT(places); i++)
        if (str_is(name, places[i].name))
            return places[i].id;
    return story_actor(s, name)->account;
}

struct str story_named(struct story *s, struct str name)
{
    for (int i = s->name_count - 1; i >= 0; i--)
        if (str_eq(s->names[i], name))
            return s->values[i];
    story_failed(s, arena_format(&s->w->arena, "nothing is called $" STR_FMT, STR_ARG(name)));
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static struct str behind_last(struct str text, char mark)
{
    size_t i = text.n;
    while (i && text.p[i - 1] != mark)
        i--;
    return str_from(text, i);
}

/* `at` stands behind a $; returns what the name stands for and moves on. */
static struct str take_name(struct story *s, struct str *at)
{
    size_t n = 0;
    while (n < at->n && is_name_char(at->p[n]))
        n++;
    struct str value = story_named(s, str_head(*at, n));
    *at = str_from(*at, n);
    if (str_starts(*at, S(".tail"))) {
        value = behind_last(value, '/');
        *at = str_from(*at, 5);
    } else if (str_starts(*at, S(".id"))) {
        value = behind_last(value, '-');
        *at = str_from(*at, 3);
    }
    return value;
}

static size_t place_bytes(struct str at)
{
    size_t n = 0;
    while (n < at.n && !strchr(",]/?&", at.p[n]))
        n++;
    return n;
}

struct str story_fill(struct story *s, struct token token)
{
    struct buf b = buf_in(&s->w->arena);
    struct str rest = token.text;
    while (rest.n) {
        bool quoted = (size_t)(rest.p - token.text.p) >= token.quoted_at;
        char c = rest.p[0];
        if (c == '$' && rest.n > 1 && is_name_char(rest.p[1])) {
            rest = str_from(rest, 1);
            buf_put(&b, take_name(s, &rest));
        } else if (c == '@' && !quoted) {
            size_t n = place_bytes(str_from(rest, 1));
            buf_int(&b, place_id(s, str_head(str_from(rest, 1), n)));
            rest = str_from(rest, n + 1);
        } else {
            buf_char(&b, c);
            rest = str_from(rest, 1);
        }
    }
    return buf_str(&b);
}

bool story_span(struct str number, struct str unit, ms *ret_span)
{
    int64_t n;
    if (!str_to_i64(number, &n))
        return false;
    if (str_is(unit, "s") || str_is(unit, "sec"))
        *ret_span = SECONDS(n);
    else if (str_is(unit, "min"))
        *ret_span = MINUTES(n);
    else if (str_is(unit, "h") || str_is(unit, "hour") || str_is(unit, "hours"))
        *ret_span = HOURS(n);
    else if (str_is(unit, "d") || str_is(unit, "day") || str_is(unit, "days"))
        *ret_span = DAYS(n);
    else
        return false;
    return true;
}

bool story_moment(struct story *s, struct str text, ms *ret_at)
{
    if (text.n < 3 || (text.p[0] != '+' && text.p[0] != '-'))
        return false;
    size_t n = 1;
    ms span;
    while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
        n++;
    if (!story_span(str_head(str_from(text, 1), n - 1), str_from(text, n), &span))
        return false;
    *ret_at = s->w->clock.at + (text.p[0] == '-' ? -span : span);
    return true;
}

/* --- a request's fields -------------------------------------------------------------------------------------------------- */

static json_t *text_json(struct str text)
{
    return json_stringn(text.p, text.n);
}

/* Up to nine digits are a number; a telephone or an order's number is a text. */
static json_t *bare_json(struct story *s, struct str text)
{
    int64_t n;
    ms at;
    if (str_is(text, "true") || str_is(text, "false"))
        return json_boolean(str_is(text, "true"));
    if (text.n < 10 && str_to_i64(text, &n))
        return json_integer(n);
    if (story_moment(s, text, &at))
        return text_json(ms_rfc3339(&s->w->arena, at));
    if (text.n > 2 && str_has(text, S(".")) && strspn(text.p, "0123456789.-") >= text.n)
        return json_real(strtod(arena_z(&s->w->arena, text), NULL));
    return text_json(text);
}

static json_t *value_json(struct story *s, struct str text, bool quoted)
{
    if (quoted)
        return text_json(text);
    if (text.n < 2 || text.p[0] != '[')
        return bare_json(s, text);
    json_t *list = json_array();
    struct str rest = str_head(str_from(text, 1), text.n - 2), part;
    while (str_cut(&rest, ',', &part))
        json_array_append_new(list, bare_json(s, part));
    return list;
}

static json_t *make_way(json_t *at, struct str part, json_t *fresh)
{
    int64_t place;
    if (json_is_array(at) && str_to_i64(part, &place)) {
        if ((size_t)place < json_array_size(at) && json_is_object(fresh)) {
            json_decref(fresh);
            return json_array_get(at, (size_t)place);
        }
        json_array_append_new(at, fresh);
        return fresh;
    }
    json_t *there = json_object_getn(at, part.p, part.n);
    if (there) {
        json_decref(fresh);
        return there;
    }
    json_object_setn_new(at, part.p, part.n, fresh);
    return fresh;
}

void story_put(struct story *s, json_t *root, struct token field)
{
    size_t mark = str_find(field.text, S("="));
    if (mark == field.text.n)
        story_failed(s, arena_format(&s->w->arena, "not name=value: " STR_FMT, STR_ARG(field.text)));
    struct token right = { str_from(field.text, mark + 1), 0 };
    right.quoted_at = field.quoted_at > mark ? field.quoted_at - mark - 1 : 0;
    bool quoted = right.quoted_at == 0 && field.quoted_at != field.text.n;
    json_t *at = root;
    struct str rest = str_head(field.text, mark), part;
    for (str_cut(&rest, '.', &part); rest.n; str_cut(&rest, '.', &part))
        at = make_way(at, part, rest.p[0] >= '0' && rest.p[0] <= '9' ? json_array() : json_object());
    make_way(at, part, value_json(s, story_fill(s, right), quoted));
}

/* --- an answer's members ---------------------------------------------------------------------------------------------------- */

struct gathered { struct story *s; struct str texts[256]; int count; json_t *last; };

static struct str json_text(struct story *s, const json_t *j)
{
    if (json_is_string(j))
        return arena_copy(&s->w->arena, (struct str){ json_string_value(j), json_string_length(j) });
    if (json_is_boolean(j))
        return json_is_true(j) ? S("true") : S("false");
    if (json_is_integer(j))
        return arena_format(&s->w->arena, "%lld", (long long)json_integer_value(j));
    if (json_is_real(j))
        return arena_format(&s->w->arena, "%.9g", json_real_value(j));
    return (struct str){ 0 };
}

static void gather(struct gathered *g, json_t *at, struct str path);

static bool part_fits(struct gathered *g, const json_t *item, struct str part)
{
    size_t mark = str_find(part, S("="));
    if (part.p[0] == '*')
        return true;
    struct str name = str_head(str_from(part, 1), mark - 1), want = str_head(str_from(part, mark + 1), part.n - mark - 2);
    return str_eq(json_text(g->s, json_object_getn(item, name.p, name.n)), want);
}

static void gather(struct gathered *g, json_t *at, struct str path)
{
    if (!at)
        return;
    if (path.n == 0) {
        g->last = at;
        if (g->count < (int)COUNT(g->texts))
            g->texts[g->count++] = json_text(g->s, at);
        return;
    }
    struct str part;
    int64_t place;
    str_cut(&path, '.', &part);
    if (part.p[0] == '*' || part.p[0] == '[') {
        for (size_t i = 0; i < json_array_size(at); i++)
            if (part_fits(g, json_array_get(at, i), part))
                gather(g, json_array_get(at, i), path);
    } else if (json_is_array(at) && str_to_i64(part, &place)) {
        gather(g, json_array_get(at, (size_t)place), path);
    } else {
        gather(g, json_object_getn(at, part.p, part.n), path);
    }
}

static bool is_there(const struct gathered *g, struct str want, bool part)
{
    if (g->count == 0)
        return want.n == 0;
    for (int i = 0; i < g->count; i++)
        if (part ? str_has(g->texts[i], want) : str_eq(g->texts[i], want))
            return true;
    return false;
}

static void keep(struct story *s, struct str name, struct str value)
{
    if (value.n == 0)
        story_failed(s, arena_format(&s->w->arena, "nothing to keep as " STR_FMT, STR_ARG(name)));
    if (s->name_count == STORY_NAMES_MAX)
        story_failed(s, S("too many names"));
    s->names[s->name_count] = str_from(name, 1);
    s->values[s->name_count++] = value;
}

/* The first operator outside brackets: != !~ #= := = ~ */
static size_t operator_at(struct str text, size_t *ret_bytes)
{
    int depth = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i], next = i + 1 < text.n ? text.p[i + 1] : 0;
        depth += (c == '[') - (c == ']');
        if (depth)
            continue;
        *ret_bytes = (strchr("!#:", c) && strchr("=~", next) && next) ? 2 : 1;
        if (*ret_bytes == 2 || c == '=' || c == '~')
            return i;
    }
    return text.n;
}

static void read_path(struct story *s, struct str path, struct gathered *g)
{
    *g = (struct gathered){ .s = s };
    if (str_is(path, "body"))
        g->texts[g->count++] = s->body;
    else
        gather(g, s->json, path);
}

void story_expect(struct story *s, struct token token)
{
    size_t bytes = 0, mark = operator_at(token.text, &bytes);
    if (mark == token.text.n)
        story_failed(s, arena_format(&s->w->arena, "not understood: " STR_FMT, STR_ARG(token.text)));
    struct str left = str_head(token.text, mark), sign = str_head(str_from(token.text, mark), bytes);
    struct token right = { str_from(token.text, mark + bytes), 0 };
    right.quoted_at = token.quoted_at > mark + bytes ? token.quoted_at - mark - bytes : 0;
    struct gathered g;
    ms at;
    if (str_is(sign, ":=")) {
        read_path(s, right.text, &g);
        keep(s, left, g.count ? g.texts[0] : (struct str){ 0 });
        return;
    }
    read_path(s, left, &g);
    struct str want = story_fill(s, right);
    if (right.quoted_at && story_moment(s, want, &at))
        want = ms_rfc3339(&s->w->arena, at);
    bool ok = str_is(sign, "#=") ? str_eq(want, arena_format(&s->w->arena, "%zu", json_array_size(g.last)))
                                 : is_there(&g, want, str_ends(sign, S("~"))) == !str_starts(sign, S("!"));
    if (!ok)
        story_failed(s, arena_format(&s->w->arena, STR_FMT STR_FMT STR_FMT " does not hold; it is \"" STR_FMT "\"%s", STR_ARG(left),
                                     STR_ARG(sign), STR_ARG(want), STR_ARG(g.texts[0]), g.count > 1 ? " and others" : ""));
}
