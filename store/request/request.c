/*
 * Slots and the request of a thread.
 *
 * The thread's request is a thread-local pointer: every function between the kernel's edge and
 * the commit would otherwise carry a parameter that only the first and the last look at.
 *
 * After a take-over the slots that the dead process recorded are kept until it is known which
 * requests come again (requests_expect). One of those keeps its slot until it is answered, for
 * this process may die as well.
 */
#include "store/request/request.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/cleanup.h"
#include "store/base/error.h"

enum { SLOTS_MAX = 65536, KEY_SIZE = 1 + 2, VALUE_SIZE = 8 + 8 };

struct slot {
	uint64_t unique; /* carried out before us; 0: none */
	bool is_taken;
};

struct requests {
	struct kv *kv;	      /* immutable */
	uint64_t session;     /* immutable */
	pthread_mutex_t lock; /* everything below */
	struct slot *slots;
	size_t count;  /* slots that were ever used, in this process or before it */
	size_t lowest; /* none below is free */
};

static _Thread_local struct request *current;

/* ---- rows ---- */

static void key_of(unsigned slot, uint8_t ret_key[KEY_SIZE])
{
	ret_key[0] = 'q';
	ret_key[1] = (uint8_t)(slot >> 8);
	ret_key[2] = (uint8_t)slot;
}

static int parse(struct slice key, struct slice value, unsigned *ret_slot, uint64_t *ret_session,
		 uint64_t *ret_unique)
{
	const uint8_t *bytes = key.data;

	if (key.size != KEY_SIZE || value.size != VALUE_SIZE)
		return -CSM_ROW_CORRUPT;
	*ret_slot = (unsigned)bytes[1] << 8 | bytes[2];
	*ret_session = get_le64(value.data);
	*ret_unique = get_le64((const uint8_t *)value.data + 8);
	return 0;
}

/* ---- the table ---- */

static int grow(struct requests *requests, size_t count)
{
	struct slot *slots;

	if (count <= requests->count)
		return 0;
	slots = realloc(requests->slots, count * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	memset(slots + requests->count, 0, (count - requests->count) * sizeof(*slots));
	requests->slots = slots;
	requests->count = count;
	return 0;
}

static int load_row(struct requests *requests, struct slice key, struct slice value)
{
	uint64_t session, unique;
	unsigned slot;
	int err = parse(key, value, &slot, &session, &unique);

	if (err || session != requests->session)
		return err;
	err = grow(requests, slot + 1);
	if (!err)
		requests->slots[slot] = (struct slot){ .unique = unique, .is_taken = true };
	return err;
}

static int load(struct requests *requests)
{
	_cleanup_(cleanup_kv_iter) struct kv_iter *iter = NULL;
	int err = kv_iter_new(requests->kv, slice_text("q"), &iter);

	for (; !err && kv_iter_valid(iter); kv_iter_next(iter))
		err = load_row(requests, kv_iter_key(iter), kv_iter_value(iter));
	return err ? err : kv_iter_error(iter);
}

int requests_open(struct kv *kv, uint64_t session, struct requests **ret_requests)
{
	struct requests *requests = calloc(1, sizeof(*requests));
	int err;

	if (!requests)
		return -ENOMEM;
	requests->kv = kv;
	requests->session = session;
	pthread_mutex_init(&requests->lock, NULL);
	err = session ? load(requests) : 0;
	if (err)
		requests_close(requests);
	else
		*ret_requests = requests;
	return err;
}

void requests_close(struct requests *requests)
{
	if (!requests)
		return;
	pthread_mutex_destroy(&requests->lock);
	free(requests->slots);
	free(requests);
}

static bool is_among(uint64_t unique, const uint64_t *uniques, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (uniques[i] == unique)
			return true;
	return false;
}

void requests_expect(struct requests *requests, const uint64_t *uniques, size_t count)
{
	WITH_MUTEX(&requests->lock);
	for (size_t i = 0; i < requests->count; i++)
		if (requests->slots[i].unique &&
		    !is_among(requests->slots[i].unique, uniques, count))
			requests->slots[i] = (struct slot){ 0 };
	requests->lowest = 0;
}

/* Under the lock. Without a slot or memory for one the request goes unrecorded. */
static int take_slot(struct requests *requests)
{
	size_t slot = requests->lowest;

	while (slot < requests->count && requests->slots[slot].is_taken)
		slot++;
	requests->lowest = slot;
	if (slot >= SLOTS_MAX || grow(requests, slot + 1))
		return -1;
	requests->slots[slot].is_taken = true;
	return (int)slot;
}

/* ---- a request ---- */

void request_begin(struct requests *requests, uint64_t unique, struct request *request)
{
	*request = (struct request){ .unique = unique, .slot = -1, .requests = requests };
	if (!requests || !requests->session)
		return;
	current = request;
	WITH_MUTEX(&requests->lock);
	for (size_t i = 0; i < requests->count; i++)
		if (requests->slots[i].unique == unique) {
			request->is_done = true;
			request->slot = (int)i;
			return;
		}
	request->slot = take_slot(requests);
}

void request_leave(void)
{
	current = NULL;
}

void request_answered(struct request *request)
{
	struct requests *requests = request->requests;

	if (!requests || request->slot < 0)
		return;
	WITH_MUTEX(&requests->lock);
	requests->slots[request->slot] = (struct slot){ 0 };
	if ((size_t)request->slot < requests->lowest)
		requests->lowest = (size_t)request->slot;
	request->slot = -1;
}

bool request_is_done(void)
{
	return current && current->is_done;
}

void request_decide(struct kv_batch *batch)
{
	uint8_t key[KEY_SIZE], value[VALUE_SIZE];

	if (!current || current->slot < 0 || current->is_done || current->is_recorded)
		return;
	key_of((unsigned)current->slot, key);
	put_le64(value, current->requests->session);
	put_le64(value + 8, current->unique);
	kv_batch_put(batch, slice_of(key, sizeof(key)), slice_of(value, sizeof(value)));
	current->is_recorded = true;
}

void request_pause(void)
{
	if (current)
		current->paused++;
}

void request_resume(void)
{
	if (current)
		current->paused--;
}

void request_decide_edit(struct kv_batch *batch)
{
	if (current && !current->paused)
		request_decide(batch);
}
