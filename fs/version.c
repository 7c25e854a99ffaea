/*
 * A report of a fault starts with what was in use. It is in the log because whoever reads the log
 * of a daemon that died can no longer ask it.
 */
#include <sys/utsname.h>

#include "fs/mount.h"
#include "fs/protocol.h"
#include "fs/sandbox.h"
#include "fs/version.h"
#include "store/base/log.h"

void version_libraries(struct buffer *ret_text)
{
	struct utsname kernel;

	buffer_printf(ret_text, "libfuse %s\n", fuse_pkgversion());
	store_versions(ret_text);
	if (sandbox_lacks()[0])
		buffer_printf(ret_text, "seccomp%s\n", sandbox_lacks());
	if (uname(&kernel) == 0)
		buffer_printf(ret_text, "kernel %s %s %s\n", kernel.sysname, kernel.release, kernel.machine);
}

void version_log(const struct mount *mount)
{
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;

	version_libraries(&text);
	if (buffer_failed(&text) || text.size == 0)
		return;
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] == '\n')
			text.data[i] = i + 1 < text.size ? ';' : '\0';
	log_line(LOG_LEVEL_NOTICE,
		 "csmfs " CSMFS_VERSION " serves release %s of store %s; format %d; protocol %u.%u;%s",
		 filespace_release(mount->filespace), mount->store->uuid, STORE_FORMAT_VERSION,
		 mount->protocol_major, mount->protocol_minor, (const char *)text.data);
}
