/* search.c -- cutting Chinese text, feeding the text store, and finding; see search.h.
 * A document is one text of a matter: number = matter << 12 | step of its history (1: the opening text), so that newer
 * matters come first without a table beside the postings. */
#include "engine/search.h"

#include "engine/history.h"
#include "engine/outbox.h"
#include "store/text.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

SQL(select_opening, "select kind, opened_at, title, body, address, secrecy from matter where id = $1");
SQL(select_found, "select secrecy, area, street, community, grid, owner_org, owner_account, kind, opened_at, title, body, address"
                  " from matter where id = $1");
SQL(select_note, "select note from history where matter = $1 and seq = $2");
SQL(select_notes, "select note from history where matter = $1 order by seq");

enum { STEP_BITS = 12, STEP_MAX = (1 << STEP_BITS) - 1, PIECES_MAX = 24, PHRASES_MAX = 8 };

struct search {
    struct engine *engine;
    struct text_index *text;
    pthread_mutex_t feeding;           /* a rebuild beside the searcher must not be overtaken by what it read before */
};

struct search *search_open(struct engine *e, struct fault *fault)
{
    struct search *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->engine = e;
    pthread_mutex_init(&s->feeding, NULL);
    s->text = text_open(e->dir, e->url[0] ? e->url : NULL, fault);
    if (s->text)
        return s;
    pthread_mutex_destroy(&s->feeding);
    free(s);
    return NULL;
}

void search_close(struct search *s)
{
    if (!s)
        return;
    text_close(s->text);
    pthread_mutex_destroy(&s->feeding);
    free(s);
}

/* --- cutting ------------------------------------------------------------------------------------------------------------------- */

static bool is_han(uint32_t c)
{
    return (c >= 0x3400 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

/* Letters and digits in small half-width form, 0 for everything else. */
static uint32_t word_char(uint32_t c)
{
    if (c >= 0xff01 && c <= 0xff5e)
        c -= 0xfee0;
    if (c >= 'A' && c <= 'Z')
        return c + 32;
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
        return c;
    return c >= 0xc0 && !is_han(c) && !(c >= 0x2000 && c <= 0x2bff) && !(c >= 0x3000 && c <= 0x30ff) && !(c >= 0xfe00 && c <= 0xffff) ? c : 0;
}

/* Overlapping pairs of Han, whole words of the rest; a lone Han stands for itself, the last of a run also alone, so that
 * a one-character query finds it as a prefix of some piece. */
static void cut(struct buf *b, struct str text)
{
    uint32_t last_han = 0;
    bool in_word = false;
    while (text.n) {
        uint32_t c = str_next(&text), w = is_han(c) ? 0 : word_char(c);
        if (is_han(c)) {
            if (in_word)
                buf_char(b, ' ');
            if (last_han) {
                buf_utf8(b, last_han);
                buf_utf8(b, c);
                buf_char(b, ' ');
            }
            last_han = c;
            in_word = false;
            continue;
        }
        if (last_han) {
            buf_utf8(b, last_han);
            buf_char(b, ' ');
            last_han = 0;
        }
        if (w)
            buf_utf8(b, w);
        else if (in_word)
            buf_char(b, ' ');
        in_word = w != 0;
    }
    if (last_han)
        buf_utf8(b, last_han);
}

struct str search_cut(struct arena *a, struct str text)
{
    struct buf b = buf_in(a);
    cut(&b, text);
    return str_trim(buf_str(&b));
}

static int pieces_of(struct str cut_text, struct str *pieces, int max)
{
    int n = 0;
    struct str piece;
    while (n < max && str_cut(&cut_text, ' ', &piece))
        if (piece.n)
            pieces[n++] = piece;
    return n;
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

double search_likeness(struct arena *arena, struct str a, struct str b)
{
    enum { MAX = 400 };
    struct str *left = arena_array(arena, struct str, MAX), *right = arena_array(arena, struct str, MAX);
    int n = pieces_of(search_cut(arena, a), left, MAX), m = pieces_of(search_cut(arena, b), right, MAX);
    qsort(left, (size_t)n, sizeof *left, by_bytes);
    qsort(right, (size_t)m, sizeof *right, by_bytes);
    int both = 0;
    for (int i = 0, k = 0; i < n && k < m;) {
        int order = str_cmp(left[i], right[k]);
        both += order == 0;
        i += order <= 0;
        k += order >= 0;
    }
    int smaller = n < m ? n : m;
    return smaller ? (double)both / smaller : 0;
}

/* --- feeding -------------------------------------------------------------------------------------------------------------------- */

static bool document(struct tx *tx, const struct search *s, const struct event *e, struct text_doc *doc)
{
    struct buf b = buf_in(tx->arena);
    struct str kind_name, title, body, address, note;
    ms opened_at;
    int secrecy;
    if (e->matter == 0 || e->step == 0 || e->step > STEP_MAX || e->secrecy == SECRECY_SEALED)
        return false;
    if (e->step > 1) {
        if (!db_one(tx, select_note, IN(e->matter, e->step), OUT(&note)) || note.n == 0)
            return false;
        cut(&b, note);
    } else {
        if (!db_one(tx, select_opening, IN(e->matter), OUT(&kind_name, &opened_at, &title, &body, &address, &secrecy)))
            return false;
        const struct kind *kind = engine_kind(s->engine, kind_name);
        cut(&b, title);
        buf_char(&b, ' ');
        cut(&b, body);
        buf_char(&b, ' ');
        cut(&b, address);
        buf_char(&b, ' ');
        if (kind)
            cut(&b, matter_number(tx->arena, kind, opened_at, e->matter));
    }
    doc->number = e->matter << STEP_BITS | e->step;
    doc->pieces = buf_str(&b);
    return doc->pieces.n > 0;
}

/* An erasure whose text may still stand in the index: it was read before. */
static bool erases(const struct event *events, int count, int64_t clean_to)
{
    for (int i = 0; i < count; i++)
        if (events[i].seq > clean_to && str_is(events[i].verb, "erase"))
            return true;
    return false;
}

static int feed(struct search *s, int limit)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    int64_t cursor = 0, clean_to = 0;
    struct fault fault = { 0 };
    if (!text_cursor(s->text, &cursor) || !text_clean_to(s->text, &clean_to))
        return 0;
    struct tx *tx = read_begin(s->engine->store, &arena);
    struct event *events = arena_array(&arena, struct event, (size_t)limit);
    struct text_doc *docs = arena_array(&arena, struct text_doc, (size_t)limit);
    int count = 0, doc_count = 0;
    struct rows rows = outbox_after(tx, cursor, limit);
    while (count < limit && outbox_row(&rows, &events[count]))
        count++;
    rows_end(&rows);
    bool again = erases(events, count, clean_to);
    int64_t last = again ? outbox_last(tx) : 0;
    for (int i = 0; i < count && !again; i++)
        doc_count += document(tx, s, &events[i], &docs[doc_count]);
    bool ok = count > 0 && !tx_failed(tx);
    read_end(tx);
    if (again)                                 /* all erasures up to the last event are in what is read from now on */
        return ok && text_clear(s->text, last, &fault) ? count : 0;
    return ok && text_put(s->text, docs, doc_count, events[count - 1].seq, &fault) ? count : 0;
}

int search_feed(struct search *s, int limit)
{
    pthread_mutex_lock(&s->feeding);
    int count = feed(s, limit);
    pthread_mutex_unlock(&s->feeding);
    return count;
}

static bool clear(struct search *s, struct fault *fault)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct tx *tx = read_begin(s->engine->store, &arena);
    int64_t last = outbox_last(tx);
    bool ok = !tx_failed(tx);
    if (!ok)
        *fault = (struct fault){ .code = tx->fault.code, .file = tx->fault.file, .line = tx->fault.line };
    read_end(tx);
    return ok && text_clear(s->text, last, fault);
}

bool search_rebuild(struct search *s, struct fault *fault)
{
    pthread_mutex_lock(&s->feeding);
    bool ok = clear(s, fault);
    pthread_mutex_unlock(&s->feeding);
    if (!ok)
        return false;
    while (search_feed(s, 1000) > 0)
        continue;
    return true;
}

/* --- finding -------------------------------------------------------------------------------------------------------------------- */

/* Small half-width letters, runs of blanks as they are: what the exact check compares. */
static struct str folded(struct arena *a, struct str text)
{
    struct buf b = buf_in(a);
    while (text.n) {
        uint32_t c = str_next(&text), w = is_han(c) ? 0 : word_char(c);
        buf_utf8(&b, w ? w : c ? c : ' ');
    }
    return buf_str(&b);
}

struct question {
    struct str phrases[PHRASES_MAX], pieces[PIECES_MAX];
    int phrase_count, piece_count;
};

static void ask_phrase(struct arena *a, struct question *q, struct str phrase)
{
    struct str cut_text = search_cut(a, phrase), piece[PIECES_MAX];
    int n = pieces_of(cut_text, piece, PIECES_MAX);
    for (int i = 0; i < n && q->piece_count < PIECES_MAX; i++) {
        struct str rest = piece[i];
        bool han = is_han(str_next(&rest));
        bool lone = han && rest.n == 0;
        if (lone && n > 1)
            continue;                          /* the run's last character is inside the pair before it */
        bool open_end = lone || (!han && i + 1 == n);
        q->pieces[q->piece_count++] = open_end ? arena_join(a, piece[i], S("*")) : piece[i];
    }
    if (n && q->phrase_count < PHRASES_MAX)
        q->phrases[q->phrase_count++] = folded(a, phrase);
}

static bool has_all(struct str text, const struct question *q)
{
    for (int i = 0; i < q->phrase_count; i++)
        if (!str_has(text, q->phrases[i]))
            return false;
    return true;
}

/* False: no list shows him this matter. Who sits in an org sees what another owns by its kind's rule, which the list asks. */
static bool within_reach(const struct who *who, const struct matter *m)
{
    for (int i = 0; i < who->grant_count; i++)
        if (who->grants[i].org)
            return true;
    return who->system || who_may(who, R_ANY & ~R(ADMIN), m->place, m->owner_org) || (who->account && who->account == m->owner_account);
}

/* Nearly always the opening's own words, as they stand: only else are the notes read and everything folded. */
static bool holds(struct tx *tx, const struct search *s, const struct who *who, int64_t matter, const struct question *q)
{
    struct str kind_name, note;
    struct matter m = { .id = matter };
    int secrecy;
    if (!db_one(tx, select_found, IN(matter), OUT(&secrecy, &m.place.area, &m.place.street, &m.place.community, &m.place.grid, &m.owner_org,
                                                  &m.owner_account, &kind_name, &m.opened_at, &m.title, &m.text, &m.address)) ||
        secrecy == SECRECY_SEALED || !within_reach(who, &m))
        return false;
    struct buf b = buf_in(tx->arena);
    const struct kind *kind = engine_kind(s->engine, kind_name);
    struct str parts[] = { m.title, m.text, m.address, kind ? matter_number(tx->arena, kind, m.opened_at, matter) : S("") };
    for (size_t i = 0; i < COUNT(parts); i++) {
        buf_put(&b, parts[i]);
        buf_char(&b, '\n');
    }
    if (has_all(buf_str(&b), q))
        return true;
    struct rows rows = db_get(tx, select_notes, IN(matter));
    while (db_row(&rows, OUT(&note))) {
        buf_put(&b, note);
        buf_char(&b, '\n');
    }
    return has_all(folded(tx->arena, buf_str(&b)), q);
}

int search_find(struct search *s, struct arena *arena, const struct search_query *query, int limit, int64_t *ret_ids, int64_t *ret_next)
{
    enum { BATCH = 128, ROUNDS = 8 };
    struct question q = { 0 };
    struct str rest = query->words, phrase;
    *ret_next = 0;
    while (str_cut(&rest, ' ', &phrase))
        ask_phrase(arena, &q, str_trim(phrase));
    if (q.piece_count == 0)
        return 0;
    struct tx *tx = read_begin(s->engine->store, arena);
    int64_t numbers[BATCH], before = query->before << STEP_BITS, last = 0;
    int found = 0, n = BATCH, i = BATCH;
    for (int round = 0; round < ROUNDS && found < limit && n == BATCH; round++) {
        n = text_find(s->text, arena, q.pieces, q.piece_count, before, BATCH, numbers);
        for (i = 0; i < n && found < limit; i++) {
            int64_t matter = numbers[i] >> STEP_BITS;
            if (matter != last && holds(tx, s, query->who, matter, &q))
                ret_ids[found++] = matter;
            last = matter;
            before = numbers[i];
        }
    }
    if (i < n || n == BATCH)
        *ret_next = last;
    read_end(tx);
    return found;
}
