/* notice_test.c -- people are told by a robot, an SMS gateway and a mail server of the test's own: gathered, kept through the
 * night, alarms at once, refused politely and tried again. */
#include "engine/outbox.h"
#include "engine/webhook.h"
#include "test/world.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One mock for all: it answers HTTP with `answer`, and a mail dialogue line by line. */
struct mock { int listener, port; _Atomic int served; bool mail; const char *answer; pthread_t thread; char text[32768]; size_t n; };

static void say(int fd, const char *text)
{
    CHECK(send(fd, text, strlen(text), MSG_NOSIGNAL) >= 0);
}

static bool hear(struct mock *m, int fd, size_t from, const char *end)
{
    while (!strstr(m->text + from, end)) {
        ssize_t got = recv(fd, m->text + m->n, sizeof m->text - 1 - m->n, 0);
        if (got <= 0)
            return false;
        m->n += (size_t)got;
        m->text[m->n] = 0;
    }
    return true;
}

static void take_mail(struct mock *m, int fd)
{
    size_t from = m->n;
    say(fd, "220 test\r\n");
    while (hear(m, fd, from, "\r\n")) {
        bool data = !strncmp(m->text + from, "DATA", 4), quit = !strncmp(m->text + from, "QUIT", 4);
        from = (size_t)(strstr(m->text + from, "\r\n") - m->text) + 2;
        say(fd, data ? "354 go on\r\n" : "250 well\r\n");
        if (data && hear(m, fd, from, "\r\n.\r\n")) {
            from = m->n;
            say(fd, "250 taken\r\n");
        }
        if (quit)
            return;
    }
}

static void take_http(struct mock *m, int fd)
{
    size_t from = m->n;
    char answer[400];
    if (!hear(m, fd, from, "\r\n\r\n"))
        return;
    const char *length = strcasestr(m->text + from, "content-length:");
    size_t body = (size_t)(strstr(m->text + from, "\r\n\r\n") + 4 - m->text), wanted = length ? strtoul(length + 15, NULL, 10) : 0;
    while (m->n - body < wanted) {
        ssize_t got = recv(fd, m->text + m->n, sizeof m->text - 1 - m->n, 0);
        if (got <= 0)
            break;
        m->n += (size_t)got;
        m->text[m->n] = 0;
    }
    snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", strlen(m->answer), m->answer);
    say(fd, answer);
}

static void *serve(void *arg)
{
    struct mock *m = arg;
    for (int fd; (fd = accept(m->listener, NULL, NULL)) >= 0; close(fd)) {
        m->served++;                                           /* before the answer, after which the test looks */
        if (m->mail)
            take_mail(m, fd);
        else
            take_http(m, fd);
    }
    return NULL;
}

static void mock_start(struct mock *m, bool mail, const char *answer)
{
    struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof own;
    *m = (struct mock){ .mail = mail, .answer = answer, .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    CHECK(bind(m->listener, (struct sockaddr *)&own, sizeof own) == 0 && listen(m->listener, 8) == 0);
    CHECK(getsockname(m->listener, (struct sockaddr *)&own, &length) == 0);
    m->port = ntohs(own.sin_port);
    CHECK(pthread_create(&m->thread, NULL, serve, m) == 0);
}

static void mock_stop(struct mock *m)
{
    shutdown(m->listener, SHUT_RDWR);
    pthread_join(m->thread, NULL);
    close(m->listener);
}

static void turns(struct world *w)
{
    struct webhook_config config = { true };
    world_turn(w);
    while (webhook_turn(w->engine, &config))
        continue;
}

static int64_t channel(struct world *w, int port, const char *scheme, const char *rest)
{
    struct answer a = world_post(w, &w->leader, "/webhooks",
        arena_format(&w->arena, "{\"url\":\"%s://127.0.0.1:%d%s,\"events\":[\"report.open\"]}", scheme, port, rest).p);
    CHECK_INT(a.status, 201);
    CHECK(!str_has(a.body, S("key=")) && !str_has(a.body, S("secret")));
    return answer_int(w, &a, "id");
}

static void report(struct world *w)
{
    struct str body = arena_format(&w->arena, "{\"text\":\"桂花路1号院王奶奶家的下水道堵了\",\"area\":%lld,\"reporter\":"
                                              "{\"name\":\"测试甲\",\"phone\":\"13900000001\"}}", (long long)w->grid1);
    CHECK_INT(world_post(w, &w->clerk, "/reports", body.p).status, 201);
}

static struct str delivery(struct world *w, int64_t id, const char *member)
{
    struct answer a = world_get(w, &w->leader, arena_format(&w->arena, "/webhooks/%lld/deliveries", (long long)id).p);
    CHECK_INT(a.status, 200);
    return answer_str(w, &a, member);
}

TEST_WORLD(notices_of_one_window_are_one_message_without_names)
{
    struct mock m;
    mock_start(&m, false, "{\"errcode\":0}");
    int64_t id = channel(w, m.port, "http", "/send?key=abc\",\"kind\":\"wecom\",\"name\":\"值班群\"");
    for (int i = 0; i < 3; i++)
        report(w);
    turns(w);
    CHECK_INT(m.served, 0);                                    /* they are gathered */
    world_advance(w, MINUTES(1));
    turns(w);
    turns(w);
    CHECK_INT(m.served, 1);
    struct str text = str_of(m.text);
    CHECK(str_has(text, S("POST /send?key=abc ")) && str_has(text, S("\"msgtype\":\"text\"")));
    CHECK(str_has(text, S("3 件有新情况")) && str_has(text, S("诉求 BG-261123-")) && str_has(text, S("桂花社区")));
    CHECK(!str_has(text, S("王奶奶")) && !str_has(text, S("测试甲")) && !str_has(text, S("139")) && !str_has(text, S("下水道")));
    CHECK_STR(delivery(w, id, "items.0.state"), "done");
    CHECK_STR(delivery(w, id, "items.2.state"), "done");
    mock_stop(&m);
}

static void put_alarm(struct tx *tx, void *arg)
{
    struct world *w = arg;
    struct place place;
    CHECK(area_place(tx, w->grid1, &place));
    struct event event = { .at = tx->now, .kind = S("report"), .verb = S("open"), .to = S("new"), .to_phase = PHASE_OPEN, .place = place,
                           .urgency = URGENCY_ALARM, .channel = S("device") };
    outbox_put(tx, &event);
}

TEST_WORLD(notices_keep_quiet_at_night_and_an_alarm_does_not)
{
    struct mock m;
    mock_start(&m, false, "{\"errcode\":0}");
    channel(w, m.port, "http", "/send\",\"kind\":\"dingtalk\",\"secret\":\"SEC1\",\"quiet_from\":\"08:00\",\"quiet_to\":\"20:00\"");
    report(w);                                                 /* it is 09:00 in the test's world */
    world_advance(w, HOURS(2));
    turns(w);
    CHECK_INT(m.served, 0);
    struct write write = { .apply = put_alarm, .arg = w, .arena = &w->arena };
    store_write(w->engine->store, &write);
    CHECK_INT(write.fault.code, ERR_OK);
    turns(w);
    CHECK_INT(m.served, 1);
    CHECK(str_has(str_of(m.text), S("[报警]")) && str_has(str_of(m.text), S("&sign=")));
    CHECK(str_has(str_of(m.text), S("/send?timestamp=")));
    world_advance(w, HOURS(10));
    turns(w);
    CHECK_INT(m.served, 2);
    mock_stop(&m);
}

TEST_WORLD(notice_that_the_platform_refuses_is_tried_again)
{
    struct mock m;
    mock_start(&m, false, "{\"code\":19021,\"msg\":\"sign match fail\"}");
    int64_t id = channel(w, m.port, "http", "/hook\",\"kind\":\"feishu\",\"secret\":\"wrong\"");
    CHECK_INT(world_post(w, &w->leader, arena_format(&w->arena, "/webhooks/%lld/try", (long long)id).p, "{}").status, 204);
    turns(w);
    CHECK_INT(m.served, 1);
    CHECK(str_has(str_of(m.text), S("试发")) && str_has(str_of(m.text), S("\"sign\":")));
    CHECK_STR(delivery(w, id, "items.0.state"), "waiting");
    CHECK_STR(delivery(w, id, "items.0.note"), "the platform refused the message");
    m.answer = "{\"code\":0}";
    world_advance(w, SECONDS(6));
    turns(w);
    CHECK_INT(m.served, 2);
    CHECK_STR(delivery(w, id, "items.0.state"), "done");
    mock_stop(&m);
}

TEST_WORLD(notice_by_sms_goes_to_each_number_and_by_mail_to_all)
{
    struct mock sms, mail;
    mock_start(&sms, false, "ok");
    mock_start(&mail, true, "");
    channel(w, sms.port, "http", "/s?to={number}&m={text}\",\"kind\":\"sms\",\"to\":\"13900000001,13900000002\"");
    int64_t by_mail = channel(w, mail.port, "smtp", "\",\"kind\":\"mail\",\"to\":\"a@office.test,b@office.test\"");
    report(w);
    world_advance(w, MINUTES(6));
    turns(w);
    CHECK_INT(sms.served, 2);
    CHECK(str_has(str_of(sms.text), S("GET /s?to=13900000001&m=%E3%80%90")) && str_has(str_of(sms.text), S("to=13900000002&")));
    CHECK_STR(delivery(w, by_mail, "items.0.state"), "done");
    CHECK(str_has(str_of(mail.text), S("RCPT TO:<a@office.test>")) && str_has(str_of(mail.text), S("RCPT TO:<b@office.test>")));
    CHECK(str_has(str_of(mail.text), S("Subject: =?UTF-8?B?")));
    mock_stop(&sms);
    mock_stop(&mail);
}

TEST_WORLD(channel_settings_are_checked_and_never_shown)
{
    static const struct { const char *json, *field; } wrong[] = {
        { "{\"url\":\"http://x.test/\",\"events\":[\"*\"],\"kind\":\"pigeon\"}", "kind" },
        { "{\"url\":\"http://x.test/\",\"events\":[\"*\"],\"kind\":\"sms\",\"to\":\"139\"}", "url" },
        { "{\"url\":\"http://x.test/{number}{text}\",\"events\":[\"*\"],\"kind\":\"sms\",\"to\":\"a@b.c\"}", "to" },
        { "{\"url\":\"http://x.test/\",\"events\":[\"*\"],\"kind\":\"mail\",\"to\":\"a@b.c\"}", "url" },
        { "{\"url\":\"http://x.test/\",\"events\":[\"*\"],\"kind\":\"wecom\",\"merge_s\":1}", "merge_s" },
        { "{\"url\":\"http://x.test/\",\"events\":[\"*\"],\"kind\":\"wecom\",\"quiet_from\":\"25:00\"}", "quiet_from" },
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct answer a = world_post(w, &w->leader, "/webhooks", wrong[i].json);
        CHECK_INT(a.status, 422);
        CHECK(str_has(a.body, arena_format(&w->arena, "\"field\":\"%s\"", wrong[i].field)));
    }
    channel(w, 9, "http", "/send?key=topsecret\",\"kind\":\"wecom\",\"quiet_from\":\"22:00\",\"quiet_to\":\"7:30\"");
    struct answer a = world_get(w, &w->leader, "/webhooks");
    CHECK(!str_has(a.body, S("topsecret")) && str_has(a.body, S("http://127.0.0.1:9/...")));
    CHECK_STR(answer_str(w, &a, "items.0.quiet_from"), "22:00");
    CHECK_STR(answer_str(w, &a, "items.0.quiet_to"), "07:30");
    CHECK_INT(world_post(w, &w->clerk, "/webhooks", wrong[0].json).status, 403);
}
