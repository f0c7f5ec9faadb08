/* arena.h -- memory of one request: take as you go, free all at once; and buf, a byte builder on it.
 * Units: bytes. The arena owns what it hands out until arena_reset or arena_free. All memory comes zeroed.
 * Limits: past its cap, text copies and builders give the empty slice and set `over`, which the server turns
 * into the fault too_large; small structs are still served, so that code never sees NULL. malloc failure aborts.
 * Threading: one thread at a time. */
#ifndef WUXING_BASE_ARENA_H
#define WUXING_BASE_ARENA_H

#include "base/str.h"

#include <stdarg.h>

struct arena_block;
struct arena {
    struct arena_block *block;
    size_t used_bytes, cap_bytes;
    bool over;
};

#define ARENA_CAP_BYTES ((size_t)8 << 20)

void arena_init(struct arena *, size_t cap_bytes);
void arena_reset(struct arena *);          /* keeps one block of usual size, zeroes what was used */
void arena_free(struct arena *);
#define arena_scoped __attribute__((cleanup(arena_free)))

void *arena_alloc(struct arena *, size_t bytes);              /* zeroed, 16-byte aligned; never NULL */
#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (count)))
struct str arena_copy(struct arena *, struct str);            /* NUL-terminated behind the slice */
const char *arena_z(struct arena *, struct str);              /* the same, as a C string */
struct str arena_join(struct arena *, struct str a, struct str b);
struct str arena_format(struct arena *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* buf -- grows in its arena. Never for SQL, JSON or HTML: those have their typed writers. */
struct buf {
    struct arena *arena;
    char *p;
    size_t n, room;
};

struct buf buf_in(struct arena *);
void buf_put(struct buf *, struct str);
void buf_char(struct buf *, char);
char *buf_take(struct buf *, size_t n);                       /* n bytes more, to be filled at once; NULL when the cap is reached */
void buf_utf8(struct buf *, uint32_t character);
void buf_int(struct buf *, int64_t);
void buf_format(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_hex(struct buf *, const void *bytes, size_t n);
struct str buf_str(const struct buf *);                       /* what was built; valid until the next put */

#endif
