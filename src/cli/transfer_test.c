/* transfer_test.c -- import, template and export from the command line, on both stores. */
#include "cli/capture.h"
#include "test/stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct capture c;
static const char *dir;

static const char *make_file(struct test_db *db, const char *name, const char *text)
{
    const char *path = arena_format(&c.arena, "%s/%s", db->dir, name).p;
    FILE *f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
    return path;
}

static void setup(struct test_db *db)
{
    capture_init(&c);
    unsetenv("WUXING_CONFIG");
    if (db->url)
        setenv("WUXING_DATABASE", db->url, 1);
    else
        unsetenv("WUXING_DATABASE");
    dir = arena_format(&c.arena, "%s/office", db->dir).p;
    CHECK_INT(RUN(&c, "init", "--data", dir), 0);
}

#define AREAS "code,name,level,parent_code\n999901,示范区,district,\n999901001,梧桐街道,street,999901\n"

TEST_STORES(importing_twice_changes_nothing)
{
    setup(db);
    const char *file = make_file(db, "areas.csv", AREAS);
    CHECK_INT(RUN(&c, "import", "areas", file, "--preview", "--data", dir), 0);
    CHECK_STR(buf_str(&c.out), "preview, nothing written. 2 rows: 2 new, 0 changed, 0 the same, 0 wrong\n");
    CHECK_INT(RUN(&c, "import", "areas", file, "--data", dir), 0);
    CHECK_STR(buf_str(&c.out), "2 rows: 2 new, 0 changed, 0 the same, 0 wrong\n");
    CHECK_INT(RUN(&c, "import", "areas", file, "--data", dir, "--json"), 0);
    CHECK(str_has(buf_str(&c.out), S("\"new\":0,\"changed\":0,\"same\":2,\"wrong\":0")));
    CHECK_INT(RUN(&c, "export", "areas", "--level", "street", "--data", dir), 0);
    CHECK(str_has(buf_str(&c.out), S("\"name\":\"梧桐街道\"")));
    CHECK(!str_has(buf_str(&c.out), S("示范区")));
    capture_free(&c);
}

TEST_STORES(right_rows_go_in_and_wrong_ones_come_back_marked)
{
    setup(db);
    const char *file = make_file(db, "areas.csv", AREAS "999901002,榆树街道,galaxy,999901\n");
    CHECK_INT(RUN(&c, "import", "areas", file, "--marked", "m.xlsx", "--data", dir), 1);
    CHECK(str_has(buf_str(&c.out), S("3 rows: 2 new, 0 changed, 0 the same, 1 wrong")));
    CHECK(str_has(buf_str(&c.out), S("row 4: ")));
    CHECK_STR(buf_str(&c.err), "wuxing: 1 rows are wrong and were left out; they are marked in m.xlsx\n");
    CHECK(str_starts(buf_str(&c.marked), S("PK")));
    CHECK_INT(RUN(&c, "import", "unicorns", file, "--data", dir), 1);
    CHECK(str_has(buf_str(&c.err), S("there are: areas orgs")));
    CHECK_INT(RUN(&c, "import", "areas", "/nowhere.csv", "--data", dir), 1);
    CHECK_INT(RUN(&c, "import", "areas", make_file(db, "empty.csv", ""), "--data", dir), 1);
    capture_free(&c);
}

TEST_STORES(templates_and_exports_are_files)
{
    setup(db);
    const char *path = arena_format(&c.arena, "%s/t.xlsx", db->dir).p;
    CHECK_INT(RUN(&c, "template", "areas", path, "--data", dir), 0);
    char head[2] = "";
    FILE *f = fopen(path, "r");
    CHECK(f && fread(head, 1, 2, f) == 2 && head[0] == 'P' && head[1] == 'K');
    fclose(f);
    CHECK_INT(RUN(&c, "export", "matters", "--data", dir), 0);
    CHECK(str_has(buf_str(&c.out), S("\n")));
    CHECK_INT(RUN(&c, "export", "report", "--from", "2026-11-01", "--to", "2026-11-23", "--data", dir), 0);
    CHECK_INT(RUN(&c, "export", "unicorns", "--data", dir), 1);
    CHECK_INT(RUN(&c, "export", "areas", "--level", "galaxy", "--data", dir), 1);
    CHECK_INT(RUN(&c, "export", "matters", "/nowhere/x.csv", "--data", dir), 1);
    CHECK(access("/nowhere/x.csv.part", F_OK) != 0);
    capture_free(&c);
}

#define MAP_HEAD "{\"type\":\"FeatureCollection\",\"features\":["
#define SQUARE "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[113.6,34.7],[113.7,34.7],[113.7,34.8],[113.6,34.8],[113.6,34.7]]]}"
#define FEATURE(properties) "{\"type\":\"Feature\",\"properties\":{" properties "}," SQUARE "}"

TEST_STORES(a_map_gives_areas_their_boundaries)
{
    setup(db);
    CHECK_INT(RUN(&c, "import", "areas", make_file(db, "areas.csv", AREAS), "--data", dir), 0);
    const char *map = make_file(db, "map.geojson", MAP_HEAD FEATURE("\"code\":\"999901001\"") ","
        FEATURE("\"code\":\"999901001001\",\"name\":\"桂花社区\",\"parent_code\":\"999901001\"") "]}");
    CHECK_INT(RUN(&c, "import", "areas", map, "--level", "community", "--data", dir), 0);
    CHECK_STR(buf_str(&c.out), "2 features: 1 new areas, 2 boundaries, 0 points, 0 skipped, 0 wrong\n");
    CHECK_INT(RUN(&c, "import", "areas", map, "--level", "community", "--data", dir, "--json"), 0);
    CHECK(str_has(buf_str(&c.out), S("\"areas\":0,")));
    CHECK_INT(RUN(&c, "export", "areas", "--level", "community", "--data", dir), 0);
    CHECK(str_has(buf_str(&c.out), S("桂花社区")) && str_has(buf_str(&c.out), S("[113.7")));
    CHECK_INT(RUN(&c, "import", "areas", map, "--datum", "gcj02", "--data", dir), 0);
    CHECK_INT(RUN(&c, "export", "areas", "--level", "community", "--data", dir), 0);
    CHECK(!str_has(buf_str(&c.out), S("[113.7")));             /* some hundred metres off */
    capture_free(&c);
}

TEST_STORES(a_map_that_is_wrong_says_what)
{
    setup(db);
    CHECK_INT(RUN(&c, "import", "areas", make_file(db, "areas.csv", AREAS), "--data", dir), 0);
    CHECK_INT(RUN(&c, "import", "areas", make_file(db, "a.geojson", MAP_HEAD FEATURE("\"code\":\"1\"") "]}"), "--data", dir), 1);
    CHECK(str_has(buf_str(&c.out), S("1 skipped")) && str_has(buf_str(&c.err), S("parent_code")));
    const char *mixed = make_file(db, "b.geojson", MAP_HEAD
        FEATURE("\"code\":\"999901005\",\"name\":\"空\",\"parent_code\":\"999901001\"") "," FEATURE("\"code\":\"999901001\"") "]}");
    CHECK_INT(RUN(&c, "import", "areas", mixed, "--level", "district", "--data", dir), 1);      /* a district in a street */
    CHECK(str_has(buf_str(&c.out), S("1 boundaries, 0 points, 0 skipped, 1 wrong")) && str_has(buf_str(&c.err), S("feature 1: ")));
    CHECK_INT(RUN(&c, "import", "areas", make_file(db, "c.geojson", "{\"type\":\"Point\"}"), "--data", dir), 1);
    CHECK_INT(RUN(&c, "import", "areas", mixed, "--datum", "mars", "--data", dir), 1);
    CHECK_INT(RUN(&c, "import", "areas", mixed, "--preview", "--data", dir), 1);
    CHECK_INT(RUN(&c, "import", "areas", make_file(db, "areas.csv", AREAS), "--datum", "gcj02", "--data", dir), 1);
    capture_free(&c);
}
