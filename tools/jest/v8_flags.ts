/** Before the models are compiled, in every process that Jest runs tests in. */
import { set_v8_flags } from '../../bin/process/v8_flags';

set_v8_flags();
