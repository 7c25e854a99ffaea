/*
 * Operations on names: making, linking, taking away, moving; each with the result a model foretells.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/support/probe/exercise.h"
#include "tests/support/probe/exercise_names.h"

/* ---- making ---- */

static void add_entry(const struct place *place, int node)
{
	struct entry *entry = &entries[model_free_entry()];

	entry->dir = place->dir;
	entry->node = node;
	snprintf(entry->name, sizeof(entry->name), "%s", place->name);
}

static struct node *add_node(const struct place *place, mode_t mode)
{
	int number = model_free_node();
	struct node *node = &nodes[number], *dir = &nodes[place->dir];

	*node = (struct node){ .names = 1, .mode = mode };
	for (int i = 0; i < XATTRS; i++)
		node->value_size[i] = -1;
	if (dir->mode & S_ISGID) {
		node->gid = dir->gid;
		if (S_ISDIR(mode))
			node->mode |= S_ISGID;
	}
	if (S_ISREG(mode))
		node->bytes = calloc(1, CONTENT_MAX);
	add_entry(place, number);
	return node;
}

void do_create(void)
{
	struct timespec begun = now();
	mode_t mode = any_mode();
	struct place place;
	int fd;

	any_place(&place);
	if (is_full())
		return;
	note("create %s %o", place.path, mode);
	fd = open(place.path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);
	expect(fd, place.entry < 0 ? 0 : EEXIST, &place);
	if (fd < 0)
		return;
	close(fd);
	add_node(&place, S_IFREG | mode);
	changed(place.dir, place.name, &begun);
	names_changed(place.dir, &begun);
}

void do_mkdir(void)
{
	struct timespec begun = now();
	mode_t mode = any_mode() & 01777;
	struct place place;
	int result;

	any_place(&place);
	if (is_full() || strlen(place.path) > 2000)
		return;
	if (strlen(place.name) > 100) /* so that paths stay short */
		return;
	note("mkdir %s %o", place.path, mode);
	result = mkdir(place.path, mode);
	expect(result, place.entry < 0 ? 0 : EEXIST, &place);
	if (result < 0)
		return;
	add_node(&place, S_IFDIR | mode);
	changed(place.dir, place.name, &begun);
	names_changed(place.dir, &begun);
}

void do_mknod(void)
{
	static const mode_t kinds[] = { S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK, S_IFREG };
	struct timespec begun = now();
	mode_t mode = kinds[roll(5)] | (any_mode() & 0777);
	dev_t device = S_ISCHR(mode) || S_ISBLK(mode)
			       ? makedev(1 + (unsigned)roll(4000), (unsigned)roll(100000))
			       : 0;
	struct place place;
	int result;

	any_place(&place);
	if (is_full())
		return;
	note("mknod %s %o %u,%u", place.path, mode, major(device), minor(device));
	result = mknod(place.path, mode, device);
	expect(result, place.entry < 0 ? 0 : EEXIST, &place);
	if (result < 0)
		return;
	add_node(&place, mode)->rdev = device;
	changed(place.dir, place.name, &begun);
}

void do_symlink(void)
{
	struct timespec begun = now();
	char target[600];
	struct place place;
	int result;

	any_place(&place);
	if (is_full())
		return;
	snprintf(target, sizeof(target), "%s/%0*u", any_name(), (int)(1 + roll(300)), 7u);
	note("symlink %s", place.path);
	result = symlink(target, place.path);
	expect(result, place.entry < 0 ? 0 : EEXIST, &place);
	if (result < 0)
		return;
	add_node(&place, S_IFLNK | 0777)->target = strdup(target);
	changed(place.dir, place.name, &begun);
}

void do_link(void)
{
	struct timespec begun = now();
	struct place from, to;
	int result, wanted = 0;

	any_place(&to);
	if (!any_thing(&from) || is_full())
		return;
	note("link %s to %s", from.path, to.path);
	if (to.entry >= 0)
		wanted = EEXIST;
	else if (S_ISDIR(nodes[from.node].mode))
		wanted = EPERM;
	result = link(from.path, to.path);
	expect(result, wanted, &to);
	if (result < 0)
		return;
	nodes[from.node].names++;
	add_entry(&to, from.node);
	changed(from.dir, from.name, &begun);
	changed(to.dir, to.name, &begun);
	names_changed(to.dir, &begun);
}

/* ---- taking away and moving ---- */

void do_unlink(void)
{
	struct timespec begun = now();
	struct place place;
	int result, wanted = 0;

	any_place(&place);
	note("unlink %s", place.path);
	if (place.entry < 0)
		wanted = ENOENT;
	else if (S_ISDIR(nodes[place.node].mode))
		wanted = EISDIR;
	result = unlink(place.path);
	expect(result, wanted, &place);
	if (result < 0)
		return;
	model_unlink(place.entry);
	names_changed(place.dir, &begun);
}

void do_rmdir(void)
{
	struct timespec begun = now();
	struct place place;
	int result, wanted = 0;

	any_place(&place);
	note("rmdir %s", place.path);
	if (place.entry < 0)
		wanted = ENOENT;
	else if (!S_ISDIR(nodes[place.node].mode))
		wanted = ENOTDIR;
	else if (!model_is_empty(place.node))
		wanted = ENOTEMPTY;
	result = rmdir(place.path);
	expect(result, wanted, &place);
	if (result < 0)
		return;
	model_unlink(place.entry);
	names_changed(place.dir, &begun);
}

static int rename_foretold(const struct place *from, const struct place *to, unsigned flags)
{
	bool from_dir = from->node >= 0 && S_ISDIR(nodes[from->node].mode);
	bool to_dir = to->node >= 0 && S_ISDIR(nodes[to->node].mode);

	if (from->entry < 0 || (to->entry < 0 && flags == RENAME_EXCHANGE))
		return ENOENT;
	if (to->entry >= 0 && flags == RENAME_NOREPLACE)
		return EEXIST;
	if (from_dir && model_is_below(to->dir, from->node))
		return EINVAL;
	if (to_dir && model_is_below(from->dir, to->node))
		return flags == RENAME_EXCHANGE ? EINVAL : ENOTEMPTY;
	if (to->entry < 0 || from->node == to->node || flags == RENAME_EXCHANGE)
		return 0;
	if (from_dir != to_dir)
		return from_dir ? ENOTDIR : EISDIR;
	return to_dir && !model_is_empty(to->node) ? ENOTEMPTY : 0;
}

static void rename_in_model(const struct place *from, const struct place *to, unsigned flags)
{
	if (from->node == to->node)
		return;
	if (flags == RENAME_EXCHANGE) {
		entries[from->entry].node = to->node;
		entries[to->entry].node = from->node;
		return;
	}
	if (to->entry >= 0)
		model_unlink(to->entry);
	entries[from->entry].dir = to->dir;
	snprintf(entries[from->entry].name, sizeof(entries[from->entry].name), "%s", to->name);
}

void do_rename(void)
{
	static const unsigned all[] = { 0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE };
	struct timespec begun = now();
	unsigned flags = all[roll(4)];
	struct place from, to;
	int result;

	any_place(&to);
	if (roll(8) == 0)
		any_place(&from);
	else if (!any_thing(&from))
		return;
	if (strlen(to.name) > 100 || strlen(from.name) > 100 || strlen(to.path) > 2000)
		return;
	note("rename %s to %s flags %u", from.path, to.path, flags);
	result = renameat2(AT_FDCWD, from.path, AT_FDCWD, to.path, flags);
	expect(result, rename_foretold(&from, &to, flags), &to);
	if (result < 0 || from.node == to.node)
		return;
	rename_in_model(&from, &to, flags);
	changed(to.dir, to.name, &begun);
	names_changed(from.dir, &begun);
	names_changed(to.dir, &begun);
}
