/* mqtt_own.h -- what mqtt.c (the session with the broker) and mqtt_message.c (messages, their signals and what is owed for
 * them) share. Threading: the client's thread, but for signals that land. */
#ifndef WUXING_GATEWAYS_MQTT_OWN_H
#define WUXING_GATEWAYS_MQTT_OWN_H

#include "gateways/mqtt.h"
#include "gateways/mqtt_codec.h"
#include "gateways/mqtt_link.h"

#include <pthread.h>

struct delivery {                      /* a message whose signals are under way */
    struct mqtt *mqtt;
    struct delivery *next, *next_landed;
    struct arena arena;
    uint16_t id;                       /* 0: QoS 0, nothing is owed */
    uint32_t session;
    struct str ack_topic, seq, type;   /* of our own JSON */
    const char *refused_as;            /* it was refused before any signal */
    _Atomic int left;
    _Atomic int refused;               /* enum err of a signal that never will be */
    _Atomic bool busy;
    bool done;
};
struct seen { uint64_t hash; ms at; };
struct mqtt {
    struct intake *intake;
    struct gateway gateway;
    struct arena arena;                /* of the settings */
    struct mqtt_settings settings;
    struct mqtt_address address;
    pthread_t thread;
    int wake;
    _Atomic bool stop;
    /* the session */
    struct mqtt_link *link;
    int version;
    uint32_t session;
    bool running, broken;
    ms sent_at, heard_at;              /* monotonic */
    int keep_alive_s;
    struct delivery *first, *last;     /* of this session, in the order they came */
    int under_way;
    struct seen *seen;                 /* by packet number: what came with it last */
    int64_t counter;
    pthread_mutex_t lock;
    struct delivery *landed;
    char *in;
    size_t in_bytes;
};

void mqtt_take_message(struct mqtt *, const struct mqtt_packet *);
void mqtt_settle_landed(struct mqtt *);                /* acks, PUBACKs; sets broken when something could not be kept */
void mqtt_forget_session(struct mqtt *);               /* the connection is gone: nothing is owed any more */
void mqtt_send(struct mqtt *, struct str bytes);

#endif
