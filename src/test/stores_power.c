/* stores_power.c -- see stores_power.h. The live run passes through to the real VFS, locks and shared memory included; only
 * what would have reached the disk is logged. */
#include "test/stores_power.h"

#include "test/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512, INODES_MAX = 4096, NAME_MAX_BYTES = 64 };
enum event_kind { EV_WRITE, EV_TRUNCATE, EV_SYNC, EV_DIR_SYNC, EV_CREATE, EV_REMOVE, EV_ACK };

struct event {
    enum event_kind kind;
    int inode;                        /* EV_ACK: the write's number */
    int64_t offset;                   /* EV_TRUNCATE: the new size */
    int bytes;
    char *data;
};

struct inode {
    char name[NAME_MAX_BYTES];        /* without the folder */
    bool linked;                      /* the live name points here */
    bool dir_synced;
};

static struct {
    pthread_mutex_t lock;
    struct event *events;
    size_t count, room;
    struct inode inodes[INODES_MAX];
    int inode_count;
} journal = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* --- logging ---------------------------------------------------------------------------------------------------------------- */

static void log_event(struct event e, const void *data)
{
    pthread_mutex_lock(&journal.lock);
    if (journal.count == journal.room) {
        journal.room = journal.room ? journal.room * 2 : 1024;
        journal.events = realloc(journal.events, journal.room * sizeof *journal.events);
        CHECK(journal.events != NULL);
    }
    if (data) {
        e.data = malloc((size_t)e.bytes);
        CHECK(e.data != NULL);
        memcpy(e.data, data, (size_t)e.bytes);
    }
    journal.events[journal.count++] = e;
    pthread_mutex_unlock(&journal.lock);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int inode_of(const char *path)
{
    for (int i = 0; i < journal.inode_count; i++)
        if (journal.inodes[i].linked && strcmp(journal.inodes[i].name, base_name(path)) == 0)
            return i;
    return -1;
}

static int inode_open(const char *path)
{
    pthread_mutex_lock(&journal.lock);
    int inode = inode_of(path);
    bool create = inode < 0;
    if (create) {
        CHECK(journal.inode_count < INODES_MAX);
        inode = journal.inode_count++;
        journal.inodes[inode] = (struct inode){ .linked = true };
        snprintf(journal.inodes[inode].name, NAME_MAX_BYTES, "%s", base_name(path));
    }
    pthread_mutex_unlock(&journal.lock);
    if (create)
        log_event((struct event){ .kind = EV_CREATE, .inode = inode }, NULL);
    return inode;
}

void power_ack(int number)
{
    CHECK(number >= 0 && number < POWER_ACKS_MAX);
    log_event((struct event){ .kind = EV_ACK, .inode = number }, NULL);
}

void power_forget(void)
{
    for (size_t i = 0; i < journal.count; i++)
        free(journal.events[i].data);
    free(journal.events);
    journal.events = NULL;
    journal.count = journal.room = 0;
    journal.inode_count = 0;
}

/* --- failing calls ------------------------------------------------------------------------------------------------------------ */

static struct {
    int64_t calls, at;
    bool for_ever;
    int code;
} failing;

int64_t power_fail(int64_t at, bool for_ever, int code)
{
    pthread_mutex_lock(&journal.lock);
    int64_t calls = failing.calls;
    failing.calls = 0;
    failing.at = at;
    failing.for_ever = for_ever;
    failing.code = code;
    pthread_mutex_unlock(&journal.lock);
    return calls;
}

static bool must_fail(void)
{
    pthread_mutex_lock(&journal.lock);
    int64_t call = ++failing.calls;
    bool fails = failing.at > 0 && (failing.for_ever ? call >= failing.at : call == failing.at);
    pthread_mutex_unlock(&journal.lock);
    return fails;
}

/* --- the VFS ---------------------------------------------------------------------------------------------------------------- */

struct file {
    sqlite3_file base;
    int inode;
    bool syncs_folder;                /* a WAL or journal: its first sync also syncs the directory */
    sqlite3_file *real;               /* stands right behind this struct */
};

static sqlite3_vfs *plain;

#define REAL(f) (((struct file *)(f))->real)

static int file_close(sqlite3_file *f)
{
    return REAL(f)->pMethods->xClose(REAL(f));
}

static int file_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    if (must_fail())
        return failing.code;
    return REAL(f)->pMethods->xRead(REAL(f), to, n, at);
}

static int file_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    if (must_fail())
        return failing.code;
    log_event((struct event){ .kind = EV_WRITE, .inode = ((struct file *)f)->inode, .offset = at, .bytes = n }, from);
    return REAL(f)->pMethods->xWrite(REAL(f), from, n, at);
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    if (must_fail())
        return failing.code;
    log_event((struct event){ .kind = EV_TRUNCATE, .inode = ((struct file *)f)->inode, .offset = size }, NULL);
    return REAL(f)->pMethods->xTruncate(REAL(f), size);
}

static int file_sync(sqlite3_file *f, int flags)
{
    if (must_fail())
        return failing.code;
    struct file *file = (struct file *)f;
    struct inode *inode = &journal.inodes[file->inode];
    log_event((struct event){ .kind = EV_SYNC, .inode = file->inode }, NULL);
    if (file->syncs_folder && !inode->dir_synced) {
        inode->dir_synced = true;
        log_event((struct event){ .kind = EV_DIR_SYNC }, NULL);
    }
    return REAL(f)->pMethods->xSync(REAL(f), flags);
}

static int file_size(sqlite3_file *f, sqlite3_int64 *ret)
{
    return REAL(f)->pMethods->xFileSize(REAL(f), ret);
}

static int file_lock(sqlite3_file *f, int level)
{
    return REAL(f)->pMethods->xLock(REAL(f), level);
}

static int file_unlock(sqlite3_file *f, int level)
{
    return REAL(f)->pMethods->xUnlock(REAL(f), level);
}

static int file_reserved(sqlite3_file *f, int *ret)
{
    return REAL(f)->pMethods->xCheckReservedLock(REAL(f), ret);
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
    return REAL(f)->pMethods->xFileControl(REAL(f), op, arg);
}

static int file_sector(sqlite3_file *f)
{
    return REAL(f)->pMethods->xSectorSize(REAL(f));
}

static int file_device(sqlite3_file *f)
{
    return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}

static int file_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
    return REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, ret);
}

static int file_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return REAL(f)->pMethods->xShmLock(REAL(f), offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *f)
{
    REAL(f)->pMethods->xShmBarrier(REAL(f));
}

static int file_shm_unmap(sqlite3_file *f, int remove_it)
{
    return REAL(f)->pMethods->xShmUnmap(REAL(f), remove_it);
}

/* Version 2: no memory-mapped reads, so that every change passes through file_write. */
static const sqlite3_io_methods methods = {
    .iVersion = 2, .xClose = file_close, .xRead = file_read, .xWrite = file_write, .xTruncate = file_truncate,
    .xSync = file_sync, .xFileSize = file_size, .xLock = file_lock, .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved, .xFileControl = file_control, .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_device, .xShmMap = file_shm_map, .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier, .xShmUnmap = file_shm_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
    struct file *file = (struct file *)f;
    (void)vfs;
    file->real = (sqlite3_file *)(file + 1);
    file->base.pMethods = NULL;
    if (must_fail())
        return SQLITE_CANTOPEN;
    int rc = plain->xOpen(plain, name, file->real, flags, ret_flags);
    if (rc != SQLITE_OK)
        return rc;
    if (!name || flags & SQLITE_OPEN_DELETEONCLOSE) {
        memmove(f, file->real, (size_t)plain->szOsFile);      /* temporary files do not outlive a crash */
        return SQLITE_OK;
    }
    file->inode = inode_open(name);
    file->syncs_folder = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL);
    file->base.pMethods = &methods;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    (void)vfs;
    pthread_mutex_lock(&journal.lock);
    int inode = inode_of(name);
    if (inode >= 0)
        journal.inodes[inode].linked = false;
    pthread_mutex_unlock(&journal.lock);
    if (inode >= 0)
        log_event((struct event){ .kind = EV_REMOVE, .inode = inode }, NULL);
    if (sync_folder)
        log_event((struct event){ .kind = EV_DIR_SYNC }, NULL);
    return plain->xDelete(plain, name, sync_folder);
}

void power_start(void)
{
    static sqlite3_vfs power;
    power_forget();
    if (plain)
        return;
    plain = sqlite3_vfs_find(NULL);
    power = *plain;
    power.zName = POWER_VFS;
    power.pNext = NULL;
    power.szOsFile = (int)sizeof(struct file) + plain->szOsFile;
    power.xOpen = vfs_open;
    power.xDelete = vfs_delete;
    CHECK(sqlite3_vfs_register(&power, 0) == SQLITE_OK);
}

/* --- the disk ----------------------------------------------------------------------------------------------------------------- */

struct image {                        /* one file's bytes */
    char *p;
    int64_t n, room;
};

struct disk_file {
    struct image synced;
    size_t pending[65536];            /* events after the last sync */
    int pending_count;
    bool sure;                        /* its name is there for certain */
    bool removed_for_sure;
};

enum luck { LOSE_ALL, KEEP_ALL, SOME, GARBLE, LUCKS };

static struct {
    struct disk_file *files;          /* by inode */
    size_t names[4096];               /* creations and removals after the last directory sync */
    int name_count;
    bool acked[POWER_ACKS_MAX];
} disk;

static uint64_t dice_state;

static uint32_t dice(void)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return (uint32_t)(dice_state >> 16);
}

static void image_size(struct image *i, int64_t n)
{
    if (n > i->room) {
        i->room = n * 2;
        i->p = realloc(i->p, (size_t)i->room);
        CHECK(i->p != NULL);
    }
    if (n > i->n)
        memset(i->p + i->n, 0, (size_t)(n - i->n));
    i->n = n;
}

static void image_put(struct image *i, int64_t at, const char *data, int64_t n)
{
    if (at + n > i->n)
        image_size(i, at + n);
    if (n)
        memcpy(i->p + at, data, (size_t)n);
}

static void put_sectors(struct image *i, const struct event *e, enum luck luck)
{
    for (int64_t at = e->offset, end = e->offset + e->bytes; at < end;) {
        int64_t next = (at / SECTOR + 1) * SECTOR < end ? (at / SECTOR + 1) * SECTOR : end;
        const char *data = e->data + (at - e->offset);
        uint32_t fate = dice() % (luck == GARBLE ? 3 : 2);
        if (fate == 1)
            image_put(i, at, data, next - at);
        for (int64_t k = at; fate == 2 && k < next; k++)
            image_put(i, k, &(char){ (char)dice() }, 1);
        at = next;
    }
}

static void put_event(struct image *i, const struct event *e, enum luck luck)
{
    bool whole = luck == KEEP_ALL;
    if (e->kind == EV_TRUNCATE) {
        if (whole || (luck != LOSE_ALL && dice() % 2))
            image_size(i, e->offset);
    } else if (whole) {
        image_put(i, e->offset, e->data, e->bytes);
    } else if (luck != LOSE_ALL) {
        put_sectors(i, e, luck);
    }
}

static void sync_names(void)
{
    for (int i = 0; i < disk.name_count; i++) {
        const struct event *e = &journal.events[disk.names[i]];
        disk.files[e->inode].sure = true;
        disk.files[e->inode].removed_for_sure = e->kind == EV_REMOVE;
    }
    disk.name_count = 0;
}

static void happen(size_t at)
{
    const struct event *e = &journal.events[at];
    struct disk_file *f = e->kind == EV_ACK ? NULL : &disk.files[e->inode];
    switch (e->kind) {
    case EV_WRITE: case EV_TRUNCATE:
        CHECK(f->pending_count < (int)COUNT(f->pending));
        f->pending[f->pending_count++] = at;
        break;
    case EV_SYNC:
        for (int i = 0; i < f->pending_count; i++)
            put_event(&f->synced, &journal.events[f->pending[i]], KEEP_ALL);
        f->pending_count = 0;
        break;
    case EV_CREATE: case EV_REMOVE:
        CHECK(disk.name_count < (int)COUNT(disk.names));
        disk.names[disk.name_count++] = at;
        break;
    case EV_DIR_SYNC:
        sync_names();
        break;
    case EV_ACK:
        disk.acked[e->inode] = true;
        break;
    }
}

static void write_image(const char *dir, const char *name, const struct image *i)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && (i->n == 0 || write(fd, i->p, (size_t)i->n) == i->n));
    close(fd);
}

static void unlink_in(const char *dir, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    unlink(path);
}

/* Which names are there: those that are sure, then a prefix of the unsure changes, since a folder's changes are ordered. */
static void choose_names(bool *there, enum luck luck)
{
    int kept = luck == LOSE_ALL ? 0 : luck == KEEP_ALL ? disk.name_count : (int)(dice() % (unsigned)(disk.name_count + 1));
    for (int i = 0; i < journal.inode_count; i++)
        there[i] = disk.files[i].sure && !disk.files[i].removed_for_sure;
    for (int i = 0; i < kept; i++)
        there[journal.events[disk.names[i]].inode] = journal.events[disk.names[i]].kind == EV_CREATE;
}

static void materialise(const char *dir, enum luck luck)
{
    static bool there[INODES_MAX];
    choose_names(there, luck);
    for (int i = 0; i < journal.inode_count; i++)
        unlink_in(dir, journal.inodes[i].name);
    unlink_in(dir, "wuxing.db-shm");
    for (int i = 0; i < journal.inode_count; i++) {
        const struct disk_file *f = &disk.files[i];
        if (!there[i])
            continue;
        struct image now = { 0 };
        image_put(&now, 0, f->synced.p ? f->synced.p : "", f->synced.n);
        for (int k = 0; k < f->pending_count; k++)
            put_event(&now, &journal.events[f->pending[k]], luck);
        write_image(dir, journal.inodes[i].name, &now);
        free(now.p);
    }
}

/* --- the verdict -------------------------------------------------------------------------------------------------------------- */

static bool is_sound(sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    bool ok = sqlite3_prepare_v2(db, "pragma integrity_check", -1, &stmt, NULL) == SQLITE_OK &&
              sqlite3_step(stmt) == SQLITE_ROW && !strcmp((const char *)sqlite3_column_text(stmt, 0), "ok");
    sqlite3_finalize(stmt);
    return ok;
}

static void judge(const char *dir, struct power_result *r, bool (*present)(sqlite3 *, bool *))
{
    static bool there[POWER_ACKS_MAX];
    char path[512];
    sqlite3 *db = NULL;
    memset(there, 0, sizeof there);
    snprintf(path, sizeof path, "%s/wuxing.db", dir);
    bool ok = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix") == SQLITE_OK;
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_exec(db, "pragma synchronous=off", NULL, NULL, NULL);
    ok = ok && is_sound(db) && present(db, there);
    sqlite3_close(db);
    bool lost = false;
    for (int i = 0; i < POWER_ACKS_MAX; i++)
        lost = lost || (disk.acked[i] && !there[i]);
    r->states++;
    r->corrupt += !ok;
    r->lost += ok && lost;
}

struct power_result power_crash(const char *dir, int64_t states, uint64_t seed, bool (*present)(sqlite3 *, bool *))
{
    struct power_result r = { .events = (int64_t)journal.count };
    memset(&disk, 0, sizeof disk);
    disk.files = calloc((size_t)journal.inode_count + 1, sizeof *disk.files);
    CHECK(disk.files != NULL);
    dice_state = seed * 2654435761u + 88172645463325252ULL;
    double share = (double)states / (double)(journal.count ? journal.count : 1), due = 0;
    for (size_t at = 0; at < journal.count; at++) {
        happen(at);
        for (due += share; due >= 1; due -= 1) {
            materialise(dir, (enum luck)(dice() % LUCKS));
            judge(dir, &r, present);
        }
    }
    for (int i = 0; i < journal.inode_count; i++)
        free(disk.files[i].synced.p);
    free(disk.files);
    return r;
}
