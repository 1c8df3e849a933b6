import { breach, even_in_a_crash, finding } from '../claim';

/** PRIMITIVE: lists, pointers and memory are used as they must be, and every command ends. */
export default even_in_a_crash('no crash, no hang, no misused list, no freed page touched', (view) => {
  const { audit, crash, kvm } = view;
  if (crash !== null) return breach(crash, 'the command ends');
  const broken = audit.lists.findIndex(({ length }) => length === null);
  if (broken >= 0) return breach(`the list of ${kvm.books[broken]?.name} is corrupted`, 'a list');
  return finding(view, 'PRIMITIVE', 'as the rules of the kernel demand');
});
