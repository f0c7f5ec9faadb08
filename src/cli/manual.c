/* manual.c -- the manual page (mdoc) and the shells' completions, from the same table as the parser. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

/* --- wuxing.1 --------------------------------------------------------------------------------------------------------------- */

/* mdoc text: backslashes and a leading dot or quote would be read as requests; a sentence ends its line. */
static void put_word(struct buf *b, struct str word)
{
    if (word.n && (word.p[0] == '.' || word.p[0] == '\''))
        buf_put(b, S("\\&"));
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] == '\\')
            buf_put(b, S("\\e"));
        else if (word.p[i] == '-')
            buf_put(b, S("\\-"));
        else
            buf_char(b, word.p[i]);
    }
}

static void put_text(struct buf *b, struct str text)
{
    enum { WIDTH = 70 };
    size_t column = 0;
    struct str word;
    while (str_cut(&text, ' ', &word)) {
        bool ends = column && (b->p[b->n - 1] == '.' || b->p[b->n - 1] == '?');
        if (column && (ends || column + word.n > WIDTH)) {
            buf_char(b, '\n');
            column = 0;
        } else if (column) {
            buf_char(b, ' ');
        }
        put_word(b, word);
        column += word.n + 1;
    }
}

static void put_paragraphs(struct buf *b, const char *text)
{
    struct str rest = str_of(text), line;
    while (text && str_cut(&rest, '\n', &line)) {
        if (line.n == 0)
            buf_put(b, S(".Pp\n"));
        put_text(b, line);
        if (line.n)
            buf_char(b, '\n');
    }
}

/* The first sentence begins with a capital and ends with a full stop. */
static void put_sentence(struct buf *b, const char *text)
{
    struct str sentence = arena_join(b->arena, str_of(text), S("."));
    bool is_name = str_find(sentence, S(", ")) < str_find(sentence, S(" "));     /* a list of literal values */
    if (text[0] >= 'a' && text[0] <= 'z' && !is_name)
        ((char *)sentence.p)[0] -= 'a' - 'A';
    put_text(b, sentence);
    buf_char(b, '\n');
}

static void put_option(struct buf *b, const char *name, const char *value, const char *about)
{
    buf_put(b, S(".It Fl \\-"));
    for (const char *p = name; *p; p++)
        buf_put(b, *p == '_' || *p == '-' ? S("\\-") : (struct str){ p, 1 });
    if (value)
        buf_format(b, " Ar %s", value);
    buf_char(b, '\n');
    put_sentence(b, about);
}

static void put_args(struct buf *b, const char *args)
{
    struct str rest = str_of(args), word;
    while (args && str_cut(&rest, ' ', &word)) {
        bool optional = str_starts(word, S("["));
        bool many = str_ends(word, S("..."));
        struct str name = optional ? str_head(str_from(word, 1), word.n - 2) : many ? str_head(word, word.n - 3) : word;
        buf_format(b, optional ? " Oo Ar %.*s Oc" : " Ar %.*s", STR_ARG(name));
        if (many)
            buf_put(b, S(" ..."));
    }
}

static void put_command(struct buf *b, const struct command *c)
{
    buf_format(b, ".It Xo\n.Ic %s\n.Xc\n", c->name);
    put_sentence(b, c->about.en);
    if (c->args) {
        buf_put(b, S("Arguments:"));
        buf_put(b, S("\n."));
        struct buf args = buf_in(b->arena);
        put_args(&args, c->args);
        buf_put(b, str_from(buf_str(&args), 1));
        buf_char(b, '\n');
    }
    if (c->options) {
        buf_put(b, S(".Bl -tag -width Ds\n"));
        for (const struct option *o = c->options; o->name; o++)
            put_option(b, o->name, o->value, o->about.en);
        buf_put(b, S(".El\n"));
    }
    if (c->details) {
        buf_put(b, S(".Pp\n"));
        put_paragraphs(b, c->details);
    }
}

static void put_settings(struct buf *b)
{
    buf_put(b, S(".Sh SETTINGS\nAn option wins over the environment,\nthat over the configuration file, that over the default.\n"
                 "The file is YAML, one setting a line; without\n.Fl \\-config\nit is\n.Pa DIR/wuxing.yaml\nwhere that exists.\n"
                 ".Bl -tag -width Ds\n"));
    for (int i = 0; i < SET_COUNT; i++) {
        const struct setting_row *row = &setting_rows[i];
        put_option(b, row->key, row->value, row->about.en);
        buf_format(b, "In the file\n.Cm %s ,\nin the environment\n.Ev WUXING_", row->key);
        for (const char *p = row->key; *p; p++)
            buf_char(b, *p == '.' ? '_' : *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p);
        buf_char(b, '\n');
        if (row->otherwise)
            buf_format(b, "(default\n.Ql %s ) .\n", row->otherwise);
    }
    buf_put(b, S(".El\n"));
}

int run_manual(struct cli *cli)
{
    struct buf b = buf_in(&cli->arena);
    buf_put(&b, S(".Dd November 23, 2026\n.Dt WUXING 1\n.Os\n.Sh NAME\n.Nm wuxing\n"
                  ".Nd a street office's matters, brought to their end\n.Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Fl \\-data Ar DIR\n"
                  ".Op Ar options\n.Sh DESCRIPTION\n.Nm\nruns a street office: reports and whistles come in, are on disk before\n"
                  "anyone is told so, reach the right person of the right grid,\n"
                  "and are chased by the clock until they end.\n"
                  "Commands that write reach a running server through the control socket\nin its data folder;\n"
                  "without one they lock the folder.\n.Pp\nThe commands are:\n.Bl -tag -width Ds\n"));
    for (const struct command *c = commands; c->name; c++)
        put_command(&b, c);
    buf_put(&b, S(".El\n.Pp\nCommon options:\n.Bl -tag -width Ds\n"));
    put_option(&b, "data", "DIR", "the data folder");
    put_option(&b, "config", "FILE", "the configuration file (YAML)");
    put_option(&b, "lang", "zh|en", "language of messages; by default from LANG");
    put_option(&b, "json", NULL, "print JSON, where a command has something to print");
    put_option(&b, "help", NULL, "print how a command is used");
    buf_put(&b, S(".El\n"));
    put_settings(&b);
    buf_put(&b, S(".Sh FILES\n.Bl -tag -width Ds\n.It Pa DIR/wuxing.db\nThe database (SQLite).\n.It Pa DIR/blobs\n"
                  "Contents of files, named by their SHA\\-256.\n.It Pa DIR/master.key\n"
                  "The key of encrypted values.\nBackups leave it out; keep a copy elsewhere.\n.It Pa DIR/control.sock\n"
                  "By which commands reach a running server.\n.El\n"
                  ".Sh EXIT STATUS\n0 on success; 1 if the command was refused or failed,\nwith one line of reason on standard error;\n"
                  "2 on wrong usage.\n.Sh EXAMPLES\nA new installation, served on this machine only:\n.Bd -literal -offset indent\n"
                  "wuxing init \\-\\-data /var/lib/wuxing\nwuxing serve \\-\\-data /var/lib/wuxing\n.Ed\n.Pp\nA nightly backup:\n"
                  ".Bd -literal -offset indent\nwuxing backup \\-\\-data /var/lib/wuxing /backup/wuxing.tar.zst\n.Ed\n"));
    cli_write(cli, buf_str(&b));
    return 0;
}

/* --- completion -------------------------------------------------------------------------------------------------------------- */

static void put_words(struct buf *b, const struct command *c)
{
    buf_put(b, S("--help --lang"));
    if (c->flags & HAS_JSON)
        buf_put(b, S(" --json"));
    if (c->flags & (NEEDS_STORE | NEEDS_FOLDER | ON_FOLDER))
        buf_put(b, S(" --data"));
    for (const struct option *o = c->options; o && o->name; o++)
        buf_format(b, " --%s", o->name);
    if (command_takes(c, SET_DATABASE))
        buf_put(b, S(" --config"));
    for (int i = 0; i < SET_COUNT; i++) {
        if (!command_takes(c, (enum setting)i))
            continue;
        buf_put(b, S(" --"));
        for (const char *p = setting_rows[i].key; *p; p++)
            buf_char(b, setting_option_char(*p));
    }
}

/* The first words, or the second words after `first`. */
static void put_names(struct buf *b, struct str first)
{
    struct str last = S("");
    for (const struct command *c = commands; c->name; c++) {
        struct str rest = str_of(c->name), word = S("");
        str_cut(&rest, ' ', &word);
        if (first.n) {
            if (!str_eq(word, first) || !rest.p)
                continue;
            word = rest;
        }
        if (!str_eq(word, last))
            buf_format(b, "%s" STR_FMT, b->n ? " " : "", STR_ARG(word));
        last = word;
    }
}

static void put_bash_cases(struct buf *b)
{
    for (const struct command *c = commands; c->name; c++) {
        buf_format(b, "        '%s') words='", c->name);
        put_words(b, c);
        buf_put(b, S("' ;;\n"));
    }
}

static void put_group_cases(struct buf *b)
{
    struct str last = S("");
    for (const struct command *c = commands; c->name; c++) {
        struct str rest = str_of(c->name), word = S("");
        str_cut(&rest, ' ', &word);
        if (!rest.p || str_eq(word, last))
            continue;
        struct buf names = buf_in(b->arena);
        put_names(&names, word);
        buf_format(b, "        " STR_FMT ") words='" STR_FMT "' ;;\n", STR_ARG(word), STR_ARG(buf_str(&names)));
        last = word;
    }
}

static void put_bash(struct buf *b)
{
    struct buf first = buf_in(b->arena);
    put_names(&first, S(""));
    buf_put(b, S("# bash completion for wuxing; made by `wuxing completion bash`\n_wuxing() {\n"
                 "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n"
                 "    case $prev in\n        --data) COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n"
                 "        --config|--tls-cert|--tls-key|--marked) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
                 "        --lang) COMPREPLY=($(compgen -W 'zh en' -- \"$cur\")); return ;;\n    esac\n"));
    buf_format(b, "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        COMPREPLY=($(compgen -W '" STR_FMT "' -- \"$cur\"))\n"
                  "        return\n    fi\n", STR_ARG(buf_str(&first)));
    buf_put(b, S("    if [ \"$COMP_CWORD\" -eq 2 ]; then\n        case ${COMP_WORDS[1]} in\n"));
    put_group_cases(b);
    buf_put(b, S("        esac\n        [ -n \"$words\" ] && { COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); return; }\n    fi\n"
                 "    case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n"));
    for (const struct command *c = commands; c->name; c++) {
        if (!strchr(c->name, ' '))
            continue;
        buf_format(b, "        '%s') words='", c->name);
        put_words(b, c);
        buf_put(b, S("' ;;\n"));
    }
    buf_put(b, S("    esac\n    [ -n \"$words\" ] || case ${COMP_WORDS[1]} in\n"));
    put_bash_cases(b);
    buf_put(b, S("    esac\n    case $cur in\n        -*) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n"
                 "        *) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n    esac\n}\ncomplete -o filenames -F _wuxing wuxing\n"));
}

/* zsh runs bash's completion; its own would be a second list to keep. */
static void put_zsh(struct buf *b)
{
    buf_put(b, S("#compdef wuxing\nautoload -U +X bashcompinit && bashcompinit\n"));
    put_bash(b);
}

/* Single quotes of fish are ended by a backslash before the quote. */
static void put_fish_text(struct buf *b, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\'' || *p == '\\')
            buf_char(b, '\\');
        buf_char(b, *p);
    }
}

static void put_fish_command(struct buf *b, const struct command *c)
{
    struct str rest = str_of(c->name), first = S("");
    str_cut(&rest, ' ', &first);
    if (rest.p)
        buf_format(b, "complete -c wuxing -n '__fish_seen_subcommand_from " STR_FMT "' -a " STR_FMT " -d '", STR_ARG(first), STR_ARG(rest));
    else
        buf_format(b, "complete -c wuxing -n __fish_use_subcommand -a %s -d '", c->name);
    put_fish_text(b, c->about.en);
    buf_put(b, S("'\n"));
    for (const struct option *o = c->options; o && o->name; o++) {
        buf_format(b, "complete -c wuxing -n '__fish_seen_subcommand_from " STR_FMT "' -l %s%s -d '", STR_ARG(rest.p ? rest : first), o->name,
                   o->value ? " -r" : "");
        put_fish_text(b, o->about.en);
        buf_put(b, S("'\n"));
    }
}

static void put_fish(struct buf *b)
{
    struct str last = S("");
    buf_put(b, S("# fish completion for wuxing; made by `wuxing completion fish`\ncomplete -c wuxing -l data -r -a '(__fish_complete_directories)'\n"
                 "complete -c wuxing -l config -r\ncomplete -c wuxing -l lang -x -a 'zh en'\ncomplete -c wuxing -l json\n"
                 "complete -c wuxing -l help\n"));
    for (int i = 0; i < SET_COUNT; i++) {
        buf_put(b, S("complete -c wuxing -n '__fish_seen_subcommand_from serve' -r -l "));
        for (const char *p = setting_rows[i].key; *p; p++)
            buf_char(b, setting_option_char(*p));
        buf_put(b, S(" -d '"));
        put_fish_text(b, setting_rows[i].about.en);
        buf_put(b, S("'\n"));
    }
    for (const struct command *c = commands; c->name; c++) {
        struct str rest = str_of(c->name), first = S("");
        str_cut(&rest, ' ', &first);
        if (rest.p && !str_eq(first, last))
            buf_format(b, "complete -c wuxing -n __fish_use_subcommand -a " STR_FMT "\n", STR_ARG(first));
        last = first;
        put_fish_command(b, c);
    }
}

int run_completion(struct cli *cli)
{
    static const struct { const char *shell; void (*put)(struct buf *); } shells[] = {
        { "bash", put_bash }, { "zsh", put_zsh }, { "fish", put_fish },
    };
    for (size_t i = 0; i < COUNT(shells); i++) {
        if (strcmp(cli_arg(cli, 1), shells[i].shell) != 0)
            continue;
        struct buf b = buf_in(&cli->arena);
        shells[i].put(&b);
        cli_write(cli, buf_str(&b));
        return 0;
    }
    return cli_fail(cli, (struct label)L("支持的命令行：bash、zsh、fish", "the shells are bash, zsh and fish"));
}
