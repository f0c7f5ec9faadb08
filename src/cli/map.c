/* map.c -- `wuxing import areas FILE.geojson`: boundaries and points of areas, a slice to a write, so that a map of a whole
 * district does not hold the writer. A feature that is refused stays out alone, as a row of a table does. */
#include "cli/map.h"

#include "cli/run.h"

#include "engine/area.h"
#include "engine/engine.h"

enum { SLICE_FEATURES = 100 };

static const char *const datums[] = { [DATUM_WGS84] = "wgs84", [DATUM_GCJ02] = "gcj02", [DATUM_BD09] = "bd09" };

struct map {
    struct geojson_feature *features;
    int64_t count, wrong;
    enum level level;
    struct geojson_result done;
    struct str first_reason;
};
struct slice {
    struct map *map;
    int64_t first, count;
    struct geojson_result result;
};

bool is_map(struct str bytes)
{
    if (str_starts(bytes, S("\xef\xbb\xbf")))
        bytes = str_from(bytes, 3);
    return str_starts(str_trim(bytes), S("{"));
}

static void apply_slice(struct tx *tx, void *arg)
{
    struct slice *s = arg;
    s->result = (struct geojson_result){ 0 };          /* an apply may be run again */
    for (int64_t i = s->first; i < s->first + s->count && !tx_failed(tx); i++)
        geojson_apply(tx, &s->map->features[i], s->map->level, &s->result);
}

/* What went wrong, or ERR_OK; the reason is taken before the write's memory goes. */
static enum err write_slice(struct cli *cli, struct slice *s, struct str *ret_reason)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct write w = { .apply = apply_slice, .arg = s, .arena = &a, .lane = LANE_BULK };
    store_write(cli->engine->store, &w);
    if (w.fault.code != ERR_OK) {
        *ret_reason = cli_reason(cli, &w.fault);
        return w.fault.code;
    }
    struct geojson_result *done = &s->map->done;
    done->areas += s->result.areas;
    done->points += s->result.points;
    done->polygons += s->result.polygons;
    done->skipped += s->result.skipped;
    return ERR_OK;
}

static bool is_about_feature(enum err code)
{
    return err_status(code) < 500;
}

/* False when the store failed; `ret_reason` says how. */
static bool import_slice(struct cli *cli, struct slice *s, struct str *ret_reason)
{
    enum err code = write_slice(cli, s, ret_reason);
    for (int64_t i = 0; i < s->count && code != ERR_OK; i++) {
        if (!is_about_feature(code))
            return false;
        struct slice one = { s->map, s->first + i, 1, { 0 } };
        enum err alone = write_slice(cli, &one, ret_reason);
        if (alone == ERR_OK)
            continue;
        if (!is_about_feature(alone))
            return false;
        if (s->map->wrong++ == 0)
            s->map->first_reason = arena_format(&cli->arena, cli->lang == ZH ? "第 %lld 个要素：" STR_FMT : "feature %lld: " STR_FMT,
                                                (long long)(one.first + 1), STR_ARG(*ret_reason));
    }
    return true;
}

static void print_done(struct cli *cli, const struct map *m)
{
    const struct geojson_result *done = &m->done;
    if (!cli->json) {
        cli_print(cli, cli->lang == ZH ? "%lld 个要素：新增区域 %lld，边界 %lld，位置点 %lld，跳过 %lld，有误 %lld\n"
                                       : "%lld features: %lld new areas, %lld boundaries, %lld points, %lld skipped, %lld wrong\n",
                  (long long)m->count, (long long)done->areas, (long long)done->polygons, (long long)done->points,
                  (long long)done->skipped, (long long)m->wrong);
        return;
    }
    struct json j = json_in(&cli->arena);
    json_obj(&j);
    json_key_int(&j, "features", m->count);
    json_key_int(&j, "areas", done->areas);
    json_key_int(&j, "boundaries", done->polygons);
    json_key_int(&j, "points", done->points);
    json_key_int(&j, "skipped", done->skipped);
    json_key_int(&j, "wrong", m->wrong);
    json_end(&j);
    cli_write(cli, json_done(&j));
    cli_write(cli, S("\n"));
}

static int import_features(struct cli *cli, struct map *m)
{
    struct str reason = S("");
    for (int64_t at = 0; at < m->count; at += SLICE_FEATURES) {
        struct slice s = { m, at, m->count - at < SLICE_FEATURES ? m->count - at : SLICE_FEATURES, { 0 } };
        if (!import_slice(cli, &s, &reason))
            return cli_fail_text(cli, reason);
        cli_progress(cli, "import", at + s.count, m->count);
    }
    print_done(cli, m);
    if (m->wrong)
        return cli_fail_text(cli, m->first_reason);
    if (m->done.skipped)
        return cli_fail(cli, (struct label)L("跳过的要素没有坐标或 code，或者是新区域而没有 name 和已知的 parent_code",
                                             "the skipped features have no coordinates or no code, or are new and have no name or no known parent_code"));
    return 0;
}

static bool options_ok(struct cli *cli, enum datum *ret_datum, enum level *ret_level)
{
    const char *datum = cli_value(cli, "datum"), *level = cli_value(cli, "level");
    if (cli_switch(cli, "preview") || cli_value(cli, "sheet") || cli_value(cli, "marked")) {
        cli_fail(cli, (struct label)L("地图文件没有工作表和预览", "a map has no worksheets and no preview"));
        return false;
    }
    bool known = !datum;
    for (size_t i = 0; datum && i < COUNT(datums); i++)
        if (str_is(str_of(datum), datums[i])) {
            *ret_datum = (enum datum)i;
            known = true;
        }
    if (!known)
        cli_fail(cli, (struct label)L("坐标系只有 wgs84、gcj02、bd09", "--datum is wgs84, gcj02 or bd09"));
    else if (level && !level_from_wire(str_of(level), ret_level))
        known = cli_fail(cli, (struct label)L("没有这一级区域", "there is no such level of areas")) == 0;
    return known;
}

int import_map(struct cli *cli)
{
    struct fault fault = { 0 };
    struct map m = { .level = LEVEL_GRID };
    enum datum datum = DATUM_WGS84;
    if (!options_ok(cli, &datum, &m.level))
        return 1;
    struct arena arena_scoped a;                        /* without a cap: a map may have two million positions */
    arena_init(&a, 0);
    if (!geojson_read(&a, cli->input, datum, &m.features, &m.count, &fault))
        return cli_fault(cli, &fault);
    return import_features(cli, &m);
}
