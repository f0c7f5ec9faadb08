/* capture.h -- for the tests of cli: runs a command line and keeps what it prints. */
#ifndef WUXING_CLI_CAPTURE_H
#define WUXING_CLI_CAPTURE_H

#include "cli/cli.h"

struct capture {
    struct sink sink;
    struct arena arena;
    struct buf out, err, marked;
};
void capture_init(struct capture *);
void capture_free(struct capture *);
/* Words end with NULL; the first is the program's name. The exit code; out and err hold this run only. */
int capture_run(struct capture *, const char *const words[]);
#define RUN(capture, ...) capture_run((capture), (const char *const[]){ "wuxing", __VA_ARGS__, NULL })

#endif
