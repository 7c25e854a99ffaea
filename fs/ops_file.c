/*
 * Requests about the content of files. A regular file is the tree room's struct file; virtual and
 * control files are texts.
 *
 * The kernel opens and closes files by itself: OPEN, CREATE and FLUSH are answered with ENOSYS, once each, and
 * never come again. So opening a file, reading what the kernel has of it, and closing it costs no message.
 * It keeps the pages of all files: all writers come through it. What a locked level or a package
 * does not allow is told to who writes, as by a file system that was made read-only meanwhile; to cut a file
 * when it is opened is a request of its own and is refused then.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/control.h"
#include "fs/loop.h"
#include "fs/opened.h"
#include "fs/ops.h"
#include "fs/text.h"
#include "fs/tree.h"

/* ---- what the kernel does by itself ---- */

static void op_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_OPEN);

	(void)node;
	(void)info;
	reply_code(&call, -ENOSYS);
}

/* The kernel makes the file with MKNOD then. */
static void op_create(fuse_req_t req, fuse_ino_t directory, const char *name, mode_t mode,
		      struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_CREATE);

	(void)directory;
	(void)name;
	(void)mode;
	(void)info;
	reply_code(&call, -ENOSYS);
}

static void op_flush(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_FLUSH);

	(void)node;
	(void)info;
	reply_code(&call, -ENOSYS);
}

/* ---- the file of a request ---- */

/* Packages and logs have rules of their own; a level that is locked refuses by itself. */
static int may_change(struct mount *mount, fuse_ino_t id)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	struct node node;
	int err = node_parse(id, &node);

	if (err || node.kind != NODE_TREE || node.owner != FILES_SPACE_ID)
		return err;
	err = place_open(mount, id, &place);
	return err ? err : tree_writable(&place);
}

static int get_to_change(struct call *call, fuse_ino_t node, struct opened **ret_opened)
{
	int err = may_change(call->mount, node);

	return err ? err : opened_get(call->mount, node, ret_opened);
}

/* A refusal in a file names the file. */
static int file_refusal(struct call *call, fuse_ino_t node, const char *operation, int code)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;

	if (!code || place_open(call->mount, node, &place))
		return code;
	return refusal(call, &place, operation, NULL, code);
}

/* ---- reading ---- */

/* One that is not kept any more is made again. */
static int read_text(struct mount *mount, fuse_ino_t node, size_t size, off_t offset,
		     struct buffer *ret_bytes)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	struct stat stat;
	double timeout;
	int err = text_read(mount, node, (uint64_t)offset, size, ret_bytes);

	if (err != -ENOENT)
		return err;
	err = place_open(mount, node, &place);
	if (!err)
		err = place_stat(&place, &stat, &timeout);
	if (!err)
		err = text_read(mount, node, (uint64_t)offset, size, ret_bytes);
	return err == -ENOENT ? -EIO : err;
}

static void reply_text(struct call *call, fuse_ino_t node, size_t size, off_t offset)
{
	_cleanup_(cleanup_buffer) struct buffer bytes = BUFFER_INIT;
	int err = read_text(call->mount, node, size, offset, &bytes);

	reply_bytes(call, err, bytes.data, bytes.size);
}

static void op_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset,
		    struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_READ);
	_cleanup_free_ char *data = NULL;
	struct opened *opened = NULL;
	size_t got = 0;
	int err;

	(void)info;
	if (text_is(node)) {
		reply_text(&call, node, size, offset);
		return;
	}
	err = opened_get(call.mount, node, &opened);
	if (!err) {
		data = malloc(size ? size : 1);
		err = data ? file_read(opened->file, (uint64_t)offset, data, size, &got) : -ENOMEM;
	}
	metrics_add(&call.mount->metrics.bytes_read, got);
	reply_bytes(&call, file_refusal(&call, node, "read", err), data, got);
	opened_put(call.mount, opened, err);
}

static void op_lseek(fuse_req_t req, fuse_ino_t node, off_t offset, int whence,
		     struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_LSEEK);
	struct opened *opened = NULL;
	uint64_t found = 0;
	int err = whence == SEEK_DATA || whence == SEEK_HOLE ? opened_get(call.mount, node, &opened)
							     : -EINVAL;

	(void)info;
	if (!err)
		err = file_seek(opened->file, (uint64_t)offset, whence, &found);
	if (err)
		reply_code(&call, err);
	else
		fuse_reply_lseek(req, (off_t)found);
	opened_put(call.mount, opened, err);
}

/* ---- writing ---- */

static int write_text(struct call *call, fuse_ino_t node, const char *data, size_t size,
		      off_t offset)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	const struct control *control;
	int err = place_open(call->mount, node, &place);

	if (err)
		return err;
	control = control_of_file(&place);
	if (!control || !control->set)
		return refusal(call, &place, "write", control ? control->name : NULL,
			       control ? -CSM_ATTRIBUTE_READ_ONLY : -CSM_FIXED_ENTRY);
	if (offset != 0)
		return refusal(call, &place, control->name, NULL, -CSM_VALUE_BAD);
	err = control_file_write(call, &place, control, slice_of(data, size));
	text_drop(call->mount, node);
	return err;
}

/* The kernel has the old mode and would not ask. */
static int drop_privileges(struct call *call, fuse_ino_t node, struct opened *opened)
{
	int err = file_drop_privileges(opened->file);

	if (err == 1)
		note_attributes(&call->notes, node);
	return err < 0 ? err : 0;
}

static int write_file(struct call *call, fuse_ino_t node, const char *data, size_t size,
		      off_t offset)
{
	struct opened *opened = NULL;
	int err = get_to_change(call, node, &opened);

	if (!err && loop_request()->kill_priv)
		err = drop_privileges(call, node, opened);
	if (!err)
		err = file_write(opened->file, (uint64_t)offset, data, size, false);
	opened_put(call->mount, opened, err);
	return file_refusal(call, node, "write", err);
}

/*
 * A control file's value is set by the write itself, so that echo hears of a refusal.
 *
 * A page that a program changed by mmap(2) stays in the kernel when it is refused: a locked level
 * would show what it does not have. The kernel forgets it after the reply, which is what the
 * page's writeback waits for.
 */
static void op_write(fuse_req_t req, fuse_ino_t node, const char *data, size_t size, off_t offset,
		     struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_WRITE);
	bool is_page = info->writepage;
	int err = text_is(node) ? write_text(&call, node, data, size, offset)
				: write_file(&call, node, data, size, offset);

	if (!err)
		metrics_add(&call.mount->metrics.bytes_written, size);
	reply_written(&call, err, size);
	if (err && is_page)
		notifier_forget(call.mount->forgetter, node);
}

static void op_fsync(fuse_req_t req, fuse_ino_t node, int data_only, struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_FSYNC);
	struct opened *opened = NULL;
	int err = text_is(node) ? 0 : opened_get(call.mount, node, &opened);

	(void)data_only;
	(void)info;
	if (opened)
		err = file_sync(opened->file);
	reply_code(&call, file_refusal(&call, node, "write", err));
	opened_put(call.mount, opened, err);
}

static void op_fallocate(fuse_req_t req, fuse_ino_t node, int mode, off_t offset, off_t length,
			 struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_FALLOCATE);
	struct opened *opened = NULL;
	int err = get_to_change(&call, node, &opened);

	(void)info;
	if (!err && call.uid) /* the kernel leaves it to us and does not say who may keep them */
		err = drop_privileges(&call, node, opened);
	if (!err)
		err = file_allocate(opened->file, mode, (uint64_t)offset, (uint64_t)length);
	reply_code(&call, file_refusal(&call, node, "write", err));
	opened_put(call.mount, opened, err);
}

static void op_copy_file_range(fuse_req_t req, fuse_ino_t node, off_t offset,
			       struct fuse_file_info *info, fuse_ino_t to_node, off_t to_offset,
			       struct fuse_file_info *to_info, size_t length, int flags)
{
	struct call call = call_begin(req, MESSAGE_COPY_FILE_RANGE);
	struct opened *from = NULL, *to = NULL;
	uint64_t copied = 0;
	int err = flags ? -EINVAL : opened_get(call.mount, node, &from);

	(void)info;
	(void)to_info;
	if (!err)
		err = get_to_change(&call, to_node, &to);
	if (!err && call.uid)
		err = drop_privileges(&call, to_node, to);
	if (!err)
		err = file_copy(from->file, (uint64_t)offset, to->file, (uint64_t)to_offset, length,
				&copied);
	reply_written(&call, err == -EINVAL ? err : file_refusal(&call, to_node, "write", err),
		      (size_t)copied);
	opened_put(call.mount, to, err);
	opened_put(call.mount, from, err);
}

void ops_file(struct fuse_lowlevel_ops *ops)
{
	ops->open = op_open;
	ops->create = op_create;
	ops->flush = op_flush;
	ops->read = op_read;
	ops->lseek = op_lseek;
	ops->write = op_write;
	ops->fsync = op_fsync;
	ops->fallocate = op_fallocate;
	ops->copy_file_range = op_copy_file_range;
}
