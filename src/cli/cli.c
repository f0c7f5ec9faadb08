/* cli.c -- reads the command line by the table, and runs the command here or in the running server; see cli.h. */
#include "cli/cli.h"

#include "base/field.h"
#include "cli/control.h"
#include "cli/own.h"
#include "engine/office/jail.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { INPUT_BYTES_MAX = 64 << 20, BAR_CELLS = 30 };

/* --- where output goes ---------------------------------------------------------------------------------------------- */

struct terminal {
    struct sink sink;
    const char *marked;                      /* the path of --marked */
};

static void write_all(int fd, struct str s)
{
    while (s.n) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(1);                            /* the reader of a pipe has gone */
        s = str_from(s, (size_t)n);
    }
}

static void terminal_out(struct sink *sink, struct str bytes)
{
    (void)sink;
    write_all(STDOUT_FILENO, bytes);
}

static void terminal_err(struct sink *sink, struct str bytes)
{
    (void)sink;
    write_all(STDERR_FILENO, bytes);
}

/* A bar on a terminal; nothing into a file or a pipe. */
static void terminal_progress(struct sink *sink, const char *what, int64_t done, int64_t total)
{
    char cells[BAR_CELLS + 1] = "";
    (void)sink;
    if (!isatty(STDERR_FILENO))
        return;
    if (total <= 0) {
        fprintf(stderr, "\r\x1b[K%s %lld", what, (long long)done);
        return;
    }
    int full = (int)(done * BAR_CELLS / total);
    memset(cells, '-', BAR_CELLS);
    memset(cells, '#', (size_t)full);
    fprintf(stderr, "\r\x1b[K%s [%s] %lld/%lld", what, cells, (long long)done, (long long)total);
    if (done >= total)
        fprintf(stderr, "\r\x1b[K");
}

static void terminal_file(struct sink *sink, struct str bytes)
{
    struct terminal *t = (struct terminal *)sink;
    int fd = t->marked ? open(t->marked, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (fd < 0) {
        perror(t->marked);
        return;
    }
    write_all(fd, bytes);
    close(fd);
}

static struct terminal the_terminal = { { terminal_out, terminal_err, terminal_progress, terminal_file }, NULL };

void cli_write(struct cli *cli, struct str bytes)
{
    cli->sink->out(cli->sink, bytes);
}

void cli_write_marked(struct cli *cli, struct str bytes)
{
    cli->sink->file(cli->sink, bytes);
}

void cli_print(struct cli *cli, const char *format, ...)
{
    va_list args;
    char *text = NULL;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0)
        abort();
    cli_write(cli, (struct str){ text, (size_t)n });
    free(text);
}

struct str cli_text(const struct cli *cli, struct label label)
{
    return label_in(label, cli->lang);
}

int cli_fail_text(struct cli *cli, struct str reason)
{
    cli->sink->err(cli->sink, arena_format(&cli->arena, "wuxing: " STR_FMT "\n", STR_ARG(reason)));
    return 1;
}

int cli_fail(struct cli *cli, struct label label)
{
    return cli_fail_text(cli, cli_text(cli, label));
}

struct str cli_reason(struct cli *cli, const struct fault *f)
{
    struct str reason = cli_text(cli, f->what.zh ? f->what : err_label(f->code));
    struct buf b = buf_in(&cli->arena);
    for (int i = 0; i < f->field_count; i++) {
        if (b.n)
            buf_put(&b, cli->lang == ZH ? S("；") : S("; "));
        buf_put(&b, bad_message(&cli->arena, &f->fields[i], cli->lang));
    }
    return b.n ? buf_str(&b) : arena_copy(&cli->arena, reason);
}

int cli_fault(struct cli *cli, const struct fault *f)
{
    return cli_fail_text(cli, cli_reason(cli, f));
}

void cli_progress(struct cli *cli, const char *what, int64_t done, int64_t total)
{
    static _Thread_local int64_t shown_ms;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t now_ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
    if (now_ms - shown_ms < 100 && done != total)
        return;
    shown_ms = now_ms;
    cli->sink->progress(cli->sink, what, done, total);
}

/* --- the command line ------------------------------------------------------------------------------------------------ */

static const struct option common_options[] = {
    { "data", "DIR", false, L("数据目录", "the data folder") },
    { "config", "FILE", false, L("配置文件（YAML）", "the configuration file (YAML)") },
    { "lang", "zh|en", false, L("提示语言", "language of messages") },
    { "json", NULL, false, L("以 JSON 输出", "print JSON") },
    { "help", NULL, false, L("显示用法", "show this help") },
    { 0 },
};

void cli_init(struct cli *cli, struct sink *sink)
{
    *cli = (struct cli){ .sink = sink, .lang = EN };
    arena_init(&cli->arena, 0);
    const char *lang = getenv("WUXING_LANG");
    lang = lang && *lang ? lang : getenv("LC_ALL");
    lang = lang && *lang ? lang : getenv("LANG");
    if (lang && str_starts(str_of(lang), S("zh")))
        cli->lang = ZH;
}

void cli_free(struct cli *cli)
{
    arena_free(&cli->arena);
}

const struct command *command_find(int argc, char **argv, int *ret_words)
{
    const struct command *found = NULL;
    for (const struct command *c = commands; c->name; c++) {
        struct str rest = str_of(c->name), word;
        int words = 0;
        while (words < argc && str_cut(&rest, ' ', &word) && str_eq(str_of(argv[words]), word)) {
            words++;
            if (!rest.p && (!found || words > *ret_words)) {
                found = c;
                *ret_words = words;
            }
        }
    }
    return found;
}

static int usage_error(struct cli *cli, struct label what, const char *which)
{
    struct str text = arena_format(&cli->arena, "wuxing: " STR_FMT ": %s\n", STR_ARG(cli_text(cli, what)), which);
    cli->sink->err(cli->sink, text);
    if (cli->command)
        cli->sink->err(cli->sink, arena_format(&cli->arena, "wuxing %s --help\n", cli->command->name));
    return 2;
}

static bool same_option(struct str given, const char *name)
{
    struct str want = str_of(name);
    if (given.n != want.n)
        return false;
    for (size_t i = 0; i < want.n; i++)                  /* settings are spelt with _ and . in files, with - here */
        if (setting_option_char(given.p[i]) != setting_option_char(want.p[i]))
            return false;
    return true;
}

static const struct option *option_find(const struct option *table, struct str name, int *ret_index)
{
    for (int i = 0; table && table[i].name; i++) {
        if (same_option(name, table[i].name)) {
            *ret_index = i;
            return &table[i];
        }
    }
    return NULL;
}

static int setting_find(struct str name)
{
    for (int i = 0; i < SET_COUNT; i++)
        if (same_option(name, setting_rows[i].key))
            return i;
    return -1;
}

bool command_takes(const struct command *c, enum setting which)
{
    if (c->flags & SERVER_SETTINGS)
        return true;
    return (c->flags & (NEEDS_STORE | NEEDS_FOLDER)) != 0 && !setting_rows[which].server_only;
}

static void take_common(struct cli *cli, const char *name, const char *value)
{
    if (!strcmp(name, "data"))
        cli->data = value;
    else if (!strcmp(name, "config"))
        cli->settings.file = value;
    else if (!strcmp(name, "lang"))
        cli->lang = !strcmp(value, "zh") ? ZH : EN;
    else if (!strcmp(name, "json"))
        cli->json = true;
}

/* One --name or --name=value; `next` is the word after it. The number of words used, or 0 after a message. */
static int take_option(struct cli *cli, const char *word, const char *next)
{
    struct str name = str_from(str_of(word), 2);
    size_t equals = str_find(name, S("="));
    const char *value = equals < name.n ? name.p + equals + 1 : NULL;
    name = str_head(name, equals);
    int index = -1, setting = setting_find(name);
    if (setting >= 0 && !command_takes(cli->command, (enum setting)setting))
        setting = -1;
    const struct option *own = option_find(cli->command->options, name, &index);
    const struct option *common = own || setting >= 0 ? NULL : option_find(common_options, name, &index);
    if (common && !strcmp(common->name, "json") && !(cli->command->flags & HAS_JSON))
        common = NULL;
    if (!own && setting < 0 && !common) {
        usage_error(cli, (struct label)L("没有这个选项", "no such option"), word);
        return 0;
    }
    bool is_switch = setting < 0 && !(own ? own : common)->value;
    if (is_switch != (value == NULL) && is_switch) {
        usage_error(cli, (struct label)L("此选项没有值", "the option takes no value"), word);
        return 0;
    }
    int words = value || is_switch ? 1 : 2;
    value = is_switch ? "" : value ? value : next;
    if (!value) {
        usage_error(cli, (struct label)L("选项缺少值", "the option needs a value"), word);
        return 0;
    }
    if (setting >= 0)
        settings_option(&cli->settings, (enum setting)setting, value);
    else if (own)
        cli->values[index] = value;
    else
        take_common(cli, common->name, value);
    return words;
}

static int check_complete(struct cli *cli)
{
    const struct command *c = cli->command;
    struct str rest = str_of(c->args), word;
    int least = 0, most = 0;
    const char *missing = NULL;
    while (c->args && str_cut(&rest, ' ', &word)) {
        most = str_ends(word, S("...")) ? COMMAND_ARGS_MAX : most + 1;
        if (!str_starts(word, S("["))) {
            least++;
            if (least > cli->arg_count && !missing)
                missing = arena_z(&cli->arena, word);
        }
    }
    if (missing)
        return usage_error(cli, (struct label)L("缺少参数", "missing argument"), missing);
    if (cli->arg_count > most)
        return usage_error(cli, (struct label)L("多余的参数", "too many arguments"), cli->args[most]);
    for (int i = 0; c->options && c->options[i].name; i++)
        if (c->options[i].required && !cli->values[i])
            return usage_error(cli, (struct label)L("缺少选项", "missing option"),
                               arena_format(&cli->arena, "--%s", c->options[i].name).p);
    if ((c->flags & (NEEDS_STORE | NEEDS_FOLDER | ON_FOLDER)) && !cli->data)
        return usage_error(cli, (struct label)L("缺少选项", "missing option"), "--data");
    return 0;
}

int cli_parse(struct cli *cli, int argc, char **argv)
{
    int words = 0;
    bool wants_help = false;
    cli->argc = argc;
    cli->argv = argv;
    for (int i = 1; i < argc; i++) {
        wants_help |= !strcmp(argv[i], "--help") || !strcmp(argv[i], "-h");
        if (!strcmp(argv[i], "--lang") && argv[i + 1])       /* the language of what is said about the rest, too */
            cli->lang = !strcmp(argv[i + 1], "zh") ? ZH : EN;
    }
    cli->command = command_find(argc - 1, argv + 1, &words);
    if (!cli->command) {
        if (argc > 1 && !strcmp(argv[1], "--version")) {
            cli_print(cli, "wuxing %s\n", WUXING_VERSION);
            return -1;
        }
        if (argc > 1 && help_group(cli, argv[1]))
            return wants_help ? -1 : 2;
        if (argc <= 1 || wants_help || !strcmp(argv[1], "help")) {
            help_all(cli);
            return argc <= 1 ? 2 : -1;
        }
        return usage_error(cli, (struct label)L("没有这个命令（wuxing --help 列出全部）", "no such command (see wuxing --help)"), argv[1]);
    }
    if (wants_help) {
        help_command(cli, cli->command);
        return -1;
    }
    bool only_args = false;
    for (int i = 1 + words; i < argc;) {
        if (!only_args && !strcmp(argv[i], "--")) {
            only_args = true;
            i++;
        } else if (!only_args && !strncmp(argv[i], "--", 2)) {
            int used = take_option(cli, argv[i], argv[i + 1]);
            if (used == 0)
                return 2;
            i += used;
        } else if (cli->arg_count == COMMAND_ARGS_MAX) {
            return usage_error(cli, (struct label)L("多余的参数", "too many arguments"), argv[i]);
        } else {
            cli->args[cli->arg_count++] = argv[i++];
        }
    }
    return check_complete(cli);
}

const char *cli_value(const struct cli *cli, const char *option)
{
    int index;
    const struct option *row = option_find(cli->command->options, str_of(option), &index);
    assert(row);
    return cli->values[index];
}

bool cli_switch(const struct cli *cli, const char *option)
{
    return cli_value(cli, option) != NULL;
}

const char *cli_arg(const struct cli *cli, int n)
{
    assert(n >= 1);
    return n <= cli->arg_count ? cli->args[n - 1] : NULL;
}

/* --- running ---------------------------------------------------------------------------------------------------------- */

/* The input file is read where the command was typed: a server may not see that folder. "-" is standard input. */
static int read_input(struct cli *cli)
{
    int index;
    const char *path = cli->command->input_arg ? cli_arg(cli, cli->command->input_arg) : NULL;
    if (option_find(cli->command->options, S("stdin"), &index) && cli->values[index])
        path = "-";
    if (!path)
        return 0;
    int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (fd < 0)
        return cli_fail_text(cli, arena_format(&cli->arena, "%s: %s", path, strerror(errno)));
    struct buf b = buf_in(&cli->arena);
    char part[65536];
    ssize_t n;
    while ((n = read(fd, part, sizeof part)) > 0 && b.n <= INPUT_BYTES_MAX)
        buf_put(&b, (struct str){ part, (size_t)n });
    int why = errno;
    if (fd != STDIN_FILENO)
        close(fd);
    if (n < 0)
        return cli_fail_text(cli, arena_format(&cli->arena, "%s: %s", path, strerror(why)));
    if (b.n > INPUT_BYTES_MAX)
        return cli_fail(cli, (struct label)L("文件超过 64 MiB", "the file is larger than 64 MiB"));
    cli->input = buf_str(&b);
    return 0;
}

/* Output to a file appears whole or not at all. */
struct file_sink {
    struct sink sink, *other;                /* everything but the output goes on to the other */
    const char *path, *part;
    int fd, why;
};

static void file_out(struct sink *sink, struct str s)
{
    struct file_sink *f = (struct file_sink *)sink;
    while (s.n && !f->why) {
        ssize_t n = write(f->fd, s.p, s.n);
        if (n >= 0)
            s = str_from(s, (size_t)n);
        else if (errno != EINTR)
            f->why = errno;
    }
}

static void file_err(struct sink *sink, struct str s)
{
    struct sink *other = ((struct file_sink *)sink)->other;
    other->err(other, s);
}

static void file_progress(struct sink *sink, const char *what, int64_t done, int64_t total)
{
    struct sink *other = ((struct file_sink *)sink)->other;
    other->progress(other, what, done, total);
}

static void file_marked(struct sink *sink, struct str s)
{
    struct sink *other = ((struct file_sink *)sink)->other;
    other->file(other, s);
}

static int file_fail(struct cli *cli, const struct file_sink *f, int why)
{
    unlink(f->part);
    return cli_fail_text(cli, arena_format(&cli->arena, "%s: %s", f->path, strerror(why)));
}

static int run_into_file(struct cli *cli, int (*run)(struct cli *), const char *path)
{
    struct file_sink f = { .sink = { file_out, file_err, file_progress, file_marked }, .other = cli->sink, .path = path,
                           .part = arena_format(&cli->arena, "%s.part", path).p };
    f.fd = open(f.part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (f.fd < 0)
        return file_fail(cli, &f, errno);
    cli->sink = &f.sink;
    int code = run(cli);
    cli->sink = f.other;
    if (!f.why && fsync(f.fd) != 0 && errno != EINVAL)
        f.why = errno;
    close(f.fd);
    if (f.why)
        return file_fail(cli, &f, f.why);
    if (code == 0 && rename(f.part, path) != 0)
        return file_fail(cli, &f, errno);
    if (code)
        unlink(f.part);
    return code;
}

static int run_with_store(struct cli *cli)
{
    struct fault fault = { 0 };
    if (!own_open(cli, &fault))
        return cli_fault(cli, &fault);
    int code = cli->command->run(cli);
    own_close(cli);
    return code;
}

static int run_here(struct cli *cli)
{
    unsigned flags = cli->command->flags;
    if ((flags & NEEDS_JAIL) && !jail_start())
        return cli_fail(cli, (struct label)L("无法启动隔离解码进程", "the jailed decoder cannot be started"));
    int code = flags & NEEDS_STORE ? run_with_store(cli) : cli->command->run(cli);
    if (flags & NEEDS_JAIL)
        jail_stop();
    return code;
}

/* In the server that uses the folder, or here. */
static int run_where_it_belongs(struct cli *cli)
{
    unsigned flags = cli->command->flags;
    if (!(flags & (NEEDS_STORE | NEEDS_FOLDER)))
        return run_here(cli);
    int server = control_connect(cli->data);
    if (server >= 0 && !(flags & NEEDS_FOLDER))
        return control_ask(cli, server);
    if (server >= 0) {
        close(server);
        return cli_fail(cli, (struct label)L("有服务正在使用这个数据目录，请先停止它",
                                             "a server is using this data folder; stop it first"));
    }
    return run_here(cli);
}

int cli_run(struct cli *cli)
{
    struct fault fault = { 0 };
    if (command_takes(cli->command, SET_DATABASE) &&
        !settings_load(&cli->settings, cli->settings.file, cli->data, &cli->arena, &fault))
        return cli_fault(cli, &fault);
    int code = read_input(cli);
    if (code)
        return code;
    const char *file = cli->command->output_arg ? cli_arg(cli, cli->command->output_arg) : NULL;
    if (file && strcmp(file, "-") != 0)
        return run_into_file(cli, run_where_it_belongs, file);
    return run_where_it_belongs(cli);
}

int cli_main(int argc, char **argv)
{
    struct cli cli;
    cli_init(&cli, &the_terminal.sink);
    int index, code = cli_parse(&cli, argc, argv);
    if (code == 0 && option_find(cli.command->options, S("marked"), &index))
        the_terminal.marked = cli.values[index];
    code = code < 0 ? 0 : code ? code : cli_run(&cli);
    cli_free(&cli);
    return code;
}
