/* device_query.h -- what the office asks of a device over the device's own connection: 查岗 (is somebody at the panel?), setting
 * its clock, its state. A query is a row; a gateway takes due ones, sends them and says what came back; what nobody answers
 * ends here, as a fault of the device, so that silence is somebody's task.
 *   waiting -> sent -> confirmed -> answered       a patrol waits, once confirmed, for a human at the panel
 *   refused: the device said no; failed: not confirmed, or never connected; unanswered: nobody was at the panel
 * Limits: rules/device_query.yaml. Times in ms. Faults: INVALID, CONFLICT (one of its kind is open), STATE (its
 * protocol has no questions: only gb26875 has). Memory: tx->arena.
 * Threading: as the tx. */
#ifndef WUXING_ENGINE_DEVICE_QUERY_H
#define WUXING_ENGINE_DEVICE_QUERY_H

#include "engine/device.h"

struct device_query {
    int64_t id, device, minutes, asked_by, tries, serial;  /* serial: of the protocol, 0-65535 */
    struct str what, state, answer;        /* what: patrol, clock, state */
    ms asked_at, next_at, confirmed_at, ended_at;
};
struct device_query_due { struct device_query query; struct str account; };

int64_t device_query_put(struct tx *, const struct who *, const struct device_query *);
bool device_query_get(struct tx *, int64_t id, struct device_query *ret_query);
struct rows device_query_list(struct tx *, int64_t device, int limit);                   /* newest first */
bool device_query_row(struct rows *, struct device_query *ret_query);

/* For gateways: what is to be sent now to devices of a protocol. */
struct rows device_query_due(struct tx *, struct str protocol, int limit);
bool device_query_due_row(struct rows *, struct device_query_due *ret_due);
void device_query_sent(struct tx *, int64_t id);
enum device_reply { REPLY_CONFIRMED, REPLY_ANSWERED, REPLY_REFUSED };
/* `serial` -1: whatever open query of `what` there is (a patrol's answer is a message of its own). False: none was open. */
bool device_query_heard(struct tx *, struct str protocol, struct str account, int serial, struct str what, enum device_reply, struct str answer);

bool device_query_late(struct tx *);                   /* one is over its limit: device_query_turn has something to do */
void device_query_turn(struct tx *);                   /* ends those over their limit; called by the engine's turn */

#endif
