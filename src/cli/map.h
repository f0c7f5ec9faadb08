/* map.h -- GeoJSON of areas from the command line; see map.c. Memory: its own. Threading: as the cli. */
#ifndef WUXING_CLI_MAP_H
#define WUXING_CLI_MAP_H

#include "cli/cli.h"

bool is_map(struct str bytes);             /* JSON, not a table */
int import_map(struct cli *);              /* an exit code */

#endif
