/*
 * A process of its own asks (fs/teller.h), as one that is killed while the kernel waits for a page could
 * not die.
 */
#include <errno.h>
#include <stdlib.h>

#include "fs/in_use.h"
#include "fs/node.h"
#include "fs/opened.h"
#include "fs/teller.h"

enum { AT_ONCE_MAX = TELLER_SIZE / sizeof(struct teller_inode) };

static int ask(struct mount *mount, uint32_t space_id, const uint64_t *numbers, size_t count,
	       bool *ret_in_use)
{
	_cleanup_free_ struct teller_inode *questions = calloc(count, sizeof(*questions));

	if (!questions)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		questions[i] = teller_inode(node_id(NODE_TREE, space_id, numbers[i]), false);
	return teller_ask(mount->tellers[TELLER_ASKS], questions, count * sizeof(*questions), count,
			  ret_in_use);
}

int in_use_ask(void *context, uint32_t space_id, const uint64_t *numbers, size_t count,
	       bool *ret_in_use)
{
	struct mount *mount = context;
	int err = 0;

	WITH_MUTEX(&mount->asking);
	for (size_t at = 0; !err && at < count; at += AT_ONCE_MAX)
		err = ask(mount, space_id, numbers + at,
			  count - at < AT_ONCE_MAX ? count - at : AT_ONCE_MAX, ret_in_use + at);
	/* what requests were about a moment ago is open here still */
	for (size_t i = 0; !err && i < count; i++)
		if (!ret_in_use[i])
			opened_forget(mount, node_id(NODE_TREE, space_id, numbers[i]));
	return err;
}
