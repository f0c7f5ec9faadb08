/* paper_test.c -- papers of a report through its routes: printed by who sees it, in the CSP's bounds, found again by their code. */
#include "engine/scan.h"
#include "test/world.h"

#include <stdio.h>

static struct answer opened(struct world *w)
{
    struct answer a = world_post(w, &w->clerk, "/reports", "{\"title\":\"示例墙<歪>了\",\"text\":\"靠路一侧倾斜\",\"category\":\"E0101\",\"channel\":\"phone\","
                                                            "\"address\":\"桂花路1号院\",\"reporter\":{\"name\":\"张示例\",\"phone\":\"13800000000\"}}");
    if (a.status != 201) fprintf(stderr, STR_FMT "\n", STR_ARG(a.body));
    CHECK_INT(a.status, 201);
    return a;
}

TEST_WORLD(a_report_prints_its_papers)
{
    struct answer report = opened(w);
    int64_t id = answer_int(w, &report, "id");
    char path[80];
    snprintf(path, sizeof path, "/matters/%lld/paper/undertake", (long long)id);
    struct answer page = world_get(w, &w->clerk, path);
    CHECK_INT(page.status, 200);
    CHECK_STR(page.type, "text/html; charset=utf-8");
    CHECK(str_has(page.body, S("示例墙&lt;歪&gt;了")) && str_has(page.body, S("<svg ")) && !str_has(page.body, S("13800000000")));
    CHECK_INT(world_get(w, &w->clerk_far, path).status, 404);
    CHECK_INT(world_get(w, &w->nobody, path).status, 403);
    snprintf(path, sizeof path, "/matters/%lld/docx/reply", (long long)id);
    page = world_get(w, &w->clerk, path);
    CHECK_INT(page.status, 200);
    CHECK(str_starts(page.body, S("PK\x03\x04")));
    snprintf(path, sizeof path, "/matters/%lld/paper/no_such", (long long)id);
    CHECK_INT(world_get(w, &w->clerk, path).status, 404);
    CHECK_INT(world_get(w, &w->nobody, "/paper.css").status, 200);
}
