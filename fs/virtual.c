/*
 * The table of virtual files. Their size is that of the text they would have now: programs that
 * trust st_size (an NFS client, rsync) then read all of it. Who may not read all of the log finds
 * its end earlier.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/control.h"
#include "fs/node.h"
#include "fs/package_dir.h"
#include "fs/protocol.h"
#include "fs/version.h"
#include "fs/virtual.h"
#include "store/upkeep/scrub.h"

static int render_svcstat(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	return filespace_svcstat(mount->filespace, ret_text);
}

static int render_sysstat(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	return systems_sysstat(mount->systems, ret_text);
}

static int render_log(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	return oplog_text_for(filespace_oplog(mount->filespace), uid, ret_text);
}

static int render_metrics(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	return metrics_text(mount, ret_text);
}

static int render_progress(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	package_dir_progress(mount, ret_text);
	return 0;
}

static int render_version(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	buffer_printf(ret_text, "csmfs %s\nformat %d\nrelease %s\nuuid %s\n", CSMFS_VERSION, STORE_FORMAT_VERSION,
		      filespace_release(mount->filespace), mount->store->uuid);
	buffer_printf(ret_text, "protocol %u.%u\n", mount->protocol_major, mount->protocol_minor);
	version_libraries(ret_text);
	return 0;
}

static int render_key(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	return mount->store->key ? sign_key_public(mount->store->key, ret_text) : 0;
}

static int render_scrub(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	(void)uid;
	return scrub_text(mount->scrub, ret_text);
}

/* They name files, also in directories that are closed to others. */
static int render_scrub_findings(struct mount *mount, uint32_t uid, struct buffer *ret_text)
{
	return uid ? -EACCES : scrub_findings_text(mount->scrub, ret_text);
}

static const struct virtual table[] = {
	{ 1, FIXED_ROOT, PROTOCOL_SVCSTAT, render_svcstat },
	{ 2, FIXED_ROOT, PROTOCOL_SYSSTAT, render_sysstat },
	{ 3, FIXED_CONTROL, PROTOCOL_LOG, render_log },
	{ 4, FIXED_CONTROL, PROTOCOL_METRICS, render_metrics },
	{ 5, FIXED_CONTROL, PROTOCOL_PROGRESS, render_progress },
	{ 6, FIXED_CONTROL, PROTOCOL_VERSION, render_version },
	{ 7, FIXED_CONTROL, PROTOCOL_KEY, render_key },
	{ 10, FIXED_CONTROL, PROTOCOL_SCRUB, render_scrub },
	{ 11, FIXED_CONTROL, PROTOCOL_SCRUB_FINDINGS, render_scrub_findings },
};

#define TABLE_COUNT (sizeof(table) / sizeof(table[0]))

const struct virtual *virtual_table(size_t *ret_count)
{
	*ret_count = TABLE_COUNT;
	return table;
}

const struct virtual *virtual_named(uint64_t directory, const char *name)
{
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (table[i].directory == directory && strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

const struct virtual *virtual_numbered(uint64_t number)
{
	for (size_t i = 0; i < TABLE_COUNT; i++)
		if (table[i].number == number)
			return &table[i];
	return NULL;
}

int virtual_text(struct mount *mount, uint64_t number, uint32_t uid, struct buffer *ret_text)
{
	const struct virtual *file = virtual_numbered(number);
	int err = file ? file->render(mount, uid, ret_text) : -CSM_STALE;

	return err || !buffer_failed(ret_text) ? err : -ENOMEM;
}

/* Some are control files as well. */
static mode_t mode_of(const struct virtual *file)
{
	const struct control *control =
		file->directory == FIXED_CONTROL ? control_named(CONTROL_ROOT, file->name) : NULL;

	return control && control->set ? 0644 : 0444;
}

int virtual_stat(struct mount *mount, uint64_t number, struct stat *ret_stat)
{
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;
	int err = virtual_text(mount, number, 0, &text);

	if (err)
		return err;
	ret_stat->st_mode = S_IFREG | mode_of(virtual_numbered(number));
	ret_stat->st_nlink = 1;
	ret_stat->st_size = (off_t)text.size;
	clock_gettime(CLOCK_REALTIME, &ret_stat->st_mtim);
	ret_stat->st_atim = ret_stat->st_ctim = ret_stat->st_mtim;
	return 0;
}
