/*
 * The process that has the store open and answers the kernel. It is started by the supervisor,
 * has nothing that another worker could not find again, and may be killed at any moment.
 */
#ifndef FS_WORKER_H
#define FS_WORKER_H

struct options;

/* How a worker ends, as the exit code of its process. */
enum worker_end {
	WORKER_UNMOUNTED = 0, /* the kernel took the mount away; everything is stored */
	WORKER_FAILED = 1,    /* it has said why */
	WORKER_TOLD = 3,      /* a signal; everything is stored, the mount waits for the next worker */
};

/* Serves to the end. The options have the worker's role. */
enum worker_end worker_run(const struct options *options);

#endif
