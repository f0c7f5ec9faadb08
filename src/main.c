/* main.c -- Wuxing: one program, its commands in src/cli/commands.c. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return cli_main(argc, argv);
}
