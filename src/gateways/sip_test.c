/* sip_test.c -- frames, headers and digests of SIP; the digest of RFC 2617's own example. */
#include "gateways/sip.h"
#include "test/test.h"

static const char message[] =
    "MESSAGE sip:alarm@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.7:5060;branch=z9hG4bK1;rport\r\nv: SIP/2.0/TCP 10.0.0.8\r\n"
    "From: \"Unit\" <sip:unit@10.0.0.7>;tag=1\r\nt: <sip:alarm@127.0.0.1>\r\ni: c1@10.0.0.7\r\nCSeq: 7 MESSAGE\r\n"
    "Content-Type: application/scaip+xml\r\nContent-Length: 6\r\n\r\n<mrq/>";

TEST(sip_frames_end_where_their_length_says)
{
    struct str s = S("\r\n\r\nMESSAGE a");
    CHECK_INT(sip_frame(s), 4);
    CHECK_INT(sip_frame(str_from(s, 4)), 0);
    for (size_t n = 1; n < sizeof message - 1; n++)
        CHECK_INT(sip_frame((struct str){ message, n }), 0);
    CHECK_INT(sip_frame(S("GET")), 0);
    CHECK_INT(sip_frame(S("\x16\x03\x01\x02")), -1);
    CHECK_INT(sip_frame(str_of(message)), sizeof message - 1);
    CHECK_INT(sip_frame(S("MESSAGE sip:a SIP/2.0\r\nContent-Length: 99999999\r\n\r\n")), -1);
    CHECK_INT(sip_frame(S("MESSAGE sip:a SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n")), -1);
    CHECK_INT(sip_frame(S("MESSAGE sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n")), -1);
}

TEST(sip_headers_are_read_and_answered)
{
    struct arena arena_scoped a;
    struct sip s;
    arena_init(&a, 0);
    sip_start();
    CHECK(sip_read(&a, str_of(message), &s));
    CHECK_STR(s.method, "MESSAGE");
    CHECK_STR(s.from_uri, "sip:unit@10.0.0.7");
    CHECK_STR(s.from_tag, "1");
    CHECK_STR(s.call_id, "c1@10.0.0.7");
    CHECK_INT(s.cseq, 7);
    CHECK_INT(s.via_count, 2);
    CHECK_STR(s.branch, "z9hG4bK1");
    CHECK_STR(s.body, "<mrq/>");
    struct str text = sip_answer(&a, &s, S("192.0.2.1:40000"), 200, "OK", S(""), S("application/scaip+xml"), S("<mrs/>"));
    CHECK(str_starts(text, S("SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 10.0.0.7:5060;branch=z9hG4bK1;received=192.0.2.1;rport=40000\r\n"
                             "Via: SIP/2.0/TCP 10.0.0.8\r\n")));
    struct sip answer;
    CHECK(sip_read(&a, text, &answer));
    CHECK_INT(answer.status, 200);
    CHECK_STR(answer.cseq_method, "MESSAGE");
    CHECK(answer.to_tag.n > 0);
    CHECK_STR(answer.body, "<mrs/>");
}

TEST(what_is_not_sip_is_not_read)
{
    static const char *const wrong[] = {
        "", "\r\n\r\n", "MESSAGE sip:a SIP/2.0\r\n\r\n", "MESSAGE sip:a SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\nFrom: <sip:a>\r\nTo: <sip:b>\r\n\r\n",
        "MESSAGE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nCall-ID: 1\r\nCSeq: x MESSAGE\r\nFrom: <sip:a>\r\nTo: <sip:b>\r\n\r\n",
        "SIP/2.0 9999 OK\r\nVia: SIP/2.0/UDP a\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\nFrom: <sip:a>\r\nTo: <sip:b>\r\n\r\n" };
    struct arena arena_scoped a;
    struct sip s;
    arena_init(&a, 0);
    sip_start();
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK(!sip_read(&a, str_of(wrong[i]), &s));
}

TEST(sip_digests_fit_the_published_example)
{
    struct arena arena_scoped a;
    arena_init(&a, 0);
    struct sip s = { .method = S("GET"), .has_auth = true, .auth = { .user = S("Mufasa"), .realm = S("testrealm@host.com"),
        .nonce = S("dcd98b7102dd2f0e8b11d0f600bfb0c093"), .uri = S("/dir/index.html"), .cnonce = S("0a4f113b"), .nc = S("00000001"),
        .qop = S("auth"), .response = S("6629fae49393a05397450978507c4ef1") } };
    CHECK(sip_knows(&a, &s, "testrealm@host.com", S("Circle Of Life")));
    CHECK(!sip_knows(&a, &s, "testrealm@host.com", S("circle of life")));
    CHECK(!sip_knows(&a, &s, "elsewhere", S("Circle Of Life")));
    CHECK(!sip_knows(&a, &s, "testrealm@host.com", S("")));
    struct sip challenge = { .auth = { .realm = S("testrealm@host.com"), .nonce = S("dcd98b7102dd2f0e8b11d0f600bfb0c093"), .qop = S("auth,auth-int") } };
    struct str line = sip_credentials(&a, &challenge, S("GET"), S("/dir/index.html"), S("Mufasa"), S("Circle Of Life"), S("0a4f113b"));
    CHECK(str_has(line, S("response=\"6629fae49393a05397450978507c4ef1\"")) && str_has(line, S("qop=auth, nc=00000001")));
}

TEST(a_nonce_is_ours_for_a_while)
{
    struct arena arena_scoped a;
    static const uint8_t secret[32] = { 1, 2, 3 }, other[32] = { 4 };
    arena_init(&a, 0);
    ms now = 1795395600000;
    struct str nonce = sip_nonce(&a, secret, now);
    CHECK(sip_nonce_ok(nonce, secret, now + 1000, 5000));
    CHECK(!sip_nonce_ok(nonce, secret, now + 5000, 5000) && !sip_nonce_ok(nonce, secret, now - 1, 5000));
    CHECK(!sip_nonce_ok(nonce, other, now, 5000) && !sip_nonce_ok(S("00"), secret, now, 5000));
}
