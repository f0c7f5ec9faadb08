/* intake_file.c -- see intake_file.h. A record is its length (4 bytes, little-endian) and the sealed fields, so that a torn
 * tail is known by its tag; only records that were never acknowledged can be torn. The file is emptied only when every
 * record of it is in the store, so a crash in between brings some in twice, which the sequence makes harmless. */
#include "engine/intake_file.h"

#include "engine/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIELDS = 11, FIELDS_OF_OLD = 7, WAITING_BYTES_MAX = 64 << 20 };

struct intake_file {
    struct engine *engine;
    pthread_mutex_t lock, draining;
    int file, refused;
    _Atomic int64_t bytes;
    int64_t drained;                   /* of the file's beginning: in the store already */
};

bool intake_is_away(enum err code)
{
    return code == ERR_UNAVAILABLE || code == ERR_TIMEOUT || code == ERR_STORE_FULL || code == ERR_READ_ONLY || code == ERR_INTERNAL;
}

int64_t intake_file_bytes(struct intake_file *f)
{
    return atomic_load(&f->bytes);
}

/* --- records --------------------------------------------------------------------------------------------------------- */

static void put_text(struct buf *b, struct str text)
{
    for (int i = 0; i < 4; i++)
        buf_char(b, (char)(text.n >> (8 * i)));
    buf_put(b, text);
}

static void put_record(struct intake_file *f, struct arena *a, struct buf *out, const struct signal_in *s)
{
    struct buf b = buf_in(a);
    put_text(&b, s->protocol);
    put_text(&b, s->account);
    put_text(&b, s->sequence);
    put_text(&b, s->kind);
    put_text(&b, arena_format(a, "%lld", (long long)s->device_at));
    put_text(&b, arena_format(a, "%lld", (long long)s->at));
    put_text(&b, s->raw);
    put_text(&b, s->data);
    put_text(&b, s->code);
    put_text(&b, s->zone);
    put_text(&b, arena_format(a, "%lld", (long long)s->repeat_ms));
    put_text(out, keys_seal(f->engine->keys, a, KEY_DEVICE, S("intake"), buf_str(&b)));
}

static bool cut_text(struct str *rest, struct str *ret_text)
{
    size_t n = 0;
    if (rest->n < 4)
        return false;
    for (int i = 0; i < 4; i++)
        n |= (size_t)(unsigned char)rest->p[i] << (8 * i);
    if (n > rest->n - 4)
        return false;
    *ret_text = str_head(str_from(*rest, 4), n);
    *rest = str_from(*rest, 4 + n);
    return true;
}

static bool unpacked(struct intake_file *f, struct arena *a, struct str sealed, struct signal_in *ret_signal)
{
    struct str clear, field[FIELDS];
    if (!keys_open_sealed(f->engine->keys, a, KEY_DEVICE, S("intake"), sealed, &clear))
        return false;
    for (int i = 0; i < FIELDS; i++)
        if (!cut_text(&clear, &field[i])) {
            if (i < FIELDS_OF_OLD)
                return false;
            field[i] = S("");                          /* a record of an earlier version */
        }
    struct signal_in s = { .protocol = field[0], .account = field[1], .sequence = field[2], .kind = field[3], .raw = field[6],
                           .data = field[7], .code = field[8], .zone = field[9] };
    if (!str_to_i64(field[4], &s.device_at) || !str_to_i64(field[5], &s.at))
        return false;
    if (!str_to_i64(field[10], &s.repeat_ms))
        s.repeat_ms = 0;
    *ret_signal = s;
    return true;
}

/* --- keeping --------------------------------------------------------------------------------------------------------- */

static bool append(int fd, struct str bytes)
{
    while (bytes.n > 0) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes = str_from(bytes, (size_t)n);
    }
    return fdatasync(fd) == 0;
}

/* A record that was written in part is cut off again, or it would hide those behind it. */
bool intake_file_keep(struct intake_file *f, const struct signal_in *const *list, int count)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct buf records = buf_in(&a);
    for (int i = 0; i < count; i++)
        put_record(f, &a, &records, list[i]);
    struct str bytes = buf_str(&records);
    pthread_mutex_lock(&f->lock);
    int64_t before = f->bytes;
    bool ok = before + (int64_t)bytes.n <= WAITING_BYTES_MAX && append(f->file, bytes);
    if (ok)
        f->bytes = before + (int64_t)bytes.n;
    else
        (void)!ftruncate(f->file, before);
    pthread_mutex_unlock(&f->lock);
    return ok;
}

static char *read_part(int fd, int64_t from, int64_t size)
{
    char *bytes = calloc(1, (size_t)size + 1);
    int64_t got = 0;
    if (!bytes)
        abort();
    while (got < size) {
        ssize_t n = pread(fd, bytes + got, (size_t)(size - got), from + got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            free(bytes);
            return NULL;
        }
        got += n;
    }
    return bytes;
}

/* A tail that was torn by a power cut is cut off, or it would swallow what is appended behind it. */
static bool cut_torn_tail(struct intake_file *f)
{
    struct stat st;
    struct str sealed;
    if (fstat(f->file, &st) != 0)
        return false;
    char *bytes = read_part(f->file, 0, st.st_size);
    struct str rest = { bytes, bytes ? (size_t)st.st_size : 0 };
    while (cut_text(&rest, &sealed))
        continue;
    f->bytes = st.st_size - (int64_t)rest.n;
    bool ok = bytes && (rest.n == 0 || ftruncate(f->file, f->bytes) == 0);
    free(bytes);
    return ok;
}

/* --- bringing it in --------------------------------------------------------------------------------------------------- */

/* Nobody's device, or damaged: for a human. */
static bool set_aside(struct intake_file *f, struct arena *a, struct str sealed)
{
    struct buf record = buf_in(a);
    put_text(&record, sealed);
    return append(f->refused, buf_str(&record));
}

/* One record; false: the store is away again. */
static bool bring_in(struct intake_file *f, intake_put *put, struct str sealed, int *ret_done)
{
    struct arena arena_scoped a;
    struct signal_in s = { 0 };
    struct fault fault = { 0 };
    arena_init(&a, 0);
    bool read = unpacked(f, &a, sealed, &s);
    if (read && put(f->engine, &s, &fault)) {
        ++*ret_done;
        return true;
    }
    return !(read && intake_is_away(fault.code)) && set_aside(f, &a, sealed);
}

static bool empty_file(struct intake_file *f, int64_t size)
{
    pthread_mutex_lock(&f->lock);
    bool all = f->bytes == size && ftruncate(f->file, 0) == 0 && fdatasync(f->file) == 0;
    f->drained = all ? 0 : size;
    if (all)
        f->bytes = 0;
    pthread_mutex_unlock(&f->lock);
    return all;
}

int intake_file_drain(struct intake_file *f, intake_put *put, bool *ret_away)
{
    int done = 0;
    *ret_away = false;
    if (f->bytes == 0)
        return 0;
    pthread_mutex_lock(&f->draining);
    int64_t from = f->drained, size = f->bytes;
    char *bytes = read_part(f->file, from, size - from);
    struct str rest = { bytes, bytes ? (size_t)(size - from) : 0 }, sealed;
    while (!*ret_away && cut_text(&rest, &sealed))
        *ret_away = !bring_in(f, put, sealed, &done);
    if (bytes && !*ret_away)
        empty_file(f, size);
    free(bytes);
    pthread_mutex_unlock(&f->draining);
    return done;
}

/* --- life ------------------------------------------------------------------------------------------------------------ */

static int open_file(struct arena *a, const char *dir, const char *name, struct fault *fault)
{
    int fd = open(arena_format(a, "%s/%s", dir, name).p, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        fault_set(fault, ERR_UNAVAILABLE, "无法打开信号暂存文件", "The intake file cannot be opened");
    return fd;
}

struct intake_file *intake_file_open(struct engine *e, struct fault *fault)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct intake_file *f = calloc(1, sizeof *f);
    if (!f)
        abort();
    f->engine = e;
    pthread_mutex_init(&f->lock, NULL);
    pthread_mutex_init(&f->draining, NULL);
    f->file = open_file(&a, e->dir, "intake", fault);
    f->refused = f->file < 0 ? -1 : open_file(&a, e->dir, "intake.refused", fault);
    if (f->refused >= 0 && cut_torn_tail(f))
        return f;
    fault_set(fault, ERR_UNAVAILABLE, "无法读取信号暂存文件", "The intake file cannot be read");
    intake_file_close(f);
    return NULL;
}

void intake_file_close(struct intake_file *f)
{
    if (!f)
        return;
    if (f->file >= 0)
        close(f->file);
    if (f->refused >= 0)
        close(f->refused);
    pthread_mutex_destroy(&f->lock);
    pthread_mutex_destroy(&f->draining);
    free(f);
}
