/* sipp.h -- SIPp (package sip-tester) as the other side of a SIP test, in a process of its own, silent. */
#ifndef WUXING_TEST_SIPP_H
#define WUXING_TEST_SIPP_H

#include "test/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static inline pid_t sipp_begin(char *const argv[])
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        setenv("TERM", "dumb", 1);
        execvp(argv[0], argv);
        _exit(127);
    }
    return pid;
}

/* 0: the scenario went through. */
static inline int sipp_end(pid_t pid)
{
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 200;
    CHECK(code != 127);                                /* sip-tester is not installed: tools/install */
    return code;
}

#endif
