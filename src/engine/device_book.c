/* device_book.c -- see device_book.h. Devices are never deleted, so entries are only added and corrected; a change is found
 * by device.changed_at, read again for some seconds because another process may commit late. */
#include "engine/device_book.h"

#include "engine/keys.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

SQL(select_changed, "select id, protocol, account, clock, interval_s, seen_at, changed_at, key_sealed, vendor from device"
    " where changed_at >= $1 and (changed_at > $1 or id > $2) order by changed_at, id limit 1000");
SQL(put_stranger, "insert into device_stranger(id, protocol, account, reason, first_at, last_at, times, hour_at, hour_times)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (protocol, account, reason) do update set"
    " last_at = excluded.last_at, times = device_stranger.times + excluded.times,"
    " hour_times = excluded.hour_times + case when device_stranger.hour_at = excluded.hour_at"
    " then device_stranger.hour_times else 0 end, hour_at = excluded.hour_at");
SQL(drop_old_strangers, "delete from device_stranger where last_at < (select last_at from device_stranger"
    " order by last_at desc limit 1 offset 5000)");
SQL(select_strangers, "select id, times, hour_times, protocol, account, reason, first_at, last_at, hour_at"
    " from device_stranger order by last_at desc, id desc limit $1");

enum { MARGIN_MS = 10000, FLUSH_MS = 10000, SLICE = 200, NAME_BYTES_MAX = 125 };

struct entry {
    int64_t id, interval_s;
    ms stored, heard;
    struct entry *next_dirty;
    bool dirty;
    struct str name;                   /* protocol, a NUL, account */
    struct str key_sealed, vendor;
    char clock[8];
};
struct waiting_stranger {
    char name[NAME_BYTES_MAX];
    size_t name_bytes;
    const char *reason;
    ms first, last;
    int64_t times;
};
struct device_book {
    struct engine *engine;
    pthread_mutex_t lock, turning;
    struct entry **slots;
    size_t size, count;
    struct entry *dirty;
    bool loaded, urgent;
    ms changed, flushed;
    int64_t changed_id;
    struct waiting_stranger *strangers;
    int stranger_count;
};

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

static struct str name_in(char *room, struct str protocol, struct str account)
{
    if (protocol.n + account.n + 1 > NAME_BYTES_MAX)
        return S("");
    memcpy(room, protocol.p, protocol.n);
    room[protocol.n] = 0;
    memcpy(room + protocol.n + 1, account.p ? account.p : "", account.n);
    return (struct str){ room, protocol.n + account.n + 1 };
}

static struct entry **slot_of(struct entry **slots, size_t size, struct str name)
{
    size_t at = (size_t)str_hash(name) & (size - 1);
    while (slots[at] && !str_eq(slots[at]->name, name))
        at = (at + 1) & (size - 1);
    return &slots[at];
}

static struct entry *known(struct device_book *b, struct str protocol, struct str account)
{
    char room[NAME_BYTES_MAX];
    struct str name = name_in(room, protocol, account);
    return name.n && b->size ? *slot_of(b->slots, b->size, name) : NULL;
}

static void grow(struct device_book *b)
{
    if (b->count * 2 < b->size)
        return;
    size_t size = b->size ? b->size * 2 : 256;
    struct entry **slots = must(calloc(size, sizeof *slots));
    for (size_t i = 0; i < b->size; i++)
        if (b->slots[i])
            *slot_of(slots, size, b->slots[i]->name) = b->slots[i];
    free(b->slots);
    b->slots = slots;
    b->size = size;
}

static struct str kept(struct str bytes)
{
    char *p = must(malloc(bytes.n ? bytes.n : 1));
    memcpy(p, bytes.p ? bytes.p : "", bytes.n);
    return (struct str){ p, bytes.n };
}

static void take_row(struct device_book *b, struct str protocol, struct str account, const struct entry *row)
{
    char room[NAME_BYTES_MAX];
    struct str name = name_in(room, protocol, account);
    if (name.n == 0)
        return;
    grow(b);
    struct entry **slot = slot_of(b->slots, b->size, name);
    if (!*slot) {
        *slot = must(calloc(1, sizeof **slot));
        (*slot)->name = kept(name);
        b->count++;
    }
    struct entry *e = *slot;
    e->id = row->id;
    e->interval_s = row->interval_s;
    memcpy(e->clock, row->clock, sizeof e->clock);
    e->stored = row->stored > e->stored ? row->stored : e->stored;
    free((char *)e->key_sealed.p);
    e->key_sealed = kept(row->key_sealed);
    free((char *)e->vendor.p);
    e->vendor = kept(row->vendor);
}

/* --- what gateways ask -------------------------------------------------------------------------------------------------- */

bool device_book_find(struct device_book *b, struct str protocol, struct str account, struct arena *a, struct device_known *ret)
{
    struct str sealed = S("");
    pthread_mutex_lock(&b->lock);
    struct entry *e = known(b, protocol, account);
    if (e) {
        *ret = (struct device_known){ .id = e->id, .interval_s = e->interval_s, .clock = arena_copy(a, str_of(e->clock)) };
        sealed = arena_copy(a, e->key_sealed);
        ret->vendor = arena_copy(a, e->vendor);
    }
    pthread_mutex_unlock(&b->lock);
    if (e && sealed.n)
        (void)!keys_open_sealed(b->engine->keys, a, KEY_DEVICE, arena_format(a, "device:%lld:key", (long long)ret->id), sealed,
                                &ret->key);
    return e != NULL;
}

bool device_book_loaded(struct device_book *b)
{
    pthread_mutex_lock(&b->lock);
    bool loaded = b->loaded;
    pthread_mutex_unlock(&b->lock);
    return loaded;
}

bool device_book_heard(struct device_book *b, struct str protocol, struct str account, ms at)
{
    pthread_mutex_lock(&b->lock);
    struct entry *e = known(b, protocol, account);
    if (e && at > e->heard) {
        b->urgent = b->urgent || (e->interval_s && at - (e->heard > e->stored ? e->heard : e->stored) > e->interval_s * 3000);
        e->heard = at;
        if (!e->dirty) {
            e->dirty = true;
            e->next_dirty = b->dirty;
            b->dirty = e;
        }
    }
    pthread_mutex_unlock(&b->lock);
    return e != NULL;
}

void device_book_stranger(struct device_book *b, struct str protocol, struct str account, const char *reason, ms at)
{
    char room[NAME_BYTES_MAX];
    if (!str_utf8_ok(protocol) || !str_utf8_ok(account))
        account = S("?");
    struct str name = name_in(room, protocol, account.n ? str_head_chars(account, 30) : S("?"));
    int i = 0;
    pthread_mutex_lock(&b->lock);
    while (i < b->stranger_count && (b->strangers[i].reason != reason ||
           !str_eq((struct str){ b->strangers[i].name, b->strangers[i].name_bytes }, name)))
        i++;
    if (i == b->stranger_count && name.n && i < STRANGERS_WAITING_MAX) {
        struct waiting_stranger *s = &b->strangers[b->stranger_count++];
        *s = (struct waiting_stranger){ .name_bytes = name.n, .reason = reason, .first = at };
        memcpy(s->name, name.p, name.n);
    }
    if (i < b->stranger_count) {
        b->strangers[i].times++;
        b->strangers[i].last = at;
    }
    pthread_mutex_unlock(&b->lock);
}

/* --- the turn ------------------------------------------------------------------------------------------------------------ */

static bool read_changes(struct device_book *b)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    ms from = !b->loaded ? -1 : b->changed > MARGIN_MS ? b->changed - MARGIN_MS : 1;     /* 0: older than this table's column */
    int64_t after = 0;
    int count = 1000;
    bool ok = true;
    while (ok && count == 1000) {
        arena_reset(&a);
        struct tx *tx = read_begin(b->engine->store, &a);
        struct entry row = { 0 };
        struct str protocol, account, clock;
        struct blob key = { S("") };
        ms changed = 0;
        struct rows rows = db_get(tx, select_changed, IN(from, after));
        pthread_mutex_lock(&b->lock);
        for (count = 0; db_row(&rows, OUT(&row.id, &protocol, &account, &clock, &row.interval_s, &row.stored, &changed, &key, &row.vendor)); count++) {
            row.key_sealed = key.bytes;
            memset(row.clock, 0, sizeof row.clock);
            memcpy(row.clock, clock.p, clock.n < sizeof row.clock ? clock.n : 0);
            take_row(b, protocol, account, &row);
            from = changed;
            after = row.id;
            b->changed = changed > b->changed ? changed : b->changed;
        }
        pthread_mutex_unlock(&b->lock);
        ok = !tx_failed(tx);
        read_end(tx);
    }
    if (ok && !b->loaded) {
        pthread_mutex_lock(&b->lock);
        b->loaded = true;
        pthread_mutex_unlock(&b->lock);
    }
    return ok;
}

static bool write_now(struct device_book *b, void (*apply)(struct tx *, void *), void *arg, enum lane lane)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct write w = { .apply = apply, .arg = arg, .arena = &a, .lane = lane };
    store_write(b->engine->store, &w);
    return w.fault.code == ERR_OK;
}

struct heard { int64_t id; ms at; struct entry *entry; };
struct slice { struct heard heard[SLICE]; int count; };
static void write_slice(struct tx *tx, void *arg)
{
    const struct slice *s = arg;
    for (int i = 0; i < s->count; i++)
        device_heard(tx, s->heard[i].id, s->heard[i].at);
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct heard *)a)->id, y = ((const struct heard *)b)->id;
    return x < y ? -1 : x > y;
}

static void take_slice(struct device_book *b, struct slice *s)
{
    pthread_mutex_lock(&b->lock);
    for (s->count = 0; b->dirty && s->count < SLICE; s->count++) {
        struct entry *e = b->dirty;
        b->dirty = e->next_dirty;
        e->dirty = false;
        s->heard[s->count] = (struct heard){ e->id, e->heard, e };
    }
    pthread_mutex_unlock(&b->lock);
    qsort(s->heard, (size_t)s->count, sizeof s->heard[0], by_id);      /* neighbours on the same page; no deadlocks */
}

static void slice_done(struct device_book *b, const struct slice *s, bool written)
{
    pthread_mutex_lock(&b->lock);
    for (int i = 0; i < s->count; i++) {
        struct entry *e = s->heard[i].entry;
        if (written) {
            e->stored = s->heard[i].at;
        } else if (!e->dirty) {
            e->dirty = true;
            e->next_dirty = b->dirty;
            b->dirty = e;
        }
    }
    pthread_mutex_unlock(&b->lock);
}

static bool write_heard(struct device_book *b)
{
    struct slice s;
    for (take_slice(b, &s); s.count; take_slice(b, &s)) {
        bool written = write_now(b, write_slice, &s, LANE_BULK);
        slice_done(b, &s, written);
        if (!written)
            return false;
    }
    return true;
}

void stranger_put(struct tx *tx, const struct stranger *s)
{
    ms hour = s->last_at - s->last_at % HOURS(1);
    db_run(tx, put_stranger, IN(db_id(tx, "device_stranger"), s->protocol, s->account, s->reason, s->first_at, s->last_at, s->times,
                                hour, s->times));
}

struct strangers { struct waiting_stranger list[STRANGERS_WAITING_MAX]; int count; };
static void write_all_strangers(struct tx *tx, void *arg)
{
    const struct strangers *all = arg;
    for (int i = 0; i < all->count; i++) {
        const struct waiting_stranger *s = &all->list[i];
        struct str protocol = str_of(s->name), account = { s->name + protocol.n + 1, s->name_bytes - protocol.n - 1 };
        stranger_put(tx, &(struct stranger){ .protocol = protocol, .account = account, .reason = str_of(s->reason),
                                             .first_at = s->first, .last_at = s->last, .times = s->times });
    }
    db_run(tx, drop_old_strangers, IN());
}

static bool write_strangers(struct device_book *b)
{
    struct strangers *all = must(calloc(1, sizeof *all));
    pthread_mutex_lock(&b->lock);
    all->count = b->stranger_count;
    memcpy(all->list, b->strangers, sizeof all->list[0] * (size_t)all->count);
    b->stranger_count = 0;
    pthread_mutex_unlock(&b->lock);
    bool written = all->count == 0 || write_now(b, write_all_strangers, all, LANE_NORMAL);
    free(all);                                         /* counts, not evidence: a store that is away may lose some */
    return written;
}

bool device_book_turn(struct device_book *b)
{
    pthread_mutex_lock(&b->turning);
    bool ok = read_changes(b);
    ms now = b->engine->clock->now(b->engine->clock);
    pthread_mutex_lock(&b->lock);
    bool flush = b->urgent || now - b->flushed >= FLUSH_MS || now < b->flushed;
    b->urgent = false;
    pthread_mutex_unlock(&b->lock);
    if (ok && flush) {
        b->flushed = now;
        ok = write_heard(b) && write_strangers(b);
    }
    pthread_mutex_unlock(&b->turning);
    return ok;
}

/* --- life ---------------------------------------------------------------------------------------------------------------- */

struct device_book *device_book_open(struct engine *e)
{
    struct device_book *b = must(calloc(1, sizeof *b));
    b->engine = e;
    b->strangers = must(calloc(STRANGERS_WAITING_MAX, sizeof *b->strangers));
    pthread_mutex_init(&b->lock, NULL);
    pthread_mutex_init(&b->turning, NULL);
    read_changes(b);
    b->flushed = e->clock->now(e->clock);
    return b;
}

void device_book_close(struct device_book *b)
{
    if (!b)
        return;
    (void)(write_heard(b) && write_strangers(b));
    for (size_t i = 0; i < b->size; i++)
        if (b->slots[i]) {
            free((char *)b->slots[i]->name.p);
            free((char *)b->slots[i]->key_sealed.p);
            free((char *)b->slots[i]->vendor.p);
            free(b->slots[i]);
        }
    free(b->slots);
    free(b->strangers);
    pthread_mutex_destroy(&b->lock);
    pthread_mutex_destroy(&b->turning);
    free(b);
}

struct rows stranger_list(struct tx *tx, int limit)
{
    return db_get(tx, select_strangers, IN(limit));
}

bool stranger_row(struct rows *rows, struct stranger *s)
{
    return db_row(rows, OUT(&s->id, &s->times, &s->hour_times, &s->protocol, &s->account, &s->reason, &s->first_at, &s->last_at,
                            &s->hour_at));
}
