/* device_account.c -- see device_account.h. */
#include "engine/device_account.h"

#include <string.h>

static const struct form {
    const char *protocol;
    size_t digits_min, digits_max;
    bool filled;                       /* with zeros in front up to digits_max */
    struct label rule;
} forms[] = {
    { "dc09", 3, 16, false, L("应为 3 到 16 位十六进制数字，即主机设置中的账号", "3 to 16 hexadecimal digits: the account set in the panel") },
    { "gb26875", 1, 12, true, L("应为 1 到 12 位十六进制数字，即传输装置的源地址，高位在前", "1 to 12 hexadecimal digits: the source address of the transmitter, the highest first") },
};

static const struct form *form_of(struct str protocol)
{
    for (size_t i = 0; i < COUNT(forms); i++)
        if (str_is(protocol, forms[i].protocol))
            return &forms[i];
    return NULL;
}

static bool fits(const struct form *form, struct str account)
{
    bool hex = account.n >= form->digits_min && account.n <= form->digits_max;
    for (size_t i = 0; i < account.n && hex; i++) {
        char c = account.p[i];
        hex = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
    }
    return hex;
}

struct str device_account(struct arena *a, struct str protocol, struct str account)
{
    const struct form *form = form_of(protocol);
    if (!form || !fits(form, account))
        return account;
    size_t n = form->filled ? form->digits_max : account.n, zeros = n - account.n;
    char *out = arena_alloc(a, n + 1);
    memset(out, '0', zeros);
    for (size_t i = 0; i < account.n; i++)
        out[zeros + i] = (char)(account.p[i] >= 'a' ? account.p[i] - 'a' + 'A' : account.p[i]);
    return (struct str){ out, n };
}

void device_account_check(struct fault *fault, struct str protocol, struct str account)
{
    const struct form *form = form_of(protocol);
    if (form && !fits(form, account))
        fault_field(fault, (struct bad_field){ .field = S("account"), .bad = BAD_RULE, .label = L("设备编号", "Account"), .rule = form->rule });
}
