/* openapi.c -- OpenAPI 3.1 written from the route and field tables, so that it cannot drift from what the server does. */
#include "http/http.h"

#include <string.h>

static struct str lower_name(struct arena *arena, const char *method, struct str path)
{
    struct buf b = buf_in(arena);
    for (const char *m = method; *m; m++)
        buf_char(&b, *m >= 'A' && *m <= 'Z' ? (char)(*m + 32) : *m);
    for (size_t i = 0; i < path.n; i++) {
        char c = path.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
        if (plain)
            buf_char(&b, c);
        else if (b.n && b.p[b.n - 1] != '_')
            buf_char(&b, '_');
    }
    struct str name = buf_str(&b);
    return name.n && name.p[name.n - 1] == '_' ? str_head(name, name.n - 1) : name;
}

/* --- schemas --------------------------------------------------------------------------------------------------------------- */

static void key_z(struct json *j, const char *key, const char *value)
{
    json_key_str(j, key, str_of(value));
}

static void object_schema(struct json *j, const struct field *table, enum lang lang);

static void text_schema(struct json *j, const struct field *row)
{
    static const int64_t usual[] = { [TEXT] = 200, [LONG_TEXT] = 4000, [SECRET] = 200 };
    key_z(j, "type", "string");
    if (row->type != TEXT && row->type != LONG_TEXT && row->type != SECRET)
        return;
    if (row->type == SECRET) {
        key_z(j, "format", "password");
        json_key_bool(j, "writeOnly", true);
    }
    if (row->min > 0)
        json_key_int(j, "minLength", row->min);
    json_key_int(j, "maxLength", row->max ? row->max : usual[row->type]);
}

static void choice_schema(struct json *j, const struct field *row)
{
    key_z(j, "type", "string");
    json_key_list(j, "enum");
    for (const struct choice *c = row->choices; c && c->name; c++)
        json_str(j, str_of(c->name));
    json_end(j);
}

static void number_schema(struct json *j, const struct field *row)
{
    key_z(j, "type", row->type == DEGREE ? "number" : "integer");
    if (row->type != DEGREE)
        key_z(j, "format", "int64");
    if (row->type == ID)
        json_key_int(j, "minimum", 1);
    else if (row->type == INT && (row->min || row->max)) {
        json_key_int(j, "minimum", row->min);
        if (row->max >= row->min)
            json_key_int(j, "maximum", row->max);
    }
}

static void array_schema(struct json *j, const struct field *row, enum lang lang)
{
    key_z(j, "type", "array");
    if (row->min > 0)
        json_key_int(j, "minItems", row->min);
    json_key_int(j, "maxItems", row->max ? row->max : FORM_LIST_MAX);
    json_key(j, "items");
    if (row->type == LIST) {
        object_schema(j, row->sub, lang);
        return;
    }
    json_obj(j);
    key_z(j, "type", row->type == IDS ? "integer" : "string");
    json_end(j);
}

static void row_schema(struct json *j, const struct field *row, enum lang lang)
{
    struct str help = label_in(row->help, lang);
    if (row->type == OBJECT) {
        object_schema(j, row->sub, lang);
        return;
    }
    json_obj(j);
    json_key_str(j, "title", label_in(row->label, lang));
    if (help.n)
        json_key_str(j, "description", help);
    switch (row->type) {
    case BOOL:
        key_z(j, "type", "boolean");
        break;
    case INT:
    case ID:
    case DEGREE:
        number_schema(j, row);
        break;
    case CHOICE:
        choice_schema(j, row);
        break;
    case TIME:
    case DAY:
        key_z(j, "type", "string");
        key_z(j, "format", row->type == TIME ? "date-time" : "date");
        break;
    case IDS:
    case TEXTS:
    case LIST:
        array_schema(j, row, lang);
        break;
    default:
        text_schema(j, row);
    }
    json_end(j);
}

static void object_schema(struct json *j, const struct field *table, enum lang lang)
{
    bool required = false;
    json_obj(j);
    key_z(j, "type", "object");
    json_key_bool(j, "additionalProperties", false);
    json_key_obj(j, "properties");
    for (const struct field *row = table; row && row->name; row++) {
        json_key(j, row->name);
        row_schema(j, row, lang);
        required = required || row->required;
    }
    json_end(j);
    if (required) {
        json_key_list(j, "required");
        for (const struct field *row = table; row->name; row++)
            if (row->required)
                json_str(j, str_of(row->name));
        json_end(j);
    }
    json_end(j);
}

static void property(struct json *j, const char *name, const char *type)
{
    json_key_obj(j, name);
    key_z(j, "type", type);
    json_end(j);
}

static void reference(struct json *j, const char *key, const char *to)
{
    json_key_obj(j, key);
    key_z(j, "$ref", to);
    json_end(j);
}

/* --- the answers that many routes share ---------------------------------------------------------------------------------------- */

static const char *const answers[] = { "me", "matter", "matter_item", "matter_page", "problem" };

static void item_properties(struct json *j)
{
    static const struct { const char *name, *type; } members[] = {
        { "id", "integer" }, { "number", "string" }, { "kind", "string" }, { "kind_label", "string" },
              { "state", "string" },
        { "state_label", "string" }, { "phase", "string" }, { "title", "string" }, { "category", "string" },
              { "category_label", "string" },
        { "urgency", "string" }, { "area", "integer" }, { "area_name", "string" }, { "owner", "object" },
              { "channel", "string" },
        { "opened_at", "string" }, { "changed_at", "string" }, { "late", "boolean" }, { "reporter_count", "integer" },
        { "confidential", "boolean" },
    };
    for (size_t i = 0; i < COUNT(members); i++)
        property(j, members[i].name, members[i].type);
}

static void matter_schemas(struct json *j)
{
    static const char *const lists[] = { "reporters", "history", "deadlines", "moves", "links", "files",
            "papers", "supervision" };
    json_key_obj(j, "matter_item");
    key_z(j, "type", "object");
    json_key_obj(j, "properties");
    item_properties(j);
    json_end(j);
    json_end(j);
    json_key_obj(j, "matter");
    key_z(j, "type", "object");
    json_key_obj(j, "properties");
    item_properties(j);
    property(j, "text", "string");
    property(j, "address", "string");
    property(j, "version", "integer");
    property(j, "fields", "object");
    for (size_t i = 0; i < COUNT(lists); i++) {
        json_key_obj(j, lists[i]);
        key_z(j, "type", "array");
        json_key_obj(j, "items");
        key_z(j, "type", "object");
        json_end(j);
        json_end(j);
    }
    json_end(j);
    json_end(j);
    json_key_obj(j, "matter_page");
    key_z(j, "type", "object");
    json_key_obj(j, "properties");
    json_key_obj(j, "items");
    key_z(j, "type", "array");
    reference(j, "items", "#/components/schemas/matter_item");
    json_end(j);
    json_key_obj(j, "next");
    json_key_list(j, "type");
    json_str(j, S("string"));
    json_str(j, S("null"));
    json_end(j);
    json_end(j);
    json_end(j);
    json_end(j);
}

static void shared_schemas(struct json *j)
{
    json_key_obj(j, "problem");
    key_z(j, "type", "object");
    key_z(j, "description", "RFC 9457 problem details; `code` is stable, `errors` names each wrong field.");
    json_key_obj(j, "properties");
    property(j, "type", "string");
    property(j, "title", "string");
    property(j, "status", "integer");
    property(j, "detail", "string");
    property(j, "code", "string");
    json_key_obj(j, "errors");
    key_z(j, "type", "array");
    json_key_obj(j, "items");
    key_z(j, "type", "object");
    json_key_obj(j, "properties");
    property(j, "field", "string");
    property(j, "code", "string");
    property(j, "message", "string");
    json_end(j);
    json_end(j);
    json_end(j);
    json_end(j);
    json_end(j);
    json_key_obj(j, "me");
    key_z(j, "type", "object");
    json_key_obj(j, "properties");
    property(j, "account", "object");
    property(j, "must_change_password", "boolean");
    property(j, "office", "object");
    json_end(j);
    json_end(j);
    matter_schemas(j);
}

static struct str move_name(struct arena *arena, const struct kind *kind, const struct move *move)
{
    return arena_format(arena, "move_%s_%s", kind->name, move->verb);
}

/* The same verb may stand in several states with one form. */
static bool first_of_verb(const struct kind *kind, const struct move *move)
{
    for (const struct move *before = kind->moves; before < move; before++)
        if (strcmp(before->verb, move->verb) == 0)
            return false;
    return true;
}

static void each_move(struct json *j, const struct engine *engine, enum lang lang, bool as_reference)
{
    for (const struct module *const *m = engine->modules; *m; m++)
        for (const struct kind *const *kind = (*m)->kinds; kind && *kind; kind++)
            for (const struct move *move = (*kind)->moves; move->verb; move++) {
                if ((move->flags & MOVE_SYSTEM) || !first_of_verb(*kind, move))
                    continue;
                struct str name = move_name(j->out.arena, *kind, move);
                if (as_reference) {
                    json_obj(j);
                    json_key_str(j, "$ref", arena_join(j->out.arena, S("#/components/schemas/"), name));
                    json_end(j);
                } else {
                    json_key(j, name.p);
                    object_schema(j, move->form, lang);
                }
            }
}

/* --- operations ------------------------------------------------------------------------------------------------------------------ */

static void parameter(struct json *j, struct str name, const char *in, bool required)
{
    json_key_str(j, "name", name);
    key_z(j, "in", in);
    json_key_bool(j, "required", required);
}

static void path_parameters(struct json *j, struct str path)
{
    while (path.n) {
        size_t open = str_find(path, S("{"));
        if (open == path.n)
            return;
        path = str_from(path, open + 1);
        struct str name = str_head(path, str_find(path, S("}")));
        json_obj(j);
        parameter(j, name, "path", true);
        json_key_obj(j, "schema");
        key_z(j, "type", str_is(name, "id") ? "integer" : "string");
        json_end(j);
        json_end(j);
    }
}

static void parameters(struct json *j, const struct route *route, enum lang lang)
{
    json_key_list(j, "parameters");
    path_parameters(j, str_of(route->path));
    for (const struct field *row = route->query; row && row->name; row++) {
        json_obj(j);
        parameter(j, str_of(row->name), "query", row->required);
        json_key_str(j, "description", label_in(row->label, lang));
        json_key(j, "schema");
        row_schema(j, row, lang);
        json_end(j);
    }
    if (route->method == POST && route->apply) {
        json_obj(j);
        key_z(j, "$ref", "#/components/parameters/idempotency_key");
        json_end(j);
    }
    json_end(j);
}

static void content_of(struct json *j, const char *type)
{
    json_key_obj(j, "content");
    json_key_obj(j, type);
    json_key(j, "schema");
}

static void request_body(struct json *j, const struct route *route, const struct engine *engine, enum lang lang)
{
    bool is_move = strcmp(route->path, "/matters/{id}/{verb}") == 0;
    if (route->method == GET || (!route->form && !(route->flags & (ROUTE_UPLOAD | ROUTE_RAW))))
        return;
    json_key_obj(j, "requestBody");
    json_key_bool(j, "required", !is_move);
    if (route->flags & ROUTE_UPLOAD) {
        content_of(j, "multipart/form-data");
        json_obj(j);
        key_z(j, "type", "object");
        json_key_obj(j, "properties");
        json_key_obj(j, "file");
        key_z(j, "type", "string");
        key_z(j, "contentMediaType", "application/octet-stream");
        json_end(j);
        json_end(j);
        json_end(j);
    } else {
        content_of(j, "application/json");
        if (is_move) {
            json_obj(j);
            json_key_list(j, "anyOf");
            each_move(j, engine, lang, true);
            json_end(j);
            json_end(j);
        } else if (route->form) {
            object_schema(j, route->form, lang);
        } else {
            json_obj(j);
            key_z(j, "type", "object");
            json_end(j);
        }
    }
    json_end(j);
    json_end(j);
    json_end(j);
}

static bool known_answer(const char *name)
{
    for (size_t i = 0; name && i < COUNT(answers); i++)
        if (strcmp(answers[i], name) == 0)
            return true;
    return false;
}

static void responses(struct json *j, const struct route *route, enum lang lang)
{
    json_key_obj(j, "responses");
    json_key_obj(j, "2XX");
    json_key_str(j, "description", label_in(route->about, lang));
    if (route->show || route->answers) {
        content_of(j, "application/json");
        json_obj(j);
        if (known_answer(route->answers))
            json_key_str(j, "$ref", arena_format(j->out.arena, "#/components/schemas/%s", route->answers));
        else
            key_z(j, "type", "object");
        json_end(j);
        json_end(j);
        json_end(j);
    }
    json_end(j);
    reference(j, "4XX", "#/components/responses/refused");
    json_end(j);
}

static const char *const methods[] = { "", "get", "post", "put", "patch", "delete" };

/* "/areas", "/areas.geojson" and "/areas/{id}" belong together. */
static struct str tag_of(const struct route *route)
{
    struct str path = str_from(str_of(route->path), 1);
    path = str_head(path, str_find(path, S("/")));
    return str_head(path, str_find(path, S(".")));
}

static void operation(struct json *j, const struct route *route, const struct engine *engine, enum lang lang)
{
    struct arena *arena = j->out.arena;
    json_key_obj(j, methods[route->method]);
    json_key_str(j, "operationId", lower_name(arena, methods[route->method], str_of(route->path)));
    json_key_str(j, "summary", label_in(route->about, lang));
    json_key_list(j, "tags");
    json_str(j, tag_of(route));
    json_end(j);
    json_key_list(j, "security");
    if (route->who != R_PUBLIC) {
        json_obj(j);
        json_key_list(j, "cookie");
        json_end(j);
        json_end(j);
        json_obj(j);
        json_key_list(j, "bearer");
        json_end(j);
        json_end(j);
    }
    json_end(j);
    if (route->who != R_PUBLIC) {
        json_key_list(j, "x-roles");
        for (int i = 0; i < ROLE_COUNT; i++)
            if (route->who & 1u << i)
                json_str(j, str_of(role_wire((enum role)i)));
        json_end(j);
    }
    parameters(j, route, lang);
    request_body(j, route, engine, lang);
    responses(j, route, lang);
    json_end(j);
}

/* Routes are sorted by path, so that the methods of one stand together. */
static void paths(struct json *j, const struct api *api, enum lang lang)
{
    const char *last = "";
    json_key_obj(j, "paths");
    for (int i = 0; i < api->route_count; i++) {
        const struct route *route = api->routes[i];
        if (route->flags & ROUTE_SYSTEM)
            continue;
        if (strcmp(last, route->path) != 0) {
            if (*last)
                json_end(j);
            last = route->path;
            json_key_obj(j, route->flags & ROUTE_ROOT ? route->path : arena_format(j->out.arena, "/api/v1%s",
                route->path).p);
        }
        operation(j, route, api->engine, lang);
    }
    if (*last)
        json_end(j);
    json_end(j);
}

static void security_schemes(struct json *j)
{
    json_key_obj(j, "securitySchemes");
    json_key_obj(j, "cookie");
    key_z(j, "type", "apiKey");
    key_z(j, "in", "cookie");
    key_z(j, "name", "wx");
    json_end(j);
    json_key_obj(j, "bearer");
    key_z(j, "type", "http");
    key_z(j, "scheme", "bearer");
    json_end(j);
    json_end(j);
}

static void components(struct json *j, const struct engine *engine, enum lang lang)
{
    json_key_obj(j, "components");
    security_schemes(j);
    json_key_obj(j, "parameters");
    json_key_obj(j, "idempotency_key");
    parameter(j, S("Idempotency-Key"), "header", false);
    key_z(j, "description", "The same key and body gives the first answer again and writes nothing.");
    json_key_obj(j, "schema");
    key_z(j, "type", "string");
    json_key_int(j, "maxLength", 200);
    json_end(j);
    json_end(j);
    json_end(j);
    json_key_obj(j, "responses");
    json_key_obj(j, "refused");
    key_z(j, "description", "Refused: RFC 9457 problem details.");
    content_of(j, "application/problem+json");
    json_obj(j);
    key_z(j, "$ref", "#/components/schemas/problem");
    json_end(j);
    json_end(j);
    json_end(j);
    json_end(j);
    json_end(j);
    json_key_obj(j, "schemas");
    shared_schemas(j);
    each_move(j, engine, lang, false);
    json_end(j);
    json_end(j);
}

static void tags(struct json *j, const struct api *api)
{
    struct str last = { 0 };
    json_key_list(j, "tags");
    for (int i = 0; i < api->route_count; i++) {
        struct str tag = tag_of(api->routes[i]);
        if ((api->routes[i]->flags & ROUTE_SYSTEM) || str_eq(tag, last))
            continue;
        last = tag;
        json_obj(j);
        json_key_str(j, "name", tag);
        json_key_str(j, "description", arena_join(j->out.arena, S("/"), tag));
        json_end(j);
    }
    json_end(j);
}

static void openapi_show(struct req *r)
{
    const struct api *api = work_of(r)->api;
    struct json *j = &r->out;
    json_obj(j);
    key_z(j, "openapi", "3.1.0");
    json_key_obj(j, "info");
    json_key_str(j, "title", r->lang == EN ? S("Wuxing street office") : S("五星街道办事系统"));
    key_z(j, "version", WUXING_VERSION);
    json_key_str(j, "description", r->lang == EN
        ? S("Times are RFC 3339 with offset, ids integers below 2^53, lists paged by `after`. Labels follow Accept-Language or ?lang=.")
        : S("时间为带时区的 RFC 3339，编号为小于 2^53 的整数，列表用 after 翻页；文字随 Accept-Language 或 ?lang= 变化。"));
    json_key_obj(j, "license");
    key_z(j, "name", "Mulan PSL v2");
    key_z(j, "identifier", "MulanPSL-2.0");
    json_end(j);
    json_end(j);
    json_key_list(j, "servers");
    json_obj(j);
    key_z(j, "url", "/");
    json_end(j);
    json_end(j);
    tags(j, api);
    paths(j, api, r->lang);
    components(j, api->engine, r->lang);
    json_end(j);
}

const struct route openapi_routes[] = {
    { GET, "/openapi.json", R_PUBLIC, .show = openapi_show, .flags = ROUTE_ROOT | ROUTE_NO_STORE | ROUTE_LARGE,
      .about = L("本接口的 OpenAPI 3.1 描述", "This API as OpenAPI 3.1") },
    {0} };
