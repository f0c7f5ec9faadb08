/* ring_sip_test.c -- a telephone rung through a trunk, which SIPp plays: taken, not taken, engaged, refused, with a password, with
 * registering, hung up by the other side, and a human who takes the matter meanwhile. */
#include "gateways/ring_sip.h"
#include "gateways/sip_media.h"
#include "test/sipp.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define SAYS(status, more) "<send><![CDATA[\nSIP/2.0 " status "\n[last_Via:]\n[last_From:]\n[last_To:];tag=[call_number]\n" \
    "[last_Call-ID:]\n[last_CSeq:]\nContact: <sip:trunk@[local_ip]:[local_port]>\n" more
#define ENDS "Content-Length: 0\n\n]]></send>\n"
#define HEARS(method) "<recv request=\"" method "\"/>\n"
#define SDP "Content-Type: application/sdp\nContent-Length: [len]\n\nv=0\no=u 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n" \
    "m=audio 40000 RTP/AVP 8\n]]></send>\n"
#define TRYING SAYS("100 Trying", ENDS)
#define RINGING SAYS("180 Ringing", ENDS)

struct trunk { pid_t pid; int port; char folder[40], file[60], where[30]; struct ring_port *ring; };

/* A free port: SIPp takes it as soon as we have let it go. */
static int free_port(void)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof name;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof name) == 0 && getsockname(fd, (struct sockaddr *)&name, &n) == 0);
    close(fd);
    return ntohs(name.sin_port);
}

static void trunk_open(struct trunk *t, const char *steps, const char *calls, struct ring_sip_config config)
{
    struct fault fault = { 0 };
    char port[10];
    *t = (struct trunk){ .port = free_port(), .folder = "/tmp/wuxing-trunk-XXXXXX" };
    CHECK(mkdtemp(t->folder));
    snprintf(t->file, sizeof t->file, "%s/trunk.xml", t->folder);
    snprintf(t->where, sizeof t->where, "127.0.0.1:%d", t->port);
    snprintf(port, sizeof port, "%d", t->port);
    FILE *out = fopen(t->file, "w");
    CHECK(out);
    fprintf(out, "<?xml version=\"1.0\"?>\n<scenario name=\"trunk\">\n%s</scenario>\n", steps);
    fclose(out);
    char *argv[] = { "sipp", "-sf", t->file, "-m", (char *)calls, "-t", "u1", "-i", "127.0.0.1", "-p", port, "-timeout", "100", "-nostdin",
                     "-nd", NULL };
    t->pid = sipp_begin(argv);
    config.trunk = t->where;
    config.setup_ms = 60000;                           /* a machine under load may need long to start SIPp */
    t->ring = ring_sip_new(&config, &fault);
    CHECK(t->ring);
}

static struct ring_outcome ring(struct trunk *t, const _Atomic bool *stop)
{
    static const _Atomic bool never;
    struct ring_outcome o = { 0 };
    struct ring_call call = { .attempt = 1, .number = "+8637100000001", .stop = stop ? stop : &never };
    t->ring->ring(t->ring, &call, &o);
    return o;
}

static void trunk_close(struct trunk *t)
{
    CHECK_INT(sipp_end(t->pid), 0);
    unlink(t->file);
    rmdir(t->folder);
    ring_sip_free(t->ring);
}

TEST(a_telephone_that_is_taken_hears_tones_and_is_hung_up)
{
    struct trunk t;
    trunk_open(&t, HEARS("INVITE") TRYING RINGING SAYS("200 OK", SDP) HEARS("ACK") HEARS("BYE") SAYS("200 OK", ENDS), "1",
               (struct ring_sip_config){ .tones_ms = 100 });
    struct ring_outcome o = ring(&t, NULL);
    CHECK_INT(o.result, RING_ANSWERED);
    CHECK(o.rang_after_ms >= 0);
    trunk_close(&t);
}

TEST(a_telephone_that_nobody_takes_rang)
{
    struct trunk t;
    trunk_open(&t, HEARS("INVITE") RINGING HEARS("CANCEL") SAYS("200 OK", ENDS)
               "<send><![CDATA[\nSIP/2.0 487 Request Terminated\n[last_Via:]\n[last_From:]\n[last_To:];tag=[call_number]\n[last_Call-ID:]\n"
               "CSeq: 1 INVITE\n" ENDS HEARS("ACK"), "1", (struct ring_sip_config){ .ring_ms = 300 });
    struct ring_outcome o = ring(&t, NULL);
    CHECK_INT(o.result, RING_RANG);
    CHECK_STR(str_of(o.note), "sip: no answer 487");
    trunk_close(&t);
}

TEST(an_engaged_telephone_is_busy_and_a_wrong_number_failed)
{
    struct trunk t;
    trunk_open(&t, HEARS("INVITE") SAYS("486 Busy Here", ENDS) HEARS("ACK"), "1", (struct ring_sip_config){ 0 });
    CHECK_INT(ring(&t, NULL).result, RING_BUSY);
    trunk_close(&t);
    trunk_open(&t, HEARS("INVITE") SAYS("404 Not Found", ENDS) HEARS("ACK"), "1", (struct ring_sip_config){ 0 });
    struct ring_outcome o = ring(&t, NULL);
    CHECK_INT(o.result, RING_FAILED);
    CHECK_STR(str_of(o.note), "sip: refused 404");
    trunk_close(&t);
    trunk_open(&t, HEARS("INVITE") SAYS("480 Temporarily Unavailable", ENDS) HEARS("ACK"), "1", (struct ring_sip_config){ 0 });
    CHECK_INT(ring(&t, NULL).result, RING_FAILED);     /* it did not ring: that does not count */
    trunk_close(&t);
}

#define ASKS(name, header) SAYS(name, header ": Digest realm=\"trunk\", nonce=\"a1b2c3\", algorithm=MD5, qop=\"auth\"\n" ENDS)
#define KNOWS(method) "<recv request=\"" method "\"><action><verifyauth assign_to=\"ok\" username=\"street\" password=\"secret\"/></action></recv>\n" \
    "<nop test=\"ok\" next=\"good\"/>\n" SAYS("403 Forbidden", ENDS) "<recv request=\"ACK\" next=\"end\"/>\n<label id=\"good\"/>\n"

TEST(a_trunk_with_a_password_is_told_it)
{
    static const char steps[] = HEARS("INVITE") ASKS("401 Unauthorized", "WWW-Authenticate") HEARS("ACK") KNOWS("INVITE")
        RINGING SAYS("200 OK", SDP) HEARS("ACK") HEARS("BYE") SAYS("200 OK", ENDS) "<label id=\"end\"/>\n";
    struct trunk t;
    trunk_open(&t, steps, "1", (struct ring_sip_config){ .user = "street", .password = "secret", .tones_ms = -1 });
    CHECK_INT(ring(&t, NULL).result, RING_ANSWERED);
    trunk_close(&t);
    trunk_open(&t, steps, "1", (struct ring_sip_config){ .user = "street", .password = "wrong" });
    CHECK_INT(ring(&t, NULL).result, RING_FAILED);
    trunk_close(&t);
}

TEST(a_proxy_with_a_password_is_told_it)
{
    struct trunk t;
    trunk_open(&t, HEARS("INVITE") ASKS("407 Proxy Authentication Required", "Proxy-Authenticate") HEARS("ACK")
               "<recv request=\"INVITE\"><action><ereg regexp=\"Digest username=.street., realm=.trunk.\" search_in=\"hdr\" "
               "header=\"Proxy-Authorization:\" check_it=\"true\" assign_to=\"told\"/></action></recv>\n<Reference variables=\"told\"/>\n"
               SAYS("486 Busy Here", ENDS) HEARS("ACK"), "1", (struct ring_sip_config){ .user = "street", .password = "secret" });
    CHECK_INT(ring(&t, NULL).result, RING_BUSY);
    trunk_close(&t);
}

TEST(a_trunk_that_wants_it_is_registered_with_once)
{
    static const char steps[] = "<recv request=\"REGISTER\" optional=\"true\" next=\"register\"/>\n" HEARS("INVITE") SAYS("486 Busy Here", ENDS)
        "<recv request=\"ACK\" next=\"end\"/>\n<label id=\"register\"/>\n" ASKS("401 Unauthorized", "WWW-Authenticate")
        "<recv request=\"REGISTER\"><action><verifyauth assign_to=\"ok\" username=\"street\" password=\"secret\"/></action></recv>\n"
        "<nop test=\"ok\" next=\"good\"/>\n" SAYS("403 Forbidden", ENDS) "<nop next=\"end\"/>\n<label id=\"good\"/>\n"
        SAYS("200 OK", "Expires: 600\n" ENDS) "<label id=\"end\"/>\n";
    struct trunk t;
    trunk_open(&t, steps, "3", (struct ring_sip_config){ .user = "street", .password = "secret", .registers = true });
    CHECK_INT(ring(&t, NULL).result, RING_BUSY);
    CHECK_INT(ring(&t, NULL).result, RING_BUSY);
    trunk_close(&t);                                   /* three calls: one REGISTER, two INVITE */
}

struct later { _Atomic bool stop; struct trunk *t; struct ring_outcome outcome; };

static void *ring_later(void *arg)
{
    struct later *l = arg;
    l->outcome = ring(l->t, &l->stop);
    return NULL;
}

TEST(ringing_ends_when_somebody_takes_the_matter)
{
    struct trunk t;
    struct later later = { .t = &t };
    struct timespec moment = { .tv_nsec = 10000000 };
    char steps[2000], heard[60] = "/tmp/wuxing-heard-XXXXXX";
    pthread_t thread;
    CHECK(mkdtemp(heard));
    snprintf(steps, sizeof steps, "<recv request=\"INVITE\"><action><exec command=\"rmdir %s\"/></action></recv>\n%s", heard,
             TRYING HEARS("CANCEL") SAYS("200 OK", ENDS)
             "<send><![CDATA[\nSIP/2.0 487 Request Terminated\n[last_Via:]\n[last_From:]\n[last_To:];tag=[call_number]\n[last_Call-ID:]\n"
             "CSeq: 1 INVITE\n" ENDS HEARS("ACK"));
    trunk_open(&t, steps, "1", (struct ring_sip_config){ .ring_ms = 50000 });
    CHECK(pthread_create(&thread, NULL, ring_later, &later) == 0);
    while (access(heard, F_OK) == 0)                   /* until the trunk has the call */
        nanosleep(&moment, NULL);
    atomic_store(&later.stop, true);
    pthread_join(thread, NULL);
    CHECK_INT(later.outcome.result, RING_FAILED);      /* it had not rung yet */
    trunk_close(&t);
}

TEST(a_trunk_that_is_not_there_is_no_ring)
{
    struct fault fault = { 0 };
    char where[30];
    snprintf(where, sizeof where, "127.0.0.1:%d", free_port());
    struct trunk t = { .ring = ring_sip_new(&(struct ring_sip_config){ .trunk = where, .setup_ms = 700 }, &fault) };
    struct ring_outcome o = ring(&t, NULL);
    CHECK_INT(o.result, RING_FAILED);
    CHECK_STR(str_of(o.note), "sip: no ringing");
    ring_sip_free(t.ring);
    static const char *const wrong[] = { "", ":5060", "host:", "host:99999", "host:sip" };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        fault_clear(&fault);
        CHECK(!ring_sip_new(&(struct ring_sip_config){ .trunk = wrong[i] }, &fault) && fault.code == ERR_INVALID);
    }
    fault_clear(&fault);
    CHECK(!ring_sip_new(&(struct ring_sip_config){ .trunk = "host", .caller = "a\r\nB: c" }, &fault) && fault.code == ERR_INVALID);
}

TEST(sound_is_offered_read_and_coded)
{
    struct arena arena_scoped a;
    struct media m;
    uint8_t packet[MEDIA_PACKET_BYTES];
    arena_init(&a, 0);
    CHECK(media_read(media_offer(&a, S("127.0.0.1"), 4000), &m) && m.port == 4000 && m.payload == 8 && !strcmp(m.address, "127.0.0.1"));
    CHECK(media_read(S("v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 9 RTP/AVP 3 0\r\nc=IN IP4 10.0.0.2/127\r\n"), &m) && m.payload == 0);
    CHECK_STR(str_of(m.address), "10.0.0.1");
    CHECK(!media_read(S("c=IN IP4 10.0.0.1\r\nm=audio 0 RTP/AVP 8\r\n"), &m) && !media_read(S("c=IN IP4 1.1.1.1\nm=audio 9 RTP/AVP 3\n"), &m) &&
          !media_read(S("m=audio 9 RTP/AVP 8"), &m) && !media_read(S(""), &m));
    m.payload = 8;
    media_packet(&m, 0, 0x01020304, packet);
    CHECK(packet[0] == 0x80 && packet[1] == 0x88 && packet[11] == 4 && packet[12] == 0xd5);              /* A-law of silence */
    media_packet(&m, 1, 1, packet);
    CHECK(packet[1] == 8 && packet[3] == 1 && packet[7] == 160);
    bool loud = false;
    for (int i = 12; i < MEDIA_PACKET_BYTES; i++)
        loud |= packet[i] != 0xd5 && packet[i] != 0x55;
    CHECK(loud);
    m.payload = 0;
    media_packet(&m, 0, 1, packet);
    CHECK(packet[12] == 0xff);                                                                          /* mu-law of silence */
}
