/* matrix_test.c -- who may do what, generated from the route table (RELIABILITY R9): every route by every role, and every
 * route of a matter by every role over its own, child, sibling and foreign areas. What a role may not do is refused with
 * 403; what lies outside a grant is not found, with 404, and nowhere listed. A route that opens without a log-in must stand
 * in the list here: a forgotten `who` fails. */
#include "http/http.h"
#include "test/world.h"

#include <string.h>

enum { PEOPLE = 18, PLACES = 5 };

static const char *const open_routes[] = {
    "POST /session", "GET /setup", "POST /setup", "GET /demo-logins", "GET /places/{code}", "GET /healthz",
        "GET /readyz", "GET /pulse", "GET /metrics",
    "GET /openapi.json", "GET /paper.css",
};
static const char *const open_prefixes[] = { "/public/", "/open311/", "/gateway/", "/install" };
static const char *const methods[] = { "", "GET", "POST", "PUT", "PATCH", "DELETE" };

static bool may_be_open(struct arena *arena, const struct route *route)
{
    struct str name = arena_format(arena, "%s %s", methods[route->method], route->path);
    for (size_t i = 0; i < COUNT(open_routes); i++)
        if (str_is(name, open_routes[i]))
            return true;
    for (size_t i = 0; i < COUNT(open_prefixes); i++)
        if (str_starts(str_of(route->path), str_of(open_prefixes[i])))
            return true;
    return false;
}

static int everybody(struct world *w, const struct who **ret)
{
    const struct who *all[PEOPLE] = { &w->admin, &w->leader, &w->clerk, &w->clerk_b, &w->duty, &w->secretary,
            &w->secretary2, &w->worker1,
        &w->worker2, &w->worker_far, &w->clerk_far, &w->urban, &w->housing, &w->arbiter, &w->auditor,
            &w->kiosk, &w->integration, &w->nobody };
    memcpy(ret, all, sizeof all);
    return PEOPLE;
}

/* Every {name} gets something of its kind. */
static struct str address_of(struct arena *arena, const struct route *route, int64_t id)
{
    struct buf b = buf_in(arena);
    struct str path = str_of(route->path);
    buf_put(&b, route->flags & ROUTE_ROOT ? S("") : S("/api/v1"));
    while (path.n) {
        size_t open = str_find(path, S("{"));
        buf_put(&b, str_head(path, open));
        path = str_from(path, open);
        if (path.n == 0)
            break;
        size_t close = str_find(path, S("}"));
        struct str name = str_head(str_from(path, 1), close - 1);
        if (str_is(name, "id"))
            buf_format(&b, "%lld", (long long)id);
        else
            buf_put(&b, str_is(name, "verb") ? S("accept") : S("x"));
        path = str_from(path, close + 1);
    }
    return buf_str(&b);
}

static struct answer call_route(struct world *w, const struct route *route, const struct who *who, int64_t id,
        const char *body)
{
    struct call call = { .method = route->method, .path = address_of(&w->arena, route, id),
            .body = str_of(body), .who = who };
    struct answer a;
    api_call(w->api, &w->arena, &call, &a);
    return a;
}

TEST_WORLD(no_route_is_open_by_mistake)
{
    const struct route *const *routes;
    int count = api_routes(w->api, &routes);
    CHECK(count > 60);
    for (int i = 0; i < count; i++) {
        const struct route *r = routes[i];
        if (r->who == R_PUBLIC && !may_be_open(&w->arena, r))
            check_failed(__FILE__, __LINE__, arena_format(&w->arena, "%s %s declares nobody",
                methods[r->method], r->path).p);
        if (!r->about.zh || !r->about.en)
            check_failed(__FILE__, __LINE__, arena_format(&w->arena, "%s %s has no documentation",
                methods[r->method], r->path).p);
        if (r->method == GET && r->apply && !(r->flags & ROUTE_LOGS_READ))
            check_failed(__FILE__, __LINE__, arena_format(&w->arena, "%s writes on GET", r->path).p);
    }
}

TEST_WORLD(every_route_asks_for_a_log_in_and_a_role)
{
    const struct route *const *routes;
    const struct who *people[PEOPLE];
    int count = api_routes(w->api, &routes), people_count = everybody(w, people), refused = 0;
    for (int i = 0; i < count; i++) {
        const struct route *r = routes[i];
        if (r->who == R_PUBLIC)
            continue;
        if (call_route(w, r, NULL, 1, "").status != 401)
            check_failed(__FILE__, __LINE__, arena_format(&w->arena, "%s %s without a log-in",
                methods[r->method], r->path).p);
        for (int p = 0; p < people_count; p++) {
            if (people[p]->roles & r->who)
                continue;
            struct answer a = call_route(w, r, people[p], 1, "{}");
            if (a.status != 403)
                check_failed(__FILE__, __LINE__, arena_format(&w->arena, "%s %s by %.*s gave %d",
                    methods[r->method], r->path,
                                                              STR_ARG(people[p]->login), a.status).p);
            refused++;
        }
    }
    CHECK(refused > 300);
}

/* --- areas ------------------------------------------------------------------------------------------------------------------------ */

struct placed { int64_t id; int64_t chain[5]; };             /* the areas it lies in */

static struct placed put_report(struct world *w, const struct who *who, int64_t area, const int64_t chain[5])
{
    struct placed p = { 0 };
    struct str body = arena_format(&w->arena, "{\"text\":\"门口井盖破损，请尽快处理\",\"area\":%lld}", (long long)area);
    struct answer a = world_post(w, who, "/reports", body.p);
    CHECK_INT(a.status, 201);
    p.id = answer_int(w, &a, "id");
    memcpy(p.chain, chain, sizeof p.chain);
    return p;
}

/* Said once more, by other means than the engine's: a grant of another role than administrator covers what lies in its area. */
static bool covers(const struct who *who, const struct placed *p)
{
    for (int g = 0; g < who->grant_count; g++)
        for (int i = 0; i < 5 && who->grants[g].role != ROLE_ADMIN && who->grants[g].area; i++)
            if (p->chain[i] == who->grants[g].area)
                return true;
    return false;
}

/* A wall screen hears events and counts, and opens no matter. */
static bool should_see(const struct who *who, const struct placed *p)
{
    return !(who->roles & R(KIOSK)) && covers(who, p);
}

static void put_all(struct world *w, struct placed out[PLACES])
{
    out[0] = put_report(w, &w->clerk, w->grid1, (int64_t[]){ w->grid1, w->community1, w->street, w->district, 0 });
    out[1] = put_report(w, &w->clerk, w->unit, (int64_t[]){ w->unit, w->grid1, w->community1, w->street, w->district });
    out[2] = put_report(w, &w->clerk, w->grid2, (int64_t[]){ w->grid2, w->community1, w->street, w->district, 0 });
    out[3] = put_report(w, &w->clerk, w->grid3, (int64_t[]){ w->grid3, w->community2, w->street, w->district, 0 });
    out[4] = put_report(w, &w->clerk_far, w->grid4, (int64_t[]){ w->grid4, w->community3, w->street2, w->district, 0 });
}

static bool listed(struct world *w, const struct answer *a, int64_t id)
{
    for (int i = 0; i < answer_count(w, a, "items"); i++)
        if (answer_int(w, a, arena_format(&w->arena, "items.%d.id", i).p) == id)
            return true;
    return false;
}

TEST_WORLD(a_matter_is_seen_in_its_own_area_and_not_found_elsewhere)
{
    struct placed places[PLACES];
    const struct who *people[PEOPLE];
    int count = everybody(w, people);
    put_all(w, places);
    for (int p = 0; p < count; p++) {
        bool may_list = people[p]->roles & (R_ANY | R(KIOSK));
        struct answer list = world_get(w, people[p], "/matters?limit=200");
        for (int i = 0; i < PLACES; i++) {
            bool see = should_see(people[p], &places[i]);
            int status = world_get(w, people[p], arena_format(&w->arena, "/matters/%lld",
                (long long)places[i].id).p).status;
            if (status != (!may_list ? 403 : see ? 200 : 404) || (may_list && listed(w, &list, places[i].id) != see))
                check_failed(__FILE__, __LINE__, arena_format(&w->arena, "%.*s and place %d: %d",
                    STR_ARG(people[p]->login), i, status).p);
        }
    }
}

/* Bodies that would be right, so that nothing but the area refuses them. */
static const char *body_for(const char *path)
{
    return strstr(path, "unmask") ? "{\"reporter\":1,\"reason\":\"回访核实\"}" : strstr(path,
            "promises") ? "{\"text\":\"三天内修好\",\"due_at\":\"2026-11-26T18:00:00+08:00\"}"
           : strstr(path, "rings") ? "{\"name\":\"邻居\",\"what\":\"去敲门\"}"
           : strstr(path, "files") ? "a text file" : "{}";
}

TEST_WORLD(no_route_of_a_matter_reaches_a_foreign_one)
{
    struct placed places[PLACES];
    const struct who *people[PEOPLE];
    const struct route *const *routes;
    int count = everybody(w, people), route_count = api_routes(w->api, &routes), asked = 0;
    put_all(w, places);
    for (int i = 0; i < route_count; i++) {
        const struct route *r = routes[i];
        if (!str_starts(str_of(r->path), S("/matters/{id}")))
            continue;
        for (int p = 0; p < count; p++)
            for (int at = 0; at < PLACES; at++) {
                if (!(people[p]->roles & r->who) || should_see(people[p], &places[at]))
                    continue;
                int status = call_route(w, r, people[p], places[at].id, body_for(r->path)).status;
                if (status != 404)
                    check_failed(__FILE__, __LINE__, arena_format(&w->arena, "%s %s by %.*s at %d gave %d",
                        methods[r->method], r->path,
                                                                  STR_ARG(people[p]->login), at, status).p);
                asked++;
            }
    }
    CHECK(asked > 150);
}

TEST_WORLD(events_and_search_keep_to_the_same_areas)
{
    struct placed places[PLACES];
    const struct who *people[PEOPLE];
    int count = everybody(w, people);
    struct answer start = world_get(w, &w->clerk, "/events");
    put_all(w, places);
    world_turn(w);
    struct str path = arena_format(&w->arena, "/events?after=%lld", (long long)answer_int(w, &start, "next"));
    for (int p = 0; p < count; p++) {
        if (!(people[p]->roles & (R_ANY | R(KIOSK))))
            continue;
        struct answer a = world_get(w, people[p], path.p);
        for (int i = 0; i < PLACES; i++) {
            bool told = false;
            for (int e = 0; e < answer_count(w, &a, "items"); e++)
                told = told || answer_int(w, &a, arena_format(&w->arena, "items.%d.matter", e).p) == places[i].id;
            if (told != covers(people[p], &places[i]))
                check_failed(__FILE__, __LINE__, arena_format(&w->arena, "events of %.*s and place %d",
                    STR_ARG(people[p]->login), i).p);
        }
    }
}
