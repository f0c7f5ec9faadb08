/* people_test.c -- routes of devices, residents and visits at the door: what is told, to whom, and what never leaves. */
#include "engine/device.h"
#include "engine/visit.h"
#include "http/http.h"
#include "test/world.h"

#include <sodium.h>
#include <string.h>

#define PHONE "13800000081"
#define ID_NUMBER "410102195001010014"

struct act { struct world *w; int64_t person, far, wish, wish2, matter, device; struct str key; };

static void live(struct tx *tx, void *arg)
{
    struct act *a = arg;
    struct person near = { .area = a->w->unit, .name = S("示范钱多"), .phone = S(PHONE), .id_number = S(ID_NUMBER) };
    struct person far = { .area = a->w->grid4, .name = S("示范孙少"), .phone = S("13800000082") };
    a->person = person_put(tx, &who_system, &near, "test");
    a->far = person_put(tx, &who_system, &far, "test");
    struct visit_wish wish = { .area = a->w->unit, .purpose = S("anti_fraud") }, care = { .area = a->w->unit, .purpose = S("care"),
        .person = a->person, .due_at = tx->now + DAYS(1) };
    a->wish = visit_ask(tx, &who_system, &wish);
    a->wish2 = visit_ask(tx, &who_system, &care);
}

static struct act lived(struct world *w)
{
    struct act a = { .w = w };
    world_write(w, live, &a, NULL);
    return a;
}

static void read_key(struct tx *tx, void *arg)
{
    struct act *a = arg;
    a->key = arena_copy(&a->w->arena, device_key(tx, a->device));
}

static const char *text(struct world *w, const char *format, int64_t a, int64_t b)
{
    return arena_format(&w->arena, format, (long long)a, (long long)b).p;
}

/* --- devices --------------------------------------------------------------------------------------------------------------------- */

#define BUTTON "{\"kind\":\"button\",\"vendor\":\"示范厂\",\"protocol\":\"dc09\",\"account\":\"1234\",\"key\":\"0123456789abcdef\",\"area\":%lld}"

TEST_WORLD(a_device_is_registered_once_and_its_key_never_comes_back)
{
    struct act act = { .w = w };
    struct answer a = world_post(w, &w->worker1, "/devices", text(w, BUTTON, w->unit, 0));
    CHECK_INT(a.status, 201);
    act.device = answer_int(w, &a, "id");
    CHECK_EQ(a.location, arena_format(&w->arena, "/api/v1/devices/%lld", (long long)act.device));
    CHECK(str_has(a.body, S("\"has_key\":true")) && !str_has(a.body, S("0123456789abcdef")));
    world_read(w, read_key, &act);
    CHECK_STR(act.key, "0123456789abcdef");
    a = world_post(w, &w->clerk, "/devices", text(w, "{\"kind\":\"button\",\"protocol\":\"dc09\",\"account\":\"1234\",\"interval_s\":3600,\"area\":%lld}", w->courtyard, 0));
    CHECK_INT(a.status, 200);                                    /* the same one, moved */
    CHECK_INT(answer_int(w, &a, "id"), act.device);
    CHECK_INT(answer_int(w, &a, "area"), w->courtyard);
    CHECK_STR(answer_str(w, &a, "vendor"), "示范厂");
    world_read(w, read_key, &act);
    CHECK_STR(act.key, "0123456789abcdef");                      /* no new key: the old one stays */
    a = world_get(w, &w->clerk, "/devices");
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK_STR(answer_str(w, &a, "items.0.account"), "1234");
    CHECK(!str_has(a.body, S("0123456789abcdef")));
    a = world_call(w, &w->clerk, PATCH, text(w, "/devices/%lld", act.device, 0), "{\"state\":\"retired\"}");
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "state"), "retired");
    CHECK_INT(answer_int(w, &a, "interval_s"), 3600);
}

TEST_WORLD(a_device_belongs_to_the_staff_of_its_place)
{
    struct answer a = world_post(w, &w->worker1, "/devices", text(w, BUTTON, w->unit, 0));
    int64_t id = answer_int(w, &a, "id");
    CHECK_INT(a.status, 201);
    CHECK_INT(world_get(w, &w->clerk_far, text(w, "/devices/%lld", id, 0)).status, 404);
    CHECK_INT(world_call(w, &w->clerk_far, PATCH, text(w, "/devices/%lld", id, 0), "{\"state\":\"retired\"}").status, 404);
    CHECK_INT(world_post(w, &w->clerk_far, "/devices", text(w, BUTTON, w->grid4, 0)).status, 409);
    CHECK_INT(world_post(w, &w->worker_far, "/devices", text(w, BUTTON, w->unit, 0)).status, 409);
    CHECK_INT(world_get(w, &w->urban, "/devices").status, 403);
    CHECK_INT(world_get(w, &w->admin, text(w, "/devices/%lld", id, 0)).status, 200);
    a = world_get(w, &w->clerk_far, "/devices");
    CHECK_INT(answer_count(w, &a, "items"), 0);
    a = world_get(w, &w->clerk_far, text(w, "/devices?area=%lld", w->unit, 0));
    CHECK_INT(answer_count(w, &a, "items"), 0);
    CHECK_INT(world_post(w, &w->clerk, "/devices", "{\"kind\":\"toaster\",\"protocol\":\"dc09\",\"account\":\"9\"}").status, 422);
    CHECK_INT(world_post(w, &w->clerk, "/devices", "{\"kind\":\"button\",\"protocol\":\"pigeon\",\"account\":\"9\"}").status, 422);
    CHECK_INT(world_post(w, &w->clerk, "/devices", "{\"kind\":\"button\",\"protocol\":\"dc09\",\"account\":\"9\"}").status, 422);   /* nowhere */
}

TEST_WORLD(a_device_hangs_where_its_person_lives)
{
    struct act act = lived(w);
    struct answer a = world_post(w, &w->clerk, "/devices", text(w, "{\"kind\":\"phone\",\"protocol\":\"scaip\",\"account\":\"p1\",\"person\":%lld}", act.person, 0));
    CHECK_INT(a.status, 201);
    CHECK_INT(answer_int(w, &a, "area"), w->unit);
    CHECK(answer_str(w, &a, "person_name").n > 0 && !str_has(a.body, S("示范钱多")));
    CHECK_INT(world_post(w, &w->clerk, "/devices", text(w, "{\"kind\":\"phone\",\"protocol\":\"scaip\",\"account\":\"p2\",\"person\":%lld,\"area\":%lld}",
                                                       act.far, w->unit)).status, 404);
}

TEST_WORLD(devices_page_over_those_of_others)
{
    for (int i = 0; i < 9; i++)
        CHECK_INT(world_post(w, i % 3 ? &w->clerk_far : &w->clerk, "/devices", arena_format(&w->arena,
            "{\"kind\":\"smoke\",\"protocol\":\"mqtt\",\"account\":\"s%d\",\"area\":%lld}", i, (long long)(i % 3 ? w->grid4 : w->grid1)).p).status, 201);
    struct str path = S("/devices?limit=2");
    int seen = 0, pages = 0;
    for (; path.n && pages < 5; pages++) {
        struct answer a = world_get(w, &w->clerk, path.p);
        for (int i = 0; i < answer_count(w, &a, "items"); i++)
            CHECK_EQ(answer_str(w, &a, arena_format(&w->arena, "items.%d.account", i).p), arena_format(&w->arena, "s%d", 3 * seen++));
        struct str next = answer_str(w, &a, "next");
        path = next.n ? arena_format(&w->arena, "/devices?limit=2&after=" STR_FMT, STR_ARG(next)) : (struct str){ 0 };
    }
    CHECK_INT(seen, 3);
    CHECK_INT(pages, 2);
}

/* --- residents ------------------------------------------------------------------------------------------------------------------- */

static bool is_clear(const struct answer *a)
{
    return str_has(a->body, S("示范钱多")) || str_has(a->body, S(PHONE)) || str_has(a->body, S(ID_NUMBER));
}

TEST_WORLD(a_resident_is_masked_until_a_reason_is_given)
{
    struct act act = lived(w);
    struct answer a = world_get(w, &w->worker1, "/persons?q=" PHONE);
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK_INT(answer_int(w, &a, "items.0.id"), act.person);
    CHECK_STR(answer_str(w, &a, "items.0.phone"), "138****0081");
    CHECK(!is_clear(&a));
    a = world_get(w, &w->clerk, "/persons?q=0081");
    CHECK_INT(answer_count(w, &a, "items"), 1);
    a = world_get(w, &w->clerk, text(w, "/persons/%lld", act.person, 0));
    CHECK_INT(a.status, 200);
    CHECK(!is_clear(&a));
    const char *unmask = text(w, "/persons/%lld/unmask", act.person, 0), *access = text(w, "/persons/%lld/access", act.person, 0);
    CHECK_INT(world_post(w, &w->clerk, unmask, "{\"reason\":\"看\"}").status, 422);
    a = world_post(w, &w->clerk, unmask, "{\"reason\":\"独居老人电话无人接听\"}");
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "phone"), PHONE);
    CHECK_STR(answer_str(w, &a, "id_number"), ID_NUMBER);
    a = world_get(w, &w->secretary, access);
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK_STR(answer_str(w, &a, "items.0.reason"), "独居老人电话无人接听");
    CHECK_INT(answer_int(w, &a, "items.0.who"), w->clerk.account);
    CHECK(!is_clear(&a));
}

TEST_WORLD(residents_of_elsewhere_are_not_found_and_the_try_is_logged)
{
    struct act act = lived(w);
    struct answer a = world_get(w, &w->clerk_far, "/persons?q=" PHONE);
    CHECK_INT(a.status, 200);
    CHECK_INT(answer_count(w, &a, "items"), 0);
    CHECK_INT(world_get(w, &w->clerk_far, text(w, "/persons/%lld", act.person, 0)).status, 404);
    CHECK_INT(world_get(w, &w->clerk_far, text(w, "/persons/%lld/access", act.person, 0)).status, 404);
    CHECK_INT(world_post(w, &w->clerk_far, text(w, "/persons/%lld/unmask", act.person, 0), "{\"reason\":\"想看一看\"}").status, 404);
    CHECK_INT(world_post(w, &w->admin, text(w, "/persons/%lld/unmask", act.person, 0), "{\"reason\":\"想看一看\"}").status, 403);
    a = world_get(w, &w->clerk, text(w, "/persons/%lld/access", act.person, 0));
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK_STR(answer_str(w, &a, "items.0.reason"), "想看一看");
    CHECK_INT(world_get(w, &w->clerk, "/persons/999999").status, 404);
    CHECK_INT(world_get(w, &w->clerk, "/persons?q=81").status, 422);
}

TEST_WORLD(an_erased_resident_is_gone)
{
    struct act act = lived(w);
    const char *erase = text(w, "/persons/%lld/erase", act.person, 0);
    CHECK_INT(world_post(w, &w->clerk, erase, "{\"reason\":\"本人申请删除\"}").status, 403);
    CHECK_INT(world_post(w, &w->admin, erase, "{\"reason\":\"\"}").status, 422);
    struct answer a = world_post(w, &w->admin, erase, "{\"reason\":\"本人申请删除\"}");
    CHECK_INT(a.status, 200);
    CHECK(answer_count(w, &a, "places") >= 10);
    a = world_get(w, &w->admin, "/persons?q=" PHONE);
    CHECK_INT(answer_count(w, &a, "items"), 0);
    a = world_get(w, &w->admin, text(w, "/persons/%lld", act.person, 0));
    CHECK_STR(answer_str(w, &a, "name"), "");
}

/* --- visits ---------------------------------------------------------------------------------------------------------------------- */

TEST_WORLD(one_visit_serves_what_is_asked_of_a_door)
{
    struct act act = lived(w);
    const char *door = text(w, "/visits?area=%lld", w->unit, 0);
    struct answer a = world_get(w, &w->worker1, door);
    CHECK_INT(answer_count(w, &a, "items"), 2);
    CHECK_STR(answer_str(w, &a, "items.0.purpose"), "care");              /* the nearest due first */
    CHECK_INT(answer_count(w, &a, "residents"), 1);
    CHECK_INT(answer_int(w, &a, "residents.0.id"), act.person);
    CHECK(!is_clear(&a));
    CHECK_INT(answer_count(w, &a, "past"), 0);
    a = world_post(w, &w->worker1, "/visits", arena_format(&w->arena, "{\"area\":%lld,\"done\":[%lld],\"unchanged\":[%lld],\"note\":\"一切都好\"}",
        (long long)w->unit, (long long)act.wish2, (long long)act.person).p);
    CHECK_INT(a.status, 201);
    CHECK_STR(answer_str(w, &a, "purposes.0.name"), "care");
    CHECK_INT(answer_count(w, &a, "items"), 1);
    CHECK_INT(answer_int(w, &a, "items.0.id"), act.wish);
    a = world_get(w, &w->clerk, door);
    CHECK_INT(answer_count(w, &a, "past"), 1);
    CHECK_STR(answer_str(w, &a, "past.0.note"), "一切都好");
}

TEST_WORLD(a_door_of_elsewhere_is_nobodys_to_visit)
{
    struct act act = lived(w);
    CHECK_INT(world_get(w, &w->worker_far, text(w, "/visits?area=%lld", w->unit, 0)).status, 404);
    CHECK_INT(world_get(w, &w->worker1, "/visits").status, 422);
    CHECK_INT(world_post(w, &w->worker_far, "/visits", text(w, "{\"area\":%lld,\"done\":[%lld]}", w->unit, act.wish)).status, 403);
    CHECK_INT(world_post(w, &w->clerk_far, "/visits", text(w, "{\"area\":%lld,\"done\":[%lld]}", w->grid4, act.wish)).status, 404);
    struct answer a = world_get(w, &w->clerk, text(w, "/visits?area=%lld", w->unit, 0));
    CHECK_INT(answer_count(w, &a, "items"), 2);
}

/* --- signals over HTTP ----------------------------------------------------------------------------------------------------------- */

#define TELLER "{\"kind\":\"button\",\"protocol\":\"http\",\"account\":\"v7\",\"key\":\"sesame-1234\",\"area\":%lld}"

static struct str signed_by(struct world *w, const char *key, const char *body)
{
    uint8_t mac[32];
    char hex[65];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const uint8_t *)key, strlen(key));
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)body, strlen(body));
    crypto_auth_hmacsha256_final(&state, mac);
    return arena_format(&w->arena, "sha256=%s", sodium_bin2hex(hex, sizeof hex, mac, sizeof mac));
}

static struct answer tell(struct world *w, const char *account, const char *body, struct str signature)
{
    struct call call = { .method = POST, .path = arena_format(&w->arena, "/gateway/http/%s", account), .body = str_of(body),
                         .signature = signature };
    struct answer a;
    api_call(w->api, &w->arena, &call, &a);
    return a;
}

SQL(count_told, "select count(*) from signal where kind = 'rescue'");
SQL(select_data, "select data from signal where sequence = '7'");

static void count_signals(struct tx *tx, void *arg)
{
    db_one(tx, count_told, IN(), OUT((int64_t *)arg));
}

static void check_data(struct tx *tx, void *arg)
{
    struct str data = { 0 };
    (void)arg;
    CHECK(db_one(tx, select_data, IN(), OUT(&data)));
    CHECK_STR(data, "{\"room\":\"301\"}");
}

/* Ten seconds of standing, a fall and ten of lying, as a sensor at the waist sends them. */
static const char *samples(struct world *w)
{
    struct buf b = buf_in(&w->arena);
    buf_put(&b, S("{\"samples\":["));
    for (int i = 0; i < 410; i++) {
        bool falls = i >= 200 && i < 208, hits = i >= 208 && i < 210;
        buf_format(&b, "%s[%d,%d,%d]", i ? "," : "", i < 208 ? 0 : hits ? 3500 : 1000, i % 2 ? 15 : -15, falls ? 150 : hits ? 2500 : i < 200 ? 1000 : 50);
    }
    buf_put(&b, S("],\"hz\":20,\"place\":\"waist\",\"seq\":1}"));
    return arena_z(&w->arena, buf_str(&b));
}

TEST_WORLD(samples_of_an_accelerometer_become_a_fall_and_are_forgotten)
{
    static const char rest[] = "{\"samples\":[[0,0,1000]],\"hz\":20,\"place\":\"waist\",\"seq\":2}", wrong[] = "{\"samples\":[[0,0]],\"hz\":1,\"seq\":3}";
    const char *fall = samples(w);
    CHECK_INT(world_post(w, &w->clerk, "/devices", text(w, TELLER, w->unit, 0)).status, 201);
    struct answer a = tell(w, "v7", fall, signed_by(w, "sesame-1234", fall));
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "type"), "fall");
    CHECK(str_has(a.body, S("\"new\":true")));
    a = tell(w, "v7", fall, signed_by(w, "sesame-1234", fall));       /* the answer was lost: the same fall */
    CHECK_INT(a.status, 200);
    CHECK(str_has(a.body, S("\"new\":false")));
    a = tell(w, "v7", rest, signed_by(w, "sesame-1234", rest));
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "type"), "heartbeat");
    CHECK_INT(tell(w, "v7", wrong, signed_by(w, "sesame-1234", wrong)).status, 422);
}

TEST(a_signature_is_that_of_rfc_4231)
{
    CHECK(device_signed(S("Jefe"), S("what do ya want for nothing?"),
        S("sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")));
    CHECK(!device_signed(S("Jefe"), S("what do ya want for nothing!"),
        S("sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")));
    CHECK(!device_signed(S("Jefe"), S("what do ya want for nothing?"), S("sha256=5bdcc146")));
    CHECK(!device_signed(S(""), S(""), S("sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")));
}

TEST_WORLD(a_signed_signal_is_taken_once_and_an_unsigned_one_never)
{
    static const char help[] = "{\"type\":\"rescue\",\"seq\":7,\"data\":{\"room\":\"301\"}}";
    int64_t count = 0;
    CHECK_INT(world_post(w, &w->clerk, "/devices", text(w, TELLER, w->unit, 0)).status, 201);
    struct str right = signed_by(w, "sesame-1234", help);
    struct answer a = tell(w, "v7", help, right);
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "seq"), "7");
    CHECK(str_has(a.body, S("\"new\":true")));
    a = tell(w, "v7", help, right);
    CHECK_INT(a.status, 200);
    CHECK(str_has(a.body, S("\"new\":false")));
    CHECK_INT(tell(w, "v7", help, S("")).status, 403);
    CHECK_INT(tell(w, "v7", help, signed_by(w, "another key", help)).status, 403);
    CHECK_INT(tell(w, "v8", help, right).status, 403);
    world_read(w, count_signals, &count);
    CHECK_INT(count, 1);
    world_read(w, check_data, NULL);
    static const char *const wrong[] = { "{\"type\":\"dance\",\"seq\":8}", "{\"type\":\"rescue\"}", "{\"type\":\"rescue\",\"at\":\"soon\"}" };
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK_INT(tell(w, "v7", wrong[i], signed_by(w, "sesame-1234", wrong[i])).status, 422);
    static const char alive[] = "{\"type\":\"heartbeat\"}";           /* no row, so no number */
    CHECK_INT(tell(w, "v7", alive, signed_by(w, "sesame-1234", alive)).status, 200);
    CHECK_INT(tell(w, "v7", "[]", signed_by(w, "sesame-1234", "[]")).status, 400);
    static const char timed[] = "{\"type\":\"rescue\",\"at\":\"2026-11-23T09:00:05+08:00\"}";
    CHECK_INT(tell(w, "v7", timed, signed_by(w, "sesame-1234", timed)).status, 200);
    world_read(w, count_signals, &count);
    CHECK_INT(count, 2);
}

/* --- a vendor's platform ---------------------------------------------------------------------------------------------- */

static const char push_form[] = "{\"IMEI\":\"%s\",\"messageType\":\"dataReport\",\"deviceId\":\"d2\",\"timestamp\":1606982320277,"
    "\"payload\":{\"serviceData\":{\"TData\":30,\"Battery_Level\":100,\"Alarm_Status\":1}}}";
SQL(count_fire, "select count(*) from signal where kind = 'fire'");

static void count_fires(struct tx *tx, void *arg)
{
    db_one(tx, count_fire, IN(), OUT((int64_t *)arg));
}

static void add_device(struct world *w, const char *kind, const char *vendor, const char *account)
{
    struct json j = json_in(&w->arena);
    json_obj(&j);
    json_key_str(&j, "kind", str_of(kind));
    json_key_str(&j, "vendor", str_of(vendor));
    json_key_str(&j, "protocol", S("http"));
    json_key_str(&j, "account", str_of(account));
    json_key_str(&j, "key", S("sesame-1234"));
    json_key_int(&j, "area", w->unit);
    json_end(&j);
    CHECK_INT(world_post(w, &w->clerk, "/devices", arena_z(&w->arena, json_done(&j))).status, 201);
}

static struct answer push(struct world *w, const char *imei)
{
    const char *text = arena_format(&w->arena, push_form, imei).p;
    return tell(w, "aep", text, signed_by(w, "sesame-1234", text));
}

TEST_WORLD(a_platform_speaks_for_the_devices_of_its_vendor_only)
{
    int64_t fires = 0;
    add_device(w, "platform", "telecom_aep", "aep");
    add_device(w, "smoke", "telecom_aep", "860374051096202");
    add_device(w, "smoke", "huawei_oc", "860374051096203");
    struct answer a = push(w, "860374051096202");
    CHECK_INT(a.status, 200);
    CHECK_STR(a.body, "{\"taken\":1,\"unknown_devices\":0}");
    CHECK_INT(push(w, "860374051096202").status, 200);               /* pushed again: the same signal */
    CHECK_STR(push(w, "860374051096203").body, "{\"taken\":0,\"unknown_devices\":1}");
    CHECK_STR(push(w, "860374051096299").body, "{\"taken\":0,\"unknown_devices\":1}");
    world_read(w, count_fires, &fires);
    CHECK_INT(fires, 1);
    CHECK_INT(tell(w, "aep", "{\"type\":\"rescue\",\"seq\":1}", signed_by(w, "sesame-1234", "{\"type\":\"rescue\",\"seq\":1}")).status, 400);
    const char *text = arena_format(&w->arena, push_form, "860374051096202").p;
    CHECK_INT(tell(w, "aep", text, signed_by(w, "wrong", text)).status, 403);
    a = world_get(w, &w->clerk, "/devices/strangers");
    CHECK(str_has(a.body, S("860374051096299")) && str_has(a.body, S("\"reason\":\"unknown\"")));
    a = world_get(w, &w->clerk, "/gateways");
    CHECK(str_has(a.body, S("\"name\":\"http\"")) && str_has(a.body, S("\"refused\":1")));
}
