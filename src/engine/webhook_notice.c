/* webhook_notice.c -- the deliveries of channels that speak in words: all that is due of a channel becomes one message.
 * See notice.h and webhook.h. */
#include "engine/area.h"
#include "engine/keys.h"
#include "engine/matter_view.h"
#include "engine/outbox.h"
#include "engine/webhook_own.h"

#include <curl/curl.h>
#include <jansson.h>
#include <string.h>

SQL(select_channels, "select w.id, w.kind, w.secret_sealed from webhook w where w.kind <> 'events' and w.state = 'active' and exists"
    " (select 1 from delivery d where d.webhook = w.id and d.state = 'waiting' and d.next_at <= $1) order by w.id limit $2");
SQL(select_items, "select id, seq, tries from delivery where webhook = $1 and state = 'waiting' and next_at <= $2 order by id limit $3");
SQL(select_office, "select name from office limit 1");

enum { CHANNELS_PER_TURN = 8, ITEMS_MAX = 200, ANSWER_BYTES_MAX = 4096 };

struct channel {
    int64_t id, deliveries[ITEMS_MAX], seqs[ITEMS_MAX], tries[ITEMS_MAX];
    int count;
    struct str kind, text;
    struct notice_settings settings;
    long status;
    const char *trouble;
};

/* --- reading ----------------------------------------------------------------------------------------------------------------- */

static bool read_line(struct tx *tx, int64_t seq, struct notice_line *ret)
{
    struct event e;
    struct area area = { 0 };
    struct rows rows = outbox_after(tx, seq - 1, 1);
    bool found = outbox_row(&rows, &e) && e.seq == seq;
    rows_end(&rows);
    if (!found)
        return false;
    const struct kind *kind = engine_kind(engine_of(tx), e.kind);
    if (e.place.area)
        area_get(tx, e.place.community ? e.place.community : e.place.area, &area);
    *ret = (struct notice_line){ .kind = kind ? str_of(kind->label.zh) : e.kind,
        .number = kind && e.matter ? matter_number(tx->arena, kind, event_opened(tx, &e), e.matter) : S(""),
        .verb = event_verb(engine_of(tx), &e, ZH), .area = area.name, .matter = e.matter, .urgency = e.urgency };
    return true;
}

/* The same matter moved twice in a window is one line, with its last step. */
static void compose(struct tx *tx, struct channel *c, struct str office)
{
    struct notice_line lines[NOTICE_LINES_MAX], line;
    int count = 0, more = 0;
    for (int i = 0; i < c->count; i++) {
        int at = 0;
        if (c->seqs[i] == 0 || !read_line(tx, c->seqs[i], &line))
            continue;
        while (at < count && lines[at].matter != line.matter)
            at++;
        if (at < NOTICE_LINES_MAX) {
            lines[at] = line;
            count += at == count;
        } else {
            more++;
        }
    }
    c->text = count ? notice_text(tx->arena, office, lines, count, more, c->settings.link)
                    : arena_format(tx->arena, "【" STR_FMT "】这是一次试发，收到即可用 / a trial message", STR_ARG(office));
}

static void read_items(struct tx *tx, struct channel *c)
{
    struct rows rows = db_get(tx, select_items, IN(c->id, tx->now, ITEMS_MAX));
    while (c->count < ITEMS_MAX && db_row(&rows, OUT(&c->deliveries[c->count], &c->seqs[c->count], &c->tries[c->count])))
        c->count++;
    rows_end(&rows);
}

static int read_channels(struct engine *e, struct arena *arena, struct channel *channels)
{
    struct tx *tx = read_begin(e->store, arena);
    struct blob sealed[CHANNELS_PER_TURN];
    struct str office = S("街道"), open;
    int count = 0;
    struct rows rows = db_get(tx, select_channels, IN(tx->now, CHANNELS_PER_TURN));
    while (count < CHANNELS_PER_TURN && db_row(&rows, OUT(&channels[count].id, &channels[count].kind, &sealed[count])))
        count++;
    rows_end(&rows);
    if (count)
        db_one(tx, select_office, IN(), OUT(&office));
    for (int i = 0; i < count; i++) {
        struct str context = arena_format(arena, "webhook:%lld", (long long)channels[i].id);
        bool known = keys_open_sealed(e->keys, arena, KEY_WEBHOOK, context, sealed[i].bytes, &open) &&
                     notice_unseal_text(arena, open, &channels[i].settings);
        channels[i].trouble = known ? NULL : "the address cannot be opened with this installation's key";
        read_items(tx, &channels[i]);
        compose(tx, &channels[i], office);
    }
    if (tx_failed(tx))
        count = 0;
    read_end(tx);
    return count;
}

/* --- sending ----------------------------------------------------------------------------------------------------------------- */

struct answer { char text[ANSWER_BYTES_MAX]; size_t n; };

static size_t take(char *p, size_t size, size_t n, void *arg)
{
    struct answer *a = arg;
    size_t fits = size * n < sizeof a->text - a->n ? size * n : sizeof a->text - a->n;
    memcpy(a->text + a->n, p, fits);
    a->n += fits;
    return size * n;
}

/* Robots answer 200 and say in the body that they refused. */
static bool robot_refused(const struct answer *a)
{
    static const char *const members[] = { "errcode", "code", "StatusCode" };
    json_t *root = json_loadb(a->text, a->n, 0, NULL);
    bool refused = false;
    for (size_t i = 0; i < COUNT(members); i++)
        refused |= json_integer_value(json_object_get(root, members[i])) != 0;
    json_decref(root);
    return refused;
}

struct letter { struct str rest; };

static size_t give(char *to, size_t size, size_t n, void *arg)
{
    struct letter *l = arg;
    struct str part = str_head(l->rest, size * n);
    memcpy(to, part.p ? part.p : "", part.n);
    l->rest = str_from(l->rest, part.n);
    return part.n;
}

static struct curl_slist *set_mail(CURL *curl, struct arena *arena, const struct channel *c, const struct notice_post *p, struct letter *letter)
{
    struct curl_slist *to = NULL;
    struct str rest = p->recipients, one, user = str_head(c->settings.secret, str_find(c->settings.secret, S(":")));
    struct str from = str_has(user, S("@")) ? user : str_trim(str_head(rest, str_find(rest, S(","))));
    while (str_cut(&rest, ',', &one))
        to = curl_slist_append(to, arena_z(arena, str_trim(one)));
    letter->rest = p->body;
    if (c->settings.secret.n)
        curl_easy_setopt(curl, CURLOPT_USERPWD, arena_z(arena, c->settings.secret));
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, arena_z(arena, from));
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, letter);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    return to;
}

static void send_one(struct arena *arena, struct channel *c, const struct notice_post *p, const bool *allow_private)
{
    struct answer answer = { .n = 0 };
    struct letter letter;
    struct curl_slist *list = NULL;
    CURL *curl = webhook_curl(arena_z(arena, p->url), allow_private);
    if (p->recipients.n) {
        list = set_mail(curl, arena, c, p, &letter);
    } else {
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
        if (p->body.n) {
            list = curl_slist_append(NULL, arena_format(arena, "Content-Type: " STR_FMT, STR_ARG(p->type)).p);
            list = curl_slist_append(list, "Expect:");
            curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
            curl_easy_setopt(curl, CURLOPT_POSTFIELDS, p->body.p);
            curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)p->body.n);
        }
    }
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &c->status);
    c->trouble = code != CURLE_OK ? curl_easy_strerror(code) : robot_refused(&answer) ? "the platform refused the message" : NULL;
    curl_slist_free_all(list);
    curl_easy_cleanup(curl);
}

/* An SMS that reached one number is not sent to it again because another number failed. */
static void send_channel(struct arena *arena, struct channel *c, const bool *allow_private, ms now)
{
    struct str rest = c->settings.to, one;
    bool reached = false;
    if (!str_is(c->kind, "sms")) {
        struct notice_post p = notice_post(arena, c->kind, &c->settings, S(""), c->text, now);
        send_one(arena, c, &p, allow_private);
        return;
    }
    while (str_cut(&rest, ',', &one)) {
        struct notice_post p = notice_post(arena, c->kind, &c->settings, str_trim(one), c->text, now);
        send_one(arena, c, &p, allow_private);
        reached |= !c->trouble && c->status / 100 == 2;
    }
    if (reached) {
        c->trouble = NULL;
        c->status = 200;
    }
}

struct sent { const struct channel *channels; int count; };

static void write_sent(struct tx *tx, void *arg)
{
    const struct sent *sent = arg;
    for (int i = 0; i < sent->count; i++)
        for (int d = 0; d < sent->channels[i].count; d++) {
            const struct channel *c = &sent->channels[i];
            webhook_note_try(tx, &(struct webhook_try){ c->deliveries[d], c->id, c->tries[d], c->status, c->trouble });
        }
}

bool webhook_send_notices(struct engine *e, bool allow_private)
{
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct channel *channels = arena_array(&arena, struct channel, CHANNELS_PER_TURN);
    struct sent sent = { channels, read_channels(e, &arena, channels) };
    for (int i = 0; i < sent.count; i++)
        if (!channels[i].trouble)
            send_channel(&arena, &channels[i], &allow_private, e->clock->now(e->clock));
    if (sent.count)
        webhook_write(e, &arena, write_sent, &sent);
    return sent.count > 0;
}
