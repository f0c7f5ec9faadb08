/* one_time.h -- links that work once and without a log-in: a department answers a whistle, a firm confirms a result.
 * A token is ID-ROUND-MAC: the row it stands for, which link of that row it is (from 1), and 128 bits of a MAC under
 * KEY_LINK over purpose, id and round. Staff may be shown a link again without its being stored: the table one_time keeps
 * only its digest, its end and its use. Ids tell nothing without the MAC.
 * Faults: NOT_FOUND (not one of ours), GONE (used, ended or expired). Memory: tx->arena. Threading: as the tx. */
#ifndef WUXING_ENGINE_ONE_TIME_H
#define WUXING_ENGINE_ONE_TIME_H

#include "engine/engine.h"

struct str one_time_token(struct tx *, const char *purpose, int64_t id, int64_t round);
void one_time_offer(struct tx *, const char *purpose, int64_t id, int64_t round, ms expires_at);
void one_time_end(struct tx *, const char *purpose, int64_t id, int64_t round);       /* withdraws it, if it is still good */
/* Was this token made by us for that purpose? Says nothing of its being used. */
bool one_time_genuine(struct tx *, const char *purpose, struct str token);
/* Is the link good? Uses nothing up; for showing the page behind it. */
bool one_time_look(struct tx *, const char *purpose, struct str token, int64_t *ret_id);
/* Uses it up: of two at once, one gets true and the other GONE. */
bool one_time_spend(struct tx *, const char *purpose, struct str token, int64_t *ret_id);
/* When the link of that round ends; 0: it is no longer good. */
ms one_time_until(struct tx *, const char *purpose, int64_t id, int64_t round);

#endif
