/* install_test.c -- a phone without a log-in gets the page and the certificate where there are any. */
#include "test/world.h"

#include <stdio.h>
#include <sys/stat.h>

static void put(struct world *w, const char *name, const char *text)
{
    FILE *f = fopen(arena_format(&w->arena, "%s/tls/%s", w->engine->dir, name).p, "w");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

TEST_WORLD(a_phone_finds_the_certificate)
{
    CHECK_INT(world_get(w, &w->nobody, "//install").status, 404);
    CHECK_INT(mkdir(arena_format(&w->arena, "%s/tls", w->engine->dir).p, 0700), 0);
    put(w, "install.html", "<p>page</p>");
    put(w, "ca.crt", "certificate");
    struct answer page = world_get(w, &w->nobody, "//install"), cert = world_get(w, &w->nobody, "//install/ca.crt");
    CHECK_INT(page.status, 200);
    CHECK_STR(page.type, "text/html; charset=utf-8");
    CHECK_STR(page.body, "<p>page</p>");
    CHECK_STR(cert.type, "application/x-x509-ca-cert");
    CHECK_INT(world_get(w, &w->nobody, "//install/ca.key").status, 404);
}
