/* own.c -- see own.h. */
#include "cli/own.h"

#include <errno.h>
#define json_null jansson_null              /* base/json.h has that name */
#include <jansson.h>
#undef json_null
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct engine_config own_config(struct cli *cli)
{
    return (struct engine_config){
        .dir = cli->data,
        .url = cli->settings.values[SET_DATABASE],
        .clock = clock_system(),
        .modules = modules,
        .signal_map = cli->settings.values[SET_SIGNAL_MAP],
    };
}

bool own_make_folder(struct cli *cli)
{
    struct str path = str_of(cli->data);
    for (size_t i = 1; i <= path.n; i++) {
        if (i < path.n && path.p[i] != '/')
            continue;
        const char *part = arena_z(&cli->arena, str_head(path, i));
        if (mkdir(part, i < path.n ? 0755 : 0700) != 0 && errno != EEXIST) {
            cli_fail_text(cli, arena_format(&cli->arena, "%s: %s", part, strerror(errno)));
            return false;
        }
    }
    return true;
}

bool own_exists(const struct cli *cli, struct fault *fault)
{
    struct arena arena;
    arena_init(&arena, 0);
    bool key = access(arena_format(&arena, "%s/master.key", cli->data).p, F_OK) == 0;
    bool database = access(arena_format(&arena, "%s/wuxing.db", cli->data).p, F_OK) == 0;
    arena_free(&arena);
    if (!key && !database)                       /* a database without its key is another trouble, told by the engine */
        fault_set(fault, ERR_NOT_FOUND, "此目录中没有安装；用 wuxing init --data DIR 建立",
                  "there is no installation in this folder; wuxing init --data DIR makes one");
    return key || database;
}

bool own_open(struct cli *cli, struct fault *fault)
{
    if (!own_exists(cli, fault))
        return false;
    struct engine_config config = own_config(cli);
    cli->engine = engine_open(&config, fault);
    if (!cli->engine)
        return false;
    cli->api = api_new(cli->engine);
    return true;
}

void own_close(struct cli *cli)
{
    api_free(cli->api);
    engine_close(cli->engine);
    cli->api = NULL;
    cli->engine = NULL;
}

bool own_write(struct cli *cli, void (*apply)(struct tx *, void *arg), void *arg)
{
    struct write w = { .apply = apply, .arg = arg, .arena = &cli->arena, .lane = LANE_NORMAL };
    store_write(cli->engine->store, &w);
    if (w.fault.code != ERR_OK)
        cli_fault(cli, &w.fault);
    return w.fault.code == ERR_OK;
}

/* The sentence of a problem+json document, with the wrong fields' own. */
static struct str problem_text(struct arena *a, struct str body)
{
    json_t *problem = json_loadb(body.p, body.n, 0, NULL);
    struct buf b = buf_in(a);
    buf_put(&b, str_of(json_string_value(json_object_get(problem, "detail"))));
    if (!b.n)
        buf_put(&b, str_of(json_string_value(json_object_get(problem, "title"))));
    size_t i;
    json_t *bad, *errors = json_object_get(problem, "errors");
    json_array_foreach(errors, i, bad) {
        buf_put(&b, i ? S("; ") : S(" "));
        buf_put(&b, str_of(json_string_value(json_object_get(bad, "message"))));
    }
    json_decref(problem);
    return buf_str(&b);
}

bool own_call(struct cli *cli, enum method method, const char *path, struct str body, struct answer *ret_answer)
{
    struct call call = {
        .method = method, .path = str_of(path), .body = body, .content_type = S("application/json"),
        .accept_language = cli->lang == ZH ? S("zh-CN") : S("en"), .who = &who_system,
    };
    api_call(cli->api, &cli->arena, &call, ret_answer);
    if (ret_answer->status < 400)
        return true;
    cli_fail_text(cli, problem_text(&cli->arena, ret_answer->body));
    return false;
}
