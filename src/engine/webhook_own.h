/* webhook_own.h -- what the files of webhooks share: webhook_send.c drives and posts events, webhook_notice.c words. */
#ifndef WUXING_ENGINE_WEBHOOK_OWN_H
#define WUXING_ENGINE_WEBHOOK_OWN_H

#include "engine/webhook.h"

enum { WEBHOOK_TIMEOUT_S = 20 };

/* How one try of a delivery ended; `trouble` NULL: an answer came. */
struct webhook_try {
    int64_t delivery, webhook, tries;
    long status;
    const char *trouble;
};
void webhook_note_try(struct tx *, const struct webhook_try *);
bool webhook_write(struct engine *, struct arena *, void (*apply)(struct tx *, void *), void *arg);
/* A curl handle that reaches public addresses only, unless `allow_private`, which must live as long; the caller cleans up. */
void *webhook_curl(const char *url, const bool *allow_private);
bool webhook_send_notices(struct engine *, bool allow_private);

#endif
