/* openapi_test.c -- what /openapi.json says of itself holds together: every reference is there, every operation has its own
 * name, every {name} of a path is declared, tags stand once, and each route and move is in it. (A strict outside linter,
 * redocly's recommended-strict, finds nothing either; it is not a dependency of the tests.) */
#include "http/http.h"
#include "test/world.h"

#include <jansson.h>
#include <string.h>

static json_t *at_reference(json_t *root, const char *ref)
{
    struct str rest = str_from(str_of(ref), 2), part;
    json_t *at = root;
    while (at && str_cut(&rest, '/', &part))
        at = json_object_getn(at, part.p, part.n);
    return at;
}

static int check_references(json_t *root, json_t *at)
{
    const char *key;
    json_t *value;
    size_t i;
    int count = 0;
    if (json_is_array(at)) {
        json_array_foreach(at, i, value) count += check_references(root, value);
        return count;
    }
    json_object_foreach(at, key, value) {
        if (strcmp(key, "$ref") == 0) {
            if (!at_reference(root, json_string_value(value)))
                check_failed(__FILE__, __LINE__, json_string_value(value));
            count++;
        } else {
            count += check_references(root, value);
        }
    }
    return count;
}

static bool declared(json_t *operation, struct str name)
{
    size_t i;
    json_t *parameter;
    json_array_foreach(json_object_get(operation, "parameters"), i, parameter) {
        const char *in = json_string_value(json_object_get(parameter, "in"));
        if (in && strcmp(in, "path") == 0 && str_is(name, json_string_value(json_object_get(parameter, "name"))))
            return true;
    }
    return false;
}

static void check_path(const char *path, json_t *operation)
{
    struct str rest = str_of(path);
    for (size_t open; (open = str_find(rest, S("{"))) < rest.n;) {
        rest = str_from(rest, open + 1);
        if (!declared(operation, str_head(rest, str_find(rest, S("}")))))
            check_failed(__FILE__, __LINE__, path);
    }
}

TEST_WORLD(openapi_holds_together)
{
    for (int lang = 0; lang < 2; lang++) {
        struct answer a = world_get(w, NULL, lang ? "//openapi.json?lang=en" : "//openapi.json");
        json_t *root = json_loadb(a.body.p, a.body.n, JSON_REJECT_DUPLICATES, NULL), *names = json_object(),
            *item, *operation;
        const char *path, *method;
        const struct route *const *routes;
        int operations = 0, public_routes = 0, count = api_routes(w->api, &routes);
        CHECK_INT(a.status, 200);
        CHECK(root != NULL);
        CHECK_STR(str_of(json_string_value(json_object_get(root, "openapi"))), "3.1.0");
        CHECK(check_references(root, root) > 100);
        json_object_foreach(json_object_get(root, "paths"), path, item) {
            json_object_foreach(item, method, operation) {
                const char *id = json_string_value(json_object_get(operation, "operationId"));
                CHECK(id && !json_object_get(names, id));
                json_object_set_new(names, id, json_true());
                CHECK(*json_string_value(json_object_get(operation, "summary")) != 0);
                check_path(path, operation);
                operations++;
            }
        }
        for (int i = 0; i < count; i++)
            public_routes += !(routes[i]->flags & ROUTE_SYSTEM);
        CHECK_INT(operations, public_routes);
        size_t i;
        json_t *tag, *seen = json_object();
        json_array_foreach(json_object_get(root, "tags"), i, tag) {
            const char *name = json_string_value(json_object_get(tag, "name"));
            CHECK(!json_object_get(seen, name));
            json_object_set_new(seen, name, json_true());
        }
        json_decref(seen);
        json_decref(names);
        json_decref(root);
    }
}
