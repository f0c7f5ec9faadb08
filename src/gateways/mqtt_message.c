/* mqtt_message.c -- see mqtt.h. A delivery is confirmed in its turn, its device is answered at once. */
#include "gateways/mqtt_own.h"

#include "engine/signal_map.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>

static const struct str OWN_BEGIN = { "wuxing/v1/", 10 }, OWN_END = { "/event", 6 };

static struct engine *engine_of_mqtt(struct mqtt *m)
{
    return intake_engine(m->intake);
}

static ms now_of(struct mqtt *m)
{
    return engine_of_mqtt(m)->clock->now(engine_of_mqtt(m)->clock);
}

/* --- what is owed ------------------------------------------------------------------------------------------------------- */

static void release(struct delivery *d)
{
    arena_free(&d->arena);
    free(d);
}

static void acknowledge(struct mqtt *m, struct delivery *d)
{
    enum err code = (enum err)d->refused;
    struct json j = json_in(&d->arena);
    struct buf b = buf_in(&d->arena);
    if (d->ack_topic.n == 0)
        return;
    json_obj(&j);
    json_key_str(&j, "seq", d->seq);
    json_key_str(&j, "type", d->type);
    json_key_bool(&j, "ok", code == ERR_OK && !d->refused_as);
    if (code != ERR_OK || d->refused_as)
        json_key_str(&j, "code", str_of(d->refused_as ? d->refused_as : err_wire(code)));
    json_end(&j);
    mqtt_put_publish(&b, m->version, d->ack_topic, json_done(&j), 0, 0, false);
    mqtt_send(m, buf_str(&b));
}

static void landed(struct mqtt *m, struct delivery *d)
{
    d->done = true;
    m->under_way--;
    if (d->session != m->session) {                            /* its connection is gone; the broker delivers it again */
        release(d);
        return;
    }
    if (d->busy) {
        m->broken = true;
        return;
    }
    atomic_fetch_add(&m->gateway.refused, d->refused ? 1 : 0);
    acknowledge(m, d);
}

static void confirm_in_turn(struct mqtt *m)
{
    while (m->first && m->first->done && !m->first->busy && !m->broken) {
        struct delivery *d = m->first;
        struct buf b = buf_in(&d->arena);
        m->first = d->next;
        m->last = m->first ? m->last : NULL;
        mqtt_put_puback(&b, m->version, d->id);
        if (d->id)
            mqtt_send(m, buf_str(&b));
        release(d);
    }
}

void mqtt_settle_landed(struct mqtt *m)
{
    eventfd_t count;
    pthread_mutex_lock(&m->lock);
    eventfd_read(m->wake, &count);
    struct delivery *list = m->landed;
    m->landed = NULL;
    pthread_mutex_unlock(&m->lock);
    while (list) {
        struct delivery *next = list->next_landed;
        landed(m, list);
        list = next;
    }
    confirm_in_turn(m);
}

void mqtt_forget_session(struct mqtt *m)
{
    for (struct delivery *d = m->first, *next; d; d = next) {
        next = d->next;
        if (d->done)
            release(d);                                        /* the others when they land */
    }
    m->first = m->last = NULL;
    m->session++;
}

/* On any thread. */
static void signal_landed(void *owner, enum err code)
{
    struct delivery *d = owner;
    struct mqtt *m = d->mqtt;
    if (code != ERR_OK && intake_is_away(code))
        atomic_store(&d->busy, true);
    else if (code != ERR_OK)
        atomic_store(&d->refused, (int)code);
    if (atomic_fetch_sub(&d->left, 1) != 1)
        return;
    pthread_mutex_lock(&m->lock);
    d->next_landed = m->landed;
    m->landed = d;
    eventfd_write(m->wake, 1);
    pthread_mutex_unlock(&m->lock);
}

/* --- sequences ---------------------------------------------------------------------------------------------------------- */

/* What a delivery is called whose device has no number of its own. When it comes again (DUP), it must get the same name:
 * from memory, or after a crash from the store. If the store cannot be asked, once too often is better than never. */
static struct str made_sequence(struct mqtt *m, struct arena *a, const struct mqtt_packet *p, const struct signal_in *s)
{
    uint64_t hash = str_hash(p->payload) * 31 + str_hash(p->topic);
    struct str known = S("");
    if (!p->id)
        return arena_format(a, "q%lld-%lld-" STR_FMT, (long long)now_of(m), (long long)++m->counter, STR_ARG(s->kind));
    struct str prefix = arena_format(a, "m%u-%016llx-" STR_FMT "-", p->id, (unsigned long long)hash, STR_ARG(s->kind));
    if (p->dup && m->seen[p->id].hash == hash && m->seen[p->id].at)
        return arena_format(a, STR_FMT "%lld", STR_ARG(prefix), (long long)m->seen[p->id].at);
    if (p->dup) {
        struct tx *tx = read_begin(engine_of_mqtt(m)->store, a);
        bool found = signal_begins(tx, str_of(m->gateway.name), s->account, prefix, &known);
        read_end(tx);
        if (found)
            return known;
    }
    if (!p->dup || m->seen[p->id].hash != hash)
        m->seen[p->id] = (struct seen){ hash, now_of(m) };
    return arena_format(a, STR_FMT "%lld", STR_ARG(prefix), (long long)m->seen[p->id].at);
}

/* --- messages ------------------------------------------------------------------------------------------------------------ */

static struct delivery *delivery_new(struct mqtt *m, const struct mqtt_packet *p)
{
    struct delivery *d = calloc(1, sizeof *d);
    if (!d)
        abort();
    arena_init(&d->arena, ARENA_CAP_BYTES);
    d->mqtt = m;
    d->id = p->id;
    d->session = m->session;
    *(m->last ? &m->last->next : &m->first) = d;
    m->last = d;
    m->under_way++;
    return d;
}

static bool is_own(struct str topic, struct str *ret_account)
{
    if (!str_starts(topic, OWN_BEGIN) || !str_ends(topic, OWN_END) || topic.n <= OWN_BEGIN.n + OWN_END.n)
        return false;
    *ret_account = str_from(str_head(topic, topic.n - OWN_END.n), OWN_BEGIN.n);
    return !str_has(*ret_account, S("/"));
}

static void read_own(struct mqtt *m, struct delivery *d, const struct mqtt_packet *p, struct str account, struct mapped *out)
{
    struct fault fault = { 0 };
    struct signal_in *s = &out->list[0];
    *out = (struct mapped){ 0 };
    struct str stream = arena_format(&d->arena, "%s " STR_FMT, m->gateway.name, STR_ARG(account));
    out->count = signal_read(engine_of_mqtt(m), &d->arena, stream, p->payload, s, &fault) ? 1 : 0;
    s->account = account;
    d->ack_topic = arena_format(&d->arena, "wuxing/v1/" STR_FMT "/ack", STR_ARG(account));
    d->seq = s->sequence;
    d->type = s->kind;
    d->refused_as = out->count ? NULL : err_wire(fault.code);
    out->understood = out->count > 0;
}

void mqtt_take_message(struct mqtt *m, const struct mqtt_packet *p)
{
    struct delivery *d = delivery_new(m, p);
    struct mapped mapped;
    struct str account;
    atomic_fetch_add(&m->gateway.frames, 1);
    atomic_store(&m->gateway.heard_at, now_of(m));
    if (is_own(p->topic, &account))
        read_own(m, d, p, account, &mapped);
    else
        signal_map_topic(engine_of_mqtt(m)->signal_map, &d->arena, p->topic, p->payload, p->dup, &mapped);
    atomic_fetch_add(&m->gateway.malformed, mapped.understood ? 0 : 1);
    atomic_fetch_add(&m->gateway.signals, mapped.count);
    d->left = mapped.count + 1;                                /* one for us: landing while they are handed over is too early */
    for (int i = 0; i < mapped.count; i++) {
        struct signal_in *s = &mapped.list[i];
        s->protocol = str_of(m->gateway.name);
        if (s->sequence.n == 0)
            s->sequence = made_sequence(m, &d->arena, p, s);
        intake_submit(m->intake, s, signal_landed, d);
    }
    signal_landed(d, ERR_OK);
}
