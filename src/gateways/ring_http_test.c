/* ring_http_test.c -- a telephone gateway as a socket of the test: what is sent to it, what its answer and its later receipt
 * make of the attempt, and that nothing but number and link leaves. */
#include "gateways/ring_http.h"
#include "test/errand.h"
#include "test/world.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct gateway { int listener, port; const char *answer; int status; _Atomic int served; pthread_t thread; char text[8192]; };

static void *receive(void *arg)
{
    struct gateway *g = arg;
    for (;;) {
        int fd = accept(g->listener, NULL, NULL);
        size_t n = 0;
        if (fd < 0)
            return NULL;
        while (n < sizeof g->text - 1) {
            ssize_t got = recv(fd, g->text + n, sizeof g->text - 1 - n, 0);
            if (got <= 0)
                break;
            n += (size_t)got;
            g->text[n] = 0;
            char *end = strstr(g->text, "\r\n\r\n"), *length = strcasestr(g->text, "content-length:");
            if (end && length && n >= (size_t)(end + 4 - g->text) + strtoul(length + 15, NULL, 10))
                break;
        }
        char answer[300];
        int m = snprintf(answer, sizeof answer, "HTTP/1.1 %d x\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", g->status,
                         strlen(g->answer), g->answer);
        g->served++;                                           /* before the answer, after which the test looks */
        send(fd, answer, (size_t)m, MSG_NOSIGNAL);
        close(fd);
    }
}

static void gateway_open(struct gateway *g, int status, const char *answer)
{
    struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof own;
    *g = (struct gateway){ .status = status, .answer = answer, .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    CHECK(bind(g->listener, (struct sockaddr *)&own, sizeof own) == 0 && listen(g->listener, 8) == 0);
    CHECK(getsockname(g->listener, (struct sockaddr *)&own, &length) == 0);
    g->port = ntohs(own.sin_port);
    CHECK(pthread_create(&g->thread, NULL, receive, g) == 0);
}

static void gateway_close(struct gateway *g)
{
    shutdown(g->listener, SHUT_RDWR);
    pthread_join(g->thread, NULL);
    close(g->listener);
}

struct act { struct world *w; int64_t matter; struct attempt last; int rows; };
static void do_ring(struct tx *tx, void *arg)
{
    struct act *a = arg;
    struct world *w = a->w;
    struct place place = { .area = w->grid1, .street = w->street, .community = w->community1, .grid = w->grid1 };
    a->matter = errand_open(tx, &w->clerk, place, "老人 高血压 桂花路1号院");
    ring_person(tx, a->matter, 0, S("女儿某"), S("13800000777"), "family");
}

static void do_look(struct tx *tx, void *arg)
{
    struct act *a = arg;
    struct attempt one;
    struct rows rows = ring_list(tx, a->matter, 0, 100);
    for (a->rows = 0; ring_row(&rows, &one); a->rows++)
        a->last = one;
}

/* Rings once through a gateway that answers so; the attempt as it stands then. */
static struct attempt ring_through(struct world *w, struct gateway *g, const struct ring_http_config *config)
{
    struct fault fault = { 0 };
    struct ring_port *port = ring_http_new(config, w->engine, &fault), *ports[] = { port, NULL };
    CHECK(port != NULL);
    struct ringer *ringer = ringer_new(w->engine, ports, "https://wx.example/phone/m/");
    struct act a = { .w = w };
    world_write(w, do_ring, &a, NULL);
    CHECK_INT(ringer_turn(ringer), 1);
    world_read(w, do_look, &a);
    CHECK_INT(a.rows, 1);
    ringer_free(ringer);
    ring_http_free(port);
    (void)g;
    return a.last;
}

#define VOICE "{\"to\":\"{number}\",\"say\":\"{spoken}\",\"ref\":\"{receipt}\",\"key\":\"{secret}\"}"

TEST_STORES(a_gateway_that_waits_for_the_outcome_says_it_at_once)
{
    static const struct { const char *answer; int status; enum ring_result result; } cases[] = {
        { "{\"result\":\"answered\"}", 200, RING_ANSWERED }, { "{\"result\":\"rang\"}", 200, RING_RANG },
        { "{\"result\":\"busy\"}", 200, RING_BUSY }, { "{\"result\":\"rang\"}", 500, RING_FAILED },
        { "{\"code\":0}", 200, RING_OPEN }, { "not json", 200, RING_OPEN }, { "{\"result\":\"logged\"}", 200, RING_OPEN },
    };
    struct world *w = world_open_with(db, errand_modules);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct gateway g;
        gateway_open(&g, cases[i].status, cases[i].answer);
        const char *url = arena_format(&w->arena, "http://127.0.0.1:%d/call", g.port).p;
        struct ring_http_config config = { .voice_url = url, .voice_body = VOICE, .secret = "s3cret-示范", .header = "X-Key: {secret}" };
        struct attempt a = ring_through(w, &g, &config);
        CHECK_INT(a.result, cases[i].result);
        CHECK_INT(a.ended_at != 0, cases[i].result != RING_OPEN);       /* accepted alone is no ring: it waits */
        CHECK_INT(g.served, 1);
        CHECK(strstr(g.text, "\"to\":\"13800000777\"") && strstr(g.text, "X-Wuxing-Signature: sha256=") && strstr(g.text, "X-Key: s3cret"));
        CHECK(!strstr(g.text, "高血压") && !strstr(g.text, "桂花") && !strstr(g.text, "女儿"));
        gateway_close(&g);
    }
    world_close(w);
}

TEST_STORES(a_receipt_that_comes_later_ends_the_attempt_and_a_wrong_token_does_not)
{
    struct world *w = world_open_with(db, errand_modules);
    struct gateway g;
    gateway_open(&g, 202, "{\"id\":\"c-1\"}");
    const char *url = arena_format(&w->arena, "http://127.0.0.1:%d/call", g.port).p;
    struct ring_http_config config = { .voice_url = url, .voice_body = VOICE };
    struct attempt a = ring_through(w, &g, &config);
    gateway_close(&g);
    const char *at = strstr(g.text, "\"ref\":\"") + 7;
    struct str token = str_head(str_of(at), str_find(str_of(at), S("\"")));
    struct str path = arena_format(&w->arena, "//gateway/ring/" STR_FMT, STR_ARG(token));
    const char *wrong = arena_format(&w->arena, "//gateway/ring/%lld-00000000000000000000000000000000", (long long)a.id).p;
    CHECK_INT(world_call(w, &w->nobody, POST, wrong, "{\"result\":\"rang\"}").status, 404);
    CHECK_INT(world_call(w, &w->nobody, POST, "//gateway/ring/x", "{\"result\":\"rang\"}").status, 404);
    CHECK_INT(world_call(w, &w->nobody, POST, path.p, "{\"result\":\"logged\"}").status, 422);
    CHECK_INT(world_call(w, &w->nobody, POST, path.p, "{\"result\":\"answered\"}").status, 200);
    struct answer seen = world_get(w, &w->clerk, arena_format(&w->arena, "/matters/%lld/rings", (long long)a.matter).p);
    CHECK_STR(answer_str(w, &seen, "items.0.result"), "answered");
    CHECK_STR(answer_str(w, &seen, "items.0.number"), "138****0777");   /* a resident's: masked */
    CHECK_STR(answer_str(w, &seen, "items.0.name"), "女**");
    CHECK_INT(world_get(w, &w->clerk_far, arena_format(&w->arena, "/matters/%lld/rings", (long long)a.matter).p).status, 404);
    world_close(w);
}

TEST_STORES(a_text_goes_out_once_with_number_and_link_and_does_not_count)
{
    struct world *w = world_open_with(db, errand_modules);
    struct gateway g;
    gateway_open(&g, 200, "{}");
    const char *url = arena_format(&w->arena, "http://127.0.0.1:%d/sms", g.port).p;
    struct ring_http_config config = { .text_url = url, .text_body = "mobile={number}&content={text}" };
    struct attempt a = ring_through(w, &g, &config);
    CHECK_INT(a.result, RING_NO_PORT);
    CHECK(a.texted_at != 0);
    CHECK(strstr(g.text, "mobile=13800000777&content=%E8%A1%97%E9%81%93") && strstr(g.text, "https%3A%2F%2Fwx.example%2Fphone%2Fm%2F"));
    CHECK(strstr(g.text, "application/x-www-form-urlencoded"));
    gateway_close(&g);
    world_close(w);
}

TEST_STORES(the_telephone_rings_before_the_text_leaves)
{
    struct world *w = world_open_with(db, errand_modules);
    struct gateway voice, sms;
    gateway_open(&voice, 200, "{\"result\":\"rang\"}");
    gateway_open(&sms, 500, "");
    struct ring_http_config config = {
        .voice_url = arena_format(&w->arena, "http://127.0.0.1:%d/call", voice.port).p, .voice_body = VOICE,
        .text_url = arena_format(&w->arena, "http://127.0.0.1:%d/sms", sms.port).p, .text_body = "mobile={number}",
    };
    struct attempt a = ring_through(w, &sms, &config);
    CHECK_INT(a.result, RING_RANG);                           /* a text that fails takes nothing from the ring */
    CHECK_INT(a.texted_at, 0);
    CHECK_STR(a.note, "HTTP 500");
    CHECK(voice.served == 1 && sms.served == 1);
    gateway_close(&voice);
    gateway_close(&sms);
    world_close(w);
}

TEST_STORES(a_call_dialled_by_hand_is_recorded_in_the_history)
{
    struct world *w = world_open_with(db, errand_modules);
    struct act a = { .w = w };
    world_write(w, do_ring, &a, NULL);
    const char *path = arena_format(&w->arena, "/matters/%lld/rings", (long long)a.matter).p;
    struct answer bad = world_post(w, &w->clerk, path, "{\"name\":\"邻居某\"}");
    CHECK_INT(bad.status, 422);
    CHECK(str_has(bad.body, S("\"what\"")));
    struct answer said = world_post(w, &w->clerk, path, "{\"name\":\"邻居某\",\"phone\":\"138 0000 0778\",\"what\":\"邻居去敲门\"}");
    CHECK_INT(said.status, 200);
    CHECK_STR(answer_str(w, &said, "items.1.result"), "logged");
    CHECK_INT(answer_int(w, &said, "items.1.counts"), 1);
    struct answer m = world_get(w, &w->clerk, arena_format(&w->arena, "/matters/%lld", (long long)a.matter).p);
    CHECK_STR(answer_str(w, &m, "history.1.verb"), "dialled");
    CHECK_INT(answer_int(w, &m, "version"), 2);
    world_close(w);
}

TEST(a_template_names_only_known_words_and_escapes_them)
{
    static const struct ring_word words[] = { { "a", S("x\"y\n") }, { "b", S("1 &+") }, { 0 } };
    struct arena arena;
    struct str got;
    arena_init(&arena, 0);
    CHECK(ring_http_fill(&arena, S("{\"k\":\"{a}\",\"o\":{\"p\":1}}"), words, &got));
    CHECK_STR(got, "{\"k\":\"x\\\"y\\u000a\",\"o\":{\"p\":1}}");
    CHECK(ring_http_fill(&arena, S("v={b}&{A}"), words, &got));
    CHECK_STR(got, "v=1%20%26%2B&{A}");
    CHECK(!ring_http_fill(&arena, S("v={c}"), words, &got));
    arena_free(&arena);
}
