/* xlsx.c -- the reader of workbooks. The first byte chooses: 'z' the rest is the archive as it came;
 * anything else: the rest is the XML of up to five parts with a line %% between them (worksheet, shared
 * strings, styles, workbook, relations), packed by us, so that a change of one letter reaches the parser
 * and not a checksum.
 * This exercises: libzip's and expat's use, relations, styles, shared and inline strings, dates, merges,
 * all limits; that a table which is accepted keeps its own limits and holds UTF-8 only. */
#include "engine/office/package.h"
#include "engine/office/xlsx_read.h"

#include <assert.h>

#define RELATIONS "<Relationships>"
static struct str part_or(struct str *rest, struct str otherwise)
{
    size_t at = str_find(*rest, S("\n%%\n"));
    struct str part = str_head(*rest, at);
    *rest = str_from(*rest, at + 4);
    return part.n ? part : otherwise;
}

static struct str packed(struct arena *a, struct str xml)
{
    struct package p = package_begin(a);
    package_add(
        &p, "_rels/.rels",
        S(RELATIONS "<Relationship Type=\"/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"));
    package_add(&p, "xl/worksheets/sheet1.xml", part_or(&xml, S("<worksheet/>")));
    package_add(&p, "xl/sharedStrings.xml", part_or(&xml, S("<sst/>")));
    package_add(&p, "xl/styles.xml", part_or(&xml, S("<styleSheet/>")));
    package_add(&p, "xl/workbook.xml",
                part_or(&xml, S("<workbook><sheets><sheet name=\"s\" id=\"s\"/></sheets></workbook>")));
    package_add(
        &p, "xl/_rels/workbook.xml.rels",
        part_or(&xml, S(RELATIONS
                        "<Relationship Id=\"s\" Type=\"/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
                        "<Relationship Id=\"t\" Type=\"/sharedStrings\" Target=\"sharedStrings.xml\"/>"
                        "<Relationship Id=\"y\" Type=\"/styles\" Target=\"styles.xml\"/></Relationships>")));
    return package_done(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 1)
        return 0;
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct str rest = { (const char *)bytes + 1, n - 1 };
    struct table t;
    if (xlsx_read(&a, bytes[0] == 'z' ? rest : packed(&a, rest), S(""), &t) != REFUSE_NONE)
        return 0;
    assert(t.rows <= TABLE_ROWS_MAX && t.cols <= TABLE_COLS_MAX &&
           (int64_t)t.rows * t.cols <= TABLE_CELLS_MAX);
    for (int row = 0; row < t.rows; row++)
        for (int col = 0; col < t.cols; col++) {
            struct str cell = table_at(&t, row, col);
            assert(cell.n <= TABLE_CELL_BYTES_MAX && str_utf8_ok(cell));
        }
    return 0;
}
