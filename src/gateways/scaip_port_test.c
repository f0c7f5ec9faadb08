/* scaip_port_test.c -- care telephones over real SIP: SIPp logs in and alarms, over UDP and TCP; the dialects by hand. */
#include "gateways/scaip_port.h"
#include "gateways/sip.h"
#include "test/harbour.h"
#include "test/sipp.h"

#include <stdio.h>
#include <stdlib.h>

static const char head[] = "MESSAGE sip:alarm@[remote_ip]:[remote_port] SIP/2.0\n"
    "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\nFrom: <sip:26317@[local_ip]:[local_port]>;tag=[call_number]\n"
    "To: <sip:alarm@[remote_ip]>\nCall-ID: [call_id]\nCSeq: %d MESSAGE\nMax-Forwards: 70\n%sContent-Type: application/scaip+xml\n"
    "Content-Length: [len]\n\n%s\n";

static void put_send(FILE *out, int cseq, const char *auth, const char *body)
{
    fprintf(out, "<send retrans=\"500\"><![CDATA[\n");
    fprintf(out, head, cseq, auth, body);
    fprintf(out, "]]></send>\n");
}

/* A scenario: a message, its 401, the message again with the password, and an answer whose body must fit. */
static void put_scenario(FILE *out, const char *body, const char *password, int status, const char *fits)
{
    char auth[200];
    snprintf(auth, sizeof auth, "[authentication username=26317 password=%s]\n", password);
    fprintf(out, "<?xml version=\"1.0\"?>\n<scenario name=\"unit\">\n");
    put_send(out, 1, "", body);
    fprintf(out, "<recv response=\"401\" auth=\"true\"/>\n");
    put_send(out, 2, auth, body);
    fprintf(out, "<recv response=\"%d\">", status);
    if (fits)
        fprintf(out, "<action><ereg regexp=\"%s\" search_in=\"body\" check_it=\"true\" assign_to=\"1\"/></action>", fits);
    fprintf(out, "</recv>\n%s</scenario>\n", fits ? "<Reference variables=\"1\"/>\n" : "");
}

/* 0: the scenario went through. */
static int sipp(struct harbour *h, const char *transport, const char *body, const char *password, int status, const char *fits)
{
    char folder[] = "/tmp/wuxing-sipp-XXXXXX", file[64], where[40], sent[100];
    CHECK(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/unit.xml", folder);
    snprintf(where, sizeof where, "127.0.0.1:%d", h->port);
    snprintf(sent, sizeof sent, "%s", transport);
    FILE *out = fopen(file, "w");
    CHECK(out);
    put_scenario(out, body, password, status, fits);
    fclose(out);
    char *argv[] = { "sipp", where, "-sf", file, "-m", "1", "-t", sent, "-i", "127.0.0.1", "-timeout", "100", "-nostdin", "-nd", NULL };
    int code = sipp_end(sipp_begin(argv));
    unlink(file);
    rmdir(folder);
    return code;
}

TEST_STORES(sipp_logs_in_and_its_alarm_is_kept_before_the_answer)
{
    struct harbour h;
    harbour_open(&h, db, &scaip_protocol, "26317", "secret");
    static const char alarm[] = "<mrq><ref>00001883</ref><mty>ME</mty><cid>26317</cid><dty>02</dty><crd>gsm:</crd><stc>010</stc></mrq>";
    CHECK_INT(sipp(&h, "u1", alarm, "secret", 200, "<ref>00001883</ref><snu>0</snu>"), 0);
    CHECK_INT(harbour_signals(&h, "rescue"), 1);
    struct signal s = harbour_signal(&h, "rescue");
    CHECK_EQ(str_trim(s.raw), str_of(alarm));
    CHECK(str_has(s.data, S("\"callback\":[\"gsm:\"]")));
    CHECK_INT(sipp(&h, "t1", alarm, "secret", 200, "<snu>0</snu>"), 0);                /* again, over TCP: one alarm */
    CHECK_INT(harbour_signals(&h, "rescue"), 1);
    CHECK_INT(sipp(&h, "t1", "<mrq><ref>2</ref><cid>26317</cid><dty>5</dty></mrq>", "secret", 200, "<snu>0</snu>"), 0);
    CHECK_INT(harbour_signals(&h, "fall"), 1);
    CHECK_INT(sipp(&h, "u1", "<mrq><ref>3</ref><mty>PI</mty><cid>26317</cid><dty>2</dty></mrq>", "secret", 200, "<snu>0</snu><hbi>10</hbi>"), 0);
    CHECK_INT(sipp(&h, "u1", "<mrq><ref>4</ref><cid>26317</cid></mrq>", "secret", 200, "<snu>7</snu>"), 0);
    harbour_close(&h);
}

TEST_STORES(sipp_with_a_wrong_password_is_turned_away)
{
    struct harbour h;
    harbour_open(&h, db, &scaip_protocol, "26317", "secret");
    static const char alarm[] = "<mrq><ref>1</ref><cid>26317</cid><dty>2</dty></mrq>";
    CHECK_INT(sipp(&h, "u1", alarm, "guess", 403, NULL), 0);
    CHECK_INT(harbour_signals(&h, "rescue"), 0);
    harbour_close(&h);
}

TEST_STORES(sipp_that_nobody_registered_hears_the_same)
{
    struct harbour h;
    harbour_open(&h, db, &scaip_protocol, "999", "secret");
    CHECK_INT(sipp(&h, "u1", "<mrq><ref>1</ref><cid>26317</cid><dty>2</dty></mrq>", "secret", 403, NULL), 0);
    CHECK_INT(harbour_signals(&h, "rescue"), 0);
    harbour_close(&h);
}

/* --- by hand ----------------------------------------------------------------------------------------------------------------- */

static struct str hear_one(struct arena *a, int fd)
{
    char got[8192];
    size_t n = 0;
    for (;;) {
        long whole = sip_frame((struct str){ got, n });
        CHECK(whole >= 0);
        if (whole > 0)
            return arena_copy(a, (struct str){ got, (size_t)whole });
        CHECK(read(fd, got + n, 1) == 1);
        n++;
    }
}

static struct str request(struct arena *a, const char *method, int cseq, struct str auth, struct str body)
{
    return arena_format(a, "%s sip:alarm@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK%d\r\nFrom: <sip:26317@127.0.0.1>;tag=1\r\n"
        "To: <sip:alarm@127.0.0.1>\r\nContact: <sip:26317@127.0.0.1:9>\r\nCall-ID: c%d\r\nCSeq: %d %s\r\n" STR_FMT
        "Content-Type: application/scaip+xml\r\nContent-Length: %zu\r\n\r\n" STR_FMT, method, cseq, cseq, cseq, method, STR_ARG(auth), body.n,
        STR_ARG(body));
}

struct unit { struct arena arena; int fd, cseq; struct sip challenge; };

static void unit_open(struct unit *u, struct harbour *h)
{
    *u = (struct unit){ .fd = harbour_call(h, SOCK_STREAM) };
    arena_init(&u->arena, 0);
    harbour_say(u->fd, request(&u->arena, "MESSAGE", ++u->cseq, S(""), S("<mrq/>")));
    CHECK(sip_read(&u->arena, hear_one(&u->arena, u->fd), &u->challenge));
    CHECK_INT(u->challenge.status, 401);
}

static void unit_say(struct unit *u, const char *method, const char *body)
{
    struct str auth = sip_credentials(&u->arena, &u->challenge, str_of(method), S("sip:alarm@127.0.0.1"), S("26317"), S("secret"), S("c0"));
    harbour_say(u->fd, request(&u->arena, method, ++u->cseq, auth, str_of(body)));
}

static struct sip unit_hear(struct unit *u)
{
    struct sip s;
    CHECK(sip_read(&u->arena, hear_one(&u->arena, u->fd), &s));
    return s;
}

static void unit_close(struct unit *u)
{
    close(u->fd);
    arena_free(&u->arena);
}

TEST_STORES(a_message_in_parts_is_one_alarm)
{
    struct harbour h;
    struct unit u;
    harbour_open(&h, db, &scaip_protocol, "26317", "secret");
    unit_open(&u, &h);
    unit_say(&u, "MESSAGE", "<mrq><ref>9</ref><cid>26317</cid><dty>5</dty><ame>1</ame></mrq>");
    struct sip s = unit_hear(&u);
    CHECK(s.status == 200 && s.body.n == 0);                          /* nothing is promised yet */
    CHECK_INT(harbour_signals(&h, "fall"), 0);
    unit_say(&u, "MESSAGE", "<mrq><ref>9</ref><cid>26317</cid><lte>bath</lte><ame>0</ame></mrq>");
    s = unit_hear(&u);
    CHECK(s.status == 200 && str_is(s.body, "<mrs><ref>9</ref><snu>0</snu></mrs>"));
    CHECK(str_has(harbour_signal(&h, "fall").data, S("\"place_text\":\"bath\"")));
    unit_close(&u);
    harbour_close(&h);
}

TEST_STORES(a_make_that_wants_it_is_answered_by_a_message)
{
    struct harbour h;
    struct unit u;
    harbour_open(&h, db, &scaip_protocol, "1", "secret");
    h.device = (struct device){ .kind = S("button"), .vendor = S("Caru"), .protocol = S("scaip"), .account = S("26317"), .key = S("secret") };
    office_write(&h.office, harbour_put, &h);
    device_book_turn(intake_book(h.intake));
    unit_open(&u, &h);
    unit_say(&u, "MESSAGE", "<mrq><ref>5</ref><cid>26317</cid><dty>3</dty></mrq>");
    struct sip s = unit_hear(&u);
    CHECK(s.status == 200 && s.body.n == 0);
    s = unit_hear(&u);
    CHECK(s.status == 0 && str_is(s.method, "MESSAGE") && str_is(s.uri, "sip:26317@127.0.0.1:9"));
    CHECK_STR(s.body, "<mrs><ref>5</ref><snu>0</snu></mrs>");
    CHECK_INT(harbour_signals(&h, "rescue"), 1);
    unit_close(&u);
    harbour_close(&h);
}

TEST_STORES(a_sender_speaks_for_its_own_controllers_only)
{
    struct harbour h;
    struct unit u;
    harbour_open(&h, db, &scaip_protocol, "26317", "secret");
    harbour_device(&h, "button", "scaip", "26317/77", "");
    harbour_device(&h, "button", "scaip", "88", "other");
    int64_t other = 0;
    device_book_turn(intake_book(h.intake));
    unit_open(&u, &h);
    unit_say(&u, "MESSAGE", "<mrq><ref>1</ref><cid>77</cid><dty>3</dty></mrq>");
    CHECK(str_has(unit_hear(&u).body, S("<snu>0</snu>")));
    unit_say(&u, "MESSAGE", "<mrq><ref>2</ref><cid>88</cid><dty>23</dty></mrq>");
    CHECK(str_has(unit_hear(&u).body, S("<snu>0</snu>")));
    struct tx *tx = office_read(&h.office);
    struct device d = { 0 };
    CHECK(device_by_account(tx, S("scaip"), S("88"), &d));
    other = d.id;
    read_end(tx);
    CHECK(harbour_signal(&h, "fire").device != other);                /* it is the sender's own */
    unit_say(&u, "REGISTER", "");
    CHECK_INT(unit_hear(&u).status, 200);
    unit_say(&u, "INVITE", "");
    CHECK_INT(unit_hear(&u).status, 405);
    unit_say(&u, "OPTIONS", "");
    CHECK_INT(unit_hear(&u).status, 200);
    unit_close(&u);
    harbour_close(&h);
}
