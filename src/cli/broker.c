/* broker.c -- what a local Mosquitto needs to serve the office's devices, made from the store: DIR/mqtt with a configuration
 * for one loopback port, a password file with an account for each MQTT device (its account and its key), and rights that
 * let a device write its own event topic and read its own answers, nothing else. A device without a key gets one. `bridge`
 * may write the topics of Zigbee2MQTT, Home Assistant and Tasmota; `wuxing` reads all, and its password stands alone in
 * DIR/mqtt/password for the server.
 * Password entries are Mosquitto's own: $7$ITERATIONS$SALT$HASH, PBKDF2 with HMAC-SHA512. */
#include "cli/run.h"

#include "cli/own.h"
#include "engine/account.h"
#include "engine/device.h"
#include "engine/keys.h"

#include <errno.h>
#include <pwd.h>
#define ERR_STATE openssl_err_state         /* base/fault.h has that name */
#include <openssl/evp.h>
#undef ERR_STATE
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH = 200, ITERATIONS = 101, SALT_BYTES = 12, HASH_BYTES = 64, KEY_BYTES = 15 };

static bool fits_broker(struct str account)
{
    for (size_t i = 0; i < account.n; i++)
        if (strchr(":/+#\n\r", account.p[i]))
            return false;
    return account.n > 0 && !str_is(account, "wuxing") && !str_is(account, "bridge");
}

/* --- keys for those without ------------------------------------------------------------------------------------------------ */

struct batch { struct device list[BATCH]; int count; };
static void give_keys(struct tx *tx, void *arg)
{
    struct batch *b = arg;
    for (int i = 0; i < b->count; i++) {
        b->list[i].key = random_token(tx->arena, KEY_BYTES);
        device_put(tx, &who_system, &b->list[i]);
    }
}

static int64_t read_batch(struct cli *cli, int64_t after, struct batch *keyless, struct batch *keyed)
{
    struct batch all = { .count = 0 };
    struct tx *tx = read_begin(cli->engine->store, &cli->arena);
    struct rows rows = device_list(tx, 0, after, BATCH);
    while (all.count < BATCH && device_row(&rows, &all.list[all.count]))
        all.count++;
    rows_end(&rows);
    keyless->count = keyed->count = 0;
    for (int i = 0; i < all.count; i++) {
        struct device *d = &all.list[i];
        after = d->id;
        if (!str_is(d->protocol, "mqtt") || str_is(d->state, "retired") || !fits_broker(d->account))
            continue;
        d->key = device_key(tx, d->id);
        struct batch *to = d->key.n ? keyed : keyless;
        to->list[to->count++] = *d;
    }
    read_end(tx);
    return all.count == BATCH ? after : 0;
}

/* --- files ------------------------------------------------------------------------------------------------------------------ */

static void put_password(struct buf *b, struct str user, struct str password)
{
    uint8_t salt[SALT_BYTES], hash[HASH_BYTES], text[2 * HASH_BYTES];
    random_bytes(salt, sizeof salt);
    if (PKCS5_PBKDF2_HMAC(password.p, (int)password.n, salt, sizeof salt, ITERATIONS, EVP_sha512(), sizeof hash, hash) != 1)
        return;
    int n = EVP_EncodeBlock(text, salt, sizeof salt);
    buf_format(b, STR_FMT ":$7$%d$%.*s$", STR_ARG(user), ITERATIONS, n, (const char *)text);
    n = EVP_EncodeBlock(text, hash, sizeof hash);
    buf_put(b, (struct str){ (const char *)text, (size_t)n });
    buf_char(b, '\n');
}

static bool write_file(struct cli *cli, const char *name, struct str text)
{
    const char *path = arena_format(&cli->arena, "%s/mqtt/%s", cli->data, name).p;
    const char *new = arena_format(&cli->arena, "%s.new", path).p;
    mode_t before = umask(077);
    FILE *f = fopen(new, "we");
    umask(before);
    bool ok = f && fwrite(text.p, 1, text.n, f) == text.n;
    ok = f && fclose(f) == 0 && ok && rename(new, path) == 0;
    if (!ok)
        cli_fail_text(cli, arena_format(&cli->arena, "%s: %s", path, strerror(errno)));
    return ok;
}

static const char acl[] =
    "# Made by `wuxing broker`. A device writes its own events and reads its own answers.\n"
    "pattern write wuxing/v1/%u/event\npattern read wuxing/v1/%u/ack\n\n"
    "user wuxing\ntopic readwrite #\n\n"
    "user bridge\ntopic readwrite zigbee2mqtt/#\ntopic readwrite homeassistant/#\ntopic readwrite tele/#\ntopic readwrite stat/#\n"
    "topic readwrite cmnd/#\n";

static struct str conf(struct cli *cli, int64_t port)
{
    const struct passwd *me = getpwuid(geteuid());
    struct buf b = buf_in(&cli->arena);
    char dir[4096];
    if (!realpath(cli->data, dir))
        snprintf(dir, sizeof dir, "%s", cli->data);
    buf_format(&b, "# Made by `wuxing broker`.\nlistener %lld 127.0.0.1\nallow_anonymous false\npassword_file %s/mqtt/passwords\n"
        "acl_file %s/mqtt/acl\npersistence true\npersistence_location %s/mqtt/\nautosave_interval 1\nautosave_on_changes true\n"
        "max_queued_messages 100000\nlog_type error\nlog_type warning\n", (long long)port, dir, dir, dir);
    if (me)
        buf_format(&b, "user %s\n", me->pw_name);
    return buf_str(&b);
}

int run_broker(struct cli *cli)
{
    int64_t port = 1883, after = 0, devices = 0;
    const char *wanted = cli_value(cli, "port");
    struct batch *keyless = arena_new(&cli->arena, struct batch), *keyed = arena_new(&cli->arena, struct batch);
    struct buf passwords = buf_in(&cli->arena);
    struct str own = random_token(&cli->arena, KEY_BYTES), bridge = random_token(&cli->arena, KEY_BYTES);
    if (wanted && (!str_to_i64(str_of(wanted), &port) || port < 1 || port > 65535))
        return cli_fail(cli, (struct label)L("端口不对", "the port is wrong"));
    if (mkdir(arena_format(&cli->arena, "%s/mqtt", cli->data).p, 0700) != 0 && errno != EEXIST)
        return cli_fail_text(cli, arena_format(&cli->arena, "%s/mqtt: %s", cli->data, strerror(errno)));
    put_password(&passwords, S("wuxing"), own);
    put_password(&passwords, S("bridge"), bridge);
    do {
        after = read_batch(cli, after, keyless, keyed);
        if (keyless->count && !own_write(cli, give_keys, keyless))
            return 1;
        for (int i = 0; i < keyed->count; i++)
            put_password(&passwords, keyed->list[i].account, keyed->list[i].key);
        for (int i = 0; i < keyless->count; i++)
            put_password(&passwords, keyless->list[i].account, keyless->list[i].key);
        devices += keyed->count + keyless->count;
    } while (after);
    if (!write_file(cli, "passwords", buf_str(&passwords)) || !write_file(cli, "acl", str_of(acl)) ||
        !write_file(cli, "password", arena_join(&cli->arena, own, S("\n"))) ||
        !write_file(cli, "bridge.password", arena_join(&cli->arena, bridge, S("\n"))) || !write_file(cli, "mosquitto.conf", conf(cli, port)))
        return 1;
    cli_print(cli, cli->lang == ZH ? "%s/mqtt：%lld 台设备的账号\n" : "%s/mqtt: accounts of %lld devices\n", cli->data, (long long)devices);
    return 0;
}
