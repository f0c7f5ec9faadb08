/* sql.c -- the closed set of statements. SQL() puts a pointer (structs would be padded differently by each compiler) into
 * the section wuxing_sql; the linker's order is arbitrary, so the printed set is sorted. List texts are composed once
 * per (list, mask) and kept for ever, because the prepared statements are keyed by their address. */
#include "store/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

extern const struct sql *const __start_wuxing_sql[] __attribute__((weak));
extern const struct sql *const __stop_wuxing_sql[] __attribute__((weak));

static _Atomic(void (*)(const struct sql *, const char *)) tell_hook;

void store_on_sql_error(void (*tell)(const struct sql *, const char *message))
{
    atomic_store(&tell_hook, tell);
}

void sql_tell(const struct sql *sql, const char *message)
{
    void (*tell)(const struct sql *, const char *) = atomic_load(&tell_hook);
    if (tell)
        tell(sql, message);
}

static size_t registered(void)
{
    return __start_wuxing_sql ? (size_t)(__stop_wuxing_sql - __start_wuxing_sql) : 0;
}

/* Tests bring statements of tables that the program does not have. */
static bool is_of_test(const struct sql *sql)
{
    return str_ends(str_of(sql->file), S("_test.c"));
}

static int by_place(const void *a, const void *b)
{
    const struct sql *x = *(const struct sql *const *)a, *y = *(const struct sql *const *)b;
    int order = strcmp(x->file, y->file);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

void store_print_sql(void (*line)(void *, const struct sql *), void *arg)
{
    size_t count = registered();
    const struct sql **sorted = calloc(count + 1, sizeof *sorted);
    if (!sorted)
        abort();
    if (count)
        memcpy(sorted, __start_wuxing_sql, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_place);
    for (size_t i = 0; i < count; i++)
        if (!is_of_test(sorted[i]))
            line(arg, sorted[i]);
    free(sorted);
}

bool sql_skip_quoted(const char **p)
{
    const char *at = *p;
    if (*at == '\'' || *at == '"') {
        const char *end = strchr(at + 1, *at);
        *p = end ? end + 1 : at + strlen(at);
        return true;
    }
    if (at[0] == '-' && at[1] == '-') {
        *p = at + strcspn(at, "\n");
        return true;
    }
    return false;
}

bool sql_params_in_order(const char *text, int *ret_params)
{
    int seen = 0;
    for (const char *p = text; *p;) {
        if (sql_skip_quoted(&p))
            continue;
        if (*p++ != '$')
            continue;
        char *end;
        long number = strtol(p, &end, 10);
        if (end == p || number < 1 || number > seen + 1)
            return false;
        seen = number > seen ? (int)number : seen;
        p = end;
    }
    *ret_params = seen;
    return true;
}

/* Whose tables a statement may name: src/modules/NAME/..., and what plays that module's days, src/cli/demo_NAME.c and
 * src/cli/simulate_NAME.c. Empty: of the layers below, which are always there. */
static struct str module_of(const struct sql *sql)
{
    static const struct { struct str before; char end; } places[] = {
        { { "modules/", 8 }, '/' }, { { "cli/demo_", 9 }, '.' }, { { "cli/simulate_", 13 }, '.' } };
    for (size_t i = 0; i < COUNT(places); i++) {
        struct str rest = str_of(sql->file), name;
        size_t at = str_find(rest, places[i].before);
        rest = str_from(rest, at + places[i].before.n);
        if (at < str_of(sql->file).n && str_cut(&rest, places[i].end, &name))
            return name;
    }
    return S("");
}

/* True when the module brought no tables to this store: one the program holds but this store was opened without (tests do
 * that), or one without tables. Only then may a table be missing. */
static bool is_of_absent_module(const struct store *s, const struct sql *sql)
{
    struct str name = module_of(sql);
    if (name.n == 0)
        return false;
    for (int i = 0; s->config.migrations && s->config.migrations[i]; i++)
        if (s->config.migrations[i]->owner && str_is(name, s->config.migrations[i]->owner))
            return false;
    return true;
}

static void check_one(struct tx *tx, const struct sql *sql, bool may_lack_tables)
{
    int params;
    if (tx_failed(tx))
        return;
    if (sql_params_in_order(sql->text, &params)) {
        tx->store->driver->check(tx, sql, may_lack_tables);
        return;
    }
    sql_tell(sql, "parameters must first appear as $1, $2, ...");
    fault_set_at(&tx->fault, ERR_INTERNAL, (struct label){ "语句参数顺序不对", "Parameters out of order" }, sql->file,
                 sql->line);
}

/* Commands (the demo, the simulator) play with every module of the program; in a store that was opened without some of them they
 * do not run. */
static bool is_of_command(const struct sql *sql)
{
    struct str file = str_of(sql->file);
    return str_find(file, S("src/cli/")) < file.n;
}

static bool lacks_modules(const struct store *s, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_of_absent_module(s, __start_wuxing_sql[i]))
            return true;
    return false;
}

/* One transaction for all, but another after a statement that may have lacked its table: PostgreSQL's is aborted then. */
bool store_check_sql(struct store *s, struct fault *fault)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    size_t count = registered();
    bool partial = lacks_modules(s, count);
    struct tx *tx = read_begin(s, &arena);
    for (size_t i = 0; i < count && !tx_failed(tx); i++) {
        const struct sql *sql = __start_wuxing_sql[i];
        if (is_of_test(sql))
            continue;
        bool absent = is_of_absent_module(s, sql) || (partial && is_of_command(sql));
        check_one(tx, sql, absent);
        if (absent && !tx_failed(tx)) {
            read_end(tx);
            tx = read_begin(s, &arena);
        }
    }
    if (tx_failed(tx))
        *fault = tx->fault;
    read_end(tx);
    return fault->code == ERR_OK;
}

/* --- lists ------------------------------------------------------------------------------------------------------------ */

struct composed {
    struct composed *next;
    const struct sql_list *list;
    uint32_t mask;
    struct sql sql;
};
static struct composed *composed[256];
static pthread_mutex_t composed_lock = PTHREAD_MUTEX_INITIALIZER;

static void put_numbered(struct buf *out, const char *text, int *number)
{
    for (const char *p = text; *p;) {
        const char *from = p;
        if (sql_skip_quoted(&p)) {
            buf_put(out, (struct str){ from, (size_t)(p - from) });
        } else if (*p == '?') {
            buf_char(out, '$');
            buf_int(out, ++*number);
            p++;
        } else {
            buf_char(out, *p++);
        }
    }
}

static struct composed *compose(const struct sql_list *list, uint32_t mask)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct buf text = buf_in(&arena);
    int number = 0, expected = list->head_params + list->tail_params;
    put_numbered(&text, list->head, &number);
    for (int i = 0; i < 32 && list->filters && list->filters[i].text; i++) {
        if (!(mask >> i & 1))
            continue;
        buf_put(&text, S(" and "));
        put_numbered(&text, list->filters[i].text, &number);
        expected += list->filters[i].params;
    }
    buf_char(&text, ' ');
    put_numbered(&text, list->tail, &number);
    assert(number == expected);               /* the table's counts must agree with its texts */
    struct composed *c = calloc(1, sizeof *c);
    char *kept = strndup(text.p, text.n);
    if (!c || !kept)
        abort();
    c->list = list;
    c->mask = mask;
    c->sql = (struct sql){ list->name, kept, "list", 0 };
    return c;
}

const struct sql *list_text(const struct sql_list *list, uint32_t mask)
{
    struct composed **bucket = &composed[((uintptr_t)list / 16 ^ mask * 2654435761u >> 7) % COUNT(composed)];
    pthread_mutex_lock(&composed_lock);
    struct composed *c = *bucket;
    while (c && (c->list != list || c->mask != mask))
        c = c->next;
    if (!c) {
        c = compose(list, mask);
        c->next = *bucket;
        *bucket = c;
    }
    pthread_mutex_unlock(&composed_lock);
    return &c->sql;
}
