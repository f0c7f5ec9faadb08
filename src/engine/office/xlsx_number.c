/* xlsx_number.c -- see xlsx_number.h. */
#include "engine/office/xlsx_number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum number_kind number_kind_builtin(int64_t id)
{
    if (id == 22)
        return NUMBER_TIME;
    if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id == 45 || id == 47 || id == 55 || id == 56)
        return NUMBER_TIME_OF_DAY;
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 58))
        return NUMBER_DAY;
    /* 46, [h]:mm:ss, is a length of time: it stays a number */
    return NUMBER_PLAIN;
}

/* Skips what is literal in a format code: "...", \x, _x, *x, [...]; false for an elapsed-time bracket. */
static bool skip_literal(struct str code, size_t *at)
{
    char c = code.p[*at];
    if (c == '"' || c == '[') {
        const char *end = memchr(code.p + *at + 1, c == '"' ? '"' : ']', code.n - *at - 1);
        if (c == '[' && *at + 1 < code.n && strchr("hHmMsS", code.p[*at + 1]))
            return false;
        *at = end ? (size_t)(end - code.p) : code.n;
    } else if (c == '\\' || c == '_' || c == '*') {
        *at += 1;
    } else if ((c == 'A' || c == 'a') && *at + 2 < code.n && strchr("/Mm", code.p[*at + 1])) {
        *at += code.p[*at + 1] == '/' ? 2 : 4;            /* A/P, AM/PM */
    }
    return true;
}

enum number_kind number_kind_of(struct str code)
{
    bool day = false, clock = false, month_or_minute = false;
    for (size_t i = 0; i < code.n && code.p[i] != ';'; i++) {
        char c = code.p[i];
        if (!skip_literal(code, &i))
            return NUMBER_PLAIN;
        day |= c == 'y' || c == 'Y' || c == 'd' || c == 'D';
        clock |= c == 'h' || c == 'H' || c == 's' || c == 'S';
        month_or_minute |= c == 'm' || c == 'M';
    }
    if (day || (month_or_minute && !clock))
        return clock ? NUMBER_TIME : NUMBER_DAY;
    return clock ? NUMBER_TIME_OF_DAY : NUMBER_PLAIN;
}

static bool to_double(struct str text, double *ret_value)
{
    char z[64];                                           /* a number of Excel has at most 24 characters */
    if (text.n == 0 || text.n >= sizeof z || !strchr("+-.0123456789", text.p[0]))
        return false;
    memcpy(z, text.p, text.n);
    z[text.n] = 0;
    char *end;
    double value = strtod(z, &end);
    if (*end || !isfinite(value) || strpbrk(z, "xXpPnN"))
        return false;
    *ret_value = value;
    return true;
}

/* Fifteen digits, as Excel shows, then zeros. */
static struct str long_text(struct arena *a, double value)
{
    struct str text = arena_format(a, "%.14e", fabs(value));      /* d.dddddddddddddde+NN */
    int64_t exponent = 0;
    if (!str_to_i64(str_from(text, 18), &exponent))
        return text;
    struct buf b = buf_in(a);
    buf_put(&b, value < 0 ? S("-") : S(""));
    buf_put(&b, str_head(text, 1));
    buf_put(&b, str_head(str_from(text, 2), 14));
    for (; exponent > 14; exponent--)
        buf_char(&b, '0');
    return buf_str(&b);
}

/* Never an exponent, because a long number here is an identity number or a phone. */
static struct str plain_text(struct arena *a, double value)
{
    if (value == 0)
        return S("0");
    if (fabs(value) >= 1e22 || fabs(value) < 1e-9)
        return arena_format(a, "%.15g", value);
    int digits_before = (int)floor(log10(fabs(value))) + 1, decimals = 15 - digits_before;
    if (decimals < 0)
        return long_text(a, value);
    struct str text = arena_format(a, "%.*f", decimals, value);
    if (memchr(text.p, '.', text.n)) {
        while (text.p[text.n - 1] == '0')
            text.n--;
        text.n -= text.p[text.n - 1] == '.';
    }
    return text;
}

struct str number_text(struct arena *a, struct str text, enum number_kind kind, bool date1904)
{
    double value;
    if (!to_double(text, &value))
        return text;
    if (kind == NUMBER_PLAIN)
        return plain_text(a, value);
    int64_t seconds = (int64_t)llround(fmin(fmax(value, -1), 2958466) * 86400);
    int64_t day = seconds / 86400, second = seconds % 86400;
    if (seconds < 0 || day > 2958465)                     /* 9999-12-31 */
        return plain_text(a, value);
    if (kind == NUMBER_TIME_OF_DAY && day == 0)
        return second % 60 ? arena_format(a, "%02d:%02d:%02d", (int)(second / 3600), (int)(second / 60 % 60),
                                          (int)(second % 60))
                           : arena_format(a, "%02d:%02d", (int)(second / 3600), (int)(second / 60 % 60));
    if (!date1904 && (day == 0 || day == 60))             /* 1900-01-00, and the 1900-02-29 that never was */
        return plain_text(a, value);
    /* Days from 1970-01-01. Serial 1 is 1900-01-01; after the false leap day all are one too high. */
    int64_t unix_day = date1904 ? day - 24107 : day - (day < 60 ? 25568 : 25569);
    /* z > 0 from 1900 on: Hinnant's civil_from_days */
    int64_t z = unix_day + 719468, era = z / 146097, doe = z % 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365,
            doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153, month = mp < 10 ? mp + 3 : mp - 9;
    int year = (int)(yoe + era * 400 + (month <= 2)), dom = (int)(doy - (153 * mp + 2) / 5 + 1);
    if (kind == NUMBER_DAY || (second == 0 && kind == NUMBER_TIME_OF_DAY))
        return arena_format(a, "%04d-%02d-%02d", year, (int)month, dom);
    return arena_format(a, "%04d-%02d-%02dT%02d:%02d:%02d+08:00", year, (int)month, dom, (int)(second / 3600),
                        (int)(second / 60 % 60), (int)(second % 60));
}
