/* sqlite_wal.c -- the log is written in pieces of 64 KiB. SQLite writes each page of a commit by two calls, its head and its
 * body, some fifteen calls for the commit of one request; here what follows one another is gathered and written
 * when the log is synced, which with synchronous=FULL is before any commit is told to readers or to the caller. So nothing
 * is promised earlier than before: what is lost with the process was never committed.
 *
 * A VFS over another one: only logs get methods of our own, every other file is opened by the one below as it is. It is for
 * the writer's connection under synchronous=FULL and for no other: without the sync readers would look for pages that
 * are not in the file yet. */
#include "store/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GATHER_BYTES = 64 << 10 };

struct wal_file {
    sqlite3_file file;                /* first: SQLite sees this */
    sqlite3_int64 at;                 /* where in the file the gathered bytes belong */
    int n;
    char *bytes;
    _Alignas(8) char below[];         /* the file of the VFS below; SQLite aligns files to 8 */
};

static sqlite3_file *below(sqlite3_file *file)
{
    return (sqlite3_file *)((struct wal_file *)file)->below;
}

static int flush(sqlite3_file *file)
{
    struct wal_file *w = (struct wal_file *)file;
    int n = w->n;
    w->n = 0;
    return n ? below(file)->pMethods->xWrite(below(file), w->bytes, n, w->at) : SQLITE_OK;
}

static int wal_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
    struct wal_file *w = (struct wal_file *)file;
    if (w->n && (at != w->at + w->n || n > GATHER_BYTES - w->n)) {
        int rc = flush(file);
        if (rc != SQLITE_OK)
            return rc;
    }
    if (n > GATHER_BYTES)
        return below(file)->pMethods->xWrite(below(file), p, n, at);
    if (w->n == 0)
        w->at = at;
    memcpy(w->bytes + w->n, p, (size_t)n);
    w->n += n;
    return SQLITE_OK;
}

static int wal_read(sqlite3_file *file, void *p, int n, sqlite3_int64 at)
{
    int rc = flush(file);
    return rc == SQLITE_OK ? below(file)->pMethods->xRead(below(file), p, n, at) : rc;
}

static int wal_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int rc = flush(file);
    return rc == SQLITE_OK ? below(file)->pMethods->xTruncate(below(file), size) : rc;
}

static int wal_sync(sqlite3_file *file, int flags)
{
    int rc = flush(file);
    return rc == SQLITE_OK ? below(file)->pMethods->xSync(below(file), flags) : rc;
}

static int wal_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    int rc = flush(file);
    return rc == SQLITE_OK ? below(file)->pMethods->xFileSize(below(file), ret_size) : rc;
}

static int wal_close(sqlite3_file *file)
{
    int written = flush(file), closed = below(file)->pMethods->xClose(below(file));
    free(((struct wal_file *)file)->bytes);
    return written == SQLITE_OK ? closed : written;
}

static int wal_control(sqlite3_file *file, int op, void *arg)
{
    return below(file)->pMethods->xFileControl(below(file), op, arg);
}

/* Nobody locks a log; SQLite asks for these of every file. */
static int wal_lock(sqlite3_file *file, int level)
{
    return below(file)->pMethods->xLock(below(file), level);
}

static int wal_unlock(sqlite3_file *file, int level)
{
    return below(file)->pMethods->xUnlock(below(file), level);
}

static int wal_reserved(sqlite3_file *file, int *ret_reserved)
{
    return below(file)->pMethods->xCheckReservedLock(below(file), ret_reserved);
}

static int wal_sector(sqlite3_file *file)
{
    return below(file)->pMethods->xSectorSize(below(file));
}

static int wal_device(sqlite3_file *file)
{
    return below(file)->pMethods->xDeviceCharacteristics(below(file));
}

static const sqlite3_io_methods wal_methods = {
    .iVersion = 1, .xClose = wal_close, .xRead = wal_read, .xWrite = wal_write, .xTruncate = wal_truncate, .xSync = wal_sync,
    .xFileSize = wal_size, .xLock = wal_lock, .xUnlock = wal_unlock, .xCheckReservedLock = wal_reserved,
    .xFileControl = wal_control, .xSectorSize = wal_sector, .xDeviceCharacteristics = wal_device,
};

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
    sqlite3_vfs *base = vfs->pAppData;
    if (!(flags & SQLITE_OPEN_WAL))
        return base->xOpen(base, name, file, flags, ret_flags);
    struct wal_file *w = (struct wal_file *)file;
    w->file.pMethods = NULL;
    w->n = 0;
    int rc = base->xOpen(base, name, below(file), flags, ret_flags);
    if (!below(file)->pMethods)
        return rc;
    w->file.pMethods = &wal_methods;  /* from here on SQLite closes it, even when it did not open */
    w->bytes = malloc(GATHER_BYTES);
    if (!w->bytes)
        abort();
    return rc;
}

const char *sqlite_wal_vfs(const char *over)
{
    sqlite3_vfs *base = sqlite3_vfs_find(over);
    if (!base)
        return over;
    struct made { sqlite3_vfs vfs; char name[64]; } *made = calloc(1, sizeof *made);
    if (!made)
        abort();
    snprintf(made->name, sizeof made->name, "gathering %s", base->zName);
    sqlite3_vfs *known = sqlite3_vfs_find(made->name);
    if (known) {
        free(made);
        return known->zName;
    }
    made->vfs = *base;
    made->vfs.zName = made->name;
    made->vfs.pAppData = base;
    made->vfs.pNext = NULL;
    made->vfs.szOsFile = (int)sizeof(struct wal_file) + base->szOsFile;
    made->vfs.xOpen = open_file;
    sqlite3_vfs_register(&made->vfs, 0);
    return made->name;
}
