/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sanitized.h - what a file is compiled with: SANITIZED_ADDRESS and SANITIZED_THREAD are 1 with
 * AddressSanitizer and ThreadSanitizer, else 0.  gcc says so by a macro, clang when asked.
 */
#ifndef HARNESS_SANITIZED_H
#define HARNESS_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED_ADDRESS	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED_ADDRESS	1
#endif
#endif
#ifndef SANITIZED_ADDRESS
#define SANITIZED_ADDRESS	0
#endif

#if defined(__SANITIZE_THREAD__)
#define SANITIZED_THREAD	1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SANITIZED_THREAD	1
#endif
#endif
#ifndef SANITIZED_THREAD
#define SANITIZED_THREAD	0
#endif

#endif /* HARNESS_SANITIZED_H */
