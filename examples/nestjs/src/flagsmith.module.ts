import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
  Scope,
} from "@nestjs/common";
import { REQUEST } from "@nestjs/core";
import type { Request } from "express";
import { Flagsmith } from "flagsmith-isomorphic";

/** Token of the flags of the current request: `constructor(@Inject(FLAGS) flags: Flags)`. */
export const FLAGS = Symbol("FLAGS");

/** Provides the client, and the flags of each request. Closes the client with the app. */
@Module({})
export class FlagsmithModule implements OnApplicationShutdown {
  constructor(@Inject(Flagsmith) readonly flagsmith: Flagsmith) {}

  static forRoot(flagsmith: Flagsmith): DynamicModule {
    const client = { provide: Flagsmith, useValue: flagsmith };
    const flags = {
      provide: FLAGS,
      scope: Scope.REQUEST,
      inject: [Flagsmith, REQUEST],
      useFactory: (client: Flagsmith, { query }: Request) =>
        client.getIdentityFlags(String(query["user"] ?? "anonymous"), { plan: "gold" }),
    };
    return {
      module: FlagsmithModule,
      global: true,
      providers: [client, flags],
      exports: [client, flags],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.flagsmith.close();
  }
}
