/* idem.h -- Idempotency-Key: the same key and body gives the first answer again and writes nothing; the same key with
 * another body is refused (422). The row is written in the same transaction as the change. Kept 24 h, for ever on
 * alarms (RELIABILITY R5). The scope is the account, or the public address class. */
#ifndef WUXING_ENGINE_IDEM_H
#define WUXING_ENGINE_IDEM_H

#include "engine/who.h"

struct idem_answer { int status; struct str location; int64_t id; struct str body; };
/* True: the key is known and `ret_answer` is the first answer. A fault IDEM_MISMATCH for another digest. */
bool idem_find(struct tx *, const struct who *, struct str key, const uint8_t digest[32], struct idem_answer *ret_answer);
void idem_put(struct tx *, const struct who *, struct str key, const uint8_t digest[32], const struct idem_answer *);
int idem_expire(struct tx *);

#endif
