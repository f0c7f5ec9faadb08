/* ids.c -- ids from blocks of 1,000. On SQLite a block is claimed inside the apply that runs out, so a block claimed in
 * a savepoint that was rolled back is forgotten with it; on PostgreSQL it is claimed by a transaction of its own. */
#include "store/store.h"

#include <assert.h>
#include <string.h>

static struct id_block *block_of(struct ids *ids, const char *table)
{
    for (int i = 0; i < ids->count; i++)
        if (ids->blocks[i].table == table || strcmp(ids->blocks[i].table, table) == 0)
            return &ids->blocks[i];
    assert(ids->count < (int)COUNT(ids->blocks));
    ids->blocks[ids->count] = (struct id_block){ .table = table };
    return &ids->blocks[ids->count++];
}

int64_t db_id(struct tx *tx, const char *table)
{
    assert(tx->writes);
    if (tx_failed(tx))
        return 0;
    struct ids *ids = &tx->store->ids;
    int64_t id = 0;
    pthread_mutex_lock(&ids->lock);
    struct id_block *b = block_of(ids, table);
    if (b->next == b->end) {
        int64_t first = tx->store->driver->claim(tx, table);
        if (first > 0)
            *b = (struct id_block){ b->table, first, first + ID_BLOCK, ids->savepoint };
    }
    if (b->next < b->end)
        id = b->next++;
    pthread_mutex_unlock(&ids->lock);
    assert(id != 0 || tx_failed(tx));
    return id;
}

void ids_savepoint(struct ids *ids)
{
    ids->savepoint++;
}

void ids_undo(struct ids *ids, uint64_t since)
{
    pthread_mutex_lock(&ids->lock);
    for (int i = 0; i < ids->count; i++)
        if (ids->blocks[i].claimed_in >= since)
            ids->blocks[i].next = ids->blocks[i].end = 0;
    pthread_mutex_unlock(&ids->lock);
}
