/* watch_config.c -- the watcher's file; see watch.h. */
#include "cli/watch.h"

#include <cyaml/cyaml.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const cyaml_schema_field_t channel_fields[] = {
    CYAML_FIELD_STRING_PTR("kind", CYAML_FLAG_POINTER, struct watch_channel, kind, 1, 20),
    CYAML_FIELD_STRING_PTR("to", CYAML_FLAG_POINTER, struct watch_channel, to, 1, 1000),
    CYAML_FIELD_STRING_PTR("numbers", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct watch_channel, numbers, 1, 1000),
    CYAML_FIELD_END
};
static const cyaml_schema_value_t channel_schema = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct watch_channel, channel_fields) };
static const cyaml_schema_field_t config_fields[] = {
    CYAML_FIELD_STRING_PTR("server", CYAML_FLAG_POINTER, struct watch_config, server, 1, 500),
    CYAML_FIELD_STRING_PTR("account", CYAML_FLAG_POINTER, struct watch_config, account, 1, 100),
    CYAML_FIELD_STRING_PTR("key", CYAML_FLAG_POINTER, struct watch_config, key, 8, 200),
    CYAML_FIELD_STRING_PTR("ca", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct watch_config, ca, 1, 500),
    CYAML_FIELD_INT("pace_s", CYAML_FLAG_OPTIONAL, struct watch_config, pace_s),
    CYAML_FIELD_INT("silent_s", CYAML_FLAG_OPTIONAL, struct watch_config, silent_s),
    CYAML_FIELD_INT("again_s", CYAML_FLAG_OPTIONAL, struct watch_config, again_s),
    CYAML_FIELD_SEQUENCE_COUNT("tell", CYAML_FLAG_POINTER, struct watch_config, tell, tell_count, &channel_schema, 1, 20),
    CYAML_FIELD_END
};
static const cyaml_schema_value_t config_schema = { CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct watch_config, config_fields) };

struct first_error { char text[400]; };

static void keep_error(cyaml_log_t level, void *arg, const char *format, va_list args)
{
    struct first_error *first = arg;
    if (level < CYAML_LOG_ERROR || first->text[0])
        return;
    vsnprintf(first->text, sizeof first->text, format, args);
    first->text[strcspn(first->text, "\n")] = 0;
}

static bool wrong(struct fault *fault, const char *zh, const char *en)
{
    fault_set(fault, ERR_INVALID, zh, en);
    return false;
}

static bool channel_fits(const struct watch_channel *c, struct fault *fault)
{
    static const char *const kinds[] = { "http", "wecom", "dingtalk", "feishu", "command" };
    struct str to = str_of(c->to);
    bool known = false, program = strcmp(c->kind, "command") == 0;
    for (size_t i = 0; i < COUNT(kinds); i++)
        known |= strcmp(c->kind, kinds[i]) == 0;
    if (!known)
        return wrong(fault, "tell 中的 kind 应为 http、wecom、dingtalk、feishu 或 command",
                     "kind in tell is http, wecom, dingtalk, feishu or command");
    if (program ? !str_starts(to, S("/")) : !str_starts(to, S("http://")) && !str_starts(to, S("https://")))
        return wrong(fault, "tell 中的 to 应为 http(s) 地址，command 则为程序的完整路径",
                     "to in tell is an http(s) address, or for command the full path of a program");
    if (str_has(to, S("{number}")) && !c->numbers)
        return wrong(fault, "to 中有 {number}，请在 numbers 中写出电话", "to has {number}: give telephones in numbers");
    return true;
}

static bool config_fits(const struct watch_config *c, struct fault *fault)
{
    struct str server = str_of(c->server);
    if (!str_starts(server, S("http://")) && !str_starts(server, S("https://")))
        return wrong(fault, "server 应以 http:// 或 https:// 开头", "server begins with http:// or https://");
    if (c->pace_s < 1 || c->silent_s < c->pace_s || c->again_s < c->silent_s)
        return wrong(fault, "应满足 1 <= pace_s <= silent_s <= again_s", "1 <= pace_s <= silent_s <= again_s must hold");
    for (unsigned i = 0; i < c->tell_count; i++)
        if (!channel_fits(&c->tell[i], fault))
            return false;
    return true;
}

static const char *kept(struct arena *a, const char *text)
{
    return text ? arena_z(a, str_of(text)) : NULL;
}

static void keep(struct arena *a, const struct watch_config *from, struct watch_config *to)
{
    *to = (struct watch_config){ kept(a, from->server), kept(a, from->account), kept(a, from->key), kept(a, from->ca),
                                 from->pace_s ? from->pace_s : 15, from->silent_s ? from->silent_s : 60,
                                 from->again_s ? from->again_s : 600, NULL, from->tell_count };
    to->tell = arena_array(a, struct watch_channel, from->tell_count);
    for (unsigned i = 0; i < from->tell_count; i++)
        to->tell[i] = (struct watch_channel){ kept(a, from->tell[i].kind), kept(a, from->tell[i].to), kept(a, from->tell[i].numbers) };
}

bool watch_read(struct arena *a, struct str text, struct watch_config *ret_config, struct fault *fault)
{
    struct first_error first = { "" };
    const cyaml_config_t config = { .log_fn = keep_error, .log_ctx = &first, .log_level = CYAML_LOG_ERROR, .mem_fn = cyaml_mem };
    struct watch_config *loaded = NULL;
    cyaml_err_t err = cyaml_load_data((const uint8_t *)text.p, text.n, &config, &config_schema, (cyaml_data_t **)&loaded, NULL);
    if (err != CYAML_OK || !loaded) {
        struct str why = arena_format(a, "%s", first.text[0] ? first.text : cyaml_strerror(err));
        return wrong(fault, why.p, why.p);
    }
    keep(a, loaded, ret_config);
    cyaml_free(&config, &config_schema, loaded, 0);
    return config_fits(ret_config, fault);
}

struct watch_limits watch_limits_of(const struct watch_config *c)
{
    return (struct watch_limits){ .silent = SECONDS(c->silent_s), .again = SECONDS(c->again_s), .late = SECONDS(20), .skew = SECONDS(30) };
}
