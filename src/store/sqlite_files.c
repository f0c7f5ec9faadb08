/* sqlite_files.c -- an online copy of the database file with its own check, and the check of the living one. The copy is
 * taken in one step over one snapshot: it neither waits for the writer nor makes it wait. */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PROBLEMS_MAX = 100 };

static bool one_text(sqlite3 *db, const char *sql, struct buf *out, struct str fine)
{
    sqlite3_stmt *stmt = NULL;
    bool ok = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK;
    int lines = 0, rc = SQLITE_DONE;
    while (ok && (rc = sqlite3_step(stmt)) == SQLITE_ROW && lines < PROBLEMS_MAX) {
        struct str line = str_of((const char *)sqlite3_column_text(stmt, 0));
        if (str_eq(line, fine))
            continue;
        buf_put(out, line);
        buf_char(out, '\n');
        lines++;
    }
    if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
        buf_put(out, str_of(sqlite3_errmsg(db)));
        buf_char(out, '\n');
        ok = false;
    }
    sqlite3_finalize(stmt);
    return ok && lines == 0;
}

static bool is_sound(sqlite3 *db, struct buf *out)
{
    bool pages = one_text(db, "pragma integrity_check(100)", out, S("ok"));
    bool links = one_text(db, "select 'row ' || coalesce(rowid, 0) || ' of ' || \"table\" || ' refers to nothing in ' || parent"
                              " from pragma_foreign_key_check", out, S(""));
    return pages && links;
}

bool sqlite_integrity(struct store *s, struct arena *arena, struct str *ret_report)
{
    struct fault fault = { 0 };
    struct buf out = buf_in(arena);
    struct conn *conn = sqlite_connect(s, false, &fault);
    bool ok = conn && is_sound(sqlite_of(conn)->db, &out);
    if (!conn)
        buf_put(&out, label_in(err_label(fault.code), EN));
    sqlite_disconnect(conn);
    *ret_report = ok ? S("ok") : buf_str(&out);
    return ok;
}

static bool copy_pages(sqlite3 *from, const char *path, struct buf *problems)
{
    sqlite3 *to = NULL;
    bool ok = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK;
    sqlite3_backup *backup = ok ? sqlite3_backup_init(to, "main", from, "main") : NULL;
    int rc = backup ? sqlite3_backup_step(backup, -1) : sqlite3_errcode(to);
    if (backup)
        sqlite3_backup_finish(backup);
    ok = backup && rc == SQLITE_DONE;
    if (!ok)
        buf_put(problems, str_of(sqlite3_errstr(rc)));
    /* one file without a WAL beside it: a copy is carried away by hand */
    ok = ok && sqlite3_exec(to, "pragma journal_mode=delete", NULL, NULL, NULL) == SQLITE_OK && is_sound(to, problems);
    sqlite3_close(to);
    return ok;
}

static bool make_lasting(const char *part, const char *path, const char *folder)
{
    int fd = open(part, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok && rename(part, path) == 0 && folder_sync(folder);
}

static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    return slash == path ? "/" : arena_z(arena, (struct str){ path, (size_t)(slash - path) });
}

bool sqlite_copy(struct store *s, const char *to_path, struct fault *fault)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct buf problems = buf_in(&arena);
    if (access(to_path, F_OK) == 0) {
        fault_set(fault, ERR_EXISTS, store_sentence("文件 %s 已经存在", to_path),
                  store_sentence("The file %s exists already", to_path));
        return false;
    }
    struct conn *conn = sqlite_connect(s, false, fault);
    if (!conn)
        return false;
    const char *part = arena_format(&arena, "%s.part", to_path).p;
    unlink(part);
    errno = 0;
    bool ok = copy_pages(sqlite_of(conn)->db, part, &problems) && make_lasting(part, to_path, folder_of(&arena, to_path));
    sqlite_disconnect(conn);
    if (ok)
        return true;
    enum err code = errno ? errno_err(errno) : ERR_UNAVAILABLE;
    unlink(part);
    fault_set(fault, code == ERR_NOT_FOUND ? ERR_UNAVAILABLE : code,
              store_sentence("备份没有完成：" STR_FMT, STR_ARG(buf_str(&problems))),
              store_sentence("The copy was not finished: " STR_FMT, STR_ARG(buf_str(&problems))));
    return false;
}
