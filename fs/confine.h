/*
 * Each process keeps only the capabilities it needs: the worker to read and write the store
 * whoever owns it, the supervisor besides to mount and unmount.
 *
 * Both are to be called before the process has a second thread: threads inherit what is left. For
 * a daemon that is not root there is nothing to give up. What the kernel does not allow is logged.
 */
#ifndef FS_CONFINE_H
#define FS_CONFINE_H

void confine_supervisor(void);
/* Whatever a worker starts can get no more than this. */
void confine_worker(void);

#endif
