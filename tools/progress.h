/*
 * A line about a long operation, for a person at a terminal. The mount says in a file what
 * it is doing; this repeats it on stderr once a second, from the third second on.
 */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include "tools/mountpoint.h"

struct progress;

/*
 * Starts to watch; mount stays the caller's and must live until the end. NULL when stderr
 * is no terminal or nothing can be watched, which progress_end() takes.
 */
struct progress *progress_begin(const struct mountpoint *mount);
/* Stops and takes the line away. */
void progress_end(struct progress *progress);

#endif
