/* run.h -- the commands' functions, for the table in commands.c. Each returns an exit code. */
#ifndef WUXING_CLI_RUN_H
#define WUXING_CLI_RUN_H

#include "cli/cli.h"

int run_serve(struct cli *);           /* serve.c */
int run_init(struct cli *);            /* folder.c */
int run_migrate(struct cli *);
int run_rebuild_search(struct cli *);
int run_check(struct cli *);           /* check.c */
int run_backup(struct cli *);          /* backup.c */
int run_restore(struct cli *);         /* restore.c */
int run_routes(struct cli *);          /* tables.c */
int run_sql(struct cli *);
int run_dot(struct cli *);
int run_config_check(struct cli *);
int run_user_add(struct cli *);        /* accounts.c */
int run_user_list(struct cli *);
int run_user_password(struct cli *);
int run_user_disable(struct cli *);
int run_user_enable(struct cli *);
int run_user_grant(struct cli *);
int run_token_add(struct cli *);
int run_token_list(struct cli *);
int run_token_end(struct cli *);
int run_import(struct cli *);          /* transfer.c */
int run_template(struct cli *);
int run_export(struct cli *);
int run_cert(struct cli *);            /* cert.c */
int run_broker(struct cli *);          /* broker.c */
int run_press(struct cli *);           /* press.c */
int run_watch(struct cli *);           /* watch.c */
int run_simulate_care(struct cli *);   /* simulate.c */
int run_demo(struct cli *);            /* demo_run.c */

#endif
