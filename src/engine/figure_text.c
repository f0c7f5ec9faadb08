/* figure_text.c -- joins the constant texts of figures into statements, once. See figure_text.h. */
#include "engine/figure_text.h"

#include "engine/keys.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

static pthread_mutex_t text_lock = PTHREAD_MUTEX_INITIALIZER;
static struct figure_text *text_first;
static struct figure_set *set_first;
static struct arena text_arena;

const struct figure_part *figure_part_of(const struct figure *f, int part)
{
    if (part == 0)
        return &f->numerator;
    if (part == 1)
        return f->denominator.from ? &f->denominator : NULL;
    for (int i = 0; f->exclusions && f->exclusions[i].from; i++)
        if (i + 2 == part)
            return &f->exclusions[i];
    return NULL;
}

/* "from ... where FIRST and REST" -> base "from ... where FIRST", condition "REST". */
static struct str base_of(const char *from, const char **ret_condition)
{
    struct str text = str_of(from);
    size_t where = str_find(text, S(" where "));
    assert(where < text.n);
    size_t and = where + 7 + str_find(str_from(text, where + 7), S(" and "));
    *ret_condition = and < text.n ? from + and + 5 : "true";
    return str_head(text, and);
}

/* --- one figure ---------------------------------------------------------------------------------------------------------- */

static void set_filters(struct figure_text *t)
{
    struct arena *a = &text_arena;
    const char *column = t->figure->time_column;
    bool opened = strcmp(column, "m.opened_at") == 0;
    struct filter filters[] = {                /* list indexes end in opened_at; else the column's own index is the way in */
        { opened ? "m.street = ?" : "+m.street = ?", 1 }, { opened ? "m.community = ?" : "+m.community = ?", 1 },
        { opened ? "m.grid = ?" : "+m.grid = ?", 1 }, { "m.area = ?", 1 },
        { arena_format(a, "%s >= ?", column).p, 1 }, { arena_format(a, "%s < ?", column).p, 1 }, { "m.id < ?", 1 },
        { arena_format(a, "(%s + 28800000) / 3600000 %% 24 = ?", column).p, 1 }, { NULL, 0 },
    };
    static_assert(sizeof filters == sizeof t->filters, "one row for each bit");
    memcpy(t->filters, filters, sizeof filters);
}

static struct figure_text *text_new(const struct figure *f)
{
    struct arena *a = &text_arena;
    struct figure_text *t = arena_new(a, struct figure_text);
    struct str bases[FIGURE_BASES];
    struct buf heads[FIGURE_BASES];
    t->figure = f;
    set_filters(t);
    for (int part = 0; part < FIGURE_PARTS; part++) {
        const struct figure_part *text = figure_part_of(f, part);
        const char *condition;
        t->base_of[part] = -1;
        if (!text)
            continue;
        struct str base = base_of(text->from, &condition);
        int at = 0;
        while (at < t->base_count && !str_eq(bases[at], base))
            at++;
        if (at == t->base_count) {
            assert(at < FIGURE_BASES);
            bases[t->base_count++] = base;
            heads[at] = buf_in(a);
        }
        t->base_of[part] = at;
        buf_format(&heads[at], "%ssum(case when %s then 1 else 0 end)", heads[at].n ? ", " : "", condition);
        t->rows[part] = (struct sql_list){ f->name, arena_format(a, "select m.id %s and m.secrecy < 2", text->from).p,
                                           "order by m.id desc limit ?", t->filters, 0, 1 };
    }
    for (int i = 0; i < t->base_count; i++)
        t->counts[i] = (struct sql_list){ f->name, arena_format(a, "select %.*s %.*s and m.secrecy < 2", STR_ARG(buf_str(&heads[i])),
                                                                STR_ARG(bases[i])).p, "", t->filters, 0, 0 };
    if (f->measure)
        t->measure = (struct sql_list){ f->name, arena_format(a, "select %s %s and m.secrecy < 2", f->measure, f->numerator.from).p,
                                        "order by 1 limit ? offset ?", t->filters, 0, 2 };
    return t;
}

struct figure_text *figure_text_of(const struct figure *f)
{
    pthread_mutex_lock(&text_lock);
    struct figure_text *t = text_first;
    while (t && t->figure != f)
        t = t->next;
    if (!t) {
        t = text_new(f);
        t->next = text_first;
        text_first = t;
    }
    pthread_mutex_unlock(&text_lock);
    return t;
}

/* --- all figures ----------------------------------------------------------------------------------------------------------- */

/* "... m.kind = 'report' ..." -> report */
static struct str kind_in(const char *from)
{
    struct str rest = str_of(from), kind;
    size_t at = str_find(rest, S("m.kind = '"));
    rest = at < rest.n ? str_from(rest, at + 10) : S("");
    return rest.n && str_cut(&rest, '\'', &kind) ? kind : S("");
}

static int time_in(struct figure_group *g, const char *column)
{
    for (int i = 0; i < g->time_count; i++)
        if (strcmp(g->times[i], column) == 0)
            return i;
    if (g->time_count == GROUP_TIMES)
        return -1;
    g->times[g->time_count++] = column;
    return g->time_count - 1;
}

static struct figure_group *group_for(struct figure_set *set, struct str kind, struct str base, const char *column, int *ret_time)
{
    for (int i = 0; i < set->group_count; i++) {
        struct figure_group *g = &set->groups[i];
        if (str_eq(g->kind, kind) && str_eq(g->base, base) && g->part_count < GROUP_PARTS && (*ret_time = time_in(g, column)) >= 0)
            return g;
    }
    struct figure_group *g = &set->groups[set->group_count++];
    *g = (struct figure_group){ .kind = kind, .base = base };
    *ret_time = time_in(g, column);
    return g;
}

static void add_figure(struct figure_set *set, const struct figure *f)
{
    int slot = set->figure_count * FIGURE_PARTS, time = 0;
    set->figures[set->figure_count++] = f;
    for (int part = 0; part < FIGURE_PARTS; part++) {
        const struct figure_part *text = figure_part_of(f, part);
        const char *condition;
        if (!text)
            continue;
        struct str base = base_of(text->from, &condition);
        struct figure_group *g = group_for(set, kind_in(text->from), base, f->time_column, &time);
        int at = g->part_count++;
        g->parts[at].slot = slot + part;
        g->parts[at].time = time;
        g->parts[at].condition = condition;
    }
}

static void write_group(struct figure_group *g)
{
    struct buf b = buf_in(&text_arena);
    buf_put(&b, S("select m.street, m.community"));
    for (int i = 0; i < GROUP_TIMES; i++)
        buf_format(&b, ", %s", i < g->time_count ? g->times[i] : "0");
    for (int i = 0; i < g->part_count; i++)
        buf_format(&b, "%s case when %s then %lld else 0 end", i ? " +" : ",", g->parts[i].condition, (long long)1 << i);
    buf_format(&b, " %.*s and m.secrecy < 2 and m.id = $1", STR_ARG(g->base));
    g->sql = (struct sql){ "figure_cells", arena_z(&text_arena, buf_str(&b)), __FILE__, __LINE__ };
}

static void write_version(struct figure_set *set)
{
    struct buf b = buf_in(&text_arena);
    uint8_t digest[32];
    for (int i = 0; i < set->group_count; i++) {
        buf_put(&b, str_of(set->groups[i].sql.text));
        for (int k = 0; k < set->groups[i].part_count; k++)
            buf_format(&b, " %d %d", set->groups[i].parts[k].slot, set->groups[i].parts[k].time);
    }
    sha256(buf_str(&b), digest);
    for (int i = 0; i < 16; i++) {
        static const char digits[] = "0123456789abcdef";
        set->version[2 * i] = digits[digest[i] >> 4];
        set->version[2 * i + 1] = digits[digest[i] & 15];
    }
}

static struct figure_set *set_new(const struct module *const *list)
{
    struct figure_set *set = arena_new(&text_arena, struct figure_set);
    size_t count = 0;
    set->modules = list;
    for (const struct module *const *m = list; *m; m++)
        for (const struct figure *f = (*m)->figures; f && f->name; f++)
            count++;
    set->figures = arena_array(&text_arena, const struct figure *, count + 1);
    set->groups = arena_array(&text_arena, struct figure_group, count * FIGURE_PARTS + 1);
    for (const struct module *const *m = list; *m; m++)
        for (const struct figure *f = (*m)->figures; f && f->name; f++)
            add_figure(set, f);
    for (int i = 0; i < set->group_count; i++)
        write_group(&set->groups[i]);
    write_version(set);
    return set;
}

const struct figure_set *figure_set_of(const struct engine *e)
{
    pthread_mutex_lock(&text_lock);
    struct figure_set *set = set_first;
    while (set && set->modules != e->modules)
        set = set->next;
    if (!set) {
        set = set_new(e->modules);
        set->next = set_first;
        set_first = set;
    }
    pthread_mutex_unlock(&text_lock);
    return set;
}

int figure_slot(const struct figure_set *set, const struct figure *f)
{
    for (int i = 0; i < set->figure_count; i++)
        if (set->figures[i] == f)
            return i * FIGURE_PARTS;
    return -1;
}
