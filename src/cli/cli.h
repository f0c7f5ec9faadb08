/* cli.h -- the command line: one table of commands drives parsing, --help, the manual page and shell completion.
 *
 * A command runs either here or inside a running server that the data folder's control socket leads to (control.h);
 * the command cannot tell: it prints through the cli, takes its file through the cli, and finds engine and api in it.
 * Exit codes: 0 success, 1 refused or failed with one line of reason on standard error, 2 wrong usage.
 * Memory: cli.arena lives as long as the command. Threading: a cli belongs to one thread. */
#ifndef WUXING_CLI_CLI_H
#define WUXING_CLI_CLI_H

#include "base/fault.h"
#include "cli/settings.h"

struct engine;
struct api;
struct cli;
struct command;

struct option {
    const char *name;                  /* without the dashes */
    const char *value;                 /* "FILE"; NULL: a switch */
    bool required;
    struct label about;
};

enum command_flags {
    NEEDS_STORE = 1,                   /* an open engine and api: a running server's, or opened here under the folder's lock */
    NEEDS_FOLDER = 2,                  /* --data, but the command opens what it needs itself; refused while a server runs */
    ON_FOLDER = 4,                     /* --data, of which the command touches nothing that a server holds */
    HAS_JSON = 8,                      /* takes --json */
    SERVER_SETTINGS = 32,              /* the settings of the server are options of it too */
    NEEDS_JAIL = 16,                   /* reads pictures or spreadsheets: starts the helper before any thread */
};

enum { COMMAND_OPTIONS_MAX = 16, COMMAND_ARGS_MAX = 16 };
struct command {
    const char *name;                  /* "serve", "token add" */
    const char *args;                  /* "KIND FILE", "[KIND]", or NULL */
    const struct option *options;      /* ended by {0}; may be NULL */
    unsigned flags;
    struct label about;                /* one line */
    const char *details;               /* the manual's paragraphs, English, blank line between; may be NULL */
    int (*run)(struct cli *);
    int input_arg;                     /* which argument (1..) is a file whose bytes the command reads; 0: none */
    int output_arg;                    /* which argument is the file its standard output goes to; 0: none */
};
extern const struct command commands[];        /* ended by {0} (commands.c) */

/* Where output goes: standard output and error, or frames of the control socket. */
struct sink {
    void (*out)(struct sink *, struct str bytes);
    void (*err)(struct sink *, struct str bytes);
    void (*progress)(struct sink *, const char *what, int64_t done, int64_t total);
    void (*file)(struct sink *, struct str bytes);     /* the second file of a command: the marked workbook of an import */
};

struct cli {
    struct arena arena;
    const struct command *command;
    const char *values[COMMAND_OPTIONS_MAX];   /* by row of the command's options; "" for a switch that was given */
    const char *args[COMMAND_ARGS_MAX];
    int arg_count;
    struct settings settings;
    int argc;
    char **argv;
    const char *data;                  /* --data, or NULL */
    enum lang lang;
    bool json;
    struct str input;                  /* bytes of the input file */
    struct sink *sink;
    struct engine *engine;             /* NEEDS_STORE */
    struct api *api;
    bool remote;                       /* runs inside a server */
};

int cli_main(int argc, char **argv);
/* Finds command, options and arguments. 0, or an exit code after a message was printed; -1: --help was printed. */
int cli_parse(struct cli *, int argc, char **argv);
const struct command *command_find(int argc, char **argv, int *ret_words);
int cli_run(struct cli *);             /* opens what the command needs, runs it, closes; an exit code */
void cli_init(struct cli *, struct sink *);
void cli_free(struct cli *);

const char *cli_value(const struct cli *, const char *option);        /* NULL when it was not given */
bool cli_switch(const struct cli *, const char *option);
const char *cli_arg(const struct cli *, int n);                        /* 1..; NULL past the end */

void cli_write(struct cli *, struct str bytes);                        /* to standard output, binary-safe */
/* The file that the option --marked names, written where the command was typed. */
void cli_write_marked(struct cli *, struct str bytes);
void cli_print(struct cli *, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct str cli_text(const struct cli *, struct label);
/* One line of reason; returns 1, so that a command ends with `return cli_fail(...)`. */
int cli_fail(struct cli *, struct label);
int cli_fail_text(struct cli *, struct str reason);
int cli_fault(struct cli *, const struct fault *);                     /* the same, from a fault, with its wrong fields */
struct str cli_reason(struct cli *, const struct fault *);             /* only the line, in the cli's own memory */
/* At most ten times a second; total 0: unknown. The last call has done == total. */
void cli_progress(struct cli *, const char *what, int64_t done, int64_t total);

/* Whether this setting is an option of it too. */
bool command_takes(const struct command *, enum setting);

/* From the table: help.c and manual.c. */
bool help_group(struct cli *, const char *first);       /* the commands that begin with this word; false: none */
void help_all(struct cli *);
void help_command(struct cli *, const struct command *);
int run_manual(struct cli *);
int run_completion(struct cli *);

#endif
