/*
 * Random edits of several levels against a model that is slow and obviously right: every
 * level a full copy of its own. After each round listings, contents, differences and
 * digests of the two must agree, and fsck must be silent.
 */
#include "tests/support/tree_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"

enum { SPACES = 4, NAMES = 60, ROUNDS = 12, EDITS = 250 };

struct model_inode {
	int names; /* 0: free */
	uint32_t mode;
	char text[24];
};

/* Names are fixed slots: directory slot, letter. Slot 0 is the top. */
struct model_name {
	bool used;
	int dir; /* slot */
	char name[8];
	int inode; /* index */
};

struct model {
	struct model_name name[NAMES];
	struct model_inode inode[NAMES];
};

struct world {
	struct tree_fixture *fixture;
	uint32_t seed;
	struct space *space[SPACES];
	struct model *model[SPACES];
	uint32_t next_id;
};

static unsigned roll(struct world *world, unsigned sides)
{
	world->seed = world->seed * 1664525 + 1013904223;
	return (world->seed >> 10) % sides;
}

static bool is_dir(const struct model *model, int slot)
{
	return S_ISDIR(model->inode[model->name[slot].inode].mode);
}

static int find(const struct model *model, int dir, const char *name)
{
	for (int i = 1; i < NAMES; i++)
		if (model->name[i].used && model->name[i].dir == dir &&
		    strcmp(model->name[i].name, name) == 0)
			return i;
	return -1;
}

static int free_slot(const struct model *model)
{
	for (int i = 1; i < NAMES; i++)
		if (!model->name[i].used)
			return i;
	return -1;
}

static int free_inode(const struct model *model)
{
	for (int i = 1; i < NAMES; i++)
		if (model->inode[i].names == 0)
			return i;
	return -1;
}

/* A used slot, or 0 for the top. */
static int any_slot(struct world *world, const struct model *model)
{
	int slot = (int)roll(world, NAMES);

	while (slot > 0 && !model->name[slot].used)
		slot--;
	return slot;
}

static int any_dir(struct world *world, const struct model *model)
{
	int slot = any_slot(world, model);

	return slot == 0 || is_dir(model, slot) ? slot : model->name[slot].dir;
}

static void path_of(const struct model *model, int slot, char *ret_path, size_t size)
{
	char above[512] = "";

	if (slot == 0) {
		ret_path[0] = 0;
		return;
	}
	path_of(model, model->name[slot].dir, above, sizeof(above));
	snprintf(ret_path, size, "%s%s%s", above, above[0] ? "/" : "", model->name[slot].name);
}

static uint64_t number_of(struct world *world, int s, int slot)
{
	char path[512];

	path_of(world->model[s], slot, path, sizeof(path));
	return fixture_path(world->space[s], path);
}

static bool has_children(const struct model *model, int dir)
{
	for (int i = 1; i < NAMES; i++)
		if (model->name[i].used && model->name[i].dir == dir)
			return true;
	return false;
}

static bool is_below(const struct model *model, int slot, int dir)
{
	for (; dir; dir = model->name[dir].dir)
		if (dir == slot)
			return true;
	return false;
}

/* ---- the edits, each on both sides ---- */

static void edit_create(struct world *world, int s)
{
	struct model *model = world->model[s];
	struct new_inode new_inode = { .mode = roll(world, 3) ? S_IFREG | 0644 : S_IFDIR | 0755 };
	int dir = any_dir(world, model), slot = free_slot(model), inode_slot = free_inode(model),
	    err;
	struct inode inode;
	char name[8];

	snprintf(name, sizeof(name), "%c", 'a' + roll(world, 8));
	if (slot < 0 || inode_slot < 0)
		return;
	err = space_create(world->space[s], number_of(world, s, dir), name, &new_inode, 0, &inode);
	if (find(model, dir, name) >= 0) {
		assert_int_equal(err, -EEXIST);
		return;
	}
	assert_int_equal(err, 0);
	model->name[slot] = (struct model_name){ .used = true, .dir = dir, .inode = inode_slot };
	memcpy(model->name[slot].name, name, sizeof(name));
	model->inode[inode_slot] = (struct model_inode){ .names = 1, .mode = new_inode.mode };
}

static void edit_write(struct world *world, int s)
{
	struct model *model = world->model[s];
	int slot = any_slot(world, model);
	struct model_inode *inode = &model->inode[model->name[slot].inode];
	size_t offset;
	char byte = (char)('A' + roll(world, 3));

	if (slot == 0 || is_dir(model, slot))
		return;
	offset = roll(world, (unsigned)strlen(inode->text) + 1);
	if (offset + 1 >= sizeof(inode->text))
		return;
	fixture_write(world->space[s], number_of(world, s, slot), offset, &byte, 1);
	inode->text[offset] = byte;
}

static void edit_remove(struct world *world, int s)
{
	struct model *model = world->model[s];
	int slot = any_slot(world, model), err;
	uint64_t dir;

	if (slot == 0)
		return;
	dir = number_of(world, s, model->name[slot].dir);
	if (is_dir(model, slot)) {
		err = space_rmdir(world->space[s], dir, model->name[slot].name);
		assert_int_equal(err, has_children(model, slot) ? -ENOTEMPTY : 0);
		if (err)
			return;
	} else {
		assert_int_equal(space_unlink(world->space[s], dir, model->name[slot].name), 0);
	}
	model->inode[model->name[slot].inode].names--;
	model->name[slot].used = false;
}

static void edit_link(struct world *world, int s)
{
	struct model *model = world->model[s];
	int from = any_slot(world, model), dir = any_dir(world, model), slot = free_slot(model),
	    err;
	struct inode inode;
	char name[8];

	snprintf(name, sizeof(name), "%c", 'a' + roll(world, 8));
	if (from == 0 || slot < 0 || is_dir(model, from))
		return;
	err = space_link(world->space[s], number_of(world, s, from), number_of(world, s, dir), name,
			 0, &inode);
	assert_int_equal(err, find(model, dir, name) >= 0 ? -EEXIST : 0);
	if (err)
		return;
	model->name[slot] =
		(struct model_name){ .used = true, .dir = dir, .inode = model->name[from].inode };
	memcpy(model->name[slot].name, name, sizeof(name));
	model->inode[model->name[from].inode].names++;
}

static int rename_outcome(const struct model *model, int from, int dir, int to)
{
	if (to == from || (to >= 0 && model->name[to].inode == model->name[from].inode))
		return 1; /* nothing happens */
	if (is_dir(model, from) && is_below(model, from, dir))
		return -EINVAL;
	if (to < 0)
		return 0;
	if (is_dir(model, from) && !is_dir(model, to))
		return -ENOTDIR;
	if (!is_dir(model, from) && is_dir(model, to))
		return -EISDIR;
	return is_dir(model, to) && has_children(model, to) ? -ENOTEMPTY : 0;
}

static void edit_rename(struct world *world, int s)
{
	struct model *model = world->model[s];
	int from = any_slot(world, model), dir = any_dir(world, model), to, wanted, err;
	char name[8];

	snprintf(name, sizeof(name), "%c", 'a' + roll(world, 8));
	if (from == 0)
		return;
	to = find(model, dir, name);
	wanted = rename_outcome(model, from, dir, to);
	err = space_rename(world->space[s], number_of(world, s, model->name[from].dir),
			   model->name[from].name, number_of(world, s, dir), name, 0, 0);
	assert_int_equal(err, wanted == 1 ? 0 : wanted);
	if (wanted)
		return;
	if (to >= 0) {
		model->inode[model->name[to].inode].names--;
		model->name[to].used = false;
	}
	model->name[from].dir = dir;
	memcpy(model->name[from].name, name, sizeof(name));
}

static void edit_chmod(struct world *world, int s)
{
	struct model *model = world->model[s];
	struct attr_change change = { .set = SET_MODE, .mode = 0600 + roll(world, 64) };
	int slot = any_slot(world, model);
	struct model_inode *inode = &model->inode[model->name[slot].inode];
	struct inode after;

	if (slot == 0)
		return;
	assert_int_equal(space_setattr(world->space[s], number_of(world, s, slot), &change, &after),
			 0);
	inode->mode = (inode->mode & S_IFMT) | change.mode;
}

/* Space s becomes a new child of another one. */
static void edit_branch(struct world *world, int s)
{
	int parent = (int)roll(world, SPACES);

	if (parent == s)
		return;
	space_close(world->space[s]);
	world->space[s] = fixture_child(world->fixture, world->next_id++, world->space[parent]);
	*world->model[s] = *world->model[parent];
}

static void edit_one(struct world *world, int s)
{
	static void (*const edits[])(struct world *, int) = {
		edit_create, edit_create, edit_create, edit_write, edit_write,
		edit_remove, edit_link,	  edit_rename, edit_chmod,
	};

	if (roll(world, 60) == 0)
		edit_branch(world, s);
	else
		edits[roll(world, sizeof(edits) / sizeof(edits[0]))](world, s);
}

/* ---- comparing ---- */

static void render_model(const struct model *model, int dir, struct buffer *text)
{
	for (char letter = 'a'; letter <= 'h'; letter++) {
		char name[2] = { letter, 0 }, path[512];
		int slot = find(model, dir, name);

		if (slot < 0)
			continue;
		path_of(model, slot, path, sizeof(path));
		buffer_printf(text, "%s %o %s\n", path, model->inode[model->name[slot].inode].mode,
			      model->inode[model->name[slot].inode].text);
		if (is_dir(model, slot))
			render_model(model, slot, text);
	}
}

struct walk {
	struct space *space;
	const char *above;
	struct buffer *text;
};

static int render_entry(void *context, const char *name, uint64_t number, uint32_t type)
{
	struct walk *walk = context;
	struct inode inode = fixture_inode(walk->space, number);
	_cleanup_(cleanup_view) struct view *view = space_view(walk->space);
	_cleanup_free_ char *bytes = S_ISREG(inode.mode) ? fixture_read(walk->space, number) : NULL;
	char path[512];
	struct walk below = { walk->space, path, walk->text };

	assert_int_equal(type, inode.mode & S_IFMT);
	snprintf(path, sizeof(path), "%s%s%s", walk->above, walk->above[0] ? "/" : "", name);
	buffer_printf(walk->text, "%s %o %s\n", path, inode.mode, bytes ? bytes : "");
	return S_ISDIR(inode.mode) ? view_list(view, number, render_entry, &below) : 0;
}

static char *render_space(struct space *space)
{
	_cleanup_(cleanup_view) struct view *view = space_view(space);
	struct buffer text = BUFFER_INIT;
	struct walk walk = { space, "", &text };

	assert_int_equal(view_list(view, INODE_BUILD, render_entry, &walk), 0);
	return buffer_detach_text(&text);
}

static char *model_text(const struct model *model)
{
	struct buffer text = BUFFER_INIT;

	render_model(model, 0, &text);
	return buffer_detach_text(&text);
}

/* The line of path in a rendered text, or NULL. */
static const char *line_of(const char *text, const char *path)
{
	size_t size = strlen(path);

	for (; text && text[0]; text = strchr(text, '\n') + 1)
		if (strncmp(text, path, size) == 0 && text[size] == ' ')
			return text;
	return NULL;
}

struct diff_check {
	const char *a, *b; /* rendered */
	size_t added, changed;
};

static bool same_line(const char *a, const char *b)
{
	size_t size = strcspn(a, "\n");

	return size == strcspn(b, "\n") && strncmp(a, b, size) == 0;
}

static int check_entry(void *context, const struct diff_entry *entry)
{
	struct diff_check *check = context;
	const char *a = line_of(check->a, entry->path), *b = line_of(check->b, entry->path);

	switch (entry->kind) {
	case DIFF_ADDED:
		assert_non_null(b);
		check->added++;
		break;
	case DIFF_DELETED:
		assert_non_null(a);
		break;
	case DIFF_CHANGED:
		assert_true(a && b && !same_line(a, b));
		check->changed++;
		break;
	case DIFF_TIMES:
		assert_true(a && b && same_line(a, b));
		break;
	}
	return 0;
}

/* Lines of b that are new, and lines of both that differ, counted from the texts. */
static void count_by_text(const char *a, const char *b, size_t *ret_added, size_t *ret_changed)
{
	*ret_added = *ret_changed = 0;
	for (const char *line = b; line[0]; line = strchr(line, '\n') + 1) {
		char path[512];
		size_t size = strcspn(line, " ");
		const char *other;

		memcpy(path, line, size);
		path[size] = 0;
		other = line_of(a, path);
		/* a directory became a file, or the other way: deleted and added */
		if (!other || (other[size + 1] == '4') != (line[size + 1] == '4'))
			++*ret_added;
		else if (!same_line(other, line))
			++*ret_changed;
	}
}

static void compare_pair(struct world *world, int i, int j)
{
	_cleanup_(cleanup_view) struct view *a = space_view(world->space[i]),
					    *b = space_view(world->space[j]);
	_cleanup_free_ char *text_a = model_text(world->model[i]),
			    *text_b = model_text(world->model[j]);
	struct diff_check check = { .a = text_a, .b = text_b };
	struct digest digest_a = fixture_digest(world->space[i]),
		      digest_b = fixture_digest(world->space[j]);
	size_t added, changed;

	assert_int_equal(view_diff(a, b, INODE_BUILD, check_entry, &check), 0);
	count_by_text(text_a, text_b, &added, &changed);
	assert_int_equal(check.added, added);
	assert_int_equal(check.changed, changed);
	assert_int_equal(digest_equal(&digest_a, &digest_b), strcmp(text_a, text_b) == 0);
}

static void compare_all(struct world *world)
{
	for (int i = 0; i < SPACES; i++) {
		_cleanup_free_ char *wanted = model_text(world->model[i]);
		_cleanup_free_ char *found = render_space(world->space[i]);

		assert_string_equal(found, wanted);
	}
	for (int i = 0; i < SPACES; i++)
		for (int j = 0; j < SPACES; j++)
			compare_pair(world, i, j);
	fixture_verify(world->fixture);
}

static void run(void **state, uint32_t seed)
{
	struct world world = { .fixture = *state, .seed = seed, .next_id = 100 };

	for (int i = 0; i < SPACES; i++) {
		world.model[i] = calloc(1, sizeof(*world.model[i]));
		assert_non_null(world.model[i]);
		world.space[i] = fixture_space(world.fixture, world.next_id++, VERSION_NONE);
	}
	for (int round = 0; round < ROUNDS; round++) {
		for (int edit = 0; edit < EDITS; edit++)
			edit_one(&world, (int)roll(&world, SPACES));
		while (trees_reap(world.fixture->trees) > 0)
			;
		compare_all(&world);
	}
	for (int i = 0; i < SPACES; i++) {
		space_close(world.space[i]);
		free(world.model[i]);
	}
}

static void random_edits__agree_with_the_model_seed_1(void **state)
{
	run(state, 1);
}

static void random_edits__agree_with_the_model_seed_2(void **state)
{
	run(state, 2);
}

static void random_edits__agree_with_the_model_seed_3(void **state)
{
	run(state, 3);
}

/* One more seed from outside, for long runs: CSMFS_SEED. */
static void random_edits__agree_with_the_model_seed_from_outside(void **state)
{
	const char *seed = getenv("CSMFS_SEED");

	run(state, seed ? (uint32_t)strtoul(seed, NULL, 10) : 4);
}

#define BEHAVIOUR(f) cmocka_unit_test_setup_teardown(f, tree_fixture_setup, tree_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BEHAVIOUR(random_edits__agree_with_the_model_seed_1),
		BEHAVIOUR(random_edits__agree_with_the_model_seed_2),
		BEHAVIOUR(random_edits__agree_with_the_model_seed_3),
		BEHAVIOUR(random_edits__agree_with_the_model_seed_from_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
