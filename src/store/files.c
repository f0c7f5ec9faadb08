/* files.c -- the data folder: made, locked so that two processes never write it, synced so that a new name is on disk. */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum err errno_err(int code)
{
    switch (code) {
    case ENOSPC: case EDQUOT: case EFBIG:
        return ERR_STORE_FULL;
    case EROFS: case EACCES: case EPERM:
        return ERR_READ_ONLY;
    case ENOENT:
        return ERR_NOT_FOUND;
    default:
        return ERR_UNAVAILABLE;
    }
}

bool folder_make(const char *path, struct fault *fault)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    fault_set(fault, errno_err(errno) == ERR_NOT_FOUND ? ERR_UNAVAILABLE : errno_err(errno),
              store_sentence("数据目录 %s 无法建立：%m", path), store_sentence("Cannot make the data folder %s: %m", path));
    return false;
}

int folder_lock(const char *dir, struct fault *fault)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    const char *path = arena_format(&arena, "%s/lock", dir).p;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        fault_set(fault, errno_err(errno), store_sentence("无法打开 %s：%m", path), store_sentence("Cannot open %s: %m", path));
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    fault_set(fault, ERR_CONFLICT, store_sentence("数据目录 %s 正被另一个进程使用", dir),
              store_sentence("The data folder %s is in use by another process", dir));
    close(fd);
    return -1;
}

bool folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0;
    close(fd);
    return ok;
}
