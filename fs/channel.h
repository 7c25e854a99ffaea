/*
 * The few words between the supervisor and its worker, one byte each on a socket, some of them
 * with a descriptor.
 */
#ifndef FS_CHANNEL_H
#define FS_CHANNEL_H

enum channel_word {
	CHANNEL_OPENED = 'o', /* worker: the store is open, its lock is here, mount now; answered by CHANNEL_DEVICE */
	CHANNEL_DEVICE = 'd', /* supervisor: the descriptor of the mount is here */
	CHANNEL_READY = 'r',  /* worker: the mount answers */
	CHANNEL_ENDING = 'e', /* worker: nothing is answered any more, the store is being closed */
};

/* fd (-1: none) stays the caller's. 0 or -errno; -EPIPE: the other one is gone. */
int channel_send(int channel, enum channel_word word, int fd);
/* Waits. ret_fd is -1 when none came. 0 or -errno; -EPIPE: the other one is gone. */
int channel_receive(int channel, enum channel_word *ret_word, int *ret_fd);

#endif
