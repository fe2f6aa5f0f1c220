/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symtab.h - the program's own functions by address, static ones too: from its symbol table,
 * without a child process.  For the trace; a report runs addr2line, which knows lines.
 */
#ifndef HARNESS_SYMTAB_H
#define HARNESS_SYMTAB_H

#include <stdint.h>

/*
 * The function that starts at or contains `pc`: a string that lives on, or NULL (stripped, or
 * not of this program).  The first call reads the table.
 */
const char *symtab_name(uintptr_t pc);

#endif /* HARNESS_SYMTAB_H */
