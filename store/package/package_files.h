/*
 * The files of packages: directories in filespace_files(), each known by its inode number,
 * which is what a package's record holds. Their names only help whoever looks.
 */
#ifndef STORE_PACKAGE_PACKAGE_FILES_H
#define STORE_PACKAGE_PACKAGE_FILES_H

#include "store/tree/tree.h"

/* Makes an empty directory for a package; its name begins with stem. */
int package_files_make(struct space *files, const char *stem, uint64_t *ret_directory);
/* A new empty file in it, open; the caller closes it. */
int package_files_create(struct space *files, uint64_t directory, const char *name,
			 struct file **ret_file);
/* A new file with these bytes. */
int package_files_write(struct space *files, uint64_t directory, const char *name,
			struct slice bytes);
/* Removes a directory with what is in it. */
int package_files_remove(struct space *files, uint64_t directory);
/*
 * Removes every directory that is not wanted (1 wanted, 0 not). The first failure is
 * returned after all were tried.
 */
int package_files_clean(struct space *files, int (*wanted)(void *context, uint64_t directory),
			void *context);

#endif
