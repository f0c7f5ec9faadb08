/* routes_paper.c -- papers of a matter: the page to print and the .docx; who may see the matter may print
 * it. The style sheet is a file of its own because the content policy allows none inside a page. */
#include "http/http.h"

#include "engine/paper.h"

enum { PRINTS = R_ANY };

static bool paper_read(struct req *r, struct paper *ret_paper)
{
    return paper_of(r->tx, r->who, r->id, r->part[0], ret_paper);
}

static void page_show(struct req *r)
{
    struct paper p;
    if (!paper_read(r, &p))
        return;
    r->type = S("text/html; charset=utf-8");
    r->bytes = paper_html(r->arena, &p);
}

static void docx_show(struct req *r)
{
    struct paper p;
    if (!paper_read(r, &p))
        return;
    r->type = S("application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    r->bytes = paper_docx(r->arena, &p);
    r->download_name = arena_format(r->arena, "%s" STR_FMT "-" STR_FMT ".docx", p.demo ? "演示数据-" : "",
                                    STR_ARG(p.title), STR_ARG(p.number));
}

static void css_show(struct req *r)
{
    r->type = S("text/css; charset=utf-8");
    r->bytes = paper_css();
}

const struct route paper_routes[] = {
    { GET, "/matters/{id}/paper/{form}", PRINTS, .show = page_show, .flags = ROUTE_LARGE,
      .about = L("一份文书（打印页）", "A paper of a matter, to print") },
    { GET, "/matters/{id}/docx/{form}", PRINTS, .show = docx_show, .flags = ROUTE_LARGE,
      .about = L("一份文书（Word）", "A paper of a matter as .docx") },
    { GET, "/paper.css", R_PUBLIC, .show = css_show, .flags = ROUTE_SYSTEM,
      .about = L("文书打印样式", "The papers' style sheet") },
    { 0 }
};
