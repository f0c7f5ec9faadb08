/* rule_files.h -- the texts of rules/ (YAML) inside the binary, made by tools/embed; ended by {0}, sorted by name.
 * Memory and threading: constant. */
#ifndef WUXING_ENGINE_RULE_FILES_H
#define WUXING_ENGINE_RULE_FILES_H

struct rule_file {
    const char *name;              /* "deadlines" of rules/deadlines.yaml */
    const char *text;
};

extern const struct rule_file rule_files[];

#endif
