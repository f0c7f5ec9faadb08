/* watch.h -- `wuxing watch`: a second process, best on another machine and another network, that notices when a server has
 * stopped and tells people by a channel the server has no part in. What it knows of the server is watch_state.h; here are
 * its file, its looks (GET /pulse and a signed sign of life) and its words to people.
 *
 * The file is YAML:  server: https://...   account: watch-1   key: SECRET   ca: FILE   pace_s: 15   silent_s: 60   again_s: 600
 * tell: a list of {kind: http|wecom|dingtalk|feishu|command, to: URL or program, numbers: "139...,138..."}.
 * `http` is a voice or message gateway: {number} and {text} in its URL are filled in, one request a number.
 * A word holds what is wrong and since when; nothing else of the installation.
 * Faults: INVALID with file line and key. Memory: the arena. Threading: one thread. */
#ifndef WUXING_CLI_WATCH_H
#define WUXING_CLI_WATCH_H

#include "cli/watch_state.h"

struct watch_channel { const char *kind, *to, *numbers; };
struct watch_config {
    const char *server, *account, *key, *ca;
    int pace_s, silent_s, again_s;
    struct watch_channel *tell;
    unsigned tell_count;
};
/* Reads and checks the file's text; the result lives in the arena. */
bool watch_read(struct arena *, struct str text, struct watch_config *ret_config, struct fault *);
struct watch_limits watch_limits_of(const struct watch_config *);
/* The answer of GET /pulse. False when it is none. */
bool watch_read_pulse(struct str json, struct watch_look *ret_look);
struct watch_look watch_look_at(struct arena *, const struct watch_config *);
/* By every channel; how many of them took it. */
int watch_tell(struct arena *, const struct watch_config *, struct str text);

#endif
