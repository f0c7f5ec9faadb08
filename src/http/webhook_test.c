/* webhook_test.c -- events reach another system signed, are tried again by the schedule, die, and can be replayed; and a URL
 * cannot reach what only this machine reaches. The receiver is a socket of the test. */
#include "engine/webhook.h"
#include "http/http.h"
#include "test/world.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TEST(a_signature_is_the_standards_own_vector)
{
    struct arena arena;
    struct str got;
    arena_init(&arena, 0);
    CHECK(webhook_sign(&arena, S("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), S("msg_p5jXN8AQM9LWM0D4loKWxJek"),
        1614265330,
                       S("{\"test\": 2432232314}"), &got));
    CHECK_STR(got, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    CHECK(!webhook_sign(&arena, S("whsec_short"), S("m"), 1, S("{}"), &got));
    CHECK(!webhook_sign(&arena, S("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), S("m"), 1, S("{}"), &got));
    CHECK(webhook_secret_ok(webhook_secret(&arena)));
    arena_free(&arena);
}

struct receiver { int listener, port, status; _Atomic int served; pthread_t thread; char text[16384]; };

static void *receive(void *arg)
{
    struct receiver *r = arg;
    for (;;) {
        int fd = accept(r->listener, NULL, NULL);
        size_t n = 0;
        if (fd < 0)
            return NULL;
        while (n < sizeof r->text - 1) {
            ssize_t got = recv(fd, r->text + n, sizeof r->text - 1 - n, 0);
            if (got <= 0)
                break;
            n += (size_t)got;
            r->text[n] = 0;
            char *end = strstr(r->text, "\r\n\r\n"), *length = strcasestr(r->text, "content-length:");
            if (end && length && n >= (size_t)(end + 4 - r->text) + strtoul(length + 15, NULL, 10))
                break;
        }
        char answer[100];
        int m = snprintf(answer, sizeof answer,
            "HTTP/1.1 %d x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", r->status);
        r->served++;                                           /* before the answer, after which the test looks */
        send(fd, answer, (size_t)m, MSG_NOSIGNAL);
        close(fd);
    }
}

static void receiver_start(struct receiver *r, int status)
{
    struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof own;
    *r = (struct receiver){ .status = status, .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    CHECK(bind(r->listener, (struct sockaddr *)&own, sizeof own) == 0 && listen(r->listener, 8) == 0);
    CHECK(getsockname(r->listener, (struct sockaddr *)&own, &length) == 0);
    r->port = ntohs(own.sin_port);
    CHECK(pthread_create(&r->thread, NULL, receive, r) == 0);
}

static void receiver_stop(struct receiver *r)
{
    shutdown(r->listener, SHUT_RDWR);
    pthread_join(r->thread, NULL);
    close(r->listener);
}

static void turns(struct world *w, bool allow_private)
{
    struct webhook_config config = { allow_private };
    world_turn(w);
    while (webhook_turn(w->engine, &config))
        continue;
}

static int64_t hook(struct world *w, int port, const char *events, struct str *ret_secret)
{
    struct answer a = world_post(w, &w->leader, "/webhooks",
        arena_format(&w->arena, "{\"url\":\"http://127.0.0.1:%d/in\",\"events\":[%s]}", port, events).p);
    CHECK_INT(a.status, 201);
    if (ret_secret)
        *ret_secret = answer_str(w, &a, "secret");
    return answer_int(w, &a, "id");
}

static void report(struct world *w)
{
    struct str body = arena_format(&w->arena, "{\"text\":\"门口井盖破损，请尽快处理\",\"area\":%lld}", (long long)w->grid1);
    CHECK_INT(world_post(w, &w->clerk, "/reports", body.p).status, 201);
}

static struct str deliveries(struct world *w, int64_t id, const char *member)
{
    struct answer a = world_get(w, &w->leader, arena_format(&w->arena, "/webhooks/%lld/deliveries", (long long)id).p);
    CHECK_INT(a.status, 200);
    return answer_str(w, &a, member);
}

static struct str header(struct arena *arena, const char *text, const char *name)
{
    const char *at = strcasestr(text, name);
    CHECK(at != NULL);
    struct str rest = str_of(at + strlen(name));
    return str_trim(arena_copy(arena, str_head(rest, str_find(rest, S("\r\n")))));
}

TEST_WORLD(an_event_is_posted_once_and_its_signature_holds)
{
    struct receiver r;
    struct str secret, signature;
    receiver_start(&r, 204);
    int64_t id = hook(w, r.port, "\"report.open\"", &secret);
    report(w);
    turns(w, true);
    turns(w, true);
    CHECK_INT(r.served, 1);
    CHECK_STR(deliveries(w, id, "items.0.state"), "done");
    struct str body = str_of(strstr(r.text, "\r\n\r\n") + 4);
    int64_t at = 0;
    CHECK(str_to_i64(header(&w->arena, r.text, "webhook-timestamp:"), &at));
    CHECK(webhook_sign(&w->arena, secret, header(&w->arena, r.text, "webhook-id:"), at, body, &signature));
    CHECK_EQ(header(&w->arena, r.text, "webhook-signature:"), signature);
    CHECK(str_has(body, S("\"specversion\":\"1.0\"")) && str_has(body, S("\"type\":\"cn.wuxing.report.open\"")));
    CHECK(strcasestr(r.text, "content-type: application/cloudevents+json") != NULL);
    receiver_stop(&r);
}

TEST_WORLD(a_failing_receiver_is_tried_by_the_schedule_then_dead_then_replayed)
{
    struct receiver r;
    receiver_start(&r, 500);
    int64_t id = hook(w, r.port, "\"*\"", NULL);
    report(w);
    turns(w, true);
    CHECK_INT(r.served, 1);
    CHECK_STR(deliveries(w, id, "items.0.state"), "waiting");
    w->clock.at += SECONDS(4);
    turns(w, true);
    CHECK_INT(r.served, 1);
    for (int i = 0; i < 12; i++) {
        w->clock.at += HOURS(24);
        struct webhook_config config = { true };
        while (webhook_turn(w->engine, &config))
            continue;
    }
    CHECK_INT(r.served, 10);
    CHECK_STR(deliveries(w, id, "items.0.state"), "dead");
    CHECK_STR(deliveries(w, id, "items.0.note"), "HTTP 500");
    struct answer a = world_get(w, &w->leader, arena_format(&w->arena, "/webhooks/%lld/deliveries", (long long)id).p);
    struct str replay = arena_format(&w->arena, "/deliveries/%lld/replay", (long long)answer_int(w, &a, "items.0.id"));
    r.status = 200;
    CHECK_INT(world_post(w, &w->integration, replay.p, "{}").status, 404);
    CHECK_INT(world_post(w, &w->leader, replay.p, "{}").status, 204);
    struct webhook_config config = { true };
    CHECK(webhook_turn(w->engine, &config));
    CHECK_STR(deliveries(w, id, "items.0.state"), "done");
    receiver_stop(&r);
}

TEST_WORLD(a_receiver_that_says_gone_is_left_alone)
{
    struct receiver r;
    receiver_start(&r, 410);
    hook(w, r.port, "\"report.*\"", NULL);
    report(w);
    turns(w, true);
    report(w);
    turns(w, true);
    CHECK_INT(r.served, 1);
    struct answer a = world_get(w, &w->leader, "/webhooks");
    CHECK_STR(answer_str(w, &a, "items.0.state"), "gone");
    receiver_stop(&r);
}

TEST_WORLD(a_private_address_is_refused_when_connecting)
{
    struct receiver r;
    receiver_start(&r, 200);
    int64_t id = hook(w, r.port, "\"*\"", NULL);
    report(w);
    turns(w, false);
    CHECK_INT(r.served, 0);
    CHECK_STR(deliveries(w, id, "items.0.state"), "waiting");
    CHECK(deliveries(w, id, "items.0.note").n > 0);
    receiver_stop(&r);
}

TEST_WORLD(a_webhook_hears_only_what_its_account_may_see)
{
    struct receiver r;
    receiver_start(&r, 200);
    hook(w, r.port, "\"whistle.*\",\"report.accept\"", NULL);
    report(w);                                           /* an event it did not ask for */
    turns(w, true);
    CHECK_INT(r.served, 0);
    struct str body = arena_format(&w->arena, "{\"text\":\"别的街道的井盖坏了\",\"area\":%lld}", (long long)w->grid4);
    struct answer a = world_post(w, &w->clerk_far, "/reports", body.p);
    CHECK_INT(a.status, 201);
    CHECK_INT(world_move(w, &w->clerk_far, answer_int(w, &a, "id"), "accept", "{}"), 200);
    turns(w, true);                                      /* one it asked for, of another street */
    CHECK_INT(r.served, 0);
    receiver_stop(&r);
}

TEST_WORLD(wrong_webhooks_are_named)
{
    static const char *const wrong[] = {
        "{\"url\":\"ftp://a/\",\"events\":[\"*\"]}", "{\"url\":\"http://user@host/\",\"events\":[\"*\"]}",
            "{\"url\":\"http:///x\",\"events\":[\"*\"]}",
        "{\"url\":\"http://a/\",\"events\":[]}", "{\"url\":\"http://a/\",\"events\":[\"report accept\"]}",
        "{\"url\":\"http://a/\",\"events\":[\"*\"],\"secret\":\"abc\"}", "{\"events\":[\"*\"]}",
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK_INT(world_post(w, &w->leader, "/webhooks", wrong[i]).status, 422);
    CHECK_INT(world_post(w, &w->worker1, "/webhooks", "{\"url\":\"http://a/\",\"events\":[\"*\"]}").status, 403);
}
