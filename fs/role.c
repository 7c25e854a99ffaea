/*
 * The arguments of a process that we start are made from the options as they were understood, not
 * from what the user wrote: relative paths would mean something else there.
 *
 * The program is started by the path it was started with, so that after an upgrade of the package
 * the next worker is of the new version.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/handover.h"
#include "fs/options.h"
#include "fs/role.h"
#include "store/base/buffer.h"
#include "store/base/cleanup.h"
#include "store/store.h"

#define NUMBERS_MAX 5

int role_parse(const char *text, enum role_kind kind, struct role *ret_role)
{
	size_t count = 0, wanted = kind == ROLE_WORKER ? 5 : 4;
	int numbers[NUMBERS_MAX];
	char *end;

	for (const char *at = text; count < wanted; at = end + 1) {
		long number = strtol(at, &end, 10);

		if (end == at || number < -1 || number > INT_MAX || (*end && *end != ','))
			return -EINVAL;
		numbers[count++] = (int)number;
		if (!*end)
			break;
	}
	if (count != wanted || *end)
		return -EINVAL;
	*ret_role = (struct role){ .kind = kind, .channel = -1, .device = -1, .lock = numbers[wanted - 3],
				   .handover = numbers[wanted - 2], .unstored = numbers[wanted - 1] };
	if (kind == ROLE_WORKER) {
		ret_role->parent = numbers[0];
		ret_role->channel = numbers[1];
	} else {
		ret_role->device = numbers[0];
	}
	return 0;
}

static int inherit(int fd)
{
	return fd < 0 || fcntl(fd, F_SETFD, 0) == 0 ? 0 : -errno;
}

/* -o and everything that an option of ours has been made from. */
static char *words_of(const struct options *options)
{
	struct buffer words = BUFFER_INIT;

	buffer_printf(&words, "cache=%zu,threads=%u", options->cache_bytes, options->threads);
	if (options->release[0])
		buffer_printf(&words, ",release=%s", options->release);
	if (options->no_resend)
		buffer_text(&words, ",no_resend");
	if (options->mount_options[0])
		buffer_printf(&words, ",%s", options->mount_options);
	return buffer_detach_text(&words);
}

static char *role_option(const struct role *role)
{
	char *text = NULL;
	int size;

	if (role->kind == ROLE_WORKER)
		size = asprintf(&text, "--worker=%d,%d,%d,%d,%d", role->parent, role->channel, role->lock,
				role->handover, role->unstored);
	else
		size = asprintf(&text, "--supervisor=%d,%d,%d,%d", role->device, role->lock, role->handover,
				role->unstored);
	return size < 0 ? NULL : text;
}

int role_exec(const char *program, const struct options *options, const struct role *role)
{
	_cleanup_free_ char *words = words_of(options), *option = role_option(role);
	const char *arguments[] = { role->kind == ROLE_WORKER ? "csmfs: worker" : "csmfs",
			      option, "-o", words, options->store, options->directory,
			      options->debug ? "-d" : options->foreground ? "-f" : NULL, NULL };
	const int fds[] = { role->channel, role->device, role->lock, role->handover, role->unstored };
	int err = words && option ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < sizeof(fds) / sizeof(fds[0]); i++)
		err = inherit(fds[i]);
	if (err)
		return err;
	execv(program, (char *const *)arguments);
	if (errno == ENOENT)
		execv("/proc/self/exe", (char *const *)arguments);
	return -errno;
}

void role_layout(char ret_layout[ROLE_LAYOUT_SIZE])
{
	snprintf(ret_layout, ROLE_LAYOUT_SIZE, "%d.%u", HANDOVER_VERSION, store_unstored_layout());
}

int role_try(const char *program)
{
	char option[ROLE_LAYOUT_SIZE + 16] = "--layout=";
	pid_t child;
	int status = -1;

	role_layout(option + strlen(option));
	if (access(program, F_OK) < 0)
		return 0;
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, STDOUT_FILENO);
		execl(program, "csmfs", option, (char *)NULL);
		_exit(EXIT_FAILURE);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -errno;
	return status ? -ENOEXEC : 0;
}

void role_show(const char *name)
{
	prctl(PR_SET_NAME, name);
}
