/* mask.c -- how personal values are shown without a reason given (STANDARDS 10.3); declared in field.h. */
#include "base/field.h"

static void stars(struct buf *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_char(b, '*');
}

/* Keeps `head` and `tail` characters of ASCII numbers; what is too short for that keeps its last two only. */
static struct str keep_ends(struct arena *a, struct str s, size_t head, size_t tail)
{
    struct buf b = buf_in(a);
    if (s.n < head + tail + 1) {
        head = 0;
        tail = s.n > 4 ? 2 : 0;
    }
    buf_put(&b, str_head(s, head));
    stars(&b, s.n - head - tail);
    buf_put(&b, str_from(s, s.n - tail));
    return buf_str(&b);
}

static struct str mask_name(struct arena *a, struct str s)
{
    static const char *const double_surnames[] = {
        "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟", "公羊", "赫连",
        "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于",
        "司空", "令狐", "百里", "呼延", "东郭", "南门", "西门",
    };
    struct buf b = buf_in(a);
    size_t kept = 1, chars = str_chars(s);
    for (size_t i = 0; chars > 2 && i < COUNT(double_surnames); i++)
        if (str_starts(s, str_of(double_surnames[i])))
            kept = 2;
    buf_put(&b, str_head_chars(s, kept));
    stars(&b, chars > kept ? chars - kept : 0);
    return buf_str(&b);
}

/* To the road or the compound: the last such word ends what is shown. */
static struct str mask_address(struct arena *a, struct str s)
{
    static const char *const ends[] = { "大道", "小区", "社区", "家园", "花园", "公寓", "路", "街", "巷", "村", "苑", "胡同" };
    size_t shown = 0;
    for (size_t i = 0; i < s.n; i++)
        for (size_t e = 0; e < COUNT(ends); e++)
            if (str_starts(str_from(s, i), str_of(ends[e])) && i + str_of(ends[e]).n > shown)
                shown = i + str_of(ends[e]).n;
    struct str head = shown ? str_head(s, shown) : str_head_chars(s, str_chars(s) < 12 ? str_chars(s) / 2 : 6);
    return head.n == s.n ? s : arena_join(a, head, S("***"));
}

struct str mask_text(struct arena *a, enum mask mask, struct str value)
{
    if (value.n == 0)
        return value;
    switch (mask) {
    case MASK_NONE:
        return value;
    case MASK_NAME:
        return mask_name(a, value);
    case MASK_PHONE:
        return keep_ends(a, value, 3, 4);
    case MASK_IDCARD:
        return keep_ends(a, value, 6, 4);
    case MASK_ADDRESS:
        return mask_address(a, value);
    case MASK_HIDE:
        break;
    }
    return S("***");
}
