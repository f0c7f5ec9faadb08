/* mqtt.c -- the session with the broker; see mqtt.h. */
#include "gateways/mqtt_own.h"

#include "base/log.h"
#include "engine/keys.h"
#include "engine/signal_map.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECT_MS = 10000, STOP_MS = 8000, UNDER_WAY_MAX = 1000, RECEIVE_MAX = 100, SESSION_EXPIRY_S = 30 * 86400,
    IN_BYTES = MQTT_PACKET_BYTES_MAX + 16, KEEP_ALIVE_S = 30, RETRY_MS_MIN = 1000, RETRY_MS_MAX = 30000,
};

static const struct gateway_trouble broker_away = { "broker_away", L("消息服务器连不上", "The broker cannot be reached") },
    broker_refused = { "broker_refused", L("消息服务器拒绝登录", "The broker refuses the log-in") },
    broker_tls = { "broker_tls", L("消息服务器的证书不可信", "The broker's certificate is not trusted") },
    subscribe_refused = { "subscribe_refused", L("消息服务器拒绝订阅", "The broker refuses a subscription") },
    store_busy = { "store_busy", L("信号暂时无法保存", "Signals cannot be kept for the moment") };

static ms steady(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (ms)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void trouble(struct mqtt *m, const struct gateway_trouble *what)
{
    struct clock *clock = intake_engine(m->intake)->clock;
    if (what && atomic_load(&m->gateway.trouble) != what)
        log_line(LOG_WARN, "gateway name=mqtt where=%s trouble=%s", m->gateway.where, what->name);
    gateway_set_trouble(&m->gateway, what, clock->now(clock));
}

void mqtt_send(struct mqtt *m, struct str bytes)
{
    if (m->broken || !m->link)
        return;
    m->broken = !mqtt_link_write(m->link, bytes);
    m->sent_at = steady();
}

/* --- packets ---------------------------------------------------------------------------------------------------------- */

static void say_connect(struct mqtt *m)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct buf b = buf_in(&a);
    struct mqtt_connect c = {
        .version = m->version, .client = str_of(m->settings.client), .user = str_of(m->settings.user),
        .password = str_of(m->settings.password), .keep_alive_s = m->keep_alive_s, .session_expiry_s = SESSION_EXPIRY_S,
        .receive_max = RECEIVE_MAX };
    mqtt_put_connect(&b, &c);
    mqtt_send(m, buf_str(&b));
}

static void say_subscribe(struct mqtt *m)
{
    struct arena arena_scoped a;
    struct str filters[MAP_FILTERS_MAX + 1] = { S("wuxing/v1/+/event") };
    arena_init(&a, 0);
    struct buf b = buf_in(&a);
    int count = 1 + signal_map_filters(intake_engine(m->intake)->signal_map, &a, filters + 1);
    mqtt_put_subscribe(&b, m->version, 1, filters, count);
    mqtt_send(m, buf_str(&b));
}

/* A broker that knows no version 5 says so in one of two ways; the next attempt is in the other version. */
static void on_connack(struct mqtt *m, const struct mqtt_packet *p)
{
    if (p->reason == 0) {
        m->keep_alive_s = p->keep_alive_s ? (int)p->keep_alive_s : m->keep_alive_s;
        say_subscribe(m);
        return;
    }
    m->broken = true;
    if (p->reason == 1 || p->reason == 0x84)
        m->version = m->version == MQTT_5 ? MQTT_3 : MQTT_5;
    else
        trouble(m, &broker_refused);
}

static void on_suback(struct mqtt *m, const struct mqtt_packet *p)
{
    bool refused = false;
    for (size_t i = 0; i < p->reasons.n; i++)
        refused |= (unsigned char)p->reasons.p[i] >= 0x80;
    m->running = true;
    atomic_store(&m->gateway.peers, 1);
    trouble(m, refused ? &subscribe_refused : NULL);
    log_line(LOG_INFO, "gateway name=mqtt where=%s version=%s connected", m->gateway.where, m->version == MQTT_5 ? "5" : "3.1.1");
}

static void on_packet(struct mqtt *m, const struct mqtt_packet *p)
{
    switch (p->type) {
    case MQTT_CONNACK:
        on_connack(m, p);
        return;
    case MQTT_SUBACK:
        on_suback(m, p);
        return;
    case MQTT_PUBLISH:
        mqtt_take_message(m, p);
        return;
    case MQTT_DISCONNECT:
        m->broken = true;
        return;
    default:
        return;                                                /* PINGRESP: heard_at says it all */
    }
}

static void take_packets(struct mqtt *m)
{
    size_t at = 0;
    long n = 1;
    struct mqtt_packet p;
    while (!m->broken && (n = mqtt_decode((struct str){ m->in + at, m->in_bytes - at }, m->version, &p)) > 0) {
        on_packet(m, &p);
        at += (size_t)n;
    }
    m->broken = m->broken || n < 0;
    m->in_bytes -= at;
    if (at && m->in_bytes)
        memmove(m->in, m->in + at, m->in_bytes);
}

static void read_link(struct mqtt *m)
{
    long n = 1;
    while (n > 0 && !m->broken && m->under_way < UNDER_WAY_MAX) {
        n = mqtt_link_read(m->link, m->in + m->in_bytes, IN_BYTES - m->in_bytes);
        if (n > 0) {
            m->heard_at = steady();
            m->in_bytes += (size_t)n;
            take_packets(m);
        }
    }
    m->broken = m->broken || n < 0;
}

/* --- the session -------------------------------------------------------------------------------------------------------- */

static void keep_alive(struct mqtt *m)
{
    struct arena arena_scoped a;
    ms now = steady(), half = m->keep_alive_s * 500;
    arena_init(&a, 0);
    struct buf b = buf_in(&a);
    if (now - m->heard_at > m->keep_alive_s * 1500 || (!m->running && now - m->heard_at > CONNECT_MS)) {
        m->broken = true;
    } else if (m->running && (now - m->sent_at >= half || now - m->heard_at >= half + 1000) && now - m->sent_at >= 1000) {
        mqtt_put_ping(&b);
        mqtt_send(m, buf_str(&b));
    }
}

static void session_turn(struct mqtt *m, int wait_ms)
{
    bool full = m->under_way >= UNDER_WAY_MAX;
    short events = (short)((full ? 0 : POLLIN) | (mqtt_link_wants_write(m->link) ? POLLOUT : 0));
    struct pollfd polled[] = { { .fd = mqtt_link_fd(m->link), .events = events }, { .fd = m->wake, .events = POLLIN } };
    if (poll(polled, 2, wait_ms) < 0 && errno != EINTR)
        abort();
    if (polled[0].revents & POLLOUT)
        m->broken = m->broken || !mqtt_link_flush(m->link);
    if (polled[0].revents & (POLLIN | POLLERR | POLLHUP) && !atomic_load(&m->stop))
        read_link(m);
    mqtt_settle_landed(m);
    keep_alive(m);
}

/* What is on disk by now is confirmed; the broker keeps the rest. */
static void session_stop(struct mqtt *m)
{
    struct arena arena_scoped a;
    ms until = steady() + STOP_MS;
    arena_init(&a, 0);
    struct buf b = buf_in(&a);
    while (!m->broken && m->first && steady() < until)
        session_turn(m, 100);
    mqtt_put_disconnect(&b, m->version);
    mqtt_send(m, buf_str(&b));
}

static void session_run(struct mqtt *m)
{
    m->running = m->broken = false;
    m->in_bytes = 0;
    m->keep_alive_s = m->settings.keep_alive_s;
    m->sent_at = m->heard_at = steady();
    say_connect(m);
    while (!m->broken && !atomic_load(&m->stop))
        session_turn(m, m->keep_alive_s * 250 < 1000 ? m->keep_alive_s * 250 : 1000);
    bool busy = false;
    for (struct delivery *d = m->first; d; d = d->next)
        busy |= d->busy;
    if (atomic_load(&m->stop) && !m->broken)
        session_stop(m);
    else if (busy)
        trouble(m, &store_busy);
    else if (atomic_load(&m->gateway.trouble) != &broker_refused)
        trouble(m, &broker_away);
    mqtt_forget_session(m);
    atomic_store(&m->gateway.peers, 0);
}

/* Waits a little longer each time; wakes early to stop, and settles what lands meanwhile. */
static void back_off(struct mqtt *m, int *wait_ms)
{
    uint16_t dice;
    random_bytes(&dice, sizeof dice);                          /* so that many offices do not come back all at once */
    ms until = steady() + *wait_ms + *wait_ms * dice / 4 / UINT16_MAX;
    *wait_ms = *wait_ms * 2 < m->settings.retry_ms_max ? *wait_ms * 2 : m->settings.retry_ms_max;
    while (!atomic_load(&m->stop) && steady() < until) {
        struct pollfd polled = { .fd = m->wake, .events = POLLIN };
        poll(&polled, 1, (int)(until - steady()) > 0 ? (int)(until - steady()) : 0);
        mqtt_settle_landed(m);
    }
}

static void *run(void *arg)
{
    struct mqtt *m = arg;
    int wait_ms = m->settings.retry_ms_min;
    pthread_setname_np(pthread_self(), "mqtt");
    while (!atomic_load(&m->stop)) {
        struct fault fault = { 0 };
        int version = m->version;
        mqtt_settle_landed(m);
        m->link = mqtt_link_open(&m->address, m->settings.ca, CONNECT_MS, m->wake, &fault);
        bool ran = false;
        if (m->link) {
            session_run(m);
            ran = m->running;
            mqtt_link_close(m->link);
            m->link = NULL;
        } else {
            trouble(m, fault.code == ERR_DENIED ? &broker_tls : &broker_away);
        }
        if (ran)
            wait_ms = m->settings.retry_ms_min;
        if (version == m->version && !atomic_load(&m->stop))
            back_off(m, &wait_ms);
    }
    while (m->under_way > 0) {                                 /* the intake lets none hang */
        struct pollfd polled = { .fd = m->wake, .events = POLLIN };
        poll(&polled, 1, 1000);
        mqtt_settle_landed(m);
    }
    return NULL;
}

/* --- life --------------------------------------------------------------------------------------------------------------- */

static const char *copied(struct arena *a, const char *text)
{
    return text ? arena_z(a, str_of(text)) : NULL;
}

/* The session belongs to the installation: the same name after every restart, another one for every other office. */
static const char *client_name(struct mqtt *m)
{
    struct buf b = buf_in(&m->arena);
    struct str mark = keys_blind(intake_engine(m->intake)->keys, &m->arena, "mqtt", S("client"));
    buf_put(&b, S("wuxing-"));
    buf_hex(&b, mark.p, 8);
    return arena_z(&m->arena, buf_str(&b));
}

struct mqtt *mqtt_start(struct intake *in, const struct mqtt_settings *given, struct fault *fault)
{
    struct mqtt_address address;
    if (!mqtt_address_read(str_of(given->broker), &address)) {
        fault_set(fault, ERR_INVALID, "消息服务器的地址应为 mqtt://主机:端口 或 mqtts://主机:端口",
                  "The broker's address must be mqtt://HOST:PORT or mqtts://HOST:PORT");
        return NULL;
    }
    struct mqtt *m = calloc(1, sizeof *m);
    if (!m)
        abort();
    arena_init(&m->arena, 0);
    m->intake = in;
    m->address = address;
    m->version = MQTT_5;
    m->settings = (struct mqtt_settings){
        .broker = copied(&m->arena, given->broker), .user = copied(&m->arena, given->user), .password = copied(&m->arena, given->password),
        .ca = copied(&m->arena, given->ca), .client = given->client ? copied(&m->arena, given->client) : client_name(m),
        .keep_alive_s = given->keep_alive_s ? given->keep_alive_s : KEEP_ALIVE_S,
        .retry_ms_min = given->retry_ms_min ? given->retry_ms_min : RETRY_MS_MIN,
        .retry_ms_max = given->retry_ms_max ? given->retry_ms_max : RETRY_MS_MAX };
    m->seen = calloc(UINT16_MAX + 1, sizeof *m->seen);
    m->in = malloc(IN_BYTES);
    m->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!m->seen || !m->in || m->wake < 0)
        abort();
    pthread_mutex_init(&m->lock, NULL);
    m->gateway.name = "mqtt";
    m->gateway.label = (struct label)L("物联网消息（MQTT）", "MQTT");
    snprintf(m->gateway.where, sizeof m->gateway.where, "mqtt%s://%.80s:%d", address.tls ? "s" : "", address.host, address.port);
    trouble(m, &broker_away);                                  /* until it answers */
    gateway_add(intake_engine(in), &m->gateway);
    if (pthread_create(&m->thread, NULL, run, m) != 0)
        abort();
    return m;
}

void mqtt_stop(struct mqtt *m)
{
    if (!m)
        return;
    atomic_store(&m->stop, true);
    eventfd_write(m->wake, 1);
    pthread_join(m->thread, NULL);
    gateway_remove(intake_engine(m->intake), &m->gateway);
    close(m->wake);
    pthread_mutex_destroy(&m->lock);
    free(m->seen);
    free(m->in);
    arena_free(&m->arena);
    free(m);
}

struct gateway *mqtt_gateway(struct mqtt *m)
{
    return &m->gateway;
}
