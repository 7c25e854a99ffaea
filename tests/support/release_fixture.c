/*
 * Set-up shared by the tests of the level and system rooms.
 */
#include "tests/support/release_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "store/base/log.h"

static const char RELEASE[] = "720";

void release_open(struct release_fixture *fixture)
{
	struct engine engine = fixture->faulty ? engine_faulty_engine(fixture->faulty)
					       : fixture->inner;

	assert_int_equal(chunks_new(engine.blobs, 1 << 20, &fixture->chunks), 0);
	assert_int_equal(trees_open(engine.kv, fixture->chunks, &fixture->trees), 0);
	assert_int_equal(filespace_open(fixture->trees, RELEASE, &fixture->filespace), 0);
	assert_int_equal(systems_open(fixture->filespace, &fixture->systems), 0);
}

void release_close(struct release_fixture *fixture)
{
	systems_close(fixture->systems);
	filespace_close(fixture->filespace);
	trees_close(fixture->trees);
	chunks_free(fixture->chunks);
}

static void create_release(struct release_fixture *fixture)
{
	struct chunks *chunks;
	struct trees *trees;

	assert_int_equal(engine_memory_open(&fixture->inner), 0);
	assert_int_equal(chunks_new(fixture->inner.blobs, 0, &chunks), 0);
	assert_int_equal(trees_open(fixture->inner.kv, chunks, &trees), 0);
	assert_int_equal(filespace_create(trees, RELEASE), 0);
	trees_close(trees);
	chunks_free(chunks);
}

int release_setup(void **state)
{
	struct release_fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	create_release(fixture);
	release_open(fixture);
	*state = fixture;
	return 0;
}

int release_teardown(void **state)
{
	struct release_fixture *fixture = *state;

	release_close(fixture);
	engine_close(&fixture->inner);
	free(fixture);
	return 0;
}

void release_reopen(struct release_fixture *fixture)
{
	release_close(fixture);
	release_open(fixture);
}

/* ---- levels ---- */

struct level *level_at(struct release_fixture *fixture, const char *name)
{
	struct level *level;

	assert_int_equal(filespace_level(fixture->filespace, name, &level), 0);
	level_put(level);
	return level;
}

bool level_exists(struct release_fixture *fixture, const char *name)
{
	_cleanup_(cleanup_level) struct level *level = NULL;

	return filespace_level(fixture->filespace, name, &level) == 0;
}

struct level_info info_of(struct release_fixture *fixture, const char *name)
{
	struct level_info info;

	level_info(level_at(fixture, name), &info);
	return info;
}

void level_made(struct release_fixture *fixture, const char *name, const char *parent)
{
	struct level *level;

	assert_int_equal(level_add(fixture->filespace, name, TEST_UID, &level), 0);
	if (strcmp(parent, "BASE") != 0)
		assert_int_equal(level_set_basedon(level, parent, TEST_UID), 0);
	level_put(level);
}

static struct space *space_of(struct release_fixture *fixture, const char *level)
{
	struct space *space;

	assert_int_equal(level_space(level_at(fixture, level), &space), 0);
	return space;
}

static uint64_t component_of(struct space *space)
{
	uint64_t number = fixture_path(space, "CP");

	return number ? number : fixture_mkdir(space, INODE_BUILD, "CP");
}

void level_write(struct release_fixture *fixture, const char *level, const char *name,
		 const char *text)
{
	struct attr_change cut = { .set = SET_SIZE };
	struct space *space = space_of(fixture, level);
	uint64_t component = component_of(space);
	struct inode inode;

	if (space_lookup(space, component, name, &inode) == -ENOENT) {
		fixture_file(space, component, name, text);
		return;
	}
	assert_int_equal(space_setattr(space, inode.number, &cut, &inode), 0);
	fixture_write(space, inode.number, 0, text, strlen(text));
}

char *level_read(struct release_fixture *fixture, const char *level, const char *name)
{
	struct space *space = space_of(fixture, level);
	char path[NAME_LENGTH_MAX + 4];
	uint64_t number;

	snprintf(path, sizeof(path), "CP/%s", name);
	number = fixture_path(space, path);
	return number ? fixture_read(space, number) : strdup("");
}

int level_try_write(struct release_fixture *fixture, const char *level, const char *name)
{
	struct new_inode attributes = { .mode = S_IFDIR | 0755 };
	struct inode inode;
	int err = space_create(space_of(fixture, level), INODE_BUILD, name, &attributes, 0, &inode);

	return err == -EEXIST ? 0 : err;
}

int level_pack(struct release_fixture *fixture, const char *name, const char *against, uint8_t mark)
{
	_cleanup_(cleanup_view) struct view *view = NULL, *other = NULL;
	struct level *level = level_at(fixture, name);
	struct package_record record = { .built = { 1795557907, 5 }, .built_by = TEST_UID };
	int err;

	record.against = strcmp(against, "BASE") == 0 ? 0 : level_id(level_at(fixture, against));
	err = level_hold_still(level, record.against, &view, &record.content, &other);
	if (err)
		return err;
	memset(record.id.bytes, mark, sizeof(record.id.bytes));
	record.directory = fixture_path(filespace_files(fixture->filespace), name);
	if (!record.directory)
		record.directory =
			fixture_mkdir(filespace_files(fixture->filespace), INODE_BUILD, name);
	return level_record_package(level, &record, TEST_UID);
}

void level_made_stable(struct release_fixture *fixture, const char *level)
{
	assert_int_equal(level_set_lock(level_at(fixture, "BASE"), true, TEST_UID), 0);
	assert_int_equal(level_pack(fixture, level, "BASE", 1), 0);
	assert_int_equal(level_declare_stable(level_at(fixture, level), TEST_UID), 0);
}

int level_delete_at(struct release_fixture *fixture, const char *name)
{
	_cleanup_(cleanup_level) struct level *level = NULL;

	assert_int_equal(filespace_level(fixture->filespace, name, &level), 0);
	return level_delete(level, TEST_UID, systems_use_level, fixture->systems);
}

char *last_log_line(struct release_fixture *fixture)
{
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;
	const char *blank;
	char *line;
	size_t begin;

	assert_int_equal(oplog_text(filespace_oplog(fixture->filespace), &text), 0);
	if (text.size == 0)
		return strdup("");
	text.data[text.size - 1] = '\0'; /* the newline */
	for (begin = text.size - 1; begin > 0 && text.data[begin - 1] != '\n';)
		begin--;
	line = strdup((char *)text.data + begin);
	assert_non_null(line);
	blank = strchr(line, ' ');
	assert_non_null(blank);
	memmove(line, blank + 1, strlen(blank));
	return line;
}

/* ---- systems ---- */

struct system_info system_at(struct release_fixture *fixture, const char *name)
{
	struct system_info info;

	assert_int_equal(system_find(fixture->systems, name, &info), 0);
	return info;
}

const char *link_of(struct release_fixture *fixture, const char *system, enum system_link link)
{
	struct system_info info = system_at(fixture, system);
	struct level *level;

	if (!info.level[link])
		return "";
	assert_int_equal(filespace_level_by_id(fixture->filespace, info.level[link], &level), 0);
	level_put(level);
	return level_name(level);
}

/* ---- crashes ---- */

enum ending { PROCESS_ENDS = 0, POWER_IS_CUT = 1, ONE_CALL_FAILS = 2 };

static void check(const struct crash_case *crash, struct release_fixture *fixture, int result)
{
	bool is_new = crash->is_new(fixture);

	assert_true(is_new != crash->is_old(fixture));
	assert_true(is_new || result != 0);
}

/* One run that is struck at change n; false when there were fewer changes. */
static bool crash_at(const struct crash_case *crash, enum ending ending, uint64_t n)
{
	struct release_fixture fixture = { 0 };
	bool struck;
	int result;

	create_release(&fixture);
	assert_int_equal(engine_faulty_new(&fixture.inner, &fixture.faulty), 0);
	release_open(&fixture);
	if (crash->prepare)
		crash->prepare(&fixture);
	assert_int_equal(filespace_sync(fixture.filespace), 0);
	engine_faulty_strike(fixture.faulty, FAULT_CHANGES, n,
			     ending == ONE_CALL_FAILS ? FAULT_ONCE : FAULT_DEAD);
	result = crash->act(&fixture);
	struck = engine_faulty_struck(fixture.faulty);
	if (!struck || ending == ONE_CALL_FAILS)
		engine_faulty_strike(fixture.faulty, 0, 0, FAULT_NONE);
	/* the program goes on: what it shows must be what is stored */
	if (ending == ONE_CALL_FAILS)
		check(crash, &fixture, result);
	release_close(&fixture);
	if (ending == POWER_IS_CUT)
		assert_int_equal(engine_faulty_power_cut(fixture.faulty, 0), 0);
	engine_faulty_free(fixture.faulty);
	fixture.faulty = NULL;
	release_open(&fixture);
	check(crash, &fixture, result);
	release_close(&fixture);
	engine_close(&fixture.inner);
	return struck;
}

static void say_nothing(void *context, enum log_level level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
}

void release_crash(const struct crash_case *crash)
{
	log_inject(say_nothing, NULL); /* that the log lost lines is what was asked for */
	for (int ending = PROCESS_ENDS; ending <= ONE_CALL_FAILS; ending++) {
		uint64_t n = 1;

		while (crash_at(crash, ending, n))
			n++;
		assert_true(n > 1); /* at least the record's commit was struck once */
	}
	log_inject(NULL, NULL);
}
