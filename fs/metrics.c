/*
 * The text of /.csmfs/metrics in the form Prometheus reads: for each metric its help, its type
 * and its values. Rooms count; here the counts are asked for and printed.
 */
#include <errno.h>
#include <inttypes.h>

#include "fs/handover.h"
#include "fs/metrics.h"
#include "fs/mount.h"
#include "store/upkeep/scrub.h"

static const char *const message_names[MESSAGE_COUNT] = {
#define MESSAGE_NAME(name) [MESSAGE_##name] = #name,
	MESSAGES(MESSAGE_NAME)
#undef MESSAGE_NAME
};

static void add_head(struct buffer *text, const char *name, const char *type, const char *help)
{
	buffer_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_counter(struct buffer *text, const char *name, const char *help, uint64_t value)
{
	add_head(text, name, "counter", help);
	buffer_printf(text, "%s %" PRIu64 "\n", name, value);
}

static void add_gauge(struct buffer *text, const char *name, const char *help, uint64_t value)
{
	add_head(text, name, "gauge", help);
	buffer_printf(text, "%s %" PRIu64 "\n", name, value);
}

static void add_messages(struct metrics *metrics, struct buffer *text)
{
	add_head(text, "csmfs_messages_total", "counter", "Messages from the kernel, by operation.");
	for (int i = 0; i < MESSAGE_COUNT; i++)
		buffer_printf(text, "csmfs_messages_total{op=\"%s\"} %" PRIu64 "\n", message_names[i],
			      (uint64_t)atomic_load(&metrics->messages[i]));
	add_counter(text, "csmfs_notifications_total", "Names and inodes the kernel was told to forget.",
		    atomic_load(&metrics->notifications));
	add_counter(text, "csmfs_bytes_read_total", "Bytes of files given to the kernel.",
		    atomic_load(&metrics->bytes_read));
	add_counter(text, "csmfs_bytes_written_total", "Bytes of files taken from the kernel.",
		    atomic_load(&metrics->bytes_written));
}

static void add_workers(const struct handover *handover, struct buffer *text)
{
	add_counter(text, "csmfs_worker_starts_total", "Workers that were started for this mount.",
		    handover->head->workers);
}

static void add_trees(struct trees *trees, struct buffer *text)
{
	struct trees_stats stats;

	trees_stats(trees, &stats);
	add_counter(text, "csmfs_commits_total", "Changes committed.", stats.commits);
	add_counter(text, "csmfs_rows_read_total", "Rows asked for.", stats.rows_read);
	add_counter(text, "csmfs_garbage_total", "Chunks collected.", stats.garbage);
	add_gauge(text, "csmfs_open_files", "Files open now.", stats.open_files);
	add_gauge(text, "csmfs_dirty_bytes", "Bytes written and not yet stored.", stats.dirty_bytes);
}

static void add_chunks(struct chunks *chunks, struct buffer *text)
{
	struct chunks_stats stats;

	chunks_stats(chunks, &stats);
	add_counter(text, "csmfs_cache_hits_total", "Chunks read from memory.", stats.cache_hits);
	add_counter(text, "csmfs_chunks_read_total", "Chunks read.", stats.gets);
	add_counter(text, "csmfs_chunks_written_total", "Chunks given to be stored.", stats.puts);
	add_counter(text, "csmfs_chunks_stored_total", "Chunks stored because they were not there.",
		    stats.puts_new);
	add_counter(text, "csmfs_chunk_bytes_total", "Bytes given to be stored.", stats.bytes_in);
	add_counter(text, "csmfs_chunk_bytes_stored_total", "Bytes stored, after compression.",
		    stats.bytes_stored);
	add_counter(text, "csmfs_chunks_corrupt_total", "Chunks that did not match their digest.",
		    stats.corrupt);
}

static void add_engine(const struct engine *engine, struct buffer *text)
{
	struct kv_stats rows;
	struct blobs_stats blobs;

	kv_stats(engine->kv, &rows);
	blobs_stats(engine->blobs, &blobs);
	add_counter(text, "csmfs_syncs_total", "Writes to the disk that were waited for.", rows.syncs);
	add_gauge(text, "csmfs_store_bytes", "Bytes the store has on disk.", rows.disk_bytes + blobs.disk_bytes);
	add_gauge(text, "csmfs_engine_memory_bytes", "Bytes the engine has in memory.", rows.memory_bytes);
}

static void add_scrub(struct scrub *scrub, struct buffer *text)
{
	struct scrub_stats stats;

	scrub_stats(scrub, &stats);
	add_gauge(text, "csmfs_scrub_running", "Whether a scrub is at work.", stats.running);
	add_gauge(text, "csmfs_scrub_chunks", "Chunks that the last scrub looked at.", stats.chunks);
	add_gauge(text, "csmfs_scrub_bytes", "Bytes that the last scrub read.", stats.bytes);
	add_gauge(text, "csmfs_scrub_findings", "Findings of the last scrub.", stats.findings);
}

int metrics_text(struct mount *mount, struct buffer *ret_text)
{
	add_messages(&mount->metrics, ret_text);
	add_workers(mount->handover, ret_text);
	add_trees(mount->store->trees, ret_text);
	add_chunks(mount->store->chunks, ret_text);
	add_engine(&mount->store->engine, ret_text);
	add_scrub(mount->scrub, ret_text);
	return buffer_failed(ret_text) ? -ENOMEM : 0;
}
