/* press.c -- presses the key of a registered device: what it would send, in its own protocol, to the port where the running
 * server hears it, and its answer printed. So that a device page can show one line that proves the whole way from the wire to
 * the matter. It is a real signal: what follows from it follows. Only this machine's ports are spoken to. */
#include "cli/run.h"

#include "cli/own.h"
#include "engine/device.h"
#include "engine/gateway.h"
#include "gateways/dc09.h"
#include "gateways/mqtt_codec.h"
#include "gateways/mqtt_link.h"

#include <netinet/in.h>
#include <poll.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ANSWER_S = 10, ANSWER_BYTES = 4096 };

struct press {
    struct cli *cli;
    struct device d;
    struct str key, kind, sequence, answer;
    ms now;
};

static bool fail(struct press *p, struct label why)
{
    cli_fail(p->cli, why);
    return false;
}

/* Where the gateway listens on this machine; "127.0.0.1:9009 tcp+udp". */
static struct str where_of(struct press *p)
{
    struct gateway *list[GATEWAYS_MAX];
    int count = gateway_list(p->cli->engine, list);
    for (int i = 0; i < count; i++)
        if (str_is(p->d.protocol, list[i]->name) && !atomic_load(&list[i]->trouble))
            return str_head(str_of(list[i]->where), str_find(str_of(list[i]->where), S(" ")));
    return S("");
}

static int call_port(struct press *p)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval wait = { ANSWER_S, 0 };
    const char *address = NULL;
    int port = 0;
    if (!listen_split(&p->cli->arena, where_of(p), &address, &port) || port == 0) {
        fail(p, (struct label)L("没有运行中的服务器，或此协议的网关没有打开", "no server is running, or the gateway of this protocol is closed"));
        return -1;
    }
    name.sin_port = htons((uint16_t)port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (connect(fd, (struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    close(fd);
    fail(p, (struct label)L("网关没有应答", "the gateway does not answer"));
    return -1;
}

/* One frame there, one answer back, which ends with `end`. */
static bool say_tcp(struct press *p, struct str frame, char end)
{
    char text[ANSWER_BYTES];
    size_t n = 0;
    int fd = call_port(p);
    if (fd < 0)
        return false;
    bool ok = send(fd, frame.p, frame.n, MSG_NOSIGNAL) == (ssize_t)frame.n;
    while (ok && n < sizeof text && (n == 0 || text[n - 1] != end) && recv(fd, text + n, 1, 0) == 1)
        n++;
    close(fd);
    p->answer = str_trim(arena_copy(&p->cli->arena, (struct str){ text, n }));
    return n > 0 || fail(p, (struct label)L("发出了，但没有收到应答", "it was sent, and no answer came"));
}

/* --- protocols ----------------------------------------------------------------------------------------------------------- */

static bool press_test(struct press *p)
{
    return say_tcp(p, arena_format(&p->cli->arena, STR_FMT " " STR_FMT " " STR_FMT "\n", STR_ARG(p->d.account), STR_ARG(p->sequence),
                                   STR_ARG(p->kind)), '\n');
}

/* SOS, a fall, or a sign of life; a position without a fix. */
static bool press_watch(struct press *p)
{
    struct arena *a = &p->cli->arena;
    struct civil c = civil_of(p->now - HOURS(8));
    const char *bits = str_is(p->kind, "rescue") ? "00010000" : str_is(p->kind, "fall") ? "00200000" : NULL;
    struct str text = S("LK,0,0,90");
    if (!bits && !str_is(p->kind, "heartbeat"))
        return fail(p, (struct label)L("手表只能发 rescue、fall、heartbeat", "a watch can say rescue, fall or heartbeat"));
    if (bits)
        text = arena_format(a, "AL,%02d%02d%02d,%02d%02d%02d,V,00.000000,N,0.000000,E,0.00,0.0,0.0,0,100,90,0,0,%s,0,0", c.day, c.month,
                            c.year % 100, c.hour, c.minute, c.second, bits);
    return say_tcp(p, arena_format(a, "[3G*" STR_FMT "*%04X*" STR_FMT "]", STR_ARG(p->d.account), (unsigned)text.n, STR_ARG(text)), ']');
}

static bool press_dc09(struct press *p)
{
    static const struct { const char *kind, *code; } codes[] = { { "rescue", "1101" }, { "fire", "1110" }, { "gas", "1151" },
        { "water", "1154" }, { "battery_low", "1302" }, { "mains_fail", "1301" }, { "mains_ok", "3301" }, { "test", "1601" } };
    struct arena *a = &p->cli->arena;
    size_t at = 0;
    while (at < COUNT(codes) && !str_is(p->kind, codes[at].kind))
        at++;
    if (at == COUNT(codes))
        return fail(p, (struct label)L("可发：rescue、fire、gas、water、battery_low、mains_fail、mains_ok、test",
                                       "it can say rescue, fire, gas, water, battery_low, mains_fail, mains_ok or test"));
    struct str address = arena_format(a, "%04dL0#" STR_FMT, (int)(p->now / 1000 % 9999) + 1, STR_ARG(p->d.account));
    struct str body = arena_format(a, "#" STR_FMT "|%s 00 001]" STR_FMT, STR_ARG(p->d.account), codes[at].code, STR_ARG(dc09_stamp(a, p->now)));
    return say_tcp(p, dc09_frame(a, S("ADM-CID"), address, body, p->key), '\r');
}

static struct str event_json(struct press *p)
{
    struct json j = json_in(&p->cli->arena);
    json_obj(&j);
    json_key_str(&j, "type", p->kind);
    json_key_str(&j, "seq", p->sequence);
    json_end(&j);
    return json_done(&j);
}

static bool press_http(struct press *p)
{
    struct arena *a = &p->cli->arena;
    uint8_t mark[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    struct buf signature = buf_in(a);
    struct answer answer = { 0 };
    struct call call = { .method = POST, .path = arena_format(a, "/gateway/http/" STR_FMT, STR_ARG(p->d.account)), .body = event_json(p) };
    crypto_auth_hmacsha256_init(&state, (const uint8_t *)p->key.p, p->key.n);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)call.body.p, call.body.n);
    crypto_auth_hmacsha256_final(&state, mark);
    buf_put(&signature, S("sha256="));
    buf_hex(&signature, mark, sizeof mark);
    call.signature = buf_str(&signature);
    api_call(p->cli->api, a, &call, &answer);
    p->answer = answer.body;
    return answer.status == 200 || fail(p, (struct label)L("推送被拒绝", "the push was refused"));
}

/* --- MQTT: as the device itself, with its own log-in ----------------------------------------------------------------------- */

struct talk { struct press *p; struct mqtt_link *link; char in[8192]; size_t n; ms until; };

/* The next packet of this type; false at the end of patience. */
static bool await(struct talk *t, enum mqtt_type type, struct mqtt_packet *ret_packet)
{
    for (;;) {
        long taken = mqtt_decode((struct str){ t->in, t->n }, MQTT_3, ret_packet);
        if (taken < 0)
            return false;
        if (taken > 0) {
            bool found = ret_packet->type == type;
            ret_packet->payload = arena_copy(&t->p->cli->arena, ret_packet->payload);
            t->n -= (size_t)taken;
            memmove(t->in, t->in + taken, t->n);
            if (found)
                return true;
            continue;
        }
        struct pollfd polled = { .fd = mqtt_link_fd(t->link), .events = POLLIN };
        int left = (int)(t->until - clock_system()->now(clock_system()));
        long got = left > 0 && poll(&polled, 1, left) == 1 ? mqtt_link_read(t->link, t->in + t->n, sizeof t->in - t->n) : -1;
        if (got < 0)
            return false;
        t->n += (size_t)got;
    }
}

static bool talk(struct talk *t)
{
    struct press *p = t->p;
    struct arena *a = &p->cli->arena;
    struct mqtt_packet packet;
    struct buf b = buf_in(a);
    struct str topic = arena_format(a, "wuxing/v1/" STR_FMT "/ack", STR_ARG(p->d.account));
    mqtt_put_connect(&b, &(struct mqtt_connect){ .version = MQTT_3, .client = arena_join(a, S("press-"), p->sequence), .user = p->d.account,
                     .password = p->key, .keep_alive_s = 60, .clean = true });
    mqtt_link_write(t->link, buf_str(&b));
    if (!await(t, MQTT_CONNACK, &packet) || packet.reason)
        return fail(p, (struct label)L("消息服务器拒绝此设备登录；wuxing broker 重新生成账号", "the broker refuses this device; wuxing broker makes its account"));
    b = buf_in(a);
    mqtt_put_subscribe(&b, MQTT_3, 1, &topic, 1);
    mqtt_put_publish(&b, MQTT_3, arena_format(a, "wuxing/v1/" STR_FMT "/event", STR_ARG(p->d.account)), event_json(p), 1, 2, false);
    mqtt_link_write(t->link, buf_str(&b));
    if (!await(t, MQTT_PUBLISH, &packet))
        return fail(p, (struct label)L("发出了，但没有收到应答", "it was sent, and no answer came"));
    p->answer = packet.payload;
    return true;
}

static bool press_mqtt(struct press *p)
{
    struct mqtt_address address;
    struct fault fault = { 0 };
    struct talk *t = arena_new(&p->cli->arena, struct talk);
    if (!mqtt_address_read(where_of(p), &address))
        return fail(p, (struct label)L("服务器没有连上消息服务器", "the server is not connected to a broker"));
    t->p = p;
    t->until = clock_system()->now(clock_system()) + SECONDS(ANSWER_S);
    t->link = mqtt_link_open(&address, p->cli->settings.values[SET_MQTT_CA], ANSWER_S * 1000, -1, &fault);
    if (!t->link) {
        cli_fault(p->cli, &fault);
        return false;
    }
    bool ok = talk(t);
    mqtt_link_close(t->link);
    return ok;
}

static const struct { const char *protocol; bool (*fn)(struct press *); } presses[] = {
    { "test", press_test }, { "mqtt", press_mqtt }, { "http", press_http }, { "watch", press_watch }, { "dc09", press_dc09 },
};

/* --- the command ----------------------------------------------------------------------------------------------------------- */

static bool find_device(struct press *p)
{
    struct str account = str_of(cli_arg(p->cli, 1));
    struct tx *tx = read_begin(p->cli->engine->store, &p->cli->arena);
    bool found = false;
    for (size_t i = 0; i < COUNT(presses) && !found; i++)
        found = device_by_account(tx, str_of(presses[i].protocol), account, &p->d);
    p->key = found ? device_key(tx, p->d.id) : S("");
    read_end(tx);
    return found || fail(p, (struct label)L("没有登记这台设备，或不能替它的协议发送", "no such device is registered, or its protocol cannot be spoken for it"));
}

static const char *kind_of(const struct device *d)
{
    bool smoke = str_is(d->kind, "smoke") || str_is(d->kind, "heat") || str_is(d->kind, "fire_panel");
    return smoke ? "fire" : str_is(d->kind, "gas") ? "gas" : str_is(d->kind, "fall") ? "fall" : "rescue";
}

int run_press(struct cli *cli)
{
    struct press p = { .cli = cli, .now = clock_system()->now(clock_system()) };
    if (!find_device(&p))
        return 1;
    p.kind = cli_arg(cli, 2) ? str_of(cli_arg(cli, 2)) : str_of(kind_of(&p.d));
    p.sequence = arena_format(&cli->arena, "press-%lld", (long long)p.now);
    if (signal_class(cli->engine, p.kind) == SIGNAL_UNKNOWN)
        return cli_fail(cli, (struct label)L("不是已知的信号类型（rules/signal_kinds.yaml）", "is no known kind of signal (rules/signal_kinds.yaml)"));
    for (size_t i = 0; i < COUNT(presses); i++)
        if (str_is(p.d.protocol, presses[i].protocol) && !presses[i].fn(&p))
            return 1;
    cli_print(cli, STR_FMT " " STR_FMT " " STR_FMT ": " STR_FMT "\n", STR_ARG(p.d.protocol), STR_ARG(p.d.account), STR_ARG(p.kind), STR_ARG(p.answer));
    return 0;
}
