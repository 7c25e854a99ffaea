/*
 * Files against a plain byte array: thousands of operations from fixed seeds, near the
 * limits of blocks and map rows, with flushes, closes, seals and restarts in between.
 * In the end the rows and their references agree, and the same bytes written in one go
 * are the same content, digest by digest.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/content.h"

#define FILES	  2
#define STEPS	  250
#define WRITE_MAX (400u << 10)

struct player {
	struct content_store store;
	uint64_t random;
	uint64_t numbers[FILES];
	struct file *files[FILES];
	struct content_model models[FILES];
	uint8_t data[WRITE_MAX];
};

static uint64_t pick(struct player *player, uint64_t below)
{
	return content_random(&player->random) % below;
}

/* A place in the window; most are near a limit of a block or a map row. */
static uint64_t pick_place(struct player *player)
{
	uint64_t near = pick(player, 3) ? pick(player, 200) : pick(player, BLOCK_SIZE);
	uint64_t place;

	switch (pick(player, 4)) {
	case 0:
		place = pick(player, WINDOW_SIZE / PAGE_BYTES + 1) * PAGE_BYTES;
		break;
	case 1:
		place = pick(player, 4) * BLOCK_SIZE;
		break;
	default:
		place = pick(player, WINDOW_SIZE / BLOCK_SIZE) * BLOCK_SIZE;
	}
	if (pick(player, 3) == 0)
		near = 0;
	place = pick(player, 2) ? place + near : place < near ? 0 : place - near;
	return place > WINDOW_SIZE ? WINDOW_SIZE : place;
}

static uint64_t pick_length(struct player *player, uint64_t place)
{
	uint64_t length;

	switch (pick(player, 4)) {
	case 0:
		length = 1 + pick(player, 100);
		break;
	case 1:
		length = BLOCK_SIZE * (1 + pick(player, 3));
		break;
	case 2:
		length = BLOCK_SIZE - place % BLOCK_SIZE;
		break;
	default:
		length = 1 + pick(player, WRITE_MAX);
	}
	if (length > WRITE_MAX)
		length = WRITE_MAX;
	return length < WINDOW_SIZE - place ? length : WINDOW_SIZE - place;
}

/* ---- the operations ---- */

static void play_write(struct player *player, size_t which)
{
	struct content_model *model = &player->models[which];
	uint64_t place = pick_place(player);
	size_t length = (size_t)pick_length(player, place);

	if (pick(player, 4) == 0)
		memset(player->data, 0, length);
	else
		content_fill(player->data, length, pick(player, 6));
	if (!length)
		return;
	content_model_write(model, model->window + place, player->data, length);
	assert_int_equal(file_write(player->files[which], model->window + place, player->data,
				    length, false),
			 0);
}

static void play_truncate(struct player *player, size_t which)
{
	struct content_model *model = &player->models[which];
	struct attr_change change = { .set = SET_SIZE };
	struct inode inode;

	change.size = model->window + pick_place(player);
	if (pick(player, 8) == 0)
		change.size = pick(player, 3) * 1000;
	content_model_truncate(model, change.size);
	assert_int_equal(
		space_setattr(player->store.space, player->numbers[which], &change, &inode), 0);
	assert_int_equal(inode.size, change.size);
}

static void play_allocate(struct player *player, size_t which)
{
	static const int modes[] = {
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_ZERO_RANGE,
		FALLOC_FL_KEEP_SIZE,
		0,
	};
	struct content_model *model = &player->models[which];
	int mode = modes[pick(player, 5)];
	uint64_t place = pick_place(player), length = pick_length(player, place);
	uint64_t offset = model->window + place;

	if (pick(player, 6) == 0)
		length = WINDOW_SIZE - place;
	if (!length)
		return;
	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		content_model_zero(model, offset, length);
	if (!(mode & FALLOC_FL_KEEP_SIZE) && offset + length > model->size)
		model->size = offset + length;
	assert_int_equal(file_allocate(player->files[which], mode, offset, length), 0);
}

/* The same for the models; copied is what the call said. */
static void copy_models(struct player *player, const struct content_model *from,
			uint64_t from_offset, struct content_model *to, uint64_t to_offset,
			uint64_t copied)
{
	while (copied) {
		size_t piece = copied < WRITE_MAX ? (size_t)copied : WRITE_MAX;

		memcpy(player->data, from->bytes + (from_offset - from->window), piece);
		content_model_write(to, to_offset, player->data, piece);
		from_offset += piece;
		to_offset += piece;
		copied -= piece;
	}
}

static void play_copy(struct player *player, size_t which)
{
	size_t other = (size_t)pick(player, FILES);
	struct content_model *from = &player->models[which], *to = &player->models[other];
	uint64_t place = pick_place(player), to_place = pick_place(player);
	uint64_t length = pick_length(player, place), copied, expected;
	int err;

	if (pick(player, 3) == 0) {
		place -= place % BLOCK_SIZE;
		to_place -= to_place % BLOCK_SIZE;
		length = pick(player, 2) ? pick(player, WINDOW_SIZE) : WINDOW_SIZE;
	}
	if (length > WINDOW_SIZE - place)
		length = WINDOW_SIZE - place;
	if (length > WINDOW_SIZE - to_place)
		length = WINDOW_SIZE - to_place;
	err = file_copy(player->files[which], from->window + place, player->files[other],
			to->window + to_place, length, &copied);
	expected = from->size > from->window + place ? from->size - from->window - place : 0;
	if (expected > length)
		expected = length;
	if (err == -EINVAL && which == other) {
		assert_true(place < to_place + expected && to_place < place + expected);
		return;
	}
	assert_int_equal(err, 0);
	assert_int_equal(copied, expected);
	copy_models(player, from, from->window + place, to, to->window + to_place, copied);
}

static void play_seek(struct player *player, size_t which)
{
	struct content_model *model = &player->models[which];
	uint64_t place = pick_place(player), at = model->window + place, found;
	int err = file_seek(player->files[which], at, SEEK_DATA, &found);

	if (at >= model->size) {
		assert_int_equal(err, -ENXIO);
		return;
	}
	if (err) {
		assert_int_equal(err, -ENXIO);
		found = model->size;
	}
	/* nothing before it is data */
	assert_true(found >= at);
	for (; at < found; at++)
		assert_int_equal(model->bytes[at - model->window], 0);
}

static void play_reopen(struct player *player, size_t which)
{
	if (pick(player, 3)) {
		file_close(player->files[which]);
	} else {
		for (size_t i = 0; i < FILES; i++)
			file_close(player->files[i]);
		content_store_reopen(&player->store);
		for (size_t i = 0; i < FILES; i++)
			if (i != which)
				assert_int_equal(file_open(player->store.space, player->numbers[i],
							   &player->files[i]),
						 0);
	}
	assert_int_equal(
		file_open(player->store.space, player->numbers[which], &player->files[which]), 0);
}

static void play_step(struct player *player)
{
	size_t which = (size_t)pick(player, FILES);
	version_id base;

	switch (pick(player, 16)) {
	case 0:
	case 1:
		play_truncate(player, which);
		break;
	case 2:
	case 3:
		play_allocate(player, which);
		break;
	case 4:
	case 5:
		play_copy(player, which);
		break;
	case 6:
		assert_int_equal(file_flush(player->files[which]), 0);
		break;
	case 7:
		play_reopen(player, which);
		break;
	case 8:
		if (pick(player, 4) == 0)
			assert_int_equal(space_seal(player->store.space, NULL, NULL, &base), 0);
		break;
	case 9:
		play_seek(player, which);
		break;
	default:
		play_write(player, which);
	}
}

/* ---- what must be true in the end ---- */

static void write_again(struct player *player, const struct content_model *model, uint64_t number)
{
	struct file *file;
	struct attr_change change = { .set = SET_SIZE, .size = model->size };
	uint64_t left = model->size > model->window ? model->size - model->window : 0;
	struct inode inode;

	assert_int_equal(file_open(player->store.space, number, &file), 0);
	for (uint64_t at = 0; at < left; at += WRITE_MAX) {
		size_t piece = left - at < WRITE_MAX ? (size_t)(left - at) : WRITE_MAX;

		assert_int_equal(
			file_write(file, model->window + at, model->bytes + at, piece, false), 0);
	}
	file_close(file);
	assert_int_equal(space_setattr(player->store.space, number, &change, &inode), 0);
}

/* Written in one go, in another order of numbers and forks, it is the same. */
static void check_same_content(struct player *player, size_t which, const char *name)
{
	uint64_t again = content_file(&player->store, name);
	struct digest digest, digest_again;
	struct inode inode, inode_again;

	write_again(player, &player->models[which], again);
	assert_int_equal(space_digest(player->store.space, player->numbers[which], &digest), 0);
	assert_int_equal(space_digest(player->store.space, again, &digest_again), 0);
	assert_memory_equal(&digest, &digest_again, sizeof(digest));
	inode = content_inode(&player->store, player->numbers[which]);
	inode_again = content_inode(&player->store, again);
	assert_int_equal(view_same(player->store.space->view, &inode, player->store.space->view,
				   &inode_again),
			 1);
}

static void play(uint64_t seed, uint64_t window)
{
	static struct player player;

	player.random = seed;
	content_store_open(&player.store);
	for (size_t i = 0; i < FILES; i++) {
		player.numbers[i] = content_file(&player.store, i ? "b" : "a");
		assert_int_equal(file_open(player.store.space, player.numbers[i], &player.files[i]),
				 0);
		content_model_init(&player.models[i], i ? 0 : window);
	}
	for (int step = 0; step < STEPS; step++) {
		play_step(&player);
		if (step % 25 == 0)
			for (size_t i = 0; i < FILES; i++)
				content_model_compare(&player.models[i], player.files[i]);
	}
	for (size_t i = 0; i < FILES; i++) {
		content_model_compare(&player.models[i], player.files[i]);
		file_close(player.files[i]);
		check_same_content(&player, i, i ? "b again" : "a again");
		content_model_release(&player.models[i]);
	}
	content_check(&player.store);
	content_store_close(&player.store);
}

static void random_edits__leave_what_a_byte_array_holds(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++)
		play(seed, 0);
}

static void random_edits__far_behind_a_hole_leave_what_a_byte_array_holds(void **state)
{
	(void)state;
	for (uint64_t seed = 101; seed <= 106; seed++)
		play(seed, ((uint64_t)5 << 30) - (3u << 20));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_edits__leave_what_a_byte_array_holds),
		cmocka_unit_test(random_edits__far_behind_a_hole_leave_what_a_byte_array_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
