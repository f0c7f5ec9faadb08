/* import_test.c -- a table becomes rows: heads, wrong cells, dropped columns, slices, twice the same, the
 * marked book. */
#include "engine/import.h"
#include "engine/office/csv.h"
#include "engine/office/xlsx_read.h"
#include "test/stores.h"

#include <string.h>

struct shop {
    struct has has;
    struct str code, name, phone, kind;
    int64_t staff, opened;
    bool open_now;
};
static const struct choice shop_kinds[] = { { "canteen", L("食堂", "Canteen") }, { "market", L("市场", "Market") }, { 0 } };
static const struct field shop_form[] = {
    FIELD(struct shop, code, TEXT, .label = L("编号", "Code"), .required = true, .max = 10),
    FIELD(struct shop, name, TEXT, .label = L("店名", "Name"), .required = true, .max = 20),
    FIELD(struct shop, phone, PHONE, .label = L("联系电话", "Phone"), .mask = MASK_PHONE),
    FIELD(struct shop, kind, CHOICE, .label = L("类型", "Kind"), .choices = shop_kinds),
    FIELD(struct shop, staff, INT, .label = L("员工人数", "Staff"), .min = 0, .max = 5000),
    FIELD(struct shop, opened, DAY, .label = L("开业日期", "Opened")),
    FIELD(struct shop, open_now, BOOL, .label = L("是否营业", "Open")),
    { 0 } };

static const struct migration shop_migrations[] = { { "shop", 1,
                                                      "create table shop(code TEXT_C not null primary key, "
                                                      "name TEXT_C not null, staff bigint not null) KEYED" },
                                                    { 0 } };
static const struct migration *const migrations[] = { shop_migrations, NULL };
TEST_SQL(select_shop, "select name, staff from shop where code = $1");
TEST_SQL(insert_shop, "insert into shop(code, name, staff) values ($1, $2, $3)");
TEST_SQL(update_shop, "update shop set name = $1, staff = $2 where code = $3");
TEST_SQL(count_shops, "select count(*) from shop");

static enum import_fate look(struct tx *tx, const struct who *who, const void *form)
{
    (void)who;
    const struct shop *s = form;
    struct str name;
    int64_t staff;
    if (str_is(s->name, "查无此街"))
        fault_field(&tx->fault, (struct bad_field){ .field = S("name"), .bad = BAD_REF, .arg = S("area") });
    if (!db_one(tx, select_shop, IN(s->code), OUT(&name, &staff)))
        return IMPORT_NEW;
    return str_eq(name, s->name) && staff == s->staff ? IMPORT_SAME : IMPORT_CHANGED;
}

static void apply(struct tx *tx, const struct who *who, const void *form)
{
    (void)who;
    const struct shop *s = form;
    if (str_is(s->name, "提交时才错"))
        tx_refuse(tx, ERR_CONFLICT, "刚被别人改过", "Changed by somebody else");
    if (db_run(tx, update_shop, IN(s->name, s->staff, s->code)) == 0)
        db_run(tx, insert_shop, IN(s->code, s->name, s->staff));
}

static const struct import_alias aliases[] = { { "商户名", "name" }, { 0 } };
static const struct importer shops = { "shops", L("商户", "Shops"), shop_form, sizeof(struct shop), 0, { "code" }, aliases, look, apply, NULL };
static const struct who nobody;

static struct table table_of(struct arena *a, struct str bytes)
{
    struct table t;
    CHECK_INT(table_read(a, bytes, S(""), NULL, &t), REFUSE_NONE);
    return t;
}

static struct import read_ok(struct arena *a, const struct table *t)
{
    struct import im;
    struct fault f = { 0 };
    CHECK(import_read(&im, &shops, a, t, &f));
    return im;
}

TEST(import_knows_heads_however_they_are_written)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct table t = table_of(
        &a, S("某街道商户台账,,,,\n填报：示例,,,,\n 编 号＊,商户名（必填）,ＰＨＯＮＥ,员工人数(人),开业日期\n"
              "A1,甲店,0371-12345678,\"1,200\",2026/3/"
              "5\nB2,乙店,１３８００００００００,３,2026年3月5日\n,,,,\n"));
    struct import im = read_ok(&a, &t);
    CHECK_INT(im.head_row, 2);
    CHECK_INT(im.row_count, 2);
    CHECK_INT(im.bad_count, 0);
    const struct shop *first = im.rows[0].form, *second = im.rows[1].form;
    CHECK_STR(first->name, "甲店");
    CHECK_INT(first->staff, 1200);
    CHECK_INT(first->opened, 20260305);
    CHECK_STR(second->phone, "13800000000");
    CHECK_INT(second->staff, 3);
    CHECK_INT(second->opened, 20260305);
}

TEST(import_refuses_a_table_it_cannot_know)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct import im;
    struct fault none = { 0 }, missing = { 0 }, twice = { 0 };
    struct table t = table_of(&a, S("甲,乙\n1,2\n"));
    CHECK(!import_read(&im, &shops, &a, &t, &none));
    CHECK_INT(none.code, ERR_INVALID);
    t = table_of(&a, S("店名,员工人数\n甲,2\n"));
    CHECK(!import_read(&im, &shops, &a, &t, &missing));
    CHECK_STR(missing.fields[0].field, "code");
    t = table_of(&a, S("编号,店名,商户名\n1,2,3\n"));
    CHECK(!import_read(&im, &shops, &a, &t, &twice));
    CHECK_INT(twice.fields[0].bad, BAD_TWICE);
}

TEST(import_drops_columns_of_special_populations)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct table t = table_of(
        &a, S("编号,店名,民族,是否刑释人员,Political "
              "status,宗教信仰,备注\nA1,甲店,某族,否,群众,无,x\nA2,乙店,某族,bad,,,\n编号?,a,某族\n"));
    struct import im = read_ok(&a, &t);
    CHECK_INT(im.dropped.count, 4);
    CHECK_STR(im.dropped.items[0], "民族");
    CHECK_INT(im.unknown.count, 1);
    CHECK_STR(im.unknown.items[0], "备注");
    struct json j = json_in(&a);
    import_write(&j, &im, ZH);
    struct str text = json_done(&j);
    CHECK(!str_has(text, S("某族")) && !str_has(text, S("群众")));
    struct str kept = import_kept(&im);
    CHECK(str_has(kept, S("备注")) && !str_has(kept, S("某族")) && !str_has(kept, S("群众")));
    struct table again = table_of(&a, kept);
    CHECK_INT(read_ok(&a, &again).row_count, im.row_count);
    im.bads = &(struct import_bad){ .row = 1, .col = 0, .what = L("示例", "example") };
    im.bad_count = 1;
    t = table_of(&a, import_marked(&im, ZH));
    for (int row = 0; row < t.rows; row++)
        for (int col = 0; col < t.cols; col++)
            CHECK(!str_has(table_at(&t, row, col), S("族")) && !str_has(table_at(&t, row, col), S("群众")));
    CHECK_STR(table_at(&t, 0, 2), "备注");
}

TEST(import_tells_every_wrong_cell_and_returns_the_book_marked)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct table t = table_of(&a, S("编号,店名,联系电话,类型,员工人数,开业日期,是否营业\n"
                                    "A1,甲店,138****0000,食堂,5,2026-03-05,是\n"
                                    "A2,,12,夜店,-4,2026-02-30,√\n"
                                    "A1,丙店,,Market,7,,无\n"));
    struct import im = read_ok(&a, &t);
    CHECK_INT(im.row_count, 3);
    const struct shop *first = im.rows[0].form, *third = im.rows[2].form;
    CHECK(!field_has(shop_form, first, "phone"));                /* masked: not given */
    CHECK_STR(first->kind, "canteen");
    CHECK_STR(third->kind, "market");
    CHECK(first->open_now && !third->open_now && field_has(shop_form, third, "open_now"));
    CHECK_INT(im.counts[IMPORT_WRONG], 2);
    /* name, phone, kind, staff, day; and A1 twice */
    CHECK_INT(im.bad_count, 6);
    struct str book = import_marked(&im, EN);
    CHECK(book.n > 0);
    struct table marked = table_of(&a, book);
    CHECK_INT(marked.rows, 4);
    CHECK_INT(marked.cols, 8);
    CHECK_STR(table_at(&marked, 0, 7), xlsx_errors_label().en);
    CHECK_STR(table_at(&marked, 1, 7), "");
    CHECK(str_has(table_at(&marked, 2, 7), S("Phone must be a telephone number")));
    CHECK(str_has(table_at(&marked, 3, 7), S("Code appears twice")));
    CHECK_STR(table_at(&marked, 1, 2), "138****0000");
    /* our own column is passed over the next time */
    im = read_ok(&a, &marked);
    CHECK_INT(im.bad_count, 6);
    CHECK_INT(im.unknown.count, 0);
    CHECK_INT(read_ok(&a, &marked).left_out[7], true);
}

static int64_t shop_count(struct store *s, struct arena *a)
{
    int64_t count = -1;
    struct tx *tx = read_begin(s, a);
    CHECK(db_one(tx, count_shops, IN(), OUT(&count)));
    read_end(tx);
    return count;
}

static struct import run(struct store *s, struct arena *a, const struct table *t)
{
    struct import im = read_ok(a, t);
    struct tx *tx = read_begin(s, a);
    CHECK(import_preview(&im, tx, &nobody));
    read_end(tx);
    return im;
}

TEST_STORES(import_twice_changes_nothing_and_a_wrong_row_stays_out_alone)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct store *s = test_store_open(db, (struct store_config){ .migrations = migrations });
    struct csv c = csv_begin(&a);
    csv_cell(&c, S("编号")), csv_cell(&c, S("店名")), csv_cell(&c, S("员工人数")), csv_line(&c);
    for (int i = 0; i < 450; i++) {
        csv_cell(&c, arena_format(&a, "N%d", i));
        csv_cell(&c, i == 7 ? S("查无此街") : i == 230 ? S("提交时才错") : arena_format(&a, "店 %d", i));
        csv_cell(&c, arena_format(&a, "%d", i));
        csv_line(&c);
    }
    struct table t = table_of(&a, buf_str(&c.out));
    struct import im = run(s, &a, &t);
    CHECK_INT(im.counts[IMPORT_NEW], 449);
    CHECK_INT(im.counts[IMPORT_WRONG], 1);
    CHECK_INT(shop_count(s, &a), 0);                             /* a preview writes nothing */
    struct fault f = { 0 };
    CHECK(import_apply(&im, s, &nobody, NULL, NULL, &f));
    CHECK_INT(im.counts[IMPORT_WRONG], 2);
    CHECK_STR(import_message(&im, &im.bads[1], EN), "Changed by somebody else");
    CHECK_INT(im.bads[1].row, 231);
    CHECK_INT(shop_count(s, &a), 448);

    im = run(s, &a, &t);
    CHECK_INT(im.counts[IMPORT_SAME], 448);
    CHECK_INT(im.counts[IMPORT_CHANGED], 0);
    t.cells[3 + 2] = S("99");
    im = run(s, &a, &t);
    CHECK_INT(im.counts[IMPORT_CHANGED], 1);
    CHECK(import_apply(&im, s, &nobody, NULL, NULL, &f));
    im = run(s, &a, &t);
    CHECK_INT(im.counts[IMPORT_CHANGED], 0);
    CHECK_INT(shop_count(s, &a), 448);
    store_close(s);
}
