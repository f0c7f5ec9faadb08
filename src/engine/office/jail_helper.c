/* jail_helper.c -- the helper's loop and a decoder's one job; see jail.h. The helper never touches a
 * hostile byte. */
#include "engine/office/jail_wire.h"

#include "engine/office/csv.h"
#include "engine/office/xlsx_read.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { OUT_BYTES = 64 << 10 };

/* --- decoder: in and out -------------------------------------------------------------------------------- */

struct pipe {
    int fd;
    size_t n;
    char out[OUT_BYTES];
};

static void read_all(int fd, void *to, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = read(fd, (char *)to + at, n - at);
        if (got <= 0)
            _exit(1);
        at += (size_t)got;
    }
}

static void flush(struct pipe *p)
{
    for (size_t at = 0; at < p->n;) {
        ssize_t put = write(p->fd, p->out + at, p->n - at);
        if (put <= 0)
            _exit(1);
        at += (size_t)put;
    }
    p->n = 0;
}

static void put(struct pipe *p, const void *bytes, size_t n)
{
    while (n) {
        size_t part = n < OUT_BYTES - p->n ? n : OUT_BYTES - p->n;
        memcpy(p->out + p->n, bytes, part);
        p->n += part;
        bytes = (const char *)bytes + part;
        n -= part;
        if (p->n == OUT_BYTES)
            flush(p);
    }
}

static void answer(struct pipe *p, enum refusal why, uint64_t bytes)
{
    put(p, &(struct jail_answer){ .why = why, .bytes = bytes }, sizeof(struct jail_answer));
}

/* --- decoder: jobs -------------------------------------------------------------------------------------- */

static void do_picture(struct pipe *p, struct arena *a, struct str bytes)
{
    struct picture pic;
    enum refusal why = picture_read(a, bytes, &pic);
    if (why != REFUSE_NONE) {
        answer(p, why, 0);
        return;
    }
    struct jail_picture_head head = { pic.width, pic.height, (uint32_t)pic.main.n, (uint32_t)pic.thumb.n,
                                      (uint32_t)pic.qr_count, { 0 } };
    uint64_t total = sizeof head + pic.main.n + pic.thumb.n;
    for (int i = 0; i < pic.qr_count; i++) {
        head.qr_bytes[i] = (uint32_t)pic.qr[i].n;
        total += pic.qr[i].n;
    }
    answer(p, REFUSE_NONE, total);
    put(p, &head, sizeof head);
    put(p, pic.main.p, pic.main.n);
    put(p, pic.thumb.p, pic.thumb.n);
    for (int i = 0; i < pic.qr_count; i++)
        put(p, pic.qr[i].p, pic.qr[i].n);
}

static void do_sheet(struct pipe *p, struct arena *a, struct str bytes, struct str name, void *gb18030)
{
    struct table s;
    enum refusal why = table_read(a, bytes, name, gb18030, &s);
    if (why != REFUSE_NONE) {
        answer(p, why, 0);
        return;
    }
    size_t cells = (size_t)s.rows * (size_t)s.cols;
    struct jail_sheet_head head = { s.rows, s.cols };
    uint64_t total = sizeof head + cells * sizeof(uint32_t);
    for (size_t i = 0; i < cells; i++)
        total += s.cells[i].n;
    answer(p, REFUSE_NONE, total);
    put(p, &head, sizeof head);
    for (size_t i = 0; i < cells; i++)
        put(p, &(uint32_t){ (uint32_t)s.cells[i].n }, sizeof(uint32_t));
    for (size_t i = 0; i < cells; i++)
        put(p, s.cells[i].p, s.cells[i].n);
}

/* True if the forbidden thing was done. Raw calls, so that no library stands between. */
static bool try_probe(enum jail_probe probe)
{
    switch (probe) {
    case JAIL_PROBE_OPEN:
        return syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY) >= 0;
    case JAIL_PROBE_SOCKET:
        return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0) >= 0;
    case JAIL_PROBE_FORK:
        return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL) >= 0;
    case JAIL_PROBE_EXEC:
        return syscall(SYS_execve, NULL, NULL, NULL) < 0 && errno == EFAULT;     /* the kernel looked at it */
    case JAIL_PROBE_KILL:
        return syscall(SYS_kill, 0, 0) == 0;
    case JAIL_PROBE_EXECUTABLE_MEMORY:
        return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
    case JAIL_PROBE_UNLINK:
        return syscall(SYS_unlinkat, AT_FDCWD, "/nonexistent/wuxing", 0) == 0 || errno == ENOENT;
    case JAIL_PROBE_PTRACE:
        return syscall(SYS_ptrace, PTRACE_TRACEME, 0, NULL, NULL) == 0;
    case JAIL_PROBE_LOOP:
        for (volatile unsigned turns = 0;; turns++)
            ;
    case JAIL_PROBE_CRASH:
        __builtin_trap();
    case JAIL_PROBE_MEMORY:
        for (size_t taken = 0; taken < (size_t)8 << 30; taken += (size_t)64 << 20)
            if (mmap(NULL, (size_t)64 << 20, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED)
                return false;
        return true;
    default:
        return true;
    }
}

static void do_probe(struct pipe *p, enum jail_probe probe)
{
    bool done = try_probe(probe);
    answer(p, done ? REFUSE_NONE : REFUSE_DAMAGED, 0);
}

static void decode(int fd, enum jail_job job, void *gb18030)
{
    struct arena a;
    arena_init(&a, 0);                       /* the address space is the limit */
    struct jail_ask ask;
    read_all(fd, &ask, sizeof ask);
    if (ask.name_bytes > JAIL_NAME_BYTES_MAX || ask.bytes > TABLE_FILE_BYTES_MAX)
        _exit(1);
    char *name = arena_alloc(&a, ask.name_bytes + 1), *bytes = arena_alloc(&a, ask.bytes + 1);
    read_all(fd, name, ask.name_bytes);
    read_all(fd, bytes, ask.bytes);
    struct pipe *p = arena_new(&a, struct pipe);
    p->fd = fd;
    if (job == JAIL_PICTURE)
        do_picture(p, &a, (struct str){ bytes, ask.bytes });
    else if (job == JAIL_SHEET)
        do_sheet(p, &a, (struct str){ bytes, ask.bytes }, (struct str){ name, ask.name_bytes }, gb18030);
    else
        do_probe(p, (enum jail_probe)ask.probe);
    flush(p);
}

/* --- helper --------------------------------------------------------------------------------------------- */

/* The next job and the caller's end of its socket pair; ends the helper when nobody can send any more. */
static int next_job(int control, enum jail_job *ret_job)
{
    for (;;) {
        uint32_t job = 0;
        union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } ancillary;
        struct iovec io = { &job, sizeof job };
        struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &ancillary,
                                  .msg_controllen = sizeof ancillary };
        ssize_t n = recvmsg(control, &message, MSG_CMSG_CLOEXEC);
        if (n == 0)
            _exit(0);
        struct cmsghdr *c = n == sizeof job ? CMSG_FIRSTHDR(&message) : NULL;
        if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        int fd;
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
        *ret_job = (enum jail_job)job;
        return fd;
    }
}

static void close_others(int kept)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    if (kept != 3)
        dup2(kept, 3);
    if (syscall(SYS_close_range, 4, ~0U, 0) != 0)
        for (int fd = 4; fd < 65536; fd++)
            close(fd);
}

_Noreturn void jail_helper(int control)
{
    sigset_t none;
    sigemptyset(&none);
    signal(SIGCHLD, SIG_IGN);                /* ended decoders need no burial */
    /* a terminal's Ctrl-C is for the server, which ends this by closing the line */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGALRM, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    close_others(control);
    control = 3;
    /* libzip turns file times into local time, which would read a zone file */
    setenv("TZ", "UTC0", 1);
    tzset();
    void *filter = jail_filter_new(), *gb18030 = csv_gb18030_open();
    for (;;) {
        enum jail_job job;
        int fd = next_job(control, &job);
        pid_t pid = fork();
        if (pid == 0) {
            close(control);
            if (!jail_lock(filter, job))
                _exit(2);
            decode(fd, job, gb18030);
            _exit(0);
        }
        close(fd);                           /* after a failed fork too: the caller sees the end at once */
    }
}
