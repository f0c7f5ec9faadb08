/* backup.c -- `wuxing backup`: a copy of a running installation. The database is copied first and the contents of files
 * after it: a file's bytes are on disk before the row that names them, so the copy has all that its rows name. */
#include "cli/archive.h"
#include "cli/own.h"
#include "cli/run.h"

#include "engine/history.h"
#include "engine/keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct backup {
    struct cli *cli;
    struct archive_writer *archive;
    const char *copy;                  /* the database's copy, beside the database */
    int64_t done, total;
    char digest[65];                   /* of the copy */
    bool failed;
};

static void to_output(void *arg, struct str bytes)
{
    cli_write(((struct backup *)arg)->cli, bytes);
}

static void apply_seal(struct tx *tx, void *arg)
{
    (void)arg;
    history_seal(tx);
}

static bool add_file(struct backup *b, const char *path, const char *name, bool digest)
{
    char piece[65536];
    struct stat st;
    crypto_hash_sha256_state state;
    unsigned char hash[crypto_hash_sha256_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        cli_fail_text(b->cli, arena_format(&b->cli->arena, "%s: %s", path, strerror(errno)));
        return false;
    }
    crypto_hash_sha256_init(&state);
    archive_member(b->archive, name, st.st_size);
    int64_t left = st.st_size;
    for (ssize_t n; left > 0 && (n = read(fd, piece, left < (int64_t)sizeof piece ? (size_t)left : sizeof piece)) > 0;) {
        archive_bytes(b->archive, (struct str){ piece, (size_t)n });
        if (digest)
            crypto_hash_sha256_update(&state, (unsigned char *)piece, (size_t)n);
        left -= n;
        b->done += n;
        cli_progress(b->cli, "backup", b->done, b->total);
    }
    close(fd);
    if (left) {
        cli_fail_text(b->cli, arena_format(&b->cli->arena, "%s: cannot be read to its end", path));
        return false;
    }
    crypto_hash_sha256_final(&state, hash);
    if (digest)
        sodium_bin2hex(b->digest, sizeof b->digest, hash, sizeof hash);
    return true;
}

static bool is_hash(const char *name)
{
    uint8_t bytes[32];
    return str_hex(str_of(name), bytes, sizeof bytes);
}

/* Calls fn with the path and the archive's name of each blob. */
static void each_blob(struct backup *b, void (*fn)(struct backup *, const char *path, const char *name))
{
    struct arena arena;
    arena_init(&arena, 0);
    for (int i = 0; i < 256 && !b->failed; i++) {
        const char *folder = arena_format(&arena, "%s/blobs/%02x", b->cli->data, i).p;
        DIR *entries = opendir(folder);
        for (struct dirent *e; entries && !b->failed && (e = readdir(entries));)
            if (is_hash(e->d_name))
                fn(b, arena_format(&arena, "%s/%s", folder, e->d_name).p, arena_format(&arena, "blobs/%02x/%s", i, e->d_name).p);
        if (entries)
            closedir(entries);
        arena_reset(&arena);
    }
    arena_free(&arena);
}

static void add_size(struct backup *b, const char *path, const char *name)
{
    struct stat st;
    (void)name;
    if (stat(path, &st) == 0)
        b->total += st.st_size;
}

static void add_blob(struct backup *b, const char *path, const char *name)
{
    b->failed = !add_file(b, path, name, false);
}

static void add_manifest(struct backup *b)
{
    struct json j = json_in(&b->cli->arena);
    json_obj(&j);
    json_key_str(&j, "program", S("wuxing"));
    json_key_str(&j, "version", S(WUXING_VERSION));
    json_key_time(&j, "at", b->cli->engine->clock->now(b->cli->engine->clock));
    json_key_str(&j, "database_sha256", str_of(b->digest));
    json_end(&j);
    struct str text = json_done(&j);
    archive_member(b->archive, "manifest.json", (int64_t)text.n);
    archive_bytes(b->archive, text);
}

static int write_archive(struct backup *b)
{
    b->archive = archive_writer_new(to_output, b);
    add_size(b, b->copy, "");
    each_blob(b, add_size);
    each_blob(b, add_blob);
    b->failed = b->failed || !add_file(b, b->copy, "wuxing.db", true);
    if (!b->failed) {
        add_manifest(b);
        archive_end(b->archive);
    }
    archive_writer_free(b->archive);
    return b->failed ? 1 : 0;
}

int run_backup(struct cli *cli)
{
    struct fault fault = { 0 };
    struct backup b = { .cli = cli };
    if (!cli->data)
        return 2;
    b.copy = arena_format(&cli->arena, "%s/backup-" STR_FMT ".db", cli->data, STR_ARG(random_token(&cli->arena, 9))).p;
    if (!own_write(cli, apply_seal, NULL))
        return 1;
    if (!store_copy(cli->engine->store, b.copy, &fault))
        return cli_fault(cli, &fault);
    int code = write_archive(&b);
    unlink(b.copy);
    return code;
}
