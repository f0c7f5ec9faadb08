/* package.c -- see package.h. */
#include "engine/office/package.h"

#include <zip.h>

enum { DOS_DAY_1980_01_01 = (0 << 9) | (1 << 5) | 1 };

struct package package_begin(struct arena *a)
{
    struct package p = { .arena = a };
    zip_error_t error;
    zip_error_init(&error);
    p.target = zip_source_buffer_create(NULL, 0, 0, &error);
    if (p.target) {
        /* ours outlives the archive: the bytes are read after it is closed */
        zip_source_keep(p.target);
        p.zip = zip_open_from_source(p.target, ZIP_TRUNCATE, &error);
        if (!p.zip)
            zip_source_free(p.target);
    }
    zip_error_fini(&error);
    return p;
}

void package_add(struct package *p, const char *path, struct str bytes)
{
    if (!p->zip)
        return;
    zip_source_t *part = zip_source_buffer(p->zip, bytes.p, bytes.n, 0);
    zip_int64_t index = part ? zip_file_add(p->zip, path, part, ZIP_FL_ENC_UTF_8) : -1;
    if (index >= 0) {
        zip_file_set_dostime(p->zip, (zip_uint64_t)index, 0, DOS_DAY_1980_01_01, 0);
        return;
    }
    zip_source_free(part);
    zip_discard(p->zip);
    p->zip = NULL;
}

static struct str read_whole(struct arena *a, zip_source_t *source)
{
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_source_stat(source, &stat) || !(stat.valid & ZIP_STAT_SIZE) || zip_source_open(source))
        return S("");
    char *p = arena_alloc(a, stat.size + 1);
    zip_int64_t n = zip_source_read(source, p, stat.size);
    zip_source_close(source);
    return n == (zip_int64_t)stat.size ? (struct str){ p, stat.size } : S("");
}

struct str package_done(struct package *p)
{
    struct str bytes = S("");
    if (p->zip) {
        if (zip_close(p->zip) == 0)
            bytes = read_whole(p->arena, p->target);
        else
            zip_discard(p->zip);
        p->zip = NULL;
    }
    zip_source_free(p->target);
    p->target = NULL;
    return bytes;
}
