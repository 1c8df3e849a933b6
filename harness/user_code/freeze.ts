/**
 * What user code shares with the engine in a thread, made unchangeable before that code is loaded: ECMAScript's own objects.
 * A thread in which `Array.prototype.map` returns nothing would find nothing, and say so.
 */

/** ECMAScript's globals. What Node and the web add is nobody's to rely on in a search. */
const GLOBALS = [
  ...['Object', 'Function', 'Array', 'Number', 'Boolean', 'String', 'Symbol', 'BigInt', 'Date', 'Promise', 'RegExp'],
  ...['Error', 'AggregateError', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError'],
  ...[
    'Map',
    'Set',
    'WeakMap',
    'WeakSet',
    'WeakRef',
    'FinalizationRegistry',
    'Proxy',
    'Reflect',
    'JSON',
    'Math',
    'Atomics',
  ],
  ...['ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array'],
  ...['Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'],
  ...[
    'isFinite',
    'isNaN',
    'parseFloat',
    'parseInt',
    'decodeURI',
    'decodeURIComponent',
    'encodeURI',
    'encodeURIComponent',
  ],
];

/** Objects that no global leads to. */
const hidden = (): unknown[] => [
  [][Symbol.iterator](),
  ''[Symbol.iterator](),
  new Map()[Symbol.iterator](),
  new Set()[Symbol.iterator](),
  'a'.matchAll(/a/g),
  function* () {},
  async () => {},
  async function* () {},
];

/** Freezes ECMAScript's own objects, and what their names mean, for this thread and for good. */
export function freeze_intrinsics(): void {
  const scope = globalThis as unknown as Record<string, unknown>;
  const all = new Set<object>();
  const collect = (thing: unknown): void => {
    if ((typeof thing !== 'object' && typeof thing !== 'function') || thing === null || all.has(thing)) return;
    all.add(thing);
    for (const key of Reflect.ownKeys(thing)) {
      const { value, get, set } = Reflect.getOwnPropertyDescriptor(thing, key) ?? {};
      for (const part of [value, get, set]) collect(part);
    }
    collect(Reflect.getPrototypeOf(thing));
  };
  for (const name of GLOBALS) collect(scope[name]);
  for (const one of hidden()) collect(Reflect.getPrototypeOf(one as object));
  for (const shared of [Object.prototype, Error.prototype, Function.prototype]) let_others_have_their_own(shared);
  for (const thing of all) Object.freeze(thing);
  for (const name of GLOBALS) {
    Object.defineProperty(scope, name, { value: scope[name], writable: false, configurable: false, enumerable: false });
  }
}

/**
 * What is frozen here must not keep others from having their own: `thing.toString = …` is an error where the prototype's
 * may not be written, but none where it has a setter.
 */
function let_others_have_their_own(shared: object): void {
  for (const key of Reflect.ownKeys(shared)) {
    const { value, configurable, writable } = Reflect.getOwnPropertyDescriptor(shared, key) ?? {};
    if (!configurable || !writable) continue;
    const set = function (this: object, own: unknown): void {
      if (this === shared) throw new TypeError(`${String(key)} is shared with the engine and cannot be changed`);
      Object.defineProperty(this, key, { value: own, writable: true, enumerable: true, configurable: true });
    };
    Object.defineProperty(shared, key, { get: () => value, set, enumerable: false, configurable: true });
  }
}
