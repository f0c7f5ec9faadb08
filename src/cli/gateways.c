/* gateways.c -- see gateways.h. */
#include "cli/gateways.h"

#include "base/log.h"
#include "gateways/dc09_port.h"
#include "gateways/gb26875_port.h"
#include "gateways/mqtt.h"
#include "gateways/scaip_port.h"
#include "gateways/test.h"
#include "gateways/watch_port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct { enum setting listen; const struct port_protocol *protocol; } served[] = {
    { SET_TEST_LISTEN, &test_protocol },
    { SET_WATCH_LISTEN, &watch_protocol },
    { SET_DC09_LISTEN, &dc09_protocol },
    { SET_SCAIP_LISTEN, &scaip_protocol },
    { SET_GB26875_LISTEN, &gb26875_protocol },
};
static const struct gateway_trouble port_taken = { "port_taken", L("端口被占用，网关没有打开", "The port is taken; the gateway is closed") };

struct gateways {
    struct engine *engine;
    struct ports *ports;
    struct gb_asking *asking;
    struct mqtt *mqtt;
    struct gateway closed[COUNT(served)];
    int closed_count;
};

static void note_closed(struct gateways *g, const struct port_protocol *protocol, const char *where)
{
    struct gateway *closed = &g->closed[g->closed_count++];
    closed->name = protocol->name;
    closed->label = protocol->label;
    snprintf(closed->where, sizeof closed->where, "%s", where);
    gateway_set_trouble(closed, &port_taken, g->engine->clock->now(g->engine->clock));
    gateway_add(g->engine, closed);
    log_line(LOG_WARN, "gateway name=%s where=%s trouble=port_taken", protocol->name, where);
}

static bool listen_one(struct cli *cli, struct gateways *g, enum setting which, const struct port_protocol *protocol, struct fault *fault)
{
    const char *where = cli->settings.values[which], *address = NULL;
    struct fault own = { 0 };
    int port = 0;
    if (!where || !strcmp(where, "off"))
        return true;
    if (!listen_split(&cli->arena, str_of(where), &address, &port))
        return false;                                  /* settings_check has said so */
    if (ports_listen(g->ports, protocol, address, port, &own))
        return true;
    if (cli->settings.from[which] == FROM_DEFAULT) {
        note_closed(g, protocol, where);
        return true;
    }
    struct str zh = arena_format(&cli->arena, "网关 %s 的端口 %s 无法使用", protocol->name, where);
    struct str en = arena_format(&cli->arena, "the port %s of the gateway %s cannot be had", where, protocol->name);
    fault_set(fault, ERR_UNAVAILABLE, zh.p, en.p);
    return false;
}

/* The first line of a file; NULL and a fault. */
static const char *secret_of(struct cli *cli, const char *path, struct fault *fault)
{
    char line[1000] = "";
    FILE *f = fopen(path, "re");
    bool read = f && fgets(line, sizeof line, f);
    if (f)
        fclose(f);
    line[strcspn(line, "\r\n")] = 0;
    if (read && line[0])
        return arena_z(&cli->arena, str_of(line));
    struct str why = arena_format(&cli->arena, "%s: cannot be read, or empty", path);
    fault_set(fault, ERR_INVALID, why.p, why.p);
    return NULL;
}

static bool start_mqtt(struct cli *cli, struct gateways *g, struct intake *in, struct fault *fault)
{
    const char *const *values = cli->settings.values, *file = values[SET_MQTT_PASSWORD_FILE];
    struct mqtt_settings settings = { .broker = values[SET_MQTT_BROKER], .user = values[SET_MQTT_USER], .ca = values[SET_MQTT_CA] };
    if (!settings.broker || !strcmp(settings.broker, "off"))
        return true;
    settings.password = file ? secret_of(cli, file, fault) : NULL;
    g->mqtt = fault->code == ERR_OK ? mqtt_start(in, &settings, fault) : NULL;
    return g->mqtt != NULL;
}

struct gateways *gateways_start(struct cli *cli, struct intake *in, struct fault *fault)
{
    struct gateways *g = calloc(1, sizeof *g);
    if (!g)
        abort();
    g->engine = cli->engine;
    g->ports = ports_new(in, NULL);
    for (size_t i = 0; i < COUNT(served); i++)
        if (!listen_one(cli, g, served[i].listen, served[i].protocol, fault)) {
            gateways_stop(g);
            return NULL;
        }
    ports_start(g->ports);
    g->asking = gb26875_ask_start(g->engine, g->ports);
    if (start_mqtt(cli, g, in, fault))
        return g;
    gateways_stop(g);
    return NULL;
}

void gateways_stop(struct gateways *g)
{
    if (!g)
        return;
    gb26875_ask_stop(g->asking);
    mqtt_stop(g->mqtt);
    ports_stop(g->ports);
    for (int i = 0; i < g->closed_count; i++)
        gateway_remove(g->engine, &g->closed[i]);
    free(g);
}
