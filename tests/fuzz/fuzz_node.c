/*
 * Node ids as an NFS client or open_by_handle_at() brings them: eight bytes of a stranger.
 * What is taken is the one number that names it, and opening it is an answer or a refusal.
 */
#include "fs/node.h"

#include "fs/place.h"
#include "tests/fuzz/fuzz.h"

/* One file space for the whole run; it is only looked at. */
static struct mount *mount_of_run(void)
{
	static struct mount *mount;
	struct store *store;
	struct level *level;
	struct system_info info;

	if (mount)
		return mount;
	MUST(store_open_memory("720", &store) == 0);
	MUST(mount_open(store, "720", NULL, &mount) == 0);
	MUST(level_add(mount->filespace, "L", 0, &level) == 0);
	level_put(level);
	MUST(system_add(mount->systems, "vm01", 0, &info) == 0);
	return mount;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct place place = { 0 };
	struct node node;
	uint64_t id;

	if (size != 8)
		return 0;
	id = get_le64(data);
	if (node_parse(id, &node) == 0)
		MUST(node_id(node.kind, node.owner, node.number) == id);
	if (place_open(mount_of_run(), id, &place) == 0)
		place_release(&place);
	return 0;
}
