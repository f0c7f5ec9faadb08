/* keys.c -- see keys.h. The master key file is 64 hex digits and a newline, so that it can be printed and kept in a safe.
 * A sealed value is version 1, 24 bytes of nonce, ciphertext and tag; the empty value stays empty, so that an absent
 * column and an empty one are the same and no index entry is made for it.
 * SHA-256 is nettle's, which uses the processor's own instructions (libsodium's takes six times as long); the state that
 * a key alone determines is made once for each. */
#include "engine/keys.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/hmac.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_BYTES = 32, PURPOSES = KEY_DEVICE + 1, SEAL_VERSION = 1,
       NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES };

struct keys {
    uint8_t sub[PURPOSES][KEY_BYTES];
    struct hmac_sha256_ctx mac[PURPOSES];
};

static void sodium_ready(void)
{
    if (sodium_init() < 0)
        assert(!"libsodium cannot start");
}

static struct keys *derive(const uint8_t master[KEY_BYTES])
{
    struct keys *k = sodium_malloc(sizeof *k);
    assert(k);
    memset(k, 0, sizeof *k);
    for (unsigned purpose = KEY_PERSON; purpose < PURPOSES; purpose++) {
        crypto_kdf_derive_from_key(k->sub[purpose], KEY_BYTES, purpose, "wuxing01", master);
        hmac_sha256_set_key(&k->mac[purpose], KEY_BYTES, k->sub[purpose]);
    }
    sodium_mprotect_readonly(k);
    return k;
}

static bool write_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        text += done;
        n -= (size_t)done;
    }
    return true;
}

static bool sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool file_create(const char *dir, const char *path, uint8_t master[KEY_BYTES], struct fault *fault)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        if (errno == EEXIST)
            fault_set(fault, ERR_EXISTS, "master.key 已经存在，未作改动", "master.key exists already and was left alone");
        else
            fault_set(fault, ERR_UNAVAILABLE, "无法建立 master.key", "master.key cannot be made");
        return false;
    }
    char hex[KEY_BYTES * 2 + 2];
    randombytes_buf(master, KEY_BYTES);
    sodium_bin2hex(hex, sizeof hex, master, KEY_BYTES);
    hex[KEY_BYTES * 2] = '\n';
    bool ok = write_all(fd, hex, KEY_BYTES * 2 + 1) && fsync(fd) == 0;
    sodium_memzero(hex, sizeof hex);
    ok = close(fd) == 0 && ok && sync_folder(dir);
    if (!ok)
        fault_set(fault, ERR_UNAVAILABLE, "master.key 没有写到磁盘", "master.key could not be put on disk");
    return ok;
}

static bool file_read(const char *path, uint8_t master[KEY_BYTES], struct fault *fault)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        fault_set(fault, ERR_UNAVAILABLE, "找不到或读不了 master.key；请从保险柜中的备份恢复",
                  "master.key is missing or unreadable; restore it from your own safe");
        if (fd >= 0)
            close(fd);
        return false;
    }
    char hex[KEY_BYTES * 2];
    ssize_t n = read(fd, hex, sizeof hex);
    close(fd);
    bool whole = n == (ssize_t)sizeof hex && str_hex((struct str){ hex, sizeof hex }, master, KEY_BYTES);
    sodium_memzero(hex, sizeof hex);
    if (!whole)
        fault_set(fault, ERR_UNAVAILABLE, "master.key 内容不对：应为 64 位十六进制数",
                  "master.key is damaged: it holds 64 hexadecimal digits");
    else if (st.st_mode & 077)
        fault_set(fault, ERR_UNAVAILABLE, "master.key 只能由运行账户读取（chmod 600）",
                  "master.key must be readable by its owner only (chmod 600)");
    return fault->code == ERR_OK;
}

struct keys *keys_open(const char *dir, bool create, struct fault *fault)
{
    sodium_ready();
    struct arena arena_scoped a;
    arena_init(&a, 0);
    const char *path = arena_z(&a, arena_format(&a, "%s/master.key", dir));
    uint8_t master[KEY_BYTES];
    struct keys *keys = NULL;
    if (create ? file_create(dir, path, master, fault) : file_read(path, master, fault))
        keys = derive(master);
    sodium_memzero(master, sizeof master);
    return keys;
}

void keys_close(struct keys *keys)
{
    sodium_free(keys);
}

struct str keys_seal(const struct keys *keys, struct arena *a, enum key_purpose purpose, struct str context,
                     struct str clear)
{
    assert(keys && purpose <= KEY_DEVICE);
    if (clear.n == 0)
        return S("");
    size_t n = 1 + NONCE_BYTES + clear.n + TAG_BYTES;
    uint8_t *out = arena_alloc(a, n);
    out[0] = SEAL_VERSION;
    randombytes_buf(out + 1, NONCE_BYTES);
    unsigned long long made;
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + 1 + NONCE_BYTES, &made, (const uint8_t *)clear.p, clear.n,
        (const uint8_t *)context.p, context.n, NULL, out + 1, keys->sub[purpose]);
    assert(made == clear.n + TAG_BYTES);
    return (struct str){ (char *)out, n };
}

bool keys_open_sealed(const struct keys *keys, struct arena *a, enum key_purpose purpose, struct str context,
                      struct str sealed, struct str *ret_clear)
{
    assert(keys && purpose <= KEY_DEVICE);
    if (sealed.n == 0) {
        *ret_clear = S("");
        return true;
    }
    const uint8_t *p = (const uint8_t *)sealed.p;
    if (sealed.n < 1 + NONCE_BYTES + TAG_BYTES || p[0] != SEAL_VERSION)
        return false;
    uint8_t *clear = arena_alloc(a, sealed.n);
    unsigned long long n;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(clear, &n, NULL, p + 1 + NONCE_BYTES, sealed.n - 1 - NONCE_BYTES,
            (const uint8_t *)context.p, context.n, p + 1, keys->sub[purpose]) != 0)
        return false;
    *ret_clear = (struct str){ (char *)clear, (size_t)n };
    return true;
}

struct str keys_blind(const struct keys *keys, struct arena *a, const char *what, struct str normalised)
{
    assert(keys && what[0]);
    if (normalised.n == 0)
        return S("");
    enum { BLIND_BYTES = 16 };
    uint8_t *out = arena_alloc(a, BLIND_BYTES);
    crypto_generichash_state state;
    crypto_generichash_init(&state, keys->sub[KEY_BLIND], KEY_BYTES, BLIND_BYTES);
    crypto_generichash_update(&state, (const uint8_t *)what, strlen(what) + 1);   /* its NUL parts "a"+"bc", "ab"+"c" */
    crypto_generichash_update(&state, (const uint8_t *)normalised.p, normalised.n);
    crypto_generichash_final(&state, out, BLIND_BYTES);
    sodium_memzero(&state, sizeof state);
    return (struct str){ (char *)out, BLIND_BYTES };
}

void keys_mac(const struct keys *keys, enum key_purpose purpose, struct str bytes, uint8_t ret_mac[32])
{
    assert(keys && purpose <= KEY_DEVICE);
    struct hmac_sha256_ctx state = keys->mac[purpose];
    hmac_sha256_update(&state, bytes.n, (const uint8_t *)bytes.p);
    hmac_sha256_digest(&state, 32, ret_mac);
    sodium_memzero(&state, sizeof state);
}

void sha256(struct str bytes, uint8_t ret_hash[32])
{
    struct sha256_ctx state;
    sha256_init(&state);
    sha256_update(&state, bytes.n, (const uint8_t *)bytes.p);
    sha256_digest(&state, 32, ret_hash);
}

void random_bytes(void *out, size_t n)
{
    sodium_ready();
    randombytes_buf(out, n);
}

struct str random_token(struct arena *a, size_t bytes)
{
    uint8_t raw[64];
    assert(bytes > 0 && bytes <= sizeof raw);
    random_bytes(raw, bytes);
    size_t room = sodium_base64_encoded_len(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = arena_alloc(a, room);
    sodium_bin2base64(text, room, raw, bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(raw, sizeof raw);
    return str_of(text);
}

bool bytes_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}
