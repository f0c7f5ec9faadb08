/* archive.c -- see archive.h. */
#include "cli/archive.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

enum { BLOCK = 512, PIECE_BYTES = 128 << 10, LEVEL = 6 };

/* The header of POSIX.1-1988 ustar; the rest of the block is zero. */
struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100], magic[6], version[2];
    char rest[BLOCK - 265];
};
_Static_assert(sizeof(struct header) == BLOCK, "a tar header is one block");

static void *room(size_t bytes)
{
    void *p = calloc(1, bytes);
    if (!p)
        abort();
    return p;
}

static unsigned header_sum(const struct header *h)
{
    struct header copy = *h;
    const unsigned char *p = (const unsigned char *)&copy;
    unsigned sum = 0;
    memset(copy.sum, ' ', sizeof copy.sum);
    for (size_t i = 0; i < sizeof copy; i++)
        sum += p[i];
    return sum;
}

/* --- writing --------------------------------------------------------------------------------------------------------------- */

struct archive_writer {
    void (*out)(void *, struct str);
    void *arg;
    ZSTD_CCtx *zstd;
    char *piece;
    size_t piece_bytes;
    int64_t left, pad;
};

struct archive_writer *archive_writer_new(void (*out)(void *, struct str), void *arg)
{
    struct archive_writer *w = room(sizeof *w);
    *w = (struct archive_writer){ .out = out, .arg = arg, .zstd = ZSTD_createCCtx(), .piece_bytes = ZSTD_CStreamOutSize() };
    w->piece = room(w->piece_bytes);
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
    return w;
}

static void compress_bytes(struct archive_writer *w, struct str s, ZSTD_EndDirective how)
{
    ZSTD_inBuffer in = { s.p, s.n, 0 };
    size_t more;
    do {
        ZSTD_outBuffer out = { w->piece, w->piece_bytes, 0 };
        more = ZSTD_compressStream2(w->zstd, &out, &in, how);
        assert(!ZSTD_isError(more));
        if (out.pos)
            w->out(w->arg, (struct str){ w->piece, out.pos });
    } while (how == ZSTD_e_end ? more > 0 : in.pos < in.size);
}

static void pad_member(struct archive_writer *w)
{
    static const char zeros[BLOCK];
    compress_bytes(w, (struct str){ zeros, (size_t)w->pad }, ZSTD_e_continue);
    w->pad = 0;
}

void archive_member(struct archive_writer *w, const char *name, int64_t bytes)
{
    struct header h = { .type = '0', .magic = "ustar", .version = { '0', '0' } };
    assert(w->left == 0 && strlen(name) < sizeof h.name && bytes >= 0);
    pad_member(w);
    snprintf(h.name, sizeof h.name, "%s", name);
    snprintf(h.mode, sizeof h.mode, "%07o", 0600);
    snprintf(h.uid, sizeof h.uid, "%07o", 0);
    snprintf(h.gid, sizeof h.gid, "%07o", 0);
    snprintf(h.mtime, sizeof h.mtime, "%011o", 0);
    if (bytes < (int64_t)1 << 33) {
        snprintf(h.size, sizeof h.size, "%011llo", (unsigned long long)bytes);
    } else {                                     /* GNU's base-256 for more than 8 GiB */
        h.size[0] = (char)0x80;
        for (int i = 0; i < 8; i++)
            h.size[11 - i] = (char)(bytes >> (8 * i));
    }
    snprintf(h.sum, sizeof h.sum, "%06o", header_sum(&h));
    h.sum[7] = ' ';
    compress_bytes(w, (struct str){ (char *)&h, sizeof h }, ZSTD_e_continue);
    w->left = bytes;
    w->pad = (BLOCK - bytes % BLOCK) % BLOCK;
}

void archive_bytes(struct archive_writer *w, struct str s)
{
    assert((int64_t)s.n <= w->left);
    compress_bytes(w, s, ZSTD_e_continue);
    w->left -= (int64_t)s.n;
}

void archive_end(struct archive_writer *w)
{
    static const char zeros[2 * BLOCK];
    assert(w->left == 0);
    pad_member(w);
    compress_bytes(w, (struct str){ zeros, sizeof zeros }, ZSTD_e_end);
}

void archive_writer_free(struct archive_writer *w)
{
    ZSTD_freeCCtx(w->zstd);
    free(w->piece);
    free(w);
}

/* --- reading --------------------------------------------------------------------------------------------------------------- */

struct archive_reader {
    int fd;
    ZSTD_DCtx *zstd;
    char *packed, *plain;
    ZSTD_inBuffer in;
    size_t at, have, last;                   /* of plain; last: what zstd said is missing */
    int64_t left, pad;
    char name[101];
};

struct archive_reader *archive_reader_new(int fd)
{
    struct archive_reader *r = room(sizeof *r);
    r->fd = fd;
    r->zstd = ZSTD_createDCtx();
    r->packed = room(PIECE_BYTES);
    r->plain = room(PIECE_BYTES);
    r->in = (ZSTD_inBuffer){ r->packed, 0, 0 };
    r->last = 1;
    return r;
}

void archive_reader_free(struct archive_reader *r)
{
    ZSTD_freeDCtx(r->zstd);
    free(r->packed);
    free(r->plain);
    free(r);
}

/* More plain bytes; false at a clean end and at any damage. */
static bool fill(struct archive_reader *r)
{
    ZSTD_outBuffer out = { r->plain, PIECE_BYTES, 0 };
    while (out.pos == 0) {
        if (r->in.pos == r->in.size) {
            ssize_t n;
            do
                n = read(r->fd, r->packed, PIECE_BYTES);
            while (n < 0 && errno == EINTR);
            if (n <= 0)
                return false;
            r->in = (ZSTD_inBuffer){ r->packed, (size_t)n, 0 };
        }
        r->last = ZSTD_decompressStream(r->zstd, &out, &r->in);
        if (ZSTD_isError(r->last))
            return false;
    }
    r->at = 0;
    r->have = out.pos;
    return true;
}

static bool take(struct archive_reader *r, void *to, size_t n)
{
    for (char *p = to; n;) {
        if (r->at == r->have && !fill(r))
            return false;
        size_t part = r->have - r->at < n ? r->have - r->at : n;
        memcpy(p, r->plain + r->at, part);
        r->at += part;
        p += part;
        n -= part;
    }
    return true;
}

static bool octal(const char *p, size_t n, int64_t *ret_value)
{
    int64_t value = 0;
    if ((unsigned char)p[0] == 0x80) {
        for (size_t i = n - 8; i < n; i++)
            value = value << 8 | (unsigned char)p[i];
        *ret_value = value;
        return value >= 0;
    }
    size_t i = 0;
    for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
        value = value << 3 | (p[i] - '0');
    *ret_value = value;
    return i > 0;
}

static bool is_zero(const struct header *h)
{
    static const struct header zero;
    return memcmp(h, &zero, sizeof zero) == 0;
}

static enum archive_step next_member(struct archive_reader *r, struct str *ret_name, int64_t *ret_bytes)
{
    struct header h;
    char skipped[BLOCK];
    int64_t sum, bytes;
    if (!take(r, skipped, (size_t)r->pad) || !take(r, &h, sizeof h))
        return ARCHIVE_DAMAGED;
    r->pad = 0;
    if (is_zero(&h)) {                           /* two zero blocks, and zstd's own checksum behind them */
        if (!take(r, &h, sizeof h) || !is_zero(&h))
            return ARCHIVE_DAMAGED;
        return fill(r) || r->last != 0 ? ARCHIVE_DAMAGED : ARCHIVE_END;
    }
    if (!octal(h.sum, 6, &sum) || sum != header_sum(&h) || !octal(h.size, sizeof h.size, &bytes) || h.type != '0')
        return ARCHIVE_DAMAGED;
    memcpy(r->name, h.name, sizeof h.name);
    r->left = bytes;
    r->pad = (BLOCK - bytes % BLOCK) % BLOCK;
    *ret_name = str_of(r->name);
    *ret_bytes = bytes;
    return ARCHIVE_MEMBER;
}

enum archive_step archive_next(struct archive_reader *r, struct str *ret_name, int64_t *ret_bytes, struct str *ret_piece)
{
    if (r->left == 0)
        return next_member(r, ret_name, ret_bytes);
    if (r->at == r->have && !fill(r))
        return ARCHIVE_DAMAGED;
    size_t n = r->have - r->at;
    if ((int64_t)n > r->left)
        n = (size_t)r->left;
    *ret_piece = (struct str){ r->plain + r->at, n };
    r->at += n;
    r->left -= (int64_t)n;
    return ARCHIVE_BYTES;
}
