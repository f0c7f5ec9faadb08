/* jail_lock.c -- how a decoder gives up its rights; see jail.h. Order: limits, then Landlock, then
 * seccomp, which ends the ability to do any of it. */
#include "engine/office/jail_wire.h"

#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const rlim_t address_space_bytes = (rlim_t)1536 << 20;

static bool limit(int what, rlim_t value)
{
    return setrlimit(what, &(struct rlimit){ value, value }) == 0;
}

static bool limits_set(enum jail_job job)
{
    unsigned seconds = job == JAIL_PROBE ? JAIL_PROBE_SECONDS : JAIL_CPU_SECONDS;
    alarm(job == JAIL_PROBE ? JAIL_PROBE_SECONDS * 2 : JAIL_WALL_SECONDS);
    return limit(RLIMIT_CPU, seconds) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, 0) &&
           limit(RLIMIT_CORE, 0) && (!JAIL_LIMITS_MEMORY || limit(RLIMIT_AS, address_space_bytes));
}

/* A ruleset that handles every kind of file access and allows none. Kernels without Landlock have only the filter. */
static void landlock_set(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return;
    uint64_t first_version = ((uint64_t)LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    /* REFER, TRUNCATE */
    uint64_t newer = (abi >= 2 ? (uint64_t)1 << 13 : 0) | (abi >= 3 ? (uint64_t)1 << 14 : 0);
    struct landlock_ruleset_attr none = { .handled_access_fs = first_version | newer };
    long ruleset = syscall(SYS_landlock_create_ruleset, &none, sizeof none.handled_access_fs, 0);
    if (ruleset < 0)
        return;
    syscall(SYS_landlock_restrict_self, (int)ruleset, 0);
    close((int)ruleset);
}

void *jail_filter_new(void)
{
    static const int allowed[] = { SCMP_SYS(read),
                                   SCMP_SYS(write),
                                   SCMP_SYS(munmap),
                                   SCMP_SYS(mremap),
                                   SCMP_SYS(madvise),
                                   SCMP_SYS(brk),
                                   SCMP_SYS(futex),
                                   SCMP_SYS(exit),
                                   SCMP_SYS(exit_group),
                                   SCMP_SYS(rt_sigreturn),
                                   SCMP_SYS(restart_syscall),
                                   SCMP_SYS(sched_yield),
                                   SCMP_SYS(clock_gettime),
                                   SCMP_SYS(gettimeofday),
                                   SCMP_SYS(time) };
    /* What a C library may ask in passing and can do without: refused, where anything else ends the process. */
    static const int refused[] = {
        SCMP_SYS(open),           SCMP_SYS(openat),       SCMP_SYS(stat),
        SCMP_SYS(fstat),          SCMP_SYS(newfstatat),   SCMP_SYS(access),
        SCMP_SYS(readlink),       SCMP_SYS(getrandom),    SCMP_SYS(ioctl),
        SCMP_SYS(sysinfo),        SCMP_SYS(uname),        SCMP_SYS(getpid),
        SCMP_SYS(gettid),         SCMP_SYS(prctl),        SCMP_SYS(sched_getaffinity),
        SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack),
        SCMP_SYS(close),          SCMP_SYS(lseek)
    };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool ok = filter != NULL;
    for (size_t i = 0; ok && i < COUNT(allowed); i++)
        ok = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
    for (size_t i = 0; ok && i < COUNT(refused); i++)
        ok = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0) == 0;
    static const int mapping[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
    for (size_t i = 0; ok && i < COUNT(mapping); i++)     /* memory, but never executable */
        ok = seccomp_rule_add(filter, SCMP_ACT_ALLOW, mapping[i], 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
    if (ok)
        return filter;
    if (filter)
        seccomp_release(filter);
    return NULL;
}

bool jail_lock(void *filter, enum jail_job job)
{
    if (!filter || !limits_set(job) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
        return false;
    landlock_set();
    return seccomp_load(filter) == 0;
}
