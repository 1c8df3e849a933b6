import { always, breach } from '../claim';

/**
 * COUNT: userspace reads how many leaves of each size there are. Whether they should be there MAP and SIZE judge. Judged
 * only while no command is paused: a table that is published may be on no list yet (B13).
 */
export default always('pages_4k, pages_2m and pages_1g equal the leaves', ({ audit: { leaves }, kvm, quiescent }) => {
  const { pages } = kvm.stat;
  if (!quiescent || (pages[0] === leaves[0] && pages[1] === leaves[1] && pages[2] === leaves[2])) return null;
  return breach(`pages_4k/2m/1g ${pages.join('/')}`, `${leaves.join('/')}, as mapped`);
});
