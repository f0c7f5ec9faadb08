/* keys.h -- cryptography of the office: one 32-byte master key in DIR/master.key (mode 0600, outside the database and
 * its backup), subkeys by purpose through libsodium's KDF. Values are sealed with XChaCha20-Poly1305; equality is looked
 * up through keyed blind indexes of normalised values.
 * Threading: keys are const after keys_open. Faults: UNAVAILABLE when the file is missing or unreadable, EXISTS. */
#ifndef WUXING_ENGINE_KEYS_H
#define WUXING_ENGINE_KEYS_H

#include "base/arena.h"
#include "base/fault.h"

struct keys;
enum key_purpose { KEY_PERSON = 1, KEY_BLIND, KEY_TRACK, KEY_HISTORY, KEY_SESSION, KEY_LINK, KEY_WEBHOOK, KEY_DOOR, KEY_OTP, KEY_DEVICE };

struct keys *keys_open(const char *dir, bool create, struct fault *);
void keys_close(struct keys *);

/* A sealed value names its row in `context`, so that it cannot be moved to another one. */
struct str keys_seal(const struct keys *, struct arena *, enum key_purpose, struct str context, struct str clear);
bool keys_open_sealed(const struct keys *, struct arena *, enum key_purpose, struct str context, struct str sealed,
                      struct str *ret_clear) MUST_USE;
/* 16 bytes: BLAKE2b-128 keyed. `what` separates indexes ("phone", "phone4"). */
struct str keys_blind(const struct keys *, struct arena *, const char *what, struct str normalised);
void keys_mac(const struct keys *, enum key_purpose, struct str bytes, uint8_t ret_mac[32]);   /* HMAC-SHA256 */
void sha256(struct str bytes, uint8_t ret_hash[32]);
void random_bytes(void *out, size_t n);
struct str random_token(struct arena *, size_t bytes);                           /* base64url without padding */
bool bytes_equal(const void *a, const void *b, size_t n);                        /* in constant time */

#endif
