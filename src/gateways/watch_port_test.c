/* watch_port_test.c -- a watch over a socket: what is kept, what it is answered and when. */
#include "gateways/watch_port.h"
#include "test/harbour.h"

TEST_STORES(a_watch_is_answered_when_its_alarm_is_kept)
{
    struct harbour h;
    harbour_open(&h, db, &watch_protocol, "8809008845", "");
    int fd = harbour_call(&h, SOCK_STREAM);
    harbour_say(fd, S("[3G*8809008845*000D*LK,50,100,100]"));
    harbour_hear(fd, "[3G*8809008845*0002*LK]");
    struct str sos = S("[3G*8809008845*00C0*AL,271219,094744,V,00.000000,N, 0.0000000,E,0.00,0.0,0.0,0,100,81,0,0,00010000,"
                       "7,0,460,0,9336,3981,141]");
    for (int i = 0; i < 2; i++) {                                    /* sent again: answered again, kept once */
        harbour_say(fd, sos);
        harbour_hear(fd, "[3G*8809008845*0002*AL]");
    }
    CHECK_INT(harbour_signals(&h, "rescue"), 1);
    struct signal s = harbour_signal(&h, "rescue");
    CHECK_EQ(s.raw, sos);
    CHECK(str_has(s.data, S("\"battery\":81")));
    close(fd);
    harbour_close(&h);
}

TEST_STORES(a_watch_may_say_two_things_in_one_frame_and_strangers_get_no_answer)
{
    struct harbour h;
    harbour_open(&h, db, &watch_protocol, "8809008845", "");
    int fd = harbour_call(&h, SOCK_STREAM);
    harbour_say(fd, S("junk[3G*1111111111*0002*LK][3G*2222222222*0070*AL,231126,010203,V,0,N,0,E,0,0,0,0,100,81,0,0,00010000]\r\n"));
    harbour_say(fd, S("[3G*8809008845*0070*AL,231126,010203,A,34.740000,N,113.615000,E,0,0,0,0,100,8,0,0,00210001]"));
    harbour_hear(fd, "[3G*8809008845*0002*AL]");
    harbour_say(fd, S("[3G*8809008845*0070*UD,231126,010204,A,34.740000,N,113.615000,E,0,0,0,0,100,8,0,0,00000001]"));
    harbour_say(fd, S("[3G*8809008845*0003*TKQ]"));
    harbour_hear(fd, "[3G*8809008845*0003*TKQ]");
    CHECK_INT(harbour_signals(&h, "rescue"), 1);
    CHECK_INT(harbour_signals(&h, "fall"), 1);
    CHECK_INT(harbour_signals(&h, "battery_low"), 1);
    CHECK_INT(harbour_signals(&h, "heartbeat"), 0);
    CHECK(str_has(harbour_signal(&h, "fall").data, S("\"lat\":34.7400000,\"lon\":113.6150000")));
    CHECK(!str_has(harbour_signal(&h, "battery_low").raw, S("34.74")));
    close(fd);
    harbour_close(&h);
}

TEST_STORES(a_watch_that_leaves_a_frame_open_harms_nobody)
{
    struct harbour h;
    char noise[3000];
    harbour_open(&h, db, &watch_protocol, "8809008845", "");
    int fd = harbour_call(&h, SOCK_STREAM);
    memset(noise, 'x', sizeof noise);
    harbour_say(fd, S("[3G*8809008845*FFFF*TK,"));
    for (int i = 0; i < 10; i++)
        harbour_say(fd, (struct str){ noise, sizeof noise });        /* a voice message that nobody asked for */
    harbour_say(fd, S("][3G*8809008845*0002*LK]"));
    harbour_hear(fd, "[3G*8809008845*0002*LK]");
    close(fd);
    harbour_close(&h);
}
