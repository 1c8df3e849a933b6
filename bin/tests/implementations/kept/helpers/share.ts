import { DIV_ROUND_UP, type Kvm } from 'kvm-nx-harness';

export const share_of = (kvm: Kvm, book: number, ratio: number): number | bigint =>
  ratio === 0 ? 0 : DIV_ROUND_UP(kvm.books[book]?.nr_pages ?? 0, ratio);
