/* folder.c -- making a data folder and bringing it to this program's version. */
#include "cli/own.h"
#include "cli/run.h"

#include "engine/account.h"
#include "engine/keys.h"
#include "engine/search.h"

struct setup {
    struct str clear, link;
};

static void apply_setup(struct tx *tx, void *arg)
{
    struct setup *setup = arg;
    setup->link = setup_token_make(tx, setup->clear);
}

/* No password exists until a human has chosen one: the link opens a page that makes the first account, once. */
static int print_setup_link(struct cli *cli)
{
    struct setup setup = { .clear = random_token(&cli->arena, 24) };
    if (!own_write(cli, apply_setup, &setup))
        return 1;
    const char *address;
    int port;
    if (!listen_split(&cli->arena, str_of(cli->settings.values[SET_LISTEN]), &address, &port))
        return cli_fail(cli, (struct label)L("监听地址不对", "the address to listen on is wrong"));
    const char *scheme = cli->settings.values[SET_TLS_CERT] ? "https" : "http";
    struct str url = arena_format(&cli->arena, "%s://%s:%d/setup?token=" STR_FMT, scheme, address, port, STR_ARG(setup.clear));
    if (cli->json) {
        struct json j = json_in(&cli->arena);
        json_obj(&j);
        json_key_str(&j, "setup_url", url);
        json_key_str(&j, "token", setup.clear);
        json_end(&j);
        cli_write(cli, json_done(&j));
        cli_write(cli, S("\n"));
        return 0;
    }
    cli_write(cli, cli_text(cli, (struct label)L("启动服务后，请用此一次性链接建立第一个账号：\n",
                                                 "Start the server, then make the first account with this one-time link:\n")));
    cli_print(cli, STR_FMT "\n", STR_ARG(url));
    cli_write(cli, cli_text(cli, (struct label)L("请另行妥善保存 master.key：备份中没有它，没有它读不出加密的身份号码和电话。\n",
        "Keep master.key somewhere safe: backups leave it out, and without it encrypted numbers cannot be read.\n")));
    return 0;
}

int run_init(struct cli *cli)
{
    struct fault fault = { 0 };
    struct engine_config config = own_config(cli);
    config.create = true;
    if (!own_make_folder(cli))
        return 1;
    cli->engine = engine_open(&config, &fault);
    if (!cli->engine)
        return cli_fault(cli, &fault);
    int code = print_setup_link(cli);
    engine_close(cli->engine);
    return code;
}

/* Opening a store brings it forward; this command does only that, so that an upgrade can be tried before the server runs. */
int run_migrate(struct cli *cli)
{
    struct fault fault = { 0 };
    struct engine_config config = own_config(cli);
    cli->engine = own_exists(cli, &fault) ? engine_open(&config, &fault) : NULL;
    if (!cli->engine)
        return cli_fault(cli, &fault);
    struct store_health health = { 0 };
    store_health(cli->engine->store, &health);
    if (cli->json)
        cli_print(cli, "{\"engine\":\"%s\",\"version\":\"%s\"}\n", health.engine, WUXING_VERSION);
    else
        cli_print(cli, cli->lang == ZH ? "%s 中的数据已是 %s 版的结构\n" : "the data in %s has the structure of version %s\n",
                  health.engine, WUXING_VERSION);
    engine_close(cli->engine);
    return 0;
}

/* The search index is derived: it is emptied and built again from the records. */
int run_rebuild_search(struct cli *cli)
{
    struct fault fault = { 0 };
    if (!search_rebuild(cli->engine->search, &fault))
        return cli_fault(cli, &fault);
    return 0;
}
