/*
 * The memory is one memfd: a head of fixed size, then the open files, which grow. It is mapped
 * by every process that has it; only one of them, the worker, writes at a time, so locks are
 * the worker's own and nothing is locked in shared memory, where a lock would outlive its owner.
 *
 * Which places for files are free is not kept there: the next worker looks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/handover.h"
#include "store/base/cleanup.h"
#include "store/base/log.h"

#define FILES_FIRST ((size_t)2048)

static const char magic[4] = { 'C', 'S', 'M', 'H' };

_Static_assert(sizeof(struct handover_head) <= HANDOVER_HEAD, "the head has its room");
_Static_assert(offsetof(struct handover_head, greeting_size) == 32, "docs/protocol.md has the layout");
_Static_assert(offsetof(struct handover_head, files) == 552, "docs/protocol.md has the layout");
_Static_assert(offsetof(struct handover_head, spares) == 568, "docs/protocol.md has the layout");
_Static_assert(sizeof(struct handover_spare) == 280, "docs/protocol.md has the layout");
_Static_assert(offsetof(struct handover_head, emptying) == 18488, "docs/protocol.md has the layout");
_Static_assert(sizeof(struct handover_emptying) == 128, "docs/protocol.md has the layout");
_Static_assert(offsetof(struct handover_head, requests) == 26688, "docs/protocol.md has the layout");
_Static_assert(sizeof(struct handover_request) == 648, "docs/protocol.md has the layout");
_Static_assert(sizeof(struct handover_file) == 32, "docs/protocol.md has the layout");

static size_t bytes_of(uint64_t files)
{
	return (size_t)files * sizeof(struct handover_file);
}

/* Our part of the files: mapped apart from the head, so that the head never moves. */
static int map_files(struct handover *handover, uint64_t files)
{
	void *memory;

	if (handover->files)
		memory = mremap(handover->files, bytes_of(handover->mapped), bytes_of(files), MREMAP_MAYMOVE);
	else
		memory = mmap(NULL, bytes_of(files), PROT_READ | PROT_WRITE, MAP_SHARED, handover->fd,
			      (off_t)HANDOVER_HEAD);
	if (memory == MAP_FAILED)
		return -errno;
	handover->files = memory;
	handover->mapped = files;
	return 0;
}

static int find_unused(struct handover *handover)
{
	uint64_t files = handover->head->files;
	uint32_t *unused = reallocarray(handover->unused, files, sizeof(*unused));

	if (!unused)
		return -ENOMEM;
	handover->unused = unused;
	handover->unused_count = 0;
	for (uint64_t place = files; place-- > 0;)
		if (!handover->files[place].id)
			unused[handover->unused_count++] = (uint32_t)place;
	return 0;
}

static int map_head(struct handover *handover)
{
	void *memory = mmap(NULL, HANDOVER_HEAD, PROT_READ | PROT_WRITE, MAP_SHARED, handover->fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	handover->head = memory;
	return 0;
}

static void cleanup_handover(struct handover **handover)
{
	handover_close(*handover);
}

static struct handover *handover_of(int fd)
{
	struct handover *handover = calloc(1, sizeof(*handover));

	if (!handover) {
		close(fd);
		return NULL;
	}
	handover->fd = fd;
	pthread_mutex_init(&handover->lock, NULL);
	return handover;
}

int handover_new(struct handover **ret_handover)
{
	_cleanup_(cleanup_handover) struct handover *handover = NULL;
	int fd = memfd_create("csmfs-handover", MFD_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	handover = handover_of(fd);
	if (!handover)
		return -ENOMEM;
	err = ftruncate(fd, (off_t)(HANDOVER_HEAD + bytes_of(FILES_FIRST))) < 0 ? -errno : map_head(handover);
	if (err)
		return err;
	memcpy(handover->head->magic, magic, sizeof(magic));
	handover->head->version = HANDOVER_VERSION;
	handover->head->files = FILES_FIRST;
	if (getrandom(&handover->head->number, sizeof(handover->head->number), 0) < 0)
		return -errno;
	err = map_files(handover, FILES_FIRST);
	if (!err)
		err = find_unused(handover);
	if (!err)
		*ret_handover = take_pointer(&handover);
	return err;
}

/* What another process left: nothing in it is believed before it was looked at. */
static int check(const struct handover *handover, off_t size)
{
	const struct handover_head *head = handover->head;

	if (memcmp(head->magic, magic, sizeof(magic)) != 0)
		return -EUCLEAN;
	if (head->version != HANDOVER_VERSION) {
		log_line(LOG_LEVEL_ERROR,
			 "the mount was begun by a csmfs with handover %u, this one knows %d: unmount and mount again",
			 head->version, HANDOVER_VERSION);
		return -EPROTO;
	}
	if (!head->files || head->files > UINT32_MAX ||
	    (uint64_t)size < HANDOVER_HEAD + bytes_of(head->files) || head->greeting_size > HANDOVER_GREETING)
		return -EUCLEAN;
	return 0;
}

/* A name ends, whatever is in the memory. */
static void end_names(struct handover_head *head)
{
	for (size_t i = 0; i < HANDOVER_SPARES; i++)
		head->spares[i].name[sizeof(head->spares[i].name) - 1] = 0;
	for (size_t i = 0; i < HANDOVER_EMPTYING; i++)
		head->emptying[i].name[sizeof(head->emptying[i].name) - 1] = 0;
}

int handover_open(int fd, struct handover **ret_handover)
{
	_cleanup_(cleanup_handover) struct handover *handover = handover_of(fd);
	struct stat stat_;
	int err;

	if (!handover)
		return -ENOMEM;
	if (fstat(fd, &stat_) < 0)
		return -errno;
	if (stat_.st_size < (off_t)HANDOVER_HEAD)
		return -EUCLEAN;
	err = map_head(handover);
	if (!err)
		err = check(handover, stat_.st_size);
	if (!err)
		err = map_files(handover, handover->head->files);
	if (!err)
		err = find_unused(handover);
	if (err)
		return err;
	end_names(handover->head);
	handover->resumed = handover->head->greeting_size > 0;
	*ret_handover = take_pointer(&handover);
	return 0;
}

void handover_close(struct handover *handover)
{
	if (!handover)
		return;
	if (handover->files)
		munmap(handover->files, bytes_of(handover->mapped));
	if (handover->head)
		munmap(handover->head, HANDOVER_HEAD);
	close(handover->fd);
	free(handover->unused);
	pthread_mutex_destroy(&handover->lock);
	free(handover);
}

/* Under the lock. Twice as many places. */
static int grow(struct handover *handover)
{
	uint64_t files = handover->head->files * 2;
	int err;

	if (files > UINT32_MAX)
		return -ENFILE;
	if (ftruncate(handover->fd, (off_t)(HANDOVER_HEAD + bytes_of(files))) < 0)
		return -errno;
	err = map_files(handover, files);
	if (err)
		return err;
	handover->head->files = files;
	return find_unused(handover);
}

uint32_t handover_add_file(struct handover *handover, uint64_t id, uint64_t node, uint64_t unique, uint32_t uid)
{
	struct handover_file *file;
	uint32_t place;

	WITH_MUTEX(&handover->lock);
	if (!handover->unused_count && grow(handover))
		return HANDOVER_NO_PLACE;
	place = handover->unused[--handover->unused_count];
	file = &handover->files[place];
	file->node = node;
	file->unique = unique;
	file->uid = uid;
	file->id = id;
	return place;
}

void handover_remove_file(struct handover *handover, uint32_t place)
{
	if (place == HANDOVER_NO_PLACE)
		return;
	WITH_MUTEX(&handover->lock);
	handover->files[place].id = 0;
	handover->unused[handover->unused_count++] = place;
}
