/* open311_write.c -- see open311_write.h. */
#include "http/open311_write.h"

#include "engine/file.h"
#include "engine/history.h"
#include "engine/matter_view.h"

#include <assert.h>

struct writer writer_new(struct arena *arena, bool json)
{
    struct writer o = { .json = json, .j = json_in(arena), .xml = buf_in(arena) };
    if (!json)
        buf_put(&o.xml, S("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"));
    return o;
}

static void tag(struct writer *o, const char *before, const char *name)
{
    buf_put(&o->xml, str_of(before));
    buf_put(&o->xml, str_of(name));
    buf_char(&o->xml, '>');
}

static void open_level(struct writer *o, const char *name, bool is_list)
{
    bool member = o->depth > 0 && !o->is_list[o->depth - 1];
    assert(o->depth < WRITER_DEPTH_MAX);
    o->open[o->depth] = name;
    o->is_list[o->depth++] = is_list;
    if (!o->json) {
        tag(o, "<", name);
        return;
    }
    if (member)
        json_key(&o->j, name);
    if (is_list)
        json_list(&o->j);
    else
        json_obj(&o->j);
}

void writer_root(struct writer *o, const char *name)
{
    open_level(o, name, false);
}

void writer_list(struct writer *o, const char *name)
{
    open_level(o, name, true);
}

void writer_object(struct writer *o, const char *name)
{
    assert(o->depth > 0 && o->is_list[o->depth - 1]);
    open_level(o, name, false);
}

void writer_text(struct writer *o, const char *name, struct str value)
{
    if (o->json) {
        json_key_str(&o->j, name, value);
        return;
    }
    tag(o, "<", name);
    escaped(&o->xml, value);
    tag(o, "</", name);
}

void writer_int(struct writer *o, const char *name, int64_t value)
{
    if (o->json)
        json_key_int(&o->j, name, value);
    else
        writer_text(o, name, arena_format(o->xml.arena, "%lld", (long long)value));
}

void writer_bool(struct writer *o, const char *name, bool value)
{
    if (o->json)
        json_key_bool(&o->j, name, value);
    else
        writer_text(o, name, value ? S("true") : S("false"));
}

void writer_null(struct writer *o, const char *name)
{
    if (!o->json) {
        writer_text(o, name, S(""));
        return;
    }
    json_key(&o->j, name);
    json_nil(&o->j);
}

void writer_time(struct writer *o, const char *name, ms at)
{
    if (at)
        writer_text(o, name, ms_rfc3339(o->xml.arena, at));
    else
        writer_null(o, name);
}

void writer_degree(struct writer *o, const char *name, int64_t e7)
{
    if (o->json) {
        json_key(&o->j, name);
        json_degree(&o->j, e7);
        return;
    }
    struct json j = json_in(o->xml.arena);
    json_degree(&j, e7);
    writer_text(o, name, json_done(&j));
}

void writer_texts(struct writer *o, const char *name, const char *each, const char *const *texts)
{
    writer_list(o, name);
    for (; *texts; texts++) {
        if (o->json) {
            json_str(&o->j, str_of(*texts));
        } else {
            writer_text(o, each, str_of(*texts));
        }
    }
    writer_end(o);
}

void writer_end(struct writer *o)
{
    assert(o->depth > 0);
    o->depth--;
    if (o->json)
        json_end(&o->j);
    else
        tag(o, "</", o->open[o->depth]);
}

struct str writer_done(struct writer *o)
{
    assert(o->depth == 0);
    return o->json ? json_done(&o->j) : buf_str(&o->xml);
}

struct str writer_type(const struct writer *o)
{
    return o->json ? S("application/json; charset=utf-8") : S("text/xml; charset=utf-8");
}

/* --- a request -------------------------------------------------------------------------------------------------------------- */

static struct str media_url(struct req *r, int64_t id)
{
    struct file f;
    struct str url = { 0 };
    struct rows rows = file_list(r->tx, id);
    while (!url.n && file_row(&rows, &f))
        if (str_starts(f.type, S("image/")))
            url = arena_format(r->arena, "%s://" STR_FMT "/api/v1/files/%lld", r->secure ? "https" : "http",
                               STR_ARG(r->host.n ? r->host : S("localhost")), (long long)f.id);
    rows_end(&rows);
    return url;
}

/* What was done and when; not by whom, and none of the words staff wrote to each other. */
static void notes_write(struct req *r, struct writer *o, const struct matter *m)
{
    struct history_entry e;
    writer_list(o, "notes");
    struct rows rows = history_get(r->tx, m->id);
    while (history_row(&rows, &e)) {
        struct label label = { e.verb.p, e.verb.p };
        for (const struct move *move = m->kind->moves; move->verb; move++)
            if (str_is(e.verb, move->verb))
                label = move->label;
        if (str_is(e.verb, "open"))
            label = (struct label)L("登记", "Opened");
        bool public = str_is(e.verb, "reply");
        writer_object(o, "note");
        writer_time(o, "datetime", e.at);
        writer_text(o, "type", e.verb);
        writer_text(o, "description", public && e.note.n ? e.note : label_in(label, r->lang));
        writer_end(o);
    }
    writer_end(o);
}

void open311_write_request(struct req *r, struct writer *o, const struct matter_item *item, bool notes)
{
    struct matter m;
    if (!matter_get(r->tx, item->m.id, &m))
        return;
    struct str category = label_in(category_label(r->tx, m.category), r->lang),
            state = label_in(m.kind->states[m.state].label, r->lang);
    writer_object(o, "request");
    writer_text(o, "service_request_id", matter_number(r->arena, m.kind, m.opened_at, m.id));
    writer_text(o, "status", phase_unfinished(m.phase) ? S("open") : S("closed"));
    writer_text(o, "status_notes", state);
    writer_text(o, "service_name", category);
    writer_text(o, "service_code", m.category);
    writer_text(o, "description", m.secrecy == SECRECY_NORMAL ? m.text : m.title);
    writer_text(o, "agency_responsible", item->org_name);
    writer_text(o, "service_notice", S(""));
    writer_time(o, "requested_datetime", m.opened_at);
    writer_time(o, "updated_datetime", m.changed_at);
    writer_time(o, "expected_datetime", m.due_at);
    writer_text(o, "address", m.address.n ? m.address : item->area_name);
    writer_int(o, "address_id", m.place.area);
    writer_text(o, "zipcode", S(""));
    if (m.lat || m.lon) {
        writer_degree(o, "lat", m.lat);
        writer_degree(o, "long", m.lon);
    } else {
        writer_null(o, "lat");
        writer_null(o, "long");
    }
    writer_text(o, "media_url", media_url(r, m.id));
    if (notes)
        notes_write(r, o, &m);
    writer_end(o);
}
