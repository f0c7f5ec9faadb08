/* scan.c -- a photographed signed sheet finds its matter by the QR code on it and is the move (engine/scan.h): one route for
 * every kind of matter. The photo is filed with the matter; a move that asks for nothing more is performed at once, by the
 * person who took the photo, through the channel `paper`, at the time on the paper when that is given. */
#include "engine/scan.h"

#include "engine/file.h"
#include "engine/module.h"
#include "http/route.h"

struct scan_query {
    struct has has;
    bool look;
    int64_t at;
};
static const struct field scan_query[] = {
    FIELD(struct scan_query, look, BOOL, .label = L("只看不办", "Look only")),
    FIELD(struct scan_query, at, TIME, .label = L("纸上的时间", "Time on the paper")),
    { 0 },
};

struct scanned {
    struct file file;
    struct scan scan;
    const char *done;                  /* the verb that was performed, or NULL */
};

static void scan_prepare(struct req *r)
{
    struct scanned *s = arena_new(r->arena, struct scanned);
    r->state = s;
    if (r->upload_count != 1) {
        tx_refuse(r->tx, ERR_INVALID, "请一次上传一张照片", "Upload one photo at a time");
        return;
    }
    const struct upload *u = &r->uploads[0];
    if (file_prepare(r->tx, u->name, u->type, u->bytes, &s->file))
        scan_find(r->tx, r->who, s->file.qr, &s->scan);
}

static bool time_fits(struct req *r, const struct matter *m, ms at)
{
    if (at == 0 || (at >= m->opened_at && at <= r->tx->now))
        return true;
    fault_field(&r->tx->fault, (struct bad_field){ .field = S("at"), .bad = BAD_RULE,
        .label = L("纸上的时间", "Time on the paper"), .rule = L("应在登记之后、现在之前", "It lies between the opening and now") });
    return false;
}

static void scan_apply(struct req *r)
{
    const struct scan_query *q = r->query;
    struct scanned *s = r->state;
    struct scan now;
    s->done = NULL;
    if (q->look || !scan_find(r->tx, r->who, s->file.qr, &now) || !time_fits(r, &now.m, q->at))
        return;
    s->scan = now;                               /* somebody may have moved it since prepare */
    s->file.id = file_add(r->tx, r->who, now.m.id, &s->file);
    if (!now.move || now.move->form)
        return;
    struct who who = *r->who;
    who.channel = "paper";
    struct moving mv = { .who = &who, .at = q->at, .file = s->file.id };
    if (matter_move(r->tx, now.m.id, now.move->verb, &mv))
        s->done = now.move->verb;
}

static void write_verb(struct req *r, const char *key, const struct move *move, enum lang lang)
{
    json_key(&r->out, key);
    if (!move) {
        json_nil(&r->out);
        return;
    }
    json_obj(&r->out);
    json_key_str(&r->out, "verb", str_of(move->verb));
    json_key_str(&r->out, "label", label_in(move->label, lang));
    json_key(&r->out, "fields");
    if (move->form) {
        field_describe(&r->out, move->form, lang);
    } else {
        json_list(&r->out);
        json_end(&r->out);
    }
    json_end(&r->out);
}

static void scan_show(struct req *r)
{
    const struct scanned *s = r->state;
    struct matter m;
    if (!matter_get(r->tx, s->scan.m.id, &m))
        return;
    const struct state *state = &m.kind->states[m.state];
    json_obj(&r->out);
    json_key_int(&r->out, "id", m.id);
    json_key_str(&r->out, "number", matter_number(r->arena, m.kind, m.opened_at, m.id));
    json_key_str(&r->out, "kind", str_of(m.kind->name));
    json_key_str(&r->out, "title", m.title);
    json_key_str(&r->out, "state", str_of(state->name));
    json_key_str(&r->out, "state_label", label_in(state->label, r->lang));
    json_key_str(&r->out, "form", str_of(s->scan.form->name));
    json_key_str(&r->out, "form_label", label_in(s->scan.form->label, r->lang));
    json_key_id(&r->out, "file", s->file.id);
    write_verb(r, "move", s->scan.move, r->lang);
    json_key_bool(&r->out, "done", s->done != NULL);
    json_end(&r->out);
}

static const struct route routes[] = {
    { POST, "/papers/scan", R_STAFF & ~R(ADMIN), scan_prepare, scan_apply, scan_show, .query = scan_query,
      .query_size = sizeof(struct scan_query), .flags = ROUTE_UPLOAD,
      .about = L("拍照上传已签字的单据：凭二维码找到事项并办理", "A photographed signed sheet finds its matter and is the move") },
    { 0 },
};

extern const struct module scan;
const struct module scan = { .name = "scan", .label = L("纸质单据回收", "Signed sheets"), .routes = routes };
