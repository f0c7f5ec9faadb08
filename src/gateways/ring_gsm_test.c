/* ring_gsm_test.c -- a modem as a pseudo-terminal of the test: what it is told, and what its answers make of the call. */
#include "gateways/gsm.h"
#include "gateways/ring_gsm.h"
#include "test/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* What it answers to a command that begins so; the last one of a list stays. */
struct answer { const char *command, *says; };
struct twin { int fd, slave; char tty[64]; const struct answer *answers; int used[16]; pthread_t thread; char heard[8192]; size_t n; };

static const char *answer_to(struct twin *t, const char *command)
{
    const char *last = "\r\nOK\r\n";
    for (int i = 0; t->answers[i].command; i++)
        if (strncmp(command, t->answers[i].command, strlen(t->answers[i].command)) == 0) {
            last = t->answers[i].says;
            if (!t->used[i]++)
                return last;
        }
    return last;
}

static void *be_modem(void *arg)
{
    struct twin *t = arg;
    char command[2048];
    size_t n = 0;
    for (char c; read(t->fd, &c, 1) == 1;) {
        if (t->n < sizeof t->heard - 1)
            t->heard[t->n++] = c;
        if (c == '!' )
            break;
        if (c != '\r' && c != '\x1a') {
            command[n++] = c;
            CHECK(n < sizeof command - 1);
            continue;
        }
        command[n] = 0;
        n = 0;
        const char *says = c == '\x1a' ? "\r\n+CMGS: 7\r\n\r\nOK\r\n" : answer_to(t, command);
        CHECK(write(t->fd, says, strlen(says)) == (ssize_t)strlen(says));
    }
    return NULL;
}

static void twin_open(struct twin *t, const struct answer *answers)
{
    struct termios raw;
    *t = (struct twin){ .answers = answers, .fd = posix_openpt(O_RDWR | O_NOCTTY) };
    CHECK(t->fd >= 0 && grantpt(t->fd) == 0 && unlockpt(t->fd) == 0 && ptsname_r(t->fd, t->tty, sizeof t->tty) == 0);
    t->slave = open(t->tty, O_RDWR | O_NOCTTY);        /* held open, or the modem's side would read an error between calls */
    CHECK(t->slave >= 0 && tcgetattr(t->slave, &raw) == 0);
    cfmakeraw(&raw);
    CHECK(tcsetattr(t->slave, TCSANOW, &raw) == 0);
    CHECK(pthread_create(&t->thread, NULL, be_modem, t) == 0);
}

static void twin_close(struct twin *t)
{
    CHECK(write(t->slave, "!", 1) == 1);
    pthread_join(t->thread, NULL);
    close(t->slave);
    close(t->fd);
}

static struct ring_outcome ring(struct twin *t, const char *pin, ms ring_ms, bool again)
{
    static const _Atomic bool never;
    struct ring_outcome o = { 0 };
    struct ring_port *port = ring_gsm_new(&(struct ring_gsm_config){ .tty = t->tty, .pin = pin, .setup_ms = 60000, .ring_ms = ring_ms });
    struct ring_call call = { .number = "+8637100000001", .text = "YJ-261123-12 https://wx.example/m/12", .again = again, .stop = &never };
    port->ring(port, &call, &o);
    ring_gsm_free(port);
    return o;
}

#define READY { "AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n" }, { "AT+CREG?", "\r\n+CREG: 0,1\r\n\r\nOK\r\n" }, { "AT+CMGS", "\r\n> " }

TEST(a_modem_texts_dials_and_hears_the_answer)
{
    static const struct answer answers[] = { READY, { "AT+CLCC", "\r\n+CLCC: 1,0,2,0,0\r\n\r\nOK\r\n" },
        { "AT+CLCC", "\r\n+CLCC: 1,0,3,0,0\r\n\r\nOK\r\n" }, { "AT+CLCC", "\r\n+CLCC: 1,0,0,0,0\r\n\r\nOK\r\n" }, { 0 } };
    struct twin t;
    twin_open(&t, answers);
    struct ring_outcome o = ring(&t, NULL, 60000, false);
    CHECK_INT(o.result, RING_ANSWERED);
    CHECK(o.texted);
    CHECK(strstr(t.heard, "AT+CMGF=0\r") && strstr(t.heard, "ATD+8637100000001;\r") && strstr(t.heard, "AT+CHUP\r"));
    CHECK(strstr(t.heard, "0001000D91687301000000F10008"));           /* the text's head: to whom, in UCS2 */
    CHECK(strstr(t.heard, "AT+CMGF=0\r") < strstr(t.heard, "ATD"));
    twin_close(&t);
}

TEST(a_telephone_that_nobody_takes_rang_and_gets_no_second_text)
{
    static const struct answer answers[] = { READY, { "AT+CLCC", "\r\n+CLCC: 1,0,3,0,0\r\n\r\nOK\r\n" }, { 0 } };
    struct twin t;
    twin_open(&t, answers);
    struct ring_outcome o = ring(&t, NULL, 50, true);
    CHECK_INT(o.result, RING_RANG);
    CHECK(!o.texted && !strstr(t.heard, "CMGS"));
    twin_close(&t);
}

TEST(a_modem_says_busy_and_lost_calls)
{
    static const struct answer busy[] = { READY, { "AT+CLCC", "\r\n+CLCC: 1,0,2,0,0\r\n\r\nOK\r\n\r\nBUSY\r\n" }, { 0 } };
    static const struct answer lost[] = { READY, { "ATD", "\r\nOK\r\n\r\nNO CARRIER\r\n" }, { 0 } };
    static const struct answer data_only[] = { READY, { "ATD", "\r\n+CME ERROR: 3\r\n" }, { 0 } };
    static const struct { const struct answer *answers; enum ring_result result; } cases[] = {
        { busy, RING_BUSY }, { lost, RING_FAILED }, { data_only, RING_FAILED } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct twin t;
        twin_open(&t, cases[i].answers);
        CHECK_INT(ring(&t, NULL, 60000, true).result, cases[i].result);
        twin_close(&t);
    }
}

TEST(a_modem_that_cannot_work_says_why)
{
    static const struct answer locked[] = { { "AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n" }, { "AT+CREG?", "\r\n+CREG: 0,2\r\n\r\nOK\r\n" }, { 0 } };
    static const struct answer no_card[] = { { "AT+CPIN?", "\r\n+CME ERROR: 10\r\n" }, { 0 } };
    struct twin t;
    twin_open(&t, locked);
    CHECK_STR(str_of(ring(&t, NULL, 50, true).note), "gsm: card locked");
    CHECK_STR(str_of(ring(&t, "1234", 50, true).note), "gsm: no network");
    CHECK(strstr(t.heard, "AT+CPIN=\"1234\"\r"));
    twin_close(&t);
    twin_open(&t, no_card);
    CHECK_STR(str_of(ring(&t, "1234", 50, true).note), "gsm: card locked");
    twin_close(&t);
    struct twin none = { .tty = "/nonexistent/tty" };
    CHECK_STR(str_of(ring(&none, NULL, 50, true).note), "gsm: no modem");
}

TEST(texts_are_written_as_telephones_read_them)
{
    struct arena arena_scoped a;
    struct gsm_pdu p[GSM_TEXT_PARTS_MAX];
    arena_init(&a, 0);
    CHECK_INT(gsm_text(&a, S("+8613800138000"), S("你好"), 1, p), 1);
    CHECK_STR(p[0].hex, "0001000D91683108108300F00008044F60597D");
    CHECK_INT(p[0].bytes, 18);
    CHECK_INT(gsm_text(&a, S("10086"), S("😀"), 1, p), 1);
    CHECK_STR(p[0].hex, "000100058101"  "80F6000804D83DDE00");
    struct buf b = buf_in(&a);
    for (int i = 0; i < 71; i++)
        buf_put(&b, S("长"));
    CHECK_INT(gsm_text(&a, S("10086"), buf_str(&b), 0x2a, p), 2);
    CHECK(str_starts(p[0].hex, S("004100058101" "80F600088C0500032A0201957F")));
    CHECK(str_has(p[1].hex, S("0500032A0202")) && p[1].hex.n < p[0].hex.n);
    CHECK_INT(gsm_text(&a, S("12a"), S("x"), 1, p), 0);
    CHECK_INT(gsm_text(&a, S(""), S("x"), 1, p), 0);
    CHECK_INT(gsm_text(&a, S("10086"), S(""), 1, p), 0);
    for (int i = 0; i < 300; i++)
        buf_put(&b, S("长"));
    CHECK_INT(gsm_text(&a, S("10086"), buf_str(&b), 1, p), 0);
}

TEST(lines_of_a_modem_are_told_apart)
{
    struct str bytes = S("\r\n+CREG: 0,5\r\n\r\nOK\r\nRING\r\r\n> \r\n+CMS ERROR: 500\r\nNO CARR");
    static const enum gsm_line kinds[] = { GSM_INFO, GSM_OK, GSM_INFO, GSM_PROMPT, GSM_ERROR };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        enum gsm_line kind;
        struct str text;
        bytes = str_from(bytes, gsm_next(bytes, &kind, &text));
        CHECK_INT(kind, kinds[i]);
        CHECK(i != 0 || gsm_has_network(text));
    }
    enum gsm_call state;
    CHECK(gsm_call_state(S("+CLCC: 1,0,3,0,0,\"1\",129"), &state) && state == GSM_ALERTING);
    CHECK(!gsm_call_state(S("+CLCC: 1,1,4,0,0"), &state) && !gsm_call_state(S("+CLCC: 1,0,0,1,0"), &state) && !gsm_call_state(S("OK"), &state));
}
