/* device.h -- devices of persons and places, and what they tell. A signal is a decoded event: device, the device's own
 * sequence, both times, raw bytes. Gateways only write signals (intake.h); a module names the kinds it takes
 * (signal_register). A signal with a known sequence of the same device is the same signal. A retired device that calls is
 * still heard.
 * Times in ms; sequence is any text of the protocol, unique per device. Raw at most 64 KiB.
 * Faults: NOT_FOUND for an unknown device, INVALID, DENIED, EXISTS. Memory: tx->arena. Threading: as the tx;
 * signal_register before threads.
 * Kinds: rules/signal_kinds.yaml, a closed list; another one is INVALID. A heartbeat writes no row: it only refreshes seen_at.
 * data: a JSON object of what the gateway decoded, at most 4 KiB. */
#ifndef WUXING_ENGINE_DEVICE_H
#define WUXING_ENGINE_DEVICE_H

#include "engine/engine.h"
#include "engine/person.h"

enum { SIGNAL_RAW_BYTES_MAX = 64 << 10, SIGNAL_DATA_BYTES_MAX = 4 << 10, SIGNAL_TRIES_MAX = 5 };

struct device {
    int64_t id, person, area;              /* area: where it is; person: whose, or 0 */
    struct str kind, vendor, protocol, account, state;     /* kind: rules/device_kinds.yaml; state: active, testing, retired */
    struct str key;                        /* of its protocol (AES), clear; sealed in the store; write only but device_key */
    struct str clock;                      /* how its protocol writes times: empty (by what fits), binary, bcd */
    int64_t interval_s;                    /* it tells something at least this often; 0: only when something happens */
    ms seen_at;
};
int64_t device_put(struct tx *, const struct who *, const struct device *);      /* by protocol and account; the id */
bool device_get(struct tx *, int64_t id, struct device *ret_device);
bool device_by_account(struct tx *, struct str protocol, struct str account, struct device *ret_device);   /* no fault */
struct str device_key(struct tx *, int64_t id);                                  /* for the gateway that has to decrypt */
/* Whether `signature` (sha256=, 64 hexadecimal digits) is the body's HMAC-SHA256 by this key (RFC 2104). Never with an empty key. */
bool device_signed(struct str key, struct str body, struct str signature);
void device_heard(struct tx *, int64_t id, ms at);     /* seen_at: forward only, by 5 s or more */
struct rows device_list(struct tx *, int64_t area, int64_t after, int limit);    /* at an area and all below; 0: all */
struct rows device_silent(struct tx *, int limit);     /* active, with an interval, longer unheard than three of it */
bool device_row(struct rows *, struct device *ret_device);

enum signal_class {
    SIGNAL_UNKNOWN, SIGNAL_ALARM, SIGNAL_ORDER, SIGNAL_FAULT, SIGNAL_END, SIGNAL_TEST, SIGNAL_CANCEL, SIGNAL_HEARTBEAT, SIGNAL_INFO
};
enum signal_class signal_class(const struct engine *, struct str kind);

struct signal_in {                         /* as a gateway knows it */
    struct str protocol, account, sequence, kind;
    ms device_at, at;                      /* at: when we got it; device_at 0: the device has no clock */
    struct str data, raw;                  /* data: {"code","zone","text","battery","part", ...}, or empty */
    struct str code, zone;                 /* what the device calls it, where: its own meaning goes first (device_meaning.h); or empty */
    int64_t repeat_ms;                     /* not 0: the protocol counts anew: the same sequence is the same signal for so long only */
    bool ours;                             /* said by the office about the device, which was not heard by this */
};
struct signal {
    int64_t id, device, matter, tries;
    struct str sequence, kind, data, raw;
    ms device_at, at;
};
/* `ret_new` false: it was known and nothing was written. Returns the id; 0 for a heartbeat, which needs no sequence. */
int64_t signal_put(struct tx *, const struct signal_in *, bool *ret_new);
/* The newest sequence of this device that begins so: a delivery that comes again without a number of the device's own. */
bool signal_begins(struct tx *, struct str protocol, struct str account, struct str prefix, struct str *ret_sequence);
/* Hands a waiting signal to the module that takes its kind; once. */
bool signal_apply(struct tx *, int64_t id);
bool signal_get(struct tx *, int64_t id, struct signal *ret_signal);
/* Applies those that still wait, each in a write of its own; after SIGNAL_TRIES_MAX refusals one is left for a human
 * (signal_stuck). Returns how many were applied. Called by the engine's turn. */
int signals_turn(struct engine *);
int64_t signal_stuck(struct tx *);                     /* how many a human has to look at */

struct signal_told {
    const char *kind;
    /* The matter it opened or belongs to, or 0. Runs in the transaction that marks the signal as applied. */
    int64_t (*fn)(struct tx *, const struct device *, const struct signal *);
};
void signal_register(const struct signal_told *);      /* the same one twice is once */

#endif
