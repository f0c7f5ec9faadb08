/* ring_http.c -- see ring_http.h. */
#include "gateways/ring_http.h"

#include <curl/curl.h>
#define json_null jansson_null              /* base/json.h has that name */
#include <jansson.h>
#undef json_null
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLY_BYTES_MAX = 64 << 10, CALL_S_MAX = 50, TEXT_S_MAX = 15, CONNECT_S_MAX = 5, LINES = 4 };

struct ring_http {
    struct ring_port port;
    const struct engine *engine;
    char *voice_url, *voice_body, *text_url, *text_body, *header, *secret;
};

/* --- templates ------------------------------------------------------------------------------------------------------- */

static void put_json(struct buf *b, struct str value)
{
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if (c == '"' || c == '\\')
            buf_char(b, '\\');
        if (c < 0x20)
            buf_format(b, "\\u%04x", c);
        else
            buf_char(b, (char)c);
    }
}

static void put_form(struct buf *b, struct str value)
{
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.')
            buf_char(b, (char)c);
        else
            buf_format(b, "%%%02X", c);
    }
}

/* A word is lower-case letters in braces; any other brace is the template's own. */
static size_t word_at(struct str s)
{
    size_t n = 1;
    while (n < s.n && s.p[n] >= 'a' && s.p[n] <= 'z')
        n++;
    return n > 1 && n < s.n && s.p[n] == '}' ? n + 1 : 0;
}

bool ring_http_fill(struct arena *a, struct str template, const struct ring_word *words, struct str *ret_text)
{
    struct buf b = buf_in(a);
    struct str start = str_trim(template);
    bool is_json = start.n && (start.p[0] == '[' || (start.p[0] == '{' && !word_at(start)));
    while (template.n) {
        size_t n = template.p[0] == '{' ? word_at(template) : 0;
        if (!n) {
            buf_char(&b, template.p[0]);
            template = str_from(template, 1);
            continue;
        }
        struct str name = str_head(str_from(template, 1), n - 2);
        int i = 0;
        while (words[i].name && !str_is(name, words[i].name))
            i++;
        if (!words[i].name)
            return false;
        (is_json ? put_json : put_form)(&b, words[i].value);
        template = str_from(template, n);
    }
    *ret_text = buf_str(&b);
    return true;
}

enum ring_result ring_http_reply(struct str body)
{
    static const enum ring_result known[] = { RING_RANG, RING_ANSWERED, RING_BUSY, RING_FAILED };
    enum ring_result result = RING_OPEN;
    json_t *root = json_loadb(body.p ? body.p : "", body.n, 0, NULL);
    const char *said = json_string_value(json_object_get(root, "result"));
    for (size_t i = 0; said && i < COUNT(known); i++)
        if (!strcmp(said, ring_result_wire(known[i])))
            result = known[i];
    json_decref(root);
    return result;
}

/* --- one request ----------------------------------------------------------------------------------------------------- */

struct reply { char bytes[REPLY_BYTES_MAX]; size_t n; };

static size_t keep(char *p, size_t size, size_t n, void *arg)
{
    struct reply *reply = arg;
    if (size * n > sizeof reply->bytes - reply->n)
        return 0;
    memcpy(reply->bytes + reply->n, p, size * n);
    reply->n += size * n;
    return size * n;
}

static int go_on(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return atomic_load((const _Atomic bool *)arg);
}

static struct curl_slist *headers_of(const struct ring_http *h, struct arena *a, struct str body)
{
    char hex[2 * crypto_auth_hmacsha256_BYTES + 1];
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    bool is_json = body.n && (body.p[0] == '{' || body.p[0] == '[');
    struct curl_slist *list = curl_slist_append(NULL, is_json ? "Content-Type: application/json; charset=utf-8"
                                                              : "Content-Type: application/x-www-form-urlencoded");
    list = curl_slist_append(list, "Expect:");
    if (h->secret) {
        crypto_auth_hmacsha256_state state;
        crypto_auth_hmacsha256_init(&state, (const uint8_t *)h->secret, strlen(h->secret));
        crypto_auth_hmacsha256_update(&state, (const uint8_t *)body.p, body.n);
        crypto_auth_hmacsha256_final(&state, mac);
        sodium_bin2hex(hex, sizeof hex, mac, sizeof mac);
        list = curl_slist_append(list, arena_format(a, "X-Wuxing-Signature: sha256=%s", hex).p);
    }
    if (h->header) {
        struct str text = str_of(h->header), mark = S("{secret}");
        size_t at = str_find(text, mark);
        struct str filled = at == text.n ? text : arena_format(a, STR_FMT "%s" STR_FMT, STR_ARG(str_head(text, at)), h->secret ? h->secret : "",
                                                               STR_ARG(str_from(text, at + mark.n)));
        list = curl_slist_append(list, arena_z(a, filled));
    }
    return list;
}

static bool post(const struct ring_http *h, struct arena *a, const char *url, struct str body, int seconds_max, const _Atomic bool *stop,
                 struct reply *reply, char *note, size_t note_bytes)
{
    long status = 0;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = headers_of(h, a, body);
    if (!curl || !headers)
        abort();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.p);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body.n);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "Wuxing/" WUXING_VERSION);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)seconds_max);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S_MAX);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, (void *)(uintptr_t)stop);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    bool ok = code == CURLE_OK && status >= 200 && status < 300;
    if (!ok)
        snprintf(note, note_bytes, "%s %ld", code == CURLE_OK ? "HTTP" : curl_easy_strerror(code), status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return ok;
}

/* --- the port -------------------------------------------------------------------------------------------------------- */

static void http_ring(struct ring_port *port, const struct ring_call *call, struct ring_outcome *outcome)
{
    struct ring_http *h = port->own;
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    const struct ring_word words[] = {
        { "number", str_of(call->number) }, { "matter", str_of(call->matter_number) }, { "text", str_of(call->text) },
        { "spoken", str_of(call->spoken) }, { "attempt", arena_format(&arena, "%lld", (long long)call->attempt) },
        { "receipt", ring_receipt_token(h->engine, &arena, call->attempt) }, { "secret", str_of(h->secret) }, { 0 } };
    struct reply *reply = arena_new(&arena, struct reply);
    struct str body;
    char text_note[sizeof outcome->note] = "";
    outcome->result = RING_NO_PORT;
    if (h->voice_url && ring_http_fill(&arena, str_of(h->voice_body), words, &body)) {
        bool ok = post(h, &arena, h->voice_url, body, CALL_S_MAX, call->stop, reply, outcome->note, sizeof outcome->note);
        outcome->result = ok ? ring_http_reply((struct str){ reply->bytes, reply->n }) : RING_FAILED;
    }
    reply->n = 0;                                      /* the text comes second: a slow one must not keep a telephone from ringing */
    if (h->text_url && !call->again && ring_http_fill(&arena, str_of(h->text_body), words, &body))
        outcome->texted = post(h, &arena, h->text_url, body, TEXT_S_MAX, call->stop, reply, text_note, sizeof text_note);
    if (!outcome->note[0])
        memcpy(outcome->note, text_note, sizeof text_note);
}

static char *copy(const char *text)
{
    char *made = text ? strdup(text) : NULL;
    if (text && !made)
        abort();
    return made;
}

static bool template_ok(const char *url, const char *body, struct fault *f)
{
    static const struct ring_word words[] = { { .name = "number" }, { .name = "matter" }, { .name = "text" }, { .name = "spoken" },
        { .name = "attempt" }, { .name = "receipt" }, { .name = "secret" }, { 0 } };
    arena_scoped struct arena arena;
    arena_init(&arena, 0);
    struct str text;
    if (url && !body)
        fault_set(f, ERR_INVALID, "呼叫网关给了地址，还要给出内容模板（..._body）", "a ring gateway's address needs its template (..._body)");
    else if (url && !ring_http_fill(&arena, str_of(body), words, &text))
        fault_set(f, ERR_INVALID, "呼叫网关的内容模板里有不认识的 {词}", "the template of the ring gateway has an unknown {word}");
    return f->code == ERR_OK;
}

struct ring_port *ring_http_new(const struct ring_http_config *c, const struct engine *e, struct fault *f)
{
    if (!template_ok(c->voice_url, c->voice_body, f) || !template_ok(c->text_url, c->text_body, f))
        return NULL;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct ring_http *h = calloc(1, sizeof *h);
    if (!h)
        abort();
    *h = (struct ring_http){
        .port = { .name = "http", .lines = LINES, .ring = http_ring, .own = h }, .engine = e,
        .voice_url = copy(c->voice_url), .voice_body = copy(c->voice_body), .text_url = copy(c->text_url), .text_body = copy(c->text_body),
        .header = copy(c->header), .secret = copy(c->secret),
    };
    return &h->port;
}

void ring_http_free(struct ring_port *port)
{
    if (!port)
        return;
    struct ring_http *h = port->own;
    free(h->voice_url);
    free(h->voice_body);
    free(h->text_url);
    free(h->text_body);
    free(h->header);
    free(h->secret);
    free(h);
}
