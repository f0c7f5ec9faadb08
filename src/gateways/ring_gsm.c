/* ring_gsm.c -- see ring_gsm.h. The line is opened for each call: a modem that was unplugged is found again. */
#include "gateways/ring_gsm.h"

#include "gateways/gsm.h"
#include "gateways/port_own.h"

#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { SETUP_MS = 15000, RING_MS = 30000, ANSWER_MS = 5000, TEXT_MS = 15000, LOOK_MS = 300, HEARD_MS = 2000, IN_BYTES = 2048 };

struct ring_gsm {
    struct ring_port port;
    char *tty, *pin;
    ms setup_ms, ring_ms;
};
struct modem {
    int fd;
    struct arena *arena;
    char in[IN_BYTES];
    size_t n;
    enum gsm_line ended;                   /* BUSY and its like, whenever it came */
    bool alerting, active;
};

/* --- the line ---------------------------------------------------------------------------------------------------------------- */

static bool open_modem(struct modem *m, const char *tty)
{
    struct termios t;
    m->fd = open(tty, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (m->fd < 0)
        return false;
    if (tcgetattr(m->fd, &t) == 0) {
        cfmakeraw(&t);
        cfsetspeed(&t, B115200);
        t.c_cflag |= CLOCAL | CREAD;
        tcsetattr(m->fd, TCSANOW, &t);
    }
    return true;
}

static void say(struct modem *m, struct str text)
{
    while (text.n) {
        struct pollfd polled = { .fd = m->fd, .events = POLLOUT };
        if (poll(&polled, 1, ANSWER_MS) <= 0)
            return;
        ssize_t n = write(m->fd, text.p, text.n);
        if (n <= 0)
            return;
        text = str_from(text, (size_t)n);
    }
}

static void note_line(struct modem *m, enum gsm_line kind, struct str text)
{
    enum gsm_call state;
    if (kind == GSM_BUSY || kind == GSM_NO_CARRIER || kind == GSM_NO_ANSWER)
        m->ended = kind;
    if (kind == GSM_INFO && gsm_call_state(text, &state)) {
        m->alerting |= state == GSM_ALERTING;
        m->active |= state == GSM_ACTIVE;
    }
}

/* The next line, or GSM_NOTHING when `until` comes first. */
static enum gsm_line hear(struct modem *m, ms until, struct str *ret_text)
{
    for (;;) {
        enum gsm_line kind;
        struct str text;
        size_t used = gsm_next((struct str){ m->in, m->n }, &kind, &text);
        *ret_text = arena_copy(m->arena, text);
        memmove(m->in, m->in + used, m->n - used);
        m->n -= used;
        note_line(m, kind, *ret_text);
        if (kind != GSM_NOTHING)
            return kind;
        if (used)
            continue;
        ms left = until - steady_ms();
        struct pollfd polled = { .fd = m->fd, .events = POLLIN };
        if (left <= 0 || poll(&polled, 1, (int)left) <= 0)
            return GSM_NOTHING;
        ssize_t got = read(m->fd, m->in + m->n, sizeof m->in - m->n);
        if (got <= 0) {
            m->ended = GSM_NO_CARRIER;                 /* unplugged */
            return GSM_NOTHING;
        }
        m->n += (size_t)got;
    }
}

/* One command and its final answer; the first line that begins with `wanted` is kept. */
static enum gsm_line ask(struct modem *m, struct str command, ms time, const char *wanted, struct str *ret_line)
{
    ms until = steady_ms() + time;
    struct str text;
    say(m, command);
    for (;;) {
        enum gsm_line kind = hear(m, until, &text);
        if (kind == GSM_INFO && wanted && str_starts(text, str_of(wanted)))
            *ret_line = text;
        else if (kind != GSM_INFO)
            return kind;
    }
}

static bool agrees(struct modem *m, const char *command)
{
    struct str none;
    return ask(m, str_of(command), ANSWER_MS, NULL, &none) == GSM_OK;
}

/* --- the modem --------------------------------------------------------------------------------------------------------------- */

static bool unlock(struct modem *m, const char *pin)
{
    struct str state = S("");
    if (ask(m, S("AT+CPIN?\r"), ANSWER_MS, "+CPIN:", &state) != GSM_OK)
        return false;
    if (str_has(state, S("READY")))
        return true;
    return pin && str_has(state, S("SIM PIN")) && agrees(m, arena_format(m->arena, "AT+CPIN=\"%s\"\r", pin).p);
}

static const char *ready(struct modem *m, const struct ring_gsm *g)
{
    struct str network = S("");
    if (!agrees(m, "AT\r") && !agrees(m, "AT\r"))     /* the first one may find it asleep */
        return "no modem";
    if (!agrees(m, "ATE0\r") || !unlock(m, g->pin))
        return "card locked";
    if (ask(m, S("AT+CREG?\r"), ANSWER_MS, "+CREG:", &network) != GSM_OK || !gsm_has_network(network))
        return "no network";
    return NULL;
}

static bool send_text(struct modem *m, const struct ring_call *call)
{
    struct gsm_pdu parts[GSM_TEXT_PARTS_MAX];
    struct str none;
    int count = gsm_text(m->arena, str_of(call->number), str_of(call->text), (uint8_t)randombytes_uniform(256), parts);
    if (count == 0 || !agrees(m, "AT+CMGF=0\r"))
        return false;
    for (int i = 0; i < count; i++) {
        if (ask(m, arena_format(m->arena, "AT+CMGS=%d\r", parts[i].bytes), ANSWER_MS, NULL, &none) != GSM_PROMPT)
            return false;
        if (ask(m, arena_join(m->arena, parts[i].hex, S("\x1a")), TEXT_MS, NULL, &none) != GSM_OK)
            return false;
    }
    return true;
}

static bool is_over(const struct modem *m, const struct ring_call *call)
{
    return m->ended != GSM_NOTHING || m->active || atomic_load(call->stop);
}

static void wait_a_little(struct modem *m, ms time)
{
    struct str text;
    for (ms until = steady_ms() + time; hear(m, until, &text) != GSM_NOTHING;)
        continue;
}

/* Dials, and looks at the call until it is decided. */
static void dial(struct modem *m, const struct ring_gsm *g, const struct ring_call *call, struct ring_outcome *o)
{
    struct str none;
    ms start = steady_ms(), rang_at = 0;
    m->ended = GSM_NOTHING;
    if (ask(m, arena_format(m->arena, "ATD%s;\r", call->number), g->setup_ms, NULL, &none) != GSM_OK)
        return;
    while (!is_over(m, call) && steady_ms() < (rang_at ? rang_at + g->ring_ms : start + g->setup_ms)) {
        ask(m, S("AT+CLCC\r"), ANSWER_MS, NULL, &none);
        if ((m->alerting || m->active) && !rang_at) {
            rang_at = steady_ms();
            o->rang_after_ms = rang_at - start;
        }
        if (!is_over(m, call))
            wait_a_little(m, LOOK_MS);
    }
    if (m->active)
        wait_a_little(m, HEARD_MS);                    /* a moment, so that it is not taken for a wrong number */
    if (!agrees(m, "AT+CHUP\r"))
        agrees(m, "ATH\r");
}

static void judge(const struct modem *m, struct ring_outcome *o)
{
    o->result = m->active ? RING_ANSWERED : m->ended == GSM_BUSY ? RING_BUSY : m->alerting ? RING_RANG : RING_FAILED;
    snprintf(o->note, sizeof o->note, "gsm: %s%s", m->active ? "answered" : m->ended == GSM_BUSY ? "busy" : m->alerting ? "no answer" : "no ringing",
             o->texted ? ", texted" : "");
}

static void ring(struct ring_port *port, const struct ring_call *call, struct ring_outcome *o)
{
    const struct ring_gsm *g = port->own;
    struct arena arena_scoped a;
    struct modem m = { .arena = &a, .fd = -1 };
    arena_init(&a, 0);
    const char *trouble = open_modem(&m, g->tty) ? ready(&m, g) : "no modem";
    if (trouble) {
        o->result = RING_FAILED;
        snprintf(o->note, sizeof o->note, "gsm: %s", trouble);
    } else {
        o->texted = !call->again && call->text && *call->text && send_text(&m, call);
        dial(&m, g, call, o);
        judge(&m, o);
    }
    if (m.fd >= 0)
        close(m.fd);
}

static char *kept(const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        abort();
    return copy;
}

struct ring_port *ring_gsm_new(const struct ring_gsm_config *config)
{
    struct ring_gsm *g = calloc(1, sizeof *g);
    if (!g)
        abort();
    g->tty = kept(config->tty);
    g->pin = kept(config->pin);
    g->setup_ms = config->setup_ms ? config->setup_ms : SETUP_MS;
    g->ring_ms = config->ring_ms ? config->ring_ms : RING_MS;
    g->port = (struct ring_port){ .name = "gsm", .lines = 1, .ring = ring, .own = g };
    return &g->port;
}

void ring_gsm_free(struct ring_port *port)
{
    if (!port)
        return;
    struct ring_gsm *g = port->own;
    free(g->tty);
    free(g->pin);
    free(g);
}
