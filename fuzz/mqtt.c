/* mqtt.c -- packets of a broker, in both versions.
 * This exercises: lengths, properties, texts; that a packet taken from a prefix is the same one as from the whole. */
#include "gateways/mqtt_codec.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct mqtt_packet p, again;
    for (int version = MQTT_3; version <= MQTT_5; version++) {
        struct str rest = { (const char *)bytes, n };
        long taken;
        while ((taken = mqtt_decode(rest, version, &p)) > 0) {
            assert((size_t)taken <= rest.n);
            assert(mqtt_decode(str_head(rest, (size_t)taken), version, &again) == taken && again.type == p.type);
            assert(mqtt_decode(str_head(rest, (size_t)taken - 1), version, &again) == 0);
            if (p.type == MQTT_PUBLISH) {
                assert(p.topic.p >= rest.p && p.payload.p + p.payload.n <= rest.p + taken);
                assert(mqtt_matches(p.topic, p.topic) && (mqtt_matches(((struct str){ "#", 1 }), p.topic) || p.topic.p[0] == '$'));
            }
            rest = str_from(rest, (size_t)taken);
        }
    }
    return 0;
}
