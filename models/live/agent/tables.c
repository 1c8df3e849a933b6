// SPDX-License-Identifier: MIT
#include "stub.h"
#include "tables.h"

int uses_directories;

#define PTE_P_RW_US_A	0x27ull

static void identity_map(uint8_t *top, uint8_t *below, uint64_t below_gpa)
{
	((uint64_t *)top)[0] = below_gpa | PTE_P_RW_US_A;
	/* Accessed and dirty from the start: else KVM maps nested pages read-only first. See clear_gpte_dirty(). */
	for (uint64_t i = 0; i < GIGAS; i++)
		((uint64_t *)below)[i] = i * PAGE_1G | PTE_P_RW_US_A | PTE_D | PTE_PS;
}

void map_guests(void)
{
	identity_map(stub + STUB_GPA(STUB_PML4), stub + STUB_GPA(STUB_PDPT), STUB_GPA(STUB_PDPT));
	identity_map(stub + STUB_GPA(STUB_NPT4), stub + STUB_GPA(STUB_NPT3), STUB_GPA(STUB_NPT3));
	for (uint64_t i = 0; i < GIGAS * 512; i++)
		((uint64_t *)(stub + STUB_GPA(STUB_NPT2)))[i] = i * PAGE_2M | PTE_P_RW_US_A | PTE_D | PTE_PS;
}

int far_directory(void)
{
	for (struct slot *slot = slots; slot < slots + nr_slots; slot++)
		if (slot->home + slot->regions > FAR_PAGE || slot->away + slot->regions > FAR_PAGE)
			return 0;
	return uses_directories;
}

uint64_t directory_of(uint64_t giga)
{
	return giga == WORLD_GIGA && far_directory() ? FAR_GPA : STUB_GPA(STUB_NPT2 + giga);
}

uint64_t *entry_of(int page)
{
	return (uint64_t *)(stub + STUB_GPA(STUB_NPT3)) + (WORLD_BASE + page * PAGE_2M) / PAGE_1G;
}

int meets_directory(int page, uint64_t offset, int in_nested)
{
	uint64_t value = *entry_of(page);

	if (!far_directory() || page % 512 || offset >= 8)
		return 0;
	if (!in_nested)
		return page == FAR_PAGE;
	return (value & -PAGE_4K) == (value & PTE_PS ? FAR_GPA : directory_of(FAR_GPA / PAGE_1G));
}
