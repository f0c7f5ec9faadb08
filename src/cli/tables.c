/* tables.c -- the tables the program is made of, printed: routes, statements, state graphs, settings. None of them needs
 * a store: they are what was compiled. */
#include "cli/own.h"
#include "cli/run.h"

#include <stdio.h>

/* --- routes ------------------------------------------------------------------------------------------------------------ */

static const char *const method_names[] = { "", "GET", "POST", "PUT", "PATCH", "DELETE" };

static struct str roles_text(struct arena *a, uint32_t roles)
{
    struct buf b = buf_in(a);
    if (roles == R_PUBLIC)
        return S("public");
    for (int role = 0; role < ROLE_COUNT; role++)
        if (roles & 1u << role)
            buf_format(&b, "%s%s", b.n ? "," : "", role_wire((enum role)role));
    return buf_str(&b);
}

static const char *route_base(const struct route *r)
{
    return r->flags & ROUTE_ROOT ? "" : "/api/v1";
}

static void write_fields(struct json *j, const char *key, const struct field *table, enum lang lang)
{
    if (!table)
        return;
    json_key(j, key);
    field_describe(j, table, lang);
}

static struct str routes_json(struct cli *cli, const struct route *const *routes, int count)
{
    struct json j = json_in(&cli->arena);
    json_list(&j);
    for (int i = 0; i < count; i++) {
        const struct route *r = routes[i];
        json_obj(&j);
        json_key_str(&j, "method", str_of(method_names[r->method]));
        json_key_str(&j, "path", arena_format(&cli->arena, "%s%s", route_base(r), r->path));
        json_key_str(&j, "who", roles_text(&cli->arena, r->who));
        json_key_str(&j, "about", cli_text(cli, r->about));
        write_fields(&j, "query", r->query, cli->lang);
        write_fields(&j, "form", r->form, cli->lang);
        json_end(&j);
    }
    json_end(&j);
    return json_done(&j);
}

static void print_fields(struct cli *cli, const char *mark, const struct field *table)
{
    for (const struct field *row = table; row && row->name; row++)
        cli_print(cli, "         %s %s%s  %s  " STR_FMT "\n", mark, row->name, row->required ? " *" : "",
                  field_type_name(row->type), STR_ARG(cli_text(cli, row->label)));
}

int run_routes(struct cli *cli)
{
    struct engine engine = { .clock = clock_system(), .modules = modules };
    struct api *api = api_new(&engine);
    const struct route *const *routes;
    int count = api_routes(api, &routes);
    if (cli->json) {
        cli_write(cli, routes_json(cli, routes, count));
        cli_write(cli, S("\n"));
    }
    for (int i = 0; i < count && !cli->json; i++) {
        const struct route *r = routes[i];
        cli_print(cli, "%-7s  %s%s\n         " STR_FMT "\n         [" STR_FMT "]\n", method_names[r->method], route_base(r),
                  r->path, STR_ARG(cli_text(cli, r->about)), STR_ARG(roles_text(&cli->arena, r->who)));
        print_fields(cli, "?", r->query);
        print_fields(cli, "-", r->form);
    }
    api_free(api);
    return 0;
}

/* --- statements ---------------------------------------------------------------------------------------------------------- */

struct sql_print {
    struct cli *cli;
    struct json json;
};

static void print_statement(void *arg, const struct sql *sql)
{
    struct sql_print *p = arg;
    if (!p->cli->json) {
        cli_print(p->cli, "-- %s:%d %s\n%s;\n", sql->file, sql->line, sql->name, sql->text);
        return;
    }
    json_obj(&p->json);
    json_key_str(&p->json, "name", str_of(sql->name));
    json_key_str(&p->json, "file", str_of(sql->file));
    json_key_int(&p->json, "line", sql->line);
    json_key_str(&p->json, "text", str_of(sql->text));
    json_end(&p->json);
}

int run_sql(struct cli *cli)
{
    struct sql_print p = { cli, json_in(&cli->arena) };
    json_list(&p.json);
    store_print_sql(print_statement, &p);
    json_end(&p.json);
    if (cli->json) {
        cli_write(cli, json_done(&p.json));
        cli_write(cli, S("\n"));
    }
    return 0;
}

/* --- state graphs -------------------------------------------------------------------------------------------------------- */

int run_dot(struct cli *cli)
{
    const struct engine engine = { .modules = modules };
    const struct kind *kind = engine_kind(&engine, str_of(cli_arg(cli, 1)));
    if (kind) {
        cli_write(cli, kind_dot(kind, &cli->arena, cli->lang));
        return 0;
    }
    struct buf b = buf_in(&cli->arena);
    buf_put(&b, cli->lang == ZH ? S("没有这种事项；有：") : S("no such kind; there are:"));
    for (const struct module *const *m = modules; *m; m++)
        for (const struct kind *const *k = (*m)->kinds; k && *k; k++)
            buf_format(&b, " %s", (*k)->name);
    return cli_fail_text(cli, buf_str(&b));
}

/* --- settings ------------------------------------------------------------------------------------------------------------ */

static const char *from_text(const struct settings *s, enum setting_from from)
{
    return from == FROM_OPTION ? "option" : from == FROM_ENVIRONMENT ? "environment" : from == FROM_FILE ? s->file : "default";
}

/* The database's password stays out of terminals and logs. */
static struct str shown_value(struct arena *a, const char *value)
{
    struct str s = str_of(value);
    size_t scheme = str_find(s, S("://")), at = str_find(s, S("@"));
    size_t colon = scheme < s.n ? scheme + 3 + str_find(str_from(s, scheme + 3), S(":")) : s.n;
    if (at >= s.n || colon >= at)
        return s;
    return arena_join(a, arena_join(a, str_head(s, colon), S(":***")), str_from(s, at));
}

int run_config_check(struct cli *cli)
{
    struct json j = json_in(&cli->arena);
    json_obj(&j);
    for (int i = 0; i < SET_COUNT; i++) {
        const char *value = cli->settings.values[i];
        struct str shown = !value ? S("") : setting_rows[i].secret ? S("***") : shown_value(&cli->arena, value);
        if (!cli->json) {
            cli_print(cli, "%-22s %-32.*s %s\n", setting_rows[i].key, STR_ARG(value ? shown : S("-")),
                      value ? from_text(&cli->settings, cli->settings.from[i]) : "");
            continue;
        }
        json_key_obj(&j, setting_rows[i].key);
        json_key(&j, "value");
        if (value)
            json_str(&j, shown);
        else
            json_nil(&j);
        json_key_str(&j, "from", str_of(from_text(&cli->settings, cli->settings.from[i])));
        json_end(&j);
    }
    json_end(&j);
    if (cli->json) {
        cli_write(cli, json_done(&j));
        cli_write(cli, S("\n"));
    }
    return 0;
}
