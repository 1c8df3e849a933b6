/** What implementations import as `nx_huge_pages`: accounting, and recovery. */
export * from '../nx_huge_pages';
export * from '../nx_pass';
export * from '../nx_recovery';
export { standing_level } from '../sp';
