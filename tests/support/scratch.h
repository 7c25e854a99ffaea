/*
 * A directory of its own for a test, below $TMPDIR or /tmp.
 */
#ifndef TESTS_SUPPORT_SCRATCH_H
#define TESTS_SUPPORT_SCRATCH_H

/* Makes an empty directory; the caller frees the path. NULL: it cannot be made. */
char *scratch_new(void);
/* Removes the directory with everything in it and frees the path. NULL is legal. */
void scratch_remove(char *path);

#endif
