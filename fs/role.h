/*
 * csmfs is several processes of one program. Which of them this one is stands in a hidden option,
 * with the descriptors it inherits; users see neither.
 */
#ifndef FS_ROLE_H
#define FS_ROLE_H

#include <sys/types.h>

struct options;

enum role_kind {
	ROLE_STARTER = 0,    /* what the user called: it becomes the supervisor */
	ROLE_WORKER = 1,     /* --worker=PARENT,CHANNEL,LOCK,HANDOVER,UNSTORED */
	ROLE_SUPERVISOR = 2, /* --supervisor=DEVICE,LOCK,HANDOVER,UNSTORED: the new program after an upgrade */
};

struct role {
	enum role_kind kind;
	pid_t parent; /* ROLE_WORKER */
	int channel;  /* the same: see fs/channel.h */
	int device;   /* ROLE_SUPERVISOR: the mount */
	int lock;     /* of the store; -1: nobody has it yet */
	int handover, unstored;
};

/* 0, or -EINVAL for what role_exec() never writes. */
int role_parse(const char *text, enum role_kind kind, struct role *ret_role);
/*
 * Becomes program with these options and this role; the descriptors of the role are inherited. When
 * program is not there any more, this program's own file is taken. Returns -errno when neither starts.
 */
int role_exec(const char *program, const struct options *options, const struct role *role);
#define ROLE_LAYOUT_SIZE 32
/* The versions of what one process of ours leaves to the next: handover and unstored bytes. */
void role_layout(char ret_layout[ROLE_LAYOUT_SIZE]);
/*
 * 0 when program runs and has our layout, or is not there, so that role_exec() takes our own; else
 * -ENOEXEC.
 */
int role_try(const char *program);
/* The name by which ps(1) tells the processes apart, also the thread's. */
void role_show(const char *name);

#endif
