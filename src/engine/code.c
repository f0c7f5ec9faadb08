/* code.c -- see code.h. The permutation is a four-round Feistel network over two halves of 15 bits (Luby and Rackoff:
 * four rounds of a pseudo-random function make a strong pseudo-random permutation). */
#include "engine/code.h"
#include "engine/engine.h"
#include "engine/area.h"

#include <assert.h>
#include <string.h>

enum { HALF_BITS = 15, HALF_MASK = (1 << HALF_BITS) - 1, ROUNDS = 4, CHARS = 12, GROUP = 4 };
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static uint32_t keyed(const struct keys *keys, enum key_purpose purpose, char tag, uint32_t value)
{
    uint8_t mac[32], bytes[5] = { (uint8_t)tag, (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                                  (uint8_t)value };
    keys_mac(keys, purpose, (struct str){ (const char *)bytes, sizeof bytes }, mac);
    return (uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 | (uint32_t)mac[2] << 8 | mac[3];
}

static uint32_t permute(const struct keys *keys, enum key_purpose purpose, uint32_t value, bool back)
{
    uint32_t left = value >> HALF_BITS, right = value & HALF_MASK;
    for (int i = 0; i < ROUNDS; i++) {
        char round = (char)('a' + (back ? ROUNDS - 1 - i : i));
        uint32_t in = back ? left : right, out = back ? right : left;
        out ^= keyed(keys, purpose, round, in) & HALF_MASK;
        left = back ? out : in;
        right = back ? in : out;
    }
    return left << HALF_BITS | right;
}

static uint32_t mac30(const struct keys *keys, enum key_purpose purpose, uint32_t id)
{
    return keyed(keys, purpose, 'm', id) >> 2;
}

struct str code_make(const struct keys *keys, struct arena *a, enum key_purpose purpose, int64_t id)
{
    assert(id > 0 && id <= CODE_ID_MAX);
    uint64_t bits = (uint64_t)permute(keys, purpose, (uint32_t)id, false) << 30 | mac30(keys, purpose, (uint32_t)id);
    struct buf out = buf_in(a);
    for (int i = 0; i < CHARS; i++) {
        if (i > 0 && i % GROUP == 0)
            buf_char(&out, '-');
        buf_char(&out, alphabet[bits >> (5 * (CHARS - 1 - i)) & 31]);
    }
    return buf_str(&out);
}

static int digit(char c)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'O')
        c = '0';
    if (c == 'I' || c == 'L')
        c = '1';
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

bool code_read(const struct keys *keys, enum key_purpose purpose, struct str text, int64_t *ret_id)
{
    uint64_t bits = 0;
    int chars = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '-' || text.p[i] == ' ')
            continue;
        int value = digit(text.p[i]);
        if (value < 0 || ++chars > CHARS)
            return false;
        bits = bits << 5 | (uint64_t)value;
    }
    if (chars != CHARS)
        return false;
    uint32_t id = permute(keys, purpose, (uint32_t)(bits >> 30), true);
    if (id == 0 || mac30(keys, purpose, id) != (bits & (((uint64_t)1 << 30) - 1)))
        return false;
    *ret_id = id;
    return true;
}

struct str matter_track_code(struct tx *tx, int64_t id)
{
    return code_make(engine_of(tx)->keys, tx->arena, KEY_TRACK, id);
}

bool matter_from_track_code(struct tx *tx, struct str text, int64_t *ret_id)
{
    return code_read(engine_of(tx)->keys, KEY_TRACK, text, ret_id);
}

struct str area_door_code(struct tx *tx, int64_t id)
{
    return code_make(engine_of(tx)->keys, tx->arena, KEY_DOOR, id);
}

bool area_from_door_code(struct tx *tx, struct str text, int64_t *ret_id)
{
    return code_read(engine_of(tx)->keys, KEY_DOOR, text, ret_id);
}
