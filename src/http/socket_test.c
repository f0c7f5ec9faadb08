/* socket_test.c -- the server over real sockets on the loopback: framing, cross-site requests, deadlines, live streams,
 * stopping. Deadlines are made short by the configuration; waiting is done on sockets, never by sleeping. */
#include "engine/account.h"
#include "engine/keys.h"
#include "http/front.h"
#include "test/world.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#define ERR_STATE openssl_ERR_STATE             /* base/fault.h has that name */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#undef ERR_STATE
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 15000, TEXT_BYTES = 256 << 10 };

struct site {
    struct world *w;
    struct server *server;
    struct str token;
    char *text;
};

static struct site open_site(struct world *w, struct server_config config)
{
    struct fault fault = { 0 };
    struct site s = { .w = w, .text = arena_alloc(&w->arena, TEXT_BYTES) };
    config.quiet = true;
    s.server = server_start(w->api, &config, &fault);
    CHECK(s.server && fault.code == ERR_OK);
    struct answer a = world_post(w, &w->clerk, "/tokens", "{\"name\":\"测试\"}");
    s.token = answer_str(w, &a, "token");
    CHECK(s.token.n > 0);
    return s;
}

static int dial(const struct site *s)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)server_port(s->server)) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

static void say(int fd, struct str text)
{
    while (text.n) {
        ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);
        CHECK(n > 0);
        text = str_from(text, (size_t)n);
    }
}

/* What arrives until `end` is in it; the empty slice when the other side closes or is silent for too long. */
static struct str hear(const struct site *s, int fd, const char *end)
{
    size_t n = 0;
    ms until = monotonic_ms() + WAIT_MS;
    while (n < TEXT_BYTES - 1 && monotonic_ms() < until) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (poll(&p, 1, 100) == 0)
            continue;
        ssize_t got = recv(fd, s->text + n, TEXT_BYTES - 1 - n, 0);
        if (got <= 0)
            break;
        n += (size_t)got;
        if (str_has((struct str){ s->text, n }, str_of(end)))
            return arena_copy(&s->w->arena, (struct str){ s->text, n });
    }
    return (struct str){ 0 };
}

static bool closed_within(int fd, int wait_ms)
{
    char byte[512];
    ms until = monotonic_ms() + wait_ms;
    while (monotonic_ms() < until) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (poll(&p, 1, 50) == 1 && recv(fd, byte, sizeof byte, MSG_DONTWAIT) <= 0 && errno != EAGAIN)
            return true;
    }
    return false;
}

static struct str request(const struct site *s, const char *head, const char *more, struct str body)
{
    return arena_format(&s->w->arena,
            "%s HTTP/1.1\r\nHost: office.test\r\nAuthorization: Bearer " STR_FMT "\r\n%sContent-Length: %zu\r\n\r\n" STR_FMT,
                        head, STR_ARG(s->token), more, body.n, STR_ARG(body));
}

static struct str report_body(struct world *w)
{
    return arena_format(&w->arena, "{\"text\":\"桂花路1号院门口井盖破损，请尽快处理\",\"category\":\"E0110\",\"area\":%lld}",
            (long long)w->grid1);
}

/* The last line of every JSON answer here ends in a brace. */
static int status_of(struct str answer)
{
    int64_t status = 0;
    return answer.n > 12 && str_to_i64(str_head(str_from(answer, 9), 3), &status) ? (int)status : 0;
}

static int ask(const struct site *s, int fd, const char *head, const char *more, struct str body)
{
    say(fd, request(s, head, more, body));
    return status_of(hear(s, fd, "\r\n\r\n"));
}

TEST_WORLD(one_connection_carries_many_requests_in_any_cut)
{
    struct site s = open_site(w, (struct server_config){ 0 });
    int fd = dial(&s);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(ask(&s, fd, "POST /api/v1/reports", "Content-Type: application/json\r\n", report_body(w)), 201);
        CHECK_INT(ask(&s, fd, "GET /api/v1/me", "", S("")), 200);
        CHECK_INT(ask(&s, fd, "GET /api/v1/nothing", "", S("")), 404);
        CHECK_INT(ask(&s, fd, "POST /api/v1/reports", "", S("{\"text\":")), 400);
    }
    struct str whole = request(&s, "POST /api/v1/reports", "Content-Type: application/json\r\n", report_body(w));
    for (size_t i = 0; i < whole.n; i++)
        say(fd, (struct str){ whole.p + i, 1 });
    struct str answer = hear(&s, fd, "\r\n\r\n");
    CHECK_INT(status_of(answer), 201);
    CHECK(str_has(answer, S("Location: /api/v1/matters/")));
    CHECK(str_has(answer, S("X-Content-Type-Options: nosniff")));
    close(fd);
    server_stop(s.server);
}

TEST_WORLD(a_caller_who_hangs_up_in_the_middle_leaves_nothing_behind)
{
    struct site s = open_site(w, (struct server_config){ 0 });
    struct str whole = request(&s, "POST /api/v1/reports", "Content-Type: application/json\r\n", report_body(w));
    for (size_t cut = 1; cut < whole.n; cut += 7) {
        int fd = dial(&s);
        say(fd, str_head(whole, cut));
        close(fd);
    }
    int fd = dial(&s);
    CHECK_INT(ask(&s, fd, "GET /api/v1/matters", "", S("")), 200);
    close(fd);
    server_stop(s.server);
    struct answer a = world_get(w, &w->clerk, "/matters");
    CHECK_INT(answer_count(w, &a, "items"), 0);
}

TEST_WORLD(a_repeated_key_over_a_new_connection_gives_the_first_answer)
{
    struct site s = open_site(w, (struct server_config){ 0 });
    struct str first = { 0 };
    for (int i = 0; i < 3; i++) {
        int fd = dial(&s);
        say(fd, request(&s, "POST /api/v1/reports",
            "Content-Type: application/json\r\nIdempotency-Key: phone-7\r\n", report_body(w)));
        struct str answer = hear(&s, fd, "\"}");
        struct str body = str_from(answer, str_find(answer, S("\r\n\r\n")));
        CHECK_INT(status_of(answer), 201);
        if (i)
            CHECK_EQ(body, first);
        first = body;
        close(fd);
    }
    server_stop(s.server);
    struct answer a = world_get(w, &w->clerk, "/matters");
    CHECK_INT(answer_count(w, &a, "items"), 1);
}

struct login_cookie { struct world *w; struct str value; };

static void give_cookie(struct tx *tx, void *p)
{
    struct login_cookie *arg = p;
    session_add(tx, arg->w->clerk.account, arg->value, S("test"), S("127.0.0.1"));
}

TEST_WORLD(a_write_by_cookie_must_come_from_a_page_of_ours)
{
    struct site s = open_site(w, (struct server_config){ 0 });
    struct str cookie = random_token(&w->arena, 32);
    struct arena *a = &w->arena;
    static const struct { const char *headers; int status; } tries[] = {
        { "Origin: http://evil.test\r\nX-Wuxing: 1\r\n", 403 }, { "Origin: null\r\n", 403 },
              { "Origin: http://office.test\r\n", 403 },
        { "Referer: http://evil.test/\r\n", 403 }, { "Sec-Fetch-Site: cross-site\r\n", 403 },
        { "Origin: http://office.test\r\nX-Wuxing: 1\r\n", 201 },
              { "Sec-Fetch-Site: same-origin\r\nX-Wuxing: 1\r\n", 201 }, { "", 201 },
    };
    struct login_cookie arg = { w, cookie };
    world_write(w, give_cookie, &arg, NULL);
    for (size_t i = 0; i < COUNT(tries); i++) {
        int fd = dial(&s);
        struct str body = S("{\"name\":\"我的\",\"query\":\"phase=open\"}");
        say(fd, arena_format(a, "POST /api/v1/views HTTP/1.1\r\nHost: office.test\r\nCookie: a=b; wx=" STR_FMT "\r\n%sContent-Length: %zu\r\n\r\n" STR_FMT,
                             STR_ARG(cookie), tries[i].headers, body.n, STR_ARG(body)));
        CHECK_INT(status_of(hear(&s, fd, "\r\n\r\n")), tries[i].status);
        close(fd);
    }
    server_stop(s.server);
}

TEST_WORLD(an_oversize_body_hears_why)
{
    struct site s = open_site(w, (struct server_config){ 0 });
    int fd = dial(&s);
    struct str big = { arena_alloc(&w->arena, FORM_BYTES_MAX + 10), FORM_BYTES_MAX + 10 };
    memset((char *)big.p, 'x', big.n);
    CHECK_INT(ask(&s, fd, "POST /api/v1/reports", "", big), 413);
    CHECK_INT(ask(&s, fd, "GET /api/v1/me", "", S("")), 200);
    say(fd, arena_format(&w->arena, "POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"));
    CHECK_INT(status_of(hear(&s, fd, "\r\n\r\n")), 413);
    close(fd);
    server_stop(s.server);
}

TEST_WORLD(slow_senders_are_shut_and_honest_ones_are_not)
{
    struct site s = open_site(w, (struct server_config){ .header_ms = 600, .idle_ms = 900,
            .body_grace_ms = 600, .body_bytes_per_s = 100000 });
    int silent = dial(&s), dripping = dial(&s), body = dial(&s), honest = dial(&s);
    say(body, S("POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{"));
    ms until = monotonic_ms() + 5000;
    bool dripped_out = false;
    while (!dripped_out && monotonic_ms() < until) {         /* each byte would reset an idle timer */
        struct pollfd p = { .fd = dripping, .events = POLLIN };
        dripped_out = send(dripping, "G", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 || (poll(&p, 1, 50) == 1 &&
            (p.revents & (POLLHUP | POLLIN)));
        CHECK_INT(ask(&s, honest, "GET /api/v1/me", "", S("")), 200);
    }
    CHECK(dripped_out);
    CHECK(closed_within(silent, 5000));
    CHECK(closed_within(body, 5000));
    CHECK(closed_within(honest, 5000));                      /* it fell idle at last */
    close(silent);
    close(dripping);
    close(body);
    close(honest);
    server_stop(s.server);
}

TEST_WORLD(one_address_may_not_take_every_connection)
{
    struct site s = open_site(w, (struct server_config){ .connections_per_address = 3 });
    int fds[5];
    for (int i = 0; i < 5; i++)
        fds[i] = dial(&s);
    CHECK_INT(ask(&s, fds[0], "GET /api/v1/me", "", S("")), 200);
    CHECK(closed_within(fds[4], 5000));
    for (int i = 0; i < 5; i++)
        close(fds[i]);
    server_stop(s.server);
}

/* --- live -------------------------------------------------------------------------------------------------------------------------- */

static int64_t open_report(struct world *w)
{
    struct answer a = world_post(w, &w->clerk, "/reports", report_body(w).p);
    CHECK_INT(a.status, 201);
    world_turn(w);
    return answer_int(w, &a, "id");
}

static int64_t last_id(struct str text)
{
    int64_t id = 0;
    for (size_t at; (at = str_find(text, S("id: "))) < text.n;) {
        text = str_from(text, at + 4);
        CHECK(str_to_i64(str_head(text, str_find(text, S("\n"))), &id));
    }
    return id;
}

/* The next event of a stream; the comments that keep it alive come between at any time. */
static struct str hear_event(const struct site *s, int fd)
{
    struct str text;
    do
        text = hear(s, fd, "\n\n");
    while (text.n && !str_has(text, S("data: ")));
    return text;
}

TEST_WORLD(a_stream_tells_what_happens_and_resumes_without_a_gap)
{
    struct site s = open_site(w, (struct server_config){ 0 });
    int fd = dial(&s);
    say(fd, request(&s, "GET /api/v1/feed", "Accept: text/event-stream\r\n", S("")));
    struct str head = hear(&s, fd, "retry:");
    CHECK_INT(status_of(head), 200);
    CHECK(str_has(head, S("text/event-stream")));
    int64_t id = open_report(w);
    struct str event = hear_event(&s, fd);
    CHECK(str_has(event, arena_format(&w->arena, "\"matter\":%lld", (long long)id)));
    int64_t seen = last_id(event);
    close(fd);
    int64_t missed[3];
    for (int i = 0; i < 3; i++)
        missed[i] = open_report(w);
    fd = dial(&s);
    say(fd, request(&s, "GET /api/v1/feed", arena_format(&w->arena, "Last-Event-ID: %lld\r\n",
        (long long)seen).p, S("")));
    struct str rest = hear(&s, fd, arena_format(&w->arena, "\"matter\":%lld", (long long)missed[2]).p);
    for (int i = 0; i < 3; i++)
        CHECK(str_has(rest, arena_format(&w->arena, "\"matter\":%lld", (long long)missed[i])));
    CHECK(!str_has(rest, arena_format(&w->arena, "\"matter\":%lld,", (long long)id)));
    int again = dial(&s);                                     /* the api goes on beside it, on the same port */
    CHECK_INT(ask(&s, again, "GET /api/v1/me", "", S("")), 200);
    close(again);
    server_stop(s.server);
    CHECK(closed_within(fd, 5000));
    close(fd);
}

TEST_WORLD(a_stream_is_refused_without_a_log_in_and_ends_with_it)
{
    struct site s = open_site(w, (struct server_config){ 0 });
    int fd = dial(&s);
    say(fd, S("GET /api/v1/feed HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK_INT(status_of(hear(&s, fd, "\r\n\r\n")), 401);
    CHECK_INT(ask(&s, fd, "GET /api/v1/me", "", S("")), 200);     /* a refusal keeps the connection */
    close(fd);
    server_stop(s.server);
}

TEST_WORLD(many_streams_of_one_account_all_hear_it)
{
    enum { STREAMS = 60 };
    struct site s = open_site(w, (struct server_config){ 0 });
    int fds[STREAMS];
    for (int i = 0; i < STREAMS; i++) {
        fds[i] = dial(&s);
        say(fds[i], request(&s, "GET /api/v1/feed", i % 2 ? "Accept-Language: en\r\n" : "", S("")));
    }
    for (int i = 0; i < STREAMS; i++)
        CHECK(hear(&s, fds[i], "retry:").n > 0);
    for (int i = 0; i < STREAMS; i += 3)
        close(fds[i]);                                            /* some leave first */
    int64_t id = open_report(w);
    struct str mark = arena_format(&w->arena, "\"matter\":%lld", (long long)id);
    for (int i = 0; i < STREAMS; i++) {
        if (i % 3 == 0)
            continue;
        struct str text = hear_event(&s, fds[i]);
        CHECK(str_has(text, mark));
        CHECK(str_has(text, i % 2 ? S("Opened") : S("登记")));
        close(fds[i]);
    }
    server_stop(s.server);
}

/* --- over TLS ------------------------------------------------------------------------------------------------------- */

static void make_certificate(const char *cert_path, const char *key_path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    CHECK(key && cert);
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC, (const unsigned char *)"office.test", -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    CHECK(X509_sign(cert, key, EVP_sha256()) > 0);
    FILE *out = fopen(cert_path, "we");
    CHECK(out && PEM_write_X509(out, cert) == 1 && fclose(out) == 0);
    out = fopen(key_path, "we");
    CHECK(out && PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1 && fclose(out) == 0);
    X509_free(cert);
    EVP_PKEY_free(key);
}

struct listener {
    pthread_mutex_t lock;
    pthread_cond_t grew;
    pthread_t thread;
    const char *url, *header;
    char text[16384];
    size_t n;
    CURLcode code;
};

static size_t listener_takes(char *p, size_t size, size_t count, void *arg)
{
    struct listener *l = arg;
    size_t n = size * count;
    pthread_mutex_lock(&l->lock);
    CHECK(l->n + n < sizeof l->text);
    memcpy(l->text + l->n, p, n);
    l->n += n;
    pthread_cond_signal(&l->grew);
    pthread_mutex_unlock(&l->lock);
    return n;
}

static void *listen_on(void *arg)
{
    struct listener *l = arg;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, l->header);
    curl_easy_setopt(curl, CURLOPT_URL, l->url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, listener_takes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, l);
    l->code = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return NULL;
}

static void listener_hears(struct listener *l, struct str what)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_MS / 1000;
    pthread_mutex_lock(&l->lock);
    while (!str_has((struct str){ l->text, l->n }, what))
        CHECK(pthread_cond_timedwait(&l->grew, &l->lock, &until) == 0);
    pthread_mutex_unlock(&l->lock);
}

TEST_WORLD(a_stream_over_tls_hears_and_ends_with_the_server)
{
    const char *cert = arena_format(&w->arena, "%s/test-cert.pem", w->db->dir).p;
    const char *key = arena_format(&w->arena, "%s/test-key.pem", w->db->dir).p;
    make_certificate(cert, key);
    struct site s = open_site(w, (struct server_config){ .tls_cert = cert, .tls_key = key });
    CHECK(server_secure(s.server));
    struct listener l = { .url = arena_format(&w->arena, "https://127.0.0.1:%d/api/v1/feed", server_port(s.server)).p,
                          .header = arena_format(&w->arena, "Authorization: Bearer " STR_FMT, STR_ARG(s.token)).p };
    pthread_mutex_init(&l.lock, NULL);
    pthread_cond_init(&l.grew, NULL);
    CHECK(pthread_create(&l.thread, NULL, listen_on, &l) == 0);
    listener_hears(&l, S("retry:"));
    int64_t id = open_report(w);
    listener_hears(&l, arena_format(&w->arena, "\"matter\":%lld", (long long)id));
    ms before = monotonic_ms();
    server_stop(s.server);
    CHECK(monotonic_ms() - before < 10000);                  /* it does not wait for a stream to end by itself */
    pthread_join(l.thread, NULL);
    CHECK_INT(l.code, CURLE_OK);
}
