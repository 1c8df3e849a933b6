/** A thread of the search. */
import { serve } from '../harness/pool/pool';
import type { Compiled } from '../harness/user_code/typescript';
import { load_implementation } from '../models/implementation';
import { suite_with } from './kvm/suite';
import { now } from './process/machine';

serve((own) => suite_with(own ? load_implementation(own as Compiled) : null), now);
