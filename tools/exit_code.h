/*
 * Exit codes of servmgr and mkfs.csmfs, documented in their manual pages.
 */
#ifndef TOOLS_EXIT_CODE_H
#define TOOLS_EXIT_CODE_H

enum exit_code {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,  /* a rule said no; nothing was changed */
	EXIT_USAGE = 2,    /* the command was not understood */
	EXIT_NO_MOUNT = 3, /* servmgr: no csmfs mount, or it shows another release */
	EXIT_SYSTEM = 4,   /* no memory, input or output error */
};

#endif
