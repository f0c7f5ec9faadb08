/* mqtt.h -- the gateway of devices that speak through a broker: a client of MQTT 5 (3.1.1 where the broker knows no better)
 * with a persistent session, so that the broker keeps what comes while we are away. A message is confirmed (PUBACK) only
 * when all its signals are on disk, in the order in which messages came; one that cannot be kept is not confirmed, the
 * connection ends, and the broker delivers it again. A message that never can be one (unknown device, wrong JSON) is
 * confirmed and counted, or it would come back for ever.
 * Topics: wuxing/v1/ACCOUNT/event with our own JSON, answered on wuxing/v1/ACCOUNT/ack as soon as it is on disk
 * ({"seq","type","ok", and "code" when it was refused}); and those of signal_map.
 * Exactly once: by the device's own sequence; without one by packet number and content of a delivery that comes again.
 * A broker that is away is a trouble of the gateway (gateway.h), never silence; reconnects back off to retry_ms_max.
 * Faults: INVALID. Memory: its own; texts of the settings are copied. Threading: one thread of its own. */
#ifndef WUXING_GATEWAYS_MQTT_H
#define WUXING_GATEWAYS_MQTT_H

#include "engine/gateway.h"
#include "engine/intake.h"

struct mqtt_settings {
    const char *broker;                /* mqtt://HOST:PORT or mqtts://HOST:PORT */
    const char *user, *password, *ca, *client;         /* NULL: none; client: made from the installation's key */
    int keep_alive_s, retry_ms_min, retry_ms_max;      /* 0: 30 s, 1 s, 30 s */
};
struct mqtt;
struct mqtt *mqtt_start(struct intake *, const struct mqtt_settings *, struct fault *);
void mqtt_stop(struct mqtt *);         /* confirms what is on disk by then; before intake_close; takes NULL */
struct gateway *mqtt_gateway(struct mqtt *);

#endif
