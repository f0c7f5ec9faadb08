/* blob.c -- content-addressed bytes. Beside SQLite: DIR/blobs/ab/abcdef..., written under another name, synced, renamed,
 * and the folder synced, before the row that names them can be committed. A blob that is there already is not written
 * again, but its folder is synced: the one who wrote it may have died before that. */
#include "store/sqlite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void hex_of(const void *bytes, size_t n, char *ret_hex)
{
    sodium_bin2hex(ret_hex, 2 * n + 1, bytes, n);
}

static bool is_hash(struct str hash, char ret_z[65])
{
    uint8_t raw[crypto_hash_sha256_BYTES];
    if (!str_hex(hash, raw, sizeof raw))
        return false;
    hex_of(raw, sizeof raw, ret_z);
    return true;
}

bool blob_put(struct store *s, struct str bytes, char ret_hash[65], struct fault *fault)
{
    uint8_t raw[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(raw, (const uint8_t *)bytes.p, bytes.n);
    hex_of(raw, sizeof raw, ret_hash);
    return s->driver->blob_put(s, bytes, ret_hash, fault);
}

bool blob_get(struct store *s, struct str hash, struct arena *arena, struct str *ret_bytes, struct fault *fault)
{
    char z[65];
    if (is_hash(hash, z))
        return s->driver->blob_get(s, z, arena, ret_bytes, fault);
    fault_set(fault, ERR_NOT_FOUND, 0);
    return false;
}

bool blob_exists(struct store *s, struct str hash)
{
    char z[65];
    return is_hash(hash, z) && s->driver->blob_exists(s, z);
}

void blob_remove(struct store *s, struct str hash)
{
    char z[65];
    if (is_hash(hash, z))
        s->driver->blob_remove(s, z);
}

/* --- the folder ----------------------------------------------------------------------------------------------------------- */

struct blob_path {
    const char *root, *folder, *file;
};

static struct blob_path path_of(struct store *s, const char *hash, struct arena *arena)
{
    struct blob_path p;
    p.root = arena_format(arena, "%s/blobs", s->config.dir).p;
    p.folder = arena_format(arena, "%s/%.2s", p.root, hash).p;
    p.file = arena_format(arena, "%s/%s", p.folder, hash).p;
    return p;
}

static void fault_errno(struct fault *fault)
{
    fault_set(fault, errno_err(errno), 0);
}

static bool make_folder(const char *folder, const char *parent, struct fault *fault)
{
    if (mkdir(folder, 0700) == 0) {
        if (folder_sync(parent))
            return true;
    } else if (errno == EEXIST) {
        return true;
    }
    fault_errno(fault);
    return false;
}

static bool write_all(int fd, struct str bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes = str_from(bytes, (size_t)n);
    }
    return fsync(fd) == 0;
}

static bool write_file(const struct blob_path *p, struct str bytes, struct arena *arena)
{
    char *part = (char *)arena_format(arena, "%s/part-XXXXXX", p->root).p;
    int fd = mkostemp(part, O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = write_all(fd, bytes);
    int code = errno;
    close(fd);
    ok = ok && rename(part, p->file) == 0;
    if (!ok) {
        code = errno ? errno : code;
        unlink(part);
        errno = code;
    }
    return ok;
}

bool folder_blob_put(struct store *s, struct str bytes, const char *hash, struct fault *fault)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct blob_path p = path_of(s, hash, &arena);
    if (!make_folder(p.root, s->config.dir, fault) || !make_folder(p.folder, p.root, fault))
        return false;
    if (!folder_blob_exists(s, hash) && !write_file(&p, bytes, &arena))
        fault_errno(fault);
    else if (!folder_sync(p.folder))
        fault_errno(fault);
    return fault->code == ERR_OK;
}

static bool read_all(int fd, char *to, size_t n)
{
    while (n) {
        ssize_t got = read(fd, to, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        n -= (size_t)got;
    }
    return true;
}

bool folder_blob_get(struct store *s, const char *hash, struct arena *arena, struct str *ret_bytes, struct fault *fault)
{
    struct arena arena_scoped scratch;
    arena_init(&scratch, 0);
    int fd = open(path_of(s, hash, &scratch).file, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        fault_errno(fault);
    } else if (arena->cap_bytes && (size_t)st.st_size > arena->cap_bytes) {
        fault_set(fault, ERR_TOO_LARGE, 0);
    } else {
        char *bytes = arena_alloc(arena, (size_t)st.st_size + 1);
        if (read_all(fd, bytes, (size_t)st.st_size))
            *ret_bytes = (struct str){ bytes, (size_t)st.st_size };
        else
            fault_set(fault, ERR_UNAVAILABLE, 0);
    }
    if (fd >= 0)
        close(fd);
    return fault->code == ERR_OK;
}

bool folder_blob_exists(struct store *s, const char *hash)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    return access(path_of(s, hash, &arena).file, F_OK) == 0;
}

void folder_blob_remove(struct store *s, const char *hash)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct blob_path p = path_of(s, hash, &arena);
    if (unlink(p.file) == 0)
        folder_sync(p.folder);
}

void folder_blob_tidy(struct store *s)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    const char *root = arena_format(&arena, "%s/blobs", s->config.dir).p;
    DIR *folder = opendir(root);
    for (struct dirent *e; folder && (e = readdir(folder));)
        if (str_starts(str_of(e->d_name), S("part-")))
            unlinkat(dirfd(folder), e->d_name, 0);
    if (folder)
        closedir(folder);
}
