/*
 * Values of control attributes: the first byte of the input chooses the attribute, the rest is
 * the value. What is taken is read back as it was given, and leaves the tables as they were but
 * for the one record: no value can forge a line of SVCSTAT or SYSSTAT.
 *
 * One file space serves the whole run; after each input it is as before.
 */
#include "fs/control.h"

#include <errno.h>
#include <strings.h>

#include "fs/protocol.h"
#include "tests/fuzz/fuzz.h"

static struct mount *mount;
static struct place level_place, system_place;

static void open_places(void)
{
	struct store *store;
	struct level *level;
	struct system_info info;

	if (mount)
		return;
	MUST(store_open_memory("720", &store) == 0);
	MUST(mount_open(store, "720", NULL, &mount) == 0);
	MUST(level_add(mount->filespace, "L", 0, &level) == 0);
	MUST(place_open(mount, node_id(NODE_LEVEL, level_id(level), LEVEL_DIRECTORY), &level_place) == 0);
	level_put(level);
	MUST(system_add(mount->systems, "vm01", 0, &info) == 0);
	MUST(place_open(mount, node_id(NODE_SYSTEM, info.id, SYSTEM_DIRECTORY), &system_place) == 0);
}

static int set(struct place *place, const char *attribute, const struct slice *value)
{
	struct call call = { .mount = mount };
	int code = control_set(&call, place, attribute, value);

	notes_release(&call.notes);
	return code;
}

/* Lines and empty lines of both tables. */
static void count_lines(size_t *ret_lines, size_t *ret_records)
{
	struct buffer text = BUFFER_INIT;

	MUST(filespace_svcstat(mount->filespace, &text) == 0);
	MUST(systems_sysstat(mount->systems, &text) == 0);
	*ret_lines = *ret_records = 0;
	for (size_t i = 0; i < text.size; i++) {
		*ret_lines += text.data[i] == '\n';
		*ret_records += text.data[i] == '\n' && (i == 0 || text.data[i - 1] == '\n');
		MUST(text.data[i] == '\n' || (text.data[i] >= 0x20 && text.data[i] != 0x7f));
	}
	buffer_release(&text);
}

/* Words are read back in the table's spelling; all else byte for byte. */
static void check_read(struct place *place, const struct control *control, const char *attribute,
		       struct slice value)
{
	struct buffer got = BUFFER_INIT;
	int code = control_get(place, attribute, &got);

	if (value.size > 0 && ((const char *)value.data)[value.size - 1] == '\n')
		value.size--;
	if (value.size == 0) {
		MUST(strcmp(control->name, PROTOCOL_DESCRIPTION) == 0 && code == -ENODATA);
	} else {
		MUST(code == 0 && got.size == value.size);
		MUST(strncasecmp((const char *)got.data, value.data, value.size) == 0);
	}
	buffer_release(&got);
}

static void take_back(struct place *place, const char *attribute)
{
	static const struct slice off = { "off", 3 };

	if (strcmp(attribute, PROTOCOL_PREFIX PROTOCOL_LOCK) == 0)
		MUST(set(place, attribute, &off) == 0);
	else if (strcmp(attribute, PROTOCOL_PREFIX PROTOCOL_BASEDON) != 0 &&
		 strcmp(attribute, PROTOCOL_PREFIX PROTOCOL_STATE) != 0)
		set(place, attribute, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count, lines, records, lines_after, records_after;
	const struct control *control = control_table(&count);
	struct place *place;
	struct slice value;
	char attribute[64];
	int code;

	if (size == 0 || data[0] >= count)
		return 0;
	open_places();
	control += data[0];
	if (control->where == CONTROL_TREE)
		return 0;
	place = control->where == CONTROL_LEVEL ? &level_place : &system_place;
	value = slice_of(data + 1, size - 1);
	snprintf(attribute, sizeof(attribute), PROTOCOL_PREFIX "%s", control->name);
	count_lines(&lines, &records);
	code = set(place, attribute, &value);
	count_lines(&lines_after, &records_after);
	MUST(records == records_after);
	if (code == 0)
		check_read(place, control, attribute, value);
	else
		MUST(lines == lines_after);
	take_back(place, attribute);
	return 0;
}
