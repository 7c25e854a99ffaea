/*
 * From differences to members.
 *
 * A difference is an entry of view_diff(); a SERVLINK has three things more or less:
 *
 * - Every directory above a change is a member, also when it does not differ itself:
 *   unpacking changes the times of the directories it writes into, and tar sets them right
 *   at its end for those that are members. The directories of the current path are a
 *   stack, which is enough because a directory comes before what is in it.
 * - A name that changed from directory to other, or back, is two entries, a deletion and
 *   an addition. A tarball with both would be wrong for overlayfs, where the one name
 *   has one meaning, so a deletion waits for the entry behind it. MANIFEST has both.
 * - A second name of an inode is a link to the first. Which is first is a matter of
 *   order, so of content. Names that did not change are not there: a new name of an
 *   unchanged file has the file's bytes again.
 *
 * A socket has no form in a tar; MANIFEST names it.
 */
#include "store/package/servlink.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "store/base/cleanup.h"
#include "store/package/member.h"

/* The first name of an inode with several. Owned by the tree of links. */
struct link {
	uint64_t number;
	uint32_t names_left; /* that may still come */
	char path[];
};

/* A directory that is a member: the first length bytes of the path. */
struct step {
	size_t length;
	uint64_t number;
};

struct servlink {
	struct tarball *tarball; /* owned */
	struct view *view;	 /* the caller's */
	struct buffer *lines;	 /* the caller's */
	enum manifest_tree tree; /* of the entries now */
	struct buffer path;	 /* of the deepest step, without NUL */
	struct step *steps;	 /* owned */
	size_t step_count, step_room;
	struct buffer deleted; /* the path of a deletion that waits, with NUL; empty: none */
	void *links;	       /* tsearch(3) tree of struct link, by number */
};

static void cleanup_servlink(struct servlink **servlink)
{
	servlink_free(*servlink);
}

int servlink_open(struct file *file, struct view *view, struct buffer *lines,
		  struct servlink **ret_servlink)
{
	_cleanup_(cleanup_servlink) struct servlink *servlink = calloc(1, sizeof(*servlink));
	int r;

	if (!servlink)
		return -ENOMEM;
	servlink->view = view;
	servlink->lines = lines;
	r = tarball_open(file, &servlink->tarball);
	if (r == 0)
		*ret_servlink = take_pointer(&servlink);
	return r;
}

void servlink_free(struct servlink *servlink)
{
	if (!servlink)
		return;
	tarball_free(servlink->tarball);
	buffer_release(&servlink->path);
	buffer_release(&servlink->deleted);
	tdestroy(servlink->links, free);
	free(servlink->steps);
	free(servlink);
}

/* ---- names in the tarball and in MANIFEST ---- */

/* The name of a member, which the caller frees; NULL without memory. */
static char *member_name(const struct servlink *servlink, const char *path, size_t size)
{
	struct buffer name = BUFFER_INIT;
	char *text = NULL;

	if (servlink->tree == MANIFEST_APPLY)
		buffer_text(&name, SERVLINK_APPLY_PREFIX);
	buffer_add(&name, path, size);
	if (!buffer_failed(&name))
		text = buffer_detach_text(&name);
	buffer_release(&name);
	return text;
}

static enum manifest_kind kind_of(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return MANIFEST_DIRECTORY;
	case S_IFLNK:
		return MANIFEST_SYMLINK;
	case S_IFCHR:
		return MANIFEST_CHAR;
	case S_IFBLK:
		return MANIFEST_BLOCK;
	case S_IFIFO:
		return MANIFEST_FIFO;
	case S_IFSOCK:
		return MANIFEST_SOCKET;
	default:
		return MANIFEST_FILE;
	}
}

static void describe(const struct servlink *servlink, const char *path, const struct inode *inode,
		     struct manifest_path *ret_line)
{
	*ret_line = (struct manifest_path){
		.kind = kind_of(inode->mode),
		.tree = servlink->tree,
		.path = path,
		.mode = inode->mode & 07777,
		.uid = inode->uid,
		.gid = inode->gid,
		.size = inode->size,
		.major = major((dev_t)inode->rdev),
		.minor = minor((dev_t)inode->rdev),
	};
}

static int add_line(struct servlink *servlink, const struct manifest_path *line)
{
	manifest_encode_path(line, servlink->lines);
	return buffer_failed(servlink->lines) ? -ENOMEM : 0;
}

/* ---- links ---- */

static int compare_links(const void *a, const void *b)
{
	uint64_t left = ((const struct link *)a)->number, right = ((const struct link *)b)->number;

	return left < right ? -1 : left > right;
}

static bool may_have_links(const struct inode *inode)
{
	return inode->nlink > 1 && !S_ISDIR(inode->mode);
}

static struct link *find_link(struct servlink *servlink, const struct inode *inode)
{
	struct link key = { .number = inode->number };
	struct link **found = tfind(&key, &servlink->links, compare_links);

	return found ? *found : NULL;
}

static void forget_link(struct servlink *servlink, struct link *link)
{
	tdelete(link, &servlink->links, compare_links);
	free(link);
}

static int remember_link(struct servlink *servlink, const struct inode *inode, const char *path)
{
	size_t size = strlen(path) + 1;
	struct link *link = malloc(sizeof(*link) + size);

	if (!link)
		return -ENOMEM;
	link->number = inode->number;
	link->names_left = inode->nlink - 1;
	memcpy(link->path, path, size);
	if (!tsearch(link, &servlink->links, compare_links)) {
		free(link);
		return -ENOMEM;
	}
	return 0;
}

static int write_link(struct servlink *servlink, struct link *link, const char *path,
		      const struct inode *inode)
{
	_cleanup_free_ char *name = member_name(servlink, path, strlen(path));
	_cleanup_free_ char *first = member_name(servlink, link->path, strlen(link->path));
	struct manifest_path line;
	int r;

	if (!name || !first)
		return -ENOMEM;
	describe(servlink, path, inode, &line);
	line.kind = MANIFEST_HARDLINK;
	line.target = link->path;
	r = add_line(servlink, &line);
	if (r == 0)
		r = member_write_hardlink(servlink->tarball, inode, name, first);
	if (--link->names_left == 0)
		forget_link(servlink, link);
	return r;
}

/* ---- members ---- */

/* The line of a symbolic link holds its target, which only the view has. */
static int add_symlink_line(struct servlink *servlink, struct manifest_path *line, uint64_t number)
{
	_cleanup_(buffer_release) struct buffer target = BUFFER_INIT;
	int r = view_target(servlink->view, number, &target);

	buffer_u8(&target, '\0');
	if (r == 0 && buffer_failed(&target))
		r = -ENOMEM;
	if (r < 0)
		return r;
	line->target = (const char *)target.data;
	return add_line(servlink, line);
}

static int write_inode(struct servlink *servlink, const char *path, const struct inode *inode)
{
	_cleanup_free_ char *name = member_name(servlink, path, strlen(path));
	struct manifest_path line;
	int r = 0;

	if (!name)
		return -ENOMEM;
	describe(servlink, path, inode, &line);
	if (!S_ISSOCK(inode->mode))
		r = member_write(servlink->tarball, servlink->view, inode, name, &line.digest);
	if (r < 0)
		return r;
	return S_ISLNK(inode->mode) ? add_symlink_line(servlink, &line, inode->number)
				    : add_line(servlink, &line);
}

static int write_linked(struct servlink *servlink, const char *path, const struct inode *inode)
{
	struct link *link = find_link(servlink, inode);
	int r;

	if (link)
		return write_link(servlink, link, path, inode);
	r = write_inode(servlink, path, inode);
	return r < 0 || S_ISSOCK(inode->mode) ? r : remember_link(servlink, inode, path);
}

/* ---- the directories of the current path ---- */

static void leave_all(struct servlink *servlink)
{
	servlink->step_count = 0;
	buffer_clear(&servlink->path);
}

/* Goes up until what is left is above path. */
static void leave_steps(struct servlink *servlink, const char *path)
{
	size_t count = 0;

	while (count < servlink->step_count) {
		size_t length = servlink->steps[count].length;

		if (strncmp((const char *)servlink->path.data, path, length) != 0 ||
		    path[length] != '/')
			break;
		count++;
	}
	servlink->step_count = count;
	servlink->path.size = count > 0 ? servlink->steps[count - 1].length : 0;
}

/* The directory at the first length bytes of path is a member now. */
static int enter_step(struct servlink *servlink, const char *path, size_t length, uint64_t number)
{
	if (servlink->step_count == servlink->step_room) {
		size_t room = servlink->step_room ? 2 * servlink->step_room : 16;
		struct step *steps = reallocarray(servlink->steps, room, sizeof(*steps));

		if (!steps)
			return -ENOMEM;
		servlink->steps = steps;
		servlink->step_room = room;
	}
	buffer_add(&servlink->path, path + servlink->path.size, length - servlink->path.size);
	if (buffer_failed(&servlink->path))
		return -ENOMEM;
	servlink->steps[servlink->step_count++] = (struct step){ length, number };
	return 0;
}

/* What is above every component. */
static uint64_t root_of(enum manifest_tree tree)
{
	return tree == MANIFEST_APPLY ? INODE_APPLY : INODE_BUILD;
}

/* The directory in which the first length bytes of path end becomes a member. */
static int write_step(struct servlink *servlink, const char *path, size_t length)
{
	size_t begin = servlink->path.size ? servlink->path.size + 1 : 0;
	_cleanup_free_ char *name = strndup(path + begin, length - begin);
	_cleanup_free_ char *whole = strndup(path, length);
	_cleanup_free_ struct inode *inode = malloc(sizeof(*inode));
	uint64_t parent = servlink->step_count ? servlink->steps[servlink->step_count - 1].number
					       : root_of(servlink->tree);
	uint64_t number = 0;
	int r;

	if (!name || !whole || !inode)
		return -ENOMEM;
	r = view_lookup(servlink->view, parent, name, &number);
	if (r == 0)
		r = view_inode(servlink->view, number, inode);
	if (r == 0)
		r = write_inode(servlink, whole, inode);
	return r < 0 ? r : enter_step(servlink, path, length, number);
}

/* Makes members of all directories above path that are none yet. */
static int enter_directories(struct servlink *servlink, const char *path)
{
	const char *slash;
	int r = 0;

	leave_steps(servlink, path);
	slash = strchr(path + (servlink->path.size ? servlink->path.size + 1 : 0), '/');
	while (r == 0 && slash) {
		r = write_step(servlink, path, (size_t)(slash - path));
		slash = strchr(slash + 1, '/');
	}
	return r;
}

/* ---- deletions ---- */

/* The deletion that waits becomes a member, unless something new is at path. */
static int end_deletion(struct servlink *servlink, const char *path)
{
	_cleanup_free_ char *name = NULL;
	int r = 0;

	if (servlink->deleted.size == 0)
		return 0;
	if (!path || strcmp((const char *)servlink->deleted.data, path) != 0) {
		name = member_name(servlink, (const char *)servlink->deleted.data,
				   servlink->deleted.size - 1);
		r = name ? member_write_whiteout(servlink->tarball, name) : -ENOMEM;
	}
	buffer_clear(&servlink->deleted);
	return r;
}

static int add_deletion(struct servlink *servlink, const char *path)
{
	struct manifest_path line = { .kind = MANIFEST_WHITEOUT,
				      .tree = servlink->tree,
				      .path = path };
	int r = buffer_set(&servlink->deleted, path, strlen(path) + 1);

	return r < 0 ? r : add_line(servlink, &line);
}

/* ---- the whole ---- */

static int begin_tree(struct servlink *servlink, enum manifest_tree tree)
{
	int r = end_deletion(servlink, NULL);

	leave_all(servlink);
	tdestroy(servlink->links, free);
	servlink->links = NULL;
	servlink->tree = tree;
	return r;
}

static int add_inode(struct servlink *servlink, const char *path, const struct inode *inode,
		     uint64_t *ret_bytes)
{
	int r;

	if (S_ISREG(inode->mode))
		*ret_bytes = inode->size;
	if (may_have_links(inode))
		return write_linked(servlink, path, inode);
	r = write_inode(servlink, path, inode);
	return r == 0 && S_ISDIR(inode->mode)
		       ? enter_step(servlink, path, strlen(path), inode->number)
		       : r;
}

int servlink_add(struct servlink *servlink, enum manifest_tree tree, const struct diff_entry *entry,
		 uint64_t *ret_bytes)
{
	int r = 0;

	*ret_bytes = 0;
	if (entry->kind == DIFF_TIMES)
		return 0;
	if (tree != servlink->tree)
		r = begin_tree(servlink, tree);
	if (r == 0)
		r = end_deletion(servlink, entry->path);
	if (r == 0)
		r = enter_directories(servlink, entry->path);
	if (r < 0)
		return r;
	return entry->kind == DIFF_DELETED ? add_deletion(servlink, entry->path)
					   : add_inode(servlink, entry->path, entry->b, ret_bytes);
}

int servlink_close(struct servlink *servlink, uint64_t *ret_size, struct digest *ret_digest)
{
	int r = end_deletion(servlink, NULL);

	return r < 0 ? r : tarball_close(servlink->tarball, ret_size, ret_digest);
}
