/* arena.c -- blocks that double, kept in a list; see arena.h. */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK_BYTES = 16 << 10, KEPT_BLOCK_BYTES = 64 << 10, ALIGN_BYTES = 16 };

struct arena_block {
    struct arena_block *next;
    size_t used, room;
    alignas(ALIGN_BYTES) char bytes[];
};

void arena_init(struct arena *a, size_t cap_bytes)
{
    *a = (struct arena){ .cap_bytes = cap_bytes };
}

void arena_free(struct arena *a)
{
    while (a->block) {
        struct arena_block *next = a->block->next;
        free(a->block);
        a->block = next;
    }
    a->used_bytes = 0;
}

void arena_reset(struct arena *a)
{
    while (a->block && a->block->next && a->block->room > KEPT_BLOCK_BYTES) {
        struct arena_block *next = a->block->next;
        free(a->block);
        a->block = next;
    }
    if (a->block) {
        while (a->block->next) {
            struct arena_block *older = a->block->next;
            a->block->next = older->next;
            free(older);
        }
        memset(a->block->bytes, 0, a->block->used);
        a->block->used = 0;
    }
    a->used_bytes = 0;
    a->over = false;
}

static void block_add(struct arena *a, size_t bytes)
{
    size_t room = a->block ? a->block->room * 2 : FIRST_BLOCK_BYTES;
    if (room > (size_t)1 << 20)
        room = (size_t)1 << 20;
    if (room < bytes)
        room = bytes;
    struct arena_block *b = calloc(1, sizeof *b + room);
    if (!b)
        abort();                              /* out of memory: restart under the supervisor, never limp */
    b->room = room;
    b->next = a->block;
    a->block = b;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    assert(bytes < (size_t)1 << 40);
    bytes = (bytes + ALIGN_BYTES - 1) & ~(size_t)(ALIGN_BYTES - 1);
    if (!a->block || a->block->room - a->block->used < bytes)
        block_add(a, bytes);
    void *p = a->block->bytes + a->block->used;
    a->block->used += bytes;
    a->used_bytes += bytes;
    return p;
}

static bool may_take(struct arena *a, size_t bytes)
{
    if (a->cap_bytes && (bytes > a->cap_bytes || a->used_bytes > a->cap_bytes - bytes))
        a->over = true;
    return !a->over;
}

struct str arena_copy(struct arena *a, struct str s)
{
    if (!may_take(a, s.n + 1))
        return S("");
    char *p = arena_alloc(a, s.n + 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    return (struct str){ p, s.n };
}

const char *arena_z(struct arena *a, struct str s)
{
    return arena_copy(a, s).p;
}

struct str arena_join(struct arena *a, struct str x, struct str y)
{
    struct buf b = buf_in(a);
    buf_put(&b, x);
    buf_put(&b, y);
    return buf_str(&b);
}

struct str arena_format(struct arena *a, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char *here = a->block ? a->block->bytes + a->block->used : NULL;
    size_t room = a->block ? a->block->room - a->block->used : 0;
    int n = vsnprintf(here, room, format, args);         /* nearly always fits behind what was taken last */
    va_end(args);
    struct str out = S("");
    bool fits = n > 0 && may_take(a, (size_t)n + 1);
    if (here && (!fits || (size_t)n >= room))            /* the arena's free bytes are zero */
        memset(here, 0, n > 0 && (size_t)n < room ? (size_t)n : room);
    if (fits) {
        char *p = arena_alloc(a, (size_t)n + 1);
        if (p != here)
            vsnprintf(p, (size_t)n + 1, format, again);
        out = (struct str){ p, (size_t)n };
    }
    va_end(again);
    return out;
}

struct buf buf_in(struct arena *a)
{
    return (struct buf){ .arena = a };
}

/* A builder that took last simply takes what lies behind it. Rooms are multiples of 256. */
static bool grow_in_place(struct buf *b, size_t room)
{
    struct arena_block *block = b->arena->block;
    size_t more = room - b->room;
    if (b->room == 0 || b->p + b->room != block->bytes + block->used || block->room - block->used < more || !may_take(b->arena, more))
        return false;
    block->used += more;
    b->arena->used_bytes += more;
    b->room = room;
    return true;
}

static bool buf_room(struct buf *b, size_t more)
{
    if (b->room - b->n > more)                /* one byte is kept for the NUL */
        return true;
    size_t room = b->room ? b->room * 2 : 256;
    while (room <= b->n + more)
        room *= 2;
    if (grow_in_place(b, room))
        return true;
    if (!may_take(b->arena, room))
        return false;
    char *p = arena_alloc(b->arena, room);
    if (b->n)
        memcpy(p, b->p, b->n);
    b->p = p;
    b->room = room;
    return true;
}

char *buf_take(struct buf *b, size_t n)
{
    if (!buf_room(b, n))
        return NULL;
    char *at = b->p + b->n;
    b->n += n;
    b->p[b->n] = 0;
    return at;
}

void buf_put(struct buf *b, struct str s)
{
    char *at = s.n ? buf_take(b, s.n) : NULL;
    if (at)
        memcpy(at, s.p, s.n);
}

void buf_char(struct buf *b, char c)
{
    if (!buf_room(b, 1))
        return;
    b->p[b->n++] = c;
    b->p[b->n] = 0;
}

void buf_utf8(struct buf *b, uint32_t c)
{
    char out[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(n == 1 ? c : (0xf0u << (4 - n) & 0xff) | c);
    buf_put(b, (struct str){ out, n });
}

void buf_int(struct buf *b, int64_t value)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do
        digits[--at] = (char)('0' + left % 10);
    while (left /= 10);
    if (value < 0)
        digits[--at] = '-';
    buf_put(b, (struct str){ digits + at, sizeof digits - at });
}

void buf_format(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = b->room - b->n;
    int n = vsnprintf(b->room ? b->p + b->n : NULL, room, format, args);
    va_end(args);
    bool fits = n >= 0 && (size_t)n < room;
    if (b->room && !fits)
        b->p[b->n] = 0;
    if (!fits && n > 0 && buf_room(b, (size_t)n)) {
        vsnprintf(b->p + b->n, b->room - b->n, format, again);
        fits = true;
    }
    b->n += fits ? (size_t)n : 0;
    va_end(again);
}

void buf_hex(struct buf *b, const void *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = bytes;
    for (size_t i = 0; i < n; i++) {
        char two[2] = { digits[p[i] >> 4], digits[p[i] & 15] };
        buf_put(b, (struct str){ two, 2 });
    }
}

struct str buf_str(const struct buf *b)
{
    return b->n ? (struct str){ b->p, b->n } : S("");
}
