/*
 * Scope-exit cleanup for the programs. Those on the mount include nothing of the store, so
 * that what they do is plainly what any program could do; these few lines are their share
 * of the habit.
 */
#ifndef TOOLS_SCOPE_H
#define TOOLS_SCOPE_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

static inline void scope_free(void *p)
{
	free(*(void **)p);
}
#define _cleanup_free_ _cleanup_(scope_free)

static inline void scope_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define _cleanup_close_ _cleanup_(scope_close)

static inline void scope_fclose(FILE **file)
{
	if (*file)
		fclose(*file);
}
#define _cleanup_fclose_ _cleanup_(scope_fclose)

static inline void scope_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}
#define _cleanup_closedir_ _cleanup_(scope_closedir)

#endif
