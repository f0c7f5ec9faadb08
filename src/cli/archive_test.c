/* archive_test.c */
#include "cli/archive.h"
#include "test/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void to_file(void *arg, struct str bytes)
{
    CHECK_INT(write(*(int *)arg, bytes.p, bytes.n), bytes.n);
}

static void fill_random(char *p, size_t n)
{
    uint32_t state = 1;
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        p[i] = (char)(state >> 24);
    }
}

static char big[300000];

static int make_archive(void)
{
    int fd = memfd_create("archive", 0);
    struct archive_writer *w = archive_writer_new(to_file, &fd);
    fill_random(big, sizeof big);
    archive_member(w, "empty", 0);
    archive_member(w, "small", 5);
    archive_bytes(w, S("hello"));
    archive_member(w, "big", sizeof big);
    archive_bytes(w, (struct str){ big, 1000 });
    archive_bytes(w, (struct str){ big + 1000, sizeof big - 1000 });
    archive_end(w);
    archive_writer_free(w);
    return fd;
}

/* Reads all; the step it ended with. Members seen are counted. What was delivered before a damage is found may be wrong
 * (zstd's checksum comes last, restore has its own); what ends well is right. */
static enum archive_step read_archive(int fd, int *ret_members)
{
    struct str name = S(""), piece;
    int64_t bytes = 0;
    size_t at = 0;
    bool same = true;
    enum archive_step step;
    lseek(fd, 0, SEEK_SET);
    struct archive_reader *r = archive_reader_new(fd);
    *ret_members = 0;
    while ((step = archive_next(r, &name, &bytes, &piece)) == ARCHIVE_MEMBER || step == ARCHIVE_BYTES) {
        if (step == ARCHIVE_MEMBER) {
            ++*ret_members;
        } else if (str_is(name, "big")) {
            same = same && at + piece.n <= sizeof big && memcmp(big + at, piece.p, piece.n) == 0;
            at += piece.n;
        } else {
            same = same && str_is(piece, "hello");
        }
    }
    archive_reader_free(r);
    CHECK(step == ARCHIVE_DAMAGED || (same && at == sizeof big));
    return step;
}

TEST(an_archive_reads_back_as_it_was_written)
{
    int members, fd = make_archive();
    CHECK_INT(read_archive(fd, &members), ARCHIVE_END);
    CHECK_INT(members, 3);
    close(fd);
}

TEST(a_cut_or_changed_archive_is_damaged)
{
    int members, fd = make_archive();
    off_t size = lseek(fd, 0, SEEK_END);
    for (off_t at = 20; at < size; at += 7919) {
        char before, after;
        CHECK_INT(pread(fd, &before, 1, at), 1);
        after = (char)(before ^ 0x10);
        CHECK_INT(pwrite(fd, &after, 1, at), 1);
        CHECK_INT(read_archive(fd, &members), ARCHIVE_DAMAGED);
        CHECK_INT(pwrite(fd, &before, 1, at), 1);
    }
    for (off_t cut = size - 1; cut > 0; cut -= 7919) {
        CHECK_INT(ftruncate(fd, cut), 0);
        CHECK_INT(read_archive(fd, &members), ARCHIVE_DAMAGED);
    }
    close(fd);
}

TEST(other_programs_can_read_an_archive)
{
    /* `tar --zstd -t` in a child; where there is no tar there is nothing to show */
    int fd = make_archive();
    static char command[200];
    snprintf(command, sizeof command, "zstd -dc < /proc/%d/fd/%d 2>/dev/null | tar -t > /dev/null 2>&1", getpid(), fd);
    char *const words[] = { "sh", "-c", command, NULL };
    if (access("/usr/bin/zstd", X_OK) == 0 && access("/bin/tar", X_OK) == 0) {
        pid_t pid = fork();
        if (pid == 0) {
            execv("/bin/sh", words);
            _exit(127);
        }
        int status = -1;
        CHECK_INT(waitpid(pid, &status, 0), pid);
        CHECK_INT(status, 0);
    }
    close(fd);
}
