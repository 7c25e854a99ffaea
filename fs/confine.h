/*
 * The daemon keeps only the capabilities it needs: to read and write the store whoever owns it,
 * and to mount and unmount, the latter only in the thread that does so and only while it does.
 */
#ifndef FS_CONFINE_H
#define FS_CONFINE_H

#include <stdbool.h>

/*
 * To be called before the process has a second thread: threads inherit what is left. For a daemon
 * that is not root there is nothing to give up. What the kernel does not allow is logged.
 */
void confine_begin(void);

/* From now on the calling thread may, or may not, mount and unmount. */
void confine_may_mount(bool may);

#endif
