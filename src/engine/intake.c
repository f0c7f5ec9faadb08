/* intake.c -- see intake.h. A record is its length (4 bytes, little-endian) and the sealed fields, so that a torn tail is
 * known by its tag; only records that were never acknowledged can be torn. The file is emptied only when every record of
 * it is in the store, so a crash in between brings some in twice, which the sequence makes harmless. */
#include "engine/intake.h"

#include "engine/keys.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIELDS = 8, WAITING_BYTES_MAX = 64 << 20 };

struct intake {
    struct engine *engine;
    intake_put *put;
    pthread_mutex_t lock;
    int file, refused;
    _Atomic int64_t bytes;
};

/* --- the store ------------------------------------------------------------------------------------------------------ */

struct putting { const struct signal_in *in; bool apply; };
static void put(struct tx *tx, void *arg)
{
    const struct putting *p = arg;
    bool fresh = false;
    int64_t id = signal_put(tx, p->in, &fresh);
    if (id && fresh && p->apply)
        signal_apply(tx, id);
}

static enum err put_once(struct engine *e, const struct signal_in *in, bool apply, struct fault *fault)
{
    struct arena arena_scoped a;
    struct putting p = { in, apply };
    arena_init(&a, 0);
    struct write w = { .apply = put, .arg = &p, .arena = &a, .lane = LANE_URGENT };
    store_write(e->store, &w);
    if (w.fault.code != ERR_OK)
        *fault = (struct fault){ .code = w.fault.code, .file = w.fault.file, .line = w.fault.line };
    return w.fault.code;
}

static bool is_away(enum err code)
{
    return code == ERR_UNAVAILABLE || code == ERR_TIMEOUT || code == ERR_STORE_FULL || code == ERR_READ_ONLY || code == ERR_INTERNAL;
}

/* Written and understood in one transaction; if the module refuses it, written alone: it waits for the turn. */
bool intake_store_put(struct engine *e, const struct signal_in *in, struct fault *fault)
{
    struct fault first = { 0 };
    if (put_once(e, in, true, &first) == ERR_OK || put_once(e, in, false, fault) == ERR_OK)
        return true;
    return false;
}

/* --- the file ------------------------------------------------------------------------------------------------------- */

static int open_file(struct arena *a, const char *dir, const char *name, struct fault *fault)
{
    int fd = open(arena_format(a, "%s/%s", dir, name).p, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        fault_set(fault, ERR_UNAVAILABLE, "无法打开信号暂存文件", "The intake file cannot be opened");
    return fd;
}

void intake_close(struct intake *in)
{
    if (!in)
        return;
    if (in->file >= 0)
        close(in->file);
    if (in->refused >= 0)
        close(in->refused);
    pthread_mutex_destroy(&in->lock);
    free(in);
}

int64_t intake_waiting_bytes(struct intake *in)
{
    return in->bytes;
}

void intake_set_put(struct intake *in, intake_put *to)
{
    in->put = to;
}

static void put_text(struct buf *b, struct str text)
{
    for (int i = 0; i < 4; i++)
        buf_char(b, (char)(text.n >> (8 * i)));
    buf_put(b, text);
}

static struct str packed(struct intake *in, struct arena *a, const struct signal_in *s)
{
    struct buf b = buf_in(a), out = buf_in(a);
    put_text(&b, s->protocol);
    put_text(&b, s->account);
    put_text(&b, s->sequence);
    put_text(&b, s->kind);
    put_text(&b, arena_format(a, "%lld", (long long)s->device_at));
    put_text(&b, arena_format(a, "%lld", (long long)s->at));
    put_text(&b, s->raw);
    put_text(&b, s->data);
    put_text(&out, keys_seal(in->engine->keys, a, KEY_DEVICE, S("intake"), buf_str(&b)));
    return buf_str(&out);
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

static bool unpacked(struct intake *in, struct arena *a, struct str sealed, struct signal_in *ret_signal)
{
    struct str clear, f[FIELDS];
    if (!keys_open_sealed(in->engine->keys, a, KEY_DEVICE, S("intake"), sealed, &clear))
        return false;
    f[FIELDS - 1] = S("");                               /* records of an earlier version have no data */
    for (int i = 0; i < FIELDS; i++)
        if (!cut_text(&clear, &f[i]) && i < FIELDS - 1)
            return false;
    struct signal_in s = { .protocol = f[0], .account = f[1], .sequence = f[2], .kind = f[3], .raw = f[6], .data = f[7] };
    if (!str_to_i64(f[4], &s.device_at) || !str_to_i64(f[5], &s.at))
        return false;
    *ret_signal = s;
    return true;
}

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
static bool keep_locally(struct intake *in, const struct signal_in *s, struct fault *fault)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct str record = packed(in, &a, s);
    pthread_mutex_lock(&in->lock);
    int64_t before = in->bytes;
    bool ok = before + (int64_t)record.n <= WAITING_BYTES_MAX && append(in->file, record);
    if (ok)
        in->bytes = before + (int64_t)record.n;
    else
        (void)!ftruncate(in->file, before);
    pthread_mutex_unlock(&in->lock);
    if (!ok)
        fault_set(fault, ERR_STORE_FULL, 0);
    return ok;
}

bool intake_take(struct intake *in, const struct signal_in *signal, struct fault *fault)
{
    struct fault first = { 0 };
    struct signal_in s = *signal;
    if (s.raw.n > SIGNAL_RAW_BYTES_MAX || s.data.n > SIGNAL_DATA_BYTES_MAX || s.protocol.n + s.account.n + s.sequence.n + s.kind.n > 1000) {
        fault_set(fault, ERR_TOO_LARGE, 0);
        return false;
    }
    if (s.at == 0)
        s.at = in->engine->clock->now(in->engine->clock);
    if (in->put(in->engine, &s, &first))
        return true;
    if (is_away(first.code))
        return keep_locally(in, &s, fault);
    *fault = first;
    return false;
}

static char *read_all(int fd, int64_t size)
{
    char *bytes = calloc(1, (size_t)size + 1);
    int64_t got = 0;
    if (!bytes)
        abort();
    while (got < size) {
        ssize_t n = pread(fd, bytes + got, (size_t)(size - got), got);
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
static bool cut_torn_tail(struct intake *in)
{
    struct stat st;
    struct str sealed;
    if (fstat(in->file, &st) != 0)
        return false;
    char *bytes = read_all(in->file, st.st_size);
    struct str rest = { bytes, bytes ? (size_t)st.st_size : 0 };
    while (cut_text(&rest, &sealed))
        continue;
    in->bytes = st.st_size - (int64_t)rest.n;
    bool ok = bytes && (rest.n == 0 || ftruncate(in->file, in->bytes) == 0);
    free(bytes);
    return ok;
}

struct intake *intake_open(struct engine *e, struct fault *fault)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct intake *in = calloc(1, sizeof *in);
    if (!in)
        abort();
    in->engine = e;
    in->put = intake_store_put;
    in->file = in->refused = -1;
    pthread_mutex_init(&in->lock, NULL);
    in->file = open_file(&a, e->dir, "intake", fault);
    in->refused = in->file < 0 ? -1 : open_file(&a, e->dir, "intake.refused", fault);
    if (in->refused >= 0 && cut_torn_tail(in))
        return in;
    fault_set(fault, ERR_UNAVAILABLE, "无法读取信号暂存文件", "The intake file cannot be read");
    intake_close(in);
    return NULL;
}

/* --- bringing it in --------------------------------------------------------------------------------------------------- */

/* Nobody's device, or damaged: for a human. */
static bool set_aside(struct intake *in, struct arena *a, struct str sealed)
{
    struct buf record = buf_in(a);
    put_text(&record, sealed);
    return append(in->refused, buf_str(&record));
}

/* False: the store is away again. */
static bool bring_in(struct intake *in, struct str all, int *ret_done)
{
    struct str sealed;
    while (cut_text(&all, &sealed)) {
        struct arena arena_scoped a;
        struct signal_in s = { 0 };
        struct fault fault = { 0 };
        arena_init(&a, 0);
        bool read = unpacked(in, &a, sealed, &s);
        if (read && in->put(in->engine, &s, &fault))
            ++*ret_done;
        else if (read && is_away(fault.code))
            return false;
        else if (!set_aside(in, &a, sealed))
            return false;
    }
    return true;
}

int intake_drain(struct intake *in)
{
    int done = 0;
    if (in->bytes == 0)
        return 0;
    pthread_mutex_lock(&in->lock);
    int64_t size = in->bytes;
    char *bytes = read_all(in->file, size);
    if (bytes && bring_in(in, (struct str){ bytes, (size_t)size }, &done) && ftruncate(in->file, 0) == 0 && fdatasync(in->file) == 0)
        in->bytes = 0;
    pthread_mutex_unlock(&in->lock);
    free(bytes);
    return done;
}
