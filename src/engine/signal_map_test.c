/* signal_map_test.c -- the payloads that devices and platforms really send (documentation of Zigbee2MQTT, Home Assistant,
 * Tasmota; pushes of Huawei OC and China Telecom AEP as published), and a street's own entries. */
#include "engine/signal_map.h"
#include "test/office.h"

#include <stdio.h>
#include <string.h>

static struct office o;
static struct mapped out;

static const char *said(const char *topic, const char *message, bool again)
{
    struct buf b = buf_in(&o.arena);
    signal_map_topic(o.engine->signal_map, &o.arena, str_of(topic), str_of(message), again, &out);
    for (int i = 0; i < out.count; i++)
        buf_format(&b, "%s" STR_FMT ":" STR_FMT, i ? " " : "", STR_ARG(out.list[i].account), STR_ARG(out.list[i].kind));
    return arena_z(&o.arena, buf_str(&b));
}

TEST(messages_of_vendors_become_signals)
{
    static const struct { const char *topic, *message, *signals; } rows[] = {
        { "zigbee2mqtt/SOS 1", "{\"action\":\"emergency\",\"battery\":100,\"linkquality\":120}", "SOS 1:rescue" },
        { "zigbee2mqtt/SOS 1", "{\"action\":\"\",\"battery\":100,\"linkquality\":120}", "SOS 1:heartbeat" },
        { "zigbee2mqtt/sos2", "{\"sos\":true,\"battery\":80,\"battery_low\":false,\"tamper\":false}", "sos2:rescue" },
        { "zigbee2mqtt/smoke", "{\"smoke\":false,\"battery_low\":false,\"tamper\":false,\"linkquality\":90}", "smoke:heartbeat" },
        { "zigbee2mqtt/smoke", "{\"smoke\":true,\"battery_low\":false,\"tamper\":false,\"linkquality\":90}", "smoke:fire" },
        { "zigbee2mqtt/smoke", "{\"smoke\":true,\"battery_low\":true,\"tamper\":false,\"linkquality\":90}", "smoke:battery_low" },
        { "zigbee2mqtt/smoke", "{\"smoke\":false,\"battery_low\":true,\"tamper\":false}", "smoke:restore" },
        { "zigbee2mqtt/smoke", "{\"smoke\":false,\"battery_low\":false}", "smoke:battery_ok" },
        { "zigbee2mqtt/smoke/availability", "{\"state\":\"online\"}", "" },
        { "zigbee2mqtt/smoke/availability", "{\"state\":\"offline\"}", "smoke:offline" },
        { "zigbee2mqtt/smoke/availability", "{\"state\":\"online\"}", "smoke:online" },
        { "zigbee2mqtt/old/availability", "offline", "old:offline" },
        { "zigbee2mqtt/bridge/state", "{\"state\":\"online\"}", "" },
        { "homeassistant/binary_sensor/kitchen/smoke/state", "ON", "kitchen:fire" },
        { "homeassistant/binary_sensor/kitchen/smoke/state", "OFF", "kitchen:restore" },
        { "homeassistant/binary_sensor/kitchen/battery/state", "OFF", "" },
        { "homeassistant/binary_sensor/kitchen/safety/state", "ON", "kitchen:rescue" },
        { "tele/plug/LWT", "Offline", "plug:offline" }, { "tele/plug/LWT", "Online", "plug:online" },
        { "tele/plug/STATE", "{\"Time\":\"2026-11-23T09:00:00\",\"Uptime\":\"0T00:10:12\"}", "plug:heartbeat" },
        { "stat/plug/RESULT", "{\"Button1\":{\"Action\":\"SINGLE\"}}", "plug:rescue" },
        { "band7/fall/detected", "{\"timestamp\":1606982320277,\"location\":{\"lat\":34.75,\"lon\":113.62},\"batteryLevel\":55}", "band7:fall" },
        { "nobody/knows", "{\"smoke\":true}", "" }, { "zigbee2mqtt/x", "", "" }, { "zigbee2mqtt/x", "{\"smoke\":", "" },
        { "zigbee2mqtt/x", "[true]", "" }, { "zigbee2mqtt/x", "{\"smoke\":null,\"action\":{}}", "" },
    };
    struct test_db *db = test_db_open(false);
    office_open(&o, db);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *got = said(rows[i].topic, rows[i].message, false);
        if (strcmp(got, rows[i].signals))
            check_failed(rows[i].message, (int)i, got);
    }
    CHECK_STR(str_of(said("band7/fall/detected", "{\"timestamp\":1606982320277,\"location\":{\"lat\":34.75,\"lon\":113.62}}", false)), "band7:fall");
    CHECK_STR(out.list[0].data, "{\"lat\":\"34.75\",\"lon\":\"113.62\"}");
    CHECK_INT(out.list[0].device_at, 1606982320277);
    CHECK_STR(str_of(said("zigbee2mqtt/again", "{\"smoke\":true}", false)), "again:fire");
    CHECK_STR(str_of(said("zigbee2mqtt/again", "{\"smoke\":true}", false)), "");
    CHECK_STR(str_of(said("zigbee2mqtt/again", "{\"smoke\":true}", true)), "again:fire");        /* delivered again */
    office_close(&o);
    test_db_close(db);
}

TEST(pushes_of_platforms_become_signals)
{
    static const char oc[] = "{\"notifyType\":\"deviceDataChanged\",\"deviceId\":\"d1\",\"service\":{\"serviceId\":\"WPS\",\"data\":"
        "{\"Data\":\"N311V31I865815040244829H89861118280005212549X%sT28U99S18\"},\"eventTime\":\"20200520T021156Z\"}}";
    static const char aep[] = "{\"IMEI\":\"860374051096202\",\"messageType\":\"dataReport\",\"deviceId\":\"d2\",\"productId\":\"15014772\","
        "\"timestamp\":1606982320277,\"protocol\":\"lwm2m\",\"payload\":{\"serviceId\":\"notification\",\"serviceData\":{\"TData\":30,"
        "\"SNR\":1,\"RSRP\":114,\"CSQ\":5,\"Battery_Level\":100,\"Alarm_Status\":%s}}}";
    static const struct { const char *vendor, *form, *status, *account, *kind; } rows[] = {
        { "huawei_oc", oc, "01", "865815040244829", "fire" }, { "huawei_oc", oc, "02", "865815040244829", "battery_low" },
        { "huawei_oc", oc, "10", "865815040244829", "test" }, { "huawei_oc", oc, "11", "865815040244829", "restore" },
        { "huawei_oc", oc, "77", "865815040244829", "info" },
        { "telecom_aep", aep, "1", "860374051096202", "fire" }, { "telecom_aep", aep, "2", "860374051096202", "info" },
        { "telecom_aep", aep, "4", "860374051096202", "battery_low" }, { "telecom_aep", aep, "5", "860374051096202", "fault" },
        { "telecom_aep", aep, "7", "860374051096202", "restore" }, { "telecom_aep", aep, "10", "860374051096202", "tamper" },
        { "telecom_aep", aep, "14", "860374051096202", "test" }, { "telecom_aep", oc, "01", NULL, NULL }, { "", oc, "01", NULL, NULL },
    };
    char text[600];
    struct test_db *db = test_db_open(false);
    office_open(&o, db);
    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(text, sizeof text, rows[i].form, rows[i].status);
        signal_map_push(o.engine->signal_map, &o.arena, str_of(rows[i].vendor), str_of(text), false, &out);
        CHECK_INT(out.count, rows[i].kind ? 1 : 0);
        if (rows[i].kind) {
            CHECK_STR(out.list[0].kind, rows[i].kind);
            CHECK_STR(out.list[0].account, rows[i].account);
            CHECK(out.list[0].device_at == 1589940716000 || out.list[0].device_at == 1606982320277);
        }
    }
    snprintf(text, sizeof text, oc, "01");
    signal_map_push(o.engine->signal_map, &o.arena, S("huawei_oc"), str_of(text), false, &out);
    CHECK_STR(out.list[0].data, "{\"code\":\"01\",\"temperature\":\"28\",\"battery\":\"99\",\"link\":\"18\"}");
    office_close(&o);
    test_db_close(db);
}

TEST(a_street_adds_entries_of_its_own_and_a_wrong_file_says_where)
{
    static const char own[] = "name: own\nversion: \"1\"\ndate: \"2026-11-23\"\nsource: test\nzh: 自有\nen: Own\nentries:\n"
        "  - {key: x, zh: 试, en: X, via: mqtt, topic: \"home/+/{account}/level\", path: list.1, values: \"0..10=battery_low|11..100=heartbeat\", sequence: n}\n";
    struct fault fault = { 0 };
    struct str filters[MAP_FILTERS_MAX];
    struct mapped mapped;
    struct test_db *db = test_db_open(false);
    office_open(&o, db);
    const char *path = arena_format(&o.arena, "%s/map.yaml", o.engine->dir).p;
    FILE *f = fopen(path, "w");
    CHECK(f && fputs(own, f) >= 0 && fclose(f) == 0);
    struct signal_map *map = signal_map_open(o.engine, path, &fault);
    CHECK(map);
    signal_map_topic(map, &o.arena, S("home/1/b7/level"), S("{\"list\":[1,7],\"n\":42}"), false, &mapped);
    CHECK_INT(mapped.count, 1);
    CHECK_STR(mapped.list[0].kind, "battery_low");
    CHECK_STR(mapped.list[0].sequence, "42");
    signal_map_topic(map, &o.arena, S("home/1/b7/level"), S("{\"list\":[1,70],\"n\":43}"), false, &mapped);
    CHECK_STR(mapped.list[0].kind, "heartbeat");
    CHECK(signal_map_filters(map, &o.arena, filters) > 10);
    CHECK_STR(filters[0], "home/+/+/level");
    signal_map_close(map);
    f = fopen(path, "w");
    CHECK(f && fputs("name: own\nentries:\n  - {key: x}\n", f) >= 0 && fclose(f) == 0);
    CHECK(!signal_map_open(o.engine, path, &fault) && str_has(str_of(fault.what.en), S("map.yaml, line 3")));
    fault_clear(&fault);
    CHECK(!signal_map_open(o.engine, "/nowhere/map.yaml", &fault) && fault.code == ERR_INVALID);
    office_close(&o);
    test_db_close(db);
}
