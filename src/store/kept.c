/* kept.c -- rows in memory, by what was asked of which id, until the writer changes them. See db.h.
 *
 * SQLite tells of each row its one writer changes (update hook), so nobody has to remember to forget. What a reader puts must
 * not be older than that: the change notes in the row's bucket the number of the commit it will be part of, and until a
 * snapshot that began after that commit nothing enters the bucket. A change that is rolled back costs an entry, no more. */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096, WAYS = 4, LOCKS = 64 };

struct entry {
    const void *what;
    const char *table;
    int64_t id;
    size_t n;
    char bytes[];
};
struct bucket {
    struct entry *entries[WAYS];
    int64_t stale_until;              /* snapshots of commits before this one put nothing */
    unsigned turn;                    /* who leaves next */
};
struct kept {
    pthread_mutex_t locks[LOCKS];
    struct bucket buckets[BUCKETS];
};

struct kept *kept_new(void)
{
    struct kept *k = calloc(1, sizeof *k);
    if (!k)
        abort();
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_init(&k->locks[i], NULL);
    return k;
}

void kept_free(struct kept *k)
{
    if (!k)
        return;
    for (int i = 0; i < BUCKETS * WAYS; i++)
        free(k->buckets[i / WAYS].entries[i % WAYS]);
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&k->locks[i]);
    free(k);
}

bool store_keeps_rows(const struct store *s)
{
    return s->kept != NULL;
}

static struct bucket *enter(struct kept *k, int64_t id)
{
    uint64_t at = (uint64_t)id % BUCKETS;
    pthread_mutex_lock(&k->locks[at % LOCKS]);
    return &k->buckets[at];
}

static void leave(struct kept *k, int64_t id)
{
    pthread_mutex_unlock(&k->locks[(uint64_t)id % BUCKETS % LOCKS]);
}

void kept_changed(struct kept *k, const char *table, int64_t id, int64_t commit)
{
    struct bucket *b = enter(k, id);
    b->stale_until = commit;
    for (int i = 0; i < WAYS; i++) {
        struct entry *e = b->entries[i];
        if (!e || e->id != id || strcmp(e->table, table) != 0)
            continue;
        free(e);
        b->entries[i] = NULL;
    }
    leave(k, id);
}

bool kept_get(struct tx *tx, const void *what, int64_t id, struct str *ret_bytes)
{
    struct kept *k = tx->store->kept;
    bool found = false;
    if (!k || tx_failed(tx))
        return false;
    struct bucket *b = enter(k, id);
    for (int i = 0; i < WAYS && !found; i++) {
        const struct entry *e = b->entries[i];
        found = e && e->id == id && e->what == what;
        if (found)
            *ret_bytes = arena_copy(tx->arena, (struct str){ e->bytes, e->n });
    }
    leave(k, id);
    return found && !tx->arena->over;
}

static struct entry **place_of(struct bucket *b, const void *what, int64_t id)
{
    struct entry **empty = NULL;
    for (int i = 0; i < WAYS; i++) {
        struct entry **at = &b->entries[i];
        if (!*at)
            empty = at;
        else if ((*at)->id == id && (*at)->what == what)
            return at;
    }
    return empty ? empty : &b->entries[b->turn++ % WAYS];
}

void kept_put(struct tx *tx, const void *what, const char *table, int64_t id, struct str bytes)
{
    struct kept *k = tx->store->kept;
    if (!k || tx->writes || tx_failed(tx) || bytes.n > KEPT_BYTES_MAX)
        return;
    struct entry *e = malloc(sizeof *e + bytes.n);
    if (!e)
        abort();
    *e = (struct entry){ .what = what, .table = table, .id = id, .n = bytes.n };
    memcpy(e->bytes, bytes.p, bytes.n);
    struct bucket *b = enter(k, id);
    if (tx->seen >= b->stale_until) {
        struct entry **at = place_of(b, what, id), *old = *at;
        *at = e;
        e = old;
    }
    leave(k, id);
    free(e);
}

/* --- whole rows ---------------------------------------------------------------------------------------------------------- */

static bool is_text(const struct out *out)
{
    return out->type == OUT_TEXT || out->type == OUT_BLOB;
}

static size_t number_bytes(const struct out *out)
{
    return out->type == OUT_BOOL ? sizeof(bool) : out->type == OUT_INT32 ? sizeof(int) : sizeof(int64_t);
}

/* struct blob is a struct str by another name. */
static struct str row_bytes(struct arena *arena, struct outs out)
{
    struct buf b = buf_in(arena);
    for (int i = 0; i < out.count; i++) {
        const struct out *o = &out.items[i];
        struct str value = is_text(o) ? *(struct str *)o->to : (struct str){ o->to, number_bytes(o) };
        if (is_text(o))
            buf_put(&b, (struct str){ (const char *)&value.n, sizeof value.n });
        buf_put(&b, value);
        if (is_text(o))
            buf_char(&b, 0);
    }
    return buf_str(&b);
}

static void row_from(struct str bytes, struct outs out)
{
    const char *at = bytes.p;
    for (int i = 0; i < out.count; i++) {
        const struct out *o = &out.items[i];
        if (!is_text(o)) {
            memcpy(o->to, at, number_bytes(o));
            at += number_bytes(o);
            continue;
        }
        struct str value;
        memcpy(&value.n, at, sizeof value.n);
        value.p = at + sizeof value.n;
        *(struct str *)o->to = value;
        at = value.p + value.n + 1;
    }
}

bool (db_one_kept)(struct tx *tx, const struct sql *sql, const char *table, int64_t id, struct outs out)
{
    struct str bytes;
    if (kept_get(tx, sql, id, &bytes)) {
        row_from(bytes, out);
        return true;
    }
    if (!(db_one)(tx, sql, IN(id), out))
        return false;
    if (tx->store->kept && !tx->writes)
        kept_put(tx, sql, table, id, row_bytes(tx->arena, out));
    return true;
}
