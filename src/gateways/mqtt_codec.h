/* mqtt_codec.h -- packets of MQTT 3.1.1 (OASIS, 2014) and 5.0 (OASIS, 2019), as a client needs them; no sockets.
 * Slices of a decoded packet point into the bytes given. Units: keep-alive and session expiry in seconds.
 * Faults: none; malformed bytes are told by -1. Memory: encoders write into the buf's arena. Threading: values only. */
#ifndef WUXING_GATEWAYS_MQTT_CODEC_H
#define WUXING_GATEWAYS_MQTT_CODEC_H

#include "base/arena.h"

enum { MQTT_PACKET_BYTES_MAX = 128 << 10, MQTT_3 = 4, MQTT_5 = 5 };       /* protocol levels of 3.1.1 and 5.0 */
enum mqtt_type {
    MQTT_CONNECT = 1, MQTT_CONNACK, MQTT_PUBLISH, MQTT_PUBACK, MQTT_PUBREC, MQTT_PUBREL, MQTT_PUBCOMP, MQTT_SUBSCRIBE,
    MQTT_SUBACK, MQTT_UNSUBSCRIBE, MQTT_UNSUBACK, MQTT_PINGREQ, MQTT_PINGRESP, MQTT_DISCONNECT, MQTT_AUTH
};
struct mqtt_packet {
    enum mqtt_type type;
    /* PUBLISH */
    struct str topic, payload;
    int qos;
    bool dup, retain;
    uint16_t id;                       /* PUBLISH with qos > 0, PUBACK, SUBACK, SUBSCRIBE */
    /* CONNACK, PUBACK, DISCONNECT: the reason; 0 is success */
    int reason;
    bool session_present;
    struct str reasons;                /* SUBACK: one byte per filter; 0x80 and above is refused */
    /* CONNACK of version 5; 0 when not said */
    uint32_t keep_alive_s, receive_max, packet_bytes_max;
};
/* The first packet of bytes: its length, 0 when it is not whole, -1 when it is malformed, too long, or none that a broker
 * sends to a client that takes part at QoS 0 and 1. */
long mqtt_decode(struct str bytes, int version, struct mqtt_packet *ret_packet);

struct mqtt_connect {
    int version;
    struct str client, user, password;
    int keep_alive_s;
    bool clean;                        /* false: the session goes on */
    uint32_t session_expiry_s;         /* version 5 */
    uint16_t receive_max;              /* version 5 */
};
void mqtt_put_connect(struct buf *, const struct mqtt_connect *);
void mqtt_put_subscribe(struct buf *, int version, uint16_t id, const struct str *filters, int count);     /* all at QoS 1 */
void mqtt_put_publish(struct buf *, int version, struct str topic, struct str payload, int qos, uint16_t id, bool dup);
void mqtt_put_puback(struct buf *, int version, uint16_t id);
void mqtt_put_ping(struct buf *);
void mqtt_put_disconnect(struct buf *, int version);

bool mqtt_topic_ok(struct str topic);                  /* a name to publish to: no wildcards, no NUL, UTF-8 */
bool mqtt_matches(struct str filter, struct str topic);

#endif
