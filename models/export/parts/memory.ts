/** The memory of a test: slots, what backs them, and what userspace does to both. */
import { type Needs, when } from './part';

/** Slots as the test keeps them, and how they are filled. */
export function slots_text(slots: number): string {
  return `static struct test_slot {
	u64 gpa;
	u64 size;
	void *hva;
	bool thp;
	u32 flags;
} slots[${slots}];
`;
}

/** What fills memory, and what changes slots. */
export function memory_calls(needs: Needs): string {
  return `
/* Only memory that is backed by huge pages shows what this test looks for. */
static bool is_huge(void *hva)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	u64 pfns[2];
	int i, r;

	TEST_ASSERT(fd >= 0, "Failed to open /proc/self/pagemap");
	for (i = 0; i < 2; i++) {
		r = pread(fd, &pfns[i], sizeof(pfns[i]),
			  ((u64)hva / PG_SIZE_4K + i * 511) * sizeof(pfns[i]));
		TEST_ASSERT(r == sizeof(pfns[i]), "Failed to read /proc/self/pagemap");
		pfns[i] &= GENMASK_ULL(54, 0);
	}
	close(fd);

	return pfns[0] % 512 == 0 && pfns[1] == pfns[0] + 511;
}

/* Fresh memory, all of it populated: a guest can call each address, and returns. */
static void fill_memory(void *hva, u64 size, bool thp)
{
	void *mem;
	u64 i;

	mem = mmap(hva, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	TEST_ASSERT(mem == hva, "Failed to map memory");
	madvise(hva, size, thp ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	memset(hva, RETURN_OPCODE, size);

	for (i = 0; thp && i < size; i += PG_SIZE_2M) {
		if (!is_huge(hva + i))
			ksft_exit_skip("No huge pages to be had\\n");
	}
}

static void add_slot(struct test_slot *slot, u64 gpa, int nr_regions, bool thp)
{
	slot->gpa = gpa;
	slot->size = nr_regions * PG_SIZE_2M;
	slot->thp = thp;
	slot->flags = 0;

	vm_userspace_mem_region_add(vm, thp ? VM_MEM_SRC_ANONYMOUS_THP : VM_MEM_SRC_ANONYMOUS,
				    gpa, FIRST_SLOT + (slot - slots),
				    slot->size / PG_SIZE_4K, 0);
	slot->hva = addr_gpa2hva(vm, gpa);
	fill_memory(slot->hva, slot->size, thp);
}
${when(
  needs.has('set_slot'),
  `

/* Tells KVM of a slot as it is now. A slot of size 0 is deleted. */
static void set_slot(struct test_slot *slot, u64 size)
{
	vm_set_user_memory_region(vm, FIRST_SLOT + (slot - slots), slot->flags,
				  slot->gpa, size, slot->hva);
}
`,
)}${when(
  needs.has('dirty_log'),
  `

static void set_dirty_logging(struct test_slot *slot, bool on)
{
	slot->flags = on ? KVM_MEM_LOG_DIRTY_PAGES : 0;
	set_slot(slot, slot->size);
}
`,
)}${when(
  needs.has('move'),
  `

static void move_slot(struct test_slot *slot, u64 gpa)
{
	slot->gpa = gpa;
	set_slot(slot, slot->size);
}
`,
)}${when(
  needs.has('delete'),
  `

static void delete_slot(struct test_slot *slot)
{
	set_slot(slot, 0);
	slot->flags = 0;
}
`,
)}${when(
  needs.has('create'),
  `

static void create_slot(struct test_slot *slot, u64 gpa, bool thp)
{
	slot->gpa = gpa;
	slot->thp = thp;
	fill_memory(slot->hva, slot->size, thp);
	set_slot(slot, slot->size);
}
`,
)}${when(
  needs.has('recreate'),
  `

static void recreate_slot(struct test_slot *slot, u64 gpa)
{
	set_slot(slot, 0);
	slot->gpa = gpa;
	set_slot(slot, slot->size);
}
`,
)}${when(
  needs.has('clear_dirty_log'),
  `

/* KVM takes whole words of the bitmap: what is not to be cleared in them is 0. */
static void clear_dirty_log(struct test_slot *slot, u64 first_page, u64 nr_pages)
{
	static u64 bitmap[8 * 512 / 64];
	u64 first = first_page & ~63ull;
	u64 nr = nr_pages < 64 ? 64 : nr_pages;

	memset(bitmap, nr_pages > 1 ? 0xff : 0, nr / 8);
	if (nr_pages == 1)
		bitmap[0] = 1ull << (first_page - first);
	kvm_vm_clear_dirty_log(vm, FIRST_SLOT + (slot - slots), bitmap, first, nr);
}
`,
)}${when(
  needs.has('invalidate'),
  `

/* The host takes the memory of a 2M region, and gives other memory for it. */
static void invalidate_region(struct test_slot *slot, int region)
{
	fill_memory(slot->hva + region * PG_SIZE_2M, PG_SIZE_2M, slot->thp);
}
`,
)}${when(
  needs.has('invalidate_4k'),
  `

/* The same for one page of 4K: from then on, pages of 4K back the region. */
static void invalidate_page(struct test_slot *slot, int region, int page)
{
	void *hva = slot->hva + region * PG_SIZE_2M + page * PG_SIZE_4K;

	TEST_ASSERT(!madvise(hva, PG_SIZE_4K, MADV_DONTNEED), "MADV_DONTNEED failed");
	memset(hva, RETURN_OPCODE, PG_SIZE_4K);
}
`,
)}`;
}
