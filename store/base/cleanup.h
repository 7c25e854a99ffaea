/*
 * Scope-exit cleanup: a local that owns something names its release function and
 * every early return is safe. take_pointer() hands ownership over.
 */
#ifndef STORE_BASE_CLEANUP_H
#define STORE_BASE_CLEANUP_H

#include <pthread.h>
#include <stdlib.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

#define take_pointer(p)                    \
	({                                 \
		__auto_type take_p = (p);  \
		__auto_type taken = *take_p; \
		*take_p = NULL;            \
		taken;                     \
	})

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}
#define _cleanup_free_ _cleanup_(cleanup_free)

static inline void cleanup_mutex(pthread_mutex_t **m)
{
	if (*m)
		pthread_mutex_unlock(*m);
}

static inline pthread_mutex_t *scoped_mutex(pthread_mutex_t *m)
{
	pthread_mutex_lock(m);
	return m;
}

static inline void cleanup_rwlock(pthread_rwlock_t **l)
{
	if (*l)
		pthread_rwlock_unlock(*l);
}

static inline pthread_rwlock_t *scoped_read(pthread_rwlock_t *l)
{
	pthread_rwlock_rdlock(l);
	return l;
}

static inline pthread_rwlock_t *scoped_write(pthread_rwlock_t *l)
{
	pthread_rwlock_wrlock(l);
	return l;
}

#define CLEANUP_PASTE2(a, b) a##b
#define CLEANUP_PASTE(a, b) CLEANUP_PASTE2(a, b)

/* Hold a mutex, or a read-write lock, until the end of the scope. */
#define WITH_MUTEX(m)                                                                            \
	__attribute__((unused)) _cleanup_(cleanup_mutex) pthread_mutex_t *CLEANUP_PASTE(held_, __LINE__) = \
		scoped_mutex(m)
#define WITH_READ(l)                                                                             \
	__attribute__((unused)) _cleanup_(cleanup_rwlock) pthread_rwlock_t *CLEANUP_PASTE(held_, __LINE__) = \
		scoped_read(l)
#define WITH_WRITE(l)                                                                            \
	__attribute__((unused)) _cleanup_(cleanup_rwlock) pthread_rwlock_t *CLEANUP_PASTE(held_, __LINE__) = \
		scoped_write(l)

#endif
