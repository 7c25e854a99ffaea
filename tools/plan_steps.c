/*
 * What each kind of step does: the system calls the shell command of the same words makes.
 *
 * relink follows ln -sfn of GNU coreutils: where something is in the way it makes the link
 * beside it under a name of its own and renames that over, so a refused link leaves the
 * former one.
 */
#include "tools/plan_internal.h"
#include "tools/scope.h"

#include <errno.h>
#include <ftw.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

static int make_directory(char *const *words)
{
	return mkdir(words[1], 0777) ? -errno : 0;
}

static int remove_directory(char *const *words)
{
	return rmdir(words[1]) ? -errno : 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)where;
	if (type == FTW_DP)
		return rmdir(path) ? -errno : 0;
	return unlink(path) ? -errno : 0;
}

static int remove_tree(char *const *words)
{
	int code;

	errno = 0;
	code = nftw(words[2], remove_one, 16, FTW_DEPTH | FTW_PHYS);
	if (code == -1 && errno)
		code = -errno;
	return code == -ENOENT ? 0 : code;
}

static int make_link(char *const *words)
{
	return symlink(words[2], words[3]) ? -errno : 0;
}

/* A name that is free in the directory of path: 0 and the link under it. */
static int link_beside(const char *target, const char *path, char **ret_name)
{
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash - path) + 1 : 0;

	for (unsigned attempt = 0; attempt < 100; attempt++) {
		char *name;

		if (asprintf(&name, "%.*sCu%06x", folder, path,
			     ((unsigned)getpid() + attempt) & 0xffffff) < 0)
			return -ENOMEM;
		if (symlink(target, name) == 0) {
			*ret_name = name;
			return 0;
		}
		free(name);
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

static int replace_link(char *const *words)
{
	_cleanup_free_ char *name = NULL;
	int code;

	if (symlink(words[2], words[3]) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	code = link_beside(words[2], words[3], &name);
	if (code)
		return code;
	if (rename(name, words[3]) == 0)
		return 0;
	code = -errno;
	unlink(name);
	return code;
}

static int rename_path(char *const *words)
{
	return rename(words[2], words[3]) ? -errno : 0;
}

static int set_attribute_from(char *const *words)
{
	const char *name = words[1], *value = words[3], *path = words[4];

	return setxattr(path, name, value, strlen(value), 0) ? -errno : 0;
}

static int set_attribute(char *const *words)
{
	return set_attribute_from(words + 1);
}

static int set_attribute_raw(char *const *words)
{
	return set_attribute_from(words + 2);
}

static int run_program(char *const *words)
{
	pid_t child;
	int status, code = posix_spawnp(&child, words[0], NULL, NULL, words, environ);

	if (code)
		return -code;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

const struct step_kind step_mkdir = { make_directory };
const struct step_kind step_rmdir = { remove_directory };
const struct step_kind step_remove_tree = { remove_tree };
const struct step_kind step_link = { make_link };
const struct step_kind step_relink = { replace_link };
const struct step_kind step_rename = { rename_path };
const struct step_kind step_set_attribute = { set_attribute };
const struct step_kind step_set_attribute_raw = { set_attribute_raw };
const struct step_kind step_program = { run_program };
