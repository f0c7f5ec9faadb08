/* simulate_test.c -- the short form of the weeks that `wuxing simulate care` plays: `make soak` plays them by the million. */
#include "cli/simulate.h"
#include "test/stores.h"

static struct simulate_result weeks(const struct test_db *db, uint64_t seed)
{
    struct simulate_config config = { .dir = db->dir, .url = db->url, .seed = seed, .presses = 60 };
    struct simulate_result r = { 0 };
    struct fault fault = { 0 };
    if (!simulate_care(&config, &r, &fault))
        check_failed(__FILE__, __LINE__, fault.what.en ? fault.what.en : err_wire(fault.code));
    return r;
}

TEST_STORES(P2_no_alarm_goes_silent_whatever_is_played)
{
    struct simulate_result r = weeks(db, 7);
    CHECK(r.presses >= 60 && r.packets > r.presses && r.alarms > 0 && r.alarms <= r.presses);
    CHECK(r.restarts > 0 && r.jumps > 0 && r.outages > 0 && r.rings > r.alarms);
    CHECK_INT(r.closed, r.alarms);                             /* a human ended each of them */
}
