/* routes_matter.c -- one matter: its page, its moves, files, and the reporter in clear. Moves belong to the engine:
 * the form is known only once the matter and its state are, so the body is decoded in prepare and the row is compared
 * again in apply. */
#include "http/http.h"

#include "engine/file.h"
#include "engine/matter_view.h"
#include "engine/person.h"

#include <string.h>

enum { SEES = R_ANY | R(KIOSK), HANDLES = R_ANY & ~R(AUDITOR) };

/* --- the page ------------------------------------------------------------------------------------------------------------ */

static struct str version_etag(struct arena *arena, int64_t version)
{
    return arena_format(arena, "\"%lld\"", (long long)version);
}

static void matter_show(struct req *r)
{
    struct matter m;
    if (!matter_see(r->tx, r->who, r->id, &m))
        return;
    matter_write(r->tx, &r->out, r->who, r->id, r->lang);
    r->etag = version_etag(r->arena, m.version);
}

/* "BG-261123-4711" as people copy it. */
static void number_show(struct req *r)
{
    if (!matter_from_number(r->part[0], &r->id))
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
    else
        matter_show(r);
}

/* --- moves ---------------------------------------------------------------------------------------------------------------- */

struct moved { const struct move *move; void *form; int64_t version; };

static bool version_asked(struct req *r, int64_t *ret_version)
{
    struct str tag = str_trim(r->if_match);
    if (str_starts(tag, S("W/")))
        tag = str_from(tag, 2);
    if (tag.n == 0 || str_is(tag, "*"))
        return true;
    if (tag.n > 2 && tag.p[0] == '"')
        tag = str_head(str_from(tag, 1), tag.n - 2);
    if (str_to_i64(tag, ret_version) && *ret_version > 0)
        return true;
    tx_refuse(r->tx, ERR_STALE);
    return false;
}

/* Moves without a form take an optional note. */
struct bare_form { struct has has; struct str note; };
static const struct field bare_form[] = {
    FIELD(struct bare_form, note, LONG_TEXT, .label = L("备注", "Note"), .max = 2000), {0} };

static void move_prepare(struct req *r)
{
    struct moved *moved = arena_new(r->arena, struct moved);
    struct matter m;
    r->state = moved;
    if (!version_asked(r, &moved->version) || !matter_get(r->tx, r->id, &m))
        return;
    if (!matter_visible(r->tx, r->who, &m)) {
        tx_refuse(r->tx, ERR_NOT_FOUND);
        return;
    }
    moved->move = kind_move(m.kind, m.state, r->part[0]);
    if (!moved->move)
        return;                                           /* matter_move says which: no such move, or not in this state */
    const struct field *table = moved->move->form ? moved->move->form : bare_form;
    size_t size = moved->move->form ? moved->move->form_size : sizeof(struct bare_form);
    moved->form = form_body(r->tx, r->body, work_of(r)->content_type, table, size);
    r->lane = m.urgency == URGENCY_ALARM ? LANE_URGENT : LANE_NORMAL;
}

static void move_apply(struct req *r)
{
    const struct moved *moved = r->state;
    struct moving mv = { .who = r->who, .version = moved->version };
    struct matter m;
    if (!matter_get(r->tx, r->id, &m))
        return;
    if (kind_move(m.kind, m.state, r->part[0]) != moved->move) {
        tx_refuse(r->tx, ERR_CONFLICT);                   /* somebody moved it between prepare and here */
        return;
    }
    if (moved->move && moved->move->form)
        mv.form = moved->form;
    else if (moved->form)
        mv.note = ((const struct bare_form *)moved->form)->note;
    matter_move(r->tx, r->id, r->part[0].p, &mv);
}

/* Whoever gave it away may not see it any more: then he is told what became of it, and no more. */
static void move_show(struct req *r)
{
    struct matter_item item;
    if (!item_get(r->tx, r->id, &item))
        return;
    r->etag = version_etag(r->arena, item.m.version);
    if (matter_visible(r->tx, r->who, &item.m))
        matter_write(r->tx, &r->out, r->who, r->id, r->lang);
    else
        item_write(r->tx, &r->out, &item, r->lang);
}

/* --- files ---------------------------------------------------------------------------------------------------------------- */

static void files_prepare(struct req *r)
{
    struct matter m;
    struct file *files = arena_array(r->arena, struct file, (size_t)r->upload_count);
    if (!matter_see(r->tx, r->who, r->id, &m))
        return;
    for (int i = 0; i < r->upload_count && !tx_failed(r->tx); i++)
        file_prepare(r->tx, r->uploads[i].name, r->uploads[i].type, r->uploads[i].bytes, &files[i]);
    r->state = files;
}

static void files_apply(struct req *r)
{
    struct matter m;
    struct file *files = r->state;
    if (!matter_see(r->tx, r->who, r->id, &m))
        return;
    for (int i = 0; i < r->upload_count; i++)
        files[i].id = file_add(r->tx, r->who, r->id, &files[i]);
    r->location = arena_format(r->arena, "/api/v1/files/%lld", (long long)files[0].id);
}

static void file_members(struct req *r, const struct file *f)
{
    struct json *j = &r->out;
    json_key_int(j, "id", f->id);
    json_key_str(j, "name", f->name);
    json_key_str(j, "type", f->type);
    json_key_int(j, "bytes", f->bytes);
    json_key_str(j, "url", arena_format(r->arena, "/api/v1/files/%lld", (long long)f->id));
    if (f->thumb_hash.n)
        json_key_str(j, "thumb_url", arena_format(r->arena, "/api/v1/files/%lld/thumb", (long long)f->id));
    if (f->qr.n)
        json_key_str(j, "qr", f->qr);
}

static void files_show(struct req *r)
{
    const struct file *files = r->state;
    json_obj(&r->out);
    file_members(r, &files[0]);
    json_key_list(&r->out, "items");
    for (int i = 0; i < r->upload_count; i++) {
        json_obj(&r->out);
        file_members(r, &files[i]);
        json_end(&r->out);
    }
    json_end(&r->out);
    json_end(&r->out);
}

static bool file_see(struct req *r, struct file *ret_file)
{
    struct matter m;
    return file_get(r->tx, r->id, ret_file) && matter_see(r->tx, r->who, ret_file->matter, &m);
}

static void send_blob(struct req *r, struct str hash, struct str type)
{
    struct str bytes;
    if (hash.n == 0) {
        tx_refuse(r->tx, ERR_NOT_FOUND, 0);
        return;
    }
    if (blob_get(r->tx->store, hash, r->arena, &bytes, &r->tx->fault)) {
        r->type = type;
        r->bytes = bytes;
        r->etag = arena_format(r->arena, "\"" STR_FMT "\"", STR_ARG(str_head(hash, 20)));
        work_of(r)->cache = S("private, max-age=86400, immutable");
    }
}

static void file_show(struct req *r)
{
    struct file f;
    if (!file_see(r, &f))
        return;
    send_blob(r, f.hash, f.type);
    if (!str_starts(f.type, S("image/")) && !str_starts(f.type, S("audio/")))
        r->download_name = f.name;
}

static void thumb_show(struct req *r)
{
    struct file f;
    if (file_see(r, &f))
        send_blob(r, f.thumb_hash, S("image/jpeg"));
}

/* --- a reporter in clear ------------------------------------------------------------------------------------------------------ */

struct unmask_form { struct has has; int64_t reporter; struct str reason; };
static const struct field unmask_form[] = {
    FIELD(struct unmask_form, reporter, ID, .label = L("反映人", "Reporter"), .required = true, .ref = "reporter"),
    FIELD(struct unmask_form, reason, TEXT, .label = L("查看原因", "Why"), .required = true, .min = 4, .max = 200), {0} };

static void unmask_apply(struct req *r)
{
    const struct unmask_form *form = r->form;
    struct reporter *clear = arena_new(r->arena, struct reporter);
    struct matter m;
    r->state = clear;
    if (matter_see(r->tx, r->who, r->id, &m))
        reporter_unmask(r->tx, r->who, r->id, form->reporter, form->reason, clear);
}

static void unmask_show(struct req *r)
{
    const struct reporter *clear = r->state;
    json_obj(&r->out);
    json_key_str(&r->out, "name", clear->name);
    json_key_str(&r->out, "phone", clear->phone);
    json_end(&r->out);
}

const struct route matter_routes[] = {
    { GET, "/matters/{id}", SEES, .show = matter_show, .about = L("一个事项的全部内容", "One matter, all of it"),
          .answers = "matter" },
    { GET, "/numbers/{number}", SEES, .show = number_show, .about = L("按编号查事项", "A matter by its number"),
          .answers = "matter" },
    { POST, "/matters/{id}/{verb}", HANDLES, move_prepare, move_apply, move_show, .flags = ROUTE_RAW,
      .about = L("办理事项：可用的方式见 moves", "Move a matter; the verbs open to the caller are in its moves"),
          .answers = "matter" },
    { POST, "/matters/{id}/files", HANDLES, files_prepare, files_apply, files_show, .flags = ROUTE_UPLOAD,
      .about = L("上传附件", "Add files") },
    { GET, "/files/{id}", SEES, .show = file_show, .flags = ROUTE_LARGE, .about = L("附件", "A file") },
    { GET, "/files/{id}/thumb", SEES, .show = thumb_show, .about = L("附件缩略图", "A file's thumbnail") },
    { POST, "/matters/{id}/unmask", R_STAFF & ~R(ADMIN), .apply = unmask_apply, .show = unmask_show,
          .form = unmask_form,
      .form_size = sizeof(struct unmask_form), .flags = ROUTE_SECRET_ANSWER,
      .about = L("查看反映人，须说明原因并留痕", "A reporter in clear, with a reason that is logged") },
    {0} };
