/* replay.c -- runs one fuzz target over files, without libFuzzer: wuxing's fuzzers under gcc, and every kept crash as a
 * test. Arguments are files or folders of files; the empty input is always tried. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return perror(path), 1;
    uint8_t *bytes = NULL;
    size_t n = 0, room = 0;
    for (;;) {
        if (n == room) {
            room = room ? room * 2 : 4096;
            bytes = realloc(bytes, room);
            if (!bytes)
                abort();
        }
        size_t got = fread(bytes + n, 1, room - n, f);
        if (got == 0)
            break;
        n += got;
    }
    fclose(f);
    uint8_t *exact = malloc(n ? n : 1);       /* an exact block, so that reading past the end is seen */
    if (!exact)
        abort();
    memcpy(exact, bytes ? bytes : exact, n);
    fprintf(stderr, "%s (%zu bytes)\n", path, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    free(bytes);
    return 0;
}

static int replay(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return perror(path), 1;
    if (!S_ISDIR(st.st_mode))
        return replay_file(path);
    int failed = 0;
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char name[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        failed |= replay(name);
    }
    if (folder)
        closedir(folder);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        failed |= replay(argv[i]);
    return failed;
}
