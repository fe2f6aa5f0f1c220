/* SPDX-License-Identifier: BSD-2-Clause */
/* The program's symbol table; see symtab.h. */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/symtab.h"

extern const char __ehdr_start[] __attribute__((visibility("hidden")));

struct function {
	uintptr_t	 start, size;
	const char	*name;
};

static struct function *functions;
static size_t nfunctions;
static bool have_read;
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;	/* while it is read */

static int
by_start(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* [off, off + len) of the file, or NULL where that is not in it. */
static const void *
part(const char *file, size_t size, uint64_t off, uint64_t len)
{
	return off <= size && len <= size - off ? file + off : NULL;
}

static void
take_symbols(const char *file, size_t size, const ElfW(Shdr) *sym, const ElfW(Shdr) *str)
{
	const ElfW(Sym) *s = part(file, size, sym->sh_offset, sym->sh_size);
	const char *names = part(file, size, str->sh_offset, str->sh_size);
	size_t n = sym->sh_size / sizeof(*s), i;
	uintptr_t base = ((const ElfW(Ehdr) *)file)->e_type == ET_DYN ?
	    (uintptr_t)__ehdr_start : 0;

	if (s == NULL || names == NULL || str->sh_size == 0 || names[str->sh_size - 1] != '\0')
		return;
	functions = calloc(n > 0 ? n : 1, sizeof(*functions));
	if (functions == NULL)
		return;
	for (i = 0; i < n; i++)
		if (ELF64_ST_TYPE(s[i].st_info) == STT_FUNC && s[i].st_shndx != SHN_UNDEF &&
		    s[i].st_name < str->sh_size)
			functions[nfunctions++] = (struct function){ base + s[i].st_value,
			    s[i].st_size, names + s[i].st_name };
	qsort(functions, nfunctions, sizeof(*functions), by_start);
}

/* The file stays mapped: the names are in it. */
static void
read_table(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const ElfW(Ehdr) *eh;
	const ElfW(Shdr) *sh;
	struct stat st;
	unsigned i;

	if (fd < 0)
		return;
	eh = fstat(fd, &st) == 0 && (size_t)st.st_size > sizeof(*eh) ?
	    mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	close(fd);
	if (eh == MAP_FAILED)
		return;
	sh = part((const char *)eh, (size_t)st.st_size, eh->e_shoff,
	    (uint64_t)eh->e_shnum * sizeof(*sh));
	for (i = 0; sh != NULL && i < eh->e_shnum; i++)
		if (sh[i].sh_type == SHT_SYMTAB && sh[i].sh_link < eh->e_shnum) {
			take_symbols((const char *)eh, (size_t)st.st_size, &sh[i],
			    &sh[sh[i].sh_link]);
			return;
		}
}

const char *
symtab_name(uintptr_t pc)
{
	size_t lo = 0, hi, mid;

	pthread_mutex_lock(&table_lock);
	if (!have_read)
		read_table();
	have_read = true;
	pthread_mutex_unlock(&table_lock);
	for (hi = nfunctions; lo < hi;) {
		mid = (lo + hi) / 2;
		if (functions[mid].start <= pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0 || pc - functions[lo - 1].start >= functions[lo - 1].size)
		return NULL;
	return functions[lo - 1].name;
}
