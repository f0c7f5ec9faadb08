/* problem.c -- RFC 9457: what was refused and why, in the caller's language, one entry per wrong field. */
#include "http/http.h"

struct str problem_type(void)
{
    return S("application/problem+json");
}

static void write_field(struct json *j, const struct bad_field *field, enum lang lang)
{
    json_obj(j);
    json_key_str(j, "field", field->field);
    json_key_str(j, "code", str_of(bad_wire(field->bad)));
    json_key_str(j, "message", bad_message(j->out.arena, field, lang));
    struct str label = label_in(field->label, lang);
    if (label.n)
        json_key_str(j, "label", label);
    json_end(j);
}

struct str problem_json(struct arena *arena, const struct fault *fault, enum lang lang)
{
    struct json j = json_in(arena);
    struct str title = label_in(err_label(fault->code), lang), what = label_in(fault->what, lang);
    json_obj(&j);
    json_key_str(&j, "type", arena_format(arena, "urn:wuxing:problem:%s", err_wire(fault->code)));
    json_key_str(&j, "title", title);
    json_key_int(&j, "status", err_status(fault->code));
    json_key_str(&j, "detail", what.n ? what : title);
    json_key_str(&j, "code", str_of(err_wire(fault->code)));
    json_key_list(&j, "errors");
    for (int i = 0; i < fault->field_count; i++)
        write_field(&j, &fault->fields[i], lang);
    json_end(&j);
    json_end(&j);
    return json_done(&j);
}
