/*
 * A disk whose power can be cut at any place, for tests of what a store keeps then. It is a file
 * system in memory that writes every change and every sync to a log before it answers; the log is
 * all that is ever read again, so a cut is made by reading a part of it.
 *
 *   power_disk serve LOG DIR        mounts what the log says at DIR and goes on with it, in the foreground
 *   power_disk list LOG             the places behind each record, and what it is
 *   power_disk cut LOG PLACE LOSS SEED NEW
 *                                   NEW is the log of the disk that a cut at PLACE left (power_cut.h)
 *
 * One thread answers, so the order of the log is the order of things. Files are read and written
 * without the kernel's cache: what a program wrote is in the log when write(2) returns.
 */
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tests/support/probe/power_cut.h"

/* The disk says it has 16 GiB and that they are free. */
enum { BLOCK = 4096, BLOCKS = 4 << 20 };

static struct power_tree tree = { .forgets = true };
static int log_fd = -1;

/* ---- changes ---- */

static void change(struct power_record record, const char *name, const void *data)
{
	power_log_append(log_fd, &record, name, data);
	power_tree_apply(&tree, &record, name, data);
}

static void change_name(enum power_kind kind, uint64_t directory, const char *name, uint64_t other)
{
	change((struct power_record){ .kind = kind,
				      .node = directory,
				      .other = other,
				      .name_size = (uint32_t)strlen(name) + 1 },
	       name, NULL);
}

static uint64_t make(uint64_t directory, const char *name, mode_t mode)
{
	uint64_t number = tree.count;

	change((struct power_record){ .kind = POWER_NODE, .node = number, .mode = mode }, "", NULL);
	change_name(POWER_ENTRY, directory, name, number);
	return number;
}

/* ---- answers ---- */

static void fill_stat(uint64_t number, struct stat *ret_st)
{
	struct power_node *node = power_tree_node(&tree, number);

	*ret_st = (struct stat){
		.st_ino = number,
		.st_mode = node->mode,
		.st_nlink = S_ISDIR(node->mode) ? 2 : node->links,
		.st_size = (off_t)node->size,
		.st_blocks = (blkcnt_t)((node->size + 511) / 512),
		.st_blksize = BLOCK,
	};
}

static void fill_entry(uint64_t number, struct fuse_entry_param *ret_entry)
{
	*ret_entry = (struct fuse_entry_param){ .ino = number, .generation = 1 };
	fill_stat(number, &ret_entry->attr);
}

static void answer_entry(fuse_req_t req, uint64_t number)
{
	struct fuse_entry_param entry;

	fill_entry(number, &entry);
	fuse_reply_entry(req, &entry);
}

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	uint64_t number = power_tree_find(&tree, parent, name);

	if (number)
		answer_entry(req, number);
	else
		fuse_reply_err(req, ENOENT);
}

static void on_getattr(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *fi)
{
	struct stat st;

	(void)fi;
	fill_stat(number, &st);
	fuse_reply_attr(req, &st, 0);
}

/* Owners and times are nobody's business here. */
static void on_setattr(fuse_req_t req, fuse_ino_t number, struct stat *attr, int set,
		       struct fuse_file_info *fi)
{
	struct power_node *node = power_tree_node(&tree, number);

	if (set & FUSE_SET_ATTR_MODE)
		change((struct power_record){ .kind = POWER_MODE,
					      .node = number,
					      .mode = (node->mode & S_IFMT) |
						      (attr->st_mode & ~(mode_t)S_IFMT) },
		       "", NULL);
	if (set & FUSE_SET_ATTR_SIZE)
		change((struct power_record){ .kind = POWER_SIZE,
					      .node = number,
					      .offset = (uint64_t)attr->st_size },
		       "", NULL);
	on_getattr(req, number, fi);
}

static void on_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	answer_entry(req, make(parent, name, S_IFDIR | (mode & 07777)));
}

static void remove_name(fuse_req_t req, uint64_t parent, const char *name, bool is_directory)
{
	struct power_node *node = power_tree_node(&tree, power_tree_find(&tree, parent, name));
	int code = 0;

	if (!node)
		code = ENOENT;
	else if (is_directory && node->entries)
		code = ENOTEMPTY;
	else
		change_name(POWER_GONE, parent, name, 0);
	fuse_reply_err(req, code);
}

static void on_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	remove_name(req, parent, name, false);
}

static void on_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	remove_name(req, parent, name, true);
}

/* Between directories it would be two changes, each with a sync of its own: no store does that. */
static void on_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
		      const char *new_name, unsigned flags)
{
	char names[1024];
	int size = snprintf(names, sizeof(names), "%s%c%s", name, 0, new_name);

	if (parent != new_parent || flags || size >= (int)sizeof(names)) {
		fuse_reply_err(req, parent != new_parent ? EXDEV : EINVAL);
		return;
	}
	change((struct power_record){ .kind = POWER_RENAME,
				      .node = parent,
				      .name_size = (uint32_t)size + 1 },
	       names, NULL);
	fuse_reply_err(req, 0);
}

static void set_open(uint64_t number, struct fuse_file_info *fi)
{
	power_tree_node(&tree, number)->opens++;
	fi->direct_io = 1;
}

static void on_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	struct fuse_entry_param entry;
	uint64_t number = make(parent, name, S_IFREG | (mode & 07777));

	set_open(number, fi);
	fill_entry(number, &entry);
	fuse_reply_create(req, &entry, fi);
}

/* O_TRUNC comes as a setattr. */
static void on_open(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *fi)
{
	set_open(number, fi);
	fuse_reply_open(req, fi);
}

static void on_release(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *fi)
{
	struct power_node *node = power_tree_node(&tree, number);

	(void)fi;
	node->opens--;
	power_tree_forget(&tree, node);
	fuse_reply_err(req, 0);
}

static void on_read(fuse_req_t req, fuse_ino_t number, size_t size, off_t offset,
		    struct fuse_file_info *fi)
{
	struct power_node *node = power_tree_node(&tree, number);
	uint64_t at = (uint64_t)offset < node->size ? (uint64_t)offset : node->size;

	(void)fi;
	if (size > node->size - at)
		size = node->size - at;
	fuse_reply_buf(req, (const char *)node->data + at, size);
}

static void on_write(fuse_req_t req, fuse_ino_t number, const char *bytes, size_t size,
		     off_t offset, struct fuse_file_info *fi)
{
	(void)fi;
	change((struct power_record){ .kind = POWER_WRITE,
				      .node = number,
				      .offset = (uint64_t)offset,
				      .data_size = (uint32_t)size },
	       "", bytes);
	fuse_reply_write(req, size);
}

static void on_fsync(fuse_req_t req, fuse_ino_t number, int datasync, struct fuse_file_info *fi)
{
	(void)datasync;
	(void)fi;
	change((struct power_record){ .kind = POWER_SYNC, .node = number }, "", NULL);
	fuse_reply_err(req, 0);
}

static void on_readdir(fuse_req_t req, fuse_ino_t number, size_t size, off_t offset,
		       struct fuse_file_info *fi)
{
	struct power_node *node = power_tree_node(&tree, number);
	_Alignas(8) char bytes[65536];
	size_t used = 0;

	(void)fi;
	if (size > sizeof(bytes))
		size = sizeof(bytes);
	for (size_t i = (size_t)offset; i < node->entries + 2; i++) {
		const char *name = i == 0 ? "." : i == 1 ? ".." : node->entry[i - 2].name;
		struct stat st;
		size_t more;

		fill_stat(i < 2 ? number : node->entry[i - 2].node, &st);
		more = fuse_add_direntry(req, bytes + used, size - used, name, &st, (off_t)i + 1);
		if (more > size - used)
			break;
		used += more;
	}
	fuse_reply_buf(req, bytes, used);
}

static void on_statfs(fuse_req_t req, fuse_ino_t number)
{
	const struct statvfs st = {
		.f_bsize = BLOCK,
		.f_frsize = BLOCK,
		.f_blocks = BLOCKS,
		.f_bfree = BLOCKS,
		.f_bavail = BLOCKS,
		.f_files = BLOCKS,
		.f_ffree = BLOCKS,
		.f_namemax = 255,
	};

	(void)number;
	fuse_reply_statfs(req, &st);
}

static const struct fuse_lowlevel_ops operations = {
	.lookup = on_lookup,
	.getattr = on_getattr,
	.setattr = on_setattr,
	.mkdir = on_mkdir,
	.unlink = on_unlink,
	.rmdir = on_rmdir,
	.rename = on_rename,
	.create = on_create,
	.open = on_open,
	.release = on_release,
	.read = on_read,
	.write = on_write,
	.fsync = on_fsync,
	.readdir = on_readdir,
	.fsyncdir = on_fsync,
	.statfs = on_statfs,
};

/* ---- commands ---- */

static void load_tree(const char *path)
{
	struct power_record record;
	struct power_log log;
	const uint8_t *data;
	const char *name;
	uint64_t place = 0;

	power_log_load(path, &log);
	power_tree_init(&tree);
	tree.forgets = true;
	while (power_log_next(&log, &place, &record, &name, &data))
		power_tree_apply(&tree, &record, name, data);
}

static int serve(const char *path, const char *directory)
{
	char *words[] = { (char *)"power_disk", (char *)"-o", (char *)"fsname=power_disk", NULL };
	struct fuse_args arguments = FUSE_ARGS_INIT(3, words);
	struct fuse_session *session;
	int code;

	log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (log_fd < 0)
		power_die(path);
	load_tree(path);
	session = fuse_session_new(&arguments, &operations, sizeof(operations), NULL);
	if (!session || fuse_set_signal_handlers(session) || fuse_session_mount(session, directory))
		return 1;
	code = fuse_session_loop(session);
	fuse_session_unmount(session);
	fuse_remove_signal_handlers(session);
	fuse_session_destroy(session);
	return code != 0;
}

static int list(const char *path)
{
	static const char *const words[] = { "?",    "node",   "mode",	"entry", "gone",
					     "rename", "write", "size", "sync" };
	struct power_record record;
	struct power_log log;
	const uint8_t *data;
	const char *name;
	uint64_t place = 0;

	power_log_load(path, &log);
	while (power_log_next(&log, &place, &record, &name, &data))
		printf("%llu %s %llu %llu %u %s\n", (unsigned long long)place,
		       words[record.kind <= POWER_SYNC ? record.kind : 0],
		       (unsigned long long)record.node, (unsigned long long)record.offset,
		       record.data_size, record.name_size ? name : "");
	return fflush(stdout) ? 2 : 0;
}

/* Depth first; a directory's names come after what they name. All is on that disk, so all is synced. */
static void write_node(uint64_t number)
{
	struct power_node *node = power_tree_node(&tree, number);

	power_log_append(log_fd,
			 &(struct power_record){ .kind = POWER_NODE,
						 .node = number,
						 .mode = node->mode },
			 "", NULL);
	if (node->size) /* a store's files are smaller than 4 GiB */
		power_log_append(log_fd,
				 &(struct power_record){ .kind = POWER_WRITE,
							 .node = number,
							 .data_size = (uint32_t)node->size },
				 "", node->data);
	for (size_t i = 0; i < node->entries; i++) {
		write_node(node->entry[i].node);
		power_log_append(
			log_fd,
			&(struct power_record){ .kind = POWER_ENTRY,
						.node = number,
						.other = node->entry[i].node,
						.name_size =
							(uint32_t)strlen(node->entry[i].name) + 1 },
			node->entry[i].name, NULL);
	}
	power_log_append(log_fd, &(struct power_record){ .kind = POWER_SYNC, .node = number }, "",
			 NULL);
}

static int cut(char *const *words)
{
	enum power_loss loss = power_loss_of(words[2]);
	struct power_log log;

	if (loss == LOSS_UNKNOWN) {
		fprintf(stderr, "power_disk: lose, keep, prefix or any, not %s\n", words[2]);
		return 2;
	}
	power_log_load(words[0], &log);
	power_cut(&log, strtoull(words[1], NULL, 10), loss, strtoull(words[3], NULL, 10), &tree);
	log_fd = open(words[4], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (log_fd < 0)
		power_die(words[4]);
	write_node(POWER_ROOT);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "list") == 0)
		return list(argv[2]);
	if (argc == 7 && strcmp(argv[1], "cut") == 0)
		return cut(argv + 2);
	fputs("usage: power_disk serve LOG DIR | list LOG | cut LOG PLACE LOSS SEED NEW\n", stderr);
	return 2;
}
