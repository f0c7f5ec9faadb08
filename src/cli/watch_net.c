/* watch_net.c -- the watcher's looks and its words; see watch.h. */
#include "cli/watch.h"

#include "base/json.h"
#include "base/log.h"

#include <curl/curl.h>
#include <jansson.h>
#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 64 << 10, TIMEOUT_S = 10 };
extern char **environ;

struct answer { struct arena *arena; struct buf body; long status; };

static size_t take(char *p, size_t size, size_t n, void *arg)
{
    struct answer *a = arg;
    if (a->body.n + size * n > ANSWER_BYTES_MAX)
        return 0;
    buf_put(&a->body, (struct str){ p, size * n });
    return size * n;
}

/* One request; `body` NULL: GET. False when nothing came back. */
static bool request(struct arena *arena, const char *ca, const char *url, const char *body, const char *header, struct answer *ret)
{
    *ret = (struct answer){ .arena = arena, .body = buf_in(arena) };
    CURL *curl = curl_easy_init();
    if (!curl)
        return false;
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json; charset=utf-8");
    if (header)
        headers = curl_slist_append(headers, header);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "Wuxing/" WUXING_VERSION);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, ret);
    if (ca)
        curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    if (body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    }
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret->status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return code == CURLE_OK;
}

/* --- looks ------------------------------------------------------------------------------------------------------------------- */

bool watch_read_pulse(struct str text, struct watch_look *look)
{
    json_t *root = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES, NULL), *one;
    json_t *gateways = json_object_get(root, "gateways");
    size_t i;
    bool whole = json_is_integer(json_object_get(root, "at_ms")) && json_is_integer(json_object_get(root, "turned_at_ms")) &&
                 json_is_boolean(json_object_get(root, "writable")) && json_is_array(gateways);
    look->heard = whole;
    look->at = json_integer_value(json_object_get(root, "at_ms"));
    look->turn_at = json_integer_value(json_object_get(root, "turned_at_ms"));
    look->oldest_wait = json_integer_value(json_object_get(root, "oldest_wait_ms"));
    look->writable = json_is_true(json_object_get(root, "writable"));
    look->gateway_trouble = false;
    json_array_foreach(gateways, i, one)
        look->gateway_trouble |= json_string_length(json_object_get(one, "trouble")) > 0;
    json_decref(root);
    return whole;
}

static bool beat(struct arena *arena, const struct watch_config *c)
{
    static const char body[] = "{\"type\":\"heartbeat\"}";
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    char hex[2 * sizeof mac + 1];
    struct answer answer;
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const uint8_t *)c->key, strlen(c->key));
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)body, sizeof body - 1);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2hex(hex, sizeof hex, mac, sizeof mac);
    struct str url = arena_format(arena, "%s/gateway/http/%s", c->server, c->account);
    struct str header = arena_format(arena, "X-Wuxing-Signature: sha256=%s", hex);
    return request(arena, c->ca, url.p, body, header.p, &answer) && answer.status == 200;
}

struct watch_look watch_look_at(struct arena *arena, const struct watch_config *c)
{
    struct watch_look look = { 0 };
    struct answer answer;
    struct str url = arena_format(arena, "%s/pulse", c->server);
    if (request(arena, c->ca, url.p, NULL, NULL, &answer) && answer.status == 200 && watch_read_pulse(buf_str(&answer.body), &look))
        look.beat = beat(arena, c);
    return look;
}

/* --- words ------------------------------------------------------------------------------------------------------------------- */

static void put_escaped(struct buf *b, struct str text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("-._~", c);
        if (plain && c)
            buf_char(b, (char)c);
        else
            buf_put(b, (struct str){ (char[]){ '%', hex[c >> 4], hex[c & 15] }, 3 });
    }
}

static struct str filled(struct arena *arena, struct str url, struct str number, struct str text)
{
    struct buf b = buf_in(arena);
    while (url.n) {
        bool is_number = str_starts(url, S("{number}")), is_text = str_starts(url, S("{text}"));
        if (is_number || is_text) {
            put_escaped(&b, is_number ? number : text);
            url = str_from(url, is_number ? 8 : 6);
        } else {
            buf_char(&b, url.p[0]);
            url = str_from(url, 1);
        }
    }
    buf_char(&b, 0);
    return buf_str(&b);
}

static bool by_gateway(struct arena *arena, const struct watch_channel *c, struct str text)
{
    struct answer answer;
    struct str numbers = str_of(c->numbers ? c->numbers : ""), number;
    bool one = false, none = numbers.n == 0;
    while (none || str_cut(&numbers, ',', &number)) {
        if (none)
            number = (struct str){ 0 };
        one |= request(arena, NULL, filled(arena, str_of(c->to), str_trim(number), text).p, NULL, NULL, &answer) && answer.status / 100 == 2;
        if (none)
            break;
    }
    return one;
}

/* The bodies of the three platforms' group robots, as their own pages give them. */
static bool by_robot(struct arena *arena, const struct watch_channel *c, struct str text)
{
    struct json j = json_in(arena);
    struct answer answer;
    bool feishu = strcmp(c->kind, "feishu") == 0;
    json_obj(&j);
    json_key_str(&j, feishu ? "msg_type" : "msgtype", S("text"));
    json_key(&j, feishu ? "content" : "text");
    json_obj(&j);
    json_key_str(&j, feishu ? "text" : "content", text);
    json_end(&j);
    json_end(&j);
    return request(arena, NULL, c->to, arena_z(arena, json_done(&j)), NULL, &answer) && answer.status == 200;
}

/* The program gets the text as its one argument and 30 seconds. */
static bool by_command(const struct watch_channel *c, struct arena *arena, struct str text)
{
    char *argv[] = { (char *)c->to, (char *)arena_z(arena, text), NULL };
    pid_t pid;
    int status = 1;
    if (posix_spawn(&pid, c->to, NULL, NULL, argv, environ) != 0)
        return false;
    for (int tenths = 0; tenths < 300; tenths++) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) && WEXITSTATUS(status) == 0;
        nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return false;
}

int watch_tell(struct arena *arena, const struct watch_config *config, struct str text)
{
    int told = 0;
    for (unsigned i = 0; i < config->tell_count; i++) {
        const struct watch_channel *c = &config->tell[i];
        bool took = strcmp(c->kind, "command") == 0 ? by_command(c, arena, text)
                    : strcmp(c->kind, "http") == 0  ? by_gateway(arena, c, text)
                                                    : by_robot(arena, c, text);
        told += took;
        if (!took)
            log_line(LOG_ERROR, "watch channel=%u kind=%s told=no", i + 1, c->kind);
    }
    return told;
}
