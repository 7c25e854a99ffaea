/*
 * What the kernel is told to forget of requests that a dead worker had and nobody sends again. The
 * teller of the notifier is this test: it reads what would be written to the kernel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/fuse.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fs/handover.h"
#include "fs/mount.h"
#include "fs/node.h"
#include "fs/unanswered.h"

#define DIRECTORY 77 /* no such inode: only names and nodes are told then */

struct fixture {
	struct store *store;
	struct mount *mount;
	int kernel;
	uint8_t said[4096];
	ssize_t size;
};

static int begin(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	int ends[2];

	assert_int_equal(store_open_memory("720", &fixture->store), 0);
	assert_int_equal(mount_open(fixture->store, "720", NULL, &fixture->mount), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	fixture->mount->tellers[0] = ends[0];
	fixture->kernel = ends[1];
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;
	int teller = fixture->mount->tellers[0];

	mount_close(fixture->mount);
	close(teller);
	close(fixture->kernel);
	store_close(fixture->store);
	free(fixture);
	return 0;
}

/* The body of a request behind its header, in the second place for requests. */
static void was_working_on(struct fixture *fixture, uint32_t opcode, uint64_t node, const void *body, size_t size)
{
	struct handover_request *request = &fixture->mount->handover->head->requests[1];
	struct fuse_in_header header = { .len = (uint32_t)(sizeof(header) + size), .opcode = opcode, .nodeid = node };

	memcpy(request->bytes, &header, sizeof(header));
	memcpy(request->bytes + sizeof(header), body, size);
	request->size = sizeof(header) + size;
}

static void hear(struct fixture *fixture)
{
	unanswered_forget(fixture->mount);
	assert_int_equal(fixture->mount->handover->head->requests[1].size, 0);
	fixture->size = recv(fixture->kernel, fixture->said, sizeof(fixture->said), 0);
	assert_true(fixture->size > 0);
	assert_int_equal(send(fixture->kernel, "", 1, MSG_NOSIGNAL), 1);
}

static bool forgot_name(const struct fixture *fixture, uint64_t directory, const char *name)
{
	struct fuse_out_header header;
	struct fuse_notify_inval_entry_out entry;

	for (const uint8_t *at = fixture->said; at < fixture->said + fixture->size; at += header.len) {
		memcpy(&header, at, sizeof(header));
		memcpy(&entry, at + sizeof(header), sizeof(entry));
		if (header.error == FUSE_NOTIFY_INVAL_ENTRY && entry.parent == directory &&
		    entry.namelen == strlen(name) &&
		    strcmp((const char *)at + sizeof(header) + sizeof(entry), name) == 0)
			return true;
	}
	return false;
}

static bool forgot_node(const struct fixture *fixture, uint64_t node)
{
	struct fuse_out_header header;
	struct fuse_notify_inval_inode_out inode;

	for (const uint8_t *at = fixture->said; at < fixture->said + fixture->size; at += header.len) {
		memcpy(&header, at, sizeof(header));
		memcpy(&inode, at + sizeof(header), sizeof(inode));
		if (header.error == FUSE_NOTIFY_INVAL_INODE && inode.ino == node)
			return true;
	}
	return false;
}

static void unanswered__removal_has_name_and_directory_forgotten(void **state)
{
	struct fixture *fixture = *state;
	uint64_t directory = node_id(NODE_TREE, 1, DIRECTORY);

	was_working_on(fixture, FUSE_UNLINK, directory, "gone", 5);
	hear(fixture);
	assert_true(forgot_name(fixture, directory, "gone"));
	assert_true(forgot_node(fixture, directory));
}

static void unanswered__change_in_delta_is_forgotten_in_build(void **state)
{
	struct fixture *fixture = *state;
	const struct {
		struct fuse_mkdir_in in;
		char name[4];
	} body = { .name = "new" };

	was_working_on(fixture, FUSE_MKDIR, node_id(NODE_DELTA, 1, DIRECTORY), &body, sizeof(body));
	hear(fixture);
	assert_true(forgot_name(fixture, node_id(NODE_TREE, 1, DIRECTORY), "new"));
	assert_false(forgot_name(fixture, node_id(NODE_DELTA, 1, DIRECTORY), "new"));
}

static void unanswered__rename_has_both_names_forgotten(void **state)
{
	struct fixture *fixture = *state;
	uint64_t from = node_id(NODE_TREE, 1, DIRECTORY), to = node_id(NODE_TREE, 1, DIRECTORY + 1);
	const struct {
		struct fuse_rename2_in in;
		char names[10];
	} body = { .in = { .newdir = to }, .names = "old\0newer" };

	was_working_on(fixture, FUSE_RENAME2, from, &body, offsetof(__typeof__(body), names) + 10);
	hear(fixture);
	assert_true(forgot_name(fixture, from, "old"));
	assert_true(forgot_name(fixture, to, "newer"));
	assert_true(forgot_node(fixture, to));
}

static void unanswered__write_has_the_file_forgotten(void **state)
{
	struct fixture *fixture = *state;
	uint64_t file = node_id(NODE_TREE, 1, DIRECTORY);
	struct fuse_write_in body = { .size = 1 << 20 };

	was_working_on(fixture, FUSE_WRITE, file, &body, sizeof(body));
	/* Of a long request only the beginning is there. */
	fixture->mount->handover->head->requests[1].size = 1 << 20;
	hear(fixture);
	assert_true(forgot_node(fixture, file));
}

static void unanswered__bytes_that_are_no_request_do_no_harm(void **state)
{
	struct fixture *fixture = *state;
	struct handover_request *requests = fixture->mount->handover->head->requests;

	for (uint32_t opcode = 0; opcode < 64; opcode++) {
		memset(requests[0].bytes, 'x', sizeof(requests[0].bytes));
		memcpy(requests[0].bytes + offsetof(struct fuse_in_header, opcode), &opcode, sizeof(opcode));
		requests[0].size = opcode % 2 ? sizeof(struct fuse_in_header) : UINT64_MAX;
		was_working_on(fixture, FUSE_UNLINK, node_id(NODE_TREE, 1, DIRECTORY), "end", 4);
		hear(fixture);
		assert_true(forgot_name(fixture, node_id(NODE_TREE, 1, DIRECTORY), "end"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(unanswered__removal_has_name_and_directory_forgotten, begin, end),
		cmocka_unit_test_setup_teardown(unanswered__change_in_delta_is_forgotten_in_build, begin, end),
		cmocka_unit_test_setup_teardown(unanswered__rename_has_both_names_forgotten, begin, end),
		cmocka_unit_test_setup_teardown(unanswered__write_has_the_file_forgotten, begin, end),
		cmocka_unit_test_setup_teardown(unanswered__bytes_that_are_no_request_do_no_harm, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
