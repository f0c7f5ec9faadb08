/* jail_test.c -- the jail holds, and hostile files end as clear refusals. */
#include "engine/office/jail_wire.h"
#include "engine/office/package.h"
#include "test/test.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

TEST(jail_refuses_what_a_decoder_must_not_do)
{
    CHECK(!jail_holds(JAIL_PROBE_OPEN));                 /* no jail: no claim */
    CHECK(jail_start());
    for (enum jail_probe p = 0; p < JAIL_PROBE_LOOP; p++)
        if (!jail_holds(p))
            check_failed(__FILE__, __LINE__, jail_probe_name(p));
    jail_stop();
}

TEST(jail_ends_a_decoder_that_loops_crashes_or_grabs_memory)
{
    CHECK(jail_start());
    double started = now_s();
    CHECK(jail_holds(JAIL_PROBE_LOOP));
    CHECK(now_s() - started < 10);
    CHECK(jail_holds(JAIL_PROBE_CRASH));
    CHECK(jail_holds(JAIL_PROBE_MEMORY) || !JAIL_LIMITS_MEMORY);
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct table s;
    struct fault f = { 0 };
    /* and the next file is read as if nothing was */
    CHECK(jail_sheet(&a, S("a,b\n1,2\n"), S(""), &s, &f));
    CHECK_STR(table_at(&s, 1, 1), "2");
    jail_stop();
}

TEST(without_a_jail_nothing_is_decoded)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct table s;
    struct fault f = { 0 };
    CHECK(!jail_sheet(&a, S("a,b"), S(""), &s, &f));
    CHECK_INT(f.code, ERR_UNAVAILABLE);
}

static void *read_many(void *unused)
{
    (void)unused;
    struct arena a arena_scoped;
    arena_init(&a, 0);
    for (int i = 0; i < 10; i++) {
        struct table s;
        struct fault f = { 0 };
        CHECK(jail_sheet(&a, S("\xd0\xd5\xc3\xfb,x\n1,2\n"), S(""), &s, &f));
        CHECK_STR(table_at(&s, 0, 0), "姓名");
    }
    return NULL;
}

TEST(jail_serves_threads_at_once)
{
    CHECK(jail_start());
    pthread_t threads[8];
    for (size_t i = 0; i < COUNT(threads); i++)
        CHECK(pthread_create(&threads[i], NULL, read_many, NULL) == 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    jail_stop();
}

/* --- hostile files -------------------------------------------------------------------------------------- */

#define RELATIONS "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

static struct str book_with(struct arena *a, struct str sheet, struct str strings)
{
    struct package p = package_begin(a);
    package_add(&p, "_rels/.rels",
                S(RELATIONS "<Relationship Id=\"r\" Type=\"" OFFICE
                            "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"));
    package_add(
        &p, "xl/workbook.xml",
        S("<workbook xmlns:r=\"" OFFICE "\"><sheets><sheet name=\"一\" r:id=\"s\"/></sheets></workbook>"));
    package_add(&p, "xl/_rels/workbook.xml.rels",
                S(RELATIONS "<Relationship Id=\"s\" Type=\"" OFFICE
                            "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
                            "<Relationship Id=\"t\" Type=\"" OFFICE
                            "/sharedStrings\" Target=\"/xl/sharedStrings.xml\"/></Relationships>"));
    package_add(&p, "xl/worksheets/sheet1.xml", sheet);
    package_add(&p, "xl/sharedStrings.xml", strings);
    return package_done(&p);
}

static void expect_refusal(struct arena *a, struct str bytes, enum refusal want)
{
    struct table s;
    struct fault f = { 0 };
    CHECK(!jail_sheet(a, bytes, S(""), &s, &f));
    CHECK_STR(label_in(f.what, EN), refusal_label(want).en);
    CHECK_INT(f.code, refusal_err(want));
}

static struct str repeated(struct arena *a, const char *head, const char *piece, size_t times,
                           const char *tail)
{
    size_t n = strlen(head) + strlen(piece) * times + strlen(tail), at = strlen(head);
    char *p = arena_alloc(a, n + 1);
    memcpy(p, head, at);
    for (size_t i = 0; i < times; i++, at += strlen(piece))
        memcpy(p + at, piece, strlen(piece));
    memcpy(p + at, tail, strlen(tail));
    return (struct str){ p, n };
}

TEST(hostile_workbooks_end_as_refusals)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    CHECK(jail_start());
    struct str
        empty = S("<sst/>"),
        sheet = S(
            "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData></worksheet>");
    struct table s;
    struct fault f = { 0 };
    CHECK(jail_sheet(&a, book_with(&a, sheet, empty), S(""), &s, &f));       /* the frame itself is sound */
    CHECK_STR(table_at(&s, 0, 0), "1");

    struct str laughs = S("<!DOCTYPE w [<!ENTITY a \"haha\"><!ENTITY b "
                          "\"&a;&a;&a;&a;\">]><worksheet><sheetData>&b;</sheetData></worksheet>");
    expect_refusal(&a, book_with(&a, laughs, empty), REFUSE_DTD);
    expect_refusal(&a, book_with(&a, repeated(&a, "", "<a>", 100, ""), empty), REFUSE_DEPTH);
    expect_refusal(&a,
                   book_with(&a, repeated(&a, "<worksheet>", " ", (size_t)64 << 20, "</worksheet>"), empty),
                   REFUSE_RATIO);
    expect_refusal(&a,
                   book_with(&a,
                             S("<worksheet><sheetData><row r=\"999999\"><c "
                               "r=\"A999999\"><v>1</v></c></row></sheetData></worksheet>"),
                             empty),
                   REFUSE_ROWS);
    expect_refusal(
        &a,
        book_with(
            &a,
            S("<worksheet><sheetData><row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row></sheetData></worksheet>"),
            empty),
        REFUSE_COLS);
    expect_refusal(&a, book_with(&a, S("<worksheet><sheetData>"), empty), REFUSE_DAMAGED);
    expect_refusal(&a, book_with(&a, S("<worksheet><c r=\"1A\"/></worksheet>"), empty), REFUSE_DAMAGED);

    /* One long shared string, pointed to by very many cells: small on disk, 32 GB as text. */
    struct str strings = repeated(&a, "<sst><si><t>", "x", TABLE_CELL_BYTES_MAX, "</t></si></sst>");
    struct str cells = repeated(&a, "<worksheet><sheetData>",
                                "<row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>0</v></c></row>", 20000,
                                "</sheetData></worksheet>");
    expect_refusal(&a, book_with(&a, cells, strings), REFUSE_UNPACKED);
    jail_stop();
}

TEST(files_that_are_no_tables_are_refused)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    CHECK(jail_start());
    struct str book = book_with(&a, S("<worksheet/>"), S("<sst/>"));
    expect_refusal(&a, str_head(book, book.n / 2), REFUSE_DAMAGED);
    expect_refusal(&a, S("PK\x03\x04 and then nothing"), REFUSE_DAMAGED);
    expect_refusal(&a, S("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), REFUSE_OLD_EXCEL);
    expect_refusal(&a, (struct str){ "MZ\0\0", 4 }, REFUSE_SHEET_KIND);
    struct package many = package_begin(&a);
    for (int i = 0; i < 2100; i++)
        package_add(&many, arena_format(&a, "part%d", i).p, S("x"));
    expect_refusal(&a, package_done(&many), REFUSE_ENTRIES);
    struct package other = package_begin(&a);
    package_add(&other, "hello.txt", S("hello"));
    expect_refusal(&a, package_done(&other), REFUSE_DAMAGED);
    struct table s;
    struct fault f = { 0 };
    CHECK(!jail_sheet(&a, book, S("二"), &s, &f));
    CHECK_STR(label_in(f.what, EN), refusal_label(REFUSE_NO_SHEET).en);
    jail_stop();
}
