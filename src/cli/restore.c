/* restore.c -- `wuxing restore FILE --data DIR`: into an empty folder only. The database gets its name last, after
 * everything else was checked and is on disk, so an interrupted restore leaves no installation. */
#include "cli/archive.h"
#include "cli/run.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct restore {
    struct cli *cli;
    struct archive_reader *archive;
    struct str name;                   /* of the present member */
    int64_t left, blobs;
    int fd;                            /* of the present member; -1: the manifest, kept in memory */
    const char *path;
    crypto_hash_sha256_state state;
    struct buf manifest;
    char database_sha256[65];
    bool has_database, has_manifest;
};

static int refuse(struct restore *r, struct label why)
{
    return cli_fail(r->cli, why);
}

static int fail_errno(struct restore *r, const char *path)
{
    return cli_fail_text(r->cli, arena_format(&r->cli->arena, "%s: %s", path, strerror(errno)));
}

static int damaged(struct restore *r)
{
    return refuse(r, (struct label)L("备份文件已损坏或不完整", "the backup is damaged or incomplete"));
}

static bool is_blob_name(struct str name)
{
    uint8_t bytes[32];
    return name.n == 73 && str_starts(name, S("blobs/")) && name.p[8] == '/' && str_hex(str_from(name, 9), bytes, 32) &&
           name.p[6] == name.p[9] && name.p[7] == name.p[10];
}

static int make_folder(struct restore *r, const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : fail_errno(r, path);
}

static int begin_member(struct restore *r)
{
    struct arena *a = &r->cli->arena;
    const char *data = r->cli->data;
    r->fd = -1;
    crypto_hash_sha256_init(&r->state);
    if (str_is(r->name, "manifest.json")) {
        r->has_manifest = true;
        return r->left < 65536 ? 0 : damaged(r);
    }
    if (str_is(r->name, "wuxing.db")) {
        r->path = arena_format(a, "%s/wuxing.db.part", data).p;
        r->has_database = true;
    } else if (is_blob_name(r->name)) {
        int code = make_folder(r, arena_format(a, "%s/blobs", data).p);
        code = code ? code : make_folder(r, arena_format(a, "%s/" STR_FMT, data, STR_ARG(str_head(r->name, 8))).p);
        if (code)
            return code;
        r->path = arena_format(a, "%s/" STR_FMT, data, STR_ARG(r->name)).p;
        r->blobs++;
    } else {
        return damaged(r);                       /* a name of ours or none: nothing climbs out of the folder */
    }
    r->fd = open(r->path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    return r->fd < 0 ? fail_errno(r, r->path) : 0;
}

static int take_piece(struct restore *r, struct str piece)
{
    r->left -= (int64_t)piece.n;
    crypto_hash_sha256_update(&r->state, (const unsigned char *)piece.p, piece.n);
    if (r->fd < 0) {
        buf_put(&r->manifest, piece);
        return 0;
    }
    while (piece.n) {
        ssize_t n = write(r->fd, piece.p, piece.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail_errno(r, r->path);
        piece = str_from(piece, (size_t)n);
    }
    return 0;
}

static int end_member(struct restore *r)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[65];
    if (r->fd < 0)
        return 0;
    bool ok = fsync(r->fd) == 0;
    ok = close(r->fd) == 0 && ok;
    r->fd = -1;
    if (!ok)
        return fail_errno(r, r->path);
    crypto_hash_sha256_final(&r->state, hash);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    if (str_is(r->name, "wuxing.db"))
        memcpy(r->database_sha256, hex, sizeof hex);
    else if (!str_is(str_from(r->name, 9), hex))
        return damaged(r);
    return 0;
}

static int unpack(struct restore *r)
{
    int64_t bytes;
    struct str piece;
    for (int code = 0;;) {
        switch (archive_next(r->archive, &r->name, &bytes, &piece)) {
        case ARCHIVE_MEMBER:
            r->name = arena_copy(&r->cli->arena, r->name);
            r->left = bytes;
            code = begin_member(r);
            break;
        case ARCHIVE_BYTES:
            code = take_piece(r, piece);
            cli_progress(r->cli, "restore", r->blobs, 0);
            break;
        case ARCHIVE_END:
            return 0;
        case ARCHIVE_DAMAGED:
            return damaged(r);
        }
        if (code == 0 && r->left == 0)
            code = end_member(r);
        if (code)
            return code;
    }
}

static int finish(struct restore *r)
{
    struct arena *a = &r->cli->arena;
    struct str want = arena_format(a, "\"database_sha256\":\"%s\"", r->database_sha256);
    if (!r->has_database || !r->has_manifest || !str_has(buf_str(&r->manifest), want))
        return damaged(r);
    const char *part = arena_format(a, "%s/wuxing.db.part", r->cli->data).p, *path = arena_format(a, "%s/wuxing.db", r->cli->data).p;
    int folder = open(r->cli->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = rename(part, path) == 0 && folder >= 0 && fsync(folder) == 0;
    if (folder >= 0)
        close(folder);
    if (!ok)
        return fail_errno(r, path);
    if (r->cli->json)
        cli_print(r->cli, "{\"files\":%lld}\n", (long long)r->blobs);
    else
        cli_print(r->cli, r->cli->lang == ZH ? "已恢复数据库和 %lld 个文件\n" : "restored the database and %lld files\n", (long long)r->blobs);
    if (access(arena_format(a, "%s/master.key", r->cli->data).p, F_OK) != 0 && !r->cli->json)
        cli_write(r->cli, cli_text(r->cli, (struct label)L("请把原来的 master.key 放入数据目录后再启动服务\n",
            "put the old master.key into the folder before the server is started\n")));
    return 0;
}

int run_restore(struct cli *cli)
{
    struct restore r = { .cli = cli, .fd = -1, .manifest = buf_in(&cli->arena) };
    const char *file = cli_arg(cli, 1);
    if (access(arena_format(&cli->arena, "%s/wuxing.db", cli->data).p, F_OK) == 0)
        return refuse(&r, (struct label)L("数据目录中已有数据，不会覆盖", "the folder holds data already; nothing is overwritten"));
    int in = open(file, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return fail_errno(&r, file);
    int code = make_folder(&r, cli->data);
    r.archive = archive_reader_new(in);
    code = code ? code : unpack(&r);
    code = code ? code : finish(&r);
    if (r.fd >= 0)
        close(r.fd);
    archive_reader_free(r.archive);
    close(in);
    if (code)
        unlink(arena_format(&cli->arena, "%s/wuxing.db.part", cli->data).p);
    return code;
}
