/* file.h -- files of matters: content-addressed blobs with a row each. Photos are decoded and re-encoded in the jailed
 * helper (no GPS, no EXIF survives) before they are stored; the original is never kept. Up to 20 MiB each.
 * file_prepare runs outside the transaction (slow); file_add inside it. Faults: MEDIA_TYPE, TOO_LARGE, STORE_FULL. */
#ifndef WUXING_ENGINE_FILE_H
#define WUXING_ENGINE_FILE_H

#include "engine/matter.h"

struct file {
    int64_t id, matter, account, bytes, width, height;
    struct str name, type;             /* as stored: image/jpeg, application/pdf, text/csv, audio types ... */
    struct str hash, thumb_hash;       /* blobs */
    struct str qr;                     /* text of a QR code found in a photo: a signed sheet finds its matter by it */
    ms at;
};
bool file_prepare(struct tx *read, struct str name, struct str type, struct str bytes, struct file *ret_file);
int64_t file_add(struct tx *, const struct who *, int64_t matter, struct file *);
bool file_get(struct tx *, int64_t id, struct file *ret_file);
struct rows file_list(struct tx *, int64_t matter);
bool file_row(struct rows *, struct file *ret_file);

#endif
