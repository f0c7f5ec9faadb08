/* str.h -- a slice of bytes: pointer and length, never owned, never NUL-terminated by promise.
 * Text is UTF-8 that was checked at the edge. Lengths `n` are bytes; str_chars() counts characters for people.
 * Memory belongs to whoever made the bytes (a literal, an arena, a mapped file). Threading: values, no state.
 * Faults: none; functions that can fail return bool and leave `ret_` untouched on failure. */
#ifndef WUXING_BASE_STR_H
#define WUXING_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
    const char *p;
    size_t n;
};

#define S(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).n, (s).p
#define MUST_USE __attribute__((warn_unused_result))
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct str str_of(const char *z);                       /* a C string; NULL gives the empty slice */
bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *z);
int str_cmp(struct str a, struct str b);                /* by bytes, shorter first */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_has(struct str s, struct str part);
size_t str_find(struct str s, struct str part);         /* offset, or s.n if it is not there */
struct str str_from(struct str s, size_t start);        /* clamped to the slice */
struct str str_head(struct str s, size_t n);            /* clamped to the slice, cut by bytes */
struct str str_trim(struct str s);                      /* ASCII blanks, U+3000 and the BOM at both ends */

/* Cuts the part before the first `sep` off *rest; false when *rest is used up. */
bool str_cut(struct str *rest, char sep, struct str *ret_part);

bool str_to_i64(struct str s, int64_t *ret_value) MUST_USE;
bool str_to_degree(struct str s, int64_t *ret_e7) MUST_USE;   /* "34.7466" -> 347466000, units of 1e-7 degree */

bool str_utf8_ok(struct str s);                         /* strict: no overlong forms, surrogates or NUL */
size_t str_chars(struct str s);                         /* characters of valid UTF-8 */
struct str str_head_chars(struct str s, size_t chars);  /* at most that many whole characters */
uint32_t str_next(struct str *rest);                    /* decodes and removes one character; 0 at the end */

/* Which characters a text holds, by a hash: `may_have` is false only when the word surely does not stand in it. To look for
 * many words in one text. Texts are valid UTF-8. */
struct char_set { uint64_t bits[16]; };
struct char_set char_set_of(struct str text);
bool char_set_may_have(const struct char_set *, struct str word);

bool str_hex(struct str hex, uint8_t *out, size_t out_bytes) MUST_USE;   /* exactly 2 * out_bytes digits */
uint64_t str_hash(struct str s);                        /* FNV-1a, for tables in memory only */

#endif
