/* sqlite.h -- what sqlite.c, sqlite_run.c, sqlite_files.c and writer.c share. One sqlite_conn per thread at a time. */
#ifndef WUXING_STORE_SQLITE_H
#define WUXING_STORE_SQLITE_H

#include "store/store.h"

#include <sqlite3.h>

enum fixed { FIX_READ, FIX_WRITE, FIX_COMMIT, FIX_ROLLBACK, FIX_SAVE, FIX_RELEASE, FIX_BACK, FIX_COUNT };

struct sqlite_conn {
    struct conn conn;
    sqlite3 *db;
    sqlite3_stmt *fixed[FIX_COUNT];   /* begin, commit, savepoint ...: the hottest of all, so never looked up */
};

static inline struct sqlite_conn *sqlite_of(struct conn *conn)
{
    return (struct sqlite_conn *)conn;
}

/* Steps one of the fixed statements; false sets the fault and conn->trouble. */
bool sqlite_fixed(struct sqlite_conn *, enum fixed, struct fault *);
/* Turns a result code into a fault. Codes that concern the file rather than the statement also mark conn->trouble. */
void sqlite_fault(struct sqlite_conn *, int rc, const struct sql *, struct fault *);

struct conn *sqlite_connect(struct store *, bool writes, struct fault *);
void sqlite_disconnect(struct conn *);
/* The VFS for the writer's connection, over the named one (NULL: the default); its name lives as long as the process. */
const char *sqlite_wal_vfs(const char *over);
struct str sqlite_path(struct store *, struct arena *);

int64_t sqlite_run(struct tx *, const struct sql *, struct ins);
bool sqlite_one(struct tx *, const struct sql *, struct ins, struct outs);
void sqlite_get(struct tx *, const struct sql *, struct ins, struct cursor *);
bool sqlite_row(struct tx *, struct cursor *, struct outs);
void sqlite_end(struct conn *, struct cursor *);
void sqlite_script(struct tx *, const char *text);
void sqlite_check(struct tx *, const struct sql *, bool may_lack_tables);
int64_t sqlite_claim(struct tx *, const char *table);

bool sqlite_copy(struct store *, const char *to_path, struct fault *);
bool sqlite_integrity(struct store *, struct arena *, struct str *ret_report);

bool folder_blob_put(struct store *, struct str bytes, const char *hash, struct fault *);
bool folder_blob_get(struct store *, const char *hash, struct arena *, struct str *ret_bytes, struct fault *);
bool folder_blob_exists(struct store *, const char *hash);
void folder_blob_remove(struct store *, const char *hash);
void folder_blob_tidy(struct store *);                     /* what a crash left half written */

void *writer_main(void *store);

#endif
