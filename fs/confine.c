/*
 * Whoever gets a worker to do what it should not do is root; this takes most of that away.
 *
 * Capabilities belong to threads, and RocksDB makes many. So all is given up before the first of
 * them. The worker has the mount from the supervisor and needs nothing of CAP_SYS_ADMIN; the
 * supervisor reads no byte that comes from the kernel, the store or a user.
 *
 * No new privileges: no program that is started could be more than we are. A daemon that is not
 * root must not have that, as it unmounts through fusermount3, which is set-user-ID.
 *
 * Core files stay possible: a fault is to be reported with one, and no capability that is left
 * or given up makes the process readable to anybody but root.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs/confine.h"
#include "store/base/log.h"

/* The store may belong to another user; what it has to serve is checked by the kernel. */
#define FILES ((uint64_t)1 << CAP_DAC_OVERRIDE)
#define MOUNT ((uint64_t)1 << CAP_SYS_ADMIN)

struct capabilities {
	uint64_t effective, permitted;
};

static struct __user_cap_header_struct header_of_this_thread(void)
{
	return (struct __user_cap_header_struct){ .version = _LINUX_CAPABILITY_VERSION_3, .pid = 0 };
}

static int get(struct capabilities *ret_capabilities)
{
	struct __user_cap_header_struct header = header_of_this_thread();
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	ret_capabilities->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	ret_capabilities->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	return 0;
}

/* Nothing is inheritable: no program that is started gets any. */
static int set(const struct capabilities *capabilities)
{
	struct __user_cap_header_struct header = header_of_this_thread();
	struct __user_cap_data_struct data[2] = {
		{ .effective = (uint32_t)capabilities->effective, .permitted = (uint32_t)capabilities->permitted },
		{ .effective = (uint32_t)(capabilities->effective >> 32),
		  .permitted = (uint32_t)(capabilities->permitted >> 32) },
	};

	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

/* What no program that is started can get again. Without CAP_SETPCAP it is left as it is. */
static void bound(uint64_t kept)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
		if (!(kept >> capability & 1))
			prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

static void keep(uint64_t kept)
{
	struct capabilities capabilities = { 0 };
	int err;

	if (geteuid() != 0)
		return;
	bound(kept);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	err = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : get(&capabilities);
	if (!err) {
		capabilities.permitted &= kept;
		capabilities.effective = capabilities.permitted;
		err = set(&capabilities);
	}
	if (err)
		log_line(LOG_LEVEL_WARNING, "the daemon keeps more privileges than it needs: %s", strerror(-err));
}

void confine_supervisor(void)
{
	keep(FILES | MOUNT);
}

void confine_worker(void)
{
	keep(FILES);
}
