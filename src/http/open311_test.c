/* open311_test.c -- GeoReport v2 whole: discovery, services, a request from its post to its closing, filters, errors, in JSON
 * and in XML. */
#include "http/http.h"
#include "test/world.h"

#define V2 "/open311/v2"

static struct str token(struct world *w)
{
    struct answer a = world_post(w, &w->integration, "/tokens", "{\"name\":\"Open311\"}");
    CHECK_INT(a.status, 201);
    return answer_str(w, &a, "token");
}

static struct answer get(struct world *w, const char *path, struct str key)
{
    struct str full = key.n ? arena_format(&w->arena, "%s%sapi_key=" STR_FMT, path, str_has(str_of(path),
            S("?")) ? "&" : "?", STR_ARG(key)) : str_of(path);
    struct call call = { .method = GET, .path = full, .accept_language = S("en") };
    struct answer a;
    api_call(w->api, &w->arena, &call, &a);
    return a;
}

static struct answer post(struct world *w, const char *format, struct str form)
{
    struct call call = { .method = POST, .path = arena_format(&w->arena, V2 "/requests.%s", format), .body = form,
                         .content_type = S("application/x-www-form-urlencoded"), .accept_language = S("en") };
    struct answer a;
    api_call(w->api, &w->arena, &call, &a);
    return a;
}

static struct str form(struct world *w, struct str key, const char *more)
{
    struct str place = arena_format(&w->arena, "999901001001001");
    return arena_format(&w->arena, "api_key=" STR_FMT "&service_code=E0110&address_id=" STR_FMT
                        "&description=%%E4%%BA%%95%%E7%%9B%%96%%E7%%A0%%B4%%E6%%8D%%9F+now&first_name=San&last_name=Zhang&phone=13800001234%s",
                        STR_ARG(key), STR_ARG(place), more);
}

TEST_WORLD(discovery_and_services_are_open_in_both_formats)
{
    struct answer a = get(w, "/open311/discovery.json", S(""));
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "endpoints.0.specification"), "http://wiki.open311.org/GeoReport_v2");
    CHECK_STR(answer_str(w, &a, "endpoints.0.formats.1"), "application/json");
    a = get(w, V2 "/discovery.xml", S(""));
    CHECK(str_has(a.body, S("<discovery><changeset>")) && str_has(a.body, S("<format>text/xml</format>")));
    a = get(w, V2 "/services.json", S(""));
    CHECK(str_starts(a.body, S("[{\"service_code\":")));
    CHECK(str_has(a.body, S("\"service_code\":\"E0110\"")) && !str_has(a.body, S("\"service_code\":\"E01\"")));
    a = get(w, V2 "/services.xml", S(""));
    CHECK(str_has(a.body, S("<services><service><service_code>")));
    CHECK(str_starts(a.type, S("text/xml")));
    a = get(w, V2 "/services/E0110.json", S(""));
    CHECK_STR(answer_str(w, &a, "attributes.0.code"), "urgency");
    a = get(w, V2 "/services/E0110.xml", S(""));
    CHECK(str_has(a.body, S("<service_definition>")) && str_has(a.body, S("<values><value><key>normal</key>")));
    a = get(w, V2 "/services/NONE.json", S(""));
    CHECK_INT(a.status, 404);
    CHECK(str_starts(a.body, S("[{\"code\":404,\"description\":")));
    a = get(w, V2 "/services/NONE.xml", S(""));
    CHECK(str_has(a.body, S("<errors><error><code>404</code><description>")));
}

TEST_WORLD(a_request_is_posted_found_and_closed)
{
    struct str key = token(w);
    struct answer a = post(w, "json", form(w, key, "&attribute[urgency]=urgent&email=a@b.test&device_id=x"));
    CHECK_INT(a.status, 201);
    CHECK(str_starts(a.body, S("[{\"service_request_id\":\"BG-")));
    struct str number = answer_str(w, &a, "0.service_request_id");
    a = get(w, arena_format(&w->arena, V2 "/requests/" STR_FMT ".json", STR_ARG(number)).p, key);
    CHECK_INT(a.status, 200);
    CHECK_STR(answer_str(w, &a, "0.status"), "open");
    CHECK_STR(answer_str(w, &a, "0.service_code"), "E0110");
    CHECK(str_has(answer_str(w, &a, "0.description"), S("井盖破损")));
    CHECK(!str_has(a.body, S("13800001234")) && !str_has(a.body, S("Zhang")));
    int64_t id = 0;
    CHECK(matter_from_number(number, &id));
    CHECK_INT(world_move(w, &w->clerk, id, "withdraw",
        "{\"reason\":\"来电人说已经修好了\"}") / 100 * 100 == 200 ? 200 : 400, 200);
    a = get(w, arena_format(&w->arena, V2 "/requests/" STR_FMT ".xml?extensions=true", STR_ARG(number)).p, key);
    CHECK(str_has(a.body, S("<status>closed</status>")) && str_has(a.body, S("<notes><note><datetime>")));
    a = get(w, V2 "/requests.json?status=closed", key);
    CHECK_STR(answer_str(w, &a, "0.service_request_id"), arena_z(&w->arena, number));
    a = get(w, V2 "/requests.json?status=open", key);
    CHECK_STR(a.body, "[]");
}

TEST_WORLD(requests_are_filtered_and_paged)
{
    struct str key = token(w);
    for (int i = 0; i < 5; i++) {
        CHECK_INT(post(w, "xml", form(w, key, "")).status, 201);
        w->clock.at += HOURS(1);
    }
    static const struct { const char *query; int count; } asks[] = {
        { "", 5 }, { "page_size=2", 2 }, { "page_size=2&page=3", 1 }, { "page_size=2&page=4", 0 },
              { "service_code=E0102", 0 },
        { "service_code=E0102,E0110", 5 }, { "start_date=2026-11-23T10:30:00%2B08:00", 3 },
              { "end_date=2026-11-23T09:30:00%2B08:00", 1 },
        { "updated_after=2026-11-23T12:30:00%2B08:00", 1 }, { "status=open,closed", 5 },
              { "start_date=2026-08-01&end_date=2026-08-02", 0 },
    };
    for (size_t i = 0; i < COUNT(asks); i++) {
        struct answer a = get(w, arena_format(&w->arena, V2 "/requests.json%s%s", *asks[i].query ? "?" : "",
                asks[i].query).p, key);
        if (a.status != 200 || answer_count(w, &a, "") != asks[i].count)
            check_failed(__FILE__, __LINE__, asks[i].query);
    }
    struct answer a = get(w, V2 "/requests.json", key);
    struct str ids = arena_format(&w->arena, V2 "/requests.json?service_request_id=" STR_FMT ",nonsense," STR_FMT,
                                  STR_ARG(answer_str(w, &a, "0.service_request_id")), STR_ARG(answer_str(w, &a,
                                      "3.service_request_id")));
    a = get(w, ids.p, key);
    CHECK_INT(answer_count(w, &a, ""), 2);
    CHECK_INT(get(w, V2 "/requests.json?start_date=2026-01-01&end_date=2026-11-01", key).status, 400);
}

TEST_WORLD(the_key_is_asked_for_and_rights_hold)
{
    struct str key = token(w);
    CHECK_INT(post(w, "json", form(w, S(""), "")).status, 403);
    struct answer a = post(w, "xml", form(w, S("wxt_wrong"), ""));
    CHECK_INT(a.status, 403);
    CHECK(str_has(a.body, S("<error><code>403</code>")));
    CHECK_INT(get(w, V2 "/requests.json", S("")).status, 403);
    CHECK_INT(post(w, "json", form(w, key, "")).status, 201);
    struct answer far = world_post(w, &w->clerk_far, "/tokens", "{\"name\":\"别的街道\"}");
    a = get(w, V2 "/requests.json", answer_str(w, &far, "token"));
    CHECK_STR(a.body, "[]");
}

TEST_WORLD(each_mistake_of_a_request_is_told)
{
    struct str key = token(w);
    static const struct { const char *form, *word; } wrong[] = {
        { "&address_id=999901001001001&description=abc", "service_code" },
              { "&service_code=NONE&address_id=999901001001001&description=abc", "service_code" },
        { "&service_code=E0110&description=abc", "lat" }, { "&service_code=E0110&lat=x&long=y&description=abc", "lat" },
        { "&service_code=E0110&address_id=999901001001001", "description" },
              { "&service_code=E0110&address_id=nowhere&description=abc", "address_id" },
        { "&service_code=E0110&address_id=999901001001001&description=abc&colour=red", "colour" },
        { "&service_code=E0110&address_id=999901001001001&description=%E0%80", "decoded" },
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct answer a = post(w, "json", arena_format(&w->arena, "api_key=" STR_FMT "%s", STR_ARG(key),
                wrong[i].form));
        if (a.status != 400 || !str_has(a.body, str_of(wrong[i].word)))
            check_failed(__FILE__, __LINE__, arena_format(&w->arena, "%s gave %d %.*s", wrong[i].form,
                a.status, STR_ARG(a.body)).p);
    }
    struct answer a = get(w, V2 "/requests/BG-261123-999999.json", key);
    CHECK_INT(a.status, 404);
    CHECK_INT(get(w, V2 "/requests/BG-261123-999999", key).status, 404);
    CHECK_INT(get(w, V2 "/tokens/AAAA-BBBB-CCCC.json", S("")).status, 404);
}

TEST_WORLD(a_token_names_its_request_and_a_key_repeats_nothing)
{
    struct str key = token(w);
    struct call call = { .method = POST, .path = S(V2 "/requests.json"), .body = form(w, key, ""),
            .idempotency_key = S("o-1"),
                         .content_type = S("application/x-www-form-urlencoded"), .accept_language = S("en") };
    struct answer first, again;
    api_call(w->api, &w->arena, &call, &first);
    api_call(w->api, &w->arena, &call, &again);
    CHECK_EQ(again.body, first.body);
    struct str notice = answer_str(w, &first, "0.service_notice"), code = str_from(notice, str_find(notice,
            S(": ")) + 2);
    struct answer a = get(w, arena_format(&w->arena, V2 "/tokens/" STR_FMT ".json", STR_ARG(code)).p, S(""));
    CHECK_EQ(answer_str(w, &a, "0.service_request_id"), answer_str(w, &first, "0.service_request_id"));
    a = get(w, V2 "/requests.json", key);
    CHECK_INT(answer_count(w, &a, ""), 1);
}
