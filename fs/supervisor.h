/*
 * The process the user starts. It holds the mount and reads none of it; a worker serves. When the
 * worker dies the next one takes over, and whoever uses the mount notices a delay.
 */
#ifndef FS_SUPERVISOR_H
#define FS_SUPERVISOR_H

struct options;

/*
 * Mounts and stays until the mount is gone. When the mount answers, a byte is written to ready_fd
 * (-1: nobody waits), which is closed then; what goes wrong before is said on stderr. The options
 * have the starter's role, or the supervisor's after an upgrade. 0 or a negative code.
 */
int supervisor_run(const struct options *options, int ready_fd);

#endif
