/* jail.c -- the server's side of the jail; see jail.h. Everything that comes back is checked: a decoder
 * may have been taken over by the file it read. */
#include "engine/office/jail_wire.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_SECONDS = 20 };

/* The only mutable data: a line to a process that must be older than every thread. */
static struct {
    int control;
    pid_t helper;
    sem_t slots;
} jail = { .control = -1 };

bool jail_start(void)
{
    if (jail.control >= 0)
        return true;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        jail_helper(ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return false;
    }
    sem_init(&jail.slots, 0, JAIL_DECODERS_MAX);
    jail.control = ends[0];
    jail.helper = pid;
    return true;
}

void jail_stop(void)
{
    if (jail.control < 0)
        return;
    close(jail.control);
    jail.control = -1;
    waitpid(jail.helper, NULL, 0);
    sem_destroy(&jail.slots);
}

/* --- one exchange --------------------------------------------------------------------------------------- */

static int64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool slot_take(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_SECONDS;
    int result;
    do
        result = sem_timedwait(&jail.slots, &until);
    while (result != 0 && errno == EINTR);
    return result == 0;
}

static bool hand_over(enum jail_job job, int fd)
{
    uint32_t word = job;
    union { struct cmsghdr head; char room[CMSG_SPACE(sizeof(int))]; } ancillary = { 0 };
    struct iovec io = { &word, sizeof word };
    struct msghdr message = {
        .msg_iov = &io, .msg_iovlen = 1, .msg_control = &ancillary, .msg_controllen = sizeof ancillary
    };
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    return sendmsg(jail.control, &message, MSG_NOSIGNAL) == (ssize_t)sizeof word;
}

struct line {
    int fd;
    int64_t deadline_ms;
    bool late;
};

static bool line_ready(struct line *l, short events)
{
    for (;;) {
        int64_t left = l->deadline_ms - monotonic_ms();
        l->late = left <= 0;
        if (l->late)
            return false;
        int n = poll(&(struct pollfd){ .fd = l->fd, .events = events }, 1, (int)left);
        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
}

static bool line_send(struct line *l, const void *bytes, size_t n)
{
    for (size_t at = 0; at < n;) {
        if (!line_ready(l, POLLOUT))
            return false;
        ssize_t put = send(l->fd, (const char *)bytes + at, n - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        at += put > 0 ? (size_t)put : 0;
    }
    return true;
}

static bool line_take(struct line *l, void *to, size_t n)
{
    for (size_t at = 0; at < n;) {
        if (!line_ready(l, POLLIN))
            return false;
        ssize_t got = recv(l->fd, (char *)to + at, n - at, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        at += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* Asks and reads the answer; a decoder that died or lies gives REFUSE_DAMAGED, one out of time REFUSE_WORK. */
static enum refusal exchange(struct line *l, struct arena *a, const struct jail_ask *ask, struct str name,
                             struct str bytes, size_t answer_bytes_max, struct str *ret_payload)
{
    struct jail_answer head;
    if (!line_send(l, ask, sizeof *ask) || !line_send(l, name.p, name.n) || !line_send(l, bytes.p, bytes.n) ||
        !line_take(l, &head, sizeof head))
        return l->late ? REFUSE_WORK : REFUSE_DAMAGED;
    if (head.why >= REFUSE_COUNT || head.bytes > answer_bytes_max)
        return REFUSE_DAMAGED;
    if (head.why != REFUSE_NONE)
        return (enum refusal)head.why;
    char *payload = arena_alloc(a, head.bytes + 1);
    if (!line_take(l, payload, head.bytes))
        return l->late ? REFUSE_WORK : REFUSE_DAMAGED;
    *ret_payload = (struct str){ payload, head.bytes };
    return REFUSE_NONE;
}

static enum refusal ask_decoder(struct arena *a, enum jail_job job, const struct jail_ask *ask,
                                struct str name, struct str bytes, size_t answer_bytes_max,
                                struct str *ret_payload)
{
    int ends[2];
    if (jail.control < 0)
        return REFUSE_NO_JAIL;
    if (!slot_take())
        return REFUSE_BUSY;
    enum refusal why = REFUSE_NO_JAIL;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0) {
        bool sent = hand_over(job, ends[1]);
        close(ends[1]);
        struct line l = { .fd = ends[0], .deadline_ms = monotonic_ms() + JAIL_WALL_SECONDS * 1000 };
        int64_t started = monotonic_ms();
        if (sent)
            why = exchange(&l, a, ask, name, bytes, answer_bytes_max, ret_payload);
        if (why == REFUSE_DAMAGED && monotonic_ms() - started >= JAIL_CPU_SECONDS * 1000)
            why = REFUSE_WORK;                           /* the kernel ended it for the time it took */
        close(ends[0]);
    }
    sem_post(&jail.slots);
    return why;
}

/* --- answers -------------------------------------------------------------------------------------------- */

static bool payload_take(struct str *payload, size_t n, struct str *ret_part)
{
    if (n > payload->n)
        return false;
    *ret_part = str_head(*payload, n);
    *payload = str_from(*payload, n);
    return true;
}

static bool picture_take(struct str payload, struct picture *ret_picture)
{
    struct jail_picture_head head;
    struct str part;
    if (!payload_take(&payload, sizeof head, &part))
        return false;
    memcpy(&head, part.p, sizeof head);
    struct picture out = { .width = head.width, .height = head.height, .qr_count = (int)head.qr_count };
    bool ok = head.width > 0 && head.width <= PICTURE_MAIN_PX && head.height > 0 &&
              head.height <= PICTURE_MAIN_PX && head.qr_count <= QR_FOUND_MAX &&
              payload_take(&payload, head.main_bytes, &out.main) &&
              payload_take(&payload, head.thumb_bytes, &out.thumb) &&
              str_starts(out.main, S("\xff\xd8\xff")) && str_starts(out.thumb, S("\xff\xd8\xff"));
    for (uint32_t i = 0; ok && i < head.qr_count; i++)
        ok = head.qr_bytes[i] <= QR_TEXT_BYTES_MAX && payload_take(&payload, head.qr_bytes[i], &out.qr[i]) &&
             str_utf8_ok(out.qr[i]);
    if (ok)
        *ret_picture = out;
    return ok;
}

static bool sheet_take(struct arena *a, struct str payload, struct table *ret_table)
{
    struct jail_sheet_head head;
    struct str part, lengths;
    if (!payload_take(&payload, sizeof head, &part))
        return false;
    memcpy(&head, part.p, sizeof head);
    if (head.rows < 0 || head.rows > TABLE_ROWS_MAX || head.cols < 0 || head.cols > TABLE_COLS_MAX)
        return false;
    size_t cells = (size_t)head.rows * (size_t)head.cols;
    if (cells > TABLE_CELLS_MAX || !payload_take(&payload, cells * sizeof(uint32_t), &lengths))
        return false;
    struct table out = { arena_array(a, struct str, cells), head.rows, head.cols };
    for (size_t i = 0; i < cells; i++) {
        uint32_t n;
        memcpy(&n, lengths.p + i * sizeof n, sizeof n);
        if (n > TABLE_CELL_BYTES_MAX || !payload_take(&payload, n, &out.cells[i]) ||
            !str_utf8_ok(out.cells[i]))
            return false;
    }
    *ret_table = out;
    return true;
}

bool jail_picture(struct arena *a, struct str bytes, struct picture *ret_picture, struct fault *f)
{
    assert(ret_picture && f);
    if (f->code != ERR_OK)
        return false;
    if (bytes.n > PICTURE_FILE_BYTES_MAX)
        return refusal_fault(REFUSE_FILE_BYTES, f);
    struct jail_ask ask = { .bytes = bytes.n };
    struct str payload;
    enum refusal why = ask_decoder(a, JAIL_PICTURE, &ask, S(""), bytes, (size_t)PICTURE_FILE_BYTES_MAX,
                                   &payload);
    if (why == REFUSE_NONE && !picture_take(payload, ret_picture))
        why = REFUSE_DAMAGED;
    return refusal_fault(why, f);
}

bool jail_sheet(struct arena *a, struct str bytes, struct str name, struct table *ret_table, struct fault *f)
{
    assert(ret_table && f);
    if (f->code != ERR_OK)
        return false;
    if (bytes.n > TABLE_FILE_BYTES_MAX)
        return refusal_fault(REFUSE_FILE_BYTES, f);
    if (name.n > JAIL_NAME_BYTES_MAX)
        return refusal_fault(REFUSE_NO_SHEET, f);
    struct jail_ask ask = { .name_bytes = (uint32_t)name.n, .bytes = bytes.n };
    size_t most = sizeof(struct jail_sheet_head) + TABLE_CELLS_MAX * sizeof(uint32_t) + TABLE_TEXT_BYTES_MAX;
    struct str payload;
    enum refusal why = ask_decoder(a, JAIL_SHEET, &ask, name, bytes, most, &payload);
    if (why == REFUSE_NONE && !sheet_take(a, payload, ret_table))
        why = REFUSE_DAMAGED;
    return refusal_fault(why, f);
}

/* --- probes --------------------------------------------------------------------------------------------- */

const char *jail_probe_name(enum jail_probe probe)
{
    static const char *const names[] = {
#define X(name) #name,
        JAIL_PROBES(X)
#undef X
    };
    assert(probe < JAIL_PROBE_COUNT);
    return names[probe];
}

bool jail_holds(enum jail_probe probe)
{
    assert(probe < JAIL_PROBE_COUNT);
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct jail_ask ask = { .probe = probe };
    struct str payload;
    enum refusal why = ask_decoder(&a, JAIL_PROBE, &ask, S(""), S(""), 0, &payload);
    return why == REFUSE_DAMAGED || why == REFUSE_WORK;
}
