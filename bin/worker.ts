/** A thread of the search. */
import { serve } from '../harness/pool';
import type { Compiled } from '../harness/typescript';
import { load_implementation } from '../models/implementation';
import { suite_with } from '../properties/suite';
import { now } from './machine';

serve((own) => suite_with(own ? load_implementation(own as Compiled) : null), now);
