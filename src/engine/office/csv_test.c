/* csv_test.c -- encodings, separators, quotes and the formula guard. */
#include "engine/office/csv.h"
#include "test/test.h"

#include <string.h>

static struct table read_ok(struct arena *a, struct str bytes)
{
    struct table s;
    CHECK_INT(csv_read(a, bytes, NULL, &s), REFUSE_NONE);
    return s;
}

static enum refusal refused(struct str bytes)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct table s;
    return csv_read(&a, bytes, NULL, &s);
}

TEST(csv_reads_utf8_with_and_without_bom)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct table s = read_ok(&a, S("\xef\xbb\xbf姓名,电话\r\n张三(示例),13800000000\r\n"));
    CHECK_INT(s.rows, 2);
    CHECK_INT(s.cols, 2);
    CHECK_STR(table_at(&s, 0, 0), "姓名");
    CHECK_STR(table_at(&s, 1, 1), "13800000000");
    CHECK_STR(table_at(&s, 5, 5), "");
    s = read_ok(&a, S("a,b"));
    CHECK_STR(table_at(&s, 0, 1), "b");
    s = read_ok(&a, S(""));
    CHECK_INT(s.rows, 0);
}

TEST(csv_reads_gb18030)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct table s = read_ok(&a, S("\xd0\xd5\xc3\xfb;\xb5\xe7\xbb\xb0\n\xc0\xee\xcb\xc4;1\n"));
    CHECK_STR(table_at(&s, 0, 0), "姓名");
    CHECK_STR(table_at(&s, 0, 1), "电话");
    CHECK_STR(table_at(&s, 1, 0), "李四");
    s = read_ok(&a, S("\x95\x32\x82\x36"));                   /* a four-byte code: U+20000 */
    CHECK_STR(table_at(&s, 0, 0), "\xf0\xa0\x80\x80");
    CHECK_INT(refused(S("\xff\xff,\x80")), REFUSE_ENCODING);
    CHECK_INT(refused((struct str){ "a\0b", 3 }), REFUSE_ENCODING);
}

TEST(csv_takes_the_separator_of_the_first_line)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct table s = read_ok(&a, S("\"a,b,c\";x;y\n1;2;3"));
    CHECK_INT(s.cols, 3);
    CHECK_STR(table_at(&s, 0, 0), "a,b,c");
    s = read_ok(&a, S("a\tb\n1,5\t2\n"));
    CHECK_STR(table_at(&s, 1, 0), "1,5");
}

TEST(csv_quotes_hold_lines_separators_and_quotes)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct table s = read_ok(&a, S("x,\"two\r\nlines, and \"\"quotes\"\"\"\rlast,\"\"\n\n,,tail"));
    CHECK_STR(table_at(&s, 0, 1), "two\r\nlines, and \"quotes\"");
    CHECK_STR(table_at(&s, 1, 0), "last");
    CHECK_STR(table_at(&s, 2, 0), "");
    CHECK_STR(table_at(&s, 3, 2), "tail");
    CHECK_INT(s.rows, 4);
    CHECK_INT(refused(S("a,\"never closed")), REFUSE_QUOTES);
}

TEST(csv_limits)
{
    struct arena a arena_scoped;
    arena_init(&a, 0);
    char *wide = arena_alloc(&a, 1000);
    memset(wide, ',', 999);
    wide[999] = 'x';
    CHECK_INT(refused((struct str){ wide, 1000 }), REFUSE_COLS);
    size_t n = TABLE_CELL_BYTES_MAX + 1;
    char *fat = arena_alloc(&a, n);
    memset(fat, 'x', n);
    CHECK_INT(refused((struct str){ fat, n }), REFUSE_CELL);
    struct table s = read_ok(&a, (struct str){ fat, n - 1 });
    CHECK_INT(table_at(&s, 0, 0).n, TABLE_CELL_BYTES_MAX);
    size_t rows = (size_t)TABLE_ROWS_MAX + 1;
    char *tall = arena_alloc(&a, rows * 2);
    for (size_t i = 0; i < rows; i++)
        memcpy(tall + i * 2, "1\n", 2);
    CHECK_INT(refused((struct str){ tall, rows * 2 }), REFUSE_ROWS);
    s = read_ok(&a, (struct str){ tall, (rows - 1) * 2 });
    CHECK_INT(s.rows, TABLE_ROWS_MAX);
}

TEST(csv_guards_formulas_and_reads_its_own_output_back)
{
    static const char *const cells[] = { "=1+1",       "+cmd",   "-2+3",           "@sum",
                                         "\tx",        "-12.5",  "+8613800000000", "'=quoted",
                                         "''+x",       "'plain", "with,comma",     "a \"quote\"",
                                         "two\nlines", "",       "中文",           "'" };
    struct arena a arena_scoped;
    arena_init(&a, 0);
    struct csv c = csv_begin(&a);
    for (size_t i = 0; i < COUNT(cells); i++)
        csv_cell(&c, str_of(cells[i]));
    csv_line(&c);
    csv_cell(&c, S("第二行"));
    csv_line(&c);
    struct str bytes = buf_str(&c.out);
    CHECK(str_starts(
        bytes, S("\xef\xbb\xbf\"'=1+1\",\"'+cmd\",\"'-2+3\",\"'@sum\",\"'\tx\",-12.5,+8613800000000,")));
    struct table s = read_ok(&a, bytes);
    for (size_t i = 0; i < COUNT(cells); i++)
        CHECK_STR(table_at(&s, 0, (int)i), cells[i]);
    CHECK_STR(table_at(&s, 1, 0), "第二行");
}
