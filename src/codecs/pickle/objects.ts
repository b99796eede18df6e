/** What stands, inert, for things of Python that are not on the allow list; read only with `unknown: 'tagged'`. */

import { PyGlobal } from './values.ts'

/** What Python would call: a name, an extension code, or something made by a call itself. */
export type PyCallable = PyGlobal | PyExtension | PyObject

/** The parts of a {@link PyObject}. */
export interface PyObjectParts {
  readonly callable: PyCallable
  /** How Python would make it: `callable(*args)`, or `callable.__new__(callable, *args, **kwargs)`. */
  readonly via?: 'call' | 'new'
  readonly args?: readonly unknown[]
  /** Arguments by name; only with `via: 'new'`. */
  readonly kwargs?: unknown
  /** What would be handed to `__setstate__`, or fill `__dict__`; `undefined` for none. */
  readonly state?: unknown
  /** What would be appended, for a list of its own kind. */
  readonly items?: readonly unknown[]
  /** What would be set by key, for a dict of its own kind. */
  readonly entries?: readonly (readonly [key: unknown, value: unknown])[]
}

/** An instance of a class that is not on the allow list. Nothing of it has run; it is written back as it was. */
export class PyObject {
  readonly callable: PyCallable
  readonly via: 'call' | 'new'
  readonly args: readonly unknown[]
  readonly kwargs: unknown
  readonly state: unknown
  readonly items: readonly unknown[]
  readonly entries: readonly (readonly [key: unknown, value: unknown])[]

  constructor(parts: PyObjectParts) {
    this.callable = parts.callable
    this.via = parts.via ?? 'call'
    this.args = parts.args ?? []
    this.kwargs = parts.kwargs
    this.state = parts.state
    this.items = parts.items ?? []
    this.entries = parts.entries ?? []
  }

  /** The module of its class; empty when the class has no name. */
  get module(): string {
    return this.callable instanceof PyGlobal ? this.callable.module : ''
  }

  /** The name of its class; empty when the class has none. */
  get name(): string {
    return this.callable instanceof PyGlobal ? this.callable.name : ''
  }
}

/** An object by the id it has somewhere else (`pickle.Pickler.persistent_id`). */
export class PyPersistentId {
  readonly id: unknown

  constructor(id: unknown) {
    this.id = id
  }
}

/** A class by its number in `copyreg`'s registry of extensions. */
export class PyExtension {
  readonly extensionCode: number

  constructor(extensionCode: number) {
    this.extensionCode = extensionCode
  }
}
