/* fall_test.c -- the detector on made-up motion, with a model of round numbers: blow, weightlessness, turn and stillness count. */
#include "base/fall.h"
#include "test/test.h"

#include <math.h>

/* Wants a hard blow, a turn and rest afterwards; the weights are this test's own. */
static const struct fall_model model = { .trigger_g = 1.8, .bias = -7.7,
    .weight = { [FALL_PEAK] = 1, [FALL_TURN] = 4, [FALL_STILL] = -0.3, [FALL_BUSY] = -0.3 } };

struct play { struct fall fall; struct fall_event event; int falls; double hz; };

static void play(struct play *p, double seconds, double x, double y, double z, double shake)
{
    for (int i = 0; i < (int)(seconds * p->hz + 0.5); i++) {
        double s = shake * sin(2 * M_PI * 2 * i / p->hz);
        p->falls += fall_feed(&p->fall, x + s, y - s / 2, z + s, &p->event);
    }
}

static struct play begin(double hz)
{
    struct play p = { .hz = hz };
    fall_init(&p.fall, &model, hz);
    return p;
}

static void tumble(struct play *p)
{
    play(p, 5, 0, 0, 1000, 20);
    play(p, 0.4, 0, 0, 200, 0);
    play(p, 0.1, 3000, 0, 2000, 0);
}

TEST(a_fall_is_found_at_any_rate_and_in_any_orientation)
{
    static const double rates[] = { 10, 12.5, 20, 25, 50, 100, 400 };
    for (size_t i = 0; i < COUNT(rates); i++) {
        struct play p = begin(rates[i]);
        tumble(&p);
        CHECK_INT(p.falls, 0);                                       /* not before it is seen what comes after */
        play(&p, 5, 1000, 0, 0, 5);
        CHECK_INT(p.falls, 1);
        CHECK(p.event.at_s > 5.2 && p.event.at_s < 5.7);
        CHECK(p.event.peak_g > 2.5 && p.event.peak_g < 3.7);
    }
    struct play p = begin(50);                                       /* the sensor upside down */
    play(&p, 5, 0, 0, -1000, 20);
    play(&p, 0.4, 0, 0, -200, 0);
    play(&p, 0.1, 0, -3000, -2000, 0);
    play(&p, 5, 0, -1000, 0, 5);
    CHECK_INT(p.falls, 1);
}

TEST(daily_life_is_no_fall)
{
    struct play p = begin(50);
    play(&p, 60, 0, 0, 1000, 400);                                   /* walks */
    play(&p, 30, 0, 0, 1000, 1500);                                  /* runs: blows, but no turn and no rest */
    play(&p, 10, 0, 0, 1000, 20);
    play(&p, 10, 1000, 0, 0, 5);                                     /* lies down gently: a turn, but no blow */
    play(&p, 0.06, 0, 0, 3500, 0);                                   /* a knock on the table while lying: no turn */
    play(&p, 10, 1000, 0, 0, 5);
    CHECK_INT(p.falls, 0);
    CHECK(!fall_end(&p.fall, &p.event));
}

TEST(a_fall_at_the_end_of_a_stream_is_found_when_it_ends)
{
    struct play p = begin(50);
    tumble(&p);
    play(&p, 1.5, 1000, 0, 0, 5);
    CHECK_INT(p.falls, 0);
    CHECK(fall_end(&p.fall, &p.event));
    CHECK(!fall_end(&p.fall, &p.event));
}

TEST(one_fall_is_told_once_and_two_are_told_twice)
{
    struct play p = begin(50);
    tumble(&p);
    play(&p, 20, 1000, 0, 0, 5);
    tumble(&p);
    play(&p, 20, 1000, 0, 0, 5);
    CHECK_INT(p.falls, 2);
}

TEST(samples_that_are_no_numbers_do_no_harm)
{
    struct play p = begin(20);
    static const double odd[] = { NAN, INFINITY, -INFINITY, 1e300, -1e300, 0 };
    for (int i = 0; i < 600; i++)
        fall_feed(&p.fall, odd[i % 6], odd[(i / 6) % 6], odd[(i / 36) % 6], &p.event);
    while (fall_end(&p.fall, &p.event))
        CHECK(isfinite(p.event.score));
}
