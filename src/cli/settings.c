/* settings.c -- see settings.h. The file is a flat mapping of texts, read through libcyaml for its errors with lines. */
#include "cli/settings.h"

#include <cyaml/cyaml.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_url(struct str s)
{
    return str_starts(s, S("postgresql://")) || str_starts(s, S("postgres://"));
}

static bool is_listen(struct str s)
{
    struct arena arena;
    const char *address;
    int port;
    arena_init(&arena, 0);
    bool ok = listen_split(&arena, s, &address, &port);
    arena_free(&arena);
    return ok;
}

static bool is_gateway_listen(struct str s)
{
    return str_is(s, "off") || is_listen(s);
}

static bool is_web(struct str s)
{
    return str_starts(s, S("http://")) || str_starts(s, S("https://"));
}

static bool is_broker(struct str s)
{
    return str_is(s, "off") || str_starts(s, S("mqtt://")) || str_starts(s, S("mqtts://"));
}

static bool is_count(struct str s)
{
    int64_t n;
    return str_to_i64(s, &n) && n >= 1 && n <= 100000;
}

static bool is_yes_no(struct str s)
{
    return str_is(s, "yes") || str_is(s, "no");
}

static bool is_lines(struct str s)
{
    int64_t n;
    return str_to_i64(s, &n) && n >= 1 && n <= 32;
}

static bool is_device(struct str s)
{
    return str_starts(s, S("/"));
}

static bool is_pin(struct str s)
{
    int64_t n;
    return s.n >= 4 && s.n <= 8 && str_to_i64(s, &n) && n >= 0;
}

static bool is_log(struct str s)
{
    return str_is(s, "debug") || str_is(s, "info") || str_is(s, "warn") || str_is(s, "error");
}

/* clang-format off */
const struct setting_row setting_rows[SET_COUNT] = {
    [SET_DATABASE]    = { "database", NULL, "URL", is_url, false,
        L("PostgreSQL 的地址 postgresql://...；不写则用数据目录中的 SQLite", "postgresql://... ; without it SQLite in the data folder"), false },
    [SET_LISTEN]      = { "listen", "127.0.0.1:8311", "ADDR:PORT", is_listen, true,
        L("监听的地址和端口", "address and port to listen on"), false },
    [SET_TLS_CERT]    = { "tls_cert", NULL, "FILE", NULL, true,
        L("TLS 证书（PEM）", "TLS certificate (PEM)"), false },
    [SET_TLS_KEY]     = { "tls_key", NULL, "FILE", NULL, true,
        L("TLS 私钥（PEM）", "TLS private key (PEM)"), false },
    [SET_WORKERS]     = { "workers", NULL, "N", is_count, true,
        L("处理请求的线程数；不写则按处理器数", "threads that answer requests; by the processors when not given"), false },
    [SET_LOG]         = { "log", "info", "LEVEL", is_log, true,
        L("日志级别：debug、info、warn、error", "log level: debug, info, warn or error"), false },
    [SET_TEST_LISTEN] = { "gateways.test.listen", "off", "ADDR:PORT", is_gateway_listen, true,
        L("试验网关的端口：一行文字一个信号；off 为不开", "port of the gateway for trying out, a line of text a signal; off: closed"), false },
    [SET_WATCH_LISTEN] = { "gateways.watch.listen", "127.0.0.1:9033", "ADDR:PORT", is_gateway_listen, true,
        L("定位手表的端口（TCP）；off 为不开", "port of locating watches (TCP); off: closed"), false },
    [SET_GB26875_LISTEN] = { "gateways.gb26875.listen", "127.0.0.1:9026", "ADDR:PORT", is_gateway_listen, true,
        L("消防传输（GB/T 26875.3）的端口，TCP 和 UDP；off 为不开", "port of GB/T 26875.3, TCP and UDP; off: closed"), false },
    [SET_DC09_LISTEN] = { "gateways.dc09.listen", "127.0.0.1:9009", "ADDR:PORT", is_gateway_listen, true,
        L("报警传输（SIA DC-09）的端口，TCP 和 UDP；off 为不开", "port of SIA DC-09, TCP and UDP; off: closed"), false },
    [SET_RING_LINK]       = { "ring.link", NULL, "URL", is_web, true,
        L("呼叫短信里的链接开头，后面接事项号，如 https://HOST/phone/m/", "beginning of the link in texts, the matter's id follows: https://HOST/phone/m/"), false },
    [SET_RING_VOICE_URL]  = { "ring.voice_url", NULL, "URL", is_web, true,
        L("语音呼叫网关的地址", "address of the HTTP gateway for voice calls"), false },
    [SET_RING_VOICE_BODY] = { "ring.voice_body", NULL, "TEMPLATE", NULL, true,
        L("语音呼叫请求的内容模板，可用 {number} {spoken} {matter} {receipt} {secret}", "body template of a voice call: {number} {spoken} {matter} {receipt} {secret}"), false },
    [SET_RING_TEXT_URL]   = { "ring.text_url", NULL, "URL", is_web, true,
        L("短信网关的地址", "address of the HTTP gateway for texts"), false },
    [SET_RING_TEXT_BODY]  = { "ring.text_body", NULL, "TEMPLATE", NULL, true,
        L("短信请求的内容模板，可用 {number} {text} {matter} {secret}", "body template of a text: {number} {text} {matter} {secret}"), false },
    [SET_RING_HEADER]     = { "ring.header", NULL, "HEADER", NULL, true,
        L("呼叫网关请求的附加报头，可用 {secret}", "one more header for the ring gateway; {secret} is filled in"), true },
    [SET_RING_SECRET]     = { "ring.secret", NULL, "SECRET", NULL, true,
        L("呼叫网关的密钥，并用于给请求签名", "secret of the ring gateway; also signs the requests"), true },
    [SET_SIGNAL_MAP] = { "gateways.map", NULL, "FILE", NULL, true,
        L("本单位的设备消息对照（格式同 rules/signal_map.yaml）", "the office's own map of messages (form of rules/signal_map.yaml)"), false },
    [SET_MQTT_BROKER] = { "gateways.mqtt.broker", "off", "URL", is_broker, true,
        L("消息服务器 mqtt://主机:端口 或 mqtts://...；off 为不用", "the broker, mqtt://HOST:PORT or mqtts://...; off: none"), false },
    [SET_MQTT_USER] = { "gateways.mqtt.user", NULL, "NAME", NULL, true,
        L("在消息服务器上的账号", "log-in at the broker"), false },
    [SET_MQTT_PASSWORD_FILE] = { "gateways.mqtt.password_file", NULL, "FILE", NULL, true,
        L("存放其密码的文件", "file with its password"), false },
    [SET_MQTT_CA] = { "gateways.mqtt.ca", NULL, "FILE", NULL, true,
        L("信任的证书（PEM）；不写则用系统的", "trusted certificates (PEM); the system's when not given"), false },
    [SET_SCAIP_LISTEN] = { "gateways.scaip.listen", "127.0.0.1:5060", "ADDR:PORT", is_gateway_listen, true,
        L("SCAIP 呼叫设备的端口（SIP，TCP 和 UDP）；off 为不开", "port of SCAIP care telephones (SIP over TCP and UDP); off: closed"), false },
    [SET_RING_SIP_TRUNK]  = { "ring.sip_trunk", NULL, "HOST[:PORT]", NULL, true,
        L("SIP 中继或电话交换机的地址，用来拨打电话", "SIP trunk or switchboard through which telephones are rung"), false },
    [SET_RING_SIP_USER]   = { "ring.sip_user", NULL, "NAME", NULL, true,
        L("中继的用户名", "user name at the trunk"), false },
    [SET_RING_SIP_PASSWORD] = { "ring.sip_password", NULL, "SECRET", NULL, true,
        L("中继的密码", "password at the trunk"), true },
    [SET_RING_SIP_DOMAIN] = { "ring.sip_domain", NULL, "NAME", NULL, true,
        L("SIP 地址里的域名；不写则用中继的地址", "domain of the SIP addresses; the trunk's address when not given"), false },
    [SET_RING_SIP_CALLER] = { "ring.sip_caller", NULL, "NUMBER", NULL, true,
        L("对方看到的号码，应是值班电话；不写则用用户名", "number shown to the called one, the duty telephone; the user name when not given"), false },
    [SET_RING_SIP_REGISTER] = { "ring.sip_register", "no", "yes|no", is_yes_no, true,
        L("拨打前是否先向中继登记", "whether the trunk wants a registration first"), false },
    [SET_RING_SIP_LINES]  = { "ring.sip_lines", "2", "N", is_lines, true,
        L("中继允许同时拨打的路数", "calls that the trunk allows at a time"), false },
    [SET_RING_GSM_TTY]    = { "ring.gsm_tty", NULL, "DEVICE", is_device, true,
        L("GSM 调制解调器的串口，如 /dev/ttyUSB2", "serial line of a GSM modem, e.g. /dev/ttyUSB2"), false },
    [SET_RING_GSM_PIN]    = { "ring.gsm_pin", NULL, "SECRET", is_pin, true,
        L("SIM 卡的 PIN 码", "PIN of its card"), true },
};
/* clang-format on */

bool listen_split(struct arena *a, struct str s, const char **ret_address, int *ret_port)
{
    struct str address = S("127.0.0.1"), port = s;
    size_t colon = s.n;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ':')
            colon = i;
    if (colon < s.n) {
        address = str_head(s, colon);
        port = str_from(s, colon + 1);
    }
    if (str_starts(address, S("[")) && str_ends(address, S("]")))
        address = str_head(str_from(address, 1), address.n - 2);
    int64_t number;
    if (!str_to_i64(port, &number) || number < 0 || number > 65535)
        return false;
    *ret_address = address.n ? arena_z(a, address) : "0.0.0.0";
    *ret_port = (int)number;
    return true;
}

void settings_option(struct settings *s, enum setting which, const char *value)
{
    s->values[which] = value;
    s->from[which] = FROM_OPTION;
}

static void settle(struct settings *s, enum setting which, const char *value, enum setting_from from)
{
    if (s->values[which] || !value || !*value)
        return;
    s->values[which] = value;
    s->from[which] = from;
}

/* --- the file ------------------------------------------------------------------------------------------------------ */

struct file_values {
    char *values[SET_COUNT];
};

struct first_error {
    char text[400];
};

static void keep_error(cyaml_log_t level, void *arg, const char *format, va_list args)
{
    struct first_error *first = arg;
    if (level < CYAML_LOG_ERROR || first->text[0])
        return;
    vsnprintf(first->text, sizeof first->text, format, args);
    first->text[strcspn(first->text, "\n")] = 0;
}

static bool load_file(struct settings *s, const char *path, struct arena *a, struct fault *f)
{
    cyaml_schema_field_t fields[SET_COUNT + 1];
    for (int i = 0; i < SET_COUNT; i++)
        fields[i] = (cyaml_schema_field_t)CYAML_FIELD_STRING_PTR("", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                                                                 struct file_values, values[0], 0, CYAML_UNLIMITED);
    for (int i = 0; i < SET_COUNT; i++) {
        fields[i].key = setting_rows[i].key;
        fields[i].data_offset = (uint32_t)(offsetof(struct file_values, values) + (size_t)i * sizeof(char *));
    }
    fields[SET_COUNT] = (cyaml_schema_field_t)CYAML_FIELD_END;
    const cyaml_schema_value_t schema = { CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_values, fields) };
    struct first_error first = { "" };
    const cyaml_config_t config = { .log_fn = keep_error, .log_ctx = &first, .log_level = CYAML_LOG_ERROR,
                                    .mem_fn = cyaml_mem };
    struct file_values *loaded = NULL;
    cyaml_err_t err = cyaml_load_file(path, &config, &schema, (cyaml_data_t **)&loaded, NULL);
    if (err != CYAML_OK) {
        struct str why = arena_format(a, "%s: %s", path, first.text[0] ? first.text : cyaml_strerror(err));
        fault_set(f, ERR_INVALID, why.p, why.p);
        return false;
    }
    s->file = arena_z(a, str_of(path));
    for (int i = 0; loaded && i < SET_COUNT; i++)
        if (loaded->values[i])
            settle(s, (enum setting)i, arena_z(a, str_of(loaded->values[i])), FROM_FILE);
    cyaml_free(&config, &schema, loaded, 0);
    return true;
}

static const char *environment_name(struct arena *a, const char *key)
{
    struct str name = arena_format(a, "WUXING_%s", key);
    for (size_t i = 7; i < name.n; i++)
        if (name.p[i] >= 'a' && name.p[i] <= 'z')
            ((char *)name.p)[i] -= 'a' - 'A';
        else if (name.p[i] == '.')
            ((char *)name.p)[i] = '_';
    return name.p;
}

bool settings_load(struct settings *s, const char *config, const char *data, struct arena *a, struct fault *f)
{
    for (int i = 0; i < SET_COUNT; i++)
        settle(s, (enum setting)i, getenv(environment_name(a, setting_rows[i].key)), FROM_ENVIRONMENT);
    if (!config)
        config = getenv("WUXING_CONFIG");
    if (!config && data) {
        const char *beside = arena_format(a, "%s/wuxing.yaml", data).p;
        config = access(beside, F_OK) == 0 ? beside : NULL;
    }
    if (config && !load_file(s, config, a, f))
        return false;
    for (int i = 0; i < SET_COUNT; i++)
        settle(s, (enum setting)i, setting_rows[i].otherwise, FROM_DEFAULT);
    return settings_check(s, a, f);
}

bool settings_check(const struct settings *s, struct arena *a, struct fault *f)
{
    for (int i = 0; i < SET_COUNT; i++) {
        const struct setting_row *row = &setting_rows[i];
        if (s->values[i] && row->ok && !row->ok(str_of(s->values[i]))) {
            struct str zh = arena_format(a, "设置 %s 的值不对：%s", row->key, s->values[i]);
            struct str en = arena_format(a, "setting %s has a wrong value: %s", row->key, s->values[i]);
            fault_set(f, ERR_INVALID, zh.p, en.p);
            return false;
        }
    }
    if (!s->values[SET_TLS_CERT] != !s->values[SET_TLS_KEY]) {
        fault_set(f, ERR_INVALID, "tls_cert 和 tls_key 要一起给出", "tls_cert and tls_key go together");
        return false;
    }
    return true;
}

int64_t settings_int(const struct settings *s, enum setting which)
{
    int64_t n;
    return s->values[which] && str_to_i64(str_of(s->values[which]), &n) ? n : 0;
}
