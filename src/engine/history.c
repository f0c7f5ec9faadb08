/* history.c -- the chain; see history.h for its formula. */
#include "engine/history.h"

#include "engine/engine.h"
#include "engine/keys.h"

#include <assert.h>
#include <string.h>

SQL(select_head, "select seq, hash from history where matter = $1 order by seq desc limit 1");
SQL(insert_history, "insert into history(matter, seq, at, logged_at, account, who_name, verb, from_state, to_state, channel, note,"
                    " form, file, salt, payload_digest, hash)"
                    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)");
SQL(select_history, "select matter, seq, at, logged_at, account, who_name, verb, from_state, to_state, channel, note, form, file"
                    " from history where matter = $1 order by seq");
SQL(select_chain_in, "select matter, seq, at, account, verb, from_state, to_state, channel, note, form, salt, payload_digest, hash"
                     " from history where matter = $1 order by seq");
SQL(select_matters, "select id, state, version from matter where id > $1 order by id limit 500");
SQL(select_last_seal, "select day, at, hash from seal order by day desc limit 1");
SQL(select_changed, "select matter, max(seq) from history where logged_at > $1 and logged_at <= $2 group by matter order by matter");
SQL(select_hash, "select hash from history where matter = $1 and seq = $2");
SQL(insert_seal, "insert into seal(day, at, heads, digest, previous, hash) values ($1, $2, $3, $4, $5, $6) on conflict do nothing");
SQL(select_seals, "select day, at, heads, digest, previous, hash from seal order by day");

enum { HASH_BYTES = 32, SALT_BYTES = 16 };

static void put_int(struct buf *b, int64_t value)
{
    char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)((uint64_t)value >> (56 - 8 * i));
    buf_put(b, (struct str){ bytes, 8 });
}

static void put_text(struct buf *b, struct str text)
{
    char bytes[4];
    for (int i = 0; i < 4; i++)
        bytes[i] = (char)(text.n >> (24 - 8 * i));
    buf_put(b, (struct str){ bytes, 4 });
    buf_put(b, text);
}

static void payload_digest(const struct tx *tx, struct str salt, const struct history_entry *e, uint8_t out[HASH_BYTES])
{
    struct buf b = buf_in(tx->arena);
    buf_put(&b, salt);
    put_text(&b, e->note);
    put_text(&b, e->form);
    keys_mac(engine_of(tx)->keys, KEY_HISTORY, buf_str(&b), out);
}

static void entry_hash(const struct tx *tx, const struct history_entry *e, struct str digest, struct str previous,
                       uint8_t out[HASH_BYTES])
{
    struct buf b = buf_in(tx->arena);
    buf_put(&b, S("wx1"));
    put_int(&b, e->matter);
    put_int(&b, e->seq);
    put_int(&b, e->at);
    put_int(&b, e->account);
    put_text(&b, e->verb);
    put_text(&b, e->from);
    put_text(&b, e->to);
    put_text(&b, e->channel);
    buf_put(&b, digest);
    buf_put(&b, previous);
    sha256(buf_str(&b), out);
}

void history_add(struct tx *tx, struct history_entry *e)
{
    assert(e->matter && e->verb.n);
    struct blob previous = { S("") };
    if (e->seq != 1) {
        db_one(tx, select_head, IN(e->matter), OUT(&e->seq, &previous));
        e->seq++;
    }
    uint8_t salt[SALT_BYTES], digest[HASH_BYTES], hash[HASH_BYTES];
    random_bytes(salt, sizeof salt);
    struct str salt_str = { (char *)salt, sizeof salt }, digest_str = { (char *)digest, sizeof digest };
    payload_digest(tx, salt_str, e, digest);
    entry_hash(tx, e, digest_str, previous.bytes, hash);
    db_run(tx, insert_history,
           IN(e->matter, e->seq, e->at, e->logged_at, REF0(e->account), e->who_name, e->verb, e->from, e->to, e->channel, e->note,
              e->form, REF0(e->file), blob_of(salt, sizeof salt), blob_of(digest, sizeof digest),
              blob_of(hash, sizeof hash)));
}

struct rows history_get(struct tx *tx, int64_t matter)
{
    return db_get(tx, select_history, IN(matter));
}

bool history_row(struct rows *rows, struct history_entry *e)
{
    return db_row(rows, OUT(&e->matter, &e->seq, &e->at, &e->logged_at, &e->account, &e->who_name, &e->verb, &e->from, &e->to,
                            &e->channel, &e->note, &e->form, &e->file));
}

/* --- seals ---------------------------------------------------------------------------------------------------------------- */

/* The digest over (matter, seq, hash) of every head that changed in (after, until], in order of matter. */
static int64_t heads_digest(struct tx *tx, ms after, ms until, uint8_t out[HASH_BYTES])
{
    struct buf b = buf_in(tx->arena);
    int64_t matter, seq, heads = 0;
    struct rows rows = db_get(tx, select_changed, IN(after, until));
    while (db_row(&rows, OUT(&matter, &seq))) {
        struct blob hash = { S("") };
        db_one(tx, select_hash, IN(matter, seq), OUT(&hash));
        put_int(&b, matter);
        put_int(&b, seq);
        buf_put(&b, hash.bytes);
        if (b.n > 1 << 20) {                  /* fold: a busy day must not grow the arena without end */
            uint8_t part[HASH_BYTES];
            sha256(buf_str(&b), part);
            b.n = 0;
            buf_put(&b, (struct str){ (char *)part, sizeof part });
        }
        heads++;
    }
    sha256(buf_str(&b), out);
    return heads;
}

static void seal_hash(struct tx *tx, int64_t day, int64_t heads, struct str digest, struct str previous, uint8_t out[HASH_BYTES])
{
    struct buf b = buf_in(tx->arena);
    buf_put(&b, S("wxseal1"));
    put_int(&b, day);
    put_int(&b, heads);
    buf_put(&b, digest);
    buf_put(&b, previous);
    sha256(buf_str(&b), out);
}

void history_seal(struct tx *tx)
{
    int64_t last_day = 0, day = day_number(tx->now);
    ms last_at = 0;
    struct blob previous = { S("") };
    db_one(tx, select_last_seal, IN(), OUT(&last_day, &last_at, &previous));
    if (last_day >= day || tx_failed(tx))
        return;
    ms until = tx->now - 1;                    /* what is committed in this same millisecond belongs to the next seal */
    uint8_t digest[HASH_BYTES], hash[HASH_BYTES];
    int64_t heads = heads_digest(tx, last_at, until, digest);
    seal_hash(tx, day, heads, (struct str){ (char *)digest, HASH_BYTES }, previous.bytes, hash);
    db_run(tx, insert_seal, IN(day, until, heads, blob_of(digest, HASH_BYTES), previous,
                               blob_of(hash, HASH_BYTES)));
}

/* --- checking --------------------------------------------------------------------------------------------------------------- */

struct checker {
    void (*bad)(void *, struct str);
    void *arg;
    int64_t found;
};

static void report(struct tx *tx, struct checker *c, const char *what, int64_t matter, int64_t seq)
{
    c->found++;
    c->bad(c->arg, arena_format(tx->arena, "%s: matter %lld, entry %lld", what, (long long)matter, (long long)seq));
}

/* One chain, and the state that it ends in against the matter's row. */
static int64_t check_matter(struct tx *tx, struct checker *c, int64_t matter, struct str state, int64_t version)
{
    struct history_entry e = { 0 };
    struct blob salt, digest, hash;
    uint8_t previous[HASH_BYTES], want[HASH_BYTES];
    int64_t seq = 0;
    struct str reached = S("");
    struct rows rows = db_get(tx, select_chain_in, IN(matter));
    while (db_row(&rows, OUT(&e.matter, &e.seq, &e.at, &e.account, &e.verb, &e.from, &e.to, &e.channel, &e.note, &e.form, &salt,
                             &digest, &hash))) {
        if (e.seq != seq + 1)
            report(tx, c, "an entry is missing", matter, seq + 1);
        if (seq && !str_eq(e.from, reached))
            report(tx, c, "an entry does not start where the last one ended", matter, e.seq);
        entry_hash(tx, &e, digest.bytes, (struct str){ (char *)previous, seq ? HASH_BYTES : 0 }, want);
        if (hash.bytes.n != HASH_BYTES || !bytes_equal(hash.bytes.p, want, HASH_BYTES))
            report(tx, c, "an entry was changed", matter, e.seq);
        payload_digest(tx, salt.bytes, &e, want);
        bool erased = e.note.n == 0 && e.form.n == 0;
        if (!erased && (digest.bytes.n != HASH_BYTES || !bytes_equal(digest.bytes.p, want, HASH_BYTES)))
            report(tx, c, "a note was changed", matter, e.seq);
        if (hash.bytes.n == HASH_BYTES)
            memcpy(previous, hash.bytes.p, HASH_BYTES);
        reached = arena_copy(tx->arena, e.to);
        seq = e.seq;
    }
    if (seq != version)                       /* a matter's version counts its entries: a cut-off end shows here */
        report(tx, c, "the last entries are missing", matter, seq + 1);
    if (!str_eq(reached, state))
        report(tx, c, "the state is not the one its history leads to", matter, seq);
    return seq;
}

static void check_seals(struct tx *tx, struct checker *c)
{
    int64_t day, heads;
    ms at, after = 0;
    struct blob digest, previous, hash, before = { S("") };
    uint8_t want[HASH_BYTES];
    struct rows rows = db_get(tx, select_seals, IN());
    while (db_row(&rows, OUT(&day, &at, &heads, &digest, &previous, &hash))) {
        int64_t heads_now = heads_digest(tx, after, at, want);
        if (heads_now != heads || digest.bytes.n != HASH_BYTES || !bytes_equal(want, digest.bytes.p, HASH_BYTES))
            report(tx, c, "the heads of a sealed day differ", day, heads_now);
        seal_hash(tx, day, heads, digest.bytes, previous.bytes, want);
        if (hash.bytes.n != HASH_BYTES || !bytes_equal(want, hash.bytes.p, HASH_BYTES) || !str_eq(previous.bytes, before.bytes))
            report(tx, c, "a seal was changed", day, 0);
        before.bytes = arena_copy(tx->arena, hash.bytes);
        after = at;
    }
}

/* One slice of 500 matters over a snapshot of its own: a million chains must neither stay in memory nor hold one snapshot. */
static int64_t check_slice(struct store *store, struct checker *c, int64_t *last, bool *more)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct { int64_t id, version; struct str state; } *batch = arena_alloc(&arena, 500 * sizeof *batch);
    int count = 0;
    int64_t entries = 0;
    struct tx *tx = read_begin(store, &arena);
    struct rows rows = db_get(tx, select_matters, IN(*last));
    while (count < 500 && db_row(&rows, OUT(&batch[count].id, &batch[count].state, &batch[count].version)))
        count++;
    rows_end(&rows);
    for (int i = 0; i < count; i++)
        entries += check_matter(tx, c, batch[i].id, batch[i].state, batch[i].version);
    *more = count > 0 && !tx_failed(tx);
    if (tx_failed(tx))
        report(tx, c, "the store failed while it was read", *last, 0);
    *last = count ? batch[count - 1].id : *last;
    read_end(tx);
    return entries;
}

bool history_check(struct store *store, void (*bad)(void *, struct str), void *arg, int64_t *ret_entries)
{
    struct checker c = { bad, arg, 0 };
    int64_t entries = 0, last = 0;
    for (bool more = true; more;)
        entries += check_slice(store, &c, &last, &more);
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct tx *tx = read_begin(store, &arena);
    check_seals(tx, &c);
    read_end(tx);
    *ret_entries = entries;
    return c.found == 0;
}
