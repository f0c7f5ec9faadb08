/* settings.h -- what can be set: by an option, else the environment (WUXING_LISTEN ...), else the configuration file
 * (YAML; --config, else DIR/wuxing.yaml where it exists), else the default. One table drives all four, `config check`
 * and the manual.
 * Faults: INVALID with a sentence that names file, line and key. Memory: the arena. Threading: one thread. */
#ifndef WUXING_CLI_SETTINGS_H
#define WUXING_CLI_SETTINGS_H

#include "base/arena.h"
#include "base/fault.h"

enum setting {
    SET_DATABASE, SET_LISTEN, SET_TLS_CERT, SET_TLS_KEY, SET_WORKERS, SET_LOG, SET_TEST_LISTEN, SET_WATCH_LISTEN, SET_DC09_LISTEN,
    SET_SCAIP_LISTEN, SET_GB26875_LISTEN, SET_SIGNAL_MAP, SET_MQTT_BROKER, SET_MQTT_USER, SET_MQTT_PASSWORD_FILE, SET_MQTT_CA,
    SET_RING_LINK, SET_RING_VOICE_URL, SET_RING_VOICE_BODY, SET_RING_TEXT_URL, SET_RING_TEXT_BODY, SET_RING_HEADER, SET_RING_SECRET,
    SET_RING_SIP_TRUNK, SET_RING_SIP_USER, SET_RING_SIP_PASSWORD, SET_RING_SIP_DOMAIN, SET_RING_SIP_CALLER, SET_RING_SIP_REGISTER,
    SET_RING_SIP_LINES, SET_RING_GSM_TTY, SET_RING_GSM_PIN, SET_COUNT
};
enum setting_from { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT, FROM_OPTION };

struct setting_row {
    const char *key;                   /* in the file; WUXING_KEY in the environment (. as _); --key with dashes as an option */
    const char *otherwise;             /* the default; NULL: nothing */
    const char *value;                 /* "ADDR:PORT" */
    bool (*ok)(struct str);            /* NULL: any text */
    bool server_only;                  /* an option of `serve` and its like only */
    struct label about;
    bool secret;                       /* never printed */
};
extern const struct setting_row setting_rows[SET_COUNT];
static inline char setting_option_char(char c) { return c == '_' || c == '.' ? '-' : c; }

struct settings {
    const char *values[SET_COUNT];     /* NULL: not set */
    enum setting_from from[SET_COUNT];
    const char *file;                  /* the configuration file that was read, or NULL */
};

/* Options first: what is already in the settings stays. Then environment, file, defaults. */
bool settings_load(struct settings *, const char *config, const char *data, struct arena *, struct fault *);
void settings_option(struct settings *, enum setting, const char *value);
bool settings_check(const struct settings *, struct arena *, struct fault *);
int64_t settings_int(const struct settings *, enum setting);
/* "127.0.0.1:8311", "[::]:8311", ":8311" or "8311". */
bool listen_split(struct arena *, struct str, const char **ret_address, int *ret_port) MUST_USE;

#endif
