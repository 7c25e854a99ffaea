/*
 * Blocks inside an edit: the forms of content, map rows over versions, references.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/content.h"

static struct content_store store;

static int setup(void **state)
{
	(void)state;
	content_store_open(&store);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	content_store_close(&store);
	return 0;
}

static version_id tip_now(void)
{
	return store.space->view->ids[0];
}

static void seal(void)
{
	version_id base;

	assert_int_equal(space_seal(store.space, NULL, NULL, &base), 0);
}

/* Chunks as long as blocks of a file of size bytes must be; text picks the bytes. */
static struct digest chunk(uint64_t size, uint64_t block, uint64_t seed)
{
	static uint8_t data[BLOCK_SIZE];
	size_t length = block_length(size, block);
	struct digest digest;

	content_fill(data, length, seed);
	assert_int_equal(block_put(store.chunks, data, length, &digest), 0);
	return digest;
}

/* Sets blocks of a file to chunks made from seed, seed + 1 and so on; seed 0: holes. */
static void set_blocks(uint64_t number, uint64_t size, uint64_t first, size_t count, uint64_t seed)
{
	_cleanup_(cleanup_edit) struct edit edit;
	struct digest digests[200] = { 0 };
	struct inode *inode;

	chunks_enter(store.chunks);
	for (size_t i = 0; seed && i < count; i++)
		digests[i] = chunk(size, first + i, seed + i);
	assert_int_equal(edit_begin(&edit, store.space), 0);
	assert_int_equal(edit_inode(&edit, number, &inode), 0);
	assert_int_equal(edit_set_size(&edit, inode, size), 0);
	assert_int_equal(edit_set_blocks(&edit, inode, first, digests, count), 0);
	assert_int_equal(edit_commit(&edit), 0);
	chunks_leave(store.chunks);
}

static void set_size(uint64_t number, uint64_t size)
{
	_cleanup_(cleanup_edit) struct edit edit;
	struct inode *inode;

	assert_int_equal(edit_begin(&edit, store.space), 0);
	assert_int_equal(edit_inode(&edit, number, &inode), 0);
	assert_int_equal(edit_set_size(&edit, inode, size), 0);
	assert_int_equal(edit_commit(&edit), 0);
}

static bool has_block(uint64_t number, uint64_t block)
{
	_cleanup_(cleanup_view) struct view *view = space_view(store.space);
	struct inode inode = content_inode(&store, number);
	struct digest digest;

	assert_int_equal(view_block(view, &inode, block, &digest), 0);
	return !digest_is_zero(&digest);
}

/* ---- forms ---- */

static void block_put__of_zeros_is_a_hole(void **state)
{
	static const uint8_t zeros[BLOCK_SIZE];
	struct digest digest;

	(void)state;
	assert_int_equal(block_put(store.chunks, zeros, 1, &digest), 0);
	assert_true(digest_is_zero(&digest));
	assert_int_equal(block_put(store.chunks, zeros, sizeof(zeros), &digest), 0);
	assert_true(digest_is_zero(&digest));
	assert_int_equal(block_put(store.chunks, "\0x", 2, &digest), 0);
	assert_false(digest_is_zero(&digest));
}

static void set_blocks__of_a_small_file_makes_one_chunk(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct inode inode;

	(void)state;
	set_blocks(number, BLOCK_SIZE, 0, 1, 1);
	inode = content_inode(&store, number);
	assert_int_equal(inode.content, CONTENT_CHUNK);
	assert_int_equal(inode.blocks, 1);
	content_check(&store);
}

static void set_blocks__behind_the_end_is_refused(void **state)
{
	_cleanup_(cleanup_edit) struct edit edit;
	struct digest digest = { { 1 } };
	struct inode *inode;

	(void)state;
	assert_int_equal(edit_begin(&edit, store.space), 0);
	assert_int_equal(edit_new_inode(&edit, &inode), 0);
	assert_int_equal(edit_set_blocks(&edit, inode, 0, &digest, 1), -EINVAL);
	assert_int_equal(edit_set_size(&edit, inode, FILE_SIZE_MAX + 1), -EFBIG);
}

static void growth__turns_a_chunk_into_the_first_block_of_a_map(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct inode inode;

	(void)state;
	set_blocks(number, BLOCK_SIZE, 0, 1, 1);
	set_blocks(number, 3 * BLOCK_SIZE, 2, 1, 3);
	inode = content_inode(&store, number);
	assert_int_equal(inode.content, CONTENT_MAP);
	assert_int_equal(inode.blocks, 2);
	assert_true(digest_is_zero(&inode.chunk));
	assert_true(has_block(number, 0));
	assert_false(has_block(number, 1));
	assert_true(has_block(number, 2));
	content_check(&store);
}

static void shrinking__to_one_block_drops_the_map(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct inode inode;

	(void)state;
	set_blocks(number, 70 * BLOCK_SIZE, 0, 70, 1);
	assert_int_equal(content_count_rows(&store, tip_now(), ROW_MAP, 0), 2);
	set_size(number, BLOCK_SIZE);
	inode = content_inode(&store, number);
	assert_int_equal(inode.content, CONTENT_CHUNK);
	assert_int_equal(inode.fork, 0);
	assert_int_equal(content_count_rows(&store, tip_now(), ROW_MAP, 0), 0);
	content_check(&store);
}

static void holes__in_all_blocks_leave_no_map(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct inode inode;

	(void)state;
	set_blocks(number, 70 * BLOCK_SIZE, 60, 10, 1);
	set_blocks(number, 70 * BLOCK_SIZE, 60, 10, 0);
	inode = content_inode(&store, number);
	assert_int_equal(inode.content, CONTENT_NONE);
	assert_int_equal(inode.size, 70 * BLOCK_SIZE);
	assert_int_equal(content_count_rows(&store, tip_now(), ROW_MAP, 0), 0);
	content_check(&store);
}

/* ---- several changes in one edit ---- */

static void edit__sees_its_own_changes_of_a_page(void **state)
{
	uint64_t number = content_file(&store, "a"), size = 10 * BLOCK_SIZE;
	struct digest digests[3], hole = { { 0 } };
	struct inode *inode;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		digests[i] = chunk(size, i, i + 1);
	{
		_cleanup_(cleanup_edit) struct edit edit;

		assert_int_equal(edit_begin(&edit, store.space), 0);
		assert_int_equal(edit_inode(&edit, number, &inode), 0);
		assert_int_equal(edit_set_size(&edit, inode, size), 0);
		assert_int_equal(edit_set_blocks(&edit, inode, 0, &digests[0], 1), 0);
		assert_int_equal(edit_set_blocks(&edit, inode, 5, &digests[1], 1), 0);
		assert_int_equal(edit_set_blocks(&edit, inode, 5, &hole, 1), 0);
		assert_int_equal(edit_set_blocks(&edit, inode, 7, &digests[2], 1), 0);
		assert_int_equal(edit_commit(&edit), 0);
	}
	assert_true(has_block(number, 0));
	assert_false(has_block(number, 5));
	assert_true(has_block(number, 7));
	content_check(&store);
}

static void edit__that_ends_a_map_it_began_leaves_no_row(void **state)
{
	uint64_t number = content_file(&store, "a"), size = 10 * BLOCK_SIZE;
	struct digest digest = chunk(size, 0, 1);
	struct inode *inode;

	(void)state;
	{
		_cleanup_(cleanup_edit) struct edit edit;

		assert_int_equal(edit_begin(&edit, store.space), 0);
		assert_int_equal(edit_inode(&edit, number, &inode), 0);
		assert_int_equal(edit_set_size(&edit, inode, size), 0);
		assert_int_equal(edit_set_blocks(&edit, inode, 0, &digest, 1), 0);
		assert_int_equal(edit_set_size(&edit, inode, BLOCK_SIZE), 0);
		assert_int_equal(edit_commit(&edit), 0);
	}
	assert_int_equal(content_inode(&store, number).content, CONTENT_CHUNK);
	assert_int_equal(content_count_rows(&store, tip_now(), ROW_MAP, 0), 0);
	content_check(&store);
}

static void edit__that_ends_a_map_it_changed_leaves_no_reference(void **state)
{
	uint64_t number = content_file(&store, "a"), size = 70 * BLOCK_SIZE;
	struct digest digest = chunk(size, 0, 500);
	struct inode *inode;

	(void)state;
	set_blocks(number, size, 0, 70, 1);
	{
		_cleanup_(cleanup_edit) struct edit edit;

		assert_int_equal(edit_begin(&edit, store.space), 0);
		assert_int_equal(edit_inode(&edit, number, &inode), 0);
		assert_int_equal(edit_set_blocks(&edit, inode, 0, &digest, 1), 0);
		assert_int_equal(edit_set_size(&edit, inode, 0), 0);
		assert_int_equal(edit_commit(&edit), 0);
	}
	assert_int_equal(content_count_rows(&store, tip_now(), ROW_MAP, 0), 0);
	content_check(&store);
}

static void edit__without_a_change_writes_no_map_row(void **state)
{
	uint64_t number = content_file(&store, "a");

	(void)state;
	set_blocks(number, 70 * BLOCK_SIZE, 0, 70, 1);
	seal();
	set_blocks(number, 70 * BLOCK_SIZE, 0, 70, 1);
	assert_int_equal(content_count_rows(&store, tip_now(), ROW_MAP, 0), 0);
	content_check(&store);
}

/* ---- over versions ---- */

static void cut__of_inherited_pages_hides_them_and_growing_shows_holes(void **state)
{
	uint64_t number = content_file(&store, "a");

	(void)state;
	set_blocks(number, 200 * BLOCK_SIZE, 0, 200, 1);
	seal();
	set_size(number, 70 * BLOCK_SIZE);
	/* the page that was cut into, and two that say "gone" */
	assert_int_equal(content_count_rows(&store, tip_now(), ROW_MAP, 0), 3);
	set_size(number, 200 * BLOCK_SIZE);
	assert_true(has_block(number, 69));
	assert_false(has_block(number, 70));
	assert_false(has_block(number, 150));
	assert_int_equal(content_inode(&store, number).blocks, 70);
	content_check(&store);
}

static void cut__of_own_pages_leaves_no_row_of_them(void **state)
{
	uint64_t number = content_file(&store, "a");

	(void)state;
	set_blocks(number, 10 * BLOCK_SIZE, 0, 10, 1);
	seal();
	set_blocks(number, 200 * BLOCK_SIZE, 70, 130, 300);
	set_size(number, 10 * BLOCK_SIZE);
	assert_int_equal(content_count_rows(&store, tip_now(), ROW_MAP, 0), 0);
	content_check(&store);
}

static void page__hidden_and_written_again_refers_to_what_it_has_now(void **state)
{
	uint64_t number = content_file(&store, "a");

	(void)state;
	set_blocks(number, 130 * BLOCK_SIZE, 0, 130, 1);
	seal();
	set_blocks(number, 130 * BLOCK_SIZE, 64, 64, 0);
	assert_false(has_block(number, 64));
	seal();
	set_blocks(number, 130 * BLOCK_SIZE, 66, 1, 900);
	assert_false(has_block(number, 64));
	assert_true(has_block(number, 66));
	assert_int_equal(content_inode(&store, number).blocks, 67);
	/* and a hole again: the version below says "gone" itself, so nothing needs hiding */
	set_blocks(number, 130 * BLOCK_SIZE, 66, 1, 0);
	assert_int_equal(content_count_rows(&store, tip_now(), ROW_MAP, 0), 0);
	content_check(&store);
}

static void drop__of_inherited_content_leaves_the_base_whole(void **state)
{
	_cleanup_(cleanup_view) struct view *base = NULL;
	uint64_t number = content_file(&store, "a");
	struct digest digest;
	struct inode inode;

	(void)state;
	set_blocks(number, 70 * BLOCK_SIZE, 0, 70, 1);
	seal();
	base = space_view(store.space);
	set_blocks(number, 70 * BLOCK_SIZE, 3, 1, 500);
	assert_int_equal(space_unlink(store.space, INODE_BUILD, "a"), 0);
	assert_int_equal(content_count_rows(&store, tip_now(), ROW_MAP, 0), 0);
	while (trees_reap(store.trees) > 0)
		;
	content_check(&store);
	view_unref(base);
	base = NULL;
	assert_int_equal(view_new(store.trees, store.space->view->ids[1], &base), 0);
	assert_int_equal(view_inode(base, number, &inode), 0);
	for (uint64_t block = 0; block < 70; block++) {
		assert_int_equal(view_block(base, &inode, block, &digest), 0);
		assert_int_equal(chunk_verify(store.chunks, &digest), 0);
	}
}

/* ---- sharing ---- */

static void share__gives_a_copy_its_own_map_and_no_new_chunk(void **state)
{
	_cleanup_(cleanup_view) struct view *view = NULL;
	uint64_t number = content_file(&store, "a"), copy;
	struct inode inode, copied;
	size_t chunks;

	(void)state;
	set_blocks(number, 70 * BLOCK_SIZE - 1, 0, 70, 1);
	chunks = content_count_chunks(&store);
	view = space_view(store.space);
	assert_int_equal(space_copy_from(store.space, view, number, INODE_BUILD, "b", 0), 0);
	assert_int_equal(view_lookup(view, INODE_BUILD, "b", &copy), 0);
	inode = content_inode(&store, number);
	copied = content_inode(&store, copy);
	assert_int_not_equal(inode.fork, copied.fork);
	assert_int_equal(view_same(view, &inode, view, &copied), 1);
	assert_int_equal(content_count_chunks(&store), chunks);
	content_check(&store);
	set_blocks(copy, 70 * BLOCK_SIZE - 1, 1, 1, 700);
	assert_int_equal(space_unlink(store.space, INODE_BUILD, "a"), 0);
	while (trees_reap(store.trees) > 0)
		;
	content_check(&store);
}

/* ---- chunks without a row ---- */

static void abandon__leaves_chunks_that_are_referred_to(void **state)
{
	uint64_t number = content_file(&store, "a");
	struct digest digests[2];

	(void)state;
	set_blocks(number, BLOCK_SIZE, 0, 1, 1);
	digests[0] = chunk(BLOCK_SIZE, 0, 1);
	digests[1] = chunk(BLOCK_SIZE, 0, 2);
	assert_int_equal(content_count_chunks(&store), 2);
	blocks_abandon(store.trees, digests, 2);
	while (trees_reap(store.trees) > 0)
		;
	assert_int_equal(content_count_chunks(&store), 1);
	content_check(&store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(block_put__of_zeros_is_a_hole),
		TEST(set_blocks__of_a_small_file_makes_one_chunk),
		TEST(set_blocks__behind_the_end_is_refused),
		TEST(growth__turns_a_chunk_into_the_first_block_of_a_map),
		TEST(shrinking__to_one_block_drops_the_map),
		TEST(holes__in_all_blocks_leave_no_map),
		TEST(edit__sees_its_own_changes_of_a_page),
		TEST(edit__that_ends_a_map_it_began_leaves_no_row),
		TEST(edit__that_ends_a_map_it_changed_leaves_no_reference),
		TEST(edit__without_a_change_writes_no_map_row),
		TEST(cut__of_inherited_pages_hides_them_and_growing_shows_holes),
		TEST(cut__of_own_pages_leaves_no_row_of_them),
		TEST(page__hidden_and_written_again_refers_to_what_it_has_now),
		TEST(drop__of_inherited_content_leaves_the_base_whole),
		TEST(share__gives_a_copy_its_own_map_and_no_new_chunk),
		TEST(abandon__leaves_chunks_that_are_referred_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
