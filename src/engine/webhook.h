/* webhook.h -- events told to other systems: CloudEvents 1.0 (structured JSON) with a Standard Webhooks signature, at least
 * once, in no promised order. An event of the feed that the webhook's account may see becomes a delivery row; a sender
 * posts what is due. Only 2xx is success; 410 ends the webhook; else 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h later
 * again, then the delivery is dead and may be replayed. (STANDARDS.md section 7; standardwebhooks.com.)
 * Private, loopback and link-local addresses are refused at connect time, after the name was resolved, unless the office
 * allows them (rules/security.yaml: webhook.allow_private), so that a URL cannot reach what only this machine reaches.
 * Memory: tx->arena. Faults: INVALID naming url or events, NOT_FOUND. Threading: one sender per process; two processes on
 * one store may post a delivery twice, with the same webhook-id. */
#ifndef WUXING_ENGINE_WEBHOOK_H
#define WUXING_ENGINE_WEBHOOK_H

#include "engine/engine.h"
#include "engine/notice.h"

struct webhook {
    int64_t id, account, failures;
    struct str kind, name;             /* "events" (CloudEvents to a program), or a channel of rules/notices.yaml */
    struct str url, events, state;     /* events: "report.*,whistle.blow" or "*"; state: active, off, gone */
    ms made_at;
    struct notice_settings notice;     /* of a channel: quiet hours and merge_s only; the rest stays sealed */
};
/* `secret`: whsec_ and base64 of 24..64 bytes, made before by webhook_secret or given by the receiver. */
int64_t webhook_add(struct tx *, const struct who *, struct str url, struct str events, struct str secret);
/* A channel that tells people in words. */
int64_t webhook_add_notice(struct tx *, const struct who *, struct str kind, struct str name, struct str events, struct notice_settings *);
void webhook_try_out(struct tx *, const struct who *, int64_t id);               /* a trial message at once; channels only */
void webhook_remove(struct tx *, const struct who *, int64_t id);
struct str webhook_secret(struct arena *);
bool webhook_secret_ok(struct str secret);
struct rows webhook_list(struct tx *, int64_t account);                          /* 0: all */
#define WEBHOOK_COLUMNS "id, url, events, state, made_at, account, failures, kind, name, quiet_from, quiet_to, merge_s"
bool webhook_row(struct rows *, struct webhook *ret_webhook);

struct delivery {
    int64_t id, webhook, seq, tries, status;
    struct str state, note;            /* waiting, done, dead; seq 0: a trial */
    ms next_at, done_at;
};
struct rows delivery_list(struct tx *, int64_t webhook, int64_t before, int limit);
bool delivery_row(struct rows *, struct delivery *ret_delivery);
void delivery_replay(struct tx *, const struct who *, int64_t id);

/* "v1,BASE64" over id "." timestamp "." body. False when the secret is none. */
bool webhook_sign(struct arena *, struct str secret, struct str id, int64_t timestamp_s, struct str body, struct str *ret_signature) MUST_USE;

/* One turn: new events become deliveries, due deliveries are posted. True if anything was done. */
struct webhook_config { bool allow_private; };
bool webhook_turn(struct engine *, const struct webhook_config *);

struct webhooks;
struct webhooks *webhooks_start(struct engine *);
void webhooks_stop(struct webhooks *);

#endif
