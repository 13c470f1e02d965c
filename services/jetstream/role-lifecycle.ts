// A role inside a Nest process: started before the transport listens, told of its end before the transport drains, stopped after that.
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';

/** Token under which each role's module provides its role. */
export const ROLE = Symbol('role');

export interface Role {
  start(): Promise<void>;
  /** The transport still reads. */
  prepareStop?(): Promise<void>;
  stop(): Promise<void>;
}

@Injectable()
export class RoleLifecycle
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  readonly #role: Role;

  constructor(@Inject(ROLE) role: Role) {
    this.#role = role;
  }

  onApplicationBootstrap(): Promise<void> {
    return this.#role.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#role.prepareStop?.();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#role.stop();
  }
}
