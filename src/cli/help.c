/* help.c -- --help of the program and of each command, from the table. */
#include "cli/cli.h"

static const char *group_of(const struct command *c)
{
    unsigned f = c->flags;
    return f & (NEEDS_STORE | NEEDS_FOLDER | ON_FOLDER) ? " --data DIR" : "";
}

static void print_line(struct cli *cli, struct str left, struct label about)
{
    size_t shown = 0;
    for (struct str s = left; s.n;)
        shown += str_next(&s) > 0x2e80 ? 2 : 1;
    cli_print(cli, "  " STR_FMT "%*s  " STR_FMT "\n", STR_ARG(left), (int)(shown < 30 ? 30 - shown : 0), "",
              STR_ARG(cli_text(cli, about)));
}

bool help_group(struct cli *cli, const char *first)
{
    bool any = false;
    struct str prefix = arena_format(&cli->arena, "%s ", first);
    for (const struct command *c = commands; c->name; c++) {
        if (!str_starts(str_of(c->name), prefix))
            continue;
        any = true;
        print_line(cli, arena_format(&cli->arena, "%s%s%s", c->name, c->args ? " " : "", c->args ? c->args : ""), c->about);
    }
    return any;
}

void help_all(struct cli *cli)
{
    cli_write(cli, cli_text(cli, (struct label)L("五星 " WUXING_VERSION "：街道办事处的事项系统\n\n用法：wuxing 命令 [选项]\n\n",
        "Wuxing " WUXING_VERSION ": a street office's matters, brought to their end\n\nusage: wuxing COMMAND [options]\n\n")));
    for (const struct command *c = commands; c->name; c++)
        print_line(cli, arena_format(&cli->arena, "%s%s%s", c->name, c->args ? " " : "", c->args ? c->args : ""), c->about);
    cli_write(cli, cli_text(cli, (struct label)L("\n每个命令都可加 --help。退出码：0 成功，1 被拒绝或失败，2 用法不对。\n",
        "\nEvery command takes --help. Exit codes: 0 success, 1 refused or failed, 2 wrong usage.\n")));
}

static void print_option(struct cli *cli, const char *name, const char *value, struct label about)
{
    struct buf b = buf_in(&cli->arena);
    buf_put(&b, S("--"));
    for (const char *p = name; *p; p++)
        buf_char(&b, setting_option_char(*p));
    if (value)
        buf_format(&b, " %s", value);
    print_line(cli, buf_str(&b), about);
}

void help_command(struct cli *cli, const struct command *c)
{
    cli_print(cli, cli->lang == ZH ? "用法：wuxing %s%s%s%s%s\n\n" STR_FMT "\n\n" : "usage: wuxing %s%s%s%s%s\n\n" STR_FMT "\n\n", c->name,
              c->args ? " " : "", c->args ? c->args : "", group_of(c), " [options]", STR_ARG(cli_text(cli, c->about)));
    for (const struct option *o = c->options; o && o->name; o++)
        print_option(cli, o->name, o->value, o->about);
    if (c->flags & (NEEDS_STORE | NEEDS_FOLDER | ON_FOLDER))
        print_option(cli, "data", "DIR", (struct label)L("数据目录", "the data folder"));
    for (int i = 0; i < SET_COUNT; i++)
        if (command_takes(c, (enum setting)i))
            print_option(cli, setting_rows[i].key, setting_rows[i].value, setting_rows[i].about);
    if (command_takes(c, SET_DATABASE)) {
        print_option(cli, "config", "FILE", (struct label)L("配置文件（YAML）", "the configuration file (YAML)"));
    }
    if (c->flags & HAS_JSON)
        print_option(cli, "json", NULL, (struct label)L("以 JSON 输出", "print JSON"));
    print_option(cli, "lang", "zh|en", (struct label)L("提示语言", "language of messages"));
    if (c->details)
        cli_print(cli, "\n%s\n", c->details);
}
