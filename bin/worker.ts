/** A thread of the search. */
import { serve } from '../harness/pool/pool';
import { freeze_intrinsics } from '../harness/user_code/freeze';
import type { Compiled } from '../harness/user_code/typescript';
import { load_apart } from '../models/implementation';
import { suite_with } from './kvm/suite';
import { now } from './process/machine';

serve((own) => {
  if (own === null) return suite_with(null);
  freeze_intrinsics();
  return suite_with(load_apart(own as Compiled));
}, now);
