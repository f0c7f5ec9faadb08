/* transfer.c -- import, its template, and export. The importers are the engine's and the modules'; here is only the
 * road: file -> jail -> table -> preview -> apply, and what of it is shown. Right rows are imported, wrong ones come
 * back in a workbook with their cells marked, so that nobody searches a thousand rows for three mistakes. */
#include "cli/map.h"
#include "cli/own.h"
#include "cli/run.h"

#include "engine/area.h"
#include "engine/import.h"
#include "engine/office/jail.h"

#include <string.h>

static const struct importer *importer_named(const char *kind)
{
    for (const struct module *const *m = modules; *m; m++) {
        const struct importer *found = (*m)->importers ? importer_find((*m)->importers, str_of(kind)) : NULL;
        if (found)
            return found;
    }
    return importer_find(engine_importers, str_of(kind));
}

static void put_kinds(struct buf *b, const struct importer *const *list)
{
    for (; list && *list; list++)
        buf_format(b, " %s", (*list)->kind);
}

static int no_importer(struct cli *cli)
{
    struct buf b = buf_in(&cli->arena);
    buf_put(&b, cli_text(cli, (struct label)L("没有这种导入；有：", "nothing of that kind can be imported; there are:")));
    put_kinds(&b, engine_importers);
    for (const struct module *const *m = modules; *m; m++)
        put_kinds(&b, (*m)->importers);
    return cli_fail_text(cli, buf_str(&b));
}

/* --- import ---------------------------------------------------------------------------------------------------------------- */

static void print_counts(struct cli *cli, const struct import *im, bool preview)
{
    if (cli->json) {
        struct json j = json_in(&cli->arena);
        json_obj(&j);
        json_key_bool(&j, "preview", preview);
        json_key(&j, "import");
        import_write(&j, im, cli->lang);
        json_end(&j);
        cli_write(cli, json_done(&j));
        cli_write(cli, S("\n"));
        return;
    }
    const int *n = im->counts;
    cli_print(cli, cli->lang == ZH ? "%s%d 行：新增 %d，修改 %d，相同 %d，有误 %d\n" : "%s%d rows: %d new, %d changed, %d the same, %d wrong\n",
              preview ? (cli->lang == ZH ? "预览，未写入。" : "preview, nothing written. ") : "", im->row_count, n[IMPORT_NEW],
              n[IMPORT_CHANGED], n[IMPORT_SAME], n[IMPORT_WRONG]);
    for (int64_t i = 0; i < im->dropped.count; i++)
        cli_print(cli, cli->lang == ZH ? "未读取的列（不收集）：" STR_FMT "\n" : "left unread (not collected): " STR_FMT "\n",
                  STR_ARG(im->dropped.items[i]));
    for (int64_t i = 0; i < im->unknown.count; i++)
        cli_print(cli, cli->lang == ZH ? "不认识的列：" STR_FMT "\n" : "unknown column: " STR_FMT "\n", STR_ARG(im->unknown.items[i]));
}

static int print_wrong(struct cli *cli, const struct import *im)
{
    enum { LINES = 20 };
    if (im->counts[IMPORT_WRONG] == 0)
        return 0;
    for (int i = 0; i < im->bad_count && i < LINES && !cli->json; i++)
        cli_print(cli, cli->lang == ZH ? "第 %d 行：" STR_FMT "\n" : "row %d: " STR_FMT "\n", im->bads[i].row + 1,
                  STR_ARG(import_message(im, &im->bads[i], cli->lang)));
    const char *marked = cli_value(cli, "marked");
    if (marked)
        cli_write_marked(cli, import_marked(im, cli->lang));
    return cli_fail_text(cli, arena_format(&cli->arena, cli->lang == ZH ? "%d 行有误，没有导入%s%s" : "%d rows are wrong and were left out%s%s",
                                           im->counts[IMPORT_WRONG],
                                           !marked ? "" : cli->lang == ZH ? "，已标注在 " : "; they are marked in ", marked ? marked : ""));
}

static void show_import(void *arg, int done, int total)
{
    cli_progress(arg, "import", done, total);
}

static bool preview(struct cli *cli, struct import *im)
{
    struct tx *tx = read_begin(cli->engine->store, im->arena);
    bool ok = import_preview(im, tx, &who_system);
    struct fault fault = tx->fault;
    read_end(tx);
    if (!ok)
        cli_fault(cli, &fault);
    return ok;
}

static int import_table(struct cli *cli, const struct importer *importer, struct arena *arena)
{
    struct fault fault = { 0 };
    struct table table;
    struct import im = { 0 };
    const char *sheet = cli_value(cli, "sheet");
    if (!jail_sheet(arena, cli->input, str_of(sheet), &table, &fault) || !import_read(&im, importer, arena, &table, &fault))
        return cli_fault(cli, &fault);
    if (!preview(cli, &im))
        return 1;
    bool only_preview = cli_switch(cli, "preview");
    if (!only_preview && !import_apply(&im, cli->engine->store, &who_system, show_import, cli, &fault))
        return cli_fault(cli, &fault);
    print_counts(cli, &im, only_preview);
    return print_wrong(cli, &im);
}

int run_import(struct cli *cli)
{
    const struct importer *importer = importer_named(cli_arg(cli, 1));
    if (!importer)
        return no_importer(cli);
    if (!strcmp(importer->kind, "areas") && is_map(cli->input))
        return import_map(cli);
    if (cli_value(cli, "datum") || cli_value(cli, "level"))
        return cli_fail(cli, (struct label)L("只有区域的 GeoJSON 有坐标系和级别", "only GeoJSON of areas has a datum and a level"));
    struct arena arena;                      /* its own, without a cap: a large table needs about a kilobyte a row */
    arena_init(&arena, 0);
    int code = import_table(cli, importer, &arena);
    arena_free(&arena);
    return code;
}

int run_template(struct cli *cli)
{
    const struct importer *importer = importer_named(cli_arg(cli, 1));
    if (!importer)
        return no_importer(cli);
    struct tx *tx = read_begin(cli->engine->store, &cli->arena);
    struct str workbook = import_template(tx, &who_system, importer, &cli->arena, cli->lang, cli->engine->demo);
    struct fault fault = tx->fault;
    read_end(tx);
    if (fault.code != ERR_OK)
        return cli_fault(cli, &fault);
    cli_write(cli, workbook);
    return 0;
}

/* --- export ---------------------------------------------------------------------------------------------------------------- */

static bool is_kind(const struct cli *cli, const char *name)
{
    return engine_kind(cli->engine, str_of(name)) != NULL;
}

static int export_areas(struct cli *cli)
{
    enum level level = LEVEL_GRID;
    const char *wanted = cli_value(cli, "level");
    if (wanted && !level_from_wire(str_of(wanted), &level))
        return cli_fail(cli, (struct label)L("没有这一级：district、street、community、grid、courtyard、building、unit",
                                             "no such level; there are district, street, community, grid, courtyard, building, unit"));
    struct json j = json_in(&cli->arena);
    struct tx *tx = read_begin(cli->engine->store, &cli->arena);
    geojson_write(tx, &j, 0, level);
    struct fault fault = tx->fault;
    read_end(tx);
    if (fault.code != ERR_OK)
        return cli_fault(cli, &fault);
    cli_write(cli, json_done(&j));
    return 0;
}

static const char *export_path(struct cli *cli, const char *what, const char *form)
{
    static const char *const filters[] = { "from", "to", "area" };
    struct buf b = buf_in(&cli->arena);
    buf_format(&b, "/exports/matters.%s", form);
    char mark = '?';
    if (strcmp(what, "matters") != 0) {
        buf_format(&b, "%ckind=%s", mark, what);
        mark = '&';
    }
    for (size_t i = 0; i < COUNT(filters); i++) {
        const char *value = cli_value(cli, filters[i]);
        if (!value)
            continue;
        buf_format(&b, "%c%s=", mark, filters[i]);
        for (const char *p = value; *p; p++)             /* every byte escaped: a time's + must not become a blank */
            buf_format(&b, "%%%02X", (unsigned char)*p);
        mark = '&';
    }
    return arena_z(&cli->arena, buf_str(&b));
}

/* In clear, and logged for each elder with this reason. */
static int export_elders(struct cli *cli, bool csv)
{
    struct answer answer = { 0 };
    struct json j = json_in(&cli->arena);
    json_obj(&j);
    json_key_str(&j, "reason", S("命令行导出老人名册"));
    json_key_bool(&j, "csv", csv);
    json_end(&j);
    if (!own_call(cli, POST, "/exports/elders", json_done(&j), &answer))
        return 1;
    cli_write(cli, answer.body);
    return 0;
}

/* Matters go out by the same route as in the browser, so that a file from here and one from there are the same. */
int run_export(struct cli *cli)
{
    struct answer answer = { 0 };
    const char *what = cli_arg(cli, 1), *file = cli_arg(cli, 2);
    if (!strcmp(what, "areas"))
        return export_areas(cli);
    const char *form = file && str_ends(str_of(file), S(".xlsx")) ? "xlsx" : "csv";
    if (!strcmp(what, "elders"))
        return export_elders(cli, strcmp(form, "csv") == 0);
    if (strcmp(what, "matters") != 0 && !is_kind(cli, what))
        return cli_fail(cli, (struct label)L("可以导出：matters、areas、elders，或一种事项（report、whistle、call ...）",
                                             "there are: matters, areas, elders, or one kind of matter (report, whistle, call ...)"));
    if (!own_call(cli, GET, export_path(cli, what, form), S(""), &answer))
        return 1;
    cli_write(cli, answer.body);
    return 0;
}
