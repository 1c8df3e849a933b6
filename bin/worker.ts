/** A thread of the search. */
import { serve } from '../harness/pool/pool';
import type { Compiled } from '../harness/user_code/typescript';
import { load_implementation } from '../models/implementation';
import { now } from './kvm/machine';
import { suite_with } from './kvm/suite';

serve((own) => suite_with(own ? load_implementation(own as Compiled) : null), now);
