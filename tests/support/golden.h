/*
 * Golden files: what is written to disk, as text that a reviewer can see change.
 */
#ifndef TESTS_SUPPORT_GOLDEN_H
#define TESTS_SUPPORT_GOLDEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/base/buffer.h"

/* Adds a line "name hex". */
void golden_line(struct buffer *text, const char *name, struct slice bytes);
/* The test fails unless text is what the file at path (from the top) holds; both are shown then. */
void golden_check(const char *path, struct buffer *text);

#endif
