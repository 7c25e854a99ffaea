/*
 * Control attributes on a file space in memory: where each is, what it takes, what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/control.h"
#include "fs/protocol.h"

struct fixture {
	struct store *store;
	struct mount *mount;
	struct place level, system, tree, root;
};

static uint64_t level_node(struct mount *mount, const char *name)
{
	_cleanup_(cleanup_level) struct level *level = NULL;

	if (filespace_level(mount->filespace, name, &level))
		assert_int_equal(level_add(mount->filespace, name, 0, &level), 0);
	return node_id(NODE_LEVEL, level_id(level), LEVEL_DIRECTORY);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct system_info info;
	struct node node;

	assert_non_null(fixture);
	*state = fixture;
	assert_int_equal(store_open_memory("720", &fixture->store), 0);
	assert_int_equal(mount_open(fixture->store, "720", NULL, &fixture->mount), 0);
	assert_int_equal(place_open(fixture->mount, level_node(fixture->mount, "L"), &fixture->level), 0);
	assert_int_equal(system_add(fixture->mount->systems, "vm01", 0, &info), 0);
	assert_int_equal(place_open(fixture->mount, node_id(NODE_SYSTEM, info.id, SYSTEM_DIRECTORY), &fixture->system),
			 0);
	assert_int_equal(node_parse(level_node(fixture->mount, "L"), &node), 0);
	assert_int_equal(place_open(fixture->mount, node_id(NODE_TREE, node.owner, INODE_BUILD), &fixture->tree), 0);
	assert_int_equal(place_open(fixture->mount, FIXED_ROOT, &fixture->root), 0);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	place_release(&fixture->level);
	place_release(&fixture->system);
	place_release(&fixture->tree);
	place_release(&fixture->root);
	mount_close(fixture->mount);
	store_close(fixture->store);
	free(fixture);
	return 0;
}

static int set(struct fixture *fixture, struct place *place, const char *attribute, const char *value)
{
	struct call call = { .mount = fixture->mount };
	struct slice bytes = slice_text(value ? value : "");
	int code = control_set(&call, place, attribute, value ? &bytes : NULL);

	notes_release(&call.notes);
	return code;
}

static void assert_value(struct place *place, const char *attribute, const char *expected)
{
	struct buffer value = BUFFER_INIT;

	assert_int_equal(control_get(place, attribute, &value), 0);
	buffer_u8(&value, 0);
	assert_string_equal((char *)value.data, expected);
	buffer_release(&value);
}

static void assert_none(struct place *place, const char *attribute)
{
	struct buffer value = BUFFER_INIT;

	assert_int_equal(error_errno(control_get(place, attribute, &value)), ENODATA);
	buffer_release(&value);
}

/* True when the control log has text. */
static bool logged(struct fixture *fixture, const char *text)
{
	struct buffer log = BUFFER_INIT;
	bool found;

	assert_int_equal(oplog_text(filespace_oplog(fixture->mount->filespace), &log), 0);
	buffer_u8(&log, 0);
	found = strstr((char *)log.data, text) != NULL;
	buffer_release(&log);
	return found;
}

/* ---- the table ---- */

static void table__has_one_row_for_a_name_at_a_place_and_no_number_twice(void **state)
{
	size_t count;
	const struct control *table = control_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++) {
			assert_int_not_equal(table[i].number, table[j].number);
			assert_false(table[i].where == table[j].where && strcmp(table[i].name, table[j].name) == 0);
		}
}

static void table__has_every_attribute_that_the_system_room_knows(void **state)
{
	(void)state;
	for (const char *const *name = system_attributes(); *name; name++)
		assert_non_null(control_named(CONTROL_SYSTEM, *name));
}

static void table__is_found_by_number_as_by_name(void **state)
{
	size_t count;
	const struct control *table = control_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		assert_ptr_equal(control_numbered(table[i].where, table[i].number),
				 control_named(table[i].where, table[i].name));
}

/* ---- levels ---- */

static void level__shows_what_it_is_after_mkdir(void **state)
{
	struct fixture *fixture = *state;

	assert_value(&fixture->level, "user.csmfs.basedon", "BASE");
	assert_value(&fixture->level, "user.csmfs.lock", "off");
	assert_value(&fixture->level, "user.csmfs.state", "TEST");
	assert_value(&fixture->level, "user.csmfs.esm", "NONESM");
	assert_none(&fixture->level, "user.csmfs.description");
}

static void lock__takes_on_and_off_in_any_case(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(set(fixture, &fixture->level, "user.csmfs.lock", "On"), 0);
	assert_value(&fixture->level, "user.csmfs.lock", "on");
	assert_int_equal(set(fixture, &fixture->level, "user.csmfs.lock", "OFF"), 0);
	assert_value(&fixture->level, "user.csmfs.lock", "off");
}

static void lock__refuses_other_words_and_says_so_in_the_log(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(set(fixture, &fixture->level, "user.csmfs.lock", "maybe"), -CSM_VALUE_BAD);
	assert_int_equal(set(fixture, &fixture->level, "user.csmfs.lock", NULL), -CSM_VALUE_BAD);
	assert_value(&fixture->level, "user.csmfs.lock", "off");
	assert_true(logged(fixture, "lock L refused VALUE_BAD"));
}

static void description__is_kept_without_the_newline_of_echo_and_taken_away(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(set(fixture, &fixture->level, "user.csmfs.description", "August RSU\n"), 0);
	assert_value(&fixture->level, "user.csmfs.description", "August RSU");
	assert_int_equal(set(fixture, &fixture->level, "user.csmfs.description", NULL), 0);
	assert_none(&fixture->level, "user.csmfs.description");
}

static void value__with_a_nul_in_it_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct call call = { .mount = fixture->mount };
	struct slice bytes = slice_of("on\0off", 6);

	assert_int_equal(control_set(&call, &fixture->level, "user.csmfs.lock", &bytes), -CSM_VALUE_BAD);
}

static void state__stays_test_without_a_package(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(set(fixture, &fixture->level, "user.csmfs.state", "TEST"), 0);
	assert_int_equal(set(fixture, &fixture->level, "user.csmfs.state", "STABLE"), -CSM_PACKAGE_MISSING);
	assert_int_equal(set(fixture, &fixture->level, "user.csmfs.state", "GOLD"), -CSM_VALUE_BAD);
	assert_value(&fixture->level, "user.csmfs.state", "TEST");
}

static void basedon__names_everything_at_the_top_for_the_kernel_to_forget(void **state)
{
	struct fixture *fixture = *state;
	struct call call = { .mount = fixture->mount };
	struct slice value = slice_text("BASE");
	bool entry = false, content = false;

	assert_int_equal(set(fixture, &fixture->level, "user.csmfs.basedon", "NOWHERE"), -CSM_LEVEL_UNKNOWN);
	assert_int_equal(control_set(&call, &fixture->level, "user.csmfs.basedon", &value), 0);
	for (struct note *note = call.notes.first; note; note = note->next) {
		entry |= note->kind == NOTE_ENTRY;
		content |= note->kind == NOTE_CONTENT && note->node == fixture->tree.id;
	}
	assert_true(content);
	assert_false(entry); /* BASE is empty */
	notes_release(&call.notes);
}

static void digest__is_read_on_levels_and_trees_and_never_set(void **state)
{
	struct fixture *fixture = *state;
	struct buffer level = BUFFER_INIT, tree = BUFFER_INIT;

	assert_int_equal(control_get(&fixture->level, "user.csmfs.digest", &level), 0);
	assert_int_equal(level.size, 64);
	assert_int_equal(control_get(&fixture->tree, "user.csmfs.digest", &tree), 0);
	assert_int_equal(tree.size, 64);
	assert_int_equal(set(fixture, &fixture->level, "user.csmfs.digest", "0"), -CSM_ATTRIBUTE_READ_ONLY);
	assert_int_equal(set(fixture, &fixture->tree, "user.csmfs.digest", "0"), -CSM_ATTRIBUTE_READ_ONLY);
	buffer_release(&level);
	buffer_release(&tree);
}

/* ---- systems and others ---- */

static void system__has_its_attributes_once_they_are_set(void **state)
{
	struct fixture *fixture = *state;

	assert_none(&fixture->system, "user.csmfs.host");
	assert_int_equal(set(fixture, &fixture->system, "user.csmfs.host", "vm01.example.com"), 0);
	assert_value(&fixture->system, "user.csmfs.host", "vm01.example.com");
	assert_int_equal(set(fixture, &fixture->system, "user.csmfs.port", "0"), -CSM_VALUE_BAD);
	assert_int_equal(set(fixture, &fixture->system, "user.csmfs.host", NULL), 0);
	assert_none(&fixture->system, "user.csmfs.host");
}

static void unknown__attributes_are_refused_wherever_they_are(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(set(fixture, &fixture->level, "user.csmfs.colour", "red"), -CSM_ATTRIBUTE_UNKNOWN);
	assert_int_equal(set(fixture, &fixture->level, "user.csmfs.host", "x"), -CSM_ATTRIBUTE_UNKNOWN);
	assert_int_equal(set(fixture, &fixture->system, "user.csmfs.lock", "on"), -CSM_ATTRIBUTE_UNKNOWN);
	assert_int_equal(set(fixture, &fixture->tree, "user.csmfs.lock", "on"), -CSM_ATTRIBUTE_UNKNOWN);
	assert_int_equal(set(fixture, &fixture->root, "user.csmfs.lock", "on"), -CSM_ATTRIBUTE_UNKNOWN);
	assert_true(logged(fixture, "refused ATTRIBUTE_UNKNOWN"));
	assert_none(&fixture->tree, "user.csmfs.lock");
}

static void control_file__reads_as_the_value_and_a_newline(void **state)
{
	struct fixture *fixture = *state;
	struct buffer text = BUFFER_INIT;

	assert_int_equal(control_file_text(&fixture->level, control_named(CONTROL_LEVEL, "lock"), &text), 0);
	assert_int_equal(text.size, 4);
	assert_memory_equal(text.data, "off\n", 4);
	buffer_clear(&text);
	assert_int_equal(control_file_text(&fixture->level, control_named(CONTROL_LEVEL, "description"), &text), 0);
	assert_int_equal(text.size, 0);
	buffer_release(&text);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table__has_one_row_for_a_name_at_a_place_and_no_number_twice),
		cmocka_unit_test(table__has_every_attribute_that_the_system_room_knows),
		cmocka_unit_test(table__is_found_by_number_as_by_name),
		TEST(level__shows_what_it_is_after_mkdir),
		TEST(lock__takes_on_and_off_in_any_case),
		TEST(lock__refuses_other_words_and_says_so_in_the_log),
		TEST(description__is_kept_without_the_newline_of_echo_and_taken_away),
		TEST(value__with_a_nul_in_it_is_refused),
		TEST(state__stays_test_without_a_package),
		TEST(basedon__names_everything_at_the_top_for_the_kernel_to_forget),
		TEST(digest__is_read_on_levels_and_trees_and_never_set),
		TEST(system__has_its_attributes_once_they_are_set),
		TEST(unknown__attributes_are_refused_wherever_they_are),
		TEST(control_file__reads_as_the_value_and_a_newline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
