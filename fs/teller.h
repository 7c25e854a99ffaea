/*
 * A process that tells the kernel what to forget, and nothing else.
 *
 * To forget a name the kernel takes the lock of its directory, and whoever waits for that lock cannot
 * be killed. The holder may itself wait for an answer of ours. If a thread of the worker waited
 * there, a worker that was killed could not die, so the store would stay locked, so no worker would
 * come and answer the holder. This process has nothing that anybody waits for.
 */
#ifndef FS_TELLER_H
#define FS_TELLER_H

#include <stdbool.h>
#include <linux/fuse.h>
#include <stddef.h>
#include <stdint.h>

/* Which there are, one for each that waits. */
enum tellers { TELLER_NOTES, TELLER_PAGES, TELLER_TEXTS, TELLER_ASKS, TELLERS };

/* The kernel's message about an inode. */
struct teller_inode {
	struct fuse_out_header header;
	struct fuse_notify_inval_inode_out inode;
};
/* Has it forget the attributes, with_content: and the pages or the listing. */
struct teller_inode teller_inode(uint64_t node, bool with_content);

/*
 * Starts it; to be called before the store is open and before there is a second thread. It ends
 * when it has done all it was told and the socket is closed by everybody. 0 or -errno.
 */
int teller_start(int *ret_socket);
/* The descriptor of the mount, before the first note. */
int teller_give_device(int socket, int device);
/*
 * Messages of the kernel's form, one after the other, each as long as its header says; waits until they
 * are told. What the kernel answers is of no interest: what it has not cached is as good as forgotten.
 * -EPIPE: the process is gone, or the socket was shut down.
 */
int teller_tell(int socket, const void *messages, size_t size);
/* The same for count messages, each about an inode: and whether the kernel has it. */
int teller_ask(int socket, const void *messages, size_t size, size_t count, bool *ret_known);

/* The most that teller_tell() takes. */
#define TELLER_SIZE ((size_t)32 << 10)

#endif
