/*
 * The model knows names and inodes as two tables, and nothing of versions, rows or chunks:
 * what it shares with the file system is the rules of POSIX alone.
 */
#include "tests/support/small_tree.h"

#include <errno.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"

static const char note[] = "user.note";

/* ---- the model ---- */

static int find(const struct small_model *model, int dir, const char *name)
{
	for (int i = 1; i < SMALL_NAMES; i++)
		if (model->name[i].used && model->name[i].dir == dir &&
		    strcmp(model->name[i].name, name) == 0)
			return i;
	return -1;
}

static int free_name(const struct small_model *model)
{
	for (int i = 1; i < SMALL_NAMES; i++)
		if (!model->name[i].used)
			return i;
	fail_msg("the model has no name left");
	return -1;
}

static int free_inode(const struct small_model *model)
{
	for (int i = 1; i < SMALL_NAMES; i++)
		if (model->inode[i].names == 0)
			return i;
	fail_msg("the model has no inode left");
	return -1;
}

static bool is_dir(const struct small_model *model, int name)
{
	return S_ISDIR(model->inode[model->name[name].inode].mode);
}

static bool has_children(const struct small_model *model, int dir)
{
	for (int i = 1; i < SMALL_NAMES; i++)
		if (model->name[i].used && model->name[i].dir == dir)
			return true;
	return false;
}

/* Where a path ends: its directory, its last name, and the entry or -1. A negative code: no way there. */
struct place {
	int dir, entry;
	char name[SMALL_NAME_MAX + 1];
};

static int place_of(const struct small_model *model, const char *path, struct place *ret_place)
{
	const char *slash = strchr(path, '/');

	*ret_place = (struct place){ .dir = 0 };
	if (slash) {
		char above[SMALL_NAME_MAX + 1];

		snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
		ret_place->dir = find(model, 0, above);
		if (ret_place->dir < 0)
			return -ENOENT;
		if (!is_dir(model, ret_place->dir))
			return -ENOTDIR;
		path = slash + 1;
	}
	snprintf(ret_place->name, sizeof(ret_place->name), "%s", path);
	ret_place->entry = find(model, ret_place->dir, path);
	return 0;
}

static void add_name(struct small_model *model, const struct place *place, int inode)
{
	struct small_name *entry = &model->name[free_name(model)];

	*entry = (struct small_name){ .used = true, .dir = place->dir, .inode = inode };
	memcpy(entry->name, place->name, sizeof(entry->name));
	model->inode[inode].names++;
}

static void drop_name(struct small_model *model, int entry)
{
	model->inode[model->name[entry].inode].names--;
	model->name[entry].used = false;
}

static int model_make(struct small_model *model, const struct place *place, uint32_t mode,
		      const char *target)
{
	int inode = free_inode(model);

	if (place->entry >= 0)
		return -EEXIST;
	model->inode[inode] = (struct small_inode){ .mode = mode };
	snprintf(model->inode[inode].letters, sizeof(model->inode[inode].letters), "%s", target);
	add_name(model, place, inode);
	return 0;
}

static void model_fill(struct small_inode *inode, unsigned unit, unsigned count, char letter,
		       bool grows)
{
	unsigned size = (unsigned)strlen(inode->letters);

	for (unsigned i = 0; i < SMALL_UNITS && i < unit + count; i++) {
		if (i >= size && !grows)
			break;
		if (i >= unit)
			inode->letters[i] = letter;
		else if (i >= size)
			inode->letters[i] = '.';
	}
}

static void model_truncate(struct small_inode *inode, unsigned units)
{
	unsigned size = (unsigned)strlen(inode->letters);

	if (units > size)
		memset(inode->letters + size, '.', units - size);
	memset(inode->letters + units, 0, sizeof(inode->letters) - units);
}

static int model_content(struct small_model *model, const struct small_operation *operation,
			 const struct place *place)
{
	struct small_inode *inode;

	if (place->entry < 0)
		return -ENOENT;
	inode = &model->inode[model->name[place->entry].inode];
	if (!S_ISREG(inode->mode))
		return -EINVAL;
	if (operation->kind == SMALL_WRITE)
		model_fill(inode, operation->unit, operation->count, operation->letter, true);
	else if (operation->kind == SMALL_APPEND)
		model_fill(inode, (unsigned)strlen(inode->letters), operation->count,
			   operation->letter, true);
	else if (operation->kind == SMALL_PUNCH)
		model_fill(inode, operation->unit, operation->count, '.', false);
	else
		model_truncate(inode, operation->unit);
	return 0;
}

static int model_attribute(struct small_model *model, const struct small_operation *operation,
			   const struct place *place)
{
	struct small_inode *inode;

	if (place->entry < 0)
		return -ENOENT;
	inode = &model->inode[model->name[place->entry].inode];
	if (operation->kind == SMALL_CHMOD) {
		inode->mode = (inode->mode & S_IFMT) | operation->unit;
	} else if (operation->kind == SMALL_SETXATTR) {
		snprintf(inode->xattr, sizeof(inode->xattr), "%c", operation->letter);
	} else {
		if (!inode->xattr[0])
			return -ENODATA;
		inode->xattr[0] = 0;
	}
	return 0;
}

static bool is_inside(const struct small_model *model, int dir, int entry)
{
	for (; dir; dir = model->name[dir].dir)
		if (dir == entry)
			return true;
	return false;
}

static int model_exchange(struct small_model *model, const struct place *from,
			  const struct place *to)
{
	int inode;

	if (to->entry < 0)
		return -ENOENT;
	if (is_inside(model, to->dir, from->entry) || is_inside(model, from->dir, to->entry))
		return -EINVAL;
	/* the entries keep their names and change what they lead to, and what is below them */
	inode = model->name[from->entry].inode;
	model->name[from->entry].inode = model->name[to->entry].inode;
	model->name[to->entry].inode = inode;
	for (int i = 1; i < SMALL_NAMES; i++) {
		if (model->name[i].dir == from->entry)
			model->name[i].dir = to->entry;
		else if (model->name[i].dir == to->entry)
			model->name[i].dir = from->entry;
	}
	return 0;
}

static int model_rename(struct small_model *model, const struct place *from, const struct place *to)
{
	if (is_dir(model, from->entry) && is_inside(model, to->dir, from->entry))
		return -EINVAL;
	if (to->entry >= 0) {
		if (model->name[to->entry].inode == model->name[from->entry].inode)
			return 0;
		if (is_dir(model, from->entry) && !is_dir(model, to->entry))
			return -ENOTDIR;
		if (!is_dir(model, from->entry) && is_dir(model, to->entry))
			return -EISDIR;
		if (has_children(model, to->entry))
			return -ENOTEMPTY;
		drop_name(model, to->entry);
	}
	model->name[from->entry].dir = to->dir;
	memcpy(model->name[from->entry].name, to->name, sizeof(to->name));
	return 0;
}

/* A copy has inodes of its own; hard links inside of it are not in these trees. */
static void model_copy(struct small_model *model, int from, const struct place *to)
{
	int inode = free_inode(model), copy;

	model->inode[inode] = model->inode[model->name[from].inode];
	model->inode[inode].names = 0;
	add_name(model, to, inode);
	copy = find(model, to->dir, to->name);
	for (int i = 1; i < SMALL_NAMES; i++)
		if (model->name[i].used && model->name[i].dir == from && i != copy) {
			struct place below = { .dir = copy };

			memcpy(below.name, model->name[i].name, sizeof(below.name));
			model_copy(model, i, &below);
		}
}

static int model_two(struct small_model *model, const struct small_operation *operation,
		     const struct place *from)
{
	struct place to;
	int code = from->entry < 0 ? -ENOENT : place_of(model, operation->to, &to);

	if (code)
		return code;
	if (operation->kind == SMALL_EXCHANGE)
		return model_exchange(model, from, &to);
	if (operation->kind == SMALL_RENAME)
		return model_rename(model, from, &to);
	if (operation->kind == SMALL_LINK && is_dir(model, from->entry))
		return -EPERM;
	if (to.entry >= 0)
		return -EEXIST;
	if (operation->kind == SMALL_LINK)
		add_name(model, &to, model->name[from->entry].inode);
	else
		model_copy(model, from->entry, &to);
	return 0;
}

static int model_remove(struct small_model *model, enum small_kind kind, const struct place *place)
{
	if (place->entry < 0)
		return -ENOENT;
	if (kind == SMALL_UNLINK && is_dir(model, place->entry))
		return -EISDIR;
	if (kind == SMALL_RMDIR && !is_dir(model, place->entry))
		return -ENOTDIR;
	if (has_children(model, place->entry))
		return -ENOTEMPTY;
	drop_name(model, place->entry);
	return 0;
}

int small_model_apply(struct small_model *model, const struct small_operation *operation)
{
	struct place place;
	int code = place_of(model, operation->path, &place);

	if (code)
		return code;
	switch (operation->kind) {
	case SMALL_CREATE:
		return model_make(model, &place, S_IFREG | 0644, "");
	case SMALL_MKDIR:
		return model_make(model, &place, S_IFDIR | 0755, "");
	case SMALL_SYMLINK:
		return model_make(model, &place, S_IFLNK | 0777, "there");
	case SMALL_WRITE:
	case SMALL_APPEND:
	case SMALL_TRUNCATE:
	case SMALL_PUNCH:
		return model_content(model, operation, &place);
	case SMALL_RENAME:
	case SMALL_EXCHANGE:
	case SMALL_LINK:
	case SMALL_COPY:
		return model_two(model, operation, &place);
	case SMALL_UNLINK:
	case SMALL_RMDIR:
		return model_remove(model, operation->kind, &place);
	case SMALL_CHMOD:
	case SMALL_SETXATTR:
	case SMALL_REMOVEXATTR:
		return model_attribute(model, operation, &place);
	}
	return -EINVAL;
}

static void render_model(const struct small_model *model, int dir, const char *above,
			 struct buffer *text)
{
	const char *last = "";

	for (;;) {
		int next = -1;
		const struct small_inode *inode;
		char path[64];

		for (int i = 1; i < SMALL_NAMES; i++)
			if (model->name[i].used && model->name[i].dir == dir &&
			    strcmp(model->name[i].name, last) > 0 &&
			    (next < 0 || strcmp(model->name[i].name, model->name[next].name) < 0))
				next = i;
		if (next < 0)
			return;
		last = model->name[next].name;
		inode = &model->inode[model->name[next].inode];
		snprintf(path, sizeof(path), "%s%s%s", above, above[0] ? "/" : "", last);
		buffer_printf(text, "%s %o %d [%s] %s\n", path, inode->mode,
			      S_ISDIR(inode->mode) ? 0 : inode->names, inode->letters,
			      inode->xattr);
		if (is_dir(model, next))
			render_model(model, next, path, text);
	}
}

char *small_model_text(const struct small_model *model)
{
	struct buffer text = BUFFER_INIT;

	buffer_text(&text, "");
	render_model(model, 0, "", &text);
	return buffer_detach_text(&text);
}

/* ---- the space ---- */

struct spot {
	uint64_t dir, number; /* 0: nothing there */
	const char *name;
};

static int spot_of(struct space *space, const char *path, struct spot *ret_spot)
{
	const char *slash = strchr(path, '/');
	struct inode inode;
	int code;

	*ret_spot = (struct spot){ .dir = INODE_BUILD, .name = slash ? slash + 1 : path };
	if (slash) {
		char above[SMALL_NAME_MAX + 1];

		snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
		code = space_lookup(space, INODE_BUILD, above, &inode);
		if (code)
			return code;
		ret_spot->dir = inode.number;
	}
	code = space_lookup(space, ret_spot->dir, ret_spot->name, &inode);
	if (code == 0)
		ret_spot->number = inode.number;
	return code == -ENOENT ? 0 : code;
}

static int space_make(struct space *space, const struct spot *spot, uint32_t mode)
{
	const struct new_inode new_inode = { .mode = mode,
					     .target = S_ISLNK(mode) ? "there" : NULL };
	struct inode inode;

	return space_create(space, spot->dir, spot->name, &new_inode, 0, &inode);
}

static int write_units(struct file *file, uint64_t offset, unsigned count, char letter)
{
	_cleanup_free_ char *bytes = malloc(count * SMALL_UNIT);

	assert_non_null(bytes);
	memset(bytes, letter, count * SMALL_UNIT);
	return file_write(file, offset, bytes, count * SMALL_UNIT, false);
}

static int space_content(struct space *space, const struct small_operation *operation,
			 uint64_t number)
{
	uint64_t offset = (uint64_t)operation->unit * SMALL_UNIT;
	struct inode inode;
	struct file *file;
	int code = space_inode(space, number, &inode);

	if (code == 0 && operation->kind == SMALL_TRUNCATE) {
		const struct attr_change change = { .set = SET_SIZE, .size = offset };

		return space_setattr(space, number, &change, &inode);
	}
	if (code == 0)
		code = file_open(space, number, &file);
	if (code)
		return code;
	if (operation->kind == SMALL_PUNCH)
		code = file_allocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
				     operation->count * (uint64_t)SMALL_UNIT);
	else
		code = write_units(file, operation->kind == SMALL_APPEND ? inode.size : offset,
				   operation->count, operation->letter);
	if (code == 0)
		code = file_flush(file);
	file_close(file);
	return code;
}

static int space_attribute(struct space *space, const struct small_operation *operation,
			   uint64_t number)
{
	const struct attr_change change = { .set = SET_MODE, .mode = operation->unit };
	const struct slice value = { &operation->letter, 1 };
	struct inode inode;

	if (operation->kind == SMALL_CHMOD)
		return space_setattr(space, number, &change, &inode);
	return space_setxattr(space, number, note,
			      operation->kind == SMALL_SETXATTR ? &value : NULL, 0, 0);
}

static int space_two(struct space *space, const struct small_operation *operation,
		     const struct spot *from)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	struct inode inode;
	struct spot to;
	int code = spot_of(space, operation->to, &to);

	if (code)
		return code;
	switch (operation->kind) {
	case SMALL_LINK:
		return space_link(space, from->number, to.dir, to.name, 0, &inode);
	case SMALL_COPY:
		view = space_view(space);
		return space_copy_from(space, view, from->number, to.dir, to.name, 0);
	case SMALL_EXCHANGE:
		return space_rename(space, from->dir, from->name, to.dir, to.name, RENAME_EXCHANGE,
				    0);
	default:
		return space_rename(space, from->dir, from->name, to.dir, to.name, 0, 0);
	}
}

int small_space_apply(struct space *space, const struct small_operation *operation)
{
	struct spot spot;
	int code = spot_of(space, operation->path, &spot);

	if (code)
		return code;
	switch (operation->kind) {
	case SMALL_CREATE:
		return space_make(space, &spot, S_IFREG | 0644);
	case SMALL_MKDIR:
		return space_make(space, &spot, S_IFDIR | 0755);
	case SMALL_SYMLINK:
		return space_make(space, &spot, S_IFLNK | 0777);
	case SMALL_UNLINK:
		return space_unlink(space, spot.dir, spot.name);
	case SMALL_RMDIR:
		return space_rmdir(space, spot.dir, spot.name);
	default:
		break;
	}
	if (!spot.number)
		return -ENOENT;
	switch (operation->kind) {
	case SMALL_WRITE:
	case SMALL_APPEND:
	case SMALL_TRUNCATE:
	case SMALL_PUNCH:
		return space_content(space, operation, spot.number);
	case SMALL_CHMOD:
	case SMALL_SETXATTR:
	case SMALL_REMOVEXATTR:
		return space_attribute(space, operation, spot.number);
	default:
		return space_two(space, operation, &spot);
	}
}

/* ---- what a view shows ---- */

struct walk {
	struct view *view;
	const char *above;
	struct buffer *text;
};

static void render_letters(struct view *view, const struct inode *inode, struct buffer *text)
{
	_cleanup_free_ char *bytes = malloc(inode->size + 1);
	size_t got;

	assert_non_null(bytes);
	assert_int_equal(inode->size % SMALL_UNIT, 0);
	assert_int_equal(view_read(view, inode, 0, bytes, inode->size, &got), 0);
	assert_int_equal(got, inode->size);
	for (size_t at = 0; at < got; at += SMALL_UNIT) {
		/* one letter to the end of the unit: each byte is the one before it */
		assert_memory_equal(bytes + at, bytes + at + 1, SMALL_UNIT - 1);
		buffer_u8(text, bytes[at] ? (uint8_t)bytes[at] : '.');
	}
}

static int render_entry(void *context, const char *name, uint64_t number, uint32_t type)
{
	_cleanup_(xattrs_release) struct xattrs xattrs = XATTRS_INIT;
	struct walk *walk = context;
	char path[512];
	struct walk below = { walk->view, path, walk->text };
	const struct xattr *xattr;
	struct inode inode;

	assert_int_equal(view_inode(walk->view, number, &inode), 0);
	assert_int_equal(type, inode.mode & S_IFMT);
	snprintf(path, sizeof(path), "%s%s%s", walk->above, walk->above[0] ? "/" : "", name);
	buffer_printf(walk->text, "%s %o %u [", path, inode.mode,
		      S_ISDIR(inode.mode) ? 0 : inode.nlink);
	if (S_ISREG(inode.mode)) {
		render_letters(walk->view, &inode, walk->text);
	} else if (S_ISLNK(inode.mode)) {
		_cleanup_(cleanup_buffer) struct buffer target = BUFFER_INIT;

		assert_int_equal(view_target(walk->view, number, &target), 0);
		buffer_add(walk->text, target.data, target.size);
	}
	assert_int_equal(view_xattrs(walk->view, &inode, &xattrs), 0);
	xattr = xattrs_find(&xattrs, note);
	buffer_text(walk->text, "] ");
	if (xattr)
		buffer_add(walk->text, xattr->value.data, xattr->value.size);
	buffer_text(walk->text, "\n");
	return S_ISDIR(inode.mode) ? view_list(walk->view, number, render_entry, &below) : 0;
}

char *small_view_text(struct view *view)
{
	struct buffer text = BUFFER_INIT;
	struct walk walk = { view, "", &text };

	buffer_text(&text, "");
	assert_int_equal(view_list(view, INODE_BUILD, render_entry, &walk), 0);
	return buffer_detach_text(&text);
}
