/*
 * The table of requests, the greeting and the file system's own numbers.
 *
 * What is asked of the kernel, and what not:
 *  - EXPORT_SUPPORT: NFS; nodes are found by their number alone.
 *  - POSIX_ACL, DONT_MASK: the kernel checks ACLs, we inherit them, so the umask is ours too.
 *  - READDIRPLUS, PARALLEL_DIROPS, ASYNC_READ, ASYNC_DIO: fewer messages, in parallel.
 *  - EXPLICIT_INVAL_DATA: pages stay until we say otherwise; we are the only writer.
 *  - not ATOMIC_O_TRUNC: there is no message to cut a file with when it is opened (fs/ops_file.c).
 *  - not WRITEBACK_CACHE: a write is in the tree when write(2) returns, for DELTA and BUILD alike.
 *  - CACHE_SYMLINKS: where a link of a system points elsewhere it is another node (fs/node.h).
 *  - HANDLE_KILLPRIV_V2 (fs/loop.c): the kernel says with a write or cut that set-user-ID bits go, and need not ask
 *    before every write whether there is something to take away. With chown(2), fallocate(2) and
 *    copy_file_range(2) it does not say.
 */
#include <errno.h>
#include <sys/statvfs.h>

#include "fs/handover.h"
#include "fs/ops.h"
#include "fs/reply.h"

#define WRITE_SIZE (1u << 20)
#define FILES_MAX  ((uint64_t)1 << 32) /* a number for df -i: there is no table that could fill up */

/*
 * The kernel hears the answer of the first worker only. What that one wanted goes on, also for a
 * later program that would want something else.
 */
static void agree(struct handover *handover, struct fuse_conn_info *connection)
{
	if (handover->resumed) {
		connection->want = handover->head->wanted;
		connection->max_write = handover->head->max_write;
	} else {
		handover->head->wanted = connection->want;
		handover->head->max_write = connection->max_write;
	}
}

static void op_init(void *context, struct fuse_conn_info *connection)
{
	struct mount *mount = context;
	unsigned wanted = FUSE_CAP_EXPORT_SUPPORT | FUSE_CAP_POSIX_ACL | FUSE_CAP_DONT_MASK |
			  FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_READDIRPLUS |
			  FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_ASYNC_READ | FUSE_CAP_ASYNC_DIO |
			  FUSE_CAP_EXPLICIT_INVAL_DATA | FUSE_CAP_CACHE_SYMLINKS |
			  FUSE_CAP_SPLICE_MOVE;

	metrics_count(&mount->metrics, MESSAGE_INIT);
	mount->protocol_major = connection->proto_major;
	mount->protocol_minor = connection->proto_minor;
	connection->want = wanted & connection->capable;
	connection->max_write = WRITE_SIZE;
	connection->time_gran = 1;
	agree(mount->handover, connection);
}

/* The space is that of the disk the store is on. */
static int space_of_store(const struct mount *mount, struct statvfs *ret_statvfs)
{
	*ret_statvfs = (struct statvfs){ .f_bsize = 4096, .f_frsize = 4096 };
	if (mount->store->path && statvfs(mount->store->path, ret_statvfs) < 0)
		return -errno;
	ret_statvfs->f_files = FILES_MAX;
	ret_statvfs->f_ffree = ret_statvfs->f_favail = FILES_MAX;
	ret_statvfs->f_namemax = NAME_LENGTH_MAX;
	return 0;
}

static void op_statfs(fuse_req_t req, fuse_ino_t node)
{
	struct call call = call_begin(req, MESSAGE_STATFS);
	struct statvfs numbers;
	int err = space_of_store(call.mount, &numbers);

	(void)node;
	if (err)
		reply_code(&call, err);
	else
		fuse_reply_statfs(req, &numbers);
}

const struct fuse_lowlevel_ops *ops_table(void)
{
	static struct fuse_lowlevel_ops ops = { .init = op_init, .statfs = op_statfs };

	ops_name(&ops);
	ops_directory(&ops);
	ops_file(&ops);
	ops_attributes(&ops);
	ops_xattr(&ops);
	return &ops;
}
