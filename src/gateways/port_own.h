/* port_own.h -- what the files of the ports share: port.c (the thread, connections), port_peer.c (frames and answers),
 * port_socket.c (sockets and addresses). Threading: everything but `landed` belongs to the port's thread. */
#ifndef WUXING_GATEWAYS_PORT_OWN_H
#define WUXING_GATEWAYS_PORT_OWN_H

#include "gateways/port.h"

#include <pthread.h>
#include <sys/socket.h>

enum { PORTS_MAX = 16, ADDRESSES = 8192, OUT_BYTES_MAX = 64 << 10, PEER_UNDER_WAY_MAX = 64, READ_BYTES = 80 << 10, SPEAKER_BUCKETS = 1024 };
enum watched { WATCH_TCP, WATCH_UDP, WATCH_PEER, WATCH_WAKE };

struct port {
    enum watched tcp_watch, udp_watch;                 /* epoll points at these; see watched_of */
    struct ports *ports;
    const struct port_protocol *protocol;
    struct gateway gateway;
    int tcp, udp;
    void *udp_state;
};
struct address { struct sockaddr_storage name; socklen_t bytes; uint32_t slot; bool loopback; };
struct peer {
    enum watched watch;                                /* WATCH_PEER */
    struct port *port;
    struct peer *previous, *next;
    int fd, slot;                                      /* fd -1: a datagram's sender */
    uint32_t generation;
    struct address address;
    char *in, *out;
    size_t in_bytes, in_room, out_bytes, out_room;
    ms began_at, heard_at, out_at;                     /* of the unfinished frame; last whole frame; out not empty since */
    int under_way;
    uint32_t events;                                   /* that epoll watches */
    bool heard, closing, ended, cut;                   /* ended: it will send no more */
    void *state;
    struct speaker *speaks;                            /* the last account it spoke for */
};
struct sent {                                          /* an answer that waits for its signals */
    struct ports *ports;
    struct port *port;
    struct sent *next;
    struct arena arena;
    struct port_answers answers;
    struct address address;
    int slot;                                          /* -1: UDP */
    uint32_t generation;
    _Atomic int left;
    _Atomic bool refused, busy;
};
struct ports {
    struct intake *intake;
    struct port_limits limits;
    bool counts_loopback;
    struct port ports[PORTS_MAX];
    int count, epoll, wake;
    pthread_t thread;
    bool started, stopping, starved;                   /* starved: no descriptor was left; accepting pauses */
    _Atomic bool stop;
    struct arena arena;
    struct peer **slots, *first;
    int slot_count, peers, under_way;
    uint32_t generation;
    int per_address[ADDRESSES], waiting[ADDRESSES];    /* connections; answers under way */
    pthread_mutex_t lock;                              /* of landed, said and speakers */
    struct sent *landed;
    struct said *said;                                 /* newest first */
    struct speaker *speakers[SPEAKER_BUCKETS];
    char bytes[READ_BYTES];
};

/* port_say.c */
void ports_say_all(struct ports *);                    /* what was said meanwhile */
void ports_forget(struct ports *, const struct peer *);        /* the connection ended */
void ports_free_speakers(struct ports *);

/* port_socket.c */
int port_bind(const char *address, int port, int type);
int port_number(int fd);
void address_settle(struct address *);                 /* fills slot and loopback from name */
struct str address_text(struct arena *, const struct address *);
ms steady_ms(void);

/* port.c */
void peer_settle(struct peer *);       /* after anything happened to it: it goes, or epoll learns what to look at now */

/* port_peer.c */
void peer_take_frames(struct peer *);
void peer_take_datagram(struct port *, const struct address *, struct str bytes);
void peer_flush(struct peer *);
void peer_cut(struct peer *);                          /* peer_settle then ends it */
void ports_answer_landed(struct ports *);

#endif
