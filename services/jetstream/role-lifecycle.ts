// A role inside a Nest process: started before the transport listens, stopped after it has drained.
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

/** Token under which each role's module provides its role. */
export const ROLE = Symbol('role');

export interface Role {
  start(): Promise<void>;
  stop(): Promise<void>;
}

@Injectable()
export class RoleLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #role: Role;

  constructor(@Inject(ROLE) role: Role) {
    this.#role = role;
  }

  onApplicationBootstrap(): Promise<void> {
    return this.#role.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#role.stop();
  }
}
