/*
 * Where package files are kept, and nothing of what is in them.
 *
 * A directory without a record is no package: that is what makes building one safe. It is
 * filled under a name nobody looks up, and the record, which comes last, makes it count.
 * What a crash leaves behind is found by package_files_clean().
 */
#include "store/package/package_files.h"

#include <errno.h>
#include <stdio.h>

#include "store/base/cleanup.h"

#define PACKAGES_NAME "packages"
#define NO_FLAGS      ((enum edit_flags)0)

static void cleanup_file(struct file **file)
{
	if (*file)
		file_close(*file);
}

static int make_directory(struct space *files, uint64_t parent, const char *name,
			  uint64_t *ret_number)
{
	const struct new_inode new_inode = { .mode = S_IFDIR | 0755 };
	struct inode inode;
	int r = space_create(files, parent, name, &new_inode, NO_FLAGS, &inode);

	if (r == 0)
		*ret_number = inode.number;
	return r;
}

static int find_packages(struct space *files, uint64_t *ret_number)
{
	struct inode inode;
	int r = space_lookup(files, INODE_BUILD, PACKAGES_NAME, &inode);

	if (r == 0)
		*ret_number = inode.number;
	return r;
}

/* Whoever makes the first package makes the directory; another may be faster. */
static int find_or_make_packages(struct space *files, uint64_t *ret_number)
{
	int r = find_packages(files, ret_number);

	if (r == -ENOENT)
		r = make_directory(files, INODE_BUILD, PACKAGES_NAME, ret_number);
	return r == -EEXIST ? find_packages(files, ret_number) : r;
}

int package_files_make(struct space *files, const char *stem, uint64_t *ret_directory)
{
	char name[NAME_LENGTH_MAX + 1];
	uint64_t packages = 0;
	int r = find_or_make_packages(files, &packages);

	if (r < 0)
		return r;
	for (unsigned number = 1;; number++) {
		snprintf(name, sizeof(name), "%s.%u", stem, number);
		r = make_directory(files, packages, name, ret_directory);
		if (r != -EEXIST)
			return r;
	}
}

int package_files_create(struct space *files, uint64_t directory, const char *name,
			 struct file **ret_file)
{
	/* For root alone: a package holds bytes and names that their own modes keep from others. */
	const struct new_inode new_inode = { .mode = S_IFREG | 0400 };
	struct inode inode;
	int r = space_create(files, directory, name, &new_inode, NO_FLAGS, &inode);

	return r < 0 ? r : file_open(files, inode.number, ret_file);
}

int package_files_write(struct space *files, uint64_t directory, const char *name,
			struct slice bytes)
{
	_cleanup_(cleanup_file) struct file *file = NULL;
	int r = package_files_create(files, directory, name, &file);

	if (r == 0)
		r = file_write(file, 0, bytes.data, bytes.size, false);
	return r < 0 ? r : file_flush(file);
}

int package_files_remove(struct space *files, uint64_t directory)
{
	struct inode inode;
	int r = space_inode(files, directory, &inode);

	return r < 0 ? r : space_remove_all(files, inode.parent, inode.name);
}

struct unwanted {
	int (*wanted)(void *context, uint64_t directory);
	void *context;
	struct buffer names; /* each with its NUL */
};

static int add_unwanted(void *context, const char *name, uint64_t number, uint32_t type)
{
	struct unwanted *unwanted = context;
	int r = unwanted->wanted(unwanted->context, number);

	(void)type;
	if (r == 0)
		buffer_add(&unwanted->names, name, strlen(name) + 1);
	return r < 0 ? r : 0;
}

static int list_unwanted(struct space *files, uint64_t packages, struct unwanted *unwanted)
{
	_cleanup_(cleanup_view) struct view *view = space_view(files);
	int r = view_list(view, packages, add_unwanted, unwanted);

	return r == 0 && buffer_failed(&unwanted->names) ? -ENOMEM : r;
}

int package_files_clean(struct space *files, int (*wanted)(void *context, uint64_t directory),
			void *context)
{
	struct unwanted unwanted = { wanted, context, BUFFER_INIT };
	uint64_t packages = 0;
	int r = find_packages(files, &packages);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = list_unwanted(files, packages, &unwanted);
	if (r == 0) {
		const char *name = (const char *)unwanted.names.data;
		const char *end = name + unwanted.names.size;

		for (; name < end; name += strlen(name) + 1) {
			int removed = space_remove_all(files, packages, name);

			if (r == 0)
				r = removed;
		}
	}
	buffer_release(&unwanted.names);
	return r;
}
