/*
 * The memory is one memfd of fixed size. It is mapped by every process that has it; only one of them, the
 * worker, writes at a time, so locks are the worker's own and nothing is locked in shared memory, where a
 * lock would outlive its owner.
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

static const char magic[4] = { 'C', 'S', 'M', 'H' };

_Static_assert(sizeof(struct handover_head) <= HANDOVER_SIZE, "the head has its room");
_Static_assert(offsetof(struct handover_head, greeting_size) == 32,
	       "docs/protocol.md has the layout");
_Static_assert(offsetof(struct handover_head, reserved) == 552, "docs/protocol.md has the layout");
_Static_assert(offsetof(struct handover_head, spares) == 568, "docs/protocol.md has the layout");
_Static_assert(sizeof(struct handover_spare) == 280, "docs/protocol.md has the layout");
_Static_assert(offsetof(struct handover_head, emptying) == 18488,
	       "docs/protocol.md has the layout");
_Static_assert(sizeof(struct handover_emptying) == 128, "docs/protocol.md has the layout");
_Static_assert(offsetof(struct handover_head, requests) == 26688,
	       "docs/protocol.md has the layout");
_Static_assert(sizeof(struct handover_request) == 648, "docs/protocol.md has the layout");

static int map_head(struct handover *handover)
{
	void *memory =
		mmap(NULL, HANDOVER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, handover->fd, 0);

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
	err = ftruncate(fd, (off_t)HANDOVER_SIZE) < 0 ? -errno : map_head(handover);
	if (err)
		return err;
	memcpy(handover->head->magic, magic, sizeof(magic));
	handover->head->version = HANDOVER_VERSION;
	if (getrandom(&handover->head->number, sizeof(handover->head->number), 0) < 0)
		return -errno;
	*ret_handover = take_pointer(&handover);
	return 0;
}

/* What another process left: nothing in it is believed before it was looked at. */
static int check(const struct handover *handover)
{
	const struct handover_head *head = handover->head;

	if (memcmp(head->magic, magic, sizeof(magic)) != 0)
		return -EUCLEAN;
	if (head->version != HANDOVER_VERSION) {
		log_line(
			LOG_LEVEL_ERROR,
			"the mount was begun by a csmfs with handover %u, this one knows %d: unmount and mount again",
			head->version, HANDOVER_VERSION);
		return -EPROTO;
	}
	return head->greeting_size > HANDOVER_GREETING ? -EUCLEAN : 0;
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
	if (stat_.st_size < (off_t)HANDOVER_SIZE)
		return -EUCLEAN;
	err = map_head(handover);
	if (!err)
		err = check(handover);
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
	if (handover->head)
		munmap(handover->head, HANDOVER_SIZE);
	close(handover->fd);
	free(handover);
}
