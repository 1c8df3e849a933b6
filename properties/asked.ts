import type { PassRecord } from '../models/kernel/types';
import type { View } from '../models/lockstep/session';

/** The ratio that a pass was to be made at, by the program and not by what the kernel says of itself. */
export const ratio_asked = ({ command, ref }: View, { direct }: PassRecord): number =>
  direct ? Number(command.args['ratio']) : ref.ratio;
