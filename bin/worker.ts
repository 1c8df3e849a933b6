/** A thread of the search. */
import { serve } from '../harness/pool';
import { SUITE } from '../properties/suite';

serve(SUITE);
