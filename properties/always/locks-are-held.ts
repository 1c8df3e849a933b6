import { breach, even_in_a_crash, finding } from '../claim';

/** LOCK: a thread holds the right lock for what it touches, and all threads take locks in one order: no deadlock. */
export default even_in_a_crash('the right lock is held for what is touched, and locks are taken in order', (view) => {
  if (view.crash?.includes('deadlock')) return breach(view.crash, 'locks taken in one order by all');
  return finding(view, 'LOCK', 'as the rules of the kernel demand');
});
