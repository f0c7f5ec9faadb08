/* whole_path_test.c -- from a packet at a port to an alarm that a clerk sees: ports, intake, signals, the modules and the routes
 * together. */
#include "gateways/dc09_port.h"
#include "gateways/gb26875_port.h"
#include "test/harbour.h"
#include "test/world.h"

struct quay { struct intake *intake; struct ports *ports; int dc09, gb26875; };

static void quay_open(struct quay *q, struct world *w)
{
    struct fault fault = { 0 };
    signal(SIGPIPE, SIG_IGN);
    q->intake = intake_open(w->engine, &fault);
    CHECK(q->intake);
    q->ports = ports_new(q->intake, NULL);
    q->dc09 = ports_listen(q->ports, &dc09_protocol, "127.0.0.1", 0, &fault);
    q->gb26875 = ports_listen(q->ports, &gb26875_protocol, "127.0.0.1", 0, &fault);
    CHECK(q->dc09 > 0 && q->gb26875 > 0);
    ports_start(q->ports);
}

static void quay_close(struct quay *q)
{
    ports_stop(q->ports);
    intake_close(q->intake);
}

static int call(int port, int type)
{
    struct harbour h = { .port = port };
    return harbour_call(&h, type);
}

static int64_t add(struct world *w, const char *format)
{
    struct answer a = world_post(w, &w->clerk, "/devices", arena_format(&w->arena, format, (long long)w->courtyard).p);
    CHECK_INT(a.status, 201);
    return answer_int(w, &a, "id");
}

static int open_matters(struct world *w, const char *kind, struct answer *ret_answer)
{
    *ret_answer = world_get(w, &w->clerk, arena_format(&w->arena, "/matters?kind=%s", kind).p);
    CHECK_INT(ret_answer->status, 200);
    return answer_count(w, ret_answer, "items");
}

static void hear(int fd, struct str wanted)
{
    char got[200];
    for (size_t n = 0; n < wanted.n;) {
        ssize_t more = read(fd, got + n, wanted.n - n);
        CHECK(more > 0);
        n += (size_t)more;
    }
    CHECK_EQ(((struct str){ got, wanted.n }), wanted);
}

TEST_WORLD(a_press_at_a_panel_rings_as_one_alarm)
{
    static const char pressed[] = "\n489F002B\"SIA-DCS\"0002L0#A1B2C3[#A1B2C3|Nri00/QA001]\r";
    struct quay q;
    struct answer a;
    add(w, "{\"kind\":\"panel\",\"protocol\":\"dc09\",\"account\":\"a1b2c3\",\"area\":%lld}");
    quay_open(&q, w);
    struct str ack = dc09_frame(&w->arena, S("ACK"), S("0002L0#A1B2C3"), S("]"), S(""));
    int tcp = call(q.dc09, SOCK_STREAM), udp = call(q.dc09, SOCK_DGRAM);
    for (int i = 0; i < 3; i++) {                                      /* over both ways at once, and again */
        harbour_say(tcp, str_of(pressed));
        harbour_say(udp, str_of(pressed));
    }
    for (int i = 0; i < 3; i++) {
        hear(tcp, ack);
        hear(udp, ack);
    }
    world_turn(w);
    CHECK_INT(open_matters(w, "alarm", &a), 1);
    CHECK_STR(answer_str(w, &a, "items.0.phase"), "open");
    CHECK_STR(answer_str(w, &a, "items.0.channel"), "device");
    close(tcp);
    close(udp);
    quay_close(&q);
}

TEST_WORLD(a_fire_at_a_transmitter_rings_and_silence_after_a_patrol_is_a_task)
{
    static const uint8_t smoke[] = { 2, 1, 1, 1, 40, 10, 0, 2, 0, 2, 0, [42] = 0, 0, 9, 23, 11, 26 };
    struct quay q;
    struct answer a;
    int64_t id = add(w, "{\"kind\":\"fire_panel\",\"protocol\":\"gb26875\",\"account\":\"379\",\"area\":%lld}");
    quay_open(&q, w);
    struct gb_frame f = { .serial = 1, .version = { 1, 1 }, .source = 0x379, .destination = 1, .command = GB_SEND,
                          .unit = { (const char *)smoke, sizeof smoke } };
    gb26875_time(w->clock.at, GB_TIME_BINARY, f.time);
    int fd = call(q.gb26875, SOCK_STREAM);
    harbour_say(fd, gb26875_frame(&w->arena, &f));
    hear(fd, gb26875_answer(&w->arena, &f, GB_CONFIRM, w->clock.at, GB_TIME_BINARY));
    world_turn(w);
    CHECK_INT(open_matters(w, "alarm", &a), 1);
    CHECK(str_has(answer_str(w, &a, "items.0.title"), S("火警")));
    a = world_post(w, &w->clerk, arena_format(&w->arena, "/devices/%lld/query", (long long)id).p, "{\"what\":\"patrol\",\"minutes\":1}");
    CHECK_INT(a.status, 201);
    CHECK_INT(gb26875_ask_turn(w->engine, q.ports), 1);
    world_advance(w, MINUTES(2));                                      /* nothing comes back */
    CHECK_INT(open_matters(w, "upkeep", &a), 1);
    close(fd);
    quay_close(&q);
}
