/* port_say.c -- what the office says on its own; see port.h. Any thread leaves bytes under the lock and wakes the port's thread,
 * which alone touches connections. A connection is known by slot and generation, so that nobody hears what was meant for
 * one that has ended. */
#include "gateways/port_own.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

struct speaker {
    struct speaker *next;
    struct port *port;
    char account[100];
    size_t account_bytes;
    uint8_t note[PORT_NOTE_BYTES];
    int slot;                          /* -1: UDP */
    uint32_t generation;
    struct address address;
    ms heard_at;
    bool gone;
};
struct said {
    struct said *next;
    struct port *port;
    int slot;
    uint32_t generation;
    struct address address;
    size_t n;
    char bytes[];
};

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

static struct speaker **bucket_of(struct ports *ports, const struct port *port, struct str account)
{
    return &ports->speakers[(str_hash(account) ^ (uintptr_t)port >> 6) % SPEAKER_BUCKETS];
}

static struct speaker *find(struct ports *ports, const struct port *port, struct str account)       /* under the lock */
{
    struct speaker *s = *bucket_of(ports, port, account);
    while (s && (s->port != port || !str_eq((struct str){ s->account, s->account_bytes }, account)))
        s = s->next;
    return s;
}

void peer_speaks_for(struct peer *p, struct str account, const uint8_t note[PORT_NOTE_BYTES])
{
    struct ports *ports = p->port->ports;
    if (account.n > sizeof ((struct speaker *)0)->account)
        return;
    pthread_mutex_lock(&ports->lock);
    struct speaker *s = find(ports, p->port, account);
    if (!s) {
        struct speaker **bucket = bucket_of(ports, p->port, account);
        s = must(calloc(1, sizeof *s));
        s->port = p->port;
        memcpy(s->account, account.p, account.n);
        s->account_bytes = account.n;
        s->next = *bucket;
        *bucket = s;
    }
    memcpy(s->note, note, sizeof s->note);
    s->slot = p->fd < 0 ? -1 : p->slot;
    s->generation = p->generation;
    s->address = p->address;
    s->heard_at = steady_ms();
    s->gone = false;
    p->speaks = s;
    pthread_mutex_unlock(&ports->lock);
}

void ports_forget(struct ports *ports, const struct peer *p)
{
    pthread_mutex_lock(&ports->lock);
    if (p->speaks && p->speaks->slot == p->slot && p->speaks->generation == p->generation)
        p->speaks->gone = true;
    pthread_mutex_unlock(&ports->lock);
}

static struct speaker *present(struct ports *ports, const char *name, struct str account)           /* under the lock */
{
    struct speaker *s = NULL;
    for (int i = 0; i < ports->count && !s; i++)
        if (!strcmp(ports->ports[i].protocol->name, name))
            s = find(ports, &ports->ports[i], account);
    return s && !s->gone && (s->slot >= 0 || steady_ms() - s->heard_at <= UDP_SPEAKS_MS) ? s : NULL;
}

bool ports_note(struct ports *ports, const char *name, struct str account, uint8_t ret_note[PORT_NOTE_BYTES])
{
    pthread_mutex_lock(&ports->lock);
    struct speaker *s = present(ports, name, account);
    if (s)
        memcpy(ret_note, s->note, sizeof s->note);
    pthread_mutex_unlock(&ports->lock);
    return s != NULL;
}

bool ports_say(struct ports *ports, const char *name, struct str account, struct str bytes)
{
    struct said *said = must(malloc(sizeof *said + bytes.n));
    pthread_mutex_lock(&ports->lock);
    struct speaker *s = present(ports, name, account);
    if (s) {
        *said = (struct said){ .next = ports->said, .port = s->port, .slot = s->slot, .generation = s->generation,
                               .address = s->address, .n = bytes.n };
        memcpy(said->bytes, bytes.p, bytes.n);
        ports->said = said;
        eventfd_write(ports->wake, 1);
    }
    pthread_mutex_unlock(&ports->lock);
    if (!s)
        free(said);
    return s != NULL;
}

static void say(struct ports *ports, const struct said *said)
{
    struct str bytes = { said->bytes, said->n };
    struct peer sender = { .port = said->port, .fd = -1, .address = said->address };
    struct peer *p = said->slot < 0 ? &sender : ports->slots[said->slot];
    if (!p || (said->slot >= 0 && p->generation != said->generation))
        return;
    peer_send(p, bytes);
    if (said->slot >= 0)
        peer_settle(p);
}

void ports_say_all(struct ports *ports)
{
    pthread_mutex_lock(&ports->lock);
    struct said *list = ports->said, *in_order = NULL;
    ports->said = NULL;
    pthread_mutex_unlock(&ports->lock);
    while (list) {
        struct said *next = list->next;
        list->next = in_order;
        in_order = list;
        list = next;
    }
    while (in_order) {
        struct said *next = in_order->next;
        say(ports, in_order);
        free(in_order);
        in_order = next;
    }
}

void ports_free_speakers(struct ports *ports)
{
    while (ports->said) {
        struct said *next = ports->said->next;
        free(ports->said);
        ports->said = next;
    }
    for (int i = 0; i < SPEAKER_BUCKETS; i++)
        while (ports->speakers[i]) {
            struct speaker *next = ports->speakers[i]->next;
            free(ports->speakers[i]);
            ports->speakers[i] = next;
        }
}
