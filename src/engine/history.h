/* history.h -- what happened: append-only, hash-chained per matter, sealed daily. Who did what, when, why, by which
 * channel; never a place. The chain runs over digests of canonical bytes: each entry's payload (note and form) is
 * represented by a keyed digest with a salt of its own, so a payload can be erased and the chain still holds.
 *   payload_digest = HMAC-SHA256(key "history", salt . payload)
 *   hash = SHA-256("wx1" . matter . seq . at . account . verb . from . to . channel . payload_digest . previous hash)
 * A matter's version counts its entries, so a chain that lost its end is found too.
 * with integers as 8 bytes big-endian and texts as 4-byte length and bytes. The format does not change with schema,
 * store or key; a new format gets a new tag. Source of the idea: DESIGN.md section 2, RELIABILITY R10. */
#ifndef WUXING_ENGINE_HISTORY_H
#define WUXING_ENGINE_HISTORY_H

#include "engine/matter.h"

struct history_entry {
    int64_t matter, seq;
    ms at, logged_at;                  /* at: when it was done (a paper's own time); logged_at: when we learnt it */
    int64_t account;
    struct str who_name;               /* as shown then: seat or name */
    struct str verb, from, to, channel, note;
    struct str form;                   /* the move's fields as JSON without secrets and personal data, or empty */
    int64_t file;
};
void history_add(struct tx *, struct history_entry *);           /* gives seq, links the hash */
struct rows history_get(struct tx *, int64_t matter);
bool history_row(struct rows *, struct history_entry *ret_entry);

/* Seals the heads changed since the last seal, chained to that seal. Once a day by the scheduler, and before a backup. */
void history_seal(struct tx *);
/* Verifies every chain and seal; calls `bad` with a sentence for each break. True when all hold. */
bool history_check(struct store *, void (*bad)(void *, struct str), void *, int64_t *ret_entries);

#endif
