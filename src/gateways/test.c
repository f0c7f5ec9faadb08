/* test.c -- see test.h. Every gateway has this shape: decode, intake_take, and only then acknowledge. */
#include "gateways/test.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 1000 };

struct str test_gateway_line(struct intake *in, struct arena *a, struct str line)
{
    struct signal_in s = { .protocol = S("test"), .raw = line };
    struct fault fault = { 0 };
    struct str rest = str_trim(line);
    if (!str_cut(&rest, ' ', &s.account) || !str_cut(&rest, ' ', &s.sequence) || !str_cut(&rest, ' ', &s.kind))
        return S("no malformed\n");
    if (intake_take(in, &s, &fault))
        return arena_format(a, "ok " STR_FMT "\n", STR_ARG(s.sequence));
    return arena_format(a, "no %s\n", err_wire(fault.code));
}

static bool answer(int fd, struct str text)
{
    while (text.n > 0) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text = str_from(text, (size_t)n);
    }
    return true;
}

/* Answers every whole line of the buffer; what is left of the last one moves to its front. */
static bool answer_lines(struct intake *in, int fd, char *bytes, size_t *n)
{
    for (char *end; (end = memchr(bytes, '\n', *n));) {
        struct arena arena_scoped a;
        arena_init(&a, 0);
        size_t line = (size_t)(end - bytes);
        if (!answer(fd, test_gateway_line(in, &a, (struct str){ bytes, line })))
            return false;
        *n -= line + 1;
        memmove(bytes, end + 1, *n);
    }
    return *n < LINE_BYTES_MAX || !answer(fd, S("no too_large\n"));
}

void test_gateway_serve(struct intake *in, int fd)
{
    char bytes[LINE_BYTES_MAX];
    size_t n = 0;
    for (;;) {
        ssize_t got = read(fd, bytes + n, sizeof bytes - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return;
        n += (size_t)got;
        if (!answer_lines(in, fd, bytes, &n) || n == sizeof bytes)
            return;
    }
}
