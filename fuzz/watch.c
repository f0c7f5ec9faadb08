/* watch.c -- frames of locating watches, [3G*ID*LLLL*CONTENT].
 * This exercises: finding frames in any bytes (progress, bounds, the end of a broken one), the two headers, the place and
 * its bits; that no place leaves but with an alarm, and that an answer is a frame again. */
#include "gateways/watch.h"

#include <assert.h>

static void check_signals(struct arena *a, const struct watch_frame *f)
{
    static const ms now = 1795395600000;
    struct watch_signal signals[WATCH_SIGNALS_MAX];
    int n = watch_signals(a, f, now, signals);
    assert(n >= 1 && n <= WATCH_SIGNALS_MAX && str_is(signals[n - 1].kind, "heartbeat"));
    for (int i = 0; i < n; i++) {
        bool alarm = str_is(signals[i].kind, "rescue") || str_is(signals[i].kind, "fall");
        assert(i == n - 1 || (signals[i].sequence.n > 0 && signals[i].sequence.n <= 100));
        assert(alarm || (!str_has(signals[i].data, S("\"lat\"")) && signals[i].raw.p != f->whole.p));
        assert(signals[i].data.n <= 4096);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct str rest = { (const char *)bytes, n };
    struct arena arena_scoped a;
    arena_init(&a, 0);
    for (;;) {
        bool found = false;
        struct watch_frame f = { 0 }, again;
        size_t used = watch_next(rest, &found, &f);
        assert(used <= rest.n);
        if (found) {
            assert(f.whole.p >= rest.p && f.whole.p + f.whole.n == rest.p + used && f.whole.n <= WATCH_FRAME_BYTES_MAX);
            check_signals(&a, &f);
            struct str answer = watch_answer(&a, &f);
            if (answer.n) {
                assert(watch_next(answer, &found, &again) == answer.n && found && again.exact && str_eq(again.id, f.id));
            }
        }
        rest = str_from(rest, used);
        if (used == 0)
            break;
    }
    return 0;
}
