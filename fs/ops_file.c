/*
 * Requests about open files. A regular file is the tree room's struct file; virtual and
 * control files are text made at open, past the kernel's page cache.
 *
 * The kernel keeps the pages of regular files over close and open: all writers come through it.
 * The permission to write is asked for at open already, so that a program is told then, not
 * when it has written.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/control.h"
#include "fs/handle.h"
#include "fs/ops.h"
#include "fs/tree.h"

/* ---- open and close ---- */

static bool is_writer(const struct fuse_file_info *info)
{
	return (info->flags & O_ACCMODE) != O_RDONLY;
}

static int open_in_tree(struct call *call, struct place *place, struct fuse_file_info *info)
{
	struct attr_change change = { .set = SET_SIZE, .kill_priv = call->uid != 0 };
	struct inode inode;
	int err = is_writer(info) || (info->flags & O_TRUNC) ? tree_writable(place) : 0;

	if (!err && (info->flags & O_TRUNC))
		err = space_setattr(place->space, place->node.number, &change, &inode);
	if (err)
		return refusal(call, place, "write", NULL, err);
	err = handle_open(place, false, call->uid, &info->fh);
	info->keep_cache = 1;
	info->noflush = !is_writer(info);
	return err;
}

static int open_text(struct call *call, struct place *place, struct fuse_file_info *info)
{
	const struct control *control = control_of_file(place);

	if (is_writer(info) && !(control && control->set))
		return refusal(call, place, "write", control ? control->name : NULL,
			       control ? -CSM_ATTRIBUTE_READ_ONLY : -CSM_FIXED_ENTRY);
	info->direct_io = 1;
	return handle_open(place, false, call->uid, &info->fh);
}

static int open_file(struct call *call, fuse_ino_t node, struct fuse_file_info *info)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	int err = place_open(call->mount, node, &place);

	if (err)
		return err;
	return place_in_tree(&place) ? open_in_tree(call, &place, info) : open_text(call, &place, info);
}

static void op_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_OPEN);
	int err = open_file(&call, node, info);

	reply_open(&call, err, info);
}

static int create_file(struct call *call, fuse_ino_t directory, const char *name, mode_t mode,
		       struct fuse_entry_param *ret_entry, struct fuse_file_info *info)
{
	_cleanup_(place_release) struct place place = PLACE_INIT, made = PLACE_INIT;
	struct tree_new new_entry = { .mode = (mode & ~(mode_t)S_IFMT) | S_IFREG };
	int err = place_open(call->mount, directory, &place);

	if (err)
		return err;
	err = place_in_tree(&place) ? tree_create(call, &place, name, &new_entry, ret_entry) : -CSM_FIXED_ENTRY;
	if (err)
		return refusal(call, &place, "create", name, err);
	err = place_open(call->mount, ret_entry->ino, &made);
	if (!err)
		err = handle_open(&made, false, call->uid, &info->fh);
	info->keep_cache = 1;
	return err;
}

static void op_create(fuse_req_t req, fuse_ino_t directory, const char *name, mode_t mode,
		      struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_CREATE);
	struct fuse_entry_param entry = { 0 };
	int err;

	call_changes(&call);
	err = create_file(&call, directory, name, mode, &entry, info);
	reply_create(&call, err, &entry, info);
}

static void op_release(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_RELEASE);

	(void)node;
	handle_close(call.mount, info->fh);
	reply_code(&call, 0);
}

/* ---- the open regular file of a request ---- */

static int find_file(struct call *call, fuse_ino_t node, const struct fuse_file_info *info,
		     struct file **ret_file)
{
	struct handle *handle;
	int err = handle_find(call->mount, info->fh, node, false, &handle);

	if (err)
		return err;
	if (handle->kind != HANDLE_FILE)
		return -EINVAL;
	*ret_file = handle->file;
	return 0;
}

/* A refusal in an open file names the file. */
static int file_refusal(struct call *call, fuse_ino_t node, const char *operation, int code)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;

	if (!code || place_open(call->mount, node, &place))
		return code;
	return refusal(call, &place, operation, NULL, code);
}

/* ---- reading ---- */

static void reply_text(struct call *call, const struct handle *handle, size_t size, off_t offset)
{
	size_t at = (size_t)offset < handle->text.size ? (size_t)offset : handle->text.size;
	size_t left = handle->text.size - at;

	reply_bytes(call, 0, left ? handle->text.data + at : NULL, left < size ? left : size);
}

static void op_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t offset, struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_READ);
	_cleanup_free_ char *data = NULL;
	struct handle *handle;
	size_t got = 0;
	int err = handle_find(call.mount, info->fh, node, false, &handle);

	if (!err && handle->kind == HANDLE_TEXT) {
		reply_text(&call, handle, size, offset);
		return;
	}
	if (!err && handle->kind != HANDLE_FILE)
		err = -EISDIR;
	if (!err) {
		data = malloc(size ? size : 1);
		err = data ? file_read(handle->file, (uint64_t)offset, data, size, &got) : -ENOMEM;
	}
	metrics_add(&call.mount->metrics.bytes_read, got);
	reply_bytes(&call, file_refusal(&call, node, "read", err), data, got);
}

static int seek(struct call *call, fuse_ino_t node, off_t offset, int whence, const struct fuse_file_info *info,
		uint64_t *ret_offset)
{
	struct file *file;
	int err = find_file(call, node, info, &file);

	if (!err && (whence != SEEK_DATA && whence != SEEK_HOLE))
		err = -EINVAL;
	return err ? err : file_seek(file, (uint64_t)offset, whence, ret_offset);
}

static void op_lseek(fuse_req_t req, fuse_ino_t node, off_t offset, int whence, struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_LSEEK);
	uint64_t found = 0;
	int err = seek(&call, node, offset, whence, info, &found);

	if (err)
		reply_code(&call, err);
	else
		fuse_reply_lseek(req, (off_t)found);
}

/* ---- writing ---- */

static int write_text(struct call *call, fuse_ino_t node, const char *data, size_t size, off_t offset)
{
	_cleanup_(place_release) struct place place = PLACE_INIT;
	const struct control *control;
	int err = place_open(call->mount, node, &place);

	if (err)
		return err;
	control = control_of_file(&place);
	if (!control)
		return -EINVAL;
	if (offset != 0)
		return refusal(call, &place, control->name, NULL, -CSM_VALUE_BAD);
	return control_file_write(call, &place, control, slice_of(data, size));
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
	struct handle *handle;
	int err = handle_find(call.mount, info->fh, node, false, &handle);

	if (!err && handle->kind == HANDLE_TEXT) {
		err = write_text(&call, node, data, size, offset);
	} else if (!err && handle->kind == HANDLE_FILE) {
		err = file_write(handle->file, (uint64_t)offset, data, size, false);
		err = file_refusal(&call, node, "write", err);
	} else if (!err) {
		err = -EISDIR;
	}
	if (!err)
		metrics_add(&call.mount->metrics.bytes_written, size);
	reply_written(&call, err, size);
	if (err && is_page)
		notifier_forget(call.mount->forgetter, node);
}

static void op_flush(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_FLUSH);
	struct handle *handle;
	int err = handle_find(call.mount, info->fh, node, false, &handle);

	if (!err && handle->kind == HANDLE_FILE)
		err = file_flush(handle->file);
	reply_code(&call, file_refusal(&call, node, "write", err));
}

static void op_fsync(fuse_req_t req, fuse_ino_t node, int data_only, struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_FSYNC);
	struct handle *handle;
	int err = handle_find(call.mount, info->fh, node, false, &handle);

	(void)data_only;
	if (!err && handle->kind == HANDLE_FILE)
		err = file_sync(handle->file);
	reply_code(&call, file_refusal(&call, node, "write", err));
}

static void op_fallocate(fuse_req_t req, fuse_ino_t node, int mode, off_t offset, off_t length,
			 struct fuse_file_info *info)
{
	struct call call = call_begin(req, MESSAGE_FALLOCATE);
	struct file *file;
	int err = find_file(&call, node, info, &file);

	if (!err)
		err = file_allocate(file, mode, (uint64_t)offset, (uint64_t)length);
	reply_code(&call, file_refusal(&call, node, "write", err));
}

static int copy_range(struct call *call, fuse_ino_t node, off_t offset, const struct fuse_file_info *info,
		      fuse_ino_t to_node, off_t to_offset, const struct fuse_file_info *to_info, size_t length,
		      uint64_t *ret_copied)
{
	struct file *from, *to;
	int err = find_file(call, node, info, &from);

	if (!err)
		err = find_file(call, to_node, to_info, &to);
	if (!err)
		err = file_copy(from, (uint64_t)offset, to, (uint64_t)to_offset, length, ret_copied);
	return err == -EINVAL ? err : file_refusal(call, to_node, "write", err);
}

static void op_copy_file_range(fuse_req_t req, fuse_ino_t node, off_t offset, struct fuse_file_info *info,
			       fuse_ino_t to_node, off_t to_offset, struct fuse_file_info *to_info,
			       size_t length, int flags)
{
	struct call call = call_begin(req, MESSAGE_COPY_FILE_RANGE);
	uint64_t copied = 0;
	int err = flags ? -EINVAL
			: copy_range(&call, node, offset, info, to_node, to_offset, to_info, length, &copied);

	reply_written(&call, err, (size_t)copied);
}

void ops_file(struct fuse_lowlevel_ops *ops)
{
	ops->open = op_open;
	ops->create = op_create;
	ops->release = op_release;
	ops->read = op_read;
	ops->lseek = op_lseek;
	ops->write = op_write;
	ops->flush = op_flush;
	ops->fsync = op_fsync;
	ops->fallocate = op_fallocate;
	ops->copy_file_range = op_copy_file_range;
}
