/* routes_import.c -- tables in: template, upload with preview, the marked workbook, apply. The file waits as a blob whose
 * name stands in the job's note (KIND HASH NAME); it is read again when it is applied, because the rows may have changed
 * meanwhile. Both readings run in prepare, on the worker: the table is decoded in the jail. */
#include "http/http.h"

#include "engine/import.h"
#include "engine/job.h"
#include "engine/office/jail.h"

SQL(import_ended, "update job set state = $1, total = $2, done = $3, errors = $4, finished_at = $5 where id = $6");

enum { IMPORTERS = R(ADMIN) | R(LEADER) | R(CLERK) | R(COMMUNITY) };

static const struct importer *find_importer(struct req *r, struct str kind)
{
    const struct importer *found = NULL;
    for (const struct module *const *m = engine_of(r->tx)->modules; *m && !found; m++)
        found = importer_find((*m)->importers, kind);
    found = found ? found : importer_find(engine_importers, kind);
    if (!found)
        tx_refuse(r->tx, ERR_NOT_FOUND, "没有这种导入", "There is no such import");
    else if (!who_has(r->who, found->who))
        tx_refuse(r->tx, ERR_DENIED);
    return tx_failed(r->tx) ? NULL : found;
}

static void template_show(struct req *r)
{
    const struct importer *importer = find_importer(r, r->part[0]);
    if (!importer)
        return;
    r->type = S("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    r->bytes = import_template(r->tx, r->who, importer, r->arena, r->lang, engine_of(r->tx)->demo);
    r->download_name = arena_join(r->arena, label_in(importer->label, r->lang), S(".xlsx"));
}

struct upload_state { struct import import; struct table table; char hash[65]; struct str note; int64_t job; };

static bool read_table(struct req *r, struct upload_state *u, const struct importer *importer, struct str bytes)
{
    struct fault *fault = &r->tx->fault;
    if (!jail_sheet(r->arena, bytes, S(""), &u->table, fault) ||
        !import_read(&u->import, importer, r->arena, &u->table, fault))
        return false;
    return import_preview(&u->import, r->tx, r->who);
}

static void import_prepare(struct req *r)
{
    struct upload_state *u = arena_new(r->arena, struct upload_state);
    const struct importer *importer = find_importer(r, r->part[0]);
    r->state = u;
    if (!importer || !read_table(r, u, importer, r->uploads[0].bytes) ||
        !blob_put(r->tx->store, r->uploads[0].bytes, u->hash, &r->tx->fault))
        return;
    u->note = arena_format(r->arena, "%s %s " STR_FMT, importer->kind, u->hash,
        STR_ARG(str_head_chars(r->uploads[0].name, 100)));
}

static void import_apply_stage(struct req *r)
{
    struct upload_state *u = r->state;
    u->job = job_stage(r->tx, r->who, "import", u->note);
    r->id = u->job;
    r->location = arena_format(r->arena, "/api/v1/imports/%lld", (long long)u->job);
}

static void import_show(struct req *r)
{
    struct upload_state *u = r->state;
    json_obj(&r->out);
    json_key_int(&r->out, "job", u->job);
    json_key(&r->out, "preview");
    import_write(&r->out, &u->import, r->lang);
    if (u->import.bad_count)
        json_key_str(&r->out, "marked_url", arena_format(r->arena, "/api/v1/imports/%lld/marked.xlsx",
            (long long)u->job));
    json_end(&r->out);
}

/* --- the waiting file ------------------------------------------------------------------------------------------------------------- */

static struct upload_state *staged(struct req *r)
{
    struct upload_state *u = arena_new(r->arena, struct upload_state);
    struct str rest, kind, hash, bytes;
    struct job job;
    r->state = u;
    if (!job_get(r->tx, r->id, &job))
        return NULL;
    if (job.account != r->who->account || !str_is(job.kind, "import")) {
        tx_refuse(r->tx, ERR_NOT_FOUND);
        return NULL;
    }
    rest = job.note;
    if (!str_is(job.state, "staged") || !str_cut(&rest, ' ', &kind) || !str_cut(&rest, ' ', &hash)) {
        tx_refuse(r->tx, ERR_STATE, "这个文件已经导入过", "This file was imported already");
        return NULL;
    }
    u->job = r->id;
    const struct importer *importer = find_importer(r, kind);
    if (!importer || !blob_get(r->tx->store, hash, r->arena, &bytes, &r->tx->fault) || !read_table(r, u,
            importer, bytes))
        return NULL;
    return u;
}

static void marked_show(struct req *r)
{
    struct upload_state *u = staged(r);
    if (!u)
        return;
    r->type = S("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    r->bytes = import_marked(&u->import, r->lang);
    r->download_name = r->lang == EN ? S("marked.xlsx") : S("标注错误.xlsx");
    if (r->bytes.n == 0)
        tx_refuse(r->tx, ERR_NOT_FOUND);
}

static void run_prepare(struct req *r)
{
    struct upload_state *u = staged(r);
    struct fault fault = { 0 };
    struct store *store = r->tx->store;
    if (!u)
        return;
    work_rest(work_of(r));                                   /* the slices are writes of their own */
    import_apply(&u->import, store, r->who, NULL, NULL, &fault);
    if (fault.code != ERR_OK)
        work_of(r)->fault = fault;
}

static void run_apply(struct req *r)
{
    struct upload_state *u = r->state;
    int wrong = u->import.counts[IMPORT_WRONG];
    db_run(r->tx, import_ended, IN("done", u->import.row_count, u->import.row_count - wrong, wrong, r->tx->now, r->id));
    audit(r->tx, r->who, "import", u->import.importer->kind, r->id, S(""));
}

const struct route import_routes[] = {
    { GET, "/imports/{kind}/template.xlsx", IMPORTERS, .show = template_show, .flags = ROUTE_LARGE,
      .about = L("导入模板", "A template to fill in") },
    { POST, "/imports/{kind}", IMPORTERS, import_prepare, import_apply_stage, import_show,
          .flags = ROUTE_UPLOAD | ROUTE_LARGE,
      .about = L("上传表格并预览", "Upload a table and see what would happen") },
    { GET, "/imports/{id}/marked.xlsx", IMPORTERS, .show = marked_show, .flags = ROUTE_LARGE,
      .about = L("标注错误的表格", "The same workbook with its mistakes marked") },
    { POST, "/imports/{id}/apply", IMPORTERS, run_prepare, run_apply, import_show, .flags = ROUTE_LARGE,
      .about = L("确认导入", "Apply the previewed table") },
    {0} };
