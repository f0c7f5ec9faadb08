/* scaip_test.c -- the examples of the standard's report, messages of two makes, and what must be refused by which number. */
#include "gateways/scaip.h"
#include "test/test.h"

struct read { struct arena arena; struct rules *rules; struct scaip s; struct signal_in in; };

static void open_read(struct read *r)
{
    struct fault fault = { 0 };
    *r = (struct read){ 0 };
    arena_init(&r->arena, 0);
    r->rules = rules_load(&fault);
    CHECK(r->rules);
}

static void close_read(struct read *r)
{
    rules_free(r->rules);
    arena_free(&r->arena);
}

static enum scaip_status status(struct read *r, const char *body)
{
    r->s = (struct scaip){ 0 };
    return scaip_read(&r->arena, str_of(body), NULL, &r->s);
}

static void check_kind(struct read *r, const char *body, const char *kind)
{
    CHECK_INT(status(r, body), SCAIP_OK);
    r->in = (struct signal_in){ 0 };
    scaip_signal(&r->arena, rule_set(r->rules, "scaip"), &r->s, &r->in);
    CHECK_STR(r->in.kind, kind);
}

TEST(scaip_messages_of_known_makes_are_understood)
{
    struct read r;
    open_read(&r);
    check_kind(&r, "<mrq><ref>1242</ref><cid>678</cid><dty>27</dty><stc>16</stc></mrq>", "battery_low");
    CHECK_STR(scaip_answer(&r.arena, &r.s, SCAIP_OK, 0), "<mrs><ref>1242</ref><snu>0</snu></mrs>");
    check_kind(&r, "<mrq><ref>00001A85</ref><cha>0</cha><mty>PI</mty><cid>26317</cid><dty>02</dty><did>00</did><crd>no-voice:</crd>"
                   "<stc>102</stc></mrq>", "heartbeat");
    CHECK_STR(scaip_answer(&r.arena, &r.s, SCAIP_OK, 60), "<mrs><ref>00001A85</ref><snu>0</snu><hbi>60</hbi></mrs>");
    check_kind(&r, "<mrq><mty>PI</mty><ref>1998218577</ref><cid>10149471</cid><dty>2</dty></mrq>", "heartbeat");
    check_kind(&r, "<mrq><ref>00001883</ref><cha>0</cha><mty>ME</mty><cid>26317</cid><dty>02</dty><did>00</did><crd>gsm:</crd>"
                   "<stc>010</stc></mrq>", "rescue");
    CHECK_STR(r.in.data, "{\"code\":\"010\",\"means\":\"手动报警\",\"means_en\":\"Manual alarm\",\"part\":\"呼叫主机\","
                         "\"part_en\":\"Local unit\",\"type\":\"02\",\"device\":\"00\",\"ref\":\"00001883\","
                         "\"callback\":[\"gsm:\"]}");
    check_kind(&r, "<mrq><ref>1193308443</ref><cid>10149471</cid><dty>3</dty><stc>10</stc><crd>gsm:</crd></mrq>", "rescue");
    close_read(&r);
}

TEST(scaip_kinds_follow_status_then_type_and_doubt_is_an_alarm)
{
    struct read r;
    open_read(&r);
    check_kind(&r, "<mrq><ref>1</ref><cid>1</cid><dty>0005</dty></mrq>", "fall");               /* no status: an alarm */
    check_kind(&r, "<mrq><ref>1</ref><cid>1</cid><dty>23</dty><stc>9</stc></mrq>", "fire");
    check_kind(&r, "<mrq><ref>1</ref><cid>1</cid><dty>21</dty><stc>9</stc></mrq>", "gas");
    check_kind(&r, "<mrq><ref>1</ref><cid>1</cid><dty>33</dty><stc>0009</stc></mrq>", "water");
    check_kind(&r, "<mrq><ref>1</ref><cid>1</cid><dty>3</dty><stc>85</stc></mrq>", "mains_fail");
    check_kind(&r, "<mrq><ref>1</ref><cid>1</cid><dty>3</dty><stc>102</stc></mrq>", "test");
    check_kind(&r, "<mrq><ref>1</ref><cid>1</cid><dty>3</dty><stc>0027</stc></mrq>", "link_fail");
    check_kind(&r, "<mrq><ref>1</ref><cid>1</cid><dty>3</dty><stc>999</stc></mrq>", "rescue");
    check_kind(&r, "<mrq><ref>1</ref><cid>1</cid><dty>999</dty></mrq>", "rescue");
    check_kind(&r, "<mrq><ref>1</ref><cid>1</cid><dty>3</dty><mty>IN</mty></mrq>", "info");
    check_kind(&r, "<mrq><ref>1</ref><cid>1</cid><dty>3</dty><mty>IN</mty><stc>16</stc></mrq>", "battery_low");
    check_kind(&r, "<mrq><ref>1</ref><cid>1</cid><dty>3</dty><mty>RE</mty></mrq>", "cancel");
    close_read(&r);
}

TEST(scaip_says_where_only_with_an_alarm)
{
    struct read r;
    open_read(&r);
    check_kind(&r, "<?xml version=\"1.0\"?><scaip><mrq><ref>1</ref><cid>+861</cid><dty>51</dty><lco>34</lco><lge><geo>34.740,113.615</geo>"
                   "<tim>2026-11-23T02:10:00Z</tim></lge></mrq></scaip>", "rescue");
    CHECK(str_has(r.in.data, S("\"lat\":34.7400000,\"lon\":113.6150000")));
    CHECK_STR(r.s.cid, "861");
    CHECK_STR(scaip_answer(&r.arena, &r.s, SCAIP_HOLD, 0), "<scaip><mrs><ref>1</ref><snu>4</snu></mrs></scaip>");
    check_kind(&r, "<mrq><ref>1</ref><cid>1</cid><dty>51</dty><stc>16</stc><lge><geo>34.740,113.615</geo></lge></mrq>", "battery_low");
    CHECK(!str_has(r.in.data, S("34.7")));
    close_read(&r);
}

TEST(scaip_refuses_by_number)
{
    static const struct { const char *body; enum scaip_status status; } wrong[] = {
        { "", SCAIP_FORMAT }, { "help", SCAIP_FORMAT }, { "<mrq>", SCAIP_FORMAT }, { "<x><mrq/></x>", SCAIP_FORMAT },
        { "<mrq><cid>1</cid><dty>3</dty></mrq>", SCAIP_NO_REF },
        { "<mrq><ref>a b</ref><cid>1</cid><dty>3</dty></mrq>", SCAIP_FORMAT },
        { "<mrq><ref>1</ref><dty>3</dty></mrq>", SCAIP_MISSING }, { "<mrq><ref>1</ref><cid>1</cid></mrq>", SCAIP_MISSING },
        { "<mrq><ref>12345678901234567</ref><cid>1</cid><dty>3</dty></mrq>", SCAIP_TOO_LONG },
        { "<mrq><ref>1</ref><cid>1</cid><dty>two</dty></mrq>", SCAIP_FORMAT },
        { "<mrq><ref>1</ref><cid>one</cid><dty>3</dty></mrq>", SCAIP_FORMAT },
        { "<mrq><ref>1</ref><cid>1</cid><dty>3</dty><mty>XX</mty></mrq>", SCAIP_WRONG },
        { "<!DOCTYPE mrq [<!ENTITY a \"b\">]><mrq><ref>&a;</ref></mrq>", SCAIP_FORMAT },
        { "<mrq><a><b><c><d><e/></d></c></b></a></mrq>", SCAIP_FORMAT },
    };
    struct read r;
    open_read(&r);
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK_INT(status(&r, wrong[i].body), wrong[i].status);
    CHECK_INT(status(&r, "<mrq><ref>77</ref><dty>3</dty></mrq>"), SCAIP_MISSING);
    CHECK_STR(scaip_answer(&r.arena, &r.s, SCAIP_MISSING, 0), "<mrs><ref>77</ref><snu>7</snu></mrs>");
    close_read(&r);
}

TEST(scaip_parts_make_one_message)
{
    struct read r;
    struct scaip first, whole;
    open_read(&r);
    CHECK_INT(scaip_read(&r.arena, S("<mrq><ref>9</ref><cid>1</cid><dty>5</dty><crd>sip:a@b</crd><ame>1</ame></mrq>"), NULL, &first), SCAIP_OK);
    CHECK_INT(first.parts_left, 1);
    CHECK_INT(scaip_read(&r.arena, S("<mrq><ref>9</ref><cid>1</cid><stt>long</stt><ame>0</ame></mrq>"), &first, &whole), SCAIP_OK);
    CHECK_INT(whole.type, 5);
    CHECK_INT(whole.callback_count, 1);
    CHECK_STR(whole.stt, "long");
    CHECK(scaip_answers_apart(rule_set(r.rules, "scaip"), S("CARU")) && !scaip_answers_apart(rule_set(r.rules, "scaip"), S("")));
    close_read(&r);
}
