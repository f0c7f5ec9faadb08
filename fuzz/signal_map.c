/* signal_map.c -- messages of devices by the shipped map, as topics and as pushes, and our own JSON.
 * This exercises: paths, slices, ranges, times, conditions; that what comes out is what signal_put takes. */
#include "engine/signal_map.h"

#include "engine/motion.h"
#include "engine/rule.h"

#include <assert.h>

static struct engine engine;
static const char *const topics[] = { "zigbee2mqtt/x", "zigbee2mqtt/x/availability", "tele/x/LWT", "stat/x/RESULT", "tele/x/STATE",
    "x/fall/detected", "homeassistant/binary_sensor/x/smoke/state", "a/b" };

static void check(const struct mapped *m)
{
    assert(m->count >= 0 && m->count <= MAPPED_MAX);
    for (int i = 0; i < m->count; i++) {
        const struct signal_in *s = &m->list[i];
        assert(signal_class(&engine, s->kind) != SIGNAL_UNKNOWN && s->account.n > 0 && s->account.n <= 100);
        assert(s->data.n == 0 || (s->data.p[0] == '{' && str_utf8_ok(s->data)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct fault fault;
    if (!engine.signal_map) {
        engine.rules = rules_load(&fault);
        engine.clock = clock_system();
        engine.motion = motion_new(&engine);
        engine.signal_map = signal_map_open(&engine, NULL, &fault);
        assert(engine.rules && engine.signal_map);
    }
    if (n == 0)
        return 0;
    struct arena a arena_scoped;
    struct mapped m;
    struct signal_in own = { 0 };
    struct fault wrong = { 0 };
    struct str text = { (const char *)bytes + 1, n - 1 };
    arena_init(&a, 0);
    signal_map_topic(engine.signal_map, &a, str_of(topics[bytes[0] % COUNT(topics)]), text, bytes[0] & 64, &m);
    check(&m);
    signal_map_push(engine.signal_map, &a, bytes[0] & 32 ? S("huawei_oc") : S("telecom_aep"), text, false, &m);
    check(&m);
    if (signal_read(&engine, &a, S("http x"), text, &own, &wrong))
        assert(signal_class(&engine, own.kind) != SIGNAL_UNKNOWN);
    return 0;
}
