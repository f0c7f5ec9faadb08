/* notice.c -- see notice.h. */
#include "engine/notice.h"

#include "engine/keys.h"
#include "engine/rule.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>

enum { MINUTES_A_DAY = 24 * 60, MERGE_S_MAX = 3600 };

/* --- settings ---------------------------------------------------------------------------------------------------------------- */

static void wrong(struct tx *tx, const char *field, struct label label, struct label rule)
{
    fault_field(&tx->fault, (struct bad_field){ .field = str_of(field), .bad = BAD_RULE, .label = label, .rule = rule });
}

static bool recipients_ok(struct str list, bool mail)
{
    struct str one;
    int count = 0;
    while (str_cut(&list, ',', &one)) {
        one = str_trim(one);
        bool ok = one.n >= 3 && one.n <= 200 && (mail == str_has(one, S("@")));
        for (size_t i = 0; i < one.n; i++)
            ok = ok && (mail ? (unsigned char)one.p[i] > 0x20 && one.p[i] != '<' && one.p[i] != '>' && (unsigned char)one.p[i] < 0x7f
                             : (one.p[i] >= '0' && one.p[i] <= '9') || one.p[i] == '+');
        if (!ok)
            return false;
        count++;
    }
    return count > 0 && count <= 50;
}

bool notice_check(struct tx *tx, struct str kind, struct notice_settings *s)
{
    const struct rule_entry *entry = rule_entry(rule_set(rules_of(tx), "notices"), kind);
    bool mail = str_is(kind, "mail"), sms = str_is(kind, "sms");
    int64_t least = rule_int(entry, "merge_min_s", 5);
    s->merge_s = s->merge_s ? s->merge_s : rule_int(entry, "merge_s", 30);
    if (!entry)
        wrong(tx, "kind", (struct label)L("渠道", "Channel"), (struct label)L("不是已知的渠道", "is no known channel"));
    bool address = mail ? str_starts(s->url, S("smtp://")) || str_starts(s->url, S("smtps://"))
                        : str_starts(s->url, S("http://")) || str_starts(s->url, S("https://"));
    if (!address)
        wrong(tx, "url", (struct label)L("地址", "Address"),
              mail ? (struct label)L("邮件服务器应为 smtp:// 或 smtps:// 地址", "a mail server is smtp:// or smtps://")
                   : (struct label)L("应为 http 或 https 地址", "must be an http or https URL"));
    if (sms && (!str_has(s->url, S("{number}")) || !str_has(s->url, S("{text}"))))
        wrong(tx, "url", (struct label)L("地址", "Address"),
              (struct label)L("短信网关的地址中要有 {number} 和 {text}", "an SMS gateway's URL holds {number} and {text}"));
    if ((mail || sms) && !recipients_ok(s->to, mail))
        wrong(tx, "to", (struct label)L("收件人", "Recipients"),
              mail ? (struct label)L("请填写邮箱，用逗号分开", "mail addresses, separated by commas")
                   : (struct label)L("请填写手机号，用逗号分开", "telephone numbers, separated by commas"));
    if (s->merge_s < least || s->merge_s > MERGE_S_MAX)
        wrong(tx, "merge_s", (struct label)L("合并时间（秒）", "Gathered for (seconds)"),
              (struct label)L("太短会被平台限流，最长一小时", "too short for the platform's limit, or longer than an hour"));
    if (s->quiet_from < 0 || s->quiet_from >= MINUTES_A_DAY || s->quiet_to < 0 || s->quiet_to >= MINUTES_A_DAY)
        wrong(tx, "quiet_from", (struct label)L("免打扰时段", "Quiet hours"), (struct label)L("应为一天内的分钟数", "minutes of a day"));
    return !tx_failed(tx);
}

struct str notice_seal_text(struct arena *a, const struct notice_settings *s)
{
    struct json j = json_in(a);
    json_obj(&j);
    json_key_str(&j, "url", s->url);
    json_key_str(&j, "secret", s->secret);
    json_key_str(&j, "to", s->to);
    json_key_str(&j, "link", s->link);
    json_end(&j);
    return json_done(&j);
}

static struct str member(struct arena *a, const json_t *root, const char *name)
{
    const json_t *value = json_object_get(root, name);
    return value ? arena_copy(a, str_of(json_string_value(value))) : (struct str){ 0 };
}

bool notice_unseal_text(struct arena *a, struct str text, struct notice_settings *s)
{
    json_t *root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(root)) {
        json_decref(root);
        return false;
    }
    s->url = member(a, root, "url");
    s->secret = member(a, root, "secret");
    s->to = member(a, root, "to");
    s->link = member(a, root, "link");
    json_decref(root);
    return s->url.n > 0;
}

/* A robot's key is part of its path, so a list shows the host only. */
struct str notice_host(struct arena *a, struct str url)
{
    size_t scheme = str_find(url, S("://"));
    struct str rest = str_from(url, scheme + 3), host = str_head(rest, str_find(rest, S("/")));
    size_t at = str_find(host, S("@"));
    host = at < host.n ? str_from(host, at + 1) : host;
    return arena_format(a, STR_FMT "://" STR_FMT "/...", STR_ARG(str_head(url, scheme)), STR_ARG(str_head(host, str_find(host, S("?")))));
}

/* --- when -------------------------------------------------------------------------------------------------------------------- */

static ms after_quiet(const struct notice_settings *s, ms at)
{
    ms day = day_start(at);
    int64_t minute = (at - day) / MINUTES(1);
    if (s->quiet_from == s->quiet_to)
        return at;
    if (s->quiet_from < s->quiet_to)
        return minute >= s->quiet_from && minute < s->quiet_to ? day + MINUTES(s->quiet_to) : at;
    if (minute >= s->quiet_from)
        return day + DAYS(1) + MINUTES(s->quiet_to);
    return minute < s->quiet_to ? day + MINUTES(s->quiet_to) : at;
}

ms notice_when(const struct notice_settings *s, enum urgency urgency, ms at, ms now)
{
    if (urgency == URGENCY_ALARM)
        return now;
    ms window = SECONDS(s->merge_s), end = (at / window + 1) * window;          /* all of one window leave together */
    return after_quiet(s, end > now ? end : now);
}

/* --- what -------------------------------------------------------------------------------------------------------------------- */

struct str notice_text(struct arena *a, struct str office, const struct notice_line *lines, int count, int more, struct str link)
{
    struct buf b = buf_in(a);
    buf_format(&b, "【" STR_FMT "】", STR_ARG(office));
    if (count + more > 1)
        buf_format(&b, "%d 件有新情况", count + more);
    for (int i = 0; i < count; i++) {
        const struct notice_line *l = &lines[i];
        buf_put(&b, count + more > 1 ? S("\n") : S(""));
        buf_put(&b, l->urgency == URGENCY_ALARM ? S("[报警] ") : l->urgency == URGENCY_URGENT ? S("[紧急] ") : S(""));
        buf_format(&b, STR_FMT " " STR_FMT " " STR_FMT, STR_ARG(l->kind), STR_ARG(l->number), STR_ARG(l->verb));
        if (l->area.n)
            buf_format(&b, "（" STR_FMT "）", STR_ARG(l->area));
        if (link.n && l->matter)
            buf_format(&b, " " STR_FMT "%lld", STR_ARG(link), (long long)l->matter);
    }
    if (more)
        buf_format(&b, "\n还有 %d 件，请在系统中查看", more);
    return buf_str(&b);
}

/* --- how --------------------------------------------------------------------------------------------------------------------- */

static struct str hmac_base64(struct arena *a, struct str key, struct str text)
{
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    char out[sodium_base64_ENCODED_LEN(sizeof mac, sodium_base64_VARIANT_ORIGINAL)];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const uint8_t *)key.p, key.n);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)text.p, text.n);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2base64(out, sizeof out, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
    return arena_copy(a, str_of(out));
}

static void put_escaped(struct buf *b, struct str text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            buf_char(b, (char)c);
        else
            buf_put(b, (struct str){ (char[]){ '%', hex[c >> 4], hex[c & 15] }, 3 });
    }
}

static struct str filled(struct arena *a, struct str url, struct str number, struct str text)
{
    struct buf b = buf_in(a);
    while (url.n) {
        bool is_number = str_starts(url, S("{number}")), is_text = str_starts(url, S("{text}"));
        if (is_number || is_text)
            put_escaped(&b, is_number ? number : text);
        else
            buf_char(&b, url.p[0]);
        url = str_from(url, is_number ? 8 : is_text ? 6 : 1);
    }
    return buf_str(&b);
}

static struct str dingtalk_url(struct arena *a, const struct notice_settings *s, ms now)
{
    if (!s->secret.n)
        return s->url;
    struct str sign = hmac_base64(a, s->secret, arena_format(a, "%lld\n" STR_FMT, (long long)now, STR_ARG(s->secret)));
    struct buf b = buf_in(a);
    buf_format(&b, STR_FMT "%stimestamp=%lld&sign=", STR_ARG(s->url), str_has(s->url, S("?")) ? "&" : "?", (long long)now);
    put_escaped(&b, sign);
    return buf_str(&b);
}

static struct str robot_body(struct arena *a, const struct notice_settings *s, bool feishu, struct str text, ms now)
{
    struct json j = json_in(a);
    json_obj(&j);
    if (feishu && s->secret.n) {
        struct str stamp = arena_format(a, "%lld", (long long)(now / 1000));
        json_key_str(&j, "timestamp", stamp);
        json_key_str(&j, "sign", hmac_base64(a, arena_format(a, STR_FMT "\n" STR_FMT, STR_ARG(stamp), STR_ARG(s->secret)), S("")));
    }
    json_key_str(&j, feishu ? "msg_type" : "msgtype", S("text"));
    json_key(&j, feishu ? "content" : "text");
    json_obj(&j);
    json_key_str(&j, feishu ? "text" : "content", text);
    json_end(&j);
    json_end(&j);
    return json_done(&j);
}

/* The first line is the subject; base64 because mail servers may take 7 bits only (RFC 2045, 2047). */
static struct str mail_body(struct arena *a, const struct notice_settings *s, struct str text, ms now)
{
    struct str subject = str_head(text, str_find(text, S("\n")));
    struct buf b = buf_in(a);
    for (int part = 0; part < 2; part++) {
        struct str raw = part ? text : subject;
        size_t size = sodium_base64_ENCODED_LEN(raw.n, sodium_base64_VARIANT_ORIGINAL);
        char *out = arena_alloc(a, size);
        sodium_bin2base64(out, size, (const uint8_t *)raw.p, raw.n, sodium_base64_VARIANT_ORIGINAL);
        if (!part)
            buf_format(&b, "To: " STR_FMT "\r\nSubject: =?UTF-8?B?%s?=\r\nMessage-ID: <%lld@wuxing>\r\nMIME-Version: 1.0\r\n"
                           "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
                       STR_ARG(s->to), out, (long long)now);
        for (struct str rest = str_of(out); part && rest.n; rest = str_from(rest, 76)) {
            buf_put(&b, str_head(rest, 76));
            buf_put(&b, S("\r\n"));
        }
    }
    return buf_str(&b);
}

struct notice_post notice_post(struct arena *a, struct str kind, const struct notice_settings *s, struct str recipient, struct str text, ms now)
{
    struct notice_post p = { .url = s->url, .type = S("application/json; charset=utf-8") };
    if (str_is(kind, "sms")) {
        p.url = filled(a, s->url, recipient, text);
        p.type = (struct str){ 0 };
    } else if (str_is(kind, "mail")) {
        p.body = mail_body(a, s, text, now);
        p.recipients = s->to;
    } else {
        p.body = robot_body(a, s, str_is(kind, "feishu"), text, now);
        if (str_is(kind, "dingtalk"))
            p.url = dingtalk_url(a, s, now);
    }
    return p;
}
