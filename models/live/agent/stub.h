// SPDX-License-Identifier: MIT
/* The guest: a stub in small pages at address 0, and a nested guest that runs the same stub. */
#pragma once

#include <stdint.h>
#include "pages.h"
#include "vm.h"

#define GIGAS		4
/*
 * L1's page directories for its guest come last, one for each 1G page below 4G: pages that nobody maps, since neither guest accesses
 * them, nor a page among the eight around one. L1 knows the first one of the program's by another address, see far_directory().
 */
enum stub_page { STUB_CODE = 1, STUB_PML4, STUB_PDPT, STUB_NPT4, STUB_NPT3, STUB_VMCB, STUB_HSAVE, STUB_NPT2,
		 STUB_PAGES = STUB_NPT2 + GIGAS };
#define STUB_GPA(page)	((page) * PAGE_4K)
/* Entry points in the code page; what is accessed is in rbx. An executed page holds a hlt. */
#define STUB_READ	0x00	/* mov (%rbx),%al; hlt */
#define STUB_WRITE	0x10	/* mov %al,(%rbx); hlt */
#define STUB_EXEC	0x20	/* jmp *%rbx */
#define STUB_VMRUN	0x30	/* vmrun; hlt: the nested guest exits by its own hlt */
#define STUB_NOTHING	0x40	/* hlt */
#define STUB_STORE	0x50	/* mov %eax,(%rbx); hlt */
#define STUB_STOP	0x60	/* out %al,$0x80; hlt */
#define HLT		0xf4

/* The stub's pages, as this process sees them. */
extern uint8_t *stub;
extern int uses_shadow;		/* this program does */

/* Makes the stub's pages, but for the page tables: see map_guests(). */
void make_stub(void);

/* Long mode, all of memory mapped by pages of 1G, and SVM on where there is one. */
int reset_vcpu(struct vcpu *vcpu);

/* What a prefault answered while the nested guest was stopped in the middle, for userspace to emulate a port. */
extern int answer_in_nested;

/* Runs one stub until it halts. Negative, and the reason in `trouble`, if it does not. */
int run_stub(struct vcpu *vcpu, int entry, uint64_t target, int in_nested);

/*
 * Maps the stub's own pages through each MMU that the program uses: what drops all mappings drops these, too, and they
 * shall be there whenever pages are counted.
 */
int touch_stub(void);

/* L1 writes this entry of the table that its guest's memory is mapped by. */
int write_entry(struct vcpu *vcpu, const uint64_t *entry, uint64_t value);
