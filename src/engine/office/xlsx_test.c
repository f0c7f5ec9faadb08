/* xlsx_test.c -- workbooks in and out. What other programs write is tried here in small; openpyxl's and
 * LibreOffice's own files are seeds of fuzz/xlsx.c. */
#include "engine/office/package.h"
#include "engine/office/xlsx_number.h"
#include "engine/office/xlsx_read.h"
#include "engine/office/xlsx_write.h"
#include "test/test.h"

#define RELATIONS "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

static struct str number(struct arena *a, const char *text, enum number_kind kind)
{
    return number_text(a, str_of(text), kind, false);
}

TEST(xlsx_numbers_show_what_excel_shows)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    CHECK_STR(number(&a, "13800138000", NUMBER_PLAIN), "13800138000");
    CHECK_STR(number(&a, "1.1000000000000001", NUMBER_PLAIN), "1.1");
    CHECK_STR(number(&a, "0.30000000000000004", NUMBER_PLAIN), "0.3");
    CHECK_STR(number(&a, "4.1010219900307E+17", NUMBER_PLAIN), "410102199003070000");
    CHECK_STR(number(&a, "-2.5", NUMBER_PLAIN), "-2.5");
    CHECK_STR(number(&a, "0", NUMBER_PLAIN), "0");
    CHECK_STR(number(&a, "-0", NUMBER_PLAIN), "0");
    CHECK_STR(number(&a, "1e-7", NUMBER_PLAIN), "0.0000001");
    CHECK_STR(number(&a, "#N/A", NUMBER_PLAIN), "#N/A");
    CHECK_STR(number(&a, "1e999", NUMBER_DAY), "1e999");
    CHECK_STR(number(&a, "nan", NUMBER_PLAIN), "nan");
}

TEST(xlsx_serials_are_days_and_times)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    CHECK_STR(number(&a, "1", NUMBER_DAY), "1900-01-01");
    CHECK_STR(number(&a, "59", NUMBER_DAY), "1900-02-28");
    CHECK_STR(number(&a, "60", NUMBER_DAY), "60");              /* Lotus's 1900-02-29 */
    CHECK_STR(number(&a, "61", NUMBER_DAY), "1900-03-01");
    CHECK_STR(number(&a, "46096", NUMBER_DAY), "2026-03-15");
    CHECK_STR(number(&a, "45351", NUMBER_DAY), "2024-02-29");
    CHECK_STR(number(&a, "46096.354224537", NUMBER_TIME), "2026-03-15T08:30:05+08:00");
    CHECK_STR(number(&a, "0.354166666666667", NUMBER_TIME_OF_DAY), "08:30");
    CHECK_STR(number(&a, "2958465", NUMBER_DAY), "9999-12-31");
    CHECK_STR(number(&a, "2958466", NUMBER_DAY), "2958466");
    /* 1904 system: 46096 - 1462 */
    CHECK_STR(number_text(&a, S("44634"), NUMBER_DAY, true), "2026-03-15");
}

TEST(xlsx_formats_tell_days_from_numbers)
{
    CHECK_INT(number_kind_of(S("General")), NUMBER_PLAIN);
    CHECK_INT(number_kind_of(S("0.00_ ;[Red]\\-0.00\\ ")), NUMBER_PLAIN);
    CHECK_INT(number_kind_of(S("yyyy\"年\"m\"月\"d\"日\"")), NUMBER_DAY);
    CHECK_INT(number_kind_of(S("[$-804]yyyy-mm-dd;@")), NUMBER_DAY);
    CHECK_INT(number_kind_of(S("yyyy/m/d h:mm")), NUMBER_TIME);
    CHECK_INT(number_kind_of(S("m/d/yy h:mm AM/PM")), NUMBER_TIME);
    CHECK_INT(number_kind_of(S("h:mm AM/PM")), NUMBER_TIME_OF_DAY);
    CHECK_INT(number_kind_of(S("[h]:mm:ss")), NUMBER_PLAIN);
    CHECK_INT(number_kind_of(S("#,##0\"days\"")), NUMBER_PLAIN);
    CHECK_INT(number_kind_of(S("mmm")), NUMBER_DAY);
    CHECK_INT(number_kind_builtin(14), NUMBER_DAY);
    CHECK_INT(number_kind_builtin(22), NUMBER_TIME);
    CHECK_INT(number_kind_builtin(31), NUMBER_DAY);
    CHECK_INT(number_kind_builtin(2), NUMBER_PLAIN);
}

static struct str foreign_book(struct arena *a)
{
    struct package p = package_begin(a);
    package_add(&p, "_rels/.rels",
                S(RELATIONS "<Relationship Id=\"rId1\" Type=\"" OFFICE
                            "/officeDocument\" Target=\"/xl/workbook.xml\"/></Relationships>"));
    package_add(
        &p, "xl/workbook.xml",
        S("<x:workbook xmlns:x=\"u\" xmlns:r=\"" OFFICE
          "\"><x:sheets><x:sheet name=\"隐藏\" state=\"hidden\" r:id=\"h\"/>"
          "<x:sheet name=\"居民\" r:id=\"s\"/><x:sheet name=\"第二\" r:id=\"h\"/></x:sheets></x:workbook>"));
    package_add(&p, "xl/_rels/workbook.xml.rels",
                S(RELATIONS
                  "<Relationship Id=\"s\" Type=\"" OFFICE "/worksheet\" Target=\"worksheets/one.xml\"/>"
                  "<Relationship Id=\"h\" Type=\"" OFFICE "/worksheet\" Target=\"worksheets/two.xml\"/>"
                  "<Relationship Id=\"y\" Type=\"" OFFICE "/styles\" Target=\"styles.xml\"/>"
                  "<Relationship Id=\"t\" Type=\"" OFFICE
                  "/sharedStrings\" Target=\"./strings.xml\"/></Relationships>"));
    package_add(&p, "xl/styles.xml",
                S("<styleSheet><numFmts><numFmt numFmtId=\"176\" "
                  "formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;\"/></numFmts>"
                  "<cellStyleXfs><xf numFmtId=\"22\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf "
                  "numFmtId=\"176\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"));
    package_add(&p, "xl/strings.xml", S("<sst><si><t>头</t></si></sst>"));
    package_add(
        &p, "xl/worksheets/one.xml",
        S("<x:worksheet xmlns:x=\"u\"><x:sheetData><x:row r=\"2\"><x:c r=\"B2\" "
          "t=\"s\"><x:v>0</x:v></x:c><x:c r=\"C2\" t=\"s\"><x:v>1</x:v></x:c>"
          "<x:c r=\"D2\" t=\"s\"><x:v>7</x:v></x:c></x:row>"
          "<x:row><x:c><x:v>46096</x:v></x:c><x:c s=\"1\"><x:v>46096</x:v></x:c><x:c "
          "s=\"2\"><x:v>46096.5</x:v></x:c>"
          "<x:c t=\"b\"><x:v>1</x:v></x:c><x:c t=\"inlineStr\"><x:is><x:r><x:t>行</x:t></x:r><x:r><x:t> "
          "内_x000D_</x:t></x:r></x:is></x:c>"
          "<x:c t=\"str\"><x:f>A1&amp;B1</x:f><x:v>算出</x:v></x:c><x:c t=\"e\"><x:v>#N/A</x:v></x:c></x:row>"
          "<x:row r=\"5\"><x:c r=\"A5\" t=\"inlineStr\"><x:is><x:t>1号楼</x:t></x:is></x:c><x:c "
          "r=\"B5\"><x:v>101</x:v></x:c></x:row>"
          "<x:row r=\"6\"><x:c r=\"B6\"><x:v>102</x:v></x:c></x:row></x:sheetData>"
          "<x:mergeCells><x:mergeCell ref=\"A5:A9\"/></x:mergeCells></x:worksheet>"));
    package_add(&p, "xl/worksheets/two.xml",
                S("<worksheet><sheetData><row><c><v>2</v></c></row></sheetData></worksheet>"));
    return package_done(&p);
}

TEST(xlsx_reads_what_other_programs_write)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct table t;
    struct str book = foreign_book(&a);
    CHECK_INT(xlsx_read(&a, book, S("第二"), &t), REFUSE_NONE);
    CHECK_STR(table_at(&t, 0, 0), "2");
    CHECK_INT(xlsx_read(&a, book, S(""), &t), REFUSE_NONE);       /* the first visible one */
    CHECK_INT(t.rows, 6);
    CHECK_STR(table_at(&t, 2, 0), "46096");
    CHECK_STR(table_at(&t, 2, 1), "2026-03-15");
    CHECK_STR(table_at(&t, 2, 2), "2026-03-15T12:00:00+08:00");
    CHECK_STR(table_at(&t, 2, 3), "true");
    CHECK_STR(table_at(&t, 2, 4), "行 内\r");
    CHECK_STR(table_at(&t, 2, 5), "算出");
    CHECK_STR(table_at(&t, 2, 6), "#N/A");
    CHECK_STR(table_at(&t, 4, 0), "1号楼");
    CHECK_STR(table_at(&t, 5, 0), "1号楼");                        /* merged down, within the used rows */
    CHECK_STR(table_at(&t, 5, 1), "102");
}

TEST(xlsx_shared_strings_may_be_rich_and_phonetic)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct package p = package_begin(&a);
    package_add(&p, "_rels/.rels",
                S(RELATIONS "<Relationship Id=\"r\" Type=\"" OFFICE
                            "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"));
    package_add(&p, "xl/workbook.xml",
                S("<workbook xmlns:r=\"u\"><sheets><sheet name=\"s\" r:id=\"s\"/></sheets></workbook>"));
    package_add(&p, "xl/_rels/workbook.xml.rels",
                S(RELATIONS "<Relationship Id=\"s\" Type=\"" OFFICE "/worksheet\" Target=\"s.xml\"/>"
                            "<Relationship Id=\"t\" Type=\"" OFFICE
                            "/sharedStrings\" Target=\"t.xml\"/></Relationships>"));
    package_add(&p, "xl/t.xml",
                S("<sst><si><t>一</t></si><si><r><t>二</t></r><rPh sb=\"0\" eb=\"1\"><t>er</t></rPh><r><t "
                  "xml:space=\"preserve\"> 三</t></r></si></sst>"));
    package_add(&p, "xl/s.xml",
                S("<worksheet><sheetData><row><c t=\"s\"><v>1</v></c><c t=\"s\"><v>0</v></c><c "
                  "t=\"s\"><v>2</v></c></row></sheetData></worksheet>"));
    struct table t;
    CHECK_INT(xlsx_read(&a, package_done(&p), S(""), &t), REFUSE_NONE);
    CHECK_STR(table_at(&t, 0, 0), "二 三");
    CHECK_STR(table_at(&t, 0, 1), "一");
    CHECK_INT(t.cols, 2);
}

/* --- out ------------------------------------------------------------------------------------------------ */

struct resident {
    struct has has;
    struct str name, idcard, phone, kind, note, category, secret;
    int64_t born, seen, rooms, lat;
    bool alone;
};
static const struct choice kinds[] = { { "elder", L("老人", "Elder") }, { "tenant", L("租户", "Tenant") }, { 0 } };
static const struct field resident_form[] = {
    FIELD(struct resident, name, TEXT, .label = L("姓名", "Name"), .required = true, .mask = MASK_NAME),
    FIELD(struct resident, idcard, IDCARD, .label = L("身份证号", "Identity number"), .mask = MASK_IDCARD),
    FIELD(struct resident, phone, PHONE, .label = L("电话", "Phone"), .mask = MASK_PHONE,
          .help = L("手机或座机", "Mobile or landline")),
    FIELD(struct resident, kind, CHOICE, .label = L("类别", "Kind"), .choices = kinds),
    FIELD(struct resident, secret, SECRET, .label = L("口令", "Password")),
    FIELD(struct resident, category, RULE, .label = L("事项类别", "Category"), .ref = "categories"),
    FIELD(struct resident, born, DAY, .label = L("出生日期", "Born")),
    FIELD(struct resident, seen, TIME, .label = L("走访时间", "Seen")),
    FIELD(struct resident, rooms, INT, .label = L("房间数", "Rooms"), .min = 0, .max = 20),
    FIELD(struct resident, lat, DEGREE, .label = L("纬度", "Latitude")),
    FIELD(struct resident, alone, BOOL, .label = L("独居", "Lives alone")),
    FIELD(struct resident, note, LONG_TEXT, .label = L("备注", "Note")),
    { 0 }
};
static const struct str categories[] = { { "占道经营", 12 }, { "路灯", 6 } };
static const struct xlsx_options options[] = { { "category", categories, 2 }, { 0 } };

static struct resident sample(void)
{
    struct resident r = { .name = S("张示例"),
                          .idcard = S("11010519491231002X"),
                          .phone = S("13800000000"),
                          .kind = S("tenant"),
                          .note = S("=HYPERLINK(\"x\")\n第二行"),
                          .category = S("路灯"),
                          .secret = S("never"),
                          .born = 19491231,
                          .seen = civil_ms(
                              (struct civil){ .year = 2026, .month = 3, .day = 15, .hour = 8, .minute = 30 }),
                          .rooms = 3,
                          .lat = 347466000,
                          .alone = true };
    for (const struct field *f = resident_form; f->name; f++)
        field_mark(resident_form, &r, f);
    return r;
}

TEST(xlsx_export_reads_back_as_it_was)
{
    static const char *const want[] = { "张示例",
                                        "11010519491231002X",
                                        "13800000000",
                                        "租户",
                                        "路灯",
                                        "1949-12-31",
                                        "2026-03-15 08:30:00",
                                        "3",
                                        "34.7466000",
                                        "是",
                                        "=HYPERLINK(\"x\")\n第二行" };
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct xlsx_plan plan = {
        .title = L("居民/登记", "Residents"), .fields = resident_form, .demo = true, .options = options
    };
    struct resident r = sample();
    struct xlsx *x = xlsx_begin(&a, &plan);
    xlsx_row(x, &r);
    xlsx_row(x, &(struct resident){ 0 });
    xlsx_row(x, &r);
    struct str book = xlsx_done(x);
    struct table t;
    CHECK_INT(xlsx_read(&a, book, S(""), &t), REFUSE_NONE);
    CHECK_INT(t.rows, 5);
    CHECK_INT(t.cols, (int)COUNT(want));
    CHECK_STR(table_at(&t, 0, 1), "idcard");
    CHECK_STR(table_at(&t, 1, 0), "姓名 *");
    for (int col = 0; col < t.cols; col++) {
        CHECK_STR(table_at(&t, 2, col), want[col]);
        CHECK_STR(table_at(&t, 3, col), "");
        CHECK_STR(table_at(&t, 4, col), want[col]);
    }
    CHECK_INT(xlsx_read(&a, book, S("居民 登记（演示数据）"), &t), REFUSE_NONE);
    CHECK_INT(xlsx_read(&a, book, S("填写说明"), &t), REFUSE_NONE);
    CHECK_STR(table_at(&t, 1, 0), "演示数据");
    CHECK_INT(xlsx_read(&a, book, S("options"), &t), REFUSE_NO_SHEET);
}

extern void __lsan_disable(void) __attribute__((weak));
extern void __lsan_enable(void) __attribute__((weak));

TEST(xlsx_long_lists_stand_on_a_sheet_of_their_own)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct str long_list[60];
    for (int i = 0; i < 60; i++)
        long_list[i] = arena_format(&a, "类别, 第 %d 项", i);
    struct xlsx_options many[] = { { "category", long_list, 60 }, { 0 } };
    struct xlsx_plan plan = { .title = L("居民", "Residents"), .fields = resident_form, .options = many };
    /* libxlsxwriter's own loss: see add_long_list */
    if (__lsan_disable)
        __lsan_disable();
    struct str book = xlsx_template(&a, &plan);
    if (__lsan_enable)
        __lsan_enable();
    struct table t;
    CHECK_INT(xlsx_read(&a, book, S("options"), &t), REFUSE_NONE);
    CHECK_INT(t.rows, 60);
    CHECK_STR(table_at(&t, 59, 0), "类别, 第 59 项");
}

TEST(xlsx_export_masks_and_speaks_english)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct xlsx_plan plan = {
        .title = L("居民", "Residents"), .fields = resident_form, .lang = EN, .masked = true
    };
    struct resident r = sample();
    struct xlsx *x = xlsx_begin(&a, &plan);
    xlsx_row(x, &r);
    struct table t;
    CHECK_INT(xlsx_read(&a, xlsx_done(x), S("Residents"), &t), REFUSE_NONE);
    CHECK_STR(table_at(&t, 1, 1), "Identity number");
    CHECK(!str_has(table_at(&t, 2, 1), S("19491231")));
    CHECK(!str_has(table_at(&t, 2, 2), S("13800000000")));
    CHECK_STR(table_at(&t, 2, 3), "Tenant");
    CHECK_STR(table_at(&t, 2, 9), "yes");
}

TEST(xlsx_template_has_its_head_and_no_rows)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct table t;
    struct xlsx_plan plan = { .title = L("居民", "Residents"), .fields = resident_form };
    CHECK_INT(xlsx_read(&a, xlsx_template(&a, &plan), S(""), &t), REFUSE_NONE);
    CHECK_INT(t.rows, 2);
    struct arena small arena_scoped;
    arena_init(&small, 1000);
    /* a full arena gives nothing, not half a book */
    CHECK_INT(xlsx_template(&small, &plan).n, 0);
}

TEST(xlsx_holds_thirty_thousand_rows)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct xlsx_plan plan = { .title = L("居民", "Residents"), .fields = resident_form };
    struct resident r = sample();
    struct xlsx *x = xlsx_begin(&a, &plan);
    for (int i = 0; i < 30000; i++)
        xlsx_row(x, &r);
    struct table t;
    CHECK_INT(xlsx_read(&a, xlsx_done(x), S(""), &t), REFUSE_NONE);
    CHECK_INT(t.rows, 30002);
    CHECK_STR(table_at(&t, 30001, 0), "张示例");
}
