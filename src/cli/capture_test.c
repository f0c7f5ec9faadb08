/* capture_test.c -- see capture.h; no tests of its own. */
#include "cli/capture.h"

static void keep_out(struct sink *sink, struct str bytes)
{
    buf_put(&((struct capture *)sink)->out, bytes);
}

static void keep_err(struct sink *sink, struct str bytes)
{
    buf_put(&((struct capture *)sink)->err, bytes);
}

static void keep_marked(struct sink *sink, struct str bytes)
{
    buf_put(&((struct capture *)sink)->marked, bytes);
}

static void no_progress(struct sink *sink, const char *what, int64_t done, int64_t total)
{
    (void)sink, (void)what, (void)done, (void)total;
}

void capture_init(struct capture *c)
{
    *c = (struct capture){ .sink = { keep_out, keep_err, no_progress, keep_marked } };
    arena_init(&c->arena, 0);
}

void capture_free(struct capture *c)
{
    arena_free(&c->arena);
}

int capture_run(struct capture *c, const char *const words[])
{
    struct cli cli;
    int count = 0;
    while (words[count])
        count++;
    c->out = buf_in(&c->arena);
    c->err = buf_in(&c->arena);
    c->marked = buf_in(&c->arena);
    cli_init(&cli, &c->sink);
    cli.lang = EN;
    int code = cli_parse(&cli, count, (char **)words);
    code = code < 0 ? 0 : code ? code : cli_run(&cli);
    cli_free(&cli);
    return code;
}
