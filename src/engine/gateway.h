/* gateway.h -- what is known of the ports and clients through which devices speak, for /metrics, the page of devices and
 * whoever must repair one: counters, when something was last heard, and a named trouble (a broker that is away, a port that
 * somebody else has). Gateways live above the engine and register themselves here.
 * Times in ms. Memory: a gateway belongs to whoever added it and outlives its place in the list.
 * Threading: added and removed by the thread that starts and stops; counters and trouble from any. */
#ifndef WUXING_ENGINE_GATEWAY_H
#define WUXING_ENGINE_GATEWAY_H

#include "engine/engine.h"

enum { GATEWAYS_MAX = 32 };
struct gateway_trouble { const char *name; struct label label; };      /* constants */
struct gateway {
    const char *name;                  /* "dc09": also the protocol of its devices */
    struct label label;
    char where[120];                   /* "127.0.0.1:9009 tcp+udp", a broker's address; never a password */
    _Atomic int64_t frames, signals, refused, malformed, turned_away, peers;
    _Atomic ms heard_at, trouble_since;
    const struct gateway_trouble *_Atomic trouble;         /* NULL: in order */
};
void gateway_add(struct engine *, struct gateway *);
void gateway_remove(struct engine *, struct gateway *);
/* Copies the list, in the order they were added; how many. They stay valid while the server runs. */
int gateway_list(struct engine *, struct gateway *ret_list[GATEWAYS_MAX]);
void gateway_set_trouble(struct gateway *, const struct gateway_trouble *, ms now);   /* NULL: it is over */

#endif
