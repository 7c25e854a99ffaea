/*
 * Landlock: the files that a process may still open. There is no library for it, and needs none.
 *
 * What is read outside of the store was found by tracing all tests: the C library (number of
 * processors, time zone, character sets for packages, names of users for SVCSTAT), RocksDB
 * (properties of the disk, a random uuid), libcrypto (its configuration). Much of that is read
 * once, when first needed, which may be years later.
 *
 * /etc is no rule, because the store's owner needs not be able to read all of it. A rule holds
 * for the file there is now: when accounts are added and /etc/passwd is another file, the two
 * tables show user numbers until the next start.
 *
 * Nothing below /proc is written: RocksDB's threads then have no names of their own.
 *
 * With the first ABI (Linux 5.13 to 5.18) no file can be moved or linked into another directory,
 * which a backup of the database needs, so that is as good as none.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs/sandbox.h"
#include "store/base/cleanup.h"
#include "store/base/log.h"

static void cleanup_descriptor(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Newer than Debian 12's headers: since ABI 3 and ABI 5. */
#define ACCESS_TRUNCATE ((uint64_t)1 << 14)
#define ACCESS_IOCTL_DEV ((uint64_t)1 << 15)

#define ABI_MIN 2
#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define CHANGE_FILE (LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE)
#define DEVICE (LANDLOCK_ACCESS_FS_READ_FILE | CHANGE_FILE | ACCESS_IOCTL_DEV)
#define CHANGE                                                                                  \
	(READ | CHANGE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |       \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER)
/* Rights that only files have: all others are refused for what is no directory. */
#define FILE_RIGHTS                                                                               \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | CHANGE_FILE | ACCESS_IOCTL_DEV)

static const struct {
	const char *path;
	uint64_t access;
} outside[] = {
	{ "/dev/fuse", DEVICE },
	{ "/dev/null", DEVICE },
	{ "/dev/urandom", READ },
	{ "/etc/ld.so.cache", READ },
	{ "/etc/locale.alias", READ },
	{ "/etc/localtime", READ },
	{ "/etc/nsswitch.conf", READ },
	{ "/etc/passwd", READ },
	{ "/etc/ssl/openssl.cnf", READ },
	{ "/lib", READ },
	{ "/lib64", READ },
	{ "/proc/self", READ },
	{ "/proc/sys", READ },
	{ "/sys/devices", READ },
	{ "/sys/kernel/mm", READ },
	{ "/usr", READ },
	{ "/var/lib/sss/mc", READ }, /* names of users that sssd(8) knows */
#if SANDBOX_OF_SANITIZER
	{ "/", READ }, /* what a sanitizer finds it reports with names and lines of the sources */
#endif
};

/* Everything that the kernel can refuse. */
static uint64_t handled_by(long abi)
{
	uint64_t handled = ((uint64_t)LANDLOCK_ACCESS_FS_REFER << 1) - 1;

	handled |= abi >= 3 ? ACCESS_TRUNCATE : 0;
	return handled | (abi >= 5 ? ACCESS_IOCTL_DEV : 0);
}

/* What is not there needs no rule. */
static int allow(int ruleset, const char *path, uint64_t access)
{
	_cleanup_(cleanup_descriptor) int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr beneath = { .allowed_access = access, .parent_fd = fd };
	struct stat stat;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &stat) < 0)
		return -errno;
	if (!S_ISDIR(stat.st_mode))
		beneath.allowed_access &= FILE_RIGHTS;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
		return -errno;
	return 0;
}

static int restrict_files(const char *store, uint64_t handled)
{
	struct landlock_ruleset_attr attributes = { .handled_access_fs = handled };
	_cleanup_(cleanup_descriptor) int ruleset =
		(int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
	int err = ruleset < 0 ? -errno : allow(ruleset, store, CHANGE & handled);

	for (size_t i = 0; !err && i < sizeof(outside) / sizeof(outside[0]); i++) {
		err = allow(ruleset, outside[i].path, outside[i].access & handled);
		if (err == -ENOENT || err == -EACCES)
			err = 0;
	}
	if (!err && chdir(store) < 0)
		err = -errno;
	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		err = -errno;
	if (!err && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		err = -errno;
	return err;
}

int sandbox_files(const char *store)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int err = abi >= ABI_MIN ? restrict_files(store, handled_by(abi)) : -ENOSYS;

	if (err == -ENOSYS)
		log_line(LOG_LEVEL_WARNING, "the kernel has no Landlock: files outside of %s are in reach", store);
	else if (err && err != -ENOENT && err != -EACCES) /* whoever opens the store says so */
		log_line(LOG_LEVEL_WARNING, "files outside of %s are in reach: %s", store,
			 strerror(-err));
	return err;
}
