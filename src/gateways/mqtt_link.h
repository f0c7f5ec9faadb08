/* mqtt_link.h -- the connection to a broker, plain or TLS 1.2 and above (the broker's certificate and name are checked).
 * Nothing blocks but mqtt_link_open, which ends early when stop_fd becomes readable. Times in ms.
 * Faults: UNAVAILABLE with a sentence. Memory: its own. Threading: one thread. */
#ifndef WUXING_GATEWAYS_MQTT_LINK_H
#define WUXING_GATEWAYS_MQTT_LINK_H

#include "base/arena.h"
#include "base/fault.h"

enum { LINK_WAITING_BYTES_MAX = 1 << 20 };
struct mqtt_address {
    char host[256];
    int port;
    bool tls;
};
/* "mqtt://HOST[:1883]", "mqtts://HOST[:8883]". */
bool mqtt_address_read(struct str, struct mqtt_address *ret_address) MUST_USE;

struct mqtt_link;
/* ca: the file of trusted certificates; NULL: the system's. */
struct mqtt_link *mqtt_link_open(const struct mqtt_address *, const char *ca, int timeout_ms, int stop_fd, struct fault *);
void mqtt_link_close(struct mqtt_link *);              /* takes NULL */
int mqtt_link_fd(const struct mqtt_link *);
bool mqtt_link_wants_write(const struct mqtt_link *);
long mqtt_link_read(struct mqtt_link *, char *to, size_t room);        /* 0: nothing now; -1: it has ended */
bool mqtt_link_write(struct mqtt_link *, struct str);  /* sends or keeps; false: it has ended, or too much waits */
bool mqtt_link_flush(struct mqtt_link *);

#endif
