/* notice.h -- what leaves the office in words: to a group robot (WeCom, DingTalk, Feishu), an SMS gateway, a mail server. The
 * rows, the feed's cursor, retries and dead letters are those of webhooks (webhook.h), of which these are kinds; here is
 * when a message may leave, what it says and how each platform wants it.
 *
 * A message holds kind, number, step and area of each matter and a link, never a name, an illness, an address or a title.
 * Events are gathered for `merge_s` and kept through quiet hours; alarms do neither. An SMS goes to each number of `to`.
 * Signatures: DingTalk base64(HMAC-SHA256(secret, "MS\nSECRET")) in the URL; Feishu base64(HMAC-SHA256("S\nSECRET", ""))
 * in the body (open.dingtalk.com and open.feishu.cn, custom robots).
 * Memory: the arena. Threading: pure. */
#ifndef WUXING_ENGINE_NOTICE_H
#define WUXING_ENGINE_NOTICE_H

#include "engine/matter.h"

struct notice_settings {
    struct str url, secret, to, link;  /* to: numbers or addresses, separated by commas; link: before the matter's id */
    int64_t quiet_from, quiet_to;      /* minutes of the day; the same: none */
    int64_t merge_s;
};
/* Names what is wrong: url, to, merge_s, quiet_from. `kind` is a key of rules/notices.yaml. */
bool notice_check(struct tx *, struct str kind, struct notice_settings *);
struct str notice_seal_text(struct arena *, const struct notice_settings *);     /* as it is sealed into the row */
bool notice_unseal_text(struct arena *, struct str, struct notice_settings *ret_settings) MUST_USE;
struct str notice_host(struct arena *, struct str url);                          /* what a list may show of an address */

/* When an event that happened `at` may leave; it is read `now`, later when the office was closed in between. */
ms notice_when(const struct notice_settings *, enum urgency, ms at, ms now);

enum { NOTICE_LINES_MAX = 20 };
struct notice_line { struct str kind, number, verb, area; int64_t matter; enum urgency urgency; };
/* `more`: how many lines were left out. */
struct str notice_text(struct arena *, struct str office, const struct notice_line *, int count, int more, struct str link);

struct notice_post { struct str url, type, body, recipients; };                  /* recipients: of a mail, else empty */
/* One request, or one a number: `recipient` is of an SMS. */
struct notice_post notice_post(struct arena *, struct str kind, const struct notice_settings *, struct str recipient, struct str text, ms now);

#endif
