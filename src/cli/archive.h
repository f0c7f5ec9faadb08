/* archive.h -- the form of a backup: a tar file (POSIX ustar) inside zstd, so that `tar --zstd -tf` shows it.
 * Members: blobs/ab/<sha256> as they lie in the folder, wuxing.db, then manifest.json last, which names the version and
 * the SHA-256 of wuxing.db. The master key is never in it.
 * Memory: a writer or reader owns its buffers until its _free. Threading: one thread. Faults: by return value. */
#ifndef WUXING_CLI_ARCHIVE_H
#define WUXING_CLI_ARCHIVE_H

#include "base/arena.h"

struct archive_writer;
/* `out` gets compressed bytes as they come. */
struct archive_writer *archive_writer_new(void (*out)(void *, struct str), void *arg);
void archive_member(struct archive_writer *, const char *name, int64_t bytes);     /* then exactly that many bytes */
void archive_bytes(struct archive_writer *, struct str);
void archive_end(struct archive_writer *);
void archive_writer_free(struct archive_writer *);

enum archive_step { ARCHIVE_MEMBER, ARCHIVE_BYTES, ARCHIVE_END, ARCHIVE_DAMAGED };
struct archive_reader;
struct archive_reader *archive_reader_new(int fd);
/* MEMBER: *ret_name and *ret_bytes (its size); BYTES: the next piece of it in *ret_piece, valid until the next call. */
enum archive_step archive_next(struct archive_reader *, struct str *ret_name, int64_t *ret_bytes, struct str *ret_piece);
void archive_reader_free(struct archive_reader *);

#endif
