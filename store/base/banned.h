/*
 * Functions that are wrong more often than right: no bound, hidden shared state, or an error
 * that cannot be told from a value. The Makefile includes this header before every file, so
 * that a call does not compile. Names as such stay free (a field may be called ctime).
 */
#ifndef STORE_BASE_BANNED_H
#define STORE_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(name, instead)                                                                      \
	({                                                                                         \
		_Static_assert(0, #name "() is banned; use " instead);                             \
		0;                                                                                 \
	})

#undef strcpy
#define strcpy(...) BANNED(strcpy, "snprintf() or memcpy()")
#undef strcat
#define strcat(...) BANNED(strcat, "snprintf() or a buffer")
#undef sprintf
#define sprintf(...) BANNED(sprintf, "snprintf()")
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf, "vsnprintf()")
#undef gets
#define gets(...) BANNED(gets, "getline()")
#undef strtok
#define strtok(...) BANNED(strtok, "strsep() or strtok_r()")
#undef gmtime
#define gmtime(...) BANNED(gmtime, "gmtime_r()")
#undef localtime
#define localtime(...) BANNED(localtime, "localtime_r()")
#undef asctime
#define asctime(...) BANNED(asctime, "strftime()")
#undef ctime
#define ctime(...) BANNED(ctime, "strftime()")
#undef rand
#define rand(...) BANNED(rand, "getrandom()")
#undef tmpnam
#define tmpnam(...) BANNED(tmpnam, "mkstemp()")
#undef atoi
#define atoi(...) BANNED(atoi, "strtol()")

#endif
