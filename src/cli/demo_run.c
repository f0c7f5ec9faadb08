/* demo_run.c -- `wuxing demo`: an installation that can be looked at. Its log-ins are printed because they open nothing
 * real; the seed is fixed, so that two demos are alike. */
#include "cli/demo.h"
#include "cli/own.h"
#include "cli/run.h"


enum { DEMO_SEED = 20261123 };

static void show_progress(void *arg, const char *what, int64_t done, int64_t total)
{
    cli_progress(arg, what, done, total);
}

static void print_logins(struct cli *cli, const struct demo *demo)
{
    struct json j = json_in(&cli->arena);
    json_obj(&j);
    json_key_list(&j, "accounts");
    for (int i = 0; i < demo->login_count; i++) {
        const struct demo_login *l = &demo->logins[i];
        if (!cli->json)
            cli_print(cli, "%-14.*s %s  %-10s " STR_FMT "  " STR_FMT "\n", STR_ARG(l->login), DEMO_PASSWORD, role_wire(l->role),
                      STR_ARG(l->area), STR_ARG(l->name));
        json_obj(&j);
        json_key_str(&j, "login", l->login);
        json_key_str(&j, "password", S(DEMO_PASSWORD));
        json_key_str(&j, "role", str_of(role_wire(l->role)));
        json_key_str(&j, "area", l->area);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
    if (cli->json) {
        cli_write(cli, json_done(&j));
        cli_write(cli, S("\n"));
    }
}

int run_demo(struct cli *cli)
{
    struct fault fault = { 0 };
    struct demo_config config = {
        .dir = cli->data, .url = cli->settings.values[SET_DATABASE], .seed = DEMO_SEED,
        .until = clock_system()->now(clock_system()), .progress = show_progress, .progress_arg = cli,
    };
    if (!own_make_folder(cli))
        return 1;
    struct demo *demo = demo_fill(&config, &fault);
    if (!demo)
        return cli_fault(cli, &fault);
    print_logins(cli, demo);
    demo_close(demo);
    return 0;
}
