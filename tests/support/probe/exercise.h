/*
 * What the random exercisers share: chance from a seed, and the last operations, which are
 * told when something is wrong, so that it can be understood and done again.
 */
#ifndef TESTS_SUPPORT_PROBE_EXERCISE_H
#define TESTS_SUPPORT_PROBE_EXERCISE_H

#include <stdint.h>

extern uint64_t random_state;	/* the seed, at first */
extern unsigned long operation; /* the number of the one under way */

uint64_t roll(uint64_t sides);
uint64_t least(uint64_t a, uint64_t b);

/* Tells what the operation is. */
__attribute__((format(printf, 1, 2))) void note(const char *format, ...);
/* Tells the last operations and what is wrong; ends the program with 1. */
__attribute__((format(printf, 1, 2), noreturn)) void wrong(const char *format, ...);

#endif
