/* number.c -- numbers that check themselves (STANDARDS 10.4) and telephone numbers; declared in field.h. */
#include "base/field.h"

#include <string.h>

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : -1;
}

/* A day of birth in digits 7-14. Written out because the calendar of clock.h begins in 1900 and GB 11643's own example
 * was born in 1880. */
static bool birthday_ok(const char *p)
{
    static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year = 0, month = digit(p[4]) * 10 + digit(p[5]), day = digit(p[6]) * 10 + digit(p[7]);
    for (int i = 0; i < 4; i++)
        year = year * 10 + digit(p[i]);
    if (year < 1800 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= month_days[month - 1] + leap;
}

bool idcard_ok(struct str s)
{
    static const int weights[] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
    int sum = 0;
    if (s.n != 18)
        return false;
    for (size_t i = 0; i < COUNT(weights); i++) {
        if (digit(s.p[i]) < 0)
            return false;
        sum += digit(s.p[i]) * weights[i];
    }
    return "10X98765432"[sum % 11] == s.p[17] && birthday_ok(s.p + 6);
}

bool uscc_ok(struct str s)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    int sum = 0, weight = 1;
    if (s.n != 18)
        return false;
    for (size_t i = 0; i < 18; i++) {
        const char *at = s.p[i] ? strchr(alphabet, s.p[i]) : NULL;
        if (!at)
            return false;
        if (i < 17)
            sum += (int)(at - alphabet) * weight;
        weight = weight * 3 % 31;
    }
    return alphabet[(31 - sum % 31) % 31] == s.p[17];
}

/* The digits and a leading plus of what was typed; full-width digits count, blanks, dashes and brackets do not. */
static bool phone_digits(struct str s, struct buf *b)
{
    while (s.n) {
        bool first = b->n == 0;
        uint32_t c = str_next(&s);
        if (c >= 0xff10 && c <= 0xff19)
            c = c - 0xff10 + '0';
        if (c >= '0' && c <= '9')
            buf_char(b, (char)c);
        else if ((c == '+' || c == 0xff0b) && first)
            buf_char(b, '+');
        else if (c != ' ' && c != '-' && c != '(' && c != ')' && c != 0xff08 && c != 0xff09 && c != 0x3000 && c != 0x2010)
            return false;
    }
    return true;
}

/* One number has one spelling, because numbers are found again by their keyed digest: +86 139.. and 0086 139.. are
 * 139..; +86 371 .. is 0371 ... Numbers of other countries keep their plus. Short ones (110, 12345) pass. */
bool phone_normal(struct arena *a, struct str text, struct str *ret_phone)
{
    struct buf b = buf_in(a);
    if (text.n > 60 || !phone_digits(text, &b))
        return false;
    struct str s = buf_str(&b);
    if (str_starts(s, S("00")))
        s = arena_join(a, S("+"), str_from(s, 2));
    if (str_starts(s, S("86")) && s.n == 13 && s.p[2] == '1')
        s = str_from(s, 2);
    if (str_starts(s, S("+86"))) {
        s = str_from(s, 3);
        bool mobile = s.n == 11 && s.p[0] == '1';
        if (!mobile && s.n >= 9 && s.p[0] != '0')
            s = arena_join(a, S("0"), s);
    }
    size_t digits = s.n - (s.n && s.p[0] == '+');
    if (digits < 3 || digits > 15 || str_starts(s, S("00")) || str_starts(s, S("+0")))
        return false;                                /* no country begins with 0; and a normal form stays as it is */
    *ret_phone = arena_copy(a, s);
    return true;
}
