/* gb26875_ask.c -- what the office asks of fire alarm transmitters; see gb26875_port.h. The rows of engine/device_query.h say
 * what is due; the port says where a device is. Setting a clock takes the time of sending. */
#include "gateways/gb26875_port.h"

#include "engine/device_query.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TURN_MS = 500, DUE_MAX = 50 };

/* --- what came back ------------------------------------------------------------------------------------------------------ */

struct reply { struct write write; struct arena arena; struct str account, what, answer; int serial; enum device_reply reply; };

static void put_reply(struct tx *tx, void *arg)
{
    const struct reply *r = arg;
    device_query_heard(tx, S("gb26875"), r->account, r->serial, r->what, r->reply, r->answer);
}

static void reply_landed(struct write *w)
{
    struct reply *r = w->owner;
    arena_free(&r->arena);
    free(r);
}

void gb26875_ask_heard(struct engine *e, struct str account, int serial, const char *what, int reply, struct str answer)
{
    struct reply *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    arena_init(&r->arena, 0);
    r->account = arena_copy(&r->arena, account);
    r->what = str_of(what);
    r->answer = arena_copy(&r->arena, answer);
    r->serial = serial;
    r->reply = (enum device_reply)reply;
    r->write = (struct write){ .apply = put_reply, .arg = r, .arena = &r->arena, .done = reply_landed, .owner = r, .lane = LANE_NORMAL };
    store_submit(e->store, &r->write);
}

/* --- sending -------------------------------------------------------------------------------------------------------------- */

static void mark_sent(struct tx *tx, void *arg)
{
    device_query_sent(tx, *(int64_t *)arg);
}

static struct str unit_of(struct arena *a, const struct device_query *q, ms now, enum gb_time how)
{
    enum gb_type type = str_is(q->what, "patrol") ? GB_PATROL : str_is(q->what, "clock") ? GB_SET_CLOCK : GB_READ_DEVICE_STATE;
    return gb26875_unit(a, type, (uint8_t)q->minutes, now, how);
}

static bool send_one(struct engine *e, struct ports *ports, struct arena *a, struct device_query_due *due)
{
    uint8_t bytes[PORT_NOTE_BYTES];
    struct gb_note note;
    struct gb_frame f = { .serial = (uint16_t)due->query.serial };
    ms now = e->clock->now(e->clock);
    if (!gb26875_address(due->account, &f.destination) || !ports_note(ports, "gb26875", due->account, bytes))
        return false;
    memcpy(&note, bytes, sizeof note);
    f.source = note.centre;
    memcpy(f.version, note.version, sizeof f.version);
    f.command = str_is(due->query.what, "state") ? GB_REQUEST : GB_CONTROL;
    gb26875_time(now, (enum gb_time)note.time, f.time);
    f.unit = unit_of(a, &due->query, now, (enum gb_time)note.time);
    struct write w = { .apply = mark_sent, .arg = &due->query.id, .arena = a, .lane = LANE_NORMAL };
    store_write(e->store, &w);                         /* first: a query is rather counted twice than sent without end */
    return w.fault.code == ERR_OK && ports_say(ports, "gb26875", due->account, gb26875_frame(a, &f));
}

int gb26875_ask_turn(struct engine *e, struct ports *ports)
{
    struct arena arena_scoped a;
    struct device_query_due due[DUE_MAX];
    int count = 0, sent = 0;
    arena_init(&a, 0);
    struct tx *tx = read_begin(e->store, &a);
    struct rows rows = device_query_due(tx, S("gb26875"), DUE_MAX);
    while (count < DUE_MAX && device_query_due_row(&rows, &due[count]))
        count++;
    read_end(tx);
    for (int i = 0; i < count; i++)
        sent += send_one(e, ports, &a, &due[i]);
    return sent;
}

/* --- the thread ------------------------------------------------------------------------------------------------------------ */

struct gb_asking {
    struct engine *engine;
    struct ports *ports;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    bool stopping;
};

static void *ask_all(void *arg)
{
    struct gb_asking *asking = arg;
    pthread_setname_np(pthread_self(), "gb26875");
    pthread_mutex_lock(&asking->lock);
    while (!asking->stopping) {
        struct timespec until;
        pthread_mutex_unlock(&asking->lock);
        gb26875_ask_turn(asking->engine, asking->ports);
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TURN_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_mutex_lock(&asking->lock);
        if (!asking->stopping)
            pthread_cond_timedwait(&asking->stop, &asking->lock, &until);
    }
    pthread_mutex_unlock(&asking->lock);
    return NULL;
}

struct gb_asking *gb26875_ask_start(struct engine *e, struct ports *ports)
{
    struct gb_asking *asking = calloc(1, sizeof *asking);
    pthread_condattr_t steady;
    if (!asking)
        abort();
    asking->engine = e;
    asking->ports = ports;
    pthread_mutex_init(&asking->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&asking->stop, &steady);
    pthread_condattr_destroy(&steady);
    if (pthread_create(&asking->thread, NULL, ask_all, asking) != 0)
        abort();
    return asking;
}

void gb26875_ask_stop(struct gb_asking *asking)
{
    if (!asking)
        return;
    pthread_mutex_lock(&asking->lock);
    asking->stopping = true;
    pthread_cond_signal(&asking->stop);
    pthread_mutex_unlock(&asking->lock);
    pthread_join(asking->thread, NULL);
    pthread_cond_destroy(&asking->stop);
    pthread_mutex_destroy(&asking->lock);
    free(asking);
}
