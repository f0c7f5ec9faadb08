/* migrate.c -- forward only, one transaction per migration, each recorded in schema_version with the digest of its text.
 * A database that holds a version, an owner or a text this program does not know is refused before anything is touched:
 * an older program on newer tables would write what the newer one does not expect. */
#include "store/store.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

SQL(select_versions, "select owner, version, digest from schema_version order by owner, version");
SQL(insert_version, "insert into schema_version(owner, version, applied_at, digest) values ($1, $2, $3, $4)");

static const char versions_table[] =
    "create table if not exists schema_version("
    " owner TEXT_C not null, version bigint not null, applied_at bigint not null, digest TEXT_C not null,"
    " primary key (owner, version)) KEYED";

static const struct migration store_migrations[] = {
    { "store", 1, "create table id_block(name TEXT_C not null primary key, next bigint not null) KEYED;" },
    { 0 },
};

struct applied {
    struct str owner, digest;
    int version;
};

/* --- the words ---------------------------------------------------------------------------------------------------------- */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static struct str word_for(struct str word, const struct ddl_words *w)
{
    const struct { const char *word, *text; } rows[] = {
        { "ID", w->id }, { "REF", w->ref }, { "TEXT_C", w->text_c }, { "BLOB", w->blob }, { "KEYED", w->keyed },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (str_is(word, rows[i].word))
            return str_of(rows[i].text);
    return word;
}

const char *migration_text(struct arena *arena, const char *text, const struct ddl_words *words)
{
    struct buf out = buf_in(arena);
    for (const char *p = text; *p;) {
        const char *from = p;
        if (sql_skip_quoted(&p)) {
            buf_put(&out, (struct str){ from, (size_t)(p - from) });
            continue;
        }
        while (is_word(*p))
            p++;
        if (p == from)
            buf_char(&out, *p++);
        else
            buf_put(&out, word_for((struct str){ from, (size_t)(p - from) }, words));
    }
    return buf_str(&out).p;
}

/* --- what the program knows ----------------------------------------------------------------------------------------------- */

struct known {
    const struct migration *lists[64];
    int count;
};

static struct known known_of(const struct store *s)
{
    struct known k = { .lists = { store_migrations }, .count = 1 };
    if (s->driver->migrations)
        k.lists[k.count++] = s->driver->migrations;
    for (int i = 0; s->config.migrations && s->config.migrations[i]; i++) {
        assert(k.count < (int)COUNT(k.lists));
        k.lists[k.count++] = s->config.migrations[i];
    }
    return k;
}

static struct str digest_of(struct arena *arena, const char *text)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
    hex_of(hash, sizeof hash, hex);
    return arena_copy(arena, str_of(hex));
}

static const struct migration *find_known(const struct known *k, struct str owner, int version, int *ret_newest)
{
    const struct migration *found = NULL;
    for (int i = 0; i < k->count; i++)
        for (const struct migration *m = k->lists[i]; m->owner; m++) {
            if (!str_is(owner, m->owner))
                continue;
            *ret_newest = m->version > *ret_newest ? m->version : *ret_newest;
            if (m->version == version)
                found = m;
        }
    return found;
}

static void refuse_unknown(struct tx *tx, const struct known *k, const struct applied *a)
{
    int newest = 0;
    const struct migration *m = find_known(k, a->owner, a->version, &newest);
    if (!m)
        tx_refuse(tx, ERR_NEWER_STORE,
                  store_sentence("数据库中“" STR_FMT "”的版本是 %d，本程序只认识到 %d，请升级程序", STR_ARG(a->owner), a->version,
                                 newest),
                  store_sentence("The database has version %d of \"" STR_FMT "\", this program knows %d; upgrade the program",
                                 a->version, STR_ARG(a->owner), newest));
    else if (!str_eq(a->digest, digest_of(tx->arena, m->text)))
        tx_refuse(tx, ERR_NEWER_STORE,
                  store_sentence("数据库中“" STR_FMT "”的第 %d 版与本程序的第 %d 版内容不同", STR_ARG(a->owner), a->version,
                                 m->version),
                  store_sentence("Version %d of \"" STR_FMT "\" in the database is not the text of this program's version %d",
                                 a->version, STR_ARG(a->owner), m->version));
}

/* --- applying ------------------------------------------------------------------------------------------------------------- */

static struct tx *write_begin(struct store *s, struct arena *arena)
{
    struct tx *tx = arena_new(arena, struct tx);
    tx_init(tx, s, s->writer, arena, true);
    s->driver->begin(tx);
    return tx;
}

static bool write_end(struct tx *tx, struct fault *fault)
{
    tx_close_cursors(tx);
    tx->store->driver->commit(tx);
    if (tx_failed(tx))
        *fault = tx->fault;
    return !tx_failed(tx);
}

enum { APPLIED_MAX = 4096 };

static int read_applied(struct tx *tx, const struct known *k, struct applied *applied)
{
    int count = 0;
    struct rows rows = db_get(tx, select_versions, IN());
    while (count < APPLIED_MAX && db_row(&rows, OUT(&applied[count].owner, &applied[count].version, &applied[count].digest)))
        refuse_unknown(tx, k, &applied[count++]);
    rows_end(&rows);
    return count;
}

static bool is_applied(const struct applied *applied, int count, const struct migration *m)
{
    for (int i = 0; i < count; i++)
        if (applied[i].version == m->version && str_is(applied[i].owner, m->owner))
            return true;
    return false;
}

static bool apply(struct store *s, const struct migration *m, struct fault *fault)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    assert(m->version > 0 && m->text);
    struct tx *tx = write_begin(s, &arena);
    if (!tx_failed(tx))
        s->driver->script(tx, migration_text(&arena, m->text, &s->driver->words));
    db_run(tx, insert_version, IN(m->owner, (int64_t)m->version, tx->now, digest_of(&arena, m->text)));
    return write_end(tx, fault);
}

static bool apply_missing(struct store *s, const struct known *k, struct fault *fault)
{
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    struct applied *applied = arena_array(&arena, struct applied, APPLIED_MAX);
    struct tx *tx = write_begin(s, &arena);
    if (!tx_failed(tx))
        s->driver->script(tx, migration_text(&arena, versions_table, &s->driver->words));
    int count = read_applied(tx, k, applied);
    if (!write_end(tx, fault))
        return false;
    for (int i = 0; i < k->count; i++)
        for (const struct migration *m = k->lists[i]; m->owner; m++)
            if (!is_applied(applied, count, m) && !apply(s, m, fault))
                return false;
    return true;
}

bool migrate(struct store *s, struct fault *fault)
{
    struct known k = known_of(s);
    struct arena arena_scoped arena;
    arena_init(&arena, 0);
    if (s->driver->migrate_lock) {
        struct tx *tx = arena_new(&arena, struct tx);
        tx_init(tx, s, s->writer, &arena, true);
        s->driver->migrate_lock(tx);
        if (tx_failed(tx)) {
            *fault = tx->fault;
            return false;
        }
    }
    return apply_missing(s, &k, fault);
}
